//! The server's screen as a synchronised state.

use super::{Capabilities, Reached, render, render_within};
use crate::screen::{Frame, ScreenStorage, Screens, Size};
use crate::storage::{Buffer, Full};
use crate::terminal::{Facts, Replies, Terminal, TerminalStorage};
use crate::transport::Outgoing;
use crate::wire::mosh::host;

/// Memory of a [`HostState`].
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HostStorage<'s> {
    /// Rows, frames and texts.
    pub screens: ScreenStorage<'s>,
    /// Strings of control sequences that are being received.
    pub terminal: TerminalStorage<'s>,
}

/// Rows of all snapshots together, in screens: during a flood of output every one of mosh's 32
/// sent states would be a screen of its own, of which a peer hardly ever acknowledges more than
/// two or three.
const KEPT_SCREENS: usize = 8;

/// Screens that there must be room for: the peer's base, the newest sent, and the live one.
const SCREENS: usize = 3;

/// A terminal, the screen that it draws and the snapshots that were sent of it.
#[derive(Debug)]
pub struct HostState<'s> {
    screens: Screens<'s>,
    terminal: Terminal<'s>,
    live: Frame,
    /// What the peer understands.
    language: Capabilities,
    /// The first snapshot, which is the state that both ends start from.
    initial: Initial,
    /// Height of the tallest screen that cannot be forgotten: the peer's or the present one.
    tallest: u16,
}

