//! Writing on frames, reading cells, and the texts that belong to frames.

use super::clusters::{APPEND_BELOW, MAX_CLUSTER};
use super::{
    Cell, Copied, Frame, Glyph, Position, Rendition, Screens, Selections, Text, TextId, sever,
    width,
};
use crate::storage::Full;

impl Screens<'_> {
    /// The bytes of a text, piece by piece.
    pub fn text(&self, id: TextId) -> impl Iterator<Item = &[u8]> {
        self.texts.pieces(id)
    }

    /// Whether two texts are equal.
    #[must_use]
    pub fn same_text(&self, a: TextId, b: TextId) -> bool {
        self.texts.same(a, b)
    }

    /// Puts the pieces, one after the other, in place of a text.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room for it; the old one stays.
    pub fn set_text(&mut self, frame: &Frame, text: Text, pieces: &[&[u8]]) -> Result<(), Full> {
        let new = self.texts.create(pieces)?;
        let old = core::mem::replace(&mut self.info_mut(frame).texts[text as usize], new);
        self.texts.release(old);
        Ok(())
    }

    /// Sets the window title.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room for it; the old one stays.
    pub fn set_title(&mut self, frame: &Frame, title: &[u8]) -> Result<(), Full> {
        self.set_text(frame, Text::Title, &[title])?;
        self.info_mut(frame).title_set = true;
        Ok(())
    }

    /// Sets the icon name.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room for it; the old one stays.
    pub fn set_icon(&mut self, frame: &Frame, icon: &[u8]) -> Result<(), Full> {
        self.set_text(frame, Text::Icon, &[icon])?;
        self.info_mut(frame).title_set = true;
        Ok(())
    }

    /// Puts `prefix` in front of the window title, and of the icon name if both are the same.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room; nothing has changed then.
    pub fn prefix_titles(&mut self, frame: &Frame, prefix: &[u8]) -> Result<(), Full> {
        let (old_title, old_icon) = (self.info(frame).title(), self.info(frame).icon());
        let title = self.texts.create_prefixed(prefix, old_title)?;
        let mut icon = old_icon;
        if self.same_text(old_title, old_icon) {
            icon = self.texts.share(title);
            self.texts.release(old_icon);
        }
        self.texts.release(old_title);
        let texts = &mut self.info_mut(frame).texts;
        (texts[Text::Title as usize], texts[Text::Icon as usize]) = (title, icon);
        Ok(())
    }

    /// Keeps the titles for [`pop_titles`](Self::pop_titles). There are a few places only: the
    /// oldest titles make way.
    pub fn push_titles(&mut self, frame: &Frame) {
        let [title, icon] = [self.info(frame).title(), self.info(frame).icon()];
        let kept = [self.texts.share(title), self.texts.share(icon)];
        if self.titles.is_full() {
            let oldest = self.titles.remove(0);
            oldest.into_iter().for_each(|text| self.texts.release(text));
        }
        // There is room now.
        let _ = self.titles.push(kept);
    }

    /// Takes the titles back that were kept last: the icon name, the window title, or both.
    pub fn pop_titles(&mut self, frame: &Frame, icon: bool, title: bool) {
        let Some(kept) = self.titles.pop() else { return };
        for (text, kept, wanted) in [(Text::Title, kept[0], title), (Text::Icon, kept[1], icon)] {
            let unwanted = if wanted {
                core::mem::replace(&mut self.info_mut(frame).texts[text as usize], kept)
            } else {
                kept
            };
            self.texts.release(unwanted);
        }
    }

    /// Sets what was copied somewhere, in base64.
    ///
    /// What is copied to selections that mosh 1.4 does not know is kept apart, so that its
    /// clients are told the rest as ever.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room for it; the old one stays.
    pub fn copy(&mut self, frame: &Frame, to: Selections, data: &[u8]) -> Result<(), Full> {
        let (index, text, other) =
            if to.is_common() { (0, Text::Clipboard, 1) } else { (1, Text::Selection, 0) };
        self.set_text(frame, text, &[data])?;
        let copied = &mut self.info_mut(frame).copied;
        copied[index] = Copied { to, count: copied[index].count.wrapping_add(1) };
        copied[other].to = copied[other].to.without(to);
        if copied[1].to.is_empty() {
            // It is nowhere any more. What is in the clipboard stays there.
            self.set_text(frame, Text::Selection, &[])?;
        }
        Ok(())
    }

    /// Sets what was copied to the clipboard, in base64.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room for it; the old one stays.
    pub fn set_clipboard(&mut self, frame: &Frame, data: &[u8]) -> Result<(), Full> {
        self.copy(frame, Selections::parse(b"c"), data)
    }

    /// Writes `text` over a row from `column` on, cut at the right margin; for what is laid over
    /// the screen by ourselves. Returns the column after it.
    pub fn write_text(
        &mut self,
        frame: &Frame,
        row: u16,
        column: u16,
        text: &str,
        rendition: Rendition,
    ) -> u16 {
        let cells = self.row_mut(frame, row);
        let mut column = usize::from(column);
        for c in text.chars().filter(|c| !c.is_control()) {
            let width = width::width(c);
            if width == 0 || column + width > cells.len() {
                continue;
            }
            sever(cells, column);
            sever(cells, column + width);
            let glyph = if width == 2 { Glyph::wide(c) } else { Glyph::narrow(c) };
            cells[column] = Cell::new(glyph, rendition);
            if width == 2 {
                cells[column + 1] = Cell::new(Glyph::TAIL, rendition);
            }
            column += width;
        }
        column as u16
    }

    /// Copies `len` cells of the row at `from` over those at `to`, with what stands there already.
    /// What is left of a wide character that is cut is a space.
    pub fn copy_cells(&mut self, frame: &Frame, from: Position, to: Position, len: u16) {
        let columns = usize::from(self.size(frame).columns);
        let (start, at, len) = (from.column.into(), usize::from(to.column), usize::from(len));
        if at + len == columns {
            self.set_wrapped(frame, to.row, false);
        }
        // Names may change while the row is made to be written.
        self.row_mut(frame, to.row);
        let (source, target) = (self.row_id(frame, from.row), self.row_id(frame, to.row));
        self.rows.copy_cells(source, start, target, at, len);
        let cells = self.row_mut(frame, to.row);
        for edge in [at, at + len] {
            if edge > 0 && cells[edge - 1].glyph().is_wide() {
                cells[edge - 1].set_glyph(Glyph::SPACE);
            }
            if cells.get(edge).is_some_and(|cell| cell.glyph().is_tail()) {
                cells[edge].set_glyph(Glyph::SPACE);
            }
        }
    }

    /// Adds a combining mark to a cell. On an empty cell it stands on a no-break space.
    ///
    /// Returns whether the cell was empty, in which case the mark has taken its place. Marks
    /// beyond the limit of a cell, or for which the store has no room, are dropped.
    pub fn combine(&mut self, frame: &Frame, row: u16, column: u16, mark: char) -> bool {
        self.append(frame, row, column, [mark])
    }

    /// Adds characters to a cell as [`combine`](Self::combine) adds one.
    pub fn append(
        &mut self,
        frame: &Frame,
        row: u16,
        column: u16,
        text: impl IntoIterator<Item = char>,
    ) -> bool {
        let cell = self.row(frame, row)[usize::from(column)];
        let mut buf = [0; MAX_CLUSTER];
        let was_empty = cell.glyph() == Glyph::EMPTY;
        let mut end = if was_empty {
            '\u{a0}'.encode_utf8(&mut buf).len()
        } else {
            self.glyph_str(&cell, &mut buf).len()
        };
        let start = end;
        for c in text {
            if end >= APPEND_BELOW {
                break;
            }
            end += c.encode_utf8(&mut buf[end..]).len();
        }
        if end == start {
            return false;
        }
        let Ok(index) = self.clusters.intern(&buf[..end], &self.rows) else {
            return false;
        };
        let glyph = Glyph::cluster(index, cell.glyph().is_wide());
        self.row_mut(frame, row)[usize::from(column)].set_glyph(glyph);
        was_empty
    }

    /// What to print for a cell: its character and marks; a space for an empty one, nothing for
    /// the tail of a wide one.
    pub fn glyph_str<'b>(&self, cell: &Cell, buf: &'b mut [u8; MAX_CLUSTER]) -> &'b str {
        let len = if let Some(index) = cell.glyph().cluster_index() {
            let bytes = self.clusters.bytes(index);
            buf[..bytes.len()].copy_from_slice(bytes);
            bytes.len()
        } else if cell.glyph().is_tail() {
            0
        } else {
            cell.glyph().single().unwrap_or(' ').encode_utf8(buf).len()
        };
        core::str::from_utf8(&buf[..len]).unwrap_or_default()
    }
}
