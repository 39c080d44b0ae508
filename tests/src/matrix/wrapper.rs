//! The wrapper, through a real sshd on the loopback.

use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use super::{Check, Context, Pace, Pairs};
use crate::programs::{Family, Pair};
use crate::session::environment;
use crate::sshd::{Sshd, has_ipv6};
use crate::terminal::{SOON, Start, Terminal};
use crate::{Outcome, poll};

pub(super) const CHECKS: &[Check] = &[
    check("a session through ssh, over IPv4 by every way to find the address", ipv4),
    check("a session through ssh, over IPv6 by every way to find the address", ipv6),
    check("every --bind-server form", bind_server),
    check("-p takes a port and a range", ports),
    check("a remote command gets its arguments unharmed", remote_command),
    check("aliases of ssh's configuration work", aliases),
    check("the login shell starts as one", login_shell),
    check("--local runs without ssh", local),
    check("the wrapper works with the other family's programs", mixed_programs),
    wrapper("an unknown host is reported", unknown_host),
    check("a missing server program is reported", missing_server),
    wrapper("wrong arguments are refused", wrong_arguments),
    wrapper("without a terminal the client says so", no_terminal),
    Check {
        name: "an unreachable UDP port is reported",
        pace: Pace::Long,
        pairs: Pairs::All,
        run: closed_port,
    },
    Check {
        name: "no UTF-8 locale is needed on either side",
        pace: Pace::Short,
        pairs: Pairs::Ours,
        run: no_locale,
    },
    check("a server without a UTF-8 locale takes the client's", locale_from_client),
];

const fn check(name: &'static str, run: fn(&Context<'_>) -> Outcome) -> Check {
    Check { name, pace: Pace::Short, pairs: Pairs::All, run }
}

const fn wrapper(name: &'static str, run: fn(&Context<'_>) -> Outcome) -> Check {
    Check { name, pace: Pace::Short, pairs: Pairs::Clients, run }
}

/// An sshd whose users find the pair's server in their path.
fn sshd(cx: &Context<'_>) -> Outcome<Sshd> {
    Sshd::start(cx, &remote_environment(cx))
}

fn remote_environment(cx: &Context<'_>) -> Vec<(String, String)> {
    let mut environment = environment(cx.home());
    let directory = cx.programs(cx.pair.server).directory().to_string_lossy().into_owned();
    put_in_path(&mut environment, &directory);
    environment
}

/// The wrapper finds its client in the path, as it would once installed.
fn local_environment(cx: &Context<'_>) -> Vec<(String, String)> {
    let mut environment = environment(cx.home());
    let directory = cx.programs(cx.pair.client).directory().to_string_lossy().into_owned();
    put_in_path(&mut environment, &directory);
    environment
}

fn put_in_path(environment: &mut [(String, String)], directory: &str) {
    for (name, value) in environment {
        if name == "PATH" {
            *value = format!("{directory}:{value}");
        }
    }
}

fn mosh_with(
    cx: &Context<'_>,
    environment: Vec<(String, String)>,
    arguments: &[&str],
) -> Outcome<Rc<Terminal>> {
    let mut command = vec![cx.programs(cx.pair.client).mosh.to_string_lossy().into_owned()];
    command.extend(arguments.iter().map(|word| (*word).to_owned()));
    // Tall enough for the whole of the usage text.
    cx.open(Start { label: "mosh", size: (90, 70), environment, command, recorded: false })
}

fn mosh(cx: &Context<'_>, arguments: &[&str]) -> Outcome<Rc<Terminal>> {
    mosh_with(cx, local_environment(cx), arguments)
}

/// Runs a session of `mosh ARGUMENTS -- sh -c SCRIPT` and leaves it.
fn session_of(cx: &Context<'_>, arguments: &[&str]) -> Outcome {
    let mut all = arguments.to_vec();
    all.extend(["--", "sh", "-c", "echo there-$((6*7)); exec sleep 1000"]);
    let terminal = mosh(cx, &all)?;
    terminal.wait_for("there-42").map_err(|failure| format!("{failure} with {arguments:?}"))?;
    leave(cx, &terminal).map_err(|failure| format!("{failure} with {arguments:?}"))
}

