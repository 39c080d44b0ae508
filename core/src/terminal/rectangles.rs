//! Functions on rectangles (DEC STD 070, "Rectangular Area Operations"; VT510 reference manual).
//!
//! There is one page. Corners count from the margins in origin mode; what lies outside of the
//! screen is cut off. The cursor stays where it is.

use super::Emulation;
use super::edit::Erase;
use super::parser::Sequence;
use crate::screen::{Attributes, Cell, Glyph, Position, Rendition, Underline};

/// Rows and columns, the last ones included.
#[derive(Clone, Copy, Debug)]
struct Rectangle {
    top: u16,
    left: u16,
    bottom: u16,
    right: u16,
}

/// What DECCARA or DECRARA does to a rendition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Set,
    Toggle,
}

impl Emulation<'_, '_> {
    /// The rectangle that four parameters from `first` on describe, if it is one.
    fn rectangle(&self, sequence: &Sequence, first: usize) -> Option<Rectangle> {
        let (rows, columns) = (self.state.reachable_rows(), self.state.reachable_columns());
        let begin = |index, (first, last): (u16, u16)| {
            Some(first.saturating_add(sequence.param(index, 1) - 1)).filter(|&at| at <= last)
        };
        let end = |index, (first, last): (u16, u16)| {
            first.saturating_add(sequence.param(index, u16::MAX) - 1).min(last)
        };
        let rectangle = Rectangle {
            top: begin(first, rows)?,
            left: begin(first + 1, columns)?,
            bottom: end(first + 2, rows),
            right: end(first + 3, columns),
        };
        let Rectangle { top, left, bottom, right } = rectangle;
        (top <= bottom && left <= right).then_some(rectangle)
    }

    /// DECFRA. Only printable characters of ASCII and Latin-1 fill.
    pub(super) fn fill_rectangle(&mut self, sequence: &Sequence) {
        let code = sequence.param(0, u16::from(b' '));
        let Some(area) = self.rectangle(sequence, 1) else { return };
        if let 0x20..=0x7e | 0xa0..=0xff = code {
            let rendition = self.screens.info(self.frame).rendition;
            let cell = Cell::new(Glyph::narrow(char::from(code as u8)), rendition);
            for row in area.top..=area.bottom {
                self.fill(row, area.left, area.right + 1, cell);
            }
        }
        self.state.written = None;
    }

    /// DECERA and DECSERA.
    pub(super) fn erase_rectangle(&mut self, sequence: &Sequence, what: Erase) {
        let Some(area) = self.rectangle(sequence, 0) else { return };
        for row in area.top..=area.bottom {
            match what {
                Erase::All => self.erase(row, area.left, area.right + 1),
                Erase::Unprotected => self.erase_unprotected(row, area.left, area.right + 1),
            }
        }
        self.state.written = None;
    }

    /// DECCRA.
    pub(super) fn copy_rectangle(&mut self, sequence: &Sequence) {
        let Some(from) = self.rectangle(sequence, 0) else { return };
        let (rows, columns) = (self.state.reachable_rows(), self.state.reachable_columns());
        let row = rows.0.saturating_add(sequence.param(5, 1) - 1);
        let column = columns.0.saturating_add(sequence.param(6, 1) - 1);
        if row > rows.1 || column > columns.1 {
            return;
        }
        let height = (from.bottom - from.top).min(rows.1 - row) + 1;
        let width = (from.right - from.left).min(columns.1 - column) + 1;
        for step in 0..height {
            // Rows that are written are not read again.
            let step = if row > from.top { height - 1 - step } else { step };
            let source = Position { row: from.top + step, column: from.left };
            let target = Position { row: row + step, column };
            self.screens.copy_cells(self.frame, source, target, width);
        }
        self.state.written = None;
    }

    /// DECCARA: sets attributes.
    pub(super) fn change_rectangle(&mut self, sequence: &Sequence) {
        self.alter_rectangle(sequence, Change::Set);
    }

    /// DECRARA: reverses attributes.
    pub(super) fn reverse_rectangle(&mut self, sequence: &Sequence) {
        self.alter_rectangle(sequence, Change::Toggle);
    }

    fn alter_rectangle(&mut self, sequence: &Sequence, change: Change) {
        let Some(area) = self.rectangle(sequence, 0) else { return };
        let attributes = sequence.params().get(4..).filter(|rest| !rest.is_empty()).unwrap_or(&[0]);
        let last = self.state.last_column();
        for row in area.top..=area.bottom {
            // A stream goes from the first corner to the last one like text (DECSACE).
            let stream = !self.state.rectangular_extent;
            let left = if stream && row > area.top { 0 } else { area.left };
            let right = if stream && row < area.bottom { last } else { area.right };
            let cells = self.screens.row_mut(self.frame, row);
            for cell in &mut cells[usize::from(left)..=usize::from(right)] {
                let rendition =
                    attributes.iter().fold(cell.rendition(), |rendition, &attribute| {
                        alter(rendition, change, attribute)
                    });
                cell.set_rendition(rendition);
            }
        }
    }
}

/// Bold, underline, blink and inverse are what these functions know.
fn alter(rendition: Rendition, change: Change, attribute: u16) -> Rendition {
    let all = Attributes::BOLD.with(Attributes::BLINK).with(Attributes::INVERSE);
    let set = |rendition: Rendition, attribute: Attributes| match change {
        Change::Toggle if rendition.attributes().contains(attribute) => rendition.minus(attribute),
        _ => rendition.plus(attribute),
    };
    let underlined = rendition.underline() != Underline::None;
    let underline =
        |on| rendition.with_underline(if on { Underline::Single } else { Underline::None });
    match (attribute, change) {
        (0, Change::Set) => rendition.minus(all).with_underline(Underline::None),
        (0, Change::Toggle) => [1, 4, 5, 7]
            .into_iter()
            .fold(rendition, |rendition, attribute| alter(rendition, change, attribute)),
        (1, _) => set(rendition, Attributes::BOLD),
        (4, Change::Set) => underline(true),
        (4, Change::Toggle) => underline(!underlined),
        (5, _) => set(rendition, Attributes::BLINK),
        (7, _) => set(rendition, Attributes::INVERSE),
        (22, Change::Set) => rendition.minus(Attributes::BOLD),
        (24, Change::Set) => underline(false),
        (25, Change::Set) => rendition.minus(Attributes::BLINK),
        (27, Change::Set) => rendition.minus(Attributes::INVERSE),
        _ => rendition,
    }
}
