//! How client and device come to a common key.
//!
//! Mosh has its keys from ssh, which a device of this kind does not run. One key serves one
//! session: both ends count their datagrams from zero under it, and the cipher (AES-128-OCB3)
//! keeps no secret once two datagrams were sealed with the same key, direction and number. So
//! a device must never begin twice with one key, not even when its power fails. Three ways:
//!
//! - **Printed.** [`fresh`] makes a key from the device's source of randomness, and
//!   [`ConnectLine`] is the line that `mosh-server` prints, for the physical console: who stands in
//!   front of the device may connect to it. Nothing is stored.
//! - **Derived.** [`DerivedKeys`] makes the key of session `n` from a secret that device and owner
//!   share, and stores `n + 1` before it hands out the key of `n`: a device that loses its power at
//!   any moment goes on with a key that it has never used. The owner's side derives the same
//!   key from the same secret and number (`examples/key.rs`).
//! - **Handed in.** [`Console::open`](crate::Console::open) takes any [`SessionKey`], from whatever
//!   channel the embedder has: TLS, Bluetooth pairing, a provisioning tool. That channel then has
//!   to see to it that no key comes twice.
//!
//! What each of them protects against, and what not, is in [`design`](crate::design).

use core::fmt;

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use mosh_core::crypto::KeyText;
use zeroize::Zeroize;

pub use mosh_core::crypto::{BadKey, SessionKey};

/// Makes a key with the device's source of randomness, which `fill` asks for 16 bytes.
///
/// # Errors
///
/// [`KeyError::Source`] with what `fill` returned, or [`KeyError::Stuck`] if the bytes are all the
/// same, as those of a source that is switched off are.
pub fn fresh<E>(
    fill: impl FnOnce(&mut [u8; 16]) -> Result<(), E>,
) -> Result<SessionKey, KeyError<E>> {
    let mut bytes = [0; 16];
    let filled = fill(&mut bytes).map_err(KeyError::Source);
    let stuck = bytes.iter().all(|byte| *byte == bytes[0]);
    let key = SessionKey::from_bytes(bytes);
    bytes.zeroize();
    filled?;
    if stuck { Err(KeyError::Stuck) } else { Ok(key) }
}

/// What `mosh-server` prints for the program that starts the client: `MOSH CONNECT`, the port and
/// the key. It is as secret as the key.
///
/// ```
/// use mosh_smoltcp::keys::{ConnectLine, SessionKey};
///
/// let key: SessionKey = "AAECAwQFBgcICQoLDA0ODw".parse()?;
/// let line = ConnectLine::new(60001, &key);
/// assert_eq!(line.to_string(), "MOSH CONNECT 60001 AAECAwQFBgcICQoLDA0ODw");
/// # Ok::<(), mosh_smoltcp::keys::BadKey>(())
/// ```
#[derive(Debug)]
pub struct ConnectLine {
    port: u16,
    key: KeyText,
}

impl ConnectLine {
    /// Returns the line for a session.
    #[must_use]
    pub fn new(port: u16, key: &SessionKey) -> Self {
        Self { port, key: key.text() }
    }
}

impl fmt::Display for ConnectLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MOSH CONNECT {} {}", self.port, self.key.as_str())
    }
}

/// What a device and its owner share for its whole life. Wiped when dropped.
pub struct DeviceSecret([u8; 16]);

impl DeviceSecret {
    /// Takes 16 bytes that nobody can guess; each device has its own.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The key of session number `counter`: AES-128 under the secret, as a pseudo-random function,
    /// of the label `mosh key` and the number, most significant byte first. The label keeps these
    /// blocks apart from whatever else the secret is used for.
    ///
    /// ```
    /// use mosh_smoltcp::keys::DeviceSecret;
    ///
    /// let secret = DeviceSecret::from_bytes(*b"of 1 device only");
    /// assert_ne!(secret.key(0).text().as_str(), secret.key(1).text().as_str());
    /// ```
    #[must_use]
    pub fn key(&self, counter: u64) -> SessionKey {
        let mut block = [0; 16];
        block[..8].copy_from_slice(LABEL);
        block[8..].copy_from_slice(&counter.to_be_bytes());
        let mut block = block.into();
        Aes128::new(&self.0.into()).encrypt_block(&mut block);
        let key = SessionKey::from_bytes(block.into());
        block.zeroize();
        key
    }
}

const LABEL: &[u8; 8] = b"mosh key";

impl Drop for DeviceSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for DeviceSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceSecret(..)")
    }
}

/// A number that survives the loss of power: a word of EEPROM, a flash sector, a file.
pub trait Counter {
    /// What can go wrong with the memory.
    type Error;

    /// Reads the number that was stored last; 0 if none ever was.
    ///
    /// A memory that can lose its contents must say so with an error, and not return an older
    /// number: to go back is to use a key again.
    ///
    /// # Errors
    ///
    /// Those of the memory. No key is made then.
    fn load(&mut self) -> Result<u64, Self::Error>;

    /// Stores a number, and returns only when it would be read after a loss of power.
    ///
    /// # Errors
    ///
    /// Those of the memory. No key is made then.
    fn store(&mut self, number: u64) -> Result<(), Self::Error>;
}

/// Keys derived from a secret and a stored counter, each of them once.
#[derive(Debug)]
pub struct DerivedKeys<C> {
    secret: DeviceSecret,
    counter: C,
    /// The least number that was not handed out since power came.
    next: u64,
}

impl<C: Counter> DerivedKeys<C> {
    /// Returns the keys of a device.
    #[must_use]
    pub const fn new(secret: DeviceSecret, counter: C) -> Self {
        Self { secret, counter, next: 0 }
    }

