//! What the terminal can do, by its compiled description.
//!
//! Format: term(5), both the old form (16-bit numbers) and the new (32-bit), with the capabilities
//! that have names (user_caps(5)). `Smol` is not asked for: who does not know overlines skips them.
//! Nor is `Se`, as what borrows xterm's name has its own usual cursor.

mod named;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use mosh_core::client::Reader;
use mosh_core::diff::{Capabilities, ColorDepth, Repeat};
use named::Named;

use crate::error::Error;
use crate::sys::os::TERMINFO_FOLDERS;

/// First two bytes, little-endian: numbers of 16 bits.
const MAGIC_16: usize = 0o432;
/// First two bytes, little-endian: numbers of 32 bits.
const MAGIC_32: usize = 0o1036;

// Places of the capabilities used here in the tables of a description, in the order of term.h.
const BACK_COLOUR_ERASE: usize = 28;
const MAX_COLOURS: usize = 13;
const ENTER_ALTERNATE: usize = 28;
const ERASE_CHARACTERS: usize = 37;
const EXIT_ALTERNATE: usize = 40;
const SCROLL_UP: usize = 109;
const SCROLL_DOWN: usize = 113;
const REPEAT_CHARACTER: usize = 121;

/// Terminals whose windows take a title (by the beginning of their name).
const TITLED: &[&str] = &["xterm", "rxvt", "kterm", "Eterm", "alacritty", "screen", "tmux"];

/// Terminals that draw curly and other underlines (by the beginning of their name), where the
/// description need not say so. Others take the sequence for several attributes at once.
const SHAPED: &[&str] = &[
    "alacritty",
    "contour",
    "foot",
    "ghostty",
    "mintty",
    "tmux",
    "wezterm",
    "xterm-ghostty",
    "xterm-kitty",
];

/// Terminals that can be asked about themselves (by the beginning of their name).
const ASKED: &[&str] = &[
    "alacritty",
    "contour",
    "foot",
    "ghostty",
    "gnome",
    "iterm",
    "kitty",
    "konsole",
    "mintty",
    "screen",
    "tmux",
    "vte",
    "wezterm",
    "xterm",
];

/// Names that terminals borrow which can do more than the description says, or less: they are
/// taken by their answers. These show what they can of any colour, as mosh 1.4 has always trusted;
/// the console of Linux finds the nearest of its sixteen itself.
const BORROWED: &[&str] = &["linux", "screen", "tmux", "xterm"];

/// The capabilities that matter here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    name: String,
    colours: Option<u32>,
    /// Erased cells take the current background.
    back_colour_erase: bool,
    /// `CSI n X` erases characters.
    erase_character: bool,
    /// `CSI n S` and `CSI n T` scroll.
    scroll_commands: bool,
    /// `CSI n b` repeats a character.
    repeat: bool,
    named: Named,
    /// Switches to the alternate screen; may be empty.
    pub(crate) enter_alternate: Vec<u8>,
    /// Switches back.
    pub(crate) exit_alternate: Vec<u8>,
}

impl Description {
    /// Reads the description of the terminal that `TERM` names.
    ///
    /// # Errors
    ///
    /// When `TERM` is missing or nothing is known of it.
    pub(crate) fn of_this_terminal() -> Result<Self, Error> {
        let Some(name) = std::env::var_os("TERM").filter(|name| !name.is_empty()) else {
            return Err(Error::new(
                "TERM is not set; set it to the type of this terminal, e.g. TERM=xterm-256color",
            ));
        };
        let name = name.to_string_lossy();
        Self::find(&name, &folders()).ok_or_else(|| {
            Error::new(format!(
                "nothing is known of the terminal type {name} (TERM); install its terminfo \
                 description or try TERM=xterm-256color"
            ))
        })
    }

    /// Looks the name up in `folders`. Common terminals are known even without a description.
    pub(crate) fn find(name: &str, folders: &[PathBuf]) -> Option<Self> {
        // A name with a slash would leave the folders.
        let first = name.chars().next().filter(|_| !name.contains('/') && name != "..")?;
        for folder in folders {
            // By the first letter, or on systems that ignore case by its code.
            for group in [first.to_string(), format!("{:x}", u32::from(first))] {
                if let Ok(bytes) = fs::read(folder.join(group).join(name))
                    && let Some(description) = Self::parse(name, &bytes)
                {
                    return Some(description);
                }
            }
        }
        Self::well_known(name)
    }

