//! Finishes of a breech face: what the last tool left, which consecutive slides of one lot share only in part.

use super::aperture::Aperture;
use super::lattice::{Lattice, RUN, Run, floor};
use super::scan::{Places, render};
use super::stream::Stream;
use crate::grid::HeightMap;
use serde::{Deserialize, Serialize};
use std::f64::consts::{PI, TAU};

/// How the breech face was finished: a class characteristic (AFTE Theory of Identification; Bonfanti and De Kinder 1999).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// Cast, blasted or tumbled: grains of no direction.
    Granular,
    /// Milled: nearly parallel striae with a slight arc.
    Milled,
    /// Turned on a lathe: concentric rings, on which rotation is nearly unconstrained.
    Turned,
    /// Filed by hand: crossing strokes.
    Filed,
    /// Broached: straight deep grooves right across, largely shared by slides that the same broach cut.
    Broached,
}

impl Finish {
    /// All finishes, in the order of their names' declaration.
    pub const ALL: [Finish; 5] = [Finish::Granular, Finish::Milled, Finish::Turned, Finish::Filed, Finish::Broached];

    /// The name written to the truth file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Finish::Granular => "granular",
            Finish::Milled => "milled",
            Finish::Turned => "turned",
            Finish::Filed => "filed",
            Finish::Broached => "broached",
        }
    }
}

/// One layer of texture: a field of the lot and a field of the slide, mixed.
struct Layer {
    lot: Lattice,
    own: Lattice,
    lot_weight: f32,
    own_weight: f32,
    /// Share of creased (ridged) texture, 0 to 1.
    crease: f32,
}

impl Layer {
    fn values(&self, t: &Run<f64>, s: &Run<f64>) -> Run<f32> {
        // Both fields have the same spacings: a place stands alike on them.
        let footing = self.own.footing(t, s);
        let own = self.own.read(&footing);
        let lot = if self.lot_weight > 0.0 { self.lot.read(&footing) } else { [0.0; RUN] };
        std::array::from_fn(|k| {
            let v = self.lot_weight * lot[k] + self.own_weight * own[k];
            // A folded field has sharp valleys between round hills, as cast and tumbled steel shows.
            v + self.crease * (1.3 * (v.abs() - 0.8) - v)
        })
    }
}

/// Where a point lies in the tool's own frame: `t` across the grooves, `s` along them.
enum Path {
    Straight { sin: f64, cos: f64, half_curvature: f64 },
    Turned { x: f64, y: f64, cells: f64 },
}

impl Path {
    fn places(&self, at: &Places) -> (Run<f64>, Run<f64>) {
        let y = at.y_um;
        match *self {
            Path::Straight { sin, cos, half_curvature } => {
                let along = at.x_um.map(|x| cos * x + sin * y);
                let across = |k: usize| cos * y - sin * at.x_um[k] + half_curvature * along[k] * along[k];
                (std::array::from_fn(across), along)
            }
            Path::Turned { x: cx, y: cy, cells } => {
                let dy = y - cy;
                let out = at.x_um.map(|x| ((x - cx) * (x - cx) + dy * dy).sqrt());
                let mut around = [0.0; RUN];
                for (around, x) in around.iter_mut().zip(at.x_um).take(at.count) {
                    *around = (libm::atan2(dy, x - cx) / TAU + 0.5) * cells;
                }
                (out, around)
            }
        }
    }
}

/// Periodic scallops of the feed: the period belongs to the lot, the phase to the slide.
struct Feed {
    period_um: f64,
    phase: f64,
    weight: f32,
    wobble: Lattice,
}

impl Feed {
    fn values(&self, t: &Run<f64>, s: &Run<f64>) -> Run<f32> {
        let wobble = self.wobble.values(t, s);
        std::array::from_fn(|k| {
            let shifted = (t[k] + 9.0 * f64::from(wobble[k])) / self.period_um + self.phase;
            let u = (shifted - floor(shifted).0) as f32 - 0.5;
            // A scallop is a parabola between two cusps; mean 1/12, deviation 1/sqrt(180).
            self.weight * (u * u - 1.0 / 12.0) * 13.4
        })
    }
}

/// The random numbers of one slide's finish: those of its lot and its own.
pub(super) struct Streams {
    pub(super) lot: Stream,
    pub(super) own: Stream,
}

/// Radius beyond which no primer reaches with its largest offset and play, um.
const FARTHEST_UM: f64 = 2_600.0;
/// How far inside the edge of the aperture the relief is still rendered, um, for the smoothing across the edge.
const UNDER_EDGE_UM: f64 = 120.0;
/// Side of the square that no lattice may repeat in, um; larger than the diagonal of the grid.
const EXTENT_UM: f64 = 8_000.0;

