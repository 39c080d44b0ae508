//! Between the peer that means harm and a real program: a socket, and the client's terminal.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};

use mosh_core::crypto::SessionKey;
use mosh_core::screen::Size;

use crate::emulator::Emulator;
use crate::hostile::attacks::Attack;
use crate::hostile::peer::Peer;
use crate::hostile::plot::Packet;
use crate::matrix::Context;
use crate::processes::{cpu_time, forget_peak, is_alive, peak_kib, resident_kib, udp_queue};
use crate::pty::Pty;
use crate::sequences::{Judge, Piece};
use crate::session::{Server, environment, raw_key};
use crate::sim::tap::Toward;
use crate::terminal::SOON;
use crate::{Outcome, poll};

/// Datagrams sent at once: fewer than fit into a socket's buffer.
const LOT: usize = 16;
/// How long the victim may take to read them.
const READING: Duration = Duration::from_secs(30);
/// Size of all windows and screens here.
const WINDOW: Size = Size { columns: 80, rows: 24 };

/// The peer, its socket and its victim.
pub(super) struct Line {
    pub(super) peer: Peer,
    socket: UdpSocket,
    victim: Option<SocketAddr>,
    pub(super) pid: u32,
    /// Of a client.
    pub(super) tty: Option<Tty>,
}

/// A client's terminal, which is read all the time.
pub(super) struct Tty {
    pub(super) pty: Pty,
    pub(super) emulator: Emulator,
    judge: Judge,
    /// What the client should not have written.
    bad: Option<Piece>,
}

impl Tty {
    fn read(&mut self) {
        while let Some(output) = self.pty.read(Duration::ZERO) {
            self.emulator.write(&output);
        }
        let mut pieces = self.emulator.take_pieces().into_iter();
        let judge = &mut self.judge;
        self.bad = self.bad.take().or_else(|| pieces.find(|piece| !judge.accepts(piece)));
    }
}

impl Line {
    /// Connects a peer with a server.
    pub(super) fn to_server(server: &Server, seed: u64) -> Outcome<Self> {
        let key = raw_key(&server.key).ok_or("the server printed no key")?;
        let mut line = Self::new(key, Toward::Server, seed)?;
        (line.victim, line.pid) = (Some(server.address()), server.pid);
        Ok(line)
    }

    /// Starts a client and connects a peer with it.
    pub(super) fn to_client(cx: &Context<'_>) -> Outcome<Self> {
        let key: [u8; 16] = std::array::from_fn(|index| index as u8 ^ 0x5a);
        let mut line = Self::new(key, Toward::Client, cx.seed)?;
        let port = line.socket.local_addr().map_err(|error| error.to_string())?.port();
        let mut command = Command::new("setsid");
        cx.marker.mark(command.env_clear().envs(environment(cx.home())));
        command.env("MOSH_KEY", SessionKey::from_bytes(key).text().as_str());
        command.env("TERM", "xterm-256color").arg("--ctty");
        command.arg(&cx.programs(cx.pair.client).client).args(["127.0.0.1", &port.to_string()]);
        let size = (WINDOW.columns, WINDOW.rows);
        let pty = Pty::start(command, size).map_err(|error| format!("the client: {error}"))?;
        line.pid = pty.process();
        let (emulator, judge) = (Emulator::new(WINDOW), Judge::new());
        line.tty = Some(Tty { pty, emulator, judge, bad: None });
        line.wait("the client speaks", |line| line.peer.opened() > 0)?;
        Ok(line)
    }

    fn new(key: [u8; 16], toward: Toward, seed: u64) -> Outcome<Self> {
        let socket = bind()?;
        let peer = Peer::new(key, toward, seed, WINDOW);
        Ok(Self { peer, socket, victim: None, pid: 0, tty: None })
    }

    /// Takes what the victim has sent, and what it has written to its terminal.
    fn pump(&mut self) {
        let mut buf = [0; 65536];
        while let Ok((len, source)) = self.socket.recv_from(&mut buf) {
            if self.peer.hear(&buf[..len]) && self.peer.is_server() {
                self.victim = Some(source);
            }
        }
        if let Some(tty) = &mut self.tty {
            tty.read();
        }
    }

    /// Answers whether `condition` becomes true in time, and while the victim lives.
    pub(super) fn wait_for(
        &mut self,
        patience: Duration,
        mut condition: impl FnMut(&mut Self) -> bool,
    ) -> bool {
        let deadline = Instant::now() + patience;
        loop {
            let late = Instant::now() >= deadline || !is_alive(self.pid);
            self.pump();
            if condition(self) || late {
                return condition(self);
            }
            poll::pass_time(Duration::from_millis(2));
        }
    }

