//! The user's password entry and the table of logged-in users.

use std::ffi::{CStr, OsString};
use std::os::unix::ffi::OsStringExt as _;

/// What the password database says of a user.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    pub(crate) name: OsString,
    pub(crate) home: OsString,
    pub(crate) shell: OsString,
}

/// A session in the table of logged-in users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) user: Vec<u8>,
    /// Terminal, without `/dev/`.
    pub(crate) line: Vec<u8>,
    /// Where the user came from, or what the program that made the entry wrote there.
    pub(crate) host: Vec<u8>,
}

/// Returns the entry of the user whose process this is.
pub(crate) fn account() -> Option<Account> {
    // SAFETY: one thread calls, and the fields are copied before any other call could overwrite
    // the static record. POSIX: all three are terminated strings; null is checked all the same.
    unsafe {
        let entry = libc::getpwuid(libc::getuid());
        if entry.is_null() {
            return None;
        }
        Some(Account {
            name: copy((*entry).pw_name),
            home: copy((*entry).pw_dir),
            shell: copy((*entry).pw_shell),
        })
    }
}

/// Copies a terminated string.
///
/// # Safety
///
/// `text` is null or points to a terminated string.
unsafe fn copy(text: *const libc::c_char) -> OsString {
    if text.is_null() {
        return OsString::new();
    }
    // SAFETY: as the caller promised.
    OsString::from_vec(unsafe { CStr::from_ptr(text) }.to_bytes().to_vec())
}

/// Returns every user session in the system's table.
pub(crate) fn sessions() -> Vec<Session> {
    let mut found = Vec::new();
    // SAFETY: one thread walks the table; each record is read before the next call overwrites it.
    unsafe {
        libc::setutxent();
        loop {
            let entry = libc::getutxent();
            if entry.is_null() {
                break;
            }
            let entry = &*entry;
            if entry.ut_type == libc::USER_PROCESS {
                found.push(Session {
                    user: field(&entry.ut_user),
                    line: field(&entry.ut_line),
                    host: field(&entry.ut_host),
                });
            }
        }
        libc::endutxent();
    }
    found
}

/// Copies a field of fixed length, which a zero ends if it is shorter.
fn field(chars: &[libc::c_char]) -> Vec<u8> {
    chars.iter().map(|&char| char.cast_unsigned()).take_while(|&byte| byte != 0).collect()
}
