//! Colours that a program sets, takes back and asks for: OSC 4, 10 to 12, 104 and 110 to 112
//! (xterm ctlseqs, "Operating System Commands").
//!
//! # Differences
//!
//! From xterm: names of colours, `rgbi:` and the CIE forms of X11 are not understood, nor are
//! the special colours (OSC 5 and numbers from 256 on) and those of the pointer and Tektronix
//! windows (13 to 19). A colour is kept in eight bits of each part. What the user's own terminal
//! has not told is not answered.

use super::parser::Terminator;
use super::{Emulation, Rgb};
use crate::screen::{ColorSlot, Palette};
use core::fmt::Write as _;

/// What OSC 10, 11 and 12 stand for.
const DYNAMIC: [ColorSlot; 3] = [ColorSlot::Foreground, ColorSlot::Background, ColorSlot::Cursor];

impl Emulation<'_, '_> {
    /// OSC 4: pairs of a number and a colour, or `?`.
    pub(super) fn palette_colors(&mut self, rest: &[u8], end: Terminator) {
        self.edit_palette(|terminal, palette| {
            let mut parts = rest.split(|&byte| byte == b';');
            while let (Some(index), Some(color)) = (parts.next(), parts.next()) {
                if let Some(index) = number(index) {
                    terminal.color(palette, ColorSlot::Palette(index), color, end);
                }
            }
        });
    }

    /// OSC 10 to 12: a colour, or `?`; each further one is for the next number.
    pub(super) fn dynamic_colors(&mut self, first: usize, rest: &[u8], end: Terminator) {
        self.edit_palette(|terminal, palette| {
            let colors = rest.split(|&byte| byte == b';');
            for (&slot, color) in DYNAMIC.iter().skip(first).zip(colors) {
                terminal.color(palette, slot, color, end);
            }
        });
    }

    /// OSC 104: the numbers of colours to take back, or nothing for all of them.
    pub(super) fn reset_palette_colors(&mut self, rest: &[u8]) {
        self.edit_palette(|_, palette| {
            if rest.is_empty() {
                (0..=u8::MAX).for_each(|index| palette.set(ColorSlot::Palette(index), None));
            }
            for index in rest.split(|&byte| byte == b';').filter_map(number) {
                palette.set(ColorSlot::Palette(index), None);
            }
        });
    }

    /// OSC 110 to 112.
    pub(super) fn reset_dynamic_color(&mut self, index: usize) {
        self.edit_palette(|_, palette| palette.set(DYNAMIC[index], None));
    }

    /// Has `edit` change the colours that are set; what only asks for some changes none.
    fn edit_palette(&mut self, edit: impl FnOnce(&mut Self, &mut Palette)) {
        let old = self.screens.palette(self.screens.info(self.frame));
        let mut new = old.clone();
        edit(self, &mut new);
        if new != old {
            // Without room the colours stay as they are.
            let _ = self.screens.set_palette(self.frame, &new);
        }
    }

    fn color(&mut self, palette: &mut Palette, slot: ColorSlot, color: &[u8], end: Terminator) {
        if color == b"?" {
            self.tell_color(palette.get(slot), slot, end);
        } else if let Some(color) = parse(color) {
            palette.set(slot, Some(color));
        }
    }

    fn tell_color(&mut self, set: Option<[u8; 3]>, slot: ColorSlot, end: Terminator) {
        let told = match slot {
            ColorSlot::Palette(index @ 0..=15) => self.facts.palette[usize::from(index)],
            ColorSlot::Palette(index) => Some(usual(index)),
            ColorSlot::Foreground => self.facts.foreground,
            ColorSlot::Background => self.facts.background,
            ColorSlot::Cursor => self.facts.cursor,
        };
        let Some([r, g, b]) = set.or(told.map(|Rgb(r, g, b)| [r, g, b])) else { return };
        let mut answer = heapless::String::<40>::new();
        let start = match slot {
            ColorSlot::Palette(index) => write!(answer, "\x1b]{};{index}", slot.command()),
            _ => write!(answer, "\x1b]{}", slot.command()),
        };
        let end = match end {
            Terminator::Bell => "\x07",
            Terminator::Other => "\x1b\\",
        };
        let written = start.and_then(|()| {
            write!(answer, ";rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}{end}")
        });
        debug_assert!(written.is_ok(), "there is room for the longest");
        self.reply(answer.as_bytes());
    }
}

