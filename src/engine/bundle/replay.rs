//! A bundle computed anew, and what differs.

use super::archive::Limits;
use super::contents::{Contents, Platform, open, stated};
use super::numbers::{Numbers, recompute};
use crate::casework::{ChainHead, verify_next};
use crate::engine::error::EngineError;
use crate::engine::parameters::VERSION;
use crate::ids::Digest;
use crate::trace::graph::RecordLinkInput;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What: a file, a setting, or the path of a number such as `comparison.pose.turn_rad`.
    pub what: String,
    /// What the bundle says.
    pub bundle: String,
    /// What was found or computed here.
    pub here: String,
}

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// The lead.
    pub lead: String,
    /// Numbers that were computed anew.
    pub numbers: usize,
    /// Files whose digests were checked.
    pub files: usize,
    /// Files that are not what the manifest says, missing, or not in it.
    pub tampered: Vec<Difference>,
    /// Version, parameters or machine that are others than when the bundle was made.
    pub surroundings: Vec<Difference>,
    /// Numbers that came out otherwise.
    pub different: Vec<Difference>,
    /// Audit events of the bundle whose hash is not that of their content.
    pub broken_audit: Vec<Difference>,
}

impl Replay {
    /// Whether everything is as the bundle says, surroundings included.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.tampered.is_empty()
            && self.surroundings.is_empty()
            && self.different.is_empty()
            && self.broken_audit.is_empty()
    }
}

/// Reads a bundle, checks every digest and computes every number anew; needs no gallery. A bundle with a file that was touched is not computed with what is
/// left: its tampered files are named, and numbers are compared as far as its contents still read.
///
/// # Errors
/// [`EngineError::Input`] for what is no bundle, or where untouched contents cannot be computed by this version.
pub fn replay(bytes: &[u8], platform: &Platform, limits: &Limits) -> Result<Replay, EngineError> {
    let opened = open(bytes, limits)?;
    let manifest = &opened.manifest;
    let mut done = Replay {
        lead: manifest.lead.clone(),
        numbers: 0,
        files: manifest.files.len(),
        tampered: Vec::new(),
        surroundings: Vec::new(),
        different: Vec::new(),
        broken_audit: Vec::new(),
    };
    for stated in &manifest.files {
        let found = opened.files.get(&stated.name).map(|bytes| Digest::of(bytes).to_hex());
        if found.as_deref() != Some(stated.sha256.to_hex().as_str()) {
            done.tampered.push(difference(&stated.name, stated.sha256, found.unwrap_or_else(|| "missing".to_owned())));
        }
    }
    let listed: BTreeSet<&str> = manifest.files.iter().map(|f| f.name.as_str()).collect();
    for (name, bytes) in opened.files.iter().filter(|(name, _)| !listed.contains(name.as_str())) {
        done.tampered.push(difference(name, "not in the manifest", Digest::of(bytes)));
    }
    let read = Contents::of(&opened.files).and_then(|contents| {
        let (stated, found) = (stated(&opened.files)?, recompute(&contents)?);
        Ok((contents, stated, found))
    });
    let (contents, stated, found) = match read {
        Ok(read) => read,
        // Touched contents need not read; that they were touched is the answer.
        Err(_) if !done.tampered.is_empty() => return Ok(done),
        Err(error) => return Err(error),
    };
    if manifest.version != VERSION {
        done.surroundings.push(difference("version of brasslink", &manifest.version, VERSION));
    }
    let parameters = contents.parameters.hash();
    if manifest.parameters != parameters {
        done.surroundings.push(difference("hash of all parameters", manifest.parameters, parameters));
    }
    for (what, then, now) in [
        ("architecture", &manifest.platform.architecture, &platform.architecture),
        ("system", &manifest.platform.system, &platform.system),
    ] {
        if then != now {
            done.surroundings.push(difference(what, then, now));
        }
    }
    let (count, different) = differences(&stated, &found)?;
    done.numbers = count;
    done.different = different;
    // The mark that was compared must be the one that the scan gives.
    for mark in &found.marks {
        if mark.cut != mark.compared {
            done.different.push(difference(&format!("mark of {}", mark.specimen), mark.compared, mark.cut));
        }
    }
    for scan in &contents.scans {
        let known = found.marks.iter().find(|m| m.specimen == scan.acquisition.specimen);
        if let Some(mark) = known.filter(|mark| mark.received != scan.acquisition.sha256) {
            let what = format!("scan of {} as received", mark.specimen);
            done.different.push(difference(&what, scan.acquisition.sha256, mark.received));
        }
    }
    for event in &contents.audit {
        let before = ChainHead { sequence: event.sequence.saturating_sub(1), hash: event.previous };
        if let Err(broken) = verify_next(before, event) {
            done.broken_audit.push(difference(&format!("audit event {}", event.sequence), event.hash, broken.what));
        }
    }
    Ok(done)
}

