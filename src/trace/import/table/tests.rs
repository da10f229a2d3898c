//! Tests of reading tables: what is read alike, what is refused and how.

use super::*;
use proptest::prelude::*;
use std::io::Write as _;

fn one(bytes: &[u8]) -> Table {
    read("t.csv", bytes, &Form::default()).unwrap().remove(0)
}

fn cells(table: &Table) -> Vec<Vec<String>> {
    table.rows.iter().map(|r| r.cells.iter().map(str::to_owned).collect()).collect()
}

#[test]
fn excel_bytes_and_plain_bytes_give_the_same_text() {
    let windows = b"matr\xedcula;a\xf1o\nX1;2019\n";
    let plain = "matrícula;año\nX1;2019\n".as_bytes();
    let with_bom: Vec<u8> = [b"\xef\xbb\xbf", plain].concat();
    let twice = "matrÃ\u{ad}cula;aÃ±o\nX1;2019\n".as_bytes();
    let utf16 = |bom: bool| -> Vec<u8> {
        let text: Vec<u8> = "matrícula;año\nX1;2019\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        if bom { [vec![0xff, 0xfe], text].concat() } else { text }
    };
    for (bytes, encoding) in [
        (&windows[..], "windows-1252"),
        (plain, "UTF-8"),
        (&with_bom, "UTF-8"),
        (twice, "UTF-8"),
        (&utf16(true), "UTF-16LE"),
    ] {
        let table = one(bytes);
        assert!(table.read_as.en.starts_with(encoding) && table.read_as.en.contains("';'"), "{:?}", table.read_as);
        assert_eq!(cells(&table)[0], ["matrícula", "año"]);
    }
    let plain16: Vec<u8> = "serie;a\nX1;2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(cells(&one(&plain16))[0], ["serie", "a"]);
}

#[test]
fn rows_are_counted_as_a_spreadsheet_counts_them() {
    let table = one(b"a,b\n\n\"two\nlines\",x\nlast,y\n");
    assert_eq!(table.rows.iter().map(|r| r.number).collect::<Vec<_>>(), [1, 3, 4]);
}

#[test]
fn what_is_no_table_is_refused_with_what_was_expected_in_both_languages() {
    let wide = vec![b','; 1_000_000];
    let quote = [b"a,b\n\"".to_vec(), vec![b'x'; 40 << 10]].concat();
    let deep = "[".repeat(100_000);
    let deep_object = format!("[{}", "{\"a\":".repeat(100_000));
    for (bytes, en, es) in [
        (&b""[..], "empty", "vacío"),
        (b" \n\n", "empty", "vacío"),
        (b"PK\x03\x04abc", "workbook", "libro"),
        (b"\xd0\xcf\x11\xe0", "XLS", "XLS"),
        (b"a,\0b", "not a text file", "no es un archivo de texto"),
        (&wide, "too many columns", "demasiadas columnas"),
        (&quote, "a cell is too long", "demasiado larga"),
        (deep.as_bytes(), "JSON", "JSON"),
        (deep_object.as_bytes(), "JSON", "JSON"),
        (b"[{\"a\":1}", "JSON", "JSON"),
        (b"[1,2]", "JSON", "JSON"),
        (b"{\"a\":1}\nnothing", "JSON", "JSON"),
    ] {
        let err = read("t.csv", bytes, &Form::default()).err().unwrap();
        let (english, spanish) = (err.to_string(), err.message(crate::language::Language::Es));
        assert!(english.contains(en) && english.contains("t.csv"), "{english}");
        assert!(spanish.contains(es) && spanish.contains("se esperaba"), "{spanish}");
    }
}

#[test]
fn json_in_both_forms_gives_rows_and_a_chain_of_sale_one_row_a_step() {
    let array = r#"[{"trace":"T1","recovery":{"city":"Laredo"},"dispositions":[{"kind":"retailer"},{"kind":"first purchaser"}]},
                    {"trace":"T2","serial":12345,"obliterated":true,"tags":["a","b"]}]"#;
    let table = one(array.as_bytes());
    assert_eq!(
        cells(&table),
        [
            vec!["trace", "recovery city", "disposition kind", "serial", "obliterated", "tags"],
            vec!["T1", "Laredo", "retailer", "", "", ""],
            vec!["T1", "Laredo", "first purchaser", "", "", ""],
            vec!["T2", "", "", "12345", "yes", "a; b"],
        ]
    );
    assert_eq!(table.rows[3].typed(3), Some(Typed::Number));
    let lines = one(b"{\"trace\":\"T1\"}\n{\"trace\":\"T2\"}\n");
    assert_eq!(cells(&lines), [["trace"], ["T1"], ["T2"]]);
}

