//! The world of one run: two machines, the network between them, a program, a user, and time.
//!
//! Time jumps from one event to the next: an arrival, a key, output of the program, or the
//! deadline that an endpoint has reported, to the microsecond. Nothing ticks in between, so a
//! deadline that an endpoint fails to report is never met. Everything that must hold is checked
//! after every step.

use std::collections::VecDeque;
use std::hash::Hasher as _;
use std::time::Duration;

use mosh_core::client::{Client, ClientConfig, ClientEvent, ClientStorage};
use mosh_core::crypto::SessionKey;
use mosh_core::diff::Capabilities;
use mosh_core::input::EscapeKey;
use mosh_core::screen::Size;
use mosh_core::server::{Server, ServerConfig, ServerEvent, ServerStorage};
use mosh_core::time::Instant;
use mosh_core::transport::{CloseReason, Transmit};

use super::attack::{self, Attacker};
use super::check::{History, Typing, Violation, WireRules, ensure};
use super::fault::{Fault, Saboteur};
use super::glass::{Answered, Glass};
use super::hash::{self, Mix};
use super::host::{ClientSockets, Host, server_addresses};
use super::network::{Conditions, Packet, Passed, Pipe};
use super::pact::Pact;
use super::program::Program;
use super::scenario::Plan;
use super::script::Action;
use super::tap::{KEY, Tap, Toward};
use super::trace::{Trace, Tracing};
use super::user::User;
use super::watch::Watch;

/// What a run has shown.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Virtual time that passed.
    pub elapsed: Duration,
    /// From each key to its effect on the client's screen.
    pub echoes: Vec<Duration>,
    /// From each key to its effect on the user's terminal, predicted or not, if that was watched.
    pub shown: Vec<Duration>,
    /// What was sent toward the server.
    pub up: Passed,
    /// What was sent toward the client.
    pub down: Passed,
    /// Fingerprint of everything that was sent, and when.
    pub hash: u64,
    /// How long both ends took to agree once all was well.
    pub recovery: Option<Duration>,
    /// When the first packet came through once all was well, counted from then.
    pub first_packet: Option<Duration>,
    /// An end had no state of the other's for so long that it left.
    pub gave_up: bool,
    /// Steps of the simulation.
    pub steps: u64,
    /// The last lines of what happened, if they were wanted.
    pub trace: Vec<String>,
}

/// A run that broke a rule.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which.
    pub violation: Violation,
    /// When, in virtual time.
    pub at: Duration,
    /// The last lines of what happened, if they were wanted.
    pub trace: Vec<String>,
}

/// A running world.
pub struct World<'s> {
    now: Instant,
    client: Host<Client<'s>>,
    server: Host<Server<'s>>,
    sockets: ClientSockets,
    up: Pipe,
    down: Pipe,
    script: VecDeque<(Instant, Action)>,
    user: User,
    program: Option<Program>,
    start_program: Option<(super::program::Kind, u64)>,
    attacker: Attacker,
    tap: Tap,
    saboteur: Saboteur,
    wire: WireRules,
    history: History,
    typing: Typing,
    glass: Glass,
    watch: Option<Watch>,
    /// The client's state that was looked at last.
    seen_states: u64,
    /// The earliest state that can carry what was typed last. Those after it that carry nothing
    /// are never echoed.
    typed_in: u64,
    /// A client with little memory may have had no room to draw, which it does later.
    postponed: bool,
    /// How many keys the program had answered when it printed last.
    answers: usize,
    /// Screens must be met exactly, which needs memory for whole diffs.
    exact: bool,
    pact: Pact,
    healing: Option<(Instant, Instant)>,
    quitting: Option<Instant>,
    closed: [Option<CloseReason>; 2],
    end: Instant,
    report: Report,
    mix: Mix,
    trace: Trace,
}

