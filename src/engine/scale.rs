//! Scale: how the stages of the search hold up when the gallery grows, measured on labelled scans among resampled signatures.
//!
//! Labelled marks lie in a gallery with any number of surrogates ([`crate::signature::surrogate`]), and every mark that has a mate asks. The first stage and
//! the polar code run as they do in a search. The precise comparison is real between real marks; a surrogate has no surface to compare, so each that
//! comes so far draws its score from the known non-matches of the model's reference population.

use super::error::EngineError;
use super::parameters::Parameters;
use super::ports::Clock;
use super::progress::Progress;
use super::truth::Labelled;
use crate::index::{CandidateIndex as _, ExactIndex, GraphParameters, PlannedIndex, Planner, Vectors};
use crate::mark::Mark;
use crate::signature::surrogate::Surrogates;
use crate::signature::vector::draw_query;
use crate::signature::{CodeSpectrum, PolarCode, QueryCode, QuickCode, QuickCoder, QuickQuery, QuickRoom, Signature};
use jiff::Timestamp;
use rand::{Rng as _, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Depths of the shortlist at which recall is told.
const DEPTHS: [usize; 9] = [10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000];
/// See [`Scale::shortlist_depths`].
const SHORTLIST_DEPTHS: [usize; 9] = [1, 3, 10, 20, 50, 100, 200, 500, 1_000];
/// Most distractors: ten gigabytes of vectors.
pub const MOST_DISTRACTORS: usize = 10_000_000;
/// Surrogates drawn between two looks at whether to stop.
const PART: usize = 4_096;

/// A labelled mark with its signature; the query is drawn from `query`, which a treatment may have spoilt.
pub struct Asked<'a> {
    /// What is known of it.
    pub label: &'a Labelled,
    /// The mark as a query.
    pub query: &'a Mark,
    /// The mark in the gallery.
    pub mark: &'a Mark,
    /// Its signature.
    pub signature: &'a Signature,
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct Scale {
    /// Resampled signatures in the gallery.
    pub distractors: usize,
    /// Their seed.
    pub seed: u64,
    /// What they are, for readers of the file.
    pub distractors_are: &'static str,
    /// Real marks in the gallery.
    pub marks: usize,
    /// Marks that pass from the vectors to the quick look, from there to the polar code, and from there to the precise comparison.
    pub to_quick: usize,
    /// See `to_quick`.
    pub to_code: usize,
    /// See `to_quick`.
    pub to_compare: usize,
    /// Galleries that recall is told for: so many of the distractors beside all marks.
    pub sizes: Vec<usize>,
    /// Depths of the first stage that recall is told at.
    pub depths: Vec<usize>,
    /// Depths of the shortlist after the first stage that recall is told at.
    pub shortlist_depths: [usize; 9],
    /// Over all queries.
    pub all: Recall,
    /// The same by study.
    pub studies: BTreeMap<String, Recall>,
    /// Seconds of the stages on this machine; not part of a reproducible result.
    pub seconds: Seconds,
}

/// Shares of queries whose nearest mate got so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Recall {
    /// Queries with a mate.
    pub queries: usize,
    /// First stage: for each gallery size the share with a mate within each depth.
    pub first_stage: Vec<Vec<f64>>,
    /// Share with a mate within each of the shortlist's depths after the quick looks, largest gallery.
    pub quick: Vec<f64>,
    /// The same after the search of the codes.
    pub codes: Vec<f64>,
    /// Share with a mate that went on from the quick look to the polar code, largest gallery.
    pub coded: f64,
    /// Share with a mate that went on to the precise comparison.
    pub compared: f64,
    /// Share whose final first candidate is a mate.
    pub top1: f64,
    /// Share with a mate in the final top ten.
    pub top10: f64,
    /// Queries with a mate left after each stage, largest gallery: what a receipt is told of such a search.
    pub counts: Counts,
}

/// Queries with a mate, and of these how many had one left after each stage; each stage counts among those that the one before has left.
///
/// A query counts once however many mates it has, and by the one that got furthest: a share of these counts is that of queries which find a mate at all. The
/// only mate of a query is lost somewhat more often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Queries with a mate in the gallery.
    pub queries: usize,
    /// Of these, with a mate that the vectors passed on.
    pub vectors: usize,
    /// With a mate that the quick looks at codes passed on.
    pub quick: usize,
    /// With a mate that the codes passed on to the precise comparison.
    pub codes: usize,
}

