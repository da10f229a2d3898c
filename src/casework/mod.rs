//! Incidents, exhibits, specimens, leads and their states, audit events.
//!
//! The nouns of a laboratory's casework, and the rules that hold between them whatever stores or shows them:
//!
//! - only a test fire ties a specimen to a firearm ([`Origin`]);
//! - a lead joins two incidents, or an incident and a test-fired firearm ([`Association`]);
//! - software proposes candidates; a person makes a lead of one; only an examiner's record ([`ExaminerRecord`]) turns a
//!   lead under examination into a [`Hit`];
//! - every change is an [`AuditEvent`] in a hash-chained log ([`verify_chain`]).
//!
//! ```text
//! candidate --judge--> lead --open--> under examination --conclude--> hit | inconclusive (A, B, C) | excluded
//!                                          ^                 |
//!                                          +--- disagrees -- under review --- agrees --> hit | inconclusive | excluded
//! (from every state but withdrawn) --withdraw, with a reason--> withdrawn
//! ```

mod association;
mod audit;
pub mod control;
mod correlation;
mod error;
mod exhibit;
mod incident;
mod lead;
mod person;
mod step;
mod verdict;

pub use crate::date::PartialDate;
pub use association::{Association, Side};
pub use audit::{AuditEvent, BrokenChain, ChainHead, Entry, verify_chain, verify_next};
pub use correlation::{Candidate, CorrelationResult};
pub use error::{CaseworkError, Unjoinable};
pub use exhibit::{Exhibit, ExhibitKind, FiringPinShape, Origin, Specimen};
pub use incident::Incident;
pub use lead::Lead;
pub(crate) use lead::must_not_be_auditor;
pub use person::{Person, Role};
pub use step::{Basis, LeadEvent, LeadState, Step};
pub use verdict::{Conclusion, ExaminerRecord, Hit, InconclusiveGrade, ReviewPolicy};

#[cfg(test)]
mod tests;
