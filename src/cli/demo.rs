//! `demo`: the whole job on a simulated city, and a report that holds every result against the truth.

use super::arguments::SimulateArgs;
use super::city_truth::{Known, Unit, unit_of};
use super::failure::{Failure, read_file, write_file};
use super::report::{pair_figure, provenance, undrawn};
use super::{Desk, simulate, submit, trace};
use crate::casework::{CorrelationResult, Lead};
use crate::compare::Model;
use crate::engine::correlate::{Request, correlate};
use crate::engine::error::EngineError;
use crate::engine::gallery::Gallery;
use crate::engine::manifest;
use crate::engine::record_links::{Linked, Linker, link_records};
use crate::engine::review::{Move, PROPOSE_FROM_LOG10_LR, propose, step};
use crate::engine::story::{Story, story};
use crate::engine::submit::{BLOCK, Submitting};
use crate::ids::{FirearmId, SpecimenId};
use crate::language::Language;
use crate::mark::gate::GateVerdict;
use crate::mark::{Modality, Region};
use crate::report::gather::dossier::dossier;
use crate::report::gather::lists::{candidate_list, lead_state};
use crate::report::html::{CityReport, Figure, LeadOutcome, LinkTally, Measure, city_report};
use crate::report::plots::{ScoreHistogram, score_histogram};
use crate::report::view::{Failure as Unused, Phrase, Truth};
use crate::surface::DecodeOptions;
use clap::Args;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Folder to write to; a demo already there is replaced.
    #[arg(long, default_value = "demo", value_name = "DIR")]
    pub out: PathBuf,
    /// Pistols in the city.
    #[arg(long, default_value_t = 30, value_name = "N")]
    pub firearms: usize,
    /// Cases of each pistol.
    #[arg(long, default_value_t = 4, value_name = "M")]
    pub shots: usize,
    /// Seed of the city.
    #[arg(long, default_value_t = 2026, value_name = "S")]
    pub seed: u64,
}

/// What `demo --json` prints.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// The report.
    pub report: PathBuf,
    /// The gallery, for further commands.
    pub gallery: PathBuf,
    /// Cartridge cases simulated.
    pub cases: usize,
    /// Files accepted.
    pub accepted: usize,
    /// Files stored but unsuitable.
    pub unsuitable: usize,
    /// Leads made.
    pub leads: usize,
    /// Leads that join specimens of different pistols.
    pub false_leads: u64,
    /// Links of incidents and firearms that the truth contains.
    pub links_in_truth: u64,
    /// Of these, found.
    pub links_found: u64,
    /// Of these, missed.
    pub links_missed: u64,
    /// Incidents that inherit a trace.
    pub incidents_with_trace: usize,
    /// Of these, the trace of the pistol that truth names.
    pub incidents_with_right_trace: usize,
    /// Seconds of each stage.
    pub seconds: BTreeMap<&'static str, f64>,
}

/// Marks a folder as a demo's, so that only such a folder is ever replaced.
const MARKER: &str = ".brasslink-demo";

