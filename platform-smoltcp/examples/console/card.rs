//! A network card made of a UDP socket of the host: what the socket receives comes in as an IP
//! packet, and the datagrams in the packets that are sent go out through the socket.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::time::Duration;

use mosh_smoltcp::smoltcp::phy::{
    ChecksumCapabilities, Device, DeviceCapabilities, Medium, RxToken, TxToken,
};
use mosh_smoltcp::smoltcp::time::Instant;
use mosh_smoltcp::smoltcp::wire::{IpProtocol, Ipv4Packet, Ipv4Repr, UdpPacket, UdpRepr};

#[derive(Debug)]
pub(crate) struct Card {
    socket: UdpSocket,
    /// What `wait` has seen, until it is received.
    packet: Option<Vec<u8>>,
}

const MTU: usize = 1500;

impl Card {
    /// Returns a card whose machine has one address, where one port is reached from outside.
    pub(crate) fn new(port: u16) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, port))?;
        Ok(Self { socket, packet: None })
    }

    pub(crate) fn address(&self) -> Ipv4Addr {
        Ipv4Addr::LOCALHOST
    }

    /// Sleeps until something is received, or for some time: a board waits for an interrupt.
    pub(crate) fn wait(&mut self, time: Duration) -> io::Result<()> {
        if self.packet.is_none() && !time.is_zero() {
            self.socket.set_nonblocking(false)?;
            self.socket.set_read_timeout(Some(time))?;
            self.packet = self.take()?;
        }
        Ok(())
    }

    /// The next datagram as an IP packet.
    fn take(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut payload = [0; MTU];
        let (len, source) = match self.socket.recv_from(&mut payload) {
            Ok((len, SocketAddr::V4(source))) => (len, source),
            Ok(_) => return Ok(None),
            Err(error)
                if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let port = self.socket.local_addr()?.port();
        Ok(Some(wrap(source, SocketAddrV4::new(self.address(), port), &payload[..len])))
    }
}

/// A datagram with the headers of UDP and IP.
fn wrap(source: SocketAddrV4, destination: SocketAddrV4, payload: &[u8]) -> Vec<u8> {
    let udp = UdpRepr { src_port: source.port(), dst_port: destination.port() };
    let ip = Ipv4Repr {
        src_addr: *source.ip(),
        dst_addr: *destination.ip(),
        next_header: IpProtocol::Udp,
        payload_len: udp.header_len() + payload.len(),
        hop_limit: 64,
    };
    let checksums = ChecksumCapabilities::default();
    let mut bytes = vec![0; ip.buffer_len() + ip.payload_len];
    let mut packet = Ipv4Packet::new_unchecked(&mut bytes[..]);
    ip.emit(&mut packet, &checksums);
    udp.emit(
        &mut UdpPacket::new_unchecked(packet.payload_mut()),
        &ip.src_addr.into(),
        &ip.dst_addr.into(),
        payload.len(),
        |space| space.copy_from_slice(payload),
        &checksums,
    );
    bytes
}

impl Device for Card {
    type RxToken<'a> = Received;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, _now: Instant) -> Option<(Received, Room<'_>)> {
        let packet = self.packet.take().or_else(|| {
            self.socket.set_nonblocking(true).ok()?;
            self.take().ok()?
        })?;
        Some((Received(packet), Room(&self.socket)))
    }

    fn transmit(&mut self, _now: Instant) -> Option<Room<'_>> {
        Some(Room(&self.socket))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = MTU;
        capabilities
    }
}

#[derive(Debug)]
pub(crate) struct Received(Vec<u8>);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

#[derive(Debug)]
pub(crate) struct Room<'a>(&'a UdpSocket);

impl TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut packet = vec![0; len];
        let result = f(&mut packet);
        if let Ok(ip) = Ipv4Packet::new_checked(&packet[..])
            && let Ok(udp) = UdpPacket::new_checked(ip.payload())
        {
            // A network may lose packets, so an error is one that was lost.
            let _ = self.0.send_to(udp.payload(), (ip.dst_addr(), udp.dst_port()));
        }
        result
    }
}
