//! Cases that must come out right, from the records to the sentence that a reader sees, each under a name that a lawyer
//! understands.

mod desk;

use brasslink::trace::graph::{BallisticState, EdgeStatus};
use desk::{Desk, Row, consequences};

const GUN: Row<'_> =
    &[("firearm", "F1"), ("serial", "ABC12345"), ("maker", "Glock"), ("calibre", "9mm"), ("firearm_type", "pistol")];

/// A row of the table of traces: what every trace of the gun says, with what this one says over it.
fn trace<'a>(own: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut row: Vec<(&str, &str)> = own.to_vec();
    let usual = [
        ("trace", "T1"),
        ("status", "completed"),
        ("serial", "ABC12345"),
        ("maker", "Glock"),
        ("calibre", "9mm"),
        ("firearm_type", "pistol"),
    ];
    for (column, value) in usual {
        if !row.iter().any(|(c, _)| *c == column) {
            row.push((column, value));
        }
    }
    row
}

const BOUGHT: [(&str, &str); 2] = [("purchaser", "Ana Inventada Ruiz"), ("purchased_on", "2019-06-01")];

fn bought<'a>(own: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    trace(&[own, &BOUGHT].concat())
}

#[test]
fn a_trace_inherited_through_a_lead_is_told_as_unconfirmed() {
    let desk = Desk::of(&[GUN], &[&bought(&[])]).shooting("I1", "2020-03-01");
    assert!(desk.graph().inherited.is_empty(), "without a lead nothing is inherited");
    let desk = desk.joined_by("L1", "C-I1", "TF-F1", BallisticState::Lead, 4.0);
    desk.tells("I1 <- T1 (unconfirmed)", "I1 <- T1 (sin confirmar)");
    desk.tells(
        "purchase to first linked shooting (I1, unconfirmed, by a lead) 274 days",
        "de la compra al primer disparo vinculado (I1, sin confirmar, por una pista) 274 días",
    );
}

#[test]
fn a_trace_inherited_through_a_lead_disappears_when_the_lead_is_excluded() {
    let desk = |state| {
        Desk::of(&[GUN], &[&bought(&[])])
            .shooting("I1", "2020-03-01")
            .shooting("I2", "2020-04-01")
            .joined_by("L1", "C-I1", "TF-F1", state, 4.0)
            .joined_by("L2", "C-I2", "C-I1", BallisticState::Hit, 8.0)
    };
    let before = desk(BallisticState::Lead);
    assert_eq!(before.graph().inherited.len(), 2);
    for state in [BallisticState::Excluded, BallisticState::Withdrawn, BallisticState::Inconclusive] {
        let (english, spanish) = consequences(&before.if_lead("L1", state));
        for incident in ["I1", "I2"] {
            assert!(
                english.contains(&format!(
                    "inherited trace lost: incident {incident}: trace T1 of firearm F1 (unconfirmed)"
                )),
                "{english}"
            );
            assert!(
                spanish.contains(&format!(
                    "rastreo heredado que se pierde: hecho {incident}: rastreo T1 del arma F1 (sin confirmar)"
                )),
                "{spanish}"
            );
        }
        assert!(
            english.contains("cluster comes apart: [incidents I1, I2, 2 cases] [firearms F1, 1 case]"),
            "{english}"
        );
        assert!(english.contains("indicator gone: one purchaser's name behind"), "{english}");
        // What is told before is what holds after.
        let after = desk(state);
        assert!(after.graph().inherited.is_empty());
        after.is_silent_about("I1 <- T1", "I1 <- T1");
        assert!(!after.rules().contains(&"repeated_purchaser".to_owned()));
    }
    // The hit between both shootings is nobody's to take away.
    assert_eq!(desk(BallisticState::Excluded).graph().clusters[0].incidents.len(), 2);
}

#[test]
fn one_gun_with_many_traces_shows_the_newest_completed_one_and_counts_none_twice() {
    let desk = Desk::of(
        &[GUN],
        &[
            &bought(&[("trace", "T1"), ("completed_on", "2020-05-01")]),
            &bought(&[("trace", "T2"), ("completed_on", "2021-05-01")]),
            &bought(&[("trace", "T3"), ("status", "in process"), ("requested_on", "2022-05-01")]),
        ],
    );
    assert_eq!(desk.traces_of("F1"), ["T1", "T2", "T3"]);
    assert_eq!(desk.graph().guns[0].shown_trace.as_ref().unwrap().as_str(), "T2");
    desk.tells("T2: ", "T2: ");
    desk.is_silent_about("T1: ", "T1: ");
    assert!(!desk.rules().contains(&"repeated_purchaser".to_owned()), "one gun is one gun");
    assert!(!desk.rules().contains(&"multiple_sale".to_owned()));
}

