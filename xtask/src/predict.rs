//! `cargo xtask predict`: local echo over the recorded sessions, on simulated links or, with
//! `--real`, in real programs.

mod real;

use std::fs;
use std::path::Path;
use std::time::Duration;

use mosh_core::predict::Display;
use mosh_tests::predict::score::{Listing, Summary};
use mosh_tests::predict::simulated::Link;
use mosh_tests::predict::simulated::table::{self, Corpus, Row};

use crate::run::{Arguments, Outcome, cargo, run as run_command};

pub(crate) use real::{PROGRAM, run_program};

const CORPUS: &str = "tests/corpus";
const SNAPSHOT: &str = "tests/snapshots/predict.md";

/// Says that this is the optimised build already.
const OPTIMISED: &str = "--optimised";

pub(crate) fn run(rest: &[String]) -> Outcome {
    if rest.iter().any(|word| word == "--real") {
        return real::run(rest);
    }
    let flags = ["--detail", "--all", "--table", OPTIMISED];
    let valued = ["--recording", "--rtt", "--loss", "--display", "--around"];
    let found = Arguments::parse(rest, &flags, &valued)?.expect_no_words()?;
    if !found.has(OPTIMISED) {
        let mut command = cargo(["run", "--quiet", "--profile", "sim", "--package", "xtask", "--"]);
        command.args(["predict", OPTIMISED]).args(rest);
        return run_command(command);
    }
    let corpus = table::load(Path::new(CORPUS))?;
    if found.has("--table") {
        let rows = table::measure(&corpus, &table::links(), Display::Adaptive, None)?;
        let text = table::document(&rows);
        println!("{text}");
        return fs::write(SNAPSHOT, text).map_err(|error| format!("{SNAPSHOT}: {error}"));
    }
    let listing = found.has("--detail").then_some(Listing {
        all: found.has("--all"),
        around: found.value("--around").map(|_| found.number("--around", 0)).transpose()?,
    });
    let display = found.value("--display").unwrap_or("adaptive");
    let display = display.parse().map_err(|error| format!("--display {display}: {error}"))?;
    let corpus = named(corpus, found.value("--recording"))?;
    print(&table::measure(&corpus, &links(&found)?, display, listing)?);
    Ok(())
}

/// The recordings whose names contain one of the words, which commas separate.
fn named(corpus: Corpus, words: Option<&str>) -> Outcome<Corpus> {
    let Some(words) = words else { return Ok(corpus) };
    let names: Vec<_> = corpus.iter().map(|(name, _)| name.clone()).collect();
    let is_wanted = |name: &str| words.split(',').any(|word| name.contains(word));
    let corpus: Corpus = corpus.into_iter().filter(|(name, _)| is_wanted(name)).collect();
    if corpus.is_empty() {
        return Err(format!("{words}: no such recording; there are {}", names.join(", ")));
    }
    Ok(corpus)
}

/// The links of the table, or those with the given round trip and loss.
fn links(found: &Arguments) -> Outcome<Vec<Link>> {
    let round_trips = match found.value("--rtt") {
        Some(_) => vec![Duration::from_millis(found.number("--rtt", 0)?)],
        None => table::links().iter().map(|link| link.round_trip).collect(),
    };
    let losses = match found.value("--loss") {
        Some(_) => vec![found.number("--loss", 0)?],
        None if found.value("--rtt").is_some() => vec![0],
        None => table::links().iter().map(|link| link.loss).collect(),
    };
    let mut links = Vec::new();
    for loss in losses {
        for &round_trip in &round_trips {
            let link = Link { round_trip, loss };
            if !links.contains(&link) {
                links.push(link);
            }
        }
    }
    Ok(links)
}

fn print(rows: &[Row]) {
    for group in rows.chunk_by(|a, b| a.link == b.link) {
        for row in group.iter().filter(|row| !row.listing.is_empty()) {
            println!("{}, {}:\n{}", row.name, table::about(row.link), row.listing);
        }
        println!("{}:\n", table::about(group[0].link));
        print!("{}", table::header("recording"));
        let mut sum = Summary::default();
        for row in group {
            print!("{}", table::line(&row.name, &row.summary));
            sum.add(&row.summary);
        }
        println!("{}", table::line("all", &sum));
    }
}
