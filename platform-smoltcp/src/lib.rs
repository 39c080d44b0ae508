#![no_std]
#![forbid(unsafe_code)]
#![warn(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]
//! Mosh for devices without an operating system, over smoltcp.
//!
//! A device with a network card and some 128 KiB of RAM offers its console through mosh:
//! [`Console`]. One with a display or a serial line is a client: [`Viewer`]. Any mosh 1.4 is the
//! other end. There is no allocator, no thread and no hidden clock: the firmware's main loop calls
//! `poll` with the time, which runs the network interface, moves datagrams and returns when it
//! wants to be called next.
//!
//! ```
//! use mosh_smoltcp::mosh_core::screen::Size;
//! use mosh_smoltcp::mosh_core::server::ServerStorage;
//! use mosh_smoltcp::mosh_core::storage::Full;
//! use mosh_smoltcp::mosh_core::time::Instant;
//! use mosh_smoltcp::smoltcp::iface::{Interface, SocketHandle, SocketSet};
//! use mosh_smoltcp::smoltcp::phy::Device;
//! use mosh_smoltcp::{Console, ConsoleConfig, ConsoleEvent, keys::SessionKey};
//! use embedded_io::{Read, ReadReady, Write};
//!
//! /// The main loop of a device whose program is an echo.
//! fn serve<D: Device>(
//!     clock: impl Fn() -> Instant,
//!     (interface, device): (&mut Interface, &mut D),
//!     (sockets, socket): (&mut SocketSet<'_>, SocketHandle),
//!     memory: ServerStorage<'_>,
//!     mut next_key: impl FnMut() -> SessionKey,
//!     mut sleep_until: impl FnMut(Option<Instant>),
//! ) -> Result<(), Full> {
//!     let config = ConsoleConfig { size: Size { columns: 80, rows: 24 }, port: 60001, seed: 1 };
//!     let mut console = Console::new(config, next_key(), memory, socket, clock())?;
//!     loop {
//!         let deadline = console.poll(clock(), interface, device, sockets);
//!         while let Some(event) = console.poll_event() {
//!             match event {
//!                 ConsoleEvent::Resized(size) => { /* tell the program */ }
//!                 // The client has left; the console goes on, and waits for the next one.
//!                 ConsoleEvent::Closed(_) => console.open(next_key(), clock())?,
//!                 _ => {}
//!             }
//!         }
//!         let mut keys = [0; 64];
//!         while console.read_ready() == Ok(true) {
//!             let len = console.read(&mut keys).unwrap_or(0);
//!             // Console output never waits and never fails.
//!             let _ = console.write_all(&keys[..len]);
//!         }
//!         sleep_until(deadline);
//!     }
//! }
//! ```
//!
//! The memory of a console is a [`StaticServer`](mosh_core::storage::StaticServer) in a `static`:
//! its parameters say how large the screen may become and how long a message, and so how much RAM
//! it takes. The UDP socket's buffers are the embedder's as well; see [`link`] for their sizes.
//!
//! # What is where
//!
//! | module | owns |
//! |---|---|
//! | [`link`] | a UDP socket of smoltcp as the core's link |
//! | [`server`] | the console |
//! | [`client`] | the viewer |
//! | [`keys`] | how client and device come to a common key |
//! | [`design`] | what a key is worth, and against whom |
//! | [`sizing`] | how much memory all this takes, and how to choose |

pub mod client;
pub mod design;
pub mod keys;
pub mod link;
pub mod server;
#[doc = include_str!("sizing.md")]
pub mod sizing {}

pub use client::{Viewer, ViewerConfig, ViewerEvent};
pub use server::{Console, ConsoleConfig, ConsoleError, ConsoleEvent};

/// The engine.
pub use mosh_core;
/// The network stack in the version that this crate is made for.
pub use smoltcp;
