//! Twins: an acquisition or a case that is in the gallery already under another number, found by its signature and told by its heights.
//!
//! ```text
//! vector --nearest few--> marks --correlation of the fine bands at the pose--> Twin
//! ```
//!
//! Two cases of one firearm share the marks of its breech face; two acquisitions of one case share all that its primer shows, and one acquisition saved twice
//! shares even the noise. How far the correlations of these lie apart was measured, see [`ACQUISITION_FROM`].

use super::Context;
use super::error::EngineError;
use super::gallery::Gallery;
use super::parameters::Parameters;
use super::ports::{Store, StoreError};
use crate::compare::{Prepared, compare};
use crate::ids::{Digest, MarkId, SpecimenId};
use crate::index::CandidateIndex as _;
use crate::mark::gate::{Twin, TwinKind};
use crate::mark::{Mark, Modality};
use crate::signature::Signature;
use crate::signature::vector::draw_query;
use crate::workings::Silent;

/// Correlation of the fine bands of two marks at their pose from which on they are of one acquisition. Copies of 103 real scans, turned and saved at another
/// pitch, have .979 at the least; 286 pairs of cases of one firearm .920 at the most, and 95 % of them .889.
pub const ACQUISITION_FROM: f64 = 0.96;

/// Correlation from which on they are probably of one case: just above what cases of one firearm reach.
pub const CASE_FROM: f64 = 0.93;

/// Likeness of two vectors (1 less twice the share of bits that differ) below which nothing is compared: those copies have .54 at the least, and of the pairs
/// of one firearm one of a hundred reaches .45, so that submitting a pistol's test fires costs no comparisons.
const VECTORS_FROM: f32 = 0.45;

/// Nearest marks that are compared: a case may have been entered under several numbers.
const NEAREST: usize = 4;

/// Where a mark that was entered is to be had.
pub enum Entered {
    /// From the store.
    Stored(MarkId),
    /// Here.
    Here(Box<Mark>),
}

/// Where twins are sought: in a gallery as it was opened, and among what was entered since.
pub struct Twins<'a> {
    gallery: Option<&'a Gallery>,
    entered: Vec<(SpecimenId, Modality, Vec<u64>, Entered)>,
}

impl<'a> Twins<'a> {
    /// Seeks in a gallery, where there is one.
    #[must_use]
    pub fn among(gallery: Option<&'a Gallery>) -> Self {
        Self { gallery, entered: Vec::new() }
    }

    /// Adds what has just been entered. About 1 KB each, and the mark where it is kept here.
    pub fn entered(&mut self, specimen: SpecimenId, modality: Modality, signature: Signature, mark: Entered) {
        self.entered.push((specimen, modality, signature.vector, mark));
    }

    /// What to ask a gallery with for the twins of a mark: its query vectors. Most of the work of a search for twins; any number of marks may be readied side by
    /// side.
    #[must_use]
    pub fn asked(gallery: Option<&Gallery>, parameters: &Parameters, mark: &Mark) -> Vec<Vec<u64>> {
        let widest = gallery.map_or(mark.centre.sd_um, |gallery| gallery.widest_centre_sd_um);
        draw_query(mark, widest, &parameters.signature.vector)
    }

    /// The specimen under another number that is most surely this one: by its bytes, else by its mark, which comes with what [`Self::asked`] gave.
    ///
    /// # Errors
    /// Those of the store; a mark that cannot be read back.
    pub fn of(
        &self,
        context: &Context<'_>,
        specimen: &SpecimenId,
        sha256: &Digest,
        mark: Option<(&Mark, &[Vec<u64>])>,
    ) -> Result<Option<Twin>, EngineError> {
        if let Some(other) = context.store.holders(sha256)?.into_iter().find(|other| other != specimen) {
            return Ok(Some(Twin { kind: TwinKind::Bytes, specimen: other.to_string(), correlation: 1.0 }));
        }
        mark.map_or(Ok(None), |(mark, asked)| {
            self.of_vectors(Some(context.store), context.parameters, specimen, (mark, asked))
        })
    }

