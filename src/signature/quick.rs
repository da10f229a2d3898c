//! The quick look at a polar code: all rotations and a few centres at a fiftieth of the price, to choose which codes are searched in full.
//!
//! The signs of a code are summed in blocks of two rings and two angles and each ring of blocks is transformed. Of the gallery's side the spectra are kept
//! in whole numbers of a byte, as long as the code itself ([`QuickCode`]); for each centre of a small lattice the products of query and gallery, summed
//! over the rings, are transformed back to a correlation over all rotations. Nothing corrects for what is hidden: missing samples count 0. What is
//! lost against the full search is the fine part of the band and the overlap of masks; what counts is the order of candidates, and true mates of weak
//! marks still lie 8 standard deviations above other marks at least (17 in the middle of eight).

use super::code::{PolarCode, draw_signs};
use super::spectrum::AngleTransform;
use super::{CodeParameters, lattice_half};
use crate::dsp::polar::{PolarGrid, Sampler};
use crate::geometry::Point;
use crate::mark::Mark;
use rayon::prelude::*;
use rustfft::num_complex::Complex32;
use serde::{Deserialize, Serialize};

/// Frequencies side by side; eight f32 fill one AVX register.
pub(super) const LANES: usize = 8;
/// Numbers of one ring in a block of frequencies: real parts, then imaginary ones.
pub(super) const BLOCK: usize = 2 * LANES;
/// Rings and angles of one sum of signs.
const SUM: usize = 2;
/// Greatest magnitude of a kept part: one byte, symmetric.
const MOST: f32 = 127.0;
/// Parts beyond this many root mean squares are clipped; of a normal distribution a hundredth of a per cent.
const CLIP_RMS: f32 = 4.0;

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

/// The gallery's side: the spectra of one code, clipped and rounded to bytes; 4.6 KB for the standard grid. The scale is lost, which the look does not
/// ask for. Frequency 0 (what is constant along a ring says nothing of the rotation) is left out.
///
/// Shape (blocks of frequencies, rings, real or imaginary, 8 frequencies), two's complement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickCode(pub Vec<u8>);

/// Makes the gallery's side of many codes.
#[derive(Debug, Clone)]
pub struct QuickCoder {
    grid: PolarGrid,
    transform: AngleTransform,
}

impl QuickCoder {
    /// For codes of one grid.
    #[must_use]
    pub fn new(grid: PolarGrid) -> Self {
        Self { grid, transform: AngleTransform::of(grid.angles / SUM) }
    }

    /// Length of every [`QuickCode`] of this grid, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        blocks_of(&self.transform) * (self.grid.rings / SUM) * BLOCK
    }

    /// The quick code of a code; all zeros, of which every look gives 0, where the grid is another.
    #[must_use]
    pub fn code(&self, code: &PolarCode) -> QuickCode {
        if *code.grid() != self.grid {
            return QuickCode(vec![0; self.bytes()]);
        }
        let spectra = spectra(&code.signs(), &self.grid, &self.transform);
        let mean_square = spectra.iter().map(|v| v * v).sum::<f32>() / spectra.len().max(1) as f32;
        let scale = if mean_square > 0.0 { MOST / (CLIP_RMS * mean_square.sqrt()) } else { 0.0 };
        // Halves away from zero, and -128 never occurs.
        let byte = |v: &f32| ((v * scale).round().clamp(-MOST, MOST) as i8).cast_unsigned();
        QuickCode(spectra.iter().map(byte).collect())
    }
}

/// Room for one look, used again from look to look.
#[derive(Debug, Default)]
pub struct QuickRoom {
    products: Vec<Complex32>,
    ring: Vec<f32>,
    work: Vec<Complex32>,
}

