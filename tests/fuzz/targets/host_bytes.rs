//! libFuzzer's entry to the target `host_bytes`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mosh_fuzz::host_bytes::run(data));
