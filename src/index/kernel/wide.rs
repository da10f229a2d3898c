//! The kernels in AVX-512, written with its instructions because the compiler, left alone, shuffles lanes of these adders about.
//!
//! Two forms each: for machines that count the bits of a register's words in one instruction (`VPOPCNTDQ`, Ice Lake and later), and for
//! those that look nibbles up in a table (Skylake).

// The wrappers below run these functions only after asking the machine; see their safety comments.
use super::{Block, HEAD, LANES, Lanes};
use std::arch::x86_64::*;

/// Registers, and words, that one tree of adders takes.
const TREE: usize = 16;
/// Words of a tree.
const TREE_WORDS: usize = TREE * LANES;
/// Vectors of a query that are compared while a piece of the vector stays in registers.
const TOGETHER: usize = 16;

/// Majority and parity of three bits, as `vpternlog` wants them.
const MAJORITY: i32 = 0xE8;
const PARITY: i32 = 0x96;

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load(words: &Lanes) -> __m512i {
    // SAFETY: the reference is to 64 readable bytes, and this load asks for no alignment.
    unsafe { _mm512_loadu_epi64(words.as_ptr().cast()) }
}

/// Adds three bits at every place: carry and sum.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn carry_save(a: __m512i, b: __m512i, c: __m512i) -> (__m512i, __m512i) {
    (_mm512_ternarylogic_epi64::<MAJORITY>(a, b, c), _mm512_ternarylogic_epi64::<PARITY>(a, b, c))
}

/// Ones of every byte, by looking its two nibbles up.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn ones_of_bytes(x: __m512i) -> __m512i {
    let table = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    let nibble = _mm512_set1_epi8(0x0F);
    let low = _mm512_shuffle_epi8(table, _mm512_and_si512(x, nibble));
    let high = _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi16::<4>(x), nibble));
    _mm512_add_epi8(low, high)
}

/// Sums of the bytes of every word.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn sums_of_bytes(x: __m512i) -> __m512i {
    _mm512_sad_epu8(x, _mm512_setzero_si512())
}

