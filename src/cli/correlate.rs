//! `correlate`: ranked candidates with the receipt of the search, and the candidates that reach the bound for a lead.

use super::Desk;
use super::all_marks::all_marks_words;
use super::arguments::CorrelateArgs;
use super::batch::{batch_words, csv_fault, finished, leads_csv, left_out_words};
use super::control::flagged_words;
use super::failure::{Failure, write_file};
use super::present::{lr_words, picked_words, score_words, table};
use crate::casework::{CorrelationResult, Origin};
use crate::engine::Context;
use crate::engine::all_marks::{AllMarks, by_all_marks};
use crate::engine::batch::{Batch, batch as search_batch};
use crate::engine::by_pin::Searched;
use crate::engine::control::{Flagged, flagged};
use crate::engine::correlate::{Receipt, Request};
use crate::engine::error::EngineError;
use crate::engine::event::{Pointed, together};
use crate::engine::filter::{Field, Filter};
use crate::engine::gallery::{Gallery, Member};
use crate::engine::parameters::Parameters;
use crate::engine::ports::{SearchedAs, Store as _};
use crate::engine::reprepare::awaits;
use crate::engine::review::PROPOSE_FROM_LOG10_LR;
use crate::engine::signature_only::able_to_ask;
use crate::ids::MarkId;
use crate::language::Language;
use crate::mark::Modality;
use crate::report::view::percent;
use crate::store::SqliteStore;
use serde::Serialize;
use std::time::Instant;

/// What `correlate --json` prints.
#[derive(Debug, Serialize)]
pub struct Correlated {
    /// Marks asked with.
    pub queries: usize,
    /// Marks that had been asked with before, with the same parameters in the same gallery.
    pub skipped: usize,
    /// The lists, in the order of entry; of a batch only where they are asked for, as JSON or as a table.
    pub results: Vec<CorrelationResult>,
    /// Of one exhibit, specimen or incident: where all its marks point to together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub event: Vec<Pointed>,
    /// What the lists of a specimen found in one order by all its marks, where it has several kinds of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all_marks: Vec<AllMarks>,
    /// Acquisitions in the lists that were made while their instrument was out of control.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flagged: Vec<Flagged>,
    /// Candidates that reach the bound for a lead and were not there before; pairs and times; whether it was stopped.
    #[serde(flatten)]
    pub batch: Batch,
    /// Wall-clock seconds of the searches.
    pub seconds: f64,
}

/// The desk for what the arguments ask for, with their cuts: an exhibit of which there are only photographs is searched among photographs.
///
/// # Errors
/// Those of the store; cuts that do not follow each other.
pub fn at_its_desk(desk: Desk, args: &CorrelateArgs) -> Result<Desk, Failure> {
    let funnel = args.cuts.over(&desk.parameters.funnel)?;
    let mut desk = among_its_kind(desk, args)?;
    desk.parameters.funnel = funnel;
    Ok(desk)
}

fn among_its_kind(mut desk: Desk, args: &CorrelateArgs) -> Result<Desk, Failure> {
    let Some(name) = args.exhibit.as_deref() else { return Ok(desk) };
    let store = desk.store(false)?;
    let kind = desk.parameters.prepare.modality();
    let has = |desk: &Desk| Ok::<bool, Failure>(!desk.open_gallery(&store)?.members.places_of(name).is_empty());
    // Of an incident only the opened pins tell whether any is its own.
    let pin = || {
        let pins = desk.open_pins(&store, Some(name))?;
        Ok::<bool, Failure>(pins.is_some_and(|pins| !pins.gallery.members.places_of(name).is_empty()))
    };
    if kind == Modality::Heights
        && store.count_marks(&Gallery::filter(&desk.parameters.photographs()?))? > 0
        && !has(&desk)?
        && !pin()?
    {
        let heights = std::mem::replace(&mut desk.parameters, Parameters::built_in()?.photographs()?);
        if !has(&desk)? {
            desk.parameters = heights;
        }
    }
    Ok(desk)
}

