//! Learning the weights: how often a level of agreement is seen in pairs of one firearm (m) and by chance (u).
//!
//! A weight is `log2(m / u)` (Fellegi and Sunter 1969). Here
//!
//! - **u** comes from pairs drawn at random, nearly all of which are different firearms (so does Splink; Linacre et al. 2022);
//!   of serial numbers, which agree by chance too seldom to be sampled, from all pairs that blocking found, for it finds every
//!   pair whose numbers are related. Pairs that people rejected are no sample of chance: they were shown for looking alike;
//! - **m** comes from decided pairs by counting, or from all blocked pairs by expectation and maximisation (Dempster, Laird
//!   and Rubin 1977; for record linkage Winkler 1988 and 2000, "Using the EM algorithm for weight computation in the
//!   Fellegi-Sunter model of record linkage", US Census Bureau RR 2000/05), with what people decided held fixed;
//! - a prior of [`PRIOR_PAIRS`] pairs that behave as the former weights say keeps a few decisions from turning a weight.
//!
//! Weights change what a sum says; the gates never look at them (see `gates`), and no level leaves its limits.

use super::weights::{StepField, Weights};
use super::{Decision, LEVELS, LinkOptions, blocking, gates, score};
use crate::ids::{FirearmId, TraceId};
use crate::trace::catalogue::Catalogues;
use crate::trace::{FirearmRecord, TraceError, TraceRecord};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Pairs that the former weights are worth beside the decided ones.
pub const PRIOR_PAIRS: f64 = 20.0;
/// Fewest pairs of one firearm from which anything is learned.
const FEWEST_MATCHES: f64 = 30.0;
/// Fewest pairs at a level from which its weight is learned.
const FEWEST_AT_LEVEL: f64 = 10.0;
/// Pairs drawn at random for u: a share of one in a thousand is then known within seven in a hundred.
const RANDOM_PAIRS: u64 = 200_000;
/// How many times the pairs that the former weights expect to be of one firearm may be found to be.
const MOST_MORE: f64 = 1.25;
/// Fewest fields that both records of pairs state often enough for two classes to be told apart.
const FEWEST_FIELDS: usize = 3;
/// Share of the pairs that must state a field for it to count.
const OFTEN_STATED: f64 = 0.05;
/// Most rounds of expectation and maximisation, and the change of the share of matches at which they end.
const MOST_ROUNDS: usize = 200;
const STILL: f64 = 1e-7;

/// How m is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Counts over decided pairs: accepted by people, or joined by rule and not rejected.
    Counts,
    /// Expectation and maximisation over all blocked pairs.
    Em,
}

/// What people decided: whether both records of a pair are one firearm.
pub type Labels = BTreeMap<(FirearmId, TraceId), bool>;

/// One level before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearnedLevel {
    /// The field.
    pub field: StepField,
    /// The outcome.
    pub outcome: String,
    /// Pairs of one firearm at this level; fractional where they are expectations.
    pub matched: f64,
    /// Pairs of one firearm that state the field on both sides.
    pub matched_of_field: f64,
    /// Their share, prior included.
    pub m: f64,
    /// Share among different firearms.
    pub u: f64,
    /// Weight before, bits; of a scale its lowest point.
    pub old: f64,
    /// Weight after.
    pub new: f64,
    /// Whether it was kept for too few pairs.
    pub kept: bool,
    /// Whether it was held at a limit.
    pub held: bool,
}

/// What was learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// How.
    pub method: Method,
    /// The new weights.
    pub weights: Weights,
    /// Level by level.
    pub levels: Vec<LearnedLevel>,
    /// Pairs that blocking found.
    pub pairs: u64,
    /// Of them accepted by people.
    pub accepted: u64,
    /// Of them rejected by people.
    pub rejected: u64,
    /// Of them taken as one firearm, by people, by rule or by expectation.
    pub matched: f64,
    /// Pairs drawn at random.
    pub random_pairs: u64,
    /// Rounds of expectation and maximisation.
    pub rounds: usize,
}

/// Pairs that look alike in every field: what stands in each, how many they are.
#[derive(Clone, Copy, Default)]
struct Pattern {
    count: f64,
    /// Sum of the probabilities under the former weights.
    probability: f64,
    /// Sum of the serial numbers' bits.
    serial_bits: f64,
}

/// What a person or a rule says of a pattern's pairs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Nothing,
    Same,
    Different,
}

