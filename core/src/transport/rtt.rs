//! How long a packet and its answer take.
//!
//! Read first: RFC 6298, whose estimator this is, in integer microseconds. Limits and the answer
//! that discounts its own delay are mosh's.

use core::time::Duration;

use crate::time::Instant;
use crate::wire::packet::{Timestamp, Timestamps};

/// The estimate for one path, and the timestamp that waits for its answer.
#[derive(Debug, Default)]
pub(super) struct RoundTrip {
    estimate: Option<Estimate>,
    heard: Option<(Timestamp, Instant)>,
    replied: bool,
    /// Share of packets that do not arrive, in 1/1024.
    loss: u32,
}

#[derive(Clone, Copy, Debug)]
struct Estimate {
    smoothed: Duration,
    variation: Duration,
}

impl RoundTrip {
    /// Takes the timestamps of a packet that is not late.
    pub(super) fn handle_timestamps(
        &mut self,
        now: Instant,
        timestamps: Timestamps,
        congestion: bool,
    ) {
        if let Some(sent) = timestamps.sent {
            // A mark makes the path look longer to the peer, which then sends less often.
            let penalty = if congestion { CONGESTION_PENALTY_MS } else { 0 };
            self.heard = Some((sent.shifted(-penalty), now));
        }
        if let Some(reply) = timestamps.reply {
            let millis = Timestamp::at(now.millis()).since(reply);
            // More means that a side was suspended, or that the clocks wrapped.
            if millis < MAX_SAMPLE_MS {
                self.sample(Duration::from_millis(millis.into()));
            }
        }
    }

    /// Learns that a packet came and that `missing` packets before it have not, yet.
    pub(super) fn handle_gap(&mut self, missing: u64) {
        for _ in 0..missing.min(LOSS_MEMORY.into()) {
            self.loss += (1024 - self.loss) / LOSS_MEMORY;
        }
        self.loss -= self.loss.div_ceil(LOSS_MEMORY);
    }

    /// Learns that a packet which counted as missing has come after all.
    pub(super) fn handle_late(&mut self) {
        self.loss = self.loss.saturating_sub(1024 / LOSS_MEMORY);
    }

    /// Whether so many packets are lost that it pays to repeat small ones before they are overdue.
    pub(super) fn is_lossy(&self) -> bool {
        self.loss >= LOSSY
    }

    /// The answer to put into the next packet. Each timestamp is answered once, and only soon:
    /// the time it was held here is not the network's.
    pub(super) fn take_reply(&mut self, now: Instant) -> Option<Timestamp> {
        let (timestamp, at) = self.heard.take()?;
        let held = i32::try_from(now.since(at).as_millis()).ok()?;
        self.replied |= held < MAX_HOLD_MS;
        (held < MAX_HOLD_MS).then(|| timestamp.shifted(held))
    }

    /// Whether the peer has ever had an answer to measure by.
    pub(super) fn has_replied(&self) -> bool {
        self.replied
    }

    /// The smoothed round trip, once there was one.
    pub(super) fn smoothed(&self) -> Option<Duration> {
        self.estimate.map(|estimate| estimate.smoothed)
    }

    /// How long an answer may take before the question counts as lost.
    pub(super) fn timeout(&self) -> Duration {
        let estimate = self.estimate.unwrap_or(INITIAL);
        let timeout = estimate.smoothed + estimate.variation * 4;
        // The limit is for links whose round trip varies. On one that is always longer, everything
        // would count as lost before it can be acknowledged.
        let most = self.smoothed().map_or(MAX_TIMEOUT, |it| MAX_TIMEOUT.max(it * 5 / 4));
        whole_millis(timeout.clamp(MIN_TIMEOUT, most))
    }

    /// The least time between two changes of state: two a round trip.
    pub(super) fn send_interval(&self) -> Duration {
        let estimate = self.estimate.unwrap_or(INITIAL);
        whole_millis(estimate.smoothed / 2).clamp(MIN_INTERVAL, MAX_INTERVAL)
    }

