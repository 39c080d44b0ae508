//! A bad network between a client and a server: a UDP relay that loses, delays,
//! reorders, duplicates and forges datagrams.
//!
//! The relay looks at no byte of what it carries. To the client it is the
//! server; to the server it is the client, whose address it can change.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::random::Random;

/// The largest datagram that mosh 1.4 takes without pausing.
pub const MAX_HARMLESS: usize = 2048;

/// How many datagrams of each direction are kept to forge others from.
const MAX_RECORDED: usize = 512;

/// At most so many forged datagrams at once, so that they do not merely fill
/// the receiver's socket buffer.
const FORGED_AT_ONCE: usize = 20;

/// The pause between two such lots.
const FORGING_PAUSE: Duration = Duration::from_millis(10);

/// What happens to honest datagrams, in both directions alike.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// Share of datagrams lost, in percent.
    pub loss: u32,
    /// Share of datagrams that arrive twice, in percent.
    pub duplicates: u32,
    /// Share of datagrams held back so that later ones overtake them, in percent.
    pub reordering: u32,
    /// Time that every datagram takes.
    pub delay: Duration,
    /// Nothing passes at all.
    pub silent: bool,
}

/// Where a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// From the server to the client.
    Client,
    /// From the client to the server.
    Server,
}

/// How a forged datagram is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgery {
    /// Random bytes, 0 to [`MAX_HARMLESS`] of them.
    Garbage,
    /// The beginning of an honest datagram.
    Truncated,
    /// An honest datagram as it was.
    Replayed,
    /// An honest datagram with one bit changed.
    BitFlipped,
    /// A datagram that belongs into the other direction.
    Reflected,
    /// Random bytes, more than [`MAX_HARMLESS`].
    Oversized,
}

/// What has passed.
#[derive(Debug, Default)]
pub struct Counters {
    to_client: AtomicU64,
    to_server: AtomicU64,
    forged: AtomicU64,
    answered: AtomicU64,
}

impl Counters {
    /// Returns how many honest datagrams were handed on in one direction.
    pub fn passed(&self, toward: Toward) -> u64 {
        match toward {
            Toward::Client => self.to_client.load(Ordering::Relaxed),
            Toward::Server => self.to_server.load(Ordering::Relaxed),
        }
    }

    /// Returns how many forged datagrams were sent.
    pub fn forged(&self) -> u64 {
        self.forged.load(Ordering::Relaxed)
    }

    /// Returns how many datagrams the stranger has got back, who deserves none.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
struct Shared {
    weather: Mutex<Weather>,
    orders: Mutex<VecDeque<Order>>,
    counters: Counters,
    stop: AtomicBool,
}

#[derive(Clone, Copy, Debug)]
enum Order {
    MoveClient(Ipv4Addr),
    Forge { toward: Toward, forgery: Forgery, count: usize, stranger: bool },
}

/// A running relay. Dropping it ends it.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Relay {
    /// Starts a relay in front of `server`, an address of the IPv4 loopback.
    ///
    /// # Errors
    ///
    /// If no socket can be had.
    pub fn start(server: SocketAddr, seed: u64) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let worker = Worker::new(server, seed, Arc::clone(&shared))?;
        let address = worker.front.local_addr()?;
        let thread = thread::Builder::new().name("relay".into()).spawn(move || worker.run())?;
        Ok(Self { address, shared, thread: Some(thread) })
    }

    /// Returns the address that the client should use.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the weather from the next datagram on.
    pub fn set_weather(&self, weather: Weather) {
        *lock(&self.shared.weather) = weather;
    }

    /// Makes the client come from another address and another port. What the
    /// server still sends to the old one is lost.
    pub fn move_client(&self, address: Ipv4Addr) {
        lock(&self.shared.orders).push_back(Order::MoveClient(address));
    }

    /// Sends forged datagrams, from the address of the honest peer or, as a
    /// stranger, from another one. Returns before they are sent.
    pub fn forge(&self, toward: Toward, forgery: Forgery, count: usize, stranger: bool) {
        lock(&self.shared.orders).push_back(Order::Forge { toward, forgery, count, stranger });
    }

    /// Answers whether all orders have been carried out.
    pub fn is_idle(&self) -> bool {
        lock(&self.shared.orders).is_empty()
    }

    /// Returns what has passed.
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No holder of these locks can panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A datagram under way. Ordered by arrival, then by order of sending.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Flight {
    arrival: Instant,
    number: u64,
    to_client: bool,
    bytes: Vec<u8>,
}

