//! The simplest state there is to synchronise: a number that rises.

use std::collections::BTreeSet;

use mosh_core::storage::{Buffer, Full};
use mosh_core::transport::{BadDiff, Incoming, Outgoing};

/// A handle on a state: a name of its own, so that a handle given back twice is noticed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    name: u64,
    pub(crate) value: u64,
}

/// Hands out handles, and takes each back once.
#[derive(Debug)]
struct Handles {
    next: u64,
    live: BTreeSet<u64>,
    most: usize,
}

impl Handles {
    fn new(most: usize) -> Self {
        Self { next: 0, live: BTreeSet::new(), most }
    }

    fn take(&mut self, value: u64) -> Result<Snapshot, Full> {
        if self.live.len() == self.most {
            return Err(Full);
        }
        self.next += 1;
        self.live.insert(self.next);
        Ok(Snapshot { name: self.next, value })
    }

    fn check(&self, snapshot: &Snapshot) {
        assert!(self.live.contains(&snapshot.name), "{snapshot:?} was given back");
    }

    fn give_back(&mut self, snapshot: &Snapshot) {
        assert!(self.live.remove(&snapshot.name), "{snapshot:?} is given back twice");
    }
}

/// A step that is never too short.
pub(crate) const WHOLE: u64 = u64::MAX >> 1;

/// A number that its owner raises.
#[derive(Debug)]
pub(crate) struct Counter {
    value: u64,
    /// Everything it has been, and states on the way to it that were sent.
    pub(crate) history: BTreeSet<u64>,
    /// How far a diff reaches at most.
    step: u64,
    handles: Handles,
}

impl Counter {
    pub(crate) fn new(step: u64, most: usize) -> Self {
        Self { value: 0, history: [0].into(), step, handles: Handles::new(most) }
    }

    pub(crate) fn raise(&mut self, by: u64) {
        self.value += by;
        self.history.insert(self.value);
    }

    /// Whether a diff may stop before it reaches the present state.
    pub(crate) fn is_stepwise(&self) -> bool {
        self.step < WHOLE
    }

    pub(crate) fn value(&self) -> u64 {
        self.value
    }

    /// The state that a diff from `base` reaches.
    fn reached(&self, base: &Snapshot) -> u64 {
        self.value.min(base.value + self.step)
    }

    pub(crate) fn live(&self) -> usize {
        self.handles.live.len()
    }
}

impl Outgoing for Counter {
    type Snapshot = Snapshot;

    fn snapshot(&mut self) -> Result<Snapshot, Full> {
        self.handles.take(self.value)
    }

    fn differs(&self, base: &Snapshot) -> bool {
        self.handles.check(base);
        self.value != base.value
    }

    fn diff_len(&self, base: &Snapshot, _at_most: usize) -> usize {
        if self.differs(base) { diff(base.value, self.reached(base)).len() } else { 0 }
    }

    fn write_diff(
        &mut self,
        base: &Snapshot,
        out: &mut Buffer<'_>,
    ) -> Result<Option<Snapshot>, Full> {
        if !self.differs(base) {
            return Ok(None);
        }
        let reached = self.reached(base);
        out.extend(&diff(base.value, reached))?;
        if reached == self.value {
            return Ok(None);
        }
        let part = self.handles.take(reached)?;
        self.history.insert(reached);
        Ok(Some(part))
    }

    fn forget(&mut self, snapshot: Snapshot) {
        self.handles.give_back(&snapshot);
    }

    fn acknowledged(&mut self, front: &Snapshot) {
        self.handles.check(front);
    }
}

/// The other end's copy of it.
#[derive(Debug)]
pub(crate) struct Copy {
    handles: Handles,
}

impl Copy {
    pub(crate) fn new(most: usize) -> Self {
        Self { handles: Handles::new(most) }
    }

    pub(crate) fn live(&self) -> usize {
        self.handles.live.len()
    }
}

impl Incoming for Copy {
    type Snapshot = Snapshot;

    fn initial(&mut self) -> Result<Snapshot, Full> {
        self.handles.take(0)
    }

    fn apply_diff(&mut self, base: &Snapshot, bytes: &[u8]) -> Result<Snapshot, BadDiff> {
        self.handles.check(base);
        if bytes.is_empty() {
            return Ok(self.handles.take(base.value)?);
        }
        let number = |range| bytes.get(range).map(|bytes: &[u8]| bytes.try_into().unwrap());
        let [from, to] = [number(0..8), number(8..16)]
            .map(|bytes| u64::from_be_bytes(bytes.expect("a diff has two numbers")));
        assert_eq!(from, base.value, "a diff meets the state that it was made from");
        assert!(bytes == diff(from, to), "a diff comes as it was written");
        Ok(self.handles.take(to)?)
    }

    fn forget(&mut self, snapshot: Snapshot) {
        self.handles.give_back(&snapshot);
    }
}

/// Both numbers, and up to 280 bytes that follow from them and hardly shrink.
fn diff(from: u64, to: u64) -> Vec<u8> {
    let mut bytes = [from.to_be_bytes(), to.to_be_bytes()].concat();
    let mut random = from.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ to | 1;
    for _ in 0..(to * 7 % 36) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        bytes.extend(random.to_be_bytes());
    }
    bytes
}
