//! From bytes to functions: UTF-8, then the state machine for control sequences.
//!
//! Sources: ECMA-48 §5.4 and §5.6 (form of control sequences and strings), ISO 8613-6 (colons in
//! parameters), and the state machine of DEC's VT500 as Paul Williams drew it.
//!
//! # Differences
//!
//! From Williams' machine: colons separate sub-parameters; BEL ends an operating system command;
//! C1 controls are recognised as characters, never as bytes, since bytes are UTF-8. As there and
//! in mosh 1.4, whatever ends such a command (BEL, ST, any ESC, CAN, SUB or a C1 control) also
//! executes it, and a C0 control inside a control sequence acts at once.

use crate::storage::Slab;

/// What the parser finds, in order.
pub(super) trait Actions {
    /// A run of printable ASCII characters.
    fn print_ascii(&mut self, run: &[u8]);
    /// A run of printable characters, of which some are not ASCII.
    fn print(&mut self, run: &[char]);
    /// A C0 or C1 control.
    fn execute(&mut self, code: u8);
    /// An escape sequence.
    fn escape(&mut self, intermediates: u32, last: u8);
    /// A control sequence.
    fn control(&mut self, sequence: &Sequence);
    /// A device control string: what begins it, and its data.
    fn device_control(&mut self, sequence: &Sequence, data: &[u8]);
    /// An operating system command, or the front of one that was longer than there is room for.
    fn command(&mut self, text: &[u8], truncated: bool, end: Terminator);
}

/// What ended an operating system command: an answer ends alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Terminator {
    /// BEL.
    Bell,
    /// ST, or what breaks a command off.
    Other,
}

/// A string longer than this gives its memory back once it was acted upon.
const KEPT_STRING: usize = 1 << 14;

/// Parameters kept of a sequence; further ones are dropped and the sequence still acts.
const MAX_PARAMS: usize = 64;

/// A control sequence: private marks and intermediates, parameters, final byte.
#[derive(Debug)]
pub(super) struct Sequence {
    /// The bytes before the final one that are not parameters, the last one lowest;
    /// [`Sequence::UNKNOWN`] if there were more than three.
    pub(super) intermediates: u32,
    /// The final byte.
    pub(super) last: u8,
    values: [u16; MAX_PARAMS],
    /// Bit i: a colon and not a semicolon stands before parameter i.
    colons: u64,
    len: usize,
    value: u32,
}

impl Sequence {
    /// Stands for intermediates that no function has.
    pub(super) const UNKNOWN: u32 = u32::MAX;

    const fn new() -> Self {
        Self { intermediates: 0, last: 0, values: [0; MAX_PARAMS], colons: 0, len: 0, value: 0 }
    }

    /// The parameters, of which there is at least one; absent ones are 0, as are values above
    /// 65535.
    pub(super) fn params(&self) -> &[u16] {
        &self.values[..self.len]
    }

    /// Parameter `index`; `default` if it is absent or 0.
    pub(super) fn param(&self, index: usize, default: u16) -> u16 {
        self.params().get(index).copied().filter(|&value| value != 0).unwrap_or(default)
    }

    /// Whether parameter `index` is a part of the one before it.
    pub(super) fn is_sub(&self, index: usize) -> bool {
        index < MAX_PARAMS && self.colons >> index & 1 != 0
    }

    /// Whether there are sub-parameters at all.
    pub(super) fn has_subs(&self) -> bool {
        self.colons != 0
    }

    fn clear(&mut self) {
        (self.intermediates, self.colons, self.len, self.value) = (0, 0, 0, 0);
    }

    fn collect(&mut self, byte: u8) {
        self.intermediates = if self.intermediates >> 16 == 0 {
            self.intermediates << 8 | u32::from(byte)
        } else {
            Self::UNKNOWN
        };
    }

    #[inline]
    fn param_byte(&mut self, byte: u8) {
        if byte.is_ascii_digit() {
            // Stays far from overflow: above the limit the exact value does not matter.
            self.value = (self.value * 10 + u32::from(byte - b'0')).min(1 << 20);
        } else {
            self.end_param();
            if byte == b':' && self.len < MAX_PARAMS {
                self.colons |= 1 << self.len;
            }
        }
    }

