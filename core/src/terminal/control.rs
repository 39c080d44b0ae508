//! Which function is meant: single controls, escape sequences, control sequences.

use super::edit::Erase;
use super::parser::{Actions, Sequence, Terminator};
use super::state::{Saved, State};
use super::{Emulation, commands};
use crate::screen::{Cell, CursorStyle, Modes, Palette, Rendition};

/// Intermediates and final byte of a function, as one number.
const fn key(intermediates: u32, last: u8) -> u32 {
    intermediates << 8 | last as u32
}

/// As [`key`], for use in patterns.
const fn marked(mark: u8, last: u8) -> u32 {
    key(mark as u32, last)
}

const DA2: u32 = marked(b'>', b'c');
const DA3: u32 = marked(b'=', b'c');
const XTVERSION: u32 = marked(b'>', b'q');
const DECDSR: u32 = marked(b'?', b'n');
const DECRQM: u32 = marked(b'$', b'p');
const DECRQM_PRIVATE: u32 = key((b'?' as u32) << 8 | b'$' as u32, b'p');
const DECRQPSR: u32 = marked(b'$', b'w');
const XTSAVE: u32 = marked(b'?', b's');
const XTRESTORE: u32 = marked(b'?', b'r');
const DECSCUSR: u32 = marked(b' ', b'q');
const DECST8C: u32 = marked(b'?', b'W');
const XTMODKEYS: u32 = marked(b'>', b'm');
const XTNMODKEYS: u32 = marked(b'>', b'n');
const XTQMODKEYS: u32 = marked(b'?', b'm');
const KITTY_SET: u32 = marked(b'=', b'u');
const KITTY_PUSH: u32 = marked(b'>', b'u');
const KITTY_POP: u32 = marked(b'<', b'u');
const KITTY_QUERY: u32 = marked(b'?', b'u');
const DECSET: u32 = marked(b'?', b'h');
const DECRST: u32 = marked(b'?', b'l');
const DECSCL: u32 = marked(b'"', b'p');
const DECSTR: u32 = marked(b'!', b'p');
const DECSED: u32 = marked(b'?', b'J');
const DECSEL: u32 = marked(b'?', b'K');
const DECSCA: u32 = marked(b'"', b'q');
const DECFRA: u32 = marked(b'$', b'x');
const DECERA: u32 = marked(b'$', b'z');
const DECSERA: u32 = marked(b'$', b'{');
const DECCRA: u32 = marked(b'$', b'v');
const DECCARA: u32 = marked(b'$', b'r');
const DECRARA: u32 = marked(b'$', b't');
const DECSACE: u32 = marked(b'*', b'x');
const DECIC: u32 = marked(b'\'', b'}');
const DECDC: u32 = marked(b'\'', b'~');
const SL: u32 = marked(b' ', b'@');
const SR: u32 = marked(b' ', b'A');

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
            0x0a..=0x0c if self.state.new_line => {
                self.line_feed();
                self.carriage_return();
            }
            0x0a..=0x0c | 0x84 => self.line_feed(),
            0x0d => self.carriage_return(),
            // SO and SI are LS1 and LS0.
            0x0e => self.state.charsets.lock(1),
            0x0f => self.state.charsets.lock(0),
            // NEL.
            0x85 => {
                self.line_feed();
                self.carriage_return();
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
            (0, b'6') => self.back_index(),
            (0, b'9') => self.forward_index(),
            (0, b'7') => self.save_cursor(),
            (0, b'8') => self.restore_cursor(),
            (0, b'=') => self.set_keypad(true),
            (0, b'>') => self.set_keypad(false),
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
            DA2 => self.report_secondary(sequence.param(0, 0)),
            DA3 => self.report_unit(sequence.param(0, 0)),
            XTVERSION => self.report_version(sequence.param(0, 0)),
            DECDSR => self.report_private(sequence.param(0, 0), sequence.param(1, 0)),
            DECRQM => self.report_ansi_mode(sequence.param(0, 0)),
            DECRQM_PRIVATE => self.report_mode(sequence.param(0, 0)),
            DECRQPSR => self.report_presentation(sequence.param(0, 0)),
            XTSAVE => self.save_modes(sequence),
            XTRESTORE => self.restore_modes(sequence),
            DECSCUSR => {
                if let Some(style) = CursorStyle::from_number(sequence.param(0, 0)) {
                    self.screens.info_mut(self.frame).modes.cursor_style = style;
                }
            }
            DECST8C if sequence.param(0, 0) == 5 => self.state.tabs.reset(),
            XTMODKEYS | XTNMODKEYS => self.modify_keys(sequence),
            XTQMODKEYS => self.report_modified_keys(sequence),
            KITTY_SET => self.change_flags(sequence),
            KITTY_PUSH => self.push_flags(sequence),
            KITTY_POP => self.pop_flags(sequence),
            KITTY_QUERY => self.report_flags(),
            DECSET => self.set_modes(sequence, true),
            DECRST => self.set_modes(sequence, false),
            DECSTR => self.soft_reset(),
            DECSCL => self.conform(sequence.param(0, 0)),
            DECSED => self.erase_in_screen(Erase::Unprotected, sequence.param(0, 0)),
            DECSEL => self.erase_in_row(Erase::Unprotected, sequence.param(0, 0)),
            DECSCA => self.protect(sequence.param(0, 0)),
            DECFRA => self.fill_rectangle(sequence),
            DECERA => self.erase_rectangle(sequence, Erase::All),
            DECSERA => self.erase_rectangle(sequence, Erase::Unprotected),
            DECCRA => self.copy_rectangle(sequence),
            DECCARA => self.change_rectangle(sequence),
            DECRARA => self.reverse_rectangle(sequence),
            DECSACE => self.state.rectangular_extent = sequence.param(0, 0) == 2,
            DECIC => self.insert_columns(sequence.param(0, 1)),
            DECDC => self.delete_columns(sequence.param(0, 1)),
            SL => self.shift_left(sequence.param(0, 1)),
            SR => self.shift_right(sequence.param(0, 1)),
            _ => {}
        }
    }

    fn device_control(&mut self, sequence: &Sequence, data: &[u8]) {
        self.answer_string(sequence, data);
    }

    fn command(&mut self, text: &[u8], truncated: bool, end: Terminator) {
        commands::dispatch(self, text, truncated, end);
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
            b'B' => self.down(count),
            b'C' => self.right(count),
            // HPR and VPR.
            b'a' => self.column_forward(count),
            b'e' => self.row_forward(count),
            b'D' => self.left(count),
            // CNL and CPL.
            b'E' => {
                self.down(count);
                self.carriage_return();
            }
            b'F' => {
                self.up(count);
                self.carriage_return();
            }
            b'G' | b'`' => self.go_to_column(count - 1),
            b'H' | b'f' => self.go_to(count - 1, sequence.param(1, 1) - 1),
            b'I' => self.tab_forward(count),
            b'J' => self.erase_in_screen(Erase::All, sequence.param(0, 0)),
            b'K' => self.erase_in_row(Erase::All, sequence.param(0, 0)),
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
            b'c' => self.report_attributes(sequence.param(0, 0)),
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
            b'r' => {
                let rows = self.state.size.rows;
                self.set_top_and_bottom(sequence.param(0, 1), sequence.param(1, rows));
            }
            b't' => self.window_operation(sequence),
            b's' if self.state.side_margins => {
                let columns = self.state.size.columns;
                self.set_left_and_right(sequence.param(0, 1), sequence.param(1, columns));
            }
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

    pub(super) fn save_cursor(&mut self) {
        let info = self.screens.info(self.frame);
        *self.state.saved_mut() = Saved {
            cursor: info.cursor,
            rendition: info.rendition,
            charsets: self.state.charsets,
            is_set: true,
            origin: self.state.origin,
            pending_wrap: self.state.pending_wrap,
        };
    }

    pub(super) fn restore_cursor(&mut self) {
        let saved = *self.state.saved_mut();
        let national = self.state.charsets.is_national();
        self.state.charsets = saved.charsets;
        self.state.charsets.set_national(national);
        self.state.origin = saved.origin;
        self.screens.info_mut(self.frame).rendition = saved.rendition;
        let (first, last) = self.state.reachable_rows();
        self.cursor_mut().row = saved.cursor.row.clamp(first, last);
        let (first, last) = self.state.reachable_columns();
        self.set_column(saved.cursor.column.clamp(first, last));
        self.state.pending_wrap = saved.pending_wrap
            && self.state.autowrap
            && self.cursor().column == saved.cursor.column;
    }

    /// DECSCA.
    fn protect(&mut self, how: u16) {
        let rendition = &mut self.screens.info_mut(self.frame).rendition;
        if how <= 2 {
            *rendition = rendition.with_protected(how == 1);
        }
    }

    /// RIS. The icon name and the count of bells stay, as in mosh 1.4.
    fn reset(&mut self) {
        let size = self.state.size;
        self.leave_alternate();
        self.forget_hidden();
        self.state.end_synchronized(self.screens);
        let updates = self.state.updates();
        *self.state = State::new(size);
        self.state.go_on_from(updates);
        self.screens.clear_rows(self.frame, 0, size.rows, Cell::EMPTY);
        let title_set = self.screens.info(self.frame).title_set;
        // An empty text takes no storage.
        let _ = self.screens.set_title(self.frame, b"");
        let _ = self.screens.set_clipboard(self.frame, b"");
        let _ = self.screens.set_palette(self.frame, &Palette::default());
        let info = self.screens.info_mut(self.frame);
        info.title_set = title_set;
        info.modes = Modes::default();
        info.rendition = Rendition::DEFAULT;
        info.cursor = Default::default();
    }

    /// DECSCL: a soft reset, as in xterm. The level is told and changes nothing else; controls
    /// are always told in seven bits.
    fn conform(&mut self, level: u16) {
        if let 61..=64 = level {
            self.soft_reset();
            self.state.conformance = (level - 60) as u8;
        }
    }

    /// DECSTR.
    fn soft_reset(&mut self) {
        let state = &mut *self.state;
        (state.insert, state.origin, state.application_cursor_keys) = (false, false, false);
        (state.autowrap, state.reverse_wrap) = (true, None);
        state.reset_margins();
        state.side_margins = false;
        *state.saved_mut() = Saved::default();
        state.charsets = Default::default();
        let info = self.screens.info_mut(self.frame);
        info.rendition = Rendition::DEFAULT;
        info.modes.cursor_visible = true;
        info.modes.cursor_style = CursorStyle::Default;
        info.modes.keyboard.modify_other_keys = 0;
        info.modes.keyboard.application_keypad = false;
    }
}
