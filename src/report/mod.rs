//! Pictures and documents for people.
