//! The part of a description where capabilities have names (term(5), "Extended Storage Format";
//! user_caps(5)).

/// Capabilities that have names, as no place was made for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// Direct colours: `RGB` or `Tc`.
    pub(super) direct_colour: bool,
    /// Shapes of underlines: `Smulx` or `Su`.
    pub(super) styled_underlines: bool,
    /// Colours of underlines: `Setulc`.
    pub(super) underline_colours: bool,
    /// Shapes of the cursor by DECSCUSR: `Ss`.
    pub(super) cursor_style: bool,
    /// Synchronised updates by mode 2026: `Sync`.
    pub(super) synchronized_updates: bool,
}

impl Named {
    /// Reads the part of a description that begins at `start`: counts of flags, numbers, strings
    /// and of all texts, and how long these are; flags; numbers; places of strings, and of the names
    /// of all three kinds; strings; names, whose places count from the end of the strings.
    pub(super) fn parse(bytes: &[u8], start: usize, number_len: usize) -> Option<Self> {
        let bytes = bytes.get(start..)?;
        let short = |at: usize| {
            Some(usize::from(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])))
        };
        let [flags, numbers, strings] = [short(0)?, short(2)?, short(4)?];
        let numbers_at = (10 + flags).next_multiple_of(2);
        let strings_at = numbers_at + numbers * number_len;
        let names_at = strings_at + strings * 2;
        let texts = bytes.get(names_at + (flags + numbers + strings) * 2..)?;
        let text = |place: usize| {
            let text = texts.get(place..)?;
            Some(&text[..text.iter().position(|&byte| byte == 0)?])
        };
        let string = |index: usize| text(short(strings_at + index * 2)?);
        let ends = (0..strings)
            .filter_map(|index| Some(short(strings_at + index * 2)? + string(index)?.len() + 1));
        let end = ends.max().unwrap_or(0);
        let mut named = Self::default();
        for index in 0..flags + numbers + strings {
            let name = text(end + short(names_at + index * 2)?)?;
            let there = match index {
                _ if index < flags => *bytes.get(10 + index)? == 1,
                // Absent numbers are negative.
                _ if index < flags + numbers => {
                    let at = numbers_at + (index - flags) * number_len;
                    bytes.get(at + number_len - 1)? & 0x80 == 0
                }
                _ => string(index - flags - numbers).is_some(),
            };
            if there {
                named.take(name, index.checked_sub(flags + numbers).and_then(string));
            }
        }
        Some(named)
    }

    /// Takes a capability that is there, with its text if it is a string.
    fn take(&mut self, name: &[u8], text: Option<&[u8]>) {
        let begins = |start: &[u8]| text.is_some_and(|text| text.starts_with(start));
        match name {
            b"RGB" | b"Tc" => self.direct_colour = true,
            b"Su" => self.styled_underlines = true,
            b"Smulx" => self.styled_underlines |= begins(b"\x1b[4:%p1%d"),
            b"Setulc" => self.underline_colours = begins(b"\x1b[58:"),
            b"Ss" => self.cursor_style = begins(b"\x1b[%p1%d q"),
            b"Sync" => self.synchronized_updates = begins(b"\x1b[?2026"),
            _ => {}
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::terminfo::Description;
    use crate::terminfo::tests::compiled;

    /// Appends what has names to a description.
    fn with_named(
        mut bytes: Vec<u8>,
        number_len: usize,
        flags: &[(&str, bool)],
        numbers: &[(&str, i32)],
        strings: &[(&str, Option<&str>)],
    ) -> Vec<u8> {
        let (mut values, mut names) = (Vec::new(), Vec::new());
        let (mut value_places, mut name_places) = (Vec::new(), Vec::new());
        for (_, value) in strings {
            let place = value.map_or(0xffff, |_| u16::try_from(values.len()).unwrap());
            value_places.extend(place.to_le_bytes());
            values.extend(value.iter().flat_map(|value| value.bytes().chain([0])));
        }
        let all = flags.iter().map(|it| it.0).chain(numbers.iter().map(|it| it.0));
        for name in all.chain(strings.iter().map(|it| it.0)) {
            name_places.extend(u16::try_from(names.len()).unwrap().to_le_bytes());
            names.extend(name.bytes().chain([0]));
        }
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        let start = bytes.len();
        let texts = value_places.len() / 2 + name_places.len() / 2;
        let counts = [flags.len(), numbers.len(), strings.len(), texts, values.len() + names.len()];
        bytes.extend(counts.map(|count| u16::try_from(count).unwrap().to_le_bytes()).concat());
        bytes.extend(flags.iter().map(|it| u8::from(it.1)));
        bytes.resize(start + (bytes.len() - start).next_multiple_of(2), 0);
        bytes.extend(numbers.iter().flat_map(|it| it.1.to_le_bytes()[..number_len].to_vec()));
        [bytes, value_places, name_places, values, names].concat()
    }

    /// A description of each kind of named capability, as tic(1) would lay it out.
    pub(in crate::terminfo) fn modern(number_len: usize) -> Vec<u8> {
        let strings = [
            ("Setulc", Some("\x1b[58:2::%p1%{65536}%/%dm")),
            ("Smulx", None),
            ("Ss", Some("\x1b[%p1%d q")),
            ("Sync", Some("\x1bP=%p1%ds\x1b\\")),
        ];
        let flags = [("AX", true), ("Su", true), ("Tc", false)];
        with_named(compiled(number_len), number_len, &flags, &[("RGB", 8), ("U8", -1)], &strings)
    }

    #[test]
    fn capabilities_with_names_are_read() {
        for number_len in [2, 4] {
            let description = Description::parse("x", &modern(number_len)).unwrap();
            let expected = Named {
                direct_colour: true,
                styled_underlines: true,
                underline_colours: true,
                cursor_style: true,
                // Another form than the one that is written here.
                synchronized_updates: false,
            };
            assert_eq!(description.named, expected, "{number_len}");
            assert_eq!(description.colours(), Some(256));
            let absent = with_named(
                compiled(number_len),
                number_len,
                &[("Tc", false)],
                &[("RGB", -1)],
                &[("Ss", None), ("Sync", Some("\x1b[?2026%?%p1%{1}%-%tl%eh%;"))],
            );
            let named = Description::parse("x", &absent).unwrap().named;
            assert_eq!(named, Named { synchronized_updates: true, ..Named::default() });
        }
    }
}
