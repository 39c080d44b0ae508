//! Which of our states the peer may hold, and what to tell it next.

mod reopen;
mod schedule;

use core::time::Duration;

use super::delivery::Delivery;
use super::rtt::RoundTrip;
use super::timer::{Timer, Timers};
use super::{Counters, Outgoing, Role, StateNum, Timing};
use crate::storage::{Buffer, Full};
use crate::time::Instant;
use crate::wire::mosh::{Instruction, Offer, PROTOCOL_VERSION};

/// The history of one object that is sent.
pub(super) struct Sender<O: Outgoing> {
    pub(super) outgoing: O,
    pub(super) timers: Timers,
    timing: Timing,
    /// Oldest first and never empty. The first is the newest that the peer has acknowledged.
    sent: heapless::Vec<Sent<O::Snapshot>, MAX_SENT>,
    /// Index of the state that the peer is presumed to hold.
    assumed: usize,
    /// The highest number given to an ordinary state, which may be forgotten already.
    numbered: StateNum,
    /// The newest state of the peer's that we hold.
    ack_num: StateNum,
    last_new_state: Option<Instant>,
    /// When the peer was found to miss what had been sent before.
    lost_at: Option<Instant>,
    collecting_since: Option<Instant>,
    collection_delay: Duration,
    /// How often the newest state was sent again since the peer acknowledged any.
    repeats: u32,
    /// When a diff was sent last.
    diff_sent: Option<Instant>,
    /// How long its instruction was, compressed, and whether it took more than one datagram.
    diff_len: usize,
    long: bool,
    /// Whether the last instruction had a diff.
    last_has_diff: bool,
    delivery: Delivery,
    /// What the last instruction said about states: the base of its diff, its own, the peer's
    /// newest and the oldest that may still be built upon.
    last_head: Option<[StateNum; 4]>,
    /// No diff before this: the last attempt found no room.
    held_until: Instant,
    /// No repetition before this: the last one had nothing to say.
    quiet_until: Instant,
    shutdown: Option<Shutdown>,
    shutdown_confirmed: bool,
}

struct Sent<S> {
    num: StateNum,
    /// When it was sent last, and upon which state.
    at: Instant,
    base: StateNum,
    /// Whether it was sent without a diff: nobody waits for such a state to be acknowledged.
    empty: bool,
    /// The bytes that had been sent with it.
    mark: u64,
    snapshot: S,
}

impl<S> Sent<S> {
    /// What both ends start from.
    fn initial(snapshot: S, now: Instant) -> Self {
        let num = StateNum::INITIAL;
        Self { num, at: now, base: num, empty: false, mark: 0, snapshot }
    }
}

#[derive(Debug)]
struct Shutdown {
    tries: u32,
}

/// What a tick has to say, apart from the diff itself.
struct Message {
    old_num: StateNum,
    new_num: StateNum,
    has_diff: bool,
}

/// What an instruction carries besides what it says about states.
pub(super) struct Extras<'a> {
    pub(super) chaff: &'a [u8],
    pub(super) offer: Option<Offer>,
}

/// How long changes are collected at first, and since when the peer counts as heard.
fn beginning(role: Role, now: Instant) -> (Duration, Option<Instant>) {
    match role {
        Role::Client => (CLIENT_COLLECTION, Some(now)),
        Role::Server => (SERVER_COLLECTION, None),
    }
}

/// What is due.
pub(super) enum Due {
    /// The instruction that starts here in the message.
    Instruction(usize),
    /// The instruction before, to the byte.
    Repetition,
}

impl<O: Outgoing> Sender<O> {
    /// Begins with `first`, the snapshot of the state that both ends start from.
    pub(super) fn new(
        role: Role,
        timing: Timing,
        outgoing: O,
        first: O::Snapshot,
        now: Instant,
    ) -> Self {
        let mut timers = Timers::default();
        // The first packet leaves as soon as there is a peer.
        timers.set(Timer::Heartbeat, now);
        let (collection_delay, last_new_state) = beginning(role, now);
        Self {
            outgoing,
            timers,
            timing,
            sent: heapless::Vec::from_iter([Sent::initial(first, now)]),
            assumed: 0,
            numbered: StateNum::INITIAL,
            ack_num: StateNum::INITIAL,
            last_new_state,
            lost_at: None,
            collecting_since: None,
            collection_delay,
            repeats: 0,
            diff_sent: None,
            diff_len: 0,
            long: false,
            last_has_diff: false,
            delivery: Delivery::default(),
            last_head: None,
            held_until: now,
            quiet_until: now,
            shutdown: None,
            shutdown_confirmed: false,
        }
    }

    /// Puts the state that both ends start from into the empty list.
    fn push_initial(&mut self, now: Instant) -> Result<(), Full> {
        let initial = Sent::initial(self.outgoing.snapshot()?, now);
        self.sent.push(initial).unwrap_or_else(|_| unreachable!("the list has room for one"));
        Ok(())
    }

