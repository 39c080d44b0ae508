//! The list of attacks.

use mosh_core::wire::mosh::Instruction;

use crate::sim::tap::Toward;

use super::noise;
use super::plot::{NOTHING, Plot, bytes_field, echo_ack, emitted, keys, output, size};

/// Something that a peer with the key can do to the other.
#[derive(Clone, Copy, Debug)]
pub struct Attack {
    /// What is sent.
    pub name: &'static str,
    /// To whom it makes sense; `None`: to both.
    pub victim: Option<Toward>,
    /// Makes the packets.
    pub make: fn(&mut Plot),
}

impl Attack {
    /// Whether the attack goes `toward` this victim.
    #[must_use]
    pub fn is_for(&self, toward: Toward) -> bool {
        self.victim.is_none_or(|victim| victim == toward)
    }
}

/// All attacks.
pub const ATTACKS: &[Attack] = &[
    both("packets that end in their timestamps", short_packets),
    both("fragments that end in their header", short_fragments),
    both("fragments that contradict each other", contradicting_fragments),
    both("fragments of what never ends", endless_fragments),
    both("streams that are not compressed so", malformed_streams),
    both("streams of more than an instruction may have", bombs),
    both("instructions that are none", malformed_instructions),
    both("diffs that are none", malformed_diffs),
    both("sizes of zero, below zero and beyond all screens", absurd_sizes),
    both("numbers out of order and at the ends of their range", absurd_numbers),
    both("more states than anybody keeps", many_states),
    both("histories that contradict each other", contradicting_histories),
    both("timestamps without sense", absurd_timestamps),
    both("sequence numbers that jump and come again", absurd_sequence),
    both("datagrams from another port each", wandering),
    client("echo acknowledgements that fall", falling_echo_ack),
    client("questions to the terminal", questions),
    client("strings and parameters without end", endless_sequences),
    client("screens of megabytes", large_screens),
    server("megabytes of keys", many_keys),
    both("a thousand things by chance", chance),
];

const fn both(name: &'static str, make: fn(&mut Plot)) -> Attack {
    Attack { name, victim: None, make }
}

const fn client(name: &'static str, make: fn(&mut Plot)) -> Attack {
    Attack { name, victim: Some(Toward::Client), make }
}

const fn server(name: &'static str, make: fn(&mut Plot)) -> Attack {
    Attack { name, victim: Some(Toward::Server), make }
}

/// A diff that shows: a key for a server, a letter for a client.
fn visible(plot: &Plot, text: &[u8]) -> Vec<u8> {
    match plot.toward {
        Toward::Server => keys(text),
        Toward::Client => output(text),
    }
}

fn short_packets(plot: &mut Plot) {
    for len in 0..4 {
        plot.plaintext(&[0; 4][..len]);
    }
}

fn short_fragments(plot: &mut Plot) {
    for len in 0..10 {
        plot.payload(&[0x80; 10][..len]);
    }
    for last in [false, true] {
        plot.fragment(plot.id + 1, 0, last, b"");
        plot.fragment(plot.id + 1, 0x7fff, last, b"");
    }
}

fn contradicting_fragments(plot: &mut Plot) {
    let mut id = plot.id;
    let cases: [&[(u16, bool, &[u8])]; 8] = [
        // Two contents, and two opinions about the end.
        &[(0, false, b"ab"), (0, false, b"xy"), (1, true, b"z")],
        &[(0, false, b"ab"), (0, true, b"ab")],
        &[(1, true, b"ab"), (1, false, b"ab"), (0, false, b"cd")],
        // An end before what is there, something beyond the end, two ends.
        &[(2, false, b"ef"), (1, true, b"cd"), (0, false, b"ab")],
        &[(1, true, b"cd"), (2, false, b"ef"), (0, false, b"ab")],
        &[(1, true, b"cd"), (2, true, b"ef"), (0, false, b"ab")],
        // One length, then another.
        &[(0, false, b"abc"), (0, false, b"ab"), (1, true, b"")],
        &[(0x7fff, true, b"z"), (0x7ffe, true, b"y"), (0, false, b"")],
    ];
    for case in cases {
        id += 1;
        for &(number, last, contents) in case {
            plot.fragment(id, number, last, contents);
        }
    }
    // Two instructions in turn, neither of which is ever complete.
    for number in 0..50 {
        plot.fragment(id + 1, number, false, &[1; 500]);
        plot.fragment(id + 2, number, false, &[2; 500]);
    }
    plot.id = id + 2;
}

fn endless_fragments(plot: &mut Plot) {
    // Thirteen megabytes of one instruction, the last fragment of which is missing.
    for number in 0..11_000 {
        plot.fragment(plot.id + 1, number, false, &[b'x'; 1214]);
    }
    // Then two thousand that are begun at their far end.
    for id in 0..2000 {
        plot.fragment(plot.id + 2 + id, 0x7ffe, false, b"far away");
    }
    plot.id += 2002;
}

