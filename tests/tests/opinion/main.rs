//! Our emulator against another's, on what programs write and might.
//!
//! Every run draws the same inputs. With `PROPTEST_RNG_SEED` it draws others, and
//! `PROPTEST_CASES` says how many: 256 stands for the numbers that the properties state.

#[path = "../../../core/tests/properties/cases.rs"]
mod cases;
mod differences;
mod drawing;
mod program;
mod random;
mod recorded;
mod xterm;

use cases::cases;
