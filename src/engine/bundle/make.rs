//! From the store to a bundle.

use super::FORMAT;
use super::archive::pack;
use super::contents::{
    Contents, GraphKept, MANIFEST, Manifest, ManifestFile, NAMES, Platform, Population, RESULTS, Scan, TraceKept, json,
};
use super::numbers::{Numbers, recompute};
use super::registers::{RegistersKept, write_names};
use super::replay::{Difference, against_stored};
use crate::casework::{AuditEvent, Lead};
use crate::engine::error::EngineError;
use crate::engine::parameters::{Parameters, VERSION};
use crate::engine::ports::{Clock, Store};
use crate::engine::review::mark_of;
use crate::engine::story::{Story, graph_ends, story};
use crate::engine::traces::catalogues;
use crate::ids::{Digest, FirearmId, LeadId, SpecimenId, TraceId};
use crate::trace::graph::Registers;
use crate::trace::linkage::Weights;
use crate::trace::{Purpose, StoredTrace};
use std::collections::{BTreeMap, BTreeSet};

/// A bundle that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The zip.
    pub bytes: Vec<u8>,
    /// Its manifest.
    pub manifest: Manifest,
    /// Its numbers.
    pub numbers: Numbers,
    /// What the gallery has stored otherwise than the bundle computes it, and why that may be; empty where all is equal.
    pub stored_otherwise: Vec<Difference>,
}

/// Gathers a lead, computes its numbers from what was gathered, and packs both. The caller has logged a look at names before it passes a purpose.
///
/// # Errors
/// An unknown lead; scans or marks that are kept no more; those of the store.
pub fn make(
    store: &dyn Store,
    clock: &dyn Clock,
    by: &str,
    lead: &LeadId,
    (parameters, weights): (&Parameters, &Weights),
    purpose: Option<&Purpose>,
    platform: &Platform,
) -> Result<Made, EngineError> {
    let lead = store.lead(lead)?;
    let story = story(store)?;
    let contents = contents(store, &story, lead, parameters, weights)?;
    let mut files = contents.files()?;
    // From the files, not from memory: what a replay reads is what was computed from.
    let numbers = recompute(&Contents::of(&files)?)?;
    files.insert(RESULTS.to_owned(), json(RESULTS, &numbers)?);
    if let Some(purpose) = purpose {
        let of_bundle: BTreeSet<&TraceId> = contents.traces.iter().map(|t| &t.record.trace).collect();
        let named: Vec<StoredTrace> =
            story.traces.values().filter(|t| of_bundle.contains(&t.trace)).map(StoredTrace::from).collect();
        files.insert(NAMES.to_owned(), json(NAMES, &named)?);
        if let Some(kept) = &contents.registers {
            write_names(&mut files, kept, purpose)?;
        }
    }
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        version: VERSION.to_owned(),
        parameters: contents.parameters.hash(),
        platform: platform.clone(),
        made: clock.now(),
        by: by.to_owned(),
        lead: contents.lead.id().to_string(),
        names_shown_for: purpose.map(|p| (p.case_number().to_owned(), p.reason().to_owned())),
        files: files
            .iter()
            .map(|(name, bytes)| ManifestFile {
                name: name.clone(),
                bytes: bytes.len() as u64,
                sha256: Digest::of(bytes),
            })
            .collect(),
    };
    files.insert(MANIFEST.to_owned(), json(MANIFEST, &manifest)?);
    let stored_otherwise = against_stored(&contents, &numbers)?;
    Ok(Made { bytes: pack(&files)?, manifest, numbers, stored_otherwise })
}

