//! Pictures and documents for people: shaded marks, explained pairs, plots, charts and self-contained HTML pages.
//!
//! The room draws; it decides nothing. Everything it shows arrives in plain *view models* ([`view`], [`chart`], [`plots`],
//! [`html`]) that a caller fills, so that one set of values can be rendered in English and in Spanish, on screen and on paper.
//! Output is deterministic: the same view model gives the same bytes. No page loads a file, font or script from anywhere.
//!
//! Text from records (names, notes, file names) is hostile until escaped: SVG passes through one writer (`svg`), HTML
//! through `maud`, and both escape every piece of text they are given. Names of persons travel as [`view::Name`] and are
//! shown only where a [`view::Disclosure`] with purpose and case number says so.

pub mod chart;
pub mod export;
pub mod gather;
pub mod html;
pub(crate) mod lettering;
pub mod linkage_page;
pub mod outlined;
pub mod pair;
pub mod palette;
pub mod pdf;
pub mod plots;
pub mod shade;
pub(crate) mod svg;
pub mod view;
pub mod waterfall;

pub use svg::Drawing;

#[cfg(test)]
pub(crate) mod invented;
#[cfg(test)]
pub(crate) mod legible;

/// What can go wrong while a picture or document is made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReportError {
    /// A map without one valid point has no picture.
    #[error("{what}: expected at least one valid point, got none in {rows} x {columns}")]
    EmptyMap {
        /// Which map.
        what: String,
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
    /// A map is larger than a picture may be.
    #[error("{what}: expected at most {limit} points, got {got}")]
    TooLarge {
        /// Which map or chart.
        what: String,
        /// The limit.
        limit: usize,
        /// What was asked for.
        got: usize,
    },
    /// A number that a drawing needs is not finite or out of its range.
    #[error("{what}: expected {expected}, got {got}")]
    BadValue {
        /// Which field.
        what: String,
        /// What it should be.
        expected: String,
        /// What it was.
        got: String,
    },
    /// An edge of a link chart names a node that is not there.
    #[error("link chart: expected edges between listed nodes, got \"{key}\" in edge {edge}")]
    UnknownNode {
        /// The missing key.
        key: String,
        /// Number of the edge, from 1.
        edge: usize,
    },
    /// Two nodes of a link chart carry one key.
    #[error("link chart: expected every key once, got \"{key}\" twice")]
    DuplicateNode {
        /// The key.
        key: String,
    },
    /// The PDF writer refused.
    #[error("PDF: {reason}")]
    Pdf {
        /// What it said.
        reason: String,
    },
    /// The PNG encoder refused.
    #[error("PNG of {width} x {height}: {reason}")]
    Png {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// What the encoder said.
        reason: String,
    },
}
