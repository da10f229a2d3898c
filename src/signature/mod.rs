//! Signatures: a compact rotation-invariant vector for the candidate search, and a polar code for the second look.
