//! `evaluate`: accuracy on labelled scans, with plots and gates.

use super::Desk;
use super::arguments::{EvaluateArgs, ReadArgs};
use super::failure::{Failure, read_file, write_file, write_json};
use super::present::{number, score, table};
use super::{decode_options, treatment};
use crate::engine::calibrate::{Calibration, Galleries, Held, calibrate};
use crate::engine::error::EngineError;
use crate::engine::evaluate::{Evaluation, PairScore, Pairs, Plan, evaluate};
use crate::engine::photographs::map_of;
use crate::engine::recall::{MeasuredRecalls, RecallError, Run};
use crate::engine::scale::Scale;
use crate::engine::treatment::Treatment;
use crate::engine::truth::{self, Labelled};
use crate::language::Language;
use crate::surface::decode;
use comfy_table::{Table, presets};
use std::collections::BTreeMap;
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// [`Failure::Gate`] when a figure is worse than the gate demands.
pub fn run(desk: &Desk, args: &EvaluateArgs) -> Result<(), Failure> {
    let treatments: Vec<Treatment> = args.treat.iter().flat_map(|doses| doses.0.iter().copied()).collect();
    let plan = Plan {
        ask: args.ask.clone(),
        rotate: args.rotate,
        most_pairs: args.pairs,
        treatment: treatments.first().copied(),
        distractors: args.distractors,
    };
    if treatments.len() > 1 {
        return treatment::series(desk, args, &treatments, plan);
    }
    let scans = Scans { truth: &args.truth, root: &args.root, study: args.study.as_deref(), read: &args.read };
    // A file that cannot be added to is told before the hours of measuring, not after.
    args.recall_out.as_deref().map(recalls_in).transpose()?;
    let (labels, found) = measured(desk, &scans, &plan)?;
    if let Some((path, run)) = args.recall_out.as_deref().zip(Run::of(&found, &desk.parameters)) {
        // Read again: another size may have been measured meanwhile.
        write_json(path, &recalls_in(path)?.with(run).map_err(|e| no_recalls(path, &e))?)?;
    }
    if let Some(path) = &args.scores {
        write_file(path, scores_csv(&labels, &found)?.as_bytes())?;
    }
    if let Some(folder) = &args.plots {
        for (name, svg) in super::report::evaluation_plots(&found, desk.output.language) {
            write_file(&folder.join(name), svg.as_bytes())?;
        }
    }
    let calibration = args.model_out.as_deref().map(|path| fitted(desk, &found, None, Some(path))).transpose()?;
    let shown = Shown { found: &found, calibration: calibration.as_ref() };
    desk.output.show(&shown, |language| words(&shown, language))?;
    if let Some(path) = &args.gate {
        let gate: Gate = serde_json::from_slice(&read_file(path, 1 << 20)?).map_err(|e| Failure::Usage {
            what: path.display().to_string(),
            expected: "a gate file".to_owned(),
            got: e.to_string(),
        })?;
        let faults = gate.faults(&found);
        if !faults.is_empty() {
            return Err(Failure::Gate(faults.join("; ")));
        }
        if !desk.output.json {
            println!("{}", desk.output.pick("accuracy gate: passed", "umbral de exactitud: superado"));
        }
    }
    Ok(())
}

/// Labelled scans, as arguments name them.
pub(super) struct Scans<'a> {
    /// The truth file.
    pub truth: &'a Path,
    /// Folder that scans are relative to.
    pub root: &'a Path,
    /// Only this study.
    pub study: Option<&'a str>,
    /// How to read the scans.
    pub read: &'a ReadArgs,
}

/// Reads labelled scans and evaluates them.
///
/// # Errors
/// Those of the truth file and of the evaluation.
pub(super) fn measured(desk: &Desk, scans: &Scans<'_>, plan: &Plan) -> Result<(Vec<Labelled>, Evaluation), Failure> {
    let mut labels = truth::read(&scans.truth.display().to_string(), &read_file(scans.truth, 1 << 26)?)?;
    if let Some(study) = scans.study {
        labels.retain(|l| l.study == *study);
    }
    let options = decode_options(scans.read);
    let load = |label: &Labelled| {
        let path = scans.root.join(&label.scan);
        let bytes = read_file(&path, options.limits.bytes).map_err(|failure| match failure {
            Failure::Engine(error) => error,
            other => EngineError::Input {
                what: label.scan.clone(),
                expected: "a file that can be read".to_owned(),
                got: other.to_string(),
            },
        })?;
        map_of(decode(&bytes, &label.scan, &options)?, &label.scan, desk.parameters.prepare.modality())
    };
    let found = evaluate(&labels, &load, plan, &desk.parameters, &desk.clock, &desk.bar)?;
    desk.bar.finish();
    Ok((labels, found))
}

