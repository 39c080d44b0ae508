//! What `defmt` is told of types with secrets and of large ones.

use std::cell::RefCell;

use defmt::Format;
use mosh_core::client::{Client, ClientConfig};
use mosh_core::crypto::{Direction, Session, SessionKey};
use mosh_core::diff::Capabilities;
use mosh_core::input::EscapeKey;
use mosh_core::predict::Display;
use mosh_core::screen::Size;
use mosh_core::server::{Server, ServerConfig};
use mosh_core::storage::{StaticClient, StaticServer, client_rows, server_rows};
use mosh_core::time::Instant;
use mosh_core::transport::Timing;
use mosh_core::wire::mosh::{host, user};

const KEY: &[u8; 16] = b"\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xf1\xf2";
const TYPED: &[u8] = b"correct horse battery staple";
const SIZE: Size = Size { columns: 80, rows: 24 };

#[test]
fn what_is_formatted_is_seen_here() {
    assert!(contains(&told(&KEY[..]), KEY), "a plain slice is told in full");
}

#[test]
fn keys_are_never_told() {
    let key = SessionKey::from_bytes(*KEY);
    let text = key.text();
    let told_of_text = told(&text);
    assert!(!contains(&told_of_text, text.as_str().as_bytes()), "{told_of_text:x?}");
    let session = Session::new(&key, Direction::ToServer);
    for bytes in [told(&key), told(&session), told(&config())] {
        assert!(!contains(&bytes, &KEY[..4]), "{bytes:x?}");
    }
}

#[test]
fn endpoints_tell_little_and_nothing_that_was_typed() {
    let mut memory = Box::new(StaticServer::<80, 24, { server_rows(24) }, 4096>::new());
    assert!(told(&*memory).len() < 100);
    let storage = memory.storage();
    assert!(told(&storage).len() < 500, "sizes only");
    let now = Instant::from_millis(1000);
    let mut server = Server::new(config(), storage, now).expect("room");
    server.write_host(now, TYPED);
    let mut memory = Box::new(StaticClient::<80, 24, { client_rows(24) }, 4096>::new());
    let config = ClientConfig {
        key: SessionKey::from_bytes(*KEY),
        addresses: ["127.0.0.1:60001".parse().expect("an address")].into_iter().collect(),
        size: SIZE,
        seed: 2,
        tty: Capabilities::PLAIN,
        display: Display::Always,
        overwrite: false,
        escape: EscapeKey::default(),
        title_prefix: true,
        timing: Timing::Prompt,
        offer: None,
    };
    let mut client = Client::new(config, memory.storage(), now).expect("room");
    client.send_keys(now, TYPED).expect("room");
    for bytes in [told(&server), told(&client)] {
        assert!((8..500).contains(&bytes.len()), "{} bytes", bytes.len());
        for secret in [&KEY[..4], &TYPED[..7]] {
            assert!(!contains(&bytes, secret), "{bytes:x?}");
        }
    }
}

#[test]
fn messages_tell_their_lengths_only() {
    let told = [told(&user::Event::Keys(TYPED)), told(&host::Change::Bytes(TYPED))];
    for bytes in told {
        assert!(!contains(&bytes, &TYPED[..7]), "{bytes:x?}");
        assert!(contains(&bytes, &[TYPED.len() as u8]), "{bytes:x?}");
    }
}

fn config() -> ServerConfig {
    ServerConfig {
        key: SessionKey::from_bytes(*KEY),
        size: SIZE,
        seed: 1,
        v6_socket: false,
        network_timeout: None,
        timing: Timing::Prompt,
        offer: None,
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// The bytes that a value's formatting gives to the logger.
fn told(value: &(impl Format + ?Sized)) -> Vec<u8> {
    TOLD.take();
    defmt::println!("{}", value);
    TOLD.take()
}

thread_local! {
    static TOLD: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what is told, for each thread.
#[defmt::global_logger]
struct Logger;

// SAFETY: messages of several threads cannot mix, as each has bytes of its own.
unsafe impl defmt::Logger for Logger {
    fn acquire() {}

    unsafe fn flush() {}

    unsafe fn release() {}

    unsafe fn write(bytes: &[u8]) {
        TOLD.with_borrow_mut(|told| told.extend_from_slice(bytes));
    }
}

defmt::timestamp!("{}", 0_u8);
