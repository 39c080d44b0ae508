//! The engine: keys that are not answered yet, replayed on each screen that arrives.

use core::time::Duration;

use heapless::Deque;

use super::counters::Counters;
use super::key::{Break, Key, KeyParser};
use super::line::{Anchor, Line, Outline, hash, is_blank, left_edge, outline};
use super::triggers::Triggers;
use super::trust::{Familiarity, Prompt, Prompts, Proof, Surroundings, Words};
use super::{Display, skill::Skills};
use crate::screen::{Cell, Frame, Glyph, Position, Screens, Size, width};
use crate::time::Instant;
use crate::transport::StateNum;

/// Keys that may be unanswered; beyond that nothing is predicted until all are answered.
const MAX_KEYS: usize = 128;

/// Time that a slow program gets to show the effect of a key beyond the 50 ms for which the server
/// waits before it says that the effect can be seen.
const GRACE: Duration = Duration::from_millis(100);

/// So many round trips between two changes of the line by others are too few for predictions.
const NOISY: u32 = 6;

/// Echoes after which a prompt is remembered.
const LEARNED: u8 = 2;

/// A key that the server has not answered.
#[derive(Clone, Copy, Debug)]
struct Event {
    key: Key,
    /// The input state that carries it.
    num: u64,
    at: Instant,
    /// What it leads to, if that can be told.
    predicted: Option<Predicted>,
    /// It was on the user's screen before it was answered.
    shown: bool,
}

/// What is expected after a key, and all those before it.
#[derive(Clone, Copy, Debug)]
struct Predicted {
    outline: Outline,
    /// Of the cursor.
    row: u16,
    /// Rows between the beginning of the line and the cursor.
    depth: i32,
    /// The end of the line, see [`Anchor`].
    appending: bool,
    trailing: u16,
    /// Where the typed character stands, and whether that place looked different before.
    typed: Option<(Position, bool)>,
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
    display: Display,
    overwrite: bool,
    triggers: Triggers,
    parser: KeyParser,
    events: Deque<Event, MAX_KEYS>,
    /// Until this input state is answered nothing is predicted.
    hold: Option<u64>,
    /// The line as the newest screen shows it.
    line: CurrentLine,
    proof: Proof,
    prompts: Prompts,
    skills: Skills,
    /// The beginning of a line at which keys were commands, where programs show what is to be
    /// seen of a command, such as a number before it, as text.
    commands: Option<u32>,
    /// When the line last changed in a way that was not predicted.
    surprised: Option<Instant>,
    /// When something else last wrote on the line, and until when nothing is predicted because it
    /// does so again and again.
    noise: Option<Instant>,
    quiet_at: Option<Instant>,
    /// Since when keys were due to show an effect that they did not.
    late: Option<Instant>,
    /// The shortest time that an answer took: what was typed later cannot be on a screen.
    fastest: Option<Duration>,
    changed: bool,
    counters: Counters,
}

