//! Two transports driven by hand over a channel that loses, repeats and reorders.

mod agreement;
mod recovery;

extern crate alloc;

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

use super::*;
use crate::crypto::SessionKey;
use crate::wire::mosh::Offer;

#[test]
fn a_session_opens_and_then_only_beats() {
    let mut pair = Pair::new(Channel::perfect(5));
    pair.client.outgoing_mut().set(b"hello");
    pair.run_until(200);
    // The client's first state, the answer, and an answer to that for the sake of its timestamp.
    assert_eq!(pair.log, [(0, Client), (5, Server), (10, Client)]);
    assert_eq!(&**pair.server.newest().snapshot, b"hello");
    assert_eq!(pair.client.acked_num(), StateNum(1));
    pair.log.clear();
    pair.run_until(10_000);
    let beats = [3005, 6005, 9005].map(|at| [(at, Server), (at + 5, Client)]);
    assert_eq!(pair.log, beats.concat());
    assert_eq!(pair.client.next_timer(), Some((Timer::Heartbeat, ms(12_010))));
}

#[test]
fn the_first_change_after_silence_goes_at_once_and_the_next_is_paced() {
    let mut pair = Pair::connected(5);
    let start = pair.now.millis();
    pair.client.outgoing_mut().set(b"a");
    pair.run_for(3);
    pair.client.outgoing_mut().set(b"ab");
    pair.run_for(1);
    pair.client.outgoing_mut().set(b"abc");
    pair.run_for(30);
    let client: Vec<_> = pair.sent_by(Client).map(|at| at - start).collect();
    assert_eq!(client, [0, 20]);
    assert_eq!(&**pair.server.newest().snapshot, b"abc");
}

#[test]
fn a_change_is_not_delayed_by_an_acknowledgement() {
    let mut pair = Pair::connected(5);
    pair.server.outgoing_mut().set(b"output");
    pair.run_for(105);
    // The delayed acknowledgement has just left.
    let start = pair.now.millis();
    assert_eq!(pair.sent_by(Client).last(), Some(start));
    pair.run_for(2);
    pair.client.outgoing_mut().set(b"key");
    pair.run_for(1);
    assert_eq!(pair.sent_by(Client).last(), Some(start + 2));
}

#[test]
fn data_without_an_answer_is_acknowledged_after_a_tenth_of_a_second() {
    let mut pair = Pair::connected(5);
    let start = pair.now.millis();
    pair.client.outgoing_mut().set(b"x");
    pair.run_for(1000);
    assert_eq!(pair.log, [(start, Client), (start + 105, Server)]);
    // Nothing visible changed at the server, so its acknowledgement is empty and is not answered.
    assert_eq!(pair.server.counters().empty_sent, pair.server.counters().instructions_sent);
}

#[test]
fn a_lost_state_is_repeated_when_it_is_overdue() {
    let mut pair = Pair::connected(5);
    let start = pair.now.millis();
    pair.channel.mute = true;
    pair.client.outgoing_mut().set(b"x");
    pair.run_for(100);
    pair.channel.mute = false;
    pair.run_for(200);
    // RTO is at its least, 50 ms, and the peer may hold its acknowledgement for 100 ms.
    assert_eq!(pair.sent_by(Client).map(|at| at - start).collect::<Vec<_>>(), [0, 150]);
    assert_eq!(&**pair.server.newest().snapshot, b"x");
}

#[test]
fn the_first_packet_is_repeated_before_the_first_heartbeat() {
    let mut pair = Pair::new(Channel::perfect(5));
    pair.channel.mute = true;
    pair.client.outgoing_mut().set(b"x");
    pair.run_until(2000);
    assert_eq!(pair.sent_by(Client).collect::<Vec<_>>(), [0, 1100]);
}

