//! The console: a screen that programs write to and one user at a time looks at through mosh.
//!
//! Bytes of a shell, a serial line or a log become the screen, keys come back. The console does
//! not depend on its client: while none is there, or when one vanishes for good, output goes on to
//! be drawn, and whoever comes next sees what the screen shows then.
//!
//! A key serves one client. When a session is over ([`ConsoleEvent::Closed`]), or at any time,
//! [`Console::open`] begins the next one under another key; with [`Console::stand_by`] a client
//! that has the next key takes over by itself, whatever has become of the last one. See
//! [`keys`](crate::keys) for where keys come from.
//!
//! # Limits
//!
//! The memory that was handed in limits what a client can say at once. A window that is larger than
//! the memory allows is cut to what fits, which the client shows. A paste that is longer than the
//! room for keys goes to the program in parts, as it reads them. But what is longer than an
//! instruction may be never arrives, and a client of mosh 1.4 repeats it for ever together with all
//! that is typed later. Then the console says so on the screen, and after [`FAREWELL`] ends the
//! session: the client leaves, and the console can be opened again.

mod desk;
mod io;
mod limit;
#[cfg(feature = "async")]
mod shared;

pub use io::ConsoleError;
pub use limit::FAREWELL;
#[cfg(feature = "async")]
pub use shared::SharedConsole;

use core::mem::MaybeUninit;
use core::net::SocketAddr;

use desk::{Desk, Standby};
use limit::{Act, Limit};
use mosh_core::crypto::SessionKey;
use mosh_core::screen::Size;
use mosh_core::server::{Prepared, Server, ServerConfig, ServerEvent, ServerStorage};
use mosh_core::storage::Full;
use mosh_core::time::Instant;
use mosh_core::transport::{CloseReason, Timing};
use mosh_core::wire::mosh::Offer;
use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::phy::Device;

use crate::link::Wire;

/// What a console is made with.
#[derive(Clone, Copy, Debug)]
pub struct ConsoleConfig {
    /// The size of the screen until a client tells its own. It becomes no larger than the memory
    /// allows.
    pub size: Size,
    /// The UDP port to listen on; not 0.
    pub port: u16,
    /// Decides the padding that blurs the length of datagrams; need not be secret.
    pub seed: u64,
}

/// What happened and what the embedder may do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ConsoleEvent {
    /// A client that has the key is there.
    Opened,
    /// A client has come that has the key of [`Console::stand_by`]; the session before is over.
    /// The next key can be set. [`Opened`](Self::Opened) follows.
    TakenOver,
    /// Its datagrams go to this address from here on.
    Moved(SocketAddr),
    /// The screen has this size: tell the program.
    Resized(Size),
    /// There are keys to read.
    Keys,
    /// The client has not been heard for 30 s. It may come back at any time.
    Silent,
    /// The client sends more at once than there is memory for; the screen says so, and the session
    /// ends after [`FAREWELL`].
    TooLarge,
    /// The session is over: [`Console::open`] begins another.
    Closed(CloseReason),
}

/// A console that is reached through mosh.
#[derive(Debug)]
pub struct Console<'s> {
    desk: Desk<'s>,
    socket: SocketHandle,
    limit: Limit,
    too_large: bool,
    now: Instant,
    /// Keys on their way to a reader.
    typed: heapless::Deque<u8, 16>,
    #[cfg(feature = "async")]
    wakers: shared::Wakers,
}

/// What a console is made of, once it is sure that there is room for it.
struct Parts<'s> {
    server: Prepared<'s>,
    config: ConsoleConfig,
    socket: SocketHandle,
    largest: usize,
    now: Instant,
}

impl<'s> Parts<'s> {
    // What this has on the stack is not there any more while the console is made.
    #[inline(never)]
    fn new(
        config: ConsoleConfig,
        key: SessionKey,
        memory: ServerStorage<'s>,
        socket: SocketHandle,
        now: Instant,
    ) -> Result<Self, Full> {
        let largest = memory.transport.message.max_len().min(memory.transport.fragments.max_len());
        let server = Prepared::new(server_config(&config, key), memory, now)?.wait_for_client();
        Ok(Self { server, config, socket, largest, now })
    }

    // The only copy on the stack is here, and is gone with this function.
    #[inline(never)]
    fn console_in<'c>(self, place: &'c mut MaybeUninit<Console<'s>>) -> &'c mut Console<'s> {
        settle(place, self.console())
    }

    // A function of its own, which cannot fail, writes to where its value goes: there is no copy.
    #[inline(never)]
    fn console(self) -> Console<'s> {
        Console {
            desk: Desk {
                server: self.server.start(),
                config: self.config,
                standby: None,
                taken_over: false,
                stranger: false,
            },
            socket: self.socket,
            limit: Limit::new(self.largest),
            too_large: false,
            now: self.now,
            typed: heapless::Deque::new(),
            #[cfg(feature = "async")]
            wakers: shared::Wakers::default(),
        }
    }
}

/// Writes `value` to its place.
// Inlined, it would go through a second variable on the way.
#[inline(never)]
fn settle<T>(place: &mut MaybeUninit<T>, value: T) -> &mut T {
    place.write(value)
}

