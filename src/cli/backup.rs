//! `backup` and `restore`: a gallery copied whole while others work on it, and put back.

use super::Desk;
use super::failure::Failure;
use crate::engine::error::EngineError;
use crate::engine::parameters::VERSION;
use crate::engine::ports::{Clock as _, Stamp};
use crate::store::backup::{Backup, backup, restore};
use clap::Args;
use std::path::PathBuf;

/// Arguments of `backup`.
#[derive(Debug, Args)]
#[command(after_help = "Example: brasslink backup --to /backups/2026-03-01 --gallery my-gallery")]
pub struct BackupArgs {
    /// New folder for the copy; a service and other commands may go on working meanwhile.
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
#[command(after_help = "Example: brasslink restore --from /backups/2026-03-01 --gallery restored")]
pub struct RestoreArgs {
    /// Folder of the backup; `--gallery` names the new gallery.
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
}

/// Copies the gallery.
///
/// # Errors
/// A folder that is there already; no room; a gallery that is damaged.
pub fn run_backup(desk: &Desk, args: &BackupArgs) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let stamp = Stamp::new(desk.clock.now(), &desk.actor);
    let made = backup(&store, &args.to, VERSION, &stamp).map_err(EngineError::from)?;
    told(desk, &made, &args.to.display().to_string())
}

/// Puts a backup back as a new gallery.
///
/// # Errors
/// A gallery that is there already; a backup that is not as its list says.
pub fn run_restore(desk: &Desk, args: &RestoreArgs) -> Result<(), Failure> {
    let Some(gallery) = &desk.gallery else {
        return Err(Failure::Usage {
            what: "--gallery".to_owned(),
            expected: "a name for the restored gallery".to_owned(),
            got: "nothing".to_owned(),
        });
    };
    let made = restore(&args.from, gallery).map_err(EngineError::from)?;
    told(desk, &made, &gallery.display().to_string())
}

fn told(desk: &Desk, made: &Backup, place: &str) -> Result<(), Failure> {
    let (files, bytes) = (made.files.len(), made.files.iter().map(|file| file.bytes).sum::<u64>() / 1_000);
    let (sequence, hash) = (made.audit_sequence, made.audit_hash);
    desk.output.show(&serde_json::json!({ "place": place, "backup": made }), |language| {
        language.pick(
            format!("{place}: {files} files, {bytes} kB, verified; audit chain ends with {hash} ({sequence})\n"),
            format!("{place}: {files} archivos, {bytes} kB, verificados; la cadena de auditoría termina en {hash} ({sequence})\n"),
        )
    })?;
    Ok(())
}
