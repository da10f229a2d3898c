//! The gallery as a search sees it: members in columns, vectors with an index over them, quick codes in files, marks fetched when they are compared.

mod bench;
mod members;
mod shelf;

pub use bench::{Bench, OnBench};
pub(in crate::engine) use members::Column;
pub use members::{Member, Members};

use super::error::EngineError;
use super::parameters::Parameters;
use super::ports::{CacheFiles, MarkFilter, SignatureVersion, Store};
use crate::ids::MarkId;
use crate::index::{GraphParameters, PlannedIndex, Planner, Vectors};
use crate::mark::Modality;
use crate::signature::QuickCoder;
use members::Filling;
use rayon::prelude::*;
use shelf::{Batch, Front, Looks, MARKS, Shape};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Every suitable mark of one region and modality, with an index over the vectors.
pub struct Gallery {
    /// In the order of entry.
    pub members: Members,
    /// Keys are the places of the members.
    pub index: PlannedIndex,
    /// The generation of the store that was read.
    pub generation: u64,
    /// Marks that are left out because they have no signature of this version; [`super::resign`] gives them one.
    pub unsigned: usize,
    /// Acquisitions that are left out because they have marks of other preparations alone; [`super::reprepare`] gives them one of this.
    pub unprepared: usize,
    /// How its marks are imaged.
    pub modality: Modality,
    /// Suitable marks of the same region that are imaged otherwise: photographs beside heights, or heights beside photographs. They are never compared.
    pub other_modality: usize,
    /// The widest doubt about a centre among the members, um; decides how far queries move theirs.
    pub widest_centre_sd_um: f64,
    /// Shelves that were there and could not be used, and why; they were made anew.
    pub damaged: Vec<String>,
    shape: Shape,
    shelves: Vec<Looks>,
    /// Quick codes of the members that are on no shelf.
    loose: Vec<u8>,
}

/// How often a gallery is read again because what had been read was changed meanwhile.
const ATTEMPTS: usize = 5;

impl Gallery {
    /// The marks that a gallery is made of.
    #[must_use]
    pub fn filter(parameters: &Parameters) -> MarkFilter {
        MarkFilter {
            region: Some(parameters.prepare.region),
            modality: Some(parameters.prepare.modality()),
            parameters: Some(parameters.mark_hash()),
            suitable_only: true,
            ..MarkFilter::default()
        }
    }

    /// The suitable marks of the same region that are imaged otherwise, which a search never compares.
    fn imaged_otherwise(parameters: &Parameters) -> Result<MarkFilter, EngineError> {
        let other = match parameters.prepare.modality() {
            Modality::Heights => Modality::Reflectance,
            Modality::Reflectance => Modality::Heights,
        };
        Ok(Self::filter(&parameters.imaged(other)?))
    }

    /// Opens a gallery: members on shelves from the files of `caches`, the others from the store; makes the shelves that are missing.
    ///
    /// # Errors
    /// Those of the store; a signature that cannot be read back names its mark.
    pub fn open(
        store: &dyn Store,
        parameters: &Parameters,
        caches: Option<&dyn CacheFiles>,
    ) -> Result<Self, EngineError> {
        Self::open_with(store, parameters, caches, MARKS)
    }

    /// The same with shelves of another size.
    ///
    /// # Errors
    /// As [`Gallery::open`].
    pub(crate) fn open_with(
        store: &dyn Store,
        parameters: &Parameters,
        caches: Option<&dyn CacheFiles>,
        marks: usize,
    ) -> Result<Self, EngineError> {
        // Shelves are files and the rest is one snapshot of the store: what was on the shelves must still hold in that snapshot.
        for _ in 1..ATTEMPTS {
            let rewritten = store.rewritten()?;
            let gallery = Self::read(store, parameters, (caches, rewritten), marks)?;
            if store.rewritten()? == rewritten {
                return Ok(gallery);
            }
        }
        Self::read(store, parameters, (None, 0), marks)
    }

