//! What is repeated when, and how.

use super::*;

#[test]
fn fragments_of_two_tries_complete_each_other() {
    let mut pair = Pair::connected(5);
    let noise: Vec<u8> = (0..6000).map(|_| pair.random(256) as u8).collect();
    pair.server.outgoing_mut().set(&noise);
    for lost in [1, 3] {
        // The next try, whenever it comes.
        while pair.flying.len() < 5 {
            let next = pair.server.poll_timeout().into_iter().chain(pair.client.poll_timeout());
            let next = next.min().unwrap_or(pair.now).max(pair.now);
            pair.flying.clear();
            pair.now = next;
            pair.server.handle_timeout(next);
            pair.client.handle_timeout(next);
            pair.drain(Server);
        }
        assert_eq!(pair.flying.len(), 5);
        pair.flying.remove(lost);
        let arrival = pair.now.millis() + 5;
        pair.run_until(arrival);
    }
    assert_eq!(&**pair.client.newest().snapshot, noise);
}

#[test]
fn what_the_peer_misses_is_sent_again_when_it_is_heard() {
    for silence in [20_300, 30_700] {
        let mut pair = Pair::connected(50);
        pair.channel.mute = true;
        pair.client.outgoing_mut().set(b"typed in a tunnel");
        pair.run_for(silence);
        pair.channel.mute = false;
        let start = pair.now.millis();
        pair.server.outgoing_mut().set(b"news");
        pair.run_for(151);
        // The news take 50 ms to the client, and what it repeats then 50 ms to the server.
        assert!(pair.sent_by(Client).any(|at| at == start + 50), "after {silence} ms");
        assert_eq!(&**pair.server.newest().snapshot, b"typed in a tunnel");
    }
}

#[test]
fn what_may_be_lost_is_tried_every_second_before_only_heartbeats_carry_it() {
    let mut pair = Pair::connected(50);
    pair.channel.mute = true;
    let start = pair.now.millis();
    pair.client.outgoing_mut().set(b"x");
    pair.run_for(200_000);
    let sent = |from: u64, to: u64| {
        pair.sent_by(Client).filter(|at| (start + from..start + to).contains(at)).count()
    };
    assert_eq!(sent(20_000, 60_000), 40);
    assert_eq!(sent(140_000, 200_000), 20);
}

#[test]
fn stock_timing_collects_what_comes_after_silence_and_waits_half_a_round_trip() {
    for (timing, expected) in [(Timing::Prompt, [0, 20]), (Timing::Stock, [8, 58])] {
        let mut pair = Pair::with_timing(Channel::perfect(50), timing);
        // The round trip becomes known by an answer.
        pair.server.outgoing_mut().set(b"warm");
        pair.run_until(7000);
        pair.log.clear();
        let start = pair.now.millis();
        pair.server.outgoing_mut().set(b"a");
        pair.run_for(10);
        pair.server.outgoing_mut().set(b"ab");
        pair.run_for(70);
        let sent: Vec<_> = pair.sent_by(Server).map(|at| at - start).collect();
        assert_eq!(sent, expected, "{timing:?}");
    }
}
