//! Purposes for which names of persons are shown, each logged before anything is.

use super::error::EngineError;
use super::ports::{Clock, Stamp, Store};
use crate::casework::{CaseworkError, Role};
use crate::trace::Purpose;

/// The purpose that somebody states for seeing names of persons in `what`; none where purpose or case number is not given.
///
/// # Errors
/// A blank purpose or case number; a person who is neither analyst nor examiner, which is logged too: who asked matters as much as who saw.
pub fn stated_purpose(
    store: &dyn Store,
    clock: &dyn Clock,
    (actor, role): (&str, Role),
    (reveal, case): (Option<&str>, Option<&str>),
    what: &str,
) -> Result<Option<Purpose>, EngineError> {
    let (Some(reason), Some(case)) = (reveal, case) else { return Ok(None) };
    let stamp = || Stamp::new(clock.now(), actor);
    if !matches!(role, Role::Analyst | Role::Examiner) {
        let details = serde_json::json!({ "case": case, "role": role });
        store.log("personal data refused", what, &details, &stamp())?;
        return Err(CaseworkError::WrongRole {
            person: actor.to_owned(),
            step: "see names of persons",
            expected: "an analyst or an examiner",
            got: role,
        }
        .into());
    }
    let purpose = Purpose::new(actor, case, reason)?;
    let details = serde_json::json!({ "case": case, "purpose": reason });
    store.log("personal data shown", what, &details, &stamp())?;
    Ok(Some(purpose))
}
