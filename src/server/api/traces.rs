//! What is known around a firearm, specimen, incident or trace; personal data stay masked.

use super::{Hall, Problem, told};
use crate::engine::error::EngineError;
use crate::engine::ports::Store as _;
use crate::ids::{IncidentId, SpecimenId};
use crate::report::gather::links::file_name;
use crate::server::given::Named;
use crate::server::guard::Signed;
use axum::extract::State;
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The firearms that something leads to, with their register entries, trace records and how each record is linked. Personal data are masked.
///
/// # Errors
/// `not-found`.
#[utoipa::path(get, path = "/api/v1/traces/{subject}", tag = "traces",
    params(("subject" = String, Path, description = "Firearm, specimen, incident or trace.")),
    responses((status = 200, body = Value), (status = 404, body = Problem)))]
pub async fn show(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(subject): Named<String>,
) -> Result<Json<Value>, Problem> {
    let found = told(signed.language, move || {
        let story = hall.story()?;
        let unknown = || crate::engine::ports::StoreError::NotFound { kind: "subject", id: subject.clone() };
        // A case that nothing ties stands in no story, and leads nowhere.
        let untied = || {
            let known = hall.store.specimen(&SpecimenId::new(&subject)).is_ok()
                || hall.store.incident(&IncidentId::new(&subject)).is_ok();
            known.then(BTreeSet::new)
        };
        let firearms = story.firearms_of(&subject).or_else(untied).ok_or_else(|| EngineError::from(unknown()))?;
        let one = |firearm: &crate::ids::FirearmId| {
            let links: Vec<_> = story.record_links.iter().filter(|l| l.link.firearm == *firearm).collect();
            let traces: Vec<_> = links.iter().filter_map(|l| story.traces.get(&l.link.trace)).collect();
            let links: Vec<_> = links.iter().map(|l| &l.link).collect();
            json!({ "firearm": story.firearms.get(firearm), "links": links, "traces": traces })
        };
        let mut told = json!({ "subject": subject, "firearms": firearms.iter().map(one).collect::<Vec<_>>() });
        bare_names(&mut told);
        Ok(told)
    })
    .await?;
    Ok(Json(found))
}

/// Leaves of every file its name alone: where it lay on the machine is nobody's business.
fn bare_names(told: &mut Value) {
    match told {
        Value::Array(all) => all.iter_mut().for_each(bare_names),
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| match value {
            Value::String(path) if name == "file" => *path = file_name(path).to_owned(),
            other => bare_names(other),
        }),
        _ => {}
    }
}
