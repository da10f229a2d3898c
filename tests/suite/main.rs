//! Tests of several rooms together, one module a subject.

// Tests say what went wrong by failing; the product itself never unwraps.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod batches;
mod browser;
mod bundles;
mod clients;
mod commands;
mod flows;
mod gate;
mod legal_cases;
mod link_review;
mod linkage_learning;
mod linking;
mod masking;
mod outlines;
mod photographs;
mod previews;
mod registers;
mod simulated_traces;
mod tidy;
mod trace_import;
