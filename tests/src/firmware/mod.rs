//! Checks of the firmware: boards under QEMU, whose network cards are reached through a router of
//! ours, and real clients, ours and mosh 1.4's.
//!
//! Nothing is known here of the firmware but what a person at the desk and a user see: what the
//! board's serial port prints, and what the session's screen shows.

mod checks;
mod frames;
mod machine;
mod router;
mod telling;
mod viewing;

pub use machine::{Board, FIRMWARE, Firmware, Role, TELLING};

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::Outcome;
use crate::matrix::{Context, Job, Options, Tally, is_wanted, run_jobs};
use crate::processes::end_abandoned;
use crate::programs::{Family, Installed, Pair};

/// Firmware that was built.
#[derive(Clone, Debug)]
pub struct Image {
    /// What it is.
    pub firmware: Firmware,
    /// The ELF file.
    pub path: PathBuf,
}

/// What a board says of its RAM, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Variables of a fixed place.
    pub fixed: usize,
    /// The deepest that the stack has been.
    pub stack: usize,
    /// What there is.
    pub all: usize,
}

impl Memory {
    /// Sees that it fits.
    fn check(self, firmware: &Firmware) -> Outcome<Self> {
        let Self { fixed, stack, all } = self;
        if all != firmware.ram * 1024 || fixed + stack >= all {
            return Err(format!("{fixed} and {stack} bytes do not fit into {all}"));
        }
        Ok(self)
    }
}

type Check = fn(&Context<'_>, &Image) -> Outcome;

/// Runs all checks on all boards, with all peers.
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
            // One of them is the board; what says who is meant is the other alone.
            let pair = Pair { client: family, server: family };
            let (peer, checks) = match image.firmware.role {
                Role::Console if image.firmware == TELLING => ("client", telling::CHECKS),
                Role::Console => ("client", checks::CHECKS),
                Role::Viewer => ("server", viewing::CHECKS),
            };
            let name = image.firmware.name;
            jobs.extend(checks.iter().map(|(what, check)| Job {
                line: format!("firmware: {name}: {family} {peer}: {what}"),
                pair,
                run: Box::new(move |cx| check(cx, image)),
            }));
        }
    }
    jobs.retain(|job| is_wanted(&job.line, &options.filters));
    run_jobs(&jobs, options.jobs, installed, options)
}

/// Measures how much RAM a board needs in a session with mosh 1.4 that does all there is.
///
/// # Errors
///
/// If the session does not go as it should.
pub fn measure(installed: &Installed, image: &Image) -> Outcome<Memory> {
    let pair = Pair { client: Family::Stock, server: Family::Stock };
    let cx = Context::new(pair, installed, 1);
    match image.firmware.role {
        Role::Console => checks::exercise(&cx, image),
        Role::Viewer => viewing::exercise(&cx, image),
    }
}
