//! What a linking of records looked at and left behind, so that the next one compares only what has changed since.

use super::error::EngineError;
use super::ports::LinkDecision;
use super::record_links::{LINKER, Linker, Records, Standing};
use crate::ids::{Digest, FirearmId, TraceId};
use crate::trace::linkage::{Common, Former};
use crate::trace::wording::Wording;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    pub fn of(records: &Records, linker: &Linker) -> Self {
        let firearms = records.firearm_contents.iter().map(|(id, content)| firearm_key(id, content));
        let traces = records.contents.iter().map(|(id, content)| trace_key(id, content));
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
    pub(super) fn former<'a>(
        &'a self,
        records: &Records,
        now: &Ground,
        standing: &Standing,
        decided: &'a [(usize, usize)],
    ) -> Result<Former<'a>, Wording> {
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
        let changed = |key: Short| !self.ground.holds(&key);
        let firearms =
            records.firearms.iter().map(|f| changed(firearm_key(&f.firearm, &records.firearm_contents[&f.firearm])));
        let mut traces: Vec<bool> =
            records.traces.iter().map(|t| changed(trace_key(&t.trace, &records.contents[&t.trace]))).collect();
        // A decision of the linker that is not the one it left was brought back by a person and may be out of date.
        let place: BTreeMap<&TraceId, usize> =
            records.traces.iter().enumerate().map(|(at, t)| (&t.trace, at)).collect();
        for ((f, t), decision) in standing.iter().filter(|(_, d)| d.by == LINKER) {
            if self.decisions.get(&pair_key(f, t)) != Some(&content_key(decision))
                && let Some(at) = place.get(t)
            {
                traces[*at] = true;
            }
        }
        Ok(Former { common: &self.common, firearms: firearms.collect(), traces, decided })
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
