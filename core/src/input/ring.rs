//! Events of the user as words in a ring, addressed by their position since the session began.

use crate::storage::{Full, Slab};

/// A place in the stream of all events: everything before it has happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Position(pub(super) u64);

/// One event takes one word (a key, or [`FACTS`]) or three ([`RESIZE`], columns, rows).
#[derive(Debug)]
pub(super) struct Ring<'s> {
    words: Slab<'s, u16>,
    /// Index in `words` of the word at position `start`.
    head: usize,
    start: u64,
    len: usize,
}

impl<'s> Ring<'s> {
    pub(super) fn new(words: Slab<'s, u16>) -> Self {
        Self { words, head: 0, start: 0, len: 0 }
    }

    /// Forgets all words; the next one has the first position.
    pub(super) fn begin_again(&mut self) {
        (self.head, self.start, self.len) = (0, 0, 0);
    }

    /// Makes sure that `count` words can be appended.
    pub(super) fn reserve(&mut self, count: usize) -> Result<(), Full> {
        let old = self.words.len();
        let needed = self.len.checked_add(count).ok_or(Full)?;
        if needed > old {
            // Growth adds words at the end, so what is held has to start at the front.
            self.words.rotate_left(self.head);
            self.head = 0;
            self.words.grow(needed.max(SMALL.min(self.words.max_len())))?;
        }
        Ok(())
    }

    /// Words that can be appended to what is held, without growing.
    pub(super) fn room(&self) -> usize {
        self.words.len() - self.len
    }

    /// Appends a word for which there is room.
    pub(super) fn push(&mut self, word: u16) {
        debug_assert!(self.len < self.words.len(), "room was reserved");
        let index = (self.head + self.len) % self.words.len();
        self.words[index] = word;
        self.len += 1;
    }

    /// Forgets all words before `position`.
    pub(super) fn forget_before(&mut self, position: Position) {
        let count = usize::try_from(position.0.saturating_sub(self.start)).unwrap_or(usize::MAX);
        let count = count.min(self.len);
        self.len -= count;
        self.start += count as u64;
        if self.len == 0 {
            self.head = 0;
            self.words.shrink(self.words.len().min(SMALL));
        } else {
            self.head = (self.head + count) % self.words.len();
        }
    }

    /// The word at `position`, which must be held.
    pub(super) fn word(&self, position: Position) -> u16 {
        debug_assert!(position >= self.start() && position < self.end(), "position is held");
        let offset = (position.0 - self.start) as usize;
        self.words[(self.head + offset) % self.words.len()]
    }

    pub(super) fn start(&self) -> Position {
        Position(self.start)
    }

    pub(super) fn end(&self) -> Position {
        Position(self.start + self.len as u64)
    }

    /// The largest number of words that can be held.
    pub(super) fn max_len(&self) -> usize {
        self.words.max_len()
    }
}

/// A word that no key has: two more follow.
pub(super) const RESIZE: u16 = 0x100;
pub(super) const RESIZE_LEN: usize = 3;

/// A word that no key has: facts were told here. They are kept beside the ring, as only the newest
/// count.
pub(super) const FACTS: u16 = 0x101;

/// Facts about the user's terminal, as bytes. Longer ones are cut: what is behind is for newer
/// readers.
pub(super) type FactBytes = heapless::Vec<u8, MAX_FACTS>;
const MAX_FACTS: usize = 128;

/// Cuts facts to what is kept of them.
pub(super) fn cut(facts: &[u8]) -> FactBytes {
    facts.iter().copied().take(MAX_FACTS).collect()
}

/// Words kept on the heap while there is nothing to hold.
const SMALL: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_survive_wrapping_around() {
        let mut memory = [0; 5];
        let mut ring = Ring::new(Slab::borrowed(&mut memory));
        for round in 0..7_u16 {
            ring.reserve(3).unwrap();
            let start = ring.end();
            for word in 0..3 {
                ring.push(round * 10 + word);
            }
            assert_eq!(ring.reserve(3), Err(Full));
            for word in 0..3 {
                assert_eq!(ring.word(Position(start.0 + u64::from(word))), round * 10 + word);
            }
            ring.forget_before(ring.end());
            ring.reserve(2).unwrap();
        }
        assert_eq!(ring.end(), Position(21));
    }
}
