//! Tests of several rooms together, one module a subject.

mod simulated_traces;
