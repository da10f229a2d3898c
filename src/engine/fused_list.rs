//! Fused list: the specimens that the searches of several kinds of marks found, in one order.
//!
//! Each kind of mark of a query is searched in a gallery of its own kind with a funnel of its own, and no kind can see all specimens. What one kind's
//! search did not reach is not missing evidence: fused as if the specimen lacked that mark, a poor breech face would look better unseen than
//! seen. So the lists are completed first: whatever any kind found is compared in every kind that both specimens have ([`open`]), and only
//! then are the scores fused and ranked ([`fused_list`]).
//!
//! ```text
//! query's breech face --search--> specimens \
//! query's firing pin  --search--> specimens  } union --open: compare what is open--> scores --Fusion::judge--> one list
//! query's shear  (no search of its own)     /
//! ```
//!
//! Where all specimens can be compared, [`rank`] does all of it.

use crate::compare::fusion::{Evidence, Fused, Fusion};
use crate::compare::kinds::{MarkModels, Ready};
use crate::ids::SpecimenId;
use crate::mark::{Modality, Region};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What the comparisons of one kind of mark gave: the query's mark of that kind against those of specimens.
#[derive(Debug, Clone, PartialEq)]
pub struct KindScores {
    /// The kind.
    pub kind: Region,
    /// Specimens and scores; a specimen with several marks of the kind may stand here several times, and its best counts.
    pub scores: Vec<(SpecimenId, f64)>,
}

/// A specimen found, with what every kind of mark says of it and what they say together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FusedCandidate {
    /// The specimen.
    pub specimen: SpecimenId,
    /// The score of each kind that was compared.
    pub evidence: Evidence,
    /// What they say together; its score ranks.
    pub fused: Fused,
    /// log10 of the likelihood ratio for having been picked as the best of the specimens left below those ahead.
    pub log10_lr_of_search: f64,
}

/// What is still to be compared before lists are fused: of every specimen that any kind found, the kinds that it has (`has`; the query's own are those of
/// `found`) and that were not compared. In the order of the kinds, then of the specimens.
#[must_use]
pub fn open(found: &[KindScores], has: &dyn Fn(&SpecimenId, Region) -> bool) -> Vec<(Region, SpecimenId)> {
    let specimens: BTreeSet<&SpecimenId> = found.iter().flat_map(|list| list.scores.iter().map(|s| &s.0)).collect();
    let mut compared: BTreeMap<Region, BTreeSet<&SpecimenId>> = BTreeMap::new();
    for list in found {
        compared.entry(list.kind).or_default().extend(list.scores.iter().map(|s| &s.0));
    }
    let mut open = Vec::new();
    for (kind, known) in &compared {
        let left = specimens.iter().filter(|s| !known.contains(**s) && has(s, *kind));
        open.extend(left.map(|specimen| (*kind, (*specimen).clone())));
    }
    open
}

/// The specimens in the order of their fused score, at most `top`; equals in the order of their names. `eligible` is how many specimens could have been found.
/// Specimens of which no kind is known to the fusion are left out: there is nothing to say of them.
#[must_use]
pub fn fused_list(fusion: &Fusion, found: &[KindScores], eligible: usize, top: usize) -> Vec<FusedCandidate> {
    let mut evidence: BTreeMap<&SpecimenId, Evidence> = BTreeMap::new();
    for list in found {
        for (specimen, score) in &list.scores {
            let known = evidence.entry(specimen).or_default();
            if known.score(list.kind).is_none_or(|best| *score > best) {
                *known = std::mem::take(known).with(list.kind, *score);
            }
        }
    }
    let mut candidates: Vec<FusedCandidate> = evidence
        .into_iter()
        .filter_map(|(specimen, evidence)| {
            let fused = fusion.judge(&evidence)?;
            let log10_lr_of_search = fused.log10_lr;
            Some(FusedCandidate { specimen: specimen.clone(), evidence, fused, log10_lr_of_search })
        })
        .collect();
    candidates.sort_by(|a, b| b.fused.score.total_cmp(&a.fused.score).then_with(|| a.specimen.cmp(&b.specimen)));
    candidates.truncate(top);
    for (ahead, candidate) in candidates.iter_mut().enumerate() {
        let left = eligible.saturating_sub(ahead).max(1);
        if let Some(picked) = fusion.picked_from(&candidate.evidence, left) {
            candidate.log10_lr_of_search = picked.log10(candidate.fused.score, candidate.fused.log10_lr);
        }
    }
    candidates
}

