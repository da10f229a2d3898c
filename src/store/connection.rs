//! Opening a gallery, and its transactions.

use super::caches::Caches;
use super::clock::SystemClock;
use super::fault::Fault;
use super::marks;
use super::schema::{self, Identity};
use crate::engine::ports::{Clock, Stamp, StoreError, Stored};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Name of the database in the folder of a gallery.
pub(super) const DATABASE: &str = "gallery.sqlite3";
/// Name of the folder of caches.
pub(super) const CACHES: &str = "caches";
/// How long a writer waits for another process before it is refused: longer than any one transaction of another submit takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// A gallery in one folder.
#[derive(Debug)]
pub struct SqliteStore {
    /// The folder as people know it.
    place: String,
    /// None: in memory.
    folder: Option<PathBuf>,
    writer: Mutex<Connection>,
    /// Connections that read beside the writer, each in its own snapshot; none in memory, where the writer reads too.
    readers: Mutex<Vec<Connection>>,
    patience: Duration,
}

impl SqliteStore {
    /// Makes a gallery in a folder that does not exist, is empty, or holds one whose making was cut off.
    ///
    /// # Errors
    /// [`StoreError::NotAGallery`] when the folder holds other things; [`StoreError::Invalid`] when it is a gallery already.
    pub fn create(folder: impl AsRef<Path>) -> Stored<Self> {
        let folder = folder.as_ref();
        if let Some(Identity::Gallery(_)) = peek(folder)? {
            return Err(StoreError::Invalid {
                what: format!("gallery {}", folder.display()),
                why: "it exists already".to_owned(),
            });
        }
        Self::open_or_create(folder)
    }

    /// Opens a gallery, and brings one of an earlier version up to date.
    ///
    /// # Errors
    /// [`StoreError::NotAGallery`], [`StoreError::NewerSchema`], [`StoreError::Damaged`], [`StoreError::Io`].
    pub fn open(folder: impl AsRef<Path>) -> Stored<Self> {
        let folder = folder.as_ref();
        let found = match peek(folder)? {
            Some(Identity::Gallery(_)) => return Self::connect(folder),
            Some(Identity::Foreign) => "gallery.sqlite3 is a database of another program",
            Some(Identity::Empty) => "gallery.sqlite3 is empty: its making was cut off; make it again",
            None if folder.is_dir() => "the folder has no gallery.sqlite3",
            None if folder.exists() => "it is not a folder",
            None => "there is no such folder",
        };
        Err(StoreError::NotAGallery { place: folder.display().to_string(), found: found.to_owned() })
    }

    /// The folder of the gallery; none in memory.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Opens a gallery, or makes one where [`SqliteStore::create`] would.
    ///
    /// # Errors
    /// As both.
    pub fn open_or_create(folder: impl AsRef<Path>) -> Stored<Self> {
        let folder = folder.as_ref();
        let place = folder.display().to_string();
        match peek(folder)? {
            Some(Identity::Gallery(_)) => return Self::connect(folder),
            Some(Identity::Foreign) => return Self::open(folder),
            Some(Identity::Empty) => {}
            None => {
                let io = |doing| move |source| StoreError::Io { place: folder.display().to_string(), doing, source };
                fs::create_dir_all(folder).map_err(io("make the folder"))?;
                let other = fs::read_dir(folder)
                    .map_err(io("read the folder"))?
                    .filter_map(|entry| entry.ok().map(|e| e.file_name().to_string_lossy().into_owned()))
                    // Another process may be making the same gallery at this moment.
                    .find(|name| name != CACHES && !name.starts_with(DATABASE));
                if let Some(other) = other {
                    return Err(StoreError::NotAGallery {
                        place,
                        found: format!("the folder holds other things ({other}, ...) and no gallery.sqlite3"),
                    });
                }
            }
        }
        Self::connect(folder)
    }

    /// A gallery that lives as long as the value: for tests and demonstrations.
    ///
    /// # Errors
    /// [`StoreError::Backend`] when there is no memory for it.
    pub fn in_memory() -> Stored<Self> {
        let place = "(in memory)".to_owned();
        let made = || -> Result<Connection, Fault> {
            let mut connection = Connection::open_in_memory()?;
            settle(&connection, PATIENCE)?;
            let stamp = Stamp::new(Timestamp::UNIX_EPOCH, "brasslink");
            schema::bring_up_to_date(&mut connection, &place, schema::STEPS, &stamp)?;
            Ok(connection)
        };
        let writer = made().map_err(|fault| fault.at(&place, "make a gallery", PATIENCE))?;
        Ok(Self { place, folder: None, writer: Mutex::new(writer), readers: Mutex::default(), patience: PATIENCE })
    }

