//! What the renderer writes for a user's terminal, shown by emulators that are not ours: they show
//! the screen that was to be drawn.

use mosh_core::diff::{Capabilities, Repeat, render};
use mosh_core::screen::{Attributes, Color, Frame, Screens, Size, Underline};
use mosh_core::server::ServerStorage;
use mosh_core::storage::Slab;
use mosh_core::terminal::{Replies, Terminal, TerminalStorage};
use mosh_tests::processes::Marker;
use mosh_tests::screen::own::picture;
use mosh_tests::screen::{Alacritty, Pane, Picture};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::program::{Piece, program};

/// So many pairs of screens a real tmux judges; a hundred unless it is set.
const PAIRS_IN_TMUX: &str = "MOSH_TESTS_PAIRS_IN_TMUX";

proptest! {
    #![proptest_config(super::cases(2500))]

    #[test]
    fn what_is_drawn_is_what_alacritty_shows(
        size in (2..14_u16, 1..8_u16),
        first in program(),
        second in program(),
        caps in capabilities(),
    ) {
        let mut scene = Scene::new(size);
        let mut terminal = Alacritty::new(size);
        // What was there before is not known.
        terminal.write(b"\x1b[7mbefore\x1b[2;3Hthat\x1b[?25l");
        for (program, known) in [(first, false), (second, true)] {
            let output = scene.draw(&program, &caps, known);
            terminal.write(&output);
            let (mut expected, mut found) = (scene.picture(), terminal.picture());
            degrade(&mut expected, &caps);
            for picture in [&mut expected, &mut found] {
                picture.take_out(Attributes::BLINK.with(Attributes::OVERLINE));
                picture.modes.retain(|mode| *mode != "cursor keys");
                picture.rows.iter_mut().for_each(|row| row.wrapped = None);
            }
            let found = found.differences(&expected, 8);
            prop_assert!(found.is_empty(), "{size:?} b\"{}\":\n{found}", output.escape_ascii());
        }
    }
}

/// The same in a real tmux, for fewer pairs, as it takes a program.
#[test]
#[ignore = "needs tmux: a step of `cargo xtask ci` runs it"]
fn what_is_drawn_is_what_tmux_shows() {
    let pairs = std::env::var(PAIRS_IN_TMUX).map_or(100, |text| text.parse().unwrap());
    let marker = Marker::new();
    let mut runner = TestRunner::new(super::cases(1));
    for _ in 0..pairs {
        let pair = ((4..14_u16, 2..8_u16), program(), program(), capabilities());
        let tree = pair.new_tree(&mut runner).unwrap();
        let (size, first, second, caps) = tree.current();
        let mut pane = Pane::start(&marker, size).unwrap();
        let mut scene = Scene::new(size);
        for (program, known) in [(&first, false), (&second, true)] {
            let output = scene.draw(program, &caps, known);
            pane.write(&output).unwrap();
            let (mut expected, mut found) = (scene.picture(), pane.picture().unwrap());
            degrade(&mut expected, &caps);
            for picture in [&mut expected, &mut found] {
                picture.modes.clear();
                for cell in picture.rows.iter_mut().flat_map(|row| &mut row.cells) {
                    cell.link.clear();
                }
            }
            let found = found.differences(&expected, 8);
            let before = join(&first).escape_ascii().to_string();
            let output = output.escape_ascii();
            assert!(found.is_empty(), "{size:?} after {before}:\nb\"{output}\":\n{found}");
        }
    }
}

fn join(pieces: &[Piece]) -> Vec<u8> {
    pieces.iter().flat_map(|it| it.0.iter().copied()).collect()
}

/// All but sized text, which would not be shown by who does not know it, and the alternate screen,
/// which is told to no terminal but our own.
fn capabilities() -> impl Strategy<Value = Capabilities> {
    any::<([bool; 11], [bool; 11])>().prop_map(|(drawing, others)| {
        let [ech, bce, below, repeat, titles, scroll, shapes, colours, links, ids, hide] = drawing;
        let [cursor, kitty, keys, keypad, pixels, wheel, updates, palette, ..] = others;
        let [.., directory, notifications, marks] = others;
        Capabilities {
            erase_character: ech,
            back_colour_erase: bce,
            erase_below: below,
            repeat: if repeat { Repeat::Ascii } else { Repeat::Nothing },
            titles,
            scroll_commands: scroll,
            underline_shapes: shapes,
            underline_colors: colours,
            links,
            link_ids: ids,
            hide_cursor: hide,
            cursor_style: cursor,
            kitty_keyboard: kitty,
            modify_other_keys: keys,
            keypad,
            mouse_pixels: pixels,
            alternate_scroll: wheel,
            synchronized_updates: updates,
            colors: palette,
            directory,
            notifications,
            prompt_marks: marks,
            ..Capabilities::PLAIN
        }
    })
}

/// Makes of a picture what can be shown of it.
fn degrade(picture: &mut Picture, caps: &Capabilities) {
    for cell in picture.rows.iter_mut().flat_map(|row| &mut row.cells) {
        if !caps.underline_shapes && cell.look.underline != Underline::None {
            cell.look.underline = Underline::Single;
        }
        if !caps.underline_colors {
            cell.look.underline_colour = Color::Default;
        }
        if !caps.links {
            cell.link.clear();
        }
    }
}

/// Our emulator, and what of its screen was drawn.
struct Scene {
    screens: Screens<'static>,
    live: Frame,
    drawn: Option<Frame>,
    terminal: Terminal<'static>,
}

impl Scene {
    fn new((columns, rows): (u16, u16)) -> Self {
        let mut screens = Screens::new(ServerStorage::heap().host.screens);
        let size = Size { columns, rows };
        let live = screens.blank(size).unwrap();
        let storage = TerminalStorage { string: Slab::growable(1 << 16) };
        Self { screens, live, drawn: None, terminal: Terminal::new(storage, size) }
    }

    /// Runs a program and returns what is written for the user's terminal, which shows what was
    /// drawn last if that is `known`.
    fn draw(&mut self, program: &[Piece], caps: &Capabilities, known: bool) -> Vec<u8> {
        let bytes = join(program);
        self.terminal.write(&mut self.screens, &self.live, &bytes, &mut Replies::new());
        let mut output = Vec::new();
        let last = self.drawn.as_ref().filter(|_| known);
        render(&self.screens, caps, last, &self.live, &mut output).unwrap();
        if let Some(frame) = self.drawn.take() {
            self.screens.release(frame);
        }
        self.drawn = Some(self.screens.snapshot(&self.live).unwrap());
        output
    }

    fn picture(&self) -> Picture {
        picture(&self.screens, &self.live)
    }
}