/// Wall-clock seconds a query: the middle one, and the one that 95 % stay below.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Seconds {
    /// Drawing the query and scanning the vectors.
    pub vectors_median: f64,
    /// See `vectors_median`.
    pub vectors_p95: f64,
    /// Quick looks at codes.
    pub quick_median: f64,
    /// See `quick_median`.
    pub quick_p95: f64,
    /// Searching the codes.
    pub codes_median: f64,
    /// See `codes_median`.
    pub codes_p95: f64,
    /// Drawing all surrogates.
    pub surrogates_total: f64,
}

/// How far one query's first mate got.
struct Reached {
    study: String,
    /// For each gallery size how many lie before the first mate in the first stage; none where the list ended.
    before: Vec<Option<usize>>,
    /// Whether one was among those that the search of the vectors passed on.
    passed: bool,
    /// Place of the first after the quick looks, from 0.
    quick_place: Option<usize>,
    /// Place of the first after the search of the codes, from 0.
    code_place: Option<usize>,
    compared: bool,
    /// Place in the final list, from 0.
    place: Option<usize>,
    seconds: [f64; 3],
}

/// Measures the search of `asked` among `distractors` surrogates; `score` gives the score of two of them by their places.
///
/// # Errors
/// [`EngineError::Stopped`]; [`EngineError::Input`] when there are too many distractors or no marks to draw them from.
pub fn measure(
    asked: &[Asked<'_>],
    (distractors, seed): (usize, u64),
    score: &(dyn Fn(usize, usize) -> Option<f64> + Sync),
    parameters: &Parameters,
    clock: &dyn Clock,
    progress: &dyn Progress,
) -> Result<Scale, EngineError> {
    if distractors > MOST_DISTRACTORS || asked.is_empty() {
        return Err(EngineError::Input {
            what: "distractors".to_owned(),
            expected: format!("at most {MOST_DISTRACTORS}, and marks to draw them from"),
            got: format!("{distractors} of {} marks", asked.len()),
        });
    }
    let started = clock.now();
    let marks: Vec<&Mark> = asked.iter().map(|a| a.mark).collect();
    let surrogates = Surrogates::of(&marks, &parameters.signature, seed);
    let vectors = gallery(asked, &surrogates, distractors, progress)?;
    let surrogates_total = clock.now().duration_since(started).as_secs_f64();
    let mut sizes: Vec<usize> = (3..=7).map(|p| 10usize.pow(p)).filter(|n| *n < distractors).collect();
    sizes.push(distractors);
    let depths: Vec<usize> = DEPTHS.into_iter().filter(|d| *d <= asked.len() + distractors).collect();
    let vectors = Arc::new(vectors);
    let (graph, planner) = (GraphParameters::default(), Planner::default());
    let planned = PlannedIndex::build(Arc::clone(&vectors), graph, planner, parameters.funnel.to_quick)?;
    let exact = ExactIndex::new(vectors);
    let (surrogates, sizes) = (&surrogates, sizes.as_slice());
    let search = Search { asked, surrogates, exact, planned, sizes, score, parameters, clock };
    let has_mate = |at: &usize| {
        asked
            .iter()
            .enumerate()
            .any(|(other, a)| other != *at && asked.get(*at).is_some_and(|q| q.label.mates(a.label)))
    };
    let queries: Vec<usize> = (0..asked.len()).filter(has_mate).collect();
    progress.begin("search among distractors", queries.len() as u64);
    let mut reached = Vec::with_capacity(queries.len());
    for query in queries {
        if progress.stop_requested() {
            return Err(EngineError::Stopped);
        }
        reached.push(search.one(query, depths.last().copied().unwrap_or(0))?);
        progress.advance();
    }
    let studies: BTreeSet<&String> = reached.iter().map(|r| &r.study).collect();
    let of = |study: Option<&String>| {
        let those: Vec<&Reached> = reached.iter().filter(|r| study.is_none_or(|s| r.study == *s)).collect();
        recall(&those, sizes.len(), &depths, parameters.funnel.to_code)
    };
    let spent = |stage: usize, at: f64| quantile(reached.iter().filter_map(|r| r.seconds.get(stage)).copied(), at);
    Ok(Scale {
        distractors,
        seed,
        distractors_are: "resampled signatures: power spectra and masks of the scans, random phases; their final scores are drawn from \
                          known non-matches",
        marks: asked.len(),
        to_quick: parameters.funnel.to_quick,
        to_code: parameters.funnel.to_code,
        to_compare: parameters.funnel.to_compare,
        all: of(None),
        studies: studies.into_iter().map(|s| (s.clone(), of(Some(s)))).collect(),
        seconds: Seconds {
            vectors_median: spent(0, 0.5),
            vectors_p95: spent(0, 0.95),
            quick_median: spent(1, 0.5),
            quick_p95: spent(1, 0.95),
            codes_median: spent(2, 0.5),
            codes_p95: spent(2, 0.95),
            surrogates_total,
        },
        sizes: sizes.to_vec(),
        depths,
        shortlist_depths: SHORTLIST_DEPTHS,
    })
}

/// The vectors of the marks under their places, then those of the surrogates.
fn gallery(
    asked: &[Asked<'_>],
    surrogates: &Surrogates,
    distractors: usize,
    progress: &dyn Progress,
) -> Result<Vectors, EngineError> {
    progress.begin("draw distractors", distractors as u64);
    let words = asked.first().map_or(0, |a| a.signature.vector.len());
    let mut values: Vec<u64> = Vec::with_capacity((asked.len() + distractors) * words);
    asked.iter().for_each(|a| values.extend(&a.signature.vector));
    for from in (0..distractors).step_by(PART) {
        if progress.stop_requested() {
            return Err(EngineError::Stopped);
        }
        let to = (from + PART).min(distractors);
        let part: Vec<Vec<u64>> =
            (from..to).into_par_iter().map(|n| surrogates.vector(n as u64).unwrap_or_default()).collect();
        part.iter().for_each(|vector| values.extend(vector));
        (from..to).for_each(|_| progress.advance());
    }
    let keys = (0..(asked.len() + distractors) as u64).collect();
    Ok(Vectors::from_parts(words, keys, values)?)
}

struct Search<'a> {
    asked: &'a [Asked<'a>],
    surrogates: &'a Surrogates,
    /// For the curve over all depths.
    exact: ExactIndex,
    /// As a gallery of this size is searched.
    planned: PlannedIndex,
    sizes: &'a [usize],
    score: &'a (dyn Fn(usize, usize) -> Option<f64> + Sync),
    parameters: &'a Parameters,
    clock: &'a dyn Clock,
}

