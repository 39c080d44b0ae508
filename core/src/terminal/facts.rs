//! What is known of the terminal that the user looks at.
//!
//! A program asks the emulator for colours and sizes in pixels, which only the user's terminal
//! has. A client of ours tells them ahead, so that the answer costs no round trip; what was not
//! told is `None`, and such a question stays without an answer.

use heapless::Vec;
use serde::{Deserialize, Serialize};

use crate::screen::{Rgb, Size};
use crate::wire::mosh::Malformed;

/// What the client told about the user's terminal. [`Facts::UNKNOWN`] before it did, and when the
/// client is one of mosh 1.4.
///
/// It travels in postcard, the fields in this order; new ones come last, and are not looked at by
/// those who do not know them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Facts {
    /// Colour of text that has none of its own (OSC 10).
    pub foreground: Option<Rgb>,
    /// Colour of the background (OSC 11).
    pub background: Option<Rgb>,
    /// Colour of the cursor (OSC 12).
    pub cursor: Option<Rgb>,
    /// The first colours of the palette (OSC 4).
    pub palette: [Option<Rgb>; 16],
    /// Size of the text area (`CSI 14 t`).
    pub area: Option<Pixels>,
    /// Size of one cell (`CSI 16 t`).
    pub cell: Option<Pixels>,
    /// What the terminal can do.
    pub features: Features,
    /// Version of the Unicode table that the client measures text with.
    pub unicode: Option<(u8, u8, u8)>,
}

impl Facts {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self {
        foreground: None,
        background: None,
        cursor: None,
        palette: [None; 16],
        area: None,
        cell: None,
        features: Features::NONE,
        unicode: None,
    };

    /// Bytes of the longest facts: 19 colours, two sizes, features and a version.
    pub const MAX_LEN: usize = 19 * 4 + 2 * 7 + 5 + 4;

    /// Reads facts; a size without an area counts as unknown.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if they are torn.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let (facts, _newer) = postcard::take_from_bytes::<Self>(bytes).map_err(|_| Malformed)?;
        let known = |it: &Pixels| it.width > 0 && it.height > 0;
        Ok(Self { area: facts.area.filter(known), cell: facts.cell.filter(known), ..facts })
    }

    /// Writes the facts.
    ///
    /// # Panics
    ///
    /// Never: there is room for the longest.
    #[must_use]
    pub fn emit(&self) -> Vec<u8, { Self::MAX_LEN }> {
        let mut facts = Vec::new();
        facts.resize_default(Self::MAX_LEN).expect("as long as it can be");
        let len = postcard::to_slice(self, &mut facts).expect("no facts are longer").len();
        facts.truncate(len);
        facts
    }

    /// Whether the background is dark, if it is known.
    #[must_use]
    pub fn is_dark(&self) -> Option<bool> {
        Some(self.background?.brightness() < 128)
    }

    /// The size of a cell, told or computed from a text area of `size` cells.
    #[must_use]
    pub fn cell_size(&self, size: Size) -> Option<Pixels> {
        let computed = || {
            let Pixels { width, height } = self.area?;
            let cell = Pixels { width: width / size.columns, height: height / size.rows };
            (cell.width > 0 && cell.height > 0).then_some(cell)
        };
        self.cell.or_else(computed)
    }

    /// The size of a text area of `size` cells. It follows the cell where that is known, as the
    /// screen may have changed its size since the area was told.
    #[must_use]
    pub fn area_size(&self, size: Size) -> Option<Pixels> {
        let computed = |cell: Pixels| Pixels {
            width: cell.width.saturating_mul(size.columns),
            height: cell.height.saturating_mul(size.rows),
        };
        self.cell.map(computed).or(self.area)
    }
}

/// A size in pixels, both at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Pixels {
    /// From left to right.
    pub width: u16,
    /// From top to bottom.
    pub height: u16,
}

/// A set of abilities of the user's terminal. Bits are part of the protocol: they are only added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Features(u32);

