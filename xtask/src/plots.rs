//! `cargo xtask plots`: how long keys take on each link, and which show at once, as
//! pictures and tables.

mod bars;
mod draw;

use std::fs;
use std::path::Path;

use mosh_tests::links::document::{self, SIMULATED, SIMULATED_STOCK};
use mosh_tests::links::figures::{self, Figures};
use mosh_tests::predict::real::document::{BRIEF, brief};
use mosh_tests::predict::real::figures::Table;
use mosh_tests::sim::scenario::Scenario;
use mosh_tests::sim::table::{self, Timing};

use crate::links::FIGURES;
use crate::run::{Arguments, Outcome, cargo, run as run_command};
use draw::{Curve, Style, draw};

const PREDICT: &str = "tests/snapshots/real-predict.csv";
const README: &str = "README.md";
const DOCUMENT: &str = "tests/snapshots/real-links.md";
/// Says that this is the optimised build already.
const OPTIMISED: &str = "--optimised";

pub(crate) fn run(rest: &[String]) -> Outcome {
    let found = Arguments::parse(rest, &["--check", OPTIMISED], &[])?.expect_no_words()?;
    if !found.has(OPTIMISED) {
        let mut command = cargo(["run", "--quiet", "--profile", "sim", "--package", "xtask", "--"]);
        command.args(["plots", OPTIMISED]).args(rest);
        return run_command(command);
    }
    let text = fs::read_to_string(FIGURES).map_err(|error| format!("{FIGURES}: {error}"))?;
    let mut all = figures::parse(&text)?;
    all.extend(simulate()?);
    let keep = if found.has("--check") { check } else { write };
    for scenario in Scenario::measured() {
        keep(&format!("tests/{}", picture(scenario.name)), &picture_of(&all, scenario)?)?;
    }
    keep(DOCUMENT, &document::document(&all, |link| format!("../{}", picture(link))))?;
    let text = fs::read_to_string(PREDICT).map_err(|error| format!("{PREDICT}: {error}"))?;
    let table = Table::parse(&text)?;
    keep("tests/picture/predict.svg", &bars::draw(&table, GREEN, ORANGE))?;
    keep(README, &with_table(&brief(&table))?)
}

/// The README with the table of local echo in place of the one that it has.
fn with_table(table: &str) -> Outcome<String> {
    let text = fs::read_to_string(README).map_err(|error| format!("{README}: {error}"))?;
    let start = text.find(BRIEF).ok_or("the README has no table of local echo")?;
    let end = text[start..].find("\n\n").map_or(text.len(), |len| start + len + 1);
    Ok(format!("{}{table}{}", &text[..start], &text[end..]))
}

/// The picture of a link, as seen from the folder of the tests.
fn picture(link: &str) -> String {
    format!("picture/link-{link}.svg")
}

fn simulate() -> Outcome<Vec<Figures>> {
    let rows = table::measure_all()?;
    let figures = rows.iter().map(|row| {
        let scenario = Scenario::measured().find(|it| it.about == row.about);
        let scenario = scenario.ok_or("a row of no scenario")?;
        let ends = match row.timing {
            Timing::Prompt => SIMULATED,
            Timing::Stock => SIMULATED_STOCK,
        };
        Ok(Figures::of_simulated(scenario.name, ends, &row.report))
    });
    figures.collect()
}

fn picture_of(all: &[Figures], scenario: &Scenario) -> Outcome<String> {
    let curves = CURVES.iter().filter_map(|&(ends, name, style)| {
        let figures = document::find(all, scenario.name, ends)?;
        Some(Curve { name, style, figures })
    });
    draw(scenario.about, &curves.collect::<Vec<_>>())
}

/// What is drawn: the ends, their name in the picture, and how. Colours are of middle brightness,
/// for white pages and dark ones.
const CURVES: &[(&str, &str, Style)] = &[
    (SIMULATED, "", Style { colour: GREEN, width: 2 }),
    (SIMULATED_STOCK, "", Style { colour: ORANGE, width: 2 }),
    ("ssh", "ssh", Style { colour: VIOLET, width: 6 }),
    ("stock-stock", "mosh 1.4", Style { colour: ORANGE, width: 6 }),
    ("ours-ours", "this", Style { colour: GREEN, width: 6 }),
];
const GREEN: (u8, u8, u8) = (0x2b, 0x9a, 0x48);
const ORANGE: (u8, u8, u8) = (0xe0, 0x6c, 0x10);
const VIOLET: (u8, u8, u8) = (0x8f, 0x6b, 0xd8);

fn write(path: &str, content: &str) -> Outcome {
    let folder = Path::new(path).parent().ok_or("no folder")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, content))
        .map_err(|error| format!("{path}: {error}"))?;
    println!("written: {path}");
    Ok(())
}

fn check(path: &str, content: &str) -> Outcome {
    let kept = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    if kept == content {
        return Ok(());
    }
    Err(format!("{path} is not what it was; if that is meant: cargo xtask plots"))
}
