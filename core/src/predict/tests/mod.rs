//! The predictor between a keyboard and a program that answers late.

mod dialogues;
mod secrets;

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};
use core::time::Duration;

use super::{Display, Predictor};
use crate::screen::{Frame, MAX_CLUSTER, ScreenStorage, Screens, Size, Underline};
use crate::storage::Slab;
use crate::terminal::{Replies, Terminal, TerminalStorage};
use crate::time::Instant;
use crate::transport::StateNum;

/// A session whose far end is played by the test.
struct Session {
    screens: Screens<'static>,
    terminal: Terminal<'static>,
    /// The program's screen, which is the newest received one as soon as a test says so.
    program: Frame,
    newest: Frame,
    predictor: Predictor,
    now: Instant,
    /// The number of the newest key; each is an input state of its own.
    typed: u64,
}

impl Session {
    fn new() -> Self {
        Self::with(Display::Always, false)
    }

    fn with(display: Display, overwrite: bool) -> Self {
        let mut screens = Screens::new(ScreenStorage {
            cells: Slab::growable(1 << 16),
            row_info: Slab::growable(1 << 10),
            tables: Slab::growable(1 << 10),
            infos: Slab::growable(16),
            texts: Slab::growable(64),
            clusters: Slab::growable(64),
            extras: Slab::growable(64),
        });
        let size = Size::clamped(40, 6);
        let program = screens.blank(size).unwrap();
        let newest = screens.share(&program).unwrap();
        let mut session = Self {
            screens,
            terminal: Terminal::new(TerminalStorage { string: Slab::growable(64) }, size),
            program,
            newest,
            predictor: Predictor::new(display, overwrite),
            now: Instant::from_millis(1000),
            typed: 0,
        };
        // Slow enough for predictions, too fast for underlines.
        session.predictor.handle_interval(Duration::from_millis(50));
        session
    }

    /// A shell at its first prompt, where one line was typed and run already.
    fn at_prompt() -> Self {
        let mut session = Self::new();
        session.prints("\x1b[?2004huser@host:~$ ");
        for c in ["l", "s"] {
            session.types(c);
            session.answers(c);
        }
        session.types("\r");
        session.answers("\r\n\x1b[?2004l\rfile\r\n\x1b[?2004huser@host:~$ ");
        session.passes(200);
        session
    }

    fn passes(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        self.predictor.handle_timeout(self.now, &mut self.screens, &self.newest);
    }

    /// One key stroke.
    fn types(&mut self, key: &str) {
        self.typed += 1;
        let num = StateNum(self.typed);
        for byte in key.bytes() {
            self.predictor.handle_byte(self.now, byte, num);
        }
        self.predictor.handle_read(self.now, num, &mut self.screens, &self.newest);
        // So that each key was typed at a time of its own.
        self.passes(30);
    }

    fn types_each(&mut self, text: &str) {
        for c in text.chars() {
            self.types(c.encode_utf8(&mut [0; 4]));
        }
    }

    /// Output arrives, and the keys up to the newest had the time to take effect.
    fn answers(&mut self, output: &str) {
        self.arrives(output, self.typed);
    }

    /// Output arrives before anything is said of keys.
    fn prints(&mut self, output: &str) {
        let acked = self.screens.info(&self.newest).echo_ack;
        self.arrives(output, acked);
    }

    fn arrives(&mut self, output: &str, acked: u64) {
        let bytes = output.as_bytes();
        self.terminal.write(&mut self.screens, &self.program, bytes, &mut Replies::new());
        self.screens.info_mut(&self.program).echo_ack = acked;
        let newest = self.screens.share(&self.program).unwrap();
        self.screens.release(core::mem::replace(&mut self.newest, newest));
        self.passes(20);
        self.predictor.handle_frame(self.now, &mut self.screens, &self.newest);
    }

    /// The program's screen gets another size; it arrives with the next output.
    fn resizes(&mut self, columns: u32, rows: u32) {
        let size = Size::clamped(columns, rows);
        self.terminal.resize(&mut self.screens, &self.program, size).unwrap();
    }

