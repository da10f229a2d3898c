//! What passes between the engine and storage.
//!
//! Acquisitions and marks carry nouns of the floors above casework (file metadata, region, quality), so their records stand
//! here.

use crate::casework::{ChainHead, Exhibit, ExhibitKind, FiringPinShape, Incident, PartialDate, Specimen};
use crate::ids::{AcquisitionId, Digest, ExhibitId, FirearmId, IncidentId, LeadId, MarkId, SpecimenId, TraceId};
use crate::mark::gate::Judgement;
use crate::mark::outline::Outlines;
use crate::mark::{Modality, Quality, Region};
use crate::surface::{Metadata, Note};
use crate::trace::TraceRecord;
use crate::units::LengthUnit;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who does it, and when: goes into the audit log with every change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// When.
    pub at: Timestamp,
    /// A person's name, or the program.
    pub actor: String,
}

impl Stamp {
    /// A stamp.
    #[must_use]
    pub fn new(at: Timestamp, actor: impl Into<String>) -> Self {
        Self { at, actor: actor.into() }
    }
}

/// One imaging of a specimen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Acquisition {
    /// Its identifier, see [`Acquisition::id_for`].
    pub id: AcquisitionId,
    /// The specimen that was imaged.
    pub specimen: SpecimenId,
    /// SHA-256 of the bytes as received.
    pub sha256: Digest,
    /// Name of the file as received.
    pub file_name: String,
    /// `x3p`, `png`, `tiff`, `bmp`, `jpeg` or `simulated`; `resampled` where it is no acquisition at all.
    pub format: String,
    /// The unit in which lengths were taken to be written.
    pub unit: LengthUnit,
    /// Distance of neighbouring columns as decoded or stated, um.
    pub pitch_um: Option<f64>,
    /// The instrument, as stated or as the file names it; its control charts are kept under this name.
    #[serde(default)]
    pub instrument: Option<String>,
    /// Its objective, lens or stylus, as stated or as the file names it.
    #[serde(default)]
    pub objective: Option<String>,
    /// Its light, as stated or as the file names it.
    #[serde(default)]
    pub light: Option<String>,
    /// What the file says of its making.
    pub metadata: Metadata,
    /// Oddities noticed when it was decoded.
    pub notes: Vec<Note>,
    /// Who imaged it.
    pub operator: Option<String>,
    /// When it was imaged, as far as known.
    pub captured: Option<PartialDate>,
    /// When it was entered.
    pub received: Timestamp,
    /// What the quality gate said of it; none of what was entered before there was one.
    #[serde(default)]
    pub gate: Option<Judgement>,
}

impl Acquisition {
    /// The identifier that follows from specimen and bytes.
    #[must_use]
    pub fn id_for(specimen: &SpecimenId, sha256: &Digest) -> AcquisitionId {
        let hex = sha256.to_hex();
        AcquisitionId::new(format!("{specimen}/{}", hex.get(..12).unwrap_or(&hex)))
    }

    /// The instrument, as stated or as the file names it; records from before it was kept have it in the file's own words.
    #[must_use]
    pub fn imaged_with(&self) -> Option<String> {
        self.instrument.clone().or_else(|| self.metadata.instrument())
    }
}

/// One region of an acquisition, prepared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarkRecord {
    /// Its identifier, see [`MarkRecord::id_for`].
    pub id: MarkId,
    /// The acquisition it was cut from.
    pub acquisition: AcquisitionId,
    /// Which region.
    pub region: Region,
    /// How imaged.
    pub modality: Modality,
    /// Version of the preparation.
    pub version: String,
    /// Digest of the parameters of the preparation.
    pub parameters: Digest,
    /// Version of the outlines that it was cut along ([`OutlineRecord::version`]); none where the acquisition was its own outline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outline: Option<u32>,
    /// Figures of merit and suitability.
    pub quality: Quality,
}

impl MarkRecord {
    /// The identifier that follows from acquisition, region and the parameters of the preparation: another preparation is
    /// another mark.
    #[must_use]
    pub fn id_for(acquisition: &AcquisitionId, region: Region, parameters: &Digest) -> MarkId {
        Self::id_along(acquisition, region, parameters, None)
    }

