//! How many columns a character takes.

use unicode_width::UnicodeWidthChar;

/// Returns the columns that `c` takes: 0, 1 or 2.
#[must_use]
pub fn width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Whether another terminal may well take another width for `c`.
#[must_use]
pub fn contested(_c: char) -> bool {
    false
}
