//! What `mosh` tells the client beside the interface of mosh 1.4: the name of the host, which the
//! client may look up again when the machine or the network moves.

use std::ffi::OsStr;
use std::fmt;

use super::options::Family;

/// The name of the server's host and the addresses to use of it.
///
/// Written as `FAMILY NAME` behind the bar at the end of the client's `-#` word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) family: Family,
    pub(crate) name: String,
}

impl Hint {
    /// Returns a hint if `name` can be looked up: numeric addresses cannot.
    pub(crate) fn new(family: Family, name: &str) -> Option<Self> {
        let plain = |char: char| char.is_alphanumeric() || matches!(char, '.' | '-' | '_');
        // A colon or a percent sign would make it an address with a scope.
        let numeric = name.parse::<std::net::IpAddr>().is_ok();
        (!name.is_empty() && name.chars().all(plain) && !numeric)
            .then(|| Self { family, name: name.to_owned() })
    }

    /// Finds the hint in the value of `-#`, where a wrapper of ours wrote one.
    pub(crate) fn find(value: &OsStr) -> Option<Self> {
        let (_, end) = value.to_str()?.rsplit_once('|')?;
        let mut words = end.split_ascii_whitespace();
        let (family, name) = (words.next()?.parse().ok()?, words.next()?);
        if words.next().is_some() {
            return None;
        }
        Self::new(family, name)
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.family, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_can_be_looked_up_again() {
        for (name, usable) in [
            ("example.org", true),
            ("localhost", true),
            ("192.0.2.1", false),
            ("2001:db8::1", false),
            ("fe80::1%eth0", false),
            ("a b", false),
            ("", false),
        ] {
            assert_eq!(Hint::new(Family::Inet, name).is_some(), usable, "{name}");
        }
    }

    #[test]
    fn words_of_other_wrappers_hold_no_hint() {
        for value in ["", " host |", " a | b c |", " all host", " x | all a b", " x | ipx a"] {
            assert_eq!(Hint::find(OsStr::new(value)), None, "{value}");
        }
        let hint = Hint::find(OsStr::new(" a | b | prefer-inet6 example.org"));
        assert_eq!(hint, Hint::new(Family::PreferInet6, "example.org"));
    }
}
