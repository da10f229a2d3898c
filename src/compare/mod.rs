//! The precise comparison of two marks: registration, congruent matching cells, features, likelihood ratio.
//!
//! ```text
//! Prepared x Prepared --search--> hypotheses over 360 degrees --refine--> registered pose --cells--> consensus --model--> score, LR
//! ```
//!
//! In a pair `reference` carries the cells and is turned; `comparison` is searched. Poses are `ref_from_cmp`.

mod ambiguity;
pub mod bounds;
pub mod calibrate;
mod cells;
mod chance;
mod consensus;
pub mod counts;
mod enlarged;
pub mod fusion;
pub mod kinds;
mod level;
mod logistic;
pub mod metrics;
mod model;
pub mod outcome;
mod pair;
mod parameters;
mod picture;
mod prepared;
pub mod profile;
mod refine;
mod regions;
mod registration;
pub mod scores;
mod search;
pub mod selection;

pub use model::{MATE_SHARE, Model, ModelError, Population, ReferenceScores, Term};
pub use outcome::{Ambiguity, Cell, CellState, Comparison, Features, LikelihoodRatio, at_bound};
pub use pair::{NO_SCORE, Reference, compare, compare_many};
pub use parameters::CompareParameters;
pub use prepared::Prepared;

#[cfg(test)]
mod tests;
