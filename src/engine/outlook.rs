//! Outlook: what a ranked list means as the list of a search, beside what each pair says on its own.

use super::correlate::Receipt;
use crate::casework::Candidate;
use crate::compare::Model;

/// What the ranks of one search are judged by.
pub(super) struct Outlook<'a> {
    model: &'a Model,
    /// Marks that could have been picked.
    eligible: usize,
    /// Share of mates that reach the comparison; none where it was not measured.
    reached: Option<f64>,
}

impl<'a> Outlook<'a> {
    /// Of the search that the receipt tells of, once it says what was compared.
    pub(super) fn of(receipt: &Receipt, model: &'a Model) -> Self {
        Self { model, eligible: receipt.eligible, reached: receipt.reached() }
    }

    /// Gives each rank its ratio as picked, and the chance that a mate lies below it. The list is ranked, best first.
    pub(super) fn tell(&self, candidates: &mut [Candidate]) {
        // Where no pair has a ratio the model does not know such marks, nor how mates among them score.
        let reached = self.reached.filter(|_| candidates.iter().any(|c| c.log10_lr.is_some()));
        for (ahead, candidate) in candidates.iter_mut().enumerate() {
            // The best of those that are left when the ones ahead of it are set aside, be they mates or not.
            let picked = self.model.picked_from(self.eligible.saturating_sub(ahead).max(1));
            candidate.log10_lr_of_search = candidate.log10_lr.map(|single| picked.log10(candidate.score, single));
            candidate.mate_below =
                reached.map(|reached| mate_below(reached, &self.model.scores.known_matches, candidate.score));
        }
    }
}

/// If a mate of the query is among the eligible marks: the estimated chance, 0 to 1, that it is not among the candidates down to and including the one
/// with this score.
///
/// A mate is among them when it reached the comparison and scored no lower, so the chance is `1 - reached (1 - F)`, where F is the share of
/// `known_matches` (rising) below `score`. Half a known match is added on either side, so that no finite number of them makes the chance 0 or 1. It
/// never rises as the score falls.
///
/// It assumes that there is a mate, and says nothing of whether there is; that mates score like the known matches of the model's reference population;
/// and that whether a mate reaches the comparison has nothing to do with how it scores there. In truth weak mates are lost more often and those that reach
/// the comparison score higher, which makes the estimate too great; and `reached` was measured on the mate that got furthest of each query, which makes it
/// too small for an only mate.
#[must_use]
pub fn mate_below(reached: f64, known_matches: &[f64], score: f64) -> f64 {
    let below = known_matches.partition_point(|known| *known < score);
    let share_below = (below as f64 + 0.5) / (known_matches.len() as f64 + 1.0);
    (1.0 - reached * (1.0 - share_below)).clamp(0.0, 1.0)
}

#[cfg(test)]
#[path = "outlook_tests.rs"]
mod tests;
