//! Our client at a recorded session, in virtual time over a simulated network.
//!
//! In comes a recording and a [`Link`]; out comes what somebody typed and saw ([`Seen`]), which
//! [`score`](super::score) judges. Client, server and network are those of the
//! [simulator](crate::sim); the program is a [`Replay`], and the user types the recorded keys at
//! the recorded times, whatever shows. Everything follows from the recording and the link.

pub mod table;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::time::Duration;

use mosh_core::client::{Client, ClientConfig, ClientEvent, ClientStorage};
use mosh_core::crypto::SessionKey;
use mosh_core::diff::Capabilities;
use mosh_core::input::EscapeKey;
use mosh_core::predict::{Counters, Display};
use mosh_core::screen::Size;
use mosh_core::server::{Server, ServerConfig, ServerEvent, ServerStorage};
use mosh_core::time::Instant;
use mosh_core::transport::{Timing, Transmit};
use mosh_core::wire::mosh::Offer;

use super::recording::{Key, Recording};
use super::replay::Replay;
use super::score::{AFTER_LAST, Score, Session, score};
use crate::Outcome;
use crate::programs::Family;
use crate::sim::host::{ClientSockets, Host, server_addresses};
use crate::sim::network::{Conditions, Packet, Pipe, Share};
use crate::sim::tap::KEY;

/// A network with a fixed delay and even losses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// From one end to the other and back.
    pub round_trip: Duration,
    /// Datagrams lost, in percent, each way.
    pub loss: u32,
}

/// What somebody typed and saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When each key was typed.
    pub typed: Vec<Duration>,
    /// What the client wrote to its terminal, and when.
    pub written: Vec<(Duration, Vec<u8>)>,
    /// How the client itself counts.
    pub counters: Counters,
    link: Link,
}

impl Seen {
    /// Judges it.
    #[must_use]
    pub fn score(&self, recording: &Recording) -> Score {
        let Self { typed, written, link, .. } = self;
        let Link { round_trip, loss } = *link;
        let (is_lossy, server) = (loss > 0, Family::Ours);
        score(recording, &Session { typed, written, round_trip, is_lossy, server })
    }
}

/// Types a recording's keys at our client.
///
/// # Errors
///
/// If the client does not take a key, or the program does not read what was typed.
pub fn play(recording: &Recording, link: Link, display: Display) -> Outcome<Seen> {
    let mut stage = Stage::new(recording, link, display);
    stage.turn_server(None);
    stage.turn_client(None);
    while stage.step()? {}
    let replay = stage.replay.as_ref().ok_or("the session did not begin")?;
    if !replay.is_over() || replay.strays() > 0 {
        let (read, strays) = (replay.keys_read(), replay.strays());
        return Err(format!("the program has read {read} keys and {strays} that were none"));
    }
    let counters = *stage.client.endpoint.predictions();
    Ok(Seen { typed: stage.typed, written: stage.written, counters, link })
}

/// What a user's terminal sends for a key: cursor keys have the form of the application mode, which
/// clients switch on.
#[must_use]
pub fn as_typed(key: &str) -> String {
    match key.strip_prefix("\x1b[") {
        Some(letter @ ("A" | "B" | "C" | "D" | "F" | "H")) => format!("\x1bO{letter}"),
        _ => key.to_owned(),
    }
}

/// A session.
struct Stage<'r> {
    now: Instant,
    client: Host<Client<'static>>,
    server: Host<Server<'static>>,
    sockets: ClientSockets,
    up: Pipe,
    down: Pipe,
    recording: &'r Recording,
    /// Runs once the client is there.
    replay: Option<Replay>,
    keys: Vec<Key<'r>>,
    typed: Vec<Duration>,
    written: Vec<(Duration, Vec<u8>)>,
    end: Instant,
}

impl<'r> Stage<'r> {
    fn new(recording: &'r Recording, link: Link, display: Display) -> Self {
        let (columns, rows) = recording.size;
        let size = Size { columns, rows };
        let timing = Timing::default();
        let config = ClientConfig {
            key: SessionKey::from_bytes(KEY),
            addresses: server_addresses()[..1].iter().copied().collect(),
            size,
            seed: 1,
            tty: XTERM,
            display,
            overwrite: false,
            escape: EscapeKey::default(),
            title_prefix: true,
            timing,
            offer: Some(Offer::OURS),
        };
        let server = ServerConfig {
            key: SessionKey::from_bytes(KEY),
            size: Size::default(),
            seed: 2,
            v6_socket: false,
            network_timeout: None,
            timing,
            offer: Some(Offer::OURS),
        };
        let client = Host::new(Duration::from_millis(70_123), |now| {
            Client::new(config, ClientStorage::heap(), now).expect("the heap holds a session")
        });
        let server = Host::new(Duration::from_micros(3_600_000_777), |now| {
            Server::new(server, ServerStorage::heap(), now).expect("the heap holds a session")
        });
        let conditions = Conditions {
            loss: Share::percent(link.loss),
            ..Conditions::clean(link.round_trip / 2)
        };
        let keys = recording.keys();
        let last = keys.last().map_or(Duration::ZERO, |key| key.at);
        // After that even what got lost several times has arrived.
        let rest = AFTER_LAST + Duration::from_secs(10) + link.round_trip * 10;
        Self {
            now: Instant::ZERO,
            client,
            server,
            sockets: ClientSockets::default(),
            up: Pipe::new(conditions.clone(), 3),
            down: Pipe::new(conditions, 4),
            recording,
            replay: None,
            keys,
            typed: Vec::new(),
            written: Vec::new(),
            end: Instant::ZERO + SETTLE + last + rest,
        }
    }

