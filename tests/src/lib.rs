//! What the tests of whole programs share: terminals, a bad network, an sshd,
//! and the matrix of checks that runs our programs beside mosh 1.4's.
//!
//! Nothing here knows the protocol. A check starts real programs, types into a
//! real pseudo-terminal and reads the screen, so that it holds for any pair of
//! client and server; [`matrix`] runs it for each. What only needs the core
//! belongs into the core's own tests.
//!
//! Every process that a check starts carries a [`marker`](processes::Marker) in
//! its environment. That is how the checks find the programs' processes, and
//! how they prove that none is left behind.
#![forbid(unsafe_code)]

pub mod bench;
pub mod emulator;
pub mod failures;
pub mod firmware;
pub mod hostile;
pub mod links;
pub mod matrix;
pub mod poll;
pub mod predict;
pub mod processes;
pub mod programs;
pub mod pty;
pub mod random;
pub mod relay;
pub mod scratch;
pub mod screen;
pub mod sequences;
pub mod session;
pub mod sim;
pub mod sshd;
pub mod terminal;

/// Why a check failed, for a person to read.
pub type Failure = String;

/// What the helpers and checks return.
pub type Outcome<T = ()> = Result<T, Failure>;
