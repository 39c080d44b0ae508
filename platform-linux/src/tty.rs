//! The user's terminal: raw mode, size, and output that never stops the loop.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Mutex, Once, PoisonError};

use mosh_core::screen::Size;
use mosh_core::terminal::Pixels;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::stdio::{stdin, stdout};
use rustix::termios::{self, InputModes, OptionalActions, QueueSelector, Termios};

/// How long the last bytes for a terminal that takes none are waited for.
const FAREWELL: Timespec = Timespec { tv_sec: 2, tv_nsec: 0 };
/// What a terminal that takes anything takes at once, with few exceptions.
const PIECE: usize = 512;

/// What must be undone before the program ends, however it ends.
struct Undo {
    modes: Termios,
    /// Brings the terminal's screen back.
    leave: Vec<u8>,
}

static UNDO: Mutex<Option<Undo>> = Mutex::new(None);
static HOOK: Once = Once::new();

/// Holds the terminal in raw mode. Dropping it, or a panic, restores what was before.
#[derive(Debug)]
#[must_use]
pub(crate) struct RawMode(());

impl RawMode {
    /// Switches the terminal on standard input to raw mode. `leave` is written to standard output
    /// when that ends.
    ///
    /// # Errors
    ///
    /// The system's, when standard input is no terminal.
    pub(crate) fn enter(leave: Vec<u8>) -> io::Result<Self> {
        let modes = termios::tcgetattr(stdin())?;
        set_raw(&modes)?;
        *undo() = Some(Undo { modes, leave });
        // The message of a panic belongs on the screen that stays.
        HOOK.call_once(|| {
            let report = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                restore();
                report(panic);
            }));
        });
        Ok(Self(()))
    }

    /// Sets raw mode again after somebody else changed it while the process was stopped.
    pub(crate) fn renew(&self) -> io::Result<()> {
        let modes = termios::tcgetattr(stdin())?;
        set_raw(&modes)?;
        Ok(())
    }

    /// Changes what is written when raw mode ends.
    pub(crate) fn leave_by(&self, leave: Vec<u8>) {
        if let Some(undo) = &mut *undo() {
            undo.leave = leave;
        }
    }

    /// Restores the modes for the time of a suspension.
    pub(crate) fn pause(&self) -> io::Result<()> {
        if let Some(undo) = &*undo() {
            termios::tcsetattr(stdin(), OptionalActions::Now, &undo.modes)?;
        }
        Ok(())
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        restore();
    }
}

fn undo() -> std::sync::MutexGuard<'static, Option<Undo>> {
    // A panic in a holder leaves the value whole: it is only ever replaced.
    UNDO.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Undoes raw mode once.
fn restore() {
    if let Some(undo) = undo().take() {
        // There is nobody left to tell of a failure.
        let _ = write_all(stdout(), &undo.leave);
        let _ = termios::tcsetattr(stdin(), OptionalActions::Now, &undo.modes);
    }
}

fn set_raw(modes: &Termios) -> rustix::io::Result<()> {
    let mut raw = modes.clone();
    raw.make_raw();
    // Keeps the kernel's erase key right for what runs between suspensions; not every system has
    // the flag.
    raw.input_modes |= InputModes::from_bits_retain(crate::sys::os::IUTF8);
    termios::tcsetattr(stdin(), OptionalActions::Now, &raw)
}

/// Writes everything, to a terminal that may have stopped taking anything.
///
/// # Errors
///
/// The system's, and a time-out when nothing was taken for a short while.
pub(crate) fn write_all(output: BorrowedFd<'_>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        // Asked first, as writing to a descriptor that waits would wait for ever.
        let mut watched = [PollFd::from_borrowed_fd(output, PollFlags::OUT)];
        match poll(&mut watched, Some(&FAREWELL)) {
            Ok(0) => return Err(Errno::TIMEDOUT.into()),
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        match rustix::io::write(output, &bytes[..bytes.len().min(PIECE)]) {
            Ok(len) => bytes = &bytes[len..],
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Returns the size of a cell, if the system knows that of the window in pixels.
pub(crate) fn cell() -> Option<Pixels> {
    let size = termios::tcgetwinsize(stdin()).ok()?;
    let width = size.ws_xpixel.checked_div(size.ws_col)?;
    let height = size.ws_ypixel.checked_div(size.ws_row)?;
    (width > 0 && height > 0).then_some(Pixels { width, height })
}

/// Returns the size of the terminal on standard input, or that of the VT100 where there is none or
/// it does not know.
pub(crate) fn size() -> Size {
    match termios::tcgetwinsize(stdin()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
            Size::clamped(size.ws_col.into(), size.ws_row.into())
        }
        _ => Size::default(),
    }
}

/// What is to be written to the terminal.
///
/// The terminal is opened a second time where possible, so that not waiting for it does not
/// change the descriptors shared with other programs.
#[derive(Debug)]
pub(crate) struct Output {
    /// A description of our own, which does not wait. `None`: standard output as it is.
    own: Option<OwnedFd>,
    /// What the terminal has not taken yet begins at `taken`.
    pub(crate) queue: Vec<u8>,
    taken: usize,
}

impl Output {
    /// Output to the terminal or file on standard output.
    pub(crate) fn new() -> Self {
        Self { own: reopen(stdout()), queue: Vec::new(), taken: 0 }
    }

    /// Whether something waits to be written.
    pub(crate) fn is_pending(&self) -> bool {
        self.taken < self.queue.len()
    }

    /// Writes what the terminal takes at once.
    ///
    /// # Errors
    ///
    /// The system's, when the terminal is gone.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.own.is_none() {
            return self.drain();
        }
        while self.is_pending() {
            match rustix::io::write(self.as_fd(), &self.queue[self.taken..]) {
                Ok(len) => self.taken += len,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(()),
                Err(error) => {
                    // Nobody is going to read the rest.
                    self.discard();
                    return Err(error.into());
                }
            }
        }
        self.discard();
        Ok(())
    }

    /// Writes everything, for the moments when the program leaves the terminal to others.
    ///
    /// # Errors
    ///
    /// The system's, and a time-out when the terminal took nothing for a short while. There is
    /// room then for a few words that undo what was set: what it had not taken is dropped, by the
    /// kernel too, and a control sequence that was torn by that is cancelled (ECMA-48 §8.3.6).
    pub(crate) fn drain(&mut self) -> io::Result<()> {
        let result = write_all(self.as_fd(), &self.queue[self.taken..]);
        self.discard();
        if result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            let _ = termios::tcflush(self.as_fd(), QueueSelector::OFlush);
            let _ = rustix::io::write(self.as_fd(), b"\x18");
        }
        result
    }

    fn discard(&mut self) {
        self.queue.clear();
        self.taken = 0;
    }
}