crate::log::defmt_format!(HostState<'_>, it => "HostState({}, {})", it.live, it.screens);

/// The snapshot of the state that both ends start from.
#[derive(Debug, PartialEq, Eq)]
enum Initial {
    /// It is the live screen, blank as yet.
    ToBeTaken,
    /// It is a blank one beside the live screen, which an earlier peer has seen.
    ToBeMade,
    /// The [`Frame::number`].
    Held(u16),
    Gone,
}

impl<'s> HostState<'s> {
    /// Returns a blank screen of the given size, or of the largest that fits.
    ///
    /// # Errors
    ///
    /// [`Full`] if not even the smallest screen fits.
    pub fn new(storage: HostStorage<'s>, size: Size) -> Result<Self, Full> {
        let mut screens = Screens::new(storage.screens);
        let live = screens.blank(screens.largest(size, SCREENS))?;
        let size = screens.info(&live).size();
        let terminal = Terminal::new(storage.terminal, size);
        let language = Capabilities::MOSH_1_4;
        let initial = Initial::ToBeTaken;
        Ok(Self { screens, terminal, live, language, initial, tallest: size.rows })
    }

    /// Chooses what diffs are written for: a peer of mosh 1.4 if nothing else is said.
    ///
    /// Only before the first diff: a state is compared with those sent before in one language, so
    /// that what only that one carries is never taken for known.
    pub fn set_language(&mut self, language: Capabilities) {
        self.language = language;
    }

    /// Learns about the user's terminal, for answers to the program.
    pub fn set_facts(&mut self, facts: Facts, replies: &mut Replies) {
        let before = *self.terminal.facts();
        self.terminal.set_facts(facts);
        self.terminal.report_facts(&before, &mut self.screens, &self.live, replies);
    }

    /// What is known of the user's terminal.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        self.terminal.facts()
    }

    /// What diffs are written for.
    #[must_use]
    pub fn language(&self) -> &Capabilities {
        &self.language
    }

    /// Takes output of the program; the terminal's answers to queries go to `replies`.
    pub fn write(&mut self, output: &[u8], replies: &mut Replies) {
        self.terminal.write(&mut self.screens, &self.live, output, replies);
        // The terminal put the primary screen aside knowing the present size only.
        self.terminal.make_room(&mut self.screens, self.tallest);
    }

    /// Changes the size of the screen as far as it fits, and returns the size that it has then.
    pub fn resize(&mut self, size: Size) -> Size {
        // With less room for others, no state could be sent any more.
        let size = self.screens.largest(size, SCREENS);
        // Without room the screen stays as it is, and the peer is told so.
        let _ = self.terminal.resize(&mut self.screens, &self.live, size);
        let size = self.screens.info(&self.live).size();
        self.tallest = self.tallest.max(size.rows);
        self.terminal.make_room(&mut self.screens, self.tallest);
        size
    }

    /// Keeps the screen for another peer: the next snapshot is the blank screen that it starts
    /// from. No snapshot is held.
    pub fn begin_again(&mut self) {
        self.terminal.show(&mut self.screens);
        self.terminal.set_facts(Facts::UNKNOWN);
        // That peer's input states are numbered from the start.
        self.screens.info_mut(&self.live).echo_ack = 0;
        self.language = Capabilities::MOSH_1_4;
        self.tallest = self.screens.size(&self.live).rows;
        self.initial = Initial::ToBeMade;
    }

    /// Tells the program the size of the screen, if it asked to be told.
    pub fn report_size(&mut self, replies: &mut Replies) {
        self.terminal.report_size(&mut self.screens, &self.live, replies);
    }

    /// The number of the synchronised update that the program has begun: what it draws is not
    /// sent before it ends.
    #[must_use]
    pub fn update(&self) -> Option<u32> {
        self.terminal.update()
    }

    /// Ends a synchronised update.
    pub fn show(&mut self) {
        self.terminal.show(&mut self.screens);
    }

    fn sent(&self) -> &Frame {
        sent(&self.terminal, &self.live)
    }

    /// Notes that the effects of the client's state `num` are on the screen.
    pub fn set_echo_ack(&mut self, num: u64) {
        self.screens.info_mut(&self.live).echo_ack = num;
    }

    /// Whether the program asked for application cursor keys (DECCKM).
    #[must_use]
    pub fn application_cursor_keys(&self) -> bool {
        self.terminal.application_cursor_keys()
    }

    /// The screen and the store that its frame is read through.
    pub fn screen(&self) -> (&Screens<'s>, &Frame) {
        (&self.screens, &self.live)
    }

    /// The frames that are held beside the snapshots, to account for.
    pub fn held(&self) -> impl Iterator<Item = &Frame> {
        core::iter::once(&self.live).chain(self.terminal.held())
    }

    /// Refuses what would leave less room than the terminal may need, once the live screen was
    /// rewritten and `more` rows were taken.
    fn keep_reserve(&self, more: usize) -> Result<(), Full> {
        let (rows, frames) = self.terminal.reserve(&self.screens, self.tallest);
        let live = usize::from(self.screens.size(&self.live).rows);
        if self.screens.has_room(more + live + rows + 1, frames + 1) { Ok(()) } else { Err(Full) }
    }

    /// The size to tell the peer, if it differs from that of `base`.
    ///
    /// The state that both ends start from has no size that both know: the client takes its
    /// window's, and the server what it was started with. It is told with every diff from there.
    fn resize_since(&self, base: &Frame) -> Option<Size> {
        let size = self.screens.info(self.sent()).size();
        let known = self.initial != Initial::Held(base.number());
        let differs = size != self.screens.info(base).size();
        (differs || !known && self.differs(base)).then_some(size)
    }

    /// The echo acknowledgement to tell the peer, if it differs from that of `base`.
    fn echo_ack_since(&self, base: &Frame) -> Option<u64> {
        let echo_ack = self.screens.info(self.sent()).echo_ack;
        (echo_ack != self.screens.info(base).echo_ack).then_some(echo_ack)
    }
}

/// What the peer is to see: the live screen, or the one from before a synchronised update.
///
/// An echo acknowledgement belongs to the screen that shows the effects, so it waits with it.
fn sent<'f>(terminal: &'f Terminal<'_>, live: &'f Frame) -> &'f Frame {
    terminal.shown().unwrap_or(live)
}

