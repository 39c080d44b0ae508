//! The figures of real programs as tables for people, and whether they are good enough.

use std::fmt::Write as _;

use super::capture::{Line, Subject};
use super::figures::{Figures, Table};
use crate::programs::{Family, Pair};

/// Our programs and mosh 1.4's, each among themselves.
const BOTH: [Pair; 2] = [
    Pair { client: Family::Ours, server: Family::Ours },
    Pair { client: Family::Stock, server: Family::Stock },
];

/// How many times mosh 1.4's share of keys we show at once, by the round trip in milliseconds.
const SHARES: [(u32, f64); 2] = [(100, 1.25), (500, 1.4)];
/// How many times as often mosh 1.4 is wrong.
const WRONG: usize = 5;

/// The figures of a recording over some line, ours and mosh 1.4's.
pub type Row<'t> = (&'t str, [&'t Figures; 2]);

/// What must hold, whether it does, and by how much.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What.
    pub what: String,
    /// Whether.
    pub holds: bool,
    /// The figures behind that.
    pub because: String,
}

/// Writes the whole document.
#[must_use]
pub fn document(table: &Table) -> String {
    let mut text = format!("{INTRO}{}", summary(table));
    let late = Figures::sum(table.iter().map(|(_, figures)| figures)).late;
    let _ = write!(text, "\nNo key was typed more than {late:.1} ms late.\n");
    let conditions = conditions(table);
    if !conditions.is_empty() {
        text += "\n## What must hold\n\n| | | |\n|---|---|---|\n";
        for Condition { what, holds, because } in conditions {
            let holds = if holds { "holds" } else { "does not hold" };
            let _ = writeln!(text, "| {what} | {holds} | {because} |");
        }
    }
    for line in table.lines() {
        let rows = both(table, line);
        if !rows.is_empty() {
            let _ = write!(text, "\n## Round trip {line}\n\n{HEAD}");
            for (name, pair) in &rows {
                let _ = writeln!(text, "| {name} {}", cells(pair));
            }
            let sums = sums(&rows);
            let _ = writeln!(text, "| all {}", cells(&[&sums[0], &sums[1]]));
        }
    }
    text
}

/// The recordings that our client and that of mosh 1.4, each with its own server, have shown over a
/// line.
#[must_use]
pub fn both<'t>(table: &'t Table, line: Line) -> Vec<Row<'t>> {
    let ours = table.iter().filter(|(it, _)| it.line == line && it.pair == BOTH[0]);
    let row = |(subject, figures): &'t (Subject, Figures)| {
        Some((&*subject.recording, [figures, table.find(&subject.recording, line, BOTH[1])?]))
    };
    ours.filter_map(row).collect()
}

/// The shares of keys that showed at once, ours and mosh 1.4's.
#[must_use]
pub fn shares((_, pair): &Row<'_>) -> [f64; 2] {
    pair.map(Figures::share)
}

/// The sums of both as a table of a few lines.
#[must_use]
pub fn brief(table: &Table) -> String {
    let mut text = String::from(BRIEF);
    for line in table.lines() {
        let rows = both(table, line);
        if rows.is_empty() {
            continue;
        }
        let sums = sums(&rows);
        let counts = |of: fn(&Figures) -> usize| {
            let [ours, stock] = sums.each_ref().map(of);
            format!("{ours} | {stock}")
        };
        let _ = writeln!(
            text,
            "| {line} | {} | {} | {} | {} | {} |",
            percent(&sums[0]),
            percent(&sums[1]),
            counts(|it| it.wrong),
            counts(|it| it.cursor_wrong),
            counts(|it| it.leaks)
        );
    }
    text
}

fn sums(rows: &[Row<'_>]) -> [Figures; 2] {
    [0, 1].map(|side| Figures::sum(rows.iter().map(|(_, both)| both[side])))
}

/// Everybody's sums over each line.
fn summary(table: &Table) -> String {
    let mut text = String::from(
        "| client, server | round trip | recordings | keys | at once | wrong | cursor wrong | \
         secrets | median | mean |\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for line in table.lines() {
        for pair in Pair::ALL {
            let all = table.iter().filter(|(it, _)| it.line == line && it.pair == pair);
            let all: Vec<_> = all.map(|(_, figures)| figures).collect();
            if all.is_empty() {
                continue;
            }
            let sum = Figures::sum(all.iter().copied());
            let Figures { keys, wrong, cursor_wrong, leaks, .. } = sum;
            let (client, server) = (name(pair.client), name(pair.server));
            let _ = writeln!(
                text,
                "| {client}, {server} | {line} | {} | {keys} | {} | {wrong} | {cursor_wrong} | \
                 {leaks} | {} | {:.1} |",
                all.len(),
                percent(&sum),
                median(&sum),
                sum.mean()
            );
        }
    }
    text
}

fn name(family: Family) -> &'static str {
    match family {
        Family::Ours => "this",
        Family::Stock => "mosh 1.4",
    }
}