    /// Returns the next session's number and key, after it was stored that they are used up.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if the counter cannot be read or stored, went back, or came to its end. There
    /// is no key then; the next call tries again.
    pub fn next_key(&mut self) -> Result<(u64, SessionKey), KeyError<C::Error>> {
        let number = self.counter.load().map_err(KeyError::Source)?;
        if number < self.next {
            return Err(KeyError::WentBack);
        }
        let next = number.checked_add(1).ok_or(KeyError::UsedUp)?;
        self.counter.store(next).map_err(KeyError::Source)?;
        // Worn-out memory takes a number and does not keep it.
        if self.counter.load().map_err(KeyError::Source)? != next {
            return Err(KeyError::Stuck);
        }
        self.next = next;
        Ok((number, self.secret.key(number)))
    }
}

/// Why there is no key. None was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum KeyError<E> {
    /// The source of randomness, or the memory of the counter, failed.
    Source(E),
    /// The source of randomness gives nothing, or the memory of the counter does not keep what was
    /// stored: the device needs repair.
    Stuck,
    /// The counter is less than it was: its memory was set back. With the numbers between, keys
    /// would be used again; the device needs another secret.
    WentBack,
    /// All keys were used.
    UsedUp,
}

impl<E: fmt::Display> fmt::Display for KeyError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(error) => error.fmt(f),
            Self::Stuck => f.write_str("source of keys does not work"),
            Self::WentBack => f.write_str("counter of keys went back"),
            Self::UsedUp => f.write_str("all keys were used"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for KeyError<E> {}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::collections::BTreeSet;
    use alloc::string::{String, ToString};
    use core::cell::Cell;

    use super::*;

    #[test]
    fn a_key_is_one_block_of_aes() {
        // printf 'mosh key\0\0\0\0\0\0\0\7' | openssl enc -aes-128-ecb -nopad -K 000102030405060708090a0b0c0d0e0f
        let secret = DeviceSecret::from_bytes(core::array::from_fn(|i| i as u8));
        assert_eq!(secret.key(7).text().as_str(), "UcO2av9VIjthlum3i9Pylw");
    }

    #[test]
    fn no_key_comes_twice_wherever_the_power_fails() {
        // The step of the counter's memory at which the power fails: before a number is stored, or
        // after that and before anybody learns of it.
        let (mut handed_out, mut seen) = (0, BTreeSet::<String>::new());
        let mut eeprom = 0;
        for power_cycle in 0..200 {
            let memory = Memory { number: Cell::new(eeprom), steps: Cell::new(power_cycle % 10) };
            let mut keys = DerivedKeys::new(DeviceSecret::from_bytes([3; 16]), &memory);
            while let Ok((number, key)) = keys.next_key() {
                assert!(memory.number.get() > number, "stored as used before there is a key");
                handed_out += 1;
                seen.insert(key.text().as_str().to_string());
            }
            eeprom = memory.number.get();
        }
        assert!(handed_out > 100, "{handed_out}");
        assert_eq!(seen.len(), handed_out);
    }

    #[test]
    fn a_counter_that_goes_back_or_does_not_count_gives_no_key() {
        let memory = Memory { number: Cell::new(5), steps: Cell::new(usize::MAX) };
        let mut keys = DerivedKeys::new(DeviceSecret::from_bytes([3; 16]), &memory);
        assert_eq!(keys.next_key().unwrap().0, 5);
        memory.number.set(5);
        assert_eq!(keys.next_key().err(), Some(KeyError::WentBack));
        memory.number.set(u64::MAX);
        assert_eq!(keys.next_key().err(), Some(KeyError::UsedUp));

        let mut keys = DerivedKeys::new(DeviceSecret::from_bytes([3; 16]), WornOut);
        assert_eq!(keys.next_key().err(), Some(KeyError::Stuck));
    }

    #[test]
    fn a_dead_source_of_randomness_gives_no_key() {
        assert_eq!(fresh(|_| Ok::<(), ()>(())).err(), Some(KeyError::Stuck));
        assert_eq!(fresh(|_| Err(1)).err(), Some(KeyError::Source(1)));
        let key = fresh(|bytes| {
            bytes[15] = 1;
            Ok::<(), ()>(())
        });
        assert_eq!(key.unwrap().text().as_str(), "AAAAAAAAAAAAAAAAAAAAAQ");
    }

    /// A memory whose power fails after some steps; what was stored by then stays.
    #[derive(Debug)]
    struct Memory {
        number: Cell<u64>,
        steps: Cell<usize>,
    }

    impl Memory {
        fn step(&self) -> Result<(), PowerFailed> {
            let steps = self.steps.get().checked_sub(1).ok_or(PowerFailed)?;
            self.steps.set(steps);
            Ok(())
        }
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct PowerFailed;

    impl Counter for &Memory {
        type Error = PowerFailed;

        fn load(&mut self) -> Result<u64, PowerFailed> {
            self.step()?;
            Ok(self.number.get())
        }

        fn store(&mut self, number: u64) -> Result<(), PowerFailed> {
            self.step()?;
            self.number.set(number);
            // It may fail just after the number was written.
            self.step()
        }
    }

    /// A memory that takes everything and keeps nothing.
    #[derive(Debug)]
    struct WornOut;

    impl Counter for WornOut {
        type Error = PowerFailed;

        fn load(&mut self) -> Result<u64, PowerFailed> {
            Ok(0)
        }

        fn store(&mut self, _number: u64) -> Result<(), PowerFailed> {
            Ok(())
        }
    }
}
