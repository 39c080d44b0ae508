//! What happened, line by line, to be read by eye.

use std::collections::VecDeque;

use mosh_core::time::Instant;

/// The last lines of a run.
#[derive(Debug)]
pub(super) struct Trace {
    lines: VecDeque<String>,
    enabled: bool,
}

impl Trace {
    pub(super) fn new(enabled: bool) -> Self {
        Self { lines: VecDeque::new(), enabled }
    }

    /// Adds a line, which is made only if somebody will read it.
    pub(super) fn note(&mut self, now: Instant, line: impl FnOnce() -> String) {
        if !self.enabled {
            return;
        }
        if self.lines.len() >= MAX_LINES {
            self.lines.pop_front();
        }
        let micros = now.micros();
        let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
        self.lines.push_back(format!("{seconds:6}.{rest:06} {}", line()));
    }

    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines).into()
    }
}

const MAX_LINES: usize = 400;
