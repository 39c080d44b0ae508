//! The line that is being typed: what a key does to it, on a frame of the screen.
//!
//! This is the editor that shells, readline, and text fields have in common. Where they differ
//! (word boundaries with punctuation, text that goes on in the next row), the answer is `None`:
//! nothing is predicted.

use super::key::{Edit, Key};
use super::pane::{Outline, Pane, is_blank, is_faint, is_filler, outline, tail_end};
use crate::screen::{
    Cell, ExtraId, Frame, Glyph, Position, Rendition, Screens, Underline, sever, width,
};

/// Where the text that the user may edit begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Anchor {
    /// The first place behind the prompt. It may lie above the screen.
    pub(super) row: i32,
    pub(super) column: u16,
    /// It is known to be the end of a prompt, and not merely where typing began.
    pub(super) firm: bool,
    /// The cursor is at the end of the text: whatever stands behind it is none of it.
    pub(super) appending: bool,
    /// Blanks at the end of the text, which cannot be seen.
    pub(super) trailing: u16,
}

/// A line on a frame.
///
/// Its places are counted through all rows of the pane that it lies in, so that an edit does not
/// see where one row ends and the next one begins.
#[derive(Debug)]
pub(super) struct Line<'l, 's> {
    pub(super) screens: &'l mut Screens<'s>,
    pub(super) frame: &'l Frame,
    pub(super) anchor: Anchor,
    /// Typed characters replace what is there instead of pushing it.
    pub(super) overwrite: bool,
    /// Typed characters are underlined.
    pub(super) underline: bool,
}

impl Line<'_, '_> {
    /// Does what `key` does; `None` if that cannot be told, and nothing has changed then.
    pub(super) fn apply(&mut self, key: Key) -> Option<()> {
        self.press(key)?;
        if self.anchor.appending {
            let pane = self.pane();
            let start = self.start(pane).unwrap_or_default();
            let blanks = (start..pane.cursor).rev();
            let blanks = blanks.take_while(|&place| is_blank(&self.cell(pane, place)));
            self.anchor.trailing = blanks.count() as u16;
        }
        Some(())
    }

    /// What `key` is here: at a suggestion, the keys that go to the right take it over.
    pub(super) fn meaning(&self, key: Key) -> Key {
        let goes_right =
            matches!(key, Key::Edit(Edit::Right | Edit::CharRight | Edit::End | Edit::LineEnd));
        if goes_right && self.anchor.firm && self.suggested(self.pane()) > 0 {
            return Key::Edit(Edit::TakeSuggestion);
        }
        key
    }

    /// Columns of the suggestion at the cursor.
    fn suggested(&self, pane: Pane) -> usize {
        let cells = pane.row_from(self.screens, self.frame, pane.cursor);
        let typed_faint =
            pane.cursor.checked_sub(1).is_some_and(|before| is_faint(&self.cell(pane, before)));
        let faint = |at: usize| cells.get(at).is_some_and(is_faint);
        let mut len = 0;
        let blank = |at: usize| cells.get(at).is_some_and(is_blank);
        while !typed_faint && (faint(len) || len > 0 && blank(len) && faint(len + 1)) {
            len += 1;
        }
        len.min(pane.room(pane.cursor))
    }

    fn press(&mut self, key: Key) -> Option<()> {
        let pane = self.pane();
        if self.cell(pane, pane.cursor).glyph().is_tail() {
            // No editor leaves the cursor on half a character.
            return None;
        }
        match self.meaning(key) {
            Key::Text(c) => self.insert(c),
            Key::Edit(edit) => {
                let before = self.cursor();
                self.edit(edit)?;
                match edit {
                    Edit::End | Edit::LineEnd | Edit::KillToEnd | Edit::TakeSuggestion => {
                        self.anchor.appending = self.anchor.firm;
                    }
                    Edit::Backspace
                    | Edit::KillWord
                    | Edit::KillLetters
                    | Edit::KillToStart
                    | Edit::KillLettersRight
                    | Edit::Delete => {}
                    _ => self.anchor.appending &= self.cursor() == before,
                }
                // Where a chord would change nothing, it is likely to have another meaning: the
                // prefix of a terminal multiplexer, for one.
                let idle = matches!(edit, Edit::CharLeft | Edit::CharRight | Edit::LineStart);
                (!idle || self.cursor() != before).then_some(())
            }
            Key::Break(_) => None,
        }
    }

