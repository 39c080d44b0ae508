//! macOS.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::BorrowedFd;

use rustix::time::ClockId;

/// The monotonic clock of macOS counts on while the machine sleeps.
pub(crate) const CLOCK: ClockId = ClockId::Monotonic;

/// macOS has no helper that writes utmpx for unprivileged programs.
pub(crate) const UTMP_HELPERS: &[&str] = &[];

/// Arguments with which the helper records a session from `host`.
pub(crate) fn utmp_add(host: &str) -> Vec<OsString> {
    vec!["add".into(), host.into()]
}

/// Arguments with which the helper removes the record.
pub(crate) const UTMP_REMOVE: &[&str] = &["del"];

/// The message of the day: the first file of each group that exists is shown.
pub(crate) const MESSAGES_OF_THE_DAY: &[&[&str]] = &[&["/etc/motd"]];

/// Where compiled terminal descriptions are, in order of preference.
pub(crate) const TERMINFO_FOLDERS: &[&str] =
    &["/usr/share/terminfo", "/opt/homebrew/share/terminfo", "/usr/local/share/terminfo"];

/// Names the process in `ps` and for `pkill`: by its file name here, as there is no call that
/// changes it.
pub(crate) fn set_process_name(_name: &OsStr) {}

/// Lets routers fragment our datagrams, which is how UDP sockets start on macOS.
#[expect(clippy::unnecessary_wraps, reason = "one signature on every system")]
pub(crate) fn allow_fragmentation(_socket: BorrowedFd<'_>) -> io::Result<()> {
    Ok(())
}

/// Type of the control message that carries the IPv4 TOS octet of a received datagram.
pub(crate) const TOS_MESSAGE: libc::c_int = libc::IP_RECVTOS;

pub(crate) fn errno_location() -> *mut libc::c_int {
    // SAFETY: no preconditions; the C library returns the calling thread's own variable.
    unsafe { libc::__error() }
}

/// Flag of the terminal input modes: UTF-8.
pub(crate) const IUTF8: libc::tcflag_t = libc::IUTF8;

/// Limit on core dumps that allows none.
pub(crate) const NO_CORE: u64 = 0;

pub(crate) use super::process::close_listed as close_inherited;
