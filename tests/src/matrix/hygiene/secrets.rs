//! Where the key of a session is.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};

use rustix::process::Signal;

use crate::matrix::Context;
use crate::processes::{child_of, signal};
use crate::session::{Plan, Session, environment, raw_key};
use crate::terminal::{SOON, Start};
use crate::{Outcome, poll};

/// Places of the raw key in the memory of a process. The cipher's key schedules, for either
/// direction of AES, begin and end with the key itself; the cipher leaves others on the stack
/// whenever it works. Measured: up to 12 in an optimised build, 19 in one that is not.
const MAX_COPIES: usize = 28;

pub(super) fn key(cx: &Context<'_>) -> Outcome {
    let mut plan = Plan::shell();
    // Whoever starts the client allows core dumps, in a directory where they would be seen.
    let home = cx.home().display();
    let prefix = format!("cd {home} && ulimit -c unlimited; exec \"$@\"");
    plan.client_prefix = vec!["sh".into(), "-c".into(), prefix, "sh".into()];
    let session = Session::start_shell(cx, plan)?;
    // Typed and shown, so that the cipher has worked both ways.
    session.terminal.type_line("echo $((6*7))-arrived")?;
    session.terminal.wait_for("42-arrived")?;
    let text = session.server.key.as_bytes();
    let raw = raw_key(&session.server.key).ok_or("the server printed no key")?;
    let client = session.client_process()?;
    let server = session.server.pid;
    let program = child_of(server).ok_or("the server runs nothing")?;
    for (who, pid) in [("client", client), ("server", server), ("program", program)] {
        for file in ["cmdline", "environ", "comm", "status"] {
            let path = format!("/proc/{pid}/{file}");
            let content = fs::read(&path).map_err(|error| format!("{path}: {error}"))?;
            if find(&content, text).next().is_some() {
                return Err(format!("the key stands in {file} of the {who}"));
            }
        }
        let places = |needle: &[u8]| in_memory(pid, needle);
        if let Some(place) = places(text)?.first() {
            return Err(format!("the printed key is in the memory of the {who}: {place}"));
        }
        let copies = places(&raw)?;
        let allowed = if who == "program" { 0 } else { MAX_COPIES };
        let private = |place: &String| place == "[heap]" || place == "[stack]" || place.is_empty();
        if copies.len() > allowed || !copies.iter().all(private) {
            return Err(format!("the key is in the memory of the {who}: {copies:?}"));
        }
    }
    for (who, pid) in [("client", client), ("server", server)] {
        let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap_or_default();
        let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size"));
        let soft = core.and_then(|core| core.split_whitespace().next());
        if !matches!(soft, Some("0" | "1")) {
            return Err(format!("the {who} may dump core: {soft:?}"));
        }
    }
    no_core_file(cx, &session, client)
}

/// Has the client crash as by a fault of its own, beside a program that may dump core.
fn no_core_file(cx: &Context<'_>, session: &Session, client: u32) -> Outcome {
    let cores = || {
        let entries = fs::read_dir(cx.home()).into_iter().flatten().flatten();
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("core")).count()
    };
    signal(client, Signal::ABORT);
    session.terminal.wait_for_exit(SOON)?;
    if cores() > 0 {
        return Err("the client has dumped core".into());
    }
    let script = format!(
        "cd {} && ulimit -c unlimited; sleep 100 & kill -ABRT $!; wait; echo over",
        cx.home().display()
    );
    let command = vec!["sh".into(), "-c".into(), script];
    let environment = environment(cx.home());
    let other =
        cx.open(Start { label: "core", size: (80, 24), environment, command, recorded: false })?;
    other.wait_for("over")?;
    if cores() == 0 {
        cx.note("no program dumps core into its directory here: only the limit was checked".into());
    }
    session.server.signal(Signal::TERM);
    poll::pass_time(std::time::Duration::from_millis(100));
    session.server.signal(Signal::TERM);
    session.server.wait_for_end(SOON)
}

fn find<'a>(content: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    content.windows(needle.len()).enumerate().filter_map(move |(at, w)| (w == needle).then_some(at))
}

/// Returns what each place of `needle` in the memory of a process belongs to.
fn in_memory(pid: u32, needle: &[u8]) -> Outcome<Vec<String>> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps"));
    let maps = maps.map_err(|error| format!("maps of {pid}: {error}"))?;
    let memory = File::open(format!("/proc/{pid}/mem"));
    let mut memory = memory.map_err(|error| format!("memory of {pid}: {error}"))?;
    let mut places = Vec::new();
    let mut read = 0;
    for line in maps.lines() {
        let fields: Vec<_> = line.split_whitespace().collect();
        let [range, permissions, ..] = fields[..] else { continue };
        let (start, end) = range.split_once('-').ok_or("a range of memory")?;
        let address =
            |text| u64::from_str_radix(text, 16).map_err(|error| format!("maps: {error}"));
        let (start, end) = (address(start)?, address(end)?);
        let mut content = vec![0; usize::try_from(end - start).unwrap_or(0)];
        // Pages of the kernel's own cannot be read, and hold nothing of the process.
        let readable = permissions.starts_with('r')
            && memory.seek(SeekFrom::Start(start)).is_ok()
            && memory.read_exact(&mut content).is_ok();
        if readable {
            read += content.len();
            let owner = fields.get(5).map_or(String::new(), |owner| (*owner).to_owned());
            places.extend(find(&content, needle).map(|_| owner.clone()));
        }
    }
    if read < 100_000 {
        return Err(format!("only {read} bytes of the memory of {pid} can be read"));
    }
    Ok(places)
}
