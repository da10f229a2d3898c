//! Signal processing on masked height maps: levelling, filters, resampling, transforms, correlation.

pub mod correlate;
pub mod fft;
pub mod filter;
pub(crate) mod lanes;
pub mod level;
pub mod morphology;
pub mod polar;
pub mod polynomial;
pub mod resample;
