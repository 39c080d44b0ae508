//! Modes: SM and RM, DECSET and DECRST.

use super::Emulation;
use super::cursor::ReverseWrap;
use super::edit::Erase;
use super::parser::Sequence;
use crate::screen::{MouseEncoding, MouseMode};

impl Emulation<'_, '_> {
    /// SM and RM: insert mode is the only one.
    pub(super) fn set_ansi_modes(&mut self, sequence: &Sequence, on: bool) {
        if sequence.params().contains(&4) {
            self.state.insert = on;
        }
    }

    /// DECSET and DECRST.
    pub(super) fn set_modes(&mut self, sequence: &Sequence, on: bool) {
        if !sequence.has_subs() {
            for &number in sequence.params() {
                self.set_mode(number, on);
            }
        }
    }

    fn set_mode(&mut self, number: u16, on: bool) {
        match number {
            1 => self.state.application_cursor_keys = on,
            // DECCOLM: the width is the user's, but the screen is cleared.
            3 => {
                self.go_to(0, 0);
                self.erase_in_screen(Erase::All, 2);
            }
            // DECLRMM.
            69 => {
                self.state.side_margins = on;
                (self.state.left, self.state.right) = (0, self.state.last_column());
            }
            45 => self.set_reverse_wrap(ReverseWrap::Wrapped, on),
            1045 => self.set_reverse_wrap(ReverseWrap::Anywhere, on),
            6 => {
                self.state.origin = on;
                self.go_to(0, 0);
            }
            7 => {
                self.state.autowrap = on;
                self.state.pending_wrap &= on;
            }
            47 | 1047 | 1049 => self.set_alternate(number, on),
            1048 if on => self.save_cursor(),
            1048 => self.restore_cursor(),
            _ => self.set_visible_mode(number, on),
        }
    }

    fn set_reverse_wrap(&mut self, how: ReverseWrap, on: bool) {
        let current = &mut self.state.reverse_wrap;
        if on {
            *current = Some(how);
        } else if *current == Some(how) {
            *current = None;
        }
    }

    /// Modes that the user's terminal follows.
    fn set_visible_mode(&mut self, number: u16, on: bool) {
        let modes = &mut self.screens.info_mut(self.frame).modes;
        match number {
            5 => modes.reverse_video = on,
            25 => modes.cursor_visible = on,
            1004 => modes.focus_events = on,
            1007 => modes.alternate_scroll = on,
            2004 => modes.bracketed_paste = on,
            _ => {
                // Resetting any of a group resets the one that is active.
                if let Some(mode) = MouseMode::from_number(number) {
                    modes.mouse = if on { mode } else { MouseMode::Off };
                } else if let Some(encoding) = MouseEncoding::from_number(number) {
                    modes.mouse_encoding = if on { encoding } else { MouseEncoding::Byte };
                }
            }
        }
    }
}
