//! Lists ordered by all marks of the cases, and pairs compared by all of them, in words.

use super::present::{lr_words, score, table};
use crate::compare::LikelihoodRatio;
use crate::compare::kinds::{Found, KindComparison};
use crate::engine::all_marks::{AllMarks, PairByAllMarks};
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
        row.extend(list.kinds.iter().map(|kind| score(candidate.found.evidence.score(*kind))));
        drawn.add_row(row);
    }
    let mut text = format!("{}\n{drawn}\n", list.words(language));
    text.push_str(&no_ratio_words(list.candidates.iter().map(|candidate| &candidate.likelihood_ratio), language));
    text.push('\n');
    text
}

/// What each kind of mark of a pair of cases says, and all together.
pub fn pair_words(pair: &PairByAllMarks, language: Language) -> String {
    let mut drawn = table([
        language.pick("marks", "marcas"),
        language.pick("score", "puntuación"),
        "log10 LR [95 %]",
        language.pick("agreement", "concordancia"),
    ]);
    for one in &pair.kinds {
        let ratio = &one.likelihood_ratio;
        drawn.add_row([
            one.kind.words(language).to_owned(),
            score(one.score),
            lr_words(ratio.log10(), ratio.interval()),
            agreement_words(one, language),
        ]);
    }
    let ratio = &pair.together.likelihood_ratio;
    drawn.add_row([
        language.pick("together", "en conjunto").to_owned(),
        score(pair.together.fused.as_ref().map(|fused| fused.score)),
        lr_words(ratio.log10(), ratio.interval()),
        String::new(),
    ]);
    format!("{drawn}\n{}", no_ratio_words([ratio], language))
}

/// Where and how two marks of a kind agree, or why they could not be compared.
fn agreement_words(one: &KindComparison, language: Language) -> String {
    match (&one.found, &one.likelihood_ratio) {
        (Found::Areal(found), _) if one.score.is_some() => language.pick(
            format!("{} of {} cells congruent", found.cmc, found.cells.len()),
            format!("{} de {} celdas congruentes", found.cmc, found.cells.len()),
        ),
        (Found::Striated(found), _) => language.pick(
            format!("correlation {:.2} over {:.0} um", found.ccf, found.overlap_um),
            format!("correlación {:.2} en {:.0} um", found.ccf, found.overlap_um),
        ),
        (Found::Nothing(reason), _) => language.pick(&reason.english, &reason.spanish).to_owned(),
        (Found::Areal(_), LikelihoodRatio::Unavailable { english, spanish }) => {
            language.pick(english, spanish).to_owned()
        }
        (Found::Areal(_), LikelihoodRatio::Calibrated { .. }) => String::new(),
    }
}

/// Why there is no likelihood ratio, where one of these says so.
fn no_ratio_words<'a>(ratios: impl IntoIterator<Item = &'a LikelihoodRatio>, language: Language) -> String {
    let why = ratios.into_iter().find_map(|ratio| match ratio {
        LikelihoodRatio::Unavailable { english, spanish } => Some(language.pick(english, spanish)),
        LikelihoodRatio::Calibrated { .. } => None,
    });
    why.map_or_else(String::new, |why| format!("{}: {why}\n", language.pick("no log10 LR", "sin log10 LR")))
}
