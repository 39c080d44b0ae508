//! Each rule of the emulator on small screens.

use super::*;
use crate::screen::tests::{check_halves, roomy, text_of};
use crate::screen::{
    Attributes, Color, Look, MouseEncoding, MouseMode, Position, Rendition, Underline,
};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

mod alternate;
mod charsets;
mod commands;
mod extras;
mod graphemes;
mod hostile;
mod keyboard;
mod margins;
mod rectangles;
mod reports;
mod sequences;

pub(super) struct Fixture {
    pub(super) screens: Screens<'static>,
    pub(super) terminal: Terminal<'static>,
    pub(super) frame: Frame,
    pub(super) replies: Replies,
}

impl Fixture {
    pub(super) fn new(columns: u32, rows: u32) -> Self {
        let mut screens = roomy();
        let size = Size::clamped(columns, rows);
        let frame = screens.blank(size).unwrap();
        let storage = TerminalStorage { string: Slab::growable(600) };
        Self { screens, terminal: Terminal::new(storage, size), frame, replies: Replies::new() }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        self.terminal.write(&mut self.screens, &self.frame, bytes, &mut self.replies);
        check_halves(&self.screens, &self.frame);
    }

    pub(super) fn info(&self) -> &crate::screen::FrameInfo {
        self.screens.info(&self.frame)
    }

    pub(super) fn resize(&mut self, columns: u16, rows: u16) {
        let Self { screens, terminal, frame, .. } = self;
        terminal.resize(screens, frame, Size { columns, rows }).unwrap();
        check_halves(screens, frame);
    }

    /// Accounts for the frames of the terminal.
    pub(super) fn check_frames(&self) {
        let held: Vec<_> = core::iter::once(&self.frame).chain(self.terminal.held()).collect();
        self.screens.check(&held);
    }

    /// The screen and the cursor: `row/row/row@row,column`.
    pub(super) fn picture(&self) -> String {
        let rows = (0..self.screens.size(&self.frame).rows)
            .map(|row| text_of(&self.screens, &self.frame, row))
            .collect::<Vec<_>>()
            .join("/");
        let Position { row, column } = self.info().cursor;
        format!("{rows}@{row},{column}")
    }

    pub(super) fn title(&self) -> String {
        let bytes = self.screens.text(self.info().title()).flatten().copied().collect();
        String::from_utf8(bytes).unwrap()
    }

    fn clipboard(&self) -> String {
        let bytes = self.screens.text(self.info().clipboard()).flatten().copied().collect();
        String::from_utf8(bytes).unwrap()
    }

    pub(super) fn replies(&mut self) -> String {
        let mut buf = [0; 4096];
        let len = self.replies.read(&mut buf);
        String::from_utf8(buf[..len].to_vec()).unwrap()
    }
}

/// Writes each input to a terminal of 5x3 and compares the picture, once at once and once byte by
/// byte.
pub(super) fn check(cases: &[(&str, &str)]) {
    check_size(5, 3, cases);
}

/// As [`check`], for a terminal of another size.
fn check_size(columns: u32, rows: u32, cases: &[(&str, &str)]) {
    for &(input, expected) in cases {
        let mut whole = Fixture::new(columns, rows);
        whole.write(input.as_bytes());
        assert_eq!(whole.picture(), expected, "{input:?}");
        let mut split = Fixture::new(columns, rows);
        for byte in input.bytes() {
            split.write(&[byte]);
        }
        assert_eq!(split.picture(), expected, "{input:?} byte by byte");
    }
}

#[test]
fn text_wraps_at_the_margin_and_scrolls() {
    check(&[
        ("abc", "abc../...../.....@0,3"),
        ("abcde", "abcde/...../.....@0,4"),
        ("abcdef", "abcde/f..../.....@1,1"),
        ("abcde\r\nf", "abcde/f..../.....@1,1"),
        ("abcde\x08f", "abcfe/...../.....@0,4"),
        ("a\r\nb\r\nc\r\nd", "b..../c..../d....@2,1"),
        ("\x1b[?7labcdefg", "abcdg/...../.....@0,4"),
        ("\x1b[?7labcdefg\x1b[?7hx", "abcdx/...../.....@0,4"),
        ("abcde\x1b[?7lf", "abcdf/...../.....@0,4"),
        ("\x1b[4habc\r12", "12abc/...../.....@0,2"),
        ("abc\x1b[4h\r漢", "漢abc/...../.....@0,2"),
        ("\x7fa\x7f", "a..../...../.....@0,1"),
    ]);
}

