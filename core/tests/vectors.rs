//! Every recorded message of the wire format, read and written again.
//!
//! The file holds datagrams that mosh 1.4 made or accepted, and each layer inside them.

use mosh_core::compress::{Deflater, Inflater, stored_len};
use mosh_core::crypto::{Direction, Nonce, Session, SessionKey};
use mosh_core::storage::{Buffer, Slab};
use mosh_core::wire::fragment::Fragment;
use mosh_core::wire::mosh::{Instruction, host, user};
use mosh_core::wire::packet::{Sealed, Timestamp, Timestamps};
use serde_json::Value;

#[test]
fn keys() {
    for key in list("keys") {
        let (raw, printable) = (bytes(&key, "raw"), text(&key, "printable"));
        let session_key = SessionKey::from_bytes(raw.try_into().unwrap());
        assert_eq!(session_key.text().as_str(), printable);
        let parsed: SessionKey = printable.parse().unwrap();
        assert_eq!(parsed.text().as_str(), printable);
    }
    for key in list("bad_keys") {
        assert!(text(&key, "printable").parse::<SessionKey>().is_err(), "{key}");
    }
}

#[test]
fn packets() {
    for packet in list("packets") {
        let direction = match text(&packet, "direction") {
            "to_server" => Direction::ToServer,
            "to_client" => Direction::ToClient,
            other => panic!("direction {other}"),
        };
        let opened = open(&packet);
        assert_eq!(opened.nonce.direction(), direction, "{packet}");
        assert_eq!(opened.nonce.seq().value(), number(&packet, "seq"));
        assert_eq!(opened.nonce.bytes().to_vec(), bytes(&packet, "nonce12"));
        let (timestamps, payload) = Timestamps::parse(&opened.plaintext).unwrap();
        assert_eq!(payload, bytes(&packet, "payload"));
        assert_eq!(timestamps.sent, timestamp(&packet, "timestamp"));
        assert_eq!(timestamps.reply, timestamp(&packet, "timestamp_reply"));
        let plaintext = [&timestamps.emit()[..], payload].concat();
        assert_eq!(plaintext, bytes(&packet, "plaintext"));
        check_sealing(&packet, direction, &opened);
    }
}

#[test]
fn datagrams_of_mosh_1_4() {
    for datagram in [list("server_1_4_0_produced"), list("client_1_4_0_produced")].concat() {
        let opened = open(&datagram);
        assert_eq!(opened.nonce.seq().value(), number(&datagram, "seq"));
        assert_eq!(opened.plaintext, bytes(&datagram, "plaintext"));
        let (timestamps, payload) = Timestamps::parse(&opened.plaintext).unwrap();
        assert_eq!(timestamps.sent, timestamp(&datagram, "timestamp"));
        assert_eq!(timestamps.reply, timestamp(&datagram, "timestamp_reply"));
        let fragment = Fragment::parse(payload).unwrap();
        assert_eq!(fragment.id, number(&datagram, "fragment_id"));
        assert_eq!(u64::from(fragment.last), number(&datagram, "final"));
        assert_eq!(fragment.contents, bytes(&datagram, "zlib"));
        let protobuf = inflated(fragment.contents);
        assert_eq!(protobuf, bytes(&datagram, "protobuf"));
        let instruction = Instruction::parse(&protobuf).unwrap();
        check_numbers(&datagram, &instruction);
        assert_eq!(emitted(|out| instruction.emit(out)), protobuf, "mosh's order of fields");
        let direction = opened.nonce.direction();
        check_sealing(&datagram, direction, &opened);
        let diff = match direction {
            Direction::ToServer => emitted_user(instruction.diff),
            Direction::ToClient => emitted_host(instruction.diff),
        };
        assert_eq!(diff, instruction.diff);
    }
}

