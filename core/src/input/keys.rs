//! The client's end: what the user typed and has not been acknowledged.

use super::Position;
use super::ring::{FACTS, FactBytes, RESIZE, RESIZE_LEN, Ring, cut};
use crate::storage::{Buffer, Full, Slab};
use crate::transport::Outgoing;
use crate::wire::mosh::user;

/// The user's keys and window sizes, and facts about the terminal, on their way to the server.
///
/// # Differences
///
/// Mosh puts everything that was typed into one instruction, however long. A pasted page then
/// needs dozens of fragments to arrive together, which on a lossy link never happens. Here a
/// state reaches at most `STEP` events beyond the one before and `WINDOW` beyond what is
/// acknowledged.
#[derive(Debug)]
pub struct Keys<'s> {
    ring: Ring<'s>,
    /// The furthest snapshot. States must not shrink: a server has acted on what they held.
    sent: Position,
    /// The newest facts, and where in the stream they were told last.
    facts: FactBytes,
    told: Option<Position>,
    /// There are newer facts than those that were told there.
    facts_due: bool,
}

crate::log::defmt_format!(Keys<'_>, it => "Keys({} to {})", it.sent, it.ring.end());

impl<'s> Keys<'s> {
    /// Returns an empty stream that can hold as many unacknowledged keys as `words` has items.
    ///
    /// The diff of a full stream takes up to four bytes for each, which the transport's message
    /// buffer must hold.
    #[must_use]
    pub fn new(words: Slab<'s, u16>) -> Self {
        let sent = Position(0);
        Self { ring: Ring::new(words), sent, facts: FactBytes::new(), told: None, facts_due: false }
    }

    /// Appends bytes from the keyboard.
    ///
    /// # Errors
    ///
    /// [`Full`] if they do not all fit; nothing is appended then. Try again when the server has
    /// acknowledged some.
    pub fn push_keys(&mut self, keys: &[u8]) -> Result<(), Full> {
        self.ring.reserve(keys.len())?;
        for &key in keys {
            self.ring.push(key.into());
        }
        Ok(())
    }

    /// Appends a new window size. A size without columns or rows is not one, and does nothing.
    ///
    /// # Errors
    ///
    /// [`Full`] if it does not fit.
    pub fn push_resize(&mut self, columns: u16, rows: u16) -> Result<(), Full> {
        // A mosh 1.4 server aborts on zero.
        if columns == 0 || rows == 0 {
            return Ok(());
        }
        self.ring.reserve(RESIZE_LEN)?;
        for word in [RESIZE, columns, rows] {
            self.ring.push(word);
        }
        Ok(())
    }

    /// Tells the server what is known of the user's terminal.
    ///
    /// The newest facts are what counts, so only one event of this kind is ever under way: others
    /// wait for its acknowledgement, or for room, and only the last of them is sent.
    pub fn tell_facts(&mut self, facts: &[u8]) {
        self.facts = cut(facts);
        // What no state holds yet can still change.
        self.facts_due = self.told.is_none_or(|at| at < self.sent);
        self.place_facts();
    }

    /// Appends the event for facts that are due, if it is its turn.
    fn place_facts(&mut self) {
        let under_way = self.told.is_some_and(|at| at >= self.ring.start());
        if self.facts_due && !under_way && self.ring.reserve(1).is_ok() {
            self.told = Some(self.ring.end());
            self.ring.push(FACTS);
            self.facts_due = false;
        }
    }

    /// How many more keys fit.
    #[must_use]
    pub fn room(&self) -> usize {
        self.ring.max_len() - (self.ring.end().0 - self.ring.start().0) as usize
    }

    /// Where the current state ends: not always with the last key.
    fn target(&self) -> Position {
        let step = self.sent.0.saturating_add(STEP);
        let window = self.ring.start().0.saturating_add(WINDOW);
        let limit = Position(step.min(window)).max(self.sent);
        if self.ring.end() <= limit {
            return self.ring.end();
        }
        // A resize is not to be cut: its words lie within the last two places before the limit.
        let mut at = Position(limit.0.saturating_sub(RESIZE_LEN as u64 - 1)).max(self.sent);
        while at < limit {
            if self.ring.word(at) == RESIZE {
                break;
            }
            at.0 += 1;
        }
        if at == self.sent { limit } else { at }
    }

    /// Calls `visit` with each event from `base` to the current state: keys as where they lie.
    fn runs(&self, base: Position) -> Runs<'_, 's> {
        Runs { ring: &self.ring, at: base.max(self.ring.start()), end: self.target() }
    }
}

impl Outgoing for Keys<'_> {
    type Snapshot = Position;

    fn snapshot(&mut self) -> Result<Position, Full> {
        self.sent = self.target();
        Ok(self.sent)
    }

    fn differs(&self, base: &Position) -> bool {
        self.target() != *base
    }

    fn diff_len(&self, base: &Position, at_most: usize) -> usize {
        let mut len = 0;
        for run in self.runs(*base) {
            len += match run {
                Run::Keys(from, to) => user::keys_len((to.0 - from.0) as usize),
                Run::Resize(columns, rows) => user::resize_len(columns, rows),
                Run::Facts => user::facts_len(self.facts.len()),
            };
            if len > at_most {
                break;
            }
        }
        len
    }

    fn write_diff(
        &mut self,
        base: &Position,
        out: &mut Buffer<'_>,
    ) -> Result<Option<Position>, Full> {
        for run in self.runs(*base) {
            match run {
                Run::Keys(from, to) => {
                    user::put_keys_head(out, (to.0 - from.0) as usize)?;
                    for at in from.0..to.0 {
                        let key = self.ring.word(Position(at));
                        out.extend(&[(key & 0xff) as u8])?;
                    }
                }
                Run::Resize(columns, rows) => user::put_resize(out, columns, rows)?,
                Run::Facts => user::put_facts(out, &self.facts)?,
            }
        }
        Ok(None)
    }

    fn forget(&mut self, _snapshot: Position) {}

    fn acknowledged(&mut self, front: &Position) {
        self.ring.forget_before(*front);
        self.place_facts();
    }
}

