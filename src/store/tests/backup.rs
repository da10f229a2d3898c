//! Backups: whole while others write, verified, and refused where a byte is another.

use crate::engine::ports::{Stamp, Store as _};
use crate::store::SqliteStore;
use crate::store::backup::{backup, restore};
use std::path::Path;

fn stamp() -> Stamp {
    super::stamp(0)
}

fn gallery(folder: &Path) -> SqliteStore {
    let store = SqliteStore::create(folder).unwrap();
    for n in 0..5 {
        store.log("test.event", &format!("thing {n}"), &serde_json::Value::Null, &stamp()).unwrap();
    }
    std::fs::create_dir(folder.join("profiles")).unwrap();
    std::fs::write(folder.join("profiles/site.toml"), "name = \"site\"").unwrap();
    store
}

#[test]
fn a_backup_made_while_others_write_is_restored_with_all_that_it_lists() {
    let room = tempfile::tempdir().unwrap();
    let store = gallery(&room.path().join("gallery"));
    let stop = std::sync::atomic::AtomicBool::new(false);
    let made = std::thread::scope(|scope| {
        scope.spawn(|| {
            let other = SqliteStore::open(room.path().join("gallery")).unwrap();
            while !stop.load(std::sync::atomic::Ordering::SeqCst) {
                other.log("test.event", "meanwhile", &serde_json::Value::Null, &stamp()).unwrap();
            }
        });
        let made = backup(&store, &room.path().join("copy"), "test", &stamp());
        stop.store(true, std::sync::atomic::Ordering::SeqCst);
        made.unwrap()
    });
    assert!(made.audit_sequence >= 6, "{made:?}");
    assert_eq!(
        made.files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(),
        ["gallery.sqlite3", "profiles/site.toml"]
    );
    let back = restore(&room.path().join("copy"), &room.path().join("back")).unwrap();
    assert_eq!(back, made);
    let restored = SqliteStore::open(room.path().join("back")).unwrap();
    let head = restored.verify_audit().unwrap();
    assert_eq!((head.sequence, head.hash), (made.audit_sequence, made.audit_hash));
    assert_eq!(std::fs::read_to_string(room.path().join("back/profiles/site.toml")).unwrap(), "name = \"site\"");
    assert!(restore(&room.path().join("copy"), &room.path().join("back")).is_err(), "nothing is written over");
    assert!(backup(&store, &room.path().join("copy"), "test", &stamp()).is_err());
}

#[test]
fn a_backup_with_another_byte_a_missing_file_or_a_path_elsewhere_is_refused_and_leaves_nothing() {
    let room = tempfile::tempdir().unwrap();
    let store = gallery(&room.path().join("gallery"));
    let (copy, back) = (room.path().join("copy"), room.path().join("back"));
    backup(&store, &copy, "test", &stamp()).unwrap();
    let refused = || {
        let error = restore(&copy, &back).unwrap_err().to_string();
        assert!(!back.exists() && !room.path().join(".back.restoring").exists());
        error
    };
    let file = copy.join("gallery.sqlite3");
    let right = std::fs::read(&file).unwrap();
    let mut wrong = right.clone();
    let last = wrong.len() - 1;
    wrong[last] ^= 1;
    std::fs::write(&file, &wrong).unwrap();
    assert!(refused().contains("gallery.sqlite3"));
    std::fs::write(&file, &right).unwrap();
    let list = std::fs::read_to_string(copy.join("backup.json")).unwrap();
    std::fs::write(copy.join("backup.json"), list.replace("profiles/site.toml", "../../elsewhere")).unwrap();
    assert!(refused().contains("elsewhere"));
    std::fs::write(copy.join("backup.json"), &list).unwrap();
    std::fs::remove_file(copy.join("profiles/site.toml")).unwrap();
    assert!(refused().contains("site.toml"));
}
