//! What an end that is not mosh 1.4 says about itself, in a field that mosh 1.4 skips.

use super::Malformed;

/// What an end can do beyond mosh 1.4.
///
/// ```text
/// offer = { version, features … }    in postcard
/// ```
///
/// Both ends then do what both have offered: the smaller version, the features of both. What a
/// newer end adds behind these two is not looked at, and features that are not known here have no
/// effect; so a newer offer is always accepted, and an older reader never guesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Offer {
    /// Which sequences belong to the language of [`WHOLE_LANGUAGE`](Self::WHOLE_LANGUAGE).
    pub version: u16,
    /// A set of bits.
    pub features: u32,
}

impl Offer {
    /// Host bytes may use the whole language of the emulator.
    pub const WHOLE_LANGUAGE: u32 = 1;
    /// The client tells [`Facts`](crate::terminal::Facts) about the user's terminal.
    pub const FACTS: u32 = 1 << 1;

    /// All that is implemented here.
    pub const OURS: Self = Self { version: 1, features: Self::WHOLE_LANGUAGE | Self::FACTS };

    /// Bytes of the longest offer that is written.
    pub const MAX_LEN: usize = 3 + 5;

    /// Reads an offer.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if it is torn.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let ((version, features), _newer) =
            postcard::take_from_bytes::<(u64, u64)>(bytes).map_err(|_| Malformed)?;
        let version = u16::try_from(version).unwrap_or(u16::MAX);
        // What stands in higher bits has no meaning here.
        Ok(Self { version, features: features as u32 })
    }

    /// Writes the offer.
    #[must_use]
    pub fn emit(&self) -> heapless::Vec<u8, { Self::MAX_LEN }> {
        let mut buf = [0; Self::MAX_LEN];
        let message = (u64::from(self.version), u64::from(self.features));
        let used = postcard::to_slice(&message, &mut buf).map_or(0, |used| used.len());
        heapless::Vec::from_slice(&buf[..used]).unwrap_or_default()
    }

    /// What both ends have offered.
    #[must_use]
    pub fn common(self, other: Self) -> Self {
        let version = self.version.min(other.version);
        Self { version, features: self.features & other.features }
    }

    /// Whether all of `features` are offered.
    #[must_use]
    pub const fn has(self, features: u32) -> bool {
        self.features & features == features
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_an_offer_do_not_change() {
        assert_eq!(Offer::OURS.emit(), [1, 3]);
        let longest = Offer { version: u16::MAX, features: u32::MAX };
        assert_eq!(longest.emit(), [0xff, 0xff, 3, 0xff, 0xff, 0xff, 0xff, 0xf]);
        for offer in [Offer::OURS, longest] {
            assert_eq!(Offer::parse(&offer.emit()), Ok(offer));
        }
    }

    #[test]
    fn newer_offers_are_understood_as_far_as_they_go() {
        // Version 300, 64 features, and something behind them.
        let newer = [0xac, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0x80, 0xff];
        let newer = Offer::parse(&newer).unwrap();
        assert_eq!(newer, Offer { version: 300, features: u32::MAX });
        assert_eq!(newer.common(Offer::OURS), Offer::OURS);
        // A version with more digits than there will ever be.
        let absurd = Offer::parse(&[0xff, 0xff, 0xff, 0xff, 1, 1]).unwrap();
        assert_eq!(absurd, Offer { version: u16::MAX, features: Offer::WHOLE_LANGUAGE });
        assert!(absurd.has(Offer::WHOLE_LANGUAGE) && !absurd.common(Offer::OURS).has(Offer::FACTS));
    }

    #[test]
    fn a_torn_offer_is_none() {
        for bytes in [&[][..], &[1], &[1, 0x80]] {
            assert_eq!(Offer::parse(bytes), Err(Malformed), "{bytes:?}");
        }
    }
}