    pub(super) fn outline(&self) -> Outline {
        outline(self.screens, self.frame)
    }

    fn cursor(&self) -> Position {
        self.screens.info(self.frame).cursor
    }

    fn pane(&self) -> Pane {
        Pane::at_cursor(self.screens, self.frame)
    }

    fn cell(&self, pane: Pane, place: usize) -> Cell {
        pane.cell(self.screens, self.frame, place).unwrap_or(Cell::EMPTY)
    }

    fn set(&mut self, pane: Pane, place: usize, cell: Cell) {
        let (row, column) = pane.position(place);
        self.screens.row_mut(self.frame, row)[column] = cell;
    }

    /// Puts the cursor at `place`.
    fn move_to(&mut self, pane: Pane, place: usize) -> Option<()> {
        if place >= pane.places() {
            return None;
        }
        let (row, column) = pane.position(place);
        self.screens.info_mut(self.frame).cursor = Position { row, column: column as u16 };
        Some(())
    }

    /// Where the user's text begins: `None` if that is unknown or above the screen.
    fn start(&self, pane: Pane) -> Option<usize> {
        let column = usize::from(self.anchor.column).checked_sub(pane.left)?;
        Some(usize::try_from(self.anchor.row).ok()? * pane.width() + column)
    }

    fn insert(&mut self, c: char) -> Option<()> {
        let width = width::width(c);
        let mut pane = self.pane();
        let mut at = pane.cursor;
        if width == 0 {
            return self.combine(pane, c);
        }
        if pane.room(at) < width {
            // A wide character never lies across a margin.
            return None;
        }
        let tail = if self.overwrite { at } else { self.tail_end(pane, at) };
        if tail > at && tail % pane.width() == 0 {
            // The last row is full; whether the next one is free for the text is open.
            return None;
        }
        let end = tail.max(at) + width;
        // A row that the text has filled goes on in the next, and the screen may scroll for it.
        if end % pane.width() < width {
            // Without a line editor the cursor may as well wait at the margin.
            self.anchor.firm.then_some(())?;
            match pane.position(end - width).0 + 1 {
                row if row < pane.rows => self.is_free(pane, row).then_some(())?,
                _ if tail > at || pane.is_part() || pane.rows == 1 => return None,
                _ => {
                    self.scroll();
                    pane.cursor -= pane.width();
                    at -= pane.width();
                }
            }
        }
        let mut rendition = self.rendition_at(pane, at);
        if self.underline {
            rendition = rendition.with_underline(Underline::Single);
        }
        if tail > at {
            self.is_movable(pane, end).then_some(())?;
            // What is not moved may begin with half a character.
            if pane.position(tail).0 == pane.position(end - 1).0 {
                self.sever(pane, tail, width);
            }
            self.shift(pane, at..tail, at + width)?;
        } else {
            self.sever(pane, at, width);
        }
        if width == 2 {
            self.set(pane, at, Cell::new(Glyph::wide(c), rendition));
            self.set(pane, at + 1, Cell::new(Glyph::TAIL, rendition));
        } else {
            self.set(pane, at, Cell::new(Glyph::narrow(c), rendition));
        }
        self.move_to(pane, at + width)
    }

    fn combine(&mut self, pane: Pane, mark: char) -> Option<()> {
        let mut at = pane.cursor.checked_sub(1)?;
        if self.cell(pane, at).glyph().is_tail() {
            at = at.checked_sub(1)?;
        }
        let (row, column) = pane.position(at);
        // Beside a pane, the row above may end with half a character.
        let beside = pane.is_part() && row != self.cursor().row;
        if beside || self.cell(pane, at).glyph() == Glyph::EMPTY {
            return None;
        }
        self.screens.combine(self.frame, row, column as u16, mark);
        Some(())
    }

    /// Whether a row of the pane is empty, so that text may go on there.
    fn is_free(&self, pane: Pane, row: u16) -> bool {
        let cells = &self.screens.row(self.frame, row)[pane.left..pane.right];
        cells.iter().all(is_blank)
    }

    fn scroll(&mut self) {
        let rows = self.screens.size(self.frame).rows;
        self.screens.scroll_up(self.frame, 0, rows - 1, 1, Cell::EMPTY);
        self.anchor.row -= 1;
    }

