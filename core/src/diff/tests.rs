//! Whatever one terminal does, its diffs make another one show the same.

use super::*;
use crate::screen::tests::{Fixed, check_halves, roomy, text_of};
use crate::screen::{Frame, Language, Screens, Size, width};
use crate::storage::{Buffer, Full, Slab};
use crate::terminal::{Replies, Terminal, TerminalStorage};
use crate::transport::Outgoing;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

mod ours;

const WIRE: Capabilities = Capabilities::MOSH_1_4;

/// A deterministic source of numbers (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }

    fn pick<'p>(&mut self, from: &[&'p str]) -> &'p str {
        from[self.below(from.len())]
    }

    /// Something a program might write.
    fn output(&mut self, out: &mut Vec<u8>, size: Size) {
        let text = match self.below(12) {
            0 | 1 => String::from(self.pick(&[
                "a",
                "hello world ",
                "   ",
                "~",
                "The quick brown",
                "-----------",
                "zz\x1b[40b",
            ])),
            2 => String::from(self.pick(&[
                "漢",
                "字漢字",
                "é",
                "─│┌",
                "──────────",
                "éééé",
                "\u{1f44d}",
                "\u{a0}",
            ])),
            3 => String::from(self.pick(&["\u{301}", "e\u{301}\u{308}", "漢\u{301}", "\u{200d}"])),
            4 => String::from(self.pick(&["\r\n", "\n", "\r", "\x08", "\t", "\x07", "\r\n\r\n"])),
            5 => String::from(self.pick(&["\x1bM", "\x1bD", "\x1b7", "\x1b8", "\x1b#8", "\x1bE"])),
            6 => {
                let row = self.below(usize::from(size.rows) + 2);
                let column = self.below(usize::from(size.columns) + 2);
                format!("\x1b[{row};{column}H")
            }
            7 | 8 => {
                let last = self.pick(&[
                    "@", "A", "B", "C", "D", "E", "F", "G", "J", "K", "L", "M", "P", "S", "T", "X",
                    "Z", "I", "d", "b",
                ]);
                format!("\x1b[{}{last}", self.below(6))
            }
            9 => {
                let (top, bottom) = (self.below(5), self.below(usize::from(size.rows) + 1));
                if self.below(3) == 0 { "\x1b[r".into() } else { format!("\x1b[{top};{bottom}r") }
            }
            10 => String::from(self.pick(&[
                "\x1b[m",
                "\x1b[1m",
                "\x1b[7m",
                "\x1b[4m",
                "\x1b[4:3m",
                "\x1b[22m",
                "\x1b[31m",
                "\x1b[2m",
                "\x1b[48;5;200m",
                "\x1b[38;2;1;2;3m",
                "\x1b[44m",
                "\x1b[97m",
                "\x1b[0;9m",
                "\x1b[49m",
                "\x1b[39;24m",
                "\x1b[21m",
                "\x1b[53m",
            ])),
            _ => String::from(self.pick(&[
                "\x1b[?25l",
                "\x1b[?25h",
                "\x1b[?5h",
                "\x1b[?5l",
                "\x1b[?7l",
                "\x1b[?7h",
                "\x1b[?6h",
                "\x1b[?6l",
                "\x1b[4h",
                "\x1b[4l",
                "\x1b[?2004h",
                "\x1b[?2004l",
                "\x1b[?1000h",
                "\x1b[?1003h",
                "\x1b[?1003l",
                "\x1b[?1006h",
                "\x1b[?1006l",
                "\x1b[?1004h",
                "\x1bc",
                "\x1b]0;both\x07",
                "\x1b]2;title\x1b\\",
                "\x1b]1;icon\x07",
                "\x1b]52;c;YQ==\x07",
                "\x1b[!p",
                "\x1b[?1004l",
            ])),
        };
        out.extend_from_slice(text.as_bytes());
    }
}