    /// The specimen under another number whose mark is most surely this one; without a store among those that are kept here alone.
    ///
    /// # Errors
    /// Those of the store; a mark that cannot be read back.
    pub fn of_mark(
        &self,
        store: Option<&dyn Store>,
        parameters: &Parameters,
        specimen: &SpecimenId,
        mark: &Mark,
    ) -> Result<Option<Twin>, EngineError> {
        let asked = Self::asked(self.gallery, parameters, mark);
        self.of_vectors(store, parameters, specimen, (mark, &asked))
    }

    fn of_vectors(
        &self,
        store: Option<&dyn Store>,
        parameters: &Parameters,
        specimen: &SpecimenId,
        (mark, asked): (&Mark, &[Vec<u64>]),
    ) -> Result<Option<Twin>, EngineError> {
        let parameters = &parameters.imaged(mark.modality)?;
        let near = self.near(store, specimen, mark, asked)?;
        if near.is_empty() {
            return Ok(None);
        }
        let own = Prepared::of(mark, &parameters.compare);
        let mut best: Option<(f64, SpecimenId)> = None;
        for (other, mark) in near {
            let theirs = Prepared::of(&mark, &parameters.compare);
            let found = compare(&own, &theirs, &parameters.compare, &parameters.model, &mut Silent);
            let correlation = found.features.ccf_fine;
            if best.as_ref().is_none_or(|(most, _)| correlation > *most) {
                best = Some((correlation, other));
            }
        }
        Ok(best.and_then(|(correlation, other)| {
            let kind = if correlation >= ACQUISITION_FROM {
                TwinKind::Acquisition
            } else if correlation >= CASE_FROM {
                TwinKind::Case
            } else {
                return None;
            };
            Some(Twin { kind, specimen: other.to_string(), correlation })
        }))
    }

    /// The marks whose vectors are nearest, of other specimens.
    fn near(
        &self,
        store: Option<&dyn Store>,
        specimen: &SpecimenId,
        mark: &Mark,
        vectors: &[Vec<u64>],
    ) -> Result<Vec<(SpecimenId, Mark)>, EngineError> {
        let mut found: Vec<(f32, SpecimenId, Option<&Mark>, Option<MarkId>)> = Vec::new();
        // The gallery holds marks of one kind of imaging: the other kind says nothing of these.
        let alike = |gallery: &&Gallery| !gallery.members.is_empty() && gallery.modality == mark.modality;
        if let Some(gallery) = self.gallery.filter(alike) {
            let own = |at: usize| gallery.members.get(at).is_none_or(|m| m.specimen == specimen.as_str());
            // One more for each acquisition that the specimen itself may have there.
            for neighbour in gallery.index.search(vectors, 2 * NEAREST, None)?.neighbours {
                let at = neighbour.key as usize;
                if neighbour.similarity >= VECTORS_FROM && !own(at) {
                    let member = gallery.member(at)?;
                    found.push((neighbour.similarity, member.specimen_id(), None, Some(member.mark_id())));
                }
            }
        }
        let others =
            self.entered.iter().filter(|(other, modality, ..)| other != specimen && *modality == mark.modality);
        for (other, _, vector, entered) in others {
            let similarity = vectors.iter().map(|v| likeness(v, vector)).fold(-1.0, f32::max);
            if similarity >= VECTORS_FROM {
                found.push(match entered {
                    Entered::Here(mark) => (similarity, other.clone(), Some(mark.as_ref()), None),
                    Entered::Stored(id) => (similarity, other.clone(), None, Some(id.clone())),
                });
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        found.truncate(NEAREST);
        let mut marks = Vec::new();
        for (_, other, here, stored) in found {
            if let Some(mark) = here {
                marks.push((other, mark.clone()));
            } else if let (Some(store), Some(id)) = (store, stored) {
                match store.mark_bytes(&id) {
                    Ok(bytes) => marks.push((other, Mark::from_bytes(&bytes)?)),
                    // Expunged since the gallery was opened, or a signature without a mark.
                    Err(StoreError::NotFound { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(marks)
    }
}

/// 1 less twice the share of bits that differ; -1 for vectors of different length.
pub(super) fn likeness(a: &[u64], b: &[u64]) -> f32 {
    if a.len() != b.len() || a.is_empty() {
        return -1.0;
    }
    let differ: u32 = a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum();
    1.0 - 2.0 * differ as f32 / (64 * a.len()) as f32
}
