//! Keys that a terminal sends as numbers, for programs that asked for them.
//!
//! Two codings are in use: `CSI code ; modifiers u` of kitty's keyboard protocol, with events and
//! text as further parts, and `CSI 27 ; modifiers ; code ~` of xterm (ctlseqs, "modifyOtherKeys").
//! Programs read them; here they are only told apart, so that the same keys mean the same.

/// A key that was sent as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodedKey {
    /// What the key sends where nobody asked for numbers, and whether Alt was held.
    Legacy {
        /// A character or a control character.
        key: char,
        /// With Alt, which is an escape character before it.
        alt: bool,
    },
    /// Nothing was pressed: a key was released, or is one that others are held with.
    Silent,
    /// A key that nothing was sent for.
    Other,
}

/// Modifiers, one less than what is sent (kitty's keyboard protocol, "Modifiers").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Modifiers(u16);

impl Modifiers {
    const SHIFT: u16 = 1;
    const ALT: u16 = 1 << 1;
    const CTRL: u16 = 1 << 2;
    /// Caps lock and num lock, which hold no key down.
    const LOCKS: u16 = 0xc0;

    /// Whether none is held.
    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether either Alt or Ctrl alone is held.
    pub(crate) const fn is_alt_or_ctrl(self) -> bool {
        matches!(self.0, Self::ALT | Self::CTRL)
    }

    const fn has(self, modifier: u16) -> bool {
        self.0 & modifier != 0
    }
}

/// What stands in a sequence for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyParameters {
    /// The first number, 0 if there is none.
    pub(crate) number: u32,
    /// What is held with the key.
    pub(crate) modifiers: Modifiers,
    /// It is released.
    pub(crate) released: bool,
}

/// The parts of `field`, which are separated by colons.
fn parts(field: &[u8]) -> impl Iterator<Item = u32> {
    field.split(|&byte| byte == b':').map(|part| {
        let digits = part.iter().filter(|byte| byte.is_ascii_digit());
        // Long numbers name no key.
        digits.fold(0_u32, |number, byte| {
            number.saturating_mul(10).saturating_add(u32::from(byte - b'0'))
        })
    })
}

impl KeyParameters {
    /// Reads `number ; modifiers : event`.
    pub(crate) fn read(parameters: &[u8]) -> Self {
        let mut fields = parameters.split(|&byte| byte == b';');
        let number = fields.next().and_then(|field| parts(field).next()).unwrap_or(0);
        let mut held = fields.next().map(parts).into_iter().flatten();
        let modifiers = held.next().unwrap_or(0).saturating_sub(1) as u16;
        let released = held.next() == Some(RELEASE);
        Self { number, modifiers: Modifiers(modifiers & !Modifiers::LOCKS), released }
    }
}

const RELEASE: u32 = 3;

/// Keys that others are held with, and locks (kitty's table of functional keys).
const MODIFIER_KEYS: core::ops::RangeInclusive<u32> = 57441..=57454;
const LOCK_KEYS: core::ops::RangeInclusive<u32> = 57358..=57360;
/// Digits of the keypad, and its Enter.
const KEYPAD_0: u32 = 57399;
const KEYPAD_9: u32 = 57408;
const KEYPAD_ENTER: u32 = 57414;
/// The block of functional keys in Unicode's private use area.
const FUNCTIONAL: core::ops::RangeInclusive<u32> = 57344..=63743;

impl CodedKey {
    /// Reads the parameters of a control sequence that ends with `last`; `None` if it is not one of
    /// the codings.
    pub(crate) fn read(parameters: &[u8], last: u8) -> Option<Self> {
        match last {
            b'u' => Some(Self::kitty(parameters)),
            b'~' => {
                let (number, rest) = parameters.split_at(parameters.len().min(3));
                let mut fields = rest.split(|&byte| byte == b';');
                let modifiers = fields.next().filter(|_| number == b"27;")?;
                let code = parts(fields.next()?).next()?;
                let held = parts(modifiers).next()?.saturating_sub(1) as u16;
                Some(Self::legacy(code, None, Modifiers(held & !Modifiers::LOCKS)))
            }
            _ => None,
        }
    }

