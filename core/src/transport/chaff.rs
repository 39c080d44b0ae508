//! Padding that blurs the length of datagrams.

/// A source of padding (SplitMix64). It is sealed with the rest, so it need not be hard to guess;
/// it has to differ from one instruction to the next.
#[derive(Debug)]
pub(super) struct Chaff {
    state: u64,
}

impl Chaff {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Returns 0 to 16 bytes, as mosh does.
    pub(super) fn draw(&mut self) -> heapless::Vec<u8, MAX_LEN> {
        let len = (self.next() % (MAX_LEN as u64 + 1)) as usize;
        let mut bytes = [0; MAX_LEN];
        bytes[..8].copy_from_slice(&self.next().to_be_bytes());
        bytes[8..].copy_from_slice(&self.next().to_be_bytes());
        bytes[..len].iter().copied().collect()
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

const MAX_LEN: usize = 16;
