//! A progress bar.

use std::io::{IsTerminal, Write, stderr};

/// A progress bar, if somebody watches.
#[derive(Debug)]
pub(crate) struct Bar {
    enabled: bool,
}

impl Bar {
    /// Returns a bar that is not shown yet.
    pub(crate) fn new() -> Self {
        Self { enabled: stderr().is_terminal() }
    }

    /// Shows the share that is done, and some words.
    pub(crate) fn show(&self, share: f64, words: &str) {
        const WIDTH: usize = 40;
        if !self.enabled {
            return;
        }
        let filled = (share.clamp(0.0, 1.0) * WIDTH as f64) as usize;
        let bar: String = (0..WIDTH).map(|at| if at < filled { '#' } else { '.' }).collect();
        let _ = write!(stderr(), "\r[{bar}] {:3.0} % {words}\x1b[K", share * 100.0);
    }

    /// Takes it away, for other output.
    pub(crate) fn clear(&self) {
        if self.enabled {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}
