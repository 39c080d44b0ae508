//! Waiting for something to become true.

use std::thread;
use std::time::{Duration, Instant};

/// How often a condition is looked at.
const STEP: Duration = Duration::from_millis(50);

/// Asks `condition` until it answers or `patience` is over.
///
/// It is asked at least once, and once more after the last wait, so that a
/// busy machine cannot make it miss what did happen.
pub fn until<T>(patience: Duration, mut condition: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        let late = Instant::now() >= deadline;
        if let Some(value) = condition() {
            return Some(value);
        }
        if late {
            return None;
        }
        thread::sleep(STEP);
    }
}

/// Watches `condition` for all of `span`: false as soon as it is.
pub fn holds(span: Duration, mut condition: impl FnMut() -> bool) -> bool {
    until(span, || (!condition()).then_some(())).is_none()
}

/// Lets `span` pass. For a time that is itself what a check is about, such as
/// an outage; waiting for an effect is [`until`]'s business.
pub fn pass_time(span: Duration) {
    thread::sleep(span);
}
