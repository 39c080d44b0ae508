//! A real tmux, as a giver of pictures: it shows what is fed to it, and captures what it shows.

use std::fs;
use std::time::Duration;

use mosh_core::screen::{Attributes, Color, Underline, width};

use super::picture::{Cell, Look, Picture, Row};
use crate::processes::Marker;
use crate::scratch::Scratch;
use crate::session::environment;
use crate::terminal::{SOON, Start, Terminal};
use crate::{Outcome, poll};

/// Shows each file whose name comes, and then says so by the title: the terminal is raw, so that
/// nothing stands between a file and the screen.
const SHOW: &str = r#"
stty raw -echo
while read -r file; do
  cat "$file"
  printf '\033]2;shown %s\033\\' "$file"
done <"$1"
"#;

/// A pane that shows files.
#[derive(Debug)]
pub struct Pane {
    terminal: Terminal,
    scratch: Scratch,
    orders: fs::File,
    size: (u16, u16),
    count: usize,
}

impl Pane {
    /// Opens a pane.
    ///
    /// # Errors
    ///
    /// If tmux refuses.
    pub fn start(marker: &Marker, size: (u16, u16)) -> Outcome<Self> {
        let scratch = Scratch::new();
        let fifo = scratch.path().join("orders");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        if !made.is_ok_and(|status| status.success()) {
            return Err(format!("{}: mkfifo failed", fifo.display()));
        }
        let fifo_name = fifo.to_string_lossy().into_owned();
        let command = ["sh", "-c", SHOW, "sh", &fifo_name].map(str::to_owned).to_vec();
        let environment = environment(scratch.path());
        let start = Start { label: "tmux", size, environment, command, recorded: false };
        let terminal = Terminal::start(marker, start)?;
        // Waits until the pane's program reads.
        let orders = fs::OpenOptions::new().write(true).open(&fifo);
        let orders = orders.map_err(|error| format!("{}: {error}", fifo.display()))?;
        Ok(Self { terminal, scratch, orders, size, count: 0 })
    }

    /// Shows output on what is there already.
    ///
    /// # Errors
    ///
    /// If the pane has gone.
    pub fn write(&mut self, output: &[u8]) -> Outcome {
        use std::io::Write as _;
        self.count += 1;
        let file = self.scratch.write(&format!("output-{}", self.count), output);
        let name = file.to_string_lossy().into_owned();
        writeln!(self.orders, "{name}").map_err(|error| format!("the pane: {error}"))?;
        let title = format!("shown {name}");
        let shown = || self.terminal.title().is_ok_and(|it| it == title).then_some(());
        poll::until(SOON, shown).ok_or("the pane did not show its input")?;
        let _ = fs::remove_file(file);
        Ok(())
    }

    /// Changes the size.
    ///
    /// # Errors
    ///
    /// If the pane has gone.
    pub fn resize(&mut self, size: (u16, u16)) -> Outcome {
        self.size = size;
        self.terminal.resize(size)
    }

    /// Returns what is shown.
    ///
    /// # Errors
    ///
    /// If the pane has gone.
    pub fn picture(&self) -> Outcome<Picture> {
        picture(&self.terminal, self.size)
    }
}

/// Returns what a terminal shows.
///
/// tmux captures a row up to what was last written in it: what was erased behind that with a
/// background is not known.
///
/// # Errors
///
/// If it has gone.
pub fn picture(terminal: &Terminal, (columns, rows): (u16, u16)) -> Outcome<Picture> {
    let mut reader = Reader::default();
    let capture = terminal.whole_screen_with_colours()?;
    let mut found: Vec<Row> = capture.lines().map(|line| reader.row(line, columns)).collect();
    found.resize(rows.into(), Row { cells: blank(columns.into()), wrapped: None, known: 0 });
    let flags = terminal.flags()?;
    let modes = flags.modes.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect();
    // With a wrap pending the cursor is beyond the last column.
    let cursor = (flags.cursor.0.min(columns - 1), flags.cursor.1);
    Ok(Picture { rows: found, cursor, cursor_visible: flags.cursor_visible, modes })
}

/// How long to wait for processes that do not rest.
const RESTLESS: Duration = Duration::from_secs(5);

/// Waits until each of some terminals has shown the same for `quiet`, all at the same time, and
/// returns that.
///
/// On a busy machine a screen also stays the same because nobody gets to change it: so what
/// `marker` marks, which should be all that could, must be waiting at the beginning and at the end.
///
/// # Errors
///
/// If they never rest, or one has gone.
pub fn settled_pictures<const N: usize>(
    marker: &Marker,
    terminals: [&Terminal; N],
    size: (u16, u16),
    quiet: Duration,
) -> Outcome<[Picture; N]> {
    let look = || -> Outcome<[Picture; N]> {
        marker.wait_for_rest(RESTLESS);
        let pictures: Vec<_> =
            terminals.iter().map(|terminal| picture(terminal, size)).collect::<Outcome<_>>()?;
        Ok(pictures.try_into().expect("as many as terminals"))
    };
    let mut last = look()?;
    for _ in 0..200 {
        poll::pass_time(quiet);
        let next = look()?;
        if next == last {
            return Ok(next);
        }
        last = next;
    }
    let labels = terminals.map(Terminal::label).join(" and ");
    Err(format!("{labels}: no rest"))
}

