//! A transport that has all it needs, and is not put together yet.

use super::sender::Sender;
use super::{
    BlackHole, Chaff, Config, Counters, Direction, Incoming, Inflater, Negotiation, Outbox,
    Outgoing, Path, Reassembly, Receiver, Role, RoundTrip, SeqNum, Session, Transport,
    TransportStorage,
};
use crate::storage::{Buffer, Full};
use crate::time::Instant;

/// The small parts of a [`Transport`], among them all that there may be no room for.
///
/// A transport is large. What can fail comes before it is made, so that it is made where it is to
/// stay: a value that may be an error instead is moved out of a `Result` at each step of the way,
/// and on a stack of a few kilobytes there is no room for the copies.
pub struct Prepared<'s, O: Outgoing, I: Incoming> {
    config: Config,
    outgoing: O,
    first: O::Snapshot,
    receiver: Receiver<'s, I>,
    reassembly: Reassembly<'s>,
    inflater: Inflater,
    message: Buffer<'s>,
    outbox: Outbox<'s>,
    now: Instant,
}

crate::log::defmt_format!(
    [O: Outgoing, I: Incoming] Prepared<'_, O, I>, it => "Prepared({})", it.config
);

impl<'s, O: Outgoing, I: Incoming> Prepared<'s, O, I> {
    /// Prepares the start of a session.
    ///
    /// # Errors
    ///
    /// [`Full`] if the storage cannot hold even the initial states and an empty instruction.
    pub fn new(
        config: Config,
        mut outgoing: O,
        incoming: I,
        storage: TransportStorage<'s, I::Snapshot>,
        now: Instant,
    ) -> Result<Self, Full> {
        if storage.message.max_len().min(storage.payload.max_len()) < super::MIN_INSTRUCTION {
            return Err(Full);
        }
        let first = outgoing.snapshot()?;
        Ok(Self {
            config,
            outgoing,
            first,
            receiver: Receiver::new(incoming, storage.received, now)?,
            reassembly: Reassembly::new(storage.fragments, storage.pieces),
            inflater: storage.inflater,
            message: storage.message,
            outbox: Outbox::new(storage.payload, storage.deflater),
            now,
        })
    }

    /// Starts the session. Nothing has been sent yet.
    // A function of its own writes to where its value goes; a part of its caller makes a copy.
    #[inline(never)]
    #[must_use]
    pub fn start(self) -> Transport<'s, O, I> {
        let Self { config, now, .. } = self;
        let direction = match config.role {
            Role::Client => Direction::ToServer,
            Role::Server => Direction::ToClient,
        };
        Transport {
            session: Session::new(&config.key, direction),
            expected: SeqNum::default(),
            rtt: RoundTrip::default(),
            path: Path::new(config.role, config.addresses, config.v6_socket, now),
            black_hole: BlackHole::default(),
            timing: config.timing,
            negotiation: Negotiation::new(config.role, config.offer),
            sender: Sender::new(config.role, config.timing, self.outgoing, self.first, now),
            receiver: self.receiver,
            reassembly: self.reassembly,
            inflater: self.inflater,
            message: self.message,
            outbox: self.outbox,
            chaff: Chaff::new(config.seed),
            counters: Counters::default(),
            closed: None,
            now,
            touched: true,
        }
    }
}

impl<O: Outgoing, I: Incoming> core::fmt::Debug for Prepared<'_, O, I> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Prepared").field("config", &self.config).finish_non_exhaustive()
    }
}
