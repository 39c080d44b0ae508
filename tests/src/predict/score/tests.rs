//! Each rule on traces made by hand: a window of 10x3, a round trip of 100 ms, keys typed when
//! they were recorded.

use super::*;
use crate::predict::recording::{Event, Kind};

/// Judges a recording (milliseconds; `o` output, `i` key, `(` and `)` around a secret) by what a
/// client wrote (milliseconds).
fn judge(events: &[(u64, char, &str)], written: &[(u64, &str)]) -> Score {
    judge_on(false, events, written)
}

fn judge_on(is_lossy: bool, events: &[(u64, char, &str)], written: &[(u64, &str)]) -> Score {
    judge_behind(Family::Ours, is_lossy, events, written)
}

fn judge_behind(
    server: Family,
    is_lossy: bool,
    events: &[(u64, char, &str)],
    written: &[(u64, &str)],
) -> Score {
    let ms = Duration::from_millis;
    let event = |&(at, code, text): &(u64, char, &str)| {
        let text = text.to_owned();
        let kind = match code {
            'o' => Kind::Output(text),
            'i' => Kind::Key(text),
            '(' => Kind::Secret,
            _ => Kind::EndOfSecret,
        };
        Event { at: ms(at), kind }
    };
    let recording = Recording {
        title: String::new(),
        command: String::new(),
        size: (10, 3),
        events: events.iter().map(event).collect(),
    };
    let typed: Vec<_> = recording.keys().iter().map(|key| key.at).collect();
    let written: Vec<_> =
        written.iter().map(|&(at, text)| (ms(at), text.as_bytes().to_vec())).collect();
    let session =
        Session { typed: &typed, written: &written, round_trip: ms(100), is_lossy, server };
    score(&recording, &session)
}

/// For each key the milliseconds until it showed, and letters for what was not well.
fn verdicts(events: &[(u64, char, &str)], written: &[(u64, &str)]) -> String {
    let verdict = |key: &Verdict| {
        let mut text = match key.shown_after {
            _ if !key.counts => "-".into(),
            Some(after) => after.as_millis().to_string(),
            None => "never".into(),
        };
        let flags = [
            (key.wrong.is_some(), 'w'),
            (key.cursor_wrong.is_some(), 'c'),
            (key.leak.is_some(), 'l'),
        ];
        text.extend(flags.into_iter().filter_map(|(holds, flag)| holds.then_some(flag)));
        text
    };
    let verdicts: Vec<_> = judge(events, written).keys.iter().map(verdict).collect();
    verdicts.join(" ")
}

/// A shell that echoes two letters.
const SHELL: [(u64, char, &str); 5] =
    [(0, 'o', "$ "), (1000, 'i', "l"), (1002, 'o', "l"), (1200, 'i', "s"), (1202, 'o', "s")];

#[test]
fn keys_are_shown_when_their_character_is() {
    assert_eq!(verdicts(&SHELL, &[(100, "$ "), (1000, "l"), (1200, "s")]), "0 0");
    assert_eq!(verdicts(&SHELL, &[(100, "$ "), (1105, "l"), (1320, "s")]), "105 120");
    assert_eq!(verdicts(&SHELL, &[(100, "$ "), (1310, "ls")]), "310 110");
    assert_eq!(verdicts(&SHELL, &[(100, "$ ")]), "never never");
    // Drawn in pieces, the cursor elsewhere for a moment.
    assert_eq!(
        verdicts(&SHELL, &[(100, "$ "), (1000, "l\r"), (1001, "\x1b[3C"), (1210, "s")]),
        "0 10"
    );
}

#[test]
fn only_what_shows_in_time_is_at_once() {
    let found = |at: u64| judge(&SHELL, &[(100, "$ "), (1000 + at, "l"), (1305, "s")]).summary();
    let summary = found(20);
    assert_eq!((summary.keys, summary.at_once, summary.at_once_permille()), (2, 1, 500));
    assert_eq!(summary.waits().median, Duration::from_millis(20));
    assert_eq!(found(21).at_once, 0);
    let mut twice = found(20);
    twice.add(&judge(&SHELL, &[(100, "$ ")]).summary());
    assert_eq!((twice.keys, twice.at_once, twice.never), (4, 1, 2));
}

