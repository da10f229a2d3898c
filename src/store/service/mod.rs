//! What the service keeps beside a gallery: accounts, sessions, tokens, jobs, and answers to repeated requests.
//!
//! One file, `service.sqlite3`, in the gallery's folder. It is no part of the gallery: the gallery can be used without it, and a copy of the gallery
//! that is handed to somebody holds no password hash. Who did what stands in the gallery's audit chain.

mod answers;
mod jobs;
mod people;
mod secret;
#[cfg(test)]
mod tests;
mod uploads;
mod views;

pub use answers::{Answer, Asked};
pub use jobs::{Job, JobState, Outcome};
pub use people::{Account, NewSession, Refusal, Session, Token};
pub use secret::random;
pub use uploads::Upload;

use super::connection::lock;
use super::fault::Fault;
use crate::engine::ports::{StoreError, Stored};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

/// Name of the file in the gallery's folder.
pub const SERVICE_DATABASE: &str = "service.sqlite3";
/// Marks the file as this program's (`PRAGMA application_id`): "BRSV".
const APPLICATION_ID: i64 = 0x4252_5356;
/// How long a write waits for another process.
const PATIENCE: Duration = Duration::from_secs(10);

/// Step `n` brings the file from version `n` to `n + 1`; steps are added, never changed. Times are microseconds since 1970.
const STEPS: &[&str] = &[
    "
CREATE TABLE account (
    name TEXT PRIMARY KEY,                -- folded: one person, one account, however written
    shown TEXT NOT NULL,
    role TEXT NOT NULL,
    administrator INTEGER NOT NULL CHECK (administrator IN (0, 1)),
    password TEXT NOT NULL,               -- PHC string, argon2id
    must_change INTEGER NOT NULL CHECK (must_change IN (0, 1)),
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    language TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    locked_until_us INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE session (
    secret BLOB PRIMARY KEY CHECK (length(secret) = 32),   -- SHA-256 of what the browser holds
    account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
    csrf TEXT NOT NULL,
    opened_us INTEGER NOT NULL,
    seen_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account);
CREATE TABLE token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    secret BLOB NOT NULL UNIQUE CHECK (length(secret) = 32),
    account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
    label TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    expires_us INTEGER NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0 CHECK (revoked IN (0, 1))
) STRICT;
CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    by TEXT NOT NULL,
    request TEXT NOT NULL,
    stage TEXT NOT NULL DEFAULT '',
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    created_us INTEGER NOT NULL,
    started_us INTEGER,
    ended_us INTEGER,
    result TEXT
) STRICT;
CREATE INDEX job_state ON job (state, id);
CREATE TABLE answer (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    request BLOB NOT NULL CHECK (length(request) = 32),
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
",
    "
CREATE TABLE viewed (
    account TEXT NOT NULL,
    first TEXT NOT NULL,                  -- the smaller of the two identifiers
    second TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (account, first, second)
) STRICT, WITHOUT ROWID;
CREATE INDEX viewed_second ON viewed (account, second);
CREATE TABLE upload (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    bytes INTEGER NOT NULL CHECK (bytes > 0),
    sha256 BLOB CHECK (length(sha256) = 32),  -- as the client states it
    created_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
",
    "
ALTER TABLE job ADD COLUMN compared INTEGER NOT NULL DEFAULT 0;    -- comparisons of the step under way
ALTER TABLE job ADD COLUMN to_compare INTEGER NOT NULL DEFAULT 0;
",
];

/// The file.
#[derive(Debug)]
pub struct ServiceStore {
    place: String,
    connection: Mutex<Connection>,
}

impl ServiceStore {
    /// Opens the file in a gallery's folder, or makes it.
    ///
    /// # Errors
    /// [`StoreError::NotAGallery`] for a file of another program, [`StoreError::NewerSchema`], [`StoreError::Backend`].
    pub fn open(folder: impl AsRef<Path>) -> Stored<Self> {
        let path: PathBuf = folder.as_ref().join(SERVICE_DATABASE);
        let place = path.display().to_string();
        let made = || -> Result<Connection, Fault> {
            let flags =
                OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(&path, flags)?;
            ready(connection, &place)
        };
        let connection = made().map_err(|fault| fault.at(&place, "open it", PATIENCE))?;
        restrict(&path)?;
        Ok(Self { place, connection: Mutex::new(connection) })
    }

    /// One that lives as long as the value: for tests.
    ///
    /// # Errors
    /// [`StoreError::Backend`].
    pub fn in_memory() -> Stored<Self> {
        let place = "(in memory)".to_owned();
        let made = || -> Result<Connection, Fault> { ready(Connection::open_in_memory()?, &place) };
        let connection = made().map_err(|fault| fault.at(&place, "make it", PATIENCE))?;
        Ok(Self { place, connection: Mutex::new(connection) })
    }

    fn write<T>(&self, doing: &str, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Stored<T> {
        let mut connection = lock(&self.connection);
        let run = || -> Result<T, Fault> {
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&tx)?;
            tx.commit()?;
            Ok(done)
        };
        run().map_err(|fault| fault.at(&self.place, doing, PATIENCE))
    }

    fn read<T>(&self, doing: &str, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Stored<T> {
        work(&lock(&self.connection)).map_err(|fault| fault.at(&self.place, doing, PATIENCE))
    }
}

fn ready(mut connection: Connection, place: &str) -> Result<Connection, Fault> {
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let number = |pragma: &str| tx.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0));
    let (application, from) = (number("application_id")?, number("user_version")?);
    let tables: i64 = tx.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    if application != APPLICATION_ID && tables > 0 {
        let found = "it is a database of another program".to_owned();
        return Err(StoreError::NotAGallery { place: place.to_owned(), found }.into());
    }
    let supported = STEPS.len() as i64;
    if from > supported {
        return Err(StoreError::NewerSchema { place: place.to_owned(), found: from, supported }.into());
    }
    for step in STEPS.iter().skip(usize::try_from(from).unwrap_or(usize::MAX)) {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", supported)?;
    tx.commit()?;
    Ok(connection)
}

/// Hashes of passwords and tokens are nobody's to read but the service's.
fn restrict(path: &Path) -> Stored<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(|source| StoreError::Io {
            place: path.display().to_string(),
            doing: "keep others from reading it",
            source,
        })?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
