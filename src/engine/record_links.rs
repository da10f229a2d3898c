//! Record links: the register of firearms joined to the trace records, and every decision kept with what it rests on.

use super::error::EngineError;
use super::last_linking::{Changes, Ground, LastLinking};
use super::ports::{Clock, LinkDecision, Stamp, Store};
use super::traces::newest_traces;
use crate::ids::{Digest, FirearmId, TraceId};
use crate::trace::TraceRecord;
use crate::trace::catalogue::Catalogues;
use crate::trace::linkage::{
    Decision, Extent, Former, KeptLink, LinkOptions, Linkage, RecordLink, SkippedBlock, Weights, WeightsUsed,
    link_since, link_traces_since,
};
use crate::trace::wording::Wording;
use serde::{Deserialize as _, Serialize};
use std::collections::{BTreeMap, HashMap};

/// The author of links that software decides.
pub const LINKER: &str = "brasslink linker 1";

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

/// The records as linking sees them: the register, and the newest version of traces.
pub(super) struct Records {
    pub firearms: Vec<crate::trace::FirearmRecord>,
    pub traces: Vec<TraceRecord>,
}

impl Records {
    pub fn read(store: &dyn Store) -> Result<Self, EngineError> {
        Ok(Self { firearms: store.firearms()?, traces: newest_traces(store)? })
    }
}

/// What linking found.
#[derive(Debug, Clone, Serialize)]
pub struct Linked {
    /// Firearms of the register.
    pub firearms: usize,
    /// Trace records, the newest version of each.
    pub traces: usize,
    /// What was compared.
    pub compared: Compared,
    /// Pairs that shared a key and were scored.
    pub pairs: usize,
    /// Keys that too many records shared; their pairs were not looked at.
    pub skipped: Vec<SkippedBlock>,
    /// Links that stand joined without a person.
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
    /// The links that were decided in this run, each with its waterfall; empty when nothing had changed.
    pub links: Vec<RecordLink>,
    /// What the next run is told.
    #[serde(skip)]
    pub last: LastLinking,
}

/// Which records a linking compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Why every pair that shares a key was; none where only those were that a change can reach.
    pub everything: Option<Wording>,
    /// Firearm records that are new or say something else than at the last linking.
    pub changed_firearms: usize,
    /// Trace records.
    pub changed_traces: usize,
    /// Firearms of which all pairs were compared: the changed ones, and those that the changes reach (by the rarity of a
    /// maker or calibre, or a key that has become too common).
    pub firearms: usize,
    /// Traces of which all pairs were compared: the changed ones, and those that a changed firearm claims or gives up.
    pub traces: usize,
}

