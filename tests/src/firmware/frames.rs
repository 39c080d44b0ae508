//! Ethernet frames, as the one host sees them that is at the other end of a board's wire.
//!
//! That host is the router: it gives the board its addresses (DHCP, RFC 2131; router
//! advertisements, RFC 4861 and 4862), and answers for every other address there is (ARP,
//! RFC 826; neighbour advertisements, RFC 4861 §7.2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::time::Duration;
use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, DHCP_CLIENT_PORT, DHCP_SERVER_PORT, DhcpMessageType,
    DhcpPacket, DhcpRepr, EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr,
    Icmpv6Packet, Icmpv6Repr, IpAddress, IpProtocol, IpRepr, Ipv4Packet, Ipv4Repr, Ipv6Packet,
    Ipv6Repr, NdiscNeighborFlags, NdiscPrefixInfoFlags, NdiscPrefixInformation, NdiscRepr,
    NdiscRouterFlags, UdpPacket, UdpRepr,
};

/// Addresses of the network, of those for documentation (RFC 5737, RFC 3849).
const ROUTER_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const BOARD_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const MASK_V4: Ipv4Addr = Ipv4Addr::new(255, 255, 255, 0);
const PREFIX_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0);
const ROUTER_V6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ROUTER: EthernetAddress = EthernetAddress([0x02, 0, 0, 0, 0, 0x01]);

const HOP_LIMIT: u8 = 64;
/// Neighbours' messages are believed only if no router can have passed them on (RFC 4861 §6.1).
const NO_ROUTER: u8 = 255;
const LEASE: u32 = 3600;

/// What a frame of the board means to the router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A datagram for somebody.
    Datagram {
        /// The board's address and port.
        from: SocketAddr,
        /// Whom it is for.
        to: SocketAddr,
        /// What it carries.
        payload: Vec<u8>,
    },
    /// Something that is answered with this frame.
    Question(Vec<u8>),
}

/// What the router knows of its neighbour.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Neighbour(Option<EthernetAddress>);

impl Neighbour {
    /// Makes sense of a frame.
    pub(super) fn hear(&mut self, frame: &[u8]) -> Option<Heard> {
        let frame = EthernetFrame::new_checked(frame).ok()?;
        self.0 = Some(frame.src_addr());
        match frame.ethertype() {
            EthernetProtocol::Arp => arp(frame.payload()).map(Heard::Question),
            EthernetProtocol::Ipv4 => self.ipv4(frame.payload()),
            EthernetProtocol::Ipv6 => self.ipv6(frame.payload()),
            _ => None,
        }
    }

    /// Returns the board's address of the same family as `other`, once the board was heard.
    pub(super) fn address_for(&self, other: IpAddr) -> Option<IpAddr> {
        let EthernetAddress([a, b, c, d, e, f]) = self.0?;
        Some(match other {
            IpAddr::V4(_) => BOARD_V4.into(),
            IpAddr::V6(_) => {
                // The card's address, by RFC 4291, appendix A.
                let mut octets = PREFIX_V6.octets();
                octets[8..].copy_from_slice(&[a ^ 2, b, c, 0xff, 0xfe, d, e, f]);
                Ipv6Addr::from(octets).into()
            }
        })
    }

    /// Puts a datagram for the board into a frame; the addresses are of one family.
    pub(super) fn frame(
        &self,
        from: SocketAddr,
        to: SocketAddr,
        payload: &[u8],
    ) -> Option<Vec<u8>> {
        let board = self.0?;
        let udp = UdpRepr { src_port: from.port(), dst_port: to.port() };
        let len = udp.header_len() + payload.len();
        let (from, to) = (IpAddress::from(from.ip()), IpAddress::from(to.ip()));
        let ip = IpRepr::new(from, to, IpProtocol::Udp, len, HOP_LIMIT);
        Some(in_ip(board, &ip, |buf| {
            let mut packet = UdpPacket::new_unchecked(buf);
            let checksums = ChecksumCapabilities::default();
            let fill = |buf: &mut [u8]| buf.copy_from_slice(payload);
            udp.emit(&mut packet, &from, &to, payload.len(), fill, &checksums);
        }))
    }

    fn ipv4(&self, packet: &[u8]) -> Option<Heard> {
        let packet = Ipv4Packet::new_checked(packet).ok()?;
        let ip = Ipv4Repr::parse(&packet, &ChecksumCapabilities::default()).ok()?;
        if ip.next_header != IpProtocol::Udp {
            return None;
        }
        let (from, to) = (ip.src_addr, ip.dst_addr);
        self.udp(from.into(), to.into(), packet.payload())
    }

