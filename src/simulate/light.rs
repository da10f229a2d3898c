//! The picture that a camera takes of a surface under a ring light.
//!
//! A ring light sends nearly the same light from every side, so that what a place sends to a camera above it depends on how steep it is and hardly on
//! which way it faces: level metal is grey, facets tilted by half the angle between lamp and camera shine, steep flanks and the ground of narrow
//! grooves are black. Nothing of that turns with the case, which is why photographs under a ring light can be compared at any rotation.

use super::stream::Stream;
use crate::grid::HeightMap;
use ndarray::{Array2, Axis};
use rayon::prelude::*;
use std::f64::consts::TAU;

/// A ring light, the metal under it and the camera above.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RingLight {
    /// Lowest and highest elevation of the lamps above the plane, rad. 35 degrees in the middle: facets tilted by 20 to 35 degrees shine.
    pub elevation_rad: (f64, f64),
    /// Largest deviation of a lamp from the mean brightness, as a share; a ring is never quite even.
    pub unevenness: f64,
    /// Share of scattered light.
    pub ambient: f32,
    /// Share of the diffuse (Lambert) reflection.
    pub diffuse: f32,
    /// Strength of the specular (Blinn 1977) reflection, whose exponent is 64: metal that was struck is half dull. With this strength the brightest fiftieth
    /// of a face is three times as bright as its median, as in ring-light photographs of primers, and flecks and the burr at the edge saturate.
    pub specular: f32,
    /// Roughness that the map does not resolve, as the factor by which its slopes are raised.
    pub slope_gain: f32,
    /// Luminance that the median of what is lit at all gets, as automatic exposure sets it; brighter places saturate at 1.
    pub median: f32,
    /// Share of the light that is lost in the corners of the picture (cos to the fourth power, and the lens's own edge).
    pub vignetting: f32,
    /// Noise of an unlit pixel, as a share of saturation ...
    pub read_noise: f32,
    /// ... and that of a saturated one, which is of the number of photons.
    pub shot_noise: f32,
}

impl Default for RingLight {
    fn default() -> Self {
        Self {
            elevation_rad: (0.4, 0.8),
            unevenness: 0.15,
            ambient: 0.03,
            diffuse: 0.17,
            specular: 8.0,
            slope_gain: 1.0,
            median: 0.3,
            vignetting: 0.12,
            read_noise: 0.006,
            shot_noise: 0.02,
        }
    }
}

/// Directions from which the light comes.
const LAMPS: usize = 16;
/// Rings of lamps between the lowest and the highest elevation.
const RINGS: usize = 3;
/// Steepest slope in the table of reflections, um per um (72 degrees); what is steeper sends nothing up.
const STEEPEST: f32 = 3.0;
/// Nodes of that table on either side of level ground.
const NODES: usize = 96;
/// Directions in which the horizon is looked for, and how far away, um: a groove's own walls, a flank beside it, the edge of the pocket.
const HORIZONS: usize = 8;
const HORIZON_UM: [f64; 6] = [12.0, 25.0, 50.0, 100.0, 200.0, 400.0];
/// Luminance below which a pixel counts as not lit when the exposure is set, as a share of what level ground sends.
const UNLIT: f32 = 0.3;

impl RingLight {
    /// The same light on a surface whose map lacks the finest roughness: the slopes are raised until half of them exceed `slope` (um per um). Scans of 6
    /// um a point that were band-passed show slopes of one or two degrees where the metal has ten.
    #[must_use]
    pub fn on_smooth(self, map: &HeightMap, slope: f64) -> Self {
        let mut slopes: Vec<f64> = Vec::new();
        let stride = (map.z.len() / 40_000).max(1) | 1;
        for at in (0..map.z.len()).step_by(stride) {
            let (gx, gy) = slope_at(map, at / map.columns().max(1), at % map.columns().max(1));
            let steep = f64::from((gx * gx + gy * gy).sqrt());
            slopes.extend((steep > 0.0).then_some(steep));
        }
        let median = crate::dsp::level::median_of(&mut slopes).unwrap_or(slope);
        Self { slope_gain: (slope / median).clamp(0.2, 40.0) as f32, ..self }
    }

    /// The luminance, 0 to 1, that a camera above records of `map` (heights, um), on its grid; missing points are black. The same seed gives the same
    /// unevenness and noise.
    #[must_use]
    pub fn photograph(&self, map: &HeightMap, seed: u64) -> HeightMap {
        let mut stream = Stream::new(seed, "light", &[]);
        let table = Table::new(self, &mut stream);
        let (rows, columns) = map.z.dim();
        let mut light = Array2::<f32>::zeros((rows, columns));
        let horizons = Horizons::new(map.pitch_um, self.elevation_rad);
        let half = ((rows * rows + columns * columns) as f32).sqrt() / 2.0;
        light.axis_iter_mut(Axis(0)).into_par_iter().enumerate().for_each(|(row, mut line)| {
            for (column, pixel) in line.iter_mut().enumerate() {
                if map.z[[row, column]].is_finite() {
                    let (gx, gy) = slope_at(map, row, column);
                    let (x, y) = (column as f32 - columns as f32 / 2.0, row as f32 - rows as f32 / 2.0);
                    let off = (x * x + y * y) / (half * half).max(1.0);
                    let lit = table.at(self.slope_gain * gx, self.slope_gain * gy) * horizons.open(map, row, column);
                    *pixel = (self.ambient + lit) * (1.0 - self.vignetting * off);
                }
            }
        });
        self.expose(&mut light, table.at(0.0, 0.0), &mut stream);
        HeightMap { z: light, pitch_um: map.pitch_um }
    }

