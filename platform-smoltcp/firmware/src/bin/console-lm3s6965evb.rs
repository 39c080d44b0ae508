//! The console of a board with 64 KiB of RAM.
#![no_std]
#![no_main]

mosh_firmware::console!(mosh_firmware::board::Lm3s6965evb, 40, 12, 1024);
