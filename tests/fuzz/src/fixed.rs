//! A whole session in memory of fixed size, on a core that has no allocator when the fuzzer runs.
//!
//! The input is a small program: what the user types, what the program behind the server prints,
//! and what becomes of each datagram on its way. In one half of the runs the network is only bad,
//! and in the end both screens agree and every key was read; in the other half somebody in it holds
//! the key, and the memory is so small that it runs out all the time.

use std::time::Duration;

use mosh_core::input::EscapeKey;
use mosh_core::screen::{Frame, Screens, Size};
use mosh_core::storage::{StaticClient, StaticServer, client_rows, server_rows};
use mosh_core::terminal::{Replies, Terminal};

use crate::attack::{Attack, pause};
use crate::input::Input;
use crate::screens::{Lens, compare};
use crate::session::{Pair, Setup, Toward, assert_read};

/// Memory in which a diff of any screen has room.
const ROOMY: usize = 16 << 10;
type RoomyServer = StaticServer<40, 10, { server_rows(10) }, ROOMY>;
type RoomyClient = StaticClient<40, 10, { client_rows(10) }, ROOMY>;

/// Memory in which most diffs go out in parts, and many instructions have no room.
const TIGHT: usize = 1024;
type TightServer = StaticServer<80, 24, { server_rows(24) }, TIGHT>;
type TightClient = StaticClient<80, 24, { client_rows(24) }, TIGHT>;

/// Runs one input.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    if input.below(2) == 0 {
        bad_network(&mut input);
    } else {
        hostile_network(&mut input);
    }
}

fn hostile_network(input: &mut Input<'_>) {
    let (mut client, mut server) = (Box::new(TightClient::new()), Box::new(TightServer::new()));
    let mut setup = Setup::read(input);
    setup.size = Size { columns: setup.size.columns.min(80), rows: setup.size.rows.min(24) };
    let mut pair = Pair::new(setup, client.storage(), server.storage());
    let mut attack = Attack::new();
    while !input.is_empty() {
        attack.act(input, &mut pair);
        pair.settle();
        pair.drawn.clear();
        pair.read.clear();
    }
    pair.check();
}

fn bad_network(input: &mut Input<'_>) {
    let (mut client, mut server) = (Box::new(RoomyClient::new()), Box::new(RoomyServer::new()));
    let mut setup = Setup::read(input);
    setup.size = Size { columns: setup.size.columns.min(40), rows: setup.size.rows.min(10) };
    (setup.escape, setup.network_timeout) = (EscapeKey::NONE, None);
    let mut pair = Pair::new(setup, client.storage(), server.storage());
    let mut memory = Box::new(RoomyClient::new());
    let mut tty = User::new(&mut memory, setup.size);
    let mut typed = Vec::new();
    // A client that never hears of its server gives up.
    pair.pass(Duration::from_millis(500));
    while !input.is_empty() {
        act(input, &mut pair, &mut typed);
        pair.settle();
        tty.draw(&mut pair.drawn);
    }
    // The network heals, and the program reads again.
    pair.reads = true;
    // The memory for titles and for combining marks may be full at one end and not at the other.
    let lens = Lens { title: false, clipboard: false, marks: false, ..Lens::MOSH };
    let mut agree = Ok(());
    for _ in 0..HEALING {
        pair.pass(Duration::from_secs(1));
        tty.draw(&mut pair.drawn);
        let lens_of_user = Lens { shapes: setup.tty.underline_shapes, ..lens };
        let shown = (&tty.screens, &tty.frame);
        agree = compare(pair.server.screen(), pair.client.screen(), lens)
            .map_err(|what| format!("server and client differ in {what}"))
            .and_then(|()| {
                let seen = compare(pair.client.screen(), shown, lens_of_user);
                seen.map_err(|what| format!("client and user's terminal differ in {what}"))
            });
        if agree.is_ok() && pair.read.len() >= typed.len() {
            break;
        }
    }
    pair.check();
    assert_eq!(pair.closed, [None; 2]);
    assert_read(&pair.read, &typed);
    assert_eq!(agree, Ok(()));
}

