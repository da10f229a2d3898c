//! `report`, `trace show`, and what other commands draw: pages, plots and the workings archive.

use super::Desk;
use super::arguments::ReportArgs;
use super::failure::{Failure, write_file};
use super::present::table;
use crate::casework::{AuditEvent, CorrelationResult};
use crate::compare::{Comparison, Prepared, compare};
use crate::engine::error::EngineError;
use crate::engine::evaluate::Evaluation;
use crate::engine::parameters::VERSION;
use crate::engine::ports::{MarkFilter, Stamp, Store};
use crate::engine::review::mark_of;
use crate::engine::story::{Story, story};
use crate::ids::{LeadId, SpecimenId};
use crate::language::Language;
use crate::mark::Mark;
use crate::report::gather::{dossier::dossier, lists, validation};
use crate::report::html::{
    CorrelationPage, Custody, Dossier, Figure, LeadReport, Measure, StateChange, correlation_page, lead_report,
};
use crate::report::pair::{PairStyle, PairView, explained_pair};
use crate::report::shade::{Light, shaded};
use crate::report::view::{Disclosure, Name, Phrase, Provenance, SourceFile, When};
use crate::report::{Drawing, ReportError};
use crate::trace::Purpose;
use crate::workings::{Item, Recorder, Silent};
use std::io::Write as _;

/// Runs the command.
///
/// # Errors
/// An unknown exhibit or lead; a file that cannot be written.
pub fn run(desk: &Desk, args: &ReportArgs) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let story = story(&store)?;
    let (purpose, disclosure) = disclosure(desk, &store, args.reveal.as_deref(), args.case.as_deref(), "report")?;
    let html = match (&args.exhibit, &args.lead) {
        (Some(exhibit), _) => correlation_html(desk, &store, &story, exhibit)?,
        (None, Some(lead)) => lead_html(desk, &store, &story, &LeadId::new(lead), purpose.as_ref(), disclosure)?,
        (None, None) => return Ok(()),
    };
    write_file(&args.out, html.as_bytes())?;
    desk.output.show(&serde_json::json!({ "written": args.out, "bytes": html.len() }), |language| {
        format!("{} {} ({} kB)", language.pick("written", "escrito"), args.out.display(), html.len() / 1000)
    })?;
    Ok(())
}

/// The purpose for which names are shown, logged before anything is; nothing without one.
///
/// # Errors
/// A blank purpose or case number.
pub(crate) fn disclosure(
    desk: &Desk,
    store: &dyn Store,
    reveal: Option<&str>,
    case: Option<&str>,
    what: &str,
) -> Result<(Option<Purpose>, Disclosure), Failure> {
    let (Some(reason), Some(case)) = (reveal, case) else { return Ok((None, Disclosure::Masked)) };
    let purpose = Purpose::new(&desk.actor, case, reason).map_err(|e| Failure::Engine(e.into()))?;
    let details = serde_json::json!({ "case": case, "purpose": reason });
    let now = crate::engine::ports::Clock::now(&desk.clock);
    store.log("personal data shown", what, &details, &Stamp::new(now, &desk.actor))?;
    let shown =
        Disclosure::Revealed { purpose: reason.to_owned(), case_number: case.to_owned(), person: desk.actor.clone() };
    Ok((Some(purpose), shown))
}

/// Version, parameters and sources, as every page states them.
///
/// # Errors
/// Those of the store.
pub fn provenance(desk: &Desk, store: &dyn Store, specimens: &[SpecimenId]) -> Result<Provenance, Failure> {
    let mut sources = Vec::new();
    for specimen in specimens {
        for acquisition in store.acquisitions(Some(specimen))? {
            sources.push(SourceFile { name: acquisition.file_name, sha256: acquisition.sha256 });
        }
    }
    let head = store.verify_audit()?;
    Ok(Provenance {
        version: VERSION.to_owned(),
        parameters_hash: desk.parameters.hash().to_hex(),
        generated: crate::engine::ports::Clock::now(&desk.clock).strftime("%Y-%m-%d %H:%M UTC").to_string(),
        gallery: desk.gallery.as_ref().map(|g| g.display().to_string()).unwrap_or_default(),
        sources,
        facts: vec![
            (Phrase::new("reference population", "población de referencia"), desk.population().to_owned()),
            (
                Phrase::new("head of the audit chain", "extremo de la cadena de auditoría"),
                format!("{} ({})", head.hash, head.sequence),
            ),
        ],
    })
}

