//! The rules, applied to each key of a session.

use std::collections::BTreeSet;
use std::time::Duration;

use mosh_core::screen::{Position, width};

use super::picture::{Gallery, Mark, Picture};
use super::truth::{Screen, TrueKey, Truth};
use super::{AFTER_LAST, AT_ONCE, BLINK, Session, Verdict, Wrong, WrongCell};

/// Judges the keys of one session.
pub(super) struct Judge<'j> {
    pub(super) session: &'j Session<'j>,
    pub(super) gallery: &'j Gallery,
    pub(super) truth: &'j Truth,
    pub(super) shown: &'j [Screen],
}

/// What a key has to bring.
struct Wanted<'j> {
    after: &'j Picture,
    echo: Option<Position>,
    /// Where A differs from B, or the cell of the echo.
    cells: Vec<Position>,
    /// Whether A differs from B.
    changes: bool,
}

impl Judge<'_> {
    pub(super) fn judge(&self, index: usize) -> Verdict {
        let key = &self.truth.keys[index];
        let typed = self.session.typed[index];
        let wanted = self.wanted(key);
        let lasting = |screen: &(usize, Duration)| self.lasts(screen.0) >= BLINK;
        let wrong = self
            .between(index, Duration::ZERO)
            .filter(lasting)
            .find_map(|(screen, after)| self.wrong(index, screen, after));
        let cursor_wrong = self
            .between(index, AT_ONCE)
            .filter(lasting)
            .find(|&(screen, _)| self.is_cursor_wrong(index, screen));
        Verdict {
            text: key.text.clone(),
            typed,
            is_secret: key.is_secret,
            counts: wanted.changes && !key.is_secret,
            echo: wanted.echo,
            shown_after: self.shown_after(index, &wanted),
            wrong,
            cursor_wrong: cursor_wrong
                .map(|(screen, after)| (after, self.shown[screen].picture.cursor)),
            leak: self.leak(index),
        }
    }

    fn wanted(&self, key: &TrueKey) -> Wanted<'_> {
        let (before, after) = (self.truth.picture(key.before), self.truth.picture(key.after));
        let echo = self.echo(&key.text, before, after);
        let cells = echo.map_or_else(|| self.differences(before, after), |at| vec![at]);
        let changes = !cells.is_empty() || !before.has_cursor_of(after);
        Wanted { after, echo, cells, changes }
    }

    fn mark(&self, picture: &Picture, at: Position) -> Mark {
        self.gallery.mark(picture, at.row, at.column)
    }

    fn differences(&self, a: &Picture, b: &Picture) -> Vec<Position> {
        let rows = a.rows.iter().zip(&b.rows).enumerate().filter(|(_, (a, b))| a != b);
        rows.flat_map(|(row, (&a, &b))| {
            let cells = self.gallery.row(a).iter().zip(self.gallery.row(b)).enumerate();
            cells.filter(|(_, (a, b))| a != b).map(move |(column, _)| place(row, column))
        })
        .collect()
    }

    /// The cell where a key's own character stands, if it does where the cursor was.
    fn echo(&self, text: &str, before: &Picture, after: &Picture) -> Option<Position> {
        let mut chars = text.chars();
        let (c, None) = (chars.next()?, chars.next()) else { return None };
        let columns = width::width(c);
        if c.is_control() || columns == 0 {
            return None;
        }
        let mark = if c == ' ' { Mark::BLANK } else { Mark::of(c, columns) };
        let row = after.rows[0];
        let last = place(after.rows.len() - 1, self.gallery.row(row).len() - 1);
        let from = before.cursor;
        // Past the margin there is no cursor: it waits on the last column, and the character goes
        // to the next row, which is the same one again if the screen scrolls.
        let wrapped = Position { row: (from.row + 1).min(last.row), column: 0 };
        let may_wrap = usize::from(from.column) + columns > usize::from(last.column);
        let is_echo = |&at: &Position| {
            let next = usize::from(at.column) + columns;
            let to = after.cursor;
            let stays = next > usize::from(last.column) && to.column == last.column;
            let is_past = usize::from(to.column) >= next || stays;
            let is_past = to.row > at.row || to.row == at.row && is_past;
            self.mark(after, at) == mark && is_past
        };
        [(from, true), (wrapped, may_wrap)]
            .into_iter()
            .filter_map(|(at, is_possible)| is_possible.then_some(at))
            .find(is_echo)
    }

    fn shown_after(&self, index: usize, wanted: &Wanted<'_>) -> Option<Duration> {
        let typed = self.session.typed[index];
        let Wanted { after, echo, ref cells, changes } = *wanted;
        let has_cells = |picture: &Picture| {
            cells.iter().all(|&at| self.mark(picture, at) == self.mark(after, at))
        };
        let first = self.shown.partition_point(|screen| screen.at < typed) - 1;
        let had_cells = has_cells(&self.shown[first].picture);
        let is_shown = |picture: &Picture| {
            let has_reached = || {
                let order = |at: Position| (at.row, at.column);
                picture.visible && order(picture.cursor) >= order(after.cursor)
            };
            has_cells(picture)
                && match echo {
                    Some(_) => !had_cells || has_reached(),
                    None => picture.has_cursor_of(after),
                }
        };
        // What is shown before a key is not its effect, if it has one.
        let mut may_show = !changes || !is_shown(&self.shown[first].picture);
        let answered = typed + self.session.round_trip;
        for (number, Screen { at, picture }) in self.shown.iter().enumerate().skip(first) {
            let end = self.end(number);
            if *at == end {
                continue;
            }
            let shows = is_shown(picture);
            if shows && may_show {
                return Some(at.saturating_sub(typed));
            }
            may_show |= !shows;
            if end > answered && self.is_true_since(index, picture) {
                return Some((*at).max(answered) - typed);
            }
        }
        None
    }

    /// Whether a picture is what a key led to, or something that came later.
    fn is_true_since(&self, index: usize, picture: &Picture) -> bool {
        let since = &self.truth.screens[self.truth.keys[index].after..];
        since.iter().any(|truth| picture.shows(&truth.picture))
    }

    /// When a screen was replaced.
    fn end(&self, screen: usize) -> Duration {
        self.shown.get(screen + 1).map_or(Duration::MAX, |next| next.at)
    }

    fn lasts(&self, screen: usize) -> Duration {
        self.end(screen) - self.shown[screen].at
    }

    /// The screens shown from so long after a key until the next, and how long after the key each
    /// was there first.
    fn between(
        &self,
        index: usize,
        after: Duration,
    ) -> impl Iterator<Item = (usize, Duration)> + '_ {
        let typed = self.session.typed[index];
        let start = typed + after;
        let end = self.session.typed.get(index + 1).map_or(typed + AFTER_LAST, |next| *next);
        let first = self.shown.partition_point(|screen| screen.at <= start) - 1;
        let screens = self.shown.iter().enumerate().skip(first);
        screens
            .take_while(move |(_, screen)| screen.at.max(start) < end)
            .map(move |(number, screen)| (number, screen.at.max(start) - typed))
    }

    /// How far back the truth may be.
    fn lag(&self) -> Duration {
        let loss = if self.session.is_lossy { 5 } else { 0 };
        self.session.round_trip * 2 + Duration::from_secs(1 + loss)
    }

    /// What may be shown between a key and the next.
    fn window(&self, index: usize) -> &[Screen] {
        let key = &self.truth.keys[index];
        let since = key.at.saturating_sub(self.lag());
        let first = self.truth.screens.partition_point(|screen| screen.at <= since);
        &self.truth.screens[first.saturating_sub(1)..=key.after]
    }

    fn wrong(&self, index: usize, screen: usize, after: Duration) -> Option<Wrong> {
        let (window, picture) = (self.window(index), &self.shown[screen].picture);
        let mut cells = Vec::new();
        for (row, &number) in picture.rows.iter().enumerate() {
            if window.iter().any(|truth| truth.picture.rows[row] == number) {
                continue;
            }
            for (column, &shown) in self.gallery.row(number).iter().enumerate() {
                let at = place(row, column);
                let marks = || window.iter().map(|truth| self.mark(&truth.picture, at));
                if marks().all(|mark| mark != shown) {
                    let allowed: BTreeSet<_> = marks().collect();
                    let allowed = allowed.into_iter().collect();
                    cells.push(WrongCell { at, shown, allowed });
                }
            }
        }
        (!cells.is_empty()).then_some(Wrong { after, screen, cells })
    }

    fn is_cursor_wrong(&self, index: usize, screen: usize) -> bool {
        let picture = &self.shown[screen].picture;
        let was_there = |truth: &Screen| truth.picture.cursor == picture.cursor;
        picture.visible && !self.window(index).iter().any(was_there)
    }

    fn leak(&self, index: usize) -> Option<Wrong> {
        let secret = self.secret(index)?;
        let is_secret = self.truth.keys[index].is_secret;
        self.between(index, Duration::ZERO).find_map(|(screen, after)| {
            let mut wrong = self.wrong(index, screen, after)?;
            let any = is_secret && self.lasts(screen) >= BLINK;
            wrong
                .cells
                .retain(|cell| cell.shown != Mark::BLANK && (any || secret.contains(&cell.shown)));
            (!wrong.cells.is_empty()).then_some(wrong)
        })
    }

    /// The characters that must not be seen after a key: of the secret that it is part of, or of
    /// one that ended a moment before, as far as nobody typed them since.
    fn secret(&self, index: usize) -> Option<BTreeSet<Mark>> {
        let keys = &self.truth.keys[..=index];
        let last = keys.iter().rposition(|key| key.is_secret)?;
        if keys[index].at - keys[last].at > self.lag() {
            return None;
        }
        let marks = |keys: &[TrueKey]| -> BTreeSet<Mark> {
            let chars = keys.iter().flat_map(|key| key.text.chars());
            let shown = chars.filter(|c| !c.is_control() && *c != ' ');
            shown.map(|c| Mark::of(c, width::width(c))).collect()
        };
        let first = keys[..last].iter().rposition(|key| !key.is_secret).map_or(0, |at| at + 1);
        let since = marks(&keys[last + 1..]);
        Some(marks(&keys[first..=last]).difference(&since).copied().collect())
    }
}

fn place(row: usize, column: usize) -> Position {
    Position { row: row as u16, column: column as u16 }
}
