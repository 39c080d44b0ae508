//! Moving the cursor.
//!
//! Movement by counts stops at a margin if it starts inside of it, and else at the edge of the
//! screen (DEC STD 070). Addressing counts from the margins in origin mode only.

use super::Emulation;
use crate::screen::Position;

impl Emulation<'_, '_> {
    pub(super) fn cursor(&self) -> Position {
        self.screens.info(self.frame).cursor
    }

    pub(super) fn cursor_mut(&mut self) -> &mut Position {
        &mut self.screens.info_mut(self.frame).cursor
    }

    /// Moves to a row, which counts from the top margin in origin mode.
    pub(super) fn go_to_row(&mut self, row: u16) {
        let (first, last) = self.state.reachable_rows();
        self.cursor_mut().row = first.saturating_add(row).min(last);
        self.state.moved();
    }

    /// Moves to a column, which counts from the left margin in origin mode.
    pub(super) fn go_to_column(&mut self, column: u16) {
        let (first, last) = self.state.reachable_columns();
        self.set_column(first.saturating_add(column).min(last));
    }

    pub(super) fn go_to(&mut self, row: u16, column: u16) {
        self.go_to_row(row);
        self.go_to_column(column);
    }

    pub(super) fn set_column(&mut self, column: u16) {
        self.cursor_mut().column = column;
        self.state.moved();
    }

    /// CUU.
    pub(super) fn up(&mut self, count: u16) {
        let row = self.cursor().row;
        let first = if row >= self.state.top { self.state.top } else { 0 };
        self.cursor_mut().row = row.saturating_sub(count).max(first);
        self.state.moved();
    }

    /// CUD.
    pub(super) fn down(&mut self, count: u16) {
        let row = self.cursor().row;
        let bottom = self.state.bottom;
        let last = if row <= bottom { bottom } else { self.state.size.rows - 1 };
        self.cursor_mut().row = row.saturating_add(count).min(last);
        self.state.moved();
    }

    /// VPR: as VPA, stops at no margin but in origin mode.
    pub(super) fn row_forward(&mut self, count: u16) {
        let row = self.cursor().row;
        let last = self.state.reachable_rows().1.max(row);
        self.cursor_mut().row = row.saturating_add(count).min(last);
        self.state.moved();
    }

    /// HPR: as HPA, stops at no margin but in origin mode.
    pub(super) fn column_forward(&mut self, count: u16) {
        let column = self.cursor().column;
        let last = self.state.reachable_columns().1.max(column);
        self.set_column(column.saturating_add(count).min(last));
    }

    /// CUF.
    pub(super) fn right(&mut self, count: u16) {
        let column = self.cursor().column;
        let last = self.state.end_of_line(column) - 1;
        self.set_column(column.saturating_add(count).min(last));
    }

    /// CUB and BS; in one of the modes for it, back over the ends of lines.
    pub(super) fn left(&mut self, count: u16) {
        let column = self.cursor().column;
        if self.state.autowrap && self.state.reverse_wrap.is_some() {
            return self.left_over_lines(count);
        }
        let first = if column >= self.state.left { self.state.left } else { 0 };
        self.set_column(column.saturating_sub(count).max(first));
    }

    /// CUB in mode 45 (into rows that were wrapped only) or 1045 (into any, and from the top margin
    /// to the bottom one), as in xterm.
    fn left_over_lines(&mut self, count: u16) {
        let state = &*self.state;
        let any_row = state.reverse_wrap == Some(ReverseWrap::Anywhere);
        let Position { mut row, mut column } = self.cursor();
        let first = if column >= state.left { state.left } else { 0 };
        // A pending wrap is a column of its own.
        let mut left = u32::from(count) - u32::from(state.pending_wrap);
        loop {
            let step = left.min(u32::from(column.saturating_sub(first)));
            column -= step as u16;
            left -= step;
            if left == 0 {
                break;
            }
            left -= 1;
            if row == state.top && any_row {
                row = state.bottom;
            } else if row > 0 && (any_row || self.screens.wrapped(self.frame, row - 1)) {
                row -= 1;
            } else {
                break;
            }
            column = state.right;
        }
        self.cursor_mut().row = row;
        self.set_column(column);
    }

    /// CR.
    pub(super) fn carriage_return(&mut self) {
        let state = &*self.state;
        let inside = self.cursor().column >= state.left || state.origin;
        self.set_column(if inside { state.left } else { 0 });
    }

    /// HT and CHT keep a pending wrap: the cursor is in the last column and stays there.
    pub(super) fn tab_forward(&mut self, count: u16) {
        let mut column = self.cursor().column;
        let last = self.state.end_of_line(column) - 1;
        for _ in 0..count {
            if column == last {
                break;
            }
            column = self.state.tabs.after(column, last);
        }
        self.cursor_mut().column = column;
        self.state.written = None;
    }

    /// CBT.
    pub(super) fn tab_backward(&mut self, count: u16) {
        let mut column = self.cursor().column;
        for _ in 0..count {
            if column == 0 {
                break;
            }
            column = self.state.tabs.before(column);
        }
        self.set_column(column);
    }

    /// IND: one row down, scrolling at the bottom margin.
    pub(super) fn line_feed(&mut self) {
        let Position { row, column } = self.cursor();
        if row != self.state.bottom {
            self.cursor_mut().row = (row + 1).min(self.state.size.rows - 1);
        } else if self.state.columns().contains(&column) {
            self.scroll_up(self.state.top, 1);
        }
        self.state.moved();
    }

    /// RI: one row up, scrolling at the top margin.
    pub(super) fn reverse_line_feed(&mut self) {
        let Position { row, column } = self.cursor();
        if row != self.state.top {
            self.cursor_mut().row = row.saturating_sub(1);
        } else if self.state.columns().contains(&column) {
            self.scroll_down(self.state.top, 1);
        }
        self.state.moved();
    }

    /// DECFI: one column to the right, scrolling at the right margin.
    pub(super) fn forward_index(&mut self) {
        let Position { row, column } = self.cursor();
        if column != self.state.right {
            self.set_column((column + 1).min(self.state.last_column()));
        } else if self.state.rows().contains(&row) {
            self.scroll_left(self.state.left, 1);
        }
    }

    /// DECBI: one column to the left, scrolling at the left margin.
    pub(super) fn back_index(&mut self) {
        let Position { row, column } = self.cursor();
        if column != self.state.left {
            self.set_column(column.saturating_sub(1));
        } else if self.state.rows().contains(&row) {
            self.scroll_right(self.state.left, 1);
        }
    }

    /// DECSTBM. Without columns in between, as they are: the margins of both directions are
    /// independent.
    pub(super) fn set_top_and_bottom(&mut self, top: u16, bottom: u16) {
        let rows = self.state.size.rows;
        if top < bottom && top < rows {
            self.state.top = top - 1;
            self.state.bottom = bottom.min(rows) - 1;
            self.go_to(0, 0);
        }
    }

    /// DECSLRM, while mode 69 is set.
    pub(super) fn set_left_and_right(&mut self, left: u16, right: u16) {
        let columns = self.state.size.columns;
        if left < right && left < columns {
            self.state.left = left - 1;
            self.state.right = right.min(columns) - 1;
            self.go_to(0, 0);
        }
    }
}

/// Where the cursor goes back over the ends of lines to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReverseWrap {
    /// Into rows that were wrapped (mode 45).
    Wrapped,
    /// Into any row (mode 1045).
    Anywhere,
}