#[test]
fn instructions() {
    for vector in list("instructions") {
        let protobuf = bytes(&vector, "protobuf");
        let instruction = Instruction::parse(&protobuf).unwrap();
        check_numbers(&vector, &instruction);
        assert_eq!(u64::from(instruction.protocol_version), number(&vector, "protocol_version"));
        assert_eq!(instruction.chaff, bytes(&vector, "chaff"));
        assert_eq!(emitted(|out| instruction.emit(out)), protobuf);
        assert_eq!(inflated(&bytes(&vector, "zlib")), protobuf);
        assert_eq!(inflated(&deflated(&protobuf)), protobuf);
    }
}

#[test]
fn user_messages() {
    for message in list("user_messages") {
        let encoded = bytes(&message, "bytes");
        let expected = message["events"].as_array().unwrap();
        let events: Vec<_> = user::Events::new(&encoded).map(Result::unwrap).collect();
        assert_eq!(events.len(), expected.len());
        for (event, expected) in events.iter().zip(expected) {
            match *event {
                user::Event::Keys(keys) => assert_eq!(keys, bytes(expected, "keys")),
                user::Event::Resize { width, height } => check_size(expected, width, height),
                user::Event::Facts(_) => panic!("mosh 1.4 has no facts"),
            }
        }
        assert_eq!(emitted_user(&encoded), encoded);
    }
}

#[test]
fn host_messages() {
    for message in list("host_messages") {
        let encoded = bytes(&message, "bytes");
        let expected = message["instructions"].as_array().unwrap();
        let changes: Vec<_> = host::Changes::new(&encoded).map(Result::unwrap).collect();
        assert_eq!(changes.len(), expected.len());
        for (change, expected) in changes.iter().zip(expected) {
            match *change {
                host::Change::Bytes(host) => assert_eq!(host, bytes(expected, "hostbytes")),
                host::Change::Resize { width, height } => check_size(expected, width, height),
                host::Change::EchoAck(ack) => assert_eq!(ack, number(expected, "echoack")),
            }
        }
        assert_eq!(emitted_host(&encoded), encoded);
    }
}

#[test]
fn fragments() {
    for vector in list("fragments") {
        let (id, payload) = (number(&vector, "id"), bytes(&vector, "payload"));
        let size = usize::try_from(number(&vector, "budget")).unwrap();
        let expected = vector["fragments"].as_array().unwrap();
        let slices: Vec<_> = payload.chunks(size).collect();
        assert_eq!(slices.len(), expected.len());
        for (index, (contents, expected)) in slices.into_iter().zip(expected).enumerate() {
            let last = index + 1 == vector["fragments"].as_array().unwrap().len();
            let fragment = Fragment { id, number: u16::try_from(index).unwrap(), last, contents };
            let expected = hex(expected.as_str().unwrap());
            assert_eq!([&fragment.header()[..], contents].concat(), expected);
            assert_eq!(Fragment::parse(&expected), Some(fragment));
        }
    }
}

#[test]
fn zlib_streams() {
    for vector in list("zlib") {
        let plain = bytes(&vector, "plain");
        assert_eq!(inflated(&bytes(&vector, "stream")), plain);
        assert_eq!(inflated(&deflated(&plain)), plain);
    }
}

struct Opened {
    nonce: Nonce,
    plaintext: Vec<u8>,
}

fn open(packet: &Value) -> Opened {
    let mut datagram = bytes(packet, "datagram");
    let Sealed { nonce, ciphertext, tag } = Sealed::parse(&mut datagram).unwrap();
    session(packet, Direction::ToServer).open(&nonce, ciphertext, &tag).unwrap();
    Opened { nonce, plaintext: ciphertext.to_vec() }
}

/// Seals the plaintext again. Sequence numbers cannot be chosen, only counted up to.
fn check_sealing(packet: &Value, direction: Direction, opened: &Opened) {
    let seq = opened.nonce.seq().value();
    if seq > 100_000 {
        return;
    }
    let mut session = session(packet, direction);
    for _ in 0..seq {
        session.seal(&mut []).unwrap();
    }
    let mut text = opened.plaintext.clone();
    let (nonce, tag) = session.seal(&mut text).unwrap();
    assert_eq!([&nonce.tail()[..], &text, &tag].concat(), bytes(packet, "datagram"));
}

