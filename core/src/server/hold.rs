//! The end of synchronised updates that a program does not end itself.

use core::time::Duration;

use crate::time::Instant;

/// Time for which what is drawn may be held back: longer than any frame takes, and short enough
/// not to be taken for a program that hangs.
const LONGEST: Duration = Duration::from_millis(150);

/// The update under way and when it ends at the latest.
#[derive(Debug, Default)]
pub(super) struct Hold {
    current: Option<(u32, Instant)>,
}

impl Hold {
    /// Learns the number of the update that is under way.
    pub(super) fn observe(&mut self, now: Instant, update: Option<u32>) {
        if self.current.map(|(number, _)| number) != update {
            self.current = update.map(|number| (number, now + LONGEST));
        }
    }

    /// Whether the update has to end now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.current.is_some_and(|(_, due)| now >= due)
    }

    /// When it has to end.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.current.map(|(_, due)| due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_update_has_its_time() {
        let mut hold = Hold::default();
        let at = Instant::from_millis;
        assert_eq!(hold.poll_timeout(), None);
        hold.observe(at(10), Some(1));
        hold.observe(at(100), Some(1));
        assert_eq!(hold.poll_timeout(), Some(at(160)));
        assert!(!hold.is_due(at(159)) && hold.is_due(at(160)));
        hold.observe(at(159), Some(2));
        assert_eq!(hold.poll_timeout(), Some(at(309)));
        hold.observe(at(200), None);
        assert!(!hold.is_due(at(1000)));
    }
}
