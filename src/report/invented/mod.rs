//! Invented marks, people and records for the tests of this room.

mod links;
mod marks;
mod pages;
mod records;

pub use links::guns;
pub use marks::{noise, pair, texture};
pub use pages::{city, correlation, evaluation, lead};
pub use records::{chart, edge, node};
