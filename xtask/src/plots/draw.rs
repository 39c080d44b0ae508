//! A picture of cumulative distributions: how many keys have shown after how long.

use std::ops::Range;

use mosh_tests::links::figures::{Figures, ranks};
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::run::Outcome;

/// A line of the picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Curve<'f> {
    /// Stands beside it, with the median; nothing stands beside a nameless one.
    pub(super) name: &'static str,
    pub(super) style: Style,
    pub(super) figures: &'f Figures,
}

/// How a curve is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) colour: (u8, u8, u8),
    pub(super) width: u32,
}

impl Style {
    fn colour(self) -> RGBColor {
        let (red, green, blue) = self.colour;
        RGBColor(red, green, blue)
    }
}

/// Draws curves, the later ones over the earlier ones.
pub(super) fn draw(title: &str, curves: &[Curve<'_>]) -> Outcome<String> {
    let mut text = String::new();
    paint(&mut text, title, curves).map_err(|error| format!("{title}: {error}"))?;
    let (width, height) = SIZE;
    // Drawn larger than shown, because all coordinates are whole numbers.
    let size = format!("width=\"{width}\" height=\"{height}\" viewBox");
    let shown = format!("width=\"{}\" height=\"{}\" viewBox", width / SCALE, height / SCALE);
    Ok(text.replacen(&size, &shown, 1))
}

fn paint(
    text: &mut String,
    title: &str,
    curves: &[Curve<'_>],
) -> Result<(), Box<dyn std::error::Error>> {
    let area = SVGBackend::with_string(text, SIZE).into_drawing_area();
    area.draw(&Text::new(title.to_owned(), (LEFT, 14 * SCALE as i32), words(15, GREY)))?;
    let span = span(curves);
    let mut chart = ChartBuilder::on(&area)
        .margin_top(44 * SCALE)
        .margin_right(16 * SCALE)
        .margin_left(10 * SCALE)
        .margin_bottom(6 * SCALE)
        .x_label_area_size(40 * SCALE)
        .y_label_area_size(46 * SCALE)
        .build_cartesian_2d(Logarithmic(span.clone()), 0.0..100.0)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GREY.mix(0.3).stroke_width(SCALE))
        .axis_style(GREY.stroke_width(SCALE))
        .label_style(words(12, GREY))
        .axis_desc_style(words(12, GREY))
        .x_desc("from key to echo (thin lines: simulated)")
        .y_desc("% of keys")
        .y_labels(5)
        .y_label_formatter(&|percent| format!("{percent:.0}"))
        .x_label_formatter(&|&ms| time(ms))
        .draw()?;
    for curve in curves {
        let points = points(curve.figures);
        chart.draw_series(LineSeries::new(
            points,
            curve.style.colour().stroke_width(curve.style.width),
        ))?;
    }
    let place = |x: f64, y: f64| chart.backend_coord(&(x, y));
    let paths: Vec<Vec<(i32, i32)>> = curves
        .iter()
        .map(|it| points(it.figures).into_iter().map(|(x, y)| place(x, y)).collect())
        .collect();
    let (left, top) = place(span.start, 100.0);
    let (right, bottom) = place(span.end, 0.0);
    let frame = Rectangle { left, top, right, bottom };
    let mut labels = Vec::new();
    for (curve, path) in curves.iter().zip(&paths).filter(|(curve, _)| !curve.name.is_empty()) {
        let label = label(curve);
        let size = ((label.chars().count() as u32 * 15 * SCALE / 2) as i32, 18 * SCALE as i32);
        // What never shows stands at the end of time.
        let never = [(right, bottom), (right, top)];
        let path = if path.is_empty() { &never[..] } else { path };
        let place = find_place(path, size, &frame, &paths, &labels);
        let style = words(14, curve.style.colour()).pos(Pos::new(HPos::Center, VPos::Center));
        let centre = ((place.left + place.right) / 2, (place.top + place.bottom) / 2);
        area.draw(&Text::new(label, centre, style))?;
        labels.push(place);
    }
    area.present()?;
    Ok(())
}

fn words(height: u32, colour: RGBColor) -> TextStyle<'static> {
    let style = TextStyle::from(("sans-serif", height * SCALE).into_font());
    TextStyle { color: colour.to_backend_color(), ..style }
}

/// The curve without its very ends, which single keys make.
fn points(figures: &Figures) -> Vec<(f64, f64)> {
    let percent = ranks().map(|rank| rank as f64 / 10.0);
    let all = figures.quantiles.iter().copied().zip(percent);
    all.filter(|&(_, percent)| percent > 0.0 && percent < 100.0).collect()
}

fn label(curve: &Curve<'_>) -> String {
    let Curve { name, figures, .. } = curve;
    match figures.quantile(500) {
        _ if figures.broken => format!("{name} breaks"),
        None => format!("{name} stalls"),
        Some(median) => format!("{name} {}", time(median)),
    }
}

/// A time in the unit that suits it.
fn time(ms: f64) -> String {
    match ms {
        ..10.0 => format!("{} ms", (ms * 10.0).round() / 10.0),
        ..1000.0 => format!("{ms:.0} ms"),
        ..10_000.0 => format!("{} s", (ms / 10.0).round() / 100.0),
        _ => format!("{:.0} s", ms / 1000.0),
    }
}

