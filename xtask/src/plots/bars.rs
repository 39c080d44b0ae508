//! A picture of shares: for each recording a bar of ours and one of mosh 1.4's, a column for each
//! line.

use std::fmt::Write as _;

use mosh_tests::predict::real::document::{both, shares};
use mosh_tests::predict::real::figures::Table;

/// Draws which share of the keys showed at once. `ours` and `stock` are colours.
pub(super) fn draw(table: &Table, ours: (u8, u8, u8), stock: (u8, u8, u8)) -> String {
    let columns: Vec<_> = table
        .lines()
        .into_iter()
        .map(|line| (line.to_string(), both(table, line)))
        .filter(|(_, rows)| !rows.is_empty())
        .collect();
    let names: Vec<&str> = columns.first().map_or_else(Vec::new, |(_, rows)| names(rows));
    let height = TOP + ROW * names.len() as u32 + FOOT;
    let width = LEFT + (COLUMN + GAP) * columns.len() as u32;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"11\" \
         fill=\"{GREY}\">\n"
    );
    for (index, name) in names.iter().enumerate() {
        let (x, y) = (LEFT - 8, TOP + ROW * index as u32 + 10);
        let _ = writeln!(text, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{name}</text>");
    }
    for (index, (line, rows)) in columns.iter().enumerate() {
        let left = LEFT + (COLUMN + GAP) * index as u32;
        let _ = writeln!(
            text,
            "<text x=\"{left}\" y=\"16\" font-size=\"13\">round trip {line}: % shown at \
             once</text>"
        );
        for (row, name) in names.iter().enumerate() {
            let Some(pair) = rows.iter().find(|(it, _)| it == name).map(shares) else {
                continue;
            };
            let top = TOP + ROW * row as u32;
            for (top, share, colour) in [(top, pair[0], ours), (top + BAR, pair[1], stock)] {
                let (red, green, blue) = colour;
                let length = share * f64::from(COLUMN);
                let _ = writeln!(
                    text,
                    "<rect x=\"{left}\" y=\"{top}\" width=\"{length:.1}\" height=\"{BAR}\" \
                     fill=\"#{red:02x}{green:02x}{blue:02x}\"/>"
                );
            }
        }
        let y = height - 10;
        for percent in [0, 50, 100] {
            let x = left + COLUMN * percent / 100;
            let bottom = height - FOOT;
            let _ = writeln!(
                text,
                "<path d=\"M{x} {TOP}V{bottom}\" stroke=\"{GREY}\" stroke-opacity=\"0.4\"/>\
                 <text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{percent}</text>"
            );
        }
    }
    for (y, name, (red, green, blue)) in [(12, "this", ours), (28, "mosh 1.4", stock)] {
        let _ = writeln!(
            text,
            "<text x=\"8\" y=\"{y}\" fill=\"#{red:02x}{green:02x}{blue:02x}\">{name}</text>"
        );
    }
    text + "</svg>\n"
}

fn names<'t, T>(rows: &[(&'t str, T)]) -> Vec<&'t str> {
    rows.iter().map(|(name, _)| *name).collect()
}

const LEFT: u32 = 140;
const TOP: u32 = 32;
const FOOT: u32 = 26;
const ROW: u32 = 15;
const BAR: u32 = 6;
/// As wide as all keys are.
const COLUMN: u32 = 260;
const GAP: u32 = 30;
const GREY: &str = "#80858c";
