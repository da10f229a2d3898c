//! `calibrate`: likelihood ratios from scans or from tables of scores, measured on firearms that the model has not seen.

use super::Desk;
use super::arguments::CalibrateArgs;
use super::evaluate::{Scans, calibration_words, fitted, measured};
use super::failure::{Failure, read_file, write_file, write_json};
use super::present::{number, table};
use crate::compare::scores::ScoreModel;
use crate::engine::best_of::BestOf;
use crate::engine::calibrate::Galleries;
use crate::engine::evaluate::Plan as EvaluationPlan;
use crate::engine::score_calibration::{Figures, Plan, ScoreCalibration, Source, System, calibrate_scores};
use crate::engine::score_table::{Columns, ScoreTable, read};
use crate::language::Language;
use crate::report::gather::evidence::{method_words, score_plots, short_name};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// Largest table of scores, bytes.
const MOST_BYTES: u64 = 256 << 20;

/// Runs the command.
///
/// # Errors
/// Arguments that do not go together; those of reading and fitting.
pub fn run(desk: &Desk, args: &CalibrateArgs) -> Result<(), Failure> {
    if !(args.mate_share > 0.0 && args.mate_share < 1.0) {
        return Err(Failure::Usage {
            what: "--mate-share".to_owned(),
            expected: "a share above 0 and below 1".to_owned(),
            got: args.mate_share.to_string(),
        });
    }
    for (what, value, least) in [("--folds", args.folds, 2), ("--gallery-size", args.gallery_size, 1)] {
        if let Some(got) = value.filter(|v| *v < least || *v > 1_000_000) {
            let expected = format!("{least} to 1000000");
            return Err(Failure::Usage { what: what.to_owned(), expected, got: got.to_string() });
        }
    }
    match (&args.truth, &args.root) {
        (Some(truth), Some(root)) => of_scans(desk, args, truth, root),
        _ => of_scores(desk, args),
    }
}

fn of_scans(desk: &Desk, args: &CalibrateArgs, truth: &Path, root: &Path) -> Result<(), Failure> {
    let scans = Scans { truth, root, study: args.study.as_deref(), read: &args.read };
    let (_, found) = measured(desk, &scans, &EvaluationPlan::default())?;
    let galleries = args.gallery_size.map(|size| Galleries { size, mate_share: args.mate_share });
    let done = fitted(desk, &found, galleries, args.out.as_deref())?;
    if let Some(folder) = &args.plots {
        for (name, svg) in super::report::evaluation_plots(&found, desk.output.language) {
            write_file(&folder.join(name), svg.as_bytes())?;
        }
    }
    desk.output.show(&done, |language| {
        let population = &done.model.population;
        let words = language.pick(&population.english, &population.spanish);
        let bound = done.model.bound();
        let lines = language.pick(
            format!("{words}\nlog10 LR between -{bound:.2} and {bound:.2}, as many firearm pairs support\n"),
            format!("{words}\nlog10 LR entre -{bound:.2} y {bound:.2}, según los pares de armas disponibles\n"),
        );
        let best = done.best_of_gallery.as_ref().map_or(String::new(), |best| best_words(best, language));
        format!("{}{best}{lines}", calibration_words(&done, language)) + &written(args.out.as_deref(), language)
    })?;
    Ok(())
}

fn written(out: Option<&Path>, language: Language) -> String {
    out.map_or(String::new(), |path| {
        format!("{} {}\n", language.pick("model written to", "modelo escrito en"), path.display())
    })
}

fn two(names: &[String], option: &str) -> Result<Option<(String, String)>, Failure> {
    match names {
        [] => Ok(None),
        [a, b] => Ok(Some((a.clone(), b.clone()))),
        other => Err(Failure::Usage {
            what: option.to_owned(),
            expected: "two names, such as a,b".to_owned(),
            got: other.join(","),
        }),
    }
}

/// The models of tables as they are written: what each was fitted to, and how it did on unseen firearms.
#[derive(Serialize)]
struct Models<'a> {
    brasslink: &'a str,
    tables: &'a [Source],
    models: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    table: &'a str,
    model: &'a ScoreModel,
    validation: &'a Figures,
}

