//! What a real client has shown of a recording over some line, in a file of the same form as the
//! recording's: each key when it was typed, and what the client wrote to its terminal and when.

use std::hash::Hasher as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fmt, fs, io};

use crate::Outcome;
use crate::links::screen::Screen;
use crate::predict::recording::{Event, Key, Kind, Recording};
use crate::predict::score::{Score, Session, score};
use crate::programs::Pair;
use crate::sim::hash::Mix;

/// What lies between client and server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The round trip, in milliseconds.
    pub rtt_ms: u32,
    /// Share of datagrams lost each way, in percent.
    pub loss: u32,
}

impl Line {
    /// The round trip.
    #[must_use]
    pub fn rtt(self) -> Duration {
        Duration::from_millis(self.rtt_ms.into())
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.rtt_ms)?;
        if self.loss > 0 { write!(f, ", {} % lost", self.loss) } else { Ok(()) }
    }
}

/// Which session something was captured from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The name of the recording that was replayed.
    pub recording: String,
    /// What carried it.
    pub line: Line,
    /// Client and server.
    pub pair: Pair,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}, {}", self.recording, self.line, self.pair)
    }
}

impl Subject {
    /// The name of its file.
    #[must_use]
    pub fn file_name(&self) -> String {
        let Self { recording, line: Line { rtt_ms, loss }, pair } = self;
        format!("{recording}.{rtt_ms}.{loss}.{pair}.cast")
    }

    /// The subject whose file has that name.
    #[must_use]
    pub fn of_file_name(name: &str) -> Option<Self> {
        let mut parts = name.strip_suffix(".cast")?.rsplitn(4, '.');
        let pair = parts.next()?;
        let pair = Pair::ALL.into_iter().find(|it| it.to_string() == pair)?;
        let loss = parts.next()?.parse().ok()?;
        let rtt_ms = parts.next()?.parse().ok()?;
        Some(Self { recording: parts.next()?.to_owned(), line: Line { rtt_ms, loss }, pair })
    }
}

/// What was captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// From which session.
    pub subject: Subject,
    /// Keys and output at the client's terminal.
    pub cast: Recording,
}

impl Capture {
    /// Puts a capture together: `typed` says when each key of the recording was typed, `written`
    /// what the client wrote and when.
    ///
    /// # Errors
    ///
    /// If the client wrote what is no UTF-8.
    pub fn new(
        subject: Subject,
        recording: &Recording,
        typed: &[Duration],
        written: &[(Duration, Vec<u8>)],
    ) -> Outcome<Self> {
        let keys = recording.keys();
        if keys.len() != typed.len() {
            return Err(format!("{} keys, {} typed", keys.len(), typed.len()));
        }
        let key = |(key, &at): (&Key<'_>, _)| Event {
            at: micros(at),
            kind: Kind::Key(key.text.to_owned()),
        };
        let mut events: Vec<_> = keys.iter().zip(typed).map(key).collect();
        events.extend(outputs(written)?);
        // What was written at the time of a key was written before it.
        events.sort_by_key(|event| (event.at, matches!(event.kind, Kind::Key(_))));
        let title = format!("{}, as a client shows it", recording.title);
        let command = command(&subject, recording);
        let cast = Recording { title, command, size: recording.size, events };
        cast.validate()?;
        Ok(Self { subject, cast })
    }

    /// When each key was typed.
    #[must_use]
    pub fn typed(&self) -> Vec<Duration> {
        self.cast.keys().iter().map(|key| key.at).collect()
    }

    /// What the client wrote to its terminal, and when.
    #[must_use]
    pub fn written(&self) -> Vec<(Duration, Vec<u8>)> {
        let output = |event: &Event| match &event.kind {
            Kind::Output(text) => Some((event.at, text.clone().into_bytes())),
            _ => None,
        };
        self.cast.events.iter().filter_map(output).collect()
    }

    /// Whether this was captured from that recording as it is.
    #[must_use]
    pub fn is_of(&self, recording: &Recording) -> bool {
        self.cast.command == command(&self.subject, recording)
    }

