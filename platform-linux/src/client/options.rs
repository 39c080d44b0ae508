//! The command line of `mosh-client` and what its environment says.

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};

use mosh_core::crypto::SessionKey;
use mosh_core::predict::Display;
use zeroize::Zeroize as _;

use crate::error::{Context as _, Error};
use crate::flags::{self, Flag, Setting, Takes};
use crate::ports::parse_port;
use crate::wrapper::hint::Hint;

/// The options, from which both parser and help are made.
const FLAGS: &[Flag] = &[
    Flag {
        names: &["c"],
        takes: Takes::Nothing,
        help: &[("-c", "print the number of colours of this terminal")],
    },
    Flag {
        names: &["#"],
        takes: Takes::Value,
        help: &[("-# TEXT", "shows up in lists of processes; mosh puts its command line there")],
    },
    Flag {
        names: &["v"],
        takes: Takes::Nothing,
        help: &[("-v", "report states sent and received on standard error")],
    },
    Flag {
        names: &["help"],
        takes: Takes::Nothing,
        help: &[("--help", "show this text"), ("--version", "show the version")],
    },
];

/// A command line of `mosh-client` that asks for a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Numeric address of the server, not checked yet.
    pub(crate) address: String,
    /// The server's UDP port, not checked yet.
    pub(crate) port: String,
    /// The name behind the address, if the wrapper told it.
    pub(crate) hint: Option<Hint>,
    pub(crate) verbose: bool,
}

/// What a command line of `mosh-client` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Help,
    Version,
    /// Print the number of colours.
    Colours,
    Session(Options),
}

/// Reads a command line.
///
/// # Errors
///
/// With the usage.
pub(crate) fn parse(args: Vec<OsString>) -> Result<Request, Error> {
    if args.iter().any(|arg| arg == "--help") {
        return Ok(Request::Help);
    }
    if args.iter().any(|arg| arg == "--version") {
        return Ok(Request::Version);
    }
    let mut wrong = None;
    let parsed = flags::parse_short(FLAGS, args, |error| wrong = Some(error));
    if let Some(error) = wrong {
        return Err(usage(&error.to_string()));
    }
    let (mut hint, mut verbose) = (None, false);
    for (name, setting) in &parsed.options {
        match (*name, setting) {
            ("c", _) => return Ok(Request::Colours),
            ("#", Setting::Value(value)) => hint = Hint::find(value),
            ("v", _) => verbose = true,
            _ => {}
        }
    }
    let words = [parsed.words, parsed.rest].concat();
    let [address, port] = &words[..] else {
        return Err(usage("an address and a port are needed"));
    };
    let text = |word: &OsString| word.to_string_lossy().into_owned();
    Ok(Request::Session(Options { address: text(address), port: text(port), hint, verbose }))
}

fn usage(message: &str) -> Error {
    Error::new(format!("{message}\n{}{USAGE}", crate::version_text(crate::Program::Client)))
}

const USAGE: &str = "Usage: mosh-client [-# TEXT] [-v] ADDRESS PORT\n       mosh-client -c";

/// The text of `--help`.
pub(crate) fn help() -> String {
    format!(
        "{USAGE}\n\nShows the session of the mosh-server at a numeric address and UDP port, with \
         the key in\nthe variable MOSH_KEY. `mosh` starts it; people seldom do.\n\nOptions:\n{}\n\
         Environment: MOSH_PREDICTION_DISPLAY is adaptive, always, never or experimental; \
         MOSH_PREDICTION_OVERWRITE\nis yes where predicted text replaces what is there. \
         MOSH_ESCAPE_KEY is the key before commands (default:\nCtrl-^; empty: none). \
         MOSH_TITLE_NOPREFIX keeps window titles as they are, MOSH_NO_TERM_INIT the\nterminal's \
         normal screen.\n\nExit status: 0 after an orderly \
         end of the session, otherwise 1.\n",
        flags::help(FLAGS)
    )
}

/// Reads the port.
pub(crate) fn port(text: &str) -> Result<u16, Error> {
    parse_port(text)
        .context(format_args!("bad port {text}"))
        .map_err(|error| Error::new(format!("{error}\n{USAGE}")))
}

/// Reads the server's address. Names are `mosh`'s business.
pub(crate) fn address(text: &str, port: u16) -> Result<SocketAddr, Error> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(SocketAddr::new(address, port));
    }
    // An address with a scope (fe80::1%eth0) takes the system to read. A name has no colon.
    let scoped = if text.contains(':') { (text, port).to_socket_addrs().ok() } else { None };
    scoped.and_then(|mut found| found.next()).ok_or_else(|| {
        Error::new(format!("{text} is no numeric address; run `mosh {text}` to use a name"))
    })
}

/// Reads the key that was taken from the environment.
pub(crate) fn key(text: Option<Vec<u8>>) -> Result<SessionKey, Error> {
    let Some(mut text) = text else {
        return Err(Error::new(
            "MOSH_KEY is not set; it is the last word of what mosh-server printed",
        ));
    };
    let key = SessionKey::parse(&text).context("MOSH_KEY is no session key");
    text.zeroize();
    key
}

/// Reads `MOSH_PREDICTION_DISPLAY`.
pub(crate) fn display(value: Option<OsString>) -> Result<Display, Error> {
    let Some(value) = value else { return Ok(Display::default()) };
    let word = value.to_string_lossy();
    word.parse().context(format_args!("MOSH_PREDICTION_DISPLAY={word}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(args: &[&str]) -> Result<Request, Error> {
        parse(args.iter().map(OsString::from).collect())
    }

    #[test]
    fn the_arguments_of_wrappers_are_understood() {
        let session = |hint, verbose| {
            let (address, port) = ("::1".into(), "60001".into());
            Ok(Request::Session(Options { address, port, hint, verbose }))
        };
        let hint = Hint::new(crate::wrapper::options::Family::All, "example.org");
        assert_eq!(request(&["::1", "60001"]), session(None, false));
        assert_eq!(request(&["-# me@host |", "::1", "60001"]), session(None, false));
        assert_eq!(
            request(&["-# -c x | all example.org", "-vv", "::1", "60001"]),
            session(hint, true)
        );
        assert_eq!(request(&["-#", "x", "::1", "--", "60001"]), session(None, false));
    }

    #[test]
    fn other_requests_are_understood() {
        assert_eq!(request(&["-c"]), Ok(Request::Colours));
        assert_eq!(request(&["x", "--help"]), Ok(Request::Help));
        assert_eq!(request(&["--version", "-z"]), Ok(Request::Version));
        for args in [&[][..], &["::1"], &["::1", "1", "2"], &["-z", "::1", "1"], &["-#"]] {
            assert!(request(args).is_err(), "{args:?}");
        }
    }

    #[test]
    fn addresses_are_numeric() {
        assert_eq!(address("127.0.0.1", 5).unwrap().to_string(), "127.0.0.1:5");
        assert_eq!(address("::1", 5).unwrap().to_string(), "[::1]:5");
        assert!(address("localhost", 5).is_err());
        assert!(port("60001").is_ok() && port("x").is_err() && port("").is_err());
    }

    #[test]
    fn keys_and_modes_are_checked() {
        assert!(key(None).is_err());
        assert!(key(Some(b"short".to_vec())).is_err());
        assert!(key(Some(b"AAECAwQFBgcICQoLDA0ODw".to_vec())).is_ok());
        assert_eq!(display(None), Ok(Display::Adaptive));
        assert_eq!(display(Some("never".into())), Ok(Display::Never));
        assert!(display(Some("".into())).is_err());
    }
}
