//! A program that answers as the recorded one did.
//!
//! In come the bytes that a program reads, out what it writes and when. Time comes from the
//! caller; there is no process.
//!
//! What the recorded program wrote between two keys belongs to the first of them. It is written
//! again after the delay it had from its key, and always in order. What has not been written when
//! the next key is read is written then, since the recorded program had written it when it read
//! that key. The answers of a terminal to queries in the output are ignored, as they are not
//! recorded.

use std::collections::VecDeque;
use std::time::Duration;

use mosh_core::time::Instant;

use super::recording::Recording;
use super::stroke;

/// A replayed program.
///
/// ```
/// use mosh_core::time::Instant;
/// use mosh_tests::predict::{recording::Recording, replay::Replay};
///
/// let recording = Recording::parse(concat!(
///     "{\"version\": 2, \"width\": 80, \"height\": 24}\n",
///     "[1.000, \"i\", \"a\"]\n",
///     "[1.002, \"o\", \"A\"]\n",
/// ))?;
/// let mut replay = Replay::new(&recording, Instant::ZERO);
/// assert_eq!(replay.input(Instant::from_millis(5000), b"a"), 1);
/// assert_eq!(replay.poll_timeout(), Some(Instant::from_millis(5002)));
/// assert_eq!(replay.output(Instant::from_millis(5001)), None);
/// assert_eq!(replay.output(Instant::from_millis(5002)), Some("A"));
/// assert!(replay.is_over());
/// # Ok::<(), String>(())
/// ```
#[derive(Debug)]
pub struct Replay {
    /// What is written before the first key, and then the keys.
    steps: Vec<Step>,
    keys_read: usize,
    /// What is to be written, in order.
    queue: VecDeque<Due>,
    /// Input that is not yet a whole key.
    pending: Vec<u8>,
    strays: usize,
}

/// A key and the output that belongs to it.
#[derive(Debug)]
struct Step {
    key: String,
    /// With the delay from the key.
    outputs: Vec<(Duration, String)>,
}

/// An output that waits.
#[derive(Debug)]
struct Due {
    at: Instant,
    step: usize,
    output: usize,
}

impl Replay {
    /// Starts the program.
    #[must_use]
    pub fn new(recording: &Recording, now: Instant) -> Self {
        let own = |outputs: &[(Duration, &str)], from| {
            outputs.iter().map(|(at, text)| (*at - from, (*text).to_owned())).collect()
        };
        let prologue: Vec<_> = recording.prologue().collect();
        let start = Step { key: String::new(), outputs: own(&prologue, Duration::ZERO) };
        let keys = recording.keys();
        let keys = keys
            .iter()
            .map(|key| Step { key: key.text.to_owned(), outputs: own(&key.outputs, key.at) });
        let mut replay = Self {
            steps: std::iter::once(start).chain(keys).collect(),
            keys_read: 0,
            queue: VecDeque::new(),
            pending: Vec::new(),
            strays: 0,
        };
        replay.schedule(now, 0);
        replay
    }

    /// Reads input, which may hold parts of keys or several. Returns how many keys are complete
    /// with it.
    pub fn input(&mut self, now: Instant, bytes: &[u8]) -> usize {
        self.pending.extend_from_slice(bytes);
        let before = self.keys_read;
        while self.keys_read + 1 < self.steps.len() {
            let Some(next) = self.cut() else { break };
            let (len, is_key) = match next {
                Next::Key(len) => (len, true),
                Next::Reply(len) => (len, false),
                Next::Stray(len) => {
                    self.strays += 1;
                    (len, false)
                }
            };
            self.pending.drain(..len);
            if is_key {
                self.keys_read += 1;
                // So all that waits is due before what belongs to this key.
                for due in &mut self.queue {
                    due.at = due.at.min(now);
                }
                self.schedule(now, self.keys_read);
            }
        }
        self.keys_read - before
    }

    /// Returns the next output that is due, piece by piece as the recorded program wrote it.
    pub fn output(&mut self, now: Instant) -> Option<&str> {
        let due = self.queue.pop_front_if(|due| due.at <= now)?;
        Some(&self.steps[due.step].outputs[due.output].1)
    }

