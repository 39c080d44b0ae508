//! Output in bad faith: every function with numbers that nobody means, on screens of any size.

use mosh_core::screen::{Screens, Size};
use mosh_core::server::ServerStorage;
use mosh_core::storage::Slab;
use mosh_core::terminal::{Replies, Terminal, TerminalStorage};
use proptest::prelude::*;

use super::model::Image;

/// Modes that change what other functions do.
const MODES: &[u16] = &[3, 6, 7, 45, 47, 69, 1045, 1047, 1048, 1049, 2026, 2027, 2048];

/// Text that takes no column, two, or a place together with other text.
const TEXTS: &[&str] = &[
    "x",
    "漢",
    "\u{301}",
    "\u{fe0f}",
    "\u{200d}",
    "👩",
    "🇫",
    "❤",
    "plain text",
    "\r",
    "\n",
    "\t",
    "\x08",
    "\x0b",
    "\x0e",
    "\x1bM",
    "\x1bD",
    "\x1bE",
    "\x1bH",
    "\x1b7",
    "\x1b8",
    "\x1bc",
    "\x1b6",
    "\x1b9",
    "\x1b#8",
    "\x1b(0",
    "\x1b[4h",
    "\x1b[20h",
    "\u{9b}",
    "\u{90}",
    "\u{9c}",
    "\x1b]66;w=2;漢字\x07",
    "\x1b]8;;u\x07",
    "\x1b]2;t\x07",
    "\x1bP$qr\x1b\\",
];

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (0..10_u32).prop_map(|number| number.to_string()),
        2 => Just("65535".to_owned()),
        1 => Just(String::new()),
        1 => Just("4294967297".to_owned()),
    ]
}

fn piece() -> impl Strategy<Value = String> {
    let marks = prop::sample::select(&["", "", "", "?", ">", "<", "="][..]);
    let between = prop::sample::select(&["", "", "", "$", "*", "'", "!", " ", "\"", "#"][..]);
    let control = (marks, prop::collection::vec(number(), 0..9), between, 0x40..0x7f_u8).prop_map(
        |(mark, numbers, between, last)| {
            format!("\x1b[{mark}{}{between}{}", numbers.join(";"), char::from(last))
        },
    );
    let mode = (prop::sample::select(MODES), any::<bool>())
        .prop_map(|(mode, on)| format!("\x1b[?{mode}{}", if on { 'h' } else { 'l' }));
    let margins = (number(), number(), any::<bool>())
        .prop_map(|(a, b, sides)| format!("\x1b[{a};{b}{}", if sides { 's' } else { 'r' }));
    let text = prop::sample::select(TEXTS).prop_map(str::to_owned);
    prop_oneof![4 => control, 1 => mode, 1 => margins, 3 => text]
}

proptest! {
    #![proptest_config(super::cases(3000))]

    #[test]
    fn no_function_with_any_number_breaks_a_screen(
        columns in 1..8_u16,
        rows in 1..5_u16,
        pieces in prop::collection::vec(piece(), 0..60),
    ) {
        let mut screens = Screens::new(ServerStorage::heap().host.screens);
        let size = Size { columns, rows };
        let frame = screens.blank(size).unwrap();
        let storage = TerminalStorage { string: Slab::growable(1 << 12) };
        let mut terminal = Terminal::new(storage, size);
        for piece in &pieces {
            let mut replies = Replies::new();
            terminal.write(&mut screens, &frame, piece.as_bytes(), &mut replies);
            let image = Image::of(&screens, &frame);
            prop_assert_eq!(image.flaw(), None, "after {:?}", piece);
            let held: Vec<_> = core::iter::once(&frame).chain(terminal.held()).collect();
            screens.check(&held);
        }
    }
}
