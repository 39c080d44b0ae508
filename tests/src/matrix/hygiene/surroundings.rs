//! What programs find when they start: descriptors, signals, limits, environment.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::matrix::Context;
use crate::session::{Plan, Server, Session, environment};
use crate::terminal::SOON;
use crate::{Outcome, poll};

/// Writes down what a process finds: descriptors, signals, mask of new files, limit on core dumps,
/// session, environment. Each command ends with its output, so that a shell's own descriptors do
/// not show.
const INSPECTION: &str = r#"
    umask > "$1.umask"; ulimit -c > "$1.core"; env > "$1.env"; pwd > "$1.pwd"
    cat /proc/self/status > "$1.status"
    ls -l /proc/$$/fd | tail -n +2 > "$1.fds"
    echo done > "$1.done""#;

/// What [`INSPECTION`] has written.
struct Found {
    directory: std::path::PathBuf,
}

impl Found {
    fn read(&self, what: &str) -> Outcome<String> {
        let path = self.directory.join(format!("found.{what}"));
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The descriptors with what is behind them.
    fn descriptors(&self) -> Outcome<Vec<(String, String)>> {
        let list = self.read("fds")?;
        let parsed = list.lines().filter_map(|line| {
            let (left, target) = line.split_once(" -> ")?;
            Some((left.rsplit(' ').next()?.to_owned(), target.to_owned()))
        });
        Ok(parsed.collect())
    }

    /// A set of signals, of `SigBlk` or `SigIgn`.
    fn signals(&self, set: &str) -> Outcome<u64> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix(&format!("{set}:")));
        let digits = line.ok_or("no signals in the status")?.trim();
        let signals = u64::from_str_radix(digits, 16).map_err(|error| format!("{set}: {error}"))?;
        // The C library keeps 32 and 33 for itself and ignores them in what posix_spawn starts.
        Ok(signals & !(0b11 << 31))
    }

    fn lacks(&self, variables: &[&str]) -> Outcome {
        let environment = self.read("env")?;
        let names = environment.lines().filter_map(|line| line.split('=').next());
        match names.into_iter().find(|name| variables.contains(name)) {
            Some(name) => Err(format!("{name} is in the environment")),
            None => Ok(()),
        }
    }
}

/// Has a program of a session look around, whose server was started under odd circumstances: an
/// open file, ignored signals, a strict mask for new files.
fn inspected(cx: &Context<'_>) -> Outcome<(Found, Session)> {
    let script = cx.home().join("inspect");
    fs::write(&script, INSPECTION).map_err(|error| error.to_string())?;
    let found = cx.home().join("found");
    let line = format!("sh {} {}; exec sleep 1000", script.display(), found.display());
    // The shell as it was called by the server: its parent has no other descriptors either.
    let session = Session::start(cx, Plan::script(&line).launched_by(ODD_LAUNCHER))?;
    let done = cx.home().join("found.done");
    poll::until(SOON, || done.exists().then_some(())).ok_or("the program did not look around")?;
    Ok((Found { directory: cx.home().to_owned() }, session))
}

/// A shell command that runs its arguments.
const ODD_LAUNCHER: &str = "umask 027; trap '' INT QUIT TSTP USR2 ALRM; exec 7</etc/passwd 9>&1; \
                            STY=1.odd; export STY; ulimit -c 4096; exec \"$@\"";

pub(super) fn program(cx: &Context<'_>) -> Outcome {
    let (found, session) = inspected(cx)?;
    let descriptors = found.descriptors()?;
    // The inspecting shell reads its script through a descriptor of its own, 10 by custom.
    let is_expected = |(number, target): &(String, String)| match &**number {
        "0" | "1" | "2" => target.starts_with("/dev/pts/"),
        _ => target.ends_with("/inspect") || target.ends_with("/found.fds"),
    };
    if descriptors.len() < 3 || !descriptors.iter().all(is_expected) {
        return Err(format!("the program has descriptors {descriptors:?}"));
    }
    for set in ["SigBlk", "SigIgn"] {
        let signals = found.signals(set)?;
        if signals != 0 {
            return Err(format!("{set} of the program is {signals:#x}"));
        }
    }
    found.lacks(&["MOSH_KEY", "STY", "MOSH_CLIENT_PID"])?;
    for (what, wanted) in [("umask", "0027"), ("core", "4096")] {
        let is = found.read(what)?;
        if is.trim() != wanted {
            return Err(format!("{what} of the program is {is:?}, not {wanted}"));
        }
    }
    session.leave()
}

