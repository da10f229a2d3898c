//! Grow: resampled signatures into a gallery, so that it can be searched at a size that nobody has scanned.
//!
//! A resampled signature ([`crate::signature::surrogate`]) is no cartridge case and says so wherever it appears: in its identifiers, its format, its exhibit,
//! its notes and its received bytes, in English and Spanish. It has a record and a signature and no mark, so searches find it by its code and pass over it
//! before the precise comparison ([`super::signature_only`]); it never becomes a candidate or a lead.
//!
//! [`grow_surfaces`] draws whole marks instead ([`crate::mark::surrogate`]), at a hundred times the disk: they can be asked with and are compared as all
//! others are, which is what the cost of a batch over a whole gallery is measured with. They carry the same labels and may stand in lists and among proposed
//! leads, where each is a false one by definition.
//!
//! What number `n` of a seed is follows from the seed, `n` and the marks that it is drawn from, on any number of threads. Those marks are fixed by the first
//! signature of the seed: of the marks entered before it, spread evenly over the order of entry. So a growth that was stopped goes on as if it had
//! not been, whatever was submitted meanwhile.

use super::Context;
use super::error::EngineError;
use super::gallery::Gallery;
use super::parameters::Parameters;
use super::ports::{
    Acquisition, MarkFilter, MarkRecord, NewMark, NewSignature, Put, Stamp, Store, Submission, region_word,
};
use super::scale::MOST_DISTRACTORS;
use crate::casework::{Exhibit, Incident, PartialDate, Specimen};
use crate::dsp::fft::Scratch;
use crate::ids::{Digest, ExhibitId, IncidentId, SpecimenId};
use crate::mark::surrogate::ResampledMarks;
use crate::mark::{Mark, Modality, PREPARATION_VERSION, Quality, Region, Suitability};
use crate::signature::surrogate::Surrogates;
use crate::signature::{Signature, VERSION, sign};
use crate::surface::{Metadata, Note};
use crate::units::LengthUnit;
use jiff::Timestamp;
use rand::{Rng as _, SeedableRng as _};
use rayon::prelude::*;
use serde::Serialize;

/// The format of what is received in place of a scan.
pub(super) const FORMAT: &str = "resampled";
/// Most signatures of one seed: as many as can be measured among, some hundred gigabytes of disk.
pub const MOST_MARKS: usize = MOST_DISTRACTORS;
/// Most marks that signatures are drawn from: some hundred megabytes while their spectra are taken.
const MOST_SOURCES: usize = 500;
/// Signatures that are drawn and kept together: one transaction, some seconds, which is all that a stop waits for or a kill loses.
const PART: usize = 4_096;
/// Marks with surfaces that are drawn and kept together.
const PART_OF_SURFACES: usize = 512;
/// Digits of a number in identifiers, so that their order is that of the numbers.
const DIGITS: usize = 8;
/// Drawn with the seed so that the cases of a seed owe nothing to its signatures.
const CASES: u64 = 0x6361_7365_7321;

/// The states that incidents are spread over, with their countries; of some neither is known.
const STATES: [Option<(&str, &str)>; 8] = [
    Some(("US", "Texas")),
    Some(("US", "Arizona")),
    Some(("US", "California")),
    Some(("MX", "Chihuahua")),
    Some(("MX", "Sonora")),
    Some(("MX", "Baja California")),
    Some(("MX", "Jalisco")),
    None,
];
/// The calibres that specimens are spread over; of some it is not known.
const CALIBRES: [Option<&str>; 6] =
    [Some("9mm Luger"), Some("9mm Luger"), Some(".40 S&W"), Some(".45 ACP"), Some(".380 Auto"), None];
/// Years that incidents are spread over.
const YEARS: std::ops::RangeInclusive<i16> = 2016..=2025;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grown {
    /// Seed of the signatures.
    pub seed: u64,
    /// Signatures of the seed that were asked for.
    pub marks: usize,
    /// Of these, there before.
    pub there: usize,
    /// Of these, added now.
    pub added: usize,
    /// Marks that they were drawn from; 0 where none had to be drawn.
    pub sources: usize,
    /// Whether it was asked to stop before all were added; the same again goes on.
    pub stopped: bool,
    /// Whether they have surfaces beside their signatures.
    pub surfaces: bool,
}

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Signatures,
    Surfaces,
}

