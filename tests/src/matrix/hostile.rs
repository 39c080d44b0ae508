//! Either end against a peer that holds the key and means harm; and programs and strangers that
//! would stop a session.

pub(super) mod line;

use std::time::Duration;

use rustix::process::Signal;

use super::{Check, Context, Pace, Pairs};
use crate::Outcome;
use crate::hostile::attacks::ATTACKS;
use crate::hostile::plot::{keys, output, size};
use crate::session::{Plan, Server};
use crate::sim::tap::Toward;
use crate::terminal::SOON;
use line::Line;

pub(super) const CHECKS: &[Check] = &[
    check("a server survives a client that holds the key and means harm", hostile_client),
    check("a client survives a server that holds the key and means harm", hostile_server),
];

const fn check(name: &'static str, run: fn(&Context<'_>) -> Outcome) -> Check {
    Check { name, pace: Pace::Long, pairs: Pairs::Ours, run }
}

/// A program that gives back what it gets, byte for byte.
const ECHO: &str = "stty raw -echo; exec cat";

fn hostile_client(cx: &Context<'_>) -> Outcome {
    let server = Server::start(cx, &Plan::script(ECHO))?;
    let mut line = Line::to_server(&server, cx.seed)?;
    line.say(&size(80, 24))?;
    line.wait("the server answers", |line| line.peer.opened() > 0)?;
    let attacks = ATTACKS.iter().filter(|attack| attack.is_for(Toward::Server));
    for (number, attack) in attacks.enumerate() {
        line.survive(attack, |line| is_echoed(line, &format!("sense-{number}-made")))?;
    }
    // Its peer does not answer any more: the second signal ends the wait for that.
    server.signal(Signal::TERM);
    crate::poll::pass_time(Duration::from_millis(100));
    server.signal(Signal::TERM);
    server.wait_for_end(SOON)
}

/// Types a word and sees it echoed.
fn is_echoed(line: &mut Line, word: &str) -> Outcome {
    for attempt in 0..60 {
        // Where two stories were told the keys of the longer one stand: it types past its end.
        let past = vec![b'-'; attempt.min(1) * 2000];
        let typed = [&past, &b"\x1bc\r"[..], word.as_bytes()].concat();
        line.say(&[size(80, 24), keys(&typed)].concat())?;
        let shown = |line: &mut Line| String::from_utf8_lossy(&line.peer.newest()).contains(word);
        if line.wait_for(Duration::from_millis(500), shown) {
            return Ok(());
        }
    }
    Err(format!("what is typed has no effect: {:?}", line.peer))
}

fn hostile_server(cx: &Context<'_>) -> Outcome {
    let mut line = Line::to_client(cx)?;
    let attacks = ATTACKS.iter().filter(|attack| attack.is_for(Toward::Client));
    for (number, attack) in attacks.enumerate() {
        line.survive(attack, |line| is_shown(line, &format!("sense-{number}-made")))?;
    }
    // The escape key and a period; the server is gone, so a second time.
    write(&mut line, b"\x1e.")?;
    crate::poll::pass_time(Duration::from_millis(100));
    crate::processes::signal(line.pid, Signal::TERM);
    let tty = line.tty.as_mut().ok_or("no terminal")?;
    tty.pty.wait_for_exit(SOON).map(drop).ok_or_else(|| "the client does not end".into())
}

/// Has a word shown, and sees a typed one arrive.
fn is_shown(line: &mut Line, word: &str) -> Outcome {
    let picture = format!("\x1bc{word}");
    line.say(&[size(80, 24), output(picture.as_bytes())].concat())?;
    line.wait(&format!("{word} is shown"), |line| {
        line.tty.as_ref().is_some_and(|tty| tty.emulator.text().starts_with(word))
    })?;
    write(line, word.as_bytes())?;
    line.wait("what is typed arrives", |line| line.peer.newest().ends_with(word.as_bytes()))
}

fn write(line: &mut Line, bytes: &[u8]) -> Outcome {
    let tty = line.tty.as_mut().ok_or("no terminal")?;
    tty.pty.write(bytes).map_err(|error| format!("the terminal: {error}"))
}
