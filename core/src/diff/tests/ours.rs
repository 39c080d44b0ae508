//! What mosh 1.4 does not know and is no text.

use super::*;

/// Sets all that mosh 1.4 does not know.
const OF_OURS: &str = "\x1b]4;1;#010203\x07\x1b]11;rgb:ff/80/00\x07\x1b]7;file:///\x07\x1b]9;done\x07\
                       \x1b]52;p;cA==\x07\x1b]133;A\x07";

#[test]
fn what_is_no_text_is_for_readers_that_know_it() {
    assert_eq!(drawn(&WIRE, OF_OURS), "");
    assert_eq!(drawn(&Capabilities::PLAIN, OF_OURS), "");
    assert_eq!(
        drawn(&Capabilities::OURS, OF_OURS),
        "\x1b]52;p;cA==\x07\x1b]4;1;rgb:01/02/03\x07\x1b]11;rgb:ff/80/00\x07\x1b]7;file:///\x07\
         \x1b]9;done\x07\x1b]133;A\x07"
    );
    assert_eq!(drawn(&WIRE, "\x1b]52;cp;YQ==\x07"), "\x1b]52;c;YQ==\x07");
    assert_eq!(drawn(&Capabilities::OURS, "\x1b]52;cp;YQ==\x07"), "\x1b]52;cp;YQ==\x07");
    assert_eq!(drawn(&Capabilities::OURS, "\x1b]52;;YQ==\x07"), "\x1b]52;;YQ==\x07");
}

#[test]
fn a_terminal_gets_its_colours_back() {
    let size = Size::clamped(20, 2);
    let mut screens = roomy();
    let frame = screens.blank(size).unwrap();
    let storage = TerminalStorage { string: Slab::growable(600) };
    let mut terminal = Terminal::new(storage, size);
    let program = "\x1b]4;1;#123;200;#456\x07\x1b]12;#789\x07\x1b]8;;u\x07";
    terminal.write(&mut screens, &frame, program.as_bytes(), &mut Replies::new());
    let taken = |screens: &Screens<'_>, caps: &Capabilities| {
        let mut out = Vec::new();
        take_back(screens, caps, &frame, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(
        taken(&screens, &Capabilities::OURS),
        "\x1b]8;;\x1b\\\x1b]104;1\x07\x1b]104;200\x07\x1b]112\x07"
    );
    assert_eq!(taken(&screens, &Capabilities::PLAIN), "");
    terminal.write(
        &mut screens,
        &frame,
        b"\x1b]104\x07\x1b]112\x07\x1b]8;;\x07",
        &mut Replies::new(),
    );
    assert_eq!(taken(&screens, &Capabilities::OURS), "");
}

#[test]
fn a_mark_that_goes_takes_its_row_along() {
    let size = Size::clamped(4, 3);
    let mut screens = roomy();
    let (a, b) = (screens.blank(size).unwrap(), screens.blank(size).unwrap());
    let storage = || TerminalStorage { string: Slab::growable(600) };
    let mut answers = Replies::new();
    Terminal::new(storage(), size).write(
        &mut screens,
        &a,
        b"\x1b]133;A\x07abcd\x1b]133;C\x07efgh",
        &mut answers,
    );
    Terminal::new(storage(), size).write(&mut screens, &b, b"abcdefgh", &mut answers);
    assert!(screens.same(&a, &b, Language::Mosh) && !screens.same(&a, &b, Language::Ours));
    let mut out = Vec::new();
    render(&screens, &WIRE, Some(&a), &b, &mut out).unwrap();
    assert_eq!(out, b"");
    render(&screens, &Capabilities::OURS, Some(&a), &b, &mut out).unwrap();
    Terminal::new(storage(), size).apply(&mut screens, &a, &out);
    assert!(screens.same(&a, &b, Language::Ours), "{}", out.escape_ascii());
}
