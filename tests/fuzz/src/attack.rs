//! Somebody in the network who may hold the key, as the input directs: datagrams of any contents,
//! and between them keys, output, and time that passes.

use std::time::Duration;

use mosh_core::storage::{Buffer, Full, Slab};
use mosh_core::transport::Discard;
use mosh_core::wire::fragment::Fragment;
use mosh_core::wire::mosh::{Instruction, PROTOCOL_VERSION, host, user};

use crate::input::Input;
use crate::session::{Forger, Pair, Toward, address};

/// Somebody in the network.
#[derive(Debug)]
pub struct Attack {
    to_server: Forger,
    to_client: Forger,
    /// A datagram that was seen, and where it went.
    seen: Option<(Toward, Vec<u8>)>,
}

impl Default for Attack {
    fn default() -> Self {
        Self::new()
    }
}

impl Attack {
    /// Returns one who has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            to_server: Forger::new(Toward::Server),
            to_client: Forger::new(Toward::Client),
            seen: None,
        }
    }

    /// Learns the key of the session that was opened last.
    pub fn follow(&mut self, pair: &Pair<'_>) {
        (self.to_server, self.to_client) =
            (pair.forger(Toward::Server), pair.forger(Toward::Client));
    }

    /// Does what the input says.
    pub fn act(&mut self, input: &mut Input<'_>, pair: &mut Pair<'_>) {
        let choice = input.byte();
        let toward = if choice & 0x80 == 0 { Toward::Server } else { Toward::Client };
        let forger = match toward {
            Toward::Server => &mut self.to_server,
            Toward::Client => &mut self.to_client,
        };
        let sealed = match (choice & 0x7f) % 16 {
            0 => return harmless(pair, toward, input.chunk()),
            1 => vec![forger.seal(input.chunk())],
            2 => {
                let timestamps = timestamps(input);
                let (id, number) = (input.number(), input.short());
                let (number, last) = (number & 0x7fff, number & 0x8000 != 0);
                let fragment = Fragment { id, number, last, contents: input.chunk() };
                vec![forger.seal_fragment(timestamps, &fragment)]
            }
            3..=6 => instruction(input, forger, toward),
            7 => {
                let Some((toward, bytes)) = self.seen.clone() else { return };
                let _ = pair.deliver(toward, &bytes);
                return;
            }
            8 => return self.damage(input, pair),
            9 => return reflect(pair, toward),
            10 => return pair.now += pause(input),
            11 => return pair.exchange(),
            12 => {
                let queue = match toward {
                    Toward::Server => &mut pair.to_server,
                    Toward::Client => &mut pair.to_client,
                };
                let Some(bytes) = queue.pop_front() else { return };
                vec![bytes]
            }
            13 => return local(input, pair),
            14 => {
                pair.source = address(50_000 + u16::from(input.byte()));
                return;
            }
            _ => {
                pair.reads = !pair.reads;
                return;
            }
        };
        for bytes in sealed {
            let _ = pair.deliver(toward, &bytes);
            self.seen = Some((toward, bytes));
        }
    }

    /// Changes a datagram that was seen, and sends it again.
    fn damage(&self, input: &mut Input<'_>, pair: &mut Pair<'_>) {
        let Some((toward, mut bytes)) = self.seen.clone() else { return };
        let at = usize::from(input.short()) % bytes.len();
        bytes[at] ^= input.byte().max(1);
        harmless(pair, toward, &bytes);
    }
}

/// Delivers what was not sealed with the key: it counts as foreign, and nothing else happens.
fn harmless(pair: &mut Pair<'_>, toward: Toward, bytes: &[u8]) {
    let before = pair.counters(toward);
    let told = |pair: &Pair<'_>| {
        (pair.client.peer(), pair.server.peer(), pair.client.has_contact(), pair.closed)
    };
    let said = told(pair);
    let discard = pair.deliver(toward, bytes).expect_err("it was not sealed");
    assert!(matches!(discard, Discard::Short | Discard::Forged | Discard::Closed), "{discard}");
    let mut after = pair.counters(toward);
    after.foreign -= 1;
    assert_eq!(after, before);
    assert_eq!(told(pair), said);
}

