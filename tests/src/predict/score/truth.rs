//! What is on a screen when: the truth of a recording, and what a client showed.

use std::time::Duration;

use super::picture::{Canvas, Gallery, Picture};
use crate::predict::recording::{Kind, Recording};
use crate::programs::Family;
use crate::sequences::{Piece, cut};

/// A picture, and from when on it was there.
#[derive(Debug)]
pub(super) struct Screen {
    pub(super) at: Duration,
    pub(super) picture: Picture,
}

/// Plays output into a terminal that is blank at first.
pub(super) fn screens<'o, T: AsRef<[u8]> + 'o>(
    size: (u16, u16),
    outputs: impl IntoIterator<Item = &'o (Duration, T)>,
    gallery: &mut Gallery,
) -> Vec<Screen> {
    let mut canvas = Canvas::new(size);
    let mut screens = vec![Screen { at: Duration::ZERO, picture: canvas.picture(gallery) }];
    for (at, bytes) in outputs {
        canvas.write(bytes.as_ref());
        screens.push(Screen { at: *at, picture: canvas.picture(gallery) });
    }
    screens
}

/// What the program did.
#[derive(Debug)]
pub(super) struct Truth {
    pub(super) screens: Vec<Screen>,
    pub(super) keys: Vec<TrueKey>,
}

#[derive(Debug)]
pub(super) struct TrueKey {
    pub(super) text: String,
    /// When it was pressed, in the time of the recording.
    pub(super) at: Duration,
    pub(super) is_secret: bool,
    /// Which screen was there when it was pressed, and which when the next was.
    pub(super) before: usize,
    pub(super) after: usize,
}

impl Truth {
    /// What a server of that family can know of a recording.
    pub(super) fn of(recording: &Recording, server: Family, gallery: &mut Gallery) -> Self {
        let mut known = Known::default();
        let mut outputs = Vec::new();
        let mut keys: Vec<TrueKey> = Vec::new();
        let mut is_secret = false;
        for event in &recording.events {
            match &event.kind {
                Kind::Output(text) => outputs.push(match server {
                    Family::Ours => (event.at, text.clone().into_bytes()),
                    Family::Stock => (event.at, known.of(text.as_bytes())),
                }),
                Kind::Key(text) => {
                    let (text, at, before) = (text.clone(), event.at, outputs.len());
                    keys.extend([TrueKey { text, at, is_secret, before, after: before }]);
                }
                Kind::Secret => is_secret = true,
                Kind::EndOfSecret => is_secret = false,
            }
            if let Some(key) = keys.last_mut() {
                key.after = outputs.len();
            }
        }
        Self { screens: screens(recording.size, &outputs, gallery), keys }
    }

    pub(super) fn picture(&self, index: usize) -> &Picture {
        &self.screens[index].picture
    }
}

/// What mosh 1.4 knows of output: all but the modes of the alternate screen.
#[derive(Debug, Default)]
struct Known {
    /// The beginning of a sequence.
    torn: Vec<u8>,
}

impl Known {
    fn of(&mut self, output: &[u8]) -> Vec<u8> {
        let mut pieces = cut(&[&self.torn, output].concat());
        self.torn.clear();
        if let Some(Piece::Torn(bytes)) = pieces.pop_if(|piece| matches!(piece, Piece::Torn(_))) {
            self.torn = bytes;
        }
        pieces.iter().flat_map(|piece| without_alternate(piece).to_bytes()).collect()
    }
}

/// Takes modes 47, 1047 and 1049 out of DECSET and DECRST.
fn without_alternate(piece: &Piece) -> Piece {
    match piece {
        Piece::Sequence(parameters, middle, last @ (b'h' | b'l'))
            if parameters.starts_with(b"?") =>
        {
            let modes = parameters[1..].split(|byte| *byte == b';');
            let known = modes.filter(|mode| !matches!(*mode, b"47" | b"1047" | b"1049"));
            let known = known.collect::<Vec<_>>().join(&b';');
            Piece::Sequence([b"?", &known[..]].concat(), middle.clone(), *last)
        }
        _ => piece.clone(),
    }
}
