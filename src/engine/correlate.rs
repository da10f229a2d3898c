//! Correlate: vector, polar code, precise comparison, ranked list with a receipt.

use super::Context;
use super::batch::batch;
use super::error::EngineError;
use super::filter::{Field, Filtered, Tally};
use super::gallery::{Bench, Gallery};
use super::outlook::Outlook;
use super::pairs::compare_pairs;
use super::parameters::{Parameters, VERSION};
use super::ports::{Block, PairOutcome, PairScore, Put, Stamp};
use super::progress::Unwatched;
use super::recall::StageRecall;
use super::signature_only::pass_over;
use crate::casework::{Candidate, CorrelationResult, Lead};
use crate::compare::Comparison;
use crate::geometry::Pose;
use crate::ids::Digest;
use crate::index::{CandidateIndex as _, Method, Reason};
use crate::language::Language;
use crate::signature::vector::draw_query;
use crate::signature::{CodeSpectrum, QueryCode, QuickCoder, QuickQuery, QuickRoom};
use jiff::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Pairs compared before further marks are fetched; bounds how many lie on the bench.
const PART: usize = 192;

/// Queries that go through the stages together, so that the gallery's spectra are computed once for all of them and a mark that serves
/// several pairs as reference is turned once.
const BLOCK: usize = 64;

/// Pairs whose outcomes a block holds in memory, about 100 bytes each: where everything is compared, fewer queries go together.
const MOST_PAIRS: usize = 1 << 20;

/// Pairs compared before they are kept: a minute of work or less, which is all that a kill or a stop can lose.
const KEPT_TOGETHER: usize = 10 * PART;

/// What a correlation may be asked for beside its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Request<'a> {
    /// Candidates kept in each list.
    pub top: usize,
    /// Compare with everything eligible.
    pub exhaustive: bool,
    /// Only these; none for all.
    pub filter: Option<&'a Filtered>,
}

/// What every list says of how it came about: no stage leaves anything out in silence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// Marks in the gallery, the query not counted.
    pub gallery: usize,
    /// Marks left out because they have no signature of this version.
    #[serde(default)]
    pub unsigned: usize,
    /// Acquisitions left out because they have marks of other preparations alone.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unprepared: usize,
    /// Marks left out because they are imaged otherwise than the query: photographs are never compared with heights.
    #[serde(default, skip_serializing_if = "is_none")]
    pub other_modality: usize,
    /// Marks that cannot become leads with the query and are left out: of its own incident or exhibit, or test fires of a test fire.
    pub own: usize,
    /// What each field of a filter left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Tally>,
    /// Marks that were eligible.
    pub eligible: usize,
    /// How the vectors were searched, and why so.
    pub first_stage: FirstStage,
    /// Marks of whose vector the head was looked at, to choose those to be looked at in full; 0 where none was screened.
    #[serde(default)]
    pub screened: usize,
    /// Marks whose vector was looked at in full.
    pub visited: usize,
    /// Marks whose polar code had a quick look at all rotations; 0 where so few were left that every code was searched.
    #[serde(default)]
    pub quick: usize,
    /// Marks whose polar code was searched over all rotations.
    pub coded: usize,
    /// Marks that the shortlist passed over because they hold only a signature, and so cannot be compared.
    #[serde(default)]
    pub signature_only: usize,
    /// Marks that were compared precisely.
    pub compared: usize,
    /// Those of them whose comparison was known, from this search of the other mark or from an earlier one.
    #[serde(default)]
    pub known: usize,
    /// Whether everything eligible was compared, but for marks that hold only a signature.
    pub exhaustive: bool,
    /// Wall-clock milliseconds of the stages; queries that went together share theirs. None in receipts of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<Milliseconds>,
    /// What mates the stages of such a search keep, as measured; none where everything eligible was compared, where it was not measured with these
    /// parameters, and in receipts of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<StageRecall>,
}

