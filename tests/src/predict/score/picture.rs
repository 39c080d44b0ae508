//! Screens reduced to what is scored: which glyph stands where, and the cursor.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::rc::Rc;

use mosh_core::diff::HostState;
use mosh_core::screen::{Cell, MAX_CLUSTER, Position, Screens, Size};
use mosh_core::server::ServerStorage;
use mosh_core::terminal::Replies;

use crate::sim::hash::Mix;

/// A screen. Two of one [`Gallery`] are equal if they have the same glyphs and the same cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Numbers of rows in the gallery.
    pub(super) rows: Vec<u32>,
    /// Where the cursor is.
    pub cursor: Position,
    /// Whether it is shown.
    pub visible: bool,
}

impl Picture {
    /// Whether somebody who looks at this one sees all of `wanted`, whose cursor counts only where
    /// it is shown.
    #[must_use]
    pub fn shows(&self, wanted: &Self) -> bool {
        self.rows == wanted.rows && self.has_cursor_of(wanted)
    }

    /// Whether the cursor of `wanted`, if it is shown, is here too.
    #[must_use]
    pub fn has_cursor_of(&self, wanted: &Self) -> bool {
        !wanted.visible || self.visible && self.cursor == wanted.cursor
    }
}

/// What stands in a cell: nothing, or a glyph of the gallery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(u32);

impl Mark {
    /// An erased cell, or a space.
    pub const BLANK: Self = Self(0);
    const WIDE: u32 = 1 << 31;
    /// The number of a cluster.
    const CLUSTER: u32 = 1 << 30;
    /// The right half of a wide character.
    const TAIL: Self = Self(1 << 29);

    /// The mark of a character without combining marks.
    #[must_use]
    pub fn of(c: char, columns: usize) -> Self {
        Self(u32::from(c) | if columns == 2 { Self::WIDE } else { 0 })
    }
}

/// The rows of many pictures, each kept once.
#[derive(Debug, Default)]
pub struct Gallery {
    rows: Vec<Rc<[Mark]>>,
    numbers: HashMap<Rc<[Mark]>, u32, BuildHasherDefault<Mix>>,
    clusters: Vec<String>,
}

impl Gallery {
    /// What stands in a cell of a picture; blank outside of it.
    #[must_use]
    pub fn mark(&self, picture: &Picture, row: u16, column: u16) -> Mark {
        let row = picture.rows.get(usize::from(row)).map(|&number| self.row(number));
        row.and_then(|row| row.get(usize::from(column))).copied().unwrap_or_default()
    }

    /// The cells of a row.
    pub(super) fn row(&self, number: u32) -> &[Mark] {
        &self.rows[number as usize]
    }

    /// What a mark looks like; nothing for the right half of a wide character.
    #[must_use]
    pub fn text(&self, mark: Mark) -> String {
        match mark.0 {
            0 => " ".into(),
            tail if tail == Mark::TAIL.0 => String::new(),
            it if it & Mark::CLUSTER != 0 => {
                self.clusters[(it & !(Mark::CLUSTER | Mark::WIDE)) as usize].clone()
            }
            it => char::from_u32(it & !Mark::WIDE).unwrap_or('\u{fffd}').to_string(),
        }
    }

    /// The text of a row of a picture, without blanks at its end.
    #[must_use]
    pub fn row_text(&self, picture: &Picture, row: u16) -> String {
        let Some(&number) = picture.rows.get(usize::from(row)) else { return String::new() };
        let text: String = self.row(number).iter().map(|&mark| self.text(mark)).collect();
        text.trim_end().to_owned()
    }

    fn take_row(&mut self, screens: &Screens<'_>, cells: &[Cell]) -> u32 {
        let marks: Vec<_> = cells.iter().map(|cell| self.take_cell(screens, cell)).collect();
        if let Some(&number) = self.numbers.get(marks.as_slice()) {
            return number;
        }
        let number = self.rows.len() as u32;
        let marks: Rc<[Mark]> = marks.into();
        self.rows.push(marks.clone());
        self.numbers.insert(marks, number);
        number
    }

    fn take_cell(&mut self, screens: &Screens<'_>, cell: &Cell) -> Mark {
        let glyph = cell.glyph();
        if glyph.is_blank() {
            return Mark::BLANK;
        }
        if glyph.is_tail() {
            return Mark::TAIL;
        }
        let columns = if glyph.is_wide() { 2 } else { 1 };
        if let Some(c) = glyph.single() {
            return Mark::of(c, columns);
        }
        // The numbers of clusters belong to their store.
        let mut buf = [0; MAX_CLUSTER];
        let text = screens.glyph_str(cell, &mut buf);
        let known = self.clusters.iter().position(|known| known == text);
        let number = known.unwrap_or_else(|| {
            self.clusters.push(text.to_owned());
            self.clusters.len() - 1
        });
        Mark(number as u32 | Mark::CLUSTER | if columns == 2 { Mark::WIDE } else { 0 })
    }
}

/// A terminal that makes pictures.
#[derive(Debug)]
pub struct Canvas {
    state: HostState<'static>,
    replies: Replies,
}

impl Canvas {
    /// Returns a blank one.
    ///
    /// # Panics
    ///
    /// If there is no room for it.
    #[must_use]
    pub fn new((columns, rows): (u16, u16)) -> Self {
        let size = Size { columns, rows };
        let state = HostState::new(ServerStorage::heap().host, size).expect("there is room");
        Self { state, replies: Replies::new() }
    }

    /// Prints.
    pub fn write(&mut self, bytes: &[u8]) {
        self.state.write(bytes, &mut self.replies);
        self.replies = Replies::new();
    }

    /// What it shows.
    pub fn picture(&self, gallery: &mut Gallery) -> Picture {
        let (screens, frame) = self.state.screen();
        let info = screens.info(frame);
        let rows = 0..info.size().rows;
        Picture {
            rows: rows.map(|row| gallery.take_row(screens, screens.row(frame, row))).collect(),
            cursor: info.cursor,
            visible: info.modes.cursor_visible,
        }
    }
}
