//! Story: everything that casework, register and traces tell together, as one link graph with what follows from it.

use super::error::EngineError;
use super::ports::{Cases, Store};
use super::record_links::LINKER;
use super::traces::newest_traces;
use crate::casework::{Exhibit, Incident, Lead, LeadState, Specimen};
use crate::ids::{ExhibitId, FirearmId, IncidentId, SpecimenId, TraceId};
use crate::trace::analysis::traced_guns;
use crate::trace::catalogue::{Catalogues, Table};
use crate::trace::graph::{
    BallisticEdge, BallisticState, GraphInput, IncidentInput, LinkGraph, RecordLinkInput, Registers, SpecimenInput,
    TestFireInput, TransactionInput, Verdict,
};
use crate::trace::indicators::{Indicator, indicators};
use crate::trace::linkage::{Decision, RecordLink};
use crate::trace::serial::{SerialComparison, search_key};
use crate::trace::transaction::search::{Wanted, search};
use crate::trace::{CustodyRecord, FirearmRecord, Place, Serial, TestFireRecord, TraceRecord};
use std::collections::{BTreeMap, BTreeSet};

/// Everything known, joined.
#[derive(Debug, Clone)]
pub struct Story {
    /// Nodes, edges, clusters, inherited traces, conflicts.
    pub graph: LinkGraph,
    /// Shootings.
    pub incidents: BTreeMap<IncidentId, Incident>,
    /// Exhibits.
    pub exhibits: BTreeMap<ExhibitId, Exhibit>,
    /// Cartridge cases.
    pub specimens: BTreeMap<SpecimenId, Specimen>,
    /// Leads in all their states, candidates included.
    pub leads: Vec<Lead>,
    /// The register; firearms that only test fires name stand in it without a serial number.
    pub firearms: BTreeMap<FirearmId, FirearmRecord>,
    /// The newest version of each trace record.
    pub traces: BTreeMap<TraceId, TraceRecord>,
    /// Links between register and traces, as they stand.
    pub record_links: Vec<RecordLinkInput>,
    /// The register of test fires.
    pub test_fires: Vec<TestFireRecord>,
    /// The register of custody.
    pub custody: Vec<CustodyRecord>,
    /// Recorded transactions of firearms of the register.
    pub transactions: Vec<TransactionInput>,
    /// Indicators over all traced firearms; never findings.
    pub indicators: Vec<Indicator>,
}

/// The inputs of the link graph as the store holds them.
#[derive(Debug, Clone)]
pub struct Joined {
    /// Shootings.
    pub incidents: Vec<IncidentInput>,
    /// Cartridge cases.
    pub specimens: Vec<SpecimenInput>,
    /// Leads whose specimens are still there.
    pub ballistic: Vec<BallisticEdge>,
    /// The register, with the firearms that only test fires name.
    pub firearms: Vec<FirearmRecord>,
    /// The newest version of each trace record.
    pub traces: Vec<TraceRecord>,
    /// Links between register and traces, as they stand.
    pub record_links: Vec<RecordLinkInput>,
    /// The site's own tables of the catalogues.
    pub catalogue_tables: Vec<Table>,
    /// The register of test fires.
    pub test_fires: Vec<TestFireRecord>,
    /// The register of custody.
    pub custody: Vec<CustodyRecord>,
    /// Recorded transactions of firearms of the register.
    pub transactions: Vec<TransactionInput>,
}

impl Joined {
    /// The inputs of the graph.
    #[must_use]
    pub fn input(&self) -> GraphInput<'_> {
        GraphInput {
            incidents: &self.incidents,
            specimens: &self.specimens,
            ballistic: &self.ballistic,
            firearms: &self.firearms,
            traces: &self.traces,
            record_links: &self.record_links,
            registers: Registers {
                test_fires: &self.test_fires,
                custody: &self.custody,
                transactions: &self.transactions,
            },
        }
    }

    /// The catalogues that names are resolved by, the site's own tables over those of the program.
    ///
    /// # Errors
    /// A table of the site that cannot be used: file, row and field.
    pub fn catalogues(&self) -> Result<Catalogues, EngineError> {
        Ok(Catalogues::layered(&self.catalogue_tables)?)
    }

    /// The indicators of a graph that was built from these inputs, or from them with one change: over all traced guns,
    /// those outside of the register with them.
    ///
    /// # Errors
    /// Catalogues that do not hold together.
    pub fn indicators(&self, graph: &LinkGraph) -> Result<Vec<Indicator>, EngineError> {
        let catalogues = self.catalogues()?;
        let all = traced_guns(graph, &self.traces, &self.record_links, &catalogues);
        Ok(indicators(&all.guns, &catalogues, catalogues.places()))
    }
}

/// Records of the casework, as they are stored.
struct Casework {
    incidents: Vec<Incident>,
    exhibits: BTreeMap<ExhibitId, Exhibit>,
    specimens: Vec<Specimen>,
    leads: Vec<Lead>,
}

/// Reads the inputs of the link graph.
///
/// # Errors
/// Those of the store.
pub fn joined(store: &dyn Store) -> Result<Joined, EngineError> {
    Ok(read(store, all_cases(store)?)?.0)
}