struct Worker {
    server: SocketAddr,
    /// What the client sends to.
    front: UdpSocket,
    /// What the server knows the client by.
    back: UdpSocket,
    stranger: UdpSocket,
    client: Option<SocketAddr>,
    random: Random,
    flights: BinaryHeap<Reverse<Flight>>,
    flights_made: u64,
    recorded_to_client: VecDeque<Vec<u8>>,
    recorded_to_server: VecDeque<Vec<u8>>,
    forge_at: Instant,
    shared: Arc<Shared>,
}

impl Worker {
    fn new(server: SocketAddr, seed: u64, shared: Arc<Shared>) -> io::Result<Self> {
        let now = Instant::now();
        Ok(Self {
            server,
            front: socket(Ipv4Addr::LOCALHOST)?,
            back: socket(Ipv4Addr::LOCALHOST)?,
            stranger: socket(Ipv4Addr::new(127, 0, 0, 66))?,
            client: None,
            random: Random::new(seed),
            flights: BinaryHeap::new(),
            flights_made: 0,
            recorded_to_client: VecDeque::new(),
            recorded_to_server: VecDeque::new(),
            forge_at: now,
            shared,
        })
    }

    fn run(mut self) {
        while !self.shared.stop.load(Ordering::Relaxed) {
            self.wait();
            self.receive(Toward::Server);
            self.receive(Toward::Client);
            while self.stranger.recv_from(&mut [0]).is_ok() {
                self.shared.counters.answered.fetch_add(1, Ordering::Relaxed);
            }
            self.deliver();
            self.follow_orders();
        }
    }

    /// Waits for a datagram, the next arrival or, at most, the next look at the
    /// orders.
    fn wait(&self) {
        const LOOK: Duration = Duration::from_millis(10);
        let next = self.flights.peek().map(|Reverse(flight)| flight.arrival);
        let wait = next.map_or(LOOK, |at| at.saturating_duration_since(Instant::now()).min(LOOK));
        let wait = Timespec { tv_sec: 0, tv_nsec: wait.subsec_nanos().into() };
        let mut ready =
            [PollFd::new(&self.front, PollFlags::IN), PollFd::new(&self.back, PollFlags::IN)];
        // An interrupted wait is only shorter.
        let _ = poll(&mut ready, Some(&wait));
    }

    fn receive(&mut self, toward: Toward) {
        let mut buf = [0; 65536];
        loop {
            let socket = if toward == Toward::Server { &self.front } else { &self.back };
            // Errors are an empty socket, or the report of an earlier datagram
            // that found nobody.
            let Ok((len, source)) = socket.recv_from(&mut buf) else { return };
            match toward {
                Toward::Server => self.client = Some(source),
                // A forged datagram reflected by the other end of a test.
                Toward::Client if source != self.server => continue,
                Toward::Client => {}
            }
            let recorded = self.recorded(toward);
            if recorded.len() == MAX_RECORDED {
                recorded.pop_front();
            }
            recorded.push_back(buf[..len].to_vec());
            self.depart(toward, &buf[..len]);
        }
    }

    fn recorded(&mut self, toward: Toward) -> &mut VecDeque<Vec<u8>> {
        match toward {
            Toward::Client => &mut self.recorded_to_client,
            Toward::Server => &mut self.recorded_to_server,
        }
    }

