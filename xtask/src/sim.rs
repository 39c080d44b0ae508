//! `cargo xtask sim`: sessions on simulated networks.

use std::fs;
use std::ops::Range;
use std::time::{Duration, Instant, SystemTime};

use mosh_tests::sim::fault::Fault;
use mosh_tests::sim::run::{Sum, find, run as run_seed, run_many};
use mosh_tests::sim::scenario::{SCENARIOS, Scenario};
use mosh_tests::sim::table;
use mosh_tests::sim::trace::Tracing;

use crate::progress::Bar;
use crate::run::{Arguments, Outcome, cargo, run as run_command};

/// Seeds that failed once: lines of a scenario and a number.
const KEPT_SEEDS: &str = "tests/sim-seeds.txt";
const SNAPSHOT: &str = "tests/snapshots/links.md";

/// Says that this is the optimised build already.
const OPTIMISED: &str = "--optimised";

pub(crate) fn run(rest: &[String]) -> Outcome {
    let flags = ["--planted", "--table", "--trace", OPTIMISED];
    let found = Arguments::parse(rest, &flags, &["--seed", "--seeds", "--hours", "--scenario"])?;
    let found = found.expect_no_words()?;
    if !found.has(OPTIMISED) {
        let mut command = cargo(["run", "--quiet", "--profile", "sim", "--package", "xtask", "--"]);
        command.args(["sim", OPTIMISED]).args(rest);
        return run_command(command);
    }
    let name = found.value("--scenario").unwrap_or("any");
    let scenario = Scenario::find(name).ok_or_else(|| {
        let names: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        format!("{name}: no such scenario; there are {}", names.join(", "))
    })?;
    if found.has("--table") {
        return measure();
    }
    // What a run panics with is part of its report.
    std::panic::set_hook(Box::new(|_| {}));
    if found.has("--planted") {
        return plant();
    }
    if found.value("--seed").is_some() {
        return replay(scenario, found.number("--seed", 0)?, found.has("--trace"));
    }
    let kept_failed = run_kept()?;
    let hours = found.value("--hours").map(|_| found.number("--hours", 0.0_f64)).transpose()?;
    let seeds = match found.value("--seeds") {
        Some(range) => parse_range(range)?,
        None => fresh(if hours.is_some() { u64::MAX / 2 } else { 1000 })?,
    };
    search(scenario, seeds, hours, kept_failed)
}

fn parse_range(text: &str) -> Outcome<Range<u64>> {
    let parsed = text.split_once("..").and_then(|(start, end)| {
        Some(start.parse().ok()?..end.trim_start_matches('=').parse().ok()?)
    });
    parsed.ok_or_else(|| format!("--seeds {text}: not a range like 0..100"))
}

/// A range that nobody has run yet.
fn fresh(count: u64) -> Outcome<Range<u64>> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let start = now.map_err(|error| error.to_string())?.as_secs() * 1000;
    Ok(start..start.saturating_add(count))
}

fn replay(scenario: &Scenario, seed: u64, trace: bool) -> Outcome {
    let tracing = if trace { Tracing::Whole } else { Tracing::Tail };
    let outcome = run_seed(scenario, seed, None, tracing);
    match outcome {
        Ok(report) => {
            if trace {
                print_lines(&report.trace);
            }
            println!(
                "{} seed {seed}: {:?} of virtual time, {} steps, {} echoes, up {:?}, down {:?}, \
                 recovered in {:?}, hash {:016x}",
                scenario.name,
                report.elapsed,
                report.steps,
                report.echoes.len(),
                report.up,
                report.down,
                report.recovery,
                report.hash
            );
            Ok(())
        }
        Err(failure) => {
            print_lines(&failure.trace);
            Err(format!("seed {seed} at {:?}: {}", failure.at, failure.violation))
        }
    }
}

fn print_lines(lines: &[String]) {
    for line in lines {
        println!("{line}");
    }
}

/// Runs the seeds that once failed. Returns how many do again.
fn run_kept() -> Outcome<usize> {
    let text = fs::read_to_string(KEPT_SEEDS).map_err(|error| format!("{KEPT_SEEDS}: {error}"))?;
    let mut failed = 0;
    for (scenario, seed) in mosh_tests::sim::run::parse_seeds(&text)? {
        if let Err(failure) = run_seed(scenario, seed, None, Tracing::Off) {
            report_failure(scenario, seed, &failure.violation.to_string());
            failed += 1;
        }
    }
    Ok(failed)
}

fn report_failure(scenario: &Scenario, seed: u64, violation: &str) {
    println!("FAILED: {} seed {seed}: {violation}", scenario.name);
    println!("    replay: cargo xtask sim --scenario {} --seed {seed}", scenario.name);
}

fn search(
    scenario: &Scenario,
    seeds: Range<u64>,
    hours: Option<f64>,
    kept_failed: usize,
) -> Outcome {
    let start = clock();
    let wanted = hours.map(|hours| Duration::from_secs_f64(hours * 3600.0));
    let count = seeds.end - seeds.start;
    let bar = Bar::new();
    let first = seeds.start;
    let sum = run_many(
        scenario,
        seeds,
        std::thread::available_parallelism().map_or(1, usize::from),
        |elapsed| wanted.is_some_and(|wanted| elapsed >= wanted),
        |done, elapsed| {
            let share = match wanted {
                Some(wanted) => elapsed.as_secs_f64() / wanted.as_secs_f64(),
                None => done as f64 / count as f64,
            };
            // Not at every one: there may be thousands a second.
            if done.is_multiple_of(8) {
                bar.show(share, &format!("{done} seeds"));
            }
        },
    );
    bar.clear();
    for (seed, violation) in &sum.failed {
        report_failure(scenario, *seed, &violation.to_string());
    }
    let Sum { passed, gave_up, elapsed, steps, slowest_recovery, failed } = sum;
    let took = start.elapsed().as_secs_f64();
    println!(
        "{passed} seeds from {first} on passed ({gave_up} without contact), {} failed: {:.1} virtual \
         hours in {took:.1} s ({:.1} seeds and {:.0} steps a second); slowest recovery {:?} (seed \
         {})",
        failed.len(),
        elapsed.as_secs_f64() / 3600.0,
        passed as f64 / took,
        steps as f64 / took,
        slowest_recovery.0,
        slowest_recovery.1,
    );
    if failed.is_empty() && kept_failed == 0 { Ok(()) } else { Err("a rule was broken".into()) }
}

fn plant() -> Outcome {
    const LIMIT: u64 = 2000;
    let mut survivors = 0;
    println!("| planted fault | seeds | found by |\n|---|---:|---|");
    for fault in Fault::ALL {
        match find(&SCENARIOS[0], fault, LIMIT) {
            Some(found) => println!("| {fault:?} | {} | {} |", found.seeds, found.violation),
            None => {
                println!("| {fault:?} | - | survives {LIMIT} seeds |");
                survivors += 1;
            }
        }
    }
    if survivors == 0 { Ok(()) } else { Err(format!("{survivors} planted faults survive")) }
}

fn measure() -> Outcome {
    let rows = table::measure_all()?;
    let text = table::document(&rows, &table::predictions()?, &table::recoveries()?);
    println!("{text}");
    fs::write(SNAPSHOT, text).map_err(|error| format!("{SNAPSHOT}: {error}"))
}

fn clock() -> Instant {
    Instant::now()
}