/// Whether a count that receipts tell of only where it is not 0 is 0.
fn is_none(count: &usize) -> bool {
    *count == 0
}

impl Receipt {
    /// What the filter asked, as the receipt keeps it.
    #[must_use]
    pub fn asked(&self) -> Vec<(Field, String)> {
        self.filters.iter().map(|t| (t.field, t.asked.clone())).collect()
    }
}

/// Time of the stages of a search on the machine that did it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milliseconds {
    /// Queries that were searched together.
    pub queries: usize,
    /// Drawing the queries and searching the vectors.
    pub vectors: u64,
    /// Quick looks at polar codes.
    #[serde(default)]
    pub quick: u64,
    /// Searching the polar codes.
    pub codes: u64,
    /// Precise comparisons.
    pub comparisons: u64,
}

impl std::ops::AddAssign for Milliseconds {
    fn add_assign(&mut self, other: Self) {
        self.queries += other.queries;
        self.vectors += other.vectors;
        self.quick += other.quick;
        self.codes += other.codes;
        self.comparisons += other.comparisons;
    }
}

/// How the first stage went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum FirstStage {
    /// Everything eligible was compared: there was none.
    Exhaustive,
    /// So few were eligible that every polar code was searched.
    NotNeeded,
    /// Vectors were searched.
    Searched {
        /// Exact scan, screening scan or graph.
        method: Method,
        /// Why so.
        reason: Reason,
    },
}

impl FirstStage {
    /// In a person's language.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            FirstStage::Exhaustive => language
                .pick(
                    "none: everything eligible goes on to the comparison",
                    "ninguna: todo lo elegible pasa a la comparación",
                )
                .to_owned(),
            FirstStage::NotNeeded => language
                .pick(
                    "not needed: every polar code was searched",
                    "no hizo falta: se buscaron todos los códigos polares",
                )
                .to_owned(),
            FirstStage::Searched { reason, .. } => reason.text(language),
        }
    }
}

/// What one pair gave, with the later mark as reference.
#[derive(Debug, Clone, Copy)]
struct Judged {
    outcome: PairOutcome,
    /// Whether it had been compared before.
    known: bool,
}

/// By places of the pair, the later first.
type Outcomes = HashMap<(usize, usize), Judged>;

impl Judged {
    fn of(comparison: &Comparison) -> Self {
        // Adding zero makes zero of a negative one, which a column would not tell from it either.
        let Pose { theta_rad, dx_um, dy_um } = comparison.pose;
        let outcome = PairOutcome {
            score: comparison.score + 0.0,
            log10_lr: comparison.likelihood_ratio.log10().map(|lr| lr + 0.0),
            log10_lr_interval: comparison.likelihood_ratio.interval().map(|(low, high)| (low + 0.0, high + 0.0)),
            cmc: comparison.cmc,
            cells: comparison.cells.len() as u32,
            pose: Pose { theta_rad: theta_rad + 0.0, dx_um: dx_um + 0.0, dy_um: dy_um + 0.0 },
        };
        Self { outcome, known: false }
    }
}

/// Correlates the marks at `queries` with the gallery and keeps each result as soon as its block is done, see [`super::batch::batch`]; proposes nothing.
///
/// A pair is compared once, whichever of the two asks, with the mark entered later as reference: the score of a pair does
/// not depend on who asked, and a new case is the one reference of all its pairs. Results come in the order of `queries`.
///
/// # Errors
/// Those of the store; [`EngineError::SignatureOnly`] for a query that holds no mark; [`EngineError::Stopped`] when asked to stop, after what was compared
/// was kept.
pub fn correlate(
    context: &Context<'_>,
    gallery: &Gallery,
    queries: &[usize],
    request: Request<'_>,
) -> Result<Vec<CorrelationResult>, EngineError> {
    let mut results = Vec::with_capacity(queries.len());
    let done = batch(context, gallery, queries, request, None, &mut |result| results.push(result))?;
    if done.stopped { Err(EngineError::Stopped) } else { Ok(results) }
}

