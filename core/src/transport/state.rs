//! The boundary between the protocol and what it carries.
//!
//! State synchronisation moves an object, not a stream: the sender describes how to get from a
//! state that the receiver holds to the present one. The transport knows nothing of the object
//! but these two traits.

use crate::storage::{Buffer, Full};

/// An object whose owner changes it and whose peer follows.
pub trait Outgoing {
    /// A handle on a past state, given back with [`forget`](Self::forget).
    type Snapshot;

    /// Takes a snapshot of the current state.
    ///
    /// # Errors
    ///
    /// [`Full`]: forget a snapshot that can be spared and ask again. With no more than the
    /// peer's base and the newest snapshot held, it succeeds.
    fn snapshot(&mut self) -> Result<Self::Snapshot, Full>;

    /// Whether the current state differs from `base`; cheap when nothing was touched.
    fn differs(&self, base: &Self::Snapshot) -> bool;

    /// The length in bytes of the diff from `base` to the current state. Counting may stop early
    /// with any number above `at_most`.
    fn diff_len(&self, base: &Self::Snapshot, at_most: usize) -> usize;

    /// Appends the diff from `base` to `out`.
    ///
    /// Returns `None` if it reaches the current state, or the state that it reaches where `out`
    /// could only hold a part.
    ///
    /// # Errors
    ///
    /// [`Full`] if not even a part fits or the state reached cannot be kept; the contents of
    /// `out` are then without meaning.
    fn write_diff(
        &mut self,
        base: &Self::Snapshot,
        out: &mut Buffer<'_>,
    ) -> Result<Option<Self::Snapshot>, Full>;

    /// Takes a snapshot back.
    fn forget(&mut self, snapshot: Self::Snapshot);

    /// Learns that the peer holds `front`: what only older states needed can go.
    fn acknowledged(&mut self, front: &Self::Snapshot);
}

/// A copy of the peer's object.
pub trait Incoming {
    /// A handle on a received state, given back with [`forget`](Self::forget).
    type Snapshot;

    /// Returns the state that both ends start from.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room for it.
    fn initial(&mut self) -> Result<Self::Snapshot, Full>;

    /// Makes a new state from `base`; no other state changes.
    ///
    /// # Errors
    ///
    /// [`BadDiff`] says whether the diff makes no sense or finds no room. Nothing has changed.
    fn apply_diff(&mut self, base: &Self::Snapshot, diff: &[u8])
    -> Result<Self::Snapshot, BadDiff>;

    /// Takes a state back.
    fn forget(&mut self, snapshot: Self::Snapshot);
}

/// Why a received diff was not applied.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum BadDiff {
    /// The peer's fault: the bytes do not describe a change. Dropped and counted.
    Malformed,
    /// Our storage is used up. The instruction counts as lost, and the peer repeats it.
    Full,
}

impl core::fmt::Display for BadDiff {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Malformed => "malformed diff",
            Self::Full => "no room for the new state",
        })
    }
}

impl core::error::Error for BadDiff {}

impl From<Full> for BadDiff {
    fn from(Full: Full) -> Self {
        Self::Full
    }
}
