//! Answers to questions about the terminal (DEC STD 070; xterm ctlseqs).
//!
//! Only a program gets them, never the peer that sent a diff. Titles are not told: what wrote
//! them need not be who gets the answer, who might take it for something typed.

use super::parser::Sequence;
use super::{Emulation, Pixels};
use crate::screen::Position;
use core::fmt::{Arguments, Write as _};
use heapless::String;

/// DA1: a VT420, as which it has margins at the sides, rectangles, and answers to DECRQM and
/// DECRQSS. Of its options selective erasure (6), horizontal scrolling (21) and rectangles (28);
/// xterm's colours (22) and the clipboard that can be written to (52). Not 132 columns (1), as
/// the width is the user's; nor printers, sixels or sets of national characters.
const ATTRIBUTES: &[u8] = b"\x1b[?64;6;21;22;28;52c";

/// DA2: a VT420 as well. Programs take the number for the patch of xterm and look for functions by
/// it: those of that one are here.
const SECONDARY: &[u8] = b"\x1b[>41;390;0c";

/// DA3: a serial number that nobody gave.
const UNIT: &[u8] = b"\x1bP!|00000000\x1b\\";

/// XTVERSION.
const VERSION: &[u8] = concat!("\x1bP>|mosh(", env!("CARGO_PKG_VERSION"), ")\x1b\\").as_bytes();

impl Emulation<'_, '_> {
    pub(super) fn reply(&mut self, answer: &[u8]) {
        if !self.from_network {
            self.replies.push(answer);
        }
    }

    /// Answers with a short text.
    pub(super) fn reply_with(&mut self, answer: Arguments<'_>) {
        let mut text = String::<96>::new();
        if text.write_fmt(answer).is_ok() {
            self.reply(text.as_bytes());
        }
    }

    /// DA1.
    pub(super) fn report_attributes(&mut self, which: u16) {
        if which == 0 {
            self.reply(ATTRIBUTES);
        }
    }

    /// DA2.
    pub(super) fn report_secondary(&mut self, which: u16) {
        if which == 0 {
            self.reply(SECONDARY);
        }
    }

    /// DA3.
    pub(super) fn report_unit(&mut self, which: u16) {
        if which == 0 {
            self.reply(UNIT);
        }
    }

    /// XTVERSION.
    pub(super) fn report_version(&mut self, which: u16) {
        if which == 0 {
            self.reply(VERSION);
        }
    }

    /// The cursor's place, counted from the margins in origin mode.
    pub(super) fn told_cursor(&self) -> Position {
        let Position { row, column } = self.cursor();
        Position {
            row: row.saturating_sub(self.state.reachable_rows().0) + 1,
            column: column.saturating_sub(self.state.reachable_columns().0) + 1,
        }
    }

    /// DSR.
    pub(super) fn report(&mut self, what: u16) {
        match what {
            5 => self.reply(b"\x1b[0n"),
            6 => {
                let Position { row, column } = self.told_cursor();
                self.reply_with(format_args!("\x1b[{row};{column}R"));
            }
            _ => {}
        }
    }

    /// DSR in DEC's form.
    pub(super) fn report_private(&mut self, what: u16, id: u16) {
        let answer: &[u8] = match what {
            // DECXCPR, with the page.
            6 => {
                let Position { row, column } = self.told_cursor();
                return self.reply_with(format_args!("\x1b[?{row};{column};1R"));
            }
            // No printer.
            15 => b"\x1b[?13n",
            // User-defined keys are not locked.
            25 => b"\x1b[?20n",
            // A North American keyboard that is ready.
            26 => b"\x1b[?27;1;0;0n",
            // No locator, of no kind.
            53 | 55 => b"\x1b[?50n",
            56 => b"\x1b[?57;0n",
            // No room for macros, whose sum is 0.
            62 => b"\x1b[0*{",
            63 => return self.reply_with(format_args!("\x1bP{id}!~0000\x1b\\")),
            // No errors; one session only.
            75 => b"\x1b[?70n",
            85 => b"\x1b[?83n",
            996 => return self.report_scheme(),
            _ => return,
        };
        self.reply(answer);
    }

    /// Whether the user's colours are dark (1) or light (2), if they are known.
    pub(super) fn report_scheme(&mut self) {
        if let Some(dark) = self.facts.is_dark() {
            self.reply(if dark { b"\x1b[?997;1n" } else { b"\x1b[?997;2n" });
        }
    }

    /// XTWINOPS: sizes are reported, titles are stacked, and windows are left alone.
    pub(super) fn window_operation(&mut self, sequence: &Sequence) {
        let size = self.state.size;
        let pixels = |code: u16, pixels: Option<Pixels>| {
            pixels.map(|Pixels { width, height }| (code, height, width))
        };
        let answer = match sequence.param(0, 0) {
            // Not an icon, and in the corner.
            11 => return self.reply(b"\x1b[1t"),
            13 => return self.reply(b"\x1b[3;0;0t"),
            14 => pixels(4, self.facts.area_size(size)),
            15 => pixels(5, self.facts.area_size(size)),
            16 => pixels(6, self.facts.cell_size(size)),
            18 => Some((8, size.rows, size.columns)),
            19 => Some((9, size.rows, size.columns)),
            20 => return self.reply(b"\x1b]L\x1b\\"),
            21 => return self.reply(b"\x1b]l\x1b\\"),
            22 => return self.push_titles(sequence.param(1, 0)),
            23 => return self.pop_titles(sequence.param(1, 0)),
            _ => None,
        };
        if let Some((code, height, width)) = answer {
            self.reply_with(format_args!("\x1b[{code};{height};{width}t"));
        }
    }

    /// XTPUSHTITLE and XTPOPTITLE: both texts, the icon name (1) or the title (2).
    fn push_titles(&mut self, which: u16) {
        if which <= 2 && !self.from_network {
            self.screens.push_titles(self.frame);
        }
    }

    fn pop_titles(&mut self, which: u16) {
        if which <= 2 && !self.from_network {
            self.screens.pop_titles(self.frame, which != 2, which != 1);
        }
    }

    /// The size as a program that set mode 2048 is told it.
    pub(super) fn report_size(&mut self) {
        let size = self.state.size;
        let (height, width) =
            self.facts.area_size(size).map_or((0, 0), |area| (area.height, area.width));
        let (rows, columns) = (size.rows, size.columns);
        self.reply_with(format_args!("\x1b[48;{rows};{columns};{height};{width}t"));
    }
}