    /// Judges what the client showed.
    #[must_use]
    pub fn judge(&self, recording: &Recording) -> Score {
        let line = self.subject.line;
        let session = Session {
            typed: &self.typed(),
            written: &self.written(),
            round_trip: line.rtt(),
            is_lossy: line.loss > 0,
            server: self.subject.pair.server,
        };
        score(recording, &session)
    }

    /// Whether the client showed in the end what the recorded program did.
    ///
    /// # Errors
    ///
    /// Both screens, if not.
    pub fn compare_end(&self, recording: &Recording) -> Outcome {
        let end = |cast: &Recording| {
            let mut screen = Screen::new(cast.size);
            for event in &cast.events {
                if let Kind::Output(text) = &event.kind {
                    screen.write(text.as_bytes());
                }
            }
            screen.text()
        };
        let (printed, shown) = (end(recording), end(&self.cast));
        if printed == shown { Ok(()) } else { Err(super::session::differ(&printed, &shown)) }
    }

    /// How much later than the recorded user a key was typed, at worst.
    #[must_use]
    pub fn lateness(&self, recording: &Recording) -> Duration {
        let typed = self.typed();
        let keys = recording.keys();
        // Both begin somewhere: the key that came soonest after its time was on time.
        let offset =
            |(key, at): (&Key<'_>, &Duration)| at.as_micros() as i128 - key.at.as_micros() as i128;
        let offsets: Vec<_> = keys.iter().zip(&typed).map(offset).collect();
        let (least, most) = (offsets.iter().min(), offsets.iter().max());
        let span = most.zip(least).map_or(0, |(most, least)| most - least);
        Duration::from_micros(u64::try_from(span).unwrap_or(u64::MAX))
    }

    /// Writes the capture into a directory.
    ///
    /// # Errors
    ///
    /// If that is not possible.
    pub fn keep(&self, directory: &Path) -> Outcome {
        let path = directory.join(self.subject.file_name());
        let written =
            fs::create_dir_all(directory).and_then(|()| fs::write(&path, self.cast.to_text()));
        written.map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Reads a capture, if the file's name is that of one.
    ///
    /// # Errors
    ///
    /// If it is broken.
    pub fn load(path: &Path) -> Outcome<Option<Self>> {
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(subject) = name.and_then(Subject::of_file_name) else { return Ok(None) };
        Ok(Some(Self { subject, cast: Recording::load(path)? }))
    }

    /// Reads all captures of a directory, in the order of their names.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read, or one is broken.
    pub fn load_all(directory: &Path) -> Outcome<Vec<Self>> {
        let entries = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = entries.map_err(|error| format!("{}: {error}", directory.display()))?;
        let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        paths.sort();
        paths.iter().filter_map(|path| Self::load(path).transpose()).collect()
    }
}

/// Tells a recording from what it was before it was made again.
#[must_use]
pub fn fingerprint(recording: &Recording) -> u64 {
    let mut mix = Mix::default();
    mix.write(recording.to_text().as_bytes());
    mix.finish()
}

/// Says what was run, down to the recording's last byte.
fn command(subject: &Subject, recording: &Recording) -> String {
    format!("{subject}, of recording {:016x}", fingerprint(recording))
}

/// A file holds whole microseconds.
fn micros(at: Duration) -> Duration {
    Duration::from_micros(u64::try_from(at.as_micros()).unwrap_or(u64::MAX))
}

/// What was read, in pieces that are text: of a character that was read in two parts, the first
/// waits for the second.
fn outputs(written: &[(Duration, Vec<u8>)]) -> Outcome<Vec<Event>> {
    let mut outputs = Vec::new();
    let mut rest = Vec::new();
    for (at, bytes) in written {
        rest.extend_from_slice(bytes);
        let valid = match std::str::from_utf8(&rest) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(error) => return Err(format!("the client wrote no UTF-8: {error}")),
        };
        let whole: Vec<u8> = rest.drain(..valid).collect();
        if !whole.is_empty() {
            let text = String::from_utf8(whole).expect("was found to be valid");
            outputs.push(Event { at: micros(*at), kind: Kind::Output(text) });
        }
    }
    if rest.is_empty() { Ok(outputs) } else { Err("the client wrote half a character".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::Family;
    use crate::scratch::Scratch;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn recording() -> Recording {
        let key = |ms, text: &str| Event { at: at(ms), kind: Kind::Key(text.into()) };
        let output = |ms, text: &str| Event { at: at(ms), kind: Kind::Output(text.into()) };
        let events = vec![output(5, "$ "), key(1000, "l"), output(1001, "l"), key(1200, "\u{e9}")];
        Recording { title: "a shell".into(), command: "sh".into(), size: (80, 24), events }
    }

    fn subject() -> Subject {
        let line = Line { rtt_ms: 100, loss: 5 };
        let pair = Pair { client: Family::Ours, server: Family::Stock };
        Subject { recording: "vim.insert".into(), line, pair }
    }

    #[test]
    fn what_is_kept_is_loaded() {
        let written =
            [(at(20), b"$ ".to_vec()), (at(3001), b"l\xc3".to_vec()), (at(3200), b"\xa9".to_vec())];
        let typed = [at(3000), at(3200)];
        let capture = Capture::new(subject(), &recording(), &typed, &written).unwrap();
        assert_eq!(capture.typed(), typed);
        // The character that came in two parts is there when its second part is.
        let whole = [(at(20), "$ "), (at(3001), "l"), (at(3200), "\u{e9}")];
        assert_eq!(capture.written(), whole.map(|(at, text)| (at, text.as_bytes().to_vec())));
        let scratch = Scratch::new();
        capture.keep(scratch.path()).unwrap();
        scratch.write("README.md", "no capture");
        assert_eq!(Capture::load_all(scratch.path()).unwrap(), std::slice::from_ref(&capture));
        assert!(capture.is_of(&recording()));
        let mut other = recording();
        other.events[2].kind = Kind::Output("m".into());
        assert!(!capture.is_of(&other));
    }

    #[test]
    fn what_is_shown_in_the_end_is_what_was_printed() {
        let compare = |written: &[&[u8]]| {
            let written: Vec<_> = written.iter().map(|bytes| (at(3100), bytes.to_vec())).collect();
            let typed = [at(3000), at(3200)];
            let capture = Capture::new(subject(), &recording(), &typed, &written).unwrap();
            capture.compare_end(&recording())
        };
        compare(&[b"\x1b[?1049h$ l"]).unwrap();
        compare(&[b"$ x", b"\x08l"]).unwrap();
        assert!(compare(&[b"$ x"]).unwrap_err().ends_with("printed:\n$ l\nshown:\n$ x"));
    }

    #[test]
    fn names_of_files_tell_the_subject() {
        assert_eq!(subject().file_name(), "vim.insert.100.5.ours-stock.cast");
        assert_eq!(Subject::of_file_name(&subject().file_name()), Some(subject()));
        for other in ["bash.cast", "bash.100.0.ours.cast", "bash.100.0.ours-ours.svg"] {
            assert_eq!(Subject::of_file_name(other), None);
        }
    }

    #[test]
    fn keys_are_as_late_as_they_are_apart() {
        let capture = |typed: [Duration; 2]| {
            Capture::new(subject(), &recording(), &typed, &[]).unwrap().lateness(&recording())
        };
        assert_eq!(capture([at(3000), at(3200)]), at(0));
        assert_eq!(capture([at(3000), at(3207)]), at(7));
        assert_eq!(capture([at(3002), at(3200)]), at(2));
        assert!(Capture::new(subject(), &recording(), &[at(1)], &[]).is_err());
    }

    #[test]
    fn only_text_can_be_kept() {
        for bytes in [&b"\xff"[..], b"\xc3"] {
            let written = [(at(3001), bytes.to_vec())];
            let typed = [at(3000), at(3200)];
            assert!(Capture::new(subject(), &recording(), &typed, &written).is_err());
        }
    }
}
