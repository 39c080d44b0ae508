//! Comparing screens that lie in different stores.

use std::fmt::Debug;

use mosh_core::screen::{
    Cell, Color, Frame, Language, Look, MAX_CLUSTER, Modes, Position, Rendition, Screens, Size,
    TextId, Underline, width,
};

/// What has to be equal in two screens beside the characters on them.
// Four independent questions.
#[derive(Clone, Copy, Debug)]
pub struct Lens {
    /// The window title.
    pub title: bool,
    /// What was copied.
    pub clipboard: bool,
    /// The shape of an underline, and not only that there is one.
    pub shapes: bool,
    /// Links and colours of underlines.
    pub extras: bool,
    /// Which of its buffers a program draws on, of which no terminal is told.
    pub buffers: bool,
    /// Characters of a cell beyond its first, for which a store may have no room and a terminal no
    /// understanding.
    pub marks: bool,
}

impl Lens {
    /// All that a diff of mosh 1.4 can carry.
    pub const MOSH: Self = Self {
        title: true,
        clipboard: true,
        shapes: true,
        extras: false,
        buffers: false,
        marks: true,
    };

    fn rendition(self, rendition: Rendition) -> Rendition {
        let rendition = rendition.seen(Look::PLAIN);
        if self.shapes || rendition.underline() == Underline::None {
            rendition
        } else {
            rendition.with_underline(Underline::Single)
        }
    }
}

/// Panics unless `b` looks like `a` and behaves like it towards the user.
///
/// # Panics
///
/// If something differs; the message says what.
pub fn assert_same(a: (&Screens<'_>, &Frame), b: (&Screens<'_>, &Frame), lens: Lens) {
    if let Err(what) = compare(a, b, lens) {
        panic!("the screens differ in {what}");
    }
}

