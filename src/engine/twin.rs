//! Twins: an acquisition or a case that is in the gallery already under another number, found by its signature.
//!
//! ```text
//! vector --nearest few--> polar code, all rotations --correlation of the signs--> Twin
//! ```
//!
//! Two cases of one firearm share the marks of its breech face; two acquisitions of one case share all that its primer shows, and one acquisition saved twice
//! shares even the noise. How far the correlations of these three lie apart was measured, see [`ACQUISITION_FROM`] and [`CASE_FROM`].

use super::Context;
use super::error::EngineError;
use super::gallery::Gallery;
use super::parameters::Parameters;
use super::ports::{Store, StoreError};
use crate::ids::{Digest, MarkId, SpecimenId};
use crate::index::CandidateIndex as _;
use crate::mark::gate::{Twin, TwinKind};
use crate::mark::{Mark, Modality};
use crate::signature::vector::draw_query;
use crate::signature::{PolarCode, QueryCode, Signature};

/// Correlation of the signs of two polar codes from which on they are of one acquisition.
pub const ACQUISITION_FROM: f64 = 0.80;

/// Correlation from which on they are probably of one case.
pub const CASE_FROM: f64 = 0.65;

/// Likeness of two vectors (1 less twice the share of bits that differ) below which no codes are compared.
const VECTORS_FROM: f32 = 0.25;

/// Nearest vectors whose codes are compared: a case may have been entered under several numbers.
const NEAREST: usize = 4;

/// Where twins are sought: in a gallery as it was opened, and among what was entered since.
pub struct Twins<'a> {
    gallery: Option<(&'a Gallery, &'a dyn Store)>,
    entered: Vec<(SpecimenId, Modality, Signature)>,
}

impl<'a> Twins<'a> {
    /// Seeks in a gallery and the store that it was opened from, where there is one.
    #[must_use]
    pub fn among(gallery: Option<(&'a Gallery, &'a dyn Store)>) -> Self {
        Self { gallery, entered: Vec::new() }
    }

    /// Adds what has just been entered. About 6 KB each.
    pub fn entered(&mut self, specimen: SpecimenId, modality: Modality, signature: Signature) {
        self.entered.push((specimen, modality, signature));
    }

    /// The specimen under another number that is most surely this one: by its bytes, else by its mark.
    ///
    /// # Errors
    /// Those of the store; a signature that cannot be read back.
    pub fn of(
        &self,
        context: &Context<'_>,
        specimen: &SpecimenId,
        sha256: &Digest,
        mark: Option<&Mark>,
    ) -> Result<Option<Twin>, EngineError> {
        if let Some(other) = context.store.holders(sha256)?.into_iter().find(|other| other != specimen) {
            return Ok(Some(Twin { kind: TwinKind::Bytes, specimen: other.to_string(), correlation: 1.0 }));
        }
        mark.map_or(Ok(None), |mark| self.of_mark(context.parameters, specimen, mark))
    }

    /// The specimen under another number whose mark is most surely this one.
    ///
    /// # Errors
    /// Those of the store; a signature that cannot be read back.
    pub fn of_mark(
        &self,
        parameters: &Parameters,
        specimen: &SpecimenId,
        mark: &Mark,
    ) -> Result<Option<Twin>, EngineError> {
        let Some((correlation, other)) = self.most_alike(parameters, specimen, mark)? else { return Ok(None) };
        let kind = if correlation >= ACQUISITION_FROM {
            TwinKind::Acquisition
        } else if correlation >= CASE_FROM {
            TwinKind::Case
        } else {
            return Ok(None);
        };
        Ok(Some(Twin { kind, specimen: other.to_string(), correlation }))
    }

    /// The correlation of the signs with the most alike of the nearest specimens under other numbers; none where no vector is near.
    fn most_alike(
        &self,
        parameters: &Parameters,
        specimen: &SpecimenId,
        mark: &Mark,
    ) -> Result<Option<(f64, SpecimenId)>, EngineError> {
        let near = self.near(parameters, specimen, mark)?;
        if near.is_empty() {
            return Ok(None);
        }
        let query = QueryCode::of(mark, self.widest_centre_sd_um(mark), &parameters.signature.code);
        let mut best: Option<(f64, SpecimenId)> = None;
        for (other, code) in near {
            // A code on another grid is of another version and says nothing.
            let peaks = PolarCode::search(&query, &code, &parameters.search).unwrap_or_default();
            let Some(peak) = peaks.first() else { continue };
            if best.as_ref().is_none_or(|(correlation, _)| peak.correlation > *correlation) {
                best = Some((peak.correlation, other));
            }
        }
        Ok(best)
    }

    fn widest_centre_sd_um(&self, mark: &Mark) -> f64 {
        self.gallery.map_or(mark.centre.sd_um, |(gallery, _)| gallery.widest_centre_sd_um)
    }

    /// The codes whose vectors are nearest, of other specimens.
    fn near(
        &self,
        parameters: &Parameters,
        specimen: &SpecimenId,
        mark: &Mark,
    ) -> Result<Vec<(SpecimenId, PolarCode)>, EngineError> {
        let vectors = draw_query(mark, self.widest_centre_sd_um(mark), &parameters.signature.vector);
        let mut found: Vec<(f32, SpecimenId, PolarCode)> = Vec::new();
        // The gallery holds marks of one kind of imaging: the other kind says nothing of these.
        let alike = |(gallery, _): &(&Gallery, &dyn Store)| {
            !gallery.members.is_empty() && mark.modality == parameters.prepare.modality()
        };
        if let Some((gallery, store)) = self.gallery.filter(alike) {
            let own = |at: usize| gallery.members.get(at).is_none_or(|m| m.specimen == specimen.as_str());
            // One more for each acquisition that the specimen itself may have there.
            for neighbour in gallery.index.search(&vectors, 2 * NEAREST, None)?.neighbours {
                let at = neighbour.key as usize;
                if neighbour.similarity < VECTORS_FROM || own(at) {
                    continue;
                }
                let member = gallery.member(at)?;
                match code_of(store, &member.mark_id(), parameters) {
                    Ok(code) => found.push((neighbour.similarity, member.specimen_id(), code)),
                    // Expunged since the gallery was opened.
                    Err(EngineError::Store(StoreError::NotFound { .. })) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        let others = self.entered.iter().filter(|(other, modality, _)| other != specimen && *modality == mark.modality);
        for (other, _, signature) in others {
            let similarity = vectors.iter().map(|v| likeness(v, &signature.vector)).fold(-1.0, f32::max);
            if similarity >= VECTORS_FROM {
                found.push((similarity, other.clone(), signature.code.clone()));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        found.truncate(NEAREST);
        Ok(found.into_iter().map(|(_, specimen, code)| (specimen, code)).collect())
    }
}

fn code_of(store: &dyn Store, mark: &MarkId, parameters: &Parameters) -> Result<PolarCode, EngineError> {
    let bytes = store.signature(mark, &parameters.signature_version())?;
    Ok(Signature::from_bytes(&bytes)?.code)
}

/// 1 less twice the share of bits that differ; -1 for vectors of different length.
pub(super) fn likeness(a: &[u64], b: &[u64]) -> f32 {
    if a.len() != b.len() || a.is_empty() {
        return -1.0;
    }
    let differ: u32 = a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum();
    1.0 - 2.0 * differ as f32 / (64 * a.len()) as f32
}
