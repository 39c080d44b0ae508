//! Answers to queries, modes that are kept, titles that are put aside.

use super::Fixture;
use crate::screen::Rgb;
use crate::terminal::{Facts, Features, Pixels, Replies};
use alloc::format;
use alloc::string::String;

/// What a terminal of 10x5 answers.
fn answer(input: &str) -> String {
    let mut fixture = Fixture::new(10, 5);
    fixture.write(input.as_bytes());
    fixture.replies()
}

fn check(cases: &[(&str, &str)]) {
    for &(input, expected) in cases {
        assert_eq!(answer(input), expected, "{input:?}");
        let mut split = Fixture::new(10, 5);
        for byte in input.bytes() {
            split.write(&[byte]);
        }
        assert_eq!(split.replies(), expected, "{input:?} byte by byte");
    }
}

#[test]
fn the_terminal_says_what_it_is() {
    check(&[
        ("\x1b[c", "\x1b[?64;6;21;22;28;52c"),
        ("\x1b[0c\x1b[1c", "\x1b[?64;6;21;22;28;52c"),
        ("\x1b[>c\x1b[>1c", "\x1b[>41;390;0c"),
        ("\x1b[=c", "\x1bP!|00000000\x1b\\"),
        ("\x1b[>q\x1b[>1q", &format!("\x1bP>|mosh({})\x1b\\", env!("CARGO_PKG_VERSION"))),
    ]);
}

#[test]
fn status_is_reported() {
    check(&[
        ("\x1b[5n", "\x1b[0n"),
        ("\x1b[2;3H\x1b[6n\x1b[?6n", "\x1b[2;3R\x1b[?2;3;1R"),
        ("\x1b[?69h\x1b[2;9s\x1b[2;4r\x1b[?6h\x1b[2;3H\x1b[6n\x1b[?6n", "\x1b[2;3R\x1b[?2;3;1R"),
        ("\x1b[?15n\x1b[?25n\x1b[?26n", "\x1b[?13n\x1b[?20n\x1b[?27;1;0;0n"),
        ("\x1b[?53n\x1b[?55n\x1b[?56n", "\x1b[?50n\x1b[?50n\x1b[?57;0n"),
        ("\x1b[?62n\x1b[?63n\x1b[?63;7n", "\x1b[0*{\x1bP0!~0000\x1b\\\x1bP7!~0000\x1b\\"),
        ("\x1b[?75n\x1b[?85n\x1b[?99n\x1b[7n", "\x1b[?70n\x1b[?83n"),
    ]);
}

#[test]
fn modes_of_ecma_48_are_reported() {
    check(&[
        ("\x1b[4$p\x1b[4h\x1b[4$p", "\x1b[4;2$y\x1b[4;1$y"),
        ("\x1b[20$p\x1b[20h\x1b[20$p", "\x1b[20;2$y\x1b[20;1$y"),
        ("\x1b[2$p\x1b[12$p\x1b[99$p", "\x1b[2;4$y\x1b[12;3$y\x1b[99;0$y"),
    ]);
}

#[test]
fn private_modes_are_reported() {
    let all = Features::from_bits(u32::MAX);
    for mode in [
        1, 5, 6, 9, 12, 45, 47, 66, 69, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016,
        1045, 1047, 1049, 2004, 2026, 2027, 2031, 2048,
    ] {
        let mut fixture = Fixture::new(10, 5);
        fixture.terminal.set_facts(Facts { features: all, ..Facts::UNKNOWN });
        let ask = format!("\x1b[?{mode}$p");
        let mut ask = |switch: &str| {
            let switch =
                if switch.is_empty() { String::new() } else { format!("\x1b[?{mode}{switch}") };
            fixture.write(switch.as_bytes());
            let _ = fixture.replies();
            fixture.write(ask.as_bytes());
            fixture.replies()
        };
        assert_eq!(ask(""), format!("\x1b[?{mode};2$y"));
        assert_eq!(ask("h"), format!("\x1b[?{mode};1$y"));
        assert_eq!(ask("l"), format!("\x1b[?{mode};2$y"));
    }
    check(&[
        ("\x1b[?7$p\x1b[?7l\x1b[?7$p", "\x1b[?7;1$y\x1b[?7;2$y"),
        ("\x1b[?25$p\x1b[?25l\x1b[?25$p", "\x1b[?25;1$y\x1b[?25;2$y"),
        ("\x1b[?1048$p\x1b7\x1b[?1048$p", "\x1b[?1048;2$y\x1b[?1048;1$y"),
        ("\x1b[?2$p\x1b[?8$p", "\x1b[?2;3$y\x1b[?8;3$y"),
        ("\x1b[?3$p\x1b[?4$p\x1b[?40$p", "\x1b[?3;4$y\x1b[?4;4$y\x1b[?40;4$y"),
        ("\x1b[?67$p\x1b[?80$p", "\x1b[?67;4$y\x1b[?80;4$y"),
        // Pixels are those of the user's terminal, of which nothing is known here.
        ("\x1b[?1016h\x1b[?1016$p\x1b[?4711$p", "\x1b[?1016;0$y\x1b[?4711;0$y"),
        ("\x1b[?1006h\x1b[?1015$p\x1b[?1006$p", "\x1b[?1015;2$y\x1b[?1006;1$y"),
    ]);
}