fn terminal(size: Size) -> Terminal<'static> {
    Terminal::new(TerminalStorage { string: Slab::growable(1 << 14) }, size)
}

fn buffer() -> Buffer<'static> {
    Buffer::new(Slab::growable(1 << 20))
}

fn explain(screens: &Screens<'_>, a: &Frame, b: &Frame) -> String {
    let mut text = format!("{:?}\n{:?}\n", screens.info(a), screens.info(b));
    for row in 0..screens.size(a).rows {
        if !screens.same_row(a, b, row, Language::Mosh) {
            text += &format!(
                "row {row}: {:?} {} != {:?} {}\n",
                text_of(screens, a, row),
                screens.wrapped(a, row),
                text_of(screens, b, row),
                screens.wrapped(b, row),
            );
        }
    }
    text
}

/// A program's terminal, a copy that only gets diffs, and the state they last agreed on.
struct Pair {
    caps: Capabilities,
    screens: Screens<'static>,
    program: Terminal<'static>,
    copy: Terminal<'static>,
    live: Frame,
    base: Frame,
    shown: Frame,
}

impl Pair {
    fn new(size: Size) -> Self {
        Self::of(WIRE, size)
    }

    fn of(caps: Capabilities, size: Size) -> Self {
        let mut screens = roomy();
        let live = screens.blank(size).unwrap();
        let base = screens.snapshot(&live).unwrap();
        let shown = screens.blank(size).unwrap();
        Self { caps, screens, program: terminal(size), copy: terminal(size), live, base, shown }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.program.write(&mut self.screens, &self.live, bytes, &mut Replies::new());
        check_halves(&self.screens, &self.live);
    }

    fn apply(&mut self, diff: &[u8]) {
        let newer = self.screens.snapshot(&self.shown).unwrap();
        let size = self.screens.size(&self.live);
        self.screens.resize(&newer, size).unwrap();
        self.copy.apply(&mut self.screens, &newer, diff);
        self.screens.release(core::mem::replace(&mut self.shown, newer));
        check_halves(&self.screens, &self.shown);
    }

    /// Sends a diff to the live state; returns it.
    fn sync(&mut self, label: &str) -> Vec<u8> {
        let mut diff = buffer();
        render(&self.screens, &self.caps, Some(&self.base), &self.live, &mut diff).unwrap();
        self.apply(&diff);
        let newer = self.screens.snapshot(&self.live).unwrap();
        self.screens.release(core::mem::replace(&mut self.base, newer));
        self.compare(label, &diff);
        diff.to_vec()
    }

    fn compare(&mut self, label: &str, diff: &[u8]) {
        // What no diff of this dialect carries.
        let known = self.screens.info(&self.base).clone();
        let shown = self.screens.info_mut(&self.shown);
        (shown.bells, shown.echo_ack) = (known.bells, known.echo_ack);
        (shown.copied, shown.notifications) = (known.copied, known.notifications);
        for row in 0..self.screens.size(&self.base).rows {
            // After a contested character in the last column nobody knows whether a wrap is
            // pending, so the flag is given up.
            let last = text_of(&self.screens, &self.base, row).chars().next_back();
            if last.is_some_and(width::contested) {
                let wrapped = self.screens.wrapped(&self.base, row);
                self.screens.set_wrapped(&self.shown, row, wrapped);
            }
        }
        assert!(
            self.screens.same(&self.base, &self.shown, self.caps.language()),
            "{label}: {:?}\n{}",
            String::from_utf8_lossy(diff),
            explain(&self.screens, &self.base, &self.shown),
        );
        self.screens.check(&[&self.live, &self.base, &self.shown]);
    }

