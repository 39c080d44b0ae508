//! Records what a program in a pseudo-terminal does with keys.
//!
//! In come a command and keys, out a [`Recording`]. Queries of the program are answered by the
//! core's emulator, as in a session. Who types is not known here: a [`Script`] and a [`Typist`],
//! or a person.

use std::os::fd::{AsFd, BorrowedFd};
use std::process::Command;
use std::time::{Duration, Instant};

use mosh_core::diff::HostState;
use mosh_core::screen::Size;
use mosh_core::server::ServerStorage;
use mosh_core::terminal::Replies;
use rustix::termios::{InputModes, LocalModes, Termios, tcgetattr};

use super::recording::{Event, Kind, Recording};
use super::script::{Script, Step};
use super::typist::Typist;
use crate::pty::Pty;
use crate::{Outcome, emulator};

/// What comes within this is one write of the program, which the reader has split.
const ONE_WRITE: Duration = Duration::from_millis(1);
/// How long a program may take until it shows what a script waits for.
const PATIENCE: Duration = Duration::from_secs(20);
/// A program that has been quiet for so long has started.
const QUIET: Duration = Duration::from_millis(700);
/// What is recorded after the last key.
const REST: Duration = Duration::from_millis(1500);

/// A program that is being recorded.
#[derive(Debug)]
pub struct Recorder {
    pty: Pty,
    started: Instant,
    events: Vec<Event>,
    /// The beginning of a character.
    partial: Vec<u8>,
    state: HostState<'static>,
    replies: Replies,
    ended: bool,
    /// Stands before the next key.
    mark: Option<Kind>,
}

