//! The emulator of Alacritty, as a giver of pictures.

use alacritty_terminal::event::VoidListener;
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::cell::{self, Flags};
use alacritty_terminal::term::{Config, TermMode};
use alacritty_terminal::vte::ansi::{self, NamedColor, Processor, StdSyncHandler};
use alacritty_terminal::{Term, term};
use mosh_core::screen::{Attributes, Color, Underline};

use super::picture::{Cell, Look, Picture, Row};

/// A terminal without a window.
pub struct Alacritty {
    term: Term<VoidListener>,
    parser: Processor<StdSyncHandler>,
    size: (u16, u16),
}

/// Columns and rows, as Alacritty wants to be told.
struct Grid((u16, u16));

impl Dimensions for Grid {
    fn total_lines(&self) -> usize {
        self.screen_lines()
    }

    fn screen_lines(&self) -> usize {
        self.0.1.into()
    }

    fn columns(&self) -> usize {
        self.0.0.into()
    }
}

/// The modes that pictures tell of.
const MODES: [(&str, TermMode); 8] = [
    ("cursor keys", TermMode::APP_CURSOR),
    ("bracketed paste", TermMode::BRACKETED_PASTE),
    ("focus events", TermMode::FOCUS_IN_OUT),
    ("mouse buttons", TermMode::MOUSE_REPORT_CLICK),
    ("mouse drag", TermMode::MOUSE_DRAG),
    ("mouse motion", TermMode::MOUSE_MOTION),
    ("mouse in UTF-8", TermMode::UTF8_MOUSE),
    ("mouse in SGR", TermMode::SGR_MOUSE),
];

const ATTRIBUTES: [(Flags, Attributes); 6] = [
    (Flags::BOLD, Attributes::BOLD),
    (Flags::DIM, Attributes::FAINT),
    (Flags::ITALIC, Attributes::ITALIC),
    (Flags::INVERSE, Attributes::INVERSE),
    (Flags::HIDDEN, Attributes::INVISIBLE),
    (Flags::STRIKEOUT, Attributes::STRIKE),
];

const UNDERLINES: [(Flags, Underline); 5] = [
    (Flags::UNDERLINE, Underline::Single),
    (Flags::DOUBLE_UNDERLINE, Underline::Double),
    (Flags::UNDERCURL, Underline::Curly),
    (Flags::DOTTED_UNDERLINE, Underline::Dotted),
    (Flags::DASHED_UNDERLINE, Underline::Dashed),
];

impl Alacritty {
    /// Returns a blank terminal of at least two columns.
    #[must_use]
    pub fn new(size: (u16, u16)) -> Self {
        let config = Config { scrolling_history: 0, kitty_keyboard: true, ..Config::default() };
        let term = Term::new(config, &Grid(size), VoidListener);
        Self { term, parser: Processor::new(), size }
    }

    /// Takes output of a program.
    pub fn write(&mut self, output: &[u8]) {
        self.parser.advance(&mut self.term, output);
    }

    /// Takes another size.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.term.resize(Grid(size));
        self.size = size;
    }

    /// Forgets that the last column was written, as if the cursor had been placed where it is.
    pub fn cancel_wrap(&mut self) {
        self.parser.stop_sync(&mut self.term);
        self.term.grid_mut().cursor.input_needs_wrap = false;
    }

    /// Blanks what stands alone of a wide character, and last columns where one did not fit.
    pub fn mend_halves(&mut self) {
        self.parser.stop_sync(&mut self.term);
        let (columns, rows) = self.size;
        let grid = self.term.grid_mut();
        for row in 0..rows {
            let line = &mut grid[Line(row.into())];
            for column in 0..usize::from(columns) {
                let has = |column: usize, flag| {
                    column < usize::from(columns) && line[Column(column)].flags.contains(flag)
                };
                let (head, tail) = (Flags::WIDE_CHAR, Flags::WIDE_CHAR_SPACER);
                let is_half = has(column, head) && !has(column + 1, tail)
                    || has(column, tail) && (column == 0 || !has(column - 1, head));
                let cell = &mut line[Column(column)];
                if cell.flags.contains(Flags::LEADING_WIDE_CHAR_SPACER) {
                    let (bg, wraps) = (cell.bg, cell.flags & Flags::WRAPLINE);
                    *cell = cell::Cell { bg, flags: wraps, ..cell::Cell::default() };
                }
                if is_half {
                    cell.clear_wide();
                    cell.flags.remove(tail);
                }
            }
        }
    }

    /// Returns what is shown, an unfinished synchronised update included.
    #[must_use]
    pub fn picture(&mut self) -> Picture {
        self.parser.stop_sync(&mut self.term);
        let (columns, rows) = self.size;
        let grid = self.term.grid();
        let row = |row: u16| {
            let line = &grid[Line(row.into())];
            let cells = (0..columns).map(|column| &line[Column(column.into())]);
            let last = &line[Column(usize::from(columns) - 1)];
            let wrapped = Some(last.flags.contains(Flags::WRAPLINE));
            Row { cells: cells.map(cell).collect(), wrapped, known: columns.into() }
        };
        let cursor = grid.cursor.point;
        let mode = self.term.mode();
        Picture {
            rows: (0..rows).map(row).collect(),
            cursor: (cursor.column.0 as u16, cursor.line.0 as u16),
            cursor_visible: mode.contains(term::TermMode::SHOW_CURSOR),
            modes: MODES.iter().filter(|(_, it)| mode.contains(*it)).map(|(it, _)| *it).collect(),
        }
    }
}

fn cell(cell: &cell::Cell) -> Cell {
    let attributes = ATTRIBUTES.iter().filter(|(flag, _)| cell.flags.contains(*flag));
    let underline = UNDERLINES.iter().find(|(flag, _)| cell.flags.contains(*flag));
    let mut text = String::new();
    if !cell.flags.contains(Flags::WIDE_CHAR_SPACER) {
        text.push(cell.c);
        text.extend(cell.zerowidth().unwrap_or_default());
    }
    // A tab leaves itself in the cell it began in.
    if text.starts_with('\t') {
        text.replace_range(..1, " ");
    }
    Cell {
        text,
        look: Look {
            foreground: colour(cell.fg),
            background: colour(cell.bg),
            attributes: attributes.fold(Attributes::default(), |all, (_, it)| all.with(*it)),
            underline: underline.map_or(Underline::None, |(_, underline)| *underline),
            underline_colour: cell.underline_color().map_or(Color::Default, colour),
        },
        link: cell.hyperlink().map_or(String::new(), |link| link.uri().to_owned()),
    }
}

fn colour(colour: ansi::Color) -> Color {
    match colour {
        ansi::Color::Named(NamedColor::Foreground | NamedColor::Background) => Color::Default,
        ansi::Color::Named(name) => Color::Palette(name as u8),
        ansi::Color::Indexed(index) => Color::Palette(index),
        ansi::Color::Spec(rgb) => Color::Rgb(rgb.r, rgb.g, rgb.b),
    }
}
