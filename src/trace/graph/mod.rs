//! The link graph: scene case -- lead or hit -- test fire -- custody -- firearm -- record link -- trace.
//!
//! Every edge keeps its own kind, status, confidence, author and time. A trace inherited along a path takes the weakest
//! status of its edges, never a blended number: along a lead it is at best unconfirmed, and when the lead is excluded or
//! withdrawn the path is gone.
//!
//! ```text
//! inputs --assemble--> nodes, edges --reach--> clusters, inherited traces --contradictions--> conflicts
//!                                                                       --cascade--> what a change takes away
//! ```

mod assemble;
mod cascade;
mod contradictions;
mod inputs;
mod ordered;
mod reach;
mod registers;
mod separation;
#[doc(hidden)]
pub mod trial;

pub use assemble::rows_of;
pub use cascade::{Cascade, Change, ClusterChange, GunChange, Weakened, cascade};
pub use inputs::{
    BallisticEdge, BallisticState, GraphInput, IncidentInput, RecordLinkInput, SpecimenInput, TestFireInput, Verdict,
};
pub use registers::{Registers, TransactionInput, custody_breaks, custody_in_order, persons_of_transfers};
pub use separation::{Separation, WeakLink};

use super::conflict::Conflict;
use super::custody::{LinkedShooting, TimeToShooting};
use super::vocabulary::words;
use super::{DispositionKind, TraceError, TraceRecord};
use crate::date::DaySpan;
use crate::ids::{FirearmId, IncidentId, LeadId, SpecimenId, TraceId};
use crate::language::Language;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeSet, HashMap};

words! {
    /// What a node is.
    NodeKind {
        /// A shooting.
        Incident = "incident", "incident", "hecho";
        /// A cartridge case from a scene.
        Specimen = "specimen", "cartridge case", "casquillo";
        /// A cartridge case fired by the laboratory.
        TestFire = "test_fire", "test fire", "disparo de prueba";
        /// A firearm of the register.
        Firearm = "firearm", "firearm", "arma";
        /// A trace record.
        Trace = "trace", "trace", "rastreo";
        /// A party of the chain of sale; a person is masked.
        Party = "party", "party", "parte";
        /// A recovery of a firearm.
        Recovery = "recovery", "recovery", "aseguramiento";
        /// Where a firearm was recovered.
        Place = "place", "place", "lugar";
        /// Cases that leads, hits and test fires claim to come from one gun.
        Cluster = "cluster", "ballistic cluster", "grupo balístico";
    }
}

words! {
    /// What an edge says.
    EdgeKind {
        /// The case was found at the incident.
        FoundAt = "found_at", "found at", "hallado en";
        /// An association a person judged on screen.
        BallisticLead = "ballistic_lead", "ballistic lead", "pista balística";
        /// One an examiner confirmed on the physical specimens.
        BallisticHit = "ballistic_hit", "ballistic hit", "coincidencia balística confirmada";
        /// The laboratory fired the case from the firearm.
        TestFireCustody = "test_fire_custody", "test-fired from", "disparado con";
        /// The trace is about the firearm.
        RecordLink = "record_link", "record link", "vínculo de registro";
        /// A step of the chain of sale.
        Disposition = "disposition", "disposition", "disposición";
        /// Who had it at the recovery.
        Possession = "possession", "possessor", "poseedor";
        /// Who handed the item over, by the register of custody.
        CustodyGiven = "custody_given", "handed over by", "entregado por";
        /// Who took the item, by the register of custody.
        CustodyTaken = "custody_taken", "taken into custody by", "recibido en custodia por";
        /// Who gave the firearm away, by the register of transactions.
        TransferredBy = "transferred_by", "transferred by", "transferida por";
        /// Who acquired the firearm, by the register of transactions.
        AcquiredBy = "acquired_by", "acquired by", "adquirida por";
        /// A firearm, or the one that a trace is about, was recovered then and there.
        RecoveredIn = "recovered_in", "recovered", "asegurada";
        /// Where it was recovered.
        Recovery = "recovery", "recovered at", "asegurada en";
        /// The case belongs to the cluster.
        MemberOf = "member_of", "in the cluster", "en el grupo";
    }
}

words! {
    /// What a party does in the records; one party may do several things.
    PartyRole {
        /// Made firearms.
        Maker = "maker", "maker", "fabricante";
        /// Brought them into the country.
        Importer = "importer", "importer", "importador";
        /// Sold them to dealers, or over the counter, or took them in pawn.
        Dealer = "dealer", "dealer", "armería";
        /// A government or its forces.
        Government = "government", "government", "gobierno";
        /// Bought one first.
        Purchaser = "purchaser", "first purchaser", "primer comprador";
        /// Bought one later.
        LaterPurchaser = "later_purchaser", "later purchaser", "comprador posterior";
        /// Had one when it was recovered.
        Possessor = "possessor", "possessor", "poseedor";
        /// Had an item of evidence in hand.
        Custodian = "custodian", "custodian of evidence", "custodio de indicios";
        /// A role that no list knows.
        Other = "other", "another party", "otra parte";
    }
}

