//! A console over mosh on a microcontroller, for boards that QEMU emulates.
//!
//! | module | owns |
//! |---|---|
//! | [`board`] | what each machine has |
//! | [`register`], [`uart`], [`nic`], [`clock`], [`eeprom`] | its parts |
//! | [`stack`] | how much RAM is in use |
//! | [`net`] | the interface and its addresses |
//! | [`keyring`] | session keys |
//! | [`shell`], [`log`] | the program that the console shows |
//! | [`console`], [`viewer`] | all of it together, at either end of a session |
//! | `tell` | what happens, for `defmt` on the host |
//! | [`image`] | what is different from image to image |
#![no_std]

pub mod board;
pub mod clock;
pub mod console;
pub mod eeprom;
pub mod image;
pub mod keyring;
pub mod log;
pub mod net;
pub mod nic;
mod panic;
pub mod register;
pub mod shell;
pub mod stack;
#[cfg(feature = "defmt")]
pub mod tell;
pub mod uart;
pub mod viewer;
