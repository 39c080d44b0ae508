//! How well a client echoed: one judge for simulated and for real clients, ours and others.
//!
//! In come a recording, the times at which its keys were typed at a client, and what that client
//! wrote to its terminal and when. Out come, for each key, how long it took to show and what was
//! shown that the program never showed. The judge knows nothing of predictions or of networks: the
//! recording played into a terminal is the truth, and what the client wrote played into another is
//! what its user saw. Glyphs and the visible cursor count; colours and underlines do not.
//!
//! B is the truth just before a key was pressed and A just before the next one, D is what the
//! client's terminal shows at some time.
//!
//! - A key *counts* if A differs from B and it is not part of a secret, which is never to be shown.
//! - An *echo* is a printable character that stands in A where the cursor of B was, with the
//!   cursor moved past it. It is shown as soon as D has it there. If D had it there before the key,
//!   as part of a suggestion or as something else, the cursor of D must have reached that of A too.
//! - Any other key is shown as soon as D has what is different in A, and the cursor of A. If D
//!   looked like that before the key, because it lags behind, it must have looked different since.
//! - Either is shown when D equals A or a later truth a round trip after the key, when an answer
//!   of the program may have come: the screen may have scrolled on.
//! - A key is *wrong* if, before the next one, D has a glyph somewhere that no truth in question
//!   had there: those from A back to what was true two round trips and a second before the key,
//!   or five seconds longer if datagrams get lost.
//! - Its *cursor is wrong* if D shows one where none of these had it, [`AT_ONCE`] after the key or
//!   later.
//! - It *leaks* if it is part of a secret and wrong, or if what is wrong soon after a secret is of
//!   its characters.
//!
//! The truth is what a server can know of it. That of mosh 1.4 has no alternate screen: what a
//! program drew there stays, and what was there before does not come back, whatever the client
//! predicts. Behind that server the truth is the recording without the modes of that screen.
//!
//! What is shown for less than [`BLINK`] is neither wrong nor shows a wrong cursor: a picture may
//! be drawn in pieces. A secret leaks in no time.

mod judge;
mod listing;
mod picture;
#[cfg(test)]
mod tests;
mod truth;

use std::time::Duration;

use mosh_core::screen::Position;

pub use listing::Listing;
pub use picture::{Canvas, Gallery, Mark, Picture};

use super::recording::Recording;
use crate::programs::Family;
use crate::sim::table::Statistics;
use judge::Judge;
use truth::{Screen, Truth, screens};

/// A key that shows within this is shown at once.
pub const AT_ONCE: Duration = Duration::from_millis(20);
/// Nobody sees what is shown for less: a third of the time that a screen of 60 Hz takes.
pub const BLINK: Duration = Duration::from_millis(5);
/// How long is looked at the screen after the last key.
pub const AFTER_LAST: Duration = Duration::from_secs(3);

/// What somebody saw who typed a recording's keys at a client.
#[derive(Clone, Copy, Debug)]
pub struct Session<'s> {
    /// When each key was typed.
    pub typed: &'s [Duration],
    /// What the client wrote to its terminal, in the order of time.
    pub written: &'s [(Duration, Vec<u8>)],
    /// Of the network.
    pub round_trip: Duration,
    /// Whether the network loses datagrams.
    pub is_lossy: bool,
    /// Whose server it was.
    pub server: Family,
}

/// What a session is worth, and why.
#[derive(Debug)]
pub struct Score {
    /// A verdict for each key.
    pub keys: Vec<Verdict>,
    gallery: Gallery,
    truth: Truth,
    shown: Vec<Screen>,
}

/// How a key fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What it sent.
    pub text: String,
    /// When it was typed.
    pub typed: Duration,
    /// Whether it is part of a secret.
    pub is_secret: bool,
    /// Whether it has an effect that can be waited for.
    pub counts: bool,
    /// The cell where its own character is due.
    pub echo: Option<Position>,
    /// How long it took to show; `None` if it never did.
    pub shown_after: Option<Duration>,
    /// What was wrong first.
    pub wrong: Option<Wrong>,
    /// Where the cursor was wrong first, and how long after the key.
    pub cursor_wrong: Option<(Duration, Position)>,
    /// What was leaked first.
    pub leak: Option<Wrong>,
}

/// Something was shown that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// How long after the key.
    pub after: Duration,
    /// Which of the screens shown.
    screen: usize,
    /// Where; at least one.
    pub cells: Vec<WrongCell>,
}

/// A glyph where it must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongCell {
    /// Where.
    pub at: Position,
    /// What was shown.
    pub shown: Mark,
    /// What might have been.
    pub allowed: Vec<Mark>,
}

/// A recording in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Keys that count.
    pub keys: usize,
    /// Of these, those that showed within [`AT_ONCE`].
    pub at_once: usize,
    /// Of these, those that never showed.
    pub never: usize,
    /// Keys that were wrong, of all.
    pub wrong: usize,
    /// Keys with a wrong cursor, of all.
    pub cursor_wrong: usize,
    /// Keys that leaked a secret.
    pub leaks: usize,
    /// From each key that counts to its effect.
    pub waits: Vec<Duration>,
}

impl Summary {
    /// Adds another recording's.
    pub fn add(&mut self, other: &Self) {
        self.keys += other.keys;
        self.at_once += other.at_once;
        self.never += other.never;
        self.wrong += other.wrong;
        self.cursor_wrong += other.cursor_wrong;
        self.leaks += other.leaks;
        self.waits.extend_from_slice(&other.waits);
    }

    /// The share of keys that showed at once, in thousandths.
    #[must_use]
    pub fn at_once_permille(&self) -> usize {
        self.at_once * 1000 / self.keys.max(1)
    }

    /// Median and mean of the time from a key to its effect.
    #[must_use]
    pub fn waits(&self) -> Statistics {
        Statistics::of(&self.waits)
    }
}

/// Judges a session.
#[must_use]
pub fn score(recording: &Recording, session: &Session<'_>) -> Score {
    let mut gallery = Gallery::default();
    let truth = Truth::of(recording, session.server, &mut gallery);
    let shown = screens(recording.size, session.written, &mut gallery);
    let judge = Judge { session, gallery: &gallery, truth: &truth, shown: &shown };
    let count = truth.keys.len().min(session.typed.len());
    let keys = (0..count).map(|index| judge.judge(index)).collect();
    Score { keys, gallery, truth, shown }
}

impl Score {
    /// The sums.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let all = |holds: fn(&Verdict) -> bool| self.keys.iter().filter(|it| holds(it)).count();
        let counted: Vec<_> = self.keys.iter().filter(|it| it.counts).collect();
        Summary {
            keys: counted.len(),
            at_once: counted.iter().filter(|it| it.is_at_once()).count(),
            never: counted.iter().filter(|it| it.shown_after.is_none()).count(),
            wrong: all(|it| it.wrong.is_some()),
            cursor_wrong: all(|it| it.cursor_wrong.is_some()),
            leaks: all(|it| it.leak.is_some()),
            waits: counted.iter().filter_map(|it| it.shown_after).collect(),
        }
    }
}

impl Verdict {
    /// Whether it was shown at once.
    #[must_use]
    pub fn is_at_once(&self) -> bool {
        self.shown_after.is_some_and(|after| after <= AT_ONCE)
    }
}
