//! One cell of the screen in twelve bytes.

use super::rendition::GLYPH_BITS;
use super::{Look, Rendition};

/// What stands in a cell: nothing, a character, a character with combining marks (a *cluster*,
/// whose bytes the store keeps), or the right half of a wide character.
///
/// Of its 22 bits the low 21 are a character or, above all characters, the number of a cluster;
/// equal glyphs look equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Glyph(u32);

const WIDE: u32 = 1 << 21;
const VALUE: u32 = WIDE - 1;
const TAIL: u32 = VALUE;
/// The value of the first cluster; clusters are numbered with 16 bits.
const CLUSTER: u32 = char::MAX as u32 + 1;

const _: () = assert!(WIDE << 1 == 1 << GLYPH_BITS && CLUSTER + (u16::MAX as u32) < TAIL);

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
        Self((CLUSTER + index) | if wide { WIDE } else { 0 })
    }

    pub(super) const fn cluster_index(self) -> Option<u32> {
        if self.is_tail() { None } else { (self.0 & VALUE).checked_sub(CLUSTER) }
    }

    /// The character, unless the cell is empty, the tail of a wide one or holds a cluster.
    #[must_use]
    pub fn single(self) -> Option<char> {
        // Clusters and tails are above all characters.
        if self.0 == 0 { None } else { char::from_u32(self.0 & VALUE) }
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

    /// The same in one column or in two; for what has no other half beside it yet or any more.
    pub(crate) const fn with_width(self, wide: bool) -> Self {
        Self(self.0 & !WIDE | if wide { WIDE } else { 0 })
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
#[repr(transparent)]
pub struct Cell([u32; 3]);

// The storage of a screen is counted in cells: 80x24 in 23,040 bytes.
const _: () = assert!(size_of::<Cell>() == 12);

const GLYPH: u32 = (1 << GLYPH_BITS) - 1;

impl Cell {
    /// An erased cell with default colours.
    pub const EMPTY: Self = Self::new(Glyph::EMPTY, Rendition::DEFAULT);

    /// Returns the cell that shows `glyph` in this rendition.
    #[must_use]
    #[inline]
    pub const fn new(glyph: Glyph, rendition: Rendition) -> Self {
        let [first, second, third] = rendition.bits();
        Self([first, second, third | glyph.0])
    }

    /// Returns the cell that erasing leaves while `rendition` is the current one.
    #[must_use]
    pub const fn erased(rendition: Rendition) -> Self {
        Self::new(Glyph::EMPTY, rendition.erased())
    }

    /// What is drawn.
    #[must_use]
    #[inline]
    pub const fn glyph(&self) -> Glyph {
        Glyph(self.0[2] & GLYPH)
    }

    /// How it is drawn.
    #[must_use]
    #[inline]
    pub const fn rendition(&self) -> Rendition {
        let [first, second, third] = self.0;
        Rendition::from_bits([first, second, third & !GLYPH])
    }

    /// Draws something else in the same rendition.
    pub const fn set_glyph(&mut self, glyph: Glyph) {
        self.0[2] = self.0[2] & !GLYPH | glyph.0;
    }

    /// Draws the same in another rendition.
    pub const fn set_rendition(&mut self, rendition: Rendition) {
        *self = Self::new(self.glyph(), rendition);
    }

    /// Whether both look the same: equal in what can be seen, where an erased cell equals a
    /// written space.
    #[must_use]
    #[inline]
    pub const fn looks_like(&self, other: &Self, look: Look) -> bool {
        let (glyph, others) = (self.glyph(), other.glyph());
        (glyph.0 == others.0 || glyph.is_blank() && others.is_blank())
            && self.rendition().looks_like(other.rendition(), look)
    }
}

/// Blanks both halves of a wide character that lies across the left edge of column `at`, because
/// one of them is about to be overwritten or moved.
pub fn sever(cells: &mut [Cell], at: usize) {
    if at > 0 && cells.get(at).is_some_and(|cell| cell.glyph().is_tail()) {
        cells[at - 1].set_glyph(Glyph::SPACE);
        cells[at].set_glyph(Glyph::SPACE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::{Color, ExtraId};

    #[test]
    fn glyph_and_rendition_do_not_disturb_each_other() {
        let full = Rendition::DEFAULT
            .with_background(Color::Rgb(255, 255, 255))
            .with_protected(true)
            .with_extra(ExtraId::from_bits((1 << ExtraId::BITS) - 1));
        let wide = Glyph::cluster(u16::MAX.into(), true);
        for glyph in [Glyph::EMPTY, Glyph::TAIL, Glyph::wide(char::MAX), wide] {
            for rendition in [Rendition::DEFAULT, full] {
                let mut cell = Cell::new(glyph, rendition);
                assert_eq!((cell.glyph(), cell.rendition()), (glyph, rendition));
                cell.set_glyph(Glyph::SPACE);
                assert_eq!(cell, Cell::new(Glyph::SPACE, rendition));
                cell.set_rendition(full);
                assert_eq!(cell, Cell::new(Glyph::SPACE, full));
            }
        }
    }

    #[test]
    fn kinds_of_glyphs_are_told_apart() {
        for wide in [false, true] {
            for index in [0, 1, u16::MAX.into()] {
                let cluster = Glyph::cluster(index, wide);
                assert_eq!(cluster.cluster_index(), Some(index));
                assert_eq!((cluster.single(), cluster.is_wide()), (None, wide));
                assert!(!cluster.is_tail() && !cluster.is_blank());
            }
        }
        for glyph in [Glyph::EMPTY, Glyph::TAIL, Glyph::SPACE, Glyph::wide(char::MAX)] {
            assert_eq!(glyph.cluster_index(), None);
        }
        assert_eq!(Glyph::TAIL.single(), None);
        assert_eq!(Glyph::EMPTY.single(), None);
        assert_eq!(Glyph::wide(char::MAX).single(), Some(char::MAX));
    }
}
