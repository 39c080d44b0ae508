//! One direction of a network, as a machine without I/O: datagrams go in with the time, and come
//! out later, twice, in another order, or not at all.
//!
//! It knows nothing of what it carries, and reads no clock. A queue in front of a line of limited
//! rate, then the way itself: what survives both arrives after the delay. All chance comes from
//! one seed, and all arithmetic is of integers, so that equal seeds give equal numbers everywhere.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::time::Duration;

use mosh_core::time::Instant;

use crate::random::Random;

/// A share of all cases, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share(pub u32);

impl Share {
    /// Never.
    pub const NONE: Self = Self(0);

    /// Returns a share given in percent.
    #[must_use]
    pub const fn percent(percent: u32) -> Self {
        Self(percent * 10_000)
    }

    /// Draws a case. A share of nothing or everything draws no random number, so that adding an
    /// impairment that is switched off changes no run.
    pub fn draw(self, random: &mut Random) -> bool {
        match self.0 {
            0 => false,
            1_000_000.. => true,
            share => random.bits() % 1_000_000 < u64::from(share),
        }
    }
}

/// Losses that come in bursts: a link that is good or bad for a while (Gilbert 1960, Elliott
/// 1963). Each datagram may change its state first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bursts {
    /// Changes from good to bad.
    pub begin: Share,
    /// Changes from bad to good.
    pub end: Share,
    /// Datagrams lost while it is bad.
    pub loss: Share,
}

/// Somebody else's download through the same queue: a TCP flow that keeps it between `floor` and
/// its limit in a saw-tooth of the given period, as loss-based congestion control does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// The lowest filling, in percent of the queue.
    pub floor: u32,
    /// From one loss of the flow to the next.
    pub period: Duration,
}

/// What one direction does to datagrams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// The time that the way takes.
    pub delay: Duration,
    /// At most so much longer, evenly distributed; order is kept.
    pub jitter: Duration,
    /// Datagrams lost independently of one another.
    pub loss: Share,
    /// Datagrams lost in bursts.
    pub bursts: Option<Bursts>,
    /// Datagrams that arrive twice.
    pub duplicates: Share,
    /// Datagrams held back by up to `held`, so that later ones overtake them.
    pub reordering: Share,
    /// See `reordering`; duplicates come so late at most, too.
    pub held: Duration,
    /// Bytes a second; `None`: as many as there are.
    pub rate: Option<u64>,
    /// Bytes that wait in front of the line at most; the last to come are dropped.
    pub queue: u64,
    /// Who else fills the queue.
    pub bulk: Option<Bulk>,
    /// UDP payloads that are longer vanish without notice.
    pub mtu: usize,
    /// Nothing passes.
    pub blackout: bool,
    /// Datagrams marked with "congestion experienced".
    pub marks: Share,
}

impl Conditions {
    /// A good link with the given delay.
    #[must_use]
    pub const fn clean(delay: Duration) -> Self {
        Self {
            delay,
            jitter: Duration::ZERO,
            loss: Share::NONE,
            bursts: None,
            duplicates: Share::NONE,
            reordering: Share::NONE,
            held: Duration::ZERO,
            rate: None,
            queue: 64 << 10,
            bulk: None,
            mtu: 1472,
            blackout: false,
            marks: Share::NONE,
        }
    }
}

/// A datagram on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Where it came from, as its receiver will see it.
    pub source: SocketAddr,
    /// Where it goes.
    pub destination: SocketAddr,
    /// The UDP payload.
    pub bytes: Vec<u8>,
    /// A router marked it.
    pub congestion: bool,
    /// An attacker sent it.
    pub forged: bool,
}

/// What has passed through one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Datagrams handed in.
    pub datagrams: u64,
    /// Bytes of UDP payload handed in.
    pub bytes: u64,
    /// Datagrams that did not arrive.
    pub lost: u64,
}

/// One direction.
#[derive(Debug)]
pub struct Pipe {
    conditions: Conditions,
    random: Random,
    /// The link is in its bad state.
    bad: bool,
    /// When the line has sent all that waits.
    busy_until: Instant,
    /// When the latest datagram that keeps its order arrives.
    last_arrival: Instant,
    flying: BinaryHeap<Reverse<Flight>>,
    order: u64,
    passed: Passed,
}

