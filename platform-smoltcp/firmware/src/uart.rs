//! Serial ports: the console on the board itself.

use core::convert::Infallible;

use embedded_io::{ErrorType, Write};

use crate::register::Register;

/// A serial port, by its registers and how they tell whether there is room or something to read.
#[derive(Debug)]
pub struct Uart {
    data: Register,
    state: Register,
    /// Bits of the state that say that nothing more can be sent.
    full: u32,
    /// Bits of the state that say whether a byte has come, and what they are then.
    received: (u32, u32),
}

impl Uart {
    /// Names a port that has been turned on.
    #[must_use]
    pub const fn new(data: Register, state: Register, full: u32, received: (u32, u32)) -> Self {
        Self { data, state, full, received }
    }

    /// Takes a byte that has come.
    pub fn read(&mut self) -> Option<u8> {
        let (mask, value) = self.received;
        (self.state.read() & mask == value).then(|| self.data.read() as u8)
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            while self.state.read() & self.full != 0 {}
            self.data.write(u32::from(*byte));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl core::fmt::Write for Uart {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        // There is no way for it to fail.
        let Ok(()) = self.write_all(text.as_bytes());
        Ok(())
    }
}
