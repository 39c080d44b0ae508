//! State synchronisation: which state the peer holds, what to send it, and when.
//!
//! In go datagrams, time, and changes of the object that is sent; out come datagrams, and states
//! of the object that is received. What these objects are is known to [`Outgoing`] and
//! [`Incoming`] alone; how their changes look inside a datagram is known to [`crate::wire`].
//!
//! A [`Transport`] never waits, never fails because of what it receives, and needs no more memory
//! than [`TransportStorage`]. After each input or command call [`Transport::poll_transmit`] until
//! it returns `None`; [`Transport::poll_timeout`] then says when to call
//! [`Transport::handle_timeout`] and drain again.
//!
//! # Differences
//!
//! On the wire this is mosh 1.4. It differs in when it speaks:
//!
//! - The first change after silence is sent at once. Collection and pacing apply to what follows,
//!   and count from the last diff rather than from the last packet, so that an acknowledgement
//!   never delays a key stroke.
//! - The first packet of the peer is answered at once by the client too: from then on the server
//!   knows the round trip and need not assume a long one.
//! - A client that has heard nothing yet repeats its first state as it would later ones, rather
//!   than every three seconds.
//! - The wait for an acknowledgement ends when the oldest unacknowledged state is overdue, not
//!   the newest. Only states that carried a diff are waited for.
//! - When the peer is heard, and has not what was sent a round trip before, that is sent again at
//!   once: after a silence of the network nobody waits for a timer.
//! - Where one packet in ten is lost, small diffs are repeated before they are overdue.
//! - A repetition of which nothing has changed is the same to the byte and under the same id, so
//!   that the fragments of several tries complete each other.
//! - What takes several datagrams counts as lost only after the time that the path needs for it,
//!   as far as that is known, and is repeated more and more rarely.
//! - What may be lost is repeated once a second for two minutes of silence before only heartbeats
//!   do so.
//! - What both ends can do beyond mosh 1.4 is found out with the first instructions, see
//!   [`Agreement`]; a server sends nothing before it has read one.
//! - The newest state, received again with a diff, is acknowledged like a new one: the
//!   acknowledgement was lost.
//! - The peer's shutdown is acknowledged at once.
//! - A shutdown is repeated from the last ordinary state, so that each try can succeed, and the
//!   last try may still be answered.
//! - A datagram that was too large is sent again in smaller pieces at once. Where large ones
//!   vanish without notice, smaller ones are tried after four in vain.
//! - A client changes to another of its server's addresses, see [`Config::addresses`].
//! - Instead of accepting one state every 15 seconds beyond 1024, further states are refused until
//!   the peer allows older ones to be forgotten.

mod agreement;
mod black_hole;
mod chaff;
mod config;
mod counters;
mod delivery;
mod outbox;
mod path;
mod prepared;
mod reassembly;
mod receiver;
mod reopen;
mod rtt;
mod sender;
mod state;
mod timer;

#[cfg(test)]
mod tests;

pub use agreement::Agreement;
pub use config::{
    Arrival, CloseReason, Config, Datagram, Discard, Held, MAX_ADDRESSES, Phase, Piece, Received,
    Role, SendError, StateNum, Timing, Transmit, TransportMemory, TransportStorage,
};
pub use counters::Counters;
pub use path::{MAX_SOCKETS, SOCKET_LIFETIME};
pub use prepared::Prepared;
pub use state::{BadDiff, Incoming, Outgoing};
pub use timer::Timer;

use core::net::SocketAddr;
use core::time::Duration;

use agreement::Negotiation;
use black_hole::BlackHole;
use chaff::Chaff;
use outbox::Outbox;
use path::{Path, SMALL_DATAGRAM};
use reassembly::{BadFragment, Reassembly};
use receiver::{Outcome, Receiver};
use rtt::RoundTrip;
use sender::{Due, Extras, Sender};

use crate::compress::{BadStream, Inflater};
use crate::crypto::{Direction, SeqNum, Session, TAG_LEN};
use crate::log::{debug, trace};
use crate::storage::{Buffer, Full};
use crate::time::Instant;
use crate::wire::fragment::{Fragment, HEADER_LEN};
use crate::wire::mosh::{Instruction, PROTOCOL_VERSION};
use crate::wire::packet::{NONCE_LEN, OVERHEAD, Sealed, TIMESTAMPS_LEN, Timestamp, Timestamps};