    /// Sends diffs of about `limit` bytes until the live state is reached.
    fn sync_in_parts(&mut self, limit: usize, label: &str) {
        let goal = self.screens.snapshot(&self.live).unwrap();
        for _ in 0..200 {
            let mut diff = Buffer::new(Slab::growable(limit));
            let reached = render_within(&self.screens, &self.caps, &self.base, &goal, &mut diff);
            let newer = match reached {
                Ok(Reached::All) => self.screens.share(&goal).unwrap(),
                Ok(Reached::Rows { rows, cut }) => {
                    let composed = self.screens.compose(&self.base, &goal, rows).unwrap();
                    if cut {
                        self.screens.set_wrapped(&composed, rows - 1, false);
                    }
                    composed
                }
                Err(Full) => panic!("{label}: {limit} bytes should be enough"),
            };
            self.apply(&diff);
            self.screens.release(core::mem::replace(&mut self.base, newer));
            let held = [&self.live, &self.base, &self.shown, &goal];
            self.screens.check(&held);
            let known = self.screens.info(&self.base).clone();
            let shown = self.screens.info_mut(&self.shown);
            (shown.bells, shown.copied) = (known.bells, known.copied);
            shown.notifications = known.notifications;
            assert!(
                self.screens.same(&self.base, &self.shown, self.caps.language()),
                "{label}: {:?}\n{}",
                String::from_utf8_lossy(&diff),
                explain(&self.screens, &self.base, &self.shown),
            );
            if reached == Ok(Reached::All) {
                self.screens.release(goal);
                return;
            }
        }
        panic!("{label}: partial diffs make no progress");
    }
}

const SIZES: [(u32, u32); 8] =
    [(1, 1), (2, 1), (1, 3), (3, 2), (10, 4), (20, 8), (37, 11), (80, 24)];

#[test]
fn diffs_of_random_output_reach_the_same_screen() {
    for seed in 1..=400_u64 {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let (columns, rows) = SIZES[random.below(SIZES.len())];
        let mut pair = Pair::new(Size::clamped(columns, rows));
        for step in 0..30 {
            let mut bytes = Vec::new();
            for _ in 0..random.below(25) {
                let size = pair.screens.size(&pair.live);
                random.output(&mut bytes, size);
            }
            pair.write(&bytes);
            pair.sync(&format!("seed {seed} step {step}"));
        }
    }
}

#[test]
fn diffs_across_resizes_repaint() {
    for seed in 1..=100_u64 {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut pair = Pair::new(Size::clamped(10, 5));
        for step in 0..10 {
            let mut bytes = Vec::new();
            for _ in 0..20 {
                let size = pair.screens.size(&pair.live);
                random.output(&mut bytes, size);
            }
            pair.write(&bytes);
            if random.below(2) == 0 {
                let size = Size::clamped(random.below(30) as u32, random.below(10) as u32);
                pair.program.resize(&mut pair.screens, &pair.live, size).unwrap();
            }
            pair.sync(&format!("seed {seed} step {step}"));
        }
    }
}

#[test]
fn partial_diffs_reach_the_composed_frame() {
    for seed in 1..=150_u64 {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let (columns, rows) = SIZES[random.below(6)];
        let mut pair = Pair::new(Size::clamped(columns, rows));
        for step in 0..10 {
            let mut bytes = Vec::new();
            for _ in 0..40 {
                // Rows that wrap into one another go out two at a time at least.
                random.output(&mut bytes, Size::clamped(columns, rows));
            }
            pair.write(&bytes);
            if random.below(4) == 0 {
                let size = Size::clamped(random.below(30) as u32, random.below(10) as u32);
                pair.program.resize(&mut pair.screens, &pair.live, size).unwrap();
            }
            let label = format!("seed {seed} step {step}");
            pair.sync_in_parts(1500, &label);
            pair.sync(&label);
        }
    }
}

#[test]
fn rows_that_wrap_into_one_another_go_out_in_parts() {
    let mut pair = Pair::new(Size::clamped(20, 8));
    for round in 0..5 {
        let mut bytes = b"\x1b[H".to_vec();
        for cell in 0..160 {
            let letter = char::from(b'a' + (cell + round) % 26);
            let color = cell.wrapping_mul(7).wrapping_add(round);
            bytes.extend(alloc::format!("\x1b[38;5;{color}m{letter}").bytes());
        }
        pair.write(&bytes);
        // Room for three rows of eight.
        pair.sync_in_parts(900, &alloc::format!("round {round}"));
    }
}

