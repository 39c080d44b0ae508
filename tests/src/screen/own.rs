//! Our emulator, as a giver of pictures.

use mosh_core::diff::HostState;
use mosh_core::screen::{self, Frame, MAX_CLUSTER, MouseEncoding, MouseMode, Screens, Size};
use mosh_core::server::ServerStorage;
use mosh_core::terminal::Replies;

use super::picture::{Cell, Look, Picture, Row};

/// The core's emulator.
#[derive(Debug)]
pub struct Own {
    state: HostState<'static>,
    replies: Replies,
}

impl Own {
    /// Returns a blank terminal.
    ///
    /// # Panics
    ///
    /// If there is no room for it.
    #[must_use]
    pub fn new((columns, rows): (u16, u16)) -> Self {
        let size = Size::clamped(columns.into(), rows.into());
        let state = HostState::new(ServerStorage::heap().host, size).expect("there is room");
        Self { state, replies: Replies::new() }
    }

    /// Takes output of a program.
    pub fn write(&mut self, output: &[u8]) {
        self.state.write(output, &mut self.replies);
    }

    /// Takes another size.
    pub fn resize(&mut self, (columns, rows): (u16, u16)) {
        self.state.resize(Size::clamped(columns.into(), rows.into()));
    }

    /// Returns the answers to queries since the last call, as far as they were kept.
    pub fn take_answers(&mut self) -> Vec<u8> {
        let mut answers = vec![0; 4096];
        let len = self.replies.read(&mut answers);
        answers.truncate(len);
        answers
    }

    /// Returns what is shown.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let (screens, frame) = self.state.screen();
        let mut picture = picture(screens, frame);
        if self.state.application_cursor_keys() {
            picture.modes.insert(0, "cursor keys");
        }
        picture
    }
}

/// Returns what a frame shows.
#[must_use]
pub fn picture(screens: &Screens<'_>, frame: &Frame) -> Picture {
    let info = screens.info(frame);
    let row = |row| Row {
        cells: screens.row(frame, row).iter().map(|it| cell(screens, it)).collect(),
        wrapped: Some(screens.wrapped(frame, row)),
        known: screens.row(frame, row).len(),
    };
    let modes = &info.modes;
    let all = [
        ("bracketed paste", modes.bracketed_paste),
        ("focus events", modes.focus_events),
        ("mouse buttons", modes.mouse == MouseMode::Buttons),
        ("mouse drag", modes.mouse == MouseMode::Drag),
        ("mouse motion", modes.mouse == MouseMode::Motion),
        ("mouse in UTF-8", modes.mouse_encoding == MouseEncoding::Utf8),
        ("mouse in SGR", modes.mouse_encoding == MouseEncoding::Sgr),
    ];
    Picture {
        rows: (0..screens.size(frame).rows).map(row).collect(),
        cursor: (info.cursor.column, info.cursor.row),
        cursor_visible: modes.cursor_visible,
        modes: all.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect(),
    }
}

fn cell(screens: &Screens<'_>, cell: &screen::Cell) -> Cell {
    let mut buf = [0; MAX_CLUSTER];
    let rendition = cell.rendition();
    let extra = screens.extra(rendition);
    let link: Vec<u8> = screens.text(extra.link).flatten().copied().collect();
    let link = String::from_utf8_lossy(&link).into_owned();
    Cell {
        text: screens.glyph_str(cell, &mut buf).to_owned(),
        look: Look {
            foreground: rendition.foreground(),
            background: rendition.background(),
            attributes: rendition.attributes(),
            underline: rendition.underline(),
            underline_colour: extra.underline,
        },
        link: link.split_once(';').map_or(String::new(), |(_, uri)| uri.to_owned()),
    }
}
