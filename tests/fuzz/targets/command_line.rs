//! libFuzzer's entry to the target `command_line`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mosh_fuzz::command_line::run(data));