#[test]
fn a_lost_acknowledgement_is_given_again_for_a_repeated_state() {
    let mut pair = Pair::connected(5);
    let start = pair.now.millis();
    pair.client.outgoing_mut().set(b"x");
    pair.run_for(50);
    pair.channel.mute = true;
    pair.run_for(60);
    pair.channel.mute = false;
    pair.run_for(400);
    let server: Vec<_> = pair.sent_by(Server).map(|at| at - start).collect();
    assert_eq!(server, [105, 255]);
    assert_eq!(pair.client.acked_num(), pair.client.sent_num());
}

#[test]
fn a_mute_peer_does_not_make_the_list_of_states_grow() {
    let mut pair = Pair::connected(5);
    pair.channel.mute = true;
    for round in 0..200_u32 {
        pair.client.outgoing_mut().set(&round.to_be_bytes());
        pair.run_for(50);
    }
    let nums: Vec<_> = pair.client.sender.sent_nums().collect();
    let newest = *nums.last().unwrap();
    assert_eq!(nums.len(), 32);
    assert_eq!(nums[0], pair.client.acked_num().0);
    assert!(nums.is_sorted());
    assert!((newest - 14..=newest).all(|num| nums.contains(&num)), "the recent ones: {nums:?}");
    pair.channel.mute = false;
    pair.run_for(3500);
    assert_eq!(&**pair.server.newest().snapshot, &199_u32.to_be_bytes());
}

#[test]
fn all_becomes_equal_over_any_channel() {
    for seed in 0..60 {
        let mut pair = Pair::new(Channel::bad(seed));
        for round in 0..150_u32 {
            let text = vec![b'a' + (round % 26) as u8; pair.random(3000) as usize];
            let end = if pair.random(2) == 0 { &mut pair.client } else { &mut pair.server };
            end.outgoing_mut().set(&text);
            let pause = pair.random(200);
            pair.run_for(pause);
        }
        pair.channel = Channel::perfect(20);
        pair.run_for(4000);
        let agreements = [pair.client.agreement(), pair.server.agreement()];
        assert_eq!(agreements, [Agreement::Common(Offer::OURS); 2]);
        pair.check_equal();
        for end in [&pair.client, &pair.server] {
            let counters = end.counters();
            assert!(counters.unusable == 0 && counters.foreign == 0, "seed {seed}: {counters:?}");
            assert_eq!(end.outgoing().live, end.sender.sent_nums().count(), "seed {seed}");
            assert_eq!(end.incoming().live, end.receiver.nums().count(), "seed {seed}");
        }
    }
}

#[test]
fn little_room_slows_a_session_down_but_does_not_stop_it() {
    for seed in 0..30 {
        let mut pair = Pair::with_states(Channel::bad(seed), 3);
        pair.client.outgoing_mut().most = 3;
        pair.server.outgoing_mut().most = 3;
        pair.client.incoming_mut().most = 3;
        for round in 0..100_u32 {
            pair.client.outgoing_mut().set(&round.to_be_bytes());
            pair.server.outgoing_mut().set(&(!round).to_be_bytes());
            let pause = pair.random(100);
            pair.run_for(pause);
        }
        pair.channel = Channel::perfect(20);
        pair.run_for(20_000);
        pair.check_equal();
    }
}

#[test]
fn a_large_state_comes_in_fragments() {
    let mut pair = Pair::connected(5);
    let noise: Vec<u8> = (0..6000).map(|_| pair.random(256) as u8).collect();
    pair.server.outgoing_mut().set(&noise);
    pair.run_for(200);
    assert_eq!(&**pair.client.newest().snapshot, noise);
    assert_eq!(pair.longest, 1252);
}

#[test]
fn a_state_may_be_reached_in_parts() {
    for seed in 0..20 {
        let mut pair = Pair::connected(5);
        pair.channel = Channel::bad(seed);
        pair.server.outgoing_mut().step = 40;
        pair.server.outgoing_mut().most = 4;
        pair.server.outgoing_mut().set(&core::array::from_fn::<u8, 200, _>(|i| i as u8));
        pair.run_for(300);
        // The end comes before all parts are sent; its number goes with the last of them.
        let now = pair.now;
        pair.server.outgoing_mut().set(&core::array::from_fn::<u8, 250, _>(|i| i as u8));
        pair.server.shut_down(now);
        pair.run_for(12_000);
        if pair.client.phase() == Phase::Closed(CloseReason::PeerClosed) {
            assert_eq!(&**pair.client.newest().snapshot, pair.server.outgoing().text);
        } else {
            assert!(seed > 10, "lost by accident");
        }
        assert_eq!(pair.server.outgoing().live, pair.server.sender.sent_nums().count());
    }
}