    /// Takes an acknowledgement: the peer holds the state `num`. Numbers that are not ours are
    /// ignored.
    pub(super) fn handle_ack(&mut self, now: Instant, num: StateNum) {
        let Some(index) = self.sent.iter().position(|state| state.num == num) else { return };
        for _ in 0..index {
            self.forget(0);
        }
        if index > 0 {
            let Sent { at, mark, .. } = self.sent[0];
            self.delivery.handle_ack(now, mark, at);
            self.repeats = 0;
            self.outgoing.acknowledged(&self.sent[0].snapshot);
        }
    }

    /// Learns that we hold a new newest state of the peer's.
    pub(super) fn handle_new_state(&mut self, now: Instant, num: StateNum, has_diff: bool) {
        self.ack_num = num;
        self.last_new_state = Some(now);
        if has_diff {
            self.owe_ack(now);
        }
    }

    /// Sees to it that the peer learns soon what we hold.
    pub(super) fn owe_ack(&mut self, now: Instant) {
        if self.timers.at(Timer::Acknowledge).is_none() {
            self.timers.set(Timer::Acknowledge, now + ACK_DELAY);
        }
    }

    /// Sends something at once, whatever there is to say.
    pub(super) fn hurry(&mut self, now: Instant) {
        self.timers.set(Timer::Heartbeat, now);
        self.held_until = now;
        self.quiet_until = now;
    }

    /// Asks the peer for the end of the session.
    pub(super) fn shut_down(&mut self, now: Instant) {
        if self.shutdown.is_none() {
            self.shutdown = Some(Shutdown { tries: 0 });
            self.timers.set(Timer::GiveUp, now + SHUTDOWN_PATIENCE);
        }
    }

    /// Writes an instruction into `message` if one is due.
    pub(super) fn tick(
        &mut self,
        now: Instant,
        rtt: &RoundTrip,
        message: &mut Buffer<'_>,
        extras: Extras<'_>,
        counters: &mut Counters,
    ) -> Option<Due> {
        self.schedule(now, rtt);
        let is_due = |timer| self.timers.is_due(timer, now);
        let ack_due = is_due(Timer::Acknowledge) || is_due(Timer::Heartbeat);
        if !ack_due && !is_due(Timer::Frame) && !is_due(Timer::Resend) {
            return None;
        }
        let front_num = self.sent[0].num;
        let said = match self.compose(now, ack_due, message, counters) {
            Ok(said) => said?,
            Err(Full) => {
                counters.send_stalls += 1;
                self.held_until = now + rtt.send_interval();
                if !ack_due {
                    return None;
                }
                // A state the peer holds already, without a diff, acknowledges and does no more.
                message.truncate(Instruction::MAX_HEAD);
                Message { old_num: front_num, new_num: front_num, has_diff: false }
            }
        };
        // The diff follows from its two states, so this is the same instruction again.
        let head = [said.old_num, said.new_num, self.ack_num, front_num];
        let again = said.has_diff && self.last_head == Some(head);
        self.last_head = Some(head);
        self.last_has_diff = said.has_diff;
        let instruction = Instruction {
            protocol_version: PROTOCOL_VERSION,
            old_num: said.old_num.0,
            new_num: said.new_num.0,
            ack_num: self.ack_num.0,
            throwaway_num: front_num.0,
            diff: &[],
            chaff: extras.chaff,
            offer: extras.offer,
        };
        debug_assert!(
            instruction.throwaway_num <= instruction.old_num,
            "a mosh 1.4 peer aborts when it has to throw away what a diff builds on"
        );
        if said.has_diff {
            self.diff_sent = Some(now);
        }
        counters.instructions_sent += 1;
        counters.empty_sent += u64::from(!said.has_diff);
        self.handle_said(now, rtt, &said);
        if again && self.timing == Timing::Prompt {
            return Some(Due::Repetition);
        }
        Some(Due::Instruction(instruction.prepend(message)))
    }

    /// Learns how many bytes the instruction became that was written last, and whether they fit
    /// into one datagram. Repetitions do not count: they are for what is no longer under way.
    pub(super) fn handle_loaded(&mut self, len: usize, single: bool) {
        let mark = self.delivery.handle_sent(len);
        self.back_mut().mark = mark;
        if self.last_has_diff {
            (self.diff_len, self.long) = (len, !single);
        }
    }

