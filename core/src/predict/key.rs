//! What the user's bytes mean to a line editor.
//!
//! Every program reads keys in its own way. The names here say what a key usually does where text
//! is typed; whether this program does the same is found out from its answers.

use core::str;

use crate::input::key_codes::{CodedKey, KeyParameters};

/// A key stroke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Key {
    /// A character that is not a control character.
    Text(char),
    /// Moves within the line or removes from it.
    Edit(Edit),
    /// Does what cannot be foreseen.
    Break(Break),
}

/// A change within a line.
///
/// The bindings of the control keys are those of readline and Emacs. They stand apart from the
/// keys with the same name on them, which programs agree on more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Edit {
    /// Removes the character before the cursor (DEL or BS).
    Backspace,
    /// Removes the character under the cursor.
    Delete,
    /// One character to the left.
    Left,
    /// One character to the right.
    Right,
    /// To the first character, by the key of that name.
    Home,
    /// Behind the last character, by the key of that name.
    End,
    /// To the first character, by Ctrl-A.
    LineStart,
    /// Behind the last character, by Ctrl-E.
    LineEnd,
    /// One character to the left, by Ctrl-B.
    CharLeft,
    /// One character to the right, by Ctrl-F.
    CharRight,
    /// To the beginning of the word (Alt-B).
    WordLeft,
    /// To the beginning of the word (Ctrl with the left arrow).
    WordLeftArrow,
    /// Behind the end of the word (Alt-F).
    WordRight,
    /// Behind the end of the word (Ctrl with the right arrow).
    WordRightArrow,
    /// Removes the word before the cursor, up to white space (Ctrl-W).
    KillWord,
    /// Removes the letters and digits before the cursor (Alt with Backspace).
    KillLetters,
    /// Removes the letters and digits behind the cursor (Alt-D).
    KillLettersRight,
    /// Removes everything before the cursor (Ctrl-U).
    KillToStart,
    /// Removes the rest of the line (Ctrl-K).
    KillToEnd,
    /// Takes over what is suggested behind the cursor: any key that goes to the right.
    TakeSuggestion,
}

impl Edit {
    /// How many there are.
    pub(super) const COUNT: usize = Self::TakeSuggestion as usize + 1;

    /// Whether programs differ on where the key leads.
    pub(super) const fn is_contested(self) -> bool {
        matches!(
            self,
            Self::WordRight | Self::WordRightArrow | Self::KillLettersRight | Self::TakeSuggestion
        )
    }

    /// Whether the key is the prefix of a terminal multiplexer, unless told otherwise.
    pub(super) const fn is_prefix(self) -> bool {
        matches!(self, Self::CharLeft | Self::LineStart)
    }

    /// Whether the key has its meaning written on it.
    pub(super) const fn is_labelled(self) -> bool {
        matches!(
            self,
            Self::Backspace | Self::Delete | Self::Left | Self::Right | Self::Home | Self::End
        )
    }
}

/// What becomes unknown with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Break {
    /// The line is over (Enter, Ctrl-C and the like): who reads next is open.
    Line,
    /// The text changes, but what is typed will still be echoed: completion, history.
    Text,
    /// Keys may mean something else from now on: Escape, function keys, searching.
    Mode,
}

/// Bytes of parameters that the longest key takes: three numbers of a key, what is held with it, the
/// event, and its text.
const MAX_PARAMETERS: usize = 40;

/// Turns bytes into key strokes.
#[derive(Debug, Default)]
pub(super) struct KeyParser {
    state: State,
    /// The bytes of a character so far.
    utf8: heapless::Vec<u8, 4>,
    /// Parameter bytes of a control sequence; longer ones are of no interest.
    parameters: heapless::Vec<u8, MAX_PARAMETERS>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    Escape,
    /// After CSI.
    Control,
    /// After SS3.
    Single,
    /// Bytes of a mouse report in its oldest form.
    Mouse(u8),
}

impl KeyParser {
    /// Takes a byte; returns the key that it completes.
    pub(super) fn feed(&mut self, byte: u8) -> Option<Key> {
        match self.state {
            State::Ground => self.ground(byte),
            State::Escape => self.escape(byte),
            State::Control => self.control(byte),
            State::Single => {
                self.state = State::Ground;
                function(byte, KeyParameters::read(b""))
            }
            State::Mouse(left) => {
                self.state = if left > 1 { State::Mouse(left - 1) } else { State::Ground };
                (left == 1).then_some(Key::Break(Break::Text))
            }
        }
    }

