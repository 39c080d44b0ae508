//! How long the path takes for what is under way.
//!
//! The round trip is measured with whatever packet comes by. A long diff takes its time at the
//! narrowest place of the path beyond that, and what waits there is not lost. The rate is that of
//! bytes acknowledged while there are more to come, as in RFC 9002 §7.7's sense of an
//! under-utilised path: only a busy one shows what it can carry.

use core::time::Duration;

use crate::time::Instant;

/// Counts bytes of diffs, and how fast they are acknowledged.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    /// Bytes sent since the start of the session.
    sent: u64,
    /// How many of them had been sent when the state was that the peer acknowledged last.
    acknowledged: u64,
    /// When it did.
    at: Option<Instant>,
    /// The time that [`UNIT`] bytes take; `None` while nothing longer was ever under way.
    unit_time: Option<Duration>,
}

impl Delivery {
    /// Learns that a state was sent with a diff of `len` bytes. Returns the mark to remember with
    /// it.
    pub(super) fn handle_sent(&mut self, len: usize) -> u64 {
        self.sent += len as u64;
        self.sent
    }

    /// Learns that the peer holds the state that was sent last at `sent_at` and has this mark.
    pub(super) fn handle_ack(&mut self, now: Instant, mark: u64, sent_at: Instant) {
        let bytes = mark.saturating_sub(self.acknowledged);
        // Under way before the one before was acknowledged: the path had no pause in between.
        let busy = self.at.filter(|&at| sent_at < at);
        if let Some(before) = busy
            && bytes >= UNIT
        {
            let took = now - before;
            let sample = Duration::from_micros(took.as_micros() as u64 * UNIT / bytes);
            self.unit_time = Some(match self.unit_time {
                None => sample,
                Some(known) => (known * 3 + sample) / 4,
            });
        }
        if bytes >= UNIT || busy.is_none() {
            (self.acknowledged, self.at) = (mark.max(self.acknowledged), Some(now));
        }
    }

    /// The time until everything that is under way has arrived, the round trip aside.
    ///
    /// Before the rate is known, what is more than a burst may take a second; not where packets are
    /// `lossy`, as more than the rate then speaks for a loss.
    pub(super) fn backlog(&self, lossy: bool) -> Duration {
        let bytes = (self.sent - self.acknowledged).min(MAX_BACKLOG);
        let (unit_time, most) = match self.unit_time {
            Some(unit_time) => (unit_time, MAX_WAIT),
            None if bytes > BURST && !lossy => (SLOW, UNKNOWN_WAIT),
            None => return Duration::ZERO,
        };
        Duration::from_micros(unit_time.as_micros() as u64 * bytes / UNIT).min(most)
    }
}

/// Bytes over which the rate is measured at least.
const UNIT: u64 = 1000;
/// Bytes beyond which there is no point in counting: a few of the largest instructions.
const MAX_BACKLOG: u64 = 16 << 20;
/// What any path takes at once.
const BURST: u64 = 4000;
/// The time of [`UNIT`] bytes at 64 kbit/s, and the longest wait for a rate that is not known: the
/// first retransmission timeout of RFC 6298 (2.1).
const SLOW: Duration = Duration::from_millis(125);
const UNKNOWN_WAIT: Duration = Duration::from_secs(1);
/// Queues are not longer, and what was sent into a dead network waits in none.
const MAX_WAIT: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_path_shows_its_rate() {
        let mut delivery = Delivery::default();
        let ms = Instant::from_millis;
        let marks = [(); 4].map(|()| delivery.handle_sent(2000));
        assert_eq!(delivery.backlog(true), Duration::ZERO);
        assert_eq!(delivery.backlog(false), UNKNOWN_WAIT);
        // 2000 bytes arrive every 200 ms.
        for (index, mark) in marks[..2].iter().enumerate() {
            delivery.handle_ack(ms(1100 + 200 * index as u64), *mark, ms(1000));
        }
        assert_eq!(delivery.backlog(false), Duration::from_millis(400));
        delivery.handle_ack(ms(1700), marks[3], ms(1000));
        assert_eq!(delivery.backlog(false), Duration::ZERO);
        let _ = delivery.handle_sent(10_000);
        assert_eq!(delivery.backlog(false), Duration::from_millis(1000));
    }

    #[test]
    fn pauses_do_not_count() {
        let mut delivery = Delivery::default();
        for second in 0..10 {
            let mark = delivery.handle_sent(5000);
            let sent = Instant::from_millis(second * 1000);
            delivery.handle_ack(sent + Duration::from_millis(100), mark, sent);
        }
        assert_eq!(delivery.unit_time, None);
    }

    #[test]
    fn keys_between_do_not_hide_a_rate() {
        let mut delivery = Delivery::default();
        let ms = Instant::from_millis;
        let first = delivery.handle_sent(100);
        let keys: [u64; 20] = core::array::from_fn(|_| delivery.handle_sent(100));
        delivery.handle_ack(ms(100), first, ms(0));
        for (index, mark) in keys.into_iter().enumerate() {
            delivery.handle_ack(ms(110 + 10 * index as u64), mark, ms(50));
        }
        assert_eq!(delivery.unit_time, Some(Duration::from_millis(100)));
    }
}
