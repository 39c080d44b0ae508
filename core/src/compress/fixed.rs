//! A small deflate encoder: fixed Huffman codes, one probe for a repetition at each place.
//!
//! Read first: RFC 1950 (the container), RFC 1951 §3.2.5 (lengths and distances) and §3.2.6 (the
//! fixed codes). It needs no memory but its table, and below a few hundred bytes dynamic codes
//! would not gain what their description costs.

use crate::storage::{Buffer, Full};

/// Places remembered, by hash of the four bytes there.
pub(super) const TABLE_LEN: usize = 1024;

/// Replaces the contents of `out` by `data` as a zlib stream. `matches` has [`TABLE_LEN`] entries
/// or none; what is in it does not matter.
pub(super) fn deflate(data: &[u8], matches: &mut [u16], out: &mut Buffer<'_>) -> Result<(), Full> {
    let stored = super::stored_len(data.len());
    let room = stored.min(out.max_len());
    let space = out.spare(room)?;
    let len = match compress(data, matches, &mut space[..room]) {
        Some(len) => len,
        // Fixed codes are longer than the bytes themselves above 0x8f.
        None if room == stored => store(data, &mut space[..room]),
        None => return Err(Full),
    };
    out.set_len(len);
    Ok(())
}

/// Returns the length of the stream, `None` if `out` is too short for it.
fn compress(data: &[u8], matches: &mut [u16], out: &mut [u8]) -> Option<usize> {
    matches.fill(0);
    let mut bits = BitWriter { out, len: 0, pending: 0, count: 0 };
    bits.byte(HEADER[0])?;
    bits.byte(HEADER[1])?;
    bits.put(1, 1)?; // The last block,
    bits.put(1, 2)?; // of fixed codes.
    let mut at = 0;
    while at < data.len() {
        if let Some((len, distance)) = find(data, at, matches) {
            bits.length(len)?;
            bits.distance(distance)?;
            at += len;
        } else {
            bits.literal(u16::from(data[at]))?;
            at += 1;
        }
    }
    bits.literal(END_OF_BLOCK)?;
    bits.flush()?;
    for byte in adler32(data).to_be_bytes() {
        bits.byte(byte)?;
    }
    Some(bits.len)
}

/// Writes stored blocks (RFC 1951 §3.2.4); `out` has the length for it.
fn store(data: &[u8], out: &mut [u8]) -> usize {
    out[..2].copy_from_slice(&HEADER);
    let mut end = 2;
    let mut rest = data;
    loop {
        let (block, after) = rest.split_at(rest.len().min(0xffff));
        let len = u16::try_from(block.len()).expect("at most 0xffff").to_le_bytes();
        out[end] = u8::from(after.is_empty());
        out[end + 1..end + 3].copy_from_slice(&len);
        out[end + 3..end + 5].copy_from_slice(&len.map(|byte| !byte));
        out[end + 5..end + 5 + block.len()].copy_from_slice(block);
        end += 5 + block.len();
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    out[end..end + 4].copy_from_slice(&adler32(data).to_be_bytes());
    end + 4
}

/// Looks for an earlier occurrence of what starts at `at`: its length and distance.
fn find(data: &[u8], at: usize, matches: &mut [u16]) -> Option<(usize, usize)> {
    let word: [u8; MIN_MATCH] = data.get(at..at + MIN_MATCH)?.try_into().ok()?;
    // Multiplicative hashing (Knuth, TAOCP 6.4); the top bits are the well-mixed ones.
    let hash = u32::from_le_bytes(word).wrapping_mul(0x9e37_79b1) >> 22;
    let slot = matches.get_mut(hash as usize)?;
    // The table holds places modulo 2^16. A wrong guess does no harm: the bytes are compared.
    let here = (at & 0xffff) as u16;
    let distance = usize::from(here.wrapping_sub(*slot));
    *slot = here;
    if distance == 0 || distance > MAX_DISTANCE || distance > at {
        return None;
    }
    let longest = (data.len() - at).min(MAX_MATCH);
    let len = (0..longest).take_while(|&i| data[at - distance + i] == data[at + i]).count();
    (len >= MIN_MATCH).then_some((len, distance))
}

struct BitWriter<'a> {
    out: &'a mut [u8],
    len: usize,
    pending: u64,
    count: u32,
}