    /// What every terminal of these families does, for systems without terminfo.
    fn well_known(name: &str) -> Option<Self> {
        if !TITLED.iter().any(|known| name.starts_with(known)) {
            return None;
        }
        Some(Self {
            name: name.to_owned(),
            colours: Some(if name.contains("256") || name.contains("direct") { 256 } else { 8 }),
            back_colour_erase: name.starts_with("xterm"),
            erase_character: name.starts_with("xterm"),
            scroll_commands: name.starts_with("xterm"),
            repeat: false,
            named: Named::default(),
            enter_alternate: b"\x1b[?1049h".to_vec(),
            exit_alternate: b"\x1b[?1049l".to_vec(),
        })
    }

    /// Takes a compiled description apart. `None`: it is none.
    pub(crate) fn parse(name: &str, bytes: &[u8]) -> Option<Self> {
        let short = |at: usize| {
            Some(usize::from(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])))
        };
        let number_len = match short(0)? {
            MAGIC_16 => 2,
            MAGIC_32 => 4,
            _ => return None,
        };
        let [names, flags, numbers, strings, text] =
            [short(2)?, short(4)?, short(6)?, short(8)?, short(10)?];
        let flags_at = 12 + names;
        // Numbers begin at an even place.
        let numbers_at = (flags_at + flags).next_multiple_of(2);
        let strings_at = numbers_at + numbers * number_len;
        let text_at = strings_at + strings * 2;

        let flag = |index: usize| index < flags && bytes.get(flags_at + index) == Some(&1);
        let number = |index: usize| {
            let at = numbers_at + index * number_len;
            let field = bytes.get(at..at + number_len).filter(|_| index < numbers)?;
            // Absent numbers are negative.
            match *field {
                [a, b] => u32::try_from(i16::from_le_bytes([a, b])).ok(),
                [a, b, c, d] => u32::try_from(i32::from_le_bytes([a, b, c, d])).ok(),
                _ => None,
            }
        };
        let string = |index: usize| {
            let offset = short(strings_at + index * 2).filter(|_| index < strings)?;
            // Absent strings have a negative offset.
            let text = bytes.get(text_at + offset..).filter(|_| offset < 0x8000)?;
            let len = text.iter().position(|&byte| byte == 0)?;
            Some(without_padding(&text[..len]))
        };
        let is = |index: usize, text: &[u8]| string(index).is_some_and(|string| string == text);
        Some(Self {
            name: name.to_owned(),
            colours: number(MAX_COLOURS),
            back_colour_erase: flag(BACK_COLOUR_ERASE),
            erase_character: string(ERASE_CHARACTERS).is_some(),
            scroll_commands: is(SCROLL_UP, b"\x1b[%p1%dS") && is(SCROLL_DOWN, b"\x1b[%p1%dT"),
            repeat: is(REPEAT_CHARACTER, b"%p1%c\x1b[%p2%{1}%-%db"),
            named: Named::parse(bytes, (text_at + text).next_multiple_of(2), number_len)
                .unwrap_or_default(),
            enter_alternate: string(ENTER_ALTERNATE).unwrap_or_default(),
            exit_alternate: string(EXIT_ALTERNATE).unwrap_or_default(),
        })
    }
}

impl Description {
    /// The number of colours, if it has any.
    pub(crate) const fn colours(&self) -> Option<u32> {
        self.colours
    }

    /// What the renderer may write to this terminal, which says of itself what `surroundings` has.
    pub(crate) fn capabilities(&self, surroundings: &Surroundings) -> Capabilities {
        let named = self.named;
        let shaped = SHAPED.iter().any(|known| self.name.starts_with(known));
        Capabilities {
            erase_character: self.erase_character,
            back_colour_erase: self.back_colour_erase,
            titles: self.takes_titles(),
            scroll_commands: self.scroll_commands,
            // Not all that call themselves xterm have it; and nobody has used it for more than ASCII
            // because of a description.
            repeat: match self.repeat && !self.name.starts_with("xterm") {
                true => Repeat::Ascii,
                false => Repeat::Nothing,
            },
            depth: self.depth(surroundings),
            underline_shapes: named.styled_underlines || shaped,
            underline_colors: named.underline_colours,
            cursor_style: named.cursor_style,
            synchronized_updates: named.synchronized_updates,
            hide_cursor: true,
            clipboard_max: usize::MAX,
            ..Capabilities::PLAIN
        }
    }

