//! What happened key by key, for people who want to know why.

use std::fmt::Write as _;
use std::time::Duration;

use mosh_core::screen::Position;

use super::{AT_ONCE, Mark, Picture, Score, Verdict, Wrong};

/// What is listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Also the keys with which all is well.
    pub all: bool,
    /// Rows of the screens above and below what is wrong or late; `None`: no screens.
    pub around: Option<u16>,
}

impl Listing {
    /// Writes a line for each key, and what there is to say about it below: times in milliseconds
    /// from the key, places as row and column, which count from 0.
    #[must_use]
    pub fn of(&self, score: &Score) -> String {
        let mut text = String::new();
        for (index, key) in score.keys.iter().enumerate() {
            let is_late = key.counts && !key.is_at_once();
            let is_bad = key.wrong.is_some() || key.cursor_wrong.is_some() || key.leak.is_some();
            if self.all || is_late || is_bad {
                text += &line(index, key);
                self.explain(score, index, key, is_late, &mut text);
            }
        }
        text
    }

    fn explain(&self, score: &Score, index: usize, key: &Verdict, late: bool, text: &mut String) {
        for (what, wrong) in [("LEAKED", &key.leak), ("WRONG", &key.wrong)] {
            // Mostly the same twice.
            let said = what == "WRONG" && key.leak == key.wrong;
            if let Some(wrong) = wrong.as_ref().filter(|_| !said) {
                *text += &describe(score, what, wrong);
                self.screens(score, index, wrong.screen, &places(wrong), text);
            }
        }
        if let Some((after, at)) = key.cursor_wrong {
            let wanted = score.truth.picture(score.truth.keys[index].after).cursor;
            let _ = writeln!(
                text,
                "      CURSOR WRONG {} ms after: at {}, the program's is at {} in the end",
                ms(after),
                show(at),
                show(wanted)
            );
            if key.wrong.is_none() {
                self.screens(score, index, score.at(key.typed + after), &[at], text);
            }
        }
        if late && key.wrong.is_none() && key.cursor_wrong.is_none() {
            let wanted = score.truth.picture(score.truth.keys[index].after).cursor;
            self.screens(score, index, score.at(key.typed + AT_ONCE), &[wanted], text);
        }
    }

    /// The rows around some places: as shown, and as they are true before and after the key.
    fn screens(
        &self,
        score: &Score,
        index: usize,
        screen: usize,
        places: &[Position],
        text: &mut String,
    ) {
        let Some(around) = self.around else { return };
        let key = &score.truth.keys[index];
        let shown = &score.shown[screen].picture;
        let named = [
            ("shown ", shown),
            ("before", score.truth.picture(key.before)),
            ("after ", score.truth.picture(key.after)),
        ];
        let rows = places.iter().map(|at| at.row);
        let (Some(top), Some(bottom)) = (rows.clone().min(), rows.max()) else { return };
        let bottom = bottom.saturating_add(around).min(shown.rows.len() as u16 - 1);
        for row in top.saturating_sub(around)..=bottom {
            for (name, picture) in named {
                let _ =
                    writeln!(text, "      {row:3} {name} |{}", with_cursor(score, picture, row));
            }
            let columns = places.iter().filter(|at| at.row == row).map(|at| at.column);
            let columns: Vec<_> = columns.collect();
            if let Some(&last) = columns.iter().max() {
                let mark = |column| if columns.contains(&column) { '^' } else { ' ' };
                let marks: String = (0..=last).map(mark).collect();
                let _ = writeln!(text, "                  {marks}");
            }
        }
    }
}

impl Score {
    /// Which screen is shown at a time.
    fn at(&self, at: Duration) -> usize {
        self.shown.partition_point(|screen| screen.at <= at) - 1
    }
}

/// The number of a key, when it was typed, what it is and how long it took to show.
fn line(index: usize, key: &Verdict) -> String {
    let outcome = match key.shown_after {
        _ if key.is_secret => "not to show".into(),
        _ if !key.counts => "changes nothing".into(),
        Some(_) if key.is_at_once() => "at once".into(),
        Some(after) => format!("after {} ms", ms(after)),
        None => "NEVER".into(),
    };
    let place = key.echo.map_or_else(String::new, |at| format!("echo at {}", show(at)));
    let secret = if key.is_secret { "secret" } else { "" };
    let (seconds, name) = (key.typed.as_secs_f64(), name(&key.text));
    let line = format!("#{index:<4} {seconds:9.3} s  {name:14} {outcome:16} {place} {secret}");
    format!("{}\n", line.trim_end())
}

/// What is wrong where, the first cells of it.
fn describe(score: &Score, what: &str, wrong: &Wrong) -> String {
    let mut text = format!("      {what} {} ms after: ", ms(wrong.after));
    let glyph = |mark: Mark| format!("{:?}", score.gallery.text(mark));
    for (index, cell) in wrong.cells.iter().take(CELLS).enumerate() {
        let separator = if index == 0 { "" } else { "; " };
        let allowed: Vec<_> = cell.allowed.iter().map(|&mark| glyph(mark)).collect();
        let (at, shown, allowed) = (show(cell.at), glyph(cell.shown), allowed.join(" "));
        let _ = write!(text, "{separator}{at} shows {shown}, allowed {allowed}");
    }
    let more = wrong.cells.len().saturating_sub(CELLS);
    if more > 0 {
        let _ = write!(text, "; and {more} more");
    }
    text.push('\n');
    text
}

fn places(wrong: &Wrong) -> Vec<Position> {
    wrong.cells.iter().map(|cell| cell.at).collect()
}

/// The text of a row, and where the cursor is if it is there.
fn with_cursor(score: &Score, picture: &Picture, row: u16) -> String {
    let text = score.gallery.row_text(picture, row);
    let Position { row: at, column } = picture.cursor;
    if at != row {
        return text;
    }
    let hidden = if picture.visible { "" } else { ", hidden" };
    format!("{text:40}   (cursor at {column}{hidden})")
}

fn show(at: Position) -> String {
    format!("{},{}", at.row, at.column)
}

/// Milliseconds, rounded.
fn ms(it: Duration) -> u128 {
    (it.as_micros() + 500) / 1000
}

/// What a key is called.
#[must_use]
pub(super) fn name(text: &str) -> String {
    let known = match text {
        " " => "Space",
        "\r" => "Enter",
        "\t" => "Tab",
        "\x7f" => "Backspace",
        "\x1b" => "Escape",
        "\x1b[A" | "\x1bOA" => "Up",
        "\x1b[B" | "\x1bOB" => "Down",
        "\x1b[C" | "\x1bOC" => "Right",
        "\x1b[D" | "\x1bOD" => "Left",
        "\x1b[H" | "\x1bOH" | "\x1b[1~" => "Home",
        "\x1b[F" | "\x1bOF" | "\x1b[4~" => "End",
        "\x1b[2~" => "Insert",
        "\x1b[3~" => "Delete",
        "\x1b[5~" => "PageUp",
        "\x1b[6~" => "PageDown",
        "\x1b[1;5C" => "Ctrl-Right",
        "\x1b[1;5D" => "Ctrl-Left",
        _ => "",
    };
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        _ if !known.is_empty() => known.into(),
        (Some(c @ '\0'..='\x1f'), None) => format!("Ctrl-{}", char::from(c as u8 | 0x40)),
        (Some('\x1b'), Some(c)) if chars.next().is_none() => {
            format!("Alt-{}", name(&c.to_string()))
        }
        _ => text.escape_debug().to_string(),
    }
}

/// Of so many cells is said what is wrong.
const CELLS: usize = 3;
