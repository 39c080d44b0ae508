//! The network interface, its addresses and its sockets.

use mosh_smoltcp::link::DATAGRAM;
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet, SocketStorage};
use smoltcp::phy::Device;
use smoltcp::socket::{dhcpv4, udp};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpCidr, Ipv6Address};

/// The session's and DHCP's.
const SOCKETS: usize = 2;

/// Datagrams that wait to be looked at.
const RECEIVED: usize = 2;

/// Memory of the sockets.
#[derive(Debug)]
pub struct Memory {
    sockets: [SocketStorage<'static>; SOCKETS],
    received: [u8; RECEIVED * DATAGRAM],
    received_info: [udp::PacketMetadata; RECEIVED],
    sent: [u8; DATAGRAM],
    sent_info: [udp::PacketMetadata; 1],
}

impl Memory {
    /// Unused memory.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            sockets: [SocketStorage::EMPTY; SOCKETS],
            received: [0; RECEIVED * DATAGRAM],
            received_info: [udp::PacketMetadata::EMPTY; RECEIVED],
            sent: [0; DATAGRAM],
            sent_info: [udp::PacketMetadata::EMPTY; 1],
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// An interface that gets its addresses from the network: by DHCP and by router advertisements.
pub struct Network {
    /// The interface.
    pub interface: Interface,
    /// All sockets.
    pub sockets: SocketSet<'static>,
    /// The session's socket.
    pub session: SocketHandle,
    dhcp: SocketHandle,
}

impl Network {
    /// Makes an interface for a card.
    pub fn new<D: Device>(
        address: [u8; 6],
        device: &mut D,
        memory: &'static mut Memory,
        seed: u64,
    ) -> Self {
        let address = EthernetAddress(address);
        let mut config = Config::new(HardwareAddress::Ethernet(address));
        config.random_seed = seed;
        config.slaac = true;
        let mut interface = Interface::new(config, device, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            // The first of those that there is room for.
            let _ = addresses.push(link_local(address));
        });
        let mut sockets = SocketSet::new(&mut memory.sockets[..]);
        let session = sockets.add(udp::Socket::new(
            udp::PacketBuffer::new(&mut memory.received_info[..], &mut memory.received[..]),
            udp::PacketBuffer::new(&mut memory.sent_info[..], &mut memory.sent[..]),
        ));
        let dhcp = sockets.add(dhcpv4::Socket::new());
        Self { interface, sockets, session, dhcp }
    }

    /// Takes what DHCP has brought; returns the address if it is a new one.
    pub fn configure(&mut self) -> Option<IpCidr> {
        let socket = self.sockets.get_mut::<dhcpv4::Socket<'_>>(self.dhcp);
        let (address, router) = match socket.poll()? {
            dhcpv4::Event::Configured(config) => (Some(config.address), config.router),
            dhcpv4::Event::Deconfigured => (None, None),
        };
        self.interface.update_ip_addrs(|addresses| {
            addresses.retain(|it| !matches!(it, IpCidr::Ipv4(_)));
            if let Some(address) = address {
                // The one of version 4 beside those of version 6.
                let _ = addresses.push(address.into());
            }
        });
        let routes = self.interface.routes_mut();
        routes.remove_default_ipv4_route();
        if let Some(router) = router {
            // There is room for one each.
            let _ = routes.add_default_ipv4_route(router);
        }
        address.map(IpCidr::Ipv4)
    }
}

/// The address by which neighbours and routers are asked (RFC 4291, §2.5.6 and appendix A).
fn link_local(EthernetAddress([a, b, c, d, e, f]): EthernetAddress) -> IpCidr {
    let pair = |high, low| u16::from_be_bytes([high, low]);
    let [first, second] = [pair(a ^ 2, b), pair(c, 0xff)];
    let address = Ipv6Address::new(0xfe80, 0, 0, 0, first, second, pair(0xfe, d), pair(e, f));
    IpCidr::new(address.into(), 64)
}
