//! Characters onto the screen.

use super::Emulation;
use crate::screen::{Cell, Glyph, MAX_CLUSTER, Position, Size, sever, width};

impl Emulation<'_, '_> {
    /// Writes printable ASCII; runs go into the row without looking at each character.
    pub(super) fn write_ascii(&mut self, mut run: &[u8]) {
        let Some(&last) = run.last() else { return };
        self.state.repeatable = Some(char::from(last));
        if self.state.grapheme_clusters {
            run = self.join_ascii(run);
        }
        if self.state.insert {
            for &byte in run {
                self.write_char(char::from(byte), 1);
            }
            return;
        }
        while !run.is_empty() {
            self.wrap_if_pending();
            let info = self.screens.info(self.frame);
            let (cursor, rendition) = (info.cursor, info.rendition);
            let start = usize::from(cursor.column);
            let line = self.state.end_of_line(cursor.column);
            let len = run.len().min(usize::from(line) - start);
            let (now, later) = run.split_at(len);
            let end = start + len;
            let cells = self.screens.row_mut(self.frame, cursor.row);
            sever(cells, start);
            sever(cells, end);
            for (cell, &byte) in cells[start..end].iter_mut().zip(now) {
                *cell = Cell::new(Glyph::narrow(char::from(byte)), rendition);
            }
            self.advance(cursor, len as u16);
            run = later;
            if !self.state.autowrap && !run.is_empty() {
                // All the rest lands in the last column, where only the end of it stays.
                run = &run[run.len() - 1..];
            }
        }
    }

    /// Writes printable characters.
    pub(super) fn write_run(&mut self, run: &[char]) {
        if self.state.grapheme_clusters {
            self.write_clusters(run);
        } else {
            self.write_characters(run);
        }
    }

    /// Writes printable characters, each for itself.
    pub(super) fn write_characters(&mut self, mut run: &[char]) {
        while let Some((&first, rest)) = run.split_first() {
            let written = self.write_segment(run);
            run = &run[written..];
            if written > 0 {
                continue;
            }
            // What a segment cannot hold: marks, and characters at edges or in special modes.
            match width::width(first) {
                0 => self.write_mark(first),
                // A screen of one column has no place for it.
                2 if self.state.size.columns == 1 => {
                    self.write_char(char::REPLACEMENT_CHARACTER, 1);
                }
                width => self.write_char(first, width as u16),
            }
            run = rest;
        }
    }

    /// Writes characters with a width into one row, as many as plainly fit; returns how many.
    fn write_segment(&mut self, run: &[char]) -> usize {
        if self.state.insert || self.state.pending_wrap {
            return 0;
        }
        let info = self.screens.info(self.frame);
        let (cursor, rendition) = (info.cursor, info.rendition);
        let line = usize::from(self.state.end_of_line(cursor.column));
        let cells = self.screens.row_mut(self.frame, cursor.row);
        let start = usize::from(cursor.column);
        let (mut column, mut count, mut last_width) = (start, 0, 0);
        for &c in run {
            let width = width::width(c);
            if width == 0 || column + width > line {
                break;
            }
            if count == 0 {
                sever(cells, start);
            }
            if width == 2 {
                cells[column] = Cell::new(Glyph::wide(c), rendition);
                cells[column + 1] = Cell::new(Glyph::TAIL, rendition);
            } else {
                cells[column] = Cell::new(Glyph::narrow(c), rendition);
            }
            (column, count, last_width) = (column + width, count + 1, width);
        }
        if count > 0 {
            // Its left half was overwritten above.
            if let Some(cell) = cells.get_mut(column).filter(|cell| cell.glyph().is_tail()) {
                cell.set_glyph(Glyph::SPACE);
            }
            self.state.repeatable = Some(run[count - 1]);
            self.advance(cursor, (column - start) as u16);
            self.state.written =
                Some(Position { row: cursor.row, column: (column - last_width) as u16 });
        }
        count
    }

    /// Writes a character of `width` columns, which the screen is wide enough for.
    pub(super) fn write_char(&mut self, c: char, width: u16) {
        self.state.repeatable = Some(c);
        self.wrap_if_pending();
        let mut cursor = self.cursor();
        if cursor.column + width > self.state.end_of_line(cursor.column) {
            // Half of a wide character would hang over the edge.
            if !self.state.autowrap {
                return;
            }
            self.erase(cursor.row, cursor.column, cursor.column + 1);
            self.wrap(cursor);
            cursor = self.cursor();
        }
        if self.state.insert {
            self.insert_cells(width);
        }
        let rendition = self.screens.info(self.frame).rendition;
        let start = usize::from(cursor.column);
        let cells = self.screens.row_mut(self.frame, cursor.row);
        sever(cells, start);
        sever(cells, start + usize::from(width));
        if width == 2 {
            cells[start] = Cell::new(Glyph::wide(c), rendition);
            cells[start + 1] = Cell::new(Glyph::TAIL, rendition);
        } else {
            cells[start] = Cell::new(Glyph::narrow(c), rendition);
        }
        self.advance(cursor, width);
        self.state.written = Some(cursor);
    }