    fn sample(&mut self, sample: Duration) {
        self.estimate = Some(match self.estimate {
            // RFC 6298 (2.2).
            None => Estimate { smoothed: sample, variation: sample / 2 },
            // RFC 6298 (2.3).
            Some(Estimate { smoothed, variation }) => Estimate {
                variation: (variation * 3 + smoothed.abs_diff(sample)) / 4,
                smoothed: (smoothed * 7 + sample) / 8,
            },
        });
    }
}

fn whole_millis(duration: Duration) -> Duration {
    let millis = duration.as_micros().div_ceil(1000);
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

/// Assumed before the first sample.
const INITIAL: Estimate =
    Estimate { smoothed: Duration::from_millis(1000), variation: Duration::from_millis(500) };

const MIN_TIMEOUT: Duration = Duration::from_millis(50);
const MAX_TIMEOUT: Duration = Duration::from_millis(1000);
/// Fifty changes a second.
const MIN_INTERVAL: Duration = Duration::from_millis(20);
/// Four changes a second.
const MAX_INTERVAL: Duration = Duration::from_millis(250);
const MAX_SAMPLE_MS: u16 = 5000;
const MAX_HOLD_MS: i32 = 1000;
/// Packets over which loss is averaged.
const LOSS_MEMORY: u32 = 32;
/// About one packet in ten.
const LOSSY: u32 = 100;
const CONGESTION_PENALTY_MS: i32 = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_times_follow_the_samples() {
        for (samples, timeout, interval) in [
            (&[][..], 1000, 250),
            (&[0], 50, 20),
            (&[100], 300, 50),
            // RTTVAR = 3/4 * 50 + 1/4 * 60, SRTT = 7/8 * 100 + 1/8 * 40
            (&[100, 40], 303, 47),
            (&[4999], 6249, 250),
            (&[5000], 1000, 250),
        ] {
            let mut rtt = RoundTrip::default();
            for &sample in samples {
                let reply = Some(Timestamp::at(70_000));
                let timestamps = Timestamps { sent: None, reply };
                rtt.handle_timestamps(Instant::from_millis(70_000 + sample), timestamps, false);
            }
            assert_eq!(rtt.timeout(), Duration::from_millis(timeout), "{samples:?}");
            assert_eq!(rtt.send_interval(), Duration::from_millis(interval), "{samples:?}");
            assert_eq!(rtt.smoothed().is_none(), matches!(samples, [] | [5000]));
        }
    }

    #[test]
    fn replies_discount_the_hold_and_are_given_once() {
        let mut rtt = RoundTrip::default();
        let timestamps = Timestamps { sent: Some(Timestamp::at(1234)), reply: None };
        let start = Instant::from_millis(5);
        let later = |millis| start + Duration::from_millis(millis);
        rtt.handle_timestamps(start, timestamps, false);
        assert_eq!(rtt.take_reply(later(106)), Some(Timestamp::at(1340)));
        assert_eq!(rtt.take_reply(later(106)), None);
        rtt.handle_timestamps(start, timestamps, true);
        assert_eq!(rtt.take_reply(later(999)), Some(Timestamp::at(1234 + 999 - 500)));
        rtt.handle_timestamps(start, timestamps, false);
        assert_eq!(rtt.take_reply(later(1000)), None);
    }

    #[test]
    fn loss_is_noticed_and_forgotten() {
        let mut rtt = RoundTrip::default();
        for (gaps, times, lossy) in [
            (&[0][..], 100, false),
            // One of four, one of thirty.
            (&[0, 0, 1], 30, true),
            (&[0], 100, false),
            (
                &[
                    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                    0, 0, 1,
                ],
                9,
                false,
            ),
            (&[u64::MAX], 1, true),
        ] {
            for _ in 0..times {
                gaps.iter().for_each(|&gap| rtt.handle_gap(gap));
            }
            assert_eq!(rtt.is_lossy(), lossy, "{gaps:?}");
        }
        // What is only reordered is not lost.
        let mut rtt = RoundTrip::default();
        for _ in 0..100 {
            rtt.handle_gap(1);
            rtt.handle_late();
        }
        assert!(!rtt.is_lossy());
    }
}
