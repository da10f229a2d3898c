//! `audit`: verify the chain of events, or print it.

use super::Desk;
use super::failure::Failure;
use super::present::table;
use crate::engine::ports::Store as _;
use clap::Subcommand;

/// What can be done with the audit chain.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check every link of the chain.
    Verify,
    /// Print the events.
    List,
}

/// Runs the command.
///
/// # Errors
/// The first event that is not what was once written.
pub fn run(desk: &Desk, command: &AuditCommand) -> Result<(), Failure> {
    let store = desk.store(false)?;
    match command {
        AuditCommand::Verify => {
            let health = store.check()?;
            desk.output.show(&health, |language| {
                language.pick(
                    format!(
                        "in order: {} events, {} received files, {} marks, {} leads\nhead of the chain: {}",
                        health.audit.sequence, health.received, health.marks, health.leads, health.audit.hash
                    ),
                    format!(
                        "en orden: {} eventos, {} archivos recibidos, {} marcas, {} pistas\nextremo de la cadena: {}",
                        health.audit.sequence, health.received, health.marks, health.leads, health.audit.hash
                    ),
                )
            })?;
        }
        AuditCommand::List => {
            let events = store.audit(0, usize::MAX)?;
            desk.output.show(&events, |language| {
                let mut drawn = table([
                    "#",
                    language.pick("time", "hora"),
                    language.pick("who", "quién"),
                    language.pick("what", "qué"),
                    language.pick("subject", "asunto"),
                ]);
                for event in &events {
                    drawn.add_row([
                        event.sequence.to_string(),
                        event.entry.at.to_string(),
                        event.entry.actor.clone(),
                        event.entry.action.clone(),
                        event.entry.subject.clone(),
                    ]);
                }
                drawn.to_string()
            })?;
        }
    }
    Ok(())
}
