//! The notification bar: one row across the top of the screen that says what the link does.
//!
//! It appears by itself when nothing is heard for a while and counts up; messages (the help after
//! the escape key, errors, farewells) appear in the same place.

use core::fmt::Write as _;
use core::time::Duration;

use heapless::String;

use crate::screen::{Attributes, Cell, Color, Frame, Glyph, Rendition, Screens};
use crate::time::Instant;

/// The longest text of the bar in bytes.
const MAX_TEXT: usize = 127;

/// No new state of the server for so long: contact is late. As in mosh: two heartbeats of 3 s may
/// be lost without alarm.
const CONTACT_LATE: Duration = Duration::from_millis(6500);

/// The newest acknowledged state of ours was sent so long ago: replies are late.
const REPLY_LATE: Duration = Duration::from_millis(10_000);

/// Silence after which the count is renewed every [`SLOW_COUNT`], to save power.
const LONG_SILENCE: Duration = Duration::from_millis(60_000);
const COUNT: Duration = Duration::from_millis(1000);
const SLOW_COUNT: Duration = Duration::from_millis(3000);

/// How long a message stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Lifetime {
    /// Until another message or [`Notification::clear`].
    Permanent,
    /// Until this instant.
    Until(Instant),
}

/// The bar's contents.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Notification {
    message: String<MAX_TEXT>,
    lifetime: Lifetime,
    hint: bool,
    /// How to quit, for example `Ctrl-^ .`; empty if there is no escape key.
    quit: String<16>,
    contact_at: Instant,
    reply_at: Instant,
    drawn_at: Option<Instant>,
    changed: bool,
}

impl Notification {
    /// Returns an empty bar; both clocks start `now`. `quit` names the keys that end the session,
    /// empty where there are none.
    #[must_use]
    pub fn new(now: Instant, quit: &str) -> Self {
        Self {
            message: String::new(),
            lifetime: Lifetime::Permanent,
            hint: true,
            quit: truncated(quit),
            contact_at: now,
            reply_at: now,
            drawn_at: None,
            changed: false,
        }
    }

    /// Shows `message`, with the hint how to quit.
    pub fn set(&mut self, message: &str, lifetime: Lifetime) {
        self.replace(message, lifetime, true);
    }

    /// Shows `message` without the hint: it is itself about the escape key.
    pub fn set_help(&mut self, message: &str) {
        self.replace(message, Lifetime::Permanent, false);
    }

    fn replace(&mut self, message: &str, lifetime: Lifetime, hint: bool) {
        let message = truncated(message);
        self.changed |= self.message != message || self.hint != hint;
        self.message = message;
        self.lifetime = lifetime;
        self.hint = hint;
    }

    /// Removes the message, but not a count.
    pub fn clear(&mut self) {
        self.replace("", Lifetime::Permanent, true);
    }

    /// Learns when the newest state of the server was received and when the newest state of ours
    /// that the server is known to hold was sent.
    pub fn heard(&mut self, contact_at: Instant, reply_at: Instant) {
        let late = self.count(self.drawn_at.unwrap_or(contact_at)).is_some();
        self.contact_at = self.contact_at.max(contact_at);
        self.reply_at = self.reply_at.max(reply_at);
        self.changed |= late;
    }

    /// Drops a message whose time is over.
    pub fn handle_timeout(&mut self, now: Instant) {
        if matches!(self.lifetime, Lifetime::Until(end) if end <= now) && !self.message.is_empty() {
            self.clear();
        }
        if self.drawn_at.is_some() && self.next_count().is_some_and(|at| at <= now) {
            self.changed = true;
        }
    }

    /// Learns that there was no room to draw: another attempt comes with the next count, or with
    /// whatever happens before.
    pub fn postpone(&mut self, now: Instant) {
        self.drawn_at = Some(now);
    }

