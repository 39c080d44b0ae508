//! SGR: how characters are drawn (ECMA-48 §8.3.117, ISO 8613-6 for colours, xterm ctlseqs, and
//! kitty's shapes and colours of underlines).

use super::Emulation;
use super::parser::Sequence;
use crate::screen::{Attributes, Color, Rendition, Underline};

impl Emulation<'_, '_> {
    pub(super) fn select_rendition(&mut self, sequence: &Sequence) {
        let info = self.screens.info_mut(self.frame);
        let (rendition, underline) = select(info.rendition, sequence);
        info.rendition = rendition;
        if let Some(underline) = underline
            && self.screens.extra(rendition).underline != underline
        {
            let kept = self.state.kept();
            let rendition = self.screens.with_underline_color(rendition, underline, &kept);
            self.screens.info_mut(self.frame).rendition = rendition;
        }
    }
}

/// Returns what `sequence` makes of `rendition`, and the colour of the underline if that is
/// selected.
fn select(mut rendition: Rendition, sequence: &Sequence) -> (Rendition, Option<Color>) {
    let mut underline_color = None;
    let params = sequence.params();
    let mut index = 0;
    while let Some(&param) = params.get(index) {
        let subs = (index + 1..params.len()).take_while(|&index| sequence.is_sub(index)).count();
        let parts = &params[index + 1..index + 1 + subs];
        index += 1 + subs;
        match param {
            38 | 48 | 58 => {
                let color = if subs > 0 {
                    color_with_colons(parts)
                } else {
                    let (used, color) = color_with_semicolons(&params[index..]);
                    index += used;
                    color
                };
                match (param, color) {
                    (38, Some(color)) => rendition = rendition.with_foreground(color),
                    (48, Some(color)) => rendition = rendition.with_background(color),
                    (_, Some(color)) => underline_color = Some(color),
                    (_, None) => {}
                }
            }
            4 if subs > 0 => {
                if let Some(underline) = underline(parts[0]) {
                    rendition = rendition.with_underline(underline);
                }
            }
            // No other attribute has parts.
            _ if subs > 0 => {}
            0 => {
                rendition = rendition.without_attributes();
                underline_color = Some(Color::Default);
            }
            59 => underline_color = Some(Color::Default),
            _ => rendition = simple(rendition, param),
        }
    }
    (rendition, underline_color)
}

/// Returns what a parameter that stands for itself makes of `rendition`.
fn simple(rendition: Rendition, param: u16) -> Rendition {
    let palette = |first: u16, index: u16| Color::Palette((param - first + index) as u8);
    match param {
        1 => rendition.plus(Attributes::BOLD),
        2 => rendition.plus(Attributes::FAINT),
        3 => rendition.plus(Attributes::ITALIC),
        4 => rendition.with_underline(Underline::Single),
        5 | 6 => rendition.plus(Attributes::BLINK),
        7 => rendition.plus(Attributes::INVERSE),
        8 => rendition.plus(Attributes::INVISIBLE),
        9 => rendition.plus(Attributes::STRIKE),
        21 => rendition.with_underline(Underline::Double),
        22 => rendition.minus(Attributes::BOLD.with(Attributes::FAINT)),
        23 => rendition.minus(Attributes::ITALIC),
        24 => rendition.with_underline(Underline::None),
        25 => rendition.minus(Attributes::BLINK),
        27 => rendition.minus(Attributes::INVERSE),
        28 => rendition.minus(Attributes::INVISIBLE),
        29 => rendition.minus(Attributes::STRIKE),
        30..=37 => rendition.with_foreground(palette(30, 0)),
        39 => rendition.with_foreground(Color::Default),
        40..=47 => rendition.with_background(palette(40, 0)),
        49 => rendition.with_background(Color::Default),
        53 => rendition.plus(Attributes::OVERLINE),
        55 => rendition.minus(Attributes::OVERLINE),
        90..=97 => rendition.with_foreground(palette(90, 8)),
        100..=107 => rendition.with_background(palette(100, 8)),
        _ => rendition,
    }
}

fn underline(shape: u16) -> Option<Underline> {
    Some(match shape {
        0 => Underline::None,
        1 => Underline::Single,
        2 => Underline::Double,
        3 => Underline::Curly,
        4 => Underline::Dotted,
        5 => Underline::Dashed,
        _ => return None,
    })
}

/// The parts after 38, 48 or 58: `5:n`, `2:r:g:b` or, with a colour space, `2:i:r:g:b`.
fn color_with_colons(parts: &[u16]) -> Option<Color> {
    match *parts {
        [5, index, ..] => Some(Color::Palette(u8::try_from(index).ok()?)),
        [2, r, g, b] | [2, _, r, g, b, ..] => rgb(r, g, b),
        _ => None,
    }
}

/// The parameters after 38, 48 or 58, and how many of them belong to it.
///
/// What is incomplete belongs to nothing: the numbers then stand for themselves.
fn color_with_semicolons(params: &[u16]) -> (usize, Option<Color>) {
    match *params {
        [5, index, ..] => (2, u8::try_from(index).ok().map(Color::Palette)),
        [2, r, g, b, ..] => (4, rgb(r, g, b)),
        _ => (0, None),
    }
}

fn rgb(r: u16, g: u16, b: u16) -> Option<Color> {
    let part = |value: u16| u8::try_from(value).ok();
    Some(Color::Rgb(part(r)?, part(g)?, part(b)?))
}
