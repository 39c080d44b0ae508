//! State synchronisation: which state the peer holds, what to send it, and when.

mod state;

pub use state::{BadDiff, Incoming, Outgoing};
