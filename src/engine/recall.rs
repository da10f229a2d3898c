//! Recall: how many mates each stage of the search keeps, as measured, and what a receipt says of it.
//!
//! Measured by [`super::scale`]: labelled marks ask in a gallery of themselves and of resampled signatures, searched as any gallery of its size. A search is told
//! the run of the smallest measured gallery that holds at least as many marks as were eligible for it. In a larger gallery more is lost, so that what is
//! said errs on the side of caution; it errs on the other side in that resampled signatures are somewhat easier than real marks of like pistols. Lists
//! longer than the cuts of the funnel pass more on than was measured, which loses no more.

use super::correlate::Receipt;
use super::evaluate::Evaluation;
use super::funnel_audit::wilson;
use super::parameters::Parameters;
use super::scale::Counts;
use crate::ids::Digest;
use crate::language::Language;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was measured with the built-in parameters: `evaluate --rotate --distractors N --recall-out src/engine/recall.json`, once for each size.
const BUILT_IN: &str = include_str!("recall.json");

/// Recalls measured in galleries of several sizes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MeasuredRecalls {
    /// By rising number of distractors, one run for each.
    pub runs: Vec<Run>,
}

/// The recall measured in one gallery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Hash of what decides how far a mate gets, see [`Parameters::funnel_hash`].
    pub funnel: Digest,
    /// Version of brasslink that measured.
    pub version: String,
    /// Resampled signatures in the gallery.
    pub distractors: usize,
    /// What they are, for readers of the file.
    pub distractors_are: String,
    /// Their seed.
    pub seed: u64,
    /// Real marks in the gallery.
    pub marks: usize,
    /// Seed of the random turns, where the marks were turned.
    pub rotate: Option<u64>,
    /// Over all queries.
    pub all: Counts,
    /// The same by study; together they make `all`.
    pub studies: BTreeMap<String, Counts>,
}

/// Why measured recalls could not be read, or one more not be kept with them.
#[derive(Debug, thiserror::Error)]
pub enum RecallError {
    /// Not the JSON of measured recalls.
    #[error("measured recalls: {0}")]
    Json(#[from] serde_json::Error),
    /// Readable, but nothing that can have been measured.
    #[error("measured recalls, {distractors} distractors: {field}: expected {expected}, got {got}")]
    Field {
        /// The run, by its number of distractors.
        distractors: usize,
        /// Which field.
        field: &'static str,
        /// What it should be.
        expected: String,
        /// What it is.
        got: String,
    },
}

impl MeasuredRecalls {
    /// What comes with the program.
    ///
    /// # Errors
    /// None in a program that passed its tests: the file is part of it.
    pub fn built_in() -> Result<Self, RecallError> {
        Self::from_json(BUILT_IN)
    }

    /// Reads measured recalls.
    ///
    /// # Errors
    /// Not JSON; runs out of order; counts that no run can give.
    pub fn from_json(text: &str) -> Result<Self, RecallError> {
        let recalls: Self = serde_json::from_str(text)?;
        recalls.runs.iter().try_for_each(Run::check)?;
        for (before, run) in recalls.runs.iter().zip(recalls.runs.iter().skip(1)) {
            if before.distractors >= run.distractors {
                let expected = format!("more than the {} of the run before it", before.distractors);
                return Err(run.bad("distractors", expected, run.distractors.to_string()));
            }
        }
        Ok(recalls)
    }

    /// With one run more, in the place of an earlier one with as many distractors.
    ///
    /// # Errors
    /// A run of which nothing can be told, such as one without a query.
    pub fn with(mut self, run: Run) -> Result<Self, RecallError> {
        run.check()?;
        self.runs.retain(|earlier| earlier.distractors != run.distractors);
        self.runs.push(run);
        self.runs.sort_by_key(|run| run.distractors);
        Ok(self)
    }

    /// What was measured for searches with this hash of the funnel among `eligible` marks; none where nothing was.
    #[must_use]
    pub fn among(&self, eligible: usize, funnel: &Digest) -> Option<StageRecall> {
        let of_funnel = || self.runs.iter().filter(|run| run.funnel == *funnel);
        let large_enough = of_funnel().filter(|run| run.gallery() >= eligible).min_by_key(|run| run.gallery());
        let run = large_enough.or_else(|| of_funnel().max_by_key(|run| run.gallery()))?;
        let Counts { queries, vectors, quick, codes } = run.all;
        // A run without queries is never read; of none, nothing is known.
        let passed = |mates: usize| Passed { mates, interval: wilson(mates, queries).unwrap_or((0.0, 1.0)) };
        Some(StageRecall {
            gallery: run.gallery(),
            distractors: run.distractors,
            version: run.version.clone(),
            larger_than_measured: run.gallery() < eligible,
            queries,
            vectors: passed(vectors),
            quick: passed(quick),
            codes: passed(codes),
        })
    }
}

impl Run {
    /// What an evaluation measured among distractors; none where it had none.
    #[must_use]
    pub fn of(found: &Evaluation, parameters: &Parameters) -> Option<Self> {
        let scale = found.scale.as_ref()?;
        Some(Self {
            funnel: parameters.funnel_hash(),
            version: found.version.clone(),
            distractors: scale.distractors,
            distractors_are: scale.distractors_are.to_owned(),
            seed: scale.seed,
            marks: scale.marks,
            rotate: found.rotate,
            all: scale.all.counts,
            studies: scale.studies.iter().map(|(study, recall)| (study.clone(), recall.counts)).collect(),
        })
    }