impl BitWriter<'_> {
    /// Appends the low `count` bits of `value`, least significant first.
    fn put(&mut self, value: u32, count: u32) -> Option<()> {
        self.pending |= u64::from(value) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.byte((self.pending & 0xff) as u8)?;
            self.pending >>= 8;
            self.count -= 8;
        }
        Some(())
    }

    /// Appends a Huffman code, which goes most significant bit first.
    fn code(&mut self, code: u32, count: u32) -> Option<()> {
        self.put(code.reverse_bits() >> (32 - count), count)
    }

    fn literal(&mut self, symbol: u16) -> Option<()> {
        let symbol = u32::from(symbol);
        match symbol {
            0..=143 => self.code(0x30 + symbol, 8),
            144..=255 => self.code(0x190 + symbol - 144, 9),
            256..=279 => self.code(symbol - 256, 7),
            _ => self.code(0xc0 + symbol - 280, 8),
        }
    }

    fn length(&mut self, len: usize) -> Option<()> {
        let index = LENGTHS.partition_point(|&(base, _)| usize::from(base) <= len) - 1;
        let (base, extra) = LENGTHS[index];
        self.literal(257 + index as u16)?;
        self.put((len - usize::from(base)) as u32, u32::from(extra))
    }

    fn distance(&mut self, distance: usize) -> Option<()> {
        // Two codes for each power of two, so the code follows from the leading bits.
        let above = (distance - 1) as u32;
        let (code, extra) = if above < 4 {
            (above, 0)
        } else {
            let extra = above.ilog2() - 1;
            (2 * extra + (above >> extra), extra)
        };
        self.code(code, 5)?;
        self.put(above & ((1 << extra) - 1), extra)
    }

    fn flush(&mut self) -> Option<()> {
        if self.count > 0 {
            self.byte((self.pending & 0xff) as u8)?;
        }
        (self.pending, self.count) = (0, 0);
        Some(())
    }

    fn byte(&mut self, byte: u8) -> Option<()> {
        *self.out.get_mut(self.len)? = byte;
        self.len += 1;
        Some(())
    }
}

/// The checksum of RFC 1950 §8.2.
pub(super) fn adler32(data: &[u8]) -> u32 {
    // The sums stay below 2^32 for this many bytes (zlib's NMAX).
    const RUN: usize = 5552;
    const BASE: u32 = 65521;
    let (mut a, mut b) = (1, 0);
    for run in data.chunks(RUN) {
        for &byte in run {
            a += u32::from(byte);
            b += a;
        }
        a %= BASE;
        b %= BASE;
    }
    b << 16 | a
}

/// Deflate with a 32 KiB window, default effort (RFC 1950 §2.2).
const HEADER: [u8; 2] = [0x78, 0x9c];
const END_OF_BLOCK: u16 = 256;
/// Three would be allowed, but a match of three costs about as much as its literals.
const MIN_MATCH: usize = 4;
const MAX_MATCH: usize = 258;
const MAX_DISTANCE: usize = 32768;

/// Shortest length and number of extra bits of the symbols from 257 on (RFC 1951 §3.2.5).
#[rustfmt::skip]
pub(super) const LENGTHS: [(u16, u8); 29] = [
    (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (8, 0), (9, 0), (10, 0),
    (11, 1), (13, 1), (15, 1), (17, 1), (19, 2), (23, 2), (27, 2), (31, 2),
    (35, 3), (43, 3), (51, 3), (59, 3), (67, 4), (83, 4), (99, 4), (115, 4),
    (131, 5), (163, 5), (195, 5), (227, 5), (258, 0),
];
