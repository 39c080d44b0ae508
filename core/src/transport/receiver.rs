//! The states of the peer that we hold: any of them may be what the next diff builds on.

use core::time::Duration;

use super::{BadDiff, Counters, Discard, Held, Incoming, Received, StateNum};
use crate::storage::{Full, Slab};
use crate::time::Instant;
use crate::wire::mosh::Instruction;

pub(super) struct Receiver<'s, I: Incoming> {
    pub(super) incoming: I,
    /// The first `len` are occupied and sorted by number.
    held: Slab<'s, Option<Held<I::Snapshot>>>,
    len: usize,
}

/// What became of an instruction that makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Outcome {
    /// It made the newest state.
    Newest,
    /// It made a state that is older than the newest.
    Late,
    /// We hold the state already; it is the newest, or an older one.
    Duplicate { newest: bool },
    /// We do not hold what it builds on.
    UnknownBase,
}

impl<'s, I: Incoming> Receiver<'s, I> {
    pub(super) fn new(
        mut incoming: I,
        mut held: Slab<'s, Option<Held<I::Snapshot>>>,
        now: Instant,
    ) -> Result<Self, Full> {
        held.grow(1)?;
        let snapshot = incoming.initial()?;
        held[0] = Some(Held { num: StateNum::INITIAL, at: now, snapshot, acknowledged: now });
        Ok(Self { incoming, held, len: 1 })
    }

    /// Forgets every state, has the object begin again and takes its initial state.
    pub(super) fn reopen(
        &mut self,
        now: Instant,
        begin_again: impl FnOnce(&mut I),
    ) -> Result<(), Full> {
        for index in 0..self.len {
            self.forget(index);
        }
        self.len = 0;
        begin_again(&mut self.incoming);
        let snapshot = self.incoming.initial()?;
        let num = StateNum::INITIAL;
        self.held[0] = Some(Held { num, at: now, snapshot, acknowledged: now });
        self.len = 1;
        Ok(())
    }

    pub(super) fn handle(
        &mut self,
        now: Instant,
        instruction: &Instruction<'_>,
        late: bool,
        counters: &mut Counters,
    ) -> Result<Outcome, Discard> {
        let (old, new) = (StateNum(instruction.old_num), StateNum(instruction.new_num));
        if let Ok(index) = self.find(new) {
            counters.duplicates += 1;
            return Ok(Outcome::Duplicate { newest: index + 1 == self.len });
        }
        if self.find(old).is_err() {
            counters.unknown_base += 1;
            return Ok(Outcome::UnknownBase);
        }
        if instruction.throwaway_num > instruction.old_num || new < old {
            return Err(Discard::BadInstruction);
        }
        self.throw_away_below(StateNum(instruction.throwaway_num));
        // What a late packet says about the peer may have changed since.
        let stale = (!late).then_some(now);
        let snapshot = self.apply(stale, instruction, counters)?;
        let state = Held { num: new, at: now, snapshot, acknowledged: Held::<I::Snapshot>::NEVER };
        let place = self.find(new).expect_err("it was not held");
        self.held[self.len] = Some(state);
        self.held[place..=self.len].rotate_right(1);
        self.len += 1;
        counters.states_received += 1;
        Ok(if place + 1 == self.len { Outcome::Newest } else { Outcome::Late })
    }

    /// Makes a new state and the room for it in the list.
    fn apply(
        &mut self,
        stale: Option<Instant>,
        instruction: &Instruction<'_>,
        counters: &mut Counters,
    ) -> Result<I::Snapshot, Discard> {
        let base = StateNum(instruction.old_num);
        loop {
            let index = self.find(base).expect("the base is never forgotten here");
            let applied = self.held.grow(self.len + 1).map_err(BadDiff::from).and_then(|()| {
                let base = self.held[index].as_ref().expect("occupied up to its length");
                self.incoming.apply_diff(&base.snapshot, instruction.diff)
            });
            match applied {
                Ok(snapshot) => return Ok(snapshot),
                Err(BadDiff::Malformed) => return Err(Discard::BadDiff),
                Err(BadDiff::Full) => {
                    if !self.evict(stale, index, StateNum(instruction.throwaway_num)) {
                        counters.refused += 1;
                        return Err(Discard::Full);
                    }
                    counters.evicted += 1;
                }
            }
        }
    }

