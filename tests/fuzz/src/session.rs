//! A client and a server in virtual time, and somebody between them who may hold the key.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use mosh_core::client::{Client, ClientConfig, ClientEvent, ClientStorage};
use mosh_core::compress::{Deflater, stored_len};
use mosh_core::crypto::{Direction, Session, SessionKey};
use mosh_core::diff::Capabilities;
use mosh_core::input::EscapeKey;
use mosh_core::platform::{Endpoint, MAX_DATAGRAM};
use mosh_core::predict::Display;
use mosh_core::screen::Size;
use mosh_core::server::{Server, ServerConfig, ServerEvent, ServerStorage};
use mosh_core::storage::{Buffer, Slab};
use mosh_core::time::Instant;
use mosh_core::transport::{CloseReason, Counters, Datagram, Discard, Timing, Transmit};
use mosh_core::wire::fragment::Fragment;
use mosh_core::wire::mosh::{Instruction, Offer};

use crate::input::Input;
use crate::screens::is_small;

/// Which end a datagram goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// The program's end.
    Server,
    /// The user's end.
    Client,
}

/// Both ends of a session, what is on its way between them, and what came out of them.
#[derive(Debug)]
pub struct Pair<'s> {
    /// The user's end.
    pub client: Client<'s>,
    /// The program's end.
    pub server: Server<'s>,
    /// The present time, at both ends.
    pub now: Instant,
    /// Where the client's datagrams come from.
    pub source: SocketAddr,
    /// What the client has sent and nobody took.
    pub to_server: VecDeque<Vec<u8>>,
    /// What the server has sent and nobody took.
    pub to_client: VecDeque<Vec<u8>>,
    /// What the program got to read.
    pub read: Vec<u8>,
    /// What the client drew on the user's terminal, and for which size of it, since somebody took
    /// it.
    pub drawn: Vec<(Size, Vec<u8>)>,
    /// How the session ended, if it has.
    pub closed: [Option<CloseReason>; 2],
    /// Whether the program reads.
    pub reads: bool,
    /// Whether there was something to read while it did not.
    unread: bool,
    /// The user's commands to suspend the client.
    pub suspensions: usize,
    /// Memory for clients of further sessions.
    pub spare: Vec<ClientStorage<'s>>,
    setup: Setup,
    /// The number of the session, which has a key of its own.
    session: u8,
}

/// What a session begins with.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// The size of both screens.
    pub size: Size,
    /// What the user's terminal can do.
    pub tty: Capabilities,
    /// The user's escape key.
    pub escape: EscapeKey,
    /// When both ends speak.
    pub timing: Timing,
    /// What both ends offer.
    pub offer: Option<Offer>,
    /// Silence after which the server gives up.
    pub network_timeout: Option<Duration>,
}

impl Setup {
    /// Reads a setup from the input.
    pub fn read(input: &mut Input<'_>) -> Self {
        let bits = input.byte();
        let flag = |bit: u8| bits >> bit & 1 == 1;
        let tty = Capabilities {
            erase_character: flag(0),
            back_colour_erase: flag(1),
            titles: flag(2),
            scroll_commands: flag(3),
            underline_shapes: flag(4),
            hide_cursor: flag(5),
            clipboard_max: usize::MAX,
            ..Capabilities::PLAIN
        };
        let timing = if flag(6) { Timing::Stock } else { Timing::Prompt };
        let network_timeout = flag(7).then_some(Duration::from_secs(3600));
        // Those that speak when mosh 1.4 does also say no more.
        let offer = (timing == Timing::Prompt).then_some(Offer::OURS);
        let size = input.size();
        Self { size, tty, escape: EscapeKey::default(), timing, offer, network_timeout }
    }

    fn server(&self, session: u8) -> ServerConfig {
        ServerConfig {
            key: numbered_key(session),
            size: self.size,
            seed: 1,
            v6_socket: false,
            timing: self.timing,
            offer: self.offer,
            network_timeout: self.network_timeout,
        }
    }

