//! What stands on the user's terminal once nothing that was typed is unanswered.
//!
//! In comes what the client writes, and whether all keys are answered. Some time later nothing
//! predicted may be left: the terminal must show the client's newest screen, character by
//! character. Colours do not matter, and the bar on the first row may hide what is below it.

use std::time::Duration;

use mosh_core::diff::HostState;
use mosh_core::screen::{Frame, Screens, Size};
use mosh_core::server::ServerStorage;
use mosh_core::terminal::Replies;
use mosh_core::time::Instant;

use super::check::{Violation, ensure};
use super::hash;

/// The user's terminal.
#[derive(Debug)]
pub struct Glass {
    terminal: HostState<'static>,
    /// Since when all is answered; `None` when it is not, or was looked at.
    answered: Option<Instant>,
    /// What was true when it was looked at last.
    checked: Option<Answered>,
}

/// That all is answered, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// States that have come from the server.
    pub states: u64,
    /// Bytes that were typed.
    pub typed: usize,
}

impl Glass {
    /// Returns a blank terminal.
    ///
    /// # Panics
    ///
    /// If there is no room for it.
    #[must_use]
    pub fn new(size: Size) -> Self {
        let terminal = HostState::new(ServerStorage::heap().host, size).expect("there is room");
        Self { terminal, answered: None, checked: None }
    }

    /// The user has changed the size of the window.
    pub fn resize(&mut self, size: Size) {
        self.terminal.resize(size);
    }

    /// The client has written to the terminal.
    pub fn write(&mut self, bytes: &[u8]) {
        self.terminal.write(bytes, &mut Replies::new());
    }

    /// Looks at the terminal if all is answered for long enough. `newest` is the client's screen.
    ///
    /// # Errors
    ///
    /// If something else is left on it.
    pub fn look(
        &mut self,
        now: Instant,
        answered: Option<Answered>,
        newest: (&Screens<'_>, &Frame),
    ) -> Result<(), Violation> {
        if answered.is_none() || answered == self.checked {
            self.answered = None;
            return Ok(());
        }
        let since = *self.answered.get_or_insert(now);
        if now < since + PATIENCE {
            return Ok(());
        }
        (self.checked, self.answered) = (answered, None);
        self.compare(newest)
    }

    fn compare(&self, newest: (&Screens<'_>, &Frame)) -> Result<(), Violation> {
        let shown = self.terminal.screen();
        let (here, there) = (shown.0.info(shown.1), newest.0.info(newest.1));
        // The server learns of another size later.
        if here.size() != there.size() || hash::text(shown) == hash::text(newest) {
            return Ok(());
        }
        let (have, want) = (hash::rows(shown), hash::rows(newest));
        let bar = have[0].contains("mosh: ") || here.size().columns < BAR;
        for (row, (have, want)) in have.iter().zip(&want).enumerate().skip(usize::from(bar)) {
            ensure(have == want, || {
                format!("row {row} of the terminal is left as {have:?}, the screen has {want:?}")
            })?;
        }
        let (have, want) = (here.cursor, there.cursor);
        let is_seen = there.modes.cursor_visible && !bar;
        ensure(have == want || !is_seen, || {
            format!("the cursor of the terminal is left at {have:?}, the screen's is at {want:?}")
        })
    }
}

/// So long what is answered may look otherwise: a prediction gets 100 ms from the answer on.
const PATIENCE: Duration = Duration::from_millis(101);
/// On a narrower screen the bar cannot be told from text.
const BAR: u16 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_when_all_is_answered_is_found() {
        let size = Size { columns: 12, rows: 2 };
        let mut screen = HostState::new(ServerStorage::heap().host, size).unwrap();
        screen.write(b"$ ls\r\n", &mut Replies::new());
        let at = Instant::from_millis;
        let answered = |typed| Some(Answered { states: 1, typed });
        let look = |glass: &mut Glass, ms, answered| glass.look(at(ms), answered, screen.screen());
        let mut glass = Glass::new(size);
        glass.write(b"$ lsx\r\n");
        for (ms, answered) in [(0, None), (500, answered(1)), (600, answered(1))] {
            assert_eq!(look(&mut glass, ms, answered), Ok(()));
        }
        assert!(look(&mut glass, 601, answered(1)).is_err());
        // Somebody types again.
        let mut glass = Glass::new(size);
        glass.write(b"$ lsx\r\n");
        for (ms, answered) in [(0, answered(1)), (50, None), (120, answered(2))] {
            assert_eq!(look(&mut glass, ms, answered), Ok(()));
        }
        glass.write(b"\x1b[H$ ls \x1b[2H");
        assert_eq!(look(&mut glass, 230, answered(2)), Ok(()));
        glass.write(b"\x1b[H");
        assert_eq!(look(&mut glass, 240, answered(3)), Ok(()));
        assert!(look(&mut glass, 400, answered(3)).is_err(), "the cursor");
        let mut glass = Glass::new(size);
        glass.write(b"mosh: gone\r\n");
        assert_eq!(look(&mut glass, 0, answered(1)), Ok(()));
        assert_eq!(look(&mut glass, 200, answered(1)), Ok(()));
    }
}
