//! Sessions on simulated networks: a fixed set of seeds, those that failed once, and some that
//! nobody has run before. `cargo xtask sim` runs many more.

use std::time::Duration;

use mosh_core::wire::mosh::Offer;
use mosh_tests::sim::fault::Fault;
use mosh_tests::sim::run::{find, parse_seeds, run, run_many, run_plan};
use mosh_tests::sim::scenario::{Plan, Scenario};
use mosh_tests::sim::table;
use mosh_tests::sim::trace::Tracing;

#[test]
fn the_fixed_seeds_keep_all_rules() {
    keep_all_rules("any", 0..8);
    keep_all_rules("small", 0..4);
}

#[test]
fn the_seeds_that_failed_once_keep_all_rules() {
    for (scenario, seed) in parse_seeds(include_str!("../sim-seeds.txt")).unwrap() {
        if let Err(failure) = run(scenario, seed, None, Tracing::Off) {
            panic!("{} seed {seed}: {}", scenario.name, failure.violation);
        }
    }
}

#[test]
fn fresh_seeds_keep_all_rules() {
    // Differs from run to run, which a failure's report makes up for.
    let start = u64::from(std::process::id()) << 20 | 1 << 52;
    keep_all_rules("any", start..start + 4);
}

#[test]
fn a_client_of_mosh_1_4_is_sent_the_same_bytes_whatever_the_server_offers() {
    let scenario = Scenario::find("any").unwrap();
    for seed in [2, 5, 11] {
        let [offering, stock] = [Some(Offer::OURS), None].map(|offer| {
            let plan = Plan { offers: [None, offer], ..scenario.plan(seed) };
            run_plan(plan, None, Tracing::Off).map_err(|failure| failure.violation).unwrap()
        });
        assert!(offering.down.datagrams > 0, "nothing was sent");
        assert_eq!(offering.hash, stock.hash, "seed {seed}: another byte, or another time");
    }
}

#[test]
fn a_planted_fault_is_found() {
    let protocol = [Fault::AckOffByOne, Fault::KeysLost, Fault::RowNotCopied];
    for fault in protocol.into_iter().chain([Fault::OfferLost, Fault::FactsChanged]) {
        assert!(find(Scenario::find("any").unwrap(), fault, 20).is_some(), "{fault:?}");
    }
}

#[test]
fn the_table_of_links_is_what_it_was() {
    let rows = table::measure_all().unwrap();
    let text =
        table::document(&rows, &table::predictions().unwrap(), &table::recoveries().unwrap());
    let kept = include_str!("../snapshots/links.md");
    assert_eq!(text, kept, "if that is meant: cargo xtask sim --table");
}

fn keep_all_rules(name: &str, seeds: std::ops::Range<u64>) {
    let scenario = Scenario::find(name).unwrap();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let sum = run_many(scenario, seeds, threads, |_| false, |_, _: Duration| {});
    assert!(sum.gave_up <= 1 + sum.passed / 8, "{} sessions never began", sum.gave_up);
    if let Some((seed, violation)) = sum.failed.first() {
        panic!("{violation}\nreplay: cargo xtask sim --scenario {name} --seed {seed}");
    }
}
