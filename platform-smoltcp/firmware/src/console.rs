//! The device that offers its console through mosh.
//!
//! The console on the desk is the serial port. It prints the key of each session, and Enter there
//! makes another key, whose client takes over: whoever can stand at the desk can come in. A question
//! mark there shows the session's counters.

use core::fmt::Write as _;

use embedded_io::{Read, ReadReady};
use mosh_core::screen::Size;
use mosh_core::server::ServerStorage;
use mosh_core::storage::Full;
use mosh_core::time::Instant;
use mosh_smoltcp::keys::{ConnectLine, SessionKey};
use mosh_smoltcp::{Console, ConsoleConfig, ConsoleEvent};

use static_cell::StaticCell;

use crate::board::Board;
use crate::clock::Clock;
use crate::eeprom::Eeprom;
use crate::keyring::Keyring;
use crate::log::{Log, note, tell};
use crate::net::{self, Network};
use crate::nic::{Ethernet, Frames};
use crate::shell::{Facts, Shell, Wish};
use crate::stack;
use crate::uart::Uart;

/// The first of the ports that mosh uses.
const PORT: u16 = 60001;

/// Where the emulator keeps the EEPROM's contents.
const EEPROM: &core::ffi::CStr = c"eeprom.bin";

/// All but the memory of the console.
pub struct Device<B: Board> {
    ethernet: Ethernet<B::Card>,
    network: Network,
    uart: Uart,
    clock: Clock,
    keyring: Keyring,
    log: Log,
    shell: Shell,
    sessions: u32,
}

impl<B: Board> Device<B> {
    /// Turns the machine on.
    ///
    /// # Safety
    ///
    /// This is the machine `B`, and this is called once.
    pub unsafe fn start(frames: &'static mut Frames, sockets: &'static mut net::Memory) -> Self {
        // SAFETY: the caller says so.
        let ((uart, card), core) = unsafe { (B::start(), cortex_m::Peripherals::steal()) };
        let mut ethernet = Ethernet::new(card, frames);
        let mut keyring = Keyring::new(Eeprom::new(EEPROM));
        let network = Network::new(B::ADDRESS, &mut ethernet, sockets, keyring.seed());
        Self {
            ethernet,
            network,
            uart,
            clock: Clock::start(core.SYST, B::FREQUENCY),
            keyring,
            log: Log::new(),
            shell: Shell::default(),
            sessions: 0,
        }
    }

    /// Serves for ever.
    pub fn run(
        &mut self,
        size: Size,
        memory: ServerStorage<'static>,
        console: &'static StaticCell<Console<'static>>,
    ) -> ! {
        let _ = writeln!(self.uart, "{}: a console over mosh; Enter makes another key\r", B::NAME);
        let key = self.next_key();
        let config = ConsoleConfig { size, port: PORT, seed: self.keyring.seed() };
        let console = self.make_console(config, key, memory, console);
        // Writing to a console does not fail.
        let _ = self.shell.greet(B::NAME, console);
        loop {
            // What this has on the stack was not there while the console was made.
            self.turn(console);
            // The timer interrupts every millisecond.
            cortex_m::asm::wfi();
        }
    }

    /// Not part of [`run`](Self::run), whose variables stay on the stack.
    #[inline(never)]
    fn make_console(
        &mut self,
        config: ConsoleConfig,
        key: SessionKey,
        memory: ServerStorage<'static>,
        console: &'static StaticCell<Console<'static>>,
    ) -> &'static mut Console<'static> {
        let now = self.clock.now();
        match Console::new_in(console.uninit(), config, key, memory, self.network.session, now) {
            Ok(console) => console,
            Err(Full) => panic!("the memory is made for a console of this size"),
        }
    }

    #[inline(never)]
    fn turn(&mut self, console: &mut Console<'_>) {
        let now = self.clock.now();
        let Network { interface, sockets, .. } = &mut self.network;
        // The deadline is not needed where every millisecond is looked at.
        let _ = console.poll(now, interface, &mut self.ethernet, sockets);
        if let Some(address) = self.network.configure() {
            let _ = writeln!(self.uart, "address {address}\r");
            note!(self.log, now, "address {}", address);
        }
        self.take_events(now, console);
        self.take_keys(now, console);
        let facts = self.facts(now, console);
        let _ = self.shell.tick(&facts, &self.log, console);
        while let Some(byte) = self.uart.read() {
            match byte {
                b'\r' | b'\n' => console.stand_by(self.next_key()),
                b'?' => {
                    let _ = writeln!(self.uart, "{:?}\r", console.server().counters());
                    tell!("asked for: {}", console.server());
                }
                _ => {}
            }
        }
    }

    fn take_events(&mut self, now: Instant, console: &mut Console<'_>) {
        while let Some(event) = console.poll_event() {
            match event {
                ConsoleEvent::Opened => note!(self.log, now, "a client is there"),
                ConsoleEvent::Moved(address) => {
                    note!(self.log, now, "the client is at {}", address);
                }
                ConsoleEvent::Resized(Size { columns, rows }) => {
                    note!(self.log, now, "the window is {}x{}", columns, rows);
                }
                ConsoleEvent::TakenOver => note!(self.log, now, "another client comes"),
                ConsoleEvent::TooLarge => note!(self.log, now, "too much was pasted"),
                ConsoleEvent::Silent => note!(self.log, now, "the client is silent"),
                ConsoleEvent::Closed(reason) => {
                    note!(self.log, now, "the session is over: {:?}", reason);
                    tell!("it was {}", console.server());
                    let key = self.next_key();
                    if console.open(key, now).is_err() {
                        panic!("the memory was enough for the session before");
                    }
                }
                _ => {}
            }
        }
    }

    fn take_keys(&mut self, now: Instant, console: &mut Console<'_>) {
        while console.read_ready() == Ok(true) {
            let mut byte = [0];
            if console.read(&mut byte) != Ok(1) {
                return;
            }
            let facts = self.facts(now, console);
            let wish = self.shell.key(byte[0], &facts, &self.log, console);
            if wish == Ok(Some(Wish::Open)) {
                console.stand_by(self.next_key());
            }
        }
    }

    /// Returns a key that was never used, and tells it whoever stands at the desk.
    fn next_key(&mut self) -> SessionKey {
        loop {
            match self.keyring.next_key() {
                Ok(key) => {
                    self.sessions += 1;
                    let now = self.clock.now();
                    note!(self.log, now, "key {} can be used", self.sessions);
                    // That something is said of it does not mean that it is said.
                    tell!("it is {}", key);
                    let _ = writeln!(self.uart, "{}\r", ConnectLine::new(PORT, &key));
                    return key;
                }
                Err(error) => {
                    // Without a counter that outlasts the power, a key could be used twice.
                    let _ = writeln!(self.uart, "no session: {error}; Enter tries again\r");
                    tell!("no session: {}", error);
                    while self.uart.read().is_none() {
                        cortex_m::asm::wfi();
                    }
                }
            }
        }
    }

    fn facts(&self, now: Instant, console: &Console<'_>) -> Facts {
        let Size { columns, rows } = console.size();
        let frames = self.ethernet.counters();
        let session = console.server().counters();
        Facts {
            now: now.millis(),
            size: (columns, rows),
            memory: stack::usage,
            counters: [
                ("frames received", frames.received),
                ("frames sent", frames.sent),
                ("keys made", self.sessions),
                ("datagrams received", session.received as u32),
                ("datagrams sent", session.sent as u32),
                ("datagrams of strangers", session.foreign as u32),
            ],
        }
    }
}
