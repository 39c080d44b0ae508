#![no_std]
#![forbid(unsafe_code)]
#![warn(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]
//! The mosh protocol, its terminal and its screen synchronisation, as state machines without I/O.
//!
//! A mosh session keeps a terminal alive over UDP while the client sleeps, changes networks or
//! loses packets. This crate holds everything of it that decides: it reads no clock, opens no
//! socket and needs no allocator. Time, datagrams, keys and program output come in as arguments;
//! datagrams, screens and bytes go out into the caller's buffers. Both ends speak mosh 1.4's
//! protocol to any peer.
//!
//! # A map
//!
//! Modules stand in the order in which data meets them, from the socket to the user's eyes; each
//! uses only those above it.
//!
//! | module | owns |
//! |---|---|
//! | [`time`] | points in time, as numbers |
//! | [`storage`] | memory that is handed in or grows; what to do when it is full |
//! | [`compress`] | zlib streams |
//! | [`crypto`] | session key, nonces, sealing and opening |
//! | [`wire`] | datagram, fragment, instruction: parse and emit |
//! | [`transport`] | acknowledgement, pacing, retransmission, roaming; ignorant of terminals |
//! | [`input`] | the user's keys and window sizes as a synchronised state |
//! | [`screen`] | cells, rows, images that share rows |
//! | [`terminal`] | control sequences and what they do to a screen |
//! | [`diff`] | one screen into another: for the peer, for the user's terminal |
//! | [`predict`] | what the client lays over the newest screen |
//! | [`client`], [`server`] | composition: the two ends of a session |
//! | [`platform`] | what a platform supplies, and the loop body that all share |
//! | [`design`] | decisions and their reasons |
//!
//! # The contract
//!
//! 1. **Time only enters as `now`**, which never goes backwards; equal values are fine.
//! 2. **Drain, then sleep.** After each input or command call `poll_transmit` until it returns
//!    `None`, then `poll_event` until `None`, then `poll_timeout`. Calling `handle_timeout` early
//!    is harmless; late costs latency, never correctness.
//! 3. **Every call does bounded work**, in proportion to its argument or to one datagram.
//! 4. **Events tell, they do not carry**: bytes are copied out into the caller's buffer.
//! 5. **No input is a reason to stop.** What a peer, a program or a user sends is used, or
//!    refused with a reason that is counted.
//!
//! # A session in memory
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use mosh_core::client::{Client, ClientConfig, ClientStorage};
//! use mosh_core::crypto::SessionKey;
//! use mosh_core::diff::Capabilities;
//! use mosh_core::input::EscapeKey;
//! use mosh_core::platform::MAX_DATAGRAM;
//! use mosh_core::predict::Display;
//! use mosh_core::screen::Size;
//! use mosh_core::server::{Server, ServerConfig, ServerStorage};
//! use mosh_core::time::Instant;
//! use mosh_core::transport::{Datagram, Timing};
//! use mosh_core::wire::mosh::Offer;
//!
//! let mut now = Instant::ZERO;
//! let size = Size { columns: 80, rows: 24 };
//! let key = || SessionKey::from_bytes(*b"sixteen of bytes");
//! let config = ServerConfig {
//!     key: key(),
//!     size,
//!     seed: 1,
//!     v6_socket: false,
//!     network_timeout: None,
//!     timing: Timing::default(),
//!     offer: Some(Offer::OURS),
//! };
//! let mut server = Server::new(config, ServerStorage::heap(), now)?;
//! let config = ClientConfig {
//!     key: key(),
//!     addresses: [([127, 0, 0, 1], 60001).into()].into_iter().collect(),
//!     size,
//!     seed: 2,
//!     tty: Capabilities::PLAIN,
//!     display: Display::Never,
//!     overwrite: false,
//!     escape: EscapeKey::default(),
//!     title_prefix: false,
//!     timing: Timing::default(),
//!     offer: Some(Offer::OURS),
//! };
//! let mut client = Client::new(config, ClientStorage::heap(), now)?;
//!
//! client.send_keys(now, b"hi")?;
//! let mut buf = [0; MAX_DATAGRAM];
//! let mut typed = [0; 16];
//! for _ in 0..100 {
//!     while let Some(transmit) = client.poll_transmit(now, &mut buf) {
//!         let bytes = &mut buf[..transmit.len];
//!         let source = ([127, 0, 0, 1], 50000).into();
//!         server.handle_datagram(now, Datagram { source, congestion: false, bytes })?;
//!     }
//!     // The program behind the server shows what was typed.
//!     let len = server.read_host(&mut typed);
//!     server.write_host(now, &typed[..len]);
//!     while let Some(transmit) = server.poll_transmit(now, &mut buf) {
//!         let bytes = &mut buf[..transmit.len];
//!         let source = ([127, 0, 0, 1], 60001).into();
//!         client.handle_datagram(now, Datagram { source, congestion: false, bytes })?;
//!     }
//!     while client.poll_event().is_some() || server.poll_event().is_some() {}
//!     now = [client.poll_timeout(), server.poll_timeout()].into_iter().flatten().min().unwrap();
//!     client.handle_timeout(now);
//!     server.handle_timeout(now);
//! }
//! let (screens, frame) = client.screen();
//! let mut glyph = [0; mosh_core::screen::MAX_CLUSTER];
//! assert_eq!(screens.glyph_str(&screens.row(frame, 0)[1], &mut glyph), "i");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! All are additive. `alloc` adds storage that grows on the heap and the full compressor; `std`
//! is `alloc` and the standard library's error types; `log` and `defmt` say where messages go.

#[cfg(feature = "alloc")]
extern crate alloc;

mod hash;
mod log;

pub mod time;

pub mod storage;

pub mod compress;
pub mod crypto;

pub mod wire;

pub mod transport;

pub mod input;

pub mod screen;
pub mod terminal;

pub mod diff;

pub mod predict;

pub mod client;
pub mod server;

pub mod platform;

pub mod design;
