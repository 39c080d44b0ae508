//! A rising number over a network that loses, repeats, delays and reorders.

use core::net::SocketAddr;
use core::time::Duration;

use mosh_core::compress::{Deflater, Inflater};
use mosh_core::crypto::SessionKey;
use mosh_core::storage::{Buffer, Slab};
use mosh_core::time::Instant;
use mosh_core::transport::{
    CloseReason, Config, Datagram, Phase, Role, SendError, StateNum, Timing, Transport,
    TransportMemory, TransportStorage,
};
use mosh_core::wire::mosh::Offer;
use proptest::collection::vec;
use proptest::prelude::*;

use super::counter::{Copy, Counter, Snapshot, WHOLE};

proptest! {
    #![proptest_config(super::cases(200))]

    #[test]
    fn both_ends_agree_once_the_network_heals(
        story in vec(event(), 0..40),
        fates in vec(fate(), 1..40),
        step in prop_oneof![Just(WHOLE), 1..40_u64],
        farewell in farewell(),
    ) {
        let states = || Counter::new(step, 100);
        let network = Network::new([heap(), heap()], [states(), states()], 2000, fates);
        // A peer that once took seconds to answer is waited for; many small steps take their time.
        let patience = if step < WHOLE { secs(20) } else { secs(10) };
        network.tell(&story, patience, farewell)?;
    }

    #[test]
    fn both_ends_agree_where_memory_is_scarce(
        story in vec(event(), 0..40),
        fates in vec(fate(), 1..40),
        most in 3..6_usize,
        farewell in farewell(),
    ) {
        let mut memory = [Memory::new(), Memory::new()];
        let states = || Counter::new(WHOLE, most);
        let storage = memory.each_mut().map(|memory| memory.storage());
        let network = Network::new(storage, [states(), states()], most, fates);
        network.tell(&story, secs(25), farewell)?;
    }
}

/// Three states of the peer, and instructions that are not much longer than a diff.
type Memory = TransportMemory<Snapshot, 3, 512, 512, 8>;

fn heap() -> TransportStorage<'static, Snapshot> {
    TransportStorage {
        received: Slab::growable(1025),
        message: Buffer::new(Slab::growable(1 << 16)),
        payload: Buffer::new(Slab::growable(1 << 16)),
        fragments: Buffer::new(Slab::growable(1 << 16)),
        pieces: Slab::growable(64),
        inflater: Inflater::boxed(),
        deflater: Deflater::new(Slab::growable(Deflater::TABLE_LEN)),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Client,
    Server,
}
use End::{Client, Server};

#[derive(Clone, Debug)]
enum Event {
    Raise(End, u64),
    Wait {
        millis: u64,
    },
    /// The client's network changes.
    Move,
    /// Longer datagrams are refused.
    Limit {
        len: usize,
    },
}

fn event() -> impl Strategy<Value = Event> {
    let end = prop_oneof![Just(Client), Just(Server)];
    let millis = prop_oneof![6 => 0..60_u64, 3 => 60..1500_u64, 1 => 1500..20_000_u64];
    prop_oneof![
        8 => (end, 1..50_u64).prop_map(|(end, by)| Event::Raise(end, by)),
        8 => millis.prop_map(|millis| Event::Wait { millis }),
        1 => Just(Event::Move),
        1 => (500..1400_usize).prop_map(|len| Event::Limit { len }),
    ]
}

/// What becomes of a datagram.
#[derive(Clone, Debug)]
enum Fate {
    Arrives { after: u64 },
    Lost,
    Repeated { after: u64, again: u64 },
}

fn fate() -> impl Strategy<Value = Fate> {
    let after = || prop_oneof![5 => 1..80_u64, 2 => 80..600_u64, 1 => 600..4000_u64];
    prop_oneof![
        4 => after().prop_map(|after| Fate::Arrives { after }),
        3 => Just(Fate::Lost),
        1 => (after(), after()).prop_map(|(after, again)| Fate::Repeated { after, again }),
    ]
}

/// How a session ends: who asks, and whether that is before the network heals.
#[derive(Clone, Copy, Debug)]
struct Farewell {
    client: bool,
    server: bool,
    in_storm: bool,
}

