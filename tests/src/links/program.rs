//! The program in a session: one of the simulator's, at a real terminal.
//!
//! It runs behind the server as a process of its own. What it prints it also reports to whoever
//! measures, over a Unix socket and before it prints: so that the screens that the client may
//! show are known, and how many keys each answers.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Instant as Clock;

use mosh_core::time::Instant;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::stdio::{stdin, stdout};
use rustix::termios::{OptionalActions, tcgetattr, tcgetwinsize, tcsetattr};

use super::{timespec, until};
use crate::sim::program::{Kind, Output, Program};
use crate::{Failure, Outcome};

/// Words of a command line that run such a program.
#[must_use]
pub fn words(kind: Kind, seed: u64, socket: &str) -> [String; 3] {
    [format!("{kind:?}"), seed.to_string(), socket.to_owned()]
}

/// Runs the program that the words name, until its terminal is gone.
///
/// # Errors
///
/// If the words or the terminal are wrong, or nobody listens.
pub fn main(words: &[String]) -> Outcome {
    let [kind, seed, socket] = words else {
        return Err("a kind of program, a seed and a socket".into());
    };
    let kind = Kind::ALL.into_iter().find(|known| format!("{known:?}") == *kind);
    let kind = kind.ok_or("no such kind of program")?;
    let seed = seed.parse().map_err(|_| format!("{seed}: not a number"))?;
    let mut socket = UnixStream::connect(socket).map_err(|error| format!("{socket}: {error}"))?;
    match run(kind, seed, &mut socket) {
        // A terminal that was hung up is the end of every session.
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => Ok(()),
        result => result.map_err(text),
    }
}

fn text(error: io::Error) -> Failure {
    error.to_string()
}

fn run(kind: Kind, seed: u64, socket: &mut UnixStream) -> io::Result<()> {
    let terminal = stdin();
    let mut modes = tcgetattr(terminal)?;
    modes.make_raw();
    tcsetattr(terminal, OptionalActions::Now, &modes)?;
    let zero = Clock::now();
    let now = || Instant::ZERO + zero.elapsed();
    let mut size = window()?;
    let mut program = Program::start(kind, seed, now(), size);
    let mut out = File::from(stdout().try_clone_to_owned()?);
    let mut buf = [0; 4096];
    // A server may have printed something of its own.
    let mut outputs = vec![Output { bytes: b"\x1b[H\x1b[2J".to_vec(), answers: 0 }];
    loop {
        outputs.extend(std::iter::from_fn(|| program.output(now())));
        for output in outputs.drain(..) {
            socket.write_all(&emit(&output))?;
            out.write_all(&output.bytes)?;
        }
        let wait = program.poll_timeout().map(|at| timespec(until(now(), at)));
        let mut ready = [PollFd::new(&terminal, PollFlags::IN)];
        if poll(&mut ready, wait.as_ref())? > 0 {
            let len = rustix::io::read(terminal, &mut buf)?;
            if len == 0 {
                return Ok(());
            }
            if window()? != size {
                size = window()?;
                program.resize(now(), size);
            }
            program.input(now(), &buf[..len]);
        }
    }
}

fn window() -> io::Result<(u16, u16)> {
    let size = tcgetwinsize(stdin())?;
    Ok((size.ws_col, size.ws_row))
}

fn emit(output: &Output) -> Vec<u8> {
    let (answers, len) = (output.answers as u32, output.bytes.len() as u32);
    let mut bytes = [answers.to_le_bytes(), len.to_le_bytes()].concat();
    bytes.extend_from_slice(&output.bytes);
    bytes
}

/// What a program reports, put together from what the socket delivers.
#[derive(Debug, Default)]
pub struct Reports {
    bytes: Vec<u8>,
}

impl Reports {
    /// Reads what is there.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn fill(&mut self, socket: &mut UnixStream) -> io::Result<()> {
        let mut buf = [0; 65536];
        match socket.read(&mut buf) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(len) => {
                self.bytes.extend_from_slice(&buf[..len]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes the next report that is complete.
    pub fn take(&mut self) -> Option<Output> {
        let word = |at: usize| {
            let bytes = self.bytes.get(at..at + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
        };
        let (answers, len) = (word(0)?, word(4)?);
        let bytes = self.bytes.get(8..8 + len)?.to_vec();
        self.bytes.drain(..8 + len);
        Some(Output { bytes, answers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_arrive_in_pieces() {
        let output = Output { bytes: b"command 1".to_vec(), answers: 77 };
        let (mut near, mut far) = UnixStream::pair().unwrap();
        far.set_nonblocking(true).unwrap();
        let mut reports = Reports::default();
        let mut found = Vec::new();
        for byte in [emit(&output), emit(&output)].concat() {
            near.write_all(&[byte]).unwrap();
            reports.fill(&mut far).unwrap();
            found.extend(reports.take());
        }
        assert_eq!(found, [output.clone(), output]);
        assert!(reports.fill(&mut far).is_ok());
        drop(near);
        assert!(reports.fill(&mut far).is_err());
    }
}
