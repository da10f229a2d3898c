//! Polar maps about a centre.
