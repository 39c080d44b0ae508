//! The engine: keys that are not answered yet, replayed on each screen that arrives.

use core::time::Duration;

use heapless::Deque;

use super::counters::Counters;
use super::key::{Break, Edit, Key, KeyParser};
use super::line::{Anchor, Line};
use super::pane::{Outline, hash, is_faint, outline};
use super::triggers::Triggers;
use super::trust::{Prompt, Prompts, Proof};
use super::{Display, skill::Skills};
use crate::screen::{Cell, Frame, Position, Screens, Size};
use crate::time::Instant;
use crate::transport::StateNum;

/// Keys that may be unanswered; beyond that nothing is predicted until all are answered.
pub(super) const MAX_KEYS: usize = 128;

/// Time that a slow program gets to show the effect of a key beyond the 50 ms for which the server
/// waits before it says that the effect can be seen.
const GRACE: Duration = Duration::from_millis(100);

/// Echoes after which a prompt is remembered.
const LEARNED: u8 = 2;

/// A key that the server has not answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) key: Key,
    /// The input state that carries it.
    pub(super) num: u64,
    pub(super) at: Instant,
    /// What it leads to, if that can be told.
    pub(super) predicted: Option<Predicted>,
    /// It was on the user's screen before it was answered.
    pub(super) shown: bool,
}

/// What is expected after a key, and all those before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Predicted {
    pub(super) outline: Outline,
    /// Of the cursor.
    pub(super) row: u16,
    /// Rows between the beginning of the line and the cursor.
    pub(super) depth: i32,
    /// The end of the line, see [`Anchor`].
    pub(super) appending: bool,
    pub(super) trailing: u16,
    /// What the key was taken for, if it edits.
    pub(super) edit: Option<Edit>,
    /// Where the typed character stands, and whether that place looked different before.
    pub(super) typed: Option<(Position, bool)>,
}

/// Predicts the effects of keys.
///
/// It has a model of a line that is being edited and knows what each unanswered key does to it.
/// When a screen arrives, the number of keys whose effects it shows is found by comparing it with
/// what was predicted; the keys after them are replayed on it. So nothing that is shown is older
/// than the newest screen, and scrolling, output of other programs and wrapped lines need no
/// special treatment.
#[derive(Debug)]
pub struct Predictor {
    pub(super) display: Display,
    pub(super) overwrite: bool,
    pub(super) triggers: Triggers,
    pub(super) parser: KeyParser,
    pub(super) events: Deque<Event, MAX_KEYS>,
    /// Until this input state is answered nothing is predicted.
    pub(super) hold: Option<u64>,
    /// The line as the newest screen shows it.
    pub(super) line: CurrentLine,
    pub(super) proof: Proof,
    pub(super) prompts: Prompts,
    pub(super) skills: Skills,
    /// The beginning of a line at which keys were commands, where programs show what is to be
    /// seen of a command, such as a number before it, as text.
    pub(super) commands: Option<u32>,
    /// When the line last changed in a way that was not predicted.
    pub(super) surprised: Option<Instant>,
    /// When something else last wrote on the line, and until when nothing is predicted because it
    /// does so again and again.
    pub(super) noise: Option<Instant>,
    pub(super) quiet_at: Option<Instant>,
    /// Since when keys were due to show an effect that they did not.
    pub(super) late: Option<Instant>,
    /// The shortest time that an answer took: what was typed later cannot be on a screen.
    pub(super) fastest: Option<Duration>,
    pub(super) changed: bool,
    pub(super) counters: Counters,
}

crate::log::defmt_format!(Predictor, it => "Predictor({}, {})", it.display, it.counters);

/// The line as the newest screen shows it.
#[derive(Debug)]
pub(super) struct CurrentLine {
    pub(super) outline: Outline,
    pub(super) cursor: Position,
    /// The text of the row above the cursor.
    pub(super) above: u32,
    pub(super) size: Size,
    /// Bracketed paste is on.
    pub(super) paste: bool,
    pub(super) anchor: Anchor,
    pub(super) prompt: Prompt,
    /// What ended the line before, or made this one uncertain.
    pub(super) cause: Option<Break>,
    /// When it was first seen.
    pub(super) since: Instant,
    /// The line before was echoed.
    pub(super) continues: bool,
    /// Something was typed on it.
    pub(super) touched: bool,
    /// It begins as one did where keys were commands.
    pub(super) is_command: bool,
    /// Echoes that were seen on it, as long as nothing spoke against it being one line of text.
    pub(super) echoes: Option<u8>,
}