/// Runs the command.
///
/// # Errors
/// A folder that holds something else; those of every stage.
pub fn run(mut desk: Desk, args: &DemoArgs) -> Result<(), Failure> {
    make_room(&args.out)?;
    let city = args.out.join("city");
    desk.gallery = Some(args.out.join("gallery"));
    if desk.actor == "unnamed" {
        // The demo has no people: its script says so wherever a person would stand.
        desk.actor = "demo script".to_owned();
    }
    if !desk.own_model {
        // Simulated marks are judged by a model of simulated marks, of other pistols than any demo's; reports name the population.
        desk.parameters.model = Model::simulated().map_err(|e| Failure::Engine(e.into()))?;
    }
    let mut seconds = BTreeMap::new();
    let mut timed = Stopwatch { started: Instant::now() };

    let drawn = SimulateArgs {
        firearms: args.firearms,
        shots: args.shots,
        seed: args.seed,
        out: city.clone(),
        raw: false,
        photos: false,
        fixtures: false,
    };
    let simulated = simulate::write_city(&desk, &drawn, &city)?;
    seconds.insert("1 simulate", timed.lap());

    let store = desk.store(true)?;
    let manifest_path = city.join("manifest.csv");
    let mut manifest = manifest::read(&manifest_path.display().to_string(), &read_file(&manifest_path, 1 << 26)?)
        .map_err(|e| Failure::Engine(e.into()))?;
    let entries = std::mem::take(&mut manifest.entries);
    let options = DecodeOptions::default();
    let how = Submitting { options: &options, gallery: None, forced: None, together: BLOCK };
    let submitted = submit::take_in(&desk, &store, &entries, &city, manifest, how)?;
    seconds.insert("2 submit", timed.lap());

    let gallery = desk.open_gallery(&store)?;
    let queries: Vec<usize> = (0..gallery.members.len()).collect();
    let request = Request { top: 10, exhaustive: false, filter: None };
    let results = correlate(&desk.context(&store), &gallery, &queries, request)?;
    desk.bar.finish();
    seconds.insert("3 correlate", timed.lap());

    let leads = make_leads(&desk, &store, &gallery, &results)?;
    let tables = ["firearms.csv", "traces-us.csv", "traces-mx.csv"].map(|name| city.join(name));
    let imported = trace::import_all(&desk, &tables, None, true)?;
    if let Some((file, why)) = imported.failed.first() {
        return Err(Failure::Engine(EngineError::Input {
            what: file.clone(),
            expected: "a table that imports".to_owned(),
            got: why.clone(),
        }));
    }
    let linked = link_records(&store, &desk.clock, &Linker::built_in()?, None)?;
    let story = story(&store)?;
    seconds.insert("4 leads and traces", timed.lap());

    let known = Known::read(&city)?;
    let tally = known.tally(&story);
    let (with_trace, right_trace) = known.inherited(&story);
    let report = args.out.join("report.html");
    let view = page(
        &desk,
        &store,
        &story,
        &gallery,
        &results,
        &known,
        &tally,
        &submitted,
        &linked,
        (with_trace, right_trace),
    )?;
    let html = city_report(&view, desk.output.language).map_err(undrawn)?;
    write_file(&report, html.as_bytes())?;
    seconds.insert("5 report", timed.lap());

    let done = Shown {
        report,
        gallery: args.out.join("gallery"),
        cases: simulated.scans,
        accepted: submitted.accepted,
        unsuitable: submitted.unsuitable,
        leads: leads.len(),
        false_leads: tally.false_links,
        links_in_truth: tally.in_truth,
        links_found: tally.found,
        links_missed: tally.missed,
        incidents_with_trace: with_trace,
        incidents_with_right_trace: right_trace,
        seconds,
    };
    desk.output.show(&done, |language| words(&done, language))?;
    Ok(())
}

struct Stopwatch {
    started: Instant,
}

impl Stopwatch {
    fn lap(&mut self) -> f64 {
        let seconds = self.started.elapsed().as_secs_f64();
        self.started = Instant::now();
        seconds
    }
}

/// Empties a former demo's folder; refuses any other folder that holds something.
fn make_room(folder: &Path) -> Result<(), Failure> {
    let fault = |source| Failure::Io { place: folder.display().to_string(), doing: "prepare", source };
    if folder.exists() {
        let empty = std::fs::read_dir(folder).map_err(fault)?.next().is_none();
        if !empty && !folder.join(MARKER).is_file() {
            return Err(Failure::Usage {
                what: "--out".to_owned(),
                expected: "a new or empty folder, or one of a former demo".to_owned(),
                got: format!("{}, which holds other files", folder.display()),
            });
        }
        if !empty {
            std::fs::remove_dir_all(folder).map_err(fault)?;
        }
    }
    std::fs::create_dir_all(folder).map_err(fault)?;
    write_file(&folder.join(MARKER), b"made by brasslink demo; the next demo replaces this folder\n")
}

/// Proposes candidates that reach the bound, and has the script make leads of them; nothing is made a hit.
fn make_leads(
    desk: &Desk,
    store: &crate::store::SqliteStore,
    gallery: &Gallery,
    results: &[CorrelationResult],
) -> Result<Vec<Lead>, Failure> {
    let person = desk.person()?;
    let mut leads = Vec::new();
    for result in results {
        for candidate in propose(store, &desk.clock, "brasslink", gallery, result, PROPOSE_FROM_LOG10_LR)? {
            let reason = format!("demo rule: log10 LR of at least {PROPOSE_FROM_LOG10_LR}");
            leads.push(step(store, &desk.clock, &person, candidate.id(), Move::Judge { reason })?);
        }
    }
    Ok(leads)
}