    /// Chooses a base and writes the diff behind the room for the head. `None`: nothing to say.
    fn compose(
        &mut self,
        now: Instant,
        ack_due: bool,
        message: &mut Buffer<'_>,
        counters: &mut Counters,
    ) -> Result<Option<Message>, Full> {
        let (base, partial) = loop {
            match self.write_diff(message) {
                Ok(written) => break written,
                Err(Full) => self.evict(counters)?,
            }
        };
        let old_num = self.sent[base].num;
        let has_diff = message.len() > Instruction::MAX_HEAD;
        if let Some(snapshot) = partial {
            if !has_diff || self.back().num == StateNum::SHUTDOWN {
                self.outgoing.forget(snapshot);
                return Err(Full);
            }
            // Not the last state yet, even if this is the end: that number is given once.
            let new_num = self.numbered.next();
            self.append(Sent {
                num: new_num,
                at: now,
                base: old_num,
                empty: false,
                mark: 0,
                snapshot,
            });
            return Ok(Some(Message { old_num, new_num, has_diff }));
        }
        let changed = self.outgoing.differs(&self.back().snapshot);
        let ending = self.shutdown.is_some();
        let renumber = match (ending, has_diff) {
            (true, _) => self.back().num != StateNum::SHUTDOWN,
            (false, true) => changed,
            // An empty acknowledgement is a state of its own. So is the way back to the base from
            // a newer state, which the peer may hold although we do not know it.
            (false, false) => ack_due || changed && self.is_visible_since_back(),
        };
        if renumber {
            let snapshot = self.snapshot(counters)?;
            let num = if ending { StateNum::SHUTDOWN } else { self.numbered.next() };
            self.append(Sent { num, at: now, base: old_num, empty: !has_diff, mark: 0, snapshot });
        } else if has_diff || ending {
            self.repeats = self.repeats.saturating_add(1);
            let back = self.back_mut();
            (back.at, back.base) = (now, old_num);
            back.empty &= !has_diff;
        } else {
            self.collecting_since = None;
            if changed {
                // The states differ in nothing that can be said, so they are the same.
                let snapshot = self.snapshot(counters)?;
                let old = core::mem::replace(&mut self.back_mut().snapshot, snapshot);
                self.outgoing.forget(old);
            } else {
                self.quiet_until = now + HEARTBEAT;
            }
            return Ok(None);
        }
        Ok(Some(Message { old_num, new_num: self.back().num, has_diff }))
    }

    /// Writes the diff from the presumed state, or from the acknowledged one if that costs
    /// little more: it then also repairs what was lost in between. Returns the index of the base.
    fn write_diff(
        &mut self,
        message: &mut Buffer<'_>,
    ) -> Result<(usize, Option<O::Snapshot>), Full> {
        let base = self.assumed;
        let partial = self.write_diff_from(base, message)?;
        if base == 0 || partial.is_some() {
            return Ok((base, partial));
        }
        let len = message.len() - Instruction::MAX_HEAD;
        if len > MAX_COMPARED_LEN {
            return Ok((base, None));
        }
        let at_most = len.max(MAX_REPAIR_LEN.min(len + MAX_REPAIR_COST));
        let repair_len = self.outgoing.diff_len(&self.sent[0].snapshot, at_most);
        // Without a diff the repair would not be waited for: the change goes out as one.
        if repair_len > at_most || repair_len == 0 && len > 0 {
            return Ok((base, None));
        }
        match self.write_diff_from(0, message) {
            Ok(None) => return Ok((0, None)),
            Ok(Some(partial)) => self.outgoing.forget(partial),
            Err(Full) => {}
        }
        self.write_diff_from(base, message).map(|partial| (base, partial))
    }

    /// Whether anything can be said about what has changed since the newest sent state.
    fn is_visible_since_back(&self) -> bool {
        self.outgoing.diff_len(&self.back().snapshot, 0) > 0
    }

    fn write_diff_from(
        &mut self,
        base: usize,
        message: &mut Buffer<'_>,
    ) -> Result<Option<O::Snapshot>, Full> {
        message.clear();
        message.extend(&[0; Instruction::MAX_HEAD])?;
        self.outgoing.write_diff(&self.sent[base].snapshot, message)
    }

    fn handle_said(&mut self, now: Instant, rtt: &RoundTrip, said: &Message) {
        if said.new_num == StateNum::SHUTDOWN
            && let Some(shutdown) = &mut self.shutdown
        {
            shutdown.tries += 1;
            if shutdown.tries == SHUTDOWN_TRIES {
                let end = self.timers.at(Timer::GiveUp).unwrap_or(now);
                self.timers.set(Timer::GiveUp, end.min(now + rtt.timeout()));
            }
        }
        self.shutdown_confirmed |= self.ack_num == StateNum::SHUTDOWN;
        self.assumed = self.sent.len() - 1;
        self.collecting_since = None;
        for timer in [Timer::Frame, Timer::Resend, Timer::Acknowledge] {
            self.timers.clear(timer);
        }
        self.timers.set(Timer::Heartbeat, now + HEARTBEAT);
    }

