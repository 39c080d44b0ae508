//! The error that ends a program, and the exit statuses.

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::Program;

/// How a program ended.
///
/// `mosh` becomes the client when all went well, so its status is then the client's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// 0: the session ended in an orderly way, or the help asked for was printed.
    Success = 0,
    /// 1: the session could not start, or ended without the other side's agreement.
    Failure = 1,
    /// 2: `mosh` was called in a way that it does not understand.
    Usage = 2,
    /// 3: the address of the other machine could not be found; ssh failed, say.
    NoAddress = 3,
    /// 4: the other machine was reached, but no server started there.
    NoServer = 4,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// Why a program ends early: a status and a message on which its user can act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    status: Status,
    message: String,
}

impl Error {
    /// An error of status [`Status::Failure`].
    pub fn new(message: impl Into<String>) -> Self {
        Self { status: Status::Failure, message: message.into() }
    }

    /// Gives the error another status.
    #[must_use]
    pub const fn with_status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// The status with which the program exits.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Says what was being done when something failed.
pub(crate) trait Context<T> {
    /// Turns the error into "`doing`: reason".
    fn context(self, doing: impl fmt::Display) -> Result<T, Error>;
}

impl<T, E: fmt::Display> Context<T> for Result<T, E> {
    fn context(self, doing: impl fmt::Display) -> Result<T, Error> {
        self.map_err(|reason| Error::new(format!("{doing}: {reason}")))
    }
}

/// Prints `error` on standard error. Nothing can be done about a closed one.
pub(crate) fn report(program: Program, error: &Error) {
    let _ = writeln!(io::stderr(), "{}: {error}", program.name());
}

/// Prints `text` on standard output.
///
/// A reader that has gone away (`mosh --help | head -1`) is not an error.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut output = io::stdout();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("standard output")
        }
        _ => Ok(()),
    }
}