#[test]
fn modes_are_saved_and_restored() {
    check(&[
        ("\x1b[?7s\x1b[?7l\x1b[?7r\x1b[?7$p", "\x1b[?7;1$y"),
        ("\x1b[?7l\x1b[?7s\x1b[?7h\x1b[?7r\x1b[?7$p", "\x1b[?7;2$y"),
        ("\x1b[?7l\x1b[?7r\x1b[?7$p", "\x1b[?7;2$y"),
        ("\x1b[?4711s\x1b[?4711r\x1b[?4711$p", "\x1b[?4711;0$y"),
        // Of a group of modes the one that was set is.
        (
            "\x1b[?1000h\x1b[?1000;1002;1003s\x1b[?1003h\x1b[?1000;1002;1003r\x1b[?1000$p\x1b[?1003$p",
            "\x1b[?1000;1$y\x1b[?1003;2$y",
        ),
        ("\x1b[?7s\x1b[?7l\x1bc\x1b[?7l\x1b[?7r\x1b[?7$p", "\x1b[?7;2$y"),
    ]);
}

#[test]
fn settings_are_reported() {
    for (setup, name, expected) in [
        ("", "m", "0m"),
        ("\x1b[1;2;3;4;5;7;8;9;53m", "m", "0;1;2;3;5;7;8;9;53;4m"),
        ("\x1b[4:3;31;102;58:5:9m", "m", "0;4:3;31;102;58:5:9m"),
        ("\x1b[21;97;48;5;200m", "m", "0;21;97;48:5:200m"),
        ("\x1b[38;2;1;2;3;48:5:16;58;2;4;5;6m", "m", "0;38:2::1:2:3;48:5:16;58:2::4:5:6m"),
        ("\x1b[4:4m", "m", "0;4:4m"),
        ("\x1b[4:5m", "m", "0;4:5m"),
        ("\x1b[2;4r", "r", "2;4r"),
        ("\x1b[?69h\x1b[3;7s", "s", "3;7s"),
        ("", "t", "5t"),
        ("", "$|", "10$|"),
        ("", "*|", "5*|"),
        ("", " q", "0 q"),
        ("\x1b[5 q", " q", "5 q"),
        ("\x1b[5 q\x1b[7 q", " q", "5 q"),
        ("\x1b[5 q\x1b[ q", " q", "0 q"),
        ("\x1b[5 q\x1b[!p", " q", "0 q"),
        ("", "\"p", "64;1\"p"),
        ("\x1b[1\"q", "\"q", "1\"q"),
        ("", "\"q", "0\"q"),
        ("\x1b[2*x", "*x", "2*x"),
    ] {
        check(&[(&format!("{setup}\x1bP$q{name}\x1b\\"), &format!("\x1bP1$r{expected}\x1b\\"))]);
    }
    check(&[
        ("\x1bP$qx\x1b\\\x1bP$q\x1b\\", "\x1bP0$r\x1b\\\x1bP0$r\x1b\\"),
        // Broken off it is no question, and neither are other strings.
        ("\x1bP$qm\x18\x1bP$qr\x1a\x1b\\", ""),
        ("\x1bPq#0~~\x1b\\\x1bP1;1|m\x1b\\\x1b_Gm\x1b\\\x1bP1$$qm\x1b\\\x1bP>$qm\x1b\\", ""),
        ("\u{90}$qr\u{9c}", "\x1bP1$r1;5r\x1b\\"),
        (&format!("\x1bP$q{}m\x1b\\", "x".repeat(1000)), ""),
    ]);
}

