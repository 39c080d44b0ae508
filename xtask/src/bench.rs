//! `cargo xtask bench`: our programs against mosh 1.4's.

use mosh_tests::bench::{Effort, measure};
use mosh_tests::programs::Installed;

use crate::run::{Arguments, Outcome};
use crate::{debian, interop};

pub(crate) fn run(rest: &[String]) -> Outcome {
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