    /// The user's screen: rows without trailing blanks, and the cursor.
    fn shows(&mut self) -> (Vec<String>, (u16, u16)) {
        self.draws(true)
    }

    /// The newest screen that has arrived, likewise.
    fn received(&mut self) -> (Vec<String>, (u16, u16)) {
        self.draws(false)
    }

    fn draws(&mut self, predicted: bool) -> (Vec<String>, (u16, u16)) {
        let target = self.screens.share(&self.newest).unwrap();
        if predicted {
            self.predictor.apply(&mut self.screens, &target);
        }
        let mut rows = vec![];
        for row in 0..self.screens.size(&target).rows {
            let mut text = String::new();
            for cell in self.screens.row(&target, row) {
                text += self.screens.glyph_str(cell, &mut [0; MAX_CLUSTER]);
            }
            rows.push(text.trim_end().to_owned());
        }
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        let cursor = self.screens.info(&target).cursor;
        self.screens.release(target);
        (rows, (cursor.row, cursor.column))
    }

    fn row(&mut self) -> String {
        let (rows, (row, column)) = self.shows();
        let text = rows.get(usize::from(row)).cloned().unwrap_or_default();
        let at = text.char_indices().nth(column.into()).map_or(text.len(), |(at, _)| at);
        let pad = usize::from(column).saturating_sub(text.chars().count());
        format!("{}{}|{}", &text[..at], " ".repeat(pad), &text[at..])
    }
}

#[test]
fn the_first_key_at_an_unknown_prompt_waits_for_its_echo_and_the_rest_does_not() {
    let mut session = Session::new();
    session.prints("\x1b[?2004huser@host:~$ ");
    session.types_each("ec");
    assert_eq!(session.row(), "user@host:~$ |");
    session.prints("e");
    assert_eq!(session.row(), "user@host:~$ ec|");
    session.types("h");
    assert_eq!(session.row(), "user@host:~$ ech|");
    session.answers("ch");
    assert_eq!(session.row(), "user@host:~$ ech|");
    assert_eq!(session.predictor.counters().confirmed, 3);
}

#[test]
fn at_a_known_prompt_the_first_key_is_shown() {
    let mut session = Session::at_prompt();
    session.types("p");
    assert_eq!(session.row(), "user@host:~$ p|");
    // Another directory does not make it another prompt.
    session.types("\r");
    session.answers("p\r\n\x1b[?2004l\r\x1b[?2004huser@host:/usr/bin$ ");
    session.types("l");
    assert_eq!(session.row(), "user@host:/usr/bin$ l|");
}

#[test]
fn what_is_typed_while_a_command_runs_waits_for_the_shell() {
    let mut session = Session::at_prompt();
    session.types_each("x\r");
    session.answers("x\r\n\x1b[?2004l\r");
    session.types("e");
    session.passes(200);
    session.prints("\x1b[?2004huser@host:~$ ");
    session.types("c");
    assert_eq!(session.row(), "user@host:~$ ec|");
    session.answers("ec");
    assert_eq!(session.row(), "user@host:~$ ec|");
}

#[test]
fn what_asks_for_a_secret_after_a_command_shows_nothing() {
    let mut session = Session::at_prompt();
    session.types_each("su\r");
    session.answers("su\r\n\x1b[?2004l\rPassword: ");
    session.types_each("hunter2");
    assert_eq!(session.row(), "Password: |");
    session.answers("");
    session.passes(200);
    session.types_each("x");
    assert_eq!(session.row(), "Password: |");
    session.types("\r");
    session.answers("\r\nuser@host:~$ ");
    assert_eq!(session.predictor.counters().wrong, 0);
}

#[test]
fn a_secret_on_the_line_of_an_echoed_answer_is_not_shown() {
    let mut session = Session::at_prompt();
    session.types_each("x\r");
    session.answers("x\r\n\x1b[?2004l\rGo on? ");
    session.types("y");
    session.types_each("hu");
    session.prints("y");
    assert_eq!(session.row(), "Go on? y|");
    session.prints(" Key: ");
    assert_eq!(session.row(), "Go on? y Key: |");
    session.types_each("nter");
    session.answers("");
    assert_eq!(session.row(), "Go on? y Key: |");
    session.passes(500);
    assert_eq!(session.row(), "Go on? y Key: |");
}