    /// Jumps to the next event. Returns whether there is one.
    fn step(&mut self) -> Outcome<bool> {
        let client = self.client.poll_timeout(self.now);
        let server = self.server.poll_timeout(self.now);
        let replay = self.replay.as_ref().and_then(Replay::poll_timeout);
        let key = self.next_key().map(|(at, _)| at);
        let next = [client, server, replay, key, self.up.poll_timeout(), self.down.poll_timeout()];
        let next = next.into_iter().flatten().min();
        let Some(next) = next.filter(|&at| at <= self.end) else { return Ok(false) };
        self.now = self.now.max(next);
        while let Some(packet) = self.up.receive(self.now) {
            self.turn_server(Some(packet));
        }
        while let Some(packet) = self.down.receive(self.now) {
            if self.sockets.owns(packet.destination) {
                self.turn_client(Some(packet));
            }
        }
        self.type_key()?;
        self.print();
        if self.server.poll_timeout(self.now).is_some_and(|at| at <= self.now) {
            self.turn_server(None);
        }
        if self.client.poll_timeout(self.now).is_some_and(|at| at <= self.now) {
            self.turn_client(None);
        }
        Ok(true)
    }

    /// The next key, and when it is typed.
    fn next_key(&self) -> Option<(Instant, &'r str)> {
        let key = self.keys.get(self.typed.len())?;
        Some((Instant::ZERO + SETTLE + key.at, key.text))
    }

    fn type_key(&mut self) -> Outcome {
        let Some((_, text)) = self.next_key().filter(|&(at, _)| at <= self.now) else {
            return Ok(());
        };
        let local = self.client.local(self.now);
        let taken = self.client.endpoint.send_keys(local, as_typed(text).as_bytes());
        taken.map_err(|_| format!("the client has no room for key {}", self.typed.len()))?;
        self.typed.push(self.now - Instant::ZERO);
        self.turn_client(None);
        Ok(())
    }

    fn print(&mut self) {
        let Some(replay) = &mut self.replay else { return };
        let local = self.server.local(self.now);
        let mut printed = false;
        while let Some(output) = replay.output(self.now) {
            self.server.endpoint.write_host(local, output.as_bytes());
            printed = true;
        }
        if printed {
            self.turn_server(None);
        }
    }

    fn turn_client(&mut self, packet: Option<Packet>) {
        let sockets = &self.sockets;
        let sent = self.client.turn(self.now, packet, |destination| sockets.routes(destination));
        for (transmit, bytes) in sent {
            if transmit.fresh_port {
                self.sockets.open();
            }
            let source = self.sockets.source(transmit.destination);
            self.up.send(self.now, packet_of(source, transmit, bytes));
        }
        let local = self.client.local(self.now);
        while let Some(event) = self.client.endpoint.poll_event() {
            if event == ClientEvent::Draw {
                let mut tty = Vec::new();
                let Ok(()) = self.client.endpoint.render(local, &mut tty);
                if !tty.is_empty() {
                    self.written.push((self.now - Instant::ZERO, tty));
                }
            }
        }
    }

    fn turn_server(&mut self, packet: Option<Packet>) {
        let sent = self.server.turn(self.now, packet, |_| true);
        for (transmit, bytes) in sent {
            let packet = packet_of(server_addresses()[0], transmit, bytes);
            self.down.send(self.now, packet);
        }
        while let Some(event) = self.server.endpoint.poll_event() {
            match event {
                ServerEvent::Attached => {
                    let start = || Replay::new(self.recording, self.now);
                    self.replay.get_or_insert_with(start);
                }
                ServerEvent::Input => self.read(),
                _ => {}
            }
        }
    }

    fn read(&mut self) {
        let mut buf = [0; 1000];
        loop {
            let len = self.server.endpoint.read_host(&mut buf);
            if len == 0 {
                return;
            }
            if let Some(replay) = &mut self.replay {
                replay.input(self.now, &buf[..len]);
            }
        }
    }
}

fn packet_of(source: SocketAddr, transmit: Transmit, bytes: Vec<u8>) -> Packet {
    let destination = transmit.destination;
    Packet { source, destination, bytes, congestion: false, forged: false }
}

/// Before the recording begins: some seconds of contact, in which the client learns how long the
/// way is, as it does in a session that a person has just opened.
const SETTLE: Duration = Duration::from_secs(3);

/// What the description of `xterm-256color` says.
const XTERM: Capabilities = Capabilities {
    erase_character: true,
    back_colour_erase: true,
    titles: true,
    scroll_commands: true,
    ..Capabilities::PLAIN
};
