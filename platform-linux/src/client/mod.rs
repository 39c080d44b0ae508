//! `mosh-client`: shows a session on this terminal and sends what is typed there.
//!
//! In go the terminal, a server's address and the key; out comes the session's exit status. What
//! is sent and what is drawn is decided in the core.
//!
//! In reading order: `options` (command line and environment), `event_loop` (the session),
//! `resolver` (finding a host that has moved).

mod event_loop;
pub(crate) mod options;
mod resolver;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::net::SocketAddr;

use mosh_core::client::{Client, ClientConfig, ClientStorage};
use mosh_core::input::EscapeKey;
use mosh_core::transport::{CloseReason, Timing};
use mosh_core::wire::mosh::Offer;
use rustix::stdio::{stderr, stdin, stdout};
use rustix::termios;

use event_loop::Terminal;
use options::{Options, Request};

use crate::clock::now;
use crate::error::{Context as _, Error, Status};
use crate::server::disable_core_dumps;
use crate::terminfo::{Description, Surroundings};
use crate::{Program, error, locale, sys, tty, verbose};

/// Runs `mosh-client` with the words after its name.
///
/// # Errors
///
/// With a message for the user, when there is no session to show.
pub fn run(args: Vec<OsString>) -> Result<Status, Error> {
    disable_core_dumps();
    // At once, so that no other program or user sees it for longer than needed.
    let key = sys::process::take_secret(c"MOSH_KEY");
    match options::parse(args)? {
        Request::Help => error::print(&options::help()).map(|()| Status::Success),
        Request::Version => {
            error::print(&crate::version_text(Program::Client)).map(|()| Status::Success)
        }
        Request::Colours => {
            let colours = Description::of_this_terminal()?.colours();
            let number = colours.map_or_else(|| "-1".to_owned(), |colours| colours.to_string());
            error::print(&format!("{number}\n")).map(|()| Status::Success)
        }
        Request::Session(options) => start(&options, key),
    }
}

fn start(options: &Options, key: Option<Vec<u8>>) -> Result<Status, Error> {
    let Prepared { client, address, description, terminal } = prepared(options, key)?;
    // What was there of the key on its way into the client.
    sys::process::wipe_stack();
    let alternate = std::env::var_os("MOSH_NO_TERM_INIT").is_none().then_some(&description);
    let (reason, predictions) =
        event_loop::run(client, address, options.hint.clone(), &terminal, alternate)?;
    // Where it stays to be read: the session's screen is gone.
    log::info!("predictions: {predictions}");
    Ok(farewell(reason, address))
}

/// What a session needs that can be shown.
struct Prepared {
    client: Box<Client<'static>>,
    address: SocketAddr,
    description: Description,
    terminal: Terminal,
}

/// Checks everything that may keep a session from being shown, and makes its client.
///
/// A function of its own that is not merged with its caller: when it has returned, the key is in the
/// client alone, which stays in its place on the heap, and on a part of the stack that can be wiped.
#[inline(never)]
fn prepared(options: &Options, key: Option<Vec<u8>>) -> Result<Prepared, Error> {
    let variable = |name: &str| std::env::var_os(name);
    let port = options::port(&options.port)?;
    let key = options::key(key)?;
    let display = options::display(variable("MOSH_PREDICTION_DISPLAY"))?;
    let description = Description::of_this_terminal()?;
    let surroundings =
        Surroundings { program: variable("TERM_PROGRAM"), color_term: variable("COLORTERM") };
    let terminal = Terminal {
        capabilities: description.capabilities(&surroundings),
        reader: description.reader(&surroundings),
    };
    let address = options::address(&options.address, port)?;
    if !termios::isatty(stdin()) {
        return Err(Error::new("standard input is not a terminal; run mosh from one"));
    }
    if let Some((name, value)) = locale::decisive(variable)
        && let Some(charset) = locale::stated_charset(&value)
        && !locale::is_utf8(&charset)
    {
        let _ = writeln!(
            io::stderr(),
            "mosh-client: {name} says that this terminal uses {charset}; mosh writes UTF-8 to it"
        );
    }
    if options.verbose {
        verbose::enable();
    }
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).context("cannot get random numbers from the system")?;
    let escape = variable("MOSH_ESCAPE_KEY").map(std::os::unix::ffi::OsStringExt::into_vec);
    let size = tty::size();
    let config = ClientConfig {
        key,
        addresses: [address].into_iter().collect(),
        size,
        seed: u64::from_ne_bytes(seed),
        tty: terminal.capabilities,
        display,
        // Mosh takes this one word and no other.
        overwrite: variable("MOSH_PREDICTION_OVERWRITE").is_some_and(|value| value == "yes"),
        escape: EscapeKey::from_setting(escape.as_deref()),
        title_prefix: variable("MOSH_TITLE_NOPREFIX").is_none(),
        timing: Timing::default(),
        offer: Some(Offer::OURS),
    };
    let client = Client::new(config, ClientStorage::heap(), now());
    let client = client.context(format_args!("a screen of {}x{}", size.columns, size.rows))?;
    Ok(Prepared { client: Box::new(client), address, description, terminal })
}

/// Says how the session ended, on the terminal's ordinary screen.
fn farewell(reason: CloseReason, address: SocketAddr) -> Status {
    let explanation = match reason {
        CloseReason::NeverConnected => format!(
            "\nmosh did not make a successful connection to {address}.\nCheck that UDP port {} is \
             not blocked by a firewall between here and there. By\ndefault mosh uses a port \
             between 60000 and 61000; `mosh -p` chooses others.\n",
            address.port()
        ),
        CloseReason::TimedOut => "\nmosh did not shut down cleanly: the server did not answer. It \
                                  may still be running\nthere; log in and look for mosh-server, or \
                                  set MOSH_SERVER_NETWORK_TMOUT.\n"
            .to_owned(),
        CloseReason::KeyExhausted => {
            "\nmosh ended the session: it has lasted so long that its key \
                                      is used up. The server is\nleft to its own timeout; start \
                                      a new session with mosh.\n"
                .to_owned()
        }
        CloseReason::Acknowledged | CloseReason::PeerClosed => String::new(),
    };
    let _ = tty::write_all(stderr(), explanation.as_bytes());
    let _ = tty::write_all(stdout(), b"[mosh is exiting.]\n");
    if explanation.is_empty() { Status::Success } else { Status::Failure }
}
