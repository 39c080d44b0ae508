//! Where one character as a reader sees it ends: extended grapheme clusters (UAX #29, version of
//! [`width::VERSION`](super::width::VERSION)).
//!
//! Zero width says already which characters extend the one before them, and arithmetic tells the
//! parts of Korean syllables; two kilobytes of table have the rest. The crates for it bring 28 kB.

mod tables;

use super::width::width;
use tables::{RANGES, VARIATIONS};

/// What a character does at the border between two clusters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum Class {
    #[default]
    Other,
    /// Stands alone.
    Control,
    /// Belongs to what is before it, as does the end of a conjunct.
    Extend,
    /// The same, but never within a conjunct.
    ExtendOnly,
    /// The same, and joins two consonants.
    Linker,
    Consonant,
    /// Belongs to what is before it, but not within a sequence of pictures.
    Spacing,
    /// Belongs to what is after it.
    Prepend,
    Pictographic,
    Joiner,
    Regional,
    Leading,
    Vowel,
    Trailing,
    /// A syllable without a trailing consonant.
    OpenSyllable,
    ClosedSyllable,
}

/// The classes by their numbers in the table.
const LISTED: [Class; 9] = [
    Class::Other,
    Class::Control,
    Class::Extend,
    Class::ExtendOnly,
    Class::Linker,
    Class::Consonant,
    Class::Spacing,
    Class::Prepend,
    Class::Pictographic,
];

fn class(c: char) -> Class {
    let code = u32::from(c);
    match code {
        0x20..=0x7e | 0xa0..=0xa8 | 0xb0..=0x2ff | 0x4e00..=0x9fff => Class::Other,
        0..=0x1f | 0x7f..=0x9f => Class::Control,
        0x200d => Class::Joiner,
        0x1f1e6..=0x1f1ff => Class::Regional,
        0x1100..=0x115f | 0xa960..=0xa97c => Class::Leading,
        0x1160..=0x11a7 | 0xd7b0..=0xd7c6 => Class::Vowel,
        0x11a8..=0x11ff | 0xd7cb..=0xd7fb => Class::Trailing,
        0xac00..=0xd7a3 if (code - 0xac00).is_multiple_of(28) => Class::OpenSyllable,
        0xac00..=0xd7a3 => Class::ClosedSyllable,
        _ => listed(code).unwrap_or(if width(c) == 0 { Class::Extend } else { Class::Other }),
    }
}

/// The class in the table: each entry is the first character, how many follow it, and a number.
fn listed(code: u32) -> Option<Class> {
    let after = RANGES.partition_point(|range| range >> 11 <= code);
    let range = RANGES[after.checked_sub(1)?];
    let is_in = code - (range >> 11) <= range >> 4 & 0x7f;
    if is_in { LISTED.get(range as usize & 0xf).copied() } else { None }
}

/// Whether a variation selector makes the character another width.
#[must_use]
pub fn has_variations(c: char) -> bool {
    let code = u32::from(c);
    let after = VARIATIONS.partition_point(|range| range >> 11 <= code);
    after > 0 && code - (VARIATIONS[after - 1] >> 11) <= VARIATIONS[after - 1] & 0x7ff
}

/// What of a text decides whether the next character begins a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Boundary {
    /// The class of the last character; none before the first one.
    last: Option<Class>,
    /// The cluster ends with a picture and what extends it.
    picture: bool,
    /// The cluster ends with a consonant and what extends it; then whether that links.
    conjunct: Option<bool>,
    /// The cluster is one half of a flag.
    half_flag: bool,
}

impl Boundary {
    /// Before the first character of a text.
    pub const START: Self = Self { last: None, picture: false, conjunct: None, half_flag: false };

    /// Takes the next character; returns whether it belongs to the same cluster as the one before.
    pub fn joins(&mut self, c: char) -> bool {
        let next = class(c);
        let joins = self.last.is_some_and(|last| self.keeps(last, next));
        let picture = match next {
            Class::Pictographic => true,
            Class::Extend | Class::ExtendOnly | Class::Linker | Class::Joiner => {
                self.picture && self.last != Some(Class::Joiner)
            }
            _ => false,
        };
        let conjunct = match next {
            Class::Consonant => Some(false),
            Class::Linker => self.conjunct.map(|_| true),
            Class::Extend | Class::Joiner => self.conjunct,
            _ => None,
        };
        let half_flag = next == Class::Regional && !(joins && self.half_flag);
        *self = Self { last: Some(next), picture, conjunct, half_flag };
        joins
    }

    /// The rules GB3 to GB999.
    fn keeps(&self, last: Class, next: Class) -> bool {
        use Class as C;
        match (last, next) {
            (C::Control, _) | (_, C::Control) => false,
            (C::Leading, C::Leading | C::Vowel | C::OpenSyllable | C::ClosedSyllable)
            | (C::OpenSyllable | C::Vowel, C::Vowel | C::Trailing)
            | (C::ClosedSyllable | C::Trailing, C::Trailing)
            | (_, C::Extend | C::ExtendOnly | C::Linker | C::Joiner | C::Spacing)
            | (C::Prepend, _) => true,
            (_, C::Consonant) => self.conjunct == Some(true),
            (C::Joiner, C::Pictographic) => self.picture,
            (C::Regional, C::Regional) => self.half_flag,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clusters(text: &str) -> usize {
        let mut boundary = Boundary::START;
        text.chars().filter(|&c| !boundary.joins(c)).count()
    }

    #[test]
    fn clusters_are_those_of_the_annex() {
        let cases = [
            ("ab", 2),
            ("e\u{301}\u{302}", 1),
            ("\r\n", 2),
            ("👩\u{200d}👩\u{200d}👧", 1),
            ("a\u{200d}👧", 2),
            ("👍🏽", 1),
            ("🇫🇷🇩🇪", 2),
            ("🇫🇷🇩", 2),
            ("❤\u{fe0f}", 1),
            ("각\u{11a8}", 1),
            ("가각", 2),
            ("क\u{94d}षि", 1),
            ("कष", 2),
            ("\u{600}1", 1),
        ];
        for (text, expected) in cases {
            assert_eq!(clusters(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_table_is_sorted() {
        let end = |range: u32| (range >> 11) + (range >> 4 & 0x7f);
        assert!(RANGES.windows(2).all(|pair| end(pair[0]) < pair[1] >> 11));
    }
}
