//! `trace what-if`: what a change of a lead or record link takes away or brings, shown before anybody makes it.

use super::Desk;
use super::failure::Failure;
use crate::engine::what_if::what_if;
use crate::ids::{FirearmId, LeadId, TraceId};
use crate::report::gather::what_if::words;
use crate::trace::graph::{BallisticState, Change, Verdict};
use clap::{ArgGroup, Args};

/// Arguments of `trace what-if`: one change.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").required(true).args(["exclude", "withdraw", "inconclusive", "hit", "reject", "accept"]))]
pub struct WhatIfArgs {
    /// This lead were excluded.
    #[arg(long, value_name = "LEAD")]
    exclude: Option<String>,
    /// This lead were withdrawn.
    #[arg(long, value_name = "LEAD")]
    withdraw: Option<String>,
    /// This lead were inconclusive.
    #[arg(long, value_name = "LEAD")]
    inconclusive: Option<String>,
    /// An examiner confirmed this lead.
    #[arg(long, value_name = "LEAD")]
    hit: Option<String>,
    /// The link of this firearm and trace were rejected.
    #[arg(long, num_args = 2, value_names = ["FIREARM", "TRACE"])]
    reject: Option<Vec<String>>,
    /// The link of this firearm and trace were accepted.
    #[arg(long, num_args = 2, value_names = ["FIREARM", "TRACE"])]
    accept: Option<Vec<String>>,
}

impl WhatIfArgs {
    fn change(&self, desk: &Desk) -> Result<Change, Failure> {
        let leads = [
            (&self.exclude, BallisticState::Excluded),
            (&self.withdraw, BallisticState::Withdrawn),
            (&self.inconclusive, BallisticState::Inconclusive),
            (&self.hit, BallisticState::Hit),
        ];
        for (lead, state) in leads {
            if let Some(lead) = lead {
                return Ok(Change::Lead { lead: LeadId::new(lead), state });
            }
        }
        for (pair, accepted) in [(&self.reject, false), (&self.accept, true)] {
            if let Some([firearm, trace]) = pair.as_deref() {
                let verdict = Verdict { accepted, author: desk.actor.clone(), at: None, reason: "what if".to_owned() };
                return Ok(Change::RecordLink {
                    firearm: FirearmId::new(firearm),
                    trace: TraceId::new(trace),
                    verdict,
                });
            }
        }
        Err(Failure::Usage {
            what: "trace what-if".to_owned(),
            expected: "one change".to_owned(),
            got: "none".to_owned(),
        })
    }
}

/// Runs the command; nothing is changed.
///
/// # Errors
/// An unknown lead or record link; those of the store.
pub fn run(desk: &Desk, args: &WhatIfArgs) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let told = what_if(&store, &args.change(desk)?)?;
    desk.output.show(&told, |language| {
        let head = language.pick("If this were changed (nothing is):", "Si esto se cambiara (no se cambia nada):");
        format!("{head}\n{}", words(&told, language))
    })?;
    Ok(())
}
