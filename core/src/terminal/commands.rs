//! Operating system commands: titles, what is copied, working directory, notifications, marks of
//! a shell (xterm ctlseqs, "Operating System Commands"; iTerm2 for OSC 9, rxvt-unicode for 777,
//! FinalTerm and its followers for 133). Colours and links have modules of their own.
//!
//! # Differences
//!
//! Queries for what was copied are dropped: the answer would tell the program what its user
//! copied elsewhere. Of OSC 9 the numbered commands of ConEmu are not taken for notifications, of
//! 133 only where prompts and outputs begin is kept.

use super::Emulation;
use super::parser::Terminator;
use crate::screen::{Frame, RowMarks, Screens, Selections, Text};

/// Characters of a title, with the number and semicolon before it, as in mosh 1.4.
const MAX_TITLE: usize = 256;
/// Characters of a notification.
const MAX_NOTIFICATION: usize = 1024;

/// Executes a command. One that finds no room changes nothing.
pub(super) fn dispatch(
    emulation: &mut Emulation<'_, '_>,
    text: &[u8],
    truncated: bool,
    end: Terminator,
) {
    let (screens, frame) = (&mut *emulation.screens, emulation.frame);
    let Some(separator) = text.iter().position(|&byte| byte == b';') else {
        return without_text(emulation, text);
    };
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
        b"9" | b"777" => notify(screens, frame, text, rest),
        // Without its end a link leads elsewhere.
        b"8" => emulation.set_link(if truncated { b"" } else { rest }),
        _ if truncated => {}
        b"4" => emulation.palette_colors(rest, end),
        b"7" => set_directory(screens, frame, rest),
        b"10" => emulation.dynamic_colors(0, rest, end),
        b"11" => emulation.dynamic_colors(1, rest, end),
        b"12" => emulation.dynamic_colors(2, rest, end),
        b"52" => copy(screens, frame, rest),
        b"66" => emulation.write_sized(rest),
        b"104" => emulation.reset_palette_colors(rest),
        b"110" | b"111" | b"112" => without_text(emulation, number),
        b"133" => emulation.mark_row(rest),
        _ => {}
    }
}

/// Executes a command of which there is only a number.
fn without_text(emulation: &mut Emulation<'_, '_>, number: &[u8]) {
    match number {
        b"104" => emulation.reset_palette_colors(b""),
        b"110" => emulation.reset_dynamic_color(0),
        b"111" => emulation.reset_dynamic_color(1),
        b"112" => emulation.reset_dynamic_color(2),
        _ => {}
    }
}

fn title<'t>(number: &[u8], rest: &'t [u8]) -> &'t [u8] {
    characters(rest, MAX_TITLE - number.len() - 1)
}

/// The first `count` characters.
fn characters(text: &[u8], count: usize) -> &[u8] {
    let mut starts = (0..text.len()).filter(|&index| text[index] & 0xc0 != 0x80);
    starts.nth(count).map_or(text, |end| &text[..end])
}

/// Takes what goes to the clipboard or another selection.
///
/// What is neither a query nor base64 clears the selection (xterm ctlseqs, OSC 52), so that
/// nothing but base64 is ever handed on.
fn copy(screens: &mut Screens<'_>, frame: &Frame, rest: &[u8]) {
    let Some(separator) = rest.iter().position(|&byte| byte == b';') else { return };
    let (selections, data) = (Selections::parse(&rest[..separator]), &rest[separator + 1..]);
    if !selections.is_empty() && data != b"?" {
        let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
        let data = if data.iter().all(is_base64) { data } else { &[] };
        let _ = screens.copy(frame, selections, data);
    }
}

/// OSC 7: the working directory as a URI; nothing, if it is unknown again.
fn set_directory(screens: &mut Screens<'_>, frame: &Frame, uri: &[u8]) {
    if !uri.contains(&0x7f) {
        let _ = screens.set_text(frame, Text::Directory, &[uri]);
    }
}

/// OSC 9, of which the rest is the text, and OSC 777 with `notify;title;text`.
///
/// What `command` consists of is kept as it is, as it is for others to read.
fn notify(screens: &mut Screens<'_>, frame: &Frame, command: &[u8], rest: &[u8]) {
    let is_notification = if command.starts_with(b"777;") {
        rest.starts_with(b"notify;")
    } else {
        // ConEmu: a number of up to two digits; 4, progress, even alone.
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        !(matches!(digits, 1..=2) && rest.get(digits) == Some(&b';') || rest == b"4")
    };
    if is_notification && !rest.is_empty() && !command.contains(&0x7f) {
        let command = characters(command, MAX_NOTIFICATION);
        if screens.set_text(frame, Text::Notification, &[command]).is_ok() {
            let info = screens.info_mut(frame);
            info.notifications = info.notifications.wrapping_add(1);
        }
    }
}

impl Emulation<'_, '_> {
    /// OSC 133: `A` where a prompt begins, `C` where the output of a command does. The prompt of
    /// a line that goes on (`k=s`) begins nothing.
    fn mark_row(&mut self, rest: &[u8]) {
        let mut parts = rest.split(|&byte| byte == b';');
        let mark = match parts.next() {
            Some(b"A") if !parts.any(|part| part == b"k=s") => {
                RowMarks { prompt: true, ..RowMarks::NONE }
            }
            Some(b"C") => RowMarks { output: true, ..RowMarks::NONE },
            _ => return,
        };
        let row = self.cursor().row;
        let marks = self.screens.marks(self.frame, row).with(mark);
        self.screens.set_marks(self.frame, row, marks);
    }
}