#[test]
fn only_movement_and_erasure_cancel_a_pending_wrap() {
    for kept in
        ["\x07", "\x0e", "\x0f", "\x1b(B", "\x1b[6n", "\x1b[1m", "\x1b[?25l", "\t", "\x1b\\", "\0"]
    {
        check(&[(&format!("abcde{kept}f"), "abcde/f..../.....@1,1")]);
    }
    for cancelled in ["\x1b[5G", "\x1b[K", "\x1b[C", "\x1b[1;5H"] {
        check(&[(&format!("abcd \x1b[1;5Hx{cancelled}f"), "abcdf/...../.....@0,4")]);
    }
    check(&[("abcde\x1b7\x1b[H\x1b8f", "abcde/f..../.....@1,1")]);
}

#[test]
fn halves_of_wide_characters_never_stand_alone() {
    check(&[
        ("漢字", "漢字./...../.....@0,4"),
        ("漢字漢", "漢字./漢.../.....@1,2"),
        ("漢\rx", "x .../...../.....@0,1"),
        ("漢\x1b[2Gx", " x.../...../.....@0,2"),
        ("漢字\x1b[2G漢", " 漢 ./...../.....@0,3"),
        ("漢字\x1b[2G\x1b[P", " 字../...../.....@0,1"),
        ("漢字\x1b[2G\x1b[@", " . 字/...../.....@0,1"),
        ("a漢字\x1b[1G\x1b[@", ".a漢 /...../.....@0,0"),
        ("漢字\x1b[2G\x1b[X", " .字./...../.....@0,1"),
        ("漢字\x1b[3G\x1b[1K", "... ./...../.....@0,2"),
        ("漢字\x1b[2G\x1b[K", " ..../...../.....@0,1"),
        ("\x1b[?7labcd漢", "abcd./...../.....@0,4"),
    ]);
    let mut narrow = Fixture::new(1, 2);
    narrow.write("a漢b".as_bytes());
    assert_eq!(narrow.picture(), "\u{fffd}/b@1,0");
    let mut cut = Fixture::new(4, 1);
    cut.write("a漢字".as_bytes());
    let Fixture { screens, terminal, frame, .. } = &mut cut;
    terminal.resize(screens, frame, Size::clamped(2, 1)).unwrap();
    check_halves(screens, frame);
}

#[test]
fn marks_join_the_character_before_them() {
    check(&[
        ("e\u{301}x", "e\u{301}x.../...../.....@0,2"),
        ("漢\u{301}x", "漢\u{301}x../...../.....@0,3"),
        ("abcde\u{301}f", "abcde\u{301}/f..../.....@1,1"),
        ("\u{301}x", "\u{a0}\u{301}x.../...../.....@0,2"),
        ("ab\x1b[2G\u{301}", "a\u{301}b.../...../.....@0,1"),
        ("a\x1b[4G\u{301}", "a..\u{a0}\u{301}./...../.....@0,4"),
        ("\x1b[5G\u{301}x", "....\u{a0}\u{301}/x..../.....@1,1"),
    ]);
    // The limit: a mark is taken while there are less than 32 bytes.
    let mut full = Fixture::new(5, 1);
    full.write(format!("a{}", "\u{301}".repeat(40)).as_bytes());
    assert_eq!(text_of(&full.screens, &full.frame, 0), format!("a{}....", "\u{301}".repeat(16)));
}

#[test]
fn the_cursor_stays_where_functions_say() {
    check(&[
        ("\x1b[2;3Hx", "...../..x../.....@1,3"),
        ("\x1b[99;99Hx", "...../...../....x@2,4"),
        ("\x1b[99999999999;3Hx", "..x../...../.....@0,3"),
        ("\x1b[;3Hx", "..x../...../.....@0,3"),
        ("\x1b[0;0Hx", "x..../...../.....@0,1"),
        ("\x1b[2B\x1b[3C\x1b[A\x1b[2Dx", "...../.x.../.....@1,2"),
        ("\x1b[2e\x1b[2ax", "...../...../..x..@2,3"),
        ("\x1b[3G\x1b[2Ex", "...../...../x....@2,1"),
        ("\x1b[3;3H\x1b[Fx", "...../x..../.....@1,1"),
        ("\x1b[3d\x1b[2`x", "...../...../.x...@2,2"),
        ("ab\x1b[s\r\n\x1b[ux", "abx../...../.....@0,3"),
        ("\x1bD\x1bEx\x1bM", "...../...../x....@1,1"),
        ("\x1b[3;1Hx\x1bM\x1bM\x1bMy", ".y.../...../.....@0,2"),
        ("\u{9b}2Cx", "..x../...../.....@0,3"),
        // A control inside a sequence acts at once.
        ("\x1b[3\n1Cx", "...../....x/.....@1,4"),
        ("\x1b[2;\x18Hx", "Hx.../...../.....@0,2"),
        ("\x1b[4?5Cx\x1b[?1;?2Cy", "xy.../...../.....@0,2"),
        ("\x1b[1:2Hx", "x..../...../.....@0,1"),
    ]);
}

