//! What lies in a bundle, as values and as files.

use super::FORMAT;
use super::archive::{Archive, Limits, unpack};
use super::numbers::Numbers;
use super::registers::{self, RegistersKept};
use crate::casework::{AuditEvent, ChainHead, Exhibit, Incident, Lead, Specimen};
use crate::engine::error::EngineError;
use crate::engine::parameters::Parameters;
use crate::engine::ports::{Acquisition, MarkRecord, OutlineRecord};
use crate::ids::Digest;
use crate::trace::catalogue::{Catalogues, Table};
use crate::trace::graph::{BallisticEdge, IncidentInput, RecordLinkInput, SpecimenInput};
use crate::trace::linkage::Weights;
use crate::trace::wording::Wording;
use crate::trace::{FirearmRecord, TraceRecord};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Where a bundle was made or is replayed; floating-point kernels may be chosen by it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Platform {
    /// Instruction set, such as `x86_64`.
    pub architecture: String,
    /// Operating system.
    pub system: String,
}

/// The first file that a reader opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Name and version of the shape.
    pub format: String,
    /// Version of brasslink that made it.
    pub version: String,
    /// Hash of its parameters, as reports state it.
    pub parameters: Digest,
    /// The machine that made it.
    pub platform: Platform,
    /// When.
    pub made: Timestamp,
    /// Who asked for it.
    pub by: String,
    /// The lead.
    pub lead: String,
    /// Whether names of persons are in it, and for which case and purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names_shown_for: Option<(String, String)>,
    /// Every other file, ascending by name.
    pub files: Vec<ManifestFile>,
}

/// A file and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Its name in the zip.
    pub name: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub sha256: Digest,
}

/// One of the two scans: as received, as recorded, and the mark that was cut from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    /// File of the bytes as received.
    pub received: String,
    /// File of the mark as it was compared.
    pub mark: String,
    /// What was recorded on submission.
    pub acquisition: Acquisition,
    /// The record of the mark.
    pub record: MarkRecord,
    /// The outlines it was cut along.
    pub outline: Option<OutlineRecord>,
    /// Calibre of the case, which helps to estimate the pitch of a photograph.
    pub calibre: Option<String>,
}

/// A version of a trace record as it is kept, persons masked. The digest of its content is left out: it covers names, and could be used to guess them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceKept {
    /// From 1.
    pub version: u32,
    /// When it was imported.
    pub imported: Timestamp,
    /// The record.
    pub record: TraceRecord,
}

/// What linkage knew of all trace records: how many there were, and how often each maker and calibre was written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Population {
    /// Trace records.
    pub traces: u64,
    /// Maker and calibre as written, and of how many records.
    pub written: Vec<(Option<String>, Option<String>, u64)>,
}

/// Everything that the numbers of a lead follow from.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    /// The lead with its history.
    pub lead: Lead,
    /// The reference side, which carries the cells, and the searched side.
    pub scans: [Scan; 2],
    /// Bytes as received, of both.
    pub received: [Vec<u8>; 2],
    /// Marks as compared, of both.
    pub marks: [Vec<u8>; 2],
    /// Incidents, exhibits and specimens around the lead.
    pub incidents: Vec<Incident>,
    /// Exhibits.
    pub exhibits: Vec<Exhibit>,
    /// Specimens.
    pub specimens: Vec<Specimen>,
    /// Firearms of the register that are reached.
    pub firearms: Vec<FirearmRecord>,
    /// All versions of their trace records.
    pub traces: Vec<TraceKept>,
    /// The links between the two, with the verdicts of people.
    pub links: Vec<RecordLinkInput>,
    /// What the registers of test fires, custody and transactions say of any of this; none in a bundle of a former release,
    /// whose numbers do not rest on them.
    pub registers: Option<RegistersKept>,
    /// Weights of linkage.
    pub weights: Weights,
    /// The catalogues of makers, calibres, types and places, those of the program and the site's own.
    pub catalogues: Vec<Table>,
    /// What linkage knew of all traces.
    pub population: Population,
    /// Ends of the graph: shootings, cases and leads.
    pub graph: GraphKept,
    /// Parameters with the model.
    pub parameters: Parameters,
    /// Audit events that speak of any of this.
    pub audit: Vec<AuditEvent>,
    /// The end of the chain when the bundle was made.
    pub audit_head: ChainHead,
}

/// The ends of the link graph.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct GraphKept {
    /// Shootings.
    pub incidents: Vec<IncidentInput>,
    /// Cases.
    pub specimens: Vec<SpecimenInput>,
    /// Leads in all their states.
    pub ballistic: Vec<BallisticEdge>,
}

/// Names of the files.
const LEAD: &str = "case/lead.json";
const SCANS: &str = "scans/scans.json";
const INCIDENTS: &str = "case/incidents.json";
const EXHIBITS: &str = "case/exhibits.json";
const SPECIMENS: &str = "case/specimens.json";
const FIREARMS: &str = "trace/firearms.json";
const TRACES: &str = "trace/traces.json";
const LINKS: &str = "trace/links.json";
const WEIGHTS: &str = "trace/weights.json";
/// Catalogues; not in bundles of former releases, which resolved names by those of the program.
const CATALOGUES: &str = "trace/catalogues.json";
const POPULATION: &str = "trace/population.json";
const GRAPH: &str = "trace/graph.json";
const PARAMETERS: &str = "parameters.json";
const AUDIT: &str = "audit/events.json";
const AUDIT_HEAD: &str = "audit/head.json";
/// Names of persons; there only for a stated purpose.
pub(super) const NAMES: &str = "trace/names.json";
/// The numbers.
pub(super) const RESULTS: &str = "results.json";
/// The manifest.
pub(super) const MANIFEST: &str = "manifest.json";

