//! SMSC's LAN9118 (data sheet DS00002266, chapters 3 and 5).

use super::{Card, words};
use crate::register::Register;

/// The card, by its registers.
#[derive(Debug)]
pub struct Lan9118 {
    rx_data: Register,
    tx_data: Register,
    rx_status: Register,
    tx_status: Register,
    tx_config: Register,
    hw_config: Register,
    rx_info: Register,
    tx_info: Register,
    mac_command: Register,
    mac_data: Register,
}

/// The MAC's own registers, which are reached through two of the card's.
const MAC_CONTROL: u32 = 1;
const MAC_ADDRESS_HIGH: u32 = 2;
const MAC_ADDRESS_LOW: u32 = 3;

const MAC_BUSY: u32 = 1 << 31;
/// Receiver and transmitter on, and all multicast frames let through: neighbours are found by
/// them in IPv6.
const MAC_ON: u32 = 1 << 2 | 1 << 3 | 1 << 19;
const SOFT_RESET: u32 = 1;
/// Half of the card's 16 KiB for what is sent, and the bit that has to be set.
const HW_CONFIG: u32 = 5 << 16 | 1 << 20;
const TX_ON: u32 = 1 << 1;
/// What a word of the receive status says: an error, and where the length is.
const RX_ERROR: u32 = 1 << 15;
const FIRST_AND_LAST: u32 = 3 << 12;

const CHECKSUM: usize = 4;

impl Lan9118 {
    /// Resets the card at `base` and gives it its address.
    ///
    /// # Safety
    ///
    /// A LAN9118 is mapped there, and nothing else uses it.
    #[must_use]
    pub unsafe fn start(base: usize, address: [u8; 6]) -> Self {
        // SAFETY: the card has these registers, by its data sheet.
        let at = |offset| unsafe { Register::at(base + offset) };
        let card = Self {
            rx_data: at(0x00),
            tx_data: at(0x20),
            rx_status: at(0x40),
            tx_status: at(0x48),
            tx_config: at(0x70),
            hw_config: at(0x74),
            rx_info: at(0x7c),
            tx_info: at(0x80),
            mac_command: at(0xa4),
            mac_data: at(0xa8),
        };
        card.hw_config.write(SOFT_RESET);
        while card.hw_config.read() & SOFT_RESET != 0 {}
        card.hw_config.write(HW_CONFIG);
        let [a, b, c, d, e, f] = address;
        card.write_mac(MAC_ADDRESS_LOW, u32::from_le_bytes([a, b, c, d]));
        card.write_mac(MAC_ADDRESS_HIGH, u32::from_le_bytes([e, f, 0, 0]));
        card.write_mac(MAC_CONTROL, MAC_ON);
        card.tx_config.write(TX_ON);
        card
    }

    fn write_mac(&self, register: u32, value: u32) {
        self.mac_data.write(value);
        self.mac_command.write(MAC_BUSY | register);
        while self.mac_command.read() & MAC_BUSY != 0 {}
    }
}

impl Card for Lan9118 {
    fn receive(&mut self, frame: &mut [u8]) -> Option<usize> {
        while self.rx_info.read() >> 16 & 0xff != 0 {
            let status = self.rx_status.read();
            let len_with_checksum = (status >> 16 & 0x3fff) as usize;
            let len = len_with_checksum.saturating_sub(CHECKSUM);
            let fits = len <= frame.len();
            for index in 0..len_with_checksum.div_ceil(4) {
                let word = self.rx_data.read().to_le_bytes();
                let at = index * 4;
                if fits && at < len {
                    let end = len.min(at + 4);
                    frame[at..end].copy_from_slice(&word[..end - at]);
                }
            }
            if fits && status & RX_ERROR == 0 {
                return Some(len);
            }
        }
        None
    }

    fn can_send(&mut self) -> bool {
        // What became of earlier frames is not asked, but it fills a queue.
        while self.tx_info.read() >> 16 & 0xff != 0 {
            let _ = self.tx_status.read();
        }
        self.tx_info.read() & 0xffff >= super::MAX_FRAME as u32 + 8
    }

    fn send(&mut self, frame: &[u8]) {
        let len = frame.len() as u32;
        self.tx_data.write(FIRST_AND_LAST | len);
        self.tx_data.write(len);
        words(frame).for_each(|word| self.tx_data.write(word));
    }
}
