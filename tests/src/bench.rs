//! Measures our programs against mosh 1.4's, in one run and by turns, so that
//! whatever else the machine does meets both.

pub mod emulators;
pub mod hostile;
pub mod servers;
pub mod terminal;
pub mod workloads;

use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::matrix::Context;
use crate::processes::{cpu_time, resident_kib};
use crate::programs::{Family, Installed, Pair};
use crate::pty::Pty;
use crate::random::Random;
use crate::session::{Plan, Server, environment};
use crate::terminal::Size;
use crate::{Failure, Outcome, poll};

const SIZE: Size = (80, 24);
const PATIENCE: Duration = Duration::from_secs(30);
/// For what may keep a slow server busy.
const LONG_PATIENCE: Duration = Duration::from_secs(300);

/// Keys that no escape sequence for moving, erasing or colouring ends with.
const KEYS: &[u8] = b"QWZYqwzy";

/// One measured figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What was measured.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Our value.
    pub ours: f64,
    /// The value of mosh 1.4.
    pub stock: f64,
    /// The ratio of the two to reach.
    pub aim: f64,
}

impl Figure {
    /// Returns our value in units of mosh 1.4's.
    pub fn ratio(&self) -> f64 {
        self.ours / self.stock
    }
}

/// What was measured, printed as a table in Markdown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table(pub Vec<Figure>);

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| figure | unit | ours | mosh 1.4 | ratio | aim |")?;
        writeln!(f, "|---|---|---:|---:|---:|---:|")?;
        for figure in &self.0 {
            let Figure { name, unit, ours, stock, aim } = figure;
            let ratio = figure.ratio();
            writeln!(f, "| {name} | {unit} | {ours:.2} | {stock:.2} | {ratio:.2} | ≤ {aim} |")?;
        }
        Ok(())
    }
}

/// How much to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Keys typed into each session.
    pub keys: usize,
    /// Sessions started of each family.
    pub starts: usize,
    /// Megabytes printed in each session.
    pub megabytes: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { keys: 101, starts: 11, megabytes: 100 }
    }
}

/// Measures everything.
///
/// # Errors
///
/// If a session does not work.
pub fn measure(installed: &Installed, effort: Effort) -> Outcome<Table> {
    let mut table = Table::default();
    table.0.push(echo(installed, effort.keys)?);
    table.0.extend(output(installed, effort.megabytes)?);
    table.0.push(servers::interrupt(installed, effort.starts)?);
    table.0.push(start_time(installed, effort.starts)?);
    Ok(table)
}

/// A session of one family, in a pseudo-terminal of ours.
struct Session<'a> {
    pty: Pty,
    server: Server,
    // Dropped last: it ends what is left.
    _cx: Context<'a>,
}

impl<'a> Session<'a> {
    fn start(installed: &'a Installed, family: Family, script: &str, size: Size) -> Outcome<Self> {
        let cx = Context::new(Pair { client: family, server: family }, installed, 1);
        let server = Server::start(&cx, &Plan::script(script).sized(size))?;
        let mut command = Command::new(&cx.programs(family).client);
        command_environment(&cx, &mut command);
        command.env("MOSH_KEY", &server.key);
        command.args(["127.0.0.1", &server.port.to_string()]);
        let mut pty = Pty::start(command, size).map_err(text)?;
        pty.read_until(b"waiting", PATIENCE).map_err(text)?;
        Ok(Self { pty, server, _cx: cx })
    }

    fn memory(&self) -> Outcome<(f64, f64)> {
        let of = |pid| resident_kib(pid).ok_or("a side has ended".to_owned());
        Ok((of(self.pty.process())? as f64 / 1024.0, of(self.server.pid)? as f64 / 1024.0))
    }

    /// Seconds of processor time that the server has used.
    fn cpu_time(&self) -> Outcome<f64> {
        let time = cpu_time(self.server.pid).ok_or("a server has ended".to_owned());
        time.map(|time| time.as_secs_f64())
    }
}

fn command_environment(cx: &Context<'_>, command: &mut Command) {
    cx.marker.mark(command.env_clear().envs(environment(cx.home())));
    command.env("TERM", "xterm-256color").env("MOSH_PREDICTION_DISPLAY", "never");
}

/// Both families' sessions of the same script, ours first.
fn both<'a>(installed: &'a Installed, script: &str, size: Size) -> Outcome<[Session<'a>; 2]> {
    Ok([
        Session::start(installed, Family::Ours, script, size)?,
        Session::start(installed, Family::Stock, script, size)?,
    ])
}

