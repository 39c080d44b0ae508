//! What `-v` shows: the core's log, on standard error.

use std::io::{self, Write as _};

use crate::clock;

struct StandardError;

static LOGGER: StandardError = StandardError;

/// Shows the log from this moment on.
pub(crate) fn enable() {
    // Refused only if there is a logger already, which then is this one.
    if log::set_logger(&LOGGER).is_ok() {
        log::set_max_level(log::LevelFilter::Trace);
    }
}

impl log::Log for StandardError {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        // In raw mode a line feed alone does not return to the left margin.
        let line = format!("[{}] {}\r\n", clock::now().millis(), record.args());
        let _ = io::stderr().write_all(line.as_bytes());
    }

    fn flush(&self) {}
}
