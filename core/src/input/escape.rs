//! The user's commands to the client: the escape key and the key after it.

use heapless::Vec;

use super::key_codes::CodedKey;

/// The key that starts a command, and how to type it literally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EscapeKey {
    key: Option<u8>,
}

impl EscapeKey {
    /// No escape key at all: every byte is sent.
    pub const NONE: Self = Self { key: None };

    /// Takes the user's choice as it stands in the environment: absent, empty (no escape key) or
    /// one byte. What cannot be an escape key gives the default.
    #[must_use]
    pub const fn from_setting(setting: Option<&[u8]>) -> Self {
        match setting {
            Some([]) => Self::NONE,
            // Interrupt, end of file, redraw, and line ends have to reach the program.
            Some([0x03 | 0x04 | 0x0a | 0x0c | 0x0d]) => Self::DEFAULT,
            Some(&[key @ 1..=127]) => Self { key: Some(key) },
            _ => Self::DEFAULT,
        }
    }

    /// The key, if there is one.
    #[must_use]
    pub const fn key(self) -> Option<u8> {
        self.key
    }

    /// The key that, typed after the escape key, sends the escape key; if there is one.
    #[must_use]
    pub const fn pass_key(self) -> Option<u8> {
        match self.key {
            Some(key @ 0..0x20) => Some(key + 0x40),
            other => other,
        }
    }

    /// Whether the key works only at the start of a line, because it can be part of one.
    #[must_use]
    pub const fn only_after_newline(self) -> bool {
        matches!(self.key, Some(0x20..=0x7e))
    }

    fn passes(self, byte: u8) -> bool {
        self.pass_key().is_some_and(|key| byte == key || byte == key.to_ascii_lowercase())
    }

    /// Ctrl-^, which no program is known to want.
    const DEFAULT: Self = Self { key: Some(0x1e) };
}

impl Default for EscapeKey {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Bytes that are sent: at most an escape key, what made no command with it, and one more.
pub type Output = Vec<u8, { 2 * MAX_SEQUENCE + 1 }>;

/// Bytes of the longest sequence for a key that is looked at.
const MAX_SEQUENCE: usize = 32;

/// What the user wants of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Command {
    /// Show what the escape key can do until the next key.
    Help,
    /// End the session.
    Quit,
    /// Stop the client and give the user the local shell.
    Suspend,
}

/// Finds commands in the bytes from the keyboard.
///
/// Programs may ask the terminal to send keys as numbers, so the keys of commands are recognised in
/// that form, too.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EscapeScanner {
    escape: EscapeKey,
    after_newline: bool,
    /// The escape key as it came, if the next key decides; then what has come of the next key.
    held: Output,
    /// Bytes of the escape key in it.
    escape_len: usize,
}

/// What the bytes after ESC are so far.
enum Sequence {
    Incomplete,
    /// A key that is typed.
    Key(char),
    /// Nothing that was typed.
    Silent,
    Other,
}

impl EscapeScanner {
    /// Returns the scanner at the start of a session.
    ///
    /// ```
    /// use mosh_core::input::{Command, EscapeKey, EscapeScanner, Output};
    ///
    /// let mut scanner = EscapeScanner::new(EscapeKey::default());
    /// let mut out = Output::new();
    /// assert_eq!(scanner.scan(b'a', &mut out), None);
    /// assert_eq!(scanner.scan(0x1e, &mut out), Some(Command::Help));
    /// assert_eq!(scanner.scan(b'.', &mut out), Some(Command::Quit));
    /// assert_eq!(out, b"a");
    /// ```
    #[must_use]
    pub const fn new(escape: EscapeKey) -> Self {
        Self { escape, after_newline: false, held: Vec::new(), escape_len: 0 }
    }

