//! Arrow keys in the form that the program at the far end expects.

/// Translates the application form of arrow keys, which clients always send (`ESC O A`), into the
/// normal one (`ESC [ A`) while the program has not asked for application mode (DECCKM).
///
/// # Differences
///
/// Mosh holds a lone `ESC O` back until the next byte. Call [`flush`](Self::flush) at the end of
/// a batch of input, and Alt-Shift-O works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CursorKeys {
    seen: Seen,
}

impl CursorKeys {
    /// Returns the translator at the start of a session.
    #[must_use]
    pub const fn new() -> Self {
        Self { seen: Seen::Nothing }
    }

    /// Takes one byte from the user and returns those for the program: none, one or two.
    ///
    /// `application` says whether the program has asked for application mode.
    #[must_use]
    pub fn translate(&mut self, byte: u8, application: bool) -> heapless::Vec<u8, 2> {
        let mut out = heapless::Vec::new();
        let seen = match (self.seen, byte) {
            (Seen::Nothing, ESC) => Seen::Escape,
            (Seen::Escape, b'O') => Seen::Introducer,
            _ => Seen::Nothing,
        };
        // Two bytes at most are pushed, which is what the vector holds.
        if self.seen == Seen::Introducer {
            let normal = matches!(byte, b'A'..=b'D') && !application;
            let _ = out.push(if normal { b'[' } else { b'O' });
        }
        if seen != Seen::Introducer {
            let _ = out.push(byte);
        }
        self.seen = seen;
        out
    }

    /// Says that no more input is at hand: returns a byte that was held back.
    #[must_use]
    pub fn flush(&mut self) -> Option<u8> {
        if self.seen != Seen::Introducer {
            return None;
        }
        self.seen = Seen::Nothing;
        Some(b'O')
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum Seen {
    #[default]
    Nothing,
    Escape,
    /// `ESC O`, of which the `O` has not been passed on.
    Introducer,
}

const ESC: u8 = 0x1b;

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn arrows_follow_the_mode_and_nothing_else_changes() {
        for (input, application, expected) in [
            (&b"\x1bOA\x1bOD"[..], false, &b"\x1b[A\x1b[D"[..]),
            (b"\x1bOA", true, b"\x1bOA"),
            (b"\x1bOE\x1bOP", false, b"\x1bOE\x1bOP"),
            (b"OA\x1b[A", false, b"OA\x1b[A"),
            // A second ESC ends the sequence, as in mosh.
            (b"\x1b\x1bOA", false, b"\x1b\x1bOA"),
            (b"\x1bO\x1b", false, b"\x1bO\x1b"),
            (b"\x1bO", false, b"\x1bO"),
        ] {
            let mut keys = CursorKeys::new();
            let mut output: Vec<u8> =
                input.iter().flat_map(|&byte| keys.translate(byte, application)).collect();
            output.extend(keys.flush());
            assert_eq!(output, expected, "{input:?}");
        }
    }
}
