//! Where to send, from which port, and how much at once.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use super::{MAX_ADDRESSES, Role};
use crate::time::Instant;

/// Sockets of a client that stay readable after it took fresh ports, the newest included.
pub const MAX_SOCKETS: usize = 10;
/// How long older sockets stay readable after the last fresh port.
pub const SOCKET_LIFETIME: Duration = Duration::from_secs(60);

/// The addresses of one end: a server follows its client, a client tries what it knows.
#[derive(Debug)]
pub(super) struct Path {
    role: Role,
    /// On a client the addresses of the server; on a server that of the client, if it is known.
    addresses: heapless::Vec<SocketAddr, MAX_ADDRESSES>,
    current: usize,
    started: Instant,
    heard: Option<Instant>,
    confirmed: Option<Instant>,
    hopped: Instant,
    hop_wanted: bool,
    resolve_asked: Option<Instant>,
    small_datagrams: bool,
    v6_socket: bool,
}

impl Path {
    pub(super) fn new(
        role: Role,
        addresses: heapless::Vec<SocketAddr, MAX_ADDRESSES>,
        v6_socket: bool,
        now: Instant,
    ) -> Self {
        debug_assert!(role == Role::Client || addresses.is_empty(), "a server is found");
        Self {
            role,
            addresses,
            current: 0,
            started: now,
            heard: None,
            confirmed: None,
            hopped: now,
            hop_wanted: false,
            resolve_asked: None,
            small_datagrams: false,
            v6_socket,
        }
    }

    /// Takes the source of an authentic packet that is not late. Returns whether the peer is
    /// reached elsewhere than before.
    pub(super) fn handle_packet(&mut self, now: Instant, source: SocketAddr) -> bool {
        self.heard = Some(now);
        self.resolve_asked = None;
        match self.role {
            Role::Server => {
                let moved = self.addresses.first() != Some(&source);
                self.addresses.clear();
                self.addresses.push(source).expect("there is room for one address");
                moved
            }
            Role::Client => {
                // Anybody can send from another address what the server sent, so only addresses
                // that we were given count.
                let canonical = canonical(source);
                let found =
                    self.addresses.iter().position(|&known| self::canonical(known) == canonical);
                let moved = found.is_some_and(|found| found != self.current);
                self.current = found.unwrap_or(self.current);
                moved
            }
        }
    }

    /// Learns when the newest state was sent that the peer has acknowledged.
    pub(super) fn handle_confirmation(&mut self, sent_at: Instant) {
        self.confirmed = Some(sent_at);
    }

    /// Learns that a datagram has been handed out.
    pub(super) fn handle_sent(&mut self, now: Instant) {
        match self.role {
            Role::Server => {
                if self.heard.is_none_or(|heard| now - heard > DETACH_AFTER) {
                    self.addresses.clear();
                }
            }
            Role::Client => {
                let patience = if self.heard.is_none() && self.addresses.len() > 1 {
                    FIRST_CONTACT_PATIENCE
                } else {
                    PATIENCE
                };
                let confirmed = self.confirmed.is_some_and(|at| now - at <= PATIENCE);
                if now - self.hopped > patience && !confirmed {
                    self.hop(now);
                    if self.is_silent(now, patience) {
                        self.rotate();
                    }
                }
            }
        }
    }

    /// Learns that a datagram could not be sent. Returns whether it is worth trying elsewhere.
    pub(super) fn handle_send_error(&mut self, now: Instant) -> bool {
        let rotates = self.role == Role::Client
            && self.addresses.len() > 1
            && now - self.hopped > ERROR_PATIENCE;
        if rotates {
            self.hop(now);
            self.rotate();
        }
        rotates
    }

    /// Learns that the path takes no large datagrams. Returns whether that is news.
    pub(super) fn handle_too_large(&mut self) -> bool {
        !core::mem::replace(&mut self.small_datagrams, true)
    }

    /// Replaces the candidates of a client. One that works is kept in any case.
    pub(super) fn handle_addresses(&mut self, now: Instant, addresses: &[SocketAddr]) {
        if self.role == Role::Server || addresses.is_empty() {
            return;
        }
        let works = if self.is_silent(now, PATIENCE) { None } else { self.destination() };
        let mut list: heapless::Vec<SocketAddr, MAX_ADDRESSES> = works.into_iter().collect();
        for address in addresses {
            if !list.contains(address) && list.push(*address).is_err() {
                break;
            }
        }
        let before = self.destination();
        self.addresses = list;
        self.current = 0;
        if self.destination() != before {
            self.hop(now);
        }
    }

    /// Asks for a fresh port with the next datagram.
    pub(super) fn hop(&mut self, now: Instant) {
        if self.role == Role::Client {
            self.hop_wanted = true;
            self.hopped = now;
        }
    }

    /// Whether the next datagram is to leave from a fresh port; says so once.
    pub(super) fn take_hop(&mut self) -> bool {
        core::mem::take(&mut self.hop_wanted)
    }

    /// Whether a client should look its server's name up again; says so at intervals.
    pub(super) fn take_resolve(&mut self, now: Instant) -> bool {
        let wanted = self.role == Role::Client
            && self.is_silent(now, PATIENCE)
            && self.resolve_asked.is_none_or(|at| now - at > RESOLVE_INTERVAL);
        if wanted {
            self.resolve_asked = Some(now);
        }
        wanted
    }

    pub(super) fn destination(&self) -> Option<SocketAddr> {
        self.addresses.get(self.current).copied()
    }

    pub(super) fn heard(&self) -> Option<Instant> {
        self.heard
    }

