//! Changes of a screen, done to a frame of the store and to the model.

use std::fmt;

use mosh_core::screen::{
    self, Color, ColorSlot, Copied, Frame, Modes, MouseEncoding, MouseMode, Position, Rendition,
    Rgb, RowMarks, Screens, Selections, Size, Text, Underline, width,
};
use mosh_core::storage::Full;
use proptest::collection::vec;
use proptest::prelude::*;

use super::model::{ATTRIBUTES, Cell, Decor, Image, Place, Row, Shown};

/// One change. Rows and columns beyond the screen are taken modulo its size.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    Text { row: u16, column: u16, text: String, pen: Pen },
    Mark { row: u16, column: u16, mark: char },
    Wrap { row: u16, wrapped: bool },
    ScrollUp { top: u16, bottom: u16, count: u16, pen: Pen },
    ScrollDown { top: u16, bottom: u16, count: u16, pen: Pen },
    Clear { start: u16, end: u16, pen: Pen },
    Title(String),
    Icon(String),
    Prefix(String),
    Clipboard(String),
    Copy { to: &'static str, data: String },
    Directory(String),
    Notify(String),
    SetColor { slot: ColorSlot, color: Option<Rgb> },
    Marks { row: u16, marks: RowMarks },
    Cursor { row: u16, column: u16 },
    Draw(Pen),
    Modes(Modes),
    Bell,
    EchoAck(u64),
    Resize { columns: u16, rows: u16 },
}

/// A rendition that can be read when a property fails.
#[derive(Clone)]
pub(crate) struct Pen(pub(crate) Rendition, pub(crate) Decor);

impl fmt::Debug for Pen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", Shown(self.0), self.1)
    }
}

impl Pen {
    /// Returns the rendition in the store, and what there was room for.
    fn intern(&self, screens: &mut Screens<'_>) -> (Rendition, Self) {
        let rendition = self.1.intern(screens, self.0);
        (rendition, Self(self.0, Decor::of(screens, rendition)))
    }
}

/// Where a change takes place.
struct Region {
    top: u16,
    bottom: u16,
    count: u16,
}

impl Region {
    fn within(image: &Image, top: u16, bottom: u16, count: u16) -> Self {
        let (a, b) = (top % image.height(), bottom % image.height());
        Self { top: a.min(b), bottom: a.max(b), count: count % (image.height() + 1) }
    }
}

