#![no_std]
#![forbid(unsafe_code)]
#![doc = "The mosh protocol, terminal and screen synchronisation as state machines without I/O."]

#[cfg(feature = "alloc")]
extern crate alloc;

mod log;

pub mod time;

pub mod storage;

pub mod compress;
pub mod crypto;

pub mod wire;

pub mod transport;

pub mod input;

pub mod screen;
pub mod terminal;

pub mod diff;

pub mod predict;

pub mod client;
pub mod server;

pub mod platform;

pub mod design;