/// Largest file of measured recalls, bytes.
const MOST_RECALL_BYTES: u64 = 1 << 20;

/// The measured recalls of a file; none where there is no such file yet.
fn recalls_in(path: &Path) -> Result<MeasuredRecalls, Failure> {
    let bytes = match read_file(path, MOST_RECALL_BYTES) {
        Err(Failure::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            return Ok(MeasuredRecalls::default());
        }
        read => read?,
    };
    MeasuredRecalls::from_json(&String::from_utf8_lossy(&bytes)).map_err(|e| no_recalls(path, &e))
}

fn no_recalls(path: &Path, error: &RecallError) -> Failure {
    Failure::Usage {
        what: path.display().to_string(),
        expected: "measured recalls, as `evaluate --recall-out` writes them".to_owned(),
        got: error.to_string(),
    }
}

/// Fits a model to an evaluation and writes it.
///
/// # Errors
/// Too few firearms; a file that cannot be written.
pub(super) fn fitted(
    desk: &Desk,
    found: &Evaluation,
    galleries: Option<Galleries>,
    out: Option<&Path>,
) -> Result<Calibration, Failure> {
    let done = calibrate(found, galleries, &desk.parameters)?;
    if let Some(path) = out {
        write_json(path, &done.model)?;
    }
    Ok(done)
}

/// What is printed.
#[derive(serde::Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    found: &'a Evaluation,
    #[serde(skip_serializing_if = "Option::is_none")]
    calibration: Option<&'a Calibration>,
}

/// What a recorded accuracy gate demands: bounds by JSON path into the evaluation.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Why these bounds, for people.
    pub reason: String,
    /// Least values, such as `"studies.fadul.pairs.auc": 1.0`.
    #[serde(default)]
    pub least: BTreeMap<String, f64>,
    /// Greatest values.
    #[serde(default)]
    pub most: BTreeMap<String, f64>,
    /// Pairs of paths, the first of which must lie above the second.
    #[serde(default)]
    pub above: Vec<(String, String)>,
}

impl Gate {
    /// Every demand that is not met; a figure that is missing does not meet its demand.
    #[must_use]
    pub fn faults(&self, found: &Evaluation) -> Vec<String> {
        let json = serde_json::to_value(found).unwrap_or_default();
        let value =
            |path: &str| json.pointer(&format!("/{}", path.replace('.', "/"))).and_then(serde_json::Value::as_f64);
        let mut faults = Vec::new();
        for (path, least) in &self.least {
            match value(path) {
                Some(got) if got >= *least => {}
                got => faults.push(format!("{path}: expected at least {least}, got {}", shown(got))),
            }
        }
        for (path, most) in &self.most {
            match value(path) {
                Some(got) if got <= *most => {}
                got => faults.push(format!("{path}: expected at most {most}, got {}", shown(got))),
            }
        }
        for (high, low) in &self.above {
            match (value(high), value(low)) {
                (Some(a), Some(b)) if a > b => {}
                (a, b) => faults.push(format!("{high} ({}): expected above {low} ({})", shown(a), shown(b))),
            }
        }
        if self.least.len() + self.most.len() + self.above.len() == 0 {
            faults.push("the gate demands nothing".to_owned());
        }
        faults
    }
}

fn shown(value: Option<f64>) -> String {
    value.map_or("nothing".to_owned(), |v| v.to_string())
}