fn malformed_streams(plot: &mut Plot) {
    let claim = plot.claim();
    let text = visible(plot, b"never to be seen");
    let good = plot.deflate(&emitted(&Instruction { diff: &text, ..claim }));
    for len in 0..good.len() {
        plot.compressed(&good[..len]);
    }
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x55;
        plot.compressed(&bad);
    }
    // Deflate without its container, a dictionary that nobody has, stored blocks that lie.
    plot.compressed(&good[2..good.len() - 4]);
    plot.compressed(&[&[0x78, 0xbb, 1, 2, 3, 4][..], &good[2..]].concat());
    plot.compressed(&[0x78, 0x9c, 0x01, 0xff, 0xff, 0xff, 0xff]);
    plot.compressed(&[0x78, 0x9c, 0x00, 0x05, 0x00, 0x00, 0x00]);
    for _ in 0..50 {
        let mut noise = vec![0; 1 + plot.random.below(1200)];
        plot.random.fill(&mut noise);
        plot.compressed(&noise);
        plot.compressed(&[&[0x78, 0x9c][..], &noise].concat());
    }
}

fn bombs(plot: &mut Plot) {
    // A thousandfold: one datagram for a megabyte.
    for mebibytes in [4, 5, 16, 64] {
        let stream = plot.deflate(&vec![0; mebibytes << 20]);
        for _ in 0..64 / mebibytes {
            plot.compressed(&stream);
        }
    }
    // Within the limit and almost all of it a field that says nothing.
    for field in [7, 8] {
        let padding = bytes_field(field, &vec![0; (4 << 20) - 100]);
        let head = emitted(&plot.claim());
        for _ in 0..20 {
            plot.message(&[&head[..], &padding].concat());
        }
    }
}

fn malformed_instructions(plot: &mut Plot) {
    let claim = plot.claim();
    let text = visible(plot, b"never to be seen");
    let good = emitted(&Instruction { diff: &text, ..claim });
    for len in 0..good.len() {
        plot.message(&good[..len]);
    }
    let tails: &[&[u8]] = &[
        b"\x00",
        b"\x07",
        // A group, and the end of one.
        b"\x4b",
        b"\x4c",
        // Lengths of 2^63 and of the whole range; a number of eleven bytes.
        b"\x32\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
        b"\x32\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x10\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
        // Four bytes of a fixed number of eight.
        b"\x49\x01\x02\x03\x04",
    ];
    for tail in tails {
        plot.message(&[&good[..], tail].concat());
    }
    for version in [0, 1, 3, u32::MAX] {
        let instruction = Instruction { protocol_version: version, diff: &text, ..claim };
        plot.message(&emitted(&instruction));
    }
    plot.message(&[]);
}

fn malformed_diffs(plot: &mut Plot) {
    let good = [visible(plot, b"never to be seen"), size(80, 24), echo_ack(3)].concat();
    for len in 1..good.len() {
        // Cut between two events it would be well-formed.
        let cut = &good[..len];
        if ![visible(plot, b"never to be seen").len(), good.len() - echo_ack(3).len()]
            .contains(&len)
        {
            plot.diff(cut);
        }
    }
    let bad: &[&[u8]] = &[
        b"\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
        b"\x0a\x04\x12\x7f\x22\x00",
        b"\x0a\x04\x12\x02\x22\x7f",
        b"\x0a\x02\x1a\x7f",
        b"\x0a\x03\x1a\x01\x28",
        b"\x0b",
        b"\x00",
    ];
    for diff in bad {
        plot.diff(diff);
    }
}

fn absurd_sizes(plot: &mut Plot) {
    let ends = [0, -1, 1, i64::from(i32::MIN), i64::from(i32::MAX), 0xffff, i64::MIN, i64::MAX];
    for width in ends {
        for height in ends {
            plot.diff(&size(width, height));
        }
    }
    // Each alone, and as large as they get in turn with as small.
    plot.diff(b"\x0a\x02\x1a\x00");
    for _ in 0..20 {
        plot.diff(&[size(0xffff, 1), size(1, 0xffff), size(0xffff, 0xffff), size(1, 1)].concat());
    }
    plot.diff(&size(80, 24));
}

