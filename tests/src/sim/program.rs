//! What runs behind the server: programs reduced to what matters for a screen, each a function of
//! its seed and what it is given to read.

use std::collections::VecDeque;
use std::time::Duration;

use mosh_core::time::Instant;

use crate::random::Random;

/// Which program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A shell at its prompt: echoes keys, answers lines.
    LineEditor,
    /// An editor on the whole screen, with a status line that changes with each key.
    FullScreen,
    /// Shows the next page at a key.
    Pager,
    /// Echoes nothing but the ends of lines.
    Password,
    /// Prints lines by itself, in fits and starts, and echoes.
    BuildLog,
    /// Prints without end, as fast as it is read, and echoes in between.
    Flood,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::LineEditor,
        Self::FullScreen,
        Self::Pager,
        Self::Password,
        Self::BuildLog,
        Self::Flood,
    ];
}

/// A piece of output, and after how much input it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// What is printed.
    pub bytes: Vec<u8>,
    /// How many bytes the program had read when it printed this.
    pub answers: usize,
}

/// A running program.
#[derive(Debug)]
pub struct Program {
    kind: Kind,
    random: Random,
    size: (u16, u16),
    read: usize,
    pending: VecDeque<(Instant, Output)>,
    /// When it prints something by itself.
    wakes_at: Option<Instant>,
    lines: u64,
    column: u16,
    row: u16,
}

impl Program {
    /// Starts a program at `now` in a window of `size` columns and rows.
    #[must_use]
    pub fn start(kind: Kind, seed: u64, now: Instant, size: (u16, u16)) -> Self {
        let mut program = Self {
            kind,
            random: Random::new(seed),
            size,
            read: 0,
            pending: VecDeque::new(),
            wakes_at: matches!(kind, Kind::BuildLog | Kind::Flood).then_some(now),
            lines: 0,
            column: 1,
            row: 1,
        };
        match kind {
            Kind::LineEditor | Kind::BuildLog | Kind::Flood => program.print(now, b"$ ".to_vec()),
            Kind::FullScreen => program.redraw(now),
            Kind::Pager => program.page(now),
            Kind::Password => program.print(now, b"Password: ".to_vec()),
        }
        program
    }

    /// Learns the size of its window.
    pub fn resize(&mut self, now: Instant, size: (u16, u16)) {
        self.size = size;
        if self.kind == Kind::FullScreen {
            self.redraw(now);
        }
    }

    /// Reads what the user typed.
    pub fn input(&mut self, now: Instant, bytes: &[u8]) {
        for &byte in bytes {
            self.read += 1;
            match self.kind {
                Kind::LineEditor | Kind::BuildLog | Kind::Flood => self.edit_line(now, byte),
                Kind::FullScreen => self.edit(now, byte),
                Kind::Pager => {}
                Kind::Password => {
                    if byte == b'\r' {
                        self.lines += 1;
                        let text = format!("\r\nSorry, try again ({}).\r\nPassword: ", self.lines);
                        self.print(now, text.into_bytes());
                    }
                }
            }
        }
        // However many keys it finds, it draws the page that they lead to.
        if self.kind == Kind::Pager {
            self.page(now);
        }
    }

    /// Stops printing by itself.
    pub fn calm(&mut self) {
        self.wakes_at = None;
    }

    /// When it prints next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let pending = self.pending.front().map(|&(at, _)| at);
        [pending, self.wakes_at].into_iter().flatten().min()
    }

    /// What it prints by `now`.
    pub fn output(&mut self, now: Instant) -> Option<Output> {
        if self.wakes_at.is_some_and(|at| at <= now) {
            self.wake(now);
        }
        if self.pending.front()?.0 > now {
            return None;
        }
        self.pending.pop_front().map(|(_, output)| output)
    }

    fn edit_line(&mut self, now: Instant, byte: u8) {
        match byte {
            b'\r' => {
                self.lines += 1;
                let answer = format!("\r\ncommand {} was run\r\n", self.lines);
                self.print(now, answer.into_bytes());
                self.print(now, format!("{} $ ", self.lines).into_bytes());
            }
            0x7f => self.print(now, b"\x08 \x08".to_vec()),
            b' '..=b'~' => self.print(now, vec![byte]),
            _ => self.print(now, vec![b'^', byte & 0x1f | 0x40]),
        }
    }

    fn edit(&mut self, now: Instant, byte: u8) {
        let (columns, rows) = self.size;
        self.column = self.column % columns + 1;
        if self.column == 1 {
            self.row = self.row % rows.saturating_sub(2).max(1) + 1;
        }
        let (row, column, read) = (self.row, self.column, self.read);
        let letter = if byte.is_ascii_graphic() { char::from(byte) } else { '.' };
        let text = format!(
            "\x1b[{row};{column}H\x1b[3{}m\x1b[4:{};58:5:{}m{letter}\x1b[m\x1b[{rows};1H\x1b[7m{row},{column} {read} \
             keys\x1b[K\x1b[m\x1b[{row};{column}H",
            read % 8,
            read % 6,
            read % 256,
        );
        self.print(now, text.into_bytes());
    }

    fn redraw(&mut self, now: Instant) {
        let mut text = String::from("\x1b[H\x1b[2J");
        for row in 1..self.size.1 {
            text += &format!("\x1b[{row};1H~ \x1b[34m");
            // Mosh 1.4 carries no links.
            text += &format!("\x1b]8;;file:///{row}\x1b\\line {row}\x1b]8;;\x1b\\");
            text += &format!("\x1b[m of {}", self.size.0);
        }
        self.print(now, text.into_bytes());
    }

    fn page(&mut self, now: Instant) {
        let mut text = String::from("\x1b[H\x1b[2J");
        for _ in 1..self.size.1 {
            self.lines += 1;
            text += &format!("{:5} the quick brown fox", self.lines);
            // As wide as the window, so that a page takes several datagrams in a large one.
            for _ in 0..self.size.0.saturating_sub(26) / 17 {
                text += &format!(" {:016x}", self.random.bits());
            }
            text += "\r\n";
        }
        text += "\x1b[7m--More--\x1b[m";
        self.print(now, text.into_bytes());
    }

    /// Prints something that nobody asked for.
    fn wake(&mut self, now: Instant) {
        let (count, pause) = if self.kind == Kind::Flood {
            (40, Duration::from_millis(20))
        } else {
            let pause = if self.random.chance(80) { 30 } else { 3000 };
            (1 + self.random.below(4), Duration::from_millis(1 + self.random.bits() % pause))
        };
        let mut text = String::new();
        for _ in 0..count {
            self.lines += 1;
            let (line, noise) = (self.lines, self.random.bits());
            text += &format!("\r\n\x1b[32m[{line}]\x1b[m compiled unit {noise:x} in a while");
        }
        self.print(now, text.into_bytes());
        self.wakes_at = Some(now + pause);
    }

    /// Prints after the time that a process takes to wake and write.
    fn print(&mut self, now: Instant, bytes: Vec<u8>) {
        let took = Duration::from_micros(100 + self.random.bits() % 900);
        let last = self.pending.back().map_or(now, |&(at, _)| at);
        let at = last.max(now + took);
        self.pending.push_back((at, Output { bytes, answers: self.read }));
    }
}
