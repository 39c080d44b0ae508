//! As much of protobuf as three messages need.
//!
//! Read first: protobuf.dev, "Encoding".

use core::fmt;

use crate::storage::{Buffer, Full};

/// The bytes are not a protobuf message. Drop them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed protobuf message")
    }
}

impl core::error::Error for Malformed {}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Value<'a> {
    /// An integer of variable length.
    Varint(u64),
    /// Bytes with a length before them: a string or a message.
    Bytes(&'a [u8]),
    /// Four or eight bytes, which no message of ours uses.
    Fixed(&'a [u8]),
}

/// The fields of a message in the order they stand, each with its number.
///
/// After an error there is nothing more.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

crate::log::defmt_format!(Fields<'_>, it => "Fields({} bytes)", it.rest.len());

impl<'a> Fields<'a> {
    /// Reads `message`.
    #[must_use]
    pub const fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn field(&mut self) -> Result<(u32, Value<'a>), Malformed> {
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).map_err(|_| Malformed)?;
        if number == 0 || number > MAX_FIELD {
            return Err(Malformed);
        }
        let value = match key & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed(self.bytes(8)?),
            2 => {
                let len = self.varint()?;
                Value::Bytes(self.bytes(len)?)
            }
            5 => Value::Fixed(self.bytes(4)?),
            // Groups (3 and 4) have been obsolete since before these messages were made.
            _ => return Err(Malformed),
        };
        Ok((number, value))
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for (index, &byte) in self.rest.iter().take(MAX_VARINT_LEN).enumerate() {
            // The tenth byte can add one bit only; what it has above is dropped, as protobuf does.
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[index + 1..];
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    fn bytes(&mut self, len: u64) -> Result<&'a [u8], Malformed> {
        let len = usize::try_from(len).map_err(|_| Malformed)?;
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or(Malformed)?;
        self.rest = rest;
        Ok(bytes)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Value<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// Bytes that `value` takes as a varint.
#[must_use]
pub const fn varint_len(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// Bytes that a length-delimited field takes whose contents have `len` bytes.
#[must_use]
pub const fn bytes_field_len(number: u32, len: usize) -> usize {
    varint_len((number as u64) << 3) + varint_len(len as u64) + len
}

/// Bytes that an integer field takes.
#[must_use]
pub const fn varint_field_len(number: u32, value: u64) -> usize {
    varint_len((number as u64) << 3) + varint_len(value)
}

/// Appends `value` as a varint.
///
/// # Errors
///
/// [`Full`] if it does not fit; nothing is appended then.
pub fn put_varint(out: &mut Buffer<'_>, mut value: u64) -> Result<(), Full> {
    let mut bytes = [0; MAX_VARINT_LEN];
    let mut len = 0;
    loop {
        bytes[len] = (value & 0x7f) as u8;
        value >>= 7;
        len += 1;
        if value == 0 {
            break;
        }
        bytes[len - 1] |= 0x80;
    }
    out.extend(&bytes[..len])
}

/// Appends an integer field.
///
/// # Errors
///
/// [`Full`] if it does not fit; a part may have been appended.
pub fn put_varint_field(out: &mut Buffer<'_>, number: u32, value: u64) -> Result<(), Full> {
    put_varint(out, u64::from(number) << 3)?;
    put_varint(out, value)
}

/// Appends what stands before the contents of a length-delimited field.
///
/// # Errors
///
/// [`Full`] if it does not fit; a part may have been appended.
pub fn put_bytes_key(out: &mut Buffer<'_>, number: u32, len: usize) -> Result<(), Full> {
    put_varint(out, u64::from(number) << 3 | 2)?;
    put_varint(out, len as u64)
}

/// Appends a length-delimited field.
///
/// # Errors
///
/// [`Full`] if it does not fit; a part may have been appended.
pub fn put_bytes_field(out: &mut Buffer<'_>, number: u32, bytes: &[u8]) -> Result<(), Full> {
    put_bytes_key(out, number, bytes.len())?;
    out.extend(bytes)
}

const MAX_VARINT_LEN: usize = 10;
const MAX_FIELD: u32 = (1 << 29) - 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Slab;

    #[test]
    fn varints_round_trip() {
        for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
            let mut memory = [0; 16];
            let mut out = Buffer::new(Slab::borrowed(&mut memory));
            put_varint_field(&mut out, 8, value).unwrap();
            assert_eq!(out.len(), varint_field_len(8, value));
            let mut fields = Fields::new(&out);
            assert_eq!(fields.next(), Some(Ok((8, Value::Varint(value)))));
            assert_eq!(fields.next(), None);
        }
    }

    #[test]
    fn torn_fields_end_the_message() {
        for bytes in [
            &[0x08][..],
            &[0x08, 0x80],
            &[0x0a, 2, 1],
            &[0x0d, 1, 2, 3],
            &[0x09, 1, 2, 3, 4, 5, 6, 7],
            &[0x0b],
            &[0x0c],
            &[0x00, 0x01],
            &[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            &[0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
        ] {
            let mut fields = Fields::new(bytes);
            assert_eq!(fields.next(), Some(Err(Malformed)), "{bytes:?}");
            assert_eq!(fields.next(), None);
        }
    }
}
