//! `trace learn` and `trace weights`: versions of the weights beside the gallery, each with where it comes from.

use super::super::Desk;
use super::super::failure::{Failure, read_file, write_json};
use super::super::present::table;
use super::evaluate::{read_tables, read_truth};
use super::{LearnArg, WeightsCommand, beside, linker, short};
use crate::engine::error::EngineError;
use crate::engine::link_review::labels;
use crate::engine::ports::{Clock as _, Stamp, Store as _};
use crate::engine::traces::newest_traces;
use crate::ids::{Digest, FirearmId, TraceId};
use crate::language::Language;
use crate::trace::linkage::{LEVELS, Labels, Learned, Method, Weights};
use crate::trace::wording::Wording;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Largest file of weights, bytes.
const MOST_BYTES: u64 = 1 << 22;

/// A version of the weights, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Version {
    /// Its number.
    pub version: u32,
    /// SHA-256 of the weights, as links name it.
    pub sha256: Digest,
    /// The version it was learned over.
    pub from: u32,
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
    /// The weights.
    pub weights: Weights,
    /// How they were learned, level by level.
    pub learned: Learned,
}

/// Which version is used, and why.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct InUse {
    version: u32,
    sha256: Digest,
    by: String,
    reason: String,
}

fn file_of(desk: &Desk, version: u32) -> Option<PathBuf> {
    beside::path(desk, &format!("weights-{version:04}.json"))
}

fn unfit(path: &Path, expected: impl Into<Wording>, got: impl Into<Wording>) -> Failure {
    EngineError::Told(Wording::expected(path.display().to_string(), expected, got)).into()
}

/// What a file of weights is, and what serde said of another one.
fn no_weights(path: &Path, error: &serde_json::Error) -> Failure {
    let weights = ("a file of weights as `trace learn` writes it", "un archivo de pesos como lo escribe `trace learn`");
    unfit(path, weights, Wording::otherwise(error))
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    serde_json::from_slice(&read_file(path, MOST_BYTES)?).map_err(|e| no_weights(path, &e))
}

fn load(desk: &Desk, version: u32) -> Result<Version, Failure> {
    let path = file_of(desk, version).ok_or_else(no_gallery)?;
    let kept: Version = read(&path)?;
    kept.weights.check().map_err(EngineError::from)?;
    if kept.sha256 != kept.weights.hash() || kept.version != version {
        let hash = kept.weights.hash();
        let wanted = Wording::new(
            format!("version {version} with SHA-256 {hash}"),
            format!("la versión {version} con SHA-256 {hash}"),
        );
        return Err(unfit(&path, wanted, kept.sha256.to_string()));
    }
    Ok(kept)
}

/// The weights in use at this desk and their version.
///
/// # Errors
/// A file that was altered, or weights out of their limits.
pub(super) fn in_use(desk: &Desk) -> Result<(u32, Weights), Failure> {
    let Some(path) = beside::path(desk, "weights-in-use.json").filter(|p| p.exists()) else {
        return Ok((0, Weights::default()));
    };
    let used: InUse = read(&path)?;
    let weights = if used.version == 0 { Weights::default() } else { load(desk, used.version)?.weights };
    if weights.hash() != used.sha256 {
        return Err(unfit(&path, format!("SHA-256 {}", weights.hash()), used.sha256.to_string()));
    }
    Ok((used.version, weights))
}

/// Weights of a file by themselves: those of a version, or the bare numbers.
///
/// # Errors
/// A file that is neither, or weights out of their limits.
pub(super) fn of_file(path: &Path) -> Result<Weights, Failure> {
    let value: serde_json::Value = read(path)?;
    let weights: Weights =
        serde_json::from_value(value.get("weights").cloned().unwrap_or(value)).map_err(|e| no_weights(path, &e))?;
    weights.check().map_err(EngineError::from)?;
    Ok(weights)
}

fn versions(desk: &Desk) -> Result<Vec<Version>, Failure> {
    (1..)
        .map(|n| (n, file_of(desk, n)))
        .take_while(|(_, p)| p.as_ref().is_some_and(|p| p.exists()))
        .map(|(n, _)| load(desk, n))
        .collect()
}