    #[inline]
    fn end_param(&mut self) {
        if self.len < MAX_PARAMS {
            self.values[self.len] = u16::try_from(self.value).unwrap_or(0);
            self.len += 1;
        }
        self.value = 0;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ground,
    Escape,
    EscapeIntermediate,
    CsiEntry,
    CsiParam,
    CsiIntermediate,
    CsiIgnore,
    DcsEntry,
    DcsParam,
    DcsIntermediate,
    /// The data of a device control string. What means nothing is swallowed.
    DcsData,
    Osc,
    /// SOS, PM or APC.
    OtherString,
}

const STATES: usize = State::OtherString as usize + 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    None,
    Print,
    Execute,
    Collect,
    Param,
    Escape,
    Control,
    DeviceControl,
    Put,
}

/// What a character does in a state; no next state means staying without leaving and entering.
#[derive(Clone, Copy, Debug)]
struct Rule {
    action: Action,
    next: Option<State>,
}

/// Characters from U+00A0 on behave as `A`.
const CLASSES: usize = 0xa0;

static RULES: [[Rule; CLASSES]; STATES] = rules();

const fn rule(action: Action, next: Option<State>) -> Rule {
    Rule { action, next }
}

const fn set(
    mut row: [Rule; CLASSES],
    first: u8,
    last: u8,
    action: Action,
    next: Option<State>,
) -> [Rule; CLASSES] {
    let mut code = first as usize;
    while code <= last as usize {
        row[code] = rule(action, next);
        code += 1;
    }
    row
}

/// Acts on C0 controls other than CAN, SUB and ESC.
const fn c0(row: [Rule; CLASSES], action: Action) -> [Rule; CLASSES] {
    let row = set(row, 0x00, 0x17, action, None);
    let row = set(row, 0x19, 0x19, action, None);
    set(row, 0x1c, 0x1f, action, None)
}

/// The rules that hold in all states.
const fn anywhere(row: [Rule; CLASSES]) -> [Rule; CLASSES] {
    let ground = Some(State::Ground);
    let row = set(row, 0x18, 0x18, Action::Execute, ground);
    let row = set(row, 0x1a, 0x1a, Action::Execute, ground);
    let row = set(row, 0x1b, 0x1b, Action::None, Some(State::Escape));
    let row = set(row, 0x80, 0x9a, Action::Execute, ground);
    let row = set(row, 0x90, 0x90, Action::None, Some(State::DcsEntry));
    let row = set(row, 0x98, 0x98, Action::None, Some(State::OtherString));
    let row = set(row, 0x9b, 0x9b, Action::None, Some(State::CsiEntry));
    let row = set(row, 0x9c, 0x9c, Action::None, ground);
    let row = set(row, 0x9d, 0x9d, Action::None, Some(State::Osc));
    set(row, 0x9e, 0x9f, Action::None, Some(State::OtherString))
}

const fn rules() -> [[Rule; CLASSES]; STATES] {
    use Action as A;
    use State as S;
    let ground = Some(S::Ground);
    let nothing = anywhere([rule(A::None, None); CLASSES]);
    let acting = c0(nothing, A::Execute);

    let mut rules = [nothing; STATES];
    rules[S::Ground as usize] = set(acting, 0x20, 0x7f, A::Print, None);

    let row = set(acting, 0x20, 0x2f, A::Collect, Some(S::EscapeIntermediate));
    let row = set(row, 0x30, 0x7e, A::Escape, ground);
    let row = set(row, b'P', b'P', A::None, Some(S::DcsEntry));
    let row = set(row, b'X', b'X', A::None, Some(S::OtherString));
    let row = set(row, b'[', b'[', A::None, Some(S::CsiEntry));
    let row = set(row, b']', b']', A::None, Some(S::Osc));
    rules[S::Escape as usize] = set(row, b'^', b'_', A::None, Some(S::OtherString));

    let row = set(acting, 0x20, 0x2f, A::Collect, None);
    rules[S::EscapeIntermediate as usize] = set(row, 0x30, 0x7e, A::Escape, ground);

    let row = set(acting, 0x20, 0x2f, A::Collect, Some(S::CsiIntermediate));
    let row = set(row, b'0', b';', A::Param, Some(S::CsiParam));
    let row = set(row, 0x40, 0x7e, A::Control, ground);
    rules[S::CsiEntry as usize] = set(row, b'<', b'?', A::Collect, Some(S::CsiParam));
    let row = set(row, b'0', b';', A::Param, None);
    rules[S::CsiParam as usize] = set(row, b'<', b'?', A::None, Some(S::CsiIgnore));

    let row = set(acting, 0x20, 0x2f, A::Collect, None);
    let row = set(row, 0x30, 0x3f, A::None, Some(S::CsiIgnore));
    rules[S::CsiIntermediate as usize] = set(row, 0x40, 0x7e, A::Control, ground);
    rules[S::CsiIgnore as usize] = set(acting, 0x40, 0x7e, A::None, ground);

    let row = set(nothing, 0x20, 0x2f, A::Collect, Some(S::DcsIntermediate));
    let row = set(row, b'0', b';', A::Param, Some(S::DcsParam));
    let row = set(row, b'<', b'?', A::Collect, Some(S::DcsParam));
    let row = set(row, 0x40, 0x7e, A::DeviceControl, Some(S::DcsData));
    rules[S::DcsEntry as usize] = row;
    let param = set(row, b'0', b';', A::Param, None);
    rules[S::DcsParam as usize] = set(param, b'<', b'?', A::None, None);
    rules[S::DcsIntermediate as usize] = set(row, 0x30, 0x3f, A::None, Some(S::DcsData));

    let row = set(nothing, 0x20, 0x7f, A::Put, None);
    rules[S::DcsData as usize] = row;
    rules[S::Osc as usize] = set(row, 0x07, 0x07, A::None, ground);
    rules
}

