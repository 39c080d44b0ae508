//! The program in a session: a recorded one, replayed at a real terminal.
//!
//! It runs behind the server as a process of its own, so that both clients meet the same program
//! with the same manners, whatever is installed.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant as Clock;

use mosh_core::time::Instant;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::stdio::{stdin, stdout};
use rustix::termios::{OptionalActions, tcgetattr, tcgetwinsize, tcsetattr};

use crate::links::{timespec, until};
use crate::predict::recording::Recording;
use crate::predict::replay::Replay;
use crate::{Failure, Outcome, poll as patience};

/// The task, of whoever starts sessions, that hands its further words to [`main`].
pub const TASK: &str = "predict-program";

/// Replays the recording that the word names, until the terminal is gone.
///
/// # Errors
///
/// If there is no such recording, or the terminal is none or too small.
pub fn main(words: &[String]) -> Outcome {
    let [file] = words else { return Err("the file of a recording".into()) };
    let recording = Recording::load(Path::new(file))?;
    match run(&recording) {
        // A terminal that was hung up is the end of every session.
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => Ok(()),
        result => result.map_err(text),
    }
}

fn text(error: io::Error) -> Failure {
    error.to_string()
}

fn run(recording: &Recording) -> io::Result<()> {
    let terminal = stdin();
    let mut modes = tcgetattr(terminal)?;
    modes.make_raw();
    tcsetattr(terminal, OptionalActions::Now, &modes)?;
    // A server does not know the size of the client's window until it hears of the client.
    let has_size =
        || tcgetwinsize(terminal).is_ok_and(|it| (it.ws_col, it.ws_row) == recording.size);
    if patience::until(super::session::PATIENCE, || has_size().then_some(())).is_none() {
        return Err(io::Error::other("the window has another size than the recording"));
    }
    let mut out = File::from(stdout().try_clone_to_owned()?);
    // A server may have printed something of its own.
    out.write_all(b"\x1b[H\x1b[2J")?;
    let zero = Clock::now();
    let now = || Instant::ZERO + zero.elapsed();
    let mut replay = Replay::new(recording, now());
    let mut buf = [0; 4096];
    loop {
        while let Some(output) = replay.output(now()) {
            out.write_all(output.as_bytes())?;
        }
        let wait = replay.poll_timeout().map(|at| timespec(until(now(), at)));
        let mut ready = [PollFd::new(&terminal, PollFlags::IN)];
        if poll(&mut ready, wait.as_ref())? > 0 {
            let len = rustix::io::read(terminal, &mut buf)?;
            if len == 0 {
                return Ok(());
            }
            replay.input(now(), &buf[..len]);
        }
    }
}