/// The same of the cases that something ties ([`Store::tied_cases`]) alone: the others add to the graph no path, cluster, gun or conflict.
///
/// # Errors
/// As [`joined`].
pub fn joined_of_tied(store: &dyn Store) -> Result<Joined, EngineError> {
    Ok(read(store, store.tied_cases()?)?.0)
}

fn all_cases(store: &dyn Store) -> Result<Cases, EngineError> {
    Ok(Cases { incidents: store.incidents()?, exhibits: store.exhibits()?, specimens: store.specimens(None)? })
}

fn read(store: &dyn Store, cases: Cases) -> Result<(Joined, Casework), EngineError> {
    let Cases { incidents, exhibits, specimens } = cases;
    let exhibits: BTreeMap<ExhibitId, Exhibit> = exhibits.into_iter().map(|e| (e.id.clone(), e)).collect();
    let leads = store.leads()?;
    let traces = newest_traces(store)?;
    let mut firearms: BTreeMap<FirearmId, FirearmRecord> =
        store.firearms()?.into_iter().map(|f| (f.firearm.clone(), f)).collect();
    let (test_fires, custody) = (store.test_fires()?, store.custody()?);
    let named = exhibits.values().filter_map(|e| e.origin.firearm());
    let registered = test_fires.iter().map(|t| &t.firearm).chain(custody.iter().filter_map(|c| c.firearm.as_ref()));
    for firearm in named.chain(registered) {
        firearms.entry(firearm.clone()).or_insert_with(|| FirearmRecord::new(firearm.clone(), Serial::read("")));
    }
    let record_links = standing_links(store, &firearms, &traces)?;
    let transactions = transactions_of(store, &firearms)?;
    let known: BTreeSet<&SpecimenId> = specimens.iter().map(|s| &s.id).collect();
    // Leads on expunged specimens are withdrawn and have no ends any more.
    let ballistic: Vec<BallisticEdge> = leads
        .iter()
        .filter(|lead| lead.joins().sides().iter().all(|side| known.contains(&side.specimen)))
        .map(ballistic_edge)
        .collect();
    let joined = Joined {
        incidents: incidents.iter().map(incident_input).collect(),
        specimens: specimens.iter().map(|s| specimen_input(s, &exhibits)).collect(),
        ballistic,
        firearms: firearms.into_values().collect(),
        traces,
        record_links,
        catalogue_tables: store.catalogue_tables()?,
        test_fires,
        custody,
        transactions,
    };
    Ok((joined, Casework { incidents, exhibits, specimens, leads }))
}

/// Reads the store and joins everything.
///
/// # Errors
/// Those of the store; a link that names what is not there.
pub fn story(store: &dyn Store) -> Result<Story, EngineError> {
    told(read(store, all_cases(store)?)?)
}

/// The same of the cases that something ties ([`Store::tied_cases`]) alone. A gallery of many cases has few of them, and all that leads, firearms and traces
/// lead to is among them; what is missing are cases that lead nowhere, and the nodes of their incidents.
///
/// # Errors
/// As [`story`].
pub fn story_of_tied(store: &dyn Store) -> Result<Story, EngineError> {
    told(read(store, store.tied_cases()?)?)
}

fn told((joined, casework): (Joined, Casework)) -> Result<Story, EngineError> {
    let graph = LinkGraph::build(&joined.input())?;
    let found = joined.indicators(&graph)?;
    Ok(Story {
        graph,
        incidents: casework.incidents.into_iter().map(|i| (i.id.clone(), i)).collect(),
        exhibits: casework.exhibits,
        specimens: casework.specimens.into_iter().map(|s| (s.id.clone(), s)).collect(),
        leads: casework.leads,
        firearms: joined.firearms.into_iter().map(|f| (f.firearm.clone(), f)).collect(),
        traces: joined.traces.into_iter().map(|t| (t.trace.clone(), t)).collect(),
        record_links: joined.record_links,
        test_fires: joined.test_fires,
        custody: joined.custody,
        transactions: joined.transactions,
        indicators: found,
    })
}

fn incident_input(incident: &Incident) -> IncidentInput {
    IncidentInput {
        incident: incident.id.clone(),
        date: incident.date,
        place: Place { city: incident.place.clone(), state: incident.state.clone(), country: incident.country.clone() },
    }
}

fn specimen_input(specimen: &Specimen, exhibits: &BTreeMap<ExhibitId, Exhibit>) -> SpecimenInput {
    let origin = exhibits.get(&specimen.exhibit).map(|e| &e.origin);
    SpecimenInput {
        specimen: specimen.id.clone(),
        incident: origin.and_then(|o| o.incident()).cloned(),
        test_fire: origin.and_then(|o| o.firearm()).map(|firearm| TestFireInput {
            firearm: firearm.clone(),
            author: None,
            at: None,
        }),
    }
}

