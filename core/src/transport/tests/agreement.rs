//! What the offer costs, and that nobody else notices it.

use super::*;

const OURS: Option<Offer> = Some(Offer::OURS);

/// Lengths of what both ends send while they connect and say something, without the padding.
fn lengths(client: Option<Offer>, server: Option<Offer>) -> [Vec<usize>; 2] {
    let mut pair = Pair::with_offers(Channel::perfect(5), client, server);
    pair.client.outgoing_mut().set(b"hello");
    let mut lengths = [Vec::new(), Vec::new()];
    for round in 0..5_u8 {
        for (index, end) in [Client, Server].into_iter().enumerate() {
            let mut datagrams = Vec::new();
            pair.drain_into(end, &mut datagrams);
            lengths[index].extend(datagrams.iter().map(Vec::len));
            let to = if end == Client { Server } else { Client };
            let source = if end == Client { pair.client_address } else { address(2) };
            for mut bytes in datagrams {
                let datagram = Datagram { source, congestion: false, bytes: &mut bytes };
                let now = pair.now;
                let _ = pair.end(to).handle_datagram(now, datagram);
            }
        }
        pair.now += Duration::from_millis(300);
        pair.end(Client).outgoing_mut().set(&[round]);
    }
    lengths
}

#[test]
fn the_offer_costs_some_bytes_in_the_first_datagrams() {
    let only_first = |ours: &[usize], stock: &[usize], cost| {
        assert!(ours[0] - stock[0] == cost && ours[1..] == stock[1..], "{ours:?}, {stock:?}");
    };
    let [stock_client, stock_server] = lengths(None, None);
    let [client, server] = lengths(OURS, OURS);
    only_first(&client, &stock_client, 4);
    only_first(&server, &stock_server, 4);
    let [client, server] = lengths(OURS, None);
    only_first(&client, &stock_client, 4);
    assert_eq!(server, stock_server);
    assert_eq!(lengths(None, OURS), [stock_client, stock_server]);
}

#[test]
fn a_server_is_silent_until_it_has_read_an_instruction() {
    let mut pair = Pair::new(Channel::perfect(5));
    pair.server.outgoing_mut().set(b"welcome");
    let noise: Vec<u8> = (0..3000).map(|_| pair.random(256) as u8).collect();
    pair.client.outgoing_mut().set(&noise);
    let mut datagrams = Vec::new();
    pair.drain_into(Client, &mut datagrams);
    assert_eq!(datagrams.len(), 3);
    for (index, bytes) in datagrams.iter_mut().enumerate() {
        assert!(pair.server.poll_timeout().is_none(), "there is nothing to wait for");
        let datagram = Datagram { source: address(1), congestion: false, bytes };
        pair.server.handle_datagram(ms(5), datagram).unwrap();
        pair.now = ms(5);
        pair.drain(Server);
        assert_eq!(pair.flying.is_empty(), index < 2);
    }
    assert_eq!(pair.server.agreement(), Agreement::Common(Offer::OURS));
    pair.run_until(100);
    assert_eq!(&**pair.client.newest().snapshot, b"welcome");
    assert_eq!(pair.client.agreement(), Agreement::Common(Offer::OURS));
}