    /// Which colours may be written. Where 256 are described all are: hardly any of these terminals
    /// describes direct ones, most have them, and mosh 1.4 writes them to any. Colours become others
    /// only where a description says that there are few, or the terminal's own answer does.
    fn depth(&self, surroundings: &Surroundings) -> ColorDepth {
        let told = |value: &OsStr| value == "truecolor" || value == "24bit";
        if self.named.direct_colour || surroundings.color_term.as_deref().is_some_and(told) {
            return ColorDepth::Direct;
        }
        if surroundings.is_apple_terminal() {
            return ColorDepth::Indexed;
        }
        match self.colours {
            _ if BORROWED.contains(&self.name.as_str()) => ColorDepth::Direct,
            Some(256..) => ColorDepth::Direct,
            Some(16..) => ColorDepth::Sixteen,
            // Who has none skips them.
            _ => ColorDepth::Eight,
        }
    }

    /// Who would read questions, if the terminal can be asked about itself: it is of a family that
    /// skips sequences which it does not know, and does not print parts of them.
    pub(crate) fn reader(&self, surroundings: &Surroundings) -> Option<Reader> {
        let known = ASKED.iter().any(|known| self.name.starts_with(known));
        // macOS's own terminal prints the last letter of what it does not know.
        let asked = known && !surroundings.is_apple_terminal();
        let screen = self.name.starts_with("screen");
        asked.then_some(if screen { Reader::Screen } else { Reader::Terminal })
    }

    /// Whether the terminal's window takes a title by `OSC 0`.
    fn takes_titles(&self) -> bool {
        TITLED.iter().any(|known| self.name.starts_with(known))
    }
}

/// What terminals say of themselves in the environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// `TERM_PROGRAM`.
    pub(crate) program: Option<OsString>,
    /// `COLORTERM`.
    pub(crate) color_term: Option<OsString>,
}

impl Surroundings {
    /// Whether this is macOS's own terminal, which had no direct colours for long and says in
    /// `COLORTERM` since when it has.
    fn is_apple_terminal(&self) -> bool {
        self.program.as_deref().is_some_and(|program| program == "Apple_Terminal")
    }
}

/// The folders with descriptions, in the order of terminfo(5).
fn folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    folders.extend(std::env::var_os("TERMINFO").map(PathBuf::from));
    folders.extend(std::env::home_dir().map(|home| home.join(".terminfo")));
    if let Some(list) = std::env::var_os("TERMINFO_DIRS") {
        // An empty entry stands for the system's folders, which come last here in any case.
        folders
            .extend(std::env::split_paths(&list).filter(|path| path.as_os_str() != OsStr::new("")));
    }
    folders.extend(TERMINFO_FOLDERS.iter().map(Path::new).map(Path::to_path_buf));
    folders
}

