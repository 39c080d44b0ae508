//! A look at the wire by somebody who holds the key: the simulator.
//!
//! It reads what either end sends, for the checks, for traces and for planting faults. The cipher
//! is called here without the core's own wrapping, which cannot seal with a chosen nonce.

use aes::Aes128;
use mosh_core::compress::{Deflater, Inflater};
use mosh_core::storage::{Buffer, Slab};
use mosh_core::wire::fragment::Fragment;
use mosh_core::wire::mosh::{Instruction, Offer};
use mosh_core::wire::packet::Timestamps;
use ocb3::Ocb3;
use ocb3::aead::{AeadInOut, KeyInit};
use ocb3::consts::{U12, U16};

/// The key of every simulated session.
pub const KEY: [u8; 16] = *b"not secret at al";

/// Which way a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// From the client.
    Server,
    /// From the server.
    Client,
}

impl Toward {
    /// The bit of the nonce that says so.
    const BIT: u64 = 1 << 63;

    /// The other way.
    #[must_use]
    pub const fn back(self) -> Self {
        match self {
            Self::Server => Self::Client,
            Self::Client => Self::Server,
        }
    }
}

/// The numbers and the diff of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The state that the diff applies to.
    pub old: u64,
    /// The state that results.
    pub new: u64,
    /// The newest state held of the other direction.
    pub ack: u64,
    /// States below are not built upon any more.
    pub throwaway: u64,
    /// What changes.
    pub diff: Vec<u8>,
    /// What the sender can do beyond mosh 1.4.
    pub offer: Option<Offer>,
}

/// A datagram taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Where it goes, by its nonce.
    pub toward: Toward,
    /// Its number within its direction.
    pub seq: u64,
    /// The instruction that the fragment belongs to, its place there, and whether it is the last.
    pub fragment: (u64, u16, bool),
    /// The slice that it carries.
    pub contents: Vec<u8>,
    /// The timestamps in their form on the wire.
    pub timestamps: [u8; 4],
    /// The instruction, if this was its last missing fragment.
    pub said: Option<Said>,
}

/// The observer.
pub struct Tap {
    cipher: Ocb3<Aes128, U12, U16, 12>,
    partial: [Partial; 2],
    inflater: Inflater,
    inflated: Buffer<'static>,
    deflater: Deflater<'static>,
}

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tap(..)")
    }
}

/// Fragments of one instruction.
#[derive(Debug, Default)]
struct Partial {
    id: u64,
    pieces: Vec<Option<Vec<u8>>>,
    total: Option<usize>,
}

impl Default for Tap {
    fn default() -> Self {
        Self::new()
    }
}

