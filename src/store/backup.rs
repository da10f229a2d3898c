//! Backups: a gallery with its accounts copied whole while others work on it, checked, and put back.
//!
//! A backup is a folder of its own: the databases written anew by SQLite (`VACUUM INTO`, a consistent copy under one read transaction), the site's own
//! tables and profiles, and `backup.json`, which names every file with its length and SHA-256. Caches are left out; they are made anew.

use super::connection::{DATABASE, SqliteStore, sync_folder};
use super::service::SERVICE_DATABASE;
use crate::casework::ChainHead;
use crate::engine::ports::{Stamp, Store as _, StoreError, Stored};
use crate::ids::Digest;
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The list of what a backup holds.
const LIST: &str = "backup.json";
/// Folders of files that people edit, beside the database.
const FOLDERS: [&str; 2] = ["catalogues", "profiles"];
/// Version of the form of a backup.
const FORM: u32 = 1;
/// Largest list, bytes.
const MOST_LIST: u64 = 1 << 24;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Version of the form.
    pub form: u32,
    /// Version of brasslink that made it.
    pub version: String,
    /// When.
    pub at: Timestamp,
    /// End of the audit chain in it: its number.
    pub audit_sequence: u64,
    /// Its hash.
    pub audit_hash: Digest,
    /// Every file.
    pub files: Vec<BackedUp>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedUp {
    /// Its place, parts divided by `/`.
    pub name: String,
    /// Its length, bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
}

