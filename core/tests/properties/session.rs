//! The server's screen followed by the client's, in whole diffs and in parts, from any state.

use mosh_core::client::ClientStorage;
use mosh_core::diff::{Capabilities, HostState, HostStorage, Replica};
use mosh_core::screen::{Frame, Language, Size, width};
use mosh_core::server::ServerStorage;
use mosh_core::storage::{
    Buffer, Full, Slab, StaticClient, StaticServer, client_rows, server_rows,
};
use mosh_core::terminal::Replies;
use mosh_core::transport::{BadDiff, Incoming, Outgoing};
use proptest::collection::vec;
use proptest::prelude::*;

use super::edit::size;
use super::model::Image;
use super::program::{Pieces, anything, join};

proptest! {
    #![proptest_config(super::cases(300))]

    #[test]
    fn every_state_is_reached_from_every_other(start in size(), story in story(), ours: bool) {
        let (server, client) = (ServerStorage::heap().host, ClientStorage::heap().host);
        let compared = if ours { Language::Ours } else { Language::Mosh };
        Session::new(server, client, start, ours, compared)?.run(&story)?;
    }

    #[test]
    fn a_server_in_fixed_memory_takes_no_size_that_it_cannot_send(
        start in size(),
        story in story(),
        ours: bool,
    ) {
        let mut server = Box::new(ServerMemory::new());
        let (server, client) = (server.storage().host, ClientStorage::heap().host);
        Session::new(server, client, clamped(start), ours, Language::Mosh)?.run(&story)?;
    }

    #[test]
    fn every_state_is_reached_in_fixed_memory(
        start in size(),
        mut story in story(),
        ours: bool,
    ) {
        let mut server = Box::new(ServerMemory::new());
        let mut client = Box::new(ClientMemory::new());
        for step in &mut story {
            step.resize = step.resize.map(clamped);
        }
        // The client may have no room for a link that the server has.
        let (server, client) = (server.storage().host, client.storage().host);
        Session::new(server, client, clamped(start), ours, Language::Mosh)?.run(&story)?;
    }
}

const COLUMNS: usize = 12;
const ROWS: usize = 6;

type ServerMemory = StaticServer<COLUMNS, ROWS, { server_rows(ROWS) }, 256>;
type ClientMemory = StaticClient<COLUMNS, ROWS, { client_rows(ROWS) }, 256>;

/// The size that fixed memory is made for.
fn clamped(size: Size) -> Size {
    Size { columns: size.columns.min(COLUMNS as u16), rows: size.rows.min(ROWS as u16) }
}

/// What happens between one diff and the next.
#[derive(Clone, Debug)]
struct Step {
    output: Pieces,
    resize: Option<Size>,
    echo_ack: bool,
    /// Which of the states that both ends hold the diff builds on.
    base: usize,
    /// Room for the diff.
    room: usize,
}

fn story() -> impl Strategy<Value = Vec<Step>> {
    // Small enough that many a diff goes in parts.
    let room = prop_oneof![1 => Just(1 << 16), 1 => 160..400_usize];
    let step = (anything(), prop::option::weighted(0.2, size()), any::<bool>(), 0..4_usize, room);
    let step = step.prop_map(|(output, resize, echo_ack, base, room)| Step {
        output,
        resize,
        echo_ack,
        base,
        room,
    });
    vec(step, 1..7)
}

/// A state as the server and as the client hold it.
type State = (Frame, Frame);

struct Session<'s> {
    server: HostState<'s>,
    client: Replica<'s>,
    /// States that both ends hold, oldest first.
    states: Vec<State>,
    acks: u64,
    /// What has to arrive.
    compared: Language,
}

impl<'s> Session<'s> {
    fn new(
        server: HostStorage<'s>,
        client: HostStorage<'s>,
        size: Size,
        ours: bool,
        compared: Language,
    ) -> Result<Self, TestCaseError> {
        let mut server = HostState::new(server, size).map_err(refused)?;
        if ours {
            server.set_language(Capabilities::OURS);
        }
        let mut client = Replica::new(client, size);
        let state = (server.snapshot().map_err(refused)?, client.initial().map_err(refused)?);
        Ok(Self { server, client, states: vec![state], acks: 0, compared })
    }

