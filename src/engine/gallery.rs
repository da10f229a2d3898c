//! The gallery as a search sees it: signatures in memory with an index over their vectors, marks fetched when they are compared.

use super::error::EngineError;
use super::parameters::Parameters;
use super::ports::{MarkContext, MarkFilter, Store};
use crate::compare::Prepared;
use crate::ids::MarkId;
use crate::index::{CandidateIndex as _, GraphParameters, PlannedIndex, Planner, Vectors};
use crate::mark::{Mark, Modality, Region};
use crate::signature::Signature;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

/// One mark of the gallery, ready to be searched.
#[derive(Debug, Clone)]
pub struct Member {
    /// The mark and what filters ask about it.
    pub context: MarkContext,
    /// Its signature.
    pub signature: Signature,
}

/// Every suitable mark of one region and modality, with an index over the vectors.
pub struct Gallery {
    /// In the order of entry.
    pub members: Vec<Member>,
    /// Whose each member is, as numbers: compared for every member at every search.
    kin: Vec<Kin>,
    /// Place of each mark among the members.
    places: HashMap<MarkId, usize>,
    /// Keys are the places of the members.
    pub index: PlannedIndex,
    /// The generation of the store that was read.
    pub generation: u64,
    /// Marks that are left out because they have no signature of this version; [`super::resign`] gives them one.
    pub unsigned: usize,
    /// The widest doubt about a centre among the members, um; decides how far queries move theirs.
    pub widest_centre_sd_um: f64,
    /// The index as bytes, where it was built anew and is worth keeping.
    pub fresh_cache: Option<Vec<u8>>,
}

impl Gallery {
    /// The marks that a gallery is made of.
    #[must_use]
    pub fn filter(parameters: &Parameters) -> MarkFilter {
        MarkFilter {
            region: Some(Region::BreechFace),
            modality: Some(Modality::Heights),
            parameters: Some(parameters.mark_hash()),
            suitable_only: true,
            ..MarkFilter::default()
        }
    }

    /// Reads the signatures of the store and opens the index: from `cache` where that is whole and of this generation, else
    /// by building it.
    ///
    /// # Errors
    /// Those of the store; a signature that cannot be read back names its mark.
    pub fn open(store: &dyn Store, parameters: &Parameters, cache: Option<&[u8]>) -> Result<Self, EngineError> {
        let filter = Self::filter(parameters);
        let unsigned = store.unsigned_marks(&parameters.signature_version(), &filter)?.len();
        let mut rows = Vec::new();
        let generation = store.visit_signatures(&parameters.signature_version(), &filter, &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        let members: Vec<Member> = rows
            .into_par_iter()
            .map(|row| {
                let signature = Signature::from_bytes(&row.bytes).map_err(|e| EngineError::Input {
                    what: format!("signature of mark {}", row.context.mark.id),
                    expected: "a whole signature; submit the file again to make it anew".to_owned(),
                    got: e.to_string(),
                })?;
                Ok(Member { context: row.context, signature })
            })
            .collect::<Result<_, EngineError>>()?;
        // A cache that is damaged or of another generation holds nothing that cannot be built again.
        let fits = |index: &PlannedIndex| index.vectors().keys().iter().copied().eq(0..members.len() as u64);
        let opened = cache.and_then(|bytes| PlannedIndex::from_bytes(bytes, generation).ok()).filter(fits);
        let (index, fresh_cache) = match opened {
            Some(index) => (index, None),
            None => {
                let built = index_of(&members, parameters.funnel.to_quick)?;
                // Without graphs there is nothing that takes longer to build than to read.
                let bytes = (built.segment_count() > 0).then(|| built.to_bytes(generation));
                (built, bytes)
            }
        };
        let widest = members.iter().map(|m| m.signature.code.centre_sd_um()).fold(0.0, f64::max);
        Ok(Self {
            kin: kin_of(&members),
            places: members.iter().enumerate().map(|(at, m)| (m.context.mark.id.clone(), at)).collect(),
            index,
            fresh_cache,
            generation,
            unsigned,
            widest_centre_sd_um: widest,
            members,
        })
    }

    /// The place of a mark among the members.
    #[must_use]
    pub fn place(&self, mark: &MarkId) -> Option<usize> {
        self.places.get(mark).copied()
    }

    /// Every place whose mark belongs to this exhibit or specimen.
    #[must_use]
    pub fn places_of(&self, name: &str) -> Vec<usize> {
        let belongs = |m: &Member| m.context.exhibit.as_str() == name || m.context.specimen.as_str() == name;
        self.members.iter().enumerate().filter(|(_, m)| belongs(m)).map(|(at, _)| at).collect()
    }

    /// Whether an association of the two could be a lead: they come from different incidents, or an incident and a firearm.
    #[must_use]
    pub fn could_be_lead(&self, a: usize, b: usize) -> bool {
        let (Some(a), Some(b)) = (self.kin.get(a), self.kin.get(b)) else { return false };
        let same_incident = a.incident.is_some() && a.incident == b.incident;
        a.specimen != b.specimen && a.exhibit != b.exhibit && !same_incident && !(a.test_fire && b.test_fire)
    }
}

/// Specimen, exhibit and incident of a member by number; whether it is a test fire.
#[derive(Debug, Clone, Copy)]
struct Kin {
    specimen: u32,
    exhibit: u32,
    incident: Option<u32>,
    test_fire: bool,
}

/// Numbers for the names of all members.
fn kin_of(members: &[Member]) -> Vec<Kin> {
    let (mut specimens, mut exhibits, mut incidents) = (Numbers::default(), Numbers::default(), Numbers::default());
    let mut of = |m: &Member| Kin {
        specimen: specimens.of(m.context.specimen.as_str()),
        exhibit: exhibits.of(m.context.exhibit.as_str()),
        incident: m.context.incident.as_ref().map(|i| incidents.of(i.as_str())),
        test_fire: m.context.firearm.is_some(),
    };
    members.iter().map(&mut of).collect()
}

/// Gives each new name the next number.
#[derive(Default)]
struct Numbers(HashMap<String, u32>);

impl Numbers {
    fn of(&mut self, name: &str) -> u32 {
        if let Some(number) = self.0.get(name) {
            return *number;
        }
        let next = self.0.len() as u32;
        self.0.insert(name.to_owned(), next);
        next
    }
}

fn index_of(members: &[Member], list: usize) -> Result<PlannedIndex, EngineError> {
    let words = members.first().map_or(1, |m| m.signature.vector.len());
    let keyed = members.iter().enumerate().map(|(at, m)| (at as u64, m.signature.vector.as_slice()));
    let vectors = Vectors::new(words).with(keyed)?;
    Ok(PlannedIndex::build(Arc::new(vectors), GraphParameters::default(), Planner::default(), list)?)
}

/// Marks fetched from the store and prepared for comparison, kept while they are in use.
pub struct Bench<'a> {
    store: &'a dyn Store,
    gallery: &'a Gallery,
    parameters: &'a Parameters,
    kept: BTreeMap<usize, Arc<OnBench>>,
}

