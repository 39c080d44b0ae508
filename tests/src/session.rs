//! A session without ssh: a server started directly, and a client in a terminal.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::rc::Rc;
use std::time::Duration;

use rustix::process::Signal;

use crate::matrix::Context;
use crate::processes;
use crate::relay::Relay;
use crate::terminal::{SOON, Size, Start, Terminal};
use crate::{Outcome, poll};

/// What the shell in a session prompts with.
pub const PROMPT: &str = "ready> ";

/// How a session is started.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Size of the client's terminal.
    pub size: Size,
    /// The program in the session; empty for the login shell.
    pub program: Vec<String>,
    /// Added to the environment of the client.
    pub client_environment: Vec<(&'static str, String)>,
    /// A program that the client is an argument of.
    pub client_prefix: Vec<String>,
    /// A shell command that runs the server, which is its arguments.
    pub launcher: Option<&'static str>,
    /// Added to the environment of the server.
    pub server_environment: Vec<(&'static str, String)>,
    /// Whether the datagrams pass through a [`Relay`].
    pub relayed: bool,
    /// Whether what the client writes is kept.
    pub recorded: bool,
}

impl Plan {
    /// A session of a plain shell, 80x24, without a relay.
    pub fn shell() -> Self {
        Self::program(["bash", "--norc", "--noprofile"])
    }

    /// A session of a given program.
    pub fn program<const N: usize>(words: [&str; N]) -> Self {
        Self {
            size: (80, 24),
            program: words.map(str::to_owned).to_vec(),
            client_environment: Vec::new(),
            client_prefix: Vec::new(),
            launcher: None,
            server_environment: Vec::new(),
            relayed: false,
            recorded: false,
        }
    }

    /// A session of a script for the shell.
    pub fn script(script: &str) -> Self {
        Self::program(["sh", "-c", script])
    }

    /// With another size.
    pub fn sized(mut self, size: Size) -> Self {
        self.size = size;
        self
    }

    /// Through a relay.
    pub fn relayed(mut self) -> Self {
        self.relayed = true;
        self
    }

    /// With what the client writes kept, for [`Terminal::output`].
    pub fn recorded(mut self) -> Self {
        self.recorded = true;
        self
    }

    /// With a server that a shell command runs.
    pub fn launched_by(mut self, launcher: &'static str) -> Self {
        self.launcher = Some(launcher);
        self
    }

    /// With a variable in the client's environment.
    pub fn shown_with(mut self, name: &'static str, value: &str) -> Self {
        self.client_environment.push((name, value.to_owned()));
        self
    }

    /// With a variable in the server's environment.
    pub fn serving_with(mut self, name: &'static str, value: &str) -> Self {
        self.server_environment.push((name, value.to_owned()));
        self
    }
}

/// The environment of everything that a check starts.
pub fn environment(home: &Path) -> Vec<(String, String)> {
    let home = home.to_string_lossy();
    [
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        ("HOME", &*home),
        ("SHELL", "/bin/bash"),
        ("LANG", "C.UTF-8"),
        ("PS1", PROMPT),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// A server that waits for its client.
#[derive(Clone, Debug)]
pub struct Server {
    /// The detached process.
    pub pid: u32,
    /// Its UDP port on 127.0.0.1.
    pub port: u16,
    /// The session key in its printed form.
    pub key: String,
    /// All that the server said before it detached.
    pub said: String,
}

impl Server {
    /// Starts a server on 127.0.0.1, on a port of the kernel's choice.
    ///
    /// # Errors
    ///
    /// If it does not detach, or says something unexpected.
    pub fn start(cx: &Context<'_>, plan: &Plan) -> Outcome<Self> {
        let server = &cx.programs(cx.pair.server).server;
        let mut command = match plan.launcher {
            // Where this runs in the background, SIGINT may be ignored, which mosh 1.4's server hands
            // on to its program: then Ctrl-C ends nothing.
            None => {
                let mut command = Command::new("env");
                command.arg("--default-signal").arg(server);
                command
            }
            Some(launcher) => {
                let mut command = Command::new("sh");
                command.args(["-c", launcher, "sh"]).arg(server);
                command
            }
        };
        cx.marker.mark(command.env_clear().envs(environment(cx.home())));
        command.envs(plan.server_environment.iter().map(|(name, value)| (name, value)));
        command.args(["new", "-i", "127.0.0.1", "-p", "0", "-c", "256"]);
        if !plan.program.is_empty() {
            command.arg("--").args(&plan.program);
        }
        let output = command
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("cannot start the server: {error}"))?;
        Self::parse(&output)
    }

    /// Reads what a server has said before it detached.
    pub(crate) fn parse(output: &Output) -> Outcome<Self> {
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        let find = || -> Option<(u32, u16, String)> {
            let connect = said.lines().find_map(|line| line.strip_prefix("MOSH CONNECT "))?;
            let (port, key) = connect.split_once(' ')?;
            let (_, pid) = said.split_once("detached, pid = ")?;
            let pid: String = pid.chars().take_while(char::is_ascii_digit).collect();
            Some((pid.parse().ok()?, port.parse().ok()?, key.trim_end().to_owned()))
        };
        match find() {
            Some((pid, port, key)) => Ok(Self { pid, port, key, said }),
            None => Err(format!("the server ({}) said: {said}", output.status)),
        }
    }

    /// Returns the server's address.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Waits until the server's process has ended.
    ///
    /// # Errors
    ///
    /// If it still runs after `patience`.
    pub fn wait_for_end(&self, patience: Duration) -> Outcome {
        poll::until(patience, || (!processes::is_alive(self.pid)).then_some(()))
            .ok_or_else(|| format!("the server still runs after {patience:?}"))
    }

    /// Answers whether the server's process runs.
    pub fn is_alive(&self) -> bool {
        processes::is_alive(self.pid)
    }

    /// Sends the server a signal.
    pub fn signal(&self, signal: Signal) {
        processes::signal(self.pid, signal);
    }
}

/// A client attached to a server.
#[derive(Debug)]
pub struct Session {
    /// The client's terminal.
    pub terminal: Rc<Terminal>,
    /// The server.
    pub server: Server,
    relay: Option<Relay>,
}

impl Session {
    /// Starts server and client. The session may not be up yet.
    ///
    /// # Errors
    ///
    /// If either does not start.
    pub fn start(cx: &Context<'_>, plan: Plan) -> Outcome<Self> {
        let server = Server::start(cx, &plan)?;
        let relay = if plan.relayed {
            let relay = Relay::start(server.address(), cx.seed);
            Some(relay.map_err(|error| format!("cannot start the relay: {error}"))?)
        } else {
            None
        };
        let address = relay.as_ref().map_or(server.address(), Relay::address);
        let terminal = start_client(cx, &plan, address, &server.key)?;
        Ok(Self { terminal, server, relay })
    }

    /// As [`Session::start`], and waits for the shell's prompt.
    ///
    /// # Errors
    ///
    /// If the prompt does not appear.
    pub fn start_shell(cx: &Context<'_>, plan: Plan) -> Outcome<Self> {
        let session = Self::start(cx, plan)?;
        session.terminal.wait_for(PROMPT.trim_end())?;
        Ok(session)
    }

    /// Returns the relay.
    ///
    /// # Panics
    ///
    /// If the session was planned without one.
    pub fn relay(&self) -> &Relay {
        self.relay.as_ref().expect("planned with a relay")
    }

    /// Returns the process of the client.
    ///
    /// # Errors
    ///
    /// If the terminal has gone.
    pub fn client_process(&self) -> Outcome<u32> {
        self.terminal.process()
    }

    /// Resizes the client's terminal, and sees a shell in the session learn of it.
    ///
    /// # Errors
    ///
    /// If it does not within `patience`.
    pub fn resize(&self, (columns, rows): Size, patience: Duration) -> Outcome {
        self.terminal.resize((columns, rows))?;
        let answer = format!("{rows} {columns}");
        let learnt = || {
            // tmux may tell its program later than it takes what is typed.
            self.terminal.type_line("clear; stty size").ok()?;
            poll::until(Duration::from_secs(2), || {
                self.terminal.screen().is_ok_and(|screen| screen.starts_with(&answer)).then_some(())
            })
        };
        poll::until(patience, learnt)
            .ok_or_else(|| format!("the program did not learn of {columns}x{rows}"))
    }

    /// Types the command that leaves the session, and sees both ends gone.
    ///
    /// # Errors
    ///
    /// If the client does not end cleanly, or the server stays.
    pub fn leave(&self) -> Outcome {
        self.terminal.send_bytes(b"\x1e.")?;
        self.wait_for_clean_end(SOON)
    }

    /// Waits until the client has ended with status 0 and the server is gone.
    ///
    /// # Errors
    ///
    /// If either is not so within `patience`.
    pub fn wait_for_clean_end(&self, patience: Duration) -> Outcome {
        let status = self.terminal.wait_for_exit(patience)?;
        if status != 0 {
            return Err(format!("the client ended with status {status}"));
        }
        self.server.wait_for_end(patience)
    }
}

/// Starts a client in a terminal of its own.
///
/// # Errors
///
/// If tmux refuses.
pub fn start_client(
    cx: &Context<'_>,
    plan: &Plan,
    address: SocketAddr,
    key: &str,
) -> Outcome<Rc<Terminal>> {
    let mut environment = environment(cx.home());
    environment.push(("MOSH_KEY".into(), key.to_owned()));
    let extra = plan.client_environment.iter();
    environment.extend(extra.map(|(name, value)| ((*name).to_owned(), value.clone())));
    let client = cx.programs(cx.pair.client).client.to_string_lossy().into_owned();
    let mut command = plan.client_prefix.clone();
    command.extend([client, address.ip().to_string(), address.port().to_string()]);
    cx.open(Start {
        label: "client",
        size: plan.size,
        environment,
        command,
        recorded: plan.recorded,
    })
}

/// The program of a session whose screen can also be read at the server's end:
/// a tmux of its own, which shows a shell.
#[derive(Debug)]
pub struct Witness {
    terminal: Rc<Terminal>,
}

impl Witness {
    /// Starts the inner terminal and plans a session that shows it.
    ///
    /// # Errors
    ///
    /// If tmux refuses.
    pub fn start(cx: &Context<'_>, size: Size) -> Outcome<(Self, Plan)> {
        let environment = environment(cx.home());
        let command = ["bash", "--norc", "--noprofile"].map(str::to_owned).to_vec();
        let terminal =
            cx.open(Start { label: "server side", size, environment, command, recorded: false })?;
        let plan = Plan::script(&terminal.attach_command()).sized(size);
        Ok((Self { terminal }, plan))
    }

    /// Waits until the client shows what the program at the server's end shows.
    ///
    /// # Errors
    ///
    /// If the screens differ.
    pub fn wait_for_same(&self, client: &Terminal, patience: Duration) -> Outcome {
        client.wait_for_same(&self.terminal, patience)
    }

    /// Returns the screen at the server's end.
    pub fn terminal(&self) -> &Terminal {
        &self.terminal
    }
}

/// Returns the bytes of a printed key: base64 without padding (RFC 4648 §4).
pub(crate) fn raw_key(text: &str) -> Option<[u8; 16]> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = 0u128;
    // 22 characters are 132 bits, the last four of which are zero.
    for character in text.bytes().take(21) {
        let value = ALPHABET.iter().position(|letter| *letter == character)?;
        bits = bits << 6 | value as u128;
    }
    let last =
        ALPHABET.iter().position(|letter| Some(*letter) == text.as_bytes().get(21).copied())?;
    Some((bits << 2 | last as u128 >> 4).to_be_bytes())
}
