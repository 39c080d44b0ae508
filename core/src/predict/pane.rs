//! Where a line of text lies on the screen: between borders, over several rows, up to its end.

use crate::hash::{self, fnv1a};
use crate::screen::{Attributes, Cell, Color, Frame, Glyph, Position, Screens};

/// The part of the screen between two borders that the cursor stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pane {
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) columns: usize,
    pub(super) rows: u16,
    /// The place of the cursor.
    pub(super) cursor: usize,
}

impl Pane {
    pub(super) fn at_cursor(screens: &Screens<'_>, frame: &Frame) -> Self {
        let Position { row, column } = screens.info(frame).cursor;
        let cells = screens.row(frame, row);
        let column = usize::from(column);
        let left = left_edge(cells, column);
        let right =
            cells[column..].iter().position(is_border).map_or(cells.len(), |at| column + at);
        // On a border there is no pane; one of one column has no place for text.
        let right = right.max(column + 1);
        let rows = screens.size(frame).rows;
        let cursor = usize::from(row) * (right - left) + column - left;
        Self { left, right, columns: cells.len(), rows, cursor }
    }

    pub(super) const fn width(&self) -> usize {
        self.right - self.left
    }

    /// How many places there are.
    pub(super) fn places(&self) -> usize {
        usize::from(self.rows) * self.width()
    }

    /// Whether there is something beside it.
    pub(super) const fn is_part(&self) -> bool {
        self.width() < self.columns
    }

    /// Columns from `place` to the margin.
    pub(super) const fn room(&self, place: usize) -> usize {
        self.width() - place % self.width()
    }

    /// The row and the column of a place.
    pub(super) const fn position(&self, place: usize) -> (u16, usize) {
        ((place / self.width()) as u16, self.left + place % self.width())
    }

    pub(super) fn cell(&self, screens: &Screens<'_>, frame: &Frame, place: usize) -> Option<Cell> {
        self.row_from(screens, frame, place).first().copied()
    }

    /// The rest of the row from a place on, as far as the pane goes and one cell beyond.
    pub(super) fn row_from<'c>(
        &self,
        screens: &'c Screens<'_>,
        frame: &Frame,
        place: usize,
    ) -> &'c [Cell] {
        let (row, column) = self.position(place);
        if row >= self.rows {
            return &[];
        }
        &screens.row(frame, row)[column..self.columns.min(self.right + 1)]
    }
}

/// What a line looks like, to be recognised: equal outlines, equal lines.
///
/// Rows do not count, so that a line is found again after the screen has scrolled; neither do
/// colours, which editors change as they understand more of the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Outline {
    /// The column of the cursor.
    pub(super) column: u16,
    /// Of the text before the cursor.
    pub(super) before: u32,
    /// Of the text from the cursor on.
    pub(super) behind: u32,
}

impl Outline {
    /// Whether nothing stands behind the cursor.
    pub(super) const fn is_at_end(&self) -> bool {
        self.behind == hash::EMPTY
    }

    /// Whether all but the text behind the cursor is equal: suggestions come and go there.
    pub(super) fn begins_like(&self, other: &Self) -> bool {
        self.column == other.column && self.before == other.before
    }
}

/// What the line with the cursor of `frame` looks like.
pub(super) fn outline(screens: &Screens<'_>, frame: &Frame) -> Outline {
    let Position { row, column } = screens.info(frame).cursor;
    let cells = screens.row(frame, row);
    let at = usize::from(column);
    let before = hash(&cells[left_edge(cells, at)..at]);
    let pane = Pane::at_cursor(screens, frame);
    let end = tail_end(screens, frame, pane, pane.cursor);
    let behind = (pane.cursor..end).fold(hash::EMPTY, |hash, place| {
        pane.cell(screens, frame, place).map_or(hash, |cell| mix(hash, &cell))
    });
    Outline { column, before, behind }
}

/// A number for a text. Different ones are as good as never equal.
pub(super) fn hash<'c>(cells: impl IntoIterator<Item = &'c Cell>) -> u32 {
    cells.into_iter().fold(hash::EMPTY, mix)
}

fn mix(hash: u32, cell: &Cell) -> u32 {
    let glyph = if cell.glyph().is_blank() { Glyph::SPACE } else { cell.glyph() };
    fnv1a(hash, &glyph.bits().to_le_bytes())
}

/// The first column of the pane or field that `column` lies in.
pub(super) fn left_edge(cells: &[Cell], column: usize) -> usize {
    cells[..column].iter().rposition(is_border).map_or(0, |border| border + 1)
}

/// Where the text ends that is pushed when something is typed at `place`.
///
/// It goes to the first gap of two blanks; what stands behind one is a prompt at the right or
/// another column. Another background ends it, a suggestion, and the end of a row that did not
/// overflow.
pub(super) fn tail_end(screens: &Screens<'_>, frame: &Frame, pane: Pane, place: usize) -> usize {
    let cell = |place| pane.cell(screens, frame, place);
    let Some(first) = cell(place) else { return place };
    let background = first.rendition().background();
    let typed_faint = place.checked_sub(1).and_then(cell).is_some_and(|cell| is_faint(&cell));
    let (mut end, mut blanks) = (place, 0);
    let (mut row, mut column) = pane.position(place);
    while row < pane.rows {
        let cells = &screens.row(frame, row)[..pane.columns.min(pane.right + 1)];
        for at in column..pane.right {
            let cell = &cells[at];
            let suggested = !typed_faint && is_faint(cell);
            let other = cell.rendition().background() != background;
            if suggested || other || is_filler(&cells[at..]) {
                return end;
            }
            if is_blank(cell) {
                blanks += 1;
                if blanks == 2 {
                    return end;
                }
            } else {
                blanks = 0;
                end = usize::from(row) * pane.width() + at - pane.left + 1;
            }
        }
        if pane.is_part() || !screens.wrapped(frame, row) {
            break;
        }
        (row, column) = (row + 1, pane.left);
    }
    end
}

/// Whether underscores up to the end of a field follow: its free places.
pub(super) fn is_filler(cells: &[Cell]) -> bool {
    let underscores = cells.iter().take_while(|cell| cell.glyph().ascii() == Some(b'_')).count();
    underscores > 0 && cells.get(underscores).is_none_or(|cell| is_blank(cell) || is_border(cell))
}

pub(super) fn is_blank(cell: &Cell) -> bool {
    cell.glyph().is_blank()
}

/// A line between panes (Unicode's box drawing).
pub(super) fn is_border(cell: &Cell) -> bool {
    matches!(cell.glyph().single(), Some('\u{2500}'..='\u{257f}'))
}

/// Drawn as suggestions are: faint or grey.
pub(super) fn is_faint(cell: &Cell) -> bool {
    if is_blank(cell) {
        return false;
    }
    let grey = match cell.rendition().foreground() {
        Color::Palette(index) => index == 8 || (236..=248).contains(&index),
        Color::Rgb(r, g, b) => r.abs_diff(g) < 8 && g.abs_diff(b) < 8 && r < 0xb0,
        Color::Default => false,
    };
    grey || cell.rendition().attributes().contains(Attributes::FAINT)
}
