//! The compression shim: zlib streams (RFC 1950, RFC 1951) in and out.
//!
//! This is the only file that knows which compressor there is. With a heap, larger payloads go
//! through a full deflate; without one, and for short payloads everywhere, through a small encoder
//! that needs a table of two kilobytes. Both write streams that any zlib reads. The decoder has
//! tables for speed on the heap, and none without.

mod fixed;
mod inflate;
mod small;

pub use inflate::{BadStream, Inflater, MAX_INFLATED};

use crate::storage::{Buffer, Full, Slab};

/// The compressor of one session.
#[derive(Debug)]
pub struct Deflater<'s> {
    matches: Slab<'s, u16>,
    large: large::Deflater,
}

crate::log::defmt_format!(Deflater<'_>, _ => "Deflater(..)");

impl<'s> Deflater<'s> {
    /// Entries of the table that [`new`](Self::new) needs.
    pub const TABLE_LEN: usize = fixed::TABLE_LEN;

    /// Returns a compressor over a table of [`TABLE_LEN`](Self::TABLE_LEN) entries.
    ///
    /// With less it works all the same, but finds no repetitions.
    #[must_use]
    pub fn new(matches: Slab<'s, u16>) -> Self {
        Self { matches, large: large::Deflater::new() }
    }

    /// Replaces the contents of `out` by `data` as a zlib stream.
    ///
    /// # Errors
    ///
    /// [`Full`] if the stream does not fit; the contents of `out` are without meaning then.
    pub fn deflate(&mut self, data: &[u8], out: &mut Buffer<'_>) -> Result<(), Full> {
        if self.large.takes(data.len()) {
            return self.large.deflate(data, out);
        }
        // Without the table there are no matches, which is still a valid stream.
        let matches = match self.matches.grow(fixed::TABLE_LEN) {
            Ok(()) => &mut self.matches[..fixed::TABLE_LEN],
            Err(Full) => &mut [],
        };
        fixed::deflate(data, matches, out)
    }
}

#[cfg(feature = "alloc")]
mod large {
    use alloc::boxed::Box;

    use miniz_oxide::deflate::core::{CompressorOxide, TDEFLFlush, TDEFLStatus, compress};

    use miniz_oxide::inflate::TINFLStatus;
    use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

    use super::{BadStream, stored_len};
    use crate::storage::{Buffer, Full};

    /// The decoder with tables, if this session has one.
    pub(super) struct Inflater(Option<Box<DecompressorOxide>>);

    impl core::fmt::Debug for Inflater {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.write_str("Inflater(..)")
        }
    }

    impl Inflater {
        pub(super) const NONE: Self = Self(None);

        pub(super) fn new() -> Self {
            Self(Some(Box::default()))
        }

        pub(super) fn is_there(&self) -> bool {
            self.0.is_some()
        }

        pub(super) fn inflate<'a>(
            &mut self,
            pieces: impl Iterator<Item = &'a [u8]>,
            out: &mut Buffer<'_>,
            limit: usize,
        ) -> Result<(), BadStream> {
            let Some(decompressor) = &mut self.0 else { return Err(BadStream::Malformed) };
            decompressor.init();
            out.clear();
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
                        decompress(decompressor, rest, &mut space[..room], written, flags);
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
                        TINFLStatus::HasMoreOutput
                            if rest.is_empty() && pieces.peek().is_some() =>
                        {
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

    const FLAGS: u32 = inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER
        | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF
        | inflate_flags::TINFL_FLAG_COMPUTE_ADLER32;

    /// The full compressor: 319 kB while it is there, so it comes with the first large payload
    /// and goes after a row of small ones.
    pub(super) struct Deflater {
        compressor: Option<Box<CompressorOxide>>,
        small_since: u32,
    }

    impl core::fmt::Debug for Deflater {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.write_str("Deflater(..)")
        }
    }

    impl Deflater {
        pub(super) const fn new() -> Self {
            Self { compressor: None, small_since: 0 }
        }

        /// Whether a payload of `len` bytes is worth the time.
        pub(super) fn takes(&mut self, len: usize) -> bool {
            if len >= LARGE {
                self.small_since = 0;
                return true;
            }
            self.small_since = self.small_since.saturating_add(1);
            if self.small_since > IDLE {
                self.compressor = None;
            }
            false
        }

        pub(super) fn deflate(&mut self, data: &[u8], out: &mut Buffer<'_>) -> Result<(), Full> {
            let compressor = match &mut self.compressor {
                Some(compressor) => {
                    compressor.reset();
                    compressor
                }
                none => none.insert(Box::default()),
            };
            compressor.set_compression_level_raw(if data.len() < HUGE { LEVEL } else { FAST });
            // Half is what text and escape sequences need at most; the rest is asked for when it
            // turns out otherwise.
            let mut room = (data.len() / 2 + 64).min(out.max_len());
            let (mut read, mut written) = (0, 0);
            loop {
                let space = &mut out.spare(room)?[written..];
                let (status, taken, put) =
                    compress(compressor, &data[read..], space, TDEFLFlush::Finish);
                read += taken;
                written += put;
                match status {
                    TDEFLStatus::Done => {
                        out.set_len(written);
                        return Ok(());
                    }
                    TDEFLStatus::Okay if room < out.max_len() => {
                        room = stored_len(data.len()).max(room + room / 2).min(out.max_len());
                    }
                    _ => return Err(Full),
                }
            }
        }
    }

    /// From about this size on, dynamic Huffman codes and lazy matching save enough to matter: a
    /// quarter of the bytes at 500.
    const LARGE: usize = 200;
    /// Small payloads in a row after which the memory goes back: a minute of heartbeats.
    const IDLE: u32 = 20;
    /// As zlib's default.
    const LEVEL: u8 = 6;
    /// Beyond this size, that of a large screen full of colours, a search this thorough would take
    /// longer than all the rest of a server's work, and finds a tenth more at best.
    const HUGE: usize = 32 << 10;
    const FAST: u8 = 4;
}

#[cfg(not(feature = "alloc"))]
mod large {
    use super::BadStream;
    use crate::storage::{Buffer, Full};

    /// There is no decoder with tables without a heap.
    #[derive(Debug)]
    pub(super) struct Inflater;

    impl Inflater {
        pub(super) const NONE: Self = Self;

        pub(super) fn is_there(&self) -> bool {
            false
        }

        pub(super) fn inflate<'a>(
            &mut self,
            _pieces: impl Iterator<Item = &'a [u8]>,
            _out: &mut Buffer<'_>,
            _limit: usize,
        ) -> Result<(), BadStream> {
            Err(BadStream::Malformed)
        }
    }

    /// There is no full compressor without a heap.
    #[derive(Debug)]
    pub(super) struct Deflater;

    impl Deflater {
        pub(super) const fn new() -> Self {
            Self
        }

        pub(super) fn takes(&mut self, _len: usize) -> bool {
            false
        }

        pub(super) fn deflate(&mut self, _data: &[u8], _out: &mut Buffer<'_>) -> Result<(), Full> {
            Err(Full)
        }
    }
}

/// The length of `len` bytes as a zlib stream of stored blocks, the longest we ever write.
#[must_use]
pub const fn stored_len(len: usize) -> usize {
    let blocks = if len == 0 { 1 } else { len.div_ceil(0xffff) };
    2 + len + 5 * blocks + 4
}

#[cfg(test)]
mod tests;
