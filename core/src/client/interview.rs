//! Asking the user's terminal about itself, without anybody noticing.
//!
//! The questions are written before the first picture, the session goes on at once. What the
//! terminal answers comes with the keys: [`Interview::filter`] takes it out, and passes everything
//! else on untouched and in order. Device attributes are asked for last, because every terminal
//! answers those: what was not answered before them will not be.
//!
//! An answer may be cut in two by the way to here, and its first bytes could be keys: while answers
//! are expected, such a beginning is held for a moment. A lone ESC, typed in the first second of a
//! session, is so delayed by at most 30 ms. What only a terminal can have begun is held longer,
//! and dropped if it does not end: no answer is ever typed into the session. After that second
//! answers are still taken out for a while, and no key is held.

use core::time::Duration;

use embedded_io::Write;
use heapless::Vec;

use super::answers::{Answers, MODES};
use crate::time::Instant;

/// How long answers are waited for.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long they are recognised: a terminal may be far away itself.
const MEMORY: Duration = Duration::from_secs(30);
/// How long what may be a key is held.
const KEY_PAUSE: Duration = Duration::from_millis(30);
/// How long the beginning of an answer is held.
const ANSWER_PAUSE: Duration = Duration::from_secs(1);
/// The longest answer that is read; of longer ones nothing is kept.
const MAX_ANSWER: usize = 256;

/// Who reads the questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Reader {
    /// A terminal.
    Terminal,
    /// What may be GNU screen, which hands device control strings on to the terminal around it
    /// as if they were text for that (screen(1), "Virtual Terminal").
    Screen,
}

/// A terminal that is asked, and the filter for its answers.
#[derive(Debug)]
pub struct Interview {
    phase: Phase,
    asked_at: Instant,
    /// The beginning of what may be an answer.
    held: Vec<u8, MAX_ANSWER>,
    /// Since when.
    held_since: Instant,
    answers: Answers,
    /// There are answers that were not taken.
    news: bool,
}

crate::log::defmt_format!(Interview, it => "Interview({})", it.answers);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing was asked, or it is too long ago.
    Idle,
    /// Answers are expected.
    Asking,
    /// They have come, or were waited for long enough.
    Late,
}

/// What the bytes that are held may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guess {
    /// A key or the beginning of an answer.
    Either,
    /// The beginning of an answer: no key begins like that.
    Answer,
    /// A whole answer.
    Whole,
    /// No answer.
    Keys,
}

impl Interview {
    /// Returns one in which nothing is asked and everything passes.
    #[must_use]
    pub fn none(now: Instant) -> Self {
        Self {
            phase: Phase::Idle,
            asked_at: now,
            held: Vec::new(),
            held_since: now,
            answers: Answers::default(),
            news: false,
        }
    }

