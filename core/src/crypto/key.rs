//! The key of a session and the form in which users and programs hand it over.

use core::fmt;
use core::str::FromStr;

use zeroize::Zeroize;

/// The 128-bit key that both directions of a session share. Wiped when dropped.
pub struct SessionKey([u8; 16]);

crate::log::defmt_format!(SessionKey, _ => "SessionKey(..)");

impl SessionKey {
    /// Makes a key of 16 bytes that nobody can guess.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Parses the printed form: 22 characters of standard base64 without padding.
    ///
    /// # Errors
    ///
    /// [`BadKey`] for anything that [`text`](Self::text) would not print, so that two texts never
    /// stand for one key.
    pub fn parse(text: &[u8]) -> Result<Self, BadKey> {
        if text.len() != TEXT_LEN {
            return Err(BadKey::Length);
        }
        let mut key = Self([0; 16]);
        let mut bits: u32 = 0;
        let mut count = 0;
        let mut written = 0;
        for &character in text {
            let value = decode(character).ok_or(BadKey::Character)?;
            bits = bits << 6 | u32::from(value);
            count += 6;
            if count >= 8 {
                count -= 8;
                key.0[written] = (bits >> count).to_be_bytes()[3];
                written += 1;
            }
        }
        // 22 characters carry 132 bits; RFC 4648 §3.5 wants the surplus to be zero.
        if bits & 0xf != 0 { Err(BadKey::SurplusBits) } else { Ok(key) }
    }

    /// Returns the printed form, which is as secret as the key.
    #[must_use]
    pub fn text(&self) -> KeyText {
        let mut text = KeyText([0; TEXT_LEN]);
        for (index, character) in text.0.iter_mut().enumerate() {
            let bit = index * 6;
            let high = u16::from(self.0[bit / 8]) << 8;
            let low = self.0.get(bit / 8 + 1).copied().map_or(0, u16::from);
            let value = ((high | low) >> (10 - bit % 8)) & 0x3f;
            *character = ALPHABET[usize::from(value)];
        }
        text
    }

    /// The raw key, for the cipher alone.
    pub(crate) fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Drop for SessionKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

impl FromStr for SessionKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        Self::parse(text.as_bytes())
    }
}

/// A printed key. Wiped when dropped.
pub struct KeyText([u8; TEXT_LEN]);

crate::log::defmt_format!(KeyText, _ => "KeyText(..)");

impl KeyText {
    /// The 22 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).expect("the alphabet is ASCII")
    }
}

impl Drop for KeyText {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(..)")
    }
}

/// Why a text is not a session key. The user copied it wrongly; ask for it again.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum BadKey {
    /// Not exactly 22 characters.
    Length,
    /// A character outside `A-Z a-z 0-9 + /`.
    Character,
    /// The last character says more than 128 bits.
    SurplusBits,
}

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "key must be 22 letters long",
            Self::Character => "key holds a character that is not base64",
            Self::SurplusBits => "key does not end as a 128-bit key does",
        })
    }
}

impl core::error::Error for BadKey {}

fn decode(character: u8) -> Option<u8> {
    // No table: a lookup indexed by key material could show in the cache.
    match character {
        b'A'..=b'Z' => Some(character - b'A'),
        b'a'..=b'z' => Some(character - b'a' + 26),
        b'0'..=b'9' => Some(character - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

const TEXT_LEN: usize = 22;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::format;

    use super::*;

    #[test]
    fn keys_print_as_they_are_read() {
        for (raw, text) in [
            ([0; 16], "AAAAAAAAAAAAAAAAAAAAAA"),
            (core::array::from_fn(|i| u8::try_from(i).unwrap()), "AAECAwQFBgcICQoLDA0ODw"),
            ([0xff; 16], "/////////////////////w"),
        ] {
            assert_eq!(SessionKey::from_bytes(raw).text().as_str(), text);
            assert_eq!(*text.parse::<SessionKey>().unwrap().bytes(), raw);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for (text, why) in [
            ("", BadKey::Length),
            ("AAAAAAAAAAAAAAAAAAAAA", BadKey::Length),
            ("AAAAAAAAAAAAAAAAAAAAAA==", BadKey::Length),
            ("AAAAAAAAAAAAAAAAAAAAAB", BadKey::SurplusBits),
            ("AAAAAAAAAA-AAAAAAAAAAA", BadKey::Character),
            ("AAAAAAAAAA AAAAAAAAAAA", BadKey::Character),
        ] {
            assert_eq!(text.parse::<SessionKey>().unwrap_err(), why, "{text}");
        }
    }

    #[test]
    fn debug_output_shows_no_key() {
        let key = SessionKey::from_bytes([0x41; 16]);
        assert_eq!(format!("{key:?} {:?}", key.text()), "SessionKey(..) KeyText(..)");
    }
}
