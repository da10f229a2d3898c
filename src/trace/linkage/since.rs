//! Linking again after some records have changed: only pairs that the change can reach are compared and decided.
//!
//! A pair whose two records are as they were is decided as it was, unless something that all pairs rest on together has moved
//! for it: the prior, the rarity of its maker or calibre, a key that has become too common or is so no longer, or another
//! firearm's claim to its trace. Whoever is reached by one of these is taken as changed, so that the result is that of a
//! linking from nothing; a test compares the two.

use super::blocking::{Blocks, Bounds};
use super::score::{Bench, Counts, rarity};
use super::side::Side;
use super::{Decision, LinkOptions, Linkage, RecordLink, explained, gates, hold_back_rival_claims};
use crate::trace::catalogue::Catalogues;
use crate::trace::{FirearmRecord, TraceError, TraceRecord};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What the scores of all pairs rest on together.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Common {
    /// Traces that the prior counts.
    population: usize,
    /// Traces by maker and calibre, whose rarity gives the bits of agreeing on one.
    counts: Counts,
    /// Keys that too many records share.
    closed: BTreeSet<u64>,
    /// How many traces share each key of a firearm.
    met: Vec<(u64, u64)>,
}

/// A former linking, and what has changed since.
#[derive(Debug, Clone)]
pub struct Former<'a> {
    /// What it rested on, beside the same weights and catalogues.
    pub common: &'a Common,
    /// Of each firearm: whether its record is new or says something else.
    pub firearms: Vec<bool>,
    /// Of each trace.
    pub traces: Vec<bool>,
    /// Pairs on which any decision stands, as indices of firearm and trace.
    pub decided: &'a [(usize, usize)],
}

/// Which pairs were decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    /// All of them.
    All,
    /// Those of these firearms, and those of these traces.
    Of {
        /// Of each firearm.
        firearms: Vec<bool>,
        /// Of each trace.
        traces: Vec<bool>,
    },
}

impl Extent {
    /// Whether a pair was decided.
    #[must_use]
    pub fn holds(&self, firearm: usize, trace: usize) -> bool {
        match self {
            Self::All => true,
            Self::Of { firearms, traces } => firearms[firearm] || traces[trace],
        }
    }
}

/// Links firearms to traces as [`super::link_all`] does, and after a former linking only the pairs that the changes since can
/// reach. Pairs that `stood` and are decided against now are explained in [`Linkage::gone`].
///
/// # Errors
/// As [`super::link_all`].
pub fn link_since(
    firearms: &[FirearmRecord],
    traces: &[TraceRecord],
    catalogues: &Catalogues,
    options: &LinkOptions,
    former: Option<&Former<'_>>,
    stood: &[(usize, usize)],
) -> Result<Linkage, TraceError> {
    bounded((firearms, traces), catalogues, options, former, stood, Bounds::default())
}

type Pair = (usize, usize);

