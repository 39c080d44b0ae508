//! Fragments in any order against a map of those that came.

use std::collections::BTreeMap;

use mosh_core::compress::{Deflater, Inflater};
use mosh_core::crypto::{Direction, Session, SessionKey};
use mosh_core::storage::{Buffer, Full, Slab};
use mosh_core::time::Instant;
use mosh_core::transport::{
    Arrival, BadDiff, Config, Datagram, Discard, Incoming, Outgoing, Role, Timing, Transport,
    TransportMemory,
};
use mosh_core::wire::fragment::Fragment;
use mosh_core::wire::mosh::{Instruction, PROTOCOL_VERSION};
use mosh_core::wire::packet::Timestamps;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

proptest! {
    #![proptest_config(super::cases(300))]

    #[test]
    fn an_instruction_arrives_whole_in_whatever_order_its_fragments_come(
        diff in vec(any::<u8>(), 0..900),
        slice_len in 20..1000_usize,
        order in vec(any::<Index>(), 0..80),
        rubbish in vec((1..4_u64, 0..9_u16, any::<bool>(), vec(any::<u8>(), 0..40)), 0..6),
    ) {
        let mut memory = Memory::new();
        let mut end = End::new(&mut memory);
        for (id, number, last, contents) in &rubbish {
            let _ = end.take(Fragment { id: *id, number: *number, last: *last, contents });
            prop_assert!(end.applied().is_empty(), "nothing sensible was said");
        }
        let payload = payload(1, &diff);
        let fragments: Vec<_> = cut(9, &payload, slice_len).collect();
        let mut missing: Vec<_> = (0..fragments.len()).collect();
        // In any order, now and then once more; at last what has not come.
        let random = order.iter().map(|index| index.index(fragments.len()));
        for index in random.chain((0..fragments.len()).rev()) {
            if missing.is_empty() {
                break;
            }
            let arrival = end.take(fragments[index]);
            missing.retain(|&other| other != index);
            let new_state = missing.is_empty();
            prop_assert_eq!(arrival.map(|arrival| arrival.new_state), Ok(new_state));
        }
        prop_assert_eq!(end.applied(), &[diff]);
    }

    #[test]
    fn fragments_that_do_not_belong_together_make_no_instruction(
        diffs in (vec(any::<u8>(), 60..100), vec(any::<u8>(), 60..100)),
        slice_len in 30..80_usize,
        parts in vec(part(), 0..60),
    ) {
        let payloads = [payload(1, &diffs.0), payload(2, &diffs.1)];
        let cut: [Vec<_>; 2] = [0, 1].map(|i| payloads[i].chunks(slice_len).collect());
        let mut memory = Memory::new();
        let mut end = End::new(&mut memory);
        let mut model = Model::default();
        let mut expected = Vec::new();
        for part in &parts {
            let slices = &cut[part.of];
            let number = part.number % (slices.len() as u16 + 1);
            let last = (usize::from(number) + 1 == slices.len()) != part.lies;
            let contents = slices.get(usize::from(number)).copied().unwrap_or(b"x");
            let fragment = Fragment { id: part.id, number, last, contents };
            let result = end.take(fragment).map(|_| ());
            let complete = model.add(fragment);
            let complete = complete.map(|stream| stream.map(|stream| inflate(&stream)));
            let outcome = match complete {
                Err(()) => Err(Discard::BadFragment),
                Ok(None) => Ok(()),
                Ok(Some(None)) => Err(Discard::BadStream),
                Ok(Some(Some(message))) => {
                    let diff = Instruction::parse(&message).unwrap().diff.to_vec();
                    prop_assert!(diff == diffs.0 || diff == diffs.1, "the model makes things up");
                    if !expected.contains(&diff) {
                        expected.push(diff);
                    }
                    Ok(())
                }
            };
            prop_assert_eq!(result, outcome, "{:?}", fragment);
            prop_assert_eq!(end.applied(), &expected[..]);
        }
    }
}

/// A fragment of one of two instructions, perhaps under the other's id or with a false end.
#[derive(Clone, Debug)]
struct Part {
    id: u64,
    of: usize,
    number: u16,
    lies: bool,
}

fn part() -> impl Strategy<Value = Part> {
    let rarely = || prop::bool::weighted(0.08);
    (0..2_usize, 0..8_u16, rarely(), rarely()).prop_map(|(of, number, astray, lies)| {
        let id = 5 + (of as u64 ^ u64::from(astray));
        Part { id, of, number, lies }
    })
}

/// Fragments of one id, as they came.
#[derive(Default)]
struct Model {
    id: u64,
    held: BTreeMap<u16, (bool, Vec<u8>)>,
}