/// Runs the command.
///
/// # Errors
/// An unknown exhibit; [`EngineError::Stopped`] when asked to stop, what was done is kept and shown.
pub fn run(desk: &Desk, args: &CorrelateArgs) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let faces = Searched { parameters: desk.parameters.clone(), gallery: desk.open_gallery(&store)? };
    let pins = desk.open_pins(&store, args.exhibit.as_deref())?;
    let kinds: Vec<&Searched> = std::iter::once(&faces).chain(&pins).collect();
    let mut signature_only = 0;
    let mut asked = Vec::new();
    for kind in &kinds {
        let (able, bare) = able_to_ask(&store, &kind.gallery, places(args, &kind.gallery)?)?;
        signature_only += bare;
        asked.push(args.block.map_or(able.clone(), |part| part.share(&able).to_vec()));
    }
    if let Some(name) = args.exhibit.as_deref().filter(|_| asked.iter().all(Vec::is_empty)) {
        if signature_only > 0 {
            return Err(EngineError::SignatureOnly { what: name.to_owned() }.into());
        }
        return Err(nothing_to_ask(&store, &desk.parameters, name)?);
    }
    let filter = Filter::from(&args.filter);
    let many = args.exhibit.is_none();
    let keep = !many || desk.output.json || args.csv.is_some();
    let (mut results, mut batch, mut skipped) = (Vec::new(), Batch::default(), 0);
    let start = Instant::now();
    for (kind, asked) in kinds.iter().zip(&asked).filter(|(_, asked)| !asked.is_empty()) {
        if batch.stopped {
            break;
        }
        let filtered = if filter.is_open() { None } else { Some(filter.apply(&kind.gallery)) };
        let request = Request { top: args.top, exhaustive: args.exhaustive, filter: filtered.as_ref() };
        let queries =
            if many { not_yet_done(&store, kind, asked, (args.exhaustive, filter.asked()))? } else { asked.clone() };
        skipped += asked.len() - queries.len();
        batch.and(search_batch(
            &Context { parameters: &kind.parameters, ..desk.context(&store) },
            &kind.gallery,
            &queries,
            request,
            Some(PROPOSE_FROM_LOG10_LR),
            // The lists of a long batch are in the gallery, and need not be in memory too.
            &mut |result| results.extend(keep.then_some(result)),
        )?);
    }
    batch.totals.signature_only_queries = signature_only as u64;
    desk.bar.finish();
    if let Some(path) = &args.csv {
        write_file(path, csv_of(&results)?.as_bytes())?;
    }
    if let Some(path) = &args.leads_csv {
        write_file(path, leads_csv(&batch.proposed)?.as_bytes())?;
    }
    let queries = batch.totals.queries as usize;
    let event = if many { Vec::new() } else { event(&kinds, &results) };
    let all_marks = if many { Vec::new() } else { all_marks(&desk.context(&store), &kinds, &results, args.top)? };
    let flagged = flagged_in(&results, flagged(&store)?);
    let done = Correlated {
        queries,
        skipped,
        results,
        event,
        all_marks,
        flagged,
        batch,
        seconds: start.elapsed().as_secs_f64(),
    };
    desk.output.show(&done, |language| {
        let asked = asked.iter().map(Vec::len).sum();
        if many { batch_words(&done, asked, language) } else { list_words(&done, &kinds, args.top, language) }
    })?;
    if done.batch.stopped { Err(EngineError::Stopped.into()) } else { Ok(()) }
}

/// Those of the flagged acquisitions of which a mark stands in the lists.
fn flagged_in(results: &[CorrelationResult], all: Vec<Flagged>) -> Vec<Flagged> {
    if all.is_empty() {
        return all;
    }
    let listed = results.iter().flat_map(|r| std::iter::once(&r.query).chain(r.candidates.iter().map(|c| &c.mark)));
    // A mark is named after its acquisition, with the region and the preparation behind it.
    let acquisitions: std::collections::BTreeSet<&str> = listed
        .filter_map(|mark| {
            mark.as_str().rsplit_once('/').and_then(|(rest, _)| rest.rsplit_once('/')).map(|(own, _)| own)
        })
        .collect();
    all.into_iter().filter(|one| acquisitions.contains(one.acquisition.as_str())).collect()
}

/// The member of a gallery that a mark is, whichever kind it is of.
fn member<'a>(kinds: &[&'a Searched], mark: &MarkId) -> Option<Member<'a>> {
    kinds.iter().find_map(|kind| kind.gallery.members.get(kind.gallery.place(mark)?))
}

/// Where the marks of the first kind that was asked with point to together.
fn event(kinds: &[&Searched], results: &[CorrelationResult]) -> Vec<Pointed> {
    let of_kind = kinds.iter().map(|kind| {
        let own = results.iter().filter(|result| kind.gallery.place(&result.query).is_some());
        together(&kind.gallery, &own.cloned().collect::<Vec<_>>(), &kind.parameters.model)
    });
    of_kind.into_iter().find(|pointed| !pointed.is_empty()).unwrap_or_default()
}

/// What the lists of each specimen found, in one order by all its marks; `context` is that of breech faces.
fn all_marks(
    context: &Context<'_>,
    kinds: &[&Searched],
    results: &[CorrelationResult],
    top: usize,
) -> Result<Vec<AllMarks>, EngineError> {
    let mut of: Vec<(&str, Vec<&CorrelationResult>)> = Vec::new();
    for result in results {
        let Some(specimen) = member(kinds, &result.query).map(|member| member.specimen) else { continue };
        match of.iter_mut().find(|(known, _)| *known == specimen) {
            Some((_, lists)) => lists.push(result),
            None => of.push((specimen, vec![result])),
        }
    }
    let mut ordered = Vec::new();
    for (_, lists) in &of {
        ordered.extend(by_all_marks(context, lists, top)?);
    }
    Ok(ordered)
}

