//! What runs have shown, in few numbers: a line of text a run.

use std::fmt::Write as _;
use std::time::Duration;

use super::measure::Measured;
use crate::Outcome;
use crate::sim::network::Passed;

/// The figures of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// The name of the scenario.
    pub link: String,
    /// Which programs, real or simulated.
    pub ends: String,
    /// Keys typed.
    pub keys: usize,
    /// Keys whose effect was never seen.
    pub unanswered: usize,
    /// The session broke before the user had finished.
    pub broken: bool,
    /// Of the keys whose effect was seen, in milliseconds.
    pub mean: f64,
    /// The standard deviation, as `mean`.
    pub deviation: f64,
    /// Handed to the link toward the server.
    pub up: Passed,
    /// Handed to the link toward the client.
    pub down: Passed,
    /// The times, of all keys, that so many of a thousand keys (the ranks kept) do not exceed, in
    /// milliseconds. Without the end of the list, where keys had no effect at all.
    pub quantiles: Vec<f64>,
}

/// The quantiles that are kept, in thousandths.
pub fn ranks() -> impl Iterator<Item = usize> {
    (0..100).map(|percent| percent * 10).chain([995, 1000])
}

impl Figures {
    /// The figures of a real run.
    #[must_use]
    pub fn of_real(link: &str, ends: &str, run: &Measured) -> Self {
        let figures = Self::of(link, ends, &run.echoes, run.unanswered);
        Self { broken: run.ended.is_some(), up: run.up, down: run.down, ..figures }
    }

    /// The figures of a simulated run.
    #[must_use]
    pub fn of_simulated(link: &str, ends: &str, run: &crate::sim::world::Report) -> Self {
        let figures = Self::of(link, ends, &run.echoes, 0);
        Self { up: run.up, down: run.down, ..figures }
    }

    fn of(link: &str, ends: &str, echoes: &[Duration], unanswered: usize) -> Self {
        let ms = |it: &Duration| it.as_secs_f64() * 1000.0;
        let mut sorted: Vec<f64> = echoes.iter().map(ms).collect();
        sorted.sort_by(f64::total_cmp);
        let keys = sorted.len() + unanswered;
        // The nearest rank.
        let rank = |thousandths: usize| (keys * thousandths).div_ceil(1000).max(1) - 1;
        let quantiles = ranks().map_while(|it| sorted.get(rank(it)).copied()).map(tenths).collect();
        let count = sorted.len().max(1) as f64;
        let mean = sorted.iter().sum::<f64>() / count;
        let squares = sorted.iter().map(|it| (it - mean).powi(2)).sum::<f64>();
        Self {
            link: link.to_owned(),
            ends: ends.to_owned(),
            keys,
            unanswered,
            broken: false,
            mean: tenths(mean),
            deviation: tenths((squares / count).sqrt()),
            up: Passed::default(),
            down: Passed::default(),
            quantiles,
        }
    }

    /// The time that so many of a thousand keys do not exceed; none if so many had no effect.
    #[must_use]
    pub fn quantile(&self, thousandths: usize) -> Option<f64> {
        let index = ranks().position(|it| it == thousandths)?;
        self.quantiles.get(index).copied()
    }
}

/// Times are kept to a tenth of a millisecond.
fn tenths(ms: f64) -> f64 {
    (ms * 10.0).round() / 10.0
}

/// Names of the columns before the quantiles.
const COLUMNS: &str =
    "link,ends,keys,unanswered,broken,mean,sd,up_bytes,up_datagrams,down_bytes,down_datagrams";

/// Writes figures as comma-separated values.
#[must_use]
pub fn emit(all: &[Figures]) -> String {
    let mut text = String::from(COLUMNS);
    for rank in ranks() {
        let _ = write!(text, ",p{}", rank as f64 / 10.0);
    }
    for it in all {
        let Figures { link, ends, keys, unanswered, broken, mean, deviation, up, down, .. } = it;
        let broken = u8::from(*broken);
        let (up, down) = (
            format!("{},{}", up.bytes, up.datagrams),
            format!("{},{}", down.bytes, down.datagrams),
        );
        let _ = write!(
            text,
            "\n{link},{ends},{keys},{unanswered},{broken},{mean},{deviation},{up},{down}"
        );
        for quantile in &it.quantiles {
            let _ = write!(text, ",{quantile}");
        }
    }
    text.push('\n');
    text
}

/// Reads what [`emit`] has written.
///
/// # Errors
///
/// The line that is wrong.
pub fn parse(text: &str) -> Outcome<Vec<Figures>> {
    let lines = text.lines().skip(1).filter(|line| !line.is_empty());
    lines.map(|line| parse_line(line).ok_or_else(|| format!("not figures: {line}"))).collect()
}

fn parse_line(line: &str) -> Option<Figures> {
    let mut words = line.split(',');
    let (link, ends) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut number = || words.next()?.parse::<f64>().ok();
    let (keys, unanswered) = (number()? as usize, number()? as usize);
    let (broken, mean, deviation) = (number()? != 0.0, number()?, number()?);
    let mut passed = || {
        let (bytes, datagrams) = (number()? as u64, number()? as u64);
        Some(Passed { bytes, datagrams, lost: 0 })
    };
    let (up, down) = (passed()?, passed()?);
    let quantiles = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
    Some(Figures { link, ends, keys, unanswered, broken, mean, deviation, up, down, quantiles })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_survive_being_written() {
        let echoes: Vec<_> = (1..=90).rev().map(Duration::from_millis).collect();
        let passed = |bytes| Passed { bytes, datagrams: bytes / 100, lost: 0 };
        let (up, down) = (passed(1000), passed(2000));
        let run = Measured { echoes, unanswered: 10, up, down, ended: None };
        let found = Figures::of_real("loss29", "ssh", &run);
        assert_eq!((found.quantile(500), found.quantile(900)), (Some(50.0), Some(90.0)));
        assert_eq!(found.quantile(910), None, "these keys had no effect");
        assert_eq!((found.mean, found.deviation), (45.5, 26.0));
        assert_eq!(parse(&emit(std::slice::from_ref(&found))).unwrap(), [found]);
        assert!(parse("head\nloss29,ssh,ten").is_err());
    }
}
