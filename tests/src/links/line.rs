//! A link in real time: two network namespaces, and between them the simulator's network.
//!
//! Each end of the link is a TUN device; whatever IP packets the kernel hands to one pass through
//! a [`Pipe`], the very code that carries the simulator's datagrams, and come out of the other.
//! So mosh's datagrams and ssh's segments meet the same delays, queues and losses as the
//! simulated sessions do.
//!
//! A pipe counts UDP payload, and adds the 28 bytes of an IPv4 and a UDP header itself where they
//! matter. So the first 28 bytes of every packet are taken for its headers, for TCP too.

use std::io::{self, PipeReader, PipeWriter};
use std::net::{Ipv6Addr, SocketAddr};
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant as Clock};

use mosh_core::time::Instant;
use rustix::event::{PollFd, PollFlags, poll};
use tun_rs::{DeviceBuilder, SyncDevice};

use super::namespace::Namespace;
use super::{timespec, until};
use crate::Outcome;
use crate::sim::network::{Conditions, Packet, Passed, Pipe};

/// The server's address.
pub const SERVER: &str = "10.77.255.2";

/// A running link. Dropping it ends it.
#[derive(Debug)]
pub struct Link {
    /// The client's machine.
    pub client: Namespace,
    /// The server's machine.
    pub server: Namespace,
    places: u8,
    orders: Sender<Order>,
    /// Wakes the thread to read its orders; the end of it is the end of the link.
    wake: Option<PipeWriter>,
    thread: Option<JoinHandle<(Passed, Passed)>>,
}

#[derive(Debug)]
enum Order {
    Begin { up: Pipe, down: Pipe, zero: Clock },
    Weather { up: Conditions, down: Conditions },
}

impl Link {
    /// Makes a link that takes `delay` each way and is good until [`begin`](Self::begin).
    ///
    /// # Errors
    ///
    /// If the system has no network namespaces or no TUN devices, or does not allow them.
    pub fn new(delay: Duration) -> Outcome<Self> {
        let (mut client, mut server) = (Namespace::new()?, Namespace::new()?);
        let (orders, inbox) = channel();
        let (woken, wake) = io::pipe().map_err(|error| error.to_string())?;
        let ends = [open(&mut client, CLIENT)?, open(&mut server, SERVER)?];
        let clean = Conditions::clean(delay);
        let pipes = [Pipe::new(clean.clone(), 0), Pipe::new(clean, 0)];
        let worker = Worker { ends, pipes, zero: Clock::now(), inbox, woken };
        let thread = thread::Builder::new().name("link".into()).spawn(move || worker.run());
        let thread = thread.map_err(|error| error.to_string())?;
        Ok(Self { client, server, places: 0, orders, wake: Some(wake), thread: Some(thread) })
    }

    /// Makes the link what it shall be. What was under way arrives, what was counted is forgotten,
    /// and the time of `up` and `down` begins at `zero`.
    pub fn begin(&self, up: Pipe, down: Pipe, zero: Clock) {
        self.order(Order::Begin { up, down, zero });
    }

    /// Changes the conditions on the link.
    pub fn set_weather(&self, up: Conditions, down: Conditions) {
        self.order(Order::Weather { up, down });
    }

