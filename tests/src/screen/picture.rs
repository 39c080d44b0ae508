//! What a user sees, whoever drew it.

use std::fmt;

use mosh_core::screen::{Attributes, Color, Underline};

/// How a cell is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The colour of the text.
    pub foreground: Color,
    /// The colour behind it.
    pub background: Color,
    /// The attributes that are on.
    pub attributes: Attributes,
    /// The underline.
    pub underline: Underline,
    /// The colour of the underline; the default is that of the text.
    pub underline_colour: Color,
}

/// A place of the grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The character and its marks: a space where nothing is, empty behind a wide character.
    pub text: String,
    /// How it is drawn.
    pub look: Look,
    /// The URI that it links to; empty if it does not.
    pub link: String,
}

impl Cell {
    /// Whether this is the right half of a wide character.
    #[must_use]
    pub fn is_tail(&self) -> bool {
        self.text.is_empty()
    }
}

/// A row and whether its text goes on in the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// From left to right.
    pub cells: Vec<Cell>,
    /// Nothing where an emulator does not tell.
    pub wrapped: Option<bool>,
    /// So many cells are known; the others are blank, but may have any background.
    pub known: usize,
}

/// A screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// From top to bottom.
    pub rows: Vec<Row>,
    /// Column and row, from 0.
    pub cursor: (u16, u16),
    /// Whether the cursor is shown.
    pub cursor_visible: bool,
    /// The modes that are on, by their names; only those that every emulator tells of.
    pub modes: Vec<&'static str>,
}

/// The names of attributes, in the order in which they are written.
pub const ATTRIBUTES: [(&str, Attributes); 8] = [
    ("bold", Attributes::BOLD),
    ("faint", Attributes::FAINT),
    ("italic", Attributes::ITALIC),
    ("blink", Attributes::BLINK),
    ("inverse", Attributes::INVERSE),
    ("invisible", Attributes::INVISIBLE),
    ("strike", Attributes::STRIKE),
    ("overline", Attributes::OVERLINE),
];

/// The names of underlines.
pub const UNDERLINES: [(&str, Underline); 5] = [
    ("underlined", Underline::Single),
    ("double-underlined", Underline::Double),
    ("curly", Underline::Curly),
    ("dotted", Underline::Dotted),
    ("dashed", Underline::Dashed),
];

impl fmt::Display for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        for (name, attribute) in ATTRIBUTES {
            if self.attributes.contains(attribute) {
                words.push(name.to_owned());
            }
        }
        for (name, underline) in UNDERLINES {
            if self.underline == underline {
                words.push(name.to_owned());
            }
        }
        words.extend(colour(self.foreground));
        words.extend(colour(self.background).map(|colour| format!("on {colour}")));
        words.extend(colour(self.underline_colour).map(|it| format!("underlined in {it}")));
        f.write_str(if words.is_empty() { "plain" } else { "" })?;
        f.write_str(&words.join(" "))
    }
}

fn link(cell: &Cell) -> String {
    if cell.link.is_empty() { String::new() } else { format!(", link {}", cell.link) }
}

/// A number of the palette, or red, green and blue.
fn colour(colour: Color) -> Option<String> {
    match colour {
        Color::Default => None,
        Color::Palette(index) => Some(index.to_string()),
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
    }
}

impl Picture {
    /// Takes attributes out of all cells, for comparison with who does not know them.
    pub fn take_out(&mut self, attributes: Attributes) {
        for cell in self.rows.iter_mut().flat_map(|row| &mut row.cells) {
            cell.look.attributes = cell.look.attributes.without(attributes);
        }
    }

    /// The characters of a row.
    #[must_use]
    pub fn line(&self, row: usize) -> String {
        self.rows[row].cells.iter().map(|cell| cell.text.as_str()).collect()
    }

    /// Where two pictures differ, a line for each place and for at most `limit` of them; empty if
    /// they do not.
    #[must_use]
    pub fn differences(&self, other: &Self, limit: usize) -> String {
        let mut lines = Vec::new();
        for (number, (a, b)) in self.rows.iter().zip(&other.rows).enumerate() {
            for (column, (x, y)) in a.cells.iter().zip(&b.cells).enumerate() {
                let known = column < a.known && column < b.known;
                if x != y && (known || x.text != y.text || x.link != y.link) {
                    lines.push(format!(
                        "row {number}, column {column}: {:?} ({}{}) is not {:?} ({}{})",
                        x.text,
                        x.look,
                        link(x),
                        y.text,
                        y.look,
                        link(y)
                    ));
                }
            }
            if a.cells.len() != b.cells.len() {
                let (a, b) = (a.cells.len(), b.cells.len());
                lines.push(format!("row {number}: {a} columns, not {b}"));
            }
            if let (Some(a), Some(b)) = (a.wrapped, b.wrapped)
                && a != b
            {
                lines.push(format!("row {number}: wraps {a}, not {b}"));
            }
        }
        let mut note = |what: &str, a: &dyn fmt::Debug, b: &dyn fmt::Debug| {
            let (a, b) = (format!("{a:?}"), format!("{b:?}"));
            if a != b {
                lines.push(format!("{what}: {a}, not {b}"));
            }
        };
        note("rows", &self.rows.len(), &other.rows.len());
        note("cursor", &self.cursor, &other.cursor);
        note("cursor shown", &self.cursor_visible, &other.cursor_visible);
        note("modes", &self.modes, &other.modes);
        let hidden = lines.len().saturating_sub(limit);
        lines.truncate(limit);
        if hidden > 0 {
            lines.push(format!("and {hidden} more"));
        }
        lines.join("\n")
    }
}
