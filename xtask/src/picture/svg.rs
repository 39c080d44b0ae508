//! Text with escape sequences for colours, as `tmux capture-pane -e` gives it,
//! drawn as an SVG.

use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

const CELL_WIDTH: f32 = 8.4;
const CELL_HEIGHT: f32 = 18.0;
const MARGIN: f32 = 12.0;
const TITLE_HEIGHT: f32 = 30.0;
const FOREGROUND: Colour = [0xd8, 0xd8, 0xd8];
const BACKGROUND: Colour = [0x16, 0x18, 0x1d];

type Colour = [u8; 3];

/// The first sixteen colours.
const BASIC: [Colour; 16] = [
    [0x1d, 0x1f, 0x21],
    [0xcc, 0x55, 0x55],
    [0x7f, 0xb3, 0x5f],
    [0xd7, 0xa6, 0x4b],
    [0x4f, 0x7f, 0xd0],
    [0xb0, 0x77, 0xc0],
    [0x4f, 0xb0, 0xb0],
    [0xd0, 0xd0, 0xd0],
    [0x66, 0x6a, 0x73],
    [0xf0, 0x70, 0x70],
    [0x9f, 0xd3, 0x7f],
    [0xf0, 0xc6, 0x6b],
    [0x7f, 0xa7, 0xf0],
    [0xd0, 0x97, 0xe0],
    [0x7f, 0xd0, 0xd0],
    [0xff, 0xff, 0xff],
];

/// How a run of characters looks.
#[derive(Clone, Debug, Default, PartialEq)]
struct Style {
    foreground: Option<Colour>,
    background: Option<Colour>,
    bold: bool,
    faint: bool,
    italic: bool,
    underlined: bool,
    inverse: bool,
}

/// Draws a screen in a window with a title.
pub(super) fn draw(title: &str, (columns, rows): (u16, u16), screen: &str) -> String {
    let width = f32::from(columns) * CELL_WIDTH + 2.0 * MARGIN;
    let height = f32::from(rows) * CELL_HEIGHT + 2.0 * MARGIN + TITLE_HEIGHT;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" \
         font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" \
         font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n\
         <text x=\"50%\" y=\"20\" text-anchor=\"middle\" fill=\"#9aa0aa\">{}</text>\n",
        hex(BACKGROUND),
        escape(title)
    );
    let mut style = Style::default();
    for (row, line) in screen.lines().take(usize::from(rows)).enumerate() {
        let top = TITLE_HEIGHT + MARGIN + row as f32 * CELL_HEIGHT;
        draw_line(&mut svg, &mut style, top, line);
    }
    svg + "</svg>\n"
}

/// Draws one line; `style` is carried from each line to the next.
fn draw_line(svg: &mut String, style: &mut Style, top: f32, line: &str) {
    let (mut column, mut rest) = (0, line);
    while !rest.is_empty() {
        if let Some(sequence) = rest.strip_prefix("\x1b[") {
            let (parameters, after) = sequence.split_once('m').unwrap_or((sequence, ""));
            style.apply(parameters);
            rest = after;
            continue;
        }
        let len = run_len(rest);
        let (run, after) = rest.split_at(len);
        let run: String = run.chars().filter(|c| !c.is_control()).collect();
        let columns: usize = run.chars().filter_map(UnicodeWidthChar::width).sum();
        draw_run(svg, style, (MARGIN + column as f32 * CELL_WIDTH, top), columns, &run);
        column += columns;
        rest = after;
    }
}

/// Returns the length of what can be drawn at once: up to the next sequence, or to where wide
/// characters begin or end, whose width the reader's font may not keep.
fn run_len(text: &str) -> usize {
    let is_wide = |c: char| c.width() == Some(2);
    let mut characters = text.char_indices();
    let Some((_, first)) = characters.next() else { return 0 };
    let end = characters.find(|(_, c)| *c == '\x1b' || is_wide(*c) != is_wide(first));
    end.map_or(text.len(), |(at, _)| at)
}