    /// Exposure, noise and saturation.
    fn expose(&self, light: &mut Array2<f32>, level: f32, stream: &mut Stream) {
        let mut lit: Vec<f64> =
            light.iter().step_by(7).filter(|v| **v > UNLIT * level).map(|&v| f64::from(v)).collect();
        let median = crate::dsp::level::median_of(&mut lit).unwrap_or(1.0).max(1e-6);
        let exposure = (stream.between(0.85, 1.15) * f64::from(self.median) / median) as f32;
        let grain = stream.white(light.len());
        for (pixel, grain) in light.iter_mut().zip(grain) {
            let exposed = *pixel * exposure;
            // The noise of photons grows with the root of their number; that of reading does not.
            let noise = (self.read_noise + self.shot_noise * exposed.min(1.0).sqrt()) * grain;
            *pixel = (exposed + noise).clamp(0.0, 1.0);
        }
    }
}

/// Slope of a map along x and y, um per um, by central differences; one-sided or 0 where points are missing.
fn slope_at(map: &HeightMap, row: usize, column: usize) -> (f32, f32) {
    let here = map.z[[row, column]];
    let at = |r: usize, c: usize| map.z.get([r, c]).copied().filter(|z| z.is_finite());
    let along = |before: Option<f32>, after: Option<f32>| match (before, after) {
        (Some(a), Some(b)) => (b - a) / 2.0,
        (Some(a), None) => here - a,
        (None, Some(b)) => b - here,
        (None, None) => 0.0,
    };
    let pitch = map.pitch_um as f32;
    let gx = along(at(row, column.wrapping_sub(1)), at(row, column + 1)) / pitch;
    let gy = along(at(row.wrapping_sub(1), column), at(row + 1, column)) / pitch;
    if here.is_finite() { (gx, gy) } else { (0.0, 0.0) }
}

/// What metal of each slope sends to the camera: the sum over all lamps, worked out once.
struct Table {
    values: Vec<f32>,
}

impl Table {
    const SIDE: usize = 2 * NODES + 1;

    fn new(light: &RingLight, stream: &mut Stream) -> Self {
        let bright: Vec<f32> =
            (0..LAMPS).map(|_| (1.0 + light.unevenness * stream.between(-1.0, 1.0)) as f32).collect();
        let mut lamps = Vec::with_capacity(LAMPS * RINGS);
        for ring in 0..RINGS {
            let share = (ring as f64 + 0.5) / RINGS as f64;
            let elevation = light.elevation_rad.0 + share * (light.elevation_rad.1 - light.elevation_rad.0);
            let (se, ce) = libm::sincos(elevation);
            for (at, bright) in bright.iter().enumerate() {
                let (sa, ca) = libm::sincos(TAU * at as f64 / LAMPS as f64);
                let to = [(ce * ca) as f32, (ce * sa) as f32, se as f32];
                let half = [to[0], to[1], to[2] + 1.0];
                let norm = (half[0] * half[0] + half[1] * half[1] + half[2] * half[2]).sqrt();
                lamps.push((to, half.map(|v| v / norm), *bright));
            }
        }
        let slope = |node: usize| (node as f32 - NODES as f32) / NODES as f32 * STEEPEST;
        let mut values = Vec::with_capacity(Self::SIDE * Self::SIDE);
        for row in 0..Self::SIDE {
            for column in 0..Self::SIDE {
                values.push(Self::reflected(light, slope(column), slope(row), &lamps));
            }
        }
        Self { values }
    }

    fn reflected(light: &RingLight, gx: f32, gy: f32, lamps: &[([f32; 3], [f32; 3], f32)]) -> f32 {
        let nz = 1.0 / (1.0 + gx * gx + gy * gy).sqrt();
        let n = [-gx * nz, -gy * nz, nz];
        let dot = |a: &[f32; 3]| a[0] * n[0] + a[1] * n[1] + a[2] * n[2];
        let mut sum = 0.0;
        for (to, half, bright) in lamps {
            // The 64th power by six squarings.
            let shine = (0..6).fold(dot(half).max(0.0), |power, _| power * power);
            sum += bright * (light.diffuse * dot(to).max(0.0) + light.specular * shine);
        }
        // Steep metal is seen foreshortened, and what it reflects passes the lens by.
        sum / lamps.len() as f32 * nz * nz
    }

