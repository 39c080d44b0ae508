//! State synchronisation: which state the peer holds, what to send it, and when.

mod config;
mod counters;
mod state;
mod timer;

pub use config::{
    Arrival, CloseReason, Config, Datagram, Discard, Held, MAX_ADDRESSES, Phase, Piece, Received,
    Role, SendError, StateNum, Transmit, TransportMemory, TransportStorage,
};
pub use counters::Counters;
pub use state::{BadDiff, Incoming, Outgoing};
pub use timer::Timer;

use core::net::SocketAddr;
use core::time::Duration;

use crate::storage::Full;
use crate::time::Instant;

/// Old sockets of a client that stay readable after port hops, the newest included.
pub const MAX_SOCKETS: usize = 10;
/// How long old sockets stay readable after the last port hop.
pub const SOCKET_LIFETIME: Duration = Duration::from_secs(60);

/// One end of a session.
#[derive(Debug)]
pub struct Transport<'s, O: Outgoing, I: Incoming> {
    o: O,
    i: I,
    s: TransportStorage<'s, I::Snapshot>,
    c: Counters,
}

#[allow(missing_docs, unused_variables, clippy::all)]
impl<'s, O: Outgoing, I: Incoming> Transport<'s, O, I> {
    pub fn new(
        config: Config,
        outgoing: O,
        incoming: I,
        storage: TransportStorage<'s, I::Snapshot>,
        now: Instant,
    ) -> Result<Self, Full> {
        todo!()
    }
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        datagram: Datagram<'_>,
    ) -> Result<Arrival, Discard> {
        todo!()
    }
    pub fn handle_timeout(&mut self, now: Instant) {
        todo!()
    }
    pub fn handle_send_error(&mut self, now: Instant, error: SendError) {
        todo!()
    }
    pub fn handle_network_change(&mut self, now: Instant) {
        todo!()
    }
    pub fn handle_addresses(&mut self, now: Instant, addresses: &[SocketAddr]) {
        todo!()
    }
    pub fn shut_down(&mut self, now: Instant) {
        todo!()
    }
    pub fn poll_transmit(&mut self, now: Instant, buf: &mut [u8]) -> Option<Transmit> {
        todo!()
    }
    pub fn wants_addresses(&mut self, now: Instant) -> bool {
        todo!()
    }
    pub fn outgoing_mut(&mut self) -> &mut O {
        todo!()
    }
    pub fn incoming_mut(&mut self) -> &mut I {
        todo!()
    }
    pub fn incoming_and_newest(&mut self) -> (&mut I, &I::Snapshot) {
        todo!()
    }
    pub fn poll_timeout(&self) -> Option<Instant> {
        todo!()
    }
    pub fn next_timer(&self) -> Option<(Timer, Instant)> {
        todo!()
    }
    pub fn outgoing(&self) -> &O {
        todo!()
    }
    pub fn incoming(&self) -> &I {
        todo!()
    }
    pub fn newest(&self) -> Received<'_, I::Snapshot> {
        todo!()
    }
    pub fn sent_num(&self) -> StateNum {
        todo!()
    }
    pub fn acked_num(&self) -> StateNum {
        todo!()
    }
    pub fn acked_sent_at(&self) -> Instant {
        todo!()
    }
    pub fn last_heard(&self) -> Option<Instant> {
        todo!()
    }
    pub fn round_trip(&self) -> Option<Duration> {
        todo!()
    }
    pub fn send_interval(&self) -> Duration {
        todo!()
    }
    pub fn peer(&self) -> Option<SocketAddr> {
        todo!()
    }
    pub fn phase(&self) -> Phase {
        todo!()
    }
    pub fn counters(&self) -> &Counters {
        todo!()
    }
}