impl Edit {
    /// Changes `frame`, which shows `image`, and then `image` likewise.
    ///
    /// In a store with little room a mark may be dropped.
    pub(crate) fn apply(
        &self,
        screens: &mut Screens<'_>,
        frame: &Frame,
        image: &mut Image,
        tight: bool,
    ) -> Result<(), Full> {
        let place = |row: u16, column: u16| (row % image.height(), column % image.columns());
        match self {
            Self::Text { row, column, text, pen } => {
                let (row, column) = place(*row, *column);
                let (rendition, pen) = pen.intern(screens);
                let end = screens.write_text(frame, row, column, text, rendition);
                assert_eq!(end, image.write(row, column, text, &pen), "column after the text");
            }
            Self::Mark { row, column, mark } => {
                let (row, mut column) = place(*row, *column);
                if image.rows[usize::from(row)].cells[usize::from(column)].place == Place::Tail {
                    column -= 1;
                }
                let before = screens.row(frame, row)[usize::from(column)];
                screens.combine(frame, row, column, *mark);
                if !tight || screens.row(frame, row)[usize::from(column)] != before {
                    image.combine(row, column, *mark);
                }
            }
            Self::Wrap { row, wrapped } => {
                let (row, _) = place(*row, 0);
                screens.set_wrapped(frame, row, *wrapped);
                image.rows[usize::from(row)].wrapped = *wrapped;
            }
            Self::ScrollUp { top, bottom, count, pen } => {
                let Region { top, bottom, count } = Region::within(image, *top, *bottom, *count);
                screens.scroll_up(frame, top, bottom, count, screen::Cell::erased(pen.0));
                image.scroll(top, bottom, i32::from(count), pen.0);
            }
            Self::ScrollDown { top, bottom, count, pen } => {
                let Region { top, bottom, count } = Region::within(image, *top, *bottom, *count);
                screens.scroll_down(frame, top, bottom, count, screen::Cell::erased(pen.0));
                image.scroll(top, bottom, -i32::from(count), pen.0);
            }
            Self::Clear { start, end, pen } => {
                let Region { top, bottom, .. } = Region::within(image, *start, *end, 0);
                screens.clear_rows(frame, top, bottom + 1, screen::Cell::erased(pen.0));
                let count = i32::from(bottom + 1 - top);
                image.scroll(top, bottom, count, pen.0);
            }
            Self::Title(_) | Self::Icon(_) | Self::Prefix(_) | Self::Clipboard(_) => {
                self.apply_text(screens, frame, image)?;
            }
            Self::Copy { .. } | Self::Directory(_) | Self::Notify(_) | Self::SetColor { .. } => {
                self.apply_ours(screens, frame, image)?;
            }
            Self::Marks { row, marks } => {
                let (row, _) = place(*row, 0);
                screens.set_marks(frame, row, *marks);
                image.rows[usize::from(row)].marks = *marks;
            }
            Self::Resize { columns, rows } => {
                let size = Size { columns: *columns, rows: *rows };
                let dropped = screens.resize(frame, size)?;
                assert_eq!(dropped, image.resize(size), "rows dropped at the top");
            }
            Self::Draw(pen) => {
                let (rendition, pen) = pen.intern(screens);
                screens.info_mut(frame).rendition = rendition;
                (image.rendition, image.decor) = (pen.0, pen.1);
            }
            _ => {
                self.apply_info(image);
                let info = screens.info_mut(frame);
                info.cursor = image.cursor;
                (info.modes, info.bells) = (image.modes, image.bells);
                info.echo_ack = image.echo_ack;
            }
        }
        Ok(())
    }

    fn apply_text(
        &self,
        screens: &mut Screens<'_>,
        frame: &Frame,
        image: &mut Image,
    ) -> Result<(), Full> {
        match self {
            Self::Title(title) => {
                screens.set_title(frame, title.as_bytes())?;
                (image.title, image.title_set) = (title.clone(), true);
            }
            Self::Icon(icon) => {
                screens.set_icon(frame, icon.as_bytes())?;
                (image.icon, image.title_set) = (icon.clone(), true);
            }
            Self::Prefix(prefix) => {
                screens.prefix_titles(frame, prefix.as_bytes())?;
                if image.icon == image.title {
                    image.icon.insert_str(0, prefix);
                }
                image.title.insert_str(0, prefix);
            }
            Self::Clipboard(data) => {
                screens.set_clipboard(frame, data.as_bytes())?;
                image.copy("c", data);
            }
            _ => unreachable!("no text"),
        }
        Ok(())
    }

    fn apply_ours(
        &self,
        screens: &mut Screens<'_>,
        frame: &Frame,
        image: &mut Image,
    ) -> Result<(), Full> {
        match self {
            Self::Copy { to, data } => {
                screens.copy(frame, Selections::parse(to.as_bytes()), data.as_bytes())?;
                image.copy(to, data);
            }
            Self::Directory(uri) => {
                screens.set_text(frame, Text::Directory, &[uri.as_bytes()])?;
                image.ours.directory.clone_from(uri);
            }
            Self::Notify(text) => {
                screens.set_text(frame, Text::Notification, &[text.as_bytes()])?;
                screens.info_mut(frame).notifications += 1;
                image.ours.notification.clone_from(text);
                image.ours.notifications += 1;
            }
            Self::SetColor { slot, color } => {
                let mut palette = screens.palette(screens.info(frame));
                palette.set(*slot, *color);
                screens.set_palette(frame, &palette)?;
                match color {
                    Some(color) => image.ours.colors.insert(*slot, *color),
                    None => image.ours.colors.remove(slot),
                };
            }
            _ => unreachable!("known to mosh 1.4"),
        }
        Ok(())
    }

