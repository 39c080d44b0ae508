//! What captures are worth, in numbers: a line of text each.

use std::fmt::Write as _;
use std::time::Duration;

use super::capture::{Capture, Line, Subject, fingerprint};
use crate::Outcome;
use crate::predict::recording::Recording;
use crate::predict::score::Summary;
use crate::programs::Pair;

/// The numbers of one session, or of several together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Of the recording; 0 for several.
    pub fingerprint: u64,
    /// How much too late a key was typed at worst, in milliseconds.
    pub late: f64,
    /// Keys that count.
    pub keys: usize,
    /// Of these, those that showed at once.
    pub at_once: usize,
    /// Keys with something wrong on the screen, of all.
    pub wrong: usize,
    /// Keys with the cursor at a wrong place, of all.
    pub cursor_wrong: usize,
    /// Keys that leaked a secret.
    pub leaks: usize,
    /// From each key that counts to its effect, in milliseconds and in their order. Keys that never
    /// showed are missing at the end.
    pub waits: Vec<f64>,
}

impl Figures {
    /// The figures of a capture of a recording.
    #[must_use]
    pub fn of(capture: &Capture, recording: &Recording) -> Self {
        let summary = capture.judge(recording).summary();
        Self {
            fingerprint: fingerprint(recording),
            late: tenths(capture.lateness(recording)),
            ..Self::of_summary(&summary)
        }
    }

    fn of_summary(summary: &Summary) -> Self {
        let Summary { keys, at_once, wrong, cursor_wrong, leaks, .. } = *summary;
        let mut waits: Vec<f64> = summary.waits.iter().copied().map(tenths).collect();
        waits.sort_by(f64::total_cmp);
        Self { keys, at_once, wrong, cursor_wrong, leaks, waits, ..Self::default() }
    }

    /// All together.
    #[must_use]
    pub fn sum<'f>(all: impl IntoIterator<Item = &'f Self>) -> Self {
        let mut sum = Self::default();
        for it in all {
            sum.late = sum.late.max(it.late);
            sum.keys += it.keys;
            sum.at_once += it.at_once;
            sum.wrong += it.wrong;
            sum.cursor_wrong += it.cursor_wrong;
            sum.leaks += it.leaks;
            sum.waits.extend_from_slice(&it.waits);
        }
        sum.waits.sort_by(f64::total_cmp);
        sum
    }

    /// The share of keys that showed at once.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.at_once as f64 / self.keys.max(1) as f64
    }

    /// The time that half of the keys did not exceed, in milliseconds; none if they never showed.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        self.waits.get(self.keys.div_ceil(2).max(1) - 1).copied()
    }

    /// The average time of the keys that showed, in milliseconds.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.waits.iter().sum::<f64>() / self.waits.len().max(1) as f64
    }
}

