//! Operating system commands.

use super::*;
use crate::screen::Rgb;
use crate::screen::{ColorSlot, RowMarks, Selections, Text};
use crate::terminal::Facts;

impl Fixture {
    fn text(&self, text: Text) -> String {
        let bytes = self.screens.text(self.info().text(text)).flatten().copied().collect();
        String::from_utf8(bytes).unwrap()
    }

    fn color(&self, slot: ColorSlot) -> Option<Rgb> {
        self.screens.palette(self.info()).get(slot)
    }
}

#[test]
fn colours_are_set_and_taken_back() {
    use ColorSlot::{Background, Cursor, Foreground, Palette};
    let cases: &[(&str, ColorSlot, Option<Rgb>)] = &[
        ("4;1;#010203", Palette(1), Some(Rgb(1, 2, 3))),
        ("4;1;#010203;255;rgb:4/5/6", Palette(255), Some(Rgb(0x44, 0x55, 0x66))),
        ("4;1;nothing;2;#020202", Palette(2), Some(Rgb(2, 2, 2))),
        ("4;1;nothing;2;#020202", Palette(1), None),
        ("4;256;#010203", Palette(0), None),
        ("4;1;#010203\x07\x1b]104;1;2", Palette(1), None),
        ("4;1;#010203\x07\x1b]104;2", Palette(1), Some(Rgb(1, 2, 3))),
        ("4;1;#010203\x07\x1b]104", Palette(1), None),
        ("4;1;#010203\x07\x1b]104;", Palette(1), None),
        ("10;#010203\x07\x1b]104", Foreground, Some(Rgb(1, 2, 3))),
        ("10;#010203\x07\x1b]110", Foreground, None),
        ("11;#010203\x07\x1b]110\x07\x1b]112;", Background, Some(Rgb(1, 2, 3))),
        ("11;#010203\x07\x1b]111", Background, None),
        ("12;#010203\x07\x1b]112", Cursor, None),
        ("10;#010101;#020202;#030303;#040404", Foreground, Some(Rgb(1, 1, 1))),
        ("10;#010101;#020202;#030303;#040404", Background, Some(Rgb(2, 2, 2))),
        ("10;#010101;#020202;#030303;#040404", Cursor, Some(Rgb(3, 3, 3))),
        ("11;#020202;#030303", Cursor, Some(Rgb(3, 3, 3))),
        ("10;;#020202", Background, Some(Rgb(2, 2, 2))),
        ("12;#010203\x07\x1bc", Cursor, None),
    ];
    for &(command, slot, expected) in cases {
        let mut fixture = Fixture::new(5, 1);
        fixture.write(format!("\x1b]{command}\x07").as_bytes());
        assert_eq!(fixture.color(slot), expected, "{command:?} {slot:?}");
        assert_eq!(fixture.replies(), "");
    }
}

#[test]
fn colours_are_answered_from_what_was_set_or_told() {
    let mut fixture = Fixture::new(5, 1);
    fixture.write(b"\x1b]4;1;?\x07\x1b]10;?;?;?\x07");
    assert_eq!(fixture.replies(), "", "nothing is known");
    fixture.write(b"\x1b]4;16;?;231;?\x07");
    assert_eq!(
        fixture.replies(),
        "\x1b]4;16;rgb:0000/0000/0000\x07\x1b]4;231;rgb:ffff/ffff/ffff\x07"
    );
    let mut facts = Facts { background: Some(Rgb(1, 2, 3)), ..Facts::UNKNOWN };
    facts.palette[1] = Some(Rgb(0xcd, 0, 0));
    fixture.terminal.set_facts(facts);
    fixture.write(b"\x1b]4;1;?\x1b\\\x1b]11;?\x1b\\\x1b]10;?\x1b\\");
    assert_eq!(
        fixture.replies(),
        "\x1b]4;1;rgb:cdcd/0000/0000\x1b\\\x1b]11;rgb:0101/0202/0303\x1b\\"
    );
    fixture.write(b"\x1b]10;#ff8000;#ffffff\x07\x1b]10;?;?;?\x07");
    assert_eq!(fixture.replies(), "\x1b]10;rgb:ffff/8080/0000\x07\x1b]11;rgb:ffff/ffff/ffff\x07");
    fixture.write(b"\x1b]111\x07\x1b]11;?\x07\x1b]4;1;#123456;1;?\x07");
    assert_eq!(fixture.replies(), "\x1b]11;rgb:0101/0202/0303\x07\x1b]4;1;rgb:1212/3434/5656\x07");
}

