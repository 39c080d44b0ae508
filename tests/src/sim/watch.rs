//! When keys show on the user's terminal, be they predicted or echoed.
//!
//! In come keys, the screens that the program makes of them, and what the client writes; out comes
//! the time from each key to a picture that the program makes once it has read it. That needs a
//! user each of whose keys leads to a picture that was not there before.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::time::Duration;

use mosh_core::diff::HostState;
use mosh_core::screen::{Frame, Screens, Size};
use mosh_core::server::ServerStorage;
use mosh_core::terminal::Replies;
use mosh_core::time::Instant;

use super::hash::{self, Mix};

/// Somebody who looks at the user's terminal.
#[derive(Debug)]
pub struct Watch {
    terminal: HostState<'static>,
    /// When each key was typed, and how many bytes with it.
    keys: Vec<(Instant, usize)>,
    /// Fingerprints of what the program has shown, and how many bytes it had read.
    truth: HashMap<u64, usize, BuildHasherDefault<Mix>>,
    /// Fingerprints of what the client has shown, and since when.
    shown: Vec<(Instant, u64)>,
}

impl Watch {
    /// Returns somebody who looks at a blank terminal.
    ///
    /// # Panics
    ///
    /// If there is no room for it.
    #[must_use]
    pub fn new((columns, rows): (u16, u16)) -> Self {
        let storage = ServerStorage::heap().host;
        let terminal = HostState::new(storage, Size { columns, rows }).expect("there is room");
        Self { terminal, keys: Vec::new(), truth: HashMap::default(), shown: Vec::new() }
    }

    /// A key was typed, and so many bytes with it.
    pub fn typed(&mut self, now: Instant, count: usize) {
        self.keys.push((now, count));
    }

    /// The program shows this when it has read so many bytes.
    pub fn printed(&mut self, screen: (&Screens<'_>, &Frame), count: usize) {
        self.truth.insert(hash::text(screen), count);
    }

    /// The client has written to the terminal.
    pub fn drawn(&mut self, now: Instant, bytes: &[u8]) {
        self.terminal.write(bytes, &mut Replies::new());
        self.shown.push((now, hash::text(self.terminal.screen())));
    }

    /// From each key to its effect, as far as it showed.
    #[must_use]
    pub fn waits(&self) -> Vec<Duration> {
        let mut screens = self.shown.iter().enumerate().peekable();
        let mut wait = |&(typed, count): &(Instant, usize)| {
            loop {
                let &(index, &(at, print)) = screens.peek()?;
                let until = self.shown.get(index + 1).map(|next| next.0);
                let is_gone = until.is_some_and(|until| until <= typed);
                if !is_gone && self.truth.get(&print).is_some_and(|&read| read >= count) {
                    return Some(at.max(typed) - typed);
                }
                screens.next();
            }
        };
        self.keys.iter().map_while(&mut wait).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_show_when_the_picture_they_lead_to_does() {
        let mut watch = Watch::new((10, 2));
        let mut program = HostState::new(ServerStorage::heap().host, SIZE).unwrap();
        let at = Instant::from_millis;
        for (count, text) in ["$ ", "a", "b", "c"].iter().enumerate() {
            program.write(text.as_bytes(), &mut Replies::new());
            watch.printed(program.screen(), count);
            if count > 0 {
                watch.typed(at(100 * count as u64), count);
            }
        }
        watch.drawn(at(0), b"$ ");
        // Before it was typed.
        watch.drawn(at(20), b"a");
        watch.drawn(at(60), b"\x08 \x08");
        // Underlined; then another, wrong one; then both of what was missing, the cursor elsewhere.
        watch.drawn(at(110), b"\x1b[4ma");
        watch.drawn(at(200), b"x");
        watch.drawn(at(320), b"\x1b[m\x08bc\r");
        watch.drawn(at(350), b"\x1b[6G");
        assert_eq!(watch.waits(), [10, 150, 50].map(Duration::from_millis));
        watch.typed(at(400), 4);
        assert_eq!(watch.waits().len(), 3);
    }

    const SIZE: Size = Size { columns: 10, rows: 2 };
}
