//! The size of a screen and positions on it.

/// The widest screen there is; what asks for more is clamped.
pub const MAX_COLUMNS: u16 = 2048;
/// The tallest screen there is; what asks for more is clamped.
pub const MAX_ROWS: u16 = 1024;

/// The size of a screen: at least 1x1, at most [`MAX_COLUMNS`] x [`MAX_ROWS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Size {
    /// Cells in a row.
    pub columns: u16,
    /// Rows of the screen.
    pub rows: u16,
}

impl Size {
    /// Returns the allowed size that is nearest to what is asked for.
    #[must_use]
    pub fn clamped(columns: u32, rows: u32) -> Self {
        Self {
            columns: columns.clamp(1, MAX_COLUMNS.into()) as u16,
            rows: rows.clamp(1, MAX_ROWS.into()) as u16,
        }
    }
}

impl Default for Size {
    /// The 80x24 of the VT100, which every terminal starts from when it knows nothing better.
    fn default() -> Self {
        Self { columns: 80, rows: 24 }
    }
}

/// A place on the screen; both numbers count from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Position {
    /// Row, from the top.
    pub row: u16,
    /// Column, from the left.
    pub column: u16,
}
