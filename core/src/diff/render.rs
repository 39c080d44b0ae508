//! The renderer: escape sequences that turn one image into another.
//!
//! Output is bell, titles, clipboard, reverse video; clearing, if the content is unknown; a
//! scroll; rows from top to bottom; cursor, rendition and modes. At the end the reader's margins,
//! origin, insert and autowrap modes are what they were, and the cursor was placed explicitly
//! unless nothing was drawn: these belong to no image.
//!
//! # Differences
//!
//! From mosh 1.4's renderer, all of them within what its client interprets: any region may
//! scroll either way; renditions and cursor movements take the shortest form; rows are not
//! cleared again after the screen was; nothing but absolute positions and CR follows the last
//! column; the position is stated anew after a character whose width is contested.

use super::Capabilities;
use super::below::Below;
use super::extras::NO_LINK;
use super::pen::{At, Pen, write_counted, write_margins, write_mode, write_numbered};
use super::row::Row;
use super::scroll::Scroll;
use crate::screen::{
    CursorStyle, Frame, FrameInfo, Modes, MouseEncoding, MouseMode, Position, Rendition, RowMarks,
    Screens,
};
use crate::storage::{Buffer, Full};
use embedded_io::Write;

/// How far a diff got.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Reached {
    /// The whole target.
    All,
    /// The first so many rows of the target and all else of the base: the frame that
    /// [`Screens::compose`] makes.
    Rows {
        /// How many.
        rows: u16,
        /// The last of them wraps into a row that was not reached: there it does not.
        cut: bool,
    },
}

/// Writes what turns `last` into `target`; `None` stands for a terminal of the right size whose
/// content and modes are unknown.
///
/// Frames of different size mean that the reader's screen was resized already; it is painted
/// anew.
///
/// # Errors
///
/// Those of `out`.
pub fn render<W: Write>(
    screens: &Screens<'_>,
    caps: &Capabilities,
    last: Option<&Frame>,
    target: &Frame,
    out: &mut W,
) -> Result<(), W::Error> {
    let mut renderer = Renderer::new(screens, caps, last, target, out);
    renderer.announce()?;
    renderer.clear_if_unknown()?;
    renderer.scroll()?;
    renderer.below = renderer.blank_below();
    let mut wrapping = false;
    for row in 0..screens.size(target).rows {
        if renderer.erased_below || !wrapping && renderer.erase_below(row)? {
            break;
        }
        wrapping = renderer.row(row, wrapping)?;
    }
    let info = screens.info(target);
    renderer.settle(info)?;
    renderer.modes(info)
}

/// Bytes kept for cursor, visibility and rendition at the end of a partial diff, but for a link.
const TAIL: usize = 128;

/// Bytes left free for what its caller puts around a diff.
const FRAMING: usize = 16;

/// As [`render`], but stops before the first row that does not fit into what is left of `out`
/// but a few bytes, which stay free for framing.
///
/// # Errors
///
/// [`Full`] if not one row that changes anything fits; `out` is then as it was.
pub fn render_within(
    screens: &Screens<'_>,
    caps: &Capabilities,
    last: &Frame,
    target: &Frame,
    out: &mut Buffer<'_>,
) -> Result<Reached, Full> {
    let start = out.len();
    let whole = render(screens, caps, Some(last), target, out);
    if whole.is_ok() && out.max_len() - out.len() >= FRAMING {
        return Ok(Reached::All);
    }
    out.truncate(start);
    let link: usize =
        screens.text(screens.extra(screens.info(last).rendition).link).map(<[u8]>::len).sum();
    let limit = out.max_len().saturating_sub(TAIL + FRAMING + if caps.links { link } else { 0 });
    let mut renderer = Renderer::new(screens, caps, Some(last), target, out);
    let mut safe = None;
    if renderer.clear_if_unknown().is_ok() {
        let (mut wrapping, mut changes) = (false, 0);
        for row in 0..screens.size(target).rows {
            let before = renderer.out.len();
            let written = renderer.row(row, wrapping);
            if written.is_err() || renderer.out.len() > limit {
                break;
            }
            wrapping = written?;
            changes += usize::from(renderer.out.len() > before);
            // A row that wraps into the next is unwrapped in the state between them, and written
            // again with the next: on its own it is no progress.
            if changes > usize::from(wrapping) {
                safe = Some((row + 1, wrapping, renderer.out.len(), renderer.pen));
            }
        }
    }
    let Some((rows, cut, len, pen)) = safe else {
        out.truncate(start);
        return Err(Full);
    };
    renderer.out.truncate(len);
    renderer.pen = pen;
    let mut info = screens.info(last).clone();
    let size = screens.size(target);
    info.cursor.row = info.cursor.row.min(size.rows - 1);
    info.cursor.column = info.cursor.column.min(size.columns - 1);
    renderer.settle(&info)?;
    Ok(Reached::Rows { rows, cut })
}

