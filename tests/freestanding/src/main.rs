//! A complete session between a client and a server that have no heap: typing, output, a change
//! of the window's size and the end.
//!
//! The program runs without `std` and without an allocator (see [`runtime`]). It exits with 0 if
//! the session went as it should, and says otherwise what did not.

#![no_std]
#![no_main]

mod runtime;

use core::net::SocketAddr;
use core::time::Duration;

use mosh_core::client::{Client, ClientConfig, ClientEvent};
use mosh_core::crypto::SessionKey;
use mosh_core::diff::Capabilities;
use mosh_core::input::EscapeKey;
use mosh_core::platform::MAX_DATAGRAM;
use mosh_core::predict::Display;
use mosh_core::screen::{MAX_CLUSTER, Size};
use mosh_core::server::{Server, ServerConfig, ServerEvent};
use mosh_core::storage::{StaticClient, StaticServer, client_rows, server_rows};
use mosh_core::time::Instant;
use mosh_core::transport::{Datagram, Timing};
use mosh_core::wire::mosh::Offer;

const SIZE: Size = Size { columns: 80, rows: 24 };
const SMALLER: Size = Size { columns: 60, rows: 20 };

/// Memory for an 80x24 screen and messages of at most 8 KiB.
type ServerMemory = StaticServer<80, 24, { server_rows(24) }, 8192>;
type ClientMemory = StaticClient<80, 24, { client_rows(24) }, 8192>;

extern "C" fn main() -> ! {
    let mut server_memory = ServerMemory::new();
    let mut client_memory = ClientMemory::new();
    let result = Session::start(&mut client_memory, &mut server_memory).and_then(Session::run);
    match result {
        Ok(()) => runtime::exit(0),
        Err(what) => {
            runtime::print(what);
            runtime::print("\n");
            runtime::exit(1)
        }
    }
}

struct Session<'s> {
    client: Client<'s>,
    server: Server<'s>,
    now: Instant,
    resized: Option<Size>,
    client_closed: bool,
    server_closed: bool,
    drawn: Tty,
}

/// Counts what the user's terminal was sent.
struct Tty {
    len: usize,
}

impl embedded_io::ErrorType for Tty {
    type Error = core::convert::Infallible;
}

impl embedded_io::Write for Tty {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.len += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

impl<'s> Session<'s> {
    fn start(
        client: &'s mut ClientMemory,
        server: &'s mut ServerMemory,
    ) -> Result<Self, &'static str> {
        let key = || SessionKey::from_bytes([7; 16]);
        let now = Instant::from_millis(1000);
        let server = Server::new(
            ServerConfig {
                key: key(),
                size: SIZE,
                seed: 1,
                v6_socket: false,
                network_timeout: None,
                timing: Timing::default(),
                offer: Some(Offer::OURS),
            },
            server.storage(),
            now,
        );
        let client = Client::new(
            ClientConfig {
                key: key(),
                addresses: [address(60001)].into_iter().collect(),
                size: SIZE,
                seed: 2,
                tty: Capabilities::MOSH_1_4,
                display: Display::Never,
                overwrite: false,
                escape: EscapeKey::default(),
                title_prefix: true,
                timing: Timing::default(),
                offer: Some(Offer::OURS),
            },
            client.storage(),
            now,
        );
        Ok(Self {
            client: client.map_err(|_| "the client does not fit")?,
            server: server.map_err(|_| "the server does not fit")?,
            now,
            resized: None,
            client_closed: false,
            server_closed: false,
            drawn: Tty { len: 0 },
        })
    }

    fn run(mut self) -> Result<(), &'static str> {
        self.pass(Duration::from_millis(500));
        self.type_keys(b"hello")?;
        self.expect_row(0, "hello")?;

