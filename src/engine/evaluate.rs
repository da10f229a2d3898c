//! Evaluate: pair and retrieval accuracy on scans whose firearms are known.

use super::error::EngineError;
use super::pairs::compare_pairs;
use super::parameters::{Parameters, VERSION};
use super::ports::Clock;
use super::progress::Progress;
use super::scale::{self, Asked, Scale};
use super::treatment::Treatment;
use super::truth::Labelled;
use crate::compare::{Ambiguity, Comparison, Features, Prepared, metrics};
use crate::dsp::resample::{Interpolation, rigid};
use crate::geometry::Pose;
use crate::grid::HeightMap;
use crate::mark::{Mark, prepare};
use crate::signature::{CodeSpectrum, QueryCode, Signature, sign};
use crate::workings::Silent;
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Marks on each side of a tile of pairs: bounds memory to two such sides, some hundred megabytes.
const TILE: usize = 64;

/// Gives the heights of a scan, or says why not.
pub type Load<'a> = dyn Fn(&Labelled) -> Result<HeightMap, EngineError> + Sync + 'a;

/// What to evaluate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// Ask with the scans of this study alone: only pairs with one of them, and only they are searched for. All others are the gallery.
    pub ask: Option<String>,
    /// Turn every scan by a random angle first, drawn from this seed.
    pub rotate: Option<u64>,
    /// At most this many pairs; known matches stay, known non-matches are drawn with a fixed seed.
    pub most_pairs: Option<usize>,
    /// Treat the second mark of every pair, and every query, before it is prepared; the first of a pair and the gallery stay as they are.
    pub treatment: Option<Treatment>,
    /// Also search among so many resampled signatures.
    pub distractors: Option<usize>,
}

impl Plan {
    /// Whether a scan is asked with.
    fn asks(&self, label: &Labelled) -> bool {
        self.ask.as_ref().is_none_or(|study| *study == label.study)
    }
}

/// What an evaluation found.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// Version of brasslink.
    pub version: String,
    /// Hash of all parameters.
    pub parameters_hash: String,
    /// The model's reference population in words.
    pub reference_population: String,
    /// Seed of the random turns, where scans were turned.
    pub rotate: Option<u64>,
    /// What was done to the second mark of every pair and to every query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub treatment: Option<Treatment>,
    /// Scans evaluated.
    pub scans: usize,
    /// Scans that could not be used, and why.
    pub unusable: Vec<Unusable>,
    /// Whether known non-matches were sampled, and how many there are in all.
    pub sampled_from: Option<usize>,
    /// Over all pairs, those of two studies included.
    pub pairs: Pairs,
    /// Each scan against all others.
    pub retrieval: Retrieval,
    /// The same within each study; retrieval of the study's scans in the whole gallery.
    pub studies: BTreeMap<String, Study>,
    /// The same queries among resampled signatures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// The score of every pair.
    #[serde(skip)]
    pub scores: Vec<PairScore>,
    /// What each place of the scores stands for.
    #[serde(skip)]
    pub labels: Vec<Labelled>,
    /// For each query with a mate the rank of its first mate, from 1; none where it was not listed.
    #[serde(skip)]
    pub first_mate_ranks: Vec<Option<usize>>,
}

/// The figures of one study.
#[derive(Debug, Clone, Serialize)]
pub struct Study {
    /// Pairs within the study.
    pub pairs: Pairs,
    /// The study's scans as queries in the whole gallery.
    pub retrieval: Retrieval,
}

/// A scan that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unusable {
    /// The scan.
    pub scan: String,
    /// Why.
    pub why: String,
}

/// Retrieval of the mates of each scan among all others. Shares are of the queries that have a mate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Retrieval {
    /// Candidates of each query.
    pub gallery: usize,
    /// Queries that have a mate.
    pub queries: usize,
    /// Share whose first candidate is a mate.
    pub top1: f64,
    /// Share with a mate among the first ten.
    pub recall_at_10: f64,
    /// Share with a mate among the first hundred.
    pub recall_at_100: f64,
    /// Mean share of a query's mates among the first twenty.
    pub mates_in_top20: f64,
}

