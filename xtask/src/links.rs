//! `cargo xtask links`: real programs over the simulator's links, in real time.

use std::collections::VecDeque;
use std::fs;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use mosh_tests::links::ends::Ends;
use mosh_tests::links::figures::{self, Figures};
use mosh_tests::links::line::Link;
use mosh_tests::links::measure::{Measured, Run};
use mosh_tests::links::program;
use mosh_tests::programs::Installed;
use mosh_tests::sim::scenario::Scenario;

use crate::progress::Bar;
use crate::run::{Arguments, Outcome, cargo, is_strict, run as run_command};
use crate::{debian, interop};

/// The task that runs the program in a session.
pub(crate) const PROGRAM: &str = "links-program";
pub(crate) const FIGURES: &str = "tests/snapshots/real-links.csv";
/// Minutes that the longest trace of keys takes, and a little more.
const LONGEST: f64 = 15.5;
/// Says that this is the optimised build already.
const OPTIMISED: &str = "--optimised";

pub(crate) fn run(rest: &[String]) -> Outcome {
    let valued = ["--scenario", "--minutes", "--ends", "--jobs", "--executable", "--profile"];
    let found = Arguments::parse(rest, &[OPTIMISED], &valued)?.expect_no_words()?;
    debian::ensure(&["mosh", "openssh-server", "openssh-client", "iproute2"])?;
    if !found.has(OPTIMISED) {
        let mut command = cargo(["run", "--quiet", "--profile", "sim", "--package", "xtask", "--"]);
        command.args(["links", OPTIMISED]).args(rest);
        return run_command(command);
    }
    // What everything else needs.
    if let Err(reason) = Link::new(Duration::ZERO) {
        if is_strict() {
            return Err(reason);
        }
        println!("skipped: all links: {reason}");
        return Ok(());
    }
    let executable = interop::executable(&found)?;
    let installed = Installed::new(Some(&executable))?;
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = [here.to_string_lossy().into_owned(), PROGRAM.to_owned()];
    let typing = Duration::from_secs_f64(found.number("--minutes", LONGEST)? * 60.0);
    let mut runs = VecDeque::new();
    for scenario in chosen(found.value("--scenario"), Scenario::find, Scenario::measured())? {
        for ends in chosen(found.value("--ends"), Ends::find, Ends::ALL)? {
            let (installed, program) = (&installed, &program[..]);
            runs.push_back(Run { installed, program, scenario, seed: 1, ends, typing });
        }
    }
    let jobs = found.number("--jobs", runs.len())?.max(1);
    measure_all(runs, jobs, typing)
}

/// What is named, separated by commas; everything if nothing is.
fn chosen<T>(
    names: Option<&str>,
    find: impl Fn(&str) -> Option<T>,
    all: impl IntoIterator<Item = T>,
) -> Outcome<Vec<T>> {
    let Some(names) = names else { return Ok(all.into_iter().collect()) };
    names.split(',').map(|name| find(name).ok_or_else(|| format!("{name}: unknown"))).collect()
}

fn measure_all(runs: VecDeque<Run<'_>>, jobs: usize, typing: Duration) -> Outcome {
    let count = runs.len();
    let expected = typing.mul_f64(count.div_ceil(jobs) as f64);
    let state = State { queue: Mutex::new(runs), done: Mutex::new((0, 0)), bar: Bar::new() };
    let start = Instant::now();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.min(count)).map(|_| scope.spawn(|| state.work())).collect();
        while workers.iter().any(|worker| !worker.is_finished()) {
            std::thread::sleep(Duration::from_millis(500));
            let share = start.elapsed().as_secs_f64() / expected.as_secs_f64();
            let done = lock(&state.done).0;
            state.bar.show(share.min(0.99), &format!("{done} of {count} sessions"));
        }
    });
    state.bar.clear();
    match lock(&state.done).1 {
        0 => Ok(()),
        failures => Err(format!("{failures} sessions failed")),
    }
}

/// What the workers share.
struct State<'a> {
    queue: Mutex<VecDeque<Run<'a>>>,
    /// Sessions that are over, and those of them that failed.
    done: Mutex<(usize, usize)>,
    bar: Bar,
}

impl State<'_> {
    fn work(&self) {
        loop {
            let Some(run) = lock(&self.queue).pop_front() else { return };
            let (link, ends) = (run.scenario.name, run.ends.to_string());
            let outcome = run.measure();
            // Held while the file of all is written.
            let mut done = lock(&self.done);
            done.0 += 1;
            self.bar.clear();
            if let Err(failure) = outcome.and_then(|measured| keep(link, &ends, &measured)) {
                println!("FAILED: {link} {ends}: {failure}");
                done.1 += 1;
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Puts the figures of a run in the place of those before.
fn keep(link: &str, ends: &str, measured: &Measured) -> Outcome {
    let found = Figures::of_real(link, ends, measured);
    let median = found.quantile(500).map_or("none".into(), |it| format!("{it:.1} ms"));
    let ended = measured.ended.as_ref().map_or(String::new(), |why| format!("; broken: {why}"));
    println!("{link} {ends}: median {median} of {} keys{ended}", found.keys);
    let text = fs::read_to_string(FIGURES).unwrap_or_default();
    let mut all = figures::parse(&text)?;
    match all.iter_mut().find(|it| it.link == link && it.ends == ends) {
        Some(place) => *place = found,
        None => all.push(found),
    }
    let place = |it: &Figures| {
        let link = Scenario::measured().position(|scenario| scenario.name == it.link);
        let ends = Ends::ALL.iter().position(|ends| ends.to_string() == it.ends);
        (link, ends)
    };
    all.sort_by_key(place);
    fs::write(FIGURES, figures::emit(&all)).map_err(|error| format!("{FIGURES}: {error}"))
}

/// Runs the program of a session.
pub(crate) fn run_program(rest: &[String]) -> Outcome {
    program::main(rest)
}
