//! Record links: the register of firearms joined to the trace records, and every decision kept with what it rests on.

use super::error::EngineError;
use super::ports::{Clock, LinkDecision, Stamp, Store};
use crate::ids::{Digest, FirearmId, TraceId};
use crate::trace::TraceRecord;
use crate::trace::catalogue::Catalogues;
use crate::trace::linkage::{
    Decision, KeptLink, LinkOptions, RecordLink, SkippedBlock, Weights, WeightsUsed, explain_among, link_all,
};
use crate::trace::wording::Wording;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// The author of links that software decides.
pub const LINKER: &str = "brasslink linker 1";

/// The rules of linkage; another number links anew whatever the records.
const RULES: u32 = 2;

/// What links are decided with.
#[derive(Debug, Clone)]
pub struct Linker {
    /// Makers, calibres, types and places.
    pub catalogues: Catalogues,
    /// Weights.
    pub weights: Weights,
    /// Version of the weights; 0 is the proposals that come with the program.
    pub version: u32,
}

impl Linker {
    /// The catalogues and the weights that come with the program.
    ///
    /// # Errors
    /// Catalogues that do not hold together, which a test excludes.
    pub fn built_in() -> Result<Self, EngineError> {
        Ok(Self { catalogues: Catalogues::embedded()?, weights: Weights::default(), version: 0 })
    }

    /// What every link names.
    #[must_use]
    pub fn used(&self) -> WeightsUsed {
        WeightsUsed { version: self.version, sha256: self.weights.hash() }
    }

    /// The options of linkage.
    #[must_use]
    pub fn options(&self) -> LinkOptions {
        LinkOptions { weights: self.weights.clone(), population: None }
    }
}

/// What linking found.
#[derive(Debug, Clone, Serialize)]
pub struct Linked {
    /// Firearms of the register.
    pub firearms: usize,
    /// Trace records, the newest version of each.
    pub traces: usize,
    /// Pairs that shared a key and were scored.
    pub pairs: usize,
    /// Keys that too many records shared; their pairs were not looked at.
    pub skipped: Vec<SkippedBlock>,
    /// Links joined without a person.
    pub automatic: usize,
    /// Links that wait for a person.
    pub review: usize,
    /// Links that people have decided; linking leaves them as they are.
    pub judged: usize,
    /// Decisions written because they were new or had changed.
    pub written: usize,
    /// Of them links of a former run that no longer stand.
    pub withdrawn: usize,
    /// Whether nothing that linking looks at had changed, so that the former links stand.
    pub unchanged: bool,
    /// The weights.
    pub weights: WeightsUsed,
    /// SHA-256 of the catalogues.
    pub catalogues: Digest,
    /// SHA-256 of all that linking looked at.
    pub inputs: Digest,
    /// Every link with its waterfall; empty when nothing had changed.
    pub links: Vec<RecordLink>,
}

/// The records as linking sees them, with the hashes of their contents.
pub(super) struct Records {
    pub firearms: Vec<crate::trace::FirearmRecord>,
    pub traces: Vec<TraceRecord>,
    pub contents: BTreeMap<TraceId, Digest>,
}

impl Records {
    pub fn read(store: &dyn Store) -> Result<Self, EngineError> {
        let mut newest: BTreeMap<TraceId, (u32, Digest, TraceRecord)> = BTreeMap::new();
        for version in store.traces()? {
            if newest.get(&version.record.trace).is_none_or(|(known, _, _)| version.version > *known) {
                newest.insert(version.record.trace.clone(), (version.version, version.content, version.record));
            }
        }
        let contents = newest.iter().map(|(id, (_, content, _))| (id.clone(), *content)).collect();
        let traces = newest.into_values().map(|(_, _, record)| record).collect();
        Ok(Self { firearms: store.firearms()?, traces, contents })
    }

    /// SHA-256 of everything that decides the links.
    fn fingerprint(&self, linker: &Linker, standing: &BTreeMap<(FirearmId, TraceId), LinkDecision>) -> Digest {
        let mut text = format!("{RULES} {} {}\n", linker.weights.hash(), linker.catalogues.hash());
        for firearm in &self.firearms {
            text.push_str(&format!("f {} {}\n", firearm.firearm, firearm.content_hash()));
        }
        for (trace, content) in &self.contents {
            text.push_str(&format!("t {trace} {content}\n"));
        }
        for ((firearm, trace), decision) in standing {
            // The document of a decision is compared with what linking finds, so that it is an input too.
            let content = Digest::of(decision.decision.to_string().as_bytes());
            text.push_str(&format!("d {firearm} {trace} {} {content}\n", decision.by));
        }
        Digest::of(text.as_bytes())
    }
}

