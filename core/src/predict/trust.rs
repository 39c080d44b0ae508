//! How sure it is that what is typed will be echoed.
//!
//! A secret must never be shown, and a program that is about to ask for one gives no notice. So
//! each line begins with doubt, which answers of the program remove: characters that appeared
//! where they were expected. Only a line editor that is known already starts with trust, and it is
//! known by its prompt and by bracketed paste, which line editors switch on while they read and
//! off before a command runs.

use core::time::Duration;

use heapless::{Deque, String};

use super::pane::{hash, is_blank};
use crate::screen::{Cell, Glyph};
use crate::time::Instant;

/// Prompts that are remembered.
const MAX_PROMPTS: usize = 8;

/// Characters of a row that are searched for words.
const MAX_WORDS: usize = 128;

/// Words before the cursor that announce a secret.
const SECRETS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pass phrase",
    "passcode",
    "passwort",
    "kennwort",
    "mot de passe",
    "contrase",
    "senha",
    "secret",
    "pin:",
    "pin ",
    "pin?",
    "pin)",
    "pin>",
    "otp",
    "one-time",
    "verification code",
    "token:",
    "key:",
    "read>",
];

/// What questions look like that a single key answers.
const QUESTIONS: &[&str] = &["?", "[y", "(y", "[n", "(n", "y/n", "yes/no", "any key"];

/// What stands before the text of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prompt {
    len: u16,
    hash: u32,
    head: [Glyph; HEAD],
    tail: [Glyph; TAIL],
    /// Whether pasted text was bracketed there.
    paste: bool,
    /// There is none: what stands there is a margin.
    blank: bool,
    /// It is a question: the program may have others, and one of them be for a secret.
    asks: bool,
    /// The hash of all but the digits.
    words: u32,
}

/// Glyphs at either end of a prompt that stay when directories, times and branches change.
const HEAD: usize = 3;
const TAIL: usize = 2;

/// The prompt of fish's `read`, which stays when `-s` asks for a secret.
const READ: [char; 6] = ['r', 'e', 'a', 'd', '>', ' '];

impl Prompt {
    /// Reads the prompt that `cells` are.
    pub(super) fn read(cells: &[Cell], paste: bool) -> Self {
        let (mut head, mut tail) = ([Glyph::EMPTY; HEAD], [Glyph::EMPTY; TAIL]);
        for (kept, cell) in head.iter_mut().zip(cells) {
            *kept = cell.glyph();
        }
        for (kept, cell) in tail.iter_mut().zip(cells.iter().rev()) {
            *kept = cell.glyph();
        }
        // A line number in a margin says as little.
        let is_margin = |cell: &Cell| {
            is_blank(cell) || cell.glyph().ascii().is_some_and(|byte| byte.is_ascii_digit())
        };
        let blank = cells.iter().all(is_margin);
        let last = cells.iter().rev().find(|cell| !is_blank(cell));
        let asks = last.is_some_and(|cell| matches!(cell.glyph().ascii(), Some(b':' | b'?')))
            || cells.iter().map(|cell| cell.glyph()).eq(READ.map(Glyph::narrow));
        let is_digit =
            |cell: &&Cell| cell.glyph().ascii().is_some_and(|byte| byte.is_ascii_digit());
        let words = hash(cells.iter().filter(|cell| !is_digit(cell)));
        Self { len: cells.len() as u16, hash: hash(cells), head, tail, paste, blank, asks, words }
    }

    /// In columns.
    pub(super) fn len(&self) -> usize {
        self.len.into()
    }

    pub(super) const fn is_blank(&self) -> bool {
        self.blank
    }

    /// Whether it is a question rather than the sign of a shell.
    pub(super) const fn asks(&self) -> bool {
        self.asks
    }

    /// Whether `cells`, which a line begins with, begin with this prompt.
    pub(super) fn begins(&self, cells: &[Cell]) -> bool {
        let len = usize::from(self.len);
        !self.blank && cells.len() >= len && hash(&cells[..len]) == self.hash
    }

    fn resembles(&self, other: &Self) -> bool {
        let long = usize::from(self.len.min(other.len)) > HEAD + TAIL;
        let alike = if self.asks {
            self.words == other.words
        } else {
            self.head == other.head && self.tail == other.tail
        };
        long && self.paste == other.paste && alike
    }
}

/// Prompts at which typing was echoed.
#[derive(Debug, Default)]
pub(super) struct Prompts {
    /// Each with the number of lines that were echoed there; the latest last.
    known: Deque<(Prompt, u8), MAX_PROMPTS>,
    /// Lines without a prompt are echoed: the program is an editor.
    none: bool,
}

impl Prompts {
    /// Remembers `prompt`.
    pub(super) fn learn(&mut self, prompt: Prompt) {
        if prompt.blank {
            self.none = true;
            return;
        }
        if let Some((_, lines)) = self.known.iter_mut().find(|(known, _)| *known == prompt) {
            *lines = lines.saturating_add(1);
            return;
        }
        if self.known.is_full() {
            self.known.pop_front();
        }
        let _ = self.known.push_back((prompt, 1));
    }

    /// Learns that something was typed at `prompt` and not echoed.
    pub(super) fn forget(&mut self, prompt: &Prompt) {
        if let Some((_, lines)) = self.known.iter_mut().find(|(known, _)| known == prompt) {
            *lines = 0;
        }
    }

    /// Learns that a program that echoed lines without a prompt may have ended.
    pub(super) fn forget_editor(&mut self) {
        self.none = false;
    }

