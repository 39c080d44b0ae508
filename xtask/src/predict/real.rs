//! `cargo xtask predict --real`: the recorded sessions through real programs, in real time.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use mosh_tests::predict::real::capture::{Capture, Line, Subject};
use mosh_tests::predict::real::document::{conditions, document};
use mosh_tests::predict::real::figures::{Figures, Table};
use mosh_tests::predict::real::program;
use mosh_tests::predict::real::session::Run;
use mosh_tests::predict::score::Listing;
use mosh_tests::predict::simulated::table::{self, Corpus};
use mosh_tests::programs::{Family, Installed, Pair};

use super::{CORPUS, OPTIMISED, named};
use crate::progress::Bar;
use crate::run::{Arguments, Outcome, cargo, run as run_command};
use crate::{debian, interop};

/// The task that runs the program in a session.
pub(crate) const PROGRAM: &str = program::TASK;
const FIGURES: &str = "tests/snapshots/real-predict.csv";
const DOCUMENT: &str = "tests/snapshots/real-predict.md";
/// Sessions at a time: they mostly wait.
const JOBS: usize = 8;

pub(crate) fn run(rest: &[String]) -> Outcome {
    let valued = [
        "--recording",
        "--corpus",
        "--rtt",
        "--loss",
        "--client",
        "--server",
        "--jobs",
        "--keep",
        "--score",
        "--around",
        "--display",
        "--executable",
        "--profile",
    ];
    let found =
        Arguments::parse(rest, &["--real", "--missing", "--detail", "--all", OPTIMISED], &valued)?
            .expect_no_words()?;
    if !found.has(OPTIMISED) {
        let mut command = cargo(["run", "--quiet", "--profile", "sim", "--package", "xtask", "--"]);
        command.args(["predict", OPTIMISED]).args(rest);
        return run_command(command);
    }
    let folder = Path::new(found.value("--corpus").unwrap_or(CORPUS));
    let all = table::load(folder)?;
    let corpus = named(all.clone(), found.value("--recording"))?;
    let (captures, failures) = match found.value("--score") {
        Some(kept) => (Capture::load_all(Path::new(kept))?, 0),
        None => capture(&found, folder, &corpus)?,
    };
    // Figures of other recordings than those of the repository are for whoever asked, and so are
    // those of clients that were told what to show.
    let is_own = folder == Path::new(CORPUS) && found.value("--display").is_none();
    let before =
        if is_own { fs::read_to_string(FIGURES).unwrap_or_default() } else { String::new() };
    let mut table = Table::parse(&before)?;
    let failures = failures + judge(&found, captures, &corpus, &mut table)?;
    if is_own {
        table.retain(&all);
        fs::write(FIGURES, table.emit()).map_err(|error| format!("{FIGURES}: {error}"))?;
        fs::write(DOCUMENT, document(&table)).map_err(|error| format!("{DOCUMENT}: {error}"))?;
        for condition in conditions(&table) {
            let holds = if condition.holds { "holds" } else { "DOES NOT HOLD" };
            println!("{}: {holds}: {}", condition.what, condition.because);
        }
    } else {
        print!("{}", document(&table));
    }
    if failures == 0 { Ok(()) } else { Err(format!("{failures} sessions failed")) }
}

/// Puts what the captures are worth into the table. Returns how many are of no recording as it is.
fn judge(
    found: &Arguments,
    captures: Vec<Capture>,
    corpus: &Corpus,
    table: &mut Table,
) -> Outcome<usize> {
    let around = found.value("--around").map(|_| found.number("--around", 0)).transpose()?;
    let listing = Listing { all: found.has("--all"), around };
    let mut failures = 0;
    for capture in captures {
        let is_replayed = |(name, _): &&(String, _)| *name == capture.subject.recording;
        let Some((_, recording)) = corpus.iter().find(is_replayed) else { continue };
        if !capture.is_of(recording) {
            println!("FAILED: {}: the recording has changed since", capture.subject);
            failures += 1;
            continue;
        }
        let figures = Figures::of(&capture, recording);
        println!("{}: {}", capture.subject, describe(&figures));
        if found.has("--detail") {
            println!("{}", listing.of(&capture.judge(recording)));
        }
        table.put(capture.subject, figures);
    }
    Ok(failures)
}

fn describe(figures: &Figures) -> String {
    let Figures { late, keys, wrong, cursor_wrong, leaks, .. } = figures;
    let share = figures.share() * 100.0;
    let leaks = if *leaks == 0 { String::new() } else { format!(", {leaks} LEAK A SECRET") };
    format!(
        "{keys} keys, {share:.1} % at once, {wrong} wrong, {cursor_wrong} with a wrong cursor{leaks}; \
         mean {:.1} ms, typed up to {late:.1} ms late",
        figures.mean()
    )
}