/// A mark on the bench.
pub struct OnBench {
    /// The mark.
    pub mark: Mark,
    /// What comparing it with many others needs, computed once.
    pub prepared: Prepared,
}

/// Marks kept beside those that are needed, a few hundred megabytes.
const MOST_KEPT: usize = 256;

impl<'a> Bench<'a> {
    /// An empty bench.
    #[must_use]
    pub fn new(store: &'a dyn Store, gallery: &'a Gallery, parameters: &'a Parameters) -> Self {
        Self { store, gallery, parameters, kept: BTreeMap::new() }
    }

    /// Fetches what is needed and not yet there, in parallel; drops what is not needed when the bench is full.
    ///
    /// # Errors
    /// Those of the store; a mark that cannot be read back.
    pub fn fetch(&mut self, needed: &[usize]) -> Result<(), EngineError> {
        let wanted: std::collections::BTreeSet<usize> = needed.iter().copied().collect();
        if self.kept.len() + wanted.len() > MOST_KEPT {
            self.kept.retain(|at, _| wanted.contains(at));
        }
        let missing: Vec<usize> = wanted.into_iter().filter(|at| !self.kept.contains_key(at)).collect();
        let fetched: Vec<(usize, Arc<OnBench>)> =
            missing.into_par_iter().map(|at| Ok((at, Arc::new(self.one(at)?)))).collect::<Result<_, EngineError>>()?;
        self.kept.extend(fetched);
        Ok(())
    }

    fn one(&self, at: usize) -> Result<OnBench, EngineError> {
        let Some(member) = self.gallery.members.get(at) else {
            return Err(EngineError::Input {
                what: "gallery".to_owned(),
                expected: format!("a place below {}", self.gallery.members.len()),
                got: at.to_string(),
            });
        };
        let mark = Mark::from_bytes(&self.store.mark_bytes(&member.context.mark.id)?)?;
        let prepared = Prepared::of(&mark, &self.parameters.compare);
        Ok(OnBench { mark, prepared })
    }

    /// A mark that was fetched.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&Arc<OnBench>> {
        self.kept.get(&at)
    }
}
