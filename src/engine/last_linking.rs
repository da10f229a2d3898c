//! What a linking of records looked at and left behind, so that the next one compares only what has changed since.

use super::error::EngineError;
use super::ports::{LinkDecision, RecordContents, TraceVersion};
use super::record_links::{LINKER, Linker, Standing};
use crate::ids::{Digest, FirearmId, TraceId};
use crate::trace::linkage::Common;
use crate::trace::wording::Wording;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The rules of linkage; another number links anew whatever the records.
const RULES: u32 = 2;

/// Half a SHA-256: among a thousand million records two share one with a chance below 10^-20.
type Short = [u8; 16];

fn short(text: &str) -> Short {
    let mut first = Short::default();
    first.copy_from_slice(&Digest::of(text.as_bytes()).0[..16]);
    first
}

/// The records and what decides on them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Ground {
    rules: u32,
    weights: String,
    catalogues: String,
    /// Identifier and content of each record, ascending.
    records: Vec<Short>,
}

fn firearm_key(id: &FirearmId, content: &Digest) -> Short {
    short(&format!("f {id} {content}"))
}

fn trace_key(id: &TraceId, content: &Digest) -> Short {
    short(&format!("t {id} {content}"))
}

impl Ground {
    pub fn of(contents: &RecordContents, linker: &Linker) -> Self {
        let firearms = contents.firearms.iter().map(|(id, content)| firearm_key(id, content));
        let traces = contents.traces.iter().map(|(id, content)| trace_key(id, content));
        let mut keys: Vec<Short> = firearms.chain(traces).collect();
        keys.sort_unstable();
        let (weights, catalogues) = (linker.weights.hash().to_hex(), linker.catalogues.hash().to_hex());
        Self { rules: RULES, weights, catalogues, records: keys }
    }

    fn holds(&self, key: &Short) -> bool {
        self.records.binary_search(key).is_ok()
    }

    /// SHA-256 of everything that linking looks at. What stands is compared with what linking finds, so that it is an input too.
    pub fn inputs(&self, standing: &Standing) -> Digest {
        self.with(&pairs(standing))
    }

    fn with(&self, pairs: &BTreeMap<Short, Short>) -> Digest {
        let mut bytes = format!("{} {} {}\n", self.rules, self.weights, self.catalogues).into_bytes();
        self.records.iter().for_each(|record| bytes.extend_from_slice(record));
        for (pair, content) in pairs {
            bytes.extend_from_slice(pair);
            bytes.extend_from_slice(content);
        }
        Digest::of(&bytes)
    }
}

fn pair_key(firearm: &FirearmId, trace: &TraceId) -> Short {
    short(&format!("p {firearm} {trace}"))
}

fn content_key(decision: &LinkDecision) -> Short {
    short(&format!("{} {}", decision.by, decision.decision))
}

fn pairs(standing: &Standing) -> BTreeMap<Short, Short> {
    standing.iter().map(|((f, t), decision)| (pair_key(f, t), content_key(decision))).collect()
}

/// The records that are new or say something else than at the last linking, and those with a decision that was brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Changes {
    pub firearms: BTreeSet<FirearmId>,
    pub traces: BTreeSet<TraceId>,
    /// Contents that were looked at and are newest no more.
    pub gone: usize,
}

/// What a linking looked at and left behind. It holds digests and rarities, and nothing of any record itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LastLinking {
    ground: Ground,
    common: Common,
    /// Pair to the decision that stood at the end.
    decisions: BTreeMap<Short, Short>,
}

impl LastLinking {
    pub(super) fn new(ground: Ground, common: Common, standing: &Standing) -> Self {
        Self { ground, common, decisions: pairs(standing) }
    }

    /// [`Ground::inputs`] as they were at the end of it.
    pub(super) fn inputs(&self) -> Digest {
        self.ground.with(&self.decisions)
    }

    /// What has changed since; or why everything is compared.
    pub(super) fn changes(
        &self,
        contents: &RecordContents,
        now: &Ground,
        standing: &Standing,
    ) -> Result<Changes, Wording> {
        let Ground { rules, weights, catalogues, .. } = &self.ground;
        if *rules != now.rules {
            return Err(Wording::new("the rules of linkage are others", "las reglas de vinculación son otras"));
        }
        if *weights != now.weights {
            return Err(Wording::new("the weights are others", "los pesos son otros"));
        }
        if *catalogues != now.catalogues {
            return Err(Wording::new("the catalogues are others", "los catálogos son otros"));
        }
        let stand = pairs(standing);
        if self.decisions.keys().any(|pair| !stand.contains_key(pair)) {
            // Decisions are never taken away: this is an earlier state of the gallery, or another one.
            return Err(Wording::new(
                "decisions of the last linking are not in the gallery",
                "hay decisiones de la última vinculación que no están en la galería",
            ));
        }
        let firearms = contents.firearms.iter().filter(|(id, content)| !self.ground.holds(&firearm_key(id, content)));
        let traces = contents.traces.iter().filter(|(id, content)| !self.ground.holds(&trace_key(id, content)));
        let mut changes = Changes {
            firearms: firearms.map(|(id, _)| id.clone()).collect(),
            traces: traces.map(|(id, _)| id.clone()).collect(),
            gone: self.ground.records.iter().filter(|record| !now.holds(record)).count(),
        };
        // A decision of the linker that is not the one it left was brought back by a person and may be out of date.
        for ((f, t), decision) in standing.iter().filter(|(_, d)| d.by == LINKER) {
            if self.decisions.get(&pair_key(f, t)) != Some(&content_key(decision)) {
                changes.traces.insert(t.clone());
            }
        }
        Ok(changes)
    }

    /// Of the versions of a trace, the one that was looked at.
    pub(super) fn seen<'v>(&self, versions: &'v [TraceVersion]) -> Option<&'v TraceVersion> {
        versions.iter().find(|v| self.ground.holds(&trace_key(&v.record.trace, &v.content)))
    }

    pub(super) fn common(&self) -> &Common {
        &self.common
    }

    /// As it is kept beside the gallery: its SHA-256, then itself.
    ///
    /// # Errors
    /// Numbers that cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EngineError> {
        let body = postcard::to_stdvec(self).map_err(|e| EngineError::Input {
            what: "the last linking".to_owned(),
            expected: "finite numbers".to_owned(),
            got: e.to_string(),
        })?;
        Ok([&Digest::of(&body).0[..], &body].concat())
    }

    /// Reads it back; none where the bytes are not whole, for then everything is compared anew.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (digest, body) = bytes.split_first_chunk::<32>()?;
        (Digest::of(body).0 == *digest).then(|| postcard::from_bytes(body).ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back_whole_or_not_at_all() {
        let ground = Ground { rules: 2, weights: "w".into(), catalogues: "c".into(), records: vec![[7; 16], [9; 16]] };
        let decisions = BTreeMap::from([([1; 16], [2; 16])]);
        let last = LastLinking { ground, common: Common::default(), decisions };
        let bytes = last.to_bytes().unwrap();
        assert_eq!(LastLinking::from_bytes(&bytes), Some(last));
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_eq!(LastLinking::from_bytes(&other), None, "byte {at}");
            assert_eq!(LastLinking::from_bytes(&bytes[..at]), None);
        }
    }
}
