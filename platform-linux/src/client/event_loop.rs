//! The life of a client: datagrams, keyboard, screen, signals.

use std::net::SocketAddr;
use std::os::fd::AsFd as _;

use mosh_core::client::{Client, ClientEvent, Interview, Reader};
use mosh_core::diff::{self, Capabilities};
use mosh_core::platform::{MAX_DATAGRAM, turn};
use mosh_core::predict::Counters;
use mosh_core::terminal::Facts;
use mosh_core::transport::CloseReason;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Signal, kill_current_process_group};
use rustix::stdio::{stdin, stdout};

use super::resolver::LookUp;
use crate::clock::{now, wait};
use crate::error::{Context as _, Error};
use crate::net::ClientPorts;
use crate::sys::signals::{Arrived, Signals};
use crate::terminfo::Description;
use crate::tty::{self, Output, RawMode, write_all};
use crate::wrapper::hint::Hint;

/// Most input taken from the terminal at a time.
const MAX_KEYS: usize = 16 * 1024;

/// Signals that end the session. All that would otherwise kill the process without a chance to
/// restore the terminal, and that do not tell of a fault in it.
const ENDING: [Signal; 9] = [
    Signal::HUP,
    Signal::INT,
    Signal::QUIT,
    Signal::PIPE,
    Signal::ALARM,
    Signal::TERM,
    Signal::USR1,
    Signal::USR2,
    Signal::XCPU,
];

/// Shows the session until it has ended; returns how, and how good the predictions were.
///
/// `hint` names the host behind `address`; `alternate` is the description of the terminal if its
/// alternate screen is used.
///
/// # Errors
///
/// When the terminal cannot be used.
pub(super) fn run(
    client: Box<Client<'static>>,
    address: SocketAddr,
    hint: Option<Hint>,
    terminal: &Terminal,
    alternate: Option<&Description>,
) -> Result<(CloseReason, Counters), Error> {
    let mut caught = ENDING.to_vec();
    caught.extend([Signal::WINCH, Signal::CONT, Signal::TSTP]);
    let mut signals = Signals::catch(&caught).context("signals")?;
    let (mut enter, mut back) = (Vec::new(), Vec::new());
    if let Some(description) = alternate {
        enter.extend_from_slice(&description.enter_alternate);
        back.extend_from_slice(&description.exit_alternate);
    }
    let Ok(()) = diff::enter(&mut enter);
    let leave = leaving(&client, &back);
    let raw = RawMode::enter(leave.clone()).context("the terminal on standard input")?;
    let mut running = Running {
        client,
        ports: ClientPorts::default(),
        address,
        hint,
        look_up: None,
        output: Output::new(),
        draw: false,
        keys: Vec::new(),
        keys_ended: false,
        ending: false,
        resized: false,
        interview: Interview::none(now()),
        described: terminal.capabilities,
        facts: Facts { cell: tty::cell(), ..Facts::UNKNOWN },
        raw,
        enter,
        leave,
        back,
    };
    running.output.queue.extend_from_slice(&running.enter);
    if let Some(reader) = terminal.reader {
        let Ok(interview) = Interview::ask(now(), reader, &mut running.output.queue);
        running.interview = interview;
    } else {
        running.client.set_facts(now(), running.facts);
    }
    let reason = loop {
        if let Some(reason) = running.turn(&mut signals) {
            break reason;
        }
        running.wait(&mut signals);
    };
    running.await_answers();
    let Ok(()) = running.client.finish(&mut running.output.queue);
    if running.output.drain().is_ok() {
        // Only the way back to the usual screen is left to write. A terminal that did not take the
        // last picture gets all of it.
        running.raw.leave_by(running.back);
    }
    Ok((reason, *running.client.predictions()))
}

/// What the user's terminal is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    /// What its description says.
    pub(super) capabilities: Capabilities,
    /// Who reads questions, if it can be asked about itself.
    pub(super) reader: Option<Reader>,
}

/// What gives the terminal back, with `back` at the end.
fn leaving(client: &Client<'_>, back: &[u8]) -> Vec<u8> {
    let mut leave = Vec::new();
    let Ok(()) = client.leave(&mut leave);
    leave.extend_from_slice(back);
    leave
}

