//! Tests of the catalogues: names that meet, rows that are refused, a site's own tables.

use super::*;

#[test]
fn makers_meet_under_all_their_names() {
    let all = Catalogues::embedded().unwrap();
    for (name, family) in [
        ("S&W", "smith_wesson"),
        ("SMITH & WESSON", "smith_wesson"),
        ("Smith y Wesson", "smith_wesson"),
        ("Glock GmbH", "glock"),
        ("GLOCK INC.", "glock"),
        ("Colt's Manufacturing Co.", "colt"),
        ("Česká zbrojovka", "cz"),
        ("Fabrique Nationale", "fn"),
    ] {
        let maker = all.maker(name).unwrap();
        assert!(maker.known && maker.family == family, "{name}: {maker:?}");
    }
    assert!(all.maker("Century Arms, Inc.").unwrap().imported.contains("romarm"));
    assert!(!all.maker("Nobody Knows").unwrap().known);
    for (slip, name) in [("GLOK", "glock"), ("Pietro Bereta", "pietroberetta"), ("Smith & Weson", "smithwesson")] {
        assert_eq!(all.nearly_maker(slip).map(maker_key).as_deref(), Some(name), "{slip}");
    }
    for not in ["Glock", "Nobody Knows", "XZ", ""] {
        assert_eq!(all.nearly_maker(not), None, "{not}");
    }
    assert!(all.maker(" - ").is_none());
}

#[test]
fn calibres_meet_under_all_their_names() {
    let all = Catalogues::embedded().unwrap();
    for (name, code) in [
        ("9mm", "9mm_luger"),
        ("9 mm", "9mm_luger"),
        ("9 × 19", "9mm_luger"),
        ("9x19 mm", "9mm_luger"),
        (".380 ACP", "380_auto"),
        ("cal. .38", "38_special"),
        ("7.62 x 39", "762x39"),
        (".40 S&W", "40_sw"),
    ] {
        let calibre = all.calibre(name).unwrap();
        assert!(calibre.known && calibre.code == code, "{name}: {calibre:?}");
    }
    assert_eq!(all.calibre(".38").unwrap().group, all.calibre(".357").unwrap().group);
    assert_ne!(all.calibre("9mm").unwrap().code, all.calibre(".380").unwrap().code);
}

#[test]
fn a_row_without_a_source_or_with_two_meanings_is_refused() {
    let header = "family,name,relation,source\n";
    let calibres = "calibre,name,interchangeable,source\n";
    assert!(Catalogues::from_csv(&format!("{header}a,x,alias,\n"), calibres).is_err());
    assert!(Catalogues::from_csv(&format!("{header}a,x,alias,s\nb,X,alias,s\n"), calibres).is_err());
    assert!(Catalogues::from_csv(header, &format!("{calibres}a,1,,s\nb,1,,s\n")).is_err());
}

#[test]
fn a_sites_own_table_adds_and_overrides() {
    let own = |kind, text: &str| Table { file: "own.csv".to_owned(), kind, text: text.to_owned() };
    let all = Catalogues::layered(&[
        own(TableKind::Makers, "family,name,relation,source\nlocal,Taller Local,alias,site\nlocal,bryco,alias,site\n"),
        own(TableKind::Types, "type,name,relation,source\nrifle,asalto corto,alias,site\n"),
        own(TableKind::Places, "kind,code,name,source\nstate,MX-TAM,la frontera chica,site\n"),
    ])
    .unwrap();
    assert_eq!(all.maker("TALLER LOCAL").unwrap().family, "local");
    assert_eq!(all.maker("Bryco").unwrap().family, "local", "the later table holds");
    assert_eq!(Catalogues::embedded().unwrap().maker("Bryco").unwrap().family, "bryco");
    assert_eq!(all.firearm_type(&FirearmType::Other("Asalto corto".to_owned())), FirearmType::Rifle);
    assert_ne!(all.hash(), Catalogues::embedded().unwrap().hash());
}

#[test]
fn every_problem_of_a_table_is_named_with_its_row_and_field() {
    let text = "family,name,relation,source\nx,,alias,s\nx,y,friend,s\nx,z,alias,\nx,q,alias,s\nw,q,alias,s\n";
    let found = check(TableKind::Makers, text);
    let told: Vec<(u64, &str)> = found.iter().map(|p| (p.row, p.field.as_str())).collect();
    assert_eq!(told, [(2, "name"), (3, "relation"), (4, "source"), (6, "name")]);
    assert_eq!(check(TableKind::Calibres, "family,name,relation,source\n")[0].field, "header");
    let own = Table { file: "own.csv".to_owned(), kind: TableKind::Makers, text: text.to_owned() };
    let said = Catalogues::layered(&[own]).unwrap_err().to_string();
    assert!(said.contains("own.csv") && said.contains("row 2"), "{said}");
}

#[test]
fn the_tables_of_the_program_are_whole() {
    let all = Catalogues::embedded().unwrap();
    assert!(all.entries().iter().filter(|e| e.table == TableKind::Makers).count() > 650);
    assert!(all.entries().iter().all(|e| !e.source.is_empty()));
    for (kind, text) in OWN {
        assert_eq!(check(kind, text), []);
    }
    let again = Catalogues::of_tables(all.tables()).unwrap();
    assert_eq!((again.hash(), again.entries()), (all.hash(), all.entries()), "the tables are all there is");
    let place = crate::trace::Place { city: None, state: Some("Texas".to_owned()), country: None };
    assert_eq!(all.places().region(&place), Places::embedded().unwrap().region(&place));
    for (a, b) in [("12 ga", ".12"), ("12 gauge", "20 gauge"), (".410", "10mm")] {
        let group = |text| all.calibre(text).unwrap().group;
        assert!(group(a).is_none() || group(a) != group(b), "{a} and {b} are not interchangeable");
    }
    assert!(all.confusable(&FirearmType::Pistol, &FirearmType::Derringer));
}
