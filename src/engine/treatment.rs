//! Hard treatments of scans for evaluations: what happens to marks at scenes and under instruments, in doses.

use crate::grid::HeightMap;
use crate::mark::{PrepareParameters, prepare};
use crate::workings::Silent;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;
use serde::Serialize;
use std::f64::consts::TAU;
use std::str::FromStr;

/// What is done to a scan, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Treatment {
    /// What is done.
    pub kind: TreatmentKind,
    /// How much; unit and range depend on the kind.
    pub dose: f64,
}

/// Kinds of treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TreatmentKind {
    /// This share (0 to .95) of the mark, on one side of a line of random direction, is hidden.
    Hide,
    /// White noise is added whose part within the fine band has this many times the mark's own RMS there (0 to 20).
    Noise,
    /// The pitch becomes this many times coarser (1 to 16, whole), by the mean of blocks.
    Coarse,
    /// The surface is tilted by this many degrees (0 to 45) in a random direction.
    Tilt,
    /// This share (0 to .5) of the points becomes spikes of 10 to 100 times the mark's RMS, up or down.
    Outliers,
}

const KINDS: [(&str, TreatmentKind, f64, f64); 5] = [
    ("hide", TreatmentKind::Hide, 0.0, 0.95),
    ("noise", TreatmentKind::Noise, 0.0, 20.0),
    ("coarse", TreatmentKind::Coarse, 1.0, 16.0),
    ("tilt", TreatmentKind::Tilt, 0.0, 45.0),
    ("outliers", TreatmentKind::Outliers, 0.0, 0.5),
];

impl FromStr for Treatment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "hide=SHARE, noise=TIMES, coarse=TIMES, tilt=DEGREES or outliers=SHARE".to_owned();
        let (name, dose) = text.split_once('=').ok_or_else(|| format!("expected {}, got `{text}`", expected()))?;
        let (_, kind, low, high) =
            KINDS.into_iter().find(|k| k.0 == name).ok_or_else(|| format!("expected {}, got `{text}`", expected()))?;
        let dose: f64 = dose.parse().map_err(|_| format!("{name}: expected a number, got `{dose}`"))?;
        if !(low..=high).contains(&dose) {
            return Err(format!("{name}: expected a dose from {low} to {high}, got {dose}"));
        }
        Ok(Self { kind, dose })
    }
}

/// One kind of treatment in several doses, as an argument names it: `hide=0.25,0.5,0.75`.
#[derive(Debug, Clone, PartialEq)]
pub struct Doses(pub Vec<Treatment>);

impl FromStr for Doses {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, doses) = text.split_once('=').unwrap_or((text, ""));
        doses.split(',').map(|dose| format!("{name}={dose}").parse()).collect::<Result<_, _>>().map(Self)
    }
}

impl TreatmentKind {
    /// The dose that changes nothing.
    #[must_use]
    pub fn no_dose(self) -> f64 {
        if self == Self::Coarse { 1.0 } else { 0.0 }
    }

    /// Its name in arguments and file names.
    #[must_use]
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|k| k.1 == self).map_or("", |k| k.0)
    }
}

impl std::fmt::Display for Treatment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.kind.name(), self.dose)
    }
}

impl Treatment {
    /// The treated scan; the same for the same seed.
    #[must_use]
    pub fn apply(&self, map: &HeightMap, seed: u64, parameters: &PrepareParameters) -> HeightMap {
        let mut rng = ChaCha12Rng::seed_from_u64(seed);
        let mut out = map.clone();
        // A scan that cannot be prepared has no RMS, and a treatment makes it no better.
        let rms = || prepare(map, parameters, &mut Silent).map_or(0.0, |mark| mark.quality.rms_fine_um);
        let way = rng.random_range(0.0..TAU);
        let along = |row: usize, column: usize| {
            let p = map.point_at(row as f64, column as f64);
            p.x_um * way.cos() + p.y_um * way.sin()
        };
        match self.kind {
            TreatmentKind::Hide => {
                let known = |z: &f32| z.is_finite();
                let mut places: Vec<f64> =
                    map.z.indexed_iter().filter(|(_, z)| known(z)).map(|((r, c), _)| along(r, c)).collect();
                let hidden = (self.dose * places.len() as f64) as usize;
                if hidden > 0 && hidden < places.len() {
                    let limit = *places.select_nth_unstable_by(hidden, f64::total_cmp).1;
                    out.z
                        .indexed_iter_mut()
                        .filter(|((r, c), _)| along(*r, *c) < limit)
                        .for_each(|(_, z)| *z = f32::NAN);
                }
            }
            TreatmentKind::Noise => {
                let mut noise = map.clone();
                noise.z.mapv_inplace(|z| if z.is_finite() { normal(&mut rng) as f32 } else { z });
                // What the filters leave of the noise is measured by the same preparation as the mark.
                let left = prepare(&noise, parameters, &mut Silent).map_or(0.0, |mark| mark.quality.rms_fine_um);
                let scale = if left > 0.0 { (self.dose * rms() / left) as f32 } else { 0.0 };
                out.z.zip_mut_with(&noise.z, |z, n| *z += scale * n);
            }
            TreatmentKind::Coarse => return coarser(map, self.dose.round() as usize),
            TreatmentKind::Tilt => {
                let slope = self.dose.to_radians().tan();
                out.z.indexed_iter_mut().for_each(|((r, c), z)| *z += (slope * along(r, c)) as f32);
            }
            TreatmentKind::Outliers => {
                let rms = rms();
                out.z.mapv_inplace(|z| {
                    let (hit, size, up): (f64, f64, bool) = (rng.random(), rng.random_range(10.0..100.0), rng.random());
                    if hit < self.dose { z + (rms * if up { size } else { -size }) as f32 } else { z }
                });
            }
        }
        out
    }
}

