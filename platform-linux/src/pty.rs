//! The pseudo-terminal in which a server's program runs.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pty::{self, OpenptFlags};
use rustix::termios::{self, InputModes, OptionalActions, Winsize};

/// The two ends of a pseudo-terminal.
#[derive(Debug)]
pub(crate) struct Pty {
    pub(crate) master: Master,
    /// The program's end.
    pub(crate) slave: OwnedFd,
}

/// The server's end of a pseudo-terminal. Reading and writing do not wait.
#[derive(Debug)]
pub(crate) struct Master(OwnedFd);

/// What reading gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// So many bytes of the program's output.
    Bytes(usize),
    /// None at the moment.
    Nothing,
    /// The program and everything that it started have let go of the terminal.
    Closed,
}

impl Pty {
    /// Opens a pseudo-terminal of the given size that speaks UTF-8.
    pub(crate) fn open(columns: u16, rows: u16) -> io::Result<Self> {
        let master = pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC)?;
        pty::grantpt(&master)?;
        pty::unlockpt(&master)?;
        let name = pty::ptsname(&master, Vec::new())?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = rustix::fs::open(name, flags, Mode::empty())?;
        // The kernel then erases whole characters in line mode.
        let mut modes = termios::tcgetattr(&slave)?;
        modes.input_modes |= InputModes::from_bits_retain(crate::sys::os::IUTF8);
        termios::tcsetattr(&slave, OptionalActions::Now, &modes)?;
        rustix::io::ioctl_fionbio(&master, true)?;
        let master = Master(master);
        master.resize(columns, rows)?;
        Ok(Self { master, slave })
    }
}

impl Master {
    /// Tells the program the size of its terminal.
    pub(crate) fn resize(&self, columns: u16, rows: u16) -> io::Result<()> {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        Ok(termios::tcsetwinsize(&self.0, size)?)
    }

    /// Reads the program's output.
    pub(crate) fn read(&self, buf: &mut [u8]) -> Output {
        loop {
            return match rustix::io::read(&self.0, &mut *buf) {
                Ok(0) => Output::Closed,
                Ok(len) => Output::Bytes(len),
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => Output::Nothing,
                // Linux says EIO when the last holder of the other end has closed it.
                Err(_) => Output::Closed,
            };
        }
    }

    /// Writes as much of the user's input as the terminal takes.
    ///
    /// # Errors
    ///
    /// The system's, when the terminal is gone.
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            return match rustix::io::write(&self.0, bytes) {
                Ok(len) => Ok(len),
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => Ok(0),
                Err(error) => Err(error.into()),
            };
        }
    }
}

impl AsFd for Master {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_passes_bytes_and_its_size() {
        let pty = Pty::open(81, 25).unwrap();
        let size = termios::tcgetwinsize(&pty.slave).unwrap();
        assert_eq!((size.ws_col, size.ws_row), (81, 25));
        let mut buf = [0; 64];
        assert_eq!(pty.master.read(&mut buf), Output::Nothing);
        assert_eq!(pty.master.write(b"hi\n").unwrap(), 3);
        let len = rustix::io::read(&pty.slave, &mut buf).unwrap();
        assert_eq!(&buf[..len], b"hi\n");
        // The echo.
        assert_eq!(pty.master.read(&mut buf), Output::Bytes(4));
        drop(pty.slave);
        assert_eq!(pty.master.read(&mut buf), Output::Closed);
    }

    #[test]
    fn a_full_terminal_takes_a_part() {
        let pty = Pty::open(80, 24).unwrap();
        let mut modes = termios::tcgetattr(&pty.slave).unwrap();
        modes.make_raw();
        termios::tcsetattr(&pty.slave, OptionalActions::Now, &modes).unwrap();
        let mut written = 0;
        loop {
            match pty.master.write(&[b'x'; 8192]).unwrap() {
                0 => break,
                len => written += len,
            }
            assert!(written < 10_000_000);
        }
        // What it took comes out whole.
        let (mut read, mut buf) = (0, [0; 8192]);
        rustix::io::ioctl_fionbio(&pty.slave, true).unwrap();
        for _ in 0..1000 {
            match rustix::io::read(&pty.slave, &mut buf) {
                Ok(len) => read += len,
                Err(Errno::AGAIN) if read == written => break,
                // The kernel passes the bytes on in its own time.
                Err(Errno::AGAIN) => std::thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(read, written);
    }
}
