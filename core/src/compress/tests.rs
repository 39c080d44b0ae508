//! Every stream inflates back, whichever encoder wrote it.

extern crate alloc;

use alloc::vec;
use alloc::vec::Vec;

use super::*;

#[test]
fn small_encoder_round_trips() {
    for data in samples() {
        let mut table = [0xffff; fixed::TABLE_LEN];
        for matches in [&mut table[..], &mut []] {
            let mut memory = vec![0; stored_len(data.len())];
            let mut out = Buffer::new(Slab::borrowed(&mut memory));
            fixed::deflate(&data, matches, &mut out).unwrap();
            assert_eq!(inflated(&out).unwrap(), data);
        }
    }
}

#[test]
fn deflater_round_trips_again_and_again() {
    let mut table = [0; Deflater::TABLE_LEN];
    let mut deflater = Deflater::new(Slab::borrowed(&mut table));
    for _ in 0..3 {
        for data in samples() {
            let mut memory = vec![0; stored_len(data.len()) + 64];
            let mut out = Buffer::new(Slab::borrowed(&mut memory));
            deflater.deflate(&data, &mut out).unwrap();
            assert_eq!(inflated(&out).unwrap(), data);
        }
    }
}

#[test]
fn repetitions_shrink() {
    let data = b"abcdefgh".repeat(12);
    let mut table = [0; Deflater::TABLE_LEN];
    let mut memory = [0; 256];
    let mut out = Buffer::new(Slab::borrowed(&mut memory));
    Deflater::new(Slab::borrowed(&mut table)).deflate(&data, &mut out).unwrap();
    assert!(out.len() < 25, "{} bytes", out.len());
}

#[test]
fn a_stream_that_does_not_fit_is_refused() {
    for data in samples().into_iter().filter(|data| data.len() > 20) {
        let mut table = [0; Deflater::TABLE_LEN];
        let mut memory = [0; 10];
        let mut out = Buffer::new(Slab::borrowed(&mut memory));
        let mut deflater = Deflater::new(Slab::borrowed(&mut table));
        assert_eq!(deflater.deflate(&data, &mut out), Err(Full));
    }
}

#[test]
fn memory_for_just_the_data_is_enough() {
    // In stored blocks of its own, the end of the stream comes in a piece without data.
    let data = b"abc";
    let stream =
        [0x78, 0x01, 0, 3, 0, 0xfc, 0xff, b'a', b'b', b'c', 1, 0, 0, 0xff, 0xff, 2, 0x4d, 1, 0x27];
    for len in 1..stream.len() {
        let mut memory = [0; 3];
        let mut out = Buffer::new(Slab::borrowed(&mut memory));
        Inflater::new().inflate(stream.chunks(len), &mut out).unwrap();
        assert_eq!(&out[..], data, "in pieces of {len}");
        let mut memory = [0; 2];
        let mut out = Buffer::new(Slab::borrowed(&mut memory));
        let refused = Inflater::new().inflate(stream.chunks(len), &mut out);
        assert_eq!(refused, Err(BadStream::TooLong), "in pieces of {len}");
    }
}

#[test]
fn pieces_may_be_cut_anywhere() {
    let data = b"the same words, the same words, the same words again".repeat(9);
    let mut table = [0; Deflater::TABLE_LEN];
    let mut memory = vec![0; 1024];
    let mut stream = Buffer::new(Slab::borrowed(&mut memory));
    Deflater::new(Slab::borrowed(&mut table)).deflate(&data, &mut stream).unwrap();
    for size in [1, 2, 7, 40, 5000] {
        let mut result = vec![0; 4096];
        let mut out = Buffer::new(Slab::borrowed(&mut result));
        Inflater::new().inflate(stream.chunks(size), &mut out).unwrap();
        assert_eq!(&*out, data);
    }
}

#[test]
fn trailing_bytes_are_ignored_and_damage_is_not() {
    let stream = [0x78, 0x9c, 0x4b, 0x04, 0x00, 0x00, 0x62, 0x00, 0x62];
    let mut longer = stream.to_vec();
    longer.extend(b"trailer");
    assert_eq!(inflated(&longer).unwrap(), b"a");
    assert_eq!(inflated(&stream[..8]), Err(BadStream::Malformed));
    assert_eq!(inflated(&[]), Err(BadStream::Malformed));
    // Raw deflate is no zlib stream.
    assert_eq!(inflated(&stream[2..]), Err(BadStream::Malformed));
    let mut wrong = stream;
    wrong[8] ^= 1;
    assert_eq!(inflated(&wrong), Err(BadStream::Malformed));
}

#[test]
fn a_bomb_is_cut_off() {
    let data = vec![0; 70_000];
    let mut memory = vec![0; 2000];
    let mut stream = Buffer::new(Slab::borrowed(&mut memory));
    let mut table = [0; fixed::TABLE_LEN];
    fixed::deflate(&data, &mut table, &mut stream).unwrap();
    let mut result = vec![0; 69_999];
    let mut out = Buffer::new(Slab::borrowed(&mut result));
    let pieces = core::iter::once(&*stream);
    assert_eq!(Inflater::new().inflate(pieces, &mut out), Err(BadStream::TooLong));
}

fn inflated(stream: &[u8]) -> Result<Vec<u8>, BadStream> {
    let mut memory = vec![0; 200_000];
    let mut out = Buffer::new(Slab::borrowed(&mut memory));
    Inflater::new().inflate(core::iter::once(stream), &mut out)?;
    Ok(out.to_vec())
}

fn samples() -> Vec<Vec<u8>> {
    let mut state = 1_u32;
    let mut noise = move |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let mut samples = vec![Vec::new(), b"a".to_vec(), b"mosh".repeat(8), vec![0; 70_000]];
    for len in [3, 4, 5, 100, 199, 200, 258, 259, 1400, 70_000] {
        samples.push((0..len).map(&mut noise).collect());
        samples.push((0..len).map(&mut noise).map(|byte| byte & 3).collect());
        samples.push(
            b"\x1b[3;1Hsome words, \x1b[1msome\x1b[m more\r\n"
                .iter()
                .copied()
                .cycle()
                .take(len)
                .collect(),
        );
    }
    // A repetition just within the window and one beyond it.
    for gap in [32_764, 32_768, 32_769, 65_536] {
        let mut sample = b"0123456789".to_vec();
        sample.extend((0..gap - 10).map(&mut noise));
        sample.extend(b"0123456789");
        samples.push(sample);
    }
    samples
}
