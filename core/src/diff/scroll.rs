//! Finding a block of rows that moved up or down.

use crate::screen::{Cell, Frame, Look, Screens};

/// Rows that the reader can move by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scroll {
    /// The region, both rows included.
    pub(super) top: u16,
    pub(super) bottom: u16,
    /// How far rows move up; negative: down.
    pub(super) by: i32,
}

/// Cells that must be saved before a scroll is worth its bytes.
const WORTH: usize = 12;

/// What the search may cost: one for a row without a counterpart, since all rows are looked at,
/// and more for a block found, since its cells are compared.
const PATIENCE: u32 = 64;
const BLOCK_COST: u32 = 8;

impl Scroll {
    /// The row of the old screen that stands in `row` after scrolling, if one does.
    pub(super) fn source(self, row: u16) -> Option<u16> {
        if !(self.top..=self.bottom).contains(&row) {
            return Some(row);
        }
        let source = i32::from(row) + self.by;
        let inside = (i32::from(self.top)..=i32::from(self.bottom)).contains(&source);
        inside.then_some(source as u16)
    }

    /// Finds the scroll that saves most between two frames of equal size.
    ///
    /// Rows are recognised by identity: a screen that was scrolled holds the same rows elsewhere.
    pub(super) fn find(
        screens: &Screens<'_>,
        last: &Frame,
        target: &Frame,
        look: Look,
    ) -> Option<Self> {
        let rows = screens.size(target).rows;
        let unchanged = |row| screens.row_id(last, row) == screens.row_id(target, row);
        let first = (0..rows).find(|&row| !unchanged(row))?;
        let end = (first..rows).rev().find(|&row| !unchanged(row))? + 1;
        let mut best = None;
        let mut best_gain = WORTH;
        let mut patience = PATIENCE;
        let mut row = first;
        while row < end && patience > 0 {
            let id = screens.row_id(target, row);
            let Some(from) = (first..end).find(|&old| screens.row_id(last, old) == id) else {
                patience -= 1;
                row += 1;
                continue;
            };
            let length = (0..end - row.max(from))
                .take_while(|&i| screens.row_id(last, from + i) == screens.row_id(target, row + i))
                .count() as u16;
            if from != row {
                let found = Self {
                    top: row.min(from),
                    bottom: row.max(from) + length - 1,
                    by: i32::from(from) - i32::from(row),
                };
                patience = patience.saturating_sub(BLOCK_COST);
                let gain = found.gain(screens, last, target, look);
                if gain > best_gain {
                    (best, best_gain) = (Some(found), gain);
                }
            }
            row += length;
        }
        best
    }

    /// Cells that need no writing thanks to the scroll, less those that need it because of it.
    fn gain(self, screens: &Screens<'_>, last: &Frame, target: &Frame, look: Look) -> usize {
        let differing = |row: u16, old: Option<u16>| {
            let new = screens.row(target, row);
            match old {
                Some(old) if screens.row_id(last, old) == screens.row_id(target, row) => 0,
                Some(old) => {
                    let old = screens.row(last, old);
                    new.iter().zip(old).filter(|(new, old)| !new.looks_like(old, look)).count()
                }
                None => new.iter().filter(|cell| !cell.looks_like(&Cell::EMPTY, look)).count(),
            }
        };
        let region = self.top..=self.bottom;
        let without: usize = region.clone().map(|row| differing(row, Some(row))).sum();
        let with: usize = region.map(|row| differing(row, self.source(row))).sum();
        without.saturating_sub(with)
    }
}
