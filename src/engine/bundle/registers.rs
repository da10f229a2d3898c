//! The registers of test fires, custody and transactions in a bundle, masked, with pseudonyms that compare as the names do.
//!
//! Gaps in custody and purchasers that differ follow from names. So that a replay finds them without seeing one, the places
//! of persons hold pseudonyms ([`crate::trace::pseudonym`]); the names themselves are there for a stated purpose alone.

use super::archive::Archive;
use super::contents::{TraceKept, json, value};
use crate::engine::error::EngineError;
use crate::ids::{FirearmId, SpecimenId};
use crate::trace::graph::{EdgeKind, EdgeStatus, LinkGraph, Registers, TransactionInput};
use crate::trace::pseudonym::{Pseudonyms, Values, names, put};
use crate::trace::{CustodyRecord, Purpose, TestFireRecord};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Rows of the registers, in the order of the store.
const REGISTERS: &str = "trace/registers.json";
/// What stands in the places of persons.
const PSEUDONYMS: &str = "trace/pseudonyms.json";
/// Names of persons of the registers; there only for a stated purpose.
const NAMES: &str = "trace/register-names.json";

/// What the registers say of the firearms and cases of a bundle.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RegistersKept {
    /// Test fires.
    pub test_fires: Vec<TestFireRecord>,
    /// Transfers of firearms and cases from hand to hand.
    pub custody: Vec<CustodyRecord>,
    /// Transactions that fit a firearm.
    pub transactions: Vec<TransactionInput>,
}

/// A value for every person of every record, in the order of the records.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct OfPersons {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    traces: Vec<Values>,
    test_fires: Vec<Values>,
    custody: Vec<Values>,
    transactions: Vec<Values>,
}

impl RegistersKept {
    /// The rows that speak of these firearms and cases.
    #[must_use]
    pub fn of(all: Registers<'_>, firearms: &BTreeSet<FirearmId>, specimens: &BTreeSet<SpecimenId>) -> Self {
        let case = |item: &str| specimens.contains(&SpecimenId::new(item));
        let handed = |r: &&CustodyRecord| match &r.firearm {
            Some(firearm) => firearms.contains(firearm),
            None => r.item.as_deref().is_some_and(case),
        };
        let fired = |t: &&TestFireRecord| firearms.contains(&t.firearm);
        Self {
            test_fires: all.test_fires.iter().filter(fired).cloned().collect(),
            custody: all.custody.iter().filter(handed).cloned().collect(),
            transactions: all.transactions.iter().filter(|t| firearms.contains(&t.firearm)).cloned().collect(),
        }
    }

    /// As the graph takes them.
    #[must_use]
    pub fn input(&self) -> Registers<'_> {
        Registers { test_fires: &self.test_fires, custody: &self.custody, transactions: &self.transactions }
    }

    /// A value for each person, by a way to get it.
    fn persons(&self, of: &dyn ValuesOf) -> OfPersons {
        OfPersons {
            traces: Vec::new(),
            test_fires: self.test_fires.iter().map(|r| of.test_fire(r)).collect(),
            custody: self.custody.iter().map(|r| of.transfer(r)).collect(),
            transactions: self.transactions.iter().map(|t| of.transaction(t)).collect(),
        }
    }
}

/// A way to get the values of the persons of a record.
trait ValuesOf {
    fn test_fire(&self, record: &TestFireRecord) -> Values;
    fn transfer(&self, record: &CustodyRecord) -> Values;
    fn transaction(&self, one: &TransactionInput) -> Values;
}

impl ValuesOf for Pseudonyms {
    fn test_fire(&self, record: &TestFireRecord) -> Values {
        self.of(record)
    }

    fn transfer(&self, record: &CustodyRecord) -> Values {
        self.of(record)
    }

    fn transaction(&self, one: &TransactionInput) -> Values {
        self.of(&one.record)
    }
}

impl ValuesOf for Purpose {
    fn test_fire(&self, record: &TestFireRecord) -> Values {
        names(record, self)
    }

    fn transfer(&self, record: &CustodyRecord) -> Values {
        names(record, self)
    }

    fn transaction(&self, one: &TransactionInput) -> Values {
        names(&one.record, self)
    }
}