/// Draws either.
enum Drawing {
    Signatures(Surrogates),
    Surfaces(ResampledMarks),
}

/// Brings the resampled signatures of a seed to `marks` of them; those that are there stay as they are and are not drawn again.
///
/// # Errors
/// Those of the store; [`EngineError::Input`] when too many are asked for, or the gallery has no mark to draw them from.
pub fn grow(context: &Context<'_>, marks: usize, seed: u64) -> Result<Grown, EngineError> {
    grow_what(context, marks, (seed, What::Signatures), PART)
}

/// The same with whole marks: their surfaces as well as their signatures.
///
/// # Errors
/// As [`grow`].
pub fn grow_surfaces(context: &Context<'_>, marks: usize, seed: u64) -> Result<Grown, EngineError> {
    grow_what(context, marks, (seed, What::Surfaces), PART_OF_SURFACES)
}

/// [`grow`] with parts of another size.
///
/// # Errors
/// As [`grow`].
#[cfg(test)]
pub(crate) fn grow_by(context: &Context<'_>, marks: usize, seed: u64, part: usize) -> Result<Grown, EngineError> {
    grow_what(context, marks, (seed, What::Signatures), part)
}

fn grow_what(
    context: &Context<'_>,
    marks: usize,
    (seed, what): (u64, What),
    part: usize,
) -> Result<Grown, EngineError> {
    let Context { store, clock, actor, parameters, progress } = *context;
    if marks > MOST_MARKS {
        return Err(EngineError::Input {
            what: "marks".to_owned(),
            expected: format!("at most {MOST_MARKS}"),
            got: marks.to_string(),
        });
    }
    let prefix = prefix(seed, what);
    let there = there(store, &prefix)?.min(marks);
    let surfaces = what == What::Surfaces;
    let mut done = Grown { seed, marks, there, added: 0, sources: 0, stopped: false, surfaces };
    if there == marks {
        return Ok(done);
    }
    let sources = sources(context, &prefix)?;
    done.sources = sources.len();
    let drawing = match what {
        What::Signatures => {
            Drawing::Signatures(Surrogates::of(&sources.iter().collect::<Vec<_>>(), &parameters.signature, seed))
        }
        What::Surfaces => {
            let bands = (&parameters.prepare.coarse, &parameters.prepare.fine);
            Drawing::Surfaces(ResampledMarks::of(sources, bands, seed))
        }
    };
    progress.begin("grow", (marks - there) as u64);
    for from in (there..marks).step_by(part.max(1)) {
        if progress.stop_requested() {
            done.stopped = true;
            break;
        }
        let (to, at) = (from.saturating_add(part.max(1)).min(marks), clock.now());
        let drawn: Vec<Option<Submission>> = (from..to)
            .into_par_iter()
            .map_init(Scratch::default, |scratch, n| {
                let numbered = (prefix.as_str(), seed, n as u64);
                drawing
                    .one(numbered.2, parameters, scratch)?
                    .map(|m| resampled(m, numbered, at, parameters))
                    .transpose()
            })
            .collect::<Result<_, EngineError>>()?;
        let drawn: Vec<Submission> = drawn.into_iter().flatten().collect();
        let put = store.submit_all(&drawn, &Stamp::new(at, actor))?;
        // Another process may be growing the same seed: what it has put is not added twice.
        done.added += put.iter().filter(|submitted| submitted.put == Put::New).count();
        progress.advance_by(drawn.len() as u64);
    }
    Ok(done)
}

/// A mark that was drawn.
struct Drawn {
    signature: Signature,
    quality: Quality,
    /// The mark itself, where it has a surface.
    bytes: Option<Vec<u8>>,
}

