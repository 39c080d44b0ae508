//! Screen images: cells, rows shared between images, and what belongs to an image beside them.
//!
//! [`Screens`] is a store in memory of fixed or growing size; a [`Frame`] names one image in it.
//! Frames share rows until one of them writes, so keeping old images for later comparison costs
//! what changed. The store knows nothing of escape sequences: `terminal` writes to frames,
//! `diff` compares them.
//!
//! In reading order: [`Size`] and [`Position`], [`Rendition`], [`Cell`], [`Language`], [`Modes`],
//! [`width`], [`graphemes`], rows, texts, interned (tables), clusters, extras, [`Selections`], [`Frame`],
//! [`Palette`], [`Screens`] (the store; `content` writes on frames, `reflow` rewraps them,
//! `beginning` makes the one that a new peer starts from, `check`
//! accounts for references).

mod beginning;
mod cell;
mod check;
mod clusters;
mod content;
mod extras;
mod frame;
pub mod graphemes;
mod interned;
mod language;
mod modes;
mod palette;
mod reflow;
mod rendition;
mod rgb;
mod rows;
mod screens;
mod selections;
mod size;
mod texts;
pub mod width;

#[cfg(test)]
pub(crate) mod tests;

pub use cell::{Cell, Glyph, sever};
pub use clusters::{ClusterEntry, MAX_CLUSTER};
pub use extras::{Extra, ExtraEntry, ExtraId, MAX_LINK_ID, MAX_URI};
pub use frame::{Copied, Frame, FrameInfo, Text};
pub use language::Language;
pub use modes::{CursorStyle, Keyboard, Modes, MouseEncoding, MouseMode};
pub use palette::{ColorSlot, ColorSlots, Palette};
pub use rendition::{Attributes, Color, Look, Rendition, Underline};
pub use rgb::Rgb;
pub use rows::{RowId, RowInfo, RowMarks};
pub use screens::{ScreenStorage, Screens};
pub use selections::Selections;
pub use size::{MAX_COLUMNS, MAX_ROWS, Position, Size};
pub use texts::{TextBlock, TextId};