#[test]
fn a_datagram_that_is_too_large_is_cut_smaller_at_once() {
    let mut pair = Pair::connected(5);
    let noise: Vec<u8> = (0..3000).map(|_| pair.random(256) as u8).collect();
    pair.client.outgoing_mut().set(&noise);
    pair.channel.mtu = 600;
    pair.run_for(30);
    assert_eq!(&**pair.server.newest().snapshot, noise);
    assert_eq!(pair.longest, 500);
    assert_eq!(pair.client.counters().send_errors, 1);
}

#[test]
fn no_foreign_or_damaged_datagram_changes_anything() {
    let mut pair = Pair::connected(5);
    pair.client.outgoing_mut().set(b"something to say");
    let mut captured = Vec::new();
    pair.drain_into(Client, &mut captured);
    let datagram = captured.pop().unwrap();
    let now = pair.now;
    let elsewhere = address(99);
    let before = pair.server.fingerprint();
    let mut tries: Vec<Vec<u8>> = (0..datagram.len()).map(|len| datagram[..len].to_vec()).collect();
    for bit in 0..datagram.len() * 8 {
        let mut flipped = datagram.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        tries.push(flipped);
    }
    for len in 0..200 {
        tries.push((0..len).map(|_| pair.random(256) as u8).collect());
    }
    tries.push([&datagram[..], b"x"].concat());
    tries.push(vec![0; 65_507]);
    for mut bytes in tries {
        let datagram = Datagram { source: elsewhere, congestion: true, bytes: &mut bytes };
        let result = pair.server.handle_datagram(now, datagram);
        assert!(matches!(result, Err(Discard::Short | Discard::Forged)), "{result:?}");
        assert_eq!(pair.server.fingerprint(), before);
    }
    // Our own datagram, sent back to us.
    let mut copy = datagram.clone();
    let reflected = Datagram { source: elsewhere, congestion: false, bytes: &mut copy };
    assert_eq!(pair.client.handle_datagram(now, reflected), Err(Discard::Reflected));
    // Once it is taken, a replay from elsewhere does not even move the peer.
    let mut copy = datagram.clone();
    let original = Datagram { source: address(1), congestion: false, bytes: &mut copy };
    assert!(pair.server.handle_datagram(now, original).unwrap().new_state);
    let before = pair.server.fingerprint();
    let mut copy = datagram;
    let replayed = Datagram { source: elsewhere, congestion: false, bytes: &mut copy };
    let arrival = pair.server.handle_datagram(now, replayed).unwrap();
    assert_eq!(arrival, Arrival::default());
    assert_eq!(pair.server.fingerprint(), before);
}

