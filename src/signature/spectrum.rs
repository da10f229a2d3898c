//! Spectra of a polar code along the angle, laid out so that products over all rings stream through the processor.

use super::PolarCode;
use crate::dsp::polar::PolarGrid;
use crate::geometry::Point;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};
use std::sync::{Arc, Mutex, PoisonError};

/// Bins that are multiplied at once; eight f32 fill one AVX register, two SSE registers.
pub(super) const LANES: usize = 8;
/// Floats of one block: real and imaginary parts of the signs, then of the mask.
pub(super) const BLOCK: usize = 4 * LANES;

/// Fourier transforms along the angle for one number of angles.
#[derive(Clone)]
pub(super) struct AngleTransform {
    pub angles: usize,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    /// Two rings at once.
    both: Arc<dyn Fft<f32>>,
}

impl std::fmt::Debug for AngleTransform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AngleTransform").field("angles", &self.angles).finish_non_exhaustive()
    }
}

/// Transforms kept for those who ask again: planning one takes as long as a dozen rings. A few lengths serve all parameters in use.
static KEPT: Mutex<Vec<AngleTransform>> = Mutex::new(Vec::new());
/// See [`KEPT`].
const MOST_KEPT: usize = 16;

impl AngleTransform {
    pub fn of(angles: usize) -> Self {
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.iter().find(|transform| transform.angles == angles) {
            return known.clone();
        }
        let new = Self::new(angles);
        if kept.len() < MOST_KEPT {
            kept.push(new.clone());
        }
        new
    }

    fn new(angles: usize) -> Self {
        let mut planner = RealFftPlanner::<f32>::new();
        let (forward, inverse) = (planner.plan_fft_forward(angles), planner.plan_fft_inverse(angles));
        Self { angles, forward, inverse, both: FftPlanner::new().plan_fft_forward(angles) }
    }

    /// Number of frequencies of a real ring.
    pub fn bins(&self) -> usize {
        self.angles / 2 + 1
    }

    /// Transforms one ring; `ring` is used up, `spectrum` receives `bins()` values.
    pub fn forward(&self, ring: &mut [f32], spectrum: &mut [Complex32]) {
        // The only errors are wrong lengths, which the callers make impossible; a zero spectrum then stays zero.
        let done = self.forward.process(ring, spectrum);
        debug_assert!(done.is_ok());
    }

    /// Back to one ring, without the factor 1 / angles; `spectrum` is used up.
    pub fn inverse(&self, spectrum: &mut [Complex32], ring: &mut [f32]) {
        self.inverse_with(spectrum, ring, &mut Vec::new());
    }

    /// The same with room to work in, for many rings.
    pub fn inverse_with(&self, spectrum: &mut [Complex32], ring: &mut [f32], work: &mut Vec<Complex32>) {
        work.resize(self.inverse.get_scratch_len().max(work.len()), Complex32::default());
        // A real ring has real first and last frequencies; rounding may have left dust there, which would be refused.
        if let Some(first) = spectrum.first_mut() {
            first.im = 0.0;
        }
        if self.angles.is_multiple_of(2)
            && let Some(last) = spectrum.last_mut()
        {
            last.im = 0.0;
        }
        let done = self.inverse.process_with_scratch(spectrum, ring, work);
        debug_assert!(done.is_ok());
    }
}

/// The spectra of a code: what is multiplied in [`super::PolarCode::search`]. About 150 KB for the standard grid, so it is
/// computed when a mark is compared (0.4 ms) and kept only as long as it is compared with many.
#[derive(Debug, Clone)]
pub struct CodeSpectrum {
    pub(super) grid: PolarGrid,
    pub(super) centre: Point,
    pub(super) centre_sd_um: f64,
    pub(super) valid_count: u32,
    /// Shape (bins / LANES, rings, 4, LANES): for each block of frequencies all rings, so that sums stay in registers.
    pub(super) blocks: Vec<f32>,
}

impl CodeSpectrum {
    /// Transforms a code.
    #[must_use]
    pub fn of(code: &PolarCode) -> Self {
        Self::with(code, &AngleTransform::of(code.grid.angles))
    }

    pub(super) fn with(code: &PolarCode, transform: &AngleTransform) -> Self {
        Self {
            grid: code.grid,
            centre: code.centre,
            centre_sd_um: code.centre_sd_um,
            valid_count: code.valid_count(),
            blocks: blocks(&code.signs(), &code.grid, transform),
        }
    }
}