/// Field, outcome and whether a serial number's bits reach those of a strong key: one level of the mixture.
type Seen = (StepField, &'static str, bool);

/// Learns weights from the records and what people decided on their links.
///
/// # Errors
/// [`TraceError::Value`] where fewer than thirty pairs of one firearm are known; those of blocking.
pub fn learn(
    firearms: &[FirearmRecord],
    traces: &[TraceRecord],
    catalogues: &Catalogues,
    options: &LinkOptions,
    labels: &Labels,
    method: Method,
) -> Result<Learned, TraceError> {
    options.weights.check()?;
    let bench = score::Bench::new(firearms, traces, catalogues, options);
    let blocked = blocking::pairs(&bench.firearms, &bench.traces)?;
    let by_pair = |f: usize, t: usize| labels.get(&(firearms[f].firearm.clone(), traces[t].trace.clone())).copied();
    let looked = |f: usize, t: usize| {
        let scored = bench.score(f, t, false);
        let said = match by_pair(f, t) {
            Some(true) => Said::Same,
            Some(false) => Said::Different,
            None if method == Method::Counts => {
                let (decision, _) = gates::decide(&bench.firearms[f], &bench.traces[t], &traces[t].status, &scored);
                if decision == Decision::Automatic { Said::Same } else { Said::Nothing }
            }
            None => Said::Nothing,
        };
        ((seen(&scored), said), scored)
    };
    // Counts of patterns, joined in a fixed order so that sums of fractions do not depend on threads.
    let parts: Vec<BTreeMap<(Vec<Seen>, Said), Pattern>> = blocked
        .par_chunks(4_096)
        .map(|chunk| {
            let mut patterns: BTreeMap<(Vec<Seen>, Said), Pattern> = BTreeMap::new();
            for (f, t) in chunk {
                let (key, scored) = looked(*f as usize, *t as usize);
                let pattern = patterns.entry(key).or_default();
                pattern.count += 1.0;
                pattern.probability += scored.probability();
                pattern.serial_bits += serial_bits(&scored);
            }
            patterns
        })
        .collect();
    let mut patterns: BTreeMap<(Vec<Seen>, Said), Pattern> = BTreeMap::new();
    for part in parts {
        for (key, found) in part {
            let all = patterns.entry(key).or_default();
            all.count += found.count;
            all.probability += found.probability;
            all.serial_bits += found.serial_bits;
        }
    }
    let patterns: Vec<((Vec<Seen>, Said), Pattern)> = patterns.into_iter().collect();
    let (shares, rounds) = match method {
        Method::Counts => (patterns.iter().map(|((_, said), _)| f64::from(*said == Said::Same)).collect(), 0),
        Method::Em => {
            tells_apart(&patterns)?;
            let (shares, rounds) = mixture(&patterns);
            not_neighbours(&patterns, &shares)?;
            (shares, rounds)
        }
    };
    let matched: f64 = patterns.iter().zip(&shares).map(|((_, p), share)| p.count * share).sum();
    if matched < FEWEST_MATCHES {
        return Err(TraceError::Value {
            field: "decided pairs",
            expected: format!("at least {FEWEST_MATCHES} pairs of one firearm"),
            got: format!("{matched:.1}"),
        });
    }
    let chance = Chance::draw(&bench, firearms.len(), traces.len());
    let all_pairs = firearms.len() as f64 * traces.len() as f64;
    let (weights, levels) = weigh(&options.weights, &patterns, &shares, &chance, all_pairs);
    let labelled =
        |wanted: bool| blocked.iter().filter(|(f, t)| by_pair(*f as usize, *t as usize) == Some(wanted)).count() as u64;
    Ok(Learned {
        method,
        weights,
        levels,
        pairs: blocked.len() as u64,
        accepted: labelled(true),
        rejected: labelled(false),
        matched,
        random_pairs: chance.pairs,
        rounds,
    })
}

/// Bits from which a serial number counts as strong in the mixture: an agreement of five digits is another thing than one of
/// nine characters.
const STRONG_BITS: f64 = 10.0;

fn seen(scored: &score::Scored) -> Vec<Seen> {
    let parts = scored.parts.iter().filter(|p| p.field != StepField::Prior);
    parts.map(|p| (p.field.clone(), p.outcome, p.field == StepField::Serial && p.bits >= STRONG_BITS)).collect()
}

fn serial_bits(scored: &score::Scored) -> f64 {
    scored.parts.iter().find(|p| p.field == StepField::Serial).map_or(0.0, |p| p.bits)
}

/// Refuses records that state too little: two classes that are independent in every field can be told apart by three fields
/// and not by two (Goodman 1974, "Exploratory latent structure analysis", Biometrika 61), whatever number of pairs there is.
fn tells_apart(patterns: &[((Vec<Seen>, Said), Pattern)]) -> Result<(), TraceError> {
    let all: f64 = patterns.iter().map(|(_, p)| p.count).sum();
    let mut stated: BTreeMap<&StepField, f64> = BTreeMap::new();
    for ((seen, _), pattern) in patterns {
        for (field, outcome, _) in seen {
            // Where nothing can be compared, nothing is stated.
            if *outcome != "not_comparable" {
                *stated.entry(field).or_default() += pattern.count;
            }
        }
    }
    let often: Vec<&str> =
        stated.iter().filter(|(_, n)| **n >= OFTEN_STATED * all).map(|(field, _)| field.code()).collect();
    if often.len() >= FEWEST_FIELDS {
        return Ok(());
    }
    let got = if often.is_empty() { "none".to_owned() } else { often.join(", ") };
    Err(TraceError::Untold { fewest: FEWEST_FIELDS, got })
}

/// Refuses a mixture that takes many more pairs for one firearm than the former weights expect.
///
/// Fields are not independent among neighbours: guns of one series share maker, calibre and model, and two classes take them for
/// those of one firearm wherever few other fields speak. On a simulated country with serial number, maker and calibre 1,052 pairs
/// were counted where 340 are true; with model and date beside them, 327.
fn not_neighbours(patterns: &[((Vec<Seen>, Said), Pattern)], shares: &[f64]) -> Result<(), TraceError> {
    let expected: f64 = patterns
        .iter()
        .map(|((_, said), p)| match said {
            Said::Same => p.count,
            Said::Different => 0.0,
            Said::Nothing => p.probability,
        })
        .sum();
    let found: f64 = patterns.iter().zip(shares).map(|((_, p), share)| p.count * share).sum();
    // A few pairs more are what learning is for.
    if found <= (MOST_MORE * expected).max(expected + FEWEST_MATCHES) {
        return Ok(());
    }
    Err(TraceError::Neighbours { found: found.round() as u64, expected: expected.round() as u64 })
}

/// Share of each pattern's pairs that are one firearm, by a mixture of two classes with independent fields.
///
/// Both classes are free: different firearms that share a key are no random pairs. What people said stays fixed.
fn mixture(patterns: &[((Vec<Seen>, Said), Pattern)]) -> (Vec<f64>, usize) {
    let fixed = |said: Said| match said {
        Said::Same => Some(1.0),
        Said::Different => Some(0.0),
        Said::Nothing => None,
    };
    let mut shares: Vec<f64> =
        patterns.iter().map(|((_, said), p)| fixed(*said).unwrap_or(p.probability / p.count)).collect();
    let all: f64 = patterns.iter().map(|(_, p)| p.count).sum();
    for round in 1..=MOST_ROUNDS {
        // Maximisation: counts of every level in both classes, half a pair added so that no level is impossible.
        let mut levels: BTreeMap<&Seen, [f64; 2]> = BTreeMap::new();
        let mut fields: BTreeMap<&StepField, [f64; 2]> = BTreeMap::new();
        for (((seen, _), pattern), share) in patterns.iter().zip(&shares) {
            let parts = [pattern.count * share, pattern.count * (1.0 - share)];
            for level in seen {
                let (l, f) = (levels.entry(level).or_insert([0.5; 2]), fields.entry(&level.0).or_insert([0.5; 2]));
                for class in 0..2 {
                    l[class] += parts[class];
                    f[class] += parts[class];
                }
            }
        }
        let matched: f64 = patterns.iter().zip(&shares).map(|((_, p), share)| p.count * share).sum();
        let odds = ((matched + 0.5) / (all - matched + 0.5)).log2();
        // Expectation.
        let mut change = 0.0;
        for (((seen, said), pattern), share) in patterns.iter().zip(&mut shares) {
            let new = fixed(*said).unwrap_or_else(|| {
                let bits: f64 = seen
                    .iter()
                    .map(|level| {
                        let (l, f) = (levels[level], fields[&level.0]);
                        (l[0] / f[0] / (l[1] / f[1])).log2()
                    })
                    .sum();
                1.0 / (1.0 + (-(odds + bits)).exp2())
            });
            change += pattern.count * (new - *share).abs();
            *share = new;
        }
        if change / all.max(1.0) < STILL {
            return (shares, round);
        }
    }
    (shares, MOST_ROUNDS)
}

/// Levels among pairs drawn at random.
struct Chance {
    pairs: u64,
    levels: BTreeMap<(StepField, &'static str), f64>,
    fields: BTreeMap<StepField, f64>,
}

impl Chance {
    fn draw(bench: &score::Bench<'_>, firearms: usize, traces: usize) -> Self {
        let pairs = RANDOM_PAIRS.min(firearms as u64 * traces as u64);
        // A fixed scattering (the finaliser of MurmurHash3) stands for chance: the same records give the same weights.
        let scattered = |n: u64| {
            let mut x = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
            x = (x ^ (x >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
            x = (x ^ (x >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
            x ^ (x >> 33)
        };
        let counted: BTreeMap<(StepField, &'static str), u64> = (0..pairs)
            .into_par_iter()
            .fold(BTreeMap::new, |mut counts: BTreeMap<(StepField, &'static str), u64>, n| {
                let f = (scattered(2 * n) % firearms.max(1) as u64) as usize;
                let t = (scattered(2 * n + 1) % traces.max(1) as u64) as usize;
                for part in bench.score(f, t, false).parts {
                    *counts.entry((part.field, part.outcome)).or_default() += 1;
                }
                counts
            })
            .reduce(BTreeMap::new, |mut a, b| {
                for (key, n) in b {
                    *a.entry(key).or_default() += n;
                }
                a
            });
        let mut fields: BTreeMap<StepField, f64> = BTreeMap::new();
        for ((field, _), n) in &counted {
            *fields.entry(field.clone()).or_default() += *n as f64;
        }
        Self { pairs, levels: counted.into_iter().map(|(k, n)| (k, n as f64)).collect(), fields }
    }

    /// Random pairs of an outcome.
    fn count(&self, field: &StepField, outcome: &'static str) -> f64 {
        self.levels.get(&(field.clone(), outcome)).copied().unwrap_or(0.0)
    }

    /// Share of an outcome among random pairs that state the field, half a pair added.
    fn share(&self, field: &StepField, outcome: &'static str) -> f64 {
        let n = self.count(field, outcome);
        (n + 0.5) / (self.fields.get(field).copied().unwrap_or(0.0) + 1.0)
    }
}

/// What a level's pairs sum to.
#[derive(Default, Clone, Copy)]
struct Sum {
    matched: f64,
    unmatched: f64,
    serial_bits: f64,
}

fn weigh(
    old: &Weights,
    patterns: &[((Vec<Seen>, Said), Pattern)],
    shares: &[f64],
    chance: &Chance,
    all_pairs: f64,
) -> (Weights, Vec<LearnedLevel>) {
    let mut sums: BTreeMap<(&StepField, &'static str), Sum> = BTreeMap::new();
    let mut fields: BTreeMap<&StepField, f64> = BTreeMap::new();
    for (((seen, _), pattern), share) in patterns.iter().zip(shares) {
        for (field, outcome, _) in seen {
            let sum = sums.entry((field, outcome)).or_default();
            sum.matched += pattern.count * share;
            sum.unmatched += pattern.count * (1.0 - share);
            sum.serial_bits += pattern.serial_bits * share;
            *fields.entry(field).or_default() += pattern.count * share;
        }
    }
    let proposals = Weights::default();
    let mut new = old.clone();
    let mut told = Vec::new();
    // What the former weights say of each level of a field, as shares that sum to one.
    let expected = |level: &super::Level| -> f64 {
        let raw = |l: &super::Level| {
            if l.scaled {
                (l.of(old) - l.of(&proposals)).exp2()
            } else {
                chance.share(&l.field, l.outcome) * l.of(old).exp2()
            }
        };
        let all: f64 = LEVELS.iter().filter(|l| l.field == level.field).map(raw).sum();
        raw(level) / all.max(f64::MIN_POSITIVE)
    };
    for level in &LEVELS {
        let sum = sums.get(&(&level.field, level.outcome)).copied().unwrap_or_default();
        let of_field = fields.get(&level.field).copied().unwrap_or(0.0);
        let serial = level.field == StepField::Serial;
        let (m, u) = if serial {
            let unmatched = if level.scaled {
                (sum.unmatched + 0.5) / all_pairs.max(1.0)
            } else {
                chance.share(&level.field, level.outcome)
            };
            ((sum.matched + 0.5) / (of_field + 1.0), unmatched)
        } else {
            let m = (sum.matched + PRIOR_PAIRS * expected(level)) / (of_field + PRIOR_PAIRS);
            (m, chance.share(&level.field, level.outcome))
        };
        let before = level.of(old);
        // A level that is seen neither among pairs of one firearm nor by chance teaches nothing.
        let unseen = !(serial && level.scaled)
            && sum.matched < FEWEST_AT_LEVEL
            && chance.count(&level.field, level.outcome) < FEWEST_AT_LEVEL;
        let kept = of_field < FEWEST_MATCHES || unseen || (serial && level.scaled && sum.matched < FEWEST_AT_LEVEL);
        let wanted = if kept {
            before
        } else if serial && level.scaled {
            // The bits of a serial number are its information and this level's part; the information stays.
            let information = sum.serial_bits / sum.matched - before;
            (m / u).log2() - information
        } else if level.scaled {
            // The rarity of the value is its u; m moves the whole scale.
            level.of(&proposals) + m.log2()
        } else {
            (m / u).log2()
        };
        if !kept {
            level.set(&mut new, wanted);
        }
        let after = level.of(&new);
        told.push(LearnedLevel {
            field: level.field.clone(),
            outcome: level.outcome.to_owned(),
            matched: sum.matched,
            matched_of_field: of_field,
            m,
            u,
            old: before,
            new: after,
            kept,
            held: !kept && (after - wanted).abs() > 1e-9,
        });
    }
    (new, told)
}
