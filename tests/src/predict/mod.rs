//! Local echo against recorded sessions: what real programs did with real key strokes, replayed
//! without them.
//!
//! In comes a [`Recording`](recording::Recording) of `tests/corpus`: timed keys in, timed text
//! out, the size of the window. Nothing here knows how a prediction is made.
//!
//! In reading order: [`recording`] (the file), [`stroke`] (what one key sends), [`replay`] (a
//! program that answers as the recorded one did), [`score`] (how well a client echoed),
//! [`simulated`] (our client on simulated networks), [`real`] (real clients and servers); and what
//! makes recordings: [`script`] (what is to be typed), [`typist`] (when), [`stage`] (on which
//! machine), [`recorder`]; and [`live`], where a person types.

pub mod live;
pub mod real;
pub mod recorder;
pub mod recording;
pub mod replay;
pub mod score;
pub mod script;
pub mod simulated;
pub mod stage;
pub mod stroke;
pub mod typist;
