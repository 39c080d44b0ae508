//! The two buffers of a terminal.

use super::{Fixture, check};
use crate::screen::tests::{Fixed, text_of};
use crate::screen::{Frame, Screens, Size};
use crate::storage::Slab;
use crate::terminal::{Replies, Terminal, TerminalStorage};

#[test]
fn the_primary_screen_comes_back() {
    check(&[
        ("ab\x1b[?1049h", "...../...../.....@0,2"),
        ("ab\x1b[?1049hcd", "..cd./...../.....@0,4"),
        ("ab\x1b[?1049h\x1b[2;2Hcd\x1b[?1049l", "ab.../...../.....@0,2"),
        ("ab\x1b[?1049h\x1b[2;2Hcd\x1b[?1049le", "abe../...../.....@0,3"),
        // Neither saves nor restores the cursor.
        ("ab\x1b[?1047h\x1b[2;2Hcd\x1b[?1047l", "ab.../...../.....@1,3"),
        ("ab\x1b[?47h\x1b[2;2Hcd\x1b[?47l", "ab.../...../.....@1,3"),
        // Only mode 47 finds what it left.
        ("ab\x1b[?47h\x1b[2;2Hcd\x1b[?47l\x1b[?47h", "...../.cd../.....@1,3"),
        ("ab\x1b[?47h\x1b[2;2Hcd\x1b[?47l\x1b[?1049h", "...../...../.....@1,3"),
        ("ab\x1b[?1047h\x1b[2;2Hcd\x1b[?1047l\x1b[?1047h", "...../...../.....@1,3"),
        // Twice is once, but 1049 clears again.
        ("ab\x1b[?1049h\x1b[?1049hcd\x1b[?1049lx", "abx../...../.....@0,3"),
        ("ab\x1b[?1049hcd\x1b[?1049h", "...../...../.....@0,4"),
        ("ab\x1b[?1049l", "ab.../...../.....@0,0"),
        ("ab\x1b[?1049hcd\x1bc", "...../...../.....@0,0"),
        ("ab\x1b[?1049hcd\x1bc\x1b[?1047l", "...../...../.....@0,0"),
        ("ab\x1b[?47hcd\x1b[?47l\x1bc\x1b[?47h", "...../...../.....@0,0"),
        ("abcde\x1b[?1049h\x1b[H\x1b[?1049lf", "abcde/f..../.....@1,1"),
    ]);
}

#[test]
fn each_screen_saves_its_cursor() {
    check(&[
        ("ab\x1b[?1048h\x1b[3;3H\x1b[?1048lx", "abx../...../.....@0,3"),
        ("ab\x1b7\x1b[?47h\x1b[2;2H\x1b7\x1b[?47l\x1b8", "ab.../...../.....@0,2"),
        ("ab\x1b7\x1b[?47h\x1b[2;2H\x1b7\x1b[H\x1b8", "...../...../.....@1,1"),
        ("ab\x1b7\x1b[?47h\x1b8x", "x..../...../.....@0,1"),
    ]);
}

#[test]
fn a_screen_is_set_aside_without_a_copy() {
    let mut fixture = Fixture::new(5, 3);
    fixture.write(b"a\r\nb\r\nc");
    let rows = |fixture: &Fixture| [0, 1, 2].map(|row| fixture.screens.row_id(&fixture.frame, row));
    let (primary, used) = (rows(&fixture), fixture.screens.rows_used());
    fixture.write(b"\x1b[?1049h\x1b[Hx");
    assert!(fixture.info().modes.alternate_screen);
    assert_eq!(fixture.screens.rows_used(), used + 3);
    fixture.write(b"\x1b[?1049l");
    assert!(!fixture.info().modes.alternate_screen);
    assert_eq!((rows(&fixture), fixture.screens.rows_used()), (primary, used));
    fixture.check_frames();
}

#[test]
fn erased_cells_of_the_new_screen_have_the_background() {
    let mut fixture = Fixture::new(5, 3);
    fixture.write(b"\x1b[44m\x1b[?1049h\x1b[0mx");
    let blue = crate::screen::Rendition::DEFAULT.with_background(crate::screen::Color::Palette(4));
    assert_eq!(fixture.screens.row(&fixture.frame, 1)[0], crate::screen::Cell::erased(blue));
}

#[test]
fn both_screens_are_resized() {
    for (size, expected) in [
        ((7, 4), "a....../b....../c....../.......@2,1"),
        ((3, 2), "b../c..@1,1"),
        ((1, 1), "c@0,0"),
    ] {
        let mut fixture = Fixture::new(5, 3);
        fixture.write(b"a\r\nb\r\nc\x1b[?1049h\x1b[Hx");
        fixture.resize(size.0, size.1);
        fixture.check_frames();
        fixture.write(b"\x1b[?1049l");
        assert_eq!(fixture.picture(), expected);
        fixture.check_frames();
    }
}

#[test]
fn without_room_for_it_the_primary_screen_comes_back_cleared() {
    // Three screens and a row are what a session needs, and four and a row have a hidden one.
    for (rows, expected) in [(7, "...."), (8, "...."), (9, "ab..")] {
        let mut memory = Fixed::<{ 9 * 4 }, 9, { 8 * 2 }, 8>::new();
        let mut screens = memory.limited(rows * 4, rows);
        let size = Size { columns: 4, rows: 2 };
        let frame = screens.blank(size).unwrap();
        let mut terminal = Terminal::new(TerminalStorage { string: Slab::growable(10) }, size);
        write(&mut terminal, &mut screens, &frame, "ab\x1b[?1049h");
        assert_eq!(text_of(&screens, &frame, 0), "....");
        write(&mut terminal, &mut screens, &frame, "\r\ncd\x1b[?1049l");
        assert_eq!(text_of(&screens, &frame, 0), expected, "{rows} rows");
        assert_eq!(screens.info(&frame).cursor.column, 2);
        assert!(!screens.info(&frame).modes.alternate_screen);
    }
}

#[test]
fn a_size_without_room_for_both_screens_loses_the_hidden_one() {
    let mut memory = Fixed::<{ 9 * 4 }, 9, { 8 * 2 }, 8>::new();
    let mut screens = memory.screens();
    let size = Size { columns: 4, rows: 2 };
    let frame = screens.blank(size).unwrap();
    let mut terminal = Terminal::new(TerminalStorage { string: Slab::growable(10) }, size);
    write(&mut terminal, &mut screens, &frame, "ab\x1b[?1049hcd");
    terminal.resize(&mut screens, &frame, Size { columns: 5, rows: 2 }).unwrap();
    assert_eq!(terminal.held().count(), 0);
    assert_eq!(text_of(&screens, &frame, 0), "..cd.");
    write(&mut terminal, &mut screens, &frame, "\x1b[?1049l");
    assert_eq!(text_of(&screens, &frame, 0), ".....");
}

#[test]
fn a_diff_says_which_screen_is_shown_and_moves_no_text() {
    let mut fixture = Fixture::new(5, 3);
    let Fixture { screens, terminal, frame, .. } = &mut fixture;
    terminal.apply(screens, frame, b"ab\x1b[?1049h");
    assert!(screens.info(frame).modes.alternate_screen);
    terminal.apply(screens, frame, b"\x1b[?1049l");
    assert!(!screens.info(frame).modes.alternate_screen);
    assert_eq!(fixture.picture(), "ab.../...../.....@0,2");
    fixture.check_frames();
}

fn write(terminal: &mut Terminal<'_>, screens: &mut Screens<'_>, frame: &Frame, text: &str) {
    terminal.write(screens, frame, text.as_bytes(), &mut Replies::new());
}
