//! Linux.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::BorrowedFd;

use rustix::time::ClockId;

use super::udp::set_option;

/// Counts on while the machine sleeps, so that the silence of a suspended laptop is seen as such.
pub(crate) const CLOCK: ClockId = ClockId::Boottime;

/// The setgid helper of libutempter, which may write utmp where this process may not.
pub(crate) const UTMP_HELPERS: &[&str] = &[
    "/usr/lib/x86_64-linux-gnu/utempter/utempter",
    "/usr/lib/aarch64-linux-gnu/utempter/utempter",
    "/usr/lib/utempter/utempter",
    "/usr/libexec/utempter/utempter",
    "/usr/lib64/utempter/utempter",
];

/// Arguments with which the helper records a session from `host`.
pub(crate) fn utmp_add(host: &str) -> Vec<OsString> {
    vec!["add".into(), host.into()]
}

/// Arguments with which the helper removes the record.
pub(crate) const UTMP_REMOVE: &[&str] = &["del"];

/// The message of the day: the first file of each group that exists is shown.
pub(crate) const MESSAGES_OF_THE_DAY: &[&[&str]] =
    &[&["/run/motd.dynamic", "/var/run/motd.dynamic"], &["/etc/motd"]];

/// Where compiled terminal descriptions are, in order of preference.
pub(crate) const TERMINFO_FOLDERS: &[&str] =
    &["/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo"];

/// Names the process in `ps` and for `pkill`.
pub(crate) fn set_process_name(name: &OsStr) {
    use std::os::unix::ffi::OsStrExt as _;
    if let Ok(name) = std::ffi::CString::new(name.as_bytes()) {
        // Only a convenience for people: a refusal changes nothing.
        let _ = rustix::thread::set_name(&name);
    }
}

/// Lets routers fragment our datagrams: mosh keeps below 1280 bytes and does no path MTU discovery
/// of the kernel's kind, which would drop datagrams until the next retransmission.
pub(crate) fn allow_fragmentation(socket: BorrowedFd<'_>) -> io::Result<()> {
    set_option(socket, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_DONT)
}

/// Type of the control message that carries the IPv4 TOS octet of a received datagram.
pub(crate) const TOS_MESSAGE: libc::c_int = libc::IP_TOS;

pub(crate) fn errno_location() -> *mut libc::c_int {
    // SAFETY: no preconditions; the C library returns the calling thread's own variable.
    unsafe { libc::__errno_location() }
}

/// Flag of the terminal input modes: UTF-8.
pub(crate) const IUTF8: libc::tcflag_t = libc::IUTF8;

/// Limit on core dumps that allows none. Linux would hand a dump to a program such as apport whatever
/// the limit is, unless it is this one (fs/coredump.c); a file of one byte is never made.
pub(crate) const NO_CORE: u64 = 1;

pub(crate) use super::process::close_listed as close_inherited;
