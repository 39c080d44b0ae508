//! A peer that holds the key and means harm: whatever it says, the endpoint lives on, and a peer
//! that speaks sense afterwards is served.

use core::net::SocketAddr;
use core::time::Duration;

use mosh_core::client::{Client, ClientConfig, ClientStorage};
use mosh_core::compress::{Deflater, stored_len};
use mosh_core::crypto::{Direction, Session, SessionKey};
use mosh_core::diff::Capabilities;
use mosh_core::input::EscapeKey;
use mosh_core::platform::{Endpoint, MAX_DATAGRAM};
use mosh_core::predict::Display;
use mosh_core::screen::Size;
use mosh_core::server::{Server, ServerConfig, ServerEvent, ServerStorage};
use mosh_core::storage::{Buffer, Slab, StaticClient, StaticServer, client_rows, server_rows};
use mosh_core::time::Instant;
use mosh_core::transport::{Datagram, Timing};
use mosh_core::wire::fragment::Fragment;
use mosh_core::wire::mosh::{Instruction, PROTOCOL_VERSION, host, user};
use mosh_core::wire::packet::{Timestamp, Timestamps};

#[test]
fn a_server_survives_a_malicious_client() {
    for seed in 1..=ROUNDS {
        let mut peer = Peer::new(Direction::ToServer, seed);
        let mut memory = Box::new(ServerMemory::new());
        let fixed = seed % 2 == 0;
        let storage = if fixed { memory.storage() } else { ServerStorage::heap() };
        let mut server = server(peer.now, storage);
        for _ in 0..STEPS {
            let diff = peer.user_diff();
            peer.say_anything(&mut server, &diff);
            let mut buf = [0; 600];
            let len = server.read_host(&mut buf);
            server.write_host(peer.now, &buf[..len]);
            let output = peer.output();
            server.write_host(peer.now, &output);
            while server.poll_event().is_some_and(|event| event != ServerEvent::Input) {}
            peer.drain(&mut server);
        }
    }
}

#[test]
fn a_client_survives_a_malicious_server() {
    for seed in 1..=ROUNDS {
        let mut peer = Peer::new(Direction::ToClient, seed);
        let mut memory = Box::new(ClientMemory::new());
        let fixed = seed % 2 == 0;
        let storage = if fixed { memory.storage() } else { ClientStorage::heap() };
        let mut client = client(peer.now, storage);
        let mut tty = Vec::new();
        for _ in 0..STEPS {
            let diff = peer.host_diff();
            peer.say_anything(&mut client, &diff);
            while client.poll_event().is_some() {}
            tty.clear();
            client.render(peer.now, &mut tty).unwrap();
            let _ = client.send_keys(peer.now, b"x");
            peer.drain(&mut client);
        }
    }
}

#[test]
fn overlapping_input_that_disagrees_does_no_harm() {
    let mut peer = Peer::new(Direction::ToServer, 1);
    let mut server = server(peer.now, ServerStorage::heap());
    let mut first = Message::new();
    first.keys(b"abc");
    peer.say(&mut server, 0, 1, &first.bytes);
    // The same stream again, but with a window size where the keys were.
    let mut second = Message::new();
    second.keys(b"a");
    second.size(80, 0x100);
    peer.say(&mut server, 0, 2, &second.bytes);
    let mut buf = [0; 100];
    while server.read_host(&mut buf) > 0 {}
    let mut third = Message::new();
    third.keys(b"good");
    peer.say(&mut server, 2, 3, &third.bytes);
    let len = server.read_host(&mut buf);
    assert_eq!(&buf[..len], b"good");
}

const ROUNDS: u64 = 8;
const STEPS: usize = 400;

/// Memory that is soon used up; every other round has it.
type ServerMemory = StaticServer<80, 24, { server_rows(24) }, 4096>;
type ClientMemory = StaticClient<80, 24, { client_rows(24) }, 4096>;

fn server(now: Instant, storage: ServerStorage<'_>) -> Server<'_> {
    let size = Size { columns: 80, rows: 24 };
    let config = ServerConfig {
        key: key(),
        size,
        seed: 1,
        v6_socket: false,
        network_timeout: None,
        timing: Timing::default(),
    };
    Server::new(config, storage, now).unwrap()
}

fn client(now: Instant, storage: ClientStorage<'_>) -> Client<'_> {
    let config = ClientConfig {
        key: key(),
        addresses: [address()].into_iter().collect(),
        size: Size { columns: 80, rows: 24 },
        seed: 2,
        tty: Capabilities { titles: true, ..Capabilities::PLAIN },
        display: Display::Never,
        escape: EscapeKey::default(),
        title_prefix: true,
        timing: Timing::default(),
    };
    Client::new(config, storage, now).unwrap()
}

fn key() -> SessionKey {
    SessionKey::from_bytes(*b"0123456789abcdef")
}

fn address() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 60001))
}

