//! libFuzzer's entry to the target `datagram`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mosh_fuzz::datagram::run(data));