/// What must hold of our programs beside mosh 1.4's.
#[must_use]
pub fn conditions(table: &Table) -> Vec<Condition> {
    let mut found = Vec::new();
    for line in table.lines() {
        let rows = both(table, line);
        if rows.is_empty() {
            continue;
        }
        let [ours, stock] = sums(&rows);
        let mut add = |what: &str, holds, because| {
            found.push(Condition { what: format!("{line}: {what}"), holds, because });
        };
        let wanted = SHARES.iter().find(|(rtt_ms, _)| *rtt_ms == line.rtt_ms && line.loss == 0);
        if let Some((_, wanted)) = wanted {
            let ratio = ours.share() / stock.share();
            let because =
                format!("{} against {}, {ratio:.2} times", percent(&ours), percent(&stock));
            add(&format!("shows {wanted} times as many keys at once"), ratio >= *wanted, because);
        }
        let both = |of: fn(&Figures) -> usize| format!("{} against {}", of(&ours), of(&stock));
        let seldom = ours.wrong * WRONG <= stock.wrong;
        add("wrong at most a fifth as often", seldom, both(|it| it.wrong));
        let no_fewer = |[ours, stock]: &[&Figures; 2]| ours.share() >= stock.share();
        let (holds, because) = everywhere(&rows, no_fewer);
        add("shows no fewer keys at once, on every program", holds, because);
        let (holds, because) = everywhere(&rows, |[ours, stock]| ours.wrong <= stock.wrong);
        add("wrong no more often, on every program", holds, because);
        let seldom = ours.cursor_wrong <= stock.cursor_wrong;
        add("cursor wrong no more often", seldom, both(|it| it.cursor_wrong));
        add("shows no secret", ours.leaks == 0, both(|it| it.leaks));
    }
    found
}

