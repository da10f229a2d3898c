//! Output made for reading, and the same as one JSON document for programs.

use crate::compare::{NO_SCORE, at_bound};
use crate::language::Language;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use std::io::Write as _;

/// Where output goes and in which form.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// One JSON document instead of text.
    pub json: bool,
    /// Language of texts.
    pub language: Language,
}

impl Output {
    /// Prints the JSON document, or the text that `text` makes.
    ///
    /// # Errors
    ///
    /// When standard output cannot be written, or the value does not serialise.
    pub fn show<T: Serialize>(&self, value: &T, text: impl FnOnce(Language) -> String) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, value).map_err(std::io::Error::other)?;
            writeln!(out)
        } else {
            let text = text(self.language);
            write!(out, "{text}")?;
            if text.ends_with('\n') || text.is_empty() { Ok(()) } else { writeln!(out) }
        }
    }

    /// The text of the chosen language.
    #[must_use]
    pub fn pick<'a>(&self, english: &'a str, spanish: &'a str) -> &'a str {
        self.language.pick(english, spanish)
    }
}

/// A table with the house's look: no vertical rules, headers in the language's words.
#[must_use]
pub fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header);
    table
}

/// A rate or cost in a table's cell; a dash where there is none.
#[must_use]
pub fn number(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |v| format!("{v:.4}"))
}

/// A score or mean count in a table's cell; a dash where there is none.
#[must_use]
pub fn score(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |v| format!("{v:.2}"))
}

/// The score of a pair in a table's cell; a dash where the two marks could not be compared.
#[must_use]
pub fn score_words(score: f64) -> String {
    self::score((score > NO_SCORE).then_some(score))
}

/// A log10 LR with its interval in a table's cell, "at least" or "at most" where it stands at the bound of its data; a dash where there is none.
#[must_use]
pub fn lr_words(lr: Option<f64>, interval: Option<(f64, f64)>) -> String {
    match (lr, interval) {
        (Some(lr), Some((low, high))) => format!("{}{lr:.1} [{low:.1}, {high:.1}]", bound(lr, interval)),
        (Some(lr), None) => format!("{lr:.1}"),
        (None, _) => "-".to_owned(),
    }
}

/// The log10 LR of a pair that a search picked, in a table's cell; at its bound where the pair's own (`lr` with `interval`) is.
#[must_use]
pub fn picked_words(picked: Option<f64>, lr: Option<f64>, interval: Option<(f64, f64)>) -> String {
    picked.zip(lr).map_or("-".to_owned(), |(picked, lr)| format!("{}{picked:.1}", bound(lr, interval)))
}

fn bound(lr: f64, interval: Option<(f64, f64)>) -> &'static str {
    match (at_bound(lr, interval), lr < 0.0) {
        (false, _) => "",
        (true, true) => "≤ ",
        (true, false) => "≥ ",
    }
}
