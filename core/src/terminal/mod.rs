//! The terminal emulator: what a program's output does to a screen.
//!
//! Bytes come in, a [`Frame`] of a [`Screens`] store changes, and answers to
//! queries come out. A [`Terminal`] is what of the emulator no peer ever sees: the parser, tab
//! stops, margins, the saved cursor, modes like origin and autowrap. It knows nothing of the
//! network, nor of how a screen is drawn.
//!
//! The same emulator applies the screen diffs of mosh 1.4, which are escape sequences
//! ([`Terminal::apply`]).
//!
//! [`sequences`] lists every function. In reading order: `parser`, `state`, `charsets`, `print`,
//! `graphemes`, `cursor`, `edit`, `rectangles`, `control` (dispatch), `modes`, `alternate`,
//! `resize`, `synchronized`, `keyboard`, `sgr`, `commands` (titles, clipboard), `colors`, `links`,
//! `reports` and `status` (answers), [`Replies`], [`Facts`].
//!
//! Sources: ECMA-48; xterm's ctlseqs; DEC STD 070 where these are silent.
//!
//! # Differences
//!
//! From mosh 1.4, none of which a peer can be confused by: most of the functions in
//! [`sequences`]; halves of wide characters never stand alone; colons in SGR; CUU and CUD stop at
//! the margins; DECOM homes under the new mode and the cursor is reported relative to the margins;
//! DECSC does not save autowrap; only functions that move the cursor or change cells cancel a
//! pending wrap; a combining mark goes to the character before the cursor also after a movement;
//! a resize keeps the line of the cursor and wraps lines anew; queries for the clipboard are not
//! passed on.

mod alternate;
mod charsets;
mod colors;
mod commands;
mod control;
mod cursor;
mod edit;
mod facts;
mod graphemes;
mod keyboard;
mod links;
mod modes;
mod parser;
mod print;
mod rectangles;
mod replies;
mod reports;
mod resize;
mod restore;
pub mod sequences;
mod sgr;
mod state;
mod status;
mod synchronized;

#[cfg(test)]
mod tests;

pub use facts::{Facts, Features, Pixels};
pub use replies::Replies;

use crate::screen::{Frame, Screens, Size};
use crate::storage::Slab;
use parser::Parser;
use state::State;

/// Memory for a [`Terminal`].
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TerminalStorage<'s> {
    /// Operating system commands (titles, clipboard) while they arrive. What exceeds it is
    /// dropped: a title is cut, a clipboard that is too long is ignored. Mosh 1.4 has room for
    /// 16384 characters.
    pub string: Slab<'s, u8>,
}

/// A terminal emulator without its screen.
///
/// ```
/// # #[cfg(feature = "alloc")] {
/// use mosh_core::screen::{Screens, ScreenStorage, Size};
/// use mosh_core::storage::Slab;
/// use mosh_core::terminal::{Replies, Terminal, TerminalStorage};
///
/// let mut screens = Screens::new(ScreenStorage {
///     cells: Slab::growable(1 << 20),
///     row_info: Slab::growable(1 << 12),
///     tables: Slab::growable(1 << 12),
///     infos: Slab::growable(8),
///     texts: Slab::growable(64),
///     clusters: Slab::growable(64),
///     extras: Slab::growable(64),
/// });
/// let size = Size::clamped(20, 4);
/// let frame = screens.blank(size).expect("the store is empty");
/// let mut terminal = Terminal::new(TerminalStorage { string: Slab::growable(1024) }, size);
/// terminal.write(&mut screens, &frame, b"hello\x1b[6n", &mut Replies::new());
/// assert_eq!(screens.info(&frame).cursor.column, 5);
/// # screens.release(frame);
/// # }
/// ```
#[derive(Debug)]
pub struct Terminal<'s> {
    parser: Parser<'s>,
    state: State,
    facts: Facts,
}