    /// Writes the questions for a terminal that speaks ECMA-48 and ignores what it does not know,
    /// before anything is drawn: two of them leave traces that the first picture covers.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn ask<W: Write>(now: Instant, reader: Reader, out: &mut W) -> Result<Self, W::Error> {
        // XTVERSION, and the flags of kitty's keyboard protocol.
        out.write_all(b"\x1b[>0q\x1b[?u")?;
        for mode in MODES {
            write(out, format_args!("\x1b[?{mode}$p"))?;
        }
        for command in 10..=12 {
            write(out, format_args!("\x1b]{command};?\x1b\\"))?;
        }
        for entry in 0..16 {
            write(out, format_args!("\x1b]4;{entry};?\x1b\\"))?;
        }
        if reader == Reader::Terminal {
            // What becomes of a direct colour (DECRQSS).
            out.write_all(b"\x1b[0;48;2;1;2;3m\x1bP$qm\x1b\\\x1b[m")?;
        }
        // How far text with its width moves the cursor (kitty's text sizing protocol, "Detecting if
        // the terminal supports this protocol"). In the second row, as the place in the first one
        // reads like F3 with a modifier.
        out.write_all(b"\x1b[2H\x1b]66;w=2; \x1b\\\x1b[6n")?;
        // Sizes in pixels; then the end of it all.
        out.write_all(b"\x1b[14t\x1b[16t\x1b[c")?;
        Ok(Self { phase: Phase::Asking, ..Self::none(now) })
    }

    /// Takes the answers out of what the terminal sent and hands everything else to `keys`, in
    /// pieces.
    pub fn filter(&mut self, now: Instant, bytes: &[u8], mut keys: impl FnMut(&[u8])) {
        // What is held is not given up first: its end may have come in time, and waited to be read.
        self.advance(now);
        if self.phase == Phase::Idle {
            return keys(bytes);
        }
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            if self.held.is_empty() && byte != ESC {
                let len = rest.iter().position(|&byte| byte == ESC).unwrap_or(rest.len());
                keys(&rest[..len]);
                rest = &rest[len..];
                continue;
            }
            rest = after;
            self.hold(now, byte);
            self.sort(&mut keys);
        }
        if self.phase == Phase::Late && guess(&self.held) == Guess::Either {
            self.release(&mut keys);
        }
    }

    /// Gives up what was held for too long, and waiting for answers.
    pub fn handle_timeout(&mut self, now: Instant, mut keys: impl FnMut(&[u8])) {
        if self.given_up_at().is_some_and(|at| now >= at) {
            if guess(&self.held) == Guess::Either {
                self.release(&mut keys);
            }
            self.held.clear();
        }
        self.advance(now);
    }

    /// Gives up waiting for answers, and recognising them.
    fn advance(&mut self, now: Instant) {
        if self.phase == Phase::Asking && now >= self.asked_at + PATIENCE {
            self.phase = Phase::Late;
            self.news = true;
        }
        if self.phase == Phase::Late && now >= self.asked_at + MEMORY && self.held.is_empty() {
            self.phase = Phase::Idle;
        }
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        // The end of the last phase makes no difference to anybody.
        let patience = (self.phase == Phase::Asking).then(|| self.asked_at + PATIENCE);
        [self.given_up_at(), patience].into_iter().flatten().min()
    }

    /// Whether answers are still to come, which would be typed into what runs next.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.phase == Phase::Asking
    }

    /// The answers, once they are complete or were waited for long enough; again if late ones come.
    pub fn take_answers(&mut self) -> Option<&Answers> {
        let ready = core::mem::take(&mut self.news) && self.phase != Phase::Asking;
        ready.then_some(&self.answers)
    }

    /// When what is held is given up.
    fn given_up_at(&self) -> Option<Instant> {
        match guess(&self.held) {
            _ if self.held.is_empty() => None,
            Guess::Either => Some(self.held_since + KEY_PAUSE),
            _ => Some(self.held_since + ANSWER_PAUSE),
        }
    }

    /// Adds a byte to what is held. Of an answer that gets too long, the beginning and the last
    /// bytes are kept, among which its end is found.
    fn hold(&mut self, now: Instant, byte: u8) {
        if self.held.is_empty() {
            self.held_since = now;
        }
        if self.held.is_full() {
            self.held.swap_remove(MAX_ANSWER - 2);
        }
        // There is room.
        let _ = self.held.push(byte);
    }

    /// Decides about what is held, as far as it can be.
    fn sort(&mut self, keys: &mut impl FnMut(&[u8])) {
        loop {
            match guess(&self.held) {
                Guess::Either | Guess::Answer => return,
                Guess::Whole => {
                    self.take();
                    self.held.clear();
                    return;
                }
                Guess::Keys => {
                    // An answer may begin behind the first key.
                    let next = self.held[1..].iter().position(|&byte| byte == ESC);
                    let len = next.map_or(self.held.len(), |index| index + 1);
                    keys(&self.held[..len]);
                    self.held.rotate_left(len);
                    let rest = self.held.len() - len;
                    self.held.truncate(rest);
                    if self.held.is_empty() {
                        return;
                    }
                }
            }
        }
    }

    /// Reads the answer that is held.
    fn take(&mut self) {
        let Some((&kind, body)) = self.held[1..].split_first() else { return };
        let text = body.strip_suffix(b"\x1b\\").or_else(|| body.strip_suffix(b"\x07"));
        let text = text.unwrap_or_default();
        match kind {
            b'[' => self.answers.take_control(body),
            b']' => self.answers.take_command(text),
            _ => match text.strip_prefix(b">|") {
                Some(version) => self.answers.take_version(version),
                None => self.answers.take_rendition(text),
            },
        }
        self.news = true;
        if self.answers.complete && self.phase == Phase::Asking {
            self.phase = Phase::Late;
        }
    }

    fn release(&mut self, keys: &mut impl FnMut(&[u8])) {
        keys(&self.held);
        self.held.clear();
    }
}

