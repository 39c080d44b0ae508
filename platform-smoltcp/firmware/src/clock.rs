//! Time since the start, from the processor's SysTick timer.

use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;
use mosh_core::time::Instant;

/// Milliseconds, modulo 2³².
static TICKS: AtomicU32 = AtomicU32::new(0);

#[exception]
fn SysTick() {
    // Nothing else writes it, and no instruction that adds atomically is needed.
    TICKS.store(TICKS.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// Milliseconds since the start, modulo 2³².
#[must_use]
pub fn ticks() -> u32 {
    TICKS.load(Ordering::Relaxed)
}

/// A clock that does not go backwards.
#[derive(Debug)]
pub struct Clock {
    millis: u64,
}

impl Clock {
    /// Starts the timer of a core that runs at `frequency` hertz.
    #[must_use]
    pub fn start(mut timer: SYST, frequency: u32) -> Self {
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(frequency / 1000 - 1);
        timer.clear_current();
        timer.enable_counter();
        timer.enable_interrupt();
        Self { millis: 0 }
    }

    /// Returns the time; to be asked more often than every 49 days.
    pub fn now(&mut self) -> Instant {
        let ticks = ticks();
        let before = self.millis as u32;
        self.millis += u64::from(ticks.wrapping_sub(before));
        Instant::from_millis(self.millis)
    }
}
