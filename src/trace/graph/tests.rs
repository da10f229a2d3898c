//! The cases that must come out right, each under a name that a lawyer understands.

use super::trial::City;
use super::*;
use crate::ids::{FirearmId, LeadId, TraceId};
use crate::trace::conflict::ConflictKind;
use crate::trace::linkage::Decision;
use crate::trace::{PartialDate, Personal, Serial, TraceStatus};

pub(super) fn date(text: &str) -> Option<PartialDate> {
    Some(text.parse().unwrap())
}

impl City {
    /// One scene with one case, one firearm with one test fire, one trace, a lead between case and test fire.
    pub(super) fn plain() -> Self {
        let mut city = Self::default();
        city.shooting("I1", "2020-03-01", "C1");
        city.fired("F1", "TF1");
        city.traced("T1", "F1", Decision::Automatic);
        city.lead("L1", ("C1", "TF1"), BallisticState::Lead, Some(4.0));
        city
    }

    fn shooting(&mut self, incident: &str, day: &str, specimen: &str) {
        self.scene(incident, date(day), specimen);
    }

    /// A firearm with one test fire.
    fn fired(&mut self, firearm: &str, test: &str) {
        self.gun(firearm, "ABC12345");
        self.test_fire(firearm, test);
    }

    /// A completed trace that reached a purchaser, and its record link.
    fn traced(&mut self, trace: &str, firearm: &str, decision: Decision) -> &mut TraceRecord {
        self.link(trace, firearm, decision);
        self.trace(trace, "ABC12345");
        let record = self.traces.last_mut().unwrap();
        record.status = TraceStatus::Completed;
        record.purchaser = Some(Personal::new("Ana Inventada Ruiz".to_owned()));
        record.purchased_on = date("2019-06-01");
        record
    }

    pub(super) fn graph(&self) -> LinkGraph {
        self.build().unwrap()
    }

    pub(super) fn conflicts(&self) -> Vec<ConflictKind> {
        self.graph().conflicts.into_iter().map(|c| c.kind).collect()
    }
}

#[test]
fn a_trace_inherited_along_a_lead_is_unconfirmed_and_along_a_hit_as_good_as_its_record_link() {
    let mut city = City::plain();
    let graph = city.graph();
    assert_eq!(graph.inherited.len(), 1);
    assert_eq!(graph.inherited[0].status, EdgeStatus::Unconfirmed);
    assert_eq!(graph.inherited[0].leads, [LeadId::new("L1")]);
    city.ballistic[0].state = BallisticState::Hit;
    assert_eq!(city.graph().inherited[0].status, EdgeStatus::Automatic);
    let verdict = Verdict { accepted: true, author: "analyst 2".to_owned(), at: None, reason: "form read".to_owned() };
    city.record_links[0].verdict = Some(verdict);
    assert_eq!(city.graph().inherited[0].status, EdgeStatus::Confirmed);
}

#[test]
fn a_lead_excluded_later_takes_with_it_everything_that_was_inherited_through_it() {
    let mut city = City::plain();
    city.shooting("I2", "2020-04-01", "C2");
    city.lead("L2", ("C2", "C1"), BallisticState::Hit, Some(4.0));
    assert_eq!(city.graph().inherited.len(), 2);
    for state in [BallisticState::Excluded, BallisticState::Withdrawn, BallisticState::Inconclusive] {
        let fall = cascade(&city.input(), &Change::Lead { lead: LeadId::new("L1"), state }).unwrap();
        let lost: Vec<_> = fall.lost.iter().map(|i| i.incident.as_str()).collect();
        assert_eq!(lost, ["I1", "I2"]);
        assert!(fall.takes_away() && fall.after.inherited.is_empty());
        let edge = fall.after.edges.iter().find(|e| e.evidence.contains(&"L1".to_owned())).unwrap();
        assert!(edge.status >= EdgeStatus::UnderReview, "the edge stays on view");
    }
    let other = Change::Lead { lead: LeadId::new("L9"), state: BallisticState::Hit };
    assert!(cascade(&city.input(), &other).is_err());
}

#[test]
fn a_second_way_keeps_the_trace_and_shows_that_it_changed() {
    let mut city = City::plain();
    city.ballistic[0].state = BallisticState::Hit;
    city.shooting("I2", "2020-04-01", "C2");
    city.lead("L2", ("C2", "TF1"), BallisticState::Lead, Some(4.0));
    city.lead("L3", ("C1", "C2"), BallisticState::Lead, Some(4.0));
    let fall = cascade(&city.input(), &Change::Lead { lead: LeadId::new("L1"), state: BallisticState::Withdrawn });
    let fall = fall.unwrap();
    assert!(fall.lost.is_empty() && fall.takes_away());
    let changed = fall.changed.iter().find(|w| w.before.incident.as_str() == "I1").unwrap();
    assert_eq!((changed.before.status, changed.after.status), (EdgeStatus::Automatic, EdgeStatus::Unconfirmed));
    assert_eq!(changed.after.leads, [LeadId::new("L3"), LeadId::new("L2")]);
}

