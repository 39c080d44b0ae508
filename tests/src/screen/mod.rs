//! Whether a screen is right: screens of several emulators as values that can be compared,
//! written down and read.
//!
//! A [`Picture`] is what a user sees, whoever drew it. Ours comes from [`Own`], second opinions
//! from [`Alacritty`] (a library), [`Pane`] (a real tmux) and [`Xterm`] (a real xterm). [`text`] is the form in which a
//! picture stands in a file, and [`case`] a file of output with the pictures that it makes.

pub mod alacritty;
pub mod case;
pub mod own;
pub mod picture;
pub mod text;
pub mod tmux;
pub mod xterm;

pub use alacritty::Alacritty;
pub use own::Own;
pub use picture::{Cell, Look, Picture};
pub use tmux::Pane;
pub use xterm::Xterm;
