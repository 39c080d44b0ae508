//! `cargo xtask interop`: sessions between our programs and mosh 1.4's.

use std::path::PathBuf;

use mosh_tests::matrix::{self, Options, Tally};
use mosh_tests::programs::Installed;

use crate::debian;
use crate::run::{Arguments, Outcome, cargo, is_strict, run as run_command, target_directory};

/// What the checks start.
const PACKAGES: &[&str] = &[
    "mosh",
    "openssh-server",
    "openssh-client",
    "tmux",
    "vim",
    "less",
    "procps",
    "ncurses-base",
    "iproute2",
    // What is compared with and without a session.
    "neovim",
    "emacs-nox",
    "kakoune",
    "micro",
    "htop",
    "fish",
    "fzf",
    "git",
    "tig",
    "mc",
    "nano",
    "vttest",
];

pub(crate) fn run(rest: &[String]) -> Outcome<Tally> {
    let arguments =
        Arguments::parse(rest, &["--stock"], &["--executable", "--profile", "--jobs", "--seed"])?;
    if let Err(reason) = debian::ensure(PACKAGES) {
        if is_strict() {
            return Err(reason);
        }
        println!("skipped: the whole matrix: {reason}");
        return Ok(Tally { skipped: 1, ..Tally::default() });
    }
    let executable = if arguments.has("--stock") { None } else { Some(executable(&arguments)?) };
    let options = Options {
        jobs: arguments.number("--jobs", 6)?,
        logs: target_directory().join("interop"),
        strict: is_strict(),
        seed: arguments.number("--seed", 1)?,
        filters: arguments.words,
    };
    let installed = Installed::new(executable.as_deref())?;
    matrix::run(&installed, &options).map_err(|error| error.to_string())
}

/// Returns the executable that the arguments name, or builds it.
pub(crate) fn executable(arguments: &Arguments) -> Outcome<PathBuf> {
    match arguments.value("--executable") {
        Some(path) => Ok(path.into()),
        None => build(arguments.value("--profile").unwrap_or("release")),
    }
}

/// Builds our programs and returns the executable.
pub(crate) fn build(profile: &str) -> Outcome<PathBuf> {
    run_command(cargo(["build", "--package", "mosh", "--profile", profile]))?;
    // The profile called dev has the directory debug, for historical reasons.
    let directory = if profile == "dev" { "debug" } else { profile };
    Ok(target_directory().join(directory).join("mosh"))
}