pub(super) struct Renderer<'r, 's, W> {
    pub(super) screens: &'r Screens<'s>,
    pub(super) caps: &'r Capabilities,
    /// What the reader shows; its modes are known even where its cells are not.
    pub(super) last: Option<&'r Frame>,
    pub(super) target: &'r Frame,
    /// The cells of `last` are on the reader's screen.
    cells_known: bool,
    /// What was scrolled before rows are written.
    scrolled: Option<Scroll>,
    /// Rows that may be erased at once.
    pub(super) below: Option<Below>,
    /// They were.
    pub(super) erased_below: bool,
    pub(super) pen: Pen,
    pub(super) out: &'r mut W,
}

impl<'r, 's, W: Write> Renderer<'r, 's, W> {
    fn new(
        screens: &'r Screens<'s>,
        caps: &'r Capabilities,
        last: Option<&'r Frame>,
        target: &'r Frame,
        out: &'r mut W,
    ) -> Self {
        let size = screens.size(target);
        let mut pen = Pen { at: At::Unknown, rendition: Rendition::DEFAULT, visible: false };
        let mut cells_known = false;
        if let Some(last) = last {
            let info = screens.info(last);
            pen.visible = info.modes.cursor_visible;
            pen.rendition = caps.seen(info.rendition);
            if info.size() == size {
                cells_known = true;
                // Every diff ends by placing the cursor, so no wrap is pending even in the last
                // column.
                pen.at = At::Exactly(info.cursor);
            }
        }
        Self {
            screens,
            caps,
            last,
            target,
            cells_known,
            scrolled: None,
            below: None,
            erased_below: false,
            pen,
            out,
        }
    }