/// Figures over pairs. Those that need both kinds of pairs are null when one is lacking.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Pairs {
    /// Known matches.
    pub n_km: usize,
    /// Known non-matches.
    pub n_knm: usize,
    /// Area under the ROC curve, ties counted half.
    pub auc: Option<f64>,
    /// Equal error rate.
    pub eer: Option<f64>,
    /// Lowest fused score of a known match.
    pub km_min: Option<f64>,
    /// Highest fused score of a known non-match.
    pub knm_max: Option<f64>,
    /// Share of known matches found where one known non-match in a thousand passes.
    pub tpr_at_fpr_1e3: Option<f64>,
    /// Share of known matches above every known non-match.
    pub tpr_at_fpr_0: Option<f64>,
    /// Cost of the log likelihood ratio (Bruemmer and du Preez 2006), bits.
    pub cllr: Option<f64>,
    /// The same after the best monotone recalibration.
    pub cllr_min: Option<f64>,
    /// Mean share of congruent cells of known matches, 0 to 1.
    pub cmc_share_km_mean: Option<f64>,
    /// Mean number of congruent cells of known matches.
    pub cmc_km_mean: Option<f64>,
    /// Lowest.
    pub cmc_km_min: Option<u32>,
    /// Mean number of congruent cells of known non-matches.
    pub cmc_knm_mean: Option<f64>,
    /// Highest number of congruent cells of a known non-match.
    pub cmc_knm_max: Option<u32>,
    /// Mean number of cells searched.
    pub cmc_cells_mean: Option<f64>,
    /// Core seconds of one comparison, preparation of the marks not counted; not part of a reproducible result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_per_pair: Option<f64>,
}

/// The score of one pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairScore {
    /// Place of the reference scan.
    pub reference: usize,
    /// Place of the comparison scan.
    pub comparison: usize,
    /// Whether one firearm made both.
    pub known_match: bool,
    /// The fused score.
    pub score: f64,
    /// log10 of the likelihood ratio, where there is one.
    pub log10_lr: Option<f64>,
    /// Congruent cells.
    pub cmc: u32,
    /// Cells searched.
    pub cells: u32,
    /// Congruent cells of the other direction.
    pub cmc_backward: u32,
    /// Consensus pose.
    pub pose: Pose,
    /// How well it is determined.
    pub ambiguity: Ambiguity,
    /// The figures behind the score.
    pub features: Features,
}

struct Usable {
    label: Labelled,
    mark: Mark,
    /// The treated mark, where the plan asks for one.
    treated: Option<Mark>,
    signature: Signature,
}

impl Usable {
    /// The mark as the second of a pair, and as a query.
    fn second(&self) -> &Mark {
        self.treated.as_ref().unwrap_or(&self.mark)
    }
}

/// Evaluates labelled scans: every pair (or a sample), and retrieval of each scan against all others through the stages of
/// the search.
///
/// # Errors
/// [`EngineError::Stopped`]; [`EngineError::Input`] when fewer than two scans can be used. A scan that cannot be used is
/// reported and the rest goes on.
pub fn evaluate(
    labels: &[Labelled],
    load: &Load<'_>,
    plan: &Plan,
    parameters: &Parameters,
    clock: &dyn Clock,
    progress: &dyn Progress,
) -> Result<Evaluation, EngineError> {
    let (usable, unusable) = prepare_all(labels, load, plan, parameters, progress)?;
    if usable.len() < 2 {
        return Err(EngineError::Input {
            what: "scans of the truth file".to_owned(),
            expected: "at least two that can be used".to_owned(),
            got: match unusable.first() {
                Some(first) => format!("{}; the first fault: {}: {}", usable.len(), first.scan, first.why),
                None => usable.len().to_string(),
            },
        });
    }
    let (shortlists, tails) = shortlists(&usable, plan, parameters, progress)?;
    let (mut wanted, sampled_from) = wanted_pairs(&usable, plan);
    let measured = wanted.clone();
    for (query, list) in shortlists.iter().enumerate() {
        wanted.extend(list.iter().map(|&other| (query.min(other), query.max(other))));
    }
    let started = clock.now();
    let scores = compare_all(&usable, &wanted, parameters, progress)?;
    let elapsed_s = clock.now().duration_since(started).as_secs_f64();
    let seconds_per_pair = elapsed_s * rayon::current_num_threads() as f64 / wanted.len().max(1) as f64;

    let ranked = rank(&usable, &shortlists, &tails, &scores);
    let in_pairs: Vec<&PairScore> =
        scores.values().filter(|p| measured.contains(&(p.reference, p.comparison))).collect();
    let mut studies = BTreeMap::new();
    for study in usable.iter().map(|u| &u.label.study).collect::<BTreeSet<_>>() {
        let of_study = |at: usize| usable.get(at).is_some_and(|u| u.label.study == *study);
        let own: Vec<&PairScore> =
            in_pairs.iter().copied().filter(|p| of_study(p.reference) && of_study(p.comparison)).collect();
        let queries = ranked.iter().enumerate().filter(|(at, _)| of_study(*at)).map(|(_, list)| list);
        studies.insert(study.clone(), Study { pairs: figures(&own), retrieval: retrieval(queries, usable.len() - 1) });
    }
    let mut pairs = figures(&in_pairs);
    pairs.seconds_per_pair = Some(seconds_per_pair);
    let retrieval = retrieval(&ranked, usable.len() - 1);
    let scale =
        plan.distractors.map(|count| among(&usable, count, &scores, parameters, clock, progress)).transpose()?;
    let first_mate_ranks =
        ranked.iter().map(|list| list.iter().position(|mate| *mate).map(|at| at + 1)).filter(Option::is_some).collect();
    Ok(Evaluation {
        version: VERSION.to_owned(),
        parameters_hash: parameters.hash().to_hex(),
        reference_population: parameters.model.population.english.clone(),
        rotate: plan.rotate,
        treatment: plan.treatment,
        scans: usable.len(),
        unusable,
        sampled_from,
        pairs,
        retrieval,
        studies,
        scale,
        scores: in_pairs.into_iter().cloned().collect(),
        labels: usable.into_iter().map(|u| u.label).collect(),
        first_mate_ranks,
    })
}

