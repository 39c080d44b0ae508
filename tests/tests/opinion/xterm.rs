//! Random programs with margins, rectangles and reports, shown by ours and by a real xterm.

use std::cell::RefCell;

use mosh_core::screen::{Attributes, Color, Underline};
use mosh_tests::screen::case::Witness as _;
use mosh_tests::screen::{Look, Own, Picture, Xterm};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestCaseError, TestRunner};

use super::program::{Piece, fixed, number};

const SIZE: (u16, u16) = (14, 7);

#[test]
#[ignore = "needs xterm: a step of `cargo xtask ci` runs it"]
fn random_programs_look_as_in_xterm() {
    let mut xterm = Xterm::start().unwrap();
    xterm.start(SIZE).unwrap();
    let xterm = RefCell::new(xterm);
    let mut config = super::cases(400);
    config.max_shrink_iters = 400;
    let run = TestRunner::new(config).run(&vec(piece(), 0..30), |pieces| {
        let bytes: Vec<u8> = pieces.iter().flat_map(|it| it.0.iter().copied()).collect();
        let mut own = Own::new(SIZE);
        let mut xterm = xterm.borrow_mut();
        let fail = |failure: String| TestCaseError::fail(failure);
        xterm.reset().map_err(fail)?;
        own.write(&bytes);
        xterm.write(&bytes).map_err(fail)?;
        let (answer, other) = (own.take_answers(), xterm.answers().unwrap_or_default());
        let (answer, other) = (sorted(&answer), sorted(&other));
        let shown = bytes.escape_ascii();
        let (a, b) = (answer.escape_ascii(), other.escape_ascii());
        prop_assert!(answer == other, "b\"{shown}\":\n{a}, not\n{b}");
        let (mut own, mut other) = (own.picture(), xterm.picture().map_err(fail)?);
        adapt(&mut own);
        adapt(&mut other);
        let found = own.differences(&other, 8);
        prop_assert!(found.is_empty(), "b\"{shown}\":\n{found}");
        Ok(())
    });
    if let Err(failure) = run {
        panic!("{failure}");
    }
}

/// Puts the numbers that SGR is told with in order, which says nothing.
fn sorted(answers: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(answers);
    let parts = text.split_inclusive("\x1b\\").map(|part| match part.split_once("m\x1b\\") {
        Some((numbers, "")) => {
            let mut numbers: Vec<_> = numbers.split(';').collect();
            numbers.sort_unstable();
            numbers.join(";") + "m\x1b\\"
        }
        _ => part.to_owned(),
    });
    parts.collect::<String>().into_bytes()
}

/// Takes out what xterm does not tell of.
fn adapt(picture: &mut Picture) {
    picture.take_out(HIDDEN);
    for cell in picture.rows.iter_mut().flat_map(|row| &mut row.cells) {
        cell.look.foreground = Color::Default;
        cell.look.background = Color::Default;
        if cell.look.underline != Underline::None {
            cell.look.underline = Underline::Single;
        }
        // A blank keeps or loses what it does not show by how it was erased.
        if cell.text == " " {
            cell.look = Look::default();
        }
    }
}

const HIDDEN: Attributes = Attributes::FAINT.with(Attributes::ITALIC).with(Attributes::STRIKE);

