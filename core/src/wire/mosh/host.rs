//! What a server tells a client: a new screen, as escape sequences.
//!
//! ```text
//! message = { change = 1 … }
//! change  = { host bytes = 2 { bytes = 4 } | resize = 3 { width = 5, height = 6 }
//!           | echo acknowledgement = 7 { number = 8 } }
//! ```

use super::protobuf::{
    Fields, Malformed, Value, bytes_field_len, put_bytes_key, put_varint_field, varint_field_len,
};
use super::resize::{OUTER as CHANGE, RESIZE, parse_resize};
use crate::storage::{Buffer, Full};

pub use super::resize::{put_resize, resize_len};

/// One step from an older screen to a newer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// To be written to the screen's terminal emulator.
    Bytes(&'a [u8]),
    /// A new size of the screen, as it came: possibly absurd.
    Resize {
        /// In columns.
        width: i32,
        /// In rows.
        height: i32,
    },
    /// The effects of this state of the user's input can be seen.
    EchoAck(u64),
}

crate::log::defmt_format!(Change<'_>,
    Change::Bytes(bytes) => "Bytes({} bytes)", bytes.len();
    Change::Resize { width, height } => "Resize({} x {})", width, height;
    Change::EchoAck(num) => "EchoAck({})", num
);

/// The changes of a message in order.
#[derive(Clone, Debug)]
pub struct Changes<'a> {
    fields: Fields<'a>,
}

crate::log::defmt_format!(Changes<'_>, it => "Changes({})", it.fields);

impl<'a> Changes<'a> {
    /// Reads `message`.
    #[must_use]
    pub const fn new(message: &'a [u8]) -> Self {
        Self { fields: Fields::new(message) }
    }
}

impl<'a> Iterator for Changes<'a> {
    type Item = Result<Change<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.fields.next()? {
                Ok((CHANGE, Value::Bytes(bytes))) => {
                    if let Some(change) = parse_change(bytes).transpose() {
                        return Some(change);
                    }
                }
                Ok(_) => {}
                Err(malformed) => return Some(Err(malformed)),
            }
        }
    }
}

/// Returns `None` for a change of a kind that is not known.
fn parse_change(bytes: &[u8]) -> Result<Option<Change<'_>>, Malformed> {
    let (mut host_bytes, mut size, mut echo_ack) = (None, None, None);
    for field in Fields::new(bytes) {
        match field? {
            (HOST_BYTES, Value::Bytes(bytes)) => {
                host_bytes.get_or_insert(&[][..]);
                for field in Fields::new(bytes) {
                    if let (BYTES, Value::Bytes(bytes)) = field? {
                        host_bytes = Some(bytes);
                    }
                }
            }
            (RESIZE, Value::Bytes(bytes)) => parse_resize(bytes, size.get_or_insert((0, 0)))?,
            (ECHO_ACK, Value::Bytes(bytes)) => {
                echo_ack.get_or_insert(0);
                for field in Fields::new(bytes) {
                    if let (NUMBER, Value::Varint(number)) = field? {
                        echo_ack = Some(number);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(host_bytes
        .map(Change::Bytes)
        .or(size.map(|(width, height)| Change::Resize { width, height }))
        .or(echo_ack.map(Change::EchoAck)))
}

/// Bytes of a change that writes `len` bytes to the screen.
#[must_use]
pub const fn bytes_len(len: usize) -> usize {
    bytes_field_len(CHANGE, bytes_field_len(HOST_BYTES, bytes_field_len(BYTES, len)))
}

/// Appends the head of a change that writes `len` bytes to the screen; they follow.
///
/// # Errors
///
/// [`Full`] if it does not fit; a part may have been appended.
pub fn put_bytes_head(out: &mut Buffer<'_>, len: usize) -> Result<(), Full> {
    let host_bytes = bytes_field_len(BYTES, len);
    put_bytes_key(out, CHANGE, bytes_field_len(HOST_BYTES, host_bytes))?;
    put_bytes_key(out, HOST_BYTES, host_bytes)?;
    put_bytes_key(out, BYTES, len)
}

/// Bytes of an echo acknowledgement.
#[must_use]
pub const fn echo_ack_len(number: u64) -> usize {
    bytes_field_len(CHANGE, bytes_field_len(ECHO_ACK, varint_field_len(NUMBER, number)))
}

/// Appends an echo acknowledgement.
///
/// # Errors
///
/// [`Full`] if it does not fit; a part may have been appended.
pub fn put_echo_ack(out: &mut Buffer<'_>, number: u64) -> Result<(), Full> {
    let echo_ack = varint_field_len(NUMBER, number);
    put_bytes_key(out, CHANGE, bytes_field_len(ECHO_ACK, echo_ack))?;
    put_bytes_key(out, ECHO_ACK, echo_ack)?;
    put_varint_field(out, NUMBER, number)
}

const HOST_BYTES: u32 = 2;
const BYTES: u32 = 4;
const ECHO_ACK: u32 = 7;
const NUMBER: u32 = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Slab;

    #[test]
    fn changes_round_trip() {
        let mut memory = [0; 64];
        let mut out = Buffer::new(Slab::borrowed(&mut memory));
        put_echo_ack(&mut out, 300).unwrap();
        put_resize(&mut out, 100, 30).unwrap();
        put_bytes_head(&mut out, 2).unwrap();
        out.extend(b"hi").unwrap();
        assert_eq!(out.len(), echo_ack_len(300) + resize_len(100, 30) + bytes_len(2));
        let mut changes = Changes::new(&out);
        assert_eq!(changes.next(), Some(Ok(Change::EchoAck(300))));
        assert_eq!(changes.next(), Some(Ok(Change::Resize { width: 100, height: 30 })));
        assert_eq!(changes.next(), Some(Ok(Change::Bytes(b"hi"))));
        assert_eq!(changes.next(), None);
    }

    #[test]
    fn a_change_of_unknown_kind_is_skipped() {
        let bytes = [0x0a, 3, 0x4a, 1, 0, 0x0a, 4, 0x3a, 2, 0x40, 9];
        let mut changes = Changes::new(&bytes);
        assert_eq!(changes.next(), Some(Ok(Change::EchoAck(9))));
        assert_eq!(changes.next(), None);
    }
}