impl Predictor {
    /// Returns a predictor that knows nothing of the screen yet.
    #[must_use]
    pub fn new(display: Display, overwrite: bool) -> Self {
        Self {
            display,
            overwrite,
            triggers: Triggers::new(display),
            parser: KeyParser::default(),
            events: Deque::new(),
            hold: None,
            line: CurrentLine {
                outline: Outline::default(),
                cursor: Position::default(),
                above: 0,
                size: Size::default(),
                paste: false,
                anchor: Anchor::default(),
                prompt: Prompt::read(&[], false),
                cause: Some(Break::Line),
                since: Instant::default(),
                continues: false,
                touched: false,
                is_command: false,
                echoes: Some(0),
            },
            proof: Proof::NONE,
            prompts: Prompts::default(),
            skills: Skills::default(),
            commands: None,
            surprised: None,
            noise: None,
            quiet_at: None,
            late: None,
            fastest: None,
            changed: false,
            counters: Counters::default(),
        }
    }

    /// Learns how often keys are sent, which is half the round trip.
    pub fn handle_interval(&mut self, interval: Duration) {
        self.triggers.handle_interval(interval, self.events.is_empty());
    }

    /// Takes a byte that was typed, which input state `num` or a later one will carry.
    pub fn handle_byte(&mut self, now: Instant, byte: u8, num: StateNum) {
        if self.display != Display::Never
            && let Some(key) = self.parser.feed(byte)
        {
            self.push(now, key, num);
        }
    }

    /// Takes so much at once that nobody typed it: nobody waits for the echo of it either.
    pub fn handle_paste(&mut self, now: Instant, num: StateNum) {
        if self.display != Display::Never {
            self.push(now, Key::Break(Break::Text), num);
        }
    }

    /// Learns that all that the keyboard had was handed over; `newest` is the newest received
    /// screen.
    pub fn handle_read(
        &mut self,
        now: Instant,
        num: StateNum,
        screens: &mut Screens<'_>,
        newest: &Frame,
    ) {
        if self.display == Display::Never {
            return;
        }
        if let Some(key) = self.parser.end() {
            self.push(now, key, num);
        }
        if self.late.is_none() {
            self.proof.handle_quiet(now, screens.info(newest).echo_ack);
        }
        self.replay(screens, newest);
        self.changed |= self.triggers.shows() && self.showable() > 0;
    }

    fn push(&mut self, at: Instant, key: Key, num: StateNum) {
        self.counters.keys += 1;
        let event = Event { key, num: num.0, at, predicted: None, shown: false };
        if self.events.push_back(event).is_err() {
            self.events.clear();
            self.hold = Some(num.0);
        }
    }

    /// Takes a screen that has arrived.
    pub fn handle_frame(&mut self, now: Instant, screens: &mut Screens<'_>, frame: &Frame) {
        if self.display == Display::Never {
            return;
        }
        let info = screens.info(frame);
        let (acked, paste, size) = (info.echo_ack, info.modes.bracketed_paste, info.size());
        let (seen, cursor) = (outline(screens, frame), info.cursor);
        let above = cursor.row.checked_sub(1).map_or(0, |row| hash(screens.row(frame, row)));
        let resized = size != self.line.size;
        let mut recognisable = paste == self.line.paste && !resized;
        if self.hold.is_some_and(|num| num <= acked) {
            self.hold = None;
            recognisable = false;
        }
        let applied = self.events.iter().take_while(|event| event.num <= acked).count();
        let found = if recognisable { self.find(seen, cursor, above, applied) } else { None };
        let (other_reader, resized) = (paste != self.line.paste, size != self.line.size);
        self.line.paste = paste;
        self.line.size = size;
        match found {
            Some((count, true)) => {
                self.confirm(now, count, seen, cursor);
                let late = applied > count;
                self.late = late.then(|| self.late.unwrap_or(now));
                if !late {
                    self.proof.handle_quiet(now, acked);
                }
                if self.line.echoes >= Some(LEARNED) {
                    self.prompts.learn(self.line.prompt);
                    self.line.echoes = None;
                }
            }
            Some((count, false)) => {
                self.late = None;
                self.pass(count, cursor);
            }
            None => {
                self.late = None;
                let cause = other_reader.then_some(Break::Line);
                self.take_new_line(now, screens, frame, applied, cause, resized);
            }
        }
        if resized {
            // The program will draw the line anew, from where it believes it to be.
            self.proof.doubt();
        }
        self.line.outline = seen;
        self.line.cursor = cursor;
        self.line.above = above;
        self.handle_timeout(now, screens, frame);
        self.replay(screens, frame);
        self.changed = false;
    }

