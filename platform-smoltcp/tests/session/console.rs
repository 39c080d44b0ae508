//! A console and its clients, one after the other.

use std::time::Duration;

use embedded_io::Write;
use mosh_core::screen::Size;
use mosh_core::storage::{StaticServer, server_rows};
use mosh_core::transport::CloseReason;
use mosh_smoltcp::ConsoleEvent;

use crate::cable::Weather;
use crate::host::address;
use crate::world::{Kind, SIZE, World, key};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn keys_and_screens_pass_a_cable_that_loses_and_doubles() {
    for (kind, v6) in [(Kind::Ours, false), (Kind::Stock, false), (Kind::Ours, true)] {
        let mut world = World::new(Weather { loss: 30, doubled: 20, ..Weather::default() });
        world.connect(kind, key(1), v6);
        world.pass(3 * SECOND);
        assert!(world.saw(ConsoleEvent::Opened), "{kind:?}");
        for byte in b"hello, device" {
            world.type_keys(&[*byte]);
            world.pass(Duration::from_millis(150));
        }
        // A page of colours takes several datagrams.
        for row in 0..60 {
            let line = format!("\r\n\x1b[3{}mline {row} {}", row % 8, "#".repeat(60));
            world.console.write_all(line.as_bytes()).unwrap();
            world.pass(Duration::from_millis(20));
        }
        world.pass(10 * SECOND);
        assert_eq!(world.typed, b"hello, device", "{kind:?}");
        assert_eq!(world.shown(), world.drawn(), "{kind:?}");
        assert!(world.shown()[23].starts_with("line 59 ###"), "{:?}", world.shown());
        assert_eq!(world.console.server().peer().unwrap().is_ipv6(), v6);
    }
}

#[test]
fn a_client_that_vanishes_leaves_the_console_running() {
    let mut world = World::new(Weather::default());
    world.connect(Kind::Stock, key(1), false);
    world.pass(SECOND);
    world.type_keys(b"first");
    world.pass(SECOND);
    world.client = None;
    // Nobody answers at its address any more, so what is sent there waits in the socket.
    world.machine.renumber(99);
    let turns = world.turns;
    world.pass(100 * SECOND);
    assert!(world.saw(ConsoleEvent::Silent));
    assert!(world.turns - turns < 1000, "awake {} times for nothing", world.turns - turns);
    // The program goes on, and takes no notice.
    world.console.write_all(b"\r\nstill here\x1b]0;title\x07").unwrap();
    world.pass(SECOND);

    world.console.open(key(2), world.now).unwrap();
    world.connect(Kind::Stock, key(2), false);
    world.pass(5 * SECOND);
    assert_eq!(world.shown()[..2], ["first", "still here"]);
    assert_eq!(world.shown(), world.drawn());
    world.type_keys(b"!");
    world.pass(SECOND);
    assert_eq!(world.typed, b"first!");
    assert_eq!(world.shown()[1], "still here!");
}

#[test]
fn the_screen_outlives_many_sessions() {
    let mut world = World::new(Weather { loss: 10, doubled: 0, ..Weather::default() });
    for number in 1..30 {
        if number > 1 {
            world.console.open(key(number), world.now).unwrap();
        }
        world.connect(Kind::Ours, key(number), number % 2 == 0);
        world.pass(2 * SECOND);
        world.type_keys(b"x");
        // The other half of the sessions are in the middle of a full screen.
        let screen =
            if number % 3 == 0 { "\x1b[?1049h\x1b[2J\x1b[5;5Hfull" } else { "\x1b[?1049l" };
        world.console.write_all(screen.as_bytes()).unwrap();
        for row in 0..40 {
            world.console.write_all(format!("\r\n{number} {row}").as_bytes()).unwrap();
        }
        if number % 4 != 0 {
            world.pass(3 * SECOND);
            assert_eq!(world.shown(), world.drawn(), "session {number}");
        }
    }
}

#[test]
fn a_session_ends_in_order_from_both_ends() {
    let mut world = World::new(Weather::default());
    world.connect(Kind::Stock, key(1), false);
    world.pass(SECOND);
    let now = world.now;
    world.client.as_mut().unwrap().shut_down(now, "bye");
    world.pass(SECOND);
    assert_eq!(world.client_closed, Some(CloseReason::Acknowledged));
    assert!(world.saw(ConsoleEvent::Closed(CloseReason::PeerClosed)));
    // Nobody is there: what is written is drawn for the next.
    world.console.write_all(b"between").unwrap();

    world.console.open(key(2), world.now).unwrap();
    world.connect(Kind::Stock, key(2), false);
    world.pass(SECOND);
    assert_eq!(world.shown()[0], "between");
    world.console.close(world.now);
    world.pass(SECOND);
    assert_eq!(world.client_closed, Some(CloseReason::PeerClosed));
    assert!(world.saw(ConsoleEvent::Closed(CloseReason::Acknowledged)));
}

