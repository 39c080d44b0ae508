//! What of a terminal is not part of the screen image.

use super::charsets::Charsets;
use super::cursor::ReverseWrap;
use super::keyboard::Flags;
use super::modes::SavedModes;
use super::synchronized::Synchronized;
use crate::screen::graphemes::Boundary;
use crate::screen::{Frame, MAX_COLUMNS, Position, Rendition, Size};
use core::ops::RangeInclusive;

/// What DECSC saves.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Saved {
    pub(super) cursor: Position,
    pub(super) rendition: Rendition,
    pub(super) charsets: Charsets,
    /// There is something saved.
    pub(super) is_set: bool,
    pub(super) origin: bool,
    pub(super) pending_wrap: bool,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) size: Size,
    /// The scroll region, both rows included.
    pub(super) top: u16,
    pub(super) bottom: u16,
    /// The columns of the scroll region, both included.
    pub(super) left: u16,
    pub(super) right: u16,
    /// The program may set left and right margins (DECLRMM).
    pub(super) side_margins: bool,
    /// How the cursor goes back over the ends of lines.
    pub(super) reverse_wrap: Option<ReverseWrap>,
    /// DECCARA and DECRARA change a rectangle and not a stream of text (DECSACE).
    pub(super) rectangular_extent: bool,
    /// The level of a VT100 (1) to that of a VT420 (4), which a program can choose (DECSCL).
    pub(super) conformance: u8,
    /// The last column was written: the next character goes to the next row.
    pub(super) pending_wrap: bool,
    pub(super) autowrap: bool,
    pub(super) origin: bool,
    pub(super) insert: bool,
    /// LF goes to the beginning of the next row (LNM).
    pub(super) new_line: bool,
    /// The program counts columns by grapheme clusters (mode 2027).
    pub(super) grapheme_clusters: bool,
    /// What the next character may belong to in that mode, if `written` says that there is any.
    pub(super) boundary: Boundary,
    /// The program is to be told when the user's colours change (mode 2031).
    pub(super) scheme_reports: bool,
    /// The program is to be told when the size changes (mode 2048).
    pub(super) size_reports: bool,
    pub(super) synchronized: Synchronized,
    pub(super) saved_modes: SavedModes,
    /// Flags of the kitty keyboard protocol, of the primary screen and of the alternate one.
    pub(super) keyboards: [Flags; 2],
    pub(super) application_cursor_keys: bool,
    pub(super) charsets: Charsets,
    /// What DECSC saved, on the primary screen and on the alternate one.
    pub(super) saved: [Saved; 2],
    /// The alternate screen is shown.
    pub(super) alternate: bool,
    /// The buffer that is not shown: the primary screen's, while the alternate one is; else what
    /// is kept of the alternate one.
    pub(super) hidden: Option<Frame>,
    /// The cell written last, if the cursor was not moved since: where combining marks go.
    pub(super) written: Option<Position>,
    /// The character written last, for REP.
    pub(super) repeatable: Option<char>,
    pub(super) tabs: Tabs,
}

impl State {
    pub(super) fn new(size: Size) -> Self {
        Self {
            size,
            top: 0,
            bottom: size.rows - 1,
            left: 0,
            right: size.columns - 1,
            side_margins: false,
            reverse_wrap: None,
            rectangular_extent: false,
            conformance: 4,
            pending_wrap: false,
            autowrap: true,
            origin: false,
            insert: false,
            new_line: false,
            grapheme_clusters: false,
            boundary: Boundary::START,
            scheme_reports: false,
            size_reports: false,
            synchronized: Synchronized::default(),
            saved_modes: SavedModes::default(),
            keyboards: Default::default(),
            application_cursor_keys: false,
            charsets: Charsets::default(),
            saved: [Saved::default(); 2],
            alternate: false,
            hidden: None,
            written: None,
            repeatable: None,
            tabs: Tabs::new(),
        }
    }

    /// All renditions that are kept here: their extras stay in the store.
    pub(super) fn kept(&self) -> [Rendition; 2] {
        self.saved.map(|saved| saved.rendition)
    }

    /// Follows a change of the screen's size.
    pub(super) fn resize(&mut self, size: Size) {
        if size != self.size {
            self.size = size;
            self.reset_margins();
            self.pending_wrap = false;
            self.written = None;
        }
    }

    /// What DECSC saved on the screen that is shown.
    pub(super) fn saved_mut(&mut self) -> &mut Saved {
        &mut self.saved[usize::from(self.alternate)]
    }

    /// The cursor was moved, or cells were: what the last character left behind is gone.
    pub(super) fn moved(&mut self) {
        self.pending_wrap = false;
        self.written = None;
    }

    pub(super) fn last_column(&self) -> u16 {
        self.size.columns - 1
    }

    /// Makes the whole screen the scroll region.
    pub(super) fn reset_margins(&mut self) {
        (self.top, self.bottom) = (0, self.size.rows - 1);
        (self.left, self.right) = (0, self.last_column());
    }

    /// The rows within the margins.
    pub(super) fn rows(&self) -> RangeInclusive<u16> {
        self.top..=self.bottom
    }

    /// The columns within the margins.
    pub(super) fn columns(&self) -> RangeInclusive<u16> {
        self.left..=self.right
    }

    /// Whether the scroll region has whole rows.
    #[inline]
    pub(super) fn is_full_width(&self) -> bool {
        self.left == 0 && self.right == self.last_column()
    }

    /// The column after the last one that text from `column` on is written to.
    #[inline]
    pub(super) fn end_of_line(&self, column: u16) -> u16 {
        if column <= self.right { self.right + 1 } else { self.size.columns }
    }

    /// The first and the last row that the cursor can be sent to.
    pub(super) fn reachable_rows(&self) -> (u16, u16) {
        if self.origin { (self.top, self.bottom) } else { (0, self.size.rows - 1) }
    }

    /// The first and the last column that the cursor can be sent to.
    pub(super) fn reachable_columns(&self) -> (u16, u16) {
        if self.origin { (self.left, self.right) } else { (0, self.last_column()) }
    }
}

const WORDS: usize = MAX_COLUMNS as usize / 64;

/// Tab stops, kept for the widest screen: so columns that a resize adds have theirs.
#[derive(Debug)]
pub(super) struct Tabs([u64; WORDS]);

impl Tabs {
    fn new() -> Self {
        Self([0x0101_0101_0101_0101; WORDS])
    }

    pub(super) fn set(&mut self, column: u16) {
        self.0[usize::from(column / 64)] |= 1 << (column % 64);
    }

    pub(super) fn clear(&mut self, column: u16) {
        self.0[usize::from(column / 64)] &= !(1 << (column % 64));
    }

    /// A stop at every eighth column, as at first.
    pub(super) fn reset(&mut self) {
        *self = Self::new();
    }

    pub(super) fn clear_all(&mut self) {
        self.0 = [0; WORDS];
    }

    pub(super) fn is_set(&self, column: u16) -> bool {
        self.0[usize::from(column / 64)] >> (column % 64) & 1 != 0
    }

    /// The first stop after `column`, or `last`.
    pub(super) fn after(&self, column: u16, last: u16) -> u16 {
        (column + 1..last).find(|&column| self.is_set(column)).unwrap_or(last)
    }

    /// The last stop before `column`, or the first column.
    pub(super) fn before(&self, column: u16) -> u16 {
        (0..column).rev().find(|&column| self.is_set(column)).unwrap_or(0)
    }
}
