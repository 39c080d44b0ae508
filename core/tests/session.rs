//! Whole sessions in memory: a client, a server and virtual time between them.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::VecDeque;

use mosh_core::client::{Client, ClientConfig, ClientEvent, ClientStorage};
use mosh_core::crypto::SessionKey;
use mosh_core::diff::Capabilities;
use mosh_core::input::EscapeKey;
use mosh_core::platform::MAX_DATAGRAM;
use mosh_core::predict::Display;
use mosh_core::screen::Rgb;
use mosh_core::screen::{Frame, MAX_CLUSTER, Screens, Size};
use mosh_core::server::{Server, ServerConfig, ServerEvent, ServerStorage};
use mosh_core::terminal::Facts;
use mosh_core::time::Instant;
use mosh_core::transport::{CloseReason, Datagram, Timing};
use mosh_core::wire::mosh::Offer;

#[test]
fn keys_reach_the_program_and_its_output_the_screen() {
    let mut pair = Pair::new();
    pair.pass(ms(500));
    assert!(pair.server_events.contains(&ServerEvent::Attached));
    pair.keys(b"ls\r");
    pair.pass(ms(200));
    assert_eq!(pair.typed, b"ls\r");
    pair.output(b"README  core\r\n$ ");
    pair.pass(ms(200));
    assert_eq!(pair.client_rows()[..2], ["README  core", "$"]);
    assert_eq!(pair.client_rows(), rows(pair.server.screen()));
}

#[test]
fn an_echo_costs_one_round_trip_and_nothing_else() {
    let mut pair = Pair::new();
    pair.echo = true;
    pair.pass(Duration::from_secs(5));
    let typed_at = pair.now;
    pair.keys(b"x");
    while pair.client_rows()[0] != "x" {
        pair.step();
    }
    let took = pair.now - typed_at;
    assert!(took <= pair.delay * 2 + ms(1), "took {took:?}");
}

#[test]
fn what_a_diff_tells_makes_a_state_of_its_own() {
    // Else every heartbeat would repeat it, and the client would think that it hears nothing new.
    for output in ["\x1b]0;\x07", "\x1b]1;\x07", "\x1b]2;\x07", "\x1b]1;x\x07", "\x1b]0;x\x07"] {
        let mut pair = Pair::new();
        pair.pass(ms(500));
        pair.output(output.as_bytes());
        pair.pass(Duration::from_secs(30));
        assert_eq!(pair.client.counters().duplicates, 0, "{output:?}");
        let (screens, frame) = pair.client.screen();
        assert!(screens.info(frame).title_set, "{output:?}");
    }
}

#[test]
fn a_session_survives_a_link_that_loses_every_third_datagram() {
    let mut pair = Pair::new();
    pair.echo = true;
    pair.lose_every = Some(3);
    let text: Vec<u8> = (0..200).map(|i| b'a' + i % 26).collect();
    for key in &text {
        pair.keys(&[*key]);
        pair.pass(ms(70));
    }
    pair.pass(Duration::from_secs(5));
    assert_eq!(pair.typed, text);
    assert_eq!(pair.client_rows(), rows(pair.server.screen()));
}

#[test]
fn a_long_paste_arrives_byte_for_byte() {
    let mut pair = Pair::new();
    pair.lose_every = Some(4);
    let text: Vec<u8> = (0..100_000_u32).map(|i| b' ' + (i * 7 % 90) as u8).collect();
    pair.pass(ms(500));
    for chunk in text.chunks(4000) {
        pair.keys(chunk);
    }
    pair.pass(Duration::from_secs(120));
    assert!(pair.typed == text, "{} of {} bytes", pair.typed.len(), text.len());
}

#[test]
fn a_resize_changes_both_screens() {
    let mut pair = Pair::new();
    pair.pass(ms(500));
    pair.output(b"top\r\nbelow");
    let size = Size { columns: 120, rows: 40 };
    pair.client.resize(pair.now, size).unwrap();
    pair.drain();
    pair.pass(ms(500));
    assert!(pair.server_events.contains(&ServerEvent::Resize(size)));
    let (screens, frame) = pair.client.screen();
    assert_eq!(screens.info(frame).size(), size);
    assert_eq!(pair.client_rows()[..2], ["top", "below"]);
}

