//! What becomes of a client that says more at once than there is memory for.
//!
//! It repeats what it said, and nothing that is typed later arrives either. As its instructions
//! carry its acknowledgements, it seems to have received nothing either; but it does, so it can be
//! told.

use core::fmt::Write as _;
use core::time::Duration;

use mosh_core::server::Server;
use mosh_core::time::Instant;

/// Time in which the user can read why the session is about to end.
pub const FAREWELL: Duration = Duration::from_secs(10);

/// A client may only seem to say too much: as long as it does not know that we hold a state, it
/// says all that came after an older one. By then it knows.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub(super) struct Limit {
    /// Bytes that an instruction may have.
    largest: usize,
    /// Instructions that did not fit in this session.
    count: u64,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Fits,
    /// Nothing has arrived since but what does not fit.
    TooMuch {
        since: Instant,
        newest: Option<Instant>,
    },
    Told {
        at: Instant,
    },
    Left,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Tell,
    Leave,
}

impl Limit {
    pub(super) const fn new(largest: usize) -> Self {
        Self { largest, count: 0, stage: Stage::Fits }
    }

    pub(super) fn reset(&mut self) {
        *self = Self::new(self.largest);
    }

    /// Looks at what has arrived.
    pub(super) fn observe(&mut self, now: Instant, server: &Server<'_>) -> Option<Act> {
        let count = server.counters().too_large;
        let again = core::mem::replace(&mut self.count, count) != count;
        match self.stage {
            Stage::TooMuch { newest, .. } if newest != server.last_state_at() => {
                self.stage = Stage::Fits;
            }
            Stage::TooMuch { since, .. } if again && now >= since + PATIENCE => {
                self.stage = Stage::Told { at: now };
                return Some(Act::Tell);
            }
            Stage::Told { at } if now >= at + FAREWELL => {
                self.stage = Stage::Left;
                return Some(Act::Leave);
            }
            _ => {}
        }
        if again && matches!(self.stage, Stage::Fits) {
            self.stage = Stage::TooMuch { since: now, newest: server.last_state_at() };
        }
        None
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match self.stage {
            Stage::Told { at } => Some(at + FAREWELL),
            Stage::Fits | Stage::TooMuch { .. } | Stage::Left => None,
        }
    }

    /// Writes why the session ends in the last row; the cursor stays where it is.
    pub(super) fn tell(&self, server: &mut Server<'_>, now: Instant) {
        let (screens, frame) = server.screen();
        let columns = usize::from(screens.size(frame).columns);
        let mut text = heapless::String::<120>::new();
        // It has room: the number has at most twenty digits.
        let _ = write!(
            text,
            "Too much was pasted at once (limit {} bytes). Session ends, connect again.",
            self.largest
        );
        if text.len() > columns {
            text.clear();
            let _ = text.push_str("Paste too long: connect again.");
        }
        text.truncate(columns);
        // CAN ends a control sequence that the program has not finished. Cursor and rendition are
        // saved and restored (DECSC, DECRC); the row is erased in the colours of the text.
        server.write_host(now, b"\x18\x1b7\x1b[r\x1b[9999;1H\x1b[0;7m\x1b[2K");
        server.write_host(now, text.as_bytes());
        server.write_host(now, b"\x1b8");
    }
}
