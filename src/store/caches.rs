//! Files that can be built again from the database: written whole or not at all, and never older than the last expungement.
//!
//! ```text
//! "BRSLCACH"  version u32  generation u64  length u64  CRC-32 of the payload u32  payload     (little endian)
//! ```

use super::connection::{SqliteStore, sync_folder};
use super::marks::{self, expunged};
use crate::engine::ports::{CacheFile, CacheFiles, CachedBytes, StoreError, Stored};
use std::fs;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

const MAGIC: &[u8; 8] = b"BRSLCACH";
const VERSION: u32 = 1;
/// Length of the header, bytes.
pub const HEADER_BYTES: usize = 8 + 4 + 8 + 8 + 4;
/// Every name of an unfinished file begins with this.
const UNFINISHED: &str = ".unfinished-";
/// An unfinished file that nobody has written to for so long belongs to a process that is gone: writing never pauses for more than the seconds that
/// another process holds the database.
const ABANDONED_AFTER: Duration = Duration::from_secs(600);

/// The folder of caches of a gallery.
#[derive(Debug)]
pub struct Caches<'a> {
    store: &'a SqliteStore,
    folder: PathBuf,
}

/// What lies under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cached {
    /// Nothing that may be used.
    Absent,
    /// Something that is not what was once written; build it again.
    Damaged(String),
    /// The payload, and the generation of the gallery from which it was built.
    Found {
        /// Generation; behind [`crate::engine::ports::Store::generation`] when marks have come since.
        generation: u64,
        /// As it was written.
        payload: Vec<u8>,
    },
}

impl<'a> Caches<'a> {
    pub(super) fn of(store: &'a SqliteStore, folder: PathBuf) -> Self {
        Self { store, folder }
    }

    /// Writes a cache built from a generation of the gallery: to a temporary file, synced, renamed, folder synced.
    ///
    /// `false`: a specimen has been expunged since that generation, and nothing was kept.
    ///
    /// # Errors
    /// [`StoreError::Io`]; [`StoreError::Invalid`] for a name that is not letters, digits, `.`, `-` and `_`.
    pub fn write(
        &self,
        name: &str,
        generation: u64,
        payload: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Stored<bool> {
        let path = self.path(name)?;
        fs::create_dir_all(&self.folder).map_err(|e| self.io("make the folder of caches", e))?;
        let finished = self.unfinished(generation, payload).map_err(|e| self.io("write a cache", e))?;
        // Under the lock of the database, so that no expungement falls between the question and the rename.
        let kept = self.store.write("keep a cache", |tx| {
            if generation < expunged(tx)? {
                return Ok(false);
            }
            match finished.persist(&path) {
                Ok(_) => Ok(true),
                // Swept meanwhile, by a computer whose clock runs ahead: built again next time.
                Err(e) if e.error.kind() == io::ErrorKind::NotFound => Ok(false),
                Err(e) => Err(self.io("rename a cache", e.error).into()),
            }
        })?;
        sync_folder(&self.folder)?;
        Ok(kept)
    }

    fn unfinished(
        &self,
        generation: u64,
        payload: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<tempfile::NamedTempFile> {
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder)?;
        file.write_all(&[0; HEADER_BYTES])?;
        let (length, crc) = {
            let mut summed =
                Summed { inner: BufWriter::new(file.as_file_mut()), crc: crc32fast::Hasher::new(), length: 0 };
            payload(&mut summed)?;
            summed.flush()?;
            (summed.length, summed.crc.finalize())
        };
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&header(generation, length, crc))?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    /// Reads a cache and checks it.
    ///
    /// # Errors
    /// [`StoreError::Io`]; a damaged or outdated file is a result, not an error.
    pub fn read(&self, name: &str) -> Stored<Cached> {
        let path = self.path(name)?;
        let mut bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Cached::Absent),
            Err(e) => return Err(self.io("read a cache", e)),
        };
        let (generation, length, crc) = match parse(&bytes) {
            Ok(parts) => parts,
            Err(why) => return Ok(Cached::Damaged(format!("{name}: {why}"))),
        };
        let payload = bytes.split_off(HEADER_BYTES);
        if payload.len() as u64 != length {
            return Ok(Cached::Damaged(format!("{name}: expected {length} bytes, got {}", payload.len())));
        }
        if crc32fast::hash(&payload) != crc {
            return Ok(Cached::Damaged(format!("{name}: CRC-32 expected {crc:08x}, got another")));
        }
        let (now, expunged) =
            self.store.read("read the generation", |tx| Ok((marks::generation(tx)?, expunged(tx)?)))?;
        // A generation from the future means that the database was put back from a backup.
        if generation < expunged || generation > now {
            return Ok(Cached::Absent);
        }
        Ok(Cached::Found { generation, payload })
    }

    /// Removes every cache, unfinished ones of other processes included.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn clear(&self) -> Stored<()> {
        self.remove_where(|_| true)
    }

    /// Removes what processes that were cut off have left behind: caches older than an expungement, and files that were never finished.
    pub(super) fn sweep(&self) -> Stored<()> {
        let expunged = self.store.read("read the last expungement", expunged)?;
        let older = |path: &Path| {
            let mut start = Vec::new();
            let read = fs::File::open(path)
                .and_then(|file| io::Read::read_to_end(&mut io::Read::take(file, HEADER_BYTES as u64), &mut start));
            read.is_ok() && parse(&start).is_ok_and(|(generation, ..)| generation < expunged)
        };
        // One that another process is writing stays; it is refused at the end if it is outdated.
        let abandoned = |path: &Path| {
            let written = fs::metadata(path).and_then(|m| m.modified());
            written.is_ok_and(|at| at.elapsed().is_ok_and(|age| age >= ABANDONED_AFTER))
        };
        self.remove_where(|path| {
            let unfinished = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(UNFINISHED));
            if unfinished { abandoned(path) } else { older(path) }
        })
    }

    fn remove_where(&self, goes: impl Fn(&Path) -> bool) -> Stored<()> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(self.io("read the folder of caches", e)),
        };
        let mut removed = false;
        for entry in entries {
            let path = entry.map_err(|e| self.io("read the folder of caches", e))?.path();
            if path.is_file() && goes(&path) {
                match fs::remove_file(&path) {
                    Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(self.io("remove a cache", e)),
                    _ => removed = true,
                }
            }
        }
        if removed { sync_folder(&self.folder) } else { Ok(()) }
    }

    fn path(&self, name: &str) -> Stored<PathBuf> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
            return Err(StoreError::Invalid {
                what: format!("cache \"{name}\""),
                why: "expected letters, digits, '.', '-' and '_', not beginning with '.'".to_owned(),
            });
        }
        Ok(self.folder.join(name))
    }

    fn io(&self, doing: &'static str, source: io::Error) -> StoreError {
        StoreError::Io { place: self.folder.display().to_string(), doing, source }
    }
}