#[test]
fn a_synchronised_update_shows_when_it_ends_or_takes_too_long() {
    let mut pair = Pair::new();
    pair.pass(ms(500));
    pair.output(b"before");
    pair.pass(ms(200));
    pair.output(b"\x1b[?2026h\rabcdef");
    pair.pass(ms(100));
    assert_eq!(pair.client_rows()[0], "before");
    pair.output(b"\x1b[?2026l");
    pair.pass(ms(100));
    assert_eq!(pair.client_rows()[0], "abcdef");
    // Keys are acknowledged with the screen that shows their effect.
    pair.keys(b"x");
    pair.pass(pair.delay + ms(1));
    pair.output(b"\x1b[?2026h\rx");
    let begun_at = pair.now;
    while pair.client_rows()[0] != "xbcdef" {
        pair.step();
    }
    let took = pair.now - begun_at;
    assert!(took >= ms(150) && took < ms(150) + pair.delay + ms(50), "took {took:?}");
    pair.pass(ms(500));
    let (screens, frame) = pair.client.screen();
    assert!(screens.info(frame).echo_ack > 0);
}

#[test]
fn what_a_program_leaves_unfinished_is_its_last_screen() {
    let mut pair = Pair::new();
    pair.pass(ms(500));
    pair.output(b"\x1b[?2026hbye");
    pair.server.host_closed(pair.now);
    pair.drain();
    pair.pass(ms(500));
    assert_eq!(pair.client_rows()[0], "bye");
}

#[test]
fn facts_about_the_terminal_reach_a_server_that_takes_them() {
    let mut pair = Pair::new();
    pair.lose_every = Some(3);
    let facts = Facts { background: Some(Rgb(1, 2, 3)), ..Facts::UNKNOWN };
    pair.client.set_facts(pair.now, facts);
    pair.drain();
    assert_eq!(*pair.server.facts(), Facts::UNKNOWN, "nobody has answered yet");
    pair.pass(ms(3000));
    assert_eq!(pair.server.facts().background, facts.background);
    assert!(pair.server.facts().unicode.is_some(), "the client's own table");
    for red in 10..90 {
        let facts = Facts { background: Some(Rgb(red, 2, 3)), ..facts };
        pair.client.set_facts(pair.now, facts);
        pair.keys(&[red]);
        pair.pass(ms(10));
    }
    pair.pass(ms(3000));
    assert_eq!(pair.server.facts().background, Some(Rgb(89, 2, 3)));
    assert_eq!(pair.typed, (10..90).collect::<Vec<_>>());
}

#[test]
fn a_window_that_becomes_much_smaller_is_still_drawn() {
    let mut pair = Pair::new();
    pair.pass(ms(500));
    // The base that the server must keep has many times the rows of the new screen.
    let size = Size { columns: 80, rows: 1 };
    pair.client.resize(pair.now, size).unwrap();
    pair.drain();
    pair.pass(ms(500));
    pair.output(b"still here");
    pair.pass(ms(500));
    assert_eq!(pair.client_rows(), ["still here"]);
}

#[test]
fn a_screen_that_changes_there_and_back_is_followed() {
    // Whether the change arrives or not, before the server hears of it the screen is again what
    // it was.
    for lost in [false, true] {
        let mut pair = Pair::new();
        pair.pass(ms(500));
        pair.output(b"$ ");
        pair.pass(ms(500));
        pair.lose_every = lost.then_some(1);
        pair.output(b"a");
        pair.lose_every = None;
        pair.pass(ms(1));
        pair.output(b"\x08\x1b[K");
        pair.pass(ms(500));
        assert_eq!(pair.client_rows()[0], "$", "lost: {lost}");
        pair.output(b"bc");
        pair.pass(ms(500));
        assert_eq!(pair.client_rows()[0], "$ bc", "lost: {lost}");
    }
}