/// Writes the registers masked, and the pseudonyms of their persons and of those of the traces beside them.
///
/// # Errors
/// A value that JSON cannot write.
pub(super) fn write(files: &mut Archive, kept: &RegistersKept, traces: &[TraceKept]) -> Result<(), EngineError> {
    let mut pseudonyms = Pseudonyms::default();
    traces.iter().for_each(|t| pseudonyms.meet(&t.record));
    kept.test_fires.iter().for_each(|r| pseudonyms.meet(r));
    kept.custody.iter().for_each(|r| pseudonyms.meet(r));
    kept.transactions.iter().for_each(|t| pseudonyms.meet(&t.record));
    pseudonyms.settle();
    let persons =
        OfPersons { traces: traces.iter().map(|t| pseudonyms.of(&t.record)).collect(), ..kept.persons(&pseudonyms) };
    files.insert(REGISTERS.to_owned(), json(REGISTERS, kept)?);
    files.insert(PSEUDONYMS.to_owned(), json(PSEUDONYMS, &persons)?);
    Ok(())
}

/// Reads the registers, with pseudonyms in the places of persons, also in those of the traces.
///
/// # Errors
/// Files that do not read.
pub(super) fn read(files: &Archive, traces: &mut [TraceKept]) -> Result<Option<RegistersKept>, EngineError> {
    if !files.contains_key(REGISTERS) {
        return Ok(None);
    }
    let mut kept: RegistersKept = value(files, REGISTERS)?;
    let persons: OfPersons = value(files, PSEUDONYMS)?;
    traces.iter_mut().zip(&persons.traces).for_each(|(t, values)| put(&mut t.record, values));
    kept.test_fires.iter_mut().zip(&persons.test_fires).for_each(|(r, values)| put(r, values));
    kept.custody.iter_mut().zip(&persons.custody).for_each(|(r, values)| put(r, values));
    kept.transactions.iter_mut().zip(&persons.transactions).for_each(|(t, values)| put(&mut t.record, values));
    Ok(Some(kept))
}

/// Writes the names of the registers, for a stated purpose.
///
/// # Errors
/// A value that JSON cannot write.
pub(super) fn write_names(files: &mut Archive, kept: &RegistersKept, purpose: &Purpose) -> Result<(), EngineError> {
    files.insert(NAMES.to_owned(), json(NAMES, &kept.persons(purpose))?);
    Ok(())
}

/// What follows from the registers in the graph.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OfRegisters {
    /// Edges that the registers make or date, persons by their numbers.
    pub edges: Vec<RegisterEdge>,
    /// Everything that records say against each other, the hardest first.
    pub contradictions: Vec<Contradiction>,
}

/// An edge out of a register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterEdge {
    /// What it is.
    pub kind: EdgeKind,
    /// Where it begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// How firmly it stands.
    pub status: EdgeStatus,
    /// Who is behind it.
    pub author: Option<String>,
    /// First and last possible day.
    pub days: Option<(String, String)>,
    /// Rows, reasons and documents.
    pub evidence: Vec<String>,
}

/// What records say against each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contradiction {
    /// A stable word.
    pub kind: String,
    /// What it concerns.
    pub subjects: Vec<String>,
    /// In English.
    pub text: String,
}

impl OfRegisters {
    /// Takes it from a graph.
    #[must_use]
    pub fn of(graph: &LinkGraph) -> Self {
        let own = |kind: &EdgeKind| {
            use EdgeKind as K;
            matches!(kind, K::TestFireCustody | K::CustodyGiven | K::CustodyTaken | K::TransferredBy | K::AcquiredBy)
        };
        let edges = graph.edges.iter().filter(|e| own(&e.kind)).map(|e| RegisterEdge {
            kind: e.kind.clone(),
            from: e.from.to_string(),
            to: e.to.to_string(),
            status: e.status,
            author: e.author.clone(),
            days: e.date.map(|d| (d.first().to_string(), d.last().to_string())),
            evidence: e.evidence.clone(),
        });
        let contradictions = graph.conflicts.iter().map(|c| Contradiction {
            kind: c.kind.to_string(),
            subjects: c.subjects.clone(),
            text: c.text.en.clone(),
        });
        Self { edges: edges.collect(), contradictions: contradictions.collect() }
    }
}
