//! Bundles of invented galleries: equal when replayed, and what is said when something was touched.
