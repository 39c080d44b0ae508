//! From one screen image to another.
//!
//! [`render`] writes escape sequences that turn what one terminal shows into another image: on
//! the wire of mosh 1.4, where the terminal is the peer's emulator, and on the user's own. What
//! may be written is stated by [`Capabilities`]. Nothing here knows of packets or of predictions.
//!
//! In reading order: [`Capabilities`], [`ColorDepth`], `pen` (cursor and rendition with the fewest bytes),
//! `scroll` (finding rows that moved), `below` (finding what is blank), `render`, `announce`, `row`,
//! `extras`, [`Told`]; then [`HostState`] and [`Replica`],
//! which make screens something that the transport can carry.

mod announce;
mod below;
mod capabilities;
mod depth;
mod extras;
mod incoming;
mod outgoing;
mod pen;
mod render;
mod row;
mod scroll;
mod told;

#[cfg(test)]
mod tests;

pub use capabilities::{Capabilities, Repeat, enter, leave, leave_more};
pub use depth::ColorDepth;
pub use incoming::Replica;
pub use outgoing::{HostState, HostStorage};
pub use render::{Reached, render, render_within};
pub use told::Told;
