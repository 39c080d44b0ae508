//! `mosh`: starts a server on the other machine through ssh and becomes the client.
//!
//! In go the command line and the user's ssh; out comes an `exec` of the client with the server's
//! address, port and key. It speaks no mosh protocol itself.
//!
//! In reading order: `options` (the command line), `resolve` (names to addresses),
//! `bootstrap` (what ssh is to run), `proxy` (how ssh gets there), `answer` (what comes
//! back), `hint` (what the client is told beside its arguments).

pub(crate) mod answer;
pub(crate) mod bootstrap;
pub(crate) mod hint;
pub(crate) mod options;
pub(crate) mod proxy;
pub(crate) mod resolve;

use std::ffi::{OsStr, OsString};
use std::io::{self, BufReader, IsTerminal as _, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitStatus, Stdio};

use answer::Answer;
use hint::Hint;
use options::{Options, RemoteIp, Request};

use crate::error::{Context as _, Error, Status};
use crate::{Program, error, sys, terminfo};

/// ssh's port, for name services that want to know.
const SSH_PORT: u16 = 22;

/// Runs `mosh` with the words after its name.
///
/// Returns after `--help`, `--version` or a failure; otherwise this process becomes the client.
///
/// # Errors
///
/// With a message for the user and the exit status.
pub fn run(args: Vec<OsString>) -> Result<Status, Error> {
    let variable = std::env::var_os("MOSH_PREDICTION_DISPLAY");
    let joined = args.join(OsStr::new(" "));
    match options::parse(args, variable.as_deref())? {
        Request::Help => error::print(&options::help()).map(|()| Status::Success),
        Request::Version => {
            error::print(&crate::version_text(Program::Wrapper)).map(|()| Status::Success)
        }
        Request::Proxy { family, host, port } => proxy::run(family, &host, &port),
        Request::Session(options) => start(&options, &joined),
    }
}

/// Gets a server going and becomes its client.
fn start(options: &Options, args: &OsStr) -> Result<Status, Error> {
    if options.client.is_none() && !io::stdin().is_terminal() {
        return Err(Error::new("standard input is not a terminal; run mosh from one"));
    }
    let colours = colours(options)?;
    // Of use to tests, which learn the client's process id from it.
    let id = OsString::from(std::process::id().to_string());
    sys::process::set_variable(OsStr::new("MOSH_CLIENT_PID"), Some(&id));
    let (user, host) = split_host(&options.host);

    let mut answer = Answer::default();
    let mut name = None;
    let mut ssh_host = options.host.clone();
    if options.local || options.remote_ip == RemoteIp::Local {
        let addresses = resolve::resolve(&host, SSH_PORT, options.family)?;
        let address = resolve::numeric(&addresses[0]);
        ssh_host = user.map_or_else(OsString::new, |mut user| {
            user.push("@");
            user
        });
        ssh_host.push(&address);
        answer.address = Some(address);
        name = Some(host.clone()).filter(|_| !options.local);
    }
    let local_address = answer.address.as_deref().filter(|_| options.local);
    let variables = |name: &str| std::env::var_os(name);
    let arguments = bootstrap::server_arguments(options, local_address, colours, variables);
    let command = if options.local {
        local_command(options, &arguments)?
    } else {
        ssh_command(options, &ssh_host, &arguments)?
    };
    let status = converse(command, options, &mut answer)?;

    let address = server_address(options, &host, &answer, status)?;
    let (port, key) = answer.connect.ok_or_else(|| no_server(options, answer.bad_port_range))?;
    let hint = answer.name.or(name).and_then(|name| Hint::new(options.family, &name));
    let mut client = match &options.client {
        Some(path) => Command::new(path),
        None => Program::Client.command().context("cannot find this program again")?,
    };
    client.arg(client_word(args, hint.as_ref())).arg(address).arg(port.to_string());
    client.env("MOSH_KEY", key).env("MOSH_PREDICTION_DISPLAY", options.predict.to_string());
    if !options.init {
        client.env("MOSH_NO_TERM_INIT", "1");
    }
    if options.overwrite {
        client.env("MOSH_PREDICTION_OVERWRITE", "yes");
    }
    let failure = client.exec();
    Err(failure).context(format_args!(
        "cannot run the client {}; check --client",
        client.get_program().display()
    ))
}

