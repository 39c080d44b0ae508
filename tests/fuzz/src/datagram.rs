//! Datagrams to a client and a server with memory on the heap: raw bytes, which must change
//! nothing, and sealed ones of any contents, after which both ends still come to rest.
//!
//! The input is a list of acts of [`Attack`].

use mosh_core::client::ClientStorage;
use mosh_core::server::ServerStorage;

use crate::attack::Attack;
use crate::input::Input;
use crate::session::{Pair, Setup};

/// Runs one input.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let setup = Setup::read(&mut input);
    let mut pair = Pair::new(setup, ClientStorage::heap(), ServerStorage::heap());
    let mut attack = Attack::new();
    while !input.is_empty() {
        attack.act(&mut input, &mut pair);
        pair.settle();
        pair.drawn.clear();
        pair.read.clear();
    }
    pair.check();
}