fn io(place: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> StoreError {
    let place = place.display().to_string();
    move |source| StoreError::Io { place, doing, source }
}

fn invalid(place: &Path, why: impl Into<String>) -> StoreError {
    StoreError::Invalid { what: place.display().to_string(), why: why.into() }
}

/// Copies a gallery into a new folder while others read and write it; the copy is opened and verified before it gets its name.
///
/// # Errors
/// A folder that is there already, a gallery in memory, no room; a gallery or copy that is damaged.
pub fn backup(store: &SqliteStore, to: &Path, version: &str, stamp: &Stamp) -> Stored<Backup> {
    let Some(gallery) = store.folder() else {
        return Err(invalid(to, "expected a gallery on disk, got one in memory"));
    };
    let part = beside(to, "part")?;
    // The copy tells of its own making; so does the gallery it was made of.
    store.log("gallery.backed_up", "gallery", &serde_json::Value::Null, stamp)?;
    let done = copied(gallery, &part).and_then(|()| finished(&part, version, stamp.at));
    match done {
        Ok(list) => {
            fs::rename(&part, to).map_err(io(to, "name the backup"))?;
            sync_folder(to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
            Ok(list)
        }
        Err(error) => {
            // Half a backup is none.
            let _ = fs::remove_dir_all(&part);
            Err(error)
        }
    }
}

/// A name beside a folder that is to be made, which must not be there.
fn beside(to: &Path, word: &str) -> Stored<PathBuf> {
    if to.exists() {
        return Err(invalid(to, "expected a name that is not taken, got a file or folder"));
    }
    let name = to.file_name().ok_or_else(|| invalid(to, "expected the name of a folder"))?;
    let part = to.with_file_name(format!(".{}.{word}", name.to_string_lossy()));
    if part.exists() {
        fs::remove_dir_all(&part).map_err(io(&part, "remove what was cut off"))?;
    }
    fs::create_dir_all(&part).map_err(io(&part, "make the folder"))?;
    Ok(part)
}

fn copied(gallery: &Path, part: &Path) -> Stored<()> {
    for name in [DATABASE, SERVICE_DATABASE] {
        let from = gallery.join(name);
        if from.exists() {
            vacuum_into(&from, &part.join(name))?;
        }
    }
    for folder in FOLDERS {
        let from = gallery.join(folder);
        if from.is_dir() {
            let to = part.join(folder);
            fs::create_dir(&to).map_err(io(&to, "make the folder"))?;
            for entry in fs::read_dir(&from).map_err(io(&from, "read the folder"))?.flatten() {
                if entry.path().is_file() {
                    let to = to.join(entry.file_name());
                    fs::copy(entry.path(), &to).map_err(io(&to, "copy a file"))?;
                }
            }
        }
    }
    Ok(())
}

fn vacuum_into(from: &Path, to: &Path) -> Stored<()> {
    let failed = |e: rusqlite::Error| StoreError::Backend {
        place: from.display().to_string(),
        doing: "copy the database".to_owned(),
        message: e.to_string(),
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(from, flags).map_err(failed)?;
    connection.busy_timeout(std::time::Duration::from_secs(30)).map_err(failed)?;
    connection.execute("VACUUM INTO ?1", [to.to_string_lossy()]).map_err(failed)?;
    // A copy carries password hashes as the original does.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(to, fs::Permissions::from_mode(0o600)).map_err(io(to, "keep others from reading it"))?;
    }
    fs::File::open(to).and_then(|file| file.sync_all()).map_err(io(to, "sync a file"))
}

/// Verifies what was copied, and lists it.
fn finished(part: &Path, version: &str, at: Timestamp) -> Stored<Backup> {
    let head = verified(part)?;
    let mut files = Vec::new();
    for name in names(part)? {
        let path = part.join(&name);
        let (bytes, sha256) = measured(&path)?;
        files.push(BackedUp { name, bytes, sha256 });
    }
    let list = Backup {
        form: FORM,
        version: version.to_owned(),
        at,
        audit_sequence: head.sequence,
        audit_hash: head.hash,
        files,
    };
    let text = serde_json::to_string_pretty(&list).unwrap_or_default();
    let path = part.join(LIST);
    fs::write(&path, text + "\n").map_err(io(&path, "write the list"))?;
    fs::File::open(&path).and_then(|file| file.sync_all()).map_err(io(&path, "sync a file"))?;
    sync_folder(part)?;
    Ok(list)
}

/// Opens a copy and checks its audit chain and the digests of all that it holds.
fn verified(folder: &Path) -> Stored<ChainHead> {
    let store = SqliteStore::open(folder)?;
    let head = store.check()?.audit;
    // The log of the copy goes into its file, so that the list can name its bytes.
    store.empty_log()?;
    drop(store);
    for name in [DATABASE, SERVICE_DATABASE] {
        for tail in ["-wal", "-shm"] {
            let _ = fs::remove_file(folder.join(format!("{name}{tail}")));
        }
    }
    Ok(head)
}

/// The files of a backup in the order of their names, the list and caches not counted.
fn names(folder: &Path) -> Stored<Vec<String>> {
    let mut names: Vec<String> =
        [DATABASE, SERVICE_DATABASE].into_iter().filter(|n| folder.join(n).is_file()).map(str::to_owned).collect();
    for within in FOLDERS {
        let path = folder.join(within);
        if path.is_dir() {
            for entry in fs::read_dir(&path).map_err(io(&path, "read the folder"))?.flatten() {
                names.push(format!("{within}/{}", entry.file_name().to_string_lossy()));
            }
        }
    }
    names.sort();
    Ok(names)
}

fn measured(path: &Path) -> Stored<(u64, Digest)> {
    let mut file = fs::File::open(path).map_err(io(path, "read a file"))?;
    let (mut hasher, mut bytes, mut room) = (Sha256::new(), 0u64, vec![0u8; 1 << 20]);
    loop {
        let read = file.read(&mut room).map_err(io(path, "read a file"))?;
        if read == 0 {
            return Ok((bytes, Digest(hasher.finalize().into())));
        }
        hasher.update(room.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
}

/// Puts a backup back as a new gallery, after every file was found as its list says and the gallery verified.
///
/// # Errors
/// A gallery that is there already; a backup that misses a file or holds another than its list says, which is named.
pub fn restore(from: &Path, gallery: &Path) -> Stored<Backup> {
    let list = listed(from)?;
    let part = beside(gallery, "restoring")?;
    let done = (|| {
        for file in &list.files {
            let source = from.join(&file.name);
            let (bytes, sha256) = measured(&source)?;
            if (bytes, sha256) != (file.bytes, file.sha256) {
                let expected =
                    format!("expected {} bytes of SHA-256 {}, got {bytes} of {sha256}", file.bytes, file.sha256);
                return Err(invalid(&source, expected));
            }
            let to = part.join(&file.name);
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder).map_err(io(folder, "make the folder"))?;
            }
            fs::copy(&source, &to).map_err(io(&to, "copy a file"))?;
            fs::File::open(&to).and_then(|file| file.sync_all()).map_err(io(&to, "sync a file"))?;
        }
        let head = verified(&part)?;
        if (head.sequence, head.hash) != (list.audit_sequence, list.audit_hash) {
            return Err(invalid(from, "expected the audit chain to end as the list says, got another end"));
        }
        fs::rename(&part, gallery).map_err(io(gallery, "name the gallery"))
    })();
    if done.is_err() {
        let _ = fs::remove_dir_all(&part);
    }
    done.map(|()| list)
}

fn listed(from: &Path) -> Stored<Backup> {
    let path = from.join(LIST);
    let Ok(found) = fs::metadata(&path) else { return Err(invalid(&path, "expected the list of a backup, got none")) };
    let length = found.len();
    if length > MOST_LIST {
        return Err(invalid(&path, format!("expected at most {MOST_LIST} bytes, got {length}")));
    }
    let text = fs::read_to_string(&path).map_err(io(&path, "read the list"))?;
    let list: Backup =
        serde_json::from_str(&text).map_err(|e| invalid(&path, format!("expected a backup's list: {e}")))?;
    if list.form != FORM {
        return Err(invalid(&path, format!("form: expected {FORM}, got {}", list.form)));
    }
    let plain = |name: &str| {
        let known = [DATABASE, SERVICE_DATABASE].contains(&name);
        let within = name.split_once('/').is_some_and(|(folder, file)| {
            FOLDERS.contains(&folder) && !file.is_empty() && !file.contains(['/', '\\']) && file != ".."
        });
        known || within
    };
    match list.files.iter().find(|file| !plain(&file.name)) {
        Some(file) => Err(invalid(&path, format!("expected files of a gallery, got \"{}\"", file.name))),
        None => Ok(list),
    }
}