impl Drawing {
    /// Number `n`; none without marks to draw it from.
    fn one(&self, n: u64, parameters: &Parameters, scratch: &mut Scratch) -> Result<Option<Drawn>, EngineError> {
        match self {
            Drawing::Signatures(surrogates) => {
                Ok(surrogates.vector(n).zip(surrogates.code(n)).map(|(vector, code)| Drawn {
                    signature: Signature { version: VERSION, vector, code },
                    quality: NO_SURFACE,
                    bytes: None,
                }))
            }
            Drawing::Surfaces(marks) => {
                let Some(mark) = marks.mark(n, scratch) else { return Ok(None) };
                let (signature, bytes) = (sign(&mark, &parameters.signature), Some(mark.to_bytes()?));
                Ok(Some(Drawn { signature, quality: mark.quality, bytes }))
            }
        }
    }
}

/// What the identifiers of everything that is resampled begin with.
const RESAMPLED: &str = "RESAMPLED-";

/// What every identifier of a seed begins with.
fn prefix(seed: u64, what: What) -> String {
    match what {
        What::Signatures => format!("{RESAMPLED}{seed}-"),
        What::Surfaces => format!("{RESAMPLED}SURFACE-{seed}-"),
    }
}

/// The identifier of a specimen, its exhibit and its incident.
fn name(prefix: &str, n: u64) -> String {
    format!("{prefix}{n:0DIGITS$}")
}

/// How many of a seed are there: they come in the order of their numbers, so the last one tells.
fn there(store: &dyn Store, prefix: &str) -> Result<usize, EngineError> {
    let last = store.last_specimen(prefix)?;
    let number = last.and_then(|id| id.as_str().strip_prefix(prefix)?.parse::<usize>().ok());
    Ok(number.map_or(0, |n| n.saturating_add(1)))
}

/// The marks that those of a seed are drawn from.
fn sources(context: &Context<'_>, prefix: &str) -> Result<Vec<Mark>, EngineError> {
    let Context { store, parameters, .. } = *context;
    let filter = Gallery::filter(parameters);
    let own = MarkFilter { specimen: Some(SpecimenId::new(name(prefix, 0))), ..filter.clone() };
    let began = store.marks(&own)?.first().map_or(u64::MAX, |first| first.sequence);
    let mut all = store.marks(&MarkFilter { with_bytes: true, ..filter })?;
    all.retain(|mark| mark.sequence < began && !mark.specimen.as_str().starts_with(RESAMPLED));
    if all.is_empty() {
        return Err(EngineError::Input {
            what: "gallery".to_owned(),
            expected: "a suitable mark, prepared with the present parameters, to draw signatures from".to_owned(),
            got: "none".to_owned(),
        });
    }
    let most = all.len().min(MOST_SOURCES);
    (0..most)
        .into_par_iter()
        .filter_map(|at| all.get(at * all.len() / most))
        .map(|context| Ok(Mark::from_bytes(&store.mark_bytes(&context.mark.id)?)?))
        .collect()
}

/// A mark that was drawn as number `n` of a seed, with all it belongs to.
fn resampled(
    drawn: Drawn,
    (prefix, seed, n): (&str, u64, u64),
    at: Timestamp,
    parameters: &Parameters,
) -> Result<Submission, EngineError> {
    let (incident, specimen) = case(prefix, (seed, n));
    let mut exhibit = Exhibit::evidence(specimen.exhibit.clone(), incident.id.clone());
    let [english, spanish] = if drawn.bytes.is_some() { WHAT_A_SURFACE_IS } else { WHAT_IT_IS };
    exhibit.description = Some(format!("{english} / {spanish}"));
    let received = serde_json::json!({ "english": english, "spanish": spanish, "seed": seed, "number": n });
    let received = received.to_string().into_bytes();
    let sha256 = Digest::of(&received);
    let acquisition = Acquisition {
        id: Acquisition::id_for(&specimen.id, &sha256),
        specimen: specimen.id.clone(),
        sha256,
        file_name: format!("{}.json", specimen.id),
        format: FORMAT.to_owned(),
        unit: LengthUnit::Micrometre,
        pitch_um: None,
        instrument: None,
        objective: None,
        light: None,
        metadata: Metadata::default(),
        notes: vec![Note { code: "resampled".to_owned(), english: english.to_owned(), spanish: spanish.to_owned() }],
        operator: None,
        captured: None,
        received: at,
        gate: None,
    };
    let hash = parameters.mark_hash();
    let record = MarkRecord {
        id: MarkRecord::id_for(&acquisition.id, Region::BreechFace, &hash),
        acquisition: acquisition.id.clone(),
        region: Region::BreechFace,
        modality: Modality::Heights,
        version: format!("{}/{PREPARATION_VERSION}", region_word(Region::BreechFace)),
        parameters: hash,
        outline: None,
        quality: drawn.quality,
    };
    let signature = NewSignature { version: parameters.signature_version(), bytes: drawn.signature.to_bytes() };
    let marks = vec![NewMark { record, bytes: drawn.bytes, signatures: vec![signature] }];
    Ok(Submission { incident: Some(incident), exhibit, specimen, acquisition, outline: None, received, marks })
}