    /// As [`wait_for`](Self::wait_for), with the usual patience and an error.
    pub(super) fn wait(&mut self, what: &str, condition: impl FnMut(&mut Self) -> bool) -> Outcome {
        if self.wait_for(SOON, condition) {
            return Ok(());
        }
        Err(format!("it did not happen that {what}: {:?}", self.peer))
    }

    /// Sends packets no faster than the victim reads them.
    pub(super) fn send(&mut self, packets: &[Packet]) -> Outcome {
        let victim = self.victim.ok_or("nobody to send to")?;
        for lot in packets.chunks(LOT) {
            for packet in lot {
                let bytes = self.peer.seal(packet);
                let elsewhere = if packet.elsewhere { Some(bind()?) } else { None };
                let socket = elsewhere.as_ref().unwrap_or(&self.socket);
                socket.send_to(&bytes, victim).map_err(|error| format!("sending: {error}"))?;
            }
            let read = |line: &mut Self| udp_queue(victim.port()) == Some(0) || !is_alive(line.pid);
            if !self.wait_for(READING, read) {
                return Err("its socket is not read".into());
            }
        }
        Ok(())
    }

    /// Says what makes sense.
    pub(super) fn say(&mut self, diff: &[u8]) -> Outcome {
        let packets = self.peer.talk(diff);
        self.send(&packets)
    }

    /// Attacks, and lets `make_sense` see to it that the victim serves its peer afterwards.
    pub(super) fn survive(
        &mut self,
        attack: &Attack,
        make_sense: impl FnOnce(&mut Self) -> Outcome,
    ) -> Outcome {
        forget_peak(self.pid);
        let before = cpu_time(self.pid).unwrap_or_default();
        let run = || {
            let packets = self.peer.attack(attack);
            self.send(&packets)?;
            self.come_to_terms()?;
            make_sense(self)
        };
        let outcome = run();
        if !is_alive(self.pid) {
            return Err(format!("{}: it ended", attack.name));
        }
        outcome.map_err(|failure| format!("{}: {failure}", attack.name))?;
        let cost = Cost {
            peak: peak_kib(self.pid).unwrap_or_default(),
            left: resident_kib(self.pid).unwrap_or_default(),
            cpu: cpu_time(self.pid).unwrap_or_default() - before,
        };
        cost.check().map_err(|failure| format!("{}: {failure}", attack.name))?;
        match self.tty.as_ref().and_then(|tty| tty.bad.as_ref()) {
            Some(bad) => Err(format!("{}: the terminal was sent {bad:?}", attack.name)),
            None => Ok(()),
        }
    }

    fn come_to_terms(&mut self) -> Outcome {
        let deadline = Instant::now() + SOON;
        while Instant::now() < deadline && is_alive(self.pid) {
            let packets = self.peer.come_to_terms();
            self.send(&packets)?;
            if self.wait_for(Duration::from_millis(300), |line| line.peer.is_in_step()) {
                return Ok(());
            }
        }
        Err(format!("nothing is acknowledged any more: {:?}", self.peer))
    }
}

/// What an attack costs its victim.
#[derive(Clone, Copy, Debug)]
struct Cost {
    /// In KiB.
    peak: u64,
    /// In KiB, when all is over.
    left: u64,
    cpu: Duration,
}

impl Cost {
    /// The most memory that an attack may take. The largest screen has two million cells of twelve
    /// bytes and an endpoint holds four at most; messages, their parts and the compressor have
    /// 4 MiB each.
    const MAX_PEAK_KIB: u64 = 160 << 10;
    /// What may stay of it at once: two of the largest screens, as the peer may still build on one
    /// and the other was shown last, and what the allocator keeps.
    const MAX_LEFT_KIB: u64 = 80 << 10;
    /// Generous, as the programs may be built without optimisation.
    const MAX_CPU: Duration = Duration::from_secs(15);

    fn check(self) -> Outcome {
        let Self { peak, left, cpu } = self;
        if peak > Self::MAX_PEAK_KIB || left > Self::MAX_LEFT_KIB || cpu > Self::MAX_CPU {
            return Err(format!("it took {peak} KiB and {cpu:?}, and kept {left} KiB"));
        }
        Ok(())
    }
}

fn bind() -> Outcome<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0));
    let socket = socket.map_err(|error| format!("no socket: {error}"))?;
    socket.set_nonblocking(true).map_err(|error| error.to_string())?;
    Ok(socket)
}
