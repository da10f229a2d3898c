//! Counting differing bits: one pair, a query of several vectors, and the heads of many vectors at once.
//!
//! Every kernel has three forms that give the same counts: AVX-512 ([`wide`], chosen when the machine has it), plain Rust
//! compiled for several instruction sets, and the naive twins of the tests. All count with carry-save adders, so that few of
//! the words are counted bit by bit (Harley and Seal; Mula, Kurz and Lemire 2018, The Computer Journal 61, 111).

#[cfg(target_arch = "x86_64")]
pub(super) mod wide;

/// Words of 64 bits at the front of every vector that a screening compares: 1,024 bits.
pub(super) const HEAD: usize = 16;
/// Words side by side: one AVX-512 register, two AVX2 ones.
pub(super) const LANES: usize = 8;
/// Eight words, or one word of each of eight heads.
pub(super) type Lanes = [u64; LANES];
/// The heads of eight vectors, word by word: lane `i` of every row belongs to vector `i`, so that counting needs no sums across lanes.
pub(super) type Block = [Lanes; HEAD];

/// How many bits differ (Hamming distance), over the shorter of the two.
#[must_use]
pub fn hamming(a: &[u64], b: &[u64]) -> u32 {
    let common = a.len().min(b.len());
    let (a, b) = (&a[..common], &b[..common]);
    #[cfg(target_arch = "x86_64")]
    if let Some(count) = wide::nearest(&[a], b) {
        return count;
    }
    plain_hamming(a, b)
}

/// The distance of a vector from the nearest of a query's, all of one length; `u32::MAX` for a query without vectors.
#[must_use]
pub(super) fn nearest<Q: AsRef<[u64]>>(query: &[Q], vector: &[u64]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if let Some(count) = wide::nearest(query, vector) {
        return count;
    }
    query.iter().map(|q| plain_hamming(q.as_ref(), vector)).min().unwrap_or(u32::MAX)
}

/// The distance of each head from the nearest of the query's heads, block by block; `u16::MAX` for a query without any.
pub(super) fn nearest_heads(blocks: &[Block], query: &[[u64; HEAD]], out: &mut [[u16; LANES]]) {
    #[cfg(target_arch = "x86_64")]
    if wide::nearest_heads(blocks, query, out) {
        return;
    }
    plain_heads(blocks, query, out);
}

/// Asks the memory for a vector that is compared soon; does nothing where the machine has no such instruction.
#[inline]
pub(super) fn soon(vector: &[u64]) {
    #[cfg(target_arch = "x86_64")]
    wide::prefetch(vector);
    #[cfg(not(target_arch = "x86_64"))]
    let _ = vector;
}

#[multiversion::multiversion(targets("x86_64+avx2+popcnt", "x86_64+popcnt"))]
pub(super) fn plain_hamming(a: &[u64], b: &[u64]) -> u32 {
    let (lanes_a, rest_a) = a.as_chunks::<LANES>();
    let (lanes_b, rest_b) = b.as_chunks::<LANES>();
    let (blocks_a, odd_a) = lanes_a.as_chunks::<8>();
    let (blocks_b, odd_b) = lanes_b.as_chunks::<8>();
    let [mut ones, mut twos, mut fours] = [[0u64; LANES]; 3];
    let mut sums = [0u64; LANES];
    for (a, b) in blocks_a.iter().zip(blocks_b) {
        let differ = |i: usize| each(a[i], b[i], |a, b| a ^ b);
        let (two_a, one) = carry_save(ones, differ(0), differ(1));
        let (two_b, one) = carry_save(one, differ(2), differ(3));
        let (four_a, two) = carry_save(twos, two_a, two_b);
        let (two_a, one) = carry_save(one, differ(4), differ(5));
        let (two_b, one) = carry_save(one, differ(6), differ(7));
        let (four_b, two) = carry_save(two, two_a, two_b);
        let (eight, four) = carry_save(fours, four_a, four_b);
        (ones, twos, fours) = (one, two, four);
        sums = counted(sums, 8, eight);
    }
    sums = counted(counted(counted(sums, 4, fours), 2, twos), 1, ones);
    for (a, b) in odd_a.iter().zip(odd_b) {
        sums = counted(sums, 1, each(*a, *b, |a, b| a ^ b));
    }
    let rest = rest_a.iter().zip(rest_b).map(|(a, b)| u64::from((a ^ b).count_ones())).sum::<u64>();
    (sums.iter().sum::<u64>() + rest) as u32
}

#[multiversion::multiversion(targets("x86_64+avx2+popcnt", "x86_64+popcnt"))]
pub(super) fn plain_heads(blocks: &[Block], query: &[[u64; HEAD]], out: &mut [[u16; LANES]]) {
    for (block, out) in blocks.iter().zip(out) {
        *out = [u16::MAX; LANES];
        for head in query {
            for (lane, least) in out.iter_mut().enumerate() {
                let count: u32 = block.iter().zip(head).map(|(row, q)| (row[lane] ^ q).count_ones()).sum();
                *least = (*least).min(count as u16);
            }
        }
    }
}

#[inline(always)]
fn each(a: Lanes, b: Lanes, f: impl Fn(u64, u64) -> u64) -> Lanes {
    let mut out = [0; LANES];
    for lane in 0..LANES {
        out[lane] = f(a[lane], b[lane]);
    }
    out
}

/// Adds three bits at every place: carry and sum.
#[inline(always)]
fn carry_save(a: Lanes, b: Lanes, c: Lanes) -> (Lanes, Lanes) {
    let either = each(a, b, |a, b| a ^ b);
    let carry = each(each(a, b, |a, b| a & b), each(either, c, |e, c| e & c), |x, y| x | y);
    (carry, each(either, c, |e, c| e ^ c))
}

/// The sums so far and, so many times, the ones at each place of `more`.
#[inline(always)]
fn counted(sums: Lanes, times: u64, more: Lanes) -> Lanes {
    each(sums, more, |sum, word| sum + times * u64::from(word.count_ones()))
}

#[cfg(test)]
mod tests;
