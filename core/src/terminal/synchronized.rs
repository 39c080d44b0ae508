//! Synchronised output (mode 2026): what is drawn while it is set shows all at once.
//!
//! When the mode is set, the image of that moment is kept, and is what the peer is sent until the
//! mode is reset. Where there is no room to keep it, the mode has no effect.

use super::state::State;
use super::{Emulation, Terminal};
use crate::screen::{Frame, Screens, Size};

/// Screens that a store holds if an image can be kept: the peer's base, the newest sent, the live
/// one, the hidden buffer, and the image.
const SCREENS: usize = 5;

/// Whether the mode is set, and what is shown meanwhile.
#[derive(Debug, Default)]
pub(super) struct Synchronized {
    on: bool,
    shown: Option<Frame>,
    /// How often an image was kept, wrapping.
    count: u32,
}

impl Emulation<'_, '_> {
    /// Mode 2026. To set it again while it is set does not make it last longer.
    pub(super) fn set_synchronized(&mut self, on: bool) {
        if self.from_network {
            return;
        }
        if on && !self.state.synchronized.on {
            self.state.synchronized.on = true;
            self.keep_image();
        } else if !on {
            self.state.end_synchronized(self.screens);
        }
    }

    fn keep_image(&mut self) {
        let size = self.state.size;
        let (rows, frames) = self.state.reserve_hidden(self.screens, size.rows);
        let needed = usize::from(size.rows) + rows + 1;
        if self.screens.holds(size, SCREENS) && self.screens.has_room(needed, frames + 1) {
            let kept = &mut self.state.synchronized;
            kept.shown = self.screens.share(self.frame).ok();
            kept.count = kept.count.wrapping_add(1);
        }
    }
}

impl State {
    pub(super) fn is_synchronized(&self) -> bool {
        self.synchronized.on
    }

    /// How many updates there were, to go on from in another state: two in a row never have the
    /// same number.
    pub(super) fn updates(&self) -> u32 {
        self.synchronized.count
    }

    pub(super) fn go_on_from(&mut self, updates: u32) {
        self.synchronized.count = updates;
    }

    /// Shows what was drawn meanwhile.
    pub(super) fn end_synchronized(&mut self, screens: &mut Screens<'_>) {
        self.synchronized.on = false;
        if let Some(shown) = self.synchronized.shown.take() {
            screens.release(shown);
        }
    }

    /// Rows and frames that keeping an image may come to need, in a store of screens of up to
    /// `tallest` rows.
    pub(super) fn reserve_image(&self, screens: &Screens<'_>, tallest: u16) -> (usize, usize) {
        let size = Size { rows: tallest, ..self.size };
        let possible = self.synchronized.shown.is_none() && screens.holds(size, SCREENS);
        if possible { (self.size.rows.into(), 1) } else { (0, 0) }
    }

    /// The image that is shown instead of the live screen.
    pub(super) fn image(&self) -> Option<&Frame> {
        self.synchronized.shown.as_ref()
    }
}

impl Terminal<'_> {
    /// What is to be shown instead of the live screen, while a program draws it.
    #[must_use]
    pub fn shown(&self) -> Option<&Frame> {
        self.state.image()
    }

    /// The number of the synchronised update that is under way; the next one has another. Who
    /// has a clock ends it in time with [`show`](Self::show): the program may never do so.
    #[must_use]
    pub fn update(&self) -> Option<u32> {
        self.state.image().map(|_| self.state.synchronized.count)
    }

    /// Ends a synchronised update.
    pub fn show(&mut self, screens: &mut Screens<'_>) {
        self.state.end_synchronized(screens);
    }
}
