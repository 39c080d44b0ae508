//! A program that takes the whole screen: a frame, the time, and a ball that bounces.

use embedded_io::Write;

use super::{Facts, print, write_all};

/// Time between two pictures.
const PERIOD: u64 = 100;

/// The demonstration.
#[derive(Debug)]
pub(super) struct Demo {
    size: (u16, u16),
    /// Column and row, from 1.
    ball: (u16, u16),
    right: bool,
    down: bool,
    due: u64,
    keys: u32,
}

impl Demo {
    /// Takes the alternate screen.
    pub(super) fn enter<W: Write>(facts: &Facts, out: &mut W) -> Result<Self, W::Error> {
        let mut demo = Self {
            size: facts.size,
            ball: (3, 3),
            right: true,
            down: true,
            due: facts.now,
            keys: 0,
        };
        // The alternate screen, and no cursor (xterm ctlseqs, "DEC Private Mode Set").
        out.write_all(b"\x1b[?1049h\x1b[?25l")?;
        demo.draw_frame(out)?;
        Ok(demo)
    }

    /// Gives the screen back.
    pub(super) fn leave<W: Write>(&self, out: &mut W) -> Result<(), W::Error> {
        out.write_all(b"\x1b[?25h\x1b[?1049l")
    }

    /// Counts a key.
    pub(super) fn key<W: Write>(
        &mut self,
        byte: u8,
        facts: &Facts,
        out: &mut W,
    ) -> Result<(), W::Error> {
        self.keys += 1;
        let (_, rows) = facts.size;
        print(out, format_args!("\x1b[{};3H key {} is {byte:#04x} ", rows, self.keys))
    }

    /// Draws the next picture if it is time; returns in how many milliseconds the next is due.
    pub(super) fn tick<W: Write>(&mut self, facts: &Facts, out: &mut W) -> Result<u64, W::Error> {
        if self.size != facts.size {
            self.size = facts.size;
            self.step();
            self.draw_frame(out)?;
        }
        if facts.now >= self.due {
            self.due = facts.now + PERIOD;
            print(out, format_args!("\x1b[{};{}H ", self.ball.1, self.ball.0))?;
            self.step();
            let (column, row) = self.ball;
            print(out, format_args!("\x1b[{row};{column}H\x1b[1;33mo\x1b[m"))?;
            let seconds = facts.now / 1000;
            print(out, format_args!("\x1b[1;3H {seconds} s, q "))?;
        }
        Ok(self.due - facts.now)
    }

    fn step(&mut self) {
        let (columns, rows) = self.size;
        let step = |at: u16, up: &mut bool, last: u16| {
            if at >= last {
                *up = false;
            } else if at <= 2 {
                *up = true;
            }
            let next = if *up { at.saturating_add(1) } else { at.saturating_sub(1) };
            next.clamp(2, last.max(2))
        };
        self.ball.0 = step(self.ball.0, &mut self.right, columns.saturating_sub(1));
        self.ball.1 = step(self.ball.1, &mut self.down, rows.saturating_sub(1));
    }

    fn draw_frame<W: Write>(&mut self, out: &mut W) -> Result<(), W::Error> {
        let (columns, rows) = self.size;
        out.write_all(b"\x1b[2J\x1b[H\x1b[36m")?;
        for row in 1..=rows {
            let edge = row == 1 || row == rows;
            let (left, right) = match row {
                1 => ("┌", "┐"),
                row if row == rows => ("└", "┘"),
                _ => ("│", "│"),
            };
            print(out, format_args!("\x1b[{row}H{left}"))?;
            if edge {
                for _ in 2..columns {
                    out.write_all("─".as_bytes())?;
                }
            }
            print(out, format_args!("\x1b[{row};{columns}H{right}"))?;
        }
        write_all(out, &["\x1b[m"])
    }
}
