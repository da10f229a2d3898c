//! Tests of whole imports: what loads, what is refused, and that nothing is lost on the way.

use super::*;
use crate::trace::{DispositionKind, FirearmType, PartyName, Purpose, SerialState, TraceStatus};
use proptest::prelude::*;

fn traces(text: &str) -> ImportOutcome<TraceRecord> {
    import_traces(text.as_bytes(), &ImportOptions::named("t.csv")).unwrap()
}

const ENGLISH: &str = "\
trace_no,status,close_reason,serial,serial_state,manufacturer,model,caliber,type,importer,country_of_origin,\
recovery_date,recovery_city,recovery_state,recovery_country,agency,case_no,item,possessor,disposition,\
disposition_kind,disposition_name,disposition_state,ffl,disposition_date,purchaser,purchase_date,multiple_sale
T1,completed,purchaser_identified,ABC12345,full,Glock,19,9mm,pistol,Glock Inc.,Austria,03/25/2021,Laredo,TX,USA,\
Laredo PD,21-77,1,Rob Invented,1,manufacturer,Glock GmbH,,,01/02/2019,Ann Invented,05/13/2019,no
T1,completed,purchaser_identified,ABC12345,full,Glock,19,9mm,pistol,Glock Inc.,Austria,03/25/2021,Laredo,TX,USA,\
Laredo PD,21-77,1,Rob Invented,3,first_purchaser,Ann Invented,TX,,05/13/2019,Ann Invented,05/13/2019,no
T1,completed,purchaser_identified,ABC12345,full,Glock,19,9mm,pistol,Glock Inc.,Austria,03/25/2021,Laredo,TX,USA,\
Laredo PD,21-77,1,Rob Invented,2,retailer,Lone Mesa Guns,TX,5-74-123-01-6B-12345,05/01/2019,Ann Invented,05/13/2019,no
T2,in process,,OBLIT,obliterated,,,9mm,pistol,,,2021,El Paso,TX,USA,EPPD,,,,,,,,,,,,
";

#[test]
fn an_english_file_loads_with_its_chain_in_order() {
    let outcome = traces(ENGLISH);
    assert!(outcome.rejects.is_empty(), "{:?}", outcome.rejects);
    assert!(outcome.mapping.iter().all(|c| c.field.is_some()), "{:?}", outcome.mapping);
    assert_eq!((outcome.records.len(), outcome.rows), (2, 4));
    let first = &outcome.records[0];
    let kinds: Vec<_> = first.dispositions.iter().map(|d| d.kind.clone()).collect();
    assert_eq!(kinds, [DispositionKind::Manufacturer, DispositionKind::Retailer, DispositionKind::FirstPurchaser]);
    assert!(matches!(first.dispositions[2].name, Some(PartyName::Person(_))));
    assert_eq!(first.recovered_on.unwrap().to_string(), "2021-03-25");
    assert_eq!(first.purchased_on.unwrap().to_string(), "2019-05-13");
    assert_eq!(first.source.as_ref().unwrap().rows, [2, 3, 4]);
    assert_eq!(first.multiple_sale, Some(false));
    let second = &outcome.records[1];
    assert_eq!(
        (second.serial.state.clone(), second.recovered_on.unwrap().to_string().as_str()),
        (SerialState::Obliterated, "2021")
    );
    assert_eq!(second.status, TraceStatus::InProcess);
}

