//! A slice of a compressed instruction, as large as a datagram can carry.
//!
//! ```text
//! fragment = instruction id (8), final bit and number (2), contents
//! ```

/// Bytes before the contents. A mosh 1.4 peer aborts on a fragment that is shorter.
pub const HEADER_LEN: usize = 10;
/// The largest number of fragments that the header can count.
pub const MAX_FRAGMENTS: usize = 1 << 15;

/// One fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Fragment<'a> {
    /// Says which fragments belong together.
    pub id: u64,
    /// The place among them, from 0.
    pub number: u16,
    /// Whether there is none after it.
    pub last: bool,
    /// The slice.
    pub contents: &'a [u8],
}

impl<'a> Fragment<'a> {
    /// Reads a fragment; `None` if it has no complete header.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (id, rest) = bytes.split_first_chunk::<8>()?;
        let (number, contents) = rest.split_first_chunk::<2>()?;
        let number = u16::from_be_bytes(*number);
        Some(Self {
            id: u64::from_be_bytes(*id),
            number: number & !LAST,
            last: number & LAST != 0,
            contents,
        })
    }

    /// The header to write before the contents.
    ///
    /// # Panics
    ///
    /// If the number does not fit in 15 bits.
    #[must_use]
    pub fn header(&self) -> [u8; HEADER_LEN] {
        assert!(usize::from(self.number) < MAX_FRAGMENTS, "fragment numbers have 15 bits");
        let number = if self.last { self.number | LAST } else { self.number };
        let mut header = [0; HEADER_LEN];
        header[..8].copy_from_slice(&self.id.to_be_bytes());
        header[8..].copy_from_slice(&number.to_be_bytes());
        header
    }
}

const LAST: u16 = 1 << 15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_round_trip() {
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8, 0x80, 1, 0xaa];
        let fragment = Fragment::parse(&bytes).unwrap();
        let contents = &bytes[10..];
        assert_eq!(
            fragment,
            Fragment { id: 0x0102_0304_0506_0708, number: 1, last: true, contents }
        );
        assert_eq!(fragment.header(), bytes[..10]);
        assert_eq!(Fragment::parse(&bytes[..9]), None);
        assert!(Fragment::parse(&bytes[..10]).unwrap().contents.is_empty());
    }
}