impl<'s> World<'s> {
    /// Builds a world to a plan.
    ///
    /// # Panics
    ///
    /// If the storage cannot hold a session.
    #[must_use]
    pub fn new(
        plan: Plan,
        fault: Option<Fault>,
        tracing: Tracing,
        client: ClientStorage<'s>,
        server: ServerStorage<'s>,
    ) -> Self {
        let (columns, rows) = plan.size;
        let size = Size { columns, rows };
        let addresses = server_addresses();
        let count = if plan.dual_stack { 2 } else { 1 };
        let config = ClientConfig {
            key: SessionKey::from_bytes(KEY),
            addresses: addresses[..count].iter().copied().collect(),
            size,
            seed: plan.seed ^ 1,
            tty: Capabilities { titles: true, ..Capabilities::PLAIN },
            display: plan.display,
            overwrite: false,
            escape: EscapeKey::default(),
            title_prefix: true,
            timing: plan.timing,
            offer: plan.offers[0],
        };
        let server_config = ServerConfig {
            key: SessionKey::from_bytes(KEY),
            size: Size::default(),
            seed: plan.seed ^ 2,
            v6_socket: plan.dual_stack,
            network_timeout: None,
            timing: plan.timing,
            offer: plan.offers[1],
        };
        let client = Host::new(Duration::from_millis(70_123), |now| {
            Client::new(config, client, now).expect("the storage holds a session")
        });
        let server = Host::new(Duration::from_micros(3_600_000_777), |now| {
            Server::new(server_config, server, now).expect("the storage holds a session")
        });
        let mut history = History::default();
        // Until it has a change from the server, the client takes the start of both for a blank
        // screen of its own size, whatever size the server began with.
        let pact = Pact::new(plan.offers);
        history.record(hash::screen(client.endpoint.screen(), pact.is_whole()), 0);
        Self {
            now: Instant::ZERO,
            client,
            server,
            sockets: ClientSockets::default(),
            up: Pipe::new(plan.up, plan.seed ^ 3),
            down: Pipe::new(plan.down, plan.seed ^ 4),
            script: plan.script.into(),
            user: plan.user,
            program: None,
            start_program: Some((plan.program, plan.seed ^ 5)),
            attacker: Attacker::new(plan.seed ^ 6),
            tap: Tap::new(),
            saboteur: Saboteur::new(fault, plan.seed ^ 7),
            wire: WireRules::default(),
            history,
            typing: Typing::default(),
            glass: Glass::new(size),
            watch: plan.watched.then(|| Watch::new(plan.size)),
            seen_states: 0,
            typed_in: 0,
            postponed: false,
            answers: 0,
            exact: plan.exact,
            pact,
            healing: None,
            quitting: None,
            closed: [None; 2],
            end: plan.end,
            report: Report::default(),
            mix: Mix::default(),
            trace: Trace::new(tracing),
        }
    }

    /// Runs to the end.
    ///
    /// # Errors
    ///
    /// The first rule that was broken.
    pub fn run(mut self) -> Result<Report, Failure> {
        match self.run_to_end() {
            Ok(()) => {
                self.report.elapsed = self.now - Instant::ZERO;
                self.report.hash = self.mix.finish();
                self.report.shown = self.watch.map(|it| it.waits()).unwrap_or_default();
                self.report.up = self.up.passed();
                self.report.down = self.down.passed();
                self.report.trace = self.trace.take();
                Ok(self.report)
            }
            Err(violation) => {
                let at = self.now - Instant::ZERO;
                self.trace.note(self.now, || format!("VIOLATION: {violation}"));
                let difference = self.difference();
                self.trace.note(self.now, || difference);
                Err(Failure { violation, at, trace: self.trace.take() })
            }
        }
    }

    fn run_to_end(&mut self) -> Result<(), Violation> {
        self.tell_facts();
        self.turn_server(None)?;
        self.turn_client(None)?;
        while self.step()? {}
        self.account();
        Ok(())
    }

