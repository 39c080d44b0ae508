//! A terminal that is asked what it can do: by a script that answers as real ones do.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use super::ways_out::Client;
use crate::Outcome;
use crate::matrix::Context;
use crate::screen::Alacritty;
use crate::sequences::{Piece, cut};
use crate::terminal::SOON;

/// How a kind of terminal answers.
#[derive(Debug)]
pub(super) struct Kind {
    name: &'static str,
    /// Name and version, as it tells them to XTVERSION.
    version: Option<&'static str>,
    /// It tells flags of kitty's keyboard protocol.
    keyboard: bool,
    /// Modes that it knows of those that it is asked for.
    modes: &'static [u16],
    /// What it says of a direct colour.
    rendition: Option<&'static str>,
    /// The column to which text of a stated width leads.
    column: Option<u16>,
    /// Device attributes. Without them nothing is answered.
    attributes: Option<&'static str>,
    /// What of a session it is to be sent, and what not.
    sent: &'static [&'static str],
    not_sent: &'static [&'static str],
}

const LINK: &str = "\x1b]8;";
const UPDATE: &str = "\x1b[?2026h";
const SIZED: &str = "\x1b]66;w=2;\u{1f469}";
const REPEATED: &str = "\u{2500}\x1b[9b";
const DIRECT: &str = "48;2;90;20;120";
const INDEXED: &str = "48;5;54";

pub(super) const XTERM: Kind = Kind {
    name: "xterm",
    version: Some("XTerm(390)"),
    keyboard: false,
    modes: &[1007, 1016],
    rendition: Some("1$r0;48:2::1:2:3m"),
    column: Some(1),
    attributes: Some("?64;1;2;6;9;15;16;17;18;21;22;28"),
    sent: &[REPEATED, DIRECT],
    not_sent: &[LINK, UPDATE, SIZED, INDEXED],
};

pub(super) const KITTY: Kind = Kind {
    name: "kitty",
    version: Some("kitty(0.40.1)"),
    keyboard: true,
    modes: &[1007, 1016, 2026],
    rendition: Some("1$r48:2:1:2:3m"),
    column: Some(3),
    attributes: Some("?62;"),
    sent: &[LINK, UPDATE, SIZED, REPEATED, DIRECT],
    not_sent: &[INDEXED],
};

const TMUX: Kind = Kind {
    name: "tmux",
    version: Some("tmux 3.4"),
    keyboard: false,
    modes: &[],
    rendition: Some("0$r"),
    column: Some(1),
    attributes: Some("?1;2;4"),
    sent: &[DIRECT],
    not_sent: &[LINK, UPDATE, SIZED, REPEATED, INDEXED],
};

/// One of 256 colours that does not tell its name.
const FEW_COLOURS: Kind = Kind {
    name: "a terminal of few colours",
    version: None,
    rendition: Some("1$r0;48:5:16m"),
    sent: &[INDEXED],
    not_sent: &[LINK, UPDATE, SIZED, REPEATED, DIRECT],
    ..XTERM
};

/// Answers nothing.
pub(super) const DUMB: Kind = Kind {
    name: "a terminal that answers nothing",
    version: None,
    keyboard: false,
    modes: &[],
    rendition: None,
    column: None,
    attributes: None,
    sent: &[DIRECT],
    not_sent: &[LINK, UPDATE, SIZED, REPEATED, INDEXED],
};

/// A terminal that hears what a client writes, and answers.
pub(super) struct Scripted {
    kind: &'static Kind,
    /// The beginning of a sequence.
    torn: Vec<u8>,
    /// Where answers are to wait: those that do.
    held: Option<Vec<Vec<u8>>>,
}

impl Scripted {
    /// Answers at once.
    pub(super) const fn new(kind: &'static Kind) -> Self {
        Self { kind, torn: Vec::new(), held: None }
    }

    /// Keeps its answers until they are fetched.
    const fn slow(kind: &'static Kind) -> Self {
        Self { kind, torn: Vec::new(), held: Some(Vec::new()) }
    }

