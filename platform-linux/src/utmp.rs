//! Entries in the table of logged-in users, through the system's helper.
//!
//! The table belongs to the system; a helper with the right to write it makes entries for the
//! terminal on its standard input. Where there is none, sessions are just not listed.

use std::ffi::OsString;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::pty::Master;
use crate::sys::account::Session;
use crate::sys::os::{UTMP_HELPERS, UTMP_REMOVE, utmp_add};

/// The entry of this session.
#[derive(Debug)]
pub(crate) struct Entry {
    helper: Option<&'static Path>,
    /// The helper at work, which nobody waits for: it may have to ask a slow directory service.
    running: Option<Child>,
    /// What to have it do next. Only the newest wish counts.
    wanted: Option<Vec<OsString>>,
}

impl Entry {
    /// Finds the helper; makes no entry yet.
    pub(crate) fn new() -> Self {
        let helper = UTMP_HELPERS.iter().map(Path::new).find(|path| path.exists());
        Self { helper, running: None, wanted: None }
    }

    /// Enters the session, with or without a client at `client`.
    pub(crate) fn set(&mut self, master: &Master, client: Option<IpAddr>) {
        self.wanted = Some(utmp_add(&host_field(client, std::process::id())));
        self.turn(master);
    }

    /// Has the helper do what is wanted, once it is free.
    pub(crate) fn turn(&mut self, master: &Master) {
        if let Some(child) = &mut self.running {
            if matches!(child.try_wait(), Ok(None)) {
                return;
            }
            self.running = None;
        }
        if let (Some(helper), Some(args)) = (self.helper, self.wanted.take()) {
            self.running = run(helper, args, master);
        }
    }

    /// Removes the entry and waits for that.
    pub(crate) fn remove(mut self, master: &Master) {
        let Some(helper) = self.helper else { return };
        let wait = |child: Option<Child>| child.map(|mut child| child.wait());
        wait(self.running.take());
        wait(run(helper, UTMP_REMOVE.iter().map(OsString::from).collect(), master));
    }
}

/// Runs the helper for the terminal. A system that has no room for it has no entry.
fn run(helper: &Path, args: Vec<OsString>, master: &Master) -> Option<Child> {
    let terminal = || master.as_fd().try_clone_to_owned().map(Stdio::from);
    let (input, output) = (terminal().ok()?, terminal().ok()?);
    let mut command = Command::new(helper);
    command.args(args).stdin(input).stdout(output).stderr(Stdio::null()).spawn().ok()
}

/// What stands in the column for the host, by which later sessions recognise ours.
fn host_field(client: Option<IpAddr>, id: u32) -> String {
    match client {
        Some(address) => format!("{address} via mosh [{id}]"),
        None => format!("mosh [{id}]"),
    }
}

/// Returns the host fields of the user's sessions that have no client: those of other servers
/// whose terminal still exists.
pub(crate) fn detached(sessions: Vec<Session>, user: &[u8], own_id: u32) -> Vec<String> {
    let own = host_field(None, own_id);
    sessions
        .into_iter()
        .filter(|session| {
            session.user == user
                && session.host.starts_with(b"mosh ")
                && session.host.ends_with(b"]")
                && session.host != own.as_bytes()
        })
        .filter(|session| {
            let line = String::from_utf8_lossy(&session.line).into_owned();
            Path::new("/dev").join(line).exists()
        })
        .map(|session| String::from_utf8_lossy(&session.host).into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detached_sessions_are_those_without_a_client() {
        let session = |user: &str, line: &str, host: &str| Session {
            user: user.into(),
            line: line.into(),
            host: host.into(),
        };
        let sessions = vec![
            session("me", "null", "mosh [17]"),
            session("me", "null", "192.0.2.1 via mosh [18]"),
            session("you", "null", "mosh [19]"),
            session("me", "pts/no-such-terminal", "mosh [20]"),
            session("me", "null", "mosh [21]"),
            session("me", "null", "mosh [22"),
        ];
        assert_eq!(detached(sessions, b"me", 21), ["mosh [17]"]);
    }

    #[test]
    fn the_host_field_names_client_and_server() {
        assert_eq!(host_field(None, 5), "mosh [5]");
        assert_eq!(host_field(Some([192, 0, 2, 1].into()), 5), "192.0.2.1 via mosh [5]");
    }
}