/// The parser.
#[derive(Debug)]
pub(super) struct Parser<'s> {
    state: State,
    /// The beginning of a character whose end has not arrived.
    partial: [u8; 4],
    partial_len: usize,
    sequence: Sequence,
    string: Slab<'s, u8>,
    string_len: usize,
    truncated: bool,
}

impl<'s> Parser<'s> {
    pub(super) fn new(string: Slab<'s, u8>) -> Self {
        Self {
            state: State::Ground,
            partial: [0; 4],
            partial_len: 0,
            sequence: Sequence::new(),
            string,
            string_len: 0,
            truncated: false,
        }
    }

    /// Forgets what has begun and not ended.
    pub(super) fn reset(&mut self) {
        self.state = State::Ground;
        self.partial_len = 0;
        self.string_len = 0;
    }

    /// Interprets `bytes`, which may begin and end in the middle of anything.
    pub(super) fn feed<A: Actions>(&mut self, mut bytes: &[u8], actions: &mut A) {
        while self.partial_len > 0 {
            let Some((&byte, rest)) = bytes.split_first() else { return };
            bytes = rest;
            self.complete(byte, actions);
        }
        while let Some(&byte) = bytes.first() {
            let used = match byte {
                0x20..=0x7e if self.state == State::Ground => {
                    let end = bytes.iter().position(|byte| !matches!(byte, 0x20..=0x7e));
                    let end = end.unwrap_or(bytes.len());
                    actions.print_ascii(&bytes[..end]);
                    end
                }
                0x80.. if self.state == State::Ground => self.text(bytes, actions),
                // The rest of a control sequence is seldom split: no state is kept for it.
                0x1b if self.state == State::Ground => match self.whole_control(bytes, actions) {
                    0 => self.one(bytes, actions),
                    used => used,
                },
                _ => self.one(bytes, actions),
            };
            if used == 0 {
                self.partial[..bytes.len()].copy_from_slice(bytes);
                self.partial_len = bytes.len();
                return;
            }
            bytes = &bytes[used..];
        }
    }

    /// Takes the first character; returns its bytes, or 0 if its end is missing.
    #[inline]
    fn one<A: Actions>(&mut self, bytes: &[u8], actions: &mut A) -> usize {
        let (c, used) = match decode(bytes) {
            Decoded::Character(c, used) => (c, used),
            Decoded::Invalid(used) => (char::REPLACEMENT_CHARACTER, used),
            Decoded::Incomplete => return 0,
        };
        self.character(c, actions);
        used
    }

    /// Takes printable characters while in the ground state, as [`one`](Self::one) takes one.
    fn text<A: Actions>(&mut self, bytes: &[u8], actions: &mut A) -> usize {
        let mut run = ['\0'; 64];
        let (mut len, mut used) = (0, 0);
        while len < run.len() && used < bytes.len() {
            let (c, count) = match decode(&bytes[used..]) {
                Decoded::Character('\0'..='\x1f' | '\x7f'..='\u{9f}', _) => break,
                Decoded::Character(c, count) => (c, count),
                Decoded::Invalid(count) => (char::REPLACEMENT_CHARACTER, count),
                Decoded::Incomplete => break,
            };
            run[len] = c;
            len += 1;
            used += count;
        }
        if len == 0 {
            return self.one(bytes, actions);
        }
        actions.print(&run[..len]);
        used
    }

