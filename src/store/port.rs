//! [`SqliteStore`] as the engine sees it: one line a use, the work in the files beside.

use super::catalogues::own_tables;
use super::connection::SqliteStore;
use super::fault::Fault;
use super::{
    audit, blob, control, correlations, documents, entry, expunge, lead_views, leads, link_decisions, marks, outlines,
    pairs, records, rows, traces,
};
use crate::casework::control::{ControlFlag, ControlRun, ControlStandard, FlagStep, Lifted};
use crate::casework::{AuditEvent, ChainHead, CorrelationResult, Exhibit, Incident, Lead, Person, Specimen, Step};
use crate::engine::ports::{
    Acquisition, Block, Cases, Expunged, ImportedFile, KeptBlock, LeadView, LinkDecision, MarkContext, MarkFilter,
    NewMark, NewSignature, OutlineRecord, PairOutcome, Put, RecordBatch, RecordContents, SearchedAs, SignatureRow,
    SignatureVersion, SpecimenRow, SpecimenRows, Stamp, Store, StoreError, StoreHealth, Stored, Submission, Submitted,
    Told, TraceVersion, Triage,
};
use crate::ids::{AcquisitionId, Digest, ExhibitId, FirearmId, IncidentId, LeadId, MarkId, SpecimenId, TraceId};
use crate::trace::catalogue::Table;
use crate::trace::{CustodyRecord, FirearmRecord, TestFireRecord, TraceRecord, TransactionRecord};
use jiff::Timestamp;
use rayon::prelude::*;
use rusqlite::{Connection, OptionalExtension};
use serde_json::json;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Duration;

impl Store for SqliteStore {
    fn submit(&self, submission: &Submission, stamp: &Stamp) -> Stored<Submitted> {
        let ready = entry::ready(submission).map_err(|fault| fault.at(self.place(), "submit", Duration::ZERO))?;
        self.write("submit", |tx| entry::submit(tx, &ready, stamp))
    }

    fn submit_all(&self, submissions: &[Submission], stamp: &Stamp) -> Stored<Vec<Submitted>> {
        let ready: Vec<Result<_, Fault>> = submissions.par_iter().map(entry::ready).collect();
        // The first fault in their order, whichever thread found one first.
        let ready: Result<Vec<_>, Fault> = ready.into_iter().collect();
        let ready = ready.map_err(|fault| fault.at(self.place(), "submit", Duration::ZERO))?;
        self.write("submit", |tx| entry::submit_all(tx, &ready, stamp))
    }

    fn put_marks(&self, acquisition: &AcquisitionId, new: &[NewMark], stamp: &Stamp) -> Stored<Put> {
        let encoded = marks::encode(new).map_err(|fault| fault.at(self.place(), "put marks", Duration::ZERO))?;
        self.write("put marks", |tx| {
            documents::get::<Acquisition>(tx, "acquisition", acquisition.as_str())?;
            if let Some(mark) = new.iter().find(|mark| mark.record.acquisition != *acquisition) {
                let why = format!("expected acquisition {acquisition}, got {}", mark.record.acquisition);
                return Err(Fault::invalid(format!("mark {}", mark.record.id), why));
            }
            if !marks::insert(tx, &encoded)? {
                return Ok(Put::Unchanged);
            }
            let generation = marks::next_generation(tx)?;
            let ids: Vec<_> = new.iter().map(|mark| &mark.record.id).collect();
            let details = json!({ "marks": ids, "generation": generation });
            audit::append(tx, stamp, "marks.prepared", &format!("acquisition {acquisition}"), &details)?;
            Ok(Put::New)
        })
    }

    fn put_outlines(&self, drawn: &[OutlineRecord], new: &[NewMark], stamp: &Stamp) -> Stored<()> {
        let encoded = marks::encode(new).map_err(|fault| fault.at(self.place(), "put outlines", Duration::ZERO))?;
        self.write("put outlines", |tx| outlines::put(tx, drawn, &encoded, stamp))
    }

