//! Tables of text: encoding, delimiter, quotation marks.

use super::{Refusal, Table, TableRow, within_limits};
use crate::trace::TraceError;
use crate::trace::wording::Wording;
use encoding_rs::Encoding;

/// Text of a file, and what was decided to read it.
pub(super) struct Decoded {
    pub text: String,
    pub encoding: &'static str,
    /// Whether UTF-8 had been taken for Windows-1252 and written as UTF-8 again, which was undone.
    pub twice: bool,
}

/// Reads a table of text.
pub(super) fn read(refuse: Refusal<'_>, decoded: &Decoded, stated: Option<char>) -> Result<Table, TraceError> {
    let text = decoded.text.as_str();
    let delimiter = stated.unwrap_or_else(|| delimiter(text));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(u8::try_from(delimiter).unwrap_or(b','))
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut folded_lines = 0;
    let mut record = csv::StringRecord::new();
    loop {
        let more = reader.read_record(&mut record).map_err(|e| {
            let expected = ("rows of cells", "filas de celdas");
            let got = Wording::new(format!("something else ({e})"), format!("otra cosa ({e})"));
            refuse.of(("cannot be read as CSV", "no se puede leer como CSV"), expected, got)
        })?;
        if !more {
            break;
        }
        // A spreadsheet counts a cell with line breaks as one row, and an empty line as a row; the reader's position is
        // that of the empty lines it skipped before the record.
        let (line, byte) = record.position().map_or((0, 0), |p| (p.line(), p.byte()));
        let ahead = text.as_bytes().get(usize::try_from(byte).unwrap_or(usize::MAX)..).unwrap_or_default();
        let skipped = ahead.iter().take_while(|b| matches!(b, b'\r' | b'\n')).filter(|b| **b == b'\n').count();
        let row = (line + skipped as u64).saturating_sub(folded_lines);
        let longest = record.iter().map(str::len).max().unwrap_or(0);
        within_limits(refuse, rows.len(), row, record.len(), longest)?;
        let breaks = record.as_slice().bytes().filter(|b| *b == b'\n').count();
        folded_lines += breaks as u64;
        if record.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push(TableRow { number: row, cells: record.clone(), typed: Vec::new() });
        }
    }
    let mut notes = Vec::new();
    if text.bytes().filter(|b| *b == b'"').count() % 2 == 1 {
        notes.push(Wording::new(
            "a quotation mark is never closed: rows may have run together",
            "unas comillas nunca se cierran: puede haber filas unidas",
        ));
    }
    if decoded.twice {
        notes.push(Wording::new(
            "the accents had been spoiled by reading UTF-8 as Windows-1252; that was undone",
            "los acentos estaban dañados por leer UTF-8 como Windows-1252; se repararon",
        ));
    }
    let encoding = decoded.encoding;
    let read_as = Wording::new(
        format!("{encoding}, cells parted by {delimiter:?}"),
        format!("{encoding}, celdas separadas por {delimiter:?}"),
    );
    Ok(Table { sheet: None, rows, read_as, notes })
}

/// UTF-8 or UTF-16 when a byte order mark says so; else what the profile states; else UTF-16 when every other byte of the
/// beginning is zero; else UTF-8 when the bytes are valid UTF-8; else Windows-1252, as Excel writes CSV in the United States
/// and Mexico. Accented Windows-1252 text is never valid UTF-8 by accident: it would need an accented capital followed by
/// a symbol.
pub(super) fn decode(bytes: &[u8], stated: Option<&'static Encoding>) -> Decoded {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        let (text, used, _) = encoding.decode(bytes);
        return once(text.into_owned(), used.name());
    }
    if let Some(encoding) = stated {
        let (text, _) = encoding.decode_without_bom_handling(bytes);
        return once(text.into_owned(), encoding.name());
    }
    let head = bytes.get(..bytes.len().min(64) & !1).unwrap_or_default();
    let zeros = |at: usize| head.len() >= 4 && head.iter().skip(at).step_by(2).all(|b| *b == 0);
    for (at, encoding) in [(1, encoding_rs::UTF_16LE), (0, encoding_rs::UTF_16BE)] {
        if zeros(at) && !zeros(1 - at) {
            let (text, _) = encoding.decode_without_bom_handling(bytes);
            return once(text.into_owned(), encoding.name());
        }
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => match undone(text) {
            Some(text) => Decoded { text, encoding: encoding_rs::UTF_8.name(), twice: true },
            None => once(text.to_owned(), encoding_rs::UTF_8.name()),
        },
        Err(_) => {
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
            once(text.into_owned(), encoding_rs::WINDOWS_1252.name())
        }
    }
}

fn once(text: String, encoding: &'static str) -> Decoded {
    Decoded { text, encoding, twice: false }
}

/// Text whose accents were encoded twice (`NÃºmero` for `Número`), as it was before; `None` where anything in it could not
/// have come about so.
fn undone(text: &str) -> Option<String> {
    if !text.contains('\u{c3}') {
        return None;
    }
    let (bytes, _, lost) = encoding_rs::WINDOWS_1252.encode(text);
    if lost { None } else { String::from_utf8(bytes.into_owned()).ok() }
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

    #[test]
    fn a_delimiter_inside_quotation_marks_does_not_count() {
        assert_eq!(delimiter("\"a,b,c,d\";x;y"), ';');
        assert_eq!(delimiter("a\tb\tc,d"), '\t');
        assert_eq!(delimiter("only"), ',');
    }

    #[test]
    fn accents_encoded_twice_are_mended_and_others_left_alone() {
        assert_eq!(undone("N\u{c3}\u{ba}mero").as_deref(), Some("Número"));
        assert_eq!(undone("S\u{c3}O PAULO, matrícula"), None);
        assert_eq!(undone("Número"), None);
    }
}