/// The line as the newest screen shows it.
#[derive(Debug)]
struct CurrentLine {
    outline: Outline,
    cursor: Position,
    /// The text of the row above the cursor.
    above: u32,
    size: Size,
    /// Bracketed paste is on.
    paste: bool,
    anchor: Anchor,
    prompt: Prompt,
    /// What ended the line before, or made this one uncertain.
    cause: Option<Break>,
    /// The line before was echoed.
    continues: bool,
    /// Something was typed on it.
    touched: bool,
    /// It begins as one did where keys were commands.
    is_command: bool,
    /// Echoes that were seen on it, as long as nothing spoke against it being one line of text.
    echoes: Option<u8>,
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
        let mut recognisable = paste == self.line.paste && size == self.line.size;
        if self.hold.is_some_and(|num| num <= acked) {
            self.hold = None;
            recognisable = false;
        }
        let applied = self.events.iter().take_while(|event| event.num <= acked).count();
        let found = if recognisable { self.find(seen, cursor, above, applied) } else { None };
        let other_reader = paste != self.line.paste;
        self.line.paste = paste;
        self.line.size = size;
        match found {
            Some((count, true)) => {
                self.confirm(now, count, seen, cursor);
                let late = applied > count;
                self.late = late.then(|| self.late.unwrap_or(now));
                if !late {
                    self.proof.handle_quiet(acked);
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
                self.take_new_line(now, screens, frame, applied, cause);
            }
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
        let firm = self.line.anchor.firm;
        let can = |event: &&Event| {
            event.predicted.is_some()
                && match event.key {
                    Key::Text(_) => true,
                    Key::Edit(edit) => eager || self.skills.has(edit, firm),
                    Key::Break(_) => false,
                }
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
            let old = line.screens.row(&scratch, before.row)[usize::from(before.column)].glyph;
            if line.apply(event.key).is_none() {
                break;
            }
            let row = line.screens.info(&scratch).cursor.row;
            let typed = match event.key {
                Key::Text(c) => Some((before, is_evidence(c, old))),
                _ => None,
            };
            let depth = i32::from(row) - line.anchor.row;
            let outline = line.outline();
            let Anchor { appending, trailing, .. } = line.anchor;
            event.predicted = Some(Predicted { outline, row, depth, appending, trailing, typed });
        }
        screens.release(scratch);
    }

    /// Finds the number of keys whose effects a screen shows, of which `applied` had the time to,
    /// and whether it shows what was predicted; else the cursor alone is where it was expected.
    fn find(
        &self,
        seen: Outline,
        cursor: Position,
        above: u32,
        applied: usize,
    ) -> Option<(usize, bool)> {
        let mut exact = (None, None);
        let mut alike = (None, None);
        let mut placed = None;
        let mut expected = (self.line.outline, self.line.cursor.row);
        for count in 0..=self.events.len() {
            // A new line that looks like the old one, only lower, or with the old one above it.
            let next = self.events.get(count).map(|event| event.key);
            let lower = cursor.row != expected.1 || above != self.line.above;
            let moved = next == Some(Key::Break(Break::Line)) && lower;
            let place = |found: &mut (Option<usize>, Option<usize>)| {
                if count >= applied {
                    found.0.get_or_insert(count);
                } else {
                    found.1 = Some(count);
                }
            };
            if expected.0 == seen && !moved {
                place(&mut exact);
            } else if expected.0.begins_like(&seen) && !moved {
                place(&mut alike);
            } else if count > 0 && count >= applied && !moved {
                let there = (expected.0.column, expected.1) == (cursor.column, cursor.row);
                placed = placed.or(there.then_some(count));
            }
            let Some(event) = self.events.get(count) else { break };
            let Some(predicted) = event.predicted else { break };
            expected = (predicted.outline, predicted.row);
        }
        let count = match exact {
            // A character that was typed and removed again: it may as well not have come yet.
            (Some(count), Some(fewer)) if count > applied => Some(fewer),
            _ => exact.0.or(alike.0),
        };
        let late = exact.1.or(alike.1).map(|count| (count, true));
        let count = count.map(|count| (count, true));
        // A screen that has not changed at all is late and not otherwise.
        let placed = placed.filter(|_| seen != self.line.outline).map(|count| (count, false));
        count.or(placed).or(late)
    }

    /// Takes note that the first `count` keys did what was predicted, and forgets them.
    fn confirm(&mut self, now: Instant, count: usize, seen: Outline, cursor: Position) {
        let changed = seen != self.line.outline;
        let mut depth = i32::from(self.line.cursor.row) - self.line.anchor.row;
        let mut before = self.line.outline;
        for _ in 0..count {
            let Some(event) = self.events.pop_front() else { break };
            let Some(predicted) = event.predicted else { break };
            let took = now.since(event.at);
            self.line.is_command |= self.commands == Some(before.before);
            let changed = changed && !self.line.is_command;
            match event.key {
                Key::Text(_) if changed && matches!(predicted.typed, Some((_, true))) => {
                    self.proof.handle_echo(event.num);
                    self.line.echoes = self.line.echoes.map(|echoes| echoes.saturating_add(1));
                    let fastest = self.fastest.unwrap_or(took);
                    // It may grow again with the link, slowly.
                    self.fastest = Some(fastest.saturating_add(fastest / 16).min(took));
                }
                Key::Edit(edit) if predicted.outline != before => {
                    self.skills.handle_success(edit, self.line.anchor.firm);
                }
                _ => {}
            }
            self.triggers.handle_answer(now, took);
            self.counters.confirmed += 1;
            self.counters.waited += took;
            if !event.shown {
                self.counters.hidden += 1;
            }
            self.line.touched = true;
            depth = predicted.depth;
            self.line.anchor.appending = predicted.appending;
            self.line.anchor.trailing = predicted.trailing;
            before = predicted.outline;
        }
        self.line.anchor.row = i32::from(cursor.row) - depth;
    }

    /// Takes note that the first `count` keys moved the cursor as predicted and showed something
    /// else, and forgets them: stars for a secret, or dots for blanks.
    fn pass(&mut self, count: usize, cursor: Position) {
        let mut depth = i32::from(self.line.cursor.row) - self.line.anchor.row;
        for _ in 0..count {
            let Some(event) = self.events.pop_front() else { break };
            let Some(predicted) = event.predicted else { break };
            depth = predicted.depth;
            self.line.anchor.appending = predicted.appending;
            self.line.anchor.trailing = predicted.trailing;
            if matches!(predicted.typed, Some((_, true))) {
                self.proof.doubt();
                self.line.echoes = None;
            }
        }
        self.line.anchor.row = i32::from(cursor.row) - depth;
    }

    /// Takes note that keys up to input state `acked` had no effect, and forgets them.
    fn give_up(&mut self, acked: u64) {
        let mut before = self.line.outline;
        while let Some(event) = self.events.front().copied()
            && event.num <= acked
        {
            self.events.pop_front();
            match (event.key, event.predicted) {
                // Whatever changed the line may have been this key.
                (Key::Text(_), Some(_)) if self.take_surprise(&event) => self.line.echoes = None,
                (Key::Text(_), Some(_)) => {
                    self.proof.handle_failure();
                    self.line.echoes = None;
                    self.prompts.forget(&self.line.prompt);
                    self.commands = (!self.line.paste).then_some(self.line.outline.before);
                }
                (Key::Edit(edit), Some(predicted)) if predicted.outline != before => {
                    self.skills.handle_failure(edit, self.line.anchor.firm);
                }
                // It may be a prefix, and the next key a command.
                (Key::Edit(_), None) => self.proof.doubt(),
                (Key::Break(Break::Text), _) if self.line.paste => {}
                (Key::Break(cause), _) => {
                    self.proof.doubt();
                    self.line.cause = Some(cause);
                }
                _ => {}
            }
            self.counters.wrong += u64::from(event.shown);
            before = event.predicted.map_or(before, |predicted| predicted.outline);
        }
    }

    /// Takes note that the line was changed by something else than keys.
    ///
    /// What is typed in the meantime appears elsewhere than predicted, the more of it the longer
    /// the link.
    fn handle_noise(&mut self, now: Instant) {
        let span = self.fastest.unwrap_or_default() * NOISY;
        if self.proof.is_given() && self.noise.is_some_and(|at| now.since(at) < span) {
            self.quiet_at = Some(now + span);
        }
        self.noise = Some(now);
    }

    /// Whether the line has changed since `event` can have had an effect; one change is the effect
    /// of one key.
    fn take_surprise(&mut self, event: &Event) -> bool {
        let bound = event.at + self.least_delay();
        self.surprised.take_if(|at| *at >= bound).is_some()
    }

    /// How long after a key its effect is seen at the earliest.
    fn least_delay(&self) -> Duration {
        self.fastest.unwrap_or_default() * 3 / 4
    }

    /// Looks at a line that is not what was predicted: another one, or changed in a way that could
    /// not be foreseen. `applied` keys had the time to show their effects.
    fn take_new_line(
        &mut self,
        now: Instant,
        screens: &Screens<'_>,
        frame: &Frame,
        applied: usize,
        cause: Option<Break>,
    ) {
        let cursor = screens.info(frame).cursor;
        let cells = screens.row(frame, cursor.row);
        let column = usize::from(cursor.column);
        self.line.is_command = false;
        let (count, typed) = self.count_applied(now, &cells[..column], applied, cause.is_some());
        let cause = cause.or_else(|| self.cause(count));
        let mut failed = cause.is_none() && count > 0;
        for index in 0..count {
            let Some(event) = self.events.pop_front() else { break };
            if let Some(Predicted { typed: Some((place, _)), .. }) = event.predicted {
                let row = screens.row(frame, place.row.min(self.line.size.rows - 1));
                let cell = row.get(usize::from(place.column));
                let there = cell.and_then(|cell| cell.glyph.single());
                self.counters.wrong +=
                    u64::from(event.shown && Key::Text(there.unwrap_or(' ')) != event.key);
            }
            match event.key {
                // Echoed, but something else has happened as well.
                Key::Text(_) if typed > 0 => failed = false,
                Key::Edit(edit) if cause.is_none() && index + 1 == count => {
                    self.skills.handle_failure(edit, self.line.anchor.firm);
                }
                _ => {}
            }
        }
        let edge = left_edge(cells, column);
        let start = column - typed;
        let before = &cells[edge..start];
        let paste = self.line.paste;
        let untouched = !self.line.touched && cause.is_none();
        let renewed = self.line.prompt.begins(before);
        if cause == Some(Break::Line) || untouched && self.line.cause == Some(Break::Line) {
            if cause == Some(Break::Line) {
                // One line down, unless the screen has scrolled.
                let down = cursor.row.wrapping_sub(self.line.cursor.row);
                self.line.continues = self.proof.is_given() && down <= 1;
            }
            self.begin_line(before, edge, cursor.row, typed);
        } else {
            let known = self.prompts.find(before, paste);
            let prompt = if renewed { Some(self.line.prompt) } else { known };
            self.line.anchor = match prompt {
                Some(prompt) => anchor(cursor.row, edge + prompt.len(), paste),
                None => anchor(cursor.row, start, false),
            };
            if let Some(cause) = cause {
                self.line.cause = Some(cause);
            }
            if failed {
                self.proof.handle_failure();
            } else if !paste || cause == Some(Break::Mode) {
                self.proof.doubt();
            }
            if failed || cause == Some(Break::Mode) {
                self.line.echoes = None;
            }
        }
        if cause.is_none() && !failed && !untouched {
            self.handle_noise(now);
        }
        self.line.touched |= typed > 0;
        self.surprised = (count == 0).then_some(now);
    }

    /// What is new about the line after the first `count` keys.
    fn cause(&self, count: usize) -> Option<Break> {
        let breaks = self.events.iter().take(count).filter_map(|event| match event.key {
            Key::Break(cause) => Some(cause),
            Key::Text(_) | Key::Edit(_) => None,
        });
        breaks.reduce(|last, cause| if cause == Break::Text { last } else { cause })
    }

    /// Starts over on a line that begins with `before`.
    fn begin_line(&mut self, before: &[Cell], edge: usize, row: u16, typed: usize) {
        let paste = self.line.paste;
        if !paste {
            self.prompts.forget_editor();
        }
        // What stands behind a known prompt is text; the line may be edited, but is not new.
        let found = self.prompts.find(before, paste);
        let prompt = found.unwrap_or_else(|| Prompt::read(before, paste));
        let known = self.prompts.know(&prompt, self.line.continues);
        let familiarity = known.filter(|_| prompt.len() == before.len());
        let words = Words::read(before);
        self.proof = Proof::on(Surroundings { paste, known: familiarity, words });
        let firm = (paste || familiarity == Some(Familiarity::Often)) && !prompt.is_blank();
        self.line.anchor = anchor(row, edge + prompt.len(), firm);
        self.line.anchor.appending = firm && prompt.len() == before.len();
        self.line.prompt = prompt;
        self.line.cause = Some(Break::Line);
        self.line.touched = typed > 0;
        self.line.echoes = Some(0);
    }

    /// How many keys a screen shows the effects of that was not predicted, and the columns that
    /// the last of them take at the end of `before`, the text before the cursor.
    fn count_applied(
        &mut self,
        now: Instant,
        before: &[Cell],
        applied: usize,
        other_reader: bool,
    ) -> (usize, usize) {
        let bound = self.least_delay();
        let possible = self.events.iter().take_while(|event| event.at + bound <= now).count();
        let possible = possible.max(applied);
        let unknown = self.events.iter().take(possible);
        let unknown = unknown.take_while(|event| event.predicted.is_some()).count();
        let least = if unknown < possible { applied.max(unknown + 1) } else { applied };
        let first = if unknown < possible { unknown + 1 } else { 0 };
        for count in (least..=possible).rev() {
            let run = self.events.iter().take(count).skip(first);
            if let Some(columns) = ends_with(before, run) {
                return (count, columns);
            }
        }
        if other_reader {
            // A key that ended a program is not the next one's.
            return (possible, 0);
        }
        let mut open = self.events.iter().take(possible).skip(least);
        if open.any(|event| !matches!(event.key, Key::Text(_))) {
            // Their traces cannot be told from the rest.
            self.hold = self.events.get(possible - 1).map(|event| event.num);
        }
        (least, 0)
    }
}

/// The columns of the characters at the end of `keys`, if `before` ends with them and there are
/// any.
fn ends_with<'e>(before: &[Cell], keys: impl Iterator<Item = &'e Event>) -> Option<usize> {
    let texts = keys.map(|event| match event.key {
        Key::Text(c) => Some(c),
        Key::Edit(_) | Key::Break(_) => None,
    });
    let mut columns = 0;
    let mut run = heapless::Vec::<char, MAX_KEYS>::new();
    for text in texts {
        match text {
            Some(c) => {
                let _ = run.push(c);
            }
            None => run.clear(),
        }
    }
    for &c in run.iter().rev() {
        columns += width::width(c);
        let at = before.len().checked_sub(columns)?;
        // Nothing stands where the last of them is a mark: its cell is that of its letter.
        let cell = before.get(at)?;
        let equal = cell.glyph.single() == Some(c) || c == ' ' && is_blank(cell);
        equal.then_some(())?;
    }
    (columns > 0).then_some(columns)
}

/// Whether `c` appearing where `old` was says that keys are echoed. A space does not, nor do
/// what programs show in place of each character of a secret.
fn is_evidence(c: char, old: Glyph) -> bool {
    !matches!(c, ' ' | '*' | '.' | '\u{2022}' | '\u{25cf}') && old.single() != Some(c)
}

fn anchor(row: u16, column: usize, firm: bool) -> Anchor {
    Anchor { row: row.into(), column: column as u16, firm, appending: false, trailing: 0 }
}