fn text(error: io::Error) -> Failure {
    error.to_string()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

/// The time from typing a key to its echo by a program in the session.
fn echo(installed: &Installed, keys: usize) -> Outcome<Figure> {
    let mut sessions = both(installed, "stty raw -echo; printf waiting; exec cat", SIZE)?;
    let mut times = [Vec::new(), Vec::new()];
    let mut random = Random::new(1);
    for n in 0..keys {
        let key = [KEYS[n % KEYS.len()]];
        for (session, times) in sessions.iter_mut().zip(&mut times) {
            // A person's pace, out of step with every timer of the programs.
            let pause = Duration::from_millis(80 + random.below(60) as u64);
            session.pty.discard_for(pause).map_err(text)?;
            session.pty.write(&key).map_err(text)?;
            times.push(session.pty.read_until(&key, PATIENCE).map_err(text)?);
        }
    }
    let [ours, stock] = times.map(median);
    Ok(Figure { name: "echo over loopback, median", unit: "ms", ours, stock, aim: 0.25 })
}

/// The server's processor time for much output, and the memory of both sides
/// before and after it.
fn output(installed: &Installed, megabytes: usize) -> Outcome<Vec<Figure>> {
    /// What stands on the screen after each round. One character: of a longer text only what
    /// differs from the last round's may be written, or its parts with two frames.
    const MARKS: [&str; 4] = ["①", "②", "③", "④"];
    let cx = Context::new(Pair::ALL[0], installed, 1);
    let file = cx.home().join("output");
    write_mixed_output(&file, megabytes * 1_000_000 / MARKS.len()).map_err(text)?;
    let script = format!(
        "stty -echo; printf waiting; while read -r mark; do cat '{}'; \
         printf '\\033[0m\\033[H\\033[2J%s' \"$mark\"; done",
        file.display()
    );
    let mut sessions = both(installed, &script, SIZE)?;
    poll::pass_time(Duration::from_secs(1));
    let start = memories(&sessions)?;
    let before = cpu_times(&sessions)?;
    for mark in MARKS {
        for (session, family) in sessions.iter_mut().zip([Family::Ours, Family::Stock]) {
            session.pty.write(format!("{mark}\n").as_bytes()).map_err(text)?;
            let shown = session.pty.read_until(mark.as_bytes(), LONG_PATIENCE);
            shown.map_err(|error| format!("{family}: {mark} after the output: {error}"))?;
        }
    }
    let after = cpu_times(&sessions)?;
    let end = memories(&sessions)?;
    // For 100 MB, however much it was.
    let [ours, stock] = [0, 1].map(|n| (after[n] - before[n]) * 100.0 / megabytes as f64);
    let cpu = Figure { name: "server CPU for 100 MB of output", unit: "s", ours, stock, aim: 0.5 };
    let memory = |name, ours, stock| Figure { name, unit: "MiB", ours, stock, aim: 0.5 };
    Ok(vec![
        cpu,
        memory("client memory at start", start[0].0, start[1].0),
        memory("server memory at start", start[0].1, start[1].1),
        memory("client memory after the output", end[0].0, end[1].0),
        memory("server memory after the output", end[0].1, end[1].1),
    ])
}

fn memories(sessions: &[Session<'_>; 2]) -> Outcome<[(f64, f64); 2]> {
    Ok([sessions[0].memory()?, sessions[1].memory()?])
}

fn cpu_times(sessions: &[Session<'_>; 2]) -> Outcome<[f64; 2]> {
    Ok([sessions[0].cpu_time()?, sessions[1].cpu_time()?])
}

/// Writes what programs print: plain lines, coloured ones, wide characters,
/// and screens drawn in place.
fn write_mixed_output(path: &Path, len: usize) -> io::Result<()> {
    let mut random = Random::new(2);
    let mut out = BufWriter::new(File::create(path)?);
    let mut written = 0;
    while written < len {
        let n = random.below(1_000_000);
        let line = match random.below(10) {
            0..5 => format!("line {n}: the quick brown fox jumps over the lazy dog {n:08x}\r\n"),
            5..7 => {
                let colour = random.below(256);
                format!("\x1b[38;5;{colour}m{n:>8}\x1b[0m \x1b[1mbold\x1b[22m and plain\r\n")
            }
            7 => format!("{n} 日本語のテキスト, é and e\u{301}, ├──┤\r\n"),
            8 => {
                let (row, column) = (1 + random.below(24), 1 + random.below(70));
                format!("\x1b[{row};{column}H\x1b[7m{n}\x1b[0m\x1b[K")
            }
            _ => format!("\x1b[2;20r\x1b[20;1H\n\x1b[7L\x1b[r\x1b[24;1H{n}\r\n"),
        };
        out.write_all(line.as_bytes())?;
        written += line.len();
    }
    out.flush()
}

/// The time from starting `mosh --local` to the program's first output.
fn start_time(installed: &Installed, starts: usize) -> Outcome<Figure> {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..starts {
        for (family, times) in [Family::Ours, Family::Stock].into_iter().zip(&mut times) {
            let cx = Context::new(Pair { client: family, server: family }, installed, 1);
            let mut command = Command::new(&cx.programs(family).mosh);
            command_environment(&cx, &mut command);
            command.args(["--local", "127.0.0.1", "--", "sh", "-c", "printf waiting; read -r end"]);
            let start = std::time::Instant::now();
            let mut pty = Pty::start(command, SIZE).map_err(text)?;
            pty.read_until(b"waiting", PATIENCE).map_err(text)?;
            times.push(start.elapsed());
            pty.write(b"\x1e.").map_err(text)?;
            let _ = pty.discard_for(PATIENCE);
        }
    }
    let [ours, stock] = times.map(median);
    Ok(Figure { name: "start with `--local`, median", unit: "ms", ours, stock, aim: 0.25 })
}
