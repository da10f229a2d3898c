//! The screening scan: the heads of all vectors are compared, and in full only those whose heads come nearest.
//!
//! The bits of a vector are signs of a subsampled randomised Hadamard transform, of which any part is itself a sketch. A mate that stands far above
//! the other marks in 8,192 bits still stands above most of them in the first 1,024, which are an eighth of the memory to read. What is kept is
//! everything up to a distance found by counting, so that the same vectors are kept on any number of threads and ties are kept together.

use super::exact::compared;
use super::kernel::{Block, HEAD, LANES, nearest_heads};
use super::select::{threshold, up_to};
use super::{Found, Method, Reason, SearchReceipt, Vectors};
use rayon::prelude::*;

/// Blocks of eight heads that one task compares: a hundred microseconds of work.
const TASK: usize = 512;

/// How many vectors a screening keeps for full comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Screening {
    /// Fewer eligible vectors than this are not screened.
    pub from: usize,
    /// Kept share of the eligible vectors, per cent. What it loses: the best true mate of a weak mark stands 5.3 standard deviations above
    /// non-mates in 8,192 bits (the least measured; medians of weak marks 6.4 in 8,192 bits, 3.9 in 1,024; strong marks 20 to 45). A simulation with
    /// nine centres that meets those figures finds such a mate's head behind a fifth of the non-mates in .06 to .24 % of searches, where the sketches of
    /// neighbouring centres correlate by .7 or more, as those of marks do (.7 % at .5); behind 15 % in .2 to .5 %, behind 10 % in .6 to 1.1 %. The test
    /// `a_fifth_keeps_weak_mates` repeats it.
    pub keep_percent: u32,
    /// At least this many are kept for every neighbour asked for, so that the last of a long list are not screened out either.
    pub keep_per_neighbour: usize,
}

impl Default for Screening {
    fn default() -> Self {
        Self { from: 50_000, keep_percent: 20, keep_per_neighbour: 4 }
    }
}

impl Screening {
    /// How many of the eligible vectors are kept at least.
    #[must_use]
    pub fn kept(&self, eligible: usize, k: usize) -> usize {
        let share = (eligible as u128 * u128::from(self.keep_percent)).div_ceil(100) as usize;
        share.max(k.saturating_mul(self.keep_per_neighbour)).min(eligible)
    }

    /// Whether a screening saves work: there are many, and less than half of them are kept.
    #[must_use]
    pub fn pays(&self, eligible: usize, k: usize) -> bool {
        eligible >= self.from && self.kept(eligible, k) < eligible / 2
    }
}

/// Screens the vectors at some positions, or all, and compares in full what is kept. Vectors without heads are all compared in full.
pub(super) fn screened(
    vectors: &Vectors,
    query: &[Vec<u64>],
    k: usize,
    positions: Option<&[u32]>,
    screening: &Screening,
    reason: Reason,
) -> Found {
    let Some(heads) = vectors.heads() else { return super::exact::scan(vectors, query, k, positions, reason) };
    let count = positions.map_or(vectors.len(), <[u32]>::len);
    let query_heads: Vec<[u64; HEAD]> = query.iter().filter_map(|q| q.first_chunk().copied()).collect();
    let distances = head_distances(heads, &query_heads, positions);
    let all = distances.as_flattened();
    let eligible: Vec<u16>;
    let distances = match positions {
        None => all.get(..count).unwrap_or(all),
        Some(list) => {
            eligible = list.par_iter().map(|&p| all.get(p as usize).copied().unwrap_or(u16::MAX)).collect();
            &eligible
        }
    };
    let most = threshold(distances, 64 * HEAD + 1, screening.kept(count, k)).unwrap_or(0);
    let mut kept = up_to(distances, most);
    if let Some(list) = positions {
        kept.iter_mut().for_each(|at| *at = list.get(*at as usize).copied().unwrap_or(0));
    }
    let neighbours = compared(vectors, query, k, Some(&kept));
    let receipt = SearchReceipt {
        method: Method::Screened,
        reason,
        vectors: vectors.len(),
        eligible: count,
        screened: count,
        visited: kept.len(),
        asked: k,
        returned: neighbours.len(),
    };
    Found { neighbours, receipt }
}

/// Distances of the heads of all blocks that hold one of the positions; those of other blocks mean nothing.
fn head_distances(heads: &[Block], query: &[[u64; HEAD]], positions: Option<&[u32]>) -> Vec<[u16; LANES]> {
    let mut distances = vec![[0u16; LANES]; heads.len()];
    let Some(positions) = positions else {
        distances
            .par_chunks_mut(TASK)
            .zip(heads.par_chunks(TASK))
            .for_each(|(out, blocks)| nearest_heads(blocks, query, out));
        return distances;
    };
    let mut asked = vec![false; heads.len()];
    for &position in positions {
        if let Some(asked) = asked.get_mut(position as usize / LANES) {
            *asked = true;
        }
    }
    distances.par_chunks_mut(TASK).zip(heads.par_chunks(TASK)).zip(asked.par_chunks(TASK)).for_each(
        |((out, blocks), asked)| {
            // Runs of blocks that are all asked for, or none of them.
            let mut from = 0;
            for run in asked.chunk_by(|a, b| a == b) {
                let to = from + run.len();
                if run.first() == Some(&true) {
                    nearest_heads(&blocks[from..to], query, &mut out[from..to]);
                }
                from = to;
            }
        },
    );
    distances
}
