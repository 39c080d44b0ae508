//! `cargo xtask unicode`: the core's tables of properties of characters.
//!
//! Widths are those of the crate `unicode-width`, except where glibc 2.36 knows a character and
//! gives it another one: that is what mosh 1.4 goes by on Debian 12. Where clusters end is
//! learnt from the crate `unicode-segmentation` by asking it about short texts.

use std::fmt::Write as _;
use std::fs;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UNICODE_VERSION, UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::run::{Arguments, Outcome};

const WIDTHS: &str = "core/src/screen/width/widths.rs";
const CLUSTERS: &str = "core/src/screen/graphemes/tables.rs";

pub(crate) fn run(rest: &[String]) -> Outcome {
    Arguments::parse(rest, &[], &[])?.expect_no_words()?;
    let write = |path, text: String| {
        println!("written: {path}");
        fs::write(path, text).map_err(|error| format!("{path}: {error}"))
    };
    write(WIDTHS, widths())?;
    write(CLUSTERS, clusters())
}

/// Characters that glibc 2.36 knows and `unicode-width` gives another width: first, last, width
/// in glibc.
#[rustfmt::skip]
const GLIBC: [(u32, u32, u8); 64] = [
    (0x0605, 0x0605, 1), (0x070f, 0x070f, 1), (0x0890, 0x0891, 1), (0x08e2, 0x08e2, 1),
    (0x09be, 0x09be, 1), (0x09d7, 0x09d7, 1), (0x0b3e, 0x0b3e, 1), (0x0b57, 0x0b57, 1),
    (0x0bbe, 0x0bbe, 1), (0x0bd7, 0x0bd7, 1), (0x0cc0, 0x0cc0, 1), (0x0cc2, 0x0cc2, 1),
    (0x0cc7, 0x0cc8, 1), (0x0cca, 0x0ccb, 1), (0x0cd5, 0x0cd6, 1), (0x0d3e, 0x0d3e, 1),
    (0x0d4e, 0x0d4e, 1), (0x0d57, 0x0d57, 1), (0x0dcf, 0x0dcf, 1), (0x0ddf, 0x0ddf, 1),
    (0x1715, 0x1715, 1), (0x1734, 0x1734, 1), (0x17a4, 0x17a4, 1), (0x17d8, 0x17d8, 1),
    (0x1b35, 0x1b35, 1), (0x1b3b, 0x1b3b, 1), (0x1b3d, 0x1b3d, 1), (0x1b43, 0x1b44, 1),
    (0x1baa, 0x1baa, 1), (0x1bf2, 0x1bf3, 1), (0x2630, 0x2637, 1), (0x268a, 0x268f, 1),
    (0x2d7f, 0x2d7f, 0), (0x302e, 0x302f, 2), (0x3164, 0x3164, 2), (0x3248, 0x324f, 2),
    (0xa8fa, 0xa8fa, 1), (0xa953, 0xa953, 1), (0xa9c0, 0xa9c0, 1), (0xffa0, 0xffa0, 1),
    (0xfff9, 0xfffb, 0), (0x111c0, 0x111c0, 1), (0x111c2, 0x111c3, 1), (0x11235, 0x11235, 1),
    (0x1133e, 0x1133e, 1), (0x1134d, 0x1134d, 1), (0x11357, 0x11357, 1), (0x114b0, 0x114b0, 1),
    (0x114bd, 0x114bd, 1), (0x115af, 0x115af, 1), (0x116b6, 0x116b6, 1), (0x1171e, 0x1171e, 0),
    (0x11930, 0x11930, 1), (0x1193d, 0x1193d, 1), (0x1193f, 0x1193f, 1), (0x11941, 0x11941, 1),
    (0x11a84, 0x11a89, 1), (0x11d46, 0x11d46, 1), (0x13430, 0x13438, 0), (0x16ff0, 0x16ff1, 2),
    (0x1d165, 0x1d166, 1), (0x1d16d, 0x1d172, 1), (0x1d300, 0x1d356, 1), (0x1d360, 0x1d376, 1),
];