    fn snapshot(&mut self, counters: &mut Counters) -> Result<O::Snapshot, Full> {
        loop {
            match self.outgoing.snapshot() {
                Ok(snapshot) => return Ok(snapshot),
                Err(Full) => self.evict(counters)?,
            }
        }
    }

    /// Forgets the oldest state that is neither acknowledged nor the newest. The newest goes too
    /// once it should have been acknowledged: it is lost, or its acknowledgement is, and if the
    /// peer acknowledges only what was forgotten before it, nothing else would ever make room.
    fn evict(&mut self, counters: &mut Counters) -> Result<(), Full> {
        let back = self.back();
        let overdue = self.sent.len() == 2 && back.num != StateNum::SHUTDOWN && self.assumed == 0;
        if self.sent.len() < 3 && !overdue {
            return Err(Full);
        }
        counters.evicted += 1;
        self.forget(1);
        Ok(())
    }

    fn append(&mut self, state: Sent<O::Snapshot>) {
        if state.num != StateNum::SHUTDOWN {
            self.numbered = state.num;
        }
        if self.sent.is_full() {
            // The known state and the recent half survive.
            self.forget(MAX_SENT - 15);
        }
        self.sent.push(state).unwrap_or_else(|_| unreachable!("room was made"));
    }

    fn forget(&mut self, index: usize) {
        let state = self.sent.remove(index);
        self.outgoing.forget(state.snapshot);
        if self.assumed > 0 && self.assumed >= index {
            self.assumed -= 1;
        }
    }

    /// Whether the peer agreed to the end.
    pub(super) fn shutdown_acknowledged(&self) -> bool {
        self.shutdown.is_some() && self.sent[0].num == StateNum::SHUTDOWN
    }

    /// Whether we have asked for the end.
    pub(super) fn is_shutting_down(&self) -> bool {
        self.shutdown.is_some()
    }

    /// Whether we have asked for the end and waited long enough.
    pub(super) fn shutdown_timed_out(&self, now: Instant) -> bool {
        self.timers.is_due(Timer::GiveUp, now)
    }

    /// Whether the peer asked for the end and we have said that we know.
    pub(super) fn shutdown_confirmed(&self) -> bool {
        self.shutdown_confirmed
    }

    /// The newest acknowledged state: its number, and when it was sent.
    pub(super) fn acknowledged(&self) -> (StateNum, Instant) {
        (self.sent[0].num, self.sent[0].at)
    }

    /// The number of the newest state sent.
    pub(super) fn newest_num(&self) -> StateNum {
        self.back().num
    }

    /// The states that are remembered, oldest first; checks that they are in order.
    pub(super) fn check(&self) -> impl Iterator<Item = &O::Snapshot> {
        assert!(self.assumed < self.sent.len(), "the presumed state is one of those sent");
        assert!(self.sent.is_sorted_by(|a, b| a.num < b.num), "sent states are in order");
        self.sent.iter().map(|state| &state.snapshot)
    }

    #[cfg(test)]
    pub(super) fn sent_nums(&self) -> impl Iterator<Item = u64> {
        self.sent.iter().map(|state| state.num.0)
    }

    fn tries(&self) -> u32 {
        self.shutdown.as_ref().map_or(0, |shutdown| shutdown.tries)
    }

    fn back(&self) -> &Sent<O::Snapshot> {
        self.sent.last().expect("the list is never empty")
    }

    fn back_mut(&mut self) -> &mut Sent<O::Snapshot> {
        self.sent.last_mut().expect("the list is never empty")
    }
}

impl<O: Outgoing> core::fmt::Debug for Sender<O> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Sender")
            .field("acknowledged", &self.sent[0].num)
            .field("newest", &self.back().num)
            .field("timers", &self.timers)
            .finish_non_exhaustive()
    }
}

/// States remembered at most, as in mosh.
const MAX_SENT: usize = 32;
/// Silence after which the peer is told that we are there.
const HEARTBEAT: Duration = Duration::from_secs(3);
/// An acknowledgement waits this long for something to ride on; most do find it.
const ACK_DELAY: Duration = Duration::from_millis(100);
/// How long a change waits for others to come with it. Programs write in pieces, people do not.
const SERVER_COLLECTION: Duration = Duration::from_millis(8);
const CLIENT_COLLECTION: Duration = Duration::from_millis(1);
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(10);
const SHUTDOWN_TRIES: u32 = 16;
/// A diff from the acknowledged state is sent although it is longer, if it is shorter than the
/// first and costs less than the second more.
const MAX_REPAIR_LEN: usize = 999;
const MAX_REPAIR_COST: usize = 99;
/// Beyond this length a diff is a new screen, and finding out whether another would be shorter
/// costs as much again.
const MAX_COMPARED_LEN: usize = 32 << 10;
