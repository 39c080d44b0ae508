//! How a cell is drawn: two colours, some attributes, and what few cells have.

use super::ExtraId;

/// A colour of text or background.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Color {
    /// What the terminal uses when nothing is said.
    #[default]
    Default,
    /// An entry of the terminal's palette of 256.
    Palette(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

const COLOR_BITS: u32 = 25;
const COLOR_MASK: u32 = (1 << COLOR_BITS) - 1;
const RGB: u32 = 1 << 24;

impl Color {
    /// In 25 bits: 0, an entry of the palette plus one, or red, green and blue below a bit.
    const fn pack(self) -> u32 {
        match self {
            Self::Default => 0,
            Self::Palette(index) => index as u32 + 1,
            Self::Rgb(r, g, b) => RGB | (r as u32) << 16 | (g as u32) << 8 | b as u32,
        }
    }

    const fn unpack(bits: u32) -> Self {
        let bits = bits & COLOR_MASK;
        if bits & RGB != 0 {
            let [_, r, g, b] = bits.to_be_bytes();
            return Self::Rgb(r, g, b);
        }
        match bits.checked_sub(1) {
            None => Self::Default,
            Some(index) => Self::Palette(index as u8),
        }
    }
}

/// The shape of an underline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Underline {
    /// No underline.
    #[default]
    None,
    /// One straight line.
    Single,
    /// Two straight lines.
    Double,
    /// A wave.
    Curly,
    /// Dots.
    Dotted,
    /// Dashes.
    Dashed,
}

/// A set of attributes that are on or off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Attributes(u8);

impl Attributes {
    /// Heavier or brighter text.
    pub const BOLD: Self = Self(1);
    /// Weaker text.
    pub const FAINT: Self = Self(1 << 1);
    /// Slanted text.
    pub const ITALIC: Self = Self(1 << 2);
    /// Blinking text.
    pub const BLINK: Self = Self(1 << 3);
    /// Text and background colours exchanged.
    pub const INVERSE: Self = Self(1 << 4);
    /// Text that is not shown.
    pub const INVISIBLE: Self = Self(1 << 5);
    /// A line through the text.
    pub const STRIKE: Self = Self(1 << 6);
    /// A line above the text.
    pub const OVERLINE: Self = Self(1 << 7);

    /// Whether all of `other` is in the set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns the set with `other` added.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the set with `other` taken away.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether nothing is set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Everything of a cell but its glyph.
///
/// The three integers of a [`Cell`](super::Cell) with the place of the glyph left empty, so that
/// joining and parting them costs next to nothing:
///
/// - foreground, 25 bits; seven attributes, from bold to strike;
/// - background, 25 bits; overline; three bits of underline; protected; two bits of extra;
/// - 22 bits for the glyph; ten bits of extra.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(transparent)]
pub struct Rendition([u32; 3]);

/// Bits of the last integer that are the glyph's.
pub(super) const GLYPH_BITS: u32 = 22;
const LOW_ATTRIBUTES: u32 = 0x7f;
const OVERLINE: u32 = 1 << COLOR_BITS;
const UNDERLINE_SHIFT: u32 = COLOR_BITS + 1;
const PROTECTED: u32 = 1 << (UNDERLINE_SHIFT + 3);
const EXTRA_HIGH_SHIFT: u32 = UNDERLINE_SHIFT + 4;
const EXTRA_LOW_BITS: u32 = 32 - GLYPH_BITS;

// Nothing overlaps, and all numbers of extras fit.
const _: () = assert!(Attributes::OVERLINE.0 == 1 << 7 && COLOR_BITS + 7 == 32);
const _: () = assert!(ExtraId::BITS == EXTRA_LOW_BITS + (32 - EXTRA_HIGH_SHIFT));

impl Rendition {
    /// Default colours, no attributes.
    pub const DEFAULT: Self = Self([0; 3]);

    /// The integers of a cell with this rendition and an empty glyph.
    pub(super) const fn bits(self) -> [u32; 3] {
        self.0
    }

    /// Takes integers whose glyph is empty.
    pub(super) const fn from_bits(bits: [u32; 3]) -> Self {
        Self(bits)
    }

    /// The colour of the text.
    #[must_use]
    pub const fn foreground(self) -> Color {
        Color::unpack(self.0[0])
    }