    /// When the bar changes by itself.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let end = match self.lifetime {
            Lifetime::Until(end) if !self.message.is_empty() => Some(end),
            _ => None,
        };
        [end, self.next_count()].into_iter().flatten().min()
    }

    /// Whether the bar is to be drawn anew.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// Draws the bar, if there is one, over the first row of `frame`.
    pub fn apply(&mut self, now: Instant, screens: &mut Screens<'_>, frame: &Frame) {
        self.drawn_at = Some(now);
        self.changed = false;
        let mut text = String::<{ MAX_TEXT * 2 }>::new();
        if !self.write_text(now, &mut text) {
            return;
        }
        let bar = Rendition::DEFAULT
            .with_foreground(Color::Palette(7))
            .with_background(Color::Palette(4));
        let shown: String<MAX_TEXT> = truncated(&text);
        screens.row_mut(frame, 0).fill(Cell::new(Glyph::SPACE, bar));
        screens.write_text(frame, 0, 0, &shown, bar.plus(Attributes::BOLD));
        let info = screens.info_mut(frame);
        if info.cursor.row == 0 {
            info.modes.cursor_visible = false;
        }
    }

    /// The moment at which the count appears, or shows a new number.
    fn next_count(&self) -> Option<Instant> {
        let starts = (self.contact_at + CONTACT_LATE).min(self.reply_at + REPLY_LATE);
        match self.drawn_at {
            Some(drawn) if drawn > starts => {
                let slow = drawn.since(self.contact_at) > LONG_SILENCE;
                Some(drawn + if slow { SLOW_COUNT } else { COUNT })
            }
            // Just past the limit: being late means more than that.
            _ => Some(starts + Duration::from_millis(1)),
        }
    }

    /// The seconds to count and what is missing, if anything is late.
    fn count(&self, now: Instant) -> Option<(u64, &'static str)> {
        let contact = now.since(self.contact_at);
        let reply = now.since(self.reply_at);
        if contact > CONTACT_LATE {
            Some((contact.as_secs(), "contact"))
        } else if reply > REPLY_LATE {
            // The server is heard but does not hear us.
            Some((reply.as_secs(), "reply"))
        } else {
            None
        }
    }

    /// Writes the bar's text; false if there is none.
    fn write_text(&self, now: Instant, text: &mut String<{ MAX_TEXT * 2 }>) -> bool {
        let count = self.count(now);
        let message = self.message.as_str();
        // The buffer holds the longest message, count and hint together.
        let _ = match count {
            None if message.is_empty() => return false,
            None => write!(text, "mosh: {message}"),
            Some((seconds, what)) if message.is_empty() => {
                write!(text, "mosh: Last {what} {} ago.", Ago { seconds, unit: " seconds" })
            }
            Some((seconds, what)) => {
                write!(text, "mosh: {message} ({} without {what}.)", Ago { seconds, unit: " s" })
            }
        };
        if self.hint && !self.quit.is_empty() {
            let _ = write!(text, " [To quit: {}]", self.quit);
        }
        true
    }
}

/// A span of time in the form that suits its length.
struct Ago {
    seconds: u64,
    unit: &'static str,
}

impl core::fmt::Display for Ago {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { seconds, unit } = *self;
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        if seconds < 60 {
            write!(f, "{seconds}{unit}")
        } else if hours == 0 {
            write!(f, "{minutes}:{:02}", seconds % 60)
        } else {
            write!(f, "{hours}:{minutes:02}:{:02}", seconds % 60)
        }
    }
}

/// The beginning of `text` that fits, cut between characters.
fn truncated<const N: usize>(text: &str) -> String<N> {
    let mut cut = String::new();
    for c in text.chars() {
        if cut.push(c).is_err() {
            break;
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bar: &Notification, at_ms: u64) -> String<{ MAX_TEXT * 2 }> {
        let mut text = String::new();
        bar.write_text(Instant::from_millis(at_ms), &mut text);
        text
    }

    #[test]
    fn a_count_that_found_no_room_is_not_due_at_once() {
        let mut bar = Notification::new(Instant::ZERO, "Ctrl-^ .");
        let now = bar.poll_timeout().unwrap();
        bar.handle_timeout(now);
        bar.postpone(now);
        assert!(bar.poll_timeout().is_some_and(|at| at > now));
    }

    #[test]
    fn silence_is_counted_in_the_form_that_suits_its_length() {
        let bar = Notification::new(Instant::ZERO, "Ctrl-^ .");
        for (at_ms, expected) in [
            (6500, ""),
            (6501, "mosh: Last contact 6 seconds ago. [To quit: Ctrl-^ .]"),
            (75_000, "mosh: Last contact 1:15 ago. [To quit: Ctrl-^ .]"),
            (3_723_000, "mosh: Last contact 1:02:03 ago. [To quit: Ctrl-^ .]"),
        ] {
            assert_eq!(text(&bar, at_ms), expected, "at {at_ms} ms");
        }
    }

    #[test]
    fn a_message_and_a_count_share_the_row() {
        let mut bar = Notification::new(Instant::ZERO, "Ctrl-^ .");
        bar.set("Hello.", Lifetime::Until(Instant::from_millis(9000)));
        assert_eq!(text(&bar, 1000), "mosh: Hello. [To quit: Ctrl-^ .]");
        assert_eq!(text(&bar, 8000), "mosh: Hello. (8 s without contact.) [To quit: Ctrl-^ .]");
        bar.handle_timeout(Instant::from_millis(9000));
        assert_eq!(text(&bar, 9000), "mosh: Last contact 9 seconds ago. [To quit: Ctrl-^ .]");
    }

    #[test]
    fn missing_replies_are_named_only_while_the_server_is_heard() {
        let mut bar = Notification::new(Instant::ZERO, "");
        bar.heard(Instant::from_millis(11_000), Instant::ZERO);
        assert_eq!(text(&bar, 12_000), "mosh: Last reply 12 seconds ago.");
        assert_eq!(text(&bar, 18_000), "mosh: Last contact 7 seconds ago.");
    }

    #[test]
    fn the_count_begins_on_time_and_slows_down() {
        let mut bar = Notification::new(Instant::ZERO, "");
        assert_eq!(bar.poll_timeout(), Some(Instant::from_millis(6501)));
        bar.drawn_at = Some(Instant::from_millis(6501));
        assert_eq!(bar.poll_timeout(), Some(Instant::from_millis(7501)));
        bar.drawn_at = Some(Instant::from_millis(61_000));
        assert_eq!(bar.poll_timeout(), Some(Instant::from_millis(64_000)));
    }
}