#[test]
fn capabilities_are_reported() {
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02X}")).collect::<String>();
    for (name, value) in [
        ("TN", "xterm-256color"),
        ("Co", "256"),
        ("colors", "256"),
        ("RGB", "8/8/8"),
        ("Ms", "\x1b]52;%p1%s;%p2%s\x07"),
        ("Ss", "\x1b[%p1%d q"),
        ("Se", "\x1b[0 q"),
        ("Smulx", "\x1b[4:%p1%dm"),
    ] {
        let expected = format!("\x1bP1+r{}={}\x1b\\", hex(name), hex(value));
        check(&[(&format!("\x1bP+q{}\x1b\\", hex(name)), &expected)]);
    }
    check(&[
        // A switch has no value.
        ("\x1bP+q5463\x1b\\", "\x1bP1+r5463\x1b\\"),
        ("\x1bP+q5a5A\x1b\\", "\x1bP0+r5a5A\x1b\\"),
        ("\x1bP+q5\x1b\\\x1bP+q\x1b\\", "\x1bP0+r5\x1b\\\x1bP0+r\x1b\\"),
        // What is no number is not repeated.
        ("\x1bP+qrm -rf\x1b\\", "\x1bP0+r\x1b\\"),
        ("\x1bP+q436f;4E6F\x1b\\", "\x1bP1+r436f=323536\x1b\\\x1bP0+r4E6F\x1b\\"),
    ]);
    let long = "41".repeat(40);
    check(&[(&format!("\x1bP+q{long}\x1b\\"), "\x1bP0+r\x1b\\")]);
}

#[test]
fn presentation_is_reported() {
    check(&[
        ("\x1b[1$w", "\x1bP1$u1;1;1;@;@;@;0;2;@;BBBB\x1b\\"),
        (
            "\x1b[1;4;5;7m\x1b[1\"q\x1b[?6h\x1b(0\x1b)A\x0e\x1b[2;3H\x1b[1$w",
            "\x1bP1$u2;3;1;O;A;A;1;2;@;0ABB\x1b\\",
        ),
        ("0123456789\x1bN\x1b[1$w", "\x1bP1$u1;10;1;@;@;J;0;2;@;BBBB\x1b\\"),
        ("\x1b[4m\x1bO\x1b[1$w", "\x1bP1$u1;1;1;B;@;D;0;2;@;BBBB\x1b\\"),
        ("\x1b[?42h\x1b)`\x1b*%6\x1b/A\x1b[1$w", "\x1bP1$u1;1;1;@;@;@;0;2;H;B`%6A\x1b\\"),
        ("\x1b[2$w", "\x1bP2$u1/9\x1b\\"),
        ("\x1b[3g\x1b[3G\x1bH\x1b[2$w", "\x1bP2$u3\x1b\\"),
        ("\x1b[3g\x1b[2$w\x1b[?5W\x1b[2$w", "\x1bP2$u\x1b\\\x1bP2$u1/9\x1b\\"),
        ("\x1b[3$w", ""),
    ]);
}

