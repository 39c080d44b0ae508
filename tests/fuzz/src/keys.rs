//! The user's keys on their way through client and server to the program: each arrives once and in
//! order, and the commands after the escape key are found where a naive model finds them.
//!
//! The input names an escape key as a user would in the environment, then keys in any pieces,
//! window sizes, and output of the program that asks for the other form of arrow keys.

use std::time::Duration;

use mosh_core::client::ClientStorage;
use mosh_core::input::EscapeKey;
use mosh_core::server::ServerStorage;
use mosh_core::transport::CloseReason;

use crate::input::Input;
use crate::session::{Pair, Setup, assert_read};

/// Runs one input.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let mut setup = Setup::read(&mut input);
    let setting = match input.byte() {
        0 => None,
        _ => Some(input.chunk()),
    };
    (setup.escape, setup.network_timeout) = (EscapeKey::from_setting(setting), None);
    let mut pair = Pair::new(setup, ClientStorage::heap(), ServerStorage::heap());
    let mut user = User::new(setting);
    pair.pass(Duration::from_millis(300));
    while !input.is_empty() && !user.quit {
        match input.byte() % 8 {
            0 => pair.client.resize(pair.now, input.size()).expect("room for a size"),
            1 => pair.server.write_host(pair.now, b"\x1b[?1h"),
            2 => pair.server.write_host(pair.now, b"\x1b[?1l"),
            3 => pair.pass(Duration::from_millis(input.byte().into())),
            4 => {
                // The link is gone for a while.
                pair.now += Duration::from_secs(u64::from(input.byte()) / 8);
                pair.settle();
                pair.to_server.clear();
                pair.to_client.clear();
            }
            _ => {
                let keys = input.chunk();
                pair.client.send_keys(pair.now, keys).expect("room for keys");
                user.types(keys);
                pair.settle();
            }
        }
    }
    pair.pass(Duration::from_secs(20));
    assert_eq!(pair.suspensions > 0, user.suspended);
    assert_read(&pair.read, &user.sent);
    pair.check();
    if user.quit {
        assert_eq!(pair.closed, [Some(CloseReason::Acknowledged), Some(CloseReason::PeerClosed)]);
    } else {
        assert_eq!(pair.closed, [None; 2]);
    }
}

/// What the user types, and what of it is for the program.
struct User {
    /// The escape key, and the one that sends it.
    escape: Option<(u8, u8)>,
    pending: bool,
    last: u8,
    sent: Vec<u8>,
    quit: bool,
    suspended: bool,
}

impl User {
    fn new(setting: Option<&[u8]>) -> Self {
        let escape = match setting {
            Some([]) => None,
            Some(&[key]) if key < 128 && !b"\0\x03\x04\n\x0c\r".contains(&key) => Some(key),
            _ => Some(0x1e),
        };
        let escape = escape.map(|key| (key, if key < 32 { key + 64 } else { key }));
        Self { escape, pending: false, last: 0, sent: Vec::new(), quit: false, suspended: false }
    }

    fn types(&mut self, keys: &[u8]) {
        for &key in keys {
            if !self.quit {
                self.key(key);
            }
        }
    }

    fn key(&mut self, key: u8) {
        let last = std::mem::replace(&mut self.last, key);
        let Some((escape, pass)) = self.escape else { return self.sent.push(key) };
        if std::mem::take(&mut self.pending) {
            match key {
                b'.' => self.quit = true,
                0x1a => self.suspended = true,
                key if key == pass || key == pass.to_ascii_lowercase() => self.sent.push(escape),
                key => self.sent.extend([escape, key]),
            }
        } else if key == escape && (!(32..127).contains(&escape) || b"\r\n".contains(&last)) {
            self.pending = true;
        } else {
            self.sent.push(key);
        }
    }
}