/// A pair compared anew and explained.
///
/// # Errors
/// A specimen without a suitable mark.
pub fn pair_figure(
    desk: &Desk,
    store: &dyn Store,
    a: &SpecimenId,
    b: &SpecimenId,
    caption: Phrase,
) -> Result<Figure, Failure> {
    let parameters = &desk.parameters;
    let ((_, reference), (_, comparison)) = (mark_of(store, a, parameters)?, mark_of(store, b, parameters)?);
    let found = compare(
        &Prepared::of(&reference, &parameters.compare),
        &Prepared::of(&comparison, &parameters.compare),
        &parameters.compare,
        &parameters.model,
        &mut Silent,
    );
    let drawing = pair_drawing(a.as_str(), b.as_str(), &reference, &comparison, &found, desk.output.language)?;
    Ok(Figure { heading: Phrase::same(format!("{a} · {b}")), drawing, caption })
}

/// The explained pair.
///
/// # Errors
/// A mark without a valid point.
pub fn pair_drawing(
    reference_name: &str,
    comparison_name: &str,
    reference: &Mark,
    comparison: &Mark,
    found: &Comparison,
    language: Language,
) -> Result<Drawing, Failure> {
    let view = PairView {
        reference_name,
        comparison_name,
        reference: &reference.coarse,
        comparison: &comparison.coarse,
        modality: reference.modality,
        found,
    };
    explained_pair(&view, &PairStyle::default(), language).map_err(undrawn)
}

/// A drawing that could not be made, as a failure.
#[must_use]
pub fn undrawn(error: ReportError) -> Failure {
    Failure::Engine(EngineError::Input {
        what: "picture".to_owned(),
        expected: "something that can be drawn".to_owned(),
        got: error.to_string(),
    })
}

fn correlation_html(desk: &Desk, store: &dyn Store, story: &Story, name: &str) -> Result<String, Failure> {
    let specimens: Vec<SpecimenId> = story
        .specimens
        .values()
        .filter(|s| s.id.as_str() == name || s.exhibit.as_str() == name)
        .map(|s| s.id.clone())
        .collect();
    let mut found: Option<(SpecimenId, CorrelationResult)> = None;
    for specimen in &specimens {
        let filter = MarkFilter { specimen: Some(specimen.clone()), suitable_only: true, ..MarkFilter::default() };
        for context in store.marks(&filter)? {
            if let Some(result) = store.correlations(&context.mark.id)?.into_iter().next() {
                let better = found.as_ref().is_none_or(|(_, best)| top_score(&result) > top_score(best));
                if better {
                    found = Some((specimen.clone(), result));
                }
            }
        }
    }
    let Some((query, result)) = found else {
        return Err(Failure::Engine(EngineError::Input {
            what: format!("exhibit or specimen \"{name}\""),
            expected: "one that was correlated".to_owned(),
            got: if specimens.is_empty() { "an unknown one" } else { "one that was not; correlate it first" }
                .to_owned(),
        }));
    };
    let population = desk.population();
    let Some(list) = lists::candidate_list(story, &result, &query, 20, population, &|_, _| None) else {
        return Err(Failure::Engine(EngineError::Input {
            what: format!("specimen {query}"),
            expected: "one of this gallery".to_owned(),
            got: "an expunged one".to_owned(),
        }));
    };
    let mut pairs = Vec::new();
    for candidate in result.candidates.iter().take(2) {
        pairs.push(pair_figure(desk, store, &query, &candidate.specimen, Phrase::default())?);
    }
    let mark = mark_of(store, &query, &desk.parameters)?.1;
    let page = CorrelationPage {
        subtitle: Phrase::same(result.at.strftime("%Y-%m-%d %H:%M UTC").to_string()),
        exhibit: vec![
            Measure {
                name: Phrase::new("Valid area", "Área válida"),
                value: Phrase::same(format!("{:.2} mm²", mark.quality.valid_area_mm2)),
                note: Phrase::default(),
            },
            Measure {
                name: Phrase::new("Relief in band", "Relieve en banda"),
                value: Phrase::same(format!("{:.2} µm", mark.quality.rms_fine_um)),
                note: Phrase::new("root mean square, 30-150 µm", "valor cuadrático medio, 30-150 µm"),
            },
        ],
        provenance: provenance(desk, store, &[query])?,
        list,
        pairs,
        failures: Vec::new(),
    };
    Ok(correlation_page(&page, desk.output.language))
}