    /// Jumps to the next event. Returns whether there is anything left to happen.
    fn step(&mut self) -> Result<bool, Violation> {
        let next = [
            self.script.front().map(|&(at, _)| at),
            self.up.poll_timeout(),
            self.down.poll_timeout(),
            self.user.poll_timeout(),
            self.program_wakes(),
            self.saboteur.delay_timer(Toward::Client, self.now, self.client.poll_timeout(self.now)),
            self.saboteur.delay_timer(Toward::Server, self.now, self.server.poll_timeout(self.now)),
            self.healing.map(|(_, until)| until),
            self.quitting,
        ];
        self.report.gave_up = self.never_began();
        let over = self.report.gave_up || self.closed.iter().all(Option::is_some);
        let next = next.into_iter().flatten().min().filter(|&at| at <= self.end && !over);
        let Some(next) = next else { return Ok(false) };
        self.report.steps += 1;
        // A sleeping program keeps its deadline, which is over when it wakes.
        self.now = self.now.max(next);
        self.wake()?;
        self.happen()?;
        while let Some(packet) = self.up.receive(self.now) {
            self.arrive_at_server(packet)?;
        }
        while let Some(packet) = self.down.receive(self.now) {
            self.arrive_at_client(packet)?;
        }
        self.type_keys()?;
        self.print()?;
        if self.is_due(Toward::Server) {
            self.turn_server(None)?;
        }
        if self.is_due(Toward::Client) {
            self.turn_client(None)?;
        }
        self.look_at_glass()?;
        self.pact.check(&self.client.endpoint, &self.server.endpoint)?;
        self.check_ending()?;
        if self.report.steps.is_multiple_of(ACCOUNTED) {
            self.account();
        }
        Ok(true)
    }

    /// Whether an end has left because it never had a state of the other's, which is its right
    /// while nobody can expect them to agree.
    fn never_began(&self) -> bool {
        let client_left = self.closed[0].is_some() && !self.client.endpoint.has_contact();
        let server_left = self.closed[1] == Some(CloseReason::NeverConnected);
        client_left || server_left && self.healing.is_none_or(|(_, until)| self.now < until)
    }

    /// Both ends account for what they hold; a panic is a violation.
    fn account(&self) {
        self.client.endpoint.check();
        self.server.endpoint.check();
    }

    /// When the program prints next, unless its machine sleeps.
    fn program_wakes(&self) -> Option<Instant> {
        let program = self.program.as_ref().filter(|_| !self.server.is_asleep());
        program.and_then(Program::poll_timeout)
    }

    fn is_due(&self, toward: Toward) -> bool {
        let (asleep, due) = match toward {
            Toward::Client => (self.client.is_asleep(), self.client.poll_timeout(self.now)),
            Toward::Server => (self.server.is_asleep(), self.server.poll_timeout(self.now)),
        };
        let due = self.saboteur.delay_timer(toward, self.now, due);
        !asleep && due.is_some_and(|at| at <= self.now)
    }

    /// Does what the script says for now.
    fn happen(&mut self) -> Result<(), Violation> {
        while self.script.front().is_some_and(|&(at, _)| at <= self.now) {
            let Some((_, action)) = self.script.pop_front() else { break };
            self.trace.note(self.now, || format!("{action:?}"));
            match action {
                Action::Weather { up, down } => {
                    self.up.set(up);
                    self.down.set(down);
                }
                Action::Rebind => {
                    self.saboteur.moved();
                    self.sockets.rebind();
                }
                Action::Move { noticed } => {
                    self.saboteur.moved();
                    self.sockets.move_on();
                    if noticed && !self.client.is_asleep() {
                        let local = self.client.local(self.now);
                        self.client.endpoint.handle_network_change(local);
                        self.turn_client(None)?;
                    }
                }
                Action::Families { v4, v6 } => self.sockets.set_families(v4, v6),
                Action::ClientSleeps(sleep) => self.client.sleep(self.now, sleep),
                Action::ServerSleeps(sleep) => self.server.sleep(self.now, sleep),
                Action::Resize { columns, rows } if !self.client.is_asleep() => {
                    let local = self.client.local(self.now);
                    let size = Size { columns, rows };
                    self.glass.resize(size);
                    // Without room the window is told later, by nobody here.
                    let _ = self.client.endpoint.resize(local, size);
                    self.turn_client(None)?;
                }
                Action::Resize { .. } => {}
                Action::OtherTerminal => {
                    self.tell_facts();
                    self.turn_client(None)?;
                }
                Action::Attack(percent) => self.attacker.set(percent),
                Action::Heal { within } => self.heal(within),
                Action::Quit => self.quit()?,
            }
        }
        Ok(())
    }

