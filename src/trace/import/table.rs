//! From the bytes of a file to rows of cells: encoding, delimiter, row numbers, limits.

use crate::trace::TraceError;

/// Largest file read, bytes: a national year of traces (600,000 rows of 500 bytes) fits.
pub const MOST_BYTES: usize = 512 << 20;
/// Most columns of a table.
pub const MOST_COLUMNS: usize = 512;
/// Longest cell, bytes; longer ones come from a quotation mark that is never closed.
pub const LONGEST_CELL: usize = 32 << 10;

/// Rows of a file, and what had to be decided to read them.
pub(super) struct Table {
    /// Row number as a spreadsheet counts (the first line of the file is row 1), and the cells.
    pub rows: Vec<(u64, csv::StringRecord)>,
    /// Name of the encoding.
    pub encoding: &'static str,
    /// The delimiter.
    pub delimiter: char,
    /// Whether a quotation mark is never closed.
    pub unclosed_quote: bool,
}

/// Reads a table. Rows without any content are left out; they keep their place in the count.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Table, TraceError> {
    let refuse = |problem: &str, expected: &str, got: String| TraceError::File {
        file: file.to_owned(),
        problem: problem.to_owned(),
        expected: expected.to_owned(),
        got,
    };
    if bytes.len() > MOST_BYTES {
        return Err(refuse("too large", "at most 512 MiB", format!("{} bytes", bytes.len())));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(refuse("a spreadsheet workbook, not a CSV file", "CSV text", "a zip archive".to_owned()));
    }
    let (text, encoding) = decode(bytes);
    if text.contains('\0') {
        return Err(refuse("not a text file", "CSV text", "zero bytes".to_owned()));
    }
    if text.trim().is_empty() {
        return Err(refuse("empty", "a header and rows", "no text".to_owned()));
    }
    let delimiter = delimiter(&text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter as u8)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut folded_lines = 0;
    let mut record = csv::StringRecord::new();
    loop {
        let more = reader
            .read_record(&mut record)
            .map_err(|e| refuse("cannot be read as CSV", "rows of cells", e.to_string()))?;
        if !more {
            break;
        }
        // A spreadsheet counts a cell with line breaks as one row, and an empty line as a row; the reader's position is
        // that of the empty lines it skipped before the record.
        let (line, byte) = record.position().map_or((0, 0), |p| (p.line(), p.byte()));
        let ahead = text.as_bytes().get(usize::try_from(byte).unwrap_or(usize::MAX)..).unwrap_or_default();
        let skipped = ahead.iter().take_while(|b| matches!(b, b'\r' | b'\n')).filter(|b| **b == b'\n').count();
        let row = (line + skipped as u64).saturating_sub(folded_lines);
        if record.iter().any(|cell| cell.len() > LONGEST_CELL) {
            let expected = "at most 32 KiB (is a quotation mark never closed?)";
            return Err(refuse("a cell is too long", expected, format!("a longer one in row {row}")));
        }
        let breaks: usize = record.iter().map(|cell| cell.bytes().filter(|b| *b == b'\n').count()).sum();
        folded_lines += breaks as u64;
        if record.len() > MOST_COLUMNS {
            return Err(refuse("too many columns", "at most 512 columns", format!("{} in row {row}", record.len())));
        }
        if record.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push((row, record.clone()));
        }
    }
    let unclosed_quote = text.bytes().filter(|b| *b == b'"').count() % 2 == 1;
    Ok(Table { rows, encoding, delimiter, unclosed_quote })
}

/// UTF-8 or UTF-16 when a byte order mark says so; else UTF-8 when the bytes are valid UTF-8; else Windows-1252, as Excel
/// writes CSV in the United States and Mexico. Accented Windows-1252 text is never valid UTF-8 by accident: it would need
/// an accented capital followed by a symbol.
fn decode(bytes: &[u8]) -> (String, &'static str) {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, used, _) = encoding.decode(bytes);
        return (text.into_owned(), used.name());
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), encoding_rs::UTF_8.name()),
        Err(_) => {
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
            (text.into_owned(), encoding_rs::WINDOWS_1252.name())
        }
    }
}

/// The delimiter that stands most often outside of quotation marks in the first twenty lines; the comma when none does.
fn delimiter(text: &str) -> char {
    const CANDIDATES: [char; 4] = [',', ';', '\t', '|'];
    let mut counts = [0usize; CANDIDATES.len()];
    let mut quoted = false;
    for c in text.lines().take(20).flat_map(|line| line.chars().chain(['\n'])) {
        match c {
            '"' => quoted = !quoted,
            _ if !quoted => {
                if let Some(at) = CANDIDATES.iter().position(|d| *d == c) {
                    counts[at] += 1;
                }
            }
            _ => {}
        }
    }
    // max_by_key takes the last of equals; reversed, the comma wins a tie.
    counts.iter().zip(CANDIDATES).rev().max_by_key(|(n, _)| **n).filter(|(n, _)| **n > 0).map_or(',', |(_, d)| d)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn excel_bytes_and_plain_bytes_give_the_same_text() {
        let windows = b"matr\xedcula;a\xf1o\nX1;2019\n";
        let plain = "matrícula;año\nX1;2019\n".as_bytes();
        let with_bom: Vec<u8> = [b"\xef\xbb\xbf", plain].concat();
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("matrícula;año\nX1;2019\n".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        for (bytes, encoding) in
            [(&windows[..], "windows-1252"), (plain, "UTF-8"), (&with_bom, "UTF-8"), (&utf16, "UTF-16LE")]
        {
            let table = read("t.csv", bytes).unwrap();
            assert_eq!((table.encoding, table.delimiter), (encoding, ';'));
            assert_eq!(&table.rows[0].1[0], "matrícula");
            assert_eq!(&table.rows[0].1[1], "año");
        }
    }

    #[test]
    fn rows_are_counted_as_a_spreadsheet_counts_them() {
        let table = read("t.csv", b"a,b\n\n\"two\nlines\",x\nlast,y\n").unwrap();
        assert_eq!(table.rows.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [1, 3, 4]);
    }

    #[test]
    fn what_is_no_table_is_refused_with_what_was_expected() {
        for (bytes, word) in
            [(&b""[..], "empty"), (b" \n\n", "empty"), (b"PK\x03\x04abc", "workbook"), (b"a,\0b", "not a text file")]
        {
            let err = read("t.csv", bytes).err().unwrap();
            assert!(err.to_string().contains(word) && err.to_string().contains("t.csv"), "{err}");
        }
    }

    #[test]
    fn a_delimiter_inside_quotation_marks_does_not_count() {
        assert_eq!(delimiter("\"a,b,c,d\";x;y"), ';');
        assert_eq!(delimiter("a\tb\tc,d"), '\t');
        assert_eq!(delimiter("only"), ',');
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read("t.csv", &bytes);
        }
    }
}