/// Sends an end what it has sent itself.
fn reflect(pair: &mut Pair<'_>, toward: Toward) {
    let own = match toward {
        Toward::Server => pair.to_client.front(),
        Toward::Client => pair.to_server.front(),
    };
    let Some(bytes) = own.cloned() else { return };
    let discard = pair.deliver(toward, &bytes).expect_err("it is the end's own");
    assert!(matches!(discard, Discard::Reflected | Discard::Closed), "{discard}");
}

/// An instruction with any numbers, whose diff is well-formed or not.
fn instruction(input: &mut Input<'_>, forger: &mut Forger, toward: Toward) -> Vec<Vec<u8>> {
    let timestamps = timestamps(input);
    let bits = input.byte();
    let old_num = input.number();
    let new_num = if bits & 1 == 0 { old_num.saturating_add(1) } else { input.number() };
    let ack_num = if bits & 2 == 0 { 0 } else { input.number() };
    let throwaway_num = if bits & 4 == 0 { 0 } else { input.number() };
    let protocol_version = if bits & 8 == 0 { PROTOCOL_VERSION } else { input.byte().into() };
    let cut = if bits & 16 == 0 { 1200 } else { 1 + usize::from(input.byte()) };
    let mut memory = vec![0; 1 << 17];
    let mut diff = Buffer::new(Slab::borrowed(&mut memory));
    // The end of the memory is the end of the message.
    let _ = match (bits & 32 == 0, toward) {
        (false, _) => diff.extend(input.chunk()),
        (true, Toward::Server) => user_events(input, &mut diff),
        (true, Toward::Client) => host_changes(input, &mut diff),
    };
    let instruction = Instruction {
        protocol_version,
        old_num,
        new_num,
        ack_num,
        throwaway_num,
        diff: &diff,
        chaff: &[],
        offer: None,
    };
    forger.seal_instruction(timestamps, &instruction, cut)
}

fn user_events(input: &mut Input<'_>, out: &mut Buffer<'_>) -> Result<(), Full> {
    for _ in 0..input.below(4) {
        let keys = input.chunk();
        if keys.is_empty() {
            let size = input.size();
            user::put_resize(out, size.columns, size.rows)?;
        } else {
            user::put_keys_head(out, keys.len())?;
            out.extend(keys)?;
        }
    }
    Ok(())
}

/// Writes changes of a screen.
///
/// # Errors
///
/// [`Full`] if `out` is too small.
pub fn host_changes(input: &mut Input<'_>, out: &mut Buffer<'_>) -> Result<(), Full> {
    for _ in 0..input.below(4) {
        match input.byte() {
            0 => {
                let size = input.size();
                host::put_resize(out, size.columns, size.rows)?;
            }
            1 => host::put_echo_ack(out, input.number())?,
            _ => {
                let bytes = input.chunk();
                host::put_bytes_head(out, bytes.len())?;
                out.extend(bytes)?;
            }
        }
    }
    Ok(())
}

/// What the user and the program do.
fn local(input: &mut Input<'_>, pair: &mut Pair<'_>) {
    match input.below(8) {
        0 => {
            // The keys are refused where there is no room, which is not to end the run.
            let _ = pair.client.send_keys(pair.now, input.chunk());
        }
        1 => {
            let _ = pair.client.resize(pair.now, input.size());
        }
        2 => pair.client.shut_down(pair.now, "leaving"),
        3 => pair.server.host_closed(pair.now),
        4 => pair.client.handle_network_change(pair.now),
        5 => pair.client.repaint(),
        _ => pair.server.write_host(pair.now, input.chunk()),
    }
}

fn timestamps(input: &mut Input<'_>) -> [u8; 4] {
    match input.byte() {
        // Neither one, which is ordinary for a first packet.
        0 => [0xff; 4],
        first => [first, input.byte(), input.byte(), input.byte()],
    }
}

/// Some time, often none.
pub fn pause(input: &mut Input<'_>) -> Duration {
    const MILLIS: [u64; 12] = [0, 1, 7, 20, 51, 100, 250, 1000, 3001, 10_001, 61_000, 3_600_001];
    Duration::from_millis(MILLIS[input.below(MILLIS.len())])
}
