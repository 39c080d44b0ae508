//! Another session with the same objects, in the same memory.

use super::{
    BlackHole, Chaff, Config, Counters, Incoming, Negotiation, Outgoing, Path, Role, RoundTrip,
    Transport,
};
use crate::crypto::{Direction, SeqNum, Session};
use crate::storage::Full;
use crate::time::Instant;

impl<O: Outgoing, I: Incoming> Transport<'_, O, I> {
    /// Begins another session, with another key and another peer: states, numbers and nonces
    /// start over.
    ///
    /// `begin_again` is called for each object once none of its states is held any more. Its next
    /// snapshot is to be the state that a new peer starts from.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room for these states. No session is open then, and another call
    /// may succeed.
    ///
    /// # Panics
    ///
    /// Not for a `config` that was made for this end.
    pub fn reopen(
        &mut self,
        config: Config,
        now: Instant,
        begin_again: (impl FnOnce(&mut O), impl FnOnce(&mut I)),
    ) -> Result<(), Full> {
        let now = now.max(self.now);
        self.closed = Some(super::CloseReason::TimedOut);
        self.sender.reopen(config.role, config.timing, now, begin_again.0)?;
        self.receiver.reopen(now, begin_again.1)?;
        let direction = match config.role {
            Role::Client => Direction::ToServer,
            Role::Server => Direction::ToClient,
        };
        self.session = Session::new(&config.key, direction);
        self.expected = SeqNum::default();
        self.rtt = RoundTrip::default();
        self.path = Path::new(config.role, config.addresses, config.v6_socket, now);
        self.black_hole = BlackHole::default();
        self.timing = config.timing;
        self.negotiation = Negotiation::new(config.role, config.offer);
        self.reassembly.reopen();
        self.message.clear();
        self.outbox.reopen();
        self.chaff = Chaff::new(config.seed);
        self.counters = Counters::default();
        (self.closed, self.now, self.touched) = (None, now, true);
        Ok(())
    }
}
