//! The change of size, the one message that travels both ways: a window's to the server, a
//! screen's to the client.
//!
//! ```text
//! outer = { 1 { resize = 3 { width = 5, height = 6 } } }
//! ```

use super::protobuf::{
    Fields, Malformed, Value, bytes_field_len, put_bytes_key, put_varint_field, varint_field_len,
};
use crate::storage::{Buffer, Full};

/// Bytes of a change of size.
#[must_use]
pub const fn resize_len(columns: u16, rows: u16) -> usize {
    bytes_field_len(OUTER, bytes_field_len(RESIZE, size_len(columns, rows)))
}

/// Appends a change of size.
///
/// # Errors
///
/// [`Full`] if it does not fit; a part may have been appended.
pub fn put_resize(out: &mut Buffer<'_>, columns: u16, rows: u16) -> Result<(), Full> {
    let size = size_len(columns, rows);
    put_bytes_key(out, OUTER, bytes_field_len(RESIZE, size))?;
    put_bytes_key(out, RESIZE, size)?;
    put_varint_field(out, WIDTH, columns.into())?;
    put_varint_field(out, HEIGHT, rows.into())
}

const fn size_len(columns: u16, rows: u16) -> usize {
    varint_field_len(WIDTH, columns as u64) + varint_field_len(HEIGHT, rows as u64)
}

/// Reads width and height over what `size` holds.
pub(super) fn parse_resize(bytes: &[u8], size: &mut (i32, i32)) -> Result<(), Malformed> {
    for field in Fields::new(bytes) {
        match field? {
            // Protobuf writes a negative int32 as the 64-bit varint of its sign extension.
            (WIDTH, Value::Varint(value)) => size.0 = value as i32,
            (HEIGHT, Value::Varint(value)) => size.1 = value as i32,
            _ => {}
        }
    }
    Ok(())
}

/// The field that holds each event of a user and each change of a screen.
pub(super) const OUTER: u32 = 1;
pub(super) const RESIZE: u32 = 3;
const WIDTH: u32 = 5;
const HEIGHT: u32 = 6;
