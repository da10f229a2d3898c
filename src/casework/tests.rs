//! The rules of casework, tried from every side.

use super::*;
use crate::ids::{Digest, ExhibitId, FirearmId, IncidentId, MarkId, SpecimenId};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

fn time(second: i64) -> Timestamp {
    "2026-03-01T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

fn person(name: &str, role: Role) -> Person {
    Person::new(name, role).unwrap()
}

fn evidence(specimen: &str, incident: &str) -> Side {
    Side {
        specimen: SpecimenId::new(specimen),
        exhibit: ExhibitId::new(format!("E-{specimen}")),
        origin: Origin::Evidence { incident: IncidentId::new(incident) },
    }
}

fn test_fire(specimen: &str, firearm: &str) -> Side {
    Side {
        specimen: SpecimenId::new(specimen),
        exhibit: ExhibitId::new(format!("E-{specimen}")),
        origin: Origin::TestFire { firearm: FirearmId::new(firearm) },
    }
}

fn basis() -> Basis {
    Basis {
        query: MarkId::new("m1"),
        found: MarkId::new("m2"),
        correlated: time(-5),
        parameters: Digest::of(b"parameters"),
        rank: 1,
        score: 0.1 + 0.2,
        log10_lr: Some(3.3),
        log10_lr_interval: None,
        log10_lr_of_search: None,
        cmc: 17,
    }
}

fn candidate() -> Lead {
    let joins = Association::new(evidence("S2", "I-2"), evidence("S1", "I-1")).unwrap();
    Lead::propose(joins, basis(), time(0))
}

fn record(conclusion: Conclusion, at: Timestamp) -> ExaminerRecord {
    let specimens = [SpecimenId::new("S2"), SpecimenId::new("S1")];
    ExaminerRecord::new(
        &person("Irene Perito", Role::Examiner),
        specimens,
        conclusion,
        at,
        "both cases under the scope",
    )
    .unwrap()
}

/// Every way a lead can be acted on, each with a person who may.
const ACTIONS: [&str; 8] =
    ["judge", "open", "identify", "inconclusive", "eliminate", "unsuitable", "review", "withdraw"];

fn act(lead: &mut Lead, action: &str, policy: ReviewPolicy) -> Result<(), CaseworkError> {
    let at = time(60);
    let conclude = |lead: &mut Lead, conclusion| lead.conclude(record(conclusion, at), policy);
    match action {
        "judge" => lead.judge(&person("Tomás Técnico", Role::Technician), at, "striae agree"),
        "open" => lead.open_examination(&person("Irene Perito", Role::Examiner), at),
        "identify" => conclude(lead, Conclusion::Identification),
        "inconclusive" => conclude(lead, Conclusion::Inconclusive(InconclusiveGrade::B)),
        "eliminate" => conclude(lead, Conclusion::Elimination),
        "unsuitable" => conclude(lead, Conclusion::Unsuitable),
        "review" => lead.review(&person("Second Examiner", Role::Examiner), true, at, "agreed"),
        "withdraw" => lead.withdraw(&person("Ana Lista", Role::Analyst), at, "entered twice"),
        other => panic!("{other}"),
    }
}

/// A lead brought to each state by legal steps.
fn in_every_state() -> Vec<(&'static str, Lead)> {
    let walk = |steps: &[&str], policy| {
        let mut lead = candidate();
        for step in steps {
            act(&mut lead, step, policy).unwrap();
        }
        lead
    };
    vec![
        ("candidate", walk(&[], ReviewPolicy::NONE)),
        ("lead", walk(&["judge"], ReviewPolicy::NONE)),
        ("under_examination", walk(&["judge", "open"], ReviewPolicy::NONE)),
        ("under_review", walk(&["judge", "open", "identify"], ReviewPolicy::ALL)),
        ("hit", walk(&["judge", "open", "identify"], ReviewPolicy::NONE)),
        ("inconclusive", walk(&["judge", "open", "inconclusive"], ReviewPolicy::NONE)),
        ("excluded", walk(&["judge", "open", "eliminate"], ReviewPolicy::NONE)),
        ("withdrawn", walk(&["withdraw"], ReviewPolicy::NONE)),
    ]
}

#[test]
fn every_step_from_every_state_is_taken_or_refused_as_drawn() {
    let drawn = |state: &str, action: &str| match (state, action) {
        ("candidate", "judge") => Some("lead"),
        ("lead", "open") => Some("under_examination"),
        ("under_examination", "identify") | ("under_review", "review") => Some("hit"),
        ("under_examination", "inconclusive") => Some("inconclusive"),
        ("under_examination", "eliminate") => Some("excluded"),
        ("under_examination", "unsuitable") => Some("withdrawn"),
        (state, "withdraw") if state != "withdrawn" => Some("withdrawn"),
        _ => None,
    };
    let states = in_every_state();
    assert_eq!(states.len(), 8);
    let mut taken = 0;
    for (state, before) in &states {
        assert_eq!(before.state().word(), *state);
        for action in ACTIONS {
            let mut lead = before.clone();
            let result = act(&mut lead, action, ReviewPolicy::NONE);
            if let Some(next) = drawn(state, action) {
                taken += 1;
                assert_eq!((lead.state().word(), result), (next, Ok(())), "{state} --{action}-->");
                assert_eq!(lead.history().len(), before.history().len() + 1);
            } else {
                assert!(matches!(result, Err(CaseworkError::IllegalStep { .. })), "{state} --{action}--> {result:?}");
                assert_eq!(lead, *before, "a refused step changes nothing");
            }
            // Only a state that an examiner's record has made a hit gives a Hit.
            assert_eq!(lead.hit().is_some(), lead.state() == LeadState::Hit);
        }
    }
    assert_eq!(taken, 14);
}

#[test]
fn policy_sends_a_conclusion_to_a_second_examiner() {
    for (action, end) in [("identify", "hit"), ("inconclusive", "inconclusive"), ("eliminate", "excluded")] {
        let mut lead = in_every_state().remove(2).1;
        act(&mut lead, action, ReviewPolicy::ALL).unwrap();
        assert_eq!(lead.state().word(), "under_review");
        assert!(lead.hit().is_none(), "not before the review");
        let same = lead.review(&person("irene perito", Role::Examiner), true, time(90), "mine");
        assert!(matches!(same, Err(CaseworkError::SamePerson { .. })), "{same:?}");
        let technician = lead.review(&person("Tomás Técnico", Role::Technician), true, time(90), "looks fine");
        assert!(matches!(technician, Err(CaseworkError::WrongRole { .. })), "{technician:?}");
        let mut again = lead.clone();
        again.review(&person("Second Examiner", Role::Examiner), false, time(90), "subclass").unwrap();
        assert_eq!(again.state(), LeadState::UnderExamination);
        lead.review(&person("Second Examiner", Role::Examiner), true, time(90), "agreed").unwrap();
        assert_eq!(lead.state().word(), end);
    }
    let mut lead = in_every_state().remove(2).1;
    act(&mut lead, "unsuitable", ReviewPolicy::ALL).unwrap();
    assert_eq!(lead.state(), LeadState::Withdrawn);
}

#[test]
fn a_hit_names_its_record_its_reviewer_and_what_it_joins() {
    let mut lead = in_every_state().remove(3).1;
    act(&mut lead, "review", ReviewPolicy::NONE).unwrap();
    let hit = lead.hit().unwrap();
    assert_eq!(hit.record().examiner().name(), "Irene Perito");
    assert_eq!(hit.reviewer().map(Person::name), Some("Second Examiner"));
    assert_eq!(hit.joins().incidents().len(), 2);
    assert_eq!(hit.lead(), lead.id());
    let unreviewed = in_every_state().remove(4).1.hit().unwrap();
    assert!(unreviewed.reviewer().is_none());
}

#[test]
fn roles_reasons_times_and_specimens_are_checked() {
    let examiner = person("Irene Perito", Role::Examiner);
    let auditor = person("Quality Manager", Role::Auditor);
    let mut lead = candidate();
    assert!(matches!(lead.judge(&auditor, time(1), "I say so"), Err(CaseworkError::WrongRole { .. })));
    assert!(matches!(lead.judge(&examiner, time(1), "  "), Err(CaseworkError::Blank { field: "reason" })));
    assert!(matches!(lead.judge(&examiner, time(-1), "early"), Err(CaseworkError::TimeBackwards { .. })));
    assert!(matches!(lead.withdraw(&auditor, time(1), "no"), Err(CaseworkError::WrongRole { .. })));
    lead.judge(&examiner, time(1), "striae agree").unwrap();
    for role in [Role::Technician, Role::Analyst, Role::Auditor] {
        let other = person("Somebody", role);
        assert!(matches!(lead.open_examination(&other, time(2)), Err(CaseworkError::WrongRole { .. })));
        let pair = [SpecimenId::new("S1"), SpecimenId::new("S2")];
        let record = ExaminerRecord::new(&other, pair, Conclusion::Identification, time(3), "sure");
        assert!(matches!(record, Err(CaseworkError::WrongRole { .. })), "only an examiner concludes");
    }
    lead.open_examination(&examiner, time(2)).unwrap();
    let strangers = [SpecimenId::new("S1"), SpecimenId::new("S9")];
    let other = ExaminerRecord::new(&examiner, strangers, Conclusion::Identification, time(3), "sure").unwrap();
    assert!(matches!(lead.conclude(other, ReviewPolicy::NONE), Err(CaseworkError::OtherSpecimens { .. })));
    let pair = [SpecimenId::new("S1"), SpecimenId::new("S2")];
    assert!(ExaminerRecord::new(&examiner, pair, Conclusion::Elimination, time(3), "").is_err());
    assert!(Person::new("  ", Role::Examiner).is_err());
    assert_eq!(lead.state(), LeadState::UnderExamination);
}

#[test]
fn a_lead_joins_two_incidents_or_an_incident_and_a_firearm() {
    let two = Association::new(evidence("S2", "I-2"), evidence("S1", "I-1")).unwrap();
    assert_eq!(two.first().specimen.as_str(), "S1");
    assert_eq!(two, Association::new(evidence("S1", "I-1"), evidence("S2", "I-2")).unwrap());
    let firearm = Association::new(test_fire("T1", "F-1"), evidence("S1", "I-1")).unwrap();
    assert_eq!((firearm.firearm().map(FirearmId::as_str), firearm.incidents().len()), (Some("F-1"), 1));
    assert_ne!(two.lead_id(), firearm.lead_id());
    assert!(Association::new(evidence("S1", "I-1"), evidence("S2", "I-1")).is_err());
    assert!(Association::new(test_fire("T1", "F-1"), test_fire("T2", "F-1")).is_err());
    assert!(Association::new(test_fire("T1", "F-1"), test_fire("T2", "F-2")).is_err());
    assert!(Association::new(evidence("S1", "I-1"), evidence("S1", "I-2")).is_err());

    let exhibit = Exhibit::evidence(ExhibitId::new("E"), IncidentId::new("I-1"));
    let other = Exhibit::test_fires(ExhibitId::new("F"), FirearmId::new("F-1"));
    let specimen = Specimen::numbered(SpecimenId::new("S1"), ExhibitId::new("E"));
    let fired = Specimen::numbered(SpecimenId::new("T1"), ExhibitId::new("F"));
    assert!(Association::between((&specimen, &exhibit), (&fired, &other)).is_ok());
    assert!(Association::between((&specimen, &other), (&fired, &other)).is_err(), "not its exhibit");
}

#[test]
fn a_lead_comes_back_from_json_only_with_a_history_the_rules_could_have_written() {
    for (state, lead) in in_every_state() {
        let text = serde_json::to_string(&lead).unwrap();
        assert_eq!(serde_json::from_str::<Lead>(&text).unwrap(), lead, "{state}");
    }
    let lead = serde_json::to_value(in_every_state().remove(4).1).unwrap();
    let forged = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value = lead.clone();
        change(&mut value);
        serde_json::from_value::<Lead>(value).unwrap_err().to_string()
    };
    // A hit without its history, a conclusion by a technician, steps left out, another state, another pair.
    assert!(forged(&|v| v["history"] = serde_json::json!([])).contains("expected state candidate, got hit"));
    assert!(forged(&|v| v["history"][2]["record"]["examiner"]["role"] = "technician".into()).contains("examiner"));
    assert!(forged(&|v| drop(v["history"].as_array_mut().unwrap().remove(1))).contains("damaged history at step 1"));
    assert!(forged(&|v| v["state"] = "excluded".into()).contains("expected state hit"));
    assert!(forged(&|v| v["joins"]["first"]["specimen"] = "S0".into()).contains("expected identifier"));
    assert!(forged(&|v| v["history"][2]["at"] = "2026-03-01T09:00:00Z".into()).contains("time of the conclusion"));
}