const ESC: u8 = 0x1b;

fn write<W: Write>(out: &mut W, text: core::fmt::Arguments<'_>) -> Result<(), W::Error> {
    out.write_fmt(text).map_err(|error| match error {
        embedded_io::WriteFmtError::Other(error) => error,
        embedded_io::WriteFmtError::FmtError => unreachable!("numbers are always formatted"),
    })
}

/// What bytes that begin with ESC may become.
fn guess(bytes: &[u8]) -> Guess {
    match bytes {
        [] | [ESC] | [ESC, b'[' | b']' | b'P'] => Guess::Either,
        [ESC, b'[', b'?', body @ ..] => control(body, |last| matches!(last, b'c' | b'u' | b'y')),
        // The place of the cursor, which is in the second row, or where there is none in the first
        // column of the first. `CSI 2 ~` and `CSI 1 ; 5 R` are keys.
        [ESC, b'[', b'1' | b'2'] | [ESC, b'[', b'1' | b'2', b';'] => Guess::Either,
        [ESC, b'[', b'1', b';', b'1'] => Guess::Either,
        [ESC, b'[', b'1', b';', b'1', b'R'] => Guess::Whole,
        [ESC, b'[', b'2', b';', body @ ..] => match control(body, |last| last == b'R') {
            Guess::Answer => Guess::Either,
            other => other,
        },
        // Some keys are written like this, too: `CSI 4 ~`.
        [ESC, b'[', b'4' | b'6'] => Guess::Either,
        [ESC, b'[', b'4' | b'6', b';', body @ ..] => match control(body, |last| last == b't') {
            // `CSI 6 ; 5 ~` is a key with a modifier.
            Guess::Answer if body.len() < 3 => Guess::Either,
            other => other,
        },
        [ESC, b']', body @ ..] => {
            let digits = body.iter().take_while(|byte| byte.is_ascii_digit()).count();
            match (&body[..digits], body.get(digits)) {
                (b"1", None) => Guess::Either,
                (b"4" | b"10" | b"11" | b"12", None) => Guess::Answer,
                (b"4" | b"10" | b"11" | b"12", Some(b';')) => text(&body[digits + 1..]),
                _ => Guess::Keys,
            }
        }
        [ESC, b'P', b'>'] => Guess::Answer,
        [ESC, b'P', b'>', b'|', body @ ..] => text(body),
        [ESC, b'P', b'0' | b'1'] => Guess::Either,
        [ESC, b'P', b'0' | b'1', b'$'] => Guess::Answer,
        [ESC, b'P', b'0' | b'1', b'$', b'r', body @ ..] => text(body),
        _ => Guess::Keys,
    }
}

/// Parameters, and a last byte that `fits`.
fn control(body: &[u8], fits: impl FnOnce(u8) -> bool) -> Guess {
    match body.iter().position(|byte| !matches!(byte, b'0'..=b';' | b'$')) {
        None => Guess::Answer,
        Some(index) if index + 1 == body.len() && fits(body[index]) => Guess::Whole,
        Some(_) => Guess::Keys,
    }
}

