//! Erasing, inserting, deleting, scrolling.
//!
//! Erased cells take the current background colour. What is inserted, deleted and scrolled stays
//! within the margins; what is erased does not (DEC STD 070).

use super::Emulation;
use crate::screen::{Cell, Glyph, Position, Rendition, sever};

/// What is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Erase {
    /// Every cell.
    All,
    /// Cells that are not protected (DECSEL, DECSED, DECSERA).
    Unprotected,
}

/// Where cells go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shift {
    Left,
    Right,
}

impl Emulation<'_, '_> {
    pub(super) fn blank(&self) -> Cell {
        Cell::erased(self.screens.info(self.frame).rendition)
    }

    /// Moves the rows from `top` to the bottom margin up.
    pub(super) fn scroll_up(&mut self, top: u16, count: u16) {
        let (blank, bottom) = (self.blank(), self.state.bottom);
        if self.state.is_full_width() {
            self.screens.scroll_up(self.frame, top, bottom, count, blank);
        } else {
            let count = count.min(bottom + 1 - top);
            for row in top..bottom + 1 - count {
                self.copy_within_margins(row + count, row);
            }
            self.erase_within_margins(bottom + 1 - count, bottom + 1);
        }
        self.state.moved();
    }

    /// Moves the rows from `top` to the bottom margin down.
    pub(super) fn scroll_down(&mut self, top: u16, count: u16) {
        let (blank, bottom) = (self.blank(), self.state.bottom);
        if self.state.is_full_width() {
            self.screens.scroll_down(self.frame, top, bottom, count, blank);
        } else {
            let count = count.min(bottom + 1 - top);
            for row in (top + count..=bottom).rev() {
                self.copy_within_margins(row - count, row);
            }
            self.erase_within_margins(top, top + count);
        }
        self.state.moved();
    }

    fn copy_within_margins(&mut self, from: u16, to: u16) {
        let (column, len) = (self.state.left, self.state.right + 1 - self.state.left);
        let place = |row| Position { row, column };
        self.screens.copy_cells(self.frame, place(from), place(to), len);
    }

    fn erase_within_margins(&mut self, start: u16, end: u16) {
        for row in start..end {
            self.erase(row, self.state.left, self.state.right + 1);
        }
    }

    /// Moves the columns from `column` to the right margin left (SL, DECDC, DECFI).
    pub(super) fn scroll_left(&mut self, column: u16, count: u16) {
        for row in self.state.rows() {
            self.shift(row, column, count, Shift::Left);
        }
        self.state.moved();
    }

    /// Moves the columns from `column` to the right margin right (SR, DECIC, DECBI).
    pub(super) fn scroll_right(&mut self, column: u16, count: u16) {
        for row in self.state.rows() {
            self.shift(row, column, count, Shift::Right);
        }
        self.state.moved();
    }

    /// Moves the cells of a row from `column` to the right margin.
    fn shift(&mut self, row: u16, column: u16, count: u16, to: Shift) {
        let blank = self.blank();
        let (start, end) = (usize::from(column), usize::from(self.state.right) + 1);
        let count = usize::from(count).min(end - start);
        if end == usize::from(self.state.size.columns) {
            self.screens.set_wrapped(self.frame, row, false);
        }
        let cells = self.screens.row_mut(self.frame, row);
        sever(cells, start);
        sever(cells, end);
        match to {
            Shift::Right => {
                sever(cells, end - count);
                cells.copy_within(start..end - count, start + count);
                cells[start..start + count].fill(blank);
            }
            Shift::Left => {
                sever(cells, start + count);
                cells.copy_within(start + count..end, start);
                cells[end - count..end].fill(blank);
            }
        }
    }

    fn is_inside(&self) -> bool {
        let Position { row, column } = self.cursor();
        self.state.rows().contains(&row) && self.state.columns().contains(&column)
    }

    /// IL and DL leave the cursor at the left margin.
    fn return_to_margin(&mut self) {
        if self.state.columns().contains(&self.cursor().column) {
            self.set_column(self.state.left);
        }
    }

    /// IL.
    pub(super) fn insert_lines(&mut self, count: u16) {
        if self.is_inside() {
            self.scroll_down(self.cursor().row, count);
            self.return_to_margin();
        }
    }

    /// DL.
    pub(super) fn delete_lines(&mut self, count: u16) {
        if self.is_inside() {
            self.scroll_up(self.cursor().row, count);
            self.return_to_margin();
        }
    }

