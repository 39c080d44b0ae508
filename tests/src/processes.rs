//! Bookkeeping of the processes that a check starts.
//!
//! A mosh server detaches itself, so it is nobody's child and belongs to no
//! process group of ours. But its environment stays: every process below a check
//! inherits a variable with a unique value, and `/proc` shows it.

use std::fs;
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::poll;

const VARIABLE: &str = "MOSH_TESTS_MARK";

/// A process found in `/proc`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// The name it was started by: the last part of its first argument. One of
    /// our executables acts as any of three programs, so its file says nothing.
    pub name: String,
}

/// The value that tells one check's processes from all others.
#[derive(Debug)]
pub struct Marker(String);

impl Marker {
    /// Makes a value that no other check uses.
    #[expect(clippy::new_without_default, reason = "each is different")]
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        Self(format!("{}.{}.", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed)))
    }

    /// Returns the variable's name and value, for an environment.
    pub fn variable(&self) -> (&'static str, &str) {
        (VARIABLE, &self.0)
    }

    /// Marks what `command` starts.
    pub fn mark(&self, command: &mut Command) {
        command.env(VARIABLE, &self.0);
    }

    /// Lists the living processes that carry the mark.
    pub fn processes(&self) -> Vec<Process> {
        let wanted = format!("{VARIABLE}={}", self.0);
        let found = pids().filter_map(|pid| {
            // A process that has ended, or is a zombie, shows no environment.
            let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
            environment.split(|byte| *byte == 0).find(|entry| *entry == wanted.as_bytes())?;
            let arguments = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            let first = arguments.split(|byte| *byte == 0).next()?;
            let name = String::from_utf8_lossy(first.rsplit(|byte| *byte == b'/').next()?);
            Some(Process { pid, name: name.into_owned() })
        });
        found.collect()
    }

    /// Lists the marked processes of one program.
    pub fn named(&self, name: &str) -> Vec<u32> {
        self.processes().into_iter().filter(|p| p.name == name).map(|p| p.pid).collect()
    }

    /// Answers whether a marked process runs or waits for a processor or a disk: then there may be
    /// something that it has not yet read, or shown.
    pub fn is_busy(&self) -> bool {
        self.processes().iter().any(|process| is_busy(process.pid))
    }

    /// Waits until no marked process is busy. One that never rests is not waited for any longer
    /// than `patience`.
    pub fn wait_for_rest(&self, patience: Duration) {
        poll::until(patience, || (!self.is_busy()).then_some(()));
    }

    /// Waits until no process carries the mark. Returns those that still do.
    pub fn wait_for_none(&self, patience: Duration) -> Vec<Process> {
        let none = poll::until(patience, || self.processes().is_empty().then_some(()));
        if none.is_some() { Vec::new() } else { self.processes() }
    }

    /// Kills whatever carries the mark, and sees it gone.
    pub fn kill_all(&self) {
        poll::until(Duration::from_secs(10), || {
            let left = self.processes();
            for process in &left {
                signal(process.pid, Signal::KILL);
            }
            left.is_empty().then_some(())
        });
    }
}

/// Kills what an earlier run, interrupted in the middle, has left behind.
pub fn end_abandoned() {
    for pid in pids() {
        let Ok(environment) = fs::read(format!("/proc/{pid}/environ")) else { continue };
        let mut entries =
            environment.split(|byte| *byte == 0).filter_map(|e| e.utf8_chunks().next());
        let mark = entries.find_map(|e| e.valid().strip_prefix(VARIABLE)?.strip_prefix('='));
        // A mark begins with the number of the process that made it.
        let owner = mark.and_then(|mark| mark.split('.').next()?.parse().ok());
        if owner.is_some_and(|owner| !is_alive(owner)) {
            signal(pid, Signal::KILL);
        }
    }
}

/// Sends a signal; a process that has already ended is no error.
pub fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// Returns the letter for what the process is doing: `R`, `S`, `T` for stopped, `Z`.
pub fn state(pid: u32) -> Option<String> {
    stat_field(pid, 0)
}

