//! Operating system commands: titles and the clipboard (xterm ctlseqs, "Operating System
//! Commands").

use super::Emulation;
use crate::screen::{Frame, Screens};

/// Characters of a title, with the number and semicolon before it, as in mosh 1.4.
const MAX_TITLE: usize = 256;

/// Executes a command. One that finds no room changes nothing.
pub(super) fn dispatch(emulation: &mut Emulation<'_, '_>, text: &[u8], truncated: bool) {
    let (screens, frame) = (&mut *emulation.screens, emulation.frame);
    let Some(separator) = text.iter().position(|&byte| byte == b';') else { return };
    let (number, rest) = (&text[..separator], &text[separator + 1..]);
    match number {
        b"" | b"0" => {
            let title = title(number, rest);
            let _ = screens.set_icon(frame, title).and_then(|()| screens.set_title(frame, title));
        }
        b"1" => {
            let _ = screens.set_icon(frame, title(number, rest));
        }
        b"2" => {
            let _ = screens.set_title(frame, title(number, rest));
        }
        // Without its end a link leads elsewhere.
        b"8" => emulation.set_link(if truncated { b"" } else { rest }),
        b"66" if !truncated => emulation.write_sized(rest),
        b"52" if !truncated => set_clipboard(screens, frame, rest),
        _ => {}
    }
}

fn title<'t>(number: &[u8], rest: &'t [u8]) -> &'t [u8] {
    let max = MAX_TITLE - number.len() - 1;
    let mut starts = (0..rest.len()).filter(|&index| rest[index] & 0xc0 != 0x80);
    starts.nth(max).map_or(rest, |end| &rest[..end])
}

/// Takes what goes to the clipboard, or to the selection that a program means by default.
///
/// Queries are dropped: the answer of the user's terminal would arrive as typed. What is neither
/// a query nor base64 clears the selection (xterm ctlseqs, OSC 52), so that nothing but base64 is
/// ever handed on.
fn set_clipboard(screens: &mut Screens<'_>, frame: &Frame, rest: &[u8]) {
    let Some(separator) = rest.iter().position(|&byte| byte == b';') else { return };
    let (selection, data) = (&rest[..separator], &rest[separator + 1..]);
    let ours = selection.is_empty() || selection.iter().any(|name| b"cs".contains(name));
    if ours && data != b"?" {
        let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
        let data = if data.iter().all(is_base64) { data } else { &[] };
        let _ = screens.set_clipboard(frame, data);
    }
}