/// Quits with the escape key, and sees the server gone.
fn leave(cx: &Context<'_>, terminal: &Terminal) -> Outcome {
    terminal.send_bytes(b"\x1e.")?;
    let status = terminal.wait_for_exit(SOON)?;
    if status != 0 {
        return Err(format!("mosh ended with status {status}"));
    }
    expect_no_server(cx)
}

fn expect_no_server(cx: &Context<'_>) -> Outcome {
    let none = || cx.marker.named("mosh-server").is_empty().then_some(());
    poll::until(SOON, none).ok_or("the server stays".to_owned())
}

/// Expects mosh to fail with a message that contains one of `words`.
fn expect_failure(terminal: &Terminal, patience: Duration, words: &[&str]) -> Outcome {
    let status = terminal.wait_for_exit(patience)?;
    if status == 0 {
        return Err("mosh ended with status 0".into());
    }
    // The terminal may still be busy with what the program wrote last.
    terminal.wait_until(SOON, &format!("one of {words:?}"), |screen| {
        let screen = screen.to_lowercase();
        words.iter().any(|word| screen.contains(word))
    })
}

const MODES: [&str; 3] = ["proxy", "local", "remote"];

fn ipv4(cx: &Context<'_>) -> Outcome {
    let sshd = sshd(cx)?;
    let ssh = format!("--ssh={}", sshd.ssh_command());
    session_of(cx, &[&ssh, "127.0.0.1"])?;
    session_of(cx, &[&ssh, "-4", "localhost"])?;
    session_of(cx, &[&ssh, "--no-ssh-pty", "--family=prefer-inet6", "localhost"])?;
    for mode in MODES {
        let mode = format!("--experimental-remote-ip={mode}");
        session_of(cx, &[&ssh, &mode, "127.0.0.1"])?;
    }
    Ok(())
}

fn ipv6(cx: &Context<'_>) -> Outcome {
    if !has_ipv6() {
        cx.skip("the loopback has no IPv6 address");
        return Ok(());
    }
    let sshd = sshd(cx)?;
    let ssh = format!("--ssh={}", sshd.ssh_command());
    session_of(cx, &[&ssh, "-6", "::1"])?;
    for mode in MODES {
        let mode = format!("--experimental-remote-ip={mode}");
        session_of(cx, &[&ssh, &mode, "--family=inet6", "::1"])?;
    }
    Ok(())
}

fn bind_server(cx: &Context<'_>) -> Outcome {
    let sshd = sshd(cx)?;
    let ssh = format!("--ssh={}", sshd.ssh_command());
    for address in ["ssh", "any", "127.0.0.1"] {
        let bind = format!("--bind-server={address}");
        session_of(cx, &[&ssh, &bind, "127.0.0.1"])?;
    }
    if has_ipv6() {
        session_of(cx, &[&ssh, "--bind-server=::1", "-6", "::1"])?;
    }
    Ok(())
}

fn ports(cx: &Context<'_>) -> Outcome {
    let sshd = sshd(cx)?;
    let ssh = format!("--ssh={}", sshd.ssh_command());
    for (argument, range) in
        [("--port=60731", 60731..=60731), ("--port=60732:60751", 60732..=60751)]
    {
        let terminal =
            mosh(cx, &[&ssh, argument, "127.0.0.1", "--", "sh", "-c", "echo in; sleep 1000"])?;
        terminal.wait_for("in")?;
        terminal.wait_until(SOON, "the session", |screen| screen.trim() == "in")?;
        // The client's last argument is the port.
        let client = terminal.process()?;
        let arguments = std::fs::read_to_string(format!("/proc/{client}/cmdline"))
            .map_err(|error| format!("the client's arguments: {error}"))?;
        let port = arguments.trim_end_matches('\0').rsplit('\0').next().unwrap_or_default();
        if !port.parse().is_ok_and(|port: u16| range.contains(&port)) {
            return Err(format!("{argument} led to port {port}"));
        }
        leave(cx, &terminal)?;
    }
    // The kernel's choice.
    session_of(cx, &[&ssh, "-p", "0", "127.0.0.1"])
}

