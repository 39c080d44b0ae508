//! Fuzz targets: functions that feed bytes of a stranger to the code that meets them in a session.
//!
//! Each target is a module with `run(&[u8])`, which panics if something is wrong. None needs the
//! fuzzer: `cargo test` runs all of them over the kept inputs, and `targets` holds the few lines
//! that make each a program of libFuzzer. `cargo xtask fuzz` builds and runs those with overflow
//! checks and debug assertions, with AddressSanitizer, and with limits of time and memory, so that
//! a hang and a message that takes too much memory are findings too.
//!
//! | target | feeds |
//! |---|---|
//! | [`datagram`] | datagrams, sealed or not, to a client and a server |
//! | [`fragment`] | fragments in any order to the reassembly, beside a naive model of it |
//! | [`instruction`] | zlib streams and instructions |
//! | [`messages`] | protobuf messages of users and hosts |
//! | [`host_bytes`] | a server's diffs to a client, whose drawing is read back by our own terminal |
//! | [`terminal`] | a program's output in any pieces, and the diffs that are made of it |
//! | [`keys`] | the user's keys through client and server to the program |
//! | [`command_line`] | arguments, variables, answers of a server, terminal descriptions |
//! | [`fixed`] | everything at once to a client and a server without an allocator |
//!
//! # Kept inputs
//!
//! `corpus/TARGET` holds a small set of inputs that reaches what has been reached so far, minimised
//! with libFuzzer's `-merge=1`; `regressions/TARGET` holds inputs that once failed. A new
//! finding is written there, and belongs into the commit of its fix.
//!
//! # Adding a target
//!
//! Write the module here, name it in [`TARGETS`] and in `Cargo.toml`, and add the file in
//! `targets`. Read choices through [`input::Input`], so that inputs stay meaningful when they are
//! mutated. Put a handful of inputs that reach the interesting parts into the corpus, and look at
//! the coverage that `cargo xtask fuzz --target NAME` prints: a target that stays low there needs
//! better first inputs or more structure.
#![forbid(unsafe_code)]

pub mod attack;
pub mod input;
pub mod screens;
pub mod sequence;
pub mod session;

#[cfg(feature = "heap")]
pub mod command_line;
#[cfg(feature = "heap")]
pub mod datagram;
#[cfg(feature = "heap")]
pub mod fragment;
#[cfg(feature = "heap")]
pub mod host_bytes;
#[cfg(feature = "heap")]
pub mod instruction;
#[cfg(feature = "heap")]
pub mod keys;
#[cfg(feature = "heap")]
pub mod messages;
#[cfg(feature = "heap")]
pub mod terminal;

pub mod fixed;

/// A target: its name and what runs one input.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    #[cfg(feature = "heap")]
    ("datagram", datagram::run),
    #[cfg(feature = "heap")]
    ("fragment", fragment::run),
    #[cfg(feature = "heap")]
    ("instruction", instruction::run),
    #[cfg(feature = "heap")]
    ("messages", messages::run),
    #[cfg(feature = "heap")]
    ("host_bytes", host_bytes::run),
    #[cfg(feature = "heap")]
    ("terminal", terminal::run),
    #[cfg(feature = "heap")]
    ("keys", keys::run),
    #[cfg(feature = "heap")]
    ("command_line", command_line::run),
    ("fixed", fixed::run),
];
