//! What an answer teaches: about the line, about whether keys are echoed, and what they do.

use super::key::{Break, Key};
use super::line::Anchor;
use super::pane::{Outline, hash, left_edge};
use super::predictor::{Event, Predicted, Predictor};
use super::trust::{Familiarity, Prompt, Proof, Surroundings, Words};
use crate::screen::{Cell, Frame, Position, Screens};
use crate::time::Instant;

/// So many round trips between two changes of the line by others are too few for predictions.
const NOISY: u32 = 8;

impl Predictor {
    /// Takes note that the first `count` keys did what was predicted, and forgets them.
    pub(super) fn confirm(&mut self, now: Instant, count: usize, seen: Outline, cursor: Position) {
        let changed = seen != self.line.outline;
        let mut depth = i32::from(self.line.cursor.row) - self.line.anchor.row;
        let mut before = self.line.outline;
        let ambiguous = self.ambiguous(now, count);
        for _ in 0..count {
            let Some(event) = self.events.pop_front() else { break };
            let Some(predicted) = event.predicted else { break };
            let took = now.since(event.at);
            self.line.is_command |= self.commands == Some(before.before);
            let changed = changed && !self.line.is_command;
            match event.key {
                // Before a program reads, the terminal echoes, whatever the program will do.
                Key::Text(_) if !self.line.paste && event.at < self.line.since => {}
                Key::Text(_) if Some(event.key) == ambiguous => {}
                Key::Text(_) if changed && matches!(predicted.typed, Some((_, true))) => {
                    self.proof.handle_echo(now, event.num);
                    self.line.echoes = self.line.echoes.map(|echoes| echoes.saturating_add(1));
                    let fastest = self.fastest.unwrap_or(took);
                    // It may grow again with the link, slowly.
                    self.fastest = Some(fastest.saturating_add(fastest / 16).min(took));
                }
                Key::Edit(_) if predicted.outline != before => {
                    if let Some(edit) = predicted.edit {
                        self.skills.handle_success(edit, self.line.anchor.firm);
                    }
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

    /// The last of the first `count` keys if the next one is the same: the echo may be that of the
    /// second, and the first a command. So it is after `i` in vi, before a word with that letter.
    fn ambiguous(&self, now: Instant, count: usize) -> Option<Key> {
        let last = self.events.get(count.checked_sub(1)?)?.key;
        let next = self.events.get(count)?;
        (next.key == last && next.at + self.least_delay() <= now).then_some(last)
    }

    /// Takes note that the first `count` keys moved the cursor as predicted and showed something
    /// else, and forgets them: stars for a secret, or dots for blanks.
    pub(super) fn pass(&mut self, count: usize, cursor: Position) {
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
    pub(super) fn give_up(&mut self, acked: u64) {
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
                (Key::Edit(_), Some(predicted)) if predicted.outline != before => {
                    if let Some(edit) = predicted.edit {
                        self.skills.handle_failure(edit, self.line.anchor.firm);
                        if edit.is_prefix() {
                            self.proof.doubt();
                        }
                    }
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

    /// Looks at a line that is not what was predicted: another one, or changed in a way that could
    /// not be foreseen. `applied` keys had the time to show their effects.
    pub(super) fn take_new_line(
        &mut self,
        now: Instant,
        screens: &Screens<'_>,
        frame: &Frame,
        applied: usize,
        cause: Option<Break>,
        resized: bool,
    ) {
        let cursor = screens.info(frame).cursor;
        let cells = screens.row(frame, cursor.row);
        let column = usize::from(cursor.column);
        self.line.is_command = false;
        // A line that is drawn anew for its size says nothing of keys.
        let by_time = if resized { Instant::default() } else { now };
        let (count, typed) =
            self.count_applied(by_time, &cells[..column], applied, cause.is_some());
        let cause = cause.or_else(|| self.cause(count));
        let mut failed = cause.is_none() && count > 0;
        for index in 0..count {
            let Some(event) = self.events.pop_front() else { break };
            if let Some(Predicted { typed: Some((place, _)), .. }) = event.predicted {
                let row = screens.row(frame, place.row.min(self.line.size.rows - 1));
                let cell = row.get(usize::from(place.column));
                let there = cell.and_then(|cell| cell.glyph().single());
                self.counters.wrong +=
                    u64::from(event.shown && Key::Text(there.unwrap_or(' ')) != event.key);
            }
            match event.key {
                // Echoed, but something else has happened as well.
                Key::Text(_) if typed > 0 => failed = false,
                Key::Edit(_) if cause.is_none() && index + 1 == count => {
                    if let Some(edit) = event.predicted.and_then(|predicted| predicted.edit) {
                        self.skills.handle_failure(edit, self.line.anchor.firm);
                    }
                }
                _ => {}
            }
        }
        let edge = left_edge(cells, column);
        // What was typed may look like a border itself.
        let start = edge.max(column - typed);
        let before = &cells[edge..start];
        let paste = self.line.paste;
        let untouched = !self.line.touched && cause.is_none();
        // What pushes a prompt away before anything is typed there will do so again.
        let pushed =
            untouched && self.proof.is_given() && self.prompts.find(before, paste).is_none();
        if cause == Some(Break::Line) || untouched && self.line.cause == Some(Break::Line) {
            if cause == Some(Break::Line) {
                // One line down, unless the screen has scrolled.
                let down = cursor.row.wrapping_sub(self.line.cursor.row);
                self.line.continues = self.proof.is_given() && down <= 1;
            }
            self.begin_line(before, &cells[column..], edge, cursor.row, typed);
            self.line.since = now;
        } else {
            // A line that has filled its row began in a row above.
            let above = (0..cursor.row).rev().take_while(|&row| screens.wrapped(frame, row));
            let (top, head, left) = match above.last() {
                Some(top) => (top, screens.row(frame, top), 0),
                None => (cursor.row, before, edge),
            };
            let renewed = self.line.prompt.begins(head).then_some(self.line.prompt);
            let other = self.line.anchor.row != i32::from(top);
            let prompt = renewed.or_else(|| self.prompts.find(head, paste));
            self.line.anchor = match prompt {
                Some(prompt) => anchor(top, left + prompt.len(), paste),
                None => anchor(cursor.row, start, false),
            };
            if let Some(cause) = cause {
                self.line.cause = Some(cause);
            }
            if failed {
                self.proof.handle_failure();
            } else if !paste
                || cause == Some(Break::Mode)
                || other && cause.is_some() && self.has_left(screens, frame)
            {
                self.proof.doubt();
            }
            if prompt.is_none_or(|prompt| prompt.asks()) {
                self.proof.handle_words(Words::read(before), cause.is_some());
            }
            if failed || cause == Some(Break::Mode) {
                self.line.echoes = None;
            }
        }
        if pushed || cause.is_none() && !failed && !untouched {
            self.handle_noise(now);
        }
        self.line.touched |= typed > 0;
        self.surprised = (count == 0).then_some(now);
    }

    /// Whether the line is still where it was and the cursor is elsewhere: in another field.
    fn has_left(&self, screens: &Screens<'_>, frame: &Frame) -> bool {
        let Position { row, column } = self.line.cursor;
        let size = screens.size(frame);
        let column = usize::from(column);
        if row == screens.info(frame).cursor.row || row >= size.rows || column > size.columns.into()
        {
            return false;
        }
        let cells = screens.row(frame, row);
        hash(&cells[left_edge(cells, column)..column]) == self.line.outline.before
    }

    /// What is new about the line after the first `count` keys.
    fn cause(&self, count: usize) -> Option<Break> {
        let breaks = self.events.iter().take(count).filter_map(|event| match event.key {
            Key::Break(cause) => Some(cause),
            Key::Text(_) | Key::Edit(_) => None,
        });
        breaks.reduce(|last, cause| if cause == Break::Text { last } else { cause })
    }

    /// Starts over on a line that begins with `before` and goes on with `behind` the cursor.
    fn begin_line(
        &mut self,
        before: &[Cell],
        behind: &[Cell],
        edge: usize,
        row: u16,
        typed: usize,
    ) {
        let paste = self.line.paste;
        // What stands behind a known prompt is text; the line may be edited, but is not new.
        let found = self.prompts.find(before, paste);
        let prompt = found.unwrap_or_else(|| Prompt::read(before, paste));
        if !paste || !prompt.is_blank() {
            self.prompts.forget_editor();
        }
        let known = self.prompts.know(&prompt, self.line.continues);
        let familiarity = known.filter(|_| prompt.len() == before.len());
        // The name of a field stands in it until something is typed.
        let named = Words::read(behind) == Words::Secret;
        let words = if named { Words::Secret } else { Words::read(before) };
        let asks = prompt.asks() || named;
        self.proof = Proof::on(Surroundings { paste, known: familiarity, asks, words });
        let firm = (paste || familiarity == Some(Familiarity::Often)) && !prompt.is_blank();
        self.line.anchor = anchor(row, edge + prompt.len(), firm);
        self.line.anchor.appending = firm && prompt.len() == before.len();
        self.line.prompt = prompt;
        self.line.cause = Some(Break::Line);
        self.line.touched = typed > 0;
        self.line.echoes = Some(0);
    }
}

fn anchor(row: u16, column: usize, firm: bool) -> Anchor {
    Anchor { row: row.into(), column: column as u16, firm, appending: false, trailing: 0 }
}