    fn client(&self, session: u8) -> ClientConfig {
        ClientConfig {
            key: numbered_key(session),
            addresses: [address(60_001), address(60_002)].into_iter().collect(),
            size: self.size,
            seed: 2,
            timing: self.timing,
            offer: self.offer,
            tty: self.tty,
            display: Display::Never,
            overwrite: false,
            escape: self.escape,
            title_prefix: true,
        }
    }
}

impl<'s> Pair<'s> {
    /// Starts a session.
    ///
    /// # Panics
    ///
    /// If the storage cannot hold one.
    pub fn new(setup: Setup, client: ClientStorage<'s>, server: ServerStorage<'s>) -> Self {
        let now = Instant::from_millis(1000);
        let server = Server::new(setup.server(0), server, now).expect("storage for a server");
        let client = Client::new(setup.client(0), client, now).expect("storage for a client");
        Self {
            client,
            server,
            now,
            source: address(50_000),
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            read: Vec::new(),
            drawn: Vec::new(),
            closed: [None; 2],
            reads: true,
            unread: false,
            suspensions: 0,
            spare: Vec::new(),
            setup,
            session: 0,
        }
    }

    /// Opens another session on the server's screen, for a client in spare memory. Returns whether
    /// there is such memory.
    ///
    /// # Panics
    ///
    /// If the server has no room for it, or still understands its last client.
    pub fn reopen(&mut self) -> bool {
        let Some(storage) = self.spare.pop() else { return false };
        self.session += 1;
        let config = self.setup.server(self.session);
        self.server.reopen(config, self.now).expect("as much memory as before");
        let config = self.setup.client(self.session);
        self.client = Client::new(config, storage, self.now).expect("storage for a client");
        for old in std::mem::take(&mut self.to_server) {
            let discard = self.deliver(Toward::Server, &old).expect_err("the key is another one");
            assert_eq!(discard, Discard::Forged);
        }
        self.to_client.clear();
        (self.closed, self.unread) = ([None; 2], false);
        true
    }

    /// Returns somebody who speaks to that end and holds the session's key.
    #[must_use]
    pub fn forger(&self, toward: Toward) -> Forger {
        Forger::with_key(toward, &numbered_key(self.session))
    }

    /// Hands a datagram to one end.
    ///
    /// # Errors
    ///
    /// Why the end had no use for it.
    pub fn deliver(&mut self, toward: Toward, bytes: &[u8]) -> Result<(), Discard> {
        let mut bytes = bytes.to_vec();
        let bytes = &mut bytes[..];
        match toward {
            Toward::Server => {
                let datagram = Datagram { source: self.source, congestion: false, bytes };
                self.server.handle_datagram(self.now, datagram)
            }
            Toward::Client => {
                let datagram = Datagram { source: address(60_001), congestion: true, bytes };
                self.client.handle_datagram(self.now, datagram)
            }
        }
    }

    /// What one end has counted.
    #[must_use]
    pub fn counters(&self, of: Toward) -> Counters {
        match of {
            Toward::Server => *self.server.counters(),
            Toward::Client => *self.client.counters(),
        }
    }

    /// Lets both ends do what is due, until neither has anything to do before time passes.
    ///
    /// # Panics
    ///
    /// If that does not come to an end, or an end breaks a rule.
    pub fn settle(&mut self) {
        for turn in 0.. {
            assert!(turn < MAX_TURNS, "the client does not come to rest");
            drain(&mut self.client, self.now, &mut self.to_server);
            self.client_events();
            if self.client.poll_timeout().is_none_or(|due| due > self.now) {
                break;
            }
        }
        for turn in 0.. {
            assert!(turn < MAX_TURNS, "the server does not come to rest");
            drain(&mut self.server, self.now, &mut self.to_client);
            self.server_events();
            if self.server.poll_timeout().is_none_or(|due| due > self.now) {
                break;
            }
        }
        // A network that nobody reads from forgets.
        for queue in [&mut self.to_server, &mut self.to_client] {
            queue.drain(..queue.len().saturating_sub(MAX_QUEUE));
        }
    }