/// What is not tried, because xterm 379 takes it otherwise:
///
/// - SU, SD, DECFI, DECIC, CBT, EL 1 and the like leave a wrap pending there. DEC STD 070: what
///   moves the cursor or changes cells clears the last column flag. Here places come first.
/// - A mark that follows nothing has no effect, and a wide character that does not fit leaves what
///   is in the last column. Here that is blank, so that the row can be joined with the next again.
/// - HT beyond the right margin goes back to it.
/// - REP after a control does nothing; ECMA-48 §8.3.103 leaves it open.
/// - Mode 45 goes from the first column of the first row to the last row, which its successors do
///   in mode 1045.
/// - Inside and outside of margins, insertion (IRM) goes by where a run of text begins.
/// - Text that is written without DECAWM wraps once the mode is set.
/// - DECSTR keeps faint and struck characters, and the saved cursor. VT510, DECSTR: all attributes
///   are reset, and the saved cursor is at home.
/// - DECSCA ends where the screen scrolls or is erased.
/// - DECRARA with 0 changes nothing. VT420 manual: it reverses all attributes.
/// - DECFRA with 0 as its first row begins in the second one under DECOM. 0 stands for 1.
/// - RIS and leaving the alternate screen keep what is on it for mode 47. Here it is forgotten,
///   which costs less memory, unless mode 47 was used to leave it.
/// - `CSI 0 T` ends a mode of the mouse. ECMA-48 §8.3.113: it scrolls by one row.
/// - DECALN ends the rendition. VT510 says nothing of that.
/// - DECCIR says that all sets are of 96 characters. ASCII has 94.
/// - DECRQSS does not know DECSACE; DECST8C is not known.
fn piece() -> impl Strategy<Value = Piece> {
    let row = || 0..SIZE.1 + 3;
    let column = || 0..SIZE.0 + 3;
    let area = move || {
        (1..SIZE.1 + 3, 1..SIZE.0 + 3, row(), column())
            .prop_map(|(t, l, b, r)| format!("{t};{l};{b};{r}"))
    };
    prop_oneof![
        // Marks and what REP does with them are contested.
        5 => "[a-z~ ]{1,12}",
        1 => "[─│┌┐é]{1,6}",
        3 => fixed(&["\r", "\n", "\x08", "\r\n", "\x0b", "\x0c"]),
        4 => (row(), column()).prop_map(|(row, column)| format!("\x1b[{row};{column}H")),
        // REP after anything but a character is not defined.
        1 => ("[a-z]", number()).prop_map(|(text, count)| format!("{text}\x1b[{count}b")),
        8 => (number(), select("@ABCDEFGLMPX`ade".chars().collect::<Vec<_>>()))
            .prop_map(|(count, last)| format!("\x1b[{count}{last}")),
        2 => (row(), number(), fixed(&["I", "Z"]))
            .prop_map(|(row, count, last)| format!("\x1b[?69l\x1b[{row}H\x1b[{count}{last}")),
        2 => (row(), column(), number(), fixed(&["'}", "'~", " @", " A", "S"]))
            .prop_map(|(row, column, count, last)| format!("\x1b[{row};{column}H\x1b[{count}{last}")),
        3 => (row(), column(), 0..3_u16, fixed(&["J", "K"]), fixed(&["", "?"]))
            .prop_map(|(row, column, part, last, private)| {
                format!("\x1b[{row};{column}H\x1b[{private}{part}{last}")
            }),
        3 => (row(), row()).prop_map(|(top, bottom)| format!("\x1b[{top};{bottom}r")),
        3 => (column(), column()).prop_map(|(left, right)| format!("\x1b[?69h\x1b[{left};{right}s")),
        1 => fixed(&["\x1b[?69l", "\x1b[s", "\x1b[r", "\x1b[?6h", "\x1b[?6l"]),
        1 => fixed(&["\x1b[?7h\r", "\x1b[?7l", "\x1b[20h", "\x1b[20l"]),
        2 => (area(), fixed(&["$z", "${"])).prop_map(|(area, last)| format!("\x1b[{area}{last}")),
        2 => (area(), 33..127_u16).prop_map(|(area, c)| format!("\x1b[{c};{area}$x")),
        2 => (area(), row(), column())
            .prop_map(|(area, row, column)| format!("\x1b[{area};1;{row};{column};1$v")),
        2 => (area(), select(vec![1_u16, 4, 5, 7, 22, 24, 25, 27]), select(vec!['r', 't']))
            .prop_map(|(area, number, last)| format!("\x1b[{area};{number}${last}")),
        1 => fixed(&["\x1b[0*x", "\x1b[1*x", "\x1b[2*x"]),
        3 => vec(select(vec![0_u16, 1, 4, 5, 7, 22, 24, 27]), 1..3)
            .prop_map(|numbers| {
                let texts: Vec<_> = numbers.iter().map(u16::to_string).collect();
                format!("\x1b[{}m", texts.join(";"))
            }),
        2 => fixed(&["\x1bD", "\x1bE", "\x1bM", "\x1b7", "\x1b8", "\x1bH", "\x1b[g", "\x1b[3g"]),
        1 => (row(), column(), fixed(&["\x1b6", "\x1b9", "\x1b[T"]))
            .prop_map(|(row, column, last)| format!("\x1b[{row};{column}H{last}")),
        1 => fixed(&["\x1b[J", "\x1b[K", "\x1b[H"]),
        1 => fixed(&["\x1b(0", "\x1b(B", "\x1b)0", "\x1b)B", "\x0e", "\x0f"]),
        1 => fixed(&["\x1b[m\x1b#8", "\x1b[!p\r\x1b7"]),
        1 => fixed(&["\x1b[?1049h", "\x1b[?1049l"]),
        2 => fixed(&["\x1b[6n", "\x1b[?6n", "\x1b[2$w", "\x1b[5n"]),
        2 => fixed(&[
            "\x1bP$qr\x1b\\", "\x1bP$qs\x1b\\", "\x1bP$qm\x1b\\", "\x1bP$q\"q\x1b\\",
        ]),
        1 => select(vec![1_u16, 5, 6, 7, 12, 25, 45, 47, 66, 69, 1000, 1004, 1047, 1049, 2004])
            .prop_map(|mode| format!("\x1b[?{mode}$p")),
    ]
    .prop_map(|text| Piece(text.into_bytes()))
}
