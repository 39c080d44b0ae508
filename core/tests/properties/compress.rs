//! Compressed streams, cut anywhere, within limits and beyond.

use mosh_core::compress::{BadStream, Deflater, Inflater, stored_len};
use mosh_core::storage::{Buffer, Full, Slab};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(super::cases(300))]

    #[test]
    fn streams_inflate_to_what_was_deflated(
        data in compressible(),
        cuts in vec(any::<prop::sample::Index>(), 0..6),
        table in 0..3_usize,
        room in any::<prop::sample::Index>(),
        flip in (any::<prop::sample::Index>(), 0..8_u8),
        level in 0..=10_u8,
        small in any::<bool>(),
    ) {
        let mut memory = vec![0; Deflater::TABLE_LEN];
        let mut deflater = Deflater::new(match table {
            0 => Slab::growable(Deflater::TABLE_LEN),
            1 => Slab::borrowed(&mut memory),
            _ => Slab::borrowed(&mut []),
        });
        let mut stream = buffer();
        deflater.deflate(&data, &mut stream).unwrap();
        prop_assert!(stream.len() <= stored_len(data.len()));

        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let pieces = || cuts.windows(2).map(|ends| &stream[ends[0]..ends[1]]);
        let mut inflater = if small { Inflater::new() } else { Inflater::boxed() };
        let mut out = buffer();
        inflater.inflate(pieces(), &mut out).unwrap();
        prop_assert_eq!(&out[..], &data[..]);

        // Another encoder's streams, with codes of their own.
        let other = miniz_oxide::deflate::compress_to_vec_zlib(&data, level);
        let halves = other.split_at(cuts[cuts.len() / 2].min(other.len()));
        inflater.inflate([halves.0, halves.1].into_iter(), &mut out).unwrap();
        prop_assert_eq!(&out[..], &data[..]);

        // With less room than the data takes, a stream is refused and nothing worse. (Into no room
        // at all goes nothing, not even nothing.)
        let mut memory = vec![0; room.index(data.len() + 1).max(1)];
        let len = memory.len();
        let mut small = Buffer::new(Slab::borrowed(&mut memory));
        let result = inflater.inflate(pieces(), &mut small);
        // Where the room is used up to the last byte, a stream in pieces may seem to hold more.
        let expected = if len < data.len() { Err(BadStream::TooLong) } else { Ok(()) };
        if len != data.len() || cuts.len() == 2 {
            prop_assert_eq!(result, expected);
        }

        // So is one with less room than the stream takes, and one that was damaged.
        let len = stream.len();
        let mut memory = vec![0; room.index(len)];
        let mut small = Buffer::new(Slab::borrowed(&mut memory));
        prop_assert_eq!(deflater.deflate(&data, &mut small), Err(Full));
        let (place, bit) = flip;
        let mut damaged = stream.to_vec();
        damaged[place.index(len)] ^= 1 << bit;
        if inflater.inflate([&damaged[..]].into_iter(), &mut out).is_ok() {
            prop_assert_eq!(&out[..], &data[..], "a damaged stream gives other data");
        }
        // Both decoders agree on what is a stream, whatever its checksum says.
        let mut damaged = other.clone();
        damaged[place.index(other.len())] ^= 1 << bit;
        let results = [Inflater::new(), Inflater::boxed()].map(|mut inflater| {
            let read = inflater.inflate([&damaged[..]].into_iter(), &mut out);
            (read.is_ok(), if read.is_ok() { out.to_vec() } else { Vec::new() })
        });
        prop_assert_eq!(&results[0], &results[1]);
    }
}

/// Noise, runs and repetitions.
fn compressible() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        vec(any::<u8>(), 0..60),
        (any::<u8>(), 0..400_usize).prop_map(|(byte, count)| vec![byte; count]),
        (vec(any::<u8>(), 1..20), 0..40_usize).prop_map(|(bytes, count)| bytes.repeat(count)),
    ];
    vec(part, 0..5).prop_map(|parts| parts.concat())
}

fn buffer() -> Buffer<'static> {
    Buffer::new(Slab::growable(1 << 20))
}
