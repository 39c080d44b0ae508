//! The server's end: what the user typed, in order and each event once.

use super::Position;
use super::ring::{FACTS, FactBytes, RESIZE, RESIZE_LEN, Ring, cut};
use crate::storage::{Full, Slab};
use crate::transport::{BadDiff, Incoming};
use crate::wire::mosh::user;

/// The events that arrived, held until they are read.
///
/// States overlap, arrive late or not at all, so each is a position in one common stream: what an
/// instruction brings that is held already is skipped.
///
/// # Differences
///
/// Mosh gives the program keys and sizes in the order of the user's doing. Here a size does not
/// wait for the keys before it: a program that does not read its keys would else be drawn in a
/// window of the wrong size. Keys and the signal of a new size reach a program through different
/// channels anyway.
#[derive(Debug)]
pub struct KeyStream<'s> {
    ring: Ring<'s>,
    readable: Position,
    /// The newest readable size, columns and rows, that was not taken yet.
    size: Option<(u16, u16)>,
    /// The newest facts that came and were not taken, and where they stand in the stream.
    facts: Option<(Position, FactBytes)>,
    bad_sizes: u64,
}

crate::log::defmt_format!(KeyStream<'_>, it => "KeyStream({} to {})", it.readable, it.ring.end());

impl<'s> KeyStream<'s> {
    /// Returns an empty stream that can hold as many unread keys as `words` has items.
    #[must_use]
    pub fn new(words: Slab<'s, u16>) -> Self {
        let (readable, bad_sizes) = (Position(0), 0);
        Self { ring: Ring::new(words), readable, size: None, facts: None, bad_sizes }
    }

    /// Forgets all events: another peer's stream begins.
    pub fn begin_again(&mut self) {
        self.ring.begin_again();
        (self.readable, self.size, self.facts) = (Position(0), None, None);
    }

    /// Makes the events up to `newest` readable; returns whether there were any.
    pub fn deliver_to(&mut self, newest: &Position) -> bool {
        debug_assert!(*newest <= self.ring.end(), "states end within the stream");
        let mut at = self.readable.max(self.ring.start());
        let fresh = *newest > self.readable;
        self.readable = self.readable.max(*newest);
        while at < self.readable {
            at.0 += match self.size_at(at) {
                Some(size) => {
                    self.size = Some(size);
                    RESIZE_LEN as u64
                }
                None => 1,
            };
        }
        fresh
    }

    /// Makes readable what came of a state that had [no room](Incoming::apply_diff); returns
    /// whether there was anything.
    pub fn deliver_part(&mut self) -> bool {
        let end = self.ring.end();
        self.deliver_to(&end)
    }

    /// The size that begins at `at`, if one does and is readable to its end: a peer that tells two
    /// stories of one position can leave parts of sizes behind.
    fn size_at(&self, at: Position) -> Option<(u16, u16)> {
        let whole = at.0 + RESIZE_LEN as u64 <= self.readable.0;
        (whole && self.ring.word(at) == RESIZE).then(|| {
            let word = |index| self.ring.word(Position(at.0 + index)).max(1);
            (word(1), word(2))
        })
    }

    /// Takes the next key.
    pub fn next_key(&mut self) -> Option<u8> {
        let mut at = self.ring.start();
        while at < self.readable {
            at.0 += match self.size_at(at) {
                Some(_) => RESIZE_LEN as u64,
                None if self.ring.word(at) == FACTS => 1,
                None => break,
            };
        }
        let key = (at < self.readable).then(|| (self.ring.word(at) & 0xff) as u8);
        self.ring.forget_before(Position(at.0 + u64::from(key.is_some())));
        key
    }

    /// Takes the newest window size, columns and rows, if there is one: at least 1x1 but possibly
    /// absurdly large.
    pub fn take_size(&mut self) -> Option<(u16, u16)> {
        self.size.take()
    }

    /// Takes the newest facts about the user's terminal, if there are any; they do not wait for the
    /// keys before them either.
    pub fn take_facts(&mut self) -> Option<impl AsRef<[u8]> + use<>> {
        self.facts.take_if(|(at, _)| *at < self.readable).map(|(_, facts)| facts)
    }

    /// Window sizes without columns or rows that were left out.
    #[must_use]
    pub fn bad_sizes(&self) -> u64 {
        self.bad_sizes
    }
}

impl Incoming for KeyStream<'_> {
    type Snapshot = Position;

    fn initial(&mut self) -> Result<Position, Full> {
        Ok(Position(0))
    }

    fn apply_diff(&mut self, base: &Position, diff: &[u8]) -> Result<Position, BadDiff> {
        // First count and check everything, so that an error leaves nothing half done.
        let mut end = *base;
        let mut bad_sizes = 0;
        for event in user::Events::new(diff) {
            match event.map_err(|_| BadDiff::Malformed)? {
                user::Event::Keys(keys) => end.0 += keys.len() as u64,
                user::Event::Resize { width, height } => match size(width, height) {
                    Some(_) => end.0 += RESIZE_LEN as u64,
                    None => bad_sizes += 1,
                },
                user::Event::Facts(_) => end.0 += 1,
            }
        }
        let held = self.ring.end();
        let fresh = usize::try_from(end.0.saturating_sub(held.0)).map_err(|_| BadDiff::Full)?;
        if fresh == 0 {
            return Ok(end);
        }
        // Where not all fits, what is read makes room for the rest, which the peer repeats.
        let room = self.ring.reserve(fresh).map_or_else(|Full| self.ring.room(), |()| fresh);
        let mut stop = Position(held.0 + room as u64);
        let mut at = *base;
        // Returns the place of an event that was not held.
        let mut push = |words: &[u16]| {
            let place = at;
            at.0 += words.len() as u64;
            if at > stop {
                // Half a size is none.
                stop = Position(0);
                return None;
            }
            // What is held is the same: the peer's stream only ever grows.
            let skipped = usize::try_from(held.0.saturating_sub(place.0)).unwrap_or(usize::MAX);
            for &word in words.get(skipped..)? {
                self.ring.push(word);
            }
            (place >= held).then_some(place)
        };
        for event in user::Events::new(diff).flatten() {
            match event {
                user::Event::Keys(keys) => {
                    for &key in keys {
                        push(&[key.into()]);
                    }
                }
                user::Event::Resize { width, height } => {
                    if let Some((columns, rows)) = size(width, height) {
                        push(&[RESIZE, columns, rows]);
                    }
                }
                user::Event::Facts(facts) => {
                    if let Some(place) = push(&[FACTS]) {
                        self.facts = Some((place, cut(facts)));
                    }
                }
            }
        }
        if room < fresh {
            return Err(BadDiff::Full);
        }
        debug_assert_eq!(self.ring.end(), end, "as counted");
        self.bad_sizes += bad_sizes;
        Ok(end)
    }

    fn forget(&mut self, _snapshot: Position) {}
}

