//! Whether predictions are worth showing, and worth marking: not on links so fast that one would
//! only see them flicker.

use core::time::Duration;

use super::Display;
use crate::time::Instant;

// Half the smoothed round trip, clamped to 20..=250 ms, decides: that is the interval at which
// mosh sends, and these are its limits. Between switching on and off lies a gap, so that a link
// near a limit does not make the picture change back and forth.
const SHOW_ABOVE: Duration = Duration::from_millis(30);
const HIDE_AT: Duration = Duration::from_millis(20);
const MARK_ABOVE: Duration = Duration::from_millis(80);
const UNMARK_AT: Duration = Duration::from_millis(50);

/// A key unanswered for so long is a glitch, after which predictions are shown for a while even if
/// the link is fast otherwise.
const GLITCH: Duration = Duration::from_millis(250);
/// After so long they are marked, too.
const BAD_GLITCH: Duration = Duration::from_secs(5);

/// Quick answers that it takes until a glitch is forgotten.
const GLITCH_COUNT: u8 = 10;
const BAD_GLITCH_COUNT: u8 = 20;
/// Answers faster than [`GLITCH`] count at most once in this time.
const QUICK_PAUSE: Duration = Duration::from_millis(150);

/// What decides whether predictions are shown.
#[derive(Debug)]
pub(super) struct Triggers {
    display: Display,
    slow: bool,
    marking: bool,
    glitches: u8,
    counted_at: Option<Instant>,
}

impl Triggers {
    pub(super) fn new(display: Display) -> Self {
        // Nothing is known of the link, so it may be slow.
        Self { display, slow: true, marking: true, glitches: 0, counted_at: None }
    }

    /// Learns the interval at which keys are sent, half the round trip; `idle` says that no key
    /// is unanswered.
    pub(super) fn handle_interval(&mut self, interval: Duration, idle: bool) {
        if interval > SHOW_ABOVE {
            self.slow = true;
        } else if interval <= HIDE_AT && idle {
            self.slow = false;
        }
        if interval > MARK_ABOVE {
            self.marking = true;
        } else if interval <= UNMARK_AT {
            self.marking = false;
        }
    }

    /// Learns that a key was answered after `took`.
    pub(super) fn handle_answer(&mut self, now: Instant, took: Duration) {
        let paused = self.counted_at.is_none_or(|at| now.since(at) >= QUICK_PAUSE);
        if took < GLITCH && self.glitches > 0 && paused {
            self.glitches -= 1;
            self.counted_at = Some(now);
        }
    }

    /// Learns that a key is unanswered since `since`. Returns whether that changes the picture.
    pub(super) fn handle_waiting(&mut self, now: Instant, since: Instant) -> bool {
        let before = (self.shows(), self.marks());
        let waited = now.since(since);
        if waited >= BAD_GLITCH {
            self.glitches = BAD_GLITCH_COUNT;
        } else if waited >= GLITCH {
            self.glitches = self.glitches.max(GLITCH_COUNT);
        }
        before != (self.shows(), self.marks())
    }

    /// When [`handle_waiting`](Self::handle_waiting) may find something, for a key unanswered
    /// since `since`.
    pub(super) fn next(&self, since: Instant) -> Option<Instant> {
        if self.glitches < GLITCH_COUNT && !self.shows() {
            Some(since + GLITCH)
        } else if self.glitches < BAD_GLITCH_COUNT && !self.marks() {
            Some(since + BAD_GLITCH)
        } else {
            None
        }
    }

    /// Whether predictions are shown.
    pub(super) const fn shows(&self) -> bool {
        match self.display {
            Display::Never => false,
            Display::Always | Display::Experimental => true,
            Display::Adaptive => self.slow || self.glitches > 0,
        }
    }

    /// Whether what is not confirmed is underlined.
    pub(super) const fn marks(&self) -> bool {
        self.marking || self.glitches > GLITCH_COUNT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_link_between_the_limits_changes_nothing() {
        let mut triggers = Triggers::new(Display::Adaptive);
        triggers.handle_interval(ms(25), true);
        assert!(triggers.shows(), "as at the start");
        assert!(!triggers.marks());
        triggers.handle_interval(ms(20), false);
        assert!(triggers.shows(), "something is on the screen");
        triggers.handle_interval(ms(20), true);
        assert!(!triggers.shows());
        triggers.handle_interval(ms(30), true);
        assert!(!triggers.shows());
        triggers.handle_interval(ms(31), true);
        assert!(triggers.shows());
    }

    #[test]
    fn a_glitch_is_forgotten_after_ten_quick_answers() {
        let mut triggers = Triggers::new(Display::Adaptive);
        triggers.handle_interval(ms(20), true);
        let typed = Instant::from_millis(1000);
        assert_eq!(triggers.next(typed), Some(typed + ms(250)));
        assert!(!triggers.handle_waiting(typed + ms(249), typed));
        assert!(triggers.handle_waiting(typed + ms(250), typed));
        assert!(triggers.shows() && !triggers.marks());
        assert!(triggers.handle_waiting(typed + ms(5000), typed));
        assert!(triggers.marks());
        for quick in 0..20 {
            assert!(triggers.shows(), "after {quick}");
            // The second comes too early to count.
            triggers.handle_answer(typed + ms(6000 + 200 * quick), ms(30));
            triggers.handle_answer(typed + ms(6000 + 200 * quick + 10), ms(30));
        }
        assert!(!triggers.shows());
    }
}