/// A workbook with one sheet of this XML.
fn workbook(sheet: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let packed = "http://schemas.openxmlformats.org/package/2006/relationships";
    for (name, text) in [
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{packed}\"><Relationship Id=\"a\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{packed}\"><Relationship Id=\"s\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"t\" Type=\"{office}/styles\" Target=\"styles.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"Hoja\" sheetId=\"1\" r:id=\"s\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{main}\"><numFmts count=\"1\"><numFmt numFmtId=\"170\" formatCode=\"00000000\"/></numFmts><fonts count=\"1\"><font/></fonts><fills count=\"1\"><fill/></fills><borders count=\"1\"><border/></borders><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\" applyNumberFormat=\"1\"/><xf numFmtId=\"170\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>"
            ),
        ),
        ("xl/worksheets/sheet1.xml", format!("<worksheet xmlns=\"{main}\">{sheet}</worksheet>")),
    ] {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_workbook_keeps_text_tells_dates_from_numbers_and_shows_leading_zeros_of_the_format() {
    let sheet = "<sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>1E10</t></is></c><c r=\"B1\"><v>123456</v></c>\
        <c r=\"C1\" s=\"1\"><v>43895</v></c><c r=\"D1\" s=\"2\"><v>123456</v></c><c r=\"E1\"><v>1234567890123456789</v></c></row>\
        <row r=\"3\"><c r=\"A3\" t=\"b\"><v>1</v></c></row></sheetData>";
    let table = one(&workbook(sheet));
    assert_eq!(table.sheet.as_deref(), Some("Hoja"));
    assert_eq!(cells(&table)[0], ["1E10", "123456", "2020-03-05", "00123456", "1.23457E+18"]);
    assert_eq!(table.rows[1].number, 3);
    let typed = [None, Some(Typed::Number), Some(Typed::Date), None, Some(Typed::Number)];
    assert!((0..5).all(|c| table.rows[0].typed(c) == typed[c]));
}

#[test]
fn merged_cells_say_the_same_in_each_row_below() {
    let sheet = "<sheetData><row r=\"1\"><c r=\"A1\"><v>7</v></c><c r=\"B1\"><v>1</v></c></row><row r=\"2\"><c r=\"B2\"><v>2</v></c></row>\
        </sheetData><mergeCells count=\"1\"><mergeCell ref=\"A1:A2\"/></mergeCells>";
    let table = one(&workbook(sheet));
    assert_eq!(cells(&table), [["7", "1"], ["7", "2"]]);
    assert_eq!(table.notes.len(), 1);
}

#[test]
fn hostile_workbooks_end_in_clear_errors() {
    let good = workbook("<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData>");
    for length in (4..good.len()).step_by(37) {
        assert!(matches!(read("t.xlsx", &good[..length], &Form::default()), Err(TraceError::File { .. })), "{length}");
    }
    let far = workbook("<sheetData><row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData>");
    let err = read("t.xlsx", &far, &Form::default()).err().unwrap();
    assert!(err.to_string().contains("too many columns"), "{err}");
    let bomb = workbook(&" ".repeat(MOST_BYTES + 1));
    assert!(bomb.len() < 4 << 20);
    let err = read("t.xlsx", &bomb, &Form::default()).err().unwrap();
    assert!(err.to_string().contains("too large"), "{err}");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), json in any::<bool>()) {
        let bytes = if json { [b"[".to_vec(), bytes].concat() } else { bytes };
        let _ = read("t.csv", &bytes, &Form::default());
    }

    #[test]
    fn a_damaged_workbook_is_read_or_refused(at in 0usize..2000, byte in any::<u8>()) {
        let mut bytes = workbook("<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData>");
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = read("t.xlsx", &bytes, &Form::default());
    }

    #[test]
    fn what_is_written_as_csv_json_lines_and_a_json_array_is_read_alike(
        rows in proptest::collection::vec(proptest::collection::vec("[A-Za-zñÁ0-9/. -]{1,9}", 3), 1..6)
    ) {
        let plain = |r: &Vec<String>| r.iter().map(|c| format!("x{c}x")).collect::<Vec<_>>();
        let rows: Vec<Vec<String>> = rows.iter().map(plain).collect();
        let csv = format!("a,b,c\n{}\n", rows.iter().map(|r| r.join(",")).collect::<Vec<_>>().join("\n"));
        let objects: Vec<String> =
            rows.iter().map(|r| format!("{{\"a\":\"{}\",\"b\":\"{}\",\"c\":\"{}\"}}", r[0], r[1], r[2])).collect();
        let expected = cells(&one(csv.as_bytes()));
        prop_assert_eq!(&cells(&one(objects.join("\n").as_bytes())), &expected);
        prop_assert_eq!(&cells(&one(format!("[{}]", objects.join(",")).as_bytes())), &expected);
    }
}