    /// The same of a mark that was cut along a version of the outlines: those that a person drew give marks of their own.
    #[must_use]
    pub fn id_along(acquisition: &AcquisitionId, region: Region, parameters: &Digest, outline: Option<u32>) -> MarkId {
        let hex = parameters.to_hex();
        let drawn = outline.filter(|version| *version > 1).map(|version| format!(".{version}")).unwrap_or_default();
        MarkId::new(format!("{acquisition}/{}/{}{drawn}", region_word(region), hex.get(..8).unwrap_or(&hex)))
    }
}

/// Where the parts of a case lie on an acquisition, in one version: the program's, or a person's. The latest holds, and none is lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutlineRecord {
    /// The acquisition.
    pub acquisition: AcquisitionId,
    /// 1 for the first, one more for each after it.
    pub version: u32,
    /// The person who drew it; none for the program's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why the person drew it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Version of the program's method ([`crate::mark::outline::OUTLINE_VERSION`]).
    pub method: u32,
    /// When.
    pub at: Timestamp,
    /// The outlines.
    pub outlines: Outlines,
}

/// The stable word of a region, as in columns and identifiers.
pub(crate) fn region_word(region: Region) -> &'static str {
    match region {
        Region::BreechFace => "breech_face",
        Region::FiringPin => "firing_pin",
        Region::ApertureShear => "aperture_shear",
        Region::Ejector => "ejector",
    }
}

/// Which signature: its format and the parameters it was computed with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SignatureVersion(pub String);

impl std::fmt::Display for SignatureVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// A signature on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSignature {
    /// Which.
    pub version: SignatureVersion,
    /// As the signature room wrote it.
    pub bytes: Vec<u8>,
}

/// A mark on its way in. A mark that is unsuitable has no signature, and may have no bytes; one with a signature and no bytes can be found by its
/// code, and neither compared nor asked with.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMark {
    /// The record.
    pub record: MarkRecord,
    /// The mark as the mark room wrote it.
    pub bytes: Option<Vec<u8>>,
    /// Its signatures.
    pub signatures: Vec<NewSignature>,
}

/// Everything that one file brings.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// The incident; needed for evidence of an incident that is not yet stored.
    pub incident: Option<Incident>,
    /// The exhibit.
    pub exhibit: Exhibit,
    /// The specimen.
    pub specimen: Specimen,
    /// The acquisition.
    pub acquisition: Acquisition,
    /// Where the parts of the case lie on it, where the program drew outlines.
    pub outline: Option<OutlineRecord>,
    /// The bytes as received; their digest must be the acquisition's.
    pub received: Vec<u8>,
    /// The marks.
    pub marks: Vec<NewMark>,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Submitted {
    /// The acquisition, new or known.
    pub acquisition: AcquisitionId,
    /// Whether it was new.
    pub put: Put,
    /// Whether the specimen was new to the gallery.
    pub new_specimen: bool,
    /// Fields of stored records that were filled in for the first time, such as `incident I-7: place`.
    pub completed: Vec<String>,
    /// Other specimens that hold the very same bytes: a file submitted under two numbers.
    pub same_bytes_under: Vec<SpecimenId>,
}

/// Whether a call changed anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Put {
    /// It is new.
    New,
    /// It was known in another form, which stays in the history.
    Changed,
    /// It was known just so; nothing was written.
    Unchanged,
}

/// A mark with what filters, lists and leads ask about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MarkContext {
    /// The mark.
    pub mark: MarkRecord,
    /// Its place in the order of entry; grows, and is never used again.
    pub sequence: u64,
    /// The specimen that carries it.
    pub specimen: SpecimenId,
    /// The exhibit of the specimen.
    pub exhibit: ExhibitId,
    /// Evidence or test fire.
    pub kind: ExhibitKind,
    /// The incident, of evidence.
    pub incident: Option<IncidentId>,
    /// The firearm, of a test fire.
    pub firearm: Option<FirearmId>,
    /// Calibre as entered.
    pub calibre: Option<String>,
    /// When the acquisition was entered.
    pub received: Timestamp,
}

