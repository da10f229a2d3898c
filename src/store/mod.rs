//! Where a gallery is kept: SQLite embedded, one folder a gallery.
//!
//! ```text
//! GALLERY/gallery.sqlite3        the truth: casework, received bytes, marks, signatures, correlations, leads, traces, audit
//! GALLERY/gallery.sqlite3-wal    what was acknowledged last; part of the truth while it is there
//! GALLERY/caches/                what can be built again: indexes (see [`caches`])
//! GALLERY/catalogues/            the site's own tables of makers, calibres, types and places, as people edit them
//! ```
//!
//! Write-ahead log, `synchronous = FULL`: what a call has acknowledged survives a killed process and, as far as the disk keeps
//! its word, a power cut. One writer at a time, readers beside it; a second writing process waits for
//! [`SqliteStore::with_patience`] and is then refused with [`StoreError::Busy`](crate::engine::ports::StoreError::Busy). The
//! write-ahead log needs shared memory, so a gallery lies on a local disk and not on a network share.

mod audit;
pub mod backup;
mod blob;
pub mod caches;
mod catalogues;
mod clock;
mod connection;
mod control;
mod correlations;
mod documents;
mod entry;
mod expunge;
mod fault;
mod lead_views;
mod leads;
mod link_decisions;
mod marks;
mod outlines;
mod pairs;
mod port;
mod records;
mod rows;
mod schema;
pub mod service;
mod traces;

pub use catalogues::{own_table, own_tables};
pub use clock::SystemClock;
pub use connection::SqliteStore;
pub use schema::SCHEMA_VERSION;

#[cfg(test)]
mod tests;