    /// Takes a control sequence of parameters only that is all there; returns its bytes, or 0 if
    /// the state machine has to look at it.
    fn whole_control<A: Actions>(&mut self, bytes: &[u8], actions: &mut A) -> usize {
        let (b"\x1b[", rest) = bytes.split_at(bytes.len().min(2)) else { return 0 };
        let mut start = 0;
        self.sequence.clear();
        if let Some(&mark @ b'<'..=b'?') = rest.first() {
            self.sequence.collect(mark);
            start = 1;
        }
        for (index, &byte) in rest.iter().enumerate().skip(start) {
            match byte {
                b'0'..=b';' => self.sequence.param_byte(byte),
                0x40..=0x7e => {
                    self.sequence.end_param();
                    self.sequence.last = byte;
                    actions.control(&self.sequence);
                    return index + 3;
                }
                _ => return 0,
            }
        }
        0
    }

    /// Takes one more byte to a character that has begun.
    fn complete<A: Actions>(&mut self, byte: u8, actions: &mut A) {
        self.partial[self.partial_len] = byte;
        self.partial_len += 1;
        while self.partial_len > 0 {
            let bytes = self.partial;
            let len = self.one(&bytes[..self.partial_len], actions);
            if len == 0 {
                return;
            }
            self.partial.copy_within(len..self.partial_len, 0);
            self.partial_len -= len;
        }
    }

    #[inline]
    fn character<A: Actions>(&mut self, c: char, actions: &mut A) {
        let code = u32::from(c);
        if code < CLASSES as u32 {
            self.step(code as u8, c, actions);
        } else if self.state == State::Ground {
            actions.print(&[c]);
        } else {
            self.step(b'A', c, actions);
        }
    }

    #[inline]
    fn step<A: Actions>(&mut self, class: u8, c: char, actions: &mut A) {
        let rule = RULES[self.state as usize][usize::from(class)];
        if rule.next.is_some() && self.state == State::Osc {
            let end = if class == 0x07 { Terminator::Bell } else { Terminator::Other };
            actions.command(&self.string[..self.string_len], self.truncated, end);
            if self.string_len > KEPT_STRING {
                self.string_len = 0;
                self.string.shrink(KEPT_STRING);
            }
        }
        if rule.next.is_some() && self.is_meaningful() && !matches!(class, 0x18 | 0x1a) {
            actions.device_control(&self.sequence, &self.string[..self.string_len]);
        }
        match rule.action {
            Action::None => {}
            Action::DeviceControl => {
                self.sequence.end_param();
                self.sequence.last = if c.is_ascii() { class } else { 0 };
            }
            Action::Put if self.state == State::DcsData && !self.is_meaningful() => {}
            Action::Print if c.is_ascii() => {
                // A run of one; DEL has no glyph.
                if class != 0x7f {
                    actions.print_ascii(&[class]);
                }
            }
            Action::Print => actions.print(&[c]),
            Action::Execute => actions.execute(class),
            // Characters beyond ASCII stand for the final byte of no function.
            Action::Collect => self.sequence.collect(class),
            Action::Param => self.sequence.param_byte(class),
            Action::Escape if c.is_ascii() => {
                actions.escape(self.sequence.intermediates, class);
            }
            Action::Control if c.is_ascii() => {
                self.sequence.end_param();
                self.sequence.last = class;
                actions.control(&self.sequence);
            }
            Action::Escape | Action::Control => {}
            Action::Put => self.put(c),
        }
        if let Some(next) = rule.next {
            self.state = next;
            match next {
                State::Escape | State::CsiEntry => self.sequence.clear(),
                State::DcsEntry => {
                    self.sequence.clear();
                    self.sequence.last = 0;
                    (self.string_len, self.truncated) = (0, false);
                }
                State::Osc => (self.string_len, self.truncated) = (0, false),
                _ => {}
            }
        }
    }

    /// Whether this is the data of a device control string that means something: DECRQSS,
    /// XTGETTCAP or DECRSPS, as long as there is room for it.
    fn is_meaningful(&self) -> bool {
        let Sequence { intermediates, last, .. } = self.sequence;
        self.state == State::DcsData
            && !self.truncated
            && matches!((intermediates, last), (0x24 | 0x2b, b'q') | (0x24, b't'))
    }

