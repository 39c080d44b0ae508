//! One frame as one update of the user's terminal.

use embedded_io::{ErrorType, Write};
use heapless::Vec;

/// What is shorter shows at once anyway, and is not worth the bytes.
const FEW: usize = 40;

/// Brackets what is written with a synchronised update (mode 2026), unless it is only a few bytes.
///
/// Source: "Synchronized Output", contour-terminal's extension of the VT sequences.
#[derive(Debug)]
pub(super) struct Update<'w, W> {
    out: &'w mut W,
    /// What was written so far, while it is little.
    held: Vec<u8, FEW>,
    begun: bool,
}

impl<'w, W: Write> Update<'w, W> {
    pub(super) fn new(out: &'w mut W) -> Self {
        Self { out, held: Vec::new(), begun: false }
    }

    /// Writes what is left and ends the update.
    pub(super) fn finish(self) -> Result<(), W::Error> {
        if self.begun { self.out.write_all(b"\x1b[?2026l") } else { self.out.write_all(&self.held) }
    }
}

impl<W: ErrorType> ErrorType for Update<'_, W> {
    type Error = W::Error;
}

impl<W: Write> Write for Update<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, W::Error> {
        if !self.begun {
            if self.held.extend_from_slice(bytes).is_ok() {
                return Ok(bytes.len());
            }
            self.out.write_all(b"\x1b[?2026h")?;
            self.out.write_all(&self.held)?;
            self.begun = true;
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> Result<(), W::Error> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::string::String;
    use alloc::vec::Vec;

    use super::*;

    fn written(pieces: &[&str]) -> String {
        let mut out = Vec::new();
        let mut update = Update::new(&mut out);
        for piece in pieces {
            let Ok(()) = update.write_all(piece.as_bytes());
        }
        let Ok(()) = update.finish();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_frame_is_one_update_and_a_few_bytes_are_none() {
        assert_eq!(written(&[]), "");
        assert_eq!(written(&["a", "bc"]), "abc");
        let (few, one) = ("x".repeat(FEW), "y");
        assert_eq!(written(&[&few]), few);
        let whole = ["\x1b[?2026h", &few, one, one, "\x1b[?2026l"].concat();
        assert_eq!(written(&[&few, one, one]), whole);
    }
}