/// The places among marks of one kind that the arguments ask for.
fn places(args: &CorrelateArgs, gallery: &Gallery) -> Result<Vec<usize>, Failure> {
    if args.all {
        return Ok((0..gallery.members.len()).collect());
    }
    if let Some(since) = &args.since {
        let fault = || Failure::Usage {
            what: "--since".to_owned(),
            expected: "a date, YYYY-MM-DD".to_owned(),
            got: since.clone(),
        };
        let date: jiff::civil::Date = since.parse().map_err(|_| fault())?;
        let from = date.to_zoned(jiff::tz::TimeZone::system()).map_err(|_| fault())?.timestamp();
        return Ok((0..gallery.members.len())
            .filter(|at| gallery.members.get(*at).is_some_and(|m| m.received >= from))
            .collect());
    }
    Ok(gallery.members.places_of(args.exhibit.as_deref().unwrap_or_default()))
}

/// Why there is nothing to ask with: prepared by another version, known and unsuitable, or unknown.
fn nothing_to_ask(store: &SqliteStore, parameters: &Parameters, name: &str) -> Result<Failure, Failure> {
    let awaits = awaits(store, parameters, name)?;
    let known = store.specimens(None)?.into_iter().any(|s| s.exhibit.as_str() == name || s.id.as_str() == name);
    Ok(Failure::Engine(EngineError::Input {
        what: format!("exhibit or specimen \"{name}\""),
        expected: "one of this gallery with a suitable mark".to_owned(),
        got: match (awaits, known) {
            (true, _) => "one prepared by another version; run brasslink resign --from-scans".to_owned(),
            (false, true) => "one whose marks are all unsuitable".to_owned(),
            (false, false) => "an unknown one".to_owned(),
        },
    }))
}

/// Leaves out what was asked before with the same parameters and filter in the same gallery, and no less thoroughly: a batch that was stopped goes on.
fn not_yet_done(
    store: &SqliteStore,
    Searched { parameters, gallery }: &Searched,
    places: &[usize],
    (exhaustive, asked): (bool, Vec<(Field, String)>),
) -> Result<Vec<usize>, Failure> {
    let how = SearchedAs {
        parameters: parameters.hash(),
        generation: gallery.generation,
        exhaustive,
        asked: asked.into_iter().map(|(field, asked)| (field.word(), asked)).collect(),
    };
    let done: std::collections::HashSet<u64> = store.searched(&how)?.into_iter().collect();
    let open = |at: &usize| gallery.members.get(*at).is_some_and(|m| !done.contains(&m.sequence));
    Ok(places.iter().copied().filter(open).collect())
}

fn list_words(done: &Correlated, kinds: &[&Searched], top: usize, language: Language) -> String {
    let mut text = String::new();
    for result in &done.results {
        text.push_str(&format!("{} {}", language.pick("correlation of", "correlación de"), result.query));
        let by_pin = kinds.iter().skip(1).any(|kind| kind.gallery.place(&result.query).is_some());
        text.push_str(if by_pin { language.pick(" by its firing pin\n", " por su percutor\n") } else { "\n" });
        let mut drawn = table([
            "#",
            language.pick("specimen", "espécimen"),
            language.pick("exhibit", "indicio"),
            language.pick("incident / firearm", "incidente / arma"),
            language.pick("score", "puntuación"),
            "log10 LR [95 %]",
            language.pick("as picked", "al elegirla"),
            language.pick("congruent cells", "celdas congruentes"),
        ]);
        for (at, candidate) in result.candidates.iter().take(top).enumerate() {
            let origin = member(kinds, &candidate.mark)
                .and_then(|m| {
                    let test_fire = || Some(format!("{} {}", language.pick("test fire of", "prueba de"), m.firearm?));
                    m.incident.map(str::to_owned).or_else(test_fire)
                })
                .unwrap_or_default();
            drawn.add_row([
                (at + 1).to_string(),
                candidate.specimen.to_string(),
                candidate.exhibit.to_string(),
                origin,
                score_words(candidate.score),
                lr_words(candidate.log10_lr, candidate.log10_lr_interval),
                picked_words(candidate.log10_lr_of_search, candidate.log10_lr, candidate.log10_lr_interval),
                format!("{} / {}", candidate.cmc, candidate.cells),
            ]);
        }
        text.push_str(&format!("{drawn}\n"));
        let last = result.candidates.iter().take(top).enumerate().next_back();
        if let Some((rank, chance)) = last.and_then(|(at, last)| Some((at + 1, last.mate_below?))) {
            text.push_str(&format!("{}\n", below_words(rank, chance, language)));
        }
        if let Ok(receipt) = serde_json::from_value::<Receipt>(result.receipt.clone()) {
            text.push_str(&format!("{}\n\n", receipt.words(language)));
        }
        if let Some(list) = done.all_marks.iter().find(|list| list.queries.last() == Some(&result.query)) {
            text.push_str(&all_marks_words(list, language));
        }
    }
    text.push_str(&left_out_words(&done.batch.totals, language));
    // Of the kind that the event was told by.
    let asked = |kind: &&&Searched| done.results.iter().filter(|one| kind.gallery.place(&one.query).is_some()).count();
    let marks = kinds.iter().map(|kind| asked(&kind)).find(|marks| *marks > 0).unwrap_or(0);
    if marks > 1 {
        text.push_str(&event_words(&done.event, marks, top, language));
    }
    text.push_str(&flagged_words(&done.flagged, language));
    text.push_str(language.pick(
        "log10 LR is of the pair alone; \"as picked\" is of a pair that was the best of a search, where chance picks too.\n",
        "log10 LR es del par por sí solo; \"al elegirla\" es de un par que fue el mejor de una búsqueda, donde el azar también elige.\n",
    ));
    text.push_str(language.pick(
        "Candidates are for a person to judge; they are no identifications.\n",
        "Los candidatos son para que los juzgue una persona; no son identificaciones.\n",
    ));
    text
}

