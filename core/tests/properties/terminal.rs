//! The emulator against a naive one, in whatever pieces its input comes.

use mosh_core::screen::{Frame, Screens, Size};
use mosh_core::server::ServerStorage;
use mosh_core::storage::Slab;
use mosh_core::terminal::{Replies, Terminal, TerminalStorage};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::edit::size;
use super::model::Image;
use super::naive::{Naive, Reader};
use super::program::{anything, join, sensible, simple};

proptest! {
    #![proptest_config(super::cases(1500))]

    #[test]
    fn simple_programs_show_what_a_naive_terminal_shows(size in size(), program in simple()) {
        let mut own = Own::new(size);
        own.write(&join(&program));
        let mut naive = Naive::new(Image::blank(size), Reader::ALL);
        naive.write(&String::from_utf8(join(&program)).unwrap());
        let image = own.image();
        prop_assert!(image == naive.image, "{}", image.differences(&naive.image));
    }

    #[test]
    fn output_in_pieces_is_output_at_once(
        size in size(),
        program in anything(),
        cuts in vec(any::<Index>(), 0..30),
    ) {
        let bytes = join(&program);
        let mut whole = Own::new(size);
        whole.write(&bytes);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let mut pieces = Own::new(size);
        let mut single = Own::new(size);
        for ends in cuts.windows(2) {
            pieces.write(&bytes[ends[0]..ends[1]]);
        }
        for byte in &bytes {
            single.write(&[*byte]);
        }
        let image = whole.image();
        for other in [&mut pieces, &mut single] {
            prop_assert!(other.image() == image, "{}", other.image().differences(&image));
            prop_assert_eq!(other.answers(), whole.answers());
        }
    }

    #[test]
    fn no_output_and_no_size_breaks_a_screen(
        size in size(),
        steps in vec((anything(), prop::option::of(super::edit::size())), 1..6),
    ) {
        let mut own = Own::new(size);
        for (program, size) in &steps {
            own.write(&join(program));
            prop_assert_eq!(own.image().flaw(), None);
            if let Some(size) = size {
                own.resize(*size);
                prop_assert_eq!(own.image().flaw(), None);
            }
        }
    }

    #[test]
    fn another_height_keeps_what_fits(
        size in size(),
        steps in vec((sensible(), super::edit::size()), 1..5),
    ) {
        let mut own = Own::new(size);
        for (program, other) in &steps {
            own.write(&join(program));
            let size = Size { rows: other.rows, ..size };
            let mut model = own.image();
            model.resize(size);
            own.resize(size);
            let image = own.image();
            prop_assert!(image == model, "{}", image.differences(&model));
        }
    }

    #[test]
    fn what_was_being_written_survives_a_resize(
        first in simple(),
        middle in size(),
        rest in simple(),
    ) {
        // Margins become the whole screen, but the rest goes on.
        let start = Size { columns: 8, rows: 5 };
        let mut own = Own::new(start);
        own.write(&join(&first));
        own.resize(middle);
        if middle != start {
            // Behind a last column the naive terminal would not know of the wrap.
            own.write(b"\r");
            let image = own.image();
            own.write(&join(&rest));
            let mut naive = Naive::new(image, Reader::ALL);
            naive.write(&String::from_utf8(join(&rest)).unwrap());
            let image = own.image();
            prop_assert!(image == naive.image, "{}", image.differences(&naive.image));
        }
    }
}

/// The emulator with a screen of its own.
struct Own {
    screens: Screens<'static>,
    frame: Frame,
    terminal: Terminal<'static>,
    replies: Replies,
}

impl Own {
    fn new(size: Size) -> Self {
        let mut screens = Screens::new(ServerStorage::heap().host.screens);
        let frame = screens.blank(size).unwrap();
        let storage = TerminalStorage { string: Slab::growable(1 << 16) };
        Self { screens, frame, terminal: Terminal::new(storage, size), replies: Replies::new() }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.terminal.write(&mut self.screens, &self.frame, bytes, &mut self.replies);
    }

    fn resize(&mut self, size: Size) {
        self.terminal.resize(&mut self.screens, &self.frame, size).unwrap();
    }

    fn image(&self) -> Image {
        let held: Vec<_> = self.terminal.held().chain([&self.frame]).collect();
        self.screens.check(&held);
        Image::of(&self.screens, &self.frame)
    }

    fn answers(&mut self) -> Vec<u8> {
        let mut buf = [0; 1024];
        let len = self.replies.read(&mut buf);
        // What is read is asked for again by the next comparison.
        self.replies.push(&buf[..len]);
        buf[..len].to_vec()
    }
}