#[test]
fn authentic_nonsense_is_dropped() {
    let mut table = [0; crate::compress::Deflater::TABLE_LEN];
    let mut deflater = crate::compress::Deflater::new(crate::storage::Slab::borrowed(&mut table));
    let mut fragment_of = |instruction: &[u8]| {
        let mut memory = [0; 256];
        let mut out = Buffer::new(crate::storage::Slab::borrowed(&mut memory));
        deflater.deflate(instruction, &mut out).unwrap();
        [&[0, 0, 0, 0, 0, 0, 0, 9, 0x80, 0], &out[..]].concat()
    };
    for (payload, expected) in [
        (vec![], Discard::BadFragment),
        (vec![0; 9], Discard::BadFragment),
        (b"\0\0\0\0\0\0\0\x09\x80\0".to_vec(), Discard::BadStream),
        (b"\0\0\0\0\0\0\0\x09\x80\0not zlib".to_vec(), Discard::BadStream),
        (fragment_of(b"\x08"), Discard::BadInstruction),
        (fragment_of(b"\x10\0\x18\x05"), Discard::OtherVersion),
        (fragment_of(b"\x08\x03\x10\0\x18\x05"), Discard::OtherVersion),
        // A throwaway beyond the base, and a new state below it.
        (fragment_of(b"\x08\x02\x10\x01\x18\x05\x28\x02"), Discard::BadInstruction),
        (fragment_of(b"\x08\x02\x10\x01\x18\x05\x32\x01?"), Discard::BadDiff),
    ] {
        let mut pair = Pair::connected(5);
        let mut client = Session::new(&key(), Direction::ToServer);
        let mut bytes = vec![0; NONCE_LEN];
        let plaintext = [&[0xff; TIMESTAMPS_LEN][..], &payload].concat();
        bytes.extend(plaintext);
        let mut sealed = None;
        // Numbers far beyond those of the client itself.
        for _ in 0..100 {
            let mut buf = bytes[NONCE_LEN..].to_vec();
            let (nonce, tag) = client.seal(&mut buf).unwrap();
            sealed = Some([&nonce.tail()[..], &buf, &tag].concat());
        }
        let (now, newest) = (pair.now, pair.server.newest().num);
        let mut bytes = sealed.unwrap();
        let datagram = Datagram { source: address(1), congestion: false, bytes: &mut bytes };
        assert_eq!(pair.server.handle_datagram(now, datagram), Err(expected), "{payload:?}");
        assert_eq!(pair.server.newest().num, newest);
        // It was a sign of life all the same.
        assert_eq!(pair.server.last_heard(), Some(now));
    }
}

#[test]
fn the_end_is_agreed_on() {
    let mut pair = Pair::connected(5);
    pair.server.outgoing_mut().set(b"last words");
    let now = pair.now;
    pair.server.shut_down(now);
    assert_eq!(pair.server.phase(), Phase::ShuttingDown);
    pair.run_for(100);
    assert_eq!(&**pair.client.newest().snapshot, b"last words");
    assert_eq!(pair.client.newest().num, StateNum::SHUTDOWN);
    assert_eq!(pair.client.phase(), Phase::Closed(CloseReason::PeerClosed));
    assert_eq!(pair.server.phase(), Phase::Closed(CloseReason::Acknowledged));
    assert_eq!((pair.client.poll_timeout(), pair.server.poll_timeout()), (None, None));
}

#[test]
fn the_end_survives_loss() {
    for seed in 0..40 {
        let mut pair = Pair::connected(5);
        pair.channel = Channel::bad(seed);
        pair.channel.loss = 30;
        let now = pair.now;
        pair.client.outgoing_mut().set(b"unsent");
        pair.client.shut_down(now);
        pair.run_for(11_000);
        assert!(matches!(pair.client.phase(), Phase::Closed(_)));
        assert_eq!(pair.server.phase(), Phase::Closed(CloseReason::PeerClosed), "seed {seed}");
        assert_eq!(&**pair.server.newest().snapshot, b"unsent");
    }
}

#[test]
fn nobody_waits_for_ever_for_the_end() {
    let mut pair = Pair::connected(5);
    pair.channel.mute = true;
    let start = pair.now;
    pair.client.shut_down(start);
    pair.run_for(2000);
    assert_eq!(pair.client.phase(), Phase::Closed(CloseReason::TimedOut));
    assert_eq!(pair.sent_by(Client).count(), 16);
    // A server whose client is away has nobody to tell.
    let mut server = Pair::new(Channel::perfect(5)).server;
    server.shut_down(ms(0));
    assert_eq!(server.poll_timeout(), Some(ms(10_000)));
    server.handle_timeout(ms(10_000));
    assert_eq!(server.phase(), Phase::Closed(CloseReason::TimedOut));
}

