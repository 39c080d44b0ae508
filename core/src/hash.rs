//! FNV-1a with 32 bits (draft-eastlake-fnv): numbers for short texts, where whoever makes them
//! collide slows down nobody but itself.

/// The hash of nothing.
pub(crate) const EMPTY: u32 = 0x811c_9dc5;

/// Returns the hash of what `hash` stands for and `bytes` behind it.
pub(crate) fn fnv1a<'b>(hash: u32, bytes: impl IntoIterator<Item = &'b u8>) -> u32 {
    bytes.into_iter().fold(hash, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors() {
        for (text, hash) in [("", 0x811c_9dc5), ("a", 0xe40c_292c), ("foobar", 0xbf9c_f968)] {
            assert_eq!(fnv1a(EMPTY, text.as_bytes()), hash, "{text}");
        }
    }
}
