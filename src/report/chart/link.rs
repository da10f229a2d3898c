//! The link chart: incidents, cases, test fires, firearms, traces and parties in layers, every edge with its own status.

use super::plan::plan;
use super::sheets::Sheets;
use crate::language::Language;
use crate::report::palette::{BLUE, GREEN, INK, MUTED, ORANGE, PURPLE, SKY, VERMILLION};
use crate::report::view::{Disclosure, EdgeStatus, Name, Phrase};
use crate::report::{Drawing, ReportError};

/// What a node stands for; the order is the order of the layers from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeKind {
    /// A shooting.
    Incident,
    /// A case (or exhibit) found at a scene.
    Case,
    /// A case fired by a laboratory.
    TestFire,
    /// A firearm in custody or known by its record.
    Firearm,
    /// A trace record.
    Trace,
    /// A maker, dealer, purchaser or possessor.
    Party,
}

impl NodeKind {
    pub(super) const ALL: [NodeKind; 6] =
        [Self::Incident, Self::Case, Self::TestFire, Self::Firearm, Self::Trace, Self::Party];

    /// The heading of the layer.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            NodeKind::Incident => language.pick("Incidents", "Incidentes"),
            NodeKind::Case => language.pick("Cases", "Casquillos"),
            NodeKind::TestFire => language.pick("Test fires", "Disparos de prueba"),
            NodeKind::Firearm => language.pick("Firearm", "Arma"),
            NodeKind::Trace => language.pick("Trace", "Rastreo"),
            NodeKind::Party => language.pick("Parties", "Partes"),
        }
    }

    pub(super) fn colour(self) -> &'static str {
        match self {
            NodeKind::Incident => VERMILLION,
            NodeKind::Case => BLUE,
            NodeKind::TestFire => GREEN,
            NodeKind::Firearm => INK,
            NodeKind::Trace => PURPLE,
            NodeKind::Party => ORANGE,
        }
    }
}

/// What an edge says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EdgeKind {
    /// A case was found at an incident.
    FoundAt,
    /// Two cases bear similar marks: a lead or a hit.
    Ballistic,
    /// A laboratory fired the case from the firearm.
    TestFireOf,
    /// A firearm was recovered at or after an incident.
    Recovered,
    /// A firearm and a trace record speak of one object.
    RecordLink,
    /// A party sold or bought the firearm.
    Sale,
    /// A party had the firearm.
    Possession,
    /// Somebody handed an item of evidence over, or took it.
    Custody,
}

impl EdgeKind {
    pub(super) const ALL: [EdgeKind; 8] = [
        Self::FoundAt,
        Self::Ballistic,
        Self::TestFireOf,
        Self::Recovered,
        Self::RecordLink,
        Self::Sale,
        Self::Possession,
        Self::Custody,
    ];

    /// The kind in words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            EdgeKind::FoundAt => language.pick("found at", "hallado en"),
            EdgeKind::Ballistic => language.pick("ballistic association", "asociación balística"),
            EdgeKind::TestFireOf => language.pick("test fire of", "disparo de prueba de"),
            EdgeKind::Recovered => language.pick("recovered", "asegurada"),
            EdgeKind::RecordLink => language.pick("record link", "enlace de registros"),
            EdgeKind::Sale => language.pick("sale", "venta"),
            EdgeKind::Possession => language.pick("possession", "posesión"),
            EdgeKind::Custody => language.pick("custody", "custodia"),
        }
    }

    pub(super) fn colour(self) -> &'static str {
        match self {
            EdgeKind::FoundAt => MUTED,
            EdgeKind::Ballistic => BLUE,
            EdgeKind::TestFireOf => GREEN,
            EdgeKind::Recovered => INK,
            EdgeKind::RecordLink => PURPLE,
            EdgeKind::Sale => ORANGE,
            EdgeKind::Possession => VERMILLION,
            EdgeKind::Custody => SKY,
        }
    }
}

/// A node of the chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What edges call it; unique in the chart, never shown.
    pub key: String,
    /// What it stands for.
    pub kind: NodeKind,
    /// First line.
    pub label: Name,
    /// Second line: a date, a place, a model.
    pub detail: Phrase,
}

/// An edge of the chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// Key of one end.
    pub from: String,
    /// Key of the other.
    pub to: String,
    /// What it says.
    pub kind: EdgeKind,
    /// How far it is settled.
    pub status: EdgeStatus,
    /// What it rests on, in words: `log10 LR 4.2 [3.1, 5.0], lead of 2024-03-05`.
    pub evidence: Phrase,
    /// Who stands behind it: a person, a record, a program with its version.
    pub author: Phrase,
    /// When it was stated; may be empty.
    pub stated: String,
}

/// The view model of a link chart. Edges are numbered from 1 in the order given, on the chart and in the table beside it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LinkChart {
    /// Heading.
    pub title: Phrase,
    /// Nodes.
    pub nodes: Vec<Node>,
    /// Edges.
    pub edges: Vec<Edge>,
}

/// Most nodes that one chart may hold; more cannot be read on one page.
pub const NODE_LIMIT: usize = 400;

/// Draws the whole chart, one section below the other. The width depends on the layers in use (at most 1,370 px).
///
/// Groups that only undecided or withdrawn links join stand apart; such links between them are not drawn: they are counted at
/// their nodes and listed with their numbers below the groups.
///
/// # Errors
/// An edge to an unknown key, a key used twice, or more than `NODE_LIMIT` nodes.
pub fn link_chart(chart: &LinkChart, disclosure: &Disclosure, language: Language) -> Result<Drawing, ReportError> {
    let plan = plan(chart)?;
    Ok(Sheets { chart, plan: &plan, disclosure, language }.whole())
}

/// Draws the chart on sheets that a Letter page laid across holds with letters of 5.5 pt or more: at most 1,370 px wide and
/// 800 px high where no single section is larger. A chart that one sheet holds is that of [`link_chart`].
///
/// # Errors
/// As [`link_chart`].
pub fn link_chart_sheets(
    chart: &LinkChart,
    disclosure: &Disclosure,
    language: Language,
) -> Result<Vec<Drawing>, ReportError> {
    let plan = plan(chart)?;
    Ok(Sheets { chart, plan: &plan, disclosure, language }.sheets())
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