pub(super) fn server(cx: &Context<'_>) -> Outcome {
    let (_, session) = inspected(cx)?;
    let directory = format!("/proc/{}/fd", session.server.pid);
    let entries = fs::read_dir(directory).map_err(|error| error.to_string())?;
    let targets = entries.flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
    let mut counts = [("/dev/null", 3, 0), ("socket:", 1, 0), ("pipe:", 2, 0), ("/dev/p", 1, 0)];
    for target in targets {
        let target = target.to_string_lossy().into_owned();
        let Some((_, _, count)) = counts.iter_mut().find(|(kind, ..)| target.starts_with(kind))
        else {
            return Err(format!("the server keeps {target}"));
        };
        *count += 1;
    }
    if counts.iter().any(|(_, most, count)| count > most) {
        return Err(format!("the server keeps (kind, most, number): {counts:?}"));
    }
    session.leave()
}

pub(super) fn ssh(cx: &Context<'_>) -> Outcome {
    let ssh = cx.home().join("ssh");
    let found = cx.home().join("found");
    let script = format!("#!/bin/sh\nset -- {}\n{INSPECTION}\n", found.display());
    fs::write(&ssh, script).map_err(|error| error.to_string())?;
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).map_err(|e| e.to_string())?;
    let found = Found { directory: cx.home().to_owned() };
    let numbers =
        |list: &[(String, String)]| list.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>();
    let compare = || -> Outcome<u64> {
        // What it would find without a wrapper, on the same terminal.
        on_terminal(cx, &ssh.to_string_lossy())?;
        let (plain, ignored) = (found.descriptors()?, found.signals("SigIgn")?);
        fs::remove_file(cx.home().join("found.done")).map_err(|error| error.to_string())?;
        let mosh = cx.programs(cx.pair.client).mosh.display();
        on_terminal(cx, &format!("{mosh} --ssh={} localhost", ssh.display()))?;
        found.read("done")?;
        let wrapped = found.descriptors()?;
        if numbers(&wrapped) != numbers(&plain) {
            return Err(format!("ssh has descriptors {wrapped:?}, without a wrapper {plain:?}"));
        }
        Ok(ignored)
    };
    // Checks that run beside this one may just be starting something, and lend it a descriptor.
    let ignored = compare().or_else(|_| compare()).or_else(|_| compare())?;
    if (found.signals("SigBlk")?, found.signals("SigIgn")?) != (0, ignored) {
        return Err(format!("of ssh: {}", found.read("status")?));
    }
    found.lacks(&["MOSH_KEY", "MOSH_PREDICTION_DISPLAY", "MOSH_NO_TERM_INIT"])
}

/// Runs a shell command on a terminal, up to its end.
fn on_terminal(cx: &Context<'_>, line: &str) -> Outcome {
    let mut command = Command::new("script");
    cx.marker.mark(command.env_clear().envs(environment(cx.home())));
    command.env("TERM", "xterm").stdin(Stdio::null()).stdout(Stdio::null());
    command.args(["-qec", line, "/dev/null"]);
    command.status().map(drop).map_err(|error| format!("script: {error}"))
}

pub(super) fn no_terminal(cx: &Context<'_>) -> Outcome {
    let programs = cx.programs(cx.pair.client);
    let refused = |program: &Path, arguments: &[&str], variables: &[&str], reason: &str| {
        let mut command = Command::new(program);
        cx.marker.mark(command.env_clear().envs(environment(cx.home())));
        command.args(arguments).stdin(Stdio::null());
        command.envs(variables.iter().filter_map(|variable| variable.split_once('=')));
        let output = command.output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.code() != Some(1) || !said.contains(reason) || !output.stdout.is_empty() {
            return Err(format!("{arguments:?} {variables:?}: {}, {said:?}", output.status));
        }
        Ok(())
    };
    let (key, term) = ("MOSH_KEY=AAAAAAAAAAAAAAAAAAAAAA", "TERM=xterm");
    let client = |variables: &[&str], reason| {
        refused(&programs.client, &["127.0.0.1", "60001"], variables, reason)
    };
    client(&[key, term], "not a terminal")?;
    client(&[term], "MOSH_KEY")?;
    client(&["MOSH_KEY=short", term], "MOSH_KEY")?;
    client(&[key, "TERM=no-such-terminal"], "TERM")?;
    refused(&programs.mosh, &["--local", "127.0.0.1"], &[term], "not a terminal")?;
    // A server needs no terminal at all.
    let server = Server::start(cx, &Plan::script("sleep 1"))?;
    server.signal(rustix::process::Signal::TERM);
    server.wait_for_end(Duration::from_secs(10))
}