crate::log::defmt_format!(Terminal<'_>, it => "Terminal({})", it.facts);

impl<'s> Terminal<'s> {
    /// Returns a terminal in its initial state.
    #[must_use]
    pub fn new(storage: TerminalStorage<'s>, size: Size) -> Self {
        let size = Size::clamped(size.columns.into(), size.rows.into());
        Self { parser: Parser::new(storage.string), state: State::new(size), facts: Facts::UNKNOWN }
    }

    /// Interprets what the program wrote.
    ///
    /// Never fails if `frame` is the one frame of the store that is written to and all others of
    /// it were taken with [`Screens::snapshot`]. Sequences may be split between calls.
    pub fn write(
        &mut self,
        screens: &mut Screens<'_>,
        frame: &Frame,
        bytes: &[u8],
        replies: &mut Replies,
    ) {
        self.follow_size(screens, frame);
        let (state, facts) = (&mut self.state, &self.facts);
        let mut emulation =
            Emulation { state, facts, screens, frame, replies, from_network: false };
        self.parser.feed(bytes, &mut emulation);
    }

    /// Applies a diff from the network to `frame`, which is in the state that the diff starts
    /// from. The terminal starts anew, and answers nothing.
    ///
    /// What a server of mosh 1.4 means by BS with a wrap pending differs from what a program
    /// means: the cursor stays in the last column.
    pub fn apply(&mut self, screens: &mut Screens<'_>, frame: &Frame, diff: &[u8]) {
        self.parser.reset();
        self.state = State::new(screens.size(frame));
        let mut ignored = Replies::new();
        let (state, facts, replies) = (&mut self.state, &self.facts, &mut ignored);
        let mut emulation = Emulation { state, facts, screens, frame, replies, from_network: true };
        self.parser.feed(diff, &mut emulation);
    }

    /// Learns about the terminal that the user looks at; what was told before no longer counts.
    pub fn set_facts(&mut self, facts: Facts) {
        self.facts = facts;
    }

    /// Tells the program what is new for it since `before` was known: dark or light (mode 2031)
    /// and the size in pixels (mode 2048).
    pub fn report_facts(
        &mut self,
        before: &Facts,
        screens: &mut Screens<'_>,
        frame: &Frame,
        replies: &mut Replies,
    ) {
        let (state, facts) = (&mut self.state, &self.facts);
        let size = state.size;
        let mut emulation =
            Emulation { state, facts, screens, frame, replies, from_network: false };
        if emulation.state.scheme_reports && before.is_dark() != facts.is_dark() {
            emulation.report_scheme();
        }
        if emulation.state.size_reports && before.area_size(size) != facts.area_size(size) {
            emulation.report_size();
        }
    }

    /// What is known of the terminal that the user looks at.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Rows and frames that must stay free beside what a snapshot of the live frame leaves for
    /// writing to it: a program may switch to the alternate screen, or begin a synchronised
    /// update, at any time.
    ///
    /// Nothing need stay free if the store is too small for such things, beside screens of
    /// `tallest` rows.
    #[must_use]
    pub fn reserve(&self, screens: &Screens<'_>, tallest: u16) -> (usize, usize) {
        let (hidden, image) = (
            self.state.reserve_hidden(screens, tallest),
            self.state.reserve_image(screens, tallest),
        );
        (hidden.0 + image.0, hidden.1 + image.1)
    }

    /// Gives up the buffer that is not shown, if there is no place for it beside screens of
    /// `tallest` rows: it will be found cleared.
    pub fn make_room(&mut self, screens: &mut Screens<'_>, tallest: u16) {
        self.state.make_room(screens, tallest);
    }

    /// The frames that the terminal holds beside the live one, to account for.
    pub fn held(&self) -> impl Iterator<Item = &Frame> {
        self.state.hidden.iter().chain(self.state.image())
    }

    /// Tells the program the size of the screen, if it asked to be told (mode 2048).
    pub fn report_size(&mut self, screens: &mut Screens<'_>, frame: &Frame, replies: &mut Replies) {
        if self.state.size_reports {
            let (state, facts) = (&mut self.state, &self.facts);
            Emulation { state, facts, screens, frame, replies, from_network: false }.report_size();
        }
    }

    /// Whether cursor keys send application sequences (DECCKM).
    #[must_use]
    pub fn application_cursor_keys(&self) -> bool {
        self.state.application_cursor_keys
    }
}

/// A terminal at work on a frame.
struct Emulation<'e, 's> {
    state: &'e mut State,
    /// For answers to queries.
    facts: &'e Facts,
    screens: &'e mut Screens<'s>,
    frame: &'e Frame,
    replies: &'e mut Replies,
    /// Applying a diff, not a program's output.
    from_network: bool,
}