#[test]
fn silence_shows_on_the_bar_and_contact_removes_it() {
    let mut pair = Pair::new();
    pair.pass(ms(500));
    pair.output(b"first line");
    pair.pass(ms(500));
    pair.black_out();
    pair.pass(Duration::from_secs(12));
    let bar = "mosh: Last contact ";
    assert!(pair.tty_rows()[0].starts_with(bar), "{:?}", pair.tty_rows()[0]);
    assert!(pair.tty_rows()[0].ends_with("seconds ago. [To quit: Ctrl-^ .]"));
    pair.blackout = false;
    pair.pass(Duration::from_secs(7));
    assert_eq!(pair.tty_rows()[0], "first line");
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let mut pair = Pair::new();
    pair.black_out();
    pair.pass(ms(1000));
    let notice = "mosh: Nothing received from server on UDP port 60001. [To quit: Ctrl-^ .]";
    assert_eq!(pair.tty_rows()[0], notice);
    pair.pass(Duration::from_secs(13));
    assert_eq!(pair.client_closed, None);
    pair.pass(Duration::from_secs(10));
    assert_eq!(pair.client_closed, Some(CloseReason::NeverConnected));
}

#[test]
fn a_server_whose_client_never_comes_ends_after_a_minute() {
    let mut pair = Pair::new();
    pair.black_out();
    pair.pass(ms(59_900));
    assert_eq!(pair.server_closed, None);
    pair.pass(ms(200));
    assert_eq!(pair.server_closed, Some(CloseReason::NeverConnected));
}

#[test]
fn a_vanished_client_is_reported_and_waited_for() {
    let mut pair = Pair::new();
    pair.pass(ms(500));
    pair.black_out();
    pair.pass(Duration::from_secs(3600));
    assert!(pair.server_events.contains(&ServerEvent::Silent));
    assert_eq!(pair.server_closed, None);
    assert_eq!(pair.server.peer(), None, "detached");
    pair.blackout = false;
    pair.server_events.clear();
    pair.pass(Duration::from_secs(8));
    assert!(matches!(pair.server_events[..], [ServerEvent::Moved(_)]));
    assert!(pair.server.peer().is_some());
}

#[test]
fn the_network_timeout_ends_the_session_of_a_vanished_client() {
    let mut pair = Pair::with_timeout(Some(Duration::from_secs(20)));
    pair.pass(Duration::from_secs(100));
    assert_eq!(pair.server_closed, None, "heartbeats count as contact");
    pair.black_out();
    pair.pass(Duration::from_secs(35));
    assert_eq!(pair.server_closed, Some(CloseReason::TimedOut));
}

#[test]
fn the_end_of_the_program_delivers_its_last_words() {
    let mut pair = Pair::new();
    pair.pass(ms(500));
    pair.output(b"logout");
    pair.server.host_closed(pair.now);
    pair.drain();
    pair.pass(ms(2000));
    assert_eq!(pair.client_rows()[0], "logout");
    assert_eq!(pair.client_closed, Some(CloseReason::PeerClosed));
    assert_eq!(pair.server_closed, Some(CloseReason::Acknowledged));
}

#[test]
fn the_quit_sequence_ends_both_sides() {
    let mut pair = Pair::new();
    pair.pass(ms(500));
    pair.keys(b"a\x1e");
    pair.pass(ms(100));
    let help = "mosh: Commands: Ctrl-Z suspends, \".\" quits, \"^\" gives literal Ctrl-^";
    assert_eq!(pair.tty_rows()[0], help);
    pair.keys(b".");
    pair.pass(ms(2000));
    assert_eq!(pair.typed, b"a");
    assert_eq!(pair.client_closed, Some(CloseReason::Acknowledged));
    assert_eq!(pair.server_closed, Some(CloseReason::PeerClosed));
}

#[test]
fn the_escape_key_passes_literally_and_suspends() {
    let mut pair = Pair::new();
    pair.pass(ms(500));
    pair.keys(b"\x1e^\x1ex\x1e\x1a");
    pair.pass(ms(500));
    assert_eq!(pair.typed, b"\x1e\x1ex");
    assert!(pair.client_events.contains(&ClientEvent::Suspend));
    assert_eq!(pair.tty_rows()[0], "", "the help is gone");
}