/// The times that the picture shows: those that there are, and room for words on the left.
fn span(curves: &[Curve<'_>]) -> Range<f64> {
    let times = curves.iter().flat_map(|it| points(it.figures)).map(|(time, _)| time);
    let (least, most) =
        times.fold((f64::MAX, 0.1), |(least, most), it| (it.max(0.1).min(least), it.max(most)));
    let least = least.min(most);
    let ratio = (most / least).max(1.5);
    least / ratio.powf(0.2)..most * ratio.powf(0.05)
}

/// An axis on which equal distances are equal ratios.
struct Logarithmic(Range<f64>);

impl Ranged for Logarithmic {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (start, end): (i32, i32)) -> i32 {
        let share =
            (value.max(self.0.start) / self.0.start).ln() / (self.0.end / self.0.start).ln();
        start + (share * f64::from(end - start)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        let ratio = self.0.end / self.0.start;
        let steps: &[u32] = match ratio {
            ..8.0 => &[10, 12, 15, 20, 25, 30, 40, 50, 60, 80],
            ..2000.0 => &[10, 20, 50],
            _ => &[10],
        };
        let decades = (-1..7).map(|power| 10_f64.powi(power - 1));
        let points = decades.flat_map(|ten| steps.iter().map(move |&step| f64::from(step) * ten));
        points.filter(|it| self.0.contains(it)).collect()
    }

    fn range(&self) -> Range<f64> {
        self.0.clone()
    }
}

/// A part of the picture, in its coordinates: downward and to the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rectangle {
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

impl Rectangle {
    fn contains(&self, other: &Self) -> bool {
        self.left <= other.left
            && self.top <= other.top
            && self.right >= other.right
            && self.bottom >= other.bottom
    }

    fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn has(&self, (x, y): (i32, i32)) -> bool {
        (self.left..self.right).contains(&x) && (self.top..self.bottom).contains(&y)
    }
}

/// Finds a place for words beside a curve where no curve and no other words are, preferably on
/// its right and at half its height. If there is none, they go where they hide least.
fn find_place(
    path: &[(i32, i32)],
    (width, height): (i32, i32),
    frame: &Rectangle,
    paths: &[Vec<(i32, i32)>],
    labels: &[Rectangle],
) -> Rectangle {
    let middle = (frame.top + frame.bottom) / 2;
    let mut places = Vec::new();
    for centre in (frame.top..frame.bottom).step_by(8) {
        let (top, bottom) = (centre - height / 2, centre + height / 2);
        let near = steps(path).filter(|&(_, y)| (top..bottom).contains(&y)).map(|(x, _)| x);
        let Some((least, most)) = near.fold(None, |found, x| match found {
            None => Some((x, x)),
            Some((least, most)) => Some((x.min(least), x.max(most))),
        }) else {
            continue;
        };
        let (right, left) = (most + PAD, least - PAD - width);
        for (rank, left) in [(0, right), ((frame.bottom - frame.top) / 4, left)] {
            let place = Rectangle { left, top, right: left + width, bottom };
            let hidden = paths.iter().flat_map(|path| steps(path)).filter(|&it| place.has(it));
            let cost = hidden.count()
                + 1000 * labels.iter().filter(|it| it.meets(&place)).count()
                + 1000 * usize::from(!frame.contains(&place));
            places.push((cost, rank + (centre - middle).abs(), place));
        }
    }
    let best = places.into_iter().min_by_key(|&(cost, rank, _)| (cost, rank));
    best.map_or(Rectangle { left: frame.left, top: frame.top, ..*frame }, |(_, _, place)| place)
}

/// The points of a path, few pixels apart.
fn steps(path: &[(i32, i32)]) -> impl Iterator<Item = (i32, i32)> {
    path.windows(2).flat_map(|ends| {
        let ((x0, y0), (x1, y1)) = (ends[0], ends[1]);
        let count = ((x1 - x0).abs().max((y1 - y0).abs()) / 4).max(1);
        (0..=count).map(move |step| (x0 + (x1 - x0) * step / count, y0 + (y1 - y0) * step / count))
    })
}

/// Pixels drawn for each that is shown.
const SCALE: u32 = 3;
const SIZE: (u32, u32) = (720 * SCALE, 360 * SCALE);
const LEFT: i32 = 20 * SCALE as i32;
/// Between a curve and its words.
const PAD: i32 = 10 * SCALE as i32;
const GREY: RGBColor = RGBColor(0x80, 0x85, 0x8c);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_beside_their_curve_and_on_no_other() {
        let frame = Rectangle { left: 0, top: 0, right: 1000, bottom: 1000 };
        let [one, two] = [300, 350].map(|x| vec![(x, 1000), (x, 0)]);
        let paths = [one.clone(), two.clone()];
        let first = find_place(&one, (100, 20), &frame, &paths, &[]);
        assert!(first.right <= 300 && (200..800).contains(&first.top), "{first:?}");
        let second = find_place(&two, (100, 20), &frame, &paths, &[first]);
        assert!(second.left > 350 && !second.meets(&first), "{second:?}");
    }

    #[test]
    fn times_have_the_unit_that_suits_them() {
        let times = [2.74, 50.0, 122.6, 1000.0, 4534.1, 20_000.0].map(time);
        assert_eq!(times, ["2.7 ms", "50 ms", "123 ms", "1 s", "4.53 s", "20 s"]);
    }

    #[test]
    fn an_axis_has_some_round_numbers() {
        use plotters::coord::ranged1d::BoldPoints;
        for (span, expected) in [
            (95.0..400.0, vec![100.0, 120.0, 150.0, 200.0, 250.0, 300.0]),
            (0.9..60.0, vec![1.0, 2.0, 5.0, 10.0, 20.0, 50.0]),
        ] {
            assert_eq!(Logarithmic(span).key_points(BoldPoints(10)), expected);
        }
    }
}
