//! Mask-aware Gaussian regression filters (ISO 16610-21, -61).
