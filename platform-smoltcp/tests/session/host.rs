//! A host on the cable: an interface of smoltcp, a UDP socket, and the core's link over it as a
//! user of the core would write it, without the code under test.

use std::net::SocketAddr;

use mosh_core::platform::{Endpoint, Link, turn};
use mosh_core::time::Instant;
use mosh_core::transport::{Datagram, SendError, Transmit};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::udp;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr, IpEndpoint};

use crate::cable::Card;

pub(crate) struct Host {
    pub(crate) interface: Interface,
    pub(crate) card: Card,
    pub(crate) sockets: SocketSet<'static>,
    pub(crate) socket: SocketHandle,
}

/// The host's addresses: `10.0.0.N` and `fd00::N`.
pub(crate) fn address(number: u8, v6: bool, port: u16) -> SocketAddr {
    if v6 {
        ([0xfd00, 0, 0, 0, 0, 0, 0, number.into()], port).into()
    } else {
        ([10, 0, 0, number], port).into()
    }
}

impl Host {
    /// Returns a host whose socket has room for `datagrams` each way.
    pub(crate) fn new(card: Card, number: u8, datagrams: usize) -> Self {
        let mut host = Self::configured(card, number, datagrams, false);
        host.renumber(number);
        host
    }

    /// Returns a host that takes its address from a router (SLAAC, RFC 4862).
    pub(crate) fn autoconfigured(card: Card, number: u8) -> Self {
        let mut host = Self::configured(card, number, 1, true);
        host.interface.update_ip_addrs(|addresses| {
            let link_local = [0xfe80, 0, 0, 0, 0, 0x00ff, 0xfe00, number.into()];
            addresses.push(IpCidr::new(IpAddress::Ipv6(link_local.into()), 64)).unwrap();
        });
        host
    }

    fn configured(mut card: Card, number: u8, datagrams: usize, slaac: bool) -> Self {
        let hardware = HardwareAddress::Ethernet(EthernetAddress([2, 0, 0, 0, 0, number]));
        let mut config = Config::new(hardware);
        config.slaac = slaac;
        let interface = Interface::new(config, &mut card, smoltcp::time::Instant::ZERO);
        let buffer = || {
            udp::PacketBuffer::new(
                vec![udp::PacketMetadata::EMPTY; datagrams],
                vec![0; datagrams * mosh_smoltcp::link::DATAGRAM],
            )
        };
        let mut sockets = SocketSet::new(Vec::new());
        let socket = sockets.add(udp::Socket::new(buffer(), buffer()));
        Self { interface, card, sockets, socket }
    }

    /// Moves the host to other addresses.
    pub(crate) fn renumber(&mut self, number: u8) {
        set_addresses(&mut self.interface, number);
    }

    /// Lets the host answer what needs no program.
    pub(crate) fn listen(&mut self, now: Instant) {
        let at = smoltcp::time::Instant::from_micros(now.micros() as i64);
        self.interface.poll(at, &mut self.card, &mut self.sockets);
    }

    /// One turn of an endpoint on this host.
    pub(crate) fn turn<E: Endpoint>(&mut self, endpoint: &mut E, now: Instant, port: u16) {
        let at = smoltcp::time::Instant::from_micros(now.micros() as i64);
        self.interface.poll(at, &mut self.card, &mut self.sockets);
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(self.socket);
        if !socket.is_open() {
            socket.bind(port).unwrap();
        }
        turn(endpoint, &mut Socket(socket), now, &mut [0; 2048]);
        self.interface.poll(at, &mut self.card, &mut self.sockets);
    }
}

fn set_addresses(interface: &mut Interface, number: u8) {
    interface.update_ip_addrs(|addresses| {
        addresses.clear();
        for v6 in [false, true] {
            let ip = address(number, v6, 0).ip().into();
            addresses.push(IpCidr::new(ip, if v6 { 64 } else { 24 })).unwrap();
        }
    });
}

struct Socket<'a>(&'a mut udp::Socket<'static>);

impl Link for Socket<'_> {
    fn send(&mut self, transmit: &Transmit, payload: &[u8]) -> Result<(), SendError> {
        if transmit.fresh_port {
            let port = self.0.endpoint().port + 1;
            self.0.close();
            self.0.bind(port).unwrap();
        }
        let destination = IpEndpoint::from(transmit.destination);
        self.0.send_slice(payload, destination).map_err(|_| SendError::Other)
    }

    fn receive<'b>(&mut self, buf: &'b mut [u8]) -> Option<Datagram<'b>> {
        let (len, meta) = self.0.recv_slice(buf).ok()?;
        let source = SocketAddr::new(meta.endpoint.addr.into(), meta.endpoint.port);
        Some(Datagram { source, congestion: false, bytes: &mut buf[..len] })
    }
}