#[test]
fn a_candidate_of_a_list_and_a_rejected_record_link_carry_nothing() {
    let mut city = City::plain();
    city.ballistic[0].state = BallisticState::Candidate;
    let graph = city.graph();
    assert!(graph.inherited.is_empty() && graph.edges.iter().all(|e| e.kind != EdgeKind::BallisticLead));
    let city = City::plain();
    let rejected = Change::RecordLink {
        firearm: FirearmId::new("F1"),
        trace: TraceId::new("T1"),
        verdict: Verdict { accepted: false, author: "a".to_owned(), at: None, reason: "other gun".to_owned() },
    };
    let fall = cascade(&city.input(), &rejected).unwrap();
    assert_eq!(fall.lost.len(), 1);
    assert!(fall.after.nodes.iter().all(|n| n.id.kind != NodeKind::Party), "its parties are not shown");
}

#[test]
fn every_edge_keeps_its_own_confidence_and_author() {
    let graph = City::plain().graph();
    let edge = |kind: EdgeKind| graph.edges.iter().find(|e| e.kind == kind).unwrap();
    assert_eq!(edge(EdgeKind::BallisticLead).confidence, Confidence::LikelihoodRatio { log10: 4.0 });
    assert_eq!(edge(EdgeKind::RecordLink).confidence, Confidence::Linkage { bits: 9.0, probability: 0.998 });
    assert_eq!(edge(EdgeKind::TestFireCustody).author.as_deref(), Some("lab 3"));
    assert_eq!(edge(EdgeKind::TestFireCustody).confidence, Confidence::Recorded);
}

#[test]
fn no_person_is_named_anywhere_in_the_graph() {
    let mut city = City::plain();
    city.traces[0].possessor = Some(Personal::new("Beto Inventado".to_owned()));
    let graph = city.graph();
    let written = format!("{} {graph:?}", serde_json::to_string(&graph).unwrap());
    assert!(!written.contains("Inventad") && !written.to_lowercase().contains("inventad"), "{written}");
    assert_eq!(graph.nodes.iter().filter(|n| n.id.kind == NodeKind::Party).count(), 2);
}

#[test]
fn the_purchaser_who_is_the_possessor_is_one_person_on_the_chart() {
    let mut city = City::plain();
    city.traces[0].possessor = Some(Personal::new("INVENTADA, Ana".to_owned()));
    let graph = city.graph();
    assert_eq!(graph.nodes.iter().filter(|n| n.id.kind == NodeKind::Party).count(), 1);
}

#[test]
fn one_gun_with_many_traces_shows_the_newest_and_counts_none_twice() {
    let mut city = City::plain();
    city.traces[0].completed_on = date("2020-05");
    city.traced("T2", "F1", Decision::Automatic).completed_on = date("2021-05");
    city.traced("T3", "F1", Decision::Automatic).status = TraceStatus::Duplicate;
    let graph = city.graph();
    assert_eq!(graph.guns[0].shown_trace, Some(TraceId::new("T2")));
    assert_eq!(graph.guns[0].traces.len(), 3);
    assert_eq!(graph.traced_guns(&city.traces).len(), 1);
    assert!(graph.conflicts.is_empty());
}

#[test]
fn a_shooting_after_the_recovery_is_a_custody_alert() {
    let mut city = City::plain();
    city.firearms[0].recovered_on = date("2020-02-01");
    assert_eq!(city.conflicts(), [ConflictKind::ShootingAfterRecovery]);
    city.firearms[0].recovered_on = date("2020");
    assert!(city.conflicts().is_empty(), "in that year it may have been before");
}

#[test]
fn a_gun_returned_and_recovered_again_may_have_fired_in_between() {
    let mut city = City::plain();
    city.firearms[0].recovered_on = date("2020-02-01");
    city.traces[0].recovered_on = date("2021-02-01");
    assert_eq!(city.conflicts(), [ConflictKind::RecoveredAgain]);
}

#[test]
fn a_shooting_before_the_first_purchase_is_a_hard_conflict() {
    let mut city = City::plain();
    city.traces[0].purchased_on = date("2020-04-01");
    let graph = city.graph();
    assert_eq!(graph.conflicts[0].kind, ConflictKind::ShootingBeforePurchase);
    assert_eq!(graph.conflicts[0].severity, crate::trace::conflict::Severity::Hard);
    let days = graph.guns[0].to_first_unconfirmed_shooting.as_ref().unwrap().days;
    assert!(days.surely_negative());
}

