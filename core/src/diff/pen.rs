//! Where the reader's cursor is and what it draws with, and how to change both with few bytes.

use super::Capabilities;
use crate::screen::{Attributes, Color, Look, Position, Rendition, Size, Underline};
use embedded_io::Write;

/// What is known of the reader's cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// Nothing.
    Unknown,
    /// It is here, and no wrap is pending.
    Exactly(Position),
    /// The last column of this row was written; readers differ in what some movements mean.
    Edge(u16),
}

/// The reader's cursor and rendition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pen {
    pub(super) at: At,
    pub(super) rendition: Rendition,
    /// The cursor shows.
    pub(super) visible: bool,
}

/// A sequence in the making. The longest, an absolute rendition, is below 80 bytes.
pub(super) type Line = heapless::Vec<u8, 96>;

fn add(line: &mut Line, bytes: &[u8]) {
    let fits = line.extend_from_slice(bytes);
    debug_assert!(fits.is_ok(), "sequences are short");
}

fn add_number(line: &mut Line, number: u16) {
    let mut digits = [0; 5];
    let mut start = digits.len();
    let mut rest = number;
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    add(line, &digits[start..]);
}

/// `CSI count last`, without a count of 1.
pub(super) fn counted(count: u16, last: u8) -> Line {
    let mut line = Line::new();
    add(&mut line, b"\x1b[");
    if count != 1 {
        add_number(&mut line, count);
    }
    add(&mut line, &[last]);
    line
}

/// Writes `CSI count last`, without a count of 1.
pub(super) fn write_counted<W: Write>(out: &mut W, count: u16, last: u8) -> Result<(), W::Error> {
    out.write_all(&counted(count, last))
}

/// Writes DECSET or DECRST.
pub(super) fn write_mode<W: Write>(out: &mut W, number: u16, on: bool) -> Result<(), W::Error> {
    let mut line = Line::new();
    add(&mut line, b"\x1b[?");
    add_number(&mut line, number);
    add(&mut line, if on { b"h" } else { b"l" });
    out.write_all(&line)
}

/// Writes a sequence with one number.
pub(super) fn write_numbered<W: Write>(
    out: &mut W,
    before: &[u8],
    number: u16,
    after: &[u8],
) -> Result<(), W::Error> {
    let mut line = Line::new();
    add(&mut line, before);
    add_number(&mut line, number);
    add(&mut line, after);
    out.write_all(&line)
}

/// Writes DECSTBM.
pub(super) fn write_margins<W: Write>(out: &mut W, top: u16, bottom: u16) -> Result<(), W::Error> {
    let mut line = Line::new();
    add(&mut line, b"\x1b[");
    add_number(&mut line, top + 1);
    add(&mut line, b";");
    add_number(&mut line, bottom + 1);
    add(&mut line, b"r");
    out.write_all(&line)
}

impl Pen {
    /// Moves the cursor with the shortest sequence that is safe.
    pub(super) fn move_to<W: Write>(&mut self, out: &mut W, to: Position) -> Result<(), W::Error> {
        if self.at == At::Exactly(to) {
            return Ok(());
        }
        let mut best = absolute(to);
        let mut consider = |line: Line| {
            if line.len() < best.len() {
                best = line;
            }
        };
        match self.at {
            At::Unknown => {}
            At::Edge(row) => {
                // Only what does not depend on a pending wrap.
                if to.column == 0 && to.row >= row {
                    consider(new_lines(true, to.row - row));
                }
                if to.row == row {
                    consider(counted(to.column + 1, b'G'));
                }
            }
            At::Exactly(from) => {
                if to.column == 0 && to.row >= from.row {
                    consider(new_lines(from.column > 0, to.row - from.row));
                }
                if to.row == from.row {
                    consider(counted(to.column + 1, b'G'));
                    if to.column > from.column {
                        consider(counted(to.column - from.column, b'C'));
                    } else {
                        let count = from.column - to.column;
                        consider(counted(count, b'D'));
                        consider(repeated(0x08, count));
                    }
                } else if to.column == from.column {
                    if to.row > from.row {
                        consider(counted(to.row - from.row, b'B'));
                        consider(repeated(b'\n', to.row - from.row));
                    } else {
                        consider(counted(from.row - to.row, b'A'));
                    }
                }
            }
        }
        self.at = At::Exactly(to);
        out.write_all(&best)
    }

    /// Notes that `width` columns were written at the cursor, which was at `from`.
    pub(super) fn wrote(&mut self, from: Position, width: u16, size: Size) {
        let column = from.column + width;
        self.at = if column < size.columns {
            At::Exactly(Position { column, ..from })
        } else {
            At::Edge(from.row)
        };
    }

    /// Selects colours and attributes with the shortest sequence; extras are the caller's.
    /// Returns whether all of them were reset first.
    pub(super) fn select<W: Write>(
        &mut self,
        out: &mut W,
        caps: &Capabilities,
        to: Rendition,
    ) -> Result<bool, W::Error> {
        let from = core::mem::replace(&mut self.rendition, to);
        if from.looks_like(to, Look::PLAIN) {
            return Ok(false);
        }
        let mut line = change(b"\x1b[", from, to);
        // From scratch: `CSI m`, or `CSI 0;...m` with one parameter at least.
        let whole = if to.looks_like(Rendition::DEFAULT, Look::PLAIN) {
            Some(change(b"\x1b[", Rendition::DEFAULT, to))
        } else if line.len() > b"\x1b[0;1".len() {
            Some(change(b"\x1b[0", Rendition::DEFAULT, to))
        } else {
            None
        };
        let whole = whole.filter(|whole| whole.len() < line.len());
        let resets = whole.is_some();
        line = whole.unwrap_or(line);
        add(&mut line, b"m");
        out.write_all(&line)?;
        self.write_shape(out, caps, to.underline())?;
        Ok(resets)
    }