/// Searches of one gallery with one request; a pair whose comparison the store knows is not compared again.
pub(super) struct Search<'a> {
    context: Context<'a>,
    gallery: &'a Gallery,
    request: Request<'a>,
    bench: Bench<'a>,
    comparison: Digest,
}

/// What a block of queries gave; nothing of it is stored yet.
pub(super) struct Found {
    /// The lists, in the order of the queries.
    pub(super) results: Vec<CorrelationResult>,
    /// The pairs that were compared and not kept on the way.
    pub(super) pairs: Vec<PairScore>,
}

impl<'a> Search<'a> {
    pub(super) fn new(context: &Context<'a>, gallery: &'a Gallery, request: Request<'a>) -> Self {
        let Context { store, parameters, .. } = *context;
        let bench = Bench::new(store, gallery, parameters);
        Self { context: *context, gallery, request, bench, comparison: parameters.comparison_hash() }
    }

    /// How many queries go together.
    pub(super) fn together(&self) -> usize {
        let pairs_each = if self.request.exhaustive { self.gallery.members.len().max(1) } else { 1 };
        (MOST_PAIRS / pairs_each).clamp(1, BLOCK)
    }

    /// Keeps a block, with the leads that its lists propose; gives those that were new.
    pub(super) fn keep(&self, found: &Found, leads: &[Lead]) -> Result<Vec<Lead>, EngineError> {
        let Context { store, clock, actor, .. } = self.context;
        let block = Block { results: &found.results, comparison: self.comparison, pairs: &found.pairs, leads };
        let kept = store.put_block(block, &Stamp::new(clock.now(), actor))?;
        Ok(leads.iter().zip(kept.leads).filter(|(_, put)| *put == Put::New).map(|(lead, _)| lead.clone()).collect())
    }

    /// The lists of a block of queries, in their order. Where many pairs are compared, their outcomes are kept on the way.
    ///
    /// # Errors
    /// Those of the store; [`EngineError::Stopped`] between comparisons, when those done are kept.
    pub(super) fn block(&mut self, block: &[usize]) -> Result<Found, EngineError> {
        let Self { gallery, request, context: Context { clock, parameters, .. }, .. } = *self;
        let since = |start: Timestamp| clock.now().duration_since(start).as_millis().max(0) as u64;
        let mut spent = Milliseconds { queries: block.len(), ..Milliseconds::default() };
        if self.context.progress.stop_requested() {
            return Err(EngineError::Stopped);
        }
        self.bench.can_ask(block)?;
        self.bench.fetch(block)?;
        let start = clock.now();
        let firsts: Vec<Listed> = block
            .par_iter()
            .map(|&query| first_stage(gallery, &self.bench, query, request, parameters))
            .collect::<Result<_, EngineError>>()?;
        spent.vectors = since(start);
        let start = clock.now();
        let firsts = quick_look(gallery, &self.bench, block, firsts, request, parameters)?;
        spent.quick = since(start);
        let start = clock.now();
        let mut shortlists = shortlist(gallery, &self.bench, block, firsts, request, parameters)?;
        spent.codes = since(start);
        let start = clock.now();
        let pairs: BTreeSet<(usize, usize)> = block
            .iter()
            .zip(&shortlists)
            .flat_map(|(&query, (list, _))| list.iter().map(move |&other| pair(query, other)))
            .collect();
        let (judged, fresh) = self.judge(&pairs)?;
        spent.comparisons = since(start);
        let (hash, funnel) = (parameters.hash(), parameters.funnel_hash());
        let mut results = Vec::with_capacity(block.len());
        for (&query, (list, receipt)) in block.iter().zip(&mut shortlists) {
            let known = |other: &&usize| judged.get(&pair(query, **other)).is_some_and(|judged| judged.known);
            (receipt.compared, receipt.known) = (list.len(), list.iter().filter(known).count());
            receipt.milliseconds = Some(spent);
            if !receipt.exhaustive && !receipt.compared_all() {
                receipt.recall = parameters.recalls.among(receipt.eligible, &funnel);
            }
            let mut candidates = ranked(gallery, query, list, &judged, request.top)?;
            Outlook::of(receipt, &parameters.model).tell(&mut candidates);
            results.push(CorrelationResult {
                query: gallery.member(query)?.mark_id(),
                at: clock.now(),
                version: VERSION.to_owned(),
                parameters: hash,
                generation: gallery.generation,
                receipt: serde_json::to_value(&*receipt).unwrap_or_default(),
                candidates,
            });
        }
        Ok(Found { results, pairs: fresh })
    }

