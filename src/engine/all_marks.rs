//! All marks of a case together: the lists that its breech face and its firing pin found, in one order by all that its marks say.
//!
//! ```text
//! list by the breech face \                     / breech faces  \
//! list by the firing pin   } specimens --open--> { firing pins    } compared with the query's --> one list by all of them
//!                                                \ aperture shear /
//! ```
//!
//! A list says by which kinds it began and by which it was ordered. Scores are those of the later mark as reference, as in the lists themselves. Two cases that a
//! person has chosen are compared by [`pair_by_all_marks`].

use super::Context;
use super::correlate::Receipt;
use super::error::EngineError;
use super::fused_list::{FusedCandidate, KindScores, fused_list, open};
use super::outline::region_hash;
use super::parameters::Parameters;
use super::ports::{MarkContext, MarkFilter, Store};
use crate::casework::CorrelationResult;
use crate::compare::kinds::{KindComparison, MarkModels, Ready, Together};
use crate::compare::{LikelihoodRatio, Model, NO_SCORE};
use crate::ids::{MarkId, SpecimenId};
use crate::language::Language;
use crate::mark::{Mark, Modality, Region};
use crate::workings::Silent;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The kinds of marks that are compared.
const KINDS: [Region; 3] = [Region::BreechFace, Region::FiringPin, Region::ApertureShear];

/// Marks readied at a time; bounds the memory to some hundred megabytes.
const TOGETHER: usize = 32;

/// A list ordered by all marks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AllMarks {
    /// The mark that was asked with first: the breech face, where it was asked with.
    pub query: MarkId,
    /// All marks that were asked with.
    pub queries: Vec<MarkId>,
    /// The kinds of those marks: what the search began with, in the order of [`Region`].
    pub began: Vec<Region>,
    /// The kinds of marks that the specimen has and the list is ordered by, in the order of [`Region`].
    pub kinds: Vec<Region>,
    /// The candidates, best first.
    pub candidates: Vec<AllMarksCandidate>,
}

/// One candidate of such a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AllMarksCandidate {
    /// What its marks say.
    #[serde(flatten)]
    pub found: FusedCandidate,
    /// The ratio that may be told of them together, or why there is none.
    pub likelihood_ratio: LikelihoodRatio,
}

impl AllMarks {
    /// By which kinds the search began and by which the list is ordered, in a person's language.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let told = |kinds: &[Region]| kinds.iter().map(|kind| kind.words(language)).collect::<Vec<_>>().join(", ");
        let (began, kinds) = (told(&self.began), told(&self.kinds));
        language.pick(
            format!("by all marks of the cases: searched by {began}; ordered by {kinds}"),
            format!("por todas las marcas de los casquillos: búsqueda por {began}; orden por {kinds}"),
        )
    }
}