#[test]
fn margins_hold_scrolling_and_movement() {
    check(&[
        ("a\r\nb\r\nc\x1b[2;3r", "a..../b..../c....@0,0"),
        ("a\r\nb\r\nc\x1b[1;2r\x1b[2H\nx", "b..../x..../c....@1,1"),
        ("a\r\nb\r\nc\x1b[2;3r\x1b[2H\x1bM", "a..../...../b....@1,0"),
        ("a\r\nb\r\nc\x1b[2;3r\x1b[S", "a..../c..../.....@0,0"),
        ("a\r\nb\r\nc\x1b[2;3r\x1b[9T", "a..../...../.....@0,0"),
        ("\x1b[1;2r\x1b[5Bx", "...../x..../.....@1,1"),
        ("\x1b[2;3r\x1b[3H\x1b[9Ax", "...../x..../.....@1,1"),
        ("\x1b[2;3r\x1b[9Ax", "x..../...../.....@0,1"),
        ("\x1b[3;2r\x1b[Bx", "...../x..../.....@1,1"),
        // A region of one row is none.
        ("\x1b[3;30r\x1b[3Hx\n", "...../x..../.....@2,1"),
        ("\x1b[2;3r\x1b[?6hx\x1b[9Hy", "...../x..../y....@2,1"),
        ("\x1b[2;3r\x1b[?6h\x1b[?6lx", "x..../...../.....@0,1"),
        ("a\r\nb\r\nc\x1b[1;2r\x1b[3;4H\n\x1b[L", "a..../b..../c....@2,3"),
    ]);
}

#[test]
fn erasing_inserting_and_deleting() {
    let full = "abcde\r\nfghij\r\nklmno\x1b[2;3H";
    for (function, expected) in [
        ("\x1b[J", "abcde/fg.../.....@1,2"),
        ("\x1b[1J", "...../...ij/klmno@1,2"),
        ("\x1b[2J", "...../...../.....@1,2"),
        ("\x1b[3J", "abcde/fghij/klmno@1,2"),
        ("\x1b[K", "abcde/fg.../klmno@1,2"),
        ("\x1b[1K", "abcde/...ij/klmno@1,2"),
        ("\x1b[2K", "abcde/...../klmno@1,2"),
        ("\x1b[7K", "abcde/fghij/klmno@1,2"),
        ("\x1b[2X", "abcde/fg..j/klmno@1,2"),
        ("\x1b[99X", "abcde/fg.../klmno@1,2"),
        ("\x1b[@", "abcde/fg.hi/klmno@1,2"),
        ("\x1b[65535@", "abcde/fg.../klmno@1,2"),
        ("\x1b[2P", "abcde/fgj../klmno@1,2"),
        ("\x1b[65535P", "abcde/fg.../klmno@1,2"),
        ("\x1b[L", "abcde/...../fghij@1,0"),
        ("\x1b[5L", "abcde/...../.....@1,0"),
        ("\x1b[M", "abcde/klmno/.....@1,0"),
        ("\x1b[65535M", "abcde/...../.....@1,0"),
        ("\x1b[2S", "klmno/...../.....@1,2"),
        ("\x1b[T", "...../abcde/fghij@1,2"),
        ("\x1b#8", "EEEEE/EEEEE/EEEEE@0,0"),
        ("\x1b[?3h", "...../...../.....@0,0"),
        ("\x1bc", "...../...../.....@0,0"),
        ("x\x1b[3b", "abcde/fgxxx/xlmno@2,1"),
        ("x\x1b[17b", "xxxxx/xxxxx/xxxxx@2,4"),
        ("x\x1b[18b", "xxxxx/xxxxx/x....@2,1"),
    ] {
        check(&[(&format!("{full}{function}"), expected)]);
    }
}