/// Explained pairs, lists and dossiers that fit one page.
const MOST_SHOWN: usize = 4;

#[allow(clippy::too_many_arguments)]
fn page(
    desk: &Desk,
    store: &crate::store::SqliteStore,
    story: &Story,
    gallery: &Gallery,
    results: &[CorrelationResult],
    known: &Known,
    tally: &LinkTally,
    submitted: &submit::Submitted,
    linked: &Linked,
    (with_trace, right_trace): (usize, usize),
) -> Result<CityReport, Failure> {
    let language = desk.output.language;
    let population = desk.population();
    let made: Vec<&Lead> = story.leads.iter().filter(|l| l.state().carries()).collect();
    let mut outcomes: Vec<(f64, LeadOutcome)> = made
        .iter()
        .map(|lead| {
            let [a, b] = lead.joins().sides();
            let basis = lead.basis();
            let traces = story.graph.inherited.iter().filter(|i| i.leads.contains(lead.id()));
            let traces: BTreeSet<String> = traces.map(|i| i.trace.to_string()).collect();
            let led_to = traces.into_iter().collect::<Vec<_>>().join(", ");
            (
                basis.score,
                LeadOutcome {
                    reference: a.specimen.to_string(),
                    comparison: b.specimen.to_string(),
                    score: basis.score,
                    // The leads were made in this run, with these parameters.
                    likelihood_ratio: desk.parameters.model.likelihood_ratio(
                        basis.score,
                        Region::BreechFace,
                        Modality::Heights,
                        &desk.parameters.compare,
                    ),
                    state: lead_state(lead.state()),
                    truth: known.pair(&a.specimen, &b.specimen),
                    led_to: Phrase::same(led_to),
                },
            )
        })
        .collect();
    outcomes.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.reference.cmp(&b.1.reference)));

    Ok(CityReport {
        title: Phrase::new("A simulated city", "Una ciudad simulada"),
        subtitle: Phrase::new(
            "Everything on this page is simulated: pistols, shootings, people, dealers and traces. Leads were made by a script, not by a \
             person, and none is a hit.",
            "Todo en esta página es simulado: pistolas, disparos, personas, armerías y rastreos. Las pistas las hizo un programa, no una \
             persona, y ninguna es una coincidencia confirmada.",
        ),
        numbers: numbers(story, submitted, linked),
        tally: Some(tally.clone()),
        summary: vec![
            Phrase::new(
                format!(
                    "{} leads were made from candidates with a log10 LR of at least {PROPOSE_FROM_LOG10_LR}.",
                    made.len()
                ),
                format!(
                    "Se hicieron {} pistas de candidatos con log10 LR de al menos {PROPOSE_FROM_LOG10_LR}.",
                    made.len()
                ),
            ),
            Phrase::new(
                format!(
                    "{with_trace} incidents inherit a trace record over their leads; for {right_trace} of them it is a trace of the pistol \
                     that fired."
                ),
                format!(
                    "{with_trace} incidentes heredan un rastreo por sus pistas; en {right_trace} de ellos es un rastreo de la pistola que \
                     disparó."
                ),
            ),
        ],
        pairs: pairs(desk, store, &made, known)?,
        outcomes: outcomes.into_iter().map(|(_, o)| o).collect(),
        lists: shown_lists(story, gallery, results, &made, known, population),
        dossiers: shown_firearms(story)
            .iter()
            .map(|f| {
                let mut one = dossier(story, f, None);
                one.truth = truth_of_firearm(story, known, f);
                one
            })
            .collect(),
        plots: plots(gallery, results, known, language)?,
        failures: submitted
            .files
            .iter()
            .filter_map(|f| match &f.result {
                crate::engine::submit::Verdict::Failed { why, .. } => Some(Unused {
                    item: f.file.clone(),
                    stage: Phrase::new("submission", "ingreso"),
                    reason: Phrase::same(why.clone()),
                }),
                verdict => verdict.gate().filter(|gate| gate.verdict == GateVerdict::Rejected).map(|gate| Unused {
                    item: f.file.clone(),
                    stage: Phrase::new("quality gate", "control de calidad"),
                    reason: gate
                        .reasons
                        .first()
                        .map_or_else(Phrase::default, |why| Phrase::new(why.english.clone(), why.spanish.clone())),
                }),
            })
            .collect(),
        provenance: provenance(desk, store, &[])?,
        disclosure: crate::report::view::Disclosure::Masked,
    })
}