/// Orders what the lists of a specimen found by all its marks: `lists` are those of its breech-face and firing-pin marks, of which the best score of a kind
/// counts; `context` is that of breech faces. None where the specimen has marks of one kind alone, where the list is of photographs, or where the model of the
/// breech face is one that no fusion was fitted with.
///
/// # Errors
/// Those of the store; a mark that cannot be read back.
pub fn by_all_marks(
    context: &Context<'_>,
    lists: &[&CorrelationResult],
    top: usize,
) -> Result<Option<AllMarks>, EngineError> {
    let Some(models) = MarkModels::of_face(&context.parameters.model)? else { return Ok(None) };
    let asked: Vec<MarkContext> = lists.iter().map(|l| context.store.mark(&l.query)).collect::<Result<_, _>>()?;
    let Some(specimen) = asked.first().map(|first| &first.specimen) else { return Ok(None) };
    if asked.iter().any(|one| one.mark.modality != Modality::Heights) {
        return Ok(None);
    }
    let mut own = BTreeMap::new();
    for kind in KINDS {
        own.extend(newest(context.store, context.parameters, specimen, kind)?.map(|mark| (kind, mark)));
    }
    let began: BTreeSet<Region> = asked.iter().map(|one| one.mark.region).collect();
    // A list may be older than the parameters of its mark.
    let kinds: BTreeSet<Region> = own.keys().chain(&began).copied().collect();
    if kinds.len() < 2 {
        return Ok(None);
    }
    let mut found: Vec<KindScores> = kinds.iter().map(|kind| KindScores { kind: *kind, scores: Vec::new() }).collect();
    for (one, list) in asked.iter().zip(lists) {
        let scored = list.candidates.iter().filter(|candidate| candidate.score > NO_SCORE);
        let scores: Vec<_> = scored.map(|candidate| (candidate.specimen.clone(), candidate.score)).collect();
        found
            .iter_mut()
            .filter(|known| known.kind == one.mark.region)
            .for_each(|known| known.scores.extend(scores.clone()));
    }
    let mut theirs: BTreeMap<(Region, SpecimenId), MarkContext> = BTreeMap::new();
    let specimens: BTreeSet<&SpecimenId> =
        lists.iter().flat_map(|list| list.candidates.iter().map(|candidate| &candidate.specimen)).collect();
    for (specimen, kind) in specimens.iter().flat_map(|specimen| own.keys().map(move |kind| (*specimen, *kind))) {
        theirs.extend(
            newest(context.store, context.parameters, specimen, kind)?.map(|mark| ((kind, specimen.clone()), mark)),
        );
    }
    let left = open(&found, &|specimen, kind| theirs.contains_key(&(kind, specimen.clone())));
    for (kind, mark) in &own {
        let left: Vec<(&SpecimenId, &MarkContext)> = left
            .iter()
            .filter(|(of, _)| of == kind)
            .filter_map(|(kind, specimen)| Some((specimen, theirs.get(&(*kind, specimen.clone()))?)))
            .collect();
        let scores = compared(context, &models, mark, &left)?;
        found.iter_mut().filter(|known| known.kind == *kind).for_each(|known| known.scores.extend(scores.clone()));
    }
    let eligible = lists.iter().map(|list| {
        serde_json::from_value::<Receipt>(list.receipt.clone()).map_or(list.candidates.len(), |r| r.eligible)
    });
    let candidates = fused_list(models.fusion(), &found, eligible.max().unwrap_or(0), top)
        .into_iter()
        .map(|found| AllMarksCandidate { likelihood_ratio: models.fusion().likelihood_ratio(&found.fused), found })
        .collect();
    let queries: Vec<MarkId> = lists.iter().map(|list| list.query.clone()).collect();
    let first = asked.iter().zip(&queries).min_by_key(|(one, _)| one.mark.region).map(|(_, query)| query.clone());
    Ok(first.map(|query| AllMarks {
        query,
        queries,
        began: began.into_iter().collect(),
        kinds: kinds.into_iter().collect(),
        candidates,
    }))
}

/// The scores of marks of one kind against the query's, the later of each pair as reference; those that a search has found before are read and not compared
/// again.
fn compared(
    context: &Context<'_>,
    models: &MarkModels,
    query: &MarkContext,
    others: &[(&SpecimenId, &MarkContext)],
) -> Result<Vec<(SpecimenId, f64)>, EngineError> {
    let known = known(context, query, others)?;
    let scored = others.iter().zip(&known).filter_map(|((of, _), score)| Some(((*of).clone(), (*score)?)));
    let mut scores: Vec<(SpecimenId, f64)> = scored.filter(|(_, score)| *score > NO_SCORE).collect();
    let open: Vec<(&SpecimenId, &MarkContext)> =
        others.iter().zip(&known).filter(|(_, score)| score.is_none()).map(|(other, _)| *other).collect();
    if open.is_empty() {
        return Ok(scores);
    }
    let own = ready(context, query)?;
    for part in open.chunks(TOGETHER) {
        let marks: Vec<Ready> =
            part.par_iter().map(|(_, mark)| ready(context, mark)).collect::<Result<_, EngineError>>()?;
        let earlier: Vec<&Ready> =
            part.iter().zip(&marks).filter(|(other, _)| other.1.sequence < query.sequence).map(|(_, m)| m).collect();
        let mut as_reference = models.compare_many(&own, &earlier).into_iter();
        let later: Vec<Option<KindComparison>> = part
            .par_iter()
            .zip(&marks)
            .map(|(other, mark)| (other.1.sequence >= query.sequence).then(|| models.compare(mark, &own, &mut Silent)))
            .collect();
        for ((specimen, _), later) in part.iter().zip(later) {
            let score = later.or_else(|| as_reference.next()).and_then(|one| one.score);
            scores.extend(score.map(|score| ((*specimen).clone(), score)));
        }
    }
    Ok(scores)
}

