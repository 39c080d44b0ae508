//! The compression shim: zlib streams (RFC 1950, RFC 1951) in and out.
//!
//! This is the only file that knows which compressor there is. With a heap, larger payloads go
//! through a full deflate; without one, and for short payloads everywhere, through a small encoder
//! that needs a table of two kilobytes. Both write streams that any zlib reads.

mod fixed;
mod inflate;

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

    use super::stored_len;
    use crate::storage::{Buffer, Full};

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
    use crate::storage::{Buffer, Full};

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
