//! Another session on the same screen.

use super::{CursorKeys, EchoAck, Hold, Pending, Server, ServerConfig};
use crate::diff::HostState;
use crate::input::KeyStream;
use crate::storage::Full;
use crate::time::Instant;

impl Server<'_> {
    /// Has the server wait for its first client as long as it takes, instead of a minute: where
    /// the key was handed over long before.
    pub fn wait_for_client(&mut self) {
        self.patience = None;
    }

    /// Ends the present session, if one is open, without a word to its client, and begins another
    /// with another key. The program goes on, and what it has drawn is shown to the new client;
    /// what the last client typed and nobody has read is forgotten.
    ///
    /// `config.size` has no effect: the screen keeps the size that it has until the client tells
    /// its own.
    ///
    /// ```
    /// use mosh_core::crypto::SessionKey;
    /// use mosh_core::screen::Size;
    /// use mosh_core::server::{Server, ServerConfig};
    /// use mosh_core::storage::{StaticServer, server_rows};
    /// use mosh_core::time::Instant;
    /// use mosh_core::transport::Timing;
    /// use mosh_core::wire::mosh::Offer;
    ///
    /// let config = |key| ServerConfig {
    ///     key: SessionKey::from_bytes(key),
    ///     size: Size { columns: 40, rows: 12 },
    ///     seed: 1,
    ///     v6_socket: false,
    ///     network_timeout: None,
    ///     timing: Timing::default(),
    ///     offer: Some(Offer::OURS),
    /// };
    /// let mut memory = StaticServer::<40, 12, { server_rows(12) }, 2048>::new();
    /// let now = Instant::ZERO;
    /// let mut server = Server::new(config([1; 16]), memory.storage(), now)?;
    /// server.write_host(now, b"booted");
    /// server.reopen(config([2; 16]), now)?;
    /// let (screens, frame) = server.screen();
    /// assert_eq!(screens.row(frame, 0)[0].glyph().single(), Some('b'));
    /// # Ok::<(), mosh_core::storage::Full>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Full`] where storage that grows cannot; storage that was handed in holds as many sessions,
    /// one after the other, as there are keys.
    pub fn reopen(&mut self, config: ServerConfig, now: Instant) -> Result<(), Full> {
        let now = now.max(self.now);
        let network_timeout = config.network_timeout;
        self.transport.reopen(
            config.transport(),
            now,
            (HostState::begin_again, KeyStream::begin_again),
        )?;
        self.cursor_keys = CursorKeys::default();
        self.echo = EchoAck::default();
        self.hold = Hold::default();
        self.network_timeout = network_timeout;
        (self.started_at, self.last_state_at, self.now) = (now, None, now);
        (self.pending, self.closed, self.silent) = (Pending::default(), None, false);
        Ok(())
    }
}
