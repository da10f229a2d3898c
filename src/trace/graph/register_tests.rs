//! What the registers of test fires, custody and transactions tell, each under a name that a lawyer understands.

use super::tests::date;
use super::trial::City;
use super::*;
use crate::ids::{FirearmId, SpecimenId};
use crate::trace::conflict::{ConflictKind, Severity};
use crate::trace::{CustodyRecord, DispositionKind, PartyName, Personal, Serial, TestFireRecord, TransactionRecord};
use std::collections::BTreeMap;

fn fired(specimen: &str, firearm: &str, day: &str) -> TestFireRecord {
    TestFireRecord {
        specimen: SpecimenId::new(specimen),
        exhibit: None,
        firearm: FirearmId::new(firearm),
        fired_on: date(day),
        fired_by: Some(Personal::new("Rosa Inventada".to_owned())),
        extra: BTreeMap::new(),
        source: None,
    }
}

fn handed(from: Option<&str>, to: &str, day: &str) -> CustodyRecord {
    CustodyRecord {
        item: None,
        firearm: Some(FirearmId::new("F1")),
        case_number: None,
        from: from.map(|name| Personal::new(name.to_owned())),
        to: Personal::new(to.to_owned()),
        date: date(day).unwrap(),
        time: None,
        reason: Some("storage".to_owned()),
        extra: BTreeMap::new(),
        source: None,
    }
}

fn sold(from: &str, to: PartyName, to_kind: DispositionKind, day: &str, sure: bool) -> TransactionInput {
    let record = TransactionRecord {
        serial: Serial::read("ABC12345"),
        maker: None,
        model: None,
        calibre: None,
        firearm_type: None,
        importer: None,
        country_of_origin: None,
        date: date(day).unwrap(),
        from: Some(PartyName::Business(from.to_owned())),
        from_kind: Some(DispositionKind::Wholesaler),
        from_ffl: None,
        to,
        to_kind,
        to_ffl: None,
        to_at: Default::default(),
        document: Some("invoice 7".to_owned()),
        extra: BTreeMap::new(),
        source: None,
    };
    TransactionInput { firearm: FirearmId::new("F1"), sure, record }
}

fn dealer(name: &str) -> PartyName {
    PartyName::Business(name.to_owned())
}

#[test]
fn a_test_fire_ties_the_firearm_to_the_case_with_who_fired_it_and_when() {
    let mut city = City::plain();
    city.test_fires = vec![fired("TF1", "F1", "2020-06-02"), fired("TF9", "F1", "2020-06-02")];
    let graph = city.graph();
    let edges: Vec<&Edge> = graph.edges.iter().filter(|e| e.kind == EdgeKind::TestFireCustody).collect();
    assert_eq!(edges.len(), 2, "one for the case of the gallery, one for the case that only the register knows");
    assert!(edges.iter().all(|e| e.date == date("2020-06-02") && e.to.key == "F1"));
    assert_eq!(edges[0].author.as_deref(), Some("lab 3"), "what casework says stands");
    assert!(edges[1].author.as_deref().is_some_and(|a| a.starts_with("person ")), "{:?}", edges[1].author);
    assert!(graph.nodes.iter().any(|n| n.id == NodeId::new(NodeKind::TestFire, "TF9")));
    assert!(!format!("{graph:?}").contains("Inventada"));
}

#[test]
fn a_test_fire_that_the_register_gives_to_another_gun_is_a_contradiction_and_moves_no_case() {
    let mut city = City::plain();
    city.firearms.push(crate::trace::FirearmRecord::new(FirearmId::new("F2"), Serial::read("ZZZ98765")));
    city.test_fires = vec![fired("TF1", "F2", "2020-06-02")];
    let graph = city.graph();
    assert_eq!(graph.conflicts[0].kind, ConflictKind::TestFireOfAnother);
    assert_eq!(graph.conflicts[0].severity, Severity::Hard);
    assert_eq!(graph.clusters[0].firearms, [FirearmId::new("F1")]);
    city.test_fires = vec![fired("C1", "F1", "2020-06-02")];
    assert_eq!(
        city.conflicts(),
        [ConflictKind::TestFireOfAnother],
        "a case from a scene was not fired by the laboratory"
    );
}

#[test]
fn a_test_fire_before_the_gun_was_recovered_cannot_be_true() {
    let mut city = City::plain();
    city.firearms[0].recovered_on = date("2020-05-10");
    city.test_fires = vec![fired("TF1", "F1", "2020-05-09")];
    assert_eq!(city.conflicts(), [ConflictKind::TestFireBeforeRecovery]);
    for possible in ["2020-05-10", "2020-05", "2020-07-01"] {
        city.test_fires = vec![fired("TF1", "F1", possible)];
        assert!(city.conflicts().is_empty(), "{possible} may be right");
    }
}

