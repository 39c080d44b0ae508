//! Everything a transport can be waiting for.

use crate::time::Instant;

/// What becomes due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Timer {
    /// Something has to be drained with `poll_transmit` at once.
    Queue,
    /// A change of our state may be sent.
    Frame,
    /// A state that should have been acknowledged is sent again.
    Resend,
    /// A state of the peer is acknowledged although we have nothing else to say.
    Acknowledge,
    /// The peer is told that we are there.
    Heartbeat,
    /// The wait for the end of the session ends.
    GiveUp,
}

/// When each timer fires; those that are absent do not.
#[derive(Debug, Default)]
pub(super) struct Timers {
    due: [Option<Instant>; ALL.len()],
}

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, at: Instant) {
        self.due[timer as usize] = Some(at);
    }

    pub(super) fn clear(&mut self, timer: Timer) {
        self.due[timer as usize] = None;
    }

    pub(super) fn at(&self, timer: Timer) -> Option<Instant> {
        self.due[timer as usize]
    }

    pub(super) fn is_due(&self, timer: Timer, now: Instant) -> bool {
        self.at(timer).is_some_and(|at| at <= now)
    }

    /// The timer that fires first; the one listed first among equals.
    pub(super) fn next(&self) -> Option<(Timer, Instant)> {
        ALL.into_iter()
            .filter_map(|timer| self.at(timer).map(|at| (timer, at)))
            .min_by_key(|&(_, at)| at)
    }
}

const ALL: [Timer; 6] = [
    Timer::Queue,
    Timer::Frame,
    Timer::Resend,
    Timer::Acknowledge,
    Timer::Heartbeat,
    Timer::GiveUp,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_timer_is_next() {
        let mut timers = Timers::default();
        assert_eq!(timers.next(), None);
        timers.set(Timer::Heartbeat, Instant::from_millis(3000));
        timers.set(Timer::Acknowledge, Instant::from_millis(100));
        assert_eq!(timers.next(), Some((Timer::Acknowledge, Instant::from_millis(100))));
        timers.clear(Timer::Acknowledge);
        assert_eq!(timers.next(), Some((Timer::Heartbeat, Instant::from_millis(3000))));
    }

    #[test]
    fn the_table_is_indexed_by_the_enum() {
        for (index, timer) in ALL.into_iter().enumerate() {
            assert_eq!(timer as usize, index);
        }
    }
}
