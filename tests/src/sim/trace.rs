//! What happened, line by line, to be read by eye.

use std::collections::VecDeque;

use mosh_core::time::Instant;

/// How much of what happens is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracing {
    /// Nothing.
    Off,
    /// What led to the end.
    Tail,
    /// Everything.
    Whole,
}

/// Lines of a run.
#[derive(Debug)]
pub(super) struct Trace {
    lines: VecDeque<String>,
    tracing: Tracing,
}

impl Trace {
    pub(super) fn new(tracing: Tracing) -> Self {
        Self { lines: VecDeque::new(), tracing }
    }

    /// Adds a line, which is made only if somebody will read it.
    pub(super) fn note(&mut self, now: Instant, line: impl FnOnce() -> String) {
        match self.tracing {
            Tracing::Off => return,
            Tracing::Tail if self.lines.len() >= TAIL => {
                self.lines.pop_front();
            }
            Tracing::Tail | Tracing::Whole => {}
        }
        let micros = now.micros();
        let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
        self.lines.push_back(format!("{seconds:6}.{rest:06} {}", line()));
    }

    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines).into()
    }
}

const TAIL: usize = 400;
