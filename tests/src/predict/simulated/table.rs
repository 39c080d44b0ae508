//! The table of recordings: how well our client echoes each, on which link.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mosh_core::predict::Display;

use super::{Link, Seen, play};
use crate::Outcome;
use crate::predict::recording::Recording;
use crate::predict::score::{Listing, Summary};

/// Recordings with their names.
pub type Corpus = Vec<(String, Recording)>;

/// Reads all recordings of a folder, in the order of their names.
///
/// # Errors
///
/// If one cannot be read, or there is none.
pub fn load(folder: &Path) -> Outcome<Corpus> {
    let complain = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut corpus = Corpus::new();
    for entry in std::fs::read_dir(folder).map_err(complain)? {
        let path = entry.map_err(complain)?.path();
        if path.extension().is_some_and(|extension| extension == "cast") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            corpus.push((name, Recording::load(&path)?));
        }
    }
    if corpus.is_empty() {
        return Err(format!("{}: no recordings", folder.display()));
    }
    corpus.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(corpus)
}

/// The links of the table: every round trip with every share of losses.
#[must_use]
pub fn links() -> Vec<Link> {
    let of_loss = |loss| {
        [50, 100, 250, 500, 1000].map(|ms| Link { round_trip: Duration::from_millis(ms), loss })
    };
    [0, 5, 20].map(of_loss).concat()
}

/// A recording on a link.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which link.
    pub link: Link,
    /// Which recording.
    pub name: String,
    /// What came of it.
    pub summary: Summary,
    /// Key by key, if that was wanted.
    pub listing: String,
}

/// Plays all recordings on all links, on all processors. The rows come by links, then recordings.
///
/// # Errors
///
/// The first session that did not come to its end.
///
/// # Panics
///
/// If a session does.
pub fn measure(
    corpus: &Corpus,
    links: &[Link],
    display: Display,
    listing: Option<Listing>,
) -> Outcome<Vec<Row>> {
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(Vec::new());
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(&link) = links.get(number / corpus.len()) else { return };
            let (name, recording) = &corpus[number % corpus.len()];
            let row = play(recording, link, display).map(|seen| {
                let score = seen.score(recording);
                let listing = listing.map(|it| it.of(&score) + &own_count(&seen));
                let listing = listing.unwrap_or_default();
                Row { link, name: name.clone(), summary: score.summary(), listing }
            });
            let row = row.map_err(|failure| format!("{name} on {link:?}: {failure}"));
            rows.lock().expect("no session panics").push((number, row));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let mut rows = rows.into_inner().expect("no session panics");
    rows.sort_by_key(|&(number, _)| number);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn own_count(seen: &Seen) -> String {
    format!("The client's own count: {}\n", seen.counters)
}

/// The whole snapshot.
#[must_use]
pub fn document(rows: &[Row]) -> String {
    let mut text = String::from(
        "# Local echo in recorded sessions\n\n\
         The recordings of `tests/corpus`, typed at our client over simulated links, with\n\
         predictions shown on slow links (`adaptive`). Counted are the keys with an effect that\n\
         are not part of a secret; shown at once are those whose effect shows within 20 ms; times in\n\
         milliseconds from the key to its effect. Wrong is a key after which something was shown\n\
         that the program never showed there, or a cursor where it never was.\n\
         `cargo xtask predict --table` writes this file, and a test compares it: every digit follows\n\
         from the recordings.\n\n\
         # All recordings\n\n",
    );
    text += &header("link");
    let groups: Vec<_> = rows.chunk_by(|a, b| a.link == b.link).collect();
    for group in &groups {
        let mut sum = Summary::default();
        group.iter().for_each(|row| sum.add(&row.summary));
        text += &line(&about(group[0].link), &sum);
    }
    for group in groups {
        let _ = write!(text, "\n# {}\n\n{}", about(group[0].link), header("recording"));
        for row in group {
            text += &line(&row.name, &row.summary);
        }
    }
    text
}

/// What a link is.
#[must_use]
pub fn about(link: Link) -> String {
    let ms = link.round_trip.as_millis();
    match link.loss {
        0 => format!("round trip {ms} ms"),
        loss => format!("round trip {ms} ms, {loss} % lost each way"),
    }
}

/// The head of a table in Markdown.
#[must_use]
pub fn header(what: &str) -> String {
    format!(
        "| {what} | keys | at once | wrong | cursor wrong | secrets shown | median | mean |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|\n"
    )
}

/// A line of a table in Markdown.
#[must_use]
pub fn line(what: &str, summary: &Summary) -> String {
    let Summary { keys, never, wrong, cursor_wrong, leaks, .. } = summary;
    let permille = summary.at_once_permille();
    let waits = summary.waits();
    let ms = |it: Duration| format!("{}.{}", it.as_micros() / 1000, it.as_micros() / 100 % 10);
    // There is no end to such a wait.
    let never = if *never > 0 { format!(", {never} never") } else { String::new() };
    format!(
        "| {what} | {keys} | {}.{} %{never} | {wrong} | {cursor_wrong} | {leaks} | {} | {} |\n",
        permille / 10,
        permille % 10,
        ms(waits.median),
        ms(waits.mean)
    )
}
