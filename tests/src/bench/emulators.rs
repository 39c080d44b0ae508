//! The emulators that are compared, behind one face.

use alacritty_terminal::Term;
use alacritty_terminal::event::VoidListener;
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::term::Config;
use alacritty_terminal::vte::ansi::Processor;
use mosh_core::screen::{Frame, Screens};
use mosh_core::server::ServerStorage;
use mosh_core::terminal::{Replies, Terminal};

use crate::terminal::Size;

/// Which emulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The core's.
    Ours,
    /// `alacritty_terminal`, with its parser.
    Alacritty,
    /// `vt100`.
    Vt100,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ours, Self::Alacritty, Self::Vt100];
}

/// An emulator at work. None of them keeps lines that have left the screen.
#[expect(missing_debug_implementations, reason = "the libraries' types have none")]
pub enum Emulator {
    /// The core's, as the server uses it.
    Ours(Box<Ours>),
    /// `alacritty_terminal`.
    Alacritty(Box<(Term<VoidListener>, Processor)>),
    /// `vt100`.
    Vt100(Box<vt100::Parser>),
}

impl Emulator {
    /// Returns a blank one.
    pub fn new(kind: Kind, (columns, rows): Size) -> Self {
        match kind {
            Kind::Ours => Self::Ours(Box::new(Ours::new((columns, rows)))),
            Kind::Alacritty => {
                let config = Config { scrolling_history: 0, ..Config::default() };
                let term = Term::new(config, &Cells((columns, rows)), VoidListener);
                Self::Alacritty(Box::new((term, Processor::new())))
            }
            Kind::Vt100 => {
                let side = |side: u16| side.try_into().expect("a screen is not empty");
                Self::Vt100(Box::new(vt100::Parser::new(side(rows), side(columns), 0)))
            }
        }
    }

    /// Takes what a program writes.
    pub fn write(&mut self, bytes: &[u8]) {
        match self {
            Self::Ours(ours) => ours.write(bytes),
            Self::Alacritty(both) => both.1.advance(&mut both.0, bytes),
            Self::Vt100(parser) => parser.process(bytes),
        }
    }
}

struct Cells(Size);

impl Dimensions for Cells {
    fn total_lines(&self) -> usize {
        self.screen_lines()
    }

    fn screen_lines(&self) -> usize {
        self.0.1.into()
    }

    fn columns(&self) -> usize {
        self.0.0.into()
    }
}

/// Bytes between two snapshots: more often than a server that sends a frame each 20 ms takes one
/// while it has output to absorb.
const SNAPSHOT_LEN: usize = 1 << 20;

/// The core's emulator with the storage of a server.
#[derive(Debug)]
pub struct Ours {
    screens: Screens<'static>,
    frame: Frame,
    sent: Option<Frame>,
    since_sent: usize,
    terminal: Terminal<'static>,
    replies: Replies,
}

impl Ours {
    fn new((columns, rows): Size) -> Self {
        let storage = ServerStorage::heap().host;
        let mut screens = Screens::new(storage.screens);
        let size = mosh_core::screen::Size { columns, rows };
        let frame = screens.blank(size).expect("the limits of the heap are far");
        let terminal = Terminal::new(storage.terminal, size);
        let (sent, replies) = (None, Replies::new());
        Self { screens, frame, sent, since_sent: 0, terminal, replies }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.terminal.write(&mut self.screens, &self.frame, bytes, &mut self.replies);
        self.since_sent += bytes.len();
        if self.since_sent >= SNAPSHOT_LEN {
            self.since_sent = 0;
            self.replies = Replies::new();
            let sent = self.screens.snapshot(&self.frame).expect("there is room for a few");
            if let Some(old) = self.sent.replace(sent) {
                self.screens.release(old);
            }
        }
    }
}
