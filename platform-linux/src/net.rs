//! UDP sockets of client and server.
//!
//! When to send, to whom and from a fresh port is decided in the core; here a port hop opens a
//! socket, and sockets that no answer can reach any more are closed.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

use mosh_core::platform::Link;
use mosh_core::time::Instant;
use mosh_core::transport::{Datagram, MAX_SOCKETS, SOCKET_LIFETIME, SendError, Transmit};
use rustix::io::Errno;

use crate::clock;
use crate::ports::PortRange;
use crate::sys::udp::{self, Received};

/// A UDP socket and its family.
#[derive(Debug)]
struct Port {
    socket: UdpSocket,
    v6: bool,
}

impl Port {
    /// Opens a socket on a port that the kernel chooses.
    fn ephemeral(v6: bool) -> io::Result<Self> {
        if v6 {
            let any = SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, 0);
            Ok(Self::prepared(udp::bind_v6(any, true)?, true))
        } else {
            Ok(Self::prepared(UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?, false))
        }
    }

    fn prepared(socket: UdpSocket, v6: bool) -> Self {
        udp::prepare(socket.as_fd(), v6);
        Self { socket, v6 }
    }

    /// Sends without waiting. A full buffer loses the datagram, as any router may.
    fn send(&self, destination: SocketAddr, payload: &[u8]) -> io::Result<()> {
        let destination = match destination {
            // An IPv6 socket reaches IPv4 by mapped addresses.
            SocketAddr::V4(address) if self.v6 => {
                SocketAddr::new(address.ip().to_ipv6_mapped().into(), address.port())
            }
            other => other,
        };
        match self.socket.send_to(payload, destination) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            result => result.map(|_| ()),
        }
    }

    /// Returns the next datagram, if there is one. What is too long is dropped, and what the
    /// network reports of earlier ones is known from their loss.
    fn receive(&self, buf: &mut [u8]) -> Option<Received> {
        loop {
            match udp::receive(self.socket.as_fd(), buf) {
                Ok(received) if received.truncated => {}
                Ok(received) => return Some(received),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                // Each such call consumes one report, so this ends.
                Err(error) if is_report(&error) => {}
                Err(_) => return None,
            }
        }
    }
}

/// Whether an error tells of an earlier datagram and not of this call.
fn is_report(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(
            Errno::CONNREFUSED
                | Errno::HOSTUNREACH
                | Errno::NETUNREACH
                | Errno::HOSTDOWN
                | Errno::MSGSIZE
                | Errno::INTR
        )
    )
}

/// What the core wants to know of a datagram that could not be sent.
fn send_error(error: &io::Error) -> SendError {
    if Errno::from_io_error(error) == Some(Errno::MSGSIZE) {
        SendError::TooLarge
    } else {
        SendError::Other
    }
}

/// Hands a datagram on to the core.
fn datagram(received: Received, buf: &mut [u8]) -> Datagram<'_> {
    Datagram {
        source: received.source,
        congestion: received.congestion,
        bytes: &mut buf[..received.len],
    }
}

/// The sockets of a client: the newest of a family sends, all receive.
#[derive(Debug, Default)]
pub(crate) struct ClientPorts {
    /// Oldest first.
    ports: Vec<Port>,
    hopped_at: Instant,
    /// Why the last datagram could not be sent, for the user.
    failure: Option<io::Error>,
}

impl ClientPorts {
    /// Takes the reason why a datagram could not be sent: no network, say.
    pub(crate) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    fn send_at(
        &mut self,
        now: Instant,
        destination: SocketAddr,
        fresh_port: bool,
        payload: &[u8],
    ) -> io::Result<()> {
        let v6 = destination.is_ipv6();
        let newest = self.ports.iter().rposition(|port| port.v6 == v6);
        let newest = match newest.filter(|_| !fresh_port) {
            Some(newest) => newest,
            None => {
                self.ports.push(Port::ephemeral(v6)?);
                self.hopped_at = now;
                self.prune(now);
                self.ports.len() - 1
            }
        };
        self.ports[newest].send(destination, payload)
    }

    fn receive_at(&mut self, now: Instant, buf: &mut [u8]) -> Option<Received> {
        let received = self.ports.iter().find_map(|port| port.receive(buf))?;
        self.prune(now);
        Some(received)
    }

