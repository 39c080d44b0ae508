//! The core's endpoints against a peer that holds the key and means harm: whatever it says, they
//! live on, and once it speaks sense they serve it. The real programs have to prove the same in
//! `cargo xtask interop hostile`.

use core::net::SocketAddr;
use core::time::Duration;

use mosh_core::client::{Client, ClientConfig, ClientStorage};
use mosh_core::crypto::SessionKey;
use mosh_core::diff::Capabilities;
use mosh_core::input::EscapeKey;
use mosh_core::platform::{Endpoint, MAX_DATAGRAM};
use mosh_core::predict::Display;
use mosh_core::screen::Size;
use mosh_core::server::{Server, ServerConfig, ServerEvent, ServerStorage};
use mosh_core::storage::{StaticClient, StaticServer, client_rows, server_rows};
use mosh_core::time::Instant;
use mosh_core::transport::{Datagram, Timing};
use mosh_core::wire::mosh::Offer;

use mosh_tests::hostile::attacks::{ATTACKS, Attack};
use mosh_tests::hostile::peer::Peer;
use mosh_tests::hostile::plot::{Packet, Plot, keys, output, size};
use mosh_tests::sequences::cut;
use mosh_tests::sim::tap::Toward;

const KEY: [u8; 16] = *b"0123456789abcdef";
const WINDOW: Size = Size { columns: 80, rows: 24 };

#[test]
fn a_server_survives_every_attack() {
    for attack in ATTACKS.iter().filter(|attack| attack.is_for(Toward::Server)) {
        attack_server(attack, ServerStorage::heap(), 1);
    }
}

#[test]
fn a_client_survives_every_attack() {
    for attack in ATTACKS.iter().filter(|attack| attack.is_for(Toward::Client)) {
        attack_client(attack, ClientStorage::heap(), 1);
    }
}

/// Memory that is soon used up.
#[test]
fn a_server_without_a_heap_survives_every_attack() {
    for attack in ATTACKS.iter().filter(|attack| attack.is_for(Toward::Server)) {
        let mut memory = Box::new(StaticServer::<80, 24, { server_rows(24) }, 4096>::new());
        attack_server(attack, memory.storage(), 2);
    }
}

/// Memory that is soon used up.
#[test]
fn a_client_without_a_heap_survives_every_attack() {
    for attack in ATTACKS.iter().filter(|attack| attack.is_for(Toward::Client)) {
        let mut memory = Box::new(StaticClient::<80, 24, { client_rows(24) }, 4096>::new());
        attack_client(attack, memory.storage(), 2);
    }
}

#[test]
fn chance_finds_nothing() {
    for seed in 10..14 {
        let attack = ATTACKS.last().expect("there are some");
        attack_server(attack, ServerStorage::heap(), seed);
        attack_client(attack, ClientStorage::heap(), seed);
    }
}

#[test]
fn overlapping_input_that_disagrees_does_no_harm() {
    let key = SessionKey::from_bytes(KEY);
    let config = ServerConfig {
        key,
        size: WINDOW,
        seed: 1,
        v6_socket: false,
        network_timeout: None,
        timing: Timing::default(),
        offer: Some(Offer::OURS),
    };
    let server = Server::new(config, ServerStorage::heap(), START).unwrap();
    let mut line = Line::new(server, Toward::Server, 1);
    // The same stream twice, the second time with a window size where the keys were.
    let disagree = |plot: &mut Plot| {
        plot.diff(&keys(b"abc"));
        plot.diff(&[keys(b"a"), size(80, 0x100)].concat());
    };
    let attack = Attack { name: "two stories", victim: None, make: disagree };
    let packets = line.peer.attack(&attack);
    let mut buf = [0; 100];
    line.send(&packets, |server, _| while server.read_host(&mut buf) > 0 {});
    let packets = line.peer.talk(&keys(b"good"));
    let mut typed = Vec::new();
    line.send(&packets, |server, _| {
        let len = server.read_host(&mut buf);
        typed.extend_from_slice(&buf[..len]);
    });
    assert_eq!(typed, b"good");
}

/// An endpoint, its peer, and virtual time.
struct Line<E> {
    victim: E,
    peer: Peer,
    now: Instant,
}

impl<E: Endpoint> Line<E> {
    fn new(victim: E, toward: Toward, seed: u64) -> Self {
        let peer = Peer::new(KEY, toward, seed, WINDOW);
        Self { victim, peer, now: START }
    }

    fn send(&mut self, packets: &[Packet], mut after: impl FnMut(&mut E, Instant)) {
        for packet in packets {
            let mut bytes = self.peer.seal(packet);
            let source = if packet.elsewhere { elsewhere() } else { address() };
            let datagram = Datagram { source, congestion: false, bytes: &mut bytes };
            self.victim.handle_datagram(self.now, datagram);
            self.now += Duration::from_millis(1);
            self.turn(&mut after);
        }
        for _ in 0..20 {
            self.now += Duration::from_millis(50);
            self.turn(&mut after);
        }
    }

