//! The protobuf messages in an instruction: what a user did, what became of a screen.
//!
//! The input is read as fields of any message, as events and as changes; what is understood is
//! written again and must read the same. The events also go into the server's stream of keys, whose
//! memory is small.

use mosh_core::input::{KeyStream, Position};
use mosh_core::storage::{Buffer, Slab};
use mosh_core::transport::{BadDiff, Incoming as _};
use mosh_core::wire::mosh::host::{self, Change, Changes};
use mosh_core::wire::mosh::protobuf::{self, Fields, Value};
use mosh_core::wire::mosh::user::{self, Event, Events};

use crate::input::Input;

/// Runs one input.
pub fn run(data: &[u8]) {
    fields_are_within_the_message(data);
    events_mean_the_same_when_written_again(data);
    changes_mean_the_same_when_written_again(data);
    every_key_is_delivered_once(data);
}

/// Iterating ends; what is malformed counts for nothing.
fn all<T>(items: impl Iterator<Item = Result<T, protobuf::Malformed>>, len: usize) -> Vec<T> {
    let count = std::cell::Cell::new(0);
    let items = items.inspect(|_| {
        count.set(count.get() + 1);
        assert!(count.get() <= len, "items without end");
    });
    items.flatten().collect()
}

fn fields_are_within_the_message(data: &[u8]) {
    let mut len = 0;
    let mut out = Buffer::new(Slab::growable(2 * data.len() + 16));
    let fields = all(Fields::new(data), data.len());
    for (number, value) in &fields {
        match *value {
            Value::Varint(value) => {
                protobuf::put_varint_field(&mut out, *number, value).expect("shortest form");
                len += protobuf::varint_field_len(*number, value);
            }
            Value::Bytes(bytes) => {
                protobuf::put_bytes_field(&mut out, *number, bytes).expect("shortest form");
                len += protobuf::bytes_field_len(*number, bytes.len());
            }
            Value::Fixed(bytes) => assert!(matches!(bytes.len(), 4 | 8)),
        }
    }
    assert_eq!(out.len(), len);
    assert!(len <= data.len(), "the shortest form is not longer");
    let kept = fields.into_iter().filter(|(_, value)| !matches!(value, Value::Fixed(_)));
    assert!(kept.eq(all(Fields::new(&out), len)));
}

fn events_mean_the_same_when_written_again(data: &[u8]) {
    let mut out = Buffer::new(Slab::growable(4 * data.len() + 64));
    let (mut events, mut len) = (Vec::new(), 0);
    for event in all(Events::new(data), data.len()) {
        match event {
            Event::Keys(keys) => {
                user::put_keys_head(&mut out, keys.len()).expect("room");
                out.extend(keys).expect("room");
                len += user::keys_len(keys.len());
            }
            Event::Resize { width, height } => {
                let Some((columns, rows)) = area(width, height) else { continue };
                user::put_resize(&mut out, columns, rows).expect("room");
                len += user::resize_len(columns, rows);
            }
            Event::Facts(facts) => {
                user::put_facts(&mut out, facts).expect("room");
                len += user::facts_len(facts.len());
            }
        }
        events.push(event);
    }
    assert_eq!(out.len(), len);
    assert_eq!(all(Events::new(&out), len), events);
}

fn changes_mean_the_same_when_written_again(data: &[u8]) {
    let mut out = Buffer::new(Slab::growable(4 * data.len() + 64));
    let (mut changes, mut len) = (Vec::new(), 0);
    for change in all(Changes::new(data), data.len()) {
        match change {
            Change::Bytes(bytes) => {
                host::put_bytes_head(&mut out, bytes.len()).expect("room");
                out.extend(bytes).expect("room");
                len += host::bytes_len(bytes.len());
            }
            Change::Resize { width, height } => {
                let Some((columns, rows)) = area(width, height) else { continue };
                host::put_resize(&mut out, columns, rows).expect("room");
                len += host::resize_len(columns, rows);
            }
            Change::EchoAck(number) => {
                host::put_echo_ack(&mut out, number).expect("room");
                len += host::echo_ack_len(number);
            }
        }
        changes.push(change);
    }
    assert_eq!(out.len(), len);
    assert_eq!(all(Changes::new(&out), len), changes);
}

/// The sizes that we write.
fn area(width: i32, height: i32) -> Option<(u16, u16)> {
    Some((u16::try_from(width).ok()?, u16::try_from(height).ok()?))
}

/// Feeds messages that build on any earlier state to a stream of keys. Those of one history come
/// out as they went in.
fn every_key_is_delivered_once(data: &[u8]) {
    const ROOM: usize = 64;
    let mut memory = [0; ROOM];
    let mut stream = KeyStream::new(Slab::borrowed(&mut memory));
    let mut input = Input::new(data);
    let honest = input.below(2) == 0;
    let mut states = vec![(Position::default(), Vec::new())];
    let mut typed: Vec<u8> = Vec::new();
    let mut read = Vec::new();
    while !input.is_empty() {
        let (base, held) = states[input.below(states.len().min(256))].clone();
        let message = if honest {
            // What the user typed since then, and a little more.
            typed.extend(input.chunk());
            keys_message(&typed[held.len()..])
        } else {
            input.chunk().to_vec()
        };
        let keys = if honest { typed.clone() } else { held };
        match stream.apply_diff(&base, &message) {
            Ok(state) => {
                stream.deliver_to(&state);
                states.push((state, keys));
            }
            Err(BadDiff::Full) => _ = stream.deliver_part(),
            Err(_) => assert!(!honest, "written by us"),
        }
        for _ in 0..input.below(8) * 16 {
            read.extend(stream.next_key());
        }
        let _ = stream.take_size();
    }
    read.extend(std::iter::from_fn(|| stream.next_key()).take(ROOM + 1));
    if honest {
        // What had no room is repeated until it does.
        let (base, held) = states.last().expect("one at least");
        let message = keys_message(&typed[held.len()..]);
        for _ in 0..=typed.len() / ROOM {
            if let Ok(state) = stream.apply_diff(base, &message) {
                stream.deliver_to(&state);
            } else {
                stream.deliver_part();
            }
            read.extend(std::iter::from_fn(|| stream.next_key()).take(ROOM + 1));
        }
        assert_eq!(read, typed);
    }
}

fn keys_message(keys: &[u8]) -> Vec<u8> {
    let mut message = Buffer::new(Slab::growable(1 << 17));
    user::put_keys_head(&mut message, keys.len()).expect("room");
    message.extend(keys).expect("room");
    message.to_vec()
}
