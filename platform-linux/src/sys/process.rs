//! Forking, secrets in the environment, the locale of the C library.

use std::ffi::CStr;
use std::io;

/// Which side of a fork this is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fork {
    /// The process that called, with the id of its child.
    Parent(u32),
    Child,
}

/// Splits the process in two.
///
/// The server has one thread whenever it does this, so the child may run any code.
///
/// # Errors
///
/// The system's, when there are too many processes.
pub(crate) fn fork() -> io::Result<Fork> {
    // SAFETY: fork has no preconditions of its own; what runs in the child of a process with
    // several threads would be restricted, and callers have one.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Fork::Child),
        id => Ok(Fork::Parent(id.unsigned_abs())),
    }
}

/// Ends the process at once: no destructors, no exit handlers. For children that share the
/// parent's buffers and guards.
pub(crate) fn exit_now(status: i32) -> ! {
    // SAFETY: _exit has no preconditions.
    unsafe { libc::_exit(status) }
}

/// Removes a variable from the environment, wipes it from the process's memory (where `ps e` and
/// `/proc` would show it), and returns its value.
pub(crate) fn take_secret(name: &CStr) -> Option<Vec<u8>> {
    // SAFETY: `name` is terminated. There is one thread, so nobody changes the environment between
    // these calls; `value` points to the terminated value inside it.
    unsafe {
        let value = libc::getenv(name.as_ptr());
        if value.is_null() {
            return None;
        }
        let len = libc::strlen(value);
        let secret = std::slice::from_raw_parts(value.cast::<u8>(), len).to_vec();
        for index in 0..len {
            value.add(index).write_volatile(0);
        }
        libc::unsetenv(name.as_ptr());
        Some(secret)
    }
}

/// Closes all descriptors but the standard ones, as far as the system lists them. To be called
/// before any other is opened.
pub(crate) fn close_listed() {
    let Ok(entries) = std::fs::read_dir("/dev/fd") else { return };
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let numbers: Vec<libc::c_int> = numbers.filter(|number| *number > 2).collect();
    for number in numbers {
        // SAFETY: nothing in this process owns a descriptor yet but the list, which is closed by
        // now: closing its number again fails and does no harm.
        unsafe { libc::close(number) };
    }
}

/// Overwrites the stack below the caller's frame, where functions that have returned left copies of
/// what they moved and computed. To be called from where no secret was held.
#[inline(never)]
pub(crate) fn wipe_stack() {
    // Deeper than anything goes that prepares a session; the smallest usual stack has 8 MiB.
    let mut stack = [0u8; 512 * 1024];
    zeroize::Zeroize::zeroize(&mut stack);
}

/// Sets or removes a variable of the environment. For single-threaded start-up only.
pub(crate) fn set_variable(name: &std::ffi::OsStr, value: Option<&std::ffi::OsStr>) {
    // SAFETY: the callers run before any thread is started, so nobody reads the environment.
    unsafe {
        match value {
            Some(value) => std::env::set_var(name, value),
            None => std::env::remove_var(name),
        }
    }
}

/// Adopts the locale that the environment names and returns the name of its character set.
pub(crate) fn locale_charset() -> String {
    // SAFETY: called during single-threaded start-up; the argument is a terminated string. The
    // result of nl_langinfo is a terminated string that lives until the next setlocale, and is
    // copied before.
    unsafe {
        if libc::setlocale(libc::LC_ALL, c"".as_ptr()).is_null() {
            libc::setlocale(libc::LC_ALL, c"C".as_ptr());
        }
        let name = libc::nl_langinfo(libc::CODESET);
        if name.is_null() {
            return String::new();
        }
        CStr::from_ptr(name).to_string_lossy().into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn a_secret_leaves_the_environment() {
        set_variable(OsStr::new("MOSH_TEST_SECRET"), Some(OsStr::new("abc")));
        assert_eq!(take_secret(c"MOSH_TEST_SECRET").as_deref(), Some(&b"abc"[..]));
        assert_eq!(std::env::var_os("MOSH_TEST_SECRET"), None);
        assert_eq!(take_secret(c"MOSH_TEST_SECRET"), None);
    }
}
