//! Self-contained HTML pages: report of a city or gallery, correlation list, lead report, evaluation.
//!
//! One language a page. Every page carries version, parameter hash and source hashes, reads at 1,024 px and on paper,
//! and holds no script and no address of anything outside itself.

mod city;
mod control;
mod correlation;
mod dossier;
mod evaluation;
mod lead;
mod model;
pub(in crate::report) mod page;
mod parts;

pub use city::{CityReport, LeadOutcome, LinkTally, city_report};
pub use control::{ControlPage, control_page};
pub use correlation::{CorrelationPage, correlation_page};
pub use evaluation::{EvaluationPage, evaluation_page};
pub use lead::{Custody, LeadReport, StateChange, lead_report};
pub use model::{
    CandidateList, CandidateRow, Conflict, Dossier, Figure, Indicator, Measure, Receipt, ReceiptStage, StoppingAdvice,
    Table, TableRow,
};

#[cfg(test)]
mod tests;
