//! The bytes of files that come in pieces, in a folder beside the gallery until they are submitted.

use crate::engine::error::EngineError;
use crate::engine::ports::StoreError;
use crate::ids::Digest;
use crate::store::service::Upload;
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Name of the folder in the gallery's.
const FOLDER: &str = "uploads";

/// A file that comes with a request, as far as it has come.
pub(super) struct Incoming {
    file: File,
    hasher: Sha256,
    bytes: u64,
}

impl Incoming {
    /// Adds what has come.
    pub fn write(&mut self, piece: &[u8], uploads: &Uploads) -> Result<(), EngineError> {
        self.hasher.update(piece);
        self.bytes += piece.len() as u64;
        self.file.write_all(piece).map_err(uploads.fault("write a file"))
    }

    /// The whole file.
    pub fn end(self, name: String) -> Received {
        let Self { file, hasher, bytes } = self;
        Received {
            name,
            bytes,
            sha256: Digest(hasher.finalize().into()),
            source: Source::WithRequest(Mutex::new(file)),
        }
    }
}

/// A file that was received and lies on the disk until it is submitted.
pub(super) struct Received {
    /// Its name.
    pub name: String,
    /// Its length, bytes.
    pub bytes: u64,
    /// Its digest.
    pub sha256: Digest,
    /// Where it lies.
    pub source: Source,
}

/// Where a received file lies.
pub(super) enum Source {
    /// It came with the request, and has no name on the disk.
    WithRequest(Mutex<File>),
    /// It came in pieces, under this identifier.
    InPieces(String),
}

/// The folder.
#[derive(Debug)]
pub struct Uploads {
    folder: PathBuf,
    /// One piece is written at a time: two of one file must not mix.
    writing: Mutex<()>,
}

impl Uploads {
    /// The folder beside a gallery; it is made with the first file.
    pub(super) fn beside(gallery: &std::path::Path) -> Self {
        Self { folder: gallery.join(FOLDER), writing: Mutex::default() }
    }

    /// Identifiers are of the service's own making: hexadecimal digits, no path.
    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.part"))
    }

    fn fault(&self, doing: &'static str) -> impl Fn(std::io::Error) -> EngineError {
        let place = self.folder.display().to_string();
        move |source| StoreError::Io { place: place.clone(), doing, source }.into()
    }

    /// Makes an empty file.
    pub(super) fn begin(&self, id: &str) -> Result<(), EngineError> {
        std::fs::create_dir_all(&self.folder).map_err(self.fault("make it"))?;
        let made = OpenOptions::new().write(true).create_new(true).open(self.path(id));
        made.map(|_| ()).map_err(self.fault("begin an upload"))
    }

    /// How much of a file is there, bytes.
    pub(super) fn offset(&self, id: &str) -> Result<u64, EngineError> {
        std::fs::metadata(self.path(id)).map(|found| found.len()).map_err(self.fault("read an upload"))
    }

    /// Adds a piece at the end that a file has; gives the new end, or the present one where the piece begins elsewhere or goes beyond.
    pub(super) fn append(&self, upload: &Upload, at: u64, piece: &[u8]) -> Result<Result<u64, u64>, EngineError> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let there = self.offset(&upload.id)?;
        let end = there.saturating_add(piece.len() as u64);
        if at != there || end > upload.bytes {
            return Ok(Err(there));
        }
        let write = || -> std::io::Result<()> {
            let mut file = OpenOptions::new().append(true).open(self.path(&upload.id))?;
            file.write_all(piece)?;
            file.sync_data()
        };
        if let Err(error) = write() {
            // Half a piece is none: the client sends it again from where it began.
            let _ = File::options().write(true).open(self.path(&upload.id)).and_then(|file| file.set_len(there));
            return Err(self.fault("write an upload")(error));
        }
        Ok(Ok(end))
    }

    /// The digest of a file that is whole, which it is read for a piece at a time.
    pub(super) fn digest(&self, upload: &Upload) -> Result<Digest, EngineError> {
        let input =
            |expected: String, got: String| EngineError::Input { what: format!("upload {}", upload.id), expected, got };
        let there = self.offset(&upload.id)?;
        if there != upload.bytes {
            return Err(input(format!("{} bytes", upload.bytes), format!("{there} so far")));
        }
        let read = || -> std::io::Result<Digest> {
            let mut file = File::open(self.path(&upload.id))?;
            let mut hasher = Sha256::new();
            std::io::copy(&mut file, &mut hasher)?;
            Ok(Digest(hasher.finalize().into()))
        };
        let found = read().map_err(self.fault("read an upload"))?;
        match upload.sha256 {
            Some(stated) if stated != found => Err(input(format!("SHA-256 {stated}"), found.to_string())),
            _ => Ok(found),
        }
    }

    /// Begins a file without a name for what comes with a request: the system removes it as soon as nobody holds it any more, after a kill too.
    pub(super) fn incoming(&self) -> Result<Incoming, EngineError> {
        std::fs::create_dir_all(&self.folder).map_err(self.fault("make it"))?;
        let file = tempfile::tempfile_in(&self.folder).map_err(self.fault("begin a file"))?;
        Ok(Incoming { file, hasher: Sha256::new(), bytes: 0 })
    }

    /// The bytes of something received.
    pub(super) fn read(&self, received: &Received) -> Result<Vec<u8>, EngineError> {
        let read = || match &received.source {
            Source::InPieces(id) => std::fs::read(self.path(id)),
            Source::WithRequest(file) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                let mut bytes = Vec::with_capacity(usize::try_from(received.bytes).unwrap_or_default());
                file.rewind()?;
                file.read_to_end(&mut bytes)?;
                Ok(bytes)
            }
        };
        read().map_err(self.fault("read a file"))
    }

    /// Removes a file.
    pub(super) fn end(&self, id: &str) {
        // One that is gone already is what was wanted.
        let _ = std::fs::remove_file(self.path(id));
    }

    /// Removes files that nobody knows any more.
    pub(super) fn sweep(&self, known: &[String]) {
        let Ok(files) = std::fs::read_dir(&self.folder) else { return };
        for file in files.flatten() {
            let name = file.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(".part"));
            if id.is_some_and(|id| !known.iter().any(|known| known == id)) {
                let _ = std::fs::remove_file(file.path());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_with_a_request_has_no_name_and_is_read_as_often_as_needed() {
        let folder = tempfile::tempdir().unwrap();
        let uploads = Uploads::beside(folder.path());
        let mut incoming = uploads.incoming().unwrap();
        for piece in [&b"one "[..], b"", b"two"] {
            incoming.write(piece, &uploads).unwrap();
        }
        let received = incoming.end("a.x3p".to_owned());
        assert_eq!((received.bytes, received.sha256), (7, Digest::of(b"one two")));
        for _ in 0..2 {
            assert_eq!(uploads.read(&received).unwrap(), b"one two");
        }
        assert_eq!(std::fs::read_dir(folder.path().join(FOLDER)).unwrap().count(), 0, "a kill leaves nothing behind");
    }
}
