//! `trace catalogue`: a site's own tables over those of the program, checked row by row.

use super::super::Desk;
use super::super::failure::{Failure, read_file};
use super::super::present::table;
use super::CatalogueCommand;
use crate::engine::error::EngineError;
use crate::store::{own_table, own_tables};
use crate::trace::FirearmType;
use crate::trace::catalogue::{Catalogues, Entry, Problem, TableKind, check};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Largest table of a catalogue, bytes.
const MOST_BYTES: u64 = 1 << 24;

/// The catalogues at this desk.
///
/// # Errors
/// A file that cannot be read or used; it names file, row and field.
pub(super) fn load(desk: &Desk) -> Result<Catalogues, Failure> {
    let own = desk.gallery.as_deref().map_or_else(|| Ok(Vec::new()), own_tables).map_err(EngineError::from)?;
    Catalogues::layered(&own).map_err(|e| EngineError::from(e).into())
}

fn own_path(desk: &Desk, kind: TableKind) -> Option<PathBuf> {
    desk.gallery.as_deref().map(|gallery| own_table(gallery, kind))
}

fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read_file(path, MOST_BYTES)?).map_err(|e| {
        EngineError::Input {
            what: path.display().to_string(),
            expected: "text in UTF-8".to_owned(),
            got: e.utf8_error().to_string(),
        }
        .into()
    })
}

/// What `catalogue check --json` prints.
#[derive(Debug, Serialize)]
struct Checked {
    files: Vec<(String, Vec<Problem>)>,
}

/// What `catalogue show --json` prints.
#[derive(Debug, Serialize)]
struct Shown {
    resolved: Vec<String>,
    rows: Vec<Entry>,
    all: usize,
    sha256: crate::ids::Digest,
}

pub(super) fn run(desk: &Desk, command: CatalogueCommand) -> Result<(), Failure> {
    match command {
        CatalogueCommand::Check { files } => check_files(desk, files),
        CatalogueCommand::Show { name } => show(desk, name.as_deref()),
    }
}

fn check_files(desk: &Desk, files: Vec<PathBuf>) -> Result<(), Failure> {
    let files = if files.is_empty() {
        TableKind::ALL.into_iter().filter_map(|k| own_path(desk, k)).filter(|p| p.exists()).collect()
    } else {
        files
    };
    let mut done = Checked { files: Vec::new() };
    for file in &files {
        let stem = file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(kind) = TableKind::ALL.into_iter().find(|k| k.name() == stem) else {
            return Err(Failure::Usage {
                what: file.display().to_string(),
                expected: "makers.csv, calibres.csv, types.csv or places.csv".to_owned(),
                got: stem,
            });
        };
        done.files.push((file.display().to_string(), check(kind, &text(file)?)));
    }
    desk.output.show(&done, |language| {
        let mut text = String::new();
        for (file, problems) in &done.files {
            let count = problems.len();
            text.push_str(
                &language.pick(format!("{file}: {count} problems\n"), format!("{file}: {count} problemas\n")),
            );
            for problem in problems {
                text.push_str(&format!("  {}\n", problem.said().pick(language)));
            }
        }
        if done.files.is_empty() {
            text.push_str(language.pick("no tables of this site\n", "este sitio no tiene tablas propias\n"));
        }
        text
    })?;
    let failed = done.files.iter().filter(|(_, problems)| !problems.is_empty()).count();
    if failed > 0 { Err(Failure::Part { failed, all: done.files.len() }) } else { Ok(()) }
}

fn show(desk: &Desk, name: Option<&str>) -> Result<(), Failure> {
    let all = load(desk)?;
    let language = desk.output.language;
    let mut resolved = Vec::new();
    let mut codes: Vec<(TableKind, String)> = Vec::new();
    if let Some(name) = name {
        if let Some(maker) = all.maker(name).filter(|m| m.known) {
            let word = language.pick("manufacturer", "marca");
            let for_others = maker.imported.iter().cloned().collect::<Vec<_>>().join(", ");
            resolved.push(if for_others.is_empty() {
                format!("{word}: {}", maker.family)
            } else {
                format!("{word}: {} ({} {for_others})", maker.family, language.pick("has imported", "ha importado"))
            });
            codes.push((TableKind::Makers, maker.family));
            codes.extend(maker.imported.into_iter().map(|f| (TableKind::Makers, f)));
        }
        if let Some(calibre) = all.calibre(name).filter(|c| c.known) {
            let group = calibre.group.map_or(String::new(), |g| {
                format!(" ({} {g})", language.pick("interchangeable within", "intercambiable dentro de"))
            });
            resolved.push(format!("{}: {}{group}", language.pick("caliber", "calibre"), calibre.code));
            codes.push((TableKind::Calibres, calibre.code));
        }
        let kind = all.firearm_type(&FirearmType::Other(name.to_owned()));
        if !matches!(kind, FirearmType::Other(_)) {
            resolved.push(format!("{}: {}", language.pick("type", "tipo"), kind.name(language)));
            codes.push((TableKind::Types, kind.code().to_owned()));
        }
    }
    let wanted = |e: &&Entry| name.is_none() || codes.iter().any(|(t, c)| *t == e.table && *c == e.code);
    let rows: Vec<Entry> = all.entries().iter().filter(wanted).cloned().collect();
    let shown = Shown { resolved, rows, all: all.entries().len(), sha256: all.hash() };
    desk.output.show(&shown, |language| {
        let mut drawn = table([
            language.pick("catalogue", "catálogo"),
            language.pick("code", "clave"),
            language.pick("name", "nombre"),
            language.pick("relation", "relación"),
            language.pick("source", "fuente"),
            language.pick("table", "tabla"),
        ]);
        for e in &shown.rows {
            let file = if e.file.is_empty() { language.pick("built in", "incorporada") } else { &e.file };
            drawn.add_row([e.table.name(), &e.code, &e.name, &e.relation, &e.source, file]);
        }
        let heads: String = shown.resolved.iter().map(|r| format!("{r}\n")).collect();
        let nothing = match (name, shown.resolved.is_empty()) {
            (Some(name), true) => {
                language.pick(format!("no catalogue knows \"{name}\"\n"), format!("ningún catálogo conoce «{name}»\n"))
            }
            _ => String::new(),
        };
        format!(
            "{heads}{nothing}{drawn}\n{} {} {}, SHA-256 {}\n",
            shown.rows.len(),
            language.pick("rows of", "filas de"),
            shown.all,
            shown.sha256
        )
    })?;
    Ok(())
}
