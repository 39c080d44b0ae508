//! What a client tells a server: keys and window sizes, and one of ours more.
//!
//! ```text
//! message     = { event = 1 … }
//! event       = { keystroke = 2 { keys = 4 } | resize = 3 { width = 5, height = 6 }
//!               | facts = 50 }
//! ```
//!
//! Facts are bytes, which only a server gets that has offered to take them
//! ([`Offer::FACTS`](super::Offer::FACTS)); mosh 1.4 skips events of a kind that it does not know.

use super::protobuf::{Fields, Malformed, Value, bytes_field_len, put_bytes_field, put_bytes_key};
use super::resize::{OUTER as EVENT, RESIZE, parse_resize};
use crate::storage::{Buffer, Full};

pub use super::resize::{put_resize, resize_len};

/// Something the user did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Bytes from the keyboard, any number.
    Keys(&'a [u8]),
    /// A new window size, as it came: possibly absurd.
    Resize {
        /// In columns.
        width: i32,
        /// In rows.
        height: i32,
    },
    /// What the client knows of the user's terminal.
    Facts(&'a [u8]),
}

crate::log::defmt_format!(Event<'_>,
    Event::Keys(keys) => "Keys({} bytes)", keys.len();
    Event::Resize { width, height } => "Resize({} x {})", width, height;
    Event::Facts(facts) => "Facts({} bytes)", facts.len()
);

/// The events of a message in order.
#[derive(Clone, Debug)]
pub struct Events<'a> {
    fields: Fields<'a>,
}

crate::log::defmt_format!(Events<'_>, it => "Events({})", it.fields);

impl<'a> Events<'a> {
    /// Reads `message`.
    #[must_use]
    pub const fn new(message: &'a [u8]) -> Self {
        Self { fields: Fields::new(message) }
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = Result<Event<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.fields.next()? {
                Ok((EVENT, Value::Bytes(bytes))) => {
                    if let Some(event) = parse_event(bytes).transpose() {
                        return Some(event);
                    }
                }
                Ok(_) => {}
                Err(malformed) => return Some(Err(malformed)),
            }
        }
    }
}

/// Returns `None` for an event of a kind that is not known.
fn parse_event(bytes: &[u8]) -> Result<Option<Event<'_>>, Malformed> {
    let (mut keys, mut size, mut facts) = (None, None, None);
    for field in Fields::new(bytes) {
        match field? {
            (KEYSTROKE, Value::Bytes(bytes)) => {
                keys.get_or_insert(&[][..]);
                for field in Fields::new(bytes) {
                    if let (KEYS, Value::Bytes(bytes)) = field? {
                        keys = Some(bytes);
                    }
                }
            }
            (RESIZE, Value::Bytes(bytes)) => {
                parse_resize(bytes, size.get_or_insert((0, 0)))?;
            }
            (FACTS, Value::Bytes(bytes)) => facts = Some(bytes),
            _ => {}
        }
    }
    // Mosh takes an event with both for keys.
    let size = size.map(|(width, height)| Event::Resize { width, height });
    Ok(keys.map(Event::Keys).or(size).or(facts.map(Event::Facts)))
}

/// Bytes of an event with `len` keys.
#[must_use]
pub const fn keys_len(len: usize) -> usize {
    let keystroke = bytes_field_len(KEYS, len);
    bytes_field_len(EVENT, bytes_field_len(KEYSTROKE, keystroke))
}

/// Appends the head of an event with `len` keys; the keys follow.
///
/// # Errors
///
/// [`Full`] if it does not fit; a part may have been appended.
pub fn put_keys_head(out: &mut Buffer<'_>, len: usize) -> Result<(), Full> {
    let keystroke = bytes_field_len(KEYS, len);
    put_bytes_key(out, EVENT, bytes_field_len(KEYSTROKE, keystroke))?;
    put_bytes_key(out, KEYSTROKE, keystroke)?;
    put_bytes_key(out, KEYS, len)
}

/// Bytes of an event that tells facts of `len` bytes.
#[must_use]
pub const fn facts_len(len: usize) -> usize {
    bytes_field_len(EVENT, bytes_field_len(FACTS, len))
}

/// Appends an event that tells facts.
///
/// # Errors
///
/// [`Full`] if it does not fit; a part may have been appended.
pub fn put_facts(out: &mut Buffer<'_>, facts: &[u8]) -> Result<(), Full> {
    put_bytes_key(out, EVENT, bytes_field_len(FACTS, facts.len()))?;
    put_bytes_field(out, FACTS, facts)
}

const KEYSTROKE: u32 = 2;
const KEYS: u32 = 4;
/// Far from what mosh may come to use itself.
const FACTS: u32 = 50;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Slab;

    #[test]
    fn events_round_trip() {
        let mut memory = [0; 64];
        let mut out = Buffer::new(Slab::borrowed(&mut memory));
        put_keys_head(&mut out, 2).unwrap();
        out.extend(b"ab").unwrap();
        assert_eq!(out.len(), keys_len(2));
        put_resize(&mut out, 132, 43).unwrap();
        assert_eq!(out.len(), keys_len(2) + resize_len(132, 43));
        put_facts(&mut out, b"blue").unwrap();
        assert_eq!(out.len(), keys_len(2) + resize_len(132, 43) + facts_len(4));
        let mut events = Events::new(&out);
        assert_eq!(events.next(), Some(Ok(Event::Keys(b"ab"))));
        assert_eq!(events.next(), Some(Ok(Event::Resize { width: 132, height: 43 })));
        assert_eq!(events.next(), Some(Ok(Event::Facts(b"blue"))));
        assert_eq!(events.next(), None);
    }

    #[test]
    fn events_that_are_not_plain() {
        for (bytes, expected) in [
            // Both kinds in one: the keys count.
            (
                &[0x0a, 11, 0x1a, 4, 0x28, 80, 0x30, 24, 0x12, 3, 0x22, 1, b'x'][..],
                Some(Event::Keys(b"x")),
            ),
            // A size with facts: the size counts.
            (
                &[0x0a, 9, 0x92, 3, 0, 0x1a, 4, 0x28, 80, 0x30, 24],
                Some(Event::Resize { width: 80, height: 24 }),
            ),
            // Neither.
            (&[0x0a, 0], None),
            (&[0x0a, 2, 0x50, 1], None),
            // No keys in the key stroke.
            (&[0x0a, 2, 0x12, 0], Some(Event::Keys(b""))),
            // A resize without a width, and one with a negative one.
            (&[0x0a, 4, 0x1a, 2, 0x30, 24], Some(Event::Resize { width: 0, height: 24 })),
            (
                &[
                    0x0a, 13, 0x1a, 11, 0x28, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                    1,
                ],
                Some(Event::Resize { width: -1, height: 0 }),
            ),
        ] {
            let event = Events::new(bytes).next().map(Result::unwrap);
            assert_eq!(event, expected, "{bytes:x?}");
        }
        assert_eq!(Events::new(&[0x0a, 3, 0x12, 4, 0x22]).next(), Some(Err(Malformed)));
    }
}
