//! Which function is meant: single controls, escape sequences, control sequences.

use super::parser::{Actions, Sequence};
use super::state::{Saved, State};
use super::{Emulation, commands};
use crate::screen::{Cell, Modes, Rendition};
use core::fmt::Write as _;

/// Intermediates and final byte of a function, as one number.
const fn key(intermediates: u32, last: u8) -> u32 {
    intermediates << 8 | last as u32
}

/// As [`key`], for use in patterns.
const fn marked(mark: u8, last: u8) -> u32 {
    key(mark as u32, last)
}

const DA2: u32 = marked(b'>', b'c');
const DECSET: u32 = marked(b'?', b'h');
const DECRST: u32 = marked(b'?', b'l');
const DECSTR: u32 = marked(b'!', b'p');

impl Actions for Emulation<'_, '_> {
    #[inline]
    fn print_ascii(&mut self, run: &[u8]) {
        if self.state.charsets.is_plain() {
            self.write_ascii(run);
        } else {
            self.write_shifted(run.iter().map(|&byte| char::from(byte)));
        }
    }

    #[inline]
    fn print(&mut self, run: &[char]) {
        if self.state.charsets.is_plain() {
            self.write_run(run);
        } else {
            self.write_shifted(run.iter().copied());
        }
    }

    fn execute(&mut self, code: u8) {
        match code {
            0x07 => {
                let info = self.screens.info_mut(self.frame);
                info.bells = info.bells.wrapping_add(1);
            }
            0x08 => self.backspace(),
            0x09 => self.tab_forward(1),
            // LF, VT, FF and IND.
            0x0a..=0x0c | 0x84 => self.line_feed(),
            0x0d => self.go_to_column(0),
            // SO and SI are LS1 and LS0.
            0x0e => self.state.charsets.lock(1),
            0x0f => self.state.charsets.lock(0),
            // NEL.
            0x85 => {
                self.go_to_column(0);
                self.line_feed();
            }
            // HTS.
            0x88 => self.state.tabs.set(self.cursor().column),
            // RI.
            0x8d => self.reverse_line_feed(),
            // SS2 and SS3.
            0x8e => self.state.charsets.shift_once(2),
            0x8f => self.state.charsets.shift_once(3),
            _ => {}
        }
    }

    fn escape(&mut self, intermediates: u32, last: u8) {
        match (intermediates, last) {
            (0, b'7') => self.save_cursor(),
            (0, b'8') => self.restore_cursor(),
            (0, b'c') => self.reset(),
            // LS2 and LS3.
            (0, b'n') => self.state.charsets.lock(2),
            (0, b'o') => self.state.charsets.lock(3),
            // ECMA-48 §5.3: C1 controls in a 7-bit code.
            (0, 0x40..=0x5f) => self.execute(last + 0x40),
            (0x23, b'8') => self.alignment_pattern(),
            _ => self.state.charsets.designate(intermediates, last),
        }
    }

    fn control(&mut self, sequence: &Sequence) {
        if sequence.intermediates == Sequence::UNKNOWN {
            return;
        }
        if sequence.intermediates == 0 {
            if !sequence.has_subs() || sequence.last == b'm' {
                self.plain_control(sequence);
            }
            return;
        }
        match key(sequence.intermediates, sequence.last) {
            DA2 => self.reply(b"\x1b[>1;10;0c"),
            DECSET => self.set_modes(sequence, true),
            DECRST => self.set_modes(sequence, false),
            DECSTR => self.soft_reset(),
            _ => {}
        }
    }

    fn command(&mut self, text: &[u8], truncated: bool) {
        commands::dispatch(self, text, truncated);
    }
}

impl Emulation<'_, '_> {
    /// Control sequences without private marks and intermediates.
    fn plain_control(&mut self, sequence: &Sequence) {
        let count = sequence.param(0, 1);
        match sequence.last {
            b'@' => {
                self.insert_cells(count);
                self.state.moved();
            }
            b'A' => self.up(count),
            // CUD and VPR.
            b'B' | b'e' => self.down(count),
            // CUF and HPR.
            b'C' | b'a' => self.right(count),
            b'D' => self.left(count),
            // CNL and CPL.
            b'E' => {
                self.down(count);
                self.go_to_column(0);
            }
            b'F' => {
                self.up(count);
                self.go_to_column(0);
            }
            b'G' | b'`' => self.go_to_column(count - 1),
            b'H' | b'f' => self.go_to(count - 1, sequence.param(1, 1) - 1),
            b'I' => self.tab_forward(count),
            b'J' => self.erase_in_screen(sequence.param(0, 0)),
            b'K' => self.erase_in_row(sequence.param(0, 0)),
            b'L' => self.insert_lines(count),
            b'M' => self.delete_lines(count),
            b'P' => {
                self.delete_cells(count);
                self.state.moved();
            }
            b'S' => self.scroll_up(self.state.top, count),
            b'T' => self.scroll_down(self.state.top, count),
            b'X' => self.erase_cells(count),
            b'Z' => self.tab_backward(count),
            b'b' => self.repeat(count),
            b'c' => self.reply(b"\x1b[?62c"),
            b'd' => self.go_to_row(count - 1),
            b'g' => match sequence.param(0, 0) {
                0 => self.state.tabs.clear(self.cursor().column),
                3 => self.state.tabs.clear_all(),
                _ => {}
            },
            b'h' => self.set_ansi_modes(sequence, true),
            b'l' => self.set_ansi_modes(sequence, false),
            b'm' => self.select_rendition(sequence),
            b'n' => self.report(sequence.param(0, 0)),
            b'r' => self.set_margins(sequence),
            b's' => self.save_cursor(),
            b'u' => self.restore_cursor(),
            _ => {}
        }
    }

