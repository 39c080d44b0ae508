//! Changing the size: the one place where both buffers are resized.

use super::Terminal;
use super::alternate::has_place;
use super::state::Saved;
use crate::screen::{Frame, Position, Screens, Size};
use crate::storage::Full;

impl Terminal<'_> {
    /// Changes the size of the screen; margins become the whole screen.
    ///
    /// Lines of the primary screen that were wrapped are wrapped anew, see [`Screens::reflow`];
    /// if there is no room for that, rows are cut as [`Screens::resize`] does, and so they are on
    /// the alternate screen, whose program draws it anew.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room; nothing has changed then.
    pub fn resize(
        &mut self,
        screens: &mut Screens<'_>,
        frame: &Frame,
        size: Size,
    ) -> Result<(), Full> {
        self.show(screens);
        let state = &mut self.state;
        let mut cursor = behind(screens.info(frame).cursor, state.pending_wrap);
        let saved = &mut state.saved[usize::from(state.alternate)];
        resize_buffer(screens, frame, size, !state.alternate, &mut cursor, saved)?;
        let size = screens.size(frame);
        let (cursor, pending_wrap) = on_screen(cursor, size);
        screens.info_mut(frame).cursor = cursor;
        self.follow_size(screens, frame);
        self.state.pending_wrap = pending_wrap && self.state.autowrap;
        Ok(())
    }

    /// Brings everything else to the size that the live frame has.
    ///
    /// Without room the hidden buffer is lost: it will be found cleared.
    pub(super) fn follow_size(&mut self, screens: &mut Screens<'_>, frame: &Frame) {
        let size = screens.size(frame);
        let state = &mut self.state;
        if size == state.size {
            return;
        }
        state.end_synchronized(screens);
        state.resize(size);
        let Some(hidden) = state.hidden.take() else { return };
        let mut cursor = screens.info(&hidden).cursor;
        let saved = &mut state.saved[usize::from(!state.alternate)];
        if has_place(screens, size)
            && resize_buffer(screens, &hidden, size, state.alternate, &mut cursor, saved).is_ok()
        {
            screens.info_mut(&hidden).cursor = on_screen(cursor, size).0;
            state.hidden = Some(hidden);
        } else {
            screens.release(hidden);
        }
    }
}

/// Resizes a buffer, with its cursor and its saved cursor.
fn resize_buffer(
    screens: &mut Screens<'_>,
    frame: &Frame,
    size: Size,
    rewrap: bool,
    cursor: &mut Position,
    saved: &mut Saved,
) -> Result<(), Full> {
    let mut places = [*cursor, behind(saved.cursor, saved.pending_wrap)];
    if !rewrap || screens.reflow(frame, size, &mut places).is_err() {
        let dropped = screens.resize(frame, size)?;
        for place in &mut places {
            place.row = place.row.saturating_sub(dropped);
        }
    }
    *cursor = places[0];
    (saved.cursor, saved.pending_wrap) = on_screen(places[1], screens.size(frame));
    Ok(())
}

/// Where the next character goes if it does not wrap.
fn behind(cursor: Position, pending_wrap: bool) -> Position {
    Position { column: cursor.column + u16::from(pending_wrap), ..cursor }
}

/// The cursor at `place`, and whether a wrap is pending there.
fn on_screen(place: Position, size: Size) -> (Position, bool) {
    let column = place.column.min(size.columns - 1);
    let row = place.row.min(size.rows - 1);
    (Position { row, column }, place.column == size.columns)
}
