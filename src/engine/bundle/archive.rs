//! The zip: written with fixed times in a fixed order, read within limits.

use crate::engine::error::EngineError;
use crate::trace::wording::Wording;
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};

/// Name to bytes.
pub type Archive = BTreeMap<String, Vec<u8>>;

/// How much an archive may cost to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files.
    pub files: usize,
    /// Bytes of one file when unpacked.
    pub one: u64,
    /// Bytes of all files when unpacked.
    pub all: u64,
}

impl Default for Limits {
    /// A thousand files of at most 1 GiB, 4 GiB in all: two dozen of the largest scans known to us.
    fn default() -> Self {
        Self { files: 1_000, one: 1 << 30, all: 1 << 32 }
    }
}

/// What is wrong with a bundle, or with one of its files.
fn bad(file: Option<&str>, expected: impl Into<Wording>, got: impl Into<Wording>) -> EngineError {
    let of = file.map(|name| format!(": {name:?}")).unwrap_or_default();
    let what = (format!("evidence bundle{of}"), format!("paquete de evidencia{of}"));
    EngineError::Told(Wording::expected(what, expected, got))
}

/// The zip of an archive: names ascending, every time 1980-01-01, so that the same files give the same bytes.
///
/// # Errors
/// [`EngineError::Input`] when the writer refuses, which happens for files beyond 4 GiB alone.
pub(super) fn pack(archive: &Archive) -> Result<Vec<u8>, EngineError> {
    let refused = |e: &dyn std::fmt::Display| {
        bad(None, ("files that fit into a zip", "archivos que caben en un zip"), Wording::otherwise(e))
    };
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .last_modified_time(zip::DateTime::default())
        .compression_method(zip::CompressionMethod::Deflated)
        .unix_permissions(0o644);
    for (name, bytes) in archive {
        zip.start_file(name.as_str(), options).map_err(|e| refused(&e))?;
        zip.write_all(bytes).map_err(|e| refused(&e))?;
    }
    Ok(zip.finish().map_err(|e| refused(&e))?.into_inner())
}

/// Reads a zip that may be hostile: what a header says of a size is never believed, names stay inside, none comes twice.
///
/// # Errors
/// [`EngineError::Input`] names the file and the limit or rule it breaks.
pub(super) fn unpack(bytes: &[u8], limits: &Limits) -> Result<Archive, EngineError> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes))
        .map_err(|e| bad(None, ("a zip archive", "un archivo zip"), Wording::otherwise(&e)))?;
    if zip.len() > limits.files {
        let most =
            Wording::new(format!("at most {} files", limits.files), format!("{} archivos como máximo", limits.files));
        return Err(bad(None, most, zip.len().to_string()));
    }
    let mut archive = Archive::new();
    let mut all = 0u64;
    for at in 0..zip.len() {
        let file = zip
            .by_index(at)
            .map_err(|e| bad(None, ("a readable entry", "una entrada legible"), Wording::otherwise(&e)))?;
        let name = file.name().to_owned();
        if !is_inside(&name) || file.is_dir() || file.is_symlink() {
            let expected = (
                "a plain file with a relative name of letters, digits, dots, dashes",
                "un archivo simple con un nombre relativo de letras, dígitos, puntos y guiones",
            );
            return Err(bad(Some(&name), expected, ("another", "otro")));
        }
        let room = limits.one.min(limits.all - all);
        let mut content = Vec::new();
        file.take(room + 1).read_to_end(&mut content).map_err(|e| {
            bad(Some(&name), ("content that unpacks", "un contenido que se descomprime"), Wording::otherwise(&e))
        })?;
        if content.len() as u64 > room {
            let most = Wording::new(
                format!("at most {room} bytes when unpacked"),
                format!("{room} bytes como máximo una vez descomprimido"),
            );
            return Err(bad(Some(&name), most, ("more", "más")));
        }
        all += content.len() as u64;
        if archive.contains_key(&name) {
            return Err(bad(Some(&name), ("every name once", "cada nombre una vez"), ("it twice", "dos veces")));
        }
        archive.insert(name, content);
    }
    Ok(archive)
}

/// Whether a name is a relative path that climbs nowhere.
fn is_inside(name: &str) -> bool {
    name.len() <= 200
        && !name.is_empty()
        && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Archive {
        Archive::from([("a/b.json".to_owned(), b"{}".to_vec()), ("c.bin".to_owned(), vec![0; 4096])])
    }

    #[test]
    fn packed_twice_it_is_the_same_and_comes_back() {
        let bytes = pack(&two()).unwrap();
        assert_eq!(bytes, pack(&two()).unwrap());
        assert_eq!(unpack(&bytes, &Limits::default()).unwrap(), two());
    }

    #[test]
    fn bombs_climbing_names_and_noise_are_refused() {
        let bytes = pack(&two()).unwrap();
        let tight = |limits: Limits| unpack(&bytes, &limits).unwrap_err().to_string();
        assert!(tight(Limits { one: 100, ..Limits::default() }).contains("c.bin"));
        assert!(tight(Limits { all: 1000, ..Limits::default() }).contains("c.bin"));
        assert!(tight(Limits { files: 1, ..Limits::default() }).contains("at most 1"));
        for name in ["../up", "/root", "a//b", "a/./b", "C:\\x", "a b"] {
            let evil = pack(&Archive::from([(name.to_owned(), Vec::new())])).unwrap();
            assert!(unpack(&evil, &Limits::default()).is_err(), "{name}");
        }
        assert!(unpack(b"no zip at all", &Limits::default()).is_err());
        assert!(unpack(&bytes[..bytes.len() / 2], &Limits::default()).is_err());
    }
}