/// What follows the header of a cache file. The file is never written to again, and stays readable after it was replaced or removed.
#[derive(Debug)]
struct Payload(fs::File);

impl CachedBytes for Payload {
    #[cfg(unix)]
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.0, bytes, HEADER_BYTES as u64 + at)
    }

    #[cfg(windows)]
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        let mut done = 0;
        while let Some(rest) = bytes.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match std::os::windows::fs::FileExt::seek_read(&self.0, rest, HEADER_BYTES as u64 + at + done as u64)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => done += read,
            }
        }
        Ok(())
    }
}

impl CacheFiles for Caches<'_> {
    fn open(&self, name: &str) -> Stored<Option<CacheFile>> {
        let path = self.path(name)?;
        let mut file = match fs::File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(self.io("open a cache", e)),
        };
        let mut start = [0; HEADER_BYTES];
        let held = file.metadata().map_err(|e| self.io("open a cache", e))?.len();
        if io::Read::read_exact(&mut file, &mut start).is_err() {
            return Ok(None);
        }
        let Ok((generation, length, _)) = parse(&start) else { return Ok(None) };
        let (now, expunged) =
            self.store.read("read the generation", |tx| Ok((marks::generation(tx)?, expunged(tx)?)))?;
        let lawful = generation >= expunged && generation <= now;
        let whole = (HEADER_BYTES as u64).checked_add(length) == Some(held);
        Ok((lawful && whole).then(|| CacheFile { generation, length, payload: Box::new(Payload(file)) }))
    }

    fn write_file(
        &self,
        name: &str,
        generation: u64,
        payload: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Stored<bool> {
        self.write(name, generation, payload)
    }
}

fn header(generation: u64, length: u64, crc: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&generation.to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

/// Generation, length and CRC-32 of a header.
fn parse(bytes: &[u8]) -> Result<(u64, u64, u32), String> {
    let field = |at: usize, length: usize| bytes.get(at..at + length).ok_or_else(|| "cut off".to_owned());
    let long = |at: usize| -> Result<u64, String> {
        let mut eight = [0; 8];
        eight.copy_from_slice(field(at, 8)?);
        Ok(u64::from_le_bytes(eight))
    };
    let short = |at: usize| -> Result<u32, String> {
        let mut four = [0; 4];
        four.copy_from_slice(field(at, 4)?);
        Ok(u32::from_le_bytes(four))
    };
    if field(0, 8)? != MAGIC {
        return Err("not a cache of a gallery".to_owned());
    }
    let version = short(8)?;
    if version != VERSION {
        return Err(format!("version: expected {VERSION}, got {version}"));
    }
    Ok((long(12)?, long(20)?, short(28)?))
}

/// Sums up what passes through.
struct Summed<W: Write> {
    inner: W,
    crc: crc32fast::Hasher,
    length: u64,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.crc.update(bytes.get(..written).unwrap_or_default());
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