    fn ipv6(&self, packet: &[u8]) -> Option<Heard> {
        let packet = Ipv6Packet::new_checked(packet).ok()?;
        let ip = Ipv6Repr::parse(&packet).ok()?;
        match ip.next_header {
            IpProtocol::Udp => self.udp(ip.src_addr.into(), ip.dst_addr.into(), packet.payload()),
            IpProtocol::Icmpv6 => self.icmpv6(&ip, packet.payload()).map(Heard::Question),
            _ => None,
        }
    }

    fn udp(&self, from: IpAddr, to: IpAddr, packet: &[u8]) -> Option<Heard> {
        let packet = UdpPacket::new_checked(packet).ok()?;
        let checksums = ChecksumCapabilities::default();
        let udp = UdpRepr::parse(&packet, &from.into(), &to.into(), &checksums).ok()?;
        if udp.dst_port == DHCP_SERVER_PORT {
            return self.dhcp(packet.payload()).map(Heard::Question);
        }
        let from = SocketAddr::new(from, udp.src_port);
        let to = SocketAddr::new(to, udp.dst_port);
        Some(Heard::Datagram { from, to, payload: packet.payload().to_vec() })
    }

    fn dhcp(&self, packet: &[u8]) -> Option<Vec<u8>> {
        let packet = DhcpPacket::new_checked(packet).ok()?;
        let asked = DhcpRepr::parse(&packet).ok()?;
        let message_type = match asked.message_type {
            DhcpMessageType::Discover => DhcpMessageType::Offer,
            DhcpMessageType::Request => DhcpMessageType::Ack,
            _ => return None,
        };
        let answer = DhcpRepr {
            message_type,
            your_ip: BOARD_V4,
            server_ip: ROUTER_V4,
            router: Some(ROUTER_V4),
            subnet_mask: Some(MASK_V4),
            server_identifier: Some(ROUTER_V4),
            lease_duration: Some(LEASE),
            requested_ip: None,
            client_identifier: None,
            parameter_request_list: None,
            max_size: None,
            ..asked
        };
        let mut payload = vec![0; answer.buffer_len()];
        answer.emit(&mut DhcpPacket::new_unchecked(&mut payload[..])).ok()?;
        let from = (ROUTER_V4, DHCP_SERVER_PORT).into();
        self.frame(from, (Ipv4Addr::BROADCAST, DHCP_CLIENT_PORT).into(), &payload)
    }

    fn icmpv6(&self, ip: &Ipv6Repr, packet: &[u8]) -> Option<Vec<u8>> {
        let packet = Icmpv6Packet::new_checked(packet).ok()?;
        let checksums = ChecksumCapabilities::default();
        let icmp = Icmpv6Repr::parse(&ip.src_addr, &ip.dst_addr, &packet, &checksums).ok()?;
        let Icmpv6Repr::Ndisc(question) = icmp else { return None };
        let (from, to, answer) = match question {
            // Whether an address is taken (RFC 4862 §5.4) is asked from no address.
            NdiscRepr::NeighborSolicit { .. } if ip.src_addr.is_unspecified() => return None,
            NdiscRepr::NeighborSolicit { target_addr, .. } => {
                let flags = NdiscNeighborFlags::SOLICITED | NdiscNeighborFlags::ROUTER;
                let lladdr = Some(ROUTER.into());
                (target_addr, ip.src_addr, NdiscRepr::NeighborAdvert { flags, target_addr, lladdr })
            }
            NdiscRepr::RouterSolicit { .. } => (ROUTER_V6, ALL_NODES, advertisement()),
            _ => return None,
        };
        let icmp = Icmpv6Repr::Ndisc(answer);
        let ip = Ipv6Repr {
            src_addr: from,
            dst_addr: to,
            next_header: IpProtocol::Icmpv6,
            payload_len: icmp.buffer_len(),
            hop_limit: NO_ROUTER,
        };
        Some(in_ip(self.0?, &IpRepr::Ipv6(ip), |buf| {
            icmp.emit(&from, &to, &mut Icmpv6Packet::new_unchecked(buf), &checksums);
        }))
    }
}

/// Says which prefix is on the link and that the router is one.
fn advertisement() -> NdiscRepr<'static> {
    let lifetime = Duration::from_secs(LEASE.into());
    NdiscRepr::RouterAdvert {
        hop_limit: HOP_LIMIT,
        flags: NdiscRouterFlags::empty(),
        router_lifetime: Duration::from_secs(1800),
        reachable_time: Duration::ZERO,
        retrans_time: Duration::ZERO,
        lladdr: Some(ROUTER.into()),
        mtu: None,
        prefix_info: Some(NdiscPrefixInformation {
            prefix_len: 64,
            flags: NdiscPrefixInfoFlags::ON_LINK | NdiscPrefixInfoFlags::ADDRCONF,
            valid_lifetime: lifetime,
            preferred_lifetime: lifetime,
            prefix: PREFIX_V6,
        }),
    }
}

