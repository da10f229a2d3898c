//! Nodes and edges as two CSV tables, UTF-8 with commas.

use super::document::Document;
use super::graphml::{edge_values, node_values};
use crate::report::ReportError;

/// The nodes, one a row.
///
/// # Errors
/// [`ReportError::BadValue`] when the table cannot be written, which plain text in memory does not bring about.
pub fn nodes_csv(document: &Document) -> Result<String, ReportError> {
    let rows = document.nodes.iter().map(|node| {
        let mut row = vec![("id", Some(node.id.clone()))];
        row.extend(node_values(node));
        row
    });
    let head = ["id", "kind", "label", "person", "first_day", "last_day", "latitude", "longitude", "place", "cluster"];
    table(&head, rows)
}

/// The edges, one a row.
///
/// # Errors
/// As [`nodes_csv`].
pub fn edges_csv(document: &Document) -> Result<String, ReportError> {
    let rows = document.edges.iter().map(|edge| {
        let mut row =
            vec![("id", Some(edge.id.clone())), ("from", Some(edge.from.clone())), ("to", Some(edge.to.clone()))];
        row.extend(edge_values(edge));
        row
    });
    let head = [
        "id",
        "from",
        "to",
        "kind",
        "status",
        "confidence",
        "log10_lr",
        "bits",
        "probability",
        "author",
        "at",
        "first_day",
        "last_day",
        "evidence",
    ];
    table(&head, rows)
}

fn table(
    head: &[&str],
    rows: impl Iterator<Item = Vec<(&'static str, Option<String>)>>,
) -> Result<String, ReportError> {
    let bad = |got: String| ReportError::BadValue {
        what: "table of an export".to_owned(),
        expected: "rows that can be written".to_owned(),
        got,
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(head).map_err(|e| bad(e.to_string()))?;
    for row in rows {
        let cells = row.into_iter().map(|(_, value)| harmless(&value.unwrap_or_default()));
        writer.write_record(cells).map_err(|e| bad(e.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|e| bad(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| bad(e.to_string()))
}

/// A cell that a spreadsheet takes for text: what it would read as a formula gets an apostrophe before it (OWASP, CSV injection). Numbers stay numbers.
fn harmless(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%', '＝', '＋', '－', '＠']);
    if formula && cell.parse::<f64>().is_err() { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn formulas_become_text_and_numbers_stay_numbers() {
        for cell in ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "＝1+1"] {
            assert!(harmless(cell).starts_with('\''), "{cell:?}");
        }
        for cell in ["-17.61", "+3.5", "T-1", "", "2024-01-01"] {
            assert_eq!(harmless(cell), cell);
        }
    }
}
