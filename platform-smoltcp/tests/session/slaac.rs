//! A device that gets its address from a router.

use std::net::Ipv6Addr;
use std::time::Duration;

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr, Icmpv6Packet, Icmpv6Repr,
    IpProtocol, Ipv6Packet, Ipv6Repr, NdiscPrefixInfoFlags, NdiscPrefixInformation, NdiscRepr,
    NdiscRouterFlags,
};

use crate::cable::Weather;
use crate::host::Host;
use crate::world::{Kind, PORT, World, key};

const ROUTER: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
const PREFIX: Ipv6Addr = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 0);

#[test]
fn an_address_from_a_router_is_as_good_as_any() {
    let mut world = World::new(Weather { loss: 10, doubled: 10, ..Weather::default() });
    world.device = Host::autoconfigured(world.device.card.clone(), 1);
    world.pass(Duration::from_secs(1));
    let at = smoltcp::time::Instant::from_micros(world.now.micros() as i64);
    world.cable.borrow_mut().inject(at, 0, advertisement());
    world.pass(Duration::from_secs(1));
    // The prefix, and what follows from the card's address 02:00:00:00:00:01 (RFC 4291, appendix A).
    let address = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0x00ff, 0xfe00, 1);
    assert!(world.device.interface.has_ip_addr(address));

    world.connect_to((address, PORT).into(), Kind::Stock, key(1));
    world.pass(Duration::from_secs(3));
    world.type_keys(b"hello");
    world.pass(Duration::from_secs(3));
    assert_eq!(world.shown()[0], "hello");
}

/// A router's advertisement of the prefix to all nodes (RFC 4861 §4.2), in a frame.
fn advertisement() -> Vec<u8> {
    let source = EthernetAddress([2, 0, 0, 0, 0, 9]);
    let all_nodes = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
    let message = Icmpv6Repr::Ndisc(NdiscRepr::RouterAdvert {
        hop_limit: 64,
        flags: NdiscRouterFlags::empty(),
        router_lifetime: smoltcp::time::Duration::from_secs(1800),
        reachable_time: smoltcp::time::Duration::ZERO,
        retrans_time: smoltcp::time::Duration::ZERO,
        lladdr: Some(source.into()),
        mtu: None,
        prefix_info: Some(NdiscPrefixInformation {
            prefix_len: 64,
            flags: NdiscPrefixInfoFlags::ADDRCONF | NdiscPrefixInfoFlags::ON_LINK,
            valid_lifetime: smoltcp::time::Duration::from_secs(86_400),
            preferred_lifetime: smoltcp::time::Duration::from_secs(14_400),
            prefix: PREFIX,
        }),
    });
    let ip = Ipv6Repr {
        src_addr: ROUTER,
        dst_addr: all_nodes,
        next_header: IpProtocol::Icmpv6,
        payload_len: message.buffer_len(),
        hop_limit: 255,
    };
    let ethernet = EthernetRepr {
        src_addr: source,
        dst_addr: EthernetAddress([0x33, 0x33, 0, 0, 0, 1]),
        ethertype: EthernetProtocol::Ipv6,
    };
    let mut bytes = vec![0; ethernet.buffer_len() + ip.buffer_len() + ip.payload_len];
    let mut frame = EthernetFrame::new_unchecked(&mut bytes);
    ethernet.emit(&mut frame);
    let mut packet = Ipv6Packet::new_unchecked(frame.payload_mut());
    ip.emit(&mut packet);
    let mut icmp = Icmpv6Packet::new_unchecked(packet.payload_mut());
    message.emit(&ROUTER, &all_nodes, &mut icmp, &ChecksumCapabilities::default());
    bytes
}