fn contents(
    store: &dyn Store,
    story: &Story,
    lead: Lead,
    parameters: &Parameters,
    weights: &Weights,
) -> Result<Contents, EngineError> {
    let [a, b] = lead.joins().sides().map(|side| side.specimen.clone());
    // The side that the search asked with carries the cells, as it did then.
    let asked = store.mark(&lead.basis().query).ok().is_some_and(|context| context.specimen == b);
    let (reference, searched) = if asked { (b, a) } else { (a, b) };
    let (one, received_one, mark_one) = scan(store, story, &reference, parameters, "reference")?;
    let (other, received_other, mark_other) = scan(store, story, &searched, parameters, "searched")?;
    let around = Around::of(story, [&reference, &searched]);
    let traces: Vec<TraceKept> = store
        .traces()?
        .into_iter()
        .filter(|version| around.traces.contains(&version.record.trace))
        .map(|version| TraceKept { version: version.version, imported: version.imported, record: version.record })
        .collect();
    let links =
        story.record_links.iter().filter(|l| around.firearms.contains(&l.link.firearm)).cloned().collect::<Vec<_>>();
    let specimens: Vec<_> = story.specimens.values().filter(|s| around.specimens.contains(&s.id)).cloned().collect();
    let exhibits: Vec<_> =
        story.exhibits.values().filter(|e| specimens.iter().any(|s| s.exhibit == e.id)).cloned().collect();
    let incidents: Vec<_> = story
        .incidents
        .values()
        .filter(|i| exhibits.iter().any(|e| e.origin.incident() == Some(&i.id)))
        .cloned()
        .collect();
    let leads: Vec<Lead> = story
        .leads
        .iter()
        .filter(|l| l.joins().sides().iter().all(|side| around.specimens.contains(&side.specimen)))
        .cloned()
        .collect();
    let (graph_incidents, graph_specimens, ballistic) = graph_ends(&incidents, &specimens, &story.exhibits, &leads);
    let named: BTreeSet<String> = std::iter::once(lead.id().to_string())
        .chain(leads.iter().map(|l| l.id().to_string()))
        .chain(specimens.iter().map(|s| s.id.to_string()))
        .chain(exhibits.iter().map(|e| e.id.to_string()))
        .chain(incidents.iter().map(|i| i.id.to_string()))
        .chain(around.firearms.iter().map(ToString::to_string))
        .chain(around.traces.iter().map(ToString::to_string))
        .chain([one.acquisition.id.to_string(), other.acquisition.id.to_string()])
        .collect();
    let speaks = |event: &AuditEvent| {
        event.entry.subject.split_once(' ').is_some_and(|(_, name)| named.contains(name))
            || named.contains(&event.entry.subject)
    };
    let all = Registers { test_fires: &story.test_fires, custody: &story.custody, transactions: &story.transactions };
    Ok(Contents {
        registers: Some(RegistersKept::of(all, &around.firearms, &around.specimens)),
        firearms: story.firearms.values().filter(|f| around.firearms.contains(&f.firearm)).cloned().collect(),
        population: population(story),
        catalogues: catalogues(store)?.tables().to_vec(),
        weights: weights.clone(),
        audit: store.audit(0, usize::MAX)?.into_iter().filter(speaks).collect(),
        audit_head: store.verify_audit()?,
        graph: GraphKept { incidents: graph_incidents, specimens: graph_specimens, ballistic },
        parameters: parameters.clone(),
        lead,
        scans: [one, other],
        received: [received_one, received_other],
        marks: [mark_one, mark_other],
        incidents,
        exhibits,
        specimens,
        traces,
        links,
    })
}

/// The scan of a specimen whose mark stands for it, with its bytes and those of the mark.
fn scan(
    store: &dyn Store,
    story: &Story,
    specimen: &SpecimenId,
    parameters: &Parameters,
    side: &str,
) -> Result<(Scan, Vec<u8>, Vec<u8>), EngineError> {
    let (id, _) = mark_of(store, specimen, parameters)?;
    let record = store.mark(&id)?.mark;
    let acquisition = store.acquisition(&record.acquisition)?;
    let version = record.outline.unwrap_or(1);
    let outline = store.outlines(&acquisition.id)?.into_iter().find(|outline| outline.version == version);
    let received = store.received_bytes(&acquisition.id)?;
    let mark = store.mark_bytes(&id)?;
    let ending: String = std::path::Path::new(&acquisition.file_name)
        .extension()
        .and_then(|e| e.to_str())
        .map(|e| e.chars().filter(char::is_ascii_alphanumeric).take(8).collect())
        .unwrap_or_default();
    let scan = Scan {
        received: format!("scans/{side}.{}", if ending.is_empty() { "bin" } else { &ending }),
        mark: format!("marks/{side}.mark"),
        acquisition,
        record,
        outline,
        calibre: story.specimens.get(specimen).and_then(|s| s.calibre.clone()),
    };
    Ok((scan, received, mark))
}

/// What the two cases of a lead reach.
struct Around {
    specimens: BTreeSet<SpecimenId>,
    firearms: BTreeSet<FirearmId>,
    traces: BTreeSet<TraceId>,
}

impl Around {
    fn of(story: &Story, pair: [&SpecimenId; 2]) -> Self {
        let mut specimens: BTreeSet<SpecimenId> = pair.into_iter().cloned().collect();
        let mut firearms: BTreeSet<FirearmId> = BTreeSet::new();
        for cluster in story.graph.clusters.iter().filter(|c| pair.iter().any(|s| c.specimens.contains(s))) {
            specimens.extend(cluster.specimens.iter().cloned());
            firearms.extend(cluster.firearms.iter().cloned());
        }
        let fired = |s: &SpecimenId| {
            story.specimens.get(s).and_then(|s| story.exhibits.get(&s.exhibit)).and_then(|e| e.origin.firearm())
        };
        firearms.extend(specimens.iter().filter_map(fired).cloned());
        // A case that the register gives to another firearm brings that one in: the contradiction is part of the evidence.
        let told = story.test_fires.iter().filter(|t| specimens.contains(&t.specimen));
        firearms.extend(told.map(|t| t.firearm.clone()));
        // All test fires of a firearm belong to its story, whether a lead joins them or not.
        specimens.extend(
            story
                .specimens
                .values()
                .filter(|s| fired(&s.id).is_some_and(|f| firearms.contains(f)))
                .map(|s| s.id.clone()),
        );
        let linked = story.record_links.iter().filter(|l| firearms.contains(&l.link.firearm));
        let traces = linked.map(|l| l.link.trace.clone()).collect();
        Self { specimens, firearms, traces }
    }
}

fn population(story: &Story) -> Population {
    let mut counts: BTreeMap<(Option<String>, Option<String>), u64> = BTreeMap::new();
    for record in story.traces.values() {
        *counts.entry((record.maker.clone(), record.calibre.clone())).or_default() += 1;
    }
    Population {
        traces: story.traces.len() as u64,
        written: counts.into_iter().map(|((maker, calibre), count)| (maker, calibre, count)).collect(),
    }
}
