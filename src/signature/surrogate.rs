//! Resampled signatures: marks that no firearm made, for galleries larger than anyone has scanned.
//!
//! A surrogate has the power spectrum and the mask of a real mark and random phases (Theiler et al. 1992, Physica D 58, 77): waves as long and as high,
//! in the same places of the ring, and nothing of the individual. It is drawn in the polar maps themselves, both bands with the same phases, so that
//! a million take minutes; each is known by its seed and number alone and can be drawn again when a later stage asks for it.
//!
//! How hard they are: on three studies real marks of other firearms of the same make are .3 to .8 standard deviations more alike than surrogates
//! in the mean, with equal spread. Figures with surrogates are so much too kind, and say that they are of surrogates.

use super::code::{PolarCode, clip, signs_of_map};
use super::spectrum::AngleTransform;
use super::{SignatureParameters, vector};
use crate::dsp::polar;
use crate::mark::Mark;
use ndarray::Array2;
use rand::{RngCore as _, SeedableRng};
use rayon::prelude::*;
use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};
use std::sync::Arc;

/// Directions that phases are drawn from.
const PHASES: usize = 256;

/// Draws surrogates of some marks.
pub struct Surrogates {
    sources: Vec<Source>,
    parameters: SignatureParameters,
    seed: u64,
    phases: Vec<Complex32>,
}

/// What is kept of a mark.
struct Source {
    coarse: Band,
    fine: Band,
    centre_sd_um: f64,
}

/// One band of a mark on its rings.
struct Band {
    /// Magnitudes, shape (angular frequencies, radial frequencies).
    magnitudes: Vec<f32>,
    /// Which samples are known, shape (rings, angles).
    known: Vec<bool>,
    rings: usize,
    transforms: Transforms,
}

/// Fourier transforms along the angle and across the rings.
#[derive(Clone)]
struct Transforms {
    angle: AngleTransform,
    outward: Arc<dyn Fft<f32>>,
    inward: Arc<dyn Fft<f32>>,
}

impl Transforms {
    fn new(rings: usize, angles: usize) -> Self {
        let mut planner = FftPlanner::new();
        Self {
            angle: AngleTransform::of(angles),
            outward: planner.plan_fft_forward(rings),
            inward: planner.plan_fft_inverse(rings),
        }
    }
}

impl Surrogates {
    /// Surrogates of these marks in turn; none can be drawn where there are no marks.
    #[must_use]
    pub fn of(marks: &[&Mark], parameters: &SignatureParameters, seed: u64) -> Self {
        let [coarse, fine] = [&parameters.vector.grid, &parameters.code.grid];
        let transforms = [coarse, fine].map(|grid| Transforms::new(grid.rings, grid.angles));
        let source = |mark: &&Mark| Source {
            coarse: Band::of(polar::sample(&mark.coarse, mark.centre.at, coarse), &transforms[0]),
            fine: Band::of(polar::sample(&mark.fine, mark.centre.at, fine), &transforms[1]),
            centre_sd_um: mark.centre.sd_um,
        };
        let turn = |i: usize| libm::sincos(std::f64::consts::TAU * i as f64 / PHASES as f64);
        Self {
            sources: marks.par_iter().map(source).collect(),
            parameters: parameters.clone(),
            seed,
            phases: (0..PHASES).map(turn).map(|(sin, cos)| Complex32::new(cos as f32, sin as f32)).collect(),
        }
    }

    /// The vector of surrogate `number`; none without sources.
    #[must_use]
    pub fn vector(&self, number: u64) -> Option<Vec<u64>> {
        let source = self.source(number)?;
        Some(vector::of_map(source.coarse.drawn(&mut self.random(number), &self.phases), &self.parameters.vector))
    }

    /// The polar code of surrogate `number`; none without sources.
    #[must_use]
    pub fn code(&self, number: u64) -> Option<PolarCode> {
        let source = self.source(number)?;
        let signs = signs_of_map(source.fine.drawn(&mut self.random(number), &self.phases));
        let grid = self.parameters.code.grid;
        Some(PolarCode::from_signs(&signs, grid, crate::geometry::Point::default(), source.centre_sd_um))
    }

    fn source(&self, number: u64) -> Option<&Source> {
        let count = (self.sources.len() as u64).max(1);
        self.sources.get((number % count) as usize)
    }

    /// Both bands of a number are drawn from the same stream, so that on equal grids they have the same phases.
    fn random(&self, number: u64) -> rand_chacha::ChaCha8Rng {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(number);
        random
    }
}

impl Band {
    fn of(mut map: Array2<f32>, transforms: &Transforms) -> Self {
        clip(&mut map);
        let (rings, angles) = map.dim();
        let bins = transforms.angle.bins();
        let mut spectra = vec![Complex32::default(); rings * bins];
        let mut ring = vec![0f32; angles];
        for (row, spectrum) in map.rows().into_iter().zip(spectra.chunks_exact_mut(bins)) {
            ring.iter_mut().zip(row).for_each(|(to, z)| *to = if z.is_finite() { *z } else { 0.0 });
            transforms.angle.forward(&mut ring, spectrum);
        }
        let mut magnitudes = vec![0f32; rings * bins];
        let mut across = vec![Complex32::default(); rings];
        for (bin, column) in magnitudes.chunks_exact_mut(rings).enumerate() {
            across.iter_mut().zip(spectra.iter().skip(bin).step_by(bins)).for_each(|(to, from)| *to = *from);
            transforms.outward.process(&mut across);
            // Frequency 0 and the last one have no free phase; the means of rings are taken out anyway.
            if bin > 0 && bin + 1 < bins {
                column.iter_mut().zip(&across).for_each(|(to, from)| *to = from.norm_sqr().sqrt());
            }
        }
        let known = map.iter().map(|z| z.is_finite()).collect();
        Self { magnitudes, known, rings, transforms: transforms.clone() }
    }

    /// A polar map with these magnitudes and random phases, NaN where the mark has no surface.
    fn drawn(&self, random: &mut rand_chacha::ChaCha8Rng, phases: &[Complex32]) -> Array2<f32> {
        let angle = &self.transforms.angle;
        let bins = angle.bins();
        let mut bytes = vec![0u8; self.magnitudes.len()];
        random.fill_bytes(&mut bytes);
        let mut spectra = vec![Complex32::default(); self.rings * bins];
        let mut across = vec![Complex32::default(); self.rings];
        let columns = self.magnitudes.chunks_exact(self.rings).zip(bytes.chunks_exact(self.rings));
        for (bin, (magnitudes, bytes)) in columns.enumerate() {
            for ((to, magnitude), byte) in across.iter_mut().zip(magnitudes).zip(bytes) {
                *to = phases[usize::from(*byte) % PHASES] * *magnitude;
            }
            self.transforms.inward.process(&mut across);
            spectra.iter_mut().skip(bin).step_by(bins).zip(&across).for_each(|(to, from)| *to = *from);
        }
        let mut map = Array2::from_elem((self.rings, angle.angles), f32::NAN);
        let mut ring = vec![0f32; angle.angles];
        let rows = map.rows_mut().into_iter().zip(self.known.chunks_exact(angle.angles));
        for ((mut row, known), spectrum) in rows.zip(spectra.chunks_exact_mut(bins)) {
            angle.inverse(spectrum, &mut ring);
            for ((to, value), known) in row.iter_mut().zip(&ring).zip(known) {
                if *known {
                    *to = *value;
                }
            }
        }
        map
    }
}