#[test]
fn titles_carry_the_prefix_until_the_end() {
    let mut pair = Pair::new();
    pair.pass(ms(500));
    assert!(!contains(&pair.tty_bytes, b"\x1b]"), "no title before the program sets one");
    pair.output(b"\x1b]0;work\x07");
    pair.pass(ms(500));
    assert!(contains(&pair.tty_bytes, b"\x1b]0;[mosh] work\x07"));
    pair.tty_bytes.clear();
    pair.client.finish(&mut pair.tty_bytes).unwrap();
    assert!(contains(&pair.tty_bytes, b"\x1b]0;work\x07"));
}

#[test]
fn idle_ends_exchange_heartbeats_only() {
    let mut pair = Pair::new();
    pair.pass(Duration::from_secs(10));
    let sent = |pair: &Pair| pair.client.counters().sent + pair.server.counters().sent;
    let before = sent(&pair);
    pair.pass(Duration::from_secs(60));
    let count = sent(&pair) - before;
    assert!((20..=44).contains(&count), "{count} datagrams in a minute");
}

#[test]
fn the_program_gets_answers_to_its_queries() {
    let mut pair = Pair::new();
    pair.pass(ms(500));
    pair.output(b"ab\x1b[6n");
    assert_eq!(pair.typed, b"\x1b[1;3R");
}