    fn kitty(parameters: &[u8]) -> Self {
        let KeyParameters { number, modifiers, released } = KeyParameters::read(parameters);
        if released || MODIFIER_KEYS.contains(&number) || LOCK_KEYS.contains(&number) {
            return Self::Silent;
        }
        let mut fields = parameters.split(|&byte| byte == b';');
        let shifted = fields.next().and_then(|field| parts(field).nth(1));
        let text = fields.nth(1).and_then(|field| parts(field).next());
        match text.filter(|&text| text >= 0x20).and_then(char::from_u32) {
            Some(key) => Self::Legacy { key, alt: false },
            None => Self::legacy(number, shifted.filter(|&code| code > 0), modifiers),
        }
    }

    fn legacy(code: u32, shifted: Option<u32>, modifiers: Modifiers) -> Self {
        let others = !(Modifiers::SHIFT | Modifiers::ALT | Modifiers::CTRL);
        let code = match code {
            KEYPAD_0..=KEYPAD_9 => u32::from('0') + code - KEYPAD_0,
            KEYPAD_ENTER => 13,
            code => code,
        };
        let Some(plain) = char::from_u32(code).filter(|_| !FUNCTIONAL.contains(&code)) else {
            return Self::Other;
        };
        if modifiers.has(others) {
            return Self::Other;
        }
        let mut key = plain;
        if modifiers.has(Modifiers::SHIFT) {
            key = shifted.and_then(char::from_u32).unwrap_or(plain.to_ascii_uppercase());
        }
        if modifiers.has(Modifiers::CTRL) {
            // A control character stays what it is: Ctrl with Enter is Enter.
            key = if plain.is_control() { plain } else { control(plain).unwrap_or(key) };
        }
        Self::Legacy { key, alt: modifiers.has(Modifiers::ALT) }
    }
}

/// What Ctrl makes of a key (kitty's keyboard protocol, "Legacy ctrl mapping of ASCII keys").
fn control(key: char) -> Option<char> {
    let code = match key {
        'a'..='z' | 'A'..='Z' => key.to_ascii_lowercase() as u8 - b'a' + 1,
        ' ' | '@' | '2' | '`' => 0,
        '[' | '3' => 0x1b,
        '\\' | '4' => 0x1c,
        ']' | '5' => 0x1d,
        '^' | '~' | '6' => 0x1e,
        '_' | '/' | '7' => 0x1f,
        '8' | '?' => 0x7f,
        _ => return None,
    };
    Some(char::from(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: char) -> Option<CodedKey> {
        Some(CodedKey::Legacy { key, alt: false })
    }

    #[test]
    fn both_codings_name_the_keys_of_old() {
        for (parameters, last, expected) in [
            (&b"97"[..], b'u', key('a')),
            (b"97:65;2", b'u', key('A')),
            (b"97;2", b'u', key('A')),
            (b"97;5", b'u', key('\u{1}')),
            (b"27;5;94", b'~', key('\u{1e}')),
            (b"54;5", b'u', key('\u{1e}')),
            (b"54:94;6", b'u', key('\u{1e}')),
            (b"27", b'u', key('\u{1b}')),
            (b"13;5", b'u', key('\r')),
            (b"127;129", b'u', key('\u{7f}')),
            (b"97;;228", b'u', key('ä')),
            (b"57400", b'u', key('1')),
            (b"57414", b'u', key('\r')),
            (b"98;3", b'u', Some(CodedKey::Legacy { key: 'b', alt: true })),
            (b"97;1:3", b'u', Some(CodedKey::Silent)),
            (b"57442;5", b'u', Some(CodedKey::Silent)),
            (b"97;9", b'u', Some(CodedKey::Other)),
            (b"57376", b'u', Some(CodedKey::Other)),
            (b"99999999999", b'u', Some(CodedKey::Other)),
            (b"3", b'~', None),
            (b"27", b'~', None),
            (b"", b'A', None),
        ] {
            assert_eq!(CodedKey::read(parameters, last), expected, "{parameters:?}");
        }
    }
}