    /// The largest datagram to send there.
    pub(super) fn datagram_len(&self) -> usize {
        let v6 = match self.role {
            Role::Server => self.v6_socket,
            Role::Client => self
                .destination()
                .is_some_and(|address| matches!(canonical(address).ip(), IpAddr::V6(_))),
        };
        match (self.small_datagrams, v6) {
            (true, _) => SMALL_DATAGRAM,
            (false, false) => PATH_MTU - V4_HEADERS,
            (false, true) => PATH_MTU - V6_HEADERS,
        }
    }

    fn is_silent(&self, now: Instant, patience: Duration) -> bool {
        now - self.heard.unwrap_or(self.started) > patience
    }

    fn rotate(&mut self) {
        if !self.addresses.is_empty() {
            self.current = (self.current + 1) % self.addresses.len();
        }
    }
}

/// Addresses come in two spellings from a socket that serves both families.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// After this long without a word from its client, a server stops sending. As in mosh.
const DETACH_AFTER: Duration = Duration::from_secs(40);
/// After this long without confirmation a client takes a fresh port, in case a translator on the
/// way has forgotten the old one, and after this long without a word it tries another address.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same before the first word: an address may never have worked.
const FIRST_CONTACT_PATIENCE: Duration = Duration::from_secs(3);
/// The least time between two addresses that are tried because sending failed.
const ERROR_PATIENCE: Duration = Duration::from_secs(1);
const RESOLVE_INTERVAL: Duration = Duration::from_secs(30);

/// What every IPv6 link carries (RFC 8200 §5), and practically every IPv4 one.
const PATH_MTU: usize = 1280;
/// IP and UDP.
const V4_HEADERS: usize = 28;
/// IP, 16 bytes for extension headers, and UDP.
const V6_HEADERS: usize = 64;
/// Used once the network has refused more, or swallows it.
pub(super) const SMALL_DATAGRAM: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: SocketAddr = v4(1, 60001);
    const AWAY: SocketAddr = v4(2, 60001);

    #[test]
    fn a_server_follows_and_forgets() {
        let mut path = Path::new(Role::Server, heapless::Vec::new(), false, at(0));
        assert_eq!(path.destination(), None);
        assert!(path.handle_packet(at(1), HOME));
        assert!(!path.handle_packet(at(2), HOME));
        assert!(path.handle_packet(at(3), AWAY));
        assert_eq!(path.destination(), Some(AWAY));
        path.handle_sent(at(43));
        assert_eq!(path.destination(), Some(AWAY));
        path.handle_sent(at(44));
        assert_eq!(path.destination(), None);
        assert!(path.handle_packet(at(50), AWAY));
    }

    #[test]
    fn a_client_hops_without_confirmation() {
        let mut path = client(&[HOME]);
        path.handle_sent(at(10));
        assert!(!path.take_hop());
        path.handle_sent(at(11));
        assert!(path.take_hop());
        assert!(!path.take_hop());
        path.handle_confirmation(at(15));
        path.handle_sent(at(25));
        assert!(!path.take_hop());
        path.handle_sent(at(26));
        assert!(path.take_hop());
        assert_eq!(path.destination(), Some(HOME));
    }

    #[test]
    fn a_client_tries_its_addresses_until_one_answers() {
        let mut path = client(&[HOME, AWAY]);
        path.handle_sent(at(4));
        assert!(path.take_hop());
        assert_eq!(path.destination(), Some(AWAY));
        path.handle_sent(at(8));
        assert_eq!(path.destination(), Some(HOME));
        let mapped = SocketAddr::new("::ffff:10.0.0.2".parse().unwrap(), 60001);
        assert!(path.handle_packet(at(9), mapped));
        assert_eq!(path.destination(), Some(AWAY));
        assert!(!path.handle_packet(at(9), v4(3, 60001)));
        assert_eq!(path.destination(), Some(AWAY));
    }

    #[test]
    fn a_send_error_moves_on_once_a_second() {
        let mut path = client(&[HOME, AWAY]);
        assert!(!path.handle_send_error(at(1)));
        assert!(path.handle_send_error(at(2)));
        assert!(!path.handle_send_error(at(2)));
        assert_eq!(path.destination(), Some(AWAY));
        assert!(!client(&[HOME]).handle_send_error(at(9)));
    }

    #[test]
    fn names_are_looked_up_again_in_silence() {
        let mut path = client(&[HOME]);
        path.handle_packet(at(5), HOME);
        assert!(!path.take_resolve(at(15)));
        assert!(path.take_resolve(at(16)));
        assert!(!path.take_resolve(at(40)));
        assert!(path.take_resolve(at(47)));
        path.handle_addresses(at(48), &[AWAY]);
        assert_eq!(path.destination(), Some(AWAY));
        assert!(path.take_hop());
        path.handle_packet(at(49), AWAY);
        path.handle_addresses(at(50), &[HOME]);
        assert_eq!(path.destination(), Some(AWAY));
    }

    #[test]
    fn datagrams_fit_their_family() {
        let mut path = client(&[HOME, "[2001:db8::1]:60001".parse().unwrap()]);
        assert_eq!(path.datagram_len(), 1252);
        path.rotate();
        assert_eq!(path.datagram_len(), 1216);
        assert!(path.handle_too_large());
        assert_eq!(path.datagram_len(), 500);
        assert!(!path.handle_too_large());
    }

    fn client(addresses: &[SocketAddr]) -> Path {
        let addresses = heapless::Vec::from_slice(addresses).unwrap();
        Path::new(Role::Client, addresses, false, at(0))
    }

    const fn v4(host: u8, port: u16) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(core::net::Ipv4Addr::new(10, 0, 0, host)), port)
    }

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }
}