/// Compares the marks of a query with all marks of the same kinds of `specimens`, and ranks these by what all of them say: at most `top`, in the order of
/// [`fused_list`]. Marks of photographs do not enter a fusion and are left out.
#[must_use]
pub fn rank(
    models: &MarkModels,
    query: &[Ready],
    specimens: &[(SpecimenId, Vec<Ready>)],
    top: usize,
) -> Vec<FusedCandidate> {
    let mut found = Vec::new();
    for own in query {
        let (names, others): (Vec<&SpecimenId>, Vec<&Ready>) = specimens
            .iter()
            .flat_map(|(id, marks)| marks.iter().map(move |mark| (id, mark)))
            .filter(|(_, mark)| mark.kind() == own.kind())
            .unzip();
        let compared = models.compare_many(own, &others);
        let scores = names.into_iter().zip(compared).filter(|(_, one)| one.modality == Modality::Heights);
        let scores = scores.filter_map(|(id, one)| Some((id.clone(), one.score?))).collect();
        found.push(KindScores { kind: own.kind(), scores });
    }
    fused_list(models.fusion(), &found, specimens.len(), top)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::fusion::KnownPair;
    use Region::{ApertureShear, BreechFace, FiringPin};

    fn id(name: &str) -> SpecimenId {
        SpecimenId::new(name)
    }

    fn list(kind: Region, scores: &[(&str, f64)]) -> KindScores {
        KindScores { kind, scores: scores.iter().map(|(name, score)| (id(name), *score)).collect() }
    }

    /// Firing pins tell twice as much as breech faces.
    fn fusion() -> Fusion {
        let mut pairs = Vec::new();
        for i in 0..14usize {
            for j in i..14 {
                let noise = |k: usize| ((pairs.len() * k + 5) as f64 * 0.618_033_988_749_895).fract() * 4.0 - 2.0;
                let mate = f64::from(u8::from(i == j));
                let evidence =
                    Evidence::none().with(BreechFace, noise(1) + 1.5 * mate).with(FiringPin, noise(7) + 3.0 * mate);
                pairs.push(KnownPair { firearms: (format!("{i:02}"), format!("{j:02}")), evidence });
            }
        }
        Fusion::fit(&pairs.iter().collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn what_any_kind_found_is_compared_in_every_kind_that_it_has() {
        let found = [
            list(BreechFace, &[("a", 3.0), ("b", 1.0)]),
            list(FiringPin, &[("c", 2.0), ("b", 0.5)]),
            list(ApertureShear, &[]),
        ];
        // b has no aperture shear.
        let left = open(&found, &|s, kind| !(s.as_str() == "b" && kind == ApertureShear));
        let told: Vec<(Region, &str)> = left.iter().map(|(kind, s)| (*kind, s.as_str())).collect();
        assert_eq!(told, [(BreechFace, "c"), (FiringPin, "a"), (ApertureShear, "a"), (ApertureShear, "c")]);
        assert!(open(&found[..2], &|_, _| false).is_empty());
    }

    #[test]
    fn specimens_rank_by_what_all_their_marks_say() {
        let fusion = fusion();
        let found = [
            list(BreechFace, &[("face", 3.0), ("both", 2.0), ("several", -2.0), ("several", 2.0)]),
            list(FiringPin, &[("face", -1.5), ("both", 4.0), ("several", 4.0), ("pin", 4.0)]),
            list(ApertureShear, &[("shear", 90.0)]),
        ];
        let ranked = fused_list(&fusion, &found, 1000, 10);
        let names: Vec<&str> = ranked.iter().map(|c| c.specimen.as_str()).collect();
        assert_eq!(names, ["both", "several", "pin", "face"], "no model knows of aperture shear");
        assert_eq!(ranked[0].fused.score, ranked[1].fused.score, "the best of several marks of a kind counts");
        assert_eq!(ranked[2].fused.used, [FiringPin]);
        for candidate in &ranked {
            assert!(candidate.log10_lr_of_search < candidate.fused.log10_lr, "{candidate:?}");
        }
        // The order of the lists does not matter, and the cut is at the top.
        let mut turned = found.to_vec();
        turned.reverse();
        assert_eq!(fused_list(&fusion, &turned, 1000, 10), ranked);
        assert_eq!(fused_list(&fusion, &found, 1000, 2), ranked[..2]);
    }

    #[test]
    fn a_poor_mark_that_was_compared_pulls_down_and_one_that_is_absent_does_not() {
        let fusion = fusion();
        let ranked = |face: Option<f64>| {
            let faces = face.map_or(list(BreechFace, &[]), |score| list(BreechFace, &[("x", score)]));
            fused_list(&fusion, &[faces, list(FiringPin, &[("x", 3.0)])], 10, 1)[0].fused.score
        };
        assert!(ranked(Some(-2.0)) < ranked(None) && ranked(None) < ranked(Some(3.0)));
    }
}
