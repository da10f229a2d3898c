//! `trace simulate` and `trace evaluate`: a simulated country, and linkage measured against its truth.

use super::super::Desk;
use super::super::failure::{Failure, read_file, write_file};
use super::super::present::table;
use super::{linker, weights};
use crate::engine::error::EngineError;
use crate::engine::link_evaluation::{LinkEvaluation, LinkTruth, Share, evaluate};
use crate::engine::ports::Store as _;
use crate::engine::trace_import::MOST_BYTES;
use crate::engine::traces::newest_traces;
use crate::language::Language;
use crate::report::linkage_page::{LinkagePage, linkage_page};
use crate::simulate::country::{CountryParameters, simulate_country};
use crate::trace::import::{ImportOptions, import_firearms, import_traces};
use crate::trace::linkage::link_all;
use crate::trace::{FirearmRecord, TraceRecord};
use serde::Serialize;
use std::path::Path;
use std::time::Instant;

/// Runs `trace simulate`.
///
/// # Errors
/// A folder that holds other things; parameters out of their range.
pub(super) fn simulate(desk: &Desk, parameters: CountryParameters, out: &Path) -> Result<(), Failure> {
    if out.exists() && std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::Usage {
            what: "--out".to_owned(),
            expected: "a new or empty folder".to_owned(),
            got: format!("{}, which holds files", out.display()),
        });
    }
    let country = simulate_country(&parameters).map_err(|e| Failure::Usage {
        what: "simulate".to_owned(),
        expected: "parameters in their range".to_owned(),
        got: e.to_string(),
    })?;
    let tables = country.tables();
    for (name, bytes) in &tables {
        write_file(&out.join(name), bytes)?;
    }
    let registered = country.guns.iter().filter(|g| g.number.is_some()).count();
    let shown = serde_json::json!({
        "folder": out, "firearms": registered, "guns": country.guns.len(), "traces": country.traces.len(),
        "seed": parameters.seed, "tables": tables.len(),
    });
    let (guns, traces) = (country.guns.len(), country.traces.len());
    desk.output.show(&shown, |language| {
        language.pick(
            format!("{registered} firearms on the register, {traces} traces of {guns} guns, seed {} in {}", parameters.seed, out.display()),
            format!("{registered} armas en el registro, {traces} rastreos de {guns} armas, semilla {} en {}", parameters.seed, out.display()),
        )
    })?;
    Ok(())
}

/// The register and the traces of a folder: firearms.csv, traces-*.csv.
///
/// # Errors
/// Tables that cannot be read, or with rows that are refused.
pub(super) fn read_tables(folder: &Path) -> Result<(Vec<FirearmRecord>, Vec<TraceRecord>), Failure> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .map_err(|source| Failure::Io { place: folder.display().to_string(), doing: "read", source })?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .collect();
    names.sort();
    let (mut firearms, mut traces) = (Vec::new(), Vec::new());
    for path in names {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let options = ImportOptions::named(&name);
        let rejected = if name == "firearms.csv" {
            let read = import_firearms(&read_file(&path, MOST_BYTES)?, &options).map_err(EngineError::from)?;
            firearms.extend(read.records);
            read.rejects.len()
        } else if name.starts_with("traces-") && name.ends_with(".csv") {
            let read = import_traces(&read_file(&path, MOST_BYTES)?, &options).map_err(EngineError::from)?;
            traces.extend(read.records);
            read.rejects.len()
        } else {
            0
        };
        if rejected > 0 {
            return Err(EngineError::Input {
                what: path.display().to_string(),
                expected: "a table that imports whole".to_owned(),
                got: format!("{rejected} rows refused"),
            }
            .into());
        }
    }
    traces.sort_by(|a, b| a.trace.cmp(&b.trace));
    Ok((firearms, traces))
}

/// The truth of a file.
///
/// # Errors
/// A file that is no truth.
pub(super) fn read_truth(path: &Path) -> Result<LinkTruth, Failure> {
    let text = String::from_utf8_lossy(&read_file(path, MOST_BYTES)?).into_owned();
    Ok(LinkTruth::read(&path.display().to_string(), &text)?)
}

/// What `evaluate --json` prints.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    result: LinkEvaluation,
    weights: crate::trace::linkage::WeightsUsed,
    seconds_reading: f64,
    seconds_linking: f64,
}

