//! `cargo xtask bench`: our programs against mosh 1.4's, our emulator against other libraries.

use std::path::Path;

use mosh_tests::bench::{Effort, hostile, measure, terminal};
use mosh_tests::programs::Installed;

use crate::run::{Arguments, Outcome, cargo, run as run_command};
use crate::{debian, interop};

const CORPUS: &str = "tests/corpus";

/// Says that this is the optimised build already.
const OPTIMISED: &str = "--optimised";

pub(crate) fn run(rest: &[String]) -> Outcome {
    if let Some(("terminal", rest)) = rest.split_first().map(|(word, rest)| (word.as_str(), rest)) {
        return run_terminal(rest);
    }
    let valued = ["--executable", "--profile"];
    let arguments = Arguments::parse(rest, &["--quick"], &valued)?.expect_no_words()?;
    debian::ensure(&["mosh", "ncurses-base"])?;
    let executable = interop::executable(&arguments)?;
    let effort = if arguments.has("--quick") {
        Effort { keys: 31, starts: 3, megabytes: 8 }
    } else {
        Effort::default()
    };
    print!("{}", measure(&Installed::new(Some(&executable))?, effort)?);
    Ok(())
}

/// Measures the emulator as it ships: this program builds itself anew.
fn run_terminal(rest: &[String]) -> Outcome {
    let flags = ["--quick", "--libraries", "--hostile", OPTIMISED];
    let arguments = Arguments::parse(rest, &flags, &["--only", "--executable", "--profile"])?;
    let arguments = arguments.expect_no_words()?;
    if !arguments.has(OPTIMISED) {
        let release = ["run", "--quiet", "--release", "--package", "xtask", "--"];
        let mut command = cargo(release);
        command.args(["bench", "terminal", OPTIMISED]).args(rest);
        return run_command(command);
    }
    let only = arguments.value("--only").unwrap_or_default();
    if arguments.has("--hostile") {
        println!("{}", hostile::HEADING);
        hostile::measure(only, |line| println!("{line}"));
        return Ok(());
    }
    let effort = if arguments.has("--quick") {
        terminal::Effort { rounds: 3, megabytes: 8 }
    } else {
        terminal::Effort::default()
    };
    let installed = if arguments.has("--libraries") {
        None
    } else {
        debian::ensure(&["mosh", "ncurses-base"])?;
        Some(Installed::new(Some(&interop::executable(&arguments)?))?)
    };
    print!("{}", terminal::measure(Path::new(CORPUS), effort, only, installed.as_ref())?);
    Ok(())
}