#[test]
fn a_terminal_of_unknown_content_is_painted() {
    for seed in 1..=100_u64 {
        let mut random = Random(seed);
        let mut pair = Pair::new(Size::clamped(12, 5));
        let mut bytes = Vec::new();
        for _ in 0..60 {
            random.output(&mut bytes, Size::clamped(12, 5));
        }
        pair.write(&bytes);
        // Rubbish on the reader's side, as after another program had it.
        pair.copy.apply(&mut pair.screens, &pair.shown, b"\x1b[?1003h\x1b[7mxyz\x1b[5m\x1b[?1006h");
        for caps in [WIRE, Capabilities::PLAIN] {
            let caps = Capabilities { titles: true, underline_shapes: true, ..caps };
            let mut out = buffer();
            render(&pair.screens, &caps, None, &pair.live, &mut out).unwrap();
            pair.apply(&out);
            let newer = pair.screens.snapshot(&pair.live).unwrap();
            pair.screens.release(core::mem::replace(&mut pair.base, newer));
            // What was copied is not copied again.
            let data: Vec<u8> = pair
                .screens
                .text(pair.screens.info(&pair.base).clipboard())
                .flatten()
                .copied()
                .collect();
            pair.screens.set_clipboard(&pair.shown, &data).unwrap();
            pair.compare(&format!("seed {seed}"), &out);
        }
    }
}

#[test]
fn random_bytes_do_no_harm() {
    for seed in 1..=200_u64 {
        let mut random = Random(seed);
        let (columns, rows) = SIZES[random.below(SIZES.len())];
        let mut pair = Pair::new(Size::clamped(columns, rows));
        for step in 0..10 {
            let favourites = b"\x1b[[;;0123456789mHJKr?lh\x9b]\x07\xc2\xe6\xbc\xa2";
            let bytes: Vec<u8> = (0..200)
                .map(|_| match random.below(3) {
                    0 => random.below(256) as u8,
                    _ => favourites[random.below(favourites.len())],
                })
                .collect();
            pair.write(&bytes);
            pair.sync(&format!("seed {seed} step {step}"));
        }
    }
}

/// Shows what is sent for a change of a 10x4 screen.
fn sent(before: &str, change: &str) -> String {
    let mut pair = Pair::new(Size::clamped(10, 4));
    pair.write(before.as_bytes());
    pair.sync("before");
    pair.write(change.as_bytes());
    String::from_utf8(pair.sync("change")).unwrap()
}

#[test]
fn small_changes_take_few_bytes() {
    for (before, change, expected) in [
        ("", "", ""),
        ("", "a", "a"),
        ("", "\x07\x07", "\x07"),
        ("ab", "\rx", "\rx"),
        ("ab", "\x08 \x08", "\x08 \x08"),
        ("", "\x1b[31mx", "\x1b[31mx"),
        ("\x1b[31;1m", "\x1b[22mx", "\x1b[22mx"),
        ("\x1b[31;1m", "\x1b[mx", "\x1b[mx"),
        ("abcdefgh", "\x1b[1;3Hx", "\x1b[3Gx"),
        ("abcdefgh\r", "\x1b[1;3Hx", "abx"),
        ("abcdefgh", "\r\x1b[K", "\r\x1b[K"),
        ("", "漢", "漢"),
        ("", "\x1b[?1003h\x1b[?1006h", "\x1b[?1003h\x1b[?1006h"),
        ("\x1b[?1003h", "\x1b[?1003l", "\x1b[?1003l"),
        ("", "\x1b]0;x\x07", "\x1b]0;x\x07"),
        ("", "\x1b]52;c;YQ==\x07", "\x1b]52;c;YQ==\x07"),
        ("", "\x1b]52;c;?\x07", ""),
        ("1234\r\nabcd\r\n5678\r\nwxyz", "\r\n", "\n\r"),
        ("1234\r\nabcd\r\n5678\r\nwxyz\x1b[H", "\x1b[4H\n\n\x1b[H", "\x1b[2S"),
        ("", "\x1b[4:3mx", "\x1b[4m\x1b[4:3mx"),
    ] {
        assert_eq!(sent(before, change), expected, "{before:?} then {change:?}");
    }
}