fn top_score(result: &CorrelationResult) -> f64 {
    result.candidates.first().map_or(f64::NEG_INFINITY, |c| c.score)
}

fn lead_html(
    desk: &Desk,
    store: &dyn Store,
    story: &Story,
    id: &LeadId,
    purpose: Option<&Purpose>,
    disclosure: Disclosure,
) -> Result<String, Failure> {
    let lead = store.lead(id)?;
    let [a, b] = lead.joins().sides();
    // The firearm at the end of the path, over this lead or over others of the cluster.
    let firearm = lead.joins().firearm().cloned().or_else(|| {
        let cluster = story.graph.clusters.iter().find(|c| c.specimens.contains(&a.specimen))?;
        cluster.firearms.first().cloned()
    });
    let dossier = firearm.map_or_else(
        || Dossier {
            heading: Phrase::new(
                "No firearm is joined to these incidents yet.",
                "Ninguna arma está unida aún a estos incidentes.",
            ),
            ..Dossier::default()
        },
        |f| dossier(story, &f, purpose),
    );
    let state = |word: &crate::casework::Step| match word {
        crate::casework::Step::Judged { .. } => crate::report::view::LeadState::Lead,
        crate::casework::Step::Opened { .. } => crate::report::view::LeadState::UnderExamination,
        crate::casework::Step::Withdrawn { .. } => crate::report::view::LeadState::Withdrawn,
        _ => lists::lead_state(lead.state()),
    };
    let log = store.audit(0, usize::MAX)?;
    let subject = format!("lead {}", lead.id());
    let logged = |event: &crate::casework::LeadEvent| {
        let action = format!("lead.{}", event.step.word());
        let at = serde_json::to_value(event.at).ok();
        let same = |e: &&AuditEvent| {
            let of_lead = e.entry.subject == subject && e.entry.action == action;
            let details = || serde_json::from_str::<serde_json::Value>(&e.entry.details).ok();
            of_lead && details().and_then(|d| d.get("at").cloned()) == at
        };
        log.iter().find(same).map(|e| e.hash.to_hex()).unwrap_or_default()
    };
    let history = lead
        .history()
        .iter()
        .map(|event| StateChange {
            when: event.at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            to: state(&event.step),
            person: event.step.by().name().to_owned(),
            reason: reason_of(&event.step),
            audit_hash: logged(event),
        })
        .collect();
    let incidents: Vec<String> = lead.joins().incidents().iter().map(ToString::to_string).collect();
    let page = LeadReport {
        lead: lead.id().to_string(),
        subtitle: Phrase::same(incidents.join(" · ")),
        state: lists::lead_state(lead.state()),
        dossier,
        history,
        custody: custody(store, story, &log, [&a.specimen, &b.specimen])?,
        pairs: vec![pair_figure(desk, store, &a.specimen, &b.specimen, lists::basis_words(lead.basis()))?],
        provenance: provenance(desk, store, &[a.specimen.clone(), b.specimen.clone()])?,
        disclosure,
    };
    lead_report(&page, desk.output.language).map_err(undrawn)
}