/// What the gallery stored otherwise than its records give now: the lead's own figures, and the record links.
///
/// # Errors
/// A value that JSON cannot write.
pub(super) fn against_stored(contents: &Contents, numbers: &Numbers) -> Result<Vec<Difference>, EngineError> {
    let basis = contents.lead.basis();
    let mut found = Vec::new();
    let mut hold = |what: String, stored: Value, now: Value| {
        if stored != now {
            found.push(difference(&what, stored, now));
        }
    };
    // Figures of another run with other parameters are other figures; the lead says of which.
    if basis.parameters == contents.parameters.hash() {
        let comparison = &numbers.comparison;
        hold("lead: score".to_owned(), basis.score.into(), comparison.score.into());
        hold("lead: log10 LR".to_owned(), basis.log10_lr.into(), comparison.likelihood_ratio.log10().into());
        hold("lead: congruent cells".to_owned(), basis.cmc.into(), comparison.cmc.into());
    } else {
        hold(
            "lead: hash of all parameters".to_owned(),
            basis.parameters.to_string().into(),
            contents.parameters.hash().to_string().into(),
        );
    }
    for now in &numbers.links {
        let own = |l: &&RecordLinkInput| l.link.firearm == now.firearm && l.link.trace == now.trace;
        let Some(kept) = contents.links.iter().find(own) else { continue };
        let name = format!("record link {} - {}", now.firearm, now.trace);
        hold(format!("{name}: bits"), kept.link.bits.into(), now.bits.into());
        hold(format!("{name}: probability"), kept.link.probability.into(), now.probability.into());
    }
    Ok(found)
}

fn difference(what: &str, bundle: impl ToString, here: impl ToString) -> Difference {
    Difference { what: what.to_owned(), bundle: bundle.to_string(), here: here.to_string() }
}

/// Walks two sets of numbers side by side: how many values there are, and those that are not written alike. A number is written with as many digits as tell
/// it from its neighbours, so that alike means equal to the last bit.
fn differences(stated: &Numbers, found: &Numbers) -> Result<(usize, Vec<Difference>), EngineError> {
    let written = |numbers: &Numbers| {
        serde_json::to_value(numbers).map_err(|e| EngineError::Input {
            what: "numbers of an evidence bundle".to_owned(),
            expected: "values that JSON can write".to_owned(),
            got: e.to_string(),
        })
    };
    let (mut count, mut different) = (0, Vec::new());
    walk("", &written(stated)?, &written(found)?, &mut count, &mut different);
    Ok((count, different))
}

fn walk(path: &str, stated: &Value, found: &Value, count: &mut usize, different: &mut Vec<Difference>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (stated, found) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let (a, b) = (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
                walk(&below(key), a, b, count, different);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for at in 0..a.len().max(b.len()) {
                let (a, b) = (a.get(at).unwrap_or(&Value::Null), b.get(at).unwrap_or(&Value::Null));
                walk(&below(&(at + 1).to_string()), a, b, count, different);
            }
        }
        _ => {
            *count += 1;
            let (a, b) = (stated.to_string(), found.to_string());
            if a != b {
                different.push(Difference { what: path.to_owned(), bundle: a, here: b });
            }
        }
    }
}
