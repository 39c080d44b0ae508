//! `cargo xtask predict`: local echo over the recorded sessions.

mod real;

use crate::run::Outcome;

pub(crate) use real::{PROGRAM, run_program};

pub(crate) fn run(rest: &[String]) -> Outcome {
    real::run(rest)
}
