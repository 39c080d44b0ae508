//! What a terminal answers when it is asked about itself, and what follows from that.
//!
//! Forms: xterm ctlseqs ("DECRPM", "XTVERSION", "XTWINOPS", "OSC Ps ; Pt ST"), kitty's keyboard
//! protocol.

use heapless::String;

use crate::diff::{Capabilities, ColorDepth, Repeat};
use crate::screen::Rgb;
use crate::terminal::{Facts, Features, Pixels};

/// Modes that are asked for.
pub(super) const MODES: [u16; 4] = [2026, 1007, 1016, 2027];

/// What a terminal has answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Answers {
    /// Colours and sizes.
    facts: Facts,
    /// Name and version of the program (XTVERSION), cut if it is long.
    version: String<32>,
    /// For each of [`MODES`] whether it can be set.
    modes: [bool; MODES.len()],
    kitty_keyboard: bool,
    /// Whether it has direct colours.
    direct_color: Option<bool>,
    /// Text comes with its width (OSC 66).
    sized_text: bool,
    /// Device attributes came, which were asked for last.
    pub(super) complete: bool,
}

impl Answers {
    /// What is told to the server.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let mut features = self.known().map_or(Features::NONE, |it| it.features);
        if self.kitty_keyboard {
            features = features.with(Features::KITTY_KEYBOARD);
        }
        if self.has_mode(1016) {
            features = features.with(Features::MOUSE_PIXELS);
        }
        if self.direct_color == Some(true) {
            features = features.with(Features::DIRECT_COLOUR);
        }
        Facts { features, ..self.facts }
    }

    /// What the terminal can do beyond `described`, which its description says.
    #[must_use]
    pub fn improve(&self, described: Capabilities) -> Capabilities {
        let features = self.facts().features;
        let more = |described, feature| described || features.contains(feature);
        Capabilities {
            synchronized_updates: described.synchronized_updates || self.has_mode(2026),
            repeat: described.repeat.max(self.known().map_or(Repeat::Nothing, |it| it.repeats)),
            sized_text: described.sized_text || self.sized_text,
            depth: self.depth(described.depth, features),
            underline_shapes: more(described.underline_shapes, Features::UNDERLINES),
            underline_colors: more(described.underline_colors, Features::UNDERLINES),
            links: more(described.links, Features::LINKS),
            link_ids: more(described.link_ids, Features::LINKS),
            // Who tells a colour can be told one.
            colors: described.colors || self.facts.background.is_some(),
            // All that know links know these.
            directory: more(described.directory, Features::LINKS),
            notifications: more(described.notifications, Features::LINKS),
            prompt_marks: more(described.prompt_marks, Features::LINKS),
            selections: more(described.selections, Features::CLIPBOARD),
            titles: described.titles || self.known().is_some(),
            cursor_style: more(described.cursor_style, Features::CURSOR_STYLE),
            kitty_keyboard: more(described.kitty_keyboard, Features::KITTY_KEYBOARD),
            modify_other_keys: more(described.modify_other_keys, Features::MODIFY_OTHER_KEYS),
            mouse_pixels: more(described.mouse_pixels, Features::MOUSE_PIXELS),
            keypad: described.keypad || self.known().is_some(),
            alternate_scroll: described.alternate_scroll || self.has_mode(1007),
            ..described
        }
    }

    /// The colours of a terminal that has told what becomes of a direct one; else of one that is
    /// known to have them, whatever `TERM` says.
    fn depth(&self, described: ColorDepth, features: Features) -> ColorDepth {
        match self.direct_color {
            Some(true) => ColorDepth::Direct,
            Some(false) => described.min(ColorDepth::Indexed),
            None if features.contains(Features::DIRECT_COLOUR) => ColorDepth::Direct,
            None => described,
        }
    }

    /// What is known about the program that calls itself by this name.
    fn known(&self) -> Option<&'static Known> {
        KNOWN.iter().find(|known| self.version.starts_with(known.name))
    }

    fn has_mode(&self, mode: u16) -> bool {
        MODES.iter().position(|&known| known == mode).is_some_and(|index| self.modes[index])
    }

    /// Takes an answer of the form `CSI prefix parameters final`.
    pub(super) fn take_control(&mut self, body: &[u8]) {
        let Some((&last, parameters)) = body.split_last() else { return };
        let private = parameters.strip_prefix(b"?");
        let mut numbers = Numbers(private.unwrap_or(parameters));
        match (private.is_some(), last) {
            (true, b'c') => self.complete = true,
            (true, b'u') => self.kitty_keyboard = true,
            (true, b'y') => {
                let (mode, state) = (numbers.next(), numbers.next());
                let place = MODES.iter().position(|&known| Some(known) == mode);
                if let Some(place) = place {
                    // 1 and 2: set and reset; 3: always set. 0 and 4: there is no such mode here.
                    self.modes[place] = matches!(state, Some(1..=3));
                }
            }
            (false, b'R') => {
                // From the first column, text of two columns leads to the third.
                self.sized_text = (numbers.next(), numbers.next()) == (Some(2), Some(3));
            }
            (false, b't') => {
                let (what, height, width) = (numbers.next(), numbers.next(), numbers.next());
                if let (Some(height @ 1..), Some(width @ 1..)) = (height, width) {
                    let pixels = Some(Pixels { width, height });
                    match what {
                        Some(4) => self.facts.area = pixels,
                        Some(6) => self.facts.cell = pixels,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// Takes an answer of the form `OSC body ST`.
    pub(super) fn take_command(&mut self, body: &[u8]) {
        let mut parts = body.splitn(2, |&byte| byte == b';');
        let (number, text) = (parts.next().and_then(decimal), parts.next().unwrap_or_default());
        match number {
            Some(10) => self.facts.foreground = colour(text),
            Some(11) => self.facts.background = colour(text),
            Some(12) => self.facts.cursor = colour(text),
            Some(4) => {
                let mut parts = text.splitn(2, |&byte| byte == b';');
                let entry = parts.next().and_then(decimal).map(usize::from);
                let entry = entry.and_then(|index| self.facts.palette.get_mut(index));
                if let Some(entry) = entry {
                    *entry = colour(parts.next().unwrap_or_default());
                }
            }
            _ => {}
        }
    }

    /// Takes an answer to DECRQSS: the rendition while the background was to be a direct colour.
    /// A terminal that has none says which other it took.
    pub(super) fn take_rendition(&mut self, text: &[u8]) {
        // 1 stands for an answer, as xterm ctlseqs has it.
        let Some(body) = text.strip_prefix(b"1$r").and_then(|body| body.strip_suffix(b"m")) else {
            return;
        };
        let mut numbers = body.split(|byte| matches!(byte, b';' | b':')).map(decimal);
        while let Some(number) = numbers.next() {
            match number {
                Some(48) => {
                    self.direct_color = numbers.next().flatten().map(|form| form == 2);
                    return;
                }
                Some(40..=47 | 100..=107) => {
                    self.direct_color = Some(false);
                    return;
                }
                _ => {}
            }
        }
    }

    /// Takes the name and version of the terminal.
    pub(super) fn take_version(&mut self, text: &[u8]) {
        let printable = text.iter().copied().filter(|byte| matches!(byte, b' '..=b'~'));
        self.version.clear();
        for byte in printable.take(self.version.capacity()) {
            // The room was counted.
            let _ = self.version.push(char::from(byte));
        }
    }
}

/// What a program is known to do, by the name that it gives to XTVERSION.
struct Known {
    name: &'static str,
    /// What it repeats by REP.
    repeats: Repeat,
    features: Features,
}

const fn all(features: &[Features]) -> Features {
    let (mut sum, mut index) = (Features::NONE, 0);
    while index < features.len() {
        sum = sum.with(features[index]);
        index += 1;
    }
    sum
}

const MODERN: Features = all(&[
    Features::DIRECT_COLOUR,
    Features::UNDERLINES,
    Features::LINKS,
    Features::CURSOR_STYLE,
    Features::CLIPBOARD,
]);

/// Terminals with all of the above, then those that lack some.
const KNOWN: [Known; 9] = [
    Known { name: "kitty(", repeats: Repeat::Any, features: MODERN },
    Known { name: "foot(", repeats: Repeat::Any, features: MODERN },
    Known { name: "WezTerm ", repeats: Repeat::Any, features: MODERN },
    Known { name: "ghostty ", repeats: Repeat::Any, features: MODERN },
    Known { name: "contour ", repeats: Repeat::Any, features: MODERN },
    Known { name: "iTerm2 ", repeats: Repeat::Nothing, features: MODERN },
    Known {
        name: "VTE(",
        repeats: Repeat::Any,
        features: all(&[
            Features::DIRECT_COLOUR,
            Features::UNDERLINES,
            Features::LINKS,
            Features::CURSOR_STYLE,
        ]),
    },
    Known {
        name: "XTerm(",
        repeats: Repeat::Any,
        features: all(&[
            Features::DIRECT_COLOUR,
            Features::CURSOR_STYLE,
            Features::MODIFY_OTHER_KEYS,
        ]),
    },
    // What the terminal around it cannot show, tmux leaves out.
    Known {
        name: "tmux ",
        repeats: Repeat::Ascii,
        features: all(&[
            Features::DIRECT_COLOUR,
            Features::UNDERLINES,
            Features::CURSOR_STYLE,
            Features::CLIPBOARD,
            Features::MODIFY_OTHER_KEYS,
        ]),
    },
];

/// Parameters between semicolons.
struct Numbers<'a>(&'a [u8]);

impl Iterator for Numbers<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        let len = self.0.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(len);
        self.0 = rest.get(1..).unwrap_or_default();
        decimal(digits)
    }
}

fn decimal(digits: &[u8]) -> Option<u16> {
    core::str::from_utf8(digits).ok()?.parse().ok()
}

/// A colour as terminals tell it: in the form of X11, or `rgba:` with four parts, of which the last
/// is how opaque it is.
fn colour(text: &[u8]) -> Option<Rgb> {
    let Some(parts) = text.strip_prefix(b"rgba:") else { return Rgb::parse(text) };
    let end = parts.iter().rposition(|&byte| byte == b'/')?;
    let mut opaque = heapless::Vec::<u8, 20>::from_slice(b"rgb:").ok()?;
    opaque.extend_from_slice(&parts[..end]).ok()?;
    Rgb::parse(&opaque)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_may_come_with_its_opacity() {
        for (text, expected) in [
            ("rgb:ffff/8080/0000", Some(Rgb(255, 128, 0))),
            ("rgba:ffff/8080/0000/8000", Some(Rgb(255, 128, 0))),
            ("rgba:ffff/ffff/ffff", None),
            ("rgba:ffff/ffff/ffff/ffff/ffff", None),
            ("rgba:", None),
            ("?", None),
        ] {
            assert_eq!(colour(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_terminal_that_names_itself_is_known() {
        let mut answers = Answers::default();
        assert_eq!(answers.improve(Capabilities::PLAIN), Capabilities::PLAIN);
        answers.take_version(b"tmux 3.3a");
        let tmux = answers.improve(Capabilities::PLAIN);
        assert!(tmux.underline_colors && tmux.titles && !tmux.links);
        answers.take_version(b"kitty(0.31.0) and a text that nobody needs");
        let kitty = answers.improve(Capabilities::PLAIN);
        assert!(kitty.links && kitty.underline_shapes);
        assert!(kitty.directory && kitty.notifications && kitty.prompt_marks && kitty.selections);
        assert!(!kitty.colors, "it has told none");
        answers.take_command(b"11;rgb:0000/0000/0000");
        assert!(answers.improve(Capabilities::PLAIN).colors);
        answers.facts.background = None;
        answers.take_version(b"nobody knows it");
        assert_eq!(answers.improve(Capabilities::PLAIN), Capabilities::PLAIN);
    }

    #[test]
    fn a_direct_colour_that_became_another_tells_that_there_are_none() {
        use ColorDepth::{Direct, Eight, Indexed};
        for (text, described, expected) in [
            ("1$r0;48:2::1:2:3m", Eight, Direct),
            ("1$r48;2;1;2;3m", Eight, Direct),
            ("1$r0;38:5:1;48:2:1:2:3m", Indexed, Direct),
            ("1$r0;48:5:16m", Direct, Indexed),
            ("1$r0;48;5;16m", Eight, Eight),
            ("1$r0;40m", Direct, Indexed),
            ("1$r0;107m", Direct, Indexed),
            // It does not tell colours.
            ("1$r0m", Direct, Direct),
            ("1$r0m", Eight, Eight),
            ("0$r", Direct, Direct),
            ("1$r48m", Direct, Direct),
            ("1$r48:5:16", Direct, Direct),
        ] {
            let mut answers = Answers::default();
            answers.take_rendition(text.as_bytes());
            let described = Capabilities { depth: described, ..Capabilities::PLAIN };
            assert_eq!(answers.improve(described).depth, expected, "{text}");
        }
        let mut answers = Answers::default();
        answers.take_version(b"tmux 3.4");
        let described = Capabilities { depth: Eight, ..Capabilities::PLAIN };
        assert_eq!(answers.improve(described).depth, Direct, "it finds the nearest itself");
    }

    #[test]
    fn text_comes_with_its_width_where_that_moved_the_cursor() {
        for (place, expected) in [("2;3R", true), ("2;1R", false), ("2;2R", false)] {
            let mut answers = Answers::default();
            answers.take_control(place.as_bytes());
            assert_eq!(answers.improve(Capabilities::PLAIN).sized_text, expected, "{place}");
        }
    }

    #[test]
    fn modes_count_that_can_be_set() {
        for (state, can) in [(0, false), (1, true), (2, true), (3, true), (4, false)] {
            let mut answers = Answers::default();
            let body = [b'?', b'2', b'0', b'2', b'6', b';', b'0' + state, b'$', b'y'];
            answers.take_control(&body);
            assert_eq!(answers.improve(Capabilities::PLAIN).synchronized_updates, can, "{state}");
        }
        let mut answers = Answers::default();
        answers.take_control(b"?1016;2$y");
        assert_eq!(answers.facts().features, Features::MOUSE_PIXELS);
    }
}
