//! The review of record links: the pairs that wait for a person, and what people decide on them.

use super::error::EngineError;
use super::ports::{Clock, LinkDecision, Stamp, Store, Told};
use super::record_links::{LINKER, Linker, Records, document, kept, standing};
use crate::casework::{CaseworkError, Person, Role};
use crate::ids::{FirearmId, TraceId};
use crate::language::Language;
use crate::trace::linkage::{Decision, KeptLink, explain_among};
use crate::trace::wording::Wording;
use crate::trace::{FirearmRecord, TraceRecord};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A pair that waits.
#[derive(Debug, Clone, Serialize)]
pub struct Waiting {
    /// The pair with its waterfall, the weights behind it and the records it was drawn on.
    #[serde(flatten)]
    pub kept: KeptLink,
    /// What a look at it is worth: the probability that it gives its firearm a trace, halved where the firearm has one.
    pub worth: f64,
}

/// The pairs that wait for a person, the most worthwhile first.
///
/// # Errors
/// Those of the store; decisions that cannot be read.
pub fn queue(store: &dyn Store) -> Result<Vec<Waiting>, EngineError> {
    let all = standing(store)?;
    let mut joined: BTreeSet<FirearmId> = BTreeSet::new();
    let mut waiting = Vec::new();
    for decision in all.values() {
        let link = kept(decision)?;
        match link.link.decision {
            Decision::Automatic => {
                joined.insert(decision.firearm.clone());
            }
            Decision::Review if decision.by == LINKER => waiting.push(link),
            _ => {}
        }
    }
    let mut waiting: Vec<Waiting> = waiting
        .into_iter()
        .map(|kept| {
            let known = if joined.contains(&kept.link.firearm) { 0.5 } else { 1.0 };
            Waiting { worth: kept.link.probability * known, kept }
        })
        .collect();
    waiting.sort_by(|a, b| {
        let pair = |w: &Waiting| (w.kept.link.firearm.clone(), w.kept.link.trace.clone());
        b.worth.total_cmp(&a.worth).then_with(|| pair(a).cmp(&pair(b)))
    });
    Ok(waiting)
}

/// A field of both records side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Beside {
    /// The field.
    pub field: Wording,
    /// In the register; none where it says nothing.
    pub firearm: Option<String>,
    /// In the trace record; personal data are masked.
    pub trace: Option<String>,
}

/// A pair with everything a person needs to decide.
#[derive(Debug, Clone, Serialize)]
pub struct PairView {
    /// The pair as the linker or a person left it.
    #[serde(flatten)]
    pub kept: KeptLink,
    /// Who decided last.
    pub by: String,
    /// Whether a record has changed since.
    pub records_changed: bool,
    /// Fields side by side.
    pub fields: Vec<Beside>,
    /// Every decision on the pair, the oldest first: when, who, what, why.
    pub history: Vec<Past>,
}

/// A former decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Past {
    /// When.
    pub at: jiff::Timestamp,
    /// Who.
    pub by: String,
    /// What.
    pub decision: Decision,
    /// Why, where a person said so.
    pub reason: Option<String>,
}

/// One pair, whether the linker proposed it or not.
///
/// # Errors
/// Unknown firearm or trace; those of the store.
pub fn show(store: &dyn Store, linker: &Linker, firearm: &FirearmId, trace: &TraceId) -> Result<PairView, EngineError> {
    let (record, version) = (store.firearm(firearm)?, newest(store, trace)?);
    let history = store.link_history(firearm, trace)?;
    let (kept_link, by) = match history.last() {
        Some(last) => (kept(last)?, last.by.clone()),
        None => (explained(store, linker, firearm, trace)?, LINKER.to_owned()),
    };
    let now = (record.content_hash(), version.content_hash());
    Ok(PairView {
        records_changed: kept_link.records.is_some_and(|then| then != now),
        kept: kept_link,
        by,
        fields: beside(&record, &version),
        history: history.iter().map(past).collect::<Result<_, _>>()?,
    })
}