#[test]
fn stars_for_a_secret_prove_no_echo() {
    let mut session = Session::at_prompt();
    session.types_each("su\r");
    session.answers("su\r\n\x1b[?2004l\rGeheim: ");
    session.types_each("*.*");
    session.answers("***");
    session.types("a");
    assert_eq!(session.row(), "Geheim: ***|");
}

#[test]
fn editing_within_the_line_moves_only_the_users_text() {
    let mut session = Session::at_prompt();
    session.types_each("echo one two");
    session.answers("echo one two\x1b7\x1b[35G[12]\x1b8");
    for (key, expected) in [
        ("\x1b[D", "echo one tw|o"),
        ("x", "echo one twx|o"),
        ("\x7f", "echo one tw|o"),
        ("\x1b[3~", "echo one tw|"),
        ("\x17", "echo one |"),
        ("\x1bb", "echo |one"),
        ("\x01", "|echo one"),
        ("\x05", "echo one|"),
        ("\x15", "|"),
        ("\x7f", "|"),
    ] {
        session.types(key);
        let row = session.row();
        let (text, prompt_at_right) = row.split_at(33);
        assert_eq!(text.trim_end(), format!("user@host:~$ {expected}").trim_end(), "after {key:?}");
        assert!(prompt_at_right.ends_with("[12]"), "{row}");
    }
}

#[test]
fn suggestions_are_overwritten_and_not_pushed() {
    let mut session = Session::at_prompt();
    session.types("g");
    session.answers("g\x1b[90mit status\x1b[m\x1b[9D");
    assert_eq!(session.row(), "user@host:~$ g|it status");
    session.types_each("it");
    assert_eq!(session.row(), "user@host:~$ git| status");
    session.types("x");
    assert_eq!(session.row(), "user@host:~$ gitx|status");
}

#[test]
fn output_of_others_does_not_disturb() {
    let mut session = Session::at_prompt();
    session.types_each("abc");
    session.prints("a");
    // A background job prints, and the shell draws its line anew, further down.
    session.prints("\r\x1b[Kbuilt\r\nuser@host:~$ a");
    assert_eq!(session.row(), "user@host:~$ abc|");
    session.answers("bc");
    assert_eq!(session.row(), "user@host:~$ abc|");
}

#[test]
fn output_that_pushes_the_line_away_again_and_again_hides_what_is_typed() {
    let mut session = Session::at_prompt();
    session.prints("\r\n  Compiling core\r\n");
    session.types_each("ab");
    session.answers("ab");
    session.types("c");
    assert_eq!(session.row(), "abc|");
    session.prints("\r\n  Compiling shell\r\n");
    assert_eq!(session.row(), "|");
    session.answers("c");
    session.types("d");
    assert_eq!(session.row(), "c|");
    session.answers("d");
    session.passes(1000);
    session.types("e");
    assert_eq!(session.row(), "cde|");
}

#[test]
fn a_line_goes_on_in_the_next_row_and_the_screen_scrolls() {
    let mut session = Session::at_prompt();
    for line in 0..4 {
        session.types("\r");
        session.answers(&format!("\r\n\x1b[?2004l\r{line}\r\n\x1b[?2004huser@host:~$ "));
    }
    session.types_each("0123456789012345678901234567");
    let (rows, cursor) = session.shows();
    assert_eq!(rows[4], "user@host:~$ 012345678901234567890123456");
    assert_eq!((rows[5].as_str(), cursor), ("7", (5, 1)));
    session.answers("012345678901234567890123456 \r7");
    assert_eq!(session.shows().1, (5, 1));
    session.types("8");
    assert_eq!(session.shows().0[5], "78");
}

#[test]
fn wide_and_combining_characters_take_their_columns() {
    let mut session = Session::at_prompt();
    session.types_each("漢字e\u{301}");
    assert_eq!(session.shows().0[2], "user@host:~$ 漢字e\u{301}");
    assert_eq!(session.shows().1, (2, 18));
    session.types("\x7f");
    session.types("\x7f");
    assert_eq!(session.shows().1, (2, 15));
}