    fn put(&mut self, c: char) {
        let end = self.string_len + c.len_utf8();
        if self.truncated || self.string.grow(end).is_err() || end > self.string.len() {
            // Nothing after the first gap counts, or the text would not be a prefix.
            self.truncated = true;
            return;
        }
        c.encode_utf8(&mut self.string[self.string_len..end]);
        self.string_len = end;
    }
}

enum Decoded {
    /// A character of so many bytes.
    Character(char, usize),
    /// So many bytes that begin no character, or a character that another byte breaks off.
    Invalid(usize),
    /// More bytes are needed.
    Incomplete,
}

/// Decodes the first character of `bytes`, which are not empty (Unicode 3.9, table 3-7; what is
/// malformed is cut by the practice of maximal subparts).
#[inline]
fn decode(bytes: &[u8]) -> Decoded {
    let part = |byte: u8| u32::from(byte & 0x3f);
    // Whole characters of plain forms; the rest, and whatever may be malformed, takes longer.
    let (code, len) = match *bytes {
        [first @ 0x00..=0x7f, ..] => return Decoded::Character(char::from(first), 1),
        [first @ 0xc2..=0xdf, second @ 0x80..=0xbf, ..] => {
            (u32::from(first & 0x1f) << 6 | part(second), 2)
        }
        [first @ 0xe1..=0xec, second @ 0x80..=0xbf, third @ 0x80..=0xbf, ..]
        | [first @ 0xe0, second @ 0xa0..=0xbf, third @ 0x80..=0xbf, ..]
        | [first @ 0xee..=0xef, second @ 0x80..=0xbf, third @ 0x80..=0xbf, ..] => {
            (u32::from(first & 0xf) << 12 | part(second) << 6 | part(third), 3)
        }
        [0xf0, second @ 0x90..=0xbf, third @ 0x80..=0xbf, fourth @ 0x80..=0xbf, ..] => {
            (part(second) << 12 | part(third) << 6 | part(fourth), 4)
        }
        _ => return decode_slowly(bytes),
    };
    Decoded::Character(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), len)
}

fn decode_slowly(bytes: &[u8]) -> Decoded {
    let (len, second, bits) = match bytes[0] {
        byte @ 0x00..=0x7f => return Decoded::Character(char::from(byte), 1),
        byte @ 0xc2..=0xdf => (2, 0x80..=0xbf, byte & 0x1f),
        0xe0 => (3, 0xa0..=0xbf, 0),
        0xed => (3, 0x80..=0x9f, 0xd),
        byte @ 0xe1..=0xef => (3, 0x80..=0xbf, byte & 0xf),
        0xf0 => (4, 0x90..=0xbf, 0),
        byte @ 0xf1..=0xf3 => (4, 0x80..=0xbf, byte & 7),
        0xf4 => (4, 0x80..=0x8f, 4),
        _ => return Decoded::Invalid(1),
    };
    let mut code = u32::from(bits);
    for index in 1..len {
        let Some(&byte) = bytes.get(index) else { return Decoded::Incomplete };
        let valid = if index == 1 { second.contains(&byte) } else { byte & 0xc0 == 0x80 };
        if !valid {
            return Decoded::Invalid(index);
        }
        code = code << 6 | u32::from(byte & 0x3f);
    }
    Decoded::Character(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_decoded_as_the_standard_library_does() {
        // Both sides of every bound in the table.
        const BYTES: &[u8] = &[
            0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1,
            0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
        ];
        let mut bytes = [0; 4];
        for number in 0..BYTES.len().pow(4) {
            let mut rest = number;
            for byte in &mut bytes {
                (*byte, rest) = (BYTES[rest % BYTES.len()], rest / BYTES.len());
            }
            for len in 1..=bytes.len() {
                let bytes = &bytes[..len];
                let chunk = bytes.utf8_chunks().next().expect("there are bytes");
                let found = decode(bytes);
                match (chunk.valid().chars().next(), found) {
                    (Some(c), Decoded::Character(found, len)) => {
                        assert_eq!((c, c.len_utf8()), (found, len), "{bytes:x?}");
                    }
                    (None, Decoded::Invalid(len)) => {
                        assert_eq!(chunk.invalid().len(), len, "{bytes:x?}");
                    }
                    // The library takes what ends too early for malformed.
                    (None, Decoded::Incomplete) => {
                        assert_eq!(chunk.invalid(), bytes, "{bytes:x?}");
                    }
                    (expected, _) => panic!("{bytes:x?} is not {expected:?}"),
                }
            }
        }
    }
}