    /// The user's terminal is another than before.
    fn tell_facts(&mut self) {
        if !self.client.is_asleep() && self.closed[0].is_none() {
            let local = self.client.local(self.now);
            self.client.endpoint.set_facts(local, self.pact.next_facts());
        }
    }

    fn heal(&mut self, within: Duration) {
        let asleep = [self.client.wakes_at(), self.server.wakes_at()].into_iter().flatten().max();
        if let Some(awake) = asleep {
            self.script.push_front((awake, Action::Heal { within }));
            return;
        }
        // Another network: what the old one still carried is lost with it.
        self.up.clear();
        self.down.clear();
        let delay = self.up.conditions().delay.max(self.down.conditions().delay);
        self.up.set(Conditions::clean(delay));
        self.down.set(Conditions::clean(delay));
        self.sockets.set_families(true, true);
        self.attacker.set(0);
        if let Some(program) = &mut self.program {
            program.calm();
        }
        self.start_program = self.start_program.map(|(_, seed)| (CALM, seed));
        // What an end sent before, or on the strength of it, is lost to its knowledge only after a
        // round trip as it knows it: of the other network, whose queue may have been long.
        let known = [self.client.endpoint.round_trip(), self.server.endpoint.round_trip()];
        let known = known.into_iter().flatten().max().unwrap_or_default().min(LONGEST_KNOWN);
        self.healing = Some((self.now, self.now + within + known + delay * 2 * ROUND_TRIPS));
    }

    fn quit(&mut self) -> Result<(), Violation> {
        let local = self.client.local(self.now);
        self.client.endpoint.shut_down(local, "Exiting on user request...");
        let round_trip = self.up.conditions().delay + self.down.conditions().delay;
        self.quitting = Some(self.now + QUIT_LIMIT + round_trip * 4);
        self.turn_client(None)
    }

    fn wake(&mut self) -> Result<(), Violation> {
        for packet in self.server.wake(self.now) {
            self.arrive_at_server(packet)?;
        }
        for packet in self.client.wake(self.now) {
            self.arrive_at_client(packet)?;
        }
        Ok(())
    }

    fn arrive_at_server(&mut self, packet: Packet) -> Result<(), Violation> {
        if self.server.is_asleep() {
            self.server.hold(packet);
            return Ok(());
        }
        if packet.forged {
            return self.forged_at(Toward::Server, packet);
        }
        self.attacker.delivered(Toward::Server, &packet);
        self.note_arrival();
        self.turn_server(Some(packet))
    }

    fn arrive_at_client(&mut self, packet: Packet) -> Result<(), Violation> {
        if !self.sockets.owns(packet.destination) {
            self.trace.note(self.now, || format!("nobody is at {}", packet.destination));
            return Ok(());
        }
        if self.client.is_asleep() {
            self.client.hold(packet);
            return Ok(());
        }
        if packet.forged {
            return self.forged_at(Toward::Client, packet);
        }
        self.attacker.delivered(Toward::Client, &packet);
        self.note_arrival();
        self.turn_client(Some(packet))
    }

    fn note_arrival(&mut self) {
        if let Some((since, _)) = self.healing {
            let _ = self.report.first_packet.get_or_insert(self.now - since);
        }
    }

    /// Delivers what an attacker made: it must have no effect but to be counted.
    fn forged_at(&mut self, toward: Toward, packet: Packet) -> Result<(), Violation> {
        // What is due anyway comes first, so that any effect is the datagram's.
        self.turn(toward, None)?;
        let known = self.tap.decrypt(&packet.bytes).map(|(tail, _)| tail >> 63 == 1);
        // Sent again by the one whom the nonce names.
        let replayed = known == Some(toward == Toward::Client);
        let packet = self.saboteur.forge(&self.tap, toward, packet);
        self.trace.note(self.now, || format!("forged: {} bytes to {toward:?}", packet.bytes.len()));
        let before = self.fingerprint(toward);
        let sent = self.up.passed().datagrams + self.down.passed().datagrams;
        let oversized = packet.bytes.len() > mosh_core::platform::MAX_DATAGRAM;
        self.turn(toward, Some(packet))?;
        let after = self.fingerprint(toward);
        if replayed {
            let fooled = self.server.endpoint.peer() == Some(attack::ADDRESS);
            return ensure(!fooled, || "a replayed datagram has moved the client".into());
        }
        let answered = self.up.passed().datagrams + self.down.passed().datagrams - sent;
        ensure(answered == 0, || "a forged datagram was answered".into())?;
        ensure(before.0 == after.0, || "a forged datagram has changed something".into())?;
        let counted = after.1 - before.1 == u64::from(!oversized);
        ensure(counted, || "a forged datagram was not counted".into())
    }