#[test]
fn what_was_there_before_the_key_is_not_its_effect() {
    // A suggestion after the cursor, as in fish.
    let suggested = [
        (0, 'o', "$ ls\x1b[2D"),
        (1000, 'i', "l"),
        (1002, 'o', "l"),
        (1300, 'i', "x"),
        (1302, 'o', "x"),
    ];
    assert_eq!(verdicts(&suggested, &[(100, "$ ls\x1b[2D"), (1110, "l"), (1410, "x")]), "110 110");
    assert_eq!(verdicts(&suggested, &[(100, "$ ls\x1b[2D"), (1000, "l"), (1300, "x")]), "0 0");
    // The screen from before the letter looks like the one after it was deleted.
    let deleted = [
        (0, 'o', "$ "),
        (1000, 'i', "a"),
        (1002, 'o', "a"),
        (1050, 'i', "\x7f"),
        (1052, 'o', "\x08 \x08"),
    ];
    let late = [(100, "$ "), (1102, "a"), (1152, "\x08 \x08")];
    // The answer to both is the same, and may have come after a round trip.
    assert_eq!(verdicts(&deleted, &late), "100 102");
    // A space appears when the cursor has passed it.
    let space = [(0, 'o', "$ "), (1000, 'i', " "), (1002, 'o', " ")];
    assert_eq!(verdicts(&space, &[(100, "$ "), (1102, " ")]), "102");
}

#[test]
fn text_wraps_to_the_next_row() {
    let wraps = [
        (0, 'o', "\r\n\n12345678"),
        (1000, 'i', "a"),
        (1002, 'o', "a"),
        (1300, 'i', "b"),
        (1302, 'o', "b"),
        (1600, 'i', "c"),
        (1602, 'o', "c"),
    ];
    let score = judge(&wraps, &[(0, "\r\n\n12345678"), (1000, "a"), (1300, "b"), (1700, "c")]);
    let echoes: Vec<_> =
        score.keys.iter().map(|key| key.echo.map(|at| (at.row, at.column))).collect();
    assert_eq!(echoes, [Some((2, 8)), Some((2, 9)), Some((2, 0))]);
    let shown = [(0, "\r\n\n12345678"), (1000, "a"), (1300, "b"), (1700, "c")];
    assert_eq!(verdicts(&wraps, &shown), "0 0 100");
    // A wide character that does not fit.
    let wide = [(0, 'o', "123456789"), (1000, 'i', "語"), (1002, 'o', "語")];
    assert_eq!(verdicts(&wide, &[(0, "123456789"), (1007, "語")]), "7");
    assert!(judge(&wide, &[]).keys[0].echo.is_some());
}

#[test]
fn other_keys_show_with_all_they_change() {
    let left = [(0, 'o', "$ ls"), (1000, 'i', "\x1b[D"), (1002, 'o', "\x08")];
    assert_eq!(verdicts(&left, &[(0, "$ ls"), (1000, "\x08")]), "0");
    assert_eq!(verdicts(&left, &[(0, "$ ls"), (1103, "\x1b[D")]), "103");
    // A cursor that is hidden in the end shows nothing by moving.
    let hidden = [(0, 'o', "$ ls\x1b[?25l"), (1000, 'i', "\x1b[D"), (1002, 'o', "\x08")];
    assert_eq!(verdicts(&hidden, &[(0, "$ ls\x1b[?25l")]), "-");
    let status = [(0, 'o', "1,1\x1b[2Hab"), (1000, 'i', "x"), (1002, 'o', "\x1b[H2,1\x1b[2;2H")];
    let drawn = [(0, "1,1\x1b[2Hab"), (1000, "\x1b[2;2H"), (1100, "\x1b[H2,1\x1b[2;2H")];
    assert_eq!(verdicts(&status, &drawn), "100");
    // Commands that are letters, one of them like the letter that it brings under the cursor.
    for (key, output) in [("x", "\x1b[P"), ("l", "\x1b[C"), ("p", "q")] {
        let command = [(0, 'o', "yxx\x08\x08"), (1000, 'i', key), (1002, 'o', output)];
        assert_eq!(judge(&command, &[]).keys[0].echo, None, "{key}");
    }
    // What changes nothing does not count.
    assert_eq!(verdicts(&[(0, 'o', "$ "), (1000, 'i', "\x1b[D")], &[(0, "$ ")]), "-");
}

