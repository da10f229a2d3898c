//! Storage and time as the engine sees them: the traits [`Store`] and [`Clock`].
//!
//! Every operation that changes something takes a [`Stamp`] (who, when) and appends its audit event in the same
//! transaction; what a call has acknowledged is kept, and what it refused has changed nothing.

mod caches;
mod clock;
mod error;
mod imports;
mod lead_views;
mod pairs;
mod records;
mod rows;

pub use caches::{CacheFile, CacheFiles, CachedBytes};
pub use clock::{Clock, FixedClock};
pub use error::StoreError;
pub use imports::{ImportedFile, RecordBatch};
pub use lead_views::{LeadView, MOST_VIEW_BYTES};
pub use pairs::{Block, KeptBlock, PairOutcome, PairScore, SearchedAs};
pub(crate) use records::region_word;
pub use records::{
    Acquisition, Expunged, Facts, LinkDecision, MarkContext, MarkFilter, MarkRecord, NewMark, NewSignature,
    OutlineRecord, Put, RecordContents, SignatureRow, SignatureVersion, Stamp, StoreHealth, Submission, Submitted,
    TraceVersion, Triage,
};
pub use rows::{Cases, SpecimenRow, SpecimenRows};

use crate::casework::control::{ControlFlag, ControlRun, ControlStandard, FlagStep, Lifted};
use crate::casework::{AuditEvent, ChainHead, CorrelationResult, Exhibit, Incident, Lead, Specimen};
use crate::ids::{AcquisitionId, Digest, ExhibitId, FirearmId, IncidentId, LeadId, MarkId, SpecimenId, TraceId};
use crate::trace::catalogue::Table;
use crate::trace::{CustodyRecord, FirearmRecord, TestFireRecord, TraceRecord, TransactionRecord};
use std::ops::ControlFlow;

/// What storage answers.
pub type Stored<T> = Result<T, StoreError>;

/// An event of the audit log that belongs to what is written beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// What happened, a stable word.
    pub action: &'static str,
    /// To what.
    pub subject: String,
    /// Identifiers and reasons; no names of persons.
    pub details: serde_json::Value,
}

/// Where a gallery is kept.
///
/// Shared by threads; each call is one transaction. Lists come in the order of their identifiers unless said otherwise, so
/// that a result never depends on the order of entry.
pub trait Store: Send + Sync {
    // Entry ---------------------------------------------------------------------------------------------------------

    /// Puts one acquisition with all it belongs to, or nothing.
    ///
    /// The same bytes of the same specimen change nothing; other bytes of the same specimen are a further acquisition. What a
    /// submission leaves open (`None`) says nothing of what is stored; what it fills in for the first time completes it;
    /// two different values for one field are refused.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], [`StoreError::NotFound`] where the incident of an exhibit is neither stored nor given,
    /// [`StoreError::Invalid`], [`StoreError::TooLarge`], and the errors of the storage itself.
    fn submit(&self, submission: &Submission, stamp: &Stamp) -> Stored<Submitted>;

    /// Puts several submissions, or none of them: the same as [`Store::submit`] of each in turn, in a fraction of the time.
    ///
    /// The audit log has one event for all: how many were new, the first and the last acquisition, fields filled in, and the SHA-256 of the lines
    /// `acquisition sha256` of those that were not known just so. What needs an event of its own, as a scan does, is submitted alone. The set of marks
    /// is one generation further.
    ///
    /// # Errors
    /// As [`Store::submit`]; the first in their order.
    fn submit_all(&self, submissions: &[Submission], stamp: &Stamp) -> Stored<Vec<Submitted>>;

    /// Adds prepared marks to a stored acquisition; a mark whose identifier is known with the same parameters changes nothing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Conflict`] where the identifier is taken by another preparation.
    fn put_marks(&self, acquisition: &AcquisitionId, marks: &[NewMark], stamp: &Stamp) -> Stored<Put>;

    /// Puts the next versions of the outlines of an acquisition with the marks cut along the last of them, all or nothing. Marks cut along earlier ones
    /// stay and are read as before; they are not suitable for searches any more, and no filter that asks for suitable ones gives them.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Stale`] when a version is not the next: somebody else drew meanwhile; [`StoreError::Invalid`] for none, or for
    /// several acquisitions; [`StoreError::Conflict`] as
    /// [`Store::put_marks`].
    fn put_outlines(&self, outlines: &[OutlineRecord], marks: &[NewMark], stamp: &Stamp) -> Stored<()>;

