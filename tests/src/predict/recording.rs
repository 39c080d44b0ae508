//! A recorded session: an asciicast, version 2, with the keys in it.
//!
//! A line of JSON says the size of the window, what it is and what ran; each line after it is an
//! event: `[seconds, "o", text]` is output, `[seconds, "i", text]` one key stroke,
//! `[seconds, "m", "secret"]` and `[seconds, "m", "end of secret"]` stand around strokes that the
//! program must not show.
//!
//! Source: <https://docs.asciinema.org/manual/asciicast/v2/>.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::stroke;
use crate::Outcome;

/// What a program did with what a user typed, without any network in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// What is shown.
    pub title: String,
    /// What ran.
    pub command: String,
    /// Columns and rows of the window.
    pub size: (u16, u16),
    /// What happened, in the order of time.
    pub events: Vec<Event>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, from the start; in whole microseconds.
    pub at: Duration,
    /// What.
    pub kind: Kind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The program has written.
    Output(String),
    /// The user has pressed a key.
    Key(String),
    /// What is typed from here on must not be shown.
    Secret,
    /// What is typed from here on may be shown.
    EndOfSecret,
}

/// A key stroke and what the program wrote until the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key<'r> {
    /// When it was pressed, from the start.
    pub at: Duration,
    /// What the key sent.
    pub text: &'r str,
    /// Whether the program must not show it.
    pub secret: bool,
    /// What the program wrote, and when from the start.
    pub outputs: Vec<(Duration, &'r str)>,
}

impl Recording {
    /// Reads a recording and validates it.
    ///
    /// # Errors
    ///
    /// If it is none, with the number of the line.
    pub fn parse(text: &str) -> Outcome<Self> {
        let mut lines = text.lines().enumerate();
        let (_, header) = lines.next().ok_or("empty")?;
        let header: Value = serde_json::from_str(header).map_err(|error| format!("1: {error}"))?;
        if header["version"] != 2 {
            return Err("1: not an asciicast of version 2".into());
        }
        let number = |name: &str| {
            let found = header[name].as_u64().and_then(|number| u16::try_from(number).ok());
            found.filter(|number| *number > 0).ok_or_else(|| format!("1: no {name}"))
        };
        let string = |name: &str| header[name].as_str().unwrap_or_default().to_owned();
        let size = (number("width")?, number("height")?);
        let events = lines.map(|(index, line)| {
            parse_event(line).map_err(|failure| format!("{}: {failure}", index + 1))
        });
        let recording = Self {
            title: string("title"),
            command: string("command"),
            size,
            events: events.collect::<Outcome<_>>()?,
        };
        recording.validate()?;
        Ok(recording)
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read or is no recording.
    pub fn load(path: &Path) -> Outcome<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(&text).map_err(|failure| format!("{}:{failure}", path.display()))
    }

    /// Writes the recording.
    #[must_use]
    pub fn to_text(&self) -> String {
        let (title, command) = (json(&self.title), json(&self.command));
        let (width, height) = self.size;
        let mut text = format!(
            "{{\"version\": 2, \"width\": {width}, \"height\": {height}, \"title\": {title}, \
             \"command\": {command}}}\n"
        );
        for Event { at, kind } in &self.events {
            let (code, data) = match kind {
                Kind::Output(data) => ("o", json(data)),
                Kind::Key(data) => ("i", json(data)),
                Kind::Secret => ("m", json(SECRET)),
                Kind::EndOfSecret => ("m", json(END_OF_SECRET)),
            };
            let (seconds, micros) = (at.as_secs(), at.subsec_micros());
            writeln!(text, "[{seconds}.{micros:06}, \"{code}\", {data}]")
                .expect("a string takes everything");
        }
        text
    }

    /// Checks what the type does not say: events are in the order of time, each key is one
    /// stroke, secrets begin and end, and there is a key.
    ///
    /// # Errors
    ///
    /// If a rule is broken, with the time of the event.
    pub fn validate(&self) -> Outcome {
        let mut last = Duration::ZERO;
        let mut secret = false;
        let mut keys = 0;
        for Event { at, kind } in &self.events {
            let complain = |what: String| Err(format!("at {} s: {what}", at.as_secs_f64()));
            if *at < last {
                return complain("earlier than the event before".into());
            }
            last = *at;
            match kind {
                Kind::Output(text) if text.is_empty() => return complain("no output".into()),
                Kind::Output(_) => {}
                Kind::Key(text) if !stroke::is_one(text) => {
                    return complain(format!("{text:?} is not one key stroke"));
                }
                Kind::Key(_) => keys += 1,
                Kind::Secret if secret => return complain("a secret in a secret".into()),
                Kind::EndOfSecret if !secret => return complain("the end of no secret".into()),
                Kind::Secret => secret = true,
                Kind::EndOfSecret => secret = false,
            }
        }
        if secret {
            return Err("a secret does not end".into());
        }
        if keys == 0 { Err("no key".into()) } else { Ok(()) }
    }

