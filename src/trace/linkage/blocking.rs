//! Blocking: the pairs of records worth comparing, found without looking at all of them.
//!
//! Two records become a pair when they share a key. Keys are derived so that every pair which [`crate::trace::serial`] can
//! call anything but different shares one; deletion neighbourhoods (Garbe's symmetric delete) find edits, three-letter
//! runs find numbers with unread characters.

use super::side::Side;
use crate::ids::FirearmId;
use crate::trace::TraceError;
use crate::trace::serial::{self, FEWEST_FOR_ONE_EDIT, FEWEST_FOR_TWO_EDITS, FEWEST_OF_TRUNCATED, LONGEST_COMPARED};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasherDefault;
use std::sync::atomic::{AtomicU64, Ordering};

/// Fewest characters of a run that finds a number with unread characters; shorter runs are in every other number.
const GRAM: usize = 3;
/// A key shared by more firearms than this is no key ("case 1", a serial typed into every row): their pairs are left out
/// unless another key brings them.
const MOST_PER_KEY: u64 = 2_000;

/// Most pairs that one key may bring, firearms times traces. A block of this size is scored in seconds; a larger one says
/// that the key is a default value and not a fact. Skipped blocks are told in the result.
const MOST_PAIRS_PER_KEY: u64 = 2_000_000;

/// Whose keys they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Firearm,
    Trace,
}

/// A key that too many records share: the pairs that only it would bring were not looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SkippedBlock {
    /// What the records share, as a stable code: `serial`, `edit`, `part`, `run`, `wildcard`, `letters`, `case`, `nic`,
    /// `trace` or `day_and_state`.
    pub key: String,
    /// Firearms that share it.
    pub firearms: u64,
    /// Traces that share it.
    pub traces: u64,
    /// One of the firearms, to look at.
    pub example: FirearmId,
}

/// The keys themselves are hashes already.
#[derive(Default)]
struct Unhashed(u64);

impl std::hash::Hasher for Unhashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        // The lowest bits choose the bucket and the highest the tag of a slot; FNV mixes its upper half less.
        self.0 = key ^ (key >> 32);
    }
}

/// How much one key may bring.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Most firearms.
    pub firearms: u64,
    /// Most pairs.
    pub pairs: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { firearms: MOST_PER_KEY, pairs: MOST_PAIRS_PER_KEY }
    }
}

fn too_many(n: usize) -> TraceError {
    TraceError::Value { field: "records", expected: "fewer than 4294967295".to_owned(), got: n.to_string() }
}

/// A block of firearms, as a range of the sorted index, with the traces that met it.
struct Block {
    from: u32,
    to: u32,
    tag: u8,
    traces: AtomicU64,
}

/// The firearms under their keys, with how many traces share each.
pub(super) struct Blocks {
    index: Vec<(u64, u32, u8)>,
    blocks: HashMap<u64, Block, BuildHasherDefault<Unhashed>>,
    bounds: Bounds,
}

impl Blocks {
    /// Time grows with the records. No block grows without bound: the firearms of a key and its product with the traces that
    /// share it are limited, and what was left out is named.
    pub fn of(firearms: &[Side<'_>], traces: &[Side<'_>], bounds: Bounds) -> Result<Self, TraceError> {
        u32::try_from(traces.len()).map_err(|_| too_many(traces.len()))?;
        let blocks = Self::counted(firearms, &[], bounds)?;
        // How many traces meet each block, so that none is opened that would explode; sums do not depend on the order.
        traces.par_iter().for_each(|side| blocks.count(side, 1));
        Ok(blocks)
    }