    /// What a forged datagram must not change, and the count of those.
    fn fingerprint(&self, toward: Toward) -> (String, u64) {
        let (counters, peer, round_trip, screen) = match toward {
            Toward::Client => {
                let client = &self.client.endpoint;
                let screen = hash::screen(client.screen(), true);
                (client.counters(), client.peer(), client.round_trip(), screen)
            }
            Toward::Server => {
                let server = &self.server.endpoint;
                let screen = hash::screen(server.screen(), true);
                (server.counters(), server.peer(), server.round_trip(), screen)
            }
        };
        let foreign = counters.foreign;
        let counters = mosh_core::transport::Counters { foreign: 0, ..*counters };
        (format!("{counters:?} {peer:?} {round_trip:?} {screen:x}"), foreign)
    }

    fn turn(&mut self, toward: Toward, packet: Option<Packet>) -> Result<(), Violation> {
        match toward {
            Toward::Client => self.turn_client(packet),
            Toward::Server => self.turn_server(packet),
        }
    }

    fn turn_client(&mut self, packet: Option<Packet>) -> Result<(), Violation> {
        if self.client.is_asleep() {
            return Ok(());
        }
        let sockets = &self.sockets;
        let sent = self.client.turn(self.now, packet, |destination| sockets.routes(destination));
        for (transmit, bytes) in sent {
            if transmit.fresh_port {
                self.sockets.open();
                self.trace.note(self.now, || "client takes a fresh port".into());
            }
            self.send(Toward::Server, transmit, bytes)?;
        }
        let local = self.client.local(self.now);
        while let Some(event) = self.client.endpoint.poll_event() {
            match event {
                ClientEvent::Draw => {
                    let mut tty = Vec::new();
                    let _ = self.client.endpoint.render(local, &mut tty);
                    self.glass.write(&tty);
                    self.postponed = !self.exact && tty.is_empty();
                    if let Some(watch) = &mut self.watch {
                        watch.drawn(self.now, &tty);
                    }
                }
                ClientEvent::Closed(reason) => self.closed[0] = Some(reason),
                _ => {}
            }
        }
        self.look_at_client()?;
        let due = self.client.endpoint.poll_timeout();
        ensure(due.is_none_or(|at| at > local), || {
            format!("due again after a drain: {:?}", self.client.endpoint)
        })
    }

    fn look_at_client(&mut self) -> Result<(), Violation> {
        let states = self.client.endpoint.counters().states_received;
        if states == self.seen_states {
            return Ok(());
        }
        self.seen_states = states;
        let (screens, frame) = self.client.endpoint.screen();
        let echo_ack = screens.info(frame).echo_ack;
        let newest = self.wire.newest(Toward::Server);
        ensure(echo_ack <= newest, || format!("echo of state {echo_ack}, sent was {newest}"))?;
        let hash = hash::screen((screens, frame), self.pact.is_whole());
        if !self.exact {
            return Ok(());
        }
        let answers = self.history.show(hash)?;
        while let Some(pressed) = self.typing.take_answered(answers) {
            let took = self.now - pressed;
            self.trace.note(self.now, || format!("echo after {took:?}"));
            self.report.echoes.push(took);
        }
        Ok(())
    }

    /// Looks whether a prediction is left when nothing is that could come true.
    fn look_at_glass(&mut self) -> Result<(), Violation> {
        if self.closed[0].is_some() || self.postponed {
            return Ok(());
        }
        let newest = self.client.endpoint.screen();
        let echo_ack = newest.0.info(newest.1).echo_ack;
        // A client has its whole time from when it wakes: asleep, it cannot draw.
        let is_answered =
            !self.client.is_asleep() && self.typing.is_settled() && echo_ack >= self.typed_in;
        let typed = self.typing.typed_count();
        let answered = is_answered.then_some(Answered { states: self.seen_states, typed });
        self.glass.look(self.now, answered, newest)
    }

