//! The user's terminal, whatever way a client ends.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::interview::{self, Scripted};
use crate::matrix::Context;
use crate::processes::{cpu_time, signal, written};
use crate::pty::Pty;
use crate::sequences::{Judge, Piece, cut, left_behind, switched_on};
use crate::session::{Plan, Server, environment};
use crate::terminal::SOON;
use crate::{Outcome, poll};

/// Switches on all that a program can, and stays as long as the file `stay` in its directory.
const GREEDY: &str = r"
    printf '\033[?1000h\033[?1002h\033[?1003h\033[?1006h\033[?1004h\033[?2004h\033[?5h\033[?1h\033='
    printf '\033]0;a title\007\033]52;c;QUJD\007\033[2;9r\033[?1049h\033[31;44;7;4mcolours\033[?25l'
    touch stay; printf '\033[1;1Hup and running'
    while [ -e stay ]; do sleep 0.05; done";

/// What the client has to have on its terminal then: cursor keys, reverse video, mouse, focus,
/// paste and, as terminfo has it for xterm, the alternate screen.
const MODES: [u16; 7] = [1, 5, 1003, 1004, 1006, 1049, 2004];

/// Switches on what only modern terminals have, and leaves a link open.
const MODERN: &str = r"
    printf '\033]4;1;#123456;200;#654321\007\033]12;#ff0000\007\033[5 q\033[=5u\033[>4;2m\033='
    printf '\033[?1007h\033[?1003h\033[?1016h\033]8;;http://a/\007\033[1;1Hup and running'
    while :; do sleep 0.05; done";

/// What of that has to be on the terminal.
const SET: [&str; 8] = [
    "\x1b]4;1;rgb:12/34/56",
    "\x1b]12;rgb:ff/00/00",
    "\x1b[5 q",
    "\x1b[=5u",
    "\x1b=",
    "\x1b[?1007h",
    "\x1b[?1016h",
    "http://a/",
];

/// A client on a terminal of unusual modes.
pub(super) struct Client {
    pub(super) pty: Pty,
    server: Server,
    /// The terminal's modes before.
    before: String,
    pub(super) output: Vec<u8>,
    /// Who answers the client's questions.
    pub(super) terminal: Scripted,
}

impl Client {
    fn start(cx: &Context<'_>, program: &str) -> Outcome<Self> {
        Self::start_on(cx, program, Scripted::new(&interview::DUMB))
    }

    /// On a terminal that answers.
    pub(super) fn start_on(cx: &Context<'_>, program: &str, on: Scripted) -> Outcome<Self> {
        let server = Server::start(cx, &Plan::script(program))?;
        let mut command = Command::new("setsid");
        cx.marker.mark(command.env_clear().envs(environment(cx.home())));
        command.env("TERM", "xterm-256color").env("MOSH_KEY", &server.key).arg("--ctty");
        let script =
            "stty intr ^T erase ^H -echoctl -ixon tostop min 3; echo set; read go; exec \"$@\"";
        command.args(["sh", "-c", script, "sh"]).arg(&cx.programs(cx.pair.client).client);
        command.args(["127.0.0.1", &server.port.to_string()]);
        let pty = Pty::start(command, (80, 24)).map_err(|error| format!("the client: {error}"))?;
        let mut client =
            Self { pty, server, before: String::new(), output: Vec::new(), terminal: on };
        client.wait("the terminal has its modes", |client| client.output.starts_with(b"set"))?;
        client.before = client.modes()?;
        client.write(b"go\n")?;
        client.wait("the program shows", |client| {
            String::from_utf8_lossy(&client.output).contains("up and running")
        })?;
        // The shell has echoed the word; the rest is the client's.
        let start = client.output.iter().position(|byte| *byte == 0x1b).unwrap_or(0);
        client.output.drain(..start);
        Ok(client)
    }

