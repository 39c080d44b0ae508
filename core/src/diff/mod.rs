//! What turns one screen image into another.

mod capabilities;
mod incoming;
mod outgoing;
mod render;

pub use capabilities::{Capabilities, enter, leave};
pub use incoming::Replica;
pub use outgoing::{HostState, HostStorage};
pub use render::{Reached, render, render_within};
