//! The command line of `mosh`.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;

use mosh_core::predict::Display;

use crate::error::{Error, Status};
use crate::flags::{self, Flag, Setting, Takes};
use crate::ports::PortRange;
use crate::shell;

/// The options, from which both parser and help are made.
const FLAGS: &[Flag] = &[
    Flag {
        names: &["client"],
        takes: Takes::Value,
        help: &[("--client=PATH", "client to run here (default: this program's own)")],
    },
    Flag {
        names: &["server"],
        takes: Takes::Value,
        help: &[(
            "--server=COMMAND",
            "command that runs the server there (default: mosh-server; with --local, this \
             program's own)",
        )],
    },
    Flag {
        names: &["ssh"],
        takes: Takes::Value,
        help: &[("--ssh=COMMAND", "how to run ssh, e.g. \"ssh -p 2222\" (default: ssh)")],
    },
    Flag {
        names: &["ssh-pty"],
        takes: Takes::NothingOrNo,
        help: &[("--no-ssh-pty", "do not ask ssh for a terminal on the other side")],
    },
    Flag {
        names: &["predict"],
        takes: Takes::Value,
        help: &[
            ("--predict=adaptive", "show typing at once on slow links (default);"),
            ("--predict=always", "on fast links as well"),
            ("--predict=never", "never"),
            ("--predict=experimental", "always, and sooner, even if wrong at times"),
        ],
    },
    Flag { names: &["a"], takes: Takes::Nothing, help: &[("-a", "same as --predict=always")] },
    Flag { names: &["n"], takes: Takes::Nothing, help: &[("-n", "same as --predict=never")] },
    Flag {
        names: &["predict-overwrite", "o"],
        takes: Takes::NothingOrNo,
        help: &[("-o, --predict-overwrite", "predicted text overwrites instead of inserting")],
    },
    Flag {
        names: &["family"],
        takes: Takes::Value,
        help: &[
            ("--family=prefer-inet", "use IPv4 and IPv6, but try IPv4 first (default)"),
            ("--family=prefer-inet6", "use both, but try IPv6 first"),
            ("--family=inet|inet6", "use IPv4 or IPv6 only"),
            ("--family=all", "use both, in the resolver's order"),
            ("--family=auto", "use whichever it is, for hosts that have only one"),
        ],
    },
    Flag { names: &["4"], takes: Takes::Nothing, help: &[("-4", "same as --family=inet")] },
    Flag { names: &["6"], takes: Takes::Nothing, help: &[("-6", "same as --family=inet6")] },
    Flag {
        names: &["port", "p"],
        takes: Takes::Value,
        help: &[(
            "-p, --port=PORT[:PORT2]",
            "UDP port or ports that the server may use (default: 60001:60999); for ssh's port \
             see --ssh",
        )],
    },
    Flag {
        names: &["bind-server"],
        takes: Takes::Value,
        help: &[(
            "--bind-server=ssh|any|IP",
            "address the server answers from: the one ssh reached (default), any, this one",
        )],
    },
    Flag {
        names: &["init"],
        takes: Takes::NothingOrNo,
        help: &[("--no-init", "do not switch the terminal to its alternate screen")],
    },
    Flag {
        names: &["local"],
        takes: Takes::Nothing,
        help: &[("--local", "run the server on this machine, without ssh; HOST is its address")],
    },
    Flag {
        names: &["experimental-remote-ip"],
        takes: Takes::Value,
        help: &[(
            "--experimental-remote-ip=proxy|local|remote",
            "who finds the address: a proxy in ssh's connection (default), this program, the \
             other machine",
        )],
    },
    Flag { names: &["help"], takes: Takes::Nothing, help: &[("--help", "show this text")] },
    Flag { names: &["version"], takes: Takes::Nothing, help: &[("--version", "show the version")] },
    // Run by ssh as its ProxyCommand; of no use to people.
    Flag { names: &["fake-proxy"], takes: Takes::NothingOrNo, help: &[] },
];

/// Which addresses of a host to use, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Inet,
    Inet6,
    PreferInet,
    PreferInet6,
    All,
    Auto,
}

/// From which address the server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BindServer {
    /// The one that ssh reached.
    Ssh,
    Any,
    Address(OsString),
}

/// Who finds the address of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RemoteIp {
    /// This program as ssh's ProxyCommand: knows what ssh_config says.
    Proxy,
    /// The resolver of this machine.
    Local,
    /// The other machine, which sees from where ssh came.
    Remote,
}

/// A command line of `mosh` that asks for a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) client: Option<OsString>,
    pub(crate) server: Option<OsString>,
    pub(crate) ssh: Vec<OsString>,
    pub(crate) ssh_pty: bool,
    pub(crate) predict: Display,
    pub(crate) overwrite: bool,
    pub(crate) family: Family,
    pub(crate) ports: Option<PortRange>,
    pub(crate) bind: BindServer,
    pub(crate) init: bool,
    pub(crate) local: bool,
    pub(crate) remote_ip: RemoteIp,
    /// `[user@]host`
    pub(crate) host: OsString,
    /// What to run there, empty for a login shell.
    pub(crate) command: Vec<OsString>,
}

