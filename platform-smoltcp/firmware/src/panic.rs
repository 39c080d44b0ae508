//! The end after a mistake in this firmware.

use core::panic::PanicInfo;

use cortex_m_semihosting::debug::{EXIT_FAILURE, exit};
use cortex_m_semihosting::heprintln;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    heprintln!("{}", info);
    loop {
        exit(EXIT_FAILURE);
    }
}
