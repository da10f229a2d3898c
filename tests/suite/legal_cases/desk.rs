//! The records of a case as tables and leads, and every sentence that a reader is told about them.

use brasslink::engine::story::Joined;
use brasslink::engine::what_if::{WhatIf, of};
use brasslink::ids::{FirearmId, IncidentId, LeadId, SpecimenId};
use brasslink::language::Language;
use brasslink::report::gather::what_if::words;
use brasslink::trace::analysis::{gun_times, traced_guns};
use brasslink::trace::catalogue::Catalogues;
use brasslink::trace::custody::{ChainStep, chain_of_sale};
use brasslink::trace::graph::{
    BallisticEdge, BallisticState, Change, IncidentInput, LinkGraph, RecordLinkInput, SpecimenInput, TestFireInput,
};
use brasslink::trace::import::{ImportOptions, import_firearms, import_traces};
use brasslink::trace::linkage::{LinkOptions, link};
use std::collections::BTreeSet;

/// A row of a table: column codes and values.
pub type Row<'a> = &'a [(&'a str, &'a str)];

/// Everything a laboratory knows of one matter.
pub struct Desk {
    pub joined: Joined,
}

impl Desk {
    /// Reads both tables and links them, as `trace import` and `trace link` do.
    pub fn of(register: &[Row<'_>], traces: &[Row<'_>]) -> Self {
        let register = import_firearms(&table(register), &ImportOptions::named("register.csv")).unwrap();
        let traces = import_traces(&table(traces), &ImportOptions::named("traces.csv")).unwrap();
        assert!(register.rejects.is_empty(), "{:?}", register.rejects);
        assert!(traces.rejects.is_empty(), "{:?}", traces.rejects);
        let (firearms, traces) = (register.records, traces.records);
        let links = link(&firearms, &traces, &Catalogues::embedded().unwrap(), &LinkOptions::default()).unwrap();
        let record_links = links.into_iter().map(|link| RecordLinkInput { link, verdict: None }).collect();
        let (incidents, ballistic) = (Vec::new(), Vec::new());
        let specimens = firearms
            .iter()
            .map(|f| SpecimenInput {
                specimen: SpecimenId::new(format!("TF-{}", f.firearm)),
                incident: None,
                test_fire: Some(TestFireInput { firearm: f.firearm.clone(), author: None, at: None }),
            })
            .collect();
        let (test_fires, custody, transactions) = Default::default();
        Self {
            joined: Joined {
                incidents,
                specimens,
                ballistic,
                firearms,
                traces,
                record_links,
                catalogue_tables: Vec::new(),
                test_fires,
                custody,
                transactions,
            },
        }
    }

    /// A shooting with one cartridge case of the same number.
    pub fn shooting(mut self, incident: &str, date: &str) -> Self {
        let id = IncidentId::new(incident);
        let date = Some(date.parse().unwrap());
        self.joined.incidents.push(IncidentInput { incident: id.clone(), date, place: Default::default() });
        let specimen = SpecimenId::new(format!("C-{incident}"));
        self.joined.specimens.push(SpecimenInput { specimen, incident: Some(id), test_fire: None });
        self
    }

    /// A lead between two cases, in a state.
    pub fn joined_by(mut self, lead: &str, a: &str, b: &str, state: BallisticState, log10_lr: f64) -> Self {
        self.joined.ballistic.push(BallisticEdge {
            lead: LeadId::new(lead),
            a: SpecimenId::new(a),
            b: SpecimenId::new(b),
            state,
            log10_lr: Some(log10_lr),
            author: Some("examiner 1".to_owned()),
            at: None,
            evidence: Vec::new(),
        });
        self
    }

    /// A hit between a shooting and the test fire of a firearm.
    pub fn hit(self, incident: &str, firearm: &str) -> Self {
        let lead = format!("L-{incident}-{firearm}");
        self.joined_by(&lead, &format!("C-{incident}"), &format!("TF-{firearm}"), BallisticState::Hit, 6.0)
    }

    pub fn graph(&self) -> LinkGraph {
        LinkGraph::build(&self.joined.input()).unwrap()
    }

    /// The rules whose indicators are told.
    pub fn rules(&self) -> Vec<String> {
        self.joined.indicators(&self.graph()).unwrap().into_iter().map(|i| i.rule.to_string()).collect()
    }

    /// Traces joined to a firearm.
    pub fn traces_of(&self, firearm: &str) -> Vec<String> {
        let firearm = FirearmId::new(firearm);
        let graph = self.graph();
        let gun = graph.guns.iter().find(|g| g.firearm == firearm).unwrap();
        gun.traces.iter().map(ToString::to_string).collect()
    }

    /// What the change of a lead would do.
    pub fn if_lead(&self, lead: &str, state: BallisticState) -> WhatIf {
        of(&self.joined, &Change::Lead { lead: LeadId::new(lead), state }).unwrap()
    }

    /// Everything that is told, one sentence a line.
    pub fn told(&self, language: Language) -> String {
        let graph = self.graph();
        let mut lines: Vec<String> = graph.conflicts.iter().map(|c| c.text.pick(language).to_owned()).collect();
        let catalogues = Catalogues::embedded().unwrap();
        let all = traced_guns(&graph, &self.joined.traces, &self.joined.record_links, &catalogues);
        lines.extend(gun_times(&all.guns, &graph).iter().map(|t| format!("{}: {}", t.trace, t.text.pick(language))));
        lines.extend(self.joined.indicators(&graph).unwrap().iter().map(|i| i.text.pick(language).to_owned()));
        for gun in &all.guns {
            for step in chain_of_sale(gun.trace).steps {
                if let ChainStep::Gap { text } = step {
                    lines.push(format!("{}: {}", gun.trace.trace, text.pick(language)));
                }
            }
        }
        for i in &graph.inherited {
            lines.push(format!("{} <- {} ({})", i.incident, i.trace, i.status.name(language)));
        }
        let told = lines.join("\n");
        assert!(!told.to_lowercase().contains("inventad"), "a sentence names a person: {told}");
        told
    }

    /// Fails unless the English and the Spanish reader are told so.
    pub fn tells(&self, english: &str, spanish: &str) {
        for (language, sentence) in [(Language::En, english), (Language::Es, spanish)] {
            let told = self.told(language);
            assert!(told.contains(sentence), "expected \"{sentence}\" in:\n{told}");
        }
    }

    /// Fails where either reader is told so.
    pub fn is_silent_about(&self, english: &str, spanish: &str) {
        for (language, sentence) in [(Language::En, english), (Language::Es, spanish)] {
            let told = self.told(language);
            assert!(!told.contains(sentence), "did not expect \"{sentence}\" in:\n{told}");
        }
    }
}

/// What goes with a change, in both languages.
pub fn consequences(told: &WhatIf) -> (String, String) {
    (words(told, Language::En), words(told, Language::Es))
}

/// A CSV file with the columns that any row names.
fn table(rows: &[Row<'_>]) -> Vec<u8> {
    let columns: BTreeSet<&str> = rows.iter().flat_map(|r| r.iter().map(|(c, _)| *c)).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&columns).unwrap();
    for row in rows {
        let cell = |column: &str| row.iter().find(|(c, _)| *c == column).map_or("", |(_, v)| *v);
        writer.write_record(columns.iter().map(|c| cell(c))).unwrap();
    }
    writer.into_inner().unwrap()
}
