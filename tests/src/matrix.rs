//! The matrix of checks: each is run for every pair of client and server that it
//! makes sense for, several at a time.

mod bad_network;
mod daily;
mod hostile;
mod hygiene;
mod lifetime;
mod lossy;
mod programs;
mod recorded;
mod vttest;
mod wrapper;

use std::cell::RefCell;
use std::fs;
use std::io::{self, Write};
use std::ops::Add;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::failures;
use crate::processes::{Marker, end_abandoned};
use crate::programs::{Family, Installed, Pair, Programs};
use crate::scratch::Scratch;
use crate::terminal::{Start, Terminal};

/// How long processes may take to end once their terminals are closed.
const FAREWELL: Duration = Duration::from_secs(20);

/// How a check shares the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// Mostly waits for time to pass; started before all others.
    Long,
    /// Takes some seconds.
    Short,
    /// Measures times; runs after all others, alone.
    Alone,
}

/// Which pairs a check is run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pairs {
    All,
    /// The server is what is checked: each, with a client of its own family.
    Servers,
    /// The client is what is checked: each, with a server of its own family.
    Clients,
    /// Our server is what is checked, with each client.
    OurServer,
    /// Our client is what is checked, with each server.
    OurClient,
    /// What mosh 1.4 cannot do.
    Ours,
    /// What mosh 1.4 does where it need not pass: run only where ours is not there.
    Comparison,
}

impl Pairs {
    fn contains(self, pair: Pair) -> bool {
        match self {
            Pairs::All => true,
            Pairs::Servers | Pairs::Clients => pair.client == pair.server,
            Pairs::OurServer => pair.server == Family::Ours,
            Pairs::OurClient => pair.client == Family::Ours,
            Pairs::Ours => !pair.has_stock(),
            Pairs::Comparison => pair.client == Family::Stock && pair.server == Family::Stock,
        }
    }
}

struct Check {
    /// What holds if it passes.
    name: &'static str,
    pace: Pace,
    pairs: Pairs,
    run: fn(&Context<'_>) -> Outcome,
}

/// What a check works with. When it is dropped, so is all that was started.
#[derive(Debug)]
pub struct Context<'a> {
    /// Whose client and whose server.
    pub pair: Pair,
    /// On every process that the check starts.
    pub marker: Marker,
    /// For random numbers.
    pub seed: u64,
    installed: &'a Installed,
    scratch: Scratch,
    /// Kept here, not in the check, so that a report can show them.
    terminals: RefCell<Vec<Rc<Terminal>>>,
    skipped: RefCell<Option<String>>,
    notes: RefCell<Vec<String>>,
}

impl<'a> Context<'a> {
    /// Prepares for one check or measurement.
    pub fn new(pair: Pair, installed: &'a Installed, seed: u64) -> Self {
        Self {
            pair,
            marker: Marker::new(),
            seed,
            installed,
            scratch: Scratch::new(),
            terminals: RefCell::default(),
            skipped: RefCell::default(),
            notes: RefCell::default(),
        }
    }

    /// Returns where a family's programs are.
    pub fn programs(&self, family: Family) -> &Programs {
        self.installed.of(family)
    }

    /// Answers whether a family's programs are there.
    pub fn has(&self, family: Family) -> bool {
        self.installed.has(family)
    }

    /// Returns the home directory of what the check starts.
    pub fn home(&self) -> &Path {
        self.scratch.path()
    }

    /// Opens a terminal that a report will show.
    ///
    /// # Errors
    ///
    /// If tmux refuses.
    pub fn open(&self, start: Start<'_>) -> Outcome<Rc<Terminal>> {
        let terminal = Rc::new(Terminal::start(&self.marker, start)?);
        self.terminals.borrow_mut().push(Rc::clone(&terminal));
        Ok(terminal)
    }

    /// Says that the check cannot be made on this machine, and why.
    fn skip(&self, reason: &str) {
        *self.skipped.borrow_mut() = Some(reason.to_owned());
    }

    /// Says something that is worth a line of its own below the check's.
    pub(crate) fn note(&self, text: String) {
        self.notes.borrow_mut().push(text);
    }

    /// Closes everything and proves that nothing stays.
    fn close(&self) -> Outcome {
        self.terminals.borrow_mut().clear();
        let left = self.marker.wait_for_none(FAREWELL);
        if left.is_empty() { Ok(()) } else { Err(format!("processes left behind: {left:?}")) }
    }

    fn describe(&self) -> String {
        let mut report: String = self.terminals.borrow().iter().map(|t| t.describe()).collect();
        report += &format!("  processes: {:?}\n", self.marker.processes());
        report
    }
}

impl Drop for Context<'_> {
    fn drop(&mut self) {
        self.terminals.borrow_mut().clear();
        self.marker.kill_all();
    }
}

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Only checks whose line contains one of these words; empty for all.
    pub filters: Vec<String>,
    /// How many checks run at a time.
    pub jobs: usize,
    /// Where a failed check's report is kept.
    pub logs: PathBuf,
    /// Whether what cannot be run counts as failed.
    pub strict: bool,
    /// For random numbers.
    pub seed: u64,
}

/// How many checks ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Those that held.
    pub passed: usize,
    /// Those that did not.
    pub failed: usize,
    /// Those that could not be made here.
    pub skipped: usize,
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

enum Verdict {
    /// With notes.
    Passed(Vec<String>),
    Failed(String),
    Skipped(String),
}