impl PartyRole {
    /// The role of the party of a step of the chain of sale.
    #[must_use]
    pub const fn of(kind: &DispositionKind) -> Self {
        match kind {
            DispositionKind::Manufacturer => Self::Maker,
            DispositionKind::Importer => Self::Importer,
            DispositionKind::Wholesaler | DispositionKind::Retailer | DispositionKind::Pawnbroker => Self::Dealer,
            DispositionKind::Government => Self::Government,
            DispositionKind::FirstPurchaser => Self::Purchaser,
            DispositionKind::LaterPurchaser => Self::LaterPurchaser,
            DispositionKind::Other(_) => Self::Other,
        }
    }
}

/// How far an edge may be relied on, from the most to the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeStatus {
    /// A person confirmed it, or a record states it.
    Confirmed,
    /// A program joined it within its gates.
    Automatic,
    /// A person judged it, nobody confirmed it.
    Unconfirmed,
    /// A person has still to judge it.
    UnderReview,
    /// Excluded, rejected or taken back; it stays on view and carries nothing.
    Withdrawn,
}

impl EdgeStatus {
    /// The weakest of several: what a path is worth.
    #[must_use]
    pub fn weakest(statuses: impl IntoIterator<Item = Self>) -> Option<Self> {
        statuses.into_iter().max()
    }

    /// Its name for people.
    #[must_use]
    pub const fn name(self, language: Language) -> &'static str {
        match (language, self) {
            (Language::En, Self::Confirmed) => "confirmed",
            (Language::Es, Self::Confirmed) => "confirmado",
            (Language::En, Self::Automatic) => "automatic",
            (Language::Es, Self::Automatic) => "automático",
            (Language::En, Self::Unconfirmed) => "unconfirmed",
            (Language::Es, Self::Unconfirmed) => "sin confirmar",
            (Language::En, Self::UnderReview) => "under review",
            (Language::Es, Self::UnderReview) => "en revisión",
            (Language::En, Self::Withdrawn) => "withdrawn",
            (Language::Es, Self::Withdrawn) => "retirado",
        }
    }
}

/// Confidence of an edge, of its own kind; two kinds are never put into one number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// log10 of a likelihood ratio, same against different firearm.
    LikelihoodRatio {
        /// log10 LR.
        log10: f64,
    },
    /// Linkage of records.
    Linkage {
        /// Bits of the waterfall.
        bits: f64,
        /// Probability under the weights.
        probability: f64,
    },
    /// A record states it; it is as good as the record.
    Recorded,
    /// Nothing was measured.
    NotMeasured,
}

/// A node: its kind and its identifier within the kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId {
    /// Kind.
    pub kind: NodeKind,
    /// Identifier within the kind.
    pub key: String,
}

impl NodeId {
    /// A node of a kind.
    #[must_use]
    pub fn new(kind: NodeKind, key: impl ToString) -> Self {
        Self { kind, key: key.to_string() }
    }
}

impl std::fmt::Display for NodeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.kind, self.key)
    }
}

/// A node with what is shown of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Which one.
    pub id: NodeId,
    /// Label for people; a person is "person 3", never a name.
    pub label: String,
    /// Date of the incident or recovery, as far as known; of a cluster the first it was seen.
    pub date: Option<super::PartialDate>,
    /// What a party does, ascending; empty for what is no party.
    pub roles: BTreeSet<PartyRole>,
}

/// An edge with everything that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Edge {
    /// Number within the graph, stable for equal inputs.
    pub id: usize,
    /// What it says.
    pub kind: EdgeKind,
    /// From.
    pub from: NodeId,
    /// To.
    pub to: NodeId,
    /// How far it may be relied on.
    pub status: EdgeStatus,
    /// Confidence of its own kind.
    pub confidence: Confidence,
    /// The person or program behind it.
    pub author: Option<String>,
    /// When it was made or decided.
    pub at: Option<Timestamp>,
    /// When what it says happened, as far as a record states it.
    pub date: Option<super::PartialDate>,
    /// What supports it: lead, comparison, trace and file rows.
    pub evidence: Vec<String>,
}

/// Specimens that accepted leads, hits and test-fire custody claim to come from one gun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cluster {
    /// Specimens, ascending.
    pub specimens: Vec<SpecimenId>,
    /// Incidents, ascending.
    pub incidents: Vec<IncidentId>,
    /// Firearms whose test fires are among them; more than one is a contradiction.
    pub firearms: Vec<FirearmId>,
    /// Confirmed where hits and the custody of test fires alone hold it together, else unconfirmed.
    pub status: EdgeStatus,
    /// The earliest of its incidents, as far as dates are known.
    pub first_seen: Option<super::PartialDate>,
    /// The latest of its incidents, as far as dates are known.
    pub last_seen: Option<super::PartialDate>,
}

