//! Modes: SM and RM, DECSET and DECRST, what they are (DECRQM), and keeping them (XTSAVE and
//! XTRESTORE).

use super::cursor::ReverseWrap;
use super::edit::Erase;
use super::parser::Sequence;
use super::{Emulation, Features};
use crate::screen::{Modes, MouseEncoding, MouseMode};

/// What a mode is, with the number that DECRPM gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setting {
    Unknown = 0,
    Set = 1,
    Reset = 2,
    AlwaysSet = 3,
    AlwaysReset = 4,
}

impl From<bool> for Setting {
    fn from(on: bool) -> Self {
        if on { Self::Set } else { Self::Reset }
    }
}

/// Private modes that can be kept, which are all that can be changed.
const KEPT: [u16; 31] = [
    1, 5, 6, 7, 9, 12, 25, 42, 45, 47, 66, 69, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007,
    1015, 1016, 1045, 1047, 1048, 1049, 2004, 2026, 2027, 2031, 2048,
];

/// The private modes that XTSAVE saved, by their place in [`KEPT`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SavedModes {
    known: u32,
    on: u32,
}

const _: () = assert!(KEPT.len() <= u32::BITS as usize);

impl Emulation<'_, '_> {
    /// SM and RM: IRM and LNM.
    pub(super) fn set_ansi_modes(&mut self, sequence: &Sequence, on: bool) {
        for &number in sequence.params() {
            match number {
                4 => self.state.insert = on,
                20 => self.state.new_line = on,
                _ => {}
            }
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
            6 => {
                self.state.origin = on;
                self.go_to(0, 0);
            }
            7 => {
                self.state.autowrap = on;
                self.state.pending_wrap &= on;
            }
            42 => self.state.charsets.set_national(on),
            45 => self.set_reverse_wrap(ReverseWrap::Wrapped, on),
            47 | 1047 | 1049 => self.set_alternate(number, on),
            66 => self.set_keypad(on),
            // DECLRMM.
            69 => {
                self.state.side_margins = on;
                // Set again it keeps the margins that there are, as in xterm.
                if !on {
                    (self.state.left, self.state.right) = (0, self.state.last_column());
                }
            }
            1045 => self.set_reverse_wrap(ReverseWrap::Anywhere, on),
            1048 if on => self.save_cursor(),
            1048 => self.restore_cursor(),
            2026 => self.set_synchronized(on),
            2027 => self.state.grapheme_clusters = on,
            2031 => self.state.scheme_reports = on,
            2048 => {
                self.state.size_reports = on;
                if on {
                    self.report_size();
                }
            }
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
            12 => modes.cursor_blink = on,
            25 => modes.cursor_visible = on,
            1004 => modes.focus_events = on,
            1007 => modes.alternate_scroll = on,
            1016 => modes.mouse_pixels = on,
            2004 => modes.bracketed_paste = on,
            _ => {
                // Resetting any of a group resets the one that is active.
                if let Some(mode) = MouseMode::from_number(number) {
                    modes.mouse = if on { mode } else { MouseMode::Off };
                } else if let Some(encoding) = MouseEncoding::from_number(number) {
                    modes.mouse_encoding = if on { encoding } else { MouseEncoding::Byte };
                    modes.mouse_pixels = false;
                }
            }
        }
    }

    /// DECRQM for the modes of ECMA-48.
    pub(super) fn report_ansi_mode(&mut self, number: u16) {
        let setting = match number {
            4 => self.state.insert.into(),
            20 => self.state.new_line.into(),
            // SRM: nothing is echoed here.
            12 => Setting::AlwaysSet,
            // Modes of editing in a terminal that sends whole pages, and a locked keyboard.
            1 | 2 | 3 | 5 | 7 | 10 | 11 | 13..=19 => Setting::AlwaysReset,
            _ => Setting::Unknown,
        };
        self.reply_with(format_args!("\x1b[{number};{}$y", setting as u8));
    }

    /// DECRQM for private modes.
    pub(super) fn report_mode(&mut self, number: u16) {
        let setting = self.setting(number);
        self.reply_with(format_args!("\x1b[?{number};{}$y", setting as u8));
    }

    fn setting(&self, number: u16) -> Setting {
        let state = &*self.state;
        let modes = &self.screens.info(self.frame).modes;
        match number {
            1 => state.application_cursor_keys.into(),
            // An ANSI terminal whose keys repeat.
            2 | 8 => Setting::AlwaysSet,
            // Another width, smooth scrolling, a backarrow key that sends BS, sixels that scroll.
            3 | 4 | 40 | 67 | 80 => Setting::AlwaysReset,
            6 => state.origin.into(),
            7 => state.autowrap.into(),
            42 => state.charsets.is_national().into(),
            45 => (state.reverse_wrap == Some(ReverseWrap::Wrapped)).into(),
            47 | 1047 | 1049 => state.alternate.into(),
            69 => state.side_margins.into(),
            1045 => (state.reverse_wrap == Some(ReverseWrap::Anywhere)).into(),
            1048 => state.saved[usize::from(state.alternate)].is_set.into(),
            2026 => state.is_synchronized().into(),
            2027 => state.grapheme_clusters.into(),
            2031 => state.scheme_reports.into(),
            2048 => state.size_reports.into(),
            // Only the user's terminal can tell pixels.
            1016 if !self.facts.features.contains(Features::MOUSE_PIXELS) => Setting::Unknown,
            _ => visible_setting(modes, number).map_or(Setting::Unknown, Setting::from),
        }
    }

    /// XTSAVE.
    pub(super) fn save_modes(&mut self, sequence: &Sequence) {
        for &number in sequence.params() {
            if let Some(index) = KEPT.iter().position(|&kept| kept == number)
                && let setting @ (Setting::Set | Setting::Reset) = self.setting(number)
            {
                let saved = &mut self.state.saved_modes;
                saved.known |= 1 << index;
                saved.on &= !(1 << index);
                saved.on |= u32::from(setting == Setting::Set) << index;
            }
        }
    }

    /// XTRESTORE. A mode that was not saved stays as it is, and so does one that is as it was.
    pub(super) fn restore_modes(&mut self, sequence: &Sequence) {
        for &number in sequence.params() {
            if let Some(index) = KEPT.iter().position(|&kept| kept == number) {
                let SavedModes { known, on } = self.state.saved_modes;
                let on = on >> index & 1 != 0;
                if known >> index & 1 != 0 && self.setting(number) != Setting::from(on) {
                    self.set_mode(number, on);
                }
            }
        }
    }
}

/// What a mode is that the user's terminal follows.
fn visible_setting(modes: &Modes, number: u16) -> Option<bool> {
    Some(match number {
        5 => modes.reverse_video,
        12 => modes.cursor_blink,
        25 => modes.cursor_visible,
        66 => modes.keyboard.application_keypad,
        1004 => modes.focus_events,
        1007 => modes.alternate_scroll,
        1016 => modes.mouse_pixels,
        2004 => modes.bracketed_paste,
        _ => {
            if let Some(mode) = MouseMode::from_number(number) {
                modes.mouse == mode
            } else {
                modes.mouse_encoding == MouseEncoding::from_number(number)? && !modes.mouse_pixels
            }
        }
    })
}