    /// Gives the client's machine another address; what is sent to the old one is lost.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub fn move_client(&mut self) -> Outcome {
        self.places = self.places % 200 + 1;
        let address = format!("10.77.{}.1", self.places);
        // The first address of a network would take all others with it.
        self.client.run(&format!(
            "ip address flush dev {DEVICE} && ip address add {address}/16 dev {DEVICE}"
        ))
    }

    /// Ends the link. Returns what was handed to it toward the server and toward the client.
    ///
    /// # Panics
    ///
    /// If the link's thread did.
    pub fn finish(mut self) -> (Passed, Passed) {
        self.stop().expect("the link is there until it is dropped")
    }

    fn order(&self, order: Order) {
        let _ = self.orders.send(order);
        if let Some(wake) = &self.wake {
            let _ = rustix::io::write(wake, &[0]);
        }
    }

    fn stop(&mut self) -> Option<(Passed, Passed)> {
        self.wake = None;
        self.thread.take().map(|thread| thread.join().expect("the link does not panic"))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Opens a namespace's end of the link.
fn open(namespace: &mut Namespace, address: &str) -> Outcome<SyncDevice> {
    // The device belongs to the namespace of the thread that opens it, wherever it is read.
    let inside = namespace.enter()?;
    let device = DeviceBuilder::new().name(DEVICE).build_sync();
    drop(inside);
    let device = device.map_err(|error| format!("no TUN device: {error}"))?;
    device.set_nonblocking(true).map_err(|error| error.to_string())?;
    namespace.run(&format!(
        "ip address add {address}/16 dev {DEVICE} && ip link set {DEVICE} mtu 1500 up"
    ))?;
    Ok(device)
}

/// What carries the packets. Of `ends` and `pipes` the first is the client's.
struct Worker {
    ends: [SyncDevice; 2],
    pipes: [Pipe; 2],
    zero: Clock,
    inbox: Receiver<Order>,
    woken: PipeReader,
}

impl Worker {
    fn run(mut self) -> (Passed, Passed) {
        while self.wait() {
            for from in 0..2 {
                self.take(from);
            }
            self.deliver(self.now());
        }
        (self.pipes[0].passed(), self.pipes[1].passed())
    }

    fn now(&self) -> Instant {
        Instant::ZERO + self.zero.elapsed()
    }

    /// Waits for a packet or an arrival, and carries out orders. Returns whether to go on.
    fn wait(&mut self) -> bool {
        let next = self.pipes.iter().filter_map(Pipe::poll_timeout).min();
        let wait = next.map(|at| timespec(until(self.now(), at)));
        let mut ready = [
            PollFd::new(&self.ends[0], PollFlags::IN),
            PollFd::new(&self.ends[1], PollFlags::IN),
            PollFd::new(&self.woken, PollFlags::IN),
        ];
        // An interrupted wait is only shorter.
        let _ = poll(&mut ready, wait.as_ref());
        let woken = !ready[2].revents().is_empty();
        if woken && !matches!(rustix::io::read(self.woken.as_fd(), &mut [0; 16]), Ok(1..)) {
            return false;
        }
        while let Ok(order) = self.inbox.try_recv() {
            self.carry_out(order);
        }
        true
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Begin { up, down, zero } => {
                self.deliver(Instant::from_micros(u64::MAX));
                self.pipes = [up, down];
                self.zero = zero;
            }
            Order::Weather { up, down } => {
                self.pipes[0].set(up);
                self.pipes[1].set(down);
            }
        }
    }

    /// Takes what one end sends.
    fn take(&mut self, from: usize) {
        let mut buf = [0; 2048];
        // An error is an empty queue, or a device that is gone with its namespace.
        while let Ok(len) = self.ends[from].recv(&mut buf) {
            let now = self.now();
            if let Some(packet) = wrap(&buf[..len]) {
                self.pipes[from].send(now, packet);
            }
        }
    }

    fn deliver(&mut self, now: Instant) {
        for from in 0..2 {
            while let Some(packet) = self.pipes[from].receive(now) {
                // What the kernel has no room for is lost, as on any device.
                let _ = self.ends[1 - from].send(&unwrap(&packet));
            }
        }
    }
}

/// Makes an IPv4 packet the payload of a datagram. Its first bytes, which a pipe adds by itself
/// where they count, travel in the place of the addresses, which no pipe looks at.
fn wrap(packet: &[u8]) -> Option<Packet> {
    let (&headers, payload) = packet.split_first_chunk::<HEADERS>()?;
    if headers[0] >> 4 != 4 {
        return None;
    }
    let mut places = [0; 32];
    places[..HEADERS].copy_from_slice(&headers);
    let [source, destination] = [0, 16].map(|at| {
        let place: [u8; 16] = std::array::from_fn(|index| places[at + index]);
        SocketAddr::from((Ipv6Addr::from(place), 0))
    });
    let bytes = payload.to_vec();
    Some(Packet { source, destination, bytes, congestion: false, forged: false })
}

fn unwrap(packet: &Packet) -> Vec<u8> {
    let place = |address: SocketAddr| match address {
        SocketAddr::V6(address) => address.ip().octets(),
        SocketAddr::V4(_) => unreachable!("wrapped by us"),
    };
    let mut bytes = [place(packet.source), place(packet.destination)].concat();
    bytes.truncate(HEADERS);
    bytes.extend_from_slice(&packet.bytes);
    bytes
}

/// IPv4 and UDP, without options.
const HEADERS: usize = 28;
const DEVICE: &str = "link0";
/// The client's first address.
const CLIENT: &str = "10.77.0.1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_keep_their_bytes_and_lose_their_headers_in_the_count() {
        let packet: Vec<u8> = (0x45..0x45 + 60).collect();
        let wrapped = wrap(&packet).unwrap();
        assert_eq!(wrapped.bytes.len(), 60 - 28);
        assert_eq!(unwrap(&wrapped), packet);
        let v6: Vec<u8> = (0x60..0x60 + 60).collect();
        assert_eq!(wrap(&v6), None);
        assert_eq!(wrap(&packet[..27]), None);
    }
}
