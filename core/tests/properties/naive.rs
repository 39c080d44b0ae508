//! A terminal in two hundred lines: what a renderer writes and a simple program uses.

use mosh_core::diff::{ColorDepth, Repeat};
use mosh_core::screen::{
    Attributes, Color, ColorSlot, Modes, MouseEncoding, MouseMode, Rendition, Rgb, Underline, width,
};

use super::model::{Cell, Image, Place, Row};

/// What a terminal understands beside what all do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader {
    pub(crate) erase_character: bool,
    pub(crate) back_colour_erase: bool,
    pub(crate) erase_below: bool,
    pub(crate) repeat: Repeat,
    pub(crate) depth: ColorDepth,
    pub(crate) titles: bool,
    pub(crate) scroll_commands: bool,
    pub(crate) underline_shapes: bool,
    pub(crate) underline_colors: bool,
    pub(crate) links: bool,
    /// Links without an id are an error.
    pub(crate) link_ids: bool,
    pub(crate) colors: bool,
    pub(crate) directory: bool,
    pub(crate) notifications: bool,
    pub(crate) selections: bool,
    pub(crate) prompt_marks: bool,
}

impl Reader {
    pub(crate) const ALL: Self = Self {
        erase_character: true,
        back_colour_erase: true,
        erase_below: true,
        repeat: Repeat::Any,
        depth: ColorDepth::Direct,
        titles: true,
        scroll_commands: true,
        underline_shapes: true,
        underline_colors: true,
        links: true,
        link_ids: false,
        colors: true,
        directory: true,
        notifications: true,
        selections: true,
        prompt_marks: true,
    };
}

/// A terminal that stops the test at what it does not understand.
pub(crate) struct Naive {
    pub(crate) image: Image,
    reader: Reader,
    top: u16,
    bottom: u16,
    /// The last column was written, and the next character goes to the next row.
    pending: bool,
    /// The cell written last, while the cursor has not been moved since.
    written: Option<(u16, u16)>,
}

impl Naive {
    pub(crate) fn new(image: Image, reader: Reader) -> Self {
        let bottom = image.height() - 1;
        Self { image, reader, top: 0, bottom, pending: false, written: None }
    }

