//! The store of screen images: frames as tables of shared rows.

use super::clusters::{ClusterEntry, Clusters};
use super::extras::{ExtraEntry, Extras};
use super::rows::{RowId, RowInfo, Rows};
use super::texts::{TextBlock, TextId, Texts};
use super::{Cell, Frame, FrameInfo, Glyph, Language, RowMarks, Size, Text};
use crate::storage::{Full, Slab};

/// Memory for [`Screens`].
///
/// For F frames of C x R cells of which N rows differ: N x C `cells`, N `row_info`, F x R
/// `tables`, F `infos`. The least that works for a sender is N = 3 x R + 1.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ScreenStorage<'s> {
    /// The cells of all rows.
    pub cells: Slab<'s, Cell>,
    /// One entry for each row.
    pub row_info: Slab<'s, RowInfo>,
    /// For each frame, the names of its rows.
    pub tables: Slab<'s, RowId>,
    /// One entry for each frame.
    pub infos: Slab<'s, FrameInfo>,
    /// Titles, clipboards and other texts, 58 bytes an entry. Without room a new text is not taken.
    pub texts: Slab<'s, TextBlock>,
    /// Characters with combining marks. Without room a mark is dropped.
    pub clusters: Slab<'s, ClusterEntry>,
    /// Links and colours of underlines, each kind of them once. Without room they are dropped.
    pub extras: Slab<'s, ExtraEntry>,
}

/// Titles that are put aside at once, as in xterm.
const TITLES: usize = 10;

/// A store of screen images.
#[derive(Debug)]
pub struct Screens<'s> {
    pub(super) rows: Rows<'s>,
    tables: Slab<'s, RowId>,
    /// Entries of `tables` for each frame.
    table_len: usize,
    pub(super) infos: Slab<'s, FrameInfo>,
    pub(super) texts: Texts<'s>,
    /// Titles and icon names that were put aside.
    pub(super) titles: heapless::Vec<[TextId; 2], TITLES>,
    pub(super) clusters: Clusters<'s>,
    pub(super) extras: Extras<'s>,
}