fn past(decision: &LinkDecision) -> Result<Past, EngineError> {
    let link = kept(decision)?;
    let by = decision.by.clone();
    Ok(Past { at: decision.at, by, decision: link.link.decision, reason: link.judged.map(|j| j.reason) })
}

fn newest(store: &dyn Store, trace: &TraceId) -> Result<TraceRecord, EngineError> {
    let version = store.trace(trace)?.into_iter().max_by_key(|v| v.version);
    version.map(|v| v.record).ok_or_else(|| EngineError::Input {
        what: format!("trace {trace}"),
        expected: "a stored trace record".to_owned(),
        got: "none".to_owned(),
    })
}

/// A pair that the linker left out, scored among all records.
fn explained(
    store: &dyn Store,
    linker: &Linker,
    firearm: &FirearmId,
    trace: &TraceId,
) -> Result<KeptLink, EngineError> {
    let records = Records::read(store)?;
    let at = (
        records.firearms.iter().position(|f| f.firearm == *firearm).unwrap_or(usize::MAX),
        records.traces.iter().position(|t| t.trace == *trace).unwrap_or(usize::MAX),
    );
    let options = linker.options();
    let link = explain_among(&records.firearms, &records.traces, &[at], &linker.catalogues, &options).pop();
    let link = link.ok_or_else(|| EngineError::Input {
        what: format!("firearm {firearm}, trace {trace}"),
        expected: "a firearm of the register and a stored trace".to_owned(),
        got: "none".to_owned(),
    })?;
    let contents = (records.firearms[at.0].content_hash(), records.traces[at.1].content_hash());
    Ok(KeptLink { link, weights: Some(linker.used()), records: Some(contents), judged: None })
}

/// What a person does with a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Both records are one firearm.
    Accept,
    /// They are not.
    Reject,
    /// The person's decision is taken back; the linker's stands again.
    Undo,
}

/// Decides a pair. The former decisions stay in the history, and linking again leaves a person's decision as it is.
///
/// # Errors
/// A person who is neither analyst nor examiner, a blank reason, unknown records, nothing to take back.
pub fn act(
    store: &dyn Store,
    clock: &dyn Clock,
    linker: &Linker,
    by: &Person,
    pair: (&FirearmId, &TraceId),
    act: Act,
    reason: &str,
) -> Result<KeptLink, EngineError> {
    if !matches!(by.role(), Role::Analyst | Role::Examiner) {
        return Err(CaseworkError::WrongRole {
            person: by.name().to_owned(),
            step: "decide a record link",
            expected: "an analyst or examiner",
            got: by.role(),
        }
        .into());
    }
    if by.name() == LINKER {
        return Err(refused("actor", "a person", by.name()));
    }
    if reason.trim().is_empty() {
        return Err(CaseworkError::Blank { field: "reason" }.into());
    }
    let (firearm, trace) = pair;
    store.firearm(firearm)?;
    let history = store.link_history(firearm, trace)?;
    let by_linker = history.iter().rev().find(|d| d.by == LINKER);
    let machine = match by_linker {
        Some(decision) => kept(decision)?,
        None => explained(store, linker, firearm, trace)?,
    };
    let at = clock.now();
    let (author, link) = match act {
        Act::Accept | Act::Reject => {
            let link = machine.judge(act == Act::Accept, reason, &by.role().to_string())?;
            (by.name().to_owned(), link)
        }
        Act::Undo => {
            if history.last().is_none_or(|d| d.by == LINKER) {
                let what = format!("firearm {firearm}, trace {trace}");
                return Err(refused(&what, "a person's decision to take back", "none"));
            }
            (LINKER.to_owned(), machine)
        }
    };
    let decided =
        LinkDecision { firearm: firearm.clone(), trace: trace.clone(), at, by: author, decision: document(&link)? };
    let stamp = Stamp::new(at, by.name());
    if act == Act::Undo {
        let details = serde_json::json!({ "reason": reason.trim(), "role": by.role() });
        let told = Told { action: "link.undone", subject: format!("firearm {firearm}, trace {trace}"), details };
        store.put_link_decision_telling(&decided, &told, &stamp)?;
    } else {
        store.put_link_decision(&decided, &stamp)?;
    }
    Ok(link)
}