#[test]
fn a_spanish_file_in_windows_1252_with_day_first_loads() {
    let text = "Folio;Estatus;Matrícula;Marca;Modelo;Calibre;Tipo de arma;Importador;País de origen;Fecha de aseguramiento;\
Municipio;Entidad;Carpeta de investigación;Indicio;Portador;Armería;Comprador;Fecha de compra;¿Venta múltiple?;Borrada;Color
M-1;concluido;AB1234;Taurus;PT92;9 mm;Pistola;;Brasil;25/02/2022;Culiacán;Sinaloa;CI/12/22;3;José Inventado Ruiz;Armería Norte;\
Peña Inventada;13/01/2020;Sí;no;negro
M-2;sin resultado;SIN SERIE;;;.38;revólver;;;febrero 2022;Nogales;Sonora;;;;;;;;No;
";
    let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    let outcome = import_traces(&bytes, &ImportOptions::named("mx.csv")).unwrap();
    assert!(outcome.rejects.is_empty(), "{:?}", outcome.rejects);
    let first = &outcome.records[0];
    assert_eq!(first.recovered_on.unwrap().to_string(), "2022-02-25");
    assert_eq!(first.recovered_at.city.as_deref(), Some("Culiacán"));
    assert_eq!((first.firearm_type.clone(), first.multiple_sale), (Some(FirearmType::Pistol), Some(true)));
    assert_eq!(first.dispositions[0].kind, DispositionKind::Retailer);
    let purpose = Purpose::new("a", "b", "c").unwrap();
    assert_eq!(first.extra["Color"].reveal(&purpose).map(String::as_str), Some("negro"));
    let note = outcome.notes.iter().any(|n| n.text.es.contains("Color"));
    assert!(note, "an unknown column is reported");
    assert_eq!(outcome.records[1].serial.state, SerialState::Unknown);
    assert_eq!(outcome.records[1].recovered_on.unwrap().to_string(), "2022-02");
}

#[test]
fn a_bad_row_is_refused_with_its_number_and_the_good_ones_load() {
    let outcome = traces(
        "trace no,serial,recovery date,multiple sale\nT1,ABC123,31/02/2020,no\nT2,ABC124,25/02/2020,maybe\n,ABC125,,\n\
         T4,ABC126,25/02/2020,yes\nT5,ABC127\n",
    );
    let refused: Vec<_> = outcome.rejects.iter().map(|r| (r.row, r.field.clone())).collect();
    assert_eq!(
        refused,
        [(2, Some(Field::RecoveredOn)), (3, Some(Field::MultipleSale)), (4, Some(Field::Trace)), (6, None)]
    );
    assert_eq!(outcome.records.len(), 1);
    let message = outcome.rejects[0].message(crate::language::Language::Es);
    assert!(message.contains("fila 2") && message.contains("31/02/2020"), "{message}");
    assert_eq!(
        rejects_csv(&outcome.rejects, &outcome.received, None, crate::language::Language::En).lines().count(),
        5
    );
}

#[test]
fn a_name_that_slipped_into_another_column_is_not_repeated_in_a_reject() {
    let outcome = traces("trace no,serial,recovery date\nT1,ABC123,Ana Inventada\n");
    assert!(!format!("{:?}", outcome.rejects).contains("Inventada"));
}

#[test]
fn dates_that_read_both_ways_are_refused_until_the_order_is_stated() {
    let text = "trace no,serial,recovery date\nT1,ABC123,03/04/2020\nT2,ABC124,05/06/2020\n";
    let err = import_traces(text.as_bytes(), &ImportOptions::named("t.csv")).unwrap_err();
    assert!(matches!(&err, TraceError::AmbiguousDates { column, .. } if column == "recovery date"), "{err}");
    assert!(err.message(crate::language::Language::Es).contains("día/mes"));
    let stated = ImportOptions { day_order: Some(DayOrder::DayFirst), ..ImportOptions::named("t.csv") };
    let outcome = import_traces(text.as_bytes(), &stated).unwrap();
    assert_eq!(outcome.records[0].recovered_on.unwrap().to_string(), "2020-04-03");
    let mixed = "trace no,serial,recovery date\nT1,ABC123,25/04/2020\nT2,ABC124,05/26/2020\n";
    let err = import_traces(mixed.as_bytes(), &ImportOptions::named("t.csv")).unwrap_err();
    assert!(matches!(err, TraceError::MixedDates { day_row: 2, month_row: 3, .. }));
    let outcome = import_traces(mixed.as_bytes(), &stated).unwrap();
    assert_eq!((outcome.records.len(), outcome.rejects.len()), (1, 1));
}

#[test]
fn serials_survive_as_text_and_rounded_ones_are_flagged() {
    let outcome = traces("trace no,serial\nT1,1E10\nT2,000123456\nT3,1.23E+08\n");
    let normals: Vec<_> = outcome.records.iter().map(|r| r.serial.normal.as_str()).collect();
    assert_eq!(normals, ["1E10", "000123456", ""]);
    assert!(outcome.notes.iter().any(|n| n.row == Some(4) && n.text.en.contains("rounded")));
}

