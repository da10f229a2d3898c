//! What goes with an excluded lead is kept in the audit log, beside the step.

use super::leads::lead;
use super::*;
use crate::casework::Conclusion;
use crate::casework::ReviewPolicy;
use crate::engine::ports::{FixedClock, LinkDecision, Put, Store, StoreError, Told};
use crate::engine::record_links::{Linker, link_records};
use crate::engine::review::{Move, step_and_tell};
use crate::engine::what_if::what_if;
use crate::ids::TraceId;
use crate::store::SqliteStore;
use crate::trace::graph::{BallisticState, Change};
use crate::trace::{FirearmRecord, Personal, Serial, TraceRecord};

/// A shooting joined by a lead to a test fire of a traced gun.
fn gallery() -> (SqliteStore, crate::ids::LeadId, FixedClock) {
    let store = SqliteStore::in_memory().unwrap();
    let (one, two) = (submission(1), test_fire(2, "F-2"));
    store.submit(&one, &stamp(1)).unwrap();
    store.submit(&two, &stamp(2)).unwrap();
    let mut firearm = FirearmRecord::new(FirearmId::new("F-2"), Serial::read("ABC12345"));
    firearm.maker = Some("Glock".to_owned());
    firearm.calibre = Some("9mm".to_owned());
    store.put_firearm(&firearm, &stamp(3)).unwrap();
    let mut trace = TraceRecord::new(TraceId::new("T-1"), Serial::read("ABC12345"));
    trace.maker = Some("Glock".to_owned());
    trace.calibre = Some("9mm".to_owned());
    trace.purchaser = Some(Personal::new("Ana Inventada".to_owned()));
    store.put_trace(&trace, &stamp(4)).unwrap();
    let clock = FixedClock::at(time(60));
    assert_eq!(link_records(&store, &clock, &Linker::built_in().unwrap(), None).unwrap().automatic, 1);
    let mut lead = lead(&one, &two, 10);
    store.put_lead(&lead, &stamp(10)).unwrap();
    lead.judge(&person(Role::Analyst), time(20), "striae agree").unwrap();
    store.update_lead(&lead, &stamp(20)).unwrap();
    (store, lead.id().clone(), clock)
}

#[test]
fn an_excluded_lead_takes_its_trace_with_it_and_the_log_says_so() {
    let (store, id, clock) = gallery();
    let change = Change::Lead { lead: id.clone(), state: BallisticState::Excluded };
    let foretold = what_if(&store, &change).unwrap();
    assert_eq!(foretold.lost.len(), 1);
    let examiner = person(Role::Examiner);
    let (_, told) = step_and_tell(&store, &clock, &examiner, &id, Move::Examine).unwrap();
    assert!(told.is_none(), "an examination takes nothing away");
    let conclude = Move::Conclude {
        conclusion: Conclusion::Elimination,
        reason: "different class characteristics".to_owned(),
        policy: ReviewPolicy::NONE,
    };
    let (lead, told) = step_and_tell(&store, &clock, &examiner, &id, conclude).unwrap();
    assert_eq!(lead.state(), crate::casework::LeadState::Excluded);
    assert_eq!(told.unwrap(), foretold, "what was shown before is what happened");
    let event = store.audit(1, 100).unwrap().pop().unwrap().entry;
    assert_eq!((event.action.as_str(), event.subject), ("lead.cascade", format!("lead {id}")));
    let details: serde_json::Value = serde_json::from_str(&event.details).unwrap();
    assert_eq!(details["inherited_traces_lost"], serde_json::json!([["I-1", "F-2", "T-1"]]));
    assert!(!event.details.contains("Inventada"));
    store.verify_audit().unwrap();
    assert!(what_if(&store, &change).unwrap().is_nothing(), "there is nothing left to lose");
}

#[test]
fn a_withdrawn_lead_takes_its_trace_with_it_too() {
    let (store, id, clock) = gallery();
    let withdraw = Move::Withdraw { reason: "wrong exhibit".to_owned() };
    let (_, told) = step_and_tell(&store, &clock, &person(Role::Analyst), &id, withdraw).unwrap();
    assert_eq!(told.unwrap().lost.len(), 1);
}

