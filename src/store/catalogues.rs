//! A site's own tables of the catalogues: CSV files beside its gallery, which people edit.

use crate::engine::ports::{StoreError, Stored};
use crate::trace::catalogue::{Table, TableKind};
use std::path::{Path, PathBuf};

/// The folder of them within a gallery.
const FOLDER: &str = "catalogues";
/// Largest table, bytes.
const MOST_BYTES: u64 = 1 << 24;

/// Where a site's own table of a kind stands, whether there is one or not.
#[must_use]
pub fn own_table(gallery: &Path, kind: TableKind) -> PathBuf {
    gallery.join(FOLDER).join(format!("{}.csv", kind.name()))
}

/// The tables that a site has laid beside its gallery.
///
/// # Errors
/// [`StoreError::Io`]; [`StoreError::Invalid`] for a table that is too large or not text in UTF-8.
pub fn own_tables(gallery: &Path) -> Stored<Vec<Table>> {
    let mut tables = Vec::new();
    for kind in TableKind::ALL {
        let path = own_table(gallery, kind);
        let file = path.display().to_string();
        let io = |source| StoreError::Io { place: file.clone(), doing: "read", source };
        let bytes = match std::fs::metadata(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            Err(e) => return Err(io(e)),
            Ok(found) if found.len() > MOST_BYTES => {
                let why = format!("expected at most {MOST_BYTES} bytes, got {}", found.len());
                return Err(StoreError::Invalid { what: file, why });
            }
            Ok(_) => std::fs::read(&path).map_err(io)?,
        };
        let text = String::from_utf8(bytes).map_err(|e| StoreError::Invalid {
            what: file.clone(),
            why: format!("expected text in UTF-8, got other bytes after {}", e.utf8_error().valid_up_to()),
        })?;
        tables.push(Table { file, kind, text });
    }
    Ok(tables)
}