impl Features {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// Colours of 24 bits.
    pub const DIRECT_COLOUR: Self = Self(1);
    /// Shapes and colours of underlines.
    pub const UNDERLINES: Self = Self(1 << 1);
    /// Hyperlinks (OSC 8).
    pub const LINKS: Self = Self(1 << 2);
    /// Shapes of the cursor (DECSCUSR).
    pub const CURSOR_STYLE: Self = Self(1 << 3);
    /// The kitty keyboard protocol.
    pub const KITTY_KEYBOARD: Self = Self(1 << 4);
    /// xterm's modifyOtherKeys.
    pub const MODIFY_OTHER_KEYS: Self = Self(1 << 5);
    /// Places of the mouse in pixels (mode 1016).
    pub const MOUSE_PIXELS: Self = Self(1 << 6);
    /// The clipboard can be set (OSC 52).
    pub const CLIPBOARD: Self = Self(1 << 7);

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` are in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The set as a number, which [`from_bits`](Self::from_bits) takes back.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The set that a number stands for; bits without a meaning are kept.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_was_not_told_is_computed_from_the_other() {
        let size = Size { columns: 80, rows: 24 };
        let pixels = |width, height| Some(Pixels { width, height });
        assert_eq!(Facts::UNKNOWN.cell_size(size), None);
        assert_eq!(Facts::UNKNOWN.area_size(size), None);
        let area = Facts { area: pixels(815, 480), ..Facts::UNKNOWN };
        assert_eq!(area.cell_size(size), pixels(10, 20));
        assert_eq!(area.area_size(size), pixels(815, 480));
        let cell = Facts { cell: pixels(9, 18), ..area };
        assert_eq!(cell.cell_size(size), pixels(9, 18));
        assert_eq!(cell.area_size(size), pixels(720, 432));
        // An area smaller than its cells, and cells larger than any area.
        let absurd = Facts { area: pixels(79, 480), ..Facts::UNKNOWN };
        assert_eq!(absurd.cell_size(size), None);
        let huge = Facts { cell: pixels(60_000, 3000), ..Facts::UNKNOWN };
        assert_eq!(huge.area_size(size), pixels(u16::MAX, u16::MAX));
    }

    #[test]
    fn the_bytes_of_facts_do_not_change() {
        assert_eq!(Facts::UNKNOWN.emit(), [0; 23]);
        let facts = Facts {
            foreground: Some(Rgb(1, 2, 3)),
            area: Some(Pixels { width: 800, height: 480 }),
            features: Features::LINKS.with(Features::CLIPBOARD),
            unicode: Some((16, 0, 0)),
            ..Facts::UNKNOWN
        };
        let bytes =
            [&[1, 1, 2, 3][..], &[0; 18], &[1, 0xa0, 6, 0xe0, 3, 0, 0x84, 1, 1, 16, 0, 0]].concat();
        assert_eq!(facts.emit()[..], bytes);
        assert_eq!(Facts::parse(&[&bytes[..], &[9, 9]].concat()), Ok(facts));
        assert_eq!(Facts::parse(&bytes[..bytes.len() - 1]), Err(Malformed));
    }

    #[test]
    fn the_longest_facts_fit() {
        let (rgb, pixels) = (Some(Rgb(255, 255, 255)), |width| Pixels { width, height: u16::MAX });
        let longest = Facts {
            foreground: rgb,
            background: rgb,
            cursor: rgb,
            palette: [rgb; 16],
            area: Some(pixels(u16::MAX)),
            cell: Some(pixels(u16::MAX)),
            features: Features::from_bits(u32::MAX),
            unicode: Some((255, 255, 255)),
        };
        assert_eq!(longest.emit().len(), Facts::MAX_LEN);
        assert_eq!(Facts::parse(&longest.emit()), Ok(longest));
        let flat = Facts { area: Some(pixels(0)), ..longest };
        assert_eq!(Facts::parse(&flat.emit()), Ok(Facts { area: None, ..longest }));
    }

    #[test]
    fn features_are_sets() {
        let both = Features::LINKS.with(Features::CLIPBOARD);
        assert!(both.contains(Features::LINKS) && both.contains(Features::NONE));
        assert!(!both.contains(Features::LINKS.with(Features::UNDERLINES)));
        assert_eq!(Features::from_bits(both.bits() | 1 << 31).bits(), both.bits() | 1 << 31);
    }
}