/// Returns the number of colours of this terminal, as the client knows it.
fn colours(options: &Options) -> Result<u32, Error> {
    let Some(client) = &options.client else {
        let description = terminfo::Description::of_this_terminal()?;
        return Ok(description.colours().unwrap_or(0));
    };
    let output = Command::new(client)
        .arg("-c")
        .stdin(Stdio::inherit())
        .stderr(Stdio::inherit())
        .output()
        .context(format_args!("cannot run the client {}; check --client", client.display()))?;
    if !output.status.success() {
        return Err(Error::new(format!(
            "the client {} cannot tell the number of colours ({}); check --client and TERM",
            client.display(),
            output.status
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(0))
}

/// Splits `[user@]host`. The name of a host has no at sign, that of a user may.
fn split_host(text: &OsStr) -> (Option<OsString>, String) {
    let bytes = text.as_bytes();
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match bytes.iter().rposition(|&byte| byte == b'@') {
        Some(at) => (Some(OsString::from_vec(bytes[..at].to_vec())), lossy(&bytes[at + 1..])),
        None => (None, lossy(bytes)),
    }
}

/// The command that runs a server on this machine, in the home directory.
fn local_command(options: &Options, arguments: &[OsString]) -> Result<Command, Error> {
    let mut command = match &options.server {
        Some(server) => {
            let mut shell = Command::new("/bin/sh");
            shell.arg("-c").arg(bootstrap::server_command(server, arguments));
            shell
        }
        None => {
            let mut own = Program::Server.command().context("cannot find this program again")?;
            own.args(arguments);
            own
        }
    };
    command.env_remove("SSH_CONNECTION");
    if let Some(home) = std::env::home_dir().filter(|home| home.is_dir()) {
        command.current_dir(home);
    }
    Ok(command)
}

/// The command that runs a server through ssh.
fn ssh_command(options: &Options, host: &OsStr, arguments: &[OsString]) -> Result<Command, Error> {
    let executable = std::env::current_exe().context("cannot find this program again")?;
    let server = options.server.as_deref().unwrap_or(OsStr::new(Program::Server.name()));
    let server_command = bootstrap::server_command(server, arguments);
    let mut command = Command::new(&options.ssh[0]);
    command.args(&options.ssh[1..]);
    command.args(bootstrap::ssh_arguments(options, host, &executable, &server_command));
    if options.remote_ip == RemoteIp::Proxy {
        // ssh runs the proxy command by the user's shell, which may not know POSIX syntax.
        command.env("SHELL", "/bin/sh");
    }
    Ok(command)
}

/// Runs the command, reads what it says up to the server's answer, and waits for its end.
fn converse(
    mut command: Command,
    options: &Options,
    answer: &mut Answer,
) -> Result<ExitStatus, Error> {
    let program = command.get_program().to_owned();
    let (read, write) = io::pipe().context("cannot make a pipe")?;
    let errors = write.try_clone().context("cannot make a pipe")?;
    command.env_remove("MOSH_PREDICTION_DISPLAY").stdin(Stdio::inherit());
    let spawned = command.stdout(write).stderr(errors).spawn();
    let way_out = if options.local { "--server" } else { "--ssh" };
    let mut child = spawned.context(format_args!(
        "cannot run {}; is it installed? See {way_out}",
        program.display()
    ))?;
    // It holds the write ends, which would keep the pipe open for ever.
    drop(command);
    let result = answer.read(BufReader::new(read), io::stdout());
    let status = child.wait().context("waiting for the server to start")?;
    result.map(|()| status)
}

/// Returns the address of the server, or says why there is none.
fn server_address(
    options: &Options,
    host: &str,
    answer: &Answer,
    status: ExitStatus,
) -> Result<String, Error> {
    if let Some(address) = &answer.address {
        return Ok(address.clone());
    }
    if let Some(address) = &answer.connection_address {
        // A warning only: with address translation between, UDP may not get there.
        let _ = writeln!(
            io::stderr(),
            "mosh: using {address}, the address by which {host} knows itself"
        );
        return Ok(address.clone());
    }
    let ended = if status.success() { String::new() } else { format!(" (ssh: {status})") };
    let advice = match options.remote_ip {
        RemoteIp::Remote => "did the login succeed?",
        _ => {
            "did the login succeed? If a ProxyCommand, a ProxyJump or a shared connection of ssh \
             is in the way, try --experimental-remote-ip=remote or =local"
        }
    };
    Err(Error::new(format!("cannot find the address of {host}{ended}: {advice}"))
        .with_status(Status::NoAddress))
}

/// The error when a host was reached and no server answered.
fn no_server(options: &Options, bad_port_range: bool) -> Error {
    let host = options.host.display();
    let server = options.server.as_deref().unwrap_or(OsStr::new("mosh-server")).display();
    let message = if options.ports.is_some() && bad_port_range {
        format!("the server on {host} does not know ranges of ports; give a single one to -p")
    } else {
        format!(
            "no server started on {host}: is mosh installed there, and {server} in the PATH of \
             non-interactive logins? --server=PATH says where it is"
        )
    };
    Error::new(message).with_status(Status::NoServer)
}

/// The first word for the client. It shows the command line in lists of processes; clients of
/// mosh 1.4 ignore it, ours finds the hint in it.
pub(crate) fn client_word(args: &OsStr, hint: Option<&Hint>) -> OsString {
    let mut word = OsString::from("-# ");
    word.push(args);
    word.push(" |");
    if let Some(hint) = hint {
        word.push(format!(" {hint}"));
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_split_at_the_last_at_sign() {
        for (text, user, host) in [
            ("host", None, "host"),
            ("me@host", Some("me"), "host"),
            ("me@example.com@host", Some("me@example.com"), "host"),
            ("::1", None, "::1"),
        ] {
            let expected = (user.map(OsString::from), host.to_owned());
            assert_eq!(split_host(OsStr::new(text)), expected, "{text}");
        }
    }

    #[test]
    fn the_word_for_the_client_ends_in_the_hint() {
        let args = OsStr::new("-a me@host");
        assert_eq!(client_word(args, None), "-# -a me@host |");
        let hint = Hint::new(options::Family::All, "host.example");
        let word = client_word(args, hint.as_ref());
        assert_eq!(word, "-# -a me@host | all host.example");
        let value = word.as_bytes().strip_prefix(b"-#").unwrap();
        assert_eq!(Hint::find(OsStr::from_bytes(value)), hint);
    }
}
