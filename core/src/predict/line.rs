//! The line that is being typed: what a key does to it, on a frame of the screen.
//!
//! This is the editor that shells, readline, and text fields have in common. Where they differ
//! (word boundaries with punctuation, text that goes on in the next row), the answer is `None`:
//! nothing is predicted.

use super::key::{Edit, Key};
use crate::screen::{
    Attributes, Cell, Color, Frame, Glyph, Position, Rendition, Screens, Underline, sever, width,
};

/// Where the text that the user may edit begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Anchor {
    /// The first place behind the prompt. It may lie above the screen.
    pub(super) row: i32,
    pub(super) column: u16,
    /// It is known to be the end of a prompt, and not merely where typing began.
    pub(super) firm: bool,
}

/// What a line looks like, to be recognised: equal outlines, equal lines.
///
/// Rows do not count, so that a line is found again after the screen has scrolled; neither do
/// colours, which editors change as they understand more of the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Outline {
    /// The column of the cursor.
    pub(super) column: u16,
    /// Of the text before the cursor.
    pub(super) before: u32,
    /// Of the text from the cursor on.
    pub(super) behind: u32,
}

impl Outline {
    /// Whether all but the text behind the cursor is equal: suggestions come and go there.
    pub(super) fn begins_like(&self, other: &Self) -> bool {
        self.column == other.column && self.before == other.before
    }
}

