//! The messages of `defmt`, on the board's second serial port.
//!
//! What goes there are numbers of texts, and their arguments: the texts stay in the ELF file.

use core::cell::RefCell;

use cortex_m::interrupt::{self, Mutex};
use cortex_m::register::primask;
use defmt::Encoder;
use embedded_io::Write as _;

use crate::clock;
use crate::uart::Uart;

static TELLER: Mutex<RefCell<Teller>> =
    Mutex::new(RefCell::new(Teller { encoder: Encoder::new(), uart: None, interruptible: None }));

defmt::timestamp!("{=u32:ms}", clock::ticks());

/// Sends messages to a serial port from now on; those before are lost.
pub fn start(uart: Uart) {
    with(|teller| teller.uart = Some(uart));
}

struct Teller {
    encoder: Encoder,
    uart: Option<Uart>,
    /// While there is a message: whether there could be interrupts before it.
    interruptible: Option<bool>,
}

impl Teller {
    fn encode(&mut self, part: impl FnOnce(&mut Encoder, &mut dyn FnMut(&[u8]))) {
        let Self { encoder, uart, .. } = self;
        part(encoder, &mut |bytes| {
            if let Some(uart) = uart {
                let Ok(()) = uart.write_all(bytes);
            }
        });
    }
}

fn with<T>(what: impl FnOnce(&mut Teller) -> T) -> T {
    interrupt::free(|section| what(&mut TELLER.borrow(section).borrow_mut()))
}

#[defmt::global_logger]
struct Logger;

// SAFETY: a message has the logger for itself: the processor is the only one, from `acquire` to
// `release` nothing interrupts it, and a message within a message is a panic.
unsafe impl defmt::Logger for Logger {
    fn acquire() {
        let interruptible = primask::read().is_active();
        interrupt::disable();
        with(|teller| {
            assert!(teller.interruptible.is_none(), "a message within a message");
            teller.interruptible = Some(interruptible);
            teller.encode(|encoder, out| encoder.start_frame(out));
        });
    }

    unsafe fn flush() {
        // Nothing is kept back.
    }

    unsafe fn release() {
        let interruptible = with(|teller| {
            teller.encode(|encoder, out| encoder.end_frame(out));
            teller.interruptible.take()
        });
        if interruptible == Some(true) {
            // SAFETY: the message that did not want any is over, and before it there were some.
            unsafe { interrupt::enable() };
        }
    }

    unsafe fn write(bytes: &[u8]) {
        with(|teller| teller.encode(|encoder, out| encoder.write(bytes, out)));
    }
}
