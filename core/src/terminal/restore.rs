//! Taking back what was reported of the cursor and of tab stops (DECRSPS: DEC STD 070; VT510
//! reference manual, "DECRSPS", "DECCIR", "DECTABSR").
//!
//! A report that is not whole changes nothing. Of the rendition it has what DEC's terminals have;
//! the rest stays.

use super::Emulation;
use crate::screen::{Attributes, MAX_COLUMNS, Underline};

impl Emulation<'_, '_> {
    /// DECRSPS: what DECRQPSR told.
    pub(super) fn restore_presentation(&mut self, what: u16, data: &[u8]) {
        match what {
            1 => {
                self.restore_reported_cursor(data);
            }
            2 => self.restore_tabs(data),
            _ => {}
        }
    }

    fn restore_tabs(&mut self, data: &[u8]) {
        self.state.tabs.clear_all();
        for stop in data.split(|&byte| byte == b'/') {
            if let Some(stop @ 1..=MAX_COLUMNS) = number(stop) {
                self.state.tabs.set(stop - 1);
            }
        }
    }

    fn restore_reported_cursor(&mut self, data: &[u8]) -> Option<()> {
        let mut fields = data.splitn(10, |&byte| byte == b';');
        let mut next = || fields.next();
        let (row, column, _page) = (number(next()?)?, number(next()?)?, next()?);
        let (drawn, protected, flags) = (bits(next()?)?, bits(next()?)?, bits(next()?)?);
        let (locked, _right) = (number(next()?)?, next()?);
        let (sizes, names) = (bits(next()?)?, names(next()?)?);

        let flag = |bit: u8| flags >> bit & 1 != 0;
        self.state.origin = flag(0);
        self.cursor_mut().row = row.max(1).min(self.state.size.rows) - 1;
        self.set_column(column.max(1).min(self.state.size.columns) - 1);
        let column = self.cursor().column;
        let at_end = self.state.end_of_line(column) == column + 1;
        self.state.pending_wrap = flag(3) && at_end && self.state.autowrap;

        let info = self.screens.info_mut(self.frame);
        let underline = if drawn & 2 == 0 { Underline::None } else { Underline::Single };
        let mut rendition = info.rendition.with_underline(underline);
        for (bit, attribute) in
            [(1, Attributes::BOLD), (4, Attributes::BLINK), (8, Attributes::INVERSE)]
        {
            rendition = if drawn & bit == 0 {
                rendition.minus(attribute)
            } else {
                rendition.plus(attribute)
            };
        }
        info.rendition = rendition.with_protected(protected & 1 != 0);

        let single = if flag(2) { Some(3) } else { flag(1).then_some(2) };
        self.state.charsets.invoke(locked as u8, single);
        for (set, (before, last)) in (0..).zip(names) {
            self.state.charsets.designate_named(set, sizes >> set & 1 != 0, before, last);
        }
        Some(())
    }
}

fn number(digits: &[u8]) -> Option<u16> {
    core::str::from_utf8(digits).ok()?.parse().ok()
}

/// The bits of a character from `@` on.
fn bits(field: &[u8]) -> Option<u8> {
    let &[first @ 0x40..=0x7f] = field else { return None };
    Some(first & 0x3f)
}

/// The names of four sets: what stands before the last byte of each, and this byte.
fn names(mut rest: &[u8]) -> Option<[(&[u8], u8); 4]> {
    let mut names = [(&rest[..0], 0); 4];
    for name in &mut names {
        let before = rest.iter().take_while(|byte| (0x20..0x30).contains(*byte)).count();
        let (before, after) = rest.split_at(before);
        let (&last, after) = after.split_first()?;
        (*name, rest) = ((before, last), after);
    }
    Some(names)
}
