//! Output that is made to be expensive costs a bounded amount for each byte, and four times as much
//! of it four times as much.

use super::Fixture;
use crate::screen::tests::rows_touched;
use alloc::format;
use alloc::string::String;

/// What comes once, and what comes again and again.
const ATTACKS: &[(&str, &str)] = &[
    ("", "\x1b[65535L"),
    ("", "\x1b[65535M"),
    ("", "\x1b[65535S"),
    ("", "\x1b[65535T"),
    ("\x1b[?69h\x1b[2;9s", "\x1b[65535S"),
    ("\x1b[?69h\x1b[2;9s", "\x1b[65535L"),
    ("", "\x1b[65535@\x1b[65535P\x1b[65535X"),
    ("", "\x1b[65535'}\x1b[65535'~"),
    ("", "\x1b[65535 @\x1b[65535 A"),
    ("", "\x1b[2J"),
    ("", "\x1b#8"),
    ("", "\x1bc"),
    ("", "\x1b[?1049h\x1b[?1049l"),
    ("", "\x1b[88;1;1;65535;65535$x"),
    ("", "\x1b[1;1;65535;65535;1;2;2;1$v"),
    ("", "\x1b[1;1;65535;65535;7$t"),
    ("\x1b[3g", "\r\t"),
    ("\x1b[3g", "\x1b[65535I\x1b[65535Z"),
    ("x", "\x1b[65535b"),
    ("漢", "\x1b[65535b"),
    ("x\u{301}", "\x1b[65535b"),
    ("\x1b[?2027h👩", "\x1b[65535b"),
    ("x", "\u{301}\u{302}"),
    ("\x1b[?2027h", "👩\u{200d}"),
    ("\x1b[?2027h", "❤\u{fe0f}\u{fe0e}"),
    ("\x1b[4h\x1b[?2027h", "\r❤\u{fe0f}漢x"),
    ("", "\x1b]66;w=2;漢字\x07"),
    ("", "\x1b]2;a title\x07"),
    ("", "\x1b]52;c;QUJDQUJD\x07"),
    ("", "\x1b[22t"),
    ("", "\x1b[>1u"),
    ("", "\x1b[?1;7;25s\x1b7"),
    ("\x1b[", "1;65535:2;"),
    ("\x1b]0;", "é"),
    ("\x1bP$q", "m"),
    ("\x1b_", "m"),
    ("\n", "\x1b[65535A\x1b[65535B\x1b[65535;65535H\x08\x1bM"),
];

/// How often rows are touched.
fn cost(size: (u32, u32), output: &str) -> usize {
    let mut t = Fixture::new(size.0, size.1);
    let before = rows_touched(&t.screens);
    t.terminal.write(&mut t.screens, &t.frame, output.as_bytes(), &mut t.replies);
    rows_touched(&t.screens) - before
}

/// No byte touches more than `most` rows on the average, in the long run either.
fn check(name: &str, size: (u32, u32), most: usize, output: impl Fn(usize) -> String) {
    let (short, long) = (output(1000), output(4000));
    let (once, four_times) = (cost(size, &short), cost(size, &long));
    assert!(once <= short.len() * most, "{name:?}: {once} rows for {} bytes", short.len());
    assert!(four_times <= 5 * once + 200, "{name:?}: {once} rows, then {four_times}");
}

#[test]
fn four_times_as_much_output_costs_four_times_as_much() {
    for &(start, again) in ATTACKS {
        // At worst a screen of single characters: REP of a wide one.
        check(again, (20, 10), 200, |count| format!("{start}{}", again.repeat(count)));
    }
}

#[test]
fn clusters_and_links_that_fill_their_tables_are_no_more_expensive() {
    let mark = |n: usize| char::from_u32(0x300 + n as u32 % 0x6f).unwrap_or('\u{301}');
    let clusters = |from: usize, to: usize| -> String {
        (from..to).map(|n| format!("x{}{}{}", mark(n), mark(n / 0x6f), mark(n / 7))).collect()
    };
    // More cells than there is room for clusters.
    check("clusters", (100, 20), 4, |count| clusters(0, 4 * count));
    let links =
        |count| (0..count).map(|n| format!("\x1b]8;;{n}\x07x\x1b[58:5:{}mx", n % 256)).collect();
    check("links", (100, 20), 4, links);
}
