//! What somebody sees who looks at a terminal.

use std::hash::Hasher as _;

use mosh_core::screen::{Frame, MAX_CLUSTER, Rendition, ScreenStorage, Screens, Size};
use mosh_core::storage::Slab;
use mosh_core::terminal::{Replies, Terminal, TerminalStorage};

use crate::sim::hash::{self, Mix};

/// A terminal of our own that a program prints to.
#[derive(Debug)]
pub struct Screen {
    screens: Screens<'static>,
    frame: Frame,
    terminal: Terminal<'static>,
}

impl Screen {
    /// Returns a blank one.
    ///
    /// # Panics
    ///
    /// If it is larger than any screen of the core.
    #[must_use]
    pub fn new((columns, rows): (u16, u16)) -> Self {
        let size = Size { columns, rows };
        let mut screens = Screens::new(ScreenStorage {
            cells: Slab::growable(1 << 20),
            row_info: Slab::growable(1 << 12),
            tables: Slab::growable(1 << 12),
            infos: Slab::growable(8),
            texts: Slab::growable(64),
            clusters: Slab::growable(64),
            extras: Slab::growable(64),
        });
        let frame = screens.blank(size).expect("the store is empty");
        let storage = TerminalStorage { string: Slab::growable(1024) };
        Self { screens, frame, terminal: Terminal::new(storage, size) }
    }

    /// Prints.
    pub fn write(&mut self, bytes: &[u8]) {
        let mut answers = Replies::new();
        self.terminal.write(&mut self.screens, &self.frame, bytes, &mut answers);
    }

    /// A fingerprint of cursor and text, without the first row: there a client of mosh may say
    /// that it has not heard from the server for a while.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let info = self.screens.info(&self.frame);
        let mut mix = Mix::default();
        mix.write_u64(u64::from(info.cursor.column) << 16 | u64::from(info.cursor.row));
        let mut buf = [0; MAX_CLUSTER];
        for row in 1..info.size().rows {
            let mut empty = 0;
            for cell in self.screens.row(&self.frame, row) {
                if cell.glyph().is_blank() && cell.rendition() == Rendition::DEFAULT {
                    empty += 1;
                    continue;
                }
                mix.write_u64(empty);
                empty = 0;
                mix.write(self.screens.glyph_str(cell, &mut buf).as_bytes());
            }
            mix.write_u64(empty);
        }
        mix.finish()
    }

    /// Whether there is nothing to be seen.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text().trim().is_empty()
    }

    /// The text, for people.
    #[must_use]
    pub fn text(&self) -> String {
        hash::rows((&self.screens, &self.frame)).join("\n").trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_client_itself_says_is_overlooked() {
        let mut screen = Screen::new((20, 3));
        screen.write(b"$ ls\r\n$ ");
        let before = screen.fingerprint();
        screen.write(b"\x1b7\x1b[HLast contact\x1b8");
        assert_eq!(screen.fingerprint(), before);
        screen.write(b" ");
        assert_ne!(screen.fingerprint(), before);
        screen.write(b"\x08");
        assert_eq!(screen.fingerprint(), before);
    }
}