    /// What pairs give: those that the store knows as it knows them, the others compared in parallel, a bounded number of marks at a time. Comes with the
    /// outcomes that are not kept yet.
    fn judge(&mut self, pairs: &BTreeSet<(usize, usize)>) -> Result<(Outcomes, Vec<PairScore>), EngineError> {
        let Self { gallery, comparison, context: Context { store, clock, actor, parameters, progress }, .. } = *self;
        let pairs: Vec<(usize, usize)> = pairs.iter().copied().collect();
        let sequence = |at: usize| Ok::<u64, EngineError>(gallery.member(at)?.sequence);
        let mut judged = HashMap::with_capacity(pairs.len());
        for part in pairs.chunks(KEPT_TOGETHER) {
            let asked: Vec<(u64, u64)> =
                part.iter().map(|&(a, b)| Ok((sequence(a)?, sequence(b)?))).collect::<Result<_, EngineError>>()?;
            for (&pair, outcome) in part.iter().zip(store.pair_outcomes(&comparison, &asked)?) {
                judged.extend(outcome.map(|outcome| (pair, Judged { outcome, known: true })));
            }
        }
        let open: Vec<(usize, usize)> = pairs.into_iter().filter(|pair| !judged.contains_key(pair)).collect();
        let mut fresh = Vec::new();
        for (at, part) in open.chunks(PART).enumerate() {
            progress.compared((at * PART) as u64, open.len() as u64);
            let stopping = progress.stop_requested();
            if stopping || fresh.len() >= KEPT_TOGETHER {
                let done = Block { results: &[], comparison, pairs: &fresh, leads: &[] };
                store.put_block(done, &Stamp::new(clock.now(), actor))?;
                fresh.clear();
            }
            if stopping {
                return Err(EngineError::Stopped);
            }
            let needed: Vec<usize> = part.iter().flat_map(|&(a, b)| [a, b]).collect();
            self.bench.fetch(&needed)?;
            let prepared = |at: usize| self.bench.get(at).map(|on_bench| &on_bench.prepared);
            let judge = |a: usize, b: usize, outcome: Comparison| ((a, b), Judged::of(&outcome));
            let part = part.iter().copied();
            for (pair, found) in compare_pairs(part, &prepared, &prepared, parameters, &Unwatched, &judge)? {
                let (later, earlier) = (sequence(pair.0)?, sequence(pair.1)?);
                fresh.push(PairScore { later, earlier, outcome: found.outcome });
                judged.insert(pair, found);
            }
        }
        Ok((judged, fresh))
    }
}

/// Reference and comparison of a pair: the later place comes first.
fn pair(a: usize, b: usize) -> (usize, usize) {
    (a.max(b), a.min(b))
}

/// The places of a first stage, and the receipt so far.
pub(super) type Listed = (Vec<usize>, Receipt);

/// Which queries ask for each member, so that what is made of a member is made once for the block.
fn askers(lists: &[Listed]) -> Vec<(usize, Vec<usize>)> {
    let mut asked: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (asker, (list, _)) in lists.iter().enumerate() {
        for &place in list {
            asked.entry(place).or_default().push(asker);
        }
    }
    asked.into_iter().collect()
}

