//! A program's output to the server's terminal: in whatever pieces it comes, the screen and the
//! answers are the same, and the diffs that are made of it bring a client to the same screen.
//!
//! The input is a list of pieces of output, window sizes, and diffs to any state that the client
//! holds, with as much room as a buffer happens to have.

use mosh_core::client::ClientStorage;
use mosh_core::diff::{HostState, Replica};
use mosh_core::screen::{Frame, Screens, Size};
use mosh_core::server::ServerStorage;
use mosh_core::storage::{Buffer, Full, Slab};
use mosh_core::terminal::{Replies, Terminal, TerminalStorage};
use mosh_core::transport::{Incoming as _, Outgoing as _};

use crate::host_bytes::store;
use crate::input::Input;
use crate::screens::{Lens, assert_same, is_small};

/// States that the client holds at once.
const HELD: usize = 3;

/// Runs one input.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let mut ends = Ends::new(input.size());
    while !input.is_empty() {
        let choice = input.byte();
        match choice % 8 {
            0 => ends.resize(input.size()),
            1 => {
                let room = 300 + usize::from(input.short()) % 4096;
                ends.sync(usize::from(choice >> 3), room);
            }
            2 => ends.sync(usize::from(choice >> 3), ROOM),
            3 => ends.host.set_echo_ack(input.number()),
            _ => ends.write(input.chunk(), 1 + usize::from(choice >> 3)),
        }
    }
    ends.sync(HELD, ROOM);
    ends.finish();
}

/// Room for a diff of any screen that is drawn here.
const ROOM: usize = 4 << 20;

/// A server's screen, the same made of smaller pieces, and a client's.
struct Ends {
    host: HostState<'static>,
    pieces: Pieces,
    client: Replica<'static>,
    /// States of the server and what the client made of them, oldest first.
    held: Vec<(Frame, Frame)>,
    answers: Replies,
}

struct Pieces {
    screens: Screens<'static>,
    terminal: Terminal<'static>,
    frame: Frame,
    answers: Replies,
}

impl Ends {
    fn new(size: Size) -> Self {
        let mut host = HostState::new(ServerStorage::heap().host, size).expect("an empty store");
        let mut client = Replica::new(ClientStorage::heap().host, size);
        let first = host.snapshot().expect("an empty store");
        let held = vec![(first, client.initial().expect("an empty store"))];
        let mut screens = Screens::new(store());
        let frame = screens.blank(size).expect("an empty store");
        let storage = TerminalStorage { string: Slab::growable(1 << 16) };
        let terminal = Terminal::new(storage, size);
        let pieces = Pieces { screens, terminal, frame, answers: Replies::new() };
        Self { host, pieces, client, held, answers: Replies::new() }
    }

    fn write(&mut self, output: &[u8], step: usize) {
        self.host.write(output, &mut self.answers);
        let Pieces { screens, terminal, frame, answers } = &mut self.pieces;
        for piece in output.chunks(step) {
            terminal.write(screens, frame, piece, answers);
        }
        assert_eq!(drain(&mut self.answers), drain(answers), "the answers");
        assert_eq!(self.host.application_cursor_keys(), terminal.application_cursor_keys());
    }

    fn resize(&mut self, size: Size) {
        let taken = self.host.resize(size);
        let Pieces { screens, terminal, frame, .. } = &mut self.pieces;
        terminal.resize(screens, frame, taken).expect("the store has room for one screen");
    }

    /// Sends the client a diff of at most `room` bytes from one of the states that it holds.
    fn sync(&mut self, base: usize, room: usize) {
        let (screens, live) = self.host.screen();
        if !is_small(screens.size(live)) {
            return;
        }
        let base = base.min(self.held.len() - 1);
        let mut diff = Buffer::new(Slab::growable(room));
        let (old, copy) = &self.held[base];
        let differs = self.host.differs(old);
        let counted = self.host.diff_len(old, ROOM);
        let reached = match self.host.write_diff(old, &mut diff) {
            Ok(reached) => reached,
            Err(Full) => {
                assert!(room < ROOM, "a diff of {counted} bytes finds no room");
                return;
            }
        };
        if reached.is_none() {
            assert_eq!(diff.len(), counted, "the length that was announced");
            assert!(differs || diff.is_empty() || !self.carries_nothing(old), "a needless diff");
        }
        let made = self.client.apply_diff(copy, &diff).expect("made by ourselves");
        let state = reached.unwrap_or_else(|| self.snapshot());
        let screens = self.host.screen().0;
        assert_same((screens, &state), (self.client.screens(), &made), Lens::MOSH);
        let (sent, got) = (screens.info(&state), self.client.screens().info(&made));
        // It only rises at the client.
        assert!(got.echo_ack >= sent.echo_ack, "the echo acknowledgement");
        self.held.push((state, made));
        if self.held.len() > HELD {
            let (state, made) = self.held.remove(0);
            self.host.acknowledged(&self.held[0].0);
            self.host.forget(state);
            self.client.forget(made);
        }
    }

    /// Takes a snapshot, for which those between the peer's and the newest may have to go.
    fn snapshot(&mut self) -> Frame {
        if let Ok(state) = self.host.snapshot() {
            return state;
        }
        for (state, made) in self.held.drain(1..) {
            self.host.forget(state);
            self.client.forget(made);
        }
        self.host.snapshot().expect("there is room for one more than the peer's")
    }

    /// Whether all that differs is what no diff of this dialect carries.
    fn carries_nothing(&self, old: &Frame) -> bool {
        let (screens, live) = self.host.screen();
        let (old, live) = (screens.info(old), screens.info(live));
        old.bells == live.bells && old.icon() == live.icon() && old.title_set == live.title_set
    }

    fn finish(self) {
        let (screens, live) = self.host.screen();
        let pieces = &self.pieces;
        assert_same(
            (screens, live),
            (&pieces.screens, &pieces.frame),
            Lens { extras: true, buffers: true, ..Lens::MOSH },
        );
        let (bells, others) = (screens.info(live).bells, pieces.screens.info(&pieces.frame).bells);
        assert_eq!(bells, others, "the bells");
        let mut frames: Vec<_> = self.host.held().collect();
        frames.extend(self.held.iter().map(|(state, _)| state));
        if frames.iter().all(|frame| is_small(screens.size(frame))) {
            screens.check(&frames);
            let frames: Vec<&Frame> = self.held.iter().map(|(_, made)| made).collect();
            self.client.screens().check(&frames);
        }
    }
}

fn drain(answers: &mut Replies) -> Vec<u8> {
    let mut buf = [0; 512];
    let len = answers.read(&mut buf);
    assert!(answers.is_empty());
    buf[..len].to_vec()
}