/// Times are kept to a tenth of a millisecond.
fn tenths(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

/// The figures of each session, in the order of recordings, lines and pairs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table(Vec<(Subject, Figures)>);

impl Table {
    /// Puts in the figures of a session, in the place of those before.
    pub fn put(&mut self, subject: Subject, figures: Figures) {
        self.0.retain(|(other, _)| *other != subject);
        self.0.push((subject, figures));
        let place = |(subject, _): &(Subject, Figures)| {
            let pair = Pair::ALL.iter().position(|pair| *pair == subject.pair);
            (subject.line, subject.recording.clone(), pair)
        };
        self.0.sort_by_key(place);
    }

    /// Keeps those of the recordings as they are.
    pub fn retain(&mut self, corpus: &[(String, Recording)]) {
        let prints = corpus.iter().map(|(name, recording)| (&**name, fingerprint(recording)));
        let prints: Vec<_> = prints.collect();
        self.0.retain(|(subject, figures)| {
            prints.contains(&(&*subject.recording, figures.fingerprint))
        });
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &(Subject, Figures)> {
        self.0.iter()
    }

    /// The lines that there are sessions over.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let mut lines: Vec<_> = self.iter().map(|(subject, _)| subject.line).collect();
        lines.dedup();
        lines
    }

    /// A session's.
    #[must_use]
    pub fn find(&self, recording: &str, line: Line, pair: Pair) -> Option<&Figures> {
        let wanted = |it: &Subject| (&*it.recording, it.line, it.pair) == (recording, line, pair);
        self.iter().find(|(subject, _)| wanted(subject)).map(|(_, figures)| figures)
    }

    /// Writes comma-separated values.
    #[must_use]
    pub fn emit(&self) -> String {
        let mut text = String::from(COLUMNS);
        for (Subject { recording, line, pair }, figures) in self.iter() {
            let Line { rtt_ms, loss } = line;
            let Figures { fingerprint, late, keys, at_once, wrong, cursor_wrong, leaks, waits } =
                figures;
            let _ = write!(
                text,
                "{recording},{fingerprint:016x},{rtt_ms},{loss},{pair},{late},{keys},{at_once},{wrong},\
                 {cursor_wrong},{leaks}"
            );
            for wait in waits {
                let _ = write!(text, ",{wait}");
            }
            text.push('\n');
        }
        text
    }

    /// Reads what [`emit`](Self::emit) has written.
    ///
    /// # Errors
    ///
    /// The line that is wrong.
    pub fn parse(text: &str) -> Outcome<Self> {
        let lines = text.lines().skip(1).filter(|line| !line.is_empty());
        let parsed =
            lines.map(|line| parse_line(line).ok_or_else(|| format!("not figures: {line}")));
        Ok(Self(parsed.collect::<Outcome<_>>()?))
    }
}

/// Names of the columns; more `wait`s follow.
const COLUMNS: &str =
    "recording,fingerprint,rtt_ms,loss,ends,late,keys,at_once,wrong,cursor_wrong,leaks,waits\n";

fn parse_line(line: &str) -> Option<(Subject, Figures)> {
    let mut words = line.split(',');
    let recording = words.next()?.to_owned();
    let fingerprint = u64::from_str_radix(words.next()?, 16).ok()?;
    let line = Line { rtt_ms: words.next()?.parse().ok()?, loss: words.next()?.parse().ok()? };
    let pair = words.next()?;
    let pair = Pair::ALL.into_iter().find(|it| it.to_string() == pair)?;
    let late = words.next()?.parse().ok()?;
    let mut number = || words.next()?.parse().ok();
    let (keys, at_once, wrong) = (number()?, number()?, number()?);
    let (cursor_wrong, leaks) = (number()?, number()?);
    let waits = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
    let figures = Figures { fingerprint, late, keys, at_once, wrong, cursor_wrong, leaks, waits };
    Some((Subject { recording, line, pair }, figures))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        let waits = [100, 0, 12].map(Duration::from_millis).to_vec();
        let summary =
            Summary { keys: 4, at_once: 2, never: 1, wrong: 3, cursor_wrong: 5, leaks: 1, waits };
        Figures { fingerprint: 3 << 60, late: 0.7, ..Figures::of_summary(&summary) }
    }

    fn subject(recording: &str, rtt_ms: u32) -> Subject {
        let line = Line { rtt_ms, loss: 0 };
        Subject { recording: recording.into(), line, pair: Pair::ALL[1] }
    }

    #[test]
    fn figures_survive_being_written() {
        let mut table = Table::default();
        table.put(subject("vim", 500), figures());
        table.put(subject("bash", 500), Figures::default());
        table.put(subject("vim", 100), figures());
        table.put(subject("vim", 500), Figures { keys: 9, ..figures() });
        let parsed = Table::parse(&table.emit()).unwrap();
        assert_eq!(parsed, table);
        assert_eq!(parsed.iter().count(), 3);
        let line = Line { rtt_ms: 500, loss: 0 };
        assert_eq!(parsed.find("vim", line, Pair::ALL[1]).unwrap().keys, 9);
        assert!(parsed.find("vim", line, Pair::ALL[0]).is_none());
        assert!(Table::parse("head\nbash,0f,500,0,ours-ours,0,ten").is_err());
    }

    #[test]
    fn figures_of_a_recording_that_was_made_again_go() {
        let recording = |title: &str| Recording {
            title: title.into(),
            command: String::new(),
            size: (80, 24),
            events: Vec::new(),
        };
        let figures = |title| {
            let fingerprint = fingerprint(&recording(title));
            Figures { fingerprint, ..Figures::default() }
        };
        let mut table = Table::default();
        table.put(subject("kept", 100), figures("kept"));
        table.put(subject("made again", 100), figures("before"));
        table.put(subject("gone", 100), figures("kept"));
        table.retain(&[
            ("kept".into(), recording("kept")),
            ("made again".into(), recording("after")),
        ]);
        assert_eq!(table.iter().count(), 1);
        assert_eq!(table.iter().next().unwrap().0.recording, "kept");
    }

    #[test]
    fn keys_that_never_show_are_the_slowest() {
        let mut found = figures();
        assert_eq!((found.median(), found.share()), (Some(12.0), 0.5));
        assert_eq!(found.mean(), 112.0 / 3.0);
        found.keys = 8;
        assert_eq!(found.median(), None);
    }

    #[test]
    fn sums_are_of_all_keys() {
        let sum = Figures::sum([&figures(), &Figures { keys: 2, waits: vec![7.0], ..figures() }]);
        assert_eq!((sum.keys, sum.at_once, sum.wrong, sum.cursor_wrong), (6, 4, 6, 10));
        assert_eq!(sum.waits, [0.0, 7.0, 12.0, 100.0]);
        assert_eq!((sum.median(), sum.late, sum.leaks), (Some(12.0), 0.7, 2));
    }
}