impl Search<'_> {
    fn one(&self, query: usize, deepest: usize) -> Result<Reached, EngineError> {
        let Self { asked, parameters, clock, .. } = *self;
        let own = asked.get(query).ok_or(EngineError::Stopped)?;
        let marks = asked.len();
        let mates: Vec<usize> =
            (0..marks).filter(|at| *at != query && asked.get(*at).is_some_and(|a| own.label.mates(a.label))).collect();
        let widest = asked.iter().map(|a| a.signature.code.centre_sd_um()).fold(0.0, f64::max);
        let started = clock.now();
        let vectors = draw_query(own.query, widest, &parameters.signature.vector);
        let not_own = |key: u64| key != query as u64;
        let found = self.planned.search(&vectors, parameters.funnel.to_quick, Some(&not_own))?;
        let scanned = clock.now();
        let looked: Vec<usize> = found.neighbours.iter().map(|n| n.key as usize).collect();
        let is_mate = |at: &usize| mates.contains(at);
        let passed = looked.iter().any(is_mate);
        let deep = self.exact.search(&vectors, deepest, Some(&not_own))?;
        let list: Vec<usize> = deep.neighbours.iter().map(|n| n.key as usize).collect();
        let before = self
            .sizes
            .iter()
            .map(|size| list.iter().filter(|at| **at < marks + size).position(|at| mates.contains(at)))
            .collect();
        // What the search of a real gallery would read from its store is drawn anew, outside the clock.
        let grid = &parameters.signature.code;
        let coder = QuickCoder::new(grid.grid);
        let codes: Vec<(usize, PolarCode, QuickCode)> = looked
            .into_par_iter()
            .filter_map(|at| {
                let code = match asked.get(at) {
                    Some(mark) => mark.signature.code.clone(),
                    None => self.surrogates.code((at - marks) as u64)?,
                };
                let quick = coder.code(&code);
                Some((at, code, quick))
            })
            .collect();
        let began = clock.now();
        let quick = QuickQuery::of(own.query, widest, grid, &parameters.quick);
        let looks: Vec<(usize, f64)> = codes
            .par_iter()
            .enumerate()
            .map_init(QuickRoom::default, |room, (at, (_, _, other))| (at, f64::from(quick.look(&other.0, room))))
            .collect();
        let mut coded = best(looks, usize::MAX);
        let chosen = clock.now();
        let quick_place = coded.iter().position(|at| codes.get(*at).is_some_and(|(at, ..)| is_mate(at)));
        coded.truncate(parameters.funnel.to_code);
        let code = QueryCode::of(own.query, widest, grid);
        let searched: Vec<(usize, f64)> = coded
            .par_iter()
            .filter_map(|at| codes.get(*at))
            .map(|(at, other, _)| {
                let peaks = code.search(&CodeSpectrum::of(other), &parameters.search)?;
                Ok((*at, peaks.first().map_or(f64::NEG_INFINITY, |p| p.z)))
            })
            .collect::<Result<_, EngineError>>()?;
        let mut compared = best(searched, usize::MAX);
        let ended = clock.now();
        let code_place = compared.iter().position(is_mate);
        compared.truncate(parameters.funnel.to_compare);
        let last: Vec<(usize, f64)> = compared.iter().map(|&at| (at, self.final_score(query, at, marks))).collect();
        let last = best(last, usize::MAX);
        let seconds = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs_f64();
        Ok(Reached {
            study: own.label.study.clone(),
            before,
            passed,
            quick_place,
            code_place,
            compared: last.iter().any(is_mate),
            place: last.iter().position(is_mate),
            seconds: [seconds(started, scanned), seconds(began, chosen), seconds(chosen, ended)],
        })
    }

    /// The score of the precise comparison; where there is none, as of a surrogate, a known non-match's, drawn by query and place.
    fn final_score(&self, query: usize, at: usize, marks: usize) -> f64 {
        if let Some(score) = Some(at).filter(|at| *at < marks).and_then(|at| (self.score)(query, at)) {
            return score;
        }
        let scores = &self.parameters.model.scores.known_non_matches;
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(query as u64);
        random.set_stream(at as u64);
        scores.get(random.random_range(0..scores.len().max(1))).copied().unwrap_or(f64::NEG_INFINITY)
    }
}

