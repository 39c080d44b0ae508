//! Reading zlib streams (RFC 1950) piece by piece.

use core::fmt;

use super::small;
use crate::storage::Buffer;

/// The longest result that is accepted, as in mosh: an authentic peer may send a bomb by mistake.
pub const MAX_INFLATED: usize = 4 << 20;

/// The decompressor of one session.
#[derive(Debug)]
pub struct Inflater {
    large: super::large::Inflater,
}

crate::log::defmt_format!(Inflater, _ => "Inflater(..)");

impl Inflater {
    /// Returns a decompressor that keeps no memory between streams.
    #[must_use]
    pub const fn new() -> Self {
        Self { large: super::large::Inflater::NONE }
    }

    /// Returns a decompressor with tables on the heap, 11 kB, which make it several times faster.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn boxed() -> Self {
        Self { large: super::large::Inflater::new() }
    }

    /// Replaces the contents of `out` by the data of the zlib stream that lies in `pieces`.
    ///
    /// What follows the end of the stream is ignored.
    ///
    /// # Errors
    ///
    /// [`BadStream`]; the contents of `out` are without meaning then.
    pub fn inflate<'a>(
        &mut self,
        pieces: impl Iterator<Item = &'a [u8]>,
        out: &mut Buffer<'_>,
    ) -> Result<(), BadStream> {
        let limit = out.max_len().min(MAX_INFLATED);
        if self.large.is_there() {
            self.large.inflate(pieces, out, limit)
        } else {
            small::inflate(pieces, out, limit)
        }
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Self::new()
    }
}

/// Why a stream was not read. Drop the instruction.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum BadStream {
    /// Not a zlib stream, or torn, or its checksum is wrong.
    Malformed,
    /// The data is longer than the buffer or than [`MAX_INFLATED`].
    TooLong,
}

impl fmt::Display for BadStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "malformed zlib stream",
            Self::TooLong => "zlib stream holds too much",
        })
    }
}

impl core::error::Error for BadStream {}
