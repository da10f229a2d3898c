//! Batches: many searches of one gallery, kept block by block, with the leads that they propose.

use super::Context;
use super::correlate::{Milliseconds, Receipt, Request, Search};
use super::error::EngineError;
use super::gallery::Gallery;
use super::review::candidates;
use crate::casework::{CorrelationResult, Lead};
use serde::Serialize;

/// Pairs at each stage of all searches of a batch, and the time that the stages took.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Searches.
    pub queries: u64,
    /// Pairs of a query and a mark that was eligible for it.
    pub eligible: u64,
    /// Pairs whose vectors were looked at.
    pub visited: u64,
    /// Pairs whose polar codes had a quick look.
    pub quick: u64,
    /// Pairs whose polar codes were searched over all rotations.
    pub coded: u64,
    /// Pairs that the shortlists passed over because the mark holds only a signature.
    pub signature_only: u64,
    /// Marks that were to be asked with and hold only a signature: they were left out.
    pub signature_only_queries: u64,
    /// Pairs in the lists of those compared; one counts twice where both marks asked.
    pub compared: u64,
    /// Those of them that had been compared before this batch came to them.
    pub known: u64,
    /// Wall-clock milliseconds of the stages.
    pub milliseconds: Milliseconds,
}

impl std::ops::AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.queries += other.queries;
        self.eligible += other.eligible;
        self.visited += other.visited;
        self.quick += other.quick;
        self.coded += other.coded;
        self.signature_only += other.signature_only;
        self.signature_only_queries += other.signature_only_queries;
        self.compared += other.compared;
        self.known += other.known;
        self.milliseconds += other.milliseconds;
    }
}

impl Totals {
    /// Counts the receipts of a block, whose queries share their times.
    fn add(&mut self, results: &[CorrelationResult]) {
        let mut spent = None;
        for result in results {
            let Ok(receipt) = serde_json::from_value::<Receipt>(result.receipt.clone()) else { continue };
            self.queries += 1;
            self.eligible += receipt.eligible as u64;
            self.visited += receipt.visited as u64;
            self.quick += receipt.quick as u64;
            self.coded += receipt.coded as u64;
            self.signature_only += receipt.signature_only as u64;
            self.compared += receipt.compared as u64;
            self.known += receipt.known as u64;
            spent = spent.or(receipt.milliseconds);
        }
        self.milliseconds += spent.unwrap_or_default();
    }
}

/// What a batch did.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Batch {
    /// Candidates that reach the bound for a lead and were not there before.
    pub proposed: Vec<Lead>,
    /// Pairs and times.
    pub totals: Totals,
    /// Whether it was asked to stop before all was done; the same batch again goes on.
    pub stopped: bool,
}

impl Batch {
    /// Takes what another kind of marks gave to this.
    pub fn and(&mut self, other: Self) {
        let Self { proposed, totals, stopped } = other;
        self.proposed.extend(proposed);
        self.totals += totals;
        self.stopped |= stopped;
    }
}

/// Correlates the marks at `queries` with the gallery. Each block of lists is kept together with the comparisons made for it and the leads that it
/// proposes (from `propose_from`, a log10 likelihood ratio, on), so that a batch that was stopped or killed goes on where it was without losing any; then
/// `each` is given the lists, in the order of `queries`.
///
/// # Errors
/// Those of the store.
pub fn batch(
    context: &Context<'_>,
    gallery: &Gallery,
    queries: &[usize],
    request: Request<'_>,
    propose_from: Option<f64>,
    each: &mut dyn FnMut(CorrelationResult),
) -> Result<Batch, EngineError> {
    let progress = context.progress;
    progress.begin("correlate", queries.len() as u64);
    let mut search = Search::new(context, gallery, request);
    let mut done = Batch::default();
    for block in queries.chunks(search.together()) {
        let found = match search.block(block) {
            Err(EngineError::Stopped) => {
                done.stopped = true;
                break;
            }
            found => found?,
        };
        let leads: Vec<Lead> = propose_from
            .iter()
            .flat_map(|from| found.results.iter().flat_map(|r| candidates(context.clock, gallery, r, *from)))
            .collect();
        done.proposed.extend(search.keep(&found, &leads)?);
        done.totals.add(&found.results);
        progress.advance_by(found.results.len() as u64);
        found.results.into_iter().for_each(&mut *each);
    }
    Ok(done)
}
