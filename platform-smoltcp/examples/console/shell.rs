//! The program behind the console: a line at a time, as bytes come.

use embedded_io::{Read, ReadReady, Write};
use mosh_smoltcp::mosh_core::time::Instant;
use mosh_smoltcp::{Console, ConsoleError};

#[derive(Debug, Default)]
pub(crate) struct Shell {
    line: heapless::String<64>,
}

impl Shell {
    pub(crate) fn start(&mut self, console: &mut Console<'_>) -> Result<(), ConsoleError> {
        console.write_all(b"\r\nDevice ready; try help.\r\n> ")
    }

    /// Takes all keys that there are.
    pub(crate) fn run(
        &mut self,
        console: &mut Console<'_>,
        now: Instant,
    ) -> Result<(), ConsoleError> {
        let mut keys = [0; 16];
        while console.read_ready()? {
            let len = console.read(&mut keys)?;
            for &key in &keys[..len] {
                match key {
                    b'\r' => self.carry_out(console, now)?,
                    0x7f | 0x08 if self.line.pop().is_some() => console.write_all(b"\x08 \x08")?,
                    b' '..=b'~' if self.line.push(key.into()).is_ok() => {
                        console.write_all(&[key])?
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn carry_out(&mut self, console: &mut Console<'_>, now: Instant) -> Result<(), ConsoleError> {
        console.write_all(b"\r\n")?;
        match self.line.as_str() {
            "help" => console.write_all(b"help, uptime, colours, logout\r\n")?,
            "uptime" => {
                // Formatting fails only where writing does, which a console never does.
                let _ = write!(console, "{} s\r\n", now.micros() / 1_000_000);
            }
            "colours" => {
                for colour in 31..=36 {
                    let _ = write!(console, "\x1b[{colour}mcolour {colour}\x1b[m\r\n");
                }
            }
            "logout" => {
                self.line.clear();
                console.close(now);
                return Ok(());
            }
            "" => {}
            _ => console.write_all(b"what?\r\n")?,
        }
        self.line.clear();
        console.write_all(b"> ")
    }
}
