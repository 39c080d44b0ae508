//! Measures the terminal emulator: `cargo run --release -p mosh-core --example throughput`.
//!
//! Prints megabytes per second for kinds of program output on an 80x24 screen, each fed in
//! pieces of 4 kB with a snapshot now and then, as a server takes them.

use mosh_core::screen::{Frame, ScreenStorage, Screens, Size};
use mosh_core::storage::Slab;
use mosh_core::terminal::{Replies, Terminal, TerminalStorage};

const PIECE: usize = 4096;
/// Pieces between two snapshots: a frame each 20 ms while 20 MB/s arrive.
const SNAPSHOT_PIECES: usize = 100;
const TOTAL: usize = 100_000_000;

fn main() {
    let plain = plain();
    let utf8 = utf8();
    let moves = moves();
    let colours = colours();
    let mixed = [&plain[..], &colours[..], &utf8[..], &moves[..]].concat();
    for (name, corpus) in [
        ("mixed", mixed),
        ("plain lines", plain),
        ("colours", colours),
        ("UTF-8", utf8),
        ("cursor moves", moves),
    ] {
        println!("{name:<14} {:>7.1} MB/s", measure(&corpus));
    }
}

#[allow(clippy::disallowed_methods, reason = "measuring is what this program is for")]
fn measure(corpus: &[u8]) -> f64 {
    let mut screens = Screens::new(ScreenStorage {
        cells: Slab::growable(1 << 20),
        row_info: Slab::growable(1 << 12),
        tables: Slab::growable(1 << 12),
        infos: Slab::growable(8),
        texts: Slab::growable(1 << 10),
        clusters: Slab::growable(1 << 10),
        extras: Slab::growable(64),
    });
    let size = Size::default();
    let frame = screens.blank(size).expect("the store is empty");
    let mut terminal = Terminal::new(TerminalStorage { string: Slab::growable(1 << 14) }, size);
    let mut replies = Replies::new();
    let mut kept: Option<Frame> = None;
    let start = std::time::Instant::now();
    let mut written = 0;
    for (count, piece) in corpus.chunks(PIECE).cycle().enumerate() {
        terminal.write(&mut screens, &frame, piece, &mut replies);
        written += piece.len();
        if count % SNAPSHOT_PIECES == 0 {
            if let Some(old) = kept.take() {
                screens.release(old);
            }
            kept = screens.snapshot(&frame).ok();
        }
        if written >= TOTAL {
            break;
        }
    }
    written as f64 / start.elapsed().as_secs_f64() / 1e6
}

/// Lines of words, as of a build or a log.
fn plain() -> Vec<u8> {
    let words = ["compiling", "src/main.rs", "error:", "warning:", "0x7f3a", "the", "of", "and"];
    let mut text = String::new();
    for line in 0_usize..20_000 {
        for word in 0..3 + line % 9 {
            text += words[(line * 7 + word * 3) % words.len()];
            text.push(' ');
        }
        text += "\r\n";
    }
    text.into_bytes()
}

/// Words in colours, as of `ls --color` or a highlighted source.
fn colours() -> Vec<u8> {
    let mut text = String::new();
    for line in 0..10_000 {
        for word in 0..8 {
            text += &format!("\x1b[{};{}mword{word}\x1b[0m ", word % 2, 31 + (line + word) % 7);
            text += &format!("\x1b[38;5;{}mfile.rs\x1b[m  ", (line * 3 + word) % 256);
        }
        text += "\r\n";
    }
    text.into_bytes()
}

/// Text beyond ASCII: Latin, Cyrillic, Chinese, boxes.
fn utf8() -> Vec<u8> {
    let mut text = String::new();
    for line in 0..10_000 {
        let part = ["Größe für Übung ", "привет мир ", "漢字かな交じり文 ", "│──┬──│ "][line % 4];
        text += &part.repeat(1 + line % 5);
        text += "\r\n";
    }
    text.into_bytes()
}

/// A full-screen program: positions, short texts, erasing, scrolling regions.
fn moves() -> Vec<u8> {
    let mut text = String::new();
    for step in 0..20_000 {
        let (row, column) = (1 + step * 7 % 24, 1 + step * 13 % 70);
        text += &format!("\x1b[{row};{column}H{step:>5}\x1b[K");
        if step % 10 == 0 {
            text += "\x1b[2;20r\x1b[20H\n\x1b[r\x1b[7mstatus line\x1b[27m";
        }
        text += "\x1b[A\x1b[3Cx\r\n";
    }
    text.into_bytes()
}