#[test]
fn what_has_scrolled_away_was_shown() {
    let answered = [
        (0, 'o', "\n\n$ "),
        (1000, 'i', "a"),
        (1002, 'o', "a"),
        (1050, 'i', "\r"),
        (1052, 'o', "\r\nfile\r\n$ "),
    ];
    let start = (0, "\n\n$ ");
    assert_eq!(verdicts(&answered, &[start, (1160, "a\r\nfile\r\n$ ")]), "160 110");
    // Equal to a later truth, but too early to be an answer.
    let undone = [
        (0, 'o', "ab\x08"),
        (1000, 'i', "\x1b[C"),
        (1002, 'o', "\x1b[C"),
        (1080, 'i', "\x1b[D"),
        (1082, 'o', "\x08"),
    ];
    assert_eq!(verdicts(&undone, &[(0, "ab\x08")]), "100 100");
}

#[test]
fn glyphs_that_were_never_there_are_wrong() {
    assert_eq!(verdicts(&SHELL, &[(0, "$ "), (1000, "x"), (1100, "\x08l"), (1200, "s")]), "100w 0");
    // Until the next key, and then again.
    assert_eq!(verdicts(&SHELL, &[(0, "$ "), (1000, "x"), (1302, "\x08ls")]), "302w 102w");
    // A letter in another place, and one that comes later.
    assert_eq!(
        verdicts(&SHELL, &[(0, "$ "), (1000, "l\n\r$"), (1200, "\x1b[2K\x1b[H$ ls")]),
        "0wc 0"
    );
    assert_eq!(verdicts(&SHELL, &[(0, "$ "), (1000, "ls"), (1200, "\x08s")]), "0wc 100");
    // Each was there, if not with the other.
    let parts = [(0, "$ "), (1000, "l"), (1200, "\x08 s"), (1250, "\x1b[2Dls")];
    assert_eq!(verdicts(&SHELL, &parts), "0 0");
    // Drawn over in the same moment.
    let at_once = [(0, "$ "), (1000, "l"), (1000, "\x08x"), (1100, "\x08l"), (1300, "s")];
    assert_eq!(verdicts(&SHELL, &at_once), "100w 100");
    // Nobody sees it.
    assert_eq!(verdicts(&SHELL, &[(0, "$ "), (1000, "x"), (1004, "\x08l"), (1200, "s")]), "4 0");
    assert_eq!(verdicts(&SHELL, &[(0, "$ "), (1000, "x"), (1005, "\x08l"), (1200, "s")]), "5w 0");
    let score = judge(&SHELL, &[(0, "$ "), (1010, "x"), (1100, "\x08l"), (1200, "s")]);
    let wrong = score.keys[0].wrong.as_ref().unwrap();
    assert_eq!(wrong.after, Duration::from_millis(10));
    let cell = WrongCell {
        at: Position { row: 0, column: 2 },
        shown: Mark::of('x', 1),
        allowed: vec![Mark::BLANK, Mark::of('l', 1)],
    };
    assert_eq!(wrong.cells, [cell]);
}