fn of_scores(desk: &Desk, args: &CalibrateArgs) -> Result<(), Failure> {
    let columns = Columns {
        score: args.score_column.clone(),
        hypothesis: args.hypothesis_column.clone(),
        firearms: two(&args.weapon_columns, "--weapon-columns")?,
        counts: two(&args.count_columns, "--count-columns")?,
        splits: args.split_column.clone(),
    };
    let mut tables: Vec<(ScoreTable, String)> = Vec::new();
    for path in &args.scores {
        let bytes = read_file(path, MOST_BYTES)?;
        let sha256 = hex::encode(Sha256::digest(&bytes));
        tables.push((read(&path.display().to_string(), &bytes, &columns)?, sha256));
    }
    let plan = Plan { folds: args.folds, gallery: args.gallery_size, mate_share: args.mate_share };
    let found = calibrate_scores(&tables, &plan)?;
    if let Some(path) = &args.out {
        let entry = |s| {
            let System { table, model, mean, .. }: &System = s;
            Entry { table, model, validation: mean }
        };
        let models = found.systems.iter().map(entry).collect();
        let file = Models { brasslink: &found.version, tables: &found.tables, models };
        write_json(path, &file)?;
    }
    if let Some(folder) = &args.plots {
        let bare: Vec<&ScoreTable> = tables.iter().map(|t| &t.0).collect();
        let drawn = score_plots(&found, &bare, desk.output.language).map_err(|e| Failure::Io {
            place: folder.display().to_string(),
            doing: "draw",
            source: std::io::Error::other(e),
        })?;
        for (name, drawing) in drawn {
            write_file(&folder.join(name), drawing.as_bytes())?;
        }
    }
    desk.output.show(&found, |language| words(&found, language) + &written(args.out.as_deref(), language))?;
    Ok(())
}

fn share(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |v| format!("{:.2} %", 100.0 * v))
}

fn words(found: &ScoreCalibration, language: Language) -> String {
    let mut text = String::new();
    for (at, system) in found.systems.iter().enumerate() {
        let name = short_name(&system.table);
        text.push_str(&format!(
            "{} {}: {name}, {}\n",
            language.pick("model", "modelo"),
            at + 1,
            method_words(system.method, language)
        ));
        let mut drawn = table([
            language.pick("validated on", "validado en"),
            "KM",
            "KNM",
            "AUC",
            "EER",
            "Cllr",
            language.pick("Cllr unbounded", "Cllr sin cota"),
            language.pick("Cllr min", "Cllr mín."),
            language.pick("KM with LR < 1", "KM con LR < 1"),
            language.pick("KNM with LR > 1", "KNM con LR > 1"),
            language.pick("log10 LR within", "log10 LR entre"),
        ]);
        let mut row = |name: &str, f: &Figures, bounds: String| {
            drawn.add_row([
                name.to_owned(),
                f.n_km.to_string(),
                f.n_knm.to_string(),
                number(f.auc),
                number(f.eer),
                number(f.cllr),
                number(f.cllr_unbounded),
                number(f.cllr_min),
                share(f.misleading_km),
                share(f.misleading_knm),
                bounds,
            ]);
        };
        let range = |b: &crate::compare::bounds::Bounds| format!("{:.2}, {:.2}", b.low, b.high);
        for split in &system.splits {
            row(&split.split, &split.figures, range(&split.bounds));
        }
        row(language.pick("mean (pairs: sum)", "media (pares: suma)"), &system.mean, range(&system.model.bounds));
        text.push_str(&format!("{drawn}\n"));
        if let Some(best) = &system.mean.best_of_gallery {
            text.push_str(&best_words(best, language));
        }
    }
    if let Some(joined) = found.joined_pairs {
        let left: Vec<String> =
            found.tables.iter().map(|t| format!("{} {}", t.not_joined, short_name(&t.table))).collect();
        let left = left.join(", ");
        text.push_str(&language.pick(
            format!("joined on {joined} pairs of firearms; rows without a partner: {left}\n"),
            format!("unidas por {joined} pares de armas; filas sin contraparte: {left}\n"),
        ));
    }
    if found.splits_disagree {
        text.push_str(language.pick(
            "the tables' splits disagree: folds of firearms took their place\n",
            "las particiones de las tablas no coinciden: se usaron particiones por arma\n",
        ));
    }
    text
}

fn best_words(best: &BestOf, language: Language) -> String {
    let mut drawn = table([
        language.pick("first of a gallery", "primero de una galería"),
        language.pick("galleries", "galerías"),
        language.pick("mate first", "compañero primero"),
        language.pick("foreseen", "previsto"),
        language.pick("Cllr as a single pair", "Cllr como par único"),
        language.pick("Cllr corrected", "Cllr corregido"),
        language.pick("unbounded", "sin cota"),
        language.pick("Cllr min", "Cllr mín."),
        language.pick("non-mates with LR > 1", "ajenos con LR > 1"),
        language.pick("corrected", "corregido"),
    ]);
    drawn.add_row([
        best.gallery.to_string(),
        best.galleries.to_string(),
        number(Some(best.mate_first)),
        number(Some(best.mate_first_foreseen)),
        number(best.cllr_uncorrected),
        number(best.cllr_corrected),
        number(best.cllr_corrected_unbounded),
        number(best.cllr_min),
        share(best.misleading_uncorrected),
        share(best.misleading_corrected),
    ]);
    let own = share(Some(best.own_comparisons));
    let note = language.pick(
        format!("{own} of the galleries hold the query's own comparisons, the others any unseen known non-matches\n"),
        format!("{own} de las galerías contienen las comparaciones propias de la consulta; las demás, KNM no vistos\n"),
    );
    format!("{drawn}\n{note}")
}
