//! The viewer: a client on a device, against a server with a heap.

use std::time::Duration;

use mosh_core::crypto::SessionKey;
use mosh_core::diff::Capabilities;
use mosh_core::input::EscapeKey;
use mosh_core::predict::Display;
use mosh_core::screen::Size;
use mosh_core::server::{Server, ServerConfig, ServerEvent, ServerStorage};
use mosh_core::storage::{StaticClient, client_rows};
use mosh_core::time::Instant;
use mosh_core::transport::{CloseReason, Timing};
use mosh_smoltcp::{Viewer, ViewerConfig, ViewerEvent};

use crate::cable::{Weather, cable};
use crate::host::{Host, address};
use crate::world::{PORT, key, rows};

const SIZE: Size = Size { columns: 40, rows: 12 };
type Memory = StaticClient<40, 12, { client_rows(12) }, 1024>;

struct Pair {
    now: Instant,
    device: Host,
    machine: Host,
    viewer: Viewer<'static>,
    server: Server<'static>,
    tty: Vec<u8>,
    typed: Vec<u8>,
    closed: Option<CloseReason>,
}

impl Pair {
    fn new(weather: Weather) -> Self {
        let (_, [device, machine]) = cable(weather);
        let (device, machine) = (Host::new(device, 1, 1), Host::new(machine, 2, 32));
        let now = Instant::from_millis(1000);
        let config = ViewerConfig {
            server: address(2, true, PORT),
            port: 50000,
            size: SIZE,
            terminal: Capabilities::MOSH_1_4,
            display: Display::Never,
            escape: EscapeKey::default(),
            seed: 1,
        };
        let memory = Box::leak(Box::new(Memory::new()));
        let viewer = Viewer::new(config, key(1), memory.storage(), device.socket, now).unwrap();
        let config = ServerConfig {
            key: SessionKey::from_bytes([1; 16]),
            size: SIZE,
            seed: 2,
            v6_socket: true,
            network_timeout: None,
            timing: Timing::Stock,
            offer: None,
        };
        let server = Server::new(config, ServerStorage::heap(), now).unwrap();
        let (tty, typed, closed) = (Vec::new(), Vec::new(), None);
        Self { now, device, machine, viewer, server, tty, typed, closed }
    }

    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.machine.turn(&mut self.server, self.now, PORT);
            while let Some(event) = self.server.poll_event() {
                if event == ServerEvent::Input {
                    let mut keys = [0; 64];
                    let len = self.server.read_host(&mut keys);
                    self.typed.extend(&keys[..len]);
                    self.server.write_host(self.now, &keys[..len]);
                }
            }
            let Host { interface, card, sockets, .. } = &mut self.device;
            self.viewer.poll(self.now, interface, card, sockets);
            while let Some(event) = self.viewer.poll_event() {
                match event {
                    ViewerEvent::Draw => {
                        self.viewer.render(self.now, &mut Tty(&mut self.tty)).unwrap();
                    }
                    ViewerEvent::Closed(reason) => self.closed = Some(reason),
                    _ => {}
                }
            }
            self.viewer.client().check();
            self.now += Duration::from_millis(1);
        }
        let _ = self.server.poll_timeout();
    }

    fn agree(&self) -> bool {
        let (screens, frame) = self.viewer.client().screen();
        let shown = rows(screens, frame);
        let (screens, frame) = self.server.screen();
        shown == rows(screens, frame)
    }
}

struct Tty<'a>(&'a mut Vec<u8>);

impl embedded_io::ErrorType for Tty<'_> {
    type Error = core::convert::Infallible;
}

impl embedded_io::Write for Tty<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.0.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[test]
fn a_device_shows_what_a_server_of_mosh_1_4_draws() {
    let mut pair = Pair::new(Weather { loss: 20, doubled: 10, ..Weather::default() });
    pair.pass(Duration::from_secs(3));
    for key in b"echo" {
        pair.viewer.send_keys(pair.now, &[*key]).unwrap();
        pair.pass(Duration::from_millis(200));
    }
    for row in 0..30 {
        pair.server.write_host(pair.now, format!("\r\nrow {row}").as_bytes());
        pair.pass(Duration::from_millis(30));
    }
    pair.pass(Duration::from_secs(5));
    assert_eq!(pair.typed, b"echo");
    assert!(pair.agree());
    let drawn = String::from_utf8_lossy(&pair.tty);
    assert!(drawn.contains("echo"), "{drawn:?}");

    pair.viewer.shut_down(pair.now, "Exiting...");
    pair.pass(Duration::from_secs(5));
    assert_eq!(pair.closed, Some(CloseReason::Acknowledged));
}

#[test]
fn a_screen_that_does_not_fit_is_told_and_shown_once_it_does() {
    let mut pair = Pair::new(Weather::default());
    pair.pass(Duration::from_secs(1));
    // Each cell in another colour: some ten bytes a cell, where an instruction has a thousand.
    pair.server.write_host(pair.now, b"\x1b[H");
    for cell in 0..460 {
        let text = format!("\x1b[38;5;{};48;5;{}mx", cell * 7 % 256, cell * 11 % 256);
        pair.server.write_host(pair.now, text.as_bytes());
    }
    pair.pass(Duration::from_secs(3));
    assert!(!pair.agree());
    let drawn = String::from_utf8_lossy(&pair.tty);
    assert!(drawn.contains("more than this"), "{drawn:?}");
    // The program clears the screen.
    pair.server.write_host(pair.now, b"\x1b[m\x1b[2J\x1b[Hsmall");
    pair.pass(Duration::from_secs(5));
    assert!(pair.agree());
}