    fn turn_server(&mut self, packet: Option<Packet>) -> Result<(), Violation> {
        if self.server.is_asleep() {
            return Ok(());
        }
        let size = self.server_size();
        let sent = self.server.turn(self.now, packet, |_| true);
        if self.server_size() != size {
            self.record();
        }
        for (transmit, bytes) in sent {
            self.send(Toward::Client, transmit, bytes)?;
        }
        let local = self.server.local(self.now);
        let mut again = false;
        while let Some(event) = self.server.endpoint.poll_event() {
            match event {
                ServerEvent::Attached => self.attach(),
                ServerEvent::Resize(size) => {
                    let size = (size.columns, size.rows);
                    if let Some(program) = &mut self.program {
                        program.resize(self.now, size);
                    }
                }
                ServerEvent::Input => {
                    self.read()?;
                    again = true;
                }
                ServerEvent::Closed(reason) => self.closed[1] = Some(reason),
                _ => {}
            }
        }
        if again {
            return self.turn_server(None);
        }
        let due = self.server.endpoint.poll_timeout();
        ensure(due.is_none_or(|at| at > local), || {
            format!("due again after a drain: {:?}", self.server.endpoint)
        })
    }

    fn server_size(&self) -> Size {
        let (screens, frame) = self.server.endpoint.screen();
        screens.info(frame).size()
    }

    fn attach(&mut self) {
        let size = self.server_size();
        if let Some((kind, seed)) = self.start_program.take() {
            let size = (size.columns, size.rows);
            self.program = Some(Program::start(kind, seed, self.now, size));
        }
    }

    /// The program reads what was typed.
    fn read(&mut self) -> Result<(), Violation> {
        let mut buf = [0; 1000];
        loop {
            let len = self.server.endpoint.read_host(&mut buf);
            if len == 0 {
                return Ok(());
            }
            self.typing.read(&buf[..len])?;
            let text = || format!("program reads {}", buf[..len].escape_ascii());
            self.trace.note(self.now, text);
            if let Some(program) = &mut self.program {
                program.input(self.now, &buf[..len]);
            }
        }
    }

    /// The program prints.
    fn print(&mut self) -> Result<(), Violation> {
        if self.server.is_asleep() {
            return Ok(());
        }
        let local = self.server.local(self.now);
        let mut printed = false;
        while let Some(output) = self.program.as_mut().and_then(|it| it.output(self.now)) {
            self.server.endpoint.write_host(local, &output.bytes);
            self.answers = output.answers;
            if let Some(watch) = &mut self.watch {
                watch.printed(self.server.endpoint.screen(), output.answers);
            }
            self.record();
            let len = output.bytes.len();
            self.trace.note(self.now, || format!("program prints {len} bytes"));
            printed = true;
        }
        if printed { self.turn_server(None) } else { Ok(()) }
    }

    fn record(&mut self) {
        if self.exact {
            let screen = self.server.endpoint.screen();
            self.history.record(hash::screen(screen, self.pact.is_whole()), self.answers);
        }
    }

    fn type_keys(&mut self) -> Result<(), Violation> {
        let keys = self.user.keys(self.now);
        if keys.is_empty() || self.client.is_asleep() || self.healing.is_some() {
            return Ok(());
        }
        let local = self.client.local(self.now);
        let next = self.wire.newest(Toward::Server) + 1;
        // What does not fit was not typed; the user is told by a bell.
        if self.client.endpoint.send_keys(local, &keys).is_ok() && self.closed[0].is_none() {
            self.trace.note(self.now, || format!("user types {}", keys.escape_ascii()));
            self.typing.typed(self.now, &keys);
            self.typed_in = next;
            if let Some(watch) = &mut self.watch {
                watch.typed(self.now, self.typing.typed_count());
            }
        }
        self.turn_client(None)
    }