    /// Forgets the oldest state that the peer will not build on. It does build on the base of
    /// what comes, on what it does not let us throw away, and perhaps on what we told it that we
    /// hold. But where it was told long ago, and at `stale` still stands behind that, it has
    /// forgotten the state itself or never heard of it.
    fn evict(&mut self, stale: Option<Instant>, base: usize, front: StateNum) -> bool {
        let unused = |held: &Held<I::Snapshot>| match stale {
            _ if held.acknowledged == Held::<I::Snapshot>::NEVER => true,
            Some(now) => held.num != front && now - held.acknowledged > ACK_LIFETIME,
            None => false,
        };
        let spare = (0..self.len - 1)
            .find(|&index| index != base && self.held[index].as_ref().is_some_and(unused));
        if let Some(index) = spare {
            self.forget(index);
            self.held[index..self.len].rotate_left(1);
            self.len -= 1;
        }
        spare.is_some()
    }

    fn throw_away_below(&mut self, num: StateNum) {
        let count = self.find(num).unwrap_or_else(|place| place);
        if count == 0 {
            return;
        }
        for index in 0..count {
            self.forget(index);
        }
        self.held[..self.len].rotate_left(count);
        self.len -= count;
        debug_assert!(self.len > 0, "the base of the diff is not below what is thrown away");
        if self.held.len() > KEPT && self.len < KEPT {
            self.held.shrink(KEPT);
        }
    }

    fn forget(&mut self, index: usize) {
        if let Some(held) = self.held[index].take() {
            self.incoming.forget(held.snapshot);
        }
    }

    /// Notes that the peer is being told about the newest state.
    pub(super) fn mark_acknowledged(&mut self, now: Instant) {
        if let Some(held) = &mut self.held[self.len - 1] {
            held.acknowledged = now;
        }
    }

    pub(super) fn newest(&self) -> Received<'_, I::Snapshot> {
        let newest = self.held[self.len - 1].as_ref().expect("the list is never empty");
        Received { num: newest.num, at: newest.at, snapshot: &newest.snapshot }
    }

    pub(super) fn incoming_and_newest(&mut self) -> (&mut I, &I::Snapshot) {
        let newest = self.held[self.len - 1].as_ref().expect("the list is never empty");
        (&mut self.incoming, &newest.snapshot)
    }

    /// The states that are held, oldest first; checks that they are in order.
    pub(super) fn check(&self) -> impl Iterator<Item = &I::Snapshot> {
        let (held, rest) = self.held.split_at(self.len);
        assert!(rest.iter().all(Option::is_none), "nothing is beyond the length");
        let num = |held: &Option<Held<I::Snapshot>>| held.as_ref().map(|held| held.num);
        assert!(held.is_sorted_by(|a, b| num(a) < num(b)), "received states are in order");
        held.iter().flatten().map(|held| &held.snapshot)
    }

    #[cfg(test)]
    pub(super) fn nums(&self) -> impl Iterator<Item = u64> {
        self.held[..self.len].iter().flatten().map(|held| held.num.0)
    }

    fn find(&self, num: StateNum) -> Result<usize, usize> {
        self.held[..self.len]
            .binary_search_by_key(&num, |held| held.as_ref().map_or(StateNum::INITIAL, |h| h.num))
    }
}

impl<I: Incoming> core::fmt::Debug for Receiver<'_, I> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Receiver").field("len", &self.len).finish_non_exhaustive()
    }
}

/// How long an acknowledgement may be on its way, and a little.
const ACK_LIFETIME: Duration = Duration::from_secs(6);
/// Places kept on the heap while few are needed.
const KEPT: usize = 64;
