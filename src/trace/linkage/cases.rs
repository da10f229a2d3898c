//! Cases that must come out right, in the words of those who will ask about them in court.

use super::*;
use crate::trace::{Ffl, PartialDate, Personal, Serial, SerialState};

fn firearm(id: &str, serial: &str) -> FirearmRecord {
    let mut record = FirearmRecord::new(FirearmId::new(id), Serial::read(serial));
    record.maker = Some("Glock".to_owned());
    record.calibre = Some("9mm".to_owned());
    record
}

fn trace(id: &str, serial: &str) -> TraceRecord {
    let mut record = TraceRecord::new(TraceId::new(id), Serial::read(serial));
    record.status = crate::trace::TraceStatus::Completed;
    record.maker = Some("Glock".to_owned());
    record.calibre = Some("9mm".to_owned());
    record
}

/// The links of a few records in a country of 200,000 traces.
fn linked(firearms: &[FirearmRecord], traces: &[TraceRecord]) -> Vec<RecordLink> {
    let options = LinkOptions { population: Some(200_000), ..LinkOptions::default() };
    link(firearms, traces, &Catalogues::embedded().unwrap(), &options).unwrap()
}

fn said(link: &RecordLink, words: &str) -> bool {
    link.reasons.iter().any(|r| r.en.contains(words))
}

fn same_case(f: &mut FirearmRecord, t: &mut TraceRecord) {
    (f.agency, f.case_number, f.item) = (Some("Laredo PD".into()), Some("21-77".into()), Some("1".into()));
    (t.agency, t.case_number, t.item) = (f.agency.clone(), f.case_number.clone(), f.item.clone());
}

#[test]
fn two_guns_without_a_serial_number_are_not_one_gun_even_on_the_same_day_in_the_same_town() {
    for (word, state) in
        [("NONE", SerialState::NonePrivatelyMade), ("OBLIT", SerialState::Obliterated), ("UNK", SerialState::Unknown)]
    {
        let (mut f, mut t) = (firearm("F", word), trace("T", word));
        (f.serial, t.serial) = (f.serial.in_state(state.clone()), t.serial.in_state(state));
        (f.recovered_on, t.recovered_on) = (PartialDate::day(2021, 3, 9), PartialDate::day(2021, 3, 9));
        f.recovered_at.city = Some("Laredo".to_owned());
        f.recovered_at.state = Some("TX".to_owned());
        t.recovered_at = f.recovered_at.clone();
        let found = linked(&[f], &[t]);
        assert!(found.iter().all(|l| l.decision != Decision::Automatic), "{word}: {found:?}");
    }
}

#[test]
fn a_number_that_differs_by_one_character_is_never_joined_without_a_person_whatever_else_agrees() {
    let (mut f, mut t) = (firearm("F", "ABC123456"), trace("T", "ABC123457"));
    same_case(&mut f, &mut t);
    (f.nic_number, t.nic_number) = (Some("G123456789".into()), Some("G123456789".into()));
    (f.recovered_on, t.recovered_on) = (PartialDate::day(2021, 3, 9), PartialDate::day(2021, 3, 9));
    f.trace = Some(TraceId::new("T"));
    let found = linked(&[f], &[t]);
    assert_eq!(found[0].decision, Decision::Review);
    assert!(found[0].probability > 0.999, "it is not for want of evidence");
    assert!(said(&found[0], "neighbouring numbers are different guns"));
}

#[test]
fn guns_bought_together_with_consecutive_numbers_stay_apart() {
    let register: Vec<_> = (0..5).map(|n| firearm(&format!("F{n}"), &format!("ABC12345{n}"))).collect();
    let traces: Vec<_> = (0..5).map(|n| trace(&format!("T{n}"), &format!("ABC12345{n}"))).collect();
    let found = linked(&register, &traces);
    let joined: Vec<_> = found.iter().filter(|l| l.decision == Decision::Automatic).collect();
    assert_eq!(joined.len(), 5);
    assert!(joined.iter().all(|l| l.firearm.as_str()[1..] == l.trace.as_str()[1..]));
}

#[test]
fn the_same_number_and_caliber_of_another_maker_waits_for_a_person() {
    let mut t = trace("T", "ABC123456");
    t.maker = Some("Taurus".to_owned());
    let found = linked(&[firearm("F", "ABC123456")], &[t]);
    assert_eq!(found[0].decision, Decision::Review);
    assert!(said(&found[0], "importers have shipped"));
}