#[test]
fn old_screens_are_right_for_a_while() {
    let cleared = |second| {
        let events = [
            (0, 'o', "older"),
            (1000, 'i', "a"),
            (1002, 'o', "\x1b[H\x1b[2J$ "),
            (second, 'i', "b"),
            (second + 2, 'o', "b"),
        ];
        verdicts(&events, &[(0, "older"), (second + 50, "\x1b[H\x1b[2J$ b")])
    };
    // Twice the round trip and a second.
    assert_eq!(cleared(2201), "1251 50");
    assert_eq!(cleared(2202), "1252 50wc");
    // Five seconds more where datagrams get lost.
    let wrong = |second| {
        let events = [
            (0, 'o', "older"),
            (1000, 'i', "a"),
            (1002, 'o', "\x1b[H\x1b[2J$ "),
            (second, 'i', "b"),
            (second + 2, 'o', "b"),
        ];
        let score = judge_on(true, &events, &[(0, "older"), (second + 50, "\x1b[H\x1b[2J$ b")]);
        score.summary().wrong
    };
    assert_eq!((wrong(7201), wrong(7202)), (0, 1));
}

#[test]
fn a_cursor_that_was_never_there_is_wrong() {
    let away = |from, until| {
        let home = "\x1b[1;5H";
        verdicts(&SHELL, &[(0, "$ "), (1000, "l"), (1200, "s"), (from, "\r"), (until, home)])
    };
    assert_eq!(away(1300, 1400), "0 0c");
    assert_eq!(away(1300, 1304), "0 0");
    // The moment after the key belongs to the drawing of it.
    assert_eq!(away(1201, 1219), "0 0");
    assert_eq!(away(1201, 1221), "0 0c");
    let hidden = [(0, "$ "), (1000, "l"), (1200, "s"), (1300, "\x1b[?25l\r")];
    assert_eq!(verdicts(&SHELL, &hidden), "0 0");
}

#[test]
fn secrets_must_not_be_seen_at_all() {
    let secret = [
        (0, 'o', "PIN: "),
        (900, '(', ""),
        (1000, 'i', "1"),
        (1200, 'i', "2"),
        (1400, 'i', "\r"),
        (1402, 'o', "\r\n$ "),
        (1403, ')', ""),
        (1700, 'i', "l"),
        (1702, 'o', "l"),
    ];
    let start = (0, "PIN: ");
    assert_eq!(verdicts(&secret, &[start, (1502, "\r\n$ "), (1700, "l")]), "- - - 0");
    // However briefly.
    let brief = [start, (1001, "1"), (1002, "\x08 \x08"), (1502, "\r\n$ "), (1700, "l")];
    assert_eq!(verdicts(&secret, &brief), "-l - - 0");
    // Something else, where nothing is to be seen.
    let star = [start, (1001, "*"), (1101, "\x08 \x08"), (1502, "\r\n$ "), (1700, "l")];
    assert_eq!(verdicts(&secret, &star), "-wcl - - 0");
    let blink = [start, (1001, "*"), (1005, "\x08 \x08"), (1502, "\r\n$ "), (1700, "l")];
    assert_eq!(verdicts(&secret, &blink), "- - - 0");
    // What is missing tells nothing.
    let gone = [start, (1001, "\x1b7\rpin:\x1b8"), (1100, "\x1b7\rPIN:\x1b8")];
    assert_eq!(verdicts(&secret, &gone), "-wl - - never");
    let gone = [start, (1001, "\x1b7\r   \x1b8"), (1100, "\x1b7\rPIN:\x1b8")];
    assert_eq!(verdicts(&secret, &gone), "-w - - never");
    // When it is over, in an old place.
    let late = [start, (1502, "\r\n$ "), (1600, "12"), (1690, "\x1b[2D  \x1b[2D"), (1700, "l")];
    assert_eq!(verdicts(&secret, &late), "- - -wcl 0");
    let later = [start, (1502, "\r\n$ "), (1700, "l2"), (1800, "\x08 \x08")];
    assert_eq!(verdicts(&secret, &later), "- - - 0wcl");
    // So late that it is a mistake of another kind.
    let mut long = secret;
    (long[7].0, long[8].0) = (2601, 2603);
    let later = [start, (1502, "\r\n$ "), (2601, "l2"), (2700, "\x08 \x08")];
    assert_eq!(verdicts(&long, &later), "- - - 0wc");
    // What was typed since is no secret.
    let mut again = secret;
    (again[7].2, again[8].2) = ("2", "2");
    let twice = [start, (1502, "\r\n$ "), (1700, "22"), (1800, "\x08 \x08")];
    assert_eq!(verdicts(&again, &twice), "- - - 0wc");
    let other = [start, (1502, "\r\n$ "), (1700, "ll"), (1800, "\x08 \x08")];
    assert_eq!(verdicts(&secret, &other), "- - - 0wc");
    // None of them is waited for, and all of them are watched.
    let summary = judge(&secret, &brief).summary();
    assert_eq!((summary.keys, summary.at_once, summary.never, summary.leaks), (1, 1, 0, 1));
}