fn bounded(
    (firearms, traces): (&[FirearmRecord], &[TraceRecord]),
    catalogues: &Catalogues,
    options: &LinkOptions,
    former: Option<&Former<'_>>,
    stood: &[Pair],
    bounds: Bounds,
) -> Result<Linkage, TraceError> {
    options.weights.check()?;
    let bench = Bench::new(firearms, traces, catalogues, options);
    let blocks = Blocks::of(&bench.firearms, &bench.traces, bounds)?;
    let mut counts = Counts::default();
    bench.traces.iter().for_each(|side| counts.add(side));
    let common = Common { population: bench.population, counts, closed: blocks.closed(), met: blocks.met() };
    let decide = |pairs: &[(u32, u32)]| decided(&bench, (firearms, traces), pairs);
    let (links, pairs, extent) = match former.filter(|f| f.common.population == common.population) {
        None => {
            let pairs = blocks.pairs(&bench.traces, |_| true, |_, _| true);
            (decide(&pairs), pairs.len(), Extent::All)
        }
        Some(former) => {
            let reached = reached(former, &common, &bench, &blocks, options);
            let any = reached.contains(&true);
            let mut changed = former.traces.clone();
            let first = blocks.pairs(&bench.traces, |t| any || changed[t], |f, t| changed[t] || reached[f]);
            let mut links = decide(&first);
            // One trace is one firearm: who gains or gives up a claim changes what becomes of the others' claims.
            let claims = links.iter().filter(|(_, l)| l.decision == Decision::Automatic).map(|(pair, _)| pair);
            let claimed = claims.chain(former.decided.iter().filter(|(f, _)| reached[*f])).map(|(_, t)| *t);
            let rivals: HashSet<usize> = claimed.filter(|t| !changed[*t]).collect();
            let second = blocks.pairs(&bench.traces, |t| rivals.contains(&t), |f, _| !reached[f]);
            links.extend(decide(&second));
            rivals.iter().for_each(|t| changed[*t] = true);
            (links, first.len() + second.len(), Extent::Of { firearms: reached, traces: changed })
        }
    };
    Ok(concluded(&bench, (firearms, traces), &blocks, links, stood, (pairs, extent, common)))
}

/// Links after a change of traces alone, without the others: `changed` as they are now and `before` those of them that were there,
/// as they were. None where the change reaches more than the pairs of these traces, so that all records must be looked at.
/// `stood` names firearms and, among `changed`, traces.
///
/// # Errors
/// As [`super::link_all`].
pub fn link_traces_since(
    firearms: &[FirearmRecord],
    (before, changed): (&[TraceRecord], &[TraceRecord]),
    catalogues: &Catalogues,
    options: &LinkOptions,
    former: &Common,
    stood: &[(usize, usize)],
) -> Result<Option<Linkage>, TraceError> {
    alone(firearms, (before, changed), catalogues, options, former, stood, Bounds::default())
}

fn alone(
    firearms: &[FirearmRecord],
    (before, changed): (&[TraceRecord], &[TraceRecord]),
    catalogues: &Catalogues,
    options: &LinkOptions,
    former: &Common,
    stood: &[Pair],
    bounds: Bounds,
) -> Result<Option<Linkage>, TraceError> {
    options.weights.check()?;
    let (old, new): (Vec<Side<'_>>, Vec<Side<'_>>) = (
        before.par_iter().map(|t| Side::trace(t, catalogues)).collect(),
        changed.par_iter().map(|t| Side::trace(t, catalogues)).collect(),
    );
    let mut counts = former.counts.clone();
    old.iter().for_each(|side| counts.take(side));
    new.iter().for_each(|side| counts.add(side));
    let bench = Bench::among(firearms, new, &counts, catalogues, options);
    let blocks = Blocks::counted(&bench.firearms, &former.met, bounds)?;
    old.iter().for_each(|side| blocks.count(side, -1));
    bench.traces.iter().for_each(|side| blocks.count(side, 1));
    let common = Common { population: bench.population, counts, closed: blocks.closed(), met: blocks.met() };
    let nobody = Former { common: former, firearms: vec![false; firearms.len()], traces: Vec::new(), decided: &[] };
    if common.population != former.population || reached(&nobody, &common, &bench, &blocks, options).contains(&true) {
        return Ok(None);
    }
    let pairs = blocks.pairs(&bench.traces, |_| true, |_, _| true);
    let links = decided(&bench, (firearms, changed), &pairs);
    let extent = Extent::Of { firearms: vec![false; firearms.len()], traces: vec![true; changed.len()] };
    let count = pairs.len();
    Ok(Some(concluded(&bench, (firearms, changed), &blocks, links, stood, (count, extent, common))))
}

