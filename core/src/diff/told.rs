//! What a user's terminal has to be told at the end, because of what it was told before.

use super::Capabilities;
use super::announce::write_number;
use super::extras::NO_LINK;
use crate::screen::{ColorSlot, ColorSlots, CursorStyle, Frame, Screens, Text, TextId};
use embedded_io::Write;

/// What a session has changed of a terminal that is not a mode which every session takes back. It
/// belongs to the user: where no program touched it, nothing is written.
///
/// What was changed once counts for good. The terminal may have got only a part of what was
/// written last, and taking a thing back twice does no harm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Told {
    colors: ColorSlots,
    cursor_style: bool,
    cursor_blink: bool,
}

impl Told {
    /// Notes what drawing `frame` tells a terminal with these capabilities.
    pub fn note(&mut self, screens: &Screens<'_>, caps: &Capabilities, frame: &Frame) {
        let info = screens.info(frame);
        self.cursor_blink |= caps.cursor_style && info.modes.cursor_blink;
        self.cursor_style |= caps.cursor_style && info.modes.cursor_style != CursorStyle::Default;
        if caps.colors && info.text(Text::Palette) != TextId::default() {
            screens.palette(info).iter().for_each(|(slot, _)| self.colors.insert(slot));
        }
    }

    /// Writes what gives a terminal its usual cursor back, if it has another: before the picture
    /// is drawn anew, which says nothing of a cursor that is the usual one.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn reset_cursor<W: Write>(&self, out: &mut W) -> Result<(), W::Error> {
        if self.cursor_blink {
            out.write_all(b"\x1b[?12l")?;
        }
        // Where this means what the user chose, that may be one that blinks; so it comes last.
        if self.cursor_style || self.cursor_blink { out.write_all(b"\x1b[0 q") } else { Ok(()) }
    }

    /// Writes what ends a link and takes back what was noted, whatever the terminal shows.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn take_back<W: Write>(&self, caps: &Capabilities, out: &mut W) -> Result<(), W::Error> {
        if caps.links {
            out.write_all(NO_LINK)?;
        }
        let mut entries = self.colors.iter().filter_map(|slot| match slot {
            ColorSlot::Palette(index) => Some(index),
            _ => None,
        });
        if let Some(first) = entries.next() {
            write_number(out, b"\x1b]104;", first)?;
            entries.try_for_each(|index| write_number(out, b";", index))?;
            out.write_all(b"\x07")?;
        }
        for slot in self.colors.iter().filter(|slot| !matches!(slot, ColorSlot::Palette(_))) {
            write_number(out, b"\x1b]", slot.command() + 100)?;
            out.write_all(b"\x07")?;
        }
        self.reset_cursor(out)
    }
}
