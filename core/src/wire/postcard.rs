//! As much of postcard as two messages need.
//!
//! A message is its items in order, without names or lengths: an integer in groups of seven bits,
//! the lowest first, a byte as it is, and before something optional a byte that is 0 or 1. What
//! follows the items that a reader knows is for newer ones, and is not looked at.
//!
//! Read first: postcard.jamesmunns.com, "Wire Format".

use super::mosh::Malformed;

/// Reads items from the front of a message.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `message`.
    #[must_use]
    pub const fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The next byte.
    ///
    /// # Errors
    ///
    /// [`Malformed`] at the end of the message, as for every item.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        let (&byte, rest) = self.rest.split_first().ok_or(Malformed)?;
        self.rest = rest;
        Ok(byte)
    }

    /// The next integer.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if it is torn or has more than 64 bits.
    pub fn integer(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return Err(Malformed);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    /// An item that may be absent, which `read` reads.
    ///
    /// # Errors
    ///
    /// Those of `read`, and [`Malformed`] where the byte before is neither 0 nor 1.
    pub fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        match self.byte()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(Malformed),
        }
    }
}

/// Writes items one after the other; `N` is the length of the longest message.
#[derive(Clone, Debug, Default)]
pub struct Writer<const N: usize> {
    bytes: heapless::Vec<u8, N>,
}

impl<const N: usize> Writer<N> {
    /// Returns an empty message.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: heapless::Vec::new() }
    }

    /// Appends a byte.
    ///
    /// # Panics
    ///
    /// If the message gets longer than `N`, as for every item.
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte).expect("the message has a largest length");
    }

    /// Appends an integer.
    pub fn integer(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.byte((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.byte(value as u8);
    }

    /// Appends an item that may be absent, which `write` writes.
    pub fn option<T>(&mut self, item: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.byte(item.is_some().into());
        if let Some(item) = item {
            write(self, item);
        }
    }

    /// The message.
    #[must_use]
    pub fn finish(self) -> heapless::Vec<u8, N> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_round_trip() {
        let mut writer = Writer::<64>::new();
        let integers = [0, 127, 128, 65535, u64::from(u32::MAX), u64::MAX];
        integers.into_iter().for_each(|value| writer.integer(value));
        writer.byte(0xff);
        writer.option(None, Writer::integer);
        writer.option(Some(300), Writer::integer);
        let bytes = writer.finish();
        assert_eq!(bytes[bytes.len() - 5..], [0xff, 0, 1, 0xac, 2]);
        let mut reader = Reader::new(&bytes);
        for value in integers {
            assert_eq!(reader.integer(), Ok(value));
        }
        assert_eq!(reader.byte(), Ok(0xff));
        assert_eq!(reader.option(Reader::integer), Ok(None));
        assert_eq!(reader.option(Reader::integer), Ok(Some(300)));
        assert_eq!(reader.byte(), Err(Malformed));
    }

    #[test]
    fn what_is_no_integer_is_malformed() {
        assert_eq!(Reader::new(&[0x80]).integer(), Err(Malformed));
        assert_eq!(Reader::new(&[0xff; 11]).integer(), Err(Malformed));
        // A bit beyond the 64th.
        let long = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2];
        assert_eq!(Reader::new(&long).integer(), Err(Malformed));
        assert_eq!(Reader::new(&[2]).option(Reader::byte), Err(Malformed));
    }
}