    pub(super) fn last_info(&self) -> Option<&'r FrameInfo> {
        self.last.map(|last| self.screens.info(last))
    }

    fn clear_if_unknown(&mut self) -> Result<(), W::Error> {
        if self.cells_known {
            return Ok(());
        }
        if self.caps.links && (self.last.is_none() || self.link(self.pen.rendition).is_some()) {
            self.out.write_all(NO_LINK)?;
        }
        self.out.write_all(b"\x1b[r\x1b[0m\x1b[H\x1b[2J")?;
        self.pen.at = At::Exactly(Position::default());
        self.pen.rendition = Rendition::DEFAULT;
        if self.last.is_none() || self.caps.hide_cursor {
            self.pen.visible = false;
            write_mode(self.out, 25, false)?;
        }
        Ok(())
    }

    fn scroll(&mut self) -> Result<(), W::Error> {
        let Some(last) = self.last.filter(|_| self.cells_known) else { return Ok(()) };
        let Some(scroll) = Scroll::find(self.screens, last, self.target, self.caps.look()) else {
            return Ok(());
        };
        self.scrolled = Some(scroll);
        // Rows that enter are erased with the current background.
        self.select(Rendition::DEFAULT)?;
        let Scroll { top, bottom, by } = scroll;
        let whole = top == 0 && bottom + 1 == self.screens.size(self.target).rows;
        self.hide()?;
        if !whole {
            write_margins(self.out, top, bottom)?;
            self.pen.at = At::Unknown;
        }
        let count = by.unsigned_abs() as u16;
        // A few line feeds in the last row are as short as SU, and every terminal knows them.
        let at_edge = match self.pen.at {
            At::Exactly(at) => by > 0 && at.row == bottom,
            _ => false,
        };
        if self.caps.scroll_commands && !(at_edge && count <= 4) {
            write_counted(self.out, count, if by > 0 { b'S' } else { b'T' })?;
        } else {
            let row = if by > 0 { bottom } else { top };
            if !matches!(self.pen.at, At::Exactly(at) if at.row == row) {
                self.pen.move_to(self.out, Position { row, column: 0 })?;
            }
            for _ in 0..count {
                self.out.write_all(if by > 0 { b"\n" } else { b"\x1bM" })?;
            }
        }
        if !whole {
            self.out.write_all(b"\x1b[r")?;
            self.pen.at = At::Unknown;
        }
        Ok(())
    }

    /// Writes what differs in a row.
    ///
    /// `wrapping`: the row before goes on in this one, and the reader learns that by printing
    /// past its end. Returns the same for the next row.
    fn row(&mut self, row: u16, wrapping: bool) -> Result<bool, W::Error> {
        let (screens, target) = (self.screens, self.target);
        let rows = screens.size(target).rows;
        let new = screens.row(target, row);
        let wraps = screens.wrapped(target, row) && row + 1 < rows;
        let (mut source, mut wrapping) = (self.source(row), wrapping);
        if source.is_some_and(|(last, from)| self.loses_marks(last, from, row)) {
            self.erase_row(row, wrapping)?;
            (source, wrapping) = (None, false);
        }
        let mut wrapped = false;
        if let Some((last, from)) = source {
            // The flag of the last row cannot have reached the reader.
            wrapped = screens.wrapped(last, from) && from + 1 < rows;
            let same = screens.row_id(last, from) == screens.row_id(target, row);
            if same && !wrapping && wraps == wrapped {
                return Ok(false);
            }
        }
        let old = source.map(|(last, from)| screens.row(last, from));
        let (flag_changes, look) = (wraps != wrapped, self.caps.look());
        self.cells(Row { row, new, old, wraps, flag_changes, look, spilled: 0 }, wrapping)?;
        self.mark(row, source)?;
        Ok(wraps && self.pen.at == At::Edge(row))
    }

    /// The row whose contents the reader shows in `row`; none where it is blank.
    pub(super) fn source(&self, row: u16) -> Option<(&'r Frame, u16)> {
        let last = self.last.filter(|_| self.cells_known)?;
        let from = self.scrolled.map_or(Some(row), |scroll| scroll.source(row))?;
        Some((last, from))
    }

    /// Whether a row has marks that it should not have: only erasing takes them away.
    pub(super) fn loses_marks(&self, last: &Frame, from: u16, row: u16) -> bool {
        let has = |had: RowMarks| self.screens.marks(self.target, row).contains(had);
        self.caps.prompt_marks && !has(self.screens.marks(last, from))
    }

    /// Erases a row, whose first cell is written before if that ends a wrap.
    fn erase_row(&mut self, row: u16, wrapping: bool) -> Result<(), W::Error> {
        if wrapping {
            self.put(self.screens.row(self.target, row)[0], Position { row, column: 0 })?;
        }
        self.erase(row, Rendition::DEFAULT, b"\x1b[2K")
    }

    /// Erases with a sequence that takes effect from the beginning of a row on.
    pub(super) fn erase(
        &mut self,
        row: u16,
        rendition: Rendition,
        sequence: &[u8],
    ) -> Result<(), W::Error> {
        self.hide()?;
        self.pen.move_to(self.out, Position { row, column: 0 })?;
        self.select(rendition)?;
        self.out.write_all(sequence)
    }

    /// Marks a row, while the cursor is in it.
    fn mark(&mut self, row: u16, source: Option<(&Frame, u16)>) -> Result<(), W::Error> {
        let new = self.screens.marks(self.target, row);
        let old = source.map_or(RowMarks::NONE, |(last, from)| self.screens.marks(last, from));
        if !self.caps.prompt_marks || old == new {
            return Ok(());
        }
        let inside = match self.pen.at {
            At::Exactly(at) => at.row == row,
            At::Edge(at) => at == row,
            At::Unknown => false,
        };
        if !inside {
            self.pen.move_to(self.out, Position { row, column: 0 })?;
        }
        if new.prompt && !old.prompt {
            self.out.write_all(b"\x1b]133;A\x07")?;
        }
        if new.output && !old.output {
            self.out.write_all(b"\x1b]133;C\x07")?;
        }
        Ok(())
    }

    /// Hides the cursor while it goes elsewhere, if the reader shows each step.
    pub(super) fn hide(&mut self) -> Result<(), W::Error> {
        if self.caps.hide_cursor && self.pen.visible {
            self.pen.visible = false;
            write_mode(self.out, 25, false)?;
        }
        Ok(())
    }

    /// Leaves cursor and rendition as an image has them.
    fn settle(&mut self, info: &FrameInfo) -> Result<(), W::Error> {
        self.pen.move_to(self.out, info.cursor)?;
        if self.pen.visible != info.modes.cursor_visible {
            self.pen.visible = info.modes.cursor_visible;
            write_mode(self.out, 25, self.pen.visible)?;
        }
        self.select(info.rendition)
    }

    fn modes(&mut self, new: &FrameInfo) -> Result<(), W::Error> {
        let (old, new) = (self.last_info().map(|last| last.modes), new.modes);
        if old.is_none_or(|old| old.bracketed_paste != new.bracketed_paste) {
            write_mode(self.out, 2004, new.bracketed_paste)?;
        }
        if old.is_none_or(|old| old.mouse != new.mouse) {
            let all = [1003, 1002, 1001, 1000, 9];
            self.switch(&all, old.map(|old| old.mouse.number()), new.mouse.number())?;
        }
        if old.is_none_or(|old| old.focus_events != new.focus_events) {
            write_mode(self.out, 1004, new.focus_events)?;
        }
        if old.is_none_or(|old| old.mouse_encoding != new.mouse_encoding) {
            let all = [1015, 1006, 1005];
            let old = old.map(|old| old.mouse_encoding.number());
            self.switch(&all, old, new.mouse_encoding.number())?;
        }
        self.more_modes(old, new)
    }

    /// Modes that not every reader knows. None of them is known of a reader whose modes are not.
    fn more_modes(&mut self, old: Option<Modes>, new: Modes) -> Result<(), W::Error> {
        let caps = self.caps;
        if caps.mouse_pixels {
            self.mouse_pixels(old, new)?;
        }
        let switches = |modes: Modes| {
            [
                (caps.alternate_scroll, 1007, modes.alternate_scroll),
                (caps.alternate_screen, 1049, modes.alternate_screen),
                (caps.cursor_style, 12, modes.cursor_blink),
            ]
        };
        let before = old.map(switches);
        for (index, (known, number, on)) in switches(new).into_iter().enumerate() {
            // Who lets the wheel scroll or the cursor blink meant it, until a program speaks; so
            // did who chose the shape of the cursor.
            if known && before.map_or(on, |before| before[index].2 != on) {
                write_mode(self.out, number, on)?;
            }
        }
        let style = old.map_or(CursorStyle::Default, |old| old.cursor_style);
        if caps.cursor_style && style != new.cursor_style {
            write_numbered(self.out, b"\x1b[", new.cursor_style.number(), b" q")?;
        }
        let (old, new) = (old.map(|old| old.keyboard), new.keyboard);
        if caps.kitty_keyboard && old.is_none_or(|old| old.kitty != new.kitty) {
            write_numbered(self.out, b"\x1b[=", new.kitty.into(), b"u")?;
        }
        let level = new.modify_other_keys;
        if caps.modify_other_keys && old.is_none_or(|old| old.modify_other_keys != level) {
            write_numbered(self.out, b"\x1b[>4;", level.into(), b"m")?;
        }
        let keypad = new.application_keypad;
        if caps.keypad && old.is_none_or(|old| old.application_keypad != keypad) {
            self.out.write_all(if keypad { b"\x1b=" } else { b"\x1b>" })?;
        }
        Ok(())
    }

    /// Pixels take the place of an encoding, and are switched off by one.
    fn mouse_pixels(&mut self, old: Option<Modes>, new: Modes) -> Result<(), W::Error> {
        let were_on = old.is_some_and(|old| old.mouse_pixels);
        let kept = old.is_some_and(|old| old.mouse_encoding == new.mouse_encoding);
        if new.mouse_pixels && !(were_on && kept) {
            return write_mode(self.out, 1016, true);
        }
        if were_on && !new.mouse_pixels {
            write_mode(self.out, 1016, false)?;
            if new.mouse_encoding != MouseEncoding::Byte {
                write_mode(self.out, new.mouse_encoding.number(), true)?;
            }
        }
        Ok(())
    }

    /// Switches from one mode of a group to another; 0 is none of them.
    fn switch(&mut self, all: &[u16], old: Option<u16>, new: u16) -> Result<(), W::Error> {
        const _: () = assert!(MouseMode::Off.number() == 0 && MouseEncoding::Byte.number() == 0);
        match old {
            None => {
                for &number in all {
                    write_mode(self.out, number, false)?;
                }
            }
            Some(0) => {}
            Some(old) => write_mode(self.out, old, false)?,
        }
        if new != 0 {
            write_mode(self.out, new, true)?;
        }
        Ok(())
    }
}
