//! How many columns a character takes.
//!
//! Widths are not on the wire: both ends compute them, and where they disagree, the row is wrong
//! until the next absolute cursor position. Mosh 1.4 asks its C library, so every character that
//! glibc 2.36 (Debian 12) knows has its width there; for the others, which that library drops, it
//! is the width of newer Unicode. For what a peer may see differently, [`contested`] tells the
//! renderer to position the cursor anew.
//!
//! # Differences
//!
//! Mosh 1.4 drops characters that its C library does not know; they are shown here.

mod tables;
mod widths;

use core::cmp::Ordering;
use tables::{CONTESTED, CONTESTED_ABOVE};
use widths::{BLOCKS, PLACES};

/// The version of Unicode that the table is made from.
pub const VERSION: (u8, u8, u8) = widths::VERSION;

/// Returns the columns that `c` takes: 0, 1 or 2.
///
/// Control characters take none. Printable Latin-1, the soft hyphen included, takes one.
#[must_use]
#[inline]
pub fn width(c: char) -> usize {
    let code = u32::from(c);
    match code {
        // The most frequent ranges.
        0x20..=0x7e => 1,
        0x4e00..=0x9fff => 2,
        _ => match PLACES.get(code as usize / 64) {
            Some(&place) => (BLOCKS[usize::from(place)] >> (2 * (code % 64))) as usize & 3,
            None => width_above(code),
        },
    }
}

/// The width of a character beyond the table: two planes of ideographs, tags and selectors, and
/// private use.
const fn width_above(code: u32) -> usize {
    match code {
        0x2fffe | 0x2ffff | 0x3fffe | 0x3ffff => 1,
        0x20000..=0x3ffff => 2,
        0xe0000..=0xe0fff => 0,
        _ => 1,
    }
}

/// Whether another terminal may well take another width for `c`: glibc 2.36 does not know it, or
/// other tables say something else.
#[must_use]
pub fn contested(c: char) -> bool {
    let code = u32::from(c);
    match u16::try_from(code) {
        Ok(0..=0x2ff | 0x2500..=0x259f | 0x4e00..=0x9fff | 0xac00..=0xd7a3) => false,
        Ok(code) => CONTESTED
            .binary_search_by(|&(first, last)| order(code.into(), first.into(), last.into()))
            .is_ok(),
        Err(_) => {
            CONTESTED_ABOVE.binary_search_by(|&(first, last)| order(code, first, last)).is_ok()
        }
    }
}

/// Where the range `first..=last` lies relative to `code`.
fn order(code: u32, first: u32, last: u32) -> Ordering {
    if last < code {
        Ordering::Less
    } else if first > code {
        Ordering::Greater
    } else {
        Ordering::Equal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_glibc_2_36() {
        let cases = [
            ('a', 1),
            ('\u{a0}', 1),
            ('\u{ad}', 1),
            ('\u{301}', 0),
            ('\u{200b}', 0),
            ('\u{200d}', 0),
            ('\u{2060}', 0),
            ('\u{fe0f}', 0),
            ('\u{20ac}', 1),
            ('\u{2500}', 1),
            ('\u{268d}', 1),
            ('\u{4e00}', 2),
            ('\u{d55c}', 2),
            ('\u{e000}', 1),
            ('\u{fffd}', 1),
            ('\u{1d300}', 1),
            ('\u{1f1eb}', 1),
            ('\u{1f44d}', 2),
            ('\u{17d8}', 1),
        ];
        for (c, expected) in cases {
            assert_eq!(width(c), expected, "{c:?}");
        }
    }

    #[test]
    fn what_glibc_2_36_does_not_know_is_contested() {
        for c in ['\u{1fae8}', '\u{1f6dc}', '\u{268d}', '\u{11f00}', '\u{50000}'] {
            assert!(contested(c), "{c:?}");
        }
        for c in ['a', '\u{e9}', '\u{301}', '\u{2500}', '\u{4e00}', '\u{1f44d}', '\u{e000}'] {
            assert!(!contested(c), "{c:?}");
        }
    }

    #[test]
    fn tables_are_sorted() {
        assert!(CONTESTED.windows(2).all(|w| w[0].1 < w[1].0));
        assert!(CONTESTED_ABOVE.windows(2).all(|w| w[0].1 < w[1].0));
    }
}