/// Takes what is a size at all, cut to what the types can hold.
fn size(width: i32, height: i32) -> Option<(u16, u16)> {
    let cut = |value: i32| u16::try_from(value.min(u16::MAX.into())).ok().filter(|&v| v > 0);
    Some((cut(width)?, cut(height)?))
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::vec::Vec;

    use super::*;
    use crate::storage::Buffer;

    #[test]
    fn overlapping_states_deliver_each_event_once() {
        let mut memory = [0; 16];
        let mut stream = KeyStream::new(Slab::borrowed(&mut memory));
        let zero = stream.initial().unwrap();
        let one = stream.apply_diff(&zero, &keys(b"a")).unwrap();
        stream.deliver_to(&one);
        assert_eq!(read(&mut stream), b"a");
        let two = stream.apply_diff(&zero, &keys(b"abc")).unwrap();
        let late = stream.apply_diff(&one, &keys(b"b")).unwrap();
        assert_eq!(read(&mut stream), b"");
        assert!(stream.deliver_to(&two));
        assert!(!stream.deliver_to(&late));
        assert_eq!(read(&mut stream), b"bc");
    }

    #[test]
    fn what_does_not_fit_comes_in_parts() {
        let mut memory = [0; 8];
        let mut stream = KeyStream::new(Slab::borrowed(&mut memory));
        let zero = stream.initial().unwrap();
        let size = b"\x0a\x07\x1a\x05\x28\x84\x01\x30\x2b";
        let diff = [&keys(b"abcdef"), &size[..], &keys(b"ghijklmnopqrst")].concat();
        let mut parts = Vec::new();
        let newest = loop {
            match stream.apply_diff(&zero, &diff) {
                Ok(newest) => break newest,
                Err(bad) => assert_eq!(bad, BadDiff::Full),
            }
            // The peer repeats all of it, which adds nothing as long as nobody reads.
            assert_eq!(stream.apply_diff(&zero, &diff), Err(BadDiff::Full));
            assert!(stream.deliver_part());
            assert!(!stream.deliver_part());
            parts.push((read(&mut stream), stream.take_size()));
        };
        stream.deliver_to(&newest);
        parts.push((read(&mut stream), stream.take_size()));
        // A size is not cut in two.
        let part = |keys: &[u8], size| (keys.to_vec(), size);
        let expected =
            [part(b"abcdef", None), part(b"ghijk", Some((132, 43))), part(b"lmnopqrs", None)];
        assert_eq!(parts[..3], expected);
        assert_eq!(parts[3..], [part(b"t", None)]);
    }

    #[test]
    fn a_size_overtakes_the_keys_before_it() {
        let mut memory = [0; 16];
        let mut stream = KeyStream::new(Slab::borrowed(&mut memory));
        let diff = b"\x0a\x06\x12\x04\x22\x02ab\x0a\x07\x1a\x05\x28\x84\x01\x30\x2b\x0a\x05\x12\x03\x22\x01c";
        let newest = stream.apply_diff(&Position(0), diff).unwrap();
        stream.deliver_to(&newest);
        assert_eq!(stream.take_size(), Some((132, 43)));
        assert_eq!(stream.take_size(), None);
        assert_eq!(read(&mut stream), b"abc");
    }

    #[test]
    fn sizes_without_an_area_are_left_out_and_absurd_ones_cut() {
        let mut memory = [0; 16];
        let mut stream = KeyStream::new(Slab::borrowed(&mut memory));
        let diff =
            b"\x0a\x06\x1a\x04\x28\x00\x30\x18\x0a\x0b\x1a\x09\x28\xff\xff\xff\xff\x07\x30\x80\x01";
        let newest = stream.apply_diff(&Position(0), diff).unwrap();
        stream.deliver_to(&newest);
        assert_eq!(stream.take_size(), Some((u16::MAX, 128)));
        assert_eq!(read(&mut stream), b"");
        assert_eq!(stream.bad_sizes(), 1);
    }

    #[test]
    fn the_newest_facts_are_taken_once_they_are_readable() {
        let told = |facts: &[u8]| {
            let mut memory = [0; 256];
            let mut out = Buffer::new(Slab::borrowed(&mut memory));
            user::put_facts(&mut out, facts).unwrap();
            out.to_vec()
        };
        let take = |stream: &mut KeyStream<'_>| stream.take_facts().map(|it| it.as_ref().to_vec());
        let mut memory = [0; 16];
        let mut stream = KeyStream::new(Slab::borrowed(&mut memory));
        let diff = [&keys(b"a")[..], &told(b"red"), &keys(b"b")].concat();
        let one = stream.apply_diff(&Position(0), &diff).unwrap();
        assert_eq!(take(&mut stream), None);
        stream.deliver_to(&one);
        assert_eq!(take(&mut stream).as_deref(), Some(&b"red"[..]));
        assert_eq!(take(&mut stream), None);
        // The same place told again, and one more behind it.
        let again = [&diff[..], &told(&[b'x'; 200])].concat();
        let two = stream.apply_diff(&Position(0), &again).unwrap();
        assert_eq!(two, Position(4));
        stream.deliver_to(&two);
        assert_eq!(take(&mut stream).as_deref(), Some(&[b'x'; 128][..]));
        assert_eq!(read(&mut stream), b"ab");
        assert_eq!(stream.ring.start(), two, "facts leave the ring with what was read");
    }

    #[test]
    fn what_cannot_be_taken_changes_nothing() {
        let mut memory = [0; 4];
        let mut stream = KeyStream::new(Slab::borrowed(&mut memory));
        assert_eq!(stream.apply_diff(&Position(0), &keys(b"abcde")), Err(BadDiff::Full));
        let torn = [&keys(b"abc")[..], &[0x0a, 9]].concat();
        assert_eq!(stream.apply_diff(&Position(0), &torn), Err(BadDiff::Malformed));
        assert_eq!(stream.apply_diff(&Position(0), &keys(b"abcd")), Ok(Position(4)));
    }

    fn read(stream: &mut KeyStream<'_>) -> Vec<u8> {
        core::iter::from_fn(|| stream.next_key()).collect()
    }

    fn keys(keys: &[u8]) -> Vec<u8> {
        let len = u8::try_from(keys.len()).unwrap();
        [&[0x0a, len + 4, 0x12, len + 2, 0x22, len], keys].concat()
    }
}