impl Outgoing for HostState<'_> {
    type Snapshot = Frame;

    fn snapshot(&mut self) -> Result<Frame, Full> {
        if self.initial == Initial::ToBeMade {
            let snapshot = self.screens.beginning(&self.live)?;
            self.initial = Initial::Held(snapshot.number());
            return Ok(snapshot);
        }
        if self.screens.rows_used() > KEPT_SCREENS * usize::from(self.tallest) {
            return Err(Full);
        }
        self.keep_reserve(0)?;
        let snapshot = self.screens.snapshot(sent(&self.terminal, &self.live))?;
        if self.initial == Initial::ToBeTaken {
            self.initial = Initial::Held(snapshot.number());
        }
        Ok(snapshot)
    }

    fn differs(&self, base: &Frame) -> bool {
        self.echo_ack_since(base).is_some()
            || !self.screens.same(self.sent(), base, self.language.language())
    }

    fn diff_len(&self, base: &Frame, at_most: usize) -> usize {
        let mut counter = Counter { len: 0, at_most };
        // An error only says that the limit was passed, which the length says as well.
        let _ = render(&self.screens, &self.language, Some(base), self.sent(), &mut counter);
        let echo_ack = self.echo_ack_since(base).map_or(0, host::echo_ack_len);
        let resize =
            self.resize_since(base).map_or(0, |size| host::resize_len(size.columns, size.rows));
        let bytes = if counter.len > 0 { host::bytes_len(counter.len) } else { 0 };
        echo_ack + resize + bytes
    }

    fn write_diff(&mut self, base: &Frame, out: &mut Buffer<'_>) -> Result<Option<Frame>, Full> {
        let begin = out.len();
        if let Some(num) = self.echo_ack_since(base) {
            host::put_echo_ack(out, num)?;
        }
        let echo_ack_len = out.len() - begin;
        if let Some(size) = self.resize_since(base) {
            host::put_resize(out, size.columns, size.rows)?;
        }
        let start = out.len();
        let reached = render_within(
            &self.screens,
            &self.language,
            base,
            sent(&self.terminal, &self.live),
            out,
        )?;
        let len = out.len() - start;
        if len > 0 {
            // Their length stands before the bytes but is known after them.
            let end = out.len();
            host::put_bytes_head(out, len)?;
            let head_len = out.len() - end;
            out[start..].rotate_right(head_len);
        }
        match reached {
            Reached::All => Ok(None),
            Reached::Rows { rows, cut } => {
                // The effects of what was typed show with the whole screen only.
                out[begin..].rotate_left(echo_ack_len);
                out.truncate(out.len() - echo_ack_len);
                let size = self.screens.size(self.sent());
                let same_size = self.screens.size(base) == size;
                self.keep_reserve(if same_size { 0 } else { (size.rows - rows).into() })?;
                let target = sent(&self.terminal, &self.live);
                let composed = self.screens.compose(base, target, rows)?;
                if cut {
                    // There is room for a row of its own, as `target` shares fewer than all.
                    self.screens.set_wrapped(&composed, rows - 1, false);
                }
                Ok(Some(composed))
            }
        }
    }

    fn forget(&mut self, snapshot: Frame) {
        if self.initial == Initial::Held(snapshot.number()) {
            self.initial = Initial::Gone;
        }
        self.screens.release(snapshot);
    }

    fn acknowledged(&mut self, front: &Frame) {
        let rows = |frame| self.screens.size(frame).rows;
        self.tallest = rows(front).max(rows(&self.live));
    }
}

/// Counts what is written up to a limit.
struct Counter {
    len: usize,
    at_most: usize,
}

impl embedded_io::ErrorType for Counter {
    type Error = Full;
}

