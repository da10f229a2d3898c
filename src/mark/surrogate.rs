//! Resampled marks: surfaces that no firearm made, for measuring comparisons in galleries larger than anyone has scanned.
//!
//! A surrogate has the power spectrum and the outline of a real mark and random phases (Theiler et al. 1992, Physica D 58, 77), in both bands the same, so
//! that it is one surface seen twice as every mark is. [`crate::signature::surrogate`] draws signatures in the same way at a tenth of the price, for
//! searches that end before marks are compared.

use super::quantise::quantise;
use super::{Band, Mark};
use crate::dsp::fft::{Plan, Scratch, Spectrum, fast_size};
use crate::grid::HeightMap;
use rand::{RngCore as _, SeedableRng};
use rayon::prelude::*;
use rustfft::num_complex::Complex32;

/// Directions that phases are drawn from.
const PHASES: usize = 256;

/// Draws surrogates of some marks.
pub struct ResampledMarks {
    sources: Vec<Source>,
    seed: u64,
    phases: Vec<Complex32>,
}

/// What is kept of a mark: all of it, for its outlines, and the magnitudes of its bands on squares of the same extent.
struct Source {
    mark: Mark,
    coarse: Square,
    fine: Square,
}

/// One band on a square of points.
struct Square {
    side: usize,
    /// Frequency of a row by frequency of a column, as [`Spectrum`] has them.
    magnitudes: Vec<f32>,
}

impl ResampledMarks {
    /// Surrogates of these marks in turn; none can be drawn where there are no marks. Takes for granted that the pitch of the coarse band is a whole
    /// multiple of that of the fine one, as [`super::PrepareParameters`] has it; where it is not, the bands differ in their phases and nothing else.
    #[must_use]
    pub fn of(marks: Vec<Mark>, (coarse, fine): (&Band, &Band), seed: u64) -> Self {
        let times = (coarse.pitch_um / fine.pitch_um).round().max(1.0) as usize;
        let source = |mark: Mark| {
            let across = |map: &HeightMap| map.rows().max(map.columns());
            // One point more than the maps have: the inverse gives one less than a square's side.
            let side = fast_size(across(&mark.coarse).max(across(&mark.fine).div_ceil(times)) + 1);
            let (coarse, fine) = (Square::of(&mark.coarse, side), Square::of(&mark.fine, side * times));
            Source { mark, coarse, fine }
        };
        let turn = |i: usize| libm::sincos(std::f64::consts::TAU * i as f64 / PHASES as f64);
        Self {
            sources: marks.into_par_iter().map(source).collect(),
            seed,
            phases: (0..PHASES).map(turn).map(|(sin, cos)| Complex32::new(cos as f32, sin as f32)).collect(),
        }
    }

    /// Surrogate `number`, its heights rounded as those of every mark are; none without sources. Figures of merit and centre are those of its source.
    #[must_use]
    pub fn mark(&self, number: u64, scratch: &mut Scratch) -> Option<Mark> {
        let source = self.sources.get((number % (self.sources.len() as u64).max(1)) as usize)?;
        let Source { mark, coarse, fine } = source;
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(number);
        let mut drawn = vec![0u8; fine.magnitudes.len()];
        random.fill_bytes(&mut drawn);
        let phase = |row: i64, column: usize| {
            let row = row.rem_euclid(fine.side as i64) as usize;
            let byte = drawn.get(column * fine.side + row).copied().unwrap_or_default();
            self.phases[usize::from(byte) % PHASES]
        };
        Some(Mark {
            coarse: coarse.drawn(&mark.coarse, &phase, scratch),
            fine: fine.drawn(&mark.fine, &phase, scratch),
            ..mark.clone()
        })
    }
}

impl Square {
    /// The magnitudes of a map whose missing points count 0, raised by what these take from its power.
    fn of(map: &HeightMap, side: usize) -> Self {
        let known: Vec<f32> = map.z.iter().map(|z| if z.is_finite() { *z } else { 0.0 }).collect();
        let Spectrum { values } =
            Plan::of(side, side).forward(&known, map.rows(), map.columns(), &mut Scratch::default());
        let raised = side as f64 / (map.valid_count().max(1) as f64).sqrt();
        Self { side, magnitudes: values.iter().map(|v| v.norm_sqr().sqrt() * raised as f32).collect() }
    }

