//! The table of links: how long a key takes to show on each, and what that costs.

use std::fmt::Write as _;
use std::time::Duration;

use mosh_core::predict::Display;
pub use mosh_core::transport::Timing;
use mosh_core::wire::mosh::Offer;

use super::recovery::{self, Recovery, Trouble};
use super::run::run_plan;
use super::scenario::{Plan, Scenario};
use super::trace::Tracing;
use super::world::Report;
use crate::predict::score::AT_ONCE;

/// The seed of all measured runs.
const SEED: u64 = 1;

/// One measured link.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is.
    pub about: &'static str,
    /// When both ends sent.
    pub timing: Timing,
    /// What a run on it has shown.
    pub report: Report,
}

/// Measures a link.
///
/// # Errors
///
/// The rule that was broken.
pub fn measure(scenario: &Scenario, timing: Timing) -> Result<Row, String> {
    let plan = Plan { timing, offers: offers(timing), ..scenario.plan(SEED) };
    let report = run_plan(plan, None, Tracing::Off).map_err(|failure| {
        format!("{} at {:?}: {}", scenario.name, failure.at, failure.violation)
    })?;
    Ok(Row { about: scenario.about, timing, report })
}

/// Measures all links, by turns on all processors.
///
/// # Errors
///
/// The first rule that was broken.
///
/// # Panics
///
/// If a run does.
pub fn measure_all() -> Result<Vec<Row>, String> {
    std::thread::scope(|scope| {
        let runs: Vec<_> = Scenario::measured()
            .flat_map(|it| [(it, Timing::Stock), (it, Timing::Prompt)])
            .map(|(it, timing)| scope.spawn(move || measure(it, timing)))
            .collect();
        runs.into_iter().map(|run| run.join().expect("a run does not panic")).collect()
    })
}

/// Measures how sessions recover, by turns on all processors, and writes the table in Markdown.
///
/// # Errors
///
/// The first rule that was broken.
///
/// # Panics
///
/// If a run does.
pub fn recoveries() -> Result<String, String> {
    let mut text = String::from(
        "\n# Recovery\n\n\
         A link with a round trip of 100 ms, a user who types and a program that prints all the\n\
         time, 25 sessions a row: from the end of the trouble until both ends agree about\n\
         everything, and from the first packet that could pass. Times in milliseconds.\n\n\
         | trouble | timing | median | 95 % | from the first packet: median | worst |\n\
         |---|---|---:|---:|---:|---:|\n",
    );
    let rows = std::thread::scope(|scope| {
        let runs: Vec<_> = Trouble::all()
            .into_iter()
            .flat_map(|it| [(it, Timing::Stock), (it, Timing::Prompt)])
            .map(|((trouble, name), timing)| {
                let run = scope.spawn(move || recovery::measure(trouble, timing));
                (name, timing, run)
            })
            .collect();
        let ended = runs.into_iter().map(|(name, timing, run)| {
            let found = run.join().expect("a run does not panic")?;
            Ok((name, timing, found))
        });
        ended.collect::<Result<Vec<_>, String>>()
    })?;
    for (name, timing, Recovery { whole, from_packet, worst }) in rows {
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} |",
            timing_name(timing),
            ms(whole.median),
            ms(whole.p95),
            ms(from_packet.median),
            ms(worst),
        );
    }
    Ok(text)
}

/// Ends that speak when mosh 1.4 does also say no more.
pub(super) fn offers(timing: Timing) -> [Option<Offer>; 2] {
    [(timing == Timing::Prompt).then_some(Offer::OURS); 2]
}

fn timing_name(timing: Timing) -> &'static str {
    match timing {
        Timing::Stock => "mosh 1.4",
        Timing::Prompt => "ours",
    }
}

/// Milliseconds with one digit after the point.
fn ms(it: Duration) -> String {
    format!("{}.{}", it.as_micros() / 1000, it.as_micros() / 100 % 10)
}

/// The whole snapshot.
#[must_use]
pub fn document(rows: &[Row], predictions: &str, recoveries: &str) -> String {
    let intro = "# Key to echo on simulated links\n\n\
        Somebody types for 15 minutes at a shell that echoes, without predictions; times in\n\
        milliseconds from the key to its effect on the client's screen, UDP payload of the whole\n\
        session. Each link once with the timing of mosh 1.4 at both ends, and once with ours.\n\
        `cargo xtask sim --table` writes this file, and a test compares it: every digit follows\n\
        from one seed.\n\n";
    format!("{intro}{}{predictions}{recoveries}", markdown(rows))
}