/// The places of the greatest scores, best first.
fn best(mut scored: Vec<(usize, f64)>, most: usize) -> Vec<usize> {
    scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    scored.truncate(most);
    scored.into_iter().map(|(at, _)| at).collect()
}

fn recall(reached: &[&Reached], sizes: usize, depths: &[usize], to_code: usize) -> Recall {
    let count = |met: &dyn Fn(&Reached) -> bool| reached.iter().filter(|r| met(r)).count();
    let share = |met: &dyn Fn(&Reached) -> bool| count(met) as f64 / reached.len().max(1) as f64;
    let within = |place: Option<usize>, depth: usize| place.is_some_and(|place| place < depth);
    let first = |size: usize, depth: usize| share(&|r| within(r.before.get(size).copied().flatten(), depth));
    let coded = |r: &Reached| within(r.quick_place, to_code);
    Recall {
        queries: reached.len(),
        first_stage: (0..sizes).map(|size| depths.iter().map(|depth| first(size, *depth)).collect()).collect(),
        quick: SHORTLIST_DEPTHS.map(|depth| share(&|r| within(r.quick_place, depth))).to_vec(),
        codes: SHORTLIST_DEPTHS.map(|depth| share(&|r| within(r.code_place, depth))).to_vec(),
        coded: share(&coded),
        compared: share(&|r| r.compared),
        top1: share(&|r| r.place == Some(0)),
        top10: share(&|r| within(r.place, 10)),
        counts: Counts {
            queries: reached.len(),
            vectors: count(&|r| r.passed),
            quick: count(&coded),
            codes: count(&|r| r.compared),
        },
    }
}

fn quantile(values: impl Iterator<Item = f64>, at: f64) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(((sorted.len() as f64 - 1.0) * at).round().max(0.0) as usize).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(before: [Option<usize>; 2], passed: bool, quick_place: Option<usize>, compared: bool) -> Reached {
        let place = compared.then_some(0);
        let (study, code_place) = ("s".to_owned(), place);
        Reached { study, before: before.to_vec(), passed, quick_place, code_place, compared, place, seconds: [0.0; 3] }
    }

    #[test]
    fn counts_are_of_the_largest_gallery_and_of_what_goes_on() {
        // The third mate is the first that does not go on to the codes; the fourth was lost by the screening.
        let all = [
            reached([Some(0), Some(0)], true, Some(0), true),
            reached([Some(1), Some(3)], true, Some(4), false),
            reached([Some(2), Some(4)], true, Some(5), false),
            reached([Some(4), Some(5)], false, None, false),
            reached([Some(9), None], false, None, false),
        ];
        let all: Vec<&Reached> = all.iter().collect();
        let found = recall(&all, 2, &[1, 100], 5);
        assert_eq!(found.counts, Counts { queries: 5, vectors: 3, quick: 2, codes: 1 });
        assert_eq!(found.first_stage, [[0.2, 1.0], [0.2, 0.8]]);
        assert_eq!((found.coded, found.compared), (0.4, 0.2));
        assert_eq!((&found.quick[..3], found.codes[0]), (&[0.2, 0.2, 0.6][..], 0.2));
        assert_eq!(recall(&[], 1, &[1], 5).counts, Counts::default());
    }
}