    /// A map with these magnitudes, and known where `like` is; `phase` gives the phase of a frequency along the rows' direction (signed) and along columns.
    fn drawn(&self, like: &HeightMap, phase: &dyn Fn(i64, usize) -> Complex32, scratch: &mut Scratch) -> HeightMap {
        let plan = Plan::of(self.side, self.side);
        let side = self.side as i64;
        let fill = |spectrum: &mut [Complex32]| {
            for (at, (to, magnitude)) in spectrum.iter_mut().zip(&self.magnitudes).enumerate() {
                let (column, row) = (at / self.side, (at % self.side) as i64);
                *to = phase(if row > side / 2 { row - side } else { row }, column) * *magnitude;
            }
        };
        let mut drawn = Vec::new();
        plan.inverse_window(fill, self.side, &mut drawn, scratch);
        let across = drawn.len().isqrt();
        let mut map = like.clone();
        // Where a surrogate begins does not matter, its phases are random.
        for ((row, column), z) in map.z.indexed_iter_mut() {
            if z.is_finite() {
                *z = drawn.get(row * across + column).copied().unwrap_or(f32::NAN);
            }
        }
        quantise(&mut map);
        map
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mark::{PrepareParameters, prepare};
    use crate::simulate::{AMMUNITION, SimulatedFirearm, SimulatedShot};
    use crate::workings::Silent;

    fn sources(parameters: &PrepareParameters) -> Vec<Mark> {
        let of = |n: u32| {
            let firearm = SimulatedFirearm::new(7, n);
            let map = SimulatedShot::new(&firearm, n, AMMUNITION[0]).cropped(&firearm, 6.25).height_map();
            prepare(&map, parameters, &mut Silent).unwrap()
        };
        vec![of(1), of(2)]
    }

    fn known(map: &HeightMap) -> Vec<f64> {
        map.z.iter().filter(|z| z.is_finite()).map(|z| f64::from(*z)).collect()
    }

    fn rms(map: &HeightMap) -> f64 {
        let known = known(map);
        (known.iter().map(|z| z * z).sum::<f64>() / known.len() as f64).sqrt()
    }

    /// Correlation of two maps where both are known.
    fn alike(a: &HeightMap, b: &HeightMap) -> f64 {
        let pairs = a.z.iter().zip(&b.z).filter(|(a, b)| a.is_finite() && b.is_finite());
        let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
        pairs.for_each(|(a, b)| {
            let (a, b) = (f64::from(*a), f64::from(*b));
            (ab, aa, bb) = (ab + a * b, aa + a * a, bb + b * b);
        });
        ab / (aa * bb).sqrt()
    }

    #[test]
    fn a_surrogate_has_the_outline_and_the_power_of_its_source_and_nothing_of_its_pattern() {
        let parameters = PrepareParameters::default();
        let sources = sources(&parameters);
        let drawn = ResampledMarks::of(sources.clone(), (&parameters.coarse, &parameters.fine), 5);
        for n in 0..4u64 {
            let source = &sources[n as usize % 2];
            let mark = drawn.mark(n, &mut Scratch::default()).unwrap();
            for (own, theirs) in [(&mark.coarse, &source.coarse), (&mark.fine, &source.fine)] {
                let places = |map: &HeightMap| map.z.iter().map(|z| z.is_finite()).collect::<Vec<_>>();
                assert_eq!(places(own), places(theirs));
                let ratio = rms(own) / rms(theirs);
                assert!((0.8..1.25).contains(&ratio), "{n}: {ratio}");
                assert!(alike(own, theirs).abs() < 0.2, "{n}: {}", alike(own, theirs));
            }
            let stored = Mark::from_bytes(&mark.to_bytes().unwrap()).unwrap();
            assert_eq!(known(&stored.fine), known(&mark.fine), "rounded already");
        }
    }

    #[test]
    fn both_bands_are_of_one_surface_and_a_number_is_always_the_same() {
        let parameters = PrepareParameters::default();
        let make = |seed| ResampledMarks::of(sources(&parameters), (&parameters.coarse, &parameters.fine), seed);
        let (one, again) = (make(5), make(5));
        let mark = one.mark(0, &mut Scratch::default()).unwrap();
        assert_eq!(mark.to_bytes().unwrap(), again.mark(0, &mut Scratch::default()).unwrap().to_bytes().unwrap());
        let others = [one.mark(2, &mut Scratch::default()).unwrap(), make(6).mark(0, &mut Scratch::default()).unwrap()];
        // Every second point of the fine band lies on a point of the coarse one or half a pitch beside it, in the same way for both marks; what the bands
        // have in common shows as likeness.
        let thinned = |mark: &Mark| {
            let (rows, columns) = (mark.coarse.rows(), mark.coarse.columns());
            let mut map = mark.coarse.clone();
            for ((row, column), z) in map.z.indexed_iter_mut() {
                assert!(row < rows && column < columns);
                *z = mark.fine.z.get((2 * row, 2 * column)).copied().unwrap_or(f32::NAN);
            }
            map
        };
        assert!(alike(&thinned(&mark), &mark.coarse) > 0.2, "{}", alike(&thinned(&mark), &mark.coarse));
        for other in &others {
            assert!(alike(&other.fine, &mark.fine).abs() < 0.1);
            assert!(alike(&thinned(other), &mark.coarse).abs() < 0.1);
        }
        assert!(
            ResampledMarks::of(Vec::new(), (&parameters.coarse, &parameters.fine), 5)
                .mark(0, &mut Scratch::default())
                .is_none()
        );
    }
}
