//! The UDP ports that a server may use.

use std::fmt;
use std::ops::RangeInclusive;

/// What the user asked for: `0` (the kernel chooses), `P` or `P:Q`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PortRange {
    first: u16,
    last: u16,
}

/// The text is no port and no range of ports. The user corrects it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum BadPorts {
    /// Something other than digits, or more than 65535.
    NotAPort,
    /// A range may not begin with 0, which means "any".
    ZeroInRange,
    /// The range ends before it begins.
    Backwards,
}

impl fmt::Display for BadPorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAPort => "a port is a number from 0 to 65535",
            Self::ZeroInRange => "a range of ports cannot contain port 0",
            Self::Backwards => "the first port of a range cannot be above the last",
        })
    }
}

impl PortRange {
    /// Where mosh servers are by default, and firewalls expect them.
    pub(crate) const DEFAULT: Self = Self { first: 60001, last: 60999 };

    /// Reads `P` or `P:Q`.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the text.
    pub(crate) fn parse(text: &str) -> Result<Self, BadPorts> {
        let Some((first, last)) = text.split_once(':') else {
            let port = parse_port(text)?;
            return Ok(Self { first: port, last: port });
        };
        let (first, last) = (parse_port(first)?, parse_port(last)?);
        match (first, last) {
            (0, _) | (_, 0) => Err(BadPorts::ZeroInRange),
            _ if first > last => Err(BadPorts::Backwards),
            _ => Ok(Self { first, last }),
        }
    }

    /// The ports in the order in which to try them.
    pub(crate) const fn candidates(self) -> RangeInclusive<u16> {
        self.first..=self.last
    }
}

/// As it is passed to a server.
impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}:{}", self.first, self.last)
        }
    }
}

/// Reads a port: digits only, without the sign that integers may have in Rust.
pub(crate) fn parse_port(text: &str) -> Result<u16, BadPorts> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BadPorts::NotAPort);
    }
    text.parse().map_err(|_| BadPorts::NotAPort)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_ranges_are_read() {
        for (text, expected) in [
            ("0", Ok((0, 0))),
            ("60001", Ok((60001, 60001))),
            ("65535", Ok((65535, 65535))),
            ("1:65535", Ok((1, 65535))),
            ("7:7", Ok((7, 7))),
            ("00022", Ok((22, 22))),
            ("65536", Err(BadPorts::NotAPort)),
            ("99999999999999999999", Err(BadPorts::NotAPort)),
            ("", Err(BadPorts::NotAPort)),
            ("-1", Err(BadPorts::NotAPort)),
            ("+1", Err(BadPorts::NotAPort)),
            (" 1", Err(BadPorts::NotAPort)),
            ("1:", Err(BadPorts::NotAPort)),
            (":1", Err(BadPorts::NotAPort)),
            ("1:2:3", Err(BadPorts::NotAPort)),
            ("0:5", Err(BadPorts::ZeroInRange)),
            ("5:0", Err(BadPorts::ZeroInRange)),
            ("6:5", Err(BadPorts::Backwards)),
        ] {
            let expected = expected.map(|(first, last)| PortRange { first, last });
            assert_eq!(PortRange::parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_written_form_is_what_was_read() {
        for text in ["0", "60001", "60001:60010"] {
            assert_eq!(PortRange::parse(text).unwrap().to_string(), text);
        }
    }
}
