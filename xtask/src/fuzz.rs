//! `cargo xtask fuzz`: libFuzzer over the targets of `tests/fuzz`.
//!
//! Coverage counters and AddressSanitizer are options of rustc that only a nightly takes; the
//! stable toolchain brings the runtimes for both and takes the options with `RUSTC_BOOTSTRAP`,
//! which is set for these builds alone. So this needs no toolchain and no tool but the one that
//! builds everything else, and a C++ compiler for libFuzzer.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Write as _, stderr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use mosh_tests::failures;
use mosh_tests::matrix::Tally;

use crate::debian;
use crate::run::{
    Arguments, Outcome, cargo, host, is_strict, run as run_command, target_directory,
};

const FOLDER: &str = "tests/fuzz";

/// Targets, each with the largest single allocation and the memory altogether that it may take, in
/// MiB, and the longest input in bytes.
const TARGETS: &[Target] = &[
    Target::new("datagram", 256, 1024, 4096),
    Target::new("fragment", 32, 384, 2048),
    Target::new("instruction", 32, 384, 4096),
    Target::new("messages", 16, 256, 1024),
    Target::new("host_bytes", 256, 1024, 4096),
    Target::new("terminal", 256, 1024, 4096),
    Target::new("keys", 64, 384, 2048),
    Target::new("command_line", 16, 256, 1024),
    Target::new("fixed", 16, 256, 4096),
];

/// The target that is built without an allocator in the core.
const WITHOUT_HEAP: &str = "fixed";

/// Inputs that `--brief` tries beside the kept ones, for each target.
///
/// They are the same each time: what is new to find is for longer runs, and a change is not to fail
/// by chance for what it has nothing to do with.
const BRIEFLY: usize = 500;

/// An input that takes longer is a finding.
const TIMEOUT_SECONDS: u32 = 20;

#[derive(Clone, Copy, Debug)]
struct Target {
    name: &'static str,
    allocation_mib: u32,
    memory_mib: u32,
    input_len: u32,
}

impl Target {
    const fn new(name: &'static str, allocation_mib: u32, memory_mib: u32, input_len: u32) -> Self {
        Self { name, allocation_mib, memory_mib, input_len }
    }
}

