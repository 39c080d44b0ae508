//! When to say something: what is due, what counts as lost, and how long to pause.
//!
//! The reasons are in [`design::timing`](crate::design::timing).

use core::time::Duration;

use super::super::rtt::RoundTrip;
use super::super::timer::Timer;
use super::super::{Outgoing, StateNum, Timing};
use super::{ACK_DELAY, SHUTDOWN_TRIES, Sender, Sent};
use crate::time::Instant;

impl<O: Outgoing> Sender<O> {
    /// Learns that the peer has said something that is not late. What it does not acknowledge then,
    /// although it was sent a round trip ago, is lost, and what was sent since may be as well.
    pub(in super::super) fn handle_heard(&mut self, now: Instant, rtt: &RoundTrip) {
        if self.timing == Timing::Stock {
            return;
        }
        let due = rtt.timeout() + self.delivery.backlog(rtt.is_lossy());
        let missing = |state: &Sent<O::Snapshot>| {
            !state.empty && self.lost_at < Some(state.at) && now - state.at >= due
        };
        if self.sent[1..].iter().any(missing) {
            self.lost_at = Some(now);
        }
    }

    /// Learns that what was sent last did not leave.
    pub(in super::super) fn handle_send_error(&mut self, now: Instant) {
        if self.timing == Timing::Prompt {
            self.lost_at = Some(now);
        }
    }

    /// Recomputes what is due when.
    pub(in super::super) fn schedule(&mut self, now: Instant, rtt: &RoundTrip) {
        let interval = rtt.send_interval();
        let patience = self.patience(rtt);
        self.assume(now, patience);
        self.timers.clear(Timer::Frame);
        self.timers.clear(Timer::Resend);
        if self.tries() >= SHUTDOWN_TRIES {
            // All is said; what remains is to wait for the answer to the last try.
            self.timers.clear(Timer::Heartbeat);
            self.timers.clear(Timer::Acknowledge);
            return;
        }
        let back = self.back();
        let not_before = self.held_until.max(self.quiet_until);
        let missed = self.timing == Timing::Prompt && self.lost_at >= Some(back.at);
        let listening = missed || self.last_new_state.is_some_and(|at| now < at + ACTIVE_RETRY);
        if self.outgoing.differs(&back.snapshot) {
            let since = *self.collecting_since.get_or_insert(now);
            let due = self.frame_due(since, interval);
            self.timers.set(Timer::Frame, due.max(self.held_until));
        } else if listening && self.outgoing.differs(&self.sent[self.assumed].snapshot) {
            let pause = match self.timing {
                Timing::Prompt if missed => self.pace(interval),
                Timing::Prompt if self.long || self.repeats == 0 => patience,
                Timing::Prompt => interval * (1 << (self.repeats / SOON_REPEATS).min(1)),
                Timing::Stock => interval,
            };
            self.timers.set(Timer::Resend, (back.at + pause).max(not_before));
        } else if listening && self.outgoing.differs(&self.sent[0].snapshot) {
            let oldest = match self.timing {
                Timing::Prompt => self.sent[1..].iter().find(|state| !state.empty),
                Timing::Stock => None,
            };
            let due = oldest.unwrap_or(back).at + patience;
            self.timers.set(Timer::Resend, due.max(not_before));
        } else if self.timing == Timing::Prompt
            && !self.long
            && self.last_new_state.is_some_and(|at| now < at + HOPEFUL_RETRY)
            && self.outgoing.differs(&self.sent[0].snapshot)
        {
            // The end of a tunnel should be noticed soon.
            self.timers.set(Timer::Resend, (back.at + HOPEFUL_INTERVAL).max(not_before));
        }
        if self.shutdown.is_some() {
            let due = self.back().at + interval;
            self.timers.set(Timer::Acknowledge, due.max(self.held_until));
        } else if self.ack_num == StateNum::SHUTDOWN {
            self.timers.set(Timer::Acknowledge, now);
        }
    }

