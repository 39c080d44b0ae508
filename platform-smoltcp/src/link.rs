//! A UDP socket of smoltcp as the core's link.
//!
//! The socket's buffers are handed in by the embedder. For each direction, room for one datagram
//! and one entry of metadata is enough, as every datagram is taken at once and sent before the next
//! is made:
//!
//! ```
//! use mosh_smoltcp::link::DATAGRAM;
//! use mosh_smoltcp::smoltcp::socket::udp;
//!
//! let (mut rx_meta, mut rx) = ([udp::PacketMetadata::EMPTY; 1], [0; DATAGRAM]);
//! let (mut tx_meta, mut tx) = ([udp::PacketMetadata::EMPTY; 1], [0; DATAGRAM]);
//! let socket = udp::Socket::new(
//!     udp::PacketBuffer::new(&mut rx_meta[..], &mut rx[..]),
//!     udp::PacketBuffer::new(&mut tx_meta[..], &mut tx[..]),
//! );
//! ```
//!
//! More room for what is received helps where several datagrams wait in the network card: what
//! does not fit is lost, and sent again by the peer.
//!
//! # Addresses
//!
//! A console takes what comes to its port, whatever the interface's addresses are, so they may come
//! and change at any time: fixed, from smoltcp's DHCP socket (feature `dhcp`), or from a router
//! (feature `slaac`, and `slaac` in the interface's configuration). An interface that takes
//! addresses from routers needs a link-local address before: smoltcp 0.14 panics when it first asks
//! for a router and there is none. A viewer is told with
//! [`handle_network_change`](crate::Viewer::handle_network_change).
//!
//! # Differences
//!
//! smoltcp neither sets nor reads the ECN bits (RFC 3168), so congestion shows in lost datagrams
//! only.

use core::net::{IpAddr, SocketAddr};

use mosh_core::platform::{Endpoint, Link, turn};
use mosh_core::time::Instant;
use mosh_core::transport::{Datagram, SendError, Transmit};
use smoltcp::iface::{Interface, PollIngressSingleResult, PollResult, SocketHandle, SocketSet};
use smoltcp::phy::Device;
use smoltcp::socket::udp;
use smoltcp::wire::{IpAddress, IpEndpoint};

/// The longest datagram that either end of a session sends: one of 1280 bytes with its headers.
pub const DATAGRAM: usize = 1280;

/// Frames taken in one turn, so that a flood of them cannot keep the device from sending.
const MAX_FRAMES: usize = 32;

/// An end of a session that may have a say about a datagram before it is taken.
pub(crate) trait Guest: Endpoint {
    /// Whether a datagram from `source` is to be shown first.
    fn is_curious(&self, source: SocketAddr) -> bool {
        let _ = source;
        false
    }

    /// Looks at a copy of a datagram.
    fn preview(&mut self, now: Instant, copy: &mut [u8]) {
        let _ = (now, copy);
    }
}

/// What one turn of a session needs of the network.
pub(crate) struct Wire<'w, 's, D: Device + ?Sized> {
    pub(crate) interface: &'w mut Interface,
    pub(crate) device: &'w mut D,
    pub(crate) sockets: &'w mut SocketSet<'s>,
    pub(crate) socket: SocketHandle,
    /// The port to use if the socket has none yet.
    pub(crate) port: u16,
    pub(crate) now: Instant,
}

impl<D: Device + ?Sized> Wire<'_, '_, D> {
    /// Runs the interface and lets `endpoint` receive and send. Returns when either of both wants to
    /// be called next.
    pub(crate) fn turn<E: Guest>(mut self, endpoint: &mut E) -> Option<Instant> {
        self.bind();
        let at = timestamp(self.now);
        let mut buf = [0; DATAGRAM];
        self.interface.poll_maintenance(at);
        let more = self.take_frames(endpoint, &mut buf);
        let now = self.now;
        turn(endpoint, &mut self, now, &mut buf);
        self.flush();
        if more {
            return Some(self.now);
        }
        let stuck = !self.has_room();
        let interface = self.interface.poll_at(at, self.sockets);
        let interface = interface.map(|at| Instant::from_micros(at.total_micros().max(0) as u64));
        let interface = interface.map(|at| at.max(self.now));
        // What waits for room has nothing to do before the interface has made some.
        let endpoint = endpoint.poll_timeout().filter(|at| !stuck || *at > self.now);
        [interface, endpoint].into_iter().flatten().min()
    }

