//! A user, a link and a terminal with programs that ask for secrets, at random.
//!
//! Secrets are in capitals, which nothing else is, and each of them is typed once. What the
//! terminal itself echoes before a program has turned that off is no secret.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use super::Session;
use crate::predict::Display;
use crate::screen::{Frame, MAX_CLUSTER};
use crate::terminal::Replies;
use crate::time::Instant;
use crate::transport::StateNum;

const PROMPT: &str = "\x1b[?2004huser@host:~$ ";

/// What a program does with a line.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Read {
    /// A shell's editor.
    Edit,
    /// Lines that the terminal echoes.
    Echo,
    /// Nothing is shown, or so much for each character.
    Hide(&'static str),
    /// One key, shown or not.
    Key(bool),
}

/// A part of a dialogue.
#[derive(Clone, Debug)]
struct Part {
    before: &'static str,
    read: Read,
    keys: String,
    /// Until the program has turned the echo off, and until it asks.
    delays: (u64, u64),
    /// The user knows what comes and does not wait for the question.
    ahead: bool,
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        // Xorshift (Marsaglia).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 8) % bound
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

fn dialogue(random: &mut Random) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut secrets = 'A'..='Z';
    for _ in 0..3 + random.below(4) {
        let len = 1 + random.below(6);
        let mut keys: String = (0..len).map(|_| random.pick(&['l', 's', ' ', 'x', '*'])).collect();
        keys.push('\r');
        let delays = (0, 0);
        parts.push(Part { before: PROMPT, read: Read::Edit, keys, delays, ahead: false });
        for _ in 0..random.below(3) {
            let off = random.pick(&[0, 5, 30]);
            let delays = (off, off + random.pick(&[0, 20, 80, 150, 400]));
            let hide = Read::Hide(random.pick(&["", "", "*", "\u{2022}"]));
            let read = random.pick(&[Read::Echo, Read::Key(true), Read::Key(false), hide, hide]);
            // A secret asked for in the very sign of a shell that was seen often would show.
            let before = match read {
                Read::Echo => random.pick(&["name: ", "code: ", "> ", ""]),
                _ => random.pick(&["password: ", "code: ", "go on? ", "", "user@host:~$ "]),
            };
            // Nobody could tell an echoed line from a secret on it for which there is no prompt.
            let follows = parts.last().is_some_and(|part: &Part| part.read == Read::Key(true));
            let before = if follows && before.is_empty() { "code: " } else { before };
            let mut keys: String = match read {
                Read::Echo => (0..len).map(|_| random.pick(&['a', 'b', ' ', '1'])).collect(),
                Read::Key(_) => random.pick(&["y", "n", "1"]).into(),
                Read::Edit | Read::Hide(_) => secrets.by_ref().take(len as usize).collect(),
            };
            if !matches!(read, Read::Key(_)) {
                keys.push('\r');
            }
            parts.push(Part { before, read, keys, delays, ahead: random.below(3) == 0 });
        }
    }
    parts
}

/// The terminal and the programs in it.
struct Host {
    parts: VecDeque<Part>,
    /// How many questions were asked.
    asked: usize,
    /// When the next thing happens, while nothing is read.
    off_at: u64,
    ask_at: Option<u64>,
    typed: VecDeque<char>,
    /// What was shown of secrets.
    shown: Vec<char>,
    output: String,
}

impl Host {
    fn begin(&mut self, now: u64) {
        if let Some(part) = self.parts.front() {
            self.off_at = now + part.delays.0;
            self.ask_at = Some(now + part.delays.1);
        }
    }

    fn receive(&mut self, now: u64, key: char) {
        let hides = self.parts.front().is_none_or(|part| part.read != Read::Echo);
        if self.ask_at.is_some() && !(hides && now >= self.off_at) {
            // Nobody reads: the terminal echoes.
            self.show(key);
        }
        self.typed.push_back(key);
    }

    fn show(&mut self, key: char) {
        if key == '\r' {
            self.output.push_str("\r\n");
        } else {
            self.output.push(key);
            self.shown.push(key);
        }
    }

    fn pass(&mut self, now: u64) {
        if self.ask_at.is_some_and(|at| at <= now) {
            self.ask_at = None;
            self.asked += 1;
            self.output.push_str(self.parts[0].before);
        }
        while self.ask_at.is_none()
            && let Some(part) = self.parts.front()
            && let Some(key) = self.typed.pop_front()
        {
            let read = part.read;
            match (read, key) {
                (Read::Edit, '\r') => self.output.push_str("\r\n\x1b[?2004l\r"),
                (Read::Key(true), key) => self.show(key),
                (Read::Key(false), _) => {}
                (_, '\r') => self.output.push_str("\r\n"),
                (Read::Hide(mask), _) => self.output.push_str(mask),
                (_, key) => self.show(key),
            }
            if key == '\r' || matches!(read, Read::Key(_)) {
                self.parts.pop_front();
                self.begin(now);
                // What is due at once is asked at once.
                if self.ask_at == Some(now) {
                    self.ask_at = None;
                    self.asked += 1;
                    let before = self.parts.front().map_or("", |part| part.before);
                    self.output.push_str(before);
                }
            }
        }
    }
}

struct World {
    session: Session,
    random: Random,
    host: Host,
    /// What is on its way: when it arrives, and what it is.
    up: VecDeque<(u64, u64, char)>,
    down: VecDeque<(u64, Frame, usize)>,
    /// When the host got which key.
    got: VecDeque<(u64, u64)>,
    rtt: u64,
    sent_at: u64,
    acked: u64,
    /// Questions that the user has seen.
    seen: usize,
    /// Capitals that were on the user's screen.
    leaks: Vec<char>,
}

