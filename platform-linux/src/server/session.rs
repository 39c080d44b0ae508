//! The process inside the session: from a fork of the server to the user's program.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::event::Timespec;
use rustix::process::{Resource, Rlimit};

use super::greeting;
use crate::sys::account::Account;
use crate::sys::process::{Fork, exit_now, fork};
use crate::sys::signals;

/// How long the reason stays on the screen when the program cannot be run.
const READING_TIME: Timespec = Timespec { tv_sec: 3, tv_nsec: 0 };

/// What to run and in which surroundings.
#[derive(Debug)]
pub(crate) struct Plan {
    program: OsString,
    /// By which name the program is called.
    argv0: OsString,
    args: Vec<OsString>,
    login: bool,
    home: Option<PathBuf>,
    term: &'static str,
    /// Limit on core dumps before the server turned them off for itself.
    core_limit: Option<Rlimit>,
}

impl Plan {
    /// Plans to run `command`, or a login shell if that is empty. `variable` looks up the
    /// environment, `account` the password entry, which may be slow and is asked only if needed.
    pub(crate) fn new(
        command: Vec<OsString>,
        colours: Option<i64>,
        variable: impl Fn(&str) -> Option<OsString>,
        account: impl Fn() -> Option<Account>,
        core_limit: Option<Rlimit>,
    ) -> Self {
        let some = |value: OsString| Some(value).filter(|value| !value.is_empty());
        let account = || account().unwrap_or_default();
        let home = variable("HOME").and_then(some).or_else(|| some(account().home));
        let login = command.is_empty();
        let mut words = command.into_iter();
        let (program, argv0) = match words.next() {
            Some(program) => (program.clone(), program),
            None => {
                let shell = match variable("SHELL") {
                    Some(shell) => some(shell),
                    None => some(account().shell),
                };
                let shell = shell.unwrap_or_else(|| "/bin/sh".into());
                // By this dash shells know that they are to behave as after a login.
                let mut argv0 = OsString::from("-");
                argv0.push(Path::new(&shell).file_name().unwrap_or(&shell));
                (shell, argv0)
            }
        };
        Self {
            program,
            argv0,
            args: words.collect(),
            login,
            home: home.map(PathBuf::from),
            term: if colours == Some(256) { "xterm-256color" } else { "xterm" },
            core_limit,
        }
    }

    /// Starts the program on a terminal, of which it becomes the session leader. Returns its
    /// process id.
    ///
    /// # Errors
    ///
    /// The system's, when there are too many processes. That the program cannot be run is told on
    /// the terminal.
    pub(crate) fn start(&self, terminal: &OwnedFd) -> io::Result<u32> {
        let server = std::process::id();
        match fork()? {
            Fork::Parent(child) => Ok(child),
            Fork::Child => {
                // Nothing of the server may run in this process, not even after a panic.
                let run = || self.become_program(terminal, server);
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
                exit_now(1)
            }
        }
    }

    fn become_program(&self, terminal: &OwnedFd, server: u32) {
        let failure = self.prepare(terminal, server).err().unwrap_or_else(|| self.command().exec());
        let program = self.program.display();
        let message = format!(
            "mosh-server: cannot run {program}: {failure}; check the command after --, or SHELL\r\n"
        );
        let _ = say(terminal, message.as_bytes());
        let _ = rustix::thread::nanosleep(&READING_TIME);
    }