#[test]
fn keys_that_are_commands_are_found_out_and_hidden() {
    let mut session = Session::new();
    session.prints("\x1b[?2004h\x1b[Hsome text\r");
    for _ in 0..5 {
        session.types("l");
        assert!(session.row().starts_with("some text") || session.row().contains('|'));
        session.answers("\x1b[C");
        let (rows, _) = session.shows();
        assert_eq!(rows[0], "some text");
    }
    assert_eq!(session.predictor.counters().shown, 0);
}

/// The screen of an editor with commands may show the `i` of a word before the server has said that
/// the command `i` had the time to take effect.
#[test]
fn a_command_is_not_taken_for_the_echo_of_the_same_letter() {
    let mut session = Session::new();
    session.prints("\x1b[?2004h\x1b[Hsome text\r");
    session.types("A");
    session.answers("\x1b[9C");
    for c in ["a", "b"] {
        session.types(c);
        session.answers(c);
    }
    session.types("\x1b");
    session.passes(200);
    session.answers("\r\x1b[5C");
    session.passes(200);
    session.types("i");
    session.types("i");
    session.passes(100);
    session.prints("itext\x1b[H\x1b[6C");
    session.types_each("nse");
    assert!(!session.row().contains("ii"), "{}", session.row());
}

/// A shell that draws its line anew begins with putting the cursor where it believes the line to be.
#[test]
fn after_a_change_of_the_window_text_waits_until_the_line_stands() {
    let mut session = Session::at_prompt();
    session.types_each("abcd");
    session.answers("abcd");
    session.resizes(60, 6);
    session.prints("\x1b[5G");
    session.types_each("ef");
    assert_eq!(session.row(), "user|@host:~$ abcd");
    session.prints("\r\x1b[Kuser@host:~$ abcd");
    session.prints("e");
    assert_eq!(session.row(), "user@host:~$ abcdef|");
}

#[test]
fn never_costs_nothing_and_shows_nothing() {
    let mut session = Session::with(Display::Never, false);
    session.prints("$ ");
    session.types_each("abc");
    assert_eq!(session.row(), "$ |");
    assert_eq!(session.predictor.counters(), &super::Counters::default());
    assert_eq!(session.predictor.poll_timeout(), None);
}

#[test]
fn typed_text_replaces_where_that_is_wished() {
    let mut session = Session::with(Display::Always, true);
    session.prints("\x1b[?2004huser@host:~$ ");
    session.types_each("ab");
    session.answers("ab");
    session.types("\x1b[D");
    session.types("\x1b[D");
    session.types("x");
    assert_eq!(session.row(), "user@host:~$ x|b");
}

#[test]
fn unconfirmed_text_is_underlined_on_slow_links() {
    let mut session = Session::at_prompt();
    session.predictor.handle_interval(Duration::from_millis(100));
    session.types("a");
    let target = session.screens.share(&session.newest).unwrap();
    session.predictor.apply(&mut session.screens, &target);
    let row = session.screens.row(&target, 2);
    assert_eq!(row[13].rendition().underline(), Underline::Single);
    assert_eq!(row[12].rendition().underline(), Underline::None);
    session.screens.release(target);
}

#[test]
fn a_late_echo_is_waited_for_and_a_missing_one_withdrawn() {
    let mut session = Session::at_prompt();
    session.types("a");
    session.answers("");
    assert_eq!(session.row(), "user@host:~$ a|");
    session.prints("a");
    assert_eq!(session.predictor.counters().wrong, 0);
    session.types("b");
    assert_eq!(session.row(), "user@host:~$ ab|");
    session.answers("");
    session.passes(200);
    assert_eq!(session.row(), "user@host:~$ a|");
    assert_eq!(session.predictor.counters().wrong, 1);
}

/// As mosh 1.4's server does where the cursor was moved in between.
#[test]
fn a_mark_may_stand_apart_from_its_letter() {
    let mut session = Session::at_prompt();
    session.types("e");
    session.answers("e");
    session.types("\u{301}");
    session.answers("\x1b[C\u{301}\x08");
    assert_eq!(session.row(), "user@host:~$ e |\u{a0}\u{301}");
}
