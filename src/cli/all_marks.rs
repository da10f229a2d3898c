//! Lists ordered by all marks of the cases, in words.

use super::present::{lr_words, table};
use crate::compare::LikelihoodRatio;
use crate::engine::all_marks::AllMarks;
use crate::language::Language;

/// The list as a table: the fused ratio that ranks, what may be told of it, and the score of each kind.
pub fn all_marks_words(list: &AllMarks, language: Language) -> String {
    let kinds: Vec<&str> = list.kinds.iter().map(|kind| kind.words(language)).collect();
    let mut header =
        vec!["#", language.pick("specimen", "espécimen"), language.pick("together", "en conjunto"), "log10 LR [95 %]"];
    header.extend(kinds.iter().copied());
    let mut drawn = table(["#"]);
    drawn.set_header(header);
    for (at, candidate) in list.candidates.iter().enumerate() {
        let mut row = vec![
            (at + 1).to_string(),
            candidate.found.specimen.to_string(),
            format!("{:.2}", candidate.found.fused.score),
            lr_words(candidate.likelihood_ratio.log10(), candidate.likelihood_ratio.interval()),
        ];
        row.extend(list.kinds.iter().map(|kind| {
            candidate.found.evidence.score(*kind).map_or_else(|| "-".to_owned(), |score| format!("{score:.2}"))
        }));
        drawn.add_row(row);
    }
    let mut text = format!("{}\n{drawn}\n", list.words(language));
    let why = list.candidates.iter().find_map(|candidate| match &candidate.likelihood_ratio {
        LikelihoodRatio::Unavailable { english, spanish } => Some(language.pick(english, spanish)),
        LikelihoodRatio::Calibrated { .. } => None,
    });
    if let Some(why) = why {
        text.push_str(&format!("{}: {why}\n", language.pick("no log10 LR", "sin log10 LR")));
    }
    text.push('\n');
    text
}