/// Anything up to BEL or ST.
fn text(body: &[u8]) -> Guess {
    match body.iter().position(|&byte| matches!(byte, 7 | ESC)) {
        None => Guess::Answer,
        Some(end) => match body[end..] {
            [ESC] => Guess::Answer,
            [7] | [ESC, b'\\'] => Guess::Whole,
            _ => Guess::Keys,
        },
    }
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::diff::{Capabilities, ColorDepth};
    use crate::screen::Rgb;
    use crate::terminal::{Features, Pixels};

    /// What an xterm-like terminal says, key strokes aside.
    const ANSWERS: &[&[u8]] = &[
        b"\x1bP>|foot(1.13.1)\x1b\\",
        b"\x1b[?0u",
        b"\x1b[?2026;2$y",
        b"\x1b[?1016;0$y",
        b"\x1b]10;rgb:cccc/cccc/cccc\x1b\\",
        b"\x1b]11;rgb:00/10/20\x07",
        b"\x1b]4;15;rgb:ff/ff/ff\x1b\\",
        b"\x1bP1$r0;48:2::1:2:3m\x1b\\",
        b"\x1b[2;3R",
        b"\x1b[4;480;800t",
        b"\x1b[6;20;10t",
        b"\x1b[?62;4;22c",
    ];

    fn at(ms: u64) -> Instant {
        Instant::from_millis(10_000 + ms)
    }

    fn asked() -> Interview {
        let mut questions = Vec::new();
        let Ok(interview) = Interview::ask(at(0), Reader::Terminal, &mut questions);
        assert!(questions.starts_with(b"\x1b[>0q") && questions.ends_with(b"\x1b[c"));
        interview
    }

    fn filter(interview: &mut Interview, ms: u64, bytes: &[u8]) -> Vec<u8> {
        let mut keys = Vec::new();
        interview.filter(at(ms), bytes, |bytes| keys.extend_from_slice(bytes));
        keys
    }

    fn timeout(interview: &mut Interview, ms: u64) -> Vec<u8> {
        let mut keys = Vec::new();
        interview.handle_timeout(at(ms), |bytes| keys.extend_from_slice(bytes));
        keys
    }

    fn check(answers: &Answers) {
        let facts = answers.facts();
        assert_eq!(facts.foreground, Some(Rgb(204, 204, 204)));
        assert_eq!(facts.background, Some(Rgb(0, 16, 32)));
        assert_eq!((facts.cursor, facts.palette[0]), (None, None));
        assert_eq!(facts.palette[15], Some(Rgb(255, 255, 255)));
        assert_eq!(facts.area, Some(Pixels { width: 800, height: 480 }));
        assert_eq!(facts.cell, Some(Pixels { width: 10, height: 20 }));
        assert!(facts.features.contains(Features::KITTY_KEYBOARD.with(Features::LINKS)));
        assert!(!facts.features.contains(Features::MOUSE_PIXELS));
        let few = Capabilities { depth: ColorDepth::Eight, ..Capabilities::PLAIN };
        let improved = answers.improve(few);
        assert!(improved.synchronized_updates && improved.sized_text);
        assert_eq!(improved.depth, ColorDepth::Direct);
    }

    #[test]
    fn a_screen_in_a_terminal_is_told_no_string_to_hand_on() {
        let mut questions = Vec::new();
        let Ok(_) = Interview::ask(at(0), Reader::Screen, &mut questions);
        assert!(!questions.windows(2).any(|pair| pair == b"\x1bP"));
    }

    #[test]
    fn the_place_in_a_terminal_of_one_row_is_no_key() {
        let mut interview = asked();
        assert_eq!(filter(&mut interview, 1, b"a\x1b[1;1Rb"), b"ab");
        assert_eq!(filter(&mut interview, 2, b"\x1b[1;2R"), b"\x1b[1;2R");
    }

    #[test]
    fn answers_are_taken_out_from_between_the_keys_wherever_they_are_cut() {
        let keys: &[&[u8]] = &[
            b"a",
            b"\x1b[A",
            b"\x1bOB",
            b"\x1b[4~",
            b"\x1b[6;5~",
            b"\x1b\x1b[D",
            b"\xc3\xa9",
            b"\x1b[<0;1;2M",
            b"\x1b[97;5u",
            b"\x1b[1;5R",
            b"\x1b[2;5~",
            b"\x1b]x",
        ];
        let mut stream = Vec::new();
        for (key, answer) in keys.iter().zip(ANSWERS) {
            stream.extend_from_slice(key);
            stream.extend_from_slice(answer);
        }
        for len in 1..=stream.len() {
            let mut interview = asked();
            let mut passed = Vec::new();
            for chunk in stream.chunks(len) {
                assert!(interview.take_answers().is_none(), "they are not complete");
                passed.extend(filter(&mut interview, 5, chunk));
            }
            assert_eq!(passed, keys.concat(), "in pieces of {len}");
            check(interview.take_answers().expect("they are complete"));
            assert!(interview.take_answers().is_none() && !interview.is_waiting());
            assert_eq!(interview.poll_timeout(), None);
        }
    }

    #[test]
    fn an_escape_key_waits_for_a_moment_only() {
        let mut interview = asked();
        assert_eq!(filter(&mut interview, 100, b"x\x1b"), b"x");
        assert_eq!(interview.poll_timeout(), Some(at(130)));
        assert_eq!(timeout(&mut interview, 129), b"");
        assert_eq!(timeout(&mut interview, 130), b"\x1b");
        assert_eq!(filter(&mut interview, 200, b"[A"), b"[A");
        // Nor at all when nothing is expected soon.
        assert_eq!(timeout(&mut interview, 1000), b"");
        assert_eq!(filter(&mut interview, 1001, b"\x1b"), b"\x1b");
        assert_eq!(interview.poll_timeout(), None);
    }

    #[test]
    fn what_waited_to_be_read_is_not_late() {
        let mut interview = asked();
        assert_eq!(filter(&mut interview, 10, b"\x1b[2"), b"");
        assert_eq!(filter(&mut interview, 500, b";3Rls"), b"ls");
        assert_eq!(filter(&mut interview, 600, b"\x1b"), b"");
        assert_eq!(filter(&mut interview, 700, b"x"), b"\x1bx");
        assert_eq!(filter(&mut interview, 800, b"\x1b]11;rgb:00/"), b"");
        assert_eq!(filter(&mut interview, 2000, b"10/20\x07ls"), b"ls");
        let facts = interview.take_answers().expect("waited for long enough").facts();
        assert_eq!(facts.background, Some(Rgb(0, 16, 32)));
    }

    #[test]
    fn a_terminal_that_says_nothing_is_left_alone() {
        let mut interview = asked();
        assert!(interview.take_answers().is_none());
        assert_eq!(interview.poll_timeout(), Some(at(1000)));
        timeout(&mut interview, 1000);
        assert_eq!(interview.take_answers(), Some(&Answers::default()));
        // Late answers are not typed, and tell something.
        assert_eq!(filter(&mut interview, 4000, b"l\x1b]11;rgb:00/00/00\x1b\\s"), b"ls");
        let late = interview.take_answers().expect("something new");
        assert_eq!(late.facts().background, Some(Rgb(0, 0, 0)));
        // Much later somebody may paste them.
        let pasted = b"\x1b]11;rgb:00/00/00\x1b\\";
        assert_eq!(filter(&mut interview, 30_000, pasted), pasted);
    }

    #[test]
    fn an_answer_that_does_not_end_is_never_typed() {
        let mut interview = asked();
        assert_eq!(filter(&mut interview, 10, b"\x1b]11;rgb:00/"), b"");
        assert_eq!(filter(&mut interview, 900, b"00"), b"");
        assert_eq!(interview.poll_timeout(), Some(at(1000)));
        timeout(&mut interview, 1000);
        assert_eq!(timeout(&mut interview, 1010), b"");
        assert_eq!(filter(&mut interview, 1020, b"ls"), b"ls");
        // And a long one leaves nothing behind.
        let long = [b"\x1bP>|", &vec![b'x'; 10_000][..], b"\x1b\\echo"].concat();
        assert_eq!(filter(&mut interview, 1030, &long), b"echo");
    }

    #[test]
    fn nothing_is_filtered_when_nothing_was_asked() {
        let mut interview = Interview::none(at(0));
        let all = ANSWERS.concat();
        assert_eq!(filter(&mut interview, 0, &all), all);
        assert_eq!(interview.poll_timeout(), None);
    }
}