    fn read(
        store: &dyn Store,
        parameters: &Parameters,
        (caches, rewritten): (Option<&dyn CacheFiles>, u64),
        marks: usize,
    ) -> Result<Self, EngineError> {
        let (version, filter) = (parameters.signature_version(), Self::filter(parameters));
        let coder = QuickCoder::new(parameters.signature.code.grid);
        let shape = Shape { marks, words: parameters.signature.vector.words, look_bytes: coder.bytes() };
        let eligible = usize::try_from(store.count_marks(&filter)?).unwrap_or(usize::MAX);
        let (mut opening, mut caches) = (Opening::default(), caches);
        // Of zeros: they cost nothing until shelves are read into them, by several cores.
        opening.vectors = vec![0; eligible.saturating_mul(shape.words)];
        let generation = loop {
            if let Some(caches) = caches {
                opening.take_shelves(caches, (&version, rewritten), shape)?;
            }
            let name = shelf_name(&version, opening.shelves.len());
            let mut rows = Vec::new();
            let after = opening.filling.last_sequence();
            let rest = MarkFilter { after, ..filter.clone() };
            let generation = store.visit_signatures(&version, &rest, &mut |row| {
                rows.push(row);
                if rows.len() < marks { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            let full = rows.len() == marks;
            let batch = Batch::of(rows, &coder, shape)?;
            if !full {
                opening.add_loose(&batch);
                break generation;
            }
            let kept = match caches {
                Some(caches) => {
                    caches.write_file(&name, generation, &mut |out| batch.write(shape, out))?;
                    caches.open(&name)?.filter(|cache| cache.generation == generation)
                }
                None => None,
            };
            match kept.and_then(|cache| shelf::read(cache, shape, opening.room(shape.vectors())).ok()) {
                Some(taken) => {
                    opening.add_front(&batch.front, shape);
                    opening.shelves.push(taken.looks);
                }
                None => {
                    // Nobody keeps it: it stays in memory with all that follows, which must not take its name.
                    opening.add_loose(&batch);
                    caches = None;
                }
            }
        };
        let Opening { filling, mut vectors, filled, loose, shelves, widest_centre_sd_um, damaged } = opening;
        vectors.truncate(filled);
        let members = filling.done();
        let keys = (0..members.len() as u64).collect();
        let vectors = Vectors::from_parts(shape.words, keys, vectors)?;
        let list = parameters.funnel.to_quick;
        let index = PlannedIndex::build(Arc::new(vectors), GraphParameters::default(), Planner::default(), list)?;
        let unsigned = eligible.saturating_sub(members.len());
        let unprepared = usize::try_from(store.count_unprepared(&filter)?).unwrap_or(usize::MAX);
        let other_modality =
            usize::try_from(store.count_marks(&Self::imaged_otherwise(parameters)?)?).unwrap_or(usize::MAX);
        Ok(Self {
            members,
            index,
            generation,
            unsigned,
            unprepared,
            modality: parameters.prepare.modality(),
            other_modality,
            widest_centre_sd_um,
            damaged,
            shape,
            shelves,
            loose,
        })
    }

    /// The place of a mark among the members.
    #[must_use]
    pub fn place(&self, mark: &MarkId) -> Option<usize> {
        self.members.place(mark)
    }

    /// The member at a place.
    ///
    /// # Errors
    /// [`EngineError::Input`] beyond the end.
    pub fn member(&self, at: usize) -> Result<Member<'_>, EngineError> {
        self.members.get(at).ok_or_else(|| EngineError::Input {
            what: "gallery".to_owned(),
            expected: format!("a place below {}", self.members.len()),
            got: at.to_string(),
        })
    }

    /// Which of these members have a mark that can be compared, in the order asked; of the others the store keeps a signature alone.
    ///
    /// # Errors
    /// Those of the store; [`EngineError::Input`] beyond the end.
    pub fn have_marks(&self, store: &dyn Store, places: &[usize]) -> Result<Vec<bool>, EngineError> {
        let marks: Vec<u64> =
            places.iter().map(|at| Ok(self.member(*at)?.sequence)).collect::<Result<_, EngineError>>()?;
        Ok(store.have_bytes(&marks)?)
    }

    /// Whether an association of the two could be a lead: they come from different incidents, or an incident and a firearm.
    #[must_use]
    pub fn could_be_lead(&self, a: usize, b: usize) -> bool {
        let m = &self.members;
        let same_incident = m.incident.number(a) > 0 && m.incident.number(a) == m.incident.number(b);
        let both_test_fires = m.kind(a) == m.kind(b) && m.incident.number(a) == 0;
        a.max(b) < m.len()
            && m.specimen.number(a) != m.specimen.number(b)
            && m.exhibit.number(a) != m.exhibit.number(b)
            && !same_incident
            && !both_test_fires
    }

    /// Reads the quick code of a member.
    fn look(&self, at: usize, look: &mut Vec<u8>) -> Result<(), String> {
        let Shape { marks, look_bytes, .. } = self.shape;
        if let Some(shelf) = self.shelves.get(at / marks) {
            return shelf.read(at % marks, look, look_bytes);
        }
        let from = (at - self.shelves.len() * marks) * look_bytes;
        let found = self.loose.get(from..from + look_bytes).ok_or("no such member")?;
        look.clear();
        look.extend_from_slice(found);
        Ok(())
    }
}

/// Name of the `n`-th shelf of a version of signatures.
fn shelf_name(version: &SignatureVersion, n: usize) -> String {
    format!("gallery-{version}-{n:05}.shelf")
}

/// A gallery on its way from the files and the store.
#[derive(Default)]
struct Opening {
    filling: Filling,
    /// Vectors, and room for more.
    vectors: Vec<u64>,
    /// Words of [`Opening::vectors`] that are vectors.
    filled: usize,
    loose: Vec<u8>,
    shelves: Vec<Looks>,
    widest_centre_sd_um: f64,
    damaged: Vec<String>,
}

/// Shelves that are read at the same time.
const AT_ONCE: usize = 4;

impl Opening {
    /// Takes what the shelves hold that follow those taken so far, up to the first that is missing or cannot be used.
    fn take_shelves(
        &mut self,
        caches: &dyn CacheFiles,
        (version, rewritten): (&SignatureVersion, u64),
        shape: Shape,
    ) -> Result<(), EngineError> {
        loop {
            let mut found = Vec::with_capacity(AT_ONCE);
            for n in (self.shelves.len()..).take(AT_ONCE) {
                let name = shelf_name(version, n);
                match caches.open(&name)?.filter(|cache| cache.generation >= rewritten) {
                    Some(cache) => found.push((name, cache)),
                    None => break,
                }
            }
            let last = found.len() < AT_ONCE;
            let room = self.room(found.len() * shape.vectors()).par_chunks_mut(shape.vectors().max(1));
            let read: Vec<(String, Result<_, String>)> = found
                .into_par_iter()
                .zip(room)
                .map(|((name, cache), room)| (name, shelf::read(cache, shape, room)))
                .collect();
            for (name, taken) in read {
                let front = taken.as_ref().map_err(Clone::clone).and_then(|taken| taken.front(shape));
                match front {
                    Ok(front) => self.add_front(&front, shape),
                    Err(why) => {
                        self.damaged.push(format!("{name}: {why}"));
                        return Ok(());
                    }
                }
                self.shelves.extend(taken.map(|taken| taken.looks));
            }
            if last {
                return Ok(());
            }
        }
    }

    /// Room for so many words after the vectors there are.
    fn room(&mut self, words: usize) -> &mut [u64] {
        if self.vectors.len() < self.filled + words {
            self.vectors.resize(self.filled + words, 0);
        }
        &mut self.vectors[self.filled..][..words]
    }

    /// Adds the members of a shelf whose vectors were read into the room for them.
    fn add_front<S: AsRef<str> + Sync>(&mut self, front: &Front<S>, shape: Shape) {
        self.filling.extend(&front.rows);
        self.filled += shape.vectors();
        self.widest_centre_sd_um = self.widest_centre_sd_um.max(front.widest_centre_sd_um);
    }

    /// Adds members that are on no shelf.
    fn add_loose(&mut self, batch: &Batch) {
        self.filling.extend(&batch.front.rows);
        self.room(batch.vectors.len()).copy_from_slice(&batch.vectors);
        self.filled += batch.vectors.len();
        self.loose.extend_from_slice(&batch.looks);
        self.widest_centre_sd_um = self.widest_centre_sd_um.max(batch.front.widest_centre_sd_um);
    }
}

#[cfg(test)]
impl Gallery {
    /// Writes a full shelf of made-up members, for measuring galleries that nobody has: `n` numbers it, `random` fills it.
    pub(crate) fn made_up_shelf(
        caches: &dyn CacheFiles,
        parameters: &Parameters,
        n: usize,
        random: &mut dyn FnMut() -> u64,
    ) {
        use members::Row;
        let coder = QuickCoder::new(parameters.signature.code.grid);
        let shape = Shape { marks: MARKS, words: parameters.signature.vector.words, look_bytes: coder.bytes() };
        let row = |at: usize| {
            let sequence = (n * MARKS + at + 1) as u64;
            let (incident, firearm) = (Some(format!("FGE/JAL/2026/{:07}", sequence / 2)), None);
            Row {
                sequence,
                mark: format!("FGE-JAL-{sequence:08}-1/0123456789ab/breech_face/89abcdef"),
                received_us: 1_700_000_000_000_000 + sequence as i64,
                specimen: format!("FGE-JAL-{sequence:08}-1"),
                exhibit: format!("FGE-JAL-{sequence:08}"),
                incident,
                firearm,
                calibre: Some("9 mm Luger".to_owned()),
                country: Some("MX".to_owned()),
                state: Some(format!("state {}", sequence % 32)),
                agency: Some(format!("agency {}", sequence % 400)),
                date: Some(format!("2026-{:02}-{:02}", sequence % 12 + 1, sequence % 28 + 1)),
                firing_pin: None,
            }
        };
        let mut batch = Batch::default();
        batch.front.rows = (0..MARKS).map(row).collect();
        batch.front.widest_centre_sd_um = 25.0;
        batch.vectors = (0..MARKS * shape.words).map(|_| random()).collect();
        batch.looks = (0..MARKS * shape.look_bytes / 8).flat_map(|_| random().to_le_bytes()).collect();
        let name = shelf_name(&parameters.signature_version(), n);
        caches.write_file(&name, 0, &mut |out| batch.write(shape, out)).unwrap();
    }
}
