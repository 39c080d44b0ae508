//! libFuzzer's entry to the target `terminal`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mosh_fuzz::terminal::run(data));