    fn apply_info(&self, image: &mut Image) {
        match self {
            Self::Cursor { row, column } => {
                let (row, column) = (row % image.height(), column % image.columns());
                image.cursor = Position { row, column };
            }
            Self::Modes(modes) => image.modes = *modes,
            Self::Bell => image.bells += 1,
            Self::EchoAck(num) => image.echo_ack = *num,
            _ => unreachable!("not beside the cells"),
        }
    }
}

impl Image {
    pub(crate) fn copy(&mut self, to: &str, data: &str) {
        let common = to.is_empty() || to.contains(['c', 's']);
        let text = if common { &mut self.clipboard } else { &mut self.ours.selection };
        data.clone_into(text);
        let to = Selections::parse(to.as_bytes());
        let [first, second] = &mut self.ours.copied;
        let (this, other) = if common { (first, second) } else { (second, first) };
        *this = Copied { to, count: this.count + 1 };
        other.to = other.to.without(to);
        if self.ours.copied[1].to.is_empty() {
            self.ours.selection.clear();
        }
    }

    fn write(&mut self, row: u16, column: u16, text: &str, pen: &Pen) -> u16 {
        let Pen(rendition, decor) = pen.clone();
        let row = &mut self.rows[usize::from(row)];
        let mut column = usize::from(column);
        for c in text.chars() {
            let width = width::width(c);
            if width == 0 || column + width > row.cells.len() {
                continue;
            }
            row.split_wide(column);
            row.split_wide(column + width);
            let place = if width == 2 { Place::Wide(c.into()) } else { Place::Narrow(c.into()) };
            row.cells[column] = Cell { place, rendition, decor: decor.clone() };
            if width == 2 {
                let decor = decor.clone();
                row.cells[column + 1] = Cell { place: Place::Tail, rendition, decor };
            }
            column += width;
        }
        column as u16
    }

    /// Adds a mark where at most 31 bytes stand; returns whether the cell was empty.
    pub(crate) fn combine(&mut self, row: u16, column: u16, mark: char) -> bool {
        let place = &mut self.rows[usize::from(row)].cells[usize::from(column)].place;
        let was_empty = *place == Place::Empty;
        if was_empty {
            *place = Place::Narrow("\u{a0}".into());
        }
        match place {
            Place::Narrow(text) | Place::Wide(text) if text.len() < 32 => text.push(mark),
            _ => {}
        }
        was_empty
    }

    /// Moves rows up, or down if `by` is negative; erased ones enter.
    pub(crate) fn scroll(&mut self, top: u16, bottom: u16, by: i32, rendition: Rendition) {
        let blank = Row::filled(self.columns(), &Cell::erased(rendition));
        for _ in 0..by.abs() {
            let (leaves, enters) = if by > 0 { (top, bottom) } else { (bottom, top) };
            self.rows.remove(leaves.into());
            self.rows.insert(enters.into(), blank.clone());
        }
    }

    /// Drops rows at the bottom while the cursor stays on the screen, and else at the top; cuts
    /// and pads rows at the right. Returns how many rows went at the top.
    pub(crate) fn resize(&mut self, size: Size) -> u16 {
        let blank = Cell::erased(self.rendition);
        let mut dropped = 0;
        while self.height() > size.rows {
            if self.cursor.row + 1 < self.height() {
                self.rows.pop();
            } else {
                self.rows.remove(0);
                self.cursor.row -= 1;
                dropped += 1;
            }
        }
        let columns = usize::from(size.columns);
        for row in &mut self.rows {
            if row.cells.len() != columns {
                row.wrapped = false;
                row.split_wide(columns);
                row.cells.resize(columns, blank.clone());
            }
        }
        while self.height() < size.rows {
            self.rows.push(Row::filled(size.columns, &blank));
        }
        self.cursor.column = self.cursor.column.min(size.columns - 1);
        dropped
    }
}

