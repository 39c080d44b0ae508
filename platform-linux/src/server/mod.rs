//! `mosh-server`: runs a program in a pseudo-terminal for a client that may come and go.
//!
//! In go a command line and the environment of an ssh login; out come one line that says where the
//! session is, and a process of its own that lives as long as the session. What is said to the
//! client, and when, is decided in the core.
//!
//! In reading order: `options` (the command line), `session` (the program and its
//! surroundings), `greeting` (what its user sees first), `event_loop` (the rest of the time).

mod event_loop;
mod greeting;
pub(crate) mod options;
mod session;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::time::Duration;

use mosh_core::crypto::{KeyText, SessionKey};
use mosh_core::screen::Size;
use mosh_core::server::{Server, ServerConfig, ServerStorage};
use mosh_core::transport::Timing;
use mosh_core::wire::mosh::Offer;
use rustix::fs::{Mode, OFlags};
use rustix::process::{Resource, Rlimit, Signal};
use rustix::stdio::{stderr, stdin, stdout};
use rustix::termios;
use zeroize::Zeroize as _;

use options::{Bind, Options, Request};
use session::Plan;

use crate::clock::now;
use crate::error::{Context as _, Error, Status};
use crate::net::ServerPort;
use crate::pty::Pty;
use crate::sys::account::account;
use crate::sys::os::NO_CORE;
use crate::sys::process::{Fork, fork, wipe_stack};
use crate::sys::signals;
use crate::{Program, error, locale, sys, tty, verbose};

/// Runs `mosh-server` with the words after its name.
///
/// Returns in two processes: at once in the one that was called, and at the end of the session in
/// the one that serves it.
///
/// # Errors
///
/// With a message for the user, before the session was announced.
pub fn run(args: Vec<OsString>) -> Result<Status, Error> {
    // A pipe of ssh's among them would keep the login open for as long as the session lasts.
    sys::os::close_inherited();
    let core_limit = disable_core_dumps();
    match options::parse(args, warn)? {
        Request::Help => error::print(&options::help()).map(|()| Status::Success),
        Request::Version => {
            error::print(&crate::version_text(Program::Server)).map(|()| Status::Success)
        }
        Request::Session(options) => start(options, core_limit),
    }
}

/// Tells of what does not keep the session from starting.
fn warn(message: &str) {
    let _ = writeln!(io::stderr(), "mosh-server: {message}");
}

/// Keeps session keys out of core files. Returns the limit to restore for other programs.
pub(crate) fn disable_core_dumps() -> Option<Rlimit> {
    let limit = rustix::process::getrlimit(Resource::Core);
    let current = limit.maximum.map_or(NO_CORE, |maximum| maximum.min(NO_CORE));
    let none = Rlimit { current: Some(current), maximum: limit.maximum };
    rustix::process::setrlimit(Resource::Core, none).ok().map(|()| limit)
}

fn start(options: Options, core_limit: Option<Rlimit>) -> Result<Status, Error> {
    if options.verbose {
        verbose::enable();
    }
    let variable = |name: &str| std::env::var_os(name);
    let plan = Plan::new(options.command, options.colours, variable, account, core_limit);
    if let Some(warning) = locale::adopt(&options.locale) {
        warn(&warning);
    }
    let limit = |name: &str| {
        options::timeout(variable(name).as_deref()).unwrap_or_else(|()| {
            warn(&format!("{name} is no number of seconds and is ignored"));
            None
        })
    };
    let network_timeout = limit("MOSH_SERVER_NETWORK_TMOUT");
    let signal_timeout = limit("MOSH_SERVER_SIGNAL_TMOUT");
    let size = tty::size();
    let mut port = bind(&options.bind, options.ports)?;
    let pty = Pty::open(size.columns, size.rows).context("cannot open a pseudo-terminal")?;
    let server = announced(size, network_timeout, &port)?;
    // What was there of the key on its way into the server.
    wipe_stack();

    for signal in [Signal::HUP, Signal::PIPE] {
        signals::ignore(signal).context("signals")?;
    }
    if let Fork::Parent(server) = fork().context("cannot start another process")? {
        say_farewell(server);
        return Ok(Status::Success);
    }
    detach(options.verbose).context("cannot detach from the terminal")?;
    event_loop::run(server, &mut port, pty, &plan, signal_timeout)?;
    if options.verbose {
        warn("the session has ended");
    }
    Ok(Status::Success)
}