#[derive(Debug, PartialEq, Eq)]
struct Flight {
    at: Instant,
    order: u64,
    packet: Packet,
}

impl Ord for Flight {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl PartialOrd for Flight {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Pipe {
    /// Returns an empty direction.
    #[must_use]
    pub fn new(conditions: Conditions, seed: u64) -> Self {
        Self {
            conditions,
            random: Random::new(seed),
            bad: false,
            busy_until: Instant::ZERO,
            last_arrival: Instant::ZERO,
            flying: BinaryHeap::new(),
            order: 0,
            passed: Passed::default(),
        }
    }

    /// Changes what happens to datagrams from now on; those under way are not concerned.
    pub fn set(&mut self, conditions: Conditions) {
        self.conditions = conditions;
    }

    /// What happens to datagrams.
    #[must_use]
    pub fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// Takes a datagram. Returns when it arrives first, if it does.
    pub fn send(&mut self, now: Instant, mut packet: Packet) -> Option<Instant> {
        self.passed.datagrams += 1;
        self.passed.bytes += packet.bytes.len() as u64;
        let arrival = self.arrival(now, packet.bytes.len());
        let Some(at) = arrival else {
            self.passed.lost += 1;
            return None;
        };
        packet.congestion |= self.conditions.marks.draw(&mut self.random);
        if self.conditions.duplicates.draw(&mut self.random) {
            let late = at + self.up_to(self.conditions.held);
            self.fly(late, packet.clone());
        }
        self.fly(at, packet);
        arrival
    }

    /// Puts a datagram on the way that the line does not see, to arrive at `at`.
    pub fn inject(&mut self, at: Instant, packet: Packet) {
        self.fly(at, packet);
    }

    /// When the next datagram arrives.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.flying.peek().map(|Reverse(flight)| flight.at)
    }

    /// The next datagram that has arrived by `now`.
    pub fn receive(&mut self, now: Instant) -> Option<Packet> {
        if self.poll_timeout()? > now {
            return None;
        }
        self.flying.pop().map(|Reverse(flight)| flight.packet)
    }

    /// Loses everything that is under way or waits for the line.
    pub fn clear(&mut self) {
        self.passed.lost += self.flying.len() as u64;
        self.flying.clear();
        (self.busy_until, self.last_arrival) = (Instant::ZERO, Instant::ZERO);
    }

    /// What was handed in so far.
    #[must_use]
    pub fn passed(&self) -> Passed {
        self.passed
    }

    fn arrival(&mut self, now: Instant, len: usize) -> Option<Instant> {
        let burst = self.is_lost_in_burst();
        let lost = self.conditions.loss.draw(&mut self.random);
        if self.conditions.blackout || len > self.conditions.mtu {
            return None;
        }
        // What is lost on the way has taken its place in the queue all the same.
        let sent = self.leave_queue(now, len as u64 + HEADERS)?;
        if burst || lost {
            return None;
        }
        let way = sent + self.conditions.delay + self.up_to(self.conditions.jitter);
        if self.conditions.reordering.draw(&mut self.random) {
            return Some(way + self.up_to(self.conditions.held));
        }
        self.last_arrival = self.last_arrival.max(way);
        Some(self.last_arrival)
    }

    fn is_lost_in_burst(&mut self) -> bool {
        let Some(bursts) = self.conditions.bursts else { return false };
        let change = if self.bad { bursts.end } else { bursts.begin };
        self.bad ^= change.draw(&mut self.random);
        self.bad && bursts.loss.draw(&mut self.random)
    }

    /// When the line has sent a datagram of `len` bytes; `None` if the queue is full.
    fn leave_queue(&mut self, now: Instant, len: u64) -> Option<Instant> {
        let Some(rate) = self.conditions.rate else { return Some(now) };
        let mut start = self.busy_until.max(now);
        if let Some(bulk) = self.conditions.bulk {
            let others = self.others(now, bulk);
            start = start.max(now + time_of(others, rate));
        }
        let waiting = (start - now).as_micros() as u64 * rate / 1_000_000;
        if waiting + len > self.conditions.queue {
            return None;
        }
        self.busy_until = start + time_of(len, rate);
        Some(self.busy_until)
    }

