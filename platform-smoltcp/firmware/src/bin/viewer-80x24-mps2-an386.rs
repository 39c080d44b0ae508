//! The viewer of a terminal of the usual size.
#![no_std]
#![no_main]

mosh_firmware::viewer!(mosh_firmware::board::Mps2An386, 80, 24, 4096, 2048);