    /// When [`output`](Self::output) has something next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.queue.front().map(|due| due.at)
    }

    /// Keys that have been read.
    #[must_use]
    pub fn keys_read(&self) -> usize {
        self.keys_read
    }

    /// Pieces of input that were neither the recorded key nor a terminal's answer.
    #[must_use]
    pub fn strays(&self) -> usize {
        self.strays
    }

    /// Whether all keys have been read and all output was written.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.keys_read + 1 == self.steps.len() && self.queue.is_empty()
    }

    fn schedule(&mut self, now: Instant, step: usize) {
        for (output, (delay, _)) in self.steps[step].outputs.iter().enumerate() {
            self.queue.push_back(Due { at: now + *delay, step, output });
        }
    }

    /// Looks what the pending input begins with; `None` as long as that may become a key.
    fn cut(&self) -> Option<Next> {
        let first = self.pending.utf8_chunks().next()?;
        let (text, wanted) = (first.valid(), &self.steps[self.keys_read + 1].key);
        if text.is_empty() {
            // Four bytes at most are a character.
            let may_become_one =
                first.invalid().len() == self.pending.len() && self.pending.len() < 4;
            return (!may_become_one).then_some(Next::Stray(first.invalid().len()));
        }
        if let Some(len) = stroke::reply_len(text).filter(|len| text[..*len] != **wanted) {
            return Some(Next::Reply(len));
        }
        if text.starts_with(wanted.as_str()) {
            return Some(Next::Key(wanted.len()));
        }
        let len = stroke::first_len(text);
        if stroke::is_same_key(&text[..len], wanted) {
            return Some(Next::Key(len));
        }
        let is_whole = !wanted.starts_with(text) && !stroke::may_go_on(text);
        is_whole.then_some(Next::Stray(len))
    }
}

/// What the input begins with, and its length in bytes.
enum Next {
    /// The key of the next step.
    Key(usize),
    /// An answer to a query.
    Reply(usize),
    /// Neither.
    Stray(usize),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predict::recording::{Event, Kind};

    /// Keys and outputs at milliseconds.
    fn recording(events: &[(u64, char, &str)]) -> Recording {
        let event = |(at, code, text): &(u64, char, &str)| Event {
            at: Duration::from_millis(*at),
            kind: if *code == 'o' {
                Kind::Output((*text).to_owned())
            } else {
                Kind::Key((*text).to_owned())
            },
        };
        let (title, command) = (String::new(), String::new());
        let events = events.iter().map(event).collect();
        Recording { title, command, size: (80, 24), events }
    }

    /// All that is written from now on when nothing more is read, with the milliseconds.
    fn drain(replay: &mut Replay) -> Vec<(u64, String)> {
        let mut written = Vec::new();
        while let Some(at) = replay.poll_timeout() {
            written.push((at.millis(), replay.output(at).unwrap().to_owned()));
        }
        written
    }

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    #[test]
    fn output_follows_its_key_as_late_as_recorded() {
        let events = [(5, 'o', "$ "), (100, 'i', "a"), (103, 'o', "a"), (150, 'o', "b")];
        let mut replay = Replay::new(&recording(&events), at(1000));
        assert_eq!(drain(&mut replay), [(1005, "$ ".to_owned())]);
        assert_eq!(replay.input(at(3000), b"a"), 1);
        assert_eq!(drain(&mut replay), [(3003, "a".to_owned()), (3050, "b".to_owned())]);
        assert!(replay.is_over());
    }

    #[test]
    fn the_next_key_hurries_what_was_written_before_it() {
        let events = [(0, 'i', "a"), (900, 'o', "a"), (1000, 'i', "b"), (1001, 'o', "b")];
        let mut replay = Replay::new(&recording(&events), at(0));
        assert_eq!(replay.input(at(2000), b"ab"), 2);
        assert_eq!(drain(&mut replay), [(2000, "a".to_owned()), (2001, "b".to_owned())]);
    }

    #[test]
    fn keys_may_come_in_parts() {
        let events = [(0, 'i', "語"), (1, 'i', "\x1b[A"), (2, 'i', "\x1b"), (3, 'i', "x")];
        let mut replay = Replay::new(&recording(&events), at(0));
        let parts: [(&[u8], usize); 6] =
            [(b"\xe8\xaa", 0), (b"\x9e\x1b", 1), (b"O", 0), (b"A", 1), (b"\x1b", 1), (b"x", 1)];
        for (part, count) in parts {
            assert_eq!(replay.input(at(0), part), count, "{part:?}");
        }
        assert_eq!(replay.strays(), 0);
    }

    #[test]
    fn answers_to_queries_are_no_keys() {
        let events = [(0, 'i', "c"), (1, 'i', "\x1b")];
        let mut replay = Replay::new(&recording(&events), at(0));
        assert_eq!(replay.input(at(0), b"\x1b[?62"), 0);
        assert_eq!(replay.input(at(0), b";22cc\x1b[1;1R\x1b"), 2);
        assert_eq!(replay.strays(), 0);
    }

    #[test]
    fn strange_input_is_counted() {
        let events = [(0, 'i', "a"), (1, 'i', "b")];
        let mut replay = Replay::new(&recording(&events), at(0));
        assert_eq!(replay.input(at(0), b"xa\x1b[I\xffb"), 2);
        assert_eq!(replay.strays(), 3);
    }
}
