//! A network cable between two network cards, in memory and in virtual time: it delays, drops and
//! doubles frames as a seed decides.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use smoltcp::phy::{ChecksumCapabilities, Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::{Duration, Instant};

/// What the cable does to frames.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    /// Frames in a hundred that vanish.
    pub(crate) loss: u64,
    /// Frames in a hundred that come twice.
    pub(crate) doubled: u64,
    /// Milliseconds that the device's card is busy after each frame that it sends.
    pub(crate) busy_ms: u64,
}

#[derive(Debug)]
pub(crate) struct Cable {
    pub(crate) weather: Weather,
    /// Frames on their way to each end, and when they arrive.
    queues: [VecDeque<(Instant, Vec<u8>)>; 2],
    /// All frames that were ever put on the cable, by end.
    pub(crate) sent: [Vec<Vec<u8>>; 2],
    seed: u64,
    /// When the device's card takes the next frame.
    ready: Instant,
}

/// One end of the cable.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    cable: Rc<RefCell<Cable>>,
    end: usize,
}

const DELAY: Duration = Duration::from_millis(5);

pub(crate) fn cable(weather: Weather) -> (Rc<RefCell<Cable>>, [Card; 2]) {
    let cable = Cable {
        weather,
        queues: Default::default(),
        sent: Default::default(),
        seed: 0x9e37_79b9_7f4a_7c15,
        ready: Instant::ZERO,
    };
    let cable = Rc::new(RefCell::new(cable));
    let card = |end| Card { cable: cable.clone(), end };
    (cable.clone(), [card(0), card(1)])
}

impl Cable {
    /// When the next frame arrives.
    pub(crate) fn next_arrival(&self) -> Option<Instant> {
        self.queues.iter().filter_map(|queue| queue.front()).map(|(at, _)| *at).min()
    }

    /// Puts a frame on the way to `end`.
    pub(crate) fn inject(&mut self, now: Instant, end: usize, frame: Vec<u8>) {
        self.queues[end].push_back((now + DELAY, frame));
    }

    fn percent(&mut self) -> u64 {
        // Marsaglia's xorshift.
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % 100
    }

    fn transmit(&mut self, now: Instant, from: usize, frame: Vec<u8>) {
        self.sent[from].push(frame.clone());
        if from == 0 {
            self.ready = now + Duration::from_millis(self.weather.busy_ms);
        }
        if self.percent() < self.weather.loss {
            return;
        }
        if self.percent() < self.weather.doubled {
            self.inject(now, 1 - from, frame.clone());
        }
        self.inject(now, 1 - from, frame);
    }
}

impl Device for Card {
    type RxToken<'a> = Received;
    type TxToken<'a> = Room;

    fn receive(&mut self, now: Instant) -> Option<(Received, Room)> {
        let mut cable = self.cable.borrow_mut();
        let ready = cable.ready;
        let queue = &mut cable.queues[self.end];
        queue.front().filter(|(at, _)| *at <= now)?;
        // A card that is busy has no room for an answer, which smoltcp wants before it looks.
        if self.end == 0 && now < ready {
            return None;
        }
        let (_, frame) = queue.pop_front()?;
        Some((Received(frame), Room { card: self.clone(), now }))
    }

    fn transmit(&mut self, now: Instant) -> Option<Room> {
        if self.end == 0 && now < self.cable.borrow().ready {
            return None;
        }
        Some(Room { card: self.clone(), now })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities.checksum = ChecksumCapabilities::default();
        capabilities
    }
}

pub(crate) struct Received(Vec<u8>);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

pub(crate) struct Room {
    card: Card,
    now: Instant,
}

impl TxToken for Room {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = vec![0; len];
        let result = f(&mut frame);
        self.card.cable.borrow_mut().transmit(self.now, self.card.end, frame);
        result
    }
}