/// One check for one pair.
pub(crate) struct Job<'a> {
    /// What holds if it passes, and for whom.
    pub(crate) line: String,
    pub(crate) pair: Pair,
    pub(crate) run: Box<dyn Fn(&Context<'_>) -> Outcome + Sync + 'a>,
}

/// Runs the matrix, printing a line per check.
///
/// # Errors
///
/// If standard output or the directory for reports cannot be written.
pub fn run(installed: &Installed, options: &Options) -> io::Result<Tally> {
    fs::create_dir_all(&options.logs)?;
    end_abandoned();
    let jobs = jobs(installed, &options.filters);
    let (alone, shared): (Vec<_>, Vec<_>) =
        jobs.into_iter().partition(|(pace, _)| *pace == Pace::Alone);
    let without_pace = |jobs: Vec<(_, _)>| jobs.into_iter().map(|(_, job)| job).collect::<Vec<_>>();
    let shared = run_jobs(&without_pace(shared), options.jobs, installed, options)?;
    let alone = run_jobs(&without_pace(alone), 1, installed, options)?;
    Ok(shared + alone)
}

/// Lists what to run: what takes longest first, so that it does not end last.
fn jobs(installed: &Installed, filters: &[String]) -> Vec<(Pace, Job<'static>)> {
    let groups = [
        ("network", bad_network::CHECKS),
        ("network", lossy::CHECKS),
        ("recorded", recorded::CHECKS),
        ("lifetime", lifetime::CHECKS),
        ("wrapper", wrapper::CHECKS),
        ("hostile", hostile::CHECKS),
        ("hygiene", hygiene::CHECKS),
        ("programs", programs::CHECKS),
        ("vttest", vttest::CHECKS),
        ("daily", daily::CHECKS),
    ];
    let mut jobs = Vec::new();
    for pair in Pair::ALL {
        if !installed.has(pair.client) || !installed.has(pair.server) {
            continue;
        }
        for (group, checks) in groups {
            let alone = !installed.has(Family::Ours);
            let wanted = checks.iter().filter(|check| {
                check.pairs.contains(pair) && (alone || check.pairs != Pairs::Comparison)
            });
            jobs.extend(wanted.map(|check| {
                let who = match check.pairs {
                    Pairs::Servers => format!("{} server", pair.server),
                    Pairs::Clients => format!("{} client", pair.client),
                    _ => pair.to_string(),
                };
                let line = format!("{group}: {who}: {}", check.name);
                (check.pace, Job { line, pair, run: Box::new(check.run) })
            }));
        }
    }
    jobs.retain(|(_, job)| is_wanted(&job.line, filters));
    jobs.sort_by_key(|(pace, _)| *pace != Pace::Long);
    jobs
}

/// Answers whether a line contains one of the words, if there are any.
pub(crate) fn is_wanted(line: &str, filters: &[String]) -> bool {
    filters.is_empty() || filters.iter().any(|word| line.contains(word))
}

/// Runs checks, several at a time, printing a line each.
pub(crate) fn run_jobs(
    jobs: &[Job<'_>],
    workers: usize,
    installed: &Installed,
    options: &Options,
) -> io::Result<Tally> {
    let tally = Mutex::new(Tally::default());
    let next = AtomicUsize::new(0);
    let work = || -> io::Result<()> {
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let start = Instant::now();
            let verdict = run_job(job, installed, options);
            report(job, &verdict, start.elapsed(), options, &tally)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("checks are caught"))
    })?;
    Ok(tally.into_inner().expect("a panic in a check is caught"))
}

fn run_job(job: &Job<'_>, installed: &Installed, options: &Options) -> Verdict {
    let cx = Context::new(job.pair, installed, options.seed);
    // A bug in one check must not hide what the others find.
    let outcome = catch_unwind(AssertUnwindSafe(|| (job.run)(&cx)))
        .unwrap_or_else(|_| Err("the check itself panicked".into()));
    let failure = match outcome {
        Ok(()) => {
            if let Some(reason) = cx.skipped.take() {
                return Verdict::Skipped(reason);
            }
            match cx.close() {
                Ok(()) => return Verdict::Passed(cx.notes.take()),
                Err(failure) => failure,
            }
        }
        Err(failure) => failure,
    };
    Verdict::Failed(format!("  {failure}\n{}", cx.describe()))
}

fn report(
    job: &Job<'_>,
    verdict: &Verdict,
    time: Duration,
    options: &Options,
    tally: &Mutex<Tally>,
) -> io::Result<()> {
    // Held while writing, so that reports do not mix.
    let mut tally = tally.lock().expect("a panic in a check is caught");
    let mut out = io::stdout().lock();
    let (line, seconds) = (&job.line, time.as_secs_f32());
    match verdict {
        Verdict::Passed(notes) => {
            tally.passed += 1;
            writeln!(out, "ok      {seconds:5.1} s  {line}")?;
            notes.iter().try_for_each(|note| writeln!(out, "                 {note}"))?;
        }
        Verdict::Skipped(reason) if !options.strict => {
            tally.skipped += 1;
            writeln!(out, "skipped {seconds:5.1} s  {line}: {reason}")?;
        }
        Verdict::Skipped(reason) | Verdict::Failed(reason) => {
            tally.failed += 1;
            writeln!(out, "FAILED  {seconds:5.1} s  {line}\n{}", reason.trim_end())?;
            failures::keep(format!("{line}\n{reason}"));
            let file: String =
                line.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
            fs::write(options.logs.join(file + ".log"), reason)?;
        }
    }
    out.flush()
}
