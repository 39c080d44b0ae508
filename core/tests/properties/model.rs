//! A screen as nobody would build one: every cell a string, every copy a full one.

use std::collections::BTreeMap;
use std::fmt;

use mosh_core::screen::{
    self, Attributes, Color, ColorSlot, Copied, Frame, Look, MAX_CLUSTER, Modes, Position,
    Rendition, Rgb, RowMarks, Screens, Size, Text, TextId, Underline,
};

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Never written, or erased.
    Empty,
    /// A character and its marks.
    Narrow(String),
    /// The same, two columns wide.
    Wide(String),
    /// The right half of it.
    Tail,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) place: Place,
    pub(crate) rendition: Rendition,
    pub(crate) decor: Decor,
}

/// What few cells have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decor {
    pub(crate) underline: Color,
    /// The id of the link, a semicolon and its URI.
    pub(crate) link: String,
}

impl Decor {
    pub(crate) fn of(screens: &Screens<'_>, rendition: Rendition) -> Self {
        let extra = screens.extra(rendition);
        let link = screens.text(extra.link).flatten().copied().collect();
        let link = String::from_utf8(link).expect("links are made of characters");
        Self { underline: extra.underline, link }
    }

    /// Returns `rendition` with this.
    pub(crate) fn intern(&self, screens: &mut Screens<'_>, rendition: Rendition) -> Rendition {
        let (id, uri) = self.link.split_once(';').unwrap_or_default();
        let rendition = screens.with_underline_color(rendition, self.underline, &[]);
        screens.with_link(rendition, id.as_bytes(), uri.as_bytes(), &[rendition])
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Cell>,
    /// The text goes on in the next row.
    pub(crate) wrapped: bool,
    pub(crate) marks: RowMarks,
}

/// All of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) rows: Vec<Row>,
    pub(crate) title: String,
    pub(crate) icon: String,
    pub(crate) clipboard: String,
    pub(crate) ours: Ours,
    pub(crate) title_set: bool,
    pub(crate) cursor: Position,
    pub(crate) rendition: Rendition,
    pub(crate) decor: Decor,
    pub(crate) modes: Modes,
    pub(crate) bells: u32,
    pub(crate) echo_ack: u64,
}

/// What mosh 1.4 does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ours {
    pub(crate) selection: String,
    pub(crate) copied: [Copied; 2],
    pub(crate) directory: String,
    pub(crate) notification: String,
    pub(crate) notifications: u32,
    pub(crate) colors: BTreeMap<ColorSlot, Rgb>,
}

impl Cell {
    pub(crate) fn erased(rendition: Rendition) -> Self {
        let rendition = Rendition::DEFAULT.with_background(rendition.background());
        Self { place: Place::Empty, rendition, decor: Decor::default() }
    }

    pub(crate) fn text(&self) -> &str {
        match &self.place {
            Place::Empty => " ",
            Place::Narrow(text) | Place::Wide(text) => text,
            Place::Tail => "",
        }
    }

    fn of(screens: &Screens<'_>, cell: &screen::Cell) -> Self {
        let mut buf = [0; MAX_CLUSTER];
        let text = screens.glyph_str(cell, &mut buf).to_owned();
        let place = if cell.glyph() == screen::Glyph::EMPTY {
            Place::Empty
        } else if cell.glyph().is_tail() {
            Place::Tail
        } else if cell.glyph().is_wide() {
            Place::Wide(text)
        } else {
            Place::Narrow(text)
        };
        let rendition = cell.rendition();
        Self { place, rendition: rendition.seen(Look::PLAIN), decor: Decor::of(screens, rendition) }
    }
}

impl Row {
    pub(crate) fn filled(columns: u16, cell: &Cell) -> Self {
        Self {
            cells: vec![cell.clone(); usize::from(columns)],
            wrapped: false,
            marks: RowMarks::NONE,
        }
    }

    /// Leaves no half of a wide character that lies across the left edge of a column.
    pub(crate) fn split_wide(&mut self, column: usize) {
        if column < self.cells.len() && self.cells[column].place == Place::Tail {
            for half in [column - 1, column] {
                self.cells[half].place = Place::Narrow(" ".into());
            }
        }
    }
}

impl Image {
    pub(crate) fn blank(size: Size) -> Self {
        let row = Row::filled(size.columns, &Cell::erased(Rendition::DEFAULT));
        Self {
            rows: vec![row; usize::from(size.rows)],
            title: String::new(),
            icon: String::new(),
            clipboard: String::new(),
            ours: Ours::default(),
            title_set: false,
            cursor: Position::default(),
            rendition: Rendition::DEFAULT,
            decor: Decor::default(),
            modes: Modes::default(),
            bells: 0,
            echo_ack: 0,
        }
    }

    /// Reads a frame of the store.
    pub(crate) fn of(screens: &Screens<'_>, frame: &Frame) -> Self {
        let info = screens.info(frame);
        let text = |id: TextId| {
            let bytes = screens.text(id).flatten().copied().collect();
            String::from_utf8(bytes).expect("texts are made of characters")
        };
        let row = |row| Row {
            cells: screens.row(frame, row).iter().map(|cell| Cell::of(screens, cell)).collect(),
            wrapped: screens.wrapped(frame, row),
            marks: screens.marks(frame, row),
        };
        Self {
            rows: (0..screens.size(frame).rows).map(row).collect(),
            title: text(info.title()),
            icon: text(info.icon()),
            clipboard: text(info.clipboard()),
            ours: Ours {
                selection: text(info.text(Text::Selection)),
                copied: info.copied,
                directory: text(info.text(Text::Directory)),
                notification: text(info.text(Text::Notification)),
                notifications: info.notifications,
                colors: screens.palette(info).iter().collect(),
            },
            title_set: info.title_set,
            cursor: info.cursor,
            rendition: info.rendition.seen(Look::PLAIN),
            decor: Decor::of(screens, info.rendition),
            modes: info.modes,
            bells: info.bells,
            echo_ack: info.echo_ack,
        }
    }

