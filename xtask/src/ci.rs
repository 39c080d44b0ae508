//! `cargo xtask ci`: everything, in the order of what is soonest known.

use std::time::{Duration, Instant};

use mosh_tests::failures;
use mosh_tests::matrix::Tally;

use crate::run::{Arguments, Outcome, cargo, run as run_command};
use crate::{cross, firmware, fuzz, interop, plots, rules, screen, size, test};

/// Sets of features of the core that must each compile.
const FEATURES: &[&str] = &["", "alloc", "std", "log", "defmt", "alloc,log", "alloc,defmt"];

/// Tests that need other features than the workspace's tests are built with: what is said to
/// `defmt`, and what is kept of fuzzing on a core without an allocator.
const TESTS: &[(&str, &str, &str)] =
    &[("mosh-core", "defmt", "defmt"), ("mosh-fuzz", "", "replay")];

type Step = (&'static str, fn() -> Outcome<Tally>);

const STEPS: &[Step] = &[
    ("format", format),
    ("lints", lints),
    ("rules of the core", rules::run),
    ("features of the core", features),
    ("documentation", documentation),
    ("test", || test::run(&[])),
    ("plots", || plots::run(&["--check".into()]).map(|()| PASSED)),
    ("fuzz", || fuzz::run(&["--brief".into()])),
    ("cross", || cross::run(&[])),
    ("firmware", || firmware::run(&["--run".into()])),
    ("size", || size::run(&["--check".into()])),
    ("drawing", screen::run_drawing),
    ("interop", || interop::run(&[])),
];

pub(crate) fn run(rest: &[String]) -> Outcome<Tally> {
    Arguments::parse(rest, &[], &[])?.expect_no_words()?;
    let mut sum = Tally::default();
    let mut times = Vec::new();
    let mut failed: Vec<(&str, String)> = Vec::new();
    for (name, step) in STEPS {
        println!("=== {name}");
        let start = Instant::now();
        let known = failed.len();
        // A step that fails does not keep the others from being run.
        let tally = step().unwrap_or_else(|failure| {
            println!("FAILED: {failure}");
            failures::keep(failure);
            Tally { failed: 1, ..Tally::default() }
        });
        failed.extend(failures::take().into_iter().map(|failure| (*name, failure)));
        if failed.len() == known && tally.failed > 0 {
            failed.push((name, "see above".to_owned()));
        }
        sum.passed += tally.passed;
        sum.failed += tally.failed;
        sum.skipped += tally.skipped;
        times.push((name, start.elapsed(), tally));
    }
    println!("=== all steps");
    for (name, time, tally) in times {
        report(name, time, tally);
    }
    if !failed.is_empty() {
        println!("=== what failed");
    }
    for (name, failure) in failed {
        println!("{name}: {}", beginning(&failure));
    }
    Ok(sum)
}

fn report(name: &str, time: Duration, Tally { passed, failed, skipped }: Tally) {
    let seconds = time.as_secs();
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "{verdict:<6} {minutes:>3}:{seconds:02}  {name} ({passed} passed, {failed} failed, \
         {skipped} skipped)"
    );
}

/// How much of a failure is told again, behind all else: of a long output often only the end is
/// kept.
const TOLD_AGAIN: (usize, usize) = (10, 300);

/// Returns the first lines of a failure's text, and of each the beginning.
fn beginning(failure: &str) -> String {
    let lines = failure.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let lines = lines.take(TOLD_AGAIN.0).map(|line| line.chars().take(TOLD_AGAIN.1).collect());
    lines.collect::<Vec<String>>().join("\n    ")
}

const PASSED: Tally = Tally { passed: 1, failed: 0, skipped: 0 };

fn one(command: std::process::Command) -> Outcome<Tally> {
    run_command(command)?;
    Ok(PASSED)
}

fn format() -> Outcome<Tally> {
    // The firmware and the freestanding session are workspaces of their own.
    for manifest in ["Cargo.toml", firmware::MANIFEST, test::FREESTANDING] {
        run_command(cargo(["fmt", "--manifest-path", manifest, "--all", "--check"]))?;
    }
    Ok(PASSED)
}

fn lints() -> Outcome<Tally> {
    let words = ["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    one(cargo(words))
}

fn features() -> Outcome<Tally> {
    let mut tally = Tally::default();
    let sets = FEATURES.iter().map(|set| vec!["--no-default-features", "--features", set]);
    for set in sets.chain([vec!["--all-features"]]) {
        let mut command = cargo(["clippy", "--package", "mosh-core"]);
        command.args(set).args(["--", "--deny", "warnings"]);
        match run_command(command) {
            Ok(()) => tally.passed += 1,
            Err(failure) => {
                println!("FAILED: {failure}");
                failures::keep(failure);
                tally.failed += 1;
            }
        }
    }
    for (package, features, test) in TESTS {
        let mut command = cargo(["test", "--quiet", "--package", package, "--no-default-features"]);
        command.args(["--features", features, "--test", test]);
        run_command(command)?;
        tally.passed += 1;
    }
    Ok(tally)
}

fn documentation() -> Outcome<Tally> {
    let mut command = cargo(["doc", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "--deny warnings");
    one(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_again_in_few_lines() {
        let long = format!("check\n  {}\n\n{}", "x".repeat(1000), "more\n".repeat(100));
        let told = beginning(&long);
        assert_eq!(told.lines().count(), 10);
        assert!(told.starts_with("check\n      xxx") && told.len() < 500, "{told}");
    }
}