/// A line on a frame.
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
        match key {
            Key::Text(c) => self.insert(c),
            Key::Edit(edit) => {
                let column = self.cursor().column;
                self.edit(edit)?;
                // Where a chord would change nothing, it is likely to have another meaning: the
                // prefix of a terminal multiplexer, for one.
                let idle = matches!(edit, Edit::CharLeft | Edit::CharRight | Edit::LineStart);
                (!idle || self.cursor().column != column).then_some(())
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

    fn cells(&self) -> &[Cell] {
        self.screens.row(self.frame, self.cursor().row)
    }

    fn cells_mut(&mut self) -> &mut [Cell] {
        let row = self.cursor().row;
        self.screens.row_mut(self.frame, row)
    }

    fn move_to(&mut self, column: usize) {
        self.screens.info_mut(self.frame).cursor.column = column as u16;
    }

    /// The first column that the user may edit in the row of the cursor, if the line begins there.
    fn start(&self) -> Option<usize> {
        (self.anchor.row == i32::from(self.cursor().row)).then_some(self.anchor.column.into())
    }

    fn insert(&mut self, c: char) -> Option<()> {
        let width = width::width(c);
        let Position { row, column } = self.cursor();
        let column = usize::from(column);
        if width == 0 {
            return self.combine(c, row, column);
        }
        let cells = self.cells();
        let columns = cells.len();
        if column + width > columns {
            return None;
        }
        if (column..column + width).any(|at| is_border(&cells[at])) {
            return None;
        }
        let tail = if self.overwrite { column } else { tail_end(cells, column) };
        let ends = |at: usize| cells.get(at).is_some_and(is_border);
        if tail > column && (tail + width > columns || (tail..tail + width).any(ends)) {
            // The rest of the line goes over the margin.
            return None;
        }
        if ends(column + width) {
            // The text goes on in the next row of a pane, or the field is full.
            return None;
        }
        let wraps = column + width == columns;
        if wraps && !self.can_wrap(row) {
            return None;
        }
        let mut rendition = self.rendition_at(column);
        if self.underline {
            rendition = rendition.with_underline(Underline::Single);
        }
        let cells = self.cells_mut();
        if tail > column {
            sever(cells, tail + width);
            cells.copy_within(column..tail, column + width);
        } else {
            sever(cells, column);
            sever(cells, column + width);
        }
        if width == 2 {
            cells[column] = Cell { glyph: Glyph::wide(c), rendition };
            cells[column + 1] = Cell { glyph: Glyph::TAIL, rendition };
        } else {
            cells[column] = Cell { glyph: Glyph::narrow(c), rendition };
        }
        if wraps {
            self.wrap();
        } else {
            self.move_to(column + width);
        }
        Some(())
    }

    fn combine(&mut self, mark: char, row: u16, column: usize) -> Option<()> {
        let mut at = column.checked_sub(1)?;
        if self.cells()[at].glyph.is_tail() {
            at = at.checked_sub(1)?;
        }
        if self.cells()[at].glyph == Glyph::EMPTY {
            return None;
        }
        self.screens.combine(self.frame, row, at as u16, mark);
        Some(())
    }

    /// Whether a line that has filled its row goes on in the next, as far as one can see: that row
    /// is free, or there is none and the screen scrolls.
    fn can_wrap(&self, row: u16) -> bool {
        let rows = self.screens.size(self.frame).rows;
        row + 1 == rows || self.screens.row(self.frame, row + 1).iter().all(is_blank)
    }

    fn wrap(&mut self) {
        let Position { row, .. } = self.cursor();
        let rows = self.screens.size(self.frame).rows;
        self.screens.set_wrapped(self.frame, row, true);
        if row + 1 == rows {
            self.screens.scroll_up(self.frame, 0, rows - 1, 1, Cell::EMPTY);
            self.anchor.row -= 1;
        } else {
            self.screens.info_mut(self.frame).cursor.row = row + 1;
        }
        self.move_to(0);
    }

    /// What the next character is drawn with: as the user's text before it.
    fn rendition_at(&self, column: usize) -> Rendition {
        let cells = self.cells();
        let first = self.start().is_some_and(|start| column <= start);
        let found = if column == 0 || first {
            // The prompt's colours are its own.
            Rendition::DEFAULT.with_background(cells[column].rendition.background())
        } else {
            cells[column - 1].rendition
        };
        found.with_underline(Underline::None)
    }

    fn edit(&mut self, edit: Edit) -> Option<()> {
        let column = usize::from(self.cursor().column);
        match edit {
            Edit::Backspace => {
                let to = self.left_of(column)?;
                if self.overwrite {
                    self.cells_mut()[to..column].fill(Cell::EMPTY);
                    self.move_to(to);
                    return Some(());
                }
                self.remove(to, column)
            }
            Edit::Delete => {
                let end = tail_end(self.cells(), column);
                let next = self.right_of(column, end)?;
                self.remove(column, next)
            }
            Edit::Left | Edit::CharLeft => {
                let to = self.left_of(column)?;
                self.move_to(to);
                Some(())
            }
            Edit::Right | Edit::CharRight => {
                let end = tail_end(self.cells(), column);
                let next = self.right_of(column, end)?;
                self.move_to(next);
                Some(())
            }
            Edit::Home | Edit::LineStart => {
                let start = self.firm_start()?;
                self.move_to(start);
                Some(())
            }
            Edit::End | Edit::LineEnd => {
                let end = self.own_end(column)?;
                self.move_to(end);
                Some(())
            }
            Edit::WordLeft | Edit::WordLeftArrow => {
                let to = self.word_start(column, |byte| byte.is_ascii_alphanumeric())?;
                self.move_to(to);
                Some(())
            }
            Edit::KillWord => {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
                let to = self.word_start(column, plain)?;
                self.remove(to, column)
            }
            Edit::KillLetters => {
                let to = self.word_start(column, |byte| byte.is_ascii_alphanumeric())?;
                self.remove(to, column)
            }
            Edit::KillToStart => {
                let start = self.firm_start()?;
                // With text behind the cursor, readline keeps it and zsh does not.
                (tail_end(self.cells(), column) == column).then_some(())?;
                self.remove(start, column)
            }
            Edit::KillToEnd => {
                self.firm_start()?;
                let end = self.own_end(column)?;
                self.remove(column, end)
            }
        }
    }

    /// The column of the character before `column`, if the user may go there.
    fn left_of(&self, column: usize) -> Option<usize> {
        let cells = self.cells();
        let start = self.start();
        if start == Some(column) && self.anchor.firm && column > 0 && !is_blank_until(cells, column)
        {
            // At the prompt: the key does nothing.
            return Some(column);
        }
        let mut to = column.checked_sub(1)?;
        if cells[to].glyph.is_tail() {
            to = to.checked_sub(1)?;
        }
        if is_border(&cells[to]) {
            return None;
        }
        match start {
            Some(start) if to >= start => Some(to),
            // Blanks before what one has typed may be a margin.
            _ => (!self.anchor.firm && !is_blank(&cells[to])).then_some(to),
        }
    }

    /// The column of the character after the one at `column`, if that is text.
    fn right_of(&self, column: usize, end: usize) -> Option<usize> {
        let cells = self.cells();
        if column >= end {
            // Behind the line's end the key does nothing, or takes over what is suggested there.
            let free = cells.get(column..column + 2)?.iter().all(is_blank);
            return (self.anchor.firm && free).then_some(column);
        }
        let next = column + if cells[column].glyph.is_wide() { 2 } else { 1 };
        (next < cells.len()).then_some(next)
    }

    /// The start of the line, if it is in this row and known for sure.
    fn firm_start(&self) -> Option<usize> {
        self.start().filter(|_| self.anchor.firm)
    }

    /// The end of the line, if it is in this row and nothing is suggested there.
    fn own_end(&self, column: usize) -> Option<usize> {
        let cells = self.cells();
        let end = tail_end(cells, column);
        let free = cells.get(end..end + 2)?.iter().all(is_blank);
        free.then_some(end)
    }

    /// Where the word before the cursor begins, if all programs agree on that: it consists of what
    /// is `plain` and has white space or the prompt before it.
    fn word_start(&self, column: usize, plain: impl Fn(u8) -> bool) -> Option<usize> {
        let start = self.firm_start()?;
        let cells = self.cells();
        let mut at = column;
        while at > start && is_blank(&cells[at - 1]) {
            at -= 1;
        }
        while at > start && cells[at - 1].glyph.ascii().is_some_and(&plain) {
            at -= 1;
        }
        (at == start || is_blank(&cells[at - 1])).then_some(at)
    }

    /// Removes the columns `from..to` and moves the rest of the line there, and the cursor.
    fn remove(&mut self, from: usize, to: usize) -> Option<()> {
        let end = tail_end(self.cells(), to).max(to);
        let columns = self.cells().len();
        if end == columns && to < end {
            // The line may go on in the next row.
            return None;
        }
        let blank = match self.cells().get(end..) {
            Some(rest @ &[next, ..]) if is_filler(rest) => next,
            Some(&[next, ..]) => Cell::erased(next.rendition),
            _ => Cell::EMPTY,
        };
        let cells = self.cells_mut();
        cells.copy_within(to..end, from);
        cells[from + end - to..end].fill(blank);
        self.move_to(from);
        Some(())
    }
}

/// What the line with the cursor of `frame` looks like.
pub(super) fn outline(screens: &Screens<'_>, frame: &Frame) -> Outline {
    let Position { row, column } = screens.info(frame).cursor;
    let cells = screens.row(frame, row);
    let at = usize::from(column);
    let end = tail_end(cells, at);
    Outline {
        column,
        before: hash(&cells[left_edge(cells, at)..at]),
        behind: hash(&cells[at..end]),
    }
}

/// A number for a text. Different ones are as good as never equal.
pub(super) fn hash(cells: &[Cell]) -> u32 {
    // FNV-1a, over glyphs.
    cells.iter().fold(0x811c_9dc5, |hash, cell| {
        let glyph = if cell.glyph.is_blank() { Glyph::SPACE } else { cell.glyph };
        glyph
            .bits()
            .to_le_bytes()
            .iter()
            .fold(hash, |hash: u32, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    })
}

/// The first column of the pane or field that `column` lies in.
pub(super) fn left_edge(cells: &[Cell], column: usize) -> usize {
    cells[..column].iter().rposition(is_border).map_or(0, |border| border + 1)
}

/// Where the text ends that is pushed when something is typed at `column`.
///
/// It goes to the first gap of two blanks; what stands behind one is a prompt at the right or
/// another column. A border ends it, another background, and a suggestion.
fn tail_end(cells: &[Cell], column: usize) -> usize {
    let Some(first) = cells.get(column) else { return column };
    let background = first.rendition.background();
    let typed_faint = column > 0 && is_faint(&cells[column - 1]);
    let (mut end, mut blanks) = (column, 0);
    for (at, cell) in cells.iter().enumerate().skip(column) {
        let suggested = !typed_faint && is_faint(cell);
        let other = cell.rendition.background() != background;
        if is_border(cell) || suggested || other || is_filler(&cells[at..]) {
            break;
        }
        if is_blank(cell) {
            blanks += 1;
            if blanks == 2 {
                break;
            }
        } else {
            blanks = 0;
            end = at + 1;
        }
    }
    end
}

/// Whether underscores up to the end of a field follow: its free places.
fn is_filler(cells: &[Cell]) -> bool {
    let underscores = cells.iter().take_while(|cell| cell.glyph.ascii() == Some(b'_')).count();
    underscores > 0 && cells.get(underscores).is_none_or(|cell| is_blank(cell) || is_border(cell))
}

pub(super) fn is_blank(cell: &Cell) -> bool {
    cell.glyph.is_blank()
}

fn is_blank_until(cells: &[Cell], column: usize) -> bool {
    cells[left_edge(cells, column)..column].iter().all(is_blank)
}

/// A line between panes (Unicode's box drawing).
fn is_border(cell: &Cell) -> bool {
    matches!(cell.glyph.single(), Some('\u{2500}'..='\u{257f}'))
}

/// Drawn as suggestions are: faint or grey.
fn is_faint(cell: &Cell) -> bool {
    if is_blank(cell) {
        return false;
    }
    let grey = match cell.rendition.foreground() {
        Color::Palette(index) => index == 8 || (236..=248).contains(&index),
        Color::Rgb(r, g, b) => r.abs_diff(g) < 8 && g.abs_diff(b) < 8 && r < 0xb0,
        Color::Default => false,
    };
    grey || cell.rendition.attributes().contains(Attributes::FAINT)
}
