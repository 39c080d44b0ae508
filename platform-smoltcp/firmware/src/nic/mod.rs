//! Network cards as devices of smoltcp.
//!
//! A card is asked, it does not interrupt: frames wait in its own memory.

mod lan9118;
mod stellaris;

pub use lan9118::Lan9118;
pub use stellaris::Stellaris;

use smoltcp::phy::{self, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

/// An Ethernet header and the most that follows it, without the checksum (IEEE 802.3).
const MAX_FRAME: usize = 14 + 1500;

/// A network card that takes and gives whole frames.
pub trait Card {
    /// Fetches the next frame, without its checksum, to the front of `frame`; longer ones and
    /// broken ones are dropped.
    fn receive(&mut self, frame: &mut [u8]) -> Option<usize>;

    /// Answers whether a frame can be sent.
    fn can_send(&mut self) -> bool;

    /// Sends a frame, to which the card adds the checksum.
    fn send(&mut self, frame: &[u8]);
}

/// Room for a frame each way.
#[derive(Debug)]
pub struct Frames {
    received: [u8; MAX_FRAME],
    sent: [u8; MAX_FRAME],
}

impl Frames {
    /// Unused room.
    #[must_use]
    pub const fn new() -> Self {
        Self { received: [0; MAX_FRAME], sent: [0; MAX_FRAME] }
    }
}

impl Default for Frames {
    fn default() -> Self {
        Self::new()
    }
}

/// A card and a frame each way.
#[derive(Debug)]
pub struct Ethernet<C> {
    card: C,
    frames: &'static mut Frames,
    counters: Counters,
}

/// Frames since the start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    /// Received.
    pub received: u32,
    /// Sent.
    pub sent: u32,
}

impl<C: Card> Ethernet<C> {
    /// Makes a device of a card.
    pub const fn new(card: C, frames: &'static mut Frames) -> Self {
        Self { card, frames, counters: Counters { received: 0, sent: 0 } }
    }

    /// Frames since the start.
    pub fn counters(&self) -> Counters {
        self.counters
    }
}

impl<C: Card> phy::Device for Ethernet<C> {
    type RxToken<'a>
        = Received<'a>
    where
        C: 'a;
    type TxToken<'a>
        = Room<'a, C>
    where
        C: 'a;

    fn receive(&mut self, _: Instant) -> Option<(Received<'_>, Room<'_, C>)> {
        // Whatever is received may have to be answered.
        if !self.card.can_send() {
            return None;
        }
        let len = self.card.receive(&mut self.frames.received)?;
        self.counters.received = self.counters.received.wrapping_add(1);
        let room = Room {
            card: &mut self.card,
            frame: &mut self.frames.sent,
            count: &mut self.counters.sent,
        };
        Some((Received(&self.frames.received[..len]), room))
    }

    fn transmit(&mut self, _: Instant) -> Option<Room<'_, C>> {
        self.card.can_send().then_some(Room {
            card: &mut self.card,
            frame: &mut self.frames.sent,
            count: &mut self.counters.sent,
        })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = MAX_FRAME;
        capabilities.max_burst_size = Some(1);
        capabilities
    }
}

/// A frame that has come.
#[derive(Debug)]
pub struct Received<'a>(&'a [u8]);

impl phy::RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, look: F) -> R {
        look(self.0)
    }
}

/// Room for a frame that is to leave.
#[derive(Debug)]
pub struct Room<'a, C> {
    card: &'a mut C,
    frame: &'a mut [u8; MAX_FRAME],
    count: &'a mut u32,
}

impl<C: Card> phy::TxToken for Room<'_, C> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, fill: F) -> R {
        let frame = &mut self.frame[..len];
        let result = fill(frame);
        self.card.send(frame);
        *self.count = self.count.wrapping_add(1);
        result
    }
}

/// Cuts a frame into the words that a card's queue takes, the last filled up with zeros.
fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks(4).map(|chunk| {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        u32::from_le_bytes(word)
    })
}
