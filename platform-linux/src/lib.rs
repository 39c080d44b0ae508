#![doc = "The programs of mosh for Unix: one executable that acts by the name it is called."]
#![deny(unsafe_code)]
//!
//! | name | does |
//! | --- | --- |
//! | `mosh` | [`wrapper`]: starts a server on the other machine through ssh, then becomes the client |
//! | `mosh-client` | [`client`]: shows the session on this terminal |
//! | `mosh-server` | [`server`]: runs the session's program in a pseudo-terminal |
//!
//! Every rule of the protocol is `mosh-core`'s; here are options, processes, terminals and
//! sockets. The modules stand in the order in which a session meets them.

mod clock;
mod error;
mod flags;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod locale;
mod net;
mod ports;
mod pty;
mod shell;
mod terminfo;
mod tty;
mod utmp;
mod verbose;

#[allow(unsafe_code)]
mod sys;

pub mod client;
pub mod server;
pub mod wrapper;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};

pub use error::{Error, Status};

/// The programs that the executable can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `mosh`, also under any name that is not one of the others.
    Wrapper,
    /// `mosh-client`
    Client,
    /// `mosh-server`
    Server,
}

impl Program {
    /// Returns the program that goes by the file name of `path`.
    #[must_use]
    pub fn from_path(path: &OsStr) -> Self {
        match Path::new(path).file_name().and_then(OsStr::to_str) {
            Some("mosh-client") => Self::Client,
            Some("mosh-server") => Self::Server,
            _ => Self::Wrapper,
        }
    }

    /// The name by which the program is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wrapper => "mosh",
            Self::Client => "mosh-client",
            Self::Server => "mosh-server",
        }
    }

    /// Returns a command that runs this same executable as `self`.
    ///
    /// # Errors
    ///
    /// The system's, when the executable cannot be found any more.
    pub fn command(self) -> io::Result<Command> {
        use std::os::unix::process::CommandExt as _;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg0(self.name());
        Ok(command)
    }
}

/// What `--version` prints of `program`.
fn version_text(program: Program) -> String {
    format!(
        "{} {}, works with mosh 1.4\nLicence: MIT or Apache-2.0, as you like. There is no \
         warranty.\n",
        program.name(),
        env!("CARGO_PKG_VERSION"),
    )
}

/// Runs the program that `args[0]` names and returns its exit status.
#[must_use]
pub fn run(mut args: Vec<OsString>) -> ExitCode {
    let called = if args.is_empty() { OsString::new() } else { args.remove(0) };
    let program = Program::from_path(&called);
    sys::os::set_process_name(OsStr::new(program.name()));
    let result = match program {
        Program::Wrapper => wrapper::run(args),
        Program::Client => client::run(args),
        Program::Server => server::run(args),
    };
    match result {
        Ok(status) => status.into(),
        Err(error) => {
            error::report(program, &error);
            error.status().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_name_decides() {
        for (path, program) in [
            ("mosh", Program::Wrapper),
            ("/usr/bin/mosh-client", Program::Client),
            ("./mosh-server", Program::Server),
            ("mosh-server/mosh", Program::Wrapper),
            ("mosh-0.1", Program::Wrapper),
            ("", Program::Wrapper),
        ] {
            assert_eq!(Program::from_path(OsStr::new(path)), program, "{path}");
        }
    }
}