    /// Decides what becomes of an honest datagram.
    fn depart(&mut self, toward: Toward, bytes: &[u8]) {
        let weather = *lock(&self.shared.weather);
        let copies = if self.random.chance(weather.duplicates) { 2 } else { 1 };
        for _ in 0..copies {
            if weather.silent || self.random.chance(weather.loss) {
                continue;
            }
            let mut arrival = Instant::now() + weather.delay;
            if self.random.chance(weather.reordering) {
                arrival += Duration::from_millis(20 + self.random.below(180) as u64);
            }
            self.flights_made += 1;
            self.flights.push(Reverse(Flight {
                arrival,
                number: self.flights_made,
                to_client: toward == Toward::Client,
                bytes: bytes.to_vec(),
            }));
        }
    }

    fn deliver(&mut self) {
        let now = Instant::now();
        while self.flights.peek().is_some_and(|Reverse(flight)| flight.arrival <= now) {
            let Some(Reverse(flight)) = self.flights.pop() else { return };
            let counters = &self.shared.counters;
            if flight.to_client {
                let Some(client) = self.client else { continue };
                counters.to_client.fetch_add(1, Ordering::Relaxed);
                let _ = self.front.send_to(&flight.bytes, client);
            } else {
                counters.to_server.fetch_add(1, Ordering::Relaxed);
                let _ = self.back.send_to(&flight.bytes, self.server);
            }
        }
    }

    fn follow_orders(&mut self) {
        if Instant::now() < self.forge_at {
            return;
        }
        // Copied out: an order stays in the queue until it is carried out.
        let Some(order) = lock(&self.shared.orders).front().copied() else { return };
        let remaining = match order {
            Order::MoveClient(address) => {
                if let Ok(back) = socket(address) {
                    self.back = back;
                }
                None
            }
            Order::Forge { toward, forgery, count, stranger } => {
                let lot = count.min(FORGED_AT_ONCE);
                for _ in 0..lot {
                    self.send_forged(toward, forgery, stranger);
                }
                self.forge_at = Instant::now() + FORGING_PAUSE;
                let count = count - lot;
                (count > 0).then_some(Order::Forge { toward, forgery, count, stranger })
            }
        };
        let mut orders = lock(&self.shared.orders);
        match remaining {
            Some(remaining) => orders[0] = remaining,
            None => drop(orders.pop_front()),
        }
    }