#[test]
fn the_listing_says_what_was_wrong_and_where() {
    let score = judge(&SHELL, &[(0, "$ "), (1010, "x"), (1100, "\x08l"), (1210, "s")]);
    let listing = Listing { all: false, around: Some(0) }.of(&score);
    assert_eq!(
        listing,
        "#0        1.000 s  l              after 100 ms     echo at 0,2\n      \
         WRONG 10 ms after: 0,2 shows \"x\", allowed \" \" \"l\"\n        \
         0 shown  |$ x                                        (cursor at 3)\n        \
         0 before |$                                          (cursor at 2)\n        \
         0 after  |$ l                                        (cursor at 3)\n                    \
         ^\n"
    );
    let all = Listing { all: true, around: None }.of(&score);
    assert!(all.ends_with("#1        1.200 s  s              at once          echo at 0,3\n"));
    let secret = [(0, 'o', "PIN: "), (900, '(', ""), (1000, 'i', "1"), (2000, ')', "")];
    let listed =
        |all, written: &[(u64, &str)]| Listing { all, around: None }.of(&judge(&secret, written));
    let hidden = [(0, "PIN: ")];
    assert_eq!(listed(false, &hidden), "");
    let line = "#0        1.000 s  1              not to show       secret\n";
    assert_eq!(listed(true, &hidden), line);
    let leak = "      LEAKED 3 ms after: 0,5 shows \"1\", allowed \" \"\n";
    let shown = [(0, "PIN: "), (1003, "1\x08"), (1100, " \x08")];
    assert_eq!(listed(false, &shown), format!("{line}{leak}"));
}

#[test]
fn keys_have_names() {
    let names = [
        ("a", "a"),
        ("\r", "Enter"),
        ("\x01", "Ctrl-A"),
        ("\x1bb", "Alt-b"),
        ("\x1b\x7f", "Alt-Backspace"),
        ("\x1bOC", "Right"),
        ("\x1b[15~", "\\u{1b}[15~"),
    ];
    for (text, expected) in names {
        assert_eq!(listing::name(text), expected);
    }
}

/// An editor ends, and its screen stays where nobody knows the alternate one.
#[test]
fn the_truth_is_what_the_server_can_know() {
    let events = [
        (0, 'o', "$ ed\r\n\x1b[?25;10"),
        (10, 'o', "49h\x1b[Htext"),
        (1000, 'i', "q"),
        (1002, 'o', "\x1b[?1049l"),
        (9000, 'i', "x"),
    ];
    let start = (0, "\x1b[Htext\x1b[?25h");
    let wrong = |server, end| {
        let score = judge_behind(server, false, &events, &[start, (1100, end)]);
        score.keys[1].wrong.is_some()
    };
    let (restored, left) = ("\x1b[H$ ed\r\n", "\x1b[2;1H");
    assert!(!wrong(Family::Ours, restored));
    assert!(wrong(Family::Ours, left));
    assert!(wrong(Family::Stock, restored));
    assert!(!wrong(Family::Stock, left));
}
