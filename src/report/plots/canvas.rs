//! The sheet under every plot: title, axes with ticks, legend, caption.

use super::AxisScale;
use crate::report::lettering::{text_width, wrapped};
use crate::report::palette::{INK, MUTED, RULE};
use crate::report::svg::{Anchor, Drawing, Paint, Svg, Type};
use crate::report::view::{decimal, grouped};

/// Width of a plot, px.
pub(super) const WIDTH: f64 = 640.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 22.0;
const PLOT_H: f64 = 300.0;
const TITLE: f64 = 15.0;
const TEXT: f64 = 12.0;

/// An axis: its range, division and label.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    pub low: f64,
    pub high: f64,
    pub scale: AxisScale,
    pub label: String,
}

impl Axis {
    pub(super) fn linear(low: f64, high: f64, label: &str) -> Self {
        let (low, high) = if low.is_finite() && high.is_finite() { (low, high) } else { (0.0, 1.0) };
        let high = if high - low > low.abs().max(1.0) * 1e-12 { high } else { low + 1.0 };
        Self { low, high, scale: AxisScale::Linear, label: label.to_owned() }
    }

    /// Whole decades that contain the range; both ends must be above zero, else one decade up to 1 is shown.
    pub(super) fn log10(low: f64, high: f64, label: &str) -> Self {
        let (low, high) = if low > 0.0 && high.is_finite() && high >= low { (low, high) } else { (0.1, 1.0) };
        let first = (low.log10() + 1e-9).floor();
        let last = (high.log10() - 1e-9).ceil().max(first + 1.0);
        Self { low: 10f64.powf(first), high: 10f64.powf(last), scale: AxisScale::Log10, label: label.to_owned() }
    }

    /// Where a value lies, 0 to 1; none where a logarithm does not exist.
    pub(super) fn share(&self, value: f64) -> Option<f64> {
        if !value.is_finite() {
            return None;
        }
        match self.scale {
            AxisScale::Linear => Some((value - self.low) / (self.high - self.low)),
            AxisScale::Log10 if value <= 0.0 => None,
            AxisScale::Log10 => Some((value.log10() - self.low.log10()) / (self.high.log10() - self.low.log10())),
        }
    }

    /// Ticks at round numbers: value and text.
    pub(super) fn ticks(&self, most: f64) -> Vec<(f64, String)> {
        match self.scale {
            AxisScale::Linear => linear_ticks(self.low, self.high, most),
            AxisScale::Log10 => {
                let (first, last) = (self.low.log10().round() as i32, self.high.log10().round() as i32);
                let step = (f64::from(last - first) / most).ceil().max(1.0) as i32;
                (first..=last).step_by(step as usize).map(|p| (10f64.powi(p), power(p))).collect()
            }
        }
    }
}

fn power(exponent: i32) -> String {
    match exponent {
        0..=5 => grouped(10u64.pow(exponent.unsigned_abs())),
        -3..=-1 => format!("{:.*}", exponent.unsigned_abs() as usize, 10f64.powi(exponent)),
        _ => {
            let digits: String = exponent
                .to_string()
                .chars()
                .map(|c| match c {
                    '-' => '⁻',
                    '1' => '¹',
                    '2' => '²',
                    '3' => '³',
                    other => char::from_u32(0x2070 + other.to_digit(10).unwrap_or(0)).unwrap_or(other),
                })
                .collect();
            format!("10{digits}")
        }
    }
}

/// Round steps of 1, 2 or 5 times a power of ten.
fn linear_ticks(low: f64, high: f64, most: f64) -> Vec<(f64, String)> {
    let rough = (high - low) / most;
    let base = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * base).find(|s| *s >= rough * 0.999).unwrap_or(10.0 * base);
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last)
        .map(|k| {
            let value = k as f64 * step;
            let whole = decimals == 0 && value.abs() < 1e15;
            let sign = if value < 0.0 { "\u{2212}" } else { "" };
            let text = if whole { format!("{sign}{}", grouped(value.abs() as u64)) } else { decimal(value, decimals) };
            (value, text)
        })
        .collect()
}

