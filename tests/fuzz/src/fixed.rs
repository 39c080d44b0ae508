//! A whole session in memory of fixed size, on a core that has no allocator when the fuzzer runs.
//!
//! The input is a small program: what the user types, what the program behind the server prints,
//! and what becomes of each datagram on its way. In one part of the runs the network is only bad,
//! and in the end both screens agree and every key was read; in the others somebody in it holds
//! the key, and the memory is that of a firmware's console or so small that it runs out all the
//! time. At times another session is opened on the same screen, with another key.

use std::time::Duration;

use mosh_core::input::EscapeKey;
use mosh_core::screen::{Frame, Screens, Size};
use mosh_core::storage::{StaticClient, StaticServer, client_rows, server_rows};
use mosh_core::terminal::{Replies, Terminal};

use crate::attack::{Attack, pause};
use crate::input::Input;
use crate::screens::{Lens, compare};
use crate::sequence::{sequence, text};
use crate::session::{Pair, Setup, Toward, assert_read};

/// Where a heap has no place in the core, neither has it in a slab.
#[cfg(not(feature = "heap"))]
const _: () = {
    use mosh_core::storage::Slab;
    assert!(size_of::<Slab<'_, u8>>() == size_of::<&[u8]>(), "the core is built with an allocator");
};

/// Memory in which a diff of any screen has room.
const ROOMY: usize = 16 << 10;
type RoomyServer = StaticServer<40, 10, { server_rows(10) }, ROOMY>;
type RoomyClient = StaticClient<40, 10, { client_rows(10) }, ROOMY>;

/// Messages of a console with 80 x 24 cells, and of one with 40 x 12.
const LARGE: usize = 4096;
const SMALL: usize = 2048;
/// Messages so small that most diffs go out in parts, and many instructions have no room.
const TIGHT: usize = 1024;

/// Runs one input.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let input = &mut input;
    match input.below(6) {
        0 | 2 => bad_network(input),
        1 | 4 => hostile_network::<80, 24, { server_rows(24) }, { client_rows(24) }, LARGE>(input),
        3 => hostile_network::<40, 12, { server_rows(12) }, { client_rows(12) }, SMALL>(input),
        _ => hostile_network::<80, 24, { server_rows(24) }, { client_rows(24) }, TIGHT>(input),
    }
}

fn hostile_network<
    const COLUMNS: usize,
    const ROWS: usize,
    const SERVER: usize,
    const CLIENT: usize,
    const MESSAGE: usize,
>(
    input: &mut Input<'_>,
) {
    let mut server = Box::new(StaticServer::<COLUMNS, ROWS, SERVER, MESSAGE>::new());
    let mut clients =
        [(); 2].map(|()| Box::new(StaticClient::<COLUMNS, ROWS, CLIENT, MESSAGE>::new()));
    let [client, next] = &mut clients;
    let mut setup = Setup::read(input);
    setup.size = within(setup.size, COLUMNS, ROWS);
    let mut pair = Pair::new(setup, client.storage(), server.storage());
    pair.spare.push(next.storage());
    let mut attack = Attack::new();
    for turn in 1_u32.. {
        if input.is_empty() {
            break;
        }
        match input.below(8) {
            0..=3 => attack.act(input, &mut pair),
            4 => pair.server.write_host(pair.now, &sequence(input)),
            5 => pair.server.write_host(pair.now, &text(input)),
            6 => wake(&mut pair),
            _ if input.byte() == 0 && pair.reopen() => attack.follow(&pair),
            _ => pair.exchange(),
        }
        pair.settle();
        pair.drawn.clear();
        pair.read.clear();
        if turn.is_multiple_of(TURNS_UNCHECKED) {
            pair.check();
        }
    }
    pair.check();
}

/// It takes as long as some turns do to account for all memory.
const TURNS_UNCHECKED: u32 = 32;

/// Lets time pass until something is due at either end.
fn wake(pair: &mut Pair<'_>) {
    let due = [pair.client.poll_timeout(), pair.server.poll_timeout()];
    if let Some(next) = due.into_iter().flatten().min() {
        pair.now = pair.now.max(next);
    }
}