    /// Takes the next byte from the keyboard; appends to `out` what is to be sent before the
    /// command, if there is one. `out` has room for that if it is empty.
    pub fn scan(&mut self, byte: u8, out: &mut Output) -> Option<Command> {
        let begun = self.held.len() > self.escape_len;
        if begun && !matches!(byte, 0x20..=0x7e) {
            // No part of a sequence.
            self.end(out);
        }
        // The escape key takes half of the room at most, and so does the next key.
        let _ = self.held.push(byte);
        if self.held.len() == self.escape_len + 1 && (byte != ESC || self.escape.key == Some(ESC)) {
            return self.decide(&Sequence::Key(char::from(byte)), out);
        }
        match sequence(&self.held[self.escape_len..]) {
            Sequence::Incomplete if self.held.len() - self.escape_len < MAX_SEQUENCE => None,
            sequence => self.decide(&sequence, out),
        }
    }

    /// Ends a read: a terminal sends the bytes of a key together, so what has begun is no such key.
    pub fn end(&mut self, out: &mut Output) {
        if self.held.len() > self.escape_len {
            self.decide(&Sequence::Other, out);
        }
    }

    /// Decides what becomes of the key that is held, which is complete.
    fn decide(&mut self, sequence: &Sequence, out: &mut Output) -> Option<Command> {
        let key = match sequence {
            Sequence::Key(key) => u8::try_from(u32::from(*key)).ok(),
            // The escape key, or whatever is held with the next one, may be released now.
            Sequence::Silent => {
                let _ = out.extend_from_slice(&self.held[self.escape_len..]);
                self.held.truncate(self.escape_len);
                return None;
            }
            Sequence::Incomplete | Sequence::Other => None,
        };
        let is_newline = matches!(key, Some(b'\r' | b'\n'));
        let after_newline = core::mem::replace(&mut self.after_newline, is_newline);
        let escape_len = core::mem::take(&mut self.escape_len);
        let command = match key {
            Some(b'.') if escape_len > 0 => Some(Command::Quit),
            Some(CTRL_Z) if escape_len > 0 => Some(Command::Suspend),
            Some(byte) if escape_len > 0 && self.escape.passes(byte) => {
                self.held.truncate(escape_len);
                None
            }
            _ if escape_len > 0 => None,
            Some(_)
                if key == self.escape.key
                    && (after_newline || !self.escape.only_after_newline()) =>
            {
                self.escape_len = self.held.len();
                return Some(Command::Help);
            }
            _ => None,
        };
        if command.is_none() {
            let _ = out.extend_from_slice(&self.held);
        }
        self.held.clear();
        command
    }

    /// Whether the escape key was typed and the next key decides.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        self.escape_len > 0
    }

    /// Bytes of an escape key that are still to be sent if no command follows.
    #[must_use]
    pub const fn held_len(&self) -> usize {
        self.escape_len
    }

    /// The escape key that is looked for.
    #[must_use]
    pub const fn escape(&self) -> EscapeKey {
        self.escape
    }
}

/// Reads what begins with ESC.
fn sequence(bytes: &[u8]) -> Sequence {
    let (b"\x1b[", body) = bytes.split_at(bytes.len().min(2)) else {
        return if bytes == [ESC] { Sequence::Incomplete } else { Sequence::Other };
    };
    match body.split_last() {
        None => Sequence::Incomplete,
        // ECMA-48, 5.4: parameter and intermediate bytes.
        Some((0x20..=0x3f, _)) => Sequence::Incomplete,
        Some((&last, parameters)) => match CodedKey::read(parameters, last) {
            Some(CodedKey::Legacy { key, alt: false }) => Sequence::Key(key),
            Some(CodedKey::Silent) => Sequence::Silent,
            Some(CodedKey::Legacy { .. } | CodedKey::Other) | None => Sequence::Other,
        },
    }
}