    fn modes(&self) -> Outcome<String> {
        self.pty.modes().map_err(|error| format!("the terminal's modes: {error}"))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Outcome {
        self.pty.write(bytes).map_err(|error| format!("the terminal: {error}"))
    }

    pub(super) fn pump(&mut self) {
        while let Some(output) = self.pty.read(Duration::from_millis(5)) {
            let answer = self.terminal.hear(&output);
            self.output.extend(output);
            // Where the client is gone nobody waits for answers.
            let _ = self.pty.write(&answer);
        }
    }

    pub(super) fn wait(
        &mut self,
        what: &str,
        mut condition: impl FnMut(&mut Self) -> bool,
    ) -> Outcome {
        let deadline = Instant::now() + SOON;
        while Instant::now() < deadline {
            self.pump();
            if condition(self) {
                return Ok(());
            }
        }
        let tail = &self.output[self.output.len().saturating_sub(300)..];
        Err(format!("it did not happen that {what}: {}", tail.escape_ascii()))
    }

    /// Sees that the terminal is as it was before.
    pub(super) fn is_left(&mut self) -> Outcome {
        self.pump();
        let left = left_behind(&cut(&self.output));
        if !left.is_empty() {
            return Err(format!("left behind: {left:?}"));
        }
        let after = self.modes()?;
        if after != self.before {
            return Err(format!("the terminal's modes are {after} after {}", self.before));
        }
        Ok(())
    }

    /// Sees that the terminal was used, and is as it was before.
    fn is_restored(&mut self) -> Outcome {
        self.pump();
        let pieces = cut(&self.output);
        let on = switched_on(&pieces);
        if let Some(missing) = MODES.iter().find(|mode| !on.contains(mode)) {
            return Err(format!("mode {missing} was never switched on: nothing to take back"));
        }
        let mut judge = Judge::new();
        let bad = |piece: &&Piece| !judge.accepts(piece) && !matches!(piece, Piece::Torn(_));
        if let Some(bad) = pieces.iter().find(bad) {
            return Err(format!("the terminal was sent {bad:?}"));
        }
        self.is_left()
    }

    /// Sees the client end in an orderly way.
    fn ends(&mut self, patience: Duration) -> Outcome {
        self.exits(patience)?;
        self.is_restored()
    }

    /// Waits for the client's end.
    pub(super) fn exits(&mut self, patience: Duration) -> Outcome {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            self.pump();
            if self.pty.wait_for_exit(Duration::ZERO).is_some() {
                return Ok(());
            }
        }
        Err("the client does not end".into())
    }
}

/// Longer than the end of a session whose other side is silent may take.
const GIVING_UP: Duration = Duration::from_secs(30);

pub(super) fn server_ends(cx: &Context<'_>) -> Outcome {
    let mut client = Client::start(cx, GREEDY)?;
    fs::remove_file(cx.home().join("stay")).map_err(|error| format!("stay: {error}"))?;
    client.ends(SOON).map_err(|failure| format!("the program has ended: {failure}"))?;
    let mut client = Client::start(cx, GREEDY)?;
    client.server.signal(Signal::TERM);
    client.ends(SOON).map_err(|failure| format!("the server was told to end: {failure}"))?;
    // A server that is gone without a word is left by the user.
    let mut client = Client::start(cx, GREEDY)?;
    client.server.signal(Signal::KILL);
    client.write(b"\x1e.")?;
    client.ends(GIVING_UP).map_err(|failure| format!("the server was killed: {failure}"))
}

pub(super) fn client_ends(cx: &Context<'_>) -> Outcome {
    let mut client = Client::start(cx, GREEDY)?;
    client.write(b"\x1e.")?;
    client.ends(SOON).map_err(|failure| format!("the user quit: {failure}"))?;
    let signals = [
        Signal::TERM,
        Signal::INT,
        Signal::HUP,
        Signal::QUIT,
        Signal::PIPE,
        Signal::ALARM,
        Signal::USR1,
        Signal::USR2,
    ];
    for way in signals {
        let mut client = Client::start(cx, GREEDY)?;
        signal(client.pty.process(), way);
        client.ends(SOON).map_err(|failure| format!("{way:?}: {failure}"))?;
        client.server.wait_for_end(SOON)?;
    }
    Ok(())
}

pub(super) fn suspension(cx: &Context<'_>) -> Outcome {
    let mut client = Client::start(cx, GREEDY)?;
    let process = client.pty.process();
    let is_stopped = || crate::processes::state(process).is_some_and(|state| state == "T");
    for by_key in [true, false] {
        if by_key {
            client.write(b"\x1e\x1a")?;
        } else {
            signal(process, Signal::TSTP);
        }
        client.wait("the client stops", |_| is_stopped())?;
        client.is_restored().map_err(|failure| format!("while suspended: {failure}"))?;
        client.output.clear();
        signal(process, Signal::CONT);
        client.wait("all modes are set again", |client| {
            let on = switched_on(&cut(&client.output));
            MODES.iter().all(|mode| on.contains(mode))
        })?;
        if client.modes()? == client.before {
            return Err("the terminal is not in raw mode again".into());
        }
    }
    client.write(b"\x1e.")?;
    client.ends(SOON)
}