#[test]
fn both_may_end_at_once() {
    let mut pair = Pair::connected(5);
    let now = pair.now;
    pair.client.shut_down(now);
    pair.server.shut_down(now);
    pair.run_for(1000);
    assert!(matches!(pair.client.phase(), Phase::Closed(_)));
    assert!(matches!(pair.server.phase(), Phase::Closed(_)));
}

#[test]
fn a_server_follows_its_client_and_falls_silent_without_it() {
    let mut pair = Pair::connected(5);
    let now = pair.now;
    pair.client_address = address(7);
    pair.client.handle_network_change(now);
    pair.run_for(10);
    assert_eq!(pair.server.peer(), Some(address(7)));
    assert_eq!(pair.client.counters().port_hops, 1);
    pair.channel.mute = true;
    pair.run_for(50_000);
    assert_eq!(pair.server.peer(), None);
    assert_eq!(pair.server.poll_timeout(), None);
    pair.channel.mute = false;
    pair.server.outgoing_mut().set(b"while you were away");
    pair.run_for(3500);
    assert_eq!(&**pair.client.newest().snapshot, b"while you were away");
}

#[test]
fn congestion_slows_the_peer_down() {
    let mut pair = Pair::connected(5);
    assert_eq!(pair.server.send_interval(), Duration::from_millis(20));
    pair.channel.congestion = true;
    for round in 0..50_u8 {
        pair.server.outgoing_mut().set(&[round]);
        pair.run_for(300);
    }
    assert!(pair.server.send_interval() > Duration::from_millis(200));
}

/// An object that is replaced as a whole. Its diff names its base, so that a diff applied to
/// another state is noticed.
#[derive(Debug, Default)]
struct Document {
    text: Vec<u8>,
    live: usize,
    most: usize,
    /// Bytes beyond what base and text have in common that a diff reaches; 0 for all.
    step: usize,
}

impl Document {
    fn set(&mut self, text: &[u8]) {
        self.text = text.to_vec();
    }
}

impl Outgoing for Document {
    type Snapshot = Box<[u8]>;

    fn snapshot(&mut self) -> Result<Box<[u8]>, Full> {
        if self.live == self.most {
            return Err(Full);
        }
        self.live += 1;
        Ok(self.text.clone().into())
    }

    fn differs(&self, base: &Box<[u8]>) -> bool {
        self.text != **base
    }

    fn diff_len(&self, base: &Box<[u8]>, _at_most: usize) -> usize {
        if self.differs(base) { 4 + self.text.len() } else { 0 }
    }

    fn write_diff(
        &mut self,
        base: &Box<[u8]>,
        out: &mut Buffer<'_>,
    ) -> Result<Option<Box<[u8]>>, Full> {
        if !self.differs(base) {
            return Ok(None);
        }
        out.extend(&checksum(base))?;
        let common = base.iter().zip(&self.text).take_while(|(a, b)| a == b).count();
        if self.step > 0 && common + self.step < self.text.len() {
            let part = &self.text[..common + self.step];
            out.extend(part)?;
            if self.live == self.most {
                return Err(Full);
            }
            self.live += 1;
            return Ok(Some(part.into()));
        }
        out.extend(&self.text)?;
        Ok(None)
    }

    fn forget(&mut self, _snapshot: Box<[u8]>) {
        self.live -= 1;
    }

    fn acknowledged(&mut self, _front: &Box<[u8]>) {}
}

/// The other end of it.
#[derive(Debug, Default)]
struct Copy {
    live: usize,
    most: usize,
}

impl Incoming for Copy {
    type Snapshot = Box<[u8]>;

    fn initial(&mut self) -> Result<Box<[u8]>, Full> {
        self.live += 1;
        Ok(Box::default())
    }

    fn apply_diff(&mut self, base: &Box<[u8]>, diff: &[u8]) -> Result<Box<[u8]>, BadDiff> {
        if self.live == self.most {
            return Err(BadDiff::Full);
        }
        let state = if diff.is_empty() {
            base.clone()
        } else {
            let (sum, text) = diff.split_first_chunk::<4>().ok_or(BadDiff::Malformed)?;
            assert_eq!(*sum, checksum(base), "a diff meets the state it was made from");
            text.into()
        };
        self.live += 1;
        Ok(state)
    }