impl AsFd for Output {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.own.as_ref().map_or(stdout(), OwnedFd::as_fd)
    }
}

/// Opens the terminal behind `output` again, in a mode that does not wait.
fn reopen(output: BorrowedFd<'static>) -> Option<OwnedFd> {
    let path = termios::ttyname(output, Vec::new()).ok()?;
    let flags = OFlags::WRONLY | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let own = rustix::fs::open(path, flags, Mode::empty()).ok()?;
    // A name from another mount namespace may lead to another terminal.
    let device =
        |descriptor: OwnedFd| File::from(descriptor).metadata().ok().map(|data| data.rdev());
    let theirs = device(output.try_clone_to_owned().ok()?)?;
    (device(own.try_clone().ok()?)? == theirs).then_some(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};

    #[test]
    fn everything_is_written_to_a_descriptor_that_does_not_wait() {
        let (mut read, write) = io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&write, true).unwrap();
        let bytes = vec![7; 300_000];
        let len = bytes.len();
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            read.read_to_end(&mut all).unwrap();
            all.len()
        });
        write_all(write.as_fd(), &bytes).unwrap();
        drop(write);
        assert_eq!(reader.join().unwrap(), len);
    }

    #[test]
    fn a_terminal_that_takes_nothing_is_given_up() {
        let pty = crate::pty::Pty::open(80, 24).unwrap();
        // More than any kernel keeps for a reader who does not come.
        let result = write_all(pty.slave.as_fd(), &vec![b'x'; 1_000_000]);
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    /// Runs itself on a terminal, where it panics in raw mode.
    #[test]
    fn a_panic_restores_the_terminal_before_it_is_told() {
        const VARIABLE: &str = "MOSH_TEST_PANIC_IN_RAW_MODE";
        const NAME: &str = "tty::tests::a_panic_restores_the_terminal_before_it_is_told";
        if std::env::var_os(VARIABLE).is_some() {
            let _raw = RawMode::enter(b"taken back".to_vec()).unwrap();
            let modes = termios::tcgetattr(stdin()).unwrap();
            assert!(!modes.local_modes.contains(termios::LocalModes::ECHO), "raw");
            panic!("on purpose");
        }
        let pty = crate::pty::Pty::open(80, 24).unwrap();
        let modes = || format!("{:?}", termios::tcgetattr(&pty.slave).unwrap());
        let before = modes();
        let stream = || std::process::Stdio::from(pty.slave.try_clone().unwrap());
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", NAME, "--nocapture"]).env(VARIABLE, "1");
        let status = command.stdin(stream()).stdout(stream()).stderr(stream()).status().unwrap();
        assert!(!status.success());
        assert_eq!(modes(), before);
        let (mut text, mut buf) = (Vec::new(), [0; 4096]);
        while let crate::pty::Output::Bytes(len) = pty.master.read(&mut buf) {
            text.extend_from_slice(&buf[..len]);
        }
        let text = String::from_utf8_lossy(&text);
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part}: {text}"));
        assert!(at("taken back") < at("on purpose"), "{text}");
    }

    #[test]
    fn output_keeps_what_a_full_terminal_does_not_take() {
        let (mut read, write) = io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&write, true).unwrap();
        let mut output = Output { own: Some(write.into()), queue: Vec::new(), taken: 0 };
        output.queue.write_all(&vec![1; 1_000_000]).unwrap();
        output.flush().unwrap();
        assert!(output.is_pending());
        let mut received = 0;
        while output.is_pending() {
            received += read.read(&mut [0; 65536]).unwrap();
            output.flush().unwrap();
        }
        drop(output);
        received += read.read_to_end(&mut Vec::new()).unwrap();
        assert_eq!(received, 1_000_000);
    }
}