impl Model {
    /// Takes a fragment; returns the contents of all once they are complete.
    fn add(&mut self, fragment: Fragment<'_>) -> Result<Option<Vec<u8>>, ()> {
        if self.id != fragment.id {
            self.held.clear();
            self.id = fragment.id;
        }
        let value = (fragment.last, fragment.contents.to_vec());
        let old = self.held.insert(fragment.number, value.clone());
        let ends: Vec<_> = self.held.iter().filter(|(_, (last, _))| *last).collect();
        let highest = *self.held.keys().last().expect("one was inserted");
        let contradicts = old.is_some_and(|old| old != value)
            || ends.len() > 1
            || ends.iter().any(|&(&end, _)| end < highest);
        let is_complete = ends.len() == 1 && self.held.len() == usize::from(highest) + 1;
        if contradicts {
            self.held.clear();
            return Err(());
        }
        if !is_complete {
            return Ok(None);
        }
        let contents = std::mem::take(&mut self.held).into_values();
        Ok(Some(contents.flat_map(|(_, contents)| contents).collect()))
    }
}

fn inflate(stream: &[u8]) -> Option<Vec<u8>> {
    let mut out = Buffer::new(Slab::growable(1 << 16));
    Inflater::new().inflate([stream].into_iter(), &mut out).ok().map(|()| out.to_vec())
}

/// An instruction that makes state `num` of the initial one, compressed.
fn payload(num: u64, diff: &[u8]) -> Vec<u8> {
    let instruction = Instruction {
        protocol_version: PROTOCOL_VERSION,
        new_num: num,
        diff,
        ..Instruction::default()
    };
    let mut message = Buffer::new(Slab::growable(1 << 16));
    instruction.emit(&mut message).unwrap();
    let mut stream = Buffer::new(Slab::growable(1 << 16));
    let mut deflater = Deflater::new(Slab::growable(Deflater::TABLE_LEN));
    deflater.deflate(&message, &mut stream).unwrap();
    stream.to_vec()
}

fn cut(id: u64, payload: &[u8], slice_len: usize) -> impl Iterator<Item = Fragment<'_>> {
    let count = payload.chunks(slice_len).len();
    payload.chunks(slice_len).enumerate().map(move |(index, contents)| Fragment {
        id,
        number: index as u16,
        last: index + 1 == count,
        contents,
    })
}

type Memory = TransportMemory<Vec<u8>, 8, 2048, 2048, 64>;

/// A server and the key of its client.
struct End<'s> {
    client: Session,
    server: Transport<'s, Silence, Log>,
}

impl<'s> End<'s> {
    fn new(memory: &'s mut Memory) -> Self {
        let key = || SessionKey::from_bytes([3; 16]);
        let config = Config {
            role: Role::Server,
            key: key(),
            seed: 1,
            addresses: Default::default(),
            v6_socket: false,
            offer: None,
            timing: Timing::default(),
        };
        let server = Transport::new(config, Silence, Log::default(), memory.storage(), NOW);
        let client = Session::new(&key(), Direction::ToServer);
        let mut end = Self { client, server: server.unwrap() };
        // The first datagram is news whatever it holds.
        let _ = end.take(Fragment { id: 0, number: 0, last: true, contents: b"" });
        end
    }

    fn take(&mut self, fragment: Fragment<'_>) -> Result<Arrival, Discard> {
        let timestamps = Timestamps { sent: None, reply: None };
        let mut text = [&timestamps.emit()[..], &fragment.header(), fragment.contents].concat();
        let (nonce, tag) = self.client.seal(&mut text).unwrap();
        let mut bytes = [&nonce.tail()[..], &text, &tag].concat();
        let source = ([10, 0, 0, 1], 5000).into();
        let datagram = Datagram { source, congestion: false, bytes: &mut bytes };
        self.server.handle_datagram(NOW, datagram)
    }

    fn applied(&self) -> &[Vec<u8>] {
        &self.server.incoming().applied
    }
}

const NOW: Instant = Instant::ZERO;

/// A state that never changes.
#[derive(Debug)]
struct Silence;

impl Outgoing for Silence {
    type Snapshot = ();

    fn snapshot(&mut self) -> Result<(), Full> {
        Ok(())
    }

    fn differs(&self, (): &()) -> bool {
        false
    }

    fn diff_len(&self, (): &(), _at_most: usize) -> usize {
        0
    }

    fn write_diff(&mut self, (): &(), _out: &mut Buffer<'_>) -> Result<Option<()>, Full> {
        Ok(None)
    }

    fn forget(&mut self, (): ()) {}

    fn acknowledged(&mut self, (): &()) {}
}

/// Keeps every diff that is applied.
#[derive(Debug, Default)]
struct Log {
    applied: Vec<Vec<u8>>,
}

impl Incoming for Log {
    type Snapshot = Vec<u8>;

    fn initial(&mut self) -> Result<Vec<u8>, Full> {
        Ok(Vec::new())
    }

    fn apply_diff(&mut self, _base: &Vec<u8>, diff: &[u8]) -> Result<Vec<u8>, BadDiff> {
        self.applied.push(diff.to_vec());
        Ok(diff.to_vec())
    }

    fn forget(&mut self, _snapshot: Vec<u8>) {}
}
