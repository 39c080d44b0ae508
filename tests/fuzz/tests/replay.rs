//! Runs every target over its kept inputs, without the fuzzer.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use mosh_fuzz::TARGETS;

#[test]
fn kept_inputs_do_no_harm() {
    let mut failed = Vec::new();
    for &(name, run) in TARGETS {
        let mut count = 0;
        for kind in ["corpus", "regressions"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(kind).join(name);
            // A target that never failed has no regressions.
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.expect("a readable folder").path();
                let data = fs::read(&path).expect("a readable input");
                if catch_unwind(|| run(&data)).is_err() {
                    failed.push(path);
                }
                count += 1;
            }
        }
        println!("{name}: {count} inputs");
        assert!(count > 0, "{name} has no inputs");
    }
    assert!(failed.is_empty(), "these fail: {failed:#?}");
}

#[test]
fn every_target_does_something() {
    for &(_, run) in TARGETS {
        run(&[]);
        run(b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09");
    }
}
