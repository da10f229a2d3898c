//! The use cases: submit, correlate, compare, review, trace, evaluate.

pub mod ports;