#[test]
fn a_negative_time_to_crime_is_said() {
    let mut city = City::plain();
    city.traces[0].recovered_on = date("2019-01-01");
    assert!(city.conflicts().contains(&ConflictKind::NegativeTimeToCrime));
}

#[test]
fn the_time_from_purchase_to_the_first_shooting_tells_hits_from_leads() {
    let mut city = City::plain();
    city.shooting("I2", "2020-06-01", "C2");
    city.lead("L2", ("C2", "TF1"), BallisticState::Hit, Some(4.0));
    let gun = &city.graph().guns[0];
    let confirmed = gun.to_first_confirmed_shooting.as_ref().unwrap();
    let earlier = gun.to_first_unconfirmed_shooting.as_ref().unwrap();
    assert_eq!((confirmed.shooting.incident.as_str(), confirmed.days.least), ("I2", 366));
    assert_eq!((earlier.shooting.incident.as_str(), earlier.days.least), ("I1", 274));
}

#[test]
fn two_traced_guns_in_one_ballistic_cluster_contradict_each_other() {
    let mut city = City::plain();
    city.fired("F2", "TF2");
    city.traced("T2", "F2", Decision::Automatic);
    assert!(city.conflicts().is_empty());
    city.lead("L2", ("TF2", "C1"), BallisticState::Lead, Some(4.0));
    let graph = city.graph();
    assert_eq!(graph.conflicts[0].kind, ConflictKind::TwoGunsOneCluster);
    assert_eq!(graph.clusters[0].firearms.len(), 2);
    let fall = cascade(&city.input(), &Change::Lead { lead: LeadId::new("L2"), state: BallisticState::Excluded });
    assert_eq!(fall.unwrap().settled.len(), 1);
}

#[test]
fn an_excluded_pair_that_other_leads_join_is_said() {
    let mut city = City::plain();
    city.shooting("I2", "2020-04-01", "C2");
    city.lead("L2", ("C2", "C1"), BallisticState::Lead, Some(4.0));
    city.lead("L3", ("C2", "TF1"), BallisticState::Excluded, Some(4.0));
    assert_eq!(city.conflicts(), [ConflictKind::ExcludedWithinCluster]);
}

#[test]
fn test_fires_of_one_gun_belong_together_without_a_lead() {
    let mut city = City::plain();
    city.test_fire("F1", "TF1b");
    city.shooting("I2", "2020-04-01", "C2");
    city.lead("L2", ("C2", "TF1b"), BallisticState::Lead, Some(4.0));
    let graph = city.graph();
    assert_eq!(graph.clusters.len(), 1);
    assert_eq!((graph.clusters[0].specimens.len(), graph.clusters[0].incidents.len()), (4, 2));
    assert!(graph.conflicts.is_empty());
}

#[test]
fn one_trace_claimed_by_several_firearms_is_a_conflict() {
    let mut city = City::plain();
    city.fired("F2", "TF2");
    city.link("T1", "F2", Decision::Review);
    assert_eq!(city.conflicts(), [ConflictKind::TraceClaimedTwice]);
}

#[test]
fn two_traces_that_name_different_purchasers_are_both_shown_and_give_no_indicator() {
    let mut city = City::plain();
    let other = city.traced("T2", "F1", Decision::Automatic);
    other.purchaser = Some(Personal::new("Eva Distinta".to_owned()));
    let graph = city.graph();
    assert_eq!(graph.conflicts[0].kind, ConflictKind::PurchasersDiffer);
    assert_eq!(graph.guns[0].traces.len(), 2);
    let traced = graph.traced_guns(&city.traces);
    assert!(traced[0].purchasers_disputed);
}

#[test]
fn a_slide_with_another_serial_number_than_the_frame_is_flagged() {
    let mut city = City::plain();
    city.firearms[0].slide_serial = Some(Serial::read("ABC12345"));
    assert!(city.conflicts().is_empty());
    city.firearms[0].slide_serial = Some(Serial::read("XYZ98765"));
    assert_eq!(city.conflicts(), [ConflictKind::SlideSerialDiffers]);
}

#[test]
fn an_edge_to_something_unknown_is_refused() {
    let mut city = City::plain();
    city.lead("L2", ("C1", "C404"), BallisticState::Lead, Some(4.0));
    let err = LinkGraph::build(&city.input()).unwrap_err();
    assert!(err.to_string().contains("C404"), "{err}");
}