    fn run(mut self, story: &[Step]) -> Result<(), TestCaseError> {
        for step in story {
            self.server.write(&join(&step.output), &mut Replies::new());
            if let Some(size) = step.resize {
                self.server.resize(size);
            }
            if step.echo_ack {
                self.acks += 1;
                self.server.set_echo_ack(self.acks);
            }
            let mut base = step.base % self.states.len();
            // A diff may reach a part of the way; the next one goes on from there.
            let mut room = step.room;
            for _ in 0..50 {
                let (whole, reached) = self.send(&mut base, &mut room)?;
                base = reached;
                if whole {
                    break;
                }
            }
            self.check_unchanged()?;
        }
        Ok(())
    }

    /// Sends a diff; returns whether it reaches the present screen, and as which state.
    fn send(&mut self, base: &mut usize, room: &mut usize) -> Result<(bool, usize), TestCaseError> {
        loop {
            let mut out = Buffer::new(Slab::growable(*room));
            let sent = self.write(*base, &mut out);
            let snapshot = match sent {
                Ok(snapshot) => snapshot,
                Err(Full) => {
                    self.make_room(base, room)?;
                    continue;
                }
            };
            let (whole, own) = snapshot;
            match self.client.apply_diff(&self.states[*base].1, &out) {
                Ok(theirs) => {
                    self.compare(&own, &theirs, &out)?;
                    self.states.push((own, theirs));
                    return Ok((whole, self.states.len() - 1));
                }
                Err(BadDiff::Full) => {
                    self.server.forget(own);
                    self.make_room(base, room)?;
                }
                Err(bad) => return Err(TestCaseError::fail(format!("{bad:?}"))),
            }
        }
    }

    /// Writes a diff and takes a snapshot of what it reaches.
    fn write(&mut self, base: usize, out: &mut Buffer<'_>) -> Result<(bool, Frame), Full> {
        let base = &self.states[base].0;
        let partial = self.server.write_diff(base, out)?;
        if let Some(own) = partial {
            return Ok((false, own));
        }
        assert_eq!(self.server.diff_len(base, usize::MAX), out.len(), "the length was counted");
        assert!(out.is_empty() || self.server.diff_len(base, out.len() - 1) >= out.len());
        Ok((true, self.server.snapshot()?))
    }

    /// Forgets a state that is not built upon; then, gives the diff more room.
    fn make_room(&mut self, base: &mut usize, room: &mut usize) -> Result<(), TestCaseError> {
        if self.states.len() > 1 {
            let spare = usize::from(*base == 0);
            let (own, theirs) = self.states.remove(spare);
            self.server.forget(own);
            self.client.forget(theirs);
            *base -= usize::from(spare < *base);
            return Ok(());
        }
        prop_assert!(*room < 1 << 16, "no room for one more state");
        *room *= 4;
        Ok(())
    }

    fn compare(&self, own: &Frame, theirs: &Frame, diff: &[u8]) -> Result<(), TestCaseError> {
        let mut expected = Image::of(self.server.screen().0, own).look();
        let mut found = Image::of(self.client.screens(), theirs).look();
        // What no diff carries.
        if self.compared == Language::Mosh {
            expected.forget_ours();
            found.forget_ours();
        }
        for (expected, found) in expected.ours.copied.iter_mut().zip(found.ours.copied) {
            expected.count = found.count;
        }
        expected.ours.notifications = found.ours.notifications;
        expected.bells = found.bells;
        expected.modes = expected.modes.carried(self.compared);
        found.modes = found.modes.carried(self.compared);
        let last = expected.rows.len() - 1;
        for (number, row) in expected.rows.iter_mut().enumerate() {
            let end = row.cells.iter().rev().find(|cell| !cell.text().is_empty());
            let contested = end.is_some_and(|cell| cell.text().chars().any(width::contested));
            if number == last || contested {
                row.wrapped = found.rows.get(number).is_some_and(|row| row.wrapped);
            }
        }
        prop_assert!(
            found == expected,
            "b\"{}\":{}",
            diff.escape_ascii(),
            found.differences(&expected)
        );
        Ok(())
    }

    /// Checks that states that were sent are what they were.
    fn check_unchanged(&self) -> Result<(), TestCaseError> {
        let mut own: Vec<_> = self.states.iter().map(|state| &state.0).collect();
        own.extend(self.server.held());
        self.server.screen().0.check(&own);
        let theirs: Vec<_> = self.states.iter().map(|state| &state.1).collect();
        self.client.screens().check(&theirs);
        for (own, theirs) in &self.states {
            self.compare(own, theirs, b"")?;
        }
        Ok(())
    }
}

fn refused(Full: Full) -> TestCaseError {
    TestCaseError::fail("no room for the first state")
}
