//! Runs worlds: one seed, many seeds on all processors, and those with planted faults.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use mosh_core::client::ClientStorage;
use mosh_core::server::ServerStorage;
use mosh_core::storage::{StaticClient, StaticServer, client_rows, server_rows};

use super::check::Violation;
use super::fault::Fault;
use super::scenario::{Plan, Scenario};
use super::trace::Tracing;
use super::world::{Failure, Report, World};

/// Runs one world.
///
/// # Errors
///
/// The first rule that was broken; a panic is one, too.
pub fn run(
    scenario: &Scenario,
    seed: u64,
    fault: Option<Fault>,
    tracing: Tracing,
) -> Result<Report, Failure> {
    let outcome = catch_unwind(AssertUnwindSafe(|| run_plan(scenario.plan(seed), fault, tracing)));
    outcome.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        let violation = Violation(format!("panic: {text}"));
        Err(Failure { violation, at: Duration::ZERO, trace: Vec::new() })
    })
}

/// Runs a world to a plan.
///
/// # Errors
///
/// The first rule that was broken.
///
/// # Panics
///
/// If the core does.
pub fn run_plan(plan: Plan, fault: Option<Fault>, tracing: Tracing) -> Result<Report, Failure> {
    if plan.exact {
        let (client, server) = (ClientStorage::heap(), ServerStorage::heap());
        return World::new(plan, fault, tracing, client, server).run();
    }
    let mut client = Box::new(StaticClient::<80, 24, { client_rows(24) }, 4096>::new());
    let mut server = Box::new(StaticServer::<80, 24, { server_rows(24) }, 4096>::new());
    World::new(plan, fault, tracing, client.storage(), server.storage()).run()
}

/// What many runs have shown together.
#[derive(Clone, Debug, Default)]
pub struct Sum {
    /// Runs that kept all rules.
    pub passed: u64,
    /// Of these, those that ended before they began: no state of the server's reached the client.
    pub gave_up: u64,
    /// Virtual time of all runs.
    pub elapsed: Duration,
    /// Steps of all runs.
    pub steps: u64,
    /// The longest that the ends took to agree once all was well, and the seed.
    pub slowest_recovery: (Duration, u64),
    /// Seeds that failed, the lowest first.
    pub failed: Vec<(u64, Violation)>,
}

/// Runs a scenario for all `seeds`, on `threads` processors, until `enough` says so. After each
/// run `progress` learns how many are done and how much virtual time has passed.
pub fn run_many(
    scenario: &Scenario,
    seeds: std::ops::Range<u64>,
    threads: usize,
    enough: impl Fn(Duration) -> bool + Sync,
    progress: impl Fn(u64, Duration) + Sync,
) -> Sum {
    let next = AtomicU64::new(seeds.start);
    let stop = AtomicBool::new(false);
    let sum = Mutex::new(Sum::default());
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let outcome = run_checked(scenario, seed);
                    let mut sum = sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    sum.add(seed, outcome);
                    progress(sum.passed + sum.failed.len() as u64, sum.elapsed);
                    if enough(sum.elapsed) || sum.failed.len() >= MAX_FAILURES {
                        stop.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let mut sum = sum.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    sum.failed.sort_by_key(|&(seed, _)| seed);
    sum
}

impl Sum {
    fn add(&mut self, seed: u64, outcome: Result<Report, Failure>) {
        match outcome {
            Ok(report) => {
                self.passed += 1;
                self.gave_up += u64::from(report.gave_up);
                self.elapsed += report.elapsed;
                self.steps += report.steps;
                let recovery = report.recovery.unwrap_or_default();
                self.slowest_recovery = self.slowest_recovery.max((recovery, seed));
            }
            Err(failure) => {
                self.elapsed += failure.at;
                self.failed.push((seed, failure.violation));
            }
        }
    }
}

/// Runs a seed, and some seeds twice: everything must be the same again.
fn run_checked(scenario: &Scenario, seed: u64) -> Result<Report, Failure> {
    let report = run(scenario, seed, None, Tracing::Off)?;
    if seed.is_multiple_of(REPEATED) {
        same_again(scenario, seed, None, &report)?;
    }
    Ok(report)
}

fn same_again(
    scenario: &Scenario,
    seed: u64,
    fault: Option<Fault>,
    first: &Report,
) -> Result<(), Failure> {
    let again = run(scenario, seed, fault, Tracing::Off)?;
    if again.hash == first.hash {
        return Ok(());
    }
    let violation = Violation("the same seed gave another run".into());
    Err(Failure { violation, at: first.elapsed, trace: Vec::new() })
}

/// Reads the file of seeds that failed once: a scenario and a number a line, `#` begins a comment.
///
/// # Errors
///
/// The line that is neither.
pub fn parse_seeds(text: &str) -> Result<Vec<(&'static Scenario, u64)>, String> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (name, seed) = line.split_once(' ').ok_or_else(|| format!("{line}: no seed"))?;
            let scenario = Scenario::find(name).ok_or_else(|| format!("{name}: no scenario"))?;
            let seed = seed.trim().parse().map_err(|_| format!("{line}: not a number"))?;
            Ok((scenario, seed))
        })
        .collect()
}

/// How a planted fault was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// After so many seeds.
    pub seeds: u64,
    /// By this rule.
    pub violation: Violation,
}

/// Plants a fault and counts the seeds until it is found; `None`: it survives `limit` of them.
#[must_use]
pub fn find(scenario: &Scenario, fault: Fault, limit: u64) -> Option<Found> {
    (0..limit).find_map(|seed| {
        let outcome = run(scenario, seed, Some(fault), Tracing::Off)
            .and_then(|report| same_again(scenario, seed, Some(fault), &report));
        let violation = outcome.err()?.violation;
        Some(Found { seeds: seed + 1, violation })
    })
}

/// Of so many seeds one is run twice.
const REPEATED: u64 = 32;
/// There is no point in looking for more of the same.
const MAX_FAILURES: usize = 10;