    /// What to watch for datagrams.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.ports.iter().map(|port| port.socket.as_fd())
    }

    fn prune(&mut self, now: Instant) {
        if now - self.hopped_at > SOCKET_LIFETIME {
            for v6 in [false, true] {
                let newest = self.ports.iter().rposition(|port| port.v6 == v6);
                let mut index = 0;
                self.ports.retain(|port| {
                    let keep = port.v6 != v6 || Some(index) == newest;
                    index += 1;
                    keep
                });
            }
        }
        let excess = self.ports.len().saturating_sub(MAX_SOCKETS);
        self.ports.drain(..excess);
    }
}

impl Link for ClientPorts {
    fn send(&mut self, transmit: &Transmit, payload: &[u8]) -> Result<(), SendError> {
        let Transmit { destination, fresh_port, .. } = *transmit;
        self.send_at(clock::now(), destination, fresh_port, payload).map_err(|error| {
            let kind = send_error(&error);
            self.failure = Some(error);
            kind
        })
    }

    fn receive<'b>(&mut self, buf: &'b mut [u8]) -> Option<Datagram<'b>> {
        let received = self.receive_at(clock::now(), buf)?;
        Some(datagram(received, buf))
    }
}

/// The socket of a server.
#[derive(Debug)]
pub(crate) struct ServerPort(Port);

impl ServerPort {
    /// Binds to `wanted`, on the first free port of `ports`. `Ok` also tells of an address that
    /// could not be had, in whose place any is used.
    ///
    /// # Errors
    ///
    /// The system's, for the last port tried, when none is free.
    pub(crate) fn bind(
        wanted: Option<IpAddr>,
        ports: PortRange,
    ) -> io::Result<(Self, Option<io::Error>)> {
        let mut missed = None;
        if let Some(wanted) = wanted {
            match Self::bind_first(wanted, ports) {
                Ok(port) => return Ok((port, None)),
                Err(error) => missed = Some(error),
            }
        }
        // One socket for both families, where the system has IPv6.
        let any = Self::bind_first(Ipv6Addr::UNSPECIFIED.into(), ports)
            .or_else(|_| Self::bind_first(Ipv4Addr::UNSPECIFIED.into(), ports))?;
        Ok((any, missed))
    }

    fn bind_first(address: IpAddr, ports: PortRange) -> io::Result<Self> {
        let mut last = io::Error::from(Errno::ADDRINUSE);
        for port in ports.candidates() {
            let bound = match address {
                IpAddr::V4(address) => UdpSocket::bind((address, port)),
                IpAddr::V6(address) => {
                    let v6_only = !address.is_unspecified();
                    udp::bind_v6(SocketAddrV6::new(address, port, 0, 0), v6_only)
                }
            };
            match bound {
                Ok(socket) => return Ok(Self(Port::prepared(socket, address.is_ipv6()))),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// The port that clients are to use.
    pub(crate) fn number(&self) -> io::Result<u16> {
        Ok(self.0.socket.local_addr()?.port())
    }

    /// Whether datagrams may have to carry the larger header of IPv6.
    pub(crate) const fn is_v6(&self) -> bool {
        self.0.v6
    }
}

impl Link for ServerPort {
    fn send(&mut self, transmit: &Transmit, payload: &[u8]) -> Result<(), SendError> {
        self.0.send(transmit.destination, payload).map_err(|error| send_error(&error))
    }

    fn receive<'b>(&mut self, buf: &'b mut [u8]) -> Option<Datagram<'b>> {
        let received = self.0.receive(buf)?;
        Some(datagram(received, buf))
    }
}

impl AsFd for ServerPort {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.socket.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mosh_core::platform::MAX_DATAGRAM;
    use rustix::event::{PollFd, PollFlags, poll};

    fn wait<'a>(descriptors: impl Iterator<Item = BorrowedFd<'a>>) {
        let mut watched: Vec<_> = descriptors
            .map(|descriptor| PollFd::from_borrowed_fd(descriptor, PollFlags::IN))
            .collect();
        poll(&mut watched, None).unwrap();
    }

    fn at(server: &ServerPort, address: &str) -> SocketAddr {
        SocketAddr::new(address.parse().unwrap(), server.number().unwrap())
    }