fn chain(events: usize) -> Vec<AuditEvent> {
    let mut head = ChainHead::EMPTY;
    (0..events)
        .map(|n| {
            let details = serde_json::json!({ "n": n });
            let entry =
                Entry::new(time(n as i64), "Ana Lista", "lead.judged", &format!("lead L-{n}"), &details).unwrap();
            let event = head.next(entry);
            head = event.head();
            event
        })
        .collect()
}

#[test]
fn a_chain_verifies_and_names_what_was_removed_swapped_or_cut_off_in_front() {
    let events = chain(9);
    let head = verify_chain(&events).unwrap();
    assert_eq!(head, events[8].head());
    assert_eq!(verify_chain(&[]).unwrap(), ChainHead::EMPTY);
    for gone in 0..8 {
        let mut cut = events.clone();
        cut.remove(gone);
        assert_eq!(verify_chain(&cut).unwrap_err().sequence, gone as u64 + 1);
        let mut swapped = events.clone();
        swapped.swap(gone, gone + 1);
        assert_eq!(verify_chain(&swapped).unwrap_err().sequence, gone as u64 + 1);
    }
    // Renumbering after a removal does not help.
    let mut cut = events.clone();
    cut.remove(3);
    for event in &mut cut[3..] {
        event.sequence -= 1;
    }
    assert_eq!(verify_chain(&cut).unwrap_err().sequence, 4);
    assert!(Entry::new(time(0), "", "x", "y", &serde_json::Value::Null).is_err());
}