/// Opens the port to answer from.
fn bind(bind: &Bind, ports: crate::ports::PortRange) -> Result<ServerPort, Error> {
    let wanted = match bind {
        Bind::Any => None,
        Bind::SshConnection => {
            let connection = std::env::var("SSH_CONNECTION").unwrap_or_default();
            let address = options::ssh_address(&connection);
            if address.is_none() {
                warn("SSH_CONNECTION does not say which address ssh reached; answering from any");
            }
            address
        }
        Bind::Address(address) => {
            let parsed = address.parse().ok();
            if parsed.is_none() {
                warn(&format!("{address} is no numeric address; answering from any"));
            }
            parsed
        }
    };
    let (port, missed) = ServerPort::bind(wanted, ports).context(format_args!(
        "no UDP port {ports} is free; end other sessions or give other ports to -p"
    ))?;
    if let (Some(missed), Some(wanted)) = (missed, wanted) {
        warn(&format!("cannot answer from {wanted}: {missed}; answering from any address"));
    }
    Ok(port)
}

/// Makes the server of a session with a fresh key, and prints the line by which the wrapper finds
/// both.
///
/// A function of its own that is not merged with its caller: when it has returned, the key is in the
/// server alone, which stays in its place on the heap, and on a part of the stack that can be wiped.
#[inline(never)]
fn announced(
    size: Size,
    network_timeout: Option<Duration>,
    port: &ServerPort,
) -> Result<Box<Server<'static>>, Error> {
    let mut random = [0; 24];
    getrandom::fill(&mut random).context("cannot get random numbers from the system")?;
    let (key, seed) = random.split_at(16);
    let key = SessionKey::from_bytes(key.try_into().expect("split at its length"));
    let text = key.text();
    let config = ServerConfig {
        key,
        size,
        seed: u64::from_ne_bytes(seed.try_into().expect("8 of 24 bytes are left")),
        v6_socket: port.is_v6(),
        network_timeout,
        timing: Timing::default(),
        offer: Some(Offer::OURS),
    };
    random.zeroize();
    let server = Server::new(config, ServerStorage::heap(), now());
    let server = server.context(format_args!("a screen of {}x{}", size.columns, size.rows))?;
    announce(&text, port)?;
    Ok(Box::new(server))
}

/// Prints the line by which the wrapper finds the session.
fn announce(key: &KeyText, port: &ServerPort) -> Result<(), Error> {
    let number = port.number().context("the UDP socket has no port")?;
    // What the user typed ahead may have been echoed into the line.
    let fresh_line = if termios::isatty(stdin()) { "\r\n\n" } else { "" };
    // Neither here nor in a buffer of standard output may the key stay.
    let mut line = String::with_capacity(64);
    line.push_str(fresh_line);
    line.push_str("MOSH CONNECT ");
    line.push_str(&number.to_string());
    line.push(' ');
    line.push_str(key.as_str());
    line.push('\n');
    let written = tty::write_all(stdout(), line.as_bytes());
    line.zeroize();
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("standard output")
        }
        _ => Ok(()),
    }
}

/// What the process that was called has left to do.
fn say_farewell(server: u32) {
    let version = crate::version_text(Program::Server);
    let text = format!("\n{version}\n[mosh-server detached, pid = {server}]\n");
    let _ = io::stderr().write_all(text.as_bytes());
    // ssh's terminal goes away with this process, and with it what was not sent.
    for terminal in [stdin(), stdout(), stderr()] {
        let _ = termios::tcdrain(terminal);
    }
}

/// Leaves the ssh session and its terminal, so that ssh can end and the server stays.
fn detach(verbose: bool) -> io::Result<()> {
    rustix::process::setsid()?;
    if !verbose {
        let null = rustix::fs::open("/dev/null", OFlags::RDWR, Mode::empty())?;
        rustix::stdio::dup2_stdin(&null)?;
        rustix::stdio::dup2_stdout(&null)?;
        rustix::stdio::dup2_stderr(&null)?;
    }
    Ok(())
}
