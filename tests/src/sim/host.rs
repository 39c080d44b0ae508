//! The two machines: an endpoint, a clock that may stand still while it sleeps, and sockets.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use mosh_core::platform::{Endpoint, Link, MAX_DATAGRAM, turn};
use mosh_core::time::Instant;
use mosh_core::transport::{Datagram, MAX_SOCKETS, SendError, Transmit};

use super::network::Packet;
use super::script::Sleep;

/// A machine and the endpoint on it.
#[derive(Debug)]
pub struct Host<E> {
    /// The endpoint.
    pub endpoint: E,
    /// What its clock showed when the world began.
    origin: Duration,
    /// For how long its clock has stood still.
    stopped: Duration,
    sleep: Option<(Instant, Sleep)>,
    /// What waits for a sleeping machine.
    waiting: VecDeque<Packet>,
}

/// Datagrams of the largest instruction, several times.
const MAX_SENT_PER_TURN: usize = 20_000;
/// Datagrams that a socket holds for a process that does not read.
const SOCKET_BUFFER: usize = 100;

impl<E: Endpoint> Host<E> {
    /// Returns a machine whose clock shows `origin` at the start of the world, and the endpoint
    /// that `make` makes of that time.
    pub fn new(origin: Duration, make: impl FnOnce(Instant) -> E) -> Self {
        let endpoint = make(Instant::ZERO + origin);
        Self { endpoint, origin, stopped: Duration::ZERO, sleep: None, waiting: VecDeque::new() }
    }

    /// What the machine's clock shows.
    #[must_use]
    pub fn local(&self, now: Instant) -> Instant {
        let asleep = match self.sleep {
            Some((until, Sleep { span, clock_runs: false, .. })) => span - (until - now).min(span),
            _ => Duration::ZERO,
        };
        Instant::ZERO + (self.origin + (now - Instant::ZERO) - self.stopped - asleep)
    }

    /// When the machine does something by itself.
    #[must_use]
    pub fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        if let Some((until, _)) = self.sleep {
            return Some(until);
        }
        let due = self.endpoint.poll_timeout()?;
        Some(now + (due - self.local(now)))
    }

    /// The machine falls asleep.
    pub fn sleep(&mut self, now: Instant, sleep: Sleep) {
        if self.sleep.is_none() {
            self.sleep = Some((now + sleep.span, sleep));
        }
    }

    /// Wakes the machine if it is time. Returns what has waited for it.
    pub fn wake(&mut self, now: Instant) -> VecDeque<Packet> {
        match self.sleep {
            Some((until, sleep)) if until <= now => {
                self.sleep = None;
                if !sleep.clock_runs {
                    self.stopped += sleep.span;
                }
                std::mem::take(&mut self.waiting)
            }
            _ => VecDeque::new(),
        }
    }

    /// When the machine wakes, if it sleeps.
    #[must_use]
    pub fn wakes_at(&self) -> Option<Instant> {
        self.sleep.map(|(until, _)| until)
    }

    /// Whether the machine sleeps.
    #[must_use]
    pub fn is_asleep(&self) -> bool {
        self.sleep.is_some()
    }

    /// Keeps a datagram for a sleeping machine, if its socket would.
    pub fn hold(&mut self, packet: Packet) {
        let buffered = self.sleep.is_some_and(|(_, sleep)| sleep.buffered);
        if buffered && self.waiting.len() < SOCKET_BUFFER {
            self.waiting.push_back(packet);
        }
    }

    /// One turn of the loop that all platforms share, with one datagram at most. Returns what was
    /// sent. `routes` says whether a destination can be reached.
    pub fn turn(
        &mut self,
        now: Instant,
        packet: Option<Packet>,
        routes: impl Fn(SocketAddr) -> bool,
    ) -> Vec<(Transmit, Vec<u8>)> {
        let local = self.local(now);
        let mut link = SimLink { inbox: packet, sent: Vec::new(), routes };
        let mut buf = [0; MAX_DATAGRAM];
        turn(&mut self.endpoint, &mut link, local, &mut buf);
        link.sent
    }
}

