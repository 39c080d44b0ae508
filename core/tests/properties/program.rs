//! What programs write.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::edit::{mark, text};

/// Output that shows as text when a property fails.
#[derive(Clone)]
pub(crate) struct Output(pub(crate) Vec<u8>);

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

impl From<String> for Output {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

/// Pieces of output, of which a property that fails shows the fewest.
pub(crate) type Pieces = Vec<Output>;

pub(crate) fn join(pieces: &[Output]) -> Vec<u8> {
    pieces.iter().flat_map(|piece| piece.0.iter().copied()).collect()
}

/// What the naive terminal understands, and all of it programs use.
pub(crate) fn simple() -> impl Strategy<Value = Pieces> {
    vec(simple_piece(), 0..40)
}

fn simple_piece() -> impl Strategy<Value = Output> {
    let number = || prop_oneof![4 => 0..12_u16, 1 => 0..50_u16];
    prop_oneof![
        8 => text(),
        2 => mark().prop_map(String::from),
        3 => select(vec!["\r", "\n", "\x08", "\r\n", "\x1bM", "\x07"]).prop_map(String::from),
        3 => (number(), number()).prop_map(|(row, column)| format!("\x1b[{row};{column}H")),
        6 => (number(), select(vec!['@', 'A', 'B', 'C', 'D', 'G', 'L', 'M', 'P', 'S', 'T', 'X']))
            .prop_map(|(count, last)| format!("\x1b[{count}{last}")),
        2 => (0..3_u16, select(vec!['J', 'K']))
            .prop_map(|(part, last)| format!("\x1b[{part}{last}")),
        2 => (0..8_u16, 0..9_u16).prop_map(|(top, bottom)| format!("\x1b[{top};{bottom}r")),
        1 => Just(String::from("\x1b[r")),
        3 => rendition(),
        1 => visible_mode(),
        1 => select(vec!["\x1b]0;both\x07", "\x1b]1;icon\x07", "\x1b]2;title\x07"])
            .prop_map(String::from),
    ]
    .prop_map(Output::from)
}

fn rendition() -> impl Strategy<Value = String> {
    let number = select(vec![
        0_u16, 1, 2, 3, 4, 5, 7, 8, 9, 22, 23, 24, 25, 27, 28, 29, 31, 37, 39, 42, 47, 49, 53, 55,
        90, 97, 100, 107,
    ]);
    let plain = vec(number, 0..4).prop_map(|numbers| {
        let texts: Vec<_> = numbers.iter().map(u16::to_string).collect();
        format!("\x1b[{}m", texts.join(";"))
    });
    prop_oneof![
        4 => plain,
        1 => (select(vec![38, 48]), any::<u8>())
            .prop_map(|(which, index)| format!("\x1b[{which};5;{index}m")),
        1 => (select(vec![38, 48]), any::<[u8; 3]>())
            .prop_map(|(which, [r, g, b])| format!("\x1b[{which};2;{r};{g};{b}m")),
        1 => (2..6_u16).prop_map(|shape| format!("\x1b[4:{shape}m")),
        1 => select(vec!["\x1b[58:5:7m", "\x1b[58:2::7:8:9m", "\x1b[59m"]).prop_map(String::from),
        1 => select(vec!["\x1b]8;;http://a/\x1b\\", "\x1b]8;id=1;b\x07", "\x1b]8;;\x07"])
            .prop_map(String::from),
    ]
}

fn visible_mode() -> impl Strategy<Value = String> {
    let mode = select(vec![5, 25, 1004, 2004, 9, 1000, 1001, 1002, 1003, 1005, 1006, 1015]);
    (mode, select(vec!['h', 'l'])).prop_map(|(mode, last)| format!("\x1b[?{mode}{last}"))
}

/// Anything: what programs write, what they should not, and noise.
pub(crate) fn anything() -> impl Strategy<Value = Pieces> {
    vec(prop_oneof![4 => simple_piece(), 2 => rare_piece(), 1 => noise()], 0..40)
}

/// All that programs write on purpose.
pub(crate) fn sensible() -> impl Strategy<Value = Pieces> {
    vec(prop_oneof![3 => simple_piece(), 1 => rare_piece()], 0..40)
}

fn rare_piece() -> impl Strategy<Value = Output> {
    let rare = vec![
        "\t",
        "\x0b",
        "\x0c",
        "\x1bD",
        "\x1bE",
        "\x1bH",
        "\x1b7",
        "\x1b8",
        "\x1b#8",
        "\x1bc",
        "\x1b[!p",
        "\x1b[s",
        "\x1b[u",
        "\x1b[g",
        "\x1b[3g",
        "\x1b[4h",
        "\x1b[4l",
        "\x1b[?6h",
        "\x1b[?6l",
        "\x1b[?7h",
        "\x1b[?7l",
        "\x1b[?1h",
        "\x1b[?3h",
        "\x1b[?1007h",
        "\x1b[?1049h",
        "\x1b[6n",
        "\x1b[c",
        "\x1b[>c",
        "\x1b[5n",
        "\x1b]52;c;YWJj\x07",
        "\x1b]52;c;?\x07",
        "\x1b]52;;\x1b\\",
        "\x1b]2;\u{6f22};x\x1b\\",
        "\x1b]0;\x07",
        "\x1b]4;1;#123456\x07",
        "\x1b]4;1;?\x07",
        "\x1b]10;rgb:1/2/3;#000\x1b\\",
        "\x1b]11;?\x07",
        "\x1b]104\x07",
        "\x1b]111\x07",
        "\x1b]7;file://host/\x07",
        "\x1b]9;done\x07",
        "\x1b]777;notify;a;b\x07",
        "\x1b]52;p;cQ==\x07",
        "\x1b]52;cp;Yw==\x07",
        "\x1b]133;A\x07",
        "\x1b]133;C\x07",
        "\x1b]8;\x07",
        "\x1b]8;;\u{e9}\x07",
        "\x1b[58m",
        "\x1bPq#0\x1b\\",
        "\x1b_x\x1b\\",
        "\x1b(B",
        "\x0e",
        "\x0f",
        "\x18",
        "\u{9b}3C",
        "\u{84}",
        "\u{85}",
        "\u{8d}",
    ];
    prop_oneof![
        4 => select(rare).prop_map(String::from),
        1 => (0..30_u16, select(vec!['E', 'F', 'I', 'Z', 'a', 'b', 'd', 'e', '`', 'f']))
            .prop_map(|(count, last)| format!("\x1b[{count}{last}")),
    ]
    .prop_map(Output::from)
}

fn noise() -> impl Strategy<Value = Output> {
    let byte = prop_oneof![
        any::<u8>(),
        select(b"\x1b\x1b[[]];:?>!0159mHJKrh\x07\x9b\xc2\xe6\xbc\xa2\xf0".to_vec()),
    ];
    vec(byte, 1..12).prop_map(Output)
}
