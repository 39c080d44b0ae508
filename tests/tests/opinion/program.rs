//! What programs write: plausible sequences with random parameters.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A piece of output that shows as text when a property fails.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Piece(pub(crate) Vec<u8>);

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// Output in pieces, of which a property that fails shows the fewest.
pub(crate) fn program() -> impl Strategy<Value = Vec<Piece>> {
    vec(piece(), 0..40)
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        8 => text(),
        3 => fixed(&["\r", "\n", "\x08", "\r\n", "\t", "\x0b", "\x0c"]),
        3 => (number(), number()).prop_map(|(row, column)| format!("\x1b[{row};{column}H")),
        8 => (number(), select("@ABCDEFGILMPSTXZ`abdef".chars().collect::<Vec<_>>()))
            .prop_map(|(count, last)| format!("\x1b[{count}{last}")),
        2 => (0..4_u16, select(vec!['J', 'K'])).prop_map(|(part, last)| format!("\x1b[{part}{last}")),
        2 => (0..8_u16, 0..9_u16).prop_map(|(top, bottom)| format!("\x1b[{top};{bottom}r")),
        5 => rendition(),
        4 => mode(),
        2 => fixed(&[
            "\x1bD", "\x1bE", "\x1bM", "\x1b7", "\x1b8", "\x1bH", "\x1b[g", "\x1b[3g", "\x1b[s",
            "\x1b[u", "\x1b[r", "\x1b[J", "\x1b[K", "\x1b[H", "\x1b#8",
        ]),
        1 => fixed(&["\x1b(0", "\x1b(B", "\x1b)0", "\x1b)B", "\x0e", "\x0f"]),
        1 => fixed(&["\x1bc", "\x1b[!p"]),
        1 => fixed(&["\x1b]0;title\x07", "\x1b]2;title\x1b\\", "\x1b]8;;http://a/\x07", "\x1b]8;;\x07"]),
        1 => fixed(&["\x1bPq#0\x1b\\", "\x1b_x\x1b\\", "\x1b^y\x1b\\", "\x1b]777;x\x18", "\x1b[1\x1a"]),
        2 => fixed(&[
            "\x1b[3 q", "\x1b[0 q", "\x1b=", "\x1b>", "\x1b[>1u", "\x1b[=5u", "\x1b[<u", "\x1b[>4;2m",
            "\x1b[?1007h", "\x1b[?2026h", "\x1b[?2026l", "\x1b]10;#ff0000\x07", "\x1b]110\x07",
            "\x1b]4;1;#00ff00\x07", "\x1b]7;file:///a\x07", "\x1b]133;A\x07", "\x1b]9;note\x07",
            "\x1b]52;c;YQ==\x07",
        ]),
    ]
    .prop_map(|text| Piece(text.into_bytes()))
}

pub(crate) fn fixed(choices: &[&str]) -> impl Strategy<Value = String> + use<> {
    select(choices.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
}

pub(crate) fn number() -> impl Strategy<Value = u16> {
    prop_oneof![8 => 0..12_u16, 2 => 0..50_u16, 1 => Just(65535)]
}

/// Narrow, wide and combining characters, whose widths nobody contests.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zq~ ]{1,12}",
        2 => "[a-z日本語漢字]{1,8}",
        1 => "[éü─│┌┐█€]{1,6}",
        1 => "[a-c日][\u{301}\u{308}]{1,2}[a-c]{0,2}",
        1 => "[\u{301}\u{308}]",
    ]
}

fn rendition() -> impl Strategy<Value = String> {
    let number = select(vec![
        0_u16, 1, 2, 3, 4, 5, 7, 8, 9, 22, 23, 24, 25, 27, 28, 29, 31, 53, 55, 37, 39, 42, 47, 49,
        90, 97, 100, 107,
    ]);
    let plain = vec(number, 0..4).prop_map(|numbers| {
        let texts: Vec<_> = numbers.iter().map(u16::to_string).collect();
        format!("\x1b[{}m", texts.join(";"))
    });
    let ground = || select(vec![38, 48, 58]);
    prop_oneof![
        6 => plain,
        1 => (ground(), any::<u8>(), select(vec![';', ':']))
            .prop_map(|(which, index, c)| format!("\x1b[{which}{c}5{c}{index}m")),
        1 => (ground(), any::<[u8; 3]>())
            .prop_map(|(which, [r, g, b])| format!("\x1b[{which};2;{r};{g};{b}m")),
        1 => (ground(), any::<[u8; 3]>())
            .prop_map(|(which, [r, g, b])| format!("\x1b[{which}:2::{r}:{g}:{b}m")),
        1 => (ground(), any::<[u8; 3]>())
            .prop_map(|(which, [r, g, b])| format!("\x1b[{which}:2:{r}:{g}:{b}m")),
        1 => (0..6_u16).prop_map(|shape| format!("\x1b[4:{shape}m")),
        1 => Just("\x1b[59m".to_owned()),
    ]
}

fn mode() -> impl Strategy<Value = String> {
    let private =
        select(vec![1, 6, 7, 25, 47, 1047, 1048, 1049, 1000, 1002, 1003, 1004, 1005, 1006, 2004]);
    let last = || select(vec!['h', 'l']);
    prop_oneof![
        4 => (private, last()).prop_map(|(mode, last)| format!("\x1b[?{mode}{last}")),
        1 => (select(vec![4, 20]), last()).prop_map(|(mode, last)| format!("\x1b[{mode}{last}")),
    ]
}
