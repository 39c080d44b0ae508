//! Character sets (ECMA-35; DEC STD 070; xterm ctlseqs, "Designate G0 Character Set").
//!
//! Four sets are designated, one of them is invoked for the next characters. What comes in is
//! UTF-8, so only the left half of a code is looked up: characters beyond ASCII are what they
//! are, and locking shifts into the right half do nothing. Of the sets of 96 characters there is
//! Latin-1. National sets take effect when the program asks for them (DECNRCM).

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
    /// The right half of Latin-1.
    Latin1,
    // As ASCII, but for letters of a language.
    Dutch,
    Finnish,
    French,
    FrenchCanadian,
    German,
    Italian,
    Norwegian,
    Portuguese,
    Spanish,
    Swedish,
    Swiss,
}

/// The places of national letters, in ASCII.
const NATIONAL_PLACES: &[u8; 12] = b"#@[\\]^_`{|}~";

/// National sets with what stands at these places, and the last bytes of their names in the order
/// of the VT510 reference manual ("National Replacement Character Sets") and of xterm ctlseqs.
const NATIONAL: [(Charset, &[u8], [char; 12]); 11] = [
    (Charset::Dutch, b"4", ['£', '¾', 'ĳ', '½', '|', '^', '_', '`', '¨', 'ƒ', '¼', '´']),
    (Charset::Finnish, b"5C", ['#', '@', 'Ä', 'Ö', 'Å', 'Ü', '_', 'é', 'ä', 'ö', 'å', 'ü']),
    (Charset::French, b"Rf", ['£', 'à', '°', 'ç', '§', '^', '_', '`', 'é', 'ù', 'è', '¨']),
    (Charset::FrenchCanadian, b"9Q", ['#', 'à', 'â', 'ç', 'ê', 'î', '_', 'ô', 'é', 'ù', 'è', 'û']),
    (Charset::German, b"K", ['#', '§', 'Ä', 'Ö', 'Ü', '^', '_', '`', 'ä', 'ö', 'ü', 'ß']),
    (Charset::Italian, b"Y", ['£', '§', '°', 'ç', 'é', '^', '_', 'ù', 'à', 'ò', 'è', 'ì']),
    (Charset::Norwegian, b"`6E", ['#', 'Ä', 'Æ', 'Ø', 'Å', 'Ü', '_', 'ä', 'æ', 'ø', 'å', 'ü']),
    // Its name has a byte before the last: `%6`.
    (Charset::Portuguese, b"", ['#', '@', 'Ã', 'Ç', 'Õ', '^', '_', '`', 'ã', 'ç', 'õ', '~']),
    (Charset::Spanish, b"Z", ['£', '§', '¡', 'Ñ', '¿', '^', '_', '`', '°', 'ñ', 'ç', '~']),
    (Charset::Swedish, b"7H", ['#', 'É', 'Ä', 'Ö', 'Å', 'Ü', '_', 'é', 'ä', 'ö', 'å', 'ü']),
    (Charset::Swiss, b"=", ['ù', 'à', 'é', 'ç', 'ê', 'î', 'è', 'ô', 'ä', 'ö', 'ü', 'û']),
];

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
            (Self::Latin1, ' '..='~') => char::from(c as u8 | 0x80),
            _ => self.national(c),
        }
    }

    fn national(self, c: char) -> char {
        let place = NATIONAL_PLACES.iter().position(|&place| char::from(place) == c);
        let set = NATIONAL.iter().find(|(set, ..)| *set == self);
        place.zip(set).map_or(c, |(place, (.., letters))| letters[place])
    }

    /// The set of a name: of 96 characters or 94, what stands before the last byte, the last byte.
    /// Sets that are not told apart from ASCII are ASCII.
    fn named(is_96: bool, before: &[u8], last: u8) -> Self {
        match (is_96, before, last) {
            (false, [], b'0' | b'2') => Self::Graphics,
            (false, [], b'A') => Self::British,
            (true, [], b'A') => Self::Latin1,
            (false, b"%", b'6') => Self::Portuguese,
            (false, [], _) => NATIONAL
                .iter()
                .find(|(_, names, _)| names.contains(&last))
                .map_or(Self::Ascii, |(set, ..)| *set),
            _ => Self::Ascii,
        }
    }

    /// The name for reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ascii => "B",
            Self::Graphics => "0",
            Self::British | Self::Latin1 => "A",
            Self::Dutch => "4",
            Self::Finnish => "5",
            Self::French => "R",
            Self::FrenchCanadian => "9",
            Self::German => "K",
            Self::Italian => "Y",
            Self::Norwegian => "`",
            Self::Portuguese => "%6",
            Self::Spanish => "Z",
            Self::Swedish => "7",
            Self::Swiss => "=",
        }
    }

    /// Whether the set has 96 characters.
    pub(super) fn is_96(self) -> bool {
        self == Self::Latin1
    }

    fn is_national(self) -> bool {
        self as u8 >= Self::Dutch as u8
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
    /// National sets can be designated (DECNRCM).
    national: bool,
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

    /// Whether national sets can be designated.
    pub(super) fn is_national(&self) -> bool {
        self.national
    }

    /// DECNRCM. Without it the national sets that were designated are gone.
    pub(super) fn set_national(&mut self, on: bool) {
        self.national = on;
        for set in &mut self.sets {
            if !on && set.is_national() {
                *set = Charset::Ascii;
            }
        }
    }

    /// Designates a set if the bytes between ESC and `last` say so, the last one lowest.
    pub(super) fn designate(&mut self, intermediates: u32, last: u8) {
        let bytes = intermediates.to_be_bytes();
        let Some(first) = bytes.iter().position(|&byte| byte != 0) else { return };
        let (set, is_96) = match bytes[first] {
            byte @ b'('..=b'+' => (byte - b'(', false),
            byte @ b'-'..=b'/' => (byte - b'-' + 1, true),
            _ => return,
        };
        self.designate_named(set, is_96, &bytes[first + 1..], last);
    }

    /// Designates the set of a name.
    pub(super) fn designate_named(&mut self, set: u8, is_96: bool, before: &[u8], last: u8) {
        let charset = Charset::named(is_96, before, last);
        let allowed = self.national || !charset.is_national();
        self.sets[usize::from(set & 3)] = if allowed { charset } else { Charset::Ascii };
    }

    /// DECCIR restores which sets are invoked.
    pub(super) fn invoke(&mut self, locked: u8, single: Option<u8>) {
        (self.locked, self.single) = (locked & 3, single);
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
