//! Imports of trace records and registers through the gallery: nothing twice, nothing lost, nobody named.

use brasslink::engine::ports::{Clock as _, FixedClock, Put, RecordBatch, Stamp, Store};
use brasslink::engine::trace_history::history;
use brasslink::engine::trace_import::{BATCH, ImportRequest, Imported, import, import_file};
use brasslink::engine::trace_search::{SearchRequest, trace_serial};
use brasslink::ids::TraceId;
use brasslink::language::Language;
use brasslink::store::SqliteStore;
use brasslink::trace::catalogue::Catalogues;
use brasslink::trace::import::{DayOrder, ImportOptions, Profile, import_traces, rejects_csv};
use brasslink::trace::{Purpose, SerialState, TraceRecord, TraceStatus};
use std::time::Instant;

fn clock() -> FixedClock {
    FixedClock::at("2024-05-06T07:08:09Z".parse().unwrap())
}

fn put(store: &SqliteStore, name: &str, bytes: &[u8]) -> Imported {
    import(Some(store), &clock(), "Ana Lista", name, bytes, &ImportRequest::default(), true).unwrap()
}

fn counts(done: &Imported) -> (usize, usize, usize, usize) {
    (done.new, done.changed, done.unchanged, done.rejects.len())
}

fn events(store: &SqliteStore) -> usize {
    store.audit(1, 100_000).unwrap().len()
}

const TRACES: &str = "trace no,serial,maker,recovery date,possessor,purchaser,shoe size\n\
T1,ABC12345,Glock,25/03/2021,Rob Invented,Ann Invented,9\nT2,XYZ98765,Colt,26/03/2021,,,\n";

#[test]
fn the_same_file_twice_changes_nothing_and_adds_no_event() {
    let store = SqliteStore::in_memory().unwrap();
    assert_eq!(counts(&put(&store, "a.csv", TRACES.as_bytes())), (2, 0, 0, 0));
    let before = events(&store);
    assert_eq!(counts(&put(&store, "b.csv", TRACES.as_bytes())), (0, 0, 2, 0));
    assert_eq!(events(&store), before);
    assert_eq!(store.imported_files().unwrap().len(), 1);
    store.check().unwrap();
}

#[test]
fn new_content_under_a_known_number_is_a_version_with_a_diff_and_every_field_says_where_it_came_from() {
    let store = SqliteStore::in_memory().unwrap();
    put(&store, "a.csv", TRACES.as_bytes());
    let second = "Folio;Serie;Modelo;Marca;Fecha de aseguramiento;Poseedor;Comprador;shoe size\n\
                  T1;ABC12345;19;Glock;25/03/2021;Rob Invented;Otra Inventada;9\n";
    let preview =
        import(Some(&store), &clock(), "a", "b.csv", second.as_bytes(), &ImportRequest::default(), false).unwrap();
    assert_eq!(counts(&preview), (0, 1, 0, 0));
    assert_eq!(store.trace(&TraceId::new("T1")).unwrap().len(), 1, "a preview stores nothing");
    let done = put(&store, "b.csv", second.as_bytes());
    for one in [&preview, &done] {
        let fields: Vec<&str> = one.changes[0].fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["model", "purchaser"]);
        assert!(!format!("{one:?}").contains("Inventada"));
    }
    let told = history(&store, &TraceId::new("T1"), None).unwrap();
    let of = |path: &str| told.fields.iter().find(|f| f.field == path).unwrap();
    let maker = of("maker");
    assert_eq!(
        (maker.version, maker.row, maker.file.as_deref(), maker.column.as_deref()),
        (1, Some(2), Some("a.csv"), Some("maker"))
    );
    let model = of("model");
    assert_eq!(
        (model.version, model.row, model.file.as_deref(), model.column.as_deref()),
        (2, Some(2), Some("b.csv"), Some("Modelo"))
    );
    assert_eq!(of("purchaser").value, "***");
    assert_eq!(of("extra.shoe size").column.as_deref(), Some("shoe size"));
    let purpose = Purpose::new("a", "2024-1", "court order").unwrap();
    let told = history(&store, &TraceId::new("T1"), Some(&purpose)).unwrap();
    assert_eq!(told.fields.iter().find(|f| f.field == "purchaser").unwrap().value, "Otra Inventada");
}