pub(super) fn modern_terminal(cx: &Context<'_>) -> Outcome {
    let start = || -> Outcome<Client> {
        let mut client = Client::start_on(cx, MODERN, Scripted::new(&interview::KITTY))?;
        client.wait("all is set", |client| {
            let text = String::from_utf8_lossy(&client.output);
            SET.iter().all(|set| text.contains(set))
        })?;
        Ok(client)
    };
    for way in [None, Some(Signal::TERM), Some(Signal::HUP)] {
        let mut client = start()?;
        match way {
            None => client.write(b"\x1e.")?,
            Some(way) => signal(client.pty.process(), way),
        }
        client.exits(SOON)?;
        client.is_left().map_err(|failure| format!("{way:?}: {failure}"))?;
        client.server.wait_for_end(SOON)?;
    }
    let mut client = start()?;
    let process = client.pty.process();
    signal(process, Signal::TSTP);
    client.wait("the client stops", |_| {
        crate::processes::state(process).is_some_and(|state| state == "T")
    })?;
    client.is_left().map_err(|failure| format!("while suspended: {failure}"))?;
    client.output.clear();
    signal(process, Signal::CONT);
    client.wait("all is set again", |client| {
        let text = String::from_utf8_lossy(&client.output);
        SET.iter().all(|set| text.contains(set))
    })?;
    client.write(b"\x1e.")?;
    client.exits(SOON)?;
    client.is_left()
}

/// A terminal's buffers hold more than this.
const FULL: u64 = 4096;

pub(super) fn stopped_terminal(cx: &Context<'_>) -> Outcome {
    let flood = "touch stay; printf 'up and running'; while [ -e stay ]; do sleep 0.05; done
                 exec seq 1 1000000000";
    for way in [Some(Signal::TERM), Some(Signal::HUP), None] {
        let mut client = Client::start(cx, flood)?;
        let process = client.pty.process();
        fs::remove_file(cx.home().join("stay")).map_err(|error| format!("stay: {error}"))?;
        // Nobody reads: soon the kernel takes no more of what the client writes.
        let full = || {
            let before = written(process).filter(|before| *before > FULL)?;
            poll::holds(Duration::from_millis(400), || written(process) == Some(before))
                .then_some(())
        };
        poll::until(SOON, full).ok_or("a terminal takes in everything")?;
        match way {
            Some(way) => signal(process, way),
            None => client.write(b"\x1e.")?,
        }
        let start = Instant::now();
        client.pty.wait_for_exit(Duration::from_secs(20)).ok_or_else(|| {
            format!("{way:?}: a client whose terminal takes nothing does not end")
        })?;
        let after = client.modes()?;
        if after != client.before {
            return Err(format!("the terminal's modes are {after} after {}", client.before));
        }
        if start.elapsed() > Duration::from_secs(10) {
            return Err(format!("{way:?}: its end took {:?}", start.elapsed()));
        }
        // And when it goes on, it takes what undoes all.
        client.pump();
        let left = left_behind(&cut(&client.output));
        if !left.is_empty() {
            return Err(format!("{way:?}: left behind: {left:?}"));
        }
        client.server.wait_for_end(SOON)?;
    }
    Ok(())
}

pub(super) fn closed_terminal(cx: &Context<'_>) -> Outcome {
    for (server_is_there, patience) in [(true, SOON), (false, GIVING_UP)] {
        let mut client = Client::start(cx, GREEDY)?;
        let process = client.pty.process();
        if !server_is_there {
            client.server.signal(Signal::STOP);
        }
        client.pty.close();
        // A zombie's times can still be read until it is waited for.
        let gone = || (!crate::processes::is_alive(process)).then_some(());
        poll::until(patience, gone).ok_or("a client without a terminal does not end")?;
        let used = cpu_time(process).ok_or("the times of the client cannot be read")?;
        if used > Duration::from_secs(1) {
            return Err(format!("the client used {used:?} for its end"));
        }
        client.server.signal(Signal::CONT);
        if server_is_there {
            client.server.wait_for_end(SOON)?;
        } else {
            client.server.signal(Signal::KILL);
        }
    }
    Ok(())
}
