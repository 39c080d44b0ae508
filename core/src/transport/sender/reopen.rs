//! A new history of the same object.

use super::{Role, Sender, StateNum, Timer};
use crate::storage::Full;
use crate::time::Instant;
use crate::transport::{Outgoing, Timing};

impl<O: Outgoing> Sender<O> {
    /// Forgets every state, has the object begin again and takes its initial state.
    pub(in crate::transport) fn reopen(
        &mut self,
        role: Role,
        timing: Timing,
        now: Instant,
        begin_again: impl FnOnce(&mut O),
    ) -> Result<(), Full> {
        while let Some(state) = self.sent.pop() {
            self.outgoing.forget(state.snapshot);
        }
        begin_again(&mut self.outgoing);
        self.push_initial(now)?;
        // Every field is named, so that a new one is not overlooked.
        let Self {
            outgoing: _,
            timers,
            timing: own_timing,
            sent: _,
            assumed,
            numbered,
            ack_num,
            last_new_state,
            lost_at,
            collecting_since,
            collection_delay,
            repeats,
            diff_sent,
            diff_len,
            long,
            last_has_diff,
            delivery,
            last_head,
            held_until,
            quiet_until,
            shutdown,
            shutdown_confirmed,
        } = self;
        *timers = super::Timers::default();
        timers.set(Timer::Heartbeat, now);
        *own_timing = timing;
        (*assumed, *numbered, *ack_num) = (0, StateNum::INITIAL, StateNum::INITIAL);
        (*collection_delay, *last_new_state) = super::beginning(role, now);
        (*lost_at, *collecting_since, *diff_sent, *last_head) = (None, None, None, None);
        (*repeats, *diff_len, *long, *last_has_diff) = (0, 0, false, false);
        *delivery = super::Delivery::default();
        (*held_until, *quiet_until) = (now, now);
        (*shutdown, *shutdown_confirmed) = (None, false);
        Ok(())
    }
}