    /// Blanks the halves of wide characters that writing `width` columns leaves behind.
    fn sever(&mut self, pane: Pane, at: usize, width: usize) {
        let (row, column) = pane.position(at);
        let cells = self.screens.row_mut(self.frame, row);
        sever(cells, column);
        sever(cells, column + width);
    }

    /// Moves the text in the places `from` to those from `to` on. `None` if a wide character would
    /// come to lie across a margin.
    fn shift(&mut self, pane: Pane, from: core::ops::Range<usize>, to: usize) -> Option<()> {
        let crosses = from.start / pane.width() != (from.end + 1) / pane.width();
        let wide = |place| self.cell(pane, place).glyph().is_wide();
        if crosses && from.clone().any(wide) {
            return None;
        }
        let distance = from.len();
        for step in 0..distance {
            // From the end that is not overwritten before it has moved.
            let step = if to > from.start { distance - 1 - step } else { step };
            let cell = self.cell(pane, from.start + step);
            self.set(pane, to + step, cell);
        }
        Some(())
    }

    /// What the next character is drawn with: as the user's text before it.
    fn rendition_at(&self, pane: Pane, at: usize) -> Rendition {
        let found = match at.checked_sub(1) {
            Some(before) if self.start(pane) != Some(at) => self.cell(pane, before).rendition(),
            // The prompt's colours are its own.
            _ => {
                let background = self.cell(pane, at).rendition().background();
                Rendition::DEFAULT.with_background(background)
            }
        };
        found.with_underline(Underline::None).with_extra(ExtraId::NONE)
    }

    fn edit(&mut self, edit: Edit) -> Option<()> {
        let pane = self.pane();
        let at = pane.cursor;
        match edit {
            Edit::Backspace => {
                let to = self.left_of(pane)?;
                if self.overwrite {
                    for place in to..at {
                        self.set(pane, place, Cell::EMPTY);
                    }
                    return self.move_to(pane, to);
                }
                self.remove(pane, to, at)
            }
            Edit::Delete => {
                let next = self.right_of(pane)?;
                self.remove(pane, at, next)
            }
            Edit::Left | Edit::CharLeft => {
                let to = self.left_of(pane)?;
                self.move_to(pane, to)
            }
            Edit::Right | Edit::CharRight => {
                let next = self.right_of(pane)?;
                self.move_to(pane, next)
            }
            Edit::Home | Edit::LineStart => {
                let start = self.firm_start(pane)?;
                self.move_to(pane, start)
            }
            Edit::End | Edit::LineEnd => {
                let end = self.own_end(pane)?;
                self.move_to(pane, end)
            }
            Edit::WordLeft | Edit::WordLeftArrow => {
                let to = self.word_start(pane, |byte| byte.is_ascii_alphanumeric())?;
                self.move_to(pane, to)
            }
            Edit::WordRight | Edit::WordRightArrow => {
                let to = self.word_end(pane)?;
                self.move_to(pane, to)
            }
            Edit::KillWord => {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
                let to = self.word_start(pane, plain)?;
                self.remove(pane, to, at)
            }
            Edit::KillLetters => {
                let to = self.word_start(pane, |byte| byte.is_ascii_alphanumeric())?;
                self.remove(pane, to, at)
            }
            Edit::KillLettersRight => {
                let end = self.word_end(pane)?;
                self.remove(pane, at, end)
            }
            Edit::KillToStart => {
                let start = self.firm_start(pane)?;
                // With text behind the cursor, readline keeps it and zsh does not.
                (self.tail_end(pane, at) == at).then_some(())?;
                self.remove(pane, start, at)
            }
            Edit::TakeSuggestion => {
                let end = at + self.suggested(pane);
                let rendition = self.rendition_at(pane, at);
                for place in at..end {
                    let cell = self.cell(pane, place);
                    self.set(pane, place, Cell::new(cell.glyph(), rendition));
                }
                self.move_to(pane, end)
            }
            Edit::KillToEnd => {
                self.firm_start(pane)?;
                let end = self.own_end(pane)?;
                self.remove(pane, at, end)
            }
        }
    }