/// xterm, DECALN; it is drawn plain whatever the rendition is.
#[test]
fn the_alignment_pattern_is_plain() {
    let mut fixture = Fixture::new(3, 1);
    fixture.write(b"\x1b[1;44m\x1b#8");
    let row = fixture.screens.row(&fixture.frame, 0);
    assert!(row.iter().all(|cell| cell.rendition() == Rendition::DEFAULT));
}

#[test]
fn tab_stops() {
    let mut wide = Fixture::new(20, 1);
    for (input, column) in [
        ("\t", 8),
        ("\t", 16),
        ("\t", 19),
        ("\x1b[2Z", 8),
        ("\x1b[9Z", 0),
        ("\x1b[4G\x1bH\r\t", 3),
        ("\x1b[g\r\t", 8),
        ("\r\x1b[2I", 16),
        ("\x1b[3g\r\t", 19),
        ("\x1b[65535I", 19),
    ] {
        wide.write(input.as_bytes());
        assert_eq!(wide.info().cursor.column, column, "{input:?}");
    }
}

#[test]
fn rendition_from_any_form_of_parameters() {
    let plain = Rendition::DEFAULT;
    let red = plain.with_foreground(Color::Palette(1));
    let rgb = Color::Rgb(1, 2, 3);
    for (params, expected) in [
        ("31", red),
        ("31;1;0", plain),
        ("31;", plain),
        ("1;2;22", plain),
        ("1;3;5;7;8;9;53;23;25;27;28;29;55", plain.plus(Attributes::BOLD)),
        ("90;107", plain.with_foreground(Color::Palette(8)).with_background(Color::Palette(15))),
        ("31;39", plain),
        ("38;5;1", red),
        ("38:5:1", red),
        ("38;5;256;1", plain.plus(Attributes::BOLD)),
        ("38;2;1;2;3", plain.with_foreground(rgb)),
        ("48:2:1:2:3", plain.with_background(rgb)),
        ("48:2::1:2:3", plain.with_background(rgb)),
        ("38:2:0:1:2:3:9:9", plain.with_foreground(rgb)),
        ("38;5", plain.plus(Attributes::BLINK)),
        ("58;5;1;1", plain.plus(Attributes::BOLD)),
        ("58;2;1;2;3;31", red),
        ("58:2::1:2:3;31", red),
        ("4", plain.with_underline(Underline::Single)),
        ("4:3", plain.with_underline(Underline::Curly)),
        ("4:5;4:0", plain),
        ("21", plain.with_underline(Underline::Double)),
        ("4;24", plain),
        ("1:2;31", red),
        ("6666;31", red),
    ] {
        let mut fixture = Fixture::new(5, 3);
        fixture.write(format!("\x1b[{params}m").as_bytes());
        assert_eq!(fixture.info().rendition.seen(Look::PLAIN), expected, "{params}");
    }
}

#[test]
fn erased_cells_take_the_background_only() {
    let mut fixture = Fixture::new(3, 2);
    fixture.write(b"\x1b[1;4;31;44mx\x1b[K\r\n\n\n");
    let erased = Rendition::DEFAULT.with_background(Color::Palette(4));
    for row in 0..2 {
        assert_eq!(fixture.screens.row(&fixture.frame, row)[2].rendition(), erased, "row {row}");
    }
}

#[test]
fn modes_that_travel() {
    let mut fixture = Fixture::new(3, 2);
    fixture.write(b"\x1b[?5;25;1000;1003;1006;1004;2004;1007;9999h\x1b[?25l\x1b[?1h");
    let modes = fixture.info().modes;
    assert!(modes.reverse_video && !modes.cursor_visible && modes.bracketed_paste);
    assert!(modes.focus_events && modes.alternate_scroll);
    assert_eq!((modes.mouse, modes.mouse_encoding), (MouseMode::Motion, MouseEncoding::Sgr));
    assert!(fixture.terminal.application_cursor_keys());
    fixture.write(b"\x1b[?1000l\x1b[?1015l\x1b[!p");
    let modes = fixture.info().modes;
    assert_eq!((modes.mouse, modes.mouse_encoding), (MouseMode::Off, MouseEncoding::Byte));
    assert!(modes.cursor_visible && modes.reverse_video);
    assert!(!fixture.terminal.application_cursor_keys());
    fixture.write(b"\x07\x07");
    assert_eq!(fixture.info().bells, 2);
}