fn refused(what: &str, expected: &str, got: &str) -> EngineError {
    EngineError::Input { what: what.to_owned(), expected: expected.to_owned(), got: got.to_owned() }
}

/// One row of a file of decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Row of the file.
    pub row: u64,
    /// The firearm.
    pub firearm: FirearmId,
    /// The trace.
    pub trace: TraceId,
    /// What to do.
    pub act: Act,
    /// On what grounds.
    pub reason: String,
}

/// What came of a file of decisions.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Applied {
    /// Decisions made.
    pub applied: usize,
    /// Rows that could not be used, with the reason.
    pub refused: Vec<BadRow>,
}

/// A row that cannot be used, by its line in the file, and why.
pub type BadRow = (u64, Wording);

/// Reads a file of decisions: CSV with columns `firearm, trace, decision, reason` (or arma, rastreo, decisión, motivo).
///
/// # Errors
/// A missing column. Rows that cannot be read are handed back.
pub fn read_decisions(file: &str, text: &str) -> Result<(Vec<Row>, Vec<BadRow>), EngineError> {
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headers: Vec<String> = match reader.headers() {
        Ok(headers) => headers.iter().map(crate::trace::text::fold).collect(),
        Err(error) => {
            let table = ("a CSV table in UTF-8", "una tabla CSV en UTF-8");
            return Err(EngineError::Told(Wording::expected(file, table, Wording::otherwise(&error))));
        }
    };
    let column = |names: [&str; 2]| {
        headers.iter().position(|h| names.contains(&h.as_str())).ok_or_else(|| {
            let [en, es] = names;
            let what = (format!("{file}: header"), format!("{file}: encabezado"));
            let column = (format!("a column {en} or {es}"), format!("una columna {en} o {es}"));
            EngineError::Told(Wording::expected(what, column, headers.join(", ")))
        })
    };
    let at = [
        column(["firearm", "arma"])?,
        column(["trace", "rastreo"])?,
        column(["decision", "decision"])?,
        column(["reason", "motivo"])?,
    ];
    let (mut rows, mut bad) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let why = Wording::new(
                    format!("expected cells in UTF-8, got something else ({error})"),
                    format!("se esperaban celdas en UTF-8, se encontró otra cosa ({error})"),
                );
                bad.push((error.position().map_or(0, csv::Position::line), why));
                continue;
            }
        };
        let row = record.position().map_or(0, csv::Position::line);
        let cell = |n: usize| record.get(at[n]).unwrap_or_default().trim().to_owned();
        let act = match crate::trace::text::fold(&cell(2)).as_str() {
            "accept" | "accepted" | "aceptar" | "aceptado" | "acepta" => Act::Accept,
            "reject" | "rejected" | "rechazar" | "rechazado" | "rechaza" => Act::Reject,
            "undo" | "deshacer" => Act::Undo,
            "" => continue,
            _ => {
                let got = cell(2);
                let acts = ("accept, reject or undo", "aceptar, rechazar o deshacer");
                let why = Wording::expected(("decision", "decisión"), acts, Wording::written(&got));
                bad.push((row, why));
                continue;
            }
        };
        rows.push(Row { row, firearm: FirearmId::new(cell(0)), trace: TraceId::new(cell(1)), act, reason: cell(3) });
    }
    Ok((rows, bad))
}

