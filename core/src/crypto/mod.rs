//! Session keys and authenticated encryption of datagrams: AES-128-OCB3 (RFC 7253).
//!
//! Plaintext goes in and is sealed where it lies; what comes from the network is opened where it
//! lies. Nothing that failed its tag is ever visible to the caller. This module knows nonces and
//! tags, but not what the plaintext means.

mod key;
mod nonce;
mod session;

pub use key::{BadKey, KeyText, SessionKey};
pub use nonce::{Direction, Nonce, SeqNum, Sequence};
pub use session::{Exhausted, Forged, Session, TAG_LEN};