#[test]
fn a_gun_recovered_returned_and_recovered_again_is_said_and_may_have_fired_in_between() {
    let register: Row<'_> = &[GUN, &[("recovered_on", "2020-02-01")]].concat();
    let desk = Desk::of(&[register], &[&bought(&[("recovered_on", "2021-02-01")])])
        .shooting("I1", "2020-08-01")
        .hit("I1", "F1");
    desk.tells(
        "recovered, returned and recovered again: F1, 2020-02-01 and 2021-02-01",
        "asegurada, devuelta y asegurada de nuevo: F1, 2020-02-01 y 2021-02-01",
    );
    desk.is_silent_about("custody alert", "alerta de custodia");
}

#[test]
fn one_trace_claimed_by_several_firearms_is_told_and_joined_to_none_by_a_program() {
    let other: Row<'_> = &[("firearm", "F2"), ("serial", "ABC12345"), ("maker", "Glock"), ("calibre", "9mm")];
    let desk = Desk::of(&[GUN, other], &[&bought(&[])]);
    desk.tells(
        "one trace claimed by several firearms: T1: F1, F2",
        "un rastreo reclamado por varias armas: T1: F1, F2",
    );
    assert!(desk.traces_of("F1").is_empty() && desk.traces_of("F2").is_empty());
}

#[test]
fn two_traces_that_name_different_purchasers_are_both_shown_and_give_no_indicator() {
    let found = [("recovered_on", "2019-08-01"), ("possessor", "Beto Inventado Paz")];
    let one = bought(&[&found[..], &[("trace", "T1")]].concat());
    let two = trace(
        &[&found[..], &[("trace", "T2"), ("purchaser", "Eva Inventada Sol"), ("purchased_on", "2019-06-02")]].concat(),
    );
    let alone = Desk::of(&[GUN], &[&one]);
    assert!(alone.rules().contains(&"short_time_to_crime".to_owned()), "{:?}", alone.rules());
    let desk = Desk::of(&[GUN], &[&one, &two]);
    desk.tells("traces name different purchasers: T1, T2", "los rastreos nombran a compradores distintos: T1, T2");
    assert!(desk.rules().is_empty(), "{:?}", desk.rules());
    desk.tells(
        "its traces name different purchasers, so no time runs from a purchase",
        "sus rastreos nombran a compradores distintos, por lo que ningún plazo corre desde una compra",
    );
}

#[test]
fn a_record_that_names_two_first_purchasers_gives_no_indicator_either() {
    let step = [
        ("recovered_on", "2019-08-01"),
        ("possessor", "Beto Inventado Paz"),
        ("disposition", "1"),
        ("disposition_kind", "first_purchaser"),
        ("disposition_name", "Eva Inventada Sol"),
    ];
    let desk = Desk::of(&[GUN], &[&bought(&step)]);
    desk.tells("one record names two first purchasers", "un registro nombra a dos primeros compradores");
    assert!(desk.rules().is_empty(), "{:?}", desk.rules());
}

#[test]
fn a_slide_with_another_serial_number_than_the_frame_is_flagged() {
    let register: Row<'_> = &[GUN, &[("slide_serial", "XYZ98765")]].concat();
    Desk::of(&[register], &[&bought(&[])]).tells(
        "slide and frame bear different serial numbers: slide XYZ98765, frame ABC12345: the breech mark follows the slide, \
         the trace the frame",
        "la corredera y el armazón llevan números de serie distintos: corredera XYZ98765, armazón ABC12345: la marca sigue \
         a la corredera, el rastreo al armazón",
    );
}