impl QuickQuery {
    /// Draws a mark about its centre and those around it, as wide as the doubt about both centres asks for.
    #[must_use]
    pub fn of(mark: &Mark, widest_gallery_sd_um: f64, code: &CodeParameters, parameters: &QuickParameters) -> Self {
        let reach = mark.centre.sd_um.hypot(widest_gallery_sd_um);
        let QuickParameters { offset_half_least: least, offset_half_most: most } = *parameters;
        let half = lattice_half(reach, code.offset_step_um, least, most) as i32;
        let transform = AngleTransform::of(code.grid.angles / SUM);
        let centres: Vec<(i32, i32)> = (-half..=half).flat_map(|y| (-half..=half).map(move |x| (x, y))).collect();
        let at = |steps: i32| f64::from(steps) * code.offset_step_um;
        let about = |(x, y): (i32, i32)| Point::new(mark.centre.at.x_um + at(x), mark.centre.at.y_um + at(y));
        let fine = Sampler::of(&mark.fine, &code.grid);
        let drawn = |centre| spectra(&draw_signs(&fine, about(centre)), &code.grid, &transform);
        Self { grid: code.grid, centres: centres.into_par_iter().map(drawn).collect(), transform }
    }

    /// Standard deviations of the greatest correlation of all rotations and centres above chance, which is taken from the pair itself; 0 where a side
    /// is blank or the gallery's bytes ([`QuickCode`]) are those of another grid.
    #[must_use]
    pub fn look(&self, gallery: &[u8], room: &mut QuickRoom) -> f32 {
        let (rings, blocks) = (self.grid.rings / SUM, blocks_of(&self.transform));
        if gallery.len() != blocks * rings * BLOCK {
            return 0.0;
        }
        // Frequency 0 first, and what fills the last block up after the last.
        let bins = self.transform.bins();
        let padded = 1 + blocks * LANES;
        room.products.clear();
        room.products.resize(self.centres.len() * padded, Complex32::default());
        room.ring.resize(self.transform.angles, 0.0);
        sums(&self.centres, gallery, rings, &mut room.products);
        let (mut greatest, mut squares) = (0f32, 0f64);
        for spectrum in room.products.chunks_exact_mut(padded) {
            self.transform.inverse_with(&mut spectrum[..bins], &mut room.ring, &mut room.work);
            let (high, square) = high_and_square(&room.ring);
            greatest = greatest.max(high);
            squares += f64::from(square);
        }
        let count = self.centres.len() * self.transform.angles;
        let sd = (squares / count.max(1) as f64).sqrt();
        if sd > 0.0 { (f64::from(greatest) / sd) as f32 } else { 0.0 }
    }
}

/// Blocks of frequencies above 0.
fn blocks_of(transform: &AngleTransform) -> usize {
    (transform.bins() - 1).div_ceil(LANES)
}

/// Sums of signs over blocks of rings and angles, each ring of them transformed; shape as of [`QuickCode`].
fn spectra(signs: &[i8], grid: &PolarGrid, transform: &AngleTransform) -> Vec<f32> {
    let (rings, angles, bins) = (grid.rings / SUM, transform.angles, transform.bins());
    let mut out = vec![0f32; blocks_of(transform) * rings * BLOCK];
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
        for (bin, value) in spectrum.iter().skip(1).enumerate() {
            let to = (bin / LANES * rings + at) * BLOCK + bin % LANES;
            out[to] = value.re;
            out[to + LANES] = value.im;
        }
    }
    out
}

/// For each centre the products query x conj(gallery), summed over the rings in their order: lanes never mix and nothing is fused, so the sums are
/// the same bits however wide the registers are. The gallery's bytes become numbers once for all centres.
fn sums(centres: &[Vec<f32>], gallery: &[u8], rings: usize, out: &mut [Complex32]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the machine has just been found to have AVX-512.
        return unsafe { super::wide::sums(centres, gallery, rings, out) };
    }
    narrow_sums(centres, gallery, rings, out);
}