#[test]
fn a_gun_in_custody_at_the_time_of_the_shooting_cannot_have_fired_it() {
    let mut city = City::plain();
    // The shooting was on 2020-03-01.
    city.custody = vec![
        handed(Some("Agente Inventado"), "Perito Inventado", "2020-02-01"),
        handed(Some("PERITO INVENTADO"), "Almacén Inventado", "2020-04-01"),
    ];
    let graph = city.graph();
    assert_eq!(graph.conflicts[0].kind, ConflictKind::ShootingInCustody);
    assert_eq!(graph.conflicts[0].severity, Severity::Hard);
    assert_eq!(graph.conflicts[0].subjects, ["F1", "I1"]);
    city.custody[1].date = date("2020-03").unwrap();
    assert!(city.conflicts().is_empty(), "it may have been handed over on the day of the shooting");
}

#[test]
fn a_shooting_after_the_last_transfer_is_a_custody_alert() {
    let mut city = City::plain();
    city.custody = vec![handed(None, "Perito Inventado", "2020-02-01")];
    assert_eq!(city.conflicts(), [ConflictKind::ShootingAfterCustody]);
}

#[test]
fn where_another_person_hands_the_gun_over_than_took_it_the_chain_has_a_gap_and_proves_no_custody() {
    let mut city = City::plain();
    city.custody = vec![
        handed(None, "Perito Inventado", "2020-02-01"),
        handed(Some("Otra Persona"), "Almacén Inventado", "2020-04-01"),
    ];
    assert_eq!(city.conflicts(), [ConflictKind::CustodyGap]);
    city.custody[1].from = None;
    assert_eq!(city.conflicts(), [ConflictKind::ShootingAfterCustody], "not recorded who handed it over");
}

#[test]
fn a_gun_sold_on_by_a_dealer_after_it_was_recovered_is_an_alert() {
    let mut city = City::plain();
    city.firearms[0].recovered_on = date("2020-05-10");
    city.transactions = vec![sold("Mesa Supply", dealer("Verde Guns"), DispositionKind::Retailer, "2020-06-01", true)];
    assert_eq!(city.conflicts(), [ConflictKind::SoldAfterRecovery]);
    city.transactions[0].sure = false;
    assert!(city.conflicts().is_empty(), "a transaction that may be of another gun says nothing against this one");
}

#[test]
fn a_transaction_is_two_dated_edges_whose_parties_are_those_of_the_trace() {
    let mut city = City::plain();
    let buyer = PartyName::Person(Personal::new("INVENTADA RUIZ, Ana".to_owned()));
    city.transactions = vec![sold("Mesa Supply", buyer, DispositionKind::FirstPurchaser, "2019-06-01", true)];
    let graph = city.graph();
    let edge = |kind: EdgeKind| graph.edges.iter().find(|e| e.kind == kind).unwrap();
    let (by, to) = (edge(EdgeKind::TransferredBy), edge(EdgeKind::AcquiredBy));
    assert_eq!((by.date, to.date), (date("2019-06-01"), date("2019-06-01")));
    assert_eq!((by.status, to.status), (EdgeStatus::Automatic, EdgeStatus::Automatic));
    let purchaser = graph.edges.iter().find(|e| e.kind == EdgeKind::Disposition).unwrap();
    assert_eq!(to.to, purchaser.to, "the buyer of the register is the purchaser of the trace");
    assert!(graph.conflicts.is_empty());
    let other = PartyName::Person(Personal::new("Otro Distinto".to_owned()));
    city.transactions = vec![sold("Mesa Supply", other, DispositionKind::FirstPurchaser, "2019-06-01", false)];
    assert!(city.graph().edges.iter().any(|e| e.kind == EdgeKind::AcquiredBy && e.status == EdgeStatus::UnderReview));
    city.transactions[0].sure = true;
    assert_eq!(city.conflicts(), [ConflictKind::PurchasersDiffer]);
}

#[test]
fn the_order_of_the_registers_changes_nothing_and_no_name_is_in_the_graph() {
    let mut city = City::plain();
    city.custody = vec![
        handed(Some("Agente Inventado"), "Perito Inventado", "2020-06-01"),
        handed(Some("Perito Inventado"), "Almacén Inventado", "2020-07-01"),
        handed(Some("Almacén Inventado"), "Juez Inventado", "2021-07-01"),
    ];
    city.test_fires = vec![fired("TF1", "F1", "2020-06-15"), fired("TF2", "F1", "2020-06-16")];
    let graph = city.graph();
    let taken = |kind: EdgeKind| graph.edges.iter().filter(|e| e.kind == kind).count();
    assert_eq!((taken(EdgeKind::CustodyGiven), taken(EdgeKind::CustodyTaken)), (3, 3));
    let written = format!("{} {graph:?}", serde_json::to_string(&graph).unwrap());
    assert!(!written.to_lowercase().contains("inventad"), "{written}");
    city.custody.reverse();
    city.test_fires.reverse();
    assert_eq!(city.graph(), graph);
}

#[test]
fn a_register_that_names_a_firearm_nobody_knows_is_refused() {
    let mut city = City::plain();
    city.test_fires = vec![fired("TF1", "F404", "2020-06-02")];
    let err = LinkGraph::build(&city.input()).unwrap_err().to_string();
    assert!(err.contains("F404") && err.contains("test fires"), "{err}");
}