/// What it is, in English and Spanish.
const WHAT_IT_IS: [&str; 2] =
    ["resampled signature; it is no cartridge case", "firma remuestreada; no es ningún casquillo"];
const WHAT_A_SURFACE_IS: [&str; 2] =
    ["resampled surface; it is no cartridge case", "superficie remuestreada; no es ningún casquillo"];

/// There is no surface to measure; it counts as suitable because it can be searched for.
const NO_SURFACE: Quality = Quality {
    valid_area_mm2: 0.0,
    rms_fine_um: 0.0,
    rms_coarse_um: 0.0,
    dropout_share: 0.0,
    outlier_share: 0.0,
    tilt_rad: 0.0,
    suitability: Suitability::Suitable,
};

/// An incident and a specimen of its own, with values that filters ask for.
fn case(prefix: &str, (seed, n): (u64, u64)) -> (Incident, Specimen) {
    let name = name(prefix, n);
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed ^ CASES);
    random.set_stream(n);
    let mut incident = Incident::numbered(IncidentId::new(&name));
    if let Some((country, state)) = STATES[random.random_range(0..STATES.len())] {
        (incident.country, incident.state) = (Some(country.to_owned()), Some(state.to_owned()));
    }
    incident.date =
        PartialDate::day(random.random_range(YEARS), random.random_range(1..=12), random.random_range(1..=28));
    let mut specimen = Specimen::numbered(SpecimenId::new(&name), ExhibitId::new(&name));
    specimen.calibre = CALIBRES[random.random_range(0..CALIBRES.len())].map(str::to_owned);
    (incident, specimen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_sort_as_their_numbers_do() {
        let name = |seed, n| name(&prefix(seed, What::Signatures), n);
        assert_eq!(name(7, 42), "RESAMPLED-7-00000042");
        let last = name(7, MOST_MARKS as u64 - 1);
        assert!(last.len() == name(7, 0).len() && last > name(7, 999_999), "{last}");
        let prefix = |seed| prefix(seed, What::Signatures);
        assert!(!name(77, 0).starts_with(&prefix(7)), "another seed is not taken for this one");
        assert!(!super::prefix(7, What::Surfaces).starts_with(&prefix(7)), "nor what has surfaces");
    }

    #[test]
    fn a_case_follows_from_seed_and_number_and_cases_are_spread() {
        let case = |seed, n| case(&prefix(seed, What::Signatures), (seed, n));
        assert_eq!(case(1, 5), case(1, 5));
        let cases: Vec<_> = (0..400).map(|n| case(1, n)).collect();
        let states: BTreeSet<_> = cases.iter().map(|(incident, _)| incident.state.clone()).collect();
        let calibres: BTreeSet<_> = cases.iter().map(|(_, specimen)| specimen.calibre.clone()).collect();
        let dates: BTreeSet<_> = cases.iter().filter_map(|(incident, _)| incident.date).collect();
        assert_eq!((states.len(), calibres.len()), (STATES.len(), 5));
        assert!(dates.len() > 300, "{}", dates.len());
        assert!(cases.iter().all(|(incident, specimen)| incident.check().is_ok() && specimen.check().is_ok()));
        let other: Vec<_> = (0..400).map(|n| case(2, n).0.date).collect();
        assert_ne!(other, cases.iter().map(|(incident, _)| incident.date).collect::<Vec<_>>());
    }
}
