//! Text in another width against the same text written to a terminal of that width.

use mosh_core::screen::{Frame, Screens, Size};
use mosh_core::server::ServerStorage;
use mosh_core::terminal::{Replies, Terminal};
use proptest::collection::vec;
use proptest::prelude::*;

/// High enough for all that is written.
const ROWS: u32 = 60;

proptest! {
    #![proptest_config(super::cases(600))]

    #[test]
    fn text_is_wrapped_as_if_written_there(
        lines in vec(line(), 1..6),
        columns in 2..12_u32,
        others in vec((2..14_u32, 1..20_u32), 1..3),
    ) {
        let text = lines.join("\r\n");
        let mut screen = Screen::new(columns, ROWS);
        screen.write(&text);
        let mut rows = ROWS;
        for (columns, last_rows) in others {
            screen.resize(columns, ROWS);
            let mut expected = Screen::new(columns, ROWS);
            expected.write(&text);
            prop_assert_eq!(screen.read(), expected.read());
            // In a row of its own or behind the last column: the next character tells.
            rows = last_rows;
        }
        let last = screen.columns();
        screen.resize(last - 1, rows);
        let mut expected = Screen::new(last - 1, rows);
        expected.write(&text);
        screen.write("x");
        expected.write("x");
        prop_assert_eq!(screen.read(), expected.read());
    }
}

/// A line with characters of both widths, some of them bold.
fn line() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z ]{1,9}[a-z]",
        2 => Just("漢字".to_owned()),
        1 => Just("e\u{301}".to_owned()),
        1 => "[a-z]{1,3}".prop_map(|text| format!("\x1b[1m{text}\x1b[m")),
    ];
    vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

struct Screen {
    screens: Screens<'static>,
    terminal: Terminal<'static>,
    frame: Frame,
}

impl Screen {
    fn new(columns: u32, rows: u32) -> Self {
        let storage = ServerStorage::heap().host;
        let mut screens = Screens::new(storage.screens);
        let size = Size::clamped(columns, rows);
        let frame = screens.blank(size).expect("the heap has room");
        Self { screens, terminal: Terminal::new(storage.terminal, size), frame }
    }

    fn columns(&self) -> u32 {
        self.screens.size(&self.frame).columns.into()
    }

    fn write(&mut self, text: &str) {
        let mut replies = Replies::new();
        self.terminal.write(&mut self.screens, &self.frame, text.as_bytes(), &mut replies);
    }

    fn resize(&mut self, columns: u32, rows: u32) {
        let size = Size::clamped(columns, rows);
        self.terminal.resize(&mut self.screens, &self.frame, size).expect("the heap has room");
    }

    /// Rows with their renditions and wrap flags, and the cursor.
    fn read(&self) -> Vec<String> {
        let rows = self.screens.size(&self.frame).rows;
        let mut picture = vec![];
        for row in 0..rows {
            let mut text = String::new();
            for cell in self.screens.row(&self.frame, row) {
                text += self.screens.glyph_str(cell, &mut [0; _]);
                text += if cell.rendition().attributes().is_empty() { "" } else { "!" };
            }
            let wraps = row + 1 < rows && self.screens.wrapped(&self.frame, row);
            picture.push(text + if wraps { "~" } else { "|" });
        }
        picture.push(format!("{:?}", self.screens.info(&self.frame).cursor));
        picture
    }
}