/// Runs `trace evaluate`.
///
/// # Errors
/// [`Failure::Gate`] where the precision is below what was asked for.
pub(super) fn run(
    desk: &Desk,
    truth: &Path,
    tables: Option<&Path>,
    html: Option<&Path>,
    least: Option<f64>,
    weights: Option<&Path>,
) -> Result<(), Failure> {
    let truth = read_truth(truth)?;
    let mut linker = linker(desk)?;
    if let Some(path) = weights {
        (linker.version, linker.weights) = (u32::MAX, weights::of_file(path)?);
    }
    let start = Instant::now();
    let (firearms, traces) = match tables {
        Some(folder) => read_tables(folder)?,
        None => {
            let store = desk.store(false)?;
            (store.firearms()?, newest_traces(&store)?)
        }
    };
    let seconds_reading = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let linkage = link_all(&firearms, &traces, &linker.catalogues, &linker.options()).map_err(EngineError::from)?;
    let seconds_linking = start.elapsed().as_secs_f64();
    let result = evaluate(&linkage, &truth, (firearms.len(), traces.len()));
    let shown = Shown { result, weights: linker.used(), seconds_reading, seconds_linking };
    if let Some(path) = html {
        let page = linkage_page(
            &LinkagePage { result: &shown.result, weights: linker.weights.hash(), catalogues: linker.catalogues.hash() },
            desk.output.language,
        )
        .map_err(|e| EngineError::Input {
            what: "page of linkage".to_owned(),
            expected: "links to draw".to_owned(),
            got: e.to_string(),
        })?;
        write_file(path, page.as_bytes())?;
    }
    desk.output.show(&shown, |language| words(&shown, language))?;
    let precision = shown.result.precision.share.unwrap_or(0.0);
    match least {
        Some(least) if precision < least => {
            Err(Failure::Gate(format!("precision of automatic links: expected at least {least}, got {precision:.5}")))
        }
        _ => Ok(()),
    }
}

fn share(share: &Share) -> String {
    match (share.share, share.interval) {
        (Some(value), Some((low, high))) => format!("{value:.4} [{low:.4}, {high:.4}] {}/{}", share.hits, share.of),
        _ => "-".to_owned(),
    }
}

fn words(shown: &Shown, language: Language) -> String {
    let result = &shown.result;
    let mut drawn = table([
        language.pick("error", "error"),
        language.pick("true links", "vínculos reales"),
        language.pick("joined by rule", "unidos por regla"),
        language.pick("joined or queued", "unidos o en espera"),
        language.pick("precision of rule", "precisión de la regla"),
    ]);
    for kind in &result.by_error {
        let (links, joined) = (kind.links.to_string(), share(&kind.joined));
        drawn.add_row([kind.error.clone(), links, joined, share(&kind.found), share(&kind.precision)]);
    }
    let mut text = format!("{drawn}\n");
    let tenths: Vec<String> =
        result.queue_by_tenth.iter().map(|s| s.share.map_or("-".to_owned(), |v| format!("{v:.2}"))).collect();
    let lines = [
        (language.pick("precision of automatic links", "precisión de los vínculos automáticos"), share(&result.precision)),
        (language.pick("recall of automatic links", "exhaustividad de los vínculos automáticos"), share(&result.recall)),
        (language.pick("recall with the queue", "exhaustividad con la cola"), share(&result.recall_with_review)),
        (language.pick("queue: true links", "cola: vínculos reales"), share(&result.queue)),
        (language.pick("queue by tenths of bits", "cola por décimos de bits"), tenths.join(" ")),
        (
            language.pick("pairs compared, keys skipped", "pares comparados, claves omitidas"),
            format!("{}, {}", result.pairs, result.skipped),
        ),
        (
            language.pick("seconds: reading, linking", "segundos: lectura, vinculación"),
            format!("{:.1}, {:.1}", shown.seconds_reading, shown.seconds_linking),
        ),
    ];
    for (name, value) in lines {
        text.push_str(&format!("{name}: {value}\n"));
    }
    for (firearm, trace, said) in result.wrong.iter().take(20) {
        text.push_str(&language.pick(
            format!("  wrong: {firearm} - {trace} (truth: {said})\n"),
            format!("  erróneo: {firearm} - {trace} (verdad: {said})\n"),
        ));
    }
    text
}
