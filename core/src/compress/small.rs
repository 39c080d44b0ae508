//! A small inflate: canonical Huffman codes read bit by bit, with no tables for speed.
//!
//! Read first: RFC 1950 (the container), RFC 1951 §3.2.2 (canonical codes), §3.2.5 to §3.2.7 (the
//! blocks). Its memory is a kilobyte of stack while it runs, where a decoder that looks codes up
//! keeps ten. A message takes some ten steps for each of its bytes, which a microcontroller does
//! faster than its network brings them.

use super::BadStream;
use super::fixed::{LENGTHS, adler32};
use crate::storage::Buffer;

/// Replaces the contents of `out`, up to `limit` bytes, by the data of the zlib stream in `pieces`.
pub(super) fn inflate<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    out: &mut Buffer<'_>,
    limit: usize,
) -> Result<(), BadStream> {
    out.clear();
    let mut bits = BitReader { pieces, piece: &[], pending: 0, count: 0 };
    let header = u16::from_be_bytes([bits.byte()?, bits.byte()?]);
    // Deflate with a window of at most 32 KiB, and no preset dictionary.
    if header & 0x8f00 != 0x0800 || header & 0x0020 != 0 || !header.is_multiple_of(31) {
        return Err(BadStream::Malformed);
    }
    let mut output = Output { buffer: out, len: 0, limit };
    loop {
        let last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => stored(&mut bits, &mut output)?,
            1 => block(&mut bits, &mut output, &Codes::fixed())?,
            2 => {
                let codes = Codes::read(&mut bits)?;
                block(&mut bits, &mut output, &codes)?;
            }
            _ => return Err(BadStream::Malformed),
        }
        if last {
            break;
        }
    }
    bits.align();
    let mut sum = [0; 4];
    for byte in &mut sum {
        *byte = bits.byte()?;
    }
    let Output { buffer, len, .. } = output;
    buffer.set_len(len);
    if u32::from_be_bytes(sum) == adler32(buffer) { Ok(()) } else { Err(BadStream::Malformed) }
}

/// RFC 1951 §3.2.4.
fn stored<'a, I: Iterator<Item = &'a [u8]>>(
    bits: &mut BitReader<'a, I>,
    output: &mut Output<'_, '_>,
) -> Result<(), BadStream> {
    bits.align();
    let mut half = || Ok(u16::from_le_bytes([bits.byte()?, bits.byte()?]));
    let (len, inverse) = (half()?, half()?);
    if len != !inverse {
        return Err(BadStream::Malformed);
    }
    for _ in 0..len {
        output.push(bits.byte()?)?;
    }
    Ok(())
}

/// RFC 1951 §3.2.3: literals and matches up to the end of the block.
fn block<'a, I: Iterator<Item = &'a [u8]>>(
    bits: &mut BitReader<'a, I>,
    output: &mut Output<'_, '_>,
    codes: &Codes,
) -> Result<(), BadStream> {
    loop {
        let symbol = codes.literals.decode(bits)?;
        if let Ok(literal) = u8::try_from(symbol) {
            output.push(literal)?;
            continue;
        }
        let Some(length) = symbol.checked_sub(257) else { return Ok(()) };
        let &(base, extra) = LENGTHS.get(usize::from(length)).ok_or(BadStream::Malformed)?;
        let len = usize::from(base) + bits.take(extra.into())? as usize;
        let code = u32::from(codes.distances.decode(bits)?);
        // Two codes for each power of two; 30 and 31 stand for nothing.
        let distance = match code {
            0..4 => code + 1,
            4..30 => {
                let extra = code / 2 - 1;
                ((2 + code % 2) << extra) + bits.take(extra)? + 1
            }
            _ => return Err(BadStream::Malformed),
        };
        output.repeat(distance as usize, len)?;
    }
}

/// The codes of a block.
struct Codes {
    literals: Code<LITERALS>,
    distances: Code<DISTANCES>,
}

impl Codes {
    /// RFC 1951 §3.2.6.
    fn fixed() -> Self {
        let mut lengths = [8; LITERALS];
        lengths[144..256].fill(9);
        lengths[256..280].fill(7);
        let (literals, distances) = (Code::new(&lengths), Code::new(&[5; DISTANCES]));
        Self {
            literals: literals.expect("the standard's code is complete"),
            distances: distances.expect("the standard's code is complete"),
        }
    }

    /// RFC 1951 §3.2.7.
    fn read<'a, I: Iterator<Item = &'a [u8]>>(
        bits: &mut BitReader<'a, I>,
    ) -> Result<Self, BadStream> {
        let literals = bits.take(5)? as usize + 257;
        let distances = bits.take(5)? as usize + 1;
        let count = bits.take(4)? as usize + 4;
        // Codes for 286 and 287, or distances for 30 and 31, are not to be described.
        if literals > 286 || distances > 30 {
            return Err(BadStream::Malformed);
        }
        let mut lengths = [0; ORDER.len()];
        for &place in &ORDER[..count] {
            lengths[place] = bits.take(3)? as u8;
        }
        let code = Code::<{ ORDER.len() }>::new(&lengths)?;
        let mut lengths = [0; LITERALS + DISTANCES];
        let all = &mut lengths[..literals + distances];
        let mut at = 0;
        while at < all.len() {
            let (len, times) = match code.decode(bits)? {
                symbol @ 0..16 => (symbol as u8, 1),
                16 => {
                    let before = at.checked_sub(1).ok_or(BadStream::Malformed)?;
                    (all[before], 3 + bits.take(2)?)
                }
                17 => (0, 3 + bits.take(3)?),
                _ => (0, 11 + bits.take(7)?),
            };
            let run = all.get_mut(at..at + times as usize).ok_or(BadStream::Malformed)?;
            run.fill(len);
            at += times as usize;
        }
        let (first, rest) = all.split_at(literals);
        // A block ends somewhere.
        if first[256] == 0 {
            return Err(BadStream::Malformed);
        }
        Ok(Self { literals: Code::new(first)?, distances: Code::new(rest)? })
    }
}

