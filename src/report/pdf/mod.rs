//! The lead report as a PDF: Letter pages with header, footer and page numbers, fonts embedded, text that can be selected and searched.
//!
//! ```text
//! view model --lead--> pages of marks (sheet) --write--> bytes, the same for the same view
//! ```
//!
//! Pages are filled here and written by krilla, which turns the same SVG drawings that the web page shows into vectors. Nothing asks a clock: the time of
//! making is the caller's.

mod lead;
pub(crate) mod letters;
mod sheet;
mod structure;
mod write;

pub use lead::lead_pdf;
