//! The life of a server: datagrams, the program's terminal, signals.

use std::os::fd::AsFd as _;
use std::os::fd::OwnedFd;
use std::time::Duration;

use mosh_core::platform::{MAX_DATAGRAM, turn};
use mosh_core::server::{Server, ServerEvent};
use mosh_core::time::Instant;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, WaitOptions};

use super::session::Plan;
use crate::clock::{now, wait};
use crate::error::{Context as _, Error};
use crate::net::ServerPort;
use crate::pty::{Output, Pty};
use crate::sys::signals::{Arrived, Signals};
use crate::utmp::Entry;

/// Output of the program taken in one turn. Small enough that a flood does not keep datagrams
/// (an interrupt typed by the user, say) waiting for more than about a millisecond.
const MAX_OUTPUT_PER_TURN: usize = 64 * 1024;
/// Input for the program that its terminal may not have taken yet. The rest waits in the core,
/// which has the client keep what finds no room.
const MAX_PENDING_INPUT: usize = 4096;

/// Serves a session until it has ended.
///
/// # Errors
///
/// When the session cannot be set up.
pub(super) fn run(
    server: Box<Server<'static>>,
    port: &mut ServerPort,
    pty: Pty,
    plan: &Plan,
    signal_timeout: Option<Duration>,
) -> Result<(), Error> {
    let signals = Signals::catch(&[Signal::TERM, Signal::INT, Signal::USR1]);
    let mut signals = signals.context("signals")?;
    let mut running = Running {
        server,
        port,
        master: pty.master,
        slave: Some(pty.slave),
        plan,
        child: None,
        utmp: Entry::new(),
        signal_timeout,
        pending: Pending { bytes: [0; MAX_PENDING_INPUT], start: 0, end: 0 },
        ending: false,
    };
    running.utmp.set(&running.master, None);
    while !running.turn() {
        running.wait(&mut signals);
    }
    running.finish();
    Ok(())
}

struct Running<'a> {
    server: Box<Server<'static>>,
    port: &'a mut ServerPort,
    master: crate::pty::Master,
    /// The program's end of the terminal, until the program has it.
    slave: Option<OwnedFd>,
    plan: &'a Plan,
    child: Option<Pid>,
    utmp: Entry,
    signal_timeout: Option<Duration>,
    pending: Pending,
    /// The program's output is no longer of interest.
    ending: bool,
}

/// Input on its way to the program.
struct Pending {
    bytes: [u8; MAX_PENDING_INPUT],
    start: usize,
    end: usize,
}

impl Running<'_> {
    /// Does what there is to do. Returns whether the session has ended.
    fn turn(&mut self) -> bool {
        self.read_output();
        turn(&mut *self.server, self.port, now(), &mut [0; MAX_DATAGRAM]);
        let closed = self.take_events();
        self.write_input();
        self.utmp.turn(&self.master);
        closed
    }

    fn read_output(&mut self) {
        let mut buf = [0; 16 * 1024];
        let mut taken = 0;
        while !self.ending && taken < MAX_OUTPUT_PER_TURN {
            match self.master.read(&mut buf) {
                Output::Bytes(len) => {
                    self.server.write_host(now(), &buf[..len]);
                    taken += len;
                }
                Output::Nothing => break,
                Output::Closed => {
                    self.ending = true;
                    self.server.host_closed(now());
                }
            }
        }
    }

    fn take_events(&mut self) -> bool {
        loop {
            match self.server.poll_event() {
                // The input is written after the events in any case.
                None | Some(ServerEvent::Input) => return false,
                Some(ServerEvent::Attached) => self.attach(),
                Some(ServerEvent::Moved(client)) => self.utmp.set(&self.master, Some(client.ip())),
                Some(ServerEvent::Silent) => self.utmp.set(&self.master, None),
                Some(ServerEvent::Resize(size)) => {
                    // The terminal may be gone, which reading will tell.
                    let _ = self.master.resize(size.columns, size.rows);
                }
                Some(ServerEvent::Closed(_)) => return true,
                Some(_) => {}
            }
        }
    }

    /// Starts the program: the first client is there, and has said how large its screen is.
    fn attach(&mut self) {
        let Some(slave) = self.slave.take() else { return };
        match self.plan.start(&slave) {
            Ok(child) => self.child = Pid::from_raw(child.cast_signed()),
            Err(error) => {
                let text = format!("mosh-server: cannot start another process: {error}\r\n");
                self.server.write_host(now(), text.as_bytes());
                self.ending = true;
                self.server.host_closed(now());
            }
        }
    }

    /// Hands input to the program as far as its terminal takes it.
    fn write_input(&mut self) {
        loop {
            let pending = &mut self.pending;
            if pending.is_empty() {
                pending.start = 0;
                pending.end = self.server.read_host(&mut pending.bytes);
            }
            if pending.is_empty() {
                return;
            }
            if self.ending {
                pending.start = pending.end;
                continue;
            }
            match self.master.write(&pending.bytes[pending.start..pending.end]) {
                Ok(0) => return,
                Ok(len) => pending.start += len,
                Err(_) => {
                    self.ending = true;
                    self.server.host_closed(now());
                }
            }
        }
    }

    /// Sleeps until something happens or a timer of the core is due.
    fn wait(&mut self, signals: &mut Signals) {
        let mut flags = PollFlags::empty();
        // A terminal that nobody reads any more would report its end at once, again and again.
        if !self.ending {
            flags |= PollFlags::IN;
            if !self.pending.is_empty() {
                flags |= PollFlags::OUT;
            }
        }
        let mut watched = [
            PollFd::new(&*signals, PollFlags::IN),
            PollFd::from_borrowed_fd(self.port.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.master.as_fd(), flags),
        ];
        let count = if flags.is_empty() { 2 } else { 3 };
        let timeout = wait(now(), self.server.poll_timeout());
        // What is wrong with a descriptor shows where it is used.
        let _ = poll(&mut watched[..count], timeout.as_ref());
        if !watched[0].revents().is_empty() {
            let arrived = signals.take();
            self.handle_signals(now(), arrived);
        }
    }

    fn handle_signals(&mut self, now: Instant, arrived: Arrived) {
        let silent_long_enough = match (self.signal_timeout, self.server.last_state_at()) {
            (Some(limit), Some(last)) => now - last >= limit,
            _ => true,
        };
        if arrived.contains_any(&[Signal::TERM, Signal::INT])
            || (arrived.contains(Signal::USR1) && silent_long_enough)
        {
            self.server.shut_down(now);
        }
    }

    /// Takes leave of the system: the entry in utmp, the terminal (whose end hangs up whatever
    /// still runs there), the child.
    fn finish(self) {
        let Self { utmp, master, slave, child, .. } = self;
        utmp.remove(&master);
        drop((master, slave));
        if let Some(child) = child {
            // One that has not ended yet is its new parent's, as after any logout.
            let _ = rustix::process::waitpid(Some(child), WaitOptions::NOHANG);
        }
    }
}

impl Pending {
    const fn is_empty(&self) -> bool {
        self.start == self.end
    }
}
