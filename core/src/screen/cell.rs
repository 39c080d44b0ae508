//! One cell of the screen in twelve bytes.

use super::Rendition;

/// What stands in a cell: nothing, a character, a character with combining marks (a *cluster*,
/// whose bytes the store keeps), or the right half of a wide character.
///
/// The low 21 bits are a character or the number of a cluster; equal glyphs look equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Glyph(u32);

const WIDE: u32 = 1 << 31;
const CLUSTER: u32 = 1 << 30;
const TAIL: u32 = 1 << 29;
const VALUE: u32 = (1 << 21) - 1;

impl Glyph {
    /// Never written, or erased.
    pub const EMPTY: Self = Self(0);
    /// The right half of the wide character in the cell before.
    pub const TAIL: Self = Self(TAIL);
    /// A written space.
    pub const SPACE: Self = Self(b' ' as u32);

    /// Returns the glyph of a character that takes one column.
    #[must_use]
    pub const fn narrow(c: char) -> Self {
        Self(c as u32)
    }

    /// Returns the glyph of a character that takes two columns.
    #[must_use]
    pub const fn wide(c: char) -> Self {
        Self(c as u32 | WIDE)
    }

    pub(super) const fn cluster(index: u32, wide: bool) -> Self {
        Self(index | CLUSTER | if wide { WIDE } else { 0 })
    }

    pub(super) const fn cluster_index(self) -> Option<u32> {
        if self.0 & CLUSTER != 0 { Some(self.0 & VALUE) } else { None }
    }

    /// The character, unless the cell is empty, the tail of a wide one or holds a cluster.
    #[must_use]
    pub fn single(self) -> Option<char> {
        if self.0 & (CLUSTER | TAIL) != 0 || self.0 == 0 {
            return None;
        }
        char::from_u32(self.0 & VALUE)
    }

    /// The character as a byte, if it is one of ASCII.
    #[must_use]
    pub const fn ascii(self) -> Option<u8> {
        if self.0 != 0 && self.0 < 0x80 { Some(self.0 as u8) } else { None }
    }

    /// A number that equal glyphs have in common, and no others of the same store.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether this is the left half of a character that takes two columns.
    #[must_use]
    pub const fn is_wide(self) -> bool {
        self.0 & WIDE != 0
    }

    /// Whether this is the right half of a wide character.
    #[must_use]
    pub const fn is_tail(self) -> bool {
        self.0 == TAIL
    }

    /// Whether nothing is drawn: empty, or a space.
    #[must_use]
    pub const fn is_blank(self) -> bool {
        self.0 == 0 || self.0 == b' ' as u32
    }
}

/// One place of the grid.
///
/// A wide character is two cells, [`Glyph::wide`] and [`Glyph::TAIL`]; neither ever stands alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Cell {
    /// What is drawn.
    pub glyph: Glyph,
    /// How it is drawn.
    pub rendition: Rendition,
}

// The storage of a screen is counted in cells: 80x24 in 23,040 bytes.
const _: () = assert!(size_of::<Cell>() == 12);

impl Cell {
    /// An erased cell with default colours.
    pub const EMPTY: Self = Self { glyph: Glyph::EMPTY, rendition: Rendition::DEFAULT };

    /// Returns the cell that erasing leaves while `rendition` is the current one.
    #[must_use]
    pub const fn erased(rendition: Rendition) -> Self {
        Self { glyph: Glyph::EMPTY, rendition: rendition.erased() }
    }

    /// Whether both look the same: equal, where an erased cell equals a written space.
    #[must_use]
    pub fn looks_like(&self, other: &Self) -> bool {
        self.rendition == other.rendition
            && (self.glyph == other.glyph || self.glyph.is_blank() && other.glyph.is_blank())
    }
}

/// Blanks both halves of a wide character that lies across the left edge of column `at`, because
/// one of them is about to be overwritten or moved.
pub fn sever(cells: &mut [Cell], at: usize) {
    if at > 0 && cells.get(at).is_some_and(|cell| cell.glyph.is_tail()) {
        cells[at - 1].glyph = Glyph::SPACE;
        cells[at].glyph = Glyph::SPACE;
    }
}