/// Whether something holds for every recording, and which ones it does not hold for.
fn everywhere(rows: &[Row<'_>], holds: impl Fn(&[&Figures; 2]) -> bool) -> (bool, String) {
    let not: Vec<_> = rows.iter().filter(|(_, pair)| !holds(pair)).map(|(name, _)| *name).collect();
    match not.is_empty() {
        true => (true, format!("all {}", rows.len())),
        false => (false, format!("not {}", not.join(", "))),
    }
}

fn cells([ours, stock]: &[&Figures; 2]) -> String {
    let ratio = match stock.at_once {
        0 => "–".into(),
        _ => format!("{:.2}", ours.share() / stock.share()),
    };
    format!(
        "| {} | {} | {} | {ratio} | {} | {} | {} | {} | {} | {} | {} | {} | {:.1} | {:.1} |",
        ours.keys,
        percent(ours),
        percent(stock),
        ours.wrong,
        stock.wrong,
        ours.cursor_wrong,
        stock.cursor_wrong,
        ours.leaks,
        stock.leaks,
        median(ours),
        median(stock),
        ours.mean(),
        stock.mean()
    )
}

fn percent(figures: &Figures) -> String {
    format!("{:.1} %", figures.share() * 100.0)
}

fn median(figures: &Figures) -> String {
    figures.median().map_or_else(|| "never".into(), |ms| format!("{ms:.1}"))
}

const HEAD: &str = "\
| recording | keys | at once | mosh 1.4 | ratio | wrong | mosh 1.4 | cursor wrong | mosh 1.4 \
| secrets | mosh 1.4 | median | mosh 1.4 | mean | mosh 1.4 |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
";

/// The head of [`brief`].
pub const BRIEF: &str = "\
| round trip | shown at once | mosh 1.4 | wrong | mosh 1.4 | cursor wrong | mosh 1.4 | secrets \
| mosh 1.4 |
|---|---:|---:|---:|---:|---:|---:|---:|---:|
";

const INTRO: &str = "\
# Local echo of real programs

The recordings of `tests/corpus` in real time, through our programs (\"this\") and those of mosh 1.4
(Debian 12), with the predictions that each makes by itself. Somebody types the recorded keys at
their recorded times at a client in a pseudo-terminal, waiting for no echo; behind the server a
program answers as the recorded one did; between them a relay holds every datagram for half a round
trip. What the client wrote to its terminal is judged by the program that judges simulated sessions
too: keys that show within 20 ms are shown at once; a key is wrong if before the next one the screen
has a character somewhere that the program had not put there lately; so is its cursor if it stands
where the program's did not. mosh 1.4's server knows no alternate screen: what it leaves there of a
program that has ended is held against nobody, as the screens of sessions with it are compared with
the recording without that screen. Keys of a secret, which the program did not show, do not count; one of
them that shows is a mistake of its own.

Times are milliseconds from writing a key into the client's terminal to reading its effect from
there; keys that never showed count in the median, not in the mean. `cargo xtask predict --real`
measures anew, with `chrt --fifo 5` before it where the machine has other work.

";

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a hundred keys, so many at once, wrong, with a wrong cursor and leaking.
    fn figures([at_once, wrong, cursor_wrong, leaks]: [usize; 4]) -> Figures {
        let waits = vec![10.0; 100];
        let keys = 100;
        Figures {
            late: 0.5,
            keys,
            at_once,
            wrong,
            cursor_wrong,
            leaks,
            waits,
            ..Figures::default()
        }
    }

    fn table(rtt_ms: u32, recordings: &[(&str, [usize; 4], [usize; 4])]) -> Table {
        let mut table = Table::default();
        for (name, ours, stock) in recordings {
            for (pair, numbers) in BOTH.into_iter().zip([*ours, *stock]) {
                let line = Line { rtt_ms, loss: 0 };
                table.put(Subject { recording: (*name).into(), line, pair }, figures(numbers));
            }
        }
        table
    }

    fn broken(table: &Table) -> Vec<String> {
        let conditions = conditions(table);
        assert_eq!(conditions.len(), 6, "{conditions:?}");
        let broken = conditions.into_iter().filter(|it| !it.holds);
        broken.map(|it| format!("{}: {}", it.what, it.because)).collect()
    }

    #[test]
    fn each_condition_can_hold_and_break() {
        let good = ("vim", [75, 2, 9, 0], [60, 10, 9, 3]);
        assert_eq!(broken(&table(100, &[good])), [""; 0]);
        let cases = [
            (
                ("vim", [74, 2, 9, 0], good.2),
                "100 ms: shows 1.25 times as many keys at once: 74.0 % against 60.0 %, 1.23 times",
            ),
            (
                ("vim", [75, 3, 9, 0], good.2),
                "100 ms: wrong at most a fifth as often: 3 against 10",
            ),
            (("vim", [75, 2, 10, 0], good.2), "100 ms: cursor wrong no more often: 10 against 9"),
            (("vim", [75, 2, 9, 1], good.2), "100 ms: shows no secret: 1 against 3"),
        ];
        for (case, expected) in cases {
            assert_eq!(broken(&table(100, &[case])), [expected]);
        }
        assert_eq!(
            broken(&table(500, &[good])),
            ["500 ms: shows 1.4 times as many keys at once: 75.0 % against 60.0 %, 1.25 times"]
        );
        let (many, few) = (("mc", [90, 0, 0, 0], [40, 20, 9, 0]), [50, 1, 0, 0]);
        assert_eq!(
            broken(&table(100, &[many, ("less", few, [51, 0, 0, 0])])),
            [
                "100 ms: shows no fewer keys at once, on every program: not less",
                "100 ms: wrong no more often, on every program: not less"
            ]
        );
    }

    #[test]
    fn the_document_has_a_row_for_each_recording_and_for_all() {
        let numbers = ([75, 2, 9, 0], [60, 10, 9, 3]);
        let mut table = table(500, &[("vim", numbers.0, numbers.1), ("mc", numbers.0, numbers.1)]);
        let line = Line { rtt_ms: 500, loss: 0 };
        let alone = Subject { recording: "top".into(), line, pair: Pair::ALL[1] };
        table.put(alone, figures([1, 0, 0, 0]));
        let text = document(&table);
        let row = "| 75.0 % | 60.0 % | 1.25 | 2 | 10 | 9 | 9 | 0 | 3 | 10.0 | 10.0 | 10.0 | 10.0 |";
        assert!(text.contains(&format!("\n| mc | 100 {row}\n| vim | 100 {row}\n")), "{text}");
        assert!(text.contains("\n| all | 200 | 75.0 % | 60.0 % | 1.25 | 4 | 20 |"), "{text}");
        assert!(text.contains("\n| this, mosh 1.4 | 500 ms | 1 | 100 | 1.0 % |"), "{text}");
        assert!(text.contains(" times as many keys at once | does not hold | 75.0 % against"));
        assert!(text.contains("more than 0.5 ms late"));
    }
}
