//! Faults planted on purpose, to see that the checks find them.
//!
//! The core stays as it is: a fault is made where the simulator touches it. Whoever holds the key
//! can rewrite what an endpoint says as if the endpoint had said it, and whoever owns time can
//! lose a deadline.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mosh_core::storage::{Buffer, Slab};
use mosh_core::time::Instant;
use mosh_core::wire::fragment::Fragment;
use mosh_core::wire::mosh::host::{self, Change, Changes};
use mosh_core::wire::mosh::user::{self, Event, Events};

use crate::random::Random;

use super::network::Packet;
use super::tap::{Opened, Said, Tap, Toward};

/// A planted fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An end acknowledges the state after the one that it holds.
    AckOffByOne,
    /// An end takes back an acknowledgement.
    AckFalls,
    /// The client never wakes for what it should repeat, nor to show that it is there.
    TimerLost,
    /// The client reuses a nonce after its address has changed.
    NonceReused,
    /// A screen is taken from an instruction of which a fragment is missing.
    FragmentSkipped,
    /// A row that two screens share was written to instead of a copy.
    RowNotCopied,
    /// A repeated instruction delivers its keys again.
    KeysTwice,
    /// Keys that overlap with those of an earlier instruction are dropped.
    KeysLost,
    /// Datagrams with a wrong tag are accepted.
    TagIgnored,
    /// The server goes on sending to the client's first address.
    MoveIgnored,
    /// The server claims that input has shown its effect which it has not seen.
    EchoAckEarly,
    /// States are thrown away that the same instruction builds upon.
    ThrowawayEarly,
    /// The client leaves its offer out of some instructions.
    OfferLost,
    /// The server leaves its answer out of some instructions.
    AnswerLost,
    /// The server is told something else about the terminal than the client has said.
    FactsChanged,
    /// Something depends on more than the seed.
    Unseeded,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::AckOffByOne,
        Self::AckFalls,
        Self::TimerLost,
        Self::NonceReused,
        Self::FragmentSkipped,
        Self::RowNotCopied,
        Self::KeysTwice,
        Self::KeysLost,
        Self::TagIgnored,
        Self::MoveIgnored,
        Self::EchoAckEarly,
        Self::ThrowawayEarly,
        Self::OfferLost,
        Self::AnswerLost,
        Self::FactsChanged,
        Self::Unseeded,
    ];
}

/// Plants at most one fault in a run.
#[derive(Debug)]
pub(super) struct Saboteur {
    fault: Option<Fault>,
    random: Random,
    /// The client's address has changed since its last datagram.
    moved: bool,
    first_destination: Option<SocketAddr>,
}

impl Saboteur {
    pub(super) fn new(fault: Option<Fault>, seed: u64) -> Self {
        Self { fault, random: Random::new(seed), moved: false, first_destination: None }
    }

    /// When a machine wakes, of when it should.
    pub(super) fn delay_timer(
        &self,
        toward: Toward,
        now: Instant,
        due: Option<Instant>,
    ) -> Option<Instant> {
        let lost = self.fault == Some(Fault::TimerLost) && toward == Toward::Client;
        due.filter(|&at| !lost || at - now < SHORTEST_RESEND)
    }

    /// Learns that the client's address has changed.
    pub(super) fn moved(&mut self) {
        self.moved = true;
    }

    /// Where the server sends to, of where it should.
    pub(super) fn destination(&mut self, right: SocketAddr) -> SocketAddr {
        let first = *self.first_destination.get_or_insert(right);
        if self.fault == Some(Fault::MoveIgnored) { first } else { right }
    }

    /// What arrives instead of a forged datagram.
    pub(super) fn forge(&mut self, tap: &Tap, toward: Toward, packet: Packet) -> Packet {
        let is_forged = tap.decrypt(&packet.bytes).is_none();
        if self.fault != Some(Fault::TagIgnored) || !is_forged || packet.bytes.len() < 38 {
            return packet;
        }
        let plaintext = &packet.bytes[8..packet.bytes.len() - 16];
        // Above every number that the honest peer has used.
        Packet { bytes: tap.encrypt(toward, 1 << 40, plaintext), ..packet }
    }

