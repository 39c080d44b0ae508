//! The user's input against the plain list of what was typed.

use std::collections::VecDeque;

use mosh_core::input::{
    Command, CursorKeys, EscapeKey, EscapeScanner, KeyStream, Keys, Output, Position,
};
use mosh_core::storage::{Buffer, Slab};
use mosh_core::transport::{BadDiff, Incoming, Outgoing};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(super::cases(500))]

    #[test]
    fn every_key_arrives_once_and_in_order(
        steps in vec(step(), 0..80),
        words in 3..40_usize,
        more in 0..10_usize,
    ) {
        // What the client can hold back fits the server's memory, once that is read.
        let (mut client, mut server) = (vec![0; words], vec![0; words + more]);
        let keys = Keys::new(Slab::borrowed(&mut client));
        let stream = KeyStream::new(Slab::borrowed(&mut server));
        Line::new(keys, stream).run(&steps)?;
    }

    #[test]
    fn every_key_arrives_once_and_in_order_on_the_heap(steps in vec(step(), 0..80)) {
        let keys = Keys::new(Slab::growable(1 << 16));
        Line::new(keys, KeyStream::new(Slab::growable(1 << 16))).run(&steps)?;
    }

    #[test]
    fn the_escape_scanner_takes_out_commands_and_nothing_else(
        key in prop_oneof![
            Just(None),
            (1..=127_u8).prop_map(Some),
            prop::sample::select(vec![Some(0x1e), Some(b'~'), Some(2)]),
        ],
        input in typed(),
    ) {
        let setting = key.map_or(vec![], |key| vec![key]);
        let escape = EscapeKey::from_setting(Some(&setting));
        let input: Vec<u8> = input.iter().map(|typed| typed.byte(escape)).collect();
        let mut scanner = EscapeScanner::new(escape);
        let mut said = Vec::new();
        for &byte in &input {
            let mut out = Output::new();
            let command = scanner.scan(byte, &mut out);
            said.extend(out.iter().copied().map(Said::Sent));
            said.extend(command.map(Said::Command));
        }
        let mut out = Output::new();
        scanner.end(&mut out);
        said.extend(out.iter().copied().map(Said::Sent));
        prop_assert_eq!(said, scan(escape, &input));
    }

    #[test]
    fn cursor_keys_are_translated_and_nothing_else(
        batches in vec((escaped(), any::<bool>()), 0..6),
    ) {
        let mut keys = CursorKeys::new();
        let (mut output, mut items) = (Vec::new(), Vec::new());
        for (batch, application) in &batches {
            for &byte in batch {
                output.extend(keys.translate(byte, *application));
                items.push(Some((byte, *application)));
            }
            output.extend(keys.flush());
            items.push(None);
        }
        prop_assert_eq!(output, translate(&items));
    }
}

#[derive(Clone, Debug)]
enum Step {
    Type(Vec<u8>),
    Resize(u16, u16),
    /// Sends a diff from a state that the server may hold: the newest but so many.
    Send(usize),
    /// The network delivers one of the diffs under way, or loses it, or delivers it twice.
    Deliver(usize),
    Lose(usize),
    Repeat(usize),
    /// The client learns what the server holds.
    Acknowledge,
    Read(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let keys = prop_oneof![4 => vec(any::<u8>(), 1..6), 1 => vec(any::<u8>(), 6..60)];
    prop_oneof![
        4 => keys.prop_map(Step::Type),
        1 => (0..500_u16, 0..300_u16).prop_map(|(columns, rows)| Step::Resize(columns, rows)),
        4 => (0..4_usize).prop_map(Step::Send),
        4 => (0..8_usize).prop_map(Step::Deliver),
        1 => (0..8_usize).prop_map(Step::Lose),
        1 => (0..8_usize).prop_map(Step::Repeat),
        2 => Just(Step::Acknowledge),
        2 => (0..10_usize).prop_map(Step::Read),
    ]
}

/// A diff under way. Position of the base, and the sent state that it leads to.
#[derive(Clone, Debug)]
struct Message {
    base: Position,
    target: Position,
    diff: Vec<u8>,
}

struct Line<'s> {
    keys: Keys<'s>,
    stream: KeyStream<'s>,
    /// What was typed, and the last size.
    typed: Vec<u8>,
    size: Option<(u16, u16)>,
    /// States that were sent and not acknowledged, after the one that was.
    sent: VecDeque<Position>,
    /// States that the server holds.
    held: Vec<Position>,
    flying: Vec<Message>,
    read: Vec<u8>,
    read_size: Option<(u16, u16)>,
}