pub(crate) fn run(rest: &[String]) -> Outcome<Tally> {
    let valued = ["--seconds", "--target", "--jobs", "--input"];
    let found = Arguments::parse(rest, &["--merge", "--brief"], &valued)?.expect_no_words()?;
    let targets = match found.value("--target") {
        None => TARGETS.to_vec(),
        Some(name) => vec![find(name)?],
    };
    let plan = Plan {
        extent: match found.has("--brief") {
            true => Extent::Runs(BRIEFLY),
            false => Extent::Seconds(found.number("--seconds", 60)?),
        },
        jobs: found.number("--jobs", cores())?,
    };
    if let Err(failure) = build(&targets) {
        println!("skipped: {failure}");
        if is_strict() {
            failures::keep(failure);
        }
        let count = targets.len();
        let (failed, skipped) = if is_strict() { (count, 0) } else { (0, count) };
        return Ok(Tally { failed, skipped, ..Tally::default() });
    }
    if let Some(input) = found.value("--input") {
        let [target] = targets[..] else { return Err("--input needs a --target".into()) };
        let mut command = target.command();
        command.arg(input);
        return run_command(command).map(|()| Tally { passed: 1, ..Tally::default() });
    }
    if found.has("--merge") {
        return merge(&targets);
    }
    plan.fuzz(&targets)
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn find(name: &str) -> Outcome<Target> {
    let found = TARGETS.iter().find(|target| target.name == name).copied();
    found.ok_or_else(|| {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        format!("{name}: no such target; there are {}", names.join(", "))
    })
}

/// Builds the targets.
fn build(targets: &[Target]) -> Outcome {
    if Command::new("c++").arg("--version").output().is_err() {
        debian::ensure(&["g++"])?;
    }
    let host = host()?;
    let (without, with): (Vec<&Target>, Vec<&Target>) =
        targets.iter().partition(|target| target.name == WITHOUT_HEAP);
    for (targets, heap) in [(with, true), (without, false)] {
        if targets.is_empty() {
            continue;
        }
        // Naming the system keeps the flags from build scripts and macros.
        let mut command = cargo(["build", "--quiet", "--profile", "sim", "--target", &host]);
        command.args(["--package", "mosh-fuzz", "--features", "libfuzzer"]);
        if !heap {
            command.arg("--no-default-features");
        }
        for target in targets {
            command.args(["--bin", target.name]);
        }
        command.env("CARGO_TARGET_DIR", built());
        let flags = if heap { format!("{COVERAGE} {CHECKS}") } else { COVERAGE.to_owned() };
        command.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", flags);
        // Findings name the line.
        command.env("CARGO_PROFILE_SIM_DEBUG", "line-tables-only");
        run_command(command)?;
    }
    Ok(())
}

/// What `cargo fuzz` passes, too.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                        -Cllvm-args=-sanitizer-coverage-pc-table";

/// Also of `cargo fuzz`, and not for the target without a heap. Its inputs are choices, of which
/// no comparison is to be guessed, and the core has no unsafe code and takes no memory there: with
/// these it would run half as often.
const CHECKS: &str = "-Cllvm-args=-sanitizer-coverage-trace-compares -Zsanitizer=address";

/// Apart from what is built with other flags, which it would take turns with.
fn built() -> PathBuf {
    target_directory().join("fuzz")
}

/// What a target's runs on this machine have found; only a part of it is worth keeping.
fn working_corpus(name: &str) -> PathBuf {
    built().join("corpus").join(name)
}

impl Target {
    /// The target's program with its limits.
    fn command(self) -> Command {
        let host = host().unwrap_or_default();
        let mut command = Command::new(built().join(host).join("sim").join(self.name));
        command.args([
            format!("-timeout={TIMEOUT_SECONDS}"),
            format!("-malloc_limit_mb={}", self.allocation_mib),
            format!("-rss_limit_mb={}", self.memory_mib),
            format!("-max_len={}", self.input_len),
            // Weighing inputs by how rare it is what they reach takes longer than running them, for
            // targets that reach thousands of places.
            format!("-entropic={}", u8::from(self.name != WITHOUT_HEAP)),
            // What is slow but not too slow is no finding.
            "-report_slow_units=1000".to_owned(),
            "-print_final_stats=1".to_owned(),
        ]);
        // Freed memory that is kept back for checks counts as memory, too.
        command.env("ASAN_OPTIONS", "quarantine_size_mb=16");
        command
    }

    /// The folders of kept inputs that there are.
    fn kept(self) -> impl Iterator<Item = PathBuf> {
        let folders = ["corpus", "regressions"].map(|kind| self.folder(kind));
        folders.into_iter().filter(|folder| folder.is_dir())
    }

    fn folder(self, kind: &str) -> PathBuf {
        Path::new(FOLDER).join(kind).join(self.name)
    }
}

/// How much to fuzz, and how many targets at a time.
struct Plan {
    extent: Extent,
    jobs: usize,
}

#[derive(Clone, Copy, Debug)]
enum Extent {
    /// From what was found on this machine, as chance has it.
    Seconds(u32),
    /// So many inputs beside the kept ones, always the same.
    Runs(usize),
}

/// What a program of libFuzzer has said.
#[derive(Clone, Debug, Default, PartialEq)]
struct Progress {
    executions: u64,
    coverage: u64,
    inputs: u64,
    memory_mib: u64,
    /// Where the input is that led to a finding.
    finding: Option<String>,
    /// What was printed since the last line of progress.
    last_words: Vec<String>,
}

impl Plan {
    fn fuzz(&self, targets: &[Target]) -> Outcome<Tally> {
        let queue = Mutex::new(targets.iter());
        let board = Board { lines: Mutex::default(), enabled: stderr().is_terminal() };
        let tally = Mutex::new(Tally::default());
        println!(
            "{:<13} {:>11} {:>8} {:>9} {:>7} {:>7}",
            "target", "executions", "/s", "coverage", "inputs", "MiB"
        );
        thread::scope(|scope| {
            for _ in 0..self.jobs.max(1) {
                scope.spawn(|| {
                    loop {
                        let Some(&target) = lock(&queue).next() else { break };
                        let outcome = self.fuzz_one(target, &board);
                        board.forget(target.name);
                        let mut tally = lock(&tally);
                        match outcome {
                            Ok(()) => tally.passed += 1,
                            Err(failure) => {
                                println!("FAILED: {}: {failure}", target.name);
                                failures::keep(format!("{}: {failure}", target.name));
                                tally.failed += 1;
                            }
                        }
                    }
                });
            }
        });
        Ok(tally.into_inner().unwrap_or_default())
    }

    /// Runs one target and prints how it went.
    fn fuzz_one(&self, target: Target, board: &Board) -> Outcome {
        let found = target.folder("regressions");
        create(&found)?;
        let mut command = target.command();
        command.arg(format!("-artifact_prefix={}/", found.display()));
        match self.extent {
            Extent::Seconds(seconds) => {
                let work = working_corpus(target.name);
                create(&work)?;
                command.arg(format!("-max_total_time={seconds}")).arg(work);
            }
            Extent::Runs(fresh) => {
                // The first folder takes what is found.
                let work = built().join("brief").join(target.name);
                let _ = fs::remove_dir_all(&work);
                create(&work)?;
                let kept = target.kept().filter_map(|folder| fs::read_dir(folder).ok());
                let runs = fresh + kept.map(Iterator::count).sum::<usize>();
                command.args(["-seed=1".to_owned(), format!("-runs={runs}")]).arg(work);
            }
        }
        command.args(target.kept());
        let start = Instant::now();
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let said = child.stderr.take().ok_or("no pipe")?;
        let mut progress = Progress::default();
        for line in BufReader::new(said).split(b'\n') {
            let line = line.map_err(|error| error.to_string())?;
            progress.take(&String::from_utf8_lossy(&line));
            board.show(target.name, progress.executions);
        }
        let status = child.wait().map_err(|error| error.to_string())?;
        // Git keeps no empty folders, and neither do we.
        let _ = fs::remove_dir(&found);
        board.clear();
        println!(
            "{:<13} {:>11} {:>8.0} {:>9} {:>7} {:>7}",
            target.name,
            progress.executions,
            progress.executions as f64 / start.elapsed().as_secs_f64(),
            progress.coverage,
            progress.inputs,
            progress.memory_mib
        );
        if status.success() {
            return Ok(());
        }
        for line in &progress.last_words {
            println!("    {line}");
        }
        let input = progress.finding.unwrap_or_else(|| "the input was not written".to_owned());
        println!("    input:  {input}");
        println!("    replay: cargo xtask fuzz --target {} --input {input}", target.name);
        Err(status.to_string())
    }
}

impl Progress {
    /// Takes a line such as
    /// `#512 pulse  cov: 82 ft: 96 corp: 9/51b lim: 8 exec/s: 256 rss: 42Mb`.
    fn take(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix('#') {
            let mut words = rest.split_ascii_whitespace();
            let number = |text: Option<&str>, field: &mut u64| {
                let digits = text.map(|text| text.split('/').next().unwrap_or(text));
                *field = digits.and_then(|digits| digits.parse().ok()).unwrap_or(*field);
            };
            number(words.next(), &mut self.executions);
            while let Some(word) = words.next() {
                match word {
                    "cov:" => number(words.next(), &mut self.coverage),
                    "corp:" => number(words.next(), &mut self.inputs),
                    _ => {}
                }
            }
            self.last_words.clear();
        } else if let Some((name, value)) =
            line.strip_prefix("stat::").and_then(|rest| rest.split_once(':'))
        {
            let value = value.trim().parse().unwrap_or(0);
            match name {
                "number_of_executed_units" => self.executions = value,
                "peak_rss_mb" => self.memory_mib = value,
                _ => {}
            }
        } else if let Some((_, path)) = line.split_once("Test unit written to ") {
            self.finding = Some(path.to_owned());
        } else if self.last_words.len() < LAST_WORDS {
            self.last_words.push(line.to_owned());
        }
    }
}

/// Lines of a finding that are shown: the panic or the error, and the top of the stack.
const LAST_WORDS: usize = 30;

/// The number of executions of each running target, if somebody watches.
struct Board {
    lines: Mutex<BTreeMap<&'static str, u64>>,
    enabled: bool,
}

impl Board {
    fn show(&self, name: &'static str, executions: u64) {
        if !self.enabled || lock(&self.lines).insert(name, executions) == Some(executions) {
            return;
        }
        let text: Vec<String> =
            lock(&self.lines).iter().map(|(name, count)| format!("{name} {count}")).collect();
        let _ = write!(stderr(), "\r\x1b[K{}", text.join(", "));
    }

    fn forget(&self, name: &str) {
        lock(&self.lines).remove(name);
    }

    fn clear(&self) {
        if self.enabled {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}

/// Makes the kept inputs a smallest set that reaches what they and all runs on this machine have
/// reached.
fn merge(targets: &[Target]) -> Outcome<Tally> {
    for target in targets {
        let (kept, fresh) = (target.folder("corpus"), built().join("merged").join(target.name));
        let _ = fs::remove_dir_all(&fresh);
        for folder in [&fresh, &working_corpus(target.name), &kept] {
            create(folder)?;
        }
        let mut command = target.command();
        // By the code that is reached, and not by how often: that would be ten times as many.
        command.args(["-set_cover_merge=1", "-use_counters=0"]).arg(&fresh);
        command.arg(working_corpus(target.name)).arg(&kept);
        run_command(command)?;
        replace(&fresh, &kept).map_err(|error| format!("{}: {error}", kept.display()))?;
    }
    Ok(Tally { passed: targets.len(), ..Tally::default() })
}

fn create(folder: &Path) -> Outcome {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Replaces the files in `to` by those in `from`.
fn replace(from: &Path, to: &Path) -> io::Result<()> {
    fs::remove_dir_all(to)?;
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_fuzzer_are_understood() {
        let mut progress = Progress::default();
        for line in [
            "INFO: Seed: 1",
            "#512\tpulse  cov: 82 ft: 96 corp: 9/51b lim: 8 exec/s: 256 rss: 42Mb",
            "thread panicked",
            "artifact_prefix='x/'; Test unit written to x/crash-1",
            "stat::number_of_executed_units: 700",
            "stat::peak_rss_mb:              43",
        ] {
            progress.take(line);
        }
        let expected = Progress {
            executions: 700,
            coverage: 82,
            inputs: 9,
            memory_mib: 43,
            finding: Some("x/crash-1".to_owned()),
            last_words: vec!["thread panicked".to_owned()],
        };
        assert_eq!(progress, expected);
    }
}
