//! When predictions are shown.

use core::fmt;
use core::str::FromStr;

/// The user's wish, `--predict` on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Display {
    /// On slow links and after glitches only.
    #[default]
    Adaptive,
    /// Whenever there is a prediction that has been confirmed before.
    Always,
    /// Not at all.
    Never,
    /// Even what has not been confirmed yet.
    Experimental,
}

/// The word is none of `adaptive`, `always`, `never` and `experimental`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UnknownDisplay;

impl fmt::Display for UnknownDisplay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not one of adaptive, always, never, experimental")
    }
}

impl core::error::Error for UnknownDisplay {}

impl FromStr for Display {
    type Err = UnknownDisplay;

    fn from_str(word: &str) -> Result<Self, UnknownDisplay> {
        match word {
            "adaptive" => Ok(Self::Adaptive),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            "experimental" => Ok(Self::Experimental),
            _ => Err(UnknownDisplay),
        }
    }
}

impl fmt::Display for Display {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Adaptive => "adaptive",
            Self::Always => "always",
            Self::Never => "never",
            Self::Experimental => "experimental",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_modes_correspond() {
        for mode in [Display::Adaptive, Display::Always, Display::Never, Display::Experimental] {
            let mut word = heapless::String::<16>::new();
            fmt::write(&mut word, format_args!("{mode}")).unwrap();
            assert_eq!(word.parse(), Ok(mode));
        }
        assert_eq!("Always".parse::<Display>(), Err(UnknownDisplay));
    }
}