/// What the gallery knows of the way of two specimens: when their exhibits came in, and when each scan was stored, by whom, under which event.
fn custody(
    store: &dyn Store,
    story: &Story,
    log: &[AuditEvent],
    specimens: [&SpecimenId; 2],
) -> Result<Vec<Custody>, Failure> {
    let day = |at: jiff::Timestamp| When::day(at.to_zoned(jiff::tz::TimeZone::UTC).date());
    let mut stations = Vec::new();
    for id in specimens {
        let exhibit = story.specimens.get(id).and_then(|s| story.exhibits.get(&s.exhibit));
        if let Some((exhibit, received)) = exhibit.and_then(|e| Some((e, e.received?))) {
            stations.push(Custody {
                when: Some(day(received)),
                item: id.to_string(),
                action: Phrase::new("exhibit received by the laboratory", "elemento recibido por el laboratorio"),
                holder: Name::from(""),
                record: exhibit.id.to_string(),
                gap: false,
            });
        }
        for acquisition in store.acquisitions(Some(id))? {
            let subject = format!("acquisition {}", acquisition.id);
            let event = log.iter().find(|e| e.entry.subject == subject);
            stations.push(Custody {
                when: event.map(|e| day(e.entry.at)),
                item: id.to_string(),
                action: Phrase::new(
                    format!("scan {} stored", acquisition.file_name),
                    format!("escaneo {} guardado", acquisition.file_name),
                ),
                holder: Name::Open(event.map(|e| e.entry.actor.clone()).unwrap_or_default()),
                record: event.map(|e| format!("{} {}", e.sequence, &e.hash.to_hex()[..12])).unwrap_or_default(),
                gap: false,
            });
        }
    }
    Ok(stations)
}

fn reason_of(step: &crate::casework::Step) -> String {
    use crate::casework::Step;
    match step {
        Step::Judged { reason, .. } | Step::Reviewed { reason, .. } | Step::Withdrawn { reason, .. } => reason.clone(),
        Step::Opened { .. } => String::new(),
        Step::Concluded { record, .. } => format!("{}: {}", record.conclusion(), record.reason()),
    }
}

/// `trace show`: what is known around a firearm, specimen, incident or trace.
///
/// # Errors
/// An unknown name; a blank purpose.
pub fn show_subject(desk: &Desk, subject: &str, reveal: Option<&str>, case: Option<&str>) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let (purpose, disclosure) = disclosure(desk, &store, reveal, case, subject)?;
    let story = story(&store)?;
    let Some(firearms) = story.firearms_of(subject) else {
        return Err(Failure::Engine(EngineError::Input {
            what: format!("\"{subject}\""),
            expected: "a firearm, specimen, incident or trace of this gallery".to_owned(),
            got: "an unknown name".to_owned(),
        }));
    };
    let dossiers: Vec<Dossier> = firearms.iter().map(|f| dossier(&story, f, purpose.as_ref())).collect();
    let json = dossiers_json(&dossiers, &disclosure, desk.output.language);
    desk.output.show(&json, |language| {
        if dossiers.is_empty() {
            return language
                .pick(
                    "known, but no firearm is joined to it yet",
                    "conocido, pero ninguna arma está unida a él todavía",
                )
                .to_owned();
        }
        dossiers.iter().map(|d| dossier_words(d, &disclosure, language)).collect::<Vec<_>>().join("\n")
    })?;
    Ok(())
}

fn dossiers_json(dossiers: &[Dossier], disclosure: &Disclosure, language: Language) -> serde_json::Value {
    let one = |d: &Dossier| {
        serde_json::json!({
            "firearm": d.heading.pick(language),
            "summary": d.summary.iter().map(|p| p.pick(language)).collect::<Vec<_>>(),
            "edges": d.chart.edges.iter().map(|e| serde_json::json!({
                "from": e.from, "to": e.to, "kind": e.kind.words(language), "status": e.status.words(language),
                "evidence": e.evidence.pick(language), "author": e.author, "stated": e.stated,
            })).collect::<Vec<_>>(),
            "chain_of_sale": d.chain.items.iter().map(|i| chain_words(i, disclosure, language)).collect::<Vec<_>>(),
            "measures": d.measures.iter().map(|m| serde_json::json!({
                "name": m.name.pick(language), "value": m.value.pick(language), "note": m.note.pick(language),
            })).collect::<Vec<_>>(),
            "indicators": d.indicators.iter().map(|i| i.value.pick(language)).collect::<Vec<_>>(),
            "conflicts": d.conflicts.iter().map(|c| c.text.pick(language)).collect::<Vec<_>>(),
        })
    };
    serde_json::Value::Array(dossiers.iter().map(one).collect())
}

fn chain_words(item: &crate::report::chart::ChainItem, disclosure: &Disclosure, language: Language) -> String {
    use crate::report::chart::ChainItem;
    match item {
        ChainItem::Gap { reason, .. } => format!("[{}]", reason.pick(language)),
        ChainItem::Step(step) => {
            let when = step.when.map(|w| w.to_string()).unwrap_or_default();
            let words =
                [when, step.kind.words(language).to_owned(), step.name.shown(disclosure, language), step.place.clone()];
            words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join("  ")
        }
    }
}

