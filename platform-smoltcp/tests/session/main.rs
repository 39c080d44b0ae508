//! Sessions with a console over smoltcp at both ends: two interfaces, a cable that loses and
//! doubles frames, and virtual time.

#![forbid(unsafe_code)]

mod cable;
mod console;
mod host;
mod keys;
mod limits;
mod slaac;
mod viewer;
mod world;
