//! A real xterm without a window to look at, as a giver of pictures and of answers.
//!
//! It tells what is in a cell by the sum over a rectangle of one, with those attributes that have
//! a part in sums: bold, underline, blink and inverse. Colours and marks are not known (nor are
//! they what it prints for media copy: there attributes go on into cells that do not have them).
//! It tells the cursor and modes, and by a sum that all before was read.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use super::case::Witness;
use mosh_core::screen::{Attributes, Underline};

use super::picture::{Cell, Look, Picture, Row};
use crate::Outcome;
use crate::processes::Marker;
use crate::scratch::Scratch;
use crate::session::environment;
use crate::terminal::SOON;

/// Shows what comes through one pipe, and passes on what the terminal answers through another.
const SHOW: &str = r#"stty raw -echo; cat "$1" & exec cat >"$2""#;

/// Settings without which it keeps things to itself, and such under which characters stay as they
/// were written.
const RESOURCES: [&str; 6] = [
    "*allowWindowOps: true",
    "*disallowedWindowOps:",
    "*allowTitleOps: true",
    "*precompose: false",
    "*utf8Title: true",
    "*scrollBar: false",
];

/// The modes that pictures tell of.
const MODES: [(&str, u16); 8] = [
    ("cursor keys", 1),
    ("bracketed paste", 2004),
    ("focus events", 1004),
    ("mouse buttons", 1000),
    ("mouse drag", 1002),
    ("mouse motion", 1003),
    ("mouse in UTF-8", 1005),
    ("mouse in SGR", 1006),
];

/// An X server with one window.
#[derive(Debug)]
pub struct Xterm {
    marker: Marker,
    scratch: Scratch,
    display: Display,
    window: Option<Window>,
    size: (u16, u16),
    /// So many times it has said that it had read everything.
    count: u16,
    answers: Vec<u8>,
}

/// An X server, which ends with this.
#[derive(Debug)]
struct Display {
    child: Child,
    name: String,
}

/// An xterm, which ends with this.
#[derive(Debug)]
struct Window {
    child: Child,
    input: File,
    output: Receiver<Vec<u8>>,
}

impl Xterm {
    /// Starts an X server.
    ///
    /// # Errors
    ///
    /// If there is none, or no xterm.
    pub fn start() -> Outcome<Self> {
        let marker = Marker::new();
        let scratch = Scratch::new();
        let mut command = Command::new("Xvfb");
        marker.mark(command.env_clear().envs(environment(scratch.path())));
        command.args(["-displayfd", "1", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]);
        // Else it begins anew when a window closes, and the next one may come too early.
        command.arg("-noreset");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| format!("Xvfb: {error}"))?;
        let mut name = String::new();
        let output = child.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut name).map_err(|error| format!("Xvfb: {error}"))?;
        let display = Display { child, name: format!(":{}", name.trim_end()) };
        Ok(Self { marker, scratch, display, window: None, size: (0, 0), count: 0, answers: vec![] })
    }

    /// Makes a blank terminal of the one that is there, without another size.
    ///
    /// # Errors
    ///
    /// If it has gone.
    pub fn reset(&mut self) -> Outcome {
        // The alternate screen and the cursor that is saved there outlive RIS.
        self.show(b"\x1bc\x1b[?1049h\x1b[2J\x1b[H\x1b7\x1b[?1049l\x1bc\x1b[2J")?;
        self.answers.clear();
        Ok(())
    }

    fn open(&mut self, (columns, rows): (u16, u16)) -> Outcome {
        // Before the next one has the pipes of the same names.
        self.window = None;
        let [input, output] = ["input", "output"].map(|name| self.scratch.path().join(name));
        for pipe in [&input, &output] {
            let _ = fs::remove_file(pipe);
            let made = Command::new("mkfifo").arg(pipe).status();
            if !made.is_ok_and(|status| status.success()) {
                return Err(format!("{}: mkfifo failed", pipe.display()));
            }
        }
        let mut command = Command::new("xterm");
        self.marker.mark(command.env_clear().envs(environment(self.scratch.path())));
        command.env("DISPLAY", &self.display.name);
        command.args(["-geometry", &format!("{columns}x{rows}")]);
        for resource in RESOURCES {
            command.args(["-xrm", resource]);
        }
        command.args(["-e", "sh", "-c", SHOW, "sh"]).args([&input, &output]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(|error| format!("xterm: {error}"))?;
        let open = |write: bool, path| {
            // Both directions, so that nobody waits for the other end.
            let file = fs::OpenOptions::new().read(true).write(true).open(path);
            file.map_err(|error| {
                format!("xterm's {}: {error}", if write { "input" } else { "output" })
            })
        };
        let (input, mut pipe) = (open(true, &input)?, open(false, &output)?);
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut buf = [0; 4096];
            while let Ok(len @ 1..) = pipe.read(&mut buf) {
                if sender.send(buf[..len].to_vec()).is_err() {
                    break;
                }
            }
        });
        self.window = Some(Window { child, input, output: receiver });
        self.size = (columns, rows);
        Ok(())
    }

    /// Writes output, waits until it was read, and returns what was answered.
    fn ask(&mut self, output: &[u8]) -> Outcome<Vec<u8>> {
        self.count = self.count % 9999 + 1;
        let window = self.window.as_mut().ok_or("there is no xterm yet")?;
        // DECRQCRA, whose answer comes with the number of the question.
        let question = format!("\x1b[{};1;1;1;1;1*y", self.count);
        let all = [output, question.as_bytes()].concat();
        window.input.write_all(&all).map_err(|error| format!("xterm: {error}"))?;
        let end = format!("\x1bP{}!~", self.count);
        let mut answers = Vec::new();
        let started = Instant::now();
        loop {
            let found = answers.windows(end.len()).position(|it| it == end.as_bytes());
            if let Some(place) = found
                && answers[place..].ends_with(b"\x1b\\")
            {
                answers.truncate(place);
                return Ok(answers);
            }
            match window.output.recv_timeout(Duration::from_millis(100)) {
                Ok(more) => answers.extend(more),
                Err(_) if started.elapsed() > SOON => {
                    return Err(format!("xterm is silent after {}", output.escape_ascii()));
                }
                Err(_) => {}
            }
        }
    }

    /// Returns the sum of every cell by itself (DECRQCRA), taken as XTCHECKSUM's `flags` say.
    fn sums(&mut self, flags: u16) -> Outcome<Vec<u32>> {
        let (columns, rows) = self.size;
        let mut questions = format!("\x1b[{flags}#y");
        for (row, column) in (1..=rows).flat_map(|row| (1..=columns).map(move |it| (row, it))) {
            questions += &format!("\x1b[1;1;{row};{column};{row};{column}*y");
        }
        let answers = self.ask(questions.as_bytes())?;
        let answers = String::from_utf8_lossy(&answers).into_owned();
        let sum = |it: &str| u32::from_str_radix(it.trim_end_matches("\x1b\\"), 16);
        let sums = answers.split("\x1bP1!~").skip(1).map(sum).collect::<Result<Vec<_>, _>>();
        sums.map_err(|error| format!("xterm's sums: {error}"))
    }

    fn show(&mut self, output: &[u8]) -> Outcome {
        let answers = self.ask(output)?;
        self.answers.extend(answers);
        Ok(())
    }
}