pub(crate) fn edits() -> impl Strategy<Value = Vec<Edit>> {
    vec(edit(), 0..12)
}

pub(crate) fn edit() -> impl Strategy<Value = Edit> {
    let at = || (0..12_u16, prop_oneof![3 => 0..10_u16, 1 => 0..40_u16]);
    let region = || (0..6_u16, 0..6_u16, 0..4_u16);
    prop_oneof![
        8 => (at(), text(), pen())
            .prop_map(|((row, column), text, pen)| Edit::Text { row, column, text, pen }),
        3 => (at(), mark()).prop_map(|((row, column), mark)| Edit::Mark { row, column, mark }),
        2 => (0..12_u16, any::<bool>()).prop_map(|(row, wrapped)| Edit::Wrap { row, wrapped }),
        2 => (region(), pen())
            .prop_map(|((top, bottom, count), pen)| Edit::ScrollUp { top, bottom, count, pen }),
        2 => (region(), pen())
            .prop_map(|((top, bottom, count), pen)| Edit::ScrollDown { top, bottom, count, pen }),
        2 => (0..6_u16, 0..6_u16, pen())
            .prop_map(|(start, end, pen)| Edit::Clear { start, end, pen }),
        1 => title().prop_map(Edit::Title),
        1 => title().prop_map(Edit::Icon),
        1 => title().prop_map(Edit::Prefix),
        // Base64, as nothing else ever becomes a clipboard.
        1 => "([A-Za-z0-9+/]{4}){0,20}".prop_map(Edit::Clipboard),
        4 => ours(),
        2 => at().prop_map(|(row, column)| Edit::Cursor { row, column }),
        2 => pen().prop_map(Edit::Draw),
        1 => modes().prop_map(Edit::Modes),
        1 => Just(Edit::Bell),
        1 => (0..1000_u64).prop_map(Edit::EchoAck),
    ]
}

/// Changes that mosh 1.4 does not know.
fn ours() -> impl Strategy<Value = Edit> {
    let to = prop::sample::select(vec!["", "c", "p", "cp", "s0", "q7", "pq"]);
    let slot = prop::sample::select(vec![
        ColorSlot::Palette(0),
        ColorSlot::Palette(200),
        ColorSlot::Foreground,
        ColorSlot::Background,
        ColorSlot::Cursor,
    ]);
    let marks = any::<(bool, bool)>().prop_map(|(prompt, output)| RowMarks { prompt, output });
    prop_oneof![
        2 => (to, "([A-Za-z0-9+/]{4}){0,3}").prop_map(|(to, data)| Edit::Copy { to, data }),
        1 => prop::sample::select(vec!["", "file://host/a;b", "file:///"])
            .prop_map(|uri| Edit::Directory(uri.into())),
        1 => prop::sample::select(vec!["9;done", "777;notify;a;b"])
            .prop_map(|text| Edit::Notify(text.into())),
        2 => (slot, prop::option::of(any::<[u8; 3]>().prop_map(|[r, g, b]| Rgb(r, g, b))))
            .prop_map(|(slot, color)| Edit::SetColor { slot, color }),
        2 => (0..12_u16, marks).prop_map(|(row, marks)| Edit::Marks { row, marks }),
    ]
}

pub(crate) fn size() -> impl Strategy<Value = Size> {
    let columns = prop_oneof![6 => 1..10_u16, 1 => 10..45_u16];
    (columns, 1..8_u16).prop_map(|(columns, rows)| Size { columns, rows })
}