    /// SL: as in xterm, not while the cursor is outside of the margins.
    pub(super) fn shift_left(&mut self, count: u16) {
        if self.is_inside() {
            self.scroll_left(self.state.left, count);
        }
    }

    /// SR, as [`shift_left`](Self::shift_left).
    pub(super) fn shift_right(&mut self, count: u16) {
        if self.is_inside() {
            self.scroll_right(self.state.left, count);
        }
    }

    /// DECIC.
    pub(super) fn insert_columns(&mut self, count: u16) {
        if self.is_inside() {
            self.scroll_right(self.cursor().column, count);
        }
    }

    /// DECDC.
    pub(super) fn delete_columns(&mut self, count: u16) {
        if self.is_inside() {
            self.scroll_left(self.cursor().column, count);
        }
    }

    /// ICH.
    pub(super) fn insert_cells(&mut self, count: u16) {
        let Position { row, column } = self.cursor();
        if self.state.columns().contains(&column) {
            self.shift(row, column, count, Shift::Right);
        }
    }

    /// DCH.
    pub(super) fn delete_cells(&mut self, count: u16) {
        let Position { row, column } = self.cursor();
        if self.state.columns().contains(&column) {
            self.shift(row, column, count, Shift::Left);
        }
    }

    /// Erases the columns `start..end` of a row.
    pub(super) fn erase(&mut self, row: u16, start: u16, end: u16) {
        let blank = self.blank();
        self.fill(row, start, end, blank);
    }

    /// Puts a cell into the columns `start..end` of a row.
    pub(super) fn fill(&mut self, row: u16, start: u16, end: u16, cell: Cell) {
        let end = end.min(self.state.size.columns);
        if end == self.state.size.columns {
            self.screens.set_wrapped(self.frame, row, false);
        }
        let cells = self.screens.row_mut(self.frame, row);
        sever(cells, start.into());
        sever(cells, end.into());
        cells[usize::from(start)..usize::from(end)].fill(cell);
    }

    /// Erases what is not protected in the columns `start..end` of a row.
    pub(super) fn erase_unprotected(&mut self, row: u16, start: u16, end: u16) {
        let end = end.min(self.state.size.columns);
        for column in start..end {
            let cell = self.screens.row(self.frame, row)[usize::from(column)];
            if !cell.rendition().is_protected() {
                self.erase(row, column, column + 1);
            }
        }
    }

    fn erase_part(&mut self, what: Erase, row: u16, start: u16, end: u16) {
        match what {
            Erase::All => self.erase(row, start, end),
            Erase::Unprotected => self.erase_unprotected(row, start, end),
        }
    }

    fn erase_rows(&mut self, what: Erase, start: u16, end: u16) {
        if what == Erase::All {
            let blank = self.blank();
            self.screens.clear_rows(self.frame, start, end, blank);
            return;
        }
        for row in start..end {
            self.erase_unprotected(row, 0, u16::MAX);
        }
    }

    /// ECH.
    pub(super) fn erase_cells(&mut self, count: u16) {
        let Position { row, column } = self.cursor();
        self.erase(row, column, column.saturating_add(count));
        self.state.moved();
    }

    /// EL and DECSEL.
    pub(super) fn erase_in_row(&mut self, what: Erase, part: u16) {
        let Position { row, column } = self.cursor();
        match part {
            0 => self.erase_part(what, row, column, u16::MAX),
            1 => self.erase_part(what, row, 0, column + 1),
            2 => self.erase_rows(what, row, row + 1),
            _ => return,
        }
        self.state.moved();
    }

    /// ED and DECSED. Part 3 is the history, of which there is none: the screen stays.
    pub(super) fn erase_in_screen(&mut self, what: Erase, part: u16) {
        let (row, rows) = (self.cursor().row, self.state.size.rows);
        match part {
            0 => {
                self.erase_in_row(what, 0);
                self.erase_rows(what, row + 1, rows);
            }
            1 => {
                self.erase_rows(what, 0, row);
                self.erase_in_row(what, 1);
            }
            2 => self.erase_rows(what, 0, rows),
            _ => return,
        }
        self.state.moved();
    }

    /// DECALN: a screen of plain `E`, full margins, the cursor at home.
    pub(super) fn alignment_pattern(&mut self) {
        let cell = Cell::new(Glyph::narrow('E'), Rendition::DEFAULT);
        self.screens.clear_rows(self.frame, 0, self.state.size.rows, cell);
        self.state.reset_margins();
        self.state.origin = false;
        *self.cursor_mut() = Position::default();
        self.state.moved();
    }
}
