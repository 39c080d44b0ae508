//! The server's screen as the client receives it.

use super::HostStorage;
use crate::screen::{Frame, Screens, Size};
use crate::storage::Full;
use crate::terminal::Terminal;
use crate::transport::{BadDiff, Incoming};
use crate::wire::mosh::host;

/// Screens that there must be room for: the base that the server builds on, the newest, the one
/// being made, and what the user's terminal shows.
const SCREENS: usize = 4;

/// Received screens, each made from an earlier one by a diff.
#[derive(Debug)]
pub struct Replica<'s> {
    screens: Screens<'s>,
    terminal: Terminal<'s>,
    initial: Size,
}

crate::log::defmt_format!(Replica<'_>, it => "Replica({})", it.screens);

impl<'s> Replica<'s> {
    /// Returns a replica whose initial state is a blank screen of size `initial`, the client's
    /// own window, or as much of that as fits.
    #[must_use]
    pub fn new(storage: HostStorage<'s>, initial: Size) -> Self {
        let screens = Screens::new(storage.screens);
        let initial = screens.largest(initial, SCREENS);
        let initial = Size::clamped(initial.columns.into(), initial.rows.into());
        Self { screens, terminal: Terminal::new(storage.terminal, initial), initial }
    }

    /// Cuts `size` to what a server's screen may have for a session to go on.
    #[must_use]
    pub fn largest(&self, size: Size) -> Size {
        self.screens.largest(size, SCREENS)
    }

    /// The store that received frames live in; overlays and what the user's terminal shows are
    /// frames of the same store.
    pub fn screens_mut(&mut self) -> &mut Screens<'s> {
        &mut self.screens
    }

    /// The store that received frames are read through.
    #[must_use]
    pub fn screens(&self) -> &Screens<'s> {
        &self.screens
    }

    fn apply(&mut self, frame: &Frame, diff: &[u8]) -> Result<(), BadDiff> {
        for change in host::Changes::new(diff) {
            match change.map_err(|_| BadDiff::Malformed)? {
                host::Change::Bytes(bytes) => {
                    self.terminal.apply(&mut self.screens, frame, bytes);
                }
                host::Change::Resize { width, height } => {
                    let dimension = |value: i32| u32::try_from(value).unwrap_or(0);
                    let size = Size::clamped(dimension(width), dimension(height));
                    self.screens.resize(frame, size)?;
                }
                host::Change::EchoAck(num) => {
                    let echo_ack = &mut self.screens.info_mut(frame).echo_ack;
                    // A peer whose numbers fall is at fault; believing the highest is harmless.
                    *echo_ack = num.max(*echo_ack);
                }
            }
        }
        Ok(())
    }
}

impl Incoming for Replica<'_> {
    type Snapshot = Frame;

    fn initial(&mut self) -> Result<Frame, Full> {
        self.screens.blank(self.initial)
    }

    fn apply_diff(&mut self, base: &Frame, diff: &[u8]) -> Result<Frame, BadDiff> {
        // The copy can be rewritten completely, or it is not made.
        let frame = self.screens.snapshot(base)?;
        match self.apply(&frame, diff) {
            Ok(()) => Ok(frame),
            Err(bad) => {
                self.screens.release(frame);
                Err(bad)
            }
        }
    }

    fn forget(&mut self, snapshot: Frame) {
        self.screens.release(snapshot);
    }
}
