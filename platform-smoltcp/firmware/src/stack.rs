//! How much of the stack was ever used.
//!
//! What lies between the static data and the stack is painted at the start; the first word from
//! below that has another colour is as deep as the stack has been.

use core::ptr::{addr_of, addr_of_mut};

const PAINT: u32 = 0x5AC0_FFEE;

/// Left unpainted below the stack pointer, for the function that paints.
const MARGIN: usize = 256;

// The linker script of cortex-m-rt defines these: the end of the static data and the beginning of
// the stack, which grows down from the end of the RAM.
unsafe extern "C" {
    static mut __sheap: u32;
    static mut _ram_start: u32;
    static mut _stack_start: u32;
}

fn bottom() -> usize {
    addr_of!(__sheap) as usize
}

fn top() -> usize {
    addr_of!(_stack_start) as usize
}

/// Paints the memory below the stack; to be called first.
pub fn paint() {
    let until = cortex_m::register::msp::read() as usize - MARGIN;
    let mut at = addr_of_mut!(__sheap);
    while (at as usize) < until {
        // SAFETY: between the end of the static data and the stack there is RAM that nothing
        // uses: there is no heap.
        unsafe { at.write_volatile(PAINT) };
        at = at.wrapping_add(1);
    }
}

/// What the RAM holds, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Variables of a fixed place.
    pub fixed: usize,
    /// The deepest that the stack has been.
    pub stack: usize,
    /// What there is in all.
    pub total: usize,
}

/// Measures the RAM.
#[must_use]
pub fn usage() -> Usage {
    let mut at = addr_of!(__sheap);
    // SAFETY: as in `paint`; the words are read as they are, whatever they hold.
    while (at as usize) < top() && unsafe { at.read_volatile() } == PAINT {
        at = at.wrapping_add(1);
    }
    let start = addr_of!(_ram_start) as usize;
    Usage { fixed: bottom() - start, stack: top() - at as usize, total: top() - start }
}