/// Seed of the distractors of an evaluation.
const DISTRACTOR_SEED: u64 = 1;

fn among(
    usable: &[Usable],
    distractors: usize,
    scores: &Scores,
    parameters: &Parameters,
    clock: &dyn Clock,
    progress: &dyn Progress,
) -> Result<Scale, EngineError> {
    let asked: Vec<Asked<'_>> = usable
        .iter()
        .map(|u| Asked { label: &u.label, query: u.second(), mark: &u.mark, signature: &u.signature })
        .collect();
    let score = |a: usize, b: usize| scores.get(&(a.min(b), a.max(b))).map(|p| p.score);
    scale::measure(&asked, (distractors, DISTRACTOR_SEED), &score, parameters, clock, progress)
}

/// Turns a map about its centre by an angle, on a grid that holds all of it.
#[must_use]
pub fn turned(map: &HeightMap, angle_rad: f64) -> HeightMap {
    let (sin, cos) = (angle_rad.sin().abs(), angle_rad.cos().abs());
    let (rows, columns) = (map.rows() as f64, map.columns() as f64);
    let side = |along: f64, across: f64| (along * cos + across * sin).ceil() as usize + 2;
    rigid(
        map,
        Pose::new(angle_rad, 0.0, 0.0),
        side(rows, columns),
        side(columns, rows),
        map.pitch_um,
        Interpolation::Bicubic,
    )
}

fn prepare_all(
    labels: &[Labelled],
    load: &Load<'_>,
    plan: &Plan,
    parameters: &Parameters,
    progress: &dyn Progress,
) -> Result<(Vec<Usable>, Vec<Unusable>), EngineError> {
    progress.begin("prepare", labels.len() as u64);
    let angles: Vec<f64> = match plan.rotate {
        Some(seed) => {
            let mut rng = rand_chacha::ChaCha12Rng::seed_from_u64(seed);
            labels.iter().map(|_| rng.random_range(-std::f64::consts::PI..std::f64::consts::PI)).collect()
        }
        None => vec![0.0; labels.len()],
    };
    let one = |(at, (label, angle)): (usize, (&Labelled, &f64))| -> Result<Result<Usable, Unusable>, EngineError> {
        if progress.stop_requested() {
            return Err(EngineError::Stopped);
        }
        let done = (|| {
            let mut map = load(label)?;
            if plan.rotate.is_some() {
                map = turned(&map, *angle);
            }
            let mark = prepare(&map, &parameters.prepare, &mut Silent)?;
            let treated = match &plan.treatment {
                Some(treatment) => {
                    let map = treatment.apply(&map, at as u64, &parameters.prepare);
                    Some(prepare(&map, &parameters.prepare, &mut Silent)?)
                }
                None => None,
            };
            Ok::<_, EngineError>((mark, treated))
        })();
        progress.advance();
        Ok(match done {
            Ok((mark, treated)) => match &mark.quality.suitability {
                crate::mark::Suitability::Suitable => {
                    let signature = sign(&mark, &parameters.signature);
                    Ok(Usable { label: label.clone(), mark, treated, signature })
                }
                crate::mark::Suitability::Unsuitable { english, .. } => {
                    Err(Unusable { scan: label.scan.clone(), why: format!("unsuitable: {english}") })
                }
            },
            Err(error) => Err(Unusable { scan: label.scan.clone(), why: error.to_string() }),
        })
    };
    let all: Vec<Result<Usable, Unusable>> =
        labels.par_iter().zip(&angles).enumerate().map(one).collect::<Result<_, EngineError>>()?;
    let (mut usable, mut unusable) = (Vec::new(), Vec::new());
    for one in all {
        match one {
            Ok(scan) => usable.push(scan),
            Err(fault) => unusable.push(fault),
        }
    }
    Ok((usable, unusable))
}

