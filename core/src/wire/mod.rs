//! What the bytes mean: parse and emit, nothing else.
//!
//! From the outside in: a [`packet`] is a sealed datagram with its timestamps, a [`fragment`] a
//! slice of a compressed instruction, and [`mosh`] the dialect of instructions and diffs that
//! mosh 1.4 speaks; what is said beyond that is in postcard (postcard.jamesmunns.com, "Wire
//! Format"). A second dialect gets a module beside them. Parsing borrows from the input and never
//! allocates; no input makes it panic. Integers outside protobuf are big-endian.

pub mod fragment;
pub mod mosh;
pub mod packet;
