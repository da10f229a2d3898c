//! What the simulation of a demo knows, and how the result compares with it.

use super::failure::{Failure, read_file};
use crate::engine::error::EngineError;
use crate::engine::story::Story;
use crate::engine::truth;
use crate::ids::{FirearmId, IncidentId, SpecimenId};
use crate::report::html::LinkTally;
use crate::report::view::{Phrase, Truth};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the simulation knows.
pub(super) struct Known {
    /// The pistol that fired each case.
    pub pistol: BTreeMap<SpecimenId, String>,
    /// The traces of that pistol.
    pub trace_of: BTreeMap<SpecimenId, BTreeSet<String>>,
}

impl Known {
    pub fn read(city: &Path) -> Result<Self, Failure> {
        let path = city.join("truth.csv");
        let labels = truth::read(&path.display().to_string(), &read_file(&path, 1 << 26)?)?;
        let of_scan: BTreeMap<String, String> = labels.into_iter().map(|l| (l.scan, l.firearm)).collect();
        let mut pistol = BTreeMap::new();
        let mut trace_of: BTreeMap<SpecimenId, BTreeSet<String>> = BTreeMap::new();
        for row in rows(&city.join("manifest.csv"), &["file", "specimen"])? {
            if let ([file, specimen], Some(firearm)) = (row.as_slice(), row.first().and_then(|f| of_scan.get(f))) {
                let _ = file;
                pistol.insert(SpecimenId::new(specimen), firearm.clone());
            }
        }
        for row in rows(&city.join("truth-links.csv"), &["specimen", "trace_no"])? {
            if let [specimen, trace] = row.as_slice()
                && !trace.is_empty()
            {
                trace_of.entry(SpecimenId::new(specimen)).or_default().insert(trace.clone());
            }
        }
        Ok(Self { pistol, trace_of })
    }

    pub fn pair(&self, a: &SpecimenId, b: &SpecimenId) -> Option<Truth> {
        let (a, b) = (self.pistol.get(a)?, self.pistol.get(b)?);
        Some(if a == b { Truth::SameFirearm } else { Truth::DifferentFirearms })
    }

    /// Links between units (an incident, or a test-fired firearm) that the truth contains, and what was found of them.
    pub fn tally(&self, story: &Story) -> LinkTally {
        let mut units: BTreeMap<&String, BTreeSet<Unit>> = BTreeMap::new();
        for specimen in story.specimens.values() {
            if let (Some(pistol), Some(unit)) = (self.pistol.get(&specimen.id), unit_of(story, &specimen.id)) {
                units.entry(pistol).or_default().insert(unit);
            }
        }
        let mut cluster_of: BTreeMap<Unit, BTreeSet<usize>> = BTreeMap::new();
        for (at, cluster) in story.graph.clusters.iter().enumerate() {
            for unit in cluster.specimens.iter().filter_map(|s| unit_of(story, s)) {
                cluster_of.entry(unit).or_default().insert(at);
            }
        }
        let (mut in_truth, mut found) = (0, 0);
        for of_pistol in units.values() {
            let of_pistol: Vec<&Unit> = of_pistol.iter().collect();
            for (at, a) in of_pistol.iter().enumerate() {
                for b in of_pistol.iter().skip(at + 1) {
                    in_truth += 1;
                    let joined = match (cluster_of.get(*a), cluster_of.get(*b)) {
                        (Some(x), Some(y)) => x.intersection(y).next().is_some(),
                        _ => false,
                    };
                    found += u64::from(joined);
                }
            }
        }
        let false_links = story
            .leads
            .iter()
            .filter(|l| l.state().carries())
            .filter(|l| {
                let [a, b] = l.joins().sides();
                self.pair(&a.specimen, &b.specimen) == Some(Truth::DifferentFirearms)
            })
            .count() as u64;
        LinkTally {
            in_truth,
            found,
            missed: in_truth - found,
            false_links,
            basis: Phrase::new(
                "A link joins two incidents, or an incident and a test-fired firearm, of one pistol. It counts as found when leads join \
                 the two directly or over other cases; a false link is a lead between cases of different pistols.",
                "Un vínculo une dos incidentes, o un incidente y un arma probada, de una misma pistola. Cuenta como hallado si las pistas \
                 unen a ambos directamente o por otros casquillos; un vínculo falso es una pista entre casquillos de pistolas distintas.",
            ),
        }
    }

    /// Incidents that inherit a trace, and those that inherit one of the pistol that truth names.
    pub fn inherited(&self, story: &Story) -> (usize, usize) {
        let mut all: BTreeSet<&IncidentId> = BTreeSet::new();
        let mut right: BTreeSet<&IncidentId> = BTreeSet::new();
        for inherited in &story.graph.inherited {
            all.insert(&inherited.incident);
            if self.trace_of.get(&inherited.specimen).is_some_and(|t| t.contains(inherited.trace.as_str())) {
                right.insert(&inherited.incident);
            }
        }
        (all.len(), right.len())
    }
}

/// What can be joined: a shooting, or a firearm that was test-fired.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Incident(IncidentId),
    Firearm(FirearmId),
}

pub(super) fn unit_of(story: &Story, specimen: &SpecimenId) -> Option<Unit> {
    let origin = &story.exhibits.get(&story.specimens.get(specimen)?.exhibit)?.origin;
    match (origin.incident(), origin.firearm()) {
        (Some(incident), _) => Some(Unit::Incident(incident.clone())),
        (None, Some(firearm)) => Some(Unit::Firearm(firearm.clone())),
        (None, None) => None,
    }
}

fn rows(path: &Path, columns: &[&str]) -> Result<Vec<Vec<String>>, Failure> {
    let fault = |got: String| {
        Failure::Engine(EngineError::Input {
            what: path.display().to_string(),
            expected: format!("a table with columns {}", columns.join(", ")),
            got,
        })
    };
    let bytes = read_file(path, 1 << 26)?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers().map_err(|e| fault(e.to_string()))?.clone();
    let places: Vec<usize> = columns
        .iter()
        .map(|c| header.iter().position(|h| h == *c).ok_or_else(|| fault(header.iter().collect::<Vec<_>>().join(", "))))
        .collect::<Result<_, Failure>>()?;
    reader
        .records()
        .map(|record| {
            let record = record.map_err(|e| fault(e.to_string()))?;
            Ok(places.iter().map(|p| record.get(*p).unwrap_or("").to_owned()).collect())
        })
        .collect()
}