#[test]
fn a_step_and_what_went_with_it_are_kept_together_or_not_at_all() {
    let (store, id, _) = gallery();
    let before = store.verify_audit().unwrap();
    let mut lead = store.lead(&id).unwrap();
    lead.withdraw(&person(Role::Analyst), time(70), "wrong exhibit").unwrap();
    let told = |action| Told { action, subject: format!("lead {id}"), details: serde_json::json!({}) };
    assert!(matches!(store.update_lead_telling(&lead, &told(" "), &stamp(70)), Err(StoreError::Invalid { .. })));
    assert_eq!(store.lead(&id).unwrap().state(), crate::casework::LeadState::Lead, "the step is not kept either");
    assert_eq!(store.verify_audit().unwrap(), before);
    assert_eq!(store.update_lead_telling(&lead, &told("lead.cascade"), &stamp(70)).unwrap(), Put::Changed);
    assert_eq!(store.verify_audit().unwrap().sequence, before.sequence + 2);
    // A step that is known already says nothing a second time.
    assert_eq!(store.update_lead_telling(&lead, &told("lead.cascade"), &stamp(71)).unwrap(), Put::Unchanged);
    assert_eq!(store.verify_audit().unwrap().sequence, before.sequence + 2);
}

#[test]
fn a_decision_is_not_gone_without_its_reason_and_no_reason_stands_without_the_decision() {
    let (store, _, _) = gallery();
    let before = (store.verify_audit().unwrap(), store.link_decisions().unwrap());
    let told = Told {
        action: "link.undone",
        subject: "firearm F-404, trace T-1".to_owned(),
        details: serde_json::json!({ "reason": "misread" }),
    };
    let decision = LinkDecision {
        firearm: FirearmId::new("F-404"),
        trace: TraceId::new("T-1"),
        at: time(70),
        by: "linker".to_owned(),
        decision: serde_json::json!({}),
    };
    assert!(matches!(store.put_link_decision_telling(&decision, &told, &stamp(70)), Err(StoreError::NotFound { .. })));
    assert_eq!((store.verify_audit().unwrap(), store.link_decisions().unwrap()), before);
}

#[test]
fn the_story_of_tied_cases_tells_all_that_leads_firearms_and_traces_tell() {
    use crate::engine::story::{story, story_of_tied};
    let (store, id, _) = gallery();
    // Another case of the same shooting, one that a register of custody names, and two that nothing ties.
    let mut beside = submission(3);
    beside.incident = submission(1).incident;
    beside.exhibit = Exhibit::evidence(ExhibitId::new("E-3"), IncidentId::new("I-1"));
    for (n, one) in [beside, submission(4), submission(5), submission(6)].iter().enumerate() {
        store.submit(one, &stamp(100 + n as i64)).unwrap();
    }
    let handed = crate::trace::CustodyRecord {
        item: Some("S-4".to_owned()),
        firearm: None,
        case_number: None,
        from: None,
        to: Personal::new("Bruno Inventado".to_owned()),
        date: PartialDate::month(2025, 8).unwrap(),
        time: None,
        reason: None,
        extra: std::collections::BTreeMap::new(),
        source: None,
    };
    store.put_records(crate::engine::ports::RecordBatch::Custody(&[handed]), None, &stamp(110)).unwrap();

    let (whole, tied) = (story(&store).unwrap(), story_of_tied(&store).unwrap());
    let names = |story: &crate::engine::story::Story| -> Vec<String> {
        story.specimens.keys().map(ToString::to_string).collect()
    };
    assert_eq!(names(&whole), ["S-1", "S-3", "S-4", "S-5", "S-6", "T-2"]);
    assert_eq!(names(&tied), ["S-1", "S-3", "S-4", "T-2"]);
    assert_eq!(tied.incidents.len(), 2);
    assert_eq!((&tied.leads, &tied.firearms, &tied.traces), (&whole.leads, &whole.firearms, &whole.traces));
    let (a, b) = (&whole.graph, &tied.graph);
    assert_eq!((&a.clusters, &a.inherited, &a.guns), (&b.clusters, &b.inherited, &b.guns));
    assert_eq!((&a.conflicts, &a.separations), (&b.conflicts, &b.separations));
    assert_eq!(whole.indicators, tied.indicators);
    let scope = crate::report::export::Scope::Lead(id.clone());
    let nodes = |story| crate::report::export::nodes_of(story, &scope).unwrap();
    assert_eq!(nodes(&whole), nodes(&tied), "and an export of the lead is the same");
    let ends = |story: &crate::engine::story::Story| -> Vec<String> {
        story.graph.edges.iter().map(|e| format!("{:?} {} {}", e.kind, e.from, e.to)).collect()
    };
    let (all, of_tied) = (ends(&whole), ends(&tied));
    let lost: Vec<&String> = all.iter().filter(|edge| !of_tied.contains(edge)).collect();
    assert_eq!(lost.len(), 2, "{lost:?}");
    assert!(lost.iter().all(|edge| edge.starts_with("FoundAt")), "{lost:?}");

    let on = store.audit_on(&format!("lead {id}")).unwrap();
    let actions: Vec<&str> = on.iter().map(|event| event.entry.action.as_str()).collect();
    assert_eq!(actions, ["lead.proposed", "lead.judged"]);
}