/// The colours of xterm's palette that hardly any terminal changes: a cube of 6x6x6, and greys.
fn usual(index: u8) -> Rgb {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match index {
        232.. => {
            let grey = 8 + 10 * (index - 232);
            Rgb(grey, grey, grey)
        }
        _ => {
            let index = usize::from(index.saturating_sub(16));
            Rgb(LEVELS[index / 36], LEVELS[index / 6 % 6], LEVELS[index % 6])
        }
    }
}

fn number(text: &[u8]) -> Option<u8> {
    core::str::from_utf8(text).ok()?.parse().ok()
}

/// Takes a colour as X11 writes it ("Xlib - C Language X Interface", "Color Strings"):
/// `rgb:h/h/h` with one to four digits each, which are scaled, or `#hhh` with one to four digits
/// each, which are the most significant ones.
fn parse(text: &[u8]) -> Option<[u8; 3]> {
    let hex = |digits: &[u8]| {
        let valid = (1..=4).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
        let text = core::str::from_utf8(digits).ok().filter(|_| valid)?;
        u32::from_str_radix(text, 16).ok()
    };
    if let Some(digits) = text.strip_prefix(b"#") {
        if digits.is_empty() || digits.len() % 3 != 0 {
            return None;
        }
        let len = digits.len() / 3;
        let mut parts =
            digits.chunks(len).map(|part| Some((hex(part)? << 16 >> (4 * len) >> 8) as u8));
        return Some([parts.next()??, parts.next()??, parts.next()??]);
    }
    let rest = text.get(..4).filter(|it| it.eq_ignore_ascii_case(b"rgb:")).map(|_| &text[4..])?;
    let mut parts = rest.split(|&byte| byte == b'/').map(|part| {
        let most = (1 << (4 * part.len().min(4))) - 1;
        Some(((hex(part)? * 0xffff / most) >> 8) as u8)
    });
    let color = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(color)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_as_x11_writes_them() {
        for (text, expected) in [
            ("#123", Some([0x10, 0x20, 0x30])),
            ("#fff", Some([0xf0; 3])),
            ("#102030", Some([0x10, 0x20, 0x30])),
            ("#aBcDeF", Some([0xab, 0xcd, 0xef])),
            ("#100200300", Some([0x10, 0x20, 0x30])),
            ("#10ff20ff30ff", Some([0x10, 0x20, 0x30])),
            ("rgb:f/8/0", Some([0xff, 0x88, 0])),
            ("rgb:ff/80/00", Some([0xff, 0x80, 0])),
            ("RGB:fff/800/001", Some([0xff, 0x80, 0])),
            ("rgb:ffff/80ff/00ff", Some([0xff, 0x80, 0])),
            ("rgb:f/ff/ffff", Some([0xff; 3])),
            ("", None),
            ("#", None),
            ("#12", None),
            ("#1234", None),
            ("#12345g", None),
            ("#+1+2+3", None),
            ("#111112222233333", None),
            ("rgb:", None),
            ("rgb:1/2", None),
            ("rgb:1/2/3/4", None),
            ("rgb:1//3", None),
            ("rgb:11111/2/3", None),
            ("rgb:+1/2/3", None),
            ("red", None),
        ] {
            assert_eq!(parse(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn the_usual_palette() {
        // As xterm's 256colres.h computes them.
        assert_eq!(usual(16), Rgb(0, 0, 0));
        assert_eq!(usual(17), Rgb(0, 0, 95));
        assert_eq!(usual(110), Rgb(135, 175, 215));
        assert_eq!(usual(231), Rgb(255, 255, 255));
        assert_eq!((usual(232), usual(255)), (Rgb(8, 8, 8), Rgb(238, 238, 238)));
    }
}
