//! What turns one screen image into another.

mod capabilities;
mod render;

pub use capabilities::{Capabilities, enter, leave};
pub use render::{Reached, render, render_within};
