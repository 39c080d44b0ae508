//! The dialect of mosh 1.4: protobuf (proto2) messages.
//!
//! An [`Instruction`] says which state to change into which, and may carry an [`Offer`]; its diff is a message of
//! [`user`] events towards the server and of [`host`] ones towards the client. Unknown fields are
//! skipped wherever they stand, of repeated ones the last counts, and absent ones read as zero or
//! empty, as protobuf's encoding rules ask.

pub mod host;
mod instruction;
mod offer;
pub mod protobuf;
mod resize;
pub mod user;

pub use instruction::{Instruction, PROTOCOL_VERSION};
pub use offer::Offer;
pub use protobuf::Malformed;
