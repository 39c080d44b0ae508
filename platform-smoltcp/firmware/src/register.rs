//! Registers of the hardware.

/// A 32-bit register at a fixed address.
#[derive(Clone, Copy, Debug)]
pub struct Register(usize);

impl Register {
    /// Names the register at `address`.
    ///
    /// # Safety
    ///
    /// The machine that this image is for has a register there; reading and writing it touches
    /// no memory that Rust knows of.
    #[must_use]
    pub const unsafe fn at(address: usize) -> Self {
        Self(address)
    }

    /// Reads the register, which can have an effect.
    #[must_use]
    pub fn read(self) -> u32 {
        // SAFETY: a register is there, as `at` was promised.
        unsafe { (self.0 as *const u32).read_volatile() }
    }

    /// Writes the register.
    pub fn write(self, value: u32) {
        // SAFETY: a register is there, as `at` was promised.
        unsafe { (self.0 as *mut u32).write_volatile(value) }
    }

    /// Sets the given bits beside those that are set.
    pub fn set(self, bits: u32) {
        self.write(self.read() | bits);
    }
}
