//! The user's commands to the client: the escape key and the key after it.

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

/// What to do about a byte from the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Action {
    /// Send this byte.
    Send(u8),
    /// Send these bytes, in this order: the escape key was no command after all.
    SendBoth(u8, u8),
    /// Nothing is sent; show what the escape key can do until the next byte.
    Help,
    /// End the session.
    Quit,
    /// Stop the client and give the user the local shell.
    Suspend,
}

/// Finds commands in the bytes from the keyboard.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EscapeScanner {
    escape: EscapeKey,
    after_escape: bool,
    after_newline: bool,
}

impl EscapeScanner {
    /// Returns the scanner at the start of a session.
    ///
    /// ```
    /// use mosh_core::input::{Action, EscapeKey, EscapeScanner};
    ///
    /// let mut scanner = EscapeScanner::new(EscapeKey::default());
    /// assert_eq!(scanner.scan(b'a'), Action::Send(b'a'));
    /// assert_eq!(scanner.scan(0x1e), Action::Help);
    /// assert_eq!(scanner.scan(b'.'), Action::Quit);
    /// ```
    #[must_use]
    pub const fn new(escape: EscapeKey) -> Self {
        Self { escape, after_escape: false, after_newline: false }
    }

    /// Takes the next byte from the keyboard.
    pub fn scan(&mut self, byte: u8) -> Action {
        let after_newline =
            core::mem::replace(&mut self.after_newline, matches!(byte, b'\r' | b'\n'));
        let Some(key) = self.escape.key else {
            return Action::Send(byte);
        };
        if core::mem::take(&mut self.after_escape) {
            return match byte {
                b'.' => Action::Quit,
                CTRL_Z => Action::Suspend,
                _ if self.escape.passes(byte) => Action::Send(key),
                _ => Action::SendBoth(key, byte),
            };
        }
        if byte == key && (after_newline || !self.escape.only_after_newline()) {
            self.after_escape = true;
            return Action::Help;
        }
        Action::Send(byte)
    }

    /// Whether the escape key was typed and the next byte decides.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        self.after_escape
    }

    /// The escape key that is looked for.
    #[must_use]
    pub const fn escape(&self) -> EscapeKey {
        self.escape
    }
}

const CTRL_Z: u8 = 0x1a;

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::vec;
    use alloc::vec::Vec;

    use super::Action::{Help, Quit, Send, SendBoth, Suspend};
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

    #[test]
    fn commands_are_found() {
        let default = EscapeKey::default();
        let ctrl_b = EscapeKey::from_setting(Some(b"\x02"));
        let tilde = EscapeKey::from_setting(Some(b"~"));
        let upper = EscapeKey::from_setting(Some(b"Q"));
        for (escape, input, expected) in [
            (default, &b"a\x1e."[..], vec![Send(b'a'), Help, Quit]),
            (default, b"\x1e\x1a", vec![Help, Suspend]),
            (default, b"\x1e^x", vec![Help, Send(0x1e), Send(b'x')]),
            (default, b"\x1ex.", vec![Help, SendBoth(0x1e, b'x'), Send(b'.')]),
            (default, b"\x1e\x1e.", vec![Help, SendBoth(0x1e, 0x1e), Send(b'.')]),
            (ctrl_b, b"\x02b\x02B", vec![Help, Send(2), Help, Send(2)]),
            (tilde, b"~.\r~.", vec![Send(b'~'), Send(b'.'), Send(b'\r'), Help, Quit]),
            (tilde, b"\n~~", vec![Send(b'\n'), Help, Send(b'~')]),
            (
                upper,
                b"\rQq\rQQ",
                vec![Send(b'\r'), Help, Send(b'Q'), Send(b'\r'), Help, Send(b'Q')],
            ),
            (EscapeKey::NONE, b"\x1e.", vec![Send(0x1e), Send(b'.')]),
        ] {
            let mut scanner = EscapeScanner::new(escape);
            let actions: Vec<_> = input.iter().map(|&byte| scanner.scan(byte)).collect();
            assert_eq!(actions, expected, "{input:?}");
        }
    }
}