#[test]
fn a_region_scrolls_with_fixed_rows_around_it() {
    let before = "top-line\r\naaaaaaaaa\r\nbbbbbbbbb\r\nstatus";
    let up = sent(before, "\x1b[2;3r\x1b[3H\n\x1b[r");
    assert_eq!(up, "\x1b[2;3r\x1b[S\x1b[r\x1b[H");
    let down = sent(before, "\x1b[2;3r\x1b[2H\x1bM\x1b[r");
    assert_eq!(down, "\x1b[2;3r\x1b[T\x1b[r\x1b[H");
}

#[test]
fn the_last_column_is_left_by_absolute_positions_only() {
    // Ten characters, then back over the last: BS from a pending wrap means different things to
    // different readers.
    assert_eq!(sent("", "0123456789"), "0123456789\x1b[10G");
    assert_eq!(sent("012345678", "9\x1b[1;9H"), "9\x1b[9G");
    assert_eq!(sent("\x1b[4H012345678", "9"), "9\x1b[10G");
    assert_eq!(sent("\x1b[4H0123456789", "\x1b[4;10Hx"), "x\x1b[10G");
}

#[test]
fn a_row_that_wraps_is_written_past_its_end() {
    assert_eq!(sent("", "0123456789ab"), "0123456789ab");
}

#[test]
fn the_position_is_stated_after_contested_characters() {
    assert_eq!(sent("", "\u{1fae8}x"), "\x1b[2X\u{1fae8}\x1b[;3Hx");
    // Its place is blanked also where the row before goes on with it.
    let wrapped = "0123456789  \r\u{1fae8}\x1b[2;3Hx";
    assert_eq!(sent("", "0123456789\u{1fae8}x"), wrapped);
}

#[test]
fn a_repaint_clears_once() {
    let mut pair = Pair::new(Size::clamped(10, 4));
    pair.write(b"ab");
    pair.sync("before");
    pair.program.resize(&mut pair.screens, &pair.live, Size::clamped(12, 3)).unwrap();
    let diff = pair.sync("resized");
    assert_eq!(diff, b"\x1b[r\x1b[0m\x1b[H\x1b[2Jab");
}

#[test]
fn writing_never_runs_out_of_fixed_rows() {
    const ROWS: usize = 4;
    let size = Size::clamped(10, ROWS as u32);
    let mut memory = Fixed::<{ (3 * ROWS + 1) * 10 }, { 3 * ROWS + 1 }, { 5 * ROWS }, 5>::new();
    let mut screens = memory.screens();
    let live = screens.blank(size).unwrap();
    let mut base = screens.snapshot(&live).unwrap();
    let mut newest = screens.snapshot(&live).unwrap();
    let mut program = terminal(size);
    let mut random = Random(7);
    for _ in 0..2000 {
        let mut bytes = Vec::new();
        for _ in 0..random.below(10) {
            random.output(&mut bytes, size);
        }
        // A row that is missing is a failed debug assertion.
        program.write(&mut screens, &live, &bytes, &mut Replies::new());
        if random.below(2) == 0 {
            screens.release(core::mem::replace(&mut base, newest));
        } else {
            screens.release(newest);
        }
        newest = screens.snapshot(&live).unwrap();
        screens.check(&[&live, &base, &newest]);
    }
}