/// The lists by falling score of (asker, place, score), cut to `most`.
fn best_of_each(
    lists: Vec<Listed>,
    scores: Vec<Vec<(usize, usize, f64)>>,
    most: usize,
) -> impl Iterator<Item = Listed> {
    let mut scored: Vec<Vec<(usize, f64)>> = vec![Vec::new(); lists.len()];
    for (asker, place, score) in scores.into_iter().flatten() {
        if let Some(list) = scored.get_mut(asker) {
            list.push((place, score));
        }
    }
    lists.into_iter().zip(scored).map(move |((_, receipt), mut list)| {
        list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        list.truncate(most);
        (list.into_iter().map(|(place, _)| place).collect(), receipt)
    })
}

/// Where more are left than polar codes are to be searched: the best of a quick look at all of them.
fn quick_look(
    gallery: &Gallery,
    bench: &Bench<'_>,
    queries: &[usize],
    mut firsts: Vec<Listed>,
    request: Request<'_>,
    parameters: &Parameters,
) -> Result<Vec<Listed>, EngineError> {
    let most = parameters.funnel.to_code.max(request.top);
    if request.exhaustive || firsts.iter().all(|(list, _)| list.len() <= most) {
        return Ok(firsts);
    }
    let looks: Vec<QuickQuery> = queries
        .par_iter()
        .map(|&query| {
            let on_bench = bench.get(query).ok_or(EngineError::Stopped)?;
            let (widest, code) = (gallery.widest_centre_sd_um, &parameters.signature.code);
            Ok(QuickQuery::of(&on_bench.mark, widest, code, &parameters.quick))
        })
        .collect::<Result<_, EngineError>>()?;
    firsts.iter_mut().for_each(|(list, receipt)| receipt.quick = list.len());
    let coder = QuickCoder::new(parameters.signature.code.grid);
    let found: Vec<Vec<(usize, usize, f64)>> = askers(&firsts)
        .par_iter()
        .map_init(Default::default, |(look, room): &mut (Vec<u8>, QuickRoom), (place, askers)| {
            bench.quick_code(*place, &coder, look)?;
            let look = |&asker: &usize| {
                let z = looks.get(asker).map_or(0.0, |query| query.look(look, room));
                (asker, *place, f64::from(z))
            };
            Ok(askers.iter().map(look).collect())
        })
        .collect::<Result<_, EngineError>>()?;
    Ok(best_of_each(firsts, found, most).collect())
}

/// For each query the places to compare with, and the receipt so far; marks that cannot be compared leave their places to the next best.
fn shortlist(
    gallery: &Gallery,
    bench: &Bench<'_>,
    queries: &[usize],
    firsts: Vec<Listed>,
    request: Request<'_>,
    parameters: &Parameters,
) -> Result<Vec<Listed>, EngineError> {
    if request.exhaustive {
        return pass_over(bench, firsts, usize::MAX);
    }
    let codes: Vec<QueryCode> = queries
        .par_iter()
        .map(|&query| {
            let on_bench = bench.get(query).ok_or(EngineError::Stopped)?;
            Ok(QueryCode::of(&on_bench.mark, gallery.widest_centre_sd_um, &parameters.signature.code))
        })
        .collect::<Result<_, EngineError>>()?;
    let found: Vec<Vec<(usize, usize, f64)>> = askers(&firsts)
        .par_iter()
        .map(|(place, askers)| {
            let spectrum = CodeSpectrum::of(&bench.code(*place)?);
            askers
                .iter()
                .map(|&asker| {
                    let code = codes.get(asker).ok_or(EngineError::Stopped)?;
                    let z = code.search(&spectrum, &parameters.search)?.first().map_or(f64::NEG_INFINITY, |p| p.z);
                    Ok((asker, *place, z))
                })
                .collect::<Result<_, EngineError>>()
        })
        .collect::<Result<_, EngineError>>()?;
    let most = parameters.funnel.to_compare.max(request.top);
    let firsts = firsts.into_iter().map(|(list, receipt)| {
        let coded = list.len();
        (list, Receipt { coded, ..receipt })
    });
    pass_over(bench, best_of_each(firsts.collect(), found, usize::MAX).collect(), most)
}

