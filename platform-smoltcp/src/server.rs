//! The console: a screen that programs write to and one user at a time looks at through mosh.
//!
//! Bytes of a shell, a serial line or a log become the screen, keys come back. The console does
//! not depend on its client: while none is there, or when one vanishes for good, output goes on to
//! be drawn, and whoever comes next sees what the screen shows then.
//!
//! A key serves one client. When a session is over ([`ConsoleEvent::Closed`]), or at any time,
//! [`Console::open`] begins the next one under another key; see [`keys`](crate::keys) for where
//! keys come from.

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;

use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write, WriteReady};
use mosh_core::crypto::SessionKey;
use mosh_core::screen::Size;
use mosh_core::server::{Server, ServerConfig, ServerEvent, ServerStorage};
use mosh_core::storage::Full;
use mosh_core::time::Instant;
use mosh_core::transport::{CloseReason, Timing};
use mosh_core::wire::mosh::Offer;
use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::phy::Device;

use crate::link::Wire;

/// What a console is made with.
#[derive(Clone, Copy, Debug)]
pub struct ConsoleConfig {
    /// The size of the screen until a client tells its own. It becomes no larger than the memory
    /// allows.
    pub size: Size,
    /// The UDP port to listen on; not 0.
    pub port: u16,
    /// Decides the padding that blurs the length of datagrams; need not be secret.
    pub seed: u64,
}

/// What happened and what the embedder may do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ConsoleEvent {
    /// A client that has the key is there.
    Opened,
    /// Its datagrams go to this address from here on.
    Moved(SocketAddr),
    /// The screen has this size: tell the program.
    Resized(Size),
    /// There are keys to read.
    Keys,
    /// The client has not been heard for 30 s. It may come back at any time.
    Silent,
    /// The session is over: [`Console::open`] begins another.
    Closed(CloseReason),
}

/// A console that is reached through mosh.
#[derive(Debug)]
pub struct Console<'s> {
    server: Server<'s>,
    socket: SocketHandle,
    config: ConsoleConfig,
    now: Instant,
    /// Keys on their way to a reader.
    typed: heapless::Deque<u8, 16>,
}

impl<'s> Console<'s> {
    /// Returns a console that waits for a client that has `key`, as long as it takes.
    ///
    /// # Errors
    ///
    /// [`Full`] if `memory` cannot hold what every session needs.
    pub fn new(
        config: ConsoleConfig,
        key: SessionKey,
        memory: ServerStorage<'s>,
        socket: SocketHandle,
        now: Instant,
    ) -> Result<Self, Full> {
        let mut server = Server::new(server_config(&config, key), memory, now)?;
        server.wait_for_client();
        Ok(Self { server, socket, config, now, typed: heapless::Deque::new() })
    }

    /// Ends the present session, if there is one, and waits for a client that has `key`. The screen
    /// stays; keys that nobody has read are forgotten.
    ///
    /// # Errors
    ///
    /// None where the memory was handed in.
    pub fn open(&mut self, key: SessionKey, now: Instant) -> Result<(), Full> {
        self.config.seed = self.config.seed.wrapping_add(1);
        self.typed.clear();
        self.server.reopen(server_config(&self.config, key), now)
    }

    /// Ends the present session in order: the client leaves. What is written before
    /// [`ConsoleEvent::Closed`] is not drawn.
    pub fn close(&mut self, now: Instant) {
        self.server.host_closed(now);
    }

    /// Runs the network interface, moves datagrams, does what the time has come for, and returns
    /// when to call this next at the latest. Call it as well when the network card has received
    /// something and after writing or reading.
    pub fn poll<D: Device + ?Sized>(
        &mut self,
        now: Instant,
        interface: &mut Interface,
        device: &mut D,
        sockets: &mut SocketSet<'_>,
    ) -> Option<Instant> {
        self.now = now;
        let (socket, port) = (self.socket, self.config.port);
        Wire { interface, device, sockets, socket, port, now }.turn(&mut self.server)
    }

    /// Returns the next event.
    pub fn poll_event(&mut self) -> Option<ConsoleEvent> {
        Some(match self.server.poll_event()? {
            ServerEvent::Attached => ConsoleEvent::Opened,
            ServerEvent::Moved(address) => ConsoleEvent::Moved(address),
            ServerEvent::Resize(size) => ConsoleEvent::Resized(size),
            ServerEvent::Input => ConsoleEvent::Keys,
            ServerEvent::Silent => ConsoleEvent::Silent,
            ServerEvent::Closed(reason) => ConsoleEvent::Closed(reason),
            _ => return None,
        })
    }

    /// The size of the screen.
    #[must_use]
    pub fn size(&self) -> Size {
        let (screens, frame) = self.server.screen();
        screens.size(frame)
    }

    /// The state machine below, for its getters: the screen, the client's address, the round trip,
    /// counters.
    #[must_use]
    pub fn server(&self) -> &Server<'s> {
        &self.server
    }

    fn fetch_keys(&mut self) {
        while self.typed.is_empty() {
            let mut keys = [0; 16];
            let len = self.server.read_host(&mut keys);
            if len == 0 {
                return;
            }
            for &key in &keys[..len] {
                self.typed.push_back(key).expect("it was empty and is as long");
            }
        }
    }
}

fn server_config(config: &ConsoleConfig, key: SessionKey) -> ServerConfig {
    ServerConfig {
        key,
        size: config.size,
        seed: config.seed,
        // The socket serves both families, so a datagram has to have room for the larger header.
        v6_socket: cfg!(feature = "ipv6"),
        network_timeout: None::<Duration>,
        timing: Timing::default(),
        offer: Some(Offer::OURS),
    }
}

/// Why nothing was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ConsoleError {
    /// No key is there yet. A console cannot wait, as it is its caller who polls it: ask
    /// [`ReadReady`] before.
    NoKeys,
}

impl fmt::Display for ConsoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no key was typed yet")
    }
}

impl core::error::Error for ConsoleError {}

impl embedded_io::Error for ConsoleError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl ErrorType for Console<'_> {
    type Error = ConsoleError;
}

impl ReadReady for Console<'_> {
    fn read_ready(&mut self) -> Result<bool, ConsoleError> {
        self.fetch_keys();
        Ok(!self.typed.is_empty())
    }
}

impl Read for Console<'_> {
    /// Copies keys into `buf`, as many as there are, without waiting.
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ConsoleError> {
        let mut len = 0;
        while len < buf.len() {
            self.fetch_keys();
            let Some(key) = self.typed.pop_front() else { break };
            buf[len] = key;
            len += 1;
        }
        if len == 0 && !buf.is_empty() { Err(ConsoleError::NoKeys) } else { Ok(len) }
    }
}

impl WriteReady for Console<'_> {
    fn write_ready(&mut self) -> Result<bool, ConsoleError> {
        Ok(true)
    }
}

impl Write for Console<'_> {
    /// Takes output of the program: always all of it, at once. Line feeds do not return to the
    /// first column: send CR LF.
    fn write(&mut self, output: &[u8]) -> Result<usize, ConsoleError> {
        self.server.write_host(self.now, output);
        Ok(output.len())
    }

    fn flush(&mut self) -> Result<(), ConsoleError> {
        Ok(())
    }
}