    fn backspace(&mut self) {
        if self.from_network && self.state.pending_wrap {
            self.state.moved();
        } else {
            self.left(1);
        }
    }

    /// HT and CHT keep a pending wrap: the cursor is in the last column and stays there.
    fn tab_forward(&mut self, count: u16) {
        let last = self.state.last_column();
        let mut column = self.cursor().column;
        for _ in 0..count {
            if column == last {
                break;
            }
            column = self.state.tabs.after(column, last);
        }
        self.cursor_mut().column = column;
        self.state.written = None;
    }

    fn tab_backward(&mut self, count: u16) {
        let mut column = self.cursor().column;
        for _ in 0..count {
            if column == 0 {
                break;
            }
            column = self.state.tabs.before(column);
        }
        self.go_to_column(column);
    }

    /// DECSTBM.
    fn set_margins(&mut self, sequence: &Sequence) {
        let rows = self.state.size.rows;
        let (top, bottom) = (sequence.param(0, 1), sequence.param(1, rows));
        if bottom <= top || top > rows {
            return;
        }
        self.state.top = top - 1;
        self.state.bottom = bottom.min(rows) - 1;
        self.go_to(0, 0);
    }

    pub(super) fn save_cursor(&mut self) {
        let info = self.screens.info(self.frame);
        *self.state.saved_mut() = Saved {
            cursor: info.cursor,
            rendition: info.rendition,
            charsets: self.state.charsets,
            origin: self.state.origin,
            pending_wrap: self.state.pending_wrap,
        };
    }

    pub(super) fn restore_cursor(&mut self) {
        let saved = *self.state.saved_mut();
        self.state.charsets = saved.charsets;
        self.state.origin = saved.origin;
        self.screens.info_mut(self.frame).rendition = saved.rendition;
        let (first, last) = self.state.reachable();
        self.cursor_mut().row = saved.cursor.row.clamp(first, last);
        self.go_to_column(saved.cursor.column);
        self.state.pending_wrap = saved.pending_wrap
            && self.state.autowrap
            && self.cursor().column == self.state.last_column();
    }

    /// RIS. The icon name and the count of bells stay, as in mosh 1.4.
    fn reset(&mut self) {
        let size = self.state.size;
        self.leave_alternate();
        self.forget_hidden();
        *self.state = State::new(size);
        self.screens.clear_rows(self.frame, 0, size.rows, Cell::EMPTY);
        let title_set = self.screens.info(self.frame).title_set;
        // An empty text takes no storage.
        let _ = self.screens.set_title(self.frame, b"");
        let _ = self.screens.set_clipboard(self.frame, b"");
        let info = self.screens.info_mut(self.frame);
        info.title_set = title_set;
        info.modes = Modes::default();
        info.rendition = Rendition::DEFAULT;
        info.cursor = Default::default();
    }

    /// DECSTR.
    fn soft_reset(&mut self) {
        let state = &mut *self.state;
        (state.insert, state.origin, state.application_cursor_keys) = (false, false, false);
        (state.top, state.bottom) = (0, state.size.rows - 1);
        *state.saved_mut() = Saved::default();
        state.charsets = Default::default();
        let info = self.screens.info_mut(self.frame);
        info.rendition = Rendition::DEFAULT;
        info.modes.cursor_visible = true;
    }

    /// DSR. The position is relative to the margins in origin mode.
    fn report(&mut self, what: u16) {
        match what {
            5 => self.reply(b"\x1b[0n"),
            6 => {
                let cursor = self.cursor();
                let row = cursor.row - self.state.reachable().0.min(cursor.row) + 1;
                let mut text = heapless::String::<20>::new();
                // Two numbers of five digits and four more characters fit.
                let _ = write!(text, "\x1b[{row};{}R", cursor.column + 1);
                self.reply(text.as_bytes());
            }
            _ => {}
        }
    }

    fn reply(&mut self, answer: &[u8]) {
        if !self.from_network {
            self.replies.push(answer);
        }
    }
}