    fn put_signature(&self, mark: &MarkId, signature: &NewSignature, stamp: &Stamp) -> Stored<Put> {
        self.write("put a signature", |tx| {
            marks::fits(mark, signature)?;
            let put = marks::put_signature(tx, marks::sequence_of(tx, mark)?, signature)?;
            if put != Put::Unchanged {
                let generation = marks::rewrite(tx)?;
                let content = Digest::of(&signature.bytes);
                let details = json!({ "version": signature.version, "content": content, "generation": generation });
                audit::append(tx, stamp, "mark.signed", &format!("mark {mark}"), &details)?;
            }
            Ok(put)
        })
    }

    fn incident(&self, id: &IncidentId) -> Stored<Incident> {
        self.read("read an incident", |tx| documents::get(tx, "incident", id.as_str()))
    }

    fn incidents(&self) -> Stored<Vec<Incident>> {
        self.read("list incidents", |tx| {
            documents::list(tx, "incident", "SELECT document FROM incident ORDER BY id", &[])
        })
    }

    fn exhibit(&self, id: &ExhibitId) -> Stored<Exhibit> {
        self.read("read an exhibit", |tx| documents::get(tx, "exhibit", id.as_str()))
    }

    fn exhibits(&self) -> Stored<Vec<Exhibit>> {
        self.read("list exhibits", |tx| documents::list(tx, "exhibit", "SELECT document FROM exhibit ORDER BY id", &[]))
    }

    fn specimen(&self, id: &SpecimenId) -> Stored<Specimen> {
        self.read("read a specimen", |tx| documents::get(tx, "specimen", id.as_str()))
    }

    fn specimens(&self, of: Option<&ExhibitId>) -> Stored<Vec<Specimen>> {
        // Two queries each here and below: one that asked for all where nothing is named would look at every row for each name.
        self.read("list specimens", |tx| match of {
            Some(exhibit) => {
                let query = "SELECT document FROM specimen WHERE exhibit = ?1 ORDER BY id";
                documents::list(tx, "specimen", query, &[&exhibit.as_str()])
            }
            None => documents::list(tx, "specimen", "SELECT document FROM specimen ORDER BY id", &[]),
        })
    }

    fn count_specimens(&self) -> Stored<u64> {
        let sql = "SELECT count(*) FROM specimen";
        self.read("count specimens", |tx| Ok(tx.query_row(sql, [], |row| row.get::<_, i64>(0))?.unsigned_abs()))
    }

    fn specimen_rows(&self, which: SpecimenRows<'_>) -> Stored<Vec<SpecimenRow>> {
        self.read("list specimens", |tx| rows::specimens(tx, which))
    }

    fn count_incidents(&self) -> Stored<u64> {
        let sql = "SELECT count(*) FROM incident";
        self.read("count incidents", |tx| Ok(tx.query_row(sql, [], |row| row.get::<_, i64>(0))?.unsigned_abs()))
    }

    fn tied_cases(&self) -> Stored<Cases> {
        self.read("list tied cases", rows::tied)
    }

    fn last_specimen(&self, prefix: &str) -> Stored<Option<SpecimenId>> {
        self.read("look up a specimen", |tx| entry::last_specimen(tx, prefix))
    }

    fn acquisition(&self, id: &AcquisitionId) -> Stored<Acquisition> {
        self.read("read an acquisition", |tx| documents::get(tx, "acquisition", id.as_str()))
    }

    fn acquisitions(&self, of: Option<&SpecimenId>) -> Stored<Vec<Acquisition>> {
        self.read("list acquisitions", |tx| match of {
            Some(specimen) => {
                let query = "SELECT document FROM acquisition WHERE specimen = ?1 ORDER BY sequence";
                documents::list(tx, "acquisition", query, &[&specimen.as_str()])
            }
            None => documents::list(tx, "acquisition", "SELECT document FROM acquisition ORDER BY sequence", &[]),
        })
    }