struct Running {
    client: Box<Client<'static>>,
    ports: ClientPorts,
    /// Where the server was when the session began.
    address: SocketAddr,
    hint: Option<Hint>,
    look_up: Option<LookUp>,
    output: Output,
    /// There is something to draw once the terminal has taken the last picture.
    draw: bool,
    /// Typed, and not taken by the core yet.
    keys: Vec<u8>,
    /// The terminal gives no more.
    keys_ended: bool,
    /// The session's end was asked for.
    ending: bool,
    /// The core does not know the window's size yet.
    resized: bool,
    /// Asks the terminal about itself.
    interview: Interview,
    /// What its description says.
    described: Capabilities,
    /// What is known of it besides.
    facts: Facts,
    raw: RawMode,
    /// Prepares the terminal's screen.
    enter: Vec<u8>,
    /// Undoes that, and everything that was switched on.
    leave: Vec<u8>,
    /// The part of that which brings the usual screen back.
    back: Vec<u8>,
}

impl Running {
    /// Does what there is to do. Returns how the session ended, if it has.
    fn turn(&mut self, signals: &mut Signals) -> Option<CloseReason> {
        self.interview.handle_timeout(now(), |keys| self.keys.extend_from_slice(keys));
        self.take_answers();
        self.pass_keys();
        turn(&mut *self.client, &mut self.ports, now(), &mut [0; MAX_DATAGRAM]);
        if let Some(failure) = self.ports.take_failure() {
            self.client.show_error(now(), &failure.to_string());
        }
        while let Some(event) = self.client.poll_event() {
            match event {
                ClientEvent::Draw => self.draw = true,
                ClientEvent::Suspend => self.suspend(signals),
                ClientEvent::Resolve => self.look_up(),
                ClientEvent::Closed(reason) => return Some(reason),
                _ => {}
            }
        }
        self.show();
        None
    }

    /// Ends the session in order. Further reasons to do so change nothing: a terminal that is
    /// closed sends a signal, ends the input and refuses the output, all at once.
    fn end(&mut self, why: &str) {
        if !self.ending {
            self.ending = true;
            self.client.shut_down(now(), why);
        }
    }

    /// Hands keys and size of the window to the core, as far as it takes them.
    fn pass_keys(&mut self) {
        if !self.keys.is_empty() && self.client.send_keys(now(), &self.keys).is_ok() {
            self.keys.clear();
        }
        if self.resized && self.client.resize(now(), tty::size()).is_ok() {
            self.resized = false;
        }
    }

    /// Draws, unless the terminal is still busy with what was drawn before: it then gets the
    /// newest picture when it is ready, and none of those between.
    fn show(&mut self) {
        if self.draw && !self.output.is_pending() {
            self.draw = false;
            let Ok(()) = self.client.render(now(), &mut self.output.queue);
            self.prepare_leave();
        }
        if self.output.flush().is_err() {
            self.end("The terminal is gone.");
        }
    }

    /// Begins to look the host up again, if its name is known.
    fn look_up(&mut self) {
        if let (Some(hint), None) = (&self.hint, &self.look_up) {
            // Without room for a thread there is no answer, as without a network.
            self.look_up = LookUp::start(hint, self.address.port()).ok();
        }
    }

    fn take_addresses(&mut self) {
        let Some(look_up) = self.look_up.take() else { return };
        // The address that ssh reached stays the first choice.
        let mut addresses = vec![self.address];
        addresses.extend(look_up.finish().into_iter().filter(|found| *found != self.address));
        self.client.handle_addresses(now(), &addresses);
    }

    fn read_keys(&mut self) {
        let mut buf = [0; MAX_KEYS];
        match rustix::io::read(stdin(), &mut buf) {
            Ok(len) if len > 0 => {
                self.interview.filter(now(), &buf[..len], |keys| self.keys.extend_from_slice(keys));
                self.pass_keys();
            }
            Err(Errno::INTR | Errno::AGAIN) => {}
            _ => {
                self.keys_ended = true;
                self.end("Exiting...");
            }
        }
    }

    /// Passes on what the terminal has said about itself.
    fn take_answers(&mut self) {
        if let Some(answers) = self.interview.take_answers() {
            let capabilities = answers.improve(self.described);
            self.client.set_capabilities(capabilities);
            let told = answers.facts();
            self.facts = Facts { cell: tty::cell().or(told.cell), ..told };
            self.client.set_facts(now(), self.facts);
            self.prepare_leave();
        }
    }

