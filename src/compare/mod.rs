//! The precise comparison of two marks: registration, congruent matching cells, features, likelihood ratio.

pub mod outcome;

pub use outcome::{Cell, CellState, Comparison, Features, LikelihoodRatio};
