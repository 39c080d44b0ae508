//! Fingerprints that are the same on every machine and in every run.

use std::hash::{Hash, Hasher};

use mosh_core::screen::{Frame, Look, MAX_CLUSTER, Rendition, Screens};

/// A fast hash of no cryptographic worth: multiply and rotate by words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(value.into());
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(value.into());
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }
}

/// A fingerprint of everything that a user sees: cells, cursor, modes and title. What looks alike
/// has the same. In a `whole` one is what no diff of mosh 1.4 carries as well.
#[must_use]
pub fn screen((screens, frame): (&Screens<'_>, &Frame), whole: bool) -> u64 {
    let mut mix = Mix::default();
    let info = screens.info(frame);
    let size = info.size();
    mix.write_u64(u64::from(size.columns) << 16 | u64::from(size.rows));
    let cursor = info.cursor;
    mix.write_u64(u64::from(cursor.column) << 16 | u64::from(cursor.row));
    let modes = info.modes;
    let flags = [
        modes.cursor_visible,
        modes.reverse_video,
        modes.bracketed_paste,
        modes.focus_events,
        modes.alternate_scroll,
    ];
    mix.write_u64(flags.iter().fold(0, |bits, &flag| bits << 1 | u64::from(flag)));
    mix.write_u64(u64::from(modes.mouse.number()) << 16 | u64::from(modes.mouse_encoding.number()));
    for piece in screens.text(info.title()) {
        mix.write(piece);
    }
    let look = if whole { Look::FULL } else { Look::PLAIN };
    for row in 0..size.rows {
        // Most of most screens is empty, and most neighbours are drawn alike: a word each is
        // enough for what differs.
        let (mut empty, mut pen) = (0, Rendition::DEFAULT);
        for cell in screens.row(frame, row) {
            if cell.glyph().is_blank() && cell.rendition() == Rendition::DEFAULT {
                empty += 1;
                continue;
            }
            if cell.rendition().seen(look) != pen {
                pen = cell.rendition().seen(look);
                pen.seen(Look::PLAIN).hash(&mut mix);
                if whole {
                    extra(&mut mix, screens, pen);
                }
            }
            let kind = u64::from(cell.glyph().is_wide()) | u64::from(cell.glyph().is_tail()) << 1;
            let place = std::mem::take(&mut empty) << 34 | kind << 32;
            if cell.glyph().is_blank() {
                mix.write_u64(place);
            } else if let Some(char) = cell.glyph().single() {
                mix.write_u64(place | u64::from(char));
            } else {
                // The numbers of clusters belong to their store.
                let mut buf = [0; MAX_CLUSTER];
                mix.write_u64(place);
                mix.write(screens.glyph_str(cell, &mut buf).as_bytes());
            }
        }
        mix.write_u64(empty);
    }
    mix.finish()
}

/// Adds the rest of a rendition, whose number belongs to its store.
fn extra(mix: &mut Mix, screens: &Screens<'_>, pen: Rendition) {
    let extra = screens.extra(pen);
    mix.write(format!("{:?}", extra.underline).as_bytes());
    for piece in screens.text(extra.link) {
        mix.write(piece);
    }
}

/// A fingerprint of what can be read: characters, and where the cursor is.
#[must_use]
pub fn text((screens, frame): (&Screens<'_>, &Frame)) -> u64 {
    let mut mix = Mix::default();
    let info = screens.info(frame);
    mix.write_u64(u64::from(info.cursor.column) << 16 | u64::from(info.cursor.row));
    let mut buf = [0; MAX_CLUSTER];
    for row in 0..info.size().rows {
        let mut blank = 0;
        for cell in screens.row(frame, row) {
            if cell.glyph().is_blank() {
                blank += 1;
                continue;
            }
            mix.write_u64(std::mem::take(&mut blank));
            mix.write(screens.glyph_str(cell, &mut buf).as_bytes());
        }
        mix.write_u64(blank);
    }
    mix.finish()
}

/// The text of a screen, row by row, without trailing blanks; for people.
#[must_use]
pub fn rows((screens, frame): (&Screens<'_>, &Frame)) -> Vec<String> {
    let text = |row| {
        let mut buf = [0; MAX_CLUSTER];
        let cells = screens.row(frame, row).iter();
        let text: String = cells.map(|cell| screens.glyph_str(cell, &mut buf).to_owned()).collect();
        text.trim_end().to_owned()
    };
    (0..screens.info(frame).size().rows).map(text).collect()
}
