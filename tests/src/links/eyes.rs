//! Somebody who types at a client, and looks when each key shows.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use super::screen::Screen;
use crate::Outcome;
use crate::pty::Pty;
use crate::sim::check::History;

/// A user at a client's terminal, who knows what the program prints.
#[derive(Debug)]
pub struct Eyes {
    pty: Pty,
    /// What the program prints, seen without a network.
    printed: Screen,
    shown: Screen,
    /// What the client may show.
    history: History,
    typed: usize,
    /// When each key was typed, and how many bytes with it.
    unanswered: VecDeque<(Instant, usize)>,
}

/// What was read from a client's terminal, and when.
#[derive(Debug)]
pub struct Shown {
    at: Instant,
    bytes: Vec<u8>,
}

impl Eyes {
    /// Returns a user at a terminal of that size.
    #[must_use]
    pub fn new(pty: Pty, size: (u16, u16)) -> Self {
        let mut history = History::default();
        let (printed, shown) = (Screen::new(size), Screen::new(size));
        history.record(printed.fingerprint(), 0);
        Self { pty, printed, shown, history, typed: 0, unanswered: VecDeque::new() }
    }

    /// Types a key.
    ///
    /// # Errors
    ///
    /// If the client has ended.
    pub fn type_keys(&mut self, keys: &[u8]) -> Outcome {
        self.typed += keys.len();
        self.unanswered.push_back((Instant::now(), self.typed));
        self.pty.write(keys).map_err(|error| format!("the client: {error}"))
    }

    /// The program prints this once it has read so many bytes.
    pub fn expect(&mut self, bytes: &[u8], answers: usize) {
        self.printed.write(bytes);
        self.history.record(self.printed.fingerprint(), answers);
    }

    /// Reads what the client has written; waits if there is nothing.
    ///
    /// # Errors
    ///
    /// If the client has ended.
    pub fn read(&mut self) -> Outcome<Shown> {
        let mut buf = vec![0; 65536];
        let len = self.pty.read_some(&mut buf).map_err(|error| format!("the client: {error}"))?;
        buf.truncate(len);
        Ok(Shown { at: Instant::now(), bytes: buf })
    }

    /// Looks at what was read. Returns how long the keys took whose effect shows.
    pub fn see(&mut self, shown: Shown) -> Vec<Duration> {
        self.shown.write(&shown.bytes);
        // A screen that the program never made is one that the client is still drawing.
        let Ok(answers) = self.history.show(self.shown.fingerprint()) else { return Vec::new() };
        let count = self.unanswered.iter().take_while(|&&(_, typed)| typed <= answers).count();
        self.unanswered.drain(..count).map(|(at, _)| shown.at - at).collect()
    }

    /// Whether something was printed and the client shows it all.
    #[must_use]
    pub fn see_all(&self) -> bool {
        !self.printed.is_blank() && self.shown.fingerprint() == self.printed.fingerprint()
    }

    /// Keys whose effect does not show.
    #[must_use]
    pub fn unanswered(&self) -> usize {
        self.unanswered.len()
    }

    /// Waits for no key any more.
    pub fn forget_keys(&mut self) {
        self.unanswered.clear();
    }

    /// Both screens, for people.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("printed:\n{}\nshown:\n{}", self.printed.text(), self.shown.text())
    }
}

impl AsFd for Eyes {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pty.as_fd()
    }
}