fn numbers(story: &Story, submitted: &submit::Submitted, linked: &Linked) -> Vec<Measure> {
    let countries: BTreeSet<&str> = story.incidents.values().filter_map(|i| i.country.as_deref()).collect();
    let test_fires = story
        .specimens
        .values()
        .filter(|s| story.exhibits.get(&s.exhibit).is_some_and(|e| e.origin.firearm().is_some()));
    let measure = |english: &str, spanish: &str, value: usize| Measure {
        name: Phrase::new(english, spanish),
        value: Phrase::same(value.to_string()),
        note: Phrase::default(),
    };
    vec![
        measure("cartridge cases", "casquillos", submitted.files.len()),
        measure("of these test fires", "de ellos, de prueba", test_fires.count()),
        measure("incidents", "incidentes", story.incidents.len()),
        measure("countries", "países", countries.len()),
        measure("firearms on the register", "armas en el registro", linked.firearms),
        measure("trace records", "registros de rastreo", linked.traces),
        measure("traces linked by rule", "rastreos vinculados por regla", linked.automatic),
        measure("links for a person to decide", "vínculos por decidir una persona", linked.review),
    ]
}

/// The strongest lead, the weakest, the strongest false one, and the strongest between two countries.
fn pairs(
    desk: &Desk,
    store: &crate::store::SqliteStore,
    made: &[&Lead],
    known: &Known,
) -> Result<Vec<Figure>, Failure> {
    let truth = |lead: &Lead| {
        let [a, b] = lead.joins().sides();
        known.pair(&a.specimen, &b.specimen)
    };
    let mut ordered: Vec<&Lead> = made.to_vec();
    ordered.sort_by(|a, b| b.basis().score.total_cmp(&a.basis().score).then_with(|| a.id().cmp(b.id())));
    let strongest = ordered.first();
    let weakest = ordered.last();
    let middle = ordered.get(ordered.len() / 2);
    let wrong = ordered.iter().find(|l| truth(l) == Some(Truth::DifferentFirearms));
    let mut figures = Vec::new();
    let mut seen = BTreeSet::new();
    for (lead, english, spanish) in [
        (strongest, "The strongest lead.", "La pista más fuerte."),
        (middle, "A lead of middling strength.", "Una pista de fuerza media."),
        (weakest, "The weakest lead.", "La pista más débil."),
        (wrong, "The strongest false lead.", "La pista falsa más fuerte."),
    ] {
        let Some(lead) = lead else { continue };
        if !seen.insert(lead.id().clone()) {
            continue;
        }
        let [a, b] = lead.joins().sides();
        let says = truth(lead).map_or("", |t| t.words(Language::En));
        let dice = truth(lead).map_or("", |t| t.words(Language::Es));
        let caption = Phrase::new(format!("{english} The truth: {says}."), format!("{spanish} La verdad: {dice}."));
        figures.push(pair_figure(desk, store, &a.specimen, &b.specimen, caption)?);
    }
    Ok(figures)
}

/// Lists of evidence: some with a lead, and one without any, as most lists are in practice.
fn shown_lists(
    story: &Story,
    gallery: &Gallery,
    results: &[CorrelationResult],
    made: &[&Lead],
    known: &Known,
    population: &str,
) -> Vec<crate::report::html::CandidateList> {
    let mut with = Vec::new();
    let mut without = Vec::new();
    let mut seen = BTreeSet::new();
    for result in results {
        let Some(member) = gallery.place(&result.query).and_then(|p| gallery.members.get(p)) else { continue };
        let Some(incident) = member.incident else { continue };
        if !seen.insert(incident) {
            continue;
        }
        let specimen = member.specimen_id();
        let led = made.iter().any(|l| l.joins().has(&specimen));
        let room = if led { with.len() < MOST_SHOWN } else { without.is_empty() };
        if !room {
            continue;
        }
        let truth = |a: &SpecimenId, b: &SpecimenId| known.pair(a, b);
        if let Some(list) = candidate_list(story, result, &specimen, 6, population, &truth) {
            if led { with.push(list) } else { without.push(list) }
        }
    }
    with.extend(without);
    with
}

