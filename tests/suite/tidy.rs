//! The house rules, read off the sources: floors, module sentences, purity, file sizes, fixture folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Rooms and their floors; `main.rs` and `lib.rs` see everything.
const FLOORS: &[(&str, u8)] = &[
    ("units", 0),
    ("ids", 0),
    ("date", 0),
    ("geometry", 0),
    ("grid", 0),
    ("language", 0),
    ("workings", 0),
    ("dsp", 1),
    ("casework", 1),
    ("trace", 1),
    ("surface", 2),
    ("mark", 2),
    ("signature", 3),
    ("simulate", 3),
    ("index", 4),
    ("compare", 4),
    ("engine", 5),
    ("store", 6),
    ("report", 6),
    ("server", 7),
    ("cli", 8),
];

/// What rooms up to the engine must not touch: files, sockets, environment, clocks, processes, OS randomness.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "rand::rng()",
    "OsRng",
    "from_os_rng",
    "thread_rng",
    "println!",
    "eprintln!",
];

/// Lines a person can read in one sitting, with some mercy for tables of text.
const LONGEST_FILE: usize = 620;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

fn all_sources() -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    sources(&root().join("src"), &mut paths);
    assert!(paths.len() >= 40, "only {} source files seen: the walk is broken", paths.len());
    paths.into_iter().map(|p| (p.clone(), std::fs::read_to_string(p).unwrap())).collect()
}

/// The room of a source file, or none for `lib.rs` and `main.rs`.
fn room(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
    let name = first.trim_end_matches(".rs");
    (name != "lib" && name != "main").then(|| name.to_owned())
}

/// The code without comments and without what only tests see.
fn shipped_code(path: &Path, text: &str) -> String {
    if path.file_name().is_some_and(|n| n == "tests.rs") || path.components().any(|c| c.as_os_str() == "tests") {
        return String::new();
    }
    let mut code = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("#[cfg(test)]") && !text.contains("#[cfg(test)]\nmod tests;") {
            break;
        }
        let line = line.split("//").next().unwrap_or("");
        code.push_str(line);
        code.push('\n');
    }
    code
}

/// Every room named after `crate::`, also inside braces.
fn imported_rooms(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(inside) = rest.strip_prefix('{') {
            let mut depth = 0usize;
            let mut word = String::new();
            let mut fresh = true;
            for c in inside.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => fresh = true,
                    c if c.is_alphanumeric() || c == '_' => {
                        if depth == 0 && fresh {
                            word.push(c);
                        }
                        continue;
                    }
                    _ => {}
                }
                if !word.is_empty() {
                    rooms.push(std::mem::take(&mut word));
                    fresh = c == ',';
                }
            }
            if !word.is_empty() {
                rooms.push(word);
            }
        } else {
            rooms.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    rooms
}

#[test]
fn the_reader_of_imports_sees_braces_and_paths() {
    assert_eq!(imported_rooms("use crate::{dsp::fft, mark::{Mark, Region}, ids};"), ["dsp", "mark", "ids"]);
    assert_eq!(imported_rooms("let x = crate::store::open();"), ["store"]);
}

#[test]
fn no_import_climbs_the_floors() {
    let floors: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    let mut faults = Vec::new();
    let mut imports = 0;
    for (path, text) in all_sources() {
        let Some(own) = room(&path) else { continue };
        let floor = floors.get(own.as_str()).unwrap_or_else(|| panic!("room `{own}` has no floor in this test"));
        for other in imported_rooms(&shipped_code(&path, &text)) {
            let Some(theirs) = floors.get(other.as_str()) else { continue };
            imports += 1;
            // The nouns of floor 0 are built upon one another.
            if other != own && theirs >= floor && *floor > 0 {
                faults.push(format!("{} (floor {floor}) imports `{other}` (floor {theirs})", path.display()));
            }
        }
    }
    assert!(imports > 50, "only {imports} imports seen: the reader is broken");
    assert!(faults.is_empty(), "imports must go down:\n{}", faults.join("\n"));
}

#[test]
fn every_module_starts_with_a_sentence() {
    for (path, text) in all_sources() {
        assert!(text.starts_with("//! "), "{}: starts without a `//!` sentence", path.display());
    }
}

#[test]
fn rooms_up_to_the_engine_are_pure() {
    let floors: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    let mut faults = Vec::new();
    for (path, text) in all_sources() {
        let Some(own) = room(&path) else { continue };
        if floors[own.as_str()] > 5 {
            continue;
        }
        let code = shipped_code(&path, &text);
        for word in IMPURE {
            if code.contains(word) {
                faults.push(format!("{}: {word}", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "floors 0 to 5 do no IO:\n{}", faults.join("\n"));
}

#[test]
fn files_can_be_read_in_one_sitting() {
    let long: Vec<_> = all_sources()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST_FILE)
        .collect();
    assert!(long.is_empty(), "longer than {LONGEST_FILE} lines: {long:?}");
}

#[test]
fn modules_are_named_after_the_field() {
    for (path, _) in all_sources() {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        assert!(!["utils", "util", "helpers", "common", "manager"].contains(&stem), "{}", path.display());
    }
}

#[test]
fn no_fixture_folder_is_empty() {
    fn walk(folder: &Path, files: &mut usize) {
        let entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        assert!(!entries.is_empty(), "{} is empty", folder.display());
        for path in entries {
            if path.is_dir() {
                walk(&path, files);
            } else {
                assert!(path.metadata().unwrap().len() > 0, "{} is empty", path.display());
                *files += 1;
            }
        }
    }
    let mut files = 0;
    walk(&root().join("fixtures"), &mut files);
    assert!(files >= 10, "only {files} fixture files seen");
}