#[test]
fn a_gun_obliterated_at_the_scene_and_restored_in_the_laboratory_is_one_gun_by_its_case_and_item() {
    let (mut f, mut t) = (firearm("F", "ABC123456"), trace("T", "BORRADO"));
    f.serial = f.serial.in_state(SerialState::Restored);
    same_case(&mut f, &mut t);
    (f.recovered_on, t.recovered_on) = (PartialDate::day(2021, 3, 9), PartialDate::day(2021, 3, 9));
    let found = linked(&[f.clone()], &[t.clone()]);
    assert_eq!(found[0].decision, Decision::Automatic, "{:?}", found[0]);
    assert_eq!(found[0].serial, SerialComparison::NotComparable, "a missing number contradicts nothing");
    t.item = Some("2".to_owned());
    assert!(linked(&[f], &[t]).iter().all(|l| l.decision != Decision::Automatic), "another item is another gun");
}

#[test]
fn characters_that_were_read_and_do_not_fit_speak_against_case_and_item() {
    let (mut f, mut t) = (firearm("F", "ABC123456"), trace("T", "XYZ9?"));
    same_case(&mut f, &mut t);
    let found = linked(&[f], &[t]);
    assert_eq!(found[0].decision, Decision::Review);
    assert!(said(&found[0], "do not fit"));
}

#[test]
fn the_number_of_a_slide_is_not_the_number_of_the_frame() {
    let mut f = firearm("F", "ABC123456");
    f.slide_serial = Some(Serial::read("QRS777888"));
    let found = linked(&[f.clone()], &[trace("T1", "ABC123456"), trace("T2", "QRS777888")]);
    let of = |id: &str| found.iter().find(|l| l.trace.as_str() == id).unwrap();
    assert_eq!(of("T1").decision, Decision::Automatic, "the trace follows the frame");
    assert!(said(of("T1"), "the breech face mark follows the slide"), "and the other slide is flagged");
    assert_eq!(of("T2").decision, Decision::Review, "a number read off the slide waits for a person");
}

#[test]
fn a_privately_made_gun_is_not_joined_to_a_number() {
    let mut f = firearm("F", "PMF");
    f.serial = f.serial.in_state(SerialState::NonePrivatelyMade);
    let mut t = trace("T", "ABC123456");
    same_case(&mut f, &mut t);
    let found = linked(&[f], &[t]);
    assert!(found.iter().all(|l| l.decision != Decision::Automatic), "{found:?}");
}

#[test]
fn a_renewed_licence_is_the_same_dealer() {
    let (old, new) = (Ffl::new("1-23-456-07-8A-12345"), Ffl::new("1-23-456-07-1C-12345"));
    assert!(old.same_licensee(&new));
    assert!(!old.same_licensee(&Ffl::new("1-23-456-07-8A-12346")));
}

#[test]
fn accents_and_a_second_surname_do_not_make_another_person() {
    let name = |text: &str| Personal::new(text.to_owned());
    assert_eq!(name("José Inventado Ñúñez").same_name(&name("INVENTADO NUNEZ, JOSE")), Some(true));
    assert_eq!(name("José Inventado").same_name(&name("José Inventado Ñúñez")), Some(true));
    assert_eq!(name("José Inventado Ruiz").same_name(&name("José Inventado Ñúñez")), Some(false));
}

#[test]
fn text_typed_on_another_computer_is_the_same_text() {
    // The same letters composed (NFC) and decomposed (NFD), as Windows and macOS write them.
    let (mut f, mut t) = (firearm("F", "OBLIT"), trace("T", "OBLIT"));
    same_case(&mut f, &mut t);
    f.agency = Some("Fiscal\u{ed}a de Nuevo Le\u{f3}n".to_owned());
    t.agency = Some("Fiscali\u{301}a de Nuevo Leo\u{301}n".to_owned());
    f.recovered_at.state = Some("Nuevo Le\u{f3}n".to_owned());
    t.recovered_at.state = Some("N.L.".to_owned());
    (f.recovered_on, t.recovered_on) = (PartialDate::day(2021, 3, 9), PartialDate::day(2021, 3, 9));
    let found = linked(&[f], &[t]);
    assert_eq!(found[0].decision, Decision::Automatic, "{:?}", found[0]);
    let place = found[0].waterfall.iter().find(|s| s.field == StepField::RecoveredAt).unwrap();
    assert_eq!(place.outcome, "state", "an abbreviation is the same state");
}

#[test]
fn a_trace_that_two_firearms_claim_belongs_to_neither_until_a_person_says_so() {
    let found = linked(&[firearm("F1", "ABC123456"), firearm("F2", "ABC123456")], &[trace("T", "ABC123456")]);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|l| l.decision == Decision::Review && said(l, "claimed by firearm")));
}

