//! What servers make of output: megabytes absorbed for each second of processor time, and how
//! soon an interrupted flood ends.

use std::fs;
use std::time::Duration;

use super::workloads::Workload;
use super::{Figure, LONG_PATIENCE, PATIENCE, SIZE, Session, both, text};
use crate::Outcome;
use crate::matrix::Context;
use crate::programs::{Family, Installed, Pair};
use crate::terminal::Size;

/// Megabytes for each second of processor time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Of our server.
    pub ours: f64,
    /// Of mosh 1.4's.
    pub stock: f64,
}

/// What stands on the screen after a file: of a longer text only what differs from the last
/// one's may be written.
const MARKS: [&str; 2] = ["①", "②"];

/// Megabytes that a server is given at a time: the system counts processor time in hundredths of
/// a second.
const OURS_MEGABYTES: usize = 64;
const STOCK_MEGABYTES: usize = 8;

/// Measures sessions of both families: each file in each of the sessions, `rounds` times.
pub(super) fn measure(
    installed: &Installed,
    size: Size,
    workloads: &[Workload],
    rounds: usize,
) -> Outcome<Vec<Rates>> {
    let cx = Context::new(Pair::ALL[0], installed, 1);
    for (index, workload) in workloads.iter().enumerate() {
        let path = cx.home().join(index.to_string());
        fs::write(&path, &workload.bytes).map_err(text)?;
    }
    let script = format!(
        "stty -echo; printf waiting; while read -r file count mark; do \
         [ -n \"$mark\" ] || continue; while [ $count -gt 0 ]; do cat '{}'/$file; count=$((count - 1)); done; \
         printf '\\033c%s' \"$mark\"; done",
        cx.home().display()
    );
    let mut sessions = both(installed, &script, size)?;
    let mut rates = Vec::new();
    for (index, workload) in workloads.iter().enumerate() {
        let mut found = [Vec::new(), Vec::new()];
        for round in 0..rounds.max(1).next_multiple_of(2) {
            for (n, session) in sessions.iter_mut().enumerate() {
                let megabytes = [OURS_MEGABYTES, STOCK_MEGABYTES][n];
                let count = (megabytes * 1_000_000).div_ceil(workload.bytes.len());
                let mark = MARKS[round % MARKS.len()];
                // What the terminal has answered to queries in a file ends before the next order.
                let line = format!("\n{index} {count} {mark}\n");
                let seconds = absorb(session, &line, mark)
                    .map_err(|error| format!("{}: {error}", [Family::Ours, Family::Stock][n]))?;
                found[n].push((count * workload.bytes.len()) as f64 / 1e6 / seconds);
            }
        }
        let [ours, stock] = found.map(super::terminal::median);
        rates.push(Rates { ours, stock });
    }
    Ok(rates)
}

/// Seconds of processor time that the server takes until the mark has shown.
fn absorb(session: &mut Session<'_>, line: &str, mark: &str) -> Outcome<f64> {
    let before = session.cpu_time()?;
    session.pty.write(line.as_bytes()).map_err(text)?;
    session.pty.read_until(mark.as_bytes(), LONG_PATIENCE).map_err(text)?;
    Ok((session.cpu_time()? - before).max(0.01))
}

/// The time from Ctrl-C, typed while a program floods the screen, until what comes after the
/// program shows.
pub(super) fn interrupt(installed: &Installed, floods: usize) -> Outcome<Figure> {
    let script = "trap : INT; stty -echo; printf waiting; while read -r mark; do \
                  yes 'the quick brown fox jumps over the lazy dog'; \
                  printf '\\033c%s' \"$mark\"; done";
    let mut sessions = both(installed, script, SIZE)?;
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..floods {
        let mark = MARKS[round % MARKS.len()];
        for (session, times) in sessions.iter_mut().zip(&mut times) {
            session.pty.write(format!("{mark}\n").as_bytes()).map_err(text)?;
            // Long enough for every buffer between the program and the server to be full.
            session.pty.discard_for(Duration::from_millis(500)).map_err(text)?;
            session.pty.write(b"\x03").map_err(text)?;
            times.push(session.pty.read_until(mark.as_bytes(), PATIENCE).map_err(text)?);
        }
    }
    let [ours, stock] = times.map(super::median);
    Ok(Figure { name: "Ctrl-C during a flood, median", unit: "ms", ours, stock, aim: 1.0 })
}