#[test]
fn a_trace_with_one_bad_step_is_refused_whole() {
    let outcome = traces(
        "trace no,serial,disposition,disposition kind,disposition date\nT1,ABC123,1,retailer,2019\nT1,ABC123,2,pawn,soon\n\
         T2,ABC124,1,retailer,2019\n",
    );
    assert_eq!(outcome.records.len(), 1);
    assert_eq!(outcome.rejects.iter().map(|r| r.row).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn rows_of_one_trace_that_contradict_each_other_are_refused() {
    let outcome = traces("trace no,serial,maker\nT1,ABC123,Glock\nT1,ABC999,Glock\n");
    assert!(outcome.records.is_empty());
    assert_eq!(outcome.rejects[1].field, Some(Field::Serial));
}

#[test]
fn the_same_file_twice_gives_the_same_content() {
    let (a, b) = (traces(ENGLISH), traces(ENGLISH));
    assert_eq!(a.sha256, b.sha256);
    let hashes = |o: &ImportOutcome<TraceRecord>| o.records.iter().map(TraceRecord::content_hash).collect::<Vec<_>>();
    assert_eq!(hashes(&a), hashes(&b));
    let doubled = traces(&format!("{ENGLISH}{}", ENGLISH.split_once('\n').unwrap().1));
    assert_eq!(hashes(&a), hashes(&doubled));
}

#[test]
fn a_title_above_the_header_does_not_matter() {
    let outcome = traces("Rastreos de 2022;;\n;;\nFolio;Serie;Marca\nM1;AB1234;Colt\n");
    assert_eq!(outcome.records[0].source.as_ref().unwrap().rows, [4]);
    let err = import_traces(b"a,b\n1,2\n", &ImportOptions::named("x.csv")).unwrap_err();
    assert!(err.to_string().contains("serial") && err.to_string().contains("x.csv"), "{err}");
}

#[test]
fn the_firearm_register_loads_in_both_languages() {
    let english = "firearm,serial,serial_state,maker,model,calibre,type,country_of_origin,importer,recovered_on,\
recovery_place,recovery_state,recovery_country,agency,case_no\nF1,ABC123,full,Glock,19,9mm,pistol,Austria,Glock Inc.,\
2021-03-25,Laredo,TX,USA,Laredo PD,21-77\nF1,ABC999,full,,,,,,,,,,,,\n";
    let outcome = import_firearms(english.as_bytes(), &ImportOptions::named("f.csv")).unwrap();
    assert!(outcome.mapping.iter().all(|c| c.field.is_some()), "{:?}", outcome.mapping);
    assert_eq!((outcome.records.len(), outcome.rejects.len()), (1, 1));
    assert_eq!(outcome.records[0].recovered_at.to_string(), "Laredo, TX, USA");
    let spanish = "Arma,Matrícula,Marca,Calibre,Fecha de aseguramiento,Lugar de aseguramiento\nA-1,AB1234,Colt,.38,2020,Tijuana\n";
    let outcome = import_firearms(spanish.as_bytes(), &ImportOptions::named("f.csv")).unwrap();
    assert!(outcome.rejects.is_empty());
    assert_eq!(outcome.records[0].recovered_at.city.as_deref(), Some("Tijuana"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_table_is_imported_or_refused_and_no_row_is_lost(cells in proptest::collection::vec("[A-Za-z0-9/?., -]{0,12}", 0..40)) {
        let mut text = "trace no;serial;recovery date;type;disposition;oddity\n".to_owned();
        for row in cells.chunks(6) {
            text.push_str(&row.join(";"));
            text.push('\n');
        }
        if let Ok(outcome) = import_traces(text.as_bytes(), &ImportOptions::named("p.csv")) {
            let loaded: u64 = outcome.records.iter().map(|r| r.source.as_ref().unwrap().rows.len() as u64).sum();
            let same = outcome.notes.iter().filter(|n| n.text.en.starts_with("the same row")).count() as u64;
            prop_assert_eq!(loaded + outcome.rejects.len() as u64 + same, outcome.rows);
        }
    }
}