impl Witness for Xterm {
    fn start(&mut self, size: (u16, u16)) -> Outcome {
        self.open(size)?;
        self.reset()
    }

    fn write(&mut self, output: &[u8]) -> Outcome {
        self.show(output)
    }

    fn resize(&mut self, (columns, rows): (u16, u16)) -> Outcome {
        self.show(format!("\x1b[8;{rows};{columns}t").as_bytes())?;
        // The X server takes its time.
        thread::sleep(Duration::from_millis(200));
        self.size = (columns, rows);
        Ok(())
    }

    fn picture(&mut self) -> Outcome<Picture> {
        let mut questions = "\x1b[1$w\x1b[?25$p\x1b[?6$p".to_owned();
        MODES.iter().for_each(|(_, mode)| questions += &format!("\x1b[?{mode}$p"));
        let answers = self.ask(questions.as_bytes())?;
        let answers = String::from_utf8_lossy(&answers).into_owned();
        let cursor = || -> Option<(u16, u16)> {
            let (_, report) = answers.split_once("\x1bP1$u")?;
            let mut numbers = report.split(';').map(str::parse::<u16>);
            let (row, column) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
            Some((column.checked_sub(1)?, row.checked_sub(1)?))
        };
        let cursor = cursor().ok_or_else(|| format!("no cursor in {}", answers.escape_debug()))?;
        let is_on = |mode: u16| answers.contains(&format!("\x1b[?{mode};1$y"));
        if is_on(6) {
            // Places would count from the margins.
            self.ask(b"\x1b[?6l")?;
        }
        // Plain sums, then such with attributes.
        let (texts, all) = (self.sums(0b10111)?, self.sums(0b10101)?);
        let cells: Vec<Cell> = texts.iter().zip(all).map(|(text, all)| cell(*text, all)).collect();
        let row = |cells: &[Cell]| Row { cells: cells.to_vec(), wrapped: None, known: cells.len() };
        Ok(Picture {
            rows: cells.chunks(self.size.0.into()).map(row).collect(),
            cursor,
            cursor_visible: is_on(25),
            modes: MODES.iter().filter(|(_, it)| is_on(*it)).map(|(name, _)| *name).collect(),
        })
    }

    fn answers(&mut self) -> Option<Vec<u8>> {
        Some(std::mem::take(&mut self.answers))
    }
}

/// What is added to a character for each attribute (VT520, DECRQCRA).
const ATTRIBUTES: [(u32, Attributes); 3] =
    [(0x20, Attributes::INVERSE), (0x40, Attributes::BLINK), (0x80, Attributes::BOLD)];

const UNDERLINED: u32 = 0x10;

fn cell(text: u32, all: u32) -> Cell {
    let added = all.wrapping_sub(text);
    let attributes = ATTRIBUTES.iter().filter(|(value, _)| added & value != 0);
    let look = Look {
        attributes: attributes.fold(Attributes::default(), |all, (_, it)| all.with(*it)),
        underline: if added & UNDERLINED == 0 { Underline::None } else { Underline::Single },
        ..Look::default()
    };
    let text = match char::from_u32(text) {
        // Behind a wide character.
        Some('\u{ffff}') => String::new(),
        Some('\0') | None => " ".into(),
        Some(c) => c.into(),
    };
    Cell { text, look, link: String::new() }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
