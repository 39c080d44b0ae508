//! Arm's MPS2 with the Cortex-M4 image AN386 (DAI 0386): a LAN9118 and more RAM than is used.

use super::Board;
use crate::nic::Lan9118;
use crate::register::Register;
use crate::uart::Uart;

/// The board.
#[derive(Debug)]
pub struct Mps2An386;

const UART: usize = 0x4000_4000;
#[cfg(feature = "defmt")]
const SECOND_UART: usize = 0x4000_5000;
const ETHERNET: usize = 0x4020_0000;

/// The least divisor that the port takes.
const UART_DIVISOR: u32 = 16;
/// Sending and receiving.
const UART_ON: u32 = 3;
const UART_FULL: u32 = 1;
const UART_RECEIVED: u32 = 2;

impl Board for Mps2An386 {
    type Card = Lan9118;

    const NAME: &'static str = "mps2-an386";
    const FREQUENCY: u32 = 25_000_000;
    const ADDRESS: [u8; 6] = [0x02, 0x6d, 0x6f, 0x73, 0x68, 0x02];

    unsafe fn start() -> (Uart, Lan9118) {
        // SAFETY: these are addresses of the AN386, which the caller says it is.
        unsafe {
            #[cfg(feature = "defmt")]
            crate::tell::start(start_uart(SECOND_UART));
            (start_uart(UART), Lan9118::start(ETHERNET, Self::ADDRESS))
        }
    }
}

/// Turns on a serial port.
///
/// # Safety
///
/// One is there.
unsafe fn start_uart(address: usize) -> Uart {
    // SAFETY: the caller says so.
    unsafe {
        Register::at(address + 0x10).write(UART_DIVISOR);
        Register::at(address + 0x08).write(UART_ON);
        let (data, state) = (Register::at(address), Register::at(address + 0x04));
        Uart::new(data, state, UART_FULL, (UART_RECEIVED, UART_RECEIVED))
    }
}
