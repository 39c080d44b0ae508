//! vttest in a session: what its tests show is kept in `tests/snapshots/vttest`, and was looked at.
//!
//! With `MOSH_TESTS_RENEW` in the environment the files are written anew.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use mosh_core::screen::Underline;

use super::{Check, Context, Pace, Pairs};
use crate::Outcome;
use crate::screen::tmux::settled_pictures;
use crate::screen::{Look, Picture, text};
use crate::session::{Plan, Session};
use crate::terminal::Size;

pub(super) const CHECKS: &[Check] = &[
    check("cursor movements", |cx| compare(cx, "1-cursor", &["1"])),
    check("screen features", |cx| compare(cx, "2-screen", &["2"])),
    check("character sets", |cx| compare(cx, "3-charsets", &["3", "8", "9"])),
    check("reports", |cx| compare(cx, "6-reports", &["6", "2", "3", "4", "5", "6"])),
    check("insertion and deletion", |cx| compare(cx, "8-vt102", &["8"])),
    check("colours", |cx| compare(cx, "11-colours", &["11", "6", "2", "3", "4", "5"])),
    check("functions of the VT220", |cx| compare(cx, "11-vt220", &["11", "1", "2", "2", "3", "4"])),
    check("movement within margins", |cx| compare(cx, "11-movement", &MOVEMENT)),
    check("editing within margins", |cx| compare(cx, "11-editing", &EDITING)),
    check("rectangles", |cx| compare(cx, "11-rectangles", &RECTANGLES)),
    check("further movement", |cx| compare(cx, "11-further", &FURTHER)),
    check("repetition and scrolling", |cx| {
        compare(cx, "11-scrolling", &["11", "7", "2", "3", "4", "5", "6"])
    }),
    check("alternate screens", |cx| compare(cx, "11-alternate", &["11", "8", "7", "3", "4", "5"])),
];

// Tests without margins, then choices that set origin mode and all margins, and the same tests.
const MOVEMENT: [&str; 15] =
    ["11", "3", "2", "7", "8", "9", "10", "2", "3", "4", "5", "7", "8", "9", "10"];
const EDITING: [&str; 17] =
    ["11", "3", "3", "9", "10", "11", "12", "13", "1", "2", "3", "4", "9", "10", "11", "12", "13"];
const RECTANGLES: [&str; 19] = [
    "11", "3", "6", "7", "8", "9", "10", "11", "12", "1", "2", "3", "4", "7", "8", "9", "10", "11",
    "12",
];
const FURTHER: [&str; 11] = ["11", "5", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

const fn check(name: &'static str, run: fn(&Context<'_>) -> Outcome) -> Check {
    Check { name, pace: Pace::Short, pairs: Pairs::Ours, run }
}

const SIZE: Size = (80, 24);

/// A screen that has not changed for so long is complete.
const QUIET: Duration = Duration::from_millis(500);

/// No test has so many screens.
const MAX_SCREENS: usize = 40;

/// What the last line of a menu says.
const MENU: &str = "Enter choice number";

/// Chooses from menus: all but the last choices open one, if the next is in it; of the last menu
/// each is a test.
fn compare(cx: &Context<'_>, name: &str, choices: &[&str]) -> Outcome {
    let found = Command::new("sh").args(["-c", "command -v vttest"]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        cx.skip("there is no vttest");
        return Ok(());
    }
    let session = Session::start(cx, Plan::program(["vttest"]).sized(SIZE))?;
    session.terminal.wait_for(MENU)?;
    let mut shown = String::new();
    for choice in choices {
        session.terminal.type_line(choice)?;
        for number in 0..MAX_SCREENS {
            let [picture] = settled_pictures(&cx.marker, [&session.terminal], SIZE, QUIET)?;
            let picture = without_ends(picture);
            let lines: Vec<String> = (0..picture.rows.len()).map(|row| picture.line(row)).collect();
            if number > 0 && lines.iter().any(|line| line.contains(MENU)) {
                break;
            }
            shown += &format!("== {choice}, screen {number}\n{}", text::write(&picture));
            if lines.iter().any(|line| line.contains(MENU)) {
                break;
            }
            session.terminal.press("Enter")?;
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/vttest");
    let file = folder.join(format!("{name}.txt"));
    if std::env::var_os("MOSH_TESTS_RENEW").is_some() {
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&file, &shown))
            .map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let kept = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    if kept != shown {
        let pair = kept.lines().zip(shown.lines()).enumerate().find(|(_, (a, b))| a != b);
        let (line, (a, b)) =
            pair.unwrap_or((kept.lines().count().min(shown.lines().count()), ("", "")));
        return Err(format!("{} from line {} on: {b:?}, not {a:?}", file.display(), line + 1));
    }
    session.leave()
}

/// Makes the blank ends of rows plain: it depends on how they were erased whether tmux tells of
/// their background.
fn without_ends(mut picture: Picture) -> Picture {
    for row in &mut picture.rows {
        let ends = row.cells.iter_mut().rev().take_while(|cell| {
            let plain = cell.look.attributes.is_empty() && cell.look.underline == Underline::None;
            cell.text == " " && plain
        });
        ends.for_each(|cell| cell.look = Look::default());
    }
    picture
}
