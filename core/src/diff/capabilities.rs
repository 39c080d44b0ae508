//! What the reader of escape sequences understands.

use super::ColorDepth;
use crate::screen::{Language, Look, Rendition};
use embedded_io::Write;

/// What may be written to a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Capabilities {
    /// ECH, `CSI n X`.
    pub erase_character: bool,
    /// Erased cells take the current background colour.
    pub back_colour_erase: bool,
    /// ED, `CSI J`, for several rows at once.
    pub erase_below: bool,
    /// REP, `CSI n b`.
    pub repeat: Repeat,
    /// OSC 0, 1 and 2 set titles.
    pub titles: bool,
    /// SU and SD, `CSI n S` and `CSI n T`.
    pub scroll_commands: bool,
    /// Which colours there are.
    pub depth: ColorDepth,
    /// Underline shapes, `CSI 4:3 m`.
    pub underline_shapes: bool,
    /// Colours of underlines, `CSI 58:5:1 m`.
    pub underline_colors: bool,
    /// Links, OSC 8.
    pub links: bool,
    /// Links that have no id are given one, so that what is drawn in pieces stays one link: for a
    /// terminal that highlights the link under the mouse.
    pub link_ids: bool,
    /// Shapes of the cursor, `CSI 2 SP q`, and whether it blinks, mode 12.
    pub cursor_style: bool,
    /// The flags of the kitty keyboard protocol, `CSI = 1 u`.
    pub kitty_keyboard: bool,
    /// xterm's modifyOtherKeys, `CSI > 4 ; 2 m`.
    pub modify_other_keys: bool,
    /// The keypad in application mode, `ESC =`.
    pub keypad: bool,
    /// Places of the mouse in pixels, mode 1016.
    pub mouse_pixels: bool,
    /// Cursor keys for the wheel, mode 1007.
    pub alternate_scroll: bool,
    /// Which buffer the program draws on, mode 1049: for a reader to which this is news only.
    pub alternate_screen: bool,
    /// Text with its width, OSC 66.
    pub sized_text: bool,
    /// A frame that is written as one update shows at once and whole (mode 2026).
    pub synchronized_updates: bool,
    /// Colours of the palette, of text, background and cursor, OSC 4, 10, 11 and 12.
    pub colors: bool,
    /// The working directory, OSC 7.
    pub directory: bool,
    /// Notifications, OSC 9 and 777.
    pub notifications: bool,
    /// Other selections than the clipboard, OSC 52.
    pub selections: bool,
    /// Where prompts and output of commands begin, OSC 133.
    pub prompt_marks: bool,
    /// The cursor is hidden while it moves about: what is written shows at once.
    pub hide_cursor: bool,
    /// The longest clipboard (in base64) that is taken whole; longer ones are not sent.
    pub clipboard_max: usize,
}

/// Which characters a reader repeats that is told to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Repeat {
    /// None.
    #[default]
    Nothing,
    /// Those of ASCII: older releases of tmux, and what a description may mean.
    Ascii,
    /// All.
    Any,
}

impl Repeat {
    pub(super) fn contains(self, c: char) -> bool {
        match self {
            Self::Nothing => false,
            Self::Ascii => c.is_ascii(),
            Self::Any => true,
        }
    }
}

impl Capabilities {
    /// What a client of mosh 1.4 interprets.
    pub const MOSH_1_4: Self = Self {
        erase_character: true,
        back_colour_erase: true,
        titles: true,
        scroll_commands: true,
        underline_shapes: true,
        // Nothing is gained there that would be worth another form of screens for peers that are
        // met as they are.
        erase_below: false,
        hide_cursor: false,
        clipboard_max: 16_379,
        ..Self::PLAIN
    };

    /// What a client of ours interprets: the whole language of
    /// [`Terminal::apply`](crate::terminal::Terminal::apply), which has no cursor on show while a
    /// diff is applied.
    pub const OURS: Self = Self {
        erase_below: true,
        repeat: Repeat::Any,
        underline_colors: true,
        links: true,
        cursor_style: true,
        kitty_keyboard: true,
        modify_other_keys: true,
        keypad: true,
        mouse_pixels: true,
        alternate_scroll: true,
        alternate_screen: true,
        sized_text: true,
        colors: true,
        directory: true,
        notifications: true,
        selections: true,
        prompt_marks: true,
        clipboard_max: usize::MAX,
        ..Self::MOSH_1_4
    };

    /// What every terminal with ANSI sequences interprets.
    pub const PLAIN: Self = Self {
        erase_character: false,
        back_colour_erase: false,
        erase_below: true,
        repeat: Repeat::Nothing,
        titles: false,
        scroll_commands: false,
        // As mosh 1.4 has it, which knows of none that has fewer.
        depth: ColorDepth::Direct,
        underline_shapes: false,
        underline_colors: false,
        links: false,
        link_ids: false,
        cursor_style: false,
        kitty_keyboard: false,
        modify_other_keys: false,
        keypad: false,
        mouse_pixels: false,
        alternate_scroll: false,
        alternate_screen: false,
        sized_text: false,
        synchronized_updates: false,
        colors: false,
        directory: false,
        notifications: false,
        selections: false,
        prompt_marks: false,
        hide_cursor: true,
        clipboard_max: usize::MAX,
    };

    /// The language that a peer's diffs are in.
    pub(super) const fn language(&self) -> Language {
        // No terminal is told of its buffers by a diff.
        if self.alternate_screen { Language::Ours } else { Language::Mosh }
    }

    /// What the reader is told of a rendition.
    pub(super) fn seen(&self, rendition: Rendition) -> Rendition {
        self.depth.rendition(rendition.seen(self.look()))
    }

    /// What of a rendition makes a difference.
    pub(super) const fn look(&self) -> Look {
        if self.links || self.underline_colors { Look::FULL } else { Look::PLAIN }
    }
}

/// Writes what prepares a user's terminal for a session: cursor keys in application form, from
/// which the server translates. Switching to the alternate screen is the caller's.
///
/// # Errors
///
/// Those of `out`.
pub fn enter<W: Write>(out: &mut W) -> Result<(), W::Error> {
    out.write_all(b"\x1b[?1h")
}

/// Writes what undoes everything a session may have switched on, known or not.
///
/// # Errors
///
/// Those of `out`.
pub fn leave<W: Write>(out: &mut W) -> Result<(), W::Error> {
    out.write_all(
        b"\x1b[?1l\x1b[0m\x1b[?25h\x1b[?5l\x1b[?1003l\x1b[?1002l\x1b[?1001l\x1b[?1000l\x1b[?9l\
          \x1b[?1015l\x1b[?1006l\x1b[?1005l\x1b[?1004l\x1b[?2004l",
    )
}

/// Writes what undoes those modes that not every terminal knows, if this one does.
///
/// # Errors
///
/// Those of `out`.
pub fn leave_more<W: Write>(caps: &Capabilities, out: &mut W) -> Result<(), W::Error> {
    for (known, sequence) in [
        // What is written next is to be seen.
        (caps.synchronized_updates, b"\x1b[?2026l".as_slice()),
        (caps.kitty_keyboard, b"\x1b[=0u"),
        (caps.modify_other_keys, b"\x1b[>4;0m"),
        (caps.keypad, b"\x1b>"),
        (caps.mouse_pixels, b"\x1b[?1016l"),
        (caps.alternate_scroll, b"\x1b[?1007l"),
    ] {
        if known {
            out.write_all(sequence)?;
        }
    }
    Ok(())
}