    /// How long the peer may take to acknowledge a state before it counts as lost.
    fn patience(&self, rtt: &RoundTrip) -> Duration {
        let overdue = rtt.timeout() + ACK_DELAY;
        let interval = rtt.send_interval();
        match (self.timing, rtt.is_lossy()) {
            (Timing::Stock, _) => rtt.timeout().min(STOCK_TIMEOUT) + ACK_DELAY,
            // What takes several datagrams may still be on its way, and fill a queue by itself: RFC
            // 6298 (5.5). Where many are lost, those of a repetition complete those before.
            (Timing::Prompt, lossy) if self.long => {
                let first = if lossy { interval } else { overdue };
                let slower =
                    (first + self.delivery.backlog(lossy)) * (1 << (self.repeats / 2).min(6));
                slower.min(MAX_PATIENCE.max(overdue))
            }
            (Timing::Prompt, false) => overdue,
            // The first repetition may as well come soon.
            (Timing::Prompt, true) if self.repeats == 0 => self.pace(interval),
            (Timing::Prompt, true) => interval,
        }
    }

    /// When to send a change that was noticed at `since`.
    fn frame_due(&self, since: Instant, interval: Duration) -> Instant {
        let collected = since + self.collection_delay;
        match self.timing {
            // After silence a change goes out at once; in a row of changes they are collected.
            Timing::Prompt => {
                let paced = self.diff_sent.map_or(since, |at| at + self.pace(interval));
                if since >= paced { since } else { paced.max(collected) }
            }
            Timing::Stock => collected.max(self.back().at + interval),
        }
    }

    /// The pause after the last diff. What a link has to carry are bytes, so a small diff earns a
    /// short one: at most as much is sent as in full datagrams at the usual interval. A huge one
    /// earns a long one, which saves both ends the work for pictures that nobody could follow.
    fn pace(&self, interval: Duration) -> Duration {
        if self.sent.len() > MAX_IN_FLIGHT {
            return interval;
        }
        let len = (self.diff_len + FRAMING).min(FULL_DATAGRAM) as u32;
        let huge = Duration::from_millis((self.diff_len / MAX_RATE) as u64);
        (interval * len / FULL_DATAGRAM as u32).max(MIN_PACE).max(huge)
    }

    /// Chooses the state that the peer may be presumed to hold: the newest before the first that
    /// should have been acknowledged by now. Empty states are passed over, for an answer to them
    /// may take until the next heartbeat; but then nothing that builds on them is presumed.
    fn assume(&mut self, now: Instant, patience: Duration) {
        self.assumed = 0;
        for (index, state) in self.sent.iter().enumerate().skip(1) {
            let overdue = now - state.at >= patience || self.lost_at >= Some(state.at);
            if overdue && state.empty && self.timing == Timing::Prompt {
                continue;
            }
            // The shutdown state is not built upon: its diff is what further tries have to carry.
            let lost_base = state.base > self.sent[self.assumed].num;
            if overdue || lost_base || state.num == StateNum::SHUTDOWN {
                break;
            }
            self.assumed = index;
        }
    }
}

/// With more states under way than this, changes follow one another as slowly as mosh's: the list
/// would soon forget states whose acknowledgements are still to come.
const MAX_IN_FLIGHT: usize = 28;
/// Changes never follow one another faster.
const MIN_PACE: Duration = Duration::from_millis(20);
/// Bytes that a packet needs beside the compressed instruction: IPv4, UDP, sealing, timestamps and
/// the head of the fragment; and those of one that is full enough.
const FRAMING: usize = 66;
const FULL_DATAGRAM: usize = 1000;
/// Bytes a millisecond beyond which changes do not follow one another.
const MAX_RATE: usize = 1000;
/// Without news from the peer for this long, only heartbeats repeat what may be lost.
const ACTIVE_RETRY: Duration = Duration::from_secs(10);
/// After that, what may be lost is repeated at this interval for so long, unless it takes several
/// datagrams.
const HOPEFUL_RETRY: Duration = Duration::from_secs(120);
const HOPEFUL_INTERVAL: Duration = Duration::from_secs(1);
/// Repetitions of a small diff at the usual interval before it grows: in vain so often, the link
/// may be at its limit.
const SOON_REPEATS: u32 = 16;
const MAX_PATIENCE: Duration = Duration::from_secs(10);
/// The longest retransmission timeout of mosh 1.4, on links of any round trip.
const STOCK_TIMEOUT: Duration = Duration::from_secs(1);