fn session(packet: &Value, direction: Direction) -> Session {
    let key = SessionKey::from_bytes(bytes(packet, "key").try_into().unwrap());
    Session::new(&key, direction)
}

fn check_numbers(vector: &Value, instruction: &Instruction<'_>) {
    assert_eq!(instruction.old_num, number(vector, "old_num"));
    assert_eq!(instruction.new_num, number(vector, "new_num"));
    assert_eq!(instruction.ack_num, number(vector, "ack_num"));
    assert_eq!(instruction.throwaway_num, number(vector, "throwaway_num"));
    assert_eq!(instruction.diff, bytes(vector, "diff"));
}

fn check_size(expected: &Value, width: i32, height: i32) {
    let size = expected["resize"].as_array().unwrap();
    assert_eq!((size[0].as_i64(), size[1].as_i64()), (Some(width.into()), Some(height.into())));
}

fn emitted_user(message: &[u8]) -> Vec<u8> {
    emitted(|out| {
        for event in user::Events::new(message) {
            match event.unwrap() {
                user::Event::Keys(keys) => {
                    user::put_keys_head(out, keys.len())?;
                    out.extend(keys)?;
                }
                user::Event::Resize { width, height } => {
                    user::put_resize(out, width.try_into().unwrap(), height.try_into().unwrap())?;
                }
                user::Event::Facts(facts) => user::put_facts(out, facts)?,
            }
        }
        Ok(())
    })
}

fn emitted_host(message: &[u8]) -> Vec<u8> {
    emitted(|out| {
        for change in host::Changes::new(message) {
            match change.unwrap() {
                host::Change::Bytes(host) => {
                    host::put_bytes_head(out, host.len())?;
                    out.extend(host)?;
                }
                host::Change::Resize { width, height } => {
                    host::put_resize(out, width.try_into().unwrap(), height.try_into().unwrap())?;
                }
                host::Change::EchoAck(ack) => host::put_echo_ack(out, ack)?,
            }
        }
        Ok(())
    })
}

fn emitted(write: impl FnOnce(&mut Buffer<'_>) -> Result<(), mosh_core::storage::Full>) -> Vec<u8> {
    let mut memory = vec![0; 1 << 16];
    let mut out = Buffer::new(Slab::borrowed(&mut memory));
    write(&mut out).unwrap();
    out.to_vec()
}

fn inflated(stream: &[u8]) -> Vec<u8> {
    let mut memory = vec![0; 1 << 16];
    let mut out = Buffer::new(Slab::borrowed(&mut memory));
    Inflater::new().inflate(core::iter::once(stream), &mut out).unwrap();
    out.to_vec()
}

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut memory = vec![0; stored_len(data.len()) + 64];
    let mut out = Buffer::new(Slab::borrowed(&mut memory));
    let mut table = [0; Deflater::TABLE_LEN];
    Deflater::new(Slab::borrowed(&mut table)).deflate(data, &mut out).unwrap();
    out.to_vec()
}

fn list(name: &str) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/vectors.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let list = file[name].as_array().unwrap().clone();
    assert!(!list.is_empty());
    list
}

fn bytes(vector: &Value, field: &str) -> Vec<u8> {
    hex(text(vector, field))
}

fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field].as_str().unwrap_or_else(|| panic!("{field} in {vector}"))
}

fn number(vector: &Value, field: &str) -> u64 {
    vector[field].as_u64().unwrap_or_else(|| panic!("{field} in {vector}"))
}

fn timestamp(vector: &Value, field: &str) -> Option<Timestamp> {
    Timestamp::parse(u16::try_from(number(vector, field)).unwrap().to_be_bytes())
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|index| u8::from_str_radix(&text[2 * index..2 * index + 2], 16).unwrap())
        .collect()
}
