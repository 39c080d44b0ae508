//! Checks of the firmware: boards under QEMU, whose network cards are reached through a router of
//! ours, and real clients, ours and mosh 1.4's.
//!
//! Nothing is known here of the firmware but what a person at the desk and a user see: what the
//! board's serial port prints, and what the session's screen shows.

mod checks;
mod frames;
mod machine;
mod router;

pub use checks::Memory;
pub use machine::{BOARDS, Board};

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::Outcome;
use crate::matrix::{Context, Job, Options, Tally, is_wanted, run_jobs};
use crate::processes::end_abandoned;
use crate::programs::{Family, Installed, Pair};

/// A board's firmware.
#[derive(Clone, Debug)]
pub struct Image {
    /// What it runs on.
    pub board: Board,
    /// The ELF file.
    pub path: PathBuf,
}

/// Runs all checks on all boards, with all clients.
///
/// # Errors
///
/// If standard output or the directory for reports cannot be written.
pub fn run(installed: &Installed, images: &[Image], options: &Options) -> io::Result<Tally> {
    fs::create_dir_all(&options.logs)?;
    end_abandoned();
    let mut jobs = Vec::new();
    for image in images {
        for family in [Family::Stock, Family::Ours] {
            if !installed.has(family) {
                continue;
            }
            // The server is the board; what says who is meant is the client alone.
            let pair = Pair { client: family, server: family };
            jobs.extend(checks::CHECKS.iter().map(|(name, check)| Job {
                line: format!("firmware: {}: {family} client: {name}", image.board.name),
                pair,
                run: Box::new(move |cx| check(cx, image)),
            }));
        }
    }
    jobs.retain(|job| is_wanted(&job.line, &options.filters));
    run_jobs(&jobs, options.jobs, installed, options)
}

/// Measures how much RAM a board needs in a session with mosh 1.4's client that does all there is.
///
/// # Errors
///
/// If the session does not go as it should.
pub fn measure(installed: &Installed, image: &Image) -> Outcome<Memory> {
    let pair = Pair { client: Family::Stock, server: Family::Stock };
    checks::exercise(&Context::new(pair, installed, 1), image)
}
