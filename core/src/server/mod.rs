//! The server's end of a session.
//!
//! In come datagrams of the client, the output of a program and the time; out go datagrams, the
//! bytes that the user typed and what the platform has to do ([`ServerEvent`]). The server does
//! not know what the program is: a shell on a pseudo-terminal, a console, a log.
//!
//! This is composition: [`Transport`] carries the user's input here and the screen there,
//! [`HostState`] turns the program's output into screens, [`CursorKeys`] suits the arrow keys to
//! the program's mode.

mod echo;
mod hold;
mod prepared;
mod reopen;

pub use prepared::Prepared;

use core::net::SocketAddr;
use core::time::Duration;

use echo::EchoAck;
use hold::Hold;

use crate::crypto::SessionKey;
use crate::diff::{Capabilities, HostState, HostStorage};
use crate::input::{CursorKeys, KeyStream};
use crate::screen::{Frame, Screens, Size};
use crate::storage::{Full, Slab};
use crate::terminal::{Facts, Replies};
use crate::time::Instant;
use crate::transport::{
    Agreement, CloseReason, Config, Counters, Datagram, Discard, Phase, Role, SendError, Timing,
    Transmit, Transport, TransportStorage,
};
use crate::wire::mosh::Offer;

/// A server whose client has not spoken by then gives up. As in mosh.
const FIRST_CONTACT_TIMEOUT: Duration = Duration::from_secs(60);

/// A client that is silent for so long is reported as gone, for the list of users.
const SILENCE: Duration = Duration::from_secs(30);

/// More screens than are ever held: the sent states, and the live one.
const MAX_HELD: usize = 40;

/// What a server is made with.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ServerConfig {
    /// The session's key, which the client got through another channel.
    pub key: SessionKey,
    /// Size of the screen until the client tells its own.
    pub size: Size,
    /// Seed of the padding that blurs the length of datagrams; need not be secret.
    pub seed: u64,
    /// Whether datagrams leave through an IPv6 socket, which makes room for its larger header.
    pub v6_socket: bool,
    /// Silence of the client after which the session ends; `None` waits for ever.
    pub network_timeout: Option<Duration>,
    /// When changes of the screen are sent.
    pub timing: Timing,
    /// What is offered to a peer of our kind; without it, this end behaves like one of mosh 1.4.
    pub offer: Option<Offer>,
}

/// The server's memory.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ServerStorage<'s> {
    /// Screens and the terminal that draws them.
    pub host: HostStorage<'s>,
    /// Bytes typed by the user that the program has not read yet.
    pub keys: Slab<'s, u16>,
    /// The protocol's message buffers.
    pub transport: TransportStorage<'s, crate::input::Position>,
}

/// What happened and what the platform does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ServerEvent {
    /// The client's first state arrived: start the program.
    Attached,
    /// Datagrams go to this address from here on, after the first contact, a change of the
    /// client's address or a [`Silent`](Self::Silent) time.
    Moved(SocketAddr),
    /// The client has not been heard for 30 s.
    Silent,
    /// The window has this size: tell the program.
    Resize(Size),
    /// [`Server::read_host`] has bytes for the program.
    Input,
    /// The session is over: hang up and leave.
    Closed(CloseReason),
}

/// One session, seen from the side of the program.
#[derive(Debug)]
pub struct Server<'s> {
    transport: Transport<'s, HostState<'s>, KeyStream<'s>>,
    cursor_keys: CursorKeys,
    echo: EchoAck,
    hold: Hold,
    replies: Replies,
    network_timeout: Option<Duration>,
    patience: Option<Duration>,
    started_at: Instant,
    last_state_at: Option<Instant>,
    now: Instant,
    pending: Pending,
    closed: Option<CloseReason>,
    silent: bool,
}

