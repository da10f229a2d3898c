//! Blocking: the pairs of records worth comparing, found without looking at all of them.
//!
//! Two records become a pair when they share a key. Keys are derived so that every pair which [`crate::trace::serial`] can
//! call anything but different shares one; deletion neighbourhoods (Garbe's symmetric delete) find edits, three-letter
//! runs find numbers with unread characters.

use crate::date::PartialDate;
use crate::trace::serial::{
    self, FEWEST_FOR_ONE_EDIT, FEWEST_FOR_TWO_EDITS, FEWEST_OF_TRUNCATED, LONGEST_COMPARED, Serial,
};
use crate::trace::text::squeeze;
use crate::trace::{FirearmRecord, Place, TraceError, TraceRecord};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Fewest characters of a run that finds a number with unread characters; shorter runs are in every other number.
const GRAM: usize = 3;
/// A key shared by more firearms than this is no key ("case 1", a serial typed into every row): their pairs are left out
/// unless another key brings them.
const MOST_PER_KEY: usize = 2_000;

/// Whose keys they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Firearm,
    Trace,
}

/// What of a record makes keys.
struct Keyed<'a> {
    serial: &'a Serial,
    trace: Option<&'a str>,
    nic: Option<&'a str>,
    case: Option<&'a str>,
    recovered_on: Option<PartialDate>,
    place: &'a Place,
}

/// All pairs (firearm, trace) that share a key, ascending.
pub(super) fn pairs(firearms: &[FirearmRecord], traces: &[TraceRecord]) -> Result<Vec<(u32, u32)>, TraceError> {
    let too_many = |n: usize| TraceError::Value {
        field: "records",
        expected: "fewer than 4294967295".to_owned(),
        got: n.to_string(),
    };
    let (f_count, t_count) = (firearms.len(), traces.len());
    u32::try_from(f_count).map_err(|_| too_many(f_count))?;
    u32::try_from(t_count).map_err(|_| too_many(t_count))?;
    let mut index: Vec<(u64, u32)> = firearms
        .par_iter()
        .enumerate()
        .flat_map_iter(|(at, f)| {
            let keyed = Keyed {
                serial: &f.serial,
                trace: f.trace.as_ref().map(crate::ids::TraceId::as_str),
                nic: f.nic_number.as_deref(),
                case: f.case_number.as_deref(),
                recovered_on: f.recovered_on,
                place: &f.recovered_at,
            };
            keys(&keyed, Side::Firearm).into_iter().map(move |key| (key, at as u32))
        })
        .collect();
    index.par_sort_unstable();
    let mut pairs: Vec<(u32, u32)> = traces
        .par_iter()
        .enumerate()
        .flat_map_iter(|(at, t)| {
            let keyed = Keyed {
                serial: &t.serial,
                trace: Some(t.trace.as_str()),
                nic: t.nic_number.as_deref(),
                case: t.case_number.as_deref(),
                recovered_on: t.recovered_on,
                place: &t.recovered_at,
            };
            let mut found = BTreeSet::new();
            for key in keys(&keyed, Side::Trace) {
                let from = index.partition_point(|(k, _)| *k < key);
                let sharing = index[from..].iter().take_while(|(k, _)| *k == key);
                if sharing.clone().take(MOST_PER_KEY + 1).count() <= MOST_PER_KEY {
                    found.extend(sharing.map(|(_, f)| *f));
                }
            }
            found.into_iter().map(move |f| (f, at as u32))
        })
        .collect();
    pairs.par_sort_unstable();
    Ok(pairs)
}

/// Keys of a record as hashes; equal hashes of different keys only bring a pair that is then compared and refused.
///
/// Some relations have two roles (a whole number and the beginning of a longer one, unread characters and read ones). A
/// firearm and a trace write the roles under swapped tags, so that only opposite roles meet.
fn keys(record: &Keyed<'_>, side: Side) -> Vec<u64> {
    let mut keys = Vec::with_capacity(64);
    let normal = record.serial.normal.as_str();
    let number = record.serial.is_number();
    let roles = |first: u8, second: u8| if side == Side::Firearm { (first, second) } else { (second, first) };
    if number && serial::has_wildcard(normal) {
        let (_, unread) = roles(b'g', b'G');
        keys.push(hash(b'w', normal.as_bytes()));
        let longest = normal.split(['?', '*']).max_by_key(|run| run.len()).unwrap_or_default();
        if longest.len() >= GRAM {
            keys.push(hash(unread, &longest.as_bytes()[..GRAM]));
        }
    } else if number {
        serial_keys(normal, roles, &mut keys);
    }
    if let (Some(on), Some(state)) = (record.recovered_on.filter(|d| d.is_day()), &record.place.state) {
        // Day and state bring a pair only where at least one number is missing: two numbers that share no other key are
        // different guns.
        let event = format!("{on} {}", squeeze(state));
        let (with, without) = roles(b'd', b'D');
        if number {
            keys.push(hash(with, event.as_bytes()));
        } else {
            keys.push(hash(without, event.as_bytes()));
            keys.push(hash(b'b', event.as_bytes()));
        }
    }
    for (tag, text) in [(b't', record.trace), (b'n', record.nic), (b'c', record.case)] {
        let text = text.map(squeeze).unwrap_or_default();
        if !text.is_empty() {
            keys.push(hash(tag, text.as_bytes()));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn serial_keys(normal: &str, roles: impl Fn(u8, u8) -> (u8, u8), keys: &mut Vec<u64>) {
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
fn deletions(bytes: &[u8], most: usize, keys: &mut Vec<u64>) {
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
fn hash(tag: u8, bytes: &[u8]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    std::iter::once(&tag).chain(bytes).fold(OFFSET, |h, b| (h ^ u64::from(*b)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{FirearmId, TraceId};
    use crate::trace::serial::{SerialComparison, compare};
    use proptest::prelude::*;

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
            let found: BTreeSet<_> = pairs(&firearms, &traces).unwrap().into_iter().collect();
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