fn farewell() -> impl Strategy<Value = Farewell> {
    let who = prop_oneof![Just((true, false)), Just((false, true)), Just((true, true))];
    (who, prop::bool::weighted(0.3)).prop_map(|((client, server), in_storm)| Farewell {
        client,
        server,
        in_storm,
    })
}

struct Flying {
    at: Instant,
    to: End,
    source: SocketAddr,
    bytes: Vec<u8>,
}

type Party<'s> = Transport<'s, Counter, Copy>;

struct Network<'s> {
    client: Party<'s>,
    server: Party<'s>,
    now: Instant,
    /// What becomes of the next datagrams, over and over.
    fates: Vec<Fate>,
    turn: usize,
    limit: usize,
    flying: Vec<Flying>,
    client_port: u16,
    /// The newest number and value that the client and the server have seen.
    seen: [(StateNum, u64); 2],
    most: usize,
}

impl<'s> Network<'s> {
    fn new(
        storage: [TransportStorage<'s, Snapshot>; 2],
        states: [Counter; 2],
        most: usize,
        fates: Vec<Fate>,
    ) -> Self {
        let party = |role, storage, outgoing| {
            let addresses = match role {
                Role::Client => [server_address()].into_iter().collect(),
                Role::Server => Default::default(),
            };
            let key = SessionKey::from_bytes([7; 16]);
            let timing = Timing::default();
            let config = Config {
                role,
                key,
                seed: 7,
                addresses,
                v6_socket: false,
                timing,
                offer: Some(Offer::OURS),
            };
            Transport::new(config, outgoing, Copy::new(most), storage, Instant::ZERO).unwrap()
        };
        let ([first, second], [x, y]) = (storage, states);
        Self {
            client: party(Role::Client, first, x),
            server: party(Role::Server, second, y),
            now: Instant::ZERO,
            fates,
            turn: 0,
            limit: 2000,
            flying: Vec::new(),
            client_port: 5000,
            seen: [(StateNum::INITIAL, 0); 2],
            most,
        }
    }

    fn tell(
        mut self,
        story: &[Event],
        patience: Duration,
        farewell: Farewell,
    ) -> Result<(), TestCaseError> {
        for event in story {
            match event {
                Event::Raise(end, by) => self.party(*end).outgoing_mut().raise(*by),
                Event::Wait { millis } => self.run(Duration::from_millis(*millis))?,
                Event::Move => {
                    self.client_port += 1;
                    let now = self.now;
                    self.client.handle_network_change(now);
                }
                Event::Limit { len } => self.limit = *len,
            }
        }
        if farewell.in_storm {
            self.end(farewell);
            self.run(secs(15))?;
            return self.check_ended(farewell, false);
        }
        self.limit = 2000;
        self.fates = vec![Fate::Arrives { after: 20 }];
        self.run(patience)?;
        for (own, other) in [(&self.client, &self.server), (&self.server, &self.client)] {
            prop_assert_eq!(own.newest().snapshot.value, other.outgoing().value());
        }
        self.end(farewell);
        self.run(secs(15))?;
        self.check_ended(farewell, true)
    }

    fn end(&mut self, farewell: Farewell) {
        let now = self.now;
        // The very last change still reaches the peer.
        for (asks, end) in [(farewell.client, Client), (farewell.server, Server)] {
            if asks {
                let party = self.party(end);
                party.outgoing_mut().raise(1);
                party.shut_down(now);
            }
        }
    }

    fn check_ended(&self, farewell: Farewell, healed: bool) -> Result<(), TestCaseError> {
        let ends = [(&self.client, farewell.client), (&self.server, farewell.server)];
        for ((own, asks), (other, other_asks)) in [(ends[0], ends[1]), (ends[1], ends[0])] {
            let Phase::Closed(reason) = own.phase() else {
                prop_assert!(!asks && !healed, "still {:?}", own.phase());
                continue;
            };
            prop_assert_eq!(own.poll_timeout(), None);
            let polite = [CloseReason::Acknowledged, CloseReason::PeerClosed];
            prop_assert!(!healed || polite.contains(&reason), "closed as {:?}", reason);
            prop_assert!(asks || reason == CloseReason::PeerClosed, "closed as {:?}", reason);
            if polite.contains(&reason) && other_asks && own.newest().num == StateNum::SHUTDOWN {
                prop_assert_eq!(own.newest().snapshot.value, other.outgoing().value());
            }
            if healed && other_asks {
                prop_assert_eq!(own.newest().num, StateNum::SHUTDOWN);
            }
        }
        Ok(())
    }

    fn party(&mut self, end: End) -> &mut Party<'s> {
        match end {
            Client => &mut self.client,
            Server => &mut self.server,
        }
    }

