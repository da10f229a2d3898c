//! Lists ordered by all marks of the cases, in words.

use super::present::{lr_words, table};
use crate::compare::LikelihoodRatio;
use crate::engine::all_marks::AllMarks;
use crate::language::Language;
use crate::mark::Region;

/// A region in a person's language.
pub fn region_words(region: Region, language: Language) -> &'static str {
    match region {
        Region::BreechFace => language.pick("breech face", "cara de recámara"),
        Region::FiringPin => language.pick("firing pin", "percutor"),
        Region::ApertureShear => language.pick("aperture shear", "cizallamiento"),
        Region::Ejector => language.pick("ejector", "eyector"),
    }
}

/// The list as a table: the fused ratio that ranks, what may be told of it, and the score of each kind.
pub fn all_marks_words(list: &AllMarks, language: Language) -> String {
    let kinds: Vec<&str> = list.kinds.iter().map(|kind| region_words(*kind, language)).collect();
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
    let title = language.pick(
        format!("the same candidates by all marks of the cases ({})", kinds.join(", ")),
        format!("los mismos candidatos por todas las marcas de los casquillos ({})", kinds.join(", ")),
    );
    let mut text = format!("{title}\n{drawn}\n");
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
