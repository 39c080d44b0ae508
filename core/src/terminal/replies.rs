//! Answers to the program's queries.

use heapless::Deque;

/// Room for what a program asks when it starts, and for the longest single answer.
const CAPACITY: usize = 2048;

/// A bounded queue of bytes that the terminal answers to the program.
///
/// An answer that does not fit is dropped whole and counted: only a program that asks without
/// reading fills the queue.
#[derive(Debug, Default)]
pub struct Replies {
    bytes: Deque<u8, CAPACITY>,
    dropped: u32,
}

crate::log::defmt_format!(
    Replies,
    it => "Replies({} bytes, {} dropped)", it.bytes.len(), it.dropped
);

impl Replies {
    /// Returns an empty queue.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Deque::new(), dropped: 0 }
    }

    /// Adds an answer.
    pub fn push(&mut self, answer: &[u8]) {
        if answer.len() > CAPACITY - self.bytes.len() {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        for &byte in answer {
            // The room was checked above.
            let _ = self.bytes.push_back(byte);
        }
    }

    /// Moves the oldest bytes to `buf`; returns how many.
    pub fn read(&mut self, buf: &mut [u8]) -> usize {
        let mut count = 0;
        while count < buf.len()
            && let Some(byte) = self.bytes.pop_front()
        {
            buf[count] = byte;
            count += 1;
        }
        count
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Answers that did not fit.
    #[must_use]
    pub fn dropped(&self) -> u32 {
        self.dropped
    }
}
