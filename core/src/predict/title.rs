//! The prefix that tells a window with a session in it from others.

use crate::screen::{Frame, Screens};

/// What stands before the remote title.
const PREFIX: &[u8] = b"[mosh] ";

/// Puts the prefix before the window title of `frame`, and before its icon name if both are the
/// same; changes nothing while no title was ever set.
pub fn apply(screens: &mut Screens<'_>, frame: &Frame) {
    if screens.info(frame).title_set {
        // Without room for the longer text the title stays as the program set it.
        let _ = screens.prefix_titles(frame, PREFIX);
    }
}
