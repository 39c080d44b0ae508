//! One row: which cells to write, which to erase, which to leave.

use super::pen::{At, counted, write_counted};
use super::render::Renderer;
use crate::screen::{Cell, Look, MAX_CLUSTER, Position, Rendition, width};
use embedded_io::Write;

/// A row to be written.
pub(super) struct Row<'r> {
    pub(super) row: u16,
    pub(super) new: &'r [Cell],
    /// What the reader shows there; erased cells if `None`.
    pub(super) old: Option<&'r [Cell]>,
    /// The text goes on in the next row.
    pub(super) wraps: bool,
    /// The reader learns or forgets that when the last column is written.
    pub(super) flag_changes: bool,
    /// What the reader can see.
    pub(super) look: Look,
    /// Up to here the reader may show what a cluster to the left has left behind.
    pub(super) spilled: usize,
}

impl Row<'_> {
    fn position(&self, column: usize) -> Position {
        Position { row: self.row, column: column as u16 }
    }

    fn seen(&self, column: usize) -> Rendition {
        self.new[column].rendition().seen(self.look)
    }

    fn changed(&self, column: usize) -> bool {
        let new = &self.new[column];
        let width = if new.glyph().is_wide() { 2 } else { 1 };
        let same = match self.old {
            Some(old) => new.looks_like(&old[column], self.look),
            None => new.looks_like(&Cell::EMPTY, self.look),
        };
        !same || column < self.spilled || self.flag_changes && column + width == self.new.len()
    }

    /// How many cells from `column` on erasing gives, all of one background.
    fn blanks(&self, column: usize) -> usize {
        let rendition = self.seen(column);
        if !rendition.is_erasable() {
            return 0;
        }
        // The last cell of a row that wraps must be written.
        let end = self.new.len() - usize::from(self.wraps);
        let cells = self.new[..end.max(column)].iter().skip(column);
        cells
            .take_while(|cell| {
                cell.glyph().is_blank() && cell.rendition().looks_like(rendition, self.look)
            })
            .count()
    }

    /// Where the blanks begin that reach to the right margin.
    fn blank_tail(&self) -> usize {
        let end = self.seen(self.new.len() - 1);
        let tail = self.new.iter().rev();
        let count = tail
            .take_while(|cell| {
                cell.glyph().is_blank() && cell.rendition().looks_like(end, self.look)
            })
            .count();
        if end.is_erasable() { self.new.len() - count } else { self.new.len() }
    }
}

impl<W: Write> Renderer<'_, '_, W> {
    /// Writes the cells that differ.
    pub(super) fn cells(&mut self, mut row: Row<'_>, wrapping: bool) -> Result<(), W::Error> {
        let columns = row.new.len();
        let mut column = 0;
        if wrapping {
            row.spilled = self.put(row.new[0], row.position(0))?;
            column = 1;
        }
        let tail = if row.wraps { columns } else { row.blank_tail() };
        while column < columns {
            if row.new[column].glyph().is_tail() || !row.changed(column) {
                column += 1;
                continue;
            }
            let blanks = row.blanks(column);
            if blanks > 0 {
                let to_edge = column >= tail;
                let used = self.blanks(&row, column, blanks, to_edge)?;
                column += used;
            } else {
                self.go(&row, column)?;
                let spilled = self.put(row.new[column], row.position(column))?;
                row.spilled = row.spilled.max(spilled);
                column += 1 + self.repeat(&row, column)?;
            }
        }
        Ok(())
    }

    /// Writes `count` blanks that could be erased, up to the last that changed; returns the
    /// columns that are done.
    fn blanks(
        &mut self,
        row: &Row<'_>,
        column: usize,
        count: usize,
        to_edge: bool,
    ) -> Result<usize, W::Error> {
        let changed = (column..column + count).rev().find(|&column| row.changed(column));
        let needed = changed.map_or(0, |last| last + 1 - column);
        let rendition = row.seen(column);
        let erases = self.caps.back_colour_erase || rendition == Rendition::DEFAULT;
        let and_below = to_edge && self.erases_below(row.row, rendition);
        if erases && to_edge && (needed > 3 || needed > 0 && and_below) {
            self.go(row, column)?;
            self.select(rendition)?;
            self.out.write_all(if and_below { b"\x1b[J" } else { b"\x1b[K" })?;
            self.below = self.below.filter(|_| !and_below);
            self.erased_below |= and_below;
            return Ok(count);
        }
        // ECH leaves the cursor where it is, so a movement may have to follow.
        if erases && self.caps.erase_character && needed > 9 {
            self.go(row, column)?;
            self.select(rendition)?;
            write_counted(self.out, needed as u16, b'X')?;
            return Ok(needed);
        }
        let mut next = column;
        while next < column + needed {
            self.go(row, next)?;
            self.put(row.new[next], row.position(next))?;
            next += 1 + self.repeat(row, next)?;
        }
        Ok(needed)
    }