    /// Bilinear between the nodes.
    fn at(&self, gx: f32, gy: f32) -> f32 {
        let place = |g: f32| {
            let at = (g / STEEPEST).clamp(-1.0, 1.0) * NODES as f32 + NODES as f32;
            let low = (at as usize).min(Self::SIDE - 2);
            (low, at - low as f32)
        };
        let ((column, right), (row, down)) = (place(gx), place(gy));
        let value = |r: usize, c: usize| self.values[r * Self::SIDE + c];
        let line = |r: usize| value(r, column) * (1.0 - right) + value(r, column + 1) * right;
        line(row) * (1.0 - down) + line(row + 1) * down
    }
}

/// How much of the ring stands above the horizon.
struct Horizons {
    /// Row, column and distance (um) of the places looked at, direction by direction.
    looks: Vec<[(isize, isize, f32); HORIZON_UM.len()]>,
    low: f32,
    high: f32,
}

impl Horizons {
    fn new(pitch_um: f64, elevation_rad: (f64, f64)) -> Self {
        let look = |azimuth: f64, away: f64| {
            let (s, c) = libm::sincos(azimuth);
            let (row, column) = ((away * s / pitch_um).round(), (away * c / pitch_um).round());
            (row as isize, column as isize, (row.hypot(column) * pitch_um) as f32)
        };
        let direction = |at: usize| HORIZON_UM.map(|away| look(TAU * at as f64 / HORIZONS as f64, away));
        Self {
            looks: (0..HORIZONS).map(direction).collect(),
            low: libm::tan(elevation_rad.0) as f32,
            high: libm::tan(elevation_rad.1) as f32,
        }
    }

    /// The share of the ring that a point sees, 0 to 1.
    fn open(&self, map: &HeightMap, row: usize, column: usize) -> f32 {
        let here = map.z[[row, column]];
        let mut open = 0.0;
        for direction in &self.looks {
            let mut horizon = f32::NEG_INFINITY;
            for &(down, right, away) in direction {
                let place = (row.checked_add_signed(down), column.checked_add_signed(right));
                let (Some(r), Some(c)) = place else { continue };
                let there = map.z.get([r, c]).copied().unwrap_or(f32::NAN);
                // A missing point hides nothing; a place less than a point away is the point itself.
                if there.is_finite() && away > 0.0 {
                    horizon = horizon.max((there - here) / away);
                }
            }
            open += ((self.high - horizon) / (self.high - self.low).max(1e-3)).clamp(0.0, 1.0);
        }
        open / self.looks.len() as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(slope: f32) -> HeightMap {
        HeightMap { z: Array2::from_shape_fn((40, 40), |(_, c)| slope * 5.0 * c as f32), pitch_um: 5.0 }
    }

    /// Light of a slope before exposure.
    fn light_of(slope: f32, turn: f64) -> f32 {
        let light = RingLight { unevenness: 0.0, ..RingLight::default() };
        let table = Table::new(&light, &mut Stream::new(1, "test", &[]));
        table.at(slope * libm::cos(turn) as f32, slope * libm::sin(turn) as f32)
    }

    #[test]
    fn light_depends_on_how_steep_and_hardly_on_which_way() {
        let (level, facet, flank) = (light_of(0.0, 0.0), light_of(0.45, 0.0), light_of(2.0, 0.0));
        assert!(facet > 2.0 * level && flank < 0.5 * level, "{level} {facet} {flank}");
        for turn in [0.4, 1.0, 2.2, 4.0] {
            assert!((light_of(0.45, turn) / facet - 1.0).abs() < 0.05, "{turn}");
        }
    }

    #[test]
    fn the_ground_of_a_narrow_groove_is_dark_and_missing_points_are_black() {
        let mut map = HeightMap { z: Array2::zeros((80, 80)), pitch_um: 5.0 };
        map.z.slice_mut(ndarray::s![.., 38..43]).fill(-120.0);
        map.z.slice_mut(ndarray::s![..20, ..20]).fill(f32::NAN);
        let picture = RingLight::default().photograph(&map, 3);
        // No lamp is seen from there, only what the surroundings throw back.
        assert!(picture.z[[60, 40]] < 0.6 * picture.z[[60, 10]], "{} {}", picture.z[[60, 40]], picture.z[[60, 10]]);
        assert!(picture.z[[5, 5]] < 0.05);
        assert!(picture.z.iter().all(|v| (0.0..=1.0).contains(v)));
    }

    #[test]
    fn the_same_seed_gives_the_same_picture_and_another_only_other_noise() {
        let map = ramp(0.1);
        let light = RingLight::default();
        assert_eq!(light.photograph(&map, 5).z, light.photograph(&map, 5).z);
        assert_ne!(light.photograph(&map, 5).z, light.photograph(&map, 6).z);
        let smooth = light.on_smooth(&map, 0.2);
        assert!((smooth.slope_gain - 2.0).abs() < 0.01, "{}", smooth.slope_gain);
    }
}
