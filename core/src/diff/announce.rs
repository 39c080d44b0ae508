//! What has no place on the screen: bell, titles, colours, what was copied, and the like.

use super::pen::write_mode;
use super::render::Renderer;
use crate::screen::{ColorSlot, FrameInfo, Palette, Rgb, Selections, Text, TextId};
use core::fmt::Write as _;
use embedded_io::Write;

impl<W: Write> Renderer<'_, '_, W> {
    /// Writes what has no place on the screen.
    ///
    /// Where nothing is known of the reader, what happened once (a bell, a notification, a copy)
    /// is not repeated.
    pub(super) fn announce(&mut self) -> Result<(), W::Error> {
        let (last, new) = (self.last_info(), self.screens.info(self.target));
        if last.is_some_and(|last| last.bells != new.bells) {
            self.out.write_all(b"\x07")?;
        }
        if self.caps.titles && new.title_set {
            self.titles(last.filter(|last| last.title_set), new)?;
        }
        if let Some(last) = last {
            self.copied(last, new)?;
        }
        let reverse = new.modes.reverse_video;
        if last.is_none_or(|last| last.modes.reverse_video != reverse) {
            write_mode(self.out, 5, reverse)?;
        }
        let colors = |info: &FrameInfo| info.text(Text::Palette);
        let known = last.map_or(TextId::default(), colors);
        if self.caps.colors && !self.screens.same_text(known, colors(new)) {
            let old = last.map_or_else(Palette::default, |last| self.screens.palette(last));
            write_palette(self.out, &old, &self.screens.palette(new))?;
        }
        let directory = new.text(Text::Directory);
        let known = last.map_or(TextId::default(), |last| last.text(Text::Directory));
        if self.caps.directory && !self.screens.same_text(known, directory) {
            self.command(b"7;", directory)?;
        }
        let notification = new.text(Text::Notification);
        if self.caps.notifications
            && last.is_some_and(|last| {
                last.notifications != new.notifications
                    || !self.screens.same_text(last.text(Text::Notification), notification)
            })
            && notification != TextId::default()
        {
            self.command(b"", notification)?;
        }
        Ok(())
    }

    fn titles(&mut self, last: Option<&FrameInfo>, new: &FrameInfo) -> Result<(), W::Error> {
        let screens = self.screens;
        let differ = |old: Option<TextId>, new| old.is_none_or(|old| !screens.same_text(old, new));
        let title = differ(last.map(FrameInfo::title), new.title());
        let icon = differ(last.map(FrameInfo::icon), new.icon());
        if (title || icon) && screens.same_text(new.title(), new.icon()) {
            return self.command(b"0;", new.title());
        }
        if icon {
            self.command(b"1;", new.icon())?;
        }
        if title {
            self.command(b"2;", new.title())?;
        }
        Ok(())
    }

    /// Writes what was copied since.
    fn copied(&mut self, last: &FrameInfo, new: &FrameInfo) -> Result<(), W::Error> {
        let [first, second] = new.copied;
        let changed = |text| !self.screens.same_text(last.text(text), new.text(text));
        let again = self.caps.selections && first.count != last.copied[0].count;
        // Neither is in the other's selections, so their order does not matter.
        let copies_second = self.caps.selections
            && !second.to.is_empty()
            && (changed(Text::Selection) || second.count != last.copied[1].count);
        if changed(Text::Clipboard) || again && !first.to.is_empty() {
            let named = self.caps.selections && !first.to.is_empty();
            let to = if named { first.to } else { Selections::parse(b"c") };
            self.copy(to, new.clipboard())?;
        }
        if copies_second {
            self.copy(second.to, new.text(Text::Selection))?;
        }
        Ok(())
    }

    fn copy(&mut self, to: Selections, text: TextId) -> Result<(), W::Error> {
        let len: usize = self.screens.text(text).map(<[u8]>::len).sum();
        // Cut short it would be worse than nothing.
        if len > self.caps.clipboard_max {
            return Ok(());
        }
        let mut start = heapless::Vec::<u8, 24>::new();
        let names = to.names().chain([b';']);
        let fits = b"52;".iter().copied().chain(names).all(|byte| start.push(byte).is_ok());
        debug_assert!(fits, "each name stands there once");
        self.command(&start, text)
    }

    /// Writes an operating system command, ended by BEL as every reader knows it.
    fn command(&mut self, start: &[u8], text: TextId) -> Result<(), W::Error> {
        self.out.write_all(b"\x1b]")?;
        self.out.write_all(start)?;
        for piece in self.screens.text(text) {
            self.out.write_all(piece)?;
        }
        self.out.write_all(b"\x07")
    }
}

/// Writes what differs between two lists in the same order.
fn write_palette<W: Write>(out: &mut W, old: &Palette, new: &Palette) -> Result<(), W::Error> {
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        match (old.peek().copied(), new.peek().copied()) {
            (None, None) => return Ok(()),
            (Some((slot, _)), other) if other.is_none_or(|(other, _)| slot < other) => {
                write_color(out, slot, None)?;
                old.next();
            }
            (other, Some((slot, color))) => {
                if other != Some((slot, color)) {
                    write_color(out, slot, Some(color))?;
                }
                if other.is_some_and(|(other, _)| other == slot) {
                    old.next();
                }
                new.next();
            }
            (Some(_), None) => unreachable!("taken by the guard above"),
        }
    }
}

/// Sets a colour, or takes it back.
fn write_color<W: Write>(out: &mut W, slot: ColorSlot, color: Option<Rgb>) -> Result<(), W::Error> {
    let number = if color.is_some() { slot.command() } else { slot.command() + 100 };
    let mut line = heapless::String::<40>::new();
    let written = write!(line, "\x1b]{number}")
        .and_then(|()| match slot {
            ColorSlot::Palette(index) => write!(line, ";{index}"),
            _ => Ok(()),
        })
        .and_then(|()| match color {
            Some(Rgb(r, g, b)) => write!(line, ";rgb:{r:02x}/{g:02x}/{b:02x}\x07"),
            None => write!(line, "\x07"),
        });
    debug_assert!(written.is_ok(), "there is room for the longest");
    out.write_all(line.as_bytes())
}

/// Writes a number behind a prefix.
pub(super) fn write_number<W: Write>(
    out: &mut W,
    before: &[u8],
    number: u8,
) -> Result<(), W::Error> {
    let mut line = heapless::String::<3>::new();
    let written = write!(line, "{number}");
    debug_assert!(written.is_ok(), "there is room for the longest");
    out.write_all(before)?;
    out.write_all(line.as_bytes())
}
