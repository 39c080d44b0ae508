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
fn a_terminal_gets_back_what_was_changed_and_nothing_else() {
    let size = Size::clamped(20, 2);
    let mut screens = roomy();
    let frame = screens.blank(size).unwrap();
    let storage = TerminalStorage { string: Slab::growable(600) };
    let mut terminal = Terminal::new(storage, size);
    let taken = |told: &Told, caps: &Capabilities| {
        let mut out = Vec::new();
        told.take_back(caps, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let (mut told, mut nothing) = (Told::default(), Told::default());
    told.note(&screens, &Capabilities::OURS, &frame);
    assert_eq!(taken(&told, &Capabilities::OURS), "\x1b]8;;\x1b\\");
    let program = "\x1b]4;1;#123;200;#456\x07\x1b]12;#789\x07\x1b]8;;u\x07\x1b[4 q\x1b[?12h";
    for program in [program, "\x1b]104\x07\x1b]112\x07\x1b]8;;\x07\x1b[0 q\x1b[?12l"] {
        terminal.write(&mut screens, &frame, program.as_bytes(), &mut Replies::new());
        told.note(&screens, &Capabilities::OURS, &frame);
        nothing.note(&screens, &Capabilities::PLAIN, &frame);
        // Who knows how much of the last picture the terminal has got.
        assert_eq!(
            taken(&told, &Capabilities::OURS),
            "\x1b]8;;\x1b\\\x1b]104;1;200\x07\x1b]112\x07\x1b[?12l\x1b[0 q"
        );
    }
    assert_eq!(taken(&nothing, &Capabilities::PLAIN), "");
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

/// Something that only a peer of ours is told of.
fn more_output(random: &mut Random, out: &mut Vec<u8>) {
    out.extend_from_slice(
        random
            .pick(&[
                "\x1b]8;;http://a/\x07",
                "\x1b]8;id=1;b\x07",
                "\x1b]8;;\x07",
                "\x1b[4;58:5:3m",
                "\x1b[58:2::1:2:3m",
                "\x1b[59m",
                "\x1b]133;A\x07",
                "\x1b]133;C\x07",
                "\x1b[6 q",
                "\x1b]4;1;#123\x07",
                "\x1b[?2027h",
                "\u{1f469}\u{200d}\u{1f4bb}",
                "\u{2600}\u{fe0f}",
                "\x1b[J",
                "\x1b[1;44m\x1b[J",
            ])
            .as_bytes(),
    );
}

/// The languages of readers that understand everything, each with something left out.
fn ours_without(random: &mut Random) -> Capabilities {
    let mut has = || random.below(4) > 0;
    Capabilities {
        erase_character: has(),
        back_colour_erase: has(),
        erase_below: has(),
        repeat: if has() { Repeat::Any } else { Repeat::Ascii },
        scroll_commands: has(),
        ..Capabilities::OURS
    }
}

#[test]
fn diffs_in_our_language_reach_the_same_screen() {
    for seed in 1..=400_u64 {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let (columns, rows) = SIZES[random.below(SIZES.len())];
        let mut pair = Pair::of(ours_without(&mut random), Size::clamped(columns, rows));
        for step in 0..30 {
            let mut bytes = Vec::new();
            for _ in 0..random.below(25) {
                let size = pair.screens.size(&pair.live);
                match random.below(4) {
                    0 => more_output(&mut random, &mut bytes),
                    _ => random.output(&mut bytes, size),
                }
            }
            pair.write(&bytes);
            let label = format!("seed {seed} step {step}");
            if random.below(4) == 0 {
                pair.sync_in_parts(3000, &label);
            }
            pair.sync(&label);
        }
    }
}

/// Shows what a peer of ours is sent for a change of a screen of 20x5.
fn sent_to_ours(before: &str, change: &str) -> String {
    let mut pair = Pair::of(Capabilities::OURS, Size::clamped(20, 5));
    pair.write(before.as_bytes());
    pair.sync("before");
    pair.write(change.as_bytes());
    String::from_utf8(pair.sync("change")).unwrap()
}

#[test]
fn what_repeats_is_written_once_where_that_is_shorter() {
    for (before, change, expected) in [
        ("", "aaaaa", "aaaaa"),
        ("", "aaaaaa", "a\x1b[5b"),
        ("", "──", "──"),
        ("", "───", "─\x1b[2b"),
        ("", "漢漢漢漢漢漢漢漢漢", "漢漢漢漢漢漢漢漢漢"),
        ("", "e\u{301}e\u{301}e\u{301}e\u{301}", "e\u{301}e\u{301}e\u{301}e\u{301}"),
        // What shows already is written over rather than skipped.
        ("\x1b[1;8Hxx\r", "xxxxxxxxxxx", "x\x1b[10b"),
        ("x", "\rxxxxxxx", "x\x1b[5b"),
        ("", "\x1b[7m        ", "\x1b[7m \x1b[7b"),
        ("", "\x1b[4m      a", "\x1b[4m \x1b[5ba"),
        // The last column is for the character itself if the row goes on in the next.
        ("", "xxxxxxxxxxxxxxxxxxxx", "x\x1b[19b\x1b[20G"),
        ("", "xxxxxxxxxxxxxxxxxxxxyz", "x\x1b[18bxyz"),
    ] {
        assert_eq!(sent_to_ours(before, change), expected, "{before:?} then {change:?}");
    }
    assert_eq!(sent("", "aaaaaaaaa"), "aaaaaaaaa", "mosh 1.4 is told as ever");
}

#[test]
fn what_is_blank_below_is_erased_at_once() {
    let full = "0\r\n1\r\n2\r\n3\r\n4";
    for (before, change, expected) in [
        (full, "\x1b[2J\x1b[H", "\x1b[H\x1b[J"),
        (full, "\x1b[3H\x1b[J", "\x1b[3H\x1b[J"),
        (full, "\x1b[5H\x1b[J", "\r \r"),
        // Together with the end of the row above.
        (full, "\x1b[3;2Habc\x1b[3;2H\x1b[J", "\x1b[4H\x1b[J\x1b[3;2H"),
        ("0123\r\n1\r\n2", "\x1b[1;3H\x1b[J", "\x1b[;3H\x1b[J"),
        (full, "\x1b[2H\x1b[44m\x1b[J", "\x1b[2H\x1b[44m\x1b[J"),
        ("", "\x1b[44m\x1b[2J", "\x1b[44m\x1b[J"),
        // Rows that are blank already do not count.
        ("\n\nx", "\x1b[2J", "\r "),
    ] {
        assert_eq!(sent_to_ours(before, change), expected, "{before:?} then {change:?}");
    }
    let to_mosh = sent("a\r\nb\r\nc", "\x1b[2J\x1b[H");
    assert_eq!(to_mosh, "\x1b[H \r\n \r\n \x1b[H", "mosh 1.4 is told as ever");
}