    pub(crate) fn columns(&self) -> u16 {
        self.rows[0].cells.len() as u16
    }

    pub(crate) fn height(&self) -> u16 {
        self.rows.len() as u16
    }

    pub(crate) fn size(&self) -> Size {
        Size { columns: self.columns(), rows: self.height() }
    }

    /// The image as it looks: whether a blank was written or erased cannot be seen.
    pub(crate) fn look(&self) -> Self {
        let mut look = self.clone();
        for cell in look.rows.iter_mut().flat_map(|row| &mut row.cells) {
            if cell.place == Place::Empty {
                cell.place = Place::Narrow(" ".into());
            }
        }
        look
    }

    /// Forgets what mosh 1.4 does not know.
    pub(crate) fn forget_ours(&mut self) {
        (self.decor, self.ours) = (Decor::default(), Ours::default());
        self.rows.iter_mut().for_each(|row| row.marks = RowMarks::NONE);
        for cell in self.rows.iter_mut().flat_map(|row| &mut row.cells) {
            cell.decor = Decor::default();
        }
    }

    /// What is wrong with the image in itself, if anything is.
    pub(crate) fn flaw(&self) -> Option<String> {
        let size = self.size();
        if self.cursor.row >= size.rows || self.cursor.column >= size.columns {
            return Some(format!("the cursor is outside: {:?}", self.cursor));
        }
        for (number, row) in self.rows.iter().enumerate() {
            if row.cells.len() != usize::from(size.columns) {
                return Some(format!("row {number} has {} cells", row.cells.len()));
            }
            let mut expects_tail = false;
            for (column, cell) in row.cells.iter().enumerate() {
                if (cell.place == Place::Tail) != expects_tail {
                    return Some(format!("half a wide character in row {number}: {column}"));
                }
                expects_tail = matches!(cell.place, Place::Wide(_));
            }
            if expects_tail {
                return Some(format!("row {number} hangs over the edge"));
            }
        }
        None
    }

    /// Where the two differ, in words; empty if they do not.
    pub(crate) fn differences(&self, other: &Self) -> String {
        let mut text = String::new();
        let mut note = |what: &str, a: &dyn fmt::Debug, b: &dyn fmt::Debug| {
            let (a, b) = (format!("{a:?}"), format!("{b:?}"));
            if a != b {
                text += &format!("\n  {what}: {a} is not {b}");
            }
        };
        note("size", &self.size(), &other.size());
        for (number, (a, b)) in self.rows.iter().zip(&other.rows).enumerate() {
            note(&format!("row {number}"), &a.cells, &b.cells);
            note(&format!("row {number} wraps"), &a.wrapped, &b.wrapped);
            note(&format!("row {number} marks"), &a.marks, &b.marks);
        }
        note("title", &self.title, &other.title);
        note("icon", &self.icon, &other.icon);
        note("clipboard", &self.clipboard, &other.clipboard);
        note("ours", &self.ours, &other.ours);
        note("title_set", &self.title_set, &other.title_set);
        note("cursor", &self.cursor, &other.cursor);
        note("rendition", &Shown(self.rendition), &Shown(other.rendition));
        note("extras", &self.decor, &other.decor);
        note("modes", &self.modes, &other.modes);
        note("bells", &self.bells, &other.bells);
        note("echo_ack", &self.echo_ack, &other.echo_ack);
        text
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Empty => f.write_str("_")?,
            Place::Tail => f.write_str("<")?,
            Place::Narrow(text) | Place::Wide(text) => write!(f, "{text:?}")?,
        }
        if self.rendition != Rendition::DEFAULT {
            write!(f, "{:?}", Shown(self.rendition))?;
        }
        if self.decor == Decor::default() { Ok(()) } else { self.decor.fmt(f) }
    }
}

/// A rendition that can be read.
pub(crate) struct Shown(pub(crate) Rendition);

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(rendition) = self;
        let mut parts = f.debug_set();
        for (name, attribute) in ATTRIBUTES {
            if rendition.attributes().contains(attribute) {
                parts.entry(&format_args!("{name}"));
            }
        }
        if rendition.underline() != Underline::None {
            parts.entry(&format_args!("{:?} underline", rendition.underline()));
        }
        for (name, color) in [("text", rendition.foreground()), ("back", rendition.background())] {
            if color != Color::Default {
                parts.entry(&format_args!("{name} {color:?}"));
            }
        }
        parts.finish()
    }
}

pub(crate) const ATTRIBUTES: [(&str, Attributes); 8] = [
    ("bold", Attributes::BOLD),
    ("faint", Attributes::FAINT),
    ("italic", Attributes::ITALIC),
    ("blink", Attributes::BLINK),
    ("inverse", Attributes::INVERSE),
    ("invisible", Attributes::INVISIBLE),
    ("strike", Attributes::STRIKE),
    ("overline", Attributes::OVERLINE),
];