    /// Lets time pass, from one deadline or arrival to the next.
    fn run(&mut self, time: Duration) -> Result<(), TestCaseError> {
        let end = self.now + time;
        loop {
            self.drain(Client)?;
            self.drain(Server)?;
            let timers = [self.client.poll_timeout(), self.server.poll_timeout()];
            for timer in timers.into_iter().flatten() {
                prop_assert!(timer > self.now, "a deadline in the past: {:?}", timer);
            }
            let arrivals = self.flying.iter().map(|flying| flying.at).min();
            let next = timers.into_iter().flatten().chain(arrivals).min();
            let Some(next) = next.filter(|&next| next <= end) else { break };
            self.now = next;
            self.client.handle_timeout(next);
            self.server.handle_timeout(next);
            while let Some(index) = self.flying.iter().position(|flying| flying.at <= next) {
                let flying = self.flying.remove(index);
                self.arrive(flying)?;
            }
        }
        self.now = end;
        self.client.handle_timeout(end);
        self.server.handle_timeout(end);
        Ok(())
    }

    fn drain(&mut self, from: End) -> Result<(), TestCaseError> {
        let mut buf = [0; 2048];
        let now = self.now;
        let mut count = 0;
        while let Some(transmit) = self.party(from).poll_transmit(now, &mut buf) {
            count += 1;
            prop_assert!(count < 100, "a flood at {:?}", now);
            if transmit.len > self.limit {
                self.party(from).handle_send_error(now, SendError::TooLarge);
                continue;
            }
            self.client_port += u16::from(transmit.fresh_port);
            let (to, source) = match from {
                Client => (Server, SocketAddr::from(([10, 0, 0, 1], self.client_port))),
                Server => (Client, server_address()),
            };
            let delays = match self.fates[self.turn % self.fates.len()] {
                Fate::Arrives { after } => vec![after],
                Fate::Lost => vec![],
                Fate::Repeated { after, again } => vec![after, again],
            };
            self.turn += 1;
            for delay in delays {
                let at = now + Duration::from_millis(delay);
                self.flying.push(Flying { at, to, source, bytes: buf[..transmit.len].to_vec() });
            }
        }
        Ok(())
    }

    fn arrive(&mut self, flying: Flying) -> Result<(), TestCaseError> {
        let Flying { to, source, mut bytes, .. } = flying;
        let (now, most) = (self.now, self.most);
        let datagram = Datagram { source, congestion: false, bytes: &mut bytes };
        // What was repeated, or finds no room, is dropped with a reason.
        let _ = self.party(to).handle_datagram(now, datagram);
        let (own, other) = match to {
            Client => (&self.client, &self.server),
            Server => (&self.server, &self.client),
        };
        let newest = own.newest();
        let seen = (newest.num, newest.snapshot.value);
        let before = self.seen[to as usize];
        prop_assert!(seen.0 >= before.0, "{:?} after {:?}", seen, before);
        // A diff that reaches a part of the way, written anew from an older state, may not reach
        // as far as the first one did.
        prop_assert!(
            seen.1 >= before.1 || other.outgoing().is_stepwise(),
            "{:?} after {:?}",
            seen,
            before
        );
        prop_assert!(other.outgoing().history.contains(&seen.1), "{:?} was never sent", seen);
        prop_assert!(own.acked_num() <= own.sent_num());
        prop_assert!(own.outgoing().live() <= most.min(33), "{}", own.outgoing().live());
        prop_assert!(own.incoming().live() <= most);
        self.seen[to as usize] = seen;
        Ok(())
    }
}

fn server_address() -> SocketAddr {
    ([10, 0, 0, 2], 60001).into()
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}