impl embedded_io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Full> {
        self.len += bytes.len();
        if self.len > self.at_most { Err(Full) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> Result<(), Full> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::ServerStorage;
    use alloc::vec::Vec;

    #[test]
    fn a_screen_that_shrinks_can_still_be_sent() {
        let tall = Size { columns: 80, rows: 1000 };
        let mut state = HostState::new(ServerStorage::heap().host, tall).unwrap();
        // Rows of their own, as blank ones may be shared.
        for _ in 0..tall.rows {
            state.write(b"row\r\n", &mut Replies::default());
        }
        let held = state.snapshot().unwrap();
        state.acknowledged(&held);
        state.resize(Size { columns: 80, rows: 24 });
        let newest = state.snapshot().expect("the peer's screen does not count against the rest");
        state.acknowledged(&newest);
        state.forget(held);
        let last = state.snapshot().unwrap();
        state.forget(newest);
        state.forget(last);
    }

    #[test]
    fn the_size_goes_with_every_diff_from_the_start() {
        let size = Size { columns: 80, rows: 24 };
        let mut state = HostState::new(ServerStorage::heap().host, size).unwrap();
        let start = state.snapshot().unwrap();
        let diff = |state: &mut HostState<'_>, base: &Frame| {
            let mut out = Buffer::new(crate::storage::Slab::growable(1000));
            assert_eq!(state.write_diff(base, &mut out), Ok(None));
            assert_eq!(state.diff_len(base, 1000), out.len());
            host::Changes::new(&out).any(|it| matches!(it, Ok(host::Change::Resize { .. })))
        };
        assert!(!diff(&mut state, &start), "nothing has happened");
        state.write(b"$ ", &mut Replies::default());
        let next = state.snapshot().unwrap();
        state.write(b"x", &mut Replies::default());
        // The client's start may have another size, although the server's has this one.
        assert!(diff(&mut state, &start));
        assert!(!diff(&mut state, &next));
        state.forget(start);
        let last = state.snapshot().unwrap();
        state.write(b"y", &mut Replies::default());
        assert!(!diff(&mut state, &last), "{last:?} is in the place of the start");
        state.forget(next);
        state.forget(last);
    }

    #[test]
    fn a_size_that_could_not_be_sent_is_not_taken() {
        type Memory =
            crate::storage::StaticServer<80, 24, { crate::storage::server_rows(24) }, 256>;
        let mut memory = Memory::new();
        let size = Size { columns: 80, rows: 24 };
        let mut state = HostState::new(memory.storage().host, size).unwrap();
        for (columns, rows) in [(81, 25), (80, 25), (160, 14), (200, 13), (90, 20), (20, 24)] {
            let held = state.snapshot().unwrap();
            state.acknowledged(&held);
            let size = state.resize(Size { columns, rows });
            for row in 0..rows {
                let text = [b"\r\n", &[b'a' + row as u8; 20][..]].concat();
                state.write(&text, &mut Replies::default());
            }
            let newest = state.snapshot().unwrap_or_else(|Full| panic!("{size:?} cannot be sent"));
            state.forget(held);
            state.forget(newest);
        }
        assert_eq!(state.resize(size), size, "the size that the memory is made for");
    }

    #[test]
    fn a_program_on_the_alternate_screen_can_be_sent() {
        const ROWS: usize = crate::storage::server_rows(24) + 24;
        let mut memory = crate::storage::StaticServer::<80, 24, ROWS, 256>::new();
        let size = Size { columns: 80, rows: 24 };
        let mut state = HostState::new(memory.storage().host, size).unwrap();
        let mut held = state.snapshot().unwrap();
        for (round, mode) in [47, 1049, 47, 47, 1047, 47].into_iter().enumerate() {
            let letter = b'a' + round as u8;
            for switch in ["h", "l"] {
                let text = alloc::format!("\x1b[H{}\x1b[?{mode}{switch}", "line\r\n".repeat(24));
                state.write(text.as_bytes(), &mut Replies::default());
                state.write(&[letter; 80 * 24], &mut Replies::default());
                let newest = state.snapshot().expect("there is room for a session");
                state.write(&[letter + 1; 80 * 24], &mut Replies::default());
                state
                    .screens
                    .check(&[&held, &newest].into_iter().chain(state.held()).collect::<Vec<_>>());
                state.forget(core::mem::replace(&mut held, newest));
            }
        }
        state.forget(held);
    }

    fn first_row(state: &HostState<'_>, frame: &Frame) -> alloc::string::String {
        crate::screen::tests::text_of(&state.screens, frame, 0)
    }