#[test]
fn each_step_of_a_chain_of_sale_says_its_own_row() {
    let store = SqliteStore::in_memory().unwrap();
    let text = "trace no,serial,maker,disposition,disposition kind,disposition name,disposition date\n\
                T1,ABC12345,,2,retailer,Lone Mesa Guns,2019\nT1,ABC12345,Glock,1,manufacturer,Glock,2018\n";
    put(&store, "a.csv", text.as_bytes());
    let told = history(&store, &TraceId::new("T1"), None).unwrap();
    let row = |path: &str| told.fields.iter().find(|f| f.field == path).unwrap().row;
    assert_eq!((row("dispositions.0.date"), row("dispositions.1.date")), (Some(3), Some(2)));
    assert_eq!((row("maker"), row("serial.raw")), (Some(3), Some(2)));
}

#[test]
fn rejected_rows_corrected_in_their_file_load_and_masked_ones_are_refused() {
    let store = SqliteStore::in_memory().unwrap();
    let text = "trace no,serial,recovery date,purchaser,remark\nT1,ABC123,31/02/2020,Ann Invented,\"seen, twice\"\n\
                T2,ABC124,25/02/2020,,\nT3,ABC125\n";
    let done = put(&store, "a.csv", text.as_bytes());
    assert_eq!(counts(&done), (1, 0, 0, 2));
    let masked = rejects_csv(&done.rejects, &done.received, None, Language::Es);
    assert!(!masked.contains("Invented") && !masked.contains("twice") && masked.contains("T1"), "{masked}");
    assert_eq!(counts(&put(&store, "masked.csv", masked.replace("31/02", "28/02").as_bytes())), (0, 0, 0, 2));
    let purpose = Purpose::new("a", "2024-1", "correct a typing error").unwrap();
    for language in [Language::En, Language::Es] {
        let whole = rejects_csv(&done.rejects, &done.received, Some(&purpose), language);
        assert!(whole.contains("Ann Invented"));
        let again =
            import(None, &clock(), "a", "again.csv", whole.as_bytes(), &ImportRequest::default(), false).unwrap();
        assert_eq!(again.rejects.len(), 2, "what was not corrected is refused again");
        let mended = whole.replace("31/02/2020", "28/02/2020").replace("T3,ABC125", "T3,ABC125,,,");
        let again =
            import(None, &clock(), "a", "again.csv", mended.as_bytes(), &ImportRequest::default(), false).unwrap();
        assert_eq!(counts(&again), (2, 0, 0, 0), "{:?}", again.rejects);
        assert!(again.mapping.iter().take(3).all(|c| c.ignored));
    }
}

#[test]
fn nobody_is_named_in_anything_that_an_import_says_or_logs() {
    let store = SqliteStore::in_memory().unwrap();
    let text = "trace no,serial,recovery date,possessor,officer,purchaser,disposition kind,disposition name,associates\n\
                T1,ABC12345,25/03/2021,Secreta Uno,Secreta Dos,Secreta Tres,first purchaser,Secreta Cuatro,Secreta Cinco\n\
                T2,ABC12346,Secreta Seis,Secreta Uno,,,,,\n\
                T3,Secreta Siete Ocho,25/03/2021,,,,,,\n\
                T1,ABC12345,25/03/2021,Secreta Nueve,Secreta Dos,Secreta Tres,,,\n";
    let done = put(&store, "a.csv", text.as_bytes());
    let mut said = format!("{done:?} {}", serde_json::to_string(&done).unwrap());
    for reject in &done.rejects {
        said.push_str(&reject.message(Language::En));
        said.push_str(&reject.message(Language::Es));
    }
    said.push_str(&rejects_csv(&done.rejects, &done.received, None, Language::En));
    said.push_str(&format!("{:?}", store.audit(1, 1000).unwrap()));
    said.push_str(&format!("{:?}", store.imported_files().unwrap()));
    for bad in ["Secreta Uno,Secreta Dos\n", "Secreta Uno\n", "{\"trace\": \"Secreta Uno\"", "[\"Secreta Uno\"]"] {
        let failed = import(Some(&store), &clock(), "a", "x", bad.as_bytes(), &ImportRequest::default(), true);
        let error = failed.unwrap_err();
        said.push_str(&format!("{error} {} {error:?}", error.say(Language::Es)));
    }
    let at = said.find("Secreta").map(|at| &said[at.saturating_sub(80)..(at + 40).min(said.len())]);
    assert_eq!(at, None);
}

