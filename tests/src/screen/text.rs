//! Pictures as text that a person can read in a diff.
//!
//! ```text
//! |first row
//! |second 日本 row
//! look 0: 0-4 bold 1 on 4, 6 inverse
//! wide 1: 7 9
//! cursor 0,2
//! modes cursor keys, bracketed paste
//! ```
//!
//! Rows come without trailing blanks. `look` tells how the cells of a row are drawn that are not
//! plain, by columns; a colour is a number of the palette or `#rrggbb`. `wide` tells which columns
//! hold a character of two, `link` the URI that columns link to. Columns and rows count from 0. `cursor hidden 0,2` is what it says.

use std::fmt::Write as _;

use super::picture::{Look, Picture, Row};

/// Writes a picture.
#[must_use]
pub fn write(picture: &Picture) -> String {
    let mut text = String::new();
    for row in 0..picture.rows.len() {
        text.push('|');
        text.push_str(picture.line(row).trim_end_matches(' '));
        text.push('\n');
    }
    for (number, row) in picture.rows.iter().enumerate() {
        let runs = runs(row);
        if !runs.is_empty() {
            let _ = writeln!(text, "look {number}: {}", runs.join(", "));
        }
    }
    for (number, row) in picture.rows.iter().enumerate() {
        let wide = row.cells.windows(2).enumerate().filter(|(_, pair)| pair[1].is_tail());
        let columns: Vec<_> = wide.map(|(column, _)| column.to_string()).collect();
        if !columns.is_empty() {
            let _ = writeln!(text, "wide {number}: {}", columns.join(" "));
        }
    }
    for (number, row) in picture.rows.iter().enumerate() {
        let mut first = 0;
        for cells in row.cells.chunk_by(|a, b| a.link == b.link) {
            let last = first + cells.len() - 1;
            if !cells[0].link.is_empty() {
                let _ = writeln!(text, "link {number}: {first}-{last} {}", cells[0].link);
            }
            first = last + 1;
        }
    }
    let hidden = if picture.cursor_visible { "" } else { "hidden " };
    let _ = writeln!(text, "cursor {hidden}{},{}", picture.cursor.0, picture.cursor.1);
    if !picture.modes.is_empty() {
        let _ = writeln!(text, "modes {}", picture.modes.join(", "));
    }
    text
}

/// The runs of cells of a row that look alike and not plain.
fn runs(row: &Row) -> Vec<String> {
    let mut runs = Vec::new();
    let mut first = 0;
    for cells in row.cells.chunk_by(|a, b| a.look == b.look) {
        let last = first + cells.len() - 1;
        let look = cells[0].look;
        if look != Look::default() {
            let end = if last > first { format!("-{last}") } else { String::new() };
            runs.push(format!("{first}{end} {look}"));
        }
        first = last + 1;
    }
    runs
}
