//! Output with the pictures that it makes, in a file.
//!
//! ```text
//! # Curly underlines, in the form of the kitty terminal.
//! size: 12x2
//! write: \e[4:3mcurly\e[m
//! |curly
//! |
//! look 0: 0-4 curly
//! cursor 5,0
//! play: ../corpus/vim-insert.cast 120
//! ```
//!
//! Lines with a colon after their first word say what happens, in order: `size` makes a blank
//! terminal, `write` takes output, `play` that of a recording below the file's directory before
//! its event of a number (after the `play` before it), `resize` another size, `answer` says what the
//! terminal has answered since. The others are a picture, as [`text`] writes it, of what is shown
//! then. In output `\e` stands for ESC, `\xHH` for a byte, `\r`, `\n`, `\t`, `\b`, `\a` and
//! `\\` for what they do in Rust or C.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{Own, Picture, text};
use crate::Outcome;
use crate::predict::recording::{Kind, Recording};

/// A file in steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Where recordings are sought.
    folder: PathBuf,
    /// What it says, line by line.
    steps: Vec<Step>,
}

/// A line or a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A comment or an empty line, as it stands.
    Comment(String),
    /// A blank terminal of so many columns and rows.
    Size(u16, u16),
    /// Another size.
    Resize(u16, u16),
    /// Output, as it stands.
    Write(String),
    /// The output of a recording before its event of a number.
    Play(String, usize),
    /// What the terminal has answered, as it stands.
    Answer(String),
    /// What is shown.
    Show(String),
}

/// What shows output: ours, or another emulator.
pub trait Witness {
    /// Becomes a blank terminal.
    ///
    /// # Errors
    ///
    /// If it cannot.
    fn start(&mut self, size: (u16, u16)) -> Outcome;

    /// Takes output.
    ///
    /// # Errors
    ///
    /// If it cannot.
    fn write(&mut self, output: &[u8]) -> Outcome;

    /// Takes another size.
    ///
    /// # Errors
    ///
    /// If it cannot.
    fn resize(&mut self, size: (u16, u16)) -> Outcome;

    /// Returns what is shown.
    ///
    /// # Errors
    ///
    /// If it cannot.
    fn picture(&mut self) -> Outcome<Picture>;

    /// Returns the answers to queries since the last call; nothing if they cannot be known.
    fn answers(&mut self) -> Option<Vec<u8>>;
}

impl Witness for Own {
    fn start(&mut self, size: (u16, u16)) -> Outcome {
        *self = Self::new(size);
        Ok(())
    }

    fn write(&mut self, output: &[u8]) -> Outcome {
        Self::write(self, output);
        Ok(())
    }

    fn resize(&mut self, size: (u16, u16)) -> Outcome {
        Self::resize(self, size);
        Ok(())
    }

    fn picture(&mut self) -> Outcome<Picture> {
        Ok(Self::picture(self))
    }

    fn answers(&mut self) -> Option<Vec<u8>> {
        Some(self.take_answers())
    }
}

impl Case {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read or is none, with the number of the line.
    pub fn load(path: &Path) -> Outcome<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        Self::parse(&text, folder).map_err(|failure| format!("{}:{failure}", path.display()))
    }

    /// Reads a text.
    ///
    /// # Errors
    ///
    /// If it is none, with the number of the line.
    pub fn parse(text: &str, folder: PathBuf) -> Outcome<Self> {
        let mut steps = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let about = |failure: String| format!("{}: {failure}", index + 1);
            let step = parse_line(line).map_err(about)?;
            match (step, steps.last_mut()) {
                (Step::Show(line), Some(Step::Show(before))) => before.push_str(&line),
                (step, _) => steps.push(step),
            }
        }
        Ok(Self { folder, steps })
    }

    /// Writes the file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for step in &self.steps {
            let _ = match step {
                Step::Comment(comment) => writeln!(text, "{comment}"),
                Step::Size(columns, rows) => writeln!(text, "size: {columns}x{rows}"),
                Step::Resize(columns, rows) => writeln!(text, "resize: {columns}x{rows}"),
                Step::Write(output) => writeln!(text, "write: {output}"),
                Step::Play(file, end) => writeln!(text, "play: {file} {end}"),
                Step::Answer(answer) => writeln!(text, "answer: {answer}"),
                Step::Show(picture) => write!(text, "{picture}"),
            };
        }
        text
    }

    /// Shows the output to a witness and returns the file that would hold for it.
    ///
    /// # Errors
    ///
    /// If the witness fails, or a recording cannot be read.
    pub fn run(&self, witness: &mut dyn Witness) -> Outcome<Self> {
        let mut steps = Vec::new();
        let mut played = (String::new(), 0);
        for step in &self.steps {
            steps.push(match step {
                Step::Comment(_) => step.clone(),
                Step::Size(columns, rows) => {
                    witness.start((*columns, *rows))?;
                    played.1 = 0;
                    step.clone()
                }
                Step::Resize(columns, rows) => {
                    witness.resize((*columns, *rows))?;
                    step.clone()
                }
                Step::Write(output) => {
                    witness.write(&unescape(output)?)?;
                    step.clone()
                }
                Step::Play(file, end) => {
                    let recording = Recording::load(&self.folder.join(file))?;
                    let start = if played.0 == *file { played.1 } else { 0 };
                    let events = recording.events.get(start..*end);
                    let events = events.ok_or_else(|| format!("{file} has no event {end}"))?;
                    let output = events.iter().filter_map(|event| match &event.kind {
                        Kind::Output(text) => Some(text.as_bytes()),
                        _ => None,
                    });
                    witness.write(&output.collect::<Vec<_>>().concat())?;
                    played = (file.clone(), *end);
                    step.clone()
                }
                Step::Answer(_) => match witness.answers() {
                    Some(answer) => Step::Answer(escape(&answer)),
                    None => step.clone(),
                },
                Step::Show(_) => Step::Show(text::write(&witness.picture()?)),
            });
        }
        Ok(Self { folder: self.folder.clone(), steps })
    }

    /// Where a run differs, in words; empty if it does not.
    #[must_use]
    pub fn differences(&self, run: &Self) -> String {
        let mut report = String::new();
        for (index, (expected, found)) in self.steps.iter().zip(&run.steps).enumerate() {
            let (a, b) = match (expected, found) {
                (Step::Show(a), Step::Show(b)) | (Step::Answer(a), Step::Answer(b)) => (a, b),
                _ => continue,
            };
            if a != b {
                let does = |step: &&Step| matches!(step, Step::Write(_) | Step::Play(..));
                let after = self.steps[..index].iter().rev().find(does);
                let _ = writeln!(report, "  after {after:?}:");
                let missing = a.lines().filter(|line| !b.lines().any(|other| other == *line));
                let extra = b.lines().filter(|line| !a.lines().any(|other| other == *line));
                missing.for_each(|line| _ = writeln!(report, "    - {line}"));
                extra.for_each(|line| _ = writeln!(report, "    + {line}"));
            }
        }
        report
    }
}