/// A trace that an incident inherits along a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct InheritedTrace {
    /// The incident.
    pub incident: IncidentId,
    /// The firearm at the end of the ballistic path.
    pub firearm: FirearmId,
    /// The trace.
    pub trace: TraceId,
    /// The weakest status along the path.
    pub status: EdgeStatus,
    /// The case of the incident that the path starts from.
    pub specimen: SpecimenId,
    /// The leads and hits walked, in order.
    pub leads: Vec<LeadId>,
}

/// A firearm with all that the join tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GunSummary {
    /// The firearm.
    pub firearm: FirearmId,
    /// Traces joined to it (automatic or confirmed), ascending.
    pub traces: Vec<TraceId>,
    /// The trace that is shown: the newest completed one. None is counted twice.
    pub shown_trace: Option<TraceId>,
    /// Its traces name different purchasers: both are shown, and no indicator rests on either.
    pub purchasers_disputed: bool,
    /// Shootings it is linked to, by date.
    pub shootings: Vec<LinkedShooting>,
    /// Shootings it is linked to whose date is not known, ascending.
    pub undated_shootings: Vec<IncidentId>,
    /// Days from purchase to recovery by the shown trace.
    pub time_to_crime: Option<DaySpan>,
    /// Time to the first shooting over hits alone.
    pub to_first_confirmed_shooting: Option<TimeToShooting>,
    /// Time to an earlier shooting that only a lead gives.
    pub to_first_unconfirmed_shooting: Option<TimeToShooting>,
}

/// The graph with what follows from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LinkGraph {
    /// Nodes, ascending by kind and key.
    pub nodes: Vec<Node>,
    /// Edges in the order of their numbers.
    pub edges: Vec<Edge>,
    /// Clusters of two specimens or more, by their first specimen.
    pub clusters: Vec<Cluster>,
    /// Traces that incidents inherit, ascending.
    pub inherited: Vec<InheritedTrace>,
    /// Firearms, ascending.
    pub guns: Vec<GunSummary>,
    /// Contradictions, the hardest first.
    pub conflicts: Vec<Conflict>,
    /// Of every cluster with several firearms, how it would come apart.
    pub separations: Vec<Separation>,
}

impl LinkGraph {
    /// Builds the graph; equal inputs give equal graphs, in whatever order they are given.
    ///
    /// # Errors
    /// [`TraceError::Value`] where an edge names a specimen, incident, firearm or trace that the inputs do not hold.
    pub fn build(input: &GraphInput<'_>) -> Result<Self, TraceError> {
        inputs::check(input)?;
        let ordered = ordered::Ordered::of(input);
        let clusters = reach::clusters(&ordered);
        let (nodes, edges) = assemble::nodes_and_edges(&ordered, &clusters);
        let paths = reach::paths(&ordered);
        let inherited = reach::inherited(&ordered, &paths);
        let guns = contradictions::guns(&ordered, &paths);
        let separations = separation::separations(&ordered, &clusters);
        let conflicts = contradictions::find(&ordered, &clusters, &separations, &guns);
        Ok(Self { nodes, edges, clusters, inherited, guns, conflicts, separations })
    }

    /// What an incident inherits.
    pub fn inherited_by<'a>(&'a self, incident: &'a IncidentId) -> impl Iterator<Item = &'a InheritedTrace> {
        self.inherited.iter().filter(move |i| i.incident == *incident)
    }

    /// The guns with their shown traces, for [`super::indicators`].
    #[must_use]
    pub fn traced_guns<'a>(&'a self, traces: &'a [TraceRecord]) -> Vec<super::indicators::TracedGun<'a>> {
        let known: HashMap<_, &TraceRecord> = traces.iter().map(|t| (&t.trace, t)).collect();
        let mut one_with: HashMap<&FirearmId, &FirearmId> = HashMap::new();
        for cluster in self.clusters.iter().filter(|c| c.firearms.len() > 1) {
            one_with.extend(cluster.firearms.iter().map(|f| (f, &cluster.firearms[0])));
        }
        self.guns
            .iter()
            .filter_map(|gun| {
                Some(super::indicators::TracedGun {
                    firearm: Some(&gun.firearm),
                    trace: known.get(gun.shown_trace.as_ref()?)?,
                    purchasers_disputed: gun.purchasers_disputed,
                    incidents: gun.shootings.iter().map(|s| &s.incident).chain(&gun.undated_shootings).collect(),
                    one_with: one_with.get(&gun.firearm).copied(),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod register_tests;
#[cfg(test)]
mod tests;