#[test]
fn an_import_that_was_cut_off_has_whole_batches_and_the_same_command_finishes_it() {
    let store = SqliteStore::in_memory().unwrap();
    let mut text = "trace no,serial\n".to_owned();
    for number in 0..BATCH + 50 {
        text.push_str(&format!("T{number},SN{number:06}\n"));
    }
    let outcome = import_traces(text.as_bytes(), &ImportOptions::named("a.csv")).unwrap();
    let first = RecordBatch::Traces(&outcome.records[..BATCH]);
    let stamp = Stamp::new(clock().now(), "Ana Lista");
    assert!(store.put_records(first, None, &stamp).unwrap().iter().all(|put| *put == Put::New));
    assert_eq!(counts(&put(&store, "a.csv", text.as_bytes())), (50, 0, BATCH, 0));
    let last = store.audit(1, 1000).unwrap().pop().unwrap();
    assert!(last.entry.action == "traces.imported" && last.entry.details.contains("\"new\":50"), "{last:?}");
    store.verify_audit().unwrap();
}

#[test]
fn a_batch_with_a_blank_number_is_refused_whole() {
    let store = SqliteStore::in_memory().unwrap();
    let mut records = import_traces(TRACES.as_bytes(), &ImportOptions::named("a.csv")).unwrap().records;
    records[1].trace = TraceId::new(" ");
    let stamp = Stamp::new(clock().now(), "Ana Lista");
    assert!(store.put_records(RecordBatch::Traces(&records), None, &stamp).is_err());
    assert!(store.traces().unwrap().is_empty());
}

const SALES: &str = "Date,From,From FFL,To,Kind,FFL,Serial Number,Manufacturer,Model,Caliber\n\
2018-01-10,Glock GmbH,,Glock Inc,importer,9-58-067-08-6B-01234,ABC12345,Glock,19,9mm\n\
2018-05-04,Lone Mesa Guns,9-74-123-01-7C-12345,Ann Invented,,,ABC12345,Glock,19,9mm\n\
2018-03-03,Glock Inc,9-58-067-08-6B-01234,Lone Mesa Guns,dealer,9-74-123-01-6B-12345,ABC12345,Glock,19,9mm\n\
2017-05-04,Other Dealer,9-74-123-01-7C-99999,Up Invented,,,ABC12345,Taurus,PT92,9mm\n\
2019-05-04,Other Dealer,9-74-123-01-7C-99999,Up Invented,,,ABC12346,Glock,19,9mm\n";