/// The width of a character, as the tables are to have it.
fn width(c: char) -> u8 {
    let code = u32::from(c);
    match code {
        0x20..=0x7e | 0xa0..=0xff => 1,
        _ => match GLIBC.iter().find(|(first, last, _)| (*first..=*last).contains(&code)) {
            Some((_, _, width)) => *width,
            None => c.width().unwrap_or(0).min(2) as u8,
        },
    }
}

/// Characters in a block of the table: two bits each make a `u128`.
const BLOCK_LEN: u32 = 64;
/// Above are few ranges, which are code.
const TABLE_END: u32 = 0x20000;

/// The text of the table of widths.
fn widths() -> String {
    let mut blocks: Vec<u128> = Vec::new();
    let mut places = Vec::new();
    for first in (0..TABLE_END).step_by(BLOCK_LEN as usize) {
        let mut block = 0;
        for index in 0..BLOCK_LEN {
            // No surrogate is ever asked for.
            let width = char::from_u32(first + index).map_or(1, width);
            block |= u128::from(width) << (2 * index);
        }
        let place = blocks.iter().position(|found| *found == block).unwrap_or_else(|| {
            blocks.push(block);
            blocks.len() - 1
        });
        places.push(u8::try_from(place).expect("fewer different blocks than a byte counts"));
    }
    let mut text = "//! Widths of characters, made by `cargo xtask unicode`.\n\n".to_owned();
    text.push_str("/// The version of Unicode that they are of.\n");
    let _ = writeln!(text, "pub(super) const VERSION: (u8, u8, u8) = {UNICODE_VERSION:?};\n");
    text.push_str("/// For each 64 characters, their place in [`BLOCKS`].\n#[rustfmt::skip]\n");
    // Writing to a string does not fail.
    let _ = writeln!(text, "pub(super) static PLACES: [u8; {}] = [", places.len());
    for line in places.chunks(20) {
        let line: Vec<_> = line.iter().map(|place| format!("{place:3},")).collect();
        let _ = writeln!(text, "    {}", line.join(" "));
    }
    text.push_str("];\n\n/// Widths of 64 characters, two bits each, the first lowest.\n");
    let _ =
        writeln!(text, "#[rustfmt::skip]\npub(super) static BLOCKS: [u128; {}] = [", blocks.len());
    for line in blocks.chunks(2) {
        let line: Vec<_> = line.iter().map(|block| format!("0x{block:032x},")).collect();
        let _ = writeln!(text, "    {}", line.join(" "));
    }
    text.push_str("];\n");
    text
}

/// The number of the class of a character in the core's table; none if the core knows it without.
fn class(c: char) -> Option<u32> {
    let is_one = |text: [&str; 3]| text.concat().graphemes(true).count() == 1;
    let mut buf = [0; 4];
    let code = u32::from(c);
    let is_hangul = matches!(code, 0x1100..=0x11ff | 0xa960..=0xa97c | 0xac00..=0xd7fb);
    if is_hangul || matches!(code, 0x200d | 0x1f1e6..=0x1f1ff) {
        return None;
    }
    let s = &*c.encode_utf8(&mut buf);
    let found = if is_one(["a", s, ""]) {
        if !is_one(["👩", s, "\u{200d}👩"]) {
            SPACING
        } else if is_one(["क", s, "क"]) {
            LINKER
        } else if is_one(["क", s, "\u{94d}क"]) {
            EXTEND
        } else {
            EXTEND_ONLY
        }
    } else if !is_one([s, "\u{301}", ""]) {
        CONTROL
    } else if is_one([s, "a", ""]) {
        PREPEND
    } else if is_one([s, "\u{200d}👩", ""]) {
        PICTOGRAPHIC
    } else if is_one([s, "\u{94d}क", ""]) {
        CONSONANT
    } else {
        OTHER
    };
    let known = if mosh_core::screen::width::width(c) == 0 { EXTEND } else { OTHER };
    (found != known && !matches!(code, 0..=0x1f | 0x7f..=0x9f)).then_some(found)
}

// The numbers of classes in the core.
const OTHER: u32 = 0;
const CONTROL: u32 = 1;
const EXTEND: u32 = 2;
const EXTEND_ONLY: u32 = 3;
const LINKER: u32 = 4;
const CONSONANT: u32 = 5;
const SPACING: u32 = 6;
const PREPEND: u32 = 7;
const PICTOGRAPHIC: u32 = 8;