fn remote_command(cx: &Context<'_>) -> Outcome {
    let sshd = sshd(cx)?;
    let ssh = format!("--ssh={}", sshd.ssh_command());
    let script = r#"for word; do printf '<%s>' "$word"; done; exec sleep 1000"#;
    let words = ["a b", "c'd", "e\"f", "$HOME", "*", "", "-x", "\\", "é"];
    let mut arguments = vec![ssh.as_str(), "127.0.0.1", "--", "sh", "-c", script, "sh"];
    arguments.extend(words);
    let terminal = mosh(cx, &arguments)?;
    let wanted: String = words.iter().map(|word| format!("<{word}>")).collect();
    terminal.wait_for(&wanted)?;
    leave(cx, &terminal)
}

fn aliases(cx: &Context<'_>) -> Outcome {
    let sshd = sshd(cx)?;
    let ssh = format!("--ssh={}", sshd.ssh_command());
    session_of(cx, &[&ssh, "alias4"])?;
    session_of(cx, &[&ssh, "--experimental-remote-ip=remote", "alias4"])?;
    if has_ipv6() {
        session_of(cx, &[&ssh, "--family=inet6", "alias6"])?;
    }
    Ok(())
}

fn login_shell(cx: &Context<'_>) -> Outcome {
    std::fs::write(cx.home().join(".bash_profile"), "PS1='login> '\n")
        .map_err(|error| format!(".bash_profile: {error}"))?;
    let sshd = sshd(cx)?;
    let ssh = format!("--ssh={}", sshd.ssh_command());
    let terminal = mosh(cx, &[&ssh, "127.0.0.1"])?;
    terminal.wait_for("login>")?;
    terminal.type_line("echo \"$0 at ${PWD##*/} with $TERM\"; shopt -q login_shell && echo yes")?;
    let home = cx.home().file_name().unwrap_or_default().to_string_lossy();
    terminal.wait_for(&format!("-bash at {home} with xterm-256color"))?;
    terminal.wait_for("\nyes")?;
    terminal.type_line("exit")?;
    let status = terminal.wait_for_exit(SOON)?;
    if status != 0 {
        return Err(format!("mosh ended with status {status}"));
    }
    expect_no_server(cx)
}

fn local(cx: &Context<'_>) -> Outcome {
    let server = cx.programs(cx.pair.server).server.display();
    let server = format!("--server={server}");
    session_of(cx, &["--local", &server, "127.0.0.1"])?;
    session_of(cx, &["--local", "--bind-server=any", &server, "127.0.0.1"])
}

fn mixed_programs(cx: &Context<'_>) -> Outcome {
    let Pair { client: wrapper, server } = cx.pair;
    let sshd = sshd(cx)?;
    let ssh = format!("--ssh={}", sshd.ssh_command());
    let server = format!("--server={}", cx.programs(server).server.display());
    let client = match wrapper {
        Family::Ours => Family::Stock,
        Family::Stock => Family::Ours,
    };
    if !cx.has(client) {
        cx.skip("our programs are left out");
        return Ok(());
    }
    let client = format!("--client={}", cx.programs(client).client.display());
    session_of(cx, &[&ssh, &client, &server, "127.0.0.1"])
}

fn unknown_host(cx: &Context<'_>) -> Outcome {
    let sshd = sshd(cx)?;
    let ssh = format!("--ssh={}", sshd.ssh_command());
    for mode in MODES {
        let mode = format!("--experimental-remote-ip={mode}");
        let terminal = mosh(cx, &[&ssh, &mode, "no-such-host.invalid"])?;
        expect_failure(&terminal, Duration::from_secs(60), &["no-such-host.invalid"])?;
    }
    Ok(())
}

fn missing_server(cx: &Context<'_>) -> Outcome {
    let sshd = sshd(cx)?;
    let ssh = format!("--ssh={}", sshd.ssh_command());
    let terminal = mosh(cx, &[&ssh, "--server=/nowhere/mosh-server", "127.0.0.1"])?;
    expect_failure(&terminal, SOON, &["installed", "not found"])?;
    if terminal.screen()?.contains("/nowhere/mosh-server") {
        return Ok(());
    }
    Err("what the remote shell said is not shown".into())
}