/// Removes `$<5/>` and the like: delays that no terminal of today needs.
fn without_padding(text: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        if let Some(delay) = rest.strip_prefix(b"$<")
            && let Some(end) = delay.iter().position(|&byte| byte == b'>')
        {
            rest = &delay[end + 1..];
            continue;
        }
        kept.push(byte);
        rest = after;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use named::tests::modern;

    /// A description with the given number size, whose only strings are smcup, ech and rmcup.
    pub(super) fn compiled(number_len: usize) -> Vec<u8> {
        let magic = if number_len == 2 { MAGIC_16 } else { MAGIC_32 };
        let mut bytes = Vec::new();
        let text = b"\x1b7$<5/>h\0X\0\0\x1b8\0";
        let (flags, numbers) = (BACK_COLOUR_ERASE + 1, MAX_COLOURS + 1);
        let counts = [magic, 2, flags, numbers, EXIT_ALTERNATE + 1, text.len()];
        for count in counts {
            bytes.extend(u16::try_from(count).unwrap().to_le_bytes());
        }
        bytes.extend(b"x\0");
        bytes.extend([0; BACK_COLOUR_ERASE]);
        bytes.push(1);
        // One byte to make the place even.
        bytes.push(0);
        for index in 0..=MAX_COLOURS {
            let number: i32 = if index == MAX_COLOURS { 256 } else { -1 };
            bytes.extend(&number.to_le_bytes()[..number_len]);
        }
        for index in 0..=EXIT_ALTERNATE {
            let offset: u16 = match index {
                ENTER_ALTERNATE => 0,
                ERASE_CHARACTERS => 9,
                EXIT_ALTERNATE => 12,
                _ => 0xffff,
            };
            bytes.extend(offset.to_le_bytes());
        }
        bytes.extend(text);
        bytes
    }

    #[test]
    fn both_forms_are_read() {
        for number_len in [2, 4] {
            let description = Description::parse("x", &compiled(number_len)).unwrap();
            let expected = Description {
                name: "x".into(),
                colours: Some(256),
                back_colour_erase: true,
                erase_character: true,
                scroll_commands: false,
                repeat: false,
                named: Named::default(),
                enter_alternate: b"\x1b7h".to_vec(),
                exit_alternate: b"\x1b8".to_vec(),
            };
            assert_eq!(description, expected, "{number_len}");
        }
    }

    /// Some say so in other words; this is what Debian's ncurses-base has.
    #[test]
    fn the_descriptions_of_this_system_are_read() {
        let find = |name: &str| {
            let folders = TERMINFO_FOLDERS.iter().map(PathBuf::from).collect::<Vec<_>>();
            let path = folders.iter().map(|folder| folder.join(&name[..1]).join(name));
            let there = path.into_iter().any(|path| path.exists());
            if !there {
                println!("skipped: there is no description of {name} here");
            }
            there.then(|| Description::find(name, &folders).unwrap())
        };
        if let Some(tmux) = find("tmux-256color") {
            assert!(tmux.named.cursor_style && !tmux.named.direct_colour && !tmux.repeat);
        }
        if let Some(xterm) = find("xterm-256color") {
            assert!(xterm.named.cursor_style && !xterm.named.styled_underlines);
            assert_eq!(xterm.capabilities(&Surroundings::default()).repeat, Repeat::Nothing);
        }
        if let Some(vte) = find("vte-256color") {
            assert!(vte.repeat && vte.named.styled_underlines && vte.named.cursor_style);
        }
        if let Some(direct) = find("xterm-direct") {
            assert!(direct.named.direct_colour);
        }
    }

    #[test]
    fn colours_are_mapped_only_where_there_are_few() {
        let depth = |name: &str, colours, surroundings: &Surroundings| {
            let known = Description::well_known("xterm").unwrap();
            Description { name: name.into(), colours, ..known }.depth(surroundings)
        };
        let none = Surroundings::default();
        for (name, colours, expected) in [
            ("xterm-256color", Some(256), ColorDepth::Direct),
            ("xterm", Some(8), ColorDepth::Direct),
            ("screen", Some(8), ColorDepth::Direct),
            ("linux", Some(8), ColorDepth::Direct),
            ("rxvt-88color", Some(88), ColorDepth::Sixteen),
            ("xterm-16color", Some(16), ColorDepth::Sixteen),
            ("rxvt", Some(8), ColorDepth::Eight),
            ("vt220", None, ColorDepth::Eight),
        ] {
            assert_eq!(depth(name, colours, &none), expected, "{name}");
            for told in ["truecolor", "24bit"] {
                let told = Surroundings { color_term: Some(told.into()), ..none.clone() };
                assert_eq!(depth(name, colours, &told), ColorDepth::Direct, "{name}");
            }
            let other = Surroundings { color_term: Some("rxvt".into()), ..none.clone() };
            assert_eq!(depth(name, colours, &other), expected, "{name}");
        }
        let apple = Surroundings { program: Some("Apple_Terminal".into()), color_term: None };
        assert_eq!(depth("xterm-256color", Some(256), &apple), ColorDepth::Indexed);
    }

    #[test]
    fn questions_are_for_terminals_that_stand_them() {
        let xterm = Description::well_known("xterm").unwrap();
        let screen = Description::well_known("screen.xterm-256color").unwrap();
        let none = Surroundings::default();
        let apple = Surroundings { program: Some("Apple_Terminal".into()), color_term: None };
        assert_eq!(xterm.reader(&none), Some(Reader::Terminal));
        assert_eq!(xterm.reader(&apple), None);
        assert_eq!(screen.reader(&none), Some(Reader::Screen));
        assert_eq!(Description { name: "vt220".into(), ..xterm }.reader(&none), None);
    }

    #[test]
    fn torn_descriptions_do_no_harm() {
        let bytes = modern(2);
        for len in 0..bytes.len() {
            let _ = Description::parse("x", &bytes[..len]);
        }
        assert_eq!(Description::parse("x", b"#!/bin/sh, which is no description"), None);
    }

    #[test]
    fn common_terminals_are_known_without_a_description() {
        let xterm = Description::find("xterm-256color", &[]).unwrap();
        assert_eq!(xterm.colours(), Some(256));
        assert!(xterm.takes_titles() && xterm.erase_character);
        assert_eq!(Description::find("tmux", &[]).unwrap().colours(), Some(8));
        assert_eq!(Description::find("vt100", &[]), None);
        assert_eq!(Description::find("xterm/../x", &[]), None);
    }

    #[test]
    fn padding_is_removed() {
        for (text, expected) in [("a$<5>b", "ab"), ("a$b<c>", "a$b<c>"), ("a$<5", "a$<5")] {
            assert_eq!(without_padding(text.as_bytes()), expected.as_bytes(), "{text}");
        }
    }
}