/// How a series appears in the legend.
#[derive(Clone, Copy)]
pub(super) enum Swatch {
    Line(Paint),
    Area(Paint),
}

/// Words around a plot.
pub(super) struct Words<'a> {
    pub title: &'a str,
    pub caption: &'a str,
    pub description: &'a str,
}

/// A sheet whose axes stand; series are drawn in plot coordinates.
pub(super) struct Canvas {
    pub svg: Svg,
    pub x: Axis,
    pub y: Axis,
    top: f64,
    caption: Vec<String>,
}

impl Canvas {
    pub(super) fn new(words: &Words<'_>, x: Axis, y: Axis, legend: &[(Swatch, String)]) -> Self {
        let title = wrapped(words.title, TITLE, WIDTH - 24.0);
        let caption = wrapped(words.caption, 11.5, WIDTH - LEFT - RIGHT);
        let mut rows = vec![Vec::new()];
        let mut filled = 0.0;
        for (i, (_, name)) in legend.iter().enumerate() {
            let wide = 36.0 + text_width(name, TEXT) + 20.0;
            if filled + wide > WIDTH - LEFT - RIGHT + 20.0 && filled > 0.0 {
                rows.push(Vec::new());
                filled = 0.0;
            }
            if let Some(row) = rows.last_mut() {
                row.push((filled, i));
            }
            filled += wide;
        }
        let head = 12.0 + title.len() as f64 * 20.0;
        let top = head + if legend.is_empty() { 8.0 } else { rows.len() as f64 * 20.0 + 10.0 };
        let height = top + PLOT_H + 52.0 + caption.len() as f64 * 16.0 + 6.0;
        let mut svg = Svg::new(WIDTH, height, words.title, &format!("{} {}", words.description, words.caption));
        for (i, line) in title.iter().enumerate() {
            svg.text(12.0, 22.0 + i as f64 * 20.0, line, Type::of(TITLE).bold());
        }
        for (r, row) in rows.iter().enumerate() {
            let y = head + 14.0 + r as f64 * 20.0;
            for &(offset, i) in row {
                let x = LEFT + offset;
                match legend[i].0 {
                    Swatch::Line(paint) => svg.line((x, y - 4.0), (x + 28.0, y - 4.0), paint),
                    Swatch::Area(paint) => svg.rect(x, y - 10.0, 28.0, 12.0, 0.0, paint),
                }
                svg.text(x + 36.0, y, &legend[i].1, Type::of(TEXT));
            }
        }
        let mut canvas = Self { svg, x, y, top, caption };
        canvas.axes();
        canvas
    }

    fn axes(&mut self) {
        let (left, right, bottom) = (LEFT, WIDTH - RIGHT, self.top + PLOT_H);
        let small = Type::of(TEXT).colour(MUTED);
        for (value, text) in self.x.ticks(8.0) {
            if let Some(px) = self.x.share(value).map(|s| left + s * (right - left)) {
                self.svg.line((px, self.top), (px, bottom), Paint::stroke(RULE, 1.0));
                self.svg.text(px, bottom + 18.0, &text, small.anchor(Anchor::Middle));
            }
        }
        for (value, text) in self.y.ticks(6.0) {
            if let Some(py) = self.y.share(value).map(|s| bottom - s * PLOT_H) {
                self.svg.line((left, py), (right, py), Paint::stroke(RULE, 1.0));
                self.svg.text(left - 8.0, py + 4.0, &text, small.anchor(Anchor::End));
            }
        }
        self.svg.line((left, bottom), (right, bottom), Paint::stroke(INK, 1.2));
        self.svg.line((left, self.top), (left, bottom), Paint::stroke(INK, 1.2));
        let middle = Type::of(TEXT).anchor(Anchor::Middle);
        self.svg.text((left + right) / 2.0, bottom + 40.0, &self.x.label, middle);
        self.svg.text(18.0, self.top + PLOT_H / 2.0, &self.y.label, middle.upright());
        for (i, line) in self.caption.iter().enumerate() {
            self.svg.text(left, bottom + 62.0 + i as f64 * 16.0, line, Type::of(11.5).colour(MUTED));
        }
    }