    /// The same gallery with another time to wait for a second writing process; 10 s otherwise.
    ///
    /// # Errors
    /// [`StoreError::Backend`].
    pub fn with_patience(mut self, patience: Duration) -> Stored<Self> {
        self.patience = patience;
        lock(&self.readers).clear();
        lock(&self.writer)
            .busy_timeout(patience)
            .map_err(|e| Fault::from(e).at(&self.place, "set the time to wait", patience))?;
        Ok(self)
    }

    /// The folder as people know it.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The caches of this gallery; none in memory.
    #[must_use]
    pub fn caches(&self) -> Option<Caches<'_>> {
        self.folder.as_ref().map(|folder| Caches::of(self, folder.join(CACHES)))
    }

    fn connect(folder: &Path) -> Stored<Self> {
        let place = folder.display().to_string();
        let at = |fault: Fault| fault.at(&place, "open the gallery", PATIENCE);
        let mut writer = open_database(folder, true, PATIENCE).map_err(at)?;
        let stamp = Stamp::new(SystemClock.now(), "brasslink");
        schema::bring_up_to_date(&mut writer, &place, schema::STEPS, &stamp).map_err(at)?;
        sync_folder(folder)?;
        let store = Self {
            place,
            folder: Some(folder.to_owned()),
            writer: Mutex::new(writer),
            readers: Mutex::default(),
            patience: PATIENCE,
        };
        if let Some(caches) = store.caches() {
            caches.sweep()?;
        }
        store.finish_expungement()?;
        Ok(store)
    }

    /// One transaction that changes something: all of it or nothing.
    pub(super) fn write<T>(&self, doing: &str, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Stored<T> {
        let mut writer = lock(&self.writer);
        let run = || -> Result<T, Fault> {
            let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&tx)?;
            tx.commit()?;
            Ok(done)
        };
        run().map_err(|fault| fault.at(&self.place, doing, self.patience))
    }

    /// One snapshot to read from, beside whoever writes.
    pub(super) fn read<T>(&self, doing: &str, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Stored<T> {
        let at = |fault: Fault| fault.at(&self.place, doing, self.patience);
        let Some(folder) = &self.folder else {
            return work(&lock(&self.writer)).map_err(at);
        };
        let idle = lock(&self.readers).pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => open_database(folder, false, self.patience).map_err(at)?,
        };
        let run = || -> Result<T, Fault> {
            let tx = reader.transaction_with_behavior(TransactionBehavior::Deferred)?;
            work(&tx)
        };
        let result = run().map_err(at);
        lock(&self.readers).push(reader);
        result
    }

    /// An expungement that was cut off may have left traces of what it deleted: removes them, unless another process is using the gallery, which
    /// then does it when it ends, or no room is left for it, and then the next opening tries again.
    fn finish_expungement(&self) -> Stored<()> {
        let (expunged, unscrubbed) =
            self.read("read the last expungement", |tx| Ok((marks::expunged(tx)?, marks::unscrubbed(tx)?)))?;
        if expunged == 0 {
            return Ok(());
        }
        let writer = lock(&self.writer);
        let later = |e: &rusqlite::Error| {
            use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull};
            matches!(e.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked | DiskFull))
        };
        let tried = writer
            .busy_timeout(Duration::ZERO)
            .and_then(|()| if unscrubbed { scrub(&writer) } else { Ok(()) })
            .and_then(|()| writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())))
            .or_else(|e| if later(&e) { Ok(()) } else { Err(e) })
            .and_then(|()| writer.busy_timeout(self.patience));
        tried.map_err(|e| Fault::from(e).at(&self.place, "remove what was expunged", self.patience))
    }

    /// Writes the database anew from what is there, so that nothing deleted is left in it.
    pub(super) fn scrub(&self) -> Stored<()> {
        scrub(&lock(&self.writer))
            .map_err(|e| Fault::from(e).at(&self.place, "remove what was expunged", self.patience))
    }

    /// Empties the write-ahead log into the database, so that deleted bytes are gone from both.
    pub(super) fn empty_log(&self) -> Stored<()> {
        if self.folder.is_none() {
            return Ok(());
        }
        let blocked = lock(&self.writer)
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))
            .map_err(|e| Fault::from(e).at(&self.place, "empty the write-ahead log", self.patience))?;
        if blocked == 0 {
            return Ok(());
        }
        Err(StoreError::Busy { place: self.place.clone(), waited_s: self.patience.as_secs_f64() })
    }
}