    /// Has the reader repeat the cell that was just written, as far as it goes on and where that
    /// takes fewer bytes. Returns the columns that this makes.
    fn repeat(&mut self, row: &Row<'_>, column: usize) -> Result<usize, W::Error> {
        let cell = row.new[column];
        let c = if cell.glyph().is_blank() { Some(' ') } else { cell.glyph().single() };
        // Nobody is to put two of them together, or to disagree about their width.
        let plain = |c: &char| width::width(*c) == 1 && !width::contested(*c);
        let Some(c) = c.filter(|c| self.caps.repeat.contains(*c) && plain(c)) else { return Ok(0) };
        // The last column is for the character itself, if that is to end in a wrap.
        let end = row.new.len() - usize::from(row.wraps || row.flag_changes);
        let rest = row.new[..end].iter().skip(column + 1);
        let same = rest.take_while(|next| next.looks_like(&cell, row.look)).count();
        let changed = (1..=same).filter(|index| row.changed(column + index));
        let (number, count) = changed.fold((0, 0), |(number, _), last| (number + 1, last as u16));
        // At least so many bytes are needed otherwise.
        if number * c.len_utf8() <= counted(count, b'b').len() {
            return Ok(0);
        }
        write_counted(self.out, count, b'b')?;
        self.pen.wrote(row.position(column), count + 1, self.screens.size(self.target));
        Ok(count.into())
    }

    /// Moves the cursor to a column, over a short gap by writing what is there.
    fn go(&mut self, row: &Row<'_>, column: usize) -> Result<(), W::Error> {
        if let At::Exactly(at) = self.pen.at
            && at.row == row.row
            && usize::from(at.column) < column
            && column - usize::from(at.column) <= 4
        {
            let gap = &row.new[usize::from(at.column)..column];
            let plain = |cell: &Cell| {
                self.caps.seen(cell.rendition()) == self.pen.rendition
                    && (cell.glyph().is_blank() || cell.glyph().ascii().is_some())
            };
            if gap.iter().all(plain) {
                for cell in gap {
                    self.out.write_all(&[cell.glyph().ascii().unwrap_or(b' ')])?;
                }
                self.pen.at = At::Exactly(row.position(column));
            }
        }
        let to = row.position(column);
        if self.pen.at != At::Exactly(to) {
            self.hide()?;
        }
        self.pen.move_to(self.out, to)
    }

    /// Writes a cell at the cursor. Returns the column up to which a reader that prints each of its
    /// characters for itself has overwritten other cells.
    pub(super) fn put(&mut self, cell: Cell, at: Position) -> Result<usize, W::Error> {
        let size = self.screens.size(self.target);
        self.select(cell.rendition())?;
        if let Some(byte) = cell.glyph().ascii() {
            self.out.write_all(&[byte])?;
            self.pen.wrote(at, 1, size);
            return Ok(0);
        }
        let mut buf = [0; MAX_CLUSTER];
        let text = self.screens.glyph_str(&cell, &mut buf);
        let width = if cell.glyph().is_wide() { 2 } else { 1 };
        let printed = Printed::new(text, width);
        if !printed.same && self.caps.sized_text {
            self.out.write_all(if width == 2 { b"\x1b]66;w=2;" } else { b"\x1b]66;w=1;" })?;
            self.out.write_all(text.as_bytes())?;
            self.out.write_all(b"\x1b\\")?;
            self.pen.wrote(at, width, size);
            return Ok(0);
        }
        // At the edge what is too much would go to the next row.
        let room = size.columns - at.column;
        let fits = printed.columns <= room;
        let text = match printed.front {
            _ if fits => text,
            // Only a character that is narrow here and wide elsewhere finds no room at all.
            (_, columns) if columns > room => "\u{fffd}",
            (end, _) => &text[..end],
        };
        let contested = !printed.same || text.chars().any(width::contested);
        if contested {
            self.blank(cell.rendition(), at, width)?;
        }
        self.out.write_all(text.as_bytes())?;
        self.pen.wrote(at, width, size);
        if contested {
            self.pen.at = At::Unknown;
        }
        let spills = fits && printed.columns > width;
        Ok(if spills { usize::from(at.column + printed.columns) } else { 0 })
    }

    /// Blanks the place of a character: a reader that drops it, or gives it one column of two, must
    /// not keep what stood there.
    fn blank(&mut self, rendition: Rendition, at: Position, width: u16) -> Result<(), W::Error> {
        let seen = rendition.seen(self.caps.look());
        let erases = self.caps.back_colour_erase || seen == Rendition::DEFAULT;
        // From the end of the row before only printing leads here.
        let is_here = self.pen.at == At::Exactly(at);
        if is_here && self.caps.erase_character && erases && seen.is_erasable() {
            return write_counted(self.out, width, b'X');
        }
        self.out.write_all(&b"  "[..usize::from(width)])?;
        self.pen.wrote(at, width, self.screens.size(self.target));
        self.pen.move_to(self.out, at)
    }
}

/// What becomes of a cell's text where each character is printed for itself.
struct Printed {
    /// The same cell.
    same: bool,
    /// Columns that are written.
    columns: u16,
    /// Bytes and columns of what goes into the first cell.
    front: (usize, u16),
}

impl Printed {
    fn new(text: &str, width: u16) -> Self {
        let widths = || text.char_indices().map(|(index, c)| (index, width::width(c) as u16));
        let columns: u16 = widths().map(|(_, width)| width).sum();
        let front = widths().skip(1).find(|&(_, width)| width > 0);
        let same = front.is_none() && columns.max(1) == width;
        let first = widths().next().map_or(0, |(_, width)| width);
        Self { same, columns, front: (front.map_or(text.len(), |(index, _)| index), first) }
    }
}
