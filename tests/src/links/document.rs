//! The figures of real programs, beside those of simulated sessions, as tables for people.

use std::fmt::Write as _;

use super::figures::Figures;
use crate::programs::{Family, Pair};
use crate::sim::network::Passed;
use crate::sim::scenario::Scenario;

/// How simulated sessions of our ends are called.
pub const SIMULATED: &str = "ours-simulated";
/// How simulated sessions with mosh 1.4's timing are called.
pub const SIMULATED_STOCK: &str = "stock-simulated";

/// Who is measured: the name of the ends, and how people call them.
pub fn names() -> [(String, &'static str); 7] {
    let [ours, up, down, stock] = Pair::ALL.map(|pair| pair.to_string());
    [
        (ours, "this"),
        (SIMULATED.into(), "this, simulated"),
        (up, "client: this, server: mosh 1.4"),
        (down, "client: mosh 1.4, server: this"),
        (stock, "mosh 1.4"),
        (SIMULATED_STOCK.into(), "mosh 1.4's timing, simulated"),
        ("ssh".into(), "ssh"),
    ]
}

/// The figures of these ends on that link.
pub fn find<'f>(all: &'f [Figures], link: &str, ends: &str) -> Option<&'f Figures> {
    all.iter().find(|it| it.link == link && it.ends == ends)
}

/// Writes the whole document. `picture` names the file that shows a link.
#[must_use]
pub fn document(all: &[Figures], picture: impl Fn(&str) -> String) -> String {
    let mut text = format!("{INTRO}{}", summary(all));
    for scenario in Scenario::measured() {
        let link = scenario.name;
        if all.iter().all(|it| it.link != link || it.ends == SIMULATED) {
            continue;
        }
        let _ = write!(text, "\n## {}\n\n", scenario.about);
        let _ = write!(text, "![{}]({})\n\n", scenario.about, picture(link));
        text += "| programs | keys | median | mean | sd | p95 | p99 | up | down |\n\
                 |---|---:|---:|---:|---:|---:|---:|---:|---:|\n";
        for (ends, name) in names() {
            if let Some(found) = find(all, link, &ends) {
                let _ = writeln!(text, "| {name} | {}", row(found));
            }
        }
        if let Some(note) = note(all, link) {
            let _ = write!(text, "\n{note}\n");
        }
    }
    text
}

/// Medians alone: what is to be compared.
fn summary(all: &[Figures]) -> String {
    let mut text = String::from(
        "| link, median in ms | this | simulated | mosh 1.4 | simulated | ssh |\n\
         |---|---:|---:|---:|---:|---:|\n",
    );
    let own = |family| Pair { client: family, server: family }.to_string();
    let ends = [
        own(Family::Ours),
        SIMULATED.into(),
        own(Family::Stock),
        SIMULATED_STOCK.into(),
        "ssh".into(),
    ];
    for scenario in Scenario::measured() {
        let medians = ends.iter().map(|ends| match find(all, scenario.name, ends) {
            Some(found) if found.broken => "breaks".into(),
            Some(found) => ms(found.quantile(500)),
            None => "–".into(),
        });
        let medians: Vec<_> = medians.collect();
        let _ = writeln!(text, "| {} | {} |", scenario.about, medians.join(" | "));
    }
    text
}

fn row(found: &Figures) -> String {
    let Figures { keys, unanswered, mean, deviation, up, down, .. } = found;
    let keys = match unanswered {
        0 => keys.to_string(),
        _ => format!("{keys}, {unanswered} without effect"),
    };
    let [median, p95, p99] = [500, 950, 990].map(|rank| ms(found.quantile(rank)));
    let [mean, deviation] = match found.quantiles.is_empty() {
        true => ["–".into(), "–".into()],
        false => [mean, deviation].map(|it| format!("{it:.1}")),
    };
    let traffic = |it: &Passed| format!("{} kB in {}", it.bytes / 1000, it.datagrams);
    format!(
        "{keys} | {median} | {mean} | {deviation} | {p95} | {p99} | {} | {} |",
        traffic(up),
        traffic(down)
    )
}

fn ms(time: Option<f64>) -> String {
    time.map_or_else(|| "never".into(), |time| format!("{time:.1}"))
}

fn note(all: &[Figures], link: &str) -> Option<String> {
    let broken = names().into_iter().filter(|(ends, _)| {
        let found = find(all, link, ends);
        found.is_some_and(|it| it.broken)
    });
    let broken: Vec<_> = broken.map(|(_, name)| name).collect();
    (!broken.is_empty()).then(|| format!("The session breaks: {}.", broken.join(", ")))
}

const INTRO: &str = "\
# Key to echo of real programs

The links of [the simulated table](links.md) in real time: two network namespaces, each with a TUN
device, and between them the code that is the simulator's network, with the same seed. Through it
somebody types for 15 minutes at a real client in a pseudo-terminal, the same keys at the same
times as in the simulator, without predictions; behind the server runs the simulator's program as a
process. \"This\" are our programs, \"mosh 1.4\" and \"ssh\" (OpenSSH 9.2, the kernel's TCP) those of
Debian 12.

Times are milliseconds from writing the key into the client's terminal to reading its effect from
there. Sessions begin on a good link, which then becomes the one that is measured. Traffic is all
that was handed to the link from then on, without the first 28 bytes of each packet, the headers of
a UDP datagram. Keys without effect were not answered within a minute of the last key; they count
in the median and the percentiles, not in mean and sd. A simulated link heals after that minute, a
real one does not. An address changes under the eyes of the real client's kernel; of the simulated
changes the client notices half.

What is simulated is our own ends with mosh 1.4's timing, not its way to draw a screen: where pages
are large, the real mosh 1.4 takes longer in proportion to the bytes that it sends, which the tables
show. Ten pastes of 40 kB through a queue of 16 s are few: their simulated median with mosh 1.4's
timing lies anywhere between 6 and 11 s, depending on the seed. On the LAN the wake-ups of five real
processes count, which a simulated one does not need.

All sessions ran at once on two shared processors. `cargo xtask links` measures anew, with
`chrt --fifo 5` before it where the machine has other work; `cargo xtask plots` draws and writes
this file.

";

#[cfg(test)]
mod tests {
    use super::super::measure::Measured;
    use super::*;
    use std::time::Duration;

    #[test]
    fn each_program_has_a_row_and_what_broke_is_said() {
        let run = |ended: Option<&str>| Measured {
            echoes: vec![Duration::from_millis(120)],
            unanswered: ended.map_or(0, |_| 9),
            ended: ended.map(str::to_owned),
            ..Measured::default()
        };
        let all = [
            Figures::of_real("loss29", "ours-ours", &run(None)),
            Figures::of_real("loss29", "ssh", &run(Some("gone"))),
        ];
        let text = document(&all, |link| format!("{link}.svg"));
        let links = Scenario::measured().count();
        assert_eq!(text.matches("\n## ").count(), 1, "{links} links, one measured");
        assert!(text.contains("\n| this | 1 | 120.0 | 120.0 | 0.0 | 120.0 | 120.0 | 0 kB in 0"));
        assert!(text.contains("\n| ssh | 10, 9 without effect | never | 120.0 "));
        assert!(text.contains("(loss29.svg)"));
        assert!(text.contains("The session breaks: ssh."));
        assert!(text.contains("lost each way | 120.0 | – | – | – | breaks |"));
    }
}
