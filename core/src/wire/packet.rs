//! The outermost layer: nonce and tag around timestamps around a payload.
//!
//! ```text
//! datagram  = nonce tail (8, clear), ciphertext, tag (16)
//! plaintext = timestamp (2), timestamp reply (2), payload
//! ```

use crate::crypto::{Nonce, TAG_LEN};

/// Bytes before the ciphertext.
pub const NONCE_LEN: usize = Nonce::TAIL_LEN;
/// Bytes of timestamps at the start of the plaintext.
pub const TIMESTAMPS_LEN: usize = 4;
/// Bytes that a packet adds to its payload.
pub const OVERHEAD: usize = NONCE_LEN + TIMESTAMPS_LEN + TAG_LEN;
/// The largest datagram that mosh 1.4 takes, and so the most that a receive buffer must hold.
pub const MAX_DATAGRAM: usize = 2048;

/// A datagram taken apart, still sealed.
#[derive(Debug)]
pub struct Sealed<'a> {
    /// From which the ciphertext was made; not trustworthy until it opens.
    pub nonce: Nonce,
    /// To be opened in place.
    pub ciphertext: &'a mut [u8],
    /// The authentication tag.
    pub tag: [u8; TAG_LEN],
}

crate::log::defmt_format!(Sealed<'_>, it => "Sealed({}, {} bytes)", it.nonce, it.ciphertext.len());

impl<'a> Sealed<'a> {
    /// Takes `datagram` apart; `None` if it is too short.
    #[must_use]
    pub fn parse(datagram: &'a mut [u8]) -> Option<Self> {
        let (tail, rest) = datagram.split_first_chunk_mut::<NONCE_LEN>()?;
        let (ciphertext, tag) = rest.split_last_chunk_mut::<TAG_LEN>()?;
        Some(Self { nonce: Nonce::parse(*tail), ciphertext, tag: *tag })
    }
}

/// A 16-bit clock in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Timestamp(u16);

impl Timestamp {
    /// Returns the clock's reading at `millis`; the value that means 'none' is skipped.
    #[must_use]
    pub const fn at(millis: u64) -> Self {
        Self::from_reading((millis & 0xffff) as u16)
    }

    /// Returns the timestamp advanced by `millis`, or put back if negative.
    #[must_use]
    pub const fn shifted(self, millis: i32) -> Self {
        Self::from_reading((self.0 as i32).wrapping_add(millis) as u16)
    }

    /// Milliseconds from `earlier` to this reading, modulo 2^16.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u16 {
        self.0.wrapping_sub(earlier.0)
    }

    /// Reads one from the wire.
    #[must_use]
    pub const fn parse(bytes: [u8; 2]) -> Option<Self> {
        match u16::from_be_bytes(bytes) {
            NONE => None,
            value => Some(Self(value)),
        }
    }

    /// The form on the wire.
    #[must_use]
    pub const fn emit(timestamp: Option<Self>) -> [u8; 2] {
        match timestamp {
            None => NONE.to_be_bytes(),
            Some(Self(value)) => value.to_be_bytes(),
        }
    }

    const fn from_reading(reading: u16) -> Self {
        Self(if reading == NONE { 0 } else { reading })
    }
}

/// The start of a plaintext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Timestamps {
    /// The sender's clock when it sent.
    pub sent: Option<Timestamp>,
    /// The receiver's clock, from the last packet that the sender got, plus the time it was held.
    pub reply: Option<Timestamp>,
}

impl Timestamps {
    /// Splits a plaintext into timestamps and payload; `None` if it is too short.
    #[must_use]
    pub fn parse(plaintext: &[u8]) -> Option<(Self, &[u8])> {
        let (&[a, b, c, d], payload) = plaintext.split_first_chunk::<TIMESTAMPS_LEN>()?;
        let timestamps = Self { sent: Timestamp::parse([a, b]), reply: Timestamp::parse([c, d]) };
        Some((timestamps, payload))
    }

    /// The form on the wire.
    #[must_use]
    pub fn emit(&self) -> [u8; TIMESTAMPS_LEN] {
        let ([a, b], [c, d]) = (Timestamp::emit(self.sent), Timestamp::emit(self.reply));
        [a, b, c, d]
    }
}

const NONE: u16 = 0xffff;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserved_reading_is_never_made() {
        assert_eq!(Timestamp::emit(Some(Timestamp::at(0xffff))), [0, 0]);
        assert_eq!(Timestamp::emit(Some(Timestamp::at(0x1_1234))), [0x12, 0x34]);
        assert_eq!(Timestamp::at(0xfffe).shifted(1), Timestamp::at(0));
        assert_eq!(Timestamp::at(100).shifted(-500), Timestamp::at(0x1_0000 - 400));
    }

    #[test]
    fn differences_wrap() {
        assert_eq!(Timestamp::at(0x1_0005).since(Timestamp::at(0xfff0)), 0x15);
    }

    #[test]
    fn timestamps_round_trip() {
        let (timestamps, payload) = Timestamps::parse(&[0x12, 0x34, 0xff, 0xff, 7]).unwrap();
        assert_eq!(timestamps.sent, Some(Timestamp::at(0x1234)));
        assert_eq!(timestamps.reply, None);
        assert_eq!(timestamps.emit(), [0x12, 0x34, 0xff, 0xff]);
        assert_eq!(payload, [7]);
        assert_eq!(Timestamps::parse(&[0; 3]), None);
    }

    #[test]
    fn short_datagrams_are_no_packets() {
        assert!(Sealed::parse(&mut [0; NONCE_LEN + TAG_LEN - 1]).is_none());
        assert!(Sealed::parse(&mut [0; NONCE_LEN + TAG_LEN]).is_some());
    }
}
