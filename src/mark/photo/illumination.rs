//! Light, lens and turning lathe taken off the picture of a breech face.

use super::PhotoParameters;
use crate::dsp::level::{self, FormKind};
use crate::geometry::Point;
use crate::grid::HeightMap;

/// Flattens the luminance (0 to 1, missing outside the face) of a face about a centre to reflectance of robust standard deviation 1, in place.
///
/// The logarithm makes of uneven light, which multiplies, something that is added; a second-order surface through it is the light and the lens. What is
/// left of circular symmetry about the primer's centre (its edge, its own turning) is the mean of each ring, smoothed along the radius, and taken off (Tai
/// and Eddy 2018). Values far out are cut last: saturated flecks have no height.
pub(super) fn flatten(face: &mut HeightMap, centre: Point, parameters: &PhotoParameters) {
    let floor = parameters.floor as f32;
    face.z.mapv_inplace(|v| if v.is_finite() { libm::logf(v.max(0.0) + floor) } else { f32::NAN });
    level::remove(face, FormKind::SecondOrder);
    remove_rings(face, centre, parameters);
    let Some((median, sd)) = level::location_and_scale(face).filter(|(_, sd)| *sd > 0.0) else { return };
    let most = parameters.clip_sd;
    face.z.mapv_inplace(|v| {
        if v.is_finite() { ((f64::from(v) - median) / sd).clamp(-most, most) as f32 } else { f32::NAN }
    });
}

/// Takes off the smoothed mean of each ring.
fn remove_rings(face: &mut HeightMap, centre: Point, parameters: &PhotoParameters) {
    let Some((median, sd)) = level::location_and_scale(face) else { return };
    let (low, high) = (median - 3.0 * sd, median + 3.0 * sd);
    let ring_of = |p: Point| {
        let (x, y) = (p.x_um - centre.x_um, p.y_um - centre.y_um);
        ((x * x + y * y).sqrt() / parameters.ring_um) as usize
    };
    let mut sums: Vec<(f64, f64)> = Vec::new();
    for ((row, column), v) in face.z.indexed_iter().filter(|(_, v)| v.is_finite()) {
        let ring = ring_of(face.point_at(row as f64, column as f64));
        if ring >= sums.len() {
            sums.resize(ring + 1, (0.0, 0.0));
        }
        sums[ring].0 += f64::from(*v).clamp(low, high);
        sums[ring].1 += 1.0;
    }
    let means = smoothed(&sums, parameters.ring_smoothing_um / parameters.ring_um);
    let (rows, columns, pitch) = (face.rows(), face.columns(), face.pitch_um);
    for ((row, column), v) in face.z.indexed_iter_mut().filter(|(_, v)| v.is_finite()) {
        let along = |k: usize, points: usize| (k as f64 - (points as f64 - 1.0) / 2.0) * pitch;
        *v -= means[ring_of(Point::new(along(column, columns), along(row, rows)))] as f32;
    }
}

/// Gaussian mean of sums over counts, every ring with the weight of its points.
fn smoothed(sums: &[(f64, f64)], sd: f64) -> Vec<f64> {
    let reach = (3.5 * sd).ceil() as usize;
    let weight = |away: usize| {
        if sd > 0.0 {
            libm::exp(-0.5 * (away as f64 / sd) * (away as f64 / sd))
        } else {
            f64::from(u8::from(away == 0))
        }
    };
    (0..sums.len())
        .map(|at| {
            let near = at.saturating_sub(reach)..(at + reach + 1).min(sums.len());
            let (sum, count) = near.fold((0.0, 0.0), |(s, n), k| {
                let w = weight(k.abs_diff(at));
                (s + w * sums[k].0, n + w * sums[k].1)
            });
            if count > 0.0 { sum / count } else { 0.0 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    /// Texture under uneven light with rings about a place, in a ring-shaped face.
    fn face(light: f64, rings: f64) -> HeightMap {
        let mut map = HeightMap::missing(300, 300, 7.0);
        for row in 0..300 {
            for column in 0..300 {
                let p = map.point_at(row as f64, column as f64);
                let r = p.distance_um(Point::new(60.0, -30.0));
                if (300.0..900.0).contains(&r) {
                    let texture = (p.x_um / 17.0).sin() * (p.y_um / 23.0).cos();
                    let shade = 1.0 + light * (p.x_um / 1_000.0 + 0.5 * (p.y_um / 1_000.0).powi(2));
                    map.z[[row, column]] =
                        (0.25 * shade * (1.0 + 0.3 * texture) * (1.0 + rings * (r / 90.0).sin())) as f32;
                }
            }
        }
        map
    }

    fn correlation(a: &Array2<f32>, b: &Array2<f32>) -> f64 {
        let (mut n, mut sa, mut sb, mut saa, mut sbb, mut sab) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        for (x, y) in a.iter().zip(b).filter(|(x, y)| x.is_finite() && y.is_finite()) {
            let (x, y) = (f64::from(*x), f64::from(*y));
            n += 1.0;
            sa += x;
            sb += y;
            saa += x * x;
            sbb += y * y;
            sab += x * y;
        }
        (sab - sa * sb / n) / ((saa - sa * sa / n) * (sbb - sb * sb / n)).sqrt()
    }

    #[test]
    fn uneven_light_and_rings_are_taken_off_and_texture_stays() {
        let parameters = PhotoParameters::default();
        let (mut plain, mut spoilt) = (face(0.0, 0.0), face(0.4, 0.35));
        let before = correlation(&plain.z, &spoilt.z);
        let centre = Point::new(60.0, -30.0);
        flatten(&mut plain, centre, &parameters);
        flatten(&mut spoilt, centre, &parameters);
        let after = correlation(&plain.z, &spoilt.z);
        assert!(before < 0.75 && after > 0.95, "{before} before, {after} after");
        assert!(plain.z.iter().filter(|v| v.is_finite()).all(|v| v.abs() <= 2.5));
    }

    #[test]
    fn what_has_no_texture_stays_finite() {
        let mut map = HeightMap { z: Array2::from_elem((40, 40), 0.3), pitch_um: 7.0 };
        flatten(&mut map, Point::default(), &PhotoParameters::default());
        assert!(map.z.iter().all(|v| v.is_finite()));
    }
}