#[test]
fn a_flood_of_output_lets_keys_through_and_ends_with_equal_screens() {
    let mut pair = Pair::new();
    pair.pass(ms(500));
    let line = b"\x1b[3;1Hsome \x1b[1;32mcolourful\x1b[m output that scrolls\r\n\n\n\n".repeat(64);
    for _ in 0..500 {
        pair.output(&line);
        pair.pass(ms(2));
    }
    pair.keys(b"\x03");
    pair.pass(ms(100));
    assert_eq!(pair.typed, b"\x03");
    pair.pass(ms(3000));
    assert_eq!(pair.client_rows(), rows(pair.server.screen()));
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// The text of a screen, row by row, without trailing blanks.
fn rows((screens, frame): (&Screens<'_>, &Frame)) -> Vec<String> {
    let text = |row| {
        let mut buf = [0; MAX_CLUSTER];
        let cells = screens.row(frame, row).iter();
        let text: String = cells.map(|cell| screens.glyph_str(cell, &mut buf).to_owned()).collect();
        text.trim_end().to_owned()
    };
    (0..screens.info(frame).size().rows).map(text).collect()
}

/// What is under way: when it arrives, and for whom.
struct Packet {
    at: Instant,
    to_server: bool,
    bytes: Vec<u8>,
}

struct Pair {
    client: Client<'static>,
    server: Server<'static>,
    now: Instant,
    delay: Duration,
    /// Nothing passes.
    blackout: bool,
    /// Each so-many-th datagram is lost.
    lose_every: Option<u64>,
    sent: u64,
    link: VecDeque<Packet>,
    /// The program shows what is typed.
    echo: bool,
    typed: Vec<u8>,
    tty_bytes: Vec<u8>,
    client_events: Vec<ClientEvent>,
    server_events: Vec<ServerEvent>,
    client_closed: Option<CloseReason>,
    server_closed: Option<CloseReason>,
}

impl Pair {
    fn new() -> Self {
        Self::with_timeout(None)
    }

    fn with_timeout(network_timeout: Option<Duration>) -> Self {
        let now = Instant::from_millis(70_000);
        let size = Size { columns: 80, rows: 24 };
        let key = || SessionKey::from_bytes(*b"0123456789abcdef");
        let server = ServerConfig {
            key: key(),
            size,
            seed: 1,
            v6_socket: false,
            network_timeout,
            timing: Timing::default(),
            offer: Some(Offer::OURS),
        };
        let client = ClientConfig {
            key: key(),
            addresses: [address(60001)].into_iter().collect(),
            size,
            seed: 2,
            tty: Capabilities { titles: true, ..Capabilities::PLAIN },
            display: Display::Never,
            overwrite: false,
            escape: EscapeKey::default(),
            title_prefix: true,
            timing: Timing::default(),
            offer: Some(Offer::OURS),
        };
        let mut pair = Self {
            client: Client::new(client, ClientStorage::heap(), now).unwrap(),
            server: Server::new(server, ServerStorage::heap(), now).unwrap(),
            now,
            delay: ms(20),
            blackout: false,
            lose_every: None,
            sent: 0,
            link: VecDeque::new(),
            echo: false,
            typed: Vec::new(),
            tty_bytes: Vec::new(),
            client_events: Vec::new(),
            server_events: Vec::new(),
            client_closed: None,
            server_closed: None,
        };
        pair.drain();
        pair
    }

    /// Nothing passes any more, what is under way included.
    fn black_out(&mut self) {
        self.blackout = true;
        self.link.clear();
    }

    fn keys(&mut self, keys: &[u8]) {
        self.client.send_keys(self.now, keys).unwrap();
        self.drain();
    }

    fn output(&mut self, bytes: &[u8]) {
        self.server.write_host(self.now, bytes);
        self.drain();
    }

    fn client_rows(&self) -> Vec<String> {
        rows(self.client.screen())
    }

    /// What the user's terminal shows, as another emulator understands it.
    fn tty_rows(&self) -> Vec<String> {
        let mut terminal = vt100::Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0);
        terminal.process(&self.tty_bytes);
        let rows = terminal.screen().rows(0, 80);
        rows.map(|row| row.trim_end().to_owned()).collect()
    }

    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while self.next() <= end {
            self.step();
        }
        self.now = end;
    }

    fn next(&self) -> Instant {
        let arrival = self.link.front().map(|packet| packet.at);
        let deadlines = [self.client.poll_timeout(), self.server.poll_timeout(), arrival];
        let next = deadlines.into_iter().flatten().min().unwrap_or(Instant::from_micros(u64::MAX));
        assert!(next >= self.now, "a deadline in the past: work was left undone");
        next
    }

    /// Jumps to the next deadline or arrival.
    fn step(&mut self) {
        self.now = self.next();
        while self.link.front().is_some_and(|packet| packet.at <= self.now) {
            let mut packet = self.link.pop_front().unwrap();
            let (port, now) = (if packet.to_server { 50_000 } else { 60_001 }, self.now);
            let datagram =
                Datagram { source: address(port), congestion: false, bytes: &mut packet.bytes };
            let _ = match packet.to_server {
                true => self.server.handle_datagram(now, datagram),
                false => self.client.handle_datagram(now, datagram),
            };
        }
        self.client.handle_timeout(self.now);
        self.server.handle_timeout(self.now);
        self.drain();
    }

    fn drain(&mut self) {
        self.take_host_bytes();
        let mut buf = [0; MAX_DATAGRAM];
        while let Some(transmit) = self.client.poll_transmit(self.now, &mut buf) {
            self.send(true, &buf[..transmit.len]);
        }
        while let Some(transmit) = self.server.poll_transmit(self.now, &mut buf) {
            self.send(false, &buf[..transmit.len]);
        }
        while let Some(event) = self.client.poll_event() {
            match event {
                ClientEvent::Draw => self.client.render(self.now, &mut self.tty_bytes).unwrap(),
                ClientEvent::Closed(reason) => self.client_closed = Some(reason),
                event => self.client_events.push(event),
            }
        }
        while let Some(event) = self.server.poll_event() {
            match event {
                ServerEvent::Closed(reason) => self.server_closed = Some(reason),
                ServerEvent::Input => self.take_host_bytes(),
                event => self.server_events.push(event),
            }
        }
        for deadline in [self.client.poll_timeout(), self.server.poll_timeout()] {
            assert!(deadline.is_none_or(|at| at > self.now), "due again after a drain");
        }
    }

    fn take_host_bytes(&mut self) {
        let mut buf = [0; 1000];
        loop {
            let len = self.server.read_host(&mut buf);
            if len == 0 {
                return;
            }
            self.typed.extend(&buf[..len]);
            if self.echo {
                self.server.write_host(self.now, &buf[..len]);
            }
        }
    }

    fn send(&mut self, to_server: bool, bytes: &[u8]) {
        self.sent += 1;
        let lost = self.lose_every.is_some_and(|every| self.sent.is_multiple_of(every));
        if !self.blackout && !lost {
            let at = self.now + self.delay;
            self.link.push_back(Packet { at, to_server, bytes: bytes.to_vec() });
        }
    }
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}