    /// Brings the process into the state in which programs expect to start.
    fn prepare(&self, terminal: &OwnedFd, server: u32) -> io::Result<()> {
        // A launcher may have ignored some, as a shell does for what it runs in the background; the
        // user's interrupt and quit keys would be without effect. The mask is reset when the
        // program is run.
        signals::reset_all();
        rustix::process::setsid()?;
        rustix::process::ioctl_tiocsctty(terminal)?;
        rustix::stdio::dup2_stdin(terminal)?;
        rustix::stdio::dup2_stdout(terminal)?;
        rustix::stdio::dup2_stderr(terminal)?;
        if let Some(home) = &self.home {
            if let Err(error) = std::env::set_current_dir(home) {
                let message = format!("mosh-server: {}: {error}\r\n", home.display());
                say(terminal, message.as_bytes())?;
            }
            if self.login {
                say(terminal, &greeting::text(home, server))?;
            }
        }
        if let Some(limit) = self.core_limit {
            rustix::process::setrlimit(Resource::Core, limit)?;
        }
        Ok(())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg0(&self.argv0).args(&self.args).env("TERM", self.term);
        // The line-drawing set is not needed where there is UTF-8.
        command.env("NCURSES_NO_UTF8_ACS", "1").env_remove("STY");
        if let Some(home) = &self.home {
            command.env("PWD", home);
        }
        command
    }
}

/// Writes to the terminal of the session, which the server reads in its own time.
fn say(terminal: &OwnedFd, text: &[u8]) -> io::Result<()> {
    File::from(terminal.try_clone()?).write_all(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pty::{Output, Pty};
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::process::{Pid, Signal, WaitOptions};

    fn account() -> Account {
        Account { name: "me".into(), home: "/".into(), shell: "/bin/bash".into() }
    }

    fn plan(command: &[&str], shell: Option<&str>) -> Plan {
        let command = command.iter().map(OsString::from).collect();
        let variable = |name: &str| shell.filter(|_| name == "SHELL").map(OsString::from);
        Plan::new(command, Some(256), variable, || Some(account()), None)
    }

    #[test]
    fn without_a_command_a_login_shell_is_run() {
        for (shell, program, argv0) in [
            (Some("/usr/bin/zsh"), "/usr/bin/zsh", "-zsh"),
            (None, "/bin/bash", "-bash"),
            (Some(""), "/bin/sh", "-sh"),
        ] {
            let plan = plan(&[], shell);
            assert_eq!((&*plan.program, &*plan.argv0), (program.as_ref(), argv0.as_ref()));
            assert!(plan.login);
        }
        let plan = plan(&["ls", "-l"], None);
        assert_eq!((&*plan.program, &*plan.argv0), ("ls".as_ref(), "ls".as_ref()));
        assert_eq!(plan.args, ["-l"]);
        assert!(!plan.login);
    }

    /// Runs a program and returns what it writes to its terminal, up to the end or a line that
    /// ends like `last`.
    fn output(plan: &Plan, last: &str) -> String {
        let pty = Pty::open(80, 24).unwrap();
        let child = Pid::from_raw(plan.start(&pty.slave).unwrap().cast_signed()).unwrap();
        drop(pty.slave);
        let (mut text, mut buf) = (String::new(), [0; 4096]);
        while !text.ends_with(last) {
            match pty.master.read(&mut buf) {
                Output::Bytes(len) => text.push_str(str::from_utf8(&buf[..len]).unwrap()),
                Output::Closed => break,
                Output::Nothing => {
                    let mut watched = [PollFd::new(&pty.master, PollFlags::IN)];
                    poll(&mut watched, None).unwrap();
                }
            }
        }
        // It may be gone already.
        let _ = rustix::process::kill_process(child, Signal::KILL);
        rustix::process::waitpid(Some(child), WaitOptions::empty()).unwrap();
        text
    }

    #[test]
    fn a_program_finds_a_terminal_and_its_environment() {
        let script = "tty -s && echo yes; echo $TERM $PWD $NCURSES_NO_UTF8_ACS; ps -o tpgid= -p $$ | \
                      grep -qw $$ && echo leads";
        let text = output(&plan(&["sh", "-c", script], None), "leads\r\n");
        assert_eq!(text, "yes\r\nxterm-256color / 1\r\nleads\r\n");
    }

    #[test]
    fn a_program_that_cannot_be_run_is_named() {
        let text = output(&plan(&["/no/such/program"], None), "\r\n");
        assert!(text.starts_with("mosh-server: cannot run /no/such/program"), "{text}");
    }
}