#[test]
fn two_guns_without_a_serial_number_are_never_joined() {
    for state in ["none_privately_made", "none_pre1968", "unknown"] {
        let gun: Row<'_> = &[
            ("firearm", "F1"),
            ("serial", ""),
            ("serial_state", state),
            ("calibre", "9mm"),
            ("firearm_type", "pistol"),
        ];
        let blank = trace(&[("serial", ""), ("serial_state", state), ("maker", "")]);
        let desk = Desk::of(&[gun], &[&blank]);
        assert!(desk.traces_of("F1").is_empty());
        assert!(desk.joined.record_links.iter().all(|l| l.status() != Some(EdgeStatus::Automatic)));
    }
    // Two traces without a number are two guns in every count.
    let blanks = [trace(&[("trace", "T1"), ("serial", "S/N")]), trace(&[("trace", "T2"), ("serial", "S/N")])];
    let desk = Desk::of(&[GUN], &[&blanks[0], &blanks[1]]);
    desk.tells("T1: ", "T1: ");
    desk.tells("T2: ", "T2: ");
}

#[test]
fn a_serial_number_obliterated_and_then_restored_is_joined_by_the_restored_number_and_stays_told() {
    let register: Row<'_> =
        &[GUN, &[("serial_state", "restored"), ("ori", "TX1234500"), ("case_number", "21-77"), ("item", "1")]].concat();
    let found = [("ori", "TX1234500"), ("case_number", "21-77"), ("item", "1")];
    let first = trace(
        &[
            &found[..],
            &[("trace", "T1"), ("serial", "OBLIT"), ("status", "closed_no_result"), ("completed_on", "2020-01-01")],
        ]
        .concat(),
    );
    let second = bought(
        &[&found[..], &[("trace", "T2"), ("serial_state", "restored"), ("completed_on", "2021-01-01")]].concat(),
    );
    let desk = Desk::of(&[register], &[&first, &second]);
    assert_eq!(desk.traces_of("F1"), ["T1", "T2"]);
    assert_eq!(desk.graph().guns[0].shown_trace.as_ref().unwrap().as_str(), "T2");
    desk.tells("obliterated serial number: restored", "número de serie borrado: restaurado");
}

#[test]
fn a_date_of_which_only_the_year_is_known_gives_an_interval_and_no_conflict() {
    let desk = Desk::of(
        &[GUN],
        &[&trace(&[("purchaser", "Ana Inventada Ruiz"), ("purchased_on", "2019"), ("recovered_on", "2020-01-15")])],
    )
    .shooting("I1", "2019")
    .hit("I1", "F1");
    desk.tells("time-to-crime between 15 and 379 days", "tiempo al delito entre 15 y 379 días");
    desk.tells(
        "purchase to first linked shooting (I1, by hits) between -364 and 364 days",
        "de la compra al primer disparo vinculado (I1, por hits) entre -364 y 364 días",
    );
    assert!(desk.graph().conflicts.is_empty(), "in that year it may have been after");
}

#[test]
fn the_first_of_several_shootings_is_an_interval_where_only_the_year_of_one_is_known() {
    let desk = Desk::of(&[GUN], &[&bought(&[])])
        .shooting("I1", "2020")
        .shooting("I2", "2020-03-01")
        .hit("I1", "F1")
        .hit("I2", "F1");
    // The first was on 1 March at the latest, whenever the other was.
    desk.tells("(I1 or I2, by hits) between 214 and 274 days", "(I1 o I2, por hits) entre 214 y 274 días");
}

#[test]
fn a_shooting_after_the_gun_was_recovered_is_a_custody_alert() {
    let register: Row<'_> = &[GUN, &[("recovered_on", "2020-02-01")]].concat();
    let desk = |day| Desk::of(&[register], &[&bought(&[])]).shooting("I1", day).hit("I1", "F1");
    desk("2020-03-01").tells(
        "custody alert: shooting after recovery: F1 recovered 2020-02-01, I1 on 2020-03-01",
        "alerta de custodia: disparo posterior al aseguramiento: F1 asegurada 2020-02-01, I1 el 2020-03-01",
    );
    desk("2020").is_silent_about("custody alert", "alerta de custodia");
}

#[test]
fn a_shooting_before_the_first_purchase_is_a_hard_conflict() {
    let desk = |day| Desk::of(&[GUN], &[&bought(&[])]).shooting("I1", day).hit("I1", "F1");
    let early = desk("2018-03-01");
    early.tells(
        "shooting before the first purchase: I1 on 2018-03-01, F1 purchased 2019-06-01",
        "disparo anterior a la primera compra: I1 el 2018-03-01, F1 comprada 2019-06-01",
    );
    let severity = early.graph().conflicts[0].severity;
    assert_eq!(severity, brasslink::trace::conflict::Severity::Hard);
    desk("2019").is_silent_about("before the first purchase", "anterior a la primera compra");
}