/// The state of a lead as the link graph counts it.
#[must_use]
pub const fn ballistic_state(state: LeadState) -> BallisticState {
    match state {
        LeadState::Candidate => BallisticState::Candidate,
        LeadState::Lead => BallisticState::Lead,
        LeadState::UnderExamination | LeadState::UnderReview { .. } => BallisticState::UnderExamination,
        LeadState::Hit => BallisticState::Hit,
        LeadState::Inconclusive { .. } => BallisticState::Inconclusive,
        LeadState::Excluded => BallisticState::Excluded,
        LeadState::Withdrawn => BallisticState::Withdrawn,
    }
}

fn ballistic_edge(lead: &Lead) -> BallisticEdge {
    let [a, b] = lead.joins().sides();
    let last = lead.history().last();
    BallisticEdge {
        lead: lead.id().clone(),
        a: a.specimen.clone(),
        b: b.specimen.clone(),
        state: ballistic_state(lead.state()),
        log10_lr: lead.basis().log10_lr,
        author: last.map(|event| event.step.by().name().to_owned()),
        at: last.map(|event| event.at),
        evidence: Vec::new(),
    }
}

/// The transactions of every firearm with a whole serial number that is recorded as sold: all of those that fit it.
fn transactions_of(
    store: &dyn Store,
    firearms: &BTreeMap<FirearmId, FirearmRecord>,
) -> Result<Vec<TransactionInput>, EngineError> {
    let keys: BTreeSet<String> = store.transaction_keys()?.into_iter().collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let catalogues = Catalogues::embedded()?;
    let mut all = Vec::new();
    for firearm in firearms.values().filter(|f| f.serial.is_whole()) {
        let key = search_key(&firearm.serial);
        if !keys.contains(&key) {
            continue;
        }
        let wanted = Wanted {
            serial: firearm.serial.clone(),
            maker: firearm.maker.clone(),
            model: firearm.model.clone(),
            calibre: firearm.calibre.clone(),
        };
        let found = search(&wanted, &store.transactions(Some(&key))?, &catalogues).fitting;
        let one = found.len() == 1;
        for gun in found {
            let sure = one && gun.comparison == SerialComparison::Exact;
            let record = |record| TransactionInput { firearm: firearm.firearm.clone(), sure, record };
            all.extend(gun.transactions.into_iter().map(record));
        }
    }
    Ok(all)
}

/// The links as kept: the linker's own, or a person's decision over them.
fn standing_links(
    store: &dyn Store,
    firearms: &BTreeMap<FirearmId, FirearmRecord>,
    traces: &[TraceRecord],
) -> Result<Vec<RecordLinkInput>, EngineError> {
    let known: BTreeSet<&TraceId> = traces.iter().map(|t| &t.trace).collect();
    let mut links = Vec::new();
    for kept in store.link_decisions()? {
        if !firearms.contains_key(&kept.firearm) || !known.contains(&kept.trace) {
            continue;
        }
        let link: RecordLink = serde_json::from_value(kept.decision.clone()).map_err(|e| EngineError::Input {
            what: format!("link of firearm {} and trace {}", kept.firearm, kept.trace),
            expected: "a decision as the linker writes it; link again".to_owned(),
            got: e.to_string(),
        })?;
        let verdict = (kept.by != LINKER).then(|| Verdict {
            accepted: link.decision == Decision::Automatic,
            author: kept.by.clone(),
            at: Some(kept.at),
            reason: kept.decision["judged"]["reason"].as_str().unwrap_or_default().to_owned(),
        });
        links.push(RecordLinkInput { link, verdict });
    }
    Ok(links)
}

impl Story {
    /// The firearms that a specimen, incident, trace or firearm of this name leads to; none for an unknown name.
    #[must_use]
    pub fn firearms_of(&self, name: &str) -> Option<BTreeSet<FirearmId>> {
        let mut found = BTreeSet::new();
        let mut known = false;
        let firearm = FirearmId::new(name);
        if self.firearms.contains_key(&firearm) {
            return Some(BTreeSet::from([firearm]));
        }
        let incident = IncidentId::new(name);
        if self.incidents.contains_key(&incident) {
            known = true;
            found.extend(self.graph.inherited_by(&incident).map(|i| i.firearm.clone()));
        }
        for cluster in &self.graph.clusters {
            let has_specimen = cluster.specimens.iter().any(|s| s.as_str() == name);
            if has_specimen || (known && cluster.incidents.contains(&incident)) {
                found.extend(cluster.firearms.iter().cloned());
            }
        }
        known |= self.specimens.keys().any(|s| s.as_str() == name);
        for link in &self.record_links {
            if link.link.trace.as_str() == name {
                known = true;
                found.insert(link.link.firearm.clone());
            }
        }
        known.then_some(found)
    }
}

/// Incidents, cases and leads as the graph takes them, for an evidence bundle that builds its own graph.
pub(super) fn graph_ends(
    incidents: &[Incident],
    specimens: &[Specimen],
    exhibits: &BTreeMap<ExhibitId, Exhibit>,
    leads: &[Lead],
) -> (Vec<IncidentInput>, Vec<SpecimenInput>, Vec<BallisticEdge>) {
    let cases = specimens.iter().map(|s| specimen_input(s, exhibits)).collect();
    (incidents.iter().map(incident_input).collect(), cases, leads.iter().map(ballistic_edge).collect())
}