    /// Takes output; returns what is answered at once.
    pub(super) fn hear(&mut self, output: &[u8]) -> Vec<u8> {
        let heard = [std::mem::take(&mut self.torn), output.to_vec()].concat();
        let mut answers = Vec::new();
        for piece in cut(&heard) {
            match piece {
                Piece::Torn(torn) => self.torn = torn,
                piece => answers.extend(self.kind.answer(&piece).map(String::into_bytes)),
            }
        }
        match &mut self.held {
            None => answers.concat(),
            Some(held) => {
                held.extend(answers);
                Vec::new()
            }
        }
    }
}

impl Kind {
    fn answer(&self, piece: &Piece) -> Option<String> {
        self.attributes?;
        match piece {
            Piece::Sequence(parameters, intermediates, last) => {
                let parameters = String::from_utf8_lossy(parameters);
                match (&*parameters, &intermediates[..], last) {
                    (">0", b"", b'q') => self.version.map(|it| format!("\x1bP>|{it}\x1b\\")),
                    ("?", b"", b'u') => self.keyboard.then(|| "\x1b[?0u".into()),
                    (mode, b"$", b'p') => {
                        let mode: u16 = mode.strip_prefix('?')?.parse().ok()?;
                        let state = if self.modes.contains(&mode) { 2 } else { 0 };
                        Some(format!("\x1b[?{mode};{state}$y"))
                    }
                    ("6", b"", b'n') => self.column.map(|column| format!("\x1b[2;{column}R")),
                    ("14", b"", b't') => Some("\x1b[4;480;800t".into()),
                    ("16", b"", b't') => Some("\x1b[6;20;10t".into()),
                    ("", b"", b'c') => self.attributes.map(|it| format!("\x1b[{it}c")),
                    _ => None,
                }
            }
            Piece::String(b']', command) => {
                let command = String::from_utf8_lossy(command);
                let asked = command.strip_suffix('?')?;
                asked.ends_with(';').then(|| format!("\x1b]{asked}rgb:1212/3434/5656\x1b\\"))
            }
            Piece::String(b'P', command) if command == b"$qm" => {
                self.rendition.map(|it| format!("\x1bP{it}\x1b\\"))
            }
            _ => None,
        }
    }
}

/// Draws what terminals differ in, and writes down what is typed.
const PROGRAM: &str = r"
    stty raw -echo
    printf '\033[2J\033[H\033]8;;http://a/\007link\033]8;;\007 ──────────  '
    printf '\033[48;2;90;20;120mcolour\033[m\033[3;1Hup and running\033[4;1H'
    printf '\033[?2027h\360\237\221\251\342\200\215\360\237\222\273\033[6;1H'
    exec cat >typed";

/// What is on the screen then, but for the row of what not every terminal shows.
const SHOWN: [&str; 3] = ["link ──────────  colour", "", "up and running"];

/// Keys between answers, some of which begin as those do.
const KEYS: [&[u8]; 8] =
    [b"a", b"\x1b[A", b"\x1bOP", b"\x1b[1;5R", b"\x1b[2~", b"\xc3\xa9", b"\x1b[6;5~", b"\x1bx"];

struct Session<'c, 'x> {
    cx: &'c Context<'x>,
    client: Client,
    typed: Vec<u8>,
}

impl<'c, 'x> Session<'c, 'x> {
    fn start(cx: &'c Context<'x>, terminal: Scripted) -> Outcome<Self> {
        let _ = fs::remove_file(cx.home().join("typed"));
        Ok(Self { cx, client: Client::start_on(cx, PROGRAM, terminal)?, typed: Vec::new() })
    }

    fn press(&mut self, key: &[u8]) -> Outcome {
        self.typed.extend_from_slice(key);
        self.client.write(key)
    }

    /// What the terminal would have answered already, in order.
    fn held(&mut self) -> Outcome<Vec<Vec<u8>>> {
        self.client.wait("all questions are asked", |client| {
            let held = client.terminal.held.as_ref();
            held.is_none_or(|held| held.last().is_some_and(|last| last.ends_with(b"c")))
        })?;
        Ok(self.client.terminal.held.take().unwrap_or_default())
    }