    fn received_bytes(&self, id: &AcquisitionId) -> Stored<Vec<u8>> {
        self.read("read received bytes", |tx| {
            let row = tx
                .prepare_cached(
                    "SELECT r.sha256, r.encoding, r.length, r.bytes FROM acquisition a
                     JOIN received r ON r.sha256 = a.sha256 WHERE a.id = ?1",
                )?
                .query_row([id.as_str()], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?)))
                .optional()?;
            let (sha256, encoding, length, bytes) = row.ok_or_else(|| Fault::not_found("acquisition", id))?;
            blob::decode(&format!("acquisition {id}"), &encoding, length, bytes, Digest(sha256))
        })
    }

    fn outlines(&self, acquisition: &AcquisitionId) -> Stored<Vec<OutlineRecord>> {
        self.read("list outlines", |tx| outlines::list(tx, acquisition))
    }

    fn mark(&self, id: &MarkId) -> Stored<MarkContext> {
        self.read("read a mark", |tx| marks::one(tx, id))
    }

    fn marks(&self, filter: &MarkFilter) -> Stored<Vec<MarkContext>> {
        self.read("list marks", |tx| marks::list(tx, filter))
    }

    fn count_unprepared(&self, filter: &MarkFilter) -> Stored<u64> {
        self.read("count acquisitions of other preparations", |tx| marks::unprepared(tx, filter))
    }

    fn unsigned_marks(&self, version: &SignatureVersion, filter: &MarkFilter) -> Stored<Vec<MarkId>> {
        self.read("list unsigned marks", |tx| marks::unsigned(tx, version, filter))
    }

    fn count_marks(&self, filter: &MarkFilter) -> Stored<u64> {
        self.read("count marks", |tx| marks::count(tx, filter))
    }

    fn mark_bytes(&self, id: &MarkId) -> Stored<Vec<u8>> {
        self.read("read a mark's bytes", |tx| marks::bytes(tx, id))
    }

    fn have_bytes(&self, marks: &[u64]) -> Stored<Vec<bool>> {
        self.read("look up marks' bytes", |tx| marks::have_bytes(tx, marks))
    }

    fn signature(&self, mark: &MarkId, version: &SignatureVersion) -> Stored<Vec<u8>> {
        self.read("read a signature", |tx| marks::signature(tx, mark, version))
    }

    fn visit_signatures(
        &self,
        version: &SignatureVersion,
        filter: &MarkFilter,
        visit: &mut dyn FnMut(SignatureRow) -> ControlFlow<()>,
    ) -> Stored<u64> {
        self.read("read signatures", |tx| marks::visit_signatures(tx, version, filter, visit))
    }

    fn generation(&self) -> Stored<u64> {
        self.read("read the generation", marks::generation)
    }

    fn rewritten(&self) -> Stored<u64> {
        self.read("read the generation", marks::rewritten)
    }

    fn put_correlation(&self, result: &CorrelationResult, stamp: &Stamp) -> Stored<Put> {
        self.write("keep a correlation", |tx| correlations::put(tx, result, stamp))
    }

    fn put_block(&self, block: Block<'_>, stamp: &Stamp) -> Stored<KeptBlock> {
        self.write("keep correlations", |tx| {
            pairs::put(tx, &block.comparison, block.pairs)?;
            let results =
                block.results.iter().map(|r| correlations::put(tx, r, stamp)).collect::<Result<_, Fault>>()?;
            let leads = block.leads.iter().map(|l| leads::put_if_there(tx, l, stamp)).collect::<Result<_, Fault>>()?;
            Ok(KeptBlock { results, leads })
        })
    }

    fn pair_outcomes(&self, comparison: &Digest, pairs: &[(u64, u64)]) -> Stored<Vec<Option<PairOutcome>>> {
        self.read("read scores of pairs", |tx| pairs::outcomes(tx, comparison, pairs))
    }

    fn searched(&self, how: &SearchedAs) -> Stored<Vec<u64>> {
        self.read("list correlations", |tx| correlations::searched(tx, how))
    }

    fn correlations(&self, query: &MarkId) -> Stored<Vec<CorrelationResult>> {
        self.read("list correlations", |tx| correlations::of(tx, query))
    }

    fn latest_correlations(&self) -> Stored<Vec<CorrelationResult>> {
        self.read("list correlations", correlations::latest)
    }

    fn put_lead(&self, lead: &Lead, stamp: &Stamp) -> Stored<Put> {
        self.write("keep a candidate", |tx| leads::put(tx, lead, stamp))
    }

    fn put_lead_view(&self, view: &LeadView, png: &[u8], stamp: &Stamp) -> Stored<Put> {
        self.write("keep a view", |tx| lead_views::put(tx, view, png, stamp))
    }

    fn lead_views(&self, lead: &LeadId) -> Stored<Vec<LeadView>> {
        self.read("list views", |tx| lead_views::of(tx, lead))
    }

    fn lead_view_picture(&self, lead: &LeadId, digest: &Digest) -> Stored<Vec<u8>> {
        self.read("read a view", |tx| lead_views::picture(tx, lead, digest))
    }

    fn update_lead(&self, lead: &Lead, stamp: &Stamp) -> Stored<Put> {
        self.write("update a lead", |tx| leads::update(tx, lead, stamp))
    }

    fn update_lead_telling(&self, lead: &Lead, told: &Told, stamp: &Stamp) -> Stored<Put> {
        self.write("update a lead", |tx| {
            let put = leads::update(tx, lead, stamp)?;
            if put != Put::Unchanged {
                audit::append(tx, stamp, told.action, &told.subject, &told.details)?;
            }
            Ok(put)
        })
    }

    fn lead(&self, id: &LeadId) -> Stored<Lead> {
        self.read("read a lead", |tx| leads::one(tx, id))
    }

    fn leads(&self) -> Stored<Vec<Lead>> {
        self.read("list leads", leads::all)
    }

    fn put_trace(&self, record: &TraceRecord, stamp: &Stamp) -> Stored<Put> {
        Ok(self
            .put_records(RecordBatch::Traces(std::slice::from_ref(record)), None, stamp)?
            .pop()
            .unwrap_or(Put::Unchanged))
    }

    fn traces(&self) -> Stored<Vec<TraceVersion>> {
        self.read("list trace records", |tx| traces::traces(tx, None))
    }

    fn trace(&self, id: &TraceId) -> Stored<Vec<TraceVersion>> {
        self.read("read a trace record", |tx| traces::traces(tx, Some(id)))
    }

    fn traces_of_serial(&self, serial: &str) -> Stored<Vec<TraceId>> {
        self.read("look up a serial number", |tx| traces::of_serial(tx, serial))
    }

    fn put_firearm(&self, record: &FirearmRecord, stamp: &Stamp) -> Stored<Put> {
        let batch = RecordBatch::Firearms(std::slice::from_ref(record));
        Ok(self.put_records(batch, None, stamp)?.pop().unwrap_or(Put::Unchanged))
    }

    fn put_records(&self, batch: RecordBatch<'_>, file: Option<&ImportedFile>, stamp: &Stamp) -> Stored<Vec<Put>> {
        let ready = records::ready(&batch).map_err(|fault| fault.at(self.place(), "keep records", Duration::ZERO))?;
        self.write("keep records", |tx| records::put(tx, &ready, file, stamp))
    }

    fn weigh_records(&self, batch: RecordBatch<'_>) -> Stored<Vec<Put>> {
        let ready =
            records::ready(&batch).map_err(|fault| fault.at(self.place(), "look up records", Duration::ZERO))?;
        self.read("look up records", |tx| records::weigh(tx, &ready))
    }

    fn imported_files(&self) -> Stored<Vec<ImportedFile>> {
        self.read("list imported files", records::files)
    }

    fn test_fires(&self) -> Stored<Vec<TestFireRecord>> {
        self.read("list test fires", |tx| records::of_kind(tx, "test_fire", None))
    }

    fn custody(&self) -> Stored<Vec<CustodyRecord>> {
        self.read("list transfers", |tx| records::of_kind(tx, "custody", None))
    }

    fn transactions(&self, key: Option<&str>) -> Stored<Vec<TransactionRecord>> {
        self.read("list transactions", |tx| records::of_kind(tx, "transaction", key))
    }

    fn transaction_keys(&self) -> Stored<Vec<String>> {
        self.read("list serial numbers", |tx| records::keys(tx, "transaction"))
    }

    fn firearms(&self) -> Stored<Vec<FirearmRecord>> {
        self.read("list firearms", |tx| traces::firearms(tx, None))
    }

    fn firearm(&self, id: &FirearmId) -> Stored<FirearmRecord> {
        self.read("read a firearm", |tx| {
            traces::firearms(tx, Some(id))?.pop().ok_or_else(|| Fault::not_found("firearm", id))
        })
    }

    fn put_link_decision(&self, decision: &LinkDecision, stamp: &Stamp) -> Stored<Put> {
        self.write("keep a decision", |tx| traces::put_decision(tx, decision, stamp))
    }

    fn put_link_decision_telling(&self, decision: &LinkDecision, told: &Told, stamp: &Stamp) -> Stored<Put> {
        self.write("keep a decision", |tx| {
            // The reason first: a decision must not be gone without one.
            audit::append(tx, stamp, told.action, &told.subject, &told.details)?;
            traces::put_decision(tx, decision, stamp)
        })
    }

    fn put_link_decisions(&self, decisions: &[LinkDecision], stamp: &Stamp) -> Stored<usize> {
        self.write("keep decisions", |tx| link_decisions::put_all(tx, decisions, stamp))
    }

    fn link_history(&self, firearm: &FirearmId, trace: &TraceId) -> Stored<Vec<LinkDecision>> {
        self.read("list decisions on a pair", |tx| link_decisions::history(tx, firearm, trace))
    }

    fn link_decisions(&self) -> Stored<Vec<LinkDecision>> {
        self.read("list decisions", traces::decisions)
    }

    fn log(&self, action: &str, subject: &str, details: &serde_json::Value, stamp: &Stamp) -> Stored<ChainHead> {
        self.write("log an event", |tx| audit::append(tx, stamp, action, subject, details))
    }

    fn audit(&self, from: u64, limit: usize) -> Stored<Vec<AuditEvent>> {
        self.read("read the audit log", |tx| audit::events(tx, from, limit))
    }

    fn audit_head(&self) -> Stored<ChainHead> {
        self.read("read the audit log", audit::head)
    }

    fn audit_of(&self, action: &str, limit: usize) -> Stored<Vec<AuditEvent>> {
        self.read("read the audit log", |tx| audit::newest(tx, action, limit))
    }

    fn audit_on(&self, subject: &str) -> Stored<Vec<AuditEvent>> {
        self.read("read the audit log", |tx| audit::on(tx, subject))
    }

    fn verify_audit(&self) -> Stored<ChainHead> {
        self.read("verify the audit log", audit::verify)
    }

    fn expunge(&self, specimen: &SpecimenId, by: &Person, reason: &str, stamp: &Stamp) -> Stored<Expunged> {
        let expunged = self.write("expunge", |tx| expunge::expunge(tx, specimen, by, reason, stamp));
        if !matches!(expunged, Ok(_) | Err(StoreError::NotFound { .. })) {
            return expunged;
        }
        // Of a specimen that is gone too: its expungement may have been cut off here, or met a reader that kept the log.
        if let Some(caches) = self.caches() {
            caches.clear()?;
        }
        self.scrub()?;
        self.empty_log()?;
        expunged
    }

    fn check(&self) -> Stored<StoreHealth> {
        self.read("check the gallery", |tx| audit::check(tx, marks::generation(tx)?))
    }

    fn record_contents(&self) -> Stored<RecordContents> {
        self.read("look up what records state", traces::contents)
    }

    fn catalogue_tables(&self) -> Stored<Vec<Table>> {
        self.folder().map_or_else(|| Ok(Vec::new()), own_tables)
    }

    fn known(&self, specimen: &SpecimenId, sha256: &Digest) -> Stored<Option<AcquisitionId>> {
        self.read("look up received bytes", |tx| entry::known(tx, specimen, sha256))
    }

    fn holders(&self, sha256: &Digest) -> Stored<Vec<SpecimenId>> {
        self.read("look up received bytes", |tx| entry::holders(tx, sha256, None))
    }

    fn put_standard(&self, standard: &ControlStandard, received: &[u8], stamp: &Stamp) -> Stored<Put> {
        let encoded = control::ready(&standard.file_name, &standard.sha256, received)
            .map_err(|fault| fault.at(self.place(), "keep a check standard", Duration::ZERO))?;
        self.write("keep a check standard", |tx| control::put_standard(tx, standard, &encoded, stamp))
    }

    fn standards(&self) -> Stored<Vec<ControlStandard>> {
        self.read("list check standards", control::standards)
    }

    fn standard_bytes(&self, name: &str) -> Stored<Vec<u8>> {
        self.read("read a check standard", |tx| control::standard_bytes(tx, name))
    }

    fn put_control_run(
        &self,
        run: &ControlRun,
        received: &[u8],
        judge: &dyn Fn(&[ControlRun], &[ControlFlag]) -> FlagStep,
        stamp: &Stamp,
    ) -> Stored<Put> {
        let encoded = control::ready(&run.file_name, &run.sha256, received)
            .map_err(|fault| fault.at(self.place(), "keep a control run", Duration::ZERO))?;
        self.write("keep a control run", |tx| control::put_run(tx, run, &encoded, judge, stamp))
    }

    fn control_runs(&self) -> Stored<Vec<ControlRun>> {
        self.read("list control runs", control::runs)
    }

    fn control_flags(&self) -> Stored<Vec<ControlFlag>> {
        self.read("list control flags", control::flags)
    }

    fn lift_flag(&self, number: u64, lifted: &Lifted, stamp: &Stamp) -> Stored<ControlFlag> {
        self.write("lift a control flag", |tx| control::lift(tx, number, lifted, stamp))
    }

    fn acquisitions_between(&self, from: Option<Timestamp>, until: Option<Timestamp>) -> Stored<Vec<Acquisition>> {
        self.read("list acquisitions", |tx| control::acquisitions_between(tx, from, until))
    }

    fn triage(&self) -> Stored<Vec<Triage>> {
        self.read("list exhibits", triage)
    }
}

