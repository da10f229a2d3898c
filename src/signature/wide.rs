//! The sums of a quick look in AVX-512: real and imaginary parts of eight frequencies fill one register, and half as many instructions do.

// The caller runs this only after asking the machine; see its safety comment.
use super::quick::{BLOCK, LANES};
use rustfft::num_complex::Complex32;
use std::arch::x86_64::*;

/// What [`super::quick`] sums, in the same order without fused operations: the same bits.
#[target_feature(enable = "avx512f")]
pub(super) fn sums(centres: &[Vec<f32>], gallery: &[u8], rings: usize, out: &mut [Complex32]) {
    let per_block = rings * BLOCK;
    if per_block == 0 || centres.is_empty() {
        return;
    }
    let padded = out.len() / centres.len();
    // Of each ring the real parts twice over, and the imaginary ones.
    let mut block_of_gallery = vec![[_mm512_setzero_ps(); 2]; rings];
    for (block, bytes) in gallery.chunks_exact(per_block).enumerate() {
        for (numbers, bytes) in block_of_gallery.iter_mut().zip(bytes.as_chunks::<BLOCK>().0) {
            let all = u128::from_le_bytes(*bytes);
            let bytes = _mm_set_epi64x((all >> 64) as u64 as i64, all as u64 as i64);
            let both = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes));
            *numbers = [_mm512_shuffle_f32x4::<0x44>(both, both), _mm512_shuffle_f32x4::<0xEE>(both, both)];
        }
        for (query, out) in centres.iter().zip(out.chunks_exact_mut(padded)) {
            let Some(query) = query.get(block * per_block..(block + 1) * per_block) else { continue };
            let [mut by_re, mut by_im] = [_mm512_setzero_ps(); 2];
            for (query, [re, im]) in query.as_chunks::<BLOCK>().0.iter().zip(&block_of_gallery) {
                let query = load(query);
                by_re = _mm512_add_ps(by_re, _mm512_mul_ps(query, *re));
                by_im = _mm512_add_ps(by_im, _mm512_mul_ps(query, *im));
            }
            // re x re + im x im in the lower half, im x re - re x im in the upper one.
            let swapped = _mm512_shuffle_f32x4::<0x4E>(by_im, by_im);
            let (sums, differences) = (store(_mm512_add_ps(by_re, swapped)), store(_mm512_sub_ps(by_re, swapped)));
            for ((to, re), im) in out[1 + block * LANES..].iter_mut().zip(&sums[..LANES]).zip(&differences[LANES..]) {
                *to = Complex32::new(*re, *im);
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(from: &[f32; BLOCK]) -> __m512 {
    // SAFETY: the reference is to sixteen readable numbers, and this load asks for no alignment.
    unsafe { _mm512_loadu_ps(from.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(all: __m512) -> [f32; BLOCK] {
    let mut out = [0f32; BLOCK];
    // SAFETY: sixteen numbers may be written to `out`, and this store asks for no alignment.
    unsafe { _mm512_storeu_ps(out.as_mut_ptr(), all) };
    out
}
