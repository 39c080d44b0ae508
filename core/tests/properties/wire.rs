//! Whatever is written for the wire reads back as it was, and nothing else does.

use mosh_core::crypto::{Direction, Forged, Session, SessionKey, TAG_LEN};
use mosh_core::storage::{Buffer, Slab};
use mosh_core::wire::fragment::{Fragment, HEADER_LEN};
use mosh_core::wire::mosh::protobuf::{
    Fields, Value, bytes_field_len, put_bytes_field, put_bytes_key, put_varint_field,
    varint_field_len,
};
use mosh_core::wire::mosh::{Instruction, Offer, host, user};
use mosh_core::wire::packet::{NONCE_LEN, OVERHEAD, Sealed, Timestamp, Timestamps};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(super::cases(300))]

    #[test]
    fn packets_open_as_they_were_sealed_and_not_otherwise(
        key: [u8; 16],
        to_server: bool,
        earlier in 0..40_usize,
        sent: Option<u16>,
        reply: Option<u16>,
        payload in bytes(0..700),
        damage in (any::<prop::sample::Index>(), 0..8_u8),
        rest in any::<prop::sample::Index>(),
    ) {
        let direction = if to_server { Direction::ToServer } else { Direction::ToClient };
        let other = if to_server { Direction::ToClient } else { Direction::ToServer };
        let mut sealing = Session::new(&SessionKey::from_bytes(key), direction);
        let opening = Session::new(&SessionKey::from_bytes(key), other);
        for _ in 0..earlier {
            sealing.seal(&mut [0; 3]).unwrap();
        }
        let reading = |value: Option<u16>| value.map(|value| Timestamp::at(value.into()));
        let timestamps = Timestamps { sent: reading(sent), reply: reading(reply) };
        let mut text = [&timestamps.emit()[..], &payload].concat();
        let (nonce, tag) = sealing.seal(&mut text).unwrap();
        prop_assert_eq!(nonce.seq().value(), earlier as u64);
        prop_assert_eq!(nonce.direction(), direction);
        let datagram = [&nonce.tail()[..], &text, &tag].concat();
        prop_assert_eq!(datagram.len(), payload.len() + OVERHEAD);

        let open = |mut datagram: Vec<u8>| {
            let sealed = Sealed::parse(&mut datagram)?;
            let opened = opening.open(&sealed.nonce, sealed.ciphertext, &sealed.tag);
            Some(opened.map(|()| sealed.ciphertext.to_vec()))
        };
        let plain = open(datagram.clone()).expect("it is long enough").unwrap();
        prop_assert_eq!(Timestamps::parse(&plain), Some((timestamps, &payload[..])));

        let (place, bit) = damage;
        let mut damaged = datagram.clone();
        damaged[place.index(datagram.len())] ^= 1 << bit;
        prop_assert_eq!(open(damaged), Some(Err(Forged)));
        let short = datagram[..rest.index(datagram.len())].to_vec();
        let expected = (short.len() >= NONCE_LEN + TAG_LEN).then_some(Err(Forged));
        prop_assert_eq!(open(short), expected);
    }

    #[test]
    fn keys_are_printed_and_read(key: [u8; 16], other in "[A-Za-z0-9+/=]{20,24}") {
        let text = SessionKey::from_bytes(key).text();
        let again = SessionKey::parse(text.as_str().as_bytes()).unwrap().text();
        prop_assert_eq!(again.as_str(), text.as_str());
        // Two texts never stand for one key.
        if let Ok(key) = SessionKey::parse(other.as_bytes()) {
            let text = key.text();
            prop_assert_eq!(text.as_str(), other);
        }
    }

    #[test]
    fn timestamps_count_modulo_their_range(
        a in millis(),
        b in millis(),
        by in -70_000..70_000_i32,
    ) {
        let reading = |millis: u64| match millis % 65_536 {
            65_535 => 0,
            reading => reading,
        };
        let (earlier, later) = (Timestamp::at(a), Timestamp::at(b));
        let since = (65_536 + reading(b) - reading(a)) % 65_536;
        prop_assert_eq!(u64::from(later.since(earlier)), since);
        for timestamp in [None, Some(later)] {
            prop_assert_eq!(Timestamp::parse(Timestamp::emit(timestamp)), timestamp);
        }
        let shifted = (i128::from(reading(a)) + i128::from(by)).rem_euclid(65_536);
        prop_assert_eq!(earlier.shifted(by), Timestamp::at(shifted as u64));
    }

    #[test]
    fn fragments_read_back(
        id: u64,
        number in 0..0x8000_u16,
        last: bool,
        contents in bytes(0..100),
        rest in 0..HEADER_LEN,
    ) {
        let fragment = Fragment { id, number, last, contents: &contents };
        let bytes = [&fragment.header()[..], &contents].concat();
        prop_assert_eq!(Fragment::parse(&bytes), Some(fragment));
        prop_assert_eq!(Fragment::parse(&bytes[..rest]), None);
    }

    #[test]
    fn fields_read_back_up_to_where_a_message_is_cut(
        fields in vec(field(), 0..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut out = buffer();
        let mut ends = vec![0];
        for field in &fields {
            field.emit(&mut out);
            ends.push(out.len());
        }
        let read: Vec<_> = Fields::new(&out).collect::<Result<_, _>>().unwrap();
        let expected: Vec<_> = fields.iter().map(Field::value).collect();
        prop_assert_eq!(&read, &expected);
        let cut = cut.index(out.len() + 1);
        let whole = ends.iter().filter(|&&end| end > 0 && end <= cut).count();
        let cut_off: Vec<_> = Fields::new(&out[..cut]).collect();
        for (index, field) in cut_off.iter().enumerate().take(whole) {
            prop_assert_eq!(field, &Ok(expected[index]));
        }
        let torn = usize::from(!ends.contains(&cut));
        prop_assert_eq!(cut_off.len(), whole + torn);
        prop_assert_eq!(cut_off.iter().filter(|field| field.is_err()).count(), torn);
    }

    #[test]
    fn instructions_read_back_among_unknown_fields(
        (protocol_version, nums) in (any::<u32>(), any::<[u64; 4]>()),
        diff in bytes(0..300),
        chaff in bytes(0..17),
        unknown in vec((any::<prop::sample::Index>(), field()), 0..4),
        offer in proptest::option::of(any::<(u16, u32)>()),
        room in 0..20_usize,
    ) {
        let [old_num, new_num, ack_num, throwaway_num] = nums.map(|num| num >> (num % 64));
        let instruction = Instruction {
            protocol_version, old_num, new_num, ack_num, throwaway_num,
            diff: &diff, chaff: &chaff,
            offer: offer.map(|(version, features)| Offer { version, features }),
        };
        let mut out = buffer();
        instruction.emit(&mut out).unwrap();
        prop_assert_eq!(out.len(), instruction.emitted_len());
        prop_assert_eq!(Instruction::parse(&out), Ok(instruction));

        let mut around = buffer();
        around.extend(&[0x55; Instruction::MAX_HEAD]).unwrap();
        around.extend(&diff).unwrap();
        let start = instruction.prepend(&mut around);
        prop_assert_eq!(&around[start..], &out[..]);

        // Padding that finds no room is left out.
        let mut memory = vec![0; Instruction::MAX_HEAD + diff.len() + room];
        let mut tight = Buffer::new(Slab::borrowed(&mut memory));
        tight.extend(&[0x55; Instruction::MAX_HEAD]).unwrap();
        tight.extend(&diff).unwrap();
        let start = instruction.prepend(&mut tight);
        let kept = if bytes_field_len(7, chaff.len()) <= room { &chaff[..] } else { &[] };
        let expected = Instruction { chaff: kept, ..instruction };
        prop_assert_eq!(Instruction::parse(&tight[start..]), Ok(expected));

        let mut fields: Vec<_> = Fields::new(&out).map(|field| field.unwrap()).collect();
        for (place, field) in &unknown {
            let (number, value) = field.value();
            let number = 9 + number % 100;
            fields.insert(place.index(fields.len() + 1), (number, value));
        }
        let mut mixed = buffer();
        for (number, value) in fields {
            put(&mut mixed, number, value);
        }
        prop_assert_eq!(Instruction::parse(&mixed), Ok(instruction));
    }

    #[test]
    fn changes_of_a_screen_read_back(changes in vec(change(), 0..8)) {
        let mut out = buffer();
        let mut len = 0;
        for change in &changes {
            match change {
                Change::Bytes(bytes) => {
                    host::put_bytes_head(&mut out, bytes.len()).unwrap();
                    out.extend(bytes).unwrap();
                    len += host::bytes_len(bytes.len());
                }
                Change::Resize(columns, rows) => {
                    host::put_resize(&mut out, *columns, *rows).unwrap();
                    len += host::resize_len(*columns, *rows);
                }
                Change::EchoAck(num) => {
                    host::put_echo_ack(&mut out, *num).unwrap();
                    len += host::echo_ack_len(*num);
                }
            }
            prop_assert_eq!(out.len(), len);
        }
        let read: Vec<_> = host::Changes::new(&out).collect::<Result<_, _>>().unwrap();
        let expected: Vec<_> = changes.iter().map(Change::expected).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn events_of_a_user_read_back(
        events in vec(prop_oneof![
            bytes(0..200).prop_map(Ok),
            any::<(u16, u16)>().prop_map(Err),
        ], 0..8),
    ) {
        let mut out = buffer();
        let mut len = 0;
        for event in &events {
            match event {
                Ok(keys) => {
                    user::put_keys_head(&mut out, keys.len()).unwrap();
                    out.extend(keys).unwrap();
                    len += user::keys_len(keys.len());
                }
                Err((columns, rows)) => {
                    user::put_resize(&mut out, *columns, *rows).unwrap();
                    len += user::resize_len(*columns, *rows);
                }
            }
            prop_assert_eq!(out.len(), len);
        }
        let read: Vec<_> = user::Events::new(&out).collect::<Result<_, _>>().unwrap();
        let expected: Vec<_> = events
            .iter()
            .map(|event| match event {
                Ok(keys) => user::Event::Keys(keys),
                Err((columns, rows)) => {
                    user::Event::Resize { width: (*columns).into(), height: (*rows).into() }
                }
            })
            .collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn any_bytes_are_a_message_or_none(message in bytes(0..200)) {
        // Nothing panics, and it all ends.
        let _ = Instruction::parse(&message);
        for ends in [
            host::Changes::new(&message).map(|change| change.is_err()).collect::<Vec<_>>(),
            user::Events::new(&message).map(|event| event.is_err()).collect(),
            Fields::new(&message).map(|field| field.is_err()).collect(),
        ] {
            prop_assert!(ends.len() <= message.len());
        }
        let fields: Vec<_> = Fields::new(&message).collect();
        prop_assert!(fields.iter().rev().skip(1).all(|field| field.is_ok()));
    }
}

/// A change of a screen that owns its bytes.
#[derive(Clone, Debug)]
enum Change {
    Bytes(Vec<u8>),
    Resize(u16, u16),
    EchoAck(u64),
}

impl Change {
    fn expected(&self) -> host::Change<'_> {
        match *self {
            Self::Bytes(ref bytes) => host::Change::Bytes(bytes),
            Self::Resize(columns, rows) => {
                host::Change::Resize { width: columns.into(), height: rows.into() }
            }
            Self::EchoAck(num) => host::Change::EchoAck(num),
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        bytes(0..300).prop_map(Change::Bytes),
        any::<(u16, u16)>().prop_map(|(columns, rows)| Change::Resize(columns, rows)),
        any::<u64>().prop_map(Change::EchoAck),
    ]
}

/// A field of a message that owns its value.
#[derive(Clone, Debug)]
enum Field {
    Varint(u32, u64),
    Bytes(u32, Vec<u8>),
    Fixed(u32, Vec<u8>),
}

fn field() -> impl Strategy<Value = Field> {
    let number = || prop_oneof![3 => 1..20_u32, 1 => 1..(1_u32 << 29)];
    let fixed = prop_oneof![vec(any::<u8>(), 4), vec(any::<u8>(), 8)];
    prop_oneof![
        (number(), any::<u64>(), 0..64_u32)
            .prop_map(|(number, value, shift)| Field::Varint(number, value >> shift)),
        (number(), bytes(0..200)).prop_map(|(number, bytes)| Field::Bytes(number, bytes)),
        (number(), fixed).prop_map(|(number, bytes)| Field::Fixed(number, bytes)),
    ]
}

impl Field {
    fn value(&self) -> (u32, Value<'_>) {
        match self {
            Self::Varint(number, value) => (*number, Value::Varint(*value)),
            Self::Bytes(number, bytes) => (*number, Value::Bytes(bytes)),
            Self::Fixed(number, bytes) => (*number, Value::Fixed(bytes)),
        }
    }

    fn emit(&self, out: &mut Buffer<'_>) {
        let (number, value) = self.value();
        put(out, number, value);
    }
}

fn put(out: &mut Buffer<'_>, number: u32, value: Value<'_>) {
    let before = out.len();
    match value {
        Value::Varint(value) => {
            put_varint_field(out, number, value).unwrap();
            assert_eq!(out.len() - before, varint_field_len(number, value));
        }
        Value::Bytes(bytes) => {
            put_bytes_field(out, number, bytes).unwrap();
            assert_eq!(out.len() - before, bytes_field_len(number, bytes.len()));
        }
        Value::Fixed(bytes) => {
            // Nothing of ours writes these: the key of another type, with its type put right.
            let mut key = buffer();
            put_bytes_key(&mut key, number, 0).unwrap();
            let mut key = key[..key.len() - 1].to_vec();
            key[0] = key[0] & !7 | if bytes.len() == 4 { 5 } else { 1 };
            out.extend(&key).unwrap();
            out.extend(bytes).unwrap();
        }
    }
}

/// Any time, and times around the end of the range.
fn millis() -> impl Strategy<Value = u64> {
    let near = (1..1000_u64, 0..4_u64).prop_map(|(turns, past)| turns * 65_536 + past - 2);
    prop_oneof![any::<u64>(), near]
}

fn bytes(len: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), len)
}

fn buffer() -> Buffer<'static> {
    Buffer::new(Slab::growable(1 << 20))
}