/// Those of the pairs that are to be joined or looked at.
fn decided(
    bench: &Bench<'_>,
    (firearms, traces): (&[FirearmRecord], &[TraceRecord]),
    pairs: &[(u32, u32)],
) -> Vec<(Pair, RecordLink)> {
    let decided = pairs.par_iter().filter_map(|(f, t)| {
        let (f, t) = (*f as usize, *t as usize);
        let scored = bench.score(f, t, false);
        let (decision, _) = gates::decide(&bench.firearms[f], &bench.traces[t], &traces[t].status, &scored);
        // Sentences are only written for the few pairs that somebody will read.
        (decision != Decision::None).then(|| ((f, t), explained(bench, (f, t), &firearms[f], &traces[t])))
    });
    decided.collect()
}

/// The links in order, rivals held back, and what stood and does not any more.
fn concluded(
    bench: &Bench<'_>,
    (firearms, traces): (&[FirearmRecord], &[TraceRecord]),
    blocks: &Blocks,
    mut links: Vec<(Pair, RecordLink)>,
    stood: &[Pair],
    (pairs, extent, common): (usize, Extent, Common),
) -> Linkage {
    hold_back_rival_claims(links.iter_mut().map(|(_, link)| link));
    let found: HashSet<Pair> = links.iter().map(|(pair, _)| *pair).collect();
    let gone = stood.par_iter().filter(|pair| {
        pair.0 < firearms.len() && pair.1 < traces.len() && extent.holds(pair.0, pair.1) && !found.contains(pair)
    });
    let gone = gone.map(|(f, t)| explained(bench, (*f, *t), &firearms[*f], &traces[*t])).collect();
    let mut links: Vec<RecordLink> = links.into_iter().map(|(_, link)| link).collect();
    links.par_sort_by(|a, b| {
        a.firearm.cmp(&b.firearm).then(b.bits.total_cmp(&a.bits)).then_with(|| a.trace.cmp(&b.trace))
    });
    let skipped = blocks.skipped(|at| firearms[at].firearm.clone());
    Linkage { links, pairs, skipped, extent, gone, common }
}

