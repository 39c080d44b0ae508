//! Colours as red, green and blue.

use serde::{Deserialize, Serialize};

/// A colour of eight bits for each of red, green and blue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Rgb(pub u8, pub u8, pub u8);

/// The first colours of xterm's palette, which users like to change (XTerm-col.ad).
const NAMED: [Rgb; 16] = [
    Rgb(0, 0, 0),
    Rgb(205, 0, 0),
    Rgb(0, 205, 0),
    Rgb(205, 205, 0),
    Rgb(0, 0, 238),
    Rgb(205, 0, 205),
    Rgb(0, 205, 205),
    Rgb(229, 229, 229),
    Rgb(127, 127, 127),
    Rgb(255, 0, 0),
    Rgb(0, 255, 0),
    Rgb(255, 255, 0),
    Rgb(92, 92, 255),
    Rgb(255, 0, 255),
    Rgb(0, 255, 255),
    Rgb(255, 255, 255),
];

/// Levels of the cube of 6x6x6 colours that follows them.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
const CUBE: u8 = 16;
/// The first of the greys at the end, and how many there are.
const GREYS: u8 = 232;
const GREY_COUNT: u16 = 24;

impl Rgb {
    /// Takes a colour as X11 writes it ("Xlib - C Language X Interface", "Color Strings"):
    /// `rgb:h/h/h` with one to four digits each, which are scaled, or `#hhh` with one to four
    /// digits each, which are the most significant ones. Of the sixteen bits that this makes, as
    /// XParseColor has them, the upper half is kept.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        if let Some(digits) = text.strip_prefix(b"#") {
            if digits.is_empty() || digits.len() % 3 != 0 {
                return None;
            }
            let len = digits.len() / 3;
            let mut parts =
                digits.chunks(len).map(|part| Some((hex(part)? << 16 >> (4 * len) >> 8) as u8));
            return Some(Self(parts.next()??, parts.next()??, parts.next()??));
        }
        let (name, parts) = text.split_at_checked(4)?;
        if !name.eq_ignore_ascii_case(b"rgb:") {
            return None;
        }
        let mut parts = parts.split(|&byte| byte == b'/').map(|part| {
            let most = (1 << (4 * part.len().min(4))) - 1;
            Some(((hex(part)? * 0xffff / most) >> 8) as u8)
        });
        let color = Self(parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some(color)
    }

    /// What an entry of the palette is in xterm. Hardly any terminal has another cube or other
    /// greys; the first sixteen are the user's.
    #[must_use]
    pub const fn of_palette(index: u8) -> Self {
        match index {
            ..CUBE => NAMED[index as usize],
            CUBE..GREYS => {
                let index = (index - CUBE) as usize;
                Self(LEVELS[index / 36], LEVELS[index / 6 % 6], LEVELS[index % 6])
            }
            GREYS.. => {
                let grey = 8 + 10 * (index - GREYS);
                Self(grey, grey, grey)
            }
        }
    }

    /// The nearest of the first `count` entries of the palette.
    #[must_use]
    pub fn nearest_of(self, count: u8) -> u8 {
        (0..count).min_by_key(|&index| self.distance(Self::of_palette(index))).unwrap_or_default()
    }

    /// The nearest of those entries of the palette that users do not change: the cube and the
    /// greys.
    #[must_use]
    pub fn nearest_fixed(self) -> u8 {
        let Self(r, g, b) = self;
        let cube = CUBE + 36 * nearest_level(r) + 6 * nearest_level(g) + nearest_level(b);
        // The grey that is nearest to the mean of the three.
        let sum = u16::from(r) + u16::from(g) + u16::from(b);
        let grey = GREYS + (sum.saturating_sub(24 - 15) / 30).min(GREY_COUNT - 1) as u8;
        let to = |index| self.distance(Self::of_palette(index));
        if to(grey) < to(cube) { grey } else { cube }
    }

    /// The square of the distance between two colours.
    fn distance(self, other: Self) -> u32 {
        let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        square(self.0, other.0) + square(self.1, other.1) + square(self.2, other.2)
    }

    /// How bright it is, of 255 (ITU-R BT.601).
    #[must_use]
    pub const fn brightness(self) -> u8 {
        let Self(r, g, b) = self;
        ((r as u32 * 299 + g as u32 * 587 + b as u32 * 114) / 1000) as u8
    }
}