    /// The colour behind the text.
    #[must_use]
    pub const fn background(self) -> Color {
        Color::unpack(self.0[1])
    }

    /// The attributes that are on.
    #[must_use]
    pub const fn attributes(self) -> Attributes {
        let overline = if self.0[1] & OVERLINE != 0 { Attributes::OVERLINE.0 } else { 0 };
        Attributes((self.0[0] >> COLOR_BITS) as u8 | overline)
    }

    /// The underline.
    #[must_use]
    pub const fn underline(self) -> Underline {
        match (self.0[1] >> UNDERLINE_SHIFT) & 7 {
            1 => Underline::Single,
            2 => Underline::Double,
            3 => Underline::Curly,
            4 => Underline::Dotted,
            5 => Underline::Dashed,
            _ => Underline::None,
        }
    }

    /// Whether selective erasing leaves the cell alone (DECSCA).
    #[must_use]
    pub const fn is_protected(self) -> bool {
        self.0[1] & PROTECTED != 0
    }

    /// What few cells have: the name that the store gave it.
    #[must_use]
    pub const fn extra(self) -> ExtraId {
        let high = self.0[1] >> EXTRA_HIGH_SHIFT;
        ExtraId::from_bits((high << EXTRA_LOW_BITS | self.0[2] >> GLYPH_BITS) as u16)
    }

    /// Returns the rendition with another colour of the text.
    #[must_use]
    pub const fn with_foreground(self, color: Color) -> Self {
        let [first, second, third] = self.0;
        Self([first & !COLOR_MASK | color.pack(), second, third])
    }

    /// Returns the rendition with another colour behind the text.
    #[must_use]
    pub const fn with_background(self, color: Color) -> Self {
        let [first, second, third] = self.0;
        Self([first, second & !COLOR_MASK | color.pack(), third])
    }

    /// Returns the rendition with other attributes.
    #[must_use]
    pub const fn with_attributes(self, attributes: Attributes) -> Self {
        let [first, second, third] = self.0;
        let low = (attributes.0 as u32 & LOW_ATTRIBUTES) << COLOR_BITS;
        let overline = if attributes.contains(Attributes::OVERLINE) { OVERLINE } else { 0 };
        Self([first & COLOR_MASK | low, second & !OVERLINE | overline, third])
    }

    /// Returns the rendition with another underline.
    #[must_use]
    pub const fn with_underline(self, underline: Underline) -> Self {
        let [first, second, third] = self.0;
        let bits = (underline as u32) << UNDERLINE_SHIFT;
        Self([first, second & !(7 << UNDERLINE_SHIFT) | bits, third])
    }

    /// Returns the rendition with cells protected from selective erasing, or not.
    #[must_use]
    pub const fn with_protected(self, protected: bool) -> Self {
        let [first, second, third] = self.0;
        Self([first, second & !PROTECTED | if protected { PROTECTED } else { 0 }, third])
    }

    /// Returns the rendition with another extra.
    #[must_use]
    pub const fn with_extra(self, extra: ExtraId) -> Self {
        let [first, second, third] = self.0;
        let bits = extra.bits() as u32;
        let high = (bits >> EXTRA_LOW_BITS) << EXTRA_HIGH_SHIFT;
        Self([
            first,
            second & ((1 << EXTRA_HIGH_SHIFT) - 1) | high,
            third & ((1 << GLYPH_BITS) - 1) | bits << GLYPH_BITS,
        ])
    }

    /// Returns the rendition with `attributes` added.
    #[must_use]
    pub const fn plus(self, attributes: Attributes) -> Self {
        self.with_attributes(self.attributes().with(attributes))
    }

    /// Returns the rendition with `attributes` taken away.
    #[must_use]
    pub const fn minus(self, attributes: Attributes) -> Self {
        self.with_attributes(self.attributes().without(attributes))
    }

    /// Returns what an erased cell gets: this background, and nothing else (back-colour erase).
    #[must_use]
    pub const fn erased(self) -> Self {
        Self([0, self.0[1] & COLOR_MASK, 0])
    }

    /// Whether erasing with this rendition active gives a cell of this very rendition.
    #[must_use]
    pub const fn is_erasable(self) -> bool {
        self.0[0] == 0 && self.0[1] & !COLOR_MASK == 0 && self.0[2] == 0
    }

