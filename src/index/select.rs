//! The least of many distances, by counting: the same answer on any number of threads, in time that does not depend on how many are wanted.

use rayon::prelude::*;

/// Distances that one task goes over.
const TASK: usize = 65_536;

/// The least distance up to which there are at least `wanted` of the distances, all of them below `bins`; the greatest there is when there
/// are fewer, none for no distances or none wanted.
pub(super) fn threshold<D: Copy + Into<u32> + Sync>(distances: &[D], bins: usize, wanted: usize) -> Option<u32> {
    let counted = |part: &[D]| {
        let mut counts = vec![0usize; bins];
        for &distance in part {
            if let Some(count) = counts.get_mut(distance.into() as usize) {
                *count += 1;
            }
        }
        counts
    };
    let added = |mut a: Vec<usize>, b: Vec<usize>| {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        a
    };
    let counts = distances.par_chunks(TASK).map(counted).reduce_with(added)?;
    let mut met = 0;
    let mut greatest = None;
    for (distance, count) in counts.into_iter().enumerate().filter(|(_, count)| *count > 0) {
        if met >= wanted {
            break;
        }
        met += count;
        greatest = Some(distance as u32);
    }
    greatest
}

/// The places of all distances up to `most`, ascending.
pub(super) fn up_to<D: Copy + Into<u32> + Sync>(distances: &[D], most: u32) -> Vec<u32> {
    let within = |(task, part): (usize, &[D])| -> Vec<u32> {
        let places = part.iter().enumerate().filter(|(_, d)| (**d).into() <= most);
        places.map(|(at, _)| (task * TASK + at) as u32).collect()
    };
    distances.par_chunks(TASK).enumerate().map(within).collect::<Vec<_>>().concat()
}
