//! Real two-dimensional Fourier transforms with cached plans.