/// The first stage: the vectors.
fn first_stage(
    gallery: &Gallery,
    bench: &Bench<'_>,
    query: usize,
    request: Request<'_>,
    parameters: &Parameters,
) -> Result<(Vec<usize>, Receipt), EngineError> {
    let could_be = |other: usize| gallery.could_be_lead(query, other);
    let passes = |other: usize| request.filter.is_none_or(|filter| filter.passes(other));
    let places = (0..gallery.members.len()).into_par_iter();
    let eligible: Vec<bool> = places.map(|other| could_be(other) && passes(other)).collect();
    let count = eligible.iter().filter(|e| **e).count();
    let filters = request.filter.map_or(Vec::new(), |filter| filter.tallies(could_be));
    let filtered: usize = filters.iter().map(|tally| tally.left_out).sum();
    let others = gallery.members.len().saturating_sub(1);
    let mut receipt = Receipt {
        gallery: others,
        unsigned: gallery.unsigned,
        unprepared: gallery.unprepared,
        other_modality: gallery.other_modality,
        own: others - count - filtered,
        filters,
        eligible: count,
        first_stage: FirstStage::NotNeeded,
        screened: 0,
        visited: count,
        quick: 0,
        coded: 0,
        signature_only: 0,
        compared: 0,
        known: 0,
        exhaustive: request.exhaustive,
        milliseconds: None,
        recall: None,
    };
    if request.exhaustive {
        receipt.first_stage = FirstStage::Exhaustive;
        let all = eligible.iter().enumerate().filter(|(_, e)| **e).map(|(at, _)| at).collect();
        return Ok((all, receipt));
    }
    if count <= parameters.funnel.to_quick {
        let all = eligible.iter().enumerate().filter(|(_, e)| **e).map(|(at, _)| at).collect();
        return Ok((all, receipt));
    }
    let mark = &bench.get(query).ok_or(EngineError::Stopped)?.mark;
    let vectors = draw_query(mark, gallery.widest_centre_sd_um, &parameters.signature.vector);
    let allowed = |key: u64| eligible.get(key as usize).copied().unwrap_or(false);
    let found = gallery.index.search(&vectors, parameters.funnel.to_quick, Some(&allowed))?;
    receipt.first_stage = FirstStage::Searched { method: found.receipt.method, reason: found.receipt.reason };
    (receipt.screened, receipt.visited) = (found.receipt.screened, found.receipt.visited);
    Ok((found.neighbours.into_iter().map(|n| n.key as usize).collect(), receipt))
}

/// The list of a query by what its pairs say; what they mean as a list is told by [`Outlook`].
fn ranked(
    gallery: &Gallery,
    query: usize,
    list: &[usize],
    judged: &Outcomes,
    top: usize,
) -> Result<Vec<Candidate>, EngineError> {
    let mut candidates = Vec::with_capacity(list.len());
    for &other in list {
        let Some(Judged { outcome: found, .. }) = judged.get(&pair(query, other)) else { continue };
        let member = gallery.member(other)?;
        candidates.push(Candidate {
            mark: member.mark_id(),
            specimen: member.specimen_id(),
            exhibit: member.exhibit_id(),
            score: found.score,
            log10_lr: found.log10_lr,
            log10_lr_interval: found.log10_lr_interval,
            log10_lr_of_search: None,
            mate_below: None,
            cmc: found.cmc,
            cells: found.cells,
            // The list is told from the query's side, whichever of the two was the reference.
            pose: if pair(query, other).0 == query { found.pose } else { found.pose.inverse() },
        });
    }
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.mark.cmp(&b.mark)));
    candidates.truncate(top);
    Ok(candidates)
}