crate::log::defmt_format!(Screens<'_>, it => "Screens({} rows)", it.rows_used());

impl<'s> Screens<'s> {
    /// Returns an empty store. The size of the first frame decides the layout.
    #[must_use]
    pub fn new(storage: ScreenStorage<'s>) -> Self {
        Self {
            rows: Rows::new(storage.cells, storage.row_info),
            tables: storage.tables,
            table_len: 0,
            infos: storage.infos,
            texts: Texts::new(storage.texts),
            titles: heapless::Vec::new(),
            clusters: Clusters::new(storage.clusters),
            extras: Extras::new(storage.extras),
        }
    }

    /// Returns an empty screen in the initial state.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room.
    pub fn blank(&mut self, size: Size) -> Result<Frame, Full> {
        let size = Size::clamped(size.columns.into(), size.rows.into());
        self.fit(size, size.rows.into(), self.free_place() + 1)?;
        let frame = self.slot()?;
        for row in 0..size.rows {
            *self.id_mut(&frame, row) = self.rows.acquire_blank(Cell::EMPTY)?;
        }
        *self.info_mut(&frame) = FrameInfo { size, in_use: true, ..FrameInfo::default() };
        Ok(frame)
    }

    /// Returns another frame with the same contents. No cell is copied.
    ///
    /// Writing to either of them later takes rows; [`snapshot`](Self::snapshot) makes sure that
    /// there are enough.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no place for a frame.
    pub fn share(&mut self, frame: &Frame) -> Result<Frame, Full> {
        let copy = self.slot()?;
        for row in 0..self.size(frame).rows {
            let id = self.rows.share(self.id(frame, row));
            *self.id_mut(&copy, row) = id;
        }
        let info = self.info(frame).clone();
        self.share_texts(&info);
        *self.info_mut(&copy) = info;
        Ok(copy)
    }

    /// Returns another frame with the same contents as `live`, if `live` (or, as well, the new
    /// frame) can afterwards be rewritten completely: so a terminal that writes to one frame of
    /// the store never runs out of rows.
    ///
    /// # Errors
    ///
    /// [`Full`] if not: release a frame that can be spared and ask again.
    pub fn snapshot(&mut self, live: &Frame) -> Result<Frame, Full> {
        if !self.rows.has_room(usize::from(self.size(live).rows) + 1) {
            return Err(Full);
        }
        self.share(live)
    }

    /// Returns the frame with the first `rows` rows of `target` and all else of `base`: what a
    /// diff from `base` to `target` reaches if it stops there.
    ///
    /// Where the sizes differ, the frame has the size of `target` and its other rows are blank,
    /// as a repaint starts with clearing the screen. As after [`snapshot`](Self::snapshot),
    /// `target` can be rewritten completely.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room for that.
    pub fn compose(&mut self, base: &Frame, target: &Frame, rows: u16) -> Result<Frame, Full> {
        let size = self.size(target);
        let rows = rows.min(size.rows);
        let same_size = self.size(base) == size;
        // Neither blank rows nor rows that `target` shares from now on may come out of what it
        // needs while it is written to.
        let blank = if same_size { 0 } else { usize::from(size.rows - rows) };
        if !self.rows.has_room(blank + usize::from(size.rows) + 1) {
            return Err(Full);
        }
        let composed = self.slot()?;
        let mut info = self.info(base).clone();
        info.size = size;
        info.cursor.row = info.cursor.row.min(size.rows - 1);
        info.cursor.column = info.cursor.column.min(size.columns - 1);
        for row in 0..size.rows {
            let id = if row < rows {
                self.rows.share(self.id(target, row))
            } else if same_size {
                self.rows.share(self.id(base, row))
            } else {
                self.rows.acquire_blank(Cell::EMPTY)?
            };
            *self.id_mut(&composed, row) = id;
        }
        self.share_texts(&info);
        *self.info_mut(&composed) = info;
        Ok(composed)
    }

    /// Cuts `size` to what this store has room for `screens` times, and one more row.
    ///
    /// Either side has a limit of its own. A wider screen of fewer rows might fit as well, but not
    /// beside those that are held: rows never get narrower again.
    #[must_use]
    pub fn largest(&self, size: Size, screens: usize) -> Size {
        let rows = self.tables.max_len() / self.infos.max_len().max(1);
        let (rows, columns) = self.rows.limits(rows, screens);
        let cut = |side: u16, limit: usize| usize::from(side).min(limit) as u16;
        Size { columns: cut(size.columns, columns), rows: cut(size.rows, rows) }
    }

    /// Rows in use, each counted once however many frames share it.
    #[must_use]
    pub fn rows_used(&self) -> usize {
        self.rows.used()
    }

    /// Whether a screen of this size fits `screens` times, and one more row.
    #[must_use]
    pub fn holds(&self, size: Size, screens: usize) -> bool {
        let rows = usize::from(size.rows) * screens;
        self.largest(size, screens) == size && self.rows.capacity_at(size.columns.into()) > rows
    }

    /// Whether `rows` more rows and `frames` more frames can be had now.
    #[must_use]
    pub fn has_room(&self, rows: usize, frames: usize) -> bool {
        let in_use = self.infos.iter().filter(|info| info.in_use).count();
        self.rows.has_room(rows) && in_use + frames <= self.infos.max_len()
    }

    /// Rows of a frame that others hold as well: writing to one of them takes a new row.
    #[must_use]
    pub fn shared_rows(&self, frame: &Frame) -> usize {
        (0..self.size(frame).rows).filter(|&row| self.rows.is_shared(self.id(frame, row))).count()
    }

    /// Returns a frame with the rows of `frame`, which has erased ones then. No cell is copied;
    /// texts and modes stay where they are.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room to write to both of them afterwards; nothing has changed then.
    pub fn set_aside(&mut self, frame: &Frame, blank: Cell) -> Result<Frame, Full> {
        let FrameInfo { size, cursor, .. } = *self.info(frame);
        if !self.rows.has_room(usize::from(size.rows) + self.shared_rows(frame) + 1) {
            return Err(Full);
        }
        let aside = self.slot()?;
        for row in 0..size.rows {
            *self.id_mut(&aside, row) = self.id(frame, row);
            *self.id_mut(frame, row) = self.rows.acquire_blank(blank)?;
        }
        *self.info_mut(&aside) = FrameInfo { size, cursor, in_use: true, ..FrameInfo::default() };
        Ok(aside)
    }

    /// Takes a frame back. Rows that only a busier time needed go back to the heap, if there is
    /// one.
    pub fn release(&mut self, frame: Frame) {
        let info = core::mem::take(self.info_mut(&frame));
        debug_assert!(info.in_use, "a frame is released once");
        for row in 0..info.size.rows {
            self.rows.release(self.id(&frame, row));
        }
        for text in info.texts {
            self.texts.release(text);
        }
        // What a sender is about to write anyway is not worth giving back.
        self.rows.shrink(self.table_len + 1, &mut self.tables);
    }

    /// Changes the size of a frame.
    ///
    /// Rows are cut or padded at the right and lose their wrap flags when the width changes;
    /// nothing is reflowed. Rows are added at the bottom. They are dropped at the bottom while
    /// the cursor stays on the screen, and else at the top. Returns how many were dropped at the
    /// top.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room; nothing has changed then.
    pub fn resize(&mut self, frame: &Frame, size: Size) -> Result<u16, Full> {
        let size = Size::clamped(size.columns.into(), size.rows.into());
        let old = self.size(frame);
        if old == size {
            return Ok(0);
        }
        let shared = self.shared_rows(frame);
        let added = size.rows.saturating_sub(old.rows);
        self.fit(size, shared + usize::from(added) + 1, 1)?;
        let cursor = self.info(frame).cursor;
        let dropped = (cursor.row + 1).saturating_sub(size.rows);
        let kept = size.rows.min(old.rows);
        for row in (0..dropped).chain(dropped + kept..old.rows) {
            self.rows.release(self.id(frame, row));
        }
        let table = self.table_mut(frame);
        table.copy_within(usize::from(dropped)..usize::from(dropped + kept), 0);
        let blank = Cell::erased(self.info(frame).rendition);
        for row in kept..size.rows {
            *self.id_mut(frame, row) = self.rows.acquire_blank(blank)?;
        }
        let info = self.info_mut(frame);
        info.size = size;
        info.cursor.row -= dropped;
        info.cursor.column = cursor.column.min(size.columns - 1);
        if size.columns != old.columns {
            for row in 0..kept {
                self.set_wrapped(frame, row, false);
                let cells = self.row_mut(frame, row);
                if size.columns > old.columns {
                    cells[usize::from(old.columns)..].fill(blank);
                } else if cells[usize::from(size.columns) - 1].glyph().is_wide() {
                    cells[usize::from(size.columns) - 1].set_glyph(Glyph::SPACE);
                }
            }
        }
        Ok(dropped)
    }

    /// What a frame holds beside its rows.
    #[must_use]
    pub fn info(&self, frame: &Frame) -> &FrameInfo {
        &self.infos[usize::from(frame.0)]
    }

    /// What a frame holds beside its rows, to change it.
    pub fn info_mut(&mut self, frame: &Frame) -> &mut FrameInfo {
        &mut self.infos[usize::from(frame.0)]
    }

    /// The size of a frame.
    #[must_use]
    pub fn size(&self, frame: &Frame) -> Size {
        self.info(frame).size
    }

    /// The cells of a row.
    ///
    /// # Panics
    ///
    /// If the frame has no such row; so do all methods that take one.
    #[must_use]
    pub fn row(&self, frame: &Frame, row: u16) -> &[Cell] {
        &self.rows.cells(self.id(frame, row))[..usize::from(self.size(frame).columns)]
    }

    /// The name of a row. While both frames are held, equal names mean equal contents.
    #[must_use]
    pub fn row_id(&self, frame: &Frame, row: u16) -> RowId {
        self.table(frame)[usize::from(row)]
    }

    /// Whether the text of a row goes on in the next one because it did not fit.
    #[must_use]
    pub fn wrapped(&self, frame: &Frame, row: u16) -> bool {
        self.rows.wrapped(self.id(frame, row))
    }

    /// Sets whether the text of a row goes on in the next one.
    pub fn set_wrapped(&mut self, frame: &Frame, row: u16, wrapped: bool) {
        if self.wrapped(frame, row) != wrapped {
            let id = self.own(frame, row);
            self.rows.set_wrapped(id, wrapped);
        }
    }

    /// What begins in a row.
    #[must_use]
    pub fn marks(&self, frame: &Frame, row: u16) -> RowMarks {
        self.rows.marks(self.id(frame, row))
    }

    /// Sets what begins in a row.
    pub fn set_marks(&mut self, frame: &Frame, row: u16, marks: RowMarks) {
        if self.marks(frame, row) != marks {
            let id = self.own(frame, row);
            self.rows.set_marks(id, marks);
        }
    }

    /// The cells of a row, to write them. A row that another frame holds is copied first.
    ///
    /// If there is no row for the copy, which [`snapshot`](Self::snapshot) rules out, the write
    /// shows in the other frame as well.
    pub fn row_mut(&mut self, frame: &Frame, row: u16) -> &mut [Cell] {
        let columns = usize::from(self.size(frame).columns);
        let id = self.own(frame, row);
        &mut self.rows.cells_mut(id)[..columns]
    }

    /// Moves the rows `top..=bottom` up by `count`; erased rows enter at the bottom.
    pub fn scroll_up(&mut self, frame: &Frame, top: u16, bottom: u16, count: u16, blank: Cell) {
        let count = count.min(bottom + 1 - top);
        self.table_mut(frame)[usize::from(top)..=usize::from(bottom)].rotate_left(count.into());
        self.clear_rows(frame, bottom + 1 - count, bottom + 1, blank);
    }

    /// Moves the rows `top..=bottom` down by `count`; erased rows enter at the top.
    pub fn scroll_down(&mut self, frame: &Frame, top: u16, bottom: u16, count: u16, blank: Cell) {
        let count = count.min(bottom + 1 - top);
        self.table_mut(frame)[usize::from(top)..=usize::from(bottom)].rotate_right(count.into());
        self.clear_rows(frame, top, top + count, blank);
    }

    /// Replaces the rows `start..end` by erased ones, which wrap nowhere.
    pub fn clear_rows(&mut self, frame: &Frame, start: u16, end: u16, blank: Cell) {
        for row in start..end {
            let mut id = self.id(frame, row);
            // A shared row need not be copied to be erased.
            if self.rows.is_shared(id)
                && let Ok(new) = self.rows.acquire()
            {
                self.rows.release(id);
                *self.id_mut(frame, row) = new;
                id = new;
            }
            self.rows.set_wrapped(id, false);
            self.rows.set_marks(id, RowMarks::NONE);
            self.rows.erase(id, blank);
        }
    }

    /// Whether both frames look the same and behave the same towards the user, as far as
    /// `language` can tell; rows that both share are not compared.
    ///
    /// Not compared are the wrap flag of the last row and those modes that no diff carries. What one
    /// does carry has to be: it would be repeated for ever without making a state of its own.
    #[must_use]
    pub fn same(&self, a: &Frame, b: &Frame, language: Language) -> bool {
        let (x, y) = (self.info(a), self.info(b));
        let look = language.look();
        x.size == y.size
            && x.cursor == y.cursor
            && x.rendition.looks_like(y.rendition, look)
            && x.modes.carried(language) == y.modes.carried(language)
            && x.bells == y.bells
            && x.echo_ack == y.echo_ack
            && x.title_set == y.title_set
            && self.texts.same(x.title(), y.title())
            && self.texts.same(x.icon(), y.icon())
            && self.texts.same(x.clipboard(), y.clipboard())
            && (language == Language::Mosh || self.same_of_ours(x, y))
            && (0..x.size.rows).all(|row| self.same_row(a, b, row, language))
    }

    /// Whether two frames are the same in what mosh 1.4 does not know.
    fn same_of_ours(&self, x: &FrameInfo, y: &FrameInfo) -> bool {
        let texts = [Text::Selection, Text::Palette, Text::Directory, Text::Notification];
        x.notifications == y.notifications
            && x.copied == y.copied
            && texts.into_iter().all(|text| self.texts.same(x.text(text), y.text(text)))
    }

    /// Whether a row looks the same in two frames of equal width.
    #[must_use]
    pub fn same_row(&self, a: &Frame, b: &Frame, row: u16, language: Language) -> bool {
        if self.row_id(a, row) == self.row_id(b, row) {
            return true;
        }
        let last = row + 1 == self.size(a).rows;
        let look = language.look();
        (language == Language::Mosh || self.marks(a, row) == self.marks(b, row))
            && (last || self.wrapped(a, row) == self.wrapped(b, row))
            && self.row(a, row).iter().zip(self.row(b, row)).all(|(x, y)| x.looks_like(y, look))
    }

    /// Lays the store out for frames of at least this size, if it then has room for so many more
    /// rows and for the first so many places of frames: larger ones are fewer, so a layout in
    /// vain would take room from what there is.
    fn fit(&mut self, size: Size, more_rows: usize, places: usize) -> Result<(), Full> {
        let places = self
            .infos
            .iter()
            .rposition(|info| info.in_use)
            .map_or(places, |last| places.max(last + 1));
        let has_rows = self.rows.has_room_at(size.columns.into(), more_rows);
        if !has_rows || places > self.infos.max_len() {
            return Err(Full);
        }
        let rows = usize::from(size.rows);
        self.tables.grow(rows.max(self.table_len) * places)?;
        if rows > self.table_len {
            for frame in (0..places).rev() {
                let from = frame * self.table_len;
                self.tables.copy_within(from..from + self.table_len, frame * rows);
            }
            self.table_len = rows;
        }
        self.rows.widen(size.columns.into(), &mut self.tables)
    }

    fn free_place(&self) -> usize {
        self.infos.iter().position(|info| !info.in_use).unwrap_or(self.infos.len())
    }

    /// Finds a place for a frame. It counts as free until its info says otherwise.
    pub(super) fn slot(&mut self) -> Result<Frame, Full> {
        let index = self.free_place();
        if index >= usize::from(u16::MAX) {
            return Err(Full);
        }
        self.tables.grow((index + 1) * self.table_len)?;
        self.infos.grow(index + 1)?;
        Ok(Frame(index as u16))
    }

    /// Notes that another frame holds the texts of `info`.
    fn share_texts(&mut self, info: &FrameInfo) {
        for text in info.texts {
            self.texts.share(text);
        }
    }

    fn own(&mut self, frame: &Frame, row: u16) -> RowId {
        let id = self.id(frame, row);
        if !self.rows.is_shared(id) {
            return id;
        }
        let owned = self.rows.own(id);
        debug_assert!(owned.is_ok(), "a snapshot leaves rows for writing");
        let id = owned.unwrap_or(id);
        *self.id_mut(frame, row) = id;
        id
    }

    pub(super) fn table(&self, frame: &Frame) -> &[RowId] {
        let start = usize::from(frame.0) * self.table_len;
        &self.tables[start..start + self.table_len]
    }

    fn table_mut(&mut self, frame: &Frame) -> &mut [RowId] {
        let start = usize::from(frame.0) * self.table_len;
        &mut self.tables[start..start + self.table_len]
    }

    pub(super) fn id(&self, frame: &Frame, row: u16) -> RowId {
        self.table(frame)[usize::from(row)]
    }

    pub(super) fn id_mut(&mut self, frame: &Frame, row: u16) -> &mut RowId {
        &mut self.table_mut(frame)[usize::from(row)]
    }
}
