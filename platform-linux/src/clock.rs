//! The clock: the one place where time enters.

use mosh_core::time::Instant;
use rustix::event::Timespec;

use crate::sys::os::CLOCK;

/// Returns the time since some point in the past, which never goes backwards.
pub(crate) fn now() -> Instant {
    let time = rustix::time::clock_gettime(CLOCK);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    Instant::from_micros(seconds * 1_000_000 + nanos / 1000)
}

/// Returns how long to wait for something to happen, when `deadline` (`None`: never) is next.
pub(crate) fn wait(now: Instant, deadline: Option<Instant>) -> Option<Timespec> {
    let micros = (deadline? - now).as_micros();
    let seconds = i64::try_from(micros / 1_000_000).unwrap_or(i64::MAX);
    let nanos = (micros % 1_000_000) as i64 * 1000;
    Some(Timespec { tv_sec: seconds, tv_nsec: nanos as _ })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_the_rest_of_the_time() {
        let at = Instant::from_micros;
        assert_eq!(wait(at(5), None), None);
        let wait = wait(at(500_000), Some(at(2_250_001))).unwrap();
        assert_eq!((wait.tv_sec, wait.tv_nsec), (1, 750_001_000));
        assert_eq!(super::wait(at(9), Some(at(3))).unwrap().tv_nsec, 0);
    }
}
