//! How a cell is drawn: two colours and some attributes in eight bytes.

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

const COLOR_MASK: u32 = (1 << 26) - 1;
const PALETTE: u32 = 1 << 24;
const RGB: u32 = 2 << 24;

impl Color {
    const fn pack(self) -> u32 {
        match self {
            Self::Default => 0,
            Self::Palette(index) => PALETTE | index as u32,
            Self::Rgb(r, g, b) => RGB | (r as u32) << 16 | (g as u32) << 8 | b as u32,
        }
    }

    const fn unpack(bits: u32) -> Self {
        let [_, r, g, b] = bits.to_be_bytes();
        match bits & (PALETTE | RGB) {
            PALETTE => Self::Palette(b),
            RGB => Self::Rgb(r, g, b),
            _ => Self::Default,
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

/// Colours and attributes of a cell.
///
/// A colour takes 26 bits; the attributes use the six bits left over in either word, so the whole
/// compares as two integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Rendition {
    /// Foreground; above it bold, faint, italic, blink, inverse, invisible.
    foreground: u32,
    /// Background; above it strike, overline, three bits of underline.
    background: u32,
}

const ATTRIBUTE_SHIFT: u32 = 26;
const UNDERLINE_SHIFT: u32 = 28;

impl Rendition {
    /// Default colours, no attributes.
    pub const DEFAULT: Self = Self { foreground: 0, background: 0 };

    /// The colour of the text.
    #[must_use]
    pub const fn foreground(self) -> Color {
        Color::unpack(self.foreground)
    }

    /// The colour behind the text.
    #[must_use]
    pub const fn background(self) -> Color {
        Color::unpack(self.background)
    }

    /// The attributes that are on.
    #[must_use]
    pub const fn attributes(self) -> Attributes {
        let low = self.foreground >> ATTRIBUTE_SHIFT;
        let high = (self.background >> ATTRIBUTE_SHIFT) & 3;
        Attributes((low | high << 6) as u8)
    }

    /// The underline.
    #[must_use]
    pub const fn underline(self) -> Underline {
        match (self.background >> UNDERLINE_SHIFT) & 7 {
            1 => Underline::Single,
            2 => Underline::Double,
            3 => Underline::Curly,
            4 => Underline::Dotted,
            5 => Underline::Dashed,
            _ => Underline::None,
        }
    }

    /// Returns the rendition with another colour of the text.
    #[must_use]
    pub const fn with_foreground(self, color: Color) -> Self {
        Self { foreground: self.foreground & !COLOR_MASK | color.pack(), ..self }
    }

    /// Returns the rendition with another colour behind the text.
    #[must_use]
    pub const fn with_background(self, color: Color) -> Self {
        Self { background: self.background & !COLOR_MASK | color.pack(), ..self }
    }

    /// Returns the rendition with other attributes.
    #[must_use]
    pub const fn with_attributes(self, attributes: Attributes) -> Self {
        let Attributes(bits) = attributes;
        Self {
            foreground: self.foreground & COLOR_MASK | (bits as u32 & 0x3f) << ATTRIBUTE_SHIFT,
            background: self.background & !(3 << ATTRIBUTE_SHIFT)
                | (bits as u32 >> 6) << ATTRIBUTE_SHIFT,
        }
    }

    /// Returns the rendition with another underline.
    #[must_use]
    pub const fn with_underline(self, underline: Underline) -> Self {
        let bits = underline as u32;
        let background = self.background & !(7 << UNDERLINE_SHIFT) | bits << UNDERLINE_SHIFT;
        Self { background, ..self }
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
        Self { foreground: 0, background: self.background & COLOR_MASK }
    }

    /// Whether erasing with this rendition active gives a cell of this very rendition.
    #[must_use]
    pub const fn is_erasable(self) -> bool {
        self.foreground == 0 && self.background & !COLOR_MASK == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_disturb_one_another() {
        let all = Attributes(0xff);
        let full = Rendition::DEFAULT
            .with_attributes(all)
            .with_underline(Underline::Dashed)
            .with_foreground(Color::Rgb(1, 2, 3))
            .with_background(Color::Palette(255));
        assert_eq!(full.attributes(), all);
        assert_eq!(full.underline(), Underline::Dashed);
        assert_eq!(full.foreground(), Color::Rgb(1, 2, 3));
        assert_eq!(full.background(), Color::Palette(255));
        let bare = full.minus(all).with_underline(Underline::None);
        assert_eq!(bare.attributes(), Attributes::default());
        assert_eq!(bare.with_foreground(Color::Default), full.erased());
        assert!(full.erased().is_erasable() && !full.is_erasable());
    }
}
