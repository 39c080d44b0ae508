//! Local echo against recorded sessions: what real programs did with real key strokes, replayed
//! without them.
//!
//! In comes a [`Recording`](recording::Recording) of `tests/corpus`: timed keys in, timed text
//! out, the size of the window. Nothing here knows how a prediction is made.
//!
//! In reading order: [`recording`] (the file), [`stroke`] (what one key sends), [`replay`] (a
//! program that answers as the recorded one did).

pub mod recording;
pub mod replay;
pub mod stroke;