/// The blocks of some signs; see [`CodeSpectrum::blocks`].
///
/// Signs and mask of a ring are the real and the imaginary part of one transform, and are told apart by the symmetry of the spectra of real rings.
pub(super) fn blocks(signs: &[i8], grid: &PolarGrid, transform: &AngleTransform) -> Vec<f32> {
    let (rings, angles, bins) = (grid.rings, grid.angles, transform.bins());
    let mut blocks = vec![0f32; bins.div_ceil(LANES) * rings * BLOCK];
    let mut both = vec![Complex32::default(); angles + 1];
    let mut work = vec![Complex32::default(); transform.both.get_inplace_scratch_len()];
    let mut parts = [(); 4].map(|()| vec![0f32; bins.next_multiple_of(LANES)]);
    for (ring, signs) in signs.chunks_exact(angles).enumerate() {
        for (value, &sign) in both.iter_mut().zip(signs) {
            *value = Complex32::new(f32::from(sign), f32::from(sign.abs()));
        }
        transform.both.process_with_scratch(&mut both[..angles], &mut work);
        // The frequency after the last is the first.
        both[angles] = both[0];
        untwine(&both, bins, &mut parts, (ring, rings), &mut blocks);
    }
    blocks
}

/// Puts the frequencies of the signs and of the mask of one ring into their blocks, out of those of both and, from the last on, the opposite ones; `parts` is
/// room, in whole groups of [`LANES`].
#[multiversion::multiversion(targets("x86_64+avx2"))]
fn untwine(
    both: &[Complex32],
    bins: usize,
    parts: &mut [Vec<f32>; 4],
    (ring, rings): (usize, usize),
    blocks: &mut [f32],
) {
    let [re, im, mirror_re, mirror_im] = parts.each_mut().map(|part| &mut part[..bins]);
    for ((re, im), z) in re.iter_mut().zip(im).zip(both) {
        (*re, *im) = (z.re, z.im);
    }
    for ((re, im), z) in mirror_re.iter_mut().zip(mirror_im).zip(both.iter().rev()) {
        (*re, *im) = (z.re, z.im);
    }
    let [re, im, mirror_re, mirror_im] = parts.each_ref().map(|part| part.as_chunks::<LANES>().0);
    for (block, (((re, im), mirror_re), mirror_im)) in re.iter().zip(im).zip(mirror_re).zip(mirror_im).enumerate() {
        let from = (block * rings + ring) * BLOCK;
        let Some(out) = blocks.get_mut(from..).and_then(<[f32]>::first_chunk_mut::<BLOCK>) else { continue };
        for lane in 0..LANES {
            out[lane] = 0.5 * (re[lane] + mirror_re[lane]);
            out[LANES + lane] = 0.5 * (im[lane] - mirror_im[lane]);
            out[2 * LANES + lane] = 0.5 * (im[lane] + mirror_im[lane]);
            out[3 * LANES + lane] = 0.5 * (mirror_re[lane] - re[lane]);
        }
    }
}

/// Sums of the products query x conj(gallery) over all rings, one value a frequency, for signs and mask.
#[multiversion::multiversion(targets("x86_64+avx2"))]
pub(super) fn products(query: &[f32], gallery: &[f32], rings: usize, signs: &mut [Complex32], mask: &mut [Complex32]) {
    let per_block = rings * BLOCK;
    if per_block == 0 {
        return;
    }
    let outputs = signs.chunks_mut(LANES).zip(mask.chunks_mut(LANES));
    for ((q, g), (signs, mask)) in query.chunks_exact(per_block).zip(gallery.chunks_exact(per_block)).zip(outputs) {
        let [signs_re, signs_im, mask_re, mask_im] = block_sums(q, g);
        for (value, (&re, &im)) in signs.iter_mut().zip(signs_re.iter().zip(&signs_im)) {
            *value = Complex32::new(re, im);
        }
        for (value, (&re, &im)) in mask.iter_mut().zip(mask_re.iter().zip(&mask_im)) {
            *value = Complex32::new(re, im);
        }
    }
}

/// The products of one block of frequencies, summed over the rings in their order: real and imaginary parts of the signs,
/// then of the mask. Lanes never mix, so the sums are the same bits however wide the registers are. The shapes are known
/// to the compiler and each sum is an array of its own: that keeps all of them in registers (ten times faster than
/// indexing one array of sums).
#[inline(always)]
fn block_sums(query: &[f32], gallery: &[f32]) -> [[f32; LANES]; 4] {
    let [mut signs_re, mut signs_im, mut mask_re, mut mask_im] = [[0f32; LANES]; 4];
    for (q, g) in query.as_chunks::<BLOCK>().0.iter().zip(gallery.as_chunks::<BLOCK>().0) {
        add_products::<0>(q, g, &mut signs_re, &mut signs_im);
        add_products::<{ 2 * LANES }>(q, g, &mut mask_re, &mut mask_im);
    }
    [signs_re, signs_im, mask_re, mask_im]
}

/// Adds query x conj(gallery) of the signs (`PART` 0) or of the mask (`PART` 2 `LANES`) of one ring.
#[inline(always)]
fn add_products<const PART: usize>(q: &[f32; BLOCK], g: &[f32; BLOCK], re: &mut [f32; LANES], im: &mut [f32; LANES]) {
    for lane in 0..LANES {
        let (q_re, q_im) = (q[PART + lane], q[PART + LANES + lane]);
        let (g_re, g_im) = (g[PART + lane], g[PART + LANES + lane]);
        re[lane] += q_re * g_re + q_im * g_im;
        im[lane] += q_im * g_re - q_re * g_im;
    }
}