    fn send_forged(&mut self, toward: Toward, forgery: Forgery, stranger: bool) {
        let Some(bytes) = self.forged(toward, forgery) else { return };
        let (honest, destination) = match toward {
            Toward::Client => (&self.front, self.client),
            Toward::Server => (&self.back, Some(self.server)),
        };
        let Some(destination) = destination else { return };
        let socket = if stranger { &self.stranger } else { honest };
        if socket.send_to(&bytes, destination).is_ok() {
            self.shared.counters.forged.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Makes a forged datagram; none if nothing to make it from has passed yet.
    fn forged(&mut self, toward: Toward, forgery: Forgery) -> Option<Vec<u8>> {
        let (random_len, opposite) = match (forgery, toward) {
            (Forgery::Garbage, _) => (Some(self.random.below(MAX_HARMLESS + 1)), toward),
            (Forgery::Oversized, _) => (Some(MAX_HARMLESS + 1 + self.random.below(6000)), toward),
            (Forgery::Reflected, Toward::Client) => (None, Toward::Server),
            (Forgery::Reflected, Toward::Server) => (None, Toward::Client),
            _ => (None, toward),
        };
        if let Some(len) = random_len {
            let mut bytes = vec![0; len];
            self.random.fill(&mut bytes);
            return Some(bytes);
        }
        let count = self.recorded(opposite).len();
        if count == 0 {
            return None;
        }
        let index = self.random.below(count);
        let mut bytes = self.recorded(opposite)[index].clone();
        match forgery {
            Forgery::Truncated => bytes.truncate(self.random.below(bytes.len().max(1))),
            Forgery::BitFlipped if !bytes.is_empty() => {
                let bit = self.random.below(bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            _ => {}
        }
        Some(bytes)
    }
}

fn socket(address: Ipv4Addr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((IpAddr::V4(address), 0))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    /// A server and a client with a relay between them.
    fn line() -> (UdpSocket, UdpSocket, Relay) {
        let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let relay = Relay::start(server.local_addr().unwrap(), 7).unwrap();
        client.connect(relay.address()).unwrap();
        server.set_read_timeout(Some(PATIENCE)).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        (server, client, relay)
    }

    fn receive(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
        let mut buf = [0; 65536];
        let (len, source) = socket.recv_from(&mut buf).unwrap();
        (buf[..len].to_vec(), source)
    }

    #[test]
    fn datagrams_pass_both_ways() {
        let (server, client, relay) = line();
        client.send(b"to the server").unwrap();
        let (bytes, source) = receive(&server);
        assert_eq!(bytes, b"to the server");
        server.send_to(b"to the client", source).unwrap();
        assert_eq!(receive(&client), (b"to the client".to_vec(), relay.address()));
    }

    #[test]
    fn moving_the_client_changes_its_address_and_port() {
        let (server, client, relay) = line();
        client.send(b"here").unwrap();
        let (_, before) = receive(&server);
        relay.move_client(Ipv4Addr::new(127, 0, 0, 9));
        assert!(crate::poll::until(PATIENCE, || relay.is_idle().then_some(())).is_some());
        client.send(b"there").unwrap();
        let (bytes, after) = receive(&server);
        assert_eq!(bytes, b"there");
        assert_eq!(after.ip(), IpAddr::from([127, 0, 0, 9]));
        assert_ne!(after.port(), before.port());
    }

    #[test]
    fn about_the_wanted_share_is_lost_and_doubled() {
        let (server, client, relay) = line();
        relay.set_weather(Weather { loss: 30, duplicates: 50, ..Weather::default() });
        // Not more than fit into the buffer of a socket that nobody reads.
        for n in 0..160_u32 {
            client.send(&n.to_le_bytes()).unwrap();
        }
        server.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        let arrived = core::iter::from_fn(|| server.recv_from(&mut [0; 64]).ok()).count();
        // 240 copies, of which 70 % arrive; four standard deviations are 42.
        assert!((126..=210).contains(&arrived), "{arrived} arrived");
    }

    #[test]
    fn silence_lets_nothing_pass() {
        let (server, client, relay) = line();
        relay.set_weather(Weather { silent: true, ..Weather::default() });
        client.send(b"lost").unwrap();
        server.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        assert!(server.recv_from(&mut [0; 64]).is_err());
    }

    #[test]
    fn forged_datagrams_come_from_the_peer_or_a_stranger() {
        let (server, client, relay) = line();
        client.send(b"an honest one").unwrap();
        let (_, honest) = receive(&server);
        relay.forge(Toward::Server, Forgery::Replayed, 1, false);
        assert_eq!(receive(&server), (b"an honest one".to_vec(), honest));
        relay.forge(Toward::Server, Forgery::Replayed, 1, true);
        let (bytes, stranger) = receive(&server);
        assert_eq!(bytes, b"an honest one");
        assert_ne!(stranger, honest);
        relay.forge(Toward::Server, Forgery::BitFlipped, 1, false);
        let (bytes, _) = receive(&server);
        let flipped: u32 =
            bytes.iter().zip(b"an honest one").map(|(a, b)| (a ^ b).count_ones()).sum();
        assert_eq!(flipped, 1);
        relay.forge(Toward::Client, Forgery::Reflected, 1, false);
        assert_eq!(receive(&client).0, b"an honest one");
        let counted = || (relay.counters().forged() == 4).then_some(());
        assert!(crate::poll::until(PATIENCE, counted).is_some());
    }
}
