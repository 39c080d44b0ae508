//! Reading zlib streams (RFC 1950) piece by piece.

use core::fmt;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

use crate::storage::Buffer;

/// The longest result that is accepted, as in mosh: an authentic peer may send a bomb by mistake.
pub const MAX_INFLATED: usize = 4 << 20;

/// The state of decompression, about 11 kB.
pub struct Inflater {
    decompressor: DecompressorOxide,
}

crate::log::defmt_format!(Inflater, _ => "Inflater(..)");

impl Inflater {
    /// Returns a decompressor.
    #[must_use]
    pub fn new() -> Self {
        Self { decompressor: DecompressorOxide::new() }
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
        self.decompressor.init();
        out.clear();
        let limit = out.max_len().min(MAX_INFLATED);
        let mut pieces = pieces.peekable();
        let (mut room, mut written) = (0, 0);
        while let Some(piece) = pieces.next() {
            let flags = if pieces.peek().is_some() {
                FLAGS | inflate_flags::TINFL_FLAG_HAS_MORE_INPUT
            } else {
                FLAGS
            };
            // Mosh's own text shrinks to a half or a third; more room is made when needed.
            room = (written + piece.len() * 3 + 64).max(room).min(limit);
            let mut rest = piece;
            loop {
                let space = out.spare(room).map_err(|_| BadStream::TooLong)?;
                let (status, read, put) =
                    decompress(&mut self.decompressor, rest, &mut space[..room], written, flags);
                rest = &rest[read..];
                written += put;
                match status {
                    TINFLStatus::Done => {
                        out.set_len(written);
                        return Ok(());
                    }
                    TINFLStatus::NeedsMoreInput => break,
                    TINFLStatus::HasMoreOutput if room < limit => {
                        room = room.saturating_mul(2).min(limit);
                    }
                    // The end of a stream that just fits takes no more room, but may be ahead.
                    TINFLStatus::HasMoreOutput if read + put > 0 => {}
                    TINFLStatus::HasMoreOutput if rest.is_empty() && pieces.peek().is_some() => {
                        break;
                    }
                    TINFLStatus::HasMoreOutput => return Err(BadStream::TooLong),
                    _ => return Err(BadStream::Malformed),
                }
            }
        }
        Err(BadStream::Malformed)
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inflater(..)")
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

const FLAGS: u32 = inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER
    | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF
    | inflate_flags::TINFL_FLAG_COMPUTE_ADLER32;