#[test]
fn the_working_directory_is_kept_as_it_is() {
    let mut fixture = Fixture::new(5, 1);
    fixture.write(b"\x1b]7;file://host/a;b\x07\x1b]7;bad\x7f\x07");
    assert_eq!(fixture.text(Text::Directory), "file://host/a;b");
    fixture.write(format!("\x1b]7;{}\x07", "d".repeat(700)).as_bytes());
    assert_eq!(fixture.text(Text::Directory), "file://host/a;b", "cut short it is another one");
    fixture.write(b"\x1b]7;\x07");
    assert_eq!(fixture.text(Text::Directory), "");
}

#[test]
fn notifications_count() {
    let mut fixture = Fixture::new(5, 1);
    let no = ["9;4;1;50", "9;4", "9;1;100", "9;12", "9;", "777;precmd", "777;notify", "9;a\x7fb"];
    for (count, (command, taken)) in [("9;done", true), ("777;notify;title;text", true)]
        .into_iter()
        .chain([("9;12", true), ("9;2024; a year", true)])
        .chain(no.into_iter().filter(|&it| it != "9;12").map(|it| (it, false)))
        .enumerate()
    {
        let before = fixture.info().notifications;
        fixture.write(format!("\x1b]{command}\x07").as_bytes());
        assert_eq!(fixture.info().notifications, before + u32::from(taken), "{count}: {command}");
        if taken {
            assert_eq!(fixture.text(Text::Notification), command);
        }
    }
    fixture.write(b"\x1b]9;again\x07\x1b]9;again\x07");
    assert_eq!(fixture.info().notifications, 6);
}

#[test]
fn selections_are_told_apart() {
    let mut fixture = Fixture::new(5, 1);
    fixture.write(b"\x1b]52;p;cA==\x07\x1b]52;cq;Yw==\x07\x1b]52;x;eA==\x07\x1b]52;p;?\x07");
    assert_eq!(fixture.text(Text::Clipboard), "Yw==");
    assert_eq!(fixture.text(Text::Selection), "cA==");
    let to = |fixture: &Fixture| fixture.info().copied.map(|copied| copied.to);
    assert_eq!(to(&fixture), [b"cq", &b"p"[..]].map(Selections::parse));
    // What is copied elsewhere later is no longer where it was.
    fixture.write(b"\x1b]52;cp;YQ==\x07");
    assert_eq!(to(&fixture), [Selections::parse(b"cp"), Selections::NONE]);
    fixture.write(b"\x1b]52;p7;Yg==\x07");
    assert_eq!(to(&fixture), [b"c", &b"p7"[..]].map(Selections::parse));
    fixture.write(b"\x1b]52;;Yg==\x07");
    assert_eq!(to(&fixture)[0], Selections::parse(b""));
    assert_eq!(fixture.info().copied.map(|copied| copied.count), [3, 2]);
    assert_eq!(fixture.replies(), "");
}

#[test]
fn a_mebibyte_can_be_copied() {
    let storage = crate::server::ServerStorage::heap().host;
    let mut screens = Screens::new(storage.screens);
    let size = Size::clamped(5, 1);
    let frame = screens.blank(size).unwrap();
    let mut terminal = Terminal::new(storage.terminal, size);
    let copied = "YQ==".repeat((1 << 20) / 3);
    let command = format!("\x1b]52;c;{copied}\x07");
    terminal.write(&mut screens, &frame, command.as_bytes(), &mut Replies::new());
    let clipboard = screens.info(&frame).clipboard();
    assert!(screens.text(clipboard).flatten().eq(copied.as_bytes()));
    // Titles go on.
    terminal.write(&mut screens, &frame, b"\x1b]2;title\x07", &mut Replies::new());
    assert!(screens.text(screens.info(&frame).title()).flatten().eq(b"title"));
}

#[test]
fn rows_keep_where_prompts_and_outputs_begin() {
    let mut fixture = Fixture::new(5, 4);
    let both = RowMarks { prompt: true, output: true };
    let prompt = RowMarks { prompt: true, output: false };
    let output = RowMarks { prompt: false, output: true };
    let none = RowMarks::NONE;
    let marks =
        |fixture: &Fixture| [0, 1, 2, 3].map(|row| fixture.screens.marks(&fixture.frame, row));
    fixture.write(b"\x1b]133;A\x07$ \x1b]133;B\x07x\r\n\x1b]133;C\x07out\r\n\x1b]133;D;1\x07");
    fixture.write(b"\x1b]133;A;aid=1\x07\x1b]133;C\x07\r\n\x1b]133;A;k=s\x07\x1b]133;P\x07");
    assert_eq!(marks(&fixture), [prompt, output, both, none]);
    fixture.write(b"\n");
    assert_eq!(marks(&fixture), [output, both, none, none]);
    fixture.write(b"\x1b[H\x1b[K\x1b[2;1H\x1b[2K");
    assert_eq!(marks(&fixture), [output, none, none, none]);
    fixture.write(b"\x1b[2J");
    assert_eq!(marks(&fixture), [none; 4]);
}