    /// Writes the shape of an underline that is on: by itself, since readers that do not know
    /// colons throw the whole sequence away.
    fn write_shape<W: Write>(
        &self,
        out: &mut W,
        caps: &Capabilities,
        underline: Underline,
    ) -> Result<(), W::Error> {
        let shape: &[u8] = match underline {
            Underline::None | Underline::Single => return Ok(()),
            Underline::Double => b"\x1b[4:2m",
            Underline::Curly => b"\x1b[4:3m",
            Underline::Dotted => b"\x1b[4:4m",
            Underline::Dashed => b"\x1b[4:5m",
        };
        if caps.underline_shapes { out.write_all(shape) } else { Ok(()) }
    }
}

/// Writes the colour of an underline: by itself, as [`Pen::write_shape`] does. The empty part
/// of a direct colour is its colour space (ISO 8613-6).
pub(super) fn write_underline_color<W: Write>(out: &mut W, color: Color) -> Result<(), W::Error> {
    let mut line = Line::new();
    match color {
        Color::Default => add(&mut line, b"\x1b[59m"),
        Color::Palette(index) => {
            add(&mut line, b"\x1b[58:5:");
            add_number(&mut line, index.into());
            add(&mut line, b"m");
        }
        Color::Rgb(r, g, b) => {
            add(&mut line, b"\x1b[58:2:");
            for part in [r, g, b] {
                add(&mut line, b":");
                add_number(&mut line, part.into());
            }
            add(&mut line, b"m");
        }
    }
    out.write_all(&line)
}

/// `CSI row;column H`, without what is 1.
fn absolute(to: Position) -> Line {
    let mut line = Line::new();
    add(&mut line, b"\x1b[");
    if to.row > 0 {
        add_number(&mut line, to.row + 1);
    }
    if to.column > 0 {
        add(&mut line, b";");
        add_number(&mut line, to.column + 1);
    }
    add(&mut line, b"H");
    line
}

/// To the first column, `count` rows down. Only sensible while that is few.
fn new_lines(carriage_return: bool, count: u16) -> Line {
    let mut line = Line::new();
    if carriage_return {
        add(&mut line, b"\r");
    }
    add(&mut line, &repeated(b'\n', count));
    line
}

/// The same byte `count` times, or enough of them never to be the shortest.
fn repeated(byte: u8, count: u16) -> Line {
    let mut line = Line::new();
    for _ in 0..count.min(20) {
        add(&mut line, &[byte]);
    }
    line
}

/// `start` and the parameters of SGR that turn `from` into `to`, without the shape of an
/// underline.
fn change(start: &[u8], from: Rendition, to: Rendition) -> Line {
    let mut line = Line::new();
    add(&mut line, start);
    if from.attributes() != to.attributes() {
        add_attributes(&mut line, from.attributes(), to.attributes());
    }
    if from.underline() != to.underline() {
        param(&mut line, if to.underline() == Underline::None { 24 } else { 4 });
    }
    if from.foreground() != to.foreground() {
        color(&mut line, to.foreground(), 30);
    }
    if from.background() != to.background() {
        color(&mut line, to.background(), 40);
    }
    line
}

fn add_attributes(line: &mut Line, mut had: Attributes, wanted: Attributes) {
    let weights = [(Attributes::BOLD, 1), (Attributes::FAINT, 2)];
    if weights.iter().any(|&(weight, _)| had.contains(weight) && !wanted.contains(weight)) {
        // One parameter takes both away.
        param(line, 22);
        had = had.without(Attributes::BOLD.with(Attributes::FAINT));
    }
    for (weight, on) in weights {
        if wanted.contains(weight) && !had.contains(weight) {
            param(line, on);
        }
    }
    let others = [
        (Attributes::ITALIC, 3, 23),
        (Attributes::BLINK, 5, 25),
        (Attributes::INVERSE, 7, 27),
        (Attributes::INVISIBLE, 8, 28),
        (Attributes::STRIKE, 9, 29),
        (Attributes::OVERLINE, 53, 55),
    ];
    for (attribute, on, off) in others {
        if had.contains(attribute) != wanted.contains(attribute) {
            param(line, if wanted.contains(attribute) { on } else { off });
        }
    }
}

fn param(line: &mut Line, number: u16) {
    if line.last().is_some_and(u8::is_ascii_digit) {
        add(line, b";");
    }
    add_number(line, number);
}

/// Colour parameters; `first` is 30 for the text and 40 for the background.
fn color(line: &mut Line, color: Color, first: u16) {
    match color {
        Color::Default => param(line, first + 9),
        Color::Palette(index @ 0..=7) => param(line, first + u16::from(index)),
        Color::Palette(index @ 8..=15) => param(line, first + 60 + u16::from(index - 8)),
        Color::Palette(index) => {
            for number in [first + 8, 5, index.into()] {
                param(line, number);
            }
        }
        Color::Rgb(r, g, b) => {
            for number in [first + 8, 2, r.into(), g.into(), b.into()] {
                param(line, number);
            }
        }
    }
}
