//! Spectra of a polar code along the angle, laid out so that products over all rings stream through the processor.

use super::PolarCode;
use crate::dsp::polar::PolarGrid;
use crate::geometry::Point;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::num_complex::Complex32;
use std::sync::Arc;

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
}

impl std::fmt::Debug for AngleTransform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AngleTransform").field("angles", &self.angles).finish_non_exhaustive()
    }
}

impl AngleTransform {
    pub fn new(angles: usize) -> Self {
        let mut planner = RealFftPlanner::<f32>::new();
        Self { angles, forward: planner.plan_fft_forward(angles), inverse: planner.plan_fft_inverse(angles) }
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
        Self::with(code, &AngleTransform::new(code.grid.angles))
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
pub(super) fn blocks(signs: &[i8], grid: &PolarGrid, transform: &AngleTransform) -> Vec<f32> {
    let (rings, bins) = (grid.rings, transform.bins());
    let mut blocks = vec![0f32; bins.div_ceil(LANES) * rings * BLOCK];
    let mut ring_values = vec![0f32; grid.angles];
    let mut spectrum = vec![Complex32::default(); bins];
    for (ring, signs) in signs.chunks_exact(grid.angles).enumerate() {
        for part in 0..2 {
            for (value, &sign) in ring_values.iter_mut().zip(signs) {
                *value = if part == 0 { f32::from(sign) } else { f32::from(sign.abs()) };
            }
            transform.forward(&mut ring_values, &mut spectrum);
            for (bin, value) in spectrum.iter().enumerate() {
                let at = (bin / LANES * rings + ring) * BLOCK + 2 * part * LANES + bin % LANES;
                blocks[at] = value.re;
                blocks[at + LANES] = value.im;
            }
        }
    }
    blocks
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