    /// Bytes of others that wait at `now`: a saw-tooth, with a packet more or less.
    fn others(&mut self, now: Instant, bulk: Bulk) -> u64 {
        let floor = self.conditions.queue * u64::from(bulk.floor) / 100;
        let period = bulk.period.as_micros().max(1) as u64;
        let phase = now.micros() % period;
        let swing = self.conditions.queue - floor;
        let rising = floor + swing * phase / period;
        rising.saturating_sub(self.random.bits() % (2 * BULK_PACKET))
    }

    fn up_to(&mut self, limit: Duration) -> Duration {
        match limit.as_micros() as u64 {
            0 => Duration::ZERO,
            limit => Duration::from_micros(self.random.bits() % (limit + 1)),
        }
    }

    fn fly(&mut self, at: Instant, packet: Packet) {
        self.order += 1;
        self.flying.push(Reverse(Flight { at, order: self.order, packet }));
    }
}

fn time_of(bytes: u64, rate: u64) -> Duration {
    Duration::from_micros(bytes * 1_000_000 / rate.max(1))
}

/// IPv4 and UDP, which take their time on the line too.
const HEADERS: u64 = 28;
/// A full packet of the download.
const BULK_PACKET: u64 = 1500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_limited_rate_delays_and_drops() {
        let rate = Some(10_000);
        let delay = Duration::from_millis(5);
        let mut pipe = Pipe::new(Conditions { rate, queue: 300, ..Conditions::clean(delay) }, 1);
        // 100 bytes with their headers take 10 ms each, and three of them fill the queue.
        let arrivals: Vec<_> = (0..4).map(|_| pipe.send(Instant::ZERO, packet(72))).collect();
        let ms = |ms| Some(Instant::from_millis(ms));
        assert_eq!(arrivals, [ms(15), ms(25), ms(35), None]);
        assert_eq!(pipe.passed(), Passed { datagrams: 4, bytes: 288, lost: 1 });
    }

    #[test]
    fn losses_are_as_frequent_as_stated() {
        let clean = Conditions::clean(Duration::ZERO);
        let even = Conditions { loss: Share::percent(29), ..clean.clone() };
        let (begin, end) = (Share::percent(5), Share::percent(20));
        let bursts = Some(Bursts { begin, end, loss: Share::percent(100) });
        for (conditions, expected) in [(even, 29), (Conditions { bursts, ..clean }, 20)] {
            let mut pipe = Pipe::new(conditions, 3);
            for _ in 0..100_000 {
                pipe.send(Instant::ZERO, packet(1));
            }
            let percent = pipe.passed().lost / 1000;
            assert!(percent.abs_diff(expected) <= 1, "{percent} instead of {expected}");
        }
    }

    #[test]
    fn only_what_is_held_back_is_overtaken() {
        let ms = Duration::from_millis;
        let jitter = Conditions { jitter: ms(50), ..Conditions::clean(ms(10)) };
        assert!(is_in_order(jitter.clone()));
        let reordering = Share::percent(10);
        assert!(!is_in_order(Conditions { reordering, held: ms(50), ..jitter }));
    }

    fn is_in_order(conditions: Conditions) -> bool {
        let mut pipe = Pipe::new(conditions, 5);
        for index in 0..100 {
            pipe.send(Instant::from_millis(index), packet(index as usize));
        }
        let end = Instant::from_millis(10_000);
        let lens: Vec<_> =
            std::iter::from_fn(|| pipe.receive(end)).map(|packet| packet.bytes.len()).collect();
        lens.is_sorted()
    }

    fn packet(len: usize) -> Packet {
        let address = SocketAddr::from(([10, 0, 0, 1], 1));
        let bytes = vec![0; len];
        Packet { source: address, destination: address, bytes, congestion: false, forged: false }
    }
}
