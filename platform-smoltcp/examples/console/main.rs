//! A device with a console that is reached through mosh: what a firmware's `main` looks like.
//!
//! It runs on the host, where a UDP socket plays the network card, so that a real client can try:
//!
//! ```text
//! $ cargo run -p mosh-smoltcp --example console -- 60001
//! MOSH CONNECT 60001 4NeCCgvZFe2RnPgrcU1PQw
//! $ MOSH_KEY=4NeCCgvZFe2RnPgrcU1PQw mosh-client 127.0.0.1 60001
//! ```
//!
//! On a board, `card`, `clock`, `sleep` and the source of randomness are the board's, and the
//! memory lies in a `static_cell::ConstStaticCell`. A console that lies in a `StaticCell` is made by
//! `Console::new_in(CELL.uninit(), ...)`, with 7 kB less on the stack. Nothing else changes.

mod card;
mod shell;

use std::error::Error;
use std::fs::File;
use std::io;
use std::time::Duration;

use card::Card;
use mosh_smoltcp::keys::{ConnectLine, KeyError, SessionKey, fresh};
use mosh_smoltcp::link::DATAGRAM;
use mosh_smoltcp::mosh_core::screen::Size;
use mosh_smoltcp::mosh_core::storage::{StaticServer, server_rows};
use mosh_smoltcp::mosh_core::time::Instant;
use mosh_smoltcp::smoltcp::socket::udp;
use mosh_smoltcp::smoltcp::wire::{HardwareAddress, IpCidr};
use mosh_smoltcp::smoltcp::{
    self,
    iface::{Config, Interface, SocketSet, SocketStorage},
};
use mosh_smoltcp::{Console, ConsoleConfig, ConsoleEvent};
use shell::Shell;

/// An 80x24 screen, and instructions of at most 4 KiB: 91 kB.
type Memory = StaticServer<80, 24, { server_rows(24) }, 4096>;

fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).map_or(Ok(60001), |port| port.parse())?;
    #[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
    let started = std::time::Instant::now();
    let clock = || Instant::from_micros(started.elapsed().as_micros() as u64);

    // The network: the interface, and a socket with room for one datagram each way.
    let mut card = Card::new(port)?;
    let mut interface =
        Interface::new(Config::new(HardwareAddress::Ip), &mut card, smoltcp::time::Instant::ZERO);
    interface.update_ip_addrs(|addresses| {
        let address = IpCidr::new(card.address().into(), 8);
        addresses.push(address).expect("an interface has room for one address");
    });
    let (mut receive_meta, mut receive) = ([udp::PacketMetadata::EMPTY; 1], [0; DATAGRAM]);
    let (mut send_meta, mut send) = ([udp::PacketMetadata::EMPTY; 1], [0; DATAGRAM]);
    let mut storage = [SocketStorage::EMPTY; 1];
    let mut sockets = SocketSet::new(&mut storage[..]);
    let socket = sockets.add(udp::Socket::new(
        udp::PacketBuffer::new(&mut receive_meta[..], &mut receive[..]),
        udp::PacketBuffer::new(&mut send_meta[..], &mut send[..]),
    ));

    // The console, and the program behind it.
    let mut memory = Memory::new();
    let config = ConsoleConfig { size: Size { columns: 80, rows: 24 }, port, seed: 1 };
    let mut console = Console::new(config, next_key(port)?, memory.storage(), socket, clock())?;
    let mut shell = Shell::default();
    shell.start(&mut console)?;

    loop {
        let deadline = console.poll(clock(), &mut interface, &mut card, &mut sockets);
        let mut busy = false;
        while let Some(event) = console.poll_event() {
            busy = true;
            match event {
                ConsoleEvent::Keys => shell.run(&mut console, clock())?,
                ConsoleEvent::Closed(_) => {
                    console.open(next_key(port)?, clock())?;
                    shell.start(&mut console)?;
                }
                _ => eprintln!("{event:?}"),
            }
        }
        // What the program has written is to be sent at once.
        if !busy {
            card.wait(deadline.map(|at| at.since(clock())).unwrap_or(Duration::from_secs(1)))?;
        }
    }
}

/// A key of this session's own, printed on what is the device's physical console.
fn next_key(port: u16) -> Result<SessionKey, KeyError<io::Error>> {
    let key = fresh(|bytes| io::Read::read_exact(&mut File::open("/dev/urandom")?, bytes))?;
    println!("{}", ConnectLine::new(port, &key));
    Ok(key)
}