/// The firearms that changed, and those for which something has moved that all pairs rest on together.
fn reached(former: &Former<'_>, now: &Common, bench: &Bench<'_>, blocks: &Blocks, options: &LinkOptions) -> Vec<bool> {
    let mut reached = former.firearms.clone();
    let then = &former.common.counts;
    let makers = rarity(&then.makers, options.weights.same_maker);
    let calibres = rarity(&then.calibres, options.weights.same_calibre);
    let moved = |then: &BTreeMap<String, f64>, now: &BTreeMap<String, f64>, value: &str| {
        // A value that no trace bears, then or now, is agreed on by none of the unchanged ones.
        matches!((then.get(value), now.get(value)), (Some(a), Some(b)) if a != b)
    };
    for (at, side) in bench.firearms.iter().enumerate() {
        let maker = side.maker.as_ref().is_some_and(|m| moved(&makers, &bench.maker_bits, &m.family));
        let calibre = side.calibre.as_ref().is_some_and(|c| moved(&calibres, &bench.calibre_bits, &c.code));
        reached[at] |= maker || calibre;
    }
    for key in former.common.closed.symmetric_difference(&now.closed) {
        blocks.firearms_of(*key).for_each(|f| reached[f] = true);
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{FirearmId, TraceId};
    use crate::trace::{Serial, TraceStatus};
    use proptest::prelude::*;

    /// Few values, so that records meet, claim the same traces, fill blocks and turn rarities.
    #[derive(Debug, Clone)]
    struct Said {
        trace: bool,
        number: usize,
        serial: String,
        maker: &'static str,
        calibre: &'static str,
        case: Option<u8>,
        noted: Option<usize>,
    }

    fn said() -> impl Strategy<Value = Said> {
        let words = (prop_oneof![Just("Glock"), Just("Taurus"), Just("Colt")], prop_oneof![Just("9mm"), Just("45")]);
        let serial = prop_oneof![3 => "[AB][BC]12345[67]", 1 => Just("OBLIT".to_owned()), 1 => "XYZ98765[0-9]"];
        (any::<bool>(), 0..14usize, serial, words, proptest::option::of(0..3u8), proptest::option::of(0..14usize))
            .prop_map(|(trace, number, serial, (maker, calibre), case, noted)| Said {
                trace,
                number,
                serial,
                maker,
                calibre,
                case,
                noted,
            })
    }

    #[derive(Default, Clone)]
    struct Shelf {
        firearms: BTreeMap<FirearmId, FirearmRecord>,
        traces: BTreeMap<TraceId, TraceRecord>,
    }

    impl Shelf {
        fn put(&mut self, said: &Said) {
            let case = said.case.map(|c| format!("case {c}"));
            let (maker, calibre) = (Some(said.maker.to_owned()), Some(said.calibre.to_owned()));
            if said.trace {
                let mut record =
                    TraceRecord::new(TraceId::new(format!("T{}", said.number)), Serial::read(&said.serial));
                (record.status, record.maker, record.calibre) = (TraceStatus::Completed, maker, calibre);
                (record.case_number, record.item) = (case, Some("1".to_owned()));
                record.agency = Some("Invented PD".to_owned());
                self.traces.insert(record.trace.clone(), record);
            } else {
                let mut record =
                    FirearmRecord::new(FirearmId::new(format!("F{}", said.number)), Serial::read(&said.serial));
                (record.maker, record.calibre, record.case_number) = (maker, calibre, case);
                (record.item, record.agency) = (Some("1".to_owned()), Some("Invented PD".to_owned()));
                record.trace = said.noted.map(|t| TraceId::new(format!("T{t}")));
                self.firearms.insert(record.firearm.clone(), record);
            }
        }

        fn lists(&self) -> (Vec<FirearmRecord>, Vec<TraceRecord>) {
            (self.firearms.values().cloned().collect(), self.traces.values().cloned().collect())
        }
    }

    type Standing = BTreeMap<(FirearmId, TraceId), RecordLink>;

    /// One linking after another on the same shelf; what stands at the end, and pairs compared.
    fn in_steps(steps: &[Vec<Said>], options: &LinkOptions, bounds: Bounds) -> (Standing, Shelf, Vec<usize>, usize) {
        let catalogues = Catalogues::embedded().unwrap();
        let (mut shelf, mut before, mut common) = (Shelf::default(), Shelf::default(), None::<Common>);
        let (mut standing, mut compared, mut shortly) = (Standing::new(), Vec::new(), 0);
        for step in steps {
            step.iter().for_each(|said| shelf.put(said));
            let (firearms, traces) = shelf.lists();
            let place = |(f, t): &(FirearmId, TraceId)| {
                let f = firearms.iter().position(|x| x.firearm == *f).unwrap();
                (f, traces.iter().position(|x| x.trace == *t).unwrap())
            };
            let stood: Vec<Pair> = standing.keys().map(place).collect();
            let former = common.as_ref().map(|common| Former {
                common,
                firearms: firearms.iter().map(|f| before.firearms.get(&f.firearm) != Some(f)).collect(),
                traces: traces.iter().map(|t| before.traces.get(&t.trace) != Some(t)).collect(),
                decided: &stood,
            });
            let mut found =
                bounded((&firearms, &traces), &catalogues, options, former.as_ref(), &stood, bounds).unwrap();
            if let Some(former) = former.as_ref().filter(|f| !f.firearms.contains(&true)) {
                // The short way, where it is open, decides the same.
                let changed: Vec<usize> = (0..traces.len()).filter(|t| former.traces[*t]).collect();
                let now: Vec<TraceRecord> = changed.iter().map(|t| traces[*t].clone()).collect();
                let old: Vec<TraceRecord> = now.iter().filter_map(|t| before.traces.get(&t.trace).cloned()).collect();
                let at = |t: usize| changed.iter().position(|c| *c == t);
                let those: Vec<Pair> = stood.iter().filter_map(|(f, t)| Some((*f, at(*t)?))).collect();
                let both = (old.as_slice(), now.as_slice());
                let short = alone(&firearms, both, &catalogues, options, former.common, &those, bounds).unwrap();
                if let Some(short) = short {
                    assert_eq!((&short.links, &short.gone), (&found.links, &found.gone));
                    assert_eq!((&short.common, short.pairs), (&found.common, found.pairs));
                    found = short;
                    shortly += 1;
                }
            }
            for gone in &found.gone {
                standing.remove(&(gone.firearm.clone(), gone.trace.clone())).unwrap();
            }
            for link in found.links {
                standing.insert((link.firearm.clone(), link.trace.clone()), link);
            }
            compared.push(found.pairs);
            (common, before) = (Some(found.common), shelf.clone());
        }
        (standing, shelf, compared, shortly)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn linking_after_each_import_ends_where_linking_from_nothing_ends(
            steps in proptest::collection::vec(proptest::collection::vec(said(), 1..12), 1..8),
            (firearms, pairs) in (2u64..6, 4u64..30),
            known in 0usize..60,
        ) {
            // A population that stays, or the prior would be another one with every trace.
            let options = LinkOptions { population: Some(1_000), ..LinkOptions::default() };
            let bounds = Bounds { firearms, pairs };
            // Traces that were there from the beginning, so that rarities are believed in some cases and move.
            let first: Vec<Said> = (0..known)
                .map(|n| Said {
                    trace: true, number: 100 + n, serial: format!("QQ{:05}", n * 977), maker: if n % 2 == 0 { "Glock" } else { "Colt" },
                    calibre: "9mm", case: None, noted: None,
                })
                .collect();
            let steps: Vec<Vec<Said>> = std::iter::once(first).chain(steps).collect();
            let (standing, shelf, _, _) = in_steps(&steps, &options, bounds);
            let (firearms, traces) = shelf.lists();
            let whole = bounded((&firearms, &traces), &Catalogues::embedded().unwrap(), &options, None, &[], bounds).unwrap();
            let whole: Standing =
                whole.links.into_iter().map(|l| ((l.firearm.clone(), l.trace.clone()), l)).collect();
            prop_assert_eq!(standing, whole);
        }
    }

    #[test]
    fn a_new_trace_is_compared_with_its_own_pairs_alone_and_a_rival_takes_the_other_claim_back() {
        let said = |trace: bool, number: usize, serial: &str| Said {
            trace,
            number,
            serial: serial.to_owned(),
            maker: "Glock",
            calibre: "9mm",
            case: None,
            noted: None,
        };
        let all: Vec<Said> = (0..50)
            .flat_map(|n| {
                [said(false, n, &format!("ABC{:06}", n * 7919)), said(true, n, &format!("ABC{:06}", n * 7919))]
            })
            .collect();
        let options = LinkOptions { population: Some(1_000), ..LinkOptions::default() };
        let steps = vec![all, vec![said(true, 99, "ABC007919")], vec![said(false, 99, "ABC007919")]];
        let (standing, _, compared, shortly) = in_steps(&steps, &options, Bounds::default());
        assert_eq!(shortly, 1, "after the new trace, without the others");
        let decision = |f: &str, t: &str| standing[&(FirearmId::new(f), TraceId::new(t))].decision;
        assert_eq!(decision("F0", "T0"), Decision::Automatic);
        for (f, t) in [("F1", "T1"), ("F1", "T99"), ("F99", "T1"), ("F99", "T99")] {
            assert_eq!(decision(f, t), Decision::Review, "{f} {t}: two firearms claim the trace");
        }
        // A pair is also formed where numbers are parts or slips of one another.
        assert!(compared[0] > 50 && compared[1] < 8 && compared[2] < 20, "{compared:?}");
    }
}