    /// Sees what was typed arrive and nothing else, and nothing stray on the screen.
    fn is_clean(&mut self) -> Outcome {
        let file = self.cx.home().join("typed");
        let mut found = Vec::new();
        let typed = self.typed.clone();
        let arrived = self.client.wait("the keys arrive", |_| {
            found = fs::read(&file).unwrap_or_default();
            found.len() >= typed.len()
        });
        // Whatever else may be typed comes at once.
        sleep(Duration::from_millis(100));
        found = fs::read(&file).unwrap_or(found);
        if found != self.typed {
            let (found, typed) = (found.escape_ascii(), self.typed.escape_ascii());
            return Err(format!("\"{found}\" arrived where \"{typed}\" was typed; {arrived:?}"));
        }
        let mut screen = Alacritty::new((80, 24));
        screen.write(&self.client.output);
        let rows: Vec<String> = screen
            .picture()
            .rows
            .iter()
            .map(|row| row.cells.iter().map(|cell| &*cell.text).collect::<String>())
            .map(|row| row.trim_end().to_owned())
            .collect();
        let blank = rows[4..].iter().all(String::is_empty);
        if rows[..3] != SHOWN || !blank {
            return Err(format!("the screen shows {rows:?}"));
        }
        Ok(())
    }

    fn end(mut self) -> Outcome {
        self.client.write(b"\x1e.")?;
        self.client.exits(SOON)?;
        self.client.is_left()
    }
}

pub(super) fn features(cx: &Context<'_>) -> Outcome {
    for kind in [&XTERM, &KITTY, &TMUX, &FEW_COLOURS, &DUMB] {
        let run = || -> Outcome {
            let mut session = Session::start(cx, Scripted::new(kind))?;
            session.client.wait("what it can show is used", |client| {
                let text = String::from_utf8_lossy(&client.output);
                kind.sent.iter().all(|sent| text.contains(sent))
            })?;
            for key in KEYS {
                session.press(key)?;
            }
            session.is_clean()?;
            let text = String::from_utf8_lossy(&session.client.output);
            // What is drawn before the answers is drawn again.
            let text = text.rsplit("\x1b[2J").next().unwrap_or_default();
            let wrong = kind.not_sent.iter().find(|sent| text.contains(**sent));
            if let Some(wrong) = wrong {
                return Err(format!("it was sent {wrong:?}: {}", text.escape_debug()));
            }
            session.end()
        };
        run().map_err(|failure| format!("{}: {failure}", kind.name))?;
    }
    Ok(())
}

/// How often what depends on time is tried.
const ATTEMPTS: usize = 5;

/// Tries until it goes well: what could be a key is held for 30 ms, and after a second not at all,
/// and a busy machine may let so much pass between two pieces. What is wrong is wrong each time.
fn repeatedly(cx: &Context<'_>, attempt: impl Fn() -> Outcome) -> Outcome {
    let mut outcome = attempt();
    for number in 1..ATTEMPTS {
        let Err(failure) = &outcome else { break };
        cx.note(format!("attempt {number}: {failure}"));
        cx.marker.kill_all();
        outcome = attempt();
    }
    outcome
}

pub(super) fn answers(cx: &Context<'_>) -> Outcome {
    for kind in [&XTERM, &KITTY] {
        let between_keys = || -> Outcome {
            let mut session = Session::start(cx, Scripted::slow(kind))?;
            for (answer, key) in session.held()?.iter().zip(KEYS.iter().cycle()) {
                for piece in answer.chunks(answer.len().div_ceil(3)) {
                    session.client.write(piece)?;
                    sleep(Duration::from_millis(2));
                }
                session.press(key)?;
            }
            session.is_clean()?;
            session.end()
        };
        repeatedly(cx, between_keys)
            .map_err(|failure| format!("{} in pieces: {failure}", kind.name))?;
        let late = || -> Outcome {
            let mut session = Session::start(cx, Scripted::slow(kind))?;
            let held = session.held()?;
            session.press(b"before")?;
            // The client has given up waiting by then.
            sleep(Duration::from_millis(1500));
            session.client.write(&held.concat())?;
            session.press(b"after")?;
            session.is_clean()?;
            session.end()
        };
        repeatedly(cx, late).map_err(|failure| format!("{}, late: {failure}", kind.name))?;
    }
    Ok(())
}
