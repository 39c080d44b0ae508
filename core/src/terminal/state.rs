//! What of a terminal is not part of the screen image.

use super::charsets::Charsets;
use crate::screen::{Frame, MAX_COLUMNS, Position, Rendition, Size};

/// What DECSC saves.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Saved {
    pub(super) cursor: Position,
    pub(super) rendition: Rendition,
    pub(super) charsets: Charsets,
    pub(super) origin: bool,
    pub(super) pending_wrap: bool,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) size: Size,
    /// The scroll region, both rows included.
    pub(super) top: u16,
    pub(super) bottom: u16,
    /// The last column was written: the next character goes to the next row.
    pub(super) pending_wrap: bool,
    pub(super) autowrap: bool,
    pub(super) origin: bool,
    pub(super) insert: bool,
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
            pending_wrap: false,
            autowrap: true,
            origin: false,
            insert: false,
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
            (self.top, self.bottom) = (0, size.rows - 1);
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

    /// The rows that the cursor can be sent to.
    pub(super) fn reachable(&self) -> (u16, u16) {
        if self.origin { (self.top, self.bottom) } else { (0, self.size.rows - 1) }
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

    pub(super) fn clear_all(&mut self) {
        self.0 = [0; WORDS];
    }

    fn is_set(&self, column: u16) -> bool {
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
