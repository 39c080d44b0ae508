//! The prefix that tells a window with a session in it from others.

use heapless::Vec;

use crate::screen::{Frame, Screens};

/// What stands before the remote title.
pub const PREFIX: &[u8] = b"[mosh] ";

/// The longest title with its prefix, in bytes; the rest is cut off.
const MAX_TITLE: usize = 1100;

/// Puts the prefix before the window title of `frame`, and before its icon name if both are the
/// same; changes nothing while no title was ever set.
pub fn apply(screens: &mut Screens<'_>, frame: &Frame) {
    let info = screens.info(frame);
    if !info.title_set {
        return;
    }
    let mut title = Vec::<u8, MAX_TITLE>::new();
    let _ = title.extend_from_slice(PREFIX);
    let mut same = true;
    for chunk in screens.text(info.title()) {
        let room = (MAX_TITLE - title.len()).min(chunk.len());
        let _ = title.extend_from_slice(&chunk[..room]);
    }
    let mut rest = &title[PREFIX.len()..];
    for chunk in screens.text(info.icon()) {
        match rest.strip_prefix(chunk) {
            Some(after) => rest = after,
            None => same = false,
        }
    }
    same &= rest.is_empty();
    // Without room for the longer text the title stays as the peer set it.
    let _ = screens.set_title(frame, &title);
    if same {
        let _ = screens.set_icon(frame, &title);
    }
}
