//! Signals as something to poll for.
//!
//! A handler may do next to nothing. This one sets a bit and writes a byte to a pipe, which the
//! event loop watches beside its sockets.

use std::io::{self, PipeReader, Read as _};
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, BorrowedFd, IntoRawFd as _};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use rustix::process::Signal;

use super::os;

/// Bit `n` is set when signal `n` arrived; all signals used here are below 64.
static ARRIVED: AtomicU64 = AtomicU64::new(0);
/// Write end of the pipe that wakes the loop. It stays open to the end of the process.
static WAKE: AtomicI32 = AtomicI32::new(-1);

/// The signals that a loop wants to hear of.
#[derive(Debug)]
pub(crate) struct Signals {
    /// Never closed, as the handler stays: without a reader each note would raise SIGPIPE, which
    /// is noted as well.
    wake: ManuallyDrop<PipeReader>,
}

/// A set of signals that arrived.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Arrived(u64);

impl Signals {
    /// Catches `signals` from this moment on. To be called once in a process.
    ///
    /// # Errors
    ///
    /// The system's, when no pipe can be made or a signal cannot be caught.
    pub(crate) fn catch(signals: &[Signal]) -> io::Result<Self> {
        let (read, write) = io::pipe()?;
        rustix::io::ioctl_fionbio(&read, true)?;
        rustix::io::ioctl_fionbio(&write, true)?;
        WAKE.store(write.into_raw_fd(), Ordering::SeqCst);
        for signal in signals {
            install(*signal, note as *const () as libc::sighandler_t)?;
        }
        Ok(Self { wake: ManuallyDrop::new(read) })
    }

    /// Returns the signals that arrived since the last call.
    pub(crate) fn take(&mut self) -> Arrived {
        let mut bytes = [0; 64];
        while matches!(self.wake.read(&mut bytes), Ok(len) if len == bytes.len()) {}
        Arrived(ARRIVED.swap(0, Ordering::SeqCst))
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

impl Arrived {
    pub(crate) fn contains(self, signal: Signal) -> bool {
        self.0 & bit(signal.as_raw()) != 0
    }

    pub(crate) fn without(self, signal: Signal) -> Self {
        Self(self.0 & !bit(signal.as_raw()))
    }

    pub(crate) fn contains_any(self, signals: &[Signal]) -> bool {
        signals.iter().any(|signal| self.contains(*signal))
    }
}

/// Ignores `signal`, also in programs run from here.
pub(crate) fn ignore(signal: Signal) -> io::Result<()> {
    install(signal, libc::SIG_IGN)
}

/// Gives every signal its usual effect, whatever this process or those that started it made of it.
pub(crate) fn reset_all() {
    for signal in 1..LAST {
        // Refused for those that nobody can catch and those that the C library keeps for itself.
        let _ = install_raw(signal, libc::SIG_DFL);
    }
}

/// One more than the highest signal of any system.
const LAST: libc::c_int = 129;

fn bit(signal: libc::c_int) -> u64 {
    u32::try_from(signal).map_or(0, |shift| 1u64.checked_shl(shift).unwrap_or(0))
}

extern "C" fn note(signal: libc::c_int) {
    let errno = os::errno_location();
    // SAFETY: the location is this thread's own and stays valid; reading it is signal-safe.
    let saved = unsafe { *errno };
    ARRIVED.fetch_or(bit(signal), Ordering::SeqCst);
    // SAFETY: write(2) is async-signal-safe (POSIX 2.4.3) and reads one byte of a live array. A
    // full pipe is no loss: the loop is going to wake anyway.
    unsafe { libc::write(WAKE.load(Ordering::SeqCst), [0u8].as_ptr().cast(), 1) };
    // SAFETY: as above. The interrupted code may be about to look at its error number.
    unsafe { *errno = saved };
}

fn install(signal: Signal, handler: libc::sighandler_t) -> io::Result<()> {
    install_raw(signal.as_raw(), handler)
}

fn install_raw(signal: libc::c_int, handler: libc::sighandler_t) -> io::Result<()> {
    // SAFETY: sigaction is a plain C structure of integers and pointers; all zeroes is valid.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler;
    action.sa_flags = libc::SA_RESTART;
    // SAFETY: both pointers are to live values; the handler is SIG_IGN, SIG_DFL or `note`, which
    // only does what is allowed in a signal handler.
    let status = unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) };
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_noted_once_and_wakes_the_loop() {
        let mut signals = Signals::catch(&[Signal::USR2, Signal::PIPE]).unwrap();
        rustix::process::kill_process(rustix::process::getpid(), Signal::USR2).unwrap();
        let mut watched = [rustix::event::PollFd::new(&signals, rustix::event::PollFlags::IN)];
        assert_eq!(rustix::event::poll(&mut watched, None), Ok(1));
        let arrived = signals.take();
        assert!(arrived.contains(Signal::USR2));
        assert!(!arrived.contains(Signal::TERM));
        assert!(!signals.take().contains_any(&[Signal::USR2, Signal::TERM]));

        // The handler outlives its owner, and so does the reader of its pipe.
        std::thread::spawn(move || signals.take()).join().unwrap();
        rustix::process::kill_process(rustix::process::getpid(), Signal::USR2).unwrap();
        let arrived = || Arrived(ARRIVED.load(Ordering::SeqCst));
        while !arrived().contains(Signal::USR2) {
            std::thread::yield_now();
        }
        assert!(!arrived().contains(Signal::PIPE));
    }
}