/// Looks for the first thing in which two screens differ.
///
/// Left out is what no diff carries: bells (they ring once for many), the icon name, alternate
/// scroll, and whether the last row wraps.
///
/// # Errors
///
/// Says what that is.
pub fn compare(
    a: (&Screens<'_>, &Frame),
    b: (&Screens<'_>, &Frame),
    lens: Lens,
) -> Result<(), String> {
    let ((left, x), (right, y)) = ((a.0, a.0.info(a.1)), (b.0, b.0.info(b.1)));
    equal("the size", x.size(), y.size())?;
    for row in 0..x.size().rows {
        compare_rows(a, b, row, lens)?;
    }
    equal("the cursor", x.cursor, y.cursor)?;
    equal("the rendition", lens.rendition(x.rendition), lens.rendition(y.rendition))?;
    if lens.extras {
        equal("the extras", extra(left, x.rendition), extra(right, y.rendition))?;
    }
    let language = if lens.extras { Language::Ours } else { Language::Mosh };
    let modes = |modes: Modes| {
        let alternate_screen = lens.buffers && modes.alternate_screen;
        Modes { alternate_screen, ..modes.carried(language) }
    };
    equal("the modes", modes(x.modes), modes(y.modes))?;
    if lens.title {
        equal("the title", text(left, x.title()), text(right, y.title()))?;
    }
    if lens.clipboard {
        equal("the clipboard", text(left, x.clipboard()), text(right, y.clipboard()))?;
    }
    Ok(())
}

fn equal<T: PartialEq + Debug>(what: &str, a: T, b: T) -> Result<(), String> {
    if a == b { Ok(()) } else { Err(format!("{what}: {a:?} and {b:?}")) }
}

/// The whole of a title or of what was copied.
#[must_use]
pub fn text(screens: &Screens<'_>, id: TextId) -> Vec<u8> {
    screens.text(id).flatten().copied().collect()
}

/// Whether checks that take time in proportion to the screen are worth it.
#[must_use]
pub fn is_small(size: Size) -> bool {
    usize::from(size.columns) * usize::from(size.rows) <= 1 << 14
}

fn compare_rows(
    a: (&Screens<'_>, &Frame),
    b: (&Screens<'_>, &Frame),
    row: u16,
    lens: Lens,
) -> Result<(), String> {
    let (left, right) = (a.0.row(a.1, row), b.0.row(b.1, row));
    for (column, (x, y)) in left.iter().zip(right).enumerate() {
        let at = Position { row, column: column as u16 };
        let (x_drawn, y_drawn) = (lens.rendition(x.rendition()), lens.rendition(y.rendition()));
        if x_drawn != y_drawn {
            return Err(format!("colours at {at:?}: {x_drawn:?} and {y_drawn:?}"));
        }
        let (x_extra, y_extra) = (extra(a.0, x.rendition()), extra(b.0, y.rendition()));
        if lens.extras && x_extra != y_extra {
            return Err(format!("extras at {at:?}: {x_extra:?} and {y_extra:?}"));
        }
        let split = || {
            let before = column.checked_sub(1).map(|before| glyph(a.0, &left[before]));
            x.glyph().is_tail() && before.is_some_and(|text| is_part(&text, &glyph(b.0, y)))
        };
        if !same_glyph((a.0, x), (b.0, y), lens) && (lens.marks || !split()) {
            let (x, y) = (glyph(a.0, x), glyph(b.0, y));
            return Err(format!("characters at {at:?}: {x:?} and {y:?}"));
        }
    }
    let (x, y) = (a.0.wrapped(a.1, row), b.0.wrapped(b.1, row));
    if row + 1 == a.0.size(a.1).rows || x == y {
        return Ok(());
    }
    // After a character of contested width in the last column nobody knows whether a wrap is
    // pending, so its flag is not sent.
    let contested = left.iter().any(|cell| is_contested(cell, &glyph(a.0, cell)));
    if contested { Ok(()) } else { equal(&format!("whether row {row} wraps"), x, y) }
}

fn same_glyph(
    (left, x): (&Screens<'_>, &Cell),
    (right, y): (&Screens<'_>, &Cell),
    lens: Lens,
) -> bool {
    if x.glyph() == y.glyph() && (x.glyph().is_blank() || x.glyph().single().is_some()) {
        return true;
    }
    if !lens.marks {
        // An empty cell becomes a no-break space when it gets a mark.
        let first =
            |screens, cell| glyph(screens, cell).chars().next().filter(|&c| !" \u{a0}".contains(c));
        return first(left, x) == first(right, y);
    }
    if x.glyph().is_blank() || y.glyph().is_blank() {
        return x.glyph().is_blank() && y.glyph().is_blank();
    }
    x.glyph().is_wide() == y.glyph().is_wide()
        && x.glyph().is_tail() == y.glyph().is_tail()
        && glyph(left, x) == glyph(right, y)
}

/// Whether terminals may disagree about the columns that a cell takes: about one of its characters,
/// or about all of them together, of which one may widen or narrow those before it (as U+FE0F does)
/// or stand beside them (as in a flag).
fn is_contested(cell: &Cell, text: &str) -> bool {
    if cell.glyph().is_blank() || cell.glyph().is_tail() {
        return false;
    }
    let columns = if cell.glyph().is_wide() { 2 } else { 1 };
    let widths = || text.chars().map(width::width);
    let alone = widths().sum::<usize>().max(1);
    let more = widths().skip(1).any(|width| width > 0);
    more || alone != columns || text.chars().any(width::contested)
}

/// Whether a terminal that prints each character of `cluster` for itself may have put this one into
/// a cell of its own, as it does with the two letters of a flag.
fn is_part(cluster: &str, character: &str) -> bool {
    let mut parts = cluster.chars().skip(1);
    character.chars().next().is_some_and(|first| parts.any(|part| part == first))
}

/// The colour of the underline, and the link.
fn extra(screens: &Screens<'_>, rendition: Rendition) -> (Color, Vec<u8>) {
    let extra = screens.extra(rendition);
    (extra.underline, text(screens, extra.link))
}

fn glyph(screens: &Screens<'_>, cell: &Cell) -> String {
    screens.glyph_str(cell, &mut [0; MAX_CLUSTER]).to_owned()
}