    /// Blocks of firearms whose traces were counted before.
    pub fn counted(firearms: &[Side<'_>], met: &[(u64, u64)], bounds: Bounds) -> Result<Self, TraceError> {
        u32::try_from(firearms.len()).map_err(|_| too_many(firearms.len()))?;
        let of_firearm = |(at, side): (usize, &Side<'_>)| {
            keys(side, Role::Firearm).into_iter().map(move |(key, tag)| (key, at as u32, tag))
        };
        let mut index: Vec<(u64, u32, u8)> = firearms.par_iter().enumerate().flat_map_iter(of_firearm).collect();
        index.par_sort_unstable();
        let mut blocks: HashMap<u64, Block, BuildHasherDefault<Unhashed>> = HashMap::default();
        let mut from = 0;
        for run in index.chunk_by(|a, b| a.0 == b.0) {
            let to = from + run.len() as u32;
            blocks.insert(run[0].0, Block { from, to, tag: run[0].2, traces: AtomicU64::new(0) });
            from = to;
        }
        for (key, met) in met {
            if let Some(block) = blocks.get(key) {
                block.traces.store(*met, Ordering::Relaxed);
            }
        }
        Ok(Self { index, blocks, bounds })
    }

    /// Counts a trace to the blocks that it meets, or away from them.
    pub fn count(&self, side: &Side<'_>, by: i64) {
        for (key, _) in keys(side, Role::Trace) {
            if let Some(block) = self.blocks.get(&key) {
                block.traces.fetch_add(by.cast_unsigned(), Ordering::Relaxed);
            }
        }
    }

    /// How many traces meet each block, ascending; those that none meets left out.
    pub fn met(&self) -> Vec<(u64, u64)> {
        let met = self.blocks.iter().map(|(key, block)| (*key, block.met())).filter(|(_, met)| *met > 0);
        let mut met: Vec<(u64, u64)> = met.collect();
        met.sort_unstable();
        met
    }

    fn open(&self, block: &Block) -> bool {
        block.size() <= self.bounds.firearms && block.size() * block.met() <= self.bounds.pairs
    }

    /// The keys that bring no pairs.
    pub fn closed(&self) -> BTreeSet<u64> {
        self.blocks.iter().filter(|(_, block)| !self.open(block)).map(|(key, _)| *key).collect()
    }

    /// What was left out, ascending.
    pub fn skipped(&self, name: impl Fn(usize) -> FirearmId) -> Vec<SkippedBlock> {
        let mut skipped: Vec<SkippedBlock> = self
            .blocks
            .values()
            .filter(|block| block.met() > 0 && !self.open(block))
            .map(|block| SkippedBlock {
                key: kind(block.tag).to_owned(),
                firearms: block.size(),
                traces: block.met(),
                example: name(self.index[block.from as usize].1 as usize),
            })
            .collect();
        skipped.sort();
        skipped
    }

    /// The firearms of a key.
    pub fn firearms_of(&self, key: u64) -> impl Iterator<Item = usize> {
        let range = self.blocks.get(&key).map_or(0..0, |block| block.from as usize..block.to as usize);
        self.index[range].iter().map(|(_, f, _)| *f as usize)
    }

    /// The pairs (firearm, trace) that share a key, ascending: of the traces asked for, those that are wanted.
    pub fn pairs(
        &self,
        traces: &[Side<'_>],
        of: impl Fn(usize) -> bool + Sync,
        wanted: impl Fn(usize, usize) -> bool + Sync,
    ) -> Vec<(u32, u32)> {
        let of_trace = |(at, side): (usize, &Side<'_>)| {
            let mut found: Vec<u32> = Vec::new();
            for (key, _) in keys(side, Role::Trace) {
                if let Some(block) = self.blocks.get(&key).filter(|block| self.open(block)) {
                    let firearms = self.index[block.from as usize..block.to as usize].iter().map(|(_, f, _)| *f);
                    found.extend(firearms.filter(|f| wanted(*f as usize, at)));
                }
            }
            found.sort_unstable();
            found.dedup();
            found.into_iter().map(move |f| (f, at as u32))
        };
        let mut pairs: Vec<(u32, u32)> =
            traces.par_iter().enumerate().filter(|(at, _)| of(*at)).flat_map_iter(of_trace).collect();
        pairs.par_sort_unstable();
        pairs
    }
}

impl Block {
    fn size(&self) -> u64 {
        u64::from(self.to - self.from)
    }

    fn met(&self) -> u64 {
        self.traces.load(Ordering::Relaxed)
    }
}

/// All pairs (firearm, trace) that share a key.
pub(super) fn pairs(firearms: &[Side<'_>], traces: &[Side<'_>]) -> Result<Vec<(u32, u32)>, TraceError> {
    Ok(Blocks::of(firearms, traces, Bounds::default())?.pairs(traces, |_| true, |_, _| true))
}

/// What a tag stands for in [`SkippedBlock::key`].
const fn kind(tag: u8) -> &'static str {
    match tag {
        b'f' => "serial",
        b'l' | b'L' => "letters",
        b'g' | b'G' => "run",
        b'w' => "wildcard",
        b'p' | b'P' => "part",
        b'e' => "edit",
        b'd' | b'D' | b'b' => "day_and_state",
        b't' => "trace",
        b'n' => "nic",
        _ => "case",
    }
}

/// Keys of a record as hashes; equal hashes of different keys only bring a pair that is then compared and refused.
///
/// Some relations have two roles (a whole number and the beginning of a longer one, unread characters and read ones). A
/// firearm and a trace write the roles under swapped tags, so that only opposite roles meet.
fn keys(record: &Side<'_>, side: Role) -> Vec<(u64, u8)> {
    let mut keys = Vec::with_capacity(64);
    let roles = |first: u8, second: u8| if side == Role::Firearm { (first, second) } else { (second, first) };
    let number = record.serial.is_number();
    for serial in std::iter::once(record.serial).chain(record.slide_serial) {
        let normal = serial.normal.as_str();
        if !serial.is_number() {
            continue;
        }
        if serial::has_wildcard(normal) {
            let (_, unread) = roles(b'g', b'G');
            keys.push(hash(b'w', normal.as_bytes()));
            let longest = normal.split(['?', '*']).max_by_key(|run| run.len()).unwrap_or_default();
            if longest.len() >= GRAM {
                keys.push(hash(unread, &longest.as_bytes()[..GRAM]));
            }
        } else {
            serial_keys(normal, roles, &mut keys);
        }
    }
    if let (Some(on), Some(state)) = (record.recovered_on.filter(|d| d.is_day()), &record.region.state) {
        // Day and state bring a pair only where at least one number is missing: two numbers that share no other key are
        // different guns.
        let event = format!("{on} {state}");
        let (with, without) = roles(b'd', b'D');
        if number {
            keys.push(hash(with, event.as_bytes()));
        } else {
            keys.push(hash(without, event.as_bytes()));
            keys.push(hash(b'b', event.as_bytes()));
        }
    }
    for (tag, text) in [(b't', &record.trace), (b'n', &record.nic), (b'c', &record.case)] {
        if let Some(text) = text {
            keys.push(hash(tag, text.as_bytes()));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn serial_keys(normal: &str, roles: impl Fn(u8, u8) -> (u8, u8), keys: &mut Vec<(u64, u8)>) {
    let bytes = normal.as_bytes();
    keys.push(hash(b'f', serial::fold_look_alikes(normal).as_bytes()));
    let (whole, dropped) = roles(b'l', b'L');
    keys.push(hash(whole, bytes));
    keys.push(hash(dropped, serial::drop_inner_letters(normal).as_bytes()));
    let (read, _) = roles(b'g', b'G');
    keys.extend(bytes.windows(GRAM).map(|window| hash(read, window)));
    let (whole, part) = roles(b'p', b'P');
    keys.push(hash(whole, bytes));
    for length in FEWEST_OF_TRUNCATED..bytes.len().min(LONGEST_COMPARED + 1) {
        keys.push(hash(part, &bytes[..length]));
        keys.push(hash(part, &bytes[bytes.len() - length..]));
    }
    if bytes.len() >= FEWEST_FOR_ONE_EDIT && bytes.len() <= LONGEST_COMPARED {
        deletions(bytes, if bytes.len() >= FEWEST_FOR_TWO_EDITS { 2 } else { 1 }, keys);
    }
}

/// Hashes of the number with up to `most` characters left out.
fn deletions(bytes: &[u8], most: usize, keys: &mut Vec<(u64, u8)>) {
    keys.push(hash(b'e', bytes));
    for i in 0..bytes.len() {
        let one: Vec<u8> = [&bytes[..i], &bytes[i + 1..]].concat();
        keys.push(hash(b'e', &one));
        if most > 1 {
            for j in i..one.len() {
                keys.push(hash(b'e', &[&one[..j], &one[j + 1..]].concat()));
            }
        }
    }
}

/// FNV-1a of 64 bits: the same on every machine and in every release, unlike the standard library's hasher.
fn hash(tag: u8, bytes: &[u8]) -> (u64, u8) {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    (std::iter::once(&tag).chain(bytes).fold(OFFSET, |h, b| (h ^ u64::from(*b)).wrapping_mul(PRIME)), tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TraceId;
    use crate::trace::catalogue::Catalogues;
    use crate::trace::serial::{Serial, SerialComparison, compare};
    use crate::trace::{FirearmRecord, PartialDate, TraceRecord};
    use proptest::prelude::*;

    fn blocked(firearms: &[FirearmRecord], traces: &[TraceRecord]) -> (Vec<(u32, u32)>, Vec<SkippedBlock>) {
        let catalogues = Catalogues::embedded().unwrap();
        let ours: Vec<_> = firearms.iter().map(|f| Side::firearm(f, &catalogues)).collect();
        let theirs: Vec<_> = traces.iter().map(|t| Side::trace(t, &catalogues)).collect();
        let blocks = Blocks::of(&ours, &theirs, Bounds::default()).unwrap();
        assert_eq!(blocks.closed().is_empty(), blocks.skipped(|at| firearms[at].firearm.clone()).is_empty());
        (blocks.pairs(&theirs, |_| true, |_, _| true), blocks.skipped(|at| firearms[at].firearm.clone()))
    }

    #[test]
    fn a_default_value_typed_into_every_row_is_skipped_and_told() {
        let firearms: Vec<_> = (0..1_500)
            .map(|n| {
                let mut f = FirearmRecord::new(FirearmId::new(format!("F{n:05}")), Serial::read("OBLIT"));
                f.case_number = Some("1".to_owned());
                f
            })
            .collect();
        let traces: Vec<_> = (0..1_500)
            .map(|n| {
                let mut t = TraceRecord::new(TraceId::new(format!("T{n}")), Serial::read("OBLIT"));
                t.case_number = Some("1".to_owned());
                t.recovered_on = PartialDate::day(2020, 1, 1);
                t
            })
            .collect();
        let (pairs, skipped) = blocked(&firearms, &traces);
        assert!(pairs.is_empty());
        let told =
            SkippedBlock { key: "case".to_owned(), firearms: 1_500, traces: 1_500, example: FirearmId::new("F00000") };
        assert_eq!(skipped, [told]);
        assert_eq!(blocked(&firearms[..10], &traces).0.len(), 15_000);
    }

    proptest! {
        #[test]
        fn every_pair_that_a_full_comparison_would_relate_shares_a_key(
            ours in proptest::collection::vec("[A0B1?]{3,10}", 1..12),
            theirs in proptest::collection::vec("[A0B1?]{3,10}", 1..12),
        ) {
            let firearms: Vec<_> = ours.iter().enumerate()
                .map(|(n, s)| FirearmRecord::new(FirearmId::new(format!("F{n}")), Serial::read(s))).collect();
            let traces: Vec<_> = theirs.iter().enumerate()
                .map(|(n, s)| TraceRecord::new(TraceId::new(format!("T{n}")), Serial::read(s))).collect();
            let found: BTreeSet<_> = blocked(&firearms, &traces).0.into_iter().collect();
            for (f, firearm) in firearms.iter().enumerate() {
                for (t, trace) in traces.iter().enumerate() {
                    let related = !matches!(
                        compare(&firearm.serial, &trace.serial),
                        SerialComparison::Different | SerialComparison::NotComparable
                    );
                    let wild = serial::has_wildcard(&firearm.serial.normal) || serial::has_wildcard(&trace.serial.normal);
                    // Scattered single characters say too little to be found; the longest run must have three.
                    let findable = [&firearm.serial.normal, &trace.serial.normal].iter()
                        .all(|n| n.split('?').any(|run| run.len() >= GRAM));
                    if related && (!wild || findable) {
                        prop_assert!(found.contains(&(f as u32, t as u32)), "{} {}", firearm.serial, trace.serial);
                    }
                }
            }
        }
    }
}