    /// Takes what the network card has received, frame by frame: the socket need not have room for
    /// more than one datagram. Returns whether there may be more.
    fn take_frames<E: Guest>(&mut self, endpoint: &mut E, buf: &mut [u8]) -> bool {
        let at = timestamp(self.now);
        for _ in 0..MAX_FRAMES {
            let taken = self.interface.poll_ingress_single(at, self.device, self.sockets);
            self.preview(endpoint, buf);
            while let Some(datagram) = self.receive(buf) {
                endpoint.handle_datagram(self.now, datagram);
                self.preview(endpoint, buf);
            }
            if matches!(taken, PollIngressSingleResult::None) {
                return false;
            }
        }
        true
    }

    fn preview<E: Guest>(&mut self, endpoint: &mut E, buf: &mut [u8]) {
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(self.socket);
        let Ok((payload, meta)) = socket.peek() else { return };
        let source = SocketAddr::new(meta.endpoint.addr.into(), meta.endpoint.port);
        if let Some(copy) = buf.get_mut(..payload.len())
            && endpoint.is_curious(source)
        {
            copy.copy_from_slice(payload);
            endpoint.preview(self.now, copy);
        }
    }

    fn bind(&mut self) {
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(self.socket);
        if !socket.is_open() {
            // Fails for port 0 only, which the owner excludes.
            let _ = socket.bind(self.port);
        }
    }

    /// Hands what waits in the socket to the network card, as far as that takes it.
    fn flush(&mut self) {
        let at = timestamp(self.now);
        while matches!(
            self.interface.poll_egress(at, self.device, self.sockets),
            PollResult::SocketStateChanged
        ) {}
    }

    /// Bytes of a datagram's contents that fit into a frame of the device.
    fn largest(&self, destination: &SocketAddr) -> usize {
        let headers = if destination.is_ipv6() { 40 + 8 } else { 20 + 8 };
        self.device.capabilities().ip_mtu().saturating_sub(headers)
    }
}

impl<D: Device + ?Sized> Link for Wire<'_, '_, D> {
    fn send(&mut self, transmit: &Transmit, payload: &[u8]) -> Result<(), SendError> {
        if payload.len() > self.largest(&transmit.destination) {
            return Err(SendError::TooLarge);
        }
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(self.socket);
        if transmit.fresh_port {
            // What is on its way to the old port is lost, as on any path that a client leaves.
            let port = socket.endpoint().port;
            socket.close();
            let next = if port == u16::MAX { FIRST_PRIVATE_PORT } else { port + 1 };
            socket.bind(next.max(FIRST_PRIVATE_PORT)).map_err(|_| SendError::Other)?;
        }
        let endpoint = endpoint(transmit.destination).ok_or(SendError::Other)?;
        let sent = socket.send_slice(payload, endpoint).map_err(|_| SendError::Other);
        self.flush();
        sent
    }

    fn has_room(&mut self) -> bool {
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(self.socket);
        socket.can_send() && socket.send_queue() + DATAGRAM <= socket.payload_send_capacity()
    }

    fn receive<'b>(&mut self, buf: &'b mut [u8]) -> Option<Datagram<'b>> {
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(self.socket);
        loop {
            let (payload, meta) = socket.recv().ok()?;
            // Longer ones are none of ours.
            let Some(bytes) = buf.get_mut(..payload.len()) else { continue };
            bytes.copy_from_slice(payload);
            let len = payload.len();
            let source = SocketAddr::new(meta.endpoint.addr.into(), meta.endpoint.port);
            return Some(Datagram { source, congestion: false, bytes: &mut buf[..len] });
        }
    }
}

/// The same address for smoltcp, if it speaks the family.
fn endpoint(address: SocketAddr) -> Option<IpEndpoint> {
    let ip = match address.ip() {
        #[cfg(feature = "ipv4")]
        IpAddr::V4(ip) => IpAddress::Ipv4(ip),
        #[cfg(feature = "ipv6")]
        IpAddr::V6(ip) => IpAddress::Ipv6(ip),
        #[cfg(not(all(feature = "ipv4", feature = "ipv6")))]
        _ => return None,
    };
    Some(IpEndpoint::new(ip, address.port()))
}

/// Ports from here on belong to nobody (RFC 6335 §6).
const FIRST_PRIVATE_PORT: u16 = 49152;

/// The same point in time for smoltcp.
pub(crate) fn timestamp(now: Instant) -> smoltcp::time::Instant {
    smoltcp::time::Instant::from_micros(i64::try_from(now.micros()).unwrap_or(i64::MAX))
}
