//! Characters that take one place together: mode 2027, in which columns are counted by grapheme
//! clusters, and text whose width is said with it.
//!
//! Sources: UAX #29 for what a cluster is; the "Terminal Unicode Core" specification for the mode;
//! kitty's text sizing protocol, OSC 66, of which only the width is taken.
//!
//! A cluster is as wide as the widest of its characters. A variation selector that stands for a
//! picture makes it wide, one that stands for text narrow, and two halves of a flag are wide.

use super::Emulation;
use crate::screen::graphemes::{Boundary, has_variations};
use crate::screen::{Cell, Glyph, Position, sever, width};

impl Emulation<'_, '_> {
    /// Takes the first of some ASCII characters if it belongs to the cluster before it; returns
    /// the others, none of which belong together.
    pub(super) fn join_ascii<'r>(&mut self, run: &'r [u8]) -> &'r [u8] {
        let [first, rest @ ..] = run else { return run };
        self.find_boundary();
        let joins = self.state.boundary.joins((*first).into());
        if joins {
            self.join((*first).into());
        }
        if let Some(last) = rest.last() {
            self.state.boundary = Boundary::START;
            self.state.boundary.joins((*last).into());
        }
        if joins { rest } else { run }
    }

    /// Writes characters by clusters.
    pub(super) fn write_clusters(&mut self, run: &[char]) {
        self.find_boundary();
        let mut written = 0;
        for (index, &c) in run.iter().enumerate() {
            if self.state.boundary.joins(c) {
                self.write_characters(&run[written..index]);
                self.join(c);
                written = index + 1;
            }
        }
        self.write_characters(&run[written..]);
    }

    /// Once the cursor was moved nothing is joined to what was written before.
    fn find_boundary(&mut self) {
        if self.state.written.is_none() {
            self.state.boundary = Boundary::START;
        }
    }

    /// Adds a character to the cluster that was written last.
    fn join(&mut self, c: char) {
        let Some(mut at) = self.state.written else { return self.write_characters(&[c]) };
        if self.screens.row(self.frame, at.row)[usize::from(at.column)].glyph().is_tail() {
            at.column -= 1;
        }
        let before = self.screens.row(self.frame, at.row)[usize::from(at.column)].glyph();
        self.screens.combine(self.frame, at.row, at.column, c);
        let varies = before.single().is_some_and(has_variations);
        let is_regional = |c| matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
        let wide = match c {
            '\u{fe0e}' if varies => false,
            '\u{fe0f}' if varies => true,
            _ => {
                before.is_wide()
                    || width::width(c) == 2
                    || is_regional(c) && before.single().is_some_and(is_regional)
            }
        };
        match (before.is_wide(), wide) {
            (false, true) => self.widen(at),
            (true, false) => self.narrow(at),
            _ => self.state.written = Some(at),
        }
    }

    /// Gives a narrow cell that was written last a second column; at the end of a line it goes to
    /// the next one, as a wide character would have.
    fn widen(&mut self, mut at: Position) {
        let cell = self.screens.row(self.frame, at.row)[usize::from(at.column)];
        if at.column + 1 >= self.state.end_of_line(at.column) {
            if !self.state.autowrap || self.state.end_of_line(self.state.left) < 2 {
                return;
            }
            self.erase(at.row, at.column, at.column + 1);
            self.wrap(at);
            at = self.cursor();
            if at.column + 1 >= self.state.end_of_line(at.column) {
                return;
            }
        } else if self.state.insert {
            self.insert_cells(1);
        }
        let start = usize::from(at.column);
        let cells = self.screens.row_mut(self.frame, at.row);
        sever(cells, start);
        sever(cells, start + 2);
        cells[start] = Cell::new(cell.glyph().with_width(true), cell.rendition());
        cells[start + 1] = Cell::new(Glyph::TAIL, cell.rendition());
        self.state.pending_wrap = false;
        self.advance(at, 2);
        self.state.written = Some(at);
    }

    /// Takes the second column of a wide cell that was written last.
    fn narrow(&mut self, at: Position) {
        let blank = self.blank();
        let start = usize::from(at.column);
        let cells = self.screens.row_mut(self.frame, at.row);
        let glyph = cells[start].glyph().with_width(false);
        cells[start].set_glyph(glyph);
        cells[start + 1] = blank;
        self.cursor_mut().column = at.column + 1;
        self.state.pending_wrap = false;
        self.state.written = Some(at);
    }

    /// OSC 66: a text with keys and values before it. One of one or two columns is a cluster,
    /// whatever its characters are; any other is just written.
    pub(super) fn write_sized(&mut self, rest: &[u8]) {
        let Some(separator) = rest.iter().position(|&byte| byte == b';') else { return };
        let (keys, text) = (&rest[..separator], &rest[separator + 1..]);
        let said = keys.split(|&byte| byte == b':').find_map(|pair| pair.strip_prefix(b"w="));
        let text = str::from_utf8(text).unwrap_or_default();
        let mut chars = text.chars().filter(|c| !c.is_control());
        let columns = match said {
            Some(b"1") => 1,
            Some(b"2") if self.state.end_of_line(self.state.left) > 1 => 2,
            _ => 0,
        };
        let first = chars.clone().next().filter(|&first| columns > 0 && width::width(first) > 0);
        if first.is_none() {
            for c in chars {
                self.write_run(&[c]);
            }
            return;
        }
        self.state.written = None;
        if let Some(first) = chars.next() {
            self.write_char(first, columns);
        }
        // A place at the edge that has no room is left as it is.
        if let Some(at) = self.state.written {
            self.screens.append(self.frame, at.row, at.column, chars);
        }
        self.state.boundary = Boundary::START;
    }
}