macro_rules! kernels {
    ($form:ident, $features:literal, $ones:expr, $sums:expr) => {
        mod $form {
            use super::*;

            /// The ones of sixteen registers, added up within each of the eight words. A byte's count cannot pass 128, so that counts of bytes
            /// and counts of words are added by the same instruction.
            #[inline]
            #[target_feature(enable = $features)]
            fn count(d: impl Fn(usize) -> __m512i) -> __m512i {
                let (two_a, one) = carry_save(d(0), d(1), d(2));
                let (two_b, one) = carry_save(one, d(3), d(4));
                let (two_c, one) = carry_save(one, d(5), d(6));
                let (two_d, one) = carry_save(one, d(7), d(8));
                let (two_e, one) = carry_save(one, d(9), d(10));
                let (two_f, one) = carry_save(one, d(11), d(12));
                let (two_g, one) = carry_save(one, d(13), d(14));
                let (four_a, two) = carry_save(two_a, two_b, two_c);
                let (four_b, two) = carry_save(two, two_d, two_e);
                let (four_c, two) = carry_save(two, two_f, two_g);
                let (eight, four) = carry_save(four_a, four_b, four_c);
                let twice = |x| _mm512_add_epi64(x, x);
                let sum = _mm512_add_epi64(twice($ones(eight)), $ones(four));
                let sum = _mm512_add_epi64(twice(sum), $ones(two));
                let sum = _mm512_add_epi64(twice(sum), $ones(one));
                $sums(_mm512_add_epi64(sum, $ones(d(15))))
            }

            #[target_feature(enable = $features)]
            pub fn nearest<Q: AsRef<[u64]>>(query: &[Q], vector: &[u64]) -> u32 {
                let (pieces, rest) = vector.as_chunks::<TREE_WORDS>();
                let mut least = u32::MAX;
                for together in query.chunks(TOGETHER) {
                    let mut sums = [0u32; TOGETHER];
                    for (at, piece) in pieces.iter().enumerate() {
                        let (rows, _) = piece.as_chunks::<LANES>();
                        let held: [__m512i; TREE] = std::array::from_fn(|i| load(&rows[i]));
                        for (q, sum) in together.iter().zip(&mut sums) {
                            let Some(piece) = q.as_ref().as_chunks::<TREE_WORDS>().0.get(at) else { continue };
                            let (rows, _) = piece.as_chunks::<LANES>();
                            let words = count(|i| _mm512_xor_si512(held[i], load(&rows[i])));
                            *sum += _mm512_reduce_add_epi64(words) as u32;
                        }
                    }
                    for (q, sum) in together.iter().zip(sums) {
                        let q = q.as_ref();
                        let left = q.get(pieces.len() * TREE_WORDS..).unwrap_or(&[]);
                        let left = if rest.is_empty() { 0 } else { super::super::plain_hamming(left, rest) };
                        least = least.min(sum + left);
                    }
                }
                least
            }

            #[target_feature(enable = $features)]
            pub fn nearest_heads(blocks: &[Block], query: &[[u64; HEAD]], out: &mut [[u16; LANES]]) {
                for (block, out) in blocks.iter().zip(out) {
                    let held: [__m512i; HEAD] = std::array::from_fn(|i| load(&block[i]));
                    let mut least = _mm512_set1_epi64(i64::from(u16::MAX));
                    for head in query {
                        let counts = count(|i| _mm512_xor_si512(held[i], _mm512_set1_epi64(head[i] as i64)));
                        least = _mm512_min_epu64(least, counts);
                    }
                    let narrow = _mm512_cvtepi64_epi16(least);
                    // SAFETY: the reference is to 16 writable bytes, and this store asks for no alignment.
                    unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), narrow) };
                }
            }
        }
    };
}

kernels!(by_table, "avx512f,avx512bw", ones_of_bytes, sums_of_bytes);
kernels!(by_count, "avx512f,avx512bw,avx512vpopcntdq", |x| _mm512_popcnt_epi64(x), |x: __m512i| x);

/// What the machine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// No AVX-512.
    None,
    /// AVX-512 with bytes.
    Table,
    /// AVX-512 that counts ones.
    Count,
}

/// Asks the machine; the answer is kept by the standard library.
#[inline]
pub fn form() -> Form {
    match is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") {
        true if is_x86_feature_detected!("avx512vpopcntdq") => Form::Count,
        true => Form::Table,
        false => Form::None,
    }
}

/// As [`super::nearest`], or none where the machine has no AVX-512.
#[inline]
pub fn nearest<Q: AsRef<[u64]>>(query: &[Q], vector: &[u64]) -> Option<u32> {
    match form() {
        // SAFETY: the machine has been asked for every feature that the function is compiled for.
        Form::Count => Some(unsafe { by_count::nearest(query, vector) }),
        // SAFETY: as above.
        Form::Table => Some(unsafe { by_table::nearest(query, vector) }),
        Form::None => None,
    }
}

/// As [`super::nearest_heads`]; says whether the machine has AVX-512, without which nothing is written.
pub fn nearest_heads(blocks: &[Block], query: &[[u64; HEAD]], out: &mut [[u16; LANES]]) -> bool {
    match form() {
        // SAFETY: the machine has been asked for every feature that the function is compiled for.
        Form::Count => unsafe { by_count::nearest_heads(blocks, query, out) },
        // SAFETY: as above.
        Form::Table => unsafe { by_table::nearest_heads(blocks, query, out) },
        Form::None => return false,
    }
    true
}

/// Asks the memory for every line of a vector.
#[inline]
pub fn prefetch(vector: &[u64]) {
    for line in vector.chunks(LANES) {
        // SAFETY: a prefetch is a hint and reads nothing; the address is that of a live reference anyway.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
}