/// Characters that differ in what can go wrong with them.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let c = prop_oneof![
        10 => prop::sample::select(vec!['a', 'b', 'z', '~', ' ']),
        2 => prop::sample::select(vec!['\u{e9}', '\u{2500}', '\u{a0}', '\u{ad}']),
        3 => prop::sample::select(vec!['\u{6f22}', '\u{5b57}', '\u{1f44d}']),
        // Other tables may give these another width.
        1 => prop::sample::select(vec!['\u{1fae8}', '\u{268d}']),
    ];
    prop_oneof![
        4 => vec(c, 0..8).prop_map(String::from_iter),
        1 => (prop::sample::select(vec!["-", " ", "ab", "\u{2500}"]), 5..40_usize)
            .prop_map(|(text, count)| text.repeat(count)),
    ]
}

/// What does not take a column of its own.
pub(crate) fn mark() -> impl Strategy<Value = char> {
    prop::sample::select(vec!['\u{301}', '\u{308}', '\u{200d}', '\u{fe0f}', '\u{20dd}'])
}

fn title() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec!["", "a", "title", "both", "t;\u{e9}\u{6f22}"])
            .prop_map(String::from),
        // Longer than a block of the store.
        1 => (50..130_usize).prop_map(|len| "0123456789".chars().cycle().take(len).collect()),
    ]
}

pub(crate) fn pen() -> impl Strategy<Value = Pen> {
    let underline = prop::sample::select(vec![
        Underline::None,
        Underline::Single,
        Underline::Double,
        Underline::Curly,
        Underline::Dotted,
        Underline::Dashed,
    ]);
    let any =
        (any::<u8>(), underline, color(), color()).prop_map(|(bits, underline, text, back)| {
            let rendition = Rendition::DEFAULT
                .with_underline(underline)
                .with_foreground(text)
                .with_background(back);
            let chosen = ATTRIBUTES.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 != 0);
            chosen.fold(rendition, |rendition, (_, &(_, attribute))| rendition.plus(attribute))
        });
    let back = color().prop_map(|back| Rendition::DEFAULT.with_background(back));
    let rendition = prop_oneof![3 => Just(Rendition::DEFAULT), 1 => back, 2 => any];
    (rendition, decor()).prop_map(|(rendition, decor)| Pen(rendition, decor))
}

fn decor() -> impl Strategy<Value = Decor> {
    let long = "u".repeat(120);
    let links = vec!["", "", ";http://a/", ";b;c", "1;b", "id;b"].into_iter().map(String::from);
    let link = prop::sample::select(links.chain([format!(";{long}")]).collect::<Vec<_>>());
    let color = prop_oneof![4 => Just(Color::Palette(1)), 1 => color()];
    let any = (color, link).prop_map(|(underline, link)| Decor { underline, link });
    prop_oneof![1 => Just(Decor::default()), 1 => any]
}

fn color() -> impl Strategy<Value = Color> {
    prop_oneof![
        3 => Just(Color::Default),
        2 => (0..18_u8).prop_map(Color::Palette),
        1 => any::<u8>().prop_map(Color::Palette),
        1 => any::<(u8, u8, u8)>().prop_map(|(r, g, b)| Color::Rgb(r, g, b)),
    ]
}

pub(crate) fn modes() -> impl Strategy<Value = Modes> {
    let mouse = prop::sample::select(vec![
        MouseMode::Off,
        MouseMode::Press,
        MouseMode::Buttons,
        MouseMode::Highlight,
        MouseMode::Drag,
        MouseMode::Motion,
    ]);
    let encoding = prop::sample::select(vec![
        MouseEncoding::Byte,
        MouseEncoding::Utf8,
        MouseEncoding::Sgr,
        MouseEncoding::Decimal,
    ]);
    (any::<[bool; 5]>(), mouse, encoding).prop_map(|(flags, mouse, mouse_encoding)| {
        let [hidden, reverse_video, bracketed_paste, focus_events, alternate_scroll] = flags;
        let cursor_visible = !hidden;
        Modes {
            cursor_visible,
            reverse_video,
            bracketed_paste,
            focus_events,
            alternate_scroll,
            mouse,
            mouse_encoding,
            ..Modes::default()
        }
    })
}