impl<'s> Console<'s> {
    /// Returns a console that waits for a client that has `key`, as long as it takes.
    ///
    /// # Errors
    ///
    /// [`Full`] if `memory` cannot hold what every session needs.
    pub fn new(
        config: ConsoleConfig,
        key: SessionKey,
        memory: ServerStorage<'s>,
        socket: SocketHandle,
        now: Instant,
    ) -> Result<Self, Full> {
        Ok(Parts::new(config, key, memory, socket, now)?.console())
    }

    /// As [`new`](Self::new), with 7 kB less on the stack, the size of a console: of that, there is
    /// one copy on the way to its place. The place is what `uninit` of a `static_cell::StaticCell`
    /// returns.
    ///
    /// # Errors
    ///
    /// As for `new`; nothing is written then.
    pub fn new_in<'c>(
        place: &'c mut MaybeUninit<Self>,
        config: ConsoleConfig,
        key: SessionKey,
        memory: ServerStorage<'s>,
        socket: SocketHandle,
        now: Instant,
    ) -> Result<&'c mut Self, Full> {
        let parts = Parts::new(config, key, memory, socket, now)?;
        Ok(parts.console_in(place))
    }

    /// Ends the present session, if there is one, and waits for a client that has `key`. The screen
    /// stays; keys that nobody has read are forgotten.
    ///
    /// # Errors
    ///
    /// None where the memory was handed in.
    pub fn open(&mut self, key: SessionKey, now: Instant) -> Result<(), Full> {
        self.now = self.now.max(now);
        self.limit.reset();
        self.too_large = false;
        self.typed.clear();
        self.desk.open(key, self.now)
    }

    /// Lets a client that has `key` end the present session and begin its own, from now on and
    /// until it has come or another key takes the place of this one: for a user who cannot reach
    /// the device otherwise when the last client vanished.
    ///
    /// Costs a second decryption of what comes from others than the present client.
    pub fn stand_by(&mut self, key: SessionKey) {
        self.desk.standby = Some(Standby::new(key));
    }

    /// Ends the present session in order: the client leaves. What is written before
    /// [`ConsoleEvent::Closed`] is not drawn.
    pub fn close(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.desk.server.host_closed(self.now);
    }

    /// Runs the network interface, moves datagrams, does what the time has come for, and returns
    /// when to call this next at the latest. Call it as well when the network card has received
    /// something and after writing or reading.
    pub fn poll<D: Device + ?Sized>(
        &mut self,
        now: Instant,
        interface: &mut Interface,
        device: &mut D,
        sockets: &mut SocketSet<'_>,
    ) -> Option<Instant> {
        self.now = self.now.max(now);
        let now = self.now;
        let (socket, port) = (self.socket, self.desk.config.port);
        let wire = Wire { interface, device, sockets, socket, port, now };
        let taken_over = self.desk.taken_over;
        let deadline = wire.turn(&mut self.desk);
        if self.desk.taken_over && !taken_over {
            self.limit.reset();
            self.typed.clear();
        }
        let deadline = match self.limit.observe(now, &self.desk.server) {
            None => deadline,
            Some(act) => {
                match act {
                    Act::Tell => {
                        self.too_large = true;
                        self.limit.tell(&mut self.desk.server, now);
                    }
                    Act::Leave => self.desk.server.host_closed(now),
                }
                Some(now)
            }
        };
        #[cfg(feature = "async")]
        self.wake_reader();
        [deadline, self.limit.poll_timeout()].into_iter().flatten().min()
    }

    /// Returns the next event.
    pub fn poll_event(&mut self) -> Option<ConsoleEvent> {
        if core::mem::take(&mut self.desk.taken_over) {
            return Some(ConsoleEvent::TakenOver);
        }
        if core::mem::take(&mut self.too_large) {
            return Some(ConsoleEvent::TooLarge);
        }
        Some(match self.desk.server.poll_event()? {
            ServerEvent::Attached => ConsoleEvent::Opened,
            ServerEvent::Moved(address) => ConsoleEvent::Moved(address),
            ServerEvent::Resize(size) => ConsoleEvent::Resized(size),
            ServerEvent::Input => ConsoleEvent::Keys,
            ServerEvent::Silent => ConsoleEvent::Silent,
            ServerEvent::Closed(reason) => ConsoleEvent::Closed(reason),
            _ => return None,
        })
    }

    /// The size of the screen.
    #[must_use]
    pub fn size(&self) -> Size {
        let (screens, frame) = self.desk.server.screen();
        screens.size(frame)
    }

    /// The state machine below, for its getters: the screen, the client's address, the round trip,
    /// counters.
    #[must_use]
    pub fn server(&self) -> &Server<'s> {
        &self.desk.server
    }
}

fn server_config(config: &ConsoleConfig, key: SessionKey) -> ServerConfig {
    ServerConfig {
        key,
        size: config.size,
        seed: config.seed,
        // The socket serves both families, so a datagram has to have room for the larger header.
        v6_socket: cfg!(feature = "ipv6"),
        network_timeout: None,
        timing: Timing::default(),
        offer: Some(Offer::OURS),
    }
}
