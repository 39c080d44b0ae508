//! Somebody on the way who sees every datagram and has no key.

use std::collections::VecDeque;
use std::net::SocketAddr;

use crate::random::Random;

use super::network::Packet;
use super::tap::Toward;

/// Where the attacker's own datagrams come from.
pub const ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 66, 66, 66)), 666);

/// The attacker.
#[derive(Debug)]
pub struct Attacker {
    random: Random,
    percent: u32,
    /// What was delivered to either end lately, to be sent again.
    delivered: [VecDeque<Packet>; 2],
}

impl Attacker {
    /// Returns an attacker who waits.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), percent: 0, delivered: Default::default() }
    }

    /// Changes how many datagrams of a hundred call for a forged one.
    pub fn set(&mut self, percent: u32) {
        self.percent = percent;
    }

    /// Sees a datagram delivered.
    pub fn delivered(&mut self, toward: Toward, packet: &Packet) {
        if self.percent == 0 {
            return;
        }
        let seen = &mut self.delivered[usize::from(toward == Toward::Client)];
        if seen.len() >= REMEMBERED {
            seen.pop_front();
        }
        seen.push_back(packet.clone());
    }

    /// Sees a datagram sent. Returns what to send as well, and where to.
    pub fn sent(&mut self, toward: Toward, packet: &Packet) -> Option<(Toward, Packet)> {
        if self.percent == 0 || !self.random.chance(self.percent) {
            return None;
        }
        let mut forged = Packet { forged: true, ..packet.clone() };
        let mut toward = toward;
        match self.random.bits() % 5 {
            0 => {
                forged.bytes = vec![0; self.random.below(2049)];
                self.random.fill(&mut forged.bytes);
            }
            1 => forged.bytes.truncate(self.random.below(forged.bytes.len())),
            2 => {
                let bit = self.random.below(forged.bytes.len() * 8);
                forged.bytes[bit / 8] ^= 1 << (bit % 8);
            }
            3 => {
                // Back to where it came from, as if from the other end.
                toward = toward.back();
                (forged.source, forged.destination) = (forged.destination, forged.source);
            }
            _ => {
                let seen = &self.delivered[usize::from(toward == Toward::Client)];
                let old = seen.get(self.random.below(seen.len().max(1)))?;
                forged.bytes.clone_from(&old.bytes);
            }
        }
        if self.random.chance(50) {
            forged.source = ADDRESS;
        }
        Some((toward, forged))
    }

    /// How long after the honest datagram the forged one comes.
    pub fn pause(&mut self) -> std::time::Duration {
        std::time::Duration::from_micros(self.random.bits() % 200_000)
    }
}

const REMEMBERED: usize = 64;