fn wrong_arguments(cx: &Context<'_>) -> Outcome {
    for (arguments, words) in [
        (&[][..], &["usage"][..]),
        (&["--no-such-option", "127.0.0.1"], &["usage"]),
        (&["--predict=sometimes", "127.0.0.1"], &["sometimes", "usage"]),
        (&["-p", "high", "127.0.0.1"], &["high", "usage"]),
        (&["-p", "70000", "127.0.0.1"], &["70000", "usage"]),
        (&["-p", "60010:60000", "127.0.0.1"], &["60010", "60000", "usage"]),
        (&["--experimental-remote-ip=guess", "127.0.0.1"], &["guess", "usage"]),
    ] {
        let terminal = mosh(cx, arguments)?;
        expect_failure(&terminal, SOON, words).map_err(|f| format!("{f} with {arguments:?}"))?;
    }
    for argument in ["--help", "--version"] {
        let status = mosh(cx, &[argument])?.wait_for_exit(SOON)?;
        if status != 0 {
            return Err(format!("{argument} ended with status {status}"));
        }
    }
    Ok(())
}

fn no_terminal(cx: &Context<'_>) -> Outcome {
    let sshd = Sshd::start(cx, &{
        let mut environment = remote_environment(cx);
        // Nobody will come: do not wait for the full minute.
        environment.push(("MOSH_SERVER_NETWORK_TMOUT".into(), "3".into()));
        environment
    })?;
    let mut command = Command::new(&cx.programs(cx.pair.client).mosh);
    cx.marker.mark(command.env_clear().envs(local_environment(cx)).env("TERM", "xterm"));
    let output = command
        .arg(format!("--ssh={}", sshd.ssh_command()))
        .args(["--no-ssh-pty", "127.0.0.1"])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("mosh: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    if output.status.success() {
        return Err(format!("mosh ended with status 0: {said}"));
    }
    // mosh 1.4 passes on the system's error; ours should name the terminal.
    let words: &[&str] = match cx.pair.client {
        Family::Ours => &["terminal", "tty"],
        Family::Stock => &["terminal", "tty", "ioctl", "tcgetattr"],
    };
    let lower = said.to_lowercase();
    if !words.iter().any(|word| lower.contains(word)) {
        return Err(format!("the message does not name the terminal: {said}"));
    }
    expect_no_server(cx)
}

fn closed_port(cx: &Context<'_>) -> Outcome {
    let sshd = Sshd::start(cx, &{
        let mut environment = remote_environment(cx);
        environment.push(("MOSH_SERVER_NETWORK_TMOUT".into(), "3".into()));
        environment
    })?;
    let ssh = format!("--ssh={}", sshd.ssh_command());
    // The server listens at another address than the client is told.
    let terminal = mosh(cx, &[&ssh, "--bind-server=127.0.0.2", "127.0.0.1"])?;
    terminal.wait_for("mosh")?;
    expect_failure(&terminal, Duration::from_secs(50), &["udp port"])?;
    expect_no_server(cx)
}

fn no_locale(cx: &Context<'_>) -> Outcome {
    let without = |mut environment: Vec<(String, String)>| {
        environment.retain(|(name, _)| name != "LANG");
        environment.push(("LC_ALL".into(), "C".into()));
        environment
    };
    let sshd = Sshd::start(cx, &without(remote_environment(cx)))?;
    let ssh = format!("--ssh={}", sshd.ssh_command());
    let script = "printf '\\303\\251-\\346\\227\\245|there'; exec sleep 1000";
    let arguments = [&ssh, "127.0.0.1", "--", "sh", "-c", script];
    let terminal = mosh_with(cx, without(local_environment(cx)), &arguments)?;
    terminal.wait_for("é-日|there")?;
    leave(cx, &terminal)
}

fn locale_from_client(cx: &Context<'_>) -> Outcome {
    let mut remote = remote_environment(cx);
    remote.retain(|(name, _)| name != "LANG");
    remote.push(("LC_CTYPE".into(), "POSIX".into()));
    let sshd = Sshd::start(cx, &remote)?;
    let ssh = format!("--ssh={}", sshd.ssh_command());
    let script = "echo \"lang $LANG ctype ($LC_CTYPE)\"; exec sleep 1000";
    let terminal = mosh(cx, &[&ssh, "127.0.0.1", "--", "sh", "-c", script])?;
    terminal.wait_for("lang C.UTF-8 ctype ()")?;
    leave(cx, &terminal)
}