    /// Returns the rendition without colours and attributes, as SGR 0 leaves it: with a link,
    /// protection, and the colour of an underline, which only the store can take away.
    #[must_use]
    pub const fn without_attributes(self) -> Self {
        Self([0, self.0[1] & !(PROTECTED - 1), self.0[2]])
    }

    /// Returns what can be seen of the rendition.
    #[must_use]
    pub const fn seen(self, look: Look) -> Self {
        let [first, second, third] = self.0;
        let Look(second_mask, third_mask) = look;
        Self([first, second & second_mask, third & third_mask])
    }

    /// Whether both look the same.
    #[must_use]
    pub const fn looks_like(self, other: Self, look: Look) -> bool {
        let (Self(a), Self(b)) = (self.seen(look), other.seen(look));
        a[0] == b[0] && a[1] == b[1] && a[2] == b[2]
    }
}

/// What can be seen of a rendition, as masks for two of its integers: never its protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Look(u32, u32);

impl Look {
    /// Colours, attributes and the shape of the underline.
    pub const PLAIN: Self = Self(PROTECTED - 1, 0);
    /// Extras as well.
    pub const FULL: Self = Self(!PROTECTED, u32::MAX);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_disturb_one_another() {
        let all = Attributes(0xff);
        let every = ExtraId::from_bits((1 << ExtraId::BITS) - 1);
        let full = Rendition::DEFAULT
            .with_attributes(all)
            .with_underline(Underline::Dashed)
            .with_protected(true)
            .with_extra(every)
            .with_foreground(Color::Rgb(1, 2, 3))
            .with_background(Color::Palette(255));
        assert_eq!(full.attributes(), all);
        assert_eq!(full.underline(), Underline::Dashed);
        assert_eq!(full.foreground(), Color::Rgb(1, 2, 3));
        assert_eq!(full.background(), Color::Palette(255));
        assert_eq!(full.extra(), every);
        assert!(full.is_protected() && full.with_extra(ExtraId::NONE).is_protected());
        let bare = full.minus(all).with_underline(Underline::None);
        assert_eq!(bare.attributes(), Attributes::default());
        let bare = bare.with_protected(false);
        assert_eq!((bare.extra(), bare.is_protected()), (every, false));
        let bare = bare.with_extra(ExtraId::NONE);
        let bare = bare.with_foreground(Color::Default);
        assert_eq!(bare, full.erased());
        assert!(!bare.with_protected(true).is_erasable());
        let kept = full.without_attributes();
        assert_eq!(kept, Rendition::DEFAULT.with_extra(every).with_protected(true));
        assert!(full.erased().is_erasable() && !full.is_erasable());
    }

    #[test]
    fn each_attribute_stands_alone() {
        for bit in 0..8 {
            let one = Attributes(1 << bit);
            let rendition = Rendition::DEFAULT.plus(one);
            assert_eq!(rendition.attributes(), one);
            assert_eq!(rendition.foreground(), Color::Default);
            assert_eq!(rendition.background(), Color::Default);
            assert_eq!(rendition.minus(one), Rendition::DEFAULT);
        }
    }

    #[test]
    fn colours_survive_packing() {
        for color in [
            Color::Default,
            Color::Palette(0),
            Color::Palette(255),
            Color::Rgb(0, 0, 0),
            Color::Rgb(0, 0, 1),
            Color::Rgb(255, 255, 255),
        ] {
            let rendition = Rendition::DEFAULT.with_foreground(color).with_background(color);
            assert_eq!((rendition.foreground(), rendition.background()), (color, color));
        }
    }

    #[test]
    fn what_cannot_be_seen_does_not_count() {
        let plain = Rendition::DEFAULT
            .plus(Attributes(0xff))
            .with_underline(Underline::Dashed)
            .with_background(Color::Rgb(255, 255, 255));
        for look in [Look::PLAIN, Look::FULL] {
            assert_eq!(plain.seen(look), plain);
            assert!(plain.looks_like(plain.with_protected(true), look));
            for bit in 0..ExtraId::BITS {
                let other = plain.with_extra(ExtraId::from_bits(1 << bit));
                assert_eq!(plain.looks_like(other, look), look == Look::PLAIN);
            }
        }
    }
}
