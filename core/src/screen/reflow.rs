//! Rewrapping of text when the width changes.
//!
//! Rows that end only because they were full belong to one line: it is joined and cut anew.

use super::{Cell, Frame, Glyph, Position, RowId, Screens, Size};
use crate::storage::Full;

impl Screens<'_> {
    /// Changes the size of a frame as [`resize`](Self::resize) does, but joins rows that were
    /// wrapped and cuts them anew where the width changes.
    ///
    /// `places` move with the text they are at; the first is the cursor, which stays on the
    /// screen: rows above it are dropped if need be. A column as large as the width means behind
    /// the last column, before the wrap that follows. The frame's own cursor is left to the caller.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room; nothing has changed then.
    pub fn reflow(
        &mut self,
        frame: &Frame,
        size: Size,
        places: &mut [Position],
    ) -> Result<(), Full> {
        let size = Size::clamped(size.columns.into(), size.rows.into());
        if size.columns == self.size(frame).columns {
            let dropped = self.resize(frame, size)?;
            for place in places {
                place.row = place.row.saturating_sub(dropped).min(size.rows - 1);
            }
            return Ok(());
        }
        let rewrapped = self.blank(size)?;
        let found = places.first().map_or(0, |&cursor| self.locate(frame, cursor, size.columns).0);
        let dropped = (found + 1).saturating_sub(size.rows.into());
        for place in places {
            let (row, column) = self.locate(frame, *place, size.columns);
            let row = row.saturating_sub(dropped).min(usize::from(size.rows) - 1);
            *place = Position { row: row as u16, column };
        }
        self.copy_lines(frame, &rewrapped, dropped);
        self.exchange_rows(frame, &rewrapped);
        self.release(rewrapped);
        Ok(())
    }

    /// Where `place` goes: the row, counted from the beginning of the text, and the column.
    fn locate(&self, frame: &Frame, place: Position, columns: u16) -> (usize, u16) {
        let mut found = (0, 0);
        let mut flow = Flow::new(columns);
        while let Some(step) = flow.next(self, frame) {
            if step.from.row > place.row {
                break;
            }
            if step.from.row == place.row && step.from.column <= place.column {
                let beyond = place.column - step.from.column;
                let last = if beyond == 0 { columns } else { columns - 1 };
                found = (step.row, step.column.saturating_add(beyond).min(last));
            }
        }
        found
    }

    /// Writes the text of `from` onto the blank `to`, without the first `dropped` rows.
    fn copy_lines(&mut self, from: &Frame, to: &Frame, dropped: usize) {
        let size = self.size(to);
        let on_screen = |row: usize| {
            let row = row.checked_sub(dropped)?;
            (row < usize::from(size.rows)).then_some(row as u16)
        };
        let blank = Cell::erased(self.info(from).rendition);
        self.clear_rows(to, 0, size.rows, blank);
        let mut flow = Flow::new(size.columns);
        let mut inside = false;
        while let Some(step) = flow.next(self, from) {
            let row = on_screen(step.row);
            if let Some(row) = row.filter(|_| step.from.column == 0) {
                let (old, new) = (self.marks(to, row), self.marks(from, step.from.row));
                self.set_marks(to, row, old.with(new));
            }
            match (step.cell, row) {
                (Some(cell), Some(row)) => {
                    self.row_mut(to, row)[usize::from(step.column)] = cell;
                    if inside && step.column == 0 && row > 0 {
                        self.set_wrapped(to, row - 1, true);
                    }
                }
                // An erased line keeps its colour up to the edge.
                (None, Some(row)) => {
                    let last = *self.row(from, step.from.row).last().unwrap_or(&blank);
                    let fill = if last.glyph() == Glyph::EMPTY { last } else { blank };
                    self.row_mut(to, row)[usize::from(step.column)..].fill(fill);
                }
                (_, None) => {}
            }
            inside = step.cell.is_some();
        }
    }

    /// Gives `frame` the rows and the size of `other`, and the other way round.
    pub(crate) fn exchange_rows(&mut self, frame: &Frame, other: &Frame) {
        let (old, new) = (self.size(frame), self.size(other));
        for row in 0..old.rows.max(new.rows) {
            let id: RowId = self.id(frame, row);
            *self.id_mut(frame, row) = self.id(other, row);
            *self.id_mut(other, row) = id;
        }
        self.info_mut(frame).size = new;
        self.info_mut(other).size = old;
    }
}

/// Goes through the text of a frame, cell by cell, and finds places for it in another width.
struct Flow {
    columns: u16,
    /// The next cell of the frame.
    from: Position,
    /// Columns of its row that belong to the text, once they are counted.
    used: Option<u16>,
    /// The next place.
    row: usize,
    column: u16,
}

/// A cell, or the end of a line, and its place.
struct Step {
    from: Position,
    cell: Option<Cell>,
    row: usize,
    column: u16,
}

impl Flow {
    fn new(columns: u16) -> Self {
        Self { columns, from: Position::default(), used: None, row: 0, column: 0 }
    }

    fn next(&mut self, screens: &Screens<'_>, frame: &Frame) -> Option<Step> {
        let rows = screens.size(frame).rows;
        while self.from.row < rows {
            let from = self.from;
            let wraps = from.row + 1 < rows && screens.wrapped(frame, from.row);
            let used = *self.used.get_or_insert_with(|| used(screens, frame, from.row, wraps));
            if from.column < used {
                self.from.column += 1;
                let cell = screens.row(frame, from.row)[usize::from(from.column)];
                if self.columns == 1 && cell.glyph().is_tail() {
                    continue;
                }
                return Some(self.place(from, cell));
            }
            self.from = Position { row: from.row + 1, column: 0 };
            self.used = None;
            if !wraps {
                let end = Step { from, cell: None, row: self.row, column: self.column };
                (self.row, self.column) = (self.row + 1, 0);
                return Some(end);
            }
        }
        None
    }

    fn place(&mut self, from: Position, mut cell: Cell) -> Step {
        let mut width = 1 + u16::from(cell.glyph().is_wide());
        if width > self.columns {
            // There is no room for it at all.
            cell.set_glyph(Glyph::narrow(char::REPLACEMENT_CHARACTER));
            width = 1;
        }
        if self.column + width > self.columns {
            (self.row, self.column) = (self.row + 1, 0);
        }
        let step = Step { from, cell: Some(cell), row: self.row, column: self.column };
        self.column += 1;
        step
    }
}

/// Columns of a row that belong to its text: all of a row that wraps, but for the gap before a wide
/// character that did not fit; of the last row of a line all up to what was erased.
fn used(screens: &Screens<'_>, frame: &Frame, row: u16, wraps: bool) -> u16 {
    let cells = screens.row(frame, row);
    let is_text = |cell: &Cell| cell.glyph() != Glyph::EMPTY;
    let text = cells.iter().rposition(is_text).map_or(0, |last| last + 1);
    let gap = wraps
        && text < cells.len()
        && screens.row(frame, row + 1).first().is_some_and(|cell| cell.glyph().is_wide());
    let len = match (wraps, gap) {
        (false, _) => text,
        (true, true) => cells.len() - 1,
        (true, false) => cells.len(),
    };
    len as u16
}