fn scores_csv(labels: &[Labelled], found: &Evaluation) -> Result<String, Failure> {
    let fault =
        |e: csv::Error| Failure::Io { place: "CSV table".to_owned(), doing: "write", source: std::io::Error::other(e) };
    let unusable: std::collections::BTreeSet<&str> = found.unusable.iter().map(|u| u.scan.as_str()).collect();
    let usable: Vec<&Labelled> = labels.iter().filter(|l| !unusable.contains(l.scan.as_str())).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let figures = |p: &PairScore| -> Vec<(String, String)> {
        // Features and ambiguity as they serialise, so that a new one needs no change here.
        [serde_json::to_value(p.features), serde_json::to_value(p.ambiguity)]
            .into_iter()
            .flatten()
            .filter_map(|value| value.as_object().cloned())
            .flatten()
            .map(|(name, value)| (name, value.to_string()))
            .collect()
    };
    let mut header =
        ["reference", "comparison", "known_match", "score", "log10_lr", "cmc", "cells", "cmc_backward", "theta_deg"]
            .map(str::to_owned)
            .to_vec();
    header.extend(found.scores.first().map(figures).unwrap_or_default().into_iter().map(|f| f.0));
    writer.write_record(&header).map_err(fault)?;
    for p in &found.scores {
        let name = |at: usize| usable.get(at).map(|l| l.scan.clone()).unwrap_or_default();
        let mut record = vec![
            name(p.reference),
            name(p.comparison),
            u8::from(p.known_match).to_string(),
            p.score.to_string(),
            p.log10_lr.map(|lr| lr.to_string()).unwrap_or_default(),
            p.cmc.to_string(),
            p.cells.to_string(),
            p.cmc_backward.to_string(),
            p.pose.theta_rad.to_degrees().to_string(),
        ];
        record.extend(figures(p).into_iter().map(|f| f.1));
        writer.write_record(&record).map_err(fault)?;
    }
    let bytes = writer.into_inner().map_err(|e| fault(e.into_error().into()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn words(shown: &Shown<'_>, language: Language) -> String {
    let found = shown.found;
    let mut text = String::new();
    if !found.unusable.is_empty() {
        let mut drawn = table([language.pick("scan not used", "escaneo no usado"), language.pick("why", "por qué")]);
        for one in &found.unusable {
            drawn.add_row([&one.scan, &one.why]);
        }
        text.push_str(&format!("{drawn}\n"));
    }
    let mut drawn = table([
        language.pick("pairs", "pares"),
        "KM",
        "KNM",
        "AUC",
        "EER",
        "TPR @ FPR 1e-3",
        language.pick("lowest KM", "KM mínimo"),
        language.pick("highest KNM", "KNM máximo"),
        "CMC KM",
        "CMC KNM",
        language.pick("cells", "celdas"),
        "Cllr",
    ]);
    let mut row = |name: &str, p: &Pairs| {
        drawn.add_row([
            name.to_owned(),
            p.n_km.to_string(),
            p.n_knm.to_string(),
            number(p.auc),
            number(p.eer),
            number(p.tpr_at_fpr_1e3),
            score(p.km_min),
            score(p.knm_max),
            format!("{} (≥ {})", score(p.cmc_km_mean), p.cmc_km_min.map_or("-".to_owned(), |v| v.to_string())),
            format!("{} (≤ {})", score(p.cmc_knm_mean), p.cmc_knm_max.map_or("-".to_owned(), |v| v.to_string())),
            score(p.cmc_cells_mean),
            number(p.cllr),
        ]);
    };
    row(language.pick("all", "todos"), &found.pairs);
    for (name, study) in &found.studies {
        row(name, &study.pairs);
    }
    text.push_str(&format!("{drawn}\n"));
    let mut drawn = table([
        language.pick("retrieval", "búsqueda"),
        language.pick("queries", "consultas"),
        "top 1",
        "recall@10",
        "recall@100",
        language.pick("mates in top 20", "compañeros en los 20 primeros"),
    ]);
    let mut row = |name: &str, r: &crate::engine::evaluate::Retrieval| {
        drawn.add_row([
            name.to_owned(),
            r.queries.to_string(),
            number(Some(r.top1)),
            number(Some(r.recall_at_10)),
            number(Some(r.recall_at_100)),
            number(Some(r.mates_in_top20)),
        ]);
    };
    row(&format!("{} ({})", language.pick("all", "todos"), found.retrieval.gallery), &found.retrieval);
    for (name, study) in &found.studies {
        row(name, &study.retrieval);
    }
    text.push_str(&format!("{drawn}\n"));
    if let Some(scale) = &found.scale {
        text.push_str(&scale_words(scale, language));
    }
    if let Some(all) = found.sampled_from {
        text.push_str(&language.pick(
            format!("pairs are a sample of {all}; every known match is in it\n"),
            format!("los pares son una muestra de {all}; contiene todos los compañeros conocidos\n"),
        ));
    }
    if let Some(calibration) = shown.calibration {
        text.push_str(&calibration_words(calibration, language));
    }
    text.push_str(&format!(
        "{}: {}\n{} {}, {} {}, {:.1} ms {}\n",
        language.pick(
            "reference population of the likelihood ratio",
            "población de referencia del cociente de verosimilitud"
        ),
        found.reference_population,
        language.pick("version", "versión"),
        found.version,
        language.pick("parameters", "parámetros"),
        found.parameters_hash.get(..16).unwrap_or(&found.parameters_hash),
        found.pairs.seconds_per_pair.unwrap_or(f64::NAN) * 1e3,
        language.pick("of one core a pair", "de un núcleo por par"),
    ));
    text
}

/// How models do on data that they have not seen, as a table.
fn scale_words(scale: &Scale, language: Language) -> String {
    let mut drawn = Table::new();
    drawn.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    let mut header = vec![
        language.pick("search among distractors", "búsqueda entre distractores").to_owned(),
        language.pick("queries", "consultas").to_owned(),
        language.pick("distractors", "distractores").to_owned(),
    ];
    header.extend(scale.depths.iter().map(|depth| format!("@{depth}")));
    let (looked_at, compared) = language.pick(("codes", "compared"), ("códigos", "comparados"));
    header.extend([looked_at, compared, "top 10", "top 1"].map(str::to_owned));
    drawn.set_header(header);
    let all = language.pick("all", "todos");
    for (name, recall) in std::iter::once((all, &scale.all)).chain(scale.studies.iter().map(|(n, r)| (n.as_str(), r))) {
        for (at, (size, shares)) in scale.sizes.iter().zip(&recall.first_stage).enumerate() {
            let mut row = vec![name.to_owned(), recall.queries.to_string(), size.to_string()];
            row.extend(shares.iter().map(|share| format!("{share:.3}")));
            let last = at + 1 == scale.sizes.len();
            let rest = [recall.coded, recall.compared, recall.top10, recall.top1];
            row.extend(rest.map(|share| if last { format!("{share:.3}") } else { String::new() }));
            drawn.add_row(row);
        }
    }
    let mut shortlists = Table::new();
    shortlists.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    let header = [language.pick("shortlist", "lista corta").to_owned(), language.pick("after", "tras").to_owned()];
    shortlists.set_header(header.into_iter().chain(scale.shortlist_depths.iter().map(|depth| format!("@{depth}"))));
    for (name, recall) in std::iter::once((all, &scale.all)).chain(scale.studies.iter().map(|(n, r)| (n.as_str(), r))) {
        let (looks, codes) = language.pick(("quick looks", "codes"), ("ojeadas", "códigos"));
        for (stage, shares) in [(looks, &recall.quick), (codes, &recall.codes)] {
            let row = [name.to_owned(), stage.to_owned()].into_iter();
            shortlists.add_row(row.chain(shares.iter().map(|share| format!("{share:.3}"))));
        }
    }
    let s = &scale.seconds;
    let ms = |median: f64, p95: f64| format!("{:.0} ms (95 %: {:.0})", median * 1e3, p95 * 1e3);
    let vectors = ms(s.vectors_median, s.vectors_p95);
    let (quick, codes) = (ms(s.quick_median, s.quick_p95), ms(s.codes_median, s.codes_p95));
    let Scale { to_quick, to_code, to_compare, .. } = scale;
    let note = language.pick(
        format!(
            "@n: share of queries with a mate among the first n of the vectors; {to_quick} go on to a quick look at their codes, {to_code} of them to \
             the search of the code, {to_compare} to the comparison.\n\
             Distractors are resampled signatures (power spectra and masks of these scans, random phases), somewhat easier than real marks of like pistols.\n\
             a query on this machine: vectors {vectors}, quick looks {quick}, codes {codes}\n"
        ),
        format!(
            "@n: parte de las consultas con un compañero entre los primeros n de los vectores; {to_quick} pasan a una ojeada a sus códigos, {to_code} de ellos \
             a la búsqueda del código, {to_compare} a la comparación.\n\
             Los distractores son firmas remuestreadas (espectros y máscaras de estos escaneos, fases al azar), algo más fáciles que marcas reales de pistolas parecidas.\n\
             una consulta en esta máquina: vectores {vectors}, ojeadas {quick}, códigos {codes}\n"
        ),
    );
    format!("{drawn}\n{shortlists}\n{note}")
}

pub(super) fn calibration_words(calibration: &Calibration, language: Language) -> String {
    let mut drawn = table([
        language.pick("model on unseen data", "modelo con datos no vistos"),
        "KM",
        "KNM",
        "AUC",
        language.pick("lowest log10 LR of KM", "log10 LR mínimo de KM"),
        language.pick("highest of KNM", "máximo de KNM"),
        "Cllr",
        language.pick("Cllr min", "Cllr mín."),
    ]);
    let mut row = |name: String, h: &Held| {
        drawn.add_row([
            name,
            h.n_km.to_string(),
            h.n_knm.to_string(),
            number(h.auc),
            score(h.km_min),
            score(h.knm_max),
            number(h.cllr),
            number(h.cllr_min),
        ]);
    };
    for (study, held) in &calibration.leave_one_study_out {
        row(format!("{} {study}", language.pick("fitted without", "ajustado sin")), held);
    }
    row(language.pick("folds of firearms", "particiones por arma").to_owned(), &calibration.firearm_folds);
    format!("{drawn}\n")
}