#[test]
fn a_serial_number_is_traced_from_recovery_to_purchaser_in_own_transactions() {
    let store = SqliteStore::in_memory().unwrap();
    let done = put(&store, "sales.csv", SALES.as_bytes());
    assert_eq!(counts(&done), (5, 0, 0, 0), "{:?}", done.rejects);
    assert_eq!(counts(&put(&store, "sales.csv", SALES.as_bytes())), (0, 0, 5, 0));
    let ask = |serial: &str, maker: Option<&str>, keep: bool| {
        let request = SearchRequest {
            serial: Some(serial.to_owned()),
            maker: maker.map(str::to_owned),
            ..SearchRequest::default()
        };
        trace_serial(&store, &clock(), "Ana Lista", &request, keep)
    };
    // Two makers bear the number: both are shown and none is chosen.
    let both = ask("abc-12345", None, false).unwrap();
    assert_eq!((both.answer.fitting.len(), both.trace.is_none()), (2, true));
    assert!(ask("ABC12345", None, true).is_err(), "what does not fit one firearm alone is not kept");
    // A look-alike letter still finds it; the neighbour is a candidate and no answer.
    let one = ask("A8C12345", Some("GLOCK"), true).unwrap();
    assert_eq!((one.answer.fitting.len(), one.kept), (1, Some(Put::New)));
    let trace = one.trace.as_ref().unwrap();
    let kinds: Vec<&str> = trace.dispositions.iter().map(|d| d.kind.code()).collect();
    assert_eq!(kinds, ["manufacturer", "importer", "retailer", "first_purchaser"]);
    assert!(one.answer.fitting[0].breaks.is_empty(), "{:?}", one.answer.fitting[0].breaks);
    let against: Vec<&str> = one.answer.candidates.iter().map(|c| c.serial.normal.as_str()).collect();
    assert!(against.contains(&"ABC12345"), "another maker is a candidate: {against:?}");
    let json = serde_json::to_string(&one).unwrap();
    assert!(!json.contains("Invented"), "people are masked");
    let kept = store.trace(&trace.trace).unwrap().pop().unwrap().record;
    let purpose = Purpose::new("a", "2024-1", "court order").unwrap();
    let buyer = kept.purchaser.as_ref().and_then(|p| p.reveal(&purpose).cloned());
    assert_eq!(
        (buyer.as_deref(), kept.purchased_on.unwrap().to_string().as_str()),
        (Some("Ann Invented"), "2018-05-04")
    );
    assert_eq!(ask("A8C12345", Some("GLOCK"), true).unwrap().kept, Some(Put::Unchanged));
    // Nothing is said that is not recorded, and every search is logged.
    let none = ask("ZZZ00999", None, false).unwrap();
    assert!(none.says.en.starts_with("no record") && none.answer.candidates.is_empty());
    assert!(ask("S/N", None, false).is_err());
    let log = store.audit(1, 1000).unwrap();
    assert_eq!(log.iter().filter(|e| e.entry.action == "transactions searched").count(), 5);
    assert!(!format!("{log:?}").contains("Invented"));
    store.check().unwrap();
}

#[test]
fn test_fires_and_custody_load_by_their_headers_in_both_languages() {
    let store = SqliteStore::in_memory().unwrap();
    let fires = "Casquillo,Arma,Fecha,Perito\nE-1,A-1,25/05/2022,Eva Inventada\nE-1,A-2,25/05/2022,Eva Inventada\n";
    let done = put(&store, "pruebas.csv", fires.as_bytes());
    assert_eq!(counts(&done), (1, 0, 0, 1), "one case is fired from one firearm");
    let english = "Specimen,Firearm,Date,Who\nE-1,A-1,2022-05-25,Eva Inventada\n";
    assert_eq!(counts(&put(&store, "fires.csv", english.as_bytes())), (0, 0, 1, 0), "the same content in English");
    assert_eq!(store.test_fires().unwrap()[0].firearm.as_str(), "A-1");
    let custody = "Indicio,De,A,Fecha,Motivo\n7,Luis Inventado,Eva Inventada,13/05/2022 10:30,dictamen\n\
                   7,Eva Inventada,Bodega,13/05/2022 18:00,resguardo\n";
    assert_eq!(counts(&put(&store, "custodia.csv", custody.as_bytes())), (2, 0, 0, 0));
    let transfers = store.custody().unwrap();
    assert_eq!((transfers.len(), transfers[0].time.is_some()), (2, true));
    assert!(!format!("{transfers:?}{}", serde_json::to_string(&transfers).unwrap()).contains("Inventad"));
}

#[test]
fn a_profile_is_detected_by_its_headers_and_states_order_constants_and_words() {
    let profile = Profile::from_toml(
        "own.toml",
        "name = \"own\"\nday_order = \"mdy\"\ndetect = [\"GunNo\"]\nignore = [\"Line\"]\n[constants]\nagency = \"Invented PD\"\n\
         [columns]\ntrace = [\"Req\"]\nserial = [\"GunNo\"]\n[words.firearm_type]\npistol = [\"short\"]\n",
    )
    .unwrap();
    let text = "Line,Req,GunNo,recovery date,type\n1,T1,ABC123,03/04/2020,short\n";
    let options = ImportOptions { profiles: vec![profile.clone()], ..ImportOptions::named("t.csv") };
    let outcome = import_traces(text.as_bytes(), &options).unwrap();
    let record = &outcome.records[0];
    assert_eq!(outcome.profile.as_deref(), Some("own"));
    assert_eq!(
        (record.recovered_on.unwrap().to_string(), record.agency.as_deref()),
        ("2020-03-04".to_owned(), Some("Invented PD"))
    );
    assert_eq!((record.firearm_type.as_ref().unwrap().code(), record.extra.len()), ("pistol", 0));
    let missing = import_traces(text.as_bytes(), &ImportOptions::named("t.csv")).unwrap_err();
    assert!(missing.to_string().contains("also: "), "{missing}");
    assert!(missing.message(Language::Es).contains("faltan columnas"));
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/trace").join(name)).unwrap()
}