/// Which of [`LEVELS`] is nearest: from the second on they are 40 apart.
const fn nearest_level(part: u8) -> u8 {
    match part {
        ..48 => 0,
        48..115 => 1,
        115.. => (part - 35) / 40,
    }
}

/// A number of one to four hexadecimal digits.
fn hex(digits: &[u8]) -> Option<u32> {
    let valid = (1..=4).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    let text = core::str::from_utf8(digits).ok().filter(|_| valid)?;
    u32::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_as_x11_writes_them() {
        for (text, expected) in [
            ("#123", Some(Rgb(0x10, 0x20, 0x30))),
            ("#fff", Some(Rgb(0xf0, 0xf0, 0xf0))),
            ("#102030", Some(Rgb(0x10, 0x20, 0x30))),
            ("#aBcDeF", Some(Rgb(0xab, 0xcd, 0xef))),
            ("#100200300", Some(Rgb(0x10, 0x20, 0x30))),
            ("#10ff20ff30ff", Some(Rgb(0x10, 0x20, 0x30))),
            ("rgb:f/8/0", Some(Rgb(0xff, 0x88, 0))),
            ("rgb:ff/80/00", Some(Rgb(0xff, 0x80, 0))),
            ("RGB:fff/800/001", Some(Rgb(0xff, 0x80, 0))),
            ("rgb:ffff/80ff/00ff", Some(Rgb(0xff, 0x80, 0))),
            ("rgb:f/ff/ffff", Some(Rgb(0xff, 0xff, 0xff))),
            ("", None),
            ("#", None),
            ("#12", None),
            ("#1234", None),
            ("#12345g", None),
            ("#+1+2+3", None),
            ("#111112222233333", None),
            ("rgb:", None),
            ("rgb:1/2", None),
            ("rgb:1/2/3/4", None),
            ("rgb:1//3", None),
            ("rgb:11111/2/3", None),
            ("rgb:+1/2/3", None),
            ("red", None),
        ] {
            assert_eq!(Rgb::parse(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn the_palette_of_xterm() {
        // As its 256colres.h has it.
        for (index, expected) in [
            (1, Rgb(205, 0, 0)),
            (15, Rgb(255, 255, 255)),
            (16, Rgb(0, 0, 0)),
            (17, Rgb(0, 0, 95)),
            (110, Rgb(135, 175, 215)),
            (231, Rgb(255, 255, 255)),
            (232, Rgb(8, 8, 8)),
            (255, Rgb(238, 238, 238)),
        ] {
            assert_eq!(Rgb::of_palette(index), expected, "{index}");
        }
    }

    #[test]
    fn no_entry_of_cube_and_greys_is_nearer() {
        for sample in 0..20_000_u32 {
            // Spread over all colours, and every grey.
            let [_, r, g, b] = sample.wrapping_mul(0x9e_3779).to_be_bytes();
            let color = if sample < 256 { Rgb(b, b, b) } else { Rgb(r, g, b) };
            let found = color.distance(Rgb::of_palette(color.nearest_fixed()));
            let least = (CUBE..=255).map(|index| color.distance(Rgb::of_palette(index))).min();
            assert_eq!(Some(found), least, "{color:?}");
        }
    }

    #[test]
    fn few_colours_are_chosen_among_the_first() {
        for (color, of_8, of_16) in [
            (Rgb(10, 10, 10), 0, 0),
            (Rgb(220, 40, 40), 1, 1),
            (Rgb(255, 10, 10), 1, 9),
            (Rgb(100, 100, 250), 4, 12),
            (Rgb(140, 140, 140), 7, 8),
            (Rgb(255, 250, 250), 7, 15),
        ] {
            assert_eq!((color.nearest_of(8), color.nearest_of(16)), (of_8, of_16), "{color:?}");
        }
    }
}