#[test]
fn a_screen_much_smaller_than_the_acknowledged_one_can_be_sent() {
    let storage = crate::server::ServerStorage::heap().host;
    let mut state = HostState::new(storage, Size::clamped(80, 300)).unwrap();
    let acknowledged = state.snapshot().unwrap();
    state.resize(Size::clamped(80, 30));
    let sent = state.snapshot().expect("nothing can be forgotten to make room");
    state.forget(acknowledged);
    state.forget(sent);
}

#[test]
fn a_window_without_an_area_is_a_screen_of_one_cell() {
    use crate::transport::Incoming as _;
    let storage = crate::client::ClientStorage::heap().host;
    let mut replica = Replica::new(storage, Size { columns: 0, rows: 0 });
    let first = replica.initial().unwrap();
    let second = replica.apply_diff(&first, b"\x0a\x06\x12\x04\x22\x02ab").unwrap();
    assert_eq!(replica.screens().size(&second), Size::clamped(1, 1));
    replica.forget(first);
    replica.forget(second);
}

#[test]
fn a_window_that_does_not_fit_leaves_room_for_the_screens_of_a_session() {
    use crate::storage::{StaticServer, server_rows};
    let mut memory = StaticServer::<10, 4, { server_rows(4) }, 1024>::new();
    let mut state = HostState::new(memory.storage().host, Size::clamped(80, 24)).unwrap();
    assert_eq!(state.screen().0.size(state.screen().1), Size::clamped(10, 4));
    let mut held = state.snapshot().unwrap();
    for (columns, rows) in [(7, 12), (10, 4), (9, 5), (40, 1), (2000, 1000), (10, 4), (1, 1)] {
        let size = state.resize(Size::clamped(columns, rows));
        assert_eq!(size, Size::clamped(columns.min(10), rows.min(4)));
        for _ in 0..3 {
            // All rows become different from those that are held.
            for _ in 0..rows {
                state.write(b"text\r\n", &mut Replies::new());
            }
            let newest = state.snapshot().expect("two are held at most");
            state.forget(core::mem::replace(&mut held, newest));
        }
    }
    state.forget(held);
}