    fn forget(&mut self, _snapshot: Box<[u8]>) {
        self.live -= 1;
    }
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let fold = |sum: u32, &byte: &u8| (sum ^ u32::from(byte)).wrapping_mul(16_777_619);
    bytes.iter().fold(2_166_136_261, fold).to_be_bytes()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Client,
    Server,
}
use End::{Client, Server};

/// What happens to datagrams; rates in percent, times in milliseconds.
struct Channel {
    delay: u64,
    jitter: u64,
    loss: u64,
    duplication: u64,
    mtu: usize,
    mute: bool,
    congestion: bool,
    random: u64,
}

impl Channel {
    fn perfect(delay: u64) -> Self {
        Self {
            delay,
            jitter: 0,
            loss: 0,
            duplication: 0,
            mtu: usize::MAX,
            mute: false,
            congestion: false,
            random: delay,
        }
    }

    fn bad(seed: u64) -> Self {
        let jitter = 1 + seed * 3;
        Self { jitter, loss: seed % 50, duplication: 10, random: seed, ..Self::perfect(seed % 70) }
    }
}

type TestTransport = Transport<'static, Document, Copy>;

impl TestTransport {
    /// Everything that only an authentic and new datagram may change.
    fn fingerprint(
        &self,
    ) -> (StateNum, StateNum, Option<Instant>, Option<Duration>, Option<SocketAddr>) {
        (self.newest().num, self.acked_num(), self.last_heard(), self.round_trip(), self.peer())
    }
}

struct Pair {
    client: TestTransport,
    server: TestTransport,
    client_address: SocketAddr,
    now: Instant,
    channel: Channel,
    /// Datagrams on their way: when they arrive, at whom, from where.
    flying: Vec<(Instant, End, SocketAddr, Vec<u8>)>,
    /// When who sent.
    log: Vec<(u64, End)>,
    longest: usize,
    heard: [StateNum; 2],
}

impl Pair {
    fn new(channel: Channel) -> Self {
        Self::with_states(channel, 32)
    }

    fn with_states(channel: Channel, states: usize) -> Self {
        Self {
            client: transport(Role::Client, states, Timing::default()),
            server: transport(Role::Server, states, Timing::default()),
            client_address: address(1),
            now: ms(0),
            channel,
            flying: Vec::new(),
            log: Vec::new(),
            longest: 0,
            heard: [StateNum::INITIAL; 2],
        }
    }

    fn with_offers(channel: Channel, client: Option<Offer>, server: Option<Offer>) -> Self {
        let mut pair = Self::new(channel);
        pair.client.negotiation = Negotiation::new(Role::Client, client);
        pair.server.negotiation = Negotiation::new(Role::Server, server);
        pair
    }

    fn with_timing(channel: Channel, timing: Timing) -> Self {
        let [client, server] = [Role::Client, Role::Server].map(|it| transport(it, 32, timing));
        Self { client, server, ..Self::new(channel) }
    }

    /// A pair that has exchanged its first states and fallen silent.
    fn connected(delay: u64) -> Self {
        let mut pair = Self::new(Channel::perfect(delay));
        pair.run_until(1000);
        pair.log.clear();
        pair.longest = 0;
        pair
    }

    fn end(&mut self, end: End) -> &mut TestTransport {
        match end {
            Client => &mut self.client,
            Server => &mut self.server,
        }
    }

    fn run_for(&mut self, millis: u64) {
        self.run_until(self.now.millis() + millis);
    }

