//! The parsers of what users and other machines write, for the fuzz targets: each function feeds
//! one of them and checks what must hold whatever comes. No program has this module.

use std::ffi::{OsStr, OsString};
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::client::options as client;
use crate::server::options as server;
use crate::terminfo::{Description, Surroundings};
use crate::wrapper::answer::Answer;
use crate::wrapper::bootstrap::{server_arguments, server_command, ssh_arguments};
use crate::wrapper::hint::Hint;
use crate::wrapper::options::{self as wrapper, BindServer};
use crate::{locale, shell};

/// A command line of `mosh`, `MOSH_PREDICTION_DISPLAY`, and the locale variables: the server
/// understands what it is started with, and the client finds the name of the host.
///
/// # Panics
///
/// If not.
pub fn mosh(
    args: Vec<OsString>,
    display: Option<&OsStr>,
    variables: impl Fn(&str) -> Option<OsString>,
) {
    let joined = args.join(OsStr::new(" "));
    let Ok(wrapper::Request::Session(options)) = wrapper::parse(args, display) else { return };
    assert!(!options.host.as_bytes().starts_with(b"-"), "ssh would take the host for an option");
    assert!(!options.ssh.is_empty(), "there is something to run");

    let sent = server_arguments(&options, None, 256, &variables);
    let command = server_command(OsStr::new("mosh-server"), &sent);
    let words = shell::split(&command).expect("all quotes are closed");
    assert_eq!(words[1..], sent, "a shell reads what was written");
    let ssh = ssh_arguments(&options, &options.host, Path::new("/usr/bin/mo%sh"), &command);
    assert!(ssh.contains(&options.host));

    let got = server::parse(sent, |complaint| panic!("{complaint}")).expect("sent by ourselves");
    let server::Request::Session(got) = got else { panic!("a session was asked for") };
    assert_eq!(got.command, options.command);
    assert_eq!(got.colours, Some(256));
    if let Some(ports) = options.ports {
        assert_eq!(got.ports, ports);
    }
    match &options.bind {
        BindServer::Ssh => assert_eq!(got.bind, server::Bind::SshConnection),
        BindServer::Any => assert_eq!(got.bind, server::Bind::Any),
        BindServer::Address(address) => {
            assert_eq!(got.bind, server::Bind::Address(address.to_string_lossy().into_owned()));
        }
    }

    let hint = Hint::new(options.family, &options.host.to_string_lossy());
    let word = crate::wrapper::client_word(&joined, hint.as_ref());
    let args = vec![word, "192.0.2.1".into(), "60001".into()];
    let got = client::parse(args).expect("sent by ourselves");
    let client::Request::Session(got) = got else { panic!("a session was asked for") };
    // What is no text cannot be searched for a hint.
    if joined.to_str().is_some() {
        assert_eq!(got.hint, hint);
    }
}

/// A command line of `mosh-client`, `MOSH_KEY` and `MOSH_PREDICTION_DISPLAY`.
///
/// # Panics
///
/// If the port that is taken is not the one that was given.
pub fn mosh_client(args: Vec<OsString>, key: Option<Vec<u8>>, display: Option<OsString>) {
    let printed = key.clone();
    if let Ok(key) = client::key(key) {
        assert_eq!(printed.as_deref(), Some(key.text().as_str().as_bytes()));
    }
    let _ = client::display(display);
    let Ok(client::Request::Session(options)) = client::parse(args) else { return };
    let Ok(port) = client::port(&options.port) else { return };
    assert_eq!(options.port.trim_start_matches('0'), port.to_string().trim_start_matches('0'));
    // Anything else with a colon may ask a name server.
    if options.address.parse::<IpAddr>().is_ok() || !options.address.contains(':') {
        let _ = client::address(&options.address, port);
    }
}

/// A command line of `mosh-server`, `SSH_CONNECTION` and a limit of time.
///
/// # Panics
///
/// Never; what is wrong is an error.
pub fn mosh_server(args: Vec<OsString>, connection: &str, limit: Option<&OsStr>) {
    let _ = server::ssh_address(connection);
    let _ = server::timeout(limit);
    if let Ok(server::Request::Session(options)) = server::parse(args, |_| {}) {
        assert!(options.ports.candidates().count() > 0, "some port is tried");
    }
}

/// What ssh and a server print.
///
/// # Panics
///
/// If what is taken for an answer is none.
pub fn answer(printed: &[u8]) {
    let (mut answer, mut shown) = (Answer::default(), Vec::new());
    let read = answer.read(printed, &mut shown);
    assert!(shown.len() <= printed.len() + 1, "lines are shown once");
    let Ok(()) = read else { return };
    let words = [&answer.address, &answer.name, &answer.connection_address];
    for word in words.into_iter().flatten() {
        assert!(!word.is_empty() && !word.contains(|c: char| c.is_ascii_whitespace()), "{word:?}");
    }
    if let Some((_, key)) = &answer.connect {
        // One that no server makes is refused by the client.
        let _ = client::key(Some(key.clone().into_bytes()));
    }
}

/// The locale variables.
///
/// # Panics
///
/// If a variable without a value decides.
pub fn locale(variables: impl Fn(&str) -> Option<OsString>) {
    if let Some((name, value)) = locale::decisive(&variables) {
        assert!(locale::VARIABLES.contains(&name) && !value.is_empty());
        let _ = locale::stated_charset(&value).map(|charset| locale::is_utf8(&charset));
    }
}

/// A terminal's name and its compiled description.
///
/// # Panics
///
/// If what it writes is longer than what it was made of.
pub fn terminal_description(name: &str, compiled: &[u8]) {
    let found = [Description::parse(name, compiled), Description::find(name, &[])];
    for description in found.into_iter().flatten() {
        let _ = (description.colours(), description.capabilities(&Surroundings::default()));
        let len = description.enter_alternate.len().max(description.exit_alternate.len());
        assert!(len <= compiled.len().max(8));
    }
}