    fn client_events(&mut self) {
        for count in 0.. {
            assert!(count < MAX_EVENTS, "events without end");
            match self.client.poll_event() {
                None => break,
                Some(ClientEvent::Draw) => {
                    let mut tty = Tty::default();
                    let Ok(()) = self.client.render(self.now, &mut tty);
                    let (screens, newest) = self.client.screen();
                    self.drawn.push((screens.size(newest), tty.bytes));
                }
                Some(ClientEvent::Suspend) => self.suspensions += 1,
                Some(ClientEvent::Closed(reason)) => self.closed[0] = Some(reason),
                Some(_) => {}
            }
        }
    }

    fn server_events(&mut self) {
        if self.reads && std::mem::take(&mut self.unread) {
            self.read_host();
        }
        for count in 0.. {
            assert!(count < MAX_EVENTS, "events without end");
            match self.server.poll_event() {
                None => break,
                Some(ServerEvent::Closed(reason)) => self.closed[1] = Some(reason),
                Some(ServerEvent::Input) if self.reads => self.read_host(),
                Some(ServerEvent::Input) => {
                    self.unread = true;
                    // It comes again as long as an answer waits.
                    break;
                }
                Some(_) => {}
            }
        }
    }

    /// Checks that both ends account for every row that they hold, unless that takes too long.
    ///
    /// # Panics
    ///
    /// If one does not.
    pub fn check(&self) {
        const MANY: u64 = 40;
        let few = |of| self.counters(of).states_received < MANY;
        let (screens, newest) = self.client.screen();
        if few(Toward::Client) && is_small(screens.size(newest)) {
            self.client.check();
        }
        let (screens, live) = self.server.screen();
        if is_small(screens.size(live)) {
            self.server.check();
        }
    }

    /// Lets the program read all that there is.
    ///
    /// # Panics
    ///
    /// If there is no end to it.
    pub fn read_host(&mut self) {
        let mut buf = [0; 512];
        for count in 0.. {
            assert!(count < MAX_READS, "input without end");
            let len = self.server.read_host(&mut buf);
            if len == 0 {
                break;
            }
            self.read.extend_from_slice(&buf[..len]);
        }
    }

    /// Carries everything that is on its way to its destination.
    pub fn exchange(&mut self) {
        for bytes in std::mem::take(&mut self.to_server) {
            let _ = self.deliver(Toward::Server, &bytes);
        }
        for bytes in std::mem::take(&mut self.to_client) {
            let _ = self.deliver(Toward::Client, &bytes);
        }
    }

    /// Lets time pass, with a turn at each deadline of either end, over a network that loses
    /// nothing.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.settle();
            self.exchange();
            self.settle();
            let due = [self.client.poll_timeout(), self.server.poll_timeout()];
            let Some(next) = due.into_iter().flatten().min().filter(|&next| next < end) else {
                break;
            };
            // Datagrams take their time.
            self.now = next.max(self.now + Duration::from_millis(1)).min(end);
        }
        self.now = end;
    }
}

/// Panics unless the program has read what the user typed.
///
/// # Panics
///
/// If a byte is missing, or came twice, or is another one. Arrow keys have two forms.
pub fn assert_read(read: &[u8], typed: &[u8]) {
    assert_eq!(read.len(), typed.len(), "read {read:?}, typed {typed:?}");
    for at in 0..typed.len() {
        let arrow = at > 0
            && typed[at - 1] == 0x1b
            && typed[at] == b'O'
            && typed.get(at + 1).is_some_and(|key| (b'A'..=b'D').contains(key));
        let same = read[at] == typed[at] || arrow && read[at] == b'[';
        assert!(same, "read {read:?}, typed {typed:?}, at {at}");
    }
}

/// What the client writes to the user's terminal.
#[derive(Debug, Default)]
pub struct Tty {
    /// In the order written.
    pub bytes: Vec<u8>,
}

impl embedded_io::ErrorType for Tty {
    type Error = Infallible;
}