/// The relief of a finish over the whole grid, scaled to `rms_um`, positive towards the cartridge, um.
pub(super) fn relief(finish: Finish, aperture: &Aperture, streams: &mut Streams, map: &mut HeightMap, rms_um: f64) {
    let (path, layers, weights, feed) = plan(finish, streams);
    let grain: Vec<(Lattice, f32)> = grain_of(finish, &mut streams.own);
    let envelope = Lattice::new(&mut streams.own, 650.0, 900.0, EXTENT_UM);
    // What no primer touches stays flat: the corners of the grid and the aperture itself.
    map.z.fill(0.0);
    let touched =
        |x: f64, y: f64| x * x + y * y <= FARTHEST_UM * FARTHEST_UM && aperture.distance_um(x, y) >= -UNDER_EDGE_UM;
    render(map, touched, |at| {
        let (t, s) = path.places(at);
        let mut v = [0f32; RUN];
        for (layer, weight) in layers.iter().zip(&weights) {
            for (v, layer) in v.iter_mut().zip(layer.values(&t, &s)) {
                *v += weight * layer;
            }
        }
        if let Some(feed) = &feed {
            for (v, scallop) in v.iter_mut().zip(feed.values(&t, &s)) {
                *v += scallop;
            }
        }
        if finish != Finish::Granular {
            for (v, envelope) in v.iter_mut().zip(envelope.values_along(&at.x_um, at.y_um)) {
                *v *= (1.0 + 0.35 * envelope).max(0.15);
            }
        }
        for (lattice, weight) in &grain {
            for (v, grain) in v.iter_mut().zip(lattice.values_along(&at.x_um, at.y_um)) {
                *v += weight * grain;
            }
        }
        v
    });
    if finish == Finish::Filed {
        file_strokes(&mut streams.own, map);
    }
    scale_to(aperture, map, rms_um);
}

/// Path, layers with their weights and feed of a finish.
fn plan(finish: Finish, streams: &mut Streams) -> (Path, Vec<Layer>, Vec<f32>, Option<Feed>) {
    let angle = streams.lot.between(0.0, PI) + 0.003 * streams.own.normal();
    let straight =
        |half_curvature: f64| Path::Straight { sin: libm::sin(angle), cos: libm::cos(angle), half_curvature };
    // (spacing across, spacing along, weight, share of the variance that belongs to the lot) of each layer.
    let tilt = streams.lot.between(-0.35, 0.35);
    let weigh = |table: &[(f64, f64, f64, f64)]| -> Vec<(f64, f64, f64, f64)> {
        // A tilt of the spectrum makes one maker's texture finer, another's coarser.
        table.iter().map(|&(t, s, w, q)| (t, s, w * libm::pow(t / 50.0, tilt), q)).collect()
    };
    let mut crease = 0.0;
    let (path, table) = match finish {
        Finish::Granular => {
            crease = streams.lot.between(0.0, 0.75);
            let stretch = streams.lot.between(1.0, 1.7);
            let table: Vec<_> = [
                (16.0, 0.35, 0.0),
                (26.0, 0.85, 0.0),
                (38.0, 0.9, 0.0),
                (75.0, 0.4, 0.05),
                (160.0, 0.22, 0.3),
                (330.0, 0.2, 0.4),
            ]
            .iter()
            .map(|&(d, w, q)| (d, d * stretch, w, q))
            .collect();
            (straight(0.0), weigh(&table))
        }
        Finish::Milled => {
            let radius = streams.lot.between(9_000.0, 60_000.0) * if streams.lot.chance(0.5) { 1.0 } else { -1.0 };
            let table = [
                (9.0, 420.0, 0.35, 0.0),
                (16.0, 700.0, 0.6, 0.1),
                (30.0, 1_100.0, 0.8, 0.25),
                (60.0, 1_600.0, 0.7, 0.35),
                (140.0, 2_400.0, 0.5, 0.4),
            ];
            (straight(0.5 / radius), weigh(&table))
        }
        Finish::Broached => {
            let table = [
                (10.0, 1_500.0, 0.4, 0.15),
                (19.0, 2_600.0, 0.75, 0.35),
                (40.0, 3_500.0, 0.95, 0.5),
                (85.0, 4_500.0, 0.75, 0.5),
                (190.0, 5_000.0, 0.45, 0.5),
            ];
            (straight(0.0), weigh(&table))
        }
        Finish::Turned => {
            let x = 60.0 * streams.lot.normal() + 6.0 * streams.own.normal();
            let y = 60.0 * streams.lot.normal() + 6.0 * streams.own.normal();
            let cells = 7 + streams.lot.below(8);
            let table = [
                (10.0, 1.0, 0.45, 0.05),
                (18.0, 1.0, 0.7, 0.2),
                (34.0, 1.0, 0.8, 0.35),
                (75.0, 1.0, 0.6, 0.4),
                (160.0, 1.0, 0.4, 0.4),
            ];
            (Path::Turned { x, y, cells: cells as f64 }, weigh(&table))
        }
        Finish::Filed => {
            let table = [(18.0, 300.0, 0.12, 0.0), (120.0, 400.0, 0.35, 0.05)];
            (straight(0.0), weigh(&table))
        }
    };
    let mut layers = Vec::new();
    let mut weights = Vec::new();
    for (across, along, weight, share) in table {
        let field = |stream: &mut Stream| match path {
            Path::Turned { cells, .. } => Lattice::closed(stream, across, EXTENT_UM, cells as usize),
            Path::Straight { .. } => Lattice::new(stream, across, along, EXTENT_UM),
        };
        layers.push(Layer {
            lot: field(&mut streams.lot),
            own: field(&mut streams.own),
            lot_weight: (share as f32).sqrt(),
            own_weight: (1.0 - share as f32).sqrt(),
            crease: crease as f32,
        });
        weights.push(weight as f32);
    }
    let feed = matches!(finish, Finish::Milled | Finish::Turned).then(|| Feed {
        period_um: streams.lot.between(70.0, 230.0),
        phase: streams.own.uniform(),
        weight: streams.lot.between(0.15, 0.55) as f32,
        wobble: match path {
            Path::Turned { cells, .. } => Lattice::closed(&mut streams.own, 300.0, EXTENT_UM, cells as usize),
            Path::Straight { .. } => Lattice::new(&mut streams.own, 300.0, 900.0, EXTENT_UM),
        },
    });
    (path, layers, weights, feed)
}

