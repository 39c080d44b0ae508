//! Character sets (ECMA-35; DEC STD 070; xterm ctlseqs, "Designate G0 Character Set").
//!
//! Four sets are designated, one of them is invoked for the next characters. What comes in is
//! UTF-8, so only the left half of a code is looked up: characters beyond ASCII are what they
//! are, and locking shifts into the right half do nothing.

use super::Emulation;

/// What the 94 characters of a set are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Charset {
    /// ASCII, and all sets that are not told apart from it.
    #[default]
    Ascii,
    /// DEC special graphics: lines, corners and some signs.
    Graphics,
    /// As ASCII, but for a pound sign.
    British,
}

/// DEC special graphics from `_` to `~` (VT100 user guide, table 3-9).
const GRAPHICS: [char; 32] = [
    '\u{a0}', '\u{25c6}', '\u{2592}', '\u{2409}', '\u{240c}', '\u{240d}', '\u{240a}', '\u{b0}',
    '\u{b1}', '\u{2424}', '\u{240b}', '\u{2518}', '\u{2510}', '\u{250c}', '\u{2514}', '\u{253c}',
    '\u{23ba}', '\u{23bb}', '\u{2500}', '\u{23bc}', '\u{23bd}', '\u{251c}', '\u{2524}', '\u{2534}',
    '\u{252c}', '\u{2502}', '\u{2264}', '\u{2265}', '\u{3c0}', '\u{2260}', '\u{a3}', '\u{b7}',
];

impl Charset {
    fn character(self, c: char) -> char {
        match (self, c) {
            (Self::Graphics, '_'..='~') => GRAPHICS[c as usize - '_' as usize],
            (Self::British, '#') => '\u{a3}',
            _ => c,
        }
    }
}

/// The designated sets and the invoked one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Charsets {
    sets: [Charset; 4],
    /// The set that characters come from, until another shift.
    locked: u8,
    /// The set that the next character comes from.
    single: Option<u8>,
}

impl Charsets {
    /// Whether all that comes is shown as it is.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.single.is_none() && self.sets[usize::from(self.locked)] == Charset::Ascii
    }

    /// LS0 to LS3.
    pub(super) fn lock(&mut self, set: u8) {
        self.locked = set & 3;
    }

    /// SS2 and SS3.
    pub(super) fn shift_once(&mut self, set: u8) {
        self.single = Some(set & 3);
    }

    /// The number of the invoked set.
    pub(super) fn locked(&self) -> u8 {
        self.locked
    }

    /// The set that a single shift has chosen for the next character.
    pub(super) fn single(&self) -> Option<u8> {
        self.single
    }

    /// The designated sets.
    pub(super) fn sets(&self) -> [Charset; 4] {
        self.sets
    }

    /// Designates a set if the bytes between ESC and `last` say so, the last one lowest. Sets of 96
    /// characters cannot be told apart from ASCII here, nor can those with longer names.
    pub(super) fn designate(&mut self, intermediates: u32, last: u8) {
        let bytes = intermediates.to_be_bytes();
        let Some(first) = bytes.iter().position(|&byte| byte != 0) else { return };
        let (set, small) = match bytes[first] {
            byte @ b'('..=b'+' => (byte - b'(', true),
            byte @ b'-'..=b'/' => (byte - b'-' + 1, false),
            _ => return,
        };
        self.sets[usize::from(set)] = match last {
            b'0' | b'2' if small && first == 3 => Charset::Graphics,
            b'A' if small && first == 3 => Charset::British,
            _ => Charset::Ascii,
        };
    }

    /// The character that `c` stands for.
    fn take(&mut self, c: char) -> char {
        let set = self.single.take().unwrap_or(self.locked);
        self.sets[usize::from(set)].character(c)
    }
}

impl Emulation<'_, '_> {
    /// Writes characters of a set that is not ASCII.
    pub(super) fn write_shifted(&mut self, run: impl IntoIterator<Item = char>) {
        let mut run = run.into_iter().peekable();
        while run.peek().is_some() {
            let mut piece = ['\0'; 32];
            let mut len = 0;
            for (to, from) in piece.iter_mut().zip(&mut run) {
                *to = self.state.charsets.take(from);
                len += 1;
            }
            self.write_run(&piece[..len]);
        }
    }
}
