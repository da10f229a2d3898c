//! What a report of one lead says, gathered for the page and the PDF alike.

use super::custody::custody as custody_of_registers;
use super::{dossier::dossier, lists};
use crate::casework::{AuditEvent, Lead, LeadEvent, Step};
use crate::compare::{Prepared, compare};
use crate::engine::error::EngineError;
use crate::engine::parameters::{Parameters, VERSION};
use crate::engine::ports::{LeadView, Store};
use crate::engine::review::mark_of;
use crate::engine::story::Story;
use crate::ids::{FirearmId, LeadId, SpecimenId};
use crate::language::Language;
use crate::report::ReportError;
use crate::report::html::{Custody, Dossier, Figure, LeadReport, StateChange};
use crate::report::pair::{PairStyle, PairView, explained_pair};
use crate::report::shade::photograph;
use crate::report::view::{Disclosure, LeadState, Name, Phrase, Provenance, SourceFile, When};
use crate::trace::Purpose;
use crate::workings::Silent;
use jiff::Timestamp;

/// What reports are gathered from.
pub struct Sources<'a> {
    /// The gallery.
    pub store: &'a dyn Store,
    /// Parameters of comparisons made anew.
    pub parameters: &'a Parameters,
    /// The time that the report states.
    pub now: Timestamp,
    /// The gallery, as the report names it.
    pub gallery: String,
    /// The language of drawings.
    pub language: Language,
}

/// A drawing that could not be made, as the engine tells it.
#[must_use]
pub fn undrawn(error: ReportError) -> EngineError {
    EngineError::Input {
        what: "picture".to_owned(),
        expected: "something that can be drawn".to_owned(),
        got: error.to_string(),
    }
}

/// What a page says of a purpose that was stated and logged.
#[must_use]
pub fn disclosed(purpose: Option<&Purpose>) -> Disclosure {
    purpose.map_or(Disclosure::Masked, |purpose| Disclosure::Revealed {
        purpose: purpose.reason().to_owned(),
        case_number: purpose.case_number().to_owned(),
        person: purpose.person().to_owned(),
    })
}

/// A pair compared anew and explained.
///
/// # Errors
/// A specimen without a suitable mark.
pub fn pair_figure(sources: &Sources<'_>, [a, b]: [&SpecimenId; 2], caption: Phrase) -> Result<Figure, EngineError> {
    let parameters = sources.parameters;
    let ((_, reference), (_, comparison)) =
        (mark_of(sources.store, a, parameters)?, mark_of(sources.store, b, parameters)?);
    let found = compare(
        &Prepared::of(&reference, &parameters.compare),
        &Prepared::of(&comparison, &parameters.compare),
        &parameters.compare,
        &parameters.model,
        &mut Silent,
    );
    let view = PairView {
        reference_name: a.as_str(),
        comparison_name: b.as_str(),
        reference: &reference.coarse,
        comparison: &comparison.coarse,
        modality: reference.modality,
        found: &found,
    };
    let drawing = explained_pair(&view, &PairStyle::default(), sources.language).map_err(undrawn)?;
    Ok(Figure { heading: Phrase::same(format!("{a} · {b}")), drawing, caption })
}

/// Version, parameters and sources, as every page states them.
///
/// # Errors
/// Those of the store.
pub fn provenance(sources: &Sources<'_>, specimens: &[SpecimenId]) -> Result<Provenance, EngineError> {
    let mut files = Vec::new();
    for specimen in specimens {
        for acquisition in sources.store.acquisitions(Some(specimen))? {
            files.push(SourceFile { name: acquisition.file_name, sha256: acquisition.sha256 });
        }
    }
    let head = sources.store.verify_audit()?;
    let population = &sources.parameters.model.population;
    Ok(Provenance {
        version: VERSION.to_owned(),
        parameters_hash: sources.parameters.hash().to_hex(),
        generated: sources.now.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        gallery: sources.gallery.clone(),
        sources: files,
        facts: vec![
            (
                Phrase::new("reference population", "población de referencia"),
                sources.language.pick(&population.english, &population.spanish).clone(),
            ),
            (
                Phrase::new("head of the audit chain", "extremo de la cadena de auditoría"),
                format!("{} ({})", head.hash, head.sequence),
            ),
        ],
    })
}

/// What a lead leads to: the firearm at the end of the path, over this lead or over others of the cluster, and its dossier.
#[must_use]
pub fn lead_dossier(story: &Story, lead: &Lead, purpose: Option<&Purpose>) -> (Option<FirearmId>, Dossier) {
    let [a, _] = lead.joins().sides();
    let firearm = lead.joins().firearm().cloned().or_else(|| {
        let cluster = story.graph.clusters.iter().find(|c| c.specimens.contains(&a.specimen))?;
        cluster.firearms.first().cloned()
    });
    let dossier = firearm.as_ref().map_or_else(
        || Dossier {
            heading: Phrase::new(
                "No firearm is joined to these incidents yet.",
                "Ninguna arma está unida aún a estos incidentes.",
            ),
            ..Dossier::default()
        },
        |f| dossier(story, f, purpose),
    );
    (firearm, dossier)
}