impl<'s> Line<'s> {
    fn new(mut keys: Keys<'s>, mut stream: KeyStream<'s>) -> Self {
        Self {
            sent: [keys.snapshot().unwrap()].into(),
            held: vec![stream.initial().unwrap()],
            keys,
            stream,
            typed: Vec::new(),
            size: None,
            flying: Vec::new(),
            read: Vec::new(),
            read_size: None,
        }
    }

    fn run(mut self, steps: &[Step]) -> Result<(), TestCaseError> {
        for step in steps {
            self.step(step)?;
            prop_assert!(self.typed.starts_with(&self.read), "{:?} was read", self.read);
        }
        // The network heals.
        self.flying.clear();
        for _ in 0..self.typed.len() + 8 {
            self.acknowledge();
            self.send(usize::MAX)?;
            self.deliver(0)?;
            self.read(usize::MAX);
        }
        prop_assert_eq!(&self.read, &self.typed);
        prop_assert_eq!(self.read_size, self.size);
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Type(keys) => {
                let room = self.keys.room();
                let taken = self.keys.push_keys(keys).is_ok();
                prop_assert_eq!(taken, keys.len() <= room);
                if taken {
                    self.typed.extend(keys);
                }
            }
            &Step::Resize(columns, rows) => {
                let room = self.keys.room();
                let taken = self.keys.push_resize(columns, rows).is_ok();
                let is_size = columns > 0 && rows > 0;
                prop_assert_eq!(taken, room >= 3 || !is_size);
                if taken && is_size {
                    self.size = Some((columns, rows));
                }
            }
            Step::Send(back) => self.send(*back)?,
            Step::Deliver(index) if !self.flying.is_empty() => {
                self.deliver(index % self.flying.len())?;
            }
            Step::Lose(index) if !self.flying.is_empty() => {
                self.flying.remove(index % self.flying.len());
            }
            Step::Repeat(index) if !self.flying.is_empty() => {
                let message = self.flying[index % self.flying.len()].clone();
                self.flying.push(message);
            }
            Step::Acknowledge => self.acknowledge(),
            Step::Read(count) => self.read(*count),
            Step::Deliver(_) | Step::Lose(_) | Step::Repeat(_) => {}
        }
        Ok(())
    }

    fn send(&mut self, back: usize) -> Result<(), TestCaseError> {
        let base = self.sent[self.sent.len().saturating_sub(back.saturating_add(1))];
        let mut out = Buffer::new(Slab::growable(1 << 16));
        let len = self.keys.diff_len(&base, usize::MAX);
        prop_assert_eq!(self.keys.differs(&base), len > 0);
        prop_assert_eq!(self.keys.write_diff(&base, &mut out), Ok(None));
        prop_assert_eq!(out.len(), len, "the length was counted");
        let target = self.keys.snapshot().unwrap();
        self.sent.push_back(target);
        self.flying.push(Message { base, target, diff: out.to_vec() });
        Ok(())
    }

    fn deliver(&mut self, index: usize) -> Result<(), TestCaseError> {
        let Message { base, target, diff } = self.flying.remove(index);
        if !self.held.contains(&base) {
            return Ok(());
        }
        match self.stream.apply_diff(&base, &diff) {
            Ok(position) => {
                prop_assert_eq!(position, target, "both ends count alike");
                self.held.push(position);
                let newest = self.held.iter().max().expect("one is held");
                self.stream.deliver_to(newest);
            }
            // It counts as lost, and there is room again when something was read.
            Err(BadDiff::Full) => {}
            Err(bad) => return Err(TestCaseError::fail(format!("{bad:?}"))),
        }
        Ok(())
    }

    fn acknowledge(&mut self) {
        let newest = *self.held.iter().max().expect("one is held");
        while self.sent.front().is_some_and(|sent| *sent < newest) {
            self.sent.pop_front();
        }
        let front = self.sent[0];
        self.keys.acknowledged(&front);
        self.held.retain(|held| *held >= front);
    }

    fn read(&mut self, count: usize) {
        self.read.extend(std::iter::from_fn(|| self.stream.next_key()).take(count));
        self.read_size = self.stream.take_size().or(self.read_size);
    }
}

