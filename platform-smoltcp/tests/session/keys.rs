//! A device that loses its power.

use std::cell::Cell;
use std::collections::HashSet;
use std::time::Duration;

use mosh_smoltcp::keys::{Counter, DerivedKeys, DeviceSecret};

use crate::cable::Weather;
use crate::world::{Kind, World};

/// Survives the power cycles.
struct Eeprom<'a>(&'a Cell<u64>);

impl Counter for Eeprom<'_> {
    type Error = ();

    fn load(&mut self) -> Result<u64, ()> {
        Ok(self.0.get())
    }

    fn store(&mut self, number: u64) -> Result<(), ()> {
        self.0.set(number);
        Ok(())
    }
}

#[test]
fn a_power_cycle_never_restarts_nonces_under_a_key() {
    let secret = || DeviceSecret::from_bytes(*b"of 1 device only");
    let eeprom = Cell::new(0);
    let mut sealed = HashSet::new();
    let mut sent = 0;
    for cycle in 0..6 {
        // The power comes on: all but the counter is as on the first day.
        let mut world = World::new(Weather::default());
        let mut keys = DerivedKeys::new(secret(), Eeprom(&eeprom));
        let (number, key) = keys.next_key().unwrap();
        let text = key.text();
        world.console.open(key, world.now).unwrap();
        // The owner knows the number, and derives the same key.
        world.connect(Kind::Stock, secret().key(number), false);
        world.pass(Duration::from_secs(2));
        world.type_keys(b"hello");
        world.pass(Duration::from_millis(500 + 37 * cycle));
        assert_eq!(world.typed, b"hello");
        for frame in &world.cable.borrow().sent[0] {
            // The eight bytes of nonce come first in the datagram, behind the headers of
            // Ethernet (14), IPv4 (20) and UDP (8).
            if frame[12..14] == [8, 0] {
                let nonce: [u8; 8] = frame[42..50].try_into().unwrap();
                assert!(sealed.insert((text.as_str().to_string(), nonce)), "{nonce:?} twice");
                sent += 1;
            }
        }
    }
    assert!(sent > 20, "{sent}");
}