/// The scores that searches have kept of these pairs.
fn known(
    context: &Context<'_>,
    query: &MarkContext,
    others: &[(&SpecimenId, &MarkContext)],
) -> Result<Vec<Option<f64>>, EngineError> {
    let comparison = match query.mark.region {
        Region::BreechFace => context.parameters.comparison_hash(),
        Region::FiringPin => context.parameters.firing_pins()?.comparison_hash(),
        Region::ApertureShear | Region::Ejector => return Ok(vec![None; others.len()]),
    };
    let pair = |other: u64| (query.sequence.max(other), query.sequence.min(other));
    let pairs: Vec<(u64, u64)> = others.iter().map(|(_, other)| pair(other.sequence)).collect();
    let outcomes = context.store.pair_outcomes(&comparison, &pairs)?;
    Ok(outcomes.into_iter().map(|outcome| outcome.map(|outcome| outcome.score)).collect())
}

/// The mark, ready to be compared.
fn ready(context: &Context<'_>, mark: &MarkContext) -> Result<Ready, EngineError> {
    Ok(Ready::of(&Mark::from_bytes(&context.store.mark_bytes(&mark.mark.id)?)?))
}

/// What every kind of mark of a pair of cases says, and what they say together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairByAllMarks {
    /// One for each kind that both cases show, in the order of [`Region`].
    pub kinds: Vec<KindComparison>,
    /// All of them.
    pub together: Together,
}

/// Compares two cases by all their marks, `face` being the model of breech faces. None where both show fewer than two kinds, measured as heights, or where the
/// model is one that no fusion was fitted with.
///
/// # Errors
/// None in a program that passed its tests: models that do not go together.
pub fn pair_by_all_marks(
    face: &Model,
    reference: &[&Mark],
    comparison: &[&Mark],
) -> Result<Option<PairByAllMarks>, EngineError> {
    let Some(models) = MarkModels::of_face(face)? else { return Ok(None) };
    let of = |marks: &[&'_ Mark], kind: Region| -> Option<Ready> {
        let mark = marks.iter().find(|mark| mark.region == kind && mark.modality == Modality::Heights)?;
        Some(Ready::of(mark))
    };
    let both: Vec<(Ready, Ready)> =
        KINDS.iter().filter_map(|kind| Some((of(reference, *kind)?, of(comparison, *kind)?))).collect();
    if both.len() < 2 {
        return Ok(None);
    }
    let kinds: Vec<KindComparison> = both.par_iter().map(|(a, b)| models.compare(a, b, &mut Silent)).collect();
    let together = models.together(&kinds);
    Ok(Some(PairByAllMarks { kinds, together }))
}

/// The newest suitable marks of a specimen beside its breech face.
///
/// # Errors
/// Those of the store; a mark that cannot be read back.
pub fn other_marks_of(
    store: &dyn Store,
    specimen: &SpecimenId,
    parameters: &Parameters,
) -> Result<Vec<Mark>, EngineError> {
    let mut marks = Vec::new();
    for kind in KINDS.into_iter().filter(|kind| *kind != Region::BreechFace) {
        if let Some(mark) = newest(store, parameters, specimen, kind)? {
            marks.push(Mark::from_bytes(&store.mark_bytes(&mark.mark.id)?)?);
        }
    }
    Ok(marks)
}

/// The newest suitable mark of a kind that a specimen has.
fn newest(
    store: &dyn Store,
    parameters: &Parameters,
    specimen: &SpecimenId,
    kind: Region,
) -> Result<Option<MarkContext>, EngineError> {
    let parameters = match kind {
        Region::BreechFace => parameters.mark_hash(),
        _ => region_hash(kind),
    };
    let filter = MarkFilter {
        region: Some(kind),
        modality: Some(Modality::Heights),
        parameters: Some(parameters),
        suitable_only: true,
        with_bytes: true,
        specimen: Some(specimen.clone()),
        ..MarkFilter::default()
    };
    Ok(store.marks(&filter)?.pop())
}
