//! Profiles of striated marks: where two of them agree best, and how well.
//!
//! The profile of the one slides along that of the other; because the instruments' pitches, the tilt under the microscope and the way in which the
//! metal sprang back differ, both are also stretched against each other by a few per cent, and the striae of either are taken to lean by a
//! degree or so, as far as their direction may have been found wrong (Baiker et al., Forensic Sci. Int. 242 (2014) 186). Every
//! correlation is masked on both sides and asks for a least overlap, because short overlaps agree by chance.
//!
//! Both profiles are stretched by half, in opposite ways, over steps that mirror each other, and every lean of the one meets every lean of the other: exchanging
//! the two marks gives the same figures, with shift, scale and shear of the inverse.

use crate::dsp::lanes::LANES;
use crate::dsp::level::location_and_scale;
use crate::grid::HeightMap;
use crate::mark::{Mark, Region, Suitability, column_means};
use serde::{Deserialize, Serialize};

/// Everything that decides how two profiles are compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileParameters {
    /// Greatest stretch of one against the other, as a share: .05 is 5 %.
    pub scale_most: f64,
    /// Steps of the stretch, an odd number.
    pub scale_steps: usize,
    /// Greatest lean of the striae of either mark against the direction that was found, degrees.
    pub shear_most_deg: f64,
    /// Steps of the lean, an odd number.
    pub shear_steps: usize,
    /// Least overlap, as a share of the shorter profile.
    pub overlap_floor: f64,
    /// Least overlap, um.
    pub overlap_least_um: f64,
    /// Heights beyond this many robust standard deviations count as this many.
    pub clip_sd: f64,
}

impl Default for ProfileParameters {
    /// The reasons, one a line:
    ///
    /// - stretch up to 5 % in steps of 1 %: over the half millimetre on either side of the middle half a step moves a stria by 2.5 um, half a point;
    /// - lean of either by 1.5 degrees at most: over striae .3 mm long that moves their ends by 4 um; directions are found to about a degree;
    /// - overlap of half the shorter profile and 250 um: five waves of the middle of the band;
    /// - heights clipped at 3 deviations: one deep groove must not decide, and unlike areal marks a profile has few points to lose.
    fn default() -> Self {
        Self {
            scale_most: 0.05,
            scale_steps: 11,
            shear_most_deg: 1.5,
            shear_steps: 3,
            overlap_floor: 0.5,
            overlap_least_um: 250.0,
            clip_sd: 3.0,
        }
    }
}

/// Version of the method; raised whenever the same parameters would give other figures.
pub const METHOD_VERSION: u32 = 1;

impl ProfileParameters {
    /// SHA-256 of the parameters as JSON (fields in the order of their declaration) with the version of the method.
    #[must_use]
    pub fn hash(&self) -> String {
        let fields = serde_json::to_string(self).unwrap_or_default();
        crate::ids::Digest::of(format!("compare.profile/{METHOD_VERSION} {fields}").as_bytes()).to_hex()
    }

    /// Ratios of the stretch: as many above 1 as below, each with its inverse.
    fn scales(&self) -> Vec<f64> {
        steps(self.scale_steps)
            .into_iter()
            .map(|u| libm::exp(u * libm::log1p(self.scale_most.clamp(0.0, 0.5))))
            .collect()
    }

    /// Leans as tangents, from the least to the greatest.
    fn shears(&self) -> Vec<f64> {
        let most = self.shear_most_deg.clamp(0.0, 20.0).to_radians();
        steps(self.shear_steps).into_iter().map(|u| libm::tan(u * most)).collect()
    }
}

/// An odd number of steps from -1 to 1.
fn steps(count: usize) -> Vec<f64> {
    let half = (count.min(101) / 2) as i32;
    (-half..=half).map(|k| if half == 0 { 0.0 } else { f64::from(k) / f64::from(half) }).collect()
}

/// Why there is nothing to tell of two marks; a result, not an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incomparable {
    /// In English.
    pub english: String,
    /// In Spanish.
    pub spanish: String,
}

/// Length of a profile that holds one independent point, um: half the middle wave of striae (50 um). It is the same for all pairs on purpose: worked out from
/// the autocorrelations of the two it would be longest for profiles of one source, whose waves are the same, and punish them for it.
const INDEPENDENT_UM: f64 = 25.0;
/// Correlations beyond this count as this much: Fisher's z of 1 has no end.
const MOST_CCF: f64 = 0.999;
/// Most points of a profile that are looked at: 20 mm at 5 um, more than any cartridge case is wide.
const MOST_POINTS: usize = 4_096;
/// Stretches that are tried with every lean.
const FINALISTS: usize = 3;
/// How far leans may move the best place, um: 3 degrees between the two over a third of a millimetre.
const SHEAR_PLAY_UM: f64 = 20.0;