fn absurd_numbers(plot: &mut Plot) {
    const ENDS: [u64; 6] = [0, 1, 1 << 31, 1 << 63, u64::MAX - 1, u64::MAX];
    let (held, heard) = (plot.held, plot.heard);
    // On a base that is not held nothing can be built, whatever the rest says.
    for old_num in [held + 1_000_000, 1 << 62, 1 << 63, u64::MAX - 1, u64::MAX] {
        for new_num in ENDS {
            for throwaway_num in [0, u64::MAX] {
                let instruction = Instruction {
                    old_num,
                    new_num,
                    throwaway_num,
                    ack_num: heard,
                    diff: NOTHING,
                    protocol_version: 2,
                    chaff: &[],
                    offer: None,
                };
                plot.message(&emitted(&instruction));
            }
        }
    }
    // On one that is held: older than the base, the base itself, with more thrown away than that.
    let text = visible(plot, b"?");
    for new_num in [0, 1, held.saturating_sub(1), held] {
        let claim = plot.claim();
        plot.message(&emitted(&Instruction { new_num, diff: &text, ..claim }));
    }
    for throwaway_num in [held + 1, 1 << 63, u64::MAX] {
        let claim = plot.claim();
        plot.message(&emitted(&Instruction { throwaway_num, diff: &text, ..claim }));
    }
    // Acknowledged: what was never sent, what was thrown away, the end that was never said.
    for ack_num in [heard + 1_000_000, 1 << 63, u64::MAX - 1, u64::MAX, 0, heard] {
        let claim = plot.claim();
        plot.instruction(&Instruction { ack_num, diff: NOTHING, ..claim });
    }
    // A leap forward, and what comes too late.
    let leap = plot.high + (1 << 40);
    for new_num in [leap, leap - 2, leap - 1, leap + 1] {
        let claim = plot.claim();
        plot.instruction(&Instruction { new_num, diff: NOTHING, ..claim });
    }
}

fn many_states(plot: &mut Plot) {
    for count in 0..3000 {
        let text = visible(plot, format!("{count} ").as_bytes());
        plot.diff(&text);
    }
}

fn contradicting_histories(plot: &mut Plot) {
    let (short, long) = (visible(plot, b"a"), visible(plot, b"contradictory"));
    let mut first = plot.claim();
    let mut second = plot.claim();
    first.diff = &long;
    plot.instruction(&first);
    // The same number with another content, on another base, as something that goes back.
    plot.instruction(&Instruction { diff: &short, ..first });
    second.old_num = first.new_num;
    second.diff = &short;
    plot.instruction(&second);
    plot.instruction(&Instruction { diff: &long, ..second });
    plot.instruction(&Instruction { old_num: second.new_num, ..first });
    // The same stream once more, with sizes where letters were and letters where sizes were.
    let mixed = [short.clone(), size(80, 24), long.clone(), size(80, 24)].concat();
    let others = [size(80, 24), long.clone(), size(80, 24), short.clone()].concat();
    for diff in [&mixed, &others, &mixed] {
        plot.diff(diff);
    }
    // And the longest of all, after which there is nothing left to contradict.
    plot.diff(&visible(plot, &[b'-'; 300]));
}

fn absurd_timestamps(plot: &mut Plot) {
    for sent in [0u16, 1, 0x7fff, 0x8000, 0xfffe, 0xffff] {
        for reply in [0u16, 1, 0x7fff, 0x8000, 0xfffe, 0xffff] {
            let claim = plot.claim();
            plot.instruction(&Instruction { diff: NOTHING, ..claim });
            let stamps = [sent.to_be_bytes(), reply.to_be_bytes()].concat();
            plot.last_packet(|packet| packet.plaintext[..4].copy_from_slice(&stamps));
        }
    }
}

fn absurd_sequence(plot: &mut Plot) {
    for step in [1000, -1000, i64::MIN, -1, 1 << 40, -(1 << 40), 1 << 60, -3, 0] {
        let claim = plot.claim();
        plot.instruction(&Instruction { diff: NOTHING, ..claim });
        plot.last_packet(|packet| packet.step = step);
    }
}

fn wandering(plot: &mut Plot) {
    for _ in 0..40 {
        let claim = plot.claim();
        plot.instruction(&Instruction { diff: NOTHING, ..claim });
        plot.last_packet(|packet| packet.elsewhere = true);
    }
    // Back home.
    let claim = plot.claim();
    plot.instruction(&Instruction { diff: NOTHING, ..claim });
}

fn falling_echo_ack(plot: &mut Plot) {
    for num in [1, 0, u64::MAX, 5, 1 << 63, 0, u64::MAX - 1, 1] {
        plot.diff(&echo_ack(num));
    }
    plot.diff(&[echo_ack(9), echo_ack(3), echo_ack(0)].concat());
}