    pub(crate) fn write(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '\x07' => self.image.bells += 1,
                '\x08' => self.go(self.row(), self.column().saturating_sub(1)),
                '\r' => self.go(self.row(), 0),
                '\n' => self.line_feed(),
                '\x1b' => rest = self.escape(rest),
                c if c < ' ' => panic!("control {c:?}"),
                c => self.print(c),
            }
        }
    }

    fn escape<'t>(&mut self, text: &'t str) -> &'t str {
        if let Some(rest) = text.strip_prefix('[') {
            let end = rest.find(|c| matches!(c, '@'..='~')).expect("a final byte");
            self.control(&rest[..end], rest.as_bytes()[end]);
            &rest[end + 1..]
        } else if let Some(rest) = text.strip_prefix(']') {
            let end = rest.find(['\x07', '\x1b']).expect("an end");
            let (number, text) = rest[..end].split_once(';').unwrap_or((&rest[..end], ""));
            self.command(number, text);
            rest[end..].strip_prefix('\x07').or(rest[end..].strip_prefix("\x1b\\")).expect("ST")
        } else {
            assert!(text.starts_with('M'), "escape {text:?}");
            if self.row() == self.top {
                self.scroll(self.top, -1);
            } else {
                self.go(self.row().saturating_sub(1), self.column());
            }
            self.moved();
            &text[1..]
        }
    }

    fn command(&mut self, number: &str, text: &str) {
        match number {
            "0" | "1" | "2" if !self.reader.titles => panic!("a title"),
            "0" => (self.image.title, self.image.icon) = (text.into(), text.into()),
            "1" => self.image.icon = text.into(),
            "2" => self.image.title = text.into(),
            "52" => {
                let (to, data) = text.split_once(';').expect("a selection");
                assert!(self.reader.selections || to == "c", "selection {to}");
                return self.image.copy(to, data);
            }
            "8" => return self.link(text),
            _ => return self.command_of_ours(number, text),
        }
        self.image.title_set = true;
    }

    fn command_of_ours(&mut self, number: &str, text: &str) {
        let row = usize::from(self.row());
        let ours = &mut self.image.ours;
        let hex = |part: &str| u8::from_str_radix(part, 16).expect("two digits");
        let color = |text: &str| {
            let mut parts = text.strip_prefix("rgb:").expect("a colour").split('/').map(hex);
            let [r, g, b] = [(); 3].map(|()| parts.next().expect("three parts"));
            Rgb(r, g, b)
        };
        let dynamic = |last: &str| match last {
            "0" => ColorSlot::Foreground,
            "1" => ColorSlot::Background,
            _ => ColorSlot::Cursor,
        };
        match number {
            "4" | "10" | "11" | "12" | "104" | "110" | "111" | "112" => {
                assert!(self.reader.colors, "colour {number}");
                match number {
                    "4" => {
                        let (index, text) = text.split_once(';').expect("a colour");
                        let slot = ColorSlot::Palette(index.parse().expect("an index"));
                        ours.colors.insert(slot, color(text));
                    }
                    "104" => {
                        ours.colors.remove(&ColorSlot::Palette(text.parse().expect("an index")));
                    }
                    _ if number.len() == 2 => {
                        ours.colors.insert(dynamic(&number[1..]), color(text));
                    }
                    _ => {
                        ours.colors.remove(&dynamic(&number[2..]));
                    }
                }
            }
            "7" if self.reader.directory => ours.directory = text.into(),
            "9" | "777" if self.reader.notifications => {
                ours.notification = format!("{number};{text}");
                ours.notifications += 1;
            }
            "133" if self.reader.prompt_marks => {
                let marks = &mut self.image.rows[row].marks;
                match text {
                    "A" => marks.prompt = true,
                    "C" => marks.output = true,
                    _ => panic!("mark {text}"),
                }
            }
            _ => panic!("command {number}"),
        }
    }

    fn link(&mut self, text: &str) {
        assert!(self.reader.links, "a link");
        let (params, uri) = text.split_once(';').expect("parameters of a link");
        let id = if params.is_empty() { "" } else { params.strip_prefix("id=").expect("an id") };
        assert!(uri.is_empty() || !self.reader.link_ids || !id.is_empty(), "a link without an id");
        // Eight digits are an id that was made up.
        let id = if self.reader.link_ids && id.len() == 8 { "" } else { id };
        self.image.decor.link = if uri.is_empty() { "".into() } else { format!("{id};{uri}") };
    }

    fn control(&mut self, params: &str, last: u8) {
        if let Some(mode) = params.strip_prefix('?') {
            return self.set_mode(mode.parse().expect("one mode"), last == b'h');
        }
        if last == b'm' {
            return self.select(params);
        }
        let params: Vec<u16> = params.split(';').map(|text| text.parse().unwrap_or(0)).collect();
        let param = |index: usize, default: u16| {
            params.get(index).copied().filter(|&value| value > 0).unwrap_or(default)
        };
        let count = param(0, 1);
        if last == b'b' {
            return self.repeat(count);
        }
        let (row, column) = (self.row(), self.column());
        let (height, columns) = (self.image.height(), self.image.columns());
        let (top, bottom) = (self.top, self.bottom);
        let inside = (top..=bottom).contains(&row);
        match last {
            b'A' => self.go(row.saturating_sub(count).max(if row < top { 0 } else { top }), column),
            b'B' => {
                let last = if row > bottom { height - 1 } else { bottom };
                self.go((row + count).min(last), column);
            }
            b'C' => self.go(row, column + count),
            b'D' => self.go(row, column.saturating_sub(count)),
            b'G' => self.go(row, count - 1),
            b'H' => self.go(count - 1, param(1, 1) - 1),
            b'J' if self.reader.erase_below || param(0, 0) == 2 => {
                self.erase_screen(param(0, 0));
            }
            b'K' => match param(0, 0) {
                0 => self.erase(row, column, columns),
                1 => self.erase(row, 0, column + 1),
                _ => self.image.scroll(row, row, 1, self.blank().rendition),
            },
            b'X' if self.reader.erase_character => {
                self.erase(row, column, column.saturating_add(count).min(columns));
            }
            b'L' | b'M' => {
                if !inside {
                    return;
                }
                self.scroll(row, if last == b'L' { -i32::from(count) } else { count.into() });
                self.go(row, 0);
            }
            b'S' if self.reader.scroll_commands => self.scroll(top, count.into()),
            b'T' if self.reader.scroll_commands => self.scroll(top, -i32::from(count)),
            b'@' | b'P' => self.shift(count.min(columns - column).into(), last == b'@'),
            b'r' => {
                let (first, end) = (count, param(1, height).min(height));
                if first >= end {
                    return;
                }
                (self.top, self.bottom) = (first - 1, end - 1);
                self.go(0, 0);
            }
            _ => panic!("control sequence {params:?} {:?}", char::from(last)),
        }
        self.moved();
    }

    /// ICH and DCH.
    fn shift(&mut self, count: usize, insert: bool) {
        let (column, blank) = (usize::from(self.column()), self.blank());
        let row = &mut self.image.rows[usize::from(self.image.cursor.row)];
        let columns = row.cells.len();
        row.split_wide(column);
        row.split_wide(if insert { columns - count } else { column + count });
        for _ in 0..count {
            let (out, into) = if insert { (columns - 1, column) } else { (column, columns - 1) };
            row.cells.remove(out);
            row.cells.insert(into, blank.clone());
        }
        row.wrapped = false;
    }

    fn erase(&mut self, row: u16, start: u16, end: u16) {
        let blank = self.blank();
        let row = &mut self.image.rows[usize::from(row)];
        row.split_wide(start.into());
        row.split_wide(end.into());
        row.cells[usize::from(start)..usize::from(end)].fill(blank);
        row.wrapped &= usize::from(end) < row.cells.len();
    }

    fn erase_screen(&mut self, part: u16) {
        let (row, column) = (self.row(), self.column());
        let blank = Row::filled(self.image.columns(), &self.blank());
        let (above, below) = self.image.rows.split_at_mut(row.into());
        match part {
            0 => below[1..].fill(blank),
            1 => above.fill(blank),
            _ => self.image.rows.fill(blank),
        }
        match part {
            0 => self.erase(row, column, self.image.columns()),
            1 => self.erase(row, 0, column + 1),
            _ => {}
        }
    }

    fn print(&mut self, c: char) {
        let mut width = width::width(c) as u16;
        let mut text = String::from(c);
        if width == 0 {
            return self.mark(c);
        }
        let columns = self.image.columns();
        if width > columns {
            (width, text) = (1, "\u{fffd}".into());
        }
        if self.pending {
            self.image.rows[usize::from(self.image.cursor.row)].wrapped = true;
            self.image.cursor.column = 0;
            self.line_feed();
        } else if self.column() + width > columns {
            self.erase(self.row(), self.column(), columns);
            self.image.rows[usize::from(self.image.cursor.row)].wrapped = true;
            self.image.cursor.column = 0;
            self.line_feed();
        }
        let (row, column) = (self.row(), self.column());
        let rendition = self.image.rendition;
        let (at, end) = (usize::from(column), usize::from(column + width));
        let cells = &mut self.image.rows[usize::from(row)];
        cells.split_wide(at);
        cells.split_wide(end);
        let place = if width == 2 { Place::Wide(text) } else { Place::Narrow(text) };
        let decor = self.image.decor.clone();
        cells.cells[at] = Cell { place, rendition, decor: decor.clone() };
        if width == 2 {
            cells.cells[at + 1] = Cell { place: Place::Tail, rendition, decor };
        }
        self.advance(width);
        self.written = Some((row, column));
    }

    /// REP, of what was written just before.
    fn repeat(&mut self, count: u16) {
        let (row, column) = self.written.expect("a character to repeat");
        let cell = &self.image.rows[usize::from(row)].cells[usize::from(column)];
        let Place::Narrow(text) = &cell.place else { panic!("repeats {cell:?}") };
        let c = text.parse::<char>().expect("one character");
        let known = if c.is_ascii() { Repeat::Ascii } else { Repeat::Any };
        assert!(self.reader.repeat >= known, "a repetition of {c}");
        for _ in 0..count {
            self.print(c);
        }
    }

    fn advance(&mut self, width: u16) {
        let cursor = &mut self.image.cursor;
        cursor.column += width;
        if usize::from(cursor.column) == self.image.rows[0].cells.len() {
            self.image.rows[usize::from(cursor.row)].wrapped = false;
            cursor.column -= 1;
            self.pending = true;
        }
    }

    /// A mark goes to what was just written; else to what stands before the cursor; else to the
    /// cell of the cursor.
    fn mark(&mut self, mark: char) {
        let (row, column) = (self.row(), self.column());
        let cells = &self.image.rows[usize::from(row)].cells;
        let before =
            column.checked_sub(1).filter(|&at| cells[usize::from(at)].place != Place::Empty);
        let (row, mut column) = self.written.unwrap_or((row, before.unwrap_or(column)));
        if self.image.rows[usize::from(row)].cells[usize::from(column)].place == Place::Tail {
            column -= 1;
        }
        if self.image.combine(row, column, mark) {
            self.advance(1);
            self.written = Some((row, column));
        }
    }

    fn line_feed(&mut self) {
        if self.row() == self.bottom {
            self.scroll(self.top, 1);
        } else if self.row() + 1 < self.image.height() {
            self.image.cursor.row += 1;
        }
        self.moved();
    }

    /// Moves the rows from `top` to the bottom margin up or down.
    fn scroll(&mut self, top: u16, by: i32) {
        let most = i32::from(self.bottom + 1 - top);
        let rendition = self.blank().rendition;
        self.image.scroll(top, self.bottom, by.clamp(-most, most), rendition);
    }

    fn set_mode(&mut self, mode: u16, on: bool) {
        let modes: &mut Modes = &mut self.image.modes;
        match mode {
            5 => modes.reverse_video = on,
            25 => modes.cursor_visible = on,
            1004 => modes.focus_events = on,
            2004 => modes.bracketed_paste = on,
            1005 | 1006 | 1015 => {
                let encoding = MouseEncoding::from_number(mode).filter(|_| on);
                modes.mouse_encoding = encoding.unwrap_or(MouseEncoding::Byte);
            }
            9 | 1000..=1003 => {
                let mouse = MouseMode::from_number(mode).filter(|_| on);
                modes.mouse = mouse.unwrap_or(MouseMode::Off);
            }
            _ => panic!("mode {mode}"),
        }
    }

    /// SGR.
    fn select(&mut self, params: &str) {
        let mut parts = params.split(';');
        let number = |text: &str| if text.is_empty() { 0 } else { text.parse::<u16>().unwrap() };
        while let Some(part) = parts.next() {
            let old = self.image.rendition;
            self.image.rendition = if let Some(shape) = part.strip_prefix("4:") {
                assert!(self.reader.underline_shapes, "a shape of an underline");
                let shapes = [Underline::Double, Underline::Curly, Underline::Dotted];
                let shape =
                    shapes.into_iter().chain([Underline::Dashed]).nth(number(shape) as usize - 2);
                old.with_underline(shape.expect("a shape"))
            } else if let Some(color) = part.strip_prefix("58:") {
                assert!(self.reader.underline_colors, "a colour of an underline");
                let parts: Vec<u8> = color.split(':').map(|part| number(part) as u8).collect();
                self.image.decor.underline = match parts[..] {
                    [5, index] => Color::Palette(index),
                    [2, 0, r, g, b] => Color::Rgb(r, g, b),
                    _ => panic!("colour {color}"),
                };
                old
            } else if part == "59" {
                assert!(self.reader.underline_colors, "a colour of an underline");
                self.image.decor.underline = Color::Default;
                old
            } else if part == "38" || part == "48" {
                let mut next = || parts.next().expect("a colour").parse::<u8>().unwrap();
                let color = match next() {
                    5 => Color::Palette(next()),
                    _ => Color::Rgb(next(), next(), next()),
                };
                assert_eq!(self.reader.depth.color(color), color, "a colour that there is not");
                if part == "38" { old.with_foreground(color) } else { old.with_background(color) }
            } else {
                if number(part) == 0 {
                    self.image.decor.underline = Color::Default;
                }
                let new = simple(old, number(part));
                assert_eq!(self.reader.depth.rendition(new), new, "a colour that there is not");
                new
            };
        }
    }

    fn blank(&self) -> Cell {
        let bce = self.reader.back_colour_erase;
        Cell::erased(if bce { self.image.rendition } else { Rendition::DEFAULT })
    }

    fn go(&mut self, row: u16, column: u16) {
        self.image.cursor.row = row.min(self.image.height() - 1);
        self.image.cursor.column = column.min(self.image.columns() - 1);
        self.moved();
    }

    fn moved(&mut self) {
        (self.pending, self.written) = (false, None);
    }

    fn row(&self) -> u16 {
        self.image.cursor.row
    }

    fn column(&self) -> u16 {
        self.image.cursor.column
    }
}