impl Tap {
    /// Returns an observer of a simulated session who has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::with_key(KEY)
    }

    /// Returns an observer of a session with this key who has seen nothing yet.
    #[must_use]
    pub fn with_key(key: [u8; 16]) -> Self {
        Self {
            cipher: Ocb3::new(&key.into()),
            partial: Default::default(),
            inflater: Inflater::new(),
            inflated: Buffer::new(Slab::growable(4 << 20)),
            deflater: Deflater::new(Slab::growable(Deflater::TABLE_LEN)),
        }
    }

    /// Opens a datagram in the order in which its end has sent it; `None` if the key does not fit
    /// or what is inside has another form than mosh 1.4's.
    pub fn open(&mut self, datagram: &[u8]) -> Option<Opened> {
        let (tail, plaintext) = self.decrypt(datagram)?;
        let (_, payload) = Timestamps::parse(&plaintext)?;
        let fragment = Fragment::parse(payload)?;
        let toward = if tail & Toward::BIT == 0 { Toward::Server } else { Toward::Client };
        let said = self.collect(toward, fragment);
        Some(Opened {
            toward,
            seq: tail & !Toward::BIT,
            fragment: (fragment.id, fragment.number, fragment.last),
            contents: fragment.contents.to_vec(),
            timestamps: *plaintext.first_chunk()?,
            said,
        })
    }

    /// Decrypts a datagram: its number with the direction, and the plaintext.
    #[must_use]
    pub fn decrypt(&self, datagram: &[u8]) -> Option<(u64, Vec<u8>)> {
        let (tail, rest) = datagram.split_first_chunk::<8>()?;
        let (ciphertext, tag) = rest.split_last_chunk::<16>()?;
        let mut plaintext = ciphertext.to_vec();
        self.cipher
            .decrypt_inout_detached(
                &nonce(*tail).into(),
                &[],
                plaintext.as_mut_slice().into(),
                tag.into(),
            )
            .ok()?;
        Some((u64::from_be_bytes(*tail), plaintext))
    }

    /// Seals a plaintext as the datagram with the given number.
    ///
    /// # Panics
    ///
    /// If it is too long for the cipher, which no datagram is.
    #[must_use]
    pub fn encrypt(&self, toward: Toward, seq: u64, plaintext: &[u8]) -> Vec<u8> {
        let bit = if toward == Toward::Client { Toward::BIT } else { 0 };
        let tail = (seq | bit).to_be_bytes();
        let mut datagram = tail.to_vec();
        datagram.extend(plaintext);
        let tag = self
            .cipher
            .encrypt_inout_detached(&nonce(tail).into(), &[], (&mut datagram[tail.len()..]).into())
            .expect("a datagram is short");
        datagram.extend(&tag[..]);
        datagram
    }

    /// Seals an instruction in place of the one that `opened` carried whole.
    ///
    /// # Panics
    ///
    /// If the instruction is larger than any that is sent.
    #[must_use]
    pub fn replace(&mut self, opened: &Opened, said: &Said) -> Vec<u8> {
        let instruction = Instruction {
            protocol_version: 2,
            old_num: said.old,
            new_num: said.new,
            ack_num: said.ack,
            throwaway_num: said.throwaway,
            diff: &said.diff,
            chaff: &[],
            offer: said.offer,
        };
        let mut message = Buffer::new(Slab::growable(4 << 20));
        let mut payload = Buffer::new(Slab::growable(4 << 20));
        instruction.emit(&mut message).expect("there is room");
        self.deflater.deflate(&message, &mut payload).expect("there is room");
        let (id, number, last) = opened.fragment;
        let header = Fragment { id, number, last, contents: &[] }.header();
        let plaintext = [&opened.timestamps[..], &header, &payload].concat();
        self.encrypt(opened.toward, opened.seq, &plaintext)
    }

    fn collect(&mut self, toward: Toward, fragment: Fragment<'_>) -> Option<Said> {
        let partial = &mut self.partial[usize::from(toward == Toward::Client)];
        if partial.id != fragment.id {
            *partial = Partial { id: fragment.id, ..Partial::default() };
        }
        let number = usize::from(fragment.number);
        if partial.pieces.len() <= number {
            partial.pieces.resize(number + 1, None);
        }
        partial.pieces[number] = Some(fragment.contents.to_vec());
        if fragment.last {
            partial.total = Some(number + 1);
        }
        if partial.total != Some(partial.pieces.len()) || partial.pieces.iter().any(Option::is_none)
        {
            return None;
        }
        let pieces = std::mem::take(&mut partial.pieces);
        *partial = Partial::default();
        let pieces = pieces.iter().flatten().map(Vec::as_slice);
        self.inflater.inflate(pieces, &mut self.inflated).ok()?;
        let instruction = Instruction::parse(&self.inflated).ok()?;
        Some(Said {
            old: instruction.old_num,
            new: instruction.new_num,
            ack: instruction.ack_num,
            throwaway: instruction.throwaway_num,
            diff: instruction.diff.to_vec(),
            offer: instruction.offer,
        })
    }
}

fn nonce(tail: [u8; 8]) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&tail);
    nonce
}

/// A number of a state, for people.
pub(crate) struct Num(pub(crate) u64);

impl std::fmt::Display for Num {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 == u64::MAX { f.write_str("end") } else { write!(f, "{}", self.0) }
    }
}

impl std::fmt::Display for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (id, number, last) = self.fragment;
        write!(f, "#{}", self.seq)?;
        if number > 0 || !last {
            write!(f, " fragment {id}.{number}{}", if last { " (last)" } else { "" })?;
        }
        if let Some(Said { old, new, ack, throwaway, diff, offer }) = &self.said {
            let [old, new, ack, throwaway] = [*old, *new, *ack, *throwaway].map(Num);
            write!(f, " {old}->{new} ack {ack} throwaway {throwaway} diff {}", diff.len())?;
            if let Some(Offer { version, features }) = offer {
                write!(f, " offer {version}/{features:x}")?;
            }
            if !diff.is_empty() {
                let shown = &diff[..diff.len().min(MAX_SHOWN)];
                let more = if shown.len() < diff.len() { "..." } else { "" };
                write!(f, " {}{more}", shown.escape_ascii())?;
            }
        }
        Ok(())
    }
}

/// Bytes of a diff that a trace shows.
const MAX_SHOWN: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_replaced_reads_as_told() {
        let mut tap = Tap::new();
        let said = Said {
            old: 1,
            new: 2,
            ack: 3,
            throwaway: 1,
            diff: b"abc".to_vec(),
            offer: Some(Offer::OURS),
        };
        let opened = Opened {
            toward: Toward::Client,
            seq: 77,
            fragment: (5, 0, true),
            contents: Vec::new(),
            timestamps: [0, 1, 2, 3],
            said: None,
        };
        let datagram = tap.replace(&opened, &said);
        let again = tap.open(&datagram).unwrap();
        assert_eq!((again.seq, again.toward), (77, Toward::Client));
        assert_eq!(again.said, Some(said));
        assert_eq!(tap.open(&datagram[1..]), None);
    }
}