/// Values in units of their own spread with 0 where missing, and 1 or 0 for known or missing.
#[derive(Debug, Clone, Default, PartialEq)]
struct Line {
    values: Vec<f32>,
    known: Vec<f32>,
}

impl Line {
    fn of(profile: &[f32], clip_sd: f64) -> Self {
        let map =
            HeightMap { z: ndarray::Array2::from_shape_fn((1, profile.len()), |(_, at)| profile[at]), pitch_um: 1.0 };
        let (median, sd) = location_and_scale(&map).unwrap_or((0.0, 0.0));
        let sd = if sd > 0.0 { sd } else { 1.0 };
        let value =
            |z: &f32| if z.is_finite() { ((f64::from(*z) - median) / sd).clamp(-clip_sd, clip_sd) as f32 } else { 0.0 };
        Self {
            values: profile.iter().map(value).collect(),
            known: profile.iter().map(|z| f32::from(u8::from(z.is_finite()))).collect(),
        }
    }

    fn count(&self) -> f64 {
        self.known.iter().map(|k| f64::from(*k)).sum()
    }

    /// Stretched about its middle; known where both neighbours are.
    fn stretched(&self, by: f64) -> Self {
        if by == 1.0 {
            return self.clone();
        }
        let middle = (self.values.len() as f64 - 1.0) / 2.0;
        // An odd length stays odd, so that the middle stays on a point or between two as it was.
        let points = 2 * ((self.values.len() as f64 * by / 2.0).round() as usize) + self.values.len() % 2;
        let new_middle = (points as f64 - 1.0) / 2.0;
        let mut out = Self { values: vec![0.0; points], known: vec![0.0; points] };
        for (at, (value, known)) in out.values.iter_mut().zip(&mut out.known).enumerate() {
            let place = (at as f64 - new_middle) / by + middle;
            let low = place.floor();
            let share = (place - low) as f32;
            let near = |step: f64| {
                let index = low + step;
                let index = (index >= 0.0).then_some(index as usize)?;
                let known = self.known.get(index).copied().filter(|k| *k > 0.0)?;
                Some(known * self.values.get(index).copied()?)
            };
            // On a point its neighbour does not matter.
            let found =
                if share == 0.0 { near(0.0) } else { near(0.0).zip(near(1.0)).map(|(a, b)| a + share * (b - a)) };
            if let Some(found) = found {
                (*value, *known) = (found, 1.0);
            }
        }
        out
    }

    fn reversed(&self) -> Self {
        let turned = |v: &[f32]| v.iter().rev().copied().collect();
        Self { values: turned(&self.values), known: turned(&self.known) }
    }
}

/// A striated mark made ready for comparisons; both sides must be prepared with the same parameters.
#[derive(Debug, Clone)]
pub struct Striated {
    /// One for each lean, from the least to the greatest.
    leant: Vec<Line>,
    /// Whether the end at which the profile begins is known.
    oriented: bool,
    pitch_um: f64,
}

impl Striated {
    /// Works a mark out.
    ///
    /// # Errors
    /// [`Incomparable`]: the mark is not of aperture shear, or unsuitable.
    pub fn of(mark: &Mark, parameters: &ProfileParameters) -> Result<Self, Incomparable> {
        if let Suitability::Unsuitable { english, spanish, .. } = &mark.quality.suitability {
            return Err(Incomparable {
                english: format!("unsuitable mark: {english}"),
                spanish: format!("marca no apta: {spanish}"),
            });
        }
        if mark.region != Region::ApertureShear {
            return Err(Incomparable {
                english: "only striated marks of aperture shear have a profile".to_owned(),
                spanish: "solo las marcas estriadas de cizallamiento de la abertura tienen perfil".to_owned(),
            });
        }
        let leant: Vec<Line> = parameters
            .shears()
            .into_iter()
            .map(|lean| {
                let profile = if lean == 0.0 { mark.fine.z.clone() } else { column_means(&mark.coarse, lean) };
                let values: Vec<f32> = profile.iter().copied().take(MOST_POINTS).collect();
                Line::of(&values, parameters.clip_sd)
            })
            .collect();
        let pitch_um = mark.fine.pitch_um;
        Ok(Self { leant, oriented: mark.centre.hole.is_some(), pitch_um })
    }

    fn upright(&self) -> Line {
        self.leant.get(self.leant.len() / 2).cloned().unwrap_or_default()
    }

