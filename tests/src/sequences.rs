//! What a program writes to its terminal, cut into text and control sequences.
//!
//! Read first: ECMA-48 §5, and for the strings "xterm ctlseqs". It judges what was written without
//! believing in any one emulator: what asks a terminal for an answer, and what stays switched on.

use std::collections::{BTreeMap, BTreeSet};

use mosh_core::client::{Interview, Reader};
use mosh_core::time::Instant;

/// A part of a program's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Characters, in UTF-8.
    Text(Vec<u8>),
    /// A control character below space, or Delete.
    Control(u8),
    /// An escape sequence, without its ESC.
    Escape(Vec<u8>),
    /// A control sequence: parameter bytes, intermediate bytes and the last byte.
    Sequence(Vec<u8>, Vec<u8>, u8),
    /// A control string: the byte that opened it (`]` for an operating system command) and its
    /// contents.
    String(u8, Vec<u8>),
    /// What the output ends in, if that is the beginning of a piece.
    Torn(Vec<u8>),
}

/// Cuts output into pieces.
#[must_use]
pub fn cut(mut output: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    while let Some(&first) = output.first() {
        let (piece, len) = match first {
            0x1b => escape(output).unwrap_or_else(|| (Piece::Torn(output.to_vec()), output.len())),
            0..0x20 | 0x7f => (Piece::Control(first), 1),
            _ => {
                let is_control = |byte: &u8| *byte < 0x20 || *byte == 0x7f;
                let len = output.iter().position(is_control).unwrap_or(output.len());
                let torn = len == output.len();
                match std::str::from_utf8(&output[..len]) {
                    // The rest of the last character is still to come.
                    Err(error) if torn && error.error_len().is_none() => {
                        match error.valid_up_to() {
                            0 => (Piece::Torn(output.to_vec()), len),
                            len => (Piece::Text(output[..len].to_vec()), len),
                        }
                    }
                    _ => (Piece::Text(output[..len].to_vec()), len),
                }
            }
        };
        pieces.push(piece);
        output = &output[len..];
    }
    pieces
}

/// Reads what begins with ESC, and returns its length.
fn escape(output: &[u8]) -> Option<(Piece, usize)> {
    let kind = *output.get(1)?;
    match kind {
        b'[' => {
            let rest = &output[2..];
            let parameters = rest.iter().take_while(|byte| (0x30..0x40).contains(*byte)).count();
            let others = rest[parameters..].iter();
            let intermediates = others.take_while(|byte| (0x20..0x30).contains(*byte)).count();
            let end = parameters + intermediates;
            let (middle, last) = (rest[parameters..end].to_vec(), *rest.get(end)?);
            Some((Piece::Sequence(rest[..parameters].to_vec(), middle, last), end + 3))
        }
        b']' | b'P' | b'X' | b'^' | b'_' => {
            let rest = &output[2..];
            // BEL ends it alone as CAN and SUB do, ESC together with a backslash.
            let end = rest.iter().position(|byte| matches!(byte, 0x07 | 0x18 | 0x1a | 0x1b))?;
            let len = if rest[end] == 0x1b { 2 } else { 1 };
            (len == 1 || rest.get(end + 1)? == &b'\\')
                .then(|| (Piece::String(kind, rest[..end].to_vec()), 2 + end + len))
        }
        _ => {
            let rest = &output[1..];
            let intermediates = rest.iter().take_while(|byte| (0x20..0x30).contains(*byte)).count();
            rest.get(intermediates)?;
            Some((Piece::Escape(rest[..=intermediates].to_vec()), intermediates + 2))
        }
    }
}

/// Modes of DECSET that a client has reason to change on its user's terminal: cursor keys, reverse
/// video, cursor and its blinking, mouse, focus, wheel, alternate screen, bracketed paste,
/// synchronised updates.
const KNOWN_MODES: &[u16] = &[
    1, 5, 12, 25, 9, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016, 1049, 2004, 2026,
];

/// Modes that are on in a terminal nobody has touched.
const ON_AT_FIRST: &[u16] = &[7, 25];