/// The body of an instruction, as it is written.
struct Message {
    bytes: Vec<u8>,
}

impl Message {
    fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    fn write(&mut self, write: impl FnOnce(&mut Buffer<'_>)) {
        let mut buf = Buffer::new(Slab::growable(1 << 20));
        write(&mut buf);
        self.bytes.extend_from_slice(&buf);
    }

    fn keys(&mut self, keys: &[u8]) {
        self.write(|buf| {
            user::put_keys_head(buf, keys.len()).unwrap();
            buf.extend(keys).unwrap();
        });
    }

    fn size(&mut self, columns: u16, rows: u16) {
        self.write(|buf| user::put_resize(buf, columns, rows).unwrap());
    }

    fn output(&mut self, output: &[u8]) {
        self.write(|buf| {
            host::put_bytes_head(buf, output.len()).unwrap();
            buf.extend(output).unwrap();
        });
    }
}

/// The other end, with the key and without scruples.
struct Peer {
    session: Session,
    id: u64,
    random: u64,
    now: Instant,
    /// State numbers that were said before, and so may be held.
    said: Vec<u64>,
}

impl Peer {
    fn new(direction: Direction, seed: u64) -> Self {
        Self {
            session: Session::new(&key(), direction),
            id: 0,
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            now: Instant::from_millis(1000),
            said: vec![0],
        }
    }

    /// xorshift64.
    fn below(&mut self, limit: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % limit
    }

    fn number(&mut self) -> u64 {
        match self.below(24) {
            0 => u64::MAX - self.below(2),
            1 => 1 << 63,
            2 => self.random,
            3..=7 => self.below(6),
            _ => {
                let index = self.below(self.said.len() as u64) as usize;
                self.said[index]
            }
        }
    }

    /// Sends an instruction with `diff`, or something that resembles one.
    fn say_anything(&mut self, to: &mut impl Endpoint, diff: &[u8]) {
        let old_num = self.number();
        let new_num = match self.below(8) {
            0 => self.number(),
            _ => old_num.saturating_add(1 + self.below(3)),
        };
        // The end would only end the test.
        let new_num = new_num.min(u64::MAX - 1);
        let instruction = Instruction {
            protocol_version: if self.below(50) == 0 { 3 } else { PROTOCOL_VERSION },
            old_num,
            new_num,
            ack_num: self.number(),
            throwaway_num: if self.below(4) == 0 { self.number() } else { 0 },
            diff,
            chaff: &[],
        };
        let mut message = Buffer::new(Slab::growable(8 << 20));
        instruction.emit(&mut message).unwrap();
        let mut message = message.to_vec();
        if self.below(10) == 0 {
            self.damage(&mut message);
        }
        let mut payload = deflate(&message);
        if self.below(10) == 0 {
            self.damage(&mut payload);
        }
        self.said.push(new_num);
        self.send(to, &payload, true);
        let pause = [0, 1, 20, 100, 3000, 12_000, 50_000][self.below(7) as usize];
        self.now += Duration::from_millis(pause);
        to.handle_timeout(self.now);
    }

    fn say(&mut self, to: &mut impl Endpoint, old_num: u64, new_num: u64, diff: &[u8]) {
        let protocol_version = PROTOCOL_VERSION;
        let instruction =
            Instruction { protocol_version, old_num, new_num, diff, ..Instruction::default() };
        let mut message = Buffer::new(Slab::growable(8 << 20));
        instruction.emit(&mut message).unwrap();
        self.send(to, &deflate(&message), false);
    }