    /// Lets everything happen up to and including this time.
    fn run_until(&mut self, millis: u64) {
        let end = ms(millis);
        loop {
            self.drain(Client);
            self.drain(Server);
            let timers = [self.client.poll_timeout(), self.server.poll_timeout()];
            for timer in timers.into_iter().flatten() {
                assert!(timer > self.now, "a deadline in the past after a drain");
            }
            let arrival = self.flying.iter().map(|flying| flying.0).min();
            let next = timers.into_iter().flatten().chain(arrival).min();
            let Some(next) = next.filter(|&next| next <= end) else { break };
            self.now = next;
            self.client.handle_timeout(next);
            self.server.handle_timeout(next);
            while let Some(index) = self.flying.iter().position(|flying| flying.0 <= next) {
                let (_, to, source, mut bytes) = self.flying.remove(index);
                let congestion = self.channel.congestion;
                let datagram = Datagram { source, congestion, bytes: &mut bytes };
                let _ = self.end(to).handle_datagram(next, datagram);
                let newest = self.end(to).newest().num;
                assert!(newest >= self.heard[to as usize], "numbers only rise");
                self.heard[to as usize] = newest;
            }
        }
        self.now = end;
        self.client.handle_timeout(end);
        self.server.handle_timeout(end);
    }

    fn drain(&mut self, from: End) {
        let mut buf = [0; 2048];
        let now = self.now;
        while let Some(transmit) = self.end(from).poll_transmit(now, &mut buf) {
            if transmit.len > self.channel.mtu {
                self.end(from).handle_send_error(now, SendError::TooLarge);
                continue;
            }
            self.longest = self.longest.max(transmit.len);
            self.log.push((now.millis(), from));
            let (to, source) = match from {
                Client => (Server, self.client_address),
                Server => (Client, address(2)),
            };
            let copies = 1 + u64::from(self.random(100) < self.channel.duplication);
            for _ in 0..copies {
                let lost = self.random(100) < self.channel.loss;
                let delay = self.channel.delay + self.random(self.channel.jitter + 1);
                if !lost && !self.channel.mute {
                    let bytes = buf[..transmit.len].to_vec();
                    self.flying.push((
                        now + Duration::from_millis(delay.max(1)),
                        to,
                        source,
                        bytes,
                    ));
                }
            }
        }
    }

    fn drain_into(&mut self, from: End, datagrams: &mut Vec<Vec<u8>>) {
        self.drain(from);
        datagrams.extend(self.flying.drain(..).map(|flying| flying.3));
    }

    fn sent_by(&self, end: End) -> impl DoubleEndedIterator<Item = u64> {
        self.log.iter().filter(move |sent| sent.1 == end).map(|sent| sent.0)
    }

    fn check_equal(&mut self) {
        assert_eq!(&**self.client.newest().snapshot, self.server.outgoing().text);
        assert_eq!(&**self.server.newest().snapshot, self.client.outgoing().text);
    }

    /// A number below `limit`, the same in every run.
    fn random(&mut self, limit: u64) -> u64 {
        let state = self.channel.random.wrapping_mul(6_364_136_223_846_793_005);
        self.channel.random = state.wrapping_add(1_442_695_040_888_963_407);
        (self.channel.random >> 33) % limit
    }
}

fn transport(role: Role, states: usize, timing: Timing) -> TestTransport {
    let memory = Box::leak(Box::new(TransportMemory::<_, 32, 8192, 8192, 32>::new()));
    let mut storage = memory.storage();
    let received: Vec<Option<Held<Box<[u8]>>>> = (0..states).map(|_| None).collect();
    storage.received = crate::storage::Slab::borrowed(received.leak());
    let mut config = Config {
        role,
        key: key(),
        seed: 7,
        addresses: heapless::Vec::new(),
        v6_socket: false,
        timing,
        offer: Some(Offer::OURS),
    };
    if role == Role::Client {
        config.addresses.push(address(2)).unwrap();
    }
    let outgoing = Document { most: 100, ..Document::default() };
    let incoming = Copy { most: 100, ..Copy::default() };
    Transport::new(config, outgoing, incoming, storage, ms(0)).unwrap()
}

fn key() -> SessionKey {
    SessionKey::from_bytes([7; 16])
}

fn address(host: u8) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, host)), 60001)
}

fn ms(millis: u64) -> Instant {
    Instant::from_millis(millis)
}
