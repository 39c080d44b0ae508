//! Erasing all that is blank down to the end of the screen.

use super::render::Renderer;
use crate::screen::{Cell, Rendition, RowMarks};
use embedded_io::Write;

/// Rows at the end of the target that are blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Below {
    /// The first of them.
    from: u16,
    /// The first and the last that the reader shows otherwise.
    first_changed: u16,
    last_changed: u16,
    /// What all of their cells have.
    rendition: Rendition,
}

impl<W: Write> Renderer<'_, '_, W> {
    /// Finds rows that could be erased together: two of them at least must change.
    pub(super) fn blank_below(&self) -> Option<Below> {
        if !self.caps.erase_below {
            return None;
        }
        let (screens, target, look) = (self.screens, self.target, self.caps.look());
        let rows = screens.size(target).rows;
        let last_changed = (0..rows).rev().find(|&row| self.may_change(row))?;
        (0..last_changed).rev().find(|&row| self.may_change(row))?;
        let last = screens.row(target, rows - 1);
        let rendition = last[last.len() - 1].rendition().seen(look);
        let erases = self.caps.back_colour_erase || rendition == Rendition::DEFAULT;
        if !erases || !rendition.is_erasable() {
            return None;
        }
        let blank =
            |cell: &Cell| cell.glyph().is_blank() && cell.rendition().looks_like(rendition, look);
        let erased = |&row: &u16| {
            let wraps = screens.wrapped(target, row) && row + 1 < rows;
            let marked = self.caps.prompt_marks && screens.marks(target, row) != RowMarks::NONE;
            !wraps && !marked && screens.row(target, row).iter().all(blank)
        };
        let from = (0..rows).rev().take_while(erased).last()?;
        let mut changed = (from..rows).filter(|&row| self.changes(row, blank));
        let first_changed = changed.next()?;
        Some(Below { from, first_changed, last_changed: changed.next_back()?, rendition })
    }

    /// Whether a row has to be looked at.
    fn may_change(&self, row: u16) -> bool {
        self.source(row).is_none_or(|(last, from)| {
            self.screens.row_id(last, from) != self.screens.row_id(self.target, row)
        })
    }

    /// Whether the reader shows something in a row that is to be blank.
    fn changes(&self, row: u16, blank: impl Fn(&Cell) -> bool) -> bool {
        match self.source(row) {
            None => !blank(&Cell::EMPTY),
            Some((last, from)) => {
                self.loses_marks(last, from, row) || !self.screens.row(last, from).iter().all(blank)
            }
        }
    }

    /// Whether blanks of this rendition, which reach to the end of a row, go on in all rows below,
    /// of which some change.
    pub(super) fn erases_below(&self, row: u16, rendition: Rendition) -> bool {
        self.below.is_some_and(|below| {
            below.from <= row + 1 && row < below.last_changed && below.rendition == rendition
        })
    }

    /// Erases this row and all below, if that is what they need. Returns whether it was.
    pub(super) fn erase_below(&mut self, row: u16) -> Result<bool, W::Error> {
        let Some(below) = self.below else { return Ok(false) };
        // The mark of a row goes when all of it is erased, which this does to the others.
        let marked = self.source(row).is_some_and(|(last, from)| self.loses_marks(last, from, row));
        if !(below.first_changed..below.last_changed).contains(&row) || marked {
            return Ok(false);
        }
        self.erase(row, below.rendition, b"\x1b[J")?;
        Ok(true)
    }
}
