//! The two buffers of a terminal: the primary screen and the alternate one (xterm ctlseqs, modes
//! 47, 1047, 1048 and 1049).
//!
//! The live frame always is what is shown. The other buffer is a second frame of the same store
//! that takes part in nothing but resizes; switching exchanges the rows of both, so none is
//! copied. The cursor, the rendition and the modes are common to both; each has a saved cursor of
//! its own.
//!
//! # Differences
//!
//! From xterm: what was on the alternate screen is kept for the next time by mode 47 only, as
//! 1047 and 1049 clear it on the way out or in. A store that does not hold four screens of the
//! size has no place for a hidden buffer: the alternate screen then is a cleared primary one, and
//! so is the primary screen on the way back.

use super::Emulation;
use super::state::State;
use crate::screen::{Frame, Screens, Size};

/// Screens that a store holds if there can be a hidden buffer: the peer's base, the newest sent,
/// the live one, and the hidden one.
const SCREENS: usize = 4;

impl Emulation<'_, '_> {
    /// Mode 47, 1047 or 1049.
    pub(super) fn set_alternate(&mut self, mode: u16, on: bool) {
        if self.from_network {
            // The rows that are shown travel as such.
            self.screens.info_mut(self.frame).modes.alternate_screen = on;
            return;
        }
        match (mode, on) {
            (1049, true) => {
                self.save_cursor();
                self.enter_alternate();
                self.clear_screen();
                self.state.moved();
            }
            (_, true) => self.enter_alternate(),
            (_, false) => {
                self.leave_alternate();
                if mode != 47 {
                    self.forget_hidden();
                }
                if mode == 1049 {
                    self.restore_cursor();
                }
            }
        }
    }

    fn enter_alternate(&mut self) {
        if self.state.alternate {
            return;
        }
        match self.state.hidden.take() {
            Some(hidden) => self.exchange(hidden),
            None if has_place(self.screens, self.state.size) => {
                let blank = self.blank();
                self.state.hidden = self.screens.set_aside(self.frame, blank).ok();
                if self.state.hidden.is_none() {
                    self.clear_screen();
                }
            }
            None => self.clear_screen(),
        }
        self.switched(true);
    }

    pub(super) fn leave_alternate(&mut self) {
        if !self.state.alternate {
            return;
        }
        match self.state.hidden.take() {
            Some(hidden) => self.exchange(hidden),
            None => self.clear_screen(),
        }
        self.switched(false);
    }

    /// Forgets what the alternate screen showed, if the primary one is shown.
    pub(super) fn forget_hidden(&mut self) {
        if !self.state.alternate
            && let Some(hidden) = self.state.hidden.take()
        {
            self.screens.release(hidden);
        }
    }

    fn exchange(&mut self, hidden: Frame) {
        self.screens.exchange_rows(self.frame, &hidden);
        // A resize keeps the row of the cursor on the screen.
        self.screens.info_mut(&hidden).cursor = self.cursor();
        self.state.hidden = Some(hidden);
    }

    fn switched(&mut self, alternate: bool) {
        self.switch_flags(alternate);
        self.state.alternate = alternate;
        self.screens.info_mut(self.frame).modes.alternate_screen = alternate;
        // Marks go to what is shown.
        self.state.written = None;
    }

    fn clear_screen(&mut self) {
        let blank = self.blank();
        self.screens.clear_rows(self.frame, 0, self.state.size.rows, blank);
    }
}

/// Whether a store has place for a hidden buffer beside what a session needs.
pub(super) fn has_place(screens: &Screens<'_>, size: Size) -> bool {
    screens.holds(size, SCREENS)
}

impl State {
    /// Rows and frames that the hidden buffer may come to need, in a store of screens of up to
    /// `tallest` rows.
    pub(super) fn reserve_hidden(&self, screens: &Screens<'_>, tallest: u16) -> (usize, usize) {
        match &self.hidden {
            Some(hidden) => (screens.shared_rows(hidden), 0),
            None if has_place(screens, Size { rows: tallest, ..self.size }) => {
                (self.size.rows.into(), 1)
            }
            None => (0, 0),
        }
    }

    pub(super) fn make_room(&mut self, screens: &mut Screens<'_>, tallest: u16) {
        if self.hidden.is_some()
            && !has_place(screens, Size { rows: tallest, ..self.size })
            && let Some(hidden) = self.hidden.take()
        {
            screens.release(hidden);
        }
    }
}
