//! Our emulator against another's, on what programs write and might.
//!
//! Every run draws the same inputs. With `PROPTEST_RNG_SEED` it draws others, and
//! `PROPTEST_CASES` says how many: 256 stands for the numbers that the properties state.

mod differences;
mod drawing;
mod program;
mod random;
mod recorded;

use proptest::test_runner::{Config, RngSeed};

/// What a property is tried with: so many cases by default.
fn cases(cases: u32) -> Config {
    let default = Config::default();
    let scaled = u64::from(cases) * u64::from(default.cases) / 256;
    Config {
        cases: u32::try_from(scaled).unwrap_or(u32::MAX).max(1),
        rng_seed: match default.rng_seed {
            RngSeed::Random => RngSeed::Fixed(1),
            chosen @ RngSeed::Fixed(_) => chosen,
        },
        // A case that failed once becomes a test of its own beside the code.
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..default
    }
}
