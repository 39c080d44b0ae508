//! Clusters of mode 2027, and text of a stated width.

use super::{Fixture, check};

#[test]
fn whole_clusters_are_repeated() {
    check(&[
        ("e\u{301}\x1b[2b", "e\u{301}e\u{301}e\u{301}../...../.....@0,3"),
        // After a move it is the character alone, as nobody knows what stands there.
        ("e\u{301}\x1b[4G\x1b[b", "e\u{301}..e./...../.....@0,4"),
        ("e\u{301}x\x1b[b", "e\u{301}xx../...../.....@0,3"),
        ("\x1b[?2027h👩\u{200d}🚀\x1b[b", "👩\u{200d}🚀👩\u{200d}🚀./...../.....@0,4"),
        ("\x1b[?2027h🇩🇪\x1b[2b", "🇩🇪🇩🇪./🇩🇪.../.....@1,2"),
        ("\x1b[?2027h☂\u{fe0f}\x1b[b", "☂\u{fe0f}☂\u{fe0f}./...../.....@0,4"),
    ]);
}

#[test]
fn clusters_take_one_place() {
    check(&[
        // Without the mode each character stands for itself.
        ("👩\u{200d}👧", "👩\u{200d}👧./...../.....@0,4"),
        ("\x1b[?2027h👩\u{200d}👧x", "👩\u{200d}👧x../...../.....@0,3"),
        ("\x1b[?2027h👍🏽x", "👍🏽x../...../.....@0,3"),
        ("\x1b[?2027h🇫🇷x", "🇫🇷x../...../.....@0,3"),
        ("\x1b[?2027h🇫🇷🇩", "🇫🇷🇩../...../.....@0,3"),
        ("\x1b[?2027h❤\u{fe0f}x", "❤\u{fe0f}x../...../.....@0,3"),
        ("\x1b[?2027h1\u{fe0f}\u{20e3}x", "1\u{fe0f}\u{20e3}x../...../.....@0,3"),
        ("\x1b[?2027hx\u{fe0f}x", "x\u{fe0f}x.../...../.....@0,2"),
        ("\x1b[?2027h⌚\u{fe0e}x", "⌚\u{fe0e}x.../...../.....@0,2"),
        ("\x1b[?2027h\u{600}1x", "\u{600}1x.../...../.....@0,2"),
        ("\x1b[?2027hab👩cd", "ab👩c/d..../.....@1,1"),
        ("\x1b[?2027h👩\u{200d}👧\x1b[?2027l\u{200d}👧", "👩\u{200d}👧\u{200d}👧./...../.....@0,4"),
    ]);
}

#[test]
fn what_was_moved_away_from_joins_nothing() {
    check(&[
        ("\x1b[?2027h👩\u{200d}\x1b[3G👧", "👩\u{200d}👧./...../.....@0,4"),
        ("\x1b[?2027h🇫\x1b[C🇷", "🇫.🇷../...../.....@0,3"),
        ("\x1b[?2027h👩\u{200d}\r\n👧", "👩\u{200d}.../👧.../.....@1,2"),
    ]);
}

#[test]
fn clusters_that_grow_wrap_as_wide_characters_do() {
    check(&[
        ("\x1b[?2027habcd❤\u{fe0f}x", "abcd./❤\u{fe0f}x../.....@1,3"),
        ("\x1b[?2027habc❤\u{fe0f}x", "abc❤\u{fe0f}/x..../.....@1,1"),
        ("\x1b[?7l\x1b[?2027habcd❤\u{fe0f}", "abcd❤\u{fe0f}/...../.....@0,4"),
        ("\x1b[?2027habc⌚\u{fe0e}x", "abc⌚\u{fe0e}x/...../.....@0,4"),
        // The right half of what stood there is not left behind.
        ("a漢b\r\x1b[?2027h❤\u{fe0f}", "❤\u{fe0f} b./...../.....@0,2"),
        ("\x1b[4habc\r\x1b[?2027h❤\u{fe0f}", "❤\u{fe0f}abc/...../.....@0,2"),
        // Between margins at the sides.
        ("\x1b[?69h\x1b[2;4s\x1b[1;4H\x1b[?2027h❤\u{fe0f}", "...../.❤\u{fe0f}../.....@1,3"),
    ]);
    let mut narrow = Fixture::new(1, 2);
    narrow.write("\x1b[?2027h❤\u{fe0f}🇫🇷".as_bytes());
}

#[test]
fn sized_text_is_a_cluster() {
    check(&[
        ("\x1b]66;w=2;👩\u{200d}👧\x07x", "👩\u{200d}👧x../...../.....@0,3"),
        ("\x1b]66;w=1;ab\x1b\\x", "abx.../...../.....@0,2"),
        ("\x1b]66;s=2:w=2:n=1;🇫🇷\x1b\\x", "🇫🇷x../...../.....@0,3"),
        ("\x1b[4G\x1b]66;w=2;ab\x1b\\", "...ab/...../.....@0,4"),
        ("\x1b[5G\x1b]66;w=2;ab\x1b\\", "...../ab.../.....@1,2"),
        ("a\x1b[?7l\x1b[5G\x1b]66;w=2;ab\x1b\\", "a..../...../.....@0,4"),
        // Other widths, and none: as if the text were printed.
        ("\x1b]66;w=3;abc\x07x", "abcx./...../.....@0,4"),
        ("\x1b]66;;abc\x07x", "abcx./...../.....@0,4"),
        ("\x1b]66;abc\x07x", "x..../...../.....@0,1"),
        ("\x1b]66;w=2;\x07x", "x..../...../.....@0,1"),
    ]);
}

#[test]
fn clusters_without_end_stay_in_their_place() {
    let mut t = Fixture::new(5, 2);
    t.write(b"\x1b[?2027h");
    t.write("👩\u{200d}".repeat(10_000).as_bytes());
    assert_eq!(t.info().cursor.column, 2);
    t.write(b"x");
    assert_eq!(t.info().cursor.column, 3);
}