    /// Keeps ready what undoes all that the terminal has been told or is about to be.
    fn prepare_leave(&mut self) {
        let leave = leaving(&self.client, &self.back);
        if leave != self.leave {
            self.raw.leave_by(leave.clone());
            self.leave = leave;
        }
    }

    /// Waits for the rest of the answers, which would else be typed into what runs next.
    fn await_answers(&mut self) {
        let mut buf = [0; MAX_KEYS];
        while self.interview.is_waiting() && !self.keys_ended {
            let timeout = wait(now(), self.interview.poll_timeout());
            let mut watched = [PollFd::from_borrowed_fd(stdin(), PollFlags::IN)];
            if poll(&mut watched, timeout.as_ref()).is_ok_and(|ready| ready > 0) {
                match rustix::io::read(stdin(), &mut buf) {
                    Ok(len) if len > 0 => self.interview.filter(now(), &buf[..len], |_| {}),
                    _ => return,
                }
            }
            self.interview.handle_timeout(now(), |_| {});
        }
    }

    /// Gives the terminal back and stops, with all that runs in the same job.
    fn suspend(&mut self, signals: &mut Signals) {
        let _ = self.output.drain();
        let _ = write_all(self.output.as_fd(), &self.leave);
        let _ = self.raw.pause();
        let _ = write_all(stdout(), b"\n\x1b[37;44m[mosh is suspended.]\x1b[m\n");
        let _ = kill_current_process_group(Signal::STOP);
        // Here somebody has continued the process.
        self.resume();
        let arrived = signals.take();
        self.handle_signals(arrived.without(Signal::CONT), signals);
    }

    /// Takes the terminal again, whose content is unknown.
    fn resume(&mut self) {
        if self.raw.renew().is_err() {
            self.end("The terminal is gone.");
        }
        self.output.queue.extend_from_slice(&self.enter);
        self.client.repaint();
        // The window may have changed in the meantime.
        self.resized = true;
        self.pass_keys();
    }

    fn handle_signals(&mut self, arrived: Arrived, signals: &mut Signals) {
        if arrived.contains_any(&ENDING) {
            self.end("Signal received, shutting down...");
        }
        if arrived.contains(Signal::CONT) {
            self.resume();
        }
        if arrived.contains(Signal::WINCH) {
            self.resized = true;
            // Another size of the font, perhaps.
            self.facts.cell = tty::cell().or(self.facts.cell);
            if !self.interview.is_waiting() {
                self.client.set_facts(now(), self.facts);
            }
            self.pass_keys();
        }
        if arrived.contains(Signal::TSTP) {
            self.suspend(signals);
        }
    }

    /// Sleeps until something happens or a timer of the core is due.
    fn wait(&mut self, signals: &mut Signals) {
        // Keys that the core has no room for stay with the terminal.
        let reads_keys = self.keys.is_empty() && !self.keys_ended;
        let mut watched = vec![PollFd::new(&*signals, PollFlags::IN)];
        if reads_keys {
            watched.push(PollFd::from_borrowed_fd(stdin(), PollFlags::IN));
        }
        if self.output.is_pending() {
            watched.push(PollFd::new(&self.output, PollFlags::OUT));
        }
        let look_up_at = watched.len();
        watched.extend(self.look_up.iter().map(|look_up| PollFd::new(look_up, PollFlags::IN)));
        for socket in self.ports.descriptors() {
            watched.push(PollFd::from_borrowed_fd(socket, PollFlags::IN));
        }
        let due = self.client.poll_timeout().into_iter().chain(self.interview.poll_timeout());
        let timeout = wait(now(), due.min());
        // What is wrong with a descriptor shows where it is used.
        let _ = poll(&mut watched, timeout.as_ref());
        let happened = |index: usize| !watched[index].revents().is_empty();
        let (signalled, typed) = (happened(0), reads_keys && happened(1));
        let looked_up = self.look_up.is_some() && happened(look_up_at);
        drop(watched);
        if signalled {
            let arrived = signals.take();
            self.handle_signals(arrived, signals);
        }
        if typed {
            self.read_keys();
        }
        if looked_up {
            self.take_addresses();
        }
    }
}