/// Events of one kind in a row.
enum Run {
    Keys(Position, Position),
    Resize(u16, u16),
    Facts,
}

struct Runs<'a, 's> {
    ring: &'a Ring<'s>,
    at: Position,
    end: Position,
}

impl Iterator for Runs<'_, '_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        if self.at >= self.end {
            return None;
        }
        let from = self.at;
        if self.ring.word(from) == RESIZE {
            self.at.0 += RESIZE_LEN as u64;
            let columns = self.ring.word(Position(from.0 + 1));
            return Some(Run::Resize(columns, self.ring.word(Position(from.0 + 2))));
        }
        if self.ring.word(from) == FACTS {
            self.at.0 += 1;
            return Some(Run::Facts);
        }
        while self.at < self.end && self.ring.word(self.at) < RESIZE {
            self.at.0 += 1;
        }
        Some(Run::Keys(from, self.at))
    }
}

/// Events that one state adds at most: as many as some four datagrams hold.
const STEP: u64 = 4096;
/// Events that may be unacknowledged, unless they are kept back.
const WINDOW: u64 = 16384;

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn diffs_hold_what_is_beyond_the_base() {
        let mut memory = [0; 16];
        let mut keys = Keys::new(Slab::borrowed(&mut memory));
        let start = keys.snapshot().unwrap();
        keys.push_keys(b"ab").unwrap();
        let two = keys.snapshot().unwrap();
        keys.push_resize(132, 43).unwrap();
        keys.push_keys(b"c").unwrap();
        for (base, expected) in [
            (start, &b"\x0a\x06\x12\x04\x22\x02ab\x0a\x07\x1a\x05\x28\x84\x01\x30\x2b\x0a\x05\x12\x03\x22\x01c"[..]),
            (two, b"\x0a\x07\x1a\x05\x28\x84\x01\x30\x2b\x0a\x05\x12\x03\x22\x01c"),
        ] {
            assert_eq!(diff(&mut keys, base), expected);
            assert_eq!(keys.diff_len(&base, usize::MAX), expected.len());
            assert!(keys.differs(&base));
        }
        let end = keys.snapshot().unwrap();
        assert!(!keys.differs(&end));
        assert_eq!(diff(&mut keys, end), b"");
    }

    #[test]
    fn sizes_without_an_area_are_not_sent() {
        let mut memory = [0; 16];
        let mut keys = Keys::new(Slab::borrowed(&mut memory));
        keys.push_resize(0, 24).unwrap();
        keys.push_resize(80, 0).unwrap();
        assert!(!keys.differs(&Position(0)));
    }

    #[test]
    fn a_full_ring_takes_keys_again_after_acknowledgement() {
        let mut memory = [0; 4];
        let mut keys = Keys::new(Slab::borrowed(&mut memory));
        keys.push_keys(b"abcd").unwrap();
        assert_eq!(keys.push_keys(b"e"), Err(Full));
        assert_eq!(keys.push_resize(80, 24), Err(Full));
        let front = keys.snapshot().unwrap();
        keys.acknowledged(&front);
        assert_eq!(keys.room(), 4);
        keys.push_keys(b"efgh").unwrap();
        assert_eq!(diff(&mut keys, front), b"\x0a\x08\x12\x06\x22\x04efgh");
    }

    #[test]
    fn a_long_paste_goes_in_steps_that_never_shrink() {
        let mut memory = vec![0; 100_000];
        let mut keys = Keys::new(Slab::borrowed(&mut memory));
        keys.push_keys(&vec![b'x'; 4095]).unwrap();
        keys.push_resize(80, 24).unwrap();
        keys.push_keys(&vec![b'x'; 50_000]).unwrap();
        // The resize would be cut in two, so it waits for the next step.
        assert_eq!(keys.snapshot(), Ok(Position(4095)));
        let mut last = Position(4095);
        for _ in 0..10 {
            let next = keys.snapshot().unwrap();
            assert!(next >= last && next.0 <= last.0 + STEP);
            last = next;
        }
        assert_eq!(last, Position(WINDOW));
        assert!(!keys.differs(&last));
        keys.acknowledged(&Position(8191));
        assert!(keys.differs(&last));
    }

    #[test]
    fn only_the_newest_facts_are_sent_and_one_event_at_a_time() {
        let mut memory = [0; 8];
        let mut keys = Keys::new(Slab::borrowed(&mut memory));
        let start = keys.snapshot().unwrap();
        keys.tell_facts(b"red");
        keys.push_keys(b"x").unwrap();
        keys.tell_facts(b"green");
        let green = b"\x0a\x08\x92\x03\x05green";
        let key = b"\x0a\x05\x12\x03\x22\x01x";
        assert_eq!(diff(&mut keys, start), [&green[..], key].concat());
        assert_eq!(keys.diff_len(&start, 100), green.len() + key.len());
        let first = keys.snapshot().unwrap();
        keys.tell_facts(b"blue");
        keys.tell_facts(b"black");
        assert!(!keys.differs(&first), "the first facts are under way");
        keys.acknowledged(&first);
        assert!(keys.differs(&first));
        assert_eq!(diff(&mut keys, first), b"\x0a\x08\x92\x03\x05black");
        let second = keys.snapshot().unwrap();
        keys.acknowledged(&second);
        assert!(!keys.differs(&second));
    }

    #[test]
    fn facts_wait_for_room() {
        let mut memory = [0; 2];
        let mut keys = Keys::new(Slab::borrowed(&mut memory));
        keys.push_keys(b"ab").unwrap();
        keys.tell_facts(&[b'x'; 200]);
        let full = keys.snapshot().unwrap();
        keys.acknowledged(&full);
        let cut = [&b"\x0a\x84\x01\x92\x03\x80\x01"[..], &[b'x'; 128]].concat();
        assert_eq!(diff(&mut keys, full), cut);
    }

    fn diff(keys: &mut Keys<'_>, base: Position) -> Vec<u8> {
        let mut memory = [0; 256];
        let mut out = Buffer::new(Slab::borrowed(&mut memory));
        assert_eq!(keys.write_diff(&base, &mut out), Ok(None));
        out.to_vec()
    }
}
