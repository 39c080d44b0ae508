//! The console of a board of which 128 KiB of RAM are used.
#![no_std]
#![no_main]

mosh_firmware::console!(mosh_firmware::board::Mps2An386, 80, 24, 4096);
