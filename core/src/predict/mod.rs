//! What the client shows over the newest screen: overlays.
//!
//! In come the newest received screen, the time and what is known of the link; out goes a copy of
//! that screen with the overlays on it, which the renderer compares with what the terminal shows.
//! This module does not know how states travel or how cells become escape sequences.
//!
//! Read in this order:
//!
//! - [`display`]: when predictions are wanted.
//! - [`notification`]: the bar across the first row that tells of silence and of commands.
//! - [`title`]: the prefix of the window title.
//!
//! Local echo is not predicted yet: every display mode behaves as [`Display::Never`].

pub mod display;
pub mod notification;
pub mod title;

pub use display::Display;
pub use notification::{Lifetime, Notification};
