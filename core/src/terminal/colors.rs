//! Colours that a program sets, takes back and asks for: OSC 4, 10 to 12, 104 and 110 to 112
//! (xterm ctlseqs, "Operating System Commands").
//!
//! # Differences
//!
//! From xterm: names of colours, `rgbi:` and the CIE forms of X11 are not understood, nor are
//! the special colours (OSC 5 and numbers from 256 on) and those of the pointer and Tektronix
//! windows (13 to 19). A colour is kept in eight bits of each part. What the user's own terminal
//! has not told is not answered.

use super::Emulation;
use super::parser::Terminator;
use crate::screen::{ColorSlot, Palette, Rgb};
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
        } else if let Some(color) = Rgb::parse(color) {
            palette.set(slot, Some(color));
        }
    }

    fn tell_color(&mut self, set: Option<Rgb>, slot: ColorSlot, end: Terminator) {
        let told = match slot {
            ColorSlot::Palette(index @ 0..=15) => self.facts.palette[usize::from(index)],
            ColorSlot::Palette(index) => Some(Rgb::of_palette(index)),
            ColorSlot::Foreground => self.facts.foreground,
            ColorSlot::Background => self.facts.background,
            ColorSlot::Cursor => self.facts.cursor,
        };
        let Some(Rgb(r, g, b)) = set.or(told) else { return };
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

fn number(text: &[u8]) -> Option<u8> {
    core::str::from_utf8(text).ok()?.parse().ok()
}