    /// Length of what is known of the profile, um.
    #[must_use]
    pub fn length_um(&self) -> f64 {
        self.upright().count() * self.pitch_um
    }
}

/// Where two profiles agree best, and how well.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ProfileComparison {
    /// The score that ranks; larger speaks for one source: Fisher's z of `ccf` times the root of the overlap in lengths of an independent point (25 um), so that
    /// a long agreement counts for more than a short one.
    pub score: f64,
    /// Masked normalised cross-correlation at the best place, -1 to 1.
    pub ccf: f64,
    /// Overlap, um.
    pub overlap_um: f64,
    /// Overlap over the shorter of the two profiles, 0 to 1.
    pub overlap_share: f64,
    /// Where the middle of the comparison's profile lies on the reference's, um.
    pub shift_um: f64,
    /// How much longer the comparison's striae have to be drawn apart to meet the reference's.
    pub scale: f64,
    /// Lean of the comparison's striae against the reference's, radians.
    pub shear_rad: f64,
    /// Whether the comparison's profile runs the other way; only where an orientation is not known.
    pub reversed: bool,
}

/// A place of the search.
#[derive(Debug, Clone, Copy)]
struct Place {
    ccf: f64,
    n: f64,
    /// Point of the one that meets the first of the other, both as stretched.
    shift: i64,
    scale: usize,
    /// Leans of the reference and of the comparison.
    shears: (usize, usize),
    reversed: bool,
    /// Points of the two as stretched.
    lengths: (usize, usize),
}

/// Compares two striated marks.
///
/// # Errors
/// [`Incomparable`]: profiles of different pitch, or no place with enough overlap.
pub fn compare_profiles(
    reference: &Striated,
    comparison: &Striated,
    parameters: &ProfileParameters,
) -> Result<ProfileComparison, Incomparable> {
    if (reference.pitch_um / comparison.pitch_um - 1.0).abs() > 1e-9 {
        return Err(Incomparable {
            english: "the two profiles were prepared at different pitches".to_owned(),
            spanish: "los dos perfiles se prepararon con pasos distintos".to_owned(),
        });
    }
    let pitch_um = reference.pitch_um;
    let (a, b) = (reference.upright(), comparison.upright());
    let shorter = a.count().min(b.count());
    let floor = (parameters.overlap_floor * shorter).max(parameters.overlap_least_um / pitch_um);
    let (scales, shears) = (parameters.scales(), parameters.shears());
    let ways: &[bool] = if reference.oriented && comparison.oriented { &[false] } else { &[false, true] };
    let upright = shears.len() / 2;
    let mut found: Vec<Place> = Vec::new();
    for (scale, by) in scales.iter().enumerate() {
        let ours = a.stretched(by.sqrt());
        for &reversed in ways {
            let theirs = if reversed { b.reversed() } else { b.clone() }.stretched(1.0 / by.sqrt());
            let whole = (-(theirs.values.len() as i64), ours.values.len() as i64);
            if let Some((ccf, n, shift)) = best_shift(&ours, &theirs, whole, floor) {
                let lengths = (ours.values.len(), theirs.values.len());
                found.push(Place { ccf, n, shift, scale, shears: (upright, upright), reversed, lengths });
            }
        }
    }
    found.sort_by(|x, y| y.ccf.total_cmp(&x.ccf));
    let mut best = *found.first().ok_or_else(no_overlap)?;
    let play = (SHEAR_PLAY_UM / pitch_um).ceil() as i64;
    for start in found.iter().take(FINALISTS) {
        let by = scales.get(start.scale).copied().unwrap_or(1.0);
        let leans = (0..shears.len()).flat_map(|i| (0..shears.len()).map(move |j| (i, j)));
        for (i, j) in leans.filter(|leans| *leans != (upright, upright)) {
            let (Some(ours), Some(theirs)) = (reference.leant.get(i), comparison.leant.get(j)) else { continue };
            let ours = ours.stretched(by.sqrt());
            let theirs = if start.reversed { theirs.reversed() } else { theirs.clone() }.stretched(1.0 / by.sqrt());
            let near = (start.shift - play, start.shift + play);
            if let Some((ccf, n, shift)) = best_shift(&ours, &theirs, near, floor)
                && ccf > best.ccf
            {
                best = Place { ccf, n, shift, shears: (i, j), ..*start };
            }
        }
    }
    let by = scales.get(best.scale).copied().unwrap_or(1.0);
    let middles = (best.lengths.1 as f64 - 1.0) / 2.0 + best.shift as f64 - (best.lengths.0 as f64 - 1.0) / 2.0;
    let lean = |at: usize| libm::atan(shears.get(at).copied().unwrap_or(0.0));
    let fisher = libm::atanh(best.ccf.clamp(-MOST_CCF, MOST_CCF));
    Ok(ProfileComparison {
        score: fisher * (best.n * pitch_um / INDEPENDENT_UM).sqrt(),
        ccf: best.ccf,
        overlap_um: best.n * pitch_um,
        overlap_share: (best.n / shorter.max(1.0)).min(1.0),
        shift_um: middles * pitch_um / by.sqrt(),
        scale: 1.0 / by,
        shear_rad: lean(best.shears.1) - lean(best.shears.0),
        reversed: best.reversed,
    })
}