/// One end of a session: sends states of an `O`, receives those of an `I`.
pub struct Transport<'s, O: Outgoing, I: Incoming> {
    session: Session,
    expected: SeqNum,
    rtt: RoundTrip,
    path: Path,
    black_hole: BlackHole,
    timing: Timing,
    negotiation: Negotiation,
    sender: Sender<O>,
    receiver: Receiver<'s, I>,
    reassembly: Reassembly<'s>,
    inflater: Inflater,
    /// An instruction, for as long as it takes to read or to compress it.
    message: Buffer<'s>,
    outbox: Outbox<'s>,
    chaff: Chaff,
    counters: Counters,
    closed: Option<CloseReason>,
    /// The latest time we were told.
    now: Instant,
    /// Something happened since the last drain.
    touched: bool,
}

crate::log::defmt_format!(
    [O: Outgoing, I: Incoming] Transport<'_, O, I>,
    it => "Transport({}, sent {}, acknowledged {}, {})",
    it.phase(), it.sent_num(), it.acked_num(), it.counters
);

impl<'s, O: Outgoing, I: Incoming> Transport<'s, O, I> {
    /// Returns a transport at the start of its session. Nothing has been sent yet.
    ///
    /// # Errors
    ///
    /// [`Full`] if the storage cannot hold even the initial states and an empty instruction.
    pub fn new(
        config: Config,
        outgoing: O,
        incoming: I,
        storage: TransportStorage<'s, I::Snapshot>,
        now: Instant,
    ) -> Result<Self, Full> {
        Ok(Prepared::new(config, outgoing, incoming, storage, now)?.start())
    }