#[test]
fn the_hand_made_files_are_those_of_their_manifest() {
    let manifest: Vec<serde_json::Value> = serde_json::from_slice(&fixture("manifest.json")).unwrap();
    assert_eq!(manifest.len(), 4);
    for entry in manifest {
        let digest = brasslink::ids::Digest::of(&fixture(entry["file"].as_str().unwrap()));
        assert_eq!(Some(digest.to_hex().as_str()), entry["sha256"].as_str(), "{entry}");
    }
}

#[test]
fn a_messy_spanish_workbook_loads_without_a_word_from_its_clerk() {
    let store = SqliteStore::in_memory().unwrap();
    let done = put(&store, "relacion-armas.xlsx", &fixture("relacion-armas.xlsx"));
    assert_eq!(counts(&done), (6, 0, 0, 1), "{:?}", done.rejects);
    assert_eq!(done.rejects[0].field.as_ref().unwrap().code(), "recovered_on");
    let trace = |number: &str| store.trace(&TraceId::new(number)).unwrap().pop().unwrap().record;
    assert_eq!(trace("F-1001").recovered_on.unwrap().to_string(), "2022-03-04");
    assert_eq!(trace("F-1002").recovered_on.unwrap().to_string(), "2022-04-25");
    assert_eq!(trace("F-1003").recovered_on.unwrap().to_string(), "2022-05-13");
    assert_eq!(trace("F-1006").recovered_on.unwrap().to_string(), "2022-06-10", "a day number without its format");
    assert_eq!(trace("F-1001").recovered_at.to_string(), "Culiacán, Sinaloa");
    assert_eq!(trace("F-1004").serial.state, SerialState::Obliterated);
    assert_eq!(trace("F-1005").serial.state, SerialState::Unknown);
    assert_eq!(trace("F-1002").serial.normal, "123456789");
    let notes: Vec<&str> = done.notes.iter().map(|n| n.text.es.as_str()).collect();
    for word in ["hoja", "encabezado", "totales", "observación", "guardado como número", "números de día"] {
        assert!(notes.iter().any(|n| n.contains(word)), "{word}: {notes:?}");
    }
}

#[test]
fn a_messy_english_table_loads_without_a_word_from_its_clerk() {
    let store = SqliteStore::in_memory().unwrap();
    let done = put(&store, "traces-police.csv", &fixture("traces-police.csv"));
    let refused: Vec<&str> = done.rejects.iter().filter_map(|r| r.field.as_ref()).map(|f| f.code()).collect();
    assert_eq!((done.new, refused), (4, vec!["recovered_on", "serial"]), "{:?}", done.rejects);
    let trace = |number: &str| store.trace(&TraceId::new(number)).unwrap().pop().unwrap().record;
    let first = trace("T-2001");
    assert_eq!((first.serial.normal.as_str(), first.stated_time_to_crime_days), ("ABC1234", Some(445)));
    assert_eq!(
        first.purchased_on.unwrap().to_string(),
        "2020-01-05",
        "the other column of dates has days above twelve"
    );
    assert!(!trace("T-2002").serial.is_number(), "rounded by a spreadsheet");
    assert_eq!(trace("T-2006").recovered_on.unwrap().to_string(), "2021-06");
    for word in ["rounded", "header again", "totals", "remark", "same row again", "another column already gives"] {
        assert!(done.notes.iter().any(|n| n.text.en.contains(word)), "{word}: {:?}", done.notes);
    }
}

fn put_file(store: &SqliteStore, name: &str) -> Vec<Imported> {
    let day_order = name.ends_with(".xlsx").then_some(DayOrder::DayFirst);
    let request = ImportRequest { day_order, ..ImportRequest::default() };
    import_file(Some(store), &clock(), "Ana Lista", name, &fixture(name), &request, true).unwrap()
}

fn stored(store: &SqliteStore, number: &str) -> TraceRecord {
    store.trace(&TraceId::new(number)).unwrap().pop().unwrap().record
}

