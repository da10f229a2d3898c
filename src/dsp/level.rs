//! Robust removal of form.