impl embedded_io::Write for Tty {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Takes the datagrams that an end has to send.
fn drain(end: &mut impl Endpoint, now: Instant, sent: &mut VecDeque<Vec<u8>>) {
    end.handle_timeout(now);
    let mut buf = [0; MAX_DATAGRAM];
    for count in 0.. {
        assert!(count < MAX_SENT, "there is no end to what it sends");
        let Some(Transmit { len, .. }) = end.poll_transmit(now, &mut buf) else { break };
        assert!(len <= MAX_SENT_LEN, "{len} bytes are too many for the path");
        sent.push_back(buf[..len].to_vec());
    }
}

/// Somebody who holds the key and seals what no program of ours would.
#[derive(Debug)]
pub struct Forger {
    session: Session,
    id: u64,
}

impl Forger {
    /// Returns one who speaks to that end.
    #[must_use]
    pub fn new(toward: Toward) -> Self {
        Self::with_key(toward, &key())
    }

    fn with_key(toward: Toward, key: &SessionKey) -> Self {
        let direction = match toward {
            Toward::Server => Direction::ToServer,
            Toward::Client => Direction::ToClient,
        };
        Self { session: Session::new(key, direction), id: 0 }
    }

    /// Seals a plaintext.
    ///
    /// # Panics
    ///
    /// If the key is used up, which takes longer than a run.
    pub fn seal(&mut self, plaintext: &[u8]) -> Vec<u8> {
        let mut text = plaintext.to_vec();
        let (nonce, tag) = self.session.seal(&mut text).expect("the key is fresh");
        [&nonce.tail()[..], &text, &tag].concat()
    }

    /// Seals a fragment.
    pub fn seal_fragment(&mut self, timestamps: [u8; 4], fragment: &Fragment<'_>) -> Vec<u8> {
        self.seal(&[&timestamps[..], &fragment.header(), fragment.contents].concat())
    }

    /// Seals an instruction, cut into fragments of `cut` bytes.
    pub fn seal_instruction(
        &mut self,
        timestamps: [u8; 4],
        instruction: &Instruction<'_>,
        cut: usize,
    ) -> Vec<Vec<u8>> {
        let payload = compressed(instruction);
        self.id = self.id.wrapping_add(1);
        let id = self.id;
        let parts: Vec<&[u8]> = payload.chunks(cut.clamp(1, 1200)).collect();
        let last = parts.len() - 1;
        let fragment = |(number, contents)| Fragment {
            id,
            number: number as u16,
            last: number == last,
            contents,
        };
        let parts = parts.into_iter().enumerate().map(fragment);
        parts.map(|fragment| self.seal_fragment(timestamps, &fragment)).collect()
    }
}

/// An instruction as it is cut into fragments.
///
/// # Panics
///
/// If it does not fit into the memory that it needs by its own account.
#[must_use]
pub fn compressed(instruction: &Instruction<'_>) -> Vec<u8> {
    let mut plain = vec![0; instruction.emitted_len()];
    let mut message = Buffer::new(Slab::borrowed(&mut plain));
    instruction.emit(&mut message).expect("as long as it says");
    let mut memory = vec![0; stored_len(message.len())];
    let mut out = Buffer::new(Slab::borrowed(&mut memory));
    let mut table = [0; Deflater::TABLE_LEN];
    Deflater::new(Slab::borrowed(&mut table))
        .deflate(&message, &mut out)
        .expect("what does not shrink is stored");
    out.to_vec()
}

/// The key of every first session here.
#[must_use]
pub fn key() -> SessionKey {
    numbered_key(0)
}

fn numbered_key(session: u8) -> SessionKey {
    let mut bytes = *b"0123456789abcdef";
    bytes[15] ^= session;
    SessionKey::from_bytes(bytes)
}

/// An address of this machine.
#[must_use]
pub fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// Turns of one end at the same instant.
const MAX_TURNS: usize = 20;
/// Events of one turn.
const MAX_EVENTS: usize = 20;
/// Reads of half a kilobyte until there is nothing more: some megabytes.
const MAX_READS: usize = 20_000;
/// Datagrams of one turn: the largest instruction, twice.
const MAX_SENT: usize = 10_000;
/// The largest UDP payload over IPv4 that every path of 1280 bytes takes.
const MAX_SENT_LEN: usize = 1252;
/// Datagrams that the network holds.
const MAX_QUEUE: usize = 64;
