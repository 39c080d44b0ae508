//! The console of the same board that tells what happens on its second serial port.
#![no_std]
#![no_main]

mosh_firmware::console!(mosh_firmware::board::Mps2An386, 80, 24, 4096);