fn no_overlap() -> Incomparable {
    Incomparable {
        english: "no place gives the two profiles enough length in common".to_owned(),
        spanish: "ninguna posición da a los dos perfiles suficiente longitud en común".to_owned(),
    }
}

/// The shift (within `reach`, both ends included) at which two lines correlate best with at least `floor` common points: correlation, points, shift. Of
/// equals the one nearest to the middles upon each other.
fn best_shift(a: &Line, b: &Line, reach: (i64, i64), floor: f64) -> Option<(f64, f64, i64)> {
    let (na, nb) = (a.values.len() as i64, b.values.len() as i64);
    let least = floor.max(4.0);
    // No shift beyond these has enough points in common.
    let (low, high) = (reach.0.max(least as i64 - nb), reach.1.min(na - least as i64));
    let level = (na - nb) as f64 / 2.0;
    let mut best: Option<(f64, f64, i64)> = None;
    for shift in low..=high {
        let (from, to) = (shift.max(0), na.min(nb + shift));
        if ((to - from) as f64) < least {
            continue;
        }
        let own = from as usize..to as usize;
        let other = (from - shift) as usize..(to - shift) as usize;
        let (Some(va), Some(ka), Some(vb), Some(kb)) =
            (a.values.get(own.clone()), a.known.get(own), b.values.get(other.clone()), b.known.get(other))
        else {
            continue;
        };
        let [n, sa, sb, saa, sbb, sab] = sums(va, ka, vb, kb);
        if n < least {
            continue;
        }
        let (da, db) = (saa - sa * sa / n, sbb - sb * sb / n);
        if da <= 1e-9 * n || db <= 1e-9 * n {
            continue;
        }
        let ccf = ((sab - sa * sb / n) / (da * db).sqrt()).clamp(-1.0, 1.0);
        let nearer = |other: i64| (shift as f64 - level).abs() < (other as f64 - level).abs();
        if best.is_none_or(|(c, _, s)| ccf > c || (ccf == c && nearer(s))) {
            best = Some((ccf, n, shift));
        }
    }
    best
}

/// Common points, sums, sums of squares and of products of two lines where both are known. Values are 0 where their own line is missing.
fn sums(va: &[f32], ka: &[f32], vb: &[f32], kb: &[f32]) -> [f64; 6] {
    let mut lanes = [[0f32; LANES]; 6];
    let add = |to: &mut [f32; LANES], p: &[f32], q: &[f32]| {
        to.iter_mut().zip(p.iter().zip(q)).for_each(|(t, (p, q))| *t += p * q);
    };
    let add_squares = |to: &mut [f32; LANES], p: &[f32], q: &[f32]| {
        to.iter_mut().zip(p.iter().zip(q)).for_each(|(t, (p, q))| *t += p * p * q);
    };
    let whole = va.len() - va.len() % LANES;
    let (wa, ra) = (va.split_at(whole), ka.split_at(whole));
    let (wb, rb) = (vb.split_at(whole), kb.split_at(whole));
    let ours = wa.0.chunks_exact(LANES).zip(ra.0.chunks_exact(LANES));
    for ((x, m), (y, k)) in ours.zip(wb.0.chunks_exact(LANES).zip(rb.0.chunks_exact(LANES))) {
        let [n, sa, sb, saa, sbb, sab] = &mut lanes;
        add(n, m, k);
        add(sa, x, k);
        add(sb, y, m);
        add_squares(saa, x, k);
        add_squares(sbb, y, m);
        add(sab, x, y);
    }
    let mut total = lanes.map(|lane| lane.iter().map(|v| f64::from(*v)).sum::<f64>());
    for ((x, m), (y, k)) in wa.1.iter().zip(ra.1).zip(wb.1.iter().zip(rb.1)) {
        let more = [m * k, x * k, m * y, x * x * k, m * y * y, x * y];
        total.iter_mut().zip(more).for_each(|(t, m)| *t += f64::from(m));
    }
    total
}

#[cfg(test)]
#[path = "profile_tests.rs"]
mod tests;
