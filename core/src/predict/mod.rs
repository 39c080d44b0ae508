//! What the client shows over the newest screen: overlays.
//!
//! In come the newest received screen, the time and what is known of the link; out goes a copy of
//! that screen with the overlays on it, which the renderer compares with what the terminal shows.
//! This module does not know how states travel or how cells become escape sequences.
//!
//! Read in this order:
//!
//! - [`display`]: when predictions are wanted; `triggers`: when they are worth it.
//! - `key`: what the user's bytes mean; `pane`: where a line of text lies on the screen; `line`: what a
//!   key does to it.
//! - `trust`: how sure it is that keys are echoed; `skill`: which editing keys work as expected.
//! - [`Predictor`]: unanswered keys, replayed on each screen that arrives; `answer`: which keys a
//!   screen answers; `lesson`: what is learned from that. [`Counters`]: how good it was.
//! - [`notification`]: the bar across the first row that tells of silence and of commands.
//! - [`title`]: the prefix of the window title.

mod answer;
mod counters;
pub mod display;
mod key;
mod lesson;
mod line;
pub mod notification;
mod pane;
mod predictor;
mod skill;
pub mod title;
mod triggers;
mod trust;

#[cfg(test)]
mod tests;

pub use counters::Counters;
pub use display::Display;
pub use notification::{Lifetime, Notification};
pub use predictor::Predictor;

/// More bytes than this in one read are a paste. As in mosh.
pub const BULK: usize = 100;
