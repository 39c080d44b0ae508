//! libFuzzer's entry to the target `fragment`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mosh_fuzz::fragment::run(data));
