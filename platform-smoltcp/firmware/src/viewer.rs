//! The device that is a client: whoever sits at its serial port has a terminal on some server.
//!
//! At the start it asks there for the server's address and port and for the session's key, which
//! are in no image. When the session is over it says what it took, and Enter starts again.

use core::fmt::{self, Write as _};
use core::net::{IpAddr, SocketAddr};

use heapless::{String, Vec};
use mosh_core::client::ClientStorage;
use mosh_core::crypto::SessionKey;
use mosh_core::diff::{Capabilities, enter};
use mosh_core::input::EscapeKey;
use mosh_core::predict::Display;
use mosh_core::screen::Size;
use mosh_core::storage::Full;
use mosh_core::transport::CloseReason;
use mosh_smoltcp::{Viewer, ViewerConfig, ViewerEvent};
use static_cell::StaticCell;
use zeroize::Zeroize;

use crate::board::Board;
use crate::clock::Clock;
use crate::net::{self, Network};
use crate::nic::{Ethernet, Frames};
use crate::stack;
use crate::uart::Uart;

/// The first of the ports that belong to nobody (RFC 6335 §6).
const PORT: u16 = 49152;

/// The longest answer to a question: an address of IPv6 with an embedded one of IPv4.
const MAX_ANSWER: usize = 48;

/// Keys that are handed on at once; more wait in the serial port.
const MAX_KEYS: usize = 16;

type Answer = String<MAX_ANSWER>;

/// All but the memory of the session.
pub struct Device<B: Board> {
    ethernet: Ethernet<B::Card>,
    network: Network,
    uart: Uart,
    clock: Clock,
    /// What was typed and is not taken yet.
    keys: Vec<u8, MAX_KEYS>,
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
        // Another one for each device is enough.
        let [a, b, c, d, e, f] = B::ADDRESS;
        let seed = u64::from_le_bytes([a, b, c, d, e, f, 0, 0]);
        let network = Network::new(B::ADDRESS, &mut ethernet, sockets, seed);
        let clock = Clock::start(core.SYST, B::FREQUENCY);
        Self { ethernet, network, uart, clock, keys: Vec::new() }
    }

    /// Holds one session after another.
    pub fn run(
        &mut self,
        size: Size,
        memory: ClientStorage<'static>,
        viewer: &'static StaticCell<Viewer<'static>>,
    ) -> ! {
        let _ = writeln!(self.uart, "{}: a terminal on a server of mosh\r", B::NAME);
        let viewer = self.make_viewer(size, memory, viewer);
        // The server's screen is not to cover what was there before.
        let _ = self.uart.write_str("\x1b[?1049h");
        let Ok(()) = enter(&mut self.uart);
        let reason = loop {
            if let Some(reason) = self.turn(viewer) {
                break reason;
            }
            // The timer interrupts every millisecond.
            cortex_m::asm::wfi();
        };
        let Ok(()) = viewer.finish(&mut self.uart);
        let _ = self.uart.write_str("\x1b[?1049l");
        self.say_goodbye(reason);
        while !matches!(self.uart.read(), Some(b'\r' | b'\n')) {
            cortex_m::asm::wfi();
        }
        // Whatever is left of the session is gone then.
        cortex_m::peripheral::SCB::sys_reset()
    }

    /// Not part of [`run`](Self::run), whose variables stay on the stack: in making a viewer there
    /// are copies of it.
    #[inline(never)]
    fn make_viewer(
        &mut self,
        size: Size,
        memory: ClientStorage<'static>,
        viewer: &'static StaticCell<Viewer<'static>>,
    ) -> &'static mut Viewer<'static> {
        let address: IpAddr = self.ask("address", true, |text| text.parse().ok());
        let port = self.ask("port", true, |text| text.parse().ok().filter(|port| *port != 0));
        let key =
            self.ask("key (not shown)", false, |text| SessionKey::parse(text.as_bytes()).ok());
        let now = self.clock.now();
        let config = ViewerConfig {
            server: SocketAddr::new(address, port),
            port: PORT,
            size,
            terminal: Capabilities::MOSH_1_4,
            display: Display::Adaptive,
            escape: EscapeKey::default(),
            // When somebody typed is not known before.
            seed: now.micros(),
        };
        let socket = self.network.session;
        viewer.init_with(|| match Viewer::new(config, key, memory, socket, now) {
            Ok(viewer) => viewer,
            Err(Full) => panic!("the memory is made for a terminal of this size"),
        })
    }

    /// Asks until the answer can be used.
    fn ask<T>(&mut self, what: &str, shown: bool, read: impl Fn(&str) -> Option<T>) -> T {
        loop {
            let _ = write!(self.uart, "{what}: ");
            let mut answer = self.read_line(shown);
            let result = read(answer.trim());
            // It may have been a key.
            answer.zeroize();
            match result {
                Some(result) => return result,
                None => {
                    let _ = writeln!(self.uart, "that is none\r");
                }
            }
        }
    }

    /// Reads a line; what is too long is cut.
    fn read_line(&mut self, shown: bool) -> Answer {
        let mut line = Answer::new();
        loop {
            let Some(byte) = self.uart.read() else {
                cortex_m::asm::wfi();
                continue;
            };
            match byte {
                b'\r' | b'\n' => break,
                0x08 | 0x7f if line.pop().is_some() && shown => {
                    let _ = self.uart.write_str("\x08 \x08");
                }
                b' '..=b'~' if line.push(char::from(byte)).is_ok() && shown => {
                    let _ = self.uart.write_char(char::from(byte));
                }
                _ => {}
            }
        }
        let _ = self.uart.write_str("\r\n");
        line
    }

    /// Does what is to be done, and tells if the session is over.
    #[inline(never)]
    fn turn(&mut self, viewer: &mut Viewer<'_>) -> Option<CloseReason> {
        let now = self.clock.now();
        while !self.keys.is_full()
            && let Some(byte) = self.uart.read()
        {
            // There is room.
            let _ = self.keys.push(byte);
        }
        // What does not fit is tried again; until then, the serial port makes whoever sends wait.
        if !self.keys.is_empty() && viewer.send_keys(now, &self.keys).is_ok() {
            self.keys.clear();
        }
        let Network { interface, sockets, .. } = &mut self.network;
        // The deadline is not needed where every millisecond is looked at.
        let _ = viewer.poll(now, interface, &mut self.ethernet, sockets);
        if self.network.configure().is_some() {
            viewer.handle_network_change(now);
        }
        while let Some(event) = viewer.poll_event() {
            match event {
                ViewerEvent::Draw => {
                    let Ok(()) = viewer.render(now, &mut self.uart);
                }
                ViewerEvent::Closed(reason) => return Some(reason),
                // There is nothing behind a pause, and no other address of the server.
                _ => {}
            }
        }
        None
    }

    fn say_goodbye(&mut self, reason: CloseReason) {
        let stack::Usage { fixed, stack, total } = stack::usage();
        let said: fmt::Result = write!(
            self.uart,
            "the session is over: {reason:?}\r\n\
             {fixed} bytes static, {stack} of stack, {total} in all; Enter starts again\r\n"
        );
        // A serial port takes everything.
        let _ = said;
    }
}