    fn send(&mut self, to: &mut impl Endpoint, payload: &[u8], careless: bool) {
        self.id = self.id.wrapping_add(1);
        let parts: Vec<&[u8]> = payload.chunks(1100).collect();
        for (number, contents) in parts.iter().enumerate() {
            let mut number = number as u16;
            let mut last = usize::from(number) + 1 == parts.len();
            let mut contents = contents.to_vec();
            if careless {
                match self.below(40) {
                    0 => number = [0, 0x7fff, 0x7ffe][self.below(3) as usize],
                    1 => last = !last,
                    2 => contents.clear(),
                    3 => self.id = [0, u64::MAX, self.random][self.below(3) as usize],
                    _ => {}
                }
            }
            let fragment = Fragment { id: self.id, number, last, contents: &contents };
            let timestamp = (self.below(3) > 0).then(|| Timestamp::at(self.random));
            let timestamps = Timestamps { sent: timestamp, reply: timestamp };
            let mut text = [&timestamps.emit()[..], &fragment.header(), fragment.contents].concat();
            if careless && self.below(60) == 0 {
                let len = self.below(16) as usize;
                text.truncate(len);
            }
            let (nonce, tag) = self.session.seal(&mut text).unwrap();
            let mut bytes = [&nonce.tail()[..], &text, &tag].concat();
            let datagram = Datagram { source: address(), congestion: false, bytes: &mut bytes };
            to.handle_datagram(self.now, datagram);
        }
    }

    fn drain(&mut self, of: &mut impl Endpoint) {
        let mut buf = [0; MAX_DATAGRAM];
        for sent in 0.. {
            assert!(sent < 10_000, "there is no end to what it sends");
            if of.poll_transmit(self.now, &mut buf).is_none() {
                break;
            }
        }
    }

    fn damage(&mut self, bytes: &mut [u8]) {
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len() as u64) as usize;
            bytes[at] = self.random as u8;
        }
    }

    fn user_diff(&mut self) -> Vec<u8> {
        let mut message = Message::new();
        for _ in 0..self.below(5) {
            match self.below(4) {
                0 => {
                    let (columns, rows) = (self.dimension(), self.dimension());
                    message.size(columns, rows);
                }
                1 if self.below(30) == 0 => message.keys(&vec![b'k'; 900_000]),
                _ => {
                    let len = self.below(9) as usize;
                    message.keys(&b"\x1bOA\x1b[B\0\xff"[..len]);
                }
            }
        }
        message.bytes
    }

    fn host_diff(&mut self) -> Vec<u8> {
        let mut message = Message::new();
        for _ in 0..self.below(5) {
            match self.below(6) {
                0 => {
                    let (columns, rows) = (self.dimension(), self.dimension());
                    message.write(|buf| host::put_resize(buf, columns, rows).unwrap());
                }
                1 => {
                    let number = self.number();
                    message.write(|buf| host::put_echo_ack(buf, number).unwrap());
                }
                _ => {
                    let output = self.output();
                    message.output(&output);
                }
            }
        }
        message.bytes
    }

    fn dimension(&mut self) -> u16 {
        match self.below(12) {
            0 => [0, u16::MAX, 0x100, 1024, 2048, 300][self.below(6) as usize],
            _ => 1 + self.below(100) as u16,
        }
    }

    /// Bytes for a terminal, near to what terminals understand.
    fn output(&mut self) -> Vec<u8> {
        let mut output = Vec::new();
        for _ in 0..self.below(60) {
            match self.below(5) {
                0 => {
                    let number = match self.below(6) {
                        0 => 65_535,
                        1 => 4_294_967_296,
                        _ => self.below(120),
                    };
                    let last = b"ABCDEFGHIJKLMPSTXZ@`abcdefghilmnpqrsu~"[self.below(38) as usize];
                    let mark = ["", "?", ">", "!", "1;", ";", ":"][self.below(7) as usize];
                    output.extend(format!("\x1b[{mark}{number};{}", self.random % 90).bytes());
                    output.push(last);
                }
                1 => {
                    let text =
                        ["日本", "e\u{301}", "\u{200d}", "👩‍👩‍👧", "\u{fe0f}", "\t", "\r\n", "\x08"];
                    output.extend(text[self.below(8) as usize].bytes());
                }
                2 => {
                    let string = [
                        "\x1b]0;t\x07",
                        "\x1b]52;c;QUJD\x07",
                        "\x1bc",
                        "\x1bM",
                        "\x1bD",
                        "\x1bH",
                        "\x1b7",
                        "\x1b8",
                        "\x1b#8",
                        "\x1b]2;",
                        "\x1bP",
                        "\x1b[?1049h",
                    ];
                    output.extend(string[self.below(12) as usize].bytes());
                }
                3 => output.push(self.random as u8),
                _ => output.extend(b"text of no interest".iter().take(self.random as usize % 20)),
            }
        }
        output
    }
}

fn deflate(message: &[u8]) -> Vec<u8> {
    let mut deflater = Deflater::new(Slab::growable(Deflater::TABLE_LEN));
    let mut out = Buffer::new(Slab::growable(stored_len(message.len()) + 64));
    deflater.deflate(message, &mut out).unwrap();
    out.to_vec()
}
