//! What programs write, by kind: about a megabyte each, made for the size of the screen.

use std::fmt::Write as _;
use std::path::Path;

use crate::predict::recording::{Kind, Recording};
use crate::random::Random;
use crate::terminal::Size;
use crate::{Failure, Outcome};

/// The sizes that are measured.
pub const SIZES: [Size; 4] = [(80, 24), (132, 43), (200, 60), (500, 200)];

const LEN: usize = 1_000_000;

/// Output of one kind.
#[derive(Clone, Debug)]
pub struct Workload {
    /// What it is called in tables.
    pub name: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// All kinds; `corpus` is the directory of recorded sessions.
///
/// # Errors
///
/// If the recordings cannot be read.
pub fn all(size: Size, corpus: &Path) -> Outcome<Vec<Workload>> {
    let made = [
        ("plain lines", plain as fn(Size) -> String),
        ("dense SGR", colours),
        ("scrolling regions", regions),
        ("unicode", unicode),
        ("alternate screen", redraws),
    ];
    let made = made.map(|(name, make)| Workload { name, bytes: make(size).into_bytes() });
    let mut all = made.to_vec();
    all.push(Workload { name: "recorded sessions", bytes: recorded(corpus)? });
    Ok(all)
}

const WORDS: [&str; 12] = [
    "compiling",
    "src/main.rs",
    "error:",
    "warning:",
    "0x7f3a",
    "the",
    "of",
    "and",
    "a",
    "fn",
    "return",
    "12:34:56",
];

fn word(random: &mut Random) -> &'static str {
    WORDS[random.below(WORDS.len())]
}

/// Appends words of at least `columns` columns, and cuts them there.
fn push_line(text: &mut String, random: &mut Random, columns: usize) {
    let start = text.len();
    while text.len() < start + columns {
        text.push_str(word(random));
        text.push(' ');
    }
    text.truncate(start + columns);
}

/// Lines of words, as of a build or a log: short ones, and some that wrap.
fn plain((columns, _): Size) -> String {
    let mut random = Random::new(1);
    let mut text = String::new();
    while text.len() < LEN {
        let most = if random.chance(10) { 2 * usize::from(columns) } else { 100 };
        let len = 1 + random.below(most);
        push_line(&mut text, &mut random, len);
        text.push_str("\r\n");
    }
    text
}

/// Every word in another colour or weight, as of a highlighted source.
fn colours((columns, _): Size) -> String {
    let mut random = Random::new(2);
    let mut text = String::new();
    while text.len() < LEN {
        let mut left = usize::from(columns);
        while left > 12 {
            let (a, b, c) = (random.below(256), random.below(256), random.below(256));
            let word = word(&mut random);
            // Writing to a string does not fail; so in all of this file.
            let _ = match random.below(5) {
                0 => write!(text, "\x1b[38;5;{a}m{word}\x1b[39m "),
                1 => write!(text, "\x1b[38;2;{a};{b};{c}m{word}\x1b[0m "),
                2 => write!(text, "\x1b[1;{}m{word}\x1b[m ", 31 + a % 7),
                3 => write!(text, "\x1b[4m\x1b[48;5;{b}m{word}\x1b[24;49m "),
                _ => write!(text, "\x1b[7m{word}\x1b[27m "),
            };
            left -= word.len() + 1;
        }
        text.push_str("\r\n");
    }
    text
}

/// Regions that scroll both ways, lines inserted and deleted, as of an editor or a pager.
fn regions((columns, rows): Size) -> String {
    let mut random = Random::new(3);
    let mut text = String::new();
    while text.len() < LEN {
        let top = 1 + random.below(usize::from(rows) / 4);
        let bottom = usize::from(rows) - random.below(usize::from(rows) / 4);
        let _ = write!(text, "\x1b[{top};{bottom}r");
        for _ in 0..4 {
            let columns = 10 + random.below(usize::from(columns) - 10);
            let count = 1 + random.below(3);
            let middle = (top + bottom) / 2;
            let _ = match random.below(5) {
                0 | 1 => writeln!(text, "\x1b[{bottom};1H"),
                2 => write!(text, "\x1b[{top};1H\x1bM"),
                3 => write!(text, "\x1b[{middle};1H\x1b[{count}M"),
                _ => write!(text, "\x1b[{middle};1H\x1b[{count}L"),
            };
            push_line(&mut text, &mut random, columns);
        }
        let _ =
            write!(text, "\x1b[r\x1b[{rows};1H\x1b[7mline {}\x1b[27m\x1b[K", random.below(9999));
    }
    text
}

/// Text beyond ASCII: letters with accents of both kinds, Cyrillic, Chinese, Japanese, boxes,
/// emoji of one character and of several.
fn unicode((columns, _): Size) -> String {
    const PARTS: [&str; 9] = [
        "Größe für Übung ",
        "e\u{301}te\u{301} a\u{300} No\u{308}el ",
        "привет мир ",
        "漢字かな交じり文",
        "你好世界终端模拟器",
        "│──┬──│ ",
        "😀🎉🚀 ",
        "👨\u{200d}👩\u{200d}👧 👍🏽 🇫🇷 ❤\u{fe0f} ",
        "plain text between ",
    ];
    let mut random = Random::new(4);
    let mut text = String::new();
    while text.len() < LEN {
        for _ in 0..1 + random.below(usize::from(columns) / 10) {
            text.push_str(PARTS[random.below(PARTS.len())]);
        }
        text.push_str("\r\n");
    }
    text
}

/// A full-screen program that draws all of the alternate screen again and again.
fn redraws((columns, rows): Size) -> String {
    let mut random = Random::new(5);
    let mut text = String::new();
    while text.len() < LEN {
        text.push_str("\x1b[?1049h\x1b[H\x1b[2J");
        for _ in 0..4 {
            for row in 1..=rows {
                let _ = write!(text, "\x1b[{row};1H\x1b[38;5;{}m", random.below(256));
                let len = 3 + random.below(usize::from(columns) / 2);
                push_line(&mut text, &mut random, len);
                let _ = write!(text, "\x1b[0m\x1b[K\x1b[{row};{}H\x1b[1m│\x1b[m", columns / 2 + 5);
                push_line(&mut text, &mut random, usize::from(columns) / 4);
            }
        }
        text.push_str("\x1b[?1049l");
    }
    text
}

/// The output of all recorded sessions, in the order of their names.
fn recorded(corpus: &Path) -> Outcome<Vec<u8>> {
    let fail = |error: std::io::Error| -> Failure { format!("{}: {error}", corpus.display()) };
    let entries: Result<Vec<_>, _> = std::fs::read_dir(corpus).map_err(fail)?.collect();
    let mut paths: Vec<_> = entries.map_err(fail)?.iter().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "cast"));
    paths.sort();
    let mut output = String::new();
    for path in paths {
        for event in Recording::load(&path)?.events {
            if let Kind::Output(text) = event.kind {
                output.push_str(&text);
            }
        }
        // Whatever the session left behind.
        output.push_str("\x1bc");
    }
    if output.is_empty() {
        return Err(format!("{}: no recordings", corpus.display()));
    }
    Ok(output.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workload_is_long_and_text() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        for workload in all(SIZES[0], &corpus).unwrap() {
            assert!(workload.bytes.len() > 200_000, "{}", workload.name);
            assert!(str::from_utf8(&workload.bytes).is_ok(), "{}", workload.name);
        }
    }
}
