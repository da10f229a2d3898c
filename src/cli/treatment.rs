//! `evaluate --treat` with several doses: a table, and a curve of each kind.

use super::Desk;
use super::arguments::EvaluateArgs;
use super::evaluate::{Scans, measured};
use super::failure::{Failure, write_file};
use super::present::{number, score, table};
use super::report::undrawn;
use crate::engine::evaluate::{Evaluation, Plan};
use crate::engine::treatment::{Treatment, TreatmentKind};
use crate::language::Language;
use crate::report::gather::validation::dose_curve;

/// Evaluates the scans untreated and under each treatment.
///
/// # Errors
/// Arguments that ask for the pairs of one evaluation; those of the evaluations.
pub(super) fn series(desk: &Desk, args: &EvaluateArgs, treatments: &[Treatment], plan: Plan) -> Result<(), Failure> {
    let single = [
        ("--scores", args.scores.is_some()),
        ("--model-out", args.model_out.is_some()),
        ("--gate", args.gate.is_some()),
    ];
    if let Some((name, _)) = single.into_iter().find(|(_, given)| *given) {
        return Err(Failure::Usage {
            what: name.to_owned(),
            expected: "one treatment, or none".to_owned(),
            got: format!("{} treatments", treatments.len()),
        });
    }
    let scans = Scans { truth: &args.truth, root: &args.root, study: args.study.as_deref(), read: &args.read };
    let mut found = vec![measured(desk, &scans, &Plan { treatment: None, ..plan.clone() })?.1];
    for treatment in treatments {
        found.push(measured(desk, &scans, &Plan { treatment: Some(*treatment), ..plan.clone() })?.1);
    }
    if let Some(folder) = &args.plots {
        let mut kinds: Vec<TreatmentKind> = Vec::new();
        for treatment in treatments {
            if !kinds.contains(&treatment.kind) {
                kinds.push(treatment.kind);
            }
        }
        for kind in kinds {
            let drawing = dose_curve(&found, kind, desk.output.language).map_err(undrawn)?;
            write_file(&folder.join(format!("treatment-{}.svg", kind.name())), drawing.into_string().as_bytes())?;
        }
    }
    desk.output.show(&found, |language| words(&found, language))?;
    Ok(())
}

fn words(found: &[Evaluation], language: Language) -> String {
    let mut drawn = table([
        language.pick("treatment", "tratamiento"),
        language.pick("study", "estudio"),
        "KM",
        "KNM",
        "AUC",
        language.pick("KM above all KNM", "KM sobre todo KNM"),
        language.pick("lowest KM", "KM mínimo"),
        language.pick("highest KNM", "KNM máximo"),
        "CMC KM",
        "Cllr",
        "top 1",
    ]);
    for one in found {
        let treatment = one.treatment.map_or(language.pick("none", "ninguno").to_owned(), |t| t.to_string());
        let all = (language.pick("all", "todos"), &one.pairs, &one.retrieval);
        let studies = one.studies.iter().map(|(name, study)| (name.as_str(), &study.pairs, &study.retrieval));
        for (name, pairs, retrieval) in std::iter::once(all).chain(studies) {
            drawn.add_row([
                treatment.clone(),
                name.to_owned(),
                pairs.n_km.to_string(),
                pairs.n_knm.to_string(),
                number(pairs.auc),
                number(pairs.tpr_at_fpr_0),
                score(pairs.km_min),
                score(pairs.knm_max),
                number(pairs.cmc_share_km_mean),
                number(pairs.cllr),
                number(Some(retrieval.top1)),
            ]);
        }
    }
    drawn.to_string()
}
