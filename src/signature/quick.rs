//! The quick look at a polar code: all rotations and a few centres at a fortieth of the price, to choose which codes are searched in full.
//!
//! The signs of a code are summed in blocks of two rings and two angles, each ring of blocks is transformed, and for each centre of a small lattice the
//! products of query and gallery, summed over the rings, are transformed back to a correlation over all rotations. Nothing corrects for what is hidden:
//! missing samples count 0. What is lost against the full search is the fine part of the band and the overlap of masks; what counts is the order of
//! candidates, and true mates of weak marks still lie 8 standard deviations above other marks at least (17 in the middle of eight).

use super::code::{PolarCode, draw_signs};
use super::spectrum::AngleTransform;
use super::{CodeParameters, lattice_half};
use crate::dsp::polar::PolarGrid;
use crate::geometry::Point;
use crate::mark::Mark;
use rayon::prelude::*;
use rustfft::num_complex::Complex32;
use serde::{Deserialize, Serialize};

/// Frequencies side by side; eight f32 fill one AVX register.
const LANES: usize = 8;
/// Floats of one ring in a block of frequencies: real parts, then imaginary ones.
const BLOCK: usize = 2 * LANES;
/// Rings and angles of one sum of signs.
const SUM: usize = 2;

/// How the quick look is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuickParameters {
    /// Least half-width of the lattice of centres, steps of the code's; 1 makes 3 x 3 centres.
    pub offset_half_least: usize,
    /// Greatest half-width, steps.
    pub offset_half_most: usize,
}

impl Default for QuickParameters {
    /// 3 x 3 centres for well known ones, as for the vectors: 70 um between centres would lose weak marks.
    fn default() -> Self {
        Self { offset_half_least: 1, offset_half_most: 2 }
    }
}

/// The query's side: spectra about each centre of the lattice.
#[derive(Debug, Clone)]
pub struct QuickQuery {
    grid: PolarGrid,
    transform: AngleTransform,
    centres: Vec<Vec<f32>>,
}

/// The gallery's side: spectra of one code, some 20 KB; made when a code is looked at.
#[derive(Debug, Clone)]
pub struct QuickCode {
    grid: PolarGrid,
    spectra: Vec<f32>,
}

impl QuickQuery {
    /// Draws a mark about its centre and those around it, as wide as the doubt about both centres asks for.
    #[must_use]
    pub fn of(mark: &Mark, widest_gallery_sd_um: f64, code: &CodeParameters, parameters: &QuickParameters) -> Self {
        let reach = mark.centre.sd_um.hypot(widest_gallery_sd_um);
        let QuickParameters { offset_half_least: least, offset_half_most: most } = *parameters;
        let half = lattice_half(reach, code.offset_step_um, least, most) as i32;
        let transform = AngleTransform::new(code.grid.angles / SUM);
        let centres: Vec<(i32, i32)> = (-half..=half).flat_map(|y| (-half..=half).map(move |x| (x, y))).collect();
        let at = |steps: i32| f64::from(steps) * code.offset_step_um;
        let about = |(x, y): (i32, i32)| Point::new(mark.centre.at.x_um + at(x), mark.centre.at.y_um + at(y));
        let drawn = |centre| spectra(&draw_signs(mark, about(centre), &code.grid), &code.grid, &transform);
        Self { grid: code.grid, centres: centres.into_par_iter().map(drawn).collect(), transform }
    }

    /// The spectra of a gallery code, to be looked at by this query and others of its grid.
    #[must_use]
    pub fn spectra_of(&self, code: &PolarCode) -> QuickCode {
        QuickCode { grid: *code.grid(), spectra: spectra(&code.signs(), code.grid(), &self.transform) }
    }

    /// Standard deviations of the greatest correlation of all rotations and centres above chance, which is taken from the pair itself; 0 where a side
    /// is blank or the grids differ.
    #[must_use]
    pub fn look(&self, gallery: &QuickCode) -> f32 {
        if self.grid != gallery.grid {
            return 0.0;
        }
        let rings = self.grid.rings / SUM;
        let bins = self.transform.bins();
        let padded = bins.div_ceil(LANES) * LANES;
        let mut products = vec![Complex32::default(); self.centres.len() * padded];
        sums(&self.centres, &gallery.spectra, rings, &mut products);
        let mut ring = vec![0f32; self.transform.angles];
        let (mut greatest, mut squares) = (0f32, 0f64);
        for spectrum in products.chunks_exact_mut(padded) {
            // What is constant along the rings says nothing of the rotation.
            spectrum[0] = Complex32::default();
            self.transform.inverse(&mut spectrum[..bins], &mut ring);
            let mut square = 0f32;
            for value in &ring {
                greatest = greatest.max(*value);
                square += value * value;
            }
            squares += f64::from(square);
        }
        let count = self.centres.len() * self.transform.angles;
        let sd = (squares / count.max(1) as f64).sqrt();
        if sd > 0.0 { (f64::from(greatest) / sd) as f32 } else { 0.0 }
    }
}

/// Sums of signs over blocks of rings and angles, each ring of them transformed; shape (blocks of frequencies, rings, real or imaginary, LANES).
fn spectra(signs: &[i8], grid: &PolarGrid, transform: &AngleTransform) -> Vec<f32> {
    let (rings, angles, bins) = (grid.rings / SUM, transform.angles, transform.bins());
    let mut out = vec![0f32; bins.div_ceil(LANES) * rings * BLOCK];
    let mut ring = vec![0f32; angles];
    let mut spectrum = vec![Complex32::default(); bins];
    for (at, pair) in signs.chunks_exact(grid.angles * SUM).enumerate().take(rings) {
        ring.fill(0.0);
        for signs in pair.chunks_exact(grid.angles) {
            for (sum, signs) in ring.iter_mut().zip(signs.as_chunks::<SUM>().0) {
                *sum += f32::from(signs[0] + signs[1]);
            }
        }
        transform.forward(&mut ring, &mut spectrum);
        for (bin, value) in spectrum.iter().enumerate() {
            let to = (bin / LANES * rings + at) * BLOCK + bin % LANES;
            out[to] = value.re;
            out[to + LANES] = value.im;
        }
    }
    out
}

/// For each centre the products query x conj(gallery), summed over the rings in their order: lanes never mix and nothing is fused, so the sums are
/// the same bits however wide the registers are.
#[multiversion::multiversion(targets("x86_64+avx2"))]
fn sums(centres: &[Vec<f32>], gallery: &[f32], rings: usize, out: &mut [Complex32]) {
    let per_block = rings * BLOCK;
    if per_block == 0 || centres.is_empty() {
        return;
    }
    let padded = out.len() / centres.len();
    for (block, gallery) in gallery.chunks_exact(per_block).enumerate() {
        for (query, out) in centres.iter().zip(out.chunks_exact_mut(padded)) {
            let Some(query) = query.get(block * per_block..(block + 1) * per_block) else { continue };
            let [mut re, mut im] = [[0f32; LANES]; 2];
            for (q, g) in query.as_chunks::<BLOCK>().0.iter().zip(gallery.as_chunks::<BLOCK>().0) {
                for lane in 0..LANES {
                    re[lane] += q[lane] * g[lane] + q[LANES + lane] * g[LANES + lane];
                    im[lane] += q[LANES + lane] * g[lane] - q[lane] * g[LANES + lane];
                }
            }
            for ((to, re), im) in out[block * LANES..].iter_mut().zip(re).zip(im) {
                *to = Complex32::new(re, im);
            }
        }
    }
}
