//! The router between a board and mosh's clients or a server: one end of the board's Ethernet.
//!
//! To the board every peer is a host somewhere, whose address can change; to a peer the router's
//! port is the board. What the link loses, it loses here.

use std::collections::HashSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::frames::{Heard, Neighbour};
use crate::Outcome;
use crate::random::Random;

/// The longest time that a request to stop is not seen.
const STEP: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// The first eight bytes of a datagram of mosh are its nonce: one bit for the direction, the rest
/// counts.
const NONCE: usize = 8;

/// Frames that have to be lost, for the wire to be a bad one.
const ENOUGH: u64 = 10;

/// Questions after which so many have to be lost.
const PATIENCE: u32 = 50;

/// What has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Frames that the board sent.
    pub(super) from_board: u64,
    /// Datagrams that the board sent to peers.
    pub(super) to_peers: u64,
    /// Datagrams that peers sent.
    pub(super) from_peers: u64,
    /// Frames that were lost, both ways.
    pub(super) lost: u64,
}

/// What the thread and its owner share.
#[derive(Debug)]
struct State {
    neighbour: Neighbour,
    /// Where peers are, as the board sees it.
    peers_at: IpAddr,
    /// The board's port: the one that it last sent to a peer from.
    port: u16,
    /// Of each frame, in percent.
    loss: u32,
    random: Random,
    counts: Counts,
    /// Nonces that the board has used since it was last asked.
    nonces: HashSet<[u8; NONCE]>,
    repeated: u64,
}

/// A running router. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Router {
    peers: SocketAddr,
    wire: SocketAddr,
    board: SocketAddr,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Router {
    /// Starts a router for a board whose sessions are at `port`, until it sends from another.
    ///
    /// # Errors
    ///
    /// If no socket can be had.
    pub(super) fn start(port: u16, seed: u64) -> io::Result<Self> {
        let [wire, front] = [UdpSocket::bind(local(0))?, UdpSocket::bind(local(0))?];
        // The emulator will bind it; until it does, nobody else is likely to be given it.
        let board = UdpSocket::bind(local(0))?.local_addr()?;
        let state = Arc::new(Mutex::new(State {
            neighbour: Neighbour::default(),
            peers_at: Ipv4Addr::new(198, 51, 100, 7).into(),
            port,
            loss: 0,
            random: Random::new(seed),
            counts: Counts::default(),
            nonces: HashSet::new(),
            repeated: 0,
        }));
        let stop = Arc::new(AtomicBool::new(false));
        let (peers, at) = (front.local_addr()?, wire.local_addr()?);
        let worker = Worker { wire, front, board, state: state.clone(), stop: stop.clone() };
        let thread = thread::Builder::new().name("router".into()).spawn(move || worker.run())?;
        Ok(Self { peers, wire: at, board, state, stop, thread: Some(thread) })
    }

    /// The address that peers are to use.
    pub(super) fn address(&self) -> SocketAddr {
        self.peers
    }

    /// The two ends of the wire: where the emulator sends its frames, and where it is sent some.
    pub(super) fn wire(&self) -> (SocketAddr, SocketAddr) {
        (self.wire, self.board)
    }

    /// Loses so many percent of all frames from here on.
    pub(super) fn lose(&self, percent: u32) {
        self.state().loss = percent;
    }

    /// Has more asked while so few frames were lost that it may be chance that all went well.
    ///
    /// # Errors
    ///
    /// If `ask`, which is given a number, fails, or nothing is lost however much is asked.
    pub(super) fn lose_enough(&self, mut ask: impl FnMut(u32) -> Outcome) -> Outcome {
        for n in 0..PATIENCE {
            if self.counts().lost >= ENOUGH {
                return Ok(());
            }
            ask(n)?;
        }
        Err(format!("only {} frames were lost", self.counts().lost))
    }

    /// Moves the peers to another address; what is sent to the one before is lost.
    pub(super) fn move_peers(&self, to: IpAddr) {
        self.state().peers_at = to;
    }

    /// Returns what has passed.
    pub(super) fn counts(&self) -> Counts {
        self.state().counts
    }

    /// Returns how many nonces the board has used since this was last asked, and how many it used
    /// again; to be asked once for each key.
    pub(super) fn take_nonces(&self) -> (usize, u64) {
        let mut state = self.state();
        let used = std::mem::take(&mut state.nonces).len();
        (used, std::mem::take(&mut state.repeated))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

impl Drop for Router {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Worker {
    wire: UdpSocket,
    front: UdpSocket,
    board: SocketAddr,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
}

impl Worker {
    fn run(self) {
        let mut buf = vec![0; 65536];
        while !self.stop.load(Ordering::Relaxed) {
            let mut ready =
                [&self.wire, &self.front].map(|socket| PollFd::new(socket, PollFlags::IN));
            // Interrupted or not, the sockets are looked at.
            let _ = poll(&mut ready, Some(&STEP));
            let [from_board, from_peer] = ready.map(|fd| fd.revents().contains(PollFlags::IN));
            // While the board is off, receiving from it answers with an error of an earlier send.
            if from_board && let Ok((len, _)) = self.wire.recv_from(&mut buf) {
                self.hear_board(&buf[..len]);
            }
            if from_peer && let Ok((len, peer)) = self.front.recv_from(&mut buf) {
                self.hear_peer(peer, &buf[..len]);
            }
        }
    }

    fn hear_board(&self, frame: &[u8]) {
        let mut state = locked(&self.state);
        state.counts.from_board += 1;
        if state.loses() {
            return;
        }
        match state.neighbour.hear(frame) {
            Some(Heard::Question(answer)) => self.send_to_board(&mut state, &answer),
            Some(Heard::Datagram { from, to, payload }) => {
                state.note_nonce(&payload);
                if to.ip() == state.peers_at {
                    state.port = from.port();
                    state.counts.to_peers += 1;
                    // A peer that has gone is no concern of the router.
                    let _ = self.front.send_to(&payload, local(to.port()));
                }
            }
            None => {}
        }
    }

    fn hear_peer(&self, peer: SocketAddr, payload: &[u8]) {
        let mut state = locked(&self.state);
        state.counts.from_peers += 1;
        let from = SocketAddr::new(state.peers_at, peer.port());
        let Some(to) = state.neighbour.address_for(from.ip()) else { return };
        let frame = state.neighbour.frame(from, (to, state.port).into(), payload);
        if let Some(frame) = frame {
            self.send_to_board(&mut state, &frame);
        }
    }

    fn send_to_board(&self, state: &mut State, frame: &[u8]) {
        if !state.loses() {
            // While the board is off, nobody listens.
            let _ = self.wire.send_to(frame, self.board);
        }
    }
}

impl State {
    /// Decides whether a frame is lost.
    fn loses(&mut self) -> bool {
        let lost = self.random.chance(self.loss);
        self.counts.lost += u64::from(lost);
        lost
    }

    fn note_nonce(&mut self, payload: &[u8]) {
        if let Some(nonce) = payload.first_chunk::<NONCE>()
            && !self.nonces.insert(*nonce)
        {
            self.repeated += 1;
        }
    }
}
