//! Colours that a program has set: few, so they are a text of the frame.

use super::{Frame, FrameInfo, Rgb, Screens, Text};
use crate::storage::Full;

/// A colour of the terminal that a program can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ColorSlot {
    /// An entry of the palette (OSC 4).
    Palette(u8),
    /// Text that has no colour of its own (OSC 10).
    Foreground,
    /// The background of cells that have none of their own (OSC 11).
    Background,
    /// The cursor (OSC 12).
    Cursor,
}

const SLOTS: usize = 256 + 3;

impl ColorSlot {
    /// The number of the command that sets it; the one that takes it back is 100 more.
    #[must_use]
    pub const fn command(self) -> u8 {
        match self {
            Self::Palette(_) => 4,
            Self::Foreground => 10,
            Self::Background => 11,
            Self::Cursor => 12,
        }
    }

    const fn number(self) -> u16 {
        match self {
            Self::Palette(index) => index as u16,
            Self::Foreground => 256,
            Self::Background => 257,
            Self::Cursor => 258,
        }
    }

    const fn from_number(number: u16) -> Self {
        match number {
            0..=255 => Self::Palette(number as u8),
            256 => Self::Foreground,
            257 => Self::Background,
            _ => Self::Cursor,
        }
    }
}

/// A set of colours that can be set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ColorSlots([u32; SLOTS.div_ceil(32)]);

impl ColorSlots {
    /// Adds a colour.
    pub fn insert(&mut self, slot: ColorSlot) {
        self.0[usize::from(slot.number() / 32)] |= 1 << (slot.number() % 32);
    }

    /// The colours, in order.
    pub fn iter(&self) -> impl Iterator<Item = ColorSlot> {
        (0..SLOTS as u16)
            .filter(|number| self.0[usize::from(number / 32)] >> (number % 32) & 1 != 0)
            .map(ColorSlot::from_number)
    }
}

/// The number of a slot and three bytes of colour.
const RECORD: usize = 5;

/// The colours that a program has set, in the order of [`ColorSlot`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Palette(heapless::Vec<u8, { SLOTS * RECORD }>);

crate::log::defmt_format!(Palette, it => "Palette({} colours)", it.0.len() / RECORD);

impl Palette {
    /// The colours, in order.
    pub fn iter(&self) -> impl Iterator<Item = (ColorSlot, Rgb)> {
        self.0.as_chunks::<RECORD>().0.iter().map(|&[high, low, r, g, b]| {
            (ColorSlot::from_number(u16::from_be_bytes([high, low])), Rgb(r, g, b))
        })
    }

    /// The colour that was set.
    #[must_use]
    pub fn get(&self, slot: ColorSlot) -> Option<Rgb> {
        self.iter().find(|&(found, _)| found == slot).map(|(_, color)| color)
    }

    /// Sets a colour, or takes it back.
    pub fn set(&mut self, slot: ColorSlot, color: Option<Rgb>) {
        let index = self.iter().take_while(|&(found, _)| found < slot).count();
        let exists = self.iter().nth(index).is_some_and(|(found, _)| found == slot);
        let (start, end) = (index * RECORD, self.0.len());
        match (color, exists) {
            (Some(Rgb(r, g, b)), true) => self.0[start + 2..][..3].copy_from_slice(&[r, g, b]),
            (Some(Rgb(r, g, b)), false) => {
                let [high, low] = slot.number().to_be_bytes();
                let fits = self.0.extend_from_slice(&[high, low, r, g, b]);
                debug_assert!(fits.is_ok(), "there is room for each slot once");
                self.0[start..].rotate_right(RECORD);
            }
            (None, true) => {
                self.0.copy_within(start + RECORD..end, start);
                self.0.truncate(end - RECORD);
            }
            (None, false) => {}
        }
    }
}

impl Screens<'_> {
    /// The colours that the program has set.
    #[must_use]
    pub fn palette(&self, info: &FrameInfo) -> Palette {
        let mut palette = Palette::default();
        for piece in self.text(info.text(Text::Palette)) {
            let fits = palette.0.extend_from_slice(piece);
            debug_assert!(fits.is_ok(), "a palette was stored");
        }
        palette
    }

    /// Notes the colours that the program has set.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room for them, as where there are more than blocks of texts: so
    /// many that they fit into no message of a store of that size. The old ones stay.
    pub fn set_palette(&mut self, frame: &Frame, palette: &Palette) -> Result<(), Full> {
        if palette.0.len() / RECORD > self.texts.max_len() {
            return Err(Full);
        }
        self.set_text(frame, Text::Palette, &[&palette.0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::Size;
    use crate::screen::tests::roomy;

    fn grey(part: u8) -> Rgb {
        Rgb(part, part, part)
    }

    #[test]
    fn colours_are_kept_in_order_and_each_once() {
        let mut palette = Palette::default();
        let slots = [ColorSlot::Cursor, ColorSlot::Palette(7), ColorSlot::Foreground];
        for (index, slot) in slots.into_iter().enumerate() {
            palette.set(slot, Some(grey(index as u8)));
        }
        palette.set(ColorSlot::Palette(7), Some(grey(9)));
        palette.set(ColorSlot::Palette(8), None);
        let found: heapless::Vec<_, 4> = palette.iter().collect();
        let [cursor, seven, foreground] = slots;
        assert_eq!(found, [(seven, grey(9)), (foreground, grey(2)), (cursor, grey(0))]);
        palette.set(foreground, None);
        assert_eq!(palette.get(foreground), None);
        assert_eq!((palette.get(cursor), palette.get(seven)), (Some(grey(0)), Some(grey(9))));
    }

    #[test]
    fn all_colours_at_once_have_room() {
        let mut screens = roomy();
        let frame = screens.blank(Size { columns: 1, rows: 1 }).unwrap();
        let mut palette = Palette::default();
        for number in (0..SLOTS as u16).rev() {
            palette.set(ColorSlot::from_number(number), Some(grey(number as u8)));
        }
        assert_eq!(screens.set_palette(&frame, &palette), Ok(()));
        let read = screens.palette(screens.info(&frame));
        assert!(read.iter().eq(palette.iter()) && read.iter().count() == SLOTS);
    }
}
