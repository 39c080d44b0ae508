//! Protection, selective erasure and rectangles.

use super::{Fixture, check};
use crate::screen::{Attributes, Cell, Color, Rendition, Underline};
use alloc::format;

/// Runs `functions` on a full screen with the cursor in its middle.
fn check_full(functions: &[(&str, &str)]) {
    for (function, expected) in functions {
        check(&[(&format!("abcde\r\nfghij\r\nklmno\x1b[2;3H{function}"), expected)]);
    }
}

#[test]
fn rectangles_are_filled_and_erased() {
    check_full(&[
        ("\x1b[88;1;2;2;4$x", "aXXXe/fXXXj/klmno@1,2"),
        ("\x1b[88$x", "XXXXX/XXXXX/XXXXX@1,2"),
        ("\x1b[228;3;5;65535;65535$x", "abcde/fghij/klmn\u{e4}@1,2"),
        ("\x1b[7;1;1;2;2$x", "abcde/fghij/klmno@1,2"),
        ("\x1b[88;3;1;2;2$x", "abcde/fghij/klmno@1,2"),
        ("\x1b[88;4;1;9;2$x", "abcde/fghij/klmno@1,2"),
        ("\x1b[2;2;3;4$z", "abcde/f...j/k...o@1,2"),
        ("\x1b[$z", "...../...../.....@1,2"),
        ("\x1b[2;4;1;5$z", "abcde/fghij/klmno@1,2"),
        // From the margins in origin mode, and not beyond them.
        ("\x1b[?69h\x1b[2;4s\x1b[2;3r\x1b[?6h\x1b[88$x", "abcde/fXXXj/kXXXo@1,1"),
        ("\x1b[?69h\x1b[2;4s\x1b[2;3r\x1b[?6h\x1b[1;2;1;2$z", "abcde/fg.ij/klmno@1,1"),
    ]);
    let mut fixture = Fixture::new(5, 3);
    fixture.write(b"\x1b[31;44m\x1b[65;1;1;1;1$x\x1b[2;1;2;1$z");
    let blue = Rendition::DEFAULT.with_background(Color::Palette(4));
    let cell = |row| fixture.screens.row(&fixture.frame, row)[0];
    assert_eq!(cell(0).rendition(), blue.with_foreground(Color::Palette(1)));
    assert_eq!(cell(1), Cell::erased(blue));
}

#[test]
fn rectangles_are_copied() {
    check_full(&[
        ("\x1b[1;1;2;2;1;2;4;1$v", "abcde/fghab/klmfg@1,2"),
        ("\x1b[1;1;2;2;1;3;5;1$v", "abcde/fghij/klmna@1,2"),
        ("\x1b[1;1;3;5;1;2;2;1$v", "abcde/fabcd/kfghi@1,2"),
        ("\x1b[2;2;3;5;1;1;1;1$v", "ghije/lmnoj/klmno@1,2"),
        ("\x1b[1;1;1;3;1;1;2;1$v", "aabce/fghij/klmno@1,2"),
        ("\x1b[1;1;1;1;1;4;1;1$v", "abcde/fghij/klmno@1,2"),
        ("\x1b[1;1;1;1;1;1;6;1$v", "abcde/fghij/klmno@1,2"),
        ("\x1b[?69h\x1b[2;4s\x1b[?6h\x1b[1;1;1;1;1;2;3;1$v", "abcde/fghbj/klmno@0,1"),
    ]);
    // Half of a wide character is a space.
    check(&[
        ("漢字\x1b[1;2;1;3;1;2;1;1$v", "漢字./  .../.....@0,4"),
        ("漢字\r\nabcde\x1b[1;2;1;3;1;2;2;1$v", "漢字./a  de/.....@1,4"),
        ("漢字\x1b[1;5;1;5;1;1;2;1$v", " .字./...../.....@0,4"),
    ]);
}