/// Seconds for both ends to agree after all that has gone wrong: repetitions are a second apart,
/// and a program that did not read may have many keys waiting.
const HEALING: u32 = 120;

fn act(input: &mut Input<'_>, pair: &mut Pair<'_>, typed: &mut Vec<u8>) {
    let choice = input.byte();
    let toward = if choice & 0x80 == 0 { Toward::Server } else { Toward::Client };
    let queue = match toward {
        Toward::Server => &mut pair.to_server,
        Toward::Client => &mut pair.to_client,
    };
    let arrived = match choice % 12 {
        0 => queue.pop_front(),
        1 => queue.pop_back(),
        2 => queue.front().cloned(),
        3 => return drop(queue.pop_front()),
        4 => queue.pop_front().map(|mut bytes| {
            let at = usize::from(input.byte()) % bytes.len();
            bytes[at] ^= 1 << (choice >> 4 & 7);
            bytes
        }),
        5 => return pair.exchange(),
        6 => return pair.now += pause(input).min(Duration::from_secs(61)),
        7 => {
            let keys = input.chunk();
            if pair.client.send_keys(pair.now, keys).is_ok() {
                typed.extend_from_slice(keys);
            }
            return;
        }
        8 => {
            // Refused while the keys take all the room.
            let _ = pair.client.resize(pair.now, input.size());
            return;
        }
        9 => {
            pair.reads = !pair.reads;
            return;
        }
        _ => {
            let output = without_queries(input.chunk());
            return pair.server.write_host(pair.now, &output);
        }
    };
    if let Some(bytes) = arrived {
        // Damaged ones are among them.
        let _ = pair.deliver(toward, &bytes);
    }
}

/// Takes out what the terminal might answer to: answers would stand among the keys.
///
/// These are the final bytes of queries, and question marks where they do not begin a mode that
/// is set or reset here and now, and is not 2048 (reports of the size).
fn without_queries(output: &[u8]) -> Vec<u8> {
    let sets_modes = |at: usize| {
        let (before, after) = output.split_at(at);
        let numbers = after[1..].iter().take_while(|it| b"0123456789;".contains(it)).count();
        let (numbers, rest) = after[1..].split_at(numbers);
        before.ends_with(b"[")
            && matches!(rest.first(), Some(b'h' | b'l'))
            && !numbers.split(|&byte| byte == b';').any(|it| it.ends_with(b"2048"))
    };
    let kept = |&(at, byte): &(usize, &u8)| match byte {
        b'c' | b'n' | b'p' | b'q' | b't' | b'w' | b'x' | b'y' => false,
        b'?' => sets_modes(at),
        _ => true,
    };
    output.iter().enumerate().filter(kept).map(|(_, &byte)| byte).collect()
}

/// The user's terminal.
struct User<'s> {
    screens: Screens<'s>,
    terminal: Terminal<'s>,
    frame: Frame,
}

impl<'s> User<'s> {
    fn new(memory: &'s mut RoomyClient, size: Size) -> Self {
        let host = memory.storage().host;
        let mut screens = Screens::new(host.screens);
        let frame = screens.blank(size).expect("an empty store");
        Self { screens, terminal: Terminal::new(host.terminal, size), frame }
    }

    /// Shows what was drawn, in a window of the size that it was drawn for.
    fn draw(&mut self, drawn: &mut Vec<(Size, Vec<u8>)>) {
        for (size, bytes) in drawn.drain(..) {
            if bytes.is_empty() {
                // Nothing to do, or no room to do it: then it is drawn later.
                continue;
            }
            let Self { screens, terminal, frame } = self;
            terminal.resize(screens, frame, size).expect("room for one screen");
            let mut replies = Replies::new();
            terminal.write(screens, frame, &bytes, &mut replies);
            assert!(replies.is_empty(), "the terminal is asked");
        }
    }
}
