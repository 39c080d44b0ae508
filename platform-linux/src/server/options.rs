//! The command line of `mosh-server` and what its environment says.

use std::ffi::{OsStr, OsString};
use std::net::IpAddr;
use std::time::Duration;

use crate::error::Error;
use crate::flags::{self, Flag, Setting, Takes};
use crate::ports::PortRange;

/// The options, from which both parser and help are made.
const FLAGS: &[Flag] = &[
    Flag {
        names: &["s"],
        takes: Takes::Nothing,
        help: &[("-s", "answer from the address that ssh reached (SSH_CONNECTION)")],
    },
    Flag {
        names: &["i"],
        takes: Takes::Value,
        help: &[("-i ADDRESS", "answer from this address")],
    },
    Flag {
        names: &["p"],
        takes: Takes::Value,
        help: &[("-p PORT[:PORT2]", "UDP port or ports to use (default: 60001:60999; 0: any)")],
    },
    Flag {
        names: &["c"],
        takes: Takes::Value,
        help: &[("-c COLOURS", "colours of the user's terminal; 256 gives TERM=xterm-256color")],
    },
    Flag {
        names: &["l"],
        takes: Takes::Value,
        help: &[("-l NAME=VALUE", "variable to set if the environment names no UTF-8 locale")],
    },
    Flag {
        names: &["v"],
        takes: Takes::Nothing,
        help: &[("-v", "report on standard error, which stays open")],
    },
    // For hints from newer wrappers: what servers do not know, they ignore.
    Flag { names: &["@"], takes: Takes::Value, help: &[] },
    Flag {
        names: &["help", "h"],
        takes: Takes::Nothing,
        help: &[("-h, --help", "show this text"), ("--version", "show the version")],
    },
];

/// The address to answer from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bind {
    Any,
    /// The one that ssh reached.
    SshConnection,
    Address(String),
}

/// A command line of `mosh-server` that asks for a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) bind: Bind,
    pub(crate) ports: PortRange,
    pub(crate) colours: Option<i64>,
    /// `NAME=VALUE` each.
    pub(crate) locale: Vec<OsString>,
    pub(crate) verbose: bool,
    /// What to run, empty for a login shell.
    pub(crate) command: Vec<OsString>,
}

/// What a command line of `mosh-server` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Help,
    Version,
    Session(Options),
}

/// Reads a command line. What can be ignored is told to `complain`.
///
/// # Errors
///
/// For ports and colours that are none, and in the old syntax for too many words.
pub(crate) fn parse(args: Vec<OsString>, mut complain: impl FnMut(&str)) -> Result<Request, Error> {
    for arg in args.iter().take_while(|arg| *arg != "--") {
        match arg.to_str() {
            Some("-h" | "--help") => return Ok(Request::Help),
            Some("--version") => return Ok(Request::Version),
            _ => {}
        }
    }
    let mut options = Options {
        bind: Bind::Any,
        ports: PortRange::DEFAULT,
        colours: None,
        locale: Vec::new(),
        verbose: false,
        command: Vec::new(),
    };
    if args.first().is_none_or(|first| first != "new") {
        options.apply_old_syntax(&args)?;
        return Ok(Request::Session(options));
    }
    let complain_flag =
        |error: flags::BadFlag| complain(&format!("{error}; going on without it\n{}", usage()));
    let parsed = flags::parse_short(FLAGS, args.into_iter().skip(1), complain_flag);
    for (name, setting) in parsed.options {
        let value = match setting {
            Setting::Value(value) => value,
            _ => OsString::new(),
        };
        match name {
            "s" => options.bind = Bind::SshConnection,
            "i" => options.bind = Bind::Address(value.to_string_lossy().into_owned()),
            "p" => options.ports = parse_ports(&value)?,
            "c" => {
                let number = value.to_str().and_then(|text| text.parse().ok());
                options.colours = Some(number.ok_or_else(|| {
                    wrong(&format!("-c {} is no number of colours", value.display()))
                })?);
            }
            "l" => options.locale.push(value),
            "v" => options.verbose = true,
            _ => {}
        }
    }
    options.command = parsed.rest;
    Ok(Request::Session(options))
}

impl Options {
    /// The syntax before `new`: nothing, an address, or an address and a port.
    fn apply_old_syntax(&mut self, args: &[OsString]) -> Result<(), Error> {
        let (address, port) = match args {
            [] => return Ok(()),
            [address] => (address, None),
            [address, port] => (address, Some(port)),
            _ => return Err(wrong("too many words; is `new` missing?")),
        };
        let address = address.to_string_lossy();
        if address.starts_with('-') {
            return Err(wrong("options come after the word `new`"));
        }
        self.bind = Bind::Address(address.into_owned());
        if let Some(port) = port {
            self.ports = parse_ports(port)?;
        }
        Ok(())
    }
}

fn parse_ports(text: &OsStr) -> Result<PortRange, Error> {
    let text = text.to_string_lossy();
    // The wrapper of mosh looks for these first words.
    PortRange::parse(&text).map_err(|error| wrong(&format!("Bad UDP port range ({text}): {error}")))
}

fn wrong(message: &str) -> Error {
    Error::new(format!("{message}\n{}", usage()))
}

const fn usage() -> &'static str {
    "Usage: mosh-server new [-s] [-v] [-i ADDRESS] [-p PORT[:PORT2]] [-c COLOURS]\n       \
     [-l NAME=VALUE] [-- COMMAND...]"
}