/// Which marks. Everything left open passes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MarkFilter {
    /// Of this region.
    pub region: Option<Region>,
    /// Imaged so.
    pub modality: Option<Modality>,
    /// Prepared with these parameters.
    pub parameters: Option<Digest>,
    /// Only suitable ones.
    pub suitable_only: bool,
    /// Only those whose encoded mark is kept, and not a signature alone.
    pub with_bytes: bool,
    /// Of this exhibit.
    pub exhibit: Option<ExhibitId>,
    /// Of this specimen.
    pub specimen: Option<SpecimenId>,
    /// Evidence or test fires.
    pub kind: Option<ExhibitKind>,
    /// Entered at or after this time.
    pub since: Option<Timestamp>,
    /// Later in the order of entry than this (see [`MarkContext::sequence`]).
    pub after: Option<u64>,
}

/// What filters of a search ask about the case of a mark beside its [`MarkContext`]; everything as far as known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// ISO 3166-1 alpha-2 code of the incident's country.
    pub country: Option<String>,
    /// Federal state or entity of the incident.
    pub state: Option<String>,
    /// Agency whose case the incident is.
    pub agency: Option<String>,
    /// When the incident happened.
    pub date: Option<PartialDate>,
    /// Shape of the specimen's firing pin.
    pub firing_pin: Option<FiringPinShape>,
}

/// One signature with its mark, on its way into an index.
#[derive(Debug, Clone, PartialEq)]
pub struct SignatureRow {
    /// The mark.
    pub context: MarkContext,
    /// Its case, as of the same snapshot.
    pub facts: Facts,
    /// As the signature room wrote it.
    pub bytes: Vec<u8>,
}

/// Digests of what the newest versions of records state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordContents {
    /// Of the register.
    pub firearms: BTreeMap<FirearmId, Digest>,
    /// Of the traces.
    pub traces: BTreeMap<TraceId, Digest>,
}

/// One version of a trace record.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceVersion {
    /// Its number among the versions of the trace, from 1.
    pub version: u32,
    /// Digest of what it states.
    pub content: Digest,
    /// When it was imported.
    pub imported: Timestamp,
    /// The record.
    pub record: TraceRecord,
}

/// What a person, or the linker's rule, decided on a link between a firearm and a trace record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkDecision {
    /// The firearm.
    pub firearm: FirearmId,
    /// The trace.
    pub trace: TraceId,
    /// When it was decided.
    pub at: Timestamp,
    /// Who, or which rule.
    pub by: String,
    /// The trace room's document: verdict, weights, reason.
    pub decision: serde_json::Value,
}

/// What an expungement removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Expunged {
    /// Acquisitions removed.
    pub acquisitions: u64,
    /// Marks removed.
    pub marks: u64,
    /// Correlations that asked with one of its marks, removed.
    pub correlations: u64,
    /// Correlations of others from which it was taken out.
    pub redacted: u64,
    /// Leads withdrawn.
    pub leads: Vec<LeadId>,
}

/// What a check found in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreHealth {
    /// Version of the schema.
    pub schema: i64,
    /// Received files whose digest was checked.
    pub received: u64,
    /// Marks.
    pub marks: u64,
    /// Scores of pairs.
    pub pairs: u64,
    /// Leads whose history was taken again.
    pub leads: u64,
    /// The end of the audit chain.
    pub audit: ChainHead,
    /// The generation of the set of marks.
    pub generation: u64,
}

/// The clock of an exhibit: from receipt to entry, correlation and lead.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Triage {
    /// The exhibit.
    pub exhibit: ExhibitId,
    /// When the laboratory received it.
    pub received: Option<Timestamp>,
    /// When its first acquisition was entered.
    pub entered: Option<Timestamp>,
    /// When one of its marks was first asked with.
    pub correlated: Option<Timestamp>,
    /// When a person first made a lead that joins it.
    pub first_lead: Option<Timestamp>,
}