fn no_gallery() -> Failure {
    Failure::Usage { what: "--gallery".to_owned(), expected: "a folder".to_owned(), got: "nothing".to_owned() }
}

/// Runs `trace learn`.
///
/// # Errors
/// Too few decided pairs; those of the gallery and the tables.
pub(super) fn learn(desk: &Desk, by: LearnArg, keep: bool, apart: Option<(PathBuf, PathBuf)>) -> Result<(), Failure> {
    let linker = linker(desk)?;
    let (firearms, traces, labels) = match &apart {
        Some((folder, truth)) => {
            let (firearms, traces) = read_tables(folder)?;
            (firearms, traces, truth_labels(&read_truth(truth)?))
        }
        None => {
            let store = desk.store(false)?;
            (store.firearms()?, newest_traces(&store)?, labels(&store)?)
        }
    };
    let method = if by == LearnArg::Em { Method::Em } else { Method::Counts };
    let learned =
        crate::trace::linkage::learn(&firearms, &traces, &linker.catalogues, &linker.options(), &labels, method)
            .map_err(EngineError::from)?;
    let mut shown = serde_json::json!({ "from": linker.version, "kept": null, "learned": learned });
    let mut kept = None;
    if keep {
        let store = desk.store(false)?;
        let person = deciding(desk)?;
        let number = versions(desk)?.len() as u32 + 1;
        let (now, sha256) = (desk.clock.now(), learned.weights.hash());
        let version = Version {
            version: number,
            sha256,
            from: linker.version,
            at: now.to_string(),
            by: person.clone(),
            weights: learned.weights.clone(),
            learned: learned.clone(),
        };
        write_json(&file_of(desk, number).ok_or_else(no_gallery)?, &version)?;
        let details = serde_json::json!({ "version": number, "sha256": sha256, "from": linker.version });
        store.log("link.weights.learned", &format!("weights {number}"), &details, &Stamp::new(now, &person))?;
        switch(desk, number, sha256, &person, "learned")?;
        shown["kept"] = number.into();
        kept = Some(number);
    }
    desk.output.show(&shown, |language| learned_words(&learned, kept, language))?;
    Ok(())
}

fn truth_labels(truth: &crate::engine::link_evaluation::LinkTruth) -> Labels {
    let true_links = truth.traces.iter().filter(|(_, (firearm, _))| !firearm.is_empty());
    true_links.map(|(trace, (firearm, _))| ((FirearmId::new(firearm), TraceId::new(trace)), true)).collect()
}

/// The name of a person who may change weights.
fn deciding(desk: &Desk) -> Result<String, Failure> {
    use crate::casework::Role;
    let person = desk.person()?;
    if matches!(person.role(), Role::Analyst | Role::Examiner) {
        return Ok(person.name().to_owned());
    }
    Err(crate::casework::CaseworkError::WrongRole {
        person: person.name().to_owned(),
        step: "change the weights of linkage",
        expected: "an analyst or examiner",
        got: person.role(),
    }
    .into())
}

fn switch(desk: &Desk, version: u32, sha256: Digest, by: &str, reason: &str) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let used = InUse { version, sha256, by: by.to_owned(), reason: reason.to_owned() };
    let details = serde_json::json!({ "version": version, "sha256": sha256, "reason": reason });
    let stamp = Stamp::new(desk.clock.now(), by);
    store.log("link.weights.used", &format!("weights {version}"), &details, &stamp)?;
    write_json(&beside::path(desk, "weights-in-use.json").ok_or_else(no_gallery)?, &used)
}