/// What turns a blank screen of 20x2 into what `program` draws.
fn drawn(caps: &Capabilities, program: &str) -> String {
    let size = Size::clamped(20, 2);
    let mut screens = roomy();
    let (blank, frame) = (screens.blank(size).unwrap(), screens.blank(size).unwrap());
    let storage = TerminalStorage { string: Slab::growable(600) };
    let mut terminal = Terminal::new(storage, size);
    terminal.write(&mut screens, &frame, program.as_bytes(), &mut Replies::new());
    let mut out = Vec::new();
    render(&screens, caps, Some(&blank), &frame, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn links_and_colours_of_underlines_are_for_readers_that_know_them() {
    let program = "\x1b]8;;http://a/\x07a\x1b]8;id=1;http://a/\x07b\x1b[4;58:5:3mc\x1b[1;58:2::1:2:3m\
                   d\x1b[me\x1b]8;;\x07f";
    assert_eq!(drawn(&WIRE, program), "ab\x1b[4mc\x1b[1md\x1b[mef");
    assert_eq!(
        drawn(&Capabilities::OURS, program),
        "\x1b]8;;http://a/\x1b\\a\x1b]8;id=1;http://a/\x1b\\b\x1b[4m\x1b[58:5:3mc\x1b[1m\
         \x1b[58:2::1:2:3md\x1b[me\x1b]8;;\x1b\\f"
    );
}

#[test]
fn pieces_of_a_link_are_one_link_for_a_terminal() {
    let caps = Capabilities { links: true, link_ids: true, ..Capabilities::PLAIN };
    let program = "\x1b]8;;u\x07a\x1b]8;;\x07x\x1b]8;;u\x07b\x1b]8;;v\x07c\x1b]8;id=7;v\x07d";
    let drawn = drawn(&caps, program);
    let ids: Vec<&str> =
        drawn.split("id=").skip(1).filter_map(|rest| rest.split(';').next()).collect();
    let [first, again, other, own] = ids[..] else { panic!("{drawn:?}") };
    assert!(first == again && first != other, "{drawn:?}");
    assert_eq!(own, "7");
}

#[test]
fn a_colour_of_an_underline_survives_the_reset_of_the_rest() {
    let program = "\x1b[58:5:1;1;3;4;7;31;42ma\x1b[22;23;24;27;39;49mb\x1b[3mc";
    assert_eq!(
        drawn(&Capabilities::OURS, program),
        "\x1b[1;3;7;4;31;42m\x1b[58:5:1ma\x1b[m\x1b[58:5:1mb\x1b[3mc"
    );
}

/// Modes that mosh 1.4 does not know, each switched on and off.
const MORE_MODES: [(&str, &str); 10] = [
    ("\x1b[?1016h", "\x1b[?1016l"),
    ("\x1b[?1006h\x1b[?1016h", "\x1b[?1006l"),
    ("\x1b[?1007h", "\x1b[?1007l"),
    ("\x1b[?1049h", "\x1b[?1049l"),
    ("\x1b[?12h", "\x1b[?12l"),
    ("\x1b[6 q", "\x1b[0 q"),
    ("\x1b[=31u", "\x1b[=0u"),
    ("\x1b[>4;2m", "\x1b[>4;0m"),
    ("\x1b=", "\x1b>"),
    ("\x1b[3 q\x1b[?66;12h", "\x1b[1 q\x1b[?66;12l"),
];

#[test]
fn modes_reach_a_client_of_ours_from_any_state() {
    for (first, second) in MORE_MODES.iter().flat_map(|a| MORE_MODES.iter().map(move |b| (a, b))) {
        let mut pair = Pair::new(Size::clamped(4, 2));
        for program in [first.0, second.0, first.1, second.1] {
            pair.write(program.as_bytes());
            let mut diff = buffer();
            render(&pair.screens, &Capabilities::OURS, Some(&pair.base), &pair.live, &mut diff)
                .unwrap();
            pair.apply(&diff);
            let same = pair.screens.same(&pair.live, &pair.shown, Language::Ours);
            assert!(same, "{program:?}: {:?}", String::from_utf8_lossy(&diff));
            let newer = pair.screens.snapshot(&pair.live).unwrap();
            pair.screens.release(core::mem::replace(&mut pair.base, newer));
        }
    }
}

#[test]
fn a_client_of_mosh_1_4_hears_nothing_of_modes_that_it_does_not_know() {
    for (on, off) in MORE_MODES {
        for program in [on, off] {
            let heard = drawn(&WIRE, program);
            let known = if program.contains("1006h") { "\x1b[?1006h" } else { "" };
            assert_eq!(heard, known, "{program:?}");
        }
    }
}

#[test]
fn a_terminal_is_told_of_the_modes_that_it_knows() {
    let all = Capabilities { alternate_screen: false, hide_cursor: true, ..Capabilities::OURS };
    let program = "\x1b[?1006;1016;1007;1049;12h\x1b[4 q\x1b[=5u\x1b[>4;1m\x1b=";
    assert_eq!(
        drawn(&all, program),
        "\x1b[?1006h\x1b[?1016h\x1b[?1007h\x1b[?12h\x1b[4 q\x1b[=5u\x1b[>4;1m\x1b="
    );
    assert_eq!(drawn(&Capabilities::PLAIN, program), "\x1b[?1006h");
    let left = |caps| {
        let mut out = buffer();
        super::leave_more(caps, &mut out).unwrap();
        String::from_utf8(out.to_vec()).unwrap()
    };
    assert_eq!(left(&Capabilities::PLAIN), "");
    assert_eq!(left(&all), "\x1b[=0u\x1b[>4;0m\x1b>\x1b[?1016l\x1b[?1007l");
}