#[test]
fn protected_cells_are_not_erased_selectively() {
    let text = "ab\x1b[1\"qcd\x1b[2\"qe\r\n\x1b[1\"qf\x1b[\"qg\x1b[H";
    for (function, expected) in [
        ("\x1b[?J", "..cd./f..../.....@0,0"),
        ("\x1b[?2J", "..cd./f..../.....@0,0"),
        ("\x1b[2;2H\x1b[?1J", "..cd./f..../.....@1,1"),
        ("\x1b[?K", "..cd./fg.../.....@0,0"),
        ("\x1b[1;4H\x1b[?1K", "..cde/fg.../.....@0,3"),
        ("\x1b[?2K", "..cd./fg.../.....@0,0"),
        ("\x1b[1;2;2;3${", "a.cde/f..../.....@0,0"),
        ("\x1b[${", "..cd./f..../.....@0,0"),
        ("\x1b[J", "...../...../.....@0,0"),
        ("\x1b[2;4X\x1b[1;1;1;5$z", "...../fg.../.....@0,0"),
        // Neither does SGR undo it, nor an unknown parameter.
        ("\x1b[3;1H\x1b[1\"q\x1b[m\x1b[3\"qx\x1b[?2J", "..cd./f..../x....@2,1"),
        ("\x1b[3;1H\x1b[1\"q\x1b7\x1b[\"q\x1b8x\x1b[?2J", "..cd./f..../x....@2,1"),
        ("\x1b[3;1H\x1b[1\"q\x1b[!px\x1b[?2J", "..cd./f..../.....@2,1"),
    ] {
        check(&[(&format!("{text}{function}"), expected)]);
    }
    check(&[("漢\x1b[1\"q字\x1b[?2J", "..字./...../.....@0,4")]);
}

#[test]
fn attributes_of_rectangles_are_changed_and_reversed() {
    let bold = Rendition::DEFAULT.plus(Attributes::BOLD);
    let underlined = Rendition::DEFAULT.with_underline(Underline::Single);
    let all = underlined.plus(Attributes::BOLD.with(Attributes::BLINK).with(Attributes::INVERSE));
    let plain = Rendition::DEFAULT;
    for (input, expected) in [
        // A rectangle, then a stream.
        ("\x1b[2*x\x1b[1;2;2;3;1$r", [[plain, bold, bold, plain], [plain, bold, bold, plain]]),
        ("\x1b[1;3;2;2;1$r", [[plain; 4], [plain; 4]]),
        ("\x1b[1;2;2;3;1$r", [[plain, bold, bold, bold], [bold, bold, bold, plain]]),
        ("\x1b[1;1;1;4;1;4;5;7$r", [[all; 4], [plain; 4]]),
        ("\x1b[1m\x1b[1;1Habcd\x1b[1;2;1;3;22$r", [[bold, plain, plain, bold], [plain; 4]]),
        (
            "\x1b[1;4m\x1b[1;1Habcd\x1b[1;2;1;3$r",
            [
                [
                    bold.with_underline(Underline::Single),
                    plain,
                    plain,
                    bold.with_underline(Underline::Single),
                ],
                [plain; 4],
            ],
        ),
        ("\x1b[1m\x1b[1;1Hab\x1b[1;2;1;3;1$t", [[bold, plain, bold, plain], [plain; 4]]),
        ("\x1b[1;2;1;3;4$t\x1b[1;3;1;3;4$t", [[plain, underlined, plain, plain], [plain; 4]]),
        ("\x1b[1;1;1;1;0$t", [[all, plain, plain, plain], [plain; 4]]),
    ] {
        let mut fixture = Fixture::new(4, 2);
        fixture.write(input.as_bytes());
        for (row, expected) in expected.into_iter().enumerate() {
            for (column, expected) in expected.into_iter().enumerate() {
                let cell = fixture.screens.row(&fixture.frame, row as u16)[column];
                assert_eq!(cell.rendition(), expected, "{input:?} at {row},{column}");
            }
        }
    }
}
