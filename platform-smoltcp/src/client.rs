//! The viewer: a terminal on a display or a serial line that shows what a mosh server sends.

use core::net::SocketAddr;

use embedded_io::Write;
use mosh_core::client::{Client, ClientConfig, ClientEvent, ClientStorage};
use mosh_core::crypto::SessionKey;
use mosh_core::diff::Capabilities;
use mosh_core::input::EscapeKey;
use mosh_core::predict::Display;
use mosh_core::screen::Size;
use mosh_core::storage::Full;
use mosh_core::time::Instant;
use mosh_core::transport::{CloseReason, Timing};
use mosh_core::wire::mosh::Offer;
use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::phy::Device;
use smoltcp::socket::udp;

use crate::link::{Guest, Wire};

/// What a viewer is made with.
#[derive(Clone, Debug)]
pub struct ViewerConfig {
    /// The server's address.
    pub server: SocketAddr,
    /// The UDP port to send from; not 0. With each change of the network another one follows.
    pub port: u16,
    /// Size of the terminal in cells.
    pub size: Size,
    /// What the terminal understands.
    pub terminal: Capabilities,
    /// When to show keys before the server has answered.
    pub display: Display,
    /// The key that introduces commands, such as the one that ends the session.
    pub escape: EscapeKey,
    /// Decides the padding that blurs the length of datagrams; need not be secret.
    pub seed: u64,
}

/// What happened and what the embedder does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ViewerEvent {
    /// The picture changed: call [`Viewer::render`].
    Draw,
    /// The user asked for a pause: the device decides what that means.
    Suspend,
    /// The server was not heard for long: if it may have another address, call
    /// [`Viewer::set_server`].
    Resolve,
    /// The session is over: call [`Viewer::finish`] and drop the viewer.
    Closed(CloseReason),
}

/// A mosh client.
#[derive(Debug)]
pub struct Viewer<'s> {
    client: Client<'s>,
    socket: SocketHandle,
    port: u16,
    /// Instructions that did not fit when the user was last told.
    too_large: u64,
}

impl Guest for Client<'_> {}

impl<'s> Viewer<'s> {
    /// Returns a viewer that sends its first datagram when it is polled.
    ///
    /// # Errors
    ///
    /// [`Full`] if `memory` cannot hold what every session needs.
    pub fn new(
        config: ViewerConfig,
        key: SessionKey,
        memory: ClientStorage<'s>,
        socket: SocketHandle,
        now: Instant,
    ) -> Result<Self, Full> {
        let port = config.port;
        let config = ClientConfig {
            key,
            addresses: [config.server].into_iter().collect(),
            size: config.size,
            seed: config.seed,
            tty: config.terminal,
            display: config.display,
            overwrite: false,
            escape: config.escape,
            title_prefix: false,
            timing: Timing::default(),
            offer: Some(Offer::OURS),
        };
        Ok(Self { client: Client::new(config, memory, now)?, socket, port, too_large: 0 })
    }

    /// Takes what the user typed, as a terminal sends it.
    ///
    /// # Errors
    ///
    /// [`Full`] if too much waits for the server already; none of the keys counts as typed then.
    pub fn send_keys(&mut self, now: Instant, keys: &[u8]) -> Result<(), Full> {
        self.client.send_keys(now, keys)
    }

    /// Learns that the terminal has another size.
    ///
    /// # Errors
    ///
    /// [`Full`] if too much waits for the server already; say it again later.
    pub fn resize(&mut self, now: Instant, size: Size) -> Result<(), Full> {
        self.client.resize(now, size)
    }

    /// Learns where the server is by now.
    pub fn set_server(&mut self, now: Instant, server: SocketAddr) {
        self.client.handle_addresses(now, &[server]);
    }

    /// Learns that the device's addresses or routes changed.
    pub fn handle_network_change(&mut self, now: Instant) {
        self.client.handle_network_change(now);
    }

    /// Ends the session; `why` is shown until it has ended. A second call ends it at once.
    pub fn shut_down(&mut self, now: Instant, why: &str) {
        self.client.shut_down(now, why);
    }

    /// Runs the network interface, moves datagrams, does what the time has come for, and returns
    /// when to call this next at the latest. Call it as well when the network card has received
    /// something and after keys.
    pub fn poll<D: Device + ?Sized>(
        &mut self,
        now: Instant,
        interface: &mut Interface,
        device: &mut D,
        sockets: &mut SocketSet<'_>,
    ) -> Option<Instant> {
        let local = sockets.get::<udp::Socket<'_>>(self.socket).endpoint().port;
        if local != 0 {
            self.port = local;
        }
        let (socket, port) = (self.socket, self.port);
        let wire = Wire { interface, device, sockets, socket, port, now };
        let deadline = wire.turn(&mut self.client);
        let too_large = self.client.counters().too_large;
        if core::mem::replace(&mut self.too_large, too_large) != too_large {
            // The server repeats it without end, or until its screen holds less.
            self.client.show_error(now, "The screen holds more than this device has memory for.");
            return Some(now);
        }
        deadline
    }

    /// Returns the next event.
    pub fn poll_event(&mut self) -> Option<ViewerEvent> {
        Some(match self.client.poll_event()? {
            ClientEvent::Draw => ViewerEvent::Draw,
            ClientEvent::Suspend => ViewerEvent::Suspend,
            ClientEvent::Resolve => ViewerEvent::Resolve,
            ClientEvent::Closed(reason) => ViewerEvent::Closed(reason),
            _ => return None,
        })
    }

    /// Writes what brings the terminal from what it shows to the newest picture.
    ///
    /// # Errors
    ///
    /// Those of `terminal`, whose contents count as unknown then.
    pub fn render<W: Write>(&mut self, now: Instant, terminal: &mut W) -> Result<(), W::Error> {
        self.client.render(now, terminal)
    }

    /// Learns that the terminal's contents are unknown: the next picture is drawn as a whole.
    pub fn repaint(&mut self) {
        self.client.repaint();
    }

    /// Writes the last picture and gives the terminal its usual modes back.
    ///
    /// # Errors
    ///
    /// Those of `terminal`.
    pub fn finish<W: Write>(&mut self, terminal: &mut W) -> Result<(), W::Error> {
        self.client.finish(terminal)
    }

    /// The state machine below, for its getters.
    #[must_use]
    pub fn client(&self) -> &Client<'s> {
        &self.client
    }
}