    #[test]
    fn datagrams_go_both_ways_in_both_families() {
        let any = PortRange::parse("0").unwrap();
        for (wanted, reached) in [
            (Some("127.0.0.1"), &["127.0.0.1"][..]),
            (Some("::1"), &["::1"]),
            (None, &["127.0.0.1", "::1"]),
        ] {
            let wanted = wanted.map(|address| address.parse().unwrap());
            let (server, missed) = ServerPort::bind(wanted, any).unwrap();
            assert!(missed.is_none());
            let mut client = ClientPorts::default();
            for address in reached {
                let mut buf = [0; MAX_DATAGRAM];
                client.send_at(Instant::ZERO, at(&server, address), false, b"ping").unwrap();
                wait([server.as_fd()].into_iter());
                let received = server.0.receive(&mut buf).unwrap();
                assert_eq!(&buf[..received.len], b"ping");
                assert_eq!(received.source.ip().to_string(), *address);
                assert!(!received.congestion);

                server.0.send(received.source, b"pong").unwrap();
                wait(client.descriptors());
                let received = client.receive_at(Instant::ZERO, &mut buf).unwrap();
                assert_eq!(&buf[..received.len], b"pong");
                assert_eq!(received.source, at(&server, address));
                assert!(client.receive_at(Instant::ZERO, &mut buf).is_none());
            }
        }
    }

    #[test]
    fn congestion_marks_are_seen_and_long_datagrams_dropped() {
        let any = PortRange::parse("0").unwrap();
        for address in ["127.0.0.1", "::1"] {
            let (server, _) = ServerPort::bind(Some(address.parse().unwrap()), any).unwrap();
            let v6 = server.is_v6();
            let sender = UdpSocket::bind((address, 0)).unwrap();
            let (level, option) = if v6 {
                (libc::IPPROTO_IPV6, libc::IPV6_TCLASS)
            } else {
                (libc::IPPROTO_IP, libc::IP_TOS)
            };
            udp::set_option(sender.as_fd(), level, option, 0b11).unwrap();
            sender.send_to(&[7; MAX_DATAGRAM + 1], at(&server, address)).unwrap();
            sender.send_to(&[7; MAX_DATAGRAM], at(&server, address)).unwrap();
            wait([server.as_fd()].into_iter());
            let received = server.0.receive(&mut [0; MAX_DATAGRAM]).unwrap();
            assert_eq!((received.len, received.congestion), (MAX_DATAGRAM, true), "{address}");
        }
    }

    #[test]
    fn an_address_of_another_machine_is_replaced_by_any() {
        // RFC 5737: never an address of this machine.
        let foreign = "192.0.2.1".parse().unwrap();
        let (_, missed) = ServerPort::bind(Some(foreign), PortRange::parse("0").unwrap()).unwrap();
        assert!(missed.is_some());
    }

    #[test]
    fn the_first_free_port_of_a_range_is_taken() {
        let local = Some(Ipv4Addr::LOCALHOST.into());
        let (first, _) = ServerPort::bind(local, PortRange::DEFAULT).unwrap();
        let number = first.number().unwrap();
        assert!(PortRange::DEFAULT.candidates().contains(&number));
        let taken = PortRange::parse(&number.to_string()).unwrap();
        assert!(ServerPort::bind_first(Ipv4Addr::LOCALHOST.into(), taken).is_err());
    }

    #[test]
    fn old_ports_stay_readable_and_are_closed_in_time() {
        let any = PortRange::parse("0").unwrap();
        let (server, _) = ServerPort::bind(Some(Ipv4Addr::LOCALHOST.into()), any).unwrap();
        let target = at(&server, "127.0.0.1");
        let mut client = ClientPorts::default();
        let mut buf = [0; MAX_DATAGRAM];
        let mut sources = Vec::new();
        for second in 0..20 {
            let now = Instant::from_millis(second * 1000);
            client.send_at(now, target, second > 0, b"x").unwrap();
            wait([server.as_fd()].into_iter());
            sources.push(server.0.receive(&mut buf).unwrap().source);
        }
        assert_eq!(client.ports.len(), MAX_SOCKETS);
        server.0.send(sources[12], b"old").unwrap();
        wait(client.descriptors());
        assert!(client.receive_at(Instant::from_millis(20_000), &mut buf).is_some());
        assert_eq!(client.ports.len(), MAX_SOCKETS);

        server.0.send(sources[19], b"new").unwrap();
        wait(client.descriptors());
        assert!(client.receive_at(Instant::from_millis(90_000), &mut buf).is_some());
        assert_eq!(client.ports.len(), 1);
    }
}