/// Answers who has an address: the router has, unless the board asks for its own.
fn arp(packet: &[u8]) -> Option<Vec<u8>> {
    let packet = ArpPacket::new_checked(packet).ok()?;
    let ArpRepr::EthernetIpv4 {
        operation: ArpOperation::Request,
        source_hardware_addr,
        source_protocol_addr,
        target_protocol_addr,
        ..
    } = ArpRepr::parse(&packet).ok()?
    else {
        return None;
    };
    if target_protocol_addr == BOARD_V4 {
        return None;
    }
    let answer = ArpRepr::EthernetIpv4 {
        operation: ArpOperation::Reply,
        source_hardware_addr: ROUTER,
        source_protocol_addr: target_protocol_addr,
        target_hardware_addr: source_hardware_addr,
        target_protocol_addr: source_protocol_addr,
    };
    Some(in_ethernet(source_hardware_addr, EthernetProtocol::Arp, answer.buffer_len(), |buf| {
        answer.emit(&mut ArpPacket::new_unchecked(buf));
    }))
}

fn in_ip(to: EthernetAddress, ip: &IpRepr, fill: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let protocol = match ip {
        IpRepr::Ipv4(_) => EthernetProtocol::Ipv4,
        IpRepr::Ipv6(_) => EthernetProtocol::Ipv6,
    };
    in_ethernet(to, protocol, ip.buffer_len(), |buf| {
        ip.emit(&mut *buf, &ChecksumCapabilities::default());
        fill(&mut buf[ip.header_len()..]);
    })
}

fn in_ethernet(
    to: EthernetAddress,
    ethertype: EthernetProtocol,
    len: usize,
    fill: impl FnOnce(&mut [u8]),
) -> Vec<u8> {
    let ethernet = EthernetRepr { src_addr: ROUTER, dst_addr: to, ethertype };
    let mut frame = vec![0; EthernetFrame::<&[u8]>::buffer_len(len)];
    let mut packet = EthernetFrame::new_unchecked(&mut frame[..]);
    ethernet.emit(&mut packet);
    fill(packet.payload_mut());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOARD: EthernetAddress = EthernetAddress([2, 3, 4, 5, 6, 7]);

    /// What the board would send, from what is sent to it: the same frame from its card.
    fn from_board(mut frame: Vec<u8>) -> Vec<u8> {
        frame[6..12].copy_from_slice(BOARD.as_bytes());
        frame
    }

    #[test]
    fn datagrams_are_read_as_they_were_written() {
        let mut router = Neighbour(Some(BOARD));
        for (from, to) in [("192.0.2.2:60001", "198.51.100.7:50000"), ("[fe80::2]:1", "[::7]:2")] {
            let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
            let frame = from_board(router.frame(from, to, b"payload").unwrap());
            let payload = b"payload".to_vec();
            assert_eq!(router.hear(&frame), Some(Heard::Datagram { from, to, payload }));
            let mut broken = frame;
            *broken.last_mut().unwrap() ^= 1;
            assert_eq!(router.hear(&broken), None, "the checksum says that it is broken");
        }
    }

    #[test]
    fn the_router_has_every_address_but_the_boards() {
        let ask = |target_protocol_addr| {
            let question = ArpRepr::EthernetIpv4 {
                operation: ArpOperation::Request,
                source_hardware_addr: BOARD,
                source_protocol_addr: BOARD_V4,
                target_hardware_addr: EthernetAddress::BROADCAST,
                target_protocol_addr,
            };
            let len = question.buffer_len();
            let frame =
                in_ethernet(EthernetAddress::BROADCAST, EthernetProtocol::Arp, len, |buf| {
                    question.emit(&mut ArpPacket::new_unchecked(buf));
                });
            Neighbour::default().hear(&from_board(frame))
        };
        assert!(matches!(ask(ROUTER_V4), Some(Heard::Question(_))));
        assert!(matches!(ask(Ipv4Addr::new(192, 0, 2, 99)), Some(Heard::Question(_))));
        assert_eq!(ask(BOARD_V4), None);
    }

    #[test]
    fn the_boards_own_address_follows_from_its_card() {
        let found = Neighbour(Some(BOARD)).address_for(Ipv6Addr::LOCALHOST.into());
        assert_eq!(found, Some("2001:db8::3:4ff:fe05:607".parse().unwrap()));
        assert_eq!(Neighbour::default().address_for(Ipv6Addr::LOCALHOST.into()), None);
    }
}
