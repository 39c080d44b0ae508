//! Clusters that printing does not reproduce: in our language they arrive as they are, and any
//! other reader shows at least everything else.

use mosh_core::diff::{Capabilities, render};
use mosh_core::screen::{Cell, Frame, Language, MAX_CLUSTER, Position, Screens, Size};
use mosh_core::server::ServerStorage;
use mosh_core::storage::Slab;
use mosh_core::terminal::{Replies, Terminal, TerminalStorage};
use proptest::prelude::*;

use super::edit::size;
use super::model::Image;

/// What programs write: clusters of all kinds, and what moves and cuts them.
const PIECES: &[&str] = &[
    "👩\u{200d}👧",
    "👍🏽",
    "🇫🇷",
    "🇩",
    "❤\u{fe0f}",
    "⌚\u{fe0e}",
    "1\u{fe0f}\u{20e3}",
    "e\u{301}",
    "\u{1112}\u{1161}\u{11ab}",
    "क\u{94d}षि",
    "\u{200d}",
    "\u{fe0f}",
    "漢",
    "x",
    "plain text",
    "\r",
    "\n",
    "\x1b[2C",
    "\x1b[3D",
    "\x1b[H",
    "\x1b[K",
    "\x1b[@",
    "\x1b[P",
    "\x1b[4h",
    "\x1b[4l",
    "\x1b[?7l",
    "\x1b[?7h",
    "\x1b[?2027l",
    "\x1b[?2027h",
    "\x1b[?69h\x1b[2;6s",
    "\x1b[?69l",
    "\x1b[44m",
    "\x1b]66;w=2;ab\x07",
    "\x1b]66;w=1;漢字\x07",
];

fn program() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..40)
        .prop_map(|pieces| format!("\x1b[?2027h{}", pieces.concat()))
}

struct Scene {
    screens: Screens<'static>,
    before: Frame,
    after: Frame,
}

impl Scene {
    fn new(size: Size, before: &str, after: &str) -> Self {
        let mut screens = Screens::new(ServerStorage::heap().host.screens);
        let live = screens.blank(size).unwrap();
        let mut terminal = terminal(size);
        let mut replies = Replies::new();
        terminal.write(&mut screens, &live, before.as_bytes(), &mut replies);
        let before = screens.snapshot(&live).unwrap();
        terminal.write(&mut screens, &live, after.as_bytes(), &mut replies);
        Self { screens, before, after: live }
    }

    /// What a reader shows that interprets our escape sequences.
    fn read(&mut self, caps: &Capabilities, start: Option<&Frame>) -> (Frame, String) {
        let mut out = Vec::new();
        render(&self.screens, caps, start, &self.after, &mut out).unwrap();
        let size = self.screens.size(&self.after);
        let frame = match start {
            Some(start) => self.screens.snapshot(start).unwrap(),
            None => self.screens.blank(size).unwrap(),
        };
        terminal(size).apply(&mut self.screens, &frame, &out);
        (frame, String::from_utf8(out).unwrap())
    }

    fn cell(&self, frame: &Frame, at: Position) -> (String, Cell) {
        let cell = self.screens.row(frame, at.row)[usize::from(at.column)];
        (self.screens.glyph_str(&cell, &mut [0; MAX_CLUSTER]).to_owned(), cell)
    }
}

fn terminal(size: Size) -> Terminal<'static> {
    Terminal::new(TerminalStorage { string: Slab::growable(1 << 12) }, size)
}

proptest! {
    #![proptest_config(super::cases(1000))]

    #[test]
    fn clusters_arrive_at_a_peer_of_ours(
        size in size(),
        before in program(),
        after in program(),
    ) {
        let mut scene = Scene::new(size, &before, &after);
        prop_assert_eq!(Image::of(&scene.screens, &scene.after).flaw(), None);
        let start = scene.screens.share(&scene.before).unwrap();
        let (frame, diff) = scene.read(&Capabilities::OURS, Some(&start));
        for row in 0..size.rows {
            prop_assert!(
                scene.screens.same_row(&frame, &scene.after, row, Language::Ours),
                "row {} after {:?}", row, diff
            );
        }
    }

    #[test]
    fn other_readers_show_all_but_clusters(
        size in size(),
        before in program(),
        after in program(),
    ) {
        let mut scene = Scene::new(size, &before, &after);
        let (frame, diff) = scene.read(&Capabilities::MOSH_1_4, None);
        prop_assert_eq!(Image::of(&scene.screens, &frame).flaw(), None);
        for row in 0..size.rows {
            let mut after_cluster = false;
            for column in 0..size.columns {
                let at = Position { row, column };
                let (text, cell) = scene.cell(&scene.after, at);
                let (found, _) = scene.cell(&frame, at);
                let is_cluster = cell.glyph().single().is_none() && !cell.glyph().is_blank();
                let is_half = cell.glyph().is_tail() && after_cluster;
                if !is_half {
                    after_cluster = is_cluster || cell.glyph().is_wide();
                }
                if !is_cluster && !is_half {
                    prop_assert_eq!(found.trim(), text.trim(), "{:?} after {:?}", at, diff);
                }
            }
        }
    }
}
