//! The renderer.

use super::Capabilities;
use crate::screen::{Frame, Screens};
use crate::storage::{Buffer, Full};
use embedded_io::Write;

/// How far a diff got.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Reached {
    /// The whole target.
    All,
    /// The first so many rows of the target; everything else is as in the base.
    Rows(u16),
}

/// Writes what turns `last` (`None`: unknown content) into `target`.
///
/// # Errors
///
/// Those of `out`.
pub fn render<W: Write>(
    _screens: &Screens<'_>,
    _caps: &Capabilities,
    _last: Option<&Frame>,
    _target: &Frame,
    _out: &mut W,
) -> Result<(), W::Error> {
    Ok(())
}

/// As [`render`], but stops before the first row that does not fit.
///
/// # Errors
///
/// [`Full`] if not even a part fits.
pub fn render_within(
    _screens: &Screens<'_>,
    _caps: &Capabilities,
    _last: &Frame,
    _target: &Frame,
    _out: &mut Buffer<'_>,
) -> Result<Reached, Full> {
    Ok(Reached::All)
}
