//! The two faces of the peer: it attacks, and it talks sense.

use std::collections::BTreeMap;

use mosh_core::diff::Replica;
use mosh_core::screen::{Frame, Size};
use mosh_core::server::ServerStorage;
use mosh_core::transport::Incoming as _;
use mosh_core::wire::mosh::{Instruction, user};

use crate::emulator::text;
use crate::sim::tap::{Said, Tap, Toward};

use super::attacks::Attack;
use super::plot::{NOTHING, Packet, Plot};

/// A peer of a client or of a server.
#[derive(Debug)]
pub struct Peer {
    tap: Tap,
    seq: u64,
    plot: Plot,
    seen: Seen,
    /// The victim's latest acknowledgement.
    acked: u64,
    /// Its next one is at least this, if it takes what is offered.
    offered: u64,
    /// How many datagrams of the victim were opened.
    opened: u64,
}

/// The victim's states that we hold.
enum Seen {
    /// Of a client: all keys since the start.
    Keys(BTreeMap<u64, Vec<u8>>),
    /// Of a server.
    Screens(Box<Replica<'static>>, BTreeMap<u64, Frame>),
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Keys(states) => write!(f, "Keys({} states)", states.len()),
            Self::Screens(_, states) => write!(f, "Screens({} states)", states.len()),
        }
    }
}

impl Peer {
    /// Returns a peer whose datagrams go `toward` its victim. `size` is that of its window, if it
    /// plays a client.
    ///
    /// # Panics
    ///
    /// If there is no room for a blank screen.
    #[must_use]
    pub fn new(key: [u8; 16], toward: Toward, seed: u64, size: Size) -> Self {
        let seen = match toward {
            Toward::Client => Seen::Keys([(0, Vec::new())].into()),
            Toward::Server => {
                let mut replica = Replica::new(ServerStorage::heap().host, size);
                let blank = replica.initial().expect("there is room");
                Seen::Screens(Box::new(replica), [(0, blank)].into())
            }
        };
        let plot = Plot::new(toward, seed);
        Self { tap: Tap::with_key(key), seq: 0, plot, seen, acked: 0, offered: 0, opened: 0 }
    }

    /// Makes the datagram of a packet.
    pub fn seal(&mut self, packet: &Packet) -> Vec<u8> {
        let seq = self.seq.saturating_add_signed(packet.step).min((1 << 63) - 1);
        if packet.step >= 0 {
            self.seq = seq + 1;
        }
        self.tap.encrypt(self.plot.toward, seq, &packet.plaintext)
    }

    /// Takes a datagram of the victim; false if it is none.
    pub fn hear(&mut self, datagram: &[u8]) -> bool {
        let Some(opened) = self.tap.open(datagram) else { return false };
        if opened.toward == self.plot.toward {
            return false;
        }
        self.opened += 1;
        if let Some(said) = opened.said {
            self.acked = said.ack;
            // Damage by chance may have made a number of its own.
            self.plot.high = self.plot.high.max(said.ack);
            if self.seen.take(&said) {
                self.plot.heard = self.plot.heard.max(said.new);
            }
        }
        true
    }

    /// Returns the packets of an attack.
    pub fn attack(&mut self, attack: &Attack) -> Vec<Packet> {
        self.plot.held = self.acked;
        self.plot.said.clear();
        (attack.make)(&mut self.plot);
        self.plot.high = self.plot.said.iter().copied().fold(self.plot.high, u64::max);
        std::mem::take(&mut self.plot.packets)
    }

    /// Returns packets that find out which of our states the victim takes for the newest, as it
    /// will acknowledge what is built on that. [`is_in_step`](Self::is_in_step) tells when.
    pub fn come_to_terms(&mut self) -> Vec<Packet> {
        let mut said = std::mem::take(&mut self.plot.said);
        said.push(self.acked);
        said.sort_unstable();
        said.dedup();
        self.offered = self.plot.high + 1;
        for old_num in said {
            let claim = self.plot.claim();
            let throwaway_num = old_num;
            self.plot.instruction(&Instruction { old_num, throwaway_num, diff: NOTHING, ..claim });
        }
        std::mem::take(&mut self.plot.packets)
    }

    /// Whether the victim has acknowledged one of these states, or sense that was built on it.
    #[must_use]
    pub fn is_in_step(&self) -> bool {
        self.acked >= self.offered
    }

    /// Returns packets that make sense: a new state, built on what the victim acknowledged last,
    /// that tells it to forget all before.
    pub fn talk(&mut self, diff: &[u8]) -> Vec<Packet> {
        self.plot.held = self.acked;
        let claim = self.plot.claim();
        self.plot.instruction(&Instruction { throwaway_num: claim.old_num, diff, ..claim });
        std::mem::take(&mut self.plot.packets)
    }

    /// Whether it plays the server.
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.plot.toward == Toward::Client
    }

    /// How many of the victim's datagrams were opened.
    #[must_use]
    pub fn opened(&self) -> u64 {
        self.opened
    }

    /// The victim's newest state: the keys that its user typed, or the text of its screen.
    #[must_use]
    pub fn newest(&self) -> Vec<u8> {
        match &self.seen {
            Seen::Keys(states) => states.last_key_value().map(|(_, keys)| keys.clone()),
            Seen::Screens(replica, states) => {
                let newest = states.last_key_value();
                newest.map(|(_, frame)| text(replica.screens(), frame).into_bytes())
            }
        }
        .unwrap_or_default()
    }
}

impl Seen {
    /// Takes a state; false if it is no news.
    fn take(&mut self, said: &Said) -> bool {
        match self {
            Self::Keys(states) => {
                states.retain(|num, _| *num >= said.throwaway);
                let Some(base) = states.get(&said.old) else { return false };
                let mut keys = base.clone();
                for event in user::Events::new(&said.diff).flatten() {
                    if let user::Event::Keys(more) = event {
                        keys.extend_from_slice(more);
                    }
                }
                states.insert(said.new, keys).is_none()
            }
            Self::Screens(replica, states) => {
                while let Some(entry) = states.first_entry()
                    && *entry.key() < said.throwaway
                {
                    replica.forget(entry.remove());
                }
                if states.contains_key(&said.new) {
                    return false;
                }
                let base = states.get(&said.old);
                let Some(frame) = base.and_then(|base| replica.apply_diff(base, &said.diff).ok())
                else {
                    return false;
                };
                states.insert(said.new, frame);
                true
            }
        }
    }
}