#[test]
fn presentation_is_restored() {
    let written = "\x1b[1;4;7m\x1b[1\"q\x1b[?6h\x1b(0\x1b.A\x0e\x1bN\x1b[2;3H";
    let report = "\x1bP1$u2;3;1;K;A;C;1;2;D;0BAB\x1b\\";
    let restore = report.replace("$u", "$t");
    check(&[
        (&format!("{written}\x1b[1$w"), report),
        (&format!("{restore}\x1b[1$w"), report),
        (&format!("{written}\x1b[1$w\x1b[5m\x1bc{restore}\x1b[1$w"), &report.repeat(2)),
        // What is off in the report is turned off.
        (
            &format!("{written}\x1bP1$t1;1;1;@;@;@;0;2;@;BBBB\x1b\\\x1b[1$w"),
            "\x1bP1$u1;1;1;@;@;@;0;2;@;BBBB\x1b\\",
        ),
        // A place outside of the screen is on its edge; a wrap is pending only at the end of a row.
        ("\x1bP1$t99;0;1;@;@;H;0;2;@;BBBB\x1b\\\x1b[1$w", "\x1bP1$u5;1;1;@;@;@;0;2;@;BBBB\x1b\\"),
        ("\x1bP1$t1;10;1;@;@;H;0;2;@;BBBB\x1b\\\x1b[1$w", "\x1bP1$u1;10;1;@;@;H;0;2;@;BBBB\x1b\\"),
        ("\x1bP1$t2;2;1;@;@;@;0;2;@;BBB\x1b\\\x1b[6n", "\x1b[1;1R"),
        ("\x1bP1$t1;10\x1b\\\x1bP1$tx;1;1;@;@;@;0;2;@;BBBB\x1b\\\x1b[6n", "\x1b[1;1R"),
        ("\x1bP2$t2/4/2000/x\x1b\\\x1b[2$w", "\x1bP2$u2/4\x1b\\"),
        ("\x1bP3$t2/4\x1b\\\x1b[2$w", "\x1bP2$u1/9\x1b\\"),
    ]);
}

#[test]
fn a_level_resets_and_is_told() {
    check(&[
        ("\x1b[1m\x1b[61\"p\x1bP$qm\x1b\\", "\x1bP1$r0m\x1b\\"),
        ("\x1b[61;0\"p\x1bP$q\"p\x1b\\", "\x1bP1$r61;1\"p\x1b\\"),
        ("\x1b[1m\x1b[65\"p\x1bP$q\"p\x1b\\", "\x1bP1$r64;1\"p\x1b\\"),
        ("\x1b[62\"p\x1bc\x1bP$q\"p\x1b\\", "\x1bP1$r64;1\"p\x1b\\"),
    ]);
}

#[test]
fn sizes_are_told_and_titles_are_not() {
    check(&[
        ("\x1b[18t\x1b[19t", "\x1b[8;5;10t\x1b[9;5;10t"),
        ("\x1b[11t\x1b[13t", "\x1b[1t\x1b[3;0;0t"),
        ("\x1b[14t\x1b[15t\x1b[16t\x1b[8;30;30t", ""),
        ("\x1b]0;rm -rf\x07\x1b[20t\x1b[21t", "\x1b]L\x1b\\\x1b]l\x1b\\"),
        ("\x1b[?996n", ""),
    ]);
    let mut fixture = Fixture::new(10, 5);
    fixture.terminal.set_facts(Facts {
        cell: Some(Pixels { width: 9, height: 18 }),
        background: Some(Rgb(0, 43, 54)),
        ..Facts::UNKNOWN
    });
    fixture.write(b"\x1b[14t\x1b[15t\x1b[16t\x1b[?996n");
    assert_eq!(fixture.replies(), "\x1b[4;90;90t\x1b[5;90;90t\x1b[6;18;9t\x1b[?997;1n");
    let background = Some(Rgb(253, 246, 227));
    fixture.terminal.set_facts(Facts { background, ..Facts::UNKNOWN });
    fixture.write(b"\x1b[?996n");
    assert_eq!(fixture.replies(), "\x1b[?997;2n");
}

#[test]
fn a_program_is_told_each_size() {
    let mut fixture = Fixture::new(10, 5);
    let report = |fixture: &mut Fixture| {
        let Fixture { screens, terminal, frame, replies } = fixture;
        terminal.report_size(screens, frame, replies);
        fixture.replies()
    };
    assert_eq!(report(&mut fixture), "");
    fixture.write(b"\x1b[?2048h");
    assert_eq!(fixture.replies(), "\x1b[48;5;10;0;0t");
    let area = Some(Pixels { width: 100, height: 80 });
    fixture.terminal.set_facts(Facts { area, ..Facts::UNKNOWN });
    fixture.resize(20, 8);
    assert_eq!(report(&mut fixture), "\x1b[48;8;20;80;100t");
    fixture.write(b"\x1b[?2048l");
    assert_eq!(report(&mut fixture), "");
}