    /// Ends a read: the terminal sends a key's bytes together, so an escape character at the end is
    /// the key of that name.
    pub(super) fn end(&mut self) -> Option<Key> {
        (core::mem::take(&mut self.state) == State::Escape).then_some(Key::Break(Break::Mode))
    }

    fn ground(&mut self, byte: u8) -> Option<Key> {
        if byte >= 0x80 {
            return self.character(byte);
        }
        self.utf8.clear();
        Some(match byte {
            0x1b => {
                self.state = State::Escape;
                return None;
            }
            0x20..=0x7e => Key::Text(char::from(byte)),
            0x08 | 0x7f => Key::Edit(Edit::Backspace),
            // Ctrl-C, Ctrl-D, Ctrl-G, Enter, Ctrl-Z, Ctrl-\.
            0x03 | 0x04 | 0x07 | b'\n' | b'\r' | 0x1a | 0x1c => Key::Break(Break::Line),
            0x01 => Key::Edit(Edit::LineStart),
            0x02 => Key::Edit(Edit::CharLeft),
            0x05 => Key::Edit(Edit::LineEnd),
            0x06 => Key::Edit(Edit::CharRight),
            0x0b => Key::Edit(Edit::KillToEnd),
            0x15 => Key::Edit(Edit::KillToStart),
            0x17 => Key::Edit(Edit::KillWord),
            // Tab, Ctrl-L, Ctrl-N, Ctrl-P, Ctrl-T, Ctrl-Y, Ctrl-_.
            b'\t' | 0x0c | 0x0e | 0x10 | 0x14 | 0x19 | 0x1f => Key::Break(Break::Text),
            _ => Key::Break(Break::Mode),
        })
    }

    /// A key that was sent as numbers.
    fn coded(&mut self, key: char, alt: bool) -> Key {
        let Ok(byte) = u8::try_from(u32::from(key)) else { return Key::Text(key) };
        let meaning = match (alt, byte) {
            // By itself, it begins nothing.
            (_, 0x1b) => None,
            (false, 0x80..) if key.is_control() => None,
            (false, 0x80..) => Some(Key::Text(key)),
            (true, b'[' | b'O') => None,
            (true, byte) => self.escape(byte),
            (false, byte) => self.ground(byte),
        };
        meaning.unwrap_or(Key::Break(Break::Mode))
    }

    fn character(&mut self, byte: u8) -> Option<Key> {
        if self.utf8.push(byte).is_err() || byte >= 0xc0 {
            self.utf8.clear();
            let _ = self.utf8.push(byte);
        }
        match str::from_utf8(&self.utf8) {
            Ok(text) => {
                let c = text.chars().next()?;
                self.utf8.clear();
                Some(if c.is_control() { Key::Break(Break::Mode) } else { Key::Text(c) })
            }
            Err(error) if error.error_len().is_none() => None,
            Err(_) => {
                self.utf8.clear();
                Some(Key::Break(Break::Text))
            }
        }
    }

    fn escape(&mut self, byte: u8) -> Option<Key> {
        self.state = State::Ground;
        Some(match byte {
            b'[' => {
                self.parameters.clear();
                self.state = State::Control;
                return None;
            }
            b'O' => {
                self.state = State::Single;
                return None;
            }
            0x1b => {
                self.state = State::Escape;
                Key::Break(Break::Mode)
            }
            b'b' => Key::Edit(Edit::WordLeft),
            0x08 | 0x7f => Key::Edit(Edit::KillLetters),
            b'd' => Key::Edit(Edit::KillLettersRight),
            b'f' => Key::Edit(Edit::WordRight),
            // Alt-., Alt-_, Alt-C, -L, -T, -U, -Y.
            b'.' | b'_' | b'c' | b'l' | b't' | b'u' | b'y' => Key::Break(Break::Text),
            _ => Key::Break(Break::Mode),
        })
    }

    fn control(&mut self, byte: u8) -> Option<Key> {
        match byte {
            // ECMA-48, 5.4: parameter and intermediate bytes.
            0x20..=0x3f => {
                let _ = self.parameters.push(byte);
                None
            }
            b'M' if self.parameters.is_empty() => {
                self.state = State::Mouse(3);
                None
            }
            _ => {
                self.state = State::Ground;
                match (byte, self.parameters.as_slice()) {
                    // Focus, and the marks around pasted text (xterm's ctlseqs): no keys.
                    (b'I' | b'O', b"") | (b'~', b"200" | b"201") => None,
                    (b'M' | b'm', _) => Some(Key::Break(Break::Text)),
                    (byte, parameters) => match CodedKey::read(parameters, byte) {
                        Some(CodedKey::Legacy { key, alt }) => Some(self.coded(key, alt)),
                        Some(CodedKey::Silent) => None,
                        Some(CodedKey::Other) => Some(Key::Break(Break::Mode)),
                        None => function(byte, KeyParameters::read(parameters)),
                    },
                }
            }
        }
    }
}

