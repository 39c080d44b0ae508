//! Datagrams made by hand, at every level of the protocol.

use mosh_core::compress::{Deflater, stored_len};
use mosh_core::storage::{Buffer, Slab};
use mosh_core::wire::fragment::Fragment;
use mosh_core::wire::mosh::protobuf::{put_bytes_field, put_varint_field};
use mosh_core::wire::mosh::{Instruction, PROTOCOL_VERSION};

use crate::random::Random;
use crate::sim::tap::Toward;

/// The largest contents of a fragment that fit into a datagram of 1252 bytes.
const SLICE: usize = 1214;

/// A packet that waits to be sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Its distance from the next sequence number; after a negative one the order goes on as if
    /// it had not been sent.
    pub step: i64,
    /// Timestamps and a payload, if it is well-formed.
    pub plaintext: Vec<u8>,
    /// Whether it comes from another port.
    pub elsewhere: bool,
}

/// What an attack has to work with, and the packets that it makes.
pub struct Plot {
    /// Which way the packets go.
    pub toward: Toward,
    /// The newest of our states that the victim has acknowledged: it can be built on.
    pub held: u64,
    /// The highest number of a state that was ever said.
    pub high: u64,
    /// The newest state of the victim that we hold.
    pub heard: u64,
    /// For chance.
    pub random: Random,
    /// The states that were said since the victim was last heard.
    pub(super) said: Vec<u64>,
    pub(super) packets: Vec<Packet>,
    /// The id of the latest instruction.
    pub id: u64,
    deflater: Deflater<'static>,
}

impl std::fmt::Debug for Plot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { toward, held, high, heard, .. } = self;
        write!(f, "Plot({toward:?}, held {held}, high {high}, heard {heard})")
    }
}

impl Plot {
    pub(super) fn new(toward: Toward, seed: u64) -> Self {
        Self {
            toward,
            held: 0,
            high: 0,
            heard: 0,
            random: Random::new(seed),
            said: Vec::new(),
            packets: Vec::new(),
            id: 0,
            deflater: Deflater::new(Slab::growable(Deflater::TABLE_LEN)),
        }
    }

    /// Sends a plaintext, timestamps included.
    pub fn plaintext(&mut self, plaintext: &[u8]) {
        self.packets.push(Packet { step: 0, plaintext: plaintext.to_vec(), elsewhere: false });
    }

    /// Sends a payload behind timestamps that say nothing.
    pub fn payload(&mut self, payload: &[u8]) {
        self.plaintext(&[&[0xff; 4], payload].concat());
    }

    /// Sends a fragment.
    pub fn fragment(&mut self, id: u64, number: u16, last: bool, contents: &[u8]) {
        let header = Fragment { id, number, last, contents: &[] }.header();
        self.payload(&[&header, contents].concat());
    }

    /// Sends what passes for a compressed instruction, in fragments of a new id.
    pub fn compressed(&mut self, stream: &[u8]) {
        self.id = self.id.wrapping_add(1);
        let count = stream.len().div_ceil(SLICE).max(1);
        for number in 0..count {
            let end = stream.len().min((number + 1) * SLICE);
            let slice = &stream[number * SLICE..end];
            let place = u16::try_from(number).expect("no stream here is as long");
            self.fragment(self.id, place, number + 1 == count, slice);
        }
    }

    /// Compresses bytes.
    pub fn deflate(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Buffer::new(Slab::growable(stored_len(bytes.len()) + 64));
        self.deflater.deflate(bytes, &mut out).expect("there is room");
        out.to_vec()
    }

    /// Sends what passes for an instruction.
    pub fn message(&mut self, message: &[u8]) {
        let stream = self.deflate(message);
        self.compressed(&stream);
    }

    /// Returns an instruction without a diff that makes a new state from the one that is held.
    pub fn claim<'a>(&mut self) -> Instruction<'a> {
        self.high += 1;
        Instruction {
            protocol_version: PROTOCOL_VERSION,
            old_num: self.held,
            new_num: self.high,
            ack_num: self.heard,
            ..Instruction::default()
        }
    }

    /// Sends an instruction.
    pub fn instruction(&mut self, instruction: &Instruction<'_>) {
        self.said.push(instruction.new_num);
        let message = emitted(instruction);
        self.message(&message);
    }

    /// Sends a new state that is the held one and `diff`.
    pub fn diff(&mut self, diff: &[u8]) {
        let claim = self.claim();
        self.instruction(&Instruction { diff, ..claim });
    }

    /// Changes where the packet made last comes from, or which number it has.
    pub fn last_packet(&mut self, change: impl FnOnce(&mut Packet)) {
        change(self.packets.last_mut().expect("a packet was made"));
    }
}

/// Returns the form of an instruction before it is compressed.
#[must_use]
pub fn emitted(instruction: &Instruction<'_>) -> Vec<u8> {
    written(|out| instruction.emit(out))
}

/// A change that is neither keys, size, output nor acknowledgement: it does nothing, and makes a
/// state that is worth an acknowledgement.
pub const NOTHING: &[u8] = &[0x0a, 3, 0x4a, 1, 0];

/// What the user typed.
#[must_use]
pub fn keys(keys: &[u8]) -> Vec<u8> {
    nested(2, &bytes_field(4, keys))
}

/// Output for the screen.
#[must_use]
pub fn output(output: &[u8]) -> Vec<u8> {
    nested(2, &bytes_field(4, output))
}

/// A size of window or screen.
#[must_use]
pub fn size(width: i64, height: i64) -> Vec<u8> {
    let fields = written(|out| {
        put_varint_field(out, 5, width.cast_unsigned())?;
        put_varint_field(out, 6, height.cast_unsigned())
    });
    nested(3, &fields)
}

/// The acknowledgement that the effects of an input state can be seen.
#[must_use]
pub fn echo_ack(num: u64) -> Vec<u8> {
    nested(7, &written(|out| put_varint_field(out, 8, num)))
}

fn nested(kind: u32, contents: &[u8]) -> Vec<u8> {
    bytes_field(1, &bytes_field(kind, contents))
}

/// A field of bytes.
#[must_use]
pub fn bytes_field(number: u32, bytes: &[u8]) -> Vec<u8> {
    written(|out| put_bytes_field(out, number, bytes))
}

fn written<E: std::fmt::Debug>(write: impl FnOnce(&mut Buffer<'_>) -> Result<(), E>) -> Vec<u8> {
    let mut out = Buffer::new(Slab::growable(64 << 20));
    write(&mut out).expect("there is room");
    out.to_vec()
}