/// The grain of steel, corrosion and wear under the tool's marks: individual to the slide, of no direction.
fn grain_of(finish: Finish, own: &mut Stream) -> Vec<(Lattice, f32)> {
    if finish == Finish::Granular {
        return Vec::new();
    }
    let strength = match finish {
        Finish::Granular => 0.0,
        Finish::Milled => own.between(0.3, 0.55),
        Finish::Turned => own.between(0.45, 0.7),
        Finish::Filed => own.between(0.25, 0.45),
        Finish::Broached => own.between(0.35, 0.6),
    };
    [(15.0, 0.35), (30.0, 0.7), (60.0, 0.7), (130.0, 0.5), (280.0, 0.35)]
        .iter()
        .map(|&(d, w)| (Lattice::new(own, d, d, EXTENT_UM), (w * strength) as f32))
        .collect()
}

/// Cuts the strokes of a file: two main directions, each stroke with its own angle, width, depth and length.
fn file_strokes(own: &mut Stream, map: &mut HeightMap) {
    let first = own.between(0.0, PI);
    let crossing = own.between(0.6, 1.9);
    let strokes = 420 + own.below(260);
    for _ in 0..strokes {
        let angle = if own.chance(0.55) { first } else { first + crossing } + 0.06 * own.normal();
        let stroke = super::defect::Stroke {
            x_um: own.between(-2_700.0, 2_700.0),
            y_um: own.between(-2_700.0, 2_700.0),
            angle_rad: angle,
            length_um: own.log_normal(1_700.0, 0.5).min(5_000.0),
            half_width_um: own.log_normal(13.0, 0.45).clamp(5.0, 45.0),
            depth_um: own.log_normal(1.3, 0.5).min(6.0),
            bend: own.normal() * 2.5e-5,
            shoulder: own.between(0.0, 0.35),
        };
        stroke.cut(map);
    }
}

/// Scales a relief to the wanted root mean square about its mean within 2.1 mm of the centre.
fn scale_to(aperture: &Aperture, map: &mut HeightMap, rms_um: f64) {
    let (rows, columns) = map.z.dim();
    let (mut sum, mut squares, mut count) = (0.0f64, 0.0f64, 0.0f64);
    for row in (0..rows).step_by(3) {
        for column in (0..columns).step_by(3) {
            let p = map.point_at(row as f64, column as f64);
            if p.x_um * p.x_um + p.y_um * p.y_um < 2_100.0 * 2_100.0 && aperture.distance_um(p.x_um, p.y_um) > 0.0 {
                let z = f64::from(map.z[[row, column]]);
                sum += z;
                squares += z * z;
                count += 1.0;
            }
        }
    }
    let mean = sum / count;
    let rms = (squares / count - mean * mean).max(1e-12).sqrt();
    let (mean, scale) = (mean as f32, (rms_um / rms) as f32);
    map.z.mapv_inplace(|z| (z - mean) * scale);
}
