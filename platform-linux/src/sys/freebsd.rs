//! FreeBSD.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::BorrowedFd;

use rustix::time::ClockId;

/// The monotonic clock of FreeBSD counts on while the machine sleeps.
pub(crate) const CLOCK: ClockId = ClockId::Monotonic;

/// The helper of libulog, which may write utmpx where this process may not.
pub(crate) const UTMP_HELPERS: &[&str] = &["/usr/libexec/ulog-helper"];

/// Arguments with which the helper records a session from `host`.
pub(crate) fn utmp_add(host: &str) -> Vec<OsString> {
    vec!["login".into(), host.into()]
}

/// Arguments with which the helper removes the record.
pub(crate) const UTMP_REMOVE: &[&str] = &["logout"];

/// The message of the day: the first file of each group that exists is shown.
pub(crate) const MESSAGES_OF_THE_DAY: &[&[&str]] = &[&["/var/run/motd", "/etc/motd"]];

/// Where compiled terminal descriptions are, in order of preference.
pub(crate) const TERMINFO_FOLDERS: &[&str] =
    &["/usr/local/share/terminfo", "/usr/share/terminfo", "/usr/share/misc/terminfo"];

/// Names the process in `ps` and for `pkill`: by its file name here, as there is no unprivileged
/// call that changes it.
pub(crate) fn set_process_name(_name: &OsStr) {}

/// Lets routers fragment our datagrams, which is how UDP sockets start on FreeBSD.
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

/// Flag of the terminal input modes: UTF-8 (termios(4); not in the libc crate).
pub(crate) const IUTF8: libc::tcflag_t = 0x0000_4000;

/// Limit on core dumps that allows none.
pub(crate) const NO_CORE: u64 = 0;

/// Closes all descriptors but the standard ones. To be called before any other is opened.
pub(crate) fn close_inherited() {
    // SAFETY: no preconditions; nothing in this process owns a descriptor yet.
    unsafe { libc::closefrom(3) };
}
