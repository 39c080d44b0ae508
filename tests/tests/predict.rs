//! Local echo over the recorded sessions, on simulated links.

use std::path::Path;

use mosh_core::predict::Display;
use mosh_tests::predict::simulated::table;

#[test]
fn the_table_of_recordings_is_what_it_was() {
    let corpus = table::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/corpus"))).unwrap();
    let rows = table::measure(&corpus, &table::links(), Display::Adaptive, None).unwrap();
    let kept = include_str!("../snapshots/predict.md");
    assert_eq!(table::document(&rows), kept, "if that is meant: cargo xtask predict --table");
}