    /// Marks that each query was searched among: the distractors, and the real marks beside it.
    #[must_use]
    pub fn gallery(&self) -> usize {
        self.distractors.saturating_add(self.marks.saturating_sub(1))
    }

    fn check(&self) -> Result<(), RecallError> {
        if self.all.queries == 0 || self.all.queries > self.marks {
            let expected = format!("1 to {}, one for each real mark at most", self.marks);
            return Err(self.bad("queries", expected, self.all.queries.to_string()));
        }
        for counts in std::iter::once(&self.all).chain(self.studies.values()) {
            let Counts { queries, vectors, quick, codes } = *counts;
            if !(queries >= vectors && vectors >= quick && quick >= codes) {
                let got = format!("queries {queries}, vectors {vectors}, quick {quick}, codes {codes}");
                return Err(self.bad("counts", "no stage to pass more on than it was given".to_owned(), got));
            }
        }
        let parts: [fn(&Counts) -> usize; 4] = [|c| c.queries, |c| c.vectors, |c| c.quick, |c| c.codes];
        for part in parts {
            let sum = self.studies.values().map(part).fold(0, usize::saturating_add);
            if sum != part(&self.all) {
                let expected = format!("studies that together make the {} of all", part(&self.all));
                return Err(self.bad("studies", expected, sum.to_string()));
            }
        }
        Ok(())
    }

    fn bad(&self, field: &'static str, expected: String, got: String) -> RecallError {
        RecallError::Field { distractors: self.distractors, field, expected, got }
    }
}

/// What a receipt carries: how many of the queries of a measured gallery had a mate left after each stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageRecall {
    /// Marks that each query was searched among.
    pub gallery: usize,
    /// Of these, resampled signatures.
    pub distractors: usize,
    /// Version of brasslink that measured.
    pub version: String,
    /// Whether more marks were eligible for the search than in any measured gallery: it may lose more than this says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub larger_than_measured: bool,
    /// Queries with a mate in the measured gallery.
    pub queries: usize,
    /// After the vectors.
    pub vectors: Passed,
    /// After the quick looks at codes.
    pub quick: Passed,
    /// After the codes: these reached the precise comparison.
    pub codes: Passed,
}

/// Queries with a mate left after a stage and all before it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Passed {
    /// How many.
    pub mates: usize,
    /// The 95 % interval of their share (Wilson 1927), 0 to 1.
    pub interval: (f64, f64),
}

impl Passed {
    /// The interval in per cent, in a person's language.
    #[must_use]
    pub fn interval_words(&self, language: Language) -> String {
        let (low, high) = (100.0 * self.interval.0, 100.0 * self.interval.1);
        let to = language.pick("to", "a");
        format!("{low:.1} {to} {high:.1} %")
    }
}

impl StageRecall {
    /// Estimated share of mates that reach the precise comparison: half a mate is added to those that did and half to those that did not (the mean under
    /// the prior of Jeffreys), so that no finite number of queries proves that none is ever lost.
    #[must_use]
    pub fn reached(&self) -> f64 {
        (self.codes.mates as f64 + 0.5) / (self.queries as f64 + 1.0)
    }

    /// In a person's language, one line.
    fn words(&self, language: Language) -> String {
        let Self { gallery, queries, .. } = self;
        let [vectors, quick, codes] = [self.vectors, self.quick, self.codes].map(|stage| {
            let share = 100.0 * stage.mates as f64 / (*queries).max(1) as f64;
            format!("{share:.1} % ({})", stage.interval_words(language))
        });
        let mut text = language.pick(
            format!("recall measured on {queries} queries among {gallery} marks, with 95 % intervals: a mate left after vectors {vectors}, quick looks {quick}, codes {codes}"),
            format!("recuperación medida con {queries} consultas entre {gallery} marcas, con intervalos del 95 %: queda un compañero tras vectores {vectors}, ojeadas {quick}, códigos {codes}"),
        );
        if self.larger_than_measured {
            text.push_str(language.pick(
                "; more marks were eligible here, so that more may be lost",
                "; aquí había más marcas elegibles, así que puede perderse más",
            ));
        }
        text
    }
}

impl Receipt {
    /// Whether everything eligible was compared, so that no stage can have lost a mate.
    #[must_use]
    pub fn compared_all(&self) -> bool {
        self.compared >= self.eligible
    }

    /// Estimated share of mates that reach the precise comparison in such a search: all where everything was compared, else as measured; none where it
    /// was not measured, or in smaller galleries alone.
    #[must_use]
    pub fn reached(&self) -> Option<f64> {
        if self.compared_all() {
            return Some(1.0);
        }
        self.recall.as_ref().filter(|recall| !recall.larger_than_measured).map(StageRecall::reached)
    }

    /// What is known of mates that the stages lose, in a person's language, one line.
    #[must_use]
    pub fn recall_words(&self, language: Language) -> String {
        if self.compared_all() {
            let all = language.pick(
                "everything eligible was compared: no stage can have lost a mate",
                "se comparó todo lo elegible: ninguna etapa puede haber perdido un compañero",
            );
            return all.to_owned();
        }
        self.recall.as_ref().map_or_else(
            || {
                let none = language.pick(
                    "the recall of the stages was not measured with these parameters",
                    "la recuperación de las etapas no se midió con estos parámetros",
                );
                none.to_owned()
            },
            |recall| recall.words(language),
        )
    }
}

#[cfg(test)]
#[path = "recall_tests.rs"]
mod tests;
