//! Output that nobody writes in good faith: what costs most for its length.
//!
//! Each kind is made in any length, so that what takes more than twice as long at twice the
//! length shows.

use std::fmt;

use super::emulators::{Emulator, Kind};
use super::terminal::{median, processor_time};
use crate::terminal::Size;

/// One kind of hostile output.
#[derive(Clone, Copy, Debug)]
pub struct Attack {
    /// What it does.
    pub name: &'static str,
    /// Comes once.
    pub start: &'static str,
    /// Comes again and again.
    pub again: &'static str,
}

const fn attack(name: &'static str, start: &'static str, again: &'static str) -> Attack {
    Attack { name, start, again }
}

/// All kinds.
pub const ATTACKS: &[Attack] = &[
    attack("insert lines", "", "\x1b[H\x1b[65535L"),
    attack("delete lines", "", "\x1b[H\x1b[65535M"),
    attack("scroll up", "", "\x1b[65535S"),
    attack("scroll down", "", "\x1b[65535T"),
    attack("scroll by lines", "\x1b[999;1H", "\n"),
    attack("scroll by reverse lines", "\x1b[H", "\x1bM"),
    attack("insert characters", "", "\x1b[65535@"),
    attack("delete characters", "", "\x1b[65535P"),
    attack("erase characters", "", "\x1b[65535X"),
    attack("erase screen", "", "\x1b[2J"),
    attack("alignment pattern", "", "\x1b#8"),
    attack("reset", "", "\x1bc"),
    attack("alternate screen", "", "\x1b[?1049h\x1b[?1049l"),
    attack("fill rectangle", "", "\x1b[88;1;1;65535;65535$x"),
    attack("copy rectangle", "", "\x1b[1;1;65535;65535;1;2;2$v"),
    attack("resize margins", "\x1b[?69h", "\x1b[2;65535s\x1b[2;65535r\x1b[65535S"),
    attack("moves of 65535", "", "\x1b[65535A\x1b[65535B\x1b[65535C\x1b[65535D\x1b[65535;65535H"),
    attack("tabs without stops", "\x1b[3g", "\r\t"),
    attack("65535 tabs", "\x1b[3g", "\r\x1b[65535I\x1b[65535Z"),
    attack("repeat", "x", "\x1b[65535b"),
    attack("repeat wide", "漢", "\x1b[65535b"),
    attack("repeat a mark", "x\u{301}", "\x1b[65535b"),
    attack("endless combining marks", "x", "\u{301}\u{302}\u{303}"),
    attack("endless joined emoji", "", "👩\u{200d}"),
    attack("insert mode", "\x1b[4h", "\r漢x"),
    attack("parameters without end", "\x1b[", "1;65535:2;"),
    attack("numbers without end", "\x1b[", "9"),
    attack("intermediates without end", "\x1b[", "!"),
    attack("command without end", "\x1b]52;c;", "QUJD"),
    attack("title without end", "\x1b]0;", "é"),
    attack("device control without end", "\x1bP1$q", "m"),
    attack("application string without end", "\x1b_", "m"),
    attack("titles", "", "\x1b]0;a title that is changed\x07"),
    attack("clipboards", "", "\x1b]52;c;QUJDQUJDQUJDQUJDQUJD\x07"),
    attack("title stack", "", "\x1b[22t"),
    attack("keyboard stack", "", "\x1b[>1u"),
    attack("saved modes", "", "\x1b[?1049;1;7;25;2004s\x1b7"),
    attack("palette", "", "\x1b]4;1;rgb:1/2/3;2;#123;300;x;3;red\x07"),
    attack("queries", "", "\x1b[c\x1b[6n\x1b[?1$p\x1bP$qm\x1b\\\x1b]10;?\x07"),
    attack("malformed bytes", "", "\u{fffd}\u{85}\u{9b}65535L"),
];

/// Marks that differ, so that every character takes a place of its own.
fn distinct(len: usize) -> Vec<u8> {
    let marks: Vec<char> = ('\u{300}'..'\u{36f}').collect();
    let mut text = String::new();
    for n in 0.. {
        if text.len() >= len {
            break;
        }
        let mark = |n: usize| marks[n % marks.len()];
        text.extend(['x', mark(n), mark(n / marks.len()), mark(n / marks.len().pow(2))]);
    }
    text.into_bytes()
}

/// Links that differ, as [`distinct`].
fn links(len: usize) -> Vec<u8> {
    let links = (0..).map(|n| format!("\x1b]8;;http://{n}\x07x\x1b[58;2;1;2;{}mx", n % 256));
    let mut text = String::new();
    for link in links {
        if text.len() >= len {
            break;
        }
        text.push_str(&link);
    }
    text.into_bytes()
}

/// Returns all kinds in this length, with their names.
pub fn outputs(len: usize) -> Vec<(&'static str, Vec<u8>)> {
    let repeated = ATTACKS.iter().map(|&Attack { name, start, again }| {
        let count = len.saturating_sub(start.len()).div_ceil(again.len());
        (name, [start.as_bytes(), &again.as_bytes().repeat(count)].concat())
    });
    let made = [("distinct clusters", distinct(len)), ("distinct links", links(len))];
    repeated.chain(made).collect()
}

/// How long one kind took.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// The kind.
    pub name: &'static str,
    /// Columns and rows.
    pub size: Size,
    /// Nanoseconds for each byte: ours and `alacritty_terminal`'s.
    pub cost: [f64; 2],
    /// Ours for four times as many bytes.
    pub later: f64,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, size: (columns, rows), cost: [ours, other], later } = self;
        write!(f, "| {columns}x{rows} | {name} | {ours:.1} | {other:.1} | {:.2} |", later / ours)
    }
}

/// The heading above the lines.
pub const HEADING: &str = "\
| screen | output | ours ns/byte | alacritty_terminal | ours, four times as much / once |
|---|---|---:|---:|---:|";

/// Measures all kinds whose names contain `filter`.
pub fn measure(filter: &str, mut print: impl FnMut(Line)) {
    for (size, len) in [((80, 24), 50_000), ((1000, 500), 2_000)] {
        let short = outputs(len);
        let long = outputs(4 * len);
        for ((name, short), (_, long)) in short.iter().zip(&long) {
            if name.contains(filter) {
                let of = |kind, bytes| median((0..3).map(|_| cost(kind, size, bytes)).collect());
                let cost = [of(Kind::Ours, short), of(Kind::Alacritty, short)];
                print(Line { name, size, cost, later: of(Kind::Ours, long) });
            }
        }
    }
}

/// Nanoseconds for each byte.
fn cost(kind: Kind, size: Size, bytes: &[u8]) -> f64 {
    let mut emulator = Emulator::new(kind, size);
    // The memory of the screen is not what is measured.
    emulator.write(b"\x1b#8");
    let start = processor_time();
    emulator.write(bytes);
    (processor_time() - start) * 1e9 / bytes.len() as f64
}
