//! Colours that stay apart for colour-blind readers, on screen and in grey print.
//!
//! Lines and symbols use the palette of Okabe and Ito (2008); heights a viridis-like scale (Smith and van der Walt 2015:
//! lightness rises evenly, so it survives grey print); differences a blue-white-brown scale with white at zero.

/// Text and axes.
pub const INK: &str = "#1c2127";
/// Secondary text; contrast 7:1 on white.
pub const MUTED: &str = "#4d5661";
/// Hairlines and grids.
pub const RULE: &str = "#d3d8de";
/// Quiet surfaces behind pictures.
pub const SURFACE: &str = "#f4f5f7";
/// Page.
pub const PAPER: &str = "#ffffff";
/// Okabe-Ito blue.
pub const BLUE: &str = "#0072b2";
/// Okabe-Ito orange; for lines and fills, never for small text.
pub const ORANGE: &str = "#e69f00";
/// Okabe-Ito vermillion.
pub const VERMILLION: &str = "#d55e00";
/// Okabe-Ito bluish green.
pub const GREEN: &str = "#009e73";
/// Okabe-Ito sky blue.
pub const SKY: &str = "#56b4e9";
/// Okabe-Ito reddish purple.
pub const PURPLE: &str = "#cc79a7";

/// Colours of successive series, best kept apart first.
pub const SERIES: [&str; 6] = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY];

/// Dash patterns of successive series, so that grey print still tells them apart.
pub const DASHES: [&str; 6] = ["", "7 4", "2 3", "10 3 2 3", "4 2", "1 4"];

/// A scale of colours over 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColourMap {
    /// Dark violet over green to yellow, for heights and correlation.
    Sequential,
    /// Blue over white to brown, for differences; zero belongs in the middle.
    Diverging,
    /// Black to white, for luminance.
    Grey,
}

/// Black and white.
const GREY: [[u8; 3]; 2] = [[0x00, 0x00, 0x00], [0xff, 0xff, 0xff]];

/// Anchors of the sequential scale, evenly spaced.
const SEQUENTIAL: [[u8; 3]; 9] = [
    [0x44, 0x01, 0x54],
    [0x47, 0x2d, 0x7b],
    [0x3b, 0x52, 0x8b],
    [0x2c, 0x72, 0x8e],
    [0x21, 0x91, 0x8c],
    [0x28, 0xae, 0x80],
    [0x5e, 0xc9, 0x62],
    [0xad, 0xdc, 0x30],
    [0xfd, 0xe7, 0x25],
];

/// Anchors of the diverging scale, evenly spaced.
const DIVERGING: [[u8; 3]; 7] = [
    [0x0b, 0x3d, 0x78],
    [0x2b, 0x7b, 0xb9],
    [0x9c, 0xc9, 0xe4],
    [0xf7, 0xf7, 0xf7],
    [0xf3, 0xbf, 0x8a],
    [0xc6, 0x6a, 0x1c],
    [0x7a, 0x2f, 0x04],
];

impl ColourMap {
    /// The colour at `share` of the scale, 0 to 1; values outside are clipped, NaN gives the middle.
    #[must_use]
    pub fn at(self, share: f64) -> [u8; 3] {
        let anchors: &[[u8; 3]] = match self {
            ColourMap::Sequential => &SEQUENTIAL,
            ColourMap::Diverging => &DIVERGING,
            ColourMap::Grey => &GREY,
        };
        let last = anchors.len() - 1;
        let place = if share.is_nan() { 0.5 } else { share.clamp(0.0, 1.0) } * last as f64;
        let lower = (place as usize).min(last - 1);
        let part = place - lower as f64;
        std::array::from_fn(|channel| {
            let (a, b) = (f64::from(anchors[lower][channel]), f64::from(anchors[lower + 1][channel]));
            (a + (b - a) * part).round() as u8
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lightness(rgb: [u8; 3]) -> f64 {
        0.2126 * f64::from(rgb[0]) + 0.7152 * f64::from(rgb[1]) + 0.0722 * f64::from(rgb[2])
    }

    #[test]
    fn lightness_of_the_sequential_scale_never_falls() {
        let values: Vec<f64> = (0..=100).map(|i| lightness(ColourMap::Sequential.at(f64::from(i) / 100.0))).collect();
        assert!(values.windows(2).all(|w| w[1] >= w[0] - 0.5), "{values:?}");
    }

    #[test]
    fn the_diverging_scale_is_lightest_in_the_middle_and_clips() {
        let middle = lightness(ColourMap::Diverging.at(0.5));
        assert!((0..=100).all(|i| lightness(ColourMap::Diverging.at(f64::from(i) / 100.0)) <= middle));
        assert_eq!(ColourMap::Diverging.at(-3.0), DIVERGING[0]);
        assert_eq!(ColourMap::Diverging.at(9.0), DIVERGING[6]);
        assert_eq!(ColourMap::Diverging.at(f64::NAN), DIVERGING[3]);
    }
}