#[test]
fn a_program_is_told_of_other_facts() {
    let mut fixture = Fixture::new(10, 5);
    let mut learn = |modes: &str, facts: Facts| {
        fixture.write(modes.as_bytes());
        let _ = fixture.replies();
        let Fixture { screens, terminal, frame, replies } = &mut fixture;
        let before = *terminal.facts();
        terminal.set_facts(facts);
        terminal.report_facts(&before, screens, frame, replies);
        fixture.replies()
    };
    let dark = Facts { background: Some(Rgb(9, 9, 9)), ..Facts::UNKNOWN };
    let darker = Facts { background: Some(Rgb(8, 9, 9)), ..Facts::UNKNOWN };
    let light = Facts { background: Some(Rgb(220, 220, 220)), ..Facts::UNKNOWN };
    assert_eq!(learn("", dark), "");
    assert_eq!(learn("\x1b[?2031h", light), "\x1b[?997;2n");
    assert_eq!(learn("", dark), "\x1b[?997;1n");
    assert_eq!(learn("", darker), "");
    assert_eq!(learn("\x1b[?2031l", light), "");
    let area = Some(Pixels { width: 100, height: 80 });
    assert_eq!(learn("\x1b[?2048h", Facts { area, ..light }), "\x1b[48;5;10;80;100t");
    assert_eq!(learn("", Facts { area, ..dark }), "");
}

#[test]
fn titles_are_put_aside() {
    let mut fixture = Fixture::new(10, 5);
    let mut run = |input: &str| {
        fixture.write(input.as_bytes());
        let icon = fixture.screens.text(fixture.info().icon()).flatten().copied().collect();
        (String::from_utf8(icon).unwrap(), fixture.title())
    };
    let both = |icon: &str, title: &str| (String::from(icon), String::from(title));
    assert_eq!(run("\x1b]1;a\x07\x1b]2;b\x07\x1b[22;0t\x1b]0;c\x07"), both("c", "c"));
    assert_eq!(run("\x1b[23;0t"), both("a", "b"));
    assert_eq!(run("\x1b[23t"), both("a", "b"), "there is nothing more");
    assert_eq!(run("\x1b[22;1t\x1b]0;c\x07\x1b[23;1t"), both("a", "c"));
    assert_eq!(run("\x1b[22;2t\x1b]0;d\x07\x1b[23;2t"), both("d", "c"));
    assert_eq!(run("\x1b[22;3t\x1b]0;e\x07\x1b[23;0t"), both("e", "e"));
    // The oldest of too many are gone.
    for number in 0..1000 {
        run(&format!("\x1b]0;{number}\x07\x1b[22t"));
    }
    run("\x1b]0;last\x07");
    for number in (990..1000).rev() {
        let number = format!("{number}");
        assert_eq!(run("\x1b[23t"), both(&number, &number));
    }
    assert_eq!(run("\x1b[23t"), both("990", "990"));
    fixture.check_frames();
    fixture.write(b"\x1b[22t");
    fixture.check_frames();
}

#[test]
fn answers_that_do_not_fit_are_dropped_whole() {
    let mut fixture = Fixture::new(10, 5);
    fixture.write(&b"\x1b[>c".repeat(1000));
    let answers = fixture.replies();
    assert_eq!(answers, "\x1b[>41;390;0c".repeat(answers.len() / 12));
    assert!(answers.len() > 1000 && fixture.replies.dropped() > 0);
    assert!(Replies::new().is_empty());
}

#[test]
fn a_diff_gets_no_answer() {
    let mut fixture = Fixture::new(10, 5);
    let Fixture { screens, terminal, frame, .. } = &mut fixture;
    let queries = "\x1b[c\x1b[>c\x1b[=c\x1b[>q\x1b[6n\x1b[?6n\x1b[?25$p\x1b[4$p\x1bP$qm\x1b\\\
                   \x1bP+q436f\x1b\\\x1b[1$w\x1b[18t\x1b[?u\x1b[?4m\x1b[?2048h\x1b[22t";
    terminal.apply(screens, frame, queries.as_bytes());
    assert_eq!(fixture.replies(), "");
    fixture.check_frames();
}