/// For each scan the places that the polar code passes on, and behind them the rest in the code's order.
type Lists = (Vec<Vec<usize>>, Vec<Vec<usize>>);

fn shortlists(
    usable: &[Usable],
    plan: &Plan,
    parameters: &Parameters,
    progress: &dyn Progress,
) -> Result<Lists, EngineError> {
    progress.begin("search", usable.len() as u64);
    let widest = usable.iter().map(|u| u.signature.code.centre_sd_um()).fold(0.0, f64::max);
    let spectra: Vec<CodeSpectrum> = usable.par_iter().map(|u| CodeSpectrum::of(&u.signature.code)).collect();
    let lists: Vec<(Vec<usize>, Vec<usize>)> = (0..usable.len())
        .into_par_iter()
        .map(|query| {
            if progress.stop_requested() {
                return Err(EngineError::Stopped);
            }
            let scan = usable.get(query).ok_or(EngineError::Stopped)?;
            if !plan.asks(&scan.label) {
                progress.advance();
                return Ok((Vec::new(), Vec::new()));
            }
            let code = QueryCode::of(scan.second(), widest, &parameters.signature.code);
            let mut scored = Vec::with_capacity(spectra.len());
            for (other, spectrum) in spectra.iter().enumerate().filter(|(other, _)| *other != query) {
                let z = code.search(spectrum, &parameters.search)?.first().map_or(f64::NEG_INFINITY, |p| p.z);
                scored.push((other, z));
            }
            scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let mut list: Vec<usize> = scored.into_iter().map(|(other, _)| other).collect();
            let tail = list.split_off(parameters.funnel.to_compare.min(list.len()));
            progress.advance();
            Ok((list, tail))
        })
        .collect::<Result<_, EngineError>>()?;
    Ok(lists.into_iter().unzip())
}

type PairSet = BTreeSet<(usize, usize)>;

fn wanted_pairs(usable: &[Usable], plan: &Plan) -> (PairSet, Option<usize>) {
    let mut km = PairSet::new();
    let mut knm = Vec::new();
    for (i, a) in usable.iter().enumerate() {
        for (j, b) in usable.iter().enumerate().skip(i + 1) {
            if !plan.asks(&a.label) && !plan.asks(&b.label) {
                continue;
            }
            if a.label.mates(&b.label) {
                km.insert((i, j));
            } else {
                knm.push((i, j));
            }
        }
    }
    let all = km.len() + knm.len();
    let Some(most) = plan.most_pairs.filter(|most| *most < all) else {
        km.extend(knm);
        return (km, None);
    };
    let mut rng = rand_chacha::ChaCha12Rng::seed_from_u64(1);
    knm.shuffle(&mut rng);
    knm.truncate(most.saturating_sub(km.len()));
    km.extend(knm);
    (km, Some(all))
}

type Scores = BTreeMap<(usize, usize), PairScore>;

fn compare_all(
    usable: &[Usable],
    wanted: &PairSet,
    parameters: &Parameters,
    progress: &dyn Progress,
) -> Result<Scores, EngineError> {
    progress.begin("compare", wanted.len() as u64);
    let mut tiles: BTreeMap<(usize, usize), Vec<(usize, usize)>> = BTreeMap::new();
    for &(i, j) in wanted {
        tiles.entry((i / TILE, j / TILE)).or_default().push((i, j));
    }
    let mut scores = Scores::new();
    let mut ready: BTreeMap<usize, (Prepared, Option<Prepared>)> = BTreeMap::new();
    for ((row, column), pairs) in tiles {
        ready.retain(|at, _| at / TILE == row || at / TILE == column);
        let needed: BTreeSet<usize> =
            pairs.iter().flat_map(|&(i, j)| [i, j]).filter(|at| !ready.contains_key(at)).collect();
        let needed: Vec<usize> = needed.into_iter().collect();
        let of = |mark: &Mark| Prepared::of(mark, &parameters.compare);
        let fresh: Vec<_> = needed
            .par_iter()
            .filter_map(|&at| usable.get(at).map(|u| (at, (of(&u.mark), u.treated.as_ref().map(of)))))
            .collect();
        ready.extend(fresh);
        let judge = |i: usize, j: usize, outcome: Comparison| {
            progress.advance();
            PairScore {
                reference: i,
                comparison: j,
                known_match: matches!((usable.get(i), usable.get(j)), (Some(a), Some(b)) if a.label.mates(&b.label)),
                score: outcome.score,
                log10_lr: outcome.likelihood_ratio.log10(),
                cmc: outcome.cmc,
                cells: outcome.cells.len() as u32,
                cmc_backward: outcome.cmc_backward,
                pose: outcome.pose,
                ambiguity: outcome.ambiguity,
                features: outcome.features,
            }
        };
        let first = |at: usize| ready.get(&at).map(|both| &both.0);
        let second = |at: usize| ready.get(&at).map(|both| both.1.as_ref().unwrap_or(&both.0));
        let found = compare_pairs(pairs, &first, &second, parameters, progress, &judge)?;
        scores.extend(found.into_iter().map(|p| ((p.reference, p.comparison), p)));
    }
    Ok(scores)
}

