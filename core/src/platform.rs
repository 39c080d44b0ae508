//! What a platform supplies, and the loop body that every platform runs.
//!
//! A platform is a clock, a datagram [`Link`] and something to show or run. It waits, this module
//! turns. No protocol rule, retry or timer belongs to a platform.

use crate::client::Client;
use crate::server::Server;
use crate::time::Instant;
use crate::transport::{Datagram, SendError, Transmit};

pub use crate::wire::packet::MAX_DATAGRAM;

/// Datagrams taken in one turn, so that a flood of them cannot keep the endpoint from sending.
const MAX_RECEIVED_PER_TURN: usize = 64;

/// A way to send and receive datagrams: one or several UDP sockets.
pub trait Link {
    /// Sends `payload` to `transmit.destination` with the ECT(0) codepoint (RFC 3168), from a
    /// fresh source port if `transmit.fresh_port` asks for it.
    ///
    /// # Errors
    ///
    /// [`SendError::TooLarge`] where the system refuses the size (`EMSGSIZE`), and
    /// [`SendError::Other`] for everything else. The protocol repeats what matters.
    fn send(&mut self, transmit: &Transmit, payload: &[u8]) -> Result<(), SendError>;

    /// Whether [`send`](Self::send) has room for one more datagram. What a link without room would
    /// lose stays with the endpoint instead; the platform turns again when there is room.
    fn has_room(&mut self) -> bool {
        true
    }

    /// Receives the next datagram into `buf` without waiting. A datagram longer than `buf` is to
    /// be skipped, not cut.
    fn receive<'b>(&mut self, buf: &'b mut [u8]) -> Option<Datagram<'b>>;
}

/// Either end of a session, as the loop sees it.
pub trait Endpoint {
    /// Takes a datagram.
    fn handle_datagram(&mut self, now: Instant, datagram: Datagram<'_>);
    /// Does what the time has come for.
    fn handle_timeout(&mut self, now: Instant);
    /// Learns that a datagram could not be sent.
    fn handle_send_error(&mut self, now: Instant, error: SendError);
    /// Writes the next datagram that is due.
    fn poll_transmit(&mut self, now: Instant, buf: &mut [u8]) -> Option<Transmit>;
    /// When to turn next.
    fn poll_timeout(&self) -> Option<Instant>;
}

macro_rules! endpoint {
    ($name:ident) => {
        impl Endpoint for $name<'_> {
            fn handle_datagram(&mut self, now: Instant, datagram: Datagram<'_>) {
                // A discarded datagram is counted by the endpoint and concerns nobody else.
                let _ = $name::handle_datagram(self, now, datagram);
            }

            fn handle_timeout(&mut self, now: Instant) {
                $name::handle_timeout(self, now);
            }

            fn handle_send_error(&mut self, now: Instant, error: SendError) {
                $name::handle_send_error(self, now, error);
            }

            fn poll_transmit(&mut self, now: Instant, buf: &mut [u8]) -> Option<Transmit> {
                $name::poll_transmit(self, now, buf)
            }

            fn poll_timeout(&self) -> Option<Instant> {
                $name::poll_timeout(self)
            }
        }
    };
}

endpoint!(Client);
endpoint!(Server);

/// Moves everything that can move at `now`: received datagrams in, due timers, datagrams out.
/// `buf` holds one datagram at a time ([`MAX_DATAGRAM`] bytes).
///
/// The platform then takes the endpoint's events, and after that waits for a datagram, another
/// input or the endpoint's deadline.
pub fn turn<E: Endpoint, L: Link>(endpoint: &mut E, link: &mut L, now: Instant, buf: &mut [u8]) {
    for _ in 0..MAX_RECEIVED_PER_TURN {
        let Some(datagram) = link.receive(buf) else { break };
        endpoint.handle_datagram(now, datagram);
    }
    endpoint.handle_timeout(now);
    while link.has_room() {
        let Some(transmit) = endpoint.poll_transmit(now, buf) else { break };
        if let Err(error) = link.send(&transmit, &buf[..transmit.len]) {
            endpoint.handle_send_error(now, error);
        }
    }
}