/// The steps of a lead, each with the hash of its event in the audit chain; only the events on the lead are read, and the chain is not verified.
///
/// # Errors
/// Those of the store.
pub fn lead_history(store: &dyn Store, lead: &Lead) -> Result<Vec<StateChange>, EngineError> {
    let state = |word: &Step| match word {
        Step::Judged { .. } => LeadState::Lead,
        Step::Opened { .. } => LeadState::UnderExamination,
        Step::Withdrawn { .. } => LeadState::Withdrawn,
        _ => lists::lead_state(lead.state()),
    };
    let log = store.audit_on(&format!("lead {}", lead.id()))?;
    let logged = |event: &LeadEvent| {
        let action = format!("lead.{}", event.step.word());
        let at = serde_json::to_value(event.at).ok();
        let same = |e: &&AuditEvent| {
            let details = || serde_json::from_str::<serde_json::Value>(&e.entry.details).ok();
            e.entry.action == action && details().and_then(|d| d.get("at").cloned()) == at
        };
        log.iter().find(same).map(|e| e.hash.to_hex()).unwrap_or_default()
    };
    let change = |event: &LeadEvent| StateChange {
        when: event.at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        to: state(&event.step),
        person: event.step.by().name().to_owned(),
        reason: reason_of(&event.step),
        audit_hash: logged(event),
    };
    Ok(lead.history().iter().map(change).collect())
}

/// The way of both specimens and of the firearm through registers and gallery.
///
/// # Errors
/// Those of the store.
pub fn lead_custody(
    store: &dyn Store,
    story: &Story,
    lead: &Lead,
    (firearm, purpose): (Option<&FirearmId>, Option<&Purpose>),
) -> Result<Vec<Custody>, EngineError> {
    let [a, b] = lead.joins().sides();
    let both = [&a.specimen, &b.specimen];
    let mut all = custody_of_registers(story, firearm, &both, purpose);
    all.extend(custody(store, story, both)?);
    Ok(all)
}

/// Everything a report of one lead says; the audit chain is verified for it.
///
/// # Errors
/// An unknown lead; a pair that cannot be compared anew; a broken chain.
pub fn lead_view(
    sources: &Sources<'_>,
    story: &Story,
    id: &LeadId,
    (purpose, disclosure): (Option<&Purpose>, Disclosure),
) -> Result<LeadReport, EngineError> {
    let store = sources.store;
    let lead = store.lead(id)?;
    let [a, b] = lead.joins().sides();
    let (firearm, dossier) = lead_dossier(story, &lead, purpose);
    let incidents: Vec<String> = lead.joins().incidents().iter().map(ToString::to_string).collect();
    Ok(LeadReport {
        lead: lead.id().to_string(),
        subtitle: Phrase::same(incidents.join(" · ")),
        state: lists::lead_state(lead.state()),
        dossier,
        history: lead_history(store, &lead)?,
        custody: lead_custody(store, story, &lead, (firearm.as_ref(), purpose))?,
        pairs: {
            let mut all = vec![lead_pair(sources, &lead)?];
            all.extend(saved_views(store, id)?);
            all
        },
        provenance: provenance(sources, &[a.specimen.clone(), b.specimen.clone()])?,
        disclosure,
    })
}

/// The two marks of a lead, compared anew and explained.
///
/// # Errors
/// A specimen without a suitable mark.
pub fn lead_pair(sources: &Sources<'_>, lead: &Lead) -> Result<Figure, EngineError> {
    let [a, b] = lead.joins().sides();
    pair_figure(sources, [&a.specimen, &b.specimen], lists::basis_words(lead.basis()))
}

/// The views that people saved of the pair, each with its caption, who saved it and when.
fn saved_views(store: &dyn Store, lead: &LeadId) -> Result<Vec<Figure>, EngineError> {
    let figure = |view: LeadView| {
        let drawing = photograph(&store.lead_view_picture(lead, &view.digest)?, &view.caption).map_err(undrawn)?;
        let (by, at) = (&view.by, view.at.strftime("%Y-%m-%d %H:%M UTC"));
        let heading = Phrase::new("View saved at the comparison bench", "Vista guardada en el banco de comparación");
        Ok(Figure { heading, drawing, caption: Phrase::same(format!("{} ({by}, {at})", view.caption)) })
    };
    store.lead_views(lead)?.into_iter().map(figure).collect()
}

/// What the gallery knows of the way of two specimens: when their exhibits came in, and when each scan was stored, by whom, under which event.
fn custody(store: &dyn Store, story: &Story, specimens: [&SpecimenId; 2]) -> Result<Vec<Custody>, EngineError> {
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
            let log = store.audit_on(&format!("acquisition {}", acquisition.id))?;
            let event = log.first();
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

/// The grounds of a step, as the person stated them; empty where a step needs none.
#[must_use]
pub fn reason_of(step: &Step) -> String {
    match step {
        Step::Judged { reason, .. } | Step::Reviewed { reason, .. } | Step::Withdrawn { reason, .. } => reason.clone(),
        Step::Opened { .. } => String::new(),
        Step::Concluded { record, .. } => format!("{}: {}", record.conclusion(), record.reason()),
    }
}