impl Piece {
    /// Writes the piece as a program would; a control string ends in BEL if it is a command of the
    /// operating system, in ST otherwise.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(bytes) | Self::Torn(bytes) => bytes.clone(),
            Self::Control(control) => vec![*control],
            Self::Escape(escape) => [b"\x1b", &escape[..]].concat(),
            Self::Sequence(parameters, intermediates, last) => {
                [b"\x1b[", &parameters[..], intermediates, &[*last]].concat()
            }
            Self::String(kind, text) => {
                let end: &[u8] = if *kind == b']' { b"\x07" } else { b"\x1b\\" };
                [&[0x1b, *kind], &text[..], end].concat()
            }
        }
    }

    /// Answers whether every terminal takes this without a word: no request for an answer, no
    /// change of what the user cannot see, nothing that is not needed to draw a screen.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        match self {
            Self::Text(text) => std::str::from_utf8(text)
                // U+0080 to U+009F are controls too (ECMA-48 §5.3): CSI is U+009B.
                .is_ok_and(|text| !text.chars().any(char::is_control)),
            Self::Control(control) => matches!(control, 0x07..=0x0a | 0x0d),
            // RI; the keypad.
            Self::Escape(escape) => matches!(&escape[..], b"M" | b"=" | b">"),
            Self::Sequence(parameters, intermediates, last) => {
                let plain = parameters.iter().all(|byte| matches!(byte, b'0'..=b';'));
                match last {
                    // DECSCUSR.
                    b'q' => plain && intermediates == b" ",
                    _ if !intermediates.is_empty() => false,
                    b'h' | b'l' => {
                        let modes = private_modes(parameters);
                        modes.is_some_and(|modes| modes.iter().all(|m| KNOWN_MODES.contains(m)))
                    }
                    // xterm's stack of titles, part of its alternate screen in terminfo.
                    b't' => matches!(&parameters[..], b"22;0;0" | b"23;0;0"),
                    _ => plain && b"@ABCDGHJKLMPSTXbdmr".contains(last),
                }
            }
            Self::String(b']', command) => match command.split(|byte| *byte == b';').next() {
                Some(b"0" | b"1" | b"2") => !command.iter().any(u8::is_ascii_control),
                // A question mark in place of the text would ask for the clipboard.
                Some(b"52") => command.strip_prefix(b"52;c;").is_some_and(|text| {
                    text.iter().all(|c| c.is_ascii_alphanumeric() || b"+/=".contains(c))
                }),
                _ => false,
            },
            Self::String(..) | Self::Torn(_) => false,
        }
    }
}

/// Judges what a client writes to its terminal: at the start, one of ours asks what it can do.
#[derive(Clone, Debug)]
pub struct Judge {
    /// Questions that were not asked yet: each is asked once.
    questions: Vec<Piece>,
}

impl Judge {
    /// Returns a judge who has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        let mut questions = Vec::new();
        let Ok(_) = Interview::ask(Instant::default(), Reader::Terminal, &mut questions);
        Self { questions: cut(&questions) }
    }

    /// Whether `piece` is [harmless](Piece::is_harmless) or a question of the client itself.
    pub fn accepts(&mut self, piece: &Piece) -> bool {
        let question = self.questions.iter().position(|question| question == piece);
        piece.is_harmless() || question.map(|index| self.questions.remove(index)).is_some()
    }
}

impl Default for Judge {
    fn default() -> Self {
        Self::new()
    }
}

fn private_modes(parameters: &[u8]) -> Option<Vec<u16>> {
    let text = std::str::from_utf8(parameters.strip_prefix(b"?")?).ok()?;
    text.split(';').map(|number| number.parse().ok()).collect()
}