/// Links the register to the traces and keeps every decision that is new or has changed, in one transaction.
///
/// What a person has decided on a pair stays, whatever the linker finds. A link of a former run that no longer stands (a record
/// or a catalogue was corrected) is decided anew, so that no stale link remains. `last` is [`Linked::inputs`] of the former
/// run: when nothing has changed since, nothing is done.
///
/// # Errors
/// Those of linkage and of the store.
pub fn link_records(
    store: &dyn Store,
    clock: &dyn Clock,
    linker: &Linker,
    last: Option<Digest>,
) -> Result<Linked, EngineError> {
    let records = Records::read(store)?;
    let mut standing = standing(store)?;
    let mut done = Linked {
        firearms: records.firearms.len(),
        traces: records.traces.len(),
        pairs: 0,
        skipped: Vec::new(),
        automatic: 0,
        review: 0,
        judged: standing.values().filter(|d| d.by != LINKER).count(),
        written: 0,
        withdrawn: 0,
        unchanged: false,
        weights: linker.used(),
        catalogues: linker.catalogues.hash(),
        inputs: records.fingerprint(linker, &standing),
        links: Vec::new(),
    };
    if last == Some(done.inputs) {
        done.unchanged = true;
        for decision in standing.values().filter(|d| d.by == LINKER) {
            match kept(decision)?.link.decision {
                Decision::Automatic => done.automatic += 1,
                Decision::Review => done.review += 1,
                Decision::None => {}
            }
        }
        return Ok(done);
    }
    let options = linker.options();
    let found = link_all(&records.firearms, &records.traces, &linker.catalogues, &options)?;
    let mut decided: Vec<RecordLink> = Vec::new();
    let stale = no_longer_found(&records, &found.links, &standing);
    for mut link in explain_among(&records.firearms, &records.traces, &stale, &linker.catalogues, &options) {
        link.decision = Decision::None;
        link.reasons.push(Wording::new(
            "the link of a former run no longer stands",
            "el vínculo de una ejecución anterior ya no se sostiene",
        ));
        decided.push(link);
    }
    done.withdrawn = decided.len();
    decided.extend(found.links.iter().cloned());
    let at = clock.now();
    let firearm_contents: HashMap<&FirearmId, Digest> =
        records.firearms.iter().map(|f| (&f.firearm, f.content_hash())).collect();
    let mut fresh = Vec::new();
    for link in decided {
        let pair = (link.firearm.clone(), link.trace.clone());
        let contents = firearm_contents.get(&link.firearm).copied().zip(records.contents.get(&link.trace).copied());
        let whole = KeptLink { link, weights: Some(linker.used()), records: contents, judged: None };
        let decision = document(&whole)?;
        if standing.get(&pair).is_some_and(|d| d.by != LINKER || d.decision == decision) {
            continue;
        }
        let (firearm, trace) = pair.clone();
        let decided = LinkDecision { firearm, trace, at, by: LINKER.to_owned(), decision };
        standing.insert(pair, decided.clone());
        fresh.push(decided);
    }
    done.written = store.put_link_decisions(&fresh, &Stamp::new(at, LINKER))?;
    done.inputs = records.fingerprint(linker, &standing);
    done.pairs = found.pairs;
    done.skipped = found.skipped;
    done.automatic = found.links.iter().filter(|l| l.decision == Decision::Automatic).count();
    done.review = found.links.iter().filter(|l| l.decision == Decision::Review).count();
    done.links = found.links;
    Ok(done)
}

/// The decision that holds for every pair.
pub(super) fn standing(store: &dyn Store) -> Result<BTreeMap<(FirearmId, TraceId), LinkDecision>, EngineError> {
    Ok(store.link_decisions()?.into_iter().map(|d| ((d.firearm.clone(), d.trace.clone()), d)).collect())
}

/// Pairs that the linker once joined or proposed and that it does not find any more, as indices of their records.
fn no_longer_found(
    records: &Records,
    found: &[RecordLink],
    standing: &BTreeMap<(FirearmId, TraceId), LinkDecision>,
) -> Vec<(usize, usize)> {
    let found: std::collections::HashSet<(&FirearmId, &TraceId)> =
        found.iter().map(|l| (&l.firearm, &l.trace)).collect();
    let firearms: HashMap<&FirearmId, usize> =
        records.firearms.iter().enumerate().map(|(at, f)| (&f.firearm, at)).collect();
    let traces: HashMap<&TraceId, usize> = records.traces.iter().enumerate().map(|(at, t)| (&t.trace, at)).collect();
    standing
        .values()
        .filter(|d| d.by == LINKER && !found.contains(&(&d.firearm, &d.trace)))
        .filter(|d| kept(d).is_ok_and(|k| k.link.decision != Decision::None))
        .filter_map(|d| Some((*firearms.get(&d.firearm)?, *traces.get(&d.trace)?)))
        .collect()
}

/// The link of a stored decision.
pub(super) fn kept(decision: &LinkDecision) -> Result<KeptLink, EngineError> {
    serde_json::from_value(decision.decision.clone()).map_err(|e| EngineError::Input {
        what: format!("link of firearm {} and trace {}", decision.firearm, decision.trace),
        expected: "a decision as the linker writes it; link again".to_owned(),
        got: e.to_string(),
    })
}

/// The document under which a link is kept.
pub(super) fn document(link: &KeptLink) -> Result<serde_json::Value, EngineError> {
    serde_json::to_value(link).map_err(|e| EngineError::Input {
        what: format!("link of firearm {} and trace {}", link.link.firearm, link.link.trace),
        expected: "finite numbers".to_owned(),
        got: e.to_string(),
    })
}
