//! Diffs of a server, as its client applies them and draws the result: the user's terminal, for
//! which our own stands, then shows what the client holds, whatever it can do.
//!
//! The input is a list of diffs, each applied to any earlier screen, and of things that happen to
//! the terminal.

use embedded_io::Write as _;
use mosh_core::client::ClientStorage;
use mosh_core::diff::{Capabilities, Replica, Told, enter, leave, leave_more, render};
use mosh_core::screen::{Frame, ScreenStorage, Screens, Size};
use mosh_core::storage::{Buffer, Slab};
use mosh_core::terminal::{Replies, Terminal, TerminalStorage};
use mosh_core::transport::{BadDiff, Incoming as _};

use crate::attack::host_changes;
use crate::input::Input;
use crate::screens::{Lens, assert_same, is_small, text};
use crate::session::Tty;

/// Received screens that are held at once.
const HELD: usize = 4;

/// Runs one input.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let size = input.size();
    let mut replica = Replica::new(ClientStorage::heap().host, size);
    let mut held = vec![replica.initial().expect("an empty store")];
    let mut users = users(size);
    while !input.is_empty() {
        let choice = input.byte();
        let mut diff = Buffer::new(Slab::growable(1 << 18));
        let written = match choice % 8 {
            0 => diff.extend(input.chunk()),
            1 => {
                users[usize::from(choice >> 3) % COUNT].disturb(&mut replica, input.chunk());
                continue;
            }
            _ => host_changes(&mut input, &mut diff),
        };
        written.expect("room for all there is");
        let base = usize::from(choice >> 3) % held.len();
        let before = replica.screens().rows_used();
        match replica.apply_diff(&held[base], &diff) {
            Ok(frame) => held.push(frame),
            Err(BadDiff::Malformed) => assert_eq!(replica.screens().rows_used(), before),
            Err(_) => assert!(!is_small(replica.screens().size(&held[base]))),
        }
        if held.len() > HELD {
            replica.forget(held.remove(base));
        }
        let newest = held.last().expect("at least one");
        for user in &mut users {
            user.show(replica.screens_mut(), newest);
        }
    }
    let frames = held.iter().chain(users.iter().filter_map(|user| user.last.as_ref()));
    let frames: Vec<&Frame> = frames.collect();
    if frames.iter().all(|frame| is_small(replica.screens().size(frame))) {
        replica.screens().check(&frames);
    }
    for user in &mut users {
        user.leave();
    }
}

const COUNT: usize = 4;

/// The terminals that are drawn on.
fn users(size: Size) -> [User; COUNT] {
    // No terminal is told of its buffers, and ours would clear its screen.
    let everything =
        Capabilities { hide_cursor: true, alternate_screen: false, ..Capabilities::OURS };
    let some = Capabilities {
        erase_character: true,
        back_colour_erase: false,
        scroll_commands: true,
        ..Capabilities::PLAIN
    };
    [Capabilities::MOSH_1_4, Capabilities::PLAIN, everything, some]
        .map(|caps| User::new(caps, size))
}

/// A user's terminal, and what the client knows of it.
struct User {
    caps: Capabilities,
    screens: Screens<'static>,
    terminal: Terminal<'static>,
    frame: Frame,
    /// What was drawn last, in the client's store.
    last: Option<Frame>,
    /// What the terminal has to be told at the end.
    told: Told,
}

impl User {
    fn new(caps: Capabilities, size: Size) -> Self {
        let mut screens = Screens::new(store());
        let frame = screens.blank(size).expect("an empty store");
        let storage = TerminalStorage { string: Slab::growable(1 << 17) };
        let terminal = Terminal::new(storage, size);
        let told = Told::default();
        let mut user = Self { caps, screens, terminal, frame, last: None, told };
        let mut tty = Tty::default();
        let Ok(()) = enter(&mut tty);
        user.write(&tty.bytes);
        user
    }

    /// Draws `frame` and looks at the result.
    fn show(&mut self, screens: &mut Screens<'_>, frame: &Frame) {
        // The client tries again later.
        let Ok(target) = screens.snapshot(frame) else { return };
        let size = screens.size(&target);
        if !is_small(size) {
            // Not drawn, to save time; and so neither known.
            screens.release(target);
            return self.forget(screens);
        }
        let mut tty = Tty::default();
        if self.last.is_none() {
            let Ok(()) = self.told.reset_cursor(&mut tty);
        }
        self.told.note(screens, &self.caps, &target);
        let Ok(()) = render(screens, &self.caps, self.last.as_ref(), &target, &mut tty);
        self.terminal
            .resize(&mut self.screens, &self.frame, size)
            .expect("the store has room for one screen");
        self.write(&tty.bytes);
        let clipboard = text(screens, screens.info(&target).clipboard());
        let whole = clipboard.len() <= self.caps.clipboard_max;
        if self.last.is_none() || !whole {
            // What was copied before is not copied again.
            self.screens.set_clipboard(&self.frame, &clipboard).expect("room for one text");
        }
        let title = self.caps.titles && screens.info(&target).title_set;
        let extras = self.caps.links;
        let lens = Lens { title, shapes: self.caps.underline_shapes, extras, ..Lens::MOSH };
        assert_same((screens, &target), (&self.screens, &self.frame), lens);
        if let Some(last) = self.last.replace(target) {
            screens.release(last);
        }
    }

    /// Another program writes to the terminal, or the window changes, and the client forgets what
    /// it knew.
    fn disturb(&mut self, replica: &mut Replica<'_>, text: &[u8]) {
        let plain: Vec<u8> = text.iter().copied().filter(|byte| matches!(byte, 32..=126)).collect();
        self.write(b"\x1b[?1003h\x1b[7m\x1b[?25l\x1b[?5h\x1b[?2004h\x1b[?1006h\x1b[3;5H\x1b[44m");
        self.write(&plain);
        self.forget(replica.screens_mut());
    }

    fn forget(&mut self, screens: &mut Screens<'_>) {
        if let Some(last) = self.last.take() {
            screens.release(last);
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut replies = Replies::new();
        self.terminal.write(&mut self.screens, &self.frame, bytes, &mut replies);
        let asks = !replies.is_empty() || replies.dropped() > 0;
        assert!(!asks, "the terminal is asked: {:?}", String::from_utf8_lossy(bytes));
    }

    /// The session ends, and the user gets an ordinary terminal back.
    fn leave(&mut self) {
        let mut tty = Tty::default();
        let Ok(()) = leave(&mut tty);
        let Ok(()) = leave_more(&self.caps, &mut tty);
        let Ok(()) = self.told.take_back(&self.caps, &mut tty);
        let Ok(()) = tty.flush();
        self.write(&tty.bytes);
        let (info, usual) = (self.screens.info(&self.frame), mosh_core::screen::Modes::default());
        assert_eq!(info.modes, mosh_core::screen::Modes { ..usual });
        assert_eq!(info.rendition, mosh_core::screen::Rendition::DEFAULT);
        assert!(!self.terminal.application_cursor_keys());
    }
}

/// Memory for a screen or two of any size.
#[must_use]
pub fn store() -> ScreenStorage<'static> {
    ScreenStorage {
        cells: Slab::growable(1 << 23),
        row_info: Slab::growable(1 << 14),
        tables: Slab::growable(1 << 14),
        infos: Slab::growable(8),
        texts: Slab::growable(1 << 13),
        clusters: Slab::growable(1 << 14),
        extras: Slab::growable(1 << 12),
    }
}
