//! Every form of a kernel against counting bit by bit.

use super::*;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn slow(a: &[u64], b: &[u64]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (0..64).filter(|i| (a ^ b) >> i & 1 == 1).count() as u32).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn all_forms_count_what_differs(seed in any::<u64>(), words in 0usize..300, vectors in 0usize..20, dense in any::<bool>()) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        // All bits different is where sums of bytes would run over.
        let mut value = |flip: bool| if dense { if flip { u64::MAX } else { 0 } } else { random.random() };
        let vector: Vec<u64> = (0..words).map(|_| value(false)).collect();
        let query: Vec<Vec<u64>> = (0..vectors).map(|_| (0..words).map(|_| value(true)).collect()).collect();
        let truth = query.iter().map(|q| slow(q, &vector)).min().unwrap_or(u32::MAX);
        prop_assert_eq!(nearest(&query, &vector), truth);
        for q in &query {
            prop_assert_eq!(hamming(q, &vector), slow(q, &vector));
            prop_assert_eq!(plain_hamming(q, &vector), slow(q, &vector));
            let half = words / 2;
            prop_assert_eq!(hamming(q, &vector[..half]), hamming(&q[..half], &vector));
        }
    }

    #[test]
    fn all_forms_count_heads(seed in any::<u64>(), blocks in 0usize..5, vectors in 0usize..12, dense in any::<bool>()) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut value = |flip: bool| if dense { if flip { u64::MAX } else { 0 } } else { random.random::<u64>() };
        let query: Vec<[u64; HEAD]> = (0..vectors).map(|_| std::array::from_fn(|_| value(true))).collect();
        let blocks: Vec<Block> = (0..blocks).map(|_| std::array::from_fn(|_| std::array::from_fn(|_| value(false)))).collect();
        let (mut fast, mut plain) = (vec![[0u16; LANES]; blocks.len()], vec![[0u16; LANES]; blocks.len()]);
        nearest_heads(&blocks, &query, &mut fast);
        plain_heads(&blocks, &query, &mut plain);
        for (at, block) in blocks.iter().enumerate() {
            for lane in 0..LANES {
                let head: Vec<u64> = block.iter().map(|row| row[lane]).collect();
                let truth = query.iter().map(|q| slow(q, &head) as u16).min().unwrap_or(u16::MAX);
                prop_assert_eq!((fast[at][lane], plain[at][lane]), (truth, truth));
            }
        }
    }
}
