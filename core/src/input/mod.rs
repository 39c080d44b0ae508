//! What the user does, key strokes and window sizes, as a state that two ends synchronise. Facts
//! about the user's terminal are part of it, as bytes that nothing here reads.
//!
//! The state is the list of all events since the session began; a snapshot is a position in it.
//! [`Keys`] is the client's end, [`KeyStream`] the server's. [`EscapeKey`] takes the user's
//! commands out of the keyboard's bytes before they become events, [`CursorKeys`] turns arrow
//! keys into what the program at the far end expects. Nothing here knows terminals or screens.

mod cursor_keys;
mod escape;
pub(crate) mod key_codes;
mod keys;
mod ring;
mod stream;

pub use cursor_keys::CursorKeys;
pub use escape::{Command, EscapeKey, EscapeScanner, Output};
pub use keys::Keys;
pub use ring::Position;
pub use stream::KeyStream;