#[test]
fn a_gun_recovered_before_it_was_purchased_is_a_hard_conflict_and_no_short_time_to_crime() {
    let desk = Desk::of(&[GUN], &[&bought(&[("recovered_on", "2019-01-01"), ("possessor", "Beto Inventado Paz")])]);
    desk.tells(
        "recovered before it was purchased: purchased 2019-06-01, recovered 2019-01-01",
        "asegurada antes de su compra: comprada 2019-06-01, asegurada 2019-01-01",
    );
    desk.tells(
        "time-to-crime -151 days (recovered before it was purchased)",
        "tiempo al delito -151 días (asegurada antes de su compra)",
    );
    assert!(desk.rules().is_empty(), "{:?}", desk.rules());
}

#[test]
fn a_stated_time_to_crime_that_the_dates_do_not_give_is_told() {
    Desk::of(&[GUN], &[&bought(&[("recovered_on", "2020-06-01"), ("time_to_crime", "30")])]).tells(
        "time-to-crime 366 days; the answer states 30, which the dates do not give",
        "tiempo al delito 366 días; la respuesta indica 30, lo que las fechas no dan",
    );
}

#[test]
fn two_traced_guns_in_one_ballistic_cluster_contradict_each_other_and_the_weakest_lead_is_named() {
    let other: Row<'_> = &[("firearm", "F2"), ("serial", "KLM67890"), ("maker", "Taurus"), ("calibre", "9mm")];
    let traces = [bought(&[]), bought(&[("trace", "T2"), ("serial", "KLM67890"), ("maker", "Taurus")])];
    let desk = Desk::of(&[GUN, other], &[&traces[0], &traces[1]])
        .shooting("I1", "2020-03-01")
        .shooting("I2", "2020-04-01")
        .hit("I1", "F1")
        .hit("I2", "F2")
        .joined_by("L9", "C-I1", "C-I2", BallisticState::Lead, 1.2);
    desk.tells(
        "two firearms in one ballistic cluster: F1, F2; the weakest way to part them is to exclude lead L9 (log10 LR 1.2)",
        "dos armas en un mismo grupo balístico: F1, F2; la forma más débil de separarlas es excluir pista L9 (log10 LR 1.2)",
    );
    let (english, spanish) = consequences(&desk.if_lead("L9", BallisticState::Excluded));
    assert!(english.contains("contradiction settled: two firearms in one ballistic cluster"), "{english}");
    assert!(spanish.contains("contradicción resuelta: dos armas en un mismo grupo balístico"), "{spanish}");
    // Until then they are no two guns of one purchaser's name.
    let repeated = |desk: &Desk| {
        let found = desk.joined.indicators(&desk.graph()).unwrap();
        found.into_iter().find(|i| i.rule.to_string() == "repeated_purchaser").unwrap().text.en
    };
    assert!(repeated(&desk).ends_with("1 firearm, 2 linked incidents"), "{}", repeated(&desk));
}

#[test]
fn the_purchaser_who_is_the_possessor_is_one_person_and_gives_no_short_time_to_crime() {
    let desk =
        |possessor: &str| Desk::of(&[GUN], &[&bought(&[("recovered_on", "2019-08-01"), ("possessor", possessor)])]);
    let gap = ("how it came from there to where it was recovered is not recorded", "no consta cómo llegó de ahí");
    let own = desk("INVENTADA RUIZ, ANA");
    assert!(own.rules().is_empty(), "{:?}", own.rules());
    own.is_silent_about(gap.0, gap.1);
    let parties = |desk: &Desk| {
        let nodes = desk.graph().nodes;
        nodes.iter().filter(|n| n.id.kind.to_string() == "party").map(|n| n.roles.len()).collect::<Vec<_>>()
    };
    assert_eq!(parties(&own), [2], "one person with two roles");
    let other = desk("Beto Inventado Paz");
    assert_eq!(other.rules(), ["short_time_to_crime"]);
    other.tells(gap.0, gap.1);
    other.tells(
        "short time-to-crime with another possessor: 61 days",
        "tiempo al delito corto con otro poseedor: 61 días",
    );
    assert_eq!(parties(&other), [1, 1]);
}

