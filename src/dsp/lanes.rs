//! Eight numbers at a time: the arithmetic of the sampling kernels, once in plain Rust and once in AVX2.
//!
//! Kernels are written once over [`Lanes`] and compiled for both forms by [`kernel`]. Left to vectorise arrays by itself, the compiler scatters the lanes of
//! the sums over single registers, which halves the speed. Both forms do the same operations in the same order and give the same bits: no fused ones, no
//! approximations.

/// Places sampled at once: single precision in one register of 256 bits.
pub(crate) const LANES: usize = 8;
/// Eight numbers as they lie in memory.
pub(crate) type Eight = [f32; LANES];

/// A value and the one below it: two neighbours of a row hold the four points around a place.
pub(crate) type Pair = [f32; 2];

/// 2^23: adding it to a smaller positive number leaves the whole part in the mantissa.
const WHOLE: f32 = 8_388_608.0;
/// The bits of the mantissa.
const MANTISSA: u32 = 0x007f_ffff;

/// Eight numbers in registers. Inlined into a kernel, or slow.
pub(crate) trait Lanes: Copy {
    /// From memory.
    fn load(from: &Eight) -> Self;
    /// To memory.
    fn store(self) -> Eight;
    /// One number eight times.
    fn splat(one: f32) -> Self;
    /// The sum.
    fn plus(self, other: Self) -> Self;
    /// The difference.
    fn minus(self, other: Self) -> Self;
    /// The product.
    fn times(self, other: Self) -> Self;
    /// The larger of both; `other` where this is NaN.
    fn or_more(self, other: Self) -> Self;
    /// The smaller of both; `other` where this is NaN.
    fn or_less(self, other: Self) -> Self;
    /// 1 where there is a value, 0 where it is missing (NaN).
    fn known(self) -> Self;
    /// The value, 0 where missing.
    fn filled(self) -> Self;
    /// 1 above 0, -1 below, 0 otherwise.
    fn sign(self) -> Self;
    /// The four points around places whose whole row and column stand in the mantissas: upper left, upper right, lower left, lower right. Rows of `pairs`
    /// are `wide`; NaN beyond its end.
    fn corners(pairs: &[Pair], wide: u32, row: Self, column: Self) -> [Self; 4];
    /// The same where the places of the upper left points in `pairs` are given.
    fn corners_from(pairs: &[Pair], at: &[u32; LANES]) -> [Self; 4];
    /// `self / by` where `by` is `least` or more, NaN elsewhere.
    fn over(self, by: Self, least: Self) -> Self;

    /// Zeros.
    #[inline(always)]
    fn zero() -> Self {
        Self::splat(0.0)
    }

    /// `self + a * b`, rounded twice.
    #[inline(always)]
    fn plus_product(self, a: Self, b: Self) -> Self {
        self.plus(a.times(b))
    }

    /// Whole part, in the mantissa, and broken part of an index of at least 0.5 once it has been brought between 0.5 and `most`.
    ///
    /// Places outside go to the border, where all is missing; so does NaN. The bits of the sum are taken instead of a cast, which saturates and for that
    /// leaves the wide registers. A place exactly on a point may count to either side of it.
    #[inline(always)]
    fn split(self, most: Self) -> (Self, Self) {
        let half = Self::splat(0.5);
        let index = self.or_more(half).or_less(most);
        let down = index.minus(half).plus(Self::splat(WHOLE));
        (down, index.minus(down.minus(Self::splat(WHOLE))))
    }
}

/// The two neighbours from a place on.
#[inline(always)]
fn neighbours(pairs: &[Pair], at: usize) -> Eight4 {
    match pairs.get(at..).and_then(<[Pair]>::first_chunk) {
        Some([[a, c], [b, d]]) => [*a, *c, *b, *d],
        None => [f32::NAN; 4],
    }
}

/// Upper left, lower left, upper right, lower right, as they lie in memory.
type Eight4 = [f32; 4];

/// [`Lanes`] in plain Rust.
#[derive(Clone, Copy)]
pub(crate) struct Plain(Eight);