/// A standard normal number (Box and Muller 1958).
fn normal(rng: &mut ChaCha12Rng) -> f64 {
    let (a, b): (f64, f64) = (rng.random_range(f64::MIN_POSITIVE..1.0), rng.random_range(0.0..TAU));
    (-2.0 * libm::log(a)).sqrt() * libm::cos(b)
}

/// Means of blocks of `times` x `times` points; known where half the block is.
fn coarser(map: &HeightMap, times: usize) -> HeightMap {
    let times = times.max(1);
    let (rows, columns) = (map.rows() / times, map.columns() / times);
    let mut out = HeightMap::missing(rows, columns, map.pitch_um * times as f64);
    for ((row, column), z) in out.z.indexed_iter_mut() {
        let block = map.z.slice(ndarray::s![row * times..(row + 1) * times, column * times..(column + 1) * times]);
        let (mut sum, mut count) = (0f64, 0usize);
        for v in block.iter().filter(|v| v.is_finite()) {
            sum += f64::from(*v);
            count += 1;
        }
        if 2 * count >= times * times {
            *z = (sum / count as f64) as f32;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> HeightMap {
        let mut map = HeightMap::missing(160, 160, 12.5);
        let mut rng = ChaCha12Rng::seed_from_u64(4);
        map.z.indexed_iter_mut().for_each(|((r, c), z)| {
            *z = (r as f32 * 0.9).sin() + (c as f32 * 0.8).cos() + rng.random_range(-0.3..0.3);
        });
        map
    }

    fn treated(text: &str) -> HeightMap {
        text.parse::<Treatment>().unwrap().apply(&map(), 7, &PrepareParameters::default())
    }

    #[test]
    fn doses_do_what_they_say() {
        let plain = map();
        let known = |m: &HeightMap| m.z.iter().filter(|z| z.is_finite()).count() as f64 / m.z.len() as f64;
        assert!((known(&treated("hide=0.5")) - 0.5).abs() < 0.01);
        let coarse = treated("coarse=4");
        assert_eq!((coarse.rows(), coarse.pitch_um), (40, 50.0));
        let changed = treated("outliers=0.05").z.iter().zip(&plain.z).filter(|(a, b)| a != b).count();
        assert!((changed as f64 / plain.z.len() as f64 - 0.05).abs() < 0.01, "{changed}");
        let tilted = treated("tilt=5");
        let rise = tilted.z.iter().zip(&plain.z).map(|(a, b)| f64::from(a - b)).fold(0.0, f64::max);
        assert!(rise > 5f64.to_radians().tan() * 990.0 && rise < 5f64.to_radians().tan() * 1420.0, "{rise}");
        assert_eq!(treated("noise=1").z, treated("noise=1").z, "the same seed gives the same noise");
        let rms = |m: &HeightMap| prepare(m, &PrepareParameters::default(), &mut Silent).unwrap().quality.rms_fine_um;
        let ratio = rms(&treated("noise=2")) / rms(&plain);
        assert!((ratio - 5f64.sqrt()).abs() < 0.2, "noise of twice the RMS beside the mark: {ratio}");
    }

    #[test]
    fn what_is_no_treatment_is_refused_in_words() {
        for (text, word) in
            [("half", "hide=SHARE"), ("hide=2", "0.95"), ("noise=x", "number"), ("melt=1", "tilt=DEGREES")]
        {
            let error = text.parse::<Treatment>().unwrap_err();
            assert!(error.contains(word), "{error}");
        }
        assert_eq!("hide=0.5".parse::<Treatment>().unwrap().to_string(), "hide=0.5");
        let several: Vec<String> = "coarse=2,4".parse::<Doses>().unwrap().0.iter().map(Treatment::to_string).collect();
        assert_eq!(several, ["coarse=2", "coarse=4"]);
        assert!("hide=0.5,x".parse::<Doses>().unwrap_err().contains("number"));
    }
}
