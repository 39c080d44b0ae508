//! What the terminal can do, by its compiled description.
//!
//! Format: term(5), both the old form (16-bit numbers) and the new (32-bit).

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use mosh_core::diff::Capabilities;

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

/// Terminals whose windows take a title (by the beginning of their name).
const TITLED: &[&str] = &["xterm", "rxvt", "kterm", "Eterm", "alacritty", "screen", "tmux"];

/// Terminals that draw curly and other underlines (by the beginning of their name). Others take
/// the sequence for several attributes at once.
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
        let [names, flags, numbers, strings] = [short(2)?, short(4)?, short(6)?, short(8)?];
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

    /// What the renderer may write to this terminal.
    pub(crate) fn capabilities(&self) -> Capabilities {
        Capabilities {
            erase_character: self.erase_character,
            back_colour_erase: self.back_colour_erase,
            titles: self.takes_titles(),
            scroll_commands: self.scroll_commands,
            underline_shapes: SHAPED.iter().any(|known| self.name.starts_with(known)),
            hide_cursor: true,
            clipboard_max: usize::MAX,
            ..Capabilities::PLAIN
        }
    }

    /// Whether the terminal can be asked about itself: it is of a family that skips sequences which
    /// it does not know, and does not print parts of them.
    pub(crate) fn can_be_asked(&self, program: Option<&OsStr>) -> bool {
        // macOS's own terminal prints the last letter of what it does not know.
        let careless = program.is_some_and(|program| program == "Apple_Terminal");
        !careless && ASKED.iter().any(|known| self.name.starts_with(known))
    }

    /// Whether the terminal's window takes a title by `OSC 0`.
    fn takes_titles(&self) -> bool {
        TITLED.iter().any(|known| self.name.starts_with(known))
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

    /// A description with the given number size, whose only strings are smcup, ech and rmcup.
    fn compiled(number_len: usize) -> Vec<u8> {
        let magic = if number_len == 2 { MAGIC_16 } else { MAGIC_32 };
        let mut bytes = Vec::new();
        let counts = [magic, 2, BACK_COLOUR_ERASE + 1, MAX_COLOURS + 1, EXIT_ALTERNATE + 1, 30];
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
        bytes.extend(b"\x1b7$<5/>h\0X\0\0\x1b8\0");
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
                enter_alternate: b"\x1b7h".to_vec(),
                exit_alternate: b"\x1b8".to_vec(),
            };
            assert_eq!(description, expected, "{number_len}");
        }
    }

    #[test]
    fn torn_descriptions_do_no_harm() {
        let bytes = compiled(2);
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