impl Plain {
    #[inline(always)]
    fn each(self, other: Self, of: impl Fn(f32, f32) -> f32) -> Self {
        let mut out = [0f32; LANES];
        for (out, (a, b)) in out.iter_mut().zip(self.0.iter().zip(&other.0)) {
            *out = of(*a, *b);
        }
        Self(out)
    }
}

impl Lanes for Plain {
    #[inline(always)]
    fn load(from: &Eight) -> Self {
        Self(*from)
    }

    #[inline(always)]
    fn store(self) -> Eight {
        self.0
    }

    #[inline(always)]
    fn splat(one: f32) -> Self {
        Self([one; LANES])
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.each(other, |a, b| a + b)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.each(other, |a, b| a - b)
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        self.each(other, |a, b| a * b)
    }

    #[inline(always)]
    fn or_more(self, other: Self) -> Self {
        self.each(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn or_less(self, other: Self) -> Self {
        self.each(other, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn known(self) -> Self {
        self.each(self, |a, _| if a.is_nan() { 0.0 } else { 1.0 })
    }

    #[inline(always)]
    fn filled(self) -> Self {
        self.each(self, |a, _| if a.is_nan() { 0.0 } else { a })
    }

    #[inline(always)]
    fn sign(self) -> Self {
        self.each(self, |a, _| f32::from(i8::from(a > 0.0) - i8::from(a < 0.0)))
    }

    #[inline(always)]
    fn corners(pairs: &[Pair], wide: u32, row: Self, column: Self) -> [Self; 4] {
        let whole = |of: f32| of.to_bits() & MANTISSA;
        let mut at = [0u32; LANES];
        for (at, (row, column)) in at.iter_mut().zip(row.0.iter().zip(&column.0)) {
            *at = whole(*row).wrapping_mul(wide).wrapping_add(whole(*column));
        }
        Self::corners_from(pairs, &at)
    }

    #[inline(always)]
    fn corners_from(pairs: &[Pair], at: &[u32; LANES]) -> [Self; 4] {
        let mut corners = [[0f32; LANES]; 4];
        for (k, at) in at.iter().enumerate() {
            let found = neighbours(pairs, *at as usize);
            (corners[0][k], corners[2][k], corners[1][k], corners[3][k]) = (found[0], found[1], found[2], found[3]);
        }
        corners.map(Self)
    }

    #[inline(always)]
    fn over(self, by: Self, least: Self) -> Self {
        let mut out = self.each(by, |a, b| a / b);
        for (out, (by, least)) in out.0.iter_mut().zip(by.0.iter().zip(&least.0)) {
            *out = if by >= least { *out } else { f32::NAN };
        }
        out
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use wide::Wide;

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::{Eight, Eight4, LANES, Lanes, MANTISSA, Pair, neighbours};
    use std::arch::x86_64::*;

    /// [`Lanes`] in AVX2. Only kernels that run after the machine was asked may name it.
    #[derive(Clone, Copy)]
    pub(crate) struct Wide(__m256);

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(from: &Eight) -> __m256 {
        _mm256_setr_ps(from[0], from[1], from[2], from[3], from[4], from[5], from[6], from[7])
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn store(all: __m256) -> Eight {
        let mut out = [0f32; LANES];
        // SAFETY: eight numbers may be written to `out`, and this store asks for no alignment.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr(), all) };
        out
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn known(all: __m256) -> __m256 {
        _mm256_cmp_ps::<_CMP_ORD_Q>(all, all)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn sign(all: __m256) -> __m256 {
        let (zero, one) = (_mm256_setzero_ps(), _mm256_set1_ps(1.0));
        let above = _mm256_and_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(all, zero), one);
        _mm256_sub_ps(above, _mm256_and_ps(_mm256_cmp_ps::<_CMP_LT_OQ>(all, zero), one))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn over(all: __m256, by: __m256, least: __m256) -> __m256 {
        let enough = _mm256_cmp_ps::<_CMP_GE_OQ>(by, least);
        _mm256_blendv_ps(_mm256_set1_ps(f32::NAN), _mm256_div_ps(all, by), enough)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn corners(pairs: &[Pair], wide: u32, row: __m256, column: __m256) -> [__m256; 4] {
        let whole = |of: __m256| _mm256_and_si256(_mm256_castps_si256(of), _mm256_set1_epi32(MANTISSA as i32));
        let at = _mm256_add_epi32(_mm256_mullo_epi32(whole(row), _mm256_set1_epi32(wide as i32)), whole(column));
        corners_at(pairs, at)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn corners_from(pairs: &[Pair], at: &[u32; LANES]) -> [__m256; 4] {
        let [a, b, c, d, e, f, g, h] = at.map(u32::cast_signed);
        corners_at(pairs, _mm256_setr_epi32(a, b, c, d, e, f, g, h))
    }

    /// Eight loads of four numbers each, turned over: a gather of eight single numbers, four times, takes twice as long.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn corners_at(pairs: &[Pair], at: __m256i) -> [__m256; 4] {
        let (near, far) = (_mm256_castsi256_si128(at), _mm256_extracti128_si256::<1>(at));
        // Two indices at a time leave the wide registers.
        let (a, b) = (_mm_cvtsi128_si64(near) as u64, _mm_extract_epi64::<1>(near) as u64);
        let (e, f) = (_mm_cvtsi128_si64(far) as u64, _mm_extract_epi64::<1>(far) as u64);
        let four = |at: u64| -> __m128 {
            let [a, b, c, d]: Eight4 = neighbours(pairs, at as u32 as usize);
            _mm_setr_ps(a, b, c, d)
        };
        let two = |near: u64, far: u64| _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(four(near)), four(far));
        // Each row holds places k and k + 4; the four rows are turned over in both halves at once.
        let (p, q, r, s) = (two(a, e), two(a >> 32, e >> 32), two(b, f), two(b >> 32, f >> 32));
        let (left, right) = (_mm256_unpacklo_ps(p, q), _mm256_unpackhi_ps(p, q));
        let (more_left, more_right) = (_mm256_unpacklo_ps(r, s), _mm256_unpackhi_ps(r, s));
        [
            _mm256_shuffle_ps::<0x44>(left, more_left),
            _mm256_shuffle_ps::<0x44>(right, more_right),
            _mm256_shuffle_ps::<0xEE>(left, more_left),
            _mm256_shuffle_ps::<0xEE>(right, more_right),
        ]
    }

    /// Methods of one instruction or function.
    macro_rules! each {
        ($($name:ident($($argument:ident),*) = $function:path;)*) => {
            $(#[inline(always)]
            fn $name($($argument: Self),*) -> Self {
                // SAFETY: only kernels name `Wide`, and they run where the machine was found to have AVX2.
                Self(unsafe { $function($($argument.0),*) })
            })*
        };
    }

    impl Lanes for Wide {
        #[inline(always)]
        fn load(from: &Eight) -> Self {
            // SAFETY: as in `each`.
            Self(unsafe { load(from) })
        }

        #[inline(always)]
        fn store(self) -> Eight {
            // SAFETY: as in `each`.
            unsafe { store(self.0) }
        }

        #[inline(always)]
        fn splat(one: f32) -> Self {
            // SAFETY: as in `each`.
            Self(unsafe { _mm256_set1_ps(one) })
        }

        each! {
            plus(self, other) = _mm256_add_ps;
            minus(self, other) = _mm256_sub_ps;
            times(self, other) = _mm256_mul_ps;
            or_more(self, other) = _mm256_max_ps;
            or_less(self, other) = _mm256_min_ps;
            sign(self) = sign;
            over(self, by, least) = over;
        }

        #[inline(always)]
        fn known(self) -> Self {
            // SAFETY: as in `each`.
            Self(unsafe { _mm256_and_ps(known(self.0), _mm256_set1_ps(1.0)) })
        }

        #[inline(always)]
        fn filled(self) -> Self {
            // SAFETY: as in `each`.
            Self(unsafe { _mm256_and_ps(known(self.0), self.0) })
        }

        #[inline(always)]
        fn corners(pairs: &[Pair], wide: u32, row: Self, column: Self) -> [Self; 4] {
            // SAFETY: as in `each`.
            unsafe { corners(pairs, wide, row.0, column.0) }.map(Self)
        }

        #[inline(always)]
        fn corners_from(pairs: &[Pair], at: &[u32; LANES]) -> [Self; 4] {
            // SAFETY: as in `each`.
            unsafe { corners_from(pairs, at) }.map(Self)
        }
    }
}

/// Compiles a function that is generic over [`Lanes`] for both forms, and takes the one that the machine has: `kernel! { fn name = generic(argument: Type, ..) -> Type }`.
macro_rules! kernel {
    ($(#[$doc:meta])* $visible:vis fn $name:ident = $generic:ident($($argument:ident: $kind:ty),* $(,)?) $(-> $out:ty)?) => {
        $(#[$doc])*
        $visible fn $name($($argument: $kind),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn with_avx2($($argument: $kind),*) $(-> $out)? {
                    $generic::<$crate::dsp::lanes::Wide>($($argument),*)
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: the machine has just been found to have AVX2.
                    return unsafe { with_avx2($($argument),*) };
                }
            }
            $generic::<$crate::dsp::lanes::Plain>($($argument),*)
        }
    };
}
pub(crate) use kernel;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Everything that kernels do with eight numbers, as bits.
    #[inline(always)]
    fn all<L: Lanes>(a: &Eight, b: &Eight, pairs: &[Pair], wide: u32) -> Vec<[u32; LANES]> {
        let (x, y) = (L::load(a), L::load(b));
        let (row, down) = x.split(L::splat(9.5));
        let (column, along) = y.split(L::splat(wide as f32 - 1.5));
        let found = [
            x.plus(y),
            x.minus(y),
            x.times(y),
            x.or_more(y),
            x.or_less(y),
            x.known(),
            x.filled(),
            x.sign(),
            x.plus_product(x, y),
            L::zero(),
            down,
            along,
        ];
        let corners = L::corners(pairs, wide, row, column);
        let at = a.map(|v| (v * 7.0) as u32);
        let found = found.into_iter().chain([x.over(y, L::splat(1.5))]).chain(L::corners_from(pairs, &at));
        // One NaN is as good as another.
        let bits = |v: f32| if v.is_nan() { f32::NAN.to_bits() } else { v.to_bits() };
        found.chain(corners).map(|lanes| lanes.store().map(bits)).collect()
    }

    kernel! { fn either = all(a: &Eight, b: &Eight, pairs: &[Pair], wide: u32) -> Vec<[u32; LANES]> }

    fn number() -> impl Strategy<Value = f32> {
        prop_oneof![8 => -3.0..14.0f32, 1 => Just(f32::NAN), 1 => Just(1e30f32), 1 => Just(-0.0f32), 1 => Just(f32::NEG_INFINITY)]
    }

    proptest! {
        #[test]
        fn both_forms_give_the_same_bits(
            a in proptest::array::uniform8(number()),
            b in proptest::array::uniform8(number()),
            short in 0usize..40,
        ) {
            // A map that ends too early: places beyond it are missing, not a fault.
            let pairs: Vec<Pair> = (0..12 * 10 - short).map(|i| [i as f32, i as f32 + 12.0]).collect();
            prop_assert_eq!(either(&a, &b, &pairs, 12), all::<Plain>(&a, &b, &pairs, 12));
        }
    }

    #[test]
    fn a_place_is_split_into_the_four_points_around_it() {
        let pairs: Vec<Pair> = (0..30).map(|i| [i as f32, i as f32 + 10.0]).collect();
        let (row, down) = Plain::splat(1.25).split(Plain::splat(2.5));
        let (column, along) = Plain::splat(4.75).split(Plain::splat(8.5));
        assert_eq!((down.store()[0], along.store()[3]), (0.25, 0.75));
        let corners = Plain::corners(&pairs, 10, row, column).map(|lanes| lanes.store()[5]);
        assert_eq!(corners, [14.0, 15.0, 24.0, 25.0]);
        let nowhere = Plain::splat(f32::NAN).split(Plain::splat(2.5));
        assert_eq!(nowhere.1.store()[0], 0.5);
    }
}
