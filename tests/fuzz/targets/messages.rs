//! libFuzzer's entry to the target `messages`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mosh_fuzz::messages::run(data));
