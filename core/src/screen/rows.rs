//! The row store: all cells of all screens, shared until written.
//!
//! Cells lie in one slab at a fixed stride; each row has a reference count. Taking a snapshot of
//! a screen raises counts and copies no cell; writing to a row that somebody else holds copies it
//! first. So two screens that hold the same [`RowId`] show the same there, and comparing costs
//! one integer.

use super::Cell;
use crate::storage::{Full, Slab};

/// The name of a row in the store.
///
/// Only this module's owner counts references; a bare copy of an id keeps nothing alive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RowId(u16);

/// What the store knows of a row.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RowInfo {
    /// Tables that name the row; 0 = free.
    refs: u16,
    /// The next free row, or where a row has moved; for a row in use, whether it wraps, and its
    /// marks.
    link: u16,
}

impl RowInfo {
    /// A free row, all zeros.
    pub(crate) const FREE: Self = Self { refs: 0, link: 0 };
}

impl RowId {
    /// The name in an entry of a table that is not in use.
    pub(crate) const UNUSED: Self = Self(0);
}

const NONE: u16 = u16::MAX;
const WRAPPED: u16 = 1;
const PROMPT: u16 = 2;
const OUTPUT: u16 = 4;
/// All cells are [`Cell::EMPTY`]: erasing them again costs nothing. Never set where it is not so.
const BLANK: u16 = 8;

/// What begins in a row, as a shell tells (OSC 133).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RowMarks {
    /// A prompt.
    pub prompt: bool,
    /// The output of a command.
    pub output: bool,
}

impl RowMarks {
    /// Neither.
    pub const NONE: Self = Self { prompt: false, output: false };

    /// The marks of both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self { prompt: self.prompt || other.prompt, output: self.output || other.output }
    }

    /// Whether all of `other` are here.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        (self.prompt || !other.prompt) && (self.output || !other.output)
    }
}

#[derive(Debug)]
pub(super) struct Rows<'s> {
    cells: Slab<'s, Cell>,
    info: Slab<'s, RowInfo>,
    stride: usize,
    /// Rows that were ever in use: the free list names the free ones among them.
    len: usize,
    used: usize,
    free: u16,
    /// How often cells of a row were asked for: what a test can hold functions to.
    #[cfg(test)]
    pub(super) touched: core::cell::Cell<usize>,
}

impl<'s> Rows<'s> {
    pub(super) fn new(cells: Slab<'s, Cell>, info: Slab<'s, RowInfo>) -> Self {
        Self {
            cells,
            info,
            stride: 0,
            len: 0,
            used: 0,
            free: NONE,
            #[cfg(test)]
            touched: core::cell::Cell::new(0),
        }
    }

    /// Rows that can be held at once when they are of at least `columns` cells.
    pub(super) fn capacity_at(&self, columns: usize) -> usize {
        let cells = self.cells.max_len() / columns.max(self.stride).max(1);
        cells.min(self.info.max_len()).min(usize::from(NONE))
    }

    /// The most rows, up to `rows`, and the most columns of screens of which `screens` fit, and one
    /// more row.
    pub(super) fn limits(&self, rows: usize, screens: usize) -> (usize, usize) {
        let names = self.info.max_len().min(usize::from(NONE));
        let rows = rows.min(names.saturating_sub(1) / screens);
        (rows, self.cells.max_len() / (screens * rows + 1))
    }

    /// Whether `count` more rows can be had.
    pub(super) fn has_room(&self, count: usize) -> bool {
        self.has_room_at(0, count)
    }

    /// Whether `count` more rows can be had once all are of at least `columns` cells.
    pub(super) fn has_room_at(&self, columns: usize, count: usize) -> bool {
        self.used + count <= self.capacity_at(columns)
    }

    pub(super) fn used(&self) -> usize {
        self.used
    }

    /// Returns a row with one reference, its cells as left by whoever had it last.
    pub(super) fn acquire(&mut self) -> Result<RowId, Full> {
        let id = if self.free != NONE {
            let id = self.free;
            self.free = self.info[usize::from(id)].link;
            id
        } else {
            if self.len >= self.capacity_at(self.stride) {
                return Err(Full);
            }
            self.cells.grow((self.len + 1) * self.stride)?;
            self.info.grow(self.len + 1)?;
            self.len += 1;
            (self.len - 1) as u16
        };
        self.info[usize::from(id)] = RowInfo { refs: 1, link: 0 };
        self.used += 1;
        Ok(RowId(id))
    }

    /// Returns a row of erased cells.
    pub(super) fn acquire_blank(&mut self, cell: Cell) -> Result<RowId, Full> {
        let id = self.acquire()?;
        self.cells_mut(id).fill(cell);
        Ok(id)
    }

    pub(super) fn share(&mut self, id: RowId) -> RowId {
        let info = &mut self.info[usize::from(id.0)];
        debug_assert!(info.refs > 0 && info.refs < u16::MAX, "sharing a live row");
        info.refs += 1;
        id
    }

    pub(super) fn release(&mut self, id: RowId) {
        let info = &mut self.info[usize::from(id.0)];
        debug_assert!(info.refs > 0, "releasing a live row");
        info.refs -= 1;
        if info.refs == 0 {
            info.link = self.free;
            self.free = id.0;
            self.used -= 1;
        }
    }

    pub(super) fn is_shared(&self, id: RowId) -> bool {
        self.info[usize::from(id.0)].refs > 1
    }

    pub(super) fn refs(&self, id: RowId) -> u16 {
        self.info[usize::from(id.0)].refs
    }