#[test]
fn whoever_has_the_next_key_takes_over() {
    let mut world = World::new(Weather { loss: 20, doubled: 10, ..Weather::default() });
    world.console.stand_by(key(2));
    world.connect(Kind::Stock, key(1), false);
    world.pass(3 * SECOND);
    world.type_keys(b"one");
    world.pass(3 * SECOND);
    assert!(!world.saw(ConsoleEvent::TakenOver));

    // Another client, which has a third key, is nobody.
    world.connect(Kind::Stock, key(3), false);
    world.pass(3 * SECOND);
    assert!(!world.client.as_ref().unwrap().has_contact());

    world.connect(Kind::Stock, key(2), false);
    world.pass(3 * SECOND);
    assert!(world.saw(ConsoleEvent::TakenOver));
    assert_eq!(world.shown()[0], "one");
    world.type_keys(b"two");
    world.pass(3 * SECOND);
    assert_eq!(world.typed, b"onetwo");

    // The key is used up: what the client sent before cannot come again.
    let frames = world.cable.borrow().sent[1].clone();
    let opened = world.console.server().counters().received;
    world.client = None;
    world.console.open(key(4), world.now).unwrap();
    let at = smoltcp::time::Instant::from_micros(world.now.micros() as i64);
    for frame in frames {
        world.cable.borrow_mut().inject(at, 0, frame);
    }
    world.pass(3 * SECOND);
    assert!(opened > 0);
    assert_eq!(world.console.server().counters().received, 0);
    assert!(world.console.server().counters().foreign > 10);
}

#[test]
fn the_client_may_have_another_address() {
    let mut world = World::new(Weather::default());
    world.connect(Kind::Stock, key(1), false);
    world.pass(SECOND);
    world.type_keys(b"here");
    world.pass(SECOND);
    world.machine.renumber(77);
    world.type_keys(b", there");
    world.pass(5 * SECOND);
    assert!(world.saw(ConsoleEvent::Moved(address(2, false, 50000))));
    assert_eq!(world.console.server().peer().unwrap().ip(), address(77, false, 0).ip());
    assert_eq!(world.shown()[0], "here, there");
}

#[test]
fn windows_are_taken_as_far_as_the_memory_goes() {
    let mut world = World::new(Weather::default());
    world.connect(Kind::Stock, key(1), false);
    world.pass(SECOND);
    for (columns, rows) in [(40, 12), (132, 43), (20, 50), (80, 24), (300, 6), (79, 23)] {
        let asked = Size { columns, rows };
        let now = world.now;
        world.client.as_mut().unwrap().resize(now, asked).unwrap();
        world.pass(2 * SECOND);
        let size = world.console.size();
        assert!(world.saw(ConsoleEvent::Resized(size)));
        assert!(size.columns <= asked.columns && size.rows <= asked.rows);
        if asked.columns <= SIZE.columns && asked.rows <= SIZE.rows {
            assert_eq!(size, asked);
        } else {
            assert_ne!(size, asked, "the memory holds no such window");
        }
        world.console.write_all(b"\x1b[2J\x1b[H\x1b[9999;9999Hx\x1b[Hwindow").unwrap();
        world.pass(2 * SECOND);
        assert_eq!(world.shown(), world.drawn(), "{asked:?}");
        let (screens, frame) = world.client.as_ref().unwrap().screen();
        assert_eq!(screens.size(frame), size);
    }
}

#[test]
fn a_card_that_takes_one_frame_at_a_time_sends_all_of_a_long_screen() {
    let weather = Weather { busy_ms: 3, ..Weather::default() };
    // What does not compress well, so that an instruction takes several datagrams.
    let memory = Box::leak(Box::new(StaticServer::<80, 24, { server_rows(24) }, 16384>::new()));
    let mut world = World::with_memory(weather, memory.storage());
    world.connect(Kind::Stock, key(1), false);
    world.pass(SECOND);
    let mut state = 1_u32;
    for _ in 0..5 {
        for row in 1..=24 {
            let mut text = if row == 1 { "\x1b[H".to_string() } else { String::new() };
            for _ in 0..80 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let [letter, red, green, blue] = state.to_be_bytes();
                let letter = char::from(b'!' + letter % 90);
                text.push_str(&format!("\x1b[38;2;{red};{green};{blue}m{letter}"));
            }
            world.console.write_all(text.as_bytes()).unwrap();
        }
        let before = world.cable.borrow().sent[0].len();
        world.pass(2 * SECOND);
        assert_eq!(world.shown(), world.drawn());
        let frames = world.cable.borrow().sent[0].len() - before;
        assert!((10..60).contains(&frames), "{frames} frames");
    }
}
