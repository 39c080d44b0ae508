//! Texas Instruments' evaluation board of the LM3S6965: a Cortex-M3 with 64 KiB of RAM and a
//! network card on the chip (data sheet of the LM3S6965).

use super::Board;
use crate::nic::Stellaris;
use crate::register::Register;
use crate::uart::Uart;

/// The board.
#[derive(Debug)]
pub struct Lm3s6965evb;

/// Clock gates: of the serial ports, and of the Ethernet's MAC and PHY.
const GATE_UART: (usize, u32) = (0x400F_E104, 7);
const GATE_ETHERNET: (usize, u32) = (0x400F_E108, 1 << 28 | 1 << 30);

const UART: usize = 0x4000_C000;
#[cfg(feature = "defmt")]
const SECOND_UART: usize = 0x4000_D000;
const ETHERNET: usize = 0x4004_8000;

/// On, and sending.
const UART_ON: u32 = 0x101;
const UART_RECEIVING: u32 = 0x200;
const UART_FULL: u32 = 1 << 5;
const UART_EMPTY: u32 = 1 << 4;

impl Board for Lm3s6965evb {
    type Card = Stellaris;

    const NAME: &'static str = "lm3s6965evb";
    // The main oscillator.
    const FREQUENCY: u32 = 12_000_000;
    const ADDRESS: [u8; 6] = [0x02, 0x6d, 0x6f, 0x73, 0x68, 0x01];

    unsafe fn start() -> (Uart, Stellaris) {
        // SAFETY: these are addresses of the LM3S6965, which the caller says it is.
        unsafe {
            for (address, bits) in [GATE_UART, GATE_ETHERNET] {
                Register::at(address).set(bits);
            }
            #[cfg(feature = "defmt")]
            crate::tell::start(start_uart(SECOND_UART));
            (start_uart(UART), Stellaris::start(ETHERNET, Self::ADDRESS))
        }
    }
}

/// Turns on a serial port.
///
/// # Safety
///
/// One is there, and not without a clock.
unsafe fn start_uart(address: usize) -> Uart {
    // SAFETY: the caller says so.
    unsafe {
        Register::at(address + 0x30).write(UART_ON | UART_RECEIVING);
        let (data, state) = (Register::at(address), Register::at(address + 0x18));
        Uart::new(data, state, UART_FULL, (UART_EMPTY, 0))
    }
}
