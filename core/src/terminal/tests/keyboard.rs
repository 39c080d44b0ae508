//! How keys are to be written.

use super::Fixture;
use crate::screen::Keyboard;
use crate::terminal::{Facts, Features};
use alloc::format;

fn keyboard(input: &str) -> Keyboard {
    let mut fixture = Fixture::new(10, 5);
    fixture.write(input.as_bytes());
    fixture.info().modes.keyboard
}

#[test]
fn flags_of_the_kitty_protocol_are_stacked() {
    for (input, flags) in [
        ("\x1b[=5u", 5),
        ("\x1b[=5;1u\x1b[=2;2u", 7),
        ("\x1b[=7u\x1b[=2;3u", 5),
        ("\x1b[=7u\x1b[=2;4u", 7),
        ("\x1b[=7u\x1b[=u", 0),
        ("\x1b[=65535u", 31),
        ("\x1b[>5u", 5),
        ("\x1b[>5u\x1b[>u", 0),
        ("\x1b[>5u\x1b[>3u\x1b[<u", 5),
        ("\x1b[=1u\x1b[>5u\x1b[>3u\x1b[<2u", 1),
        ("\x1b[=1u\x1b[>5u\x1b[<2u", 0),
        ("\x1b[=1u\x1b[<65535u", 0),
        ("\x1b[>5u\x1bc", 0),
        ("\x1b[>5u\x1bc\x1b[>1u\x1b[<2u", 0),
    ] {
        assert_eq!(keyboard(input).kitty, flags, "{input:?}");
    }
    // Of too many, the oldest are gone.
    let deep = "\x1b[>1u".repeat(1000);
    assert_eq!(keyboard(&format!("\x1b[=7u{deep}\x1b[<8u")).kitty, 1);
    assert_eq!(keyboard(&format!("\x1b[=7u{deep}\x1b[<9u")).kitty, 0);
}

#[test]
fn each_screen_has_its_flags() {
    for (input, flags) in [
        ("\x1b[=5u\x1b[?1049h", 0),
        ("\x1b[=5u\x1b[?1049h\x1b[=3u\x1b[?1049l", 5),
        ("\x1b[=5u\x1b[?1049h\x1b[=3u\x1b[?1049l\x1b[?1049h", 3),
        ("\x1b[>5u\x1b[?1049h\x1b[>3u\x1b[<u\x1b[<u\x1b[?1049l", 5),
        ("\x1b[?1049h\x1b[=3u\x1b[?1049h", 3),
    ] {
        assert_eq!(keyboard(input).kitty, flags, "{input:?}");
    }
}

#[test]
fn a_program_is_told_of_flags_that_the_users_terminal_knows() {
    let mut fixture = Fixture::new(10, 5);
    fixture.write(b"\x1b[>5u\x1b[?u");
    assert_eq!(fixture.replies(), "");
    let features = Features::KITTY_KEYBOARD;
    fixture.terminal.set_facts(Facts { features, ..Facts::UNKNOWN });
    fixture.write(b"\x1b[?u\x1b[<u\x1b[?u");
    assert_eq!(fixture.replies(), "\x1b[?5u\x1b[?0u");
}

#[test]
fn other_keys_are_modified() {
    for (input, level) in [
        ("\x1b[>4;2m", 2),
        ("\x1b[>4;1m", 1),
        ("\x1b[>4;2m\x1b[>4;3m", 2),
        ("\x1b[>4;2m\x1b[>1;0m", 2),
        ("\x1b[>4;2m\x1b[>4m", 0),
        ("\x1b[>4;2m\x1b[>m", 0),
        ("\x1b[>4;2m\x1b[>4n", 0),
        ("\x1b[>4;2m\x1bc", 0),
        ("\x1b[>4;2m\x1b[!p", 0),
    ] {
        assert_eq!(keyboard(input).modify_other_keys, level, "{input:?}");
    }
    let mut fixture = Fixture::new(10, 5);
    fixture.write(b"\x1b[>4;2m\x1b[?4m\x1b[?1m");
    assert_eq!(fixture.replies(), "\x1b[>4;2m");
}

#[test]
fn the_keypad_is_switched() {
    for (input, application) in [
        ("\x1b=", true),
        ("\x1b[?66h", true),
        ("\x1b=\x1b>", false),
        ("\x1b=\x1b[?66l", false),
        ("\x1b=\x1b[!p", false),
        ("\x1b=\x1bc", false),
    ] {
        assert_eq!(keyboard(input).application_keypad, application, "{input:?}");
    }
}