/// The text of `--help`.
pub(crate) fn help() -> String {
    format!(
        "{}\n\nRuns a command (default: a login shell) for a client that gets there by the port \
         and key\nprinted. `mosh` starts it; people seldom do.\n\nOptions:\n{}\nEnvironment: with \
         MOSH_SERVER_NETWORK_TMOUT=SECONDS the server ends when it has not heard\nof its client \
         for so long; with MOSH_SERVER_SIGNAL_TMOUT=SECONDS, on SIGUSR1 in that case only.\n",
        usage(),
        flags::help(FLAGS)
    )
}

/// Returns the address that ssh reached, of the four words in `SSH_CONNECTION`.
pub(crate) fn ssh_address(connection: &str) -> Option<IpAddr> {
    let mut words = connection.split_ascii_whitespace();
    let address = words.nth(2)?;
    // IPv4 over an IPv6 socket of sshd.
    let address = address.strip_prefix("::ffff:").unwrap_or(address);
    // A scope only means something together with the interface, which binding does not need.
    address.split('%').next()?.parse().ok()
}

/// Reads a number of seconds from a variable; `None` stands for "no limit". `Err`: no number.
pub(crate) fn timeout(value: Option<&OsStr>) -> Result<Option<Duration>, ()> {
    let Some(value) = value else { return Ok(None) };
    let seconds: u64 = value.to_str().and_then(|text| text.trim().parse().ok()).ok_or(())?;
    Ok((seconds > 0).then(|| Duration::from_secs(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(args: &[&str]) -> Options {
        match parse(args.iter().map(OsString::from).collect(), |error| panic!("{error}")) {
            Ok(Request::Session(options)) => options,
            other => panic!("{args:?}: {other:?}"),
        }
    }

    #[test]
    fn the_arguments_of_wrappers_are_understood() {
        let options = session(&[
            "new",
            "-c",
            "256",
            "-s",
            "-p",
            "60001:60010",
            "-l",
            "LANG=C",
            "-l",
            "X=y",
            "-@",
            "-s",
            "--",
            "ls",
            "-v",
        ]);
        assert_eq!(options.bind, Bind::SshConnection);
        assert_eq!(options.ports, PortRange::parse("60001:60010").unwrap());
        assert_eq!(options.colours, Some(256));
        assert_eq!(options.locale, ["LANG=C", "X=y"]);
        assert_eq!(options.command, ["ls", "-v"]);
        assert!(!options.verbose);
        // The later of the two counts, and words before the dashes do not.
        let options = session(&["new", "-svi10.0.0.1", "stray", "-c", "-1"]);
        assert_eq!(options.bind, Bind::Address("10.0.0.1".into()));
        assert!(options.verbose && options.command.is_empty());
        assert_eq!(session(&["new", "-i", "::1", "-s"]).bind, Bind::SshConnection);
    }

    #[test]
    fn the_old_syntax_is_understood() {
        assert_eq!(session(&[]).bind, Bind::Any);
        let options = session(&["10.0.0.1", "60005"]);
        assert_eq!(options.bind, Bind::Address("10.0.0.1".into()));
        assert_eq!(options.ports, PortRange::parse("60005").unwrap());
        for args in [&["a", "1", "x"][..], &["-s"], &["10.0.0.1", "x"]] {
            assert!(parse(args.iter().map(OsString::from).collect(), |_| {}).is_err(), "{args:?}");
        }
    }

    #[test]
    fn what_is_unknown_is_only_complained_of() {
        let mut complaints = 0;
        let args = ["new", "-x", "-v", "-p"].map(OsString::from).to_vec();
        let Ok(Request::Session(options)) = parse(args, |_| complaints += 1) else { panic!() };
        assert!(options.verbose);
        assert_eq!(complaints, 2);
    }

    #[test]
    fn bad_ports_are_named_as_the_wrapper_expects() {
        for port in ["x", "70000", "5:4", "0:4"] {
            let args = ["new", "-p", port].map(OsString::from).to_vec();
            let error = parse(args, |_| {}).unwrap_err().to_string();
            assert!(error.starts_with("Bad UDP port range"), "{error}");
        }
        let args = ["new", "-c", "many"].map(OsString::from).to_vec();
        assert!(parse(args, |_| {}).is_err());
    }

    #[test]
    fn help_counts_before_the_command_only() {
        let request = |args: &[&str]| parse(args.iter().map(OsString::from).collect(), |_| {});
        assert_eq!(request(&["new", "-s", "--help"]), Ok(Request::Help));
        assert_eq!(request(&["--version"]), Ok(Request::Version));
        assert!(matches!(request(&["new", "--", "ls", "--help"]), Ok(Request::Session(_))));
    }

    #[test]
    fn the_address_that_ssh_reached_is_the_third_word() {
        for (connection, expected) in [
            ("192.0.2.9 5000 192.0.2.1 22", Some("192.0.2.1")),
            ("::1 5000 ::1 22", Some("::1")),
            ("::ffff:192.0.2.9 5000 ::ffff:192.0.2.1 22", Some("192.0.2.1")),
            ("fe80::9%eth0 5000 fe80::1%eth0 22", Some("fe80::1")),
            ("192.0.2.9 5000", None),
            ("a b c d", None),
            ("", None),
        ] {
            let expected = expected.map(|text| text.parse().unwrap());
            assert_eq!(ssh_address(connection), expected, "{connection}");
        }
    }

    #[test]
    fn limits_are_seconds() {
        for (value, expected) in [
            (None, Ok(None)),
            (Some("0"), Ok(None)),
            (Some("60"), Ok(Some(Duration::from_secs(60)))),
            (Some("-1"), Err(())),
            (Some("1h"), Err(())),
            (Some(""), Err(())),
        ] {
            assert_eq!(timeout(value.map(OsStr::new)), expected, "{value:?}");
        }
    }
}
