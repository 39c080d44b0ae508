//! Answers to questions in device control strings, and reports of state that can be sent back
//! (DEC STD 070; xterm ctlseqs, "Device-Control functions").

use super::Emulation;
use super::charsets::Charset;
use super::parser::Sequence;
use crate::screen::{Attributes, Color, Position, Rendition, Underline};
use core::fmt::Write as _;
use heapless::String;

/// As long as the longest answer: the tab stops of the widest screen, eight columns apart.
type Text = String<1536>;

/// A capability of the terminal and its value (terminfo(5); user_caps(5) for the newer ones).
const CAPABILITIES: [(&[u8], &[u8]); 21] = [
    (b"TN", b"xterm-256color"),
    (b"name", b"xterm-256color"),
    (b"Co", b"256"),
    (b"colors", b"256"),
    (b"RGB", b"8/8/8"),
    (b"Tc", b""),
    (b"Su", b""),
    (b"XT", b""),
    (b"AX", b""),
    (b"Ms", b"\x1b]52;%p1%s;%p2%s\x07"),
    (b"Ss", b"\x1b[%p1%d q"),
    (b"Se", b"\x1b[0 q"),
    (b"Smulx", b"\x1b[4:%p1%dm"),
    (b"Setulc", SETULC),
    (b"Sync", b"\x1b[?2026%?%p1%{1}%-%tl%eh%;"),
    (b"fullkbd", b""),
    (b"indn", b"\x1b[%p1%dS"),
    (b"smxx", b"\x1b[9m"),
    (b"rmxx", b"\x1b[29m"),
    (b"Smol", b"\x1b[53m"),
    (b"Rmol", b"\x1b[55m"),
];

const SETULC: &[u8] = b"\x1b[58:2::%p1%{65536}%/%d:%p1%{256}%/%{255}%&%d:%p1%{255}%&%d%;m";

/// The longest name of a capability that is looked up.
const MAX_NAME: usize = 16;

impl Emulation<'_, '_> {
    /// A device control string.
    pub(super) fn answer_string(&mut self, sequence: &Sequence, data: &[u8]) {
        match (sequence.intermediates, sequence.last) {
            // DECRQSS.
            (0x24, b'q') => self.report_setting(data),
            // XTGETTCAP.
            (0x2b, b'q') => {
                for name in data.split(|&byte| byte == b';') {
                    self.report_capability(name);
                }
            }
            // DECRSPS.
            (0x24, b't') => self.restore_presentation(sequence.param(0, 0), data),
            _ => {}
        }
    }

    /// DECRQSS: the function that sets what is set.
    fn report_setting(&mut self, name: &[u8]) {
        let mut text = Text::new();
        let state = &*self.state;
        let info = self.screens.info(self.frame);
        let (top, bottom) = (state.top + 1, state.bottom + 1);
        let (left, right) = (state.left + 1, state.right + 1);
        let written = text.push_str("\x1bP1$r").and_then(|()| {
            let (rows, columns) = (state.size.rows, state.size.columns);
            let Ok(()) = (match name {
                b"m" => {
                    let underline = self.screens.extra(info.rendition).underline;
                    write_rendition(&mut text, info.rendition, underline)
                }
                b"r" => write!(text, "{top};{bottom}r"),
                b"s" => write!(text, "{left};{right}s"),
                b"t" => write!(text, "{rows}t"),
                b"$|" => write!(text, "{columns}$|"),
                b"*|" => write!(text, "{rows}*|"),
                b" q" => write!(text, "{} q", info.modes.cursor_style.number()),
                b"\"p" => write!(text, "6{};1\"p", state.conformance),
                b"\"q" => write!(text, "{}\"q", u8::from(info.rendition.is_protected())),
                b"*x" => write!(text, "{}*x", 1 + u8::from(state.rectangular_extent)),
                _ => Err(core::fmt::Error),
            }) else {
                return Err(Default::default());
            };
            text.push_str("\x1b\\")
        });
        self.reply(if written.is_ok() { text.as_bytes() } else { b"\x1bP0$r\x1b\\" });
    }

    /// XTGETTCAP: one capability, its name and its value in hexadecimal digits.
    fn report_capability(&mut self, name: &[u8]) {
        let digits = core::str::from_utf8(name).unwrap_or_default();
        let mut decoded = [0; MAX_NAME];
        let value = decode(name, &mut decoded)
            .and_then(|name| CAPABILITIES.iter().find(|(known, _)| *known == name))
            .map(|(_, value)| *value);
        let mut text = Text::new();
        let written = match value {
            // What is no number in hexadecimal digits is not repeated.
            None if digits.len() > 2 * MAX_NAME
                || digits.contains(|c: char| !c.is_ascii_hexdigit()) =>
            {
                write!(text, "\x1bP0+r\x1b\\")
            }
            None => write!(text, "\x1bP0+r{digits}\x1b\\"),
            Some(value) => write!(text, "\x1bP1+r{digits}").and_then(|()| {
                if !value.is_empty() {
                    text.write_str("=")?;
                }
                value.iter().try_for_each(|byte| write!(text, "{byte:02X}"))?;
                text.write_str("\x1b\\")
            }),
        };
        if written.is_ok() {
            self.reply(text.as_bytes());
        }
    }