    /// Where a point lies on the sheet.
    pub(super) fn at(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (sx, sy) = (self.x.share(x)?, self.y.share(y)?);
        Some((LEFT + sx * (WIDTH - RIGHT - LEFT), self.top + PLOT_H * (1.0 - sy)))
    }

    /// A line through points, cut at the axes; points closer than a tenth of a pixel are drawn once.
    pub(super) fn trace(&mut self, points: &[(f64, f64)], paint: Paint) {
        let mut run: Vec<(f64, f64)> = Vec::new();
        self.open();
        for &(x, y) in points {
            match self.at(x, y) {
                Some(p) => {
                    let near = run.last().is_some_and(|q| (p.0 - q.0).abs() < 0.1 && (p.1 - q.1).abs() < 0.1);
                    if !near {
                        run.push((p.0.clamp(-1e4, 1e4), p.1.clamp(-1e4, 1e4)));
                    }
                }
                None => {
                    if run.len() > 1 {
                        self.svg.polyline(&run, paint);
                    }
                    run.clear();
                }
            }
        }
        match run.as_slice() {
            [] => {}
            [p] => self.svg.circle(*p, 2.5, Paint::fill(paint.stroke)),
            run => self.svg.polyline(run, paint),
        }
        self.close();
    }

    /// An upright line at an x, with a word beside it.
    pub(super) fn marker(&mut self, x: f64, word: &str) {
        let Some(share) = self.x.share(x).filter(|s| (0.0..=1.0).contains(s)) else { return };
        let px = LEFT + share * (WIDTH - RIGHT - LEFT);
        self.svg.line((px, self.top), (px, self.top + PLOT_H), Paint::stroke(INK, 1.2).dashed("4 3"));
        let set = Type::of(11.5).halo();
        if px + 6.0 + text_width(word, 11.5) < WIDTH - RIGHT {
            self.svg.text(px + 6.0, self.top + 14.0, word, set);
        } else {
            self.svg.text(px - 6.0, self.top + 14.0, word, set.anchor(Anchor::End));
        }
    }

    /// Limits what follows to the area between the axes (a little more, for round ends of lines).
    pub(super) fn open(&mut self) {
        self.svg.window(LEFT - 2.0, self.top - 2.0, WIDTH - RIGHT - LEFT + 4.0, PLOT_H + 4.0);
    }

    /// Ends the limit.
    pub(super) fn close(&mut self) {
        self.svg.close();
    }

    pub(super) fn finish(self) -> Drawing {
        self.svg.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn powers_are_written_for_people() {
        assert_eq!(power(3), "1,000");
        assert_eq!(power(-2), "0.01");
        assert_eq!(power(-4), "10⁻⁴");
        assert_eq!(power(7), "10⁷");
    }

    proptest! {
        #[test]
        fn linear_ticks_are_few_ascending_and_inside(low in -1e6..1e6f64, span in 1e-3..1e6f64) {
            let axis = Axis::linear(low, low + span, "x");
            let ticks = axis.ticks(8.0);
            prop_assert!(!ticks.is_empty() && ticks.len() <= 10, "{}", ticks.len());
            prop_assert!(ticks.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 != w[1].1));
            for (value, _) in &ticks {
                let share = axis.share(*value).unwrap();
                prop_assert!((-1e-6..=1.0 + 1e-6).contains(&share));
            }
        }

        #[test]
        fn log_axes_hold_their_range(low in 1e-8..1.0f64, factor in 1.0..1e9f64) {
            let axis = Axis::log10(low, low * factor, "x");
            prop_assert!(axis.share(low).unwrap() >= -1e-6);
            prop_assert!(axis.share(low * factor).unwrap() <= 1.0 + 1e-6);
            prop_assert!(axis.ticks(8.0).len() <= 10);
            prop_assert!(axis.share(0.0).is_none());
        }
    }
}