/// For each query the whole list from the top: whether each candidate is a mate.
fn rank(usable: &[Usable], shortlists: &[Vec<usize>], tails: &[Vec<usize>], scores: &Scores) -> Vec<Vec<bool>> {
    shortlists
        .iter()
        .zip(tails)
        .enumerate()
        .map(|(query, (list, tail))| {
            let score =
                |other: usize| scores.get(&(query.min(other), query.max(other))).map_or(f64::NEG_INFINITY, |p| p.score);
            let mut order: Vec<usize> = list.clone();
            order.sort_by(|a, b| score(*b).total_cmp(&score(*a)).then(a.cmp(b)));
            order.extend(tail);
            let mate = |other: &usize| match (usable.get(query), usable.get(*other)) {
                (Some(a), Some(b)) => a.label.mates(&b.label),
                _ => false,
            };
            order.iter().map(mate).collect()
        })
        .collect()
}

fn retrieval<'a>(lists: impl IntoIterator<Item = &'a Vec<bool>>, gallery: usize) -> Retrieval {
    let found =
        metrics::retrieval(lists.into_iter().map(|list| (list.as_slice(), list.iter().filter(|mate| **mate).count())));
    Retrieval {
        gallery,
        queries: found.queries,
        top1: found.top1,
        recall_at_10: found.recall_at_10,
        recall_at_100: found.recall_at_100,
        mates_in_top20: found.mates_in_top20,
    }
}

fn figures(pairs: &[&PairScore]) -> Pairs {
    let of = |known_match: bool| -> Vec<&PairScore> {
        pairs.iter().copied().filter(|p| p.known_match == known_match).collect()
    };
    let (km, knm) = (of(true), of(false));
    let scores = |list: &[&PairScore]| -> Vec<f64> { list.iter().map(|p| p.score).collect() };
    let (km_scores, knm_scores) = (scores(&km), scores(&knm));
    let mean = |list: &[&PairScore], value: &dyn Fn(&PairScore) -> f64| {
        (!list.is_empty()).then(|| list.iter().map(|p| value(p)).sum::<f64>() / list.len() as f64)
    };
    let lr = |list: &[&PairScore]| -> Vec<f64> { list.iter().filter_map(|p| p.log10_lr).collect() };
    let (km_lr, knm_lr) = (lr(&km), lr(&knm));
    Pairs {
        n_km: km.len(),
        n_knm: knm.len(),
        auc: metrics::auc(&km_scores, &knm_scores),
        eer: metrics::eer(&km_scores, &knm_scores),
        km_min: km_scores.iter().copied().min_by(f64::total_cmp),
        knm_max: knm_scores.iter().copied().max_by(f64::total_cmp),
        tpr_at_fpr_1e3: metrics::tpr_at_fpr(&km_scores, &knm_scores, 1e-3),
        tpr_at_fpr_0: metrics::tpr_at_fpr(&km_scores, &knm_scores, 0.0),
        cllr: metrics::cllr(&km_lr, &knm_lr),
        cllr_min: metrics::cllr_min(&km_lr, &knm_lr),
        cmc_share_km_mean: mean(&km, &|p| f64::from(p.cmc) / f64::from(p.cells.max(1))),
        cmc_km_mean: mean(&km, &|p| f64::from(p.cmc)),
        cmc_km_min: km.iter().map(|p| p.cmc).min(),
        cmc_knm_mean: mean(&knm, &|p| f64::from(p.cmc)),
        cmc_knm_max: knm.iter().map(|p| p.cmc).max(),
        cmc_cells_mean: mean(pairs, &|p| f64::from(p.cells)),
        seconds_per_pair: None,
    }
}
