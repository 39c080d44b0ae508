//! Moving the cursor; erasing, inserting, deleting, scrolling.
//!
//! Erased cells take the current background colour.

use super::Emulation;
use crate::screen::{Cell, Position, sever};

impl Emulation<'_, '_> {
    pub(super) fn cursor(&self) -> Position {
        self.screens.info(self.frame).cursor
    }

    pub(super) fn cursor_mut(&mut self) -> &mut Position {
        &mut self.screens.info_mut(self.frame).cursor
    }

    pub(super) fn blank(&self) -> Cell {
        Cell::erased(self.screens.info(self.frame).rendition)
    }

    /// Moves to a row, which counts from the top margin in origin mode.
    pub(super) fn go_to_row(&mut self, row: u16) {
        let (first, last) = self.state.reachable();
        self.cursor_mut().row = first.saturating_add(row).min(last);
        self.state.moved();
    }

    pub(super) fn go_to_column(&mut self, column: u16) {
        let last = self.state.last_column();
        self.cursor_mut().column = column.min(last);
        self.state.moved();
    }

    pub(super) fn go_to(&mut self, row: u16, column: u16) {
        self.go_to_row(row);
        self.go_to_column(column);
    }

    /// CUU: stops at the top margin if it starts below it.
    pub(super) fn up(&mut self, count: u16) {
        let row = self.cursor().row;
        let first = if row >= self.state.top { self.state.top } else { 0 };
        self.cursor_mut().row = row.saturating_sub(count).max(first);
        self.state.moved();
    }

    /// CUD: stops at the bottom margin if it starts above it.
    pub(super) fn down(&mut self, count: u16) {
        let row = self.cursor().row;
        let bottom = self.state.bottom;
        let last = if row <= bottom { bottom } else { self.state.size.rows - 1 };
        self.cursor_mut().row = row.saturating_add(count).min(last);
        self.state.moved();
    }

    pub(super) fn left(&mut self, count: u16) {
        let column = self.cursor().column;
        self.go_to_column(column.saturating_sub(count));
    }

    pub(super) fn right(&mut self, count: u16) {
        let column = self.cursor().column;
        self.go_to_column(column.saturating_add(count));
    }

    /// IND: one row down, scrolling at the bottom margin.
    pub(super) fn line_feed(&mut self) {
        let row = self.cursor().row;
        if row == self.state.bottom {
            self.scroll_up(self.state.top, 1);
        } else if row + 1 < self.state.size.rows {
            self.cursor_mut().row = row + 1;
        }
        self.state.moved();
    }

    /// RI: one row up, scrolling at the top margin.
    pub(super) fn reverse_line_feed(&mut self) {
        let row = self.cursor().row;
        if row == self.state.top {
            self.scroll_down(self.state.top, 1);
        } else {
            self.cursor_mut().row = row.saturating_sub(1);
        }
        self.state.moved();
    }

    /// Moves the rows from `top` to the bottom margin up.
    pub(super) fn scroll_up(&mut self, top: u16, count: u16) {
        let blank = self.blank();
        self.screens.scroll_up(self.frame, top, self.state.bottom, count, blank);
        self.state.moved();
    }

    /// Moves the rows from `top` to the bottom margin down.
    pub(super) fn scroll_down(&mut self, top: u16, count: u16) {
        let blank = self.blank();
        self.screens.scroll_down(self.frame, top, self.state.bottom, count, blank);
        self.state.moved();
    }

    fn in_region(&self) -> bool {
        (self.state.top..=self.state.bottom).contains(&self.cursor().row)
    }

    /// IL.
    pub(super) fn insert_lines(&mut self, count: u16) {
        if self.in_region() {
            self.scroll_down(self.cursor().row, count);
        }
        self.go_to_column(0);
    }

    /// DL.
    pub(super) fn delete_lines(&mut self, count: u16) {
        if self.in_region() {
            self.scroll_up(self.cursor().row, count);
        }
        self.go_to_column(0);
    }

    /// Erases the columns `start..end` of a row.
    pub(super) fn erase(&mut self, row: u16, start: u16, end: u16) {
        let blank = self.blank();
        let end = end.min(self.state.size.columns);
        if end == self.state.size.columns {
            self.screens.set_wrapped(self.frame, row, false);
        }
        let cells = self.screens.row_mut(self.frame, row);
        sever(cells, start.into());
        sever(cells, end.into());
        cells[usize::from(start)..usize::from(end)].fill(blank);
    }

    /// ECH.
    pub(super) fn erase_cells(&mut self, count: u16) {
        let Position { row, column } = self.cursor();
        self.erase(row, column, column.saturating_add(count));
        self.state.moved();
    }

    /// EL.
    pub(super) fn erase_in_row(&mut self, part: u16) {
        let Position { row, column } = self.cursor();
        match part {
            0 => self.erase(row, column, u16::MAX),
            1 => self.erase(row, 0, column + 1),
            2 => {
                let blank = self.blank();
                self.screens.clear_rows(self.frame, row, row + 1, blank);
            }
            _ => return,
        }
        self.state.moved();
    }

    /// ED. Part 3 is the history, of which there is none: the screen stays.
    pub(super) fn erase_in_screen(&mut self, part: u16) {
        let (row, rows, blank) = (self.cursor().row, self.state.size.rows, self.blank());
        match part {
            0 => {
                self.erase_in_row(0);
                self.screens.clear_rows(self.frame, row + 1, rows, blank);
            }
            1 => {
                self.screens.clear_rows(self.frame, 0, row, blank);
                self.erase_in_row(1);
            }
            2 => self.screens.clear_rows(self.frame, 0, rows, blank),
            _ => return,
        }
        self.state.moved();
    }

    /// ICH.
    pub(super) fn insert_cells(&mut self, count: u16) {
        let Position { row, column } = self.cursor();
        let blank = self.blank();
        let (start, columns) = (usize::from(column), usize::from(self.state.size.columns));
        let count = usize::from(count).min(columns - start);
        self.screens.set_wrapped(self.frame, row, false);
        let cells = self.screens.row_mut(self.frame, row);
        sever(cells, start);
        sever(cells, columns - count);
        cells.copy_within(start..columns - count, start + count);
        cells[start..start + count].fill(blank);
    }

    /// DCH.
    pub(super) fn delete_cells(&mut self, count: u16) {
        let Position { row, column } = self.cursor();
        let blank = self.blank();
        let (start, columns) = (usize::from(column), usize::from(self.state.size.columns));
        let count = usize::from(count).min(columns - start);
        self.screens.set_wrapped(self.frame, row, false);
        let cells = self.screens.row_mut(self.frame, row);
        sever(cells, start);
        sever(cells, start + count);
        cells.copy_within(start + count.., start);
        cells[columns - count..].fill(blank);
    }

    /// DECALN: a screen of `E`, full margins, the cursor at home.
    pub(super) fn alignment_pattern(&mut self) {
        let rendition = self.blank().rendition();
        let cell = Cell::new(crate::screen::Glyph::narrow('E'), rendition);
        self.screens.clear_rows(self.frame, 0, self.state.size.rows, cell);
        (self.state.top, self.state.bottom) = (0, self.state.size.rows - 1);
        *self.cursor_mut() = Position::default();
        self.state.moved();
    }
}