/// Names what `pieces` leave switched on in a terminal that was in its usual state before.
#[must_use]
pub fn left_behind(pieces: &[Piece]) -> Vec<String> {
    let mut modes = BTreeMap::new();
    let (mut rendition, mut region, mut keypad, mut titles) = (false, false, false, 0);
    let (mut cursor, mut flags, mut other_keys, mut link) = (false, false, false, false);
    let mut colours = BTreeSet::new();
    let mut left = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Sequence(parameters, _, last @ (b'h' | b'l')) => {
                let set = private_modes(parameters).unwrap_or_default();
                modes.extend(set.into_iter().map(|mode| (mode, *last == b'h')));
            }
            Piece::Sequence(parameters, intermediates, b'q') if intermediates == b" " => {
                cursor = !matches!(&parameters[..], b"" | b"0");
            }
            Piece::Sequence(parameters, _, b'u') if parameters.starts_with(b"=") => {
                flags = parameters != b"=0";
            }
            Piece::Sequence(parameters, _, b'm') if parameters.starts_with(b">4") => {
                other_keys = !matches!(&parameters[..], b">4" | b">4;0");
            }
            Piece::Sequence(parameters, _, b'm') => {
                rendition = !matches!(&parameters[..], b"" | b"0");
            }
            Piece::Sequence(parameters, _, b'r') => region = !parameters.is_empty(),
            Piece::Sequence(parameters, _, b't') => match &parameters[..] {
                b"22;0;0" => titles += 1,
                b"23;0;0" => titles -= 1,
                _ => {}
            },
            Piece::Escape(escape) => match &escape[..] {
                b"=" => keypad = true,
                b">" => keypad = false,
                _ => {}
            },
            Piece::String(b']', command) if command.starts_with(b"8;") => link = command != b"8;;",
            Piece::String(b']', command) => set_colours(&mut colours, command),
            Piece::Torn(bytes) => left.push(format!("a torn sequence, {}", bytes.escape_ascii())),
            _ => {}
        }
    }
    let changed = modes.iter().filter(|(mode, on)| **on != ON_AT_FIRST.contains(mode));
    left.extend(
        changed.map(|(mode, on)| format!("mode {mode} {}", if *on { "on" } else { "off" })),
    );
    let others = [
        (rendition, "a rendition"),
        (region, "a scroll region"),
        (keypad, "the keypad"),
        (cursor, "a shape of the cursor"),
        (flags, "flags of the keyboard"),
        (other_keys, "other keys"),
        (link, "a link"),
    ];
    left.extend(others.iter().filter(|(on, _)| *on).map(|(_, what)| (*what).to_owned()));
    left.extend(colours.into_iter().map(|colour| format!("colour {colour}")));
    if titles != 0 {
        left.push(format!("{titles} titles on the stack"));
    }
    left
}

/// Notes a colour that is set or taken back: OSC 4, 10 to 12, 104 and 110 to 112.
fn set_colours(colours: &mut BTreeSet<String>, command: &[u8]) {
    let text = String::from_utf8_lossy(command);
    let (number, rest) = text.split_once(';').unwrap_or((&text, ""));
    match number {
        // A question sets nothing.
        "4" | "10" | "11" | "12" if rest.ends_with('?') => {}
        "4" => {
            colours.insert(format!("4;{}", rest.split(';').next().unwrap_or_default()));
        }
        "10" | "11" | "12" => {
            colours.insert(number.to_owned());
        }
        "104" if rest.is_empty() => colours.retain(|colour| !colour.starts_with("4;")),
        "104" => rest.split(';').for_each(|index| {
            colours.remove(&format!("4;{index}"));
        }),
        "110" | "111" | "112" => {
            colours.remove(&number.replacen("11", "1", 1));
        }
        _ => {}
    }
}