fn draw_run(svg: &mut String, style: &Style, (x, top): (f32, f32), columns: usize, run: &str) {
    let width = columns as f32 * CELL_WIDTH;
    let mut colours =
        (style.foreground.unwrap_or(FOREGROUND), style.background.unwrap_or(BACKGROUND));
    if style.inverse {
        colours = (colours.1, colours.0);
    }
    // Writing to a string cannot fail.
    if colours.1 != BACKGROUND {
        // Slightly wider than the text, against hairlines between neighbours.
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{CELL_HEIGHT:.1}\" \
             fill=\"{}\"/>",
            width + 0.3,
            hex(colours.1)
        );
    }
    if run.trim().is_empty() {
        return;
    }
    let mut attributes = format!("fill=\"{}\"", hex(colours.0));
    for (wanted, attribute) in [
        (style.bold, " font-weight=\"bold\""),
        (style.faint, " opacity=\"0.6\""),
        (style.italic, " font-style=\"italic\""),
        (style.underlined, " text-decoration=\"underline\""),
    ] {
        if wanted {
            attributes += attribute;
        }
    }
    // The stated length keeps the columns, whatever the reader's font is.
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" \
         lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" {attributes}>{}</text>",
        top + 13.5,
        escape(run)
    );
}

impl Style {
    /// Follows the parameters of one SGR sequence.
    fn apply(&mut self, parameters: &str) {
        let mut numbers = parameters.split([';', ':']).map(|n| n.parse().unwrap_or(0));
        while let Some(number) = numbers.next() {
            match number {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.faint = true,
                3 => self.italic = true,
                4 => self.underlined = true,
                7 => self.inverse = true,
                22 => (self.bold, self.faint) = (false, false),
                23 => self.italic = false,
                24 => self.underlined = false,
                27 => self.inverse = false,
                30..38 => self.foreground = Some(palette(number - 30)),
                38 => self.foreground = extended(&mut numbers),
                39 => self.foreground = None,
                40..48 => self.background = Some(palette(number - 40)),
                48 => self.background = extended(&mut numbers),
                49 => self.background = None,
                90..98 => self.foreground = Some(palette(number - 90 + 8)),
                100..108 => self.background = Some(palette(number - 100 + 8)),
                _ => {}
            }
        }
    }
}

fn extended(numbers: &mut impl Iterator<Item = u16>) -> Option<Colour> {
    match numbers.next()? {
        5 => numbers.next().map(palette),
        2 => {
            let mut part = || numbers.next().map(|n| n.min(255) as u8);
            Some([part()?, part()?, part()?])
        }
        _ => None,
    }
}

/// Returns a colour of xterm's palette of 256.
fn palette(index: u16) -> Colour {
    let level = |n: u16| if n == 0 { 0 } else { (55 + 40 * n) as u8 };
    match index {
        0..16 => BASIC[usize::from(index)],
        16..232 => {
            let n = index - 16;
            [level(n / 36), level(n / 6 % 6), level(n % 6)]
        }
        _ => [(8 + 10 * (index.min(255) - 232)) as u8; 3],
    }
}

fn hex([red, green, blue]: Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_keep_their_columns_and_colours() {
        let svg = draw("a <title>", (20, 2), "日本\x1b[31mred\x1b[39m plain\n\x1b[48;5;196mx");
        assert!(svg.contains("a &lt;title&gt;"));
        // Two wide characters are four columns.
        let x = MARGIN + 4.0 * CELL_WIDTH;
        assert!(svg.contains(&format!("<text x=\"{x:.1}\"")), "{svg}");
        assert!(svg.contains("fill=\"#cc5555\">red</text>"), "{svg}");
        assert!(svg.contains("fill=\"#ff0000\""));
    }

    #[test]
    fn the_palette_is_that_of_xterm() {
        assert_eq!(palette(196), [255, 0, 0]);
        assert_eq!(palette(21), [0, 0, 255]);
        assert_eq!(palette(232), [8, 8, 8]);
        assert_eq!(palette(255), [238, 238, 238]);
    }
}
