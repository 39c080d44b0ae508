//! Drawing what few cells have: links and colours of underlines.
//!
//! Sources: "Hyperlinks in Terminal Emulators" (OSC 8); kitty's "Colored and styled underlines"
//! (SGR 58 and 59).

use super::pen::write_underline_color;
use super::render::Renderer;
use crate::hash::{self, fnv1a};
use crate::screen::{Color, Rendition, TextId};
use embedded_io::Write;

/// Ends a link.
pub(super) const NO_LINK: &[u8] = b"\x1b]8;;\x1b\\";

impl<W: Write> Renderer<'_, '_, W> {
    /// Selects what of a rendition the reader knows.
    pub(super) fn select(&mut self, to: Rendition) -> Result<(), W::Error> {
        let to = self.caps.seen(to);
        let from = self.pen.rendition;
        if from == to {
            return Ok(());
        }
        let was_reset = self.pen.select(self.out, self.caps, to)?;
        if from.extra() == to.extra() && !was_reset {
            return Ok(());
        }
        let (had, wanted) = (self.screens.extra(from), self.screens.extra(to));
        // SGR 0 takes the colour of an underline away, and leaves a link alone.
        let had_color = if was_reset { Color::Default } else { had.underline };
        if self.caps.underline_colors && had_color != wanted.underline {
            write_underline_color(self.out, self.caps.depth.color(wanted.underline))?;
        }
        if self.caps.links && !self.screens.same_text(had.link, wanted.link) {
            self.write_link(wanted.link)?;
        }
        Ok(())
    }

    /// The link of a rendition, if it has one.
    pub(super) fn link(&self, rendition: Rendition) -> Option<TextId> {
        let link = self.screens.extra(rendition).link;
        (link != TextId::default()).then_some(link)
    }

    fn write_link(&mut self, link: TextId) -> Result<(), W::Error> {
        if link == TextId::default() {
            return self.out.write_all(NO_LINK);
        }
        let has_id = self.screens.text(link).flatten().next() != Some(&b';');
        self.out.write_all(b"\x1b]8;")?;
        if has_id {
            self.out.write_all(b"id=")?;
        } else if self.caps.link_ids {
            // Equal for all links to the same place, and for no others but by accident.
            let mut id = *b"id=00000000";
            let mut hash = fnv1a(hash::EMPTY, self.screens.text(link).flatten());
            for digit in &mut id[3..] {
                *digit = b"0123456789abcdef"[hash as usize % 16];
                hash /= 16;
            }
            self.out.write_all(&id)?;
        }
        for piece in self.screens.text(link) {
            self.out.write_all(piece)?;
        }
        self.out.write_all(b"\x1b\\")
    }
}