#[test]
fn queries_are_answered_unless_a_diff_asks() {
    let mut fixture = Fixture::new(10, 5);
    fixture.write(
        b"\x1b[c\x1b[>c\x1b[5n\x1b[2;3H\x1b[6n\x1b[2;4r\x1b[?6h\x1b[2;2H\x1b[6n\x1b[n\x1b[=c",
    );
    let expected =
        "\x1b[?64;6;21;22;28;52c\x1b[>41;390;0c\x1b[0n\x1b[2;3R\x1b[2;2R\x1bP!|00000000\x1b\\";
    assert_eq!(fixture.replies(), expected);
    for _ in 0..200 {
        fixture.write(b"\x1b[c");
    }
    assert_eq!(fixture.replies().len() % 20, 0);
    assert!(fixture.replies.dropped() > 0);
    fixture.terminal.apply(&mut fixture.screens, &fixture.frame, b"\x1b[c\x1b[6n");
    assert!(fixture.replies.is_empty());
}

#[test]
fn titles_and_clipboard() {
    let mut fixture = Fixture::new(5, 3);
    assert!(!fixture.info().title_set);
    for (input, title) in [
        ("\x1b]0;bel\x07", "bel"),
        ("\x1b]2;st\x1b\\", "st"),
        ("\x1b];none\u{9c}", "none"),
        ("\x1b]0;can\x18", "can"),
        ("\x1b]00;no\x07", "can"),
        ("\x1b]7;no\x07", "can"),
        ("\x1b]l;no\x07", "can"),
        ("\x1b]2;a\tb\x01c\x07", "abc"),
        ("\x1b]2;größe 漢\x07", "größe 漢"),
        ("\x1bP2;no\x1b\\\x1b_no\x1b\\\x1b^no\x07\x1b\\", "größe 漢"),
        ("\x1b]1;icon\x07", "größe 漢"),
    ] {
        fixture.write(input.as_bytes());
        assert_eq!(fixture.title(), title, "{input:?}");
    }
    assert_eq!(fixture.picture(), "...../...../.....@0,0");
    fixture.write(format!("\x1b]0;{}\x07", "ü".repeat(400)).as_bytes());
    assert_eq!(fixture.title().chars().count(), 254);
    for (input, clipboard) in [
        ("\x1b]52;c;YQ==\x07", "YQ=="),
        ("\x1b]52;c;?\x07", "YQ=="),
        ("\x1b]52;p;Yg==\x07", "YQ=="),
        ("\x1b]52;c;QUJD;?\x07", ""),
        ("\x1b]52;c;YQ==\x07", "YQ=="),
        ("\x1b]52;c;!\x07", ""),
        ("\x1b]52;;Yw==\x07", "Yw=="),
    ] {
        fixture.write(input.as_bytes());
        assert_eq!(fixture.clipboard(), clipboard, "{input:?}");
    }
    // More than there is room for: cut it would not be what was copied.
    fixture.write(format!("\x1b]52;c;{}\x07", "A".repeat(1000)).as_bytes());
    assert_eq!(fixture.clipboard(), "Yw==");
    fixture.write(b"\x1bc");
    assert_eq!((fixture.title().as_str(), fixture.clipboard().as_str()), ("", ""));
    assert!(fixture.info().title_set);
    // A C1 control ends the string and acts.
    fixture.write("\x1b]2;x\u{85}y".as_bytes());
    assert_eq!((fixture.title().as_str(), fixture.info().cursor.row), ("x", 1));
}

#[test]
fn malformed_utf_8_shows_as_replacement() {
    for (input, expected) in [
        (&b"\xe2\x82\xe2\x82\xac"[..], "\u{fffd}\u{20ac}..."),
        (b"\xf0\x9f\x98A", "\u{fffd}A..."),
        (b"\xc0\xaf", "\u{fffd}\u{fffd}..."),
        (b"\x9b5n", "\u{fffd}5n.."),
        (b"\xff\xfe", "\u{fffd}\u{fffd}..."),
    ] {
        for piece in [1, 100] {
            let mut fixture = Fixture::new(5, 1);
            for bytes in input.chunks(piece) {
                fixture.write(bytes);
            }
            assert_eq!(text_of(&fixture.screens, &fixture.frame, 0), expected, "{input:?}");
        }
    }
}