#[test]
fn text_cannot_move_from_one_field_of_an_event_to_the_next() {
    let entry = |actor: &str, action: &str| Entry {
        at: time(0),
        actor: actor.into(),
        action: action.into(),
        subject: "s".into(),
        details: "{}".into(),
    };
    assert_ne!(ChainHead::EMPTY.next(entry("ab", "c")).hash, ChainHead::EMPTY.next(entry("a", "bc")).hash);
}

proptest! {
    #[test]
    fn a_changed_event_is_named(at in 0usize..6, field in 0..6, bit in 0..8u32, byte in 0usize..32) {
        let mut events = chain(6);
        let event = &mut events[at];
        let flip = |text: &mut String| {
            let mut bytes = text.clone().into_bytes();
            let place = byte % bytes.len();
            bytes[place] ^= 1 << (bit % 7); // stays ASCII
            *text = String::from_utf8(bytes).unwrap();
        };
        match field {
            0 => event.hash.0[byte] ^= 1 << bit,
            1 => event.previous.0[byte] ^= 1 << bit,
            2 => flip(&mut event.entry.actor),
            3 => flip(&mut event.entry.action),
            4 => flip(&mut event.entry.subject),
            _ => flip(&mut event.entry.details),
        }
        prop_assert_eq!(verify_chain(&events).unwrap_err().sequence, at as u64 + 1);
    }

    #[test]
    fn dates_come_back_from_text_and_bound_their_days(y in 1850i16..=2200, m in 1i8..=12, d in 1i8..=28, keep in 0..3) {
        let date = match keep {
            0 => PartialDate::year(y),
            1 => PartialDate::month(y, m),
            _ => PartialDate::day(y, m, d),
        }.unwrap();
        prop_assert_eq!(date.to_string().parse::<PartialDate>().unwrap(), date);
        let day = jiff::civil::date(y, m, d);
        prop_assert!(date.first() <= day && day <= date.last());
        prop_assert_eq!(date.is_day(), keep == 2);
    }
}

