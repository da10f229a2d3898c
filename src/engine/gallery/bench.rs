//! Marks fetched from the store and prepared for comparison, kept while they are in use.

use super::Gallery;
use crate::compare::Prepared;
use crate::engine::error::EngineError;
use crate::engine::parameters::Parameters;
use crate::engine::ports::{SignatureVersion, Store};
use crate::mark::Mark;
use crate::signature::{PolarCode, QuickCoder, Signature};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Marks on the bench of one gallery.
pub struct Bench<'a> {
    store: &'a dyn Store,
    gallery: &'a Gallery,
    parameters: &'a Parameters,
    version: SignatureVersion,
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
        Self { store, gallery, parameters, version: parameters.signature_version(), kept: BTreeMap::new() }
    }

    /// Fetches what is needed and not yet there, in parallel; drops what is not needed when the bench is full.
    ///
    /// # Errors
    /// Those of the store; a mark that cannot be read back.
    pub fn fetch(&mut self, needed: &[usize]) -> Result<(), EngineError> {
        let wanted: BTreeSet<usize> = needed.iter().copied().collect();
        if self.kept.len() + wanted.len() > MOST_KEPT {
            self.kept.retain(|at, _| wanted.contains(at));
        }
        let missing: Vec<usize> = wanted.into_iter().filter(|at| !self.kept.contains_key(at)).collect();
        let fetched: Vec<(usize, Arc<OnBench>)> =
            missing.into_par_iter().map(|at| Ok((at, Arc::new(self.one(at)?)))).collect::<Result<_, EngineError>>()?;
        self.kept.extend(fetched);
        Ok(())
    }

    /// Which of these members have a mark that can be fetched, in the order asked.
    ///
    /// # Errors
    /// Those of the store.
    pub fn have_marks(&self, places: &[usize]) -> Result<Vec<bool>, EngineError> {
        self.gallery.have_marks(self.store, places)
    }

    /// Whether these members can be asked with.
    ///
    /// # Errors
    /// Those of the store; [`EngineError::SignatureOnly`] names the first that cannot.
    pub fn can_ask(&self, places: &[usize]) -> Result<(), EngineError> {
        match self.have_marks(places)?.iter().zip(places).find(|(has, _)| !**has) {
            None => Ok(()),
            Some((_, at)) => {
                Err(EngineError::SignatureOnly { what: format!("mark {}", self.gallery.member(*at)?.mark) })
            }
        }
    }

    fn one(&self, at: usize) -> Result<OnBench, EngineError> {
        let id = self.gallery.member(at)?.mark_id();
        let mark = Mark::from_bytes(&self.store.mark_bytes(&id)?)?;
        let prepared = Prepared::of(&mark, &self.parameters.compare);
        Ok(OnBench { mark, prepared })
    }

    /// A mark that was fetched.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&Arc<OnBench>> {
        self.kept.get(&at)
    }

    /// The polar code of a member, from the store.
    ///
    /// # Errors
    /// Those of the store; a signature that cannot be read back.
    pub fn code(&self, at: usize) -> Result<PolarCode, EngineError> {
        let id = self.gallery.member(at)?.mark_id();
        let bytes = self.store.signature(&id, &self.version)?;
        let signature = Signature::from_bytes(&bytes).map_err(|e| EngineError::Input {
            what: format!("signature of mark {id}"),
            expected: "a whole signature; submit the file again to make it anew".to_owned(),
            got: e.to_string(),
        })?;
        Ok(signature.code)
    }

    /// The quick code of a member: from its shelf, or, where that is damaged, from the store.
    ///
    /// # Errors
    /// As [`Bench::code`].
    pub fn quick_code(&self, at: usize, coder: &QuickCoder, look: &mut Vec<u8>) -> Result<(), EngineError> {
        if self.gallery.look(at, look).is_err() {
            *look = coder.code(&self.code(at)?).0;
        }
        Ok(())
    }
}
