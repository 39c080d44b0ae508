//! Fragments to a server, with large memory or with little: beside a naive model of reassembly that
//! says what must become of each.
//!
//! The input first describes a few instructions and how each is cut, then which of their pieces
//! arrive, whole or changed.

use std::collections::BTreeMap;

use mosh_core::compress::{Inflater, MAX_INFLATED};
use mosh_core::screen::Size;
use mosh_core::server::{Server, ServerConfig, ServerStorage};
use mosh_core::storage::{Buffer, Slab, StaticServer, server_rows};
use mosh_core::time::Instant;
use mosh_core::transport::{Datagram, Discard, Timing};
use mosh_core::wire::fragment::{Fragment, MAX_FRAGMENTS};
use mosh_core::wire::mosh::{Instruction, Offer, PROTOCOL_VERSION};

use crate::input::Input;
use crate::session::{Forger, Toward, address, compressed, key};

/// Bytes of an instruction in the small memory, and pieces of it.
const SMALL: usize = 512;
const SMALL_PIECES: usize = 40;

/// Runs one input.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    if input.below(2) == 0 {
        let model = Model::new(MAX_INFLATED, MAX_FRAGMENTS, MAX_INFLATED);
        drive(&mut input, ServerStorage::heap(), model);
    } else {
        let mut memory = Box::new(StaticServer::<20, 4, { server_rows(4) }, SMALL>::new());
        drive(&mut input, memory.storage(), Model::new(SMALL, SMALL_PIECES, SMALL));
    }
}

fn drive(input: &mut Input<'_>, storage: ServerStorage<'_>, mut model: Model) {
    let now = Instant::from_millis(1000);
    let size = Size { columns: 20, rows: 4 };
    let (v6_socket, network_timeout, timing) = (false, None, Timing::default());
    let config = ServerConfig {
        key: key(),
        size,
        seed: 1,
        v6_socket,
        timing,
        network_timeout,
        offer: Some(Offer::OURS),
    };
    let mut server = Server::new(config, storage, now).expect("storage for a server");
    let mut forger = Forger::new(Toward::Server);
    let mut send = |fragment: &Fragment<'_>| {
        let mut bytes = forger.seal_fragment([0xff; 4], fragment);
        let bytes = &mut bytes[..];
        server.handle_datagram(now, Datagram { source: address(5), congestion: false, bytes })
    };
    // The first packet is news in itself, whatever it holds.
    let first = Fragment { id: u64::MAX - 1, number: 0, last: true, contents: b"x" };
    assert_eq!(send(&first), Ok(()));
    model.add(&first);

    let payloads: [_; 3] = std::array::from_fn(|_| payload(input));
    while !input.is_empty() {
        let choice = input.byte();
        let (id, (payload, cut)) = (choice % 3, &payloads[usize::from(choice % 3)]);
        let parts: Vec<&[u8]> = payload.chunks(*cut).collect();
        let number = input.below(parts.len().min(256));
        let mut fragment = Fragment {
            id: id.into(),
            number: number as u16,
            last: number + 1 == parts.len(),
            contents: parts[number],
        };
        match choice >> 2 {
            0 => fragment.last ^= true,
            1 => fragment.number = input.short() & 0x7fff,
            2 => fragment.id = input.number(),
            3 => fragment.contents = input.chunk(),
            4 => fragment.contents = &fragment.contents[..fragment.contents.len() / 2],
            _ => {}
        }
        let expected = model.add(&fragment);
        let found = send(&fragment);
        if found == Err(Discard::Closed) {
            break;
        }
        match expected {
            Verdict::Kept => assert_eq!(found, Ok(())),
            Verdict::Refused => assert_eq!(found, Err(Discard::BadFragment)),
            Verdict::Complete(stream) => {
                let ours = [Err(Discard::BadFragment), Err(Discard::BadStream)];
                match model.inflates(&stream) {
                    true => assert!(!ours.contains(&found), "{found:?}"),
                    false => assert_eq!(found, Err(Discard::BadStream)),
                }
            }
        }
    }
}

/// An instruction as it is sent, and the length of its pieces.
fn payload(input: &mut Input<'_>) -> (Vec<u8>, usize) {
    let cut = 1 + input.below(64);
    let new_num = input.number();
    let instruction = Instruction {
        protocol_version: PROTOCOL_VERSION,
        new_num,
        diff: input.chunk(),
        ..Instruction::default()
    };
    (compressed(&instruction), cut)
}

/// Reassembly without thought for time and memory.
struct Model {
    max_bytes: usize,
    max_pieces: usize,
    max_inflated: usize,
    id: u64,
    pieces: BTreeMap<usize, Vec<u8>>,
    total: Option<usize>,
}

enum Verdict {
    Kept,
    Refused,
    Complete(Vec<u8>),
}

impl Model {
    fn new(max_bytes: usize, max_pieces: usize, max_inflated: usize) -> Self {
        Self {
            max_bytes,
            max_pieces,
            max_inflated,
            id: u64::MAX,
            pieces: BTreeMap::new(),
            total: None,
        }
    }

    fn add(&mut self, fragment: &Fragment<'_>) -> Verdict {
        if fragment.id != self.id || self.total == Some(self.pieces.len()) {
            self.clear();
            self.id = fragment.id;
        }
        let number = usize::from(fragment.number);
        if self.pieces.is_empty() && number == 0 && fragment.last {
            // Complete by itself: it takes no memory.
            return Verdict::Complete(fragment.contents.to_vec());
        }
        if let Some(held) = self.pieces.get(&number) {
            let same =
                held == fragment.contents && fragment.last == (self.total == Some(number + 1));
            return if same { Verdict::Kept } else { self.refuse() };
        }
        let bytes: usize = self.pieces.values().map(Vec::len).sum();
        let highest = self.pieces.keys().next_back();
        let contradicts = self.total.is_some_and(|total| fragment.last || number >= total)
            || fragment.last && highest.is_some_and(|&highest| highest > number);
        if contradicts
            || number >= self.max_pieces
            || bytes + fragment.contents.len() > self.max_bytes
        {
            return self.refuse();
        }
        self.pieces.insert(number, fragment.contents.to_vec());
        if fragment.last {
            self.total = Some(number + 1);
        }
        if self.total == Some(self.pieces.len()) {
            Verdict::Complete(self.pieces.values().flatten().copied().collect())
        } else {
            Verdict::Kept
        }
    }

    fn refuse(&mut self) -> Verdict {
        self.clear();
        Verdict::Refused
    }

    fn clear(&mut self) {
        self.pieces.clear();
        self.total = None;
    }

    fn inflates(&self, stream: &[u8]) -> bool {
        let mut out = Buffer::new(Slab::growable(self.max_inflated));
        Inflater::new().inflate([stream].into_iter(), &mut out).is_ok()
    }
}
