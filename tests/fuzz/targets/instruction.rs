//! libFuzzer's entry to the target `instruction`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mosh_fuzz::instruction::run(data));
