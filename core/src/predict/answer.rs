//! Which keys a screen answers.
//!
//! The server says which input had the time to take effect, 50 ms after it has. That is the least
//! that a screen shows; mostly it shows more. What was predicted tells how much.

use core::time::Duration;

use super::key::{Break, Key};
use super::pane::{Outline, is_blank};
use super::predictor::{Event, MAX_KEYS, Predictor};
use crate::screen::{Cell, Position, width};
use crate::time::Instant;

impl Predictor {
    /// Finds the number of keys whose effects a screen shows, of which `applied` had the time to,
    /// and whether it shows what was predicted; else the cursor alone is where it was expected.
    pub(super) fn find(
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

    /// How many keys a screen shows the effects of that was not predicted, and the columns that
    /// the last of them take at the end of `before`, the text before the cursor.
    pub(super) fn count_applied(
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
            // A key that ended a program is not the next one's; without a sign of one there is
            // none, and what was typed during a command waits for the shell.
            let alone = !self.line.touched && self.line.cursor.column == 0;
            return (if alone { least } else { possible }, 0);
        }
        let mut open = self.events.iter().take(possible).skip(least);
        if open.any(|event| !matches!(event.key, Key::Text(_))) {
            // Their traces cannot be told from the rest.
            self.hold = self.events.get(possible - 1).map(|event| event.num);
        }
        (least, 0)
    }
    /// How long after a key its effect is seen at the earliest.
    pub(super) fn least_delay(&self) -> Duration {
        self.fastest.unwrap_or_default() * 3 / 4
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
        let equal = cell.glyph().single() == Some(c) || c == ' ' && is_blank(cell);
        equal.then_some(())?;
    }
    (columns > 0).then_some(columns)
}
