//! Compressed instructions: what inflates, in whatever pieces it comes, and what it then says.
//!
//! The input is taken three times: as a zlib stream in pieces, as the compressed data of one whose
//! frame is made to fit, and as an instruction.

use miniz_oxide::inflate;
use mosh_core::compress::{BadStream, Deflater, Inflater, MAX_INFLATED, stored_len};
use mosh_core::storage::{Buffer, Full, Slab};
use mosh_core::wire::mosh::Instruction;

/// Runs one input.
pub fn run(data: &[u8]) {
    inflates_as_a_whole_and_in_pieces(data);
    if let Some(framed) = framed(data) {
        inflates_as_a_whole_and_in_pieces(&framed);
    }
    survives_compression(data);
    means_the_same_when_written_again(data);
}

/// Completes compressed data to a zlib stream (RFC 1950), so that damage gets past the checksum.
fn framed(data: &[u8]) -> Option<Vec<u8>> {
    // What is larger takes time and shows nothing new.
    let plain = inflate::decompress_to_vec_with_limit(data, 1 << 16).ok()?;
    let (low, high) = plain.iter().fold((1_u32, 0_u32), |(low, high), &byte| {
        let low = (low + u32::from(byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    Some([&[0x78, 0x9c], data, &(high << 16 | low).to_be_bytes()[..]].concat())
}

fn inflates_as_a_whole_and_in_pieces(stream: &[u8]) {
    let whole = inflated(&[stream], 2 * MAX_INFLATED);
    // Another reader of the same streams agrees. It takes those of the largest length as well.
    match inflate::decompress_to_vec_zlib_with_limit(stream, MAX_INFLATED) {
        Ok(plain) => assert_eq!(whole.as_deref(), Ok(&plain[..])),
        Err(_) => assert!(whole.is_err()),
    }
    let step = 1 + stream.first().map_or(0, |&first| usize::from(first) % 97);
    let pieces: Vec<&[u8]> = stream.chunks(step).collect();
    assert_eq!(inflated(&pieces, 2 * MAX_INFLATED).ok(), whole.clone().ok(), "in pieces");
    if let Ok(plain) = whole {
        // A buffer that just holds the data is enough, and a smaller one is no disaster.
        assert_eq!(inflated(&pieces, plain.len()), Ok(plain.clone()), "in the least memory");
        if !plain.is_empty() {
            let short = inflated(&pieces, plain.len() - 1);
            assert_eq!(short, Err(BadStream::TooLong));
        }
    }
}

fn inflated(pieces: &[&[u8]], room: usize) -> Result<Vec<u8>, BadStream> {
    let mut out = Buffer::new(Slab::growable(room));
    Inflater::new().inflate(pieces.iter().copied(), &mut out)?;
    assert!(out.len() <= MAX_INFLATED, "{} bytes", out.len());
    Ok(out.to_vec())
}

fn survives_compression(data: &[u8]) {
    let mut deflater = Deflater::new(Slab::growable(Deflater::TABLE_LEN));
    let mut out = Buffer::new(Slab::growable(stored_len(data.len())));
    // The pieces of less than 200 bytes go through the encoder that needs no heap.
    for part in std::iter::once(data).chain(data.chunks(199)) {
        deflater.deflate(part, &mut out).expect("what does not shrink is stored");
        assert_eq!(inflated(&[&out], part.len()).as_deref(), Ok(part));
    }
    let mut none = Deflater::new(Slab::borrowed(&mut []));
    let mut little = Buffer::new(Slab::growable(data.len() / 2));
    if none.deflate(data, &mut little) != Err(Full) {
        assert_eq!(inflated(&[&little], data.len()).as_deref(), Ok(data));
    }
}

fn means_the_same_when_written_again(data: &[u8]) {
    let Ok(instruction) = Instruction::parse(data) else { return };
    let mut out = Buffer::new(Slab::growable(instruction.emitted_len()));
    instruction.emit(&mut out).expect("as long as it says");
    assert_eq!(out.len(), instruction.emitted_len());
    assert_eq!(Instruction::parse(&out), Ok(instruction));

    let mut out = Buffer::new(Slab::growable(Instruction::MAX_HEAD + data.len()));
    out.extend(&[0xaa; Instruction::MAX_HEAD]).expect("room for the head");
    out.extend(instruction.diff).expect("room for a part of the input");
    let start = instruction.prepend(&mut out);
    let again = Instruction::parse(&out[start..]).expect("written by us");
    assert!(again.chaff == instruction.chaff || again.chaff.is_empty());
    assert_eq!(Instruction { chaff: instruction.chaff, ..again }, instruction);
}
