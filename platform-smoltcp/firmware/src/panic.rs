//! The end after a mistake in this firmware.

use core::panic::PanicInfo;

use cortex_m_rt::{ExceptionFrame, exception};
use cortex_m_semihosting::debug::{EXIT_FAILURE, exit};
use cortex_m_semihosting::heprintln;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    heprintln!("{}", info);
    loop {
        exit(EXIT_FAILURE);
    }
}

// SAFETY: the handler returns to nothing, and reads no memory but the frame that it is given.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    heprintln!("fault at {:#x}", frame.pc());
    loop {
        exit(EXIT_FAILURE);
    }
}