/// The clock of every exhibit.
fn triage(tx: &Connection) -> Result<Vec<Triage>, Fault> {
    let mut first_lead: BTreeMap<ExhibitId, Timestamp> = BTreeMap::new();
    for lead in leads::all(tx)? {
        let judged = lead.history().iter().find(|event| matches!(event.step, Step::Judged { .. }));
        for side in judged.iter().flat_map(|_| lead.joins().sides()) {
            let at = judged.map_or(Timestamp::MAX, |event| event.at);
            first_lead.entry(side.exhibit.clone()).and_modify(|t| *t = at.min(*t)).or_insert(at);
        }
    }
    let mut statement = tx.prepare_cached(
        "SELECT e.document,
           (SELECT min(a.received_us) FROM specimen s JOIN acquisition a ON a.specimen = s.id WHERE s.exhibit = e.id),
           (SELECT min(c.at_us) FROM specimen s JOIN acquisition a ON a.specimen = s.id
              JOIN mark m ON m.acquisition = a.id JOIN correlation c ON c.query = m.sequence WHERE s.exhibit = e.id)
         FROM exhibit e ORDER BY e.id",
    )?;
    let time = |us: Option<i64>| {
        us.map(Timestamp::from_microsecond).transpose().map_err(|e| Fault::Damaged(format!("exhibit times: {e}")))
    };
    let mut rows = statement.query([])?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        let exhibit: Exhibit = documents::read("exhibit", &row.get::<_, String>(0)?)?;
        list.push(Triage {
            first_lead: first_lead.get(&exhibit.id).copied(),
            received: exhibit.received,
            entered: time(row.get(1)?)?,
            correlated: time(row.get(2)?)?,
            exhibit: exhibit.id,
        });
    }
    Ok(list)
}