        for line in 0..500_u32 {
            let mut text = *b"\r\nline 0000 of the \x1b[1;31moutput\x1b[m";
            for (place, digit) in text[7..11].iter_mut().rev().zip(0..) {
                *place = b'0' + (line / 10_u32.pow(digit) % 10) as u8;
            }
            self.server.write_host(self.now, &text);
            self.pass(Duration::from_millis(3));
        }
        self.pass(Duration::from_secs(2));
        self.expect_row(23, "line 0499 of the output")?;

        self.client.resize(self.now, SMALLER).map_err(|_| "no room for a resize")?;
        self.pass(Duration::from_secs(2));
        if self.resized != Some(SMALLER) {
            return Err("the server was not resized");
        }
        let (screens, frame) = self.client.screen();
        if screens.info(frame).size() != SMALLER {
            return Err("the client's screen was not resized");
        }
        self.expect_row(19, "line 0499 of the output")?;
        if self.drawn.len == 0 {
            return Err("nothing was drawn");
        }

        self.client.shut_down(self.now, "Exiting...");
        self.pass(Duration::from_secs(2));
        if !(self.client_closed && self.server_closed) {
            return Err("the session did not end");
        }
        Ok(())
    }

    fn type_keys(&mut self, keys: &[u8]) -> Result<(), &'static str> {
        for &key in keys {
            self.client.send_keys(self.now, &[key]).map_err(|_| "no room for a key")?;
            self.pass(Duration::from_millis(120));
        }
        self.pass(Duration::from_secs(1));
        Ok(())
    }

    fn expect_row(&self, row: u16, expected: &str) -> Result<(), &'static str> {
        let (screens, frame) = self.client.screen();
        let cells = screens.row(frame, row);
        let shown = cells.iter().take(expected.len());
        let mut buf = [0; MAX_CLUSTER];
        if shown
            .zip(expected.split("").skip(1))
            .all(|(cell, c)| screens.glyph_str(cell, &mut buf) == c)
        {
            Ok(())
        } else {
            Err("the client shows something else")
        }
    }

    /// Lets `span` go by, jumping from deadline to deadline.
    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            self.exchange();
            let next = [self.client.poll_timeout(), self.server.poll_timeout()];
            let next = next.into_iter().flatten().min().unwrap_or(end);
            if next >= end {
                self.now = end;
                return;
            }
            // A deadline in the past would stand for work that the last round left undone.
            self.now = next.max(self.now + Duration::from_micros(1));
            self.client.handle_timeout(self.now);
            self.server.handle_timeout(self.now);
        }
    }

    /// Carries datagrams and bytes until nothing moves any more.
    fn exchange(&mut self) {
        let mut buf = [0; MAX_DATAGRAM];
        loop {
            let mut moved = false;
            while let Some(transmit) = self.client.poll_transmit(self.now, &mut buf) {
                moved = true;
                let bytes = &mut buf[..transmit.len];
                let datagram = Datagram { source: address(50000), congestion: false, bytes };
                let _ = self.server.handle_datagram(self.now, datagram);
            }
            while let Some(transmit) = self.server.poll_transmit(self.now, &mut buf) {
                moved = true;
                let bytes = &mut buf[..transmit.len];
                let datagram = Datagram { source: address(60001), congestion: false, bytes };
                let _ = self.client.handle_datagram(self.now, datagram);
            }
            self.take_events();
            if !moved {
                return;
            }
        }
    }

    fn take_events(&mut self) {
        while let Some(event) = self.server.poll_event() {
            match event {
                ServerEvent::Resize(size) => self.resized = Some(size),
                ServerEvent::Closed(_) => self.server_closed = true,
                _ => {}
            }
        }
        let mut keys = [0; 64];
        loop {
            // The program is a terminal's echo.
            let len = self.server.read_host(&mut keys);
            if len == 0 {
                break;
            }
            self.server.write_host(self.now, &keys[..len]);
        }
        while let Some(event) = self.client.poll_event() {
            match event {
                ClientEvent::Draw => {
                    let _ = self.client.render(self.now, &mut self.drawn);
                }
                ClientEvent::Closed(_) => self.client_closed = true,
                _ => {}
            }
        }
    }
}