crate::log::defmt_format!(Server<'_>, it => "Server({})", it.transport);

/// Events that wait to be taken, in the order in which they are told.
#[derive(Debug, Default)]
struct Pending {
    attached: bool,
    moved: Option<SocketAddr>,
    silent: bool,
    resize: Option<Size>,
    input: bool,
    closed_told: bool,
}

impl ServerConfig {
    /// What concerns the transport.
    fn transport(self) -> Config {
        Config {
            role: Role::Server,
            key: self.key,
            seed: self.seed,
            addresses: heapless::Vec::new(),
            v6_socket: self.v6_socket,
            timing: self.timing,
            offer: self.offer,
        }
    }
}

impl<'s> Server<'s> {
    /// Returns a server that waits for its client.
    ///
    /// # Errors
    ///
    /// [`Full`] if `storage` cannot hold the states that every session needs.
    pub fn new(
        config: ServerConfig,
        storage: ServerStorage<'s>,
        now: Instant,
    ) -> Result<Self, Full> {
        Ok(Prepared::new(config, storage, now)?.start())
    }

    /// Takes a datagram from the network; it is decrypted in place.
    ///
    /// # Errors
    ///
    /// [`Discard`] says why the datagram had no effect; the session goes on.
    pub fn handle_datagram(&mut self, now: Instant, datagram: Datagram<'_>) -> Result<(), Discard> {
        self.now = now;
        let agreement = self.transport.agreement();
        let result = self.transport.handle_datagram(now, datagram);
        if self.transport.agreement() != agreement {
            self.choose_language();
        }
        if result == Err(Discard::Full) && self.transport.incoming_mut().deliver_part() {
            // What was typed is more than there is room for: the program reads it in parts.
            self.pending.input = true;
        }
        let arrival = result?;
        if arrival.peer_moved {
            self.pending.moved = self.transport.peer();
        }
        if arrival.new_state {
            self.take_input(now);
        }
        Ok(())
    }

    /// Suits what is said about the screen to the client, before anything is.
    fn choose_language(&mut self) {
        if self.transport.agreement().has(Offer::WHOLE_LANGUAGE) {
            self.transport.outgoing_mut().set_language(Capabilities::OURS);
        }
    }

    /// Makes what the newest state of the client adds readable for the program.
    fn take_input(&mut self, now: Instant) {
        if self.last_state_at.replace(now).is_none() {
            self.pending.attached = true;
        } else if self.silent {
            self.pending.moved = self.transport.peer();
        }
        self.silent = false;
        let num = self.transport.newest().num;
        let (keys, newest) = self.transport.incoming_and_newest();
        if keys.deliver_to(newest) {
            self.pending.input = true;
            self.echo.input(now, num);
        }
        if let Some(facts) = self.transport.incoming_mut().take_facts()
            && self.transport.agreement().has(Offer::FACTS)
            && let Ok(facts) = Facts::parse(facts.as_ref())
        {
            self.transport.outgoing_mut().set_facts(facts, &mut self.replies);
        }
        if let Some((columns, rows)) = self.transport.incoming_mut().take_size() {
            let size = Size::clamped(columns.into(), rows.into());
            let host = self.transport.outgoing_mut();
            self.pending.resize = Some(host.resize(size));
            host.report_size(&mut self.replies);
            self.hold.observe(now, host.update());
        }
    }

    /// Does what the time has come for.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        self.transport.handle_timeout(now);
        if let Some(num) = self.echo.due(now)
            && self.is_open()
        {
            self.transport.outgoing_mut().set_echo_ack(num.0);
        }
        if self.hold.is_due(now) {
            self.end_update(now);
        }
        let heard_at = self.last_state_at.unwrap_or(self.started_at);
        if self.last_state_at.is_some() && !self.silent && now >= heard_at + SILENCE {
            self.silent = true;
            self.pending.silent = true;
        }
        if self.last_state_at.is_none()
            && self.patience.is_some_and(|limit| now >= self.started_at + limit)
        {
            self.close(CloseReason::NeverConnected);
        }
        if self.network_timeout.is_some_and(|limit| now >= heard_at + limit) && self.is_open() {
            self.shut_down(now);
        }
    }

    /// Shows what the program has drawn of a synchronised update so far.
    fn end_update(&mut self, now: Instant) {
        self.transport.outgoing_mut().show();
        self.hold.observe(now, None);
    }

    /// Learns that the datagram just handed out could not be sent.
    pub fn handle_send_error(&mut self, now: Instant, error: SendError) {
        self.now = now;
        self.transport.handle_send_error(now, error);
    }

    /// Takes output of the program. While the session is about to end, it goes nowhere; after that
    /// it is drawn for [`reopen`](Self::reopen).
    pub fn write_host(&mut self, now: Instant, output: &[u8]) {
        self.now = now;
        // While a session ends, the state that is sent last must not change.
        if self.is_open() || self.closed().is_some() {
            let host = self.transport.outgoing_mut();
            host.write(output, &mut self.replies);
            self.hold.observe(now, host.update());
        }
    }

    /// Learns that the program is gone: the last screen is delivered, then the session ends.
    pub fn host_closed(&mut self, now: Instant) {
        self.now = now;
        self.end_update(now);
        self.transport.shut_down(now);
    }

    /// Ends the session in order, or at once if no client is there or it is ending already.
    pub fn shut_down(&mut self, now: Instant) {
        self.now = now;
        if self.transport.peer().is_some() && self.is_open() {
            self.transport.shut_down(now);
        } else {
            self.close(match self.last_state_at {
                Some(_) => CloseReason::TimedOut,
                None => CloseReason::NeverConnected,
            });
        }
    }

    fn close(&mut self, closed: CloseReason) {
        self.closed.get_or_insert(closed);
    }

    /// Copies bytes for the program into `buf`: the terminal's answers to its queries and what
    /// the user typed. Returns how many; 0 when there are none.
    ///
    /// Changes of the window's size overtake them: a program that does not read would else be
    /// drawn in the wrong size.
    pub fn read_host(&mut self, buf: &mut [u8]) -> usize {
        let mut len = self.replies.read(buf);
        let application = self.transport.outgoing().application_cursor_keys();
        // A key can become two bytes, with the one that was held back before it.
        while len + 2 <= buf.len() {
            let Some(key) = self.transport.incoming_mut().next_key() else {
                if let Some(held) = self.cursor_keys.flush() {
                    buf[len] = held;
                    len += 1;
                }
                break;
            };
            for byte in self.cursor_keys.translate(key, application) {
                buf[len] = byte;
                len += 1;
            }
        }
        len
    }

    /// Writes the next datagram to the front of `buf`, if one is due.
    pub fn poll_transmit(&mut self, now: Instant, buf: &mut [u8]) -> Option<Transmit> {
        self.now = now;
        if self.closed.is_some() {
            return None;
        }
        self.transport.poll_transmit(now, buf)
    }

    /// Returns the next event.
    pub fn poll_event(&mut self) -> Option<ServerEvent> {
        let pending = &mut self.pending;
        // Before the program starts, so that it never sees a wrong size.
        if let Some(size) = pending.resize.take() {
            return Some(ServerEvent::Resize(size));
        }
        if core::mem::take(&mut pending.attached) {
            return Some(ServerEvent::Attached);
        }
        if let Some(address) = pending.moved.take() {
            return Some(ServerEvent::Moved(address));
        }
        if core::mem::take(&mut pending.silent) {
            return Some(ServerEvent::Silent);
        }
        if !self.pending.closed_told
            && let Some(closed) = self.closed()
        {
            self.pending.closed_told = true;
            return Some(ServerEvent::Closed(closed));
        }
        // The last, as it comes again while a program that does not read leaves answers waiting.
        if core::mem::take(&mut self.pending.input) || !self.replies.is_empty() {
            return Some(ServerEvent::Input);
        }
        None
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) next; `None` if only an input can
    /// bring news.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.closed().is_some() {
            return (!self.pending.closed_told).then_some(self.now);
        }
        let heard_at = self.last_state_at.unwrap_or(self.started_at);
        let first = self.patience.filter(|_| self.last_state_at.is_none());
        let first = first.map(|limit| self.started_at + limit);
        let silence = (self.last_state_at.is_some() && !self.silent).then(|| heard_at + SILENCE);
        let network = match self.network_timeout {
            Some(limit) if self.is_open() => Some(heard_at + limit),
            _ => None,
        };
        [
            self.transport.poll_timeout(),
            self.echo.poll_timeout(),
            self.hold.poll_timeout(),
            first,
            silence,
            network,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn is_open(&self) -> bool {
        self.closed.is_none() && self.transport.phase() == Phase::Open
    }

    fn closed(&self) -> Option<CloseReason> {
        self.closed.or(match self.transport.phase() {
            Phase::Closed(closed) => Some(closed),
            Phase::Open | Phase::ShuttingDown => None,
        })
    }

    /// The screen and the store that its frame is read through.
    pub fn screen(&self) -> (&Screens<'s>, &Frame) {
        self.transport.outgoing().screen()
    }

    /// What the client is told about the screen in.
    #[must_use]
    pub fn language(&self) -> &Capabilities {
        self.transport.outgoing().language()
    }

    /// What the client told about the user's terminal.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        self.transport.outgoing().facts()
    }

    /// What the client can do beyond mosh 1.4, once it has spoken.
    #[must_use]
    pub fn agreement(&self) -> Agreement {
        self.transport.agreement()
    }

    /// The client's address while it is attached.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.transport.peer()
    }

    /// When the newest state of the client was received.
    #[must_use]
    pub fn last_state_at(&self) -> Option<Instant> {
        self.last_state_at
    }

    /// The smoothed round-trip time, once measured.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        self.transport.round_trip()
    }

    /// Accounts for every screen and every row that is held; for tests.
    ///
    /// # Panics
    ///
    /// If one is held that nobody owns, or the other way round.
    pub fn check(&self) {
        let mut held: heapless::Vec<&Frame, MAX_HELD> = self.transport.check().0.collect();
        held.extend(self.transport.outgoing().held());
        self.screen().0.check(&held);
    }

    /// Counts of what was sent, received and dropped.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        self.transport.counters()
    }
}