/// The firearms that the join tells most of: joined to incidents, with a trace.
fn shown_firearms(story: &Story) -> Vec<FirearmId> {
    let mut guns: Vec<_> = story.graph.guns.iter().filter(|g| !g.shootings.is_empty()).collect();
    guns.sort_by(|a, b| {
        let rank = |g: &crate::trace::graph::GunSummary| {
            (g.time_to_crime.is_some(), g.shown_trace.is_some(), g.shootings.len())
        };
        rank(b).cmp(&rank(a)).then_with(|| a.firearm.cmp(&b.firearm))
    });
    guns.into_iter().take(MOST_SHOWN).map(|g| g.firearm.clone()).collect()
}

fn truth_of_firearm(story: &Story, known: &Known, firearm: &FirearmId) -> Phrase {
    let own = story
        .specimens
        .values()
        .find(|s| story.exhibits.get(&s.exhibit).and_then(|e| e.origin.firearm()).is_some_and(|f| f == firearm));
    let Some(pistol) = own.and_then(|s| known.pistol.get(&s.id)) else { return Phrase::default() };
    let incidents: BTreeSet<String> = story
        .specimens
        .values()
        .filter(|s| known.pistol.get(&s.id) == Some(pistol))
        .filter_map(|s| match unit_of(story, &s.id) {
            Some(Unit::Incident(incident)) => Some(incident.to_string()),
            _ => None,
        })
        .collect();
    let list = incidents.into_iter().collect::<Vec<_>>().join(", ");
    Phrase::new(format!("This pistol fired in: {list}."), format!("Esta pistola disparó en: {list}."))
}

fn plots(
    gallery: &Gallery,
    results: &[CorrelationResult],
    known: &Known,
    language: Language,
) -> Result<Vec<Figure>, Failure> {
    let (mut km, mut knm) = (Vec::new(), Vec::new());
    for result in results {
        let Some(query) = gallery.place(&result.query).and_then(|p| gallery.members.get(p)) else { continue };
        for candidate in &result.candidates {
            match known.pair(&query.specimen_id(), &candidate.specimen) {
                Some(Truth::SameFirearm) => km.push(candidate.score),
                Some(Truth::DifferentFirearms) => knm.push(candidate.score),
                None => {}
            }
        }
    }
    if km.is_empty() && knm.is_empty() {
        return Ok(Vec::new());
    }
    let view = ScoreHistogram {
        title: Phrase::new("Scores of all listed candidates", "Puntuaciones de todos los candidatos listados"),
        x_label: Phrase::new("fused score (no unit)", "puntuación fusionada (sin unidad)"),
        km,
        knm,
        threshold: None,
        note: Phrase::new(
            "Candidates of a gallery search: the highest of many non-mates each time.",
            "Candidatos de una búsqueda: cada vez los más altos de muchos no compañeros.",
        ),
    };
    let drawing = score_histogram(&view, language).map_err(undrawn)?;
    Ok(vec![Figure { heading: Phrase::default(), drawing, caption: Phrase::default() }])
}

fn words(done: &Shown, language: Language) -> String {
    let stages: Vec<String> =
        done.seconds.iter().map(|(name, s)| format!("{} {s:.1} s", name.get(2..).unwrap_or(name))).collect();
    language.pick(
        format!(
            "{} cases, {} accepted, {} unsuitable\n{} leads, {} of them false\nlinks of incidents and firearms: {} in truth, {} found, \
             {} missed\n{} incidents inherit a trace, {} the right one\n{}\nreport: {}\ngallery: {} (use it with --gallery)\n",
            done.cases,
            done.accepted,
            done.unsuitable,
            done.leads,
            done.false_leads,
            done.links_in_truth,
            done.links_found,
            done.links_missed,
            done.incidents_with_trace,
            done.incidents_with_right_trace,
            stages.join(", "),
            done.report.display(),
            done.gallery.display(),
        ),
        format!(
            "{} casquillos, {} aceptados, {} no aptos\n{} pistas, {} de ellas falsas\nvínculos de incidentes y armas: {} en la verdad, \
             {} hallados, {} omitidos\n{} incidentes heredan un rastreo, {} el correcto\n{}\ninforme: {}\ngalería: {} (úsela con --gallery)\n",
            done.cases,
            done.accepted,
            done.unsuitable,
            done.leads,
            done.false_leads,
            done.links_in_truth,
            done.links_found,
            done.links_missed,
            done.incidents_with_trace,
            done.incidents_with_right_trace,
            stages.join(", "),
            done.report.display(),
            done.gallery.display(),
        ),
    )
}