/// Writes the database anew, and remembers of which expungement it holds no trace any more.
///
/// `secure_delete` overwrites deleted rows where they lay, but not the copies that stay behind in the unused part of a page when SQLite moves rows
/// between neighbouring pages. Only a page that never held the row is sure not to hold it. This takes as long as copying the file, and twice its room.
fn scrub(writer: &Connection) -> rusqlite::Result<()> {
    let expunged: i64 = writer.query_row("SELECT expunged FROM gallery", [], |row| row.get(0))?;
    // The copy may be larger than the memory; it is a file without a name, of rows that are all still there.
    writer.pragma_update(None, "temp_store", "FILE")?;
    let done = writer.execute_batch("VACUUM");
    writer.pragma_update(None, "temp_store", "MEMORY")?;
    done?;
    writer.execute("UPDATE gallery SET scrubbed = max(scrubbed, ?1)", [expunged])?;
    Ok(())
}

/// Looks what lies in a folder without changing it; `None` where there is no database.
fn peek(folder: &Path) -> Stored<Option<Identity>> {
    let path = folder.join(DATABASE);
    let place = folder.display().to_string();
    // The file is not opened here beside SQLite: closing it would drop the locks that another connection of this process holds on it.
    match fs::metadata(&path) {
        Ok(found) if found.is_file() && found.len() == 0 => return Ok(Some(Identity::Empty)),
        Ok(_) => {}
        Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(source) => return Err(StoreError::Io { place: path.display().to_string(), doing: "read it", source }),
    }
    let look = || -> Result<Identity, Fault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        schema::identity(&connection)
    };
    let looked = look();
    if let Err(Fault::Sql(e)) = &looked
        && e.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase)
    {
        return Err(StoreError::NotAGallery { place, found: "gallery.sqlite3 is not an SQLite database".to_owned() });
    }
    match looked.map_err(|fault| fault.at(&place, "look what it is", PATIENCE))? {
        Identity::Gallery(found) if found > schema::SCHEMA_VERSION => {
            Err(StoreError::NewerSchema { place, found, supported: schema::SCHEMA_VERSION })
        }
        identity => Ok(Some(identity)),
    }
}

/// Opens the database and settles how it is kept.
fn open_database(folder: &Path, writes: bool, patience: Duration) -> Result<Connection, Fault> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if writes {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = Connection::open_with_flags(folder.join(DATABASE), flags)?;
    settle(&connection, patience)?;
    if writes {
        write_ahead(&connection, patience)?;
    } else {
        connection.pragma_update(None, "query_only", true)?;
    }
    Ok(connection)
}

/// What holds for every connection.
fn settle(connection: &Connection, patience: Duration) -> Result<(), Fault> {
    connection.busy_timeout(patience)?;
    // Deleted bytes are overwritten with zeros, long before an expungement writes the database anew.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // An acknowledged commit has been synced to the disk.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Damage is met as an error where it lies, not as a wrong answer later.
    connection.pragma_update(None, "cell_size_check", true)?;
    // A file that somebody else prepared runs no functions of its own.
    connection.pragma_update(None, "trusted_schema", false)?;
    // Temporary tables and sorts never leave traces on the disk.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(())
}

/// Switches to the write-ahead log. SQLite does not wait by itself when another process is just doing the same.
fn write_ahead(connection: &Connection, patience: Duration) -> Result<(), Fault> {
    let start = Instant::now();
    loop {
        let busy = match connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(StoreError::Backend {
                    place: connection.path().unwrap_or_default().to_owned(),
                    doing: "keep a write-ahead log".to_owned(),
                    message: format!("expected journal mode wal, got {mode}; is it a network share?"),
                }
                .into());
            }
            Err(error) => error,
        };
        let waiting = busy.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy);
        if !waiting || start.elapsed() > patience {
            return Err(busy.into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> Stored<()> {
    // Only Unix lets a folder be opened and synced; elsewhere the file system does it with the file.
    #[cfg(unix)]
    fs::File::open(folder).and_then(|f| f.sync_all()).map_err(|source| StoreError::Io {
        place: folder.display().to_string(),
        doing: "sync the folder",
        source,
    })?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// A thread that panicked inside a transaction left it rolled back, so the connection is whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