fn blank(count: usize) -> Vec<Cell> {
    vec![Cell { text: " ".into(), look: Look::default(), link: String::new() }; count]
}

/// Reads what tmux writes for a captured screen: text, SGR, and SO and SI around line drawing.
#[derive(Debug, Default)]
struct Reader {
    look: Look,
    drawing: bool,
}

/// The characters of DEC Special Graphics from `_` to `~` (VT100 User Guide, table 3-9).
const GRAPHICS: &str = "\u{a0}◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";

impl Reader {
    fn row(&mut self, line: &str, columns: u16) -> Row {
        let mut cells: Vec<Cell> = Vec::new();
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '\x0e' => self.drawing = true,
                '\x0f' => self.drawing = false,
                '\x1b' => rest = self.escape(rest),
                _ => self.character(c, &mut cells),
            }
        }
        let known = cells.len();
        let missing = usize::from(columns).saturating_sub(cells.len());
        cells.extend(blank(missing));
        cells.truncate(columns.into());
        Row { cells, wrapped: None, known }
    }

    fn character(&mut self, c: char, cells: &mut Vec<Cell>) {
        let index = (c as usize).wrapping_sub(usize::from(b'_'));
        let c = if self.drawing { GRAPHICS.chars().nth(index).unwrap_or(c) } else { c };
        match (width::width(c), cells.iter_mut().rev().find(|cell| !cell.is_tail())) {
            (0, Some(before)) => before.text.push(c),
            (width, _) => {
                cells.push(Cell { text: c.into(), look: self.look, link: String::new() });
                if width == 2 {
                    cells.push(Cell { text: String::new(), look: self.look, link: String::new() });
                }
            }
        }
    }

    /// Takes an escape sequence, without its ESC, from the front of `text`.
    fn escape<'t>(&mut self, text: &'t str) -> &'t str {
        if let Some(rest) = text.strip_prefix('[') {
            let end = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(rest.len() - 1);
            if rest[end..].starts_with('m') {
                self.look = sgr(self.look, &rest[..end]);
            }
            return &rest[end + 1..];
        }
        if let Some(rest) = text.strip_prefix(']') {
            return rest.split_once("\x1b\\").map_or("", |(_, rest)| rest);
        }
        text.get(1..).unwrap_or("")
    }
}

/// Applies the parameters of SGR, of which colons bind those that belong together.
#[must_use]
pub fn sgr(mut look: Look, parameters: &str) -> Look {
    let mut parts = parameters.split(';');
    while let Some(part) = parts.next() {
        let numbers: Vec<u16> = part.split(':').map(|it| it.parse().unwrap_or(0)).collect();
        let (number, more) = (numbers[0], &numbers[1..]);
        match number {
            38 | 48 | 58 => {
                let mut next = || parts.next().and_then(|it| it.parse().ok()).unwrap_or(0_u16);
                let colour = match more {
                    [5, index] => Color::Palette(*index as u8),
                    [2, .., r, g, b] => Color::Rgb(*r as u8, *g as u8, *b as u8),
                    _ if next() == 5 => Color::Palette(next() as u8),
                    _ => Color::Rgb(next() as u8, next() as u8, next() as u8),
                };
                match number {
                    38 => look.foreground = colour,
                    48 => look.background = colour,
                    _ => look.underline_colour = colour,
                }
            }
            59 => look.underline_colour = Color::Default,
            // So tmux 3.3 writes 53 for itself.
            5 if *more == [3] => look = simple(look, 53),
            4 => look.underline = underline(more.first().copied().unwrap_or(1)),
            _ => look = simple(look, number),
        }
    }
    look
}

fn underline(shape: u16) -> Underline {
    match shape {
        0 => Underline::None,
        2 => Underline::Double,
        3 => Underline::Curly,
        4 => Underline::Dotted,
        5 => Underline::Dashed,
        _ => Underline::Single,
    }
}

fn simple(look: Look, number: u16) -> Look {
    let with = |it| Look { attributes: look.attributes.with(it), ..look };
    let without = |it| Look { attributes: look.attributes.without(it), ..look };
    let foreground = |foreground| Look { foreground, ..look };
    let background = |background| Look { background, ..look };
    match number {
        0 => Look::default(),
        1 => with(Attributes::BOLD),
        2 => with(Attributes::FAINT),
        3 => with(Attributes::ITALIC),
        5 => with(Attributes::BLINK),
        7 => with(Attributes::INVERSE),
        8 => with(Attributes::INVISIBLE),
        9 => with(Attributes::STRIKE),
        53 => with(Attributes::OVERLINE),
        21 => Look { underline: Underline::Double, ..look },
        22 => without(Attributes::BOLD.with(Attributes::FAINT)),
        23 => without(Attributes::ITALIC),
        24 => Look { underline: Underline::None, ..look },
        25 => without(Attributes::BLINK),
        27 => without(Attributes::INVERSE),
        28 => without(Attributes::INVISIBLE),
        29 => without(Attributes::STRIKE),
        55 => without(Attributes::OVERLINE),
        30..=37 => foreground(Color::Palette(number as u8 - 30)),
        39 => foreground(Color::Default),
        90..=97 => foreground(Color::Palette(number as u8 - 82)),
        40..=47 => background(Color::Palette(number as u8 - 40)),
        49 => background(Color::Default),
        100..=107 => background(Color::Palette(number as u8 - 92)),
        _ => look,
    }
}