fn simple(old: Rendition, number: u16) -> Rendition {
    let bold_and_faint = Attributes::BOLD.with(Attributes::FAINT);
    match number {
        0 => Rendition::DEFAULT,
        1 => old.plus(Attributes::BOLD),
        2 => old.plus(Attributes::FAINT),
        3 => old.plus(Attributes::ITALIC),
        4 => old.with_underline(Underline::Single),
        5 => old.plus(Attributes::BLINK),
        7 => old.plus(Attributes::INVERSE),
        8 => old.plus(Attributes::INVISIBLE),
        9 => old.plus(Attributes::STRIKE),
        22 => old.minus(bold_and_faint),
        23 => old.minus(Attributes::ITALIC),
        24 => old.with_underline(Underline::None),
        25 => old.minus(Attributes::BLINK),
        27 => old.minus(Attributes::INVERSE),
        28 => old.minus(Attributes::INVISIBLE),
        29 => old.minus(Attributes::STRIKE),
        30..=37 => old.with_foreground(Color::Palette(number as u8 - 30)),
        39 => old.with_foreground(Color::Default),
        40..=47 => old.with_background(Color::Palette(number as u8 - 40)),
        49 => old.with_background(Color::Default),
        53 => old.plus(Attributes::OVERLINE),
        55 => old.minus(Attributes::OVERLINE),
        90..=97 => old.with_foreground(Color::Palette(number as u8 - 82)),
        100..=107 => old.with_background(Color::Palette(number as u8 - 92)),
        _ => panic!("rendition {number}"),
    }
}