fn questions(plot: &mut Plot) {
    let questions = [
        "\x1b[c",
        "\x1b[>c",
        "\x1b[=c",
        "\x1b[0c",
        "\x1bZ",
        "\x05",
        "\x1b[5n",
        "\x1b[6n",
        "\x1b[?6n",
        "\x1b[?15n",
        "\x1b[?25n",
        "\x1b[?26n",
        "\x1b[?996n",
        "\x1b[11t",
        "\x1b[13t",
        "\x1b[14t",
        "\x1b[18t",
        "\x1b[19t",
        "\x1b[20t",
        "\x1b[21t",
        "\x1b[x",
        "\x1b[1x",
        "\x1b[4$p",
        "\x1b[?2026$p",
        "\x1b[>0q",
        "\x1b[?u",
        "\x1b[?4m",
        "\x1b[1;1;1;1;1;1*y",
        "\x1b['|",
        "\x1b[?1;1;0S",
        "\x1bP$qm\x1b\\",
        "\x1bP$qr\x1b\\",
        "\x1bP$q q\x1b\\",
        "\x1bP+q544e\x1b\\",
        "\x1bP0;1|17/17\x1b\\",
        "\x1b]4;1;?\x07",
        "\x1b]10;?\x07",
        "\x1b]11;?\x1b\\",
        "\x1b]12;?\x07",
        "\x1b]17;?\x07",
        "\x1b]50;?\x07",
        "\x1b]52;c;?\x07",
        "\x1b]52;;?\x07",
        "\x1b]52;p;?\x07",
        "\x1b]52;c;?\x1b\\",
        "\x1b]60\x07",
        "\x1b]7;?\x07",
        "\x1b]99;i=1:p=?;\x1b\\",
        "\x1b]1337;ReportCellSize\x07",
        "\x1b_Gi=1,a=q;AAAA\x1b\\",
        "\x1b[1;2'z\x1b[1'{",
        "\u{9b}c",
        "\u{9d}10;?\u{9c}",
        "\u{90}$qm\u{9c}",
        // Titles and clipboards that end early and go on with a question.
        "\x1b]0;title\u{9c}\x1b[c\x07",
        "\x1b]0;a\x18\x1b[21t",
        "\x1b]2;\x1b[6n\x07",
        "\x1b]0;\u{9b}c\x07",
        "\x1b]52;c;QUJD\u{9b}6n\x07",
        "\x1b]52;c;QUJD;?\x07",
        "\x1b[?1049h\x1b[?2026h\x1b[?69h\x1b[?1016h",
    ];
    for question in questions {
        plot.diff(&output(question.as_bytes()));
    }
    // Raw bytes of the upper half are controls to a terminal that is not told of UTF-8.
    for question in [&b"\x9bc"[..], b"\x9d10;?\x9c", b"\x85\x90$qm\x9c", b"\x9a"] {
        plot.diff(&output(question));
    }
    // Torn over two diffs.
    let mut claim = plot.claim();
    let first = output(b"\x1b");
    claim.diff = &first;
    plot.instruction(&claim);
    let next = plot.claim();
    let second = output(b"[c");
    plot.instruction(&Instruction { old_num: claim.new_num, diff: &second, ..next });
}

fn endless_sequences(plot: &mut Plot) {
    let long = vec![b'7'; 1 << 20];
    for start in ["\x1b]0;", "\x1b]52;c;", "\x1bP", "\x1b_", "\x1b[", "\x1b[38;5;", "\x1b[1;1"] {
        let text = [start.as_bytes(), &long].concat();
        plot.diff(&output(&text));
        plot.diff(&output(&[&text[..], b"\x07\x1b\\m"].concat()));
    }
    let most = u64::MAX.to_string();
    for last in "@ABCDEFGHIJKLMPSTXZ`abdefghlmrsu".chars() {
        for prefix in ["", "?"] {
            let text = format!("\x1b[{prefix}{most};{most}{last}x\x1b[65535;65535{last}");
            plot.diff(&output(text.as_bytes()));
        }
    }
    // A character with more marks than any screen shows.
    let marks = format!("e{}", "\u{301}".repeat(200_000));
    plot.diff(&output(marks.as_bytes()));
    plot.diff(&output("e\u{301}\x1b[65535b".as_bytes()));
}

fn large_screens(plot: &mut Plot) {
    // As many cells as there can be, each another colour, in state after state.
    for round in 0..6 {
        let mut text = Vec::new();
        for cell in 0..40_000 {
            text.extend(format!("\x1b[38;5;{}m{}", cell % 256, (cell + round) % 10).bytes());
        }
        plot.diff(&[size(2000, 1000), output(&text)].concat());
    }
    plot.diff(&size(80, 24));
}

fn many_keys(plot: &mut Plot) {
    // More than a program can read at once, again and again on the same base, and once as much as
    // an instruction can have.
    for round in 0..10 {
        plot.diff(&keys(&vec![b'a' + round; 900_000]));
    }
    plot.diff(&keys(&vec![b'z'; (4 << 20) - 100]));
}

fn chance(plot: &mut Plot) {
    for _ in 0..1000 {
        noise::anything(plot);
    }
    // Whatever became of it, the screen has a usual size again.
    plot.diff(&size(80, 24));
}
