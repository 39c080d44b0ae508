//! The client's end of a session.
//!
//! In come datagrams of the server, what the user types, the size of the window and the time; out
//! go datagrams, escape sequences for the user's terminal and what the platform has to do
//! ([`ClientEvent`]).
//!
//! This is composition: [`Transport`] carries the user's input there and screens here,
//! [`EscapeKey`] finds the commands among the keys, [`predict`] lays unanswered
//! keys, the notification bar and the title's prefix over the newest screen and
//! [`diff::render`] brings the terminal up to date. What that can do, an [`Interview`] finds out.

mod answers;
mod interview;
mod update;

pub use answers::Answers;
pub use interview::{Interview, Reader};

use core::fmt::Write as _;
use core::net::SocketAddr;
use core::time::Duration;

use embedded_io::Write;
use heapless::{String, Vec};
use update::Update;

use crate::crypto::SessionKey;
use crate::diff::{self, Capabilities, HostStorage, Replica, Told};
use crate::input::{Command, EscapeKey, EscapeScanner, Keys, Output};
use crate::predict::{self, Display, Lifetime, Notification, Predictor, title};
use crate::screen::{Frame, Screens, Size, width};
use crate::storage::{Full, Slab};
use crate::terminal::Facts;
use crate::time::Instant;
use crate::transport::{
    Agreement, CloseReason, Config, Counters, Datagram, Discard, MAX_ADDRESSES, Phase, Role,
    SendError, StateNum, Timing, Transmit, Transport, TransportStorage,
};
use crate::wire::mosh::Offer;

/// Time without any state of the server after which the user is told. As in mosh.
const QUIET_START: Duration = Duration::from_millis(250);

/// Time without any state of the server after which the client gives up. As in mosh.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long an error of the network stays on the screen: a little longer than a heartbeat, so
/// that a lasting error does not flicker. As in mosh.
const ERROR_LIFETIME: Duration = Duration::from_millis(3100);

/// More screens than any storage holds: the protocol's limit of received states, and what is shown.
const MAX_HELD: usize = 1040;

/// The byte that asks for a complete repaint (form feed, Ctrl-L).
const FORM_FEED: u8 = 0x0c;

/// What a client is made with.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ClientConfig {
    /// The session's key.
    pub key: SessionKey,
    /// Addresses of the server, the preferred one first.
    pub addresses: Vec<SocketAddr, MAX_ADDRESSES>,
    /// Size of the window in cells.
    pub size: Size,
    /// Seed of the padding that blurs the length of datagrams; need not be secret.
    pub seed: u64,
    /// What the user's terminal can do.
    pub tty: Capabilities,
    /// When to show predictions.
    pub display: Display,
    /// Whether predicted text replaces what is there instead of pushing it.
    pub overwrite: bool,
    /// The key that introduces commands.
    pub escape: EscapeKey,
    /// Whether to mark the window's title.
    pub title_prefix: bool,
    /// When keys are sent.
    pub timing: Timing,
    /// What is offered to a peer of our kind; without it, this end behaves like one of mosh 1.4.
    pub offer: Option<Offer>,
}

/// The client's memory.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ClientStorage<'s> {
    /// Received screens, the screen that is shown and the terminal that applies diffs.
    pub host: HostStorage<'s>,
    /// What the user typed and the server has not acknowledged.
    pub keys: Slab<'s, u16>,
    /// The protocol's message buffers.
    pub transport: TransportStorage<'s, Frame>,
}

/// What happened and what the platform does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ClientEvent {
    /// The picture changed: call [`Client::render`].
    Draw,
    /// The user wants to suspend the program: give the terminal back, stop, and call
    /// [`Client::repaint`] on return.
    Suspend,
    /// Nothing has been heard for long: look the host up again and call
    /// [`Client::handle_addresses`] if there is an answer.
    Resolve,
    /// The session is over: call [`Client::finish`] and leave.
    Closed(CloseReason),
}

