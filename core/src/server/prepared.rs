//! A server that has all it needs, and is not put together yet.

use core::time::Duration;

use super::{
    CursorKeys, EchoAck, FIRST_CONTACT_TIMEOUT, Hold, Pending, Server, ServerConfig, ServerStorage,
};
use crate::diff::HostState;
use crate::input::KeyStream;
use crate::storage::Full;
use crate::terminal::Replies;
use crate::time::Instant;
use crate::transport;

/// What a [`Server`] is made of, once it is sure that there is room for it: a way to make one in
/// its place, without a copy on the stack.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Prepared<'s> {
    transport: transport::Prepared<'s, HostState<'s>, KeyStream<'s>>,
    network_timeout: Option<Duration>,
    patience: Option<Duration>,
    now: Instant,
}

impl<'s> Prepared<'s> {
    /// Prepares a server.
    ///
    /// # Errors
    ///
    /// [`Full`] if `storage` cannot hold the states that every session needs.
    pub fn new(
        config: ServerConfig,
        storage: ServerStorage<'s>,
        now: Instant,
    ) -> Result<Self, Full> {
        let (size, network_timeout) = (config.size, config.network_timeout);
        let transport = transport::Prepared::new(
            config.transport(),
            HostState::new(storage.host, size)?,
            KeyStream::new(storage.keys),
            storage.transport,
            now,
        )?;
        let patience = Some(FIRST_CONTACT_TIMEOUT);
        Ok(Self { transport, network_timeout, patience, now })
    }

    /// As [`Server::wait_for_client`].
    #[must_use]
    pub fn wait_for_client(self) -> Self {
        Self { patience: None, ..self }
    }

    /// Starts the server, which waits for its client.
    // As for the transport, to be written to where it goes.
    #[inline(never)]
    #[must_use]
    pub fn start(self) -> Server<'s> {
        let now = self.now;
        Server {
            transport: self.transport.start(),
            cursor_keys: CursorKeys::default(),
            echo: EchoAck::default(),
            hold: Hold::default(),
            replies: Replies::new(),
            network_timeout: self.network_timeout,
            patience: self.patience,
            started_at: now,
            last_state_at: None,
            now,
            pending: Pending::default(),
            closed: None,
            silent: false,
        }
    }
}
