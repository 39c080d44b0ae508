//! The Ethernet controller of Texas Instruments' Stellaris (data sheet of the LM3S6965,
//! chapter 15).

use super::{Card, words};
use crate::register::Register;

/// The controller, by its registers.
#[derive(Debug)]
pub struct Stellaris {
    rx_control: Register,
    tx_control: Register,
    data: Register,
    address: [Register; 2],
    frames: Register,
    tx_request: Register,
}

/// Receive, and all multicast frames: neighbours are found by them in IPv6.
const RX_ON: u32 = 1 << 0 | 1 << 1;
/// Send, padding what is short and adding the checksum; both directions at a time.
const TX_ON: u32 = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 4;
const NEW_TRANSMISSION: u32 = 1;

const HEADER: usize = 14;
/// The length that stands before a received frame counts itself and the checksum.
const LENGTH: usize = 2;
const CHECKSUM: usize = 4;

impl Stellaris {
    /// Gives the controller at `base` its address and turns it on.
    ///
    /// # Safety
    ///
    /// The controller is mapped there, has its clock, and nothing else uses it.
    #[must_use]
    pub unsafe fn start(base: usize, address: [u8; 6]) -> Self {
        // SAFETY: the controller has these registers, by its data sheet.
        let at = |offset| unsafe { Register::at(base + offset) };
        let card = Self {
            rx_control: at(0x08),
            tx_control: at(0x0c),
            data: at(0x10),
            address: [at(0x14), at(0x18)],
            frames: at(0x34),
            tx_request: at(0x38),
        };
        let [a, b, c, d, e, f] = address;
        card.address[0].write(u32::from_le_bytes([a, b, c, d]));
        card.address[1].write(u32::from_le_bytes([e, f, 0, 0]));
        card.tx_control.write(TX_ON);
        card.rx_control.write(RX_ON);
        card
    }
}

impl Card for Stellaris {
    fn receive(&mut self, frame: &mut [u8]) -> Option<usize> {
        while self.frames.read() & 0x3f != 0 {
            let first = self.data.read().to_le_bytes();
            let counted = usize::from(u16::from_le_bytes([first[0], first[1]]));
            let len = counted.saturating_sub(LENGTH + CHECKSUM);
            let fits = len >= HEADER && len <= frame.len();
            if fits {
                frame[..2].copy_from_slice(&first[2..]);
            }
            for index in 1..counted.div_ceil(4) {
                let word = self.data.read().to_le_bytes();
                let at = index * 4 - LENGTH;
                if fits && at < len {
                    let end = len.min(at + 4);
                    frame[at..end].copy_from_slice(&word[..end - at]);
                }
            }
            if fits {
                return Some(len);
            }
        }
        None
    }

    fn can_send(&mut self) -> bool {
        self.tx_request.read() & NEW_TRANSMISSION == 0
    }

    fn send(&mut self, frame: &[u8]) {
        // The length, which does not count the header, shares its word with the first two bytes.
        let len = frame.len().saturating_sub(HEADER) as u16;
        let [low, high] = len.to_le_bytes();
        let (first, rest) = frame.split_at(LENGTH);
        self.data.write(u32::from_le_bytes([low, high, first[0], first[1]]));
        words(rest).for_each(|word| self.data.write(word));
        self.tx_request.write(NEW_TRANSMISSION);
    }
}
