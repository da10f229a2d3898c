//! Masked normalised cross-correlation.