    #[test]
    fn a_synchronised_update_is_sent_as_a_whole() {
        let size = Size { columns: 6, rows: 2 };
        let mut state = HostState::new(ServerStorage::heap().host, size).unwrap();
        let write = |state: &mut HostState<'_>, text: &str| {
            state.write(text.as_bytes(), &mut Replies::default());
        };
        write(&mut state, "before");
        let base = state.snapshot().unwrap();
        write(&mut state, "\x1b[?2026h\x1b[Hhalf..");
        state.set_echo_ack(7);
        assert!(state.update().is_some() && !state.differs(&base), "it goes on");
        let held = state.snapshot().unwrap();
        assert_eq!(first_row(&state, &held), "before");
        assert_eq!(state.screens.info(&held).echo_ack, 0);
        // Programs set it again, and go on with the next one at once.
        let first = state.update();
        write(&mut state, "\x1b[?2026h\x1b[Hwhole.\x1b[?2026l\x1b[?2026h\x1b[Hnext..");
        assert!(state.differs(&base) && state.update().is_some() && state.update() != first);
        let whole = state.snapshot().unwrap();
        assert_eq!(first_row(&state, &whole), "whole.");
        assert_eq!(state.screens.info(&whole).echo_ack, 7, "the acknowledgement is not lost");
        // One that does not end is ended.
        state.show();
        assert_eq!(state.update(), None);
        let next = state.snapshot().unwrap();
        assert_eq!(first_row(&state, &next), "next..");
        for (end, row) in [("\x1b[?2026l", "last.."), ("\x1bclast..", "last..")] {
            write(&mut state, "\x1b[?2026h\x1b[Hlast..");
            write(&mut state, end);
            assert_eq!(state.update(), None);
            let (screens, live) = state.screen();
            assert_eq!(crate::screen::tests::text_of(screens, live, 0), row);
        }
        write(&mut state, "\x1b[?2026h");
        state.resize(Size { columns: 8, rows: 3 });
        assert_eq!(state.update(), None);
        for frame in [base, held, whole, next] {
            state.forget(frame);
        }
        state.screens.check(&state.held().collect::<Vec<_>>());
    }

    #[test]
    fn updates_on_the_alternate_screen_fit_five_screens() {
        const LEAST: usize = crate::storage::server_rows(24);
        updates_in_fixed_memory::<LEAST>(false);
        updates_in_fixed_memory::<{ LEAST + 24 }>(false);
        updates_in_fixed_memory::<{ LEAST + 48 }>(true);
    }

    /// Draws all over both screens; `held`: there is room to hold what is drawn back.
    fn updates_in_fixed_memory<const ROWS: usize>(held: bool) {
        let mut memory = crate::storage::StaticServer::<80, 24, ROWS, 256>::new();
        let size = Size { columns: 80, rows: 24 };
        let mut state = HostState::new(memory.storage().host, size).unwrap();
        let mut base = state.snapshot().unwrap();
        for round in 0..20 {
            let screen = ["\x1b[?1049h", "\x1b[?1049l", "\x1b[?47h", "\x1b[?47l"][round % 4];
            let begin = alloc::format!("{screen}\x1b[?2026h");
            for part in [begin.as_bytes(), &[b'a' + round as u8; 80 * 24], b"\x1b[?2026l"] {
                state.write(part, &mut Replies::default());
                let newest = state.snapshot().expect("there is room for a session");
                state.write(&[b'A'; 80 * 24], &mut Replies::default());
                let frames: Vec<_> = [&base, &newest].into_iter().chain(state.held()).collect();
                state.screens.check(&frames);
                state.forget(core::mem::replace(&mut base, newest));
            }
            state.write(b"\x1b[?2026h", &mut Replies::default());
            assert_eq!(state.update().is_some(), held);
        }
        state.forget(base);
    }

    #[test]
    fn a_part_of_a_screen_acknowledges_no_echo() {
        let size = Size { columns: 24, rows: 7 };
        let mut state = HostState::new(ServerStorage::heap().host, size).unwrap();
        let base = state.snapshot().unwrap();
        state.write(b"\x1b#8", &mut Replies::default());
        state.set_echo_ack(1);
        let mut out = Buffer::new(crate::storage::Slab::growable(196));
        let part = state.write_diff(&base, &mut out).unwrap().expect("it does not fit at once");
        let acknowledges = |diff: &[u8]| {
            host::Changes::new(diff).any(|change| matches!(change, Ok(host::Change::EchoAck(1))))
        };
        assert!(!out.is_empty() && !acknowledges(&out));
        out.clear();
        let rest = state.write_diff(&part, &mut out).unwrap();
        assert!(rest.is_none() && acknowledges(&out));
        state.forget(base);
        state.forget(part);
    }
}
