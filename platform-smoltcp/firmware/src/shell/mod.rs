//! A small shell, so that there is something to see.
//!
//! In come bytes that were typed, out go bytes for a terminal. It knows neither the network nor
//! whether anybody looks.

mod demo;
mod line;

use demo::Demo;
use embedded_io::Write;
use line::{Edit, Line};

use crate::log::{Log, Reader};
use crate::stack::Usage;

const PROMPT: &str = "> ";

const HELP: &str = "\
help      this\r
uptime    how long the machine has been running\r
memory    what its RAM holds\r
counters  frames and datagrams\r
echo ...  says it again\r
demo      the whole screen, until q\r
log       what has happened, and what happens until q\r
open      makes another key, whose client takes over; the board's own console shows it\r
";

/// What the shell tells about.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Milliseconds since the start.
    pub now: u64,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Measures the RAM, which takes a while.
    pub memory: fn() -> Usage,
    /// Names and values of all counters.
    pub counters: [(&'static str, u32); 6],
}

/// What the shell wants that it cannot do itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Another key, for another client.
    Open,
}

/// The shell.
#[derive(Debug, Default)]
pub struct Shell {
    line: Line,
    mode: Mode,
}

#[derive(Debug, Default)]
enum Mode {
    #[default]
    Prompt,
    Demo(Demo),
    Log(Reader),
}

impl Shell {
    /// Greets.
    pub fn greet<W: Write>(&mut self, board: &str, out: &mut W) -> Result<(), W::Error> {
        write_all(out, &["\x1b[1m", board, "\x1b[m: try help\r\n", PROMPT])
    }

    /// Takes a byte that was typed.
    pub fn key<W: Write>(
        &mut self,
        byte: u8,
        facts: &Facts,
        log: &Log,
        out: &mut W,
    ) -> Result<Option<Wish>, W::Error> {
        match &mut self.mode {
            Mode::Prompt => {
                let Some(edit) = self.line.key(byte) else { return Ok(None) };
                self.edit(edit, facts, log, out)
            }
            Mode::Demo(demo) if !is_quit(byte) => demo.key(byte, facts, out).map(|()| None),
            Mode::Demo(demo) => {
                demo.leave(out)?;
                self.prompt(out)
            }
            Mode::Log(_) if !is_quit(byte) => Ok(None),
            Mode::Log(_) => self.prompt(out),
        }
    }

    /// Learns that time has passed, or that the size has changed; returns in how many
    /// milliseconds it wants to know again.
    pub fn tick<W: Write>(
        &mut self,
        facts: &Facts,
        log: &Log,
        out: &mut W,
    ) -> Result<Option<u64>, W::Error> {
        match &mut self.mode {
            Mode::Prompt => Ok(None),
            Mode::Demo(demo) => demo.tick(facts, out).map(Some),
            Mode::Log(reader) => {
                reader.write_news(log, out)?;
                Ok(None)
            }
        }
    }

    fn edit<W: Write>(
        &mut self,
        edit: Edit,
        facts: &Facts,
        log: &Log,
        out: &mut W,
    ) -> Result<Option<Wish>, W::Error> {
        match edit {
            Edit::Show(bytes) => out.write_all(&bytes)?,
            Edit::Rub(columns) => {
                for _ in 0..columns {
                    out.write_all(b"\x08 \x08")?;
                }
            }
            Edit::Clear => {
                write_all(out, &["\x1b[H\x1b[2J", PROMPT])?;
                out.write_all(self.line.bytes())?;
            }
            Edit::Abandon => {
                out.write_all(b"^C\r\n")?;
                return self.prompt(out);
            }
            Edit::Enter => {
                out.write_all(b"\r\n")?;
                return self.command(facts, log, out);
            }
        }
        Ok(None)
    }

    fn prompt<W: Write>(&mut self, out: &mut W) -> Result<Option<Wish>, W::Error> {
        self.mode = Mode::Prompt;
        self.line.clear();
        out.write_all(PROMPT.as_bytes())?;
        Ok(None)
    }

    fn command<W: Write>(
        &mut self,
        facts: &Facts,
        log: &Log,
        out: &mut W,
    ) -> Result<Option<Wish>, W::Error> {
        let mut wish = None;
        match self.line.words() {
            ("", _) => {}
            ("help", _) => out.write_all(HELP.as_bytes())?,
            ("uptime", _) => uptime(facts.now, out)?,
            ("memory", _) => memory(&(facts.memory)(), out)?,
            ("counters", _) => {
                for (name, value) in facts.counters {
                    print(out, format_args!("{value:>10} {name}\r\n"))?;
                }
            }
            ("echo", words) => write_all(out, &[words, "\r\n"])?,
            ("demo", _) => {
                self.mode = Mode::Demo(Demo::enter(facts, out)?);
                return Ok(None);
            }
            ("log", _) => {
                let mut reader = Reader::default();
                reader.write_news(log, out)?;
                self.mode = Mode::Log(reader);
                return Ok(None);
            }
            ("open", _) => wish = Some(Wish::Open),
            (word, _) => write_all(out, &[word, ": no such command; try help\r\n"])?,
        }
        self.prompt(out)?;
        Ok(wish)
    }
}

/// Answers whether a key leaves the demonstration and the log: q or Ctrl-C.
fn is_quit(byte: u8) -> bool {
    matches!(byte, b'q' | 0x03)
}

fn uptime<W: Write>(now: u64, out: &mut W) -> Result<(), W::Error> {
    let seconds = now / 1000;
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    print(out, format_args!("up {hours}:{minutes:02}:{rest:02}\r\n"))
}

fn memory<W: Write>(usage: &Usage, out: &mut W) -> Result<(), W::Error> {
    let Usage { fixed, stack, total } = usage;
    print(out, format_args!("{fixed:>10} static\r\n{stack:>10} deepest stack\r\n"))?;
    print(out, format_args!("{total:>10} in all\r\n"))
}

fn write_all<W: Write>(out: &mut W, texts: &[&str]) -> Result<(), W::Error> {
    texts.iter().try_for_each(|text| out.write_all(text.as_bytes()))
}

/// Writes formatted text that is known to be short.
fn print<W: Write>(out: &mut W, text: core::fmt::Arguments<'_>) -> Result<(), W::Error> {
    let mut buf = heapless::String::<128>::new();
    // What does not fit is left out.
    let _ = core::fmt::Write::write_fmt(&mut buf, text);
    out.write_all(buf.as_bytes())
}