    /// Does what the time has come for; `newest` is the newest received screen.
    pub fn handle_timeout(&mut self, now: Instant, screens: &mut Screens<'_>, newest: &Frame) {
        if self.late.is_some_and(|since| since + GRACE <= now) {
            self.late = None;
            self.give_up(screens.info(newest).echo_ack);
            self.replay(screens, newest);
            self.changed = true;
        }
        if self.quiet_at.is_some_and(|at| at <= now) {
            self.quiet_at = None;
            self.changed |= self.showable() > 0;
        }
        if let Some(since) = self.waiting_since() {
            self.changed |= self.triggers.handle_waiting(now, since);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let glitch = self.waiting_since().and_then(|since| self.triggers.next(since));
        let late = self.late.map(|since| since + GRACE);
        [glitch, late, self.quiet_at].into_iter().flatten().min()
    }

    /// Since when a key that can be predicted is unanswered.
    fn waiting_since(&self) -> Option<Instant> {
        self.events.front().filter(|_| self.showable() > 0).map(|event| event.at)
    }

    /// Whether the picture is to be drawn anew.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// Counts of what was predicted.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Draws the effects of the unanswered keys onto `target`, a copy of the newest screen.
    pub fn apply(&mut self, screens: &mut Screens<'_>, target: &Frame) {
        self.changed = false;
        if !self.triggers.shows() {
            return;
        }
        let count = self.showable();
        let mut line = Line {
            screens,
            frame: target,
            anchor: self.line.anchor,
            overwrite: self.overwrite,
            underline: self.triggers.marks(),
        };
        for event in self.events.iter_mut().take(count) {
            if line.apply(event.key).is_none() {
                break;
            }
            if !event.shown {
                event.shown = true;
                self.counters.shown += 1;
            }
        }
    }

    /// How many of the unanswered keys may be shown.
    fn showable(&self) -> usize {
        let eager = self.display == Display::Experimental;
        let held = self.hold.is_some() || self.quiet_at.is_some();
        if held || self.proof.is_barred() || !self.proof.is_given() && !eager {
            return 0;
        }
        // What was typed with its Enter before the line was seen may have been read already, by
        // what asked before.
        let read =
            |event: &Event| event.key == Key::Break(Break::Line) && event.at < self.line.since;
        if self.events.iter().any(read) {
            return 0;
        }
        let firm = self.line.anchor.firm;
        // Behind a prefix, a character is a command, and what follows may go somewhere else.
        let mut prefixed = false;
        let can = |event: &&Event| {
            let Some(predicted) = event.predicted else { return false };
            let Some(edit) = predicted.edit else { return eager || !prefixed };
            prefixed |= edit.is_prefix() && !self.skills.has_proved(edit, firm);
            eager || self.skills.has(edit, firm)
        };
        self.events.iter().take_while(can).count()
    }

    /// Works out what the unanswered keys lead to, starting from `frame`.
    fn replay(&mut self, screens: &mut Screens<'_>, frame: &Frame) {
        for event in &mut self.events {
            event.predicted = None;
        }
        if self.events.is_empty() || self.hold.is_some() {
            return;
        }
        // Without room nothing is predicted.
        let Ok(scratch) = screens.snapshot(frame) else { return };
        let anchor = self.line.anchor;
        let mut line =
            Line { screens, frame: &scratch, anchor, overwrite: self.overwrite, underline: false };
        for event in &mut self.events {
            let before = line.screens.info(&scratch).cursor;
            let old = line.screens.row(&scratch, before.row)[usize::from(before.column)];
            let edit = match line.meaning(event.key) {
                Key::Edit(edit) => Some(edit),
                Key::Text(_) | Key::Break(_) => None,
            };
            if line.apply(event.key).is_none() {
                break;
            }
            let row = line.screens.info(&scratch).cursor.row;
            let outline = line.outline();
            let typed = match event.key {
                // At the end of a line, no command moves the cursor further.
                Key::Text(' ') => Some((before, outline.is_at_end())),
                Key::Text(c) => Some((before, is_evidence(c, old))),
                _ => None,
            };
            let depth = i32::from(row) - line.anchor.row;
            let Anchor { appending, trailing, .. } = line.anchor;
            event.predicted =
                Some(Predicted { outline, row, depth, appending, trailing, edit, typed });
        }
        screens.release(scratch);
    }
}

/// Whether `c` appearing where `old` was says that keys are echoed. What programs show in place of
/// each character of a secret does not.
fn is_evidence(c: char, old: Cell) -> bool {
    let is_new = old.glyph().single() != Some(c) || is_faint(&old);
    is_new && !matches!(c, '*' | '.' | '\u{2022}' | '\u{25cf}')
}