/// What a command line of `mosh` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Help,
    Version,
    /// Connect standard input and output to a port, as ssh's ProxyCommand.
    Proxy {
        family: Family,
        host: String,
        port: String,
    },
    Session(Box<Options>),
}

impl Family {
    fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "inet" => Self::Inet,
            "inet6" => Self::Inet6,
            "prefer-inet" => Self::PreferInet,
            "prefer-inet6" => Self::PreferInet6,
            "all" => Self::All,
            "auto" => Self::Auto,
            _ => return None,
        })
    }
}

/// As on the command line.
impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inet => "inet",
            Self::Inet6 => "inet6",
            Self::PreferInet => "prefer-inet",
            Self::PreferInet6 => "prefer-inet6",
            Self::All => "all",
            Self::Auto => "auto",
        })
    }
}

impl std::str::FromStr for Family {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::parse(word).ok_or(())
    }
}

/// Reads a command line. `predict_variable` is the value of `MOSH_PREDICTION_DISPLAY`, which
/// counts when no option says otherwise.
///
/// # Errors
///
/// Of status [`Status::Usage`], with the value that is wrong.
pub(crate) fn parse(
    args: impl IntoIterator<Item = OsString>,
    predict_variable: Option<&OsStr>,
) -> Result<Request, Error> {
    let parsed = flags::parse_long(FLAGS, args).map_err(|error| usage(&error.to_string()))?;
    let given = |name: &str| parsed.options.iter().any(|(option, _)| *option == name);
    if given("help") {
        return Ok(Request::Help);
    }
    if given("version") {
        return Ok(Request::Version);
    }
    let mut options = Options {
        client: None,
        server: None,
        ssh: vec!["ssh".into()],
        ssh_pty: true,
        predict: Display::Adaptive,
        overwrite: false,
        family: Family::PreferInet,
        ports: None,
        bind: BindServer::Ssh,
        init: true,
        local: false,
        remote_ip: RemoteIp::Proxy,
        host: OsString::new(),
        command: Vec::new(),
    };
    if !["predict", "a", "n"].into_iter().any(given)
        && let Some(value) = predict_variable
    {
        options.predict = parse_display(value).ok_or_else(|| bad_predict(value, true))?;
    }
    for (name, setting) in &parsed.options {
        options.apply(name, setting.clone())?;
    }
    let mut words = parsed.words.into_iter();
    let host = words.next().ok_or_else(|| usage("the host to connect to is missing"))?;
    if given("fake-proxy") {
        let port = words.next().ok_or_else(|| usage("the proxy needs a host and a port"))?;
        let text = |word: OsString| word.to_string_lossy().into_owned();
        return Ok(Request::Proxy { family: options.family, host: text(host), port: text(port) });
    }
    // ssh would take such a host for an option.
    if host.as_bytes().starts_with(b"-") {
        return Err(usage(&format!("{} is no name of a host", host.display())));
    }
    options.host = host;
    options.command = words.collect();
    Ok(Request::Session(Box::new(options)))
}

impl Options {
    /// Enters one option. The last of several counts.
    fn apply(&mut self, name: &'static str, setting: Setting) -> Result<(), Error> {
        let on = setting != Setting::Off;
        let value = match setting {
            Setting::Value(value) => value,
            _ => OsString::new(),
        };
        let text = value.to_string_lossy();
        match name {
            "client" => self.client = Some(value),
            "server" => self.server = Some(value),
            "ssh" => {
                self.ssh =
                    shell::split(&value).filter(|words| !words.is_empty()).ok_or_else(|| {
                        usage(&format!("--ssh={text} is no command: close its quotes"))
                    })?;
            }
            "ssh-pty" => self.ssh_pty = on,
            "predict" => {
                self.predict = parse_display(&value).ok_or_else(|| bad_predict(&value, false))?;
            }
            "a" => self.predict = Display::Always,
            "n" => self.predict = Display::Never,
            "predict-overwrite" => self.overwrite = on,
            "family" => {
                self.family = Family::parse(&text)
                    .ok_or_else(|| usage(&format!("--family={text} is no address family")))?;
            }
            "4" => self.family = Family::Inet,
            "6" => self.family = Family::Inet6,
            "port" => {
                let ports = PortRange::parse(&text);
                self.ports =
                    Some(ports.map_err(|error| usage(&format!("--port={text}: {error}")))?);
            }
            "bind-server" => {
                self.bind = match text.to_ascii_lowercase().as_str() {
                    "ssh" => BindServer::Ssh,
                    "any" => BindServer::Any,
                    _ => BindServer::Address(value),
                };
            }
            "init" => self.init = on,
            "local" => self.local = on,
            "experimental-remote-ip" => {
                self.remote_ip = match text.to_ascii_lowercase().as_str() {
                    "proxy" => RemoteIp::Proxy,
                    "local" => RemoteIp::Local,
                    "remote" => RemoteIp::Remote,
                    _ => {
                        return Err(usage(&format!(
                            "--experimental-remote-ip={text} must be proxy, local or remote"
                        )));
                    }
                };
            }
            _ => {}
        }
        Ok(())
    }
}

