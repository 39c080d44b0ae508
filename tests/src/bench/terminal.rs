//! Measures the emulator: against other libraries in this process, and within the server against
//! mosh 1.4's server.

use std::fmt;
use std::path::Path;

use rustix::time::{ClockId, clock_gettime};

use super::emulators::{Emulator, Kind};
use super::servers::{self, Rates};
use super::workloads::{self, SIZES, Workload};
use crate::Outcome;
use crate::programs::Installed;
use crate::random::Random;
use crate::terminal::Size;

/// What a read of a pseudo-terminal yields at most.
const PIECE_LEN: usize = 4096;

/// How much to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Repetitions, of which the median counts.
    pub rounds: usize,
    /// Megabytes that each emulator takes in each repetition.
    pub megabytes: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { rounds: 7, megabytes: 16 }
    }
}

/// One kind of output at one size.
#[derive(Clone, Debug)]
pub struct Line {
    /// Columns and rows.
    pub size: Size,
    /// What is written.
    pub workload: &'static str,
    /// Megabytes a second, in the order of [`Kind::ALL`].
    pub libraries: [f64; 3],
    /// Megabytes for each second of processor time of the servers; absent if not measured.
    pub servers: Option<Rates>,
}

/// What was measured, printed as a table in Markdown.
#[derive(Clone, Debug, Default)]
pub struct Table(pub Vec<Line>);

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| screen | output | ours MB/s | alacritty_terminal | vt100 | ours / alacritty \
             | our server MB/s | mosh 1.4's server | ours / mosh |"
        )?;
        writeln!(f, "|---|---|---:|---:|---:|---:|---:|---:|---:|")?;
        for Line { size, workload, libraries: [ours, alacritty, vt100], servers } in &self.0 {
            write!(
                f,
                "| {}x{} | {workload} | {ours:.0} | {alacritty:.0} | {vt100:.0} | {:.2} |",
                size.0,
                size.1,
                ours / alacritty
            )?;
            match servers {
                Some(Rates { ours, stock }) => {
                    writeln!(f, " {ours:.0} | {stock:.1} | {:.1} |", ours / stock)?;
                }
                None => writeln!(f, " – | – | – |")?,
            }
        }
        Ok(())
    }
}

/// Measures all kinds of output whose names contain `filter`, at all sizes; the servers as well
/// where programs are given.
///
/// # Errors
///
/// If the recordings in `corpus` cannot be read, or a session does not work.
pub fn measure(
    corpus: &Path,
    effort: Effort,
    filter: &str,
    programs: Option<&Installed>,
) -> Outcome<Table> {
    let mut table = Table::default();
    for size in SIZES {
        let mut workloads = workloads::all(size, corpus)?;
        workloads.retain(|workload| workload.name.contains(filter));
        let rates = match programs {
            Some(installed) => servers::measure(installed, size, &workloads, effort.rounds)?
                .into_iter()
                .map(Some)
                .collect(),
            None => vec![None; workloads.len()],
        };
        for (workload, servers) in workloads.iter().zip(rates) {
            let libraries = compare(workload, size, effort);
            table.0.push(Line { size, workload: workload.name, libraries, servers });
        }
    }
    Ok(table)
}

/// Megabytes a second of each library; they take turns in random order, so that whatever else
/// the machine does meets all of them.
fn compare(workload: &Workload, size: Size, effort: Effort) -> [f64; 3] {
    let mut random = Random::new(1);
    let mut times = [const { Vec::new() }; 3];
    let len = effort.megabytes * 1_000_000;
    for _ in 0..effort.rounds {
        let mut order = [0, 1, 2];
        for last in (1..order.len()).rev() {
            order.swap(last, random.below(last + 1));
        }
        for index in order {
            times[index].push(time(Kind::ALL[index], size, &workload.bytes, len));
        }
    }
    times.map(|times| len as f64 / 1e6 / median(times))
}

/// Seconds of processor time that a new emulator takes for `len` bytes.
fn time(kind: Kind, size: Size, bytes: &[u8], len: usize) -> f64 {
    let mut emulator = Emulator::new(kind, size);
    let mut left = len;
    let start = processor_time();
    while left > 0 {
        for piece in bytes[..bytes.len().min(left)].chunks(PIECE_LEN) {
            emulator.write(piece);
        }
        left = left.saturating_sub(bytes.len());
    }
    processor_time() - start
}

/// Seconds that this thread has run: what else runs on the machine does not count.
pub(super) fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The middle value.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
