//! What of a screen travels.

use super::Look;

/// What two ends of a session know of a screen, and so what of it counts when two are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Language {
    /// What mosh 1.4 knows.
    #[default]
    Mosh,
    /// Everything that a screen has.
    Ours,
}

impl Language {
    /// What counts of a rendition.
    #[must_use]
    pub const fn look(self) -> Look {
        match self {
            Self::Mosh => Look::PLAIN,
            Self::Ours => Look::FULL,
        }
    }
}