    fn turn(&mut self, after: &mut impl FnMut(&mut E, Instant)) {
        self.victim.handle_timeout(self.now);
        after(&mut self.victim, self.now);
        let mut buf = [0; MAX_DATAGRAM];
        for sent in 0.. {
            assert!(sent < 10_000, "there is no end to what it sends");
            let Some(transmit) = self.victim.poll_transmit(self.now, &mut buf) else { break };
            self.peer.hear(&buf[..transmit.len]);
        }
    }

    fn come_to_terms(&mut self, name: &str, mut after: impl FnMut(&mut E, Instant)) {
        for _ in 0..20 {
            let packets = self.peer.come_to_terms();
            self.send(&packets, &mut after);
            if self.peer.is_in_step() {
                return;
            }
        }
        panic!("after {name} nothing is acknowledged");
    }
}

fn attack_server(attack: &Attack, storage: ServerStorage<'_>, seed: u64) {
    let key = SessionKey::from_bytes(KEY);
    let config = ServerConfig {
        key,
        size: WINDOW,
        seed,
        v6_socket: false,
        network_timeout: None,
        timing: Timing::default(),
        offer: Some(Offer::OURS),
    };
    let server = Server::new(config, storage, START).unwrap();
    let mut line = Line::new(server, Toward::Server, seed);
    // A program that shows what is typed, as it is and as a line of its own.
    let echo = |server: &mut Server<'_>, now| {
        let mut buf = [0; 600];
        let len = server.read_host(&mut buf);
        server.write_host(now, &buf[..len]);
        while server.poll_event().is_some_and(|event| event != ServerEvent::Input) {}
    };
    let hello = line.peer.talk(&size(80, 24));
    line.send(&hello, echo);
    let packets = line.peer.attack(attack);
    line.send(&packets, echo);
    line.come_to_terms(attack.name, echo);
    let token = b"makes sense again";
    for attempt in 0..60 {
        // Where a peer has told two stories, the longer one's keys stand: it types past its end.
        let past = vec![b'-'; attempt.min(1) * 300];
        let typed = [&past, &b"\x1bc\r"[..], token].concat();
        let packets = line.peer.talk(&[size(80, 24), keys(&typed)].concat());
        line.send(&packets, echo);
        // What was typed before may take its time.
        for _ in 0..20_000 {
            echo(&mut line.victim, line.now);
        }
        line.send(&[], echo);
        let screen = line.peer.newest();
        if screen.windows(token.len()).any(|text| text == token) {
            return;
        }
    }
    panic!(
        "after {} the server serves nobody: {:?} {:?}",
        attack.name,
        line.peer,
        line.victim.counters()
    );
}

fn attack_client(attack: &Attack, storage: ClientStorage<'_>, seed: u64) {
    let config = ClientConfig {
        key: SessionKey::from_bytes(KEY),
        addresses: [address()].into_iter().collect(),
        size: WINDOW,
        seed,
        tty: Capabilities { titles: true, ..Capabilities::PLAIN },
        display: Display::Never,
        overwrite: false,
        escape: EscapeKey::default(),
        title_prefix: true,
        timing: Timing::default(),
        offer: Some(Offer::OURS),
    };
    let client = Client::new(config, storage, START).unwrap();
    let mut line = Line::new(client, Toward::Client, seed);
    let mut tty = Vec::new();
    let mut draw = |client: &mut Client<'_>, now| {
        while client.poll_event().is_some() {}
        tty.clear();
        client.render(now, &mut tty).unwrap();
        let pieces = cut(&tty);
        let bad = pieces.iter().find(|piece| !piece.is_harmless());
        assert!(bad.is_none(), "{}: {bad:?} was written", attack.name);
    };
    line.send(&[], &mut draw);
    let hello = line.peer.talk(&output(b"hello"));
    line.send(&hello, &mut draw);
    let packets = line.peer.attack(attack);
    line.send(&packets, &mut draw);
    line.come_to_terms(attack.name, &mut draw);
    let talk =
        line.peer.talk(&[size(80, 24), output(b"\x1bc"), output(b"makes sense again")].concat());
    line.send(&talk, &mut draw);
    let (screens, frame) = line.victim.screen();
    let mut glyph = [0; mosh_core::screen::MAX_CLUSTER];
    let row = screens.row(frame, 0).iter();
    let text: String = row
        .flat_map(|cell| screens.glyph_str(cell, &mut glyph).chars().collect::<Vec<_>>())
        .collect();
    assert!(text.starts_with("makes sense again"), "after {}: {text:?}", attack.name);
    line.victim.send_keys(line.now, b"typed").unwrap();
    line.send(&[], &mut draw);
    assert!(line.peer.newest().ends_with(b"typed"), "after {} no key arrives", attack.name);
}

const START: Instant = Instant::from_millis(1000);

fn address() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 60001))
}

fn elsewhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 2], 60002))
}