impl World {
    fn new(seed: u64, display: Display) -> (Self, Vec<Part>) {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let parts = dialogue(&mut random);
        let host = Host {
            parts: parts.iter().cloned().collect(),
            asked: 0,
            off_at: 0,
            ask_at: Some(1000),
            typed: VecDeque::new(),
            shown: Vec::new(),
            output: String::new(),
        };
        let rtt = random.pick(&[40, 100, 250, 500, 1000]);
        let session = Session::with(display, false);
        let (up, down, got) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        let (sent_at, acked, seen, leaks) = (0, 0, 0, Vec::new());
        (Self { session, random, host, up, down, got, rtt, sent_at, acked, seen, leaks }, parts)
    }

    fn delay(&mut self) -> u64 {
        // Now and then a datagram is lost.
        let lost = if self.random.below(20) == 0 { self.rtt + 100 } else { 0 };
        self.rtt / 2 + self.random.below(self.rtt / 8 + 1) + lost
    }

    fn types(&mut self, now: u64, key: char) {
        self.session.typed += 1;
        let num = StateNum(self.session.typed);
        let Session { predictor, screens, newest, .. } = &mut self.session;
        for &byte in key.encode_utf8(&mut [0; 4]).as_bytes() {
            predictor.handle_byte(Instant::from_millis(now), byte, num);
        }
        predictor.handle_read(Instant::from_millis(now), num, screens, newest);
        let at = (now + self.delay()).max(self.up.back().map_or(0, |up| up.0));
        self.up.push_back((at, num.0, key));
        self.looks();
    }

    fn passes(&mut self, now: u64) {
        while self.up.front().is_some_and(|up| up.0 <= now)
            && let Some((_, num, key)) = self.up.pop_front()
        {
            self.host.receive(now, key);
            self.got.push_back((now, num));
        }
        self.host.pass(now);
        self.send(now);
        let at = Instant::from_millis(now);
        while self.down.front().is_some_and(|down| down.0 <= now)
            && let Some((_, frame, asked)) = self.down.pop_front()
        {
            let Session { predictor, screens, newest, .. } = &mut self.session;
            screens.release(core::mem::replace(newest, frame));
            predictor.handle_frame(at, screens, newest);
            self.seen = asked;
            self.looks();
        }
        let Session { predictor, screens, newest, .. } = &mut self.session;
        predictor.handle_timeout(at, screens, newest);
        if predictor.changed() {
            self.looks();
        }
    }

    fn send(&mut self, now: u64) {
        let mut acked = None;
        while self.got.front().is_some_and(|got| got.0 + 50 <= now) {
            acked = self.got.pop_front().map(|got| got.1);
        }
        self.acked = acked.unwrap_or(self.acked);
        let Session { terminal, screens, program, .. } = &mut self.session;
        let old = screens.info(program).echo_ack;
        let due = now >= self.sent_at + (self.rtt / 2).clamp(20, 250) && self.down.len() < 8;
        if !due || self.host.output.is_empty() && old == self.acked {
            return;
        }
        let output = core::mem::take(&mut self.host.output);
        terminal.write(screens, program, output.as_bytes(), &mut Replies::new());
        screens.info_mut(program).echo_ack = self.acked;
        let frame = screens.share(program).unwrap();
        self.sent_at = now;
        let at = (now + self.delay()).max(self.down.back().map_or(0, |down| down.0));
        self.down.push_back((at, frame, self.host.asked));
    }

    /// Looks for what the program has not shown.
    fn looks(&mut self) {
        let Session { predictor, screens, newest, .. } = &mut self.session;
        let target = screens.share(newest).unwrap();
        predictor.apply(screens, &target);
        for row in 0..screens.size(&target).rows {
            let cells = screens.row(&target, row);
            for (cell, old) in cells.iter().zip(screens.row(newest, row)) {
                let mut text = [0; MAX_CLUSTER];
                let c = screens.glyph_str(cell, &mut text).chars().next().unwrap_or(' ');
                if c.is_ascii_uppercase() && cell.glyph() != old.glyph() {
                    self.leaks.push(c);
                }
            }
        }
        screens.release(target);
    }
}

/// Capitals that a user saw and the program did not show.
fn leaks(seed: u64, display: Display) -> (Vec<char>, Vec<Part>) {
    let (mut world, parts) = World::new(seed, display);
    let interval = core::time::Duration::from_millis((world.rtt / 2).clamp(20, 250));
    world.session.predictor.handle_interval(interval);
    let mut now = 1000;
    for (index, part) in parts.iter().enumerate() {
        let after_line = index > 0 && parts[index - 1].keys.ends_with('\r');
        let ahead = part.ahead && after_line;
        let mut waited = 0;
        while !ahead && world.seen <= index && waited < 20_000 {
            (now, waited) = (now + 5, waited + 5);
            world.passes(now);
        }
        let mut pause = if ahead { 10 } else { 100 + world.random.below(500) };
        for key in part.keys.chars() {
            for _ in 0..pause / 5 {
                now += 5;
                world.passes(now);
            }
            world.types(now, key);
            pause = 20 + world.random.below(200);
        }
    }
    for _ in 0..500 {
        now += 5;
        world.passes(now);
    }
    let shown = &world.host.shown;
    world.leaks.retain(|c| !shown.contains(c));
    (world.leaks, parts)
}

#[test]
fn no_secret_shows_in_any_dialogue() {
    for seed in 1..SEEDS {
        for display in [Display::Always, Display::Adaptive] {
            let (leaks, parts) = leaks(seed, display);
            assert!(leaks.is_empty(), "seed {seed}, {display}: {leaks:?} in {parts:#?}");
        }
    }
}

/// So many dialogues are played.
const SEEDS: u64 = 3000;