/// Links the register to the traces and keeps every decision that is new or has changed, in one transaction.
///
/// What a person has decided on a pair stays, whatever the linker finds. A link of a former run that no longer stands (a record
/// or a catalogue was corrected) is decided anew, so that no stale link remains. `last` is [`Linked::last`] of the former run on
/// this gallery: when nothing has changed since, nothing is done, and otherwise only pairs are compared that a change can reach;
/// what then stands is what a linking from nothing would give.
///
/// # Errors
/// Those of linkage and of the store.
pub fn link_records(
    store: &dyn Store,
    clock: &dyn Clock,
    linker: &Linker,
    last: Option<&LastLinking>,
) -> Result<Linked, EngineError> {
    let contents = store.record_contents()?;
    let mut standing = standing(store)?;
    let now = Ground::of(&contents, linker);
    let mut done = Linked {
        firearms: contents.firearms.len(),
        traces: contents.traces.len(),
        compared: Compared { everything: None, changed_firearms: 0, changed_traces: 0, firearms: 0, traces: 0 },
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
        inputs: now.inputs(&standing),
        links: Vec::new(),
        last: LastLinking::default(),
    };
    if let Some(last) = last.filter(|last| last.inputs() == done.inputs) {
        (done.unchanged, done.last) = (true, last.clone());
        (done.automatic, done.review) = tally(&standing)?;
        return Ok(done);
    }
    let changes = match last {
        None => Err(Wording::new("no former linking is known", "no se conoce una vinculación anterior")),
        Some(last) => last.changes(&contents, &now, &standing).map(|changes| (last, changes)),
    };
    let found = found(store, linker, &changes, &standing)?;
    done.compared = compared(changes.map(|(_, changes)| changes), &found.extent, (done.firearms, done.traces));
    let mut decided = found.gone;
    for link in &mut decided {
        link.decision = Decision::None;
        link.reasons.push(Wording::new(
            "the link of a former run no longer stands",
            "el vínculo de una ejecución anterior ya no se sostiene",
        ));
    }
    done.withdrawn = decided.len();
    decided.extend(found.links.iter().cloned());
    let at = clock.now();
    let mut fresh = Vec::new();
    for link in decided {
        let pair = (link.firearm.clone(), link.trace.clone());
        let records = contents.firearms.get(&link.firearm).copied().zip(contents.traces.get(&link.trace).copied());
        let whole = KeptLink { link, weights: Some(linker.used()), records, judged: None };
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
    done.inputs = now.inputs(&standing);
    done.pairs = found.pairs;
    done.skipped = found.skipped;
    (done.automatic, done.review) = tally(&standing)?;
    done.links = found.links;
    done.last = LastLinking::new(now, found.common, &standing);
    Ok(done)
}

/// Traces of which at most the short way is tried: each is read by itself.
const MOST_ALONE: usize = 20_000;

/// What linkage finds: of changed traces alone where the change reaches no others, else among all records.
fn found(
    store: &dyn Store,
    linker: &Linker,
    changes: &Result<(&LastLinking, Changes), Wording>,
    standing: &Standing,
) -> Result<Linkage, EngineError> {
    let options = linker.options();
    if let Ok((last, changes)) = changes
        && changes.firearms.is_empty()
        && changes.traces.len() <= MOST_ALONE
    {
        let (mut before, mut traces, mut replaced) = (Vec::new(), Vec::new(), 0);
        for id in &changes.traces {
            let versions = store.trace(id)?;
            let (seen, newest) = (last.seen(&versions), versions.iter().max_by_key(|v| v.version));
            // A trace whose decision was brought back may be there as it was.
            replaced += usize::from(seen.is_some() && seen != newest);
            before.extend(seen.map(|v| v.record.clone()));
            traces.extend(newest.map(|v| v.record.clone()));
        }
        // Otherwise records that were counted are not there any more.
        if replaced == changes.gone {
            let records = Records { firearms: store.firearms()?, traces };
            let pairs = Pairs::of(&records, standing);
            let both = (before.as_slice(), records.traces.as_slice());
            let (catalogues, common) = (&linker.catalogues, last.common());
            let alone = link_traces_since(&records.firearms, both, catalogues, &options, common, &pairs.stood)?;
            if let Some(found) = alone {
                return Ok(found);
            }
        }
    }
    let records = Records::read(store)?;
    let pairs = Pairs::of(&records, standing);
    let former = changes.as_ref().ok().map(|(last, changes)| Former {
        common: last.common(),
        firearms: records.firearms.iter().map(|f| changes.firearms.contains(&f.firearm)).collect(),
        traces: records.traces.iter().map(|t| changes.traces.contains(&t.trace)).collect(),
        decided: &pairs.decided,
    });
    let (firearms, traces) = (&records.firearms, &records.traces);
    Ok(link_since(firearms, traces, &linker.catalogues, &options, former.as_ref(), &pairs.stood)?)
}

/// What the linker joined and proposed, of all that stands.
fn tally(standing: &Standing) -> Result<(usize, usize), EngineError> {
    let (mut automatic, mut review) = (0, 0);
    for decision in standing.values().filter(|d| d.by == LINKER) {
        match decision_of(decision)? {
            Decision::Automatic => automatic += 1,
            Decision::Review => review += 1,
            Decision::None => {}
        }
    }
    Ok((automatic, review))
}

fn compared(changes: Result<Changes, Wording>, extent: &Extent, (firearms, traces): (usize, usize)) -> Compared {
    let count = |all: &[bool]| all.iter().filter(|one| **one).count();
    let (everything, changed) = match (changes, extent) {
        (Err(why), _) => (Some(why), (firearms, traces)),
        (Ok(changes), Extent::All) => {
            let why = Wording::new(
                "the number of traces is another, and with it the prior of every pair",
                "el número de rastreos es otro, y con él la probabilidad previa de cada par",
            );
            (Some(why), (changes.firearms.len(), changes.traces.len()))
        }
        (Ok(changes), Extent::Of { .. }) => (None, (changes.firearms.len(), changes.traces.len())),
    };
    let (firearms, traces) = match extent {
        Extent::All => (firearms, traces),
        Extent::Of { firearms, traces } => (count(firearms), count(traces)),
    };
    Compared { everything, changed_firearms: changed.0, changed_traces: changed.1, firearms, traces }
}

/// The pairs on which a decision stands, as indices of their records.
struct Pairs {
    /// All of them.
    decided: Vec<(usize, usize)>,
    /// Those that the linker joined or proposed.
    stood: Vec<(usize, usize)>,
}

impl Pairs {
    fn of(records: &Records, standing: &Standing) -> Self {
        let firearms: HashMap<&FirearmId, usize> =
            records.firearms.iter().enumerate().map(|(at, f)| (&f.firearm, at)).collect();
        let traces: HashMap<&TraceId, usize> =
            records.traces.iter().enumerate().map(|(at, t)| (&t.trace, at)).collect();
        let mut pairs = Self { decided: Vec::new(), stood: Vec::new() };
        for decision in standing.values() {
            let (Some(f), Some(t)) = (firearms.get(&decision.firearm), traces.get(&decision.trace)) else { continue };
            pairs.decided.push((*f, *t));
            if decision.by == LINKER && decision_of(decision).is_ok_and(|d| d != Decision::None) {
                pairs.stood.push((*f, *t));
            }
        }
        pairs
    }
}

/// What a stored decision says, without reading all of it.
fn decision_of(decision: &LinkDecision) -> Result<Decision, EngineError> {
    match decision.decision.get("decision").map(Decision::deserialize) {
        Some(Ok(said)) => Ok(said),
        _ => kept(decision).map(|kept| kept.link.decision),
    }
}

/// The decision that stands on each pair.
pub(super) type Standing = BTreeMap<(FirearmId, TraceId), LinkDecision>;

/// The decision that holds for every pair.
pub(super) fn standing(store: &dyn Store) -> Result<Standing, EngineError> {
    Ok(store.link_decisions()?.into_iter().map(|d| ((d.firearm.clone(), d.trace.clone()), d)).collect())
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