    /// Adds a combining mark to the character before it.
    ///
    /// On an empty cell at the cursor it takes a cell of its own.
    fn write_mark(&mut self, mark: char) {
        let cursor = self.cursor();
        let mut target = self.state.written.unwrap_or_else(|| self.mark_target(cursor));
        if self.screens.row(self.frame, target.row)[usize::from(target.column)].glyph().is_tail() {
            target.column -= 1;
        }
        if self.screens.combine(self.frame, target.row, target.column, mark) {
            self.advance(cursor, 1);
            self.state.written = Some(target);
        }
    }

    /// Where a mark goes after the cursor was moved: to what stands before it, if anything does.
    fn mark_target(&self, cursor: Position) -> Position {
        let row = self.screens.row(self.frame, cursor.row);
        match cursor.column.checked_sub(1) {
            Some(column) if row[usize::from(column)].glyph() != Glyph::EMPTY => {
                Position { column, ..cursor }
            }
            _ => cursor,
        }
    }

    /// Moves the cursor over `width` columns that were written at it.
    pub(super) fn advance(&mut self, cursor: Position, width: u16) {
        let end = cursor.column + width;
        let line = self.state.end_of_line(cursor.column);
        self.state.written = Some(Position { column: end - 1, ..cursor });
        if end >= line {
            if line == self.state.size.columns {
                // What stands in the last column decides anew whether the row wraps.
                self.screens.set_wrapped(self.frame, cursor.row, false);
            }
            self.state.pending_wrap = self.state.autowrap;
        }
        self.cursor_mut().column = end.min(line - 1);
    }

    fn wrap_if_pending(&mut self) {
        if self.state.pending_wrap && self.state.autowrap {
            self.wrap(self.cursor());
        }
    }

    /// Goes on in the next row. Between margins at the sides there are no lines that a resize
    /// could join.
    pub(super) fn wrap(&mut self, cursor: Position) {
        if self.state.is_full_width() {
            self.screens.set_wrapped(self.frame, cursor.row, true);
        }
        self.line_feed();
        self.cursor_mut().column = self.state.left;
    }

    /// Repeats the last character (REP), with the marks and whatever else its cell shows, as long
    /// as the cursor stands behind it. Of what fills the screen more than once only so much is
    /// written that the cursor ends in the same column.
    pub(super) fn repeat(&mut self, count: u16) {
        let Some(c) = self.state.repeatable else { return };
        let (cluster, is_wide) = self.last_cluster();
        let Size { columns, rows } = self.state.size;
        let cells = u32::from(columns) * u32::from(rows);
        let cells = u16::try_from(cells).unwrap_or(u16::MAX);
        let width = u16::try_from(width::width(c)).unwrap_or(1).max(1 + u16::from(is_wide));
        let line = (self.state.right + 1 - self.state.left) / width;
        let beyond = count.saturating_sub(cells) % line.max(1);
        let count = count.min(cells).saturating_add(beyond);
        if !cluster.is_empty() {
            for _ in 0..count {
                self.write_run(&cluster);
            }
        } else if c.is_ascii() {
            let run = [c as u8; 64];
            let mut left = usize::from(count);
            while left > 0 {
                let len = left.min(run.len());
                self.write_ascii(&run[..len]);
                left -= len;
            }
        } else {
            for _ in 0..count {
                self.write_run(&[c]);
            }
        }
    }

    /// The cluster of several characters that was written last, if it was one and the cursor was
    /// not moved since, and whether it is wide.
    fn last_cluster(&self) -> (heapless::Vec<char, MAX_CLUSTER>, bool) {
        let mut cluster = heapless::Vec::new();
        let Some(Position { row, column }) = self.state.written else { return (cluster, false) };
        let cells = self.screens.row(self.frame, row);
        let mut cell = &cells[usize::from(column)];
        if cell.glyph().is_tail() {
            cell = &cells[usize::from(column) - 1];
        }
        if cell.glyph().is_blank() || cell.glyph().single().is_some() {
            return (cluster, false);
        }
        cluster.extend(self.screens.glyph_str(cell, &mut [0; MAX_CLUSTER]).chars());
        (cluster, cell.glyph().is_wide())
    }
}