    /// What the program wrote before the first key, and when from the start.
    pub fn prologue(&self) -> impl Iterator<Item = (Duration, &str)> {
        let before = self.events.iter().take_while(|event| !matches!(event.kind, Kind::Key(_)));
        before.filter_map(Event::output)
    }

    /// The keys in their order, each with the output from it until the next.
    #[must_use]
    pub fn keys(&self) -> Vec<Key<'_>> {
        let mut keys: Vec<Key<'_>> = Vec::new();
        let mut secret = false;
        for event in &self.events {
            match &event.kind {
                Kind::Key(text) => {
                    keys.push(Key { at: event.at, text, secret, outputs: Vec::new() });
                }
                Kind::Output(_) => {
                    if let Some(key) = keys.last_mut() {
                        key.outputs.extend(event.output());
                    }
                }
                Kind::Secret => secret = true,
                Kind::EndOfSecret => secret = false,
            }
        }
        keys
    }
}

impl Event {
    fn output(&self) -> Option<(Duration, &str)> {
        match &self.kind {
            Kind::Output(text) => Some((self.at, text)),
            _ => None,
        }
    }
}

const SECRET: &str = "secret";
const END_OF_SECRET: &str = "end of secret";

fn parse_event(line: &str) -> Outcome<Event> {
    let event: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let parts = (event[0].as_f64(), event[1].as_str(), event[2].as_str());
    let (Some(seconds), Some(code), Some(data)) = parts else {
        return Err("not a time, a code and a text".into());
    };
    let at = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    // The written digits, of which a binary fraction may fall short by a little.
    let micros = (at + Duration::from_nanos(500)).as_micros();
    let at = Duration::from_micros(u64::try_from(micros).map_err(|error| error.to_string())?);
    let kind = match (code, data) {
        ("o", _) => Kind::Output(data.to_owned()),
        ("i", _) => Kind::Key(data.to_owned()),
        ("m", SECRET) => Kind::Secret,
        ("m", END_OF_SECRET) => Kind::EndOfSecret,
        _ => return Err(format!("an event of kind {code:?} with {data:?}")),
    };
    Ok(Event { at, kind })
}

fn json(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = concat!(
        "{\"version\": 2, \"width\": 80, \"height\": 24, \"title\": \"a\", \"command\": \"b\"}\n",
        "[0.000100, \"o\", \"$ \"]\n",
        "[1.000000, \"i\", \"l\"]\n",
        "[1.002003, \"o\", \"l\\u001b[K\"]\n",
        "[2.000000, \"m\", \"secret\"]\n",
        "[2.000000, \"i\", \"\\u001b[A\"]\n",
        "[2.100000, \"m\", \"end of secret\"]\n",
        "[3.000000, \"i\", \"語\"]\n",
        "[3.000001, \"o\", \"x\"]\n",
        "[3.000001, \"o\", \"y\"]\n",
    );

    #[test]
    fn what_is_read_is_written() {
        let recording = Recording::parse(SMALL).unwrap();
        assert_eq!(recording.to_text(), SMALL);
        assert_eq!(recording.size, (80, 24));
    }

    #[test]
    fn keys_come_with_their_output() {
        let recording = Recording::parse(SMALL).unwrap();
        let micros = Duration::from_micros;
        assert_eq!(recording.prologue().collect::<Vec<_>>(), [(micros(100), "$ ")]);
        let keys = recording.keys();
        assert_eq!(keys.iter().map(|key| key.text).collect::<String>(), "l\x1b[A語");
        assert_eq!(keys.iter().map(|key| key.secret).collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(keys[0].outputs, [(micros(1_002_003), "l\x1b[K")]);
        assert_eq!(keys[1].outputs, []);
        assert_eq!(keys[2].outputs, [(micros(3_000_001), "x"), (micros(3_000_001), "y")]);
    }

    #[test]
    fn broken_recordings_are_refused() {
        let cases = [
            ("1.000000, \"i\"", "0.000001, \"i\"", "earlier"),
            ("\"i\", \"l\"", "\"i\", \"ll\"", "one key stroke"),
            ("\"end of secret\"", "\"secret\"", "a secret in a secret"),
            ("[2.100000, \"m\", \"end of secret\"]\n", "", "does not end"),
            ("[2.000000, \"m\", \"secret\"]\n", "", "the end of no secret"),
            ("\"i\"", "\"o\"", "no key"),
            ("\"o\", \"y\"", "\"o\", \"\"", "no output"),
            ("\"o\", \"y\"", "\"o\"", "10: not a time"),
            ("\"version\": 2", "\"version\": 1", "version 2"),
            ("\"width\": 80", "\"width\": 0", "no width"),
            ("\"m\", \"secret\"", "\"m\", \"x\"", "5: an event of kind"),
        ];
        for (from, to, complaint) in cases {
            let mut text = SMALL.replace(from, to);
            if complaint == "no key" {
                text = text.replace("[2.000000, \"m\", \"secret\"]\n", "");
                text = text.replace("[2.100000, \"m\", \"end of secret\"]\n", "");
            }
            let failure = Recording::parse(&text).unwrap_err();
            assert!(failure.contains(complaint), "{to:?}: {failure}");
        }
    }
}