/// Answers whether a thread of the process runs or waits for a processor or a disk.
fn is_busy(pid: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let stats = threads.filter_map(|thread| fs::read_to_string(thread.path().join("stat")).ok());
    // The name before the state is in parentheses and may itself contain spaces.
    stats
        .filter_map(|stat| stat.rsplit_once(") ")?.1.chars().next())
        .any(|it| it == 'R' || it == 'D')
}

/// Answers whether the process still runs: exists and is not a zombie.
pub fn is_alive(pid: u32) -> bool {
    stat_field(pid, 0).is_some_and(|state| state != "Z" && state != "X")
}

/// Returns a process that `parent` has started.
pub fn child_of(parent: u32) -> Option<u32> {
    let parent = parent.to_string();
    pids().find(|pid| stat_field(*pid, 1).as_ref() == Some(&parent) && is_alive(*pid))
}

fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// Returns the resident memory of a process in KiB.
pub fn resident_kib(pid: u32) -> Option<u64> {
    status_field(pid, "VmRSS:")?.parse().ok()
}

/// Returns the most resident memory that a process had since its start or
/// [`forget_peak`], in KiB.
pub fn peak_kib(pid: u32) -> Option<u64> {
    status_field(pid, "VmHWM:")?.parse().ok()
}

/// Lets the peak of a process's resident memory begin anew (proc(5), clear_refs).
pub fn forget_peak(pid: u32) {
    // Without the right to do so the peak is only higher.
    let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
}

/// Returns the first word after `name` in `/proc/PID/status`.
pub fn status_field(pid: u32, name: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1).map(str::to_owned)
}

/// Returns the bytes that wait to be read from the UDP socket of a local port.
pub fn udp_queue(port: u16) -> Option<u64> {
    let socket = udp_sockets().into_iter().find(|socket| socket.port == port)?;
    Some(socket.queue)
}

/// Lists the local ports of a process's UDP sockets.
pub fn udp_ports(pid: u32) -> Vec<u16> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let targets: Vec<_> = entries.filter_map(|entry| fs::read_link(entry.path()).ok()).collect();
    let ours = |socket: &UdpSocket| {
        let target = format!("socket:[{}]", socket.inode);
        targets.iter().any(|found| found.as_os_str() == &*target)
    };
    udp_sockets().iter().filter(|socket| ours(socket)).map(|socket| socket.port).collect()
}

/// A line of `/proc/net/udp`.
struct UdpSocket {
    port: u16,
    /// Bytes that wait to be read.
    queue: u64,
    inode: u64,
}

fn udp_sockets() -> Vec<UdpSocket> {
    let tables = ["/proc/net/udp", "/proc/net/udp6"].map(fs::read_to_string);
    let lines = tables.iter().flatten().flat_map(|table| table.lines().skip(1));
    let socket = |line: &str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let (_, port) = fields.get(1)?.split_once(':')?;
        let (_, queue) = fields.get(4)?.split_once(':')?;
        Some(UdpSocket {
            port: u16::from_str_radix(port, 16).ok()?,
            queue: u64::from_str_radix(queue, 16).ok()?,
            inode: fields.get(9)?.parse().ok()?,
        })
    };
    lines.filter_map(socket).collect()
}

/// Returns how many bytes a process has written to files and terminals.
pub fn written(pid: u32) -> Option<u64> {
    let io = fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    io.lines().find_map(|line| line.strip_prefix("wchar: "))?.parse().ok()
}

/// Returns the processor time that a process has used, in user and kernel mode.
pub fn cpu_time(pid: u32) -> Option<Duration> {
    let user: u64 = stat_field(pid, 11)?.parse().ok()?;
    let system: u64 = stat_field(pid, 12)?.parse().ok()?;
    // USER_HZ is 100 on every architecture that Linux shows to programs.
    Some(Duration::from_millis((user + system) * 10))
}

/// Returns a field of `/proc/PID/stat`, counted from the state (0).
fn stat_field(pid: u32, index: usize) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it is in parentheses and may itself contain spaces.
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(index).map(str::to_owned)
}
