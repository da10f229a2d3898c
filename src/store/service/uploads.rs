//! Files that come in pieces: what is known of each while it grows. The bytes lie in a folder beside.

use super::ServiceStore;
use super::people::moment;
use crate::engine::ports::{StoreError, Stored};
use crate::ids::Digest;
use crate::store::fault::Fault;
use jiff::Timestamp;
use rusqlite::OptionalExtension as _;

/// How long a file that is never finished is kept.
const KEPT_US: i64 = 2 * 24 * 3_600 * 1_000_000;

/// A file that comes in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its identifier.
    pub id: String,
    /// Whose it is.
    pub account: String,
    /// Name of the file.
    pub name: String,
    /// How long it will be, bytes.
    pub bytes: u64,
    /// Its SHA-256, where the client stated it.
    pub sha256: Option<Digest>,
    /// When it was begun.
    pub created: Timestamp,
}

impl ServiceStore {
    /// Begins a file.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when the account has too many that are not finished.
    pub fn begin_upload(&self, upload: &Upload, most: u64) -> Stored<()> {
        self.write("begin an upload", |tx| {
            let sql = "SELECT count(*) FROM upload WHERE account = ?1";
            let open: i64 = tx.query_row(sql, [&upload.account], |row| row.get(0))?;
            if open.unsigned_abs() >= most {
                let why = format!("expected at most {most} that are not submitted, got one more");
                return Err(Fault::invalid("uploads", why));
            }
            let bytes = i64::try_from(upload.bytes).unwrap_or(i64::MAX);
            tx.execute(
                "INSERT INTO upload (id, account, name, bytes, sha256, created_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                (
                    &upload.id,
                    &upload.account,
                    &upload.name,
                    bytes,
                    upload.sha256.map(|d| d.0),
                    upload.created.as_microsecond(),
                ),
            )?;
            Ok(())
        })
    }

    /// A file of an account; others' are not there.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn upload(&self, id: &str, account: &str) -> Stored<Upload> {
        let found = self.read("read an upload", |c| {
            let sql = "SELECT id, account, name, bytes, sha256, created_us FROM upload WHERE id = ?1 AND account = ?2";
            let found = c.query_row(sql, (id, account), |row| {
                Ok(Upload {
                    id: row.get(0)?,
                    account: row.get(1)?,
                    name: row.get(2)?,
                    bytes: row.get::<_, i64>(3)?.unsigned_abs(),
                    sha256: row.get::<_, Option<[u8; 32]>>(4)?.map(Digest),
                    created: moment(row.get(5)?),
                })
            });
            Ok(found.optional()?)
        })?;
        found.ok_or_else(|| StoreError::NotFound { kind: "upload", id: id.to_owned() })
    }

    /// Forgets a file.
    ///
    /// # Errors
    /// Those of the database.
    pub fn end_upload(&self, id: &str) -> Stored<()> {
        self.write("end an upload", |tx| Ok(tx.execute("DELETE FROM upload WHERE id = ?1", [id]).map(|_| ())?))
    }

    /// Forgets files that were begun long ago, and gives the identifiers of those that remain.
    ///
    /// # Errors
    /// Those of the database.
    pub fn sweep_uploads(&self, now: Timestamp) -> Stored<Vec<String>> {
        self.write("sweep uploads", |tx| {
            tx.execute("DELETE FROM upload WHERE created_us < ?1", [now.as_microsecond() - KEPT_US])?;
            let mut statement = tx.prepare("SELECT id FROM upload ORDER BY id")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
