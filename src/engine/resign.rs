//! Re-sign: signatures of the present version for marks that have others, so that a gallery can be searched after an upgrade.
//!
//! Versions of signatures live side by side; a search uses those of its own version and says how many marks it had to leave out for want of one.

use super::Context;
use super::error::EngineError;
use super::gallery::Gallery;
use super::ports::{MarkFilter, NewSignature, Stamp};
use crate::ids::MarkId;
use crate::mark::{Mark, Modality};
use crate::signature::sign;
use rayon::prelude::*;
use serde::Serialize;

/// Marks that are signed between two looks at whether to stop; bounds the marks in memory to some hundred megabytes.
const PART: usize = 64;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resigned {
    /// Marks that were given a signature.
    pub signed: usize,
    /// Marks that hold only a signature of another version, and so cannot be signed.
    pub signature_only: usize,
    /// Marks that could not be read, and why.
    pub failed: Vec<Unsigned>,
}

/// A mark that has no signature still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unsigned {
    /// The mark.
    pub mark: MarkId,
    /// Why.
    pub why: String,
}

/// Signs every suitable mark that has no signature of the present version. Stopped, it goes on where it was when it is run again.
///
/// # Errors
/// Those of the store; [`EngineError::Stopped`]. A mark that cannot be read is reported and the rest goes on.
pub fn resign(context: &Context<'_>) -> Result<Resigned, EngineError> {
    let mut done = Resigned { signed: 0, signature_only: 0, failed: Vec::new() };
    let heights = context.parameters.imaged(Modality::Heights)?;
    let (pins, photographs) = (heights.firing_pins()?, context.parameters.imaged(Modality::Reflectance)?);
    for parameters in [heights, photographs, pins] {
        sign_all(&Context { parameters: &parameters, ..*context }, &mut done)?;
    }
    Ok(done)
}

/// Signs the marks of one kind and one imaging.
fn sign_all(context: &Context<'_>, done: &mut Resigned) -> Result<(), EngineError> {
    let Context { store, clock, actor, parameters, progress } = *context;
    let version = parameters.signature_version();
    let all = Gallery::filter(parameters);
    let open = store.unsigned_marks(&version, &MarkFilter { with_bytes: true, ..all.clone() })?;
    done.signature_only += store.unsigned_marks(&version, &all)?.len().saturating_sub(open.len());
    progress.begin("sign", open.len() as u64);
    for part in open.chunks(PART) {
        if progress.stop_requested() {
            return Err(EngineError::Stopped);
        }
        let signed: Vec<(&MarkId, Result<Vec<u8>, EngineError>)> = part
            .par_iter()
            .map(|id| {
                let bytes = store.mark_bytes(id).map_err(EngineError::from);
                let mark = bytes.and_then(|bytes| Ok(Mark::from_bytes(&bytes)?));
                (id, mark.map(|mark| sign(&mark, &parameters.signature).to_bytes()))
            })
            .collect();
        for (id, bytes) in signed {
            match bytes {
                Ok(bytes) => {
                    let signature = NewSignature { version: version.clone(), bytes };
                    store.put_signature(id, &signature, &Stamp::new(clock.now(), actor))?;
                    done.signed += 1;
                }
                Err(error) => done.failed.push(Unsigned { mark: id.clone(), why: error.to_string() }),
            }
            progress.advance();
        }
    }
    Ok(())
}
