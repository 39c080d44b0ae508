//! What has happened: the last lines of it, in a ring, and all of it for `defmt`.
//!
//! This is the only file that knows whether there is `defmt`: without it, its messages are nothing,
//! and no argument of theirs is evaluated.

use core::fmt;

use embedded_io::Write;
use mosh_core::time::Instant;

/// Tells something through `defmt` alone.
macro_rules! tell {
    ($($line:tt)+) => {{
        #[cfg(feature = "defmt")]
        ::defmt::info!($($line)+);
    }};
}

/// Adds a line to a log, and tells it through `defmt`: `note!(log, now, "text {}", arguments)`.
macro_rules! note {
    ($log:expr, $now:expr, $($line:tt)+) => {{
        $log.add($now, format_args!($($line)+));
        $crate::log::tell!($($line)+);
    }};
}

pub(crate) use {note, tell};

const MAX_BYTES: usize = 1024;

/// The last lines.
#[derive(Debug)]
pub struct Log {
    bytes: [u8; MAX_BYTES],
    /// How many bytes were ever written; the ring holds the last of them.
    written: usize,
}

impl Log {
    /// An empty log.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0; MAX_BYTES], written: 0 }
    }

    /// Adds a line.
    pub fn add(&mut self, now: Instant, text: fmt::Arguments<'_>) {
        // Writing to the ring cannot fail.
        let millis = now.millis();
        let _ = fmt::write(self, format_args!("{:6}.{:03} ", millis / 1000, millis % 1000));
        let _ = fmt::write(self, text);
        let _ = fmt::Write::write_str(self, "\r\n");
    }
}

impl Default for Log {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Write for Log {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.bytes[self.written % MAX_BYTES] = byte;
            self.written += 1;
        }
        Ok(())
    }
}

/// Somebody who reads a log as it grows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reader {
    read: usize,
}

impl Reader {
    /// Writes what was added since the last time; from lines that the ring has lost in part, the
    /// rest is left out.
    pub fn write_news<W: Write>(&mut self, log: &Log, out: &mut W) -> Result<(), W::Error> {
        let oldest = log.written.saturating_sub(MAX_BYTES);
        let mut skipping = self.read < oldest;
        for at in self.read.max(oldest)..log.written {
            let byte = log.bytes[at % MAX_BYTES];
            if !skipping {
                out.write_all(&[byte])?;
            }
            skipping &= byte != b'\n';
        }
        self.read = log.written;
        Ok(())
    }
}
