//! Client and server of a session over a link, of whatever kind.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::line::{Link, SERVER};
use crate::Outcome;
use crate::matrix::Context;
use crate::programs::{Family, Pair};
use crate::pty::Pty;
use crate::session::{Server, environment};
use crate::sshd::Sshd;
use crate::terminal::Size;

/// What carries a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// A client and a server of mosh's kind, without predictions.
    Mosh(Pair),
    /// ssh and sshd.
    Ssh,
}

impl Ends {
    /// All kinds, our own first.
    pub const ALL: [Self; 5] = [
        Self::Mosh(Pair::ALL[0]),
        Self::Mosh(Pair::ALL[1]),
        Self::Mosh(Pair::ALL[2]),
        Self::Mosh(Pair::ALL[3]),
        Self::Ssh,
    ];

    /// The kind that [`Display`](fmt::Display) writes so.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ends| ends.to_string() == name)
    }

    /// The pair for a [`Context`]; ssh needs none, so it has that of which no part is ours.
    #[must_use]
    pub fn pair(self) -> Pair {
        match self {
            Self::Mosh(pair) => pair,
            Self::Ssh => Pair { client: Family::Stock, server: Family::Stock },
        }
    }
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mosh(pair) => pair.fmt(f),
            Self::Ssh => f.write_str("ssh"),
        }
    }
}

/// A client in a terminal of its own.
#[derive(Debug)]
pub struct Client {
    /// The terminal.
    pub pty: Pty,
    /// Ends with the session. A server of mosh has no parent.
    _sshd: Option<Sshd>,
}

/// Starts a session of `program` over the link.
///
/// # Errors
///
/// If either end does not start.
pub fn start(
    cx: &Context<'_>,
    link: &Link,
    ends: Ends,
    size: Size,
    program: &[String],
) -> Outcome<Client> {
    let inside = link.server.enter()?;
    let (command, sshd) = match ends {
        Ends::Mosh(pair) => (mosh(cx, pair, program)?, None),
        Ends::Ssh => {
            let sshd = Sshd::start_at(cx, &[SERVER], &environment(cx.home()))?;
            (ssh(cx, &sshd, program), Some(sshd))
        }
    };
    drop(inside);
    let _inside = link.client.enter()?;
    let pty = Pty::start(command, size).map_err(|error| format!("no client: {error}"))?;
    Ok(Client { pty, _sshd: sshd })
}

/// Starts a server and returns the command of its client.
fn mosh(cx: &Context<'_>, pair: Pair, program: &[String]) -> Outcome<Command> {
    let mut server = command(cx, &cx.programs(pair.server).server);
    server.args(["new", "-i", SERVER, "-p", "60001", "-c", "256", "--"]).args(program);
    let output = server.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("cannot start the server: {error}"))?;
    let server = Server::parse(&output)?;
    let mut client = command(cx, &cx.programs(pair.client).client);
    client.env("MOSH_KEY", server.key).env("MOSH_PREDICTION_DISPLAY", "never");
    client.args([SERVER, &server.port.to_string()]);
    Ok(client)
}

fn ssh(cx: &Context<'_>, sshd: &Sshd, program: &[String]) -> Command {
    let mut client = command(cx, Path::new("ssh"));
    client.arg("-F").arg(sshd.client_configuration());
    // Neither end is to give up while a link is away.
    client.args(["-tt", "-o", "TCPKeepAlive=no", SERVER]);
    client.arg(format!("exec {}", program.join(" ")));
    client
}

fn command(cx: &Context<'_>, program: &Path) -> Command {
    let mut command = Command::new(program);
    cx.marker.mark(command.env_clear().envs(environment(cx.home())));
    command.env("TERM", "xterm-256color");
    command
}
