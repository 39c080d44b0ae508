//! Who types: keys with the pauses of a person, each a function of a seed.

use std::time::Duration;

use mosh_core::time::Instant;

use crate::random::Random;

/// How somebody types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Words at a person's speed, pauses between them, a correction now and then.
    Typing,
    /// As `Typing` without corrections: every key makes a picture that was not there before, so
    /// that it can be told when its echo has come.
    Fluent,
    /// Each key long after the one before, so that every echo is waited for.
    Waiting,
    /// Key repetition: the same key thirty times a second for a while.
    Repeating,
    /// Whole paragraphs at once.
    Pasting,
    /// A text of 40 kB at once, and the next when the first may have been sent.
    Hauling,
    /// All of it by turns.
    Mixed,
}

/// A person at the keyboard.
#[derive(Debug)]
pub struct User {
    random: Random,
    manner: Manner,
    next_at: Option<Instant>,
    until: Instant,
    word: Vec<u8>,
    /// Keys of a repetition to come.
    repeats: u32,
}

impl User {
    /// Returns somebody who types from `from` until `until`.
    #[must_use]
    pub fn new(seed: u64, manner: Manner, from: Instant, until: Instant) -> Self {
        let random = Random::new(seed);
        Self { random, manner, next_at: Some(from), until, word: Vec::new(), repeats: 0 }
    }

    /// When the next key is pressed.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.next_at.filter(|&at| at < self.until)
    }

    /// What is typed at `now`; empty if it is not time yet.
    pub fn keys(&mut self, now: Instant) -> Vec<u8> {
        if self.poll_timeout().is_none_or(|at| at > now) {
            return Vec::new();
        }
        let manner = match (self.manner, self.random.bits() % 40) {
            (Manner::Mixed, 0) => Manner::Pasting,
            (Manner::Mixed, 1) => Manner::Repeating,
            (Manner::Mixed, 2..5) => Manner::Waiting,
            (Manner::Mixed, _) => Manner::Typing,
            (manner, _) => manner,
        };
        let (keys, pause) = match manner {
            _ if self.repeats > 0 => self.repeated(),
            Manner::Typing | Manner::Fluent | Manner::Mixed => self.typed(),
            Manner::Waiting => (vec![self.letter()], self.between(3_000, 9_000)),
            Manner::Repeating => {
                self.repeats = 10 + self.random.below(50) as u32;
                self.repeated()
            }
            Manner::Pasting => {
                let len = 20 + self.random.below(3_000);
                let text = (0..len).map(|_| self.letter()).collect();
                (text, self.between(1_000, 20_000))
            }
            Manner::Hauling => {
                let text = (0..40_000).map(|_| self.letter()).collect();
                (text, self.between(80_000, 100_000))
            }
        };
        self.next_at = Some(now + pause);
        keys
    }

    fn repeated(&mut self) -> (Vec<u8>, Duration) {
        self.repeats = self.repeats.saturating_sub(1);
        (b"\x1b[A".to_vec(), Duration::from_millis(33))
    }

    fn typed(&mut self) -> (Vec<u8>, Duration) {
        if self.word.is_empty() {
            let len = 1 + self.random.below(9);
            self.word = (0..len).map(|_| self.letter()).collect();
            // Taken from its end: the last letter first, the key that ends the word last.
            self.word[0] = match self.random.bits() % 12 {
                0 => b'\r',
                1 if self.manner != Manner::Fluent => 0x7f,
                _ => b' ',
            };
        }
        let key = self.word.pop().unwrap_or(b' ');
        let pause = match self.random.bits() % 100 {
            0..3 => self.between(2_000, 12_000),
            3..10 => self.between(400, 1_500),
            // The sum of two draws lies near its middle, as intervals between keys do.
            _ => self.between(40, 130) + self.between(40, 130),
        };
        (vec![key], pause)
    }

    fn letter(&mut self) -> u8 {
        b'a' + self.random.below(26) as u8
    }

    fn between(&mut self, least_ms: u64, most_ms: u64) -> Duration {
        let span = (most_ms - least_ms) * 1000;
        Duration::from_micros(least_ms * 1000 + self.random.bits() % span)
    }
}