/// What a user types, in terms of the escape key.
#[derive(Clone, Debug)]
enum Typed {
    Byte(u8),
    Escape,
    Pass,
    Newline,
    Dot,
}

impl Typed {
    fn byte(&self, escape: EscapeKey) -> u8 {
        match self {
            Self::Byte(byte) => *byte,
            Self::Escape => escape.key().unwrap_or(0x1e),
            Self::Pass => escape.pass_key().unwrap_or(b'^'),
            Self::Newline => b'\r',
            Self::Dot => b'.',
        }
    }
}

fn typed() -> impl Strategy<Value = Vec<Typed>> {
    let typed = prop_oneof![
        2 => any::<u8>().prop_map(Typed::Byte),
        3 => Just(Typed::Escape),
        1 => Just(Typed::Pass),
        2 => Just(Typed::Newline),
        1 => Just(Typed::Dot),
        1 => Just(Typed::Byte(0x1a)),
    ];
    vec(typed, 0..40)
}

/// What becomes of keys, in order.
#[derive(Debug, PartialEq)]
enum Said {
    Sent(u8),
    Command(Command),
}

/// What a scanner should say, found by looking ahead in the whole input.
fn scan(escape: EscapeKey, input: &[u8]) -> Vec<Said> {
    let mut actions = Vec::new();
    let mut at = 0;
    while at < input.len() {
        let byte = input[at];
        // The line must have been ended by the key just before, which is no part of a command
        // itself only if it was typed as such: what counts is what the user typed.
        let starts_line = at > 0 && matches!(input[at - 1], b'\r' | b'\n');
        let works = starts_line || !matches!(byte, 0x20..=0x7e);
        if escape.key() != Some(byte) || !works {
            actions.push(Said::Sent(byte));
            at += 1;
            continue;
        }
        actions.push(Said::Command(Command::Help));
        let pass = escape.pass_key().unwrap_or(0);
        match input.get(at + 1) {
            None => {}
            Some(b'.') => actions.push(Said::Command(Command::Quit)),
            Some(0x1a) => actions.push(Said::Command(Command::Suspend)),
            Some(&next) if [pass, pass.to_ascii_lowercase()].contains(&next) => {
                actions.push(Said::Sent(byte));
            }
            Some(&next) => actions.extend([Said::Sent(byte), Said::Sent(next)]),
        }
        at += 2;
    }
    actions
}

fn escaped() -> impl Strategy<Value = Vec<u8>> {
    vec(
        prop_oneof![
            any::<u8>(),
            prop::sample::select(vec![0x1b, b'O', b'[', b'A', b'B', b'C', b'D', b'E']),
        ],
        0..30,
    )
}

/// What the program should get of these bytes, each with whether it asked for application mode;
/// `None` is where no more input was at hand.
fn translate(items: &[Option<(u8, bool)>]) -> Vec<u8> {
    let byte = |index: usize| items.get(index).copied().flatten().map(|(byte, _)| byte);
    let mut output = Vec::new();
    let mut at = 0;
    while at < items.len() {
        output.extend(byte(at));
        let start = at;
        at += 1;
        if byte(start) != Some(0x1b) {
            continue;
        }
        // Whatever follows an escape belongs to it, be it another escape.
        while at < items.len() && items[at].is_none() {
            at += 1;
        }
        match (byte(at), items.get(at + 1).copied().flatten()) {
            (Some(b'O'), Some((letter, application))) => {
                let normal = matches!(letter, b'A'..=b'D') && !application;
                output.extend([if normal { b'[' } else { b'O' }, letter]);
                at += 2;
            }
            (next, _) => {
                output.extend(next);
                at += 1;
            }
        }
    }
    output
}