/// Statistics of durations.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    /// How many there are.
    pub count: usize,
    /// The middle one.
    pub median: Duration,
    /// The average.
    pub mean: Duration,
    /// The standard deviation.
    pub deviation: Duration,
    /// Exceeded by 5 of a hundred.
    pub p95: Duration,
    /// Exceeded by 1 of a hundred.
    pub p99: Duration,
}

impl Statistics {
    /// Computes them, in integers: the same on every machine.
    #[must_use]
    pub fn of(samples: &[Duration]) -> Self {
        let mut sorted: Vec<u64> = samples.iter().map(|it| it.as_micros() as u64).collect();
        sorted.sort_unstable();
        let count = sorted.len();
        if count == 0 {
            return Self::default();
        }
        // The nearest rank.
        let rank = |percent: usize| sorted[(count * percent).div_ceil(100).max(1) - 1];
        let mean = sorted.iter().sum::<u64>() / count as u64;
        let squares: u128 = sorted.iter().map(|&it| u128::from(it.abs_diff(mean)).pow(2)).sum();
        let deviation = (squares / count as u128).isqrt() as u64;
        let us = Duration::from_micros;
        Self {
            count,
            median: us(rank(50)),
            mean: us(mean),
            deviation: us(deviation),
            p95: us(rank(95)),
            p99: us(rank(99)),
        }
    }
}

/// Measures when keys show on the user's terminal without and with predictions, on links that are
/// slow for each of the usual reasons, and writes the table in Markdown.
///
/// # Errors
///
/// The first rule that was broken.
///
/// # Panics
///
/// If a run does.
pub fn predictions() -> Result<String, String> {
    let mut text = String::from(
        "\n# Key to display\n\n\
         The same with our timing, until the key's effect stands on the user's terminal with the\n\
         cursor behind it, without predictions and with those that are shown on slow links. At\n\
         once is within 20 ms.\n\n\
         | link | predictions | keys | at once | median | mean | sd | p95 | p99 |\n\
         |---|---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    let measure = |name, display| {
        let scenario = Scenario::find(name).expect("it is one of those measured");
        let plan = Plan { display, watched: true, ..scenario.plan(SEED) };
        let report = run_plan(plan, None, Tracing::Off)
            .map_err(|failure| format!("{name} at {:?}: {}", failure.at, failure.violation))?;
        Ok((scenario.about, display, report.shown))
    };
    let runs: Vec<Result<_, String>> = std::thread::scope(|scope| {
        let runs: Vec<_> = ["evdo", "lte", "ocean", "loss29"]
            .into_iter()
            .flat_map(|name| [(name, Display::Never), (name, Display::Adaptive)])
            .map(|(name, display)| scope.spawn(move || measure(name, display)))
            .collect();
        runs.into_iter().map(|run| run.join().expect("a run does not panic")).collect()
    });
    for run in runs {
        let (about, display, shown) = run?;
        let predictions = if display == Display::Never { "off" } else { "on" };
        let Statistics { count, median, mean, deviation, p95, p99 } = Statistics::of(&shown);
        let at_once = shown.iter().filter(|&&it| it <= AT_ONCE).count() * 1000 / count.max(1);
        let times = [median, mean, deviation, p95, p99].map(ms).join(" | ");
        let (whole, tenths) = (at_once / 10, at_once % 10);
        let _ =
            writeln!(text, "| {about} | {predictions} | {count} | {whole}.{tenths} % | {times} |");
    }
    Ok(text)
}

/// Writes the table in Markdown.
#[must_use]
pub fn markdown(rows: &[Row]) -> String {
    let mut text = String::from(
        "| link | timing | keys | median | mean | sd | p95 | p99 | up | down |\n\
         |---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for Row { about, timing, report } in rows {
        let timing = timing_name(*timing);
        let Statistics { count, median, mean, deviation, p95, p99 } =
            Statistics::of(&report.echoes);
        let traffic =
            |it: super::network::Passed| format!("{} kB in {}", it.bytes / 1000, it.datagrams);
        let _ = writeln!(
            text,
            "| {about} | {timing} | {count} | {} | {} | {} | {} | {} | {} | {} |",
            ms(median),
            ms(mean),
            ms(deviation),
            ms(p95),
            ms(p99),
            traffic(report.up),
            traffic(report.down),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_a_row_of_numbers() {
        let samples: Vec<_> = (1..=100).rev().map(Duration::from_micros).collect();
        let found = Statistics::of(&samples);
        let us = Duration::from_micros;
        assert_eq!((found.median, found.p95, found.p99), (us(50), us(95), us(99)));
        assert_eq!((found.mean, found.deviation), (us(50), us(28)));
        assert_eq!(Statistics::of(&[]), Statistics::default());
    }
}