    /// The place of the character before the cursor, if the user may go there.
    fn left_of(&self, pane: Pane) -> Option<usize> {
        let at = pane.cursor;
        let start = self.start(pane);
        if start == Some(at) && self.anchor.firm {
            // At the prompt: the key does nothing.
            return Some(at);
        }
        let mut to = at.checked_sub(1)?;
        if self.cell(pane, to).glyph().is_tail() {
            to = to.checked_sub(1)?;
        }
        match start {
            Some(start) if to >= start => Some(to),
            // The line begins above the screen.
            None if self.anchor.firm && self.anchor.row < 0 => Some(to),
            // Blanks before what one has typed may be a margin.
            _ => {
                let same_row = to / pane.width() == at / pane.width();
                let text = same_row && !is_blank(&self.cell(pane, to));
                (!self.anchor.firm && text).then_some(to)
            }
        }
    }

    /// The place of the character after the one under the cursor, if that is text.
    fn right_of(&self, pane: Pane) -> Option<usize> {
        let at = pane.cursor;
        if at >= self.tail_end(pane, at) {
            // Behind the line's end the key does nothing, or takes over what is suggested there.
            return (self.anchor.firm && self.is_end(pane, at)).then_some(at);
        }
        Some(at + if self.cell(pane, at).glyph().is_wide() { 2 } else { 1 })
    }

    /// The start of the line, if it is on the screen and known for sure.
    fn firm_start(&self, pane: Pane) -> Option<usize> {
        self.start(pane).filter(|_| self.anchor.firm)
    }

    /// The end of the line, if nothing is suggested there.
    fn own_end(&self, pane: Pane) -> Option<usize> {
        let trailing = if self.anchor.appending { 0 } else { self.anchor.trailing };
        let end = self.tail_end(pane, pane.cursor) + usize::from(trailing);
        self.is_end(pane, end).then_some(end)
    }

    /// Whether two free places follow, or the end of the row.
    fn is_end(&self, pane: Pane, at: usize) -> bool {
        let free = (at..at + 2).take_while(|place| place / pane.width() == at / pane.width());
        at < pane.places() && free.into_iter().all(|place| is_blank(&self.cell(pane, place)))
    }

    /// Where the word before the cursor begins, if all programs agree on that: it consists of what
    /// is `plain` and has white space or the prompt before it.
    fn word_start(&self, pane: Pane, plain: impl Fn(u8) -> bool) -> Option<usize> {
        let start = self.firm_start(pane)?;
        let mut at = pane.cursor;
        while at > start && is_blank(&self.cell(pane, at - 1)) {
            at -= 1;
        }
        while at > start && self.cell(pane, at - 1).glyph().ascii().is_some_and(&plain) {
            at -= 1;
        }
        (at == start || is_blank(&self.cell(pane, at - 1))).then_some(at)
    }

    /// Where the word at or behind the cursor ends, if it consists of letters and digits.
    fn word_end(&self, pane: Pane) -> Option<usize> {
        self.firm_start(pane)?;
        let end = self.tail_end(pane, pane.cursor);
        let is_letter = |place| {
            self.cell(pane, place).glyph().ascii().is_some_and(|byte| byte.is_ascii_alphanumeric())
        };
        let mut at = pane.cursor;
        while at < end && is_blank(&self.cell(pane, at)) {
            at += 1;
        }
        while at < end && is_letter(at) {
            at += 1;
        }
        (at == end || is_blank(&self.cell(pane, at))).then_some(at)
    }

    /// Removes the places `from..to` and moves the rest of the line there, and the cursor.
    fn remove(&mut self, pane: Pane, from: usize, to: usize) -> Option<()> {
        if [from, to].into_iter().any(|place| self.cell(pane, place).glyph().is_tail()) {
            return None;
        }
        let end = self.tail_end(pane, to).max(to);
        let next = pane.row_from(self.screens, self.frame, end);
        let blank = match next {
            [cell, ..] if is_filler(next) => *cell,
            [cell, ..] => Cell::erased(cell.rendition()),
            [] => Cell::EMPTY,
        };
        if to < end {
            self.is_movable(pane, end).then_some(())?;
            self.shift(pane, to..end, from)?;
        }
        for place in from + end - to..end {
            self.set(pane, place, blank);
        }
        self.move_to(pane, from)
    }

    fn tail_end(&self, pane: Pane, place: usize) -> usize {
        if self.anchor.appending && place == pane.cursor {
            return place;
        }
        tail_end(self.screens, self.frame, pane, place)
    }

    /// Whether a text that goes on to `end` can be moved: where there is no prompt, a row that is
    /// full may have nothing to do with the next.
    fn is_movable(&self, pane: Pane, end: usize) -> bool {
        self.anchor.firm || end / pane.width() == pane.cursor / pane.width()
    }
}
