//! Fragments until an instruction is complete.
//!
//! One instruction is collected at a time: a fragment of any other one, newer or older, starts
//! afresh, for what it replaces will be sent again.

use super::Piece;
use crate::storage::{Buffer, Slab};
use crate::wire::fragment::Fragment;

#[derive(Debug)]
pub(super) struct Reassembly<'s> {
    bytes: Buffer<'s>,
    pieces: Slab<'s, Piece>,
    id: u64,
    /// Fragments held, and one more than the highest number among them.
    count: usize,
    len: usize,
    /// How many there are, once the last one is here.
    total: Option<usize>,
}

/// Why what was collected is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadFragment {
    /// The fragment cannot belong to it.
    Contradiction,
    /// The instruction is too large for us.
    NoRoom,
}

impl<'s> Reassembly<'s> {
    pub(super) fn new(bytes: Buffer<'s>, pieces: Slab<'s, Piece>) -> Self {
        // No sender comes to the last id.
        Self { bytes, pieces, id: u64::MAX, count: 0, len: 0, total: None }
    }

    /// Takes a fragment. Returns the pieces of the instruction if it is complete with this one.
    pub(super) fn add<'a>(
        &'a mut self,
        fragment: Fragment<'a>,
    ) -> Result<Option<Pieces<'a>>, BadFragment> {
        if fragment.id != self.id || self.total == Some(self.count) {
            self.clear();
            self.id = fragment.id;
        }
        if fragment.number == 0 && fragment.last && self.count == 0 {
            // Complete by itself: no need to copy it.
            return Ok(Some(Pieces::Whole(Some(fragment.contents))));
        }
        if let Err(bad) = self.store(&fragment) {
            self.clear();
            return Err(bad);
        }
        if self.total != Some(self.count) {
            return Ok(None);
        }
        Ok(Some(Pieces::Stored { bytes: &self.bytes, pieces: self.pieces[..self.count].iter() }))
    }

    fn store(&mut self, fragment: &Fragment<'_>) -> Result<(), BadFragment> {
        let index = usize::from(fragment.number);
        if let Some(piece) = self.pieces[..self.len].get(index)
            && let Some(held) = piece.of(&self.bytes)
        {
            let same =
                held == fragment.contents && fragment.last == (self.total == Some(index + 1));
            return if same { Ok(()) } else { Err(BadFragment::Contradiction) };
        }
        let beyond_end = self.total.is_some_and(|total| index >= total);
        let cuts_off = fragment.last && (self.total.is_some() || index + 1 < self.len);
        if beyond_end || cuts_off {
            return Err(BadFragment::Contradiction);
        }
        let len = u16::try_from(fragment.contents.len()).map_err(|_| BadFragment::NoRoom)?;
        let place = u32::try_from(self.bytes.len() + 1).map_err(|_| BadFragment::NoRoom)?;
        self.pieces.grow(index + 1).map_err(|_| BadFragment::NoRoom)?;
        self.bytes.extend(fragment.contents).map_err(|_| BadFragment::NoRoom)?;
        for piece in self.pieces[..=index].iter_mut().skip(self.len) {
            *piece = Piece::default();
        }
        self.pieces[index] = Piece { place, len };
        self.len = self.len.max(index + 1);
        self.count += 1;
        if fragment.last {
            self.total = Some(index + 1);
        }
        Ok(())
    }

    /// Drops what was collected, whatever id comes next.
    pub(super) fn reopen(&mut self) {
        self.clear();
        self.id = u64::MAX;
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink(KEPT_BYTES);
        self.pieces.shrink(self.pieces.len().min(KEPT_PIECES));
        (self.count, self.len, self.total) = (0, 0, None);
    }
}

impl Piece {
    fn of<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let start = usize::try_from(self.place).ok()?.checked_sub(1)?;
        bytes.get(start..start + usize::from(self.len))
    }
}

/// The contents of the fragments of an instruction in order.
pub(super) enum Pieces<'a> {
    Whole(Option<&'a [u8]>),
    Stored { bytes: &'a [u8], pieces: core::slice::Iter<'a, Piece> },
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        match self {
            Self::Whole(piece) => piece.take(),
            Self::Stored { bytes, pieces } => pieces.next().and_then(|piece| piece.of(bytes)),
        }
    }
}

/// Memory kept on the heap between instructions.
const KEPT_BYTES: usize = 16 << 10;
const KEPT_PIECES: usize = 16;

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn fragments_in_any_order_make_the_instruction() {
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
            with_reassembly(|reassembly| {
                let parts =
                    [part(7, 0, false, b"ab"), part(7, 1, false, b"cd"), part(7, 2, true, b"e")];
                assert_eq!(add(reassembly, parts[order[0]]), Ok(None));
                assert_eq!(add(reassembly, parts[order[0]]), Ok(None), "a duplicate");
                assert_eq!(add(reassembly, parts[order[1]]), Ok(None));
                assert_eq!(add(reassembly, parts[order[2]]), Ok(Some(b"abcde".to_vec())));
                // The same again is collected again.
                assert_eq!(add(reassembly, parts[order[0]]), Ok(None));
            });
        }
    }

    #[test]
    fn another_id_starts_afresh() {
        with_reassembly(|reassembly| {
            assert_eq!(add(reassembly, part(7, 0, false, b"ab")), Ok(None));
            assert_eq!(add(reassembly, part(6, 0, true, b"x")), Ok(Some(b"x".to_vec())));
            assert_eq!(add(reassembly, part(6, 0, true, b"x")), Ok(Some(b"x".to_vec())));
            assert_eq!(add(reassembly, part(7, 1, true, b"cd")), Ok(None));
        });
    }

    #[test]
    fn contradictions_drop_what_was_collected() {
        use BadFragment::{Contradiction, NoRoom};
        let first = part(7, 0, false, b"ab");
        for (held, bad, why) in [
            (first, part(7, 0, false, b"xy"), Contradiction),
            (first, part(7, 0, true, b"ab"), Contradiction),
            (part(7, 2, false, b"ef"), part(7, 1, true, b"cd"), Contradiction),
            (part(7, 1, true, b"cd"), part(7, 2, false, b"ef"), Contradiction),
            (part(7, 1, true, b"cd"), part(7, 2, true, b"ef"), Contradiction),
            (first, part(7, 1, false, b"more than there is room for"), NoRoom),
            (first, part(7, 4, false, b"too many pieces"), NoRoom),
        ] {
            with_reassembly(|reassembly| {
                assert_eq!(add(reassembly, held), Ok(None));
                assert_eq!(add(reassembly, bad), Err(why), "{bad:?}");
                assert_eq!(add(reassembly, first), Ok(None));
                assert_eq!(add(reassembly, part(7, 1, true, b"cd")), Ok(Some(b"abcd".to_vec())));
            });
        }
    }

    fn part(id: u64, number: u16, last: bool, contents: &[u8]) -> Fragment<'_> {
        Fragment { id, number, last, contents }
    }

    fn add(
        reassembly: &mut Reassembly<'_>,
        fragment: Fragment<'_>,
    ) -> Result<Option<Vec<u8>>, BadFragment> {
        Ok(reassembly.add(fragment)?.map(|pieces| pieces.flatten().copied().collect()))
    }

    fn with_reassembly(test: impl FnOnce(&mut Reassembly<'_>)) {
        let (mut bytes, mut pieces) = ([0; 16], [Piece::default(); 4]);
        let bytes = Buffer::new(Slab::borrowed(&mut bytes));
        test(&mut Reassembly::new(bytes, Slab::borrowed(&mut pieces)));
    }
}