impl Recorder {
    /// Starts a program.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(command: Command, size: (u16, u16)) -> Outcome<Self> {
        // As a server of a session does: the kernel then erases whole characters in line mode. A
        // shell remembers the modes that it starts in.
        let utf8 = |modes: &mut Termios| modes.input_modes |= InputModes::IUTF8;
        let pty = Pty::start_in_modes(command, size, utf8)
            .map_err(|error| format!("the program: {error}"))?;
        let cells = Size::clamped(size.0.into(), size.1.into());
        let state = HostState::new(ServerStorage::heap().host, cells);
        Ok(Self {
            pty,
            started: Instant::now(),
            events: Vec::new(),
            partial: Vec::new(),
            state: state.map_err(|_| "no room for the screen")?,
            replies: Replies::new(),
            ended: false,
            mark: None,
        })
    }

    /// Types a script and returns what happened.
    ///
    /// # Errors
    ///
    /// If the program does not show what the script waits for, or ends before the last key.
    pub fn play(mut self, script: &Script, mut typist: Typist) -> Outcome<Recording> {
        let steps = typist.err(&script.steps, script.typos);
        self.wait_for("anything", |screen| !screen.trim().is_empty())?;
        self.rest(QUIET);
        let mut before = self.started.elapsed();
        for step in &steps {
            match step {
                Step::Key(key) => {
                    before += typist.pause(key);
                    self.record_until(before);
                    if self.ended {
                        return Err(format!("the program ended before {key:?}:\n{}", self.text()));
                    }
                    self.press(key)?;
                    // A busy machine types late, but never two keys at once.
                    before = self.started.elapsed();
                }
                Step::Wait(span) => before += *span,
                Step::See(text) => {
                    self.record_until(before);
                    self.wait_for(text, |screen| screen.contains(text))?;
                    before = self.started.elapsed() + typist.reaction();
                }
                Step::Secret => self.mark(Kind::Secret),
                Step::EndOfSecret => self.mark(Kind::EndOfSecret),
            }
        }
        self.record_until(before + REST);
        self.finish(&script.title, &script.command, script.size)
    }

    /// Presses a key; cursor keys send what the program has asked for.
    ///
    /// # Errors
    ///
    /// If the program has let go of its terminal.
    pub fn press(&mut self, key: &str) -> Outcome {
        let cursor_key =
            key.strip_prefix("\x1b[").filter(|rest| matches!(*rest, "A" | "B" | "C" | "D"));
        let sent = match cursor_key {
            Some(letter) if self.state.application_cursor_keys() => format!("\x1bO{letter}"),
            _ => key.to_owned(),
        };
        let at = self.now();
        self.pty.write(sent.as_bytes()).map_err(|error| format!("{key:?}: {error}"))?;
        let kinds = self.mark.take().into_iter().chain([Kind::Key(sent)]);
        self.events.extend(kinds.map(|kind| Event { at, kind }));
        Ok(())
    }

    /// Notes that a secret begins or ends with the next key.
    pub fn mark(&mut self, kind: Kind) {
        self.mark = Some(kind);
    }

    /// Records what the program writes until a time from the start.
    pub fn record_until(&mut self, end: Duration) {
        while !self.ended {
            let left = end.saturating_sub(self.started.elapsed());
            if left.is_zero() {
                return;
            }
            self.record(left);
        }
        // The user does not type faster at a program that has ended.
        std::thread::sleep(end.saturating_sub(self.started.elapsed()));
    }

    /// Records what the program writes next, and returns it; nothing if that takes longer.
    pub fn record(&mut self, patience: Duration) -> Vec<u8> {
        let start = Instant::now();
        let Some(bytes) = self.pty.read(patience) else {
            self.ended = start.elapsed() < patience;
            return Vec::new();
        };
        let at = self.now();
        self.partial.extend_from_slice(&bytes);
        let text = take_text(&mut self.partial);
        self.push_output(at, text);
        self.state.write(&bytes, &mut self.replies);
        let mut answers = [0; 512];
        let len = self.replies.read(&mut answers);
        // A program that does not read what it has asked for misses it.
        let _ = self.pty.write(&answers[..len]);
        bytes
    }

    /// Returns what was recorded.
    ///
    /// # Errors
    ///
    /// If that is no valid recording.
    pub fn finish(mut self, title: &str, command: &str, size: (u16, u16)) -> Outcome<Recording> {
        let at = self.now();
        self.events.extend(self.mark.take().map(|kind| Event { at, kind }));
        let (title, command) = (title.to_owned(), command.to_owned());
        let recording = Recording { title, command, size, events: self.events };
        recording.validate()?;
        Ok(recording)
    }

    /// Whether the program has let go of its terminal.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// The screen as lines of text.
    #[must_use]
    pub fn text(&self) -> String {
        let (screens, frame) = self.state.screen();
        emulator::text(screens, frame)
    }

    /// Whether the kernel would not show what is typed as a line: so most programs ask for
    /// passwords.
    #[must_use]
    pub fn hides_lines(&self) -> bool {
        let modes = tcgetattr(&self.pty).map(|modes| modes.local_modes);
        modes.is_ok_and(|modes| {
            modes.contains(LocalModes::ICANON) && !modes.contains(LocalModes::ECHO)
        })
    }

    /// The time from the start.
    #[must_use]
    pub fn now(&self) -> Duration {
        let micros = self.started.elapsed().as_micros();
        Duration::from_micros(u64::try_from(micros).expect("not that long"))
    }

    fn wait_for(&mut self, what: &str, found: impl Fn(&str) -> bool) -> Outcome {
        let deadline = self.started.elapsed() + PATIENCE;
        while !found(&self.text()) {
            let left = deadline.saturating_sub(self.started.elapsed());
            if left.is_zero() || self.ended {
                return Err(format!("the screen does not show {what:?}:\n{}", self.text()));
            }
            self.record(left);
        }
        Ok(())
    }

    /// Records until nothing comes for `quiet`.
    fn rest(&mut self, quiet: Duration) {
        while !self.record(quiet).is_empty() {}
    }

    fn push_output(&mut self, at: Duration, text: String) {
        if text.is_empty() {
            return;
        }
        if let Some(Event { at: before, kind: Kind::Output(last) }) = self.events.last_mut()
            && at - *before < ONE_WRITE
        {
            last.push_str(&text);
            return;
        }
        self.events.push(Event { at, kind: Kind::Output(text) });
    }
}

impl AsFd for Recorder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pty.as_fd()
    }
}

/// Takes the text up to the last whole character out of `bytes`.
pub fn take_text(bytes: &mut Vec<u8>) -> String {
    let torn = bytes.utf8_chunks().last().map_or(0, |chunk| match chunk.invalid() {
        // The error may be the end of the input only.
        invalid if std::str::from_utf8(invalid).is_err_and(|e| e.error_len().is_none()) => {
            invalid.len()
        }
        _ => 0,
    });
    let rest = bytes.split_off(bytes.len() - torn);
    let text = String::from_utf8_lossy(bytes).into_owned();
    *bytes = rest;
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_character_waits_for_its_rest() {
        let mut bytes = b"a\xe8\xaa".to_vec();
        assert_eq!(take_text(&mut bytes), "a");
        bytes.push(0x9e);
        assert_eq!(take_text(&mut bytes), "語");
        bytes.extend(b"\xffb\xe8c");
        assert_eq!(take_text(&mut bytes), "\u{fffd}b\u{fffd}c");
        assert!(bytes.is_empty());
    }
}