#[test]
fn a_diff_of_mosh_1_4_means_the_last_column_by_a_backspace_from_it() {
    let mut fixture = Fixture::new(5, 1);
    fixture.terminal.apply(&mut fixture.screens, &fixture.frame, b"abcde\x08");
    assert_eq!(fixture.picture(), "abcde@0,4");
    fixture.terminal.apply(&mut fixture.screens, &fixture.frame, b"x\x08\x08");
    assert_eq!(fixture.picture(), "abcdx@0,3");
}

#[test]
fn wrap_flags_follow_the_text() {
    let mut fixture = Fixture::new(3, 3);
    let flags = |fixture: &Fixture| [0, 1].map(|row| fixture.screens.wrapped(&fixture.frame, row));
    fixture.write(b"abcdefg");
    assert_eq!(flags(&fixture), [true, true]);
    fixture.write(b"\x1b[H\x1b[K");
    assert_eq!(flags(&fixture), [false, true]);
    fixture.write(b"\x1b[2;3Hx");
    assert_eq!(flags(&fixture), [false, false]);
    // What is too wide for the rest of a row belongs to the line all the same.
    fixture.write("\x1b[Hab漢".as_bytes());
    assert_eq!(flags(&fixture), [true, false]);
}

#[test]
fn a_terminal_without_memory_for_strings_still_works() {
    let mut screens = roomy();
    let frame = screens.blank(Size::clamped(5, 1)).unwrap();
    let storage = TerminalStorage { string: Slab::borrowed(&mut []) };
    let mut terminal = Terminal::new(storage, Size::clamped(5, 1));
    terminal.write(&mut screens, &frame, b"\x1b]2;title\x07ok", &mut Replies::new());
    assert_eq!(text_of(&screens, &frame, 0), "ok...");
}

#[test]
fn a_wide_character_is_repeated_where_there_is_one_column() {
    let mut fixture = Fixture::new(2, 1);
    fixture.write("\u{6f22}".as_bytes());
    let Fixture { screens, terminal, frame, .. } = &mut fixture;
    terminal.resize(screens, frame, Size::clamped(1, 1)).unwrap();
    fixture.write(b"\x1b[b");
    assert_eq!(fixture.picture(), "\u{fffd}@0,0");
}

#[test]
fn lines_are_wrapped_anew_in_another_width() {
    let cases: &[(&str, (u32, u32), &str)] = &[
        ("abcdefgh", (10, 3), "abcdefgh../........../..........@0,8"),
        ("abcdefgh", (3, 3), "abc/def/gh.@2,2"),
        ("abcdefgh\r\n$ ", (3, 3), "def/gh./$ .@2,2"),
        ("abcdefgh\x1b[1;2H", (3, 2), "abc/def@0,1"),
        ("abcdefgh\x1b[2;1H", (8, 2), "abcdefgh/........@0,5"),
        // The cursor goes with what it stands on, or stays behind the text.
        ("abcde", (10, 1), "abcde.....@0,5"),
        ("abc", (3, 2), "abc/...@0,2"),
        ("ab\x1b[1;5H", (3, 2), "ab./...@0,2"),
        // A wide character that does not fit leaves a gap, which is no text.
        ("abcd漢e", (7, 2), "abcd漢e/.......@0,6"),
        ("abcd漢e", (3, 3), "abc/d漢/e..@2,1"),
        ("a漢", (1, 3), "a/\u{fffd}/.@1,0"),
        // What was erased behind a line is no text, what was written there is.
        ("ab\x1b[1;4H \r\nc", (3, 3), "ab./ ../c..@2,1"),
        ("ab\x1b[K\r\n\nc", (2, 3), "ab/../c.@2,1"),
        // A line that was ended is not joined with the next one.
        ("abcde\r\nfg", (7, 2), "abcde../fg.....@1,2"),
    ];
    for &(input, (columns, rows), expected) in cases {
        let mut fixture = Fixture::new(5, 3);
        fixture.write(input.as_bytes());
        let Fixture { screens, terminal, frame, .. } = &mut fixture;
        terminal.resize(screens, frame, Size::clamped(columns, rows)).unwrap();
        check_halves(screens, frame);
        assert_eq!(fixture.picture(), expected, "{input:?}");
    }
}
