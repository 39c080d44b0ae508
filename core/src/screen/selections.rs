//! Where something is copied to.

/// A set of the selections of OSC 52, or the one that the terminal takes when none is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Selections(u16);

/// The names in xterm ctlseqs: clipboard, primary, secondary, select, and cut buffers.
const NAMES: &[u8] = b"cpqs01234567";
const UNNAMED: u16 = 1 << NAMES.len();

impl Selections {
    /// None at all.
    pub const NONE: Self = Self(0);

    /// Takes the first parameter of OSC 52; what is no name is left out.
    #[must_use]
    pub fn parse(names: &[u8]) -> Self {
        if names.is_empty() {
            return Self(UNNAMED);
        }
        let bits = names.iter().filter_map(|name| NAMES.iter().position(|it| it == name));
        Self(bits.fold(0, |set, bit| set | 1 << bit))
    }

    /// The names, which are none for [the one that the terminal takes](Self::parse).
    pub fn names(self) -> impl Iterator<Item = u8> {
        NAMES.iter().enumerate().filter(move |(bit, _)| self.0 >> bit & 1 != 0).map(|(_, &it)| it)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a client of mosh 1.4 is told what is copied there.
    #[must_use]
    pub fn is_common(self) -> bool {
        self.0 & UNNAMED != 0 || self.names().any(|name| b"cs".contains(&name))
    }

    /// Returns the set without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_selections() {
        let names = |text: &[u8]| Selections::parse(text).names().collect::<heapless::Vec<_, 16>>();
        assert_eq!(names(b"7pcxp"), b"cp7");
        assert_eq!(names(b""), b"");
        assert_eq!(Selections::parse(b"x8"), Selections::NONE);
        assert!(!Selections::parse(b"").is_empty());
        for (text, common) in [(&b""[..], true), (b"c", true), (b"ps", true), (b"pq07", false)] {
            assert_eq!(Selections::parse(text).is_common(), common);
        }
        let rest = Selections::parse(b"cp").without(Selections::parse(b"p0"));
        assert_eq!(rest, Selections::parse(b"c"));
    }
}
