//! libFuzzer's entry to the target `fixed`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mosh_fuzz::fixed::run(data));
