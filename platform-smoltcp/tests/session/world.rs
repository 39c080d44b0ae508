//! A device with a console and a user's machine with a client, on one cable.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use embedded_io::{Read, ReadReady, Write};
use mosh_core::client::{Client, ClientConfig, ClientEvent, ClientStorage};
use mosh_core::crypto::SessionKey;
use mosh_core::diff::Capabilities;
use mosh_core::input::EscapeKey;
use mosh_core::predict::Display;
use mosh_core::screen::{Frame, MAX_CLUSTER, Screens, Size};
use mosh_core::server::ServerStorage;
use mosh_core::storage::{StaticServer, server_rows};
use mosh_core::time::Instant;
use mosh_core::transport::{CloseReason, Timing};
use mosh_core::wire::mosh::Offer;
use mosh_smoltcp::{Console, ConsoleConfig, ConsoleEvent};

use crate::cable::{Cable, Weather, cable};
use crate::host::{Host, address};

pub(crate) const PORT: u16 = 60001;
pub(crate) const SIZE: Size = Size { columns: 80, rows: 24 };

/// Room for an 80x24 screen, and for messages of at most 2 KiB.
pub(crate) type Memory = StaticServer<80, 24, { server_rows(24) }, 2048>;

/// Which client is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One of our kind.
    Ours,
    /// One that knows nothing beyond mosh 1.4, with its timing.
    Stock,
}

pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) cable: Rc<RefCell<Cable>>,
    pub(crate) device: Host,
    pub(crate) machine: Host,
    pub(crate) console: Console<'static>,
    pub(crate) client: Option<Client<'static>>,
    pub(crate) events: Vec<ConsoleEvent>,
    pub(crate) typed: Vec<u8>,
    pub(crate) client_closed: Option<CloseReason>,
    /// Whether the program behind the console shows what was typed.
    pub(crate) echoes: bool,
    deadline: Option<Instant>,
    /// How often the device was awake.
    pub(crate) turns: u64,
}

pub(crate) fn key(number: u8) -> SessionKey {
    SessionKey::from_bytes([number; 16])
}

impl World {
    /// A device that waits for a client with `key(1)`.
    pub(crate) fn new(weather: Weather) -> Self {
        Self::with_memory(weather, Box::leak(Box::new(Memory::new())).storage())
    }

    /// The same device with other memory.
    pub(crate) fn with_memory(weather: Weather, memory: ServerStorage<'static>) -> Self {
        let (cable, [device, machine]) = cable(weather);
        // As little as the device can do with.
        let device = Host::new(device, 1, 1);
        let machine = Host::new(machine, 2, 32);
        let now = Instant::from_millis(1000);
        let config = ConsoleConfig { size: SIZE, port: PORT, seed: 1 };
        let console = Console::new(config, key(1), memory, device.socket, now).unwrap();
        Self {
            now,
            cable,
            device,
            machine,
            console,
            client: None,
            events: Vec::new(),
            typed: Vec::new(),
            client_closed: None,
            echoes: true,
            deadline: None,
            turns: 0,
        }
    }

    /// Starts a client, on the machine where the last one was.
    pub(crate) fn connect(&mut self, kind: Kind, key: SessionKey, v6: bool) {
        self.connect_to(address(1, v6, PORT), kind, key);
    }

    /// The same for a device at another address.
    pub(crate) fn connect_to(&mut self, device: SocketAddr, kind: Kind, key: SessionKey) {
        let stock = kind == Kind::Stock;
        let config = ClientConfig {
            key,
            addresses: [device].into_iter().collect(),
            size: SIZE,
            seed: 2,
            tty: Capabilities::MOSH_1_4,
            display: Display::Never,
            overwrite: false,
            escape: EscapeKey::default(),
            title_prefix: false,
            timing: if stock { Timing::Stock } else { Timing::Prompt },
            offer: (!stock).then_some(Offer::OURS),
        };
        self.client = Some(Client::new(config, ClientStorage::heap(), self.now).unwrap());
        self.client_closed = None;
    }

    /// Lets time go by, from deadline to deadline.
    pub(crate) fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            self.turn();
            let client = self.client.as_ref().and_then(Client::poll_timeout);
            let frame = self.cable.borrow().next_arrival();
            let frame = frame.map(|at| Instant::from_micros(at.total_micros() as u64));
            let next = [client, frame, self.deadline].into_iter().flatten().min().unwrap_or(end);
            if next >= end {
                self.now = end;
                self.turn();
                return;
            }
            // Nothing asks to be called again at once: whoever did would keep a device awake.
            self.now = next.max(self.now + Duration::from_micros(500));
        }
    }

    fn turn(&mut self) {
        if let Some(client) = &mut self.client {
            self.machine.turn(client, self.now, 50000);
            while let Some(event) = client.poll_event() {
                if let ClientEvent::Closed(reason) = event {
                    self.client_closed = Some(reason);
                }
            }
        }
        self.machine.listen(self.now);
        self.turns += 1;
        self.poll_console();
        while let Some(event) = self.console.poll_event() {
            self.events.push(event);
            if event == ConsoleEvent::Keys {
                self.read_keys();
            }
        }
        self.poll_console();
        self.console.server().check();
    }

    fn poll_console(&mut self) {
        let Host { interface, card, sockets, .. } = &mut self.device;
        self.deadline = self.console.poll(self.now, interface, card, sockets);
    }

    fn read_keys(&mut self) {
        let mut keys = [0; 7];
        while self.console.read_ready() == Ok(true) {
            let len = self.console.read(&mut keys).unwrap();
            self.typed.extend(&keys[..len]);
            if self.echoes {
                self.console.write_all(&keys[..len]).unwrap();
            }
        }
    }

    pub(crate) fn type_keys(&mut self, keys: &[u8]) {
        self.client.as_mut().unwrap().send_keys(self.now, keys).unwrap();
    }

    pub(crate) fn shown(&self) -> Vec<String> {
        let (screens, frame) = self.client.as_ref().unwrap().screen();
        rows(screens, frame)
    }

    pub(crate) fn drawn(&self) -> Vec<String> {
        let (screens, frame) = self.console.server().screen();
        rows(screens, frame)
    }

    pub(crate) fn saw(&self, event: ConsoleEvent) -> bool {
        self.events.contains(&event)
    }
}

/// The text of a screen, without what is blank at the right.
pub(crate) fn rows(screens: &Screens<'_>, frame: &Frame) -> Vec<String> {
    let mut glyph = [0; MAX_CLUSTER];
    (0..screens.size(frame).rows)
        .map(|row| {
            let cells = screens.row(frame, row);
            let mut text = String::new();
            for cell in &cells[..screens.size(frame).columns.into()] {
                let text_of_cell = screens.glyph_str(cell, &mut glyph);
                text.push_str(if text_of_cell.is_empty() { " " } else { text_of_cell });
            }
            text.trim_end().to_string()
        })
        .collect()
}