#[test]
fn many_traces_of_one_gun_are_many_traces_of_one_gun() {
    let traces: Vec<_> = (0..4).map(|n| trace(&format!("T{n}"), "ABC123456")).collect();
    let found = linked(&[firearm("F", "ABC123456")], &traces);
    assert_eq!(found.iter().filter(|l| l.decision == Decision::Automatic).count(), 4);
    let guns: std::collections::BTreeSet<_> = found.iter().map(|l| &l.firearm).collect();
    assert_eq!(guns.len(), 1, "four traces, one gun");
}

#[test]
fn no_learned_weight_opens_a_gate() {
    let mut weights = Weights::default();
    for level in &LEVELS {
        level.set(&mut weights, 99.0);
    }
    weights.check().unwrap();
    let options = LinkOptions { weights, population: None };
    let catalogues = Catalogues::embedded().unwrap();
    for (a, b) in [("ABC123456", "ABC123457"), ("ABC12?456", "ABC123456"), ("ABC123456", "XYZ987654")] {
        let found = link(&[firearm("F", a)], &[trace("T", b)], &catalogues, &options).unwrap();
        assert!(found.iter().all(|l| l.decision != Decision::Automatic), "{a} {b}");
    }
}

#[test]
fn weights_out_of_their_limits_are_refused_by_name() {
    let weights = Weights { one_edit: 3.0, ..Weights::default() };
    let said = weights.check().unwrap_err().to_string();
    assert!(said.contains("one_edit") && said.contains('3'), "{said}");
    assert!(Weights { other_calibre: f64::NAN, ..Weights::default() }.check().is_err());
}

/// A country small enough for a test: some guns with slips, many strangers.
fn small_country(seed: u64) -> (Vec<FirearmRecord>, Vec<TraceRecord>, Labels) {
    use rand::{Rng, SeedableRng};
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let (mut firearms, mut traces, mut labels) = (Vec::new(), Vec::new(), Labels::new());
    for n in 0..1_500 {
        let serial = format!("A{:07}", rng.random_range(0..10_000_000));
        let mut t = trace(&format!("T{n}"), &serial);
        // Half of the calibres are wrong, so that a wrong one says little.
        if rng.random_bool(0.5) {
            t.calibre = Some(".45 ACP".to_owned());
        }
        // Three fields tell both classes apart; with one alone a mixture could not be known.
        t.model = Some(format!("M{}", rng.random_range(0..7)));
        t.recovered_on = PartialDate::day(2020, rng.random_range(1..=12), rng.random_range(1..=28));
        if n % 5 == 0 {
            let mut f = firearm(&format!("F{n}"), &serial);
            (f.model, f.recovered_on) = (t.model.clone(), t.recovered_on);
            firearms.push(f);
            labels.insert((FirearmId::new(format!("F{n}")), t.trace.clone()), true);
        }
        traces.push(t);
    }
    (firearms, traces, labels)
}

#[test]
fn learning_from_decisions_finds_how_often_calibers_are_wrong() {
    let (firearms, traces, labels) = small_country(3);
    let catalogues = Catalogues::embedded().unwrap();
    let learned = learn(&firearms, &traces, &catalogues, &LinkOptions::default(), &labels, Method::Counts).unwrap();
    let level = learned.levels.iter().find(|l| l.outcome == "incompatible").unwrap();
    assert!((level.m - 0.5).abs() < 0.08, "m {}", level.m);
    assert!((level.u - 0.5).abs() < 0.05, "u {}", level.u);
    assert_eq!(level.new, -3.0, "it says nothing, and is held where it still speaks against");
    assert!(level.held);
    assert_eq!(learned.accepted, 300);
    learned.weights.check().unwrap();
}

#[test]
fn expectation_and_maximisation_finds_the_same_without_being_told() {
    let (firearms, traces, labels) = small_country(4);
    let catalogues = Catalogues::embedded().unwrap();
    let run = |labels: &Labels, method| {
        learn(&firearms, &traces, &catalogues, &LinkOptions::default(), labels, method).unwrap()
    };
    let (told, found) = (run(&labels, Method::Counts), run(&Labels::new(), Method::Em));
    assert!((found.matched - told.matched).abs() < 15.0, "{} {}", found.matched, told.matched);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(pool.install(|| run(&Labels::new(), Method::Em)), found, "whatever the threads");
}

#[test]
fn too_few_decisions_teach_nothing() {
    let (firearms, traces, _) = small_country(5);
    let catalogues = Catalogues::embedded().unwrap();
    let learned = learn(&firearms[..3], &traces, &catalogues, &LinkOptions::default(), &Labels::new(), Method::Counts);
    assert!(learned.unwrap_err().to_string().contains("at least 30"));
}