/// Runs what the arguments ask for. Returns what was captured, and how many sessions failed.
fn capture(found: &Arguments, folder: &Path, corpus: &Corpus) -> Outcome<(Vec<Capture>, usize)> {
    debian::ensure(&["mosh"])?;
    let clients = families(found.value("--client").unwrap_or("ours,mosh"))?;
    let servers = found.value("--server").map(families).transpose()?;
    let needs_ours = clients.iter().chain(servers.iter().flatten()).any(|it| *it == Family::Ours);
    let executable = if needs_ours { Some(interop::executable(found)?) } else { None };
    let installed = Installed::new(executable.as_deref())?;
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = [here.to_string_lossy().into_owned(), program::TASK.to_owned()];
    // Servers run their programs elsewhere.
    let folder = folder.canonicalize().map_err(|error| format!("{}: {error}", folder.display()))?;
    let (loss, display) = (found.number("--loss", 0)?, found.value("--display"));
    let mut runs = Vec::new();
    for rtt in found.value("--rtt").unwrap_or("100,500").split(',') {
        let rtt_ms = rtt.parse().map_err(|_| format!("--rtt {rtt}: not a number"))?;
        for (name, recording) in corpus {
            for &client in &clients {
                for &server in servers.as_deref().unwrap_or(&[client]) {
                    let subject = Subject {
                        recording: name.clone(),
                        line: Line { rtt_ms, loss },
                        pair: Pair { client, server },
                    };
                    let (installed, program) = (&installed, &program[..]);
                    let file = folder.join(format!("{name}.cast"));
                    runs.push(Run { installed, program, file, recording, subject, display });
                }
            }
        }
    }
    // What takes longest first, so that it does not end last.
    runs.sort_by_key(|run| std::cmp::Reverse(run.recording.events.last().map(|event| event.at)));
    let jobs = found.number("--jobs", JOBS)?.max(1);
    let keep = found.value("--keep").map(Path::new);
    let mut kept = Vec::new();
    if let Some(directory) = keep.filter(|it| found.has("--missing") && it.exists()) {
        kept = Capture::load_all(directory)?;
        kept.retain(|it| {
            runs.iter().any(|run| it.subject == run.subject && it.is_of(run.recording))
        });
        runs.retain(|run| kept.iter().all(|it| it.subject != run.subject));
    }
    let (captures, failures) = capture_all(runs.into(), jobs, keep);
    kept.extend(captures);
    Ok((kept, failures))
}

/// The families that are named, separated by commas.
fn families(names: &str) -> Outcome<Vec<Family>> {
    let family = |name| match name {
        "ours" => Ok(Family::Ours),
        "mosh" => Ok(Family::Stock),
        _ => Err(format!("{name}: neither ours nor mosh")),
    };
    names.split(',').map(family).collect()
}

fn capture_all(runs: VecDeque<Run<'_>>, jobs: usize, keep: Option<&Path>) -> (Vec<Capture>, usize) {
    let count = runs.len();
    let length = |run: &Run<'_>| run.recording.events.last().map_or(Duration::ZERO, |it| it.at);
    let longest = runs.iter().map(length).max().unwrap_or_default();
    let all: Duration = runs.iter().map(length).sum();
    let expected = longest.max(all.div_f64(jobs as f64)).as_secs_f64();
    let state = State { queue: Mutex::new(runs), done: Mutex::default(), bar: Bar::new(), keep };
    let start = Instant::now();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.min(count)).map(|_| scope.spawn(|| state.work())).collect();
        while workers.iter().any(|worker| !worker.is_finished()) {
            std::thread::sleep(Duration::from_millis(500));
            let share = start.elapsed().as_secs_f64() / expected;
            let done = lock(&state.done).captures.len();
            state.bar.show(share.min(0.99), &format!("{done} of {count} sessions"));
        }
    });
    state.bar.clear();
    let done = std::mem::take(&mut *lock(&state.done));
    (done.captures, done.failures)
}

/// What the workers share.
struct State<'a> {
    queue: Mutex<VecDeque<Run<'a>>>,
    done: Mutex<Done>,
    bar: Bar,
    keep: Option<&'a Path>,
}

/// What is over.
#[derive(Default)]
struct Done {
    captures: Vec<Capture>,
    failures: usize,
}

impl State<'_> {
    fn work(&self) {
        loop {
            let Some(run) = lock(&self.queue).pop_front() else { return };
            let outcome = run.capture();
            let outcome = outcome.and_then(|capture| {
                self.keep.map_or(Ok(()), |directory| capture.keep(directory))?;
                Ok(capture)
            });
            let mut done = lock(&self.done);
            self.bar.clear();
            match outcome {
                Ok(capture) => done.captures.push(capture),
                Err(failure) => {
                    println!("FAILED: {}: {failure}", run.subject);
                    done.failures += 1;
                }
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Runs the program of a session.
pub(crate) fn run_program(rest: &[String]) -> Outcome {
    program::main(rest)
}