/// One session, seen from the side of the user.
#[derive(Debug)]
pub struct Client<'s> {
    transport: Transport<'s, Keys<'s>, Replica<'s>>,
    escape: EscapeScanner,
    notification: Notification,
    predictor: Predictor,
    tty: Capabilities,
    /// What it has to be told at the end.
    told_tty: Told,
    title_prefix: bool,
    shown: Shown,
    started_at: Instant,
    now: Instant,
    /// The state that the predictor knows as the newest.
    predicted_from: StateNum,
    /// What is known of the user's terminal, and what the server was told last.
    facts: Option<Facts>,
    told: Option<Facts>,
    pending: Pending,
    closed: Option<CloseReason>,
}

crate::log::defmt_format!(Client<'_>, it => "Client({})", it.transport);

/// What the user's terminal shows.
#[derive(Debug, Default)]
struct Shown {
    /// `None` while the terminal's content is unknown.
    frame: Option<Frame>,
    /// The received state that it was made from.
    num: Option<StateNum>,
}

/// Events that wait to be taken.
#[derive(Debug, Default)]
struct Pending {
    draw_told: bool,
    suspend: bool,
    closed_told: bool,
    /// The notice of [`QUIET_START`] was given.
    quiet_told: bool,
}

impl<'s> Client<'s> {
    /// Returns a client that sends its first datagram as soon as it is asked.
    ///
    /// # Errors
    ///
    /// [`Full`] if `storage` cannot hold the states that every session needs.
    pub fn new(
        config: ClientConfig,
        storage: ClientStorage<'s>,
        now: Instant,
    ) -> Result<Self, Full> {
        let keys = Keys::new(storage.keys);
        let mut transport = Transport::new(
            Config {
                role: Role::Client,
                key: config.key,
                seed: config.seed,
                addresses: config.addresses,
                v6_socket: false,
                timing: config.timing,
                offer: config.offer,
            },
            keys,
            Replica::new(storage.host, config.size),
            storage.transport,
            now,
        )?;
        // Only what is pushed after the initial state was taken is sent: with the first state the
        // server must learn the size, as it then starts the program.
        let size = transport.incoming().largest(config.size);
        transport.outgoing_mut().push_resize(size.columns, size.rows)?;
        let quit = quit_hint(config.escape);
        Ok(Self {
            transport,
            escape: EscapeScanner::new(config.escape),
            notification: Notification::new(now, &quit),
            predictor: Predictor::new(config.display, config.overwrite),
            tty: config.tty,
            told_tty: Told::default(),
            title_prefix: config.title_prefix,
            shown: Shown::default(),
            started_at: now,
            now,
            predicted_from: StateNum::INITIAL,
            facts: None,
            told: None,
            pending: Pending::default(),
            closed: None,
        })
    }

    /// Takes a datagram from the network; it is decrypted in place.
    ///
    /// # Errors
    ///
    /// [`Discard`] says why the datagram had no effect; the session goes on.
    pub fn handle_datagram(&mut self, now: Instant, datagram: Datagram<'_>) -> Result<(), Discard> {
        self.now = now;
        self.pending.draw_told = false;
        let connected = self.has_contact();
        let result = self.transport.handle_datagram(now, datagram);
        self.tell_facts();
        result?;
        if self.has_contact() {
            if !connected && self.is_open() {
                self.notification.clear();
            }
            let contact_at = self.transport.newest().at;
            self.notification.heard(contact_at, self.transport.acked_sent_at());
            if self.predicted_from != self.transport.newest().num {
                self.predicted_from = self.transport.newest().num;
                self.predictor.handle_interval(self.transport.send_interval());
                let (replica, newest) = self.transport.incoming_and_newest();
                self.predictor.handle_frame(now, replica.screens_mut(), newest);
            }
        }
        Ok(())
    }

    /// Does what the time has come for.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        self.pending.draw_told = false;
        self.transport.handle_timeout(now);
        self.notification.handle_timeout(now);
        let (replica, newest) = self.transport.incoming_and_newest();
        self.predictor.handle_timeout(now, replica.screens_mut(), newest);
        if self.has_contact() || !self.is_open() {
            return;
        }
        let waiting = now.since(self.started_at);
        if waiting > CONNECT_TIMEOUT {
            self.shut_down(now, "Timed out waiting for server...");
        } else if waiting > QUIET_START && !self.pending.quiet_told {
            self.pending.quiet_told = true;
            let mut notice = String::<64>::new();
            let port = self.transport.peer().map_or(0, |peer| peer.port());
            let _ = write!(notice, "Nothing received from server on UDP port {port}.");
            self.notification.set(&notice, Lifetime::Permanent);
        }
    }

    /// Learns that the machine's addresses or routes changed: the server hears of it at once.
    pub fn handle_network_change(&mut self, now: Instant) {
        self.now = now;
        self.transport.handle_network_change(now);
    }

    /// Learns the host's present addresses, the preferred one first.
    pub fn handle_addresses(&mut self, now: Instant, addresses: &[SocketAddr]) {
        self.now = now;
        self.transport.handle_addresses(now, addresses);
    }

    /// Learns that the datagram just handed out could not be sent.
    pub fn handle_send_error(&mut self, now: Instant, error: SendError) {
        self.now = now;
        self.transport.handle_send_error(now, error);
    }

    /// Shows the user an error of the network, in the system's words.
    pub fn show_error(&mut self, now: Instant, text: &str) {
        self.now = now;
        if self.is_open() {
            self.notification.set(text, Lifetime::Until(now + ERROR_LIFETIME));
        }
    }

    /// Takes what the user typed, as the terminal sends it in application cursor mode; commands
    /// after the escape key are carried out, everything else goes to the server.
    ///
    /// # Errors
    ///
    /// [`Full`] if the keys do not fit behind those that the server has not acknowledged; none of
    /// them counts as typed then, and the same call may succeed later.
    pub fn send_keys(&mut self, now: Instant, bytes: &[u8]) -> Result<(), Full> {
        self.now = now;
        if !self.is_open() {
            return Ok(());
        }
        // An escape key that was held back earlier may join the bytes.
        if self.transport.outgoing().room() < bytes.len() + self.escape.held_len() {
            return Err(Full);
        }
        let pasted = bytes.len() > predict::BULK;
        if pasted {
            self.predictor.handle_paste(now, self.transport.sent_num().next());
        }
        for &byte in bytes {
            let was_pending = self.escape.is_pending();
            let mut keys = Output::new();
            let command = self.escape.scan(byte, &mut keys);
            if was_pending && !self.escape.is_pending() {
                self.notification.clear();
            }
            self.push_keys(&keys, pasted)?;
            match command {
                None => {}
                Some(Command::Help) => self.show_commands(),
                Some(Command::Suspend) => self.pending.suspend = true,
                Some(Command::Quit) => {
                    self.shut_down(now, "Exiting on user request...");
                    return Ok(());
                }
            }
        }
        let mut keys = Output::new();
        self.escape.end(&mut keys);
        self.push_keys(&keys, pasted)?;
        let num = self.transport.sent_num().next();
        let (replica, newest) = self.transport.incoming_and_newest();
        self.predictor.handle_read(now, num, replica.screens_mut(), newest);
        Ok(())
    }

    fn push_keys(&mut self, keys: &[u8], pasted: bool) -> Result<(), Full> {
        for &key in keys {
            if key == FORM_FEED {
                self.repaint();
            }
            self.transport.outgoing_mut().push_keys(&[key])?;
            if !pasted {
                self.predictor.handle_byte(self.now, key, self.transport.sent_num().next());
            }
        }
        Ok(())
    }

    /// Puts the help of the escape key on the bar.
    fn show_commands(&mut self) {
        let escape = self.escape.escape();
        let mut help = String::<120>::new();
        let _ = write!(
            help,
            "Commands: Ctrl-Z suspends, \".\" quits, {} gives literal {}",
            KeyName(escape.pass_key()),
            KeyName(escape.key()),
        );
        self.notification.set_help(&help);
    }

    /// Tells the server the new size of the window, or as much of it as fits into the client's
    /// memory. What is shown changes when the server's
    /// answer arrives.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room behind the keys that the server has not acknowledged.
    pub fn resize(&mut self, now: Instant, size: Size) -> Result<(), Full> {
        self.now = now;
        if !self.is_open() {
            return Ok(());
        }
        // The server's screen will have this size, and has to fit here.
        let size = self.transport.incoming().largest(size);
        self.transport.outgoing_mut().push_resize(size.columns, size.rows)
    }

    /// Learns what the user's terminal can do. If it is more or less than before, it is drawn anew.
    pub fn set_capabilities(&mut self, tty: Capabilities) {
        if tty != self.tty {
            self.tty = tty;
            self.forget_shown();
        }
    }

    /// Learns about the user's terminal. A server of ours is told as soon as it is known to be one,
    /// and whenever something changes.
    pub fn set_facts(&mut self, now: Instant, facts: Facts) {
        self.now = now;
        self.facts = Some(Facts { unicode: Some(width::VERSION), ..facts });
        self.tell_facts();
    }

    fn tell_facts(&mut self) {
        if let Some(facts) = self.facts
            && self.told != self.facts
            && self.is_open()
            && self.transport.agreement().has(Offer::FACTS)
        {
            self.told = self.facts;
            self.transport.outgoing_mut().tell_facts(&facts.emit());
        }
    }

    /// Ends the session in order; `why` is shown until it has ended. A second call ends it at
    /// once.
    pub fn shut_down(&mut self, now: Instant, why: &str) {
        self.now = now;
        if self.is_open() {
            self.notification.set(why, Lifetime::Permanent);
            self.transport.shut_down(now);
        } else {
            self.closed.get_or_insert(CloseReason::TimedOut);
        }
    }

    /// Learns that the terminal's content is unknown: the next [`render`](Self::render) is a
    /// complete repaint.
    pub fn repaint(&mut self) {
        self.forget_shown();
    }

    fn forget_shown(&mut self) {
        if let Some(frame) = self.shown.frame.take() {
            self.transport.incoming_mut().screens_mut().release(frame);
        }
        self.shown.num = None;
        self.pending.draw_told = false;
    }

    /// Writes what brings the user's terminal from what it shows to the newest picture.
    ///
    /// # Errors
    ///
    /// Those of `tty`; the terminal's content counts as unknown then.
    pub fn render<W: Write>(&mut self, now: Instant, tty: &mut W) -> Result<(), W::Error> {
        self.now = now;
        self.draw(tty, Some(now))
    }

    /// Writes the last picture, without bar and prefix, and gives the terminal its usual modes
    /// back.
    ///
    /// # Errors
    ///
    /// Those of `tty`.
    pub fn finish<W: Write>(&mut self, tty: &mut W) -> Result<(), W::Error> {
        self.draw(tty, None)?;
        self.leave(tty)
    }

    /// Writes what takes back all that drawing has changed of the terminal, but the text: for a
    /// suspension, and to be kept for an end that leaves no time to [`finish`](Self::finish). It is
    /// enough wherever the terminal stopped in what [`render`](Self::render) wrote before.
    ///
    /// # Errors
    ///
    /// Those of `tty`.
    pub fn leave<W: Write>(&self, tty: &mut W) -> Result<(), W::Error> {
        diff::leave(tty)?;
        diff::leave_more(&self.tty, tty)?;
        self.told_tty.take_back(&self.tty, tty)
    }

    /// Draws the newest screen, with overlays as of `overlays` if given.
    fn draw<W: Write>(&mut self, tty: &mut W, overlays: Option<Instant>) -> Result<(), W::Error> {
        let num = self.transport.newest().num;
        let (replica, newest) = self.transport.incoming_and_newest();
        let screens = replica.screens_mut();
        let Ok(target) = screens.snapshot(newest) else {
            // Received states take all the room; acknowledgements on their way will free some.
            self.pending.draw_told = true;
            self.notification.postpone(self.now);
            return Ok(());
        };
        if let Some(now) = overlays {
            if self.title_prefix {
                title::apply(screens, &target);
            }
            self.predictor.apply(screens, &target);
            self.notification.apply(now, screens, &target);
        }
        let shown = self.shown.frame.as_ref();
        let reset = if shown.is_none() { self.told_tty.reset_cursor(tty) } else { Ok(()) };
        self.told_tty.note(screens, &self.tty, &target);
        let written = if self.tty.synchronized_updates {
            let mut update = Update::new(tty);
            let written = diff::render(screens, &self.tty, shown, &target, &mut update);
            written.and_then(|()| update.finish())
        } else {
            diff::render(screens, &self.tty, shown, &target, tty)
        };
        let written = reset.and(written);
        let last = self.shown.frame.replace(target);
        if let Some(last) = last {
            screens.release(last);
        }
        self.shown.num = Some(num);
        self.pending.draw_told = false;
        if written.is_err() {
            self.forget_shown();
        }
        written
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
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        if self.needs_draw() && !self.pending.draw_told {
            self.pending.draw_told = true;
            return Some(ClientEvent::Draw);
        }
        if core::mem::take(&mut self.pending.suspend) {
            return Some(ClientEvent::Suspend);
        }
        if self.transport.wants_addresses(self.now) {
            return Some(ClientEvent::Resolve);
        }
        if !self.pending.closed_told
            && let Some(closed) = self.closed()
        {
            self.pending.closed_told = true;
            return Some(ClientEvent::Closed(closed));
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
        let waiting = !self.has_contact() && self.is_open();
        // One millisecond past: the limits are to be exceeded.
        let past = Duration::from_millis(1);
        let quiet =
            (waiting && !self.pending.quiet_told).then(|| self.started_at + QUIET_START + past);
        let connect = waiting.then(|| self.started_at + CONNECT_TIMEOUT + past);
        let overlays = [self.notification.poll_timeout(), self.predictor.poll_timeout()];
        [self.transport.poll_timeout(), quiet, connect].into_iter().chain(overlays).flatten().min()
    }

    fn needs_draw(&self) -> bool {
        self.shown.num != Some(self.transport.newest().num)
            || self.notification.changed()
            || self.predictor.changed()
    }

    fn is_open(&self) -> bool {
        self.closed.is_none() && self.transport.phase() == Phase::Open
    }

    fn closed(&self) -> Option<CloseReason> {
        let closed = self.closed.or(match self.transport.phase() {
            Phase::Closed(closed) => Some(closed),
            Phase::Open | Phase::ShuttingDown => None,
        })?;
        Some(if self.has_contact() { closed } else { CloseReason::NeverConnected })
    }

    /// Whether a state of the server has been received.
    #[must_use]
    pub fn has_contact(&self) -> bool {
        self.transport.newest().num != StateNum::INITIAL
    }

    /// The newest received screen and the store that it is read through.
    pub fn screen(&self) -> (&Screens<'s>, &Frame) {
        (self.transport.incoming().screens(), self.transport.newest().snapshot)
    }

    /// How good the predictions were.
    #[must_use]
    pub fn predictions(&self) -> &predict::Counters {
        self.predictor.counters()
    }

    /// What the server can do beyond mosh 1.4, once it has answered.
    #[must_use]
    pub fn agreement(&self) -> Agreement {
        self.transport.agreement()
    }

    /// The address that datagrams go to.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.transport.peer()
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
        let mut held: Vec<&Frame, MAX_HELD> = self.transport.check().1.collect();
        held.extend(self.shown.frame.as_ref());
        self.transport.incoming().screens().check(&held);
    }

    /// Counts of what was sent, received and dropped.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        self.transport.counters()
    }
}

/// The keys that end the session, empty if there is no escape key.
fn quit_hint(escape: EscapeKey) -> String<16> {
    let mut hint = String::new();
    if escape.key().is_some() {
        let _ = write!(hint, "{} .", KeyName(escape.key()));
    }
    hint
}

/// A key as the user knows it: `Ctrl-^`, or `"x"` for a printable one.
struct KeyName(Option<u8>);

impl core::fmt::Display for KeyName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 {
            None => Ok(()),
            Some(key @ 0..0x20) => write!(f, "Ctrl-{}", char::from(key + 0x40)),
            Some(0x7f) => f.write_str("Delete"),
            Some(key) => write!(f, "\"{}\"", char::from(key)),
        }
    }
}
