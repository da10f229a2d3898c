//! One segment's graph in flat arrays, and the walk through it.

use super::Vectors;
use super::kernel::soon;
use super::receipt::{Best, Candidate};
use std::collections::BinaryHeap;

/// How many neighbours ahead the memory is asked.
const AHEAD: usize = 4;

/// The links of one layer: those of node `i` are `links[starts[i]..starts[i + 1]]`.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Layer {
    /// One more than there are nodes in the segment; nodes that are not on this layer have no links.
    pub starts: Vec<u32>,
    /// Node numbers within the segment, nearest first.
    pub links: Vec<u32>,
}

impl Layer {
    pub fn from_lists(lists: &[Vec<u32>]) -> Self {
        let mut starts = Vec::with_capacity(lists.len() + 1);
        starts.push(0);
        let mut links = Vec::with_capacity(lists.iter().map(Vec::len).sum());
        for list in lists {
            links.extend_from_slice(list);
            starts.push(links.len() as u32);
        }
        Self { starts, links }
    }

    pub fn of(&self, node: u32) -> &[u32] {
        let node = node as usize;
        match (self.starts.get(node), self.starts.get(node + 1)) {
            (Some(&from), Some(&to)) => self.links.get(from as usize..to as usize).unwrap_or(&[]),
            _ => &[],
        }
    }
}

/// A run of the index's vectors with its own graph.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Segment {
    /// Position of its first vector in the index.
    pub first: u32,
    /// How many vectors it has.
    pub count: u32,
    /// Node at which every walk begins.
    pub entry: u32,
    /// Layers, the full one first.
    pub layers: Vec<Layer>,
}

impl Segment {
    /// Offers what a walk finds: greedily down the sparse layers, then best first over the full one with a beam of
    /// `width` (algorithms 2 and 5 of Malkov and Yashunin 2018, IEEE TPAMI 42(4)). Vectors that are not eligible are
    /// walked over but not offered. Returns how many vectors were compared.
    pub fn walk(
        &self,
        vectors: &Vectors,
        query: &[Vec<u64>],
        width: usize,
        eligible: Option<&[u64]>,
        best: &mut Best,
    ) -> usize {
        let mut visited = 1;
        let mut here = Candidate::of(vectors, query, self.first + self.entry);
        for layer in self.layers.iter().skip(1).rev() {
            loop {
                let links = layer.of(here.position - self.first);
                visited += links.len();
                let nearest = links.iter().map(|&node| Candidate::of(vectors, query, self.first + node)).max();
                match nearest {
                    Some(nearest) if nearest > here => here = nearest,
                    _ => break,
                }
            }
        }
        let Some(full) = self.layers.first() else { return visited };
        let mut seen = vec![0u64; (self.count as usize).div_ceil(64)];
        let mut mark = |node: u32| {
            let (word, bit) = (node as usize / 64, 1u64 << (node % 64));
            let new = seen[word] & bit == 0;
            seen[word] |= bit;
            new
        };
        let may_return =
            |c: &Candidate| eligible.is_none_or(|bits| bits[c.position as usize / 64] >> (c.position % 64) & 1 == 1);
        let mut beam = Best::new(width);
        let mut open = BinaryHeap::new();
        let mut fresh: Vec<u32> = Vec::new();
        mark(here.position - self.first);
        open.push(here);
        beam.offer(here);
        if may_return(&here) {
            best.offer(here);
        }
        while let Some(next) = open.pop() {
            if beam.is_full() && beam.worst().is_some_and(|worst| next < *worst) {
                break;
            }
            fresh.clear();
            fresh.extend(full.of(next.position - self.first).iter().copied().filter(|&node| mark(node)));
            visited += fresh.len();
            // Neighbours lie anywhere in memory: some are under way while one is compared.
            let ask = |node: &u32| soon(vectors.get((self.first + node) as usize));
            fresh.iter().take(AHEAD).for_each(ask);
            for (at, &node) in fresh.iter().enumerate() {
                fresh.get(at + AHEAD).into_iter().for_each(ask);
                let candidate = Candidate::of(vectors, query, self.first + node);
                if may_return(&candidate) {
                    best.offer(candidate);
                }
                if beam.wants(&candidate) {
                    beam.offer(candidate);
                    open.push(candidate);
                }
            }
        }
        visited
    }
}
