//! The tables of a gallery, and how an older gallery becomes one of today.

use super::audit;
use super::fault::Fault;
use crate::engine::ports::{Stamp, StoreError};
use rusqlite::{Connection, TransactionBehavior};

/// Marks the file as a gallery (`PRAGMA application_id`): "BRSL".
pub(super) const APPLICATION_ID: i64 = 0x4252_534C;

/// Version of the schema that this brasslink writes (`PRAGMA user_version`).
pub const SCHEMA_VERSION: i64 = STEPS.len() as i64;

/// Step `n` brings a gallery of version `n` to version `n + 1`; steps are added, never changed.
pub(super) const STEPS: &[&str] = &[VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5, VERSION_6, VERSION_7];

/// Documents are the nouns as JSON; columns beside them are what queries ask by. Times in columns are microseconds since 1970,
/// because text of varying precision does not sort.
const VERSION_1: &str = "
CREATE TABLE gallery (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL,
    expunged INTEGER NOT NULL,            -- generation of the last expungement: older caches must go
    audit_sequence INTEGER NOT NULL,
    audit_hash BLOB NOT NULL CHECK (length(audit_hash) = 32)
) STRICT;
INSERT INTO gallery VALUES (1, 0, 0, 0, zeroblob(32));

CREATE TABLE incident (id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
CREATE TABLE exhibit (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('evidence', 'test_fire')),
    incident TEXT REFERENCES incident (id),
    firearm TEXT,
    document TEXT NOT NULL,
    CHECK ((kind = 'evidence') = (incident IS NOT NULL)),
    CHECK ((kind = 'test_fire') = (firearm IS NOT NULL))
) STRICT;
CREATE INDEX exhibit_incident ON exhibit (incident);
CREATE INDEX exhibit_firearm ON exhibit (firearm);
CREATE TABLE specimen (
    id TEXT PRIMARY KEY,
    exhibit TEXT NOT NULL REFERENCES exhibit (id),
    calibre TEXT,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX specimen_exhibit ON specimen (exhibit);
CREATE TABLE received (
    sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
    encoding TEXT NOT NULL CHECK (encoding IN ('raw', 'zstd')),
    length INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;
CREATE TABLE acquisition (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    specimen TEXT NOT NULL REFERENCES specimen (id),
    sha256 BLOB NOT NULL REFERENCES received (sha256),
    received_us INTEGER NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (specimen, sha256)
) STRICT;
CREATE INDEX acquisition_sha256 ON acquisition (sha256);

CREATE TABLE mark (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    acquisition TEXT NOT NULL REFERENCES acquisition (id),
    region TEXT NOT NULL,
    modality TEXT NOT NULL,
    parameters BLOB NOT NULL CHECK (length(parameters) = 32),
    suitable INTEGER NOT NULL CHECK (suitable IN (0, 1)),
    document TEXT NOT NULL
) STRICT;
CREATE INDEX mark_acquisition ON mark (acquisition);
CREATE TABLE mark_bytes (
    mark INTEGER PRIMARY KEY REFERENCES mark (sequence),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    encoding TEXT NOT NULL CHECK (encoding IN ('raw', 'zstd')),
    length INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;
CREATE TABLE signature (
    version TEXT NOT NULL,
    mark INTEGER NOT NULL REFERENCES mark (sequence),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    bytes BLOB NOT NULL,
    UNIQUE (version, mark)
) STRICT;
CREATE INDEX signature_mark ON signature (mark);

CREATE TABLE correlation (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    query INTEGER NOT NULL REFERENCES mark (sequence),
    at_us INTEGER NOT NULL,
    parameters BLOB NOT NULL CHECK (length(parameters) = 32),
    document TEXT NOT NULL,
    UNIQUE (query, at_us, parameters)
) STRICT;
CREATE TABLE lead (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    current INTEGER NOT NULL CHECK (current IN (0, 1)),  -- 0: withdrawn, and proposed again later
    state TEXT NOT NULL,
    first TEXT NOT NULL,
    second TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX lead_current ON lead (id) WHERE current = 1;
CREATE INDEX lead_first ON lead (first);
CREATE INDEX lead_second ON lead (second);

CREATE TABLE trace (
    trace TEXT NOT NULL,
    version INTEGER NOT NULL,
    content BLOB NOT NULL CHECK (length(content) = 32),
    serial TEXT,
    imported TEXT NOT NULL,
    document TEXT NOT NULL,
    personal TEXT NOT NULL,               -- apart, so that a query on documents never meets it
    PRIMARY KEY (trace, version),
    UNIQUE (trace, content)
) STRICT;
CREATE INDEX trace_serial ON trace (serial);
CREATE TABLE firearm (
    firearm TEXT NOT NULL,
    version INTEGER NOT NULL,
    content BLOB NOT NULL CHECK (length(content) = 32),
    serial TEXT,
    imported TEXT NOT NULL,
    document TEXT NOT NULL,
    personal TEXT NOT NULL,
    PRIMARY KEY (firearm, version),
    UNIQUE (firearm, content)
) STRICT;
CREATE INDEX firearm_serial ON firearm (serial);
CREATE TABLE link_decision (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    firearm TEXT NOT NULL,
    trace TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX link_decision_pair ON link_decision (firearm, trace);

CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    previous BLOB NOT NULL CHECK (length(previous) = 32),
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is never shortened'); END;
";

/// What batches and expungement need: which caches may be extended, the scores of pairs, and which searches were done, without reading their documents.
///
/// `pair_score` names marks by their place in the order of entry and has no foreign keys on them: a deleted mark would look for its pairs in the whole table
/// once for every mark, and expungement does it once for all. [`super::pairs`] checks both.
const VERSION_2: &str = "
ALTER TABLE gallery ADD COLUMN rewritten INTEGER NOT NULL DEFAULT 0;  -- generation of the last change to what was searchable before
UPDATE gallery SET rewritten = generation;
ALTER TABLE gallery ADD COLUMN scrubbed INTEGER NOT NULL DEFAULT 0;   -- generation of the last expungement that left no trace in the file

CREATE INDEX mark_searched ON mark (suitable, region, modality, parameters);

CREATE TABLE comparison (
    id INTEGER PRIMARY KEY,
    parameters BLOB NOT NULL UNIQUE CHECK (length(parameters) = 32)
) STRICT;
CREATE TABLE pair_score (
    comparison INTEGER NOT NULL REFERENCES comparison (id),
    later INTEGER NOT NULL,               -- place of the mark entered later: the reference of the comparison
    earlier INTEGER NOT NULL,
    score REAL NOT NULL,
    log10_lr REAL,
    low REAL,
    high REAL,
    cmc INTEGER NOT NULL,
    cells INTEGER NOT NULL,
    theta_rad REAL NOT NULL,
    dx_um REAL NOT NULL,
    dy_um REAL NOT NULL,
    PRIMARY KEY (comparison, later, earlier),
    CHECK (later > earlier),
    CHECK ((low IS NULL) = (high IS NULL))
) STRICT, WITHOUT ROWID;

ALTER TABLE correlation ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE correlation ADD COLUMN exhaustive INTEGER NOT NULL DEFAULT 0;
ALTER TABLE correlation ADD COLUMN asked TEXT NOT NULL DEFAULT '[]';  -- fields and words of the filter as JSON pairs
UPDATE correlation SET
    generation = json_extract(document, '$.generation'),
    exhaustive = coalesce(json_extract(document, '$.receipt.exhaustive'), 0),
    asked = (SELECT json_group_array(json_array(json_extract(value, '$.field'), json_extract(value, '$.asked')))
             FROM json_each(document, '$.receipt.filters'));
CREATE INDEX correlation_done ON correlation (query, at_us, parameters, generation, exhaustive, asked);
";

/// Instrument control: check standards, their runs, and the flags that runs out of control raise; and which acquisitions lie in the time of a flag.
const VERSION_3: &str = "
CREATE TABLE control_standard (
    id TEXT PRIMARY KEY,                  -- its name, folded
    sha256 BLOB NOT NULL REFERENCES received (sha256),
    document TEXT NOT NULL
) STRICT;
CREATE TABLE control_run (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    instrument TEXT NOT NULL,             -- its name, folded
    standard TEXT NOT NULL REFERENCES control_standard (id),
    sha256 BLOB NOT NULL REFERENCES received (sha256),
    document TEXT NOT NULL,
    UNIQUE (instrument, standard, sha256)
) STRICT;
CREATE TABLE control_flag (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    instrument TEXT NOT NULL,
    standard TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES control_run (sequence),
    document TEXT NOT NULL
) STRICT;
CREATE INDEX control_flag_of ON control_flag (instrument, standard);
CREATE INDEX acquisition_received ON acquisition (received_us);
";

/// Outlines in their versions. Marks cut along an earlier one are no longer `suitable`, as no search may find a case along two outlines.
const VERSION_4: &str = "
CREATE TABLE outline (
    acquisition TEXT NOT NULL REFERENCES acquisition (id),
    version INTEGER NOT NULL CHECK (version > 0),
    document TEXT NOT NULL,
    PRIMARY KEY (acquisition, version)
) STRICT;
";

/// The registers beside the traces (test fires, custody, transactions), and the files that imported records came from.
const VERSION_5: &str = "
CREATE TABLE register_record (
    kind TEXT NOT NULL CHECK (kind IN ('test_fire', 'custody', 'transaction')),
    id TEXT NOT NULL,                     -- its number, or the digest of its content
    version INTEGER NOT NULL CHECK (version > 0),
    content BLOB NOT NULL CHECK (length(content) = 32),
    search TEXT NOT NULL,                 -- folded serial number, firearm or item
    imported TEXT NOT NULL,
    document TEXT NOT NULL,
    personal TEXT NOT NULL,
    PRIMARY KEY (kind, id, version)
) STRICT;
CREATE INDEX register_record_search ON register_record (kind, search);
CREATE TABLE imported_file (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    kind TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (sha256, kind)
) STRICT;
";

/// Views that people saved at the comparison bench.
const VERSION_6: &str = "
CREATE TABLE lead_view (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    lead TEXT NOT NULL,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    document TEXT NOT NULL,
    png BLOB NOT NULL,
    UNIQUE (lead, sha256)
) STRICT;
CREATE INDEX audit_action ON audit (action, sequence);
";

/// What happened to one thing, such as a lead, without reading the whole chain.
const VERSION_7: &str = "
CREATE INDEX audit_subject ON audit (subject, sequence);
";

/// What a database says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// No tables and no identity: a creation that was cut off before it was committed, or nothing at all.
    Empty,
    /// A gallery of this version.
    Gallery(i64),
    /// Something else.
    Foreign,
}

/// Reads what a database says it is, changing nothing.
pub(super) fn identity(connection: &Connection) -> Result<Identity, Fault> {
    let number = |pragma: &str| connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    if application == APPLICATION_ID {
        return Ok(Identity::Gallery(version));
    }
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    Ok(if (application, version, tables) == (0, 0, 0) { Identity::Empty } else { Identity::Foreign })
}

/// Brings a database to the version of the last step, in one transaction, and logs it.
pub(super) fn bring_up_to_date(
    connection: &mut Connection,
    place: &str,
    steps: &[&str],
    stamp: &Stamp,
) -> Result<(), Fault> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Read again inside the transaction: another process may have done it while this one waited.
    let from = match identity(&tx)? {
        Identity::Empty => 0,
        Identity::Gallery(version) => version,
        Identity::Foreign => {
            return Err(StoreError::NotAGallery {
                place: place.to_owned(),
                found: "gallery.sqlite3 is a database of another program".to_owned(),
            }
            .into());
        }
    };
    let latest = steps.len() as i64;
    if from > latest {
        return Err(StoreError::NewerSchema { place: place.to_owned(), found: from, supported: latest }.into());
    }
    if from == latest {
        return Ok(());
    }
    for step in steps.iter().skip(usize::try_from(from).unwrap_or(usize::MAX)) {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", latest)?;
    let action = if from == 0 { "gallery.created" } else { "gallery.migrated" };
    let details = serde_json::json!({ "from": from, "to": latest });
    audit::append(&tx, stamp, action, "gallery", &details)?;
    tx.commit()?;
    Ok(())
}
