//! The console as a reader and a writer of bytes.

use core::fmt;

use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write, WriteReady};

use super::Console;

/// Why nothing was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ConsoleError {
    /// No key is there yet. A console cannot wait, as it is its caller who polls it: ask
    /// [`ReadReady`] before.
    NoKeys,
}

impl fmt::Display for ConsoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no key was typed yet")
    }
}

impl core::error::Error for ConsoleError {}

impl embedded_io::Error for ConsoleError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl Console<'_> {
    fn fetch_keys(&mut self) {
        while self.typed.is_empty() {
            let mut keys = [0; 16];
            let len = self.desk.server.read_host(&mut keys);
            if len == 0 {
                return;
            }
            for &key in &keys[..len] {
                self.typed.push_back(key).expect("it was empty and is as long");
            }
        }
    }
}

impl ErrorType for Console<'_> {
    type Error = ConsoleError;
}

impl ReadReady for Console<'_> {
    fn read_ready(&mut self) -> Result<bool, ConsoleError> {
        self.fetch_keys();
        Ok(!self.typed.is_empty())
    }
}

impl Read for Console<'_> {
    /// Copies keys into `buf`, as many as there are, without waiting.
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ConsoleError> {
        let mut len = 0;
        while len < buf.len() {
            self.fetch_keys();
            let Some(key) = self.typed.pop_front() else { break };
            buf[len] = key;
            len += 1;
        }
        if len == 0 && !buf.is_empty() { Err(ConsoleError::NoKeys) } else { Ok(len) }
    }
}

impl WriteReady for Console<'_> {
    fn write_ready(&mut self) -> Result<bool, ConsoleError> {
        Ok(true)
    }
}

impl Write for Console<'_> {
    /// Takes output of the program: always all of it, at once. Line feeds do not return to the
    /// first column: send CR LF.
    fn write(&mut self, output: &[u8]) -> Result<usize, ConsoleError> {
        self.desk.server.write_host(self.now, output);
        Ok(output.len())
    }

    fn flush(&mut self) -> Result<(), ConsoleError> {
        Ok(())
    }
}