fn parse_display(value: &OsStr) -> Option<Display> {
    value.to_str()?.parse().ok()
}

fn bad_predict(value: &OsStr, from_variable: bool) -> Error {
    let source = if from_variable { "MOSH_PREDICTION_DISPLAY" } else { "--predict" };
    usage(&format!(
        "{source}={} must be adaptive, always, never or experimental",
        value.to_string_lossy()
    ))
}

/// An error in the command line, followed by the way to the help.
fn usage(message: &str) -> Error {
    Error::new(format!(
        "{message}\nUsage: mosh [options] [--] [user@]host [command...]\n`mosh --help` lists the \
         options."
    ))
    .with_status(Status::Usage)
}

/// The text of `--help`.
pub(crate) fn help() -> String {
    format!(
        "Usage: mosh [options] [--] [user@]host [command...]\n\n\
         Logs in on another machine through ssh and keeps the session over UDP, where it survives\n\
         changes of address, sleep and bad links. To leave, end the shell or type Ctrl-^ and a\n\
         period.\n\nOptions:\n{}\n\
         Options are also recognised after the host; write -- before a command that has its own.\n\n\
         Exit status: 0 after an orderly session, 1 if it failed or its end was not confirmed,\n\
         2 if the command line is wrong, 3 if the address of the host cannot be found (ssh failed,\n\
         say), 4 if no server started there.\n",
        flags::help(FLAGS)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(args: &[&str]) -> Options {
        match parse(args.iter().map(OsString::from), None) {
            Ok(Request::Session(options)) => *options,
            other => panic!("{args:?}: {other:?}"),
        }
    }

    #[test]
    fn defaults_are_those_of_mosh() {
        let options = session(&["user@host"]);
        assert_eq!(options.host, "user@host");
        assert_eq!(options.predict, Display::Adaptive);
        assert_eq!(options.family, Family::PreferInet);
        assert_eq!((&options.client, &options.server, options.ports), (&None, &None, None));
        assert!(options.ssh_pty && options.init && !options.local && !options.overwrite);
    }

    #[test]
    fn options_are_entered() {
        let options = session(&[
            "-a",
            "-4",
            "-6",
            "-p",
            "1:2",
            "--bind-server=ANY",
            "--exp=Remote",
            "--no-init",
            "h",
            "--ssh=ssh -p 22",
            "-o",
            "--",
            "ls",
            "-l",
        ]);
        assert_eq!(options.predict, Display::Always);
        assert_eq!(options.family, Family::Inet6);
        assert_eq!(options.ports, Some(PortRange::parse("1:2").unwrap()));
        assert_eq!((options.bind, options.remote_ip), (BindServer::Any, RemoteIp::Remote));
        assert_eq!(options.ssh, ["ssh", "-p", "22"]);
        assert_eq!(options.command, ["ls", "-l"]);
        assert!(!options.init && options.overwrite);
    }

    #[test]
    fn the_prediction_variable_counts_without_an_option() {
        let predict = |args: &[&str], variable: &str| match parse(
            args.iter().map(OsString::from),
            Some(OsStr::new(variable)),
        ) {
            Ok(Request::Session(options)) => Ok(options.predict),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.to_string()),
        };
        assert_eq!(predict(&["h"], "never"), Ok(Display::Never));
        assert_eq!(predict(&["h", "-a"], "nonsense"), Ok(Display::Always));
        assert!(predict(&["h"], "x").unwrap_err().starts_with("MOSH_PREDICTION_DISPLAY=x"));
        assert!(predict(&["h", "--predict=y"], "x").unwrap_err().starts_with("--predict=y"));
    }

    #[test]
    fn what_is_wrong_is_a_usage_error() {
        for args in [
            &[][..],
            &["--nonsense", "h"],
            &["-p", "70000", "h"],
            &["--family=ipx", "h"],
            &["--exp=x", "h"],
            &["--ssh=", "h"],
            &["--ssh=' ", "h"],
            &["--fake-proxy", "h"],
            &["--", "-oProxyCommand=x"],
        ] {
            let error = parse(args.iter().map(OsString::from), None).unwrap_err();
            assert_eq!(error.status(), Status::Usage, "{args:?}");
        }
    }

    #[test]
    fn every_option_is_in_the_help() {
        let help = help();
        for flag in FLAGS.iter().filter(|flag| flag.names[0] != "fake-proxy") {
            assert!(flag.names.iter().any(|name| help.contains(&format!("-{name}"))), "{flag:?}");
        }
    }

    #[test]
    fn the_proxy_gets_host_and_port() {
        let args = ["--family=inet6", "--fake-proxy", "--", "example.org", "22"];
        let expected =
            Request::Proxy { family: Family::Inet6, host: "example.org".into(), port: "22".into() };
        assert_eq!(parse(args.iter().map(OsString::from), None), Ok(expected));
    }
}
