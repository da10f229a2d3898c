//! Previews of imports: what a person is shown before anything is stored.

use super::flows::{done, run};
use serde_json::Value;
use std::path::Path;

#[test]
fn a_preview_shows_what_columns_are_taken_for_even_where_the_order_of_day_and_month_has_to_be_stated() {
    let folder = tempfile::tempdir().unwrap();
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/trace/aseguramientos-2023.xlsx");
    let words = format!("trace import {} --dry-run", book.display());
    let output = run(folder.path(), &words);
    assert_eq!(output.status.code(), Some(3));
    let preview: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(preview["failed"].as_array().unwrap().len(), 1, "it is not imported like this");
    assert_eq!(preview["tables"].as_array().unwrap().len(), 2);
    let first = &preview["tables"][0];
    assert!(first["notes"][0]["text"]["en"].as_str().unwrap().contains("as if --dates day-first"), "{first}");
    assert!(first["mapping"].as_array().unwrap().iter().any(|c| c["field"] == "serial"), "{first}");
    let stated = done(folder.path(), &format!("{words} --dates day-first"));
    assert!(stated["failed"].as_array().unwrap().is_empty());
}
