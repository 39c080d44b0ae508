//! The simulator's links in real time, for real programs: what the figures of simulated sessions
//! are worth is seen beside those of our programs, mosh 1.4's and ssh over the same links.
//!
//! In goes a measured [`Scenario`], come out the times from key to echo and the traffic. Links
//! and keys are the simulator's, code and seed; the machines are network namespaces, which takes
//! root. Client and server are black boxes in pseudo-terminals.
//!
//! In reading order: [`namespace`] (a machine), [`mod@line`] (the link between two), [`program`]
//! (what runs in the session), [`screen`] (a terminal), [`eyes`] (the user at it), [`ends`] (client
//! and server of either kind), [`measure`] (a run), [`figures`] (what it has shown), [`document`]
//! (the tables).
//!
//! [`Scenario`]: crate::sim::scenario::Scenario

pub mod document;
pub mod ends;
pub mod eyes;
pub mod figures;
pub mod line;
pub mod measure;
pub mod namespace;
pub mod program;
pub mod screen;

use std::time::Duration;

use mosh_core::time::Instant;
use rustix::event::Timespec;

/// From `now` until `at`, if that is to come.
pub(crate) fn until(now: Instant, at: Instant) -> Duration {
    if at > now { at - now } else { Duration::ZERO }
}

pub(crate) fn timespec(span: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(span.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: span.subsec_nanos().into(),
    }
}