/// A value as the bytes of a file: indented, so that a person can read it.
pub(super) fn json<T: Serialize>(what: &str, value: &T) -> Result<Vec<u8>, EngineError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| EngineError::Input {
        what: format!("evidence bundle: {what}"),
        expected: "values that JSON can write".to_owned(),
        got: e.to_string(),
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A value out of a file of the archive.
pub(super) fn value<T: DeserializeOwned>(archive: &Archive, name: &str) -> Result<T, EngineError> {
    serde_json::from_slice(file(archive, name)?).map_err(|e| {
        EngineError::Told(Wording::new(
            format!("evidence bundle: {name} is not what this version writes there ({e})"),
            format!("paquete de evidencia: {name} no es lo que esta versión escribe ahí ({e})"),
        ))
    })
}

fn file<'a>(archive: &'a Archive, name: &str) -> Result<&'a [u8], EngineError> {
    archive.get(name).map(Vec::as_slice).ok_or_else(|| {
        EngineError::Told(Wording::new(
            format!("evidence bundle: expected the file {name}, got none of that name"),
            format!("paquete de evidencia: se esperaba el archivo {name}, no hay ninguno con ese nombre"),
        ))
    })
}

impl Contents {
    /// The files of these contents, manifest and results aside.
    ///
    /// # Errors
    /// A value that JSON cannot write.
    pub(super) fn files(&self) -> Result<Archive, EngineError> {
        let mut files = Archive::from([
            (LEAD.to_owned(), json(LEAD, &self.lead)?),
            (SCANS.to_owned(), json(SCANS, &self.scans)?),
            (INCIDENTS.to_owned(), json(INCIDENTS, &self.incidents)?),
            (EXHIBITS.to_owned(), json(EXHIBITS, &self.exhibits)?),
            (SPECIMENS.to_owned(), json(SPECIMENS, &self.specimens)?),
            (FIREARMS.to_owned(), json(FIREARMS, &self.firearms)?),
            (TRACES.to_owned(), json(TRACES, &self.traces)?),
            (LINKS.to_owned(), json(LINKS, &self.links)?),
            (WEIGHTS.to_owned(), json(WEIGHTS, &self.weights)?),
            (CATALOGUES.to_owned(), json(CATALOGUES, &self.catalogues)?),
            (POPULATION.to_owned(), json(POPULATION, &self.population)?),
            (GRAPH.to_owned(), json(GRAPH, &self.graph)?),
            (PARAMETERS.to_owned(), json(PARAMETERS, &self.parameters)?),
            (AUDIT.to_owned(), json(AUDIT, &self.audit)?),
            (AUDIT_HEAD.to_owned(), json(AUDIT_HEAD, &self.audit_head)?),
        ]);
        if let Some(kept) = &self.registers {
            registers::write(&mut files, kept, &self.traces)?;
        }
        for ((scan, received), mark) in self.scans.iter().zip(&self.received).zip(&self.marks) {
            files.insert(scan.received.clone(), received.clone());
            files.insert(scan.mark.clone(), mark.clone());
        }
        Ok(files)
    }

    /// The contents out of their files.
    ///
    /// # Errors
    /// [`EngineError::Input`] names the file that is missing or does not read.
    pub(super) fn of(files: &Archive) -> Result<Self, EngineError> {
        let scans: [Scan; 2] = value(files, SCANS)?;
        let bytes = |name: &str| file(files, name).map(<[u8]>::to_vec);
        let [one, other] = &scans;
        let mut traces: Vec<TraceKept> = value(files, TRACES)?;
        let registers = registers::read(files, &mut traces)?;
        Ok(Self {
            lead: value(files, LEAD)?,
            received: [bytes(&one.received)?, bytes(&other.received)?],
            marks: [bytes(&one.mark)?, bytes(&other.mark)?],
            scans,
            incidents: value(files, INCIDENTS)?,
            exhibits: value(files, EXHIBITS)?,
            specimens: value(files, SPECIMENS)?,
            firearms: value(files, FIREARMS)?,
            traces,
            registers,
            links: value(files, LINKS)?,
            weights: value(files, WEIGHTS)?,
            catalogues: match files.contains_key(CATALOGUES) {
                true => value(files, CATALOGUES)?,
                false => Catalogues::embedded()?.tables().to_vec(),
            },
            population: value(files, POPULATION)?,
            graph: value(files, GRAPH)?,
            parameters: value(files, PARAMETERS)?,
            audit: value(files, AUDIT)?,
            audit_head: value(files, AUDIT_HEAD)?,
        })
    }
}

/// A bundle that was read: its manifest, and every file.
pub(super) struct Opened {
    pub manifest: Manifest,
    pub files: Archive,
}

/// Reads a zip and its manifest; hashes are for the caller to check.
///
/// # Errors
/// [`EngineError::Input`] for what is no bundle of this shape.
pub(super) fn open(bytes: &[u8], limits: &Limits) -> Result<Opened, EngineError> {
    let mut files = unpack(bytes, limits)?;
    let shape: serde_json::Value = value(&files, MANIFEST)?;
    let format = shape.get("format").and_then(serde_json::Value::as_str).unwrap_or_default();
    if format != FORMAT {
        return Err(EngineError::Input {
            what: "evidence bundle: format".to_owned(),
            expected: FORMAT.to_owned(),
            got: format.chars().take(80).collect(),
        });
    }
    let manifest = value(&files, MANIFEST)?;
    files.remove(MANIFEST);
    Ok(Opened { manifest, files })
}

/// The numbers that a bundle states.
///
/// # Errors
/// As [`Contents::of`].
pub(super) fn stated(files: &Archive) -> Result<Numbers, EngineError> {
    value(files, RESULTS)
}