/// A canonical code of `N` symbols: as all codes of a length follow one another, it is enough to
/// know how many there are, and the symbols in the order of their codes (RFC 1951 §3.2.2).
struct Code<const N: usize> {
    counts: [u16; MAX_BITS + 1],
    symbols: [u16; N],
}

impl<const N: usize> Code<N> {
    /// Makes the code from the length of each symbol's, 0 for a symbol without one.
    fn new(lengths: &[u8]) -> Result<Self, BadStream> {
        let mut counts = [0; MAX_BITS + 1];
        for &len in lengths {
            counts[usize::from(len)] += 1;
        }
        counts[0] = 0;
        // More codes than there is room for would read as something else.
        let mut room = 1_i32;
        for &count in &counts[1..] {
            room = room * 2 - i32::from(count);
            if room < 0 {
                return Err(BadStream::Malformed);
            }
        }
        // Codes too few are in order only where there is one, or none: of distances.
        if room > 0 && counts.iter().sum::<u16>() > 1 {
            return Err(BadStream::Malformed);
        }
        let mut places = [0; MAX_BITS + 2];
        for len in 1..=MAX_BITS {
            places[len + 1] = places[len] + counts[len];
        }
        let mut symbols = [0; N];
        for (symbol, &len) in (0..).zip(lengths) {
            if len > 0 {
                let place = &mut places[usize::from(len)];
                symbols[usize::from(*place)] = symbol;
                *place += 1;
            }
        }
        Ok(Self { counts, symbols })
    }

    fn decode<'a, I: Iterator<Item = &'a [u8]>>(
        &self,
        bits: &mut BitReader<'a, I>,
    ) -> Result<u16, BadStream> {
        // `above` is how far the bits read so far lie above the first code of their length.
        let (mut above, mut index) = (0, 0);
        for &count in &self.counts[1..] {
            above += bits.take(1)?;
            if above < u32::from(count) {
                return Ok(self.symbols[index + above as usize]);
            }
            index += usize::from(count);
            above = (above - u32::from(count)) * 2;
        }
        Err(BadStream::Malformed)
    }
}

struct BitReader<'a, I> {
    pieces: I,
    piece: &'a [u8],
    pending: u32,
    count: u32,
}

impl<'a, I: Iterator<Item = &'a [u8]>> BitReader<'a, I> {
    fn byte(&mut self) -> Result<u8, BadStream> {
        debug_assert_eq!(self.count, 0, "bytes start where bits end");
        self.next()
    }

    fn next(&mut self) -> Result<u8, BadStream> {
        loop {
            if let Some((&byte, rest)) = self.piece.split_first() {
                self.piece = rest;
                return Ok(byte);
            }
            self.piece = self.pieces.next().ok_or(BadStream::Malformed)?;
        }
    }

    /// Reads up to 13 bits, the first of them the least significant.
    fn take(&mut self, count: u32) -> Result<u32, BadStream> {
        while self.count < count {
            self.pending |= u32::from(self.next()?) << self.count;
            self.count += 8;
        }
        let value = self.pending & ((1 << count) - 1);
        self.pending >>= count;
        self.count -= count;
        Ok(value)
    }

    /// Skips what is left of a byte. No more than that was ever read ahead.
    fn align(&mut self) {
        debug_assert!(self.count < 8, "no byte is read before it is needed");
        (self.pending, self.count) = (0, 0);
    }
}

/// What was written so far, which is what matches refer to.
struct Output<'o, 's> {
    buffer: &'o mut Buffer<'s>,
    len: usize,
    limit: usize,
}

impl Output<'_, '_> {
    fn push(&mut self, byte: u8) -> Result<(), BadStream> {
        self.room(1)?[0] = byte;
        self.len += 1;
        Ok(())
    }

    fn repeat(&mut self, distance: usize, len: usize) -> Result<(), BadStream> {
        let from = self.len.checked_sub(distance).ok_or(BadStream::Malformed)?;
        self.room(len)?;
        let at = self.len;
        let bytes = self.buffer.spare(at + len).map_err(|_| BadStream::TooLong)?;
        // A match may reach into what it writes.
        for index in 0..len {
            bytes[at + index] = bytes[from + index];
        }
        self.len += len;
        Ok(())
    }

    /// The place for `len` bytes more. Storage that grows does so by doubling.
    fn room(&mut self, len: usize) -> Result<&mut [u8], BadStream> {
        let (start, end) = (self.len, self.len + len);
        if end > self.limit {
            return Err(BadStream::TooLong);
        }
        let wanted = end.max(2 * start).min(self.limit);
        let bytes = self.buffer.spare(wanted).map_err(|_| BadStream::TooLong)?;
        Ok(&mut bytes[start..end])
    }
}

const MAX_BITS: usize = 15;
const LITERALS: usize = 288;
const DISTANCES: usize = 32;

/// The order in which the lengths of the code for lengths come (RFC 1951 §3.2.7).
#[rustfmt::skip]
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
