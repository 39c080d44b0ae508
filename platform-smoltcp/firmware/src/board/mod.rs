//! What a machine has: serial port, network card, clock.

mod lm3s6965evb;
mod mps2_an386;

pub use lm3s6965evb::Lm3s6965evb;
pub use mps2_an386::Mps2An386;

use crate::nic::Card;
use crate::uart::Uart;

/// A machine that the firmware runs on.
pub trait Board {
    /// Its network card.
    type Card: Card;

    /// What it calls itself.
    const NAME: &'static str;

    /// Frequency of the processor in hertz, which its timer counts.
    const FREQUENCY: u32;

    /// Address of its network card; of the locally administered ones (IEEE 802).
    const ADDRESS: [u8; 6];

    /// Turns on the serial port and the network card.
    ///
    /// # Safety
    ///
    /// This is the machine that runs, and it was not started before.
    unsafe fn start() -> (Uart, Self::Card);
}
