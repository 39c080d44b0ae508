//! The terminal emulator.

mod replies;

pub use replies::Replies;

use crate::screen::{Frame, Screens, Size};
use crate::storage::{Full, Slab};

/// Memory for a [`Terminal`].
#[derive(Debug)]
pub struct TerminalStorage<'s> {
    /// Operating system commands (titles, clipboard) while they arrive. What exceeds it is
    /// dropped: a title is cut, a clipboard that is too long is ignored.
    pub string: Slab<'s, u8>,
}

/// A terminal emulator without its screen.
#[derive(Debug)]
pub struct Terminal<'s> {
    string: Slab<'s, u8>,
    application_cursor_keys: bool,
}

impl<'s> Terminal<'s> {
    /// Returns a terminal in its initial state.
    #[must_use]
    pub fn new(storage: TerminalStorage<'s>, _size: Size) -> Self {
        Self { string: storage.string, application_cursor_keys: false }
    }

    /// Interprets `bytes`.
    pub fn write(
        &mut self,
        _screens: &mut Screens<'_>,
        _frame: &Frame,
        _bytes: &[u8],
        _replies: &mut Replies,
    ) {
        let _ = &self.string;
    }

    /// Applies a diff from the network.
    pub fn apply(&mut self, _screens: &mut Screens<'_>, _frame: &Frame, _diff: &[u8]) {}

    /// Changes the size.
    ///
    /// # Errors
    ///
    /// [`Full`] if the store has no room.
    pub fn resize(
        &mut self,
        screens: &mut Screens<'_>,
        frame: &Frame,
        size: Size,
    ) -> Result<(), Full> {
        screens.resize(frame, size).map(|_| ())
    }

    /// Whether cursor keys send application sequences (DECCKM).
    #[must_use]
    pub fn application_cursor_keys(&self) -> bool {
        self.application_cursor_keys
    }
}
