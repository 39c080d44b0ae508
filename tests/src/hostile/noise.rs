//! What resembles the protocol, by chance.

use mosh_core::wire::mosh::{Instruction, PROTOCOL_VERSION};

use crate::sim::tap::Toward;

use super::plot::{Plot, echo_ack, emitted, keys, output, size};

/// Sends an instruction, or something that resembles one.
pub fn anything(plot: &mut Plot) {
    let diff = match plot.toward {
        Toward::Server => user_diff(plot),
        Toward::Client => host_diff(plot),
    };
    let old_num = number(plot);
    plot.high += 1;
    let new_num = match plot.random.below(8) {
        0 => number(plot),
        _ => plot.high,
    };
    let instruction = Instruction {
        protocol_version: if plot.random.below(50) == 0 { 3 } else { PROTOCOL_VERSION },
        old_num,
        // Near the end of the range there would be no room to go on.
        new_num: new_num.min(plot.high + 5),
        ack_num: if plot.random.below(2) == 0 { plot.heard } else { number(plot) },
        throwaway_num: if plot.random.below(4) == 0 { number(plot) } else { 0 },
        diff: &diff,
        chaff: &[],
        offer: None,
    };
    let mut message = emitted(&instruction);
    if plot.random.below(10) == 0 {
        damage(plot, &mut message);
    }
    let mut stream = plot.deflate(&message);
    if plot.random.below(10) == 0 {
        damage(plot, &mut stream);
    }
    plot.said.push(instruction.new_num);
    plot.high = plot.high.max(instruction.new_num);
    let before = plot.packets.len();
    plot.compressed(&stream);
    for index in before..plot.packets.len() {
        careless(plot, index);
    }
}

/// Changes a packet a little, or not at all.
fn careless(plot: &mut Plot, index: usize) {
    let choice = plot.random.below(60);
    let bits = plot.random.bits();
    let packet = &mut plot.packets[index];
    match choice {
        // The fragment's number and its mark of the last one; its id; all behind the header.
        0 => packet.plaintext[12..14].copy_from_slice(&[0x7f, 0xff]),
        1 => packet.plaintext[12] ^= 0x80,
        2 => packet.plaintext[4..12].copy_from_slice(&bits.to_be_bytes()),
        3 => packet.plaintext.truncate(14),
        4 => packet.plaintext.truncate((bits % 16) as usize),
        5..25 => packet.plaintext[..4].copy_from_slice(&bits.to_be_bytes()[..4]),
        _ => {}
    }
}

fn number(plot: &mut Plot) -> u64 {
    match plot.random.below(24) {
        0 => u64::MAX - plot.random.bits() % 2,
        1 => 1 << 63,
        2 => plot.random.bits(),
        3..=7 => plot.random.bits() % 6,
        8..=12 => plot.held,
        _ => match plot.said.len() {
            0 => plot.held,
            count => plot.said[plot.random.below(count)],
        },
    }
}

fn damage(plot: &mut Plot, bytes: &mut [u8]) {
    for _ in 0..=plot.random.below(3) {
        let at = plot.random.below(bytes.len());
        bytes[at] = plot.random.bits() as u8;
    }
}

fn user_diff(plot: &mut Plot) -> Vec<u8> {
    let mut diff = Vec::new();
    for _ in 0..plot.random.below(5) {
        diff.extend(match plot.random.below(40) {
            0..10 => size(dimension(plot), dimension(plot)),
            10 => keys(&vec![b'k'; plot.random.below(3000)]),
            _ => keys(&b"\x1bOA\x1b[B\0\xff"[..plot.random.below(9)]),
        });
    }
    diff
}

fn host_diff(plot: &mut Plot) -> Vec<u8> {
    let mut diff = Vec::new();
    for _ in 0..plot.random.below(5) {
        diff.extend(match plot.random.below(6) {
            0 => size(dimension(plot), dimension(plot)),
            1 => echo_ack(number(plot)),
            _ => output(&terminal_output(plot)),
        });
    }
    diff
}

fn dimension(plot: &mut Plot) -> i64 {
    match plot.random.below(12) {
        0 => [0, 0xffff, 0x100, 1024, 2048, -3][plot.random.below(6)],
        _ => 1 + plot.random.below(100) as i64,
    }
}

/// Bytes for a terminal, near to what terminals understand.
pub fn terminal_output(plot: &mut Plot) -> Vec<u8> {
    const LASTS: &[u8] = b"ABCDEFGHIJKLMPSTXZ@`abcdefghilmnpqrsu~";
    const TEXTS: [&str; 8] =
        ["日本", "e\u{301}", "\u{200d}", "👩‍👩‍👧", "\u{fe0f}", "\t", "\r\n", "\x08"];
    const STRINGS: [&str; 12] = [
        "\x1b]0;t\x07",
        "\x1b]52;c;QUJD\x07",
        "\x1bc",
        "\x1bM",
        "\x1bD",
        "\x1bH",
        "\x1b7",
        "\x1b8",
        "\x1b#8",
        "\x1b]2;",
        "\x1bP",
        "\x1b[?1049h",
    ];
    let random = &mut plot.random;
    let mut output = Vec::new();
    for _ in 0..random.below(60) {
        match random.below(5) {
            0 => {
                let number = match random.below(6) {
                    0 => 65_535,
                    1 => 4_294_967_296,
                    _ => random.below(120),
                };
                let mark = ["", "?", ">", "!", "1;", ";", ":"][random.below(7)];
                output.extend(format!("\x1b[{mark}{number};{}", random.below(90)).bytes());
                output.push(LASTS[random.below(LASTS.len())]);
            }
            1 => output.extend(TEXTS[random.below(8)].bytes()),
            2 => output.extend(STRINGS[random.below(12)].bytes()),
            3 => output.push(random.bits() as u8),
            _ => output.extend(&b"text of no interest"[..random.below(20)]),
        }
    }
    output
}
