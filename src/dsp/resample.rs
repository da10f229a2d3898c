//! Change of pitch and rigid resampling with anti-aliasing.
