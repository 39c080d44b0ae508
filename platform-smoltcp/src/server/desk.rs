//! Who is served: the client of the present session, or one that has the next key.

use core::fmt;
use core::net::SocketAddr;

use mosh_core::crypto::{Direction, Session, SessionKey};
use mosh_core::platform::Endpoint;
use mosh_core::server::Server;
use mosh_core::storage::Full;
use mosh_core::time::Instant;
use mosh_core::transport::{Datagram, SendError, Transmit};
use mosh_core::wire::packet::Sealed;

use super::{ConsoleConfig, server_config};
use crate::link::Guest;

#[derive(Debug)]
pub(super) struct Desk<'s> {
    pub(super) server: Server<'s>,
    pub(super) config: ConsoleConfig,
    pub(super) standby: Option<Standby>,
    pub(super) taken_over: bool,
    /// The last datagram was none of the client's.
    pub(super) stranger: bool,
}

/// The next key, and what opens a datagram that was sealed with it. It seals nothing.
pub(super) struct Standby {
    key: SessionKey,
    session: Session,
}

impl Standby {
    pub(super) fn new(key: SessionKey) -> Self {
        let session = Session::new(&key, Direction::ToClient);
        Self { key, session }
    }

    /// Whether a client that has the key has sealed the datagram, which is destroyed.
    fn knows(&self, datagram: &mut [u8]) -> bool {
        let Some(Sealed { nonce, ciphertext, tag }) = Sealed::parse(datagram) else { return false };
        nonce.direction() == Direction::ToServer
            && self.session.open(&nonce, ciphertext, &tag).is_ok()
    }
}

impl fmt::Debug for Standby {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standby(..)")
    }
}

impl Desk<'_> {
    pub(super) fn open(&mut self, key: SessionKey, now: Instant) -> Result<(), Full> {
        self.config.seed = self.config.seed.wrapping_add(1);
        self.server.reopen(server_config(&self.config, key), now)
    }
}

impl Endpoint for Desk<'_> {
    fn handle_datagram(&mut self, now: Instant, datagram: Datagram<'_>) {
        let foreign = self.server.counters().foreign;
        Endpoint::handle_datagram(&mut self.server, now, datagram);
        self.stranger = self.server.counters().foreign != foreign;
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.server.handle_timeout(now);
    }

    fn handle_send_error(&mut self, now: Instant, error: SendError) {
        self.server.handle_send_error(now, error);
    }

    fn poll_transmit(&mut self, now: Instant, buf: &mut [u8]) -> Option<Transmit> {
        self.server.poll_transmit(now, buf)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.server.poll_timeout()
    }
}

impl Guest for Desk<'_> {
    fn is_curious(&self, source: SocketAddr) -> bool {
        // Another client may well come from the address of the last one.
        self.standby.is_some() && (self.stranger || self.server.peer() != Some(source))
    }

    fn preview(&mut self, now: Instant, copy: &mut [u8]) {
        if let Some(standby) = self.standby.take_if(|standby| standby.knows(copy)) {
            self.taken_over = self.open(standby.key, now).is_ok();
        }
    }
}
