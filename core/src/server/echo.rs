//! The echo acknowledgement: which input of the user has had its effect on the screen.
//!
//! The client withdraws wrong predictions by it. The server cannot know when a program has
//! answered a key, so a fixed time after handing it over counts as the answer.

use core::time::Duration;

use heapless::Deque;

use crate::time::Instant;
use crate::transport::StateNum;

/// Time that a program gets to show the effect of a key. As in mosh.
const ECHO_DELAY: Duration = Duration::from_millis(50);

/// Inputs of the latest [`ECHO_DELAY`] that are told apart; more are acknowledged together.
const MAX_PENDING: usize = 16;

/// Client states handed to the program and not yet acknowledged.
#[derive(Debug, Default)]
pub(super) struct EchoAck {
    pending: Deque<(StateNum, Instant), MAX_PENDING>,
}

impl EchoAck {
    /// Notes that the input of client state `num` was handed to the program.
    pub(super) fn input(&mut self, now: Instant, num: StateNum) {
        if self.pending.is_full() {
            // Later acknowledgement of the previous one is always permitted.
            self.pending.pop_back();
        }
        let _ = self.pending.push_back((num, now));
    }

    /// The newest client state whose effects should be visible by now, if that is news.
    pub(super) fn due(&mut self, now: Instant) -> Option<StateNum> {
        let mut newest = None;
        while let Some(&(num, at)) = self.pending.front() {
            if at + ECHO_DELAY > now {
                break;
            }
            newest = Some(num);
            self.pending.pop_front();
        }
        newest
    }

    /// When the next acknowledgement is due.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.pending.front().map(|&(_, at)| at + ECHO_DELAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_acknowledged_after_the_delay_newest_first() {
        let mut echo = EchoAck::default();
        for (at_ms, num) in [(0, 1), (10, 2), (40, 3)] {
            echo.input(Instant::from_millis(at_ms), StateNum(num));
        }
        assert_eq!(echo.poll_timeout(), Some(Instant::from_millis(50)));
        assert_eq!(echo.due(Instant::from_millis(49)), None);
        assert_eq!(echo.due(Instant::from_millis(60)), Some(StateNum(2)));
        assert_eq!(echo.due(Instant::from_millis(90)), Some(StateNum(3)));
        assert_eq!(echo.poll_timeout(), None);
    }

    #[test]
    fn a_burst_is_acknowledged_late_but_completely() {
        let mut echo = EchoAck::default();
        for num in 1..=100 {
            echo.input(Instant::from_millis(num), StateNum(num));
        }
        assert_eq!(echo.due(Instant::from_millis(150)), Some(StateNum(100)));
    }
}