/// Traces of three guns, sold by one dealer under these licences, to these purchasers.
fn three_sales(licences: [&str; 3], purchasers: [&str; 3]) -> Desk {
    let serials = ["ABC12345", "KLM67890", "RST24680"];
    let numbers = ["T1", "T2", "T3"];
    let rows: Vec<Vec<(&str, &str)>> = (0..3)
        .map(|n| {
            trace(&[
                ("trace", numbers[n]),
                ("serial", serials[n]),
                ("disposition", "1"),
                ("disposition_kind", "retailer"),
                ("disposition_name", "Lone Mesa Guns"),
                ("ffl", licences[n]),
                ("purchaser", purchasers[n]),
                ("purchased_on", "2019"),
            ])
        })
        .collect();
    Desk::of(&[GUN], &rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[test]
fn a_dealer_whose_licence_was_renewed_is_the_same_dealer() {
    let buyers = ["Ana Inventada Ruiz", "Eva Inventada Sol", "Luz Inventada Mar"];
    let renewed = three_sales(["5-74-123-01-6B-12345", "5-74-123-01-9K-12345", "5-74-123-02-2C-12345"], buyers);
    renewed.tells(
        "one dealer behind several firearms: 3 firearms, 0 linked incidents",
        "una armería detrás de varias armas: 3 armas, 0 hechos vinculados",
    );
    let others = three_sales(["5-74-123-01-6B-12345", "5-74-123-01-9K-54321", "1-11-111-01-1A-12345"], buyers);
    assert!(others.rules().is_empty(), "{:?}", others.rules());
}

/// The purchases of three spellings are told as those of one name.
fn are_one_name(purchasers: [&str; 3]) -> bool {
    let desk = three_sales(["", "", ""], purchasers);
    let all = desk.joined.indicators(&desk.graph()).unwrap();
    all.iter().any(|i| i.rule.to_string() == "repeated_purchaser" && i.traces.len() == 3)
}

#[test]
fn accents_capitals_and_a_second_surname_left_out_do_not_make_another_purchaser() {
    assert!(are_one_name(["José Inventado Peña", "INVENTADO PEÑA, JOSE", "Jose Inventado"]));
    assert!(are_one_name(["María de la Luz Inventada", "Maria Luz Inventada", "INVENTADA MARÍA LUZ"]));
    assert!(!are_one_name(["José Inventado Peña", "Josefa Inventado Peña", "José Inventado Ruiz"]));
    // A short name that fits two longer ones is nobody's.
    assert!(!are_one_name(["José Inventado Peña", "José Inventado Ruiz", "José Inventado"]));
}

#[test]
fn letters_written_as_one_sign_or_as_letter_and_accent_are_the_same_name_and_the_same_place() {
    assert!(are_one_name([
        "Jos\u{e9} Inventado Pe\u{f1}a",
        "Jose\u{301} Inventado Pen\u{303}a",
        "José Inventado Peña"
    ]));
    let flow = |state: &str| {
        let row = bought(&[
            ("disposition", "1"),
            ("disposition_kind", "retailer"),
            ("disposition_name", "Armer\u{ed}a Norte"),
            ("disposition_state", "Nuevo Le\u{f3}n"),
            ("recovered_on", "2020"),
            ("recovery_state", state),
        ]);
        Desk::of(&[GUN], &[&row]).rules()
    };
    assert!(!flow("Nuevo Leo\u{301}n").contains(&"interstate_flow".to_owned()));
    assert!(flow("Sonora").contains(&"interstate_flow".to_owned()));
}

#[test]
fn a_trace_that_reached_no_purchaser_shows_the_gap_and_its_reason() {
    let row = trace(&[("status", "closed_no_result"), ("close_reason", "too_old")]);
    Desk::of(&[GUN], &[&row])
        .tells("no step of the chain of sale is recorded", "no consta ningún paso de la cadena de venta");
    let row = trace(&[
        ("close_reason", "ffl_records_unavailable"),
        ("disposition", "1"),
        ("disposition_kind", "retailer"),
        ("disposition_name", "Lone Mesa Guns"),
    ]);
    Desk::of(&[GUN], &[&row]).tells(
        "the trace ends without a purchaser (dealer's records unavailable)",
        "el rastreo termina sin comprador (registros de la armería no disponibles)",
    );
}
