//! Colours for a terminal that has fewer.

use crate::screen::{Color, Rendition, Rgb};

/// How many colours a terminal shows. What it does not have becomes the nearest that it has, by
/// xterm's palette: users may have another one, but programs take its first colours by their names
/// and all others by these values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ColorDepth {
    /// Those of ECMA-48.
    Eight,
    /// The same in dark and bright (aixterm's `CSI 90 m`).
    Sixteen,
    /// A palette of 256.
    Indexed,
    /// Red, green and blue of eight bits each.
    #[default]
    Direct,
}

impl ColorDepth {
    /// Returns the colour that stands for `color`.
    #[must_use]
    pub fn color(self, color: Color) -> Color {
        let count = match self {
            Self::Direct => return color,
            Self::Indexed => {
                return match color {
                    Color::Rgb(r, g, b) => Color::Palette(Rgb(r, g, b).nearest_fixed()),
                    other => other,
                };
            }
            Self::Sixteen => 16,
            Self::Eight => 8,
        };
        match color {
            Color::Rgb(r, g, b) => Color::Palette(Rgb(r, g, b).nearest_of(count)),
            Color::Palette(index) if index >= count => {
                Color::Palette(Rgb::of_palette(index).nearest_of(count))
            }
            other => other,
        }
    }

    /// Returns the rendition that stands for `rendition`. Text that was to be seen does not get the
    /// colour behind it, but black or white.
    #[must_use]
    pub fn rendition(self, rendition: Rendition) -> Rendition {
        if self == Self::Direct {
            return rendition;
        }
        let (text, behind) = (rendition.foreground(), rendition.background());
        let (mut text_shown, behind_shown) = (self.color(text), self.color(behind));
        if let Color::Palette(index) = behind_shown
            && text_shown == behind_shown
            && text != behind
        {
            let is_dark = Rgb::of_palette(index).brightness() < 128;
            text_shown = Color::Palette(if is_dark { 7 } else { 0 });
        }
        rendition.with_foreground(text_shown).with_background(behind_shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ColorDepth::{Direct, Eight, Indexed, Sixteen};

    #[test]
    fn a_colour_becomes_the_nearest_that_there_is() {
        let [red, orange, light] =
            [Color::Rgb(255, 0, 0), Color::Rgb(255, 130, 0), Color::Palette(14)];
        for (depth, color, expected) in [
            (Direct, orange, orange),
            (Indexed, orange, Color::Palette(208)),
            (Indexed, red, Color::Palette(196)),
            (Indexed, light, light),
            (Sixteen, red, Color::Palette(9)),
            (Sixteen, light, light),
            (Sixteen, Color::Palette(196), Color::Palette(9)),
            (Sixteen, Color::Palette(250), Color::Palette(7)),
            (Eight, red, Color::Palette(1)),
            (Eight, light, Color::Palette(6)),
            (Eight, Color::Palette(250), Color::Palette(7)),
            (Eight, Color::Palette(3), Color::Palette(3)),
            (Eight, Color::Default, Color::Default),
        ] {
            assert_eq!(depth.color(color), expected, "{color:?} in {depth:?}");
        }
    }

    #[test]
    fn text_stays_to_be_seen() {
        let on = |text, behind| {
            let rendition = Rendition::DEFAULT.with_foreground(text).with_background(behind);
            let shown = Eight.rendition(rendition);
            (shown.foreground(), shown.background())
        };
        let palette = Color::Palette;
        assert_eq!(on(palette(235), palette(234)), (palette(7), palette(0)));
        assert_eq!(on(palette(250), palette(255)), (palette(0), palette(7)));
        // What was hidden on purpose stays hidden.
        assert_eq!(on(palette(234), palette(234)), (palette(0), palette(0)));
        assert_eq!(on(Color::Default, palette(234)), (Color::Default, palette(0)));
    }
}