fn learned_words(learned: &Learned, kept: Option<u32>, language: Language) -> String {
    let mut drawn = table([
        language.pick("field", "campo"),
        language.pick("level", "nivel"),
        language.pick("pairs of one firearm", "pares de una misma arma"),
        "m",
        "u",
        language.pick("bits before", "bits antes"),
        language.pick("bits after", "bits después"),
        "",
    ]);
    for level in &learned.levels {
        let note = match (level.kept, level.held) {
            (true, _) => language.pick("kept: too few pairs", "se conserva: pocos pares"),
            (_, true) => language.pick("held at its limit", "en su límite"),
            _ => "",
        };
        drawn.add_row([
            level.field.name(language).to_owned(),
            level.outcome.clone(),
            format!("{:.1} / {:.1}", level.matched, level.matched_of_field),
            format!("{:.4}", level.m),
            format!("{:.2e}", level.u),
            format!("{:+.2}", level.old),
            format!("{:+.2}", level.new),
            note.to_owned(),
        ]);
    }
    let (a, r, m, n) = (learned.accepted, learned.rejected, learned.matched, learned.pairs);
    let mut text = format!("{drawn}\n");
    text.push_str(&language.pick(
        format!("{n} pairs, {a} accepted and {r} rejected by people; {m:.1} taken as one firearm\n"),
        format!("{n} pares, {a} aceptados y {r} rechazados por personas; {m:.1} tomados como una misma arma\n"),
    ));
    text.push_str(&match kept {
        Some(version) => language.pick(
            format!("kept as version {version} and in use; `trace weights use` goes back, `trace link` links anew\n"),
            format!("guardados como versión {version} y en uso; `trace weights use` vuelve atrás, `trace link` vincula de nuevo\n"),
        ),
        None => language
            .pick("nothing was kept; --keep makes a version of it\n", "nada se guardó; --keep lo guarda como versión\n")
            .to_owned(),
    });
    text
}

/// Runs `trace weights`.
///
/// # Errors
/// An unknown version, a person who may not.
pub(super) fn run(desk: &Desk, command: Option<WeightsCommand>) -> Result<(), Failure> {
    match command.unwrap_or(WeightsCommand::List) {
        WeightsCommand::List => {
            let (used, _) = in_use(desk)?;
            let all = versions(desk)?;
            let shown = serde_json::json!({ "in_use": used, "versions": all });
            desk.output.show(&shown, |language| {
                let mut drawn = table([
                    language.pick("version", "versión"),
                    "SHA-256",
                    language.pick("made", "hecha"),
                    language.pick("by", "por"),
                    language.pick("from", "a partir de"),
                    language.pick("in use", "en uso"),
                ]);
                let mark = |n: u32| if n == used { language.pick("yes", "sí") } else { "" };
                let own = short(&Weights::default().hash());
                drawn.add_row([
                    "0",
                    &own,
                    language.pick("comes with the program", "viene con el programa"),
                    "",
                    "",
                    mark(0),
                ]);
                for v in &all {
                    let (n, from) = (v.version.to_string(), v.from.to_string());
                    drawn.add_row([n.as_str(), &short(&v.sha256), &v.at, &v.by, &from, mark(v.version)]);
                }
                format!("{drawn}\n")
            })?;
        }
        WeightsCommand::Show { number } => {
            let number = match number {
                Some(number) => number,
                None => in_use(desk)?.0,
            };
            let weights = if number == 0 { Weights::default() } else { load(desk, number)?.weights };
            let shown = serde_json::json!({ "version": number, "sha256": weights.hash(), "weights": weights });
            desk.output.show(&shown, |language| {
                let mut drawn = table([
                    language.pick("field", "campo"),
                    language.pick("level", "nivel"),
                    "bit",
                    language.pick("limits", "límites"),
                ]);
                for level in &LEVELS {
                    drawn.add_row([
                        level.field.name(language).to_owned(),
                        level.outcome.to_owned(),
                        format!("{:+.2}", level.of(&weights)),
                        format!("{:+.1} .. {:+.1}", level.least, level.most),
                    ]);
                }
                format!("{} {number}, SHA-256 {}\n{drawn}\n", language.pick("version", "versión"), weights.hash())
            })?;
        }
        WeightsCommand::Use { number: version, reason } => {
            let person = deciding(desk)?;
            if reason.trim().is_empty() {
                return Err(crate::casework::CaseworkError::Blank { field: "reason" }.into());
            }
            let weights = if version == 0 { Weights::default() } else { load(desk, version)?.weights };
            switch(desk, version, weights.hash(), &person, reason.trim())?;
            let shown = serde_json::json!({ "in_use": version, "sha256": weights.hash() });
            desk.output.show(&shown, |language| {
                language.pick(
                    format!("version {version} is in use; `trace link` links anew\n"),
                    format!("la versión {version} está en uso; `trace link` vincula de nuevo\n"),
                )
            })?;
        }
    }
    Ok(())
}
