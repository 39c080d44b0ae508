//! `cargo xtask test`: what needs no peer and no network.

use std::path::Path;

use mosh_tests::failures;
use mosh_tests::matrix::Tally;

use crate::run::{
    Arguments, Outcome, cargo, host, is_strict, run as run_command, run_watching, target_directory,
};

/// A package of its own, so that no other turns on a feature of the core.
pub(crate) const FREESTANDING: &str = "tests/freestanding/Cargo.toml";

pub(crate) fn run(rest: &[String]) -> Outcome<Tally> {
    Arguments::parse(rest, &[], &[])?.expect_no_words()?;
    let mut tally = tests()?;
    freestanding(&mut tally);
    Ok(tally)
}

/// Runs all tests and doctests of the workspace.
fn tests() -> Outcome<Tally> {
    let mut tally = Tally::default();
    // One failing target must not hide the others.
    let command = cargo(["test", "--workspace", "--no-fail-fast"]);
    let mut told = Told::default();
    let outcome = run_watching(command, |line| {
        told.take(line);
        if let Some(found) = counts(line) {
            tally.passed += found.passed;
            tally.failed += found.failed;
            tally.skipped += found.skipped;
        }
    });
    match outcome {
        // It did not come to a test.
        Err(failure) if tally.failed == 0 => Err(failure),
        _ => Ok(tally),
    }
}

/// Keeps what the tests that fail have printed.
#[derive(Default)]
struct Told {
    /// Of the test whose lines are read.
    lines: Vec<String>,
}

impl Told {
    /// Takes a line of the output: what a failed test has printed has a title, and ends before the
    /// next title or the list of all that failed.
    fn take(&mut self, line: &str) {
        let title = line.starts_with("---- ") && line.ends_with(" stdout ----");
        let ends = title || line == "failures:" || line.starts_with("test result: ");
        if ends && !self.lines.is_empty() {
            failures::keep(std::mem::take(&mut self.lines).join("\n"));
        }
        if title || !self.lines.is_empty() {
            self.lines.push(line.to_owned());
        }
    }
}

/// Reads the line that ends the tests of one target.
fn counts(line: &str) -> Option<Tally> {
    let (_, rest) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |what: &str| {
        let part = rest.split("; ").find_map(|part| part.strip_suffix(what));
        part.and_then(|number| number.trim().parse().ok())
    };
    Some(Tally { passed: count("passed")?, failed: count("failed")?, skipped: count("ignored")? })
}

/// Runs a session in a binary that has neither a standard library nor a heap:
/// if the core used either, it would not link.
fn freestanding(tally: &mut Tally) {
    const HOST: &str = "x86_64-unknown-linux-gnu";
    if !Path::new(FREESTANDING).exists() || host().as_deref() != Ok(HOST) {
        println!("skipped: the binary without a heap is for {HOST}");
        if is_strict() {
            failures::keep(format!("the binary without a heap is for {HOST}"));
            tally.failed += 1
        } else {
            tally.skipped += 1
        }
        return;
    }
    // Naming the target keeps these flags from build scripts and macros.
    let mut command = cargo(["run", "--manifest-path", FREESTANDING, "--target", HOST]);
    // Other flags than the workspace's: in one directory they would take turns.
    command.env("CARGO_TARGET_DIR", target_directory().join("freestanding"));
    command.env(
        "RUSTFLAGS",
        "-C link-arg=-nostartfiles -C link-arg=-nostdlib -C link-arg=-static \
         -C relocation-model=static",
    );
    match run_command(command) {
        Ok(()) => {
            println!("the session without a heap ended well");
            tally.passed += 1;
        }
        Err(failure) => {
            println!("FAILED: {failure}");
            failures::keep(failure);
            tally.failed += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_tests_print_is_kept() {
        let output = "running 3 tests\ntest a ... FAILED\n\nfailures:\n\n---- a stdout ----\n\
                      a is odd\n\n---- b stdout ----\nb is odd\n\nfailures:\n    a\n    b\n";
        let mut told = Told::default();
        output.lines().for_each(|line| told.take(line));
        let kept = failures::take();
        let expected = ["---- a stdout ----\na is odd\n", "---- b stdout ----\nb is odd\n"];
        assert_eq!(kept, expected);
    }

    #[test]
    fn the_closing_lines_of_tests_are_counted() {
        let line = "test result: ok. 5 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out";
        assert_eq!(counts(line), Some(Tally { passed: 5, failed: 1, skipped: 2 }));
        assert_eq!(counts("running 5 tests"), None);
    }
}