    /// Gives the holder of `id` a row of its own with the same contents.
    pub(super) fn own(&mut self, id: RowId) -> Result<RowId, Full> {
        if !self.is_shared(id) {
            return Ok(id);
        }
        let copy = self.acquire()?;
        let from = usize::from(id.0) * self.stride;
        self.cells.copy_within(from..from + self.stride, usize::from(copy.0) * self.stride);
        self.info[usize::from(copy.0)].link = self.info[usize::from(id.0)].link;
        self.release(id);
        Ok(copy)
    }

    pub(super) fn cells(&self, id: RowId) -> &[Cell] {
        #[cfg(test)]
        self.touched.update(|count| count + 1);
        let start = usize::from(id.0) * self.stride;
        &self.cells[start..start + self.stride]
    }

    /// The cells of a row that its caller knows to be unshared.
    pub(super) fn cells_mut(&mut self, id: RowId) -> &mut [Cell] {
        self.info[usize::from(id.0)].link &= !BLANK;
        #[cfg(test)]
        self.touched.update(|count| count + 1);
        let start = usize::from(id.0) * self.stride;
        &mut self.cells[start..start + self.stride]
    }

    /// Erases a row that its caller knows to be unshared.
    pub(super) fn erase(&mut self, id: RowId, blank: Cell) {
        let empty = blank == Cell::EMPTY;
        if empty && self.info[usize::from(id.0)].link & BLANK != 0 {
            return;
        }
        self.cells_mut(id).fill(blank);
        if empty {
            self.info[usize::from(id.0)].link |= BLANK;
        }
    }

    /// Copies cells into a row that its caller knows to be unshared.
    pub(super) fn copy_cells(
        &mut self,
        from: RowId,
        start: usize,
        to: RowId,
        at: usize,
        len: usize,
    ) {
        self.info[usize::from(to.0)].link &= !BLANK;
        let start = usize::from(from.0) * self.stride + start;
        self.cells.copy_within(start..start + len, usize::from(to.0) * self.stride + at);
    }

    /// Whether a row that is said to be empty is.
    pub(super) fn blank_is_true(&self, id: RowId) -> bool {
        self.info[usize::from(id.0)].link & BLANK == 0
            || self.cells(id).iter().all(|cell| *cell == Cell::EMPTY)
    }

    pub(super) fn wrapped(&self, id: RowId) -> bool {
        self.info[usize::from(id.0)].link & WRAPPED != 0
    }

    pub(super) fn set_wrapped(&mut self, id: RowId, wrapped: bool) {
        let link = &mut self.info[usize::from(id.0)].link;
        *link = *link & !WRAPPED | if wrapped { WRAPPED } else { 0 };
    }

    pub(super) fn marks(&self, id: RowId) -> RowMarks {
        let link = self.info[usize::from(id.0)].link;
        RowMarks { prompt: link & PROMPT != 0, output: link & OUTPUT != 0 }
    }

    pub(super) fn set_marks(&mut self, id: RowId, marks: RowMarks) {
        let bits = if marks.prompt { PROMPT } else { 0 } | if marks.output { OUTPUT } else { 0 };
        let link = &mut self.info[usize::from(id.0)].link;
        *link = *link & (WRAPPED | BLANK) | bits;
    }

    /// Rows in use, with their contents.
    pub(super) fn live(&self) -> impl Iterator<Item = &[Cell]> {
        (0..self.len).filter(|&i| self.info[i].refs > 0).map(|i| self.cells(RowId(i as u16)))
    }

    /// Makes rows hold at least `columns` cells.
    ///
    /// Where the memory is fixed, wider rows are fewer; rows whose place is lost move, and
    /// `tables` is told their new names.
    pub(super) fn widen(&mut self, columns: usize, tables: &mut [RowId]) -> Result<(), Full> {
        if columns <= self.stride {
            return Ok(());
        }
        let capacity = self.capacity_at(columns);
        if self.used > capacity {
            return Err(Full);
        }
        let len = self.len.min(capacity);
        self.cells.grow(len * columns)?;
        self.compact(len, tables);
        for index in (0..self.len).rev() {
            let from = index * self.stride;
            let to = index * columns;
            self.cells.copy_within(from..from + self.stride, to);
            self.cells[to + self.stride..to + columns].fill(Cell::EMPTY);
        }
        self.stride = columns;
        Ok(())
    }

    /// Gives memory back that rows took at a busier time and that few of them need now.
    pub(super) fn shrink(&mut self, spare: usize, tables: &mut [RowId]) {
        let wanted = self.used + spare;
        if self.len > wanted * 2 {
            self.compact(wanted, tables);
            self.cells.shrink(wanted * self.stride);
            self.info.shrink(wanted);
        }
    }

    /// Moves all rows below `limit`; at least that many rows are free or there already.
    fn compact(&mut self, limit: usize, tables: &mut [RowId]) {
        let mut to = 0;
        for from in limit..self.len {
            if self.info[from].refs == 0 {
                continue;
            }
            while self.info[to].refs > 0 {
                to += 1;
            }
            let start = from * self.stride;
            self.cells.copy_within(start..start + self.stride, to * self.stride);
            self.info[to] = self.info[from];
            self.info[from] = RowInfo { refs: 0, link: to as u16 };
        }
        // Entries of tables that are not in use name no row and may change freely.
        for id in tables.iter_mut().filter(|id| (limit..self.len).contains(&usize::from(id.0))) {
            *id = RowId(self.info[usize::from(id.0)].link);
        }
        self.len = limit;
        self.free = NONE;
        for index in (0..limit).rev() {
            if self.info[index].refs == 0 {
                self.info[index].link = self.free;
                self.free = index as u16;
            }
        }
    }
}