/// Lists the modes of DECSET that `pieces` switch on at some time.
#[must_use]
pub fn switched_on(pieces: &[Piece]) -> Vec<u16> {
    let set = pieces.iter().filter_map(|piece| match piece {
        Piece::Sequence(parameters, _, b'h') => private_modes(parameters),
        _ => None,
    });
    set.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_cut_where_sequences_end() {
        let pieces = cut(
            b"a\xc3\xa9\r\x1b[?25;1h\x1b]0;t\x07x\x1b]52;c;QQ==\x1b\\\x1b(B\x1bM\x1b[0 q\x1b[1",
        );
        assert_eq!(
            pieces,
            [
                Piece::Text("aé".into()),
                Piece::Control(b'\r'),
                Piece::Sequence(b"?25;1".to_vec(), vec![], b'h'),
                Piece::String(b']', b"0;t".to_vec()),
                Piece::Text(b"x".to_vec()),
                Piece::String(b']', b"52;c;QQ==".to_vec()),
                Piece::Escape(b"(B".to_vec()),
                Piece::Escape(b"M".to_vec()),
                Piece::Sequence(b"0".to_vec(), b" ".to_vec(), b'q'),
                Piece::Torn(b"\x1b[1".to_vec()),
            ]
        );
    }

    #[test]
    fn a_character_that_is_cut_is_torn() {
        let text = "aé漢".as_bytes();
        let pieces = cut(&text[..text.len() - 1]);
        assert_eq!(pieces, [Piece::Text("aé".into()), Piece::Torn("漢".as_bytes()[..2].to_vec())]);
        // Followed by anything else, it is no character.
        assert_eq!(cut(b"\xcc\r"), [Piece::Text(b"\xcc".to_vec()), Piece::Control(b'\r')]);
    }

    #[test]
    fn questions_are_not_harmless() {
        for question in [
            "\x1b[c",
            "\x1b[>c",
            "\x1b[=c",
            "\x1b[5n",
            "\x1b[6n",
            "\x1b[?6n",
            "\x1b[18t",
            "\x1b[21t",
            "\x1b[x",
            "\x1b[?1$p",
            "\x1b[?m",
            "\x1b[>0q",
            "\x1bZ",
            "\x05",
            "\u{9b}c",
            "\x1bP$qm\x1b\\",
            "\x1bP+q544e\x1b\\",
            "\x1b]4;1;?\x07",
            "\x1b]10;?\x07",
            "\x1b]52;c;?\x07",
            "\x1b]50;?\x07",
        ] {
            let pieces = cut(question.as_bytes());
            assert!(!pieces.iter().all(Piece::is_harmless), "{}", question.escape_debug());
        }
        for drawing in ["\x1b[1;2H\x1b[0;38;5;7mtext\r\n\x1bM", "\x1b]0;t\x07\x1b]52;c;QQ==\x07"] {
            assert!(cut(drawing.as_bytes()).iter().all(Piece::is_harmless), "{drawing:?}");
        }
    }

    #[test]
    fn what_is_not_taken_back_is_named() {
        let left = |output: &[u8]| left_behind(&cut(output));
        assert_eq!(
            left(b"\x1b[?1049;2004h\x1b[?25l\x1b[31mred\x1b[?2004l"),
            ["mode 25 off", "mode 1049 on", "a rendition"]
        );
        assert_eq!(
            left(b"\x1b[2;5r\x1b=\x1b[22;0;0t"),
            ["a scroll region", "the keypad", "1 titles on the stack"]
        );
        assert_eq!(
            left(b"\x1b[5 q\x1b[=5u\x1b[>4;2m\x1b]8;;u\x07\x1b]4;1;red\x07\x1b]12;red\x07\x1b]11;?\x07"),
            ["a shape of the cursor", "flags of the keyboard", "other keys", "a link"]
                .into_iter()
                .chain(["colour 12", "colour 4;1"])
                .collect::<Vec<_>>()
        );
        assert!(
            left(
                b"\x1b[5 q\x1b[=5u\x1b[>4;2m\x1b]8;;u\x07\x1b]4;1;red\x07\x1b]12;red\x07\
                   \x1b[0 q\x1b[=0u\x1b[>4;0m\x1b]8;;\x1b\\\x1b]104;7;1\x07\x1b]112\x07"
            )
            .is_empty()
        );
        assert!(left(b"\x1b[?1h\x1b[2;5r\x1b[7m\x1b[0m\x1b[r\x1b[?1l\x1b[?25h").is_empty());
    }
}