fn dossier_words(d: &Dossier, disclosure: &Disclosure, language: Language) -> String {
    let mut text = format!("{}\n", d.heading.pick(language));
    for line in &d.summary {
        text.push_str(&format!("  {}\n", line.pick(language)));
    }
    let labels: std::collections::BTreeMap<&str, String> =
        d.chart.nodes.iter().map(|n| (n.key.as_str(), n.label.shown(disclosure, language))).collect();
    let label = |key: &str| labels.get(key).cloned().unwrap_or_else(|| key.to_owned());
    let mut drawn = table([
        language.pick("from", "de"),
        language.pick("to", "a"),
        language.pick("link", "vínculo"),
        language.pick("status", "estado"),
        language.pick("evidence", "evidencia"),
    ]);
    for edge in &d.chart.edges {
        drawn.add_row([
            label(&edge.from),
            label(&edge.to),
            edge.kind.words(language).to_owned(),
            edge.status.words(language).to_owned(),
            edge.evidence.pick(language).to_owned(),
        ]);
    }
    text.push_str(&format!("{drawn}\n"));
    if !d.chain.items.is_empty() {
        text.push_str(&format!("{}\n", d.chain.title.pick(language)));
        for item in &d.chain.items {
            text.push_str(&format!("  {}\n", chain_words(item, disclosure, language)));
        }
    }
    for m in &d.measures {
        text.push_str(&format!("{}: {} ({})\n", m.name.pick(language), m.value.pick(language), m.note.pick(language)));
    }
    for i in &d.indicators {
        text.push_str(&format!(
            "{}: {}\n",
            language.pick("indicator, no finding", "indicador, no conclusión"),
            i.value.pick(language)
        ));
    }
    for c in &d.conflicts {
        text.push_str(&format!("{}: {}\n", language.pick("conflict", "conflicto"), c.text.pick(language)));
    }
    text.push_str(&format!("{}\n", crate::trace::indicators::caveat(language)));
    text
}

/// The plots of an evaluation as files; a plot that cannot be drawn is reported on standard error.
#[must_use]
pub fn evaluation_plots(found: &Evaluation, language: Language) -> Vec<(&'static str, String)> {
    match validation::plots(found, language) {
        Ok(plots) => plots.into_iter().map(|(name, drawing)| (name, drawing.into_string())).collect(),
        Err(error) => {
            eprintln!("{error}");
            Vec::new()
        }
    }
}

/// Every stage of a comparison as pictures and numbers in one zip archive, in the order of the stages, with the explained pair at the end.
///
/// # Errors
/// A map that cannot be drawn.
pub fn workings_zip(recorder: &Recorder, pair: Option<Drawing>) -> Result<Vec<u8>, Failure> {
    let fault = |e: zip::result::ZipError| Failure::Io {
        place: "workings".to_owned(),
        doing: "write",
        source: std::io::Error::other(e),
    };
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    let mut files = Vec::new();
    for (at, (key, item)) in recorder.items.iter().enumerate() {
        files.push(match item {
            Item::Facts(facts) => {
                (format!("{:03}-{key}.json", at + 1), serde_json::to_vec_pretty(facts).unwrap_or_default())
            }
            // A map without a point has no picture: its place in the order stays visible.
            Item::Map(map) if map.valid_count() == 0 => (format!("{:03}-{key}.empty", at + 1), Vec::new()),
            Item::Map(map) => {
                (format!("{:03}-{key}.png", at + 1), shaded(map, &Light::default(), 800).map_err(undrawn)?.png)
            }
        });
    }
    if let Some(drawing) = pair {
        files.push((format!("{:03}-pair.svg", files.len() + 1), drawing.into_string().into_bytes()));
    }
    for (name, bytes) in files {
        archive.start_file(name, options).map_err(fault)?;
        archive.write_all(&bytes).map_err(|source| Failure::Io {
            place: "workings".to_owned(),
            doing: "write",
            source,
        })?;
    }
    Ok(archive.finish().map_err(fault)?.into_inner())
}
