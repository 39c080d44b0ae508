//! Random programs, shown by ours and by Alacritty's.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::differences::Both;
use super::program::program;

proptest! {
    #![proptest_config(super::cases(4000))]

    #[test]
    fn random_programs_look_as_in_alacritty(
        size in (2..14_u16, 1..8_u16),
        pieces in program(),
        cuts in vec(any::<Index>(), 0..8),
    ) {
        let bytes: Vec<u8> = pieces.into_iter().flat_map(|it| it.0).collect();
        let mut both = Both::new(&bytes, size, true);
        both.write(&bytes, &cuts);
        let (own, other) = both.pictures();
        let found = own.differences(&other, 8);
        prop_assert!(found.is_empty(), "{size:?} b\"{}\":\n{found}", bytes.escape_ascii());
    }
}
