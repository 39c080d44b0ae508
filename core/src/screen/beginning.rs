//! The screen that a new peer starts from.

use super::{Cell, Frame, FrameInfo, Screens};
use crate::storage::Full;

impl Screens<'_> {
    /// Returns an empty screen of the size of `live`, all of whose rows are one.
    ///
    /// It counts as many bells, notifications and copies as `live` does: these are events, of which
    /// a peer that comes later is told nothing.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room for a row, or none for a frame.
    pub fn beginning(&mut self, live: &Frame) -> Result<Frame, Full> {
        let FrameInfo { size, bells, notifications, copied, .. } = *self.info(live);
        let place = self.slot()?;
        let row = self.rows.acquire_blank(Cell::EMPTY)?;
        for index in 0..size.rows {
            let id = if index == 0 { row } else { self.rows.share(row) };
            *self.id_mut(&place, index) = id;
        }
        let begun = FrameInfo { size, bells, notifications, copied, ..FrameInfo::default() };
        *self.info_mut(&place) = FrameInfo { in_use: true, ..begun };
        Ok(place)
    }
}
