//! The viewer of a small terminal.
#![no_std]
#![no_main]

mosh_firmware::viewer!(mosh_firmware::board::Mps2An386, 40, 12, 2048, 1024);
