//! What must hold in every run, whatever the network does.

use std::collections::VecDeque;

use mosh_core::time::Instant;

use super::tap::{Num, Opened, Said, Toward};

/// Something happened that must not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation(pub String);

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns a violation unless `holds`.
pub(super) fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation(what())) }
}

/// The screens that the server has had and the client has not gone past.
///
/// The client may skip some, and never goes back. That is checked by its fingerprints alone:
/// where a screen came up more than once, the first that fits counts.
#[derive(Debug, Default)]
pub struct History {
    screens: VecDeque<Screen>,
}

#[derive(Clone, Copy, Debug)]
struct Screen {
    hash: u64,
    /// How many typed bytes the program had answered.
    answers: usize,
}

impl History {
    /// The server's screen has this fingerprint now.
    pub fn record(&mut self, hash: u64, answers: usize) {
        match self.screens.back_mut() {
            Some(last) if last.hash == hash => last.answers = answers,
            _ => self.screens.push_back(Screen { hash, answers }),
        }
    }

    /// The client shows a screen with this fingerprint now. Returns how many typed bytes it
    /// answers.
    ///
    /// # Errors
    ///
    /// If the server never had it, or had it before what the client has shown already.
    pub fn show(&mut self, hash: u64) -> Result<usize, Violation> {
        let place = self.screens.iter().position(|screen| screen.hash == hash);
        let place = place.ok_or_else(|| {
            Violation("the client shows a screen that the server never had, or goes back".into())
        })?;
        self.screens.drain(..place);
        Ok(self.screens[0].answers)
    }

    /// Whether the client shows what the server has.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.screens.len() == 1
    }
}

/// What one end has said on the wire.
#[derive(Debug, Default)]
struct Speaker {
    next_seq: u64,
    newest: u64,
    ended: bool,
    ack: u64,
    throwaway: u64,
}

/// The rules of the wire, for both ends.
#[derive(Debug, Default)]
pub struct WireRules {
    speakers: [Speaker; 2],
}

impl WireRules {
    /// Takes a datagram that an end has sent toward the other.
    ///
    /// # Errors
    ///
    /// If it breaks a rule.
    pub fn sent(&mut self, toward: Toward, len: usize, seen: &Opened) -> Result<(), Violation> {
        let seq = format_args!("datagram {} toward {toward:?}", seen.seq);
        ensure(seen.toward == toward, || format!("{seq}: sealed for the wrong direction"))?;
        let [to_server, to_client] = &mut self.speakers;
        let (speaker, peer) = match toward {
            Toward::Server => (to_server, &*to_client),
            Toward::Client => (to_client, &*to_server),
        };
        ensure(seen.seq >= speaker.next_seq, || format!("{seq}: the nonce was used before"))?;
        speaker.next_seq = seen.seq + 1;
        ensure(len <= MAX_SENT, || format!("{seq}: {len} bytes are too many for the path"))?;
        ensure(!seen.contents.is_empty(), || format!("{seq}: an empty fragment kills mosh 1.4"))?;
        match &seen.said {
            Some(said) => speaker.said(said, peer),
            None => Ok(()),
        }
    }

    /// The newest state that was sent toward that end.
    #[must_use]
    pub fn newest(&self, toward: Toward) -> u64 {
        self.speakers[usize::from(toward == Toward::Client)].newest
    }
}

impl Speaker {
    fn said(&mut self, said: &Said, peer: &Self) -> Result<(), Violation> {
        let &Said { old, new, ack, throwaway, .. } = said;
        let name = |num| Num(num).to_string();
        let rule = |holds, what: &str| {
            ensure(holds, || {
                let (old, new, ack) = (name(old), name(new), name(ack));
                format!("{old}->{new} ack {ack} throwaway {}: {what}", name(throwaway))
            })
        };
        rule(throwaway <= old, "a mosh 1.4 peer aborts")?;
        rule(old <= new, "a state builds on a later one")?;
        rule(old <= self.newest, "a state builds on one that was never sent")?;
        rule(ack >= self.ack, "the acknowledgement falls")?;
        rule(throwaway >= self.throwaway, "the throwaway number falls")?;
        let known = if ack == u64::MAX { peer.ended } else { ack <= peer.newest };
        rule(known, "a state is acknowledged that was never sent")?;
        (self.ack, self.throwaway) = (ack, throwaway);
        if new == u64::MAX {
            self.ended = true;
        } else {
            self.newest = self.newest.max(new);
        }
        Ok(())
    }
}

/// The user's bytes on their way to the program.
#[derive(Debug, Default)]
pub struct Typing {
    under_way: VecDeque<u8>,
    read: usize,
    typed: usize,
    /// When each key was pressed, and after how many bytes.
    unanswered: VecDeque<(Instant, usize)>,
}

impl Typing {
    /// The user typed, and the client took it.
    pub fn typed(&mut self, now: Instant, bytes: &[u8]) {
        self.under_way.extend(bytes);
        self.typed += bytes.len();
        self.unanswered.push_back((now, self.typed));
    }

    /// The program read.
    ///
    /// # Errors
    ///
    /// If that is not what was typed next.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(), Violation> {
        for &byte in bytes {
            let expected = self.under_way.pop_front();
            ensure(expected == Some(byte), || {
                let place = self.read;
                format!("byte {place} of the input is {byte:#04x}, typed was {expected:02x?}")
            })?;
            self.read += 1;
        }
        Ok(())
    }

    /// How many bytes were typed.
    #[must_use]
    pub fn typed_count(&self) -> usize {
        self.typed
    }

    /// How many bytes the program has read.
    #[must_use]
    pub fn count(&self) -> usize {
        self.read
    }

    /// Whether the program has read everything.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.under_way.is_empty()
    }

    /// The next key whose effect the user sees when the first `answers` bytes are answered: when
    /// it was pressed.
    pub fn take_answered(&mut self, answers: usize) -> Option<Instant> {
        let &(at, count) = self.unanswered.front()?;
        if count > answers {
            return None;
        }
        self.unanswered.pop_front();
        Some(at)
    }
}

/// The largest UDP payload over IPv4.
const MAX_SENT: usize = 1252;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screens_may_be_skipped_but_not_taken_back() {
        let mut history = History::default();
        for (hash, answers) in [(10, 0), (11, 1), (10, 2), (12, 3)] {
            history.record(hash, answers);
        }
        assert_eq!(history.show(10), Ok(0));
        assert_eq!(history.show(11), Ok(1));
        assert_eq!(history.show(10), Ok(2));
        assert!(history.show(11).is_err());
        assert_eq!(history.show(12), Ok(3));
        assert!(history.is_settled());
        assert!(history.show(13).is_err());
    }

    #[test]
    fn input_is_read_once_and_in_order() {
        let mut typing = Typing::default();
        typing.typed(Instant::ZERO, b"ab");
        assert!(typing.read(b"a").is_ok());
        assert!(!typing.is_settled());
        assert_eq!(typing.take_answered(1), None);
        assert_eq!(typing.take_answered(2), Some(Instant::ZERO));
        assert!(typing.read(b"a").is_err());
    }
}
