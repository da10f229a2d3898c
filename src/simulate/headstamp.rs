//! The stamped text on the head of a cartridge case, as strokes.

use std::f64::consts::TAU;

/// A straight stroke of a letter in units of the letter's height; x to the right, y downwards, the box 0.6 wide and 1 high.
type Stroke = [f64; 4];

const A: &[Stroke] = &[[0.0, 1.0, 0.3, 0.0], [0.3, 0.0, 0.6, 1.0], [0.12, 0.62, 0.48, 0.62]];
const B: &[Stroke] = &[
    [0.0, 0.0, 0.0, 1.0],
    [0.0, 0.0, 0.45, 0.08],
    [0.45, 0.08, 0.45, 0.42],
    [0.0, 0.5, 0.45, 0.42],
    [0.45, 0.5, 0.55, 0.75],
    [0.55, 0.75, 0.45, 0.95],
    [0.45, 0.95, 0.0, 1.0],
];
const C: &[Stroke] = &[
    [0.58, 0.15, 0.3, 0.0],
    [0.3, 0.0, 0.02, 0.3],
    [0.02, 0.3, 0.02, 0.7],
    [0.02, 0.7, 0.3, 1.0],
    [0.3, 1.0, 0.58, 0.85],
];
const D: &[Stroke] = &[
    [0.0, 0.0, 0.0, 1.0],
    [0.0, 0.0, 0.35, 0.05],
    [0.35, 0.05, 0.58, 0.5],
    [0.58, 0.5, 0.35, 0.95],
    [0.35, 0.95, 0.0, 1.0],
];
const E: &[Stroke] = &[[0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.55, 0.0], [0.0, 0.5, 0.45, 0.5], [0.0, 1.0, 0.55, 1.0]];
const I: &[Stroke] = &[[0.3, 0.0, 0.3, 1.0]];
const L: &[Stroke] = &[[0.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.55, 1.0]];
const M: &[Stroke] = &[[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.3, 0.6], [0.3, 0.6, 0.6, 0.0], [0.6, 0.0, 0.6, 1.0]];
const N: &[Stroke] = &[[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.58, 1.0], [0.58, 1.0, 0.58, 0.0]];
const O: &[Stroke] = &[
    [0.3, 0.0, 0.02, 0.3],
    [0.02, 0.3, 0.02, 0.7],
    [0.02, 0.7, 0.3, 1.0],
    [0.3, 1.0, 0.58, 0.7],
    [0.58, 0.7, 0.58, 0.3],
    [0.58, 0.3, 0.3, 0.0],
];
const R: &[Stroke] = &[
    [0.0, 0.0, 0.0, 1.0],
    [0.0, 0.0, 0.5, 0.1],
    [0.5, 0.1, 0.5, 0.42],
    [0.5, 0.42, 0.0, 0.52],
    [0.2, 0.52, 0.58, 1.0],
];
const S: &[Stroke] = &[
    [0.55, 0.1, 0.2, 0.0],
    [0.2, 0.0, 0.02, 0.25],
    [0.02, 0.25, 0.55, 0.7],
    [0.55, 0.7, 0.4, 0.98],
    [0.4, 0.98, 0.02, 0.9],
];
const T: &[Stroke] = &[[0.0, 0.0, 0.6, 0.0], [0.3, 0.0, 0.3, 1.0]];
const X: &[Stroke] = &[[0.0, 0.0, 0.58, 1.0], [0.58, 0.0, 0.0, 1.0]];
const ONE: &[Stroke] = &[[0.12, 0.2, 0.3, 0.0], [0.3, 0.0, 0.3, 1.0]];
const NINE: &[Stroke] = &[
    [0.55, 0.3, 0.3, 0.0],
    [0.3, 0.0, 0.05, 0.3],
    [0.05, 0.3, 0.3, 0.55],
    [0.3, 0.55, 0.55, 0.3],
    [0.55, 0.3, 0.5, 0.75],
    [0.5, 0.75, 0.2, 1.0],
];

fn strokes(letter: char) -> &'static [Stroke] {
    match letter {
        'A' => A,
        'B' => B,
        'C' => C,
        'D' => D,
        'E' => E,
        'I' => I,
        'L' => L,
        'M' => M,
        'N' => N,
        'O' => O,
        'R' => R,
        'S' => S,
        'T' => T,
        'X' => X,
        '1' => ONE,
        '9' => NINE,
        _ => &[],
    }
}

/// A headstamp: strokes in the scan's frame.
pub(super) struct Headstamp {
    strokes: Vec<Stroke>,
}

/// Height of a letter, um.
const LETTER_UM: f64 = 900.0;
/// Radius of the middle of the letters, um: between primer pocket and rim of a 9 mm case.
const RADIUS_UM: f64 = 3_450.0;
/// Half the width of a stroke at its bottom, um.
const HALF_WIDTH_UM: f64 = 62.0;
/// Width of the sloping side of a stroke, um.
const SIDE_UM: f64 = 55.0;

impl Headstamp {
    /// The text around the primer, its first letter at `turn_rad`; the case lies in the shell holder as it fell.
    pub(super) fn new(text: &str, turn_rad: f64) -> Self {
        let letters: Vec<char> = text.chars().collect();
        let mut placed = Vec::new();
        for (at, letter) in letters.iter().enumerate() {
            let angle = turn_rad + TAU * at as f64 / (letters.len() + 1) as f64;
            let (c, s) = (libm::cos(angle), libm::sin(angle));
            // Feet point to the centre: the letter's up is outwards (c, s), its right is clockwise as seen (-s, c).
            let place = |x: f64, y: f64| {
                let (right, up) = ((x - 0.3) * LETTER_UM, (0.5 - y) * LETTER_UM);
                ((RADIUS_UM + up) * c - right * s, (RADIUS_UM + up) * s + right * c)
            };
            for &[x0, y0, x1, y1] in strokes(*letter) {
                let (a, b) = (place(x0, y0), place(x1, y1));
                placed.push([a.0, a.1, b.0, b.1]);
            }
        }
        Self { strokes: placed }
    }

    /// How deep a place lies in a stroke: 0 outside, 1 at its flat bottom.
    pub(super) fn depth(&self, x: f64, y: f64) -> f64 {
        let mut nearest = f64::INFINITY;
        for &[x0, y0, x1, y1] in &self.strokes {
            let (dx, dy) = (x1 - x0, y1 - y0);
            let t = (((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
            let (ex, ey) = (x - x0 - t * dx, y - y0 - t * dy);
            nearest = nearest.min(ex * ex + ey * ey);
        }
        super::lattice::smoothstep((HALF_WIDTH_UM + SIDE_UM - nearest.sqrt()) / SIDE_UM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::AMMUNITION;

    #[test]
    fn every_headstamp_can_be_drawn() {
        for ammunition in AMMUNITION {
            for letter in ammunition.headstamp.chars().filter(|c| *c != ' ') {
                assert!(!strokes(letter).is_empty(), "{letter} of {}", ammunition.headstamp);
            }
        }
    }

    #[test]
    fn strokes_are_deep_on_their_line_and_nothing_is_stamped_on_the_primer() {
        let stamp = Headstamp::new("L", 0.0);
        let [x0, y0, x1, y1] = stamp.strokes[0];
        assert!((stamp.depth((x0 + x1) / 2.0, (y0 + y1) / 2.0) - 1.0).abs() < 1e-12);
        assert!(stamp.depth(0.0, 0.0).abs() < 1e-12);
    }
}