fn parse_line(line: &str) -> Outcome<Step> {
    let size = |text: &str| -> Outcome<(u16, u16)> {
        let numbers = text.split_once('x').and_then(|(columns, rows)| {
            Some((columns.parse::<u16>().ok()?, rows.parse::<u16>().ok()?))
        });
        numbers.filter(|(columns, rows)| *columns > 0 && *rows > 0).ok_or("no size".into())
    };
    if line.trim().is_empty() || line.starts_with('#') {
        return Ok(Step::Comment(line.to_owned()));
    }
    Ok(match line.split_once(": ") {
        Some(("size", text)) => size(text).map(|(columns, rows)| Step::Size(columns, rows))?,
        Some(("resize", text)) => size(text).map(|(columns, rows)| Step::Resize(columns, rows))?,
        Some(("write", text)) => {
            unescape(text)?;
            Step::Write(text.to_owned())
        }
        Some(("answer", text)) => Step::Answer(text.to_owned()),
        Some(("play", text)) => {
            let (file, end) = text.rsplit_once(' ').ok_or("no number of an event")?;
            Step::Play(file.to_owned(), end.parse().map_err(|_| "no number of an event")?)
        }
        _ if line == "answer:" => Step::Answer(String::new()),
        _ if line.starts_with('|') => Step::Show(format!("{line}\n")),
        _ if ["look ", "wide ", "link ", "cursor ", "modes "]
            .iter()
            .any(|it| line.starts_with(it)) =>
        {
            Step::Show(format!("{line}\n"))
        }
        _ => return Err(format!("{line:?} says nothing")),
    })
}

/// Makes bytes of how they stand in a file.
fn unescape(text: &str) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((plain, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(plain.as_bytes());
        let kind = after.chars().next().ok_or("nothing follows the backslash")?;
        rest = &after[kind.len_utf8()..];
        bytes.push(match kind {
            'e' => 0x1b,
            'r' => b'\r',
            'n' => b'\n',
            't' => b'\t',
            'b' => 0x08,
            'a' => 0x07,
            '\\' => b'\\',
            'x' => {
                let digits = rest.get(..2).ok_or("two digits follow \\x")?;
                rest = &rest[2..];
                u8::from_str_radix(digits, 16).map_err(|_| "two digits follow \\x")?
            }
            _ => return Err(format!("\\{kind} stands for nothing")),
        });
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}

/// Writes bytes as they stand in a file.
fn escape(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            0x1b => text.push_str("\\e"),
            b'\\' => text.push_str("\\\\"),
            0x20..0x7f => text.push(char::from(*byte)),
            _ => _ = write!(text, "\\x{byte:02x}"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_as_it_was_read() {
        let text = "# two rows\nsize: 4x2\nwrite: \\e[1ma\\\\\\x20\\e[m\\e[5n\n|a\\\n|\n\
                    look 0: 0-2 bold\ncursor 3,0\nanswer: \\e[0n\nresize: 5x2\n";
        let case = Case::parse(text, PathBuf::new()).unwrap();
        assert_eq!(case.to_text(), text);
        let run = case.run(&mut Own::new((1, 1))).unwrap();
        assert_eq!(case.differences(&run), "");
        let wrong = Case::parse(&text.replace("0-2", "0-1"), PathBuf::new()).unwrap();
        let run = wrong.run(&mut Own::new((1, 1))).unwrap();
        let lines = "    - look 0: 0-1 bold\n    + look 0: 0-2 bold\n";
        assert!(wrong.differences(&run).ends_with(lines), "{}", wrong.differences(&run));
        assert!(Case::parse("nonsense\n", PathBuf::new()).is_err());
    }
}