    /// The known prompt that `cells` begin with.
    pub(super) fn find(&self, cells: &[Cell], paste: bool) -> Option<Prompt> {
        let prompts = self.known.iter().map(|(prompt, _)| prompt);
        let found = prompts.filter(|prompt| prompt.paste == paste && prompt.begins(cells));
        found.max_by_key(|prompt| prompt.len).copied()
    }

    /// How well `prompt` is known; `continues` says that the line before was echoed.
    pub(super) fn know(&self, prompt: &Prompt, continues: bool) -> Option<Familiarity> {
        if prompt.blank {
            return (self.none && continues).then_some(Familiarity::Continued);
        }
        match self.known.iter().find(|(known, _)| known == prompt) {
            Some((_, 2..)) => Some(Familiarity::Often),
            Some((_, 1)) => Some(Familiarity::Once),
            Some((_, 0)) => None,
            None => {
                let mut known = self.known.iter();
                let alike = known.any(|(known, lines)| *lines > 0 && known.resembles(prompt));
                alike.then_some(Familiarity::Similar)
            }
        }
    }
}

/// What is known of a line before anything is typed there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    /// Bracketed paste is on.
    pub(super) paste: bool,
    /// The prompt is known, or one like it.
    pub(super) known: Option<Familiarity>,
    /// The prompt is a question.
    pub(super) asks: bool,
    /// The words before the cursor.
    pub(super) words: Words,
}

/// How well a prompt is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Familiarity {
    /// The very same, on more than one line.
    Often,
    /// The very same, on one line.
    Once,
    /// All but directories, times and the like.
    Similar,
    /// There is none, in an editor that echoed the line before.
    Continued,
}

/// What the words before the cursor mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// Nothing in particular.
    Plain,
    /// One key will be read, and then something else.
    Question,
    /// A secret is asked for.
    Secret,
}

impl Words {
    /// Reads the words in `cells`.
    pub(super) fn read(cells: &[Cell]) -> Self {
        let mut text = String::<MAX_WORDS>::new();
        for cell in &cells[cells.len().saturating_sub(MAX_WORDS)..] {
            let byte = cell.glyph().ascii().unwrap_or(b' ').to_ascii_lowercase();
            let _ = text.push(char::from(byte));
        }
        if SECRETS.iter().any(|word| text.contains(word)) {
            Self::Secret
        } else if QUESTIONS.iter().any(|word| text.contains(word)) {
            Self::Question
        } else {
            Self::Plain
        }
    }
}

/// Doubt about one line, and what removes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proof {
    /// Echoes that have to be seen before anything is shown.
    needed: u8,
    /// An echo does not count double for staying.
    cautious: bool,
    /// Nothing is ever shown.
    barred: bool,
    /// The input state of the first echo that was seen, and when.
    first: Option<(u64, Instant)>,
}

impl Proof {
    /// Returns what is to be proved where nothing is known.
    pub(super) const NONE: Self =
        Self { needed: FOREIGN, cautious: false, barred: false, first: None };

    /// Returns what is to be proved on a new line.
    pub(super) fn on(line: Surroundings) -> Self {
        let (needed, trusted) = match (line.paste, line.known) {
            (true, Some(_)) => (0, true),
            // Few programs ask for a secret in the very words in which they ask for everything.
            (false, Some(Familiarity::Often)) if !line.asks => (0, false),
            (true, None) | (false, Some(Familiarity::Often | Familiarity::Once)) => (1, false),
            (false, _) => (FOREIGN, false),
        };
        // The name of a directory in a prompt may be any word.
        let barred = (!trusted || line.asks) && line.words == Words::Secret;
        let cautious = !trusted && line.words == Words::Question;
        let needed = if cautious { FOREIGN } else { needed };
        Self { needed, cautious, barred, first: None }
    }

    /// Learns what the line reads after it has changed. Only with a key may it have become one
    /// that asks for nothing.
    pub(super) fn handle_words(&mut self, words: Words, with_key: bool) {
        self.barred = words == Words::Secret || self.barred && !with_key;
    }

    /// Whether what is typed may be shown.
    pub(super) const fn is_given(&self) -> bool {
        self.needed == 0 && !self.barred
    }

    /// Whether a secret is asked for.
    pub(super) const fn is_barred(&self) -> bool {
        self.barred
    }

    /// Learns that a character of input state `num` was echoed.
    pub(super) fn handle_echo(&mut self, now: Instant, num: u64) {
        self.first.get_or_insert((num, now));
        self.needed = self.needed.saturating_sub(1);
    }

    /// Learns that the line is as expected although programs had time to react to input state
    /// `acked`. A key that is echoed and answered by another question has been answered by then.
    pub(super) fn handle_quiet(&mut self, now: Instant, acked: u64) {
        let is_over = |(num, at)| num <= acked && now.since(at) >= QUIET;
        if !self.cautious && self.first.is_some_and(is_over) {
            self.needed = 0;
        }
    }

    /// Learns that something happened after which echo is open.
    pub(super) fn doubt(&mut self) {
        self.needed = self.needed.max(1);
        self.first = None;
    }

    /// Learns that a character was not echoed.
    pub(super) fn handle_failure(&mut self) {
        self.needed = FOREIGN;
        self.first = None;
    }
}

/// Echoes that it takes where nothing speaks for a line editor. The first might be that of a key
/// which answers a question, with a password to follow; so either a second one is seen, or the
/// program had time to ask.
const FOREIGN: u8 = 2;

/// Time after an echo in which a program that asks for something else would have done so.
const QUIET: Duration = Duration::from_millis(50);
