//! The device's keys: each is derived from a secret and a counter, which the EEPROM holds.
//!
//! It holds the secret's 16 bytes, which the factory has written, and then the counter's 8.

use core::fmt;

use mosh_smoltcp::keys::{Counter, DerivedKeys, DeviceSecret, KeyError, SessionKey};

use crate::eeprom::{Eeprom, Unavailable};

const SECRET: usize = 16;
const COUNTER: usize = 8;

/// The device's keys.
#[derive(Debug)]
pub struct Keyring {
    eeprom: Eeprom,
    /// Once the secret was read.
    keys: Option<DerivedKeys<Stored>>,
}

/// The counter in the EEPROM, beside the secret.
#[derive(Debug)]
struct Stored {
    eeprom: Eeprom,
}

impl Counter for Stored {
    type Error = Unavailable;

    fn load(&mut self) -> Result<u64, Unavailable> {
        read(&mut self.eeprom).map(|(_, counter)| counter)
    }

    fn store(&mut self, number: u64) -> Result<(), Unavailable> {
        self.eeprom.write(SECRET, &number.to_le_bytes())
    }
}

fn read(eeprom: &mut Eeprom) -> Result<([u8; SECRET], u64), Unavailable> {
    let (mut secret, mut counter) = ([0; SECRET], [0; COUNTER]);
    eeprom.read(0, &mut secret)?;
    eeprom.read(SECRET, &mut counter)?;
    Ok((secret, u64::from_le_bytes(counter)))
}

impl Keyring {
    /// The keys that an EEPROM makes.
    #[must_use]
    pub const fn new(eeprom: Eeprom) -> Self {
        Self { eeprom, keys: None }
    }

    /// A number that differs from start to start and need not be secret.
    #[must_use]
    pub fn seed(&mut self) -> u64 {
        // Without the EEPROM there will be no session.
        read(&mut self.eeprom).map_or(0, |(_, counter)| counter)
    }

    /// Returns a key that was never used.
    ///
    /// # Errors
    ///
    /// If there is none, or not seen to be used up when the power fails.
    pub fn next_key(&mut self) -> Result<SessionKey, NoKey> {
        let keys = match &mut self.keys {
            Some(keys) => keys,
            empty => {
                let (secret, _) = read(&mut self.eeprom).map_err(KeyError::Source)?;
                let counter = Stored { eeprom: self.eeprom };
                empty.insert(DerivedKeys::new(DeviceSecret::from_bytes(secret), counter))
            }
        };
        Ok(keys.next_key()?.1)
    }
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NoKey(KeyError<Unavailable>);

impl From<KeyError<Unavailable>> for NoKey {
    fn from(error: KeyError<Unavailable>) -> Self {
        Self(error)
    }
}

impl fmt::Display for NoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
