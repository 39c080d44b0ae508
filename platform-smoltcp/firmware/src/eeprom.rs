//! The memory that stays when the power goes: a file of the machine that emulates this one.
//!
//! On hardware this is a few words of EEPROM or flash. The file is reached by semihosting, by
//! which a debugger, or QEMU in its place, does a program's input and output (Arm, "Semihosting
//! for AArch32 and AArch64").

use cortex_m_semihosting::{nr, syscall};

/// What a call answers that failed.
const FAILED: usize = usize::MAX;

/// A file that holds what has to outlast a power cycle.
#[derive(Clone, Copy, Debug)]
pub struct Eeprom {
    /// With the null byte at its end that the call wants.
    name: &'static core::ffi::CStr,
}

/// The file is not there, too short, or cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Unavailable;

impl core::fmt::Display for Unavailable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("EEPROM cannot be read or written")
    }
}

impl Eeprom {
    /// Names the file.
    #[must_use]
    pub const fn new(name: &'static core::ffi::CStr) -> Self {
        Self { name }
    }

    /// Reads from `offset` on until `buf` is full.
    ///
    /// # Errors
    ///
    /// If there is no such file, or it is shorter.
    pub fn read(&mut self, offset: usize, buf: &mut [u8]) -> Result<(), Unavailable> {
        let file = self.open(nr::open::R_BINARY, offset)?;
        // SAFETY: READ fills at most `len` bytes at `buf`, which is borrowed for it alone; it
        // answers how many are left.
        let left = unsafe { syscall!(READ, file, buf.as_mut_ptr(), buf.len()) };
        self.close(file);
        if left == 0 { Ok(()) } else { Err(Unavailable) }
    }

    /// Writes from `offset` on; once this returns, a loss of power changes nothing.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), Unavailable> {
        let file = self.open(nr::open::RW_BINARY, offset)?;
        // SAFETY: WRITE reads `len` bytes at `bytes`; it answers how many were not written.
        let left = unsafe { syscall!(WRITE, file, bytes.as_ptr(), bytes.len()) };
        self.close(file);
        if left == 0 { Ok(()) } else { Err(Unavailable) }
    }

    fn open(&self, mode: usize, offset: usize) -> Result<usize, Unavailable> {
        let len = self.name.count_bytes();
        // SAFETY: OPEN reads the name, which is `len` bytes and a null byte.
        let file = unsafe { syscall!(OPEN, self.name.as_ptr(), mode, len) };
        if file == FAILED {
            return Err(Unavailable);
        }
        // SAFETY: SEEK takes the number of an open file and where to go on in it.
        let failed = unsafe { syscall!(SEEK, file, offset) };
        if failed == 0 {
            return Ok(file);
        }
        self.close(file);
        Err(Unavailable)
    }

    fn close(&self, file: usize) {
        // SAFETY: CLOSE takes the number of an open file.
        unsafe { syscall!(CLOSE, file) };
    }
}