/// The key behind a control sequence, in the coding of xterm, VT220 and rxvt; none if it is
/// released.
fn function(last: u8, key: KeyParameters) -> Option<Key> {
    if key.released {
        return None;
    }
    let (plain, by_words) = (key.modifiers.is_empty(), key.modifiers.is_alt_or_ctrl());
    let edit = match (last, key.number) {
        (b'A' | b'B', _) => return Some(Key::Break(Break::Text)),
        (b'C', 0 | 1) if plain => Edit::Right,
        (b'D', 0 | 1) if plain => Edit::Left,
        (b'D', 1) if by_words => Edit::WordLeftArrow,
        (b'C', 1) if by_words => Edit::WordRightArrow,
        (b'H', 0 | 1) | (b'~', 1 | 7) if plain => Edit::Home,
        (b'F', 0 | 1) | (b'~', 4 | 8) if plain => Edit::End,
        (b'~', 3) if plain => Edit::Delete,
        _ => return Some(Key::Break(Break::Mode)),
    };
    Some(Key::Edit(edit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(reads: &[&[u8]]) -> heapless::Vec<Key, 16> {
        let mut parser = KeyParser::default();
        let mut keys = heapless::Vec::new();
        for read in reads {
            keys.extend(read.iter().filter_map(|&byte| parser.feed(byte)));
            keys.extend(parser.end());
        }
        keys
    }

    #[test]
    fn characters_may_arrive_in_pieces_and_sequences_in_either_mode() {
        assert_eq!(keys(&["é".as_bytes()]), [Key::Text('é')]);
        assert_eq!(keys(&[&"漢".as_bytes()[..1], &"漢".as_bytes()[1..]]), [Key::Text('漢')]);
        assert_eq!(keys(&[b"\x1b[D\x1bOD"]), [Key::Edit(Edit::Left); 2]);
        assert_eq!(keys(&[b"\x1b[1;5D"]), [Key::Edit(Edit::WordLeftArrow)]);
        assert_eq!(keys(&[b"\x1b[3~"]), [Key::Edit(Edit::Delete)]);
    }

    #[test]
    fn an_escape_character_alone_is_a_key_and_before_a_letter_is_alt() {
        assert_eq!(keys(&[b"\x1b", b"b"]), [Key::Break(Break::Mode), Key::Text('b')]);
        assert_eq!(keys(&[b"\x1bb"]), [Key::Edit(Edit::WordLeft)]);
    }

    #[test]
    fn marks_of_pastes_and_focus_are_no_keys_and_mouse_reports_are_no_text() {
        assert_eq!(keys(&[b"\x1b[200~a\x1b[201~\x1b[I"]), [Key::Text('a')]);
        assert_eq!(keys(&[b"\x1b[M !!x"]), [Key::Break(Break::Text), Key::Text('x')]);
        assert_eq!(keys(&[b"\x1b[<0;1;1Mx"]), [Key::Break(Break::Text), Key::Text('x')]);
    }

    #[test]
    fn keys_sent_as_numbers_mean_the_same() {
        assert_eq!(keys(&[b"\x1b[97u\x1b[97;1:3u"]), [Key::Text('a')]);
        assert_eq!(keys(&["\x1b[97;;228u".as_bytes()]), [Key::Text('ä')]);
        assert_eq!(keys(&[b"\x1b[97;5u"]), [Key::Edit(Edit::LineStart)]);
        assert_eq!(keys(&[b"\x1b[27;5;117~"]), [Key::Edit(Edit::KillToStart)]);
        assert_eq!(keys(&[b"\x1b[98;3u"]), [Key::Edit(Edit::WordLeft)]);
        assert_eq!(keys(&[b"\x1b[27u"]), [Key::Break(Break::Mode)]);
        assert_eq!(keys(&[b"\x1b[1;129D\x1b[1;1:3D"]), [Key::Edit(Edit::Left)]);
        assert_eq!(keys(&[b"\x1b[127u"]), [Key::Edit(Edit::Backspace)]);
    }

    #[test]
    fn broken_text_is_not_guessed() {
        assert_eq!(keys(&[b"\xff"]), [Key::Break(Break::Text)]);
        assert_eq!(keys(&[b"\xc3a"]), [Key::Text('a')]);
        // A control character of ISO 6429 in UTF-8.
        assert_eq!(keys(&["\u{9b}".as_bytes()]), [Key::Break(Break::Mode)]);
    }
}