    /// DECRQPSR: the cursor (DECCIR) or the tab stops (DECTABSR).
    pub(super) fn report_presentation(&mut self, what: u16) {
        let mut text = Text::new();
        let written = match what {
            1 => self.write_cursor(&mut text),
            2 => self.write_tabs(&mut text),
            _ => return,
        };
        if written.is_ok() {
            self.reply(text.as_bytes());
        }
    }

    fn write_cursor(&self, text: &mut Text) -> core::fmt::Result {
        let state = &*self.state;
        let info = self.screens.info(self.frame);
        let Position { row, column } = info.cursor;
        let attributes = info.rendition.attributes();
        // Sets of bits are characters from `@` on.
        let bits = |set: &[bool]| {
            let set = set.iter().rev().fold(0, |bits, &bit| bits << 1 | u8::from(bit));
            char::from(b'@' + set)
        };
        let rendition = bits(&[
            attributes.contains(Attributes::BOLD),
            info.rendition.underline() != Underline::None,
            attributes.contains(Attributes::BLINK),
            attributes.contains(Attributes::INVERSE),
        ]);
        let protected = bits(&[info.rendition.is_protected()]);
        let single = state.charsets.single();
        let flags = bits(&[state.origin, single == Some(2), single == Some(3), state.pending_wrap]);
        let locked = state.charsets.locked();
        write!(text, "\x1bP1$u{};{};1;{rendition};{protected};", row + 1, column + 1)?;
        let sets = state.charsets.sets();
        let sizes = bits(&sets.map(Charset::is_96));
        // The right half is G2, as DEC's terminals have it.
        write!(text, "{flags};{locked};2;{sizes};")?;
        for set in sets {
            text.write_str(set.name())?;
        }
        text.write_str("\x1b\\")
    }

    fn write_tabs(&self, text: &mut Text) -> core::fmt::Result {
        text.write_str("\x1bP2$u")?;
        let columns = self.state.size.columns;
        let mut separator = "";
        for column in (0..columns).filter(|&column| self.state.tabs.is_set(column)) {
            write!(text, "{separator}{}", column + 1)?;
            separator = "/";
        }
        text.write_str("\x1b\\")
    }
}

/// The bytes that hexadecimal digits stand for, if they are such and fit.
fn decode<'b>(digits: &[u8], buf: &'b mut [u8; MAX_NAME]) -> Option<&'b [u8]> {
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let target = buf.get_mut(..pairs.len())?;
    for (byte, pair) in target.iter_mut().zip(pairs) {
        let digit = |c: u8| char::from(c).to_digit(16);
        *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
    }
    Some(target)
}

/// Writes the SGR that gives a rendition from scratch.
fn write_rendition(text: &mut Text, rendition: Rendition, underline: Color) -> core::fmt::Result {
    text.write_str("0")?;
    for (attribute, number) in [
        (Attributes::BOLD, 1),
        (Attributes::FAINT, 2),
        (Attributes::ITALIC, 3),
        (Attributes::BLINK, 5),
        (Attributes::INVERSE, 7),
        (Attributes::INVISIBLE, 8),
        (Attributes::STRIKE, 9),
        (Attributes::OVERLINE, 53),
    ] {
        if rendition.attributes().contains(attribute) {
            write!(text, ";{number}")?;
        }
    }
    match rendition.underline() {
        Underline::None => {}
        Underline::Single => text.write_str(";4")?,
        Underline::Double => text.write_str(";21")?,
        Underline::Curly => text.write_str(";4:3")?,
        Underline::Dotted => text.write_str(";4:4")?,
        Underline::Dashed => text.write_str(";4:5")?,
    }
    let colors = [(30, rendition.foreground()), (40, rendition.background()), (50, underline)];
    for (base, color) in colors {
        match color {
            Color::Default => {}
            Color::Palette(index @ 0..=7) if base < 50 => write!(text, ";{}", base + index)?,
            Color::Palette(index @ 8..=15) if base < 50 => write!(text, ";{}", base + 52 + index)?,
            Color::Palette(index) => write!(text, ";{}:5:{index}", base + 8)?,
            Color::Rgb(r, g, b) => write!(text, ";{}:2::{r}:{g}:{b}", base + 8)?,
        }
    }
    text.write_str("m")
}