const ESC: u8 = 0x1b;
const CTRL_Z: u8 = 0x1a;

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::string::String;
    use core::fmt::Write as _;

    use super::*;

    #[test]
    fn settings_choose_the_key() {
        for (setting, key, pass) in [
            (None, Some(0x1e), Some(b'^')),
            (Some(&b""[..]), None, None),
            (Some(b"\x02"), Some(2), Some(b'B')),
            (Some(b"~"), Some(b'~'), Some(b'~')),
            (Some(b"\x7f"), Some(0x7f), Some(0x7f)),
            (Some(b"\x03"), Some(0x1e), Some(b'^')),
            (Some(b"\r"), Some(0x1e), Some(b'^')),
            (Some(b"\x80"), Some(0x1e), Some(b'^')),
            (Some(b"ab"), Some(0x1e), Some(b'^')),
        ] {
            let escape = EscapeKey::from_setting(setting);
            assert_eq!((escape.key(), escape.pass_key()), (key, pass), "{setting:?}");
        }
    }

    /// What the scanner does about `input`, which comes in one read: bytes that are sent, and
    /// commands in angle brackets.
    fn run(escape: EscapeKey, input: &str) -> String {
        let mut scanner = EscapeScanner::new(escape);
        let mut text = String::new();
        for byte in input.bytes() {
            let mut out = Output::new();
            let command = scanner.scan(byte, &mut out);
            text.push_str(core::str::from_utf8(&out).unwrap());
            if let Some(command) = command {
                write!(text, "<{command:?}>").unwrap();
            }
        }
        let mut out = Output::new();
        scanner.end(&mut out);
        text + core::str::from_utf8(&out).unwrap()
    }

    #[test]
    fn commands_are_found() {
        let default = EscapeKey::default();
        let ctrl_b = EscapeKey::from_setting(Some(b"\x02"));
        let tilde = EscapeKey::from_setting(Some(b"~"));
        let upper = EscapeKey::from_setting(Some(b"Q"));
        for (escape, input, expected) in [
            (default, "a\x1e.", "a<Help><Quit>"),
            (default, "\x1e\x1a", "<Help><Suspend>"),
            (default, "\x1e^x", "<Help>\x1ex"),
            (default, "\x1ex.", "<Help>\x1ex."),
            (default, "\x1e\x1e.", "<Help>\x1e\x1e."),
            (default, "\x1e\x1b[Ax", "<Help>\x1e\x1b[Ax"),
            (ctrl_b, "\x02b\x02B", "<Help>\x02<Help>\x02"),
            (tilde, "~.\r~.", "~.\r<Help><Quit>"),
            (tilde, "\n~~", "\n<Help>~"),
            (upper, "\rQq\rQQ", "\r<Help>Q\r<Help>Q"),
            (EscapeKey::NONE, "\x1e.", "\x1e."),
        ] {
            assert_eq!(run(escape, input), expected, "{input:?}");
        }
    }

    #[test]
    fn escape_itself_may_be_the_key() {
        let escape = EscapeKey::from_setting(Some(b"\x1b"));
        assert_eq!(run(escape, "\x1b.\x1b[A"), "<Help><Quit><Help>\x1bA");
    }

    #[test]
    fn keys_that_come_as_numbers_are_commands_as_well() {
        let default = EscapeKey::default();
        for (input, expected) in [
            ("\x1b[54;5u\x1b[54;5:3u.", "<Help>\x1b[54;5:3u<Quit>"),
            ("\x1b[27;5;94~\x1b[46u", "<Help><Quit>"),
            ("\x1b[94;6u\x1b[122;5u", "<Help><Suspend>"),
            // The key itself, as the program wants it, and a key that is no command.
            ("\x1b[54;5u^", "<Help>\x1b[54;5u"),
            ("\x1b[54;5u\x1b[97u", "<Help>\x1b[54;5u\x1b[97u"),
            // Others go through, whole or not.
            ("\x1b[97;5u\x1b[A\x1bOA\x1b\x1b", "\x1b[97;5u\x1b[A\x1bOA\x1b\x1b"),
            ("\x1b[54;5", "\x1b[54;5"),
            ("\x1b[<0;1;1Mx\x1b", "\x1b[<0;1;1Mx\x1b"),
            ("\x1b[\x1e.", "\x1b[<Help><Quit>"),
            ("\x1e\x1b\x1b[46u", "<Help>\x1e\x1b\x1b[46u"),
            (
                "\x1b[1111111111111111111111111111111111;5u",
                "\x1b[1111111111111111111111111111111111;5u",
            ),
        ] {
            assert_eq!(run(default, input), expected, "{input:?}");
        }
    }
}