    /// Takes a datagram from the network.
    ///
    /// # Errors
    ///
    /// [`Discard`] says why it was of no use; the session goes on.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        datagram: Datagram<'_>,
    ) -> Result<Arrival, Discard> {
        self.handle_timeout(now);
        let Datagram { source, congestion, bytes } = datagram;
        let len = bytes.len() as u64;
        let opened = self.open(bytes).inspect_err(|_| self.counters.foreign += 1);
        let (seq, timestamps, payload) = opened?;
        self.touched = true;
        self.counters.received += 1;
        self.counters.received_bytes += len;
        let mut arrival = Arrival::default();
        let late = seq < self.expected;
        if late {
            self.counters.late += 1;
            self.rtt.handle_late();
        } else {
            self.rtt.handle_gap(seq.value() - self.expected.value());
            self.expected = seq.next();
            self.rtt.handle_timestamps(now, timestamps, congestion);
            arrival.first = self.path.heard().is_none();
            arrival.peer_moved = self.path.handle_packet(now, source);
            if arrival.peer_moved {
                self.black_hole.handle_new_path();
            }
        }
        let result = self.handle_payload(now, payload, late);
        match result {
            Ok(new_state) => {
                arrival.new_state = new_state;
                Ok(arrival)
            }
            // Without news of its own, the arrival itself is worth reporting.
            Err(discard) => {
                self.counters.unusable += 1;
                debug!("dropped the contents of an authentic datagram: {:?}", discard);
                if arrival.first || arrival.peer_moved { Ok(arrival) } else { Err(discard) }
            }
        }
    }

    /// Learns that time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        debug_assert!(now >= self.now, "time never goes backwards");
        self.now = self.now.max(now);
        if self.closed.is_some() {
            return;
        }
        self.closed = if self.sender.shutdown_acknowledged() {
            Some(CloseReason::Acknowledged)
        } else if self.sender.shutdown_timed_out(now) {
            Some(CloseReason::TimedOut)
        } else if self.sender.shutdown_confirmed() && self.outbox.is_empty() {
            Some(CloseReason::PeerClosed)
        } else {
            None
        };
    }

    /// Learns that the datagram handed out last could not be sent.
    pub fn handle_send_error(&mut self, now: Instant, error: SendError) {
        self.handle_timeout(now);
        self.touched = true;
        self.counters.send_errors += 1;
        match error {
            SendError::TooLarge => {
                if self.path.handle_too_large() {
                    self.outbox.restart();
                }
            }
            SendError::Other => {
                self.sender.handle_send_error(now);
                if self.path.handle_send_error(now) {
                    self.sender.hurry(now);
                }
            }
        }
    }

    /// Learns that the network has changed under a client: the next datagram leaves at once, and
    /// from a fresh port. Does nothing on a server.
    pub fn handle_network_change(&mut self, now: Instant) {
        self.handle_timeout(now);
        if self.session.direction() == Direction::ToServer {
            self.touched = true;
            self.path.hop(now);
            self.black_hole.handle_new_path();
            self.sender.hurry(now);
        }
    }

    /// Takes the addresses that a client's server has by now, in the order to try.
    pub fn handle_addresses(&mut self, now: Instant, addresses: &[SocketAddr]) {
        self.handle_timeout(now);
        self.touched = true;
        let before = self.path.destination();
        self.path.handle_addresses(now, addresses);
        if self.path.destination() != before {
            self.sender.hurry(now);
        }
    }

    /// Asks the peer for the end of the session. The state that is sent must not change any more;
    /// its last form still reaches the peer.
    pub fn shut_down(&mut self, now: Instant) {
        self.handle_timeout(now);
        self.touched = true;
        self.sender.shut_down(now);
    }

    /// Writes the next datagram to send to the front of `buf`, which should hold
    /// [`MAX_DATAGRAM`](crate::wire::packet::MAX_DATAGRAM) bytes. Call it until it returns `None`.
    pub fn poll_transmit(&mut self, now: Instant, buf: &mut [u8]) -> Option<Transmit> {
        self.handle_timeout(now);
        let transmit = self.transmit(now, buf);
        if transmit.is_none() {
            self.touched = false;
        }
        transmit
    }

    /// Whether a client should look its server's name up again and call
    /// [`handle_addresses`](Self::handle_addresses). True once at the start of a long silence and
    /// at intervals while it lasts.
    pub fn wants_addresses(&mut self, now: Instant) -> bool {
        self.closed.is_none() && self.path.take_resolve(now)
    }

    /// The object that is sent, for changing it. Drain afterwards.
    pub fn outgoing_mut(&mut self) -> &mut O {
        self.touched = true;
        &mut self.sender.outgoing
    }

    /// The object that is received, for reading what it delivers.
    pub fn incoming_mut(&mut self) -> &mut I {
        &mut self.receiver.incoming
    }

    /// The object that is received, together with its newest state.
    pub fn incoming_and_newest(&mut self) -> (&mut I, &I::Snapshot) {
        self.receiver.incoming_and_newest()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) and drain; `None`: not before
    /// something happens.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.next_timer().map(|(_, at)| at)
    }

    /// What will be due next, and when.
    #[must_use]
    pub fn next_timer(&self) -> Option<(Timer, Instant)> {
        if self.closed.is_some() {
            return None;
        }
        if self.path.destination().is_none() || !self.negotiation.may_speak() {
            return self.sender.timers.at(Timer::GiveUp).map(|at| (Timer::GiveUp, at));
        }
        if self.touched || !self.outbox.is_empty() {
            return Some((Timer::Queue, self.now));
        }
        self.sender.timers.next()
    }

    /// The object that is sent.
    #[must_use]
    pub fn outgoing(&self) -> &O {
        &self.sender.outgoing
    }

    /// The object that is received.
    #[must_use]
    pub fn incoming(&self) -> &I {
        &self.receiver.incoming
    }

    /// The newest state of the peer.
    #[must_use]
    pub fn newest(&self) -> Received<'_, I::Snapshot> {
        self.receiver.newest()
    }

    /// The number of the newest state that was sent.
    #[must_use]
    pub fn sent_num(&self) -> StateNum {
        self.sender.newest_num()
    }

    /// The number of the newest state that the peer has acknowledged.
    #[must_use]
    pub fn acked_num(&self) -> StateNum {
        self.sender.acknowledged().0
    }

    /// When that state was sent; the start of the session if it is the initial one.
    #[must_use]
    pub fn acked_sent_at(&self) -> Instant {
        self.sender.acknowledged().1
    }

    /// When the latest authentic packet came that was not late.
    #[must_use]
    pub fn last_heard(&self) -> Option<Instant> {
        self.path.heard()
    }

    /// The smoothed round trip, once it was measured.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        self.rtt.smoothed()
    }

    /// The least time between two changes that are sent.
    #[must_use]
    pub fn send_interval(&self) -> Duration {
        self.rtt.send_interval()
    }

    /// Where datagrams are sent; `None` on a server whose client is away.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.path.destination()
    }

    /// What both ends can do beyond mosh 1.4. Once known, it stays so for the whole session.
    #[must_use]
    pub fn agreement(&self) -> Agreement {
        self.negotiation.agreement()
    }

    /// How far the session has come.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.closed {
            Some(reason) => Phase::Closed(reason),
            None if self.sender.is_shutting_down() => Phase::ShuttingDown,
            None if self.newest().num == StateNum::SHUTDOWN => Phase::ShuttingDown,
            None => Phase::Open,
        }
    }

    /// What happened so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The snapshots of both directions; checks that the lists which hold them are in order, for
    /// tests.
    ///
    /// # Panics
    ///
    /// If they are not.
    pub fn check(
        &self,
    ) -> (impl Iterator<Item = &O::Snapshot>, impl Iterator<Item = &I::Snapshot>) {
        (self.sender.check(), self.receiver.check())
    }

    /// Decrypts a datagram and takes its packet apart.
    fn open<'a>(&self, bytes: &'a mut [u8]) -> Result<(SeqNum, Timestamps, &'a [u8]), Discard> {
        if self.closed.is_some() {
            return Err(Discard::Closed);
        }
        let Sealed { nonce, ciphertext, tag } = Sealed::parse(bytes).ok_or(Discard::Short)?;
        self.session.open(&nonce, ciphertext, &tag).map_err(|_| Discard::Forged)?;
        if nonce.direction() == self.session.direction() {
            return Err(Discard::Reflected);
        }
        let (timestamps, payload) = Timestamps::parse(ciphertext).ok_or(Discard::NoTimestamps)?;
        Ok((nonce.seq(), timestamps, payload))
    }

    /// Takes a fragment and, once it is complete, its instruction. Returns whether there is a new
    /// newest state.
    fn handle_payload(
        &mut self,
        now: Instant,
        payload: &[u8],
        late: bool,
    ) -> Result<bool, Discard> {
        let fragment = Fragment::parse(payload).ok_or(Discard::BadFragment)?;
        let pieces = self.reassembly.add(fragment).map_err(|bad| {
            self.counters.too_large += u64::from(bad == BadFragment::NoRoom);
            Discard::BadFragment
        })?;
        let Some(pieces) = pieces else { return Ok(false) };
        self.inflater.inflate(pieces, &mut self.message).map_err(|bad| {
            self.counters.too_large += u64::from(bad == BadStream::TooLong);
            Discard::BadStream
        })?;
        let result = self.handle_instruction(now, late);
        self.message.clear();
        self.message.shrink(KEPT_BYTES);
        result
    }

    fn handle_instruction(&mut self, now: Instant, late: bool) -> Result<bool, Discard> {
        let instruction = Instruction::parse(&self.message).map_err(|_| Discard::BadInstruction)?;
        if instruction.protocol_version != PROTOCOL_VERSION {
            return Err(Discard::OtherVersion);
        }
        self.negotiation.handle(instruction.offer);
        self.sender.handle_ack(now, StateNum(instruction.ack_num));
        if !late {
            self.sender.handle_heard(now, &self.rtt);
        }
        self.black_hole.handle_ack(self.sender.acknowledged().0);
        self.path.handle_confirmation(self.sender.acknowledged().1);
        let outcome = self.receiver.handle(now, &instruction, late, &mut self.counters);
        trace!("state {} from {}: {:?}", instruction.new_num, instruction.old_num, outcome);
        let has_diff = !instruction.diff.is_empty();
        match outcome {
            Ok(Outcome::Newest) => {
                let num = self.receiver.newest().num;
                self.sender.handle_new_state(now, num, has_diff);
                if self.timing == Timing::Prompt && !self.rtt.has_replied() {
                    self.sender.hurry(now);
                }
                Ok(true)
            }
            Ok(Outcome::Duplicate { newest: true })
                if has_diff && !late && self.timing == Timing::Prompt =>
            {
                self.sender.owe_ack(now);
                Ok(false)
            }
            Ok(_) => Ok(false),
            Err(Discard::Full) => {
                // The peer can let states go when it learns which ones we hold.
                self.sender.owe_ack(now);
                Err(Discard::Full)
            }
            Err(discard) => Err(discard),
        }
    }

    /// Runs the tick if nothing is left to send, and seals the next fragment.
    fn transmit(&mut self, now: Instant, buf: &mut [u8]) -> Option<Transmit> {
        if self.closed.is_some() {
            return None;
        }
        let destination = self.path.destination().filter(|_| self.negotiation.may_speak())?;
        if self.outbox.is_empty() {
            self.tick(now)?;
        }
        let limit = self.datagram_len(now).checked_sub(OVERHEAD)?;
        let space = buf.get_mut(NONCE_LEN + TIMESTAMPS_LEN..)?;
        let room = space.len().checked_sub(TAG_LEN)?;
        let payload_len = self.outbox.next_fragment(&mut space[..room], limit)?;
        let sent = Some(Timestamp::at(now.millis()));
        let timestamps = Timestamps { sent, reply: self.rtt.take_reply(now) };
        buf[NONCE_LEN..][..TIMESTAMPS_LEN].copy_from_slice(&timestamps.emit());
        let end = NONCE_LEN + TIMESTAMPS_LEN + payload_len;
        let Ok((nonce, tag)) = self.session.seal(&mut buf[NONCE_LEN..end]) else {
            self.closed = Some(CloseReason::KeyExhausted);
            return None;
        };
        buf[..NONCE_LEN].copy_from_slice(&nonce.tail());
        buf[end..end + TAG_LEN].copy_from_slice(&tag);
        let len = end + TAG_LEN;
        let fresh_port = self.path.take_hop();
        self.path.handle_sent(now);
        self.counters.sent += 1;
        self.counters.sent_bytes += len as u64;
        self.counters.port_hops += u64::from(fresh_port);
        Some(Transmit { len, destination, fresh_port })
    }

    /// The largest datagram to send now.
    fn datagram_len(&self, now: Instant) -> usize {
        let len = self.path.datagram_len();
        if self.black_hole.is_found(now) { len.min(SMALL_DATAGRAM) } else { len }
    }

    /// Puts an instruction into the outbox if one is due.
    fn tick(&mut self, now: Instant) -> Option<()> {
        let extras = Extras { chaff: &self.chaff.draw(), offer: self.negotiation.offer() };
        let due = self.sender.tick(now, &self.rtt, &mut self.message, extras, &mut self.counters);
        let most = self.datagram_len(now);
        let loaded = due.map(|due| match due {
            Due::Instruction(start) => {
                self.outbox.load(&self.message[start..])?;
                let len = self.outbox.len();
                self.sender.handle_loaded(len, len + OVERHEAD + HEADER_LEN <= most);
                Ok(())
            }
            Due::Repetition => self.outbox.repeat(),
        });
        self.message.clear();
        self.message.shrink(KEPT_BYTES);
        let len = self.outbox.len() + OVERHEAD + HEADER_LEN;
        // Timers that this tick has moved are set for the next one.
        self.sender.schedule(now, &self.rtt);
        match loaded? {
            Ok(()) => {
                self.receiver.mark_acknowledged(now);
                if self.timing == Timing::Prompt && len > SMALL_DATAGRAM && most > SMALL_DATAGRAM {
                    let num = self.sender.newest_num();
                    let lossy = self.rtt.is_lossy();
                    self.black_hole.handle_large(now, num, self.path.heard(), lossy);
                }
                Some(())
            }
            Err(Full) => {
                self.counters.send_stalls += 1;
                None
            }
        }
    }
}

impl<O: Outgoing, I: Incoming> core::fmt::Debug for Transport<'_, O, I> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Transport")
            .field("sender", &self.sender)
            .field("receiver", &self.receiver)
            .field("path", &self.path)
            .field("phase", &self.phase())
            .finish_non_exhaustive()
    }
}

/// Room for an instruction without a diff, compressed or not.
const MIN_INSTRUCTION: usize = 128;

/// Memory kept on the heap between instructions.
const KEPT_BYTES: usize = 16 << 10;