    /// Hands a datagram of an end to the network.
    fn send(
        &mut self,
        toward: Toward,
        transmit: Transmit,
        bytes: Vec<u8>,
    ) -> Result<(), Violation> {
        let mut bytes = bytes;
        let mut seen = self.tap.open(&bytes);
        if let Some(opened) = &seen
            && let Some(changed) = self.saboteur.tamper(&mut self.tap, opened)
        {
            bytes = changed;
            seen = self.tap.open(&bytes);
        }
        self.mix.write_u64(self.now.micros());
        self.mix.write(&bytes);
        if let Some(seen) = &seen {
            self.wire.sent(toward, bytes.len(), seen)?;
        }
        let (source, destination) = match toward {
            Toward::Server => (self.sockets.source(transmit.destination), transmit.destination),
            Toward::Client => {
                let destination = self.saboteur.destination(transmit.destination);
                let from = server_addresses();
                (from[usize::from(destination.is_ipv6())], destination)
            }
        };
        let len = bytes.len();
        let packet = Packet { source, destination, bytes, congestion: false, forged: false };
        let forged = self.attacker.sent(toward, &packet);
        let pipe = if toward == Toward::Server { &mut self.up } else { &mut self.down };
        let arrival = pipe.send(self.now, packet);
        let now = self.now;
        self.trace.note(now, || {
            let what = seen.map_or_else(|| "opaque".to_owned(), |seen| seen.to_string());
            let way = if toward == Toward::Server { "client -->" } else { "<-- server" };
            match arrival {
                Some(at) => format!("{way} {len} bytes, in {:?}: {what}", at - now),
                None => format!("{way} {len} bytes, LOST: {what}"),
            }
        });
        if let Some((toward, forged)) = forged {
            let at = now + self.attacker.pause();
            let pipe = if toward == Toward::Server { &mut self.up } else { &mut self.down };
            pipe.inject(at, forged);
        }
        Ok(())
    }

    /// Whether both ends agree about everything.
    fn is_settled(&self) -> bool {
        let quiet = self.program.as_ref().is_some_and(|it| it.poll_timeout().is_none());
        quiet
            && self.typing.is_settled()
            && self.pact.is_settled()
            && hash::screen(self.client.endpoint.screen(), self.pact.is_whole())
                == hash::screen(self.server.endpoint.screen(), self.pact.is_whole())
    }

    fn check_ending(&mut self) -> Result<(), Violation> {
        if let Some((since, until)) = self.healing {
            if self.report.recovery.is_none() && self.is_settled() {
                self.report.recovery = Some(self.now - since);
                self.healing = Some((since, Instant::from_micros(u64::MAX)));
            } else if self.now >= until {
                let took = until - since;
                return Err(Violation(format!("no agreement {took:?} after all was well")));
            }
        }
        if self.quitting.is_some_and(|until| self.now >= until) {
            let expected = [Some(CloseReason::Acknowledged), Some(CloseReason::PeerClosed)];
            ensure(self.closed == expected, || format!("the end was {:?}", self.closed))?;
            self.quitting = None;
        }
        Ok(())
    }

    /// Where the screens differ, for a person.
    fn difference(&self) -> String {
        let client = hash::rows(self.client.endpoint.screen());
        let server = hash::rows(self.server.endpoint.screen());
        let mut text = format!(
            "rows that differ (client's {} rows, server's {}):",
            client.len(),
            server.len()
        );
        for (row, (ours, theirs)) in client.iter().zip(&server).enumerate() {
            if ours != theirs {
                text += &format!("\n  {row:3} client {ours:?}\n      server {theirs:?}");
            }
        }
        text
    }
}

/// A program that starts only after all is well prints nothing by itself.
const CALM: super::program::Kind = super::program::Kind::LineEditor;

/// Of so many steps one ends with an account of every row, which takes its time.
const ACCOUNTED: u64 = 8192;

/// The end takes no longer, round trips aside.
const QUIT_LIMIT: Duration = Duration::from_millis(1500);

/// An end knows of no longer round trip: what is answered later is no measure of it.
pub(super) const LONGEST_KNOWN: Duration = Duration::from_secs(5);

/// Round trips that both ends may take to agree again, beside the span that the scenario names
/// and a round trip as they know it.
pub(super) const ROUND_TRIPS: u32 = 8;
