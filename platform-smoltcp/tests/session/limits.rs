//! More than the device has memory for.

use std::time::Duration;

use mosh_core::transport::CloseReason;
use mosh_smoltcp::ConsoleEvent;
use mosh_smoltcp::server::FAREWELL;

use crate::cable::Weather;
use crate::world::{Kind, World, key};

const SECOND: Duration = Duration::from_secs(1);

/// What does not compress.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let noise = std::iter::repeat_with(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b'!' + ((state >> 16) % 90) as u8
    });
    noise.take(len).collect()
}

#[test]
fn a_paste_longer_than_the_room_for_keys_arrives_in_parts() {
    for kind in [Kind::Ours, Kind::Stock] {
        let mut world = World::new(Weather { loss: 20, doubled: 0, ..Weather::default() });
        world.echoes = false;
        world.connect(kind, key(1), false);
        world.pass(2 * SECOND);
        // 512 keys have room, and an instruction may have two thousand bytes.
        let paste = noise(1800);
        world.type_keys(&paste);
        world.pass(10 * SECOND);
        assert_eq!(world.typed, paste, "{kind:?}");
        world.type_keys(b"\r");
        world.pass(2 * SECOND);
        assert_eq!(world.typed.last(), Some(&b'\r'), "{kind:?}");
        assert!(!world.saw(ConsoleEvent::TooLarge));
    }
}

#[test]
fn a_paste_longer_than_an_instruction_is_told_and_ends_the_session() {
    for kind in [Kind::Ours, Kind::Stock] {
        let mut world = World::new(Weather { loss: 10, doubled: 0, ..Weather::default() });
        world.connect(kind, key(1), false);
        world.pass(2 * SECOND);
        world.type_keys(b"ls\r\n");
        world.pass(2 * SECOND);
        world.type_keys(&noise(4000));
        world.pass(8 * SECOND);
        assert!(world.saw(ConsoleEvent::TooLarge), "{kind:?}");
        assert_eq!(world.typed, b"ls\r\n", "nothing of it arrives");
        let shown = world.shown();
        assert_eq!(shown[0], "ls", "{kind:?}");
        assert!(shown[23].starts_with("Too much was pasted at once (limit 20"), "{shown:?}");
        assert_eq!(world.client_closed, None, "there is time to read it");

        world.pass(FAREWELL + 15 * SECOND);
        let closed = |event: &ConsoleEvent| matches!(event, ConsoleEvent::Closed(_));
        assert!(world.events.iter().any(closed), "{kind:?}: {:?}", world.events);
        assert_eq!(world.client_closed, Some(CloseReason::PeerClosed), "{kind:?}");

        world.console.open(key(2), world.now).unwrap();
        world.connect(kind, key(2), false);
        world.pass(3 * SECOND);
        world.type_keys(b"again");
        world.pass(3 * SECOND);
        assert_eq!(world.typed, b"ls\r\nagain", "{kind:?}");
        assert_eq!(world.shown(), world.drawn(), "{kind:?}");
    }
}