#[multiversion::multiversion(targets("x86_64+avx2"))]
fn narrow_sums(centres: &[Vec<f32>], gallery: &[u8], rings: usize, out: &mut [Complex32]) {
    let per_block = rings * BLOCK;
    if per_block == 0 || centres.is_empty() {
        return;
    }
    let padded = out.len() / centres.len();
    let mut block_of_gallery = vec![0f32; per_block];
    for (block, bytes) in gallery.chunks_exact(per_block).enumerate() {
        for (number, byte) in block_of_gallery.iter_mut().zip(bytes) {
            *number = f32::from(byte.cast_signed());
        }
        for (query, out) in centres.iter().zip(out.chunks_exact_mut(padded)) {
            let Some(query) = query.get(block * per_block..(block + 1) * per_block) else { continue };
            let [re, im] = block_sums(query, &block_of_gallery);
            for ((to, re), im) in out[1 + block * LANES..].iter_mut().zip(re).zip(im) {
                *to = Complex32::new(re, im);
            }
        }
    }
}

/// Eight numbers side by side.
type Lanes = [f32; LANES];

#[inline(always)]
fn add_product(sum: &mut Lanes, a: &Lanes, b: &Lanes) {
    for lane in 0..LANES {
        sum[lane] += a[lane] * b[lane];
    }
}

/// Real and imaginary parts ring by ring.
#[inline(always)]
fn rings_of(block: &[f32]) -> &[[Lanes; 2]] {
    block.as_chunks::<LANES>().0.as_chunks().0
}

/// The products of one block of frequencies, summed over the rings. One step a loop over arrays, and a sum for each of the four products: that keeps
/// everything in wide registers and no addition waits for the one before (five times faster than one loop over the lanes).
#[inline(always)]
fn block_sums(query: &[f32], gallery: &[f32]) -> [Lanes; 2] {
    let [mut re, mut im, mut re_of_im, mut im_of_re] = [[0f32; LANES]; 4];
    for ([q_re, q_im], [g_re, g_im]) in rings_of(query).iter().zip(rings_of(gallery)) {
        add_product(&mut re, q_re, g_re);
        add_product(&mut im, q_im, g_re);
        add_product(&mut re_of_im, q_im, g_im);
        add_product(&mut im_of_re, q_re, g_im);
    }
    for lane in 0..LANES {
        re[lane] += re_of_im[lane];
        im[lane] -= im_of_re[lane];
    }
    [re, im]
}

/// The greatest of some numbers and the sum of their squares, lane by lane in a fixed order.
#[multiversion::multiversion(targets("x86_64+avx2"))]
fn high_and_square(ring: &[f32]) -> (f32, f32) {
    let [mut high, mut square] = [[0f32; LANES]; 2];
    let (groups, rest) = ring.as_chunks::<LANES>();
    for group in groups {
        for lane in 0..LANES {
            high[lane] = if group[lane] > high[lane] { group[lane] } else { high[lane] };
            square[lane] += group[lane] * group[lane];
        }
    }
    let high = high.iter().chain(rest).fold(0f32, |a, b| a.max(*b));
    (high, square.iter().sum::<f32>() + rest.iter().map(|v| v * v).sum::<f32>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn wide_and_narrow_sums_have_the_same_bits(
            rings in 1usize..5, blocks in 1usize..4,
            numbers in prop::collection::vec(-9.0..9.0f32, 2 * 4 * 3 * BLOCK), bytes in prop::collection::vec(any::<u8>(), 4 * 3 * BLOCK),
        ) {
            let length = rings * blocks * BLOCK;
            let centres: Vec<Vec<f32>> = numbers.chunks_exact(4 * 3 * BLOCK).map(|centre| centre[..length].to_vec()).collect();
            let mut found = [(); 2].map(|()| vec![Complex32::default(); centres.len() * (1 + blocks * LANES)]);
            sums(&centres, &bytes[..length], rings, &mut found[0]);
            narrow_sums(&centres, &bytes[..length], rings, &mut found[1]);
            let bits = |sums: &[Complex32]| sums.iter().map(|z| (z.re.to_bits(), z.im.to_bits())).collect::<Vec<_>>();
            prop_assert_eq!(bits(&found[0]), bits(&found[1]));
        }
    }
}
