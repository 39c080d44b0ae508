//! Sessions with small programs, recorded by hand.

use super::*;
use crate::predict::recording::{Event, Kind};

/// A shell that echoes each key of `keys`, a Backspace too, as it is typed every 150 ms.
fn shell(keys: &str) -> Recording {
    let event = |ms, kind| Event { at: Duration::from_millis(ms), kind };
    let mut events = vec![event(0, Kind::Output("$ ".into()))];
    for (index, key) in keys.chars().enumerate() {
        let at = 1000 + 150 * index as u64;
        let echo = if key == '\x7f' { "\x08 \x08".into() } else { String::from(key) };
        events.push(event(at, Kind::Key(key.into())));
        events.push(event(at + 2, Kind::Output(echo)));
    }
    Recording { title: String::new(), command: String::new(), size: (40, 5), events }
}

fn link(ms: u64, loss: u32) -> Link {
    Link { round_trip: Duration::from_millis(ms), loss }
}

#[test]
fn without_predictions_every_key_takes_a_round_trip() {
    let recording = shell("echo hello\x7f\x7fp me");
    for ms in [100, 500] {
        let score = play(&recording, link(ms, 0), Display::Never).unwrap().score(&recording);
        let summary = score.summary();
        assert_eq!((summary.keys, summary.at_once, summary.never), (16, 0, 0));
        assert_eq!((summary.wrong, summary.cursor_wrong, summary.leaks), (0, 0, 0));
        let waits = summary.waits();
        let round_trip = Duration::from_millis(ms);
        assert!(waits.median >= round_trip, "{waits:?}");
        assert!(waits.p99 < round_trip + Duration::from_millis(300), "{waits:?}");
    }
}

#[test]
fn lost_datagrams_make_keys_slower() {
    let recording = shell(&"it was a dark and stormy night ".repeat(4));
    let mean = |loss| {
        let seen = play(&recording, link(100, loss), Display::Never).unwrap();
        let summary = seen.score(&recording).summary();
        assert_eq!((summary.keys, summary.never), (124, 0));
        assert_eq!((summary.wrong, summary.cursor_wrong), (0, 0));
        summary.waits().mean
    };
    assert!(mean(20) > mean(0) + Duration::from_millis(10));
}

#[test]
fn the_same_link_gives_the_same_session() {
    let recording = shell("the same again");
    let play = || play(&recording, link(250, 20), Display::default());
    assert_eq!(play(), play());
}

#[test]
fn cursor_keys_reach_the_program_as_recorded() {
    let mut recording = shell("ab");
    let at = |ms| Duration::from_millis(ms);
    for (ms, key) in [(2000, "\x1b[D"), (2200, "\x1b[H"), (2400, "\x1b[1;5C"), (2600, "\x1bOC")] {
        recording.events.push(Event { at: at(ms), kind: Kind::Key(key.into()) });
    }
    recording.events.push(Event { at: at(2602), kind: Kind::Output("\x08".into()) });
    let seen = play(&recording, link(50, 0), Display::Never).unwrap();
    assert_eq!(seen.score(&recording).summary().keys, 3);
    assert_eq!(as_typed("\x1b[1;5C"), "\x1b[1;5C");
    assert_eq!(as_typed("\x1b[A"), "\x1bOA");
}

#[test]
fn a_program_that_reads_something_else_fails() {
    let recording = shell("a\x1ea");
    assert!(play(&recording, link(50, 0), Display::Never).is_ok());
    // The client takes these for a command to quit.
    let quits = shell("a\x1e.");
    assert!(play(&quits, link(50, 0), Display::Never).is_err());
}
