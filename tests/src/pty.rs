//! A pseudo-terminal of our own, for measuring: nothing stands between the
//! program's write and our read.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, Termios, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

use crate::terminal::Size;

/// A program that runs in a pseudo-terminal. Dropping it hangs up and, if
/// that does not end the program, kills it.
#[derive(Debug)]
pub struct Pty {
    master: Option<File>,
    child: Child,
    /// The end of what was read, in case a searched text is split.
    tail: Vec<u8>,
}

impl Pty {
    /// Starts `command` with the pseudo-terminal as its standard streams.
    ///
    /// # Errors
    ///
    /// If the system has no pseudo-terminal, or the command cannot be started.
    pub fn start(command: Command, size: Size) -> io::Result<Self> {
        Self::start_in_modes(command, size, |_| {})
    }

    /// Starts `command` in a pseudo-terminal whose modes `change` has set.
    ///
    /// # Errors
    ///
    /// As those of [`start`](Self::start).
    pub fn start_in_modes(
        mut command: Command,
        (columns, rows): Size,
        change: impl FnOnce(&mut Termios),
    ) -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave: OwnedFd = open(name, flags, Mode::empty())?;
        tcsetwinsize(
            &slave,
            Winsize { ws_col: columns, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 },
        )?;
        let mut modes = tcgetattr(&slave)?;
        change(&mut modes);
        tcsetattr(&slave, OptionalActions::Now, &modes)?;
        command.stdin(Stdio::from(slave.try_clone()?));
        command.stdout(Stdio::from(slave.try_clone()?));
        command.stderr(Stdio::from(slave));
        let child = command.spawn()?;
        Ok(Self { master: Some(File::from(master)), child, tail: Vec::new() })
    }

    /// Returns the number of the process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Types bytes.
    ///
    /// # Errors
    ///
    /// If the pseudo-terminal takes none.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.master().write_all(bytes)
    }

    /// Reads until `text` comes, and returns how long that took.
    ///
    /// # Errors
    ///
    /// If it does not come within `patience`, or the program ends.
    pub fn read_until(&mut self, text: &[u8], patience: Duration) -> io::Result<Duration> {
        let start = Instant::now();
        let mut buf = [0; 65536];
        loop {
            if let Some(at) = self.tail.windows(text.len()).position(|found| found == text) {
                self.tail.drain(..at + text.len());
                return Ok(start.elapsed());
            }
            let keep = self.tail.len().min(text.len() - 1);
            self.tail.drain(..self.tail.len() - keep);
            let left = patience.saturating_sub(start.elapsed());
            if !self.wait(left)? {
                return Err(io::ErrorKind::TimedOut.into());
            }
            let len = self.master().read(&mut buf)?;
            if len == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.tail.extend_from_slice(&buf[..len]);
        }
    }

    /// Forgets what the program writes during `span`.
    ///
    /// # Errors
    ///
    /// If the program ends.
    pub fn discard_for(&mut self, span: Duration) -> io::Result<()> {
        let start = Instant::now();
        let mut buf = [0; 65536];
        self.tail.clear();
        loop {
            let left = span.saturating_sub(start.elapsed());
            if !self.wait(left)? {
                return Ok(());
            }
            if self.master().read(&mut buf)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Reads what the program has written; waits if there is nothing.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn read_some(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.master().read(buf)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            len => Ok(len),
        }
    }

    /// Reads what the program has written, once there is something; `None` if nothing comes within
    /// `patience` or the program has let go of its terminal.
    pub fn read(&mut self, patience: Duration) -> Option<Vec<u8>> {
        let mut buf = vec![0; 65536];
        if !self.wait(patience).ok()? {
            return None;
        }
        // Linux says EIO when nobody holds the other end any more.
        let len = self.master().read(&mut buf).ok().filter(|len| *len > 0)?;
        buf.truncate(len);
        Some(buf)
    }

    /// Waits for the program's end and returns its status.
    pub fn wait_for_exit(&mut self, patience: Duration) -> Option<ExitStatus> {
        crate::poll::until(patience, || self.child.try_wait().ok().flatten())
    }

    /// Describes the modes of the terminal: flags, special characters and speeds.
    ///
    /// # Errors
    ///
    /// If the terminal is gone.
    pub fn modes(&self) -> io::Result<String> {
        Ok(format!("{:?}", tcgetattr(self.master())?))
    }

    /// Changes the size of the terminal.
    ///
    /// # Errors
    ///
    /// If the terminal is gone.
    pub fn resize(&self, (columns, rows): Size) -> io::Result<()> {
        let size = Winsize { ws_col: columns, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 };
        Ok(tcsetwinsize(self.master(), size)?)
    }

    /// Closes the terminal, which hangs the program up.
    pub fn close(&mut self) {
        self.master = None;
    }

    fn master(&self) -> &File {
        self.master.as_ref().expect("nothing is read or written after closing")
    }

    /// Answers whether there is something to read within `patience`.
    fn wait(&self, patience: Duration) -> io::Result<bool> {
        let timeout = Timespec {
            tv_sec: i64::try_from(patience.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: patience.subsec_nanos().into(),
        };
        Ok(poll(&mut [PollFd::new(self.master(), PollFlags::IN)], Some(&timeout))? > 0)
    }
}

impl AsFd for Pty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.master().as_fd()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        drop(self.master.take());
        let gone = || self.child.try_wait().ok().flatten();
        if crate::poll::until(Duration::from_secs(5), gone).is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