fn bad_network(input: &mut Input<'_>) {
    let mut server = Box::new(RoomyServer::new());
    let [mut client, mut next, mut memory, mut next_memory] =
        [(); 4].map(|()| Box::new(RoomyClient::new()));
    let mut setup = Setup::read(input);
    setup.size = within(setup.size, 40, 10);
    (setup.escape, setup.network_timeout) = (EscapeKey::NONE, None);
    let mut pair = Pair::new(setup, client.storage(), server.storage());
    pair.spare.push(next.storage());
    let mut tty = User::new(&mut memory, setup.size);
    let mut next_memory = Some(&mut *next_memory);
    let mut typed = Vec::new();
    let mut forgot = pair.now;
    // A client that never hears of its server gives up.
    pair.pass(Duration::from_millis(500));
    while !input.is_empty() {
        if act(input, &mut pair, &mut typed) == Act::Reopen
            && let Some(memory) = next_memory.take()
        {
            assert!(pair.reopen());
            tty = User::new(memory, setup.size);
            pair.drawn.clear();
            pair.read.clear();
            typed.clear();
            pair.pass(Duration::from_millis(500));
        }
        pair.settle();
        tty.draw(&mut pair.drawn);
        if pair.now - forgot > LIFETIME {
            pair.to_server.clear();
            pair.to_client.clear();
            forgot = pair.now;
        }
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

/// How long a datagram is on its way at most. With room for few states an end forgets what it has
/// acknowledged a little later than this, and cannot use what is built on that.
const LIFETIME: Duration = Duration::from_secs(5);

/// Seconds for both ends to agree after all that has gone wrong: repetitions are a second apart,
/// and a program that did not read may have many keys waiting.
const HEALING: u32 = 120;

/// What is left to do.
#[derive(PartialEq)]
enum Act {
    Done,
    Reopen,
}

fn act(input: &mut Input<'_>, pair: &mut Pair<'_>, typed: &mut Vec<u8>) -> Act {
    let choice = input.byte();
    let toward = if choice & 0x80 == 0 { Toward::Server } else { Toward::Client };
    let queue = match toward {
        Toward::Server => &mut pair.to_server,
        Toward::Client => &mut pair.to_client,
    };
    let arrived = match choice % 16 {
        0 => queue.pop_front(),
        1 => queue.pop_back(),
        2 => queue.front().cloned(),
        3 => {
            queue.pop_front();
            None
        }
        4 => queue.pop_front().map(|mut bytes| {
            let at = usize::from(input.byte()) % bytes.len();
            bytes[at] ^= 1 << (choice >> 4 & 7);
            bytes
        }),
        5 => {
            pair.exchange();
            None
        }
        6 => {
            pair.now += pause(input).min(Duration::from_secs(61));
            None
        }
        7 => {
            let keys = input.chunk();
            if pair.client.send_keys(pair.now, keys).is_ok() {
                typed.extend_from_slice(keys);
            }
            None
        }
        8 => {
            // Refused while the keys take all the room.
            let _ = pair.client.resize(pair.now, input.size());
            None
        }
        9 => {
            pair.reads = !pair.reads;
            None
        }
        10 => {
            wake(pair);
            None
        }
        11 => return if input.byte() == 0 { Act::Reopen } else { Act::Done },
        kind => {
            let output = match kind {
                12 => text(input),
                13 | 14 => without_queries(&sequence(input)),
                _ => without_queries(input.chunk()),
            };
            pair.server.write_host(pair.now, &output);
            None
        }
    };
    if let Some(bytes) = arrived {
        // Damaged ones are among them.
        let _ = pair.deliver(toward, &bytes);
    }
    Act::Done
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

/// The part of a screen for which there is memory.
fn within(size: Size, columns: usize, rows: usize) -> Size {
    Size { columns: size.columns.min(columns as u16), rows: size.rows.min(rows as u16) }
}
