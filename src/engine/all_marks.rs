//! All marks of a case together: a list found by the breech face, ordered again by what firing pin and aperture shear say as well.
//!
//! ```text
//! list by the breech face --specimens--> their other marks --compared with the query's--> one list by all of them
//! ```
//!
//! The search itself begins with the breech face: a case whose breech face is lost is not found this way, and a list says by which kinds it was ordered.

use super::Context;
use super::correlate::Receipt;
use super::error::EngineError;
use super::fused_list::{FusedCandidate, KindScores, fused_list};
use super::outline::region_hash;
use super::ports::MarkFilter;
use crate::casework::CorrelationResult;
use crate::compare::LikelihoodRatio;
use crate::compare::kinds::{MarkModels, Ready};
use crate::ids::{MarkId, SpecimenId};
use crate::mark::{Mark, Modality, Region};
use serde::Serialize;

/// The kinds of marks that are compared beside the breech face.
const OTHERS: [Region; 2] = [Region::FiringPin, Region::ApertureShear];

/// A list ordered by all marks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AllMarks {
    /// The breech-face mark that was asked with.
    pub query: MarkId,
    /// The kinds of marks that its specimen has, in the order of [`Region`].
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

/// Orders the candidates of a list by all marks of the specimens; none where the query has a breech face alone, where it is a photograph, or where the
/// model of the breech face is one that no fusion was fitted with.
///
/// # Errors
/// Those of the store; a mark that cannot be read back.
pub fn by_all_marks(
    context: &Context<'_>,
    result: &CorrelationResult,
    top: usize,
) -> Result<Option<AllMarks>, EngineError> {
    let Some(models) = MarkModels::of_face(&context.parameters.model)? else { return Ok(None) };
    let query = context.store.mark(&result.query)?;
    if query.mark.modality != Modality::Heights {
        return Ok(None);
    }
    let own = other_marks_of(context, &query.specimen)?;
    if own.is_empty() {
        return Ok(None);
    }
    let theirs: Vec<(&SpecimenId, Vec<Ready>)> = result
        .candidates
        .iter()
        .map(|candidate| Ok((&candidate.specimen, other_marks_of(context, &candidate.specimen)?)))
        .collect::<Result<_, EngineError>>()?;
    let faces = result.candidates.iter().map(|c| (c.specimen.clone(), c.score)).collect();
    let mut found = vec![KindScores { kind: Region::BreechFace, scores: faces }];
    for mark in &own {
        let (names, others): (Vec<&SpecimenId>, Vec<&Ready>) = theirs
            .iter()
            .flat_map(|(specimen, marks)| marks.iter().map(move |other| (*specimen, other)))
            .filter(|(_, other)| other.kind() == mark.kind())
            .unzip();
        let scores = names
            .into_iter()
            .zip(models.compare_many(mark, &others))
            .filter_map(|(specimen, compared)| Some((specimen.clone(), compared.score?)))
            .collect();
        found.push(KindScores { kind: mark.kind(), scores });
    }
    let eligible =
        serde_json::from_value::<Receipt>(result.receipt.clone()).map_or(result.candidates.len(), |r| r.eligible);
    let mut kinds: Vec<Region> = found.iter().map(|list| list.kind).collect();
    kinds.dedup();
    let candidates = fused_list(models.fusion(), &found, eligible, top)
        .into_iter()
        .map(|found| AllMarksCandidate { likelihood_ratio: models.fusion().likelihood_ratio(&found.fused), found })
        .collect();
    Ok(Some(AllMarks { query: result.query.clone(), kinds, candidates }))
}

/// The suitable marks of a specimen beside its breech face, the newest of each kind, ready to be compared.
fn other_marks_of(context: &Context<'_>, specimen: &SpecimenId) -> Result<Vec<Ready>, EngineError> {
    let mut ready = Vec::new();
    for region in OTHERS {
        let filter = MarkFilter {
            region: Some(region),
            modality: Some(Modality::Heights),
            parameters: Some(region_hash(region)),
            suitable_only: true,
            with_bytes: true,
            specimen: Some(specimen.clone()),
            ..MarkFilter::default()
        };
        if let Some(newest) = context.store.marks(&filter)?.pop() {
            ready.push(Ready::of(&Mark::from_bytes(&context.store.mark_bytes(&newest.mark.id)?)?));
        }
    }
    Ok(ready)
}
