//! How many cases a property is tried with, and which.

use proptest::test_runner::{Config, RngSeed};

/// What a property is tried with: so many cases by default.
pub(crate) fn cases(cases: u32) -> Config {
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
