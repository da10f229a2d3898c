//! Where a gallery is kept: SQLite embedded.
