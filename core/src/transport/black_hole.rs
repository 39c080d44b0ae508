//! A path that swallows large datagrams without notice.
//!
//! Routers that may not cut a datagram up are to say that it is too large, but many networks drop
//! the message, too (RFC 2923 §2.1). What is left to go by is that the peer is heard and does not
//! acknowledge what took a large datagram, as in RFC 8899 §4.3.

use core::time::Duration;

use super::StateNum;
use crate::time::Instant;

/// Counts large instructions that nobody acknowledges.
#[derive(Debug, Default)]
pub(super) struct BlackHole {
    /// The first state that took a large datagram since one was acknowledged, and when it did.
    first: Option<(StateNum, Instant)>,
    tries: u32,
    /// When large datagrams were found not to pass.
    found: Option<Instant>,
}

impl BlackHole {
    /// Learns that the state `num` was sent in a large datagram, and when the peer was heard last.
    pub(super) fn handle_large(
        &mut self,
        now: Instant,
        num: StateNum,
        heard: Option<Instant>,
        lossy: bool,
    ) {
        // In silence nothing passes, large or not.
        if heard.is_none_or(|heard| now - heard > SILENCE) {
            (self.first, self.tries) = (None, 0);
            return;
        }
        let (_, since) = *self.first.get_or_insert((num, now));
        self.tries += 1;
        let limit = if lossy { LOSSY_TRIES } else { TRIES };
        // The peer was heard since, so what it said could have been an acknowledgement.
        if self.tries > limit && now - since > SHORTEST && heard > Some(since) {
            self.found = Some(now);
            (self.first, self.tries) = (None, 0);
        }
    }

    /// Learns that the peer holds the state `num`.
    pub(super) fn handle_ack(&mut self, num: StateNum) {
        if self.first.is_some_and(|(first, _)| num >= first) {
            (self.first, self.tries) = (None, 0);
        }
    }

    /// Learns that the path is another one.
    pub(super) fn handle_new_path(&mut self) {
        *self = Self::default();
    }

    /// Whether large datagrams should not be sent.
    pub(super) fn is_found(&self, now: Instant) -> bool {
        self.found.is_some_and(|at| now - at < MEMORY)
    }
}

/// Large instructions in vain after which smaller datagrams are tried.
const TRIES: u32 = 3;
/// The same where many datagrams of any size are lost.
const LOSSY_TRIES: u32 = 10;
/// A peer that was not heard for so long may be away: it speaks every 3 s at least.
const SILENCE: Duration = Duration::from_secs(4);
/// Acknowledgements may take their time on a link with a long queue.
const SHORTEST: Duration = Duration::from_secs(1);
/// After that large datagrams are tried again: it may have been bad luck.
const MEMORY: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_datagrams_in_vain_are_given_up_while_the_peer_is_heard() {
        let mut hole = BlackHole::default();
        for at_ms in [1000, 1500, 2000] {
            large(&mut hole, at_ms, Some(at_ms - 100));
            assert!(!hole.is_found(at(at_ms)));
        }
        large(&mut hole, 2500, Some(2400));
        assert!(hole.is_found(at(2500)));
        assert!(!hole.is_found(at(3_700_000)));
    }

    #[test]
    fn acknowledgement_silence_and_another_path_start_afresh() {
        for event in 0..3 {
            let mut hole = BlackHole::default();
            for round in 1..10 {
                let start = round * 10_000;
                for at_ms in [start, start + 1000, start + 2000] {
                    large(&mut hole, at_ms, Some(at_ms - 100));
                }
                match event {
                    0 => hole.handle_ack(StateNum(5)),
                    1 => large(&mut hole, start + 9000, Some(start)),
                    _ => hole.handle_new_path(),
                }
                assert!(!hole.is_found(at(start + 9000)));
            }
        }
    }

    fn large(hole: &mut BlackHole, at_ms: u64, heard_ms: Option<u64>) {
        hole.handle_large(at(at_ms), StateNum(5), heard_ms.map(at), false);
    }

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }
}