#[test]
fn dates_that_cannot_be_are_refused() {
    for bad in ["", "2024-13", "2024-02-30", "2024-1-1", "24", "2024-01-01-01", "0001", "2024/01/01", "-2024", "2024-"]
    {
        assert!(bad.parse::<PartialDate>().is_err(), "{bad}");
    }
    assert_eq!("2024-02".parse::<PartialDate>().unwrap().last().to_string(), "2024-02-29");
}

#[test]
fn an_incident_is_on_the_globe() {
    let mut incident = Incident::numbered(IncidentId::new("I-1"));
    assert!(incident.check().is_ok());
    incident.latitude = Some(31.7);
    assert!(incident.check().is_err(), "one coordinate alone");
    incident.longitude = Some(-106.4);
    assert!(incident.check().is_ok());
    incident.latitude = Some(f64::NAN);
    assert!(incident.check().is_err());
    incident.latitude = Some(90.5);
    assert!(incident.check().is_err());
    incident.latitude = Some(31.7);
    incident.country = Some("Mexico".into());
    assert!(incident.check().unwrap_err().to_string().contains("MX"));
    assert!(Incident::numbered(IncidentId::new(" ")).check().is_err());
}

#[test]
fn words_are_read_in_both_languages() {
    assert_eq!("Perita".parse::<Role>().unwrap(), Role::Examiner);
    assert_eq!("elíptica".parse::<FiringPinShape>().unwrap(), FiringPinShape::Elliptical);
    assert!("boss".parse::<Role>().is_err() && "square".parse::<FiringPinShape>().is_err());
}