#[test]
fn a_workbook_of_two_half_years_loads_from_both_sheets_with_its_slips_told() {
    let store = SqliteStore::in_memory().unwrap();
    // Dates of purchase may come from the other country: their one cell does not tell, and the message says what to do.
    let name = "aseguramientos-2023.xlsx";
    let request = ImportRequest::default();
    let refused = import_file(Some(&store), &clock(), "Ana Lista", name, &fixture(name), &request, true).unwrap_err();
    for word in ["Fecha compra", "fila 6", "--dates day-first"] {
        assert!(refused.say(Language::Es).contains(word), "{}", refused.say(Language::Es));
    }
    assert!(store.traces().unwrap().is_empty());
    let done = put_file(&store, name);
    let said: Vec<_> = done.iter().map(|d| (d.file.as_str(), counts(d))).collect();
    assert_eq!(
        said,
        [
            ("aseguramientos-2023.xlsx [ENE-JUN 2023]", (6, 0, 0, 0)),
            ("aseguramientos-2023.xlsx [JUL-DIC 2023]", (3, 0, 0, 0))
        ],
        "{:?}",
        done.iter().map(|d| &d.rejects).collect::<Vec<_>>()
    );
    let days: Vec<String> =
        (1..=9).map(|n| stored(&store, &format!("R-23-00{n}")).recovered_on.unwrap().to_string()).collect();
    assert_eq!(
        days,
        [
            "2023-01-03",
            "2023-02-15",
            "2023-03-03",
            "2023-03",
            "2023-04-05",
            "2023-04-20",
            "2023-08-31",
            "2023-09-16",
            "2023-10-16"
        ]
    );
    let serial = |n: usize| stored(&store, &format!("R-23-00{n}")).serial;
    let numbers: Vec<String> = (1..=9).map(|n| serial(n).normal).collect();
    assert_eq!(
        numbers,
        ["00123456", "12345678", "TLN45821B", "", "D998877", "", "0000714", "LGC0098712", "PX12345"],
        "zeros behind an apostrophe and in cells of text stay"
    );
    assert_eq!((serial(4).state, serial(6).state), (SerialState::Obliterated, SerialState::Unknown));
    let first = stored(&store, "R-23-001");
    assert_eq!(first.maker.as_deref(), Some("GLOK"), "as written");
    assert!(first.possessor.is_some() && first.recovered_at.to_string() == "Culiacán, Sinaloa");
    let second = stored(&store, "R-23-002");
    assert!(second.purchaser.is_some());
    assert_eq!(stored(&store, "R-23-007").purchased_on.unwrap().to_string(), "2022-08-12");
    assert_eq!(stored(&store, "R-23-005").possessor, None, "S/D says nothing");
    let catalogues = Catalogues::embedded().unwrap();
    let calibre = |n: usize| {
        let written = stored(&store, &format!("R-23-00{n}")).calibre.unwrap();
        catalogues.calibre(&written).filter(|c| c.known).map(|c| c.code)
    };
    for (n, code) in [(1, "9mm_luger"), (2, "9mm_luger"), (5, "38_special"), (6, "12_gauge"), (9, "9mm_luger")] {
        assert_eq!(calibre(n).as_deref(), Some(code), "{n}");
    }
    let notes: Vec<&str> = done.iter().flat_map(|d| &d.notes).map(|n| n.text.es.as_str()).collect();
    for word in ["JUL-DIC 2023", "GLOK", "Bereta", "Weson", "Mosberg", "totales", "observación", "guardado como número"]
    {
        assert!(notes.iter().any(|n| n.to_lowercase().contains(&word.to_lowercase())), "{word}: {notes:#?}");
    }
    assert!(!notes.iter().any(|n| n.contains("«N°» no se reconoce")), "what is told of a column is told once");
    assert!(!format!("{done:?}").contains("Inventad"));
    let again = put_file(&store, "aseguramientos-2023.xlsx");
    assert!(again.iter().all(|d| d.new == 0 && d.changed == 0), "the same file twice changes nothing");
    let told = history(&store, &TraceId::new("R-23-008"), None).unwrap();
    let model = told.fields.iter().find(|f| f.field == "model").unwrap();
    assert_eq!(
        (model.file.as_deref(), model.row, model.column.as_deref()),
        (Some("aseguramientos-2023.xlsx [JUL-DIC 2023]"), Some(6), Some("MODELO"))
    );
}

