//! The line that is being typed.

use heapless::Vec;

const MAX_LINE: usize = 160;

/// The longest character in UTF-8.
type Character = Vec<u8, 4>;

/// What a key does to the line, as it is to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Edit {
    /// A character was added.
    Show(Character),
    /// The last so many characters are gone.
    Rub(usize),
    /// The screen is to be drawn anew.
    Clear,
    /// The line is given up.
    Abandon,
    /// The line is complete.
    Enter,
}

/// The line that is being typed.
#[derive(Debug, Default)]
pub(super) struct Line {
    bytes: Vec<u8, MAX_LINE>,
    /// The beginning of a character that takes several bytes.
    character: Character,
    escape: Escape,
}

/// Where in an escape sequence the keys are; they are skipped whole.
#[derive(Debug, Default, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    Begun,
    Parameters,
}

impl Line {
    /// Takes a byte.
    pub(super) fn key(&mut self, byte: u8) -> Option<Edit> {
        match (&self.escape, byte) {
            (_, 0x1b) => self.escape = Escape::Begun,
            (Escape::Begun, b'[' | b'O') => self.escape = Escape::Parameters,
            (Escape::Begun, _) => self.escape = Escape::None,
            (Escape::Parameters, 0x40..=0x7e) => self.escape = Escape::None,
            (Escape::Parameters, _) => {}
            (Escape::None, _) => return self.edit(byte),
        }
        None
    }

    fn edit(&mut self, byte: u8) -> Option<Edit> {
        match byte {
            b'\r' | b'\n' => Some(Edit::Enter),
            0x03 => Some(Edit::Abandon),
            0x0c => Some(Edit::Clear),
            0x15 => {
                let columns = self.text().chars().count();
                self.clear();
                Some(Edit::Rub(columns))
            }
            0x08 | 0x7f => {
                let last = self.text().char_indices().next_back()?.0;
                self.bytes.truncate(last);
                Some(Edit::Rub(1))
            }
            0x20.. => self.add(byte),
            _ => None,
        }
    }

    /// Adds a byte of a character, and the character once it is complete.
    fn add(&mut self, byte: u8) -> Option<Edit> {
        if !matches!(byte, 0x80..=0xbf) {
            self.character.clear();
        }
        self.character.push(byte).ok()?;
        let complete = core::str::from_utf8(&self.character).is_ok();
        if !complete || self.bytes.extend_from_slice(&self.character).is_err() {
            return None;
        }
        Some(Edit::Show(core::mem::take(&mut self.character)))
    }

    /// Forgets what was typed.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// What was typed.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn text(&self) -> &str {
        // Only whole characters are added and taken away.
        core::str::from_utf8(&self.bytes).unwrap_or_default()
    }

    /// The first word, and the rest.
    pub(super) fn words(&self) -> (&str, &str) {
        let text = self.text().trim();
        text.split_once(' ').unwrap_or((text, ""))
    }
}
