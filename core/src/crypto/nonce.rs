//! Numbers that must never repeat under one key.

/// Which way a datagram travels. It is part of the nonce, so that one key serves both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Direction {
    /// From the client to the server.
    ToServer,
    /// From the server to the client.
    ToClient,
}

impl Direction {
    const BIT: u64 = 1 << 63;

    fn bit(self) -> u64 {
        match self {
            Self::ToServer => 0,
            Self::ToClient => Self::BIT,
        }
    }
}

/// The 63-bit number of a datagram within its direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SeqNum(u64);

impl SeqNum {
    /// The last number there is.
    pub const MAX: Self = Self(Direction::BIT - 1);

    /// The number as an integer below 2^63.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }

    /// Returns the number after this one, saturating at the last.
    #[must_use]
    pub const fn next(self) -> Self {
        if self.0 == Self::MAX.0 { self } else { Self(self.0 + 1) }
    }
}

/// What makes each encryption under one key different: direction and sequence number.
///
/// For sealing it comes from a [`Sequence`] alone; only what was received can be
/// [parsed](Self::parse).
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Nonce {
    tail: u64,
}

impl Nonce {
    /// Bytes of the nonce that travel in clear before the ciphertext.
    pub const TAIL_LEN: usize = 8;

    /// Reads the nonce of a received datagram.
    #[must_use]
    pub fn parse(tail: [u8; Self::TAIL_LEN]) -> Self {
        Self { tail: u64::from_be_bytes(tail) }
    }

    /// The last eight bytes in network byte order; the four before them are zero.
    #[must_use]
    pub fn tail(&self) -> [u8; Self::TAIL_LEN] {
        self.tail.to_be_bytes()
    }

    /// The whole nonce of RFC 7253, 96 bits.
    #[must_use]
    pub fn bytes(&self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[4..].copy_from_slice(&self.tail());
        bytes
    }

    /// Which way the datagram travels.
    #[must_use]
    pub fn direction(&self) -> Direction {
        if self.tail & Direction::BIT == 0 { Direction::ToServer } else { Direction::ToClient }
    }

    /// The number of the datagram.
    #[must_use]
    pub fn seq(&self) -> SeqNum {
        SeqNum(self.tail & !Direction::BIT)
    }
}

/// The source of nonces for one direction of a session: each value once, in rising order.
///
/// It can neither be cloned nor set back, and there must be one per key and direction.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Sequence {
    direction: Direction,
    next: u64,
}

impl Sequence {
    /// Starts at number 0.
    #[must_use]
    pub const fn new(direction: Direction) -> Self {
        Self { direction, next: 0 }
    }

    /// Returns a nonce that was never returned before, or `None` when all are used up.
    pub fn take(&mut self) -> Option<Nonce> {
        if self.next > SeqNum::MAX.0 {
            return None;
        }
        let tail = self.direction.bit() | self.next;
        self.next += 1;
        Some(Nonce { tail })
    }

    /// The direction all nonces of this sequence belong to.
    #[must_use]
    pub const fn direction(&self) -> Direction {
        self.direction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_carry_direction_and_number() {
        let mut sequence = Sequence::new(Direction::ToClient);
        assert_eq!(sequence.take().unwrap().tail(), [0x80, 0, 0, 0, 0, 0, 0, 0]);
        let nonce = sequence.take().unwrap();
        assert_eq!(nonce.bytes(), [0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(nonce.direction(), Direction::ToClient);
        assert_eq!(nonce.seq().value(), 1);
    }

    #[test]
    fn a_sequence_ends_rather_than_start_again() {
        let mut sequence = Sequence { direction: Direction::ToServer, next: SeqNum::MAX.0 };
        assert_eq!(sequence.take().unwrap().seq(), SeqNum::MAX);
        assert_eq!(sequence.take(), None);
        assert_eq!(sequence.take(), None);
    }
}
