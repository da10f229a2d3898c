//! Tests of decoding whole files.