#[test]
fn a_sheriffs_log_with_semicolons_and_quoted_lines_loads_and_two_bad_rows_are_named() {
    let store = SqliteStore::in_memory().unwrap();
    let done = put_file(&store, "recovered-guns.csv").remove(0);
    assert_eq!((done.new, done.rejects.len()), (7, 2), "{:?}", done.rejects);
    let refused: Vec<(u64, Option<&str>)> =
        done.rejects.iter().map(|r| (r.row, r.field.as_ref().map(|f| f.code()))).collect();
    assert_eq!(refused, [(13, Some("recovered_on")), (14, None)], "a day that is none, a line that is cut off");
    let first = stored(&store, "LM-0001");
    assert_eq!(
        (first.recovered_on.unwrap().to_string(), first.purchased_on.unwrap().to_string()),
        ("2023-03-25".to_owned(), "2020-01-05".to_owned()),
        "months first, in both columns"
    );
    assert!(first.extra.contains_key("Notes") && first.purchaser.is_some());
    let unknown = stored(&store, "LM-0003");
    assert_eq!((unknown.maker, unknown.model, unknown.serial.is_number()), (None, None, false), "UNK says nothing");
    let text = |n: &str| stored(&store, n).serial;
    assert_eq!((text("LM-0002").normal.as_str(), text("LM-0005").normal.as_str()), ("0045821", "1E10"));
    assert!(!text("LM-0006").is_number(), "rounded by a spreadsheet");
    assert_eq!(text("LM-0007").state, SerialState::Obliterated);
    assert_eq!(stored(&store, "LM-0004").recovered_at.city.as_deref(), Some("San Inés"));
    assert!(
        matches!(stored(&store, "LM-0004").status, TraceStatus::ClosedNoResult),
        "{:?}",
        stored(&store, "LM-0004").status
    );
    for word in ["Glok", "Remmington", "header again", "totals", "rounded", "windows-1252"] {
        assert!(done.notes.iter().any(|n| n.text.en.contains(word)), "{word}: {:#?}", done.notes);
    }
    assert!(!format!("{done:?}").contains("Invented,"));
}

/// Measures, on a file of 200,000 traces, the rows a second of reading and of keeping. Run by hand:
/// `cargo test --release --locked --test suite -- --ignored --nocapture import_is_fast`
#[test]
#[ignore = "measures; run with --release"]
fn import_is_fast() {
    const ROWS: usize = 200_000;
    let mut text = "trace no,status,serial,maker,model,caliber,type,recovery date,city,state,agency,case no,purchaser,purchase date\n".to_owned();
    for n in 0..ROWS {
        let day = n % 28 + 1;
        text.push_str(&format!(
            "T{n:07},completed,SN{:06}X{},Glock,19,9mm,pistol,2021-03-{day:02},Laredo,TX,Invented PD,21-{n},Ann Invented {n},2019-05-{day:02}\n",
            n.wrapping_mul(7919) % 1_000_000, n % 10
        ));
    }
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open_or_create(folder.path()).unwrap();
    let start = Instant::now();
    let outcome = import_traces(text.as_bytes(), &ImportOptions::named("a.csv")).unwrap();
    let parsed = start.elapsed().as_secs_f64();
    assert_eq!((outcome.records.len(), outcome.rejects.len()), (ROWS, 0));
    let stamp = Stamp::new(clock().now(), "Ana Lista");
    for (round, wanted) in [("new", Put::New), ("again", Put::Unchanged)] {
        let start = Instant::now();
        for batch in outcome.records.chunks(BATCH) {
            let puts = store.put_records(RecordBatch::Traces(batch), None, &stamp).unwrap();
            assert!(puts.iter().all(|put| *put == wanted));
        }
        let kept = start.elapsed().as_secs_f64();
        println!("{round}: {:.0} records/s kept ({kept:.2} s)", ROWS as f64 / kept);
    }
    println!("{:.0} rows/s read ({parsed:.2} s, {} MiB)", ROWS as f64 / parsed, text.len() >> 20);
}