/// The text of the table of clusters.
fn clusters() -> String {
    let mut ranges: Vec<(u32, u32, u32)> = Vec::new();
    for c in '\0'..=char::MAX {
        let (code, Some(class)) = (u32::from(c), class(c)) else { continue };
        match ranges.last_mut() {
            Some((first, last, found))
                if *found == class && *last + 1 == code && code - *first < 0x80 =>
            {
                *last = code;
            }
            _ => ranges.push((code, code, class)),
        }
    }
    let mut text = "//! Where clusters end, made by `cargo xtask unicode`.\n\n".to_owned();
    text.push_str("/// 21 bits of the first character, 7 of how many follow, 4 of their class.\n");
    // Writing to a string does not fail.
    let _ =
        writeln!(text, "#[rustfmt::skip]\npub(super) static RANGES: [u32; {}] = [", ranges.len());
    for line in ranges.chunks(8) {
        let numbers =
            line.iter().map(|(first, last, class)| first << 11 | (last - first) << 4 | class);
        let line: Vec<_> = numbers.map(|number| format!("0x{number:08x},")).collect();
        let _ = writeln!(text, "    {}", line.join(" "));
    }
    text.push_str("];\n");
    push_variations(&mut text);
    text
}

/// Appends the table of characters whose width a variation selector changes.
fn push_variations(text: &mut String) {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for c in '\0'..=char::MAX {
        let width = |selector: &str| format!("{c}{selector}").width();
        if !c.is_control() && width("\u{fe0e}") != width("\u{fe0f}") {
            let code = u32::from(c);
            match ranges.last_mut() {
                Some((first, last)) if *last + 1 == code && code - *first < 0x800 => *last = code,
                _ => ranges.push((code, code)),
            }
        }
    }
    text.push_str("\n/// Characters whose width a variation selector changes: 21 bits of the first, 11 of how\n");
    text.push_str("/// many follow.\n");
    let _ = writeln!(
        text,
        "#[rustfmt::skip]\npub(super) static VARIATIONS: [u32; {}] = [",
        ranges.len()
    );
    for line in ranges.chunks(8) {
        let line: Vec<_> = line
            .iter()
            .map(|(first, last)| format!("0x{:08x},", first << 11 | (last - first)))
            .collect();
        let _ = writeln!(text, "    {}", line.join(" "));
    }
    text.push_str("];\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_has_these_widths() {
        assert_eq!(mosh_core::screen::width::VERSION, UNICODE_VERSION);
        for c in '\0'..=char::MAX {
            assert_eq!(mosh_core::screen::width::width(c), usize::from(width(c)), "{c:?}");
        }
    }

    #[test]
    fn the_core_finds_these_clusters() {
        // One or more of each class, and neighbours in the table.
        let mut chars: Vec<char> = "a1\r\u{301}\u{200d}\u{200c}\u{fe0f}\u{ad}👩❤🏽🇫🇷각가\u{1100}\u{1161}\u{11a8}कष\u{94d}\u{93e}\u{93c}\u{600}\u{200b}".chars().collect();
        chars.extend("ക\u{d4d}\u{d3e}ཀ\u{1f3fb}".chars());
        let mut random = mosh_tests::random::Random::new(1);
        let every: Vec<char> = ('\0'..=char::MAX).collect();
        for round in 0..300_000 {
            let mut text = String::new();
            for _ in 0..2 + random.below(6) {
                let among = if round % 3 == 0 { &every } else { &chars };
                text.push(among[random.below(among.len())]);
            }
            let text = text.replace("\r\n", "");
            let mut boundary = mosh_core::screen::graphemes::Boundary::START;
            let mut found: Vec<String> = Vec::new();
            for c in text.chars() {
                if boundary.joins(c) {
                    found.last_mut().expect("the first joins nothing").push(c);
                } else {
                    found.push(c.into());
                }
            }
            let expected: Vec<&str> = text.graphemes(true).collect();
            assert_eq!(found, expected, "{:x?}", text.chars().map(u32::from).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_kept_tables_are_those_that_would_be_written() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for (path, text) in [(WIDTHS, widths()), (CLUSTERS, clusters())] {
            assert!(fs::read_to_string(root.join(path)).unwrap() == text, "{path}");
        }
    }
}