    /// What an end sends instead of what it should; `None`: the same.
    pub(super) fn tamper(&mut self, tap: &mut Tap, opened: &Opened) -> Option<Vec<u8>> {
        let fault = self.fault?;
        if fault == Fault::NonceReused {
            let used = opened.seq.checked_sub(1)?;
            if opened.toward == Toward::Client || !std::mem::take(&mut self.moved) {
                return None;
            }
            let (id, number, last) = opened.fragment;
            let header = Fragment { id, number, last, contents: &[] }.header();
            let plaintext = [&opened.timestamps[..], &header, &opened.contents].concat();
            return Some(tap.encrypt(opened.toward, used, &plaintext));
        }
        let said = opened.said.as_ref()?;
        // An instruction of several fragments is half sent already.
        if opened.fragment.1 > 0 || said.new == u64::MAX {
            return None;
        }
        let changed = self.change(fault, opened.toward, said)?;
        Some(tap.replace(opened, &changed))
    }

    fn change(&mut self, fault: Fault, toward: Toward, said: &Said) -> Option<Said> {
        let mut changed = said.clone();
        match fault {
            Fault::AckOffByOne if said.ack > 0 && self.random.chance(5) => changed.ack += 1,
            Fault::AckFalls if said.ack > 2 && self.random.chance(5) => changed.ack -= 2,
            Fault::ThrowawayEarly if said.new > said.old && self.random.chance(5) => {
                changed.throwaway = said.new;
            }
            Fault::Unseeded => {
                // As a hash map with random keys or the address of something would do.
                static COUNT: AtomicU64 = AtomicU64::new(0);
                let odd = COUNT.fetch_add(1, Ordering::Relaxed).is_multiple_of(1021);
                return odd.then_some(changed);
            }
            Fault::OfferLost if toward == Toward::Server && self.random.chance(50) => {
                changed.offer.take()?;
            }
            Fault::AnswerLost if toward == Toward::Client && self.random.chance(50) => {
                changed.offer.take()?;
            }
            Fault::KeysTwice | Fault::KeysLost | Fault::FactsChanged
                if toward == Toward::Server =>
            {
                changed.diff = self.change_keys(fault, &said.diff)?;
            }
            Fault::FragmentSkipped | Fault::RowNotCopied | Fault::EchoAckEarly
                if toward == Toward::Client =>
            {
                changed.diff = self.change_screen(fault, &said.diff)?;
            }
            _ => return None,
        }
        Some(changed)
    }

    fn change_keys(&mut self, fault: Fault, diff: &[u8]) -> Option<Vec<u8>> {
        if fault != Fault::FactsChanged && !self.random.chance(5) {
            return None;
        }
        let mut out = Buffer::new(Slab::growable(4 << 20));
        let mut hit = false;
        for event in Events::new(diff) {
            match event.ok()? {
                Event::Keys(keys) => {
                    let kept =
                        if fault == Fault::KeysLost { &keys[keys.len().min(1)..] } else { keys };
                    let times = if fault == Fault::KeysTwice { 2 } else { 1 };
                    hit |= !keys.is_empty() && fault != Fault::FactsChanged;
                    user::put_keys_head(&mut out, kept.len() * times).ok()?;
                    for _ in 0..times {
                        out.extend(kept).ok()?;
                    }
                }
                Event::Facts(facts) if fault == Fault::FactsChanged => {
                    let changed: Vec<u8> = facts.iter().map(|byte| byte & 1).collect();
                    hit = true;
                    user::put_facts(&mut out, &changed).ok()?;
                }
                Event::Resize { .. } | Event::Facts(_) => return None,
            }
        }
        hit.then(|| out.to_vec())
    }

    fn change_screen(&mut self, fault: Fault, diff: &[u8]) -> Option<Vec<u8>> {
        let mut out = Buffer::new(Slab::growable(4 << 20));
        let mut hit = false;
        for change in Changes::new(diff) {
            match change.ok()? {
                Change::Bytes(bytes) => {
                    let mut bytes = bytes.to_vec();
                    if fault == Fault::FragmentSkipped && bytes.len() > 600 {
                        bytes.drain(200..400);
                        hit = true;
                    }
                    if fault == Fault::RowNotCopied && self.random.chance(2) {
                        bytes.extend(b"\x1b7\x1b[3;5Hstale\x1b8");
                        hit = true;
                    }
                    host::put_bytes_head(&mut out, bytes.len()).ok()?;
                    out.extend(&bytes).ok()?;
                }
                Change::Resize { width, height } => {
                    let (width, height) = (u16::try_from(width).ok()?, u16::try_from(height).ok()?);
                    host::put_resize(&mut out, width, height).ok()?;
                }
                Change::EchoAck(num) => {
                    let early = fault == Fault::EchoAckEarly && self.random.chance(5);
                    hit |= early;
                    host::put_echo_ack(&mut out, if early { num + 3 } else { num }).ok()?;
                }
            }
        }
        hit.then(|| out.to_vec())
    }
}

/// Repetitions come after a timeout of at least this.
const SHORTEST_RESEND: Duration = Duration::from_millis(60);