    /// Adds or replaces the signature of a mark in one version; versions live side by side.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    fn put_signature(&self, mark: &MarkId, signature: &NewSignature, stamp: &Stamp) -> Stored<Put>;

    // Reading -------------------------------------------------------------------------------------------------------

    /// An incident.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], as of every reading operation that names one thing.
    fn incident(&self, id: &IncidentId) -> Stored<Incident>;
    /// All incidents.
    ///
    /// # Errors
    /// Those of the storage itself, as of every reading operation that names nothing.
    fn incidents(&self) -> Stored<Vec<Incident>>;
    /// An exhibit.
    ///
    /// # Errors
    /// As [`Store::incident`].
    fn exhibit(&self, id: &ExhibitId) -> Stored<Exhibit>;
    /// All exhibits.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn exhibits(&self) -> Stored<Vec<Exhibit>>;
    /// A specimen.
    ///
    /// # Errors
    /// As [`Store::incident`].
    fn specimen(&self, id: &SpecimenId) -> Stored<Specimen>;
    /// All specimens, or those of one exhibit.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn specimens(&self, of: Option<&ExhibitId>) -> Stored<Vec<Specimen>>;
    /// How many specimens there are.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn count_specimens(&self) -> Stored<u64>;
    /// Specimens with what is known of their exhibits and incidents, a row each.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn specimen_rows(&self, which: SpecimenRows<'_>) -> Stored<Vec<SpecimenRow>>;
    /// How many incidents there are.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn count_incidents(&self) -> Stored<u64>;
    /// The cases that something ties to others or to a firearm: those of leads in any state, test fires, those that the registers of test fires and custody
    /// name, and all others of the same incidents; with their exhibits and incidents. What is left out has no edge in the link graph but the one to its
    /// incident.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn tied_cases(&self) -> Stored<Cases>;
    /// The last specimen, in the order of identifiers, whose identifier begins so.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn last_specimen(&self, prefix: &str) -> Stored<Option<SpecimenId>>;
    /// An acquisition.
    ///
    /// # Errors
    /// As [`Store::incident`].
    fn acquisition(&self, id: &AcquisitionId) -> Stored<Acquisition>;
    /// All acquisitions, or those of one specimen, in the order in which they were received.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn acquisitions(&self, of: Option<&SpecimenId>) -> Stored<Vec<Acquisition>>;
    /// The bytes of an acquisition exactly as received.
    ///
    /// # Errors
    /// As [`Store::incident`]; [`StoreError::Damaged`] when they no longer have the digest they came with.
    fn received_bytes(&self, id: &AcquisitionId) -> Stored<Vec<u8>>;
    /// The outlines of an acquisition in all their versions, the first first; none where it was its own outline.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn outlines(&self, acquisition: &AcquisitionId) -> Stored<Vec<OutlineRecord>>;
    /// A mark with what a filter asks about it.
    ///
    /// # Errors
    /// As [`Store::incident`].
    fn mark(&self, id: &MarkId) -> Stored<MarkContext>;
    /// The marks that pass a filter, in the order of entry.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn marks(&self, filter: &MarkFilter) -> Stored<Vec<MarkContext>>;
    /// The encoded mark as the mark room wrote it.
    ///
    /// # Errors
    /// As [`Store::incident`]; [`StoreError::Damaged`].
    fn mark_bytes(&self, id: &MarkId) -> Stored<Vec<u8>>;
    /// Whether the encoded marks at these places in the order of entry are kept, in the order asked; of the others there are at most signatures. A mark
    /// that is gone counts as kept: reading it says that it is gone.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn have_bytes(&self, marks: &[u64]) -> Stored<Vec<bool>>;
    /// The signature of one mark in one version.
    ///
    /// # Errors
    /// As [`Store::incident`].
    fn signature(&self, mark: &MarkId, version: &SignatureVersion) -> Stored<Vec<u8>>;
    /// Walks the signatures of one version whose marks pass a filter, in the order of entry, within one snapshot; gives the
    /// generation of that snapshot. The visitor must not call the store.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn visit_signatures(
        &self,
        version: &SignatureVersion,
        filter: &MarkFilter,
        visit: &mut dyn FnMut(SignatureRow) -> ControlFlow<()>,
    ) -> Stored<u64>;
    /// The marks that pass a filter and have no signature of this version, in the order of entry.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn unsigned_marks(&self, version: &SignatureVersion, filter: &MarkFilter) -> Stored<Vec<MarkId>>;
    /// How many acquisitions have marks of other preparations that pass a filter and none of the preparation that it asks for: a search with it misses them.
    ///
    /// # Errors
    /// As [`Store::incidents`]; [`StoreError::Invalid`] where the filter asks for no preparation.
    fn count_unprepared(&self, filter: &MarkFilter) -> Stored<u64>;
    /// How many marks pass a filter.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn count_marks(&self, filter: &MarkFilter) -> Stored<u64>;
    /// Grows with every change of the set of marks or signatures, and of what is known of a stored case; an index says of which generation it is.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn generation(&self) -> Stored<u64>;
    /// The generation of the last change to something that was searchable before: an expungement, a signature put for a stored mark, a field of a
    /// stored incident, exhibit or specimen filled in. What was built from an earlier generation is built again; what was built from this one or a later
    /// one can be extended by the marks entered since ([`MarkFilter::after`]).
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn rewritten(&self) -> Stored<u64>;

    // Correlations and leads ----------------------------------------------------------------------------------------

    /// Keeps a correlation; the same query, time and parameters again change nothing when the content is equal.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown query, [`StoreError::Conflict`].
    fn put_correlation(&self, result: &CorrelationResult, stamp: &Stamp) -> Stored<Put>;
    /// Keeps a block of correlations with the pairs that were compared for them and the candidates that they propose, all or nothing.
    ///
    /// A list that was made before an expungement loses the candidates that are gone, and its receipt counts them; pairs with a mark that is gone are not
    /// kept, nor leads with a specimen that is.
    ///
    /// # Errors
    /// As [`Store::put_correlation`] and [`Store::put_lead`].
    fn put_block(&self, block: Block<'_>, stamp: &Stamp) -> Stored<KeptBlock>;
    /// The known outcomes of pairs (later, earlier), in the order asked, under one comparison.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn pair_outcomes(&self, comparison: &Digest, pairs: &[(u64, u64)]) -> Stored<Vec<Option<PairOutcome>>>;
    /// The marks, as places in the order of entry, whose latest correlation was done so.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn searched(&self, how: &SearchedAs) -> Stored<Vec<u64>>;
    /// The correlations of one query mark, latest first.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn correlations(&self, query: &MarkId) -> Stored<Vec<CorrelationResult>>;
    /// The latest correlation of every mark that has one.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn latest_correlations(&self) -> Stored<Vec<CorrelationResult>>;
    /// Keeps a new candidate; when a lead on the pair exists that is not withdrawn, it stays as it is. A withdrawn one is kept
    /// beside the new one.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when it is no candidate any more.
    fn put_lead(&self, lead: &Lead, stamp: &Stamp) -> Stored<Put>;
    /// Keeps the steps that people have taken since the lead was read.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Stale`] when somebody else has taken a step meanwhile: the stored history must be
    /// the beginning of the new one.
    fn update_lead(&self, lead: &Lead, stamp: &Stamp) -> Stored<Put>;
    /// The same, and in the same transaction an event that says what went with the step: both are kept, or neither.
    ///
    /// # Errors
    /// As [`Store::update_lead`] and [`Store::log`].
    fn update_lead_telling(&self, lead: &Lead, told: &Told, stamp: &Stamp) -> Stored<Put>;
    /// The current lead on a pair.
    ///
    /// # Errors
    /// As [`Store::incident`]; [`StoreError::Damaged`] for a history that the rules could not have written.
    fn lead(&self, id: &LeadId) -> Stored<Lead>;
    /// Every lead, superseded withdrawn ones included, in the order in which they were proposed.
    ///
    /// # Errors
    /// As [`Store::lead`].
    fn leads(&self) -> Stored<Vec<Lead>>;
    /// Keeps a view that a person saved of a lead; the same picture again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without the lead, [`StoreError::Invalid`] for a picture too large or of another digest.
    fn put_lead_view(&self, view: &LeadView, png: &[u8], stamp: &Stamp) -> Stored<Put>;
    /// The saved views of a lead in the order in which they were saved.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn lead_views(&self, lead: &LeadId) -> Stored<Vec<LeadView>>;
    /// The picture of a saved view, PNG.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; a picture that no longer has its digest.
    fn lead_view_picture(&self, lead: &LeadId, digest: &Digest) -> Stored<Vec<u8>>;

    // Trace records -------------------------------------------------------------------------------------------------

    /// Keeps a trace record; known content changes nothing, new content under a known number is a further version.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a blank number.
    fn put_trace(&self, record: &TraceRecord, stamp: &Stamp) -> Stored<Put>;
    /// Every version of every trace record, by number and version. Personal values come with them: masking is the type's.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn traces(&self) -> Stored<Vec<TraceVersion>>;
    /// The versions of one trace record, the first first.
    ///
    /// # Errors
    /// As [`Store::incident`].
    fn trace(&self, id: &TraceId) -> Stored<Vec<TraceVersion>>;
    /// The traces of which some version bears this serial number, by its normal form.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn traces_of_serial(&self, serial: &str) -> Stored<Vec<TraceId>>;
    /// Keeps a firearm record; known content changes nothing, new content replaces the record and stays in its history.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a blank number.
    fn put_firearm(&self, record: &FirearmRecord, stamp: &Stamp) -> Stored<Put>;
    /// The latest version of every firearm record.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn firearms(&self) -> Stored<Vec<FirearmRecord>>;
    /// The latest version of one firearm record.
    ///
    /// # Errors
    /// As [`Store::incident`].
    fn firearm(&self, id: &FirearmId) -> Stored<FirearmRecord>;
    /// Keeps the records of one table, all of the batch or nothing, with one event for all: how many, and the digest of what
    /// is new. Known content changes nothing; new content under a known number is a further version.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a blank number.
    fn put_records(&self, batch: RecordBatch<'_>, file: Option<&ImportedFile>, stamp: &Stamp) -> Stored<Vec<Put>>;
    /// What [`Store::put_records`] would do with each record.
    ///
    /// # Errors
    /// As [`Store::put_records`].
    fn weigh_records(&self, batch: RecordBatch<'_>) -> Stored<Vec<Put>>;
    /// Every file that records came from, in the order of import.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn imported_files(&self) -> Stored<Vec<ImportedFile>>;
    /// The latest version of every record of a test fire, by specimen.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn test_fires(&self) -> Stored<Vec<TestFireRecord>>;
    /// Every recorded transfer of an item.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn custody(&self) -> Stored<Vec<CustodyRecord>>;
    /// Every recorded transaction, or those under one key of [`crate::trace::serial::search_key`].
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn transactions(&self, key: Option<&str>) -> Stored<Vec<TransactionRecord>>;
    /// The keys under which transactions are recorded, ascending.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn transaction_keys(&self) -> Stored<Vec<String>>;
    /// Keeps a decision on a link between a firearm and a trace record; the latest of a pair holds, the earlier stay.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when firearm or trace is unknown.
    fn put_link_decision(&self, decision: &LinkDecision, stamp: &Stamp) -> Stored<Put>;
    /// The same, and in the same transaction an event that says why: both are kept, or neither.
    ///
    /// # Errors
    /// As [`Store::put_link_decision`] and [`Store::log`].
    fn put_link_decision_telling(&self, decision: &LinkDecision, told: &Told, stamp: &Stamp) -> Stored<Put>;
    /// Keeps the linker's decisions on many pairs, or none of them, and says how many were not known just so.
    ///
    /// The audit log has one event for all, with their number and the SHA-256 of the documents in their order. Pairs whose last
    /// decision is the same are passed over. Decisions of people are kept one by one, each with its own event.
    ///
    /// # Errors
    /// As [`Store::put_link_decision`]; the first in their order.
    fn put_link_decisions(&self, decisions: &[LinkDecision], stamp: &Stamp) -> Stored<usize>;
    /// Every decision on one pair, the oldest first; empty when there is none.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn link_history(&self, firearm: &FirearmId, trace: &TraceId) -> Stored<Vec<LinkDecision>>;
    /// The decision that holds for every pair that has one.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn link_decisions(&self) -> Stored<Vec<LinkDecision>>;

    // Instrument control --------------------------------------------------------------------------------------------

    /// Keeps a check standard with the bytes of its reference; the same again changes nothing. Names are the same whatever their accents and capitals.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where another reference is kept under the name; [`StoreError::Invalid`] for a blank name or bytes that are not those of the
    /// digest.
    fn put_standard(&self, standard: &ControlStandard, received: &[u8], stamp: &Stamp) -> Stored<Put>;
    /// All check standards, in the order of their names.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn standards(&self) -> Stored<Vec<ControlStandard>>;
    /// The bytes of a check standard's reference.
    ///
    /// # Errors
    /// As [`Store::received_bytes`].
    fn standard_bytes(&self, name: &str) -> Stored<Vec<u8>>;
    /// Keeps an image of a check standard with what it does to the flags of its instrument: `judge` is asked within the transaction, with all runs
    /// of the instrument and standard in their order, the new one last, and their flags. The same bytes again change nothing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown standard; [`StoreError::Invalid`] for a blank instrument or bytes that are not those of the digest.
    fn put_control_run(
        &self,
        run: &ControlRun,
        received: &[u8],
        judge: &dyn Fn(&[ControlRun], &[ControlFlag]) -> FlagStep,
        stamp: &Stamp,
    ) -> Stored<Put>;
    /// All images of check standards, in the order of entry.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn control_runs(&self) -> Stored<Vec<ControlRun>>;
    /// All flags, ended and lifted ones included, in the order in which they were raised.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn control_flags(&self) -> Stored<Vec<ControlFlag>>;
    /// Takes a flag back by a person's word; it stays as a record.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Invalid`] for a blank reason; [`StoreError::Stale`] when it was lifted before.
    fn lift_flag(&self, number: u64, lifted: &Lifted, stamp: &Stamp) -> Stored<ControlFlag>;
    /// The acquisitions entered after one time and before another, in the order in which they were received.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn acquisitions_between(
        &self,
        from: Option<jiff::Timestamp>,
        until: Option<jiff::Timestamp>,
    ) -> Stored<Vec<Acquisition>>;

    // Audit, expungement, health ------------------------------------------------------------------------------------

    /// Logs something that changes nothing: a look at personal data, a report.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for blank action or subject.
    fn log(&self, action: &str, subject: &str, details: &serde_json::Value, stamp: &Stamp) -> Stored<ChainHead>;
    /// Events from a place in the chain on, at most `limit`.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn audit(&self, from: u64, limit: usize) -> Stored<Vec<AuditEvent>>;
    /// The end of the audit chain as the gallery remembers it, not verified.
    ///
    /// # Errors
    /// As [`Store::audit`].
    fn audit_head(&self) -> Stored<ChainHead>;
    /// The newest events of one action, the newest first.
    ///
    /// # Errors
    /// As [`Store::audit`].
    fn audit_of(&self, action: &str, limit: usize) -> Stored<Vec<AuditEvent>>;
    /// All events on one subject, the oldest first.
    ///
    /// # Errors
    /// As [`Store::audit`].
    fn audit_on(&self, subject: &str) -> Stored<Vec<AuditEvent>>;
    /// Verifies the whole chain and that its end is the one the gallery remembers.
    ///
    /// # Errors
    /// [`StoreError::BrokenChain`] naming the first event that is not what was once written.
    fn verify_audit(&self) -> Stored<ChainHead>;
    /// Removes a specimen for good: bytes, marks, signatures, correlations of it, its place in those of others, caches.
    ///
    /// Leads on it are withdrawn and stay as identifiers; the audit log keeps that and why it was expunged.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Invalid`] for a blank reason; [`StoreError::Busy`] when everything is deleted but a
    /// reader kept the write-ahead log from being emptied (run it again, until it says that there is no such specimen).
    fn expunge(
        &self,
        specimen: &SpecimenId,
        by: &crate::casework::Person,
        reason: &str,
        stamp: &Stamp,
    ) -> Stored<Expunged>;
    /// Checks the storage itself from end to end.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] or [`StoreError::BrokenChain`] with the first thing found.
    fn check(&self) -> Stored<StoreHealth>;

    /// Whether the same bytes are already stored for a specimen, before the work of decoding them.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn known(&self, specimen: &SpecimenId, sha256: &Digest) -> Stored<Option<AcquisitionId>>;
    /// The specimens that hold these very bytes, in the order of their identifiers.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn holders(&self, sha256: &Digest) -> Stored<Vec<SpecimenId>>;
    /// The content of the newest version of every firearm record and of every trace record, in the order of their identifiers,
    /// without reading the records.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn record_contents(&self) -> Stored<RecordContents>;
    /// The site's own tables of the catalogues, in the order of [`TableKind::ALL`](crate::trace::catalogue::TableKind::ALL).
    ///
    /// # Errors
    /// [`StoreError::Io`]; [`StoreError::Invalid`] for a table that is not text in UTF-8.
    fn catalogue_tables(&self) -> Stored<Vec<Table>>;
    /// Every exhibit with what lists and timers need: when received, entered, first correlated, first lead.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    fn triage(&self) -> Stored<Vec<Triage>>;
}