/// The chance, 0 to 1, that a mate lies below the last rank shown.
fn below_words(rank: usize, chance: f64, language: Language) -> String {
    let chance = percent(chance);
    language.pick(
        format!("If a mate is among the eligible marks, the estimated chance that it lies below rank {rank} is {chance}."),
        format!("Si hay un compañero entre las marcas elegibles, la probabilidad estimada de que quede por debajo del rango {rank} es del {chance}."),
    )
}

/// What several marks point to together.
fn event_words(event: &[Pointed], marks: usize, top: usize, language: Language) -> String {
    let mut drawn = table([
        "#",
        language.pick("incident / firearm", "incidente / arma"),
        language.pick("best pair", "mejor par"),
        language.pick("score", "puntuación"),
        "log10 LR [95 %]",
        language.pick("as picked", "al elegirla"),
        language.pick("specimens that reach the bound", "especímenes que alcanzan el umbral"),
    ]);
    for (at, one) in event.iter().take(top).enumerate() {
        let best = &one.best;
        let origin = match &one.origin {
            Origin::Evidence { incident } => incident.to_string(),
            Origin::TestFire { firearm } => format!("{} {firearm}", language.pick("test fire of", "prueba de")),
        };
        drawn.add_row([
            (at + 1).to_string(),
            origin,
            format!("{} - {}", one.query, best.specimen),
            score_words(best.score),
            lr_words(best.log10_lr, best.log10_lr_interval),
            picked_words(one.log10_lr_of_event, best.log10_lr, best.log10_lr_interval),
            format!("{} x {}", one.specimens, one.found),
        ]);
    }
    let title = language.pick(
        format!("the {marks} marks together: incidents and firearms by the best pair, as picked among all pairs"),
        format!("las {marks} marcas juntas: incidentes y armas por su mejor par, como elegido entre todos los pares"),
    );
    format!("{title}\n{drawn}\n")
}

/// The candidates of all lists as one CSV table.
///
/// # Errors
/// Never in practice: the table is written to memory.
pub fn csv_of(results: &[CorrelationResult]) -> Result<String, Failure> {
    let text = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record([
            "query_mark",
            "rank",
            "mark",
            "specimen",
            "exhibit",
            "score",
            "log10_lr",
            "log10_lr_low",
            "log10_lr_high",
            "log10_lr_of_search",
            "cmc",
            "cells",
            "mate_below",
        ])
        .map_err(csv_fault)?;
    for result in results {
        for (at, c) in result.candidates.iter().enumerate() {
            writer
                .write_record([
                    result.query.to_string(),
                    (at + 1).to_string(),
                    c.mark.to_string(),
                    c.specimen.to_string(),
                    c.exhibit.to_string(),
                    c.score.to_string(),
                    text(c.log10_lr),
                    text(c.log10_lr_interval.map(|i| i.0)),
                    text(c.log10_lr_interval.map(|i| i.1)),
                    text(c.log10_lr_of_search),
                    c.cmc.to_string(),
                    c.cells.to_string(),
                    text(c.mate_below),
                ])
                .map_err(csv_fault)?;
        }
    }
    finished(writer)
}
