//! The zip around an X3P, read with suspicion.

use crate::surface::error::Blame;
use crate::surface::{Limits, SurfaceError};
use std::io::{Cursor, Read};

/// Longest name of an entry, bytes; the standard's own have 16.
const LONGEST_NAME: usize = 512;

/// An opened zip whose directory was found honest: few entries, plain names, no name twice, no inflated size above the
/// limits. Nothing is inflated until it is asked for, and never to disk.
pub(crate) struct Container<'a> {
    archive: zip::ZipArchive<Cursor<&'a [u8]>>,
    limits: &'a Limits,
    blame: &'a Blame,
}

impl<'a> Container<'a> {
    pub(crate) fn open(bytes: &'a [u8], blame: &'a Blame, limits: &'a Limits) -> Result<Self, SurfaceError> {
        let stated = stated_entries(bytes).ok_or_else(|| {
            blame.damaged("zip", "no end of the central directory; the file is cut short or not a zip")
        })?;
        if stated > limits.entries {
            return Err(blame.limit("zip: entries", limits.entries, stated));
        }
        let mut archive =
            zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| blame.damaged("zip: central directory", e))?;
        // The reader keeps one entry a name: a difference means that a name is there twice.
        if archive.len() as u64 != stated {
            return Err(blame.field(
                "zip: entries",
                format!("{stated} different names, as the directory counts"),
                archive.len(),
            ));
        }
        if archive.has_overlapping_files().map_err(|e| blame.damaged("zip: entries", e))? {
            return Err(blame.field("zip: entries", "entries side by side", "entries that overlap"));
        }
        let mut seen = std::collections::BTreeSet::new();
        let mut total = 0u64;
        for i in 0..archive.len() {
            let entry = archive.by_index_raw(i).map_err(|e| blame.damaged("zip: entry", e))?;
            let name = entry.name().to_owned();
            if !plain(&name) {
                return Err(blame.field("zip: entry name", "a relative path without ..", name));
            }
            if entry.is_symlink() {
                return Err(blame.field("zip: entry", "a file or folder", format!("symbolic link {name}")));
            }
            if !seen.insert(name.to_lowercase()) {
                return Err(blame.field("zip: entries", "each name once", format!("{name} twice")));
            }
            let (size, packed) = (entry.size(), entry.compressed_size());
            total = total.saturating_add(size);
            if size > limits.entry_bytes || total > limits.entry_bytes.saturating_mul(2) {
                return Err(blame.limit(
                    format!("zip: {name}: inflated size"),
                    format!("{} bytes", limits.entry_bytes),
                    format!("{size} bytes"),
                ));
            }
            if size > limits.ratio_from_bytes && size / packed.max(1) > limits.zip_ratio {
                return Err(blame.limit(
                    format!("zip: {name}: inflated over deflated size"),
                    limits.zip_ratio,
                    size / packed.max(1),
                ));
            }
        }
        Ok(Self { archive, limits, blame })
    }

    /// Whether there is an entry of this name (letter case aside).
    pub(crate) fn has(&self, name: &str) -> bool {
        self.index_of(name).is_some()
    }

    /// The inflated size that the directory states, bytes.
    pub(crate) fn stated_size(&mut self, name: &str) -> Result<u64, SurfaceError> {
        let index = self.require(name)?;
        let entry = self.archive.by_index_raw(index).map_err(|e| self.blame.damaged(name, e))?;
        Ok(entry.size())
    }

    /// Inflates an entry of at most `most` bytes.
    pub(crate) fn read(&mut self, name: &str, most: u64) -> Result<Vec<u8>, SurfaceError> {
        let blame = self.blame;
        let most = most.min(self.limits.entry_bytes);
        let index = self.require(name)?;
        let entry = self.archive.by_index(index).map_err(|e| blame.damaged(name, e))?;
        let stated = entry.size();
        if stated > most {
            return Err(blame.limit(format!("{name}: size"), format!("{most} bytes"), format!("{stated} bytes")));
        }
        let mut bytes = Vec::with_capacity(stated as usize);
        // One byte more than stated is enough to catch an entry that inflates further than its directory says.
        entry.take(stated + 1).read_to_end(&mut bytes).map_err(|e| blame.damaged(name, e))?;
        if bytes.len() as u64 != stated {
            let got = if bytes.len() as u64 > stated { "more".to_owned() } else { format!("{} bytes", bytes.len()) };
            return Err(blame.field(name, format!("{stated} bytes, as the zip directory states"), got));
        }
        Ok(bytes)
    }

    fn require(&self, name: &str) -> Result<usize, SurfaceError> {
        self.index_of(name).ok_or_else(|| {
            let names: Vec<&str> = self.archive.file_names().collect();
            self.blame.field("zip", format!("an entry {name}"), names.join(", "))
        })
    }

    fn index_of(&self, name: &str) -> Option<usize> {
        self.archive.index_for_name(name).or_else(|| {
            (0..self.archive.len())
                .find(|&i| self.archive.name_for_index(i).is_some_and(|n| n.eq_ignore_ascii_case(name)))
        })
    }
}

/// Whether a name or link stays inside the archive on every system.
pub(crate) fn plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= LONGEST_NAME
        && !name.starts_with('/')
        && !name.contains(['\\', ':'])
        && !name.chars().any(char::is_control)
        && name.split('/').all(|part| part != ".." && part != ".")
}

/// Entries that the last end-of-central-directory record states (APPNOTE 4.3.16); zip64's own count is not read because
/// no limit allows 65535 entries.
fn stated_entries(bytes: &[u8]) -> Option<u64> {
    const END: &[u8] = b"PK\x05\x06";
    const END_BYTES: usize = 22;
    let from = bytes.len().saturating_sub(END_BYTES + usize::from(u16::MAX));
    let at = from + bytes[from..].windows(END.len()).rposition(|w| w == END)?;
    let count = bytes.get(at + 10..at + 12)?;
    Some(u64::from(u16::from_le_bytes([count[0], count[1]])))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn names_that_leave_the_archive_are_not_plain() {
        for good in ["main.xml", "bindata/data.bin", "bindata/", "a..b", "bindata/data..bin"] {
            assert!(plain(good), "{good}");
        }
        for bad in ["", "/etc/passwd", "../main.xml", "a/../../b", "a\\b", "c:main.xml", "a/./b", "a\nb"] {
            assert!(!plain(bad), "{bad}");
        }
    }
}
