//! After a trouble: how soon both ends agree, counted from the first packet that can pass.
//!
//! During the trouble the user has typed and the program has printed, so both have something to
//! tell the other. The first packet may come from either end; it is a heartbeat at the latest. One
//! round trip later all must be well, for nobody may wait for a timer once the other was heard.

use std::time::Duration;

use mosh_core::time::Instant;
use mosh_core::transport::Timing;

use super::network::Conditions;
use super::program::Kind;
use super::run::run_plan;
use super::scenario::{Plan, Scenario};
use super::script::{Action, Sleep};
use super::table::{self, Statistics};
use super::trace::Tracing;
use super::user::{Manner, User};

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing passed for so long.
    Blackout(Duration),
    /// A translator forgot the client's port while nothing passed.
    Rebound,
    /// The client's machine has another address after a while without any.
    Moved {
        /// Whether its platform says so.
        noticed: bool,
    },
    /// The client's machine slept for so long.
    ClientSlept(Duration),
    /// The server's machine slept for so long.
    ServerSlept(Duration),
}

impl Trouble {
    /// All that are measured, and what they are called.
    #[must_use]
    pub fn all() -> [(Self, &'static str); 9] {
        let seconds = Duration::from_secs;
        [
            (Self::Blackout(seconds(1)), "nothing passed for 1 s"),
            (Self::Blackout(seconds(8)), "nothing passed for 8 s"),
            (Self::Blackout(seconds(60)), "nothing passed for 1 min"),
            (Self::Blackout(seconds(600)), "nothing passed for 10 min"),
            (Self::Rebound, "another port after 5 s"),
            (Self::Moved { noticed: false }, "another address after 5 s, unnoticed"),
            (Self::Moved { noticed: true }, "another address after 5 s, noticed"),
            (Self::ClientSlept(seconds(60)), "the client slept for 1 min"),
            (Self::ServerSlept(seconds(60)), "the server slept for 1 min"),
        ]
    }

    fn script(self, at: Instant, link: &Conditions) -> Vec<(Instant, Action)> {
        let silence = |span: Duration| {
            let away = Conditions { blackout: true, ..link.clone() };
            let weather = |it: &Conditions| Action::Weather { up: it.clone(), down: it.clone() };
            [(at, weather(&away)), (at + span, weather(link))]
        };
        let sleep = |span| Sleep { span, clock_runs: true, buffered: false };
        let (mut script, end) = match self {
            Self::Blackout(span) => (silence(span).to_vec(), at + span),
            Self::Rebound => {
                let mut script = silence(AWAY).to_vec();
                script.push((at + AWAY, Action::Rebind));
                (script, at + AWAY)
            }
            Self::Moved { noticed } => {
                let mut script = silence(AWAY).to_vec();
                script.push((at + AWAY, Action::Move { noticed }));
                (script, at + AWAY)
            }
            Self::ClientSlept(span) => (vec![(at, Action::ClientSleeps(sleep(span)))], at + span),
            Self::ServerSlept(span) => (vec![(at, Action::ServerSleeps(sleep(span)))], at + span),
        };
        script.push((end, Action::Heal { within: LIMIT }));
        script
    }

    /// Everything that fixes a run.
    #[must_use]
    pub fn plan(self, seed: u64, timing: Timing) -> Plan {
        let clean = Conditions::clean(ROUND_TRIP / 2);
        // Anywhere between two heartbeats.
        let at = Instant::ZERO + TYPING + Duration::from_micros(seed * 12_345_678 % 6_000_000);
        let script = self.script(at, &clean);
        let end = script.last().map_or(at, |&(at, _)| at) + LIMIT * 2;
        let user = User::new(seed, Manner::Fluent, Instant::ZERO + PAUSE, end);
        let any = Scenario::find("any").expect("there is one").plan(seed);
        Plan {
            size: (80, 24),
            up: clean.clone(),
            down: clean,
            script,
            user,
            program: Kind::BuildLog,
            timing,
            offers: table::offers(timing),
            exact: true,
            dual_stack: false,
            end,
            ..any
        }
    }
}

/// What many runs have shown of a trouble.
#[derive(Clone, Copy, Debug)]
pub struct Recovery {
    /// From the end of the trouble.
    pub whole: Statistics,
    /// From the first packet that came through after it.
    pub from_packet: Statistics,
    /// The longest of these.
    pub worst: Duration,
}

/// Measures a trouble.
///
/// # Errors
///
/// The rule that was broken.
pub fn measure(trouble: Trouble, timing: Timing) -> Result<Recovery, String> {
    let mut whole = Vec::new();
    let mut from_packet = Vec::new();
    for seed in 0..RUNS {
        let report = run_plan(trouble.plan(seed, timing), None, Tracing::Off)
            .map_err(|failure| format!("{trouble:?} seed {seed}: {}", failure.violation))?;
        let took = report.recovery.ok_or_else(|| format!("{trouble:?} seed {seed}: no end"))?;
        // Without a packet there was nothing to recover from.
        let packet = report.first_packet.unwrap_or(took).min(took);
        whole.push(took);
        from_packet.push(took - packet);
    }
    let worst = from_packet.iter().max().copied().unwrap_or_default();
    Ok(Recovery { whole: Statistics::of(&whole), from_packet: Statistics::of(&from_packet), worst })
}

/// Sessions for each row.
const RUNS: u64 = 25;
/// Of the link.
pub const ROUND_TRIP: Duration = Duration::from_millis(100);
const AWAY: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_secs(2);
const TYPING: Duration = Duration::from_secs(20);
const LIMIT: Duration = Duration::from_secs(8);