/// The sockets of a machine for the length of a turn.
struct SimLink<R> {
    inbox: Option<Packet>,
    sent: Vec<(Transmit, Vec<u8>)>,
    routes: R,
}

impl<R: Fn(SocketAddr) -> bool> Link for SimLink<R> {
    fn send(&mut self, transmit: &Transmit, payload: &[u8]) -> Result<(), SendError> {
        if !(self.routes)(transmit.destination) {
            return Err(SendError::Other);
        }
        assert!(self.sent.len() < MAX_SENT_PER_TURN, "a turn without end: {:?}", self.sent.len());
        self.sent.push((*transmit, payload.to_vec()));
        Ok(())
    }

    fn receive<'b>(&mut self, buf: &'b mut [u8]) -> Option<Datagram<'b>> {
        let Packet { source, bytes, congestion, .. } = self.inbox.take()?;
        let bytes = {
            let place = buf.get_mut(..bytes.len())?;
            place.copy_from_slice(&bytes);
            place
        };
        Some(Datagram { source, congestion, bytes })
    }
}

/// Where the client's machine is in the network, and which of its ports are open.
#[derive(Debug)]
pub struct ClientSockets {
    /// Counts the places where the machine has been.
    place: u16,
    /// Ports as the world sees them, the newest last.
    ports: VecDeque<u16>,
    next_port: u16,
    v4: bool,
    v6: bool,
}

impl Default for ClientSockets {
    fn default() -> Self {
        Self { place: 1, ports: VecDeque::from([50_000]), next_port: 50_001, v4: true, v6: true }
    }
}

impl ClientSockets {
    /// Opens one more socket.
    pub fn open(&mut self) {
        self.ports.push_back(self.next_port);
        self.next_port = 50_000 + (self.next_port - 49_999) % 10_000;
        if self.ports.len() > MAX_SOCKETS {
            self.ports.pop_front();
        }
    }

    /// The translator forgets what it knew: all ports look different from now on.
    pub fn rebind(&mut self) {
        self.ports.clear();
        self.open();
    }

    /// The machine goes elsewhere.
    pub fn move_on(&mut self) {
        self.place += 1;
        self.rebind();
    }

    /// Changes which families work.
    pub fn set_families(&mut self, v4: bool, v6: bool) {
        (self.v4, self.v6) = (v4, v6);
    }

    /// Whether a destination can be reached.
    #[must_use]
    pub fn routes(&self, destination: SocketAddr) -> bool {
        if destination.is_ipv4() { self.v4 } else { self.v6 }
    }

    /// The source of what is sent to `destination`.
    #[must_use]
    pub fn source(&self, destination: SocketAddr) -> SocketAddr {
        SocketAddr::new(self.ip(destination.is_ipv4()), self.ports.back().copied().unwrap_or(0))
    }

    /// Whether what is sent to `address` comes here.
    #[must_use]
    pub fn owns(&self, address: SocketAddr) -> bool {
        self.routes(address)
            && address.ip() == self.ip(address.is_ipv4())
            && self.ports.contains(&address.port())
    }

    fn ip(&self, v4: bool) -> IpAddr {
        let [high, low] = self.place.to_be_bytes();
        if v4 {
            Ipv4Addr::new(10, 1, high, low).into()
        } else {
            Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, self.place).into()
        }
    }
}

/// The server's addresses, the preferred one first.
#[must_use]
pub fn server_addresses() -> [SocketAddr; 2] {
    let v4 = Ipv4Addr::new(10, 9, 9, 9);
    let v6 = Ipv6Addr::new(0x2001, 0xdb8, 9, 0, 0, 0, 0, 9);
    [SocketAddr::new(v4.into(), 60_001), SocketAddr::new(v6.into(), 60_001)]
}
