//! A terminal without a window: what a program's output looks like, and whether it asks for more
//! than to be shown.

use mosh_core::diff::HostState;
use mosh_core::screen::{Frame, MAX_CLUSTER, Screens, Size};
use mosh_core::server::ServerStorage;
use mosh_core::terminal::Replies;

use crate::sequences::{Piece, cut};

/// The core's emulator, and the output as it came.
#[derive(Debug)]
pub struct Emulator {
    state: HostState<'static>,
    replies: Replies,
    output: Vec<u8>,
}

impl Emulator {
    /// Returns a blank terminal.
    ///
    /// # Panics
    ///
    /// If there is no room for it.
    #[must_use]
    pub fn new(size: Size) -> Self {
        let state = HostState::new(ServerStorage::heap().host, size).expect("there is room");
        Self { state, replies: Replies::new(), output: Vec::new() }
    }

    /// Takes output of the program.
    pub fn write(&mut self, output: &[u8]) {
        self.state.write(output, &mut self.replies);
        self.output.extend_from_slice(output);
    }

    /// The characters that are shown.
    #[must_use]
    pub fn text(&self) -> String {
        let (screens, frame) = self.state.screen();
        text(screens, frame)
    }

    /// Returns the output since the last call in pieces, up to the last that is complete.
    pub fn take_pieces(&mut self) -> Vec<Piece> {
        let mut pieces = cut(&self.output);
        self.output.clear();
        if let Some(Piece::Torn(bytes)) = pieces.pop_if(|piece| matches!(piece, Piece::Torn(_))) {
            self.output = bytes;
        }
        pieces
    }
}

/// The characters of a screen, a line for each row.
#[must_use]
pub fn text(screens: &Screens<'_>, frame: &Frame) -> String {
    let mut text = String::new();
    for row in 0..screens.size(frame).rows {
        for cell in screens.row(frame, row) {
            let mut glyph = [0; MAX_CLUSTER];
            text.push_str(screens.glyph_str(cell, &mut glyph));
        }
        text.push('\n');
    }
    text
}
