//! Evaluation of record linkage against a truth: precision and recall of what is joined by rule, and what the queue yields.

use super::error::EngineError;
use super::funnel_audit::wilson;
use crate::trace::linkage::{Decision, Linkage};
use crate::trace::wording::Wording;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The truth of a table of traces: of which firearm each trace is, and what went wrong with it.
#[derive(Debug, Clone, Default)]
pub struct LinkTruth {
    /// Trace number to firearm (empty where no laboratory has it) and kind of error.
    pub traces: BTreeMap<String, (String, String)>,
}

impl LinkTruth {
    /// Reads `trace_no, firearm, error`.
    ///
    /// # Errors
    /// [`EngineError::Input`] names the row that cannot be read, or a trace stated twice.
    pub fn read(file: &str, text: &str) -> Result<Self, EngineError> {
        let refused = |row: u64, expected: (&str, &str), got: String| {
            EngineError::Told(Wording::expected(Wording::row(file, row, ""), expected, got))
        };
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(str::to_owned).collect(),
            Err(error) => return Err(refused(1, ("a CSV table", "una tabla CSV"), format!("({error})"))),
        };
        if header != ["trace_no", "firearm", "error"] {
            let expected = "trace_no,firearm,error";
            return Err(refused(1, (expected, expected), header.join(",")));
        }
        let mut traces = BTreeMap::new();
        for record in reader.records() {
            let record = record.map_err(|e| {
                let row = e.position().map_or(0, csv::Position::line);
                refused(row, ("three cells", "tres celdas"), format!("({e})"))
            })?;
            let row = record.position().map_or(0, csv::Position::line);
            let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
            if traces.insert(cell(0), (cell(1), cell(2))).is_some() {
                return Err(refused(row, ("a trace stated once", "un rastreo indicado una sola vez"), cell(0)));
            }
        }
        Ok(Self { traces })
    }
}

/// A share with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// How many.
    pub hits: usize,
    /// Of how many.
    pub of: usize,
    /// The share; none of nothing.
    pub share: Option<f64>,
    /// Wilson (1927).
    pub interval: Option<(f64, f64)>,
}

impl Share {
    fn new(hits: usize, of: usize) -> Self {
        Self { hits, of, share: (of > 0).then(|| hits as f64 / of as f64), interval: wilson(hits, of) }
    }
}

/// What linkage did with the traces of one kind of error.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ByError {
    /// The kind, as the truth names it.
    pub error: String,
    /// Traces of registered firearms, each a true link.
    pub links: usize,
    /// Of them joined by rule to the right firearm.
    pub joined: Share,
    /// Of them joined or in the queue.
    pub found: Share,
    /// Links joined by rule of which the trace has this error: how many are right.
    pub precision: Share,
}

/// What linkage did.
#[derive(Debug, Clone, Serialize)]
pub struct LinkEvaluation {
    /// Firearms and traces that were linked, and pairs that were scored.
    pub firearms: usize,
    /// Traces.
    pub traces: usize,
    /// Pairs scored.
    pub pairs: usize,
    /// True links: traces of registered firearms.
    pub links: usize,
    /// Of the links joined by rule, those that are right.
    pub precision: Share,
    /// Of the true links, those joined by rule.
    pub recall: Share,
    /// Of the true links, those joined or in the queue.
    pub recall_with_review: Share,
    /// Length of the queue and its yield.
    pub queue: Share,
    /// The yield of its parts in the order of their bits: first tenth, second, and so on.
    pub queue_by_tenth: Vec<Share>,
    /// By kind of error, in the order of the names.
    pub by_error: Vec<ByError>,
    /// Wrong links joined by rule: firearm, trace, what the truth says.
    pub wrong: Vec<(String, String, String)>,
    /// Bits of true and of false pairs that were joined or queued.
    pub true_bits: Vec<f64>,
    /// Of false ones.
    pub false_bits: Vec<f64>,
    /// Keys that were skipped.
    pub skipped: usize,
}

/// Compares links with the truth. Traces that the truth does not name are taken as of no firearm.
#[must_use]
pub fn evaluate(linkage: &Linkage, truth: &LinkTruth, (firearms, traces): (usize, usize)) -> LinkEvaluation {
    let of: HashMap<&str, (&str, &str)> =
        truth.traces.iter().map(|(t, (f, e))| (t.as_str(), (f.as_str(), e.as_str()))).collect();
    let is_true = |l: &crate::trace::linkage::RecordLink| {
        of.get(l.trace.as_str()).is_some_and(|(firearm, _)| *firearm == l.firearm.as_str())
    };
    let error = |trace: &str| of.get(trace).map_or("not in the truth", |(_, error)| *error);
    let mut joined: BTreeSet<&str> = BTreeSet::new();
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let (mut wrong, mut true_bits, mut false_bits) = (Vec::new(), Vec::new(), Vec::new());
    let mut rule: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut queue: Vec<(f64, bool)> = Vec::new();
    for link in &linkage.links {
        let right = is_true(link);
        if right {
            true_bits.push(link.bits)
        } else {
            false_bits.push(link.bits)
        }
        if right {
            found.insert(link.trace.as_str());
        }
        if link.decision == Decision::Automatic {
            let (hits, all) = rule.entry(error(link.trace.as_str())).or_default();
            *all += 1;
            if right {
                *hits += 1;
                joined.insert(link.trace.as_str());
            } else {
                let said = of.get(link.trace.as_str()).map_or(String::new(), |(f, e)| format!("{f} {e}"));
                wrong.push((link.firearm.to_string(), link.trace.to_string(), said));
            }
        } else {
            queue.push((link.bits, right));
        }
    }
    queue.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    let tenth = queue.len().div_ceil(10).max(1);
    let share = |part: &[(f64, bool)]| Share::new(part.iter().filter(|(_, right)| *right).count(), part.len());
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (trace, (firearm, error)) in &truth.traces {
        let all = kinds.entry(error).or_default();
        if !firearm.is_empty() {
            all.push(trace);
        }
    }
    let links: usize = kinds.values().map(Vec::len).sum();
    let by_error = kinds
        .into_iter()
        .map(|(error, traces)| {
            let among = |set: &BTreeSet<&str>| traces.iter().filter(|t| set.contains(*t)).count();
            let (hits, all) = rule.get(error).copied().unwrap_or_default();
            ByError {
                error: error.to_owned(),
                links: traces.len(),
                joined: Share::new(among(&joined), traces.len()),
                found: Share::new(among(&found), traces.len()),
                precision: Share::new(hits, all),
            }
        })
        .collect();
    let (hits, all) = rule.values().fold((0, 0), |(h, a), (x, y)| (h + x, a + y));
    LinkEvaluation {
        firearms,
        traces,
        pairs: linkage.pairs,
        links,
        precision: Share::new(hits, all),
        recall: Share::new(joined.len(), links),
        recall_with_review: Share::new(found.len(), links),
        queue: share(&queue),
        queue_by_tenth: queue.chunks(tenth).map(share).collect(),
        by_error,
        wrong,
        true_bits,
        false_bits,
        skipped: linkage.skipped.len(),
    }
}