/// Applies a file's decisions one by one; what is refused is named and the rest is done.
///
/// # Errors
/// Those of the storage itself.
pub fn apply(
    store: &dyn Store,
    clock: &dyn Clock,
    linker: &Linker,
    by: &Person,
    rows: &[Row],
) -> Result<Applied, EngineError> {
    let mut done = Applied::default();
    for row in rows {
        match act(store, clock, linker, by, (&row.firearm, &row.trace), row.act, &row.reason) {
            Ok(_) => done.applied += 1,
            Err(error) if error.fault() == super::error::Fault::Input => {
                let why = Wording::new(error.to_string(), error.say(Language::Es));
                done.refused.push((row.row, why))
            }
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// The people's decisions on pairs, for learning.
///
/// # Errors
/// Those of the store.
pub fn labels(store: &dyn Store) -> Result<BTreeMap<(FirearmId, TraceId), bool>, EngineError> {
    let mut labels = BTreeMap::new();
    for (pair, decision) in standing(store)? {
        if decision.by != LINKER {
            labels.insert(pair, kept(&decision)?.link.decision == Decision::Automatic);
        }
    }
    Ok(labels)
}

/// The fields of both records side by side, those that neither states left out.
fn beside(f: &FirearmRecord, t: &TraceRecord) -> Vec<Beside> {
    let serial = |s: &crate::trace::Serial| {
        if s.raw.is_empty() { s.to_string() } else { format!("{} ({})", s.raw, s.state.code()) }
    };
    let name = |t: &crate::trace::FirearmType| t.name(Language::En).to_owned();
    let masked = |present: bool| present.then(|| crate::trace::personal::MASK.to_owned());
    let place = |p: &crate::trace::Place| (!p.is_empty()).then(|| p.to_string());
    let id = |t: &TraceId| t.to_string();
    let rows: [(&str, &str, Option<String>, Option<String>); 19] = [
        ("serial number", "número de serie", Some(serial(&f.serial)), Some(serial(&t.serial))),
        (
            "serial number of the slide",
            "número de serie de la corredera",
            f.slide_serial.as_ref().map(serial),
            t.slide_serial.as_ref().map(serial),
        ),
        ("manufacturer", "marca", f.maker.clone(), t.maker.clone()),
        ("importer", "importador", f.importer.clone(), t.importer.clone()),
        ("model", "modelo", f.model.clone(), t.model.clone()),
        ("caliber", "calibre", f.calibre.clone(), t.calibre.clone()),
        ("type", "tipo", f.firearm_type.as_ref().map(name), t.firearm_type.as_ref().map(name)),
        ("country of origin", "país de origen", f.country_of_origin.clone(), t.country_of_origin.clone()),
        ("agency", "autoridad", f.agency.clone(), t.agency.clone()),
        ("ORI", "ORI", f.ori.clone(), t.ori.clone()),
        ("case number", "carpeta", f.case_number.clone(), t.case_number.clone()),
        ("item", "indicio", f.item.clone(), t.item.clone()),
        ("NIC number", "número NIC", f.nic_number.clone(), t.nic_number.clone()),
        ("trace number", "número de rastreo", f.trace.as_ref().map(id), Some(id(&t.trace))),
        (
            "recovery date",
            "fecha de aseguramiento",
            f.recovered_on.map(|d| d.to_string()),
            t.recovered_on.map(|d| d.to_string()),
        ),
        ("recovery place", "lugar de aseguramiento", place(&f.recovered_at), place(&t.recovered_at)),
        ("possessor", "poseedor", None, masked(t.possessor.is_some())),
        ("purchaser", "comprador", None, masked(t.purchaser.is_some())),
        ("purchase date", "fecha de compra", None, t.purchased_on.map(|d| d.to_string())),
    ];
    rows.into_iter()
        .filter(|(_, _, a, b)| a.is_some() || b.is_some())
        .map(|(en, es, firearm, trace)| Beside { field: Wording::new(en, es), firearm, trace })
        .collect()
}
